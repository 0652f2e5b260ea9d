from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _segmentation_merge(self, sources):
        """A customer is visited once a day."""
        visits = self.env["example.visit"].sudo()
        days = visits.search([("partner_id", "=", self.id)]).mapped("date")
        visits.search([("partner_id", "in", sources.ids), ("date", "in", days)]).unlink()
        return super()._segmentation_merge(sources)

    def _segmentation_withdraw(self):
        """Nobody visits a person who objects."""
        self.env["example.visit"].sudo().search(
            [("partner_id", "in", self.ids), ("is_made", "=", False)]
        ).unlink()
        return super()._segmentation_withdraw()
