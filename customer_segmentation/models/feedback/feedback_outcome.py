from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError


class CustomerSegmentationFeedbackOutcome(models.AbstractModel):
    """What comes of feedback, or of a customer's words that nobody noted as feedback.

    Record rules alone do not keep it to customers the user may see: one's own task is one's own,
    of whatever customer, and Odoo asks before writing only. So the customer and the feedback are
    looked at after writing.
    """

    _name = "customer.segmentation.feedback.outcome"
    _inherit = "customer.segmentation.guarded"
    _description = "What Comes of Feedback"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", default=lambda self: self.env.company
    )
    feedback_id = fields.Many2one(
        "customer.segmentation.feedback", index="btree_not_null", ondelete="set null"
    )

    @api.onchange("feedback_id")
    def _onchange_feedback_id(self):
        if self.feedback_id:
            self.partner_id = self.feedback_id.partner_id
            self.company_id = self.feedback_id.company_id

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create([self._of_customer(vals) for vals in vals_list])
        records._check_customer()
        return records

    def write(self, vals):
        result = super().write(self._of_customer(vals))
        if {"partner_id", "company_id", "feedback_id"} & {*vals}:
            if not self.env.su:
                self.check_access_rule("write")
            self._check_customer()
        return result

    @api.model
    def _of_customer(self, vals):
        """The values with the customer in the place of its contact."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].sudo().browse(vals["partner_id"])
        return {**vals, "partner_id": partner.commercial_partner_id.id}

    def _check_customer(self):
        """Refuse a customer or feedback the user may not see, and what does not belong together.

        The rights come first: what is wrong must not tell of what is hidden.

        :raise AccessError: if the user may not see the customer, or the feedback
        :raise ValidationError: if the feedback is another customer's, or the company is wrong
        """
        profiles = self.env["customer.segmentation.profile"]
        if self.partner_id - profiles._user_may_see(self.partner_id):
            raise AccessError(
                _("This is a customer of another salesperson: ask the salesperson to do it.")
            )
        if self.feedback_id and not self.env.su:
            self.feedback_id.check_access_rights("read")
            self.feedback_id.check_access_rule("read")
        for record in self.sudo():
            company = record.partner_id.company_id
            if company and company != record.company_id:
                raise ValidationError(
                    _(
                        "%(customer)s is a customer of %(company)s: choose this company.",
                        customer=record.partner_id.display_name,
                        company=company.name,
                    )
                )
            record._check_feedback()

    def _check_feedback(self):
        """Feedback is of the same customer in the same company, or else it is told to others."""
        feedback = self.feedback_id
        if not feedback:
            return
        if feedback.partner_id != self.partner_id:
            raise ValidationError(
                _(
                    "The feedback is %(other)s's and not %(customer)s's: choose feedback of the "
                    "same customer.",
                    other=feedback.partner_id.display_name,
                    customer=self.partner_id.display_name,
                )
            )
        if feedback.company_id != self.company_id:
            raise ValidationError(
                _(
                    "The feedback was given to %(other)s and not to %(company)s: choose the same "
                    "company.",
                    other=feedback.company_id.name,
                    company=self.company_id.name,
                )
            )
