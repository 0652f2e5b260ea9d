"""Who sees what, and who may change what: by record, by field, by method and by count."""

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

CUSTOMER_MODELS = [
    "customer.segmentation.profile",
    "customer.segmentation.membership",
    "customer.segmentation.fact",
    "customer.segmentation.history",
]
RUN_BY_MACHINE = [*CUSTOMER_MODELS, "customer.segmentation.run", "customer.segmentation.queue"]
READ_THROUGH = [
    "segmentation_profile_id",
    "segmentation_value_segment_id",
    "segmentation_net_sales_12m",
    "segmentation_order_count_12m",
    "segmentation_last_order_date",
]


@tagged("post_install", "-at_install")
class TestSecurity(DocumentCase):
    """Alice and Bob sell on their own account; the company beside has a customer in common.

    Net sales of the window, in company A and in company B:
    Alice's 7000 -, Bob's 2000 -, nobody's 1000 -, shared (nobody's) 500 90000, B's own - 300.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Beside"})
        both = cls.company | cls.other_company
        cls.alice = cls.user("segmentation_alice", SALESMAN)
        cls.bob = cls.user("segmentation_bob", SALESMAN)
        cls.chief = cls.user("segmentation_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("segmentation_manager", SALES_MANAGER)
        cls.officer = cls.user(
            "segmentation_officer", "base.group_user,customer_segmentation.group_user"
        )
        cls.traveller = cls.user("segmentation_traveller", SALES_MANAGER, both)
        cls.neighbour = cls.user("segmentation_neighbour", SALES_MANAGER, cls.other_company)
        cls.plain = cls.user("segmentation_plain", "base.group_user")
        cls.portal = cls.user("segmentation_portal", "base.group_portal")
        cls.admin = cls.user("segmentation_admin", "base.group_system,base.group_erp_manager")

        cls.alices = cls.customer("Alice's", user_id=cls.alice.id)
        cls.bobs = cls.customer("Bob's", user_id=cls.bob.id)
        cls.nobodys = cls.customer("Nobody's")
        cls.shared = cls.customer("Shared")
        cls.bees = cls.customer("Bee's", company_id=cls.other_company.id)
        cls.customers = cls.alices | cls.bobs | cls.nobodys | cls.shared | cls.bees
        cls.portal.partner_id.parent_id = cls.alices
        for partner, amount in [
            (cls.alices, 7000),
            (cls.bobs, 2000),
            (cls.nobodys, 1000),
            (cls.shared, 500),
        ]:
            cls.order(partner, amount=amount)
        cls.order(cls.shared, amount=90000, company=cls.other_company)
        cls.order(cls.bees, amount=300, company=cls.other_company)
        cls.recompute()
        cls.recompute(company=cls.other_company)
        cls.env["customer.segmentation.history"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "dimension_id": cls.env.ref("customer_segmentation.dimension_value").id,
                    "to_segment_id": cls.segment("value_a").id,
                    "date": TODAY,
                    "reason": "rule",
                }
                for partner, company in [
                    (cls.alices, cls.company),
                    (cls.bobs, cls.company),
                    (cls.nobodys, cls.company),
                    (cls.shared, cls.company),
                    (cls.shared, cls.other_company),
                    (cls.bees, cls.other_company),
                ]
            ]
        )
        cls.env.flush_all()

    def assert_same(self, found, expected):
        self.assertEqual(set(found.mapped("name")), set(expected.mapped("name")))

    def contacts(self, user):
        """The test's customers, as ``user`` would find them."""
        return self.env["res.partner"].with_user(user).browse(self.customers.ids)

    def among_customers(self):
        return [("id", "in", self.customers.ids)]

    # Records

    def seen(self, model, user):
        rows = self.env[model].with_user(user).search([("partner_id", "in", self.customers.ids)])
        return rows.sudo().partner_id

    def test_search_when_salesman_then_own_and_unassigned_customers(self):
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self.assert_same(
                    self.seen(model, self.alice), self.alices | self.nobodys | self.shared
                )
                self.assert_same(self.seen(model, self.bob), self.bobs | self.nobodys | self.shared)

    def test_search_when_group_user_without_sales_then_unassigned_customers(self):
        for model in CUSTOMER_MODELS:
            with self.subTest(model=model):
                self.assert_same(self.seen(model, self.officer), self.nobodys | self.shared)

    def test_search_when_all_documents_then_all_customers_of_the_company(self):
        expected = self.alices | self.bobs | self.nobodys | self.shared
        for user in (self.chief, self.manager):
            for model in CUSTOMER_MODELS:
                with self.subTest(model=model, user=user.login):
                    self.assert_same(self.seen(model, user), expected)

    def test_read_when_the_customer_is_of_another_salesman_then_refused(self):
        for model in CUSTOMER_MODELS:
            row = self.env[model].search([("partner_id", "=", self.bobs.id)], limit=1)
            self.assertTrue(row, model)
            with self.subTest(model=model), self.assertRaises(AccessError):
                row.with_user(self.alice).read(["partner_id"])

    def test_search_when_the_salesperson_changes_then_at_once(self):
        """The rule reads the contact, not the copy which the run makes of its salesperson."""
        self.bobs.user_id = self.alice
        self.assertIn(self.bobs, self.seen("customer.segmentation.profile", self.alice))
        self.assertNotIn(self.bobs, self.seen("customer.segmentation.profile", self.bob))

    def test_search_when_the_customer_is_archived_then_still_its_salesmans_only(self):
        self.bobs.active = False
        self.recompute()
        for user, expected in [(self.alice, False), (self.bob, True)]:
            history = self.env["customer.segmentation.history"].with_user(user)
            self.assertEqual(
                bool(history.search([("partner_id", "=", self.bobs.id)])), expected, user.login
            )

    def test_segment_when_counted_by_a_salesman_then_own_customers_only(self):
        segments = self.segment("value_a").dimension_id.segment_ids
        own = self.profiles.with_user(self.alice).search(
            [("company_id", "=", self.company.id), ("value_segment_id", "!=", False)]
        )
        by_alice = segments.with_user(self.alice)
        self.assertEqual(sum(by_alice.mapped("customer_count")), len(own))
        self.assertEqual(sum(by_alice.mapped("net_sales_12m")), sum(own.mapped("net_sales_12m")))
        all_sales = sum(segments.with_user(self.chief).mapped("net_sales_12m"))
        self.assertEqual(all_sales - sum(own.mapped("net_sales_12m")), 2000)  # Bob's

    # Writing

    def test_write_when_made_by_the_run_then_nobody(self):
        users = [self.alice, self.chief, self.manager, self.admin, self.plain, self.portal]
        for model in RUN_BY_MACHINE:
            for user in users:
                records = self.env[model].with_user(user)
                row = records.sudo().search([], limit=1).with_user(user)
                with self.subTest(model=model, user=user.login):
                    with self.assertRaises(AccessError):
                        records.create({})
                    with self.assertRaises(AccessError):
                        row.write({"company_id": self.company.id})
                    with self.assertRaises(AccessError):
                        row.unlink()

    def test_write_when_configuration_by_user_then_refused(self):
        records = [
            self.criteria,
            self.segment("value_a"),
            self.segment("value_a").dimension_id,
        ]
        for record in records:
            for user in (self.alice, self.chief, self.officer, self.plain, self.portal):
                with self.subTest(model=record._name, user=user.login):
                    with self.assertRaises(AccessError):
                        record.with_user(user).write({})
                    with self.assertRaises(AccessError):
                        record.with_user(user).copy()
                    with self.assertRaises(AccessError):
                        record.with_user(user).unlink()

    def test_write_when_configuration_by_manager_then_written(self):
        segment = self.segment("value_a").with_user(self.manager)
        segment.write({"name": "Best", "color": 3, "domain": "[('accumulated_share', '<', 60)]"})
        segment.dimension_id.write({"name": "Worth", "sequence": 1})
        self.criteria.with_user(self.manager).write({"window_months": 6})
        fresh = self.env["customer.segmentation.segment"].with_user(self.manager).create(
            {
                "name": "Large",
                "dimension_id": segment.dimension_id.id,
                "domain": "[('net_sales_12m', '>', 100000)]",
            }
        )
        self.assertEqual(segment.display_name, "Best")
        self.assertEqual(fresh.display_name, "Large")
        fresh.unlink()

    def test_write_when_criteria_of_another_company_then_refused(self):
        criteria = self.env["customer.segmentation.criteria"]._get(self.other_company)
        with self.assertRaises(AccessError):
            criteria.with_user(self.manager).write({"window_months": 6})

    def test_rule_when_it_names_what_the_manager_may_not_see_then_refused(self):
        """The rules run with all rights: they must not answer what the manager may not ask."""
        self.assertTrue(self.env["res.partner"]._fields["signup_type"].groups)
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.partner.bank")]
        ).perm_read = False
        segment = self.segment("value_a").with_user(self.manager)
        for rule, hidden in [
            ("[('partner_id.signup_type', '=', 'reset')]", "signup_type"),
            ("[('partner_id', 'any', [('signup_type', '=', 'reset')])]", "signup_type"),
            ("[('partner_id.bank_ids.acc_number', 'like', '1%')]", "acc_number"),
        ]:
            with self.subTest(rule=rule), self.assertRaises(ValidationError) as refused:
                segment.domain = rule
            self.assertIn(f"you may not see the field {hidden}", str(refused.exception))

    # Companies

    def test_search_when_company_not_allowed_then_nothing_of_it(self):
        for model in [
            *CUSTOMER_MODELS,
            "customer.segmentation.run",
            "customer.segmentation.criteria",
        ]:
            for user, own in [(self.manager, self.company), (self.neighbour, self.other_company)]:
                with self.subTest(model=model, user=user.login):
                    self.assertEqual(self.env[model].with_user(user).search([]).company_id, own)

    def test_search_when_both_companies_then_those_switched_on(self):
        rows = self.profiles.with_user(self.traveller)
        own = [("partner_id", "in", self.customers.ids)]
        switched = rows.with_context(allowed_company_ids=self.other_company.ids)
        self.assertEqual(switched.search(own).company_id, self.other_company)
        both = rows.with_context(allowed_company_ids=(self.company | self.other_company).ids)
        self.assertEqual(both.search(own).company_id, self.company | self.other_company)

    def test_contact_when_customer_of_two_companies_then_the_current_ones_values(self):
        shared = self.contacts(self.manager) & self.shared
        self.assertEqual(shared.segmentation_net_sales_12m, 500)
        shared = shared.with_user(self.neighbour)
        self.assertEqual(shared.segmentation_net_sales_12m, 90000)
        shared = shared.with_user(self.traveller)
        self.assertEqual(shared.with_company(self.company).segmentation_net_sales_12m, 500)
        self.assertEqual(shared.with_company(self.other_company).segmentation_net_sales_12m, 90000)

    def test_contact_when_searched_then_the_current_companys_values_only(self):
        domain = [*self.among_customers(), ("segmentation_net_sales_12m", ">", 50000)]
        contacts = self.env["res.partner"]
        self.assertFalse(contacts.with_user(self.manager).search(domain))
        self.assertEqual(contacts.with_user(self.neighbour).search(domain), self.shared)
        both = contacts.with_user(self.traveller).with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        self.assertFalse(both.search(domain))

    def test_contact_when_sorted_then_by_the_current_companys_values(self):
        order = "segmentation_net_sales_12m desc nulls last, id"
        contacts = self.env["res.partner"].with_user(self.manager)
        found = contacts.search(
            [("id", "in", (self.alices | self.shared | self.nobodys).ids)], order=order
        )
        self.assertEqual(found.mapped("name"), ["Alice's", "Nobody's", "Shared"])

    def test_contact_when_aggregated_then_the_current_companys_sums(self):
        [(total,)] = self.env["res.partner"].with_user(self.manager)._read_group(
            self.among_customers(), [], ["segmentation_net_sales_12m:sum"]
        )
        self.assertEqual(total, 7000 + 2000 + 1000 + 500)
        [(total,)] = self.env["res.partner"].with_user(self.neighbour)._read_group(
            self.among_customers(), [], ["segmentation_net_sales_12m:sum"]
        )
        self.assertEqual(total, 90000 + 300)

    def test_order_when_companies_differ_then_each_its_own_companys_customer(self):
        orders = self.env["sale.order"].with_user(self.traveller).with_context(
            allowed_company_ids=(self.company | self.other_company).ids
        )
        found = orders.search([("partner_id", "=", self.shared.id)])
        sales = {order.company_id: order.segmentation_net_sales_12m for order in found}
        self.assertEqual(sales, {self.company: 500, self.other_company: 90000})
        groups = orders._read_group(
            [("partner_id", "=", self.shared.id)],
            ["company_id"],
            ["segmentation_net_sales_12m:sum"],
        )
        self.assertEqual(dict(groups), {self.company: 500, self.other_company: 90000})
        large = orders.search([("segmentation_net_sales_12m", ">", 50000)])
        self.assertEqual(large.company_id, self.other_company)

    def test_order_when_company_not_allowed_then_nothing_of_it(self):
        orders = self.env["sale.order"].with_user(self.manager)
        self.assertFalse(orders.search([("segmentation_net_sales_12m", ">", 50000)]))
        [(total,)] = orders._read_group(
            [("partner_id", "in", self.customers.ids)], [], ["segmentation_net_sales_12m:sum"]
        )
        self.assertEqual(total, 7000 + 2000 + 1000 + 500)

    def test_lead_when_company_not_allowed_then_the_current_ones_values(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "partner_id": self.shared.id})
        self.assertEqual(lead.with_user(self.manager).segmentation_net_sales_12m, 500)
        self.assertFalse(
            lead.with_user(self.manager).search(
                [("id", "=", lead.id), ("segmentation_net_sales_12m", ">", 50000)]
            )
        )

    def test_recompute_when_manager_of_one_company_then_the_other_is_left_alone(self):
        before = self.runs.search_count([("company_id", "=", self.other_company.id)])
        self.profiles.with_user(self.manager).action_recompute()
        after = self.runs.search_count([("company_id", "=", self.other_company.id)])
        self.assertEqual(before, after)
        with self.assertRaises(AccessError):
            self.profiles.with_user(self.manager).with_context(
                allowed_company_ids=self.other_company.ids
            ).action_recompute()

    # A colleague outside sales, and a customer in the portal

    def test_contact_when_read_then_without_segmentation_fields(self):
        for user, partner in [(self.plain, self.alices), (self.portal, self.portal.partner_id)]:
            with self.subTest(user=user.login):
                contact = partner.with_user(user)
                self.assertTrue(contact.read(["name", "commercial_partner_id"]))
                fields = {name for name in contact.fields_get() if "segmentation" in name}
                self.assertLessEqual(fields, {"segmentation_currency_id"})

    def test_order_when_read_in_the_portal_then_without_segmentation_fields(self):
        order = self.order(self.portal.partner_id, amount=10)
        order.message_subscribe(self.portal.partner_id.ids)
        order = order.with_user(self.portal)
        self.assertEqual(order.read(["amount_untaxed"])[0]["amount_untaxed"], 10)
        fields = {name for name in order.fields_get() if "segmentation" in name}
        self.assertLessEqual(fields, {"segmentation_currency_id"})
        with self.assertRaises(AccessError):
            order.read(["segmentation_confirmed_value_segment_id"])

    def test_contact_when_written_without_the_group_then_written(self):
        keeper = self.user("segmentation_keeper", "base.group_user,base.group_partner_manager")
        contact = self.nobodys.with_user(keeper)
        contact.write({"user_id": self.alice.id, "active": False})
        child = contact.create({"name": "Child", "parent_id": contact.id})
        child.unlink()

    def test_fields_when_named_then_refused(self):
        """Read, searched, sorted and grouped: each refuses, none answers or ignores."""
        partner = self.env["res.partner"]
        for user in (self.plain, self.portal):
            contacts = partner.with_user(user)
            for name in READ_THROUGH:
                group = f"{name}:month" if name.endswith("date") else name
                calls = {
                    "read": lambda c=contacts, n=name: c.browse(self.nobodys.id).read([n]),
                    "search": lambda c=contacts, n=name: c.search([(n, "=", False)]),
                    "search not": lambda c=contacts, n=name: c.search([(n, "!=", False)]),
                    "sort": lambda c=contacts, n=name: c.search([], order=n, limit=1),
                    "group": lambda c=contacts, g=group: c._read_group([], [g], ["__count"]),
                }
                if name.endswith("12m"):
                    calls["sum"] = lambda c=contacts, n=name: c._read_group([], [], [f"{n}:sum"])
                for call, function in calls.items():
                    case = {"user": user.login, "field": name, "call": call}
                    with self.subTest(**case), self.assertRaises(AccessError):
                        function()

    def test_profiles_when_reached_by_a_path_then_refused(self):
        for user in (self.plain, self.portal):
            contacts = self.env["res.partner"].with_user(user)
            for domain in [
                [("segmentation_profile_ids", "!=", False)],
                [("segmentation_profile_ids", "=", False)],
                [("segmentation_profile_ids.net_sales_12m", ">", 0)],
                [("segmentation_profile_id.net_sales_12m", ">", 0)],
                [("segmentation_value_segment_id.name", "=", "A")],
                [("commercial_partner_id.segmentation_value_segment_id", "!=", False)],
                [("user_id.partner_id.segmentation_value_segment_id", "!=", False)],
                [("segmentation_membership_ids", "!=", False)],
                [("segmentation_history_ids", "!=", False)],
            ]:
                with self.subTest(user=user.login, domain=domain), self.assertRaises(AccessError):
                    contacts.search(domain)

    def test_lists_of_records_when_searched_or_grouped_then_refused(self):
        """They have no column, by which 18.0 would ask; others have a search of their own."""
        needs = self.env["customer.segmentation.segment"].search([("dimension_id.code", "=", "need")])
        users_path = "user_ids.partner_id.segmentation_need_ids"  # Odoo joins it without a search
        answered = []
        for user in (self.plain, self.portal):
            contacts = self.env["res.partner"].with_user(user)
            users = self.env["res.users"].with_user(user)
            orders = self.env["sale.order"].with_user(user)
            calls = {
                "set": lambda c=contacts: c.search([("segmentation_need_ids", "!=", False)]),
                "one of": lambda c=contacts: c.search([("segmentation_need_ids", "in", needs.ids)]),
                "not": lambda c=contacts: c.search(["!", ("segmentation_need_ids", "=", False)]),
                "converted": lambda c=contacts: c.search([("segmentation_turnover_converted", ">", 1)]),
                "any": lambda c=contacts: c.search(
                    [("child_ids", "any", [("segmentation_need_ids", "=", False)])]
                ),
                "path": lambda c=contacts: c.search([(users_path, "!=", False)]),
                "group": lambda c=contacts: c._read_group([], ["segmentation_need_ids"]),
                "user": lambda u=users: u.search([("segmentation_need_ids", "!=", False)]),
                "user's path": lambda u=users: u.search(
                    [("partner_id.segmentation_need_ids", "!=", False)]
                ),
                "user's any": lambda u=users: u.search(
                    [("partner_id", "any", [("segmentation_need_ids", "=", False)])]
                ),
                "user's column": lambda u=users: u.search(
                    [("partner_id.segmentation_headcount", ">", 1)]
                ),
                "user's group": lambda u=users: u._read_group([], ["segmentation_need_ids"]),
                "orders": lambda o=orders: o.search([("segmentation_request_ids", "!=", False)]),
            }
            for call, function in calls.items():
                try:
                    function()
                except AccessError:
                    continue
                answered.append((user.login, call))
        self.assertEqual(answered, [])

    def test_models_when_read_then_refused(self):
        for model in [
            *RUN_BY_MACHINE,
            "customer.segmentation.criteria",
            "customer.segmentation.dimension",
            "customer.segmentation.segment",
        ]:
            for user in (self.plain, self.portal):
                with self.subTest(model=model, user=user.login), self.assertRaises(AccessError):
                    self.env[model].with_user(user).search_read([], ["display_name"])

    def test_views_when_loaded_then_without_segmentation_fields(self):
        contacts = self.env["res.partner"].with_user(self.plain)
        views = contacts.get_views([(False, "form"), (False, "search"), (False, "kanban")])
        for kind, view in views["views"].items():
            with self.subTest(view=kind):
                self.assertNotIn('name="segmentation_value_segment_id"', view["arch"])
                self.assertNotIn("action_segmentation_profile", view["arch"])

    # What a salesman may not see cannot be counted, sorted or searched out either

    def search(self, domain, user=None):
        contacts = self.env["res.partner"].with_user(user or self.alice)
        return contacts.search([*self.among_customers(), *domain])

    def test_search_when_through_the_profiles_then_own_customers_only(self):
        for domain in [
            [("segmentation_profile_id", "!=", False)],
            [("segmentation_profile_id", "in", self.profiles.sudo().search([]).ids)],
            [("segmentation_profile_id.net_sales_12m", ">", 0)],
            [("segmentation_net_sales_12m", ">", 0)],
            [("segmentation_value_segment_id", "!=", False)],
            [("segmentation_value_segment_id", "ilike", "a")],
            [("segmentation_last_order_date", "<=", "2030-01-01")],
            [("commercial_partner_id.segmentation_net_sales_12m", ">", 0)],
        ]:
            with self.subTest(domain=domain):
                found = self.search(domain)
                self.assertNotIn(self.bobs, found)
                self.assertIn(self.alices, found)

    def test_search_when_through_the_list_of_profiles_then_refused(self):
        """Odoo answers "is set" of such a field without record rules, of all companies."""
        for domain in [
            [("segmentation_profile_ids", "!=", False)],
            [("segmentation_profile_ids", "=", False)],
            [("segmentation_profile_ids", "in", self.profiles.sudo().search([]).ids)],
            [("segmentation_profile_ids", "ilike", "s")],
            [("segmentation_profile_ids.net_sales_12m", ">", 0)],
            [("commercial_partner_id.segmentation_profile_ids.net_sales_12m", ">", 0)],
        ]:
            for user in (self.alice, self.manager):
                case = {"domain": domain, "user": user.login}
                with self.subTest(**case), self.assertRaises(AccessError):
                    self.search(domain, user)

    def test_search_when_negative_then_hidden_customers_look_like_those_without_a_profile(self):
        stranger = self.customer("Stranger")  # after the run: no profile
        for domain in [
            [("segmentation_profile_id", "=", False)],
            [("segmentation_value_segment_id", "=", False)],
            [("segmentation_value_segment_id", "!=", self.segment("value_a").id)],
            [("segmentation_value_segment_id", "not in", [self.segment("value_a").id])],
            [("segmentation_net_sales_12m", "!=", 2000)],
        ]:
            with self.subTest(domain=domain):
                contacts = self.env["res.partner"].with_user(self.alice)
                found = contacts.search([("id", "in", (self.bobs | stranger).ids), *domain])
                self.assertEqual(found, self.bobs | stranger)

    def test_group_when_contacts_by_value_then_no_count_of_hidden_customers(self):
        groups = self.env["res.partner"].with_user(self.alice)._read_group(
            [("id", "in", (self.alices | self.bobs | self.nobodys).ids)],
            ["segmentation_value_segment_id"],
            ["id:recordset", "segmentation_net_sales_12m:sum", "segmentation_order_count_12m:sum"],
        )
        by_segment = {segment: (set(members.ids), *sums) for segment, members, *sums in groups}
        none = self.env["customer.segmentation.segment"]
        # Bob's falls among those without a segment, with neither sales nor orders.
        self.assertEqual(by_segment[none][0], {self.bobs.id})
        self.assertFalse(any(by_segment[none][1:]))
        self.assertEqual(sum(sums[1] for sums in by_segment.values() if sums[1]), 8000)

    def test_group_when_by_two_fields_then_no_error(self):
        groups = self.env["res.partner"].with_user(self.alice)._read_group(
            self.among_customers(),
            ["segmentation_value_segment_id", "segmentation_last_order_date:month"],
            ["segmentation_net_sales_12m:sum"],
            order="segmentation_value_segment_id desc",
        )
        self.assertEqual(sum(total or 0 for *_keys, total in groups), 7000 + 1000 + 500)

    def test_group_when_by_profile_then_no_hidden_profile(self):
        groups = self.env["res.partner"].with_user(self.alice)._read_group(
            self.among_customers(), ["segmentation_profile_id"], ["__count"]
        )
        seen = self.profiles.union(*(profile for profile, _count in groups))
        self.assertNotIn(self.bobs, seen.sudo().partner_id)

    def test_sort_when_hidden_then_no_place_of_its_own(self):
        """Bob's 2000 stand between 7000 and 1000: a sort that knew them would show it."""
        contacts = self.env["res.partner"].with_user(self.alice)
        three = [("id", "in", (self.alices | self.bobs | self.nobodys).ids)]
        for direction in ("desc", "asc"):
            found = contacts.search(three, order=f"segmentation_net_sales_12m {direction}, id")
            with self.subTest(direction=direction):
                self.assertNotEqual(found[1], self.bobs)

    def test_compute_when_hidden_then_empty(self):
        contact = self.bobs.with_user(self.alice)
        self.assertFalse(contact.segmentation_profile_id)
        self.assertFalse(contact.segmentation_value_segment_id)
        self.assertEqual(contact.segmentation_net_sales_12m, 0)
        self.assertFalse(contact.segmentation_membership_ids)
        self.assertFalse(contact.segmentation_history_ids)

    def test_compute_when_superuser_looked_before_then_still_empty(self):
        self.assertEqual(self.bobs.segmentation_net_sales_12m, 2000)
        self.assertEqual(self.bobs.with_user(self.chief).segmentation_net_sales_12m, 2000)
        self.assertEqual(self.bobs.with_user(self.alice).segmentation_net_sales_12m, 0)

    def test_order_when_the_customer_is_of_another_salesman_then_empty(self):
        """Alice's order for Bob's customer: hers to see, the customer's profile is not."""
        order = self.quotation(self.bobs, 10, user_id=self.alice.id).with_user(self.alice)
        self.assertFalse(order.segmentation_value_segment_id)
        domain = [("id", "=", order.id), ("segmentation_net_sales_12m", ">", 0)]
        self.assertFalse(order.search(domain))
        self.assertFalse(
            order.search([("id", "=", order.id), ("partner_id.segmentation_net_sales_12m", ">", 0)])
        )
        [(segment, total)] = order._read_group(
            [("id", "=", order.id)],
            ["segmentation_value_segment_id"],
            ["segmentation_net_sales_12m:sum"],
        )
        self.assertFalse(segment)
        self.assertFalse(total)

    def test_lead_when_the_customer_is_of_another_salesman_then_empty(self):
        lead = self.env["crm.lead"].create(
            {"name": "Lead", "partner_id": self.bobs.id, "user_id": self.alice.id}
        )
        lead = lead.with_user(self.alice)
        self.assertFalse(lead.segmentation_value_segment_id)
        self.assertFalse(
            lead.search([("id", "=", lead.id), ("segmentation_value_segment_id", "!=", False)])
        )

    def test_related_models_when_searched_by_a_path_then_own_customers_only(self):
        """Another road to the same contacts: their orders, messages' authors, users."""
        orders = self.env["sale.order"].with_user(self.chief).search([])
        self.assertTrue(orders)
        users = self.env["res.users"].with_user(self.alice)
        self.bob.partner_id.parent_id = self.bobs
        self.env.flush_all()
        found = users.search(
            [("partner_id.segmentation_net_sales_12m", ">", 0), ("id", "=", self.bob.id)]
        )
        self.assertFalse(found)

    # Whatever has no underscore can be called by anybody who is logged in

    def test_methods_when_called_without_the_group_then_refused(self):
        """Whatever the addon adds later too."""
        harmless = {("res.config.settings", "action_segmentation_criteria")}  # tried below
        methods = {
            (model, function)
            for model, function in self.public_methods()
            if (model, function.__name__) not in harmless and not self.env[model]._abstract
        }
        self.assertGreater(len(methods), 8)
        answered = []
        for model, function in methods:
            record = self.env[model].sudo().search([], limit=1) or self.env[model].browse(1)
            for user in (self.plain, self.portal):
                self.env.invalidate_all()
                try:
                    result = self.call_remotely(record.with_user(user), function)
                except AccessError:
                    continue
                answered.append((user.login, model, function.__name__, result))
        self.assertEqual(answered, [])

    def test_recompute_when_not_a_manager_then_refused(self):
        for user in (self.alice, self.chief, self.officer, self.plain, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.profiles.with_user(user).action_recompute()

    def test_propose_when_not_a_manager_then_refused(self):
        for user in (self.alice, self.chief, self.plain, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.criteria.with_user(user).action_propose_monetary()

    def test_colors_when_user_then_all_segments(self):
        colors = self.env["customer.segmentation.segment"].with_user(self.alice).get_colors()
        segment = self.segment("rfm_champions")
        self.assertEqual(colors[segment.id], segment.color)

    def test_colors_when_without_the_group_then_refused(self):
        for user in (self.plain, self.portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.env["customer.segmentation.segment"].with_user(user).get_colors()

    def test_open_when_own_customer_then_an_action(self):
        profile = self.profile(self.alices).with_user(self.alice)
        self.assertEqual(profile.action_open_partner()["res_id"], self.alices.id)
        facts = profile.action_open_facts()
        found = self.env[facts["res_model"]].with_user(self.alice).search(facts["domain"])
        self.assertEqual(sum(found.mapped("amount")), 7000)
        order = self.env["sale.order"].search([("partner_id", "=", self.alices.id)])
        self.assertEqual(found.action_open_document()["res_id"], order.id)
        contact = self.alices.with_user(self.alice)
        self.assertEqual(contact.action_segmentation_profile()["res_id"], profile.id)
        segment = profile.value_segment_id
        self.assertIn(profile, profile.search(segment.action_open_profiles()["domain"]))
        dimension = segment.dimension_id.action_open_profiles()
        self.assertEqual(dimension["context"], {"group_by": ["value_segment_id"]})

    def test_open_when_hidden_or_without_the_group_then_nothing(self):
        profile, fact = self.profile(self.bobs), self.env["customer.segmentation.fact"].search(
            [("partner_id", "=", self.bobs.id)]
        )
        for user in (self.alice, self.plain, self.portal):
            for record, method in [
                (profile, "action_open_partner"),
                (profile, "action_open_facts"),
                (fact, "action_open_document"),
            ]:
                record.invalidate_recordset()
                case = {"user": user.login, "method": method}
                with self.subTest(**case), self.assertRaises(AccessError):
                    getattr(record.with_user(user), method)()
        self.assertFalse(self.bobs.with_user(self.alice).action_segmentation_profile()["res_id"])
        for record in (self.segment("value_a"), self.segment("value_a").dimension_id):
            record.invalidate_recordset()
            with self.assertRaises(AccessError):
                record.with_user(self.portal).action_open_profiles()

    def test_settings_when_called_without_rights_then_nothing_revealed(self):
        settings = self.env["res.config.settings"]
        for user in (self.plain, self.portal):
            with self.subTest(user=user.login):
                action = settings.with_user(user).action_segmentation_criteria()
                self.assertFalse(action["res_id"])

    # The addon asks no more rights of a sale than Odoo does

    def test_order_when_made_by_a_salesman_then_queued_and_marked(self):
        self.empty_queue()
        env = self.env(user=self.alice)
        order = self.quotation(self.alices, 50, env=env)
        self.assertEqual(self.queued(), {self.alices.id})
        order.action_confirm()
        self.assertEqual(
            order.segmentation_confirmed_value_segment_id,
            self.profile(self.alices).value_segment_id,
        )

    def test_order_when_for_a_customer_of_another_salesman_then_no_error(self):
        self.empty_queue()
        order = self.quotation(
            self.bobs, 50, env=self.env(user=self.alice), user_id=self.alice.id
        )
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertEqual(self.queued(), {self.bobs.id})

    def test_lead_when_made_won_and_lost_by_a_salesman_then_queued(self):
        leads = self.env["crm.lead"].with_user(self.alice)
        self.empty_queue()
        won, lost = leads.create(
            [{"name": name, "partner_id": self.alices.id} for name in ("Won", "Lost")]
        )
        won.action_set_won()
        lost.action_set_lost()
        self.assertEqual(self.queued(), {self.alices.id})

    def test_contact_when_made_by_a_salesman_then_queued(self):
        self.empty_queue()
        contact = self.env["res.partner"].with_user(self.alice).create({"name": "Fresh"})
        self.assertEqual(self.queued(), {contact.id})
