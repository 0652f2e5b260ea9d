from odoo import api, fields, models, tools


class CustomerSegmentationFeedbackOptOut(models.Model):
    """Addresses that are not asked for feedback any more.

    Beside the mark on the contact, so that neither a new contact of the same address, by hand or
    by an import, nor a deleted one brings the questions back.
    """

    _name = "customer.segmentation.feedback.opt.out"
    _description = "Address Not Asked for Feedback"
    _rec_name = "email"

    email = fields.Char(required=True, readonly=True, index=True)

    _sql_constraints = [
        ("email_uniq", "UNIQUE(email)", "This address is not asked for feedback already.")
    ]

    @api.model
    def _add(self, emails):
        wanted = {tools.email_normalize(email) for email in emails if email} - {False}
        known = set(self.sudo().search([("email", "in", list(wanted))]).mapped("email"))
        self.sudo().create([{"email": email} for email in sorted(wanted - known)])

    @api.model
    def _remove(self, emails):
        wanted = [tools.email_normalize(email) for email in emails if email]
        self.sudo().search([("email", "in", wanted)]).unlink()

    @api.model
    def _among(self, partners):
        """Those of the contacts who do not want to be asked."""
        emails = {partner.email_normalized for partner in partners} - {False}
        stopped = set(self.sudo().search([("email", "in", list(emails))]).mapped("email"))
        return partners.filtered(
            lambda partner: partner.segmentation_feedback_opt_out
            or partner.email_normalized in stopped
        )
