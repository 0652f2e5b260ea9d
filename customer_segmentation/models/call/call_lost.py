from datetime import timedelta

from odoo import _, api, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from .call import Reason

WORTH_IT = ("key", "important")  # meanings of segments of value


class CustomerSegmentationCall(models.Model):
    """A key or important customer that was lost is worth a call, for some time."""

    _inherit = "customer.segmentation.call"

    @api.model
    def _reasons(self):
        return [
            *super()._reasons(),
            Reason(
                35, "lost", _("Key customer lost"), self._query_lost, self._lost_words
            ),
        ]

    def _query_lost(self, company, as_of, partner_ids):
        """Customers that became lost in these days, and had such a value since their last order.

        Their value sinks while they are silent, so the history is asked as well.
        """
        segments = self.env["customer.segmentation.segment"]
        profiles = self.env["customer.segmentation.profile"]
        days = company.sudo().segmentation_criteria_id.call_lost_days
        return SQL(
            """
            SELECT profile.partner_id, loss.date, NULL::int
              FROM (%(losses)s) loss (partner_id, date)
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = loss.partner_id AND profile.company_id = %(company)s
             WHERE %(is_lost)s
               AND (%(is_worth_it)s
                    OR EXISTS (SELECT 1
                                 FROM customer_segmentation_history former
                                WHERE former.partner_id = profile.partner_id
                                  AND former.company_id = %(company)s
                                  AND former.from_segment_id = ANY(%(worth_it)s)
                                  AND former.date > profile.last_order_date
                                  AND former.date <= %(as_of)s))
            """,
            losses=self._query_losses(company, as_of - timedelta(days=days), as_of, partner_ids),
            company=company.id,
            as_of=as_of,
            is_lost=profiles._has_meaning("profile", "lost"),
            is_worth_it=profiles._has_meaning("profile", *WORTH_IT),
            worth_it=segments._ever_with_meaning(*WORTH_IT).ids,
        )

    def _query_losses(self, company, after, until, partner_ids):
        """Select the customers that became lost in these days, and the last day they did.

        Who was lost when it arrived, or was so by another segment, has not become it.
        """
        lost = self.env["customer.segmentation.segment"]._ever_with_meaning("lost").ids
        return SQL(
            """SELECT move.partner_id, max(move.date)
                 FROM customer_segmentation_history move
                WHERE move.company_id = %(company)s
                  AND move.to_segment_id = ANY(%(lost)s)
                  AND move.from_segment_id <> ALL(%(lost)s)
                  AND move.reason <> 'standards'
                  AND move.date > %(after)s AND move.date <= %(until)s
                  AND %(ours)s
             GROUP BY move.partner_id""",
            company=company.id,
            lost=lost,
            after=after,
            until=until,
            ours=self._among("move", partner_ids),
        )

    @api.model
    def _lost_words(self, calls):
        """{call: since when the customer is lost}; the call itself is the user's to see."""
        found = {}
        for company, some in calls.grouped("company_id").items():
            as_of = self._as_of(company)
            days = company.sudo().segmentation_criteria_id.call_lost_days
            self.env["customer.segmentation.history"].flush_model()
            self.env.cr.execute(
                self._query_losses(
                    company, as_of - timedelta(days=days), as_of, some.partner_id.ids
                )
            )
            by_partner = {call.partner_id.id: call for call in some}
            for partner_id, day in self.env.cr.fetchall():
                found[by_partner[partner_id]] = _(
                    "Key customer, lost since %(date)s", date=format_date(self.env, day)
                )
        return found
