"""Playbooks: each kind of step and each moment, by a clock that is given."""

from datetime import timedelta
from unittest.mock import patch

from common import ALL_DOCUMENTS, SALESMAN, TODAY, migrate
from playbook_case import PlaybookCase, day

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger


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
        nobody = self.env["res.users"]
        with patch.object(type(self.criteria), "_get_responsible", lambda criteria: nobody):
            self.recompute(as_of=day(1))
        self.assertFalse(self.activities(nobodys))
        event = self.of(playbook)
        self.assertEqual((event.state, event.reason), ("failed", "no_responsible"))
        playbook.user_id = self.manager
        event.with_user(self.manager).action_retry()
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(nobodys).user_id, self.manager)

    def test_run_when_the_robot_or_who_has_left_is_named_then_the_manager_in_charge(self):
        """Neither OdooBot nor who is archived, a portal user or of another company gets a task."""
        robot = self.env.ref("base.user_root")
        portal = self.user("playbook_portal", "base.group_portal")
        beside = self.env["res.company"].create({"name": "Playbook Beside"})
        stranger = self.user("playbook_stranger", SALESMAN, beside)
        gone = self.user("playbook_gone", SALESMAN)
        named = {
            user: self.sleeper(f"Of {user.login}", user_id=user.id)
            for user in (robot, portal, stranger, gone)
        }
        nobodys = self.sleeper("Nobody's", user_id=False)
        self.recompute()
        book = self.playbook({}, {"responsible": "user", "user_id": gone.id}, user_id=robot.id)
        gone.active = False
        self.criteria.responsible_id = self.manager
        self.recompute(as_of=day(1))
        for partner in (*named.values(), nobodys):
            with self.subTest(partner=partner.name):
                users = self.activities(partner).mapped("user_id.login")
                self.assertEqual(users, ["playbook_manager"])
                self.assertEqual(len(self.activities(partner)), 2)
        self.assertEqual(set(self.of(book).mapped("state")), {"done"})

    def test_run_when_the_manager_in_charge_has_a_limit_then_the_rest_waits(self):
        self.company.segmentation_playbook_limit = 2
        self.criteria.responsible_id = self.manager
        partners = [self.sleeper(f"Nobody's {number}", user_id=False) for number in range(3)]
        self.recompute()
        book = self.playbook()
        for number, done in ((1, 2), (2, 3)):
            self.recompute(as_of=day(number))
            states = self.of(book).mapped("state")
            self.assertEqual(states.count("done"), done)
            self.assertEqual(self.of(book).user_id, self.manager)
        self.assertEqual(len(partners), 3)

    def test_switch_on_when_by_a_salesperson_then_the_fallback_and_by_a_program_not(self):
        robot = self.env.ref("base.user_root")
        program = self.user(
            "playbook_program", "base.group_user,customer_segmentation.group_manager"
        )
        book = self.playbook(on=False)
        for user, fallback in ((robot, False), (program, False), (self.manager, self.manager)):
            with self.subTest(user=user.login):
                book.with_user(user).action_pause()
                book.with_user(user).action_resume()
                self.assertFalse(book.paused)
                self.assertEqual(book.user_id.id, fallback and fallback.id)

    def test_plan_when_it_names_who_has_left_then_our_responsible(self):
        gone = self.user("playbook_gone", SALESMAN)
        plan = self.env["mail.activity.plan"].create(
            {
                "name": "Back to us",
                "res_model": "res.partner",
                "template_ids": [
                    Command.create(
                        {
                            "activity_type_id": self.call.id,
                            "responsible_type": "other",
                            "responsible_id": gone.id,
                        }
                    )
                ],
            }
        )
        sleeper = self.sleeper()
        self.recompute()
        self.playbook({"kind": "plan", "plan_id": plan.id})
        gone.active = False
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(sleeper).user_id, self.alice)

    def test_retry_when_the_person_objects_meanwhile_then_not_done(self):
        zhang = self.sleeper("Zhang", user_id=False, is_company=False)
        li = self.sleeper("Li", user_id=False, is_company=False)
        self.recompute()
        book = self.playbook()
        nobody = self.env["res.users"]
        with patch.object(type(self.criteria), "_get_responsible", lambda criteria: nobody):
            self.recompute(as_of=day(1))
        zhang.segmentation_objected = True
        self.of(book).with_user(self.manager).action_retry()
        event = self.of(book, zhang)
        self.assertEqual((event.state, event.reason), ("skipped", "objects"))
        self.assertEqual(self.of(book, li).state, "queued")

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
        pricelist = self.pricelist()
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
        run = self.recompute(company=company)
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
        self.recompute(partner_ids=sleeper.ids)
        self.assertEqual(len(self.of(playbook)), 1)
        self.assertEqual(len(self.activities(sleeper)), 1)


@tagged("post_install", "-at_install")
class TestPlaybookMessage(PlaybookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.partner_id.email = "works@example.com"
        cls.template = cls.env["mail.template"].create(
            {
                "name": "We miss you",
                "model_id": cls.env["ir.model"]._get_id("res.partner"),
                "subject": "A word to {{ object.name }}",
                "body_html": "<p>Dear <t t-out=\"object.name\"/></p>",
                "auto_delete": False,
            }
        )

    def message_playbook(self, **vals):
        return self.playbook({"kind": "message", "template_id": self.template.id}, **vals)

    def mails_to(self, partner):
        return self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])

    def test_message_when_customer_enters_then_one_mail_from_the_company(self):
        sleeper = self.sleeper(email="buyer@example.com")
        self.recompute()
        playbook = self.message_playbook()
        self.recompute(as_of=day(1))
        self.recompute(as_of=day(2))
        mail = self.mails_to(sleeper)
        self.assertEqual(len(mail), 1)
        self.assertEqual(mail.subject, "A word to Sleeper")
        self.assertIn("Dear Sleeper", mail.body_html)
        self.assertIn("works@example.com", mail.email_from)
        self.assertEqual((mail.model, mail.res_id), ("res.partner", sleeper.id))
        event = self.of(playbook)
        self.assertEqual(
            (event.state, event.mail_id, event.recipient_id), ("done", mail, sleeper)
        )

    def test_message_when_nobody_may_be_written_to_then_the_reason(self):
        """Without an address, on the blacklist, objecting; and one who may."""
        without = self.sleeper("Without")
        blocked = self.sleeper("Blocked", email="Blocked <blocked@example.com>")
        objecting = self.sleeper("Objecting", email="objecting@example.com")
        fine = self.sleeper("Fine", email="fine@example.com")
        self.env["mail.blacklist"].create({"email": "blocked@example.com"})
        self.patch(
            type(self.env["res.partner"]),
            "_segmentation_refusing_messages",
            lambda partners: partners & objecting,
        )
        self.recompute()
        playbook = self.message_playbook()
        self.recompute(as_of=day(1))
        outcomes = {
            event.partner_id: (event.state, event.reason) for event in self.of(playbook)
        }
        self.assertEqual(
            outcomes,
            {
                without: ("skipped", "no_email"),
                blocked: ("skipped", "blacklisted"),
                objecting: ("skipped", "objects"),
                fine: ("done", False),
            },
        )
        for partner in (without, blocked, objecting):
            self.assertFalse(self.mails_to(partner))
        self.assertEqual(len(self.mails_to(fine)), 1)

    def test_message_when_only_a_contact_has_an_address_then_to_the_contact(self):
        sleeper = self.sleeper()
        buyer = self.env["res.partner"].create(
            {"name": "Buyer", "parent_id": sleeper.id, "email": "buyer@example.com"}
        )
        self.recompute()
        playbook = self.message_playbook()
        self.recompute(as_of=day(1))
        self.assertEqual(self.mails_to(buyer).subject, "A word to Buyer")
        self.assertEqual(self.of(playbook).recipient_id, buyer)

    def test_message_when_one_of_three_fails_then_the_others_get_it(self):
        """The template divides by zero for one of them."""
        self.template.subject = "{{ 6 // (object.name != 'Bad') }} words"
        good = self.sleeper("Good", email="good@example.com")
        bad = self.sleeper("Bad", email="bad@example.com")
        fine = self.sleeper("Fine", email="fine@example.com")
        self.recompute()
        playbook = self.playbook(
            {"kind": "message", "template_id": self.template.id, "sequence": 1},
            {"sequence": 2},
        )
        with mute_logger("odoo.addons.mail.models.mail_render_mixin"):
            run = self.runs._recompute(self.company, as_of=day(1))
        self.assertEqual(self.mails_to(good).subject, "6 words")
        self.assertEqual(self.mails_to(fine).subject, "6 words")
        self.assertFalse(self.mails_to(bad))
        event = self.of(playbook, bad).filtered(lambda e: e.step_id.kind == "message")
        self.assertEqual((event.state, event.reason), ("failed", "error"))
        self.assertTrue(event.error)
        self.assertEqual(run.state, "warning")
        self.assertIn("Test Playbook", run.message)
        # the other step is not stopped, neither for the customer that failed
        self.assertEqual(len(self.activities(bad)), 1)

    def test_message_when_mail_could_not_be_sent_then_shown_on_the_event(self):
        sleeper = self.sleeper(email="buyer@example.com")
        self.recompute()
        playbook = self.message_playbook()
        self.recompute(as_of=day(1))
        self.mails_to(sleeper).write(
            {"state": "exception", "failure_reason": "The mailbox is full"}
        )
        self.recompute(as_of=day(2))
        event = self.of(playbook)
        self.assertEqual((event.state, event.error), ("failed", "The mailbox is full"))


@tagged("post_install", "-at_install")
class TestPlaybookTagAndPriority(PlaybookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tag = cls.env["res.partner.category"].create({"name": "Call back"})

    def test_tag_when_entering_and_leaving_then_given_and_taken(self):
        sleeper = self.sleeper()
        self.recompute()
        self.playbook({"kind": "tag", "category_id": self.tag.id})
        self.recompute(as_of=day(1))
        self.assertEqual(sleeper.category_id, self.tag)
        self.order(sleeper, day=day(2))
        self.recompute(as_of=day(2))
        self.assertFalse(sleeper.category_id)

    def test_tag_when_it_stays_then_not_taken(self):
        sleeper = self.sleeper()
        self.recompute()
        self.playbook({"kind": "tag", "category_id": self.tag.id, "remove_on_leave": False})
        self.recompute(as_of=day(1))
        self.order(sleeper, day=day(2))
        self.recompute(as_of=day(2))
        self.assertEqual(sleeper.category_id, self.tag)

    def test_tag_when_a_person_gave_it_before_then_not_taken(self):
        sleeper = self.sleeper()
        sleeper.category_id = self.tag
        self.recompute()
        playbook = self.playbook({"kind": "tag", "category_id": self.tag.id})
        self.recompute(as_of=day(1))
        self.order(sleeper, day=day(2))
        self.recompute(as_of=day(2))
        self.assertEqual(sleeper.category_id, self.tag)
        self.assertEqual(self.of(playbook).mapped("reason"), ["has_tag", "no_tag"])

    def test_priority_when_customer_is_in_the_segment_then_new_orders_get_the_star(self):
        inside, outside = self.sleeper("In", days=95), self.sleeper("Out", days=5)
        self.recompute()
        playbook = self.playbook({"kind": "priority", "moment": "stay"})
        self.assertEqual(self.quotation(inside).segmentation_priority, "1")
        self.assertFalse(self.quotation(outside).segmentation_priority)
        # also where the buyer is a contact of the customer, and the form gave the default
        buyer = self.env["res.partner"].create({"name": "Buyer", "parent_id": inside.id})
        order = self.quotation(buyer, segmentation_priority="0")
        self.assertEqual(order.segmentation_priority, "1")
        playbook.action_pause()
        self.assertFalse(self.quotation(inside).segmentation_priority)

    def test_priority_when_a_salesman_makes_the_order_then_the_star(self):
        sleeper = self.sleeper(days=95)
        self.recompute()
        self.playbook({"kind": "priority", "moment": "stay"})
        order = self.quotation(sleeper, env=self.env(user=self.alice))
        self.assertEqual(order.segmentation_priority, "1")

    def test_priority_when_the_playbook_is_of_another_company_then_no_star(self):
        sleeper = self.sleeper(days=95)
        self.recompute()
        other = self.env["res.company"].create({"name": "Beside"})
        self.playbook({"kind": "priority", "moment": "stay"}, company_id=other.id)
        self.assertFalse(self.quotation(sleeper).segmentation_priority)


@tagged("post_install", "-at_install")
class TestPlaybookQueue(PlaybookCase):
    def many(self, *amounts):
        """Sleepers of Alice whose only order had these amounts."""
        partners = self.customer("").browse()
        for amount in amounts:
            partner = self.customer(f"Worth {amount}", user_id=self.alice.id)
            self.order(partner, amount=amount, day=TODAY - timedelta(days=90))
            partners |= partner
        return partners

    def reached(self, partners):
        """Names of those with an activity."""
        return sorted(partner.name for partner in partners if self.activities(partner))

    def test_limit_when_more_enter_then_the_most_valuable_first_and_the_rest_later(self):
        """Two a day: 500 and 400 on day 1, 300 and 200 on day 2, 100 on day 3."""
        partners = self.many(100, 300, 500, 200, 400)
        self.recompute()
        playbook = self.playbook()
        self.company.segmentation_playbook_limit = 2
        self.recompute(as_of=day(1))
        self.assertEqual(self.reached(partners), ["Worth 400", "Worth 500"])
        self.recompute(as_of=day(1))  # no two more on the same day
        self.assertEqual(len(self.reached(partners)), 2)
        self.assertEqual(playbook.queued_count, 3)
        self.recompute(as_of=day(2))
        self.assertEqual(
            self.reached(partners), ["Worth 200", "Worth 300", "Worth 400", "Worth 500"]
        )
        self.recompute(as_of=day(3))
        self.assertEqual(len(self.reached(partners)), 5)
        self.assertEqual(set(self.of(playbook).mapped("state")), {"done"})

    def test_limit_when_older_ones_wait_then_before_more_valuable_ones(self):
        old = self.many(100, 200)
        new = self.customer("Rich and later", user_id=self.alice.id)
        self.order(new, amount=9000, day=TODAY - timedelta(days=89))
        self.recompute()
        self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        self.recompute(as_of=day(2))
        self.assertEqual(self.reached(old | new), ["Worth 100", "Worth 200"])
        self.recompute(as_of=day(3))
        self.assertEqual(len(self.reached(old | new)), 3)

    def test_limit_when_two_salespeople_then_each_has_their_own(self):
        partners = self.many(100, 200)
        partners[0].user_id = self.lea
        self.recompute()
        self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        self.assertEqual(len(self.reached(partners)), 2)

    def test_queue_when_the_customer_left_meanwhile_then_dropped_with_the_reason(self):
        partners = self.many(100, 200)
        poor = partners[0]
        self.recompute()
        playbook = self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        self.order(poor, day=day(1))
        self.recompute(as_of=day(2))
        event = self.of(playbook, poor)
        self.assertEqual((event.state, event.reason), ("skipped", "left"))
        self.assertFalse(self.activities(poor))

    def test_queue_when_paused_then_kept_and_done_later(self):
        partners = self.many(100, 200)
        self.recompute()
        playbook = self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        playbook.action_pause()
        self.recompute(as_of=day(2))
        self.assertEqual(len(self.reached(partners)), 1)
        playbook.action_resume()
        self.recompute(as_of=day(3))
        self.assertEqual(len(self.reached(partners)), 2)

    def test_run_when_playbooks_fail_as_a_whole_then_the_next_run_makes_up_for_it(self):
        partners = self.many(100)
        self.recompute()
        self.playbook()
        with patch.object(
            type(self.playbooks), "_drop_outdated", side_effect=ValueError("broken")
        ), mute_logger("odoo.addons.customer_segmentation.models.playbook.playbook_act"):
            run = self.runs._recompute(self.company, as_of=day(1))
        self.assertEqual(run.state, "warning")
        self.assertIn("broken", run.message)
        self.assertGreater(run.history_count, 0)  # the run itself stands
        self.assertFalse(self.reached(partners))
        self.recompute(as_of=day(1))
        self.assertEqual(len(self.reached(partners)), 1)
        self.assertFalse(run.playbooks_failed)

    def test_run_when_four_times_the_customers_then_as_many_statements(self):
        """20 customers and 80, entering at once; under Odoo's batch of 100 rows for an insert."""
        counts = []
        tag = self.env["res.partner.category"].create({"name": "Slept"})
        template = self.env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
            }
        )
        self.playbook(
            {},
            {"kind": "tag", "category_id": tag.id},
            {"kind": "message", "template_id": template.id},
            {"moment": "stay"},
        )
        for number, size in enumerate((20, 20, 80)):
            start = TODAY + timedelta(days=1000 * number)
            partners = self.env["res.partner"].create(
                [
                    {
                        "name": f"Many {number}, {index}",
                        "is_company": True,
                        "user_id": self.alice.id,
                        "email": f"many{index}@example.com",
                    }
                    for index in range(size)
                ]
            )
            for partner in partners:
                self.order(partner, day=start - timedelta(days=90))
            self.recompute(as_of=start)
            counts.append(
                self.statements(lambda day=start: self.recompute(as_of=day + timedelta(days=1)))
            )
            self.assertEqual(len(self.reached(partners)), size)
        self.assertEqual(counts[2], counts[1])

    def test_run_when_no_playbook_is_on_then_no_statement(self):
        self.many(100)
        run = self.recompute()
        self.playbooks._act_on(run)
        with self.assertQueryCount(0):
            self.playbooks._act_on(run)

    def test_partial_run_when_nothing_is_due_then_few_statements(self):
        partners = self.many(100)
        self.recompute()
        playbook = self.playbook({}, {"moment": "stay"})
        run = self.recompute(partner_ids=partners.ids)
        self.assertEqual(run.scope, "partial")
        self.assertLessEqual(self.statements(lambda: playbook._act_on(run)), 16)


@tagged("post_install", "-at_install")
class TestPlaybookBirthday(PlaybookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sleeping = cls.sleeper()
        cls.recompute()

    def person(self, birth_date, **vals):
        return self.env["res.partner"].create(
            {
                "name": "Person",
                "parent_id": self.sleeping.id,
                "segmentation_birth_date": birth_date,
                "segmentation_consent_purpose": "Congratulations",
                "segmentation_consent_date": "2024-01-01",
                **vals,
            }
        )

    def test_birthday_when_it_is_the_day_then_once_a_year(self):
        person = self.person("1980-07-04")
        playbook = self.playbook({"moment": "birthday"}, segment_id=False)
        for number, expected in [(3, 0), (4, 1), (5, 1), (6, 1)]:
            self.recompute(as_of=day(number))
            self.assertEqual(len(self.activities(person)), expected, number)
        event = self.of(playbook)
        self.assertEqual((event.partner_id, event.contact_id), (self.sleeping, person))
        self.activities(person).unlink()
        self.recompute(as_of=day(4 + 365))  # 4 July 2025
        self.assertEqual(len(self.activities(person)), 1)

    def test_birthday_when_the_server_stood_still_then_made_up_for_three_days(self):
        person = self.person("1980-07-04")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute(as_of=day(8))
        self.assertFalse(self.activities(person))
        self.recompute(as_of=day(7))
        self.assertEqual(len(self.activities(person)), 1)

    def test_birthday_when_on_29_february_then_on_the_28th_of_other_years(self):
        person = self.person("1980-02-29")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute(as_of=day(242))  # 27 February 2025
        self.assertFalse(self.activities(person))
        self.recompute(as_of=day(243))
        self.assertEqual(len(self.activities(person)), 1)

    def test_birthday_when_switched_on_the_day_after_then_not(self):
        person = self.person("1980-06-29")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute()
        self.assertFalse(self.activities(person))

    def test_birthday_when_only_for_a_segment_then_its_customers_only(self):
        person = self.person("1980-07-01")
        other = self.sleeper("Awake", days=5)
        awake = self.person("1980-07-01", parent_id=other.id)
        self.playbook({"moment": "birthday"})
        self.recompute(as_of=day(1))  # Sleeper is at risk from this day on
        self.assertEqual(len(self.activities(person)), 1)
        self.assertFalse(self.activities(awake))

    def test_birth_date_when_without_consent_then_refused(self):
        with self.assertRaises(ValidationError):
            self.person("1980-07-04", segmentation_consent_date=False)
        with self.assertRaises(ValidationError):
            self.person("1980-07-04", segmentation_consent_purpose=False)

    def test_birthday_when_consent_is_of_a_later_day_then_not(self):
        person = self.person("1980-07-04", segmentation_consent_date="2024-07-05")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute(as_of=day(4))
        self.assertFalse(self.activities(person))


@tagged("post_install", "-at_install")
class TestPlaybookDryRun(PlaybookCase):
    TABLES = (
        "mail_activity", "mail_mail", "mail_message", "res_partner_res_partner_category_rel",
        "customer_segmentation_playbook_event", "customer_segmentation_history",
        "customer_segmentation_run", "mail_followers",
    )

    def counts(self):
        self.env.flush_all()
        counts = {}
        for table in self.TABLES:
            self.env.cr.execute(f"SELECT count(*) FROM {table}")
            counts[table] = self.env.cr.fetchone()[0]
        return counts

    def dry_run(self, playbook, user=None):
        action = playbook.with_user(user or self.manager).action_dry_run()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_dry_run_when_paused_then_lists_whom_and_leaves_nothing(self):
        tag = self.env["res.partner.category"].create({"name": "Slept"})
        entering = self.sleeper("Entering", days=90)
        self.recompute(as_of=day(-1))
        inside = self.sleeper("Inside", days=95)
        playbook = self.playbook(
            {}, {"kind": "tag", "category_id": tag.id}, on=False, only_new_members=False
        )
        self.recompute(as_of=day(-1))
        before = self.counts()
        values = playbook.read()
        dry_run = self.dry_run(playbook)
        self.assertEqual(self.counts(), before)
        playbook.invalidate_recordset()
        self.assertEqual(playbook.read(), values)
        self.assertFalse(self.activities(inside))
        self.assertFalse(inside.category_id)
        # today is TODAY: Entering has been silent for 90 days only
        self.assertEqual(
            {(line.partner_id, line.step_id.kind, line.state) for line in dry_run.line_ids},
            {(inside, "activity", "done"), (inside, "tag", "done")},
        )
        self.assertEqual(dry_run.done_count, 2)
        self.assertEqual(self.profile(entering).lifecycle_segment_id.name, "New")
        self.recompute()
        self.assertFalse(self.of(playbook))

    def test_dry_run_when_on_then_those_of_tonight(self):
        """The run of the day before is the last one: who enters today is listed."""
        entering = self.sleeper("Entering", days=91)
        self.recompute(as_of=day(-1))
        playbook = self.playbook()
        dry_run = self.dry_run(playbook)
        self.assertEqual(dry_run.line_ids.partner_id, entering)
        self.assertFalse(self.activities(entering))
        self.recompute()
        self.assertEqual(len(self.activities(entering)), 1)

    def test_dry_run_when_beyond_the_limit_then_the_rest_would_wait(self):
        for number in range(3):
            self.sleeper(f"Inside {number}", days=95)
        self.recompute()
        self.company.segmentation_playbook_limit = 1
        playbook = self.playbook(on=False, only_new_members=False)
        dry_run = self.dry_run(playbook)
        self.assertEqual((dry_run.done_count, dry_run.queued_count), (1, 2))

    def test_dry_run_when_not_a_manager_then_refused(self):
        playbook = self.playbook()
        with self.assertRaises(AccessError):
            self.dry_run(playbook, self.alice)


@tagged("post_install", "-at_install")
class TestPlaybookRights(PlaybookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.bob = cls.user("playbook_bob", SALESMAN)
        cls.chief = cls.user("playbook_chief", ALL_DOCUMENTS)
        cls.alices = cls.sleeper("Alice's")
        cls.bobs = cls.sleeper("Bob's", user_id=cls.bob.id)
        cls.recompute()
        cls.book = cls.playbook(advice="Call them")
        cls.recompute(as_of=day(1))

    def test_events_when_salesman_then_of_own_customers(self):
        for user, expected in [
            (self.alice, self.alices),
            (self.bob, self.bobs),
            (self.chief, self.alices | self.bobs),
            (self.manager, self.alices | self.bobs),
        ]:
            events = self.events.with_user(user).search([("playbook_id", "=", self.book.id)])
            self.assertEqual(events.sudo().partner_id, expected, user.login)

    def test_playbook_when_salesman_then_reads_and_does_not_configure(self):
        book = self.book.with_user(self.alice)
        self.assertEqual(book.name, "Test Playbook")
        step = book.step_ids
        for refused in (
            lambda: book.write({"name": "Mine"}),
            lambda: step.write({"summary": "Mine"}),
            book.action_pause,
            book.action_resume,
            book.unlink,
            lambda: self.playbooks.with_user(self.alice).create({"name": "Mine"}),
            self.of(self.book).with_user(self.chief).action_retry,
        ):
            with self.assertRaises(AccessError):
                refused()

    def test_events_when_manager_then_only_read(self):
        event = self.of(self.book)[:1].with_user(self.manager)
        with self.assertRaises(AccessError):
            event.write({"state": "queued"})
        with self.assertRaises(AccessError):
            event.unlink()

    def test_playbook_when_of_another_company_then_not_seen(self):
        other = self.env["res.company"].create({"name": "Beside"})
        playbook = self.playbook(company_id=other.id, on=False)
        found = self.playbooks.with_user(self.manager).search([("id", "=", playbook.id)])
        self.assertFalse(found)
        with self.assertRaises(AccessError):
            playbook.with_user(self.manager).action_resume()

    def test_events_when_shown_on_the_customer_then_own(self):
        contact = self.alices.with_user(self.alice)
        self.assertEqual(contact.segmentation_event_ids.playbook_id, self.book)
        profile = self.profile(self.alices).with_user(self.alice)
        self.assertEqual(profile.playbook_event_ids, contact.segmentation_event_ids)

    def test_advice_when_in_the_segment_then_its_words(self):
        self.assertEqual(
            self.alices.with_user(self.alice)._segmentation_advice(self.company), ["Call them"]
        )
        # a playbook may be paused, its words hold
        self.book.action_pause()
        self.assertEqual(self.alices._segmentation_advice(self.company), ["Call them"])
        # not for those who may not see the customer
        self.assertEqual(
            self.bobs.sudo(False).with_user(self.alice)._segmentation_advice(self.company), []
        )

    def test_step_when_incomplete_or_contradictory_then_refused(self):
        template = self.env["mail.template"].create(
            {"name": "Wrong", "model_id": self.env["ir.model"]._get_id("sale.order")}
        )
        tag = self.env["res.partner.category"].create({"name": "Tag"})
        for step in (
            {"kind": "message"},
            {"kind": "message", "template_id": template.id},
            {"kind": "plan"},
            {"kind": "tag"},
            {"kind": "tag", "category_id": tag.id, "moment": "stay"},
            {"kind": "priority", "moment": "enter"},
            {"responsible": "user"},
        ):
            with self.subTest(step=step), self.assertRaises(ValidationError):
                self.playbook(step, on=False)
        with self.assertRaises(ValidationError):
            self.playbook(segment_id=False, on=False)
        with self.assertRaises(ValidationError):
            need = self.env.ref("customer_segmentation.dimension_need").segment_ids[:1]
            self.playbook(segment_id=need.id, on=False)


@tagged("post_install", "-at_install")
class TestPlaybookCondition(PlaybookCase):
    """Customers with one order that is 30 days old or older; days are counted from TODAY."""

    ONE_TIME = "[('order_count', '=', 1), ('recency_days', '>=', 30)]"

    def one_time(self, *steps, **vals):
        return self.playbook(*steps, segment_id=False, condition=self.ONE_TIME, **vals)

    def dates(self, playbook, partner):
        return [(event.moment, event.date) for event in self.of(playbook, partner)]

    def test_run_when_the_condition_begins_to_hold_then_enters_once(self):
        """An order 28 days ago is 29 days old on day 1 and 30 days old on day 2."""
        partner = self.sleeper(days=28)
        twice = self.sleeper("Twice", days=28)
        self.order(twice, day=TODAY - timedelta(days=40))
        self.recompute()
        playbook = self.one_time()
        for number in range(5):
            self.recompute(as_of=day(number))
        self.assertEqual(self.dates(playbook, partner), [("enter", day(2))])
        self.assertFalse(self.of(playbook, twice))
        self.assertEqual(len(self.activities(partner)), 1)

    def test_run_when_it_held_before_then_no_new_member(self):
        partner = self.sleeper(days=30)
        self.recompute()
        playbook = self.one_time()
        self.recompute(as_of=day(1))
        self.assertFalse(self.of(playbook, partner))

    def test_run_when_for_all_members_then_those_of_today_enter(self):
        partner, young = self.sleeper(days=30), self.sleeper("Young", days=29)
        self.recompute()
        playbook = self.one_time(only_new_members=False)
        self.recompute(as_of=day(0))
        self.assertEqual(self.dates(playbook, partner), [("enter", day(0))])
        self.recompute(as_of=day(1))
        self.assertEqual(self.dates(playbook, young), [("enter", day(1))])
        self.assertEqual(self.dates(playbook, partner), [("enter", day(0))])

    def test_run_when_the_second_order_comes_then_leaves(self):
        partner = self.sleeper(days=29)
        self.recompute()
        playbook = self.one_time({}, {"moment": "leave", "summary": "Thank"})
        self.recompute(as_of=day(1))
        self.order(partner, day=day(3))
        self.recompute(as_of=day(3), partner_ids=partner.ids)  # within a minute
        self.assertEqual(
            self.dates(playbook, partner), [("enter", day(1)), ("leave", day(3))]
        )
        self.assertEqual(
            set(self.activities(partner).mapped("summary")), {"Ring", "Thank"}
        )

    def test_run_when_paused_meanwhile_then_what_was_missed_is_no_entry(self):
        partner = self.sleeper(days=29)
        self.recompute()
        playbook = self.one_time()
        playbook.action_pause()
        self.recompute(as_of=day(1))
        playbook._switch_on(day(1))
        self.recompute(as_of=day(2))
        self.assertFalse(self.of(playbook, partner))

    def test_run_when_with_a_segment_then_both_must_hold(self):
        """Both are at risk from day 1; only one has bought for more than 500."""
        self.sleeper("Small")
        large = self.sleeper("Large")
        self.order(large, amount=900, day=TODAY - timedelta(days=90))
        self.recompute()
        playbook = self.playbook(condition="[('net_sales', '>', 500)]")
        self.recompute(as_of=day(1))
        self.assertEqual(self.of(playbook).partner_id, large)
        self.assertEqual(playbook.member_count, 1)

    def test_stay_when_entered_by_condition_then_due_by_its_days(self):
        """Enters on day 1; never contacted: due 30 days after entering, on day 31."""
        partner = self.sleeper(days=29)
        self.recompute()
        playbook = self.one_time({"moment": "stay", "cadence_days": 30})
        for number in (1, 30, 31):
            self.recompute(as_of=day(number))
        self.assertEqual(self.dates(playbook, partner), [("stay", day(31))])

    def test_tag_when_it_leaves_then_taken(self):
        tag = self.env["res.partner.category"].create({"name": "Single"})
        partner = self.sleeper(days=29)
        self.recompute()
        self.one_time({"kind": "tag", "category_id": tag.id})
        self.recompute(as_of=day(1))
        self.assertIn(tag, partner.category_id)
        self.order(partner, day=day(2))
        self.recompute(as_of=day(2))
        self.assertNotIn(tag, partner.category_id)

    def test_advice_when_the_condition_holds_then_told(self):
        partner, other = self.sleeper(days=30), self.sleeper("Other", days=10)
        self.recompute()
        self.one_time(advice="Sell the second one.", on=False)
        self.assertIn("Sell the second one.", partner._segmentation_advice(self.company))
        self.assertNotIn("Sell the second one.", other._segmentation_advice(self.company))

    def test_priority_when_the_condition_holds_then_star(self):
        partner, other = self.sleeper(days=30), self.sleeper("Other", days=10)
        self.recompute()
        self.one_time({"moment": "stay", "kind": "priority"})
        self.assertEqual(self.quotation(partner).segmentation_priority, "1")
        self.assertNotEqual(self.quotation(other).segmentation_priority, "1")

    def test_condition_when_wrong_then_refused(self):
        for wrong in ("[('nothing', '=', 1)]", "1", "[('order_count', '='"):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, "Test Playbook"):
                self.playbook(condition=wrong, on=False)
        with self.assertRaises(ValidationError):
            self.playbook(segment_id=False, condition="[]", on=False)

    def test_run_when_a_condition_is_broken_then_told_and_others_work(self):
        partner = self.sleeper()
        self.recompute()
        self.playbook()
        broken = self.one_time(name="Broken")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_segmentation_playbook SET condition = %s WHERE id = %s",
            ["[('gone', '=', 1)]", broken.id],
        )
        broken.invalidate_recordset()
        run = self.runs._recompute(self.company, as_of=day(1))
        self.assertIn("Broken", run.message)
        self.assertIn("gone", run.message)
        self.assertEqual(len(self.activities(partner)), 1)
        self.assertEqual(broken.member_count, 0)

    def test_dry_run_when_all_members_then_said_and_nothing_noted(self):
        partner = self.sleeper(days=30)
        self.recompute()
        playbook = self.one_time(only_new_members=False, on=False)
        dry_run = playbook._dry_run(self.company, TODAY)
        self.assertEqual(dry_run.line_ids.partner_id, partner)
        self.assertIn("30", dry_run.condition_words)
        self.assertFalse(
            self.env["customer.segmentation.playbook.member"].search(
                [("playbook_id", "=", playbook.id)]
            )
        )

    def test_objection_when_noted_then_no_step_on_leaving(self):
        person = self.env["res.partner"].create({"name": "Person", "user_id": self.alice.id})
        self.order(person, day=TODAY - timedelta(days=29))
        self.recompute()
        self.one_time({"moment": "leave"})
        self.recompute(as_of=day(1))
        person.segmentation_objected = True
        self.recompute(as_of=day(2))
        self.assertFalse(self.activities(person))


@tagged("post_install", "-at_install")
class TestPlaybookShipped(PlaybookCase):
    NAMES = ("core", "high_low", "low_high", "new", "at_risk", "lost", "one_time", "birthday")

    def shipped(self, name):
        return self.env.ref(f"customer_segmentation.playbook_{name}")

    def test_shipped_when_installed_then_paused_and_complete(self):
        values = {
            name: (self.shipped(name).paused, bool(self.shipped(name).step_ids))
            for name in self.NAMES
        }
        self.assertEqual(values, dict.fromkeys(self.NAMES, (True, True)))
        for name in self.NAMES[:-1]:
            self.assertTrue(self.shipped(name).advice, name)

    def test_one_time_when_updated_then_corrected_unless_a_person_changed_it(self):
        """Version 1.1.0 had it on the RFM segment Promising."""
        promising = self.segment("rfm_promising")
        playbook = self.shipped("one_time")
        new_advice, condition = playbook.advice, playbook.condition
        chinese = playbook.with_context(lang="zh_CN")
        old = {
            "segment_id": promising.id,
            "condition": False,
            "active": True,
            "advice": "One order not long ago: remind them of what else there is, the second "
            "order makes the customer.",
        }
        for change in ({"cooldown_days": 90}, {"name": "Mine"}, {"on_since_date": TODAY}):
            with self.subTest(change):
                former = {name: playbook[name] for name in change}
                playbook.write({**old, **change})
                chinese.advice = "不久前下过一单：提醒他们还有哪些产品，第二单才算真正的客户。"
                migrate("1.2.0", "post-one-time", self.env.cr)
                self.assertEqual(playbook.segment_id, promising)
                playbook.write(former)
        migrate("1.2.0", "post-one-time", self.env.cr)
        self.assertFalse(playbook.segment_id)
        self.assertEqual(playbook.condition, condition)
        self.assertEqual(playbook.advice, new_advice)

    def test_templates_when_rendered_then_name_and_company_in_both_languages(self):
        self.company.partner_id.email = "works@example.com"
        chinese = self.env["res.lang"].with_context(active_test=False).search(
            [("code", "=", "zh_CN")]
        )
        languages = ["en_US"] + (["zh_CN"] if chinese.active else [])
        for xmlid in ("welcome", "first_order", "win_back", "birthday"):
            template = self.env.ref(f"customer_segmentation.mail_template_{xmlid}")
            for lang in languages:
                partner = self.customer("Frieda Fox", email="frieda@example.com", lang=lang)
                values = template._generate_template(
                    partner.ids, ("subject", "body_html", "email_from", "partner_to")
                )[partner.id]
                with self.subTest(template=xmlid, lang=lang):
                    self.assertIn("Frieda Fox", values["body_html"])
                    self.assertIn(self.company.name, values["body_html"])
                    self.assertNotIn("t-out", values["body_html"])
                    self.assertNotIn("YourCompany", values["body_html"])
                    self.assertNotIn("{{", values["subject"])
                    self.assertFalse(values["email_from"])  # the company's, see the step

    def test_lost_when_switched_on_then_plan_and_message_by_their_days(self):
        """A year of silence and a day: lost. The plan starts after 3 days: 3, 10 and 17 later."""
        partner = self.customer("Lost", user_id=self.alice.id, email="lost@example.com")
        self.order(partner, day=TODAY - timedelta(days=365))
        self.recompute()
        playbook = self.shipped("lost")
        playbook.active = True
        playbook._switch_on(TODAY)
        self.recompute(as_of=day(1))
        self.assertEqual(
            self.activities(partner).sorted("date_deadline").mapped("date_deadline"),
            [day(4), day(11), day(18)],
        )
        mail = self.env["mail.mail"].search([("recipient_ids", "in", partner.ids)])
        self.assertEqual(mail.subject, "We have not heard from you for a while")
