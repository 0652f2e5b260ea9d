"""A low answer makes an activity at once: for whom, in what words, and never twice."""

from datetime import datetime, timedelta
from unittest.mock import patch

from common import SALES_MANAGER, SALESMAN, TODAY
from feedback_case import FeedbackCase

from odoo.tests import tagged


class LowAnswerCase(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.activity_type = cls.env.ref("customer_segmentation.mail_activity_low_answer")
        cls.order_of_today = cls.order(cls.alices)
        cls.team = cls.env["crm.team"].create(
            {"name": "Feedback Team", "user_id": cls.chief.id, "company_id": cls.company.id}
        )

    def follow_ups(self, partner=None):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", "res.partner"),
                ("res_id", "=", (partner or self.alices).id),
                ("activity_type_id", "=", self.activity_type.id),
            ],
            order="id",
        )

    def rate(self, value, record=None, consumed=True, **vals):
        record = record or self.order_of_today
        return self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "partner_id": self.buyer.id,
                "rating": value,
                "consumed": consumed,
                "segmentation_rated_on": datetime(2024, 6, 30, 12),
                **vals,
            }
        )

    def make_value_a(self, partner):
        self.recompute()
        self.assertEqual(self.profile(partner).value_segment_id, self.segment("value_a"))


@tagged("post_install", "-at_install")
class TestLowAnswer(LowAnswerCase):
    def test_feedback_when_below_50_then_the_salesperson_has_an_activity_today(self):
        self.log(
            self.buyer, self.manager, delivery_rating="1", product_rating="4", nps="4",
            remark="Two weeks <late>",
        )
        activity = self.follow_ups()
        self.assertEqual(activity.user_id, self.alice)
        self.assertEqual(activity.date_deadline, TODAY)
        # 75 of the product is fine
        self.assertEqual(
            activity.summary, "Low answer: Delivery 1 of 5, Would Recommend (NPS) 4 of 10"
        )
        self.assertIn("Two weeks &lt;late&gt;", activity.note)

    def test_feedback_when_50_or_no_answer_then_none(self):
        self.log(self.alices, product_rating="3", nps="5")
        self.log(self.alices, remark="Only words")
        self.assertFalse(self.follow_ups())

    def test_feedback_when_lowered_later_then_an_activity(self):
        feedback = self.log(self.alices, product_rating="3")
        feedback.remark = "Hm"
        self.assertFalse(self.follow_ups())
        feedback.product_rating = "2"
        self.assertEqual(self.follow_ups().summary, "Low answer: Product 2 of 5")

    def test_feedback_when_one_is_open_then_no_second_and_when_done_then_anew(self):
        self.log(self.alices, product_rating="1")
        self.log(self.alices, delivery_rating="1")
        self.rate(1)
        activity = self.follow_ups()
        self.assertEqual(len(activity), 1)
        activity.with_user(self.alice).action_feedback("Called")
        self.log(self.alices, price_rating="1")
        self.assertEqual(self.follow_ups().summary, "Low answer: Price and Buying 1 of 5")

    def test_rating_when_below_50_then_an_activity_and_at_50_none(self):
        rating = self.rate(0, consumed=False)
        for value in (3, 5):
            rating.write({"rating": value, "consumed": True})
        self.assertFalse(self.follow_ups())
        rating.write({"rating": 1, "feedback": "Broken on arrival"})
        activity = self.follow_ups()
        self.assertEqual(activity.user_id, self.alice)
        self.assertEqual(activity.summary, f"Low answer: {self.order_of_today.name}: 1 of 5")
        self.assertIn("Broken on arrival", activity.note)

    def test_rating_when_0_then_no_answer_and_no_activity(self):
        self.rate(0)
        self.assertFalse(self.follow_ups())

    def test_answer_when_older_than_30_days_then_no_news(self):
        self.log(self.alices, product_rating="1", date=TODAY - timedelta(days=31))
        self.rate(1, segmentation_rated_on=datetime(2024, 5, 30, 12))
        self.assertFalse(self.follow_ups())
        self.log(self.alices, product_rating="1", date=TODAY - timedelta(days=30))
        self.assertEqual(len(self.follow_ups()), 1)

    # For whom

    def test_manager_when_value_a_then_the_leader_too_and_each_once(self):
        self.env["crm.team.member"].create(
            {"crm_team_id": self.team.id, "user_id": self.alice.id}
        )
        self.make_value_a(self.alices)
        for _number in range(2):
            self.log(self.alices, product_rating="1")
        self.assertEqual(self.follow_ups().user_id, self.alice | self.chief)
        self.assertEqual(len(self.follow_ups()), 2)

    def test_manager_when_the_salesperson_leads_then_a_segmentation_manager(self):
        self.team.user_id = self.alice
        self.env["crm.team.member"].create(
            {"crm_team_id": self.team.id, "user_id": self.alice.id}
        )
        self.make_value_a(self.alices)
        self.log(self.alices, product_rating="1")
        salesperson, manager = self.follow_ups().user_id.sorted(lambda user: user != self.alice)
        self.assertEqual(salesperson, self.alice)
        self.assertTrue(manager.has_group("customer_segmentation.group_manager"))

    def test_manager_when_not_value_a_then_the_salesperson_alone(self):
        self.recompute()
        self.log(self.bobs, product_rating="1")
        self.assertEqual(self.follow_ups(self.bobs).user_id, self.bob)

    def test_nobody_when_no_salesperson_then_who_logged_it(self):
        self.log(self.nobodys, self.alice, product_rating="1")
        self.assertEqual(self.follow_ups(self.nobodys).user_id, self.alice)

    def test_nobody_when_neither_then_a_manager(self):
        self.log(self.nobodys, user_id=False, product_rating="1")
        user = self.follow_ups(self.nobodys).user_id
        self.assertTrue(user.has_group("customer_segmentation.group_manager"))

    def test_salesperson_when_left_or_of_another_company_then_passed_over(self):
        beside = self.env["res.company"].create({"name": "Low Beside"})
        stranger = self.user("low_stranger", SALESMAN, beside)
        self.bobs.user_id = stranger
        self.log(self.bobs, self.manager, product_rating="1")
        self.assertEqual(self.follow_ups(self.bobs).user_id, self.manager)
        self.alice.active = False
        self.log(self.alices, self.manager, product_rating="1")
        self.assertEqual(self.follow_ups().user_id, self.manager)

    def test_words_when_the_salesperson_reads_another_language_then_theirs(self):
        self.env["res.lang"]._activate_lang("zh_CN")
        field = self.env["ir.model.fields"]._get(self.feedback._name, "product_rating")
        field.with_context(lang="zh_CN").field_description = "产品质量"
        self.alice.lang = "zh_CN"
        self.log(self.alices, self.manager, product_rating="1")
        self.assertIn("产品质量", self.follow_ups().summary)

    def test_type_when_deleted_then_no_activity_and_no_error(self):
        self.activity_type.unlink()
        self.assertTrue(self.log(self.alices, product_rating="1"))

    def test_statements_when_ten_times_the_feedback_then_no_search_per_customer(self):
        """What Odoo does for an activity is its own; ours looks once for all."""
        partners = self.env["res.partner"].create(
            [{"name": f"Low {number}", "user_id": self.alice.id} for number in range(66)]
        )
        counts = []
        for some in (partners[:6], partners[6:]):
            feedback = self.feedback.create(
                [{"partner_id": partner.id, "channel": "phone", "nps": "9"} for partner in some]
            )
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE customer_segmentation_feedback"
                "   SET nps = '0', lowest_score = 0 WHERE id = ANY(%s)",
                [feedback.ids],
            )
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            activities = type(self.env["mail.activity"])
            with patch.object(activities, "create", autospec=True) as create:
                feedback._follow_up_low_answers()
            [(_model, taken)] = [call.args for call in create.call_args_list]
            self.assertEqual(len(taken), len(some))
            counts.append(self.env.cr.sql_log_count - before)
        self.assertLessEqual(counts[1], counts[0] + 2)

    def test_manager_when_a_public_visitor_answers_then_the_activity_is_made(self):
        """As Odoo's route applies a rating: by nobody who is logged in."""
        public = self.env.ref("base.public_user")
        rating = self.rate(0, consumed=False)
        order = self.order_of_today.with_user(public).sudo()
        order.rating_apply(1, rating=rating.with_user(public).sudo(), feedback="Never again")
        self.assertEqual(self.follow_ups().user_id, self.alice)

    def test_manager_when_it_is_the_manager_who_sells_then_one_activity(self):
        boss = self.user("low_boss", SALES_MANAGER)
        self.team.user_id = boss
        self.env["crm.team.member"].create({"crm_team_id": self.team.id, "user_id": boss.id})
        self.alices.user_id = boss
        self.make_value_a(self.alices)
        self.log(self.alices, product_rating="1")
        self.assertEqual(len(self.follow_ups().filtered(lambda a: a.user_id == boss)), 1)
