"""Domains put together as prefix lists, the spelling every series of Odoo understands."""

import ast
from functools import lru_cache

TRUE_LEAF = (1, "=", 1)
FALSE_LEAF = (0, "=", 1)
TRUE_DOMAIN = [TRUE_LEAF]
FALSE_DOMAIN = [FALSE_LEAF]


def all_of(domain):
    """The domain with its implicit conjunctions written out, so that it can be an operand.

    >>> all_of([("a", "=", 1), ("b", "=", 2)])
    ['&', ('a', '=', 1), ('b', '=', 2)]
    """
    expected = 1
    result = []
    for item in domain or TRUE_DOMAIN:
        if expected == 0:
            result.insert(0, "&")
            expected = 1
        result.append(item)
        if item in ("&", "|"):
            expected += 1
        elif item != "!":
            expected -= 1
    return result


def any_of(domains):
    """The disjunction of several domains; of none it is false.

    >>> any_of([[("a", "=", 1)], [("b", "=", 2)]])
    ['|', ('a', '=', 1), ('b', '=', 2)]
    """
    domains = [all_of(domain) for domain in domains]
    if not domains:
        return list(FALSE_DOMAIN)
    return ["|"] * (len(domains) - 1) + [item for domain in domains for item in domain]


def negation(domain):
    """The complement of a domain.

    >>> negation([("a", "=", 1), ("b", "=", 2)])
    ['!', '&', ('a', '=', 1), ('b', '=', 2)]
    """
    return ["!", *all_of(domain)]


def flags_wanted(operator, value):
    """The sides of a flag that a condition asks for.

    >>> flags_wanted("!=", True)
    {False}
    """
    values = value if operator in ("in", "not in") else [value]
    wanted = {bool(item) for item in values}
    return {True, False} - wanted if operator in ("!=", "not in") else wanted


def constant(rule):
    """The value of a rule that is a mere literal; None for one that has to be evaluated.

    >>> constant("[('a', '=', 1)]")
    [('a', '=', 1)]
    >>> constant("[('a', '<', context_today())]")
    """
    value = _literal(rule)
    return [*value] if isinstance(value, list) else value


@lru_cache(maxsize=1000)
def _literal(rule):
    try:
        return ast.literal_eval(rule)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None
