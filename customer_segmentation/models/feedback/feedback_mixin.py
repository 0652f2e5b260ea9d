from odoo import _, models
from odoo.exceptions import UserError


class CustomerSegmentationFeedbackMixin(models.AbstractModel):
    """A record from which feedback of its customer is logged."""

    _name = "customer.segmentation.feedback.mixin"
    _description = "Feedback of the Customer"

    def _segmentation_feedback_defaults(self):
        """(contact, company or None, values) of feedback logged from this record."""
        self.ensure_one()
        return self.partner_id, self.company_id, {}

    def action_log_segmentation_feedback(self):
        """Open the dialog; the context may name a ``default_channel``.

        :raise UserError: if the record has no customer
        """
        feedback = self.env["customer.segmentation.feedback"]
        feedback.check_access_rights("create")
        partner, company, defaults = self._segmentation_feedback_defaults()
        if not partner:
            raise UserError(_("Choose the customer first: feedback is always somebody's."))
        channel = self.env.context.get("default_channel")
        if channel:
            defaults["channel"] = channel
        return feedback._action_log(partner, company, **defaults)
