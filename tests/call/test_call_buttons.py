"""The call list: what people do with a call."""

from datetime import date

from call_case import CallCase
from common import SALES_MANAGER, TODAY

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestButtons(CallCase):
    def setUp(self):
        super().setUp()
        self.recompute()
        self.call = self.calls_of(self.mill).with_user(self.alice)
        self.of_bob = self.calls_of(self.forge).with_user(self.alice)

    def wizard(self, action, user=None, **vals):
        """The dialog that a button opens, filled in."""
        return (
            self.env[action["res_model"]]
            .with_user(user or self.alice)
            .with_context(**action["context"])
            .create(vals)
        )

    def test_call_when_dialled_then_counted_and_asked_how_it_went(self):
        action = self.call.action_called()
        call = self.calls_of(self.mill)
        self.assertEqual((call.attempt_count, call.attempt_date, call.state), (1, TODAY, "open"))
        self.wizard(action, outcome="quotation", note="Two pallets").action_done()
        call = self.calls_of(self.mill)
        self.assertEqual(
            (call.state, call.outcome, call.note), ("done", "quotation", "Two pallets")
        )

    def test_call_when_not_reached_then_again_tomorrow(self):
        self.wizard(self.call.action_called()).action_not_reached()
        call = self.calls_of(self.mill)
        self.assertEqual(
            (call.state, call.snoozed_until, call.answer_id),
            ("snoozed", date(2024, 7, 1), self.answer("not_reached")),
        )
        self.assertFalse(self.profile(self.mill).last_contact_date)

    def test_snooze_when_a_week_is_tapped_then_until_then(self):
        wizard = self.wizard(self.call.action_snooze(), answer_id=self.answer("later").id)
        wizard.with_context(segmentation_snooze_days=7).action_snooze_days()
        self.assertEqual(self.calls_of(self.mill).snoozed_until, date(2024, 7, 7))

    def test_snooze_when_a_day_is_chosen_then_until_it(self):
        wizard = self.wizard(self.call.action_snooze())
        with self.assertRaisesRegex(UserError, "Choose the day"):
            wizard.action_snooze()
        wizard.until_date = date(2024, 8, 1)
        wizard.action_snooze()
        self.assertEqual(self.calls_of(self.mill).snoozed_until, date(2024, 8, 1))

    def test_not_interested_when_no_reason_then_asked_for_it(self):
        wizard = self.wizard(self.call.action_not_interested())
        self.assertEqual(wizard.quiet_until, date(2024, 9, 28))
        with self.assertRaisesRegex(UserError, "Choose why"):
            wizard.action_not_interested()
        wizard.answer_id = self.answer("competitor")
        wizard.action_not_interested()
        self.assertEqual(self.states(self.mill), ["not_interested"])

    def test_schedule_when_planned_then_returns_on_that_day(self):
        action = self.call.action_schedule()
        wizard = self.wizard(
            action,
            activity_type_id=self.env.ref("mail.mail_activity_data_call").id,
            date_deadline=date(2024, 7, 4),
            activity_user_id=self.alice.id,
            summary="Again",
        )
        wizard.action_schedule_activities()
        call = self.calls_of(self.mill)
        self.assertEqual((call.state, call.snoozed_until), ("snoozed", date(2024, 7, 4)))
        self.assertEqual(self.mill.activity_ids.summary, "Again")
        self.assertEqual(self.profile(self.mill).next_activity_date, date(2024, 7, 4))

    def test_log_feedback_when_pressed_then_dialog_of_the_customer(self):
        action = self.call.action_log_feedback()
        self.assertEqual(action["context"]["default_partner_id"], self.mill.id)
        self.assertEqual(action["context"]["default_company_id"], self.company.id)

    def test_open_quotations_when_one_then_its_form(self):
        quotation = self.fast_order(self.mill, 70, TODAY, state="sent")
        quotation.user_id = self.alice
        action = self.call.action_open_quotations()
        self.assertEqual((action["res_id"], action["view_mode"]), (quotation.id, "form"))

    def test_done_when_several_are_selected_then_all(self):
        self.forge.user_id = self.alice
        (self.call | self.of_bob).action_done()
        self.assertEqual(self.calls_of(self.mill, self.forge).mapped("state"), ["done", "done"])

    def test_button_when_closed_already_then_told_by_whom(self):
        self.call.with_user(self.chief).action_done()
        self.call.invalidate_recordset()
        for button in ("action_done", "action_called", "action_snooze", "action_not_interested",
                       "action_schedule"):
            with (
                self.subTest(button=button),
                self.assertRaisesRegex(UserError, r"closed already \(Done, call_chief"),
            ):
                getattr(self.call, button)()

    def test_button_when_another_salesmans_call_then_refused(self):
        buttons = ("action_done", "action_called", "action_snooze", "action_not_interested",
                   "action_schedule", "action_reopen", "action_log_feedback",
                   "action_open_quotations", "action_open_partner")
        for button in buttons:
            with self.subTest(button=button), self.assertRaises(AccessError):
                getattr(self.of_bob, button)()
        self.assertEqual(self.states(self.forge), ["open"])

    def test_wizard_when_made_for_another_salesmans_call_then_refused(self):
        for kind, method, vals in [
            ("result", "action_done", {}),
            ("result", "action_not_reached", {}),
            ("snoozed", "action_snooze", {"until_date": date(2024, 8, 1)}),
            ("snoozed", "action_snooze_days", {}),
            ("not_interested", "action_not_interested", {"answer_id": self.answer("price").id}),
        ]:
            with self.subTest(method=method), self.assertRaises(AccessError):
                wizard = self.wizard(
                    {
                        "res_model": "customer.segmentation.call.wizard",
                        "context": {
                            "default_call_ids": self.of_bob.ids,
                            "default_kind": kind,
                        },
                    },
                    **vals,
                )
                getattr(wizard, method)()
        self.assertEqual(self.states(self.forge), ["open"])

    def test_schedule_when_context_names_anothers_call_then_refused(self):
        with self.assertRaises(AccessError):
            self.env["mail.activity"].with_user(self.alice).with_context(
                segmentation_call_ids=self.of_bob.ids
            ).create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                    "res_id": self.mill.id,
                    "date_deadline": date(2024, 8, 1),
                }
            )

    def test_table_when_written_by_a_person_then_refused(self):
        for user in (self.alice, self.chief, self.manager):
            call = self.call.with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaises(AccessError):
                    call.write({"state": "done"})
                with self.assertRaises(AccessError):
                    call.unlink()
                with self.assertRaises(AccessError):
                    call.create({"partner_id": self.forge.id})

    def test_search_when_salesman_then_own_and_unassigned(self):
        nobodys = self.rhythmic("Call Nobody's", False, 10, 80, 60, 40)
        self.recompute()
        ours = [("partner_id", "in", (self.mill | self.forge | nobodys).ids)]
        for user, expected in [
            (self.alice, self.mill | nobodys),
            (self.bob, self.forge | nobodys),
            (self.chief, self.mill | self.forge | nobodys),
            (self.manager, self.mill | self.forge | nobodys),
        ]:
            for model in ("customer.segmentation.call", "customer.segmentation.call.report"):
                with self.subTest(user=user.login, model=model):
                    self.assertEqual(
                        self.env[model].with_user(user).search(ours).sudo().partner_id, expected
                    )

    def test_search_when_no_group_or_other_company_then_nothing(self):
        plain = self.user("call_plain", "base.group_user")
        for model in ("customer.segmentation.call", "customer.segmentation.call.report"):
            with self.subTest(model=model), self.assertRaises(AccessError):
                self.env[model].with_user(plain).search([])
        with self.assertRaises(AccessError):
            self.call.with_user(plain).action_done()
        other = self.env["res.company"].create({"name": "Call Elsewhere"})
        neighbour = self.user("call_neighbour", SALES_MANAGER, other)
        calls = self.calls.with_user(neighbour).with_context(allowed_company_ids=other.ids)
        self.assertFalse(calls.search([]))
        with self.assertRaises(AccessError):
            calls.browse(self.call.id).action_done()
