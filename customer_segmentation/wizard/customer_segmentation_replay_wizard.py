from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError

MAX_MONTHS = 120


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
        if not self.env.user.has_group("customer_segmentation.group_manager"):
            raise AccessError(_("Only a segmentation manager can replay the past."))
        self.ensure_one()
        run = self.env["customer.segmentation.run"]._replay(self.company_id, self.months)
        failed = run.state == "failed"
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if failed else "success",
                "title": _("Segmentation"),
                "message": run.message
                if failed
                else _(
                    "%(customers)s customers moved in these months; %(rows)s rows of history "
                    "written.",
                    customers=run.rows_changed,
                    rows=run.history_count,
                ),
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
