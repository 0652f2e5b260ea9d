"""Who was reached, who was comparable, what they bought after: numbers worked out by hand."""

import shutil
import subprocess
import tempfile
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest
from common import SALESMAN, TODAY
from lxml import html
from playbook_case import PlaybookCase, day

from odoo import Command
from odoo.addons.customer_segmentation.tools.proportions import difference, wilson
from odoo.exceptions import AccessError
from odoo.tests import HttpCase, tagged


@pytest.mark.parametrize(
    ("successes", "total", "lower", "upper"),
    # Newcombe 1998 (two-sided intervals for the single proportion), table I, method 3
    [
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
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
        self.assertEqual(sorted(rows.mapped("about")), ["loyalty", "step"])
        for row in rows:
            self.assertEqual((row.measure, row.date, row.reaction_count), ("tag", day(1), 1))
            self.assertTrue(row.counted_once)

    def pricelist_campaign(self):
        """Proposed on day 1 to three; the first one has it on day 10."""
        self.come_back = self.pricelist()
        self.entering, self.inside = self.sleepers(3, 90), self.sleepers(4, 120)
        self.recompute()
        self.book = self.playbook({"kind": "pricelist", "pricelist_id": self.come_back.id})
        self.recompute(as_of=day(1))
        with patch.object(type(self.company), "_segmentation_today", lambda criteria: day(10)):
            self.entering[0].property_product_pricelist = self.come_back
            self.inside[1].property_product_pricelist = self.come_back  # by hand, not proposed

    def test_rows_when_a_pricelist_is_taken_up_then_judged_from_that_day(self):
        """The first one: 100 on day 5, before it had the pricelist, and 200 on day 12, with it.

        From the proposal on: 300 in 30 days. From the day it had it: 200, and 100 in the 30 days
        before it, in which its order of 90 days before the start does not lie. Not reached: 70.
        """
        self.pricelist_campaign()
        self.order(self.entering[0], amount=100, day=day(5))
        self.order(self.entering[0], amount=200, day=day(12))
        self.order(self.entering[1], amount=50, day=day(15))
        self.order(self.inside[0], amount=70, day=day(15))
        taken = [self.of(self.book, partner).taken_date for partner in self.entering]
        self.assertEqual(taken, [day(10), False, False])
        rows = self.finish(last_day=45)

        def sums(about, group):
            found = rows.filtered(lambda row: (row.about, row.group) == (about, group))
            return (
                found.partner_id, set(found.mapped("date")), set(found.mapped("measure")),
                sum(found.mapped("sales_before")), sum(found.mapped("sales_after")),
            )

        self.assertEqual(
            sums("step", "reached"), (self.entering, {day(1)}, {"proposal"}, 0, 350)
        )
        self.assertEqual(sums("step", "compared"), (self.inside, {day(1)}, {"proposal"}, 0, 70))
        self.assertEqual(
            sums("loyalty", "reached"), (self.entering[0], {day(10)}, {"pricelist"}, 100, 200)
        )
        self.assertEqual(
            sums("loyalty", "compared"), (self.inside, {day(10)}, {"pricelist"}, 0, 70)
        )
        self.assertTrue(all(rows.mapped("counted_once")))
        words = self.summary().loyalty_words
        self.assertIn("proposed to customers: 3. Of them have it since: 1.", words)
        self.assertIn("got the pricelist or the tag: 1.", words)
        self.assertIn("fewer than 30 customers", words)
        self.assertIn("may have meant to buy anyway", words)

    def test_pricelist_when_it_is_taken_away_again_then_its_first_day_stays(self):
        self.pricelist_campaign()
        self.entering[0].property_product_pricelist = False
        with patch.object(type(self.company), "_segmentation_today", lambda criteria: day(20)):
            self.entering[0].property_product_pricelist = self.come_back
        self.assertEqual(self.of(self.book, self.entering[0]).taken_date, day(10))

    def test_pricelist_when_the_customer_has_it_already_then_not_proposed(self):
        pricelist = self.pricelist()
        partner = self.sleeper()
        partner.property_product_pricelist = pricelist
        self.recompute()
        book = self.playbook({"kind": "pricelist", "pricelist_id": pricelist.id})
        self.recompute(as_of=day(1))
        self.assertEqual((self.of(book).state, self.of(book).reason), ("skipped", "has_pricelist"))
        self.assertFalse(self.activities(partner))

    def test_pricelist_when_a_salesperson_gives_it_then_noted(self):
        """Who may not write events gives the pricelist."""
        pricelist = self.pricelist()
        partner = self.sleeper()
        self.recompute()
        book = self.playbook({"kind": "pricelist", "pricelist_id": pricelist.id})
        self.recompute(as_of=day(1))
        giver = self.user("playbook_giver", f"{SALESMAN},base.group_partner_manager")
        partner.with_user(giver).property_product_pricelist = pricelist
        self.assertEqual(self.of(book).taken_date, TODAY)

    def test_rows_when_the_playbook_has_no_segment_then_the_same_lifecycle_is_comparable(self):
        """Everybody's first order is 29 days or more ago: new (up to 90 days) and at risk.

        Reached is who has one order and bought 30 days ago, on day 1. Comparable is the other new
        one, with two orders; the one at risk is not.
        """
        partner, other, sleeping = (
            self.sleeper("One", 29), self.sleeper("Two", 29), self.sleeper("Three", 120)
        )
        self.order(other, day=TODAY - timedelta(days=28))
        self.recompute()
        book = self.playbook(
            segment_id=False,
            condition="[('order_count', '=', 1), ('recency_days', '=', 30)]",
        )
        self.recompute(as_of=day(1))
        self.recompute(as_of=day(40))
        rows = self.rows(book)
        self.assertEqual(rows.filtered(lambda row: row.group == "reached").partner_id, partner)
        compared = rows.filtered(lambda row: row.group == "compared").partner_id
        self.assertIn(other, compared)
        self.assertNotIn(sleeping, compared)

    def test_summary_when_days_are_chosen_then_their_campaigns_only(self):
        """A call on day 0, 20 and 40 to two customers, each with an order on day 45 for 80.

        Of the year: reached on day 0, no order within 30 days. From day 30 on: reached on day 40,
        both ordered.
        """
        partners = self.sleepers(2, 120)
        self.recompute(as_of=day(-1))
        self.book = self.playbook({"moment": "stay", "cadence_days": 20}, only_new_members=False)
        for number in (0, 20, 40):
            self.recompute(as_of=day(number))
            for partner in partners:
                self.activities(partner).unlink()
        for partner in partners:
            self.order(partner, amount=80, day=day(45))
        self.recompute(as_of=day(80))
        summary = self.summary()
        self.assertEqual((summary.reached_count, summary.reached_reactions), (2, 0))
        summary.date_from = day(30)
        self.env.invalidate_all()
        self.assertEqual((summary.reached_count, summary.reached_reactions), (2, 2))
        self.assertEqual(summary.reached_sales, 80)
        summary.date_until = day(35)
        self.env.invalidate_all()
        self.assertEqual(summary.reached_count, 0)

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
            "not reached: 4. Weighted as those reached are spread over days and segments, 25.0 % "
            "of them ordered in the same time.",
            words,
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

    def in_value(self, partners, name):
        """Set by hand, so that the money of orders does not matter."""
        segment = self.segment(name)
        self.env["customer.segmentation.override.wizard"].with_user(self.manager).create(
            {
                "profile_ids": [Command.set([self.profile(partner).id for partner in partners])],
                "dimension_id": segment.dimension_id.id,
                "segment_id": segment.id,
                "reason_id": self.env.ref("customer_segmentation.override_reason_knowledge").id,
            }
        ).action_set()

    def uneven_campaign(self, *sizes):
        """(reached key, reached small, others key, others small); small is who is no key one."""
        self.groups = [
            self.env["res.partner"].union(
                *(self.sleeper(f"{place}-{number}", days=days) for number in range(size))
            )
            for place, (size, days) in enumerate(zip(sizes, (90, 90, 120, 120), strict=True))
        ]
        self.recompute()
        for first, name in enumerate(("value_a", "value_c")):
            self.in_value(self.groups[first] | self.groups[first + 2], name)
        self.book = self.playbook()
        self.recompute(as_of=day(1))

    def orders_of(self, *numbers):
        """The first ones of each group order on day 10 for 60."""
        for partners, number in zip(self.groups, numbers, strict=True):
            for partner in partners[:number]:
                self.order(partner, amount=60, day=day(10))

    def test_words_when_key_customers_are_reached_more_and_nothing_differs_then_no_claim(self):
        """Half of the key customers order and a tenth of the small ones, reached or not.

        Reached 30 and 10: 15 + 1 of 40 = 40 %. Not reached 10 and 60: 5 + 6 of 70 = 15.7 %, and
        weighted 0.75 × 50 % + 0.25 × 10 % = 40 %. Sales 0.4 × 60 = 24 each.
        """
        self.uneven_campaign(30, 10, 10, 60)
        self.orders_of(15, 1, 5, 6)
        self.finish()
        summary = self.summary()
        self.assertEqual((summary.reached_count, summary.compared_count), (40, 70))
        self.assertAlmostEqual(summary.reached_rate, 0.4)
        self.assertAlmostEqual(summary.compared_rate, 0.4)
        self.assertEqual((summary.reached_sales, summary.compared_sales), (24.0, 24.0))
        self.assertIn("0.0 percentage points", summary.words)
        self.assertEqual(summary.words.count("may well be chance"), 2)
        self.assertNotIn("more than chance", summary.words)

    def test_totals_when_key_customers_are_reached_more_then_weighted(self):
        """The same as above in the pivot: by group, by playbook and by value."""
        self.uneven_campaign(30, 10, 10, 60)
        self.orders_of(15, 1, 5, 6)
        rows = self.finish()
        domain = [("id", "in", rows.ids)]
        means = ["weight:sum", "reaction_rate:avg", "average_sales:avg"]
        for group, *found in self.effects._read_group(domain, ["group"], means):
            self.assertEqual([round(value, 6) for value in found], [40, 0.4, 24], group)
        for value, group, *found in self.effects._read_group(
            domain, ["value_segment_id", "group"], means
        ):
            expected = [30, 0.5, 30] if value == self.segment("value_a") else [10, 0.1, 6]
            self.assertEqual([round(number, 6) for number in found], expected, group)
        [(weight, rate, sales)] = self.effects._read_group(domain, [], means)
        self.assertEqual([round(number, 6) for number in (weight, rate, sales)], [80, 0.4, 24])

    def test_measures_when_totals_are_asked_for_then_none_is_unweighted(self):
        """Of all numbers a view sums up: people, and what is weighted."""
        summed = {
            name
            for name, field in self.effects.fields_get().items()
            if field["type"] in ("integer", "float", "monetary")
            and (field.get("group_operator") or field.get("aggregator"))  # since 18.0
        }
        self.assertEqual(
            summed - {"id"},
            {"customer_count", "weight", "reaction_rate", "average_before", "average_sales"},
        )

    def test_words_when_some_have_nobody_comparable_then_left_out_and_told(self):
        """2 key and 3 small ones are reached, of the others only small ones, 4, stood there.

        Of all 5 reached 3 order, 60 %; of the 3 small ones 1, 33.3 %; of the others 1, 25 %.
        """
        self.uneven_campaign(2, 3, 0, 4)
        self.orders_of(2, 1, 0, 1)
        self.finish()
        summary = self.summary()
        self.assertEqual(
            (summary.reached_count, summary.left_out_count, summary.matched_count), (5, 2, 3)
        )
        self.assertIn("Customers reached: 5. Of them ordered within 30 days after it: 3 (60.0 %)",
                      summary.words)
        self.assertIn("2 of them, who are left out of the comparison. Of the other 3 ordered: 1 "
                      "(33.3 %)", summary.words)
        self.assertIn("+8.3 percentage points", summary.words)
        page = self.page(self.wizard(self.book).action_print())
        lines = [
            [cell.text_content().strip() for cell in row.xpath("td")][:4]
            for row in page.xpath("//tbody/tr")
        ]
        self.assertEqual(
            lines,
            [
                ["Reached", "5", "3", "60.0 %"],
                ["Of them with anyone comparable", "3", "1", "33.3 %"],
                ["Comparable, not reached (weighted)", "4", "", "25.0 %"],
            ],
        )

    def test_words_when_sales_differ_beyond_chance_then_said_without_a_cause(self):
        """30 of 30 reached buy for 60, 5 of 30 others: 60 against 10, a difference of 50.

        Those reached have no spread, the others squares of 5 × 60² - 300² / 30 = 15000: a variance
        of 15000 / 29 / 30 = 17.24 with each group's own spread, 15000 / 58 × 2 / 30 = 17.24 with
        one for both; the standard error is 4.15, t of 58 degrees 2.0017: 8.31 either side.
        """
        self.campaign(entering=30, inside=30)
        for partner in [*self.entering, *self.inside[:5]]:
            self.order(partner, amount=60, day=day(10))
        self.finish()
        words = self.summary().words
        self.assertRegex(words, r"sales after it: \D*50\.00.* \D*41\.69.* to \D*58\.31")
        self.assertEqual(words.count("more than chance alone would explain"), 2)
        self.assertEqual(words.count("does not prove"), 2)

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

    def wizard(self, *books, **vals):
        wizards = self.env["customer.segmentation.playbook.effect.wizard"].with_user(self.manager)
        playbooks = self.playbooks.union(*books)
        return wizards.with_context(active_ids=playbooks.ids).create(vals)

    def page(self, action):
        reports = self.env["ir.actions.report"].with_user(self.manager)
        content, _kind = reports._render_qweb_html(
            action["report_name"], action["context"]["active_ids"]
        )
        return html.fromstring(content)

    def test_page_when_printed_for_two_playbooks_then_numbers_and_words_of_both(self):
        """The first one reached 3, of whom 2 ordered (66.7 %), and 4 are comparable."""
        self.campaign()
        for partner in (self.entering[0], self.entering[1], self.inside[0]):
            self.order(partner, amount=60, day=day(10))
        self.finish()
        other = self.playbook(name="Has Done Nothing")
        action = self.wizard(self.book, other).action_print()
        self.assertEqual(action["type"], "ir.actions.report")
        page = self.page(action)
        titles = [title.text_content().strip() for title in page.xpath("//h3")]
        self.assertEqual(titles, ["Test Playbook", "Has Done Nothing"])
        [reached, compared] = [
            [cell.text_content().strip() for cell in row.xpath("td")]
            for row in page.xpath("//tbody/tr")
        ]
        self.assertEqual(reached[:4], ["Reached", "3", "2", "66.7 %"])
        self.assertEqual(
            compared[:4], ["Comparable, not reached (weighted)", "4", "", "25.0 %"]
        )
        # 2 × 60 of three, 60 of four
        self.assertIn("40.00", reached[5])
        self.assertIn("15.00", compared[5])
        text = page.text_content()
        self.assertIn("fewer than 30 customers", text)
        self.assertIn("there is nothing to tell yet", text)

    def test_page_when_a_pricelist_was_taken_up_then_a_table_of_its_own(self):
        """Reached on day 1: 3. With the pricelist from day 10 on: 1, which then bought for 200."""
        self.pricelist_campaign()
        self.order(self.entering[0], amount=200, day=day(12))
        self.finish(last_day=45)
        page = self.page(self.wizard(self.book).action_print())
        steps, loyalty = page.xpath("//tbody")
        first, last = (
            [cell.text_content().strip() for cell in table.xpath("tr[1]/td")]
            for table in (steps, loyalty)
        )
        self.assertEqual(first[:4], ["Reached", "3", "1", "33.3 %"])
        self.assertEqual(last[:4], ["Reached", "1", "1", "100.0 %"])
        self.assertIn("200.00", last[5])
        self.assertEqual(page.text_content().count("may have meant to buy anyway"), 1)

    def test_page_when_days_are_chosen_then_said(self):
        self.campaign()
        self.finish()
        page = self.page(
            self.wizard(self.book, date_from=day(2), date_until=day(3)).action_print()
        )
        self.assertIn("Campaigns from 07/02/2024 on.", " ".join(page.text_content().split()))
        self.assertFalse(page.xpath("//tbody/tr"))

    def test_print_when_not_a_manager_then_refused(self):
        self.campaign(entering=1, inside=0)
        wizards = self.env["customer.segmentation.playbook.effect.wizard"]
        with self.assertRaises(AccessError):
            wizards.with_user(self.alice).create({"playbook_ids": self.book.ids})


@tagged("post_install", "-at_install")
class TestPlaybookEffectPdf(HttpCase, PlaybookCase):
    def test_pdf_when_printed_then_chinese_stands_in_it(self):
        for program in ("wkhtmltopdf", "pdftotext"):
            self.assertTrue(shutil.which(program), f"{program} is not on PATH")
        partner = self.sleeper()
        self.recompute()
        book = self.playbook(name="Win back 挽回")
        self.recompute(as_of=day(1))
        self.order(partner, day=day(5))
        self.recompute(as_of=day(40))
        self.env.flush_all()
        action = book.with_user(self.manager).action_effect()
        reports = self.env["ir.actions.report"].with_user(self.manager)
        content, kind = reports.with_context(force_report_rendering=True)._render_qweb_pdf(
            "customer_segmentation.report_playbook_effect", [action["res_id"]]
        )
        self.assertEqual(kind, "pdf")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "effect.pdf")
            path.write_bytes(content)
            text = subprocess.run(
                ["pdftotext", str(path), "-"], check=True, capture_output=True, text=True
            ).stdout
        # letters of a web font are drawn, not written: only the system's font gives text
        self.assertIn("挽回", "".join(text.split()))
