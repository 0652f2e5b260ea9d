"""What must not grow with the number of customers: statements, and rows written for nothing.

Times are the benchmark's (``make bench``).
"""

from common import AS_OF, SegmentationCase, days_ago

from odoo.tests import new_test_user, tagged

LIST_FIELDS = (
    "rfm_segment_id", "rfm8_segment_id", "value_segment_id", "frequency_amount_segment_id",
    "lifecycle_segment_id", "trend_segment_id", "stage_segment_id", "satisfaction_segment_id",
    "profile_id", "net_sales_12m", "order_count_12m", "last_order_date", "due_date", "trend_ratio",
)


@tagged("post_install", "-at_install")
class TestSpeed(SegmentationCase):
    def bought(self, count):
        """``count`` customers, each with two orders of the window and one before it."""
        partners = self.customers(count)
        for number, partner in enumerate(partners):
            self.orders(partner, 20 + number % 9, 200, 500, amount=100 + number)
        self.env.flush_all()
        return partners

    def written(self, table):
        """Rows of ``table`` written by this transaction so far."""
        self.env.cr.execute(
            """SELECT n_tup_ins + n_tup_upd + n_tup_del
                 FROM pg_stat_xact_user_tables WHERE relname = %s""",
            [table],
        )
        return self.env.cr.fetchone()[0]

    # Statements

    def test_full_run_when_ten_times_the_customers_then_as_many_statements(self):
        self.bought(10)
        self.recompute()  # the first one proposes bands and limits
        few = self.statements(self.recompute)
        self.bought(90)
        self.recompute()
        self.assertEqual(self.statements(self.recompute), few)

    def test_full_run_when_all_move_then_as_many_statements_as_for_ten(self):
        """Each run of the pair finds every customer changed, a year later."""
        self.bought(10)
        self.recompute()
        later = AS_OF.replace(year=AS_OF.year + 1)
        few = self.statements(lambda: self.recompute(as_of=later))
        self.recompute()
        self.bought(90)
        self.recompute()
        self.assertEqual(self.statements(lambda: self.recompute(as_of=later)), few)

    def test_partial_run_when_ten_times_the_customers_then_as_many_statements(self):
        partners = self.bought(100)
        self.recompute()

        def recompute(number):
            for partner in partners[:number]:
                self.orders(partner, 1)
            return self.statements(lambda: self.recompute(partner_ids=partners[:number].ids))

        recompute(1)
        self.assertEqual(recompute(100), recompute(10))

    def test_partial_run_when_one_changed_then_at_most_40_statements(self):
        partners = self.bought(10)
        self.recompute()
        self.orders(partners[0], 1)
        count = self.statements(lambda: self.recompute(partner_ids=partners[:1].ids))
        self.assertLessEqual(count, 40)

    # Rows written

    def test_run_when_nothing_changed_then_no_row_is_written(self):
        self.bought(30)
        self.recompute()
        tables = ("customer_segmentation_profile", "customer_segmentation_history")
        before = [self.written(table) for table in tables]
        run = self.recompute()
        self.assertEqual((run.rows_changed, run.history_count), (0, 0))
        self.assertEqual([self.written(table) for table in tables], before)

    def test_run_when_nothing_changed_on_the_next_day_then_no_row_is_written(self):
        """The days since the last order are not stored. No order leaves a window here."""
        partners = self.customers(20)
        for partner in partners:
            self.orders(partner, 40, 50)
        self.recompute()
        before = self.written("customer_segmentation_profile")
        run = self.recompute(as_of=days_ago(-1))
        self.assertEqual(run.rows_changed, 0)
        self.assertEqual(self.written("customer_segmentation_profile"), before)

    def test_partial_run_when_one_ordered_then_one_row_is_written(self):
        partners = self.bought(30)
        self.recompute()
        self.orders(partners[0], 1)
        before = self.written("customer_segmentation_profile")
        run = self.recompute(partner_ids=partners.ids)
        self.assertEqual(run.rows_changed, 1)
        self.assertEqual(self.written("customer_segmentation_profile"), before + 1)

    def test_run_when_everything_changes_then_no_contact_and_no_document_is_written(self):
        partners = self.bought(30)
        self.refund(partners[0], days_ago(3), 50)
        self.recompute()
        tables = ("res_partner", "sale_order", "account_move", "crm_lead", "res_company")
        before = [self.written(table) for table in tables]
        self.recompute()
        for partner in partners:
            self.orders(partner, 0)
        orders = self.written("sale_order") - before[1]
        self.recompute(partner_ids=partners.ids)
        self.recompute()
        before[1] += orders  # ours
        self.assertEqual([self.written(table) for table in tables], before)

    # Screens

    def test_contact_list_when_with_segments_then_one_query_more(self):
        partners = self.bought(80)
        self.recompute()
        user = new_test_user(
            self.env,
            "speed_salesperson",
            "sales_team.group_sale_salesman_all_leads",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        contacts = self.env["res.partner"].with_user(user).with_company(self.company)
        domain = [("id", "in", partners.ids)]
        plain = {"display_name": {}, "email": {}, "user_id": {"fields": {"display_name": {}}}}
        ours = dict(plain, segmentation_currency_id={"fields": {}})
        for name in LIST_FIELDS:
            relational = name.endswith("_id")
            ours[f"segmentation_{name}"] = (
                {"fields": {"display_name": {}}} if relational else {}
            )

        def read(fields, limit=80):
            rows = contacts.web_search_read(domain, fields, limit=limit)["records"]
            self.assertEqual(len(rows), limit)
            return rows

        read(ours)  # names of segments into their cache
        standard = self.statements(lambda: read(plain))
        self.assertLessEqual(self.statements(lambda: read(ours)), standard + 1)
        self.assertEqual(
            self.statements(lambda: read(ours, limit=10)), self.statements(lambda: read(ours))
        )
        self.assertTrue(all(row["segmentation_lifecycle_segment_id"] for row in read(ours)))

    def test_partial_run_when_a_rule_goes_through_the_contact_then_as_in_a_full_run(self):
        """Such a rule is asked of the run's contacts alone."""
        partners = self.bought(6)
        partners[0].city = partners[1].city = "Lyon"
        self.env["res.partner"].create({"name": "Buyer", "parent_id": partners[2].id})
        segment = self.segment("trend_rising")
        for rule, expected in (
            ([("partner_id.city", "=", "Lyon")], partners[:2]),
            (["!", ("partner_id.city", "=", "Lyon")], partners[2:]),
            ([("partner_id.city", "!=", "Lyon")], partners[2:]),
            ([("partner_id.child_ids.name", "=", "Buyer")], partners[2]),
            ([("partner_id.commercial_partner_id.city", "=", "Lyon")], partners[:2]),
        ):
            segment.domain = str(rule)
            with self.subTest(rule=rule):
                self.recompute()
                for _scope in ("full", "partial"):
                    found = self.profiles.search([("trend_segment_id", "=", segment.id)])
                    self.assertEqual(found.partner_id & partners, expected)
                    run = self.recompute(partner_ids=partners.ids)
                    self.assertEqual((run.scope, run.rows_changed), ("partial", 0))
