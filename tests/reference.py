"""A second opinion on every measure, score and segment of customer segmentation.

Written from the definitions alone, in plain Python over plain lists, one customer at a time: clear
rather than fast. Nothing of the addon is imported, so that a mistake of the engine cannot be here
too. Amounts are exact (``Fraction``), because ties and "exactly at the limit" are what differ
between two implementations that are both nearly right.

    facts = [Fact(7, 1, date(2024, 5, 2), "order", 1200), ...]
    result = classify(facts, company_id=1, as_of=date(2024, 6, 30))
    result.customers[7]["segments"]["lifecycle"]     -> "new"
    result.population["monetary_bands"]              -> [120, 450, 1300, 5200]

An absent value is None, never 0.
"""

import calendar
import math
from collections import Counter, defaultdict, namedtuple
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

#: One dated event. ``kind`` is order, refund (amount negative), credit note (negative too: one that
#: names no sale), quotation or opportunity; the last two are the documents still open.
#: ``probability`` (0-100) belongs to opportunities.
Fact = namedtuple("Fact", "partner_id company_id date kind amount probability", defaults=(None,))

#: One answer: ``kind`` is five (1-5) or nps (0-10), ``value`` as it was given.
Answer = namedtuple("Answer", "partner_id company_id date kind value")

#: The definitions' defaults. None = taken from today's population.
CRITERIA = {
    "window_months": 12,
    "score_method": "bands",  # or "quantiles"
    "quantiles_from_customers": 50,
    "recency_bands": (30, 90, 180, 365),  # days: at most 30 -> 5 ... more than 365 -> 1
    "frequency_bands": (2, 3, 6, 12),  # orders of the window: from 12 -> 5 ... fewer than 2 -> 1
    "first_run": False,  # which proposes other bands where one of the two above parts nobody
    "monetary_bands": None,  # net sales of the window
    "value_a_percent": 70,
    "value_b_percent": 90,
    "frequency_limit": None,  # orders of the window; high is above it
    "average_order_limit": None,
    "new_days": 90,
    "won_back_days": 90,
    "rhythm_order_days": 3,  # with fewer order days the fixed limits hold
    "rhythm_ratios": (2, 3, 4),  # at risk, dormant, lost
    "rhythm_silence_days": (30, 60, 90),  # never before
    "rhythm_always_days": (365, 545, 730),  # whatever the rhythm
    "fixed_days": (90, 180, 365),  # at risk, dormant, lost
    "trend_percent": 20,
    "probability_limit": 50,
}

#: Dimension -> all its segments, in order, by the names the addon's external ids end with.
SEGMENTS = {
    "rfm": (
        "champions", "loyal", "potential_loyalists", "new", "promising", "need_attention",
        "about_to_sleep", "at_risk", "cant_lose", "hibernating", "prospects",
    ),
    "rfm8": (
        "important_value", "important_keep", "important_develop", "important_win_back",
        "general_value", "general_keep", "general_develop", "general_win_back", "never_bought",
    ),
    "value": ("a", "b", "c", "no_sales"),
    "frequency_amount": ("high_low", "high_high", "low_high", "low_low", "no_orders"),
    "lifecycle": ("prospect", "won_back", "new", "lost", "dormant", "at_risk", "active"),
    "trend": ("rising", "falling", "stable", "new", "none"),
    "stage": ("customer", "strong_interest", "first_interest", "potential"),
    "satisfaction": ("delighted", "satisfied", "neutral", "dissatisfied", "unknown"),
}  # fmt: skip


@dataclass
class Classification:
    """``customers``: {partner_id: measures, plus "segments": {dimension: segment}};
    ``population``: what was taken from everybody (median interval, bands, medians)."""

    customers: dict = field(default_factory=dict)
    population: dict = field(default_factory=dict)


def classify(facts, company_id, as_of, criteria=None, customers=None, answers=()):
    """Classify the customers of one company as of the end of one day.

    :param customers: ids of the partners to classify (so that those without a fact are there and
        archived ones are not); None = everybody with a fact of the company
    :return Classification: amounts and ratios as Fraction, days as date
    """
    limits = {**CRITERIA, **(criteria or {})}
    by_partner = _facts_by_partner(facts, company_id, as_of, customers)
    windows = _windows(as_of, limits["window_months"])
    rows = {
        partner_id: _sales_measures(partner_facts, windows, limits["window_months"])
        for partner_id, partner_facts in by_partner.items()
    }
    median_interval = _median_interval(rows.values())
    for partner_id, row in rows.items():
        row.update(_open_documents(by_partner[partner_id]))
        row.update(_rhythm(row, as_of, median_interval))
        row["won_back_date"] = _won_back_date(row, windows, median_interval, limits)
    population = _population(rows.values(), limits)
    population["median_interval_days"] = median_interval
    shares = _shares_before(rows)
    satisfaction = _satisfaction(answers, company_id, as_of)
    for partner_id, row in rows.items():
        row["satisfaction_score"], row["satisfaction_count"] = satisfaction.get(
            partner_id, (None, 0)
        )
        row.update(_scores(row, population, limits))
        row["share_before"] = shares.get(partner_id)
        row["segments"] = _segments(row, as_of, population, limits)
    return Classification(rows, population)


# ---------------------------------------------------------------------------------------- days


def months_before(day, months):
    """The same day of an earlier month, or that month's last day (29 February - 12 months = 28)."""
    count = day.year * 12 + (day.month - 1) - months
    year, month = divmod(count, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _windows(as_of, months):
    """(start, end] of the window and of the one before it."""
    start = months_before(as_of, months)
    return {"current": (start, as_of), "previous": (months_before(as_of, 2 * months), start)}


def _within(facts, window):
    return [fact for fact in facts if window[0] < fact.date <= window[1]]


# ------------------------------------------------------------------------------------ measures


def _facts_by_partner(facts, company_id, as_of, customers):
    by_partner = defaultdict(list, {partner_id: [] for partner_id in customers or ()})
    for fact in (Fact(*fact) for fact in facts):
        known = customers is None or fact.partner_id in by_partner
        if known and fact.company_id == company_id and fact.date <= as_of:
            by_partner[fact.partner_id].append(fact._replace(amount=_exact(fact.amount)))
    return {partner_id: _settle_credit_notes(own) for partner_id, own in by_partner.items()}


def _settle_credit_notes(facts):
    """A loose credit note is a refund where an order of its day or before stands, else nothing."""
    first_order = min((fact.date for fact in facts if fact.kind == "order"), default=date.max)
    return [
        fact._replace(kind="refund") if fact.kind == "credit note" else fact
        for fact in facts
        if fact.kind != "credit note" or fact.date >= first_order
    ]


def _exact(number):
    """A float is meant as it is written: 0.1 is one tenth."""
    return Fraction(str(number or 0))


def _sales_measures(facts, windows, months):
    orders = [fact for fact in facts if fact.kind == "order"]
    sales = [fact for fact in facts if fact.kind in ("order", "refund")]
    # An order of amount 0 is an order, but no order day; who has only such ones still has dates.
    order_days = sorted({fact.date for fact in orders if fact.amount > 0})
    dates = order_days or sorted({fact.date for fact in orders})
    recent_orders = _within(orders, windows["current"])
    # free orders lower no average; where all are free, it is 0
    averaged = [order for order in recent_orders if order.amount > 0] or recent_orders
    recent_sales = _within(sales, windows["current"])
    gross, net = _total(orders), _total(sales)
    sales_12m = _total(recent_orders)
    net_sales_12m = _total(recent_sales)
    previous = _total(_within(sales, windows["previous"]))
    # two full windows or none: bought on the first day of the previous one, or before
    first_day = windows["previous"][0] + timedelta(days=1)
    comparable = previous > 0 and bool(dates) and dates[0] <= first_day
    return {
        "order_days": order_days,
        "first_order_date": dates[0] if dates else None,
        "last_order_date": dates[-1] if dates else None,
        "order_count": len(orders),
        "order_day_count": len(order_days),
        "order_count_12m": len(recent_orders),
        "net_sales": net,
        "sales_12m": sales_12m,
        "net_sales_12m": net_sales_12m,
        "net_sales_prev_12m": previous,
        "trend_ratio": net_sales_12m / previous - 1 if comparable else None,
        "average_order": sales_12m / len(averaged) if averaged else None,
        "stake": _stake(sales, dates, windows["current"], months),
        "refund_ratio": (gross - net) / gross if gross > 0 else None,
    }


def _stake(sales, dates, window, months):
    """What the customer usually buys in 90 days; of one silent all the window, bought.

    What came back after the last order is taken off there, too.
    """
    if not dates:
        return Fraction(0)
    start, end = window
    if _total(_within(sales, window)) <= 0:
        start, end = months_before(dates[-1], months), dates[-1]
    usual = max(_total(_within(sales, (start, window[1]))), Fraction(0))
    days = min((end - dates[0]).days + 1, (end - start).days)
    return usual * 90 / max(days, 90)


def _total(facts):
    return sum((fact.amount for fact in facts), Fraction(0))


def _open_documents(facts):
    quotations = [fact for fact in facts if fact.kind == "quotation"]
    opportunities = [fact for fact in facts if fact.kind == "opportunity"]
    return {
        "open_quotation_count": len(quotations),
        "open_opportunity_count": len(opportunities),
        "opportunity_probability": max(
            (_exact(fact.probability) for fact in opportunities), default=None
        ),
    }


def _median_interval(rows):
    """Median over the customers with two or more order days of their mean days between orders."""
    means = [
        Fraction((row["order_days"][-1] - row["order_days"][0]).days, row["order_day_count"] - 1)
        for row in rows
        if row["order_day_count"] >= 2
    ]
    # in whole days, half to even: it must not move with every order of anybody
    return Fraction(round(median(means))) if means else Fraction(30)


def _interval(first, last, order_day_count, median_interval):
    """Mean days between orders, drawn towards the company's as if two more had been seen."""
    seen = max(order_day_count - 1, 0)
    return ((last - first).days + 2 * median_interval) / (seen + 2)


def _rhythm(row, as_of, median_interval):
    rhythm = dict.fromkeys(
        ("recency_days", "order_interval_days", "expected_order_date", "overdue_ratio")
    )
    last = row["last_order_date"]
    if last:
        # Who has only orders of amount 0 has no order day; the company's interval is all we know.
        first = row["first_order_date"] if row["order_days"] else last
        interval = _interval(first, last, row["order_day_count"], median_interval)
        expected = last + timedelta(days=round(interval))
        rhythm["recency_days"] = (as_of - last).days
        rhythm["order_interval_days"] = interval
        rhythm["overdue_ratio"] = rhythm["recency_days"] / interval
        rhythm["expected_order_date"] = max(expected, as_of + timedelta(days=1))
    return rhythm


def _half_up(number):
    return math.floor(number + Fraction(1, 2))


def _won_back_date(row, windows, median_interval, limits):
    """The last order day of the window that ended a silence over the lost limit."""
    start, end = windows["current"]
    days = row["order_days"]
    found = None
    for position in range(1, len(days)):
        silence = (days[position] - days[position - 1]).days
        before = _interval(days[0], days[position - 1], position, median_interval)
        if start < days[position] <= end and _silent_beyond(2, silence, position, before, limits):
            found = days[position]
    return found


def _silent_beyond(level, silence, order_day_count, interval, limits):
    """Is a silence over the limit: level 0 at risk, 1 dormant, 2 lost?"""
    if order_day_count < limits["rhythm_order_days"]:
        return silence > limits["fixed_days"][level]
    own_rhythm = limits["rhythm_ratios"][level] * interval
    late = silence >= limits["rhythm_silence_days"][level] and silence > own_rhythm
    return late or silence > limits["rhythm_always_days"][level]


def answer_score(answer):
    """0-100."""
    return answer.value * 10 if answer.kind == "nps" else (answer.value - 1) * 25


def _satisfaction(answers, company_id, as_of):
    """{partner_id: (score to two decimals, number of answers)} of the 12 months up to ``as_of``.

    The weights are those of the definition, by the age on ``as_of``.
    """
    window = _windows(as_of, 12)["current"]
    by_partner = defaultdict(list)
    for answer in _within(answers, window):
        if answer.company_id == company_id:
            by_partner[answer.partner_id].append(answer)
    return {
        partner_id: (_weighted_score(theirs, as_of), len(theirs))
        for partner_id, theirs in by_partner.items()
    }


def _weighted_score(answers, as_of):
    """In decimals of 50 digits, so that what lies exactly between two is rounded up."""
    with localcontext(prec=50):
        weights = [
            Decimal("0.5") ** (Decimal((as_of - answer.date).days) / 180) for answer in answers
        ]
        scores = [answer_score(answer) for answer in answers]
        weighted = [weight * score for weight, score in zip(weights, scores, strict=True)]
        mean = sum(weighted) / sum(weights)
        return mean.quantize(Decimal("1e-30")).quantize(Decimal("0.01"), ROUND_HALF_UP)


# ---------------------------------------------------------------------------------- population


def median(values):
    """As PostgreSQL's percentile_cont(0.5): the mean of the two in the middle."""
    ordered = sorted(values)
    middle = len(ordered) // 2
    if len(ordered) % 2:
        return ordered[middle]
    return Fraction(ordered[middle - 1] + ordered[middle]) / 2


def percentile_disc(values, percent):
    """As PostgreSQL's: the first value at or below which lie ``percent`` % of the values."""
    ordered = sorted(values)
    return ordered[max(-(-percent * len(ordered) // 100), 1) - 1]


def cut_points(values):
    """The 20, 40, 60 and 80 % points."""
    return [percentile_disc(values, percent) for percent in (20, 40, 60, 80)] if values else []


def two_digits(amount):
    """Rounded half up to two significant digits: 1249 -> 1200, 0.125 -> 0.13."""
    if not amount:
        return Fraction(0)
    unit = Fraction(1)
    while amount / unit >= 100:
        unit *= 10
    while amount / unit < 10:
        unit /= 10
    return _half_up(amount / unit) * unit


def _parting_bands(values, bands, band_of):
    """The fifths where more than half of the values share a band and they divide better."""

    def largest(limits):
        return max(Counter(band_of(value, limits) for value in values).values(), default=0)

    proposed = []
    for point in cut_points(values):
        proposed.append(max([point] + [earlier + 1 for earlier in proposed[-1:]]))
    if len(values) >= 5 and largest(bands) > len(values) / 2 and largest(proposed) < largest(bands):
        return proposed
    return bands


def _bands(ordering, limits):
    """Bands of recency and frequency: those given, or what a first run makes of them."""
    recency, frequency = limits["recency_bands"], limits["frequency_bands"]
    if limits["first_run"]:
        days = [row["recency_days"] for row in ordering]
        orders = [row["order_count_12m"] for row in ordering]
        recency = _parting_bands(days, recency, _within_days)
        frequency = _parting_bands(orders, frequency, _reached)
    return {"recency_bands": recency, "frequency_bands": frequency}


def _population(rows, limits):
    buyers = [row for row in rows if row["order_count"]]
    paying = [row for row in buyers if row["net_sales_12m"] > 0]
    ordering = [row for row in buyers if row["order_count_12m"]]
    amounts = [row["net_sales_12m"] for row in paying]
    quantiles = (
        limits["score_method"] == "quantiles"
        and len(ordering) >= limits["quantiles_from_customers"]
    )
    return {
        **_bands(ordering, limits),
        "score_method": "quantiles" if quantiles else "bands",
        "monetary_bands": _chosen(
            limits["monetary_bands"], [two_digits(cut) for cut in cut_points(amounts)]
        ),
        "recency_cuts": cut_points([row["last_order_date"] for row in ordering]),
        "frequency_cuts": cut_points([row["order_count_12m"] for row in ordering]),
        "monetary_cuts": cut_points([row["net_sales_12m"] for row in ordering]),
        "median_recency_days": _median_of(paying, "recency_days"),
        "median_frequency": _median_of(paying, "order_count_12m"),
        "median_monetary": _median_of(paying, "net_sales_12m"),
        "frequency_limit": _chosen(
            limits["frequency_limit"], _median_of(ordering, "order_count_12m")
        ),
        "average_order_limit": _chosen(
            limits["average_order_limit"], _median_of(ordering, "average_order")
        ),
    }


def _chosen(by_person, proposed):
    return proposed if by_person is None else by_person


def _median_of(rows, name):
    return median([row[name] for row in rows]) if rows else None


def _shares_before(rows):
    """{partner_id: share of the positive net sales that customers with more have together}"""
    amounts = {
        partner_id: row["net_sales_12m"]
        for partner_id, row in rows.items()
        if row["net_sales_12m"] > 0
    }
    total = sum(amounts.values())
    return {
        partner_id: sum(other for other in amounts.values() if other > amount) / total
        for partner_id, amount in amounts.items()
    }


# -------------------------------------------------------------------------------------- scores


def _reached(value, cuts):
    """1-5: a band is reached at its lower border."""
    return 1 + sum(value >= cut for cut in cuts)


def _within_days(value, cuts):
    """1-5: fewer days are better, and a band holds its upper border."""
    return 1 + sum(value <= cut for cut in cuts)


def _passed(value, cuts):
    """1-5: a quantile's cut point still belongs to the score below it."""
    return 1 + sum(value > cut for cut in cuts)


def _scores(row, population, limits):
    if not row["order_count"]:
        return dict.fromkeys(("recency_score", "frequency_score", "monetary_score"))
    by_method = (
        _scores_by_quantiles if population["score_method"] == "quantiles" else _scores_by_bands
    )
    recency, frequency, monetary = by_method(row, population, limits)
    return {
        "recency_score": recency,
        "frequency_score": frequency,
        "monetary_score": monetary if row["net_sales_12m"] > 0 else 1,
    }


def _scores_by_bands(row, population, _limits):
    return (
        _within_days(row["recency_days"], population["recency_bands"]),
        _reached(row["order_count_12m"], population["frequency_bands"]),
        _reached(row["net_sales_12m"], population["monetary_bands"]),
    )


def _scores_by_quantiles(row, population, limits):
    """Cut points of the customers with an order in the window; the later last order is better."""
    return (
        _passed(row["last_order_date"], population["recency_cuts"]),
        _passed(row["order_count_12m"], population["frequency_cuts"]),
        _passed(row["net_sales_12m"], population["monetary_cuts"]),
    )


# ------------------------------------------------------------------------------------ segments


def _segments(row, as_of, population, limits):
    lifecycle = _lifecycle(row, as_of, limits)
    return {
        "rfm": _rfm(row["recency_score"], row["frequency_score"]),
        "rfm8": _rfm8(row, population),
        "value": _value(row["share_before"], limits),
        "frequency_amount": _frequency_amount(row, population),
        "lifecycle": lifecycle,
        "trend": _trend(row, lifecycle, limits),
        "stage": _stage(row, limits),
        "satisfaction": _satisfaction_segment(row),
    }


def _satisfaction_segment(row):
    score = row["satisfaction_score"]
    if score is None:
        return "unknown"
    for limit, segment in ((90, "delighted"), (70, "satisfied"), (50, "neutral")):
        if score >= limit:
            return segment
    return "dissatisfied"


#: Frequency score -> segment for the recency scores 1, 2, 3, 4, 5.
_RFM_GRID = {
    5: "cant_lose   cant_lose   loyal          loyal               champions",
    4: "at_risk     at_risk     loyal          loyal               champions",
    3: "at_risk     at_risk     need_attention potential_loyalists potential_loyalists",
    2: "hibernating hibernating about_to_sleep potential_loyalists potential_loyalists",
    1: "hibernating hibernating about_to_sleep promising           new",
}


def _rfm(recency_score, frequency_score):
    if recency_score is None:
        return "prospects"
    return _RFM_GRID[frequency_score].split()[recency_score - 1]


#: (recency, frequency) high or low -> what to do; the amount says for whom.
_RFM8 = {
    (True, True): "value",
    (False, True): "keep",
    (True, False): "develop",
    (False, False): "win_back",
}


def _rfm8(row, population):
    if not row["order_count"]:
        return "never_bought"
    if population["median_recency_days"] is None:
        return "general_win_back"
    recency = row["recency_days"] <= population["median_recency_days"]
    frequency = row["order_count_12m"] > population["median_frequency"]
    important = row["net_sales_12m"] > population["median_monetary"]
    return f"{'important' if important else 'general'}_{_RFM8[recency, frequency]}"


def _value(share_before, limits):
    if share_before is None:
        return "no_sales"
    if share_before * 100 < limits["value_a_percent"]:
        return "a"
    return "b" if share_before * 100 < limits["value_b_percent"] else "c"


def _frequency_amount(row, population):
    """Named value first: high_low is a high average order, seldom."""
    if not row["order_count_12m"]:
        return "no_orders"
    value = "high" if row["average_order"] > population["average_order_limit"] else "low"
    frequency = "high" if row["order_count_12m"] > population["frequency_limit"] else "low"
    return f"{value}_{frequency}"


def _lifecycle(row, as_of, limits):
    if not row["order_count"]:
        return "prospect"
    if row["won_back_date"] and (as_of - row["won_back_date"]).days <= limits["won_back_days"]:
        return "won_back"
    if (as_of - row["first_order_date"]).days <= limits["new_days"]:
        return "new"
    for level, segment in ((2, "lost"), (1, "dormant"), (0, "at_risk")):
        if _silent_beyond(
            level, row["recency_days"], row["order_day_count"], row["order_interval_days"], limits
        ):
            return segment
    return "active"


def _trend(row, lifecycle, limits):
    current = row["net_sales_12m"]
    if lifecycle in ("dormant", "lost"):
        return "none"
    if row["trend_ratio"] is None:
        return "new" if current > 0 else "none"
    if row["trend_ratio"] * 100 >= limits["trend_percent"]:
        return "rising"
    return "falling" if row["trend_ratio"] * 100 <= -limits["trend_percent"] else "stable"


def _stage(row, limits):
    if row["order_count"]:
        return "customer"
    probability = row["opportunity_probability"]
    if row["open_quotation_count"] or (
        probability is not None and probability >= limits["probability_limit"]
    ):
        return "strong_interest"
    return "first_interest" if row["open_opportunity_count"] else "potential"
