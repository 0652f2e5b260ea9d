"""One-time buyers have one order, whatever the RFM segment they stand in."""

import json

from odoo import SUPERUSER_ID, api

SHIPPED = {
    "name": "One-time Buyers",
    "advice": "One order not long ago: remind them of what else there is, the second order makes "
    "the customer.",
    "cooldown_days": 180,
    "only_new_members": True,
    "reentry": True,
    "condition": False,
    "on_since_date": False,  # never switched on
    "paused": True,
}
# Of the former text; the new one's is loaded with the addon's other terms.
SHIPPED_CHINESE = "不久前下过一单：提醒他们还有哪些产品，第二单才算真正的客户。"


def migrate(cr, version):
    """Correct the shipped playbook where nobody has changed it or switched it on."""
    env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
    playbook = env.ref("customer_segmentation.playbook_one_time", raise_if_not_found=False)
    promising = env.ref("customer_segmentation.segment_rfm_promising", raise_if_not_found=False)
    if not playbook or not promising or playbook.segment_id != promising:
        return
    if any(playbook[name] != value for name, value in SHIPPED.items()):
        return
    if playbook.with_context(lang="zh_CN").advice not in (SHIPPED["advice"], SHIPPED_CHINESE):
        return
    playbook.write(
        {
            "segment_id": False,
            "condition": "[('order_count', '=', 1), ('recency_days', '>=', 30)]",
        }
    )
    playbook.flush_recordset()
    # only the source: the translations are those of the former text
    cr.execute(
        "UPDATE customer_segmentation_playbook SET advice = %s::jsonb WHERE id = %s",
        [
            json.dumps(
                {
                    "en_US": "One order and no second for a month: remind them of what else there "
                    "is, the second order makes the customer."
                }
            ),
            playbook.id,
        ],
    )
    playbook.invalidate_recordset(["advice"])
