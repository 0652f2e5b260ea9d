"""How sure two shares, or two means, are apart. Pure Python.

Two groups that are made up differently are compared cell by cell: within a cell customers are
alike, and every cell weighs as much as the first group (those reached) has customers in it. So
the second group is told as if it were made up as the first one. Every cell has customers of both.
"""

from collections import namedtuple
from math import inf, sqrt

Z_95 = 1.959964  # two-sided 95 %

#: One group's values in a cell: how many, their sum, the sum of their squares.
Sums = namedtuple("Sums", "count total squares")

#: A comparison: mean (or share) of both groups, the difference, and the bounds of its interval.
Comparison = namedtuple("Comparison", "first second delta lower upper")


def wilson(successes, total, z=Z_95):
    """The Wilson score interval of a share: (lower, upper), each 0 to 1.

    It holds for small numbers and for shares of 0 and 1, where the usual one fails.

    >>> [round(bound, 4) for bound in wilson(10, 40)]
    [0.1419, 0.4019]
    >>> wilson(0, 0)
    (0.0, 1.0)
    """
    if not total:
        return 0.0, 1.0
    share = successes / total
    spread = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    middle = share + z * z / (2 * total)
    scale = 1 + z * z / total
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def difference(first, second, z=Z_95):
    """The difference of two independent shares, with Newcombe's hybrid score interval.

    Source: R. G. Newcombe, Interval estimation for the difference between independent
    proportions, Statistics in Medicine 17 (1998), method 10.

    :param tuple first, second: (successes, total)
    :return: (difference, lower, upper), each -1 to 1

    >>> [round(value, 4) for value in difference((56, 70), (48, 80))]
    [0.2, 0.0524, 0.3339]
    """
    (x1, n1), (x2, n2) = first, second
    p1, p2 = (x1 / n1 if n1 else 0.0), (x2 / n2 if n2 else 0.0)
    (l1, u1), (l2, u2) = wilson(x1, n1, z), wilson(x2, n2, z)
    return (
        p1 - p2,
        p1 - p2 - sqrt((p1 - l1) ** 2 + (u2 - p2) ** 2),
        p1 - p2 + sqrt((u1 - p1) ** 2 + (p2 - l2) ** 2),
    )


def weigh_shares(cells, z=Z_95):
    """Compare shares cell by cell: Newcombe's interval on the weighted shares.

    The first share is a plain one. The second is given the size of a plain sample whose share
    would be as uncertain, and never more than Kish's effective size, 1 / Σ weight² / total. Of a
    single cell this is Newcombe's interval itself.

    :param list cells: ((successes, total) of the first group, (successes, total) of the second)
    :return: Comparison, shares 0 to 1

    The first group has 30 of 40 customers in a cell where everybody orders more; there 20 of 30
    order, as 4 of 6 of the others. In the other cell 1 of 10 orders, as 6 of 60 of the others.
    Pooled it would be 52 % against 15 %.

    >>> cells = [((20, 30), (4, 6)), ((1, 10), (6, 60))]
    >>> [round(value, 4) for value in weigh_shares(cells)[:3]]
    [0.525, 0.525, 0.0]
    >>> [round(value, 4) for value in weigh_shares([((56, 70), (48, 80))])]
    [0.8, 0.6, 0.2, 0.0524, 0.3339]
    """
    size = sum(n1 for (_x1, n1), _second in cells)
    first = sum(x1 for (x1, _n1), _second in cells) / size
    second = sum(n1 / size * x2 / n2 for (_x1, n1), (x2, n2) in cells)
    variance = sum(
        (one[1] / size) ** 2 * _variance_of_share(one, other, first - second) / other[1]
        for one, other in cells
    )
    kish = 1 / sum((n1 / size) ** 2 / n2 for (_x1, n1), (_x2, n2) in cells)
    alike = 1 + second * (1 - second) / variance if variance > 0 else inf
    # of a share of 0 or 1 the variance tells nothing
    effective = min(kish, alike) if 0 < second < 1 else kish
    bounds = difference((first * size, size), (second * effective, effective), z)
    return Comparison(first, second, *bounds)


def _variance_of_share(first, second, delta):
    """The variance of one customer's success in the second group of a cell, without bias.

    A single customer has none of its own: it is told by the first group, which is independent
    of it (as in Sato's variance of the Mantel-Haenszel difference), so it can be negative.
    """
    (x1, n1), (x2, n2) = first, second
    if n2 > 1:
        return x2 * (n2 - x2) / n2 / (n2 - 1)
    p1, p2 = x1 / n1, x2 / n2
    return (p1 * (1 - p2) + p2 * (1 - p1) + delta * (2 * p2 - 1)) / 2


def weigh_means(cells):
    """Compare means cell by cell: a t interval on the weighted means.

    Of the variance with each group's own spread and that with one spread for both the larger one
    counts: sales are skewed, and a group that happens to have few of them has little spread too.

    :param list cells: (Sums of the first group, Sums of the second)
    :return: Comparison

    >>> cells = [(Sums(2, 300, 50000), Sums(4, 400, 60000)), (Sums(2, 30, 500), Sums(2, 10, 100))]
    >>> [round(value, 2) for value in weigh_means(cells)]
    [82.5, 52.5, 30.0, -64.55, 124.55]
    """
    size = sum(one.count for one, _other in cells)
    first = sum(one.total for one, _other in cells) / size
    second = sum(one.count / size * other.total / other.count for one, other in cells)
    delta = first - second
    own = common = rest = 0.0
    for one, other in cells:
        weight = (one.count / size) ** 2
        spread, freedom = _common_spread(one, other, delta)
        part = weight * spread * (1 / one.count + 1 / other.count)
        common += part
        rest += part**2 / freedom
        own += weight * sum(_own_spread(side, spread) / side.count for side in (one, other))
    freedom = common**2 / rest if rest else inf
    reach = t_95(freedom) * sqrt(max(own, common))
    return Comparison(first, second, delta, delta - reach, delta + reach)


def _squares(side):
    """The sum of the squared distances from the group's mean."""
    return max(side.squares - side.total**2 / side.count, 0.0)


def _own_spread(side, otherwise):
    return _squares(side) / (side.count - 1) if side.count > 1 else otherwise


def _common_spread(one, other, delta):
    """(variance within both groups of a cell, its degrees of freedom)

    Of two single customers: how far they are apart beyond the difference of all.
    """
    freedom = one.count + other.count - 2
    if freedom:
        return (_squares(one) + _squares(other)) / freedom, freedom
    return (one.total - other.total - delta) ** 2 / 2, 1


def t_95(freedom, z=Z_95):
    """Student's t for a two-sided 95 %, by Fisher's expansion round the normal one.

    :param float freedom: degrees of freedom; below 3 it is told too small

    >>> [round(t_95(freedom), 2) for freedom in (5, 30, 1000)]
    [2.57, 2.04, 1.96]
    """
    return (
        z
        + (z**3 + z) / (4 * freedom)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * freedom**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * freedom**3)
    )
