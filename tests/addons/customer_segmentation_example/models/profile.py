from odoo import api, fields, models
from odoo.tools import SQL


class CustomerSegmentationProfile(models.Model):
    _inherit = "customer.segmentation.profile"

    visit_count = fields.Integer("Visits", readonly=True)

    @api.model
    def _contact_queries(self, partner_ids=None):
        visits = SQL(
            """
            SELECT contact.commercial_partner_id, visit.company_id, NULL::timestamp, visit.date
              FROM example_visit visit
              JOIN res_partner contact ON contact.id = visit.partner_id
             WHERE visit.is_made AND %s
            """,
            self._among("contact", "commercial_partner_id", partner_ids),
        )
        return [*super()._contact_queries(partner_ids), visits]

    @api.model
    def _contact_models(self):
        return [*super()._contact_models(), "example.visit"]
