from odoo import api, fields, models

from .customer_segmentation_profile_feedback import SHOWN_ANSWERS


class ResPartner(models.Model):
    """Feedback of the customer a contact belongs to, also of one without a profile."""

    _name = "res.partner"
    _inherit = ["res.partner", "customer.segmentation.feedback.mixin"]

    segmentation_feedback_ids = fields.One2many(
        "customer.segmentation.feedback",
        string="Feedback",
        compute="_compute_segmentation_feedback",
        groups="customer_segmentation.group_user",
    )
    segmentation_action_ids = fields.One2many(
        "customer.segmentation.action",
        string="Improvement Actions",
        compute="_compute_segmentation_feedback",
        groups="customer_segmentation.group_user",
    )
    segmentation_open_complaint_count = fields.Integer(
        "Open Complaints",
        compute="_compute_segmentation_open_complaint_count",
        groups="customer_segmentation.group_user",
    )

    def _segmentation_feedback_defaults(self):
        self.ensure_one()
        return self, None, {}

    @api.depends_context("company", "uid")
    def _compute_segmentation_feedback(self):
        for partner in self:
            domain = [
                ("partner_id", "=", partner.commercial_partner_id._origin.id),
                ("company_id", "=", self.env.company.id),
            ]
            partner.segmentation_feedback_ids = self.env["customer.segmentation.feedback"].search(
                domain, limit=SHOWN_ANSWERS
            )
            partner.segmentation_action_ids = self.env["customer.segmentation.action"].search(
                domain, limit=SHOWN_ANSWERS
            )

    @api.depends("commercial_partner_id")
    @api.depends_context("company", "uid")
    def _compute_segmentation_open_complaint_count(self):
        company = self.env.company
        counts = self.env["customer.segmentation.feedback"]._open_complaints(
            self.commercial_partner_id, company
        )
        for partner in self:
            partner.segmentation_open_complaint_count = counts.get(
                (partner.commercial_partner_id._origin.id, company.id), 0
            )

    def unlink(self):
        """The actions' messages go with the contact too, not their rows alone."""
        self.env["customer.segmentation.action"].sudo().search(
            [("partner_id", "in", self.ids)]
        ).unlink()
        return super().unlink()
