from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from odoo import api, models
from odoo.tools import SQL

from ...tools import bands
from ..standards.limits import FREQUENCY_BANDS, RECENCY_BANDS
from .tables import DEFAULT_INTERVAL_DAYS, MEASURE, PROFILE


class CustomerSegmentationEngine(models.AbstractModel):
    """The population's cut points, and the scores that are read off them."""

    _inherit = "customer.segmentation.engine"

    # Population

    def _refresh_cut_points(self, computation):
        """Find the population's cut points, keep them, propose what nobody has set yet.

        Bands and limits are proposed once and then stay until a person changes them.
        """
        criteria = computation.criteria
        self._execute(self._query_cut_points(computation.as_of))
        found = self.env.cr.dictfetchone()
        cut_points = self._cut_points_found(computation, found)
        vals = {
            "quantiles_refused": criteria.score_method == "quantiles"
            and not criteria._uses_quantiles(cut_points),
            "cut_points": cut_points,
            **self._propose_limits(criteria, found),
            **self._propose_bands(criteria, found, computation.as_of),
        }
        vals = {name: value for name, value in vals.items() if criteria[name] != value}
        if vals:
            criteria._keep_found(vals)
            criteria.flush_recordset()
        return cut_points

    def _cut_points_found(self, computation, found):
        """The cut points as they are kept, in JSON."""
        median_days = found["recency_median_days"]
        return {
            "median_interval_days": found["median_interval_days"] or DEFAULT_INTERVAL_DAYS,
            "scored_customers": found["scored_customers"],
            "recency_quantiles": [str(day) for day in found["recency_quantiles"] or []],
            "frequency_quantiles": [float(value) for value in found["frequency_quantiles"] or []],
            "monetary_quantiles": [float(value) for value in found["monetary_quantiles"] or []],
            # whole days: at most 12.5 days ago is at most 12
            "recency_median_date": median_days is not None
            and str(computation.as_of - timedelta(days=int(median_days)))
            or None,
            "frequency_median": found["frequency_median"] or 0,
            "monetary_median": found["monetary_median"] or 0,
            "accumulated_share": self._share_cut_points(
                "segmentation_measure", computation.company, self._shares_in_rules(computation)
            ),
        }

    def _propose_limits(self, criteria, found):
        vals = {}
        if not criteria._monetary_is_proposed() and found["monetary_points"]:
            points = [self._two_digits(value) for value in found["monetary_points"]]
            names = ("monetary_2", "monetary_3", "monetary_4", "monetary_5")
            vals.update(zip(names, points, strict=True))
        if not criteria._limits_are_proposed() and found["frequency_limit"]:
            vals["frequency_limit"] = found["frequency_limit"]
            vals["average_order_limit"] = found["average_order_limit"]
        return vals

    def _propose_bands(self, criteria, found, as_of):
        """Recency and frequency bands in the place of those that part nobody, looked at once.

        By the first run that finds as many customers as there are scores; from then on they stay
        until a person changes them, and what a person set before it stays too.
        """
        if criteria._bands_are_looked_at() or found["scored_customers"] < bands.SCORES:
            return {}
        default = criteria.default_get([*RECENCY_BANDS, *FREQUENCY_BANDS])
        better = self._better_bands(criteria, MEASURE, as_of)
        for names in (RECENCY_BANDS, FREQUENCY_BANDS):
            if any(criteria[name] != default[name] for name in names):
                better = {name: limit for name, limit in better.items() if name not in names}
        return {"bands_looked_at": True, **better}

    @api.model
    def _better_bands_of_profiles(self, criteria):
        """What would part the customers as they were last classified; see ``_better_bands``."""
        criteria.flush_model()
        as_of = criteria.last_run_date or criteria.company_id._segmentation_today()
        return self._better_bands(criteria, PROFILE, as_of)

    def _better_bands(self, criteria, table, as_of):
        """The limits of those bands that part nobody, at the fifths of the customers.

        :param SQL table: measures or profiles
        :return: {name of the limit: whole days or orders}
        """
        self._execute(self._query_band_values(criteria.company_id, table, as_of))
        counts = {"recency": {}, "frequency": {}}
        for measure, value, count in self.env.cr.fetchall():
            counts[measure][value] = count
        result = {}
        for measure, names in (("recency", RECENCY_BANDS), ("frequency", FREQUENCY_BANDS)):
            limits = [criteria[name] for name in names]
            limits = bands.better(counts[measure], limits, at_most=measure == "recency")
            result.update(zip(names, limits or (), strict=False))
        return result

    def _query_band_values(self, company, table, as_of):
        """(measure, its value in whole days or orders, customers of the window with it)."""
        buyers = SQL(
            "FROM %s WHERE company_id = %s AND active AND order_count_12m > 0", table, company.id
        )
        return SQL(
            """
            SELECT 'recency', %(as_of)s - last_order_date, count(*) %(buyers)s GROUP BY 2
         UNION ALL
            SELECT 'frequency', order_count_12m, count(*) %(buyers)s GROUP BY 2
            """,
            as_of=as_of,
            buyers=buyers,
        )

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

    def _shares_in_rules(self, computation):
        """[(operator, share)] of the accumulated shares that the segments' rules name."""
        shares = set()
        dimensions = self.env["customer.segmentation.dimension"].sudo().search([])
        for segment in (s for item in dimensions for s in computation.segments_of(item)):
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
                SELECT %(points)s FROM (%(curve)s) curve
                """,
                curve=self._query_curve(table, company),
                points=SQL(", ").join(
                    SQL(
                        "min(value) FILTER (WHERE 100 * before %s %s * total)",
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

    @api.model
    def _query_curve(self, table, company):
        """The Pareto curve: value, the sales before it (its ties left out), and all sales.

        :param str table: table with company_id, active and net_sales_12m
        """
        return SQL(
            """SELECT value,
                      sum(tied) OVER (ORDER BY value DESC) - tied AS before,
                      sum(tied) OVER () AS total
                 FROM (SELECT net_sales_12m AS value, sum(net_sales_12m) AS tied
                         FROM %s
                        WHERE company_id = %s AND active AND net_sales_12m > 0
                     GROUP BY net_sales_12m) amount""",
            SQL.identifier(table),
            company.id,
        )

    # Scores

    def _query_scores(self, computation):
        """Select list of the three scores, 1 to 5, from the measures; never bought: none."""
        criteria, cut_points = computation.criteria, computation.cut_points
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
                    computation.as_of - timedelta(days=days)
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
