"""Whose customer it is decides over all that is known and done of it, whatever the call.

Bob's customer has a record of each sort. Alice, who sells on her own account, a manager of another
company, an employee without the group and a portal user call everything that can be called.
"""

from datetime import timedelta

from common import SALES_MANAGER, TODAY
from feedback_case import FeedbackCase

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

PROFILE = "customer.segmentation.profile"
# Of a manager for the own companies, whatever record it is called on.
OF_A_MANAGER = {(PROFILE, "action_recompute")}
# Asks for the column first, which is no secret.
TRIED_ALONE = {(PROFILE, "action_move_to_segment")}


@tagged("post_install", "-at_install")
class TestHiddenCustomer(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        beside = cls.env["res.company"].create({"name": "Rights Beside"})
        cls.neighbour = cls.user("feedback_neighbour", SALES_MANAGER, beside)
        cls.portal = cls.user("feedback_portal", "base.group_portal")
        cls.portal.partner_id.parent_id = cls.bobs
        cls.strangers = (cls.alice, cls.neighbour, cls.plain, cls.portal)
        order = cls.order(cls.bobs)
        cls.recompute()
        whose = {"partner_id": cls.bobs.id, "company_id": cls.company.id}
        feedback = cls.log(cls.bobs, cls.bob, csat="1", remark="Between us")
        playbook = cls.env["customer.segmentation.playbook"].create(
            {
                "name": "Rights",
                "segment_id": cls.segment("lifecycle_at_risk").id,
                "step_ids": [Command.create({"summary": "Ring"})],
            }
        )
        cls.records = [
            cls.profile(cls.bobs),
            feedback,
            cls.env["customer.segmentation.answer"].search([("partner_id", "=", cls.bobs.id)]),
            cls.env["customer.segmentation.action"].create(
                {**whose, "name": "Pack in foam", "user_id": cls.bob.id}
            ),
            cls.env["customer.segmentation.need.request"].create({**whose, "name": "Gearbox"}),
            cls.env["customer.segmentation.call"].create(
                {**whose, "opened_date": TODAY, "reason": "overdue"}
            ),
            cls.env["customer.segmentation.playbook.event"].create(
                {
                    **whose,
                    "playbook_id": playbook.id,
                    "step_id": playbook.step_ids.id,
                    "date": TODAY,
                    "moment": "enter",
                    "state": "failed",
                }
            ),
            cls.env["customer.segmentation.pool.move"].create(
                {
                    **whose,
                    "kind": "claim",
                    "date": TODAY,
                    "is_open": True,
                    "user_id": cls.bob.id,
                    "new_user_id": cls.bob.id,
                }
            ),
            cls.env["customer.segmentation.feedback.request"].create(
                {
                    **whose,
                    "contact_id": cls.bobs.id,
                    "order_id": order.id,
                    "date": TODAY,
                    "expire_date": TODAY + timedelta(days=60),
                }
            ),
        ]
        cls.env.flush_all()

    def values(self):
        """Everything that is stored of the customer."""
        self.env.flush_all()
        self.env.invalidate_all()
        return [
            (record._name, record.sudo().read([n for n, f in record._fields.items() if f.store]))
            for record in self.records
        ]

    def test_records_when_read_searched_or_written_by_strangers_then_refused(self):
        for record in self.records:
            for user in self.strangers:
                seen = record.with_user(user)
                calls = {
                    "read": lambda seen=seen: seen.read(["partner_id"]),
                    "write": lambda seen=seen: seen.write({"partner_id": self.alices.id}),
                    "unlink": lambda seen=seen: seen.unlink(),
                    "copy": lambda seen=seen: seen.copy(),
                }
                for name, call in calls.items():
                    self.env.invalidate_all()
                    case = {"model": record._name, "user": user.login, "call": name}
                    with self.subTest(**case), self.assertRaises(AccessError):
                        call()
                if user in (self.plain, self.portal):
                    with self.assertRaises(AccessError):
                        seen.search([])
                else:
                    self.assertNotIn(record, seen.search([("partner_id", "=", self.bobs.id)]))

    def test_methods_when_called_by_strangers_then_refused_and_nothing_is_changed(self):
        """Whatever the addon adds later too."""
        before = self.values()
        methods = list(self.public_methods())
        answered, tried = [], 0
        for record in self.records:
            for model, function in methods:
                if model != record._name or (model, function.__name__) in TRIED_ALONE:
                    continue
                for user in self.strangers:
                    if user == self.neighbour and (model, function.__name__) in OF_A_MANAGER:
                        continue
                    self.env.invalidate_all()
                    tried += 1
                    try:
                        self.call_remotely(record.with_user(user), function)
                    except AccessError:
                        continue
                    answered.append((user.login, model, function.__name__))
        self.assertEqual(answered, [])
        for user in self.strangers:
            profile = self.profile(self.bobs).with_user(user)
            with self.assertRaises(AccessError):
                profile.action_move_to_segment("value_segment_id", self.segment("value_a").id)
        self.assertGreater(tried, 4 * 25)
        self.assertEqual(self.values(), before)

    def test_contact_when_strangers_press_its_buttons_then_nothing_is_changed(self):
        before = self.values()
        for user in (self.alice, self.plain, self.portal):
            contact = self.bobs.with_user(user)
            self.env.invalidate_all()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                contact.action_log_segmentation_feedback()
        for name in ("action_segmentation_give_back", "action_segmentation_set_segment"):
            with self.assertRaises(UserError):
                getattr(self.bobs.with_user(self.alice), name)()
        self.assertEqual(self.values(), before)
        self.assertEqual(self.bobs.user_id, self.bob)

    def test_dialogs_when_they_name_hidden_records_then_refused(self):
        before = self.values()
        call = self.env["customer.segmentation.call"].search([("partner_id", "=", self.bobs.id)])
        move = self.env["customer.segmentation.pool.move"].search(
            [("partner_id", "=", self.bobs.id)]
        )
        for user in (self.alice, self.neighbour):
            env = self.env(user=user)
            # later series of Odoo refuse the names themselves
            wizard = env["customer.segmentation.call.wizard"].sudo().create(
                {
                    "call_ids": [Command.set(call.ids)],
                    "answer_id": self.env["customer.segmentation.call.reason"].search([])[0].id,
                    "until_date": TODAY + timedelta(days=9),
                }
            ).with_user(user)
            for name in (
                "action_done", "action_not_interested", "action_not_reached", "action_snooze",
                "action_snooze_days",
            ):
                self.env.invalidate_all()
                with self.subTest(name=name, user=user.login), self.assertRaises(UserError):
                    getattr(wizard, name)()
            with self.assertRaises(AccessError):  # the context of "Schedule" is no way round
                env["mail.activity"].with_context(segmentation_call_ids=call.ids).create(
                    {
                        "res_model_id": env["ir.model"]._get_id("res.partner"),
                        "res_id": self.alices.id,
                        "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                        "date_deadline": TODAY + timedelta(days=9),
                        "user_id": user.id,
                    }
                )
        with self.assertRaises(AccessError):
            self.env["customer.segmentation.pool.assign"].with_user(self.alice).create(
                {"move_ids": [Command.set(move.ids)], "user_id": self.alice.id}
            )
        assign = self.env["customer.segmentation.pool.assign"].with_user(self.neighbour).sudo()
        assign = assign.create(
            {"move_ids": [Command.set(move.ids)], "user_id": self.neighbour.id}
        ).with_user(self.neighbour)
        with self.assertRaises(UserError):
            assign.action_assign()
        self.assertEqual(self.values(), before)

    def test_reports_when_called_without_the_group_then_refused(self):
        """Odoo's route prints for whoever is logged in."""
        dimension = self.env.ref("customer_segmentation.dimension_value")
        summary = self.env["customer.segmentation.playbook.effect.summary"].create(
            {
                "playbook_id": self.env["customer.segmentation.playbook"].search([])[0].id,
                "company_id": self.company.id,
            }
        )
        for name, record, users in (
            ("report_standards", dimension, (self.plain, self.portal)),
            ("report_playbook_effect", summary, self.strangers),
        ):
            for user in users:
                report = self.env[f"report.customer_segmentation.{name}"].with_user(user)
                self.env.invalidate_all()
                with self.subTest(name=name, user=user.login), self.assertRaises(AccessError):
                    report._get_report_values(record.ids)


@tagged("post_install", "-at_install")
class TestDialogs(FeedbackCase):
    def test_dialogs_when_of_somebody_else_then_hidden(self):
        """Whatever dialog the addon adds later too: Odoo shows them to all who may open one."""
        dialogs = [
            name
            for name, model in self.env.registry.models.items()
            if name.startswith("customer.segmentation") and model._transient
        ]
        self.assertGreater(len(dialogs), 8)
        for name in dialogs:
            domain = self.env["ir.rule"].with_user(self.manager)._compute_domain(name, "read")
            with self.subTest(dialog=name):
                self.assertIn("create_uid", str(domain))

    def test_wizard_when_of_a_colleague_then_neither_read_nor_pressed(self):
        wizard = self.env["customer.segmentation.call.wizard"].with_user(self.bob).create(
            {"note": "Between us"}
        )
        self.assertEqual(wizard.note, "Between us")
        for user in (self.alice, self.manager):
            with self.assertRaises(AccessError):
                wizard.with_user(user).read(["note"])
            with self.assertRaises(AccessError):
                wizard.with_user(user).action_done()
            self.assertFalse(wizard.with_user(user).search([("id", "=", wizard.id)]))
