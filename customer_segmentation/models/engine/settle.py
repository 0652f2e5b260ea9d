from odoo import models
from odoo.tools import SQL

from .tables import PROFILE, RESULT


class CustomerSegmentationEngine(models.AbstractModel):
    """What stands between the rules' answer and the profile: grace days and overrides.

    Both change the table of results, set-wise, before anything is compared or written. A
    dimension without grace days and without overrides costs no statement.
    """

    _inherit = "customer.segmentation.engine"

    def _settle_result(self, computation, dimensions):
        """Hold moves down that wait for their grace days, then let people's decisions win."""
        company, as_of = computation.company, computation.as_of
        self._execute(
            SQL(
                """SELECT ARRAY(SELECT DISTINCT dimension_id FROM customer_segmentation_pending),
                          EXISTS (SELECT 1 FROM customer_segmentation_override
                                   WHERE active AND company_id = %s)""",
                company.id,
            )
        )
        waiting_ids, has_overrides = self.env.cr.fetchone()
        if has_overrides:
            self.env["customer.segmentation.override"].sudo()._end_expired(company, as_of)
        # changed standards are no flapping: what they move, they move on their own day
        may_hold = not computation.criteria.standards_changed
        for dimension in dimensions:
            if dimension.grace_days and may_hold:
                self._hold_moves_down(dimension, as_of)
            elif dimension.id in waiting_ids:
                self._drop_pending(dimension, SQL("TRUE"))
        if has_overrides:
            self._apply_overrides(company, as_of, dimensions)

    # Grace days

    def _hold_moves_down(self, dimension, as_of):
        """Keep the former segment of customers whose move down is younger than the grace days."""
        moves_down = self._query_moves_down(dimension, as_of)
        self._execute(
            SQL(
                """
                INSERT INTO customer_segmentation_pending AS pending (
                    profile_id, dimension_id, segment_id, since, due_date)
                SELECT move.profile_id, %(dimension)s, move.segment_id, %(as_of)s,
                       %(as_of)s::date + %(grace_days)s
                  FROM (%(moves_down)s) move
                    ON CONFLICT (profile_id, dimension_id) DO UPDATE
                   SET segment_id = excluded.segment_id,
                       due_date = pending.since + %(grace_days)s
                 WHERE (pending.segment_id, pending.due_date)
                       IS DISTINCT FROM (excluded.segment_id, pending.since + %(grace_days)s)
                """,
                dimension=dimension.id,
                as_of=as_of,
                grace_days=dimension.grace_days,
                moves_down=moves_down,
            )
        )
        self._drop_pending(
            dimension,
            SQL(
                """(pending.due_date <= %(as_of)s
                    OR NOT EXISTS (SELECT 1 FROM (%(moves_down)s) move
                                    WHERE move.profile_id = pending.profile_id))""",
                as_of=as_of,
                moves_down=moves_down,
            ),
        )
        self._execute(
            SQL(
                """
                UPDATE %(result)s result
                   SET %(column)s = profile.%(column)s
                  FROM customer_segmentation_pending pending
                  JOIN %(profile)s profile ON profile.id = pending.profile_id
                 WHERE result.id = profile.id AND pending.dimension_id = %(dimension)s
                """,
                result=RESULT,
                profile=PROFILE,
                column=SQL.identifier(dimension.column_name),
                dimension=dimension.id,
            )
        )

    def _query_moves_down(self, dimension, as_of):
        """Customers whose new segment ranks behind the one they have: profile_id, segment_id.

        An archived segment holds nobody. An overridden customer is not moved by rules, and where
        an override has ended the rules decide again at once.
        """
        return SQL(
            """
            SELECT profile.id AS profile_id, result.%(column)s AS segment_id
              FROM %(result)s result
              JOIN %(profile)s profile ON profile.id = result.id AND profile.active
              JOIN customer_segmentation_segment former ON former.id = profile.%(column)s
              JOIN customer_segmentation_segment wanted ON wanted.id = result.%(column)s
             WHERE former.active
               AND former.rank > 0
               AND wanted.rank > former.rank
               AND NOT EXISTS (
                   SELECT 1 FROM customer_segmentation_override override
                    WHERE (override.active OR override.ended_date = %(as_of)s)
                      AND override.partner_id = profile.partner_id
                      AND override.company_id = profile.company_id
                      AND override.dimension_id = %(dimension)s)
            """,
            column=SQL.identifier(dimension.column_name),
            result=RESULT,
            profile=PROFILE,
            dimension=dimension.id,
            as_of=as_of,
        )

    def _drop_pending(self, dimension, condition):
        """Forget pending moves of the customers in the result."""
        self._execute(
            SQL(
                """
                DELETE FROM customer_segmentation_pending pending
                 USING %(result)s result
                 WHERE pending.profile_id = result.id
                   AND pending.dimension_id = %(dimension)s
                   AND %(condition)s
                """,
                result=RESULT,
                dimension=dimension.id,
                condition=condition,
            )
        )

    # Overrides

    def _apply_overrides(self, company, as_of, dimensions, keep_answers=True):
        """Put people's decisions into the result, and what the rules say beside them.

        :param bool keep_answers: False where the rules are only tried
        """
        overrides = self.env["customer.segmentation.override"].sudo()
        groups = overrides._read_group(
            [("company_id", "=", company.id), ("dimension_id", "in", dimensions.ids)],
            ["dimension_id"],
        )
        for [dimension] in groups:
            if keep_answers:
                self._execute(self._query_rule_answers(dimension, company, as_of))
            self._execute(self._query_overridden(dimension, company, as_of))

    def _query_rule_answers(self, dimension, company, as_of):
        return SQL(
            """
            UPDATE customer_segmentation_override override
               SET rule_segment_id = result.%(column)s
              FROM %(result)s result
             WHERE %(of_result)s
               AND override.rule_segment_id IS DISTINCT FROM result.%(column)s
            """,
            column=SQL.identifier(dimension.column_name),
            result=RESULT,
            of_result=self._override_condition(dimension, company, as_of),
        )

    def _query_overridden(self, dimension, company, as_of):
        return SQL(
            """
            UPDATE %(result)s result
               SET %(column)s = override.segment_id
              FROM customer_segmentation_override override
             WHERE %(of_result)s
            """,
            column=SQL.identifier(dimension.column_name),
            result=RESULT,
            of_result=self._override_condition(dimension, company, as_of),
        )

    def _override_condition(self, dimension, company, as_of):
        """The overrides in force on ``as_of``, both days included, on the result's customers."""
        return SQL(
            """override.active
               AND override.partner_id = result.partner_id
               AND override.company_id = %(company)s
               AND override.dimension_id = %(dimension)s
               AND override.from_date <= %(as_of)s
               AND (override.until_date IS NULL OR override.until_date >= %(as_of)s)""",
            company=company.id,
            dimension=dimension.id,
            as_of=as_of,
        )
