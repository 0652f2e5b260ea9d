"""What becomes of feedback: actions with an owner and a deadline, and special needs."""

from datetime import timedelta
from unittest.mock import patch

from common import SALES_MANAGER, TODAY
from feedback_case import FeedbackCase
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger


class ImprovementCase(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.actions = cls.env["customer.segmentation.action"]
        cls.needs = cls.env["customer.segmentation.need.request"]

    def action(self, partner=None, user=None, **vals):
        actions = self.actions.with_user(user) if user else self.actions
        return actions.create(
            {"name": "Pack in foam", "partner_id": (partner or self.alices).id, **vals}
        )

    def need(self, partner=None, user=None, **vals):
        needs = self.needs.with_user(user) if user else self.needs
        return needs.create(
            {"name": "Stainless gearbox", "partner_id": (partner or self.alices).id, **vals}
        )


@tagged("post_install", "-at_install")
class TestAction(ImprovementCase):
    def test_improve_when_pressed_on_feedback_then_an_action_of_the_customer(self):
        feedback = self.log(self.buyer, self.alice, delivery_rating="1", remark="Box was torn")
        opened = feedback.action_improve()
        form = Form(
            self.actions.with_user(self.alice).with_context(**opened["context"]),
            view="customer_segmentation.customer_segmentation_action_view_form_new",
        )
        form.name = "Pack in foam"
        action = form.save()
        self.assertEqual(action.partner_id, self.alices)
        self.assertEqual((action.feedback_id, action.remark), (feedback, "Box was torn"))
        self.assertEqual((action.user_id, action.state), (self.alice, "open"))
        self.assertEqual(action.deadline, TODAY + timedelta(days=14))
        self.assertEqual(feedback.action_count, 1)

    def test_days_when_open_then_until_today_and_when_closed_then_until_that_day(self):
        action = self.action(deadline=TODAY + timedelta(days=5))
        self.assertEqual((action.open_days, action.overdue_days), (0, 0))
        companies = type(self.company)
        with patch.object(
            companies, "_segmentation_today", lambda company: TODAY + timedelta(days=5)
        ):
            action.invalidate_recordset()
            self.assertEqual((action.open_days, action.overdue_days), (5, 0))
            self.assertFalse(self.actions.search([("overdue_days", ">", 0)]) & action)
        with patch.object(
            companies, "_segmentation_today", lambda company: TODAY + timedelta(days=8)
        ):
            action.invalidate_recordset()
            self.assertEqual((action.open_days, action.overdue_days), (8, 3))
            self.assertIn(action, self.actions.search([("overdue_days", ">", 0)]))
            self.assertNotIn(action, self.actions.search([("overdue_days", "=", 0)]))
            action.result = "Foam ordered"
            action.action_done()
            self.assertNotIn(action, self.actions.search([("overdue_days", ">", 0)]))
        with patch.object(
            companies, "_segmentation_today", lambda company: TODAY + timedelta(days=90)
        ):
            action.invalidate_recordset()
            self.assertEqual((action.open_days, action.overdue_days), (8, 3))

    def test_search_when_overdue_by_a_number_then_refused_in_words(self):
        with self.assertRaisesRegex(UserError, "overdue"):
            self.actions.search([("overdue_days", ">", 3)])

    def test_done_when_without_a_result_then_refused(self):
        action = self.action()
        with self.assertRaisesRegex(UserError, "result of Pack in foam"):
            action.action_done()
        action.result = " "
        with self.assertRaises(UserError):
            action.action_done()

    def test_state_when_moved_then_closed_date_follows(self):
        action = self.action()
        action.action_start()
        self.assertEqual((action.state, action.closed_date), ("doing", False))
        action.action_cancel()
        self.assertEqual((action.is_closed, action.closed_date), (True, TODAY))
        action.action_reopen()
        self.assertEqual((action.is_closed, action.closed_date), (False, False))

    def test_deadline_when_before_the_first_day_then_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.action(deadline=TODAY - timedelta(days=1))

    def test_kanban_when_grouped_then_every_state_has_a_column(self):
        self.action()
        states = [
            state
            for [state] in self.actions._read_group(
                [("id", "in", self.actions.search([]).ids)], ["state"]
            )
        ]
        self.assertIn("open", states)
        self.assertEqual(
            self.actions._group_expand_states([], []), ["open", "doing", "done", "cancelled"]
        )

    def test_customer_when_a_contact_is_given_then_its_company(self):
        self.assertEqual(self.action(self.buyer).partner_id, self.alices)
        self.assertEqual(self.need(self.buyer).partner_id, self.alices)

    # Rights

    def test_search_when_each_role_then_own_customers_and_own_tasks(self):
        alices, bobs, nobodys = (
            self.action(partner, user_id=self.manager.id)
            for partner in (self.alices, self.bobs, self.nobodys)
        )
        task = self.action(self.bobs, user_id=self.alice.id)
        ours = [("id", "in", (alices | bobs | nobodys | task).ids)]
        for user, seen in (
            (self.alice, alices | nobodys | task),
            (self.bob, bobs | nobodys | task),
            (self.chief, alices | bobs | nobodys | task),
            (self.manager, alices | bobs | nobodys | task),
        ):
            with self.subTest(user=user.login):
                found = self.actions.with_user(user).search(ours)
                self.assertEqual(set(found.ids), set(seen.ids))
        with self.assertRaises(AccessError):
            self.actions.with_user(self.plain).search(ours)
        beside = self.env["res.company"].create({"name": "Improvement Beside"})
        neighbour = self.user("improvement_neighbour", SALES_MANAGER, beside)
        self.assertFalse(self.actions.with_user(neighbour).search(ours))

    def test_write_when_the_customer_is_hidden_then_refused(self):
        action = self.action(self.bobs, user_id=self.bob.id)
        for call in ("action_start", "action_done", "action_cancel", "action_reopen"):
            for user in (self.alice, self.plain):
                self.env.invalidate_all()
                with self.subTest(call=call, user=user.login), self.assertRaises(AccessError):
                    getattr(action.with_user(user), call)()
        with self.assertRaises(AccessError):
            self.action(self.bobs, self.alice, user_id=self.bob.id)
        with self.assertRaises(AccessError):
            action.with_user(self.bob).unlink()
        action.with_user(self.manager).unlink()

    def test_improve_when_the_feedback_is_hidden_then_refused(self):
        feedback = self.log(self.bobs)
        for call in ("action_improve", "action_need"):
            for user in (self.alice, self.plain):
                self.env.invalidate_all()
                with self.subTest(call=call, user=user.login), self.assertRaises(AccessError):
                    getattr(feedback.with_user(user), call)()

    def test_feedback_when_hidden_then_not_cited_by_its_number(self):
        """An action of one's own customer that refers to it would tell its remark."""
        hidden = self.log(self.bobs, remark="Between us")
        own = self.log(self.alices, remark="Box was torn")
        self.assertEqual(self.action(user=self.alice, feedback_id=own.id).remark, "Box was torn")
        for make in (self.action, self.need):
            with self.subTest(make=make.__name__):
                with self.assertRaises(AccessError):
                    make(user=self.alice, feedback_id=hidden.id)
                record = make(user=self.alice)
                with self.assertRaises(AccessError):
                    record.write({"feedback_id": hidden.id})

    def makers(self):
        return self.action, self.need

    def test_create_when_own_but_of_anothers_customer_then_refused(self):
        """One's own task is one's own by the record rule, of whatever customer."""
        contact = self.env["res.partner"].create({"name": "Theirs", "parent_id": self.bobs.id})
        for make in self.makers():
            for partner in (self.bobs, contact):
                case = {"make": make.__name__, "partner": partner.name}
                with self.subTest(**case), self.assertRaises(AccessError):
                    make(partner, self.alice, user_id=self.alice.id)
        for make in self.makers():
            for user in (self.chief, self.manager):
                self.assertEqual(make(contact, user).partner_id, self.bobs)
            for partner in (self.alices, self.buyer, self.nobodys):
                self.assertTrue(make(partner, self.alice))

    def test_write_when_own_then_not_given_to_anothers_customer(self):
        for make in self.makers():
            record = make(user=self.alice, user_id=self.alice.id)
            with self.subTest(make=make.__name__), self.assertRaises(AccessError):
                record.write({"partner_id": self.bobs.id})
            record.invalidate_recordset()
            self.assertEqual(record.partner_id, self.alices)
            record.write({"partner_id": self.nobodys.id})
            self.assertEqual(record.partner_id, self.nobodys)
            for user in (self.chief, self.manager):
                record.with_user(user).write({"partner_id": self.bobs.id})
                self.assertEqual(record.sudo().partner_id, self.bobs)

    def test_task_when_of_a_hidden_customer_then_its_owner_handles_it(self):
        feedback = self.log(self.bobs, remark="Box was torn")
        action = self.action(self.bobs, self.chief, user_id=self.alice.id, feedback_id=feedback.id)
        task = action.with_user(self.alice)
        task.action_start()
        task.write({"result": "Foam ordered", "deadline": TODAY + timedelta(days=3)})
        task.action_done()
        self.assertEqual(action.state, "done")
        task.action_reopen()
        task.write({"user_id": self.bob.id})  # and may hand it on
        self.assertEqual(action.user_id, self.bob)

    def test_feedback_when_of_another_customer_then_refused_in_words(self):
        theirs = self.log(self.nobodys)
        for make in self.makers():
            for user in (self.alice, self.manager, None):
                case = {"make": make.__name__, "user": user and user.login}
                with self.subTest(**case), self.assertRaisesRegex(
                    ValidationError, "Feedback Nobody's's and not Feedback Alice's's"
                ):
                    make(user=user, feedback_id=theirs.id)
            record = make(user=self.alice)
            with self.assertRaises(ValidationError):
                record.write({"feedback_id": theirs.id})
            record.write({"feedback_id": theirs.id, "partner_id": self.nobodys.id})
            self.assertEqual(record.feedback_id, theirs)
            with self.assertRaises(ValidationError):
                record.write({"partner_id": self.alices.id})

    def test_feedback_when_hidden_and_of_another_customer_then_nothing_is_told(self):
        hidden = self.log(self.bobs)
        for make in self.makers():
            with self.assertRaises(AccessError) as refused:
                make(user=self.alice, feedback_id=hidden.id)
            self.assertNotIn("Feedback Bob's", str(refused.exception))

    def test_owner_when_a_portal_user_then_refused_in_words(self):
        portal = self.user("improvement_portal", "base.group_portal", name="Paula")
        with self.assertRaisesRegex(ValidationError, "Paula is a portal user"):
            self.action(user=self.alice, user_id=portal.id)
        with self.assertRaises(ValidationError):
            self.action(user=self.alice).write({"user_id": portal.id})

    def test_company_when_another_than_the_customers_or_feedbacks_then_refused(self):
        beside = self.env["res.company"].create({"name": "Improvement Beside"})
        both = self.user("improvement_both", SALES_MANAGER, self.company | beside)
        bees = self.customer("Bee's", company_id=beside.id)
        feedback = self.log(self.nobodys)
        for model, name in ((self.actions, "Pack in foam"), (self.needs, "Stainless gearbox")):
            records = model.with_user(both).with_context(
                allowed_company_ids=(self.company | beside).ids
            )
            vals = {"name": name, "partner_id": bees.id, "company_id": beside.id}
            record = records.create(vals)
            with self.assertRaisesRegex(ValidationError, "customer of Improvement Beside"):
                records.create({**vals, "company_id": self.company.id})
            with self.assertRaises(ValidationError):
                record.write({"company_id": self.company.id})
            with self.assertRaisesRegex(ValidationError, "and not to Improvement Beside"):
                records.create(
                    {**vals, "partner_id": self.nobodys.id, "feedback_id": feedback.id}
                )
            own = model.with_user(self.alice).create({"name": name, "partner_id": self.nobodys.id})
            with self.assertRaises(AccessError):  # a company the salesman does not work in
                own.write({"company_id": beside.id})

    def test_feedback_when_given_to_a_colleague_then_refused(self):
        """Nobody says in another's name what a customer said."""
        feedback = self.log(self.alices, self.alice, csat="5")
        with self.assertRaises(AccessError):
            feedback.write({"user_id": self.bob.id})
        feedback.with_user(self.manager).write({"user_id": self.bob.id})
        self.assertEqual(feedback.sudo().user_id, self.bob)

    def test_feedback_when_moved_to_anothers_customer_then_refused(self):
        """It would count in the satisfaction of a customer whose feedback one may not log."""
        feedback = self.log(self.alices, self.alice, csat="5")
        with self.assertRaises(AccessError):
            feedback.write({"partner_id": self.bobs.id, "csat": "1"})
        feedback.sudo().write({"partner_id": self.bobs.id})
        self.assertEqual(feedback.sudo().partner_id, self.bobs)

    # Contacts that are merged or erased

    def test_erase_when_the_contact_is_deleted_then_all_goes_with_it(self):
        feedback = self.log(self.nobodys)
        action = self.action(self.nobodys, feedback_id=feedback.id)
        need = self.need(self.nobodys, feedback_id=feedback.id)
        action.message_post(body="Personal words")
        messages = action.message_ids
        self.assertTrue(messages)
        self.nobodys.unlink()
        for record in (feedback, action, need):
            self.assertFalse(record.exists(), record._name)
        self.assertFalse(messages.exists())

    def test_merge_when_both_have_actions_then_all_are_kept(self):
        action, need = self.action(self.nobodys), self.need(self.nobodys)
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.alices | self.nobodys).ids, self.alices
        )
        self.env.invalidate_all()
        self.assertEqual((action.partner_id, need.partner_id), (self.alices, self.alices))

    def test_feedback_when_deleted_then_its_action_stays(self):
        feedback = self.log(self.alices)
        action = self.action(feedback_id=feedback.id)
        feedback.unlink()
        self.assertTrue(action.exists())


@tagged("post_install", "-at_install")
class TestNeedRequest(ImprovementCase):
    def test_need_when_noted_from_feedback_then_with_the_customers_industry(self):
        industry = self.env["res.partner.industry"].create({"name": "Food"})
        self.alices.industry_id = industry
        feedback = self.log(self.alices, self.alice)
        opened = feedback.action_need()
        form = Form(self.needs.with_user(self.alice).with_context(**opened["context"]))
        form.name = "Stainless gearbox"
        need = form.save()
        self.assertEqual((need.partner_id, need.industry_id), (self.alices, industry))
        self.assertEqual((need.feedback_id, need.user_id), (feedback, self.alice))
        self.assertEqual((need.date, need.state), (TODAY, "new"))

    def test_pivot_when_by_industry_and_category_then_counted(self):
        food, sea = self.env["res.partner.industry"].create([{"name": "Food"}, {"name": "Sea"}])
        gears = self.env["product.category"].create({"name": "Gears"})
        self.alices.industry_id, self.bobs.industry_id = food, sea
        needs = self.need(categ_id=gears.id, yearly_amount=1000)
        needs |= self.need(categ_id=gears.id, yearly_amount=500)
        needs |= self.need(self.bobs)
        groups = self.needs._read_group(
            [("id", "in", needs.ids)],
            ["categ_id", "industry_id"],
            ["__count", "yearly_amount:sum"],
        )
        self.assertEqual(
            set(groups), {(gears, food, 2, 1500.0), (gears.browse(), sea, 1, 0.0)}
        )

    def test_search_when_salesman_then_own_customers(self):
        needs = self.need(self.alices) | self.need(self.bobs)
        seen = self.needs.with_user(self.alice).search([("id", "in", needs.ids)])
        self.assertEqual(seen.partner_id, self.alices)
        with self.assertRaises(AccessError):
            self.need(self.bobs, self.alice)
        with self.assertRaises(AccessError):
            self.needs.with_user(self.plain).search([])
