from odoo import models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "customer.segmentation.feedback.mixin"]

    def _segmentation_feedback_defaults(self):
        self.ensure_one()
        return self.partner_id, self.company_id, {"order_id": self.id}
