import json
from datetime import date, timedelta
from math import floor

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.tools import SQL

from ...tools.measures import SCORES
from ...tools.rule_words import as_condition, holds, parse, signed_leaves
from .situations import DaysComputation, SupposedOrderComputation

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
# What follows from another dimension's segment
SEGMENT_FIELDS = {"is_dormant_or_lost"}
# What changes on the day a document leaves the window
WINDOW_COLUMNS = (
    "order_count_12m",
    "sales_12m",
    "net_sales_12m",
    "net_sales_prev_12m",
    "has_trend",
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
        Cost: five statements, two for each dimension that the rules stand on, and one for each
        rule that asks for the company's cut points.
        """
        engine = self.env["customer.segmentation.engine"].sudo()
        criteria = profile._criteria(profile.company_id)
        today = profile._as_of_by_company()[profile.company_id]
        computation = engine._computation(criteria, today, profile.partner_id.ids)
        foresight = self.with_env(computation.engine.env)
        profile = profile.with_env(foresight.env)
        return foresight._look_on(computation, profile, dimension, amount)

    def _look_on(self, computation, profile, dimension, amount):
        """``_look`` with the engine's rights and its clock."""
        today = computation.as_of
        rules, fallback = self._rules(profile, dimension, today)
        names = self._names_of(rules)
        behind = self._rules_behind(profile, dimension, names, today)
        known = rules + [rule for _column, others, _fallback in behind for rule in others]
        moving = self._moving_leaves(profile, dimension, known, today)
        base, fact_days = self._stored_row(profile, bool(self._names_of(known) & WINDOW_FIELDS))
        days = self._days_to_look_at(computation, base, fact_days, self._leaves_of(known), moving)
        rows = [base, *self._situations(computation, base, days, amount)]

        def segment_in(truths, number, rules=rules, fallback=fallback):
            day = days[number - 1] if 0 < number <= len(days) else None
            truth = self._truth(profile, truths[0], truths[number], moving, day)
            return next((segment for segment, tree in rules if holds(tree, truth)), fallback)

        for column, others, other_fallback in behind:
            own_days = self._days_of_rules(computation, base, fact_days, others, moving)
            numbers = [
                number for number in range(len(rows))
                if not 0 < number <= len(days) or days[number - 1] in own_days
            ]
            asked = [rows[number] for number in numbers]
            truths = self._ask(computation, asked, [*self._leaves_of(others).values()])
            truths = dict(zip(numbers, truths, strict=True))
            self._stand_elsewhere(
                rows, column, {n: segment_in(truths, n, others, other_fallback) for n in numbers}
            )
        truths = self._ask(computation, rows, [*self._leaves_of(rules).values()])
        now = segment_in(truths, 0)
        later = next(
            (
                (day, segment)
                for number, day in enumerate(days, 1)
                for segment in [segment_in(truths, number)]
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
            "after_order": segment_in(truths, len(rows) - 1) if amount is not None else None,
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

    def _names_of(self, rules):
        """The profile's fields that rules look at."""
        return {leaf.path.split(".")[0] for leaf, _positive in self._leaves_of(rules).values()}

    def _leaves_of(self, rules):
        """{repr of the pair: (leaf, positive)} of all conditions."""
        return {repr(pair): pair for _segment, tree in rules for pair in signed_leaves(tree)}

    def _rules_behind(self, profile, dimension, names, day):
        """[(column, rules, fallback)] of the other dimensions that these fields stand for."""
        columns = profile._columns_behind(names) - {dimension.column_name}
        known = self.env["customer.segmentation.engine"]._segment_columns()
        return [
            (column, *self._rules(profile, dimension.browse(dimension_id), day))
            for dimension_id, column in known.items()
            if column in columns
        ]

    def _days_of_rules(self, computation, base, fact_days, rules, moving):
        """The days on which time alone can change the answer of these rules."""
        leaves = self._leaves_of(rules)
        moving = moving and {key: moving[key] for key in moving if key in leaves}
        if not self._names_of(rules) & WINDOW_FIELDS:
            fact_days = []
        return set(self._days_to_look_at(computation, base, fact_days, leaves, moving))

    def _stand_elsewhere(self, rows, column, segments):
        """Put into each situation the segment where the rules of its dimension put the customer.

        :param dict segments: {number of the row: segment}; between them they stay
        Where they say the same as today it stands as it does, be it by a person's decision.
        """
        segment = segments[0]
        for number, row in enumerate(rows):
            segment = segments.get(number, segment)
            if segment != segments[0]:
                row[column] = segment.id or None

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
            return name in CLOCK_FIELDS | WINDOW_FIELDS | SEGMENT_FIELDS
        field = self.env["customer.segmentation.profile"]._fields.get(name)
        return name != "id" and not field.relational

    # Situations

    def _stored_row(self, profile, with_days):
        """(row, days): the columns as the database has them, for the ORM shows an absent number
        as 0; and, where asked for, the days on which the customer has a sale or a refund."""
        self.env.flush_all()
        days = SQL(
            """(SELECT jsonb_agg(DISTINCT date) FROM %s fact
                 WHERE partner_id = %s AND company_id = %s AND kind IN ('order', 'refund'))""",
            self.env["customer.segmentation.fact"]._table_query,
            profile.partner_id.id,
            profile.company_id.id,
        )
        self.env.cr.execute(
            SQL(
                "SELECT to_jsonb(profile), %s FROM %s profile WHERE id = %s",
                days if with_days else SQL("NULL"),
                SQL.identifier(profile._table),
                profile.id,
            )
        )
        row, found = self.env.cr.fetchone()
        return row, [date.fromisoformat(day) for day in found or []]

    def _situations(self, computation, base, days, amount):
        """The profile on each later day without an order, and today with one of ``amount``.

        As the engine measures it, in one statement. The dates of a later day are moved back by
        the days between instead of the clock forward, so that every condition is compiled once.
        """
        queries = []
        if days:
            names = (*DATE_COLUMNS, *WINDOW_COLUMNS)
            queries.append(DaysComputation(computation, days, names).query())
        if amount is not None:
            queries.append(SupposedOrderComputation(computation, amount).query())
        if not queries:
            return []
        query = SQL(" UNION ALL ").join(SQL("(%s)", query) for query in queries)
        self.env.cr.execute(query)
        found = dict(self.env.cr.fetchall())
        known = {name: base[name] for name in DATE_COLUMNS}  # of who left since the last run
        rows = [
            {**base, **self._moved_back(found.get(day, known), computation, day)} for day in days
        ]
        if amount is not None:
            rows.append({**base, **found.get(None, {}), "id": base["id"]})
        return rows

    def _moved_back(self, values, computation, day):
        passed = day - computation.as_of
        return {
            name: str(date.fromisoformat(value) - passed)
            if value and name in DATE_COLUMNS
            else value
            for name, value in values.items()
        }

    def _days_to_look_at(self, computation, base, fact_days, leaves, moving):
        """Every day on which time alone can change an answer, soonest first."""
        if moving is None or not base["active"]:
            return []
        today = computation.as_of
        days = self._window_days(computation.criteria, fact_days, today)
        if fact_days and base["first_order_date"]:
            # from then on there are two full windows to compare
            day_before = date.fromisoformat(base["first_order_date"]) - timedelta(days=1)
            days.add(self._leaving_day(computation.criteria, day_before, 1))
        for leaf, _positive in leaves.values():
            days |= self._turning_days(computation.criteria, base, leaf, today)
        for key in moving:
            days |= self._moving_days(base, leaves[key][0], today)
        last = today + timedelta(days=HORIZON_DAYS)
        return sorted(day for day in days if today < day <= last)[:MAX_DAYS]

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

    def _window_days(self, criteria, fact_days, today):
        """The days on which a day with documents enters or leaves a window."""
        days = {day for day in fact_days if day > today}
        for windows, border in enumerate(criteria._window(today)):
            days |= {
                self._leaving_day(criteria, day, windows) for day in fact_days if day > border
            }
        return days

    def _leaving_day(self, criteria, day, windows):
        """First as-of day whose window (0) or previous window (1) no longer holds ``day``."""
        leaving = day + relativedelta(months=(windows + 1) * criteria.window_months)
        while criteria._window(leaving)[windows] < day:  # months are not equally long
            leaving += timedelta(days=1)
        return leaving

    # Asking the database

    def _ask(self, computation, rows, leaves):
        """[{repr of the pair: bool}] per row: one statement for all conditions and situations."""
        if not leaves:
            return [{} for _row in rows]
        # The first row keeps its real id, the others get ids that no profile has.
        rows = [
            {**row, "id": row["id"] if number == 0 else -number}
            for number, row in enumerate(rows)
        ]
        self.env.cr.execute(self._query_conditions(computation, rows, leaves))
        answers = {
            row[0]: {repr(pair): bool(value) for pair, value in zip(leaves, row[1:], strict=True)}
            for row in self.env.cr.fetchall()
        }
        return [answers[row["id"]] for row in rows]

    def _query_conditions(self, computation, rows, leaves):
        """Named like the profile's table, the rows stand in for it, as in the engine's rules."""
        engine = self.env["customer.segmentation.engine"]
        profiles = self.env["customer.segmentation.profile"]
        columns = [
            name for name, field in profiles._fields.items()
            if field.store and field.column_type and name not in SCORES
        ]
        return SQL(
            """
            WITH %(table)s AS MATERIALIZED (
                SELECT %(columns)s, %(scores)s
                  FROM jsonb_populate_recordset(NULL::%(table)s, %(rows)s)
            )
            SELECT id, %(conditions)s FROM %(table)s
            """,
            table=SQL.identifier(profiles._table),
            columns=SQL(", ").join(map(SQL.identifier, columns)),
            scores=engine._query_scores(computation),
            rows=json.dumps(rows),
            conditions=SQL(", ").join(
                engine._compile_domain(
                    [as_condition(leaf)] if positive else ["!", as_condition(leaf)]
                )
                for leaf, positive in leaves
            ),
        )
