"""People and customers that the tests of feedback share."""

from unittest.mock import patch

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase

from odoo.tests import Form


class FeedbackCase(DocumentCase):
    """The clock stands on 30 June 2024."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: TODAY)
        )
        cls.alice = cls.user("feedback_alice", SALESMAN)
        cls.bob = cls.user("feedback_bob", SALESMAN)
        cls.chief = cls.user("feedback_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("feedback_manager", SALES_MANAGER)
        cls.plain = cls.user("feedback_plain", "base.group_user")
        cls.alices = cls.customer("Feedback Alice's", user_id=cls.alice.id)
        cls.bobs = cls.customer("Feedback Bob's", user_id=cls.bob.id)
        cls.nobodys = cls.customer("Feedback Nobody's")
        cls.buyer = cls.env["res.partner"].create(
            {"name": "Feedback Buyer", "parent_id": cls.alices.id}
        )
        cls.feedback = cls.env["customer.segmentation.feedback"]

    @classmethod
    def log(cls, partner, user=None, **vals):
        """Feedback of today by phone, as the user (with all rights without one)."""
        feedback = cls.feedback.with_user(user) if user else cls.feedback
        return feedback.create({"partner_id": partner.id, "channel": "phone", **vals})

    def dialog(self, record, user=None, **context):
        """The form that the button *Log Feedback* of the record opens."""
        record = record.with_user(user or self.alice).with_context(**context)
        action = record.action_log_segmentation_feedback()
        feedback = self.feedback.with_user(user or self.alice).with_context(**action["context"])
        return Form(
            feedback, view="customer_segmentation.customer_segmentation_feedback_view_form_log"
        )
