from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from .customer_segmentation_engine import MEASURE, PROFILE, RESULT

FORMER = SQL.identifier("segmentation_former")
MOVE = SQL.identifier("segmentation_move")


class CustomerSegmentationEngine(models.AbstractModel):
    """Replay: what runs on past days would have said, from the documents' dates.

    The same tables are made as of each month's end, each is compared with the month before, and
    the moves go to the history. Two months stand in the database at a time.

    Rules, limits and bands are today's. Overrides and grace days are left out: they are decisions
    of the days on which they were made. Quotations and opportunities are known only as they are
    now, so the purchase stage of the past knows those that are still open.
    """

    _inherit = "customer.segmentation.engine"

    def _compute_replay(self, run, criteria, months):
        """Write the moves of the last ``months`` month's ends before the first real run.

        :return: dict of ``rows_changed`` (customers that moved) and ``history_count`` (rows
            added or taken back: 0 when the same replay is run again)
        """
        company = run.company_id
        first_day = self._first_run_date(company) or run.as_of
        columns = self._segment_columns()
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s, pg_temp.%s", FORMER, MOVE))
        self._execute(self._query_empty_moves())
        # A copy of the limits takes the cut points of each month, the criteria keep today's.
        limits = self.env["customer.segmentation.draft"].new(
            {name: criteria[name] for name in criteria._limit_names()} | {"company_id": company.id}
        )
        for as_of in self._month_ends(first_day, months):
            self._make_tables(limits, as_of)
            if self._has_former():
                self._execute(self._query_moves(RESULT, as_of, columns))
                self._execute(SQL("DROP TABLE %s", FORMER))
            self._execute(SQL("DROP TABLE %s", MEASURE))
            self._execute(SQL("ALTER TABLE %s RENAME TO %s", RESULT, FORMER))
        # from the last month's end to what the first real run found
        if self._has_former():
            self._execute(self._query_moves(self._query_baseline(company, columns),
                                            first_day, columns))
        changed = self._execute(self._query_forget_moves(company))
        changed += self._execute(self._query_keep_moves(run))
        self._execute(SQL("SELECT count(DISTINCT partner_id) FROM %s", MOVE))
        [customers] = self.env.cr.fetchone()
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s, pg_temp.%s", FORMER, MOVE))
        return {"rows_changed": customers, "history_count": changed}

    def _month_ends(self, first_day, months):
        """The month's ends before ``first_day``, oldest first."""
        last = first_day.replace(day=1)
        return [
            last - relativedelta(months=back, days=1) for back in range(months - 1, -1, -1)
        ]

    def _first_run_date(self, company):
        """The day of the company's first classification: what the history begins with."""
        run = self.env["customer.segmentation.run"].search(
            [
                ("company_id", "=", company.id),
                ("scope", "=", "full"),
                ("state", "in", ["done", "warning"]),
            ],
            order="as_of, id",
            limit=1,
        )
        return run.as_of

    def _has_former(self):
        self._execute(SQL("SELECT to_regclass(%s)", "pg_temp.segmentation_former"))
        return bool(self.env.cr.fetchone()[0])

    def _query_empty_moves(self):
        return SQL(
            """CREATE TEMP TABLE %s (
                   partner_id int, dimension_id int, from_id int, to_id int, date date
               ) ON COMMIT DROP""",
            MOVE,
        )

    def _query_moves(self, present, as_of, columns):
        """Insert the segments that differ between the former table and the present one.

        A customer that was not there in the former month comes from nowhere.
        """
        return SQL(
            """
            INSERT INTO %(move)s (partner_id, dimension_id, from_id, to_id, date)
            SELECT present.partner_id, change.dimension_id, change.from_id, change.to_id, %(as_of)s
              FROM %(present)s present
         LEFT JOIN %(former)s former ON former.partner_id = present.partner_id
        CROSS JOIN LATERAL (VALUES %(changes)s) change (dimension_id, from_id, to_id)
             WHERE change.from_id IS DISTINCT FROM change.to_id
            """,
            move=MOVE,
            present=present,
            former=FORMER,
            as_of=as_of,
            changes=self._changes("former", "present", columns),
        )

    def _query_baseline(self, company, columns):
        """Each customer's segments at the first classification.

        Where a segment has changed since, it is what the first real change came from; else it is
        the segment of today.
        """
        return SQL(
            """(
            SELECT profile.partner_id, %(segments)s
              FROM %(profile)s profile
         LEFT JOIN (
                   SELECT DISTINCT ON (partner_id, dimension_id)
                          partner_id, dimension_id, from_segment_id
                     FROM customer_segmentation_history
                    WHERE company_id = %(company)s AND reason <> 'replay'
                 ORDER BY partner_id, dimension_id, date, id
                   ) first_change ON first_change.partner_id = profile.partner_id
             WHERE profile.company_id = %(company)s AND profile.active
          GROUP BY profile.id
            )""",
            profile=PROFILE,
            company=company.id,
            segments=SQL(", ").join(
                SQL(
                    """CASE WHEN bool_or(first_change.dimension_id = %(dimension)s)
                            THEN max(first_change.from_segment_id)
                                 FILTER (WHERE first_change.dimension_id = %(dimension)s)
                            ELSE profile.%(column)s END AS %(column)s""",
                    dimension=dimension_id,
                    column=SQL.identifier(column),
                )
                for dimension_id, column in columns.items()
            ),
        )

    def _query_forget_moves(self, company):
        """Take back rows of an earlier replay that the documents no longer tell."""
        return SQL(
            """
            DELETE FROM customer_segmentation_history history
             WHERE history.company_id = %s
               AND history.reason = 'replay'
               AND NOT EXISTS (
                   SELECT 1 FROM %s move
                    WHERE move.partner_id = history.partner_id
                      AND move.dimension_id = history.dimension_id
                      AND move.date = history.date
                      AND move.from_id IS NOT DISTINCT FROM history.from_segment_id
                      AND move.to_id IS NOT DISTINCT FROM history.to_segment_id)
            """,
            company.id,
            MOVE,
        )

    def _query_keep_moves(self, run):
        return SQL(
            """
            INSERT INTO customer_segmentation_history (
                   partner_id, company_id, dimension_id, from_segment_id, to_segment_id, date,
                   run_id, reason, create_uid, create_date, write_uid, write_date)
            SELECT move.partner_id, %(company)s, move.dimension_id, move.from_id, move.to_id,
                   move.date, %(run)s, 'replay',
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM %(move)s move
             WHERE NOT EXISTS (
                   SELECT 1 FROM customer_segmentation_history history
                    WHERE history.company_id = %(company)s
                      AND history.reason = 'replay'
                      AND history.partner_id = move.partner_id
                      AND history.dimension_id = move.dimension_id
                      AND history.date = move.date
                      AND history.from_segment_id IS NOT DISTINCT FROM move.from_id
                      AND history.to_segment_id IS NOT DISTINCT FROM move.to_id)
            """,
            company=run.company_id.id,
            run=run.id,
            uid=self.env.uid,
            move=MOVE,
        )
