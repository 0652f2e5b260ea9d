from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from ..engine.measure import Measure

WINDOW_MONTHS = 12  # an answer counts so long, however long the window of sales is
HALF_LIFE_DAYS = 180


class CustomerSegmentationEngine(models.AbstractModel):
    """L1: the satisfaction of each customer, from the answers of all sources."""

    _inherit = "customer.segmentation.engine"

    def _measures(self, computation):
        return {
            **super()._measures(computation),
            "satisfaction_score": Measure(SQL("satisfaction.score"), True),
            "satisfaction_count": Measure(
                SQL("COALESCE(satisfaction.answers, 0)"),
                SQL("NULLIF(result.satisfaction_count, 0)"),
            ),
        }

    def _measure_joins(self, computation):
        return [
            *super()._measure_joins(computation),
            SQL(
                """LEFT JOIN (%s) satisfaction
                          ON satisfaction.partner_id = customer.contact_id""",
                self._query_satisfaction(computation),
            ),
        ]

    def _query_satisfaction(self, computation):
        """Rows (partner_id, score, answers) of the customers with an answer in the window.

        The mean is weighted by 0.5 ^ (age / 180). The age is reckoned from the customer's newest
        answer: a mean does not change when all its weights are multiplied by the same number, so
        a night without a new answer rewrites no row. Rounded, so that the order in which
        PostgreSQL adds up does not show.
        """
        answer = self.env["customer.segmentation.answer"].sudo()
        return SQL(
            """
            SELECT partner_id,
                   round((sum(score * weight) / sum(weight))::numeric, 2)::float8 AS score,
                   count(*)::int AS answers
              FROM (
                   SELECT partner_id, score,
                          power(0.5::float8, (max(date) OVER (PARTITION BY partner_id) - date)
                                             / %(half_life)s::float8) AS weight
                     FROM %(answer)s answer
                    WHERE answer.company_id = %(company)s
                      AND answer.date > %(start)s
                      AND answer.date <= %(as_of)s
                      AND %(answers_of)s
                   ) weighted
          GROUP BY partner_id
            """,
            half_life=HALF_LIFE_DAYS,
            answer=answer._table_query,
            company=computation.company.id,
            start=computation.as_of - relativedelta(months=WINDOW_MONTHS),
            as_of=computation.as_of,
            answers_of=computation.of("answer", "partner_id"),
        )
