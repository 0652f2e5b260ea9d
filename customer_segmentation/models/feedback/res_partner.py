from odoo import _, api, fields, models
from odoo.exceptions import AccessError

from .profile import SHOWN_ANSWERS


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

    segmentation_feedback_opt_out = fields.Boolean(
        "Not Asked for Feedback",
        copy=False,
        groups="customer_segmentation.group_user",
        help="The contact does not want questions by mail after an order. Kept for the address "
        "too, also when the contact is deleted or made anew.",
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

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if any(vals.get("segmentation_feedback_opt_out") for vals in vals_list):
            stopped = partners.sudo().filtered("segmentation_feedback_opt_out")
            self.env["customer.segmentation.feedback.opt.out"]._add(stopped.mapped("email"))
        return partners

    def write(self, vals):
        stopped = vals.get("segmentation_feedback_opt_out")
        # whatever is not true is "no", as Odoo takes it
        is_resumed = "segmentation_feedback_opt_out" in vals and not stopped
        if is_resumed:
            self._check_may_ask_again()
            resumed = self.sudo().filtered("segmentation_feedback_opt_out")
        result = super().write(vals)
        opt_outs = self.env["customer.segmentation.feedback.opt.out"]
        if stopped:
            opt_outs._add(self.mapped("email"))
        elif is_resumed and resumed:
            opt_outs._remove(resumed.mapped("email"))
        return result

    def _check_may_ask_again(self):
        """Asking again against a customer's word is a manager's decision."""
        is_manager = self.env.su or self.env.user.has_group("customer_segmentation.group_manager")
        if not is_manager and any(self.sudo().mapped("segmentation_feedback_opt_out")):
            raise AccessError(
                _("The contact asked not to be asked any more: only a manager can undo this.")
            )

    def unlink(self):
        """The actions' messages go with the contact too, not their rows alone."""
        self.env["customer.segmentation.action"].sudo().search(
            [("partner_id", "in", self.ids)]
        ).unlink()
        return super().unlink()
