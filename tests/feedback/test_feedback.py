"""Feedback: what may be logged, by whom, of whom, and what its score is."""

from datetime import date, timedelta

from common import SALES_MANAGER, TODAY
from feedback_case import FeedbackCase
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestFeedback(FeedbackCase):
    def test_score_when_topics_nps_and_csat_then_mean_of_the_answers(self):
        # product 5 -> 100, price 2 -> 25, CSAT 4 -> 75, NPS 6 -> 60: 260 / 4 = 65
        feedback = self.log(self.alices, product_rating="5", price_rating="2", csat="4", nps="6")
        self.assertEqual((feedback.score, feedback.answer_count), (65, 4))
        self.assertEqual(feedback.lowest_score, 25)

    def test_score_when_zero_is_the_answer_then_it_counts(self):
        # NPS 0 and one star are answers of 0, not missing ones: (0 + 0 + 75) / 3 = 25
        feedback = self.log(self.alices, nps="0", product_rating="1", service_rating="4")
        self.assertEqual((feedback.score, feedback.answer_count), (25, 3))

    def test_score_when_star_is_taken_back_then_no_answer(self):
        feedback = self.log(self.alices, product_rating="0", remark="Late again")
        self.assertFalse(feedback.product_rating)
        self.assertEqual(feedback.answer_count, 0)
        feedback.service_rating = "4"
        self.assertEqual((feedback.score, feedback.answer_count), (75, 1))
        feedback.service_rating = "0"
        self.assertFalse(feedback.service_rating)
        self.assertEqual(feedback.answer_count, 0)

    def test_documents_when_hidden_then_not_named_by_their_numbers(self):
        order = self.quotation(self.nobodys, user_id=self.bob.id)
        lead = self.env["crm.lead"].create(
            {"name": "Between us", "partner_id": self.nobodys.id, "user_id": self.bob.id}
        )
        for vals in ({"order_id": order.id}, {"lead_id": lead.id}):
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                self.log(self.nobodys, self.alice, **vals)
            feedback = self.log(self.nobodys, self.alice)
            with self.subTest(vals=vals), self.assertRaises(AccessError):
                feedback.write(vals)
            self.assertTrue(self.log(self.nobodys, self.bob, **vals))
            self.assertTrue(self.log(self.nobodys, self.manager, **vals))

    def test_customer_when_a_contact_spoke_then_its_company(self):
        for vals in (
            {"partner_id": self.buyer.id},
            {"contact_id": self.buyer.id},
            {"partner_id": self.alices.id, "contact_id": self.buyer.id},
        ):
            with self.subTest(vals=vals):
                feedback = self.feedback.create({"channel": "visit", **vals})
                self.assertEqual(feedback.partner_id, self.alices)
                self.assertEqual(feedback.contact_id, self.buyer)

    def test_customer_when_the_contact_moves_then_its_feedback_follows(self):
        feedback = self.log(self.buyer)
        self.buyer.parent_id = self.bobs
        self.assertEqual(feedback.partner_id, self.bobs)

    def test_customer_when_the_contact_is_of_another_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "does not belong to Feedback Bob's"):
            self.log(self.bobs, contact_id=self.buyer.id)

    def test_customer_when_missing_then_refused(self):
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            self.feedback.create({"channel": "phone"})

    def test_date_when_it_is_to_come_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "2024-07-01 is of a day to come"):
            self.log(self.alices, date=TODAY + timedelta(days=1))
        self.assertEqual(self.log(self.alices).date, TODAY)
        self.assertEqual(self.log(self.alices, date="2020-02-29").date, date(2020, 2, 29))

    def test_company_when_the_customer_is_of_another_then_refused(self):
        beside = self.env["res.company"].create({"name": "Feedback Beside"})
        theirs = self.customer("Feedback Theirs", company_id=beside.id)
        with self.assertRaisesRegex(ValidationError, "customer of Feedback Beside"):
            self.log(theirs)
        self.assertTrue(self.log(theirs, company_id=beside.id))

    def test_queue_when_logged_changed_or_deleted_then_the_customer(self):
        self.empty_queue()
        feedback = self.log(self.buyer, product_rating="3")
        self.assertEqual(self.queued(), {self.alices.id})
        self.empty_queue()
        feedback.remark = "Only words"
        self.assertEqual(self.queued(), set())
        feedback.nps = "9"
        self.assertEqual(self.queued(), {self.alices.id})
        self.empty_queue()
        feedback.partner_id = self.bobs
        self.assertEqual(self.queued(), {self.alices.id, self.bobs.id})
        self.assertEqual(feedback.contact_id, self.bobs)
        self.empty_queue()
        feedback.unlink()
        self.assertEqual(self.queued(), {self.bobs.id})

    # Complaints

    def test_complaint_when_resolved_and_opened_again_then_known(self):
        complaint = self.log(self.alices, channel="complaint")
        self.assertTrue(complaint.is_open_complaint)
        # logged by somebody else: it is the customer's salesperson who settles it
        complaint.with_user(self.alice).action_resolve()
        self.assertFalse(complaint.is_open_complaint)
        self.assertEqual(complaint.resolved_date, TODAY)
        complaint.with_user(self.alice).action_reopen()
        self.assertTrue(complaint.is_open_complaint)
        self.assertFalse(self.log(self.alices).is_open_complaint)

    def test_complaint_when_the_customer_is_hidden_then_not_settled(self):
        complaint = self.log(self.bobs, channel="complaint")
        for method in ("action_resolve", "action_reopen"):
            for user in (self.alice, self.plain):
                self.env.invalidate_all()
                with self.subTest(method=method, user=user.login), self.assertRaises(AccessError):
                    getattr(complaint.with_user(user), method)()

    # The dialog

    def test_dialog_when_from_a_contact_then_customer_and_contact_are_filled(self):
        form = self.dialog(self.buyer)
        self.assertEqual(form.partner_id, self.alices)
        form.product_rating = "2"
        feedback = form.save()
        self.assertEqual((feedback.partner_id, feedback.contact_id), (self.alices, self.buyer))
        self.assertEqual((feedback.user_id, feedback.date), (self.alice, TODAY))
        self.assertEqual((feedback.channel, feedback.score), ("visit", 25))

    def test_dialog_when_from_order_and_opportunity_then_linked(self):
        order = self.quotation(self.buyer, user_id=self.alice.id)
        lead = self.env["crm.lead"].create(
            {"name": "Lead", "partner_id": self.alices.id, "user_id": self.alice.id}
        )
        self.assertEqual(self.dialog(order).save().order_id, order)
        self.assertEqual(self.dialog(lead).save().lead_id, lead)

    def test_form_when_the_customer_is_changed_then_the_contact_goes(self):
        feedback = self.log(self.buyer, self.manager)
        with Form(feedback) as form:
            form.partner_id = self.bobs
        self.assertEqual((feedback.partner_id, feedback.contact_id), (self.bobs, self.bobs))

    def test_dialog_when_opened_without_a_customer_then_it_can_be_chosen(self):
        form = Form(
            self.feedback.with_user(self.alice),
            view="customer_segmentation.customer_segmentation_feedback_view_form_log",
        )
        form.partner_id = self.nobodys
        self.assertEqual(form.save().partner_id, self.nobodys)

    def test_dialog_when_channel_was_used_before_then_offered_but_no_complaint(self):
        self.log(self.alices, self.alice, channel="online")
        self.log(self.alices, self.alice, channel="complaint")
        self.assertEqual(self.dialog(self.alices).channel, "online")
        self.assertEqual(self.dialog(self.alices, default_channel="phone").channel, "phone")

    def test_dialog_when_lead_has_no_contact_then_refused_in_words(self):
        lead = self.env["crm.lead"].create({"name": "Lead", "user_id": self.alice.id})
        with self.assertRaisesRegex(UserError, "Choose the customer first"):
            lead.with_user(self.alice).action_log_segmentation_feedback()

    def test_dialog_when_somebody_elses_customer_then_refused_in_words(self):
        with self.assertRaisesRegex(AccessError, "customer of feedback_bob"):
            self.bobs.with_user(self.alice).action_log_segmentation_feedback()
        order = self.quotation(self.bobs, user_id=self.alice.id)
        with self.assertRaisesRegex(AccessError, "customer of feedback_bob"):
            order.with_user(self.alice).action_log_segmentation_feedback()
        self.assertTrue(self.bobs.with_user(self.chief).action_log_segmentation_feedback())

    def test_dialog_when_without_the_group_then_refused(self):
        order = self.quotation(self.nobodys)
        lead = self.env["crm.lead"].create({"name": "Lead", "partner_id": self.nobodys.id})
        for record in (self.nobodys, order, lead):
            with self.subTest(model=record._name), self.assertRaises(AccessError):
                record.with_user(self.plain).action_log_segmentation_feedback()

    # Rights

    def test_create_when_salesman_then_for_customers_seen(self):
        for partner in (self.alices, self.nobodys):
            self.assertEqual(self.log(partner, self.alice).user_id, self.alice)
        with self.assertRaises(AccessError):
            self.log(self.bobs, self.alice)
        self.assertTrue(self.log(self.bobs, self.chief))
        with self.assertRaises(AccessError):
            self.log(self.nobodys, self.plain)

    def test_create_when_in_somebody_elses_name_then_managers_only(self):
        for user in (self.alice, self.chief):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self.log(self.nobodys, user, user_id=self.bob.id)
        self.assertEqual(
            self.log(self.nobodys, self.manager, user_id=self.bob.id).user_id, self.bob
        )

    def test_write_when_salesman_then_own_feedback_only(self):
        own, other = self.log(self.alices, self.alice), self.log(self.alices, self.manager)
        own.remark = "Clearer"
        for user in (self.alice, self.chief):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                other.with_user(user).write({"remark": "Changed"})
        own.with_user(self.manager).remark = "Checked"
        for feedback in (own, other):
            with self.assertRaises(AccessError):
                feedback.with_user(self.alice).unlink()
        (own | other).with_user(self.manager).unlink()

    def test_search_when_each_role_then_its_customers_of_its_company(self):
        beside = self.env["res.company"].create({"name": "Feedback Beside"})
        neighbour = self.user("feedback_neighbour", SALES_MANAGER, beside)
        logged = self.feedback
        for partner in (self.alices, self.bobs, self.nobodys):
            logged |= self.log(partner)
        logged |= self.log(self.nobodys, company_id=beside.id)
        ours = [("id", "in", logged.ids)]
        for user, partners in (
            (self.alice, self.alices | self.nobodys),
            (self.bob, self.bobs | self.nobodys),
            (self.chief, self.alices | self.bobs | self.nobodys),
            (self.manager, self.alices | self.bobs | self.nobodys),
        ):
            seen = self.feedback.with_user(user).search(ours)
            with self.subTest(user=user.login):
                self.assertEqual(seen.sudo().partner_id, partners)
                self.assertEqual(seen.company_id, self.company)
        self.assertEqual(self.feedback.with_user(neighbour).search(ours).company_id, beside)
        with self.assertRaises(AccessError):
            self.feedback.with_user(self.plain).search(ours)

    # Contacts that are merged or erased

    def test_merge_when_both_have_feedback_then_all_is_kept(self):
        first, second = self.log(self.alices, nps="9"), self.log(self.nobodys, nps="3")
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.alices | self.nobodys).ids, self.alices
        )
        self.env.invalidate_all()
        self.assertEqual((first | second).partner_id, self.alices)
        self.assertEqual((first | second).contact_id, self.alices)

    def test_erase_when_the_contact_is_deleted_then_its_feedback_too(self):
        feedback, other = self.log(self.nobodys, remark="Personal"), self.log(self.alices)
        self.nobodys.unlink()
        self.assertFalse(feedback.exists())
        self.assertTrue(other.exists())

    def test_order_when_deleted_then_its_feedback_stays(self):
        order = self.quotation(self.alices)
        feedback = self.log(self.alices, order_id=order.id)
        order.unlink()
        self.assertTrue(feedback.exists())
        self.assertFalse(feedback.order_id)
