from odoo import models
from odoo.tools import SQL


class CustomerSegmentationFact(models.Model):
    _inherit = "customer.segmentation.fact"

    def _fact_queries(self):
        """With one order more, supposed in the context by the foresight."""
        queries = super()._fact_queries()
        supposed = self.env.context.get("segmentation_supposed_order")
        if supposed:
            partner_id, company_id, day, amount = supposed
            queries.append(
                SQL(
                    """SELECT 0, %s::int, %s::int, %s::date, 'order', %s::float8, NULL::float8,
                              '', 'sale.order', 0""",
                    partner_id, company_id, day, amount,
                )
            )
        return queries
