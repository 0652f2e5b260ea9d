from odoo import models


class SaleOrderLine(models.Model):
    _name = "sale.order.line"
    _inherit = ["sale.order.line", "customer.segmentation.source"]

    def _segmentation_triggers(self):
        return {"product_uom_qty", "price_unit", "discount", "product_id", "order_id"}

    def _segmentation_partners(self):
        """Only a confirmed order's amount counts: a quotation's lines say nothing."""
        return self.sudo().order_id.filtered(lambda order: order.state == "sale").partner_id
