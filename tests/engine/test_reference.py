"""The second opinion itself, checked against numbers worked out by hand."""

from datetime import date, timedelta
from fractions import Fraction

import pytest
from reference import Fact, classify, cut_points, median, months_before, percentile_disc, two_digits

AS_OF = date(2024, 6, 30)  # window: 1 July 2023 to 30 June 2024
MAIN, OTHER = 1, 2
REGULAR, FADING, REFUNDED, PROSPECT, RETURNED = range(1, 6)

FACTS = [
    # Every 30 days, the last time 60 days ago.
    (REGULAR, MAIN, date(2024, 3, 2), "order", 100),
    (REGULAR, MAIN, date(2024, 4, 1), "order", 200),
    (REGULAR, MAIN, date(2024, 5, 1), "order", 300),
    # On the last day before the window and on its first.
    (FADING, MAIN, date(2023, 6, 30), "order", 500),
    (FADING, MAIN, date(2023, 7, 1), "order", 50),
    (REFUNDED, MAIN, date(2024, 6, 30), "order", 1000),
    (REFUNDED, MAIN, date(2024, 6, 30), "refund", -1000),
    (PROSPECT, MAIN, date(2024, 6, 1), "opportunity", 9000, 30),
    # Every 30 days in 2022, then 822 days of silence.
    (RETURNED, MAIN, date(2022, 1, 1), "order", 100),
    (RETURNED, MAIN, date(2022, 1, 31), "order", 100),
    (RETURNED, MAIN, date(2022, 3, 2), "order", 100),
    (RETURNED, MAIN, date(2024, 6, 1), "order", 400),
    # Neither is of this company and day.
    (REGULAR, OTHER, date(2024, 6, 1), "order", 7777),
    (REGULAR, MAIN, date(2024, 7, 1), "order", 7777),
]


@pytest.fixture(name="result", scope="module")
def _result():
    return classify(FACTS, MAIN, AS_OF)


def segments(result, partner_id):
    return result.customers[partner_id]["segments"]


def one(days_and_amounts, as_of=AS_OF, **criteria):
    """The row of a customer that is alone in the company."""
    facts = [
        Fact(1, MAIN, day, "order" if amount >= 0 else "refund", amount)
        for day, amount in days_and_amounts
    ]
    return classify(facts, MAIN, as_of, criteria).customers[1]


def days_ago(*days, amount=100):
    return [(AS_OF - timedelta(days=count), amount) for count in days]


def test_population(result):
    # Mean days between orders: 60/2 = 30, 1/1 = 1, 882/3 = 294; the middle one is 30.
    assert result.population["median_interval_days"] == 30
    # Positive net sales of the window 50, 400, 600: the 0.6th, 1.2th, 1.8th, 2.4th, rounded up.
    assert result.population["monetary_bands"] == [50, 400, 400, 600]
    # Of these three: recency 29, 60, 365; orders 1, 1, 3.
    assert result.population["median_recency_days"] == 60
    assert result.population["median_frequency"] == 1
    assert result.population["median_monetary"] == 400
    # With an order in the window, the refunded one too: orders 1, 1, 1, 3;
    # averages 50, 200, 400, 1000.
    assert result.population["frequency_limit"] == 1
    assert result.population["average_order_limit"] == 300


def test_regular(result):
    row = result.customers[REGULAR]
    assert (row["order_count"], row["order_count_12m"], row["order_day_count"]) == (3, 3, 3)
    assert (row["net_sales"], row["net_sales_12m"], row["net_sales_prev_12m"]) == (600, 600, 0)
    assert row["average_order"] == 200
    assert row["trend_ratio"] is None
    assert row["order_interval_days"] == 30  # (60 + 2 x 30) / (2 + 2)
    assert row["recency_days"] == 60  # 30 days of May, 30 of June
    assert row["expected_order_date"] == date(2024, 7, 1)  # 31 May has gone by: tomorrow
    assert (row["recency_score"], row["frequency_score"], row["monetary_score"]) == (4, 3, 5)
    assert segments(result, REGULAR) == {
        "rfm": "potential_loyalists",
        "rfm8": "important_value",  # 60 <= 60, 3 > 1, 600 > 400
        "value": "a",
        "frequency_amount": "low_high",  # 200 < 300, 3 > 1
        "lifecycle": "active",  # exactly 2 x 30 days is not over 2; first order 120 days ago
        "trend": "new",
        "stage": "customer",
        "satisfaction": "unknown",
    }


def test_fading(result):
    row = result.customers[FADING]
    assert (row["order_count"], row["order_count_12m"]) == (2, 1)
    assert (row["net_sales_12m"], row["net_sales_prev_12m"]) == (50, 500)
    assert row["trend_ratio"] is None  # the first order is of the previous window's last days
    assert row["order_interval_days"] == Fraction(61, 3)  # (1 + 2 x 30) / (1 + 2)
    assert row["recency_days"] == 365
    assert (row["recency_score"], row["frequency_score"], row["monetary_score"]) == (2, 1, 2)
    assert segments(result, FADING) == {
        "rfm": "hibernating",
        "rfm8": "general_win_back",
        "value": "c",  # (600 + 400) / 1050 = 95 % before it
        "frequency_amount": "low_low",
        "lifecycle": "dormant",  # two order days: over 180, not over 365
        "trend": "none",
        "stage": "customer",
        "satisfaction": "unknown",
    }


def test_refunded(result):
    row = result.customers[REFUNDED]
    assert (row["order_count_12m"], row["sales_12m"], row["net_sales_12m"]) == (1, 1000, 0)
    assert row["refund_ratio"] == 1
    assert row["order_interval_days"] == 30  # (0 + 2 x 30) / (0 + 2)
    assert row["expected_order_date"] == date(2024, 7, 30)
    assert (row["recency_score"], row["frequency_score"], row["monetary_score"]) == (5, 1, 1)
    assert segments(result, REFUNDED) == {
        "rfm": "new",
        "rfm8": "general_develop",
        "value": "no_sales",
        "frequency_amount": "high_low",
        "lifecycle": "new",
        "trend": "none",
        "stage": "customer",
        "satisfaction": "unknown",
    }


def test_prospect(result):
    row = result.customers[PROSPECT]
    absent = (
        "first_order_date",
        "average_order",
        "refund_ratio",
        "recency_days",
        "order_interval_days",
    )
    assert [row[name] for name in absent] == [None] * 5
    assert (row["open_opportunity_count"], row["opportunity_probability"]) == (1, 30)
    assert row["recency_score"] is None
    assert segments(result, PROSPECT) == {
        "rfm": "prospects",
        "rfm8": "never_bought",
        "value": "no_sales",
        "frequency_amount": "no_orders",
        "lifecycle": "prospect",
        "trend": "none",
        "stage": "first_interest",
        "satisfaction": "unknown",
    }


def test_returned(result):
    row = result.customers[RETURNED]
    # Three order days before the silence: (60 + 2 x 30) / (2 + 2) = 30, and 822 > 4 x 30.
    assert row["won_back_date"] == date(2024, 6, 1)
    assert row["order_interval_days"] == Fraction(942, 5)  # (882 + 2 x 30) / (3 + 2)
    assert (row["recency_score"], row["frequency_score"], row["monetary_score"]) == (5, 1, 4)
    assert segments(result, RETURNED) == {
        "rfm": "new",
        "rfm8": "general_develop",  # 400 is not above the median 400
        "value": "a",  # 600 / 1050 = 57 % before it
        "frequency_amount": "high_low",
        "lifecycle": "won_back",
        "trend": "new",
        "stage": "customer",
        "satisfaction": "unknown",
    }


def test_customers_named_are_the_ones_classified():
    result = classify(FACTS, MAIN, AS_OF, customers=[REGULAR, 99])
    assert set(result.customers) == {REGULAR, 99}
    assert segments(result, 99)["stage"] == "potential"


def test_months_before_clamps_to_the_last_day():
    assert months_before(date(2024, 2, 29), 12) == date(2023, 2, 28)
    assert months_before(date(2024, 2, 29), 48) == date(2020, 2, 29)
    assert months_before(date(2024, 1, 31), 2) == date(2023, 11, 30)
    assert months_before(date(2024, 12, 15), 12) == date(2023, 12, 15)


def test_window_of_a_leap_day():
    # As of 29 February 2024 the window begins on 1 March 2023 and the one before on 1 March 2022.
    days = [
        date(2022, 2, 28),
        date(2022, 3, 1),
        date(2023, 2, 28),
        date(2023, 3, 1),
        date(2024, 2, 29),
    ]
    row = one([(day, 10**position) for position, day in enumerate(days)], as_of=date(2024, 2, 29))
    assert row["net_sales_prev_12m"] == 110
    assert row["net_sales_12m"] == 11000


def test_orders_of_one_day_are_one_order_day_and_amount_0_none():
    row = one([*days_ago(200, 200, 100), *days_ago(10, amount=0)])
    assert (row["order_count"], row["order_day_count"]) == (4, 2)
    assert row["last_order_date"] == AS_OF - timedelta(days=100)
    only_free = one(days_ago(20, 10, amount=0))
    assert (only_free["order_count"], only_free["order_day_count"]) == (2, 0)
    assert only_free["first_order_date"] == AS_OF - timedelta(days=20)
    assert only_free["order_interval_days"] == 30  # nothing known of it: the company's median


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        # Eight orders 20 days apart, alone in the company: the interval is 20.
        ([180, 160, 140, 120, 100, 80, 60, 40], "active"),  # 40 = 2 x 20
        ([181, 161, 141, 121, 101, 81, 61, 41], "at_risk"),
        ([200, 180, 160, 140, 120, 100, 80, 60], "at_risk"),  # 60 = 3 x 20
        ([201, 181, 161, 141, 121, 101, 81, 61], "dormant"),
        ([220, 200, 180, 160, 140, 120, 100, 80], "dormant"),  # 80 = 4 x 20
        ([229, 209, 189, 169, 149, 129, 109, 89], "dormant"),  # 90 days are the least
        ([230, 210, 190, 170, 150, 130, 110, 90], "lost"),
        # Every 400 days: 470 days of silence are always a risk, 546 dormant, 731 a loss.
        ([1165, 765, 365], "active"),
        ([1270, 870, 470], "at_risk"),
        ([1345, 945, 545], "at_risk"),
        ([1346, 946, 546], "dormant"),
        ([1530, 1130, 730], "dormant"),
        ([1531, 1131, 731], "lost"),
        # Every 5 days: 30, 60 and 90 days of silence are the least.
        (
            [124, 119, 114, 109, 104, 99, 94, 89, 84, 79, 74, 69, 64, 59, 54, 49, 44, 39, 34, 29],
            "active",
        ),
        (
            [125, 120, 115, 110, 105, 100, 95, 90, 85, 80, 75, 70, 65, 60, 55, 50, 45, 40, 35, 30],
            "at_risk",
        ),
        ([*range(154, 58, -5)], "at_risk"),
        ([*range(155, 59, -5)], "dormant"),
        ([*range(184, 88, -5)], "dormant"),
        ([*range(185, 89, -5)], "lost"),
        # One or two order days: fixed limits; the first 90 days are new.
        ([90], "new"),
        ([91], "at_risk"),
        ([120, 90], "active"),
        ([300, 180], "at_risk"),
        ([300, 181], "dormant"),
        ([365], "dormant"),
        ([366], "lost"),
    ],
)
def test_lifecycle_at_its_limits(days, expected):
    assert one(days_ago(*days))["segments"]["lifecycle"] == expected


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([400, 35], None),  # one order day before: a silence of exactly 365 is not over it
        ([401, 35], 35),
        ([500, 480, 100], 100),  # two order days before: 380 > 365
        # Three before, 20 days apart, then 200 of silence: the mean of all is (40 + 200) / 3 = 80,
        # so that the interval before was (40 + 2 x 80) / 4 = 50: 200 is exactly 4 times it.
        ([460, 440, 420, 220], None),
        ([461, 441, 421, 220], 220),
        ([800, 400, 390, 380], None),  # 400 > 365 ended before the window
        ([900, 500, 100], 100),  # the later of two
    ],
)
def test_won_back_date(days, expected):
    row = one(days_ago(*days))
    assert row["won_back_date"] == (expected and AS_OF - timedelta(days=expected))


def test_won_back_for_90_days():
    assert one(days_ago(500, 90))["segments"]["lifecycle"] == "won_back"
    assert one(days_ago(500, 91))["segments"]["lifecycle"] == "at_risk"


@pytest.mark.parametrize(
    ("previous", "current", "expected"),
    [
        (100, 120, "rising"),
        (100, 119.99, "stable"),
        (100, 80.01, "stable"),
        (100, 80, "falling"),
        (100, None, "none"),  # lost
        (None, 5, "new"),
        (None, None, "none"),
        (-5, 5, "new"),
    ],
)
def test_trend(previous, current, expected):
    facts = [(400, previous), (100, current), (900, 1)]
    row = one(
        [(AS_OF - timedelta(days=days), amount) for days, amount in facts if amount is not None]
    )
    assert row["segments"]["trend"] == expected


@pytest.mark.parametrize(("first", "expected"), [(730, "stable"), (729, "new")])
def test_trend_when_bought_on_the_first_day_of_the_previous_window(first, expected):
    assert one(days_ago(first, 10))["segments"]["trend"] == expected  # 1 July 2022


def test_value_keeps_ties_together_and_the_crossing_customer_above():
    # 700 of 1000 are before the 100s: exactly 70 % is not below 70 %; all three 100s start there.
    facts = [
        (partner_id, MAIN, AS_OF, "order", amount)
        for partner_id, amount in enumerate((700, 100, 100, 100))
    ]
    values = [row["segments"]["value"] for row in classify(facts, MAIN, AS_OF).customers.values()]
    assert values == ["a", "b", "b", "b"]
    # One giant: it is A although it brings 99 %.
    facts = [(1, MAIN, AS_OF, "order", 99), (2, MAIN, AS_OF, "order", 1)]
    values = [row["segments"]["value"] for row in classify(facts, MAIN, AS_OF).customers.values()]
    assert values == ["a", "c"]


@pytest.mark.parametrize(
    ("recency_days", "orders", "expected"),
    [
        (30, 6, (5, 4, "champions")),
        (31, 12, (4, 5, "loyal")),
        (180, 6, (3, 4, "loyal")),
        (30, 3, (5, 3, "potential_loyalists")),
        (90, 2, (4, 2, "potential_loyalists")),
        (30, 1, (5, 1, "new")),
        (90, 1, (4, 1, "promising")),
        (91, 5, (3, 3, "need_attention")),
        (91, 2, (3, 2, "about_to_sleep")),
        (180, 1, (3, 1, "about_to_sleep")),
        (181, 11, (2, 4, "at_risk")),
        (181, 3, (2, 3, "at_risk")),
        (181, 12, (2, 5, "cant_lose")),
        (181, 2, (2, 2, "hibernating")),
        (366, 1, (1, 1, "hibernating")),
    ],
)
def test_rfm(recency_days, orders, expected):
    row = one(days_ago(*[recency_days] * orders))
    assert (row["recency_score"], row["frequency_score"], row["segments"]["rfm"]) == expected


def test_stage():
    def stage(kind, probability=None):
        facts = [(1, MAIN, AS_OF, kind, 0, probability)]
        return classify(facts, MAIN, AS_OF).customers[1]["segments"]["stage"]

    assert stage("opportunity", 49.9) == "first_interest"
    assert stage("opportunity", 50) == "strong_interest"
    assert stage("quotation") == "strong_interest"
    assert stage("order") == "customer"


def test_quantiles_give_equal_scores_to_equal_values():
    # 60 customers: 40 with one order of 10, 20 with two of 10, all on one day.
    facts = [(partner_id, MAIN, AS_OF, "order", 10) for partner_id in [*range(60), *range(20)]]
    result = classify(facts, MAIN, AS_OF, {"score_method": "quantiles"})
    assert result.population["frequency_cuts"] == [1, 1, 1, 2]  # the 12th, 24th, 36th, 48th of 60
    scores = {
        (row["order_count_12m"], row["frequency_score"], row["recency_score"])
        for row in result.customers.values()
    }
    # 2 is above three cut points and not above the fourth; the days are all equal: none is above.
    assert scores == {(1, 1, 1), (2, 4, 1)}


def test_quantiles_under_50_customers_fall_back_to_bands():
    facts = [(partner_id, MAIN, AS_OF, "order", 10) for partner_id in range(49)]
    result = classify(facts, MAIN, AS_OF, {"score_method": "quantiles"})
    assert result.population["score_method"] == "bands"
    assert result.customers[0]["recency_score"] == 5


def test_bands_chosen_by_a_person_are_kept():
    row = one(
        days_ago(5, amount=250),
        monetary_bands=[100, 200, 250, 300],
        average_order_limit=249,
        frequency_limit=1,
    )
    assert row["monetary_score"] == 4
    assert row["segments"]["frequency_amount"] == "high_low"


def test_statistics():
    assert median([3, 1, 2]) == 2
    assert median([1, 2]) == Fraction(3, 2)
    assert percentile_disc([10, 20, 30, 40, 50], 20) == 10
    assert percentile_disc([10, 20, 30, 40, 50], 40) == 20
    assert percentile_disc([10, 20], 60) == 20
    assert cut_points([]) == []
    assert [two_digits(Fraction(text)) for text in ("1249", "1250", "99.6", "7", "0.125", "0")] == [
        1200, 1300, 100, 7, Fraction(13, 100), 0,
    ]  # fmt: skip


def test_bands_of_a_first_run():
    # Ten customers, 1 to 10 days ago: all have recency 5, and one order, which nothing parts.
    facts = [Fact(n, MAIN, AS_OF - timedelta(days=n), "order", 100) for n in range(1, 11)]
    assert classify(facts, MAIN, AS_OF).population["recency_bands"] == (30, 90, 180, 365)
    population = classify(facts, MAIN, AS_OF, {"first_run": True}).population
    assert population["recency_bands"] == [2, 4, 6, 8]
    assert population["frequency_bands"] == (2, 3, 6, 12)


def test_credit_note_without_an_order_before():
    day = AS_OF - timedelta(days=5)
    facts = [
        Fact(1, MAIN, day, "credit note", -92_750),
        Fact(2, MAIN, day, "order", 100),
        Fact(2, MAIN, day, "credit note", -30),
    ]
    result = classify(facts, MAIN, AS_OF, customers={1, 2})
    assert [result.customers[n]["net_sales"] for n in (1, 2)] == [0, 70]
