"""Spellings the 17.0 source must not use, and what to write instead.

For these there is a spelling that Odoo 17.0, 18.0 and 19.0 all understand, so no rule
translates them. Of spellings of later series only those are named that 17.0 passes over in
silence: what it refuses, the tests on 17.0 tell anyway.

To add a check: a row in ``CHECKS``, and one in tests/data/port_checks.txt.

A line with ``port: ok`` in it is not checked; say there why.
"""

import re
from dataclasses import dataclass, field

from port_rules import DATA_XML, File, selects
from port_text import line_of, parse_xml, unchecked_lines, without_comments

PYTHON = ("*.py",)
JAVASCRIPT = ("*.js",)
TOURS = ("static/tests/tours/*.js",)
CODE = ("*.py", "*.js", "*.xml")
_LIST_STEP = r"\bexpr\s*=\s*(?:\"(?:[^\"]*/)?tree\b[^\"]*|'(?:[^']*/)?tree\b[^']*)"
# Fields that res.partner has lost by 19.0.
_PARTNER = r"\b(?:\w*partner|\w*partner_id)\.(?:mobile|title|date|team_id)\b(?!\()"


@dataclass(frozen=True)
class Check:
    """A spelling (``pattern``, in code without comments) and its remedy."""

    name: str
    only: str  # series that understands it
    globs: tuple
    pattern: str
    write: str
    unless: str = field(default="", repr=False)  # no finding on lines matching this

    def find(self, file):
        code = without_comments(file.path, file.text)
        lines = code.split("\n")
        for match in re.finditer(self.pattern, code):
            line = line_of(code, match.start())
            if not self.unless or not re.search(self.unless, lines[line - 1]):
                yield line, " ".join(match.group().split())


def find_uncommon(file):
    """Return [(line, check name, message)] of an untranslated file of the source."""
    unchecked = unchecked_lines(file.text)
    found = [
        (line, check.name, f"{check.only} only: {text!r}; write {check.write}")
        for check in CHECKS
        if selects(check.globs, file.path)
        for line, text in check.find(file)
    ]
    if selects(DATA_XML, file.path):
        found += [
            (line, name, f"{only} only: {text!r}; write {write}")
            for line, name, only, text, write in _find_in_elements(file)
        ]
    return sorted(finding for finding in set(found) if finding[0] not in unchecked)


def _find_in_elements(file: File):
    """Yield what only its place in the XML tells from a spelling that is right."""
    elements = parse_xml(file.text)
    for element in elements:
        line = line_of(file.text, element.start)
        if element.tag == "group" and _inside(element, "search"):
            for name in ("expand", "string"):
                if name in element.attributes:
                    yield line, "search group", "17.0", f"<group {name}=", "<group>"
        model = element.parent.get("model") if element.parent else None
        if element.tag == "field" and model == "res.groups":
            series = {"users": "17.0", "user_ids": "19.0"}.get(element.get("name"))
            if series:
                text = f'<field name="{element.get("name")}"'
                remedy = "implied_ids on the sales manager group"
                yield line, "group of admins", series, text, remedy


def _inside(element, tag):
    while element:
        if element.tag == tag:
            return True
        element = element.parent
    return False


CHECKS = (
    Check(
        "action view modes", "17.0", ("*.xml",),
        r"name=\"(?:view_mode|binding_view_types)\"[^>]*>[^<]*\btree\b[^<]*<", "list,form",
    ),
    Check(
        "action view modes", "17.0", ("*.py", "*.js"),
        r"[\"'](?:view_mode|binding_view_types)[\"']\s*:\s*[\"'][^\"']*\btree\b[^\"']*",
        "list,form",
    ),
    Check(
        "action view records", "17.0", CODE, r"\bir\.actions\.act_window\.view\b",
        "list,form in view_mode, with view_id or search_view_id",
    ),
    Check(
        "view type", "17.0", ("*.py", "*.js"), r"[\"']tree[\"']",
        '"list" in actions and JS; ("list", "tree") where a view type is compared',
        unless=r"[\"']list[\"']|version_info",
    ),
    Check(
        "xpath into lists", "17.0", ("*.xml", "*.py"), _LIST_STEP,
        "//field[@name='…']",
    ),
    Check(
        "settings action", "17.0", ("*.xml", "*.py"),
        r"name=\"target\"[^>]*>\s*inline|[\"']target[\"']\s*:\s*[\"']inline[\"']", "no target",
    ),
    Check(
        "users of a group", "17.0", PYTHON,
        r"(?:\bref\([^()]*\)|\bgroups?|\b\w+_groups?)\.users\b",
        'has_group, or search res.users by ("groups_id", "in", group.ids)',
    ),
    Check("implied groups", "17.0", CODE, r"\btrans_implied_ids\b", "user.has_group(x)"),
    Check("group test", "17.0", PYTHON, r"\buser_has_groups\b", "self.env.user.has_group(x)"),
    Check(
        "rule-aware SQL", "17.0", PYTHON,
        r"\b(?:_where_calc|_apply_ir_rules|_generate_order_by|_inherits_join_calc)\b",
        "query = Model._search(domain); query.from_clause, query.where_clause",
    ),
    Check(
        "search flushing", "17.0", PYTHON, r"\b_flush_search\b|\baccess_rights_uid\b",
        "flush_model, and sudo() for other rights",
    ),
    Check(
        "domain algebra", "17.0", PYTHON,
        r"\bodoo\.osv\b|\bfrom odoo import (?:[\w, ]*, )?osv\b|\bexpression\.(?:AND|OR)\b",
        "prefix lists",
    ),
    Check(
        "sale order line", "17.0", CODE, r"\bproduct_uom\b|\btax_id\b",
        "product_uom_qty, price_subtotal; do not name unit and taxes",
    ),
    Check(
        "unit conversion in SQL", "17.0", PYTHON,
        r"\b\w*uom\w*\.factor(?:_inv)?\b|\bfactor_inv\b",
        "no unit conversion in SQL: 19.0 has the factor inverted",
    ),
    Check(
        "partner fields", "17.0", ("*.py", "*.xml"),
        _PARTNER + r"|\bname=\"mobile\"|[\"']mobile[\"']\s*:", "phone, email, user_id",
    ),
    Check(
        "partner kanban", "17.0", ("*.xml", "*.py"), r"\boe_kanban_details\b",
        "//templates//field[@name='email']/..",
    ),
    Check(
        "kanban colour", "17.0", ("*.xml",), r"\boe_kanban_colorpicker\b",
        'highlight_color="color" on <kanban>',
    ),
    Check(
        "kanban colour", "19.0", ("*.xml",), r"\bkanban_color_picker\b",
        'highlight_color="color" on <kanban>',
    ),
    Check(
        "JS remote calls", "17.0", JAVASCRIPT,
        r"\buseService\([\"']rpc[\"']\)|\bweb/core/network/rpc_service\b", 'useService("orm")',
    ),
    Check(
        "tour flags", "17.0", TOURS,
        r"\btest:\s*true|\bisCheck:|\b(?:extra|alt|skip)_trigger:|\b(?:in_modal|shadow_dom"
        r"|auto|mobile|edition|consumeEvent|allowInvisible|position|sequence)\s*:",
        "no test; checks run() {}; one trigger per step",
    ),
    Check(
        "tour flags", "19.0", TOURS, r"\b(?:isActive|tooltipPosition|expectUnloadPage)\s*:",
        "a step that both series know: trigger, content, run, timeout",
    ),
    Check(
        "tour typing", "17.0", TOURS, r"\brun:\s*[\"'`]text\b|\.text\(",
        "h => h.edit ? h.edit(v) : h.text(v)", unless=r"\.edit\b",
    ),
    Check(
        "group_expand", "17.0", PYTHON, r"\bdef \w*group_expand\w*\(self, \w+, \w+, order\)",
        "(self, values, domain, order=None)",
    ),
    Check(
        "web_read_group", "17.0", PYTHON, r"\bweb_read_group\b|(?<![\w])read_group\(",
        "_read_group (17.0 and 19.0 return other dicts; read_group warns in 19.0)",
    ),
    Check(
        "_field_to_sql", "17.0", PYTHON, r"\bdef _field_to_sql\(self, alias, \w+, query=None\)",
        "(self, alias, fname, query=None, *args, **kwargs): 18.0 passes flush too",
    ),
    Check(
        "names of records", "17.0", PYTHON, r"\bname_get\b|\b_name_search\b",
        "_compute_display_name, _rec_names_search",
    ),
    Check("names of records", "19.0", PYTHON, r"\b_search_display_name\b", "_rec_names_search"),
    Check(
        "registry", "17.0", PYTHON,
        r"\bodoo\.registry\(|\bfrom odoo import (?:[\w, ]*, )?registry\b|\bin_test_mode\b",
        "from odoo.modules.registry import Registry",
    ),
    Check(
        "environment shortcuts", "17.0", PYTHON, r"\bself\._(?:cr|uid|context)\b",
        "self.env.cr, self.env.uid, self.env.context",
    ),
    Check("archiving", "17.0", CODE, r"\btoggle_active\b", "action_archive, action_unarchive"),
    Check("api.returns", "17.0", PYTHON, r"\bapi\.returns\b", "no decorator"),
    Check(
        "test forms", "17.0", PYTHON,
        r"\bfrom odoo\.tests\.common import (?:[\w, (]*, )?Form\b|\bcommon\.Form\b",
        "from odoo.tests import Form",
    ),
    Check(
        "product type", "17.0", ("*.py", "*.xml", "*.csv"), r"\bdetailed_type\b",
        "no type (goods are the default); in 17.0 a type needs detailed_type",
    ),
    Check("ir.property", "17.0", CODE, r"\bir\.property\b", "with_company(company) and the field"),
    Check(
        "activity types", "17.0", ("*.py", "*.xml"), r"\bkeep_done\b",
        "nothing: 19.0 always keeps them",
    ),
    Check(
        "JS services", "17.0", JAVASCRIPT,
        r"\buseService\([\"'](?:user|company|router|cookie)[\"']\)",
        "let the server send it with the data",
    ),
    Check(
        "kanban helpers", "17.0", ("*.xml", "!static/*"),
        r"\bkanban_(?:image|color|getcolor|getcolorname)\(|\bread_only_mode\b"
        r"|\bwidget\.isHtmlEmpty\b",
        'fields with a widget (image, badge), highlight_color="color"',
    ),
    Check(
        "kanban edit button", "17.0", ("*.xml", "!static/*"),
        r"<(?:a|button)\b[^>]*\btype=\"edit\"", 'type="open"',
    ),
    Check("banner_route", "17.0", ("*.xml", "!static/*"), r"\bbanner_route=", "no banner"),
    Check(
        "unit test bundles", "17.0", ("__manifest__.py",),
        r"\bweb\.qunit_(?:mobile_)?suite_tests\b", "tours in web.assets_tests",
    ),
    Check(
        "unit test bundles", "19.0", ("__manifest__.py",), r"\bweb\.assets_unit_tests\b",
        "tours in web.assets_tests",
    ),
    # --- 17.0 passes over them; a rule translates the old spelling ---
    Check(
        "list tag", "19.0", ("*.xml", "!static/*"),
        r"</?list\b|\bmode=\"[^\"]*\blist\b|\blist_view_ref\b",
        "<tree>, mode=\"tree\", tree_view_ref: the rule 'tree to list' translates",
    ),
    Check(
        "chatter tag", "19.0", ("*.xml", "!static/*"), r"<chatter\b",
        "<div class=\"oe_chatter\">: the rule 'chatter' translates",
    ),
    Check(
        "card template", "19.0", ("*.xml", "!static/*"), r"\bt-name=\"(?:card|menu)\"",
        "kanban-box, kanban-menu: the rule 'kanban card' translates",
    ),
)
