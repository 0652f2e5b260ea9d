from datetime import date

from odoo import fields, models
from odoo.tools import SQL

# Campaign days on which a customer is tried for comparison.
TRIES = 4

# What is told as a mean of customers: weighted, so that it is never pooled over unlike groups.
MEANS = ("reaction_rate", "average_before", "average_sales")


class CustomerSegmentationPlaybookEffect(models.Model):
    """Who was reached by a playbook on a day, who was comparable, and what each bought after it.

    A *campaign* is a playbook and a day on which it did something. *Reached* are the customers it
    did it for. *Compared* are customers of the same company whom the playbook did not reach in
    the year, and who stood in the same segment of the playbook and in the same value segment as
    somebody reached on that day; of a playbook without a segment, in the same lifecycle segment
    (for steps on leaving, and for a pricelist taken up: on the day before). Where they stood is
    told by the history. A *reaction* is a sale within the playbook's days after the campaign, not
    on its day.

    A customer is compared at most once for each playbook, on a day drawn by its number, so that
    nobody counts many times; ``counted_once`` marks these rows, and of those reached several
    times the first one. Totals over several days go by it.

    A *cell* is a campaign and the segments its customers stood in. Only within a cell customers
    are alike, so means are taken by ``weight``: a reached customer weighs 1, those compared
    weigh together as much as those reached in their cell, and whoever was reached in a cell
    without anyone to compare with weighs nothing. What a mean by weight cannot tell (sums over
    the compared) is not summed up in views.

    *Loyalty measures* (a tag given by a playbook; a pricelist, from the day the contact really had
    it) are campaigns of their own beside what the playbook did: a customer stands once among the
    steps, from the proposal, and once among the measures, from the day it got it.

    The campaigns of the year before the last run are shown; with a
    ``segmentation_period`` (``from``, ``until``) in the context those of these days only. Every
    row is told by SQL: history, events and documents are joined set-wise, as no ORM read can do.
    The days tried for each customer are few: all customers on all days would be millions of rows.
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
            "taken_date",
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
    about = fields.Selection(
        [("step", "What the playbook did"), ("loyalty", "Loyalty measures")],
        "Judged",
        readonly=True,
        help="A customer stands once among each; totals over both count it twice.",
    )
    measure = fields.Selection(
        [
            ("pricelist", "Pricelist taken up"),
            ("tag", "Tag given"),
            ("proposal", "Pricelist proposed"),
            ("message", "Message"),
            ("activity", "Activity"),
        ],
        readonly=True,
        help="What the campaign was; of several things the first in this order.",
    )
    customer_count = fields.Integer("Customers", readonly=True)
    weight = fields.Float(
        "Customers Compared",
        readonly=True,
        help="Reached: 1, without anyone comparable 0. Comparable: as much as those reached on the "
        "same day in the same segments, shared among them.",
    )
    reaction_count = fields.Integer("Reactions", readonly=True, group_operator=None)
    reaction_rate = fields.Float(
        readonly=True, group_operator="avg", help="Weighted by the customers compared."
    )
    sales_before = fields.Monetary(
        readonly=True,
        group_operator=None,
        help="Net sales in as many days before the campaign.",
    )
    average_before = fields.Monetary(
        "Sales Before per Customer",
        readonly=True,
        group_operator="avg",
        help="Weighted by the customers compared.",
    )
    sales_after = fields.Monetary(
        readonly=True, group_operator=None, help="Net sales within the days of reaction."
    )
    average_sales = fields.Monetary(
        "Sales After per Customer",
        readonly=True,
        group_operator="avg",
        help="Weighted by the customers compared.",
    )
    sales_square = fields.Float(
        "Square of Sales After", readonly=True, group_operator=None,
        help="How far the sales of customers are spread is told by it.",
    )
    cell = fields.Integer(
        readonly=True, group_operator=None,
        help="Customers of the same campaign and segments have the same number.",
    )
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
            reached AS MATERIALIZED (%(reached)s),
            compared AS MATERIALIZED (%(compared)s),
            grouped AS MATERIALIZED (%(grouped)s),
            sale AS MATERIALIZED (%(sales)s),
            outcome AS (%(outcomes)s)
            SELECT row_number() OVER (
                       ORDER BY grouped.playbook_id, grouped.company_id, grouped.date,
                                grouped.occasion, grouped.partner_id) AS id,
                   grouped.playbook_id,
                   grouped.segment_id,
                   grouped.company_id,
                   grouped.date,
                   grouped.partner_id,
                   grouped.value_segment_id,
                   CASE WHEN grouped.reached THEN 'reached' ELSE 'compared' END AS "group",
                   CASE WHEN grouped.occasion = 'loyalty' THEN 'loyalty' ELSE 'step' END AS about,
                   CASE grouped.measure WHEN 1 THEN 'pricelist' WHEN 2 THEN 'tag'
                        WHEN 3 THEN 'proposal' WHEN 4 THEN 'message' ELSE 'activity' END AS measure,
                   1 AS customer_count,
                   CASE WHEN NOT grouped.counted_once THEN 0
                        WHEN NOT grouped.reached
                        THEN grouped.cell_reached::float8 / grouped.cell_compared
                        WHEN grouped.cell_compared > 0 THEN 1
                        ELSE 0 END AS weight,
                   grouped.cell,
                   outcome.reacted::int AS reaction_count,
                   outcome.reacted::int::float8 AS reaction_rate,
                   outcome.before AS sales_before,
                   outcome.before AS average_before,
                   outcome.after AS sales_after,
                   outcome.after AS average_sales,
                   outcome.after::float8 ^ 2 AS sales_square,
                   grouped.date + grouped.days < grouped.as_of AS is_over,
                   grouped.counted_once
              FROM grouped
              JOIN outcome USING (playbook_id, company_id, date, occasion, partner_id)
            )""",
            touches=self._query_touches(),
            campaigns=self._query_campaigns(),
            reached=self._query_reached(),
            compared=self._query_compared(),
            grouped=self._query_grouped(),
            sales=self._query_sales(),
            outcomes=self._query_outcomes(),
        )

    def _read_group_select(self, aggregate_spec, query):
        """Means are weighted; where nothing is compared, they are of whoever was reached.

        By SQL, because the ORM knows no weighted mean.
        """
        answer = super()._read_group_select(aggregate_spec, query)
        name, _colon, function = aggregate_spec.partition(":")
        if name not in MEANS or function != "avg":
            return answer
        mean = SQL(
            "COALESCE(SUM(%(value)s * %(weight)s) / NULLIF(SUM(%(weight)s), 0), AVG(%(value)s))",
            value=self._field_to_sql(self._table, name, query),
            weight=self._field_to_sql(self._table, "weight", query),
        )
        # 17.0 wants the names of the fields beside it, its successors do not
        return (mean, [name, "weight"]) if isinstance(answer, tuple) else mean

    def _query_touches(self):
        """What was done for whom on which day; a tag taken off again is no measure.

        A tag stands among the steps and among the loyalty measures, a pricelist among the steps
        on the day of its proposal, among the measures on the day it was taken up.
        """
        return SQL(
            """
            SELECT done.playbook_id, done.company_id, done.partner_id,
                   done.day AS date, done.occasion,
                   playbook.segment_id, playbook.reaction_days AS days,
                   criteria.last_run_date AS as_of,
                   min(done.measure) AS measure
              FROM (
                   SELECT event.*, happened.*
                     FROM customer_segmentation_playbook_event event
                     JOIN customer_segmentation_playbook_step step ON step.id = event.step_id
               CROSS JOIN LATERAL (VALUES
                          (event.done_date,
                           CASE event.moment WHEN 'leave' THEN 'leave' ELSE 'step' END,
                           CASE step.kind WHEN 'tag' THEN 2 WHEN 'pricelist' THEN 3
                                WHEN 'message' THEN 4 ELSE 5 END),
                          (CASE step.kind WHEN 'tag' THEN event.done_date
                                WHEN 'pricelist' THEN event.taken_date END,
                           'loyalty',
                           CASE step.kind WHEN 'tag' THEN 2 ELSE 1 END)
                          ) happened (day, occasion, measure)
                    WHERE event.state = 'done'
                      AND NOT (step.kind = 'tag' AND event.moment = 'leave'
                               AND step.moment <> 'leave')
                   ) done
              JOIN customer_segmentation_playbook playbook ON playbook.id = done.playbook_id
              JOIN customer_segmentation_criteria criteria
                ON criteria.company_id = done.company_id
             WHERE done.day > criteria.last_run_date - 366
               AND done.day <= criteria.last_run_date
          GROUP BY done.playbook_id, done.company_id, done.partner_id, done.day, done.occasion,
                   playbook.segment_id, playbook.reaction_days, criteria.last_run_date
            """
        )

    def _query_campaigns(self):
        """The days of each playbook, with what they were."""
        period = self.env.context.get("segmentation_period") or {}
        return SQL(
            """
            SELECT campaign.*,
                   -- an order of the day the pricelist was taken up moves its customer
                   CASE WHEN occasion = 'leave' OR measure = 1 THEN date - 1 ELSE date END
                       AS day_of_segments
              FROM (
                   SELECT playbook_id, company_id, date, occasion, min(segment_id) AS segment_id,
                          min(days) AS days, min(as_of) AS as_of, min(measure) AS measure
                     FROM touch
                    WHERE date BETWEEN %s AND %s
                 GROUP BY playbook_id, company_id, date, occasion
                   ) campaign
            """,
            period.get("from") or date.min,
            period.get("until") or date.max,
        )

    def _campaign_columns(self):
        names = ("playbook_id", "company_id", "date", "occasion", "segment_id", "days", "as_of",
                 "measure")
        return SQL(", ").join(SQL.identifier("campaign", name) for name in names)

    def _join_value(self):
        value, _lifecycle = self._telling()
        return self._join_segment("value", SQL("%s::int", value.id or None))

    def _query_reached(self):
        """Reached customers, where they stood, and which campaign of several counts."""
        _value, lifecycle = self._telling()
        return SQL(
            """
            SELECT %(columns)s, profile.partner_id, TRUE AS reached,
                   value.segment_id AS value_segment_id, alike.segment_id AS alike_id,
                   row_number() OVER (
                       PARTITION BY campaign.playbook_id, campaign.company_id, profile.partner_id,
                                    campaign.occasion = 'loyalty'
                       ORDER BY campaign.date + campaign.days < campaign.as_of DESC,
                                campaign.date, campaign.occasion) = 1 AS counted_once
              FROM touch
              JOIN campaign USING (playbook_id, company_id, date, occasion)
              JOIN customer_segmentation_profile profile
                ON profile.partner_id = touch.partner_id
               AND profile.company_id = campaign.company_id
                   %(value)s
                   %(alike)s
            """,
            columns=self._campaign_columns(),
            value=self._join_value(),
            alike=self._join_segment(
                "alike",
                SQL("CASE WHEN campaign.segment_id IS NULL THEN %s::int END", lifecycle.id or None),
            ),
        )

    def _query_compared(self):
        """Customers whom the playbook never reached, who stood where one reached did on that day.

        Each on one day of those drawn by its number.
        """
        _value, lifecycle = self._telling()
        return SQL(
            """
            SELECT DISTINCT ON (campaign.playbook_id, campaign.occasion = 'loyalty', profile.id)
                   %(columns)s, profile.partner_id, FALSE AS reached,
                   value.segment_id AS value_segment_id,
                   CASE WHEN campaign.segment_id IS NULL THEN member.segment_id END AS alike_id,
                   TRUE AS counted_once
              FROM (%(books)s) book
              JOIN customer_segmentation_profile profile ON profile.company_id = book.company_id
        CROSS JOIN generate_series(0, %(tries)s - 1) try (number)
        CROSS JOIN LATERAL (
                   SELECT 1 + mod(profile.partner_id::bigint * 7919 + try.number * 104729,
                                  book.total)::int AS number
                   ) drawn
        CROSS JOIN LATERAL (
                   SELECT book.playbook_id, book.company_id, book.segment_id, book.days,
                          book.as_of,
                          book.dates[drawn.number] AS date,
                          book.days_of_segments[drawn.number] AS day_of_segments,
                          book.occasions[drawn.number] AS occasion,
                          book.measures[drawn.number] AS measure
                   ) campaign
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
               -- IS TRUE: looked up in a hash, never a join, which the planner takes for small
               AND ((campaign.playbook_id, campaign.company_id, campaign.date, campaign.occasion,
                     COALESCE(value.segment_id, 0),
                     CASE WHEN campaign.segment_id IS NULL
                          THEN COALESCE(member.segment_id, 0) ELSE 0 END) IN (
                    SELECT playbook_id, company_id, date, occasion,
                           COALESCE(value_segment_id, 0), COALESCE(alike_id, 0)
                      FROM reached
                     WHERE counted_once)) IS TRUE
          ORDER BY campaign.playbook_id, campaign.occasion = 'loyalty', profile.id,
                   campaign.date + campaign.days < campaign.as_of DESC, try.number
            """,
            columns=self._campaign_columns(),
            books=self._query_books(),
            tries=TRIES,
            value=self._join_value(),
            member=self._join_segment(
                "member", SQL("COALESCE(segment.dimension_id, %s)", lifecycle.id or None)
            ),
        )

    def _query_books(self):
        """The days of each playbook as arrays: a join would try every customer with every day."""
        return SQL(
            """
            SELECT playbook_id, company_id, segment_id, days, as_of, count(*) AS total,
                   array_agg(date ORDER BY date, occasion) AS dates,
                   array_agg(day_of_segments ORDER BY date, occasion) AS days_of_segments,
                   array_agg(occasion ORDER BY date, occasion) AS occasions,
                   array_agg(measure ORDER BY date, occasion) AS measures
              FROM campaign
          GROUP BY playbook_id, company_id, segment_id, days, as_of, occasion = 'loyalty'
            """
        )

    def _query_grouped(self):
        """Both groups, with the number of each cell and how many of either group are in it."""
        return SQL(
            """
            SELECT stood.*,
                   dense_rank() OVER (ORDER BY %(cell)s) AS cell,
                   count(*) FILTER (WHERE reached AND counted_once) OVER cell AS cell_reached,
                   count(*) FILTER (WHERE NOT reached) OVER cell AS cell_compared
              FROM (SELECT * FROM reached UNION ALL SELECT * FROM compared) stood
            WINDOW cell AS (PARTITION BY %(cell)s)
            """,
            cell=SQL("playbook_id, company_id, date, occasion, value_segment_id, alike_id"),
        )

    def _query_sales(self):
        """Orders and net sales of each customer and day."""
        return SQL(
            """
            SELECT fact.partner_id, fact.company_id, fact.date,
                   count(*) FILTER (WHERE fact.kind = 'order' AND fact.amount > 0) AS orders,
                   sum(fact.amount) AS amount
              FROM %s fact
             WHERE fact.kind IN ('order', 'refund')
               AND fact.date >= (SELECT min(campaign.date - campaign.days) FROM campaign)
          GROUP BY fact.partner_id, fact.company_id, fact.date
            """,
            self.env["customer.segmentation.fact"]._table_query,
        )

    def _query_outcomes(self):
        """What each customer bought before and after its campaign."""
        return SQL(
            """
            SELECT grouped.playbook_id, grouped.company_id, grouped.date, grouped.occasion,
                   grouped.partner_id,
                   COALESCE(sum(sale.orders) FILTER (WHERE sale.date > grouped.date), 0) > 0
                       AS reacted,
                   COALESCE(sum(sale.amount) FILTER (WHERE sale.date < grouped.date), 0)
                       AS before,
                   COALESCE(sum(sale.amount) FILTER (WHERE sale.date > grouped.date), 0)
                       AS after
              FROM grouped
         LEFT JOIN sale ON sale.partner_id = grouped.partner_id
                       AND sale.company_id = grouped.company_id
                       AND sale.date BETWEEN grouped.date - grouped.days
                                         AND grouped.date + grouped.days
          GROUP BY grouped.playbook_id, grouped.company_id, grouped.date, grouped.occasion,
                   grouped.partner_id
            """
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

    def _telling(self):
        """The dimension that tells the value, and the one that tells the lifecycle."""
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        return dimensions._telling("value"), dimensions._telling("lifecycle")

    def _dimensions(self):
        """The dimensions of the playbooks, value and lifecycle."""
        playbooks = (
            self.env["customer.segmentation.playbook"].sudo().with_context(active_test=False)
        )
        used = playbooks.search([]).dimension_id.union(*self._telling())
        return used.filtered("column_name")
