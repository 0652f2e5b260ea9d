from odoo import api, fields, models
from odoo.tools import SQL

SHOWN_ANSWERS = 20


class CustomerSegmentationProfile(models.Model):
    _inherit = "customer.segmentation.profile"

    # Measures
    satisfaction_score = fields.Float(
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="0–100: mean of the answers of the last 12 months, the newer the heavier; absent "
        "without an answer.",
    )
    satisfaction_count = fields.Integer(
        "Satisfaction Answers", readonly=True, help="Answers of the last 12 months."
    )

    feedback_ids = fields.One2many(
        "customer.segmentation.feedback",
        string="Last Feedback",
        compute="_compute_feedback",
    )
    rating_answer_ids = fields.One2many(
        "customer.segmentation.answer",
        string="Ratings by the Customer",
        compute="_compute_feedback",
    )
    action_ids = fields.One2many(
        "customer.segmentation.action", string="Improvement Actions", compute="_compute_feedback"
    )
    need_request_ids = fields.One2many(
        "customer.segmentation.need.request", string="Special Needs", compute="_compute_feedback"
    )
    open_complaint_count = fields.Integer(
        "Open Complaints", compute="_compute_open_complaint_count"
    )

    def _compute_feedback(self):
        """The last ones of each customer, as far as the user sees them."""
        for profile in self:
            domain = [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "=", profile.company_id.id),
            ]
            profile.feedback_ids = self.env["customer.segmentation.feedback"].search(
                domain, limit=SHOWN_ANSWERS
            )
            profile.rating_answer_ids = self.env["customer.segmentation.answer"].search(
                [*domain, ("kind", "=", "rating")], limit=SHOWN_ANSWERS
            )
            profile.action_ids = self.env["customer.segmentation.action"].search(
                domain, limit=SHOWN_ANSWERS
            )
            profile.need_request_ids = self.env["customer.segmentation.need.request"].search(
                domain, limit=SHOWN_ANSWERS
            )

    @api.depends("partner_id", "company_id")
    def _compute_open_complaint_count(self):
        counts = self.env["customer.segmentation.feedback"]._open_complaints(
            self.partner_id, self.company_id
        )
        for profile in self:
            profile.open_complaint_count = counts.get(
                (profile.partner_id.id, profile.company_id.id), 0
            )

    # Talking with a customer is a contact with it

    @api.model
    def _contact_queries(self, partner_ids=None):
        return [*super()._contact_queries(partner_ids), self._query_talks(partner_ids)]

    @api.model
    def _contact_models(self):
        return [*super()._contact_models(), "customer.segmentation.feedback"]

    @api.model
    def _query_talks(self, partner_ids=None):
        """Feedback that a customer gave to one of ours."""
        return SQL(
            """
            SELECT partner_id, company_id, NULL::timestamp, date
              FROM customer_segmentation_feedback feedback
             WHERE user_id IS NOT NULL
               AND channel IN ('visit', 'phone', 'complaint')
               AND %s
            """,
            self._among("feedback", "partner_id", partner_ids),
        )

    def action_log_segmentation_feedback(self):
        """Open the dialog that logs feedback of this customer."""
        self.check_access_rights("read")
        self.ensure_one()
        return self.env["customer.segmentation.feedback"]._action_log(
            self.partner_id, self.company_id
        )
