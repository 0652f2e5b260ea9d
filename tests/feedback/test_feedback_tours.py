"""Logging feedback in a real browser, on a desktop and as wide as a phone."""

from odoo.tests import HttpCase, new_test_user, tagged


class FeedbackTourCase(HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = new_test_user(
            cls.env, "tour_feedback", "base.group_user,sales_team.group_sale_salesman"
        )
        cls.partner = cls.env["res.partner"].create(
            {"name": "Tour Feedback", "is_company": True, "user_id": cls.salesman.id}
        )

    def feedback(self):
        return self.env["customer.segmentation.feedback"].search(
            [("partner_id", "=", self.partner.id)]
        )

    def start(self, tour):
        self.start_tour(
            f"/web#id={self.partner.id}&model=res.partner&view_type=form",
            tour,
            login="tour_feedback",
            timeout=240,
        )


@tagged("post_install", "-at_install")
class TestFeedbackTours(FeedbackTourCase):
    browser_size = "1366,768"

    def test_salesman_logs_feedback_of_a_contact_in_three_clicks(self):
        self.start("customer_segmentation_feedback")
        feedback = self.feedback()
        self.assertEqual((feedback.user_id, feedback.score), (self.salesman, 25))

    def test_salesman_logs_feedback_after_a_call(self):
        self.partner.activity_schedule(
            "mail.mail_activity_data_call", user_id=self.salesman.id, summary="How was it?"
        )
        self.start("customer_segmentation_feedback_activity")
        feedback = self.feedback()
        self.assertEqual((feedback.channel, feedback.score), ("phone", 100))
        self.assertFalse(self.partner.activity_ids)


@tagged("post_install", "-at_install")
class TestFeedbackToursOnAPhone(FeedbackTourCase):
    browser_size = "390,844"
    touch_enabled = True

    def test_salesman_logs_feedback_of_a_contact_in_three_clicks(self):
        self.start("customer_segmentation_feedback_phone")
        self.assertEqual(self.feedback().score, 25)
