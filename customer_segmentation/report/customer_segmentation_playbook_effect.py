from odoo import fields, models
from odoo.tools import SQL

# Campaign days on which a customer is tried for comparison.
TRIES = 4


class CustomerSegmentationPlaybookEffect(models.Model):
    """Who was reached by a playbook on a day, who was comparable, and what each bought after it.

    A *campaign* is a playbook and a day on which it did something. *Reached* are the customers it
    did it for. *Compared* are customers of the same company whom the playbook did not reach in
    the year, and who stood in the same segment of the playbook and in the same value segment as
    somebody reached on that day (for steps on leaving: on the day before). Where they stood is
    told by the history. A *reaction* is a sale within the playbook's days after the campaign, not
    on its day.

    A customer is compared at most once for each playbook, on a day drawn by its number, so that
    nobody counts many times; ``counted_once`` marks these rows, and of those reached several
    times the first one. Totals over several days go by it.

    The campaigns of the year before the last run are shown. Every row is told by SQL: history,
    events and documents are joined set-wise, which no ORM read can do. The days tried for each
    customer are few: all customers on all days would be millions of rows.
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
            WITH touch AS MATERIALIZED (%(touches)s),
            campaign AS MATERIALIZED (%(campaigns)s),
            stood AS MATERIALIZED (%(groups)s),
            grouped AS (
                SELECT *
                  FROM stood
                 WHERE stood.reached
                    OR (stood.playbook_id, stood.company_id, stood.date, stood.leaving,
                        COALESCE(stood.value_segment_id, 0)) IN (
                       SELECT other.playbook_id, other.company_id, other.date, other.leaving,
                              COALESCE(other.value_segment_id, 0)
                         FROM stood other
                        WHERE other.reached)
            ),
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
                   grouped.date + grouped.days < grouped.as_of AS is_over,
                   row_number() OVER (
                       PARTITION BY grouped.playbook_id, grouped.company_id, grouped.partner_id
                       ORDER BY grouped.date + grouped.days < grouped.as_of DESC,
                                grouped.date, grouped.leaving) = 1 AS counted_once
              FROM grouped
              JOIN outcome USING (playbook_id, company_id, date, leaving, partner_id)
            )""",
            touches=self._query_touches(),
            campaigns=self._query_campaigns(),
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

    def _query_campaigns(self):
        """The days of each playbook, numbered, with what they were."""
        return SQL(
            """
            SELECT campaign.*,
                   CASE WHEN leaving THEN date - 1 ELSE date END AS day_of_segments,
                   row_number() OVER (PARTITION BY playbook_id, company_id
                                      ORDER BY date, leaving) AS number,
                   count(*) OVER (PARTITION BY playbook_id, company_id) AS total
              FROM (
                   SELECT playbook_id, company_id, date, leaving, min(segment_id) AS segment_id,
                          min(days) AS days, min(as_of) AS as_of, min(measure) AS measure
                     FROM touch
                 GROUP BY playbook_id, company_id, date, leaving
                   ) campaign
            """
        )

    def _query_groups(self):
        """Reached customers, and those in the same segment whom the playbook never reached."""
        dimensions = self.env["customer.segmentation.dimension"].sudo().with_context(
            active_test=False
        )
        value = dimensions.search([("code", "=", "value")], limit=1)
        names = ("playbook_id", "company_id", "date", "leaving", "segment_id", "days", "as_of",
                 "measure")
        columns = SQL(", ").join(SQL.identifier("campaign", name) for name in names)
        return SQL(
            """
            SELECT %(columns)s, profile.partner_id, TRUE AS reached,
                   value.segment_id AS value_segment_id
              FROM touch
              JOIN campaign USING (playbook_id, company_id, date, leaving)
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = touch.partner_id
               AND profile.company_id = campaign.company_id
                   %(value)s
         UNION ALL
            (SELECT DISTINCT ON (campaign.playbook_id, profile.id)
                    %(columns)s, profile.partner_id, FALSE, value.segment_id
               FROM (SELECT DISTINCT playbook_id, company_id, total FROM campaign) book
               JOIN customer_segmentation_profile profile ON profile.company_id = book.company_id
         CROSS JOIN generate_series(0, %(tries)s - 1) try (number)
               JOIN campaign
                 ON campaign.playbook_id = book.playbook_id
                AND campaign.company_id = book.company_id
                AND campaign.number = 1 + mod(
                    profile.partner_id::bigint * 7919 + try.number * 104729, book.total)
          LEFT JOIN customer_segmentation_segment segment ON segment.id = campaign.segment_id
                    %(member)s
                    %(value)s
              WHERE NOT EXISTS (
                        SELECT 1 FROM touch
                         WHERE touch.playbook_id = book.playbook_id
                           AND touch.company_id = book.company_id
                           AND touch.partner_id = profile.partner_id)
                AND (campaign.segment_id IS NULL AND profile.active
                     OR member.segment_id = campaign.segment_id)
           ORDER BY campaign.playbook_id, profile.id,
                    campaign.date + campaign.days < campaign.as_of DESC, try.number)
            """,
            columns=columns,
            tries=TRIES,
            member=self._join_segment("member", SQL("segment.dimension_id")),
            value=self._join_segment("value", SQL("%s::int", value.id or None)),
        )

    def _join_segment(self, alias, dimension):
        """Join where the profile's customer stood in a dimension on the campaign's day.

        That is where its last change up to the day put it, else where the next one came from,
        else where it stands.
        """
        now = [
            SQL("(%s, %s)", dimension.id, SQL.identifier("profile", dimension.column_name))
            for dimension in self._dimensions()
        ]
        change = SQL(
            """history.partner_id = profile.partner_id
               AND history.company_id = profile.company_id
               AND history.dimension_id = %s""",
            dimension,
        )
        return SQL(
            """
            LEFT JOIN LATERAL (
                 SELECT known.segment_id
                   FROM (
                        (SELECT 1 AS place, history.to_segment_id AS segment_id
                           FROM customer_segmentation_history history
                          WHERE %(change)s AND history.date <= campaign.day_of_segments
                       ORDER BY history.date DESC, history.reason = 'replay', history.id DESC
                          LIMIT 1)
                     UNION ALL
                        (SELECT 2, history.from_segment_id
                           FROM customer_segmentation_history history
                          WHERE %(change)s AND history.date > campaign.day_of_segments
                       ORDER BY history.date, history.reason <> 'replay', history.id
                          LIMIT 1)
                     UNION ALL
                        SELECT 3, now.segment_id
                          FROM (VALUES %(now)s) now (dimension_id, segment_id)
                         WHERE now.dimension_id = %(dimension)s
                        ) known
               ORDER BY known.place
                  LIMIT 1
                 ) %(alias)s ON TRUE
            """,
            change=change,
            now=SQL(", ").join(now) if now else SQL("(NULL::int, NULL::int)"),
            dimension=dimension,
            alias=SQL.identifier(alias),
        )

    def _dimensions(self):
        """The dimensions of the playbooks, and value."""
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        playbooks = self.env["customer.segmentation.playbook"].sudo().with_context(active_test=False)
        used = playbooks.search([]).dimension_id | dimensions.with_context(
            active_test=False
        ).search([("code", "=", "value")])
        return used.filtered("column_name")
