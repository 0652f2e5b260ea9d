from odoo import models


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "customer.segmentation.feedback.mixin"]

    def _segmentation_feedback_defaults(self):
        self.ensure_one()
        return self, None, {}
