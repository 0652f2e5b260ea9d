"""The call list: what takes customers off it."""

from datetime import date, timedelta

from call_case import CallCase
from common import TODAY, days_ago
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestLeaving(CallCase):
    def setUp(self):
        super().setUp()
        self.recompute()
        self.call = self.calls_of(self.mill).with_user(self.alice)

    def test_order_when_it_comes_then_closed_as_ordered_with_what_was_at_stake(self):
        self.fast_order(self.mill, 500, TODAY)
        self.recompute(partner_ids=self.mill.ids)
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.closed_date), ("ordered", TODAY))
        self.assertFalse(call.closed_by_id)
        self.assertEqual((call.last_order_date, call.stake), (days_ago(40), 300))
        self.go_to(TODAY + timedelta(days=5))
        self.assertEqual(self.calls_of(self.mill).stake, 300)

    def test_order_when_entered_late_and_next_one_is_overdue_already_then_stays(self):
        """An order of 30 days ago: t = 50, x = 3, (50 + 2·20) / 5 = 18 days; 30 / 18 = 1.67."""
        self.fast_order(self.mill, 100, days_ago(30))
        self.recompute(partner_ids=self.mill.ids)
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.last_order_date), ("open", days_ago(30)))
        self.assertEqual(call.stake, 400)

    def test_customer_when_archived_then_leaves(self):
        self.mill.active = False
        self.recompute(partner_ids=self.mill.ids)
        self.assertEqual(self.states(self.mill), ["obsolete"])

    def test_customer_when_deleted_then_its_calls_are_gone(self):
        self.env.cr.execute("DELETE FROM sale_order WHERE partner_id = %s", [self.mill.id])
        call = self.calls_of(self.mill)
        self.mill.unlink()
        self.assertFalse(call.exists())

    def test_customer_when_lost_by_a_person_then_leaves(self):
        self.criteria.call_lost_days = 0
        self.env["customer.segmentation.override"]._set(
            self.profile(self.mill), self.segment("lifecycle_lost"),
            self.env.ref("customer_segmentation.override_reason_knowledge"),
        )
        self.recompute()
        self.assertEqual(self.states(self.mill), ["obsolete"])

    def test_customer_when_given_to_another_then_the_call_goes_with_it(self):
        self.mill.user_id = self.bob
        self.recompute(partner_ids=self.mill.ids)
        self.assertEqual(self.calls_of(self.mill).user_id, self.bob)
        self.assertFalse(self.calls.with_user(self.alice).search([("id", "=", self.call.id)]))

    # Snooze

    def test_snooze_when_its_day_comes_then_returns(self):
        self.call._snooze(TODAY + timedelta(days=3), self.answer("holiday"), "Back on Wednesday")
        self.assertEqual(self.states(self.mill), ["snoozed"])
        self.go_to(TODAY + timedelta(days=2))
        self.assertEqual(self.states(self.mill), ["snoozed"])
        self.go_to(TODAY + timedelta(days=3))
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.answer_id), ("open", self.answer("holiday")))
        self.assertEqual(call.note, "Back on Wednesday")

    def test_snooze_when_run_is_repeated_then_writes_nothing(self):
        self.call._snooze(TODAY + timedelta(days=1))
        self.go_to(TODAY + timedelta(days=1))
        before = self.written()
        self.recompute(as_of=TODAY + timedelta(days=1))
        self.assertEqual(self.written(), before)

    def test_snooze_when_customer_orders_then_closed(self):
        self.call._snooze(TODAY + timedelta(days=3))
        self.fast_order(self.mill, 100, TODAY)
        self.recompute(partner_ids=self.mill.ids)
        self.assertEqual(self.states(self.mill), ["ordered"])

    def test_dialogs_when_opened_then_the_title_says_whom_they_are_about(self):
        self.assertEqual(self.call.action_snooze()["name"], "Snooze: Call Mill")
        other = self.rhythmic("Other", self.alice, 100, 80, 60, 40)
        self.recompute()
        other = self.calls_of(other).with_user(self.alice)
        title = (self.call | other).action_not_interested()["name"]
        self.assertEqual(title, "Not interested: 2 customers")

    def test_snooze_when_day_is_not_to_come_then_refused(self):
        with self.assertRaisesRegex(UserError, "day to come"):
            self.call._snooze(TODAY)

    # Done and not interested

    def test_done_when_customer_does_not_react_then_back_after_14_days(self):
        self.call.action_done()
        call = self.calls_of(self.mill)
        self.assertEqual(
            (call.state, call.closed_date, call.closed_by_id, call.quiet_until),
            ("done", TODAY, self.alice, date(2024, 7, 14)),
        )
        self.recompute()
        self.go_to(date(2024, 7, 13))
        self.assertEqual(self.states(self.mill), ["done"])
        self.go_to(date(2024, 7, 14))
        self.assertEqual(self.states(self.mill), ["done", "open"])

    def test_done_when_customer_orders_then_back_when_overdue_again(self):
        """An order on the day of the call: t = 80, x = 3, (80 + 2·m0) / 5 with m0 = 20 (the median
        of Mill's 80/3 and Forge's 20 is 23.33, in whole days 23): (80 + 46) / 5 = 25.2 days.
        1.5 times are 37.8: 38 days later, on 7 August, it is over; the 14 days play no part."""
        self.call.action_done()
        self.fast_order(self.mill, 100, TODAY)
        self.go_to(date(2024, 8, 6))
        self.assertEqual(self.states(self.mill), ["done"])
        self.go_to(date(2024, 8, 7))
        self.assertEqual(self.states(self.mill), ["done", "open"])

    def test_done_when_rhythm_is_short_then_back_before_the_14_days(self):
        """Orders each 2 days, the last one 7 days ago; one on the day of the call. m0: the median
        of 2, 20 and 20 is 20. Before: t = 20, x = 10, (20 + 40) / 12 = 5: 8 days are over 7.5.
        After: t = 28, x = 11, (28 + 40) / 13 = 5.23, × 1.5 = 7.85: on 9 July (1 + 8) it is over."""
        quick = self.rhythmic("Call Quick", self.alice, 10, *range(7, 29, 2))
        day = TODAY + timedelta(days=1)
        self.go_to(day)
        self.calls_of(quick).with_user(self.alice).action_done()
        self.fast_order(quick, 10, day)
        self.go_to(date(2024, 7, 8))
        self.assertEqual(self.states(quick), ["done"])
        self.go_to(date(2024, 7, 9))
        self.assertEqual(self.states(quick), ["done", "open"])

    def test_not_interested_when_90_days_are_over_then_back(self):
        """The limit of lost is lifted, so that nothing else takes the customer off."""
        self.segment("lifecycle_lost").domain = "[('recency_days', '>', 1000)]"
        self.call._not_interested(self.answer("stock"))
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.answer_id), ("not_interested", self.answer("stock")))
        self.go_to(TODAY + timedelta(days=89))
        self.assertEqual(self.states(self.mill), ["not_interested"])
        self.go_to(TODAY + timedelta(days=90))
        self.assertEqual(self.states(self.mill), ["not_interested", "open"])

    def test_days_when_set_then_those_count(self):
        self.criteria.write({"call_done_days": 3, "call_not_interested_days": 5})
        self.call.action_done()
        forge = self.calls_of(self.forge).with_user(self.bob)
        forge._not_interested(self.answer("price"))
        self.assertEqual(self.calls_of(self.mill).quiet_until, date(2024, 7, 3))
        self.assertEqual(self.calls_of(self.forge).quiet_until, date(2024, 7, 5))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.criteria.call_done_days = 0
            self.env.flush_all()

    def test_done_when_phone_call_was_planned_then_done_too_and_other_activities_stay(self):
        self.activity(self.mill, TODAY, summary="Call")
        mail = self.activity(
            self.mill, TODAY, summary="Mail",
            activity_type_id=self.env.ref("mail.mail_activity_data_email").id,
        )
        of_bob = self.activity(self.mill, TODAY, user=self.bob, summary="Bob's")
        self.call.action_done()
        open_activities = self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", self.mill.id)]
        )
        self.assertEqual(open_activities, mail | of_bob)

    def test_done_when_pressed_then_noted_with_the_customer_and_a_contact(self):
        self.call._done("will_order", "On Monday")
        message = self.mill.message_ids[0]
        self.assertEqual(message.author_id, self.alice.partner_id)
        self.assertIn("Call list: done. Will order. On Monday", message.body)
        self.assertEqual(self.profile(self.mill).last_contact_date, TODAY)

    def test_reopen_when_taken_off_by_mistake_then_as_before(self):
        self.call.action_done()
        self.call.action_reopen()
        call = self.calls_of(self.mill)
        self.assertEqual(
            (call.state, call.closed_date, call.closed_by_id.id), ("open", False, False)
        )
        self.recompute()
        self.assertEqual(self.states(self.mill), ["open"])

    def test_reopen_when_on_the_list_again_or_closed_by_itself_then_refused(self):
        self.call.action_done()
        self.go_to(date(2024, 7, 14))
        with self.assertRaisesRegex(UserError, "on the list again"):
            self.call.action_reopen()
        self.fast_order(self.forge, 10, TODAY)
        self.recompute(as_of=date(2024, 7, 14))
        with self.assertRaisesRegex(UserError, "Only what a person"):
            self.calls_of(self.forge).action_reopen()

    def test_reopen_when_the_customer_has_left_then_refused_in_words(self):
        self.call.action_done()
        self.mill.active = False
        with self.assertRaisesRegex(UserError, "is archived"):
            self.call.action_reopen()
        self.mill.write({"active": True, "is_company": False})
        self.mill.segmentation_objected = True
        with self.assertRaisesRegex(UserError, "objects to segmentation"):
            self.call.action_reopen()
        self.mill.segmentation_objected = False
        self.call.action_reopen()
        self.assertEqual(self.call.state, "open")

    # Merging

    def test_merge_when_both_are_on_the_list_then_one_row_stays_open(self):
        self.forge.user_id = self.alice
        self.recompute()
        wizard = self.env["base.partner.merge.automatic.wizard"].create({})
        wizard._merge((self.mill | self.forge).ids, self.mill)
        calls = self.calls_of(self.mill)
        self.assertEqual(sorted(calls.mapped("state")), ["obsolete", "open"])
        self.assertEqual(calls.filtered(lambda call: call.state == "open"), self.call.sudo())
        self.recompute()
        self.assertEqual(sorted(self.states(self.mill)), ["obsolete", "open"])
