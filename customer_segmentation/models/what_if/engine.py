from odoo import models
from odoo.tools import SQL

from ..engine.computation import Computation
from ..engine.tables import MEASURE, PROFILE, RESULT


class DraftComputation(Computation):
    """The draft in the place of criteria and segments; people's decisions hold against it too."""

    def segments_of(self, dimension):
        """The segments as the draft has them: unsaved copies with its rule and its order."""
        if self._segments is None:
            self._segments = self.criteria.line_ids.grouped("dimension_id")
        segments = self.engine.env["customer.segmentation.segment"].sudo()
        lines = self._segments.get(dimension, self.criteria.line_ids.browse())
        for line in lines.sorted("sequence"):
            segments |= segments.new(
                {
                    "domain": line.domain,
                    "sequence": line.sequence,
                    "dimension_id": dimension.id,
                },
                origin=line.segment_id,
            )
        return segments

    def settle(self, dimensions):
        self._engine._apply_overrides(self.company, self.as_of, dimensions, keep_answers=False)


class CustomerSegmentationEngine(models.AbstractModel):
    """What-if: the same statements with a draft in the place of criteria and segments.

    The profile is compared with, and not written.
    """

    _inherit = "customer.segmentation.engine"

    def _compute_draft(self, draft, partner_ids=None):
        """Find who would move under ``draft`` and count its segments before and after.

        :param list[int] partner_ids: the trial scope; None = all customers
        :return: list of warnings
        """
        criteria = self.env["customer.segmentation.criteria"]._get(draft.company_id)
        as_of = criteria.last_run_date or criteria.company_id._segmentation_today()
        warnings = self._make_tables(DraftComputation(self, draft, as_of, partner_ids))
        self._execute(
            SQL("DELETE FROM customer_segmentation_draft_move WHERE draft_id = %s", draft.id)
        )
        columns = self._segment_columns()
        self._execute(self._query_draft_moves(draft, columns))
        self._execute(self._query_draft_counts(draft, columns))
        self._execute(SQL("DROP TABLE %s, %s", MEASURE, RESULT))
        self.env.invalidate_all(flush=False)
        return warnings

    def _query_draft_moves(self, draft, columns):
        """A row for every segment that would differ."""
        return SQL(
            """
            INSERT INTO customer_segmentation_draft_move (
                draft_id, partner_id, dimension_id, from_segment_id, to_segment_id, net_sales_12m)
            SELECT %(draft)s, result.partner_id, change.dimension_id, change.from_id,
                   change.to_id, result.net_sales_12m
              FROM %(result)s result
              JOIN %(profile)s profile ON profile.id = result.id
        CROSS JOIN LATERAL (VALUES %(changes)s) change (dimension_id, from_id, to_id)
             WHERE change.from_id IS DISTINCT FROM change.to_id
            """,
            draft=draft.id,
            result=RESULT,
            profile=PROFILE,
            changes=self._changes("profile", "result", columns),
        )

    def _query_draft_counts(self, draft, columns):
        """Customers and net sales of each segment, before and after, of the trial scope."""
        return SQL(
            """
            WITH counted AS (
                SELECT membership.segment_id,
                       count(*) FILTER (WHERE NOT membership.after) AS count_before,
                       count(*) FILTER (WHERE membership.after) AS count_after,
                       sum(membership.sales) FILTER (WHERE NOT membership.after) AS sales_before,
                       sum(membership.sales) FILTER (WHERE membership.after) AS sales_after
                  FROM %(result)s result
                  JOIN %(profile)s profile ON profile.id = result.id
            CROSS JOIN LATERAL (VALUES %(rows)s) membership (segment_id, sales, after)
              GROUP BY membership.segment_id
            )
            UPDATE customer_segmentation_draft_line line
               SET count_before = COALESCE(counted.count_before, 0),
                   count_after = COALESCE(counted.count_after, 0),
                   sales_before = COALESCE(counted.sales_before, 0),
                   sales_after = COALESCE(counted.sales_after, 0)
              FROM customer_segmentation_draft_line own
         LEFT JOIN counted ON counted.segment_id = own.segment_id
             WHERE own.id = line.id AND line.draft_id = %(draft)s
            """,
            draft=draft.id,
            result=RESULT,
            profile=PROFILE,
            rows=SQL(", ").join(
                SQL(
                    "(%(before)s, profile.net_sales_12m, FALSE),"
                    " (%(after)s, result.net_sales_12m, TRUE)",
                    before=SQL.identifier("profile", column),
                    after=SQL.identifier("result", column),
                )
                for column in columns.values()
            ),
        )
