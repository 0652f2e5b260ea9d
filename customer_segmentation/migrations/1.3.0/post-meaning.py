"""What segments mean stands on the segment: the shipped ones get what their names said before."""

from odoo import SUPERUSER_ID, api

MEANINGS = {
    "segment_lifecycle_prospect": "prospect",
    "segment_lifecycle_new": "new",
    "segment_lifecycle_active": "active",
    "segment_lifecycle_at_risk": "at_risk",
    "segment_lifecycle_dormant": "dormant",
    "segment_lifecycle_lost": "lost",
    "segment_lifecycle_won_back": "won_back",
    "segment_value_a": "key",
    "segment_value_b": "important",
    "segment_value_c": "small",
    "segment_value_no_sales": "no_sales",
}
HEADLINES = ["dimension_rfm", "dimension_trend"]


def migrate(cr, version):
    """Fill meanings where there is none, and the banner's first line where nobody chose one.

    In SQL: it is no change of the standards, and no version of them is to be taken.
    """
    for name, meaning in MEANINGS.items():
        cr.execute(
            """
            UPDATE customer_segmentation_segment segment
               SET meaning = %s
              FROM ir_model_data data
             WHERE data.module = 'customer_segmentation'
               AND data.name = %s
               AND data.model = 'customer.segmentation.segment'
               AND segment.id = data.res_id
               AND segment.meaning IS NULL
            """,
            [meaning, name],
        )
    cr.execute(
        """
        UPDATE customer_segmentation_dimension dimension
           SET is_headline = TRUE
          FROM ir_model_data data
         WHERE data.module = 'customer_segmentation'
           AND data.name = ANY(%s)
           AND data.model = 'customer.segmentation.dimension'
           AND dimension.id = data.res_id
           AND NOT EXISTS (SELECT 1 FROM customer_segmentation_dimension WHERE is_headline)
        """,
        [HEADLINES],
    )
    env = api.Environment(cr, SUPERUSER_ID, {})
    env.registry.clear_cache()
    _complete_version(env)


def _complete_version(env):
    """Add the meanings to the current version of the standards.

    Else the next version would differ from it in nothing that people did, and drafts made before
    the upgrade would be refused.
    """
    current = env["customer.segmentation.version"]._current()
    kept = (current.snapshot or {}).get("segments", {})
    for segment in env["customer.segmentation.segment"].with_context(active_test=False).search([]):
        if str(segment.id) in kept:
            kept[str(segment.id)].setdefault("meaning", segment.meaning)
    if kept:
        current.snapshot = {**current.snapshot, "segments": kept}
