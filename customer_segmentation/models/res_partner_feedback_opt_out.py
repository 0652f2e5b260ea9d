from odoo import _, api, fields, models
from odoo.exceptions import AccessError


class ResPartner(models.Model):
    _inherit = "res.partner"

    segmentation_feedback_opt_out = fields.Boolean(
        "Not Asked for Feedback",
        copy=False,
        groups="customer_segmentation.group_user",
        help="The contact does not want questions by mail after an order. Kept for the address "
        "too, also when the contact is deleted or made anew.",
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
