from odoo import api, models


class CustomerSegmentationRun(models.Model):
    _inherit = "customer.segmentation.run"

    @api.model
    def _actors(self):
        # nobody is warned or released on the day on which the standards have changed
        acts = self.scope == "full" and not self.standards_changed
        pool = [(30, "customer.segmentation.pool")] if acts else []
        return [*super()._actors(), *pool]
