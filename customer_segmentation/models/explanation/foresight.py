import json
from bisect import bisect_right
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import floor

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.measures import SCORES
from ...tools.rule_words import as_condition, holds, parse, signed_leaves

# How far ahead a change is looked for, and at how many days at most.
HORIZON_DAYS = 3 * 366
MAX_DAYS = 150

# Days since a date, and the date: they turn over so many days after it.
DAYS_SINCE = {
    "recency_days": "last_order_date",
    "customer_age_days": "first_order_date",
    "won_back_days": "won_back_date",
    "days_overdue": "due_date",
}
DATE_COLUMNS = tuple(DAYS_SINCE.values())
CLOCK_FIELDS = {*DAYS_SINCE, "overdue_ratio", "recency_score", "recency_above_median"}
# What changes on the day a document leaves the window
WINDOW_COLUMNS = (
    "order_count_12m",
    "sales_12m",
    "net_sales_12m",
    "net_sales_prev_12m",
    "trend_ratio",
    "average_order",
)
WINDOW_FIELDS = {
    *WINDOW_COLUMNS,
    "frequency_score",
    "monetary_score",
    "accumulated_share",
    "frequency_above_median",
    "monetary_above_median",
    "frequency_above_limit",
    "average_order_above_limit",
}


class CustomerSegmentationForesight(models.AbstractModel):
    """What a dimension's rules say of one customer: today, on later days, after an order.

    The rules are not implemented a second time: every condition is compiled as the engine does
    and asked of the database, in one statement, over rows that stand for the situations: the
    profile as it is; the profile as it will be on a later day without an order, its dates moved
    back instead of the clock forward and its window emptied; the profile the engine's own
    statement gives with one order more. All the others are taken to stay as they are.
    """

    _name = "customer.segmentation.foresight"
    _description = "Segmentation Foresight"

    @api.model
    def _look(self, profile, dimension, amount=None):
        """Put the situations of a customer before the rules of a dimension.

        :param float amount: of the order supposed for today; None = none is supposed
        :return: dict of
            rules: [(segment, tree)] in their order, without the fallback
            truth: function of (leaf, positive): whether the condition holds today
            row: the profile's stored columns as the database has them (absent is None)
            segment: what the rules say today
            later: (day, segment) of the next change without an order; None if there is none
            can_foresee: whether a change by time alone can be told at all
            looks_at: set of the profile's fields the rules look at
            after_order: the segment after the order; None without an amount
        :raise ValueError: if a rule cannot be read
        Cost: five statements, and one for each rule that asks for the company's cut points.
        """
        criteria = profile._criteria(profile.company_id)
        today = self.env.context.get("segmentation_as_of") or criteria._today()
        foresight = self.sudo().with_context(
            segmentation_as_of=today,
            segmentation_cut_points=criteria.cut_points or {},
            allowed_company_ids=profile.company_id.ids,
            active_test=False,
        )
        return foresight._look_on(
            today, criteria, profile.with_env(foresight.env), dimension, amount
        )

    def _look_on(self, today, criteria, profile, dimension, amount):
        """``_look`` with the engine's rights and its clock."""
        rules, fallback = self._rules(profile, dimension, today)
        leaves = {
            repr(pair): pair for _segment, tree in rules for pair in signed_leaves(tree)
        }
        moving = self._moving_leaves(profile, dimension, rules, today)
        names = {leaf.path.split(".")[0] for leaf, _positive in leaves.values()}
        base, facts = self._stored_row(criteria, profile, bool(names & WINDOW_FIELDS))
        days = self._days_to_look_at(criteria, base, facts, leaves, moving, today)
        rows = [base, *(row for _day, row in days)]
        if amount is not None:
            rows.append({**base, **self._row_after_order(criteria, profile, today, amount)})
        truths = self._ask(criteria, rows, list(leaves.values()))

        def segment_in(number, day=None):
            truth = self._truth(profile, truths[0], truths[number], moving, day)
            return next((segment for segment, tree in rules if holds(tree, truth)), fallback)

        now = segment_in(0)
        later = next(
            (
                (day, segment)
                for number, (day, _row) in enumerate(days, 1)
                for segment in [segment_in(number, day)]
                if segment != now
            ),
            None,
        )
        return {
            "rules": rules,
            "truth": self._truth(profile, truths[0], truths[0], moving, None),
            "row": base,
            "segment": now,
            "later": later,
            "can_foresee": moving is not None,
            "looks_at": names,
            "after_order": segment_in(len(rows) - 1) if amount is not None else None,
        }

    def _rules(self, profile, dimension, day):
        """([(segment, tree)], fallback) of the active segments, dates reckoned from ``day``."""
        segments = self.env["customer.segmentation.segment"].search_fetch(
            [("dimension_id", "=", dimension.id), ("active", "=", True)],
            ["name", "sequence", "color", "domain", "is_fallback", "description"],
        )
        fallback = segments.filtered("is_fallback")[:1]
        rules = [
            (segment, parse(segment._get_domain(profile.company_id, day)))
            for segment in segments - fallback
        ]
        return rules, fallback

    # Conditions that move with the calendar

    def _moving_leaves(self, profile, dimension, rules, today):
        """Conditions whose date is reckoned from today: {repr of the pair: function of day}.

        None where what they will say cannot be told: the date is in another record, or is
        reckoned by the database's series of Odoo from the real today.
        """
        if any(
            self._is_relative(leaf) for _s, tree in rules for leaf, _sign in signed_leaves(tree)
        ):
            return None
        moving_segments = [
            (segment, tree) for segment, tree in rules if "context_today" in (segment.domain or "")
        ]
        moving = {}
        for segment, tree in moving_segments:
            pairs = signed_leaves(tree)
            after = signed_leaves(
                parse(segment._get_domain(profile.company_id, today + timedelta(days=31)))
            )
            for number, (pair, other) in enumerate(zip(pairs, after, strict=True)):
                if pair != other:
                    if "." in pair[0].path or not self._is_date(profile, pair[0].path):
                        return None
                    moving[repr(pair)] = self._leaf_of_day(profile, segment, number)
        return moving

    def _is_date(self, profile, path):
        return path in profile._fields and profile._fields[path].type in ("date", "datetime")

    def _is_relative(self, leaf):
        """Whether the value is a date in words ("today -7d", Odoo 19)."""
        value = leaf.value
        words = isinstance(value, str) and not value[:1].isdigit()
        path_field = self.env["customer.segmentation.profile"]._fields.get(leaf.path)
        return bool(words and path_field and path_field.type in ("date", "datetime"))

    def _leaf_of_day(self, profile, segment, number):
        """Function of day: the condition at that place of the segment's rule on that day."""
        return lambda day: signed_leaves(
            parse(segment._get_domain(profile.company_id, day))
        )[number]

    def _truth(self, profile, now, then, moving, day):
        """Function of (leaf, positive) -> bool for one situation.

        What neither the calendar nor an order changes is asked of the customer as it is today,
        which alone has its real id.
        """

        def truth(leaf, positive):
            key = repr((leaf, positive))
            if day and key in (moving or ()):
                moved, positive = moving[key](day)
                condition = as_condition(moved)
                domain = [condition] if positive else ["!", condition]
                return bool(profile.filtered_domain(domain))
            return (then if self._varies(leaf, day) else now)[key]

        return truth

    def _varies(self, leaf, day):
        """Whether a condition is asked anew: on a later day (else after an order)."""
        name = leaf.path.split(".")[0]
        if day:
            return name in CLOCK_FIELDS or name in WINDOW_FIELDS
        field = self.env["customer.segmentation.profile"]._fields.get(name)
        return name != "id" and not field.relational

    # Situations

    def _stored_row(self, criteria, profile, with_facts):
        """(row, facts): the columns as the database has them, for the ORM shows an absent number
        as 0; and, where asked for, the customer's sales as [(day, orders, sales, refunds)]."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT to_jsonb(profile), %s FROM %s profile WHERE id = %s",
                self._query_facts_by_day(criteria, profile) if with_facts else SQL("NULL"),
                SQL.identifier(profile._table),
                profile.id,
            )
        )
        row, facts = self.env.cr.fetchone()
        return row, [(date.fromisoformat(day), *numbers) for day, *numbers in facts or []]

    def _query_facts_by_day(self, criteria, profile):
        return SQL(
            """(
            SELECT jsonb_agg(jsonb_build_array(day.date, day.orders, day.sales, day.refunds))
              FROM (
                    SELECT date,
                           count(*) FILTER (WHERE kind = 'order') AS orders,
                           COALESCE(sum(amount) FILTER (WHERE kind = 'order'), 0) AS sales,
                           COALESCE(sum(amount) FILTER (WHERE kind = 'refund'), 0) AS refunds
                      FROM %s fact
                     WHERE partner_id = %s AND company_id = %s AND kind IN ('order', 'refund')
                  GROUP BY date
                   ) day
            )""",
            self.env["customer.segmentation.fact"]._table_query,
            profile.partner_id.id,
            criteria.company_id.id,
        )

    def _row_after_order(self, criteria, profile, day, amount):
        """The row the engine's own statement gives with an order of ``amount`` on ``day``."""
        engine = self.env["customer.segmentation.engine"].with_context(
            segmentation_supposed_order=(
                profile.partner_id.id, profile.company_id.id, day, float(amount)
            )
        )
        query = engine._query_measures(criteria, day, profile.partner_id.ids)
        self.env.cr.execute(SQL("SELECT to_jsonb(measure) FROM (%s) measure", query))
        found = self.env.cr.fetchone()
        return {**found[0], "id": profile.id} if found else {}

    def _days_to_look_at(self, criteria, base, facts, leaves, moving, today):
        """[(day, row)]: every day on which time alone can change an answer, soonest first."""
        if moving is None or not base["active"]:
            return []
        days = self._window_days(criteria, facts, today)
        for leaf, _positive in leaves.values():
            days |= self._turning_days(criteria, base, leaf, today)
        for key in moving:
            days |= self._moving_days(base, leaves[key][0], today)
        last = today + timedelta(days=HORIZON_DAYS)
        days = sorted(day for day in days if today < day <= last)[:MAX_DAYS]
        sums = self._running_sums(facts)
        return [(day, self._row_on(criteria, base, sums, today, day)) for day in days]

    def _turning_days(self, criteria, base, leaf, today):
        """The days on which a condition on the clock may turn."""
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        numbers = [value for value in values if type(value) in (int, float)]
        if leaf.path in DAYS_SINCE:
            counts = [(DAYS_SINCE[leaf.path], floor(number)) for number in numbers]
        elif leaf.path == "overdue_ratio":
            interval = base["order_interval_days"] or 0
            counts = [("last_order_date", floor(number * interval)) for number in numbers]
        elif leaf.path in ("recency_score", "recency_above_median"):
            counts = [
                ("last_order_date", days)
                for days in self._recency_limits(criteria, leaf.path, today)
            ]
        else:
            counts = []
        return {
            date.fromisoformat(base[column]) + timedelta(days=days + after)
            for column, days in counts
            if base[column] and abs(days) <= 10 * HORIZON_DAYS
            for after in (0, 1)
        }

    def _recency_limits(self, criteria, name, today):
        """Days of silence after which the recency score, or its side of the median, changes."""
        cuts = criteria.cut_points or {}
        if name == "recency_above_median":
            cut_days = [cuts.get("recency_median_date")]
        elif criteria._uses_quantiles(cuts):
            cut_days = cuts.get("recency_quantiles", [])
        else:
            return [criteria[f"recency_days_{score}"] for score in (5, 4, 3, 2)]
        return [(today - date.fromisoformat(day)).days for day in cut_days if day]

    def _moving_days(self, base, leaf, today):
        """Days around the one on which a date reckoned from today passes the profile's date.

        A month is not always as long: three days on either side.
        """
        values = leaf.value if isinstance(leaf.value, tuple) else (leaf.value,)
        column = base.get(leaf.path)
        limits = [str(value)[:10] for value in values if value]
        if not column:
            return set()
        return {
            today + (date.fromisoformat(column[:10]) - date.fromisoformat(limit))
            + timedelta(days=around)
            for limit in limits
            for around in range(-3, 4)
        }

    def _window_days(self, criteria, facts, today):
        """The days on which a day with documents enters or leaves a window."""
        start, previous = criteria._window(today)
        days = {day for day, *_amounts in facts if day > today}
        for windows, border in enumerate((start, previous)):
            days |= {
                self._leaving_day(criteria, day, windows)
                for day, *_amounts in facts
                if day > border
            }
        return days

    def _leaving_day(self, criteria, day, windows):
        """First as-of day whose window (0) or previous window (1) no longer holds ``day``."""
        leaving = day + relativedelta(months=(windows + 1) * criteria.window_months)
        while criteria._window(leaving)[windows] < day:  # months are not equally long
            leaving += timedelta(days=1)
        return leaving

    def _row_on(self, criteria, base, sums, today, day):
        """The profile on a later day without an order, its dates moved back by the days between.

        The clock stays on today, so that every condition is compiled once.
        """
        passed = day - today
        row = dict(base)
        for column in DATE_COLUMNS:
            if base[column]:
                row[column] = str(date.fromisoformat(base[column]) - passed)
        if sums[0]:
            row.update(self._window_measures(criteria, sums, day))
        return row

    def _running_sums(self, facts):
        """(days, sums): the sums of orders, sales and refunds before the first day, the second
        day, …, after the last."""
        facts = sorted(facts)
        sums = [(0, Decimal(0), Decimal(0))]
        for _day, orders, sales, refunds in facts:
            before = sums[-1]
            sums.append(
                (before[0] + orders, before[1] + Decimal(sales), before[2] + Decimal(refunds))
            )
        return [day for day, *_amounts in facts], sums

    def _window_measures(self, criteria, sums, as_of):
        """What the window holds on a day, as the engine computes it (a test compares them)."""
        days, totals = sums
        previous, start, end = (
            totals[bisect_right(days, day)] for day in (*reversed(criteria._window(as_of)), as_of)
        )
        unit = Decimal(1).scaleb(-criteria.company_id.currency_id.decimal_places)

        def rounded(amount):
            return amount.quantize(unit, ROUND_HALF_UP)

        # exact decimals, as the engine's numerics: 1.2 - 1 is 0.2
        orders = end[0] - start[0]
        sales = rounded(end[1] - start[1])
        net = rounded(end[1] + end[2] - start[1] - start[2])
        before = rounded(start[1] + start[2] - previous[1] - previous[2])
        return {
            "order_count_12m": orders,
            "sales_12m": float(sales),
            "net_sales_12m": float(net),
            "net_sales_prev_12m": float(before),
            "trend_ratio": float(net / before - 1) if before > 0 else None,
            "average_order": float(rounded(sales / orders)) if orders else None,
        }

    # Asking the database

    def _ask(self, criteria, rows, leaves):
        """[{repr of the pair: bool}] per row: one statement for all conditions and situations."""
        if not leaves:
            return [{} for _row in rows]
        profiles = self.env["customer.segmentation.profile"]
        # The first row keeps its real id, the others get ids that no profile has.
        rows = [
            {**row, "id": row["id"] if number == 0 else -number}
            for number, row in enumerate(rows)
        ]
        self.env.cr.execute(self._query_conditions(criteria, profiles, rows, leaves))
        answers = {
            row[0]: {repr(pair): bool(value) for pair, value in zip(leaves, row[1:], strict=True)}
            for row in self.env.cr.fetchall()
        }
        return [answers[row["id"]] for row in rows]

    def _query_conditions(self, criteria, profiles, rows, leaves):
        """Named like the profile's table, the rows stand in for it, as in the engine's rules."""
        table = SQL.identifier(profiles._table)
        columns = [
            name for name, field in profiles._fields.items()
            if field.store and field.column_type and name not in SCORES
        ]
        scores = self.env["customer.segmentation.engine"]._query_scores(
            criteria, criteria.cut_points or {}
        )
        return SQL(
            """
            WITH %(table)s AS MATERIALIZED (
                SELECT %(columns)s, %(scores)s
                  FROM jsonb_populate_recordset(NULL::%(table)s, %(rows)s)
            )
            SELECT id, %(conditions)s FROM %(table)s
            """,
            table=table,
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            scores=scores,
            rows=json.dumps(rows),
            conditions=SQL(", ").join(
                self._condition(profiles, leaf, positive) for leaf, positive in leaves
            ),
        )

    def _condition(self, profiles, leaf, positive):
        """A condition on the row of the profile's table, compiled as the engine compiles rules."""
        condition = as_condition(leaf)
        query = profiles._search([condition] if positive else ["!", condition])
        if query.from_clause.code == SQL.identifier(profiles._table).code:
            return SQL("(%s)", query.where_clause) if query.where_clause.code else SQL("TRUE")
        return SQL("%s IN %s", SQL.identifier(profiles._table, "id"), query.subselect())
