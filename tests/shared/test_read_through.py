"""The profile read through from contacts, orders and opportunities: nothing stored, all usable."""

from datetime import date

from common import TODAY, DocumentCase

from odoo.tests import Form, tagged

LIST_FIELDS = [
    "segmentation_profile_id",
    "segmentation_value_segment_id",
    "segmentation_lifecycle_segment_id",
    "segmentation_rfm_segment_id",
    "segmentation_rfm8_segment_id",
    "segmentation_frequency_amount_segment_id",
    "segmentation_trend_segment_id",
    "segmentation_stage_segment_id",
    "segmentation_net_sales_12m",
    "segmentation_order_count_12m",
    "segmentation_last_order_date",
    "segmentation_due_date",
    "segmentation_trend_ratio",
]


@tagged("post_install", "-at_install")
class TestReadThrough(DocumentCase):
    """Sales of the window: big 7000 (A: nothing before it), middle 2000 (B: 70 % before it),
    small 1000 (C: 90 % before it), prospect 0 (no sales); the stranger came after the run."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # other tests' or the installation's contacts have no sales in the test's companies
        cls.company = cls.env["res.company"].create({"name": "Read Through"})
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids},
        )
        cls.env.user.company_ids |= cls.company
        cls.big = cls.customer("Big")
        cls.middle = cls.customer("Middle")
        cls.small = cls.customer("Small")
        cls.prospect = cls.customer("Prospect")
        cls.child = cls.customer("Child", parent_id=cls.big.id, is_company=False)
        for partner, amount, day in [
            (cls.big, 7000, date(2024, 6, 20)),
            (cls.middle, 2000, date(2024, 5, 20)),
            (cls.small, 1000, date(2024, 5, 10)),
        ]:
            cls.order(partner, day, amount)
        cls.recompute()
        cls.stranger = cls.customer("Stranger")
        cls.a, cls.b, cls.c, cls.no_sales = (
            cls.segment(f"value_{code}") for code in ("a", "b", "c", "no_sales")
        )
        cls.a.name = "Key account"
        cls.contacts = (
            cls.big | cls.middle | cls.small | cls.prospect | cls.child | cls.stranger
        )

    def assert_found(self, domain, *expected):
        found = self.env["res.partner"].search([("id", "in", self.contacts.ids), *domain])
        self.assertEqual(
            set(found.mapped("name")), {partner.name for partner in expected}, str(domain)
        )

    # Compute

    def test_contact_when_it_has_orders_then_shows_its_segments(self):
        self.assertEqual(self.big.segmentation_value_segment_id, self.a)
        self.assertEqual(self.middle.segmentation_value_segment_id, self.b)
        self.assertEqual(self.small.segmentation_value_segment_id, self.c)
        self.assertEqual(self.prospect.segmentation_value_segment_id, self.no_sales)
        self.assertEqual(self.big.segmentation_net_sales_12m, 7000)
        self.assertEqual(self.big.segmentation_order_count_12m, 1)
        self.assertEqual(self.big.segmentation_last_order_date, date(2024, 6, 20))
        self.assertEqual(self.big.segmentation_profile_id, self.profile(self.big))

    def test_contact_when_child_then_shows_its_companys(self):
        self.assertEqual(self.child.segmentation_value_segment_id, self.a)
        self.assertEqual(self.child.segmentation_profile_id, self.profile(self.big))

    def test_contact_when_child_is_itself_a_company_then_stands_alone(self):
        branch = self.customer("Branch", parent_id=self.big.id)
        self.assertFalse(branch.segmentation_value_segment_id)

    def test_contact_when_without_profile_then_empty(self):
        for name in LIST_FIELDS:
            self.assertFalse(self.stranger[name], name)

    def test_contact_when_archived_then_empty_however_it_is_read(self):
        """The profile keeps its measures; the contact shows, finds and sorts none of them."""
        self.middle.active = False
        self.recompute()
        contacts = self.env["res.partner"].with_context(active_test=False)
        archived = contacts.browse(self.middle.id)
        self.assertFalse(archived.segmentation_net_sales_12m)
        among = [("id", "in", self.contacts.ids)]
        self.assertNotIn(
            self.middle, contacts.search([*among, ("segmentation_net_sales_12m", ">", 0)])
        )
        [(total,)] = contacts._read_group(among, [], ["segmentation_net_sales_12m:sum"])
        self.assertEqual(total, 7000 + 7000 + 1000)  # big, its child, small

    def test_contact_when_changed_in_the_same_transaction_then_its_new_company_counts(self):
        self.child.parent_id = self.middle
        contacts = self.env["res.partner"]
        groups = contacts._read_group(
            [("id", "=", self.child.id)], ["segmentation_value_segment_id"], ["__count"]
        )
        self.assertEqual(groups, [(self.b, 1)])
        self.assertEqual(self.child.segmentation_value_segment_id, self.b)
        self.assert_found(
            [("segmentation_value_segment_id", "=", self.b.id)], self.middle, self.child
        )

    def test_order_when_still_being_typed_then_shows_the_customers(self):
        order = self.env["sale.order"].new(
            {"partner_id": self.child.id, "company_id": self.company.id}
        )
        self.assertEqual(order.segmentation_value_segment_id, self.a)
        self.assertEqual(order.segmentation_currency_id, self.company.currency_id)

    def test_lead_when_still_being_typed_then_shows_the_customers(self):
        with Form(self.env["crm.lead"], view="crm.crm_lead_view_form") as lead:
            lead.name = "Opportunity"
            lead.partner_id = self.middle
            self.assertEqual(lead.segmentation_banner["segments"][0]["name"], self.b.name)

    # Search

    def test_search_when_by_segment_then_every_operator_answers(self):
        a, b = self.a.id, self.b.id
        big, middle, small = self.big, self.middle, self.small
        prospect, child, stranger = self.prospect, self.child, self.stranger
        for operator, value, expected in [
            ("=", a, [big, child]),
            ("!=", a, [middle, small, prospect, stranger]),
            ("in", [a, b], [big, child, middle]),
            ("not in", [a, b], [small, prospect, stranger]),
            ("in", [], []),
            ("not in", [], list(self.contacts)),
            ("in", [a, False], [big, child, stranger]),
            ("not in", [a, False], [middle, small, prospect]),
            ("=", False, [stranger]),
            ("!=", False, [big, child, middle, small, prospect]),
            ("ilike", "key acc", [big, child]),
            ("not ilike", "key acc", [middle, small, prospect, stranger]),
            ("=", "Key account", [big, child]),
        ]:
            with self.subTest(operator=operator, value=value):
                self.assert_found([("segmentation_value_segment_id", operator, value)], *expected)

    def test_search_when_by_amount_then_every_operator_answers(self):
        big, middle, small = self.big, self.middle, self.small
        prospect, child, stranger = self.prospect, self.child, self.stranger
        for operator, value, expected in [
            (">", 1000, [big, child, middle]),
            (">=", 1000, [big, child, middle, small]),
            ("<", 2000, [small, prospect]),
            ("<=", 2000, [middle, small, prospect]),
            ("=", 2000, [middle]),
            ("!=", 2000, [big, child, small, prospect, stranger]),
            ("in", [1000, 2000], [middle, small]),
            ("not in", [1000, 2000], [big, child, prospect, stranger]),
            ("=", 0, [prospect]),
        ]:
            with self.subTest(operator=operator, value=value):
                self.assert_found([("segmentation_net_sales_12m", operator, value)], *expected)

    def test_search_when_by_count_then_answers(self):
        self.assert_found(
            [("segmentation_order_count_12m", ">", 0)],
            self.big, self.child, self.middle, self.small,
        )
        self.assert_found([("segmentation_order_count_12m", "=", 0)], self.prospect)

    def test_search_when_by_date_then_every_operator_answers(self):
        big, middle, small = self.big, self.middle, self.small
        prospect, child, stranger = self.prospect, self.child, self.stranger
        for operator, value, expected in [
            (">", "2024-05-20", [big, child]),
            (">=", "2024-05-20", [big, child, middle]),
            ("<", date(2024, 5, 20), [small]),
            ("=", "2024-05-10", [small]),
            ("!=", "2024-05-10", [big, child, middle, prospect, stranger]),
            ("=", False, [prospect, stranger]),
            ("!=", False, [big, child, middle, small]),
        ]:
            with self.subTest(operator=operator, value=value):
                self.assert_found([("segmentation_last_order_date", operator, value)], *expected)

    def test_search_when_by_a_path_then_answers(self):
        self.assert_found([("segmentation_profile_id.net_sales_12m", ">", 1500)],
                          self.big, self.child, self.middle)
        self.assert_found([("segmentation_value_segment_id.name", "=", "Key account")],
                          self.big, self.child)
        self.assert_found([("parent_id.segmentation_value_segment_id", "=", self.a.id)],
                          self.child)
        self.assert_found([("segmentation_profile_id", "=", self.profile(self.big).id)],
                          self.big, self.child)

    def test_search_when_conditions_are_combined_then_answers(self):
        self.assert_found(
            [
                "|",
                ("segmentation_value_segment_id", "=", self.c.id),
                "&",
                ("segmentation_net_sales_12m", ">", 5000),
                ("parent_id", "=", False),
            ],
            self.big, self.small,
        )
        self.assert_found(
            ["!", "|", ("segmentation_value_segment_id", "=", self.a.id),
             ("segmentation_value_segment_id", "=", False)],
            self.middle, self.small, self.prospect,
        )

    def test_search_when_lead_without_contact_then_it_is_not_set(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "With", "partner_id": self.big.id},
                {"name": "Without"},
            ]
        )
        with_contact, without = leads
        for domain, expected in [
            ([("segmentation_value_segment_id", "=", self.a.id)], with_contact),
            ([("segmentation_value_segment_id", "!=", self.a.id)], without),
            ([("segmentation_value_segment_id", "not in", [self.b.id])], leads),
            ([("segmentation_value_segment_id", "=", False)], without),
            ([("segmentation_value_segment_id", "!=", False)], with_contact),
            ([("segmentation_net_sales_12m", "!=", 5)], leads),
            (["!", ("segmentation_value_segment_id", "=", self.a.id)], without),
        ]:
            with self.subTest(domain=domain):
                found = leads.search([("id", "in", leads.ids), *domain])
                self.assertEqual(set(found.mapped("name")), set(expected.mapped("name")))

    # Sort

    def sorted_names(self, order, *partners):
        partners = self.env["res.partner"].union(*partners)
        found = self.env["res.partner"].search([("id", "in", partners.ids)], order=order)
        return found.mapped("name")

    def test_sort_when_by_amount_then_ascending_and_descending(self):
        four = (self.small, self.big, self.prospect, self.middle)
        self.assertEqual(
            self.sorted_names("segmentation_net_sales_12m desc", *four),
            ["Big", "Middle", "Small", "Prospect"],
        )
        self.assertEqual(
            self.sorted_names("segmentation_net_sales_12m asc", *four),
            ["Prospect", "Small", "Middle", "Big"],
        )

    def test_sort_when_nulls_are_placed_then_there(self):
        three = (self.small, self.big, self.stranger)
        self.assertEqual(
            self.sorted_names("segmentation_net_sales_12m desc nulls last", *three),
            ["Big", "Small", "Stranger"],
        )
        self.assertEqual(
            self.sorted_names("segmentation_last_order_date asc nulls first", *three),
            ["Stranger", "Small", "Big"],
        )

    def test_sort_when_by_segment_then_in_the_segments_order(self):
        four = (self.small, self.big, self.prospect, self.middle)
        self.c.sequence = 1  # before A
        self.assertEqual(
            self.sorted_names("segmentation_value_segment_id, id", *four),
            ["Small", "Big", "Middle", "Prospect"],
        )
        self.assertEqual(
            self.sorted_names("segmentation_value_segment_id desc, id", *four),
            ["Prospect", "Middle", "Big", "Small"],
        )

    def test_sort_when_by_two_fields_then_the_second_breaks_ties(self):
        self.assertEqual(
            self.sorted_names(
                "segmentation_order_count_12m desc, segmentation_last_order_date, name desc",
                self.big, self.small, self.middle, self.child,
            ),
            ["Small", "Middle", "Child", "Big"],
        )

    def test_sort_when_orders_and_leads_then_by_their_customers(self):
        orders = self.env["sale.order"].search(
            [("company_id", "=", self.company.id)], order="segmentation_net_sales_12m"
        )
        self.assertEqual(orders.partner_id.mapped("name"), ["Small", "Middle", "Big"])
        leads = self.env["crm.lead"].create(
            [{"name": p.name, "partner_id": p.id} for p in (self.small, self.child)]
            + [{"name": "Nobody"}]
        )
        found = leads.search(
            [("id", "in", leads.ids)], order="segmentation_value_segment_id desc nulls last"
        )
        self.assertEqual(found.mapped("name"), ["Small", "Child", "Nobody"])

    # Group

    def groups(self, groupby, aggregates, model="res.partner", **kwargs):
        domain = {
            "res.partner": [("id", "in", self.contacts.ids)],
            "sale.order": [("company_id", "=", self.company.id)],
        }[model]
        return self.env[model]._read_group(domain, groupby, aggregates, **kwargs)

    def test_group_when_by_segment_then_counts_and_sums(self):
        groups = self.groups(
            ["segmentation_value_segment_id"],
            ["__count", "segmentation_net_sales_12m:sum", "segmentation_order_count_12m:sum"],
        )
        none = self.env["customer.segmentation.segment"]
        self.assertEqual(
            {segment: tuple(values) for segment, *values in groups},
            {
                self.a: (2, 14000, 2),  # big and its child
                self.b: (1, 2000, 1),
                self.c: (1, 1000, 1),
                self.no_sales: (1, 0, 0),
                none: (1, 0, 0),
            },
        )

    def test_group_when_ordered_by_segment_or_sum_then_in_that_order(self):
        groups = self.groups(["segmentation_value_segment_id"], ["__count"])
        self.assertEqual(
            [segment for segment, _count in groups][:4], [self.a, self.b, self.c, self.no_sales]
        )
        groups = self.groups(
            ["segmentation_value_segment_id"],
            ["segmentation_net_sales_12m:sum"],
            order="segmentation_net_sales_12m:sum desc nulls last",
            limit=2,
        )
        self.assertEqual(groups, [(self.a, 14000), (self.b, 2000)])

    def test_group_when_by_month_then_in_months(self):
        groups = self.groups(["segmentation_last_order_date:month"], ["__count"])
        self.assertEqual(
            dict(groups), {date(2024, 5, 1): 2, date(2024, 6, 1): 2, False: 2}
        )

    def test_group_when_beside_stored_fields_then_both(self):
        self.big.country_id = self.env.ref("base.cn")
        groups = self.groups(
            ["country_id", "segmentation_value_segment_id", "segmentation_trend_segment_id"],
            ["segmentation_net_sales_12m:sum", "segmentation_due_date:max"],
        )
        china = [row for row in groups if row[0] == self.env.ref("base.cn")]
        self.assertEqual(sum(row[3] for row in china if row[1] == self.a), 14000)

    def test_group_when_opened_then_the_records_counted(self):
        """The domain of a group finds as many records as the group has counted."""
        for name in (
            "segmentation_value_segment_id",
            "segmentation_lifecycle_segment_id",
            "segmentation_profile_id",
            "segmentation_order_count_12m",
        ):
            for key, count in self.groups([name], ["__count"]):
                value = key.id if hasattr(key, "id") else key
                domain = [("id", "in", self.contacts.ids), (name, "=", value)]
                if name.endswith("12m") and not value:
                    continue  # 0 and absent are one group and two answers
                with self.subTest(field=name, value=value):
                    self.assertEqual(self.env["res.partner"].search_count(domain), count)

    def test_group_when_orders_then_by_their_companys_customer(self):
        groups = self.groups(
            ["segmentation_value_segment_id"], ["amount_untaxed:sum"], model="sale.order"
        )
        self.assertEqual(dict(groups), {self.a: 7000, self.b: 2000, self.c: 1000})

    def test_group_when_leads_then_by_their_customer(self):
        leads = self.env["crm.lead"].create(
            [
                {"name": "One", "partner_id": self.child.id, "expected_revenue": 5},
                {"name": "Two", "partner_id": self.big.id, "expected_revenue": 6},
                {"name": "Three", "expected_revenue": 7},
            ]
        )
        groups = leads._read_group(
            [("id", "in", leads.ids)],
            ["segmentation_value_segment_id"],
            ["expected_revenue:sum"],
        )
        none = self.env["customer.segmentation.segment"]
        self.assertEqual(dict(groups), {self.a: 11, none: 7})

    # Cost

    def queries_of(self, partners, fields):
        contacts = self.env["res.partner"].browse(partners.ids)
        return self.statements(lambda: contacts.read(fields))

    def test_list_when_80_contacts_with_all_fields_then_one_query_more(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Contact {number}", "is_company": True} for number in range(80)]
        )
        self.recompute()
        standard = ["name", "email", "commercial_partner_id"]
        self.queries_of(partners, [*standard, *LIST_FIELDS])  # fills the caches of rights
        few = self.queries_of(partners[:10], [*standard, *LIST_FIELDS])
        many = self.queries_of(partners, [*standard, *LIST_FIELDS])
        plain = self.queries_of(partners, standard)
        self.assertEqual(few, many)
        # one for the profiles, one for the names of the profiles' customers
        self.assertLessEqual(many, plain + 2)

    def row_versions(self, partners):
        """Where the rows lie: a row that is written moves, in the same transaction too."""
        self.env.flush_all()
        self.cr.execute(
            "SELECT id, ctid FROM res_partner WHERE id IN %s ORDER BY id", [tuple(partners.ids)]
        )
        return self.cr.fetchall()

    def test_contact_when_its_segments_change_then_is_not_written(self):
        before = self.row_versions(self.contacts)
        self.order(self.prospect, TODAY, 50000)
        run = self.recompute()
        self.assertEqual(self.prospect.segmentation_value_segment_id, self.a)
        self.assertGreater(run.rows_changed, 0)
        self.assertEqual(self.row_versions(self.contacts), before)
