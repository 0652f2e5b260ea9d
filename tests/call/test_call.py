"""The call list: who comes onto it and why, how people take customers off it, what is at stake.

The clock stands on Sunday, 30 June 2024. The company's median interval is kept at what a test's
full run finds; the usual interval of a customer is (t + 2·m0) / (x + 2), with x = order days − 1.
"""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase, days_ago
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

NBSP = "\N{NO-BREAK SPACE}"


class CallCase(DocumentCase):
    """Two customers of the rhythm of 20 days, one of Alice's and one of Bob's.

    Mill (Alice's): orders of 100 each 80, 60 and 40 days ago. t = 40 days, x = 2.
    Forge (Bob's): orders of 250 each 90, 70 and 50 days ago. t = 40 days, x = 2.
    Median of t/x: 20 days, so both have (40 + 2·20) / (2 + 2) = 20 days as their usual interval.
    Mill was due 20 days ago: 40 / 20 = 2 × 100 = 200 at stake; Forge 50 / 20 = 2.5 × 250 = 625.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Call Company"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.company.id]}
        )
        cls.criteria = cls.company.segmentation_criteria_id.with_env(cls.env)
        cls.criteria.write({"tz": "UTC", "population": "documents"})
        cls.runs = cls.runs.with_env(cls.env)
        cls.profiles = cls.profiles.with_env(cls.env)
        cls.calls = cls.env["customer.segmentation.call"]
        cls.product = cls.product.with_env(cls.env)
        cls.today = TODAY
        cls.startClassPatcher(patch.object(type(cls.criteria), "_today", lambda self: cls.today))
        cls.alice = cls.user("call_alice", SALESMAN)
        cls.bob = cls.user("call_bob", SALESMAN)
        cls.chief = cls.user("call_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("call_manager", SALES_MANAGER)
        cls.mill = cls.rhythmic("Call Mill", cls.alice, 100, 80, 60, 40)
        cls.forge = cls.rhythmic("Call Forge", cls.bob, 250, 90, 70, 50)

    @classmethod
    def rhythmic(cls, name, user, amount, *days, company=None, **vals):
        partner = cls.customer(name, user_id=user.id if user else False, **vals)
        for days_before in days:
            cls.fast_order(partner, amount, days_ago(days_before), company=company)
        return partner

    @classmethod
    def fast_order(cls, partner, amount, day, **kwargs):
        """An order in SQL: without Odoo's own work on a confirmation."""
        return cls.env["sale.order"].browse(cls.insert_order(partner, day, amount, **kwargs))

    def go_to(self, day):
        """It is ``day`` now; the night's run has been."""
        type(self).today = day
        self.addCleanup(setattr, type(self), "today", TODAY)
        return self.recompute(as_of=day)

    def calls_of(self, *partners, **domain):
        """All calls of the customers, the oldest first."""
        self.calls.invalidate_model()
        ids = [partner.id for partner in partners]
        return self.calls.search([("partner_id", "in", ids)], order="id")

    def states(self, partner):
        return self.calls_of(partner).mapped("state")

    def answer(self, name):
        return self.env.ref(f"customer_segmentation.call_reason_{name}")

    def written(self):
        """Rows of the table written by this transaction so far."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT n_tup_ins + n_tup_upd + n_tup_del
                 FROM pg_stat_xact_user_tables WHERE relname = 'customer_segmentation_call'"""
        )
        return self.env.cr.fetchone()[0]


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

            def counting(taker, run):
                self.env.flush_all()
                before = self.env.cr.sql_log_count
                result = act(taker, run)
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
        self.criteria.with_context(segmentation_run=True).last_run_date = False
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
        """Yen have no decimals: 41 days of 20, × 33.333 → an average order of 33 yen, 67.65 → 68."""
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
    @classmethod
    def activity(cls, record, deadline, user=None, **vals):
        return cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": cls.env.ref("mail.mail_activity_data_call").id,
                "date_deadline": deadline,
                "user_id": (user or cls.alice).id,
                **vals,
            }
        )

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
        self.assertEqual((call.last_order_date, call.stake), (days_ago(40), 200))
        self.go_to(TODAY + timedelta(days=5))
        self.assertEqual(self.calls_of(self.mill).stake, 200)

    def test_order_when_entered_late_and_next_one_is_due_already_then_stays(self):
        """An order of 30 days ago: t = 50, x = 3, (50 + 2·20) / 5 = 18 days: due 12 days ago."""
        self.fast_order(self.mill, 100, days_ago(30))
        self.recompute(partner_ids=self.mill.ids)
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.last_order_date), ("open", days_ago(30)))
        self.assertAlmostEqual(call.stake, 166.67, 6)

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

    def test_done_when_customer_orders_then_back_when_due_again(self):
        """An order on the day of the call: t = 80, x = 3, (80 + 2·m0) / 5 with m0 = 20 (the median
        of Mill's 80/3 and Forge's 20 is 23.33, in whole days 23): (80 + 46) / 5 = 25.2 days.
        25 days later, on 25 July, it is due; the 14 days play no part."""
        self.call.action_done()
        self.fast_order(self.mill, 100, TODAY)
        self.go_to(date(2024, 7, 24))
        self.assertEqual(self.states(self.mill), ["done"])
        self.go_to(date(2024, 7, 25))
        self.assertEqual(self.states(self.mill), ["done", "open"])

    def test_done_when_rhythm_is_short_then_back_before_the_14_days(self):
        """Orders each 2 days, the last one 4 days ago; one on the day of the call. m0: the median
        of 2, 20 and 20 is 20. Before: t = 20, x = 10, (20 + 40) / 12 = 5: due in a day.
        After: t = 24, x = 11, (24 + 40) / 13 = 4.92, 5 days: due on 6 July (1 + 5)."""
        quick = self.rhythmic("Call Quick", self.alice, 10, *range(4, 26, 2))
        day = TODAY + timedelta(days=1)
        self.go_to(day)
        self.calls_of(quick).with_user(self.alice).action_done()
        self.fast_order(quick, 10, day)
        self.go_to(date(2024, 7, 5))
        self.assertEqual(self.states(quick), ["done"])
        self.go_to(date(2024, 7, 6))
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
        make = TestReasons.activity.__func__
        make(type(self), self.mill, TODAY, summary="Call")
        mail = make(
            type(self), self.mill, TODAY, summary="Mail",
            activity_type_id=self.env.ref("mail.mail_activity_data_email").id,
        )
        of_bob = make(type(self), self.mill, TODAY, user=self.bob, summary="Bob's")
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
        self.assertEqual((call.state, call.closed_date, call.closed_by_id.id), ("open", False, False))
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


@tagged("post_install", "-at_install")
class TestButtons(CallCase):
    def setUp(self):
        super().setUp()
        self.recompute()
        self.call = self.calls_of(self.mill).with_user(self.alice)
        self.of_bob = self.calls_of(self.forge).with_user(self.alice)

    def wizard(self, action, user=None, **vals):
        """The dialog that a button opens, filled in."""
        return (
            self.env[action["res_model"]]
            .with_user(user or self.alice)
            .with_context(**action["context"])
            .create(vals)
        )

    def test_call_when_dialled_then_counted_and_asked_how_it_went(self):
        action = self.call.action_called()
        call = self.calls_of(self.mill)
        self.assertEqual((call.attempt_count, call.attempt_date, call.state), (1, TODAY, "open"))
        self.wizard(action, outcome="quotation", note="Two pallets").action_done()
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.outcome, call.note), ("done", "quotation", "Two pallets"))

    def test_call_when_not_reached_then_again_tomorrow(self):
        self.wizard(self.call.action_called()).action_not_reached()
        call = self.calls_of(self.mill)
        self.assertEqual(
            (call.state, call.snoozed_until, call.answer_id),
            ("snoozed", date(2024, 7, 1), self.answer("not_reached")),
        )
        self.assertFalse(self.profile(self.mill).last_contact_date)

    def test_snooze_when_a_week_is_tapped_then_until_then(self):
        wizard = self.wizard(self.call.action_snooze(), answer_id=self.answer("later").id)
        wizard.with_context(snooze_days=7).action_snooze_days()
        self.assertEqual(self.calls_of(self.mill).snoozed_until, date(2024, 7, 7))

    def test_snooze_when_a_day_is_chosen_then_until_it(self):
        wizard = self.wizard(self.call.action_snooze())
        with self.assertRaisesRegex(UserError, "Choose the day"):
            wizard.action_snooze()
        wizard.until_date = date(2024, 8, 1)
        wizard.action_snooze()
        self.assertEqual(self.calls_of(self.mill).snoozed_until, date(2024, 8, 1))

    def test_not_interested_when_no_reason_then_asked_for_it(self):
        wizard = self.wizard(self.call.action_not_interested())
        self.assertEqual(wizard.quiet_until, date(2024, 9, 28))
        with self.assertRaisesRegex(UserError, "Choose why"):
            wizard.action_not_interested()
        wizard.answer_id = self.answer("competitor")
        wizard.action_not_interested()
        self.assertEqual(self.states(self.mill), ["not_interested"])

    def test_schedule_when_planned_then_returns_on_that_day(self):
        action = self.call.action_schedule()
        wizard = self.wizard(
            action,
            activity_type_id=self.env.ref("mail.mail_activity_data_call").id,
            date_deadline=date(2024, 7, 4),
            activity_user_id=self.alice.id,
            summary="Again",
        )
        wizard.action_schedule_activities()
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.snoozed_until), ("snoozed", date(2024, 7, 4)))
        self.assertEqual(self.mill.activity_ids.summary, "Again")
        self.assertEqual(self.profile(self.mill).next_activity_date, date(2024, 7, 4))

    def test_log_feedback_when_pressed_then_dialog_of_the_customer(self):
        action = self.call.action_log_feedback()
        self.assertEqual(action["context"]["default_partner_id"], self.mill.id)
        self.assertEqual(action["context"]["default_company_id"], self.company.id)

    def test_open_quotations_when_one_then_its_form(self):
        quotation = self.fast_order(self.mill, 70, TODAY, state="sent")
        quotation.user_id = self.alice
        action = self.call.action_open_quotations()
        self.assertEqual((action["res_id"], action["view_mode"]), (quotation.id, "form"))

    def test_done_when_several_are_selected_then_all(self):
        self.forge.user_id = self.alice
        (self.call | self.of_bob).action_done()
        self.assertEqual(self.calls_of(self.mill, self.forge).mapped("state"), ["done", "done"])

    def test_button_when_closed_already_then_told_by_whom(self):
        self.call.with_user(self.chief).action_done()
        self.call.invalidate_recordset()
        for button in ("action_done", "action_called", "action_snooze", "action_not_interested",
                       "action_schedule"):
            with (
                self.subTest(button=button),
                self.assertRaisesRegex(UserError, r"closed already \(Done, call_chief"),
            ):
                getattr(self.call, button)()

    def test_button_when_another_salesmans_call_then_refused(self):
        buttons = ("action_done", "action_called", "action_snooze", "action_not_interested",
                   "action_schedule", "action_reopen", "action_log_feedback",
                   "action_open_quotations", "action_open_partner")
        for button in buttons:
            with self.subTest(button=button), self.assertRaises(AccessError):
                getattr(self.of_bob, button)()
        self.assertEqual(self.states(self.forge), ["open"])

    def test_wizard_when_made_for_another_salesmans_call_then_refused(self):
        for kind, method, vals in [
            ("result", "action_done", {}),
            ("result", "action_not_reached", {}),
            ("snoozed", "action_snooze", {"until_date": date(2024, 8, 1)}),
            ("snoozed", "action_snooze_days", {}),
            ("not_interested", "action_not_interested", {"answer_id": self.answer("price").id}),
        ]:
            with self.subTest(method=method), self.assertRaises(AccessError):
                wizard = self.wizard(
                    {
                        "res_model": "customer.segmentation.call.wizard",
                        "context": {
                            "default_call_ids": self.of_bob.ids,
                            "default_kind": kind,
                        },
                    },
                    **vals,
                )
                getattr(wizard, method)()
        self.assertEqual(self.states(self.forge), ["open"])

    def test_schedule_when_context_names_anothers_call_then_refused(self):
        with self.assertRaises(AccessError):
            self.env["mail.activity"].with_user(self.alice).with_context(
                segmentation_call_ids=self.of_bob.ids
            ).create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": self.mill.id,
                    "date_deadline": date(2024, 8, 1),
                }
            )

    def test_table_when_written_by_a_person_then_refused(self):
        for user in (self.alice, self.chief, self.manager):
            call = self.call.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    call.write({"state": "done"})
                with self.assertRaises(AccessError):
                    call.unlink()
                with self.assertRaises(AccessError):
                    call.create({"partner_id": self.forge.id})

    def test_search_when_salesman_then_own_and_unassigned(self):
        nobodys = self.rhythmic("Call Nobody's", False, 10, 80, 60, 40)
        self.recompute()
        ours = [("partner_id", "in", (self.mill | self.forge | nobodys).ids)]
        for user, expected in [
            (self.alice, self.mill | nobodys),
            (self.bob, self.forge | nobodys),
            (self.chief, self.mill | self.forge | nobodys),
            (self.manager, self.mill | self.forge | nobodys),
        ]:
            for model in ("customer.segmentation.call", "customer.segmentation.call.report"):
                with self.subTest(user=user.login, model=model):
                    self.assertEqual(
                        self.env[model].with_user(user).search(ours).sudo().partner_id, expected
                    )

    def test_search_when_no_group_or_other_company_then_nothing(self):
        plain = self.user("call_plain", "base.group_user")
        for model in ("customer.segmentation.call", "customer.segmentation.call.report"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(plain).search([])
        with self.assertRaises(AccessError):
            self.call.with_user(plain).action_done()
        other = self.env["res.company"].create({"name": "Call Elsewhere"})
        neighbour = self.user("call_neighbour", SALES_MANAGER, other)
        calls = self.calls.with_user(neighbour).with_context(allowed_company_ids=other.ids)
        self.assertFalse(calls.search([]))
        with self.assertRaises(AccessError):
            calls.browse(self.call.id).action_done()


@tagged("post_install", "-at_install")
class TestShown(CallCase):
    def setUp(self):
        super().setUp()
        self.recompute()
        self.call = self.calls_of(self.mill).with_user(self.alice)

    def test_list_when_ordered_then_by_what_is_at_stake(self):
        """Forge 625, Mill 200, Press 70 / 20 × 10 = 35 (orders 110, 90 and 70 days ago)."""
        press = self.rhythmic("Call Press", self.alice, 10, 110, 90, 70)
        self.recompute()
        found = self.calls.search([("state", "=", "open")])
        self.assertEqual(found.mapped("partner_id.name"), ["Call Forge", "Call Mill", "Call Press"])
        self.assertEqual(found.mapped("stake"), [625, 200, 35])
        found = self.calls.search([("state", "=", "open")], order="stake, id")
        self.assertEqual(found[0].partner_id, press)

    def test_group_when_summed_then_the_stakes(self):
        groups = self.calls._read_group(
            [("state", "=", "open")], ["user_id"], ["stake:sum", "__count"], order="user_id"
        )
        self.assertEqual(
            {user: (float(stake), count) for user, stake, count in groups},
            {self.alice: (200, 1), self.bob: (625, 1)},
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

    def test_words_when_overdue_then_rhythm_and_usual_order(self):
        self.assertEqual(
            self.call.reason_words,
            f"Usually every 20 days, last 40 days ago; usual order ${NBSP}100",
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
        self.assertEqual((calls.quotation_count, calls.stake), (0, 20))
        self.assertTrue(calls.reason_words)
        self.assertFalse(calls.next_product_id)

    def test_stake_when_the_last_run_was_of_another_day_then_of_that_day(self):
        """The list is of the day of the run that made it: 200 on 30 June, not 205 of the day
        after."""
        type(self).today = TODAY + timedelta(days=1)
        self.addCleanup(setattr, type(self), "today", TODAY)
        self.env.invalidate_all()
        self.assertEqual(self.call.stake, 200)
        self.assertIn("last 40 days ago", self.call.reason_words)
        self.assertEqual(self.calls._read_group([], [], ["stake:sum"])[0][0], 825)

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

    def test_page_when_40_calls_then_at_most_20_statements(self):
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
        ]
        calls = self.calls.with_user(self.alice)

        def read(count):
            found = calls.search_fetch([("state", "=", "open")], [], limit=count)
            self.assertEqual(len(found.read(names)), count)

        self.statements(lambda: read(4))  # rights and rules are kept from now on
        few = self.statements(lambda: read(4))
        self.assertEqual(self.statements(lambda: read(40)), few)
        self.assertLessEqual(few, 20)


@tagged("post_install", "-at_install")
class TestAnalysis(CallCase):
    def test_pivot_when_some_are_handled_then_share_stake_and_days(self):
        """Alice: Mill done on the day it came. Bob: Forge is open since 4 days.

        Forge's stake on the fourth day: 54 / 20 × 250 = 675; Mill's stays 200."""
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
                (team, self.alice, "done"): (1, 200, 100, 0),
                (team, self.bob, "open"): (1, 675, 0, 4),
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
