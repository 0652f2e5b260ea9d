from dateutil.relativedelta import relativedelta

from odoo import models
from odoo.tools import SQL

from .customer_segmentation_engine import MEASURE, PROFILE, RESULT

FORMER = SQL.identifier("segmentation_former")
MOVE = SQL.identifier("segmentation_move")


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

        :return: dict of ``months_done``, ``rows_changed`` (customers that moved so far),
            ``history_count`` (rows added or taken back so far) and ``warnings``
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
        if number == 0:
            self._forget_former()
        elif not self._has_former(run, number):
            warnings += self._make_tables(limits, days[number - 1])
            self._keep_former(run, number, columns)
        if number == run.months:
            changed += self._write_moves(
                run, self._query_baseline(company, columns), first_day, columns
            )
            changed += self._execute(self._query_forget_days(company, days[1:]))
            self._forget_former()
        else:
            warnings += self._make_tables(limits, days[number])
            if number:
                changed += self._write_moves(run, RESULT, days[number], columns)
            self._keep_former(run, number + 1, columns)
        return {
            "months_done": number + 1,
            "rows_changed": self._count_moved(company),
            "history_count": run.history_count + changed,
            "warnings": warnings,
        }

    def _write_moves(self, run, present, as_of, columns):
        """Bring the history's replayed rows of one day in line; return how many changed."""
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", MOVE))
        self._execute(self._query_moves(present, as_of, columns))
        changed = self._execute(self._query_forget_moves(run.company_id, as_of))
        changed += self._execute(self._query_keep_moves(run))
        self._execute(SQL("DROP TABLE %s", MOVE))
        return changed

    # The former month outlives its transaction, so that each month can be committed. It belongs
    # to the session: who goes on with a replay elsewhere makes it again.

    def _keep_former(self, run, months_done, columns):
        """Have the result at hand as the former month of a replay that has done so many."""
        self._forget_former()
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

    def _forget_former(self):
        self._execute(SQL("DROP TABLE IF EXISTS pg_temp.%s", FORMER))

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

    def _query_forget_moves(self, company, as_of):
        """Take back rows of an earlier replay that the documents no longer tell of this day."""
        return SQL(
            """
            DELETE FROM customer_segmentation_history history
             WHERE history.company_id = %s
               AND history.reason = 'replay'
               AND history.date = %s
               AND NOT EXISTS (
                   SELECT 1 FROM %s move
                    WHERE move.partner_id = history.partner_id
                      AND move.dimension_id = history.dimension_id
                      AND move.from_id IS NOT DISTINCT FROM history.from_segment_id
                      AND move.to_id IS NOT DISTINCT FROM history.to_segment_id)
            """,
            company.id,
            as_of,
            MOVE,
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
