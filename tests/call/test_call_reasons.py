"""The call list: quotations that expire, key customers lost, and what stands under "later"."""

from datetime import timedelta

from call_case import CallCase
from common import TODAY, days_ago

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestQuotations(CallCase):
    def setUp(self):
        super().setUp()
        self.fresh = self.rhythmic("Call Fresh", self.alice, 10, 41, 21, 1)

    def quote(self, partner, valid_until, day=None, state="sent"):
        quotation = self.fast_order(partner, 10, day or days_ago(20), state=state)
        quotation.validity_date = valid_until
        self.env.flush_all()
        return quotation

    def test_quotation_when_it_expires_within_the_days_then_on_the_list_in_words(self):
        """7 days from 30 June are 7 July."""
        quotation = self.quote(self.fresh, TODAY + timedelta(days=7))
        self.recompute()
        call = self.calls_of(self.fresh).with_user(self.alice).with_context(lang="en_US")
        self.assertEqual((call.reason, call.user_id), ("quotation", self.alice))
        self.assertEqual(
            call.reason_words.splitlines()[0], f"Quotation {quotation.name} expires on 07/07/2024"
        )
        self.criteria.call_quotation_days = 6
        self.recompute()
        self.assertEqual(self.states(self.fresh), ["obsolete"])

    def test_quotation_when_later_or_over_or_cancelled_or_without_a_day_then_not(self):
        for valid_until, state in [
            (TODAY + timedelta(days=8), "sent"),
            (days_ago(1), "sent"),
            (TODAY, "cancel"),
            (False, "draft"),
        ]:
            self.quote(self.fresh, valid_until, state=state)
        self.recompute()
        self.assertFalse(self.calls_of(self.fresh))

    def test_quotation_when_nobodys_customer_then_the_call_is_of_its_salesperson(self):
        nobodys = self.rhythmic("Call Nobody's", False, 10, 41, 21, 1)
        self.quote(nobodys, TODAY).user_id = self.bob
        self.recompute()
        self.assertEqual(self.calls_of(nobodys).user_id, self.bob)

    def test_quotation_when_customer_is_overdue_too_then_the_first_reason(self):
        self.quote(self.mill, TODAY)
        self.recompute()
        self.assertEqual(self.calls_of(self.mill).reason, "quotation")

    def test_quotation_when_call_was_done_then_a_new_one_brings_it_back(self):
        """The first held since 23 June; the second is made the day after the call was done."""
        self.quote(self.fresh, TODAY)
        self.recompute()
        self.calls_of(self.fresh).with_user(self.alice).action_done()
        self.recompute()
        self.assertEqual(self.states(self.fresh), ["done"])
        tomorrow = TODAY + timedelta(days=1)
        self.quote(self.fresh, tomorrow, day=tomorrow)
        self.go_to(tomorrow)
        self.assertEqual(self.states(self.fresh), ["done", "open"])

    def test_quotation_when_its_day_is_changed_then_customer_is_looked_at_within_the_minute(self):
        quotation = self.quote(self.fresh, TODAY + timedelta(days=30))
        self.recompute()
        self.empty_queue()
        quotation.validity_date = TODAY
        self.assertEqual(self.queued(), {self.fresh.id})


@tagged("post_install", "-at_install")
class TestLost(CallCase):
    """Mill and Forge bring 300 and 750 of 1,050: Forge is A, and Mill, behind 71.4 %, is B."""

    def setUp(self):
        super().setUp()
        self.recompute()

    def lose(self, partner, day=TODAY):
        self.env["customer.segmentation.override"]._set(
            self.profile(partner), self.segment("lifecycle_lost"),
            self.env.ref("customer_segmentation.override_reason_knowledge"),
        )
        self.go_to(day)

    def test_key_customer_when_lost_then_on_the_list_for_90_days(self):
        self.assertEqual(self.profile(self.forge).value_segment_id.meaning, "key")
        self.lose(self.forge)
        call = self.calls_of(self.forge).with_user(self.bob).with_context(lang="en_US")
        self.assertEqual((call.state, call.reason), ("open", "lost"))
        self.assertEqual(
            call.reason_words.splitlines()[0], "Key customer, lost since 06/30/2024"
        )
        self.go_to(TODAY + timedelta(days=89))
        self.assertEqual(self.states(self.forge), ["open"])
        self.go_to(TODAY + timedelta(days=90))
        self.assertEqual(self.states(self.forge), ["obsolete"])

    def test_small_customer_when_lost_then_not_on_the_list(self):
        """10 each: behind 1,050 of 1,080, which is 97 %."""
        small = self.rhythmic("Call Small", self.alice, 10, 80, 60, 40)
        self.recompute()
        self.assertEqual(self.profile(small).value_segment_id.meaning, "small")
        self.lose(small)
        self.assertEqual(self.states(small), ["obsolete"])

    def test_customer_when_its_value_sank_while_it_was_silent_then_on_the_list(self):
        """Forge was A when it ordered last. A giant makes it C; then it is lost."""
        self.rhythmic("Call Giant", self.alice, 100000, 21, 1)
        self.go_to(TODAY + timedelta(days=1))
        self.assertEqual(self.profile(self.forge).value_segment_id.meaning, "small")
        self.lose(self.forge, TODAY + timedelta(days=2))
        self.assertEqual(self.calls_of(self.forge).reason, "lost")

    def test_customer_when_its_value_sank_before_its_last_order_then_not(self):
        self.rhythmic("Call Giant", self.alice, 100000, 21, 1)
        self.go_to(TODAY + timedelta(days=1))
        self.fast_order(self.forge, 250, TODAY + timedelta(days=1))
        self.lose(self.forge, TODAY + timedelta(days=2))
        self.assertNotIn("lost", self.calls_of(self.forge).mapped("reason"))

    def test_key_customer_when_no_days_are_given_then_never_on_the_list(self):
        self.criteria.call_lost_days = 0
        self.lose(self.forge)
        self.assertEqual(self.states(self.forge), ["obsolete"])


@tagged("post_install", "-at_install")
class TestLater(CallCase):
    """Alice has Mill (300), Nail (240), and Ore (210) to call, Bob has Forge; two calls a day."""

    def setUp(self):
        super().setUp()
        self.nail = self.rhythmic("Call Nail", self.alice, 80, 80, 60, 40)
        self.ore = self.rhythmic("Call Ore", self.alice, 70, 80, 60, 40)
        self.criteria.call_limit = 2
        self.recompute()

    def later(self, user=None):
        calls = self.calls.with_user(user or self.alice)
        found = calls.search([("state", "=", "open"), ("is_later", "=", True)]).partner_id
        shown = calls.search([("state", "=", "open")])
        self.assertEqual(shown.filtered("is_later").partner_id, found)
        self.assertEqual(
            shown.partner_id - found,
            calls.search([("state", "=", "open"), ("is_later", "=", False)]).partner_id,
        )
        return found

    def test_call_when_beyond_the_limit_then_later_and_bobs_list_is_his_own(self):
        self.assertEqual(self.later(), self.ore)
        self.assertFalse(self.later(self.bob))
        self.assertEqual(self.later(self.chief), self.ore)

    def test_call_when_others_are_done_then_the_days_list_becomes_shorter(self):
        """Mill is done: one of two is left for today. On the next day two are again."""
        self.calls_of(self.mill).with_user(self.alice).action_done()
        self.assertEqual(self.later(), self.ore)
        self.go_to(TODAY + timedelta(days=1))
        self.assertFalse(self.later())

    def test_call_when_others_are_put_off_then_the_next_one_is_for_today(self):
        self.calls_of(self.mill).with_user(self.alice)._snooze(TODAY + timedelta(days=3))
        self.assertFalse(self.later())

    def test_call_when_nobodys_then_on_the_list_of_who_looks(self):
        """Pig has 270: Alice's second; Bob has Forge (741.76) and Pig."""
        pig = self.rhythmic("Call Pig", False, 90, 80, 60, 40)
        self.recompute()
        self.assertEqual(self.later(), self.nail | self.ore)
        self.assertFalse(self.later(self.bob))
        self.assertIn(pig, self.calls.with_user(self.bob).search([]).partner_id)
