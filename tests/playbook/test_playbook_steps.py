"""Playbooks: each kind of step, by a clock that is given."""

from unittest.mock import patch

from common import SALESMAN
from playbook_case import PlaybookCase, day

from odoo import Command
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
        playbook._act_on(run, None)  # the same changes once more
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
