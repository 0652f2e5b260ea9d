"""The rules of segments: what they may say, and what becomes of a broken one."""

from unittest.mock import patch

from common import AS_OF, days_ago
from segment_case import SegmentCase

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

ENGINE = "odoo.addons.customer_segmentation.models.engine.engine"
DIMENSIONS = (
    "rfm", "rfm8", "value", "frequency_amount", "lifecycle", "trend", "stage", "satisfaction"
)  # fmt: skip


@tagged("post_install", "-at_install")
class TestRules(SegmentCase):
    def set_rule(self, name, rule):
        """Write a rule past the check, as an upgrade that takes a field away does."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_segmentation_segment SET domain = %s WHERE id = %s",
            [rule, self.segment(name).id],
        )
        self.env.invalidate_all()

    def test_rules_when_several_match_then_the_first_by_sequence(self):
        partner = self.sell(100)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "new")
        self.segment("trend_stable").write({"domain": "[('order_count', '>', 0)]"})
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "stable")
        self.segment("trend_new").sequence = 1
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "new")

    def test_fallback_when_it_comes_first_then_it_still_takes_the_others_only(self):
        partner = self.sell(100)
        self.segment("trend_none").sequence = 0
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "new")

    def test_segment_when_archived_then_its_customers_go_on_to_the_next(self):
        partner = self.sell(100, days=3)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "lifecycle"), "new")
        self.segment("lifecycle_new").active = False
        self.recompute()
        self.assertEqual(self.segment_of(partner, "lifecycle"), "active")

    def test_dimension_when_archived_then_it_keeps_its_segments(self):
        partner = self.sell(100)
        self.recompute()
        self.env["customer.segmentation.dimension"].search([("code", "=", "stage")]).active = False
        other = self.sell(100)
        self.order(partner, days_ago(1), -300)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "stage"), "customer")
        self.assertFalse(self.segment_of(other, "stage"))
        self.assertEqual(self.segment_of(partner, "value"), "no_sales")

    def assert_broken(self, rule, name="trend_new"):
        """The broken dimension keeps its former segments; the others follow; the run tells."""
        partner = self.sell(100)
        self.recompute()
        before = self.segment_of(partner, "trend")
        self.assertEqual(before, "new")
        self.set_rule(name, rule)
        self.orders(partner, 740, amount=100)  # two full windows: there is a trend
        self.orders(partner, 370, amount=900)  # 100 after 900: falling
        with mute_logger(ENGINE):
            run = self.recompute(state="warning")
        self.assertEqual(self.segment_of(partner, "trend"), "new")
        self.assertEqual(self.segment_of(partner, "lifecycle"), "active")
        self.assertEqual(self.profile(partner).net_sales, 1_100)
        self.assertIn("trend", run.message.lower())
        with mute_logger(ENGINE):
            self.recompute(partner_ids=partner.ids, state="warning")
        self.assertEqual(self.segment_of(partner, "trend"), "new")
        self.set_rule(name, "[('net_sales_12m', '>', 0)]")
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "falling")

    def test_rule_when_its_field_is_gone_then_only_its_dimension_stands_still(self):
        self.assert_broken("[('field_of_an_old_version', '=', 1)]")

    def test_rule_when_it_is_no_list_then_only_its_dimension_stands_still(self):
        self.assert_broken("[('net_sales_12m', '>'")

    def test_rule_when_the_database_refuses_it_then_only_its_dimension_stands_still(self):
        self.assert_broken("[('order_count', '>', 'many')]")

    def test_rule_when_its_search_fails_in_the_database_then_only_its_dimension_stands_still(self):
        def broken_search(profiles, operator, value):
            profiles.env.cr.execute("SELECT 1 / 0")

        with (
            patch.object(self.registry[self.profiles._name], "_search_days_overdue", broken_search),
            mute_logger("odoo.sql_db"),
        ):
            self.assert_broken("[('days_overdue', '>', 5)]")

    def test_rule_when_the_value_has_a_wrong_kind_then_only_its_dimension_stands_still(self):
        self.assert_broken("[('accumulated_share', '<', 'much')]")

    def test_rule_when_over_a_relation_then_by_its_records(self):
        category = self.env["res.partner.category"].create({"name": "Key account"})
        key, other = self.sell(100, 100)
        key.category_id = category
        self.segment("trend_rising").domain = f"[('partner_id.category_id', 'in', {category.ids})]"
        self.recompute()
        self.assertEqual(self.segments(key | other, "trend"), ["rising", "new"])
        self.segment("trend_rising").domain = "[('partner_id.category_id.name', 'ilike', 'key')]"
        self.recompute()
        self.assertEqual(self.segments(key | other, "trend"), ["rising", "new"])
        self.segment("trend_rising").domain = "[('partner_id.category_id', '=', False)]"
        self.recompute()
        self.assertEqual(self.segments(key | other, "trend"), ["new", "rising"])

    def test_rule_when_over_a_relation_then_a_partial_run_agrees(self):
        category = self.env["res.partner.category"].create({"name": "Key account"})
        partner = self.sell(100)
        self.segment("trend_rising").domain = f"[('partner_id.category_id', 'in', {category.ids})]"
        self.recompute()
        partner.category_id = category
        self.env.flush_all()
        self.recompute(partner_ids=partner.ids)
        self.assertEqual(self.segment_of(partner, "trend"), "rising")

    def test_rule_when_on_days_or_medians_then_as_the_profile_is_searched(self):
        """The engine writes such conditions as stored ones itself; the search is the ORM's."""
        for number, days in enumerate((5, 40, 90, 91, 200, 500)):
            partner = self.customers(1)
            self.orders(partner, *range(days, days + number + 1), amount=100 * (number + 1))
        self.lead(self.customers(1))  # never bought
        segment = self.segment("trend_rising")
        profiles = self.profiles.with_context(segmentation_as_of=AS_OF)
        for rule in (
            [("recency_days", "<=", 90)],
            ["!", ("recency_days", "<=", 90)],
            [("recency_days", "=", False)],
            ["|", ("recency_days", ">", 400), ("customer_age_days", "in", [45, 44])],
            ["|", ("recency_above_median", "=", False), ("order_count", ">=", 5)],
            [("frequency_above_limit", "!=", True), ("days_overdue", ">=", 0)],
            ["!", "|", ("accumulated_share", "<", 70), ("recency_days", ">", 90)],
        ):
            segment.domain = str(rule)
            with self.subTest(rule=rule):
                self.recompute()
                found = self.profiles.search([("trend_segment_id", "=", segment.id)])
                company = [("company_id", "=", self.company.id)]
                self.assertTrue(found, rule)
                self.assertEqual(found, profiles.search([*company, *rule]))
                self.assertLess(len(found), self.profiles.search_count(company))

    def test_rule_when_over_another_dimension_then_by_its_new_segment(self):
        a = self.segment("value_a")
        self.segment("trend_rising").domain = f"[('value_segment_id', '=', {a.id})]"
        big, small = self.sell(1_000, 1)
        self.recompute()
        self.assertEqual(self.segments(big | small, "trend"), ["rising", "new"])
        again = self.recompute()
        self.assertEqual((again.rows_changed, again.history_count), (0, 0))
        self.order(small, days_ago(5), 9_000)
        self.recompute()
        self.assertEqual(self.segments(big | small, "trend"), ["new", "rising"])
        self.orders(big, 4, amount=99_000)
        self.recompute(partner_ids=big.ids)
        self.assertEqual(self.segment_of(big, "trend"), "rising")

    def test_rules_when_dimensions_wait_for_each_other_in_a_row_then_in_one_run(self):
        # stage <- trend <- value, through the profile and through the contact
        a, rising = self.segment("value_a"), self.segment("trend_rising")
        self.segment("stage_customer").domain = f"[('trend_segment_id', '=', {rising.id})]"
        rising.domain = f"[('partner_id.segmentation_value_segment_id', '=', {a.id})]"
        big, small = self.sell(1_000, 1)
        self.recompute()
        self.assertEqual(self.segments(big | small, "trend"), ["rising", "new"])
        self.assertEqual(self.segments(big | small, "stage"), ["customer", "potential"])

    def test_rule_when_over_an_overridden_dimension_then_by_what_people_decided(self):
        a = self.segment("value_a")
        self.segment("trend_rising").domain = f"[('value_segment_id', '=', {a.id})]"
        big, small = self.sell(1_000, 1)
        self.recompute()
        self.env["customer.segmentation.override"].sudo().create(
            {
                "partner_id": small.id,
                "company_id": self.company.id,
                "dimension_id": a.dimension_id.id,
                "segment_id": a.id,
                "from_date": AS_OF,
                "reason_id": self.env.ref("customer_segmentation.override_reason_knowledge").id,
            }
        )
        self.recompute()
        self.assertEqual(self.segments(big | small, "value"), ["a", "a"])
        self.assertEqual(self.segments(big | small, "trend"), ["rising", "rising"])

    def test_rules_when_dimensions_name_each_other_then_by_the_former_and_the_run_says_so(self):
        a, rising = self.segment("value_a"), self.segment("trend_rising")
        rising.domain = f"[('value_segment_id', '=', {a.id})]"
        a.domain = f"[('trend_segment_id', '=', {rising.id})]"
        partner = self.sell(1_000)
        with mute_logger(ENGINE):
            run = self.recompute(state="warning")
        self.assertIn(rising.dimension_id.name, run.message)
        self.assertIn(a.dimension_id.name, run.message)
        self.assertEqual(self.segment_of(partner, "value"), "b")
        self.assertEqual(self.segment_of(partner, "lifecycle"), "new")

    def test_rule_when_it_fails_in_the_second_pass_then_only_its_dimension_stands_still(self):
        a = self.segment("value_a")
        self.assert_broken(
            f"['|', ('value_segment_id', '=', {a.id}), ('order_count', '>', 'many')]"
        )

    def test_rule_when_over_its_own_dimension_then_by_the_former_segment(self):
        # once rising, always rising
        rising = self.segment("trend_rising")
        rising.domain = (
            f"['|', ('trend_segment_id', '=', {rising.id}), ('net_sales_12m', '>=', 500)]"
        )
        partner = self.sell(1_000)
        self.recompute()
        self.refund(partner, days_ago(1), 900)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "rising")

    def test_dimension_when_it_has_no_fallback_then_the_run_says_so(self):
        partner = self.sell(-5)
        fallback = self.segment("trend_none")
        fallback.active = False
        with mute_logger(ENGINE):
            run = self.recompute(state="warning")
        self.assertIn(fallback.dimension_id.name, run.message)
        self.assertFalse(self.segment_of(partner, "trend"))

    def test_rule_when_a_percent_sign_is_in_it_then_taken_as_it_is(self):
        partner = self.sell(100)
        partner.name = "100 % Steel"
        self.segment("trend_rising").domain = "[('partner_id.name', 'like', '100 %')]"
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "rising")

    def test_rule_when_dates_are_reckoned_then_from_the_day_of_the_run(self):
        partner = self.sell(100, days=20)
        self.segment("trend_rising").domain = (
            "[('last_order_date', '>=', context_today() - relativedelta(days=20))]"
        )
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "rising")
        self.recompute(days_ago(-1))
        self.assertEqual(self.segment_of(partner, "trend"), "new")

    def test_rule_when_it_cannot_be_used_then_refused_on_save_with_its_segment(self):
        segment = self.segment("trend_rising")
        for rule in (
            "[('no_such_field', '=', 1)]",
            "[('partner_id.no_such_field', '=', 1)]",
            "[('order_count', '>'",
            "{'order_count': 1}",
            "[('order_count', '>', 'many')]",
            "[('order_count', 'above', 3)]",
            "[('overdue_ratio', '=', 3)]",
            "['&', ('order_count', '>', 3)]",
            "[('order_count', '>', unknown_name)]",
            "[('last_order_date', '>', 'yesterday or so')]",
        ):
            with self.subTest(rule=rule):
                with (
                    self.assertRaises(UserError) as refused,
                    self.env.cr.savepoint(),
                    mute_logger("odoo"),
                ):
                    segment.domain = rule
                    self.env.flush_all()
                self.assertIn(segment.name, str(refused.exception))

    def test_fallback_when_there_is_a_second_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "Rising"):
            self.segment("trend_rising").domain = "[]"

    def test_profiles_when_active_then_one_segment_in_every_dimension(self):
        self.criteria.population = "all"
        self.sell(1, 1, 5, 100, 10_000, 0, -5)
        self.sell(5, 5, days=400)
        self.lead(self.customer(), probability=20)
        self.customer()
        self.recompute()
        columns = ["%s_segment_id" % code for code in DIMENSIONS]
        profiles = self.profiles.search(
            [("company_id", "=", self.company.id), ("active", "=", True)]
        )
        self.assertGreater(len(profiles), 10)
        for profile in profiles:
            for column in columns:
                segment = profile[column]
                self.assertEqual(f"{segment.dimension_id.code}_segment_id", column)
                self.assertTrue(segment.active)
