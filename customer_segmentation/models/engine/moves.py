from odoo import models
from odoo.tools import SQL

from ...tools.measures import SCORES
from .tables import PROFILE, RESULT


class CustomerSegmentationEngine(models.AbstractModel):
    """L3 history, and the profile: what differs is written, and nothing else."""

    _inherit = "customer.segmentation.engine"

    def _known_columns(self, company, columns):
        """Those of ``columns`` in which the company has or had segments already.

        The first classification in a dimension is its starting point and no change.
        """
        self._execute(
            SQL(
                "SELECT %s",
                SQL(", ").join(
                    SQL(
                        """(EXISTS (SELECT 1 FROM %(profile)s
                                     WHERE company_id = %(company)s AND %(column)s IS NOT NULL)
                            OR EXISTS (SELECT 1 FROM customer_segmentation_history
                                        WHERE company_id = %(company)s
                                          AND dimension_id = %(dimension)s))""",
                        profile=PROFILE,
                        company=company.id,
                        column=SQL.identifier(column),
                        dimension=dimension_id,
                    )
                    for dimension_id, column in columns.items()
                ),
            )
        )
        known = self.env.cr.fetchone()
        return {
            dimension_id: column
            for (dimension_id, column), is_known in zip(columns.items(), known, strict=True)
            if is_known
        }

    # L3 history, and the profile

    def _query_history(self, run, computation, columns):
        """A row for every segment that differs between the profile and the result."""
        return SQL(
            """
            %(insert)s
            SELECT result.partner_id, result.company_id, change.dimension_id, change.from_id,
                   change.to_id, %(as_of)s, %(run)s, override.user_id,
                   CASE WHEN override.id IS NOT NULL THEN 'override'
                        WHEN profile.active THEN 'rule' ELSE 'arrived' END,
                   jsonb_strip_nulls(jsonb_build_object(%(evidence)s)),
                   now() AT TIME ZONE 'UTC'
              FROM %(result)s result
         LEFT JOIN %(profile)s profile ON profile.id = result.id
        CROSS JOIN LATERAL (VALUES %(changes)s) change (dimension_id, from_id, to_id)
         LEFT JOIN customer_segmentation_override override
                ON override.partner_id = result.partner_id
               AND override.company_id = result.company_id
               AND override.dimension_id = change.dimension_id
               AND override.segment_id = change.to_id
               AND override.active
             WHERE (%(old)s) IS DISTINCT FROM (%(new)s)
               AND change.from_id IS DISTINCT FROM change.to_id
            """,
            insert=self._insert_history(),
            as_of=run.as_of,
            run=run.id,
            result=RESULT,
            profile=PROFILE,
            evidence=self._evidence(computation),
            changes=self._changes("profile", "result", columns),
            old=self._columns_of("profile", columns.values()),
            new=self._columns_of("result", columns.values()),
        )

    def _evidence(self, computation):
        """What the history keeps of the measures and scores, as arguments of a JSON object."""
        kept = {
            **{name: measure.evidence for name, measure in computation.measures.items()},
            **dict.fromkeys(SCORES, True),
        }
        return SQL(", ").join(
            SQL("%s, %s", name, SQL.identifier("result", name) if value is True else value)
            for name, value in kept.items()
            if value
        )

    def _query_history_of_left(self, run, columns, partner_ids):
        """A row for every segment of a customer that is archived, merged or out of scope."""
        return SQL(
            """
            %(insert)s
            SELECT profile.partner_id, profile.company_id, change.dimension_id, change.from_id,
                   NULL, %(as_of)s, %(run)s, NULL, 'left', NULL, now() AT TIME ZONE 'UTC'
              FROM %(profile)s profile
        CROSS JOIN LATERAL (VALUES %(changes)s) change (dimension_id, from_id)
             WHERE %(left)s AND change.from_id IS NOT NULL
            """,
            insert=self._insert_history(),
            as_of=run.as_of,
            run=run.id,
            profile=PROFILE,
            changes=SQL(", ").join(
                SQL("(%s, %s)", dimension_id, SQL.identifier("profile", column))
                for dimension_id, column in columns.items()
            ),
            left=self._left_condition(run, partner_ids),
        )

    def _insert_history(self):
        """Who wrote the row stands in its run: here it would cost two foreign keys a row."""
        return SQL(
            """INSERT INTO customer_segmentation_history (
                   partner_id, company_id, dimension_id, from_segment_id, to_segment_id, date,
                   run_id, user_id, reason, evidence, create_date)"""
        )

    def _left_condition(self, run, partner_ids):
        return SQL(
            """profile.company_id = %s AND profile.active AND %s
               AND NOT EXISTS (SELECT 1 FROM %s result WHERE result.id = profile.id)""",
            run.company_id.id,
            self._partner_condition("profile", "partner_id", partner_ids),
            RESULT,
        )

    def _query_update(self, run, computation, columns):
        """Write the rows that differ, and no other."""
        written = (*computation.measures, *SCORES, *columns.values())
        return SQL(
            """
            UPDATE %(profile)s profile
               SET (%(names)s, as_of, write_uid, write_date)
                 = (%(new)s, %(as_of)s, %(uid)s, now() AT TIME ZONE 'UTC')
              FROM %(result)s result
             WHERE profile.id = result.id AND (%(old)s) IS DISTINCT FROM (%(new)s)
            """,
            profile=PROFILE,
            names=SQL(", ").join(map(SQL.identifier, written)),
            old=self._columns_of("profile", written),
            new=self._columns_of("result", written),
            as_of=run.as_of,
            uid=self.env.uid,
            result=RESULT,
        )

    def _query_insert(self, run, computation, columns):
        """Insert what has no profile yet: the negative ids (see the measures)."""
        written = ("partner_id", "company_id", *computation.measures, *SCORES, *columns.values())
        return SQL(
            """
            INSERT INTO %(profile)s (
                %(names)s, as_of,
                create_uid, create_date, write_uid, write_date)
            SELECT %(new)s, %(as_of)s,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM %(result)s result
             WHERE result.id < 0
            """,
            profile=PROFILE,
            names=SQL(", ").join(map(SQL.identifier, written)),
            new=self._columns_of("result", written),
            as_of=run.as_of,
            uid=self.env.uid,
            result=RESULT,
        )

    def _query_empty_left(self, run, columns, partner_ids):
        """Take customers that left out of the segments; their measures stay as they were.

        What waited for its grace days waits no longer.
        """
        return SQL(
            """
            WITH waiting AS (
                DELETE FROM customer_segmentation_pending pending
                 USING %(profile)s profile
                 WHERE pending.profile_id = profile.id AND %(left)s
            )
            UPDATE %(profile)s profile
               SET active = FALSE, %(emptied)s, as_of = %(as_of)s,
                   write_uid = %(uid)s, write_date = now() AT TIME ZONE 'UTC'
             WHERE %(left)s
            """,
            profile=PROFILE,
            emptied=SQL(", ").join(
                SQL("%s = NULL", SQL.identifier(column)) for column in columns.values()
            ),
            as_of=run.as_of,
            uid=self.env.uid,
            left=self._left_condition(run, partner_ids),
        )
