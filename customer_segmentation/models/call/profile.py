from odoo import api, models
from odoo.tools import SQL


class CustomerSegmentationProfile(models.Model):
    """A call of the list that somebody made is a contact with the customer."""

    _inherit = "customer.segmentation.profile"

    @api.model
    def _contact_queries(self, partner_ids=None):
        return [*super()._contact_queries(partner_ids), self._query_calls(partner_ids)]

    @api.model
    def _contact_models(self):
        return [*super()._contact_models(), "customer.segmentation.call"]

    @api.model
    def _query_calls(self, partner_ids=None):
        """Calls of the list that somebody made."""
        return SQL(
            """
            SELECT partner_id, company_id, NULL::timestamp, closed_date
              FROM customer_segmentation_call call
             WHERE state IN ('done', 'not_interested') AND %s
            """,
            self._among("call", "partner_id", partner_ids),
        )
