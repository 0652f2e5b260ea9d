"""The rule check names what is odd and refuses nothing."""

from common import SegmentationCase
from lxml import html

from odoo.exceptions import ValidationError
from odoo.tests import tagged

# Rows: recency 5 to 1; columns: frequency 1 to 5. From DEFINITIONS, "RFM segments".
RFM_GRID = {
    5: ["new", "potential_loyalists", "potential_loyalists", "champions", "champions"],
    4: ["promising", "potential_loyalists", "potential_loyalists", "loyal", "loyal"],
    3: ["about_to_sleep", "about_to_sleep", "need_attention", "loyal", "loyal"],
    2: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
    1: ["hibernating", "hibernating", "at_risk", "at_risk", "cant_lose"],
}


class RuleCheckCase(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.dimensions = cls.env["customer.segmentation.dimension"]
        # net sales of the window: 300, 50, none
        cls.large, cls.small, cls.none = cls.customers(3)
        cls.orders(cls.large, 10, amount=300)
        cls.orders(cls.small, 10, amount=50)
        cls.orders(cls.none, 800, amount=50)

    def setUp(self):
        super().setUp()
        # the columns of own dimensions leave the registry with the test
        self.addCleanup(self.registry.reset_changes)

    def dimension(self, *rules, state="done"):
        """A dimension with a segment for each (name, rule)."""
        dimension = self.dimensions.create(
            {
                "name": "Checked",
                "segment_ids": [
                    (0, 0, {"name": name, "sequence": number, "domain": rule})
                    for number, (name, rule) in enumerate(rules)
                ],
            }
        )
        self.recompute(state=state)
        return dimension

    def warnings(self, dimension):
        dimension.invalidate_recordset()
        return (dimension.rule_warnings or "").split("\n") if dimension.rule_warnings else []


@tagged("post_install", "-at_install")
class TestRuleCheck(RuleCheckCase):
    def test_check_when_rules_are_sound_then_nothing_is_said(self):
        dimension = self.dimension(
            ("Large", "[('net_sales_12m', '>=', 100)]"),
            ("Small", "[('net_sales_12m', '>', 0)]"),
            ("Others", "[]"),
        )
        self.assertEqual(self.warnings(dimension), [])
        action = dimension.action_check_rules()
        self.assertEqual(action["params"]["type"], "success")

    def test_check_when_nobody_meets_a_rule_then_segment_is_named(self):
        dimension = self.dimension(
            ("Huge", "[('net_sales_12m', '>=', 1000)]"),
            ("Small", "[('net_sales_12m', '>', 0)]"),
            ("Others", "[]"),
        )
        self.assertEqual(self.warnings(dimension), ["No customer meets the rule of Huge."])
        huge = dimension.segment_ids.filtered(lambda segment: segment.name == "Huge")
        self.assertEqual(huge.rule_warnings, "No customer meets the rule of Huge.")
        self.assertFalse((dimension.segment_ids - huge)[0].rule_warnings)

    def test_check_when_earlier_segments_take_all_then_they_are_named_with_customers(self):
        dimension = self.dimension(
            ("Over 200", "[('net_sales_12m', '>', 200)]"),
            ("Over 20", "[('net_sales_12m', '>', 20)]"),
            ("Over 10", "[('net_sales_12m', '>', 10)]"),
            ("Others", "[]"),
        )
        [warning] = self.warnings(dimension)
        self.assertIn("Over 10 is hidden: all 2 customers", warning)
        self.assertIn("Over 200 1", warning)
        self.assertIn("Over 20 1", warning)
        action = dimension.action_check_rules()
        self.assertEqual((action["params"]["type"], action["params"]["message"]),
                         ("warning", warning))

    def test_check_when_nobody_takes_the_others_then_the_left_over_are_counted(self):
        dimension = self.dimension(
            ("Large", "[('net_sales_12m', '>=', 100)]"), state="warning"
        )
        [warning] = self.warnings(dimension)
        self.assertIn("2 customers have no segment", warning)
        dimension.segment_ids.domain = "[('order_count', '>', 0)]"
        [warning] = self.warnings(dimension)
        self.assertIn("will have no segment", warning)

    def test_check_when_rule_is_on_declared_segment_then_missing_declarations_are_not_odd(self):
        self.recompute()
        warnings = self.warnings(self.env.ref("customer_segmentation.dimension_type"))
        self.assertFalse([text for text in warnings if "OEM" in text])
        self.assertTrue([text for text in warnings if "Government" in text])

    def test_check_when_company_has_no_customer_then_rules_wait(self):
        company = self.new_company("Empty")
        dimension = self.env.ref("customer_segmentation.dimension_rfm").with_company(company)
        dimension = dimension.with_context(allowed_company_ids=company.ids)
        self.assertEqual(self.warnings(dimension), [])

    def test_check_when_rule_broke_after_saving_then_told_and_not_raised(self):
        dimension = self.dimension(("Large", "[('net_sales_12m', '>=', 100)]"), ("Others", "[]"))
        segment = dimension.segment_ids[0]
        self.env.cr.execute(
            "UPDATE customer_segmentation_segment SET domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", segment.id],
        )
        self.env.invalidate_all()
        [warning] = self.warnings(dimension)
        self.assertIn("Large", warning)
        self.assertIn("gone", warning)
        self.assertFalse(dimension.score_grid)

    def test_save_when_rule_cannot_run_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "cannot be used"):
            self.dimension(("Broken", "[('no_such_field', '=', 1)]"))

    def test_check_when_no_dimension_is_chosen_then_all_are_checked(self):
        self.dimension(("Huge", "[('net_sales_12m', '>=', 1000)]"), ("Others", "[]"))
        message = self.dimensions.action_check_rules()["params"]["message"]
        self.assertIn("Checked: No customer meets the rule of Huge.", message)

    def test_check_when_customers_grow_then_statements_stay_the_same(self):
        dimension = self.env.ref("customer_segmentation.dimension_lifecycle")
        self.recompute()
        counts = []  # of 3, 23 and 43 customers; the many share a segment, which is looked into
        for _attempt in range(3):
            self.env.invalidate_all()
            dimension._check_rules()  # fill the caches of metadata
            before = self.env.cr.sql_log_count
            dimension._check_rules()
            counts.append(self.env.cr.sql_log_count - before)
            for partner in self.customers(20):
                self.orders(partner, 5)
            self.recompute()
        self.assertEqual(counts[1], counts[2])


@tagged("post_install", "-at_install")
class TestNearlyAll(RuleCheckCase):
    def many(self, *counts):
        """A customer with so many orders each, the last one ten days ago."""
        for partner, count in zip(self.customers(len(counts)), counts, strict=True):
            self.orders(partner, *range(10, 10 + count), amount=10)

    def said(self, dimension):
        return [text for text in self.warnings(dimension) if " % of " in text]

    def test_check_when_a_segment_takes_over_80_percent_then_what_would_part_them(self):
        # 9 of 10; the middle one of 1, 1, 3, 4, 5, 6, 7, 8, 9 is 5
        self.many(3, 4, 5, 6, 7, 8, 9)
        dimension = self.dimension(
            ("Buyers", "[('order_count_12m', '>', 0)]"), ("Others", "[]")
        )
        self.assertEqual(
            self.said(dimension),
            ["Buyers takes 90 % of the customers. Orders (Window) from 5 on would part them."],
        )

    def test_check_when_exactly_80_percent_then_nothing(self):
        # 2 of the 3 have orders in the window, and 2 more: 4 of 5
        self.many(3, 4)
        dimension = self.dimension(
            ("Buyers", "[('order_count_12m', '>', 0)]"), ("Others", "[]")
        )
        self.assertEqual(self.said(dimension), [])

    def test_check_when_nothing_parts_them_then_only_the_share(self):
        self.many(1, 1, 1, 1, 1, 1)
        dimension = self.dimension(
            ("Buyers", "[('order_count_12m', '>', 0)]"), ("Others", "[]")
        )
        self.assertEqual(self.said(dimension), ["Buyers takes 88 % of the customers."])

    def test_check_when_scores_decide_then_bands_that_would_part_them(self):
        # orders in the window 1, 1 and these: fifths of the 12 are the 3rd, 5th, 8th and 10th
        self.many(12, 13, 14, 15, 16, 17, 18, 19, 20, 21)
        dimension = self.dimension(
            ("Often", "[('frequency_score', '>=', 1)]"), ("Others", "[]")
        )
        self.assertEqual(
            self.said(dimension),
            [
                "Often takes 100 % of the customers. These bands in the criteria would part them: "
                "frequency from 12, 14, 17, 19 orders."
            ],
        )

    def test_check_when_those_left_over_never_bought_then_nothing(self):
        """Nothing parts them: they have no score."""
        for partner in self.customers(20):
            self.lead(partner)
        self.recompute()
        rfm = self.segment("rfm_champions").dimension_id
        self.assertEqual(self.said(rfm), [])


@tagged("post_install", "-at_install")
class TestScoreGrid(RuleCheckCase):
    def test_grid_when_rules_are_shipped_then_the_ten_cover_the_twenty_five_pairs(self):
        dimension = self.env.ref("customer_segmentation.dimension_rfm")
        cells = dimension._score_grid()["cells"]
        self.assertEqual(
            {pair: segment.name for pair, segment in cells.items()},
            {
                (recency, frequency): self.segment(f"rfm_{name}").name
                for recency, names in RFM_GRID.items()
                for frequency, name in enumerate(names, 1)
            },
        )

    def test_grid_when_painted_then_rows_fall_and_cells_have_the_segments_colours(self):
        dimension = self.env.ref("customer_segmentation.dimension_rfm")
        rows = html.fromstring(dimension.score_grid).xpath("//tr")
        self.assertEqual([row.xpath("string(th)").strip() for row in rows][1:], list("54321"))
        first = rows[1].xpath("td")
        self.assertEqual([cell.text_content().strip() for cell in first], [
            "New Customers", "Potential Loyalists", "Potential Loyalists", "Champions", "Champions",
        ])
        # Champions: colour 10, #61c36e, half white
        self.assertIn("#b0e1b7", first[4].get("style"))

    def test_grid_when_a_pair_is_not_taken_then_gap_is_named_and_painted(self):
        at_risk = self.segment("rfm_at_risk")
        at_risk.domain = "[('recency_score', 'in', [2]), ('frequency_score', 'in', [3, 4])]"
        dimension = at_risk.dimension_id
        self.recompute()
        [gap] = [text for text in self.warnings(dimension) if "Gaps" in text]
        self.assertIn("no rule takes 1-3, 1-4 (", gap)
        self.assertIn("go to Prospects", gap)
        painted = html.fromstring(dimension.score_grid)
        gaps = painted.xpath("//td[strong]")
        self.assertEqual(len(gaps), 2)
        self.assertIn("Prospects", gaps[0].text_content())

    def test_grid_when_no_pair_leads_to_a_segment_then_it_is_named(self):
        new = self.segment("rfm_new")
        new.domain = "[('recency_score', 'in', [5]), ('frequency_score', 'in', [4])]"
        self.recompute()
        warnings = self.warnings(new.dimension_id)
        self.assertIn("No pair of scores leads to New Customers.", warnings)

    def test_grid_when_rules_name_other_than_two_scores_then_there_is_none(self):
        for code in ("rfm8", "value", "lifecycle", "type", "need"):
            dimension = self.env.ref(f"customer_segmentation.dimension_{code}")
            self.assertIsNone(dimension._score_grid(), code)
            self.assertFalse(dimension.score_grid, code)

    def test_grid_when_own_dimension_names_two_scores_then_painted_too(self):
        dimension = self.dimension(
            ("Best", "[('frequency_score', '>=', 4), ('monetary_score', '>=', 4)]"),
            ("Rest", "[]"),
        )
        grid = dimension._score_grid()
        self.assertEqual((grid["row_label"], grid["column_label"]),
                         ("Frequency Score", "Monetary Score"))
        best = {pair for pair, segment in grid["cells"].items() if segment.name == "Best"}
        self.assertEqual(best, {(4, 4), (4, 5), (5, 4), (5, 5)})
