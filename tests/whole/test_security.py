"""Who sees what, and who may change what: by record, company and method."""

from security_case import CUSTOMER_MODELS, RUN_BY_MACHINE, SecurityCase

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestSecurity(SecurityCase):
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
