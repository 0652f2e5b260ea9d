"""How sure two shares are apart. Pure Python."""

from math import sqrt

Z_95 = 1.959964  # two-sided 95 %


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
