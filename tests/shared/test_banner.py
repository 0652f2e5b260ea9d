"""The banner on orders and opportunities: what it tells, and to whom; who objects to it all."""

from datetime import timedelta
from unittest.mock import patch

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase, days_ago

from odoo import Command
from odoo.exceptions import AccessError, ValidationError
from odoo.release import version_info
from odoo.tests import Form, HttpCase, new_test_user, tagged


class BannerCase(DocumentCase):
    """The clock stands on 30 June 2024; Alice's customer is Motors, Bob's is Pumps."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Banner"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids, "lang": "en_US"}
        )
        cls.criteria = cls.env["customer.segmentation.criteria"]._get(cls.company)
        cls.criteria.write({"tz": "UTC", "population": "all"})
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: TODAY)
        )
        cls.alice = cls.user("banner_alice", SALESMAN)
        cls.bob = cls.user("banner_bob", SALESMAN)
        cls.chief = cls.user("banner_chief", ALL_DOCUMENTS)
        cls.motors = cls.customer("Motors", user_id=cls.alice.id)
        cls.pumps = cls.customer("Pumps", user_id=cls.bob.id)
        cls.receivable = cls.account("BNR1", "asset_receivable")
        cls.income = cls.account("BNR2", "income")
        cls.journal = cls.env["account.journal"].create(
            {"name": "Banner", "code": "BNR", "type": "general"}
        )

    @classmethod
    def account(cls, code, kind):
        return cls.env["account.account"].create(
            {"name": code, "code": code, "account_type": kind, "reconcile": kind != "income"}
        )

    @classmethod
    def due(cls, partner, amount, days, post=True):
        """A posted receivable that was due so many days ago; negative = we owe it."""
        line = {"account_id": cls.receivable.id, "partner_id": partner.id}
        counter = {"account_id": cls.income.id, "partner_id": partner.id}
        if amount > 0:
            line["debit"] = counter["credit"] = amount
        else:
            line["credit"] = counter["debit"] = -amount
        move = cls.env["account.move"].create(
            {
                "journal_id": cls.journal.id,
                "date": days_ago(60),
                "line_ids": [
                    Command.create({**line, "date_maturity": days_ago(days)}),
                    Command.create(counter),
                ],
            }
        )
        if post:
            move.action_post()
        return move

    def banner(self, partner=None, user=None, **vals):
        """The banner of a new quotation, as a user sees it before saving."""
        orders = self.env["sale.order"].with_user(user or self.alice)
        record = orders.new(
            {"partner_id": (partner or self.motors).id, "company_id": self.company.id, **vals}
        )
        return record.segmentation_banner

    def ordered(self, partner, *days):
        for number in days:
            self.order(partner, day=days_ago(number), company=self.company)
        self.recompute(company=self.company)


@tagged("post_install", "-at_install")
class TestBanner(BannerCase):
    def test_banner_when_nothing_is_known_then_grey(self):
        banner = self.banner()
        self.assertEqual(banner["segments"], [])
        self.assertEqual(banner["satisfaction"], {"level": "none", "text": "No answers yet"})
        self.assertFalse(banner["complaints"])
        self.assertFalse(banner["overdue"])
        self.assertEqual(banner["advice"], [])
        self.assertEqual(banner["warnings"], [])

    def test_banner_when_classified_then_segments_with_colours_first_line_first(self):
        self.ordered(self.motors, 10)
        banner = self.banner()
        found = [(segment["field"], segment["name"]) for segment in banner["segments"][:2]]
        self.assertEqual(
            found, [("value_segment_id", "A"), ("lifecycle_segment_id", "New")]
        )
        self.assertEqual(banner["segments"][0]["color"], self.segment("value_a").color)
        self.assertEqual([segment["first"] for segment in banner["segments"][:4]], [True] * 4)
        self.assertFalse(banner["segments"][4]["first"])
        self.assertEqual(banner["profile_id"], self.profile(self.motors).id)

    def test_banner_when_of_a_contact_then_its_companys(self):
        self.ordered(self.motors, 10)
        buyer = self.customer("Buyer", is_company=False, parent_id=self.motors.id)
        self.assertEqual(self.banner(buyer)["customer"], "Motors")

    def test_banner_when_needs_are_declared_then_shown(self):
        need = self.env["customer.segmentation.segment"].search(
            [("dimension_id.code", "=", "need")], limit=1
        )
        self.motors.segmentation_need_ids = need
        self.assertEqual(
            self.banner()["needs"], [{"id": need.id, "name": need.name, "color": need.color}]
        )

    def test_banner_when_answers_then_score_and_count(self):
        """One answer of 5 stars and one of 3: (100 + 50) / 2 = 75 on the same day."""
        feedback = self.env["customer.segmentation.feedback"]
        feedback.create(
            {
                "contact_id": self.motors.id, "date": TODAY, "channel": "visit",
                "product_rating": "5", "service_rating": "3",
            }
        )
        self.ordered(self.motors, 10)
        self.assertEqual(
            self.banner()["satisfaction"],
            {"level": "success", "text": "Satisfaction 75 of 100 (answers: 2)"},
        )

    def test_banner_when_complaints_are_open_then_counted(self):
        feedback = self.env["customer.segmentation.feedback"]
        complaints = feedback.create(
            [
                {"contact_id": self.motors.id, "date": TODAY, "channel": "complaint"},
                {"contact_id": self.motors.id, "date": TODAY, "channel": "complaint"},
                {"contact_id": self.pumps.id, "date": TODAY, "channel": "complaint"},
            ]
        )
        self.assertTrue(all(complaints.mapped("is_open_complaint")))
        self.assertEqual(self.banner()["complaints"], "Open complaints: 2")

    def test_banner_when_at_risk_then_warned_with_its_rhythm(self):
        """Order days 210, 180, 150 days ago, every 30 days, 150 days of silence: 5 intervals."""
        self.ordered(self.motors, 210, 180, 150)
        self.assertEqual(self.profile(self.motors).lifecycle_segment_id.name, "Lost")
        self.assertEqual(
            self.banner()["warnings"],
            ["Lost: last order 150 days ago, usually every 30 days."],
        )

    def test_banner_when_a_playbook_advises_then_its_words(self):
        self.ordered(self.motors, 10)
        self.env["customer.segmentation.playbook"].create(
            {
                "name": "Banner", "segment_id": self.segment("value_a").id,
                "company_id": self.company.id, "advice": "Offer the annual contract.",
            }
        )
        self.assertIn("Offer the annual contract.", self.banner()["advice"])

    # Overdue

    def test_overdue_when_due_yesterday_today_and_unposted_then_the_first_only(self):
        self.due(self.motors, 100, 1)
        self.due(self.motors, 20, 0)  # due today is not overdue
        self.due(self.motors, 4, 1, post=False)
        self.assertEqual(
            self.banner()["overdue"], "$\N{NO-BREAK SPACE}100.00 overdue since 06/29/2024"
        )

    def test_overdue_when_partly_paid_and_credited_then_the_balance(self):
        """100 + 50 due, 30 credited: 120, the oldest 20 days ago = 10 June."""
        self.due(self.motors, 100, 20)
        self.due(self.motors, 50, 10)
        self.due(self.motors, -30, 25)
        self.assertEqual(
            self.banner()["overdue"], "$\N{NO-BREAK SPACE}120.00 overdue since 06/10/2024"
        )

    def test_overdue_when_paid_or_in_our_debt_then_nothing(self):
        bill = self.due(self.motors, 100, 20)
        payment = self.due(self.motors, -100, 5)
        lines = (bill | payment).line_ids.filtered(
            lambda line: line.account_id == self.receivable
        )
        lines.reconcile()
        self.assertFalse(self.banner()["overdue"])
        self.due(self.motors, -10, 5)
        self.assertFalse(self.banner()["overdue"])

    def test_overdue_when_in_another_company_then_not_counted(self):
        self.due(self.motors, 100, 20)
        other = self.env["res.company"].create({"name": "Beside"})
        both = (self.company | other).ids
        traveller = self.user("banner_traveller", SALES_MANAGER, self.company | other)
        order = self.env["sale.order"].with_user(traveller).with_context(
            allowed_company_ids=both
        ).new({"partner_id": self.motors.id, "company_id": other.id})
        self.assertFalse(order.segmentation_banner["overdue"])

    def test_banner_when_of_a_company_one_does_not_work_in_then_nothing(self):
        """Odoo computes what a form asks for, with any company in it, before it is saved."""
        self.motors.user_id = False
        self.due(self.motors, 100, 20)
        other = self.env["res.company"].create({"name": "Beside"})
        stranger = self.user("banner_stranger", SALESMAN, other)
        self.assertTrue(self.banner(user=self.alice)["overdue"])
        order = self.env["sale.order"].with_user(stranger).with_context(
            allowed_company_ids=other.ids
        ).new({"partner_id": self.motors.id, "company_id": self.company.id})
        self.assertFalse(order.segmentation_banner)

    # Rights

    def test_banner_when_somebody_elses_customer_then_nothing_of_it(self):
        self.due(self.motors, 100, 20)
        self.ordered(self.motors, 10)
        self.assertFalse(self.banner(user=self.bob))
        self.motors.user_id = False
        self.assertTrue(self.banner(user=self.bob)["overdue"])

    def test_banner_when_somebody_elses_without_profile_then_nothing_either(self):
        self.due(self.motors, 100, 20)
        self.assertFalse(self.profile(self.motors))
        self.assertFalse(self.banner(user=self.bob))
        self.assertTrue(self.banner(user=self.alice)["overdue"])
        self.assertTrue(self.banner(user=self.chief)["overdue"])

    def test_banner_when_a_salesman_then_without_rights_on_accounts(self):
        """Odoo shows a salesperson the lines of own invoices only; the balance is of all."""
        entry = self.due(self.motors, 100, 20)
        lines = self.env["account.move.line"].with_user(self.alice)
        self.assertFalse(lines.search([("move_id", "=", entry.id)]))
        self.assertTrue(self.banner()["overdue"])

    def test_banner_when_without_the_group_then_refused(self):
        order = self.quotation(self.motors, company=self.company)
        plain = self.user("banner_plain", "base.group_user")
        portal = self.user("banner_portal", "base.group_portal")
        for user in (plain, portal):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                order.with_user(user).read(["segmentation_banner"])

    # On the forms

    def test_form_when_the_customer_is_chosen_then_the_banner_before_saving(self):
        self.ordered(self.motors, 10)
        with Form(self.env["sale.order"].with_user(self.alice)) as form:
            self.assertFalse(form.segmentation_banner)
            form.partner_id = self.motors
            self.assertEqual(form.segmentation_banner["segments"][0]["name"], "A")
        with Form(self.env["crm.lead"].with_user(self.alice)) as form:
            form.name = "Deal"
            form.partner_id = self.motors
            self.assertEqual(form.segmentation_banner["customer"], "Motors")

    def test_form_when_opened_then_as_many_statements_whatever_the_customer_has(self):
        poor, rich = self.customer("Poor"), self.customer("Rich")
        for partner in (poor, rich):
            self.order(partner, day=days_ago(10), company=self.company)
        for _time in range(20):
            self.due(rich, 100, 10)
            self.env["customer.segmentation.feedback"].create(
                {"contact_id": rich.id, "date": TODAY, "channel": "complaint"}
            )
        self.due(poor, 100, 10)
        rich.segmentation_need_ids = self.env["customer.segmentation.segment"].search(
            [("dimension_id.code", "=", "need")]
        )
        poor.segmentation_need_ids = rich.segmentation_need_ids[:1]
        self.recompute(company=self.company)
        orders = {
            name: self.quotation(
                partner, company=self.company, user_id=self.alice.id
            ).with_user(self.alice)
            for name, partner in [("warm", poor), ("poor", poor), ("rich", rich)]
        }
        counts = {}
        for name, order in orders.items():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.assertTrue(order.read(["segmentation_banner"])[0]["segmentation_banner"])
            counts[name] = self.env.cr.sql_log_count - before
        self.assertEqual(counts["poor"], counts["rich"])
        self.assertLessEqual(counts["rich"], 35)  # with all caches of the ORM empty


@tagged("post_install", "-at_install")
class TestObjection(BannerCase):
    """Zhang is a person who ordered 10 days ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.zhang = cls.customer("Zhang", is_company=False, user_id=cls.alice.id)
        cls.order(cls.zhang, day=days_ago(10), company=cls.company)
        cls.recompute(company=cls.company)

    def object(self):
        self.zhang.with_user(self.alice).segmentation_objected = True
        self.env.flush_all()
        self.env.invalidate_all()

    def test_objection_when_made_then_no_profile_and_no_segments(self):
        self.assertTrue(self.profile(self.zhang))
        self.object()
        self.assertFalse(self.profile(self.zhang))
        self.assertFalse(self.zhang.segmentation_value_segment_id)
        self.assertTrue(self.zhang.segmentation_objected_date)
        left = self.env["customer.segmentation.history"].search(
            [("partner_id", "=", self.zhang.id), ("reason", "=", "left")]
        )
        self.assertIn(self.segment("lifecycle_new"), left.from_segment_id)
        self.assertFalse(left.to_segment_id)

    def test_objection_when_made_then_off_the_call_list_and_out_of_the_pool_at_once(self):
        call = self.env["customer.segmentation.call"].create(
            {
                "partner_id": self.zhang.id,
                "company_id": self.company.id,
                "opened_date": days_ago(1),
                "reason": "overdue",
            }
        )
        move = self.env["customer.segmentation.pool.move"].create(
            {
                "partner_id": self.zhang.id,
                "company_id": self.company.id,
                "kind": "release",
                "date": days_ago(1),
                "is_open": True,
            }
        )
        self.assertTrue(move.in_pool)
        self.object()
        self.assertEqual((call.state, call.closed_date), ("obsolete", TODAY))
        self.assertFalse(move.in_pool)

    def test_objection_when_made_then_what_waits_in_playbooks_is_not_done(self):
        """On leaving, too: nobody is in the segment who could leave it."""
        playbook = self.env["customer.segmentation.playbook"].create(
            {
                "name": "Dear",
                "segment_id": self.segment("lifecycle_new").id,
                "step_ids": [Command.create({"kind": "activity", "moment": "leave"})],
            }
        )
        event = self.env["customer.segmentation.playbook.event"].create(
            {
                "playbook_id": playbook.id,
                "step_id": playbook.step_ids.id,
                "partner_id": self.zhang.id,
                "company_id": self.company.id,
                "moment": "leave",
                "date": days_ago(1),
                "state": "queued",
            }
        )
        self.object()
        playbook._switch_on(TODAY)
        self.recompute(company=self.company)
        self.assertEqual(
            (event.state, event.reason, event.done_date), ("skipped", "objects", TODAY)
        )
        self.assertFalse(self.zhang.activity_ids)

    def test_objection_when_made_then_what_playbooks_left_behind_is_withdrawn(self):
        """The tag of the step, which tells the segment, goes; that of a person stays."""
        gold, regular = self.env["res.partner.category"].create([{"name": "Gold"}, {"name": "R"}])
        self.zhang.category_id = regular
        step = {"moment": "enter"}
        playbook = self.env["customer.segmentation.playbook"].create(
            {
                "name": "Dear",
                "segment_id": self.segment("lifecycle_new").id,
                "only_new_members": False,
                "step_ids": [
                    Command.create({**step, "kind": "activity"}),
                    Command.create(
                        {
                            **step,
                            "kind": "tag",
                            "category_id": gold.id,
                            "remove_on_leave": True,
                        }
                    ),
                ],
            }
        )
        playbook._switch_on(TODAY)
        self.recompute(company=self.company)
        self.assertEqual(self.zhang.category_id, gold | regular)
        self.assertEqual(len(self.zhang.activity_ids), 1)
        self.object()
        self.assertEqual(self.zhang.category_id, regular)
        self.assertFalse(self.zhang.activity_ids)

    def test_objection_when_recomputed_then_it_survives(self):
        self.object()
        self.recompute(company=self.company)
        self.recompute(as_of=TODAY + timedelta(days=1), company=self.company)
        self.recompute(partner_ids=self.zhang.ids, company=self.company)
        self.order(self.zhang, day=TODAY, company=self.company)
        self.recompute(company=self.company)
        self.assertFalse(self.profile(self.zhang))

    def test_objection_when_imported_again_then_it_survives(self):
        self.object()
        self.zhang.with_user(self.alice).write({"name": "Zhang Wei", "phone": "1"})
        self.recompute(company=self.company)
        self.assertTrue(self.zhang.segmentation_objected)
        self.assertFalse(self.profile(self.zhang))

    def test_objection_when_merged_then_it_survives(self):
        self.object()
        double = self.customer("Zhang Too", is_company=False)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (double | self.zhang).ids, double
        )
        self.assertTrue(double.segmentation_objected)
        self.recompute(company=self.company)
        self.assertFalse(self.profile(double))

    def test_objection_when_withdrawn_then_by_a_manager_only(self):
        self.object()
        for no in (False, 0, None):
            with self.subTest(no=no), self.assertRaisesRegex(AccessError, "only a manager"):
                self.zhang.with_user(self.alice).write({"segmentation_objected": no})
        self.assertTrue(self.zhang.segmentation_objected)

    def test_objection_when_withdrawn_then_a_profile_again(self):
        self.object()
        manager = self.user("banner_manager", SALES_MANAGER, self.company)
        self.zhang.with_user(manager).segmentation_objected = False
        self.assertFalse(self.zhang.segmentation_objected_date)
        self.recompute(company=self.company)
        self.assertEqual(self.profile(self.zhang).order_count, 1)

    def test_objection_when_of_a_company_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "only a person can object"):
            self.motors.segmentation_objected = True

    def test_objection_when_made_then_no_messages(self):
        self.assertFalse(self.zhang._segmentation_refusing_messages())
        self.object()
        self.assertEqual(
            (self.zhang | self.motors)._segmentation_refusing_messages(), self.zhang
        )

    def test_objection_when_an_order_is_written_then_warned_not_blocked(self):
        self.object()
        banner = self.banner(self.zhang)
        self.assertEqual(banner["segments"], [])
        self.assertEqual(
            banner["warnings"],
            ["Zhang objects to being classified: no segments, and no messages by segment."],
        )
        order = self.quotation(self.zhang, company=self.company)
        order.action_confirm()
        self.assertEqual(order.state, "sale")

    def test_objection_when_one_person_of_a_company_then_the_company_stays(self):
        person = self.customer("Li", is_company=False, parent_id=self.motors.id)
        person.segmentation_objected = True
        self.recompute(company=self.company)
        self.assertTrue(self.profile(self.motors))
        warnings = self.banner(person)["warnings"]
        self.assertEqual(len(warnings), 1)
        self.assertIn("Li objects", warnings[0])


@tagged("post_install", "-at_install")
class TestBannerTour(HttpCase):
    # With a comma, as Chromium reads it: Odoo 17's own default is taken for nothing.
    browser_size = "1366,768"

    def test_salesperson_chooses_a_customer_and_reads_the_banner(self):
        user = new_test_user(self.env, "tour_banner", f"base.group_user,{SALESMAN}")
        partner = self.env["res.partner"].create(
            {"name": "Tour Banner", "is_company": True, "user_id": user.id}
        )
        self.env["customer.segmentation.feedback"].create(
            {"contact_id": partner.id, "channel": "complaint"}
        )
        self.env["customer.segmentation.playbook"].create(
            {
                "name": "Tour", "advice": "Send the catalogue.",
                "segment_id": self.env.ref("customer_segmentation.segment_lifecycle_prospect").id,
            }
        )
        self.env["customer.segmentation.run"]._recompute(self.env.company)
        # Sales has no menu of its own without its management application
        action = self.env.ref("sale.action_quotations").id
        url = f"/web#action={action}&view_type=form"
        if version_info[0] >= 18:
            url = f"/odoo/action-{action}/new"
        self.start_tour(url, "customer_segmentation_banner", login=user.login, timeout=240)
        self.assertFalse(self.env["sale.order"].search([("partner_id", "=", partner.id)]))
