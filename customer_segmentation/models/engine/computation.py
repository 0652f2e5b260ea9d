from dateutil.relativedelta import relativedelta


def at(records, company, as_of, cut_points):
    """The records in the context from which searches of the profile take the day and cut points.

    Odoo hands nothing else to the search method of a field.
    """
    return records.with_context(
        segmentation_as_of=as_of,
        segmentation_cut_points=cut_points,
        allowed_company_ids=company.ids,
        active_test=False,
    )


class Computation:
    """One computation of one company: its day, customers, cut points and segments.

    The models give the statements, this holds what they share. Another kind of computation (a
    draft's, a past month's) is a subclass: it says where facts, answers and segments come from,
    and what becomes of the rules' answers.

    :param engine: the engine, with the rights and the language of the computation
    :param criteria: the company's criteria, or what has their limits in their place
    :param date as_of: calendar day in the company's time zone
    :param list[int] partner_ids: commercial partners; None = all
    :param dict cut_points: None = those kept in ``criteria``
    """

    def __init__(self, engine, criteria, as_of, partner_ids=None, cut_points=None):
        self.criteria = criteria
        self.company = criteria.company_id
        self.as_of = as_of
        self.partner_ids = partner_ids
        self._measures = None
        self._segments = None
        self._engine = engine
        self.take(cut_points if cut_points is not None else criteria.cut_points or {})

    def take(self, cut_points):
        """Go on with these cut points."""
        self.cut_points = cut_points
        self.engine = at(self._engine, self.company, self.as_of, cut_points)

    @property
    def measures(self):
        """{column of the profile: Measure}"""
        if self._measures is None:
            self._measures = self.engine._measures(self)
        return self._measures

    def of(self, alias, column):
        """The condition that a column is one of the computation's customers."""
        return self.engine._partner_condition(alias, column, self.partner_ids)

    def clock(self):
        """The days a statement reckons from: (as_of, start of the window, of the one before,
        and the day after which an order may win back)."""
        return self.clock_on(self.as_of)

    def clock_on(self, day):
        start, previous_start = self.criteria._window(day)
        # being won back lasts 90 days, however short the window is
        return day, start, previous_start, min(start, day - relativedelta(months=12))

    def joins(self):
        """What the measures need beside the customer's documents."""
        return self.engine._measure_joins(self)

    def query_facts(self):
        """The table of the facts."""
        return self.engine.env["customer.segmentation.fact"].sudo()._table_query

    def query_rhythm(self):
        """Where the facts by customer and day come from."""
        return self.engine._query_rhythm(self)

    def segments_of(self, dimension):
        """The segments of a dimension in the order of their rules; all are read at once."""
        if self._segments is None:
            self._segments = self.engine._read_segments()
        return self._segments.get(dimension, dimension.env["customer.segmentation.segment"])

    def settle(self, dimensions):
        """Change the rules' answers in the result, before rules over them are evaluated.

        By the engine without the context of searches: what is archived does not count here.
        """


class RunComputation(Computation):
    """The computation whose results are written: grace days and people's decisions count."""

    def settle(self, dimensions):
        self._engine._settle_result(self, dimensions)
