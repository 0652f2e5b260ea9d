from odoo import models
from odoo.addons.customer_segmentation.models.shared.rows import row_id
from odoo.tools import SQL


class CustomerSegmentationFact(models.Model):
    _inherit = "customer.segmentation.fact"

    _depends = {
        "example.visit": ["partner_id", "company_id", "date", "is_made", "amount"],
    }

    def _fact_queries(self):
        return [*super()._fact_queries(), self._query_visits()]

    def _query_visits(self):
        """What is sold on a visit is a sale of its own."""
        return SQL(
            """
            SELECT %s, contact.commercial_partner_id, visit.company_id, visit.date,
                   'order', visit.amount::float8, NULL::float8, 'Visit', 'example.visit', visit.id
              FROM example_visit visit
              JOIN res_partner contact ON contact.id = visit.partner_id
             WHERE visit.is_made AND visit.amount > 0
            """,
            row_id(self.env, "example.visit", SQL("visit.id")),
        )
