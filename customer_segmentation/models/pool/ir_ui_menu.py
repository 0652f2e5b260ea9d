from odoo import models


class IrUiMenu(models.Model):
    _inherit = "ir.ui.menu"

    def _load_menus_blacklist(self):
        """Hide the public pool while no company has a rule in force and nobody is in it."""
        hidden = super()._load_menus_blacklist()
        menu = self.env.ref(
            "customer_segmentation.customer_segmentation_pool_menu", raise_if_not_found=False
        )
        if menu and not self._segmentation_pool_in_use():
            hidden = [*hidden, menu.id]
        return hidden

    def _segmentation_pool_in_use(self):
        return bool(
            self.env["customer.segmentation.pool.rule"]._companies_with_pool()
            or self.env["customer.segmentation.pool.move"]
            .sudo()
            .search_count([("in_pool", "=", True)], limit=1)
        )
