import logging
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from types import MappingProxyType, NoneType

from dateutil.relativedelta import relativedelta
from psycopg2 import Error as DatabaseError

from odoo import _, api, models, tools
from odoo.tools import SQL

from ..tools.domain import FALSE_LEAF, TRUE_LEAF, all_of
from .customer_segmentation_profile import MEASURES, SCORES

_logger = logging.getLogger(__name__)

TABLE = "customer_segmentation_profile"
MEASURE = SQL.identifier("segmentation_measure")
RESULT = SQL.identifier("segmentation_result")
PROFILE = SQL.identifier(TABLE)
# What a run reads of the configuration, in one statement each
DIMENSION_FIELDS = ("name", "code", "kind", "grace_days", "sequence", "active")
SEGMENT_FIELDS = (
    "name", "dimension_id", "domain", "is_fallback", "reached_by", "sequence", "active"
)
DEFAULT_INTERVAL_DAYS = 30  # the company's median interval while nobody has ordered twice


class BrokenDimension(str):
    """A warning that a dimension could not be classified anew; it knows which one."""

    dimension_id = None


class CustomerSegmentationEngine(models.AbstractModel):
    """The SQL of a run: L0 facts -> L1 measures -> L2 segments -> L3 history.

    Everything (nightly) and only what changed (within a minute) go through the same statements,
    with another set of partners. The rows stay in PostgreSQL: the number of statements and the
    memory do not depend on the number of customers.

    1. ``segmentation_measure``: the facts aggregated to one row per customer.
    2. The cut points of the population, by a full run only; a partial run uses the kept ones.
    3. ``segmentation_result``: measures, scores and segments. The rules are Odoo domains on the
       profile; they are evaluated on the *new* values, because in this statement a common table
       expression takes the name of the profile's table.
    4. What differs is written to the history and to the profile.

    The ORM will not do: it would read and write customer by customer.
    """

    _name = "customer.segmentation.engine"
    _description = "Segmentation Engine"

    @api.model
    def _compute(self, run, criteria, partner_ids=None):
        """Recompute the customers of ``run``'s company as of its date.

        :param list[int] partner_ids: commercial partners; None = all
        :return: dict of ``customers_read``, ``rows_changed``, ``history_count``,
            ``broken_rules`` ({id of a dimension, as JSON has it: what is wrong}) and ``warnings``
            (list of str: what the manager should know)
        """
        company, as_of = run.company_id, run.as_of
        first_fill = partner_ids is None and not self._has_profiles(company)
        warnings = self._make_tables(
            criteria,
            as_of,
            partner_ids,
            settle=lambda dimensions: self._settle_result(criteria, as_of, dimensions),
        )
        if criteria.quantiles_refused:
            warnings.append(
                _("Fewer customers than quantiles need: the scores come from the bands.")
            )
        for warning in warnings:
            _logger.warning("Segmentation of company %s: %s", company.id, warning)

        columns = self._segment_columns()
        self._execute(SQL("SELECT count(*), count(*) FILTER (WHERE id < 0) FROM %s", RESULT))
        read, new = self.env.cr.fetchone()
        may_have_left = partner_ids is None or read < len(set(partner_ids))
        history_count = 0
        if not first_fill:
            known = self._known_columns(company, columns)
            if known:
                history_count = self._execute(self._query_history(run, known))
            if may_have_left:
                history_count += self._execute(
                    self._query_history_of_left(run, columns, partner_ids)
                )
        changed = self._execute(self._query_update(run, columns))
        if may_have_left:
            changed += self._execute(self._query_empty_left(run, columns, partner_ids))
        if new:
            changed += self._execute(self._query_insert(run, columns))
        self._execute(SQL("DROP TABLE %s, %s", MEASURE, RESULT))
        return {
            "customers_read": read,
            "rows_changed": changed,
            "history_count": history_count,
            "broken_rules": {
                str(warning.dimension_id): str(warning)
                for warning in warnings
                if isinstance(warning, BrokenDimension)
            },
            "warnings": warnings,
        }

    def _make_tables(self, criteria, as_of, partner_ids=None, settle=None):
        """Create the tables of measures and results; what is made of them is another matter.

        :param criteria: the company's criteria, or a draft in their place
        :param settle: function of the dimensions whose rules' answers stand in the result; it
            may change them, before rules over these dimensions are evaluated
        :return: list of warnings
        """
        self.env.flush_all()
        self._execute(
            SQL(
                "%s; DROP TABLE IF EXISTS pg_temp.%s, pg_temp.%s",
                self._query_settings(partner_ids),
                MEASURE,
                RESULT,
            )
        )
        self._execute(
            SQL(
                "CREATE TEMP TABLE %s ON COMMIT DROP AS %s",
                MEASURE,
                self._query_measures(criteria, as_of, partner_ids),
            )
        )
        cut_points = criteria.cut_points or {}
        if partner_ids is None:
            cut_points = self._refresh_cut_points(criteria, as_of)
        few = self.with_context(segmentation_is_partial=partner_ids is not None)
        return few._make_result(criteria, as_of, cut_points, settle or (lambda dimensions: None))

    def _execute(self, query):
        """Execute and return the number of rows."""
        self.env.cr.execute(query)
        return self.env.cr.rowcount

    def _query_settings(self, partner_ids):
        """Settings of this transaction.

        The statements are too short for compiling them. A few customers are found through
        indexes, whatever the number of the others; as the planner has it by default, that would
        cost more than reading all contacts, or starting parallel workers.
        """
        if partner_ids is None:
            planner = SQL(
                """SET LOCAL random_page_cost TO DEFAULT;
                   SET LOCAL max_parallel_workers_per_gather TO DEFAULT"""
            )
        else:
            planner = SQL(
                "SET LOCAL random_page_cost = 1; SET LOCAL max_parallel_workers_per_gather = 0"
            )
        return SQL("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; %s", planner)

    def _has_profiles(self, company):
        self._execute(SQL("SELECT 1 FROM %s WHERE company_id = %s LIMIT 1", PROFILE, company.id))
        return bool(self.env.cr.rowcount)

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

    # L1 measures

    def _query_measures(self, criteria, as_of, partner_ids=None):
        """The facts up to ``as_of``, aggregated to one row per customer of the population.

        Columns: id (the profile's, or the contact's made negative for a new profile),
        partner_id, company_id, the MEASURES, and the other stored columns of the profile as they
        are, so that rules can name them.

        The facts are grouped by customer and day, sorted once, and all that follows uses this
        order. ``silences`` are the gaps before an order day of the last year that were a loss by the
        customer's rhythm alone; with the company's median, known later, fewer of them are.
        Days after ``as_of`` are passed over behind the window function, for a condition on the
        date would be computed from the time zone once more, for every document; and so the
        replay of many months makes this part but once. Materialized, the sums are rounded once
        and not in each column they stand in.
        """
        start, previous_start = criteria._window(as_of)
        median = (criteria.cut_points or {}).get("median_interval_days", DEFAULT_INTERVAL_DAYS)
        if partner_ids is None:
            median_query = SQL(
                # Whole days: a finer median would move with every order of anybody, and with it
                # the usual interval of all customers, whose rows would be written each night.
                """SELECT COALESCE(round(percentile_cont(0.5) WITHIN GROUP (
                              ORDER BY (last_day - first_day)::float8 / (order_day_count - 1)
                          )), %s) AS days
                     FROM customer
                    WHERE order_day_count > 1""",
                float(DEFAULT_INTERVAL_DAYS),
            )
        else:
            median_query = SQL("SELECT %s::float8 AS days", float(median))
        return SQL(
            """
            WITH rhythm AS (
                %(rhythm)s
            ), total AS MATERIALIZED (
                SELECT partner_id,
                       min(date) FILTER (WHERE sales > 0) AS first_day,
                       max(date) FILTER (WHERE sales > 0) AS last_day,
                       count(*) FILTER (WHERE sales > 0) AS order_day_count,
                       min(date) FILTER (WHERE orders > 0) AS first_order,
                       max(date) FILTER (WHERE orders > 0) AS last_order,
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
                       sum(quotations) AS quotations,
                       sum(opportunities) AS opportunities,
                       max(probability) AS probability,
                       array_agg(
                           ROW(date, date - day_before, day_before - first_before, days_before)
                       ) FILTER (
                           WHERE date > %(silences_start)s AND sales > 0
                             AND CASE WHEN days_before >= 3
                                      THEN date - day_before >= %(lost_min_days)s
                                       AND date - day_before > %(lost_overdue_ratio)s
                                           * (day_before - first_before) / (days_before + 1)
                                      ELSE date - day_before > %(lost_days)s END
                       ) AS silences
                  FROM rhythm
                 WHERE date <= %(as_of)s
              GROUP BY partner_id
            ), customer AS MATERIALIZED (
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
                       round((COALESCE(sales_prev, 0) + COALESCE(refunds_prev, 0))::numeric,
                             %(decimals)s) AS net_prev
                  FROM res_partner contact
             LEFT JOIN total ON total.partner_id = contact.id
                 WHERE contact.active
                   AND contact.segmentation_objected IS NOT TRUE
                   AND contact.commercial_partner_id = contact.id
                   AND %(contacts)s
                   AND (total.partner_id IS NOT NULL OR %(population)s)
            ), median AS (
                %(median)s
            )
            SELECT COALESCE(profile.id, -customer.contact_id) AS id,
                   customer.contact_id AS partner_id,
                   %(company)s AS company_id,
                   TRUE AS active,
                   customer.user_id,
                   customer.industry_id,
                   customer.country_id,
                   customer.state_id,
                   COALESCE(customer.first_day, customer.first_order) AS first_order_date,
                   COALESCE(customer.last_day, customer.last_order) AS last_order_date,
                   CASE WHEN customer.silences IS NOT NULL THEN (
                       SELECT max(silence.date)
                         FROM unnest(customer.silences)
                              silence (date date, days int, span_before int, days_before bigint)
                        WHERE silence.days_before < 3
                           OR silence.days > round((%(lost_overdue_ratio)s
                              * (silence.span_before + 2 * median.days)
                              / (silence.days_before + 1))::numeric, 6)
                   ) END AS won_back_date,
                   COALESCE(customer.last_day, customer.last_order)
                       + round(usual.days)::int AS due_date,
                   COALESCE(customer.order_count, 0)::int AS order_count,
                   COALESCE(customer.order_day_count, 0)::int AS order_day_count,
                   COALESCE(customer.order_count_12m, 0)::int AS order_count_12m,
                   customer.net AS net_sales,
                   customer.gross_12m AS sales_12m,
                   customer.net_12m AS net_sales_12m,
                   customer.net_prev AS net_sales_prev_12m,
                   CASE WHEN customer.net_prev > 0
                        THEN (customer.net_12m / customer.net_prev - 1)::float8 END
                       AS trend_ratio,
                   -- free orders lower no average; where all are free, it is 0
                   round(customer.gross_12m / COALESCE(NULLIF(customer.paid_orders_12m, 0),
                                                       NULLIF(customer.order_count_12m, 0)),
                         %(decimals)s) AS average_order,
                   CASE WHEN customer.gross > 0
                        THEN ((customer.gross - customer.net) / customer.gross)::float8 END
                       AS refund_ratio,
                   usual.days AS order_interval_days,
                   COALESCE(customer.quotations, 0)::int AS open_quotation_count,
                   COALESCE(customer.opportunities, 0)::int AS open_opportunity_count,
                   customer.probability AS opportunity_probability,
                   satisfaction.score AS satisfaction_score,
                   COALESCE(satisfaction.answers, 0) AS satisfaction_count,
                   median.days AS median_days,
                   %(other_columns)s
              FROM customer
        CROSS JOIN median
        CROSS JOIN LATERAL (
                   SELECT CASE WHEN customer.order_count > 0 THEN
                       (COALESCE(customer.last_day - customer.first_day, 0) + 2 * median.days)
                       / (GREATEST(customer.order_day_count - 1, 0) + 2) END AS days
                   ) usual
         LEFT JOIN (%(satisfaction)s) satisfaction
                ON satisfaction.partner_id = customer.contact_id
         LEFT JOIN %(profile)s profile
                ON profile.partner_id = customer.contact_id AND profile.company_id = %(company)s
            """,
            rhythm=self._query_rhythm(criteria, partner_ids),
            satisfaction=self._query_satisfaction(criteria, as_of, partner_ids),
            company=criteria.company_id.id,
            as_of=as_of,
            start=start,
            previous_start=previous_start,
            # being won back lasts 90 days, however short the window is
            silences_start=min(start, as_of - relativedelta(months=12)),
            decimals=criteria.company_id.currency_id.decimal_places,
            lost_min_days=criteria.lost_min_days,
            lost_overdue_ratio=criteria.lost_overdue_ratio,
            lost_days=criteria.lost_days,
            median=median_query,
            contacts=self._partner_condition("contact", "id", partner_ids),
            population=self._population_condition(criteria),
            profile=PROFILE,
            other_columns=SQL(", ").join(
                SQL.identifier("profile", column) for column in self._other_columns()
            ),
        )

    def _query_rhythm(self, criteria, partner_ids):
        """The facts by customer and day, with what was before each day; it knows no ``as_of``."""
        fact = self.env["customer.segmentation.fact"].sudo()
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
            fact=fact._table_query,
            company=criteria.company_id.id,
            facts_of=self._partner_condition("fact", "partner_id", partner_ids),
        )

    def _partner_condition(self, alias, column, partner_ids):
        if partner_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", SQL.identifier(alias, column), list(partner_ids))

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

    def _other_columns(self):
        """Stored columns of the profile that are no measure: what a rule may name besides."""
        own = {"id", "partner_id", "company_id", *MEASURES, *SCORES}
        return [
            name
            for name, field in self.env["customer.segmentation.profile"]._fields.items()
            if field.store and field.column_type and name not in own
        ]

    @tools.ormcache()
    def _segment_columns(self):
        """{dimension id: column} of all dimensions, the archived ones included."""
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        return MappingProxyType(
            {
                dimension.id: dimension.column_name
                for dimension in dimensions.with_context(active_test=False).search([])
                if dimension.column_name
            }
        )

    # Population

    def _refresh_cut_points(self, criteria, as_of):
        """Find the population's cut points, keep them, propose what nobody has set yet.

        Bands and limits are proposed once and then stay until a person changes them.
        """
        self._execute(self._query_cut_points(as_of))
        found = self.env.cr.dictfetchone()
        median_days = found["recency_median_days"]
        cut_points = {
            "median_interval_days": found["median_interval_days"] or DEFAULT_INTERVAL_DAYS,
            "scored_customers": found["scored_customers"],
            "recency_quantiles": [str(day) for day in found["recency_quantiles"] or []],
            "frequency_quantiles": [float(value) for value in found["frequency_quantiles"] or []],
            "monetary_quantiles": [float(value) for value in found["monetary_quantiles"] or []],
            # whole days: at most 12.5 days ago is at most 12
            "recency_median_date": median_days is not None
            and str(as_of - timedelta(days=int(median_days)))
            or None,
            "frequency_median": found["frequency_median"] or 0,
            "monetary_median": found["monetary_median"] or 0,
            "accumulated_share": self._share_cut_points(
                "segmentation_measure", criteria.company_id, self._shares_in_rules()
            ),
        }
        vals = {
            "quantiles_refused": criteria.score_method == "quantiles"
            and not criteria._uses_quantiles(cut_points),
        }
        if cut_points != criteria.cut_points:
            vals["cut_points"] = cut_points
        if not criteria._monetary_is_proposed() and found["monetary_points"]:
            points = [self._two_digits(value) for value in found["monetary_points"]]
            names = ("monetary_2", "monetary_3", "monetary_4", "monetary_5")
            vals.update(zip(names, points, strict=True))
        if not criteria._limits_are_proposed() and found["frequency_limit"]:
            vals["frequency_limit"] = found["frequency_limit"]
            vals["average_order_limit"] = found["average_order_limit"]
        vals = {name: value for name, value in vals.items() if criteria[name] != value}
        if vals:
            criteria.with_context(segmentation_run=True).write(vals)
            criteria.flush_recordset()
        return cut_points

    @api.model
    def _two_digits(self, value):
        """Round to two significant digits: 18,342 -> 18,000."""
        value = Decimal(str(value))  # 1.15 as it is written, not as it is in binary
        step = Decimal(1).scaleb(value.adjusted() - 1)
        return float((value / step).quantize(Decimal(1), ROUND_HALF_UP) * step)

    def _query_cut_points(self, as_of):
        return SQL(
            """
            SELECT min(median_days) AS median_interval_days,
                   count(*) FILTER (WHERE order_count_12m > 0) AS scored_customers,
                   percentile_disc(%(fifths)s) WITHIN GROUP (ORDER BY last_order_date)
                       FILTER (WHERE order_count_12m > 0) AS recency_quantiles,
                   percentile_disc(%(fifths)s) WITHIN GROUP (ORDER BY order_count_12m)
                       FILTER (WHERE order_count_12m > 0) AS frequency_quantiles,
                   percentile_disc(%(fifths)s) WITHIN GROUP (ORDER BY net_sales_12m)
                       FILTER (WHERE order_count_12m > 0) AS monetary_quantiles,
                   percentile_disc(%(fifths)s) WITHIN GROUP (ORDER BY net_sales_12m)
                       FILTER (WHERE net_sales_12m > 0) AS monetary_points,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY %(as_of)s - last_order_date)
                       FILTER (WHERE net_sales_12m > 0) AS recency_median_days,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY order_count_12m)
                       FILTER (WHERE net_sales_12m > 0) AS frequency_median,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY net_sales_12m)
                       FILTER (WHERE net_sales_12m > 0) AS monetary_median,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY order_count_12m)
                       FILTER (WHERE order_count_12m > 0) AS frequency_limit,
                   percentile_cont(0.5) WITHIN GROUP (ORDER BY average_order)
                       FILTER (WHERE order_count_12m > 0) AS average_order_limit
              FROM %(measure)s
            """,
            fifths=[0.2, 0.4, 0.6, 0.8],
            as_of=as_of,
            measure=MEASURE,
        )

    def _shares_in_rules(self):
        """[(operator, share)] of the accumulated shares that the segments' rules name."""
        shares = set()
        dimensions = self.env["customer.segmentation.dimension"].sudo().search([])
        env = self.with_context(segmentation_found={})
        for segment in (s for dimension in dimensions for s in env._segments_of(dimension)):
            try:
                shares |= self._shares_in_rule(segment)
            except Exception:  # pylint: disable=broad-except
                continue  # reported when the rules are compiled
        return sorted(shares)

    def _shares_in_rule(self, segment):
        leaves = (
            leaf
            for leaf in segment._get_domain(self.env.company)
            if isinstance(leaf, (list, tuple)) and leaf[0] == "accumulated_share"
        )
        operators = {"<": "<", "<=": "<=", ">": "<=", ">=": "<"}
        return {
            (operators[operator], float(share))
            for _field, operator, share in leaves
            if operator in operators
        }

    @api.model
    def _share_cut_points(self, table, company, shares):
        """The smallest net sales of the window with less than each share before it.

        :param str table: table with company_id, active and net_sales_12m
        :param list shares: of (operator "<" or "<=", share in %)
        :return: {"<70.0": amount or None}
        Source: DEFINITIONS, "Value": ties stand together, so equal amounts have one share.
        """
        if not shares:
            return {}
        self._execute(
            SQL(
                """
                WITH amount AS (
                    SELECT net_sales_12m AS value, sum(net_sales_12m) AS tied
                      FROM %(table)s
                     WHERE company_id = %(company)s AND active AND net_sales_12m > 0
                  GROUP BY net_sales_12m
                ), curve AS (
                    SELECT value,
                           100 * (sum(tied) OVER (ORDER BY value DESC) - tied) AS before,
                           sum(tied) OVER () AS total
                      FROM amount
                )
                SELECT %(points)s FROM curve
                """,
                table=SQL.identifier(table),
                company=company.id,
                points=SQL(", ").join(
                    SQL(
                        "min(value) FILTER (WHERE before %s %s * total)",
                        SQL("<") if operator == "<" else SQL("<="),
                        Decimal(str(share)),
                    )
                    for operator, share in shares
                ),
            )
        )
        return {
            f"{operator}{share}": None if value is None else float(value)
            for (operator, share), value in zip(shares, self.env.cr.fetchone(), strict=True)
        }

    # Scores

    def _query_scores(self, criteria, cut_points):
        """Select list of the three scores, 1 to 5, from the measures; never bought: none."""
        if criteria._uses_quantiles(cut_points):
            recency = self._score_above("last_order_date", cut_points["recency_quantiles"])
            frequency = self._score_above("order_count_12m", cut_points["frequency_quantiles"])
            monetary = self._score_above("net_sales_12m", cut_points["monetary_quantiles"])
        else:
            recency = SQL(
                """CASE WHEN last_order_date >= %s THEN 5 WHEN last_order_date >= %s THEN 4
                        WHEN last_order_date >= %s THEN 3 WHEN last_order_date >= %s THEN 2
                        ELSE 1 END""",
                *(
                    self.env.context["segmentation_as_of"] - timedelta(days=days)
                    for days in (
                        criteria.recency_days_5,
                        criteria.recency_days_4,
                        criteria.recency_days_3,
                        criteria.recency_days_2,
                    )
                ),
            )
            frequency = self._score_from(
                "order_count_12m",
                [criteria.frequency_5, criteria.frequency_4, criteria.frequency_3,
                 criteria.frequency_2],
            )
            monetary = self._score_from(
                "net_sales_12m",
                [criteria.monetary_5, criteria.monetary_4, criteria.monetary_3,
                 criteria.monetary_2],
            )
        return SQL(
            """CASE WHEN order_count > 0 THEN %s END AS recency_score,
               CASE WHEN order_count > 0 THEN %s END AS frequency_score,
               CASE WHEN order_count > 0 THEN
                   CASE WHEN net_sales_12m > 0 THEN %s ELSE 1 END END AS monetary_score""",
            recency,
            frequency,
            monetary,
        )

    def _score_from(self, column, limits):
        """5 from the first limit on, …, 1 below the last: limits fall."""
        return SQL(
            "CASE WHEN %(column)s >= %(five)s THEN 5 WHEN %(column)s >= %(four)s THEN 4"
            " WHEN %(column)s >= %(three)s THEN 3 WHEN %(column)s >= %(two)s THEN 2 ELSE 1 END",
            column=SQL.identifier(column),
            five=limits[0],
            four=limits[1],
            three=limits[2],
            two=limits[3],
        )

    def _score_above(self, column, quantiles):
        """1 + the number of cut points the value is above: equal values, equal scores."""
        return SQL(
            "(1 + %s)",
            SQL(" + ").join(
                SQL("(%s > %s)::int", SQL.identifier(column), quantile) for quantile in quantiles
            ),
        )

    # L2 segments

    def _make_result(self, criteria, as_of, cut_points, settle):
        """Create the table of results and return the warnings.

        A broken rule costs its dimension the recomputation, and no other: the dimension keeps
        the segments it has. Dimensions with rules over others follow in a second pass, and see
        what has become of these.
        """
        env = self.with_context(
            segmentation_as_of=as_of,
            segmentation_cut_points=cut_points,
            segmentation_found={},
            allowed_company_ids=criteria.company_id.ids,
            active_test=False,
        )
        scores = env._query_scores(criteria, cut_points)
        layers, warnings = env._dimension_layers()
        cases = env._compile_dimensions(layers[:1], warnings)
        try:
            with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                self._execute(self._query_result(scores, cases))
        except DatabaseError:
            for dimension in layers[0].filtered(lambda item: item.column_name in cases):
                column = dimension.column_name
                error = self._database_error(scores, column, cases[column])
                if error:
                    warnings.append(self._broken(dimension, error))
                    cases[column] = SQL.identifier(column)
            self._execute(self._query_result(scores, cases))
        for number, dimensions in enumerate(layers):
            if number:
                env._evaluate_layer(dimensions, warnings)
            settle(dimensions)
        return warnings

    def _evaluate_layer(self, dimensions, warnings):
        """Evaluate the rules of ``dimensions`` on the result as it stands."""
        cases = self._compile_dimensions([dimensions], warnings)
        for dimension in dimensions.filtered(lambda item: item.column_name in cases):
            column = dimension.column_name
            try:
                with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                    self._execute(self._query_layer(column, cases[column]))
            except DatabaseError as error:
                warnings.append(self._broken(dimension, str(error).strip()))

    @api.model
    def _broken(self, dimension, error):
        warning = BrokenDimension(
            _(
                "The dimension %(dimension)s keeps its former segments: %(error)s",
                dimension=dimension.name,
                error=error,
            )
        )
        warning.dimension_id = dimension.id
        return warning

    def _database_error(self, scores, column, case):
        """What the database says of one dimension's rules, or None."""
        try:
            with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                self._execute(self._query_evaluated(scores, {column: case}, limit=0))
                self._execute(self._query_evaluated(scores, {column: case}))
        except DatabaseError as error:
            return str(error).strip()
        return None

    def _dimension_layers(self):
        """The dimensions in the order of their evaluation: ([dimensions, …], warnings).

        A dimension whose rules name another one waits for it.
        """
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        left = dimensions.with_context(active_test=True).search_fetch([], DIMENSION_FIELDS)
        left = left.filtered("column_name")
        named = {dimension: self._dimensions_named(dimension, left) for dimension in left}
        layers, warnings = [], []
        while left:
            layer = left.filtered(lambda dimension, left=left: not named[dimension] & left)
            if not layer:
                layer = left
                warnings.append(
                    _(
                        "The rules of %(dimensions)s name each other: they go by the former "
                        "segments.",
                        dimensions=", ".join(left.mapped("name")),
                    )
                )
            layers.append(layer)
            left -= layer
        return layers, warnings

    def _dimensions_named(self, dimension, others):
        """Those of ``others`` that a rule of ``dimension`` names, be it through the contact."""
        names = set()
        for segment in self._segments_of(dimension):
            names |= self._names_in_rule(segment.domain)
        return (others - dimension).filtered(lambda other: other.column_name in names)

    @tools.ormcache("rule")
    def _names_in_rule(self, rule):
        """The names of fields in a rule, each part of a path; they are the same every day."""
        try:
            domain = self.env["customer.segmentation.segment"]._parse_rule(rule, self.env.company)
        except Exception:  # pylint: disable=broad-except
            return frozenset()  # reported when the rules are compiled
        return frozenset(
            name.removeprefix("segmentation_")
            for leaf in domain
            if isinstance(leaf, (list, tuple)) and isinstance(leaf[0], str)
            for name in leaf[0].split(".")
        )

    def _compile_dimensions(self, layers, warnings):
        """SQL of the segment of each dimension of ``layers``: {column: CASE …}."""
        dimensions = [dimension for layer in layers for dimension in layer]
        # a search method may ask the database, and fail there: then each has its own savepoint
        try:
            told = []
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                cases = self._compile_cases(dimensions, told, self._compile_segments)
        except DatabaseError:
            told = []
            cases = self._compile_cases(dimensions, told, self._compile_segments_safely)
        warnings.extend(told)
        return cases

    def _compile_cases(self, dimensions, warnings, compile_segments):
        cases = {}
        for dimension in dimensions:
            segments = self._segments_of(dimension)
            if segments and not any(segment.is_fallback for segment in segments):
                warnings.append(
                    _(
                        "The dimension %(dimension)s has no segment without a rule: customers "
                        "that meet no rule have no segment in it.",
                        dimension=dimension.name,
                    )
                )
            try:
                cases[dimension.column_name] = compile_segments(segments)
            except DatabaseError:
                raise
            except Exception as error:  # pylint: disable=broad-except
                warnings.append(self._broken(dimension, error))
        return cases

    def _compile_segments_safely(self, segments):
        try:
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                return self._compile_segments(segments)
        except DatabaseError as error:
            raise ValueError(str(error).strip()) from error

    def _segments_of(self, dimension):
        """The segments of a dimension in the order of their rules; a run reads all at once."""
        found = self.env.context.get("segmentation_found", {})
        if "segments" not in found:
            segments = self.env["customer.segmentation.segment"].sudo()
            found["segments"] = (
                segments.with_context(active_test=True)
                .search_fetch([], SEGMENT_FIELDS, order="sequence, id")
                .grouped("dimension_id")
            )
        return found["segments"].get(dimension, self.env["customer.segmentation.segment"])

    def _compile_segments(self, segments):
        """The first segment whose rule matches; the one without a rule takes the others."""
        whens, fallback = [], SQL("NULL::int")
        for segment in segments:
            segment_id = segment._origin.id
            if segment.is_fallback:
                fallback = SQL("%s", segment_id)
            else:
                whens.append(SQL("WHEN %s THEN %s", self._compile_rule(segment), segment_id))
        if not whens:
            return fallback
        return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), fallback)

    def _compile_rule(self, segment):
        """The condition of a segment on the row of the profile's table.

        :raise ValueError: naming the segment, when its rule cannot be used
        """
        try:
            domain = segment._get_domain(
                self.env.company, self.env.context["segmentation_as_of"]
            )
            resolved = self._resolved(domain)
            domain = self._narrowed(resolved)
            if self._is_plain(resolved):
                condition = self._compile_plain(domain)
                if condition:
                    return condition
            query = self.env["customer.segmentation.profile"].sudo()._search(domain)
        except DatabaseError:
            raise
        except Exception as error:
            raise ValueError(
                _("rule of %(segment)s: %(error)s", segment=segment.name, error=error)
            ) from error
        if query.from_clause.code == PROFILE.code:
            return SQL("(%s)", query.where_clause) if query.where_clause.code else SQL("TRUE")
        # the rule joins other tables: ask for the ids
        return SQL("%s IN %s", SQL.identifier(TABLE, "id"), query.subselect())

    def _resolved(self, domain):
        """The domain, with the measures that are not stored written as stored ones.

        "At most 90 days ago" becomes a date, "above the median" an amount: what is left depends
        on nothing else, and is compiled once. Negations stay with the ORM, which turns their
        operators before it asks.
        """
        profiles = self.env["customer.segmentation.profile"]
        if "!" in domain:
            return domain
        resolved = []
        for leaf in domain:
            found = isinstance(leaf, (list, tuple)) and self._searched(profiles, leaf)
            resolved += all_of(found) if found and self._is_plain(found) else [leaf]
        return resolved

    def _searched(self, records, leaf):
        """The domain that stands for a condition on a field that is not stored, or None."""
        name, operator, value = leaf
        path, _dot, rest = str(name).partition(".")
        if rest and path == "partner_id":
            found = self._searched(self.env["res.partner"], (rest, operator, value))
            return found and [("partner_id", "any", list(found))]
        field = records._fields.get(name)
        if field and not field.store and field.search:
            return field.determine_domain(records, operator, value)
        return None

    def _is_plain(self, domain):
        """Whether the rule compares stored values, the profile's or the contact's, with constants."""
        return bool(domain) and all(
            self._is_plain_leaf("customer.segmentation.profile", leaf)
            for leaf in domain
            if leaf not in ("&", "|", "!")
        )

    def _is_plain_leaf(self, model, leaf):
        name, operator, value = leaf
        if name == "partner_id" and operator in ("any", "not any"):
            return all(
                self._is_plain_leaf("res.partner", inner)
                for inner in value
                if inner not in ("&", "|", "!")
            )
        if str(name).startswith("partner_id."):
            return self._is_plain_leaf(
                "res.partner", (name.removeprefix("partner_id."), operator, value)
            )
        field = self.env[model]._fields.get(name)
        if not field:
            return tuple(leaf) in (TRUE_LEAF, FALSE_LEAF)
        values = value if isinstance(value, (list, tuple)) else [value]
        if field.type == "many2one":
            return operator in ("=", "in") and all(isinstance(item, int) for item in values)
        return (
            field.store
            and field.column_type
            and not field.company_dependent
            and not getattr(field, "translate", False)  # it depends on the reader's language
            and all(isinstance(item, (str, int, float, date, NoneType)) for item in values)
        )

    @tools.ormcache("repr(domain)")
    def _compile_plain(self, domain):
        """The condition of such a rule; it depends on nothing else, so it is compiled once.

        None where it joins other tables.
        """
        profiles = self.env["customer.segmentation.profile"].sudo().with_context(active_test=False)
        query = profiles._search(domain)
        if query.from_clause.code != PROFILE.code:
            return None
        condition = SQL("(%s)", query.where_clause)
        return SQL(condition.code, *condition.params)  # flat: it is put together once

    def _narrowed(self, domain):
        """The domain, with its paths through the contact narrowed to those of a partial run.

        A subquery knows nothing of the rows it is asked for: it would read all contacts.
        """
        if not self.env.context.get("segmentation_is_partial"):
            return domain
        ours = ("id", "in", SQL("(SELECT partner_id FROM %s)", MEASURE))

        def narrowed(leaf):
            name = str(leaf[0]) if isinstance(leaf, (list, tuple)) else ""
            if name.startswith("partner_id."):
                return ("partner_id", "any", [ours, (name.removeprefix("partner_id."), *leaf[1:])])
            if name == "partner_id" and leaf[1] == "any":
                return ("partner_id", "any", [ours, *leaf[2]])
            return leaf

        return [narrowed(leaf) for leaf in domain]

    def _query_evaluated(self, scores, cases, limit=None):
        """Select measures, scores and the segments of ``cases``.

        Named like the profile's table, the common table expression stands in for it wherever a
        rule reads it, in subqueries too.
        """
        return SQL(
            """
            WITH %(profile)s AS NOT MATERIALIZED (
                SELECT measure.*, %(scores)s FROM %(measure)s measure
            )
            SELECT %(columns)s, %(cases)s FROM %(profile)s %(limit)s
            """,
            profile=PROFILE,
            scores=scores,
            measure=MEASURE,
            columns=SQL(", ").join(
                SQL.identifier(TABLE, column)
                for column in ("id", "partner_id", "company_id", *MEASURES, *SCORES)
            ),
            cases=SQL(", ").join(
                SQL("%s AS %s", case, SQL.identifier(column)) for column, case in cases.items()
            ),
            limit=SQL("LIMIT %s", limit) if limit is not None else SQL(),
        )

    def _query_result(self, scores, cases):
        """Create the result: archived and broken dimensions keep the segment they have."""
        all_cases = {
            column: cases.get(column, SQL.identifier(TABLE, column))
            for column in self._segment_columns().values()
        }
        return SQL(
            "CREATE TEMP TABLE %s ON COMMIT DROP AS %s",
            RESULT,
            self._query_evaluated(scores, all_cases),
        )

    def _query_layer(self, column, case):
        """Write the segments of one dimension into the result, by the others that stand there."""
        segments = [*self._segment_columns().values()]
        others = [name for name in self._other_columns() if name not in segments]
        return SQL(
            """
            UPDATE %(result)s result
               SET %(column)s = evaluated.segment_id
              FROM (
                   WITH %(profile)s AS NOT MATERIALIZED (
                       SELECT %(measured)s, %(found)s
                         FROM %(measure)s measure
                         JOIN %(result)s result ON result.id = measure.id
                   )
                   SELECT id, %(case)s AS segment_id FROM %(profile)s
                   ) evaluated
             WHERE result.id = evaluated.id
            """,
            result=RESULT,
            measure=MEASURE,
            profile=PROFILE,
            column=SQL.identifier(column),
            case=case,
            measured=self._columns_of(
                "measure", ["id", "partner_id", "company_id", *MEASURES, *others]
            ),
            found=self._columns_of("result", [*SCORES, *segments]),
        )

    # L3 history, and the profile

    def _query_history(self, run, columns):
        """A row for every segment that differs between the profile and the result."""
        return SQL(
            """
            %(insert)s
            SELECT result.partner_id, result.company_id, change.dimension_id, change.from_id,
                   change.to_id, %(as_of)s, %(run)s, override.user_id,
                   CASE WHEN override.id IS NOT NULL THEN 'override'
                        WHEN profile.active THEN 'rule' ELSE 'arrived' END,
                   jsonb_strip_nulls(jsonb_build_object(
                       'last_order_date', result.last_order_date,
                       'order_count', result.order_count,
                       'order_count_12m', result.order_count_12m,
                       'net_sales_12m', result.net_sales_12m,
                       'net_sales_prev_12m', result.net_sales_prev_12m,
                       'trend_ratio', result.trend_ratio,
                       'order_interval_days', round(result.order_interval_days::numeric, 1),
                       'recency_score', result.recency_score,
                       'frequency_score', result.frequency_score,
                       'monetary_score', result.monetary_score,
                       'satisfaction_score', result.satisfaction_score,
                       'satisfaction_count', NULLIF(result.satisfaction_count, 0))),
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
            changes=self._changes("profile", "result", columns),
            old=self._columns_of("profile", columns.values()),
            new=self._columns_of("result", columns.values()),
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

    def _changes(self, former, present, columns):
        """Rows (dimension, segment in ``former``, segment in ``present``) for a VALUES list."""
        return SQL(", ").join(
            SQL(
                "(%s, %s, %s)",
                dimension_id,
                SQL.identifier(former, column),
                SQL.identifier(present, column),
            )
            for dimension_id, column in columns.items()
        )

    def _columns_of(self, alias, columns):
        return SQL(", ").join(SQL.identifier(alias, column) for column in columns)

    def _query_update(self, run, columns):
        """Write the rows that differ, and no other."""
        written = (*MEASURES, *SCORES, *columns.values())
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

    def _query_insert(self, run, columns):
        """Insert what has no profile yet: the negative ids (see the measures)."""
        written = ("partner_id", "company_id", *MEASURES, *SCORES, *columns.values())
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
        """Take customers that left out of the segments; their measures stay as they were."""
        return SQL(
            """
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
