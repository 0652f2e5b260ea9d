"""The dimensions' segments, and the rules they come from."""

from unittest.mock import patch

from common import AS_OF, SegmentationCase, days_ago, migrate

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

ENGINE = "odoo.addons.customer_segmentation.models.engine.engine"
DIMENSIONS = (
    "rfm", "rfm8", "value", "frequency_amount", "lifecycle", "trend", "stage", "satisfaction"
)  # fmt: skip


class SegmentCase(SegmentationCase):
    def segments(self, partners, dimension):
        return [self.segment_of(partner, dimension) for partner in partners]

    def sell(self, *amounts, days=10):
        """A new customer for each amount; the amount below 0 is a refund without order."""
        partners = self.customers(len(amounts))
        for partner, amount in zip(partners, amounts, strict=True):
            if amount < 0:
                self.refund(partner, days_ago(days), -amount)
            else:
                self.orders(partner, days, amount=amount)
        return partners


@tagged("post_install", "-at_install")
class TestRfm(SegmentCase):
    # DEFINITIONS, "RFM segments": recency score -> segments of the frequency scores 1 to 5
    GRID = {
        5: ["new", "potential_loyalists", "potential_loyalists", "champions", "champions"],
        4: ["promising", "potential_loyalists", "potential_loyalists", "loyal", "loyal"],
        3: ["about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"],
        2: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
        1: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
    }

    def test_grid_when_every_cell_has_a_customer_then_each_in_its_segment(self):
        # so that recency 1 lies in the window, where frequency is counted
        self.criteria.write(
            {
                "recency_days_5": 10,
                "recency_days_4": 20,
                "recency_days_3": 30,
                "recency_days_2": 40,
            }
        )
        last_day = {5: 5, 4: 15, 3: 25, 2: 35, 1: 45}
        order_count = {1: 1, 2: 2, 3: 3, 4: 6, 5: 12}
        cells = [(recency, frequency) for recency in last_day for frequency in order_count]
        partners = self.customers(25)
        for partner, (recency, frequency) in zip(partners, cells, strict=True):
            first = last_day[recency]
            self.orders(partner, *range(first, first + order_count[frequency]))
        self.recompute()
        for partner, (recency, frequency) in zip(partners, cells, strict=True):
            with self.subTest(recency=recency, frequency=frequency):
                profile = self.profile(partner)
                self.assertEqual(
                    (profile.recency_score, profile.frequency_score), (recency, frequency)
                )
                self.assertEqual(
                    self.segment_of(partner, "rfm"), self.GRID[recency][frequency - 1]
                )

    def test_rules_when_every_cell_is_tried_then_exactly_one_matches(self):
        segments = self.env["customer.segmentation.dimension"].search([("code", "=", "rfm")])
        rules = [
            {leaf[0]: leaf[2] for leaf in segment._get_domain(self.company, AS_OF)}
            for segment in segments.segment_ids
            if not segment.is_fallback
        ]
        self.assertEqual(len(rules), 10)
        for recency in range(1, 6):
            for frequency in range(1, 6):
                matching = [
                    rule
                    for rule in rules
                    if recency in rule["recency_score"] and frequency in rule["frequency_score"]
                ]
                self.assertEqual(len(matching), 1, (recency, frequency))

    def test_customer_when_it_never_bought_then_a_prospect(self):
        partner = self.customer()
        self.refund(partner, days_ago(3), 10)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "rfm"), "prospects")

    def test_customer_when_it_bought_long_ago_only_then_hibernating(self):
        partner = self.customer()
        self.orders(partner, *range(400, 420))
        self.recompute()
        self.assertEqual(self.segment_of(partner, "rfm"), "hibernating")


@tagged("post_install", "-at_install")
class TestRfmEight(SegmentCase):
    def test_eight_when_high_and_low_are_combined_then_each_in_its_segment(self):
        # recency 10 or 100 days, median 55; orders 2 or 1, median 1.5; sales 1000 or 100, 550
        expected = {
            (10, 2, 1000): "important_value",  # 111
            (100, 2, 1000): "important_keep",  # 011
            (10, 1, 1000): "important_develop",  # 101
            (100, 1, 1000): "important_win_back",  # 001
            (10, 2, 100): "general_value",  # 110
            (100, 2, 100): "general_keep",  # 010
            (10, 1, 100): "general_develop",  # 100
            (100, 1, 100): "general_win_back",  # 000
        }
        partners = self.customers(8)
        for partner, (days, count, amount) in zip(partners, expected, strict=True):
            self.orders(partner, *[days] * count, amount=amount / count)
        self.recompute()
        self.assertEqual(self.segments(partners, "rfm8"), list(expected.values()))

    def test_eight_when_all_are_tied_then_recency_high_and_the_rest_low(self):
        # at the median: recency <= median is high, more orders or sales than it is not
        partners = self.sell(100, 100, 100)
        self.recompute()
        self.assertEqual(self.segments(partners, "rfm8"), ["general_develop"] * 3)

    def test_median_when_it_lies_between_two_days_then_the_nearer_is_high(self):
        # recency 10 and 13: median 11.5
        near, far = self.customers(2)
        self.orders(near, 10)
        self.orders(far, 13)
        self.recompute()
        self.assertEqual(
            self.segments(near | far, "rfm8"), ["general_develop", "general_win_back"]
        )

    def test_medians_when_customers_have_no_net_sales_then_without_them(self):
        partners = self.sell(100, 300)
        refunded = self.customers(5)
        for partner in refunded:
            self.orders(partner, 1, 1, 1, amount=1_000)
            self.refund(partner, days_ago(1), 3_000)
        self.recompute()
        # of the two with net sales: recency 10, orders 1, sales 200
        self.assertEqual(
            self.segments(partners, "rfm8"), ["general_develop", "important_develop"]
        )
        self.assertEqual(self.segments(refunded, "rfm8"), ["general_value"] * 5)

    def test_eight_when_nobody_has_net_sales_then_defined(self):
        partner = self.customer()
        self.orders(partner, 500)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "rfm8"), "general_win_back")


@tagged("post_install", "-at_install")
class TestValue(SegmentCase):
    def test_value_when_a_customer_crosses_the_line_then_it_stays_above(self):
        # before them: 0, 50, 80, 95 %
        partners = self.sell(50, 30, 15, 5)
        self.recompute()
        self.assertEqual(self.segments(partners, "value"), ["a", "a", "b", "c"])

    def test_value_when_the_share_before_is_exactly_the_line_then_below(self):
        # before them: 0, 70, 90 %
        partners = self.sell(70, 20, 10)
        self.recompute()
        self.assertEqual(self.segments(partners, "value"), ["a", "b", "c"])

    def test_value_when_amounts_are_tied_then_together(self):
        # before them: 0, 0; 69, 69, 69: three of 11 reach 102 % together
        partners = self.sell(34.5, 34.5, 10.5, 10.5, 10)
        # before: 0, 0, 69, 69, 90
        self.recompute()
        self.assertEqual(self.segments(partners, "value"), ["a", "a", "a", "a", "c"])

    def test_value_when_all_are_equal_then_all_a(self):
        partners = self.sell(*[100] * 7)
        self.recompute()
        self.assertEqual(self.segments(partners, "value"), ["a"] * 7)

    def test_value_when_one_is_a_giant_then_a_is_the_giant(self):
        partners = self.sell(10**9, 2, 1)
        self.recompute()
        self.assertEqual(self.segments(partners, "value"), ["a", "c", "c"])

    def test_value_when_there_is_one_customer_then_a(self):
        partner = self.sell(1)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "value"), "a")

    def test_value_when_net_sales_are_0_or_less_then_none_and_no_share(self):
        # the refunds of others do not shrink the curve: before them 0, 50, 80, 95 %
        partners = self.sell(50, 30, 15, 5)
        negative = self.sell(-1_000)
        refunded = self.sell(500)
        self.refund(refunded, days_ago(3), 500)
        old = self.sell(10_000, days=400)
        self.recompute()
        self.assertEqual(self.segments(partners, "value"), ["a", "a", "b", "c"])
        self.assertEqual(self.segments(negative | refunded | old, "value"), ["no_sales"] * 3)

    def test_value_when_shown_then_the_share_before_it(self):
        partners = self.sell(50, 30, 15, 5, -10)
        self.recompute()
        self.assertEqual(
            [self.profile(partner).accumulated_share for partner in partners],
            [0, 50, 80, 95, 100],
        )

    def test_value_when_searched_then_by_the_share(self):
        partners = self.sell(50, 30, 15, 5, -10)
        self.recompute()
        domain = [("company_id", "=", self.company.id)]
        profiles = self.profiles.with_context(allowed_company_ids=self.company.ids)
        for condition, expected in (
            (("accumulated_share", "<", 80), partners[:2]),
            (("accumulated_share", "<=", 80), partners[:3]),
            (("accumulated_share", ">", 80), partners[3]),
            (("accumulated_share", ">=", 80), partners[2:4]),
        ):
            with self.subTest(condition=condition):
                found = profiles.search([*domain, condition]).partner_id
                self.assertEqual(found, expected)

    def test_value_when_companies_differ_then_each_its_own_curve(self):
        other = self.new_company("Other Factory")
        partners = self.sell(50, 30, 15, 5)
        for partner, amount in zip(partners, (5, 15, 30, 50), strict=True):
            self.order(partner, days_ago(10), amount, company=other)
        self.recompute()
        self.recompute(company=other)
        self.assertEqual(self.segments(partners, "value"), ["a", "a", "b", "c"])
        self.assertEqual(
            [self.segment_of(partner, "value", other) for partner in partners],
            ["c", "b", "a", "a"],
        )


@tagged("post_install", "-at_install")
class TestFrequencyAmount(SegmentCase):
    def test_four_when_above_or_at_the_limits_then_each_in_its_segment(self):
        self.criteria.write({"frequency_limit": 2, "average_order_limit": 100})
        expected = {
            (2, 101): "high_low",  # high value, low frequency: 2 is not above 2
            (3, 100.01): "high_high",
            (3, 100): "low_high",
            (1, 99): "low_low",
        }
        partners = self.customers(4)
        for partner, (count, amount) in zip(partners, expected, strict=True):
            self.orders(partner, *range(count), amount=amount)
        self.recompute()
        self.assertEqual(
            self.segments(partners, "frequency_amount"), list(expected.values())
        )

    def test_four_when_limits_are_proposed_then_the_medians(self):
        # orders 1, 2, 3: above 2; averages 100, 200, 300: above 200
        partners = self.customers(3)
        for number, partner in enumerate(partners, 1):
            self.orders(partner, *range(number), amount=number * 100)
        self.recompute()
        self.assertEqual(
            self.segments(partners, "frequency_amount"), ["low_low", "low_low", "high_high"]
        )

    def test_customer_when_without_an_order_in_the_window_then_none(self):
        partners = self.sell(100, days=400) | self.sell(-100)
        self.recompute()
        self.assertEqual(self.segments(partners, "frequency_amount"), ["no_orders"] * 2)


@tagged("post_install", "-at_install")
class TestLifecycle(SegmentCase):
    def setUp(self):
        super().setUp()
        for partner in self.customers(9):  # the company's median interval: 30 days
            self.orders(partner, 561, 531, 501)

    def lifecycle(self, *days):
        partner = self.customer()
        self.orders(partner, *days)
        self.recompute()
        return self.segment_of(partner, "lifecycle")

    def test_lifecycle_when_the_first_order_is_90_days_ago_then_new(self):
        self.assertEqual(self.lifecycle(90), "new")
        self.assertEqual(self.lifecycle(90, 60, 1), "new")
        self.assertEqual(self.lifecycle(91, 1), "active")

    def test_lifecycle_when_fewer_than_3_order_days_then_90_180_365(self):
        for days, expected in (
            (91, "at_risk"), (180, "at_risk"), (181, "dormant"), (365, "dormant"), (366, "lost"),
        ):  # fmt: skip
            with self.subTest(days=days):
                self.assertEqual(self.lifecycle(days), expected)
                self.assertEqual(self.lifecycle(days + 1, days), expected)
        self.assertEqual(self.lifecycle(200, 90), "active")
        # three orders, two order days
        self.assertEqual(self.lifecycle(200, 200, 90), "active")

    def test_lifecycle_when_3_order_days_then_2_3_4_intervals(self):
        # two gaps of 30 days, (60 + 60) / 4 = 30
        for days, expected in (
            (60, "active"), (61, "at_risk"), (90, "at_risk"), (91, "dormant"), (120, "dormant"),
            (121, "lost"),
        ):  # fmt: skip
            with self.subTest(days=days):
                self.assertEqual(self.lifecycle(days + 60, days + 30, days), expected)

    def test_lifecycle_when_the_rhythm_is_fast_then_not_before_30_days(self):
        # 95 order days in a row: (94 + 60) / (94 + 2) = 1.6 days, 4 of them are 6.4
        for days, expected in ((29, "active"), (30, "lost")):
            with self.subTest(days=days):
                self.assertEqual(self.lifecycle(*range(days, days + 95)), expected)

    def test_lifecycle_when_won_back_then_for_90_days(self):
        self.assertEqual(self.lifecycle(456, 90), "won_back")
        self.assertEqual(self.lifecycle(457, 91), "at_risk")

    def test_lifecycle_when_won_back_and_silent_again_then_still_won_back(self):
        # two order days: the rhythm counts from three on
        self.assertEqual(self.lifecycle(700, 90, 89), "won_back")

    def test_lifecycle_when_never_bought_then_prospect_even_if_refunded(self):
        partner = self.sell(-10)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "lifecycle"), "prospect")

    def test_lifecycle_when_all_orders_were_free_then_by_their_days(self):
        partner = self.customer()
        self.orders(partner, 100, 200, 300, 400, amount=0)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "lifecycle"), "at_risk")

    def test_lifecycle_when_the_day_moves_on_then_it_moves_too(self):
        partner = self.customer()
        self.orders(partner, 120, 90, 60)
        for as_of, expected in ((AS_OF, "active"), (days_ago(-1), "at_risk")):
            self.recompute(as_of)
            self.assertEqual(self.segment_of(partner, "lifecycle"), expected)


@tagged("post_install", "-at_install")
class TestTrend(SegmentCase):
    def test_trend_when_at_20_percent_then_closed(self):
        expected = {
            (100, 120): "rising",
            (100, 119.99): "stable",
            (100, 80): "falling",
            (100, 80.01): "stable",
            (100, 100): "stable",
            (0.3, 0.36): "rising",  # 0.36 / 0.3 is 1.2 only if it is exact
            (0.7, 0.84): "rising",
            (1_000_000, 1_199_999.60): "stable",  # 19.99996 %
            (3, 3.6): "rising",
            (3, 2.4): "falling",
            (None, 100): "new",
            (100, None): "falling",
        }
        partners = self.customers(len(expected))
        for partner, (previous, current) in zip(partners, expected, strict=True):
            if previous:
                self.orders(partner, 400, amount=previous)
            if current:
                self.orders(partner, 10, amount=current)
        self.recompute()
        found = dict(zip(expected, self.segments(partners, "trend"), strict=True))
        self.assertEqual(found, expected)

    def test_trend_when_no_sales_in_either_window_then_none(self):
        partners = self.sell(100, days=800) | self.sell(-10)
        self.recompute()
        self.assertEqual(self.segments(partners, "trend"), ["none", "none"])

    def test_trend_when_the_previous_window_was_refunded_then_new(self):
        partner = self.customer()
        self.orders(partner, 400, 10)
        self.refund(partner, days_ago(390), 100)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "new")


    def test_names_when_shipped_then_lifecycle_and_trend_share_none(self):
        """They stand side by side on orders and cards, and mean different things."""
        names = self.env["customer.segmentation.segment"].search(
            [("dimension_id.code", "in", ("lifecycle", "trend"))]
        ).mapped("name")
        self.assertEqual(sorted(names), sorted(set(names)))

    def test_new_when_updated_then_renamed_unless_a_person_did(self):
        segment = self.segment("trend_new")
        for former, name in [("New", "New Sales"), ("Fresh", "Fresh")]:
            segment.with_context(lang="en_US").name = former
            segment.with_context(lang="zh_CN").name = "新增"
            segment.flush_recordset()
            migrate("1.2.0", "post-trend-new", self.env.cr)
            segment.invalidate_recordset()
            self.assertEqual(segment.with_context(lang="en_US").name, name)


@tagged("post_install", "-at_install")
class TestStage(SegmentCase):
    def test_stage_when_documents_are_open_then_as_far_as_they_are(self):
        partners = self.customers(8)
        self.lead(partners[0], probability=0)
        self.lead(partners[1], probability=49.99)
        self.lead(partners[2], probability=50)
        self.order(partners[3], days_ago(1), state="draft")
        self.order(partners[4], days_ago(1), state="sent")
        self.lead(partners[4], probability=5)
        self.orders(partners[5], 900)
        self.lead(partners[5], probability=5)
        self.refund(partners[6], days_ago(2), 5)
        self.orders(partners[7], 3, amount=0)
        self.recompute()
        self.assertEqual(
            self.segments(partners, "stage"),
            [
                "first_interest",
                "first_interest",
                "strong_interest",
                "strong_interest",
                "strong_interest",
                "customer",
                "potential",
                "customer",
            ],
        )

    def test_stage_when_the_lead_is_lost_then_potential_again(self):
        self.criteria.population = "all"
        partner = self.customer()
        lead = self.lead(partner, probability=60)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "stage"), "strong_interest")
        lead.action_set_lost()
        self.recompute()
        self.assertEqual(self.segment_of(partner, "stage"), "potential")


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
        self.orders(partner, 370, amount=1_000)  # 100 after 1,000: falling
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
