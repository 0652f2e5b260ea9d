from odoo import _, models


class CustomerSegmentationExplanation(models.AbstractModel):
    _inherit = "customer.segmentation.explanation"

    def _say_visit_count(self, profile):
        return _("visits: %s", profile.visit_count)
