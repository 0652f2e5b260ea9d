"""Who was reached, who was comparable, what they bought after: numbers worked out by hand."""

from datetime import timedelta

import pytest
from cases import TODAY
from test_playbook import PlaybookCase, day

from odoo.addons.customer_segmentation.tools.proportions import difference, wilson
from odoo.exceptions import AccessError
from odoo.tests import tagged


@pytest.mark.parametrize(
    ("successes", "total", "lower", "upper"),
    # Newcombe 1998 (two-sided intervals for the single proportion), table I, method 3
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_when_compared_with_the_paper_then_same(successes, total, lower, upper):
    assert [round(bound, 4) for bound in wilson(successes, total)] == [lower, upper]


@pytest.mark.parametrize(
    ("first", "second", "lower", "upper"),
    # Newcombe 1998 (difference between independent proportions), table II, method 10
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_difference_when_compared_with_the_paper_then_same(first, second, lower, upper):
    delta, *bounds = difference(first, second)
    assert delta == pytest.approx(first[0] / first[1] - second[0] / second[1])
    assert [round(bound, 4) for bound in bounds] == [lower, upper]


@tagged("post_install", "-at_install")
class TestPlaybookEffect(PlaybookCase):
    """A campaign on day 1 at those who enter At Risk on it; reactions within 30 days.

    Everybody's only order of 100 is in the window: the value segments are alike (see _value).
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.effects = cls.env["customer.segmentation.playbook.effect"]

    def sleepers(self, count, days):
        return self.env["res.partner"].union(
            *(self.sleeper(f"Sleeper {days} {number}", days=days) for number in range(count))
        )

    def rows(self, playbook):
        self.env.flush_all()
        return self.effects.search([("playbook_id", "=", playbook.id)])

    def campaign(self, entering=3, inside=4, last_day=40):
        """Those who enter are reached on day 1, those inside stood at risk before and are not."""
        self.entering = self.sleepers(entering, 90)
        self.inside = self.sleepers(inside, 120)
        self.active = self.sleepers(2, 10)
        self.recompute()
        self.book = self.playbook()
        self.recompute(as_of=day(1))
        return self.book

    def finish(self, last_day=40):
        self.recompute(as_of=day(last_day))
        return self.rows(self.book)

    def test_rows_when_a_campaign_is_over_then_reached_and_those_in_the_same_segment(self):
        """Reached: 3, of them 2 order within 30 days, for 200 and 50, less a refund of none.

        Not reached: the 4 at risk before, of them 1 orders, for 70; the 2 active are none of it.
        """
        self.campaign()
        self.order(self.entering[0], amount=200, day=day(2))
        self.order(self.entering[1], amount=50, day=day(31))  # the 30th day after day 1
        self.order(self.entering[2], amount=999, day=day(32))  # the 31st: too late
        self.order(self.inside[0], amount=70, day=day(15))
        rows = self.finish()
        reached = rows.filtered(lambda row: row.group == "reached")
        compared = rows - reached
        self.assertEqual(reached.partner_id, self.entering)
        self.assertEqual(compared.partner_id, self.inside)
        self.assertEqual(set(rows.mapped("date")), {day(1)})
        self.assertEqual(sum(reached.mapped("reaction_count")), 2)
        self.assertEqual(sum(reached.mapped("sales_after")), 250)
        self.assertEqual(sum(compared.mapped("reaction_count")), 1)
        self.assertEqual(sum(compared.mapped("sales_after")), 70)
        self.assertTrue(all(rows.mapped("is_over")))
        self.assertTrue(all(rows.mapped("counted_once")))
        self.assertEqual(set(rows.mapped("measure")), {"activity"})

    def test_rows_when_an_order_is_of_the_campaigns_day_then_no_reaction(self):
        self.campaign(entering=1, inside=1)
        self.order(self.entering, amount=10, day=day(1))
        rows = self.finish()
        self.assertEqual(sum(rows.mapped("reaction_count")), 0)

    def test_rows_when_days_are_not_over_then_marked(self):
        self.campaign()
        rows = self.finish(last_day=31)  # the 30th day after day 1 counts, and has just begun
        self.assertTrue(rows)
        self.assertFalse(any(rows.mapped("is_over")))
        rows = self.finish(last_day=32)
        self.assertTrue(all(rows.mapped("is_over")))

    def test_rows_when_a_customer_was_in_another_value_segment_then_not_comparable(self):
        """One inside has an order of 100000 in the window: the only A, and nobody reached is."""
        rich = self.sleeper("Rich", days=121)
        self.order(rich, amount=100000, day=TODAY - timedelta(days=122))
        self.campaign()
        rows = self.finish()
        self.assertEqual(self.profile(rich).value_segment_id, self.segment("value_a"))
        self.assertEqual(self.profile(self.inside[0]).value_segment_id, self.segment("value_c"))
        self.assertNotIn(rich, rows.partner_id)

    def test_rows_when_one_inside_left_since_then_still_comparable_by_the_history(self):
        """It ordered on day 15 and is no more at risk when we look: on day 1 it was."""
        self.campaign()
        self.order(self.inside[0], day=day(15))
        self.recompute(as_of=day(15))
        rows = self.finish(last_day=35)
        self.assertNotEqual(self.profile(self.inside[0]).lifecycle_segment_id, self.at_risk)
        self.assertIn(self.inside[0], rows.partner_id)

    def test_rows_when_a_customer_is_reached_twice_then_counted_once(self):
        """Every 20 days a call: reached on day 0, 20 and 40, three rows, the first one counts.

        Nobody is left to compare with: the other one is reached as well.
        """
        partners = self.sleepers(2, 120)
        self.recompute(as_of=day(-1))
        book = self.playbook({"moment": "stay", "cadence_days": 20}, only_new_members=False)
        for number in (0, 20, 40):
            self.recompute(as_of=day(number))
            for partner in partners:
                self.activities(partner).unlink()
        self.recompute(as_of=day(80))
        rows = self.rows(book).filtered(lambda row: row.partner_id == partners[0])
        self.assertEqual(sorted(rows.mapped("date")), [day(0), day(20), day(40)])
        self.assertEqual(rows.filtered("counted_once").date, day(0))

    def test_rows_when_a_tag_is_given_then_a_loyalty_measure_and_taking_it_is_none(self):
        tag = self.env["res.partner.category"].create({"name": "Member"})
        partner = self.sleeper()
        self.recompute()
        book = self.playbook({"kind": "tag", "category_id": tag.id})
        self.recompute(as_of=day(1))
        self.order(partner, day=day(5))
        self.recompute(as_of=day(5))
        self.recompute(as_of=day(40))
        rows = self.rows(book)
        self.assertEqual((rows.measure, rows.date, rows.reaction_count), ("tag", day(1), 1))

    def summary(self, user=None):
        self.env.flush_all()
        action = self.book.with_user(user or self.manager).action_effect()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_words_when_groups_are_small_then_said(self):
        """2 of 3 (66.7 %) against 1 of 4 (25.0 %): +41.7 points, and too few to tell."""
        self.campaign()
        for partner in (self.entering[0], self.entering[1], self.inside[0]):
            self.order(partner, amount=60, day=day(10))
        self.finish()
        words = self.summary().words
        self.assertIn(
            "Customers reached: 3. Of them ordered within 30 days after it: 2 (66.7 %).", words
        )
        self.assertIn(
            "not reached: 4. Of them ordered in the same time: 1 (25.0 %).", words
        )
        self.assertIn("+41.7 percentage points", words)
        self.assertIn("fewer than 30 customers", words)
        self.assertNotIn("more than chance", words)

    def test_words_when_difference_is_beyond_chance_then_no_cause_is_claimed(self):
        """20 of 30 (66.7 %) against 5 of 30 (16.7 %).

        Wilson: 20/30 0.4878 to 0.8077, 5/30 0.0734 to 0.3356. Newcombe:
        0.5 - sqrt(0.1789² + 0.1690²) = 0.2539; 0.5 + sqrt(0.1410² + 0.0933²) = 0.6691.
        """
        self.campaign(entering=30, inside=30)
        for partner in [*self.entering[:20], *self.inside[:5]]:
            self.order(partner, amount=60, day=day(10))
        self.finish()
        summary = self.summary()
        self.assertEqual((summary.reached_count, summary.compared_count), (30, 30))
        self.assertEqual((summary.reached_sales, summary.compared_sales), (40.0, 10.0))
        words = summary.words
        self.assertIn("+50.0 percentage points (95 % interval +25.4 to +66.9)", words)
        self.assertIn("more than chance alone would explain", words)
        self.assertIn("does not prove", words)
        self.assertNotIn("caused", words)

    def test_words_when_difference_may_be_chance_then_said(self):
        """6 of 30 (20 %) against 5 of 30 (16.7 %): +3.3 points."""
        self.campaign(entering=30, inside=30)
        for partner in [*self.entering[:6], *self.inside[:5]]:
            self.order(partner, amount=60, day=day(10))
        self.finish()
        self.assertIn("It may well be chance", self.summary().words)

    def test_words_when_nobody_is_comparable_then_said(self):
        self.campaign(inside=0)
        self.finish()
        self.assertIn("cannot be told", self.summary().words)

    def test_words_when_the_days_are_not_over_then_nothing_yet(self):
        self.campaign()
        self.finish(last_day=20)
        self.assertIn("nothing to tell yet", self.summary().words)

    def test_effect_when_not_a_manager_then_refused(self):
        self.campaign(entering=1, inside=0)
        self.finish()
        with self.assertRaises(AccessError):
            self.summary(self.alice)
        with self.assertRaises(AccessError):
            self.effects.with_user(self.alice).search([])
