from datetime import timedelta

from odoo import _, api, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from ..feedback.scales import LOW_SCORE
from .call import Reason


class CustomerSegmentationCall(models.Model):
    """What customers say is a reason to call: open complaints and low answers."""

    _inherit = "customer.segmentation.call"

    @api.model
    def _reasons(self):
        return [
            *super()._reasons(),
            Reason(
                10, "complaint", _("Open complaint"), self._query_complaints,
                self._complaint_words, wakes=True,
            ),
            Reason(
                20, "low_answer", _("Low answer"), self._query_low_answers,
                self._low_answer_words, wakes=True,
            ),
        ]

    def _query_complaints(self, company, as_of, partner_ids):
        return SQL(
            """
            SELECT feedback.partner_id, feedback.date, NULL::int
              FROM customer_segmentation_feedback feedback
             WHERE feedback.company_id = %(company)s AND feedback.is_open_complaint
               AND feedback.date <= %(as_of)s AND %(ours)s
            """,
            company=company.id,
            as_of=as_of,
            ours=self._among("feedback", partner_ids),
        )

    def _query_low_answers(self, company, as_of, partner_ids):
        """Answers of a dissatisfied customer, for as long as a call keeps it off the list."""
        answer = self.env["customer.segmentation.answer"].sudo()
        days = company.segmentation_criteria_id.call_done_days
        return SQL(
            """
            SELECT answer.partner_id, answer.date, NULL::int
              FROM %(answer)s answer
             WHERE answer.company_id = %(company)s AND answer.score < %(low)s
               AND answer.date > %(after)s AND answer.date <= %(as_of)s AND %(ours)s
            """,
            answer=answer._table_query,
            company=company.id,
            low=LOW_SCORE,
            after=as_of - timedelta(days=days),
            as_of=as_of,
            ours=self._among("answer", partner_ids),
        )

    @api.model
    def _complaint_words(self, calls):
        return calls._newest_words(
            "customer.segmentation.feedback", ("is_open_complaint", "=", True)
        )

    @api.model
    def _low_answer_words(self, calls):
        return calls._newest_words("customer.segmentation.answer", ("score", "<", LOW_SCORE))

    def _newest_words(self, model, condition):
        """{call: the customer's own words}: the newest of a model; of what the user may see."""
        found = self.env[model].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
                condition,
            ],
            order="date, id",
        )
        newest = {(item.partner_id, item.company_id): item for item in found}
        return {
            call: call._item_words(item)
            for call in self
            if (item := newest.get((call.partner_id, call.company_id)))
        }

    def _item_words(self, item):
        """The reason and its day, and what the customer said."""
        reasons = dict(self._fields["reason"]._description_selection(self.env))
        words = _(
            "%(reason)s, %(day)s",
            reason=reasons[self.reason],
            day=format_date(self.env, item.date),
        )
        remark = (item.remark or "").strip()
        return _("%(what)s: %(remark)s", what=words, remark=remark) if remark else words

    def action_log_feedback(self):
        self.ensure_one()
        self._check_visible()
        return self.env["customer.segmentation.feedback"]._action_log(
            self.partner_id, self.company_id, channel="phone"
        )
