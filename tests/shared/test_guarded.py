"""What the application alone fills: no person writes it, by whatever call."""

from common import TODAY
from feedback_case import FeedbackCase

from odoo.exceptions import AccessError
from odoo.models import MAGIC_COLUMNS
from odoo.tests import Form, tagged

REFUSAL = "filled by the application"
ADMINISTRATORS = ("base.group_system", "base.group_erp_manager")
# Among what the test below must find, or it would look for nothing.
KNOWN = {
    ("customer.segmentation.feedback", "score"),
    ("customer.segmentation.feedback", "is_open_complaint"),
    ("customer.segmentation.action", "closed_date"),
    ("customer.segmentation.need.request", "industry_id"),
    ("customer.segmentation.playbook", "since_history_id"),
    ("customer.segmentation.criteria", "company_id"),
    ("mail.activity", "segmentation_event_id"),
    ("rating.rating", "segmentation_company_id"),
    ("sale.order", "segmentation_confirmed_value_segment_id"),
}


@tagged("post_install", "-at_install")
class TestGuarded(FeedbackCase):
    def written_by_people(self):
        """Models that somebody may write or create who does not administer the database."""
        administrators = [self.env.ref(group).id for group in ADMINISTRATORS]
        rights = self.env["ir.model.access"].search(
            [
                ("group_id", "not in", administrators),
                "|", ("perm_write", "=", True), ("perm_create", "=", True),
            ]
        )
        return set(rights.mapped("model_id.model"))

    def filled_fields(self):
        """(model, field) of what the addon fills by itself and the manager of sales may see."""
        for name in self.written_by_people():
            model = self.env[name].with_user(self.manager)
            seen = model.fields_get()
            for field in model._fields.values():
                ours = "customer_segmentation" in field._modules
                filled = field.store and field.readonly and not field.inverse
                if ours and filled and field.name in seen and field.name not in MAGIC_COLUMNS:
                    yield name, field.name

    def test_fields_when_filled_by_the_application_then_refused_in_every_model(self):
        """Whatever the addon adds later too."""
        found = set(self.filled_fields())
        self.assertLessEqual(KNOWN, found)
        taken = []
        for model, name in found:
            records = self.env[model].with_user(self.manager)
            # of no record: Odoo answers yes where nothing refuses the field itself
            for method in (records.write, lambda vals, records=records: records.create([vals])):
                try:
                    method({name: False})
                except AccessError as error:
                    if REFUSAL in str(error):
                        continue
                except Exception:  # a check of the model: it would have taken the value
                    pass
                taken.append((model, name))
        self.assertEqual(taken, [])

    def test_feedback_when_a_salesman_forges_what_is_computed_then_refused(self):
        feedback = self.log(self.alices, self.alice, csat="1", channel="complaint")
        forged = {
            "score": 100, "lowest_score": 100, "answer_count": 9, "is_open_complaint": False,
            "resolved_date": TODAY,
        }
        for user in (self.alice, self.chief, self.manager):
            for name, value in forged.items():
                case = {"user": user.login, "field": name}
                with self.subTest(**case), self.assertRaisesRegex(AccessError, REFUSAL):
                    feedback.with_user(user).write({"remark": "Nothing", name: value})
                with self.subTest(**case), self.assertRaisesRegex(AccessError, REFUSAL):
                    self.log(self.nobodys, user, **{name: value})
        self.assertEqual((feedback.score, feedback.is_open_complaint), (0, True))
        feedback.with_user(self.alice).write({"csat": "5"})
        self.assertEqual(feedback.score, 100)

    def test_defaults_when_given_by_the_caller_or_the_user_then_not_taken(self):
        self.env["ir.default"].with_user(self.alice).set(
            "customer.segmentation.feedback", "lowest_score", 100, user_id=True
        )
        feedback = (
            self.feedback.with_user(self.alice)
            .with_context(
                default_score=100, default_resolved_date=TODAY, default_channel="complaint"
            )
            .create({"partner_id": self.alices.id, "csat": "1"})
        )
        self.assertEqual((feedback.score, feedback.lowest_score), (0, 0))
        self.assertEqual((feedback.channel, feedback.is_open_complaint), ("complaint", True))
        action = (
            self.env["customer.segmentation.action"]
            .with_user(self.alice)
            .with_context(default_start_date="2020-01-01")
            .create({"name": "Pack in foam", "partner_id": self.alices.id})
        )
        self.assertEqual(action.start_date, TODAY)

    def test_line_when_forged_through_the_feedback_then_refused(self):
        feedback = self.log(self.alices, self.alice)
        with self.assertRaisesRegex(AccessError, REFUSAL):
            feedback.write(
                {
                    "action_ids": [
                        (0, 0, {"name": "X", "partner_id": self.alices.id, "closed_date": TODAY})
                    ]
                }
            )

    def test_copy_when_a_user_copies_then_the_copy_begins_anew(self):
        action = self.env["customer.segmentation.action"].with_user(self.alice).create(
            {"name": "Pack in foam", "partner_id": self.alices.id, "result": "Foam ordered"}
        )
        action.action_done()
        self.assertEqual(action.closed_date, TODAY)
        copied = action.copy()
        self.assertEqual((copied.state, copied.closed_date), ("open", False))
        playbook = self.env["customer.segmentation.playbook"].search([], limit=1)
        playbook.with_user(self.manager).action_resume()
        self.assertTrue(playbook.with_user(self.manager).copy().paused)
        draft = self.env["customer.segmentation.draft"].with_user(self.manager).create({})
        self.assertEqual(draft.copy().version_id, draft.version_id)

    def test_buttons_when_pressed_then_they_fill_all_the_same(self):
        complaint = self.log(self.alices, self.alice, channel="complaint")
        complaint.action_resolve()
        self.assertEqual((complaint.resolved_date, complaint.is_open_complaint), (TODAY, False))
        complaint.action_reopen()
        self.assertTrue(complaint.is_open_complaint)
        playbook = self.env["customer.segmentation.playbook"].search([], limit=1)
        playbook = playbook.with_user(self.manager)
        playbook.action_resume()
        self.assertEqual((playbook.paused, playbook.on_since_date), (False, TODAY))
        playbook.action_pause()
        self.assertTrue(playbook.paused)
        form = Form(
            complaint, view="customer_segmentation.customer_segmentation_feedback_view_form"
        )
        form.csat = "5"
        self.assertEqual(form.save().score, 100)
