"""How often an effect is claimed where there is none, and where there is one: seeded draws.

Customers have one of three value classes, which order with other shares and for other sums, and
stand in them on one of several campaign days. Each is reached by lot, with a chance that may
differ by value. "Of 100 draws at most 8": with a 95 % interval 5 are to be expected.
"""

import random
from collections import defaultdict

import pytest

from odoo.addons.customer_segmentation.tools.proportions import (
    Sums,
    difference,
    weigh_means,
    weigh_shares,
)

DRAWS = 100
EVEN, UNEVEN = (0.5, 0.5, 0.5), (0.8, 0.5, 0.2)
CLASSES = (0.2, 0.3, 0.5)
SHARES = (0.5, 0.25, 0.1)


def sales_by_value(lots, value):
    """Skewed as orders are: half of them below 800, 160 or 40."""
    return (800, 160, 40)[value] * lots.lognormvariate(0, 0.7)


def sales_alike(lots, _value):
    return lots.uniform(80, 120)


def draw(lots, customers, reach, effect, days, shares, sales):
    """One playbook's customers by cell: {cell: [[sales of each reached], [… of the others]]}"""
    cells = defaultdict(lambda: ([], []))
    for _number in range(customers):
        [value] = lots.choices(range(3), CLASSES)
        is_reached = lots.random() < reach[value]
        orders = lots.random() < shares[value] + (effect if is_reached else 0)
        group = cells[lots.randrange(days), value][0 if is_reached else 1]
        group.append(sales(lots, value) if orders else 0.0)
    return {cell: groups for cell, groups in cells.items() if all(groups)}


def counts(group):
    return sum(amount > 0 for amount in group), len(group)


def sums(group):
    return Sums(len(group), sum(group), sum(amount**2 for amount in group))


def claims(seed, **how):
    """(draws whose shares are said to differ, draws whose sales are, those of pooled shares)"""
    lots = random.Random(seed)
    claimed = [0, 0, 0]
    for _number in range(DRAWS):
        cells = draw(lots, **how).values()
        intervals = [
            weigh_shares([tuple(map(counts, groups)) for groups in cells])[3:],
            weigh_means([tuple(map(sums, groups)) for groups in cells])[3:],
            difference(*(
                tuple(map(sum, zip(*(counts(groups[side]) for groups in cells), strict=True)))
                for side in (0, 1)
            ))[1:],
        ]
        for place, (lower, upper) in enumerate(intervals):
            claimed[place] += not lower <= 0 <= upper
    return claimed


@pytest.mark.parametrize(("customers", "days"), [(400, 1), (400, 30), (800, 1)])
@pytest.mark.parametrize("reach", [EVEN, UNEVEN])
def test_claims_when_there_is_no_effect_then_few(reach, customers, days):
    shares, sales, _pooled = claims(
        1, customers=customers, reach=reach, effect=0, days=days, shares=SHARES,
        sales=sales_by_value,
    )
    assert shares <= 8
    assert sales <= 8


def test_claims_when_pooled_without_weights_then_nearly_all_are_false():
    """What the weights are for: the same draws, each group taken as one."""
    _shares, _sales, pooled = claims(
        1, customers=800, reach=UNEVEN, effect=0, days=1, shares=SHARES, sales=sales_by_value
    )
    assert pooled >= 90


@pytest.mark.parametrize("reach", [EVEN, (0.6, 0.5, 0.4)])
def test_claims_when_ten_points_are_gained_then_most_draws_say_so(reach):
    """400 reached and 400 others, about: +10 points are 2.3 to 4.4 standard errors of a share."""
    shares, sales, _pooled = claims(
        1, customers=800, reach=reach, effect=0.1, days=1, shares=SHARES, sales=sales_alike
    )
    assert shares >= 75
    assert sales >= 75


def test_claims_when_ten_points_are_gained_by_400_customers_then_most_draws_say_so():
    shares, sales, _pooled = claims(
        1, customers=400, reach=EVEN, effect=0.1, days=1, shares=SHARES, sales=sales_alike
    )
    assert shares > 50
    assert sales > 50


def test_shares_when_a_cell_has_single_customers_then_their_spread_is_told_by_the_reached():
    """100 cells of one reached and one other, who differ in 60: 30 reached order, as 30 others.

    No difference. The spread of a customer is half of p1 (1 - p2) + p2 (1 - p1), on average 0.3 of
    100 cells; of a plain sample with a share of 0.3 it is 0.21, that is of 1 + 0.21 / 0.003 = 71
    customers: Wilson 0.2061 to 0.4146 of 71, 0.2189 to 0.3959 of the 100 reached. Newcombe:
    0.0811 and 0.1146 make -0.1404, 0.0959 and 0.0939 make 0.1342.
    """
    cells = [((1, 1), (0, 1))] * 30 + [((0, 1), (1, 1))] * 30 + [((0, 1), (0, 1))] * 40
    found = weigh_shares(cells)
    assert found[:3] == pytest.approx((0.3, 0.3, 0.0))
    assert [round(bound, 3) for bound in found[3:]] == [-0.140, 0.134]


def test_shares_when_nobody_orders_then_the_interval_has_a_width():
    """0 of 30 and 0 of 60: Wilson 0 to 0.1135 and 0 to 0.0602."""
    found = weigh_shares([((0, 20), (0, 40)), ((0, 10), (0, 20))])
    assert [round(value, 4) for value in found] == [0, 0, 0, -0.0602, 0.1135]


def test_means_when_everybody_buys_the_same_then_sure_of_the_difference():
    found = weigh_means([(Sums(2, 40, 800), Sums(3, 30, 300))])
    assert found == pytest.approx((20, 10, 10, 10, 10))
