"""Rules in words: every operator, every nesting, never two readings."""

import random
import re
from itertools import product

import pytest

from odoo.addons.customer_segmentation.tools.rule_words import (
    COMPLEMENTS,
    OPERATORS,
    PHRASES,
    Constant,
    Leaf,
    Vocabulary,
    as_condition,
    deciding,
    holds,
    parse,
    refusing,
    rule_words,
    signed_leaves,
)

VALUES = {
    "in": [[1, 2], [1], [], [False], [1, False], (1, 2), True, 1],
    "not in": [[1, 2], [1], [], [False], [1, False], "draft"],
    "child_of": [1, [1, 2], "Metal"],
    "parent_of": [1, [1, 2]],
    "any": [[("a", "=", 1)], [], ["!", ("a.b", "in", [1])]],
    "not any": [[("a", "any", [("b", "<", 1)])]],
}
OTHER_VALUES = [1, 0, -2.5, "draft", "2024-06-30", "2024-06-30 12:00:00", "today -7d", "50%", ""]
EQUAL_VALUES = [True, False, None]


def values_of(operator):
    if operator in VALUES:
        return VALUES[operator]
    return OTHER_VALUES + (EQUAL_VALUES if operator in ("=", "!=", "=?") else [])


def random_domain(rng, depth, leaf):
    """A valid domain of connectives nested up to ``depth``, implied conjunctions included."""
    domain = []
    for _number in range(rng.randint(1, 3)):
        domain += random_operand(rng, depth, leaf)
    return domain


def random_operand(rng, depth, leaf):
    if not depth or rng.random() < 0.2:
        return [leaf(rng)]
    connective = rng.choice("&|!")
    operand = [connective]
    for _number in range(1 if connective == "!" else 2):
        operand += random_operand(rng, depth - 1, leaf)
    return operand


def any_leaf(rng):
    operator = rng.choice(sorted(OPERATORS))
    path = rng.choice(["days", "partner_id.country_id.code", "last_order_date", "flag"])
    return (path, operator, rng.choice(values_of(operator)))


def token_leaf(rng):
    if rng.random() < 0.1:
        return (rng.choice([0, 1]), "=", 1)
    return (rng.choice("abcdef"), "child_of", 1)  # no operator says its complement


class Labels(Vocabulary):
    def label(self, path):
        return {"flag": "Is Late", "days": "Days", "partner_id.country_id.code": "Country"}.get(
            path, path
        )

    def is_boolean(self, path):
        return path == "flag"


class Tokens(Vocabulary):
    """A condition is its field's name alone, so that the sentence can be read back."""

    def phrase(self, key):
        return {"child_of": "%(field)s"}.get(key, PHRASES[key])


# Every operator


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_every_operator_has_words(operator):
    for value in values_of(operator):
        for path in ("days", "flag", "partner_id.country_id.code"):
            words = rule_words([(path, operator, value)], Labels())
            assert words.strip()
            assert "%(" not in words


@pytest.mark.parametrize("operator", sorted(set(OPERATORS) - {"=?"}))
def test_negation_of_every_operator_has_other_words(operator):
    for value in values_of(operator):
        words = rule_words([("days", operator, value)], Labels())
        assert rule_words(["!", ("days", operator, value)], Labels()) != words


@pytest.mark.parametrize("operator", sorted(COMPLEMENTS))
def test_double_negation_says_the_condition(operator):
    condition = ("days", operator, values_of(operator)[0])
    assert rule_words(["!", "!", condition]) == rule_words([condition])


# Every nesting


@pytest.mark.parametrize("depth", range(7))
def test_every_nesting_has_words(depth):
    rng = random.Random(depth)
    for _number in range(200):
        assert rule_words(random_domain(rng, depth, any_leaf), Labels()).strip()


@pytest.mark.parametrize("depth", range(5))
def test_words_have_one_reading_and_it_is_the_rule(depth):
    rng = random.Random(100 + depth)
    for _number in range(100):
        domain = random_domain(rng, depth, token_leaf)
        tree = parse(domain)
        said = Reading(rule_words(domain, Tokens())).read()
        for bits in product([False, True], repeat=6):
            facts = dict(zip("abcdef", bits, strict=True))
            assert said(facts) == plainly(tree, facts), domain


class Reading:
    """Reads a sentence back: one connective between two brackets, or it has two readings."""

    def __init__(self, words):
        self.tokens = re.findall(r"\(|\)|\w+", words)

    def read(self):
        function = self.group()
        assert not self.tokens, "the brackets do not match"
        return function

    def group(self):
        operands, connectives = [self.operand()], set()
        while self.tokens and self.tokens[0] != ")":
            connectives.add(self.tokens.pop(0))
            operands.append(self.operand())
        assert len(connectives) <= 1, "and, or side by side"
        reduce = any if connectives == {"or"} else all
        return lambda facts: reduce(operand(facts) for operand in operands)

    def operand(self):
        token = self.tokens.pop(0)
        if token == "not":
            negated = self.operand()
            return lambda facts: not negated(facts)
        if token == "(":
            function = self.group()
            assert self.tokens.pop(0) == ")"
            return function
        return lambda facts: {"always": True, "never": False}.get(token, facts.get(token))


def plainly(node, facts):
    """The tree's truth, where every condition is either true or false."""
    if isinstance(node, Constant):
        return node.value
    if isinstance(node, Leaf):
        return facts[node.path]
    if hasattr(node, "child"):
        return not plainly(node.child, facts)
    results = [plainly(child, facts) for child in node.children]
    return all(results) if node.connective == "&" else any(results)


# What decided


@pytest.mark.parametrize("seed", range(5))
def test_what_decided_is_enough_whatever_the_other_conditions_say(seed):
    rng = random.Random(seed)
    for _number in range(200):
        tree = parse(random_domain(rng, 4, token_leaf))
        facts = {name: rng.random() < 0.5 for name in "abcdef"}

        def truth(leaf, positive, facts=facts):
            return facts[leaf.path] == positive

        true = holds(tree, truth)
        assert true == plainly(tree, facts)
        part = deciding(tree, truth) if true else refusing(tree, truth)
        kept = {leaf.path for leaf, _positive in signed_leaves(part)}
        assert holds(part, truth) == true
        for bits in product([False, True], repeat=6):
            other = {
                **dict(zip("abcdef", bits, strict=True)),
                **{name: facts[name] for name in kept},
            }
            assert plainly(tree, other) == true


def test_absent_value_when_neither_condition_nor_complement_is_true_then_rule_does_not_hold():
    """An absent number is neither over 2 nor not over 2, as in the database."""

    def truth(leaf, positive):
        return False

    assert not holds(parse([("ratio", ">", 2)]), truth)
    assert not holds(parse(["!", ("ratio", ">", 2)]), truth)


def test_true_branch_of_an_or_when_second_is_true_then_only_it_is_kept():
    tree = parse(["|", "&", ("a", "=", 1), ("b", "=", 1), "&", ("c", "=", 1), ("d", "=", 1)])
    part = deciding(tree, lambda leaf, positive: leaf.path in "cd")
    assert rule_words(part) == "c = 1 and d = 1"


@pytest.mark.parametrize("operator", sorted(OPERATORS - {"=?"}))
def test_condition_when_read_then_written_as_odoo_does(operator):
    """Read again, what is written gives the same words."""
    for value in values_of(operator):
        tree = parse([("days", operator, value)])
        if isinstance(tree, Leaf):
            assert parse([as_condition(tree)]) == tree


# By hand


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        ([], "always"),
        ([(0, "=", 1)], "never"),
        ([("days", ">=", 3)], "Days ≥ 3"),
        (["!", ("days", ">=", 3)], "not (Days ≥ 3)"),
        ([("days", "in", [3])], "Days = 3"),
        ([("days", "in", [3, 4])], "Days is one of 3, 4"),
        (["!", ("days", "in", [3, 4])], "Days is none of 3, 4"),
        ([("days", "in", [3, False])], "(Days = 3 or Days is not set)"),
        ([("days", "not in", [3, False])], "(Days ≠ 3 and Days is set)"),
        ([("days", "in", [])], "never"),
        ([("days", "=", False)], "Days is not set"),
        ([("days", "!=", None)], "Days is set"),
        ([("flag", "=", True)], "Is Late"),
        ([("flag", "=", False)], "not Is Late"),
        ([("flag", "!=", False)], "Is Late"),
        (["!", ("flag", "in", [True])], "not Is Late"),
        ([("flag", "in", [True, False])], "always"),
        ([("name", "ilike", "metal")], "name contains “metal”"),
        ([("name", "=ilike", "metal%")], "name starts with “metal”"),
        ([("name", "not =like", "m_t%")],
         "name does not match the pattern “m_t%” (same case)"),
        ([("partner_id.country_id.code", "=", "CN")], "Country = “CN”"),
        ([("lines", "any", [("days", ">", 1), ("flag", "=", True)])],
         "lines exists with (Days > 1 and Is Late)"),
        (["|", ("a", "=", 1), "|", ("b", "=", 2), ("c", "=", 3)], "a = 1 or b = 2 or c = 3"),
        ([("a", "=", 1), "|", ("b", "=", 2), ("c", "=", 3)], "a = 1 and (b = 2 or c = 3)"),
        (["!", "|", ("a", "=", 1), ("b", "=", 2)], "not (a = 1 or b = 2)"),
        (["|", "!", "&", ("a", "=", 1), ("b", "=", 2), ("c", "<=", 3)],
         "not (a = 1 and b = 2) or c ≤ 3"),
    ],
)
def test_words_when_rule_is_known_then_as_written_by_hand(domain, words):
    assert rule_words(domain, Labels()) == words


# What is no rule


@pytest.mark.parametrize(
    ("domain", "said"),
    [
        ("[('a', '=', 1)]", "list of conditions"),
        (None, "list of conditions"),
        ([("a", "=")], "a field, an operator and a value"),
        (["a"], "a field, an operator and a value"),
        (["&", ("a", "=", 1)], "missing after '&'"),
        (["!"], "missing after '!'"),
        ([("a", "is", 1)], "'is' of the condition"),
        ([("", "=", 1)], "no name"),
        ([("a..b", "=", 1)], "no name"),
        ([(2, "=", 1)], "no name"),
        ([("a", None, 1)], "no operator"),
        ([("a", "<", [1, 2])], "cannot be a list"),
        ([("a", "any", "b")], "list of conditions"),
        ([("a", "any", [("b", "~", 1)])], "'~' of the condition"),
    ],
)
def test_rule_when_it_is_invalid_then_error_says_what_is_wrong(domain, said):
    with pytest.raises(ValueError) as error:
        parse(domain)
    assert said in str(error.value)
