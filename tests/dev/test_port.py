"""The port tool: each rule before and after, each check firing, nothing else touched.

Plain pytest: nothing here needs Odoo.
"""

import random
import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "dev"))

import port  # noqa: E402
import port_text  # noqa: E402
from port_checks import CHECKS, find_uncommon  # noqa: E402
from port_rules import RULES, File, find_leftovers  # noqa: E402
from port_rules import port_text as port_file  # noqa: E402


def ported(path, text, series="19.0", **siblings):
    files = {name.replace("__", "/") + ".xml": body for name, body in siblings.items()}
    return port_file(File(path, text, series, siblings=files))


def leftover_rules(path, text, series="19.0"):
    """Return the rules that still find a 17.0 spelling once ``text`` is translated."""
    file = File(path, text, series)
    found = find_leftovers(file.with_text(port_file(file)))
    return {name for _line, name, _message in found}


def case(rule, path, before, after):
    return pytest.param(rule, path, before, after)


MANIFEST = """{
    # the series is 17.0
    "name": "Customer Segmentation 17.0",
    "version": "%s",
    "depends": ["sale"],
}
"""
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
PARENT = '\n        <field name="parent_id" ref="base.module_category_sales"/>'

KWARGS = ", **kwargs"
FIELD_TO_SQL = """class A:
    def _field_to_sql(self, alias, fname, query=None, *args%s):
        # _field_to_sql(self, alias, fname, query=None, *args)
        return super()._field_to_sql(alias, fname, query, *args%s)
"""

# (rule, path, 17.0, 19.0); the two are equal where text must stay untouched.
CASES = [
    case("manifest version", "__manifest__.py", MANIFEST % "17.0.1.2.3", MANIFEST % "19.0.1.2.3"),
    case("manifest version", "__manifest__.py", "{'version': '17.0.1.0.0'}", "{'version': '19.0.1.0.0'}"),
    case("manifest version", "models/a.py", 'A = {"version": "17.0.1.0.0"}\n', 'A = {"version": "17.0.1.0.0"}\n'),
    # tree to list
    case(
        "tree to list",
        "views/a.xml",
        '<odoo>\n  <tree string="A tree"\n        editable="top">\n    <field name="tree"/>\n  </tree >\n</odoo>',
        '<odoo>\n  <list string="A tree"\n        editable="top">\n    <field name="tree"/>\n  </list >\n</odoo>',
    ),
    case("tree to list", "views/a.xml", "<tree/>", "<list/>"),
    case(
        "tree to list",
        "views/a.xml",
        '<field name="line_ids" mode="tree,kanban" context="{\'tree_view_ref\': \'a.b_view_tree\'}"/>',
        '<field name="line_ids" mode="list,kanban" context="{\'list_view_ref\': \'a.b_view_tree\'}"/>',
    ),
    case(
        "tree to list",
        "views/a.xml",
        "<xpath expr=\"//field[@name='tree']/tree/field[@name='a']\" position=\"after\"/>",
        "<xpath expr=\"//field[@name='tree']/list/field[@name='a']\" position=\"after\"/>",
    ),
    case(
        "tree to list", "views/a.xml", "<p><!-- <tree> in a tree --> tree</p>", "<p><!-- <tree> in a tree --> tree</p>"
    ),
    case("tree to list", "views/a.xml", '<treeline a="b &lt;tree"/>', '<treeline a="b &lt;tree"/>'),
    case("tree to list", "views/a.xml", "<p><![CDATA[ tree ]]></p>", "<p><![CDATA[ tree ]]></p>"),
    case("tree to list", "models/a.py", 'a = "tree"  # a tree\n', 'a = "tree"  # a tree\n'),
    case("tree to list", "models/a.py", 'a = {"tree_view_ref": x}\n', 'a = {"list_view_ref": x}\n'),
    case("tree to list", "models/a.py", "# tree_view_ref\n", "# tree_view_ref\n"),
    case("tree to list", "static/src/a.xml", "<templates><tree/></templates>", "<templates><tree/></templates>"),
    # chatter
    case(
        "chatter",
        "views/a.xml",
        '<form>\n    <div class="oe_chatter">\n        <field name="message_follower_ids"/>\n'
        '        <field name="activity_ids"/>\n        <field name="message_ids"/>\n    </div>\n</form>',
        "<form>\n    <chatter/>\n</form>",
    ),
    case(
        "chatter",
        "views/a.xml",
        '<div class="oe_chatter d-print-none" groups="base.group_user">'
        '<field name="message_follower_ids" options="{\'post_refresh\': True}"/>'
        "<field name=\"message_ids\" options=\"{'post_refresh': 'always', 'open_attachments': True}\"/></div>",
        '<chatter groups="base.group_user" class="d-print-none" reload_on_follower="True"'
        ' open_attachments="True" reload_on_post="True"/>',
    ),
    case("chatter", "views/a.xml", '<div class="oe_chatter" position="before"/>', '<chatter position="before"/>'),
    case(
        "chatter",
        "views/a.xml",
        '<xpath expr="//div[hasclass(\'oe_chatter\')]" position="before"/>',
        '<xpath expr="//chatter" position="before"/>',
    ),
    case("chatter", "views/a.xml", '<div class="my_chatter"/>', '<div class="my_chatter"/>'),
    case("chatter", "views/a.xml", '<!-- <div class="oe_chatter"/> -->', '<!-- <div class="oe_chatter"/> -->'),
    # kanban card
    case(
        "kanban card",
        "views/a.xml",
        '<kanban><templates>\n  <t t-name="kanban-menu"><a/></t>\n  <t t-name="kanban-box">'
        '<div class="oe_kanban_global_click"/></t></templates></kanban>',
        '<kanban><templates>\n  <t t-name="menu"><a/></t>\n  <t t-name="card">'
        '<div class="oe_kanban_global_click"/></t></templates></kanban>',
    ),
    case(
        "kanban card",
        "views/a.xml",
        '<xpath expr="//t[@t-name=\'kanban-box\']/div" position="inside"/>',
        '<xpath expr="//t[@t-name=\'card\']/div" position="inside"/>',
    ),
    case(
        "kanban card",
        "views/a.xml",
        '<p class="my-kanban-boxes">the kanban box</p>',
        '<p class="my-kanban-boxes">the kanban box</p>',
    ),
    # flush of a field
    case("flush of a field", "models/a.py", FIELD_TO_SQL % ("", ""), FIELD_TO_SQL % (KWARGS, KWARGS)),
    case("flush of a field", "models/a.py", FIELD_TO_SQL % (KWARGS, KWARGS), FIELD_TO_SQL % (KWARGS, KWARGS)),
    # cron fields
    case(
        "cron fields",
        "data/a.xml",
        '<record model="ir.cron" id="a">\n  <field name="interval_number">1</field>\n'
        '  <field name="numbercall">-1</field>\n  <field name="doall" eval="False"/>\n</record>',
        '<record model="ir.cron" id="a">\n  <field name="interval_number">1</field>\n</record>',
    ),
    case(
        "cron fields",
        "data/a.xml",
        '<record model="ir.cron"><field name="numbercall" eval="-1"/><field name="doall" eval="0"/></record>',
        '<record model="ir.cron"></record>',
    ),
    case(
        "cron fields",
        "data/a.xml",
        '<record model="my.cron"><field name="doall" eval="False"/></record>',
        '<record model="my.cron"><field name="doall" eval="False"/></record>',
    ),
    # groups_id
    case(
        "groups_id",
        "views/a.xml",
        '<record model="ir.ui.menu" id="a"><field name="groups_id" eval="[(4, ref(\'b\'))]"/></record>',
        '<record model="ir.ui.menu" id="a"><field name="group_ids" eval="[(4, ref(\'b\'))]"/></record>',
    ),
    case(
        "groups_id",
        "views/a.xml",
        "<field name=\"user_id\" domain=\"[('groups_id', 'in', [1])]\" context=\"{'default_groups_id': []}\"/>",
        "<field name=\"user_id\" domain=\"[('all_group_ids', 'in', [1])]\" context=\"{'default_group_ids': []}\"/>",
    ),
    case(
        "groups_id",
        "views/a.xml",
        '<menuitem id="a" groups="b.groups_id_x"/>',
        '<menuitem id="a" groups="b.groups_id_x"/>',
    ),
    case("groups_id", "views/a.xml", "<p><!-- groups_id --></p>", "<p><!-- groups_id --></p>"),
    case("groups_id", "data/ir.ui.menu.csv", "id,groups_id/id\na,b\n", "id,group_ids/id\na,b\n"),
    case("groups_id", "security/ir.model.access.csv", "id,group_id:id\n", "id,group_id:id\n"),
    case(
        "groups_id",
        "models/a.py",
        'user.groups_id |= group\nuser.groups_id = [(4, 1)]\nmenu.groups_id\nvals["groups_id"]\n'
        "create({'groups_id': [], 'my_groups_id': 1})\n",
        'user.group_ids |= group\nuser.group_ids = [(4, 1)]\nmenu.group_ids\nvals["group_ids"]\n'
        "create({'group_ids': [], 'my_groups_id': 1})\n",
    ),
    case(
        "groups_id",
        "models/a.py",
        "group in self.env.user.groups_id\nx.user_id.sudo().groups_id.ids\nuser.groups_id == a\n"
        'search([("user_id.groups_id", "in", ids)])\nsearch([("groups_id", "not in", ids)])\n',
        "group in self.env.user.all_group_ids\nx.user_id.sudo().all_group_ids.ids\nuser.all_group_ids == a\n"
        'search([("user_id.all_group_ids", "in", ids)])\nsearch([("all_group_ids", "not in", ids)])\n',
    ),
    case(
        "groups_id",
        "models/a.py",
        'def a():\n    """groups_id"""  # groups_id\n',
        'def a():\n    """groups_id"""  # groups_id\n',
    ),
    # group privilege
    case(
        "group privilege",
        "security/a.xml",
        GROUPS % ("", "", "category_id", "module_category_shop"),
        GROUPS % ("", "\n" + PRIVILEGE % "module_category_shop", "privilege_id", "res_groups_privilege_shop"),
    ),
    case(
        "group privilege",
        "security/a.xml",
        GROUPS % (PARENT, "", "category_id", "customer_segmentation.module_category_shop"),
        GROUPS % (PARENT, "\n" + PRIVILEGE % "base.module_category_sales", "privilege_id", "res_groups_privilege_shop"),
    ),
    case(
        "group privilege",
        "security/a.xml",
        '<record model="res.groups"><field name="category_id" ref="base.module_category_sales_sales"/></record>',
        '<record model="res.groups"><field name="privilege_id" ref="sales_team.res_groups_privilege_sales"/></record>',
    ),
    case(
        "group privilege",
        "data/a.xml",
        '<record model="res.partner"><field name="category_id" ref="b"/></record>',
        '<record model="res.partner"><field name="category_id" ref="b"/></record>',
    ),
    # SQL constraints
    case(
        "SQL constraints",
        "models/a.py",
        'class A(models.Model):\n    _sql_constraints = [("code_uniq", "UNIQUE(code)", "Taken.")]\n    b = 1\n',
        'class A(models.Model):\n    _code_uniq = models.Constraint("UNIQUE(code)", "Taken.")\n    b = 1\n',
    ),
    case(
        "SQL constraints",
        "models/a.py",
        "class A(models.Model):\n"
        "    # codes are typed by people\n"
        "    _sql_constraints = [\n"
        '        ("code_uniq", "UNIQUE(code)", "Taken."),  # as in core\n'
        "        # limits\n"
        "        (\n"
        '            "window",\n'
        '            "CHECK(a > 0"\n'
        '            " AND b > 0)",\n'
        '            "Not 100 % right: é.",\n'
        "        ),\n"
        "        ('plain', 'CHECK(c)'),\n"
        "        # the end\n"
        "    ]  # noqa\n",
        "class A(models.Model):\n"
        "    # codes are typed by people\n"
        "    # as in core\n"
        '    _code_uniq = models.Constraint("UNIQUE(code)", "Taken.")\n'
        "    # limits\n"
        "    _window = models.Constraint(\n"
        '        "CHECK(a > 0"\n'
        '        " AND b > 0)",\n'
        '        "Not 100 % right: é.",\n'
        "    )\n"
        "    _plain = models.Constraint('CHECK(c)')\n"
        "    # the end  # noqa\n",
    ),
    case("SQL constraints", "models/a.py", "# _sql_constraints = []\n", "# _sql_constraints = []\n"),
    # aggregator
    case(
        "aggregator",
        "models/a.py",
        'a = fields.Float(\n    group_operator="avg",\n    help="the group_operator=",  # port: ok group_operator\n)\n',
        'a = fields.Float(\n    aggregator="avg",\n    help="the group_operator=",  # port: ok group_operator\n)\n',
    ),
    # parent_path
    case(
        "parent_path", "models/a.py", "p = fields.Char(index=True, unaccent=False)\n", "p = fields.Char(index=True)\n"
    ),
    case(
        "parent_path", "models/a.py", "p = fields.Char(unaccent=False, index=True)\n", "p = fields.Char(index=True)\n"
    ),
    case("parent_path", "models/a.py", "p = fields.Char(unaccent=False)\n", "p = fields.Char()\n"),
    case(
        "parent_path",
        "models/a.py",
        "p = fields.Char(\n    index=True,\n    unaccent=False,\n)\n",
        "p = fields.Char(\n    index=True,\n)\n",
    ),
    case("parent_path", "models/a.py", "p = strip(x, unaccent=a)\n", "p = strip(x, unaccent=a)\n"),
    # access checks
    case(
        "access checks",
        "models/a.py",
        'def a(self):\n    self.check_access_rights("write")\n    self.check_access_rule("write")\n    return 1\n',
        'def a(self):\n    self.check_access("write")\n    return 1\n',
    ),
    case(
        "access checks",
        "models/a.py",
        'def a(self):\n    rows.check_access_rule("read")\n    # both\n    rows.check_access_rights("read")\n',
        'def a(self):\n    rows.check_access("read")\n    # both\n',
    ),
    case(
        "access checks",
        "models/a.py",
        'def a(self):\n    self.env["b"].check_access_rights("read")\n    rows.check_access_rule("read")\n',
        'def a(self):\n    self.env["b"].check_access("read")\n    rows.check_access("read")\n',
    ),
    case(
        "access checks",
        "models/a.py",
        'if self.check_access_rights("read", raise_exception=False):\n    self._filter_access_rules("read")\n',
        'if self.browse().has_access("read"):\n    self._filtered_access("read")\n',
    ),
    case("access checks", "models/a.py", '"""check_access_rights"""\n', '"""check_access_rights"""\n'),
    # recursion
    case(
        "recursion",
        "models/a.py",
        "if not self._check_recursion():\n    pass\nreturn_ = self._check_recursion()\n",
        "if self._has_cycle():\n    pass\nreturn_ = not self._has_cycle()\n",
    ),
    case(
        "recursion",
        "models/a.py",
        'a = b and x._check_recursion(parent="up")\nf(x._check_m2m_recursion("m"))\n',
        'a = b and not x._has_cycle("up")\nf((not x._has_cycle("m")))\n',
    ),
    case("recursion", "models/a.py", "# not self._check_recursion()\n", "# not self._check_recursion()\n"),
    # plan deadline
    case(
        "plan deadline",
        "models/a.py",
        'a = self.env["mail.activity"]._calculate_date_deadline(\n'
        "    line.activity_type_id, force_base_date=day\n)\n",
        "a = line._get_date_deadline(day)\n",
    ),
    case("plan deadline", "models/a.py", "# _calculate_date_deadline\n", "# _calculate_date_deadline\n"),
    case(
        "plan deadline",
        "views/a.xml",
        '<record id="slow_call" model="mail.activity.type"><field name="delay_count">3</field></record>\n'
        '<record id="a" model="mail.activity.plan.template">\n'
        '  <field name="activity_type_id" ref="slow_call"/>\n</record>',
        '<record id="slow_call" model="mail.activity.type"><field name="delay_count">3</field></record>\n'
        '<record id="a" model="mail.activity.plan.template">\n'
        '  <field name="activity_type_id" ref="slow_call"/>\n'
        '  <field name="delay_count">3</field>\n'
        '  <field name="delay_from">after_plan_date</field>\n</record>',
    ),
    case(
        "plan deadline",
        "views/a.xml",
        '<record id="b" model="mail.activity.plan.template">'
        '<field name="activity_type_id" ref="mail.mail_activity_data_call"/></record>',
        '<record id="b" model="mail.activity.plan.template">'
        '<field name="activity_type_id" ref="mail.mail_activity_data_call"/></record>',
    ),
    # route type
    case(
        "route type",
        "controllers/a.py",
        'class A:\n    @http.route("/a", type="json", auth="user")\n    def a(self):\n        f(type="html")\n',
        'class A:\n    @http.route("/a", type="jsonrpc", auth="user")\n    def a(self):\n        f(type="html")\n',
    ),
    case(
        "route type",
        "controllers/a.py",
        "class A:\n    @route(['/a'], type='http')\n    def a(self):\n        '''json'''\n",
        "class A:\n    @route(['/a'], type='http')\n    def a(self):\n        '''json'''\n",
    ),
    # filter owner
    case(
        "filter owner",
        "data/a.xml",
        '<record model="ir.filters" id="a">\n  <field name="name">A</field>\n  <field name="user_id" eval="False"/>\n'
        "</record>",
        '<record model="ir.filters" id="a">\n  <field name="name">A</field>\n</record>',
    ),
    case(
        "filter owner",
        "data/a.xml",
        '<record model="res.partner"><field name="user_id" eval="False"/></record>',
        '<record model="res.partner"><field name="user_id" eval="False"/></record>',
    ),
]


@pytest.mark.parametrize(("rule", "path", "before", "after"), CASES)
def test_rule_translates_and_leaves_the_rest(rule, path, before, after):
    assert ported(path, before) == after


@pytest.mark.parametrize(("rule", "path", "before", "after"), CASES)
def test_translation_twice_changes_nothing(rule, path, before, after):
    assert ported(path, ported(path, before)) == after


@pytest.mark.parametrize(("rule", "path", "before", "after"), CASES)
def test_translated_text_has_no_leftover_of_its_rule(rule, path, before, after):
    if path.endswith(("views/a.xml", "a.py")) and "static" not in path:
        assert rule not in leftover_rules(path, before)


def _fragments(suffix):
    """Return [(before, after)] that may stand in one file in any order."""
    return [
        (before, after)
        for rule, path, before, after in (case.values for case in CASES)
        if path.endswith(suffix) and "static" not in path and rule not in ("manifest version", "group privilege")
    ]


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize(("path", "frame"), [("views/a.xml", "<odoo>\n{}\n</odoo>\n"), ("models/a.py", "{}\n")])
def test_any_mixture_is_translated_piece_by_piece(path, frame, seed):
    draw = random.Random(seed)
    pieces = draw.choices(_fragments(Path(path).suffix), k=12)
    before = frame.format("\n".join(before for before, _after in pieces))
    after = frame.format("\n".join(after for _before, after in pieces))
    assert ported(path, before) == after
    assert ported(path, after) == after


def test_every_rule_has_a_translating_and_an_untouched_case():
    for rule in RULES:
        kinds = {before == after for name, _path, before, after in (case.values for case in CASES) if name == rule.name}
        assert kinds == {True, False} or rule.name in ("aggregator", "parent_path")


# (rule, path, text that the rule cannot translate)
LEFTOVERS = [
    ("manifest version", "__manifest__.py", '{"version": "1.0"}'),
    ("manifest version", "__manifest__.py", '{"name": "A"}'),
    ("tree to list", "models/a.py", 'arch = "<tree><field/></tree>"\n'),
    ("tree to list", "models/a.py", 'node.xpath("//tree")\n'),
    ("chatter", "views/a.xml", '<div class="oe_chatter"><field name="my_ids"/></div>'),
    ("chatter", "views/a.xml", '<div class="oe_chatter"><!-- why --></div>'),
    ("kanban card", "views/a.xml", '<t t-foreach="x" t-key="kanban-box"/>'),
    ("cron fields", "data/a.xml", '<record model="ir.cron"><field name="numbercall">5</field></record>'),
    ("cron fields", "data/a.xml", '<record model="ir.cron"><field name="doall" eval="True"/></record>'),
    ("cron fields", "models/a.py", 'vals = {"numbercall": -1}\n'),
    ("group privilege", "security/a.xml", '<record model="res.groups"><field name="category_id" ref="x.y"/></record>'),
    ("SQL constraints", "models/a.py", "class A:\n    _sql_constraints = B + [(1, 2, 3)]\n"),
    (
        "SQL constraints",
        "models/a.py",
        'class A:\n    _sql_constraints = [("check_a", "CHECK(a)", "A")]\n\n    def _check_a(self):\n        pass\n',
    ),
    ("aggregator", "models/a.py", "a = field.group_operator\n"),
    ("parent_path", "models/a.py", "a = Char(unaccent=False)\n"),
    ("access checks", "models/a.py", 'super().check_access_rights("read")\n'),
    ("access checks", "models/a.py", 'self.check_access_rights("read", raise_exception=quiet)\n'),
    ("recursion", "models/a.py", "def _check_recursion(self):\n    pass\n"),
    ("plan deadline", "models/a.py", "a._calculate_date_deadline(b)\n"),
    ("route type", "models/a.py", 'kwargs = dict(type="json")\n'),
    ("filter owner", "data/a.xml", '<record model="ir.filters"><field name="user_id" ref="base.user_admin"/></record>'),
    ("flush of a field", "models/a.py", "super(A, self)._field_to_sql(alias, name, query, *args)\n"),
]


@pytest.mark.parametrize(("rule", "path", "text"), LEFTOVERS)
def test_spelling_without_translation_is_reported(rule, path, text):
    assert rule in leftover_rules(path, text)


def test_groups_id_that_is_not_translated_is_reported():
    found = find_leftovers(File("models/a.py", 'a = 1\nb = "groups_id"\n'))
    assert found == [(2, "groups_id", "17.0 spelling survives: 'groups_id'")]


def test_every_rule_is_seen_leaving_something():
    assert {rule for rule, _path, _text in LEFTOVERS} | {"groups_id"} == {rule.name for rule in RULES}


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
    assert ported("models/a.py", FIELD_TO_SQL % ("", ""), "18.0") == FIELD_TO_SQL % (KWARGS, KWARGS)


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
    addition = "#: model:res.groups.privilege,name:customer_segmentation.res_groups_privilege_shop\n"
    name = before % "name"
    after = name.replace("msgid", addition + "msgid")
    assert ported("i18n/zh_CN.po", name, security__groups=groups) == after
    assert ported("i18n/zh_CN.po", after, security__groups=groups) == after
    description = before % "description"
    assert ported("i18n/zh_CN.po", description, security__groups=groups) == description


# (check, path, spelling it fires on, common spelling it accepts)
SPELLINGS = [
    (
        "action view modes",
        "views/a.xml",
        '<field name="view_mode">tree,form</field>',
        '<field name="view_mode">list,form</field>',
    ),
    ("action view modes", "models/a.py", 'a = {"view_mode": "kanban,tree"}', 'a = {"view_mode": "kanban,list"}'),
    (
        "action view records",
        "views/a.xml",
        '<record model="ir.actions.act_window.view"/>',
        '<record model="ir.actions.act_window"/>',
    ),
    ("view type", "models/a.py", 'if view_type == "tree":\n    pass', 'if view_type in ("list", "tree"):\n    pass'),
    ("view type", "static/src/a.js", "views: [[false, 'tree']]", "views: [[false, 'list']]"),
    ("xpath into lists", "views/a.xml", '<xpath expr="//tree/field"/>', "<xpath expr=\"//field[@name='a']\"/>"),
    (
        "xpath into lists",
        "views/a.xml",
        "<xpath expr=\"//field[@name='a']/tree/field\"/>",
        "<xpath expr=\"//field[@name='a']//field[@name='tree']\"/>",
    ),
    ("xpath into lists", "views/a.xml", '<xpath expr="//list/field"/>', "<xpath expr=\"//field[@name='list']\"/>"),
    ("search group", "views/a.xml", '<search><group expand="0"/></search>', "<search><group/></search>"),
    ("search group", "views/a.xml", '<search><group string="By"/></search>', '<form><group string="By"/></form>'),
    ("settings action", "views/a.xml", '<field name="target">inline</field>', '<field name="target">new</field>'),
    (
        "group of admins",
        "security/a.xml",
        '<record model="res.groups"><field name="users"/></record>',
        '<record model="x"><field name="users"/></record>',
    ),
    (
        "group of admins",
        "security/a.xml",
        '<record model="res.groups"><field name="user_ids"/></record>',
        '<record model="x"><field name="user_ids"/></record>',
    ),
    ("users of a group", "models/a.py", 'self.env.ref("a.b").users', "team.member_ids.users"),
    ("users of a group", "models/a.py", "group.all_user_ids", "team.user_ids"),
    ("implied groups", "models/a.py", "group.trans_implied_ids", "group.implied_ids"),
    ("group test", "models/a.py", 'self.user_has_groups("a.b")', 'self.env.user.has_group("a.b")'),
    ("rule-aware SQL", "models/a.py", "self._where_calc([])", "self._search([])"),
    ("search flushing", "models/a.py", "self._flush_search([])", "self.flush_model()"),
    ("domain algebra", "models/a.py", "from odoo.osv import expression", "from odoo import models"),
    ("domain algebra", "models/a.py", "expression.AND([])", "compiled.AND"),
    ("domain algebra", "models/a.py", "from odoo.fields import Command, Domain", "from odoo.fields import Command"),
    ("sale order line", "models/a.py", "line.product_uom", "line.product_uom_qty"),
    ("sale order line", "views/a.xml", '<field name="tax_id"/>', '<field name="price_subtotal"/>'),
    ("unit conversion in SQL", "models/a.py", 'sql = "qty / uom.factor"', 'sql = "factor"'),
    ("partner fields", "models/a.py", "order.partner_id.team_id", "order.team_id"),
    ("partner fields", "models/a.py", "partner.title", "partner.name.title()"),
    ("partner fields", "views/a.xml", '<field name="mobile"/>', '<field name="phone"/>'),
    (
        "partner kanban",
        "views/a.xml",
        "<xpath expr=\"//div[hasclass('oe_kanban_details')]//ul/li\"/>",
        "<xpath expr=\"//templates//field[@name='email']/..\"/>",
    ),
    ("kanban colour", "views/a.xml", '<ul class="oe_kanban_colorpicker"/>', '<kanban highlight_color="color"/>'),
    ("kanban colour", "views/a.xml", '<field widget="kanban_color_picker"/>', '<field widget="color_picker"/>'),
    ("JS remote calls", "static/src/a.js", 'useService("rpc")', 'useService("orm")'),
    ("JS remote calls", "static/src/a.js", 'import { rpc } from "@web/core/network/rpc";', "rpc"),
    ("tour flags", "static/tests/tours/a.js", "test: true,", "trigger: '.a',"),
    ("tour flags", "static/tests/tours/a.js", "isCheck: true", "run() {}"),
    ("tour flags", "static/tests/tours/a.js", 'extra_trigger: ".a"', "// extra_trigger: no"),
    ("tour flags", "static/tests/tours/a.js", 'tooltipPosition: "top"', "timeout: 3"),
    ("tour typing", "static/tests/tours/a.js", 'run: "text A"', 'run: "click"'),
    ("tour typing", "static/tests/tours/a.js", 'run: "edit A"', "run: (h) => (h.edit ? h.edit('A') : h.text('A'))"),
    (
        "group_expand",
        "models/a.py",
        "def _group_expand_a(self, a, domain, order): pass",
        "def _group_expand_a(self, a, domain, order=None): pass",
    ),
    ("group_expand", "models/a.py", "def _group_expand_a(self, a, domain): pass", "def _group(self, a, domain): pass"),
    ("web_read_group", "models/a.py", "self.web_read_group([])", "self._read_group([])"),
    ("web_read_group", "models/a.py", "self.read_group([])", "def _read_group(self): pass"),
    (
        "_field_to_sql",
        "models/a.py",
        "def _field_to_sql(self, alias, fname, query=None): pass",
        "def _field_to_sql(self, alias, fname, query=None, *args, **kwargs): pass",
    ),
    ("names of records", "models/a.py", "self.name_get()", "self.display_name"),
    ("names of records", "models/a.py", "def _search_display_name(self): pass", "_rec_names_search = []"),
    ("registry", "models/a.py", "from odoo import api, registry", "from odoo.modules.registry import Registry"),
    ("environment shortcuts", "models/a.py", "self._cr.execute(a)", "self.env.cr.execute(a)"),
    ("archiving", "views/a.xml", '<button name="toggle_active"/>', '<button name="action_archive"/>'),
    ("api.returns", "models/a.py", '@api.returns("self")\ndef a(): pass', "@api.model\ndef a(): pass"),
    ("test forms", "models/a.py", "from odoo.tests.common import Form", "from odoo.tests import Form"),
    ("product type", "models/a.py", 'a = {"detailed_type": "service"}', 'a = {"name": "detailed"}'),
    ("product type", "models/a.py", 'a = {"is_storable": True}', 'a = {"name": "storable"}'),
    ("ir.property", "models/a.py", 'env["ir.property"]', 'env["ir.default"]'),
    ("activity types", "data/a.xml", '<field name="keep_done"/>', '<field name="chaining_type"/>'),
    ("JS services", "static/src/a.js", 'useService("user")', 'useService("action")'),
    ("JS services", "static/src/a.js", 'import { user } from "@web/core/user";', 'import "@web/core/l10n/x";'),
    (
        "kanban helpers",
        "views/a.xml",
        "<img t-att-src=\"kanban_image('a', 'b', c)\"/>",
        '<field name="a" widget="image"/>',
    ),
    ("kanban edit button", "views/a.xml", '<a role="menuitem" type="edit"/>', '<a role="menuitem" type="open"/>'),
    ("banner_route", "views/a.xml", '<tree banner_route="/a"/>', "<tree/>"),
    (
        "unit test bundles",
        "__manifest__.py",
        '{"assets": {"web.qunit_suite_tests": []}}',
        '{"assets": {"web.assets_tests": []}}',
    ),
    (
        "unit test bundles",
        "__manifest__.py",
        '{"assets": {"web.assets_unit_tests": []}}',
        '{"assets": {"web.assets_backend": []}}',
    ),
    ("list tag", "views/a.xml", "<list/>", "<tree/>"),
    ("chatter tag", "views/a.xml", "<chatter/>", '<div class="oe_chatter"/>'),
    ("card template", "views/a.xml", '<t t-name="card"/>', '<t t-name="kanban-box"/>'),
    (
        "groups of later series",
        "security/a.xml",
        '<record model="res.groups.privilege"/>',
        '<record model="res.groups"/>',
    ),
    ("groups of later series", "models/a.py", "self.env.user.group_ids", "self.env.user.groups_id"),
    ("table objects", "models/a.py", '_a = models.Constraint("b")', "a = models.Model"),
    ("aggregator", "models/a.py", 'fields.Float(aggregator="avg")', 'fields.Float(group_operator="avg")'),
    ("access checks", "models/a.py", 'self.check_access("read")', 'self.check_access_rights("read")'),
    ("recursion", "models/a.py", "self._has_cycle()", "self._check_recursion()"),
    ("route type", "models/a.py", 'http.route("/a", type="jsonrpc")', 'http.route("/a", type="json")'),
    ("environment methods", "models/a.py", 'self.env._("A")', '_("A")'),
    ("environment methods", "models/a.py", "self.env.execute_query(a)", "self.env.cr.execute(a)"),
]


def uncommon(path, text):
    return {name for _line, name, _message in find_uncommon(File(path, text))}


@pytest.mark.parametrize(("check", "path", "bad", "good"), SPELLINGS)
def test_check_fires_on_the_spelling_of_one_series(check, path, bad, good):
    assert check in uncommon(path, bad)
    assert check not in uncommon(path, good)


@pytest.mark.parametrize(
    ("path", "comment"),
    [("models/a.py", "# {}\n"), ("models/a.py", '"""{}"""\n'), ("static/src/a.js", "// {}")],
)
def test_check_ignores_comments_and_marked_lines(path, comment):
    spelling = "user_has_groups useService('rpc') kanban_image(1)"
    assert not uncommon(path, comment.format(spelling))
    assert not uncommon("models/a.py", "self.user_has_groups(a)  # port: ok, a test\n")


def test_every_check_is_seen_firing():
    fired = {(name, path.rsplit(".", 1)[-1]) for name, path, *_rest in SPELLINGS}
    assert {name for name, _suffix in fired} == {check.name for check in CHECKS} | {
        "search group",
        "group of admins",
    }


def test_every_pattern_fires_on_some_spelling():
    for check in CHECKS:
        bad = [text for name, path, text, _good in SPELLINGS if name == check.name]
        assert any(re.search(check.pattern, text) for text in bad), check


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
    differing = {number for number, (old, new) in enumerate(zip(before, after, strict=True), start=1) if old != new}
    assert differing == changed


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
