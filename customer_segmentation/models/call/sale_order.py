from odoo import models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _segmentation_triggers(self):
        """A quotation that expires on another day comes onto the list, or leaves it."""
        return super()._segmentation_triggers() | {"validity_date"}
