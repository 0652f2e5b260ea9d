from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from ..engine.computation import Computation
from ..engine.tables import MEASURE, PROFILE, RESULT

FORMER = SQL.identifier("segmentation_former")
RHYTHM = SQL.identifier("segmentation_rhythm")
MOVE = SQL.identifier("segmentation_move")


class ReplayComputation(Computation):
    """A past month's end, from the facts by day that are at hand."""

    def query_rhythm(self):
        return SQL("SELECT * FROM %s", RHYTHM)


class CustomerSegmentationEngine(models.AbstractModel):
    """Replay: what runs on past days would have said, from the documents' dates.

    The same tables are made as of each month's end, each is compared with the month before, and
    the moves go to the history. Two months stand in the database at a time; each month is a step
    of its own, so a long replay is committed month by month and can be gone on with.

    Rules, limits and bands are today's. Overrides and grace days are left out: they are decisions
    of the days on which they were made. Quotations and opportunities are known only as they are
    now, so the purchase stage of the past knows those that are still open.
    """

    _inherit = "customer.segmentation.engine"

    def _replay_step(self, run, criteria):
        """Write the moves of the next month of a replay, as far as they are not there yet.

        Each month's rows stand for themselves, so a step that is done again changes nothing. The
        last step leads from the last month's end to what the first real run found.

        :return: dict of ``months_done``, ``rows_changed`` (customers that moved, told at the
            end), ``history_count`` (rows added or taken back so far) and ``warnings``
        """
        company, columns = run.company_id, self._segment_columns()
        first_day = self._first_run_date(company) or run.as_of
        days = [*self._month_ends(first_day, run.months), first_day]
        number = run.months_done
        # A copy of the limits takes the cut points of each month, the criteria keep today's.
        limits = self.env["customer.segmentation.draft"].new(
            {name: criteria[name] for name in criteria._limit_names()} | {"company_id": company.id}
        )
        changed, warnings = 0, []
        if number == 0 or not self._has_former(run, number):
            self._forget_replay()
            self._keep_rhythm(Computation(self, criteria, run.as_of))
            if number:
                self._make_tables(ReplayComputation(self, limits, days[number - 1]))
                self._keep_former(run, number, columns)
        if number < run.months:
            warnings = self._make_tables(ReplayComputation(self, limits, days[number]))
            if number:
                changed = self._write_moves(run, RESULT, days[number], columns)
            self._keep_former(run, number + 1, columns)
            return {
                "months_done": number + 1,
                "history_count": run.history_count + changed,
                "warnings": warnings,
            }
        baseline = self._query_baseline(company, columns)
        changed = self._write_moves(run, baseline, first_day, columns)
        changed += self._execute(self._query_forget_days(company, days[1:]))
        self._forget_replay()
        return {
            "months_done": number + 1,
            "rows_changed": self._count_moved(company),
            "history_count": run.history_count + changed,
            "warnings": [],
        }

    def _write_moves(self, run, present, as_of, columns):
        """Bring the history's replayed rows of one day in line; return how many changed."""
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", MOVE))
        self._execute(self._query_moves(present, as_of, columns))
        changed = 0
        if self._has_replayed(run.company_id, as_of):
            changed += self._execute(self._query_forget_moves(run.company_id, as_of))
            self._execute(self._query_pass_over_known(run.company_id, as_of))
        changed += self._execute(self._query_keep_moves(run))
        self._execute(SQL("DROP TABLE %s", MOVE))
        return changed

    def _has_replayed(self, company, as_of):
        """Whether an earlier replay told of this day; the first one does without comparing."""
        self._execute(
            SQL(
                """SELECT 1 FROM customer_segmentation_history
                    WHERE company_id = %s AND reason = 'replay' AND date = %s LIMIT 1""",
                company.id,
                as_of,
            )
        )
        return bool(self.env.cr.rowcount)

    # The former month and the facts by day outlive their transaction, so that each month can be
    # committed. They belong to the session: who goes on with a replay elsewhere makes them again.

    def _keep_rhythm(self, computation):
        """Have the facts by customer and day at hand: they are the same for all months."""
        self.env.flush_all()
        self._execute(self._query_settings(None))
        self._execute(
            SQL("CREATE TEMP TABLE %s AS %s", RHYTHM, computation.query_rhythm())
        )
        self._execute(SQL("CREATE INDEX ON %s (partner_id)", RHYTHM))
        self._execute(SQL("ANALYZE %s", RHYTHM))

    def _keep_former(self, run, months_done, columns):
        """Have the result at hand as the former month of a replay that has done so many."""
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", FORMER))
        self._execute(
            SQL(
                "CREATE TEMP TABLE %s AS SELECT partner_id, %s FROM %s",
                FORMER,
                SQL(", ").join(map(SQL.identifier, columns.values())),
                RESULT,
            )
        )
        self._execute(SQL("COMMENT ON TABLE %s IS %s", FORMER, f"{run.id}/{months_done}"))
        self._execute(SQL("DROP TABLE %s, %s", MEASURE, RESULT))

    def _has_former(self, run, months_done):
        """Whether the former month is at hand, and no other replay's or month's."""
        self._execute(
            SQL("SELECT obj_description(to_regclass('pg_temp.segmentation_former'), 'pg_class')")
        )
        return self.env.cr.fetchone()[0] == f"{run.id}/{months_done}"

    def _forget_replay(self):
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s, pg_temp.%s", FORMER, RHYTHM))

    def _count_moved(self, company):
        """Customers with a replayed move."""
        self._execute(
            SQL(
                """SELECT count(DISTINCT partner_id) FROM customer_segmentation_history
                    WHERE company_id = %s AND reason = 'replay'""",
                company.id,
            )
        )
        return self.env.cr.fetchone()[0]

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

    def _query_moves(self, present, as_of, columns):
        """Make a table of the segments that differ between the former table and the present one.

        A customer that was not there in the former month comes from nowhere.
        """
        return SQL(
            """
            CREATE TEMP TABLE %(move)s ON COMMIT DROP AS
            SELECT present.partner_id, change.dimension_id, change.from_id, change.to_id,
                   %(as_of)s::date AS date
              FROM %(present)s present
         LEFT JOIN %(former)s former ON former.partner_id = present.partner_id
        CROSS JOIN LATERAL (VALUES %(changes)s) change (dimension_id, from_id, to_id)
             WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
               AND change.from_id IS DISTINCT FROM change.to_id
            """,
            move=MOVE,
            present=present,
            former=FORMER,
            as_of=as_of,
            old=self._columns_of("former", columns.values()),
            new=self._columns_of("present", columns.values()),
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

    def _query_forget_moves(self, company, as_of):
        """Take back rows of an earlier replay that the documents no longer tell of this day."""
        return SQL(
            """
            DELETE FROM customer_segmentation_history history
             WHERE history.company_id = %s
               AND history.reason = 'replay'
               AND history.date = %s
               AND NOT EXISTS (SELECT 1 FROM %s move WHERE %s)
            """,
            company.id,
            as_of,
            MOVE,
            self._is_row_of_move(),
        )

    def _query_pass_over_known(self, company, as_of):
        """Take off the moves that an earlier replay has written."""
        return SQL(
            """
            DELETE FROM %s move
             USING customer_segmentation_history history
             WHERE history.company_id = %s
               AND history.reason = 'replay'
               AND history.date = %s
               AND %s
            """,
            MOVE,
            company.id,
            as_of,
            self._is_row_of_move(),
        )

    def _is_row_of_move(self):
        return SQL(
            """move.partner_id = history.partner_id
               AND move.dimension_id = history.dimension_id
               AND move.from_id IS NOT DISTINCT FROM history.from_segment_id
               AND move.to_id IS NOT DISTINCT FROM history.to_segment_id"""
        )

    def _query_forget_days(self, company, days):
        """Take back an earlier replay's rows of days that are none of this one's."""
        return SQL(
            """DELETE FROM customer_segmentation_history
                WHERE company_id = %s AND reason = 'replay' AND date <> ALL(%s)""",
            company.id,
            days,
        )

    def _query_keep_moves(self, run):
        """Insert in the contacts' order: each row is checked against its contact's."""
        return SQL(
            """
            INSERT INTO customer_segmentation_history (
                   partner_id, company_id, dimension_id, from_segment_id, to_segment_id, date,
                   run_id, reason, create_date)
            SELECT move.partner_id, %(company)s, move.dimension_id, move.from_id, move.to_id,
                   move.date, %(run)s, 'replay', now() AT TIME ZONE 'UTC'
              FROM %(move)s move
          ORDER BY move.partner_id
            """,
            company=run.company_id.id,
            run=run.id,
            move=MOVE,
        )
