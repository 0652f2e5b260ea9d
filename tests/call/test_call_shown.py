"""The call list: what it shows, and its analysis."""

from datetime import datetime, time, timedelta

from call_case import NBSP, CallCase
from common import TODAY, days_ago

from odoo import Command
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestShown(CallCase):
    def setUp(self):
        super().setUp()
        self.recompute()
        self.call = self.calls_of(self.mill).with_user(self.alice)

    def test_list_when_ordered_then_by_what_is_at_stake(self):
        """Forge 741.76, Mill 300, Press 30 × 90 / 111 = 24.32 (orders 110, 90 and 70 days ago)."""
        press = self.rhythmic("Call Press", self.alice, 10, 110, 90, 70)
        self.recompute()
        found = self.calls.search([("state", "=", "open")])
        self.assertEqual(found.mapped("partner_id.name"), ["Call Forge", "Call Mill", "Call Press"])
        self.assertEqual(found.mapped("stake"), [741.76, 300, 24.32])
        found = self.calls.search([("state", "=", "open")], order="stake, id")
        self.assertEqual(found[0].partner_id, press)

    def test_group_when_summed_then_the_stakes(self):
        groups = self.calls._read_group(
            [("state", "=", "open")], ["user_id"], ["stake:sum", "__count"], order="user_id"
        )
        self.assertEqual(
            {user: (float(stake), count) for user, stake, count in groups},
            {self.alice: (300, 1), self.bob: (741.76, 1)},
        )

    def test_group_when_by_segment_then_by_the_profiles(self):
        """Mill and Forge ordered first within 90 days: new. The third orders each 20 days too, the
        last one 50 days ago: 2.5 intervals, and at risk is over 2."""
        self.rhythmic("Call Risk", self.alice, 10, 150, 130, 110, 90, 70, 50)
        self.recompute()
        groups = self.calls._read_group(
            [("state", "=", "open")], ["segmentation_lifecycle_segment_id"], ["__count"]
        )
        self.assertEqual(
            dict(groups), {self.segment("lifecycle_new"): 2, self.segment("lifecycle_at_risk"): 1}
        )

    def test_words_when_overdue_then_rhythm_and_what_it_buys_in_a_quarter(self):
        self.assertEqual(
            self.call.reason_words,
            f"Usually every 20 days, last 40 days ago; usually buys ${NBSP}300 a quarter",
        )

    def test_words_when_no_rhythm_of_its_own_then_no_interval(self):
        """Bought 10 once, 100 days ago: 10 × 90 / 101 = 8.91, in whole dollars 9."""
        once = self.rhythmic("Call Once", self.alice, 10, 100)
        self.recompute()
        self.assertEqual(
            self.calls_of(once).reason_words,
            f"Last ordered 100 days ago; usually buys ${NBSP}9 a quarter",
        )

    def test_words_when_closed_then_as_of_that_day(self):
        self.call.action_done()
        self.go_to(TODAY + timedelta(days=9))
        self.assertIn("last 40 days ago", self.calls_of(self.mill).reason_words)

    def test_read_when_user_has_no_sales_rights_then_without_quotations(self):
        nobodys = self.rhythmic("Call Nobody's", False, 10, 80, 60, 40)
        self.fast_order(nobodys, 50, TODAY, state="sent")
        self.recompute()
        officer = self.user("call_officer", "base.group_user,customer_segmentation.group_user")
        calls = self.calls.with_user(officer).search([])
        self.assertEqual(calls.partner_id, nobodys)
        self.assertEqual((calls.quotation_count, calls.stake), (0, 30))
        self.assertTrue(calls.reason_words)
        self.assertFalse(calls.next_product_id)

    def test_stake_when_the_last_run_was_of_another_day_then_of_that_day(self):
        """The list is of the day of the run that made it: a customer for 100 days bought 300,
        300 × 90 / 100 = 270 on 30 June, not 267.33 of the day after. And 300 + 741.76."""
        slow = self.rhythmic("Call Slow", self.alice, 100, 99, 79, 59)
        self.recompute()
        type(self).today = TODAY + timedelta(days=1)
        self.addCleanup(setattr, type(self), "today", TODAY)
        self.env.invalidate_all()
        self.assertEqual(self.calls_of(slow).stake, 270)
        self.assertIn("last 40 days ago", self.call.reason_words)
        self.assertEqual(self.calls._read_group([], [], ["stake:sum"])[0][0], 1311.76)

    def test_phone_when_only_a_contact_has_one_then_that(self):
        self.assertFalse(self.call.phone)
        self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": self.mill.id, "phone": "+49 30 1234"}
        )
        self.call.invalidate_recordset()
        self.assertEqual(self.call.phone, "+49 30 1234")
        self.mill.phone = "+49 30 99"
        self.call.invalidate_recordset()
        self.assertEqual(self.call.phone, "+49 30 99")

    def test_quotations_when_open_then_counted_in_the_companys_currency(self):
        """50 at rate 2 of the foreign currency are 25 here: 25 + 70 = 95."""
        first = self.fast_order(self.mill, 50, TODAY, state="sent")
        self.env.cr.execute("UPDATE sale_order SET currency_rate = 2 WHERE id = %s", [first.id])
        self.fast_order(self.mill, 70, TODAY, state="draft")
        self.fast_order(self.mill, 999, TODAY, state="cancel")
        self.env.invalidate_all()
        self.assertEqual((self.call.quotation_count, self.call.quotation_amount), (2, 95))

    def product_order(self, day, *products, partner=None, quantity=1, state="sale"):
        order = self.fast_order(partner or self.mill, 10, day, state=state)
        self.env["sale.order.line"].create(
            [
                {
                    "order_id": order.id,
                    "product_id": product.id,
                    "product_uom_qty": quantity,
                    "price_unit": 1,
                }
                for product in products
            ]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE sale_order SET date_order = %s, state = %s WHERE id = %s",
            [datetime.combine(day, time(12)), state, order.id],
        )
        self.env.invalidate_all()

    def test_next_product_when_one_is_due_then_it_though_another_is_bought_more_often(self):
        """Bolts each 10 days, four times, the last one 5 days ago: not due. Nuts on 2 days, 30
        days apart, the last one 30 days ago: due today. Oil once, long ago."""
        bolt, nut, oil = self.env["product.product"].create(
            [{"name": name} for name in ("Bolt", "Nut", "Oil")]
        )
        for days in (35, 25, 15, 5):
            self.product_order(days_ago(days), bolt)
        for days in (60, 30):
            self.product_order(days_ago(days), nut)
        self.product_order(days_ago(100), oil)
        self.assertEqual(self.call.next_product_id, nut)
        self.assertEqual(
            self.call.next_product_words, "Nut: ordered 2 times, last 30 days ago"
        )
        # an interval more of bolts: 10 days since the last one, both due, more days win
        later = self.call.with_context(segmentation_as_of=TODAY + timedelta(days=5))
        self.assertEqual(later.next_product_id, bolt)

    def test_next_product_when_none_is_due_then_the_most_frequent_then_the_longest_ago(self):
        bolt, nut, oil = self.env["product.product"].create(
            [{"name": name} for name in ("Bolt", "Nut", "Oil")]
        )
        self.product_order(days_ago(10), nut)
        self.product_order(days_ago(20), oil)
        self.assertEqual(self.call.next_product_id, oil)
        self.assertEqual(self.call.next_product_words, "Oil: ordered once, 20 days ago")
        self.product_order(days_ago(30), bolt)
        self.product_order(days_ago(1), bolt)
        self.assertEqual(self.call.next_product_id, bolt)

    def test_next_product_when_service_archived_returned_or_quoted_only_then_none(self):
        service, gone, returned, quoted = self.env["product.product"].create(
            [{"name": "Service", "type": "service"}, {"name": "Gone"}, {"name": "Returned"},
             {"name": "Quoted"}]
        )
        self.product_order(days_ago(10), service, gone)
        self.product_order(days_ago(10), returned, quantity=-1)
        self.product_order(days_ago(10), quoted, state="draft")
        self.product_order(days_ago(10), self.product, partner=self.forge)
        gone.active = False
        self.assertFalse(self.call.next_product_id)
        self.assertFalse(self.call.next_product_words)

    def test_page_when_40_calls_then_at_most_23_statements(self):
        partners = [
            self.rhythmic(f"Call {number}", self.alice, 10, 80, 60, 40, phone=f"+49 {number}")
            for number in range(40)
        ]
        products = self.env["product.product"].create([{"name": f"P{i}"} for i in range(40)])
        for partner, product in zip(partners, products, strict=True):
            self.product_order(days_ago(40), product, partner=partner)
            self.fast_order(partner, 5, TODAY, state="sent")
        self.recompute()
        names = [
            "partner_id", "stake", "reason", "reason_words", "state", "user_id", "phone",
            "segmentation_value_segment_id", "segmentation_lifecycle_segment_id",
            "last_contact_date", "next_activity_date", "quotation_count", "quotation_amount",
            "next_product_id", "next_product_words", "currency_id", "answer_id", "note",
            "is_later",
        ]
        calls = self.calls.with_user(self.alice)

        def read(count):
            found = calls.search_fetch([("state", "=", "open")], [], limit=count)
            self.assertEqual(len(found.read(names)), count)

        self.statements(lambda: read(4))  # rights and rules are kept from now on
        few = self.statements(lambda: read(4))
        self.assertEqual(self.statements(lambda: read(40)), few)
        self.assertLessEqual(few, 23)


@tagged("post_install", "-at_install")
class TestAnalysis(CallCase):
    def test_pivot_when_some_are_handled_then_share_stake_and_days(self):
        """Alice: Mill done on the day it came. Bob: Forge is open since 4 days.

        Forge's stake on the fourth day: 750 × 90 / 95 = 710.53; Mill's stays 300."""
        team = self.env["crm.team"].create(
            {"name": "Call Team", "company_id": False,
             "member_ids": [Command.set((self.alice | self.bob).ids)]}
        )
        self.recompute()
        self.calls_of(self.mill).with_user(self.alice).action_done()
        self.go_to(TODAY + timedelta(days=4))
        rows = self.env["customer.segmentation.call.report"].with_user(self.manager)._read_group(
            [("partner_id", "in", (self.mill | self.forge).ids)],
            ["team_id", "user_id", "state"],
            ["__count", "stake:sum", "handled_ratio:avg", "days_open:avg"],
        )
        self.assertEqual(
            {(t, u, s): tuple(map(float, rest)) for t, u, s, *rest in rows},
            {
                (team, self.alice, "done"): (1, 300, 100, 0),
                (team, self.bob, "open"): (1, 710.53, 0, 4),
            },
        )

    def test_report_when_ordered_after_an_attempt_then_handled(self):
        self.recompute()
        self.calls_of(self.mill).with_user(self.alice).action_called()
        for partner in (self.mill, self.forge):
            self.fast_order(partner, 10, TODAY)
        self.recompute()
        report = self.env["customer.segmentation.call.report"].search(
            [("partner_id", "in", (self.mill | self.forge).ids)], order="partner_id"
        )
        self.assertEqual(
            {row.partner_id: (row.handled_ratio, row.ordered_ratio) for row in report},
            {self.mill: (100, 100), self.forge: (0, 100)},
        )
