from odoo import fields, models
from odoo.tools import SQL


class CustomerSegmentationPlaybookEffect(models.Model):
    """Who was reached by a playbook on a day, who was comparable, and what each bought after it.

    A *campaign* is a playbook and a day on which it did something. *Reached* are the customers it
    did it for. *Compared* are those of the same company who stood in the same segment of the
    playbook and in the same value segment as somebody reached on that day (for steps on leaving:
    on the day before), and for whom this playbook did nothing as many days before and after as
    reactions are counted. Where they stood is told by the history. A *reaction* is a sale within
    the playbook's days after the campaign, not on its day.

    A customer may be compared in several campaigns; ``counted_once`` marks one row for each
    customer of a playbook: the first time it was reached, or, for those never reached, one of its
    campaigns, drawn by a fixed hash. Totals over several days go by these, for a customer that
    counts five times is still one.

    The campaigns of the year before the last run are shown. Every row is told by SQL: history,
    events and documents are joined set-wise, which no ORM read can do.
    """

    _name = "customer.segmentation.playbook.effect"
    _description = "Playbook Effect"
    _auto = False
    _order = "date desc, id"
    _rec_name = "partner_id"

    _depends = {
        "customer.segmentation.playbook": ["segment_id", "reaction_days"],
        "customer.segmentation.playbook.event": [
            "playbook_id", "step_id", "partner_id", "company_id", "moment", "state", "done_date",
        ],
        "customer.segmentation.history": [
            "partner_id", "company_id", "dimension_id", "from_segment_id", "to_segment_id", "date",
            "reason",
        ],
        "customer.segmentation.profile": ["partner_id", "company_id", "active"],
        "customer.segmentation.criteria": ["company_id", "last_run_date"],
        "customer.segmentation.fact": ["partner_id", "company_id", "date", "kind", "amount"],
    }

    playbook_id = fields.Many2one("customer.segmentation.playbook", readonly=True)
    segment_id = fields.Many2one("customer.segmentation.segment", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    date = fields.Date("Campaign", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    value_segment_id = fields.Many2one(
        "customer.segmentation.segment", "Value on That Day", readonly=True
    )
    group = fields.Selection(
        [("reached", "Reached"), ("compared", "Comparable, not reached")], readonly=True
    )
    measure = fields.Selection(
        [
            ("pricelist", "Pricelist proposed"),
            ("tag", "Tag given"),
            ("message", "Message"),
            ("activity", "Activity"),
        ],
        readonly=True,
        help="What the campaign was; of several things the first in this order.",
    )
    customer_count = fields.Integer("Customers", readonly=True)
    reaction_count = fields.Integer("Reactions", readonly=True)
    reaction_rate = fields.Float(readonly=True, group_operator="avg")
    sales_after = fields.Monetary(readonly=True, help="Net sales within the days of reaction.")
    average_sales = fields.Monetary("Sales After per Customer", readonly=True, group_operator="avg")
    is_over = fields.Boolean(
        readonly=True, help="The days of reaction have passed: the numbers will not change."
    )
    counted_once = fields.Boolean(
        readonly=True, help="One row for each customer of a playbook; see the totals by these."
    )

    @property
    def _table_query(self):
        return SQL(
            """(
            WITH touch AS (%(touches)s),
            campaign AS (
                SELECT playbook_id, company_id, date, leaving, min(segment_id) AS segment_id,
                       min(days) AS days, min(as_of) AS as_of, min(measure) AS measure,
                       CASE WHEN leaving THEN date - 1 ELSE date END AS day_of_segments
                  FROM touch
              GROUP BY playbook_id, company_id, date, leaving
            ),
            stay AS MATERIALIZED (%(stays)s),
            grouped AS (%(groups)s),
            sale AS MATERIALIZED (
                SELECT fact.partner_id, fact.company_id, fact.date,
                       count(*) FILTER (WHERE fact.kind = 'order' AND fact.amount > 0) AS orders,
                       sum(fact.amount) AS amount
                  FROM %(fact)s fact
                 WHERE fact.kind IN ('order', 'refund')
                   AND fact.date > (SELECT min(campaign.date) FROM campaign)
              GROUP BY fact.partner_id, fact.company_id, fact.date
            ),
            outcome AS (
                SELECT grouped.playbook_id, grouped.company_id, grouped.date, grouped.leaving,
                       grouped.partner_id,
                       COALESCE(sum(sale.orders), 0) > 0 AS reacted,
                       COALESCE(sum(sale.amount), 0) AS amount
                  FROM grouped
             LEFT JOIN sale ON sale.partner_id = grouped.partner_id
                           AND sale.company_id = grouped.company_id
                           AND sale.date > grouped.date
                           AND sale.date <= grouped.date + grouped.days
              GROUP BY grouped.playbook_id, grouped.company_id, grouped.date, grouped.leaving,
                       grouped.partner_id
            )
            SELECT row_number() OVER (
                       ORDER BY grouped.playbook_id, grouped.company_id, grouped.date,
                                grouped.leaving, grouped.partner_id) AS id,
                   grouped.playbook_id,
                   grouped.segment_id,
                   grouped.company_id,
                   grouped.date,
                   grouped.partner_id,
                   grouped.value_segment_id,
                   CASE WHEN grouped.reached THEN 'reached' ELSE 'compared' END AS "group",
                   CASE grouped.measure WHEN 1 THEN 'pricelist' WHEN 2 THEN 'tag'
                        WHEN 3 THEN 'message' ELSE 'activity' END AS measure,
                   1 AS customer_count,
                   outcome.reacted::int AS reaction_count,
                   outcome.reacted::int::float8 AS reaction_rate,
                   outcome.amount AS sales_after,
                   outcome.amount AS average_sales,
                   grouped.date + grouped.days <= grouped.as_of AS is_over,
                   (grouped.reached OR NOT grouped.ever_reached) AND row_number() OVER (
                       PARTITION BY grouped.playbook_id, grouped.company_id, grouped.partner_id,
                                    grouped.reached
                       ORDER BY grouped.date + grouped.days <= grouped.as_of DESC,
                                CASE WHEN grouped.reached THEN grouped.date END,
                                md5(grouped.partner_id || ' ' || grouped.date),
                                grouped.leaving) = 1 AS counted_once
              FROM grouped
              JOIN outcome USING (playbook_id, company_id, date, leaving, partner_id)
            )""",
            touches=self._query_touches(),
            stays=self._query_stays(),
            groups=self._query_groups(),
            fact=self.env["customer.segmentation.fact"]._table_query,
        )

    def _query_touches(self):
        """What was done for whom on which day; a tag taken off again is no measure."""
        return SQL(
            """
            SELECT event.playbook_id, event.company_id, event.partner_id,
                   event.done_date AS date,
                   event.moment = 'leave' AS leaving,
                   playbook.segment_id, playbook.reaction_days AS days,
                   criteria.last_run_date AS as_of,
                   min(CASE step.kind WHEN 'pricelist' THEN 1 WHEN 'tag' THEN 2
                            WHEN 'message' THEN 3 ELSE 4 END) AS measure
              FROM customer_segmentation_playbook_event event
              JOIN customer_segmentation_playbook_step step ON step.id = event.step_id
              JOIN customer_segmentation_playbook playbook ON playbook.id = event.playbook_id
              JOIN customer_segmentation_criteria criteria
                ON criteria.company_id = event.company_id
             WHERE event.state = 'done'
               AND event.done_date > criteria.last_run_date - 366
               AND event.done_date <= criteria.last_run_date
               AND NOT (step.kind = 'tag' AND event.moment = 'leave' AND step.moment <> 'leave')
          GROUP BY event.playbook_id, event.company_id, event.partner_id, event.done_date,
                   event.moment = 'leave', playbook.segment_id, playbook.reaction_days,
                   criteria.last_run_date
            """
        )

    def _query_stays(self):
        """From when until when (not included) each customer stood in which segment.

        Told by the changes; before the first one it is where that came from, and a customer
        without changes has always stood where it stands.
        """
        dimensions = self._dimensions()
        now = SQL(", ").join(
            SQL("(%s, %s)", dimension.id, SQL.identifier("profile", dimension.column_name))
            for dimension in dimensions
        )
        return SQL(
            """
            WITH change AS (
                SELECT history.partner_id, history.company_id, history.dimension_id,
                       history.from_segment_id, history.to_segment_id, history.date,
                       row_number() OVER inorder AS place,
                       lead(history.date) OVER inorder AS next_date
                  FROM customer_segmentation_history history
                 WHERE history.dimension_id = ANY(%(dimensions)s)
                WINDOW inorder AS (
                       PARTITION BY history.partner_id, history.company_id, history.dimension_id
                       ORDER BY history.date, history.reason <> 'replay', history.id)
            )
            SELECT partner_id, company_id, dimension_id, to_segment_id AS segment_id,
                   date AS since, COALESCE(next_date, 'infinity'::date) AS until
              FROM change
         UNION ALL
            SELECT partner_id, company_id, dimension_id, from_segment_id, '-infinity'::date, date
              FROM change
             WHERE place = 1
         UNION ALL
            SELECT profile.partner_id, profile.company_id, now.dimension_id, now.segment_id,
                   '-infinity'::date, 'infinity'::date
              FROM customer_segmentation_profile profile
        CROSS JOIN LATERAL (VALUES %(now)s) now (dimension_id, segment_id)
             WHERE profile.active
               AND NOT EXISTS (
                   SELECT 1 FROM customer_segmentation_history history
                    WHERE history.partner_id = profile.partner_id
                      AND history.company_id = profile.company_id
                      AND history.dimension_id = now.dimension_id)
            """,
            dimensions=dimensions.ids,
            now=now if dimensions else SQL("(NULL::int, NULL::int)"),
        )

    def _dimensions(self):
        """The dimensions of the playbooks, and value."""
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        playbooks = self.env["customer.segmentation.playbook"].sudo().with_context(active_test=False)
        used = playbooks.search([]).dimension_id | dimensions.with_context(
            active_test=False
        ).search([("code", "=", "value")])
        return used.filtered("column_name")

    def _query_groups(self):
        """Reached and comparable customers of each campaign, with their value on that day."""
        value = self.env["customer.segmentation.dimension"].sudo().with_context(
            active_test=False
        ).search([("code", "=", "value")], limit=1)
        return SQL(
            """
            WITH candidate AS (
                SELECT campaign.*, touch.partner_id, TRUE AS reached
                  FROM campaign
                  JOIN touch USING (playbook_id, company_id, date, leaving)
             UNION ALL
                SELECT campaign.*, member.partner_id, FALSE
                  FROM campaign
             LEFT JOIN customer_segmentation_segment segment ON segment.id = campaign.segment_id
                  JOIN stay member
                    ON member.company_id = campaign.company_id
                   AND member.dimension_id = COALESCE(segment.dimension_id, %(value)s)
                   AND member.segment_id = COALESCE(campaign.segment_id, member.segment_id)
                   AND member.since <= campaign.day_of_segments
                   AND member.until > campaign.day_of_segments
                 WHERE NOT EXISTS (
                       SELECT 1 FROM touch
                        WHERE touch.playbook_id = campaign.playbook_id
                          AND touch.company_id = campaign.company_id
                          AND touch.partner_id = member.partner_id
                          AND touch.date BETWEEN campaign.date - campaign.days
                                             AND campaign.date + campaign.days)
            ), valued AS (
                SELECT candidate.*, value.segment_id AS value_segment_id
                  FROM candidate
             LEFT JOIN stay value
                    ON value.company_id = candidate.company_id
                   AND value.partner_id = candidate.partner_id
                   AND value.dimension_id = %(value)s
                   AND value.since <= candidate.day_of_segments
                   AND value.until > candidate.day_of_segments
            )
            SELECT valued.*,
                   EXISTS (SELECT 1 FROM touch
                            WHERE touch.playbook_id = valued.playbook_id
                              AND touch.company_id = valued.company_id
                              AND touch.partner_id = valued.partner_id) AS ever_reached
              FROM valued
             WHERE valued.reached
                OR (valued.playbook_id, valued.company_id, valued.date, valued.leaving,
                    COALESCE(valued.value_segment_id, 0)) IN (
                   SELECT other.playbook_id, other.company_id, other.date, other.leaving,
                          COALESCE(other.value_segment_id, 0)
                     FROM valued other
                    WHERE other.reached)
            """,
            value=value.id or None,
        )
