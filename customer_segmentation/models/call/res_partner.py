from odoo import models


class ResPartner(models.Model):
    _inherit = "res.partner"

    def _segmentation_merge(self, sources):
        """One call is live for a customer."""
        self.env["customer.segmentation.call"]._keep_one(self, sources)
        return super()._segmentation_merge(sources)

    def _segmentation_withdraw(self):
        """Who objects is on no call list."""
        self.env["customer.segmentation.call"].sudo()._withdraw(self)
        return super()._segmentation_withdraw()
