"""Bands of scores: limits in whole days or orders, and whether they part the customers."""

from bisect import bisect_left, bisect_right
from collections import Counter

SCORES = 5


def fifths(counts):
    """The 20, 40, 60 and 80 % points of whole numbers, made strictly rising.

    :param dict counts: how many customers have each value
    A point is the first value at or below which lie so many of the customers, as PostgreSQL's
    ``percentile_disc`` has it.

    >>> fifths({1: 1, 2: 1, 3: 1, 4: 1, 5: 1})
    [1, 2, 3, 4]
    >>> fifths({12: 6, 20: 3, 30: 1})
    [12, 13, 14, 20]
    """
    total, below, points = sum(counts.values()), 0, []
    for value in sorted(counts):
        below += counts[value]
        while len(points) < SCORES - 1 and SCORES * below >= (len(points) + 1) * total:
            points.append(max(value, points[-1] + 1) if points else value)
    return points


def largest(counts, limits, at_most):
    """How many customers stand in the band that takes most.

    :param limits: four rising ones
    :param bool at_most: a value at a limit belongs to the band below it (at most 30 days), else
        to the one above (at least 3 orders)

    >>> largest({10: 2, 30: 1, 31: 4}, [30, 90, 180, 365], at_most=True)
    4
    >>> largest({1: 2, 2: 1, 3: 4, 4: 1}, [2, 3, 6, 12], at_most=False)
    5
    """
    find = bisect_left if at_most else bisect_right
    bands = Counter()
    for value, count in counts.items():
        bands[find(limits, value)] += count
    return max(bands.values(), default=0)


def better(counts, limits, at_most):
    """The fifths where a band takes more than half of the customers and they part better.

    :return: four rising limits; None where the limits part the customers, or nothing does

    >>> better({12: 6, 20: 3, 30: 1}, [2, 3, 6, 12], at_most=False)
    [12, 13, 14, 20]
    >>> better({1: 9, 2: 1}, [2, 3, 6, 12], at_most=False)
    >>> better({7: 9}, [30, 90, 180, 365], at_most=True)
    """
    now, points = largest(counts, limits, at_most), fifths(counts)
    if 2 * now > sum(counts.values()) and largest(counts, points, at_most) < now:
        return points
    return None
