"""Playbooks: each kind of step and each moment, by a clock that is given."""

from datetime import timedelta
from unittest.mock import patch

from cases import SALES_MANAGER, SALESMAN, TODAY, SegmentationCase

from odoo import Command
from odoo.tests import tagged


def day(number):
    """``number`` days after TODAY."""
    return TODAY + timedelta(days=number)


class PlaybookCase(SegmentationCase):
    """Alice sells; her team's leader is Lea. The clock starts on 30 June 2024.

    A customer whose only order is 90 days old is active; a day later it is at risk: the limit
    for those with fewer than three order days is 90 days.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(type(cls.criteria), "_today", lambda criteria: TODAY)
        )
        cls.company.segmentation_playbook_limit = 0
        cls.playbooks = cls.env["customer.segmentation.playbook"]
        cls.playbooks.search([]).action_pause()
        cls.events = cls.env["customer.segmentation.playbook.event"]
        cls.lea = cls.user("playbook_lea", SALESMAN)
        cls.alice = cls.user("playbook_alice", SALESMAN)
        cls.manager = cls.user("playbook_manager", SALES_MANAGER)
        cls.team = cls.env["crm.team"].create(
            {"name": "Playbook Team", "user_id": cls.lea.id, "member_ids": [(4, cls.alice.id)]}
        )
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.at_risk = cls.segment("lifecycle_at_risk")

    @classmethod
    def sleeper(cls, name="Sleeper", days=90, **vals):
        """A customer of Alice that is at risk from the day after ``days`` days of silence."""
        partner = cls.customer(name, **{"user_id": cls.alice.id, **vals})
        cls.order(partner, day=TODAY - timedelta(days=days))
        return partner

    @classmethod
    def playbook(cls, *steps, on=True, **vals):
        playbook = cls.playbooks.create(
            {
                "name": "Test Playbook",
                "segment_id": cls.at_risk.id,
                "cooldown_days": 0,
                "step_ids": [
                    Command.create({"summary": "Ring", "activity_type_id": cls.call.id, **step})
                    for step in steps or [{}]
                ],
                **vals,
            }
        )
        if on:
            playbook._switch_on(TODAY)
        return playbook

    def activities(self, partner):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
        )

    def of(self, playbook, partner=None):
        """The playbook's events, oldest first."""
        domain = [("playbook_id", "=", playbook.id)]
        if partner:
            domain.append(("partner_id", "=", partner.id))
        self.events.invalidate_model()
        return self.events.search(domain, order="id")


@tagged("post_install", "-at_install")
class TestPlaybookActivity(PlaybookCase):
    def test_run_when_customer_enters_then_salesperson_gets_the_activity(self):
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook({"delay_days": 2, "note": "<p>Ask why</p>"})
        self.recompute(as_of=day(0))
        self.assertFalse(self.activities(sleeper))
        self.recompute(as_of=day(1))
        activity = self.activities(sleeper)
        self.assertEqual(len(activity), 1)
        self.assertEqual(activity.user_id, self.alice)
        self.assertEqual(activity.summary, "Ring")
        self.assertEqual(activity.activity_type_id, self.call)
        self.assertEqual(activity.date_deadline, day(3))
        self.assertIn("Ask why", activity.note)
        self.assertTrue(activity.automated)
        event = self.of(playbook)
        self.assertEqual(
            (event.state, event.moment, event.date, event.done_date, event.user_id),
            ("done", "enter", day(1), day(1), self.alice),
        )
        self.assertEqual(event.activity_id, activity)

    def test_run_when_run_twice_then_no_second_activity(self):
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook()
        run = self.recompute(as_of=day(1))
        self.recompute(as_of=day(1))
        playbook._act_on(run)  # the same changes once more
        self.recompute(as_of=day(2))
        self.assertEqual(len(self.activities(sleeper)), 1)
        self.assertEqual(len(self.of(playbook)), 1)

    def test_run_when_nobody_sells_then_leader_then_fallback(self):
        """Alice's customer has a salesperson, her team a leader; nobody's has the fallback."""
        alices, nobodys = self.sleeper("Alice's"), self.sleeper("Nobody's", user_id=False)
        self.recompute()
        self.playbook(
            {"responsible": "team_leader", "summary": "By the leader"},
            {"responsible": "salesperson", "summary": "By the salesperson"},
            {"responsible": "user", "user_id": self.manager.id, "summary": "By name"},
            user_id=self.env.ref("base.user_admin").id,
        )
        self.recompute(as_of=day(1))

        def who(partner):
            return {a.summary: a.user_id.login for a in self.activities(partner)}

        self.assertEqual(
            who(alices),
            {
                "By the leader": "playbook_lea",
                "By the salesperson": "playbook_alice",
                "By name": "playbook_manager",
            },
        )
        self.assertEqual(
            who(nobodys),
            {
                "By the leader": "admin",
                "By the salesperson": "admin",
                "By name": "playbook_manager",
            },
        )

    def test_run_when_salesperson_is_archived_then_the_leader(self):
        sleeper = self.sleeper()
        self.recompute()
        self.playbook()
        self.alice.active = False
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(sleeper).user_id, self.lea)

    def test_run_when_nobody_at_all_then_failed_with_the_reason(self):
        nobodys = self.sleeper("Nobody's", user_id=False)
        self.recompute()
        playbook = self.playbook()
        playbook.user_id = False
        self.recompute(as_of=day(1))
        self.assertFalse(self.activities(nobodys))
        event = self.of(playbook)
        self.assertEqual((event.state, event.reason), ("failed", "no_responsible"))
        playbook.user_id = self.manager
        event.with_user(self.manager).action_retry()
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(nobodys).user_id, self.manager)

    def test_plan_when_it_has_two_lines_then_two_activities_by_their_types(self):
        """The visit is due 5 days after the start by its type, the call at once.

        The call is for whoever we name, the visit for the manager by the plan.
        """
        visit = self.env["mail.activity.type"].create(
            {"name": "Visit", "delay_count": 5, "delay_unit": "days"}
        )
        line = {"delay_count": 5, "delay_from": "after_plan_date"}
        lines = self.env["mail.activity.plan.template"]
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Back to us",
                "res_model": "res.partner",
                "template_ids": [
                    Command.create({"activity_type_id": self.call.id, "summary": "Ask"}),
                    Command.create(
                        {
                            "activity_type_id": visit.id,
                            "summary": "See",
                            "responsible_type": "other",
                            "responsible_id": self.manager.id,
                            # later series keep the delay here
                            **{name: value for name, value in line.items() if name in lines},
                        }
                    ),
                ],
            }
        )
        self.call.delay_count = 0
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook({"kind": "plan", "plan_id": plan.id, "delay_days": 1})
        self.recompute(as_of=day(1))
        found = {a.summary: (a.user_id, a.date_deadline) for a in self.activities(sleeper)}
        self.assertEqual(found, {"Ask": (self.alice, day(2)), "See": (self.manager, day(7))})
        self.assertEqual(len(self.of(playbook)), 1)

    def test_pricelist_when_customer_enters_then_proposed_and_not_given(self):
        pricelist = self.env["product.pricelist"].create({"name": "Come Back"})
        sleeper = self.sleeper()
        before = sleeper.property_product_pricelist
        self.recompute()
        self.playbook({"kind": "pricelist", "pricelist_id": pricelist.id, "summary": False})
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(sleeper).summary, "Propose the pricelist Come Back")
        self.assertEqual(sleeper.property_product_pricelist, before)


@tagged("post_install", "-at_install")
class TestPlaybookMoments(PlaybookCase):
    def test_leave_when_customer_orders_again_then_activity(self):
        sleeper = self.sleeper(days=95)
        self.recompute()
        self.playbook({"moment": "leave", "summary": "Thank"})
        self.order(sleeper, day=day(1))
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(sleeper).summary, "Thank")

    def test_stay_when_no_contact_for_n_days_then_activity_again_and_again(self):
        """Never contacted: due at once. Then every 30 days, counted from the last one."""
        sleeper = self.sleeper(days=95)
        self.recompute()
        playbook = self.playbook({"moment": "stay", "cadence_days": 30}, only_new_members=False)
        self.recompute(as_of=day(0))
        activity = self.activities(sleeper)
        self.assertEqual(len(activity), 1)
        activity.unlink()  # cancelled: no contact
        for number, expected in [(1, 0), (29, 0), (30, 1), (31, 1)]:
            self.recompute(as_of=day(number))
            self.assertEqual(len(self.activities(sleeper)), expected, number)
        self.assertEqual(self.of(playbook).mapped("date"), [day(0), day(30)])

    def test_stay_when_last_one_is_still_open_then_no_second(self):
        sleeper = self.sleeper(days=95)
        self.recompute()
        playbook = self.playbook({"moment": "stay", "cadence_days": 30}, only_new_members=False)
        self.recompute(as_of=day(0))
        self.recompute(as_of=day(60))
        self.assertEqual(len(self.activities(sleeper)), 1)
        self.assertEqual(len(self.of(playbook)), 1)

    def test_stay_when_contacted_then_counted_from_the_contact(self):
        """The salesperson wrote on day 10: due again on day 40, not on day 39."""
        sleeper = self.sleeper(days=95)
        self.recompute()
        self.playbook({"moment": "stay", "cadence_days": 30}, only_new_members=False)
        self.recompute(as_of=day(0))
        self.activities(sleeper).unlink()
        message = sleeper.message_post(
            body="We talked",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.alice.partner_id.id,
        )
        message.date = f"{day(10)} 12:00:00"
        self.env.flush_all()
        self.recompute(as_of=day(39))
        self.assertFalse(self.activities(sleeper))
        self.recompute(as_of=day(40))
        self.assertEqual(len(self.activities(sleeper)), 1)

    def test_stay_when_only_new_members_then_from_the_day_of_entering(self):
        """Entered on day 1: due on day 31. Who was there before never is."""
        old, new = self.sleeper("Old", days=120), self.sleeper("New", days=90)
        self.recompute()
        self.playbook({"moment": "stay", "cadence_days": 30})
        self.recompute(as_of=day(1))
        self.recompute(as_of=day(30))
        self.assertFalse(self.activities(new))
        self.recompute(as_of=day(31))
        self.assertEqual(len(self.activities(new)), 1)
        self.assertFalse(self.activities(old))

    def test_switch_on_when_all_members_then_those_of_now_are_enrolled(self):
        old = self.sleeper("Old", days=120)
        self.recompute()
        playbook = self.playbook(only_new_members=False)
        self.assertEqual(self.of(playbook).state, "queued")
        self.recompute()
        self.assertEqual(len(self.activities(old)), 1)

    def test_switch_on_when_only_new_members_then_nobody_of_now(self):
        old = self.sleeper("Old", days=120)
        self.recompute()
        playbook = self.playbook()
        self.recompute()
        self.assertFalse(self.activities(old))
        self.assertFalse(self.of(playbook))

    def test_first_fill_when_playbook_is_on_then_nothing(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        self.env.user.company_ids |= company
        self.playbook({}, {"moment": "leave"})
        sleeper = self.customer("First", user_id=self.alice.id)
        self.order(sleeper, day=TODAY - timedelta(days=100), company=company)
        run = self.recompute(company)
        self.assertGreater(run.customers_read, 0)
        self.assertFalse(self.events.search([("company_id", "=", company.id)]))

    def test_replay_when_playbook_is_on_then_nothing(self):
        self.sleeper(days=400)
        self.recompute()
        playbook = self.playbook({}, {"moment": "leave"})
        run = self.runs._replay(self.company, 14)
        self.assertGreater(run.history_count, 0)
        self.recompute()
        self.assertFalse(self.of(playbook))

    def test_pause_when_customer_enters_then_nothing_also_later(self):
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook()
        playbook.with_user(self.manager).action_pause()
        self.recompute(as_of=day(1))
        playbook.with_user(self.manager).action_resume()
        self.recompute(as_of=day(2))
        self.assertFalse(self.activities(sleeper))
        self.assertFalse(self.of(playbook))

    def test_reentry_when_not_wanted_then_once_only(self):
        self.assert_second_time(1, [("done", False), ("skipped", "reentry")], reentry=False)

    def test_reentry_when_wanted_then_again(self):
        self.assert_second_time(2, [("done", False), ("done", False)])

    def test_cooldown_when_back_within_it_then_skipped(self):
        """At risk on day 1, bought on day 10, at risk again on day 101: 100 days after day 1."""
        self.assert_second_time(
            1, [("done", False), ("skipped", "cooldown")], cooldown_days=101
        )

    def test_cooldown_when_back_on_its_last_day_then_again(self):
        self.assert_second_time(2, [("done", False), ("done", False)], cooldown_days=100)

    def assert_second_time(self, activities, outcomes, **vals):
        """Enter on day 1, leave on day 10, enter again on day 101 (91 days after day 10)."""
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook(**vals)
        self.recompute(as_of=day(1))
        made = len(self.activities(sleeper))
        self.activities(sleeper).unlink()
        self.order(sleeper, day=day(10))
        self.recompute(as_of=day(10))
        self.recompute(as_of=day(100))
        self.recompute(as_of=day(101))
        self.assertEqual(self.profile(sleeper).lifecycle_segment_id, self.at_risk)
        self.assertEqual(made + len(self.activities(sleeper)), activities)
        self.assertEqual(
            [(event.state, event.reason) for event in self.of(playbook)], outcomes
        )
        self.assertEqual(self.of(playbook)[-1].date, day(101))

    def test_reentry_when_the_last_activity_is_open_then_no_second(self):
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook()
        self.recompute(as_of=day(1))
        self.order(sleeper, day=day(10))
        self.recompute(as_of=day(10))
        self.recompute(as_of=day(101))
        self.assertEqual(len(self.activities(sleeper)), 1)
        self.assertEqual(self.of(playbook).mapped("reason"), [False, "open"])

    def test_partial_run_when_customer_enters_then_activity_within_the_minute(self):
        """A customer of 95 days is moved by hand: the partial run that follows acts at once."""
        sleeper = self.sleeper(days=10)
        self.recompute()
        playbook = self.playbook()
        self.env["customer.segmentation.override"]._set(
            self.profile(sleeper),
            self.at_risk,
            self.env.ref("customer_segmentation.override_reason_knowledge"),
        )
        self.recompute(partners=sleeper)
        self.assertEqual(len(self.of(playbook)), 1)
        self.assertEqual(len(self.activities(sleeper)), 1)
