"""Playbooks: who may do what with them, and those that are shipped."""

from datetime import timedelta

from common import ALL_DOCUMENTS, SALESMAN, TODAY, migrate
from playbook_case import PlaybookCase, day

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged


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
