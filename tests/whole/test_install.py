"""What the installation leaves in the database; some of it may be lost in silence on a series."""

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, DocumentCase

from odoo.release import version_info
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

LIST = "tree" if version_info[0] == 17 else "list"
CONSTRAINTS = {
    "customer_segmentation_profile_partner_company_uniq",
    "customer_segmentation_dimension_code_uniq",
    "customer_segmentation_criteria_company_uniq",
    "customer_segmentation_criteria_window_positive",
    "customer_segmentation_criteria_recency_order",
    "customer_segmentation_criteria_frequency_order",
    "customer_segmentation_criteria_monetary_order",
    "customer_segmentation_criteria_lost_limits",
}
INDEXED = [
    ("customer_segmentation_profile", "partner_id"),
    ("customer_segmentation_profile", "company_id"),
    ("customer_segmentation_profile", "user_id"),
    ("customer_segmentation_profile", "last_order_date"),
    ("customer_segmentation_profile", "value_segment_id"),
    ("customer_segmentation_profile", "lifecycle_segment_id"),
    ("customer_segmentation_history", "partner_id"),
    ("customer_segmentation_segment", "dimension_id"),
]


@tagged("post_install", "-at_install")
class TestInstall(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = cls.user("segmentation_salesman", SALESMAN)
        cls.chief = cls.user("segmentation_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("segmentation_manager", SALES_MANAGER)
        cls.models = [
            name
            for name, model in cls.env.registry.models.items()
            if name.startswith("customer.segmentation.") and not model._abstract
        ]

    def column(self, query, *params):
        self.cr.execute(query, params)
        return [row[0] for row in self.cr.fetchall()]

    def test_module_when_looked_at_then_installed(self):
        """Odoo ends with status 0 when it passes over a module."""
        module = self.env.ref("base.module_customer_segmentation")
        self.assertEqual(module.state, "installed")
        self.assertTrue(module.latest_version.startswith(f"{version_info[0]}.0."))

    def test_constraints_when_declared_then_in_the_database(self):
        found = self.column(
            "SELECT conname FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid"
            " WHERE relname LIKE 'customer\\_segmentation%%' AND contype IN ('u', 'c')"
        )
        self.assertLessEqual(CONSTRAINTS, set(found))

    def test_constraints_when_reflected_then_in_the_database(self):
        """Those of later models too, however the series declares them."""
        declared = set(
            self.env["ir.model.constraint"]
            .search(
                [
                    ("module.name", "=", "customer_segmentation"),
                    ("model.model", "in", self.models),
                    ("type", "=", "u"),
                ]
            )
            .mapped("name")
        )
        self.assertLessEqual(CONSTRAINTS, declared)
        found = self.column("SELECT conname FROM pg_constraint")
        self.assertEqual(declared - set(found), set())

    def test_indexes_when_searched_by_then_there(self):
        for table, column in INDEXED:
            found = self.column(
                "SELECT indexdef FROM pg_indexes WHERE tablename = %s AND indexdef ~ %s",
                table,
                rf"\({column}[,)]",
            )
            self.assertTrue(found, f"{table}.{column}")

    def test_tables_when_of_odoo_then_no_column_that_a_run_would_write(self):
        """What people declare stands on the contact; results never do."""
        results = {f"segmentation_{name}" for name in self.profiles._fields}
        for table in ("res_partner", "crm_lead", "account_move", "sale_order_line"):
            found = self.column(
                "SELECT column_name FROM information_schema.columns"
                " WHERE table_name = %s AND column_name LIKE '%%segmentation%%'",
                table,
            )
            self.assertEqual(results & set(found), set(), table)
        found = self.column(
            "SELECT column_name FROM information_schema.columns"
            " WHERE table_name = 'sale_order' AND column_name LIKE '%%segmentation%%'"
        )
        self.assertEqual(
            set(found),
            {
                "segmentation_confirmed_value_segment_id",
                "segmentation_confirmed_lifecycle_segment_id",
                "segmentation_priority",  # given by a playbook at creation, or by a person
            },
        )

    def test_models_when_listed_then_each_has_access_and_company_rules(self):
        for name in self.models:
            with self.subTest(model=name):
                access = self.env["ir.model.access"].search(
                    [("model_id.model", "=", name), ("perm_read", "=", True)]
                )
                self.assertTrue(access)
                self.assertTrue(all(access.mapped("group_id")), "open to everybody")
                company = self.env[name]._fields.get("company_id")
                if company and not self.env[name]._transient:
                    rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
                    self.assertTrue(
                        [r for r in rules if not r.groups and "company_ids" in r.domain_force],
                        "no rule of companies",
                    )

    def test_models_when_of_customers_then_a_rule_keeps_them_to_their_salesman(self):
        group = self.env.ref("customer_segmentation.group_user")
        for name in self.models:
            model = self.env[name]
            of_customer = {"partner_id", "profile_id"} & set(model._fields)
            access = self.env["ir.model.access"].search(
                [("model_id.model", "=", name), ("group_id", "=", group.id)]
            )
            if of_customer and access and not model._transient:
                rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
                with self.subTest(model=name):
                    own = rules.filtered(lambda rule: group in rule.groups)
                    self.assertIn("user.id", "".join(own.mapped("domain_force")))

    def test_groups_when_of_sales_then_imply_ours(self):
        user, manager = (
            "customer_segmentation.group_user",
            "customer_segmentation.group_manager",
        )
        self.assertTrue(self.salesman.has_group(user))
        self.assertFalse(self.salesman.has_group(manager))
        self.assertFalse(self.chief.has_group(manager))
        self.assertTrue(self.manager.has_group(manager))

    def test_data_when_people_may_change_it_then_an_upgrade_leaves_it(self):
        data = self.env["ir.model.data"].search([("module", "=", "customer_segmentation")])
        for model in (
            "customer.segmentation.dimension",
            "customer.segmentation.segment",
            "res.partner.industry",
            "ir.cron",
        ):
            rows = data.filtered(lambda row, model=model: row.model == model)
            self.assertTrue(rows, model)
            self.assertTrue(all(rows.mapped("noupdate")), model)

    def test_dimensions_when_shipped_then_each_takes_every_customer(self):
        dimensions = self.env["customer.segmentation.dimension"].search([])
        shipped = {
            "rfm", "rfm8", "value", "frequency_amount", "lifecycle", "trend", "stage",
            "satisfaction",
        }
        self.assertLessEqual(shipped, set(dimensions.mapped("code")))
        for dimension in dimensions.filtered(lambda d: d.code in shipped):
            with self.subTest(dimension=dimension.code):
                self.assertTrue(dimension.segment_ids)
                fallback = dimension.segment_ids.filtered("is_fallback")
                self.assertEqual(len(fallback), 1)
                self.assertEqual(dimension.segment_ids.sorted("sequence")[-1], fallback)

    def test_crons_when_installed_then_active_and_runnable(self):
        for name, minutes in [("all", 60), ("changed", 1)]:
            cron = self.env.ref(f"customer_segmentation.customer_segmentation_run_cron_{name}")
            self.assertTrue(cron.active)
            unit = {"minutes": 1, "hours": 60}[cron.interval_type]
            self.assertEqual(cron.interval_number * unit, minutes)
            cron.ir_actions_server_id.run()

    def test_views_when_loaded_by_each_role_then_no_error(self):
        kinds = {
            "customer.segmentation.profile": [LIST, "kanban", "pivot", "graph", "form", "search"],
            "customer.segmentation.fact": [LIST, "pivot", "graph", "search"],
            "customer.segmentation.membership": [LIST, "pivot", "graph", "search"],
            "customer.segmentation.history": [LIST, "pivot", "graph", "search"],
            "customer.segmentation.segment": [LIST, "form", "search"],
            "customer.segmentation.dimension": [LIST, "form", "search"],
            "customer.segmentation.criteria": [LIST, "form"],
            "res.partner": [LIST, "kanban", "form", "search"],
            "sale.order": [LIST, "kanban", "form", "search"],
            "crm.lead": [LIST, "kanban", "form", "search"],
        }
        for user in (self.salesman, self.chief, self.manager):
            for model, views in kinds.items():
                with self.subTest(user=user.login, model=model):
                    found = self.env[model].with_user(user).get_views(
                        [(False, kind) for kind in views], {"toolbar": True}
                    )
                    self.assertEqual(set(found["views"]), set(views))
        found = self.env["customer.segmentation.run"].with_user(self.manager).get_views(
            [(False, LIST), (False, "search")]
        )
        self.assertEqual(set(found["views"]), {LIST, "search"})

    def menus(self, user):
        root = self.env.ref("customer_segmentation.customer_segmentation_menu_root")
        menus = self.env["ir.ui.menu"].with_user(user)
        visible = menus.browse(menus._visible_menu_ids())
        return visible.search([("id", "child_of", root.id), ("id", "in", visible.ids)])

    def test_menus_when_opened_by_each_role_then_their_records(self):
        for user in (self.salesman, self.chief, self.manager):
            opened = 0
            for menu in self.menus(user):
                action = menu.action and menu.action.sudo()
                if not action or action._name != "ir.actions.act_window":
                    continue
                with self.subTest(user=user.login, action=action.name):
                    records = self.env[action.res_model].with_user(user)
                    context = safe_eval(action.context or "{}", {"uid": user.id})
                    domain = safe_eval(action.domain or "[]", {"uid": user.id})
                    kinds = [
                        LIST if kind in ("tree", "list") else kind
                        for kind in action.view_mode.split(",")
                    ]
                    records.with_context(**context).get_views([(False, kind) for kind in kinds])
                    if not records._transient:
                        records.with_context(**context).search_read(domain, limit=3)
                    opened += 1
            self.assertGreater(opened, 2)

    def test_menus_when_configuration_then_managers_only(self):
        configuration = self.env.ref(
            "customer_segmentation.customer_segmentation_menu_configuration"
        )
        self.assertNotIn(configuration, self.menus(self.chief))
        self.assertIn(configuration, self.menus(self.manager))

    def test_search_panel_when_opened_by_a_salesman_then_counts(self):
        """Each dimension with its counts, of the customers the salesman sees."""
        other = self.customer("Chief's", user_id=self.chief.id)
        own = self.customer("Own", user_id=self.salesman.id)
        for partner in (other, own):
            self.order(partner, amount=100)
        self.recompute()
        profiles = self.profiles.with_user(self.salesman)
        found = profiles.search_panel_select_multi_range(
            "lifecycle_segment_id", enable_counters=True, search_domain=[], limit=200
        )
        self.assertEqual(
            sum(value["__count"] for value in found["values"]), profiles.search_count([])
        )
