from odoo import api, models


class CustomerSegmentationRun(models.Model):
    _inherit = "customer.segmentation.run"

    @api.model
    def _actors(self):
        pool = [(30, "customer.segmentation.pool")] if self.scope == "full" else []
        return [*super()._actors(), *pool]
