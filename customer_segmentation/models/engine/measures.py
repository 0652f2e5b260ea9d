from odoo import models
from odoo.tools import SQL

from .measure import Measure
from .tables import DEFAULT_INTERVAL_DAYS, PROFILE


class CustomerSegmentationEngine(models.AbstractModel):
    """L1: the facts aggregated to one row per customer."""

    _inherit = "customer.segmentation.engine"

    def _has_sales(self, criteria, as_of, partner_ids):
        """Whether one of the customers has positive net sales in the window."""
        start, _previous_start = criteria._window(as_of)
        self.env.flush_all()
        self._execute(
            SQL(
                """SELECT 1 FROM %(fact)s fact
                    WHERE fact.company_id = %(company)s AND %(facts_of)s
                      AND fact.kind IN ('order', 'refund')
                      AND fact.date > %(start)s AND fact.date <= %(as_of)s
                 GROUP BY fact.partner_id
                   HAVING sum(fact.amount) > 0
                    LIMIT 1""",
                fact=self.env["customer.segmentation.fact"].sudo()._table_query,
                company=criteria.company_id.id,
                facts_of=self._partner_condition("fact", "partner_id", partner_ids),
                start=start,
                as_of=as_of,
            )
        )
        return bool(self.env.cr.rowcount)

    # What is measured

    def _measures(self, computation):
        """{column of the profile: Measure} of all that a run writes; the hook for more."""
        return {
            **self._measures_of_contact(),
            **self._measures_of_days(computation.criteria),
            **self._measures_of_orders(computation.criteria),
            **self._measures_of_documents(),
        }

    def _measure_joins(self, computation):
        """Joins to the row ``customer``, one row each at most; the hook for measures."""
        return []

    def _measures_of_contact(self):
        contact = ("user_id", "industry_id", "country_id", "state_id")
        return {
            "active": Measure(SQL("TRUE")),
            **{name: Measure(SQL.identifier("customer", name)) for name in contact},
        }

    def _measures_of_days(self, criteria):
        """First and last order day, and what follows from the rhythm."""
        return {
            "first_order_date": Measure(SQL("COALESCE(customer.first_day, customer.first_order)")),
            "last_order_date": Measure(
                SQL("COALESCE(customer.last_day, customer.last_order)"), evidence=True
            ),
            "won_back_date": Measure(
                SQL(
                    """CASE WHEN customer.silences IS NOT NULL THEN (
                           SELECT max(silence.date)
                             FROM unnest(customer.silences)
                                  silence (date date, days int, span_before int,
                                           days_before bigint)
                            WHERE silence.days_before < 3
                               OR %s
                               OR silence.days > round((%s
                                  * (silence.span_before + 2 * median.days)
                                  / (silence.days_before + 1))::numeric, 6)
                       ) END""",
                    self._is_always_loss(criteria, SQL("silence.days")),
                    criteria.lost_overdue_ratio,
                )
            ),
            "due_date": Measure(
                SQL("COALESCE(customer.last_day, customer.last_order) + round(usual.days)::int")
            ),
            "order_interval_days": Measure(
                SQL("usual.days"), SQL("round(result.order_interval_days::numeric, 1)")
            ),
        }

    def _is_always_loss(self, criteria, days):
        """Whether a silence of so many days is a loss whatever the rhythm."""
        if not criteria.lost_max_days:
            return SQL("FALSE")
        return SQL("%s > %s", days, criteria.lost_max_days)

    def _measures_of_orders(self, criteria):
        decimals = criteria.company_id.currency_id.decimal_places
        return {
            "order_count": Measure(SQL("COALESCE(customer.order_count, 0)::int"), True),
            "order_day_count": Measure(SQL("COALESCE(customer.order_day_count, 0)::int")),
            "order_count_12m": Measure(SQL("COALESCE(customer.order_count_12m, 0)::int"), True),
            "net_sales": Measure(SQL("customer.net")),
            "sales_12m": Measure(SQL("customer.gross_12m")),
            "net_sales_12m": Measure(SQL("customer.net_12m"), True),
            "net_sales_prev_12m": Measure(SQL("customer.net_prev"), True),
            **self._measures_of_stake(),
            "has_trend": Measure(
                SQL("COALESCE(customer.is_comparable AND customer.net_prev > 0, FALSE)")
            ),
            "trend_ratio": Measure(
                SQL(
                    """CASE WHEN customer.is_comparable AND customer.net_prev > 0
                            THEN (customer.net_12m / customer.net_prev - 1)::float8 END"""
                ),
                True,
            ),
            "average_order": Measure(
                # free orders lower no average; where all are free, it is 0
                SQL(
                    """round(customer.gross_12m / COALESCE(NULLIF(customer.paid_orders_12m, 0),
                                                          NULLIF(customer.order_count_12m, 0)),
                             %s)""",
                    decimals,
                )
            ),
            "refund_ratio": Measure(
                SQL(
                    """CASE WHEN customer.gross > 0
                            THEN ((customer.gross - customer.net) / customer.gross)::float8 END"""
                )
            ),
        }

    def _measures_of_stake(self):
        """The net sales that say what the customer usually buys, and up to when they are."""
        return {
            "usual_sales": Measure(
                SQL(
                    """CASE WHEN customer.net_12m > 0 THEN customer.net_12m
                            ELSE GREATEST(customer.net_to_last, 0) END"""
                )
            ),
            "usual_sales_until": Measure(
                SQL(
                    """CASE WHEN customer.net_12m <= 0
                            THEN COALESCE(customer.last_day, customer.last_order) END"""
                )
            ),
        }

    def _measures_of_documents(self):
        return {
            "open_quotation_count": Measure(SQL("COALESCE(customer.quotations, 0)::int")),
            "open_opportunity_count": Measure(SQL("COALESCE(customer.opportunities, 0)::int")),
            "opportunity_probability": Measure(SQL("customer.probability")),
        }

    # The statement

    def _query_measures(self, computation):
        """The facts up to the computation's day, aggregated to one row per customer.

        Columns: id (the profile's, or the contact's made negative for a new profile),
        partner_id, company_id, the measures, and the other stored columns of the profile as they
        are, so that rules can name them.

        The facts are grouped by customer and day, sorted once, and all that follows uses this
        order. Materialized, the sums are rounded once and not in each column they stand in.
        """
        return SQL(
            """
            WITH rhythm AS (
                %(rhythm)s
            ), total AS MATERIALIZED (
                %(totals)s
            ), customer AS MATERIALIZED (
                %(customers)s
            ), median AS (
                %(median)s
            )
            SELECT COALESCE(profile.id, -customer.contact_id) AS id,
                   customer.contact_id AS partner_id,
                   %(company)s AS company_id,
                   %(measures)s,
                   median.days AS median_days,
                   %(other_columns)s
              FROM customer
        CROSS JOIN median
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN customer.order_count > 0 THEN
                       (COALESCE(customer.last_day - customer.first_day, 0) + 2 * median.days)
                       / (GREATEST(customer.order_day_count - 1, 0) + 2) END AS days
                   ) usual
              %(joins)s
         LEFT JOIN %(profile)s profile
                ON profile.partner_id = customer.contact_id AND profile.company_id = %(company)s
            """,
            rhythm=computation.query_rhythm(),
            totals=self._query_totals(computation),
            customers=self._query_customers(computation),
            median=self._query_median(computation),
            company=computation.company.id,
            measures=SQL(", ").join(
                SQL("%s AS %s", measure.value, SQL.identifier(name))
                for name, measure in computation.measures.items()
            ),
            joins=SQL(" ").join(computation.joins()),
            profile=PROFILE,
            other_columns=self._columns_of("profile", self._other_columns(computation)),
        )

    def _query_rhythm(self, computation):
        """The facts by customer and day, with what was before each day; it knows no ``as_of``."""
        return SQL(
            """
                SELECT day.*,
                       min(date) FILTER (WHERE sales > 0) OVER earlier AS first_before,
                       max(date) FILTER (WHERE sales > 0) OVER earlier AS day_before,
                       count(*) FILTER (WHERE sales > 0) OVER earlier AS days_before
                  FROM (
                SELECT fact.partner_id,
                       fact.date,
                       count(*) FILTER (WHERE fact.kind = 'order') AS orders,
                       count(*) FILTER (WHERE fact.kind = 'order' AND fact.amount > 0)
                           AS paid_orders,
                       sum(fact.amount) FILTER (WHERE fact.kind = 'order') AS sales,
                       sum(fact.amount) FILTER (WHERE fact.kind = 'refund') AS refunds,
                       count(*) FILTER (WHERE fact.kind = 'quotation') AS quotations,
                       count(*) FILTER (WHERE fact.kind = 'opportunity') AS opportunities,
                       max(fact.probability) AS probability
                  FROM %(fact)s fact
                 WHERE fact.company_id = %(company)s AND %(facts_of)s
              GROUP BY fact.partner_id, fact.date
                       ) day
                WINDOW earlier AS (PARTITION BY partner_id ORDER BY date
                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
            """,
            fact=computation.query_facts(),
            company=computation.company.id,
            facts_of=computation.of("fact", "partner_id"),
        )

    def _query_totals(self, computation):
        """One row per customer with documents: days, counts and sums.

        ``silences`` are the gaps before an order day of the last year that were a loss by the
        customer's rhythm alone; with the company's median, known later, fewer of them are.
        ``is_comparable``: the first order is no later than the first day of the previous window,
        so that the trend compares two full windows; then the company's first one is not either.
        Days after ``as_of`` are passed over behind the window function, for a condition on the
        date would be computed from the time zone once more, for every document; and so the
        replay of many months makes the rhythm but once.
        """
        criteria = computation.criteria
        as_of, start, previous_start, silences_start = computation.clock()
        return SQL(
            """
                SELECT partner_id,
                       min(date) FILTER (WHERE sales > 0) AS first_day,
                       max(date) FILTER (WHERE sales > 0) AS last_day,
                       count(*) FILTER (WHERE sales > 0) AS order_day_count,
                       min(date) FILTER (WHERE orders > 0) AS first_order,
                       max(date) FILTER (WHERE orders > 0) AS last_order,
                       COALESCE(min(date) FILTER (WHERE sales > 0),
                                min(date) FILTER (WHERE orders > 0))
                           <= %(previous_start)s::date + 1 AS is_comparable,
                       sum(orders) AS order_count,
                       sum(orders) FILTER (WHERE date > %(start)s) AS order_count_12m,
                       sum(paid_orders) FILTER (WHERE date > %(start)s) AS paid_orders_12m,
                       sum(sales) AS sales,
                       sum(refunds) AS refunds,
                       sum(sales) FILTER (WHERE date > %(start)s) AS sales_12m,
                       sum(refunds) FILTER (WHERE date > %(start)s) AS refunds_12m,
                       sum(sales) FILTER (
                           WHERE date > %(previous_start)s AND date <= %(start)s
                       ) AS sales_prev,
                       sum(refunds) FILTER (
                           WHERE date > %(previous_start)s AND date <= %(start)s
                       ) AS refunds_prev,
                       sum(COALESCE(sales, 0) + COALESCE(refunds, 0)) FILTER (
                           WHERE date > last_window_start
                       ) AS to_last,
                       sum(quotations) AS quotations,
                       sum(opportunities) AS opportunities,
                       max(probability) AS probability,
                       array_agg(
                           ROW(date, date - day_before, day_before - first_before, days_before)
                       ) FILTER (
                           WHERE date > %(silences_start)s AND sales > 0 AND %(is_loss)s
                       ) AS silences
                  FROM (%(days)s) rhythm
              GROUP BY partner_id
            """,
            days=self._query_days(as_of, criteria),
            start=start,
            previous_start=previous_start,
            silences_start=silences_start,
            is_loss=self._is_loss_by_itself(criteria),
        )

    def _query_days(self, as_of, criteria):
        """The rhythm up to a day, with the start of the window that ends on the last order."""
        return SQL(
            """
                SELECT rhythm.*,
                       (max(date) FILTER (WHERE sales > 0) OVER (PARTITION BY partner_id)
                        - make_interval(months => %s))::date AS last_window_start
                  FROM rhythm
                 WHERE date <= %s
            """,
            criteria.window_months,
            as_of,
        )

    def _is_loss_by_itself(self, criteria):
        """Whether the silence before a day was a loss, the company's median left out."""
        return SQL(
            """CASE WHEN days_before >= 3
                    THEN date - day_before >= %s
                     AND date - day_before > %s
                         * (day_before - first_before) / (days_before + 1)
                      OR %s
                    ELSE date - day_before > %s END""",
            criteria.lost_min_days,
            criteria.lost_overdue_ratio,
            self._is_always_loss(criteria, SQL("date - day_before")),
            criteria.lost_days,
        )

    def _query_customers(self, computation):
        """One row per customer of the population, its sums rounded to the currency."""
        return SQL(
            """
                SELECT contact.id AS contact_id,
                       contact.user_id,
                       contact.industry_id,
                       contact.country_id,
                       contact.state_id,
                       total.*,
                       round(COALESCE(sales, 0)::numeric, %(decimals)s) AS gross,
                       round(COALESCE(sales_12m, 0)::numeric, %(decimals)s) AS gross_12m,
                       round((COALESCE(sales, 0) + COALESCE(refunds, 0))::numeric, %(decimals)s)
                           AS net,
                       round((COALESCE(sales_12m, 0) + COALESCE(refunds_12m, 0))::numeric,
                             %(decimals)s) AS net_12m,
                       round(COALESCE(to_last, 0)::numeric, %(decimals)s) AS net_to_last,
                       round((COALESCE(sales_prev, 0) + COALESCE(refunds_prev, 0))::numeric,
                             %(decimals)s) AS net_prev
                  FROM res_partner contact
             LEFT JOIN total ON total.partner_id = contact.id
                 WHERE contact.active
                   AND contact.segmentation_objected IS NOT TRUE
                   AND contact.commercial_partner_id = contact.id
                   AND %(contacts)s
                   AND (total.partner_id IS NOT NULL OR %(population)s)
            """,
            decimals=computation.company.currency_id.decimal_places,
            contacts=computation.of("contact", "id"),
            population=self._population_condition(computation.criteria),
        )

    def _query_median(self, computation):
        """The company's median interval: of the population, or the one kept.

        In whole days: a finer median would move with every order of anybody, and with it the
        usual interval of all customers, whose rows would be written each night.
        """
        if computation.partner_ids is not None:
            median = computation.cut_points.get("median_interval_days", DEFAULT_INTERVAL_DAYS)
            return SQL("SELECT %s::float8 AS days", float(median))
        return SQL(
            """SELECT COALESCE(round(percentile_cont(0.5) WITHIN GROUP (
                          ORDER BY (last_day - first_day)::float8 / (order_day_count - 1)
                      )), %s) AS days
                 FROM customer
                WHERE order_day_count > 1""",
            float(DEFAULT_INTERVAL_DAYS),
        )

    def _population_condition(self, criteria):
        """Which contacts without any document are customers: prospects, no vendors, no staff."""
        if criteria.population == "documents":
            return SQL("FALSE")
        return SQL(
            """(COALESCE(contact.company_id, %(company)s) = %(company)s
                AND COALESCE(contact.partner_share, TRUE)
                AND NOT (COALESCE(contact.supplier_rank, 0) > 0
                         AND COALESCE(contact.customer_rank, 0) = 0)
                AND NOT EXISTS (SELECT 1 FROM res_company own WHERE own.partner_id = contact.id))
            """,
            company=criteria.company_id.id,
        )
