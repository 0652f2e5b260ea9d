"""Asking by mail after an order: who, when, how often, and what a link can and cannot do."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from common import TODAY
from feedback_case import FeedbackCase

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

LOGGER = "odoo.addons.customer_segmentation.models.feedback.feedback_request"


class RequestCase(FeedbackCase):
    """Customers are asked 7 days after an order, at most every 90 days."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.requests = cls.env["customer.segmentation.feedback.request"]
        cls.rules = cls.env["customer.segmentation.feedback.rule"]
        cls.rules.with_context(active_test=False).search([]).unlink()
        cls.rule = cls.rules.create({"company_id": cls.company.id})
        cls.opt_outs = cls.env["customer.segmentation.feedback.opt.out"]
        cls.buyer.email = "Buyer <buyer@feedback.example.com>"
        cls.bobs.email = "bobs@feedback.example.com"
        cls.nobodys.email = "nobodys@feedback.example.com"

    def bought(self, partner, days_ago=7, **vals):
        """A confirmed order of noon, so many days ago."""
        order = self.order(partner, day=TODAY - timedelta(days=days_ago))
        order.write(vals)
        return order

    def ask(self, as_of=TODAY):
        self.env.flush_all()
        return self.rules._ask(self.company, as_of)

    def message_of(self, request):
        return self.env["mail.message"].search(
            [("model", "=", "sale.order"), ("res_id", "=", request.order_id.id)], limit=1
        )


@tagged("post_install", "-at_install")
class TestAsking(RequestCase):
    def test_ask_when_an_order_is_due_then_a_mail_with_the_three_answers(self):
        order = self.bought(self.buyer)
        request = self.ask()
        self.assertEqual((request.order_id, request.state), (order, "sent"))
        self.assertEqual((request.partner_id, request.contact_id), (self.alices, self.buyer))
        self.assertEqual(request.date, TODAY)
        self.assertEqual(request.expire_date, date(2024, 8, 29))  # 60 days
        rating = request.rating_id
        self.assertEqual((rating.res_id, rating.partner_id), (order.id, self.buyer))
        self.assertFalse(rating.consumed)
        message = self.message_of(request)
        self.assertEqual(message, request.message_id)
        self.assertEqual(message.partner_ids, self.buyer)
        for rate in (1, 3, 5):
            self.assertIn(f"/rate/{rating.access_token}/{rate}", message.body)
        self.assertIn(f"/segmentation/feedback/stop/{request.access_token}", message.body)
        mail = self.env["mail.mail"].sudo().search([("mail_message_id", "=", message.id)])
        self.assertEqual(mail.state, "outgoing")  # Odoo's queue sends it

    def test_ask_when_run_again_then_no_second_question(self):
        self.bought(self.buyer)
        self.assertEqual(len(self.ask()), 1)
        self.assertFalse(self.ask())
        self.assertFalse(self.ask(TODAY + timedelta(days=1)))

    def test_ask_when_archived_or_the_address_of_who_objects_then_not_asked(self):
        zhang = self.env["res.partner"].create({"name": "Zhang"})
        home = self.env["res.partner"].create(
            {
                "name": "Home",
                "parent_id": zhang.id,
                "type": "delivery",
                "email": "zhang@example.com",
            }
        )
        self.bought(home)
        self.bought(self.buyer)
        zhang.segmentation_objected = True
        self.buyer.active = False
        reasons = {request.contact_id: (request.state, request.reason) for request in self.ask()}
        self.assertEqual(
            reasons, {home: ("skipped", "objects"), self.buyer: ("skipped", "archived")}
        )

    def test_ask_when_too_early_or_long_over_then_not(self):
        for days_ago, asked in ((6, False), (7, True), (20, True), (21, False)):
            partner = self.customer(f"Ask {days_ago}", email=f"ask{days_ago}@example.com")
            self.bought(partner, days_ago)
            with self.subTest(days_ago=days_ago):
                self.assertEqual(bool(self.ask()), asked)

    def test_ask_when_a_delivery_date_is_promised_then_from_there(self):
        order = self.bought(self.buyer, 30, commitment_date=datetime(2024, 6, 25, 12))
        self.assertFalse(self.ask())
        self.assertEqual(self.ask(date(2024, 7, 2)).order_id, order)

    def test_ask_when_the_day_begins_elsewhere_then_in_the_companys_time_zone(self):
        self.criteria.tz = "Asia/Shanghai"
        order = self.bought(self.buyer)
        # 23 June 17:00 UTC is 24 June in Shanghai: six days ago
        order.date_order = datetime(2024, 6, 23, 17)
        self.assertFalse(self.ask())
        order.date_order = datetime(2024, 6, 23, 15)
        self.assertTrue(self.ask())

    def test_ask_when_no_sale_then_not(self):
        self.quotation(self.buyer, date_order=datetime(2024, 6, 23, 12))
        cancelled = self.bought(self.bobs)
        cancelled._action_cancel()
        free = self.bought(self.nobodys)
        free.order_line.price_unit = 0
        self.assertFalse(self.ask())

    def test_ask_when_asked_lately_then_not_before_every_days_have_passed(self):
        self.bought(self.buyer)
        self.assertTrue(self.ask())
        # the next question can come 90 days later: 28 September
        for day, asked in ((date(2024, 9, 27), False), (date(2024, 9, 28), True)):
            order = self.bought(self.alices if asked else self.buyer)
            self.alices.email = "office@feedback.example.com"
            order.date_order = datetime(2024, 9, 20, 12)
            with self.subTest(day=day):
                self.assertEqual(bool(self.ask(day)), asked)
                order._action_cancel()

    def test_ask_when_a_question_failed_then_it_does_not_count_as_asked(self):
        self.bought(self.buyer)
        with patch.object(type(self.requests), "_send_one", side_effect=ValueError("no")), (
            mute_logger(LOGGER)
        ):
            self.assertEqual(self.ask().state, "failed")
        second = self.bought(self.buyer)
        self.assertEqual(self.ask().order_id, second)

    def test_ask_when_several_orders_then_about_the_newest_only(self):
        self.bought(self.buyer, 12)
        newest = self.bought(self.alices, 8)
        self.alices.email = "office@feedback.example.com"
        self.assertEqual(self.ask().order_id, newest)

    def test_segments_when_chosen_then_their_customers_and_the_first_rule_decides(self):
        for partner, amount in ((self.buyer, 9000), (self.bobs, 100)):
            order = self.bought(partner)
            order.order_line.price_unit = amount
        self.recompute()
        self.assertEqual(self.profile(self.alices).value_segment_id, self.segment("value_a"))
        self.rule.write({"segment_ids": [(6, 0, self.segment("value_a").ids)], "after_days": 3})
        self.assertFalse(self.profile(self.bobs).value_segment_id & self.rule.segment_ids)
        self.assertEqual(self.ask().partner_id, self.alices)
        # a second rule for all the others: Alice's is decided by the first
        self.rules.create({"company_id": self.company.id, "sequence": 20, "every_days": 1})
        self.bought(self.buyer)
        self.assertEqual(self.ask().partner_id, self.bobs)

    def test_rule_when_archived_or_of_another_company_then_nobody_is_asked(self):
        beside = self.env["res.company"].create({"name": "Ask Beside"})
        self.rule.company_id = beside
        self.bought(self.buyer)
        self.assertFalse(self.ask())
        self.rule.write({"company_id": self.company.id, "active": False})
        self.assertFalse(self.ask())

    def test_rule_when_bad_then_refused_in_words(self):
        template = self.env["mail.template"].create(
            {"name": "Of a lead", "model_id": self.env["ir.model"]._get_id("crm.lead")}
        )
        with self.assertRaisesRegex(ValidationError, "Of a lead is no mail about an order"):
            self.rule.template_id = template

    def test_cron_when_run_then_each_company_with_a_rule(self):
        order = self.bought(self.buyer)
        self.rules._cron_ask()
        self.assertEqual(self.requests.search([("order_id", "=", order.id)]).state, "sent")

    def test_limit_when_more_are_due_then_the_rest_next_time(self):
        for partner in (self.buyer, self.bobs, self.nobodys):
            self.bought(partner)
        self.env.flush_all()
        with patch.object(type(self.env["ir.cron"]), "_trigger", autospec=True) as trigger:
            self.assertEqual(len(self.rules._ask(self.company, TODAY, limit=2)), 2)
            self.assertTrue(trigger.called)
        self.assertEqual(len(self.ask()), 1)

    # Who does not want it

    def test_unwilling_when_no_address_opted_out_blacklisted_then_told_and_not_asked(self):
        no_email = self.customer("Ask No Email")
        self.bobs.segmentation_feedback_opt_out = True
        self.env["mail.blacklist"]._add(self.nobodys.email)
        objecting = self.customer("Ask Objecting", email="objecting@example.com")
        for partner in (no_email, self.bobs, self.nobodys, objecting, self.buyer):
            self.bought(partner)
        refusing = type(self.env["res.partner"])
        with patch.object(
            refusing, "_segmentation_refusing_messages", lambda partners: partners & objecting
        ):
            requests = self.ask()
        found = {request.contact_id: (request.state, request.reason) for request in requests}
        self.assertEqual(
            found,
            {
                no_email: ("skipped", "no_email"),
                self.bobs: ("skipped", "opt_out"),
                self.nobodys: ("skipped", "blacklist"),
                objecting: ("skipped", "objects"),
                self.buyer: ("sent", False),
            },
        )

    def test_opt_out_when_the_contact_is_made_anew_then_still_not_asked(self):
        self.bobs.segmentation_feedback_opt_out = True
        self.bobs.unlink()
        again = self.customer("Bob's, imported", email="BOBS@feedback.example.com")
        self.bought(again)
        self.assertEqual(self.ask().reason, "opt_out")

    def test_opt_out_when_the_contact_is_merged_then_it_stays(self):
        self.nobodys.segmentation_feedback_opt_out = True
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.bobs | self.nobodys).ids, self.bobs
        )
        self.env.invalidate_all()
        self.assertTrue(self.bobs.segmentation_feedback_opt_out)

    def test_opt_out_when_taken_back_then_by_a_manager_only(self):
        self.alices.email = "office@feedback.example.com"
        partner = self.alices.with_user(self.alice)
        partner.segmentation_feedback_opt_out = True
        for no in (False, 0, None, ""):  # Odoo takes each of them for no
            with self.subTest(no=no), self.assertRaisesRegex(AccessError, "only a manager"):
                partner.write({"segmentation_feedback_opt_out": no})
        self.assertTrue(partner.segmentation_feedback_opt_out)
        self.alices.with_user(self.manager).segmentation_feedback_opt_out = False
        self.bought(self.alices)
        self.assertEqual(self.ask().state, "sent")

    # Failures

    def test_send_when_one_fails_then_shown_and_the_others_are_sent(self):
        for partner in (self.buyer, self.bobs, self.nobodys):
            self.bought(partner)
        send = type(self.requests)._send_one

        def fail_for_bob(request):
            if request.contact_id == self.bobs:
                request.env.cr.execute("SELECT 1 / 0")
            return send(request)

        with patch.object(type(self.requests), "_send_one", fail_for_bob), (
            mute_logger("odoo.sql_db", LOGGER)
        ):
            requests = self.ask()
        failed = requests.filtered(lambda request: request.state == "failed")
        self.assertEqual(failed.contact_id, self.bobs)
        self.assertIn("division by zero", failed.error)
        self.assertEqual(len(requests - failed), 2)
        self.assertEqual(set((requests - failed).mapped("state")), {"sent"})
        failed.with_user(self.manager).action_send_again()
        self.assertEqual((failed.state, failed.error), ("sent", False))

    def test_delivery_when_the_mail_server_refuses_then_shown_and_found(self):
        self.bought(self.buyer)
        request = self.ask()
        self.assertFalse(request.delivery_error)
        request.message_id.notification_ids.write(
            {"notification_status": "exception", "failure_reason": "Mailbox unavailable"}
        )
        request.invalidate_recordset()
        self.assertEqual(request.delivery_error, "Mailbox unavailable")
        domain = [
            ("message_id.notification_ids.notification_status", "in", ("exception", "bounce"))
        ]
        self.assertIn(request, self.requests.search(domain))

    # Rights

    def test_rights_when_each_role_then_own_customers_and_managers_settings(self):
        for partner in (self.buyer, self.bobs):
            self.bought(partner)
        requests = self.ask()
        ours = [("id", "in", requests.ids)]
        self.assertEqual(self.requests.with_user(self.alice).search(ours).partner_id, self.alices)
        self.assertEqual(len(self.requests.with_user(self.chief).search(ours)), 2)
        with self.assertRaises(AccessError):
            self.requests.with_user(self.plain).search(ours)
        for user in (self.alice, self.chief, self.plain):
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    self.rules.with_user(user).search([])
                with self.assertRaises(AccessError):
                    requests.with_user(user).action_send_again()
        self.assertTrue(self.rules.with_user(self.manager).search([]))
        with self.assertRaises(AccessError):
            requests.with_user(self.manager).read(["access_token"])

    def test_erase_when_the_contact_is_deleted_then_its_questions_too(self):
        request = self.ask() if self.bought(self.nobodys) else None
        request.order_id._action_cancel()
        request.order_id.unlink()
        self.assertFalse(request.exists())

    def test_statements_when_ten_times_the_orders_then_no_search_per_customer(self):
        """What Odoo does for a mail is its own; choosing whom to ask is done for all at once."""
        counts = []
        for number in (6, 60):
            partners = self.env["res.partner"].create(
                [{"name": f"Ask {n}", "email": f"a{number}_{n}@example.com"} for n in range(number)]
            )
            for partner in partners:
                self.bought(partner)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            with patch.object(type(self.requests), "_send_one", lambda request: None):
                self.assertEqual(len(self.ask()), number)
            self.env.flush_all()
            # a savepoint around each mail
            counts.append(self.env.cr.sql_log_count - before - 2 * number)
            self.requests.search([]).write({"state": "sent"})
        self.assertLessEqual(counts[1], counts[0] + 3)


@tagged("post_install", "-at_install")
class TestLinks(HttpCase, RequestCase):
    """The public routes, as a customer without login uses them."""

    def setUp(self):
        super().setUp()
        self.bought(self.buyer)
        self.request = self.ask()
        self.rating = self.request.rating_id
        self.env.flush_all()
        self.authenticate(None, None)

    def answer(self, rate, token=None, **form):
        """Click on an image of the mail; where the series asks for it, confirm the answer."""
        token = token or self.rating.access_token
        page = self.url_open(f"/rate/{token}/{rate}")
        if page.status_code == 200 and "submit_feedback" in page.text:
            csrf = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
            page = self.url_open(
                f"/rate/{token}/submit_feedback",
                data={"rate": rate, "csrf_token": csrf, "feedback": "", **form},
            )
        self.env.invalidate_all()
        return page

    def answers(self):
        return self.env["customer.segmentation.answer"].search(
            [("partner_id", "=", self.alices.id)]
        )

    def test_link_when_clicked_then_an_answer_of_the_customer(self):
        self.assertEqual(self.answer(5).status_code, 200)
        self.assertEqual(self.answers().mapped("score"), [100])
        self.assertEqual((self.request.state, self.request.rating), ("answered", 5))

    def test_link_when_low_then_the_salesperson_is_told_at_once(self):
        self.answer(1)
        self.assertEqual(
            self.alices.activity_ids.filtered(
                lambda a: a.activity_type_id
                == self.env.ref("customer_segmentation.mail_activity_low_answer")
            ).user_id,
            self.alice,
        )

    def test_link_when_used_twice_then_the_answer_changes_and_none_is_added(self):
        self.answer(5)
        self.answer(3)
        self.assertEqual(self.answers().mapped("score"), [50])

    def test_link_when_expired_then_gone_and_no_answer(self):
        self.request.expire_date = TODAY - timedelta(days=1)
        self.env.flush_all()
        page = self.answer(5)
        self.assertEqual(page.status_code, 410)
        self.assertIn("expired", page.text)
        self.assertFalse(self.answers())
        self.assertFalse(self.rating.consumed)
        page = self.url_open(f"/rate/{self.rating.access_token}/submit_feedback")
        self.assertEqual(page.status_code, 410)
        self.request.expire_date = TODAY  # the last day
        self.env.flush_all()
        self.answer(5)
        self.assertEqual(len(self.answers()), 1)

    def test_link_when_tampered_with_then_no_answer(self):
        token = self.rating.access_token
        self.assertEqual(self.answer(5, token="0" * 32).status_code, 404)
        self.assertEqual(self.answer(5, token=token[:-1]).status_code, 404)
        with mute_logger("odoo.http"):
            self.assertGreaterEqual(self.answer(4).status_code, 400)
        self.assertFalse(self.answers())

    def test_stop_when_opened_then_asked_to_confirm_and_nothing_is_changed(self):
        page = self.url_open(f"/segmentation/feedback/stop/{self.request.access_token}")
        self.assertEqual(page.status_code, 200)
        self.assertIn("No more questions", page.text)
        self.env.invalidate_all()
        self.assertFalse(self.buyer.segmentation_feedback_opt_out)

    def stop(self, token):
        page = self.url_open(f"/segmentation/feedback/stop/{token}")
        csrf = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
        page = self.url_open(
            f"/segmentation/feedback/stop/{token}", data={"csrf_token": csrf}
        )
        self.env.invalidate_all()
        return page

    def test_stop_when_confirmed_then_never_asked_again(self):
        page = self.stop(self.request.access_token)
        self.assertIn("We will not ask you again", page.text)
        self.assertTrue(self.buyer.segmentation_feedback_opt_out)
        again = self.url_open(f"/segmentation/feedback/stop/{self.request.access_token}")
        self.assertIn("We will not ask you again", again.text)
        order = self.bought(self.buyer)
        order.date_order = datetime(2025, 6, 23, 12)
        self.assertEqual(self.ask(date(2025, 6, 30)).reason, "opt_out")

    def test_stop_when_without_the_forms_token_then_refused(self):
        with mute_logger("odoo.http"):
            page = self.url_open(
                f"/segmentation/feedback/stop/{self.request.access_token}", data={"x": "1"}
            )
        self.assertEqual(page.status_code, 400)
        self.env.invalidate_all()
        self.assertFalse(self.buyer.segmentation_feedback_opt_out)

    def test_stop_when_tampered_with_then_not_found(self):
        for token in ("0" * 32, "preview", self.rating.access_token):
            with self.subTest(token=token):
                page = self.url_open(f"/segmentation/feedback/stop/{token}")
                self.assertEqual(page.status_code, 404)
