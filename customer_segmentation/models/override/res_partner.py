from odoo import api, fields, models


class ResPartner(models.Model):
    _inherit = "res.partner"

    segmentation_override_ids = fields.One2many(
        "customer.segmentation.override",
        string="Segment Overrides",
        compute="_compute_segmentation_override_ids",
        context={"active_test": False},
        groups="customer_segmentation.group_user",
    )

    @api.depends_context("company", "uid")
    def _compute_segmentation_override_ids(self):
        for partner in self:
            partner.segmentation_override_ids = partner.segmentation_profile_id.override_ids

    def _segmentation_merge(self, sources):
        """One override of a dimension is in force for a customer."""
        self.env["customer.segmentation.override"]._end_duplicates(self, sources)
        return super()._segmentation_merge(sources)
