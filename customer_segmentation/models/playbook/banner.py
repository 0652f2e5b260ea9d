from odoo import api, models


class CustomerSegmentationBanner(models.AbstractModel):
    """What playbooks advise, where somebody writes an order or an opportunity."""

    _inherit = "customer.segmentation.banner"

    @api.model
    def _segmentation_banner_notes(self, profiles, company):
        notes = super()._segmentation_banner_notes(profiles, company)
        for customer, profile in profiles.items():
            if profile:
                notes[customer]["advice"] += customer._segmentation_advice(company)
        return notes
