"""The port tool: each rule before and after, each check firing, nothing else touched.

Plain pytest: nothing here needs Odoo. The cases stand in tables of tests/data: a line
``=== name | path``, a text and, below ``---``, another one.

- port_rules.txt: the text of 17.0 and that of 19.0; one text alone must stay untouched
- port_leftovers.txt: a text that the rule cannot translate
- port_checks.txt: a spelling of one series, and one of all that is accepted
"""

import random
import re
import sys
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev"))

import port  # noqa: E402
import port_text  # noqa: E402
from port_checks import CHECKS, find_uncommon  # noqa: E402
from port_rules import RULES, File, find_leftovers  # noqa: E402
from port_rules import port_text as port_file  # noqa: E402

DATA = Path(__file__).resolve().parents[1] / "data"


class Case(NamedTuple):
    name: str
    path: str
    text: str
    other: str | None  # None where there is one text


def read_cases(name):
    cases = []
    for block in re.split(r"^=== ", (DATA / name).read_text(encoding="utf-8"), flags=re.M)[1:]:
        head, body = block.split("\n", 1)
        text, *other = re.split(r"^---\n", body, flags=re.M)
        cases.append(Case(*head.split(" | "), text, *(other or [None])))
    return cases


CASES = [case._replace(other=case.other or case.text) for case in read_cases("port_rules.txt")]
LEFTOVERS = read_cases("port_leftovers.txt")
SPELLINGS = read_cases("port_checks.txt")
name_of = attrgetter("name")


def ported(path, text, series="19.0", **siblings):
    files = {name.replace("__", "/") + ".xml": body for name, body in siblings.items()}
    return port_file(File(path, text, series, siblings=files))


def leftover_rules(path, text, series="19.0"):
    """Return the rules that still find a 17.0 spelling once ``text`` is translated."""
    file = File(path, text, series)
    found = find_leftovers(file.with_text(port_file(file)))
    return {name for _line, name, _message in found}


GROUPS = """<odoo>
    <record id="module_category_shop" model="ir.module.category">
        <field name="name">Shop</field>
        <field name="sequence">25</field>%s
    </record>%s

    <record id="group_shop_user" model="res.groups">
        <field name="name">User</field>
        <field name="%s" ref="%s"/>
        <field name="implied_ids" eval="[Command.link(ref('base.group_user'))]"/>
    </record>
</odoo>
"""
PRIVILEGE = """
    <record id="res_groups_privilege_shop" model="res.groups.privilege">
        <field name="name">Shop</field>
        <field name="sequence">25</field>
        <field name="category_id" ref="%s"/>
    </record>"""


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_rule_translates_and_leaves_the_rest(case):
    assert ported(case.path, case.text) == case.other
    assert ported(case.path, case.other) == case.other
    if case.path.endswith(("views/a.xml", "a.py")) and "static" not in case.path:
        assert case.name not in leftover_rules(case.path, case.text)


def fragments(suffix):
    """Return the cases that may stand in one file in any order."""
    apart = ("manifest version", "group privilege")
    return [
        case
        for case in CASES
        if case.path.endswith(suffix) and "static" not in case.path and case.name not in apart
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(
    ("path", "frame"), [("views/a.xml", "<odoo>\n{}\n</odoo>\n"), ("models/a.py", "{}\n")]
)
def test_any_mixture_is_translated_piece_by_piece(path, frame, seed):
    pieces = random.Random(seed).choices(fragments(Path(path).suffix), k=12)
    before = frame.format("\n".join(case.text for case in pieces))
    after = frame.format("\n".join(case.other for case in pieces))
    assert ported(path, before) == after
    assert ported(path, after) == after


def test_every_rule_has_a_translating_and_an_untouched_case():
    for rule in RULES:
        kinds = {case.text == case.other for case in CASES if case.name == rule.name}
        assert kinds == {True, False} or rule.name in ("aggregator", "parent_path")


@pytest.mark.parametrize("case", LEFTOVERS, ids=name_of)
def test_spelling_without_translation_is_reported(case):
    assert case.name in leftover_rules(case.path, case.text)


def test_groups_id_that_is_not_translated_is_reported():
    found = find_leftovers(File("models/a.py", 'a = 1\nb = "groups_id"\n'))
    assert found == [(2, "groups_id", "17.0 spelling survives: 'groups_id'")]


def test_every_rule_is_seen_leaving_something():
    assert {case.name for case in LEFTOVERS} | {"groups_id"} == {rule.name for rule in RULES}


def test_rules_of_19_are_not_applied_for_18():
    menu = '<menuitem id="a" groups_id="b"/>'
    assert ported("views/a.xml", menu, "18.0") == menu
    assert ported("__manifest__.py", "{'version': '17.0.1'}", "18.0") == "{'version': '18.0.1'}"
    constraint = 'class A:\n    _sql_constraints = [("a", "b", "c")]\n'
    assert ported("models/a.py", constraint, "18.0") == constraint
    assert not leftover_rules("models/a.py", constraint, "18.0")


def test_rules_of_18_are_applied_for_18():
    kanban = '<t t-name="kanban-box"><tree/></t>'
    assert ported("views/a.xml", kanban, "18.0") == '<t t-name="card"><list/></t>'
    flushes = [case for case in CASES if case.name == "flush of a field"]
    [flushed] = [case for case in flushes if case.text != case.other]
    assert ported(flushed.path, flushed.text, "18.0") == flushed.other


def test_privilege_of_a_category_in_another_file():
    groups = GROUPS % ("", "", "category_id", "module_category_shop")
    category, group = groups.split("\n\n")
    text = ported("security/a.xml", category + "</odoo>", security__groups="<odoo>" + group)
    privilege = PRIVILEGE % "module_category_shop"
    assert text == f"{category}\n{privilege}</odoo>"


def test_privilege_shares_the_translated_name_of_its_category():
    groups = GROUPS % ("", "", "category_id", "module_category_shop")
    before = (
        "#. module: customer_segmentation\n"
        "#: model:ir.module.category,%s:customer_segmentation.module_category_shop\n"
        'msgid "Shop"\nmsgstr "商店"\n'
    )
    addition = (
        "#: model:res.groups.privilege,name:customer_segmentation.res_groups_privilege_shop\n"
    )
    name = before % "name"
    after = name.replace("msgid", addition + "msgid")
    assert ported("i18n/zh_CN.po", name, security__groups=groups) == after
    assert ported("i18n/zh_CN.po", after, security__groups=groups) == after
    description = before % "description"
    assert ported("i18n/zh_CN.po", description, security__groups=groups) == description


def uncommon(path, text):
    return {name for _line, name, _message in find_uncommon(File(path, text))}


@pytest.mark.parametrize("case", SPELLINGS, ids=name_of)
def test_check_fires_on_the_spelling_of_one_series(case):
    assert case.name in uncommon(case.path, case.text)
    assert case.name not in uncommon(case.path, case.other)


@pytest.mark.parametrize(
    ("path", "comment"),
    [("models/a.py", "# {}\n"), ("models/a.py", '"""{}"""\n'), ("static/src/a.js", "// {}")],
)
def test_check_ignores_comments_and_marked_lines(path, comment):
    spelling = "user_has_groups useService('rpc') kanban_image(1)"
    assert not uncommon(path, comment.format(spelling))
    assert not uncommon("models/a.py", "self.user_has_groups(a)  # port: ok, a test\n")


def test_every_check_is_seen_firing():
    in_elements = {"search group", "group of admins"}
    assert {case.name for case in SPELLINGS} == {check.name for check in CHECKS} | in_elements


def test_every_pattern_fires_on_some_spelling():
    for check in CHECKS:
        texts = [case.text for case in SPELLINGS if case.name == check.name]
        assert any(re.search(check.pattern, text) for text in texts), check


MODEL = '''# © tree, groups_id: a comment
"""A docstring with _sql_constraints."""
from odoo import fields, models


class A(models.Model):
    _name = "a"  # a name

    parent_path = fields.Char(index=True, unaccent=False)
    ratio  =  fields.Float(group_operator="avg")   # odd  spacing
    _sql_constraints = [("a", "CHECK(b)", "Müsli")]

    def a(self):
        text = """
          <!-- groups of trees -->
        """
        return text,  not self._check_recursion()
'''
VIEW = """<?xml version="1.0" encoding="utf-8"?>
<odoo>
  <!-- a <tree> -->
  <record id='a'   model="ir.ui.view">
    <field name="arch" type="xml"><tree
        class="a>b" >
      <field name="a" invisible="a &lt; 3"/>  tree
    </tree></field>
    <field name="groups_id"/>
  </record>
</odoo>
"""


@pytest.mark.parametrize(
    ("path", "text", "changed"),
    [
        ("models/a.py", MODEL, {9, 10, 11, 17}),
        ("views/a.xml", VIEW, {5, 8, 9}),
        ("models/crlf.py", MODEL.replace("\n", "\r\n"), {9, 10, 11, 17}),
    ],
)
def test_unrelated_lines_stay_byte_identical(path, text, changed):
    before = text.split("\n")
    after = ported(path, text).split("\n")
    assert len(before) == len(after)
    pairs = enumerate(zip(before, after, strict=True), start=1)
    assert {number for number, (old, new) in pairs if old != new} == changed


def test_indentation_by_any_width_is_kept():
    for width in range(0, 9, 2):
        indent = " " * width
        before = f"{indent}<tree>\n{indent}  <field/>\n{indent}</tree>\n"
        after = f"{indent}<list>\n{indent}  <field/>\n{indent}</list>\n"
        assert ported("views/a.xml", before) == after


@pytest.mark.parametrize(
    ("path", "text"),
    [("a.xml", "<a><b></a>"), ("a.xml", "<a>"), ("a.xml", "</a>"), ("a.py", "def (:")],
)
def test_broken_source_is_named_not_guessed(path, text):
    with pytest.raises(port_text.SourceError):
        file = File(path, text)
        find_leftovers(file.with_text(port_file(file)))


# --- the command ---


@pytest.fixture
def addon(tmp_path):
    """A small addon with a glue addon beside it, clean on every series."""
    for name in ("shop", "shop_glue"):
        folder = tmp_path / name
        (folder / "views").mkdir(parents=True)
        (folder / "__manifest__.py").write_text('{"version": "17.0.1.0.0"}\n')
        (folder / "views/a.xml").write_text("<odoo><tree/></odoo>\n")
        (folder / "icon.png").write_bytes(b"\x89PNG\xff")
    (tmp_path / "tests").mkdir()
    return tmp_path / "shop"


def run(addon, *words):
    out = addon.parent / "build/19.0"
    return out, port.main(["--source", str(addon), "--series=19.0", f"--out={out}", *words])


def test_build_writes_the_addon_and_its_glue(addon):
    out, status = run(addon)
    assert status == 0
    for name in ("shop", "shop_glue"):
        assert (out / name / "__manifest__.py").read_text() == '{"version": "19.0.1.0.0"}\n'
        assert (out / name / "views/a.xml").read_text() == "<odoo><list/></odoo>\n"
        assert (out / name / "icon.png").read_bytes() == b"\x89PNG\xff"


def test_build_again_removes_what_is_gone_and_touches_nothing_else(addon):
    (addon / "models").mkdir()
    (addon / "models/old.py").write_text("")
    (addon / "__pycache__").mkdir()
    (addon / "__pycache__/a.pyc").write_bytes(b"")
    out, _status = run(addon)
    assert (out / "shop/models/old.py").exists()
    assert not (out / "shop/__pycache__").exists()
    before = (out / "shop/views/a.xml").stat().st_mtime_ns
    (addon / "models/old.py").unlink()
    run(addon)
    assert not (out / "shop/models").exists()
    assert (out / "shop/views/a.xml").stat().st_mtime_ns == before


def test_survivor_is_named_with_the_line_of_the_output(addon, capsys):
    (addon / "views/a.xml").write_text(
        '<odoo>\n<record model="ir.cron">\n<field name="doall" eval="1"/></record>\n</odoo>'
    )
    out, status = run(addon)
    assert status == 1
    error = capsys.readouterr().err
    assert f"{out}/shop/views/a.xml:3: [cron fields] 17.0 spelling survives" in error


def test_uncommon_spelling_is_named_with_the_line_of_the_source(addon, capsys):
    (addon / "a.py").write_text("\nself.user_has_groups(a)\n")
    _out, status = run(addon)
    assert status == 1
    error = capsys.readouterr().err
    assert f"{addon}/a.py:2: [group test] 17.0 only: 'user_has_groups'" in error
    assert "write self.env.user.has_group(x)" in error


def test_file_that_does_not_parse_is_a_problem_of_its_line(addon, capsys):
    (addon / "views/a.xml").write_text("<odoo>\n<tree>\n</odoo>")
    _out, status = run(addon)
    assert status == 1
    assert "a.xml:3: [syntax]" in capsys.readouterr().err


def test_check_covers_every_series_and_the_tests_but_writes_nothing(addon, capsys):
    assert port.main(["--check", "--source", str(addon)]) == 0
    (addon.parent / "tests/test_a.py").write_text('user.groups_id\na = "tree"\n')
    assert port.main(["--check", "--source", str(addon)]) == 1
    error = capsys.readouterr().err
    assert "tests/test_a.py:1: [groups_id]" in error
    assert "tests/test_a.py:2: [view type]" in error
    assert not (addon.parent / "build").exists()


def test_folder_without_addon_and_output_over_the_source_are_refused(addon):
    assert port.main(["--series=19.0", "--source", str(addon.parent / "none")]) == 2
    here = f"--out={addon.parent}"
    assert port.main(["--series=19.0", "--source", str(addon), here]) == 2
    assert (addon / "__manifest__.py").read_text() == '{"version": "17.0.1.0.0"}\n'


def test_list_names_every_rule_and_check(capsys):
    assert port.main(["--list"]) == 0
    printed = capsys.readouterr().out
    for named in (*RULES, *CHECKS):
        assert f"| {named.name} |" in printed


def test_the_addon_itself_is_ported_without_a_survivor():
    folder = Path(__file__).resolve().parents[2] / "customer_segmentation"
    files = port.read_addon(folder)
    assert "__manifest__.py" in files
    assert port.check_source(folder, files) == []
    for series in ("18.0", "19.0"):
        once, problems = port.port_addon(folder, files, series)
        assert problems == []
        twice, _problems = port.port_addon(folder, once, series)
        assert twice == once
