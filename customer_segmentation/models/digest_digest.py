import pytz

from odoo import _, fields, models
from odoo.exceptions import AccessError

# KPI -> the meaning of the segments whose newcomers it counts
ENTERED = {
    "kpi_segmentation_at_risk": "at_risk",
    "kpi_segmentation_lost": "lost",
    "kpi_segmentation_won_back": "won_back",
}
SATISFACTION = "kpi_segmentation_satisfaction"


class Digest(models.Model):
    """The customers' moves in the mail that managers get; each reader counts what he may see."""

    _inherit = "digest.digest"

    kpi_segmentation_at_risk = fields.Boolean("Customers Now at Risk")
    kpi_segmentation_at_risk_value = fields.Integer(
        compute="_compute_kpi_segmentation_at_risk_value"
    )
    kpi_segmentation_lost = fields.Boolean("Customers Lost")
    kpi_segmentation_lost_value = fields.Integer(compute="_compute_kpi_segmentation_lost_value")
    kpi_segmentation_won_back = fields.Boolean("Customers Won Back")
    kpi_segmentation_won_back_value = fields.Integer(
        compute="_compute_kpi_segmentation_won_back_value"
    )
    kpi_segmentation_satisfaction = fields.Boolean("Customer Satisfaction (Answers)")
    kpi_segmentation_satisfaction_value = fields.Float(
        compute="_compute_kpi_segmentation_satisfaction"
    )

    # One method each: Odoo forgets the value of a period figure by figure, before it asks for the
    # next period, and what another figure's method had left would be taken for it.

    def _compute_kpi_segmentation_at_risk_value(self):
        self._compute_entered("kpi_segmentation_at_risk")

    def _compute_kpi_segmentation_lost_value(self):
        self._compute_entered("kpi_segmentation_lost")

    def _compute_kpi_segmentation_won_back_value(self):
        self._compute_entered("kpi_segmentation_won_back")

    def _compute_entered(self, kpi):
        """Customers that entered a segment with this meaning; who entered twice is one customer.

        From one segment to another of the same meaning nobody enters.
        """
        self._check_segmentation_access()
        segments = self.env["customer.segmentation.segment"]._ever_with_meaning(ENTERED[kpi])
        for digest in self:
            [[count]] = self.env["customer.segmentation.history"]._read_group(
                [
                    *digest._segmentation_period(),
                    ("reason", "!=", "standards"),
                    ("to_segment_id", "in", segments.ids),
                    ("from_segment_id", "not in", segments.ids),
                ],
                aggregates=["partner_id:count_distinct"],
            )
            digest[f"{kpi}_value"] = count

    def _compute_kpi_segmentation_satisfaction(self):
        for digest in self:
            digest[f"{SATISFACTION}_value"] = digest._segmentation_satisfaction()[0]

    def _segmentation_satisfaction(self):
        """(mean score 0-100 of the period's answers, their number); (0, 0) when there are none."""
        self._check_segmentation_access()
        [[score, count]] = self.env["customer.segmentation.answer"]._read_group(
            self._segmentation_period(), aggregates=["score:avg", "__count"]
        )
        return score or 0, count

    def _check_segmentation_access(self):
        """The digest leaves out for its reader what raises an access error."""
        if not self.env.user.has_group("customer_segmentation.group_user"):
            raise AccessError(_("Only users of Customer Segmentation get these figures."))

    def _segmentation_period(self):
        """The days after the period's first moment up to and including its last one.

        The run of the night is dated today: it belongs to the mail of the morning. Neighbouring
        periods share no day.
        """
        start, end, companies = self._get_kpi_compute_parameters()
        time_zone = pytz.timezone(companies[:1].sudo().segmentation_criteria_id.tz or "UTC")
        first, last = (
            pytz.utc.localize(fields.Datetime.to_datetime(moment)).astimezone(time_zone).date()
            for moment in (start, end)
        )
        return [("company_id", "in", companies.ids), ("date", ">", first), ("date", "<=", last)]

    def _compute_kpis(self, company, user):
        """The satisfaction is told with the number of answers; where there are none, it is none."""
        kpis = super()._compute_kpis(company, user)
        for kpi in kpis:
            if kpi["kpi_name"] == SATISFACTION:
                for index, period in enumerate(self._compute_timeframes(company), start=1):
                    kpi[f"kpi_col{index}"].update(
                        self._segmentation_satisfaction_cell(period, company, user)
                    )
        return kpis

    def _segmentation_satisfaction_cell(self, period, company, user):
        """Value and margin of one column, from the answers of the period and of the one before."""
        _name, (present, former) = period
        (score, count), (former_score, former_count) = (
            self.with_context(start_datetime=start, end_datetime=end)
            .with_user(user)
            .with_company(company)
            ._segmentation_satisfaction()
            for start, end in (present, former)
        )
        if not count:
            return {"value": "–", "margin": 0.0}
        margin = self._get_margin_value(score, former_score) if former_count else 0.0
        return {"value": f"{score:.0f} ({count})", "margin": margin}

    def _compute_kpis_actions(self, company, user):
        actions = super()._compute_kpis_actions(company, user)
        for kpi in ENTERED:
            actions[kpi] = "customer_segmentation.customer_segmentation_history_action"
        actions[SATISFACTION] = "customer_segmentation.customer_segmentation_feedback_action"
        return actions
