from odoo import models
from odoo.addons.customer_segmentation.models.feedback.answer import ROWS
from odoo.addons.customer_segmentation.models.shared.rows import row_id
from odoo.tools import SQL


class CustomerSegmentationAnswer(models.Model):
    _inherit = "customer.segmentation.answer"

    _depends = {"example.visit": ["partner_id", "company_id", "date", "stars"]}

    def _answer_queries(self):
        return [*super()._answer_queries(), self._query_visits()]

    def _query_visits(self):
        """The stars a customer gave on a visit."""
        return SQL(
            """
            SELECT %s, contact.commercial_partner_id, visit.company_id, visit.date,
                   'overall', 'five', visit.stars::float8, (visit.stars - 1) * 25::float8,
                   'visit', NULL, 'example.visit', visit.id
              FROM example_visit visit
              JOIN res_partner contact ON contact.id = visit.partner_id
             WHERE visit.stars > 0
            """,
            row_id(self.env, "example.visit", SQL("visit.id"), rows=ROWS),
        )
