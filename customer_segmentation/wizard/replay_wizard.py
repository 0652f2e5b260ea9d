from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

MAX_MONTHS = 120
SECONDS_AT_ONCE = 3  # the rest is done in the background


class CustomerSegmentationReplayWizard(models.TransientModel):
    """Ask how far back the history shall be told from the documents."""

    _name = "customer.segmentation.replay.wizard"
    _description = "Replay the Past"

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    months = fields.Integer(
        required=True,
        default=24,
        help="The customers are classified as of the end of each of so many past months, and "
        "their moves are written to the history.",
    )

    @api.constrains("months")
    def _check_months(self):
        for wizard in self:
            if not 1 <= wizard.months <= MAX_MONTHS:
                raise ValidationError(
                    _("Choose from 1 to %(max)s months.", max=MAX_MONTHS)
                )

    def action_replay(self):
        """Begin the replay and show it; what does not take long is done when it shows."""
        if not self.env.user.has_group("customer_segmentation.group_manager"):
            raise AccessError(_("Only a segmentation manager can replay the past."))
        self.ensure_one()
        if self.company_id not in self.env.user.company_ids:
            raise AccessError(
                _("%(company)s is none of your companies.", company=self.company_id.sudo().name)
            )
        run = self.env["customer.segmentation.run"]._request_replay(self.company_id, self.months)
        if run._lock(self.company_id):
            run._replay_for(SECONDS_AT_ONCE)
        return {
            "type": "ir.actions.act_window",
            "name": _("Replay"),
            "res_model": run._name,
            "res_id": run.id,
            "view_mode": "form",
            "views": [(False, "form")],
        }
