from odoo import _, api, models


class CustomerSegmentationBanner(models.AbstractModel):
    """Open complaints, where somebody writes an order or an opportunity."""

    _inherit = "customer.segmentation.banner"

    @api.model
    def _segmentation_banner_notes(self, profiles, company):
        notes = super()._segmentation_banner_notes(profiles, company)
        customers = self.env["res.partner"].union(*profiles)
        counts = self.env["customer.segmentation.feedback"]._open_complaints(customers, company)
        for customer in profiles:
            count = counts.get((customer.id, company.id), 0)
            if count:
                notes[customer]["complaints"] = _("Open complaints: %(count)s", count=count)
        return notes
