"""The rules that turn the 17.0 addon into one for 18.0 or 19.0.

A rule stands here only where no spelling serves every series; where one does, the
source must use it and ``port_checks`` says so. A rule gets the text of a file and
returns its new text; ``leftovers`` then names the 17.0 spellings it could not
translate, because Odoo itself stays silent about several of them.

To add a rule: write ``_translate_x(file)``, add a ``Rule`` to ``RULES``, add cases to
tests/data/port_rules.txt (one that is translated, one that stays) and port_leftovers.txt.
"""

import ast
import itertools
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from port_text import (
    Edits,
    Python,
    indent_of,
    line_of,
    parse_xml,
    substitute,
    unchecked_lines,
    without_comments,
)

SOURCE_SERIES = "17.0"
TARGET_SERIES = ("18.0", "19.0")
LINE_LENGTH = 88

# XML that Odoo loads as records; static/ holds OWL templates, which are JavaScript's.
DATA_XML = ("*.xml", "!static/*")


@dataclass(frozen=True)
class File:
    """A text file of the addon while it is translated."""

    path: str  # inside the addon, with slashes
    text: str
    series: str = "19.0"
    addon: str = "customer_segmentation"
    # path -> untranslated text of every text file of the addon, this one included
    siblings: dict = field(default_factory=dict, repr=False)

    def with_text(self, text):
        return replace(self, text=text)


@dataclass(frozen=True)
class Rule:
    """One translation, from ``since`` on, in the files that match ``globs``."""

    name: str
    since: str
    globs: tuple
    before: str
    after: str
    translate: Callable
    leftovers: Callable

    def applies(self, file):
        return float(file.series) >= float(self.since) and selects(self.globs, file.path)


def selects(globs, path):
    """Tell whether ``path`` matches a glob, and none of those that start with !."""
    wanted = [glob for glob in globs if not glob.startswith("!")]
    unwanted = [glob[1:] for glob in globs if glob.startswith("!")]
    return any(fnmatchcase(path, glob) for glob in wanted) and not any(
        fnmatchcase(path, glob) for glob in unwanted
    )


def port_text(file):
    """Return the text of ``file`` in the spelling of its series."""
    for rule in RULES:
        if rule.applies(file):
            file = file.with_text(rule.translate(file))
    return file.text


def find_leftovers(file):
    """Return [(line, rule name, message)] of 17.0 spellings in a translated file."""
    unchecked = unchecked_lines(file.text)
    return [
        (line, rule.name, message)
        for rule in RULES
        if rule.applies(file)
        for line, message in rule.leftovers(file)
        if line not in unchecked
    ]


def _spelling(pattern):
    """Make a ``leftovers`` function that looks for ``pattern`` in the code."""
    expression = re.compile(pattern)

    def leftovers(file):
        code = without_comments(file.path, file.text)
        return [
            (line_of(code, match.start()), f"17.0 spelling survives: {match.group()!r}")
            for match in expression.finditer(code)
        ]

    return leftovers


# --- manifest version --------------------------------------------------------


def _version_node(file):
    python = Python(file.text)
    for node in ast.walk(python.tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "version":
                    return python, value
    return python, None


def _translate_version(file):
    python, node = _version_node(file)
    if not node:
        return file.text
    start, end = python.span(node)
    version = file.text[start:end]
    prefix = re.compile(r"^([\"'])" + re.escape(SOURCE_SERIES) + r"\.")
    version = prefix.sub(lambda match: f"{match[1]}{file.series}.", version)
    return file.text[:start] + version + file.text[end:]


def _version_leftovers(file):
    _python, node = _version_node(file)
    version = getattr(node, "value", "")
    if str(version).startswith(f"{file.series}."):
        return []
    return [
        (
            getattr(node, "lineno", 1),
            f"version {version!r} must start with {SOURCE_SERIES}. in the source: "
            "Odoo leaves an addon of another series out without an error",
        )
    ]


# --- tree to list ------------------------------------------------------------

_TREE_STEP = r"(?<![\w@'\"-])tree(?![\w'\"-])"


def _translate_tree(file):
    text = substitute(file.path, file.text, r"\btree_view_ref\b", "list_view_ref")
    if not selects(DATA_XML, file.path):
        return text
    edits = Edits(text)
    for element in parse_xml(text):
        if element.tag == "tree":
            _rename_tag(edits, element, "list")
        _edit_attribute(edits, element, "expr", _TREE_STEP, "list")
        if element.tag == "field" and element.get("type") != "xml":
            _edit_attribute(edits, element, "mode", r"\btree\b", "list")
    return edits.apply()


def _rename_tag(edits, element, tag):
    edits.replace(element.start + 1, element.start + 1 + len(element.tag), tag)
    if element.close_start < element.end:
        start = element.close_start + 2
        edits.replace(start, start + len(element.tag), tag)


def _edit_attribute(edits, element, name, pattern, replacement):
    if name not in element.attributes:
        return
    start, end = element.attributes[name]
    old = element.source[start:end]
    new = re.sub(pattern, replacement, old)
    if new != old:
        edits.replace(start, end, new)


# --- chatter -----------------------------------------------------------------

_CHATTER_STEP = r"\bdiv\[(?:hasclass\('oe_chatter'\)|@class='oe_chatter')\]"
_CHATTER_FIELDS = ("message_follower_ids", "activity_ids", "message_ids")


def _translate_chatter(file):
    edits = Edits(file.text)
    for element in parse_xml(file.text):
        _edit_attribute(edits, element, "expr", _CHATTER_STEP, "chatter")
        if _is_plain_chatter(element):
            edits.replace(element.start, element.end, _chatter(element))
    return edits.apply()


def _is_plain_chatter(element):
    if element.tag != "div" or "oe_chatter" not in element.get("class", "").split():
        return False
    return "<!--" not in element.content and all(
        child.tag == "field" and child.get("name") in _CHATTER_FIELDS for child in element.children
    )


def _chatter(div):
    """Return the tag that says what the div and its fields said.

    ``groups`` of a single field have no counterpart and are dropped, as in Odoo's
    own views.
    """
    attributes = {name: div.get(name) for name in div.attributes if name not in ("class", "name")}
    classes = [name for name in div.get("class").split() if name != "oe_chatter"]
    if classes:
        attributes["class"] = " ".join(classes)
    for child in div.children:
        attributes.update(_chatter_options(child))
    written = "".join(f' {name}="{value}"' for name, value in attributes.items())
    return f"<chatter{written}/>"


def _chatter_options(child):
    options = child.get("options", "")
    found = {}
    if re.search(r"['\"]open_attachments['\"]\s*:\s*(True|true|1)", options):
        found["open_attachments"] = "True"
    if re.search(r"['\"]post_refresh['\"]", options):
        followers = child.get("name") == "message_follower_ids"
        found["reload_on_follower" if followers else "reload_on_post"] = "True"
    return found


# --- kanban card -------------------------------------------------------------

_KANBAN_TEMPLATES = {"kanban-box": "card", "kanban-menu": "menu"}


def _translate_kanban(file):
    """Rename the templates of a card and of its menu.

    18.0 still takes the old names, and warns. The div that makes the card clickable in
    17.0 (oe_kanban_global_click) stays: later series open the record anyway and have no
    style for the class.
    """
    edits = Edits(file.text)
    for element in parse_xml(file.text):
        for old, new in _KANBAN_TEMPLATES.items():
            for name in ("t-name", "t-call"):
                _edit_attribute(edits, element, name, f"^{old}$", new)
            if f"'{old}'" in element.get("expr", ""):
                _edit_attribute(edits, element, "expr", f"(?<=')({old})(?=')", new)
    return edits.apply()


# --- cron fields -------------------------------------------------------------


def _records(elements, *models):
    return [
        element
        for element in elements
        if element.tag == "record" and element.get("model") in models
    ]


def _value(element):
    """Return what a <field> says: its eval, ref or text."""
    return element.get("eval") or element.get("ref") or element.content.strip()


def _translate_cron(file):
    """Drop the two fields where they say what later series always do."""
    unneeded = {"numbercall": ("-1",), "doall": ("False", "0", "")}
    edits = Edits(file.text)
    for record in _records(parse_xml(file.text), "ir.cron"):
        for child in record.children:
            if _value(child) in unneeded.get(child.get("name"), ()):
                edits.delete_element(child.start, child.end)
    return edits.apply()


# --- groups_id ---------------------------------------------------------------

_USER = (
    r"(?<![\w.])(?:\w+\.)*(?:\w+_)?(?:users?|user_ids?|create_uid|write_uid)"
    r"(?:\.(?:sudo|with_context|with_company)\([^()]*\))*"
)
_LEAF = r"([\"'](?:\w+\.)*)groups_id(?=[\"']\s*,\s*[\"'](?:=|!=|in|not in)[\"'])"
_READ = rf"({_USER}\.)groups_id\b(?!\s*(?:[|+&-]?=(?!=)))"
_NAME = r"(?<![\w-])(default_)?groups_id\b"


def _translate_groups_id(file):
    """Rename the field; what a user *has* (not: was given) is all_group_ids in 19.0.

    In 17.0 the one field of a user holds implied groups too. So a domain leaf and the
    reading of a user's groups become all_group_ids, everything that writes, and menus,
    actions and views, become group_ids.
    """
    text = substitute(file.path, file.text, _LEAF, r"\1all_group_ids")
    text = substitute(file.path, text, _READ, r"\1all_group_ids")
    return substitute(file.path, text, _NAME, r"\1group_ids")


# --- group privilege ---------------------------------------------------------

# Categories of other addons that groups of a later series no longer have.
_KNOWN_PRIVILEGES = {
    "base.module_category_sales_sales": "sales_team.res_groups_privilege_sales",
}
_PRIVILEGE_FIELDS = ("name", "description", "sequence")
_PO_CATEGORY = re.compile(r"^#: model:ir\.module\.category,(\w+):(\S+)$", re.MULTILINE)


def _translate_privilege(file):
    if file.path.endswith(".po") or file.path.endswith(".pot"):
        return _translate_privilege_terms(file)
    elements = parse_xml(file.text)
    edits = Edits(file.text)
    own = _group_categories(file)
    for record in _records(elements, "ir.module.category"):
        if _local_id(file, record.get("id")) in own and not _has_privilege(
            file, elements, record.get("id")
        ):
            edits.insert(record.end, _privilege(file, record))
    for category in _category_fields(elements):
        privilege = _privilege_id(file, category.get("ref"))
        if privilege:
            edits.replace(*category.attributes["name"], "privilege_id")
            edits.replace(*category.attributes["ref"], privilege)
    return edits.apply()


def _category_fields(elements):
    """Return the <field name="category_id" ref="…"/> of groups."""
    return [
        child
        for group in _records(elements, "res.groups")
        for child in group.children
        if child.get("name") == "category_id" and child.get("ref")
    ]


def _group_categories(file):
    """Return the local ids of the addon's categories that its groups name."""
    texts = {**file.siblings, file.path: file.text}
    return {
        _local_id(file, category.get("ref"))
        for path, text in texts.items()
        if selects(DATA_XML, path) and "res.groups" in text
        for category in _category_fields(parse_xml(text))
    }


def _local_id(file, xmlid):
    return (xmlid or "").removeprefix(f"{file.addon}.")


def _has_privilege(file, elements, category):
    wanted = _privilege_id(file, category)
    records = _records(elements, "res.groups.privilege")
    return any(_local_id(file, record.get("id")) == wanted for record in records)


def _privilege_id(file, category):
    """Return the id of the privilege that stands for a category, or None."""
    local = _local_id(file, category)
    if "." in local:
        return _KNOWN_PRIVILEGES.get(local)
    name = local.removeprefix("module_category_").removesuffix("_category")
    return f"res_groups_privilege_{name}"


def _privilege(file, category):
    """Return the record of the privilege, laid out as its category's.

    It stands where 17.0 shows the category: below the category's parent.
    """
    parent = category.child(name="parent_id")
    above = parent.get("ref") if parent else category.get("id")
    fields = [
        child.source[child.start : child.end]
        for child in category.children
        if child.get("name") in _PRIVILEGE_FIELDS
    ]
    fields.append(f'<field name="category_id" ref="{above}"/>')
    indent = indent_of(category.source, category.start)
    inner = indent + "    "
    if category.children:
        inner = indent_of(category.source, category.children[0].start) or inner
    privilege = _privilege_id(file, category.get("id"))
    lines = [f'<record id="{privilege}" model="res.groups.privilege">']
    lines = [f"\n{indent}{lines[0]}", *(f"{inner}{line}" for line in fields)]
    return "\n" + "\n".join([*lines, f"{indent}</record>"])


def _translate_privilege_terms(file):
    """Let the privilege share the translations of its category."""
    own = _group_categories(file)

    def with_privilege(match):
        field_name, xmlid = match.groups()
        privilege = f"{file.addon}.{_privilege_id(file, xmlid)}"
        addition = f"#: model:res.groups.privilege,{field_name}:{privilege}"
        wanted = _local_id(file, xmlid) in own and field_name == "name"
        if not wanted or addition in file.text:
            return match.group()
        return f"{match.group()}\n{addition}"

    return _PO_CATEGORY.sub(with_privilege, file.text)


def _privilege_leftovers(file):
    if not selects(DATA_XML, file.path):
        return []
    return [
        (
            line_of(file.text, child.start),
            "17.0 spelling survives: category_id of res.groups "
            f"({_value(child)}: no privilege of a later series is known for it)",
        )
        for group in _records(parse_xml(file.text), "res.groups")
        for child in group.children
        if child.get("name") == "category_id"
    ]


# --- SQL constraints ---------------------------------------------------------


def _translate_constraints(file):
    if "_sql_constraints" not in file.text:
        return file.text
    python = Python(file.text)
    edits = Edits(file.text)
    for _class, statement in _constraint_lists(python):
        if _is_plain_list(statement.value):
            start, end = python.span(statement)
            indent = indent_of(file.text, start)
            lines = _constraint_lines(python, statement, indent)
            edits.replace(start, end, f"\n{indent}".join(lines))
    return edits.apply()


def _constraint_lists(python):
    """Yield (class, assignment) for each ``_sql_constraints``."""
    for node in ast.walk(python.tree):
        for statement in node.body if isinstance(node, ast.ClassDef) else ():
            targets = statement.targets if isinstance(statement, ast.Assign) else ()
            if any(getattr(target, "id", "") == "_sql_constraints" for target in targets):
                yield node, statement


def _is_plain_list(value):
    return isinstance(value, (ast.List, ast.Tuple)) and all(
        isinstance(item, (ast.Tuple, ast.List))
        and len(item.elts) in (2, 3)
        and isinstance(item.elts[0], ast.Constant)
        for item in value.elts
    )


def _constraint_lines(python, statement, indent):
    """Return the lines of the class attributes, comments above what they follow."""
    lines = []
    position, end = python.span(statement)
    for item in statement.value.elts:
        item_start, item_end = python.span(item)
        item_end = _end_of_line(python.text, item_end, end)
        lines += [text for _at, text in python.comments(position, item_end)]
        lines += _constraint(python, item, indent, python.text[item_start:item_end])
        position = item_end
    return lines + [text for _at, text in python.comments(position, end)]


def _end_of_line(text, offset, limit):
    line_end = text.find("\n", offset)
    return min(limit, line_end) if line_end >= 0 else limit


def _constraint(python, item, indent, written):
    name = f"_{item.elts[0].value}"
    arguments = [_reindent(python.source(node), indent) for node in item.elts[1:]]
    one_line = f"{name} = models.Constraint({', '.join(arguments)})"
    fits = len(indent) + len(one_line) <= LINE_LENGTH
    if fits and "\n" not in written and "\n" not in one_line:
        return [one_line]
    return [
        f"{name} = models.Constraint(",
        *(f"    {argument}," for argument in arguments),
        ")",
    ]


def _reindent(source, indent):
    if '"""' in source or "'''" in source:
        return source
    lines = source.split("\n")
    return f"\n{indent}    ".join([lines[0], *(line.strip() for line in lines[1:])])


def _constraint_leftovers(file):
    found = _spelling(r"\b_sql_constraints\b")(file)
    for node in ast.walk(Python(file.text).tree):
        if isinstance(node, ast.ClassDef):
            found += _constraint_clashes(node)
    return found


def _constraint_clashes(class_node):
    """Name constraints that a method or attribute of the same name replaces."""
    constraints, others = {}, set()
    for statement in class_node.body:
        names = _bound_names(statement)
        if _is_constraint(statement):
            constraints.update((name, statement.lineno) for name in names)
        else:
            others.update(names)
    return [
        (line, f"the class has two {name}: give the constraint a name of its own")
        for name, line in constraints.items()
        if name in others
    ]


def _is_constraint(statement):
    call = getattr(statement, "value", None)
    return isinstance(call, ast.Call) and ast.unparse(call.func) == "models.Constraint"


def _bound_names(statement):
    if isinstance(statement, (ast.FunctionDef, ast.ClassDef)):
        return [statement.name]
    targets = getattr(statement, "targets", [getattr(statement, "target", None)])
    return [target.id for target in targets if isinstance(target, ast.Name)]


# --- aggregator --------------------------------------------------------------


def _calls(python):
    return [node for node in ast.walk(python.tree) if isinstance(node, ast.Call)]


def _translate_aggregator(file):
    if "group_operator" not in file.text:
        return file.text
    python = Python(file.text)
    edits = Edits(file.text)
    for call in _calls(python):
        for keyword in call.keywords:
            if keyword.arg == "group_operator":
                start = python.span(keyword)[0]
                edits.replace(start, start + len(keyword.arg), "aggregator")
    return edits.apply()


# --- parent_path -------------------------------------------------------------


def _translate_unaccent(file):
    if "unaccent" not in file.text:
        return file.text
    python = Python(file.text)
    edits = Edits(file.text)
    for call in _calls(python):
        for keyword in call.keywords:
            if keyword.arg == "unaccent" and _is_field(call):
                edits.delete_element(*_argument_span(python, call, keyword))
    return edits.apply()


def _is_field(call):
    owner = getattr(call.func, "value", None)
    return getattr(owner, "id", "") == "fields"


def _argument_span(python, call, keyword):
    """Return the span of an argument and of the comma that goes with it."""
    start, end = python.span(keyword)
    after = re.compile(r"\s*,[^\S\n]*").match(python.text, end)
    alone = not python.text[python.text.rfind("\n", 0, start) + 1 : start].strip()
    if after and (alone or keyword is not call.keywords[-1]):
        return start, after.end()
    before = re.search(r",\s*$", python.text[:start])
    return (before.start() if before else start), end


# --- access checks -----------------------------------------------------------

_ACCESS_METHODS = ("check_access_rights", "check_access_rule")
_FILTER_METHODS = ("_filter_access_rules", "_filter_access_rules_python")


def _translate_access(file):
    if not any(name in file.text for name in (*_ACCESS_METHODS, *_FILTER_METHODS)):
        return file.text
    python = Python(file.text)
    edits = Edits(file.text)
    paired = _join_access_pairs(python, edits)
    for call in _calls(python):
        if _method(call) in _FILTER_METHODS:
            _rename_method(python, edits, call, "_filtered_access")
        elif _method(call) in _ACCESS_METHODS and call not in paired:
            _translate_access_call(python, edits, call)
    return edits.apply()


def _method(call):
    return call.func.attr if isinstance(call.func, ast.Attribute) else None


def _rename_method(python, edits, call, name):
    end = python.span(call.func)[1]
    edits.replace(end - len(call.func.attr), end, name)


def _join_access_pairs(python, edits):
    """Make one call of two neighbouring ones that ask the two halves."""
    paired = []
    for first, second in _neighbours(python.tree):
        calls = [_access_call(first), _access_call(second)]
        if not all(calls) or calls[0] in paired:
            continue
        methods = {_method(call) for call in calls}
        if len(methods) == 2 and len({_question(call) for call in calls}) == 1:
            _rename_method(python, edits, calls[0], "check_access")
            edits.delete_element(*python.span(second))
            paired += calls
    return paired


def _neighbours(tree):
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                yield from itertools.pairwise(body)


def _access_call(statement):
    call = getattr(statement, "value", None) if isinstance(statement, ast.Expr) else None
    if isinstance(call, ast.Call) and _method(call) in _ACCESS_METHODS:
        return call if len(call.args) == 1 and not call.keywords else None
    return None


def _question(call):
    return ast.dump(call.func.value), ast.dump(call.args[0])


def _translate_access_call(python, edits, call):
    """Translate a lone call; what cannot be told stays and is reported."""
    raises = _raises(call)
    owner = call.func.value
    overrides = isinstance(owner, ast.Call) and getattr(owner.func, "id", "") == "super"
    if not call.args or raises is None or overrides:
        return
    name = "check_access" if raises else "has_access"
    on_model = _method(call) == "check_access_rights" and not _is_model(owner)
    asked = python.source(owner) + (".browse()" if on_model else "")
    operation = python.source(call.args[0])
    edits.replace(*python.span(call), f"{asked}.{name}({operation})")


def _raises(call):
    """Return whether a refusal raises; None if that is not a constant."""
    given = [keyword.value for keyword in call.keywords] + call.args[1:]
    if not given:
        return True
    value = getattr(given[0], "value", None)
    return value if isinstance(value, bool) else None


def _is_model(node):
    """Tell whether an expression surely has no records: env["model"], browse()."""
    if isinstance(node, ast.Subscript):
        return ast.unparse(node.value).endswith("env")
    return isinstance(node, ast.Call) and _method(node) == "browse" and not node.args


# --- recursion ---------------------------------------------------------------

_RECURSION_METHODS = ("_check_recursion", "_check_m2m_recursion")


def _translate_recursion(file):
    if "_recursion" not in file.text:
        return file.text
    python = Python(file.text)
    edits = Edits(file.text)
    parents = {
        child: node for node in ast.walk(python.tree) for child in ast.iter_child_nodes(node)
    }
    for call in _calls(python):
        if _method(call) in _RECURSION_METHODS:
            _translate_recursion_call(python, edits, call, parents[call])
    return edits.apply()


def _translate_recursion_call(python, edits, call, parent):
    start, end = python.span(call)
    arguments = python.text[python.span(call.func)[1] : end]
    arguments = re.sub(r"\b(parent|field_name)\s*=\s*", "", arguments)
    cycle = f"{python.source(call.func.value)}._has_cycle{arguments}"
    if isinstance(parent, ast.UnaryOp) and isinstance(parent.op, ast.Not):
        edits.replace(*python.span(parent), cycle)
    elif isinstance(parent, (ast.expr, ast.keyword)) and not isinstance(parent, ast.BoolOp):
        edits.replace(start, end, f"(not {cycle})")
    else:
        edits.replace(start, end, f"not {cycle}")


# --- plan deadline -----------------------------------------------------------

_DEADLINE = (
    r"self\.env\[\"mail\.activity\"\]\._calculate_date_deadline\("
    r"\s*(\w+)\.activity_type_id,\s*force_base_date=(\w+),?\s*\)"
)
_DELAY_FIELDS = ("delay_count", "delay_unit")


def _translate_plan(file):
    """Ask the line of an activity plan when it is due: it has its own delay since 18.0.

    Before, the type of the activity had it; so in data it moves from the type to the line.
    """
    if file.path.endswith(".py"):
        return substitute(file.path, file.text, _DEADLINE, r"\1._get_date_deadline(\2)")
    if "mail.activity.plan.template" not in file.text:
        return file.text
    elements = parse_xml(file.text)
    types = {record.get("id"): record for record in _records(elements, "mail.activity.type")}
    edits = Edits(file.text)
    for line in _records(elements, "mail.activity.plan.template"):
        reference = line.child(name="activity_type_id")
        kind = types.get(_local_id(file, reference.get("ref"))) if reference else None
        if kind and not line.child(name="delay_count"):
            edits.insert(reference.end, _delay(kind, indent_of(line.source, reference.start)))
    return edits.apply()


def _delay(kind, indent):
    children = [kind.child(name=name) for name in _DELAY_FIELDS]
    fields = [child.source[child.start : child.end] for child in children if child]
    if fields:
        fields.append('<field name="delay_from">after_plan_date</field>')
    return "".join(f"\n{indent}{text}" for text in fields)


# --- route type --------------------------------------------------------------


def _translate_route(file):
    if "route" not in file.text:
        return file.text
    python = Python(file.text)
    edits = Edits(file.text)
    for call in _calls(python):
        name = _method(call) or getattr(call.func, "id", None)
        for keyword in call.keywords if name == "route" else ():
            value = keyword.value
            if keyword.arg == "type" and getattr(value, "value", None) == "json":
                start, end = python.span(value)
                edits.replace(start + 1, end - 1, "jsonrpc")
    return edits.apply()


# --- filter owner ------------------------------------------------------------


def _translate_filter(file):
    """A filter for everybody: no user in 17.0, an empty list of users in 19.0."""
    edits = Edits(file.text)
    for record in _records(parse_xml(file.text), "ir.filters"):
        owner = record.child(name="user_id")
        if owner and _value(owner) in ("False", ""):
            edits.delete_element(owner.start, owner.end)
    return edits.apply()


def _filter_leftovers(file):
    return [
        (line_of(file.text, child.start), "17.0 spelling survives: user_id of ir.filters")
        for record in _records(parse_xml(file.text), "ir.filters")
        for child in record.children
        if child.get("name") == "user_id"
    ]


# --- flush of a field --------------------------------------------------------

_FIELD_TO_SQL = r"(def _field_to_sql\(self, alias, \w+, query=None, \*args)(?=\))"
_SUPER_FIELD_TO_SQL = r"(super\(\)\._field_to_sql\(alias, \w+, query, \*args)(?=\))"


def _translate_flush(file):
    """Pass on what 18.0 calls by name.

    The source does it by itself (and 17.0 does not mind); its former versions did not, and
    are upgraded on every series.
    """
    text = substitute(file.path, file.text, _FIELD_TO_SQL, r"\1, **kwargs")
    return substitute(file.path, text, _SUPER_FIELD_TO_SQL, r"\1, **kwargs")


RULES = (
    Rule(
        "manifest version", "18.0", ("__manifest__.py",), '"version": "17.0.1.0.0"',
        '"version": "19.0.1.0.0"', _translate_version, _version_leftovers,
    ),
    Rule(
        "tree to list", "18.0", ("*.xml", "*.py", "*.js"), '<tree>, mode="tree", tree_view_ref',
        '<list>, mode="list", list_view_ref', _translate_tree,
        _spelling(r"</?tree\b|\bmode=\"[^\"]*\btree\b[^\"]*\"|\btree_view_ref\b|//tree\b"),
    ),
    Rule(
        "chatter", "18.0", DATA_XML, '<div class="oe_chatter"><field name="message_ids"/></div>',
        "<chatter/>", _translate_chatter, _spelling(r"\boe_chatter\b"),
    ),
    Rule(
        "kanban card", "18.0", DATA_XML, 't-name="kanban-box", t-name="kanban-menu"',
        't-name="card", t-name="menu"', _translate_kanban, _spelling(r"\bkanban-(?:box|menu)\b"),
    ),
    Rule(
        "cron fields", "18.0", (*DATA_XML, "*.py"), '<field name="numbercall">-1</field>, doall',
        "(none)", lambda file: file.text if file.path.endswith(".py") else _translate_cron(file),
        _spelling(r"[\"'](?:numbercall|doall)[\"']"),
    ),
    Rule(
        "groups_id", "19.0", ("*.xml", "*.py", "*.js", "*.csv"),
        'groups_id; ("groups_id", "in", …), user.groups_id',
        "group_ids; all_group_ids where a user's groups are read", _translate_groups_id,
        _spelling(r"\b(?:default_)?groups_id\b"),
    ),
    Rule(
        "group privilege", "19.0", (*DATA_XML, "*.po", "*.pot"), "category_id of res.groups",
        "a res.groups.privilege, privilege_id", _translate_privilege, _privilege_leftovers,
    ),
    Rule(
        "SQL constraints", "19.0", ("*.py",), "_sql_constraints = [(name, definition, message)]",
        "_name = models.Constraint(definition, message)", _translate_constraints,
        _constraint_leftovers,
    ),
    Rule(
        "aggregator", "18.0", ("*.py",), 'group_operator="avg"', 'aggregator="avg"',
        _translate_aggregator, _spelling(r"\bgroup_operator\b"),
    ),
    Rule(
        "parent_path", "18.0", ("*.py",), "fields.Char(index=True, unaccent=False)",
        "fields.Char(index=True)", _translate_unaccent,
        _spelling(r"\bunaccent\s*=\s*(?:True|False)\b"),
    ),
    Rule(
        "access checks", "18.0", ("*.py",), "check_access_rights(x) + check_access_rule(x)",
        "check_access(x)", _translate_access,
        _spelling(r"\bcheck_access_(?:rights|rule)\b|\b_filter_access_rules\w*"),
    ),
    Rule(
        "recursion", "18.0", ("*.py",), "not self._check_recursion()", "self._has_cycle()",
        _translate_recursion, _spelling(r"\b_check_(?:m2m_)?recursion\b"),
    ),
    Rule(
        "plan deadline", "18.0", ("*.py", *DATA_XML),
        "_calculate_date_deadline(line.activity_type_id, …)", "line._get_date_deadline(…)",
        _translate_plan, _spelling(r"\b_calculate_date_deadline\b"),
    ),
    Rule(
        "route type", "19.0", ("*.py",), '@http.route(…, type="json")',
        '@http.route(…, type="jsonrpc")', _translate_route,
        _spelling(r"\btype\s*=\s*[\"']json[\"']"),
    ),
    Rule(
        "filter owner", "19.0", DATA_XML, '<field name="user_id" eval="False"/> of ir.filters',
        "(none)", _translate_filter, _filter_leftovers,
    ),
    Rule(
        "flush of a field", "18.0", ("*.py",),
        "def _field_to_sql(self, alias, fname, query=None, *args)",
        "def _field_to_sql(self, alias, fname, query=None, *args, **kwargs)", _translate_flush,
        _spelling(r"\b_field_to_sql\(.*\*args\)"),
    ),
)
