"""The call list: who comes onto it and why, and who leaves it."""

from datetime import datetime, time, timedelta
from unittest.mock import patch

from call_case import NBSP, CallCase
from common import TODAY, days_ago
from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestOpening(CallCase):
    def test_run_when_order_is_due_then_on_the_list_with_what_is_at_stake(self):
        self.recompute()
        call = self.calls_of(self.mill)
        self.assertEqual(
            (call.state, call.reason, call.user_id, call.opened_date),
            ("open", "overdue", self.alice, TODAY),
        )
        self.assertEqual((call.last_order_date, call.due_date), (days_ago(40), days_ago(20)))
        self.assertEqual((call.order_interval_days, call.usual_order), (20, 100))
        self.assertEqual((call.days_since_order, call.stake), (40, 200))
        self.assertEqual(self.calls_of(self.forge).stake, 625)

    def test_run_when_due_today_then_on_the_list_and_when_due_tomorrow_not(self):
        """Intervals of 20 days: 20 days ago is due today, 19 days ago tomorrow."""
        today = self.rhythmic("Call Today", self.alice, 10, 60, 40, 20)
        tomorrow = self.rhythmic("Call Tomorrow", self.alice, 10, 59, 39, 19)
        self.recompute()
        self.assertEqual(self.calls_of(today, tomorrow).partner_id, today)
        self.assertEqual(self.calls_of(today).stake, 10)
        self.go_to(TODAY + timedelta(days=1))
        self.assertEqual(self.calls_of(today, tomorrow).partner_id, today | tomorrow)

    def test_run_when_bought_on_one_day_only_or_lost_or_never_then_not_on_the_list(self):
        """Lost: over 4 usual intervals. 300 days since an order each 20 days are 15."""
        once = self.rhythmic("Call Once", self.alice, 10, 60)
        twice_a_day = self.rhythmic("Call Twice a Day", self.alice, 10, 60, 60)
        lost = self.rhythmic("Call Lost", self.alice, 10, 340, 320, 300)
        prospect = self.customer("Call Prospect", user_id=self.alice.id)
        self.fast_order(prospect, 10, TODAY, state="draft")
        self.recompute()
        self.assertEqual(
            self.profile(lost).lifecycle_segment_id, self.segment("lifecycle_lost")
        )
        self.assertFalse(self.calls_of(once, twice_a_day, lost, prospect))

    def test_run_when_no_order_in_the_window_then_usual_order_of_all_time(self):
        """Orders of 300 and 100 two years ago, none in the window, and 40 returned:
        net sales 360 by 2 orders = 180. x = 1, t = 300: (300 + 2·20) / 3 = 113.33 days.
        500 days since the last order are 4.411765 intervals, × 180 = 794.12."""
        old = self.customer("Call Old", user_id=self.alice.id)
        self.fast_order(old, 300, days_ago(800))
        self.fast_order(old, 100, days_ago(500))
        self.fast_order(old, -40, days_ago(500))
        # not lost: with two order days the limit is a fixed number of days
        self.segment("lifecycle_lost").domain = "[('recency_days', '>', 1000)]"
        self.recompute()
        call = self.calls_of(old)
        self.assertEqual(call.usual_order, 180)
        self.assertAlmostEqual(call.order_interval_days, 340 / 3, 6)
        self.assertEqual(call.stake, 794.12)

    def test_run_when_repeated_then_writes_nothing(self):
        self.recompute()
        before = self.written()
        self.recompute()
        self.assertEqual(self.written(), before)
        self.recompute(partner_ids=self.mill.ids)
        self.assertEqual(self.written(), before)

    def test_night_when_nothing_happened_then_stake_grows_and_no_row_is_written(self):
        """41 / 20 × 100 = 205."""
        self.recompute()
        before = self.written()
        self.go_to(TODAY + timedelta(days=1))
        self.assertEqual(self.written(), before)
        self.assertEqual(self.calls_of(self.mill).stake, 205)

    def test_run_when_ten_times_the_customers_then_as_many_statements(self):
        calls = type(self.calls)

        def statements(act=calls._act_on):
            counted = []

            def counting(taker, run, partner_ids):
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                result = act(taker, run, partner_ids)
                counted.append(self.env.cr.sql_log_count - before)
                return result

            with patch.object(calls, "_act_on", counting):
                self.recompute()
            return counted[0]

        statements()
        few = statements()
        self.customers = [
            self.rhythmic(f"Call {number}", self.alice, 10, 80, 60, 40) for number in range(20)
        ]
        self.assertEqual(statements(), few)
        self.assertEqual(len(self.calls_of(*self.customers)), 20)
        self.assertLessEqual(few, 12)

    def test_partial_run_when_customer_is_named_then_only_its_calls_change(self):
        self.criteria.last_run_date = False
        self.recompute()
        self.calls.search([]).unlink()
        run = self.recompute(partner_ids=self.mill.ids)
        self.assertEqual(run.scope, "partial")
        self.assertEqual(self.calls.search([]).partner_id, self.mill)

    def test_replay_when_run_then_no_call_is_opened(self):
        self.runs._replay(self.company, 2)
        self.assertFalse(self.calls.search([]))

    def test_run_when_two_companies_then_each_has_its_own_call(self):
        """In the other company Mill orders each 20 days too, the last one 30 days ago."""
        other = self.env["res.company"].create({"name": "Call Beside"})
        other.segmentation_criteria_id.write({"tz": "UTC", "population": "documents"})
        for days in (70, 50, 30):
            self.fast_order(self.mill, 1000, days_ago(days), company=other)
        self.recompute()
        self.recompute(company=other)
        calls = self.calls_of(self.mill)
        self.assertEqual(calls.mapped("company_id"), self.company | other)
        self.assertEqual(calls.mapped("stake"), [200, 1500])
        seen = self.calls.with_user(self.alice).search([("partner_id", "=", self.mill.id)])
        self.assertEqual(seen, calls[0])

    def test_run_when_other_currency_then_stake_in_that_of_the_company(self):
        """Yen have no decimals: 41 days of 20, × 33.333 → an average order of 33, 67.65 → 68."""
        japan = self.env["res.company"].create(
            {"name": "Call Japan", "currency_id": self.env.ref("base.JPY").id}
        )
        japan.segmentation_criteria_id.write({"tz": "UTC", "population": "documents"})
        factory = self.customer("Call Tokyo")
        for days, amount in ((81, 33), (61, 33), (41, 34)):
            self.fast_order(factory, amount, days_ago(days), company=japan)
        self.recompute(company=japan)
        call = self.calls_of(factory)
        self.assertEqual(call.currency_id, self.env.ref("base.JPY"))
        self.assertEqual((call.usual_order, call.stake), (33, 68))
        self.assertIn(f"usual order {call.currency_id.symbol}{NBSP}33", call.reason_words)

    def test_run_when_late_in_the_evening_then_day_of_the_companys_time_zone(self):
        """Orders at 20:00 UTC are of the next day in Shanghai: due a day later than in UTC."""
        self.criteria.tz = "Asia/Shanghai"
        late = self.customer("Call Late", user_id=self.alice.id)
        for days in (60, 40, 20):
            self.fast_order(late, 10, None, moment=datetime.combine(days_ago(days), time(20)))
        self.recompute()
        self.assertFalse(self.calls_of(late))
        self.go_to(TODAY + timedelta(days=1))
        self.assertEqual(self.calls_of(late).last_order_date, days_ago(19))

    def test_second_live_row_when_inserted_then_the_database_refuses(self):
        self.recompute()
        self.env.flush_all()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.calls_of(self.mill).copy()
            self.env.flush_all()


@tagged("post_install", "-at_install")
class TestReasons(CallCase):
    def setUp(self):
        super().setUp()
        # an order yesterday: not due
        self.fresh = self.rhythmic("Call Fresh", self.alice, 10, 41, 21, 1)

    def test_activity_when_due_today_then_on_the_list_in_words(self):
        self.activity(self.fresh, TODAY, summary="Ask for the drawings")
        self.recompute()
        call = self.calls_of(self.fresh).with_user(self.alice)
        self.assertEqual(call.reason, "activity")
        words = call.with_context(lang="en_US").reason_words.splitlines()
        self.assertEqual(words[0], "Ask for the drawings: due 06/30/2024")
        self.assertEqual(words[1], f"Usually every 20 days, last yesterday; usual order ${NBSP}10")

    def test_activity_when_tomorrow_or_of_somebody_else_then_not(self):
        self.activity(self.fresh, TODAY + timedelta(days=1))
        self.activity(self.fresh, TODAY, user=self.bob)
        self.recompute()
        self.assertFalse(self.calls_of(self.fresh))

    def test_activity_when_on_person_order_or_opportunity_then_of_the_customer(self):
        person = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.fresh.id})
        order_customer = self.rhythmic("Call Quoted", self.alice, 10, 41, 21, 1)
        lead_customer = self.rhythmic("Call Lead", False, 10, 41, 21, 1)
        lead = self.env["crm.lead"].create(
            {"name": "Presses", "partner_id": lead_customer.id, "company_id": self.company.id}
        )
        self.activity(person, TODAY)
        self.activity(self.fast_order(order_customer, 10, TODAY, state="draft"), TODAY)
        self.activity(lead, TODAY)
        self.recompute()
        calls = self.calls_of(self.fresh, order_customer, lead_customer)
        self.assertEqual(calls.partner_id, self.fresh | order_customer | lead_customer)
        self.assertEqual(set(calls.mapped("reason")), {"activity"})

    def test_activity_when_customer_is_unassigned_then_the_call_is_of_whom_it_was_planned_for(self):
        nobodys = self.rhythmic("Call Nobody's", False, 10, 41, 21, 1)
        self.activity(nobodys, TODAY, user=self.bob)
        self.recompute()
        self.assertEqual(self.calls_of(nobodys).user_id, self.bob)
        self.assertTrue(self.calls_of(nobodys).with_user(self.alice).reason_words)

    def test_activity_when_done_in_odoo_then_customer_leaves_within_the_minute(self):
        activity = self.activity(self.fresh, TODAY)
        self.recompute()
        self.empty_queue()
        activity.with_user(self.alice).action_feedback(feedback="Reached")
        self.assertEqual(self.queued(), {self.fresh.id})
        self.recompute(partner_ids=self.fresh.ids)
        self.assertEqual(self.states(self.fresh), ["obsolete"])

    def test_activity_when_on_an_order_or_opportunity_and_done_then_within_the_minute_too(self):
        for make in (
            lambda partner: self.fast_order(partner, 10, TODAY, state="draft"),
            lambda partner: self.env["crm.lead"].create(
                {
                    "name": "Presses",
                    "partner_id": partner.id,
                    "company_id": self.company.id,
                    "user_id": self.alice.id,
                }
            ),
        ):
            customer = self.rhythmic("Call Document", self.alice, 10, 41, 21, 1)
            buyer = self.env["res.partner"].create({"name": "Buyer", "parent_id": customer.id})
            activity = self.activity(make(buyer), TODAY)
            self.recompute()
            self.assertEqual(self.calls_of(customer).reason, "activity")
            self.empty_queue()
            activity.action_feedback(feedback="Reached")
            self.assertEqual(self.queued(), {customer.id})
            self.recompute(partner_ids=customer.ids)
            self.assertEqual(self.states(customer), ["obsolete"])

    def test_activity_when_put_off_or_handed_on_then_customer_leaves_within_the_minute(self):
        for vals in ({"date_deadline": TODAY + timedelta(days=2)}, {"user_id": self.bob.id}):
            customer = self.rhythmic("Call Put Off", self.alice, 10, 41, 21, 1)
            activity = self.activity(customer, TODAY)
            self.recompute()
            self.empty_queue()
            activity.with_user(self.alice).write({"summary": "Ask for the drawings"})
            self.assertFalse(self.queued())
            activity.with_user(self.alice).write(vals)
            with self.subTest(vals=vals):
                self.assertEqual(self.queued(), {customer.id})
                self.recompute(partner_ids=customer.ids)
                self.assertEqual(self.states(customer), ["obsolete"])

    def test_activity_when_many_are_done_then_as_many_statements_as_for_few(self):
        """Ours, beside what Odoo does for each: 4 orders and 40, 4 contacts and 40."""
        customers = [
            self.rhythmic(f"Call {number}", self.alice, 10, 41, 21, 1) for number in range(40)
        ]
        activities = self.env["mail.activity"]
        for customer in customers:
            quotation = self.fast_order(customer, 10, TODAY, state="draft")
            activities |= self.activity(quotation, TODAY) | self.activity(customer, TODAY)
        self.recompute()
        calls = self.calls
        calls._queue_planned(activities)  # fills the registry's caches
        few = self.statements(lambda: calls._queue_planned(activities[:8]))
        self.assertEqual(self.statements(lambda: calls._queue_planned(activities)), few)

    def test_complaint_when_open_then_first_reason_and_gone_when_resolved(self):
        feedback = self.env["customer.segmentation.feedback"].create(
            {"partner_id": self.mill.id, "company_id": self.company.id, "channel": "complaint",
             "date": TODAY, "remark": "Bent brackets"}
        )
        self.recompute()
        call = self.calls_of(self.mill).with_user(self.alice)
        self.assertEqual(call.reason, "complaint")
        self.assertEqual(
            call.reason_words.splitlines()[0], "Open complaint, 06/30/2024: Bent brackets"
        )
        feedback.action_resolve()
        self.recompute()
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.reason), ("open", "overdue"))

    def test_complaint_when_customer_is_snoozed_then_back_at_once(self):
        self.recompute()
        for partner, user in ((self.mill, self.alice), (self.forge, self.bob)):
            call = self.calls_of(partner).with_user(user)
            call._snooze(TODAY + timedelta(days=30), self.answer("holiday"))
        self.env["customer.segmentation.feedback"].create(
            {"partner_id": self.mill.id, "company_id": self.company.id, "channel": "complaint",
             "date": TODAY}
        )
        self.recompute()
        self.assertEqual(self.states(self.mill), ["open"])
        self.assertEqual(self.states(self.forge), ["snoozed"])
        # put off again, it stays off: the complaint is known
        self.calls_of(self.mill).with_user(self.alice)._snooze(TODAY + timedelta(days=2))
        self.recompute()
        self.assertEqual(self.states(self.mill), ["snoozed"])

    def test_low_answer_when_recent_then_on_the_list(self):
        """One star is a score of 0; three stars are 50, which is not low. 14 days back is over."""
        for partner, stars, day in [
            (self.fresh, "1", TODAY),
            (self.mill, "3", TODAY),
            (self.forge, "1", days_ago(14)),
        ]:
            self.env["customer.segmentation.feedback"].create(
                {"partner_id": partner.id, "company_id": self.company.id, "channel": "phone",
                 "date": day, "service_rating": stars}
            )
        self.recompute()
        self.assertEqual(self.calls_of(self.fresh).reason, "low_answer")
        self.assertEqual(self.calls_of(self.mill).reason, "overdue")
        self.assertEqual(self.calls_of(self.forge).reason, "overdue")

    def test_low_answer_when_a_rating_of_odoo_then_on_the_list_in_its_words(self):
        """2 of 5 is a score of 25; 3 is 50, which is not low; asked only is no answer."""
        others = [self.rhythmic(f"Call Rated {n}", self.alice, 50, 5) for n in range(2)]
        for partner, rating, consumed in [
            (self.fresh, 2, True), (others[0], 3, True), (others[1], 1, False)
        ]:
            order = self.env["sale.order"].search([("partner_id", "=", partner.id)], limit=1)
            self.env["rating.rating"].create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("sale.order"),
                    "res_id": order.id,
                    "partner_id": partner.id,
                    "rating": rating,
                    "consumed": consumed,
                    "feedback": "Scratched",
                    "segmentation_rated_on": datetime.combine(TODAY, time(9)),
                }
            )
        self.recompute()
        call = self.calls_of(self.fresh).with_user(self.alice)
        self.assertEqual(call.reason, "low_answer")
        self.assertIn("Scratched", call.reason_words)
        self.assertFalse(self.calls_of(others[0]) | self.calls_of(others[1]))

    def test_activity_when_customer_was_handled_then_a_new_one_brings_it_back(self):
        self.recompute()
        self.calls_of(self.mill).with_user(self.alice).action_done()
        in_three_days = TODAY + timedelta(days=3)
        self.activity(self.mill, in_three_days)
        self.go_to(TODAY + timedelta(days=2))
        self.assertEqual(self.states(self.mill), ["done"])
        self.go_to(in_three_days)
        self.assertEqual(self.states(self.mill), ["done", "open"])
        self.assertEqual(self.calls_of(self.mill)[1].reason, "activity")
