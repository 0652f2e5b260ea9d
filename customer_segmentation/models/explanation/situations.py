from odoo.tools import SQL

from ..engine.computation import Computation

KNOWN = SQL.identifier("segmentation_known")
DAY = ("as_of", "start", "previous_start", "silences_start")


class SituationComputation(Computation):
    """The customers of a computation in another situation, by its criteria and cut points."""

    def __init__(self, computation):
        super().__init__(
            computation.engine, computation.criteria, computation.as_of, computation.partner_ids,
            computation.cut_points,
        )


class SupposedOrderComputation(SituationComputation):
    """Today, with one order more of the only customer."""

    def __init__(self, computation, amount):
        super().__init__(computation)
        self.amount = amount

    def query_facts(self):
        [partner_id] = self.partner_ids
        return SQL(
            """(SELECT partner_id, company_id, date, kind, amount, probability
                  FROM %s known
             UNION ALL
                SELECT %s::int, %s::int, %s::date, 'order', %s::float8, NULL::float8)""",
            super().query_facts(),
            partner_id,
            self.company.id,
            self.as_of,
            float(self.amount),
        )

    def query(self):
        """Its only row: no day, the measures."""
        return SQL(
            "SELECT NULL::date, to_jsonb(measure) FROM (%s) measure",
            self.engine._query_measures(self),
        )


class DaysComputation(SituationComputation):
    """Some customers on several days at once, by the engine's own statement.

    :param list days: of dates
    :param names: measures that are asked for; they need no joins
    """

    def __init__(self, computation, days, names):
        super().__init__(computation)
        self._days = days
        self._measures = {name: computation.measures[name] for name in names}

    def clock(self):
        return tuple(SQL.identifier("day", name) for name in DAY)

    def query_rhythm(self):
        return SQL("SELECT * FROM %s", KNOWN)

    def joins(self):
        return []

    def query(self):
        """Rows (day, {measure: value})."""
        return SQL(
            """WITH %(known)s AS MATERIALIZED (%(rhythm)s), day (%(names)s) AS (VALUES %(days)s)
             SELECT day.as_of, jsonb_build_object(%(values)s)
               FROM day CROSS JOIN LATERAL (%(measures)s) measure""",
            known=KNOWN,
            rhythm=super().query_rhythm(),
            names=SQL(", ").join(map(SQL.identifier, DAY)),
            days=SQL(", ").join(
                SQL("(%s)", SQL(", ").join(SQL("%s", day) for day in self.clock_on(day)))
                for day in self._days
            ),
            values=SQL(", ").join(
                SQL("%s, %s", name, SQL.identifier("measure", name)) for name in self._measures
            ),
            measures=self.engine._query_measures(self),
        )
