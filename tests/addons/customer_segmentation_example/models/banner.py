from odoo import _, api, models
from odoo.tools.misc import format_date


class CustomerSegmentationBanner(models.AbstractModel):
    _inherit = "customer.segmentation.banner"

    @api.model
    def _segmentation_banner_notes(self, profiles, company):
        notes = super()._segmentation_banner_notes(profiles, company)
        customers = self.env["res.partner"].union(*profiles)
        for visit in self.env["example.visit"].search(
            [("partner_id", "in", customers.ids), ("is_made", "=", False)]
        ):
            day = format_date(self.env, visit.date)
            notes[visit.partner_id]["advice"].append(_("Visit planned on %(day)s", day=day))
        return notes
