from datetime import timedelta

from odoo import _, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# "is at least n days ago" is "on the day n days ago or before": the comparison turns round.
MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


class CustomerSegmentationProfile(models.Model):
    """What depends on today alone: computed when shown, translated to dates when searched."""

    _inherit = "customer.segmentation.profile"

    # Shown values

    def _as_of_by_company(self):
        """{company: the day the values are reckoned from}: the run's, else today."""
        as_of = self.env.context.get("segmentation_as_of")
        return {
            company: as_of or company._segmentation_today()
            for company in self.company_id or self.env.company
        }

    @api.depends("first_order_date", "last_order_date", "won_back_date", "due_date",
                 "order_interval_days")
    @api.depends_context("segmentation_as_of")
    def _compute_clock(self):
        today_by_company = self._as_of_by_company()
        for profile in self:
            today = today_by_company[profile.company_id]

            def days_since(day, today=today):
                return (today - day).days if day else 0

            profile.recency_days = days_since(profile.last_order_date)
            profile.customer_age_days = days_since(profile.first_order_date)
            profile.won_back_days = days_since(profile.won_back_date)
            profile.days_overdue = max(days_since(profile.due_date), 0)
            profile.overdue_ratio = (
                profile.last_order_date
                and profile.order_interval_days
                and profile.recency_days / profile.order_interval_days
            ) or 0.0
            profile.expected_order_date = profile.due_date and max(
                profile.due_date, today + timedelta(days=1)
            )

    # Searched values

    @api.model
    def _as_of(self):
        """The day a search reckons from: the run's as-of date, else today."""
        return (
            self.env.context.get("segmentation_as_of")
            or self.env.company._segmentation_today()
        )

    @api.model
    def _search_days_since(self, date_field, operator, value):
        """Translate a condition on days since a date into one on the date.

        An absent date has no days: it answers to "is not set" only.
        """
        today = self._as_of()

        def day(days):
            return days if days is False or days is None else today - timedelta(days=days)

        if operator in ("in", "not in"):
            return [(date_field, operator, [day(days) for days in value])]
        condition = [(date_field, MIRRORED.get(operator, operator), day(value))]
        if operator in MIRRORED:
            condition.append((date_field, "!=", False))
        return condition

    def _search_recency_days(self, operator, value):
        return self._search_days_since("last_order_date", operator, value)

    def _search_customer_age_days(self, operator, value):
        return self._search_days_since("first_order_date", operator, value)

    def _search_won_back_days(self, operator, value):
        return self._search_days_since("won_back_date", operator, value)

    def _search_days_overdue(self, operator, value):
        return self._search_days_since("due_date", operator, value)

    @api.model
    def _search_overdue_ratio(self, operator, value):
        """Days since the last order against so many intervals, column against column."""
        comparison = {
            "<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">="),
        }.get(operator)
        if not comparison:
            raise UserError(_("Compare the overdue ratio with <, ≤, > or ≥."))
        query = self.sudo().with_context(active_test=False)._search([])
        query.add_where(
            SQL(
                # rounded: exactly 3 intervals are not over 3, whatever the binary fractions say
                "%s - %s %s round((%s * %s)::numeric, 6)",
                self._as_of(),
                SQL.identifier(self._table, "last_order_date"),
                comparison,
                value,
                SQL.identifier(self._table, "order_interval_days"),
            )
        )
        return [("id", "in", query)]
