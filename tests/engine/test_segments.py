"""The dimensions' segments, and the rules they come from."""

from common import AS_OF, days_ago, migrate
from segment_case import SegmentCase

from odoo.tests import tagged


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
        self.order(partner, days_ago(3), -10)
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

    def test_lifecycle_when_the_rhythm_is_fast_then_not_before_30_60_90_days(self):
        # 95 order days in a row: (94 + 60) / (94 + 2) = 1.6 days, 4 of them are 6.4
        for days, expected in (
            (29, "active"), (30, "at_risk"), (59, "at_risk"), (60, "dormant"), (89, "dormant"),
            (90, "lost"),
        ):  # fmt: skip
            with self.subTest(days=days):
                self.assertEqual(self.lifecycle(*range(days, days + 95)), expected)

    def test_lifecycle_when_the_rhythm_is_slow_then_always_after_365_545_730_days(self):
        # two gaps of 400 days: (800 + 60) / 4 = 215; by the rhythm over 430, 645 and 860
        for days, expected in (
            (365, "active"), (366, "at_risk"), (470, "at_risk"), (545, "at_risk"),
            (546, "dormant"), (730, "dormant"), (731, "lost"),
        ):  # fmt: skip
            with self.subTest(days=days):
                self.assertEqual(self.lifecycle(days + 800, days + 400, days), expected)

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
            (100, None): "none",  # silent for 400 days: lost
        }
        partners = self.customers(len(expected))
        for partner, (previous, current) in zip(partners, expected, strict=True):
            self.orders(partner, 800, amount=1)  # before both windows
            if previous:
                self.orders(partner, 400, amount=previous)
            if current:
                self.orders(partner, 10, amount=current)
        self.recompute()
        found = dict(zip(expected, self.segments(partners, "trend"), strict=True))
        self.assertEqual(found, expected)

    def test_trend_when_the_previous_window_was_begun_late_then_new(self):
        # its first day is 1 July 2022, 730 days ago
        late, in_time = self.customers(2)
        self.orders(late, 729, 10, amount=100)
        self.orders(in_time, 730, 10, amount=100)
        self.recompute()
        self.assertEqual(self.segments(late | in_time, "trend"), ["new", "stable"])

    def test_trend_when_dormant_or_lost_then_none(self):
        # two order days: dormant over 180 days of silence, lost over 365
        partners = self.customers(4)
        for partner, days in zip(partners, (180, 181, 365, 366), strict=True):
            self.orders(partner, 740, days, amount=100)
        self.recompute()
        self.assertEqual(
            self.segments(partners, "lifecycle"), ["at_risk", "dormant", "dormant", "lost"]
        )
        # 100 before (740 days ago is before both windows), 100 in the window
        self.assertEqual(self.segments(partners, "trend"), ["new", "none", "none", "none"])

    def test_trend_when_a_person_says_dormant_then_none(self):
        partner = self.customer()
        self.orders(partner, 800, 400, 10)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "stable")
        self.env["customer.segmentation.override"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "dimension_id": self.segment("lifecycle_dormant").dimension_id.id,
                "segment_id": self.segment("lifecycle_dormant").id,
                "reason_id": self.env["customer.segmentation.override.reason"].search(
                    [], limit=1
                ).id,
                "from_date": AS_OF,
            }
        )
        self.recompute()
        self.assertEqual(self.segment_of(partner, "trend"), "none")

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


    def test_descriptions_when_updated_then_of_the_window_unless_a_person_wrote_them(self):
        promising = self.segment("rfm_promising")
        former = "One order not long ago: remind them of what else there is."
        for english, chinese, is_corrected in [
            (former, "不久前下过一单：让他们了解我们的其他产品。", True),
            ("Ours.", "不久前下过一单：让他们了解我们的其他产品。", False),
            (former, "我们的。", False),
        ]:
            with self.subTest(english=english, chinese=chinese):
                promising.with_context(lang="en_US").description = english
                promising.with_context(lang="zh_CN").description = chinese
                promising.flush_recordset()
                migrate("1.3.0", "post-bands", self.env.cr)
                promising.invalidate_recordset()
                found = promising.with_context(lang="en_US").description
                self.assertEqual("in the window" in found, is_corrected)

    def test_bands_when_updated_then_settled_where_a_run_was(self):
        young = self.new_company("Young").segmentation_criteria_id
        self.orders(self.customer(), 5)
        self.recompute()
        (self.criteria | young).write({"bands_looked_at": False})
        self.env.flush_all()
        migrate("1.3.0", "post-bands", self.env.cr)
        self.env.invalidate_all()
        self.assertEqual((self.criteria | young).mapped("bands_looked_at"), [True, False])


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
        self.order(partners[6], days_ago(2), -5)
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
