"""Rules in words: an Odoo domain as a tree, what decided it, and a sentence that says it.

The sentence never leaves open what belongs together: conditions joined by the same word stand
side by side, every other group stands in brackets, and "not" stands before a bracket or before
a single condition.

What the words are is the business of a ``Vocabulary``: labels of fields, names of values and
every phrase come from it, whole, so that a translator can order the parts as the language does.
"""

from collections import namedtuple

Leaf = namedtuple("Leaf", "path operator value")
Group = namedtuple("Group", "connective children")  # connective: "&" or "|"
Negation = namedtuple("Negation", "child")
Constant = namedtuple("Constant", "value")

ALWAYS, NEVER = Constant(True), Constant(False)

# Spellings of the same operator
SYNONYMS = {"==": "=", "<>": "!=", "any!": "any", "not any!": "not any"}
# The complement, where Odoo answers it exactly: an absent value is never "less" nor "not less".
COMPLEMENTS = {
    "=": "!=",
    "in": "not in",
    "like": "not like",
    "ilike": "not ilike",
    "=like": "not =like",
    "=ilike": "not =ilike",
    "any": "not any",
}
COMPLEMENTS.update({negative: positive for positive, negative in list(COMPLEMENTS.items())})
SUBDOMAIN_OPERATORS = ("any", "not any")
LIST_OPERATORS = ("in", "not in")
OPERATORS = {*COMPLEMENTS, "<", "<=", ">", ">=", "=?", "child_of", "parent_of"}

PHRASES = {
    "and": "%(left)s and %(right)s",
    "or": "%(left)s or %(right)s",
    "not": "not (%(rule)s)",
    "group": "(%(rule)s)",
    "always": "always",
    "never": "never",
    "yes": "%(field)s",
    "no": "not %(field)s",
    "set": "%(field)s is set",
    "not set": "%(field)s is not set",
    "=": "%(field)s = %(value)s",
    "!=": "%(field)s ≠ %(value)s",
    "<": "%(field)s < %(value)s",
    "<=": "%(field)s ≤ %(value)s",
    ">": "%(field)s > %(value)s",
    ">=": "%(field)s ≥ %(value)s",
    "in": "%(field)s is one of %(value)s",
    "not in": "%(field)s is none of %(value)s",
    "like": "%(field)s contains %(value)s (same case)",
    "not like": "%(field)s does not contain %(value)s (same case)",
    "ilike": "%(field)s contains %(value)s",
    "not ilike": "%(field)s does not contain %(value)s",
    "=like": "%(field)s matches the pattern %(value)s (same case)",
    "not =like": "%(field)s does not match the pattern %(value)s (same case)",
    "=ilike": "%(field)s matches the pattern %(value)s",
    "not =ilike": "%(field)s does not match the pattern %(value)s",
    "starts": "%(field)s starts with %(value)s",
    "child_of": "%(field)s belongs to %(value)s",
    "parent_of": "%(field)s has %(value)s below it",
    "any": "%(field)s exists with (%(rule)s)",
    "not any": "%(field)s does not exist with (%(rule)s)",
    "nothing": "nothing",
    "list": "%(left)s, %(right)s",
}


class Vocabulary:
    """Plain English over technical names; subclasses know labels, values and languages."""

    def label(self, path):
        """What people call the field at the end of ``path``."""
        return path

    def value(self, path, value):
        """What people call one value of the field; never a list, never an absent value."""
        return f"“{value}”" if isinstance(value, str) else str(value)

    def is_boolean(self, path):
        return False

    def within(self, path):
        """The vocabulary of the records the relational field ``path`` leads to."""
        return self

    def phrase(self, key):
        """The phrase of ``PHRASES`` in the reader's language, its placeholders kept."""
        return PHRASES[key]


# From a domain to a tree


def parse(domain):
    """Read a domain, prefix list with implied conjunctions, into a tree.

    >>> parse(["|", ("a", "=", 1), ("b", ">", 2)]).connective
    '|'

    :raise ValueError: saying what is wrong, and where
    """
    if not isinstance(domain, (list, tuple)):
        raise ValueError(f"a rule is a list of conditions, not {domain!r}")
    stack = []
    for item in reversed(domain):
        stack.append(_parse_item(item, stack))
    return _group("&", stack[::-1]) if stack else ALWAYS


def _parse_item(item, stack):
    if item == "!":
        return _negated(_operand(item, stack))
    if item in ("&", "|"):
        return _group(item, [_operand(item, stack), _operand(item, stack)])
    return _parse_leaf(item)


def _operand(connective, stack):
    if not stack:
        raise ValueError(f"a condition is missing after {connective!r}")
    return stack.pop()


def _group(connective, children):
    """The children joined, groups of the same connective taken apart."""
    flat = []
    for child in children:
        same = isinstance(child, Group) and child.connective == connective
        flat.extend(child.children if same else [child])
    return flat[0] if len(flat) == 1 else Group(connective, tuple(flat))


def _negated(node):
    if isinstance(node, Negation):
        return node.child
    return Constant(not node.value) if isinstance(node, Constant) else Negation(node)


def _parse_leaf(item):
    if isinstance(item, bool):
        return Constant(item)
    if not isinstance(item, (list, tuple)) or len(item) != 3:
        raise ValueError(f"a condition is a field, an operator and a value, not {item!r}")
    path, operator, value = item
    if path in (0, 1) and operator == "=" and value in (0, 1):
        return Constant(path == value)
    if not isinstance(path, str) or not all(path.split(".")):
        raise ValueError(f"the field of the condition {item!r} has no name")
    if not isinstance(operator, str):
        raise ValueError(f"the condition {item!r} has no operator")
    operator = operator.lower()
    operator = SYNONYMS.get(operator, operator)
    if operator not in OPERATORS:
        raise ValueError(f"the operator {operator!r} of the condition {item!r} is unknown")
    return _normalized(path, operator, value)


def _normalized(path, operator, value):
    """A leaf with the value in the shape its operator wants; lists are tuples."""
    if operator in SUBDOMAIN_OPERATORS:
        parse(value)  # the error, if there is one, is found here
        return Leaf(path, operator, tuple(value))
    is_list = isinstance(value, (list, tuple, set, frozenset))
    if operator == "=?":
        if value is False or value is None:
            return ALWAYS
        operator = "="
    if operator in ("=", "!=") and is_list:
        operator = "in" if operator == "=" else "not in"
    if operator in LIST_OPERATORS:
        return Leaf(path, operator, tuple(value) if is_list else (value,))
    if operator in ("child_of", "parent_of"):
        return Leaf(path, operator, tuple(value) if is_list else (value,))
    if is_list:
        raise ValueError(f"{path} {operator}: the value cannot be a list")
    return Leaf(path, operator, value)


def as_condition(leaf):
    """The leaf as Odoo writes it.

    >>> as_condition(Leaf("a", "in", (1, 2)))
    ('a', 'in', [1, 2])
    """
    value = list(leaf.value) if isinstance(leaf.value, tuple) else leaf.value
    return (leaf.path, leaf.operator, value)


# What the tree says, and why


def signed_leaves(node, positive=True):
    """[(leaf, positive)]: each condition, and whether the rule wants it or its complement."""
    if isinstance(node, Negation):
        return signed_leaves(node.child, not positive)
    if isinstance(node, Group):
        return [pair for child in node.children for pair in signed_leaves(child, positive)]
    return [(node, positive)] if isinstance(node, Leaf) else []


def holds(node, truth, positive=True):
    """Whether the tree (or, not positive, its complement) is true.

    Negations are carried down to the conditions, as Odoo does before it asks the database:
    a condition on an absent value may be false together with its complement.

    :param truth: function of (leaf, positive) -> bool
    """
    if isinstance(node, Constant):
        return node.value == positive
    if isinstance(node, Leaf):
        return truth(node, positive)
    if isinstance(node, Negation):
        return holds(node.child, truth, not positive)
    wants_all = (node.connective == "&") == positive
    return (all if wants_all else any)(holds(child, truth, positive) for child in node.children)


def deciding(node, truth, positive=True):
    """The part of a true tree that makes it true: of an "or", the first true side."""
    return _reduced(node, lambda child, sign: holds(child, truth, sign), "|", positive)


def refusing(node, truth, positive=True):
    """The part of a tree that is not true which keeps it from being true: of an "and", the
    first side that is not true."""
    return _reduced(node, lambda child, sign: not holds(child, truth, sign), "&", positive)


def _reduced(node, is_wanted, choice, positive):
    """The tree with one wanted side left of each ``choice`` and all sides of the other groups."""
    if isinstance(node, Negation):
        return _negated(_reduced(node.child, is_wanted, choice, not positive))
    if not isinstance(node, Group):
        return node
    children = node.children
    if (node.connective == choice) == positive:
        children = [child for child in children if is_wanted(child, positive)][:1] or children
    return _group(
        node.connective, [_reduced(child, is_wanted, choice, positive) for child in children]
    )


# From a tree to words


def rule_words(rule, vocabulary=None):
    """A sentence that says the rule.

    >>> rule_words([("days", ">=", 3), "|", ("ratio", ">", 2), ("lost", "=", True)])
    'days ≥ 3 and (ratio > 2 or lost = True)'

    :param rule: a domain, or a tree of ``parse``
    :raise ValueError: if it is no valid domain
    """
    node = parse(rule) if isinstance(rule, list) else rule
    return _words(node, vocabulary or Vocabulary())


def _words(node, vocabulary):
    if isinstance(node, Constant):
        return vocabulary.phrase("always" if node.value else "never")
    if isinstance(node, Leaf):
        return _leaf_words(node, vocabulary)
    if isinstance(node, Negation):
        return _negation_words(node.child, vocabulary)
    joint = vocabulary.phrase("and" if node.connective == "&" else "or")
    return _join(joint, [_operand_words(child, vocabulary) for child in node.children])


def _operand_words(node, vocabulary):
    words = _words(node, vocabulary)
    if isinstance(node, Group):
        return vocabulary.phrase("group") % {"rule": words}
    return words


def _negation_words(child, vocabulary):
    if isinstance(child, Leaf) and child.operator in COMPLEMENTS:
        return _leaf_words(child._replace(operator=COMPLEMENTS[child.operator]), vocabulary)
    return vocabulary.phrase("not") % {"rule": _words(child, vocabulary)}


def _join(phrase, words):
    sentence = words[0]
    for word in words[1:]:
        sentence = phrase % {"left": sentence, "right": word}
    return sentence


def _absent(value):
    return value is None or value is False


def _leaf_words(leaf, vocabulary):
    if leaf.operator in SUBDOMAIN_OPERATORS:
        return _subdomain_words(leaf, vocabulary)
    if leaf.operator in LIST_OPERATORS:
        return _list_words(leaf, vocabulary)
    if leaf.operator in ("=", "!=") and isinstance(leaf.value, (bool, type(None))):
        return _presence_words(leaf, vocabulary)
    key, value = leaf.operator, leaf.value
    if key in ("child_of", "parent_of"):
        return _say(vocabulary, key, leaf.path, _names(leaf, value, vocabulary))
    if key == "=ilike" and _is_prefix(value):
        key, value = "starts", value[:-1]
    return _say(vocabulary, key, leaf.path, _name(leaf, value, vocabulary))


def _say(vocabulary, key, path, value):
    return vocabulary.phrase(key) % {"field": vocabulary.label(path), "value": value}


def _is_prefix(value):
    return isinstance(value, str) and len(value) > 1 and value.endswith("%") and not (
        set("%_\\") & set(value[:-1])
    )


def _name(leaf, value, vocabulary):
    if _absent(value):
        return vocabulary.phrase("nothing")
    return vocabulary.value(leaf.path, value)


def _names(leaf, values, vocabulary):
    names = [_name(leaf, value, vocabulary) for value in values]
    return _join(vocabulary.phrase("list"), names) if names else vocabulary.phrase("nothing")


def _presence_words(leaf, vocabulary):
    """``=`` and ``!=`` with True, False or None."""
    equal = leaf.operator == "="
    if vocabulary.is_boolean(leaf.path):
        key = "yes" if equal == bool(leaf.value) else "no"
    elif _absent(leaf.value):
        key = "not set" if equal else "set"
    else:
        return _say(vocabulary, leaf.operator, leaf.path, vocabulary.value(leaf.path, True))
    return vocabulary.phrase(key) % {"field": vocabulary.label(leaf.path)}


def _list_words(leaf, vocabulary):
    """``in`` and ``not in``: one value is said as ``=``, an absent one as "is not set"."""
    positive = leaf.operator == "in"
    if vocabulary.is_boolean(leaf.path):
        return _boolean_list_words(leaf, vocabulary, positive)
    present = tuple(value for value in leaf.value if not _absent(value))
    parts = []
    if len(present) == 1:
        parts.append(
            _leaf_words(Leaf(leaf.path, "=" if positive else "!=", present[0]), vocabulary)
        )
    elif present:
        parts.append(_say(vocabulary, leaf.operator, leaf.path, _names(leaf, present, vocabulary)))
    if len(present) < len(leaf.value):
        parts.append(_leaf_words(Leaf(leaf.path, "=" if positive else "!=", False), vocabulary))
    if not parts:
        return vocabulary.phrase("never" if positive else "always")
    words = _join(vocabulary.phrase("or" if positive else "and"), parts)
    return vocabulary.phrase("group") % {"rule": words} if len(parts) > 1 else words


def _boolean_list_words(leaf, vocabulary, positive):
    wanted = {bool(value) == positive for value in leaf.value}
    if len(wanted) == 1:
        return _presence_words(Leaf(leaf.path, "=", wanted.pop()), vocabulary)
    return vocabulary.phrase("always" if bool(wanted) == positive else "never")


def _subdomain_words(leaf, vocabulary):
    rule = _words(parse(list(leaf.value)), vocabulary.within(leaf.path))
    return vocabulary.phrase(leaf.operator) % {
        "field": vocabulary.label(leaf.path), "rule": rule
    }
