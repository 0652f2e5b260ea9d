"""What is not for somebody cannot be read, counted, sorted or searched out either."""

from security_case import RUN_BY_MACHINE, SecurityCase

from odoo.exceptions import AccessError
from odoo.tests import tagged

READ_THROUGH = [
    "segmentation_profile_id",
    "segmentation_value_segment_id",
    "segmentation_net_sales_12m",
    "segmentation_order_count_12m",
    "segmentation_last_order_date",
]


@tagged("post_install", "-at_install")
class TestSecurityHidden(SecurityCase):
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
        needs = self.env["customer.segmentation.segment"].search(
            [("dimension_id.code", "=", "need")]
        )
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
                "converted": lambda c=contacts: c.search(
                    [("segmentation_turnover_converted", ">", 1)]
                ),
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
