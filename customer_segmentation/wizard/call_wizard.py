from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError


class CustomerSegmentationCallWizard(models.TransientModel):
    """What came of a call, in as few taps as can be: done, put off, or not interested.

    The rights are asked for by the methods of the call.
    """

    _name = "customer.segmentation.call.wizard"
    _description = "Handle a Call"

    call_ids = fields.Many2many(
        "customer.segmentation.call",
        "customer_segmentation_call_wizard_rel",
        "wizard_id",
        "call_id",
        required=True,
    )
    kind = fields.Selection(
        [
            ("result", "Result"),
            ("snoozed", "Snooze"),
            ("not_interested", "Not interested"),
        ],
        required=True,
        default="result",
    )
    outcome = fields.Selection(
        selection=lambda self: self.env["customer.segmentation.call"]._fields[
            "outcome"
        ]._description_selection(self.env)
    )
    answer_id = fields.Many2one(
        "customer.segmentation.call.reason", "Because", domain="[('kind', '=', kind)]"
    )
    note = fields.Text()
    until_date = fields.Date("Until")
    quiet_until = fields.Date("Off the List Until", compute="_compute_quiet_until")

    @api.depends("call_ids")
    def _compute_quiet_until(self):
        for wizard in self:
            company = wizard.call_ids.company_id[:1] or self.env.company
            days = company.sudo().segmentation_criteria_id.call_not_interested_days
            wizard.quiet_until = company._segmentation_today() + timedelta(days=days)

    def action_done(self):
        self._calls()._done(self.outcome, self.note)

    def action_not_interested(self):
        if not self.answer_id:
            raise UserError(_("Choose why the customer is not interested."))
        self._calls()._not_interested(self.answer_id, self.note)

    def action_snooze(self):
        if not self.until_date:
            raise UserError(_("Choose the day on which the call returns."))
        self._snooze_until(self.until_date)

    def action_snooze_days(self):
        """Snooze for the days that the button names in its context."""
        self._snooze_days(int(self.env.context.get("segmentation_snooze_days") or 1))

    def action_not_reached(self):
        """Nobody answered: try again tomorrow."""
        if not self.answer_id:
            self.answer_id = self.env.ref(
                "customer_segmentation.call_reason_not_reached", raise_if_not_found=False
            )
        self._snooze_days(1)

    def _snooze_days(self, days):
        calls = self._calls()
        self._snooze_until(calls.company_id[:1]._segmentation_today() + timedelta(days=days))

    def _snooze_until(self, day):
        self._calls()._snooze(day, self.answer_id, self.note)

    def _calls(self):
        self.ensure_one()
        self.check_access_rights("write")
        self.check_access_rule("write")
        if not self.call_ids:  # Odoo leaves out what the user may not see
            raise UserError(_("There is no call to handle: it is gone, or not yours to see."))
        return self.call_ids
