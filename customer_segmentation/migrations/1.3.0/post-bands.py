"""Bands stay as they are where a run has used them; two descriptions say what their rule asks."""

import json

# segment: former text in English and Chinese, new one in English
DESCRIPTIONS = {
    "segment_rfm_new": (
        "First order just now: see that it goes well and plan the second one.",
        "刚刚首次下单：确保订单顺利完成，并规划第二单。",
        "One order in the window, just now: see that it goes well and plan the next one. "
        "Whether it is the first, lifecycle says.",
    ),
    "segment_rfm_promising": (
        "One order not long ago: remind them of what else there is.",
        "不久前下过一单：让他们了解我们的其他产品。",
        "One order in the window, not long ago: remind them of what else there is. "
        "Whether it is the first, lifecycle says.",
    ),
}


def migrate(cr, version):
    """Note that the bands are settled; correct what nobody has written otherwise.

    In SQL: it is no change of the standards, and no version of them is to be taken. Other
    languages of the descriptions follow with the terms.
    """
    cr.execute(
        """
        UPDATE customer_segmentation_criteria
           SET bands_looked_at = TRUE
         WHERE cut_points IS NOT NULL OR last_run_date IS NOT NULL
        """
    )
    for name, (english, chinese, now) in DESCRIPTIONS.items():
        cr.execute(
            """
            UPDATE customer_segmentation_segment segment
               SET description = %(now)s
              FROM ir_model_data data
             WHERE data.module = 'customer_segmentation'
               AND data.name = %(name)s
               AND data.model = 'customer.segmentation.segment'
               AND segment.id = data.res_id
               AND segment.description ->> 'en_US' = %(english)s
               AND COALESCE(segment.description ->> 'zh_CN', %(chinese)s)
                   IN (%(english)s, %(chinese)s)
            """,
            {
                "name": name,
                "english": english,
                "chinese": chinese,
                "now": json.dumps({"en_US": now}),
            },
        )
