from datetime import timedelta
from time import monotonic

from odoo import _, api, fields, models
from odoo.exceptions import AccessError

UNDER_WAY = ("waiting", "running")
CRON_SECONDS = 60  # of one call of the scheduled action: less than Odoo lets one live
RETRY_SECONDS = 10
BUSY_SECONDS = 60  # the company is being recomputed: come again


class CustomerSegmentationRun(models.Model):
    """Replays: told month by month, in the background, each month committed.

    One that is killed half-way goes on where it stood; one that is run again gives the same.
    """

    _inherit = "customer.segmentation.run"

    months = fields.Integer(readonly=True, group_operator=None)
    months_done = fields.Integer(readonly=True, group_operator=None)
    progress = fields.Float("Progress (%)", compute="_compute_progress")
    version_id = fields.Many2one(
        "customer.segmentation.version", "Standards", readonly=True, ondelete="set null"
    )

    @api.depends("months", "months_done", "scope", "state")
    def _compute_progress(self):
        """The months and the step from the last one to the first run; 100 where all is done."""
        for run in self:
            is_done = run.scope != "replay" or not run.months or run.state in ("done", "warning")
            run.progress = 100 if is_done else 100 * run.months_done / (run.months + 1)

    @api.model
    def _replay(self, company, months):
        """Write to the history how the customers moved in the months before the first run.

        :param int months: month's ends to look back
        :return: the run, done
        :raise UserError: if another run of the company is under way
        """
        runs = self._of_company(company)
        run = runs._begin(company, self._replay_day(company), "replay")
        run._wait_for(months)
        run._replay_for()
        return run

    @api.model
    def _request_replay(self, company, months):
        """Have the past replayed in the background; a replay that is under way is enough.

        :return: the run; it has begun where the company is free
        """
        runs = self._of_company(company)
        run = runs.search(
            [
                ("company_id", "=", company.id),
                ("scope", "=", "replay"),
                ("state", "in", UNDER_WAY),
            ],
            limit=1,
        )
        if not run:
            run = runs.create(
                {"company_id": company.id, "as_of": self._replay_day(company), "scope": "replay"}
            )
            run._wait_for(months)
        self._trigger_replays()
        return run

    @api.model
    def _replay_day(self, company):
        return company._segmentation_today()

    def _wait_for(self, months):
        self.env["customer.segmentation.criteria"]._get(self.company_id)._close_replay_offer(
            _("The replay has begun.")
        )
        self.write(
            {
                "state": "waiting",
                "months": months,
                "months_done": 0,
                "history_count": 0,
                "version_id": self.env["customer.segmentation.version"]._take().id,
            }
        )

    def _replay_for(self, seconds=None):
        """Go on with the replay in this transaction, for about so many seconds; None = all."""
        until = seconds and monotonic() + seconds
        while self.state in UNDER_WAY and (until is None or monotonic() < until):
            self._replay_month()
        self.env["customer.segmentation.engine"]._forget_replay()

    def _replay_month(self):
        """One step; it begins anew where the standards have changed meanwhile."""
        self.ensure_one()
        run = self._of_company(self.company_id).browse(self.id)
        if run.version_id != run.env["customer.segmentation.version"]._take():
            run._wait_for(run.months)
        criteria = run.env["customer.segmentation.criteria"]._get(run.company_id)
        engine = run.env["customer.segmentation.engine"]
        run._conduct(lambda: run._replay_account(engine._replay_step(run, criteria)))

    def _replay_account(self, result):
        """Under way until all months are done; the warnings of the last month stay."""
        if result["months_done"] <= self.months:
            message = "\n".join(result.pop("warnings")) or False
            return {**result, "state": "running", "message": message, "warnings": []}
        if self.message:
            result["warnings"] = [self.message]
        return {**result, "months_done": self.months}

    # In the background

    @api.model
    def _cron_replay(self):
        """Go on with the replays that were asked for, month by month."""
        until = monotonic() + CRON_SECONDS
        for run in self.sudo().search(
            [("scope", "=", "replay"), ("state", "in", UNDER_WAY)], order="id"
        ):
            while run.state in UNDER_WAY:
                if monotonic() > until:
                    return self._trigger_replays(RETRY_SECONDS)
                if not self._lock(run.company_id):
                    self._trigger_replays(BUSY_SECONDS)
                    break
                run._replay_month()
                self._commit_month()
        self.env["customer.segmentation.engine"]._forget_replay()
        return None

    @api.model
    def _commit_month(self):
        """Keep what is done: a replay takes minutes, and may be killed."""
        self.env.cr.commit()  # pylint: disable=invalid-commit

    @api.model
    def _trigger_replays(self, seconds=0):
        cron = self.env.ref(
            "customer_segmentation.customer_segmentation_run_cron_replay", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger(fields.Datetime.now() + timedelta(seconds=seconds))

    # Buttons

    def action_open_moves(self):
        """The moves that the replay wrote."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_history_action"
        )
        return dict(
            action,
            domain=[("company_id", "in", self.company_id.ids), ("reason", "=", "replay")],
            context={},
        )

    def action_stop(self):
        """Stop a replay; what it has told so far stays, and it can be started again."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        if not self.env.user.has_group("customer_segmentation.group_manager"):
            raise AccessError(_("Only a segmentation manager can stop a replay."))
        under_way = self.filtered(lambda run: run.state in UNDER_WAY)
        under_way.sudo().write(
            {"state": "failed", "message": _("Stopped by %(user)s.", user=self.env.user.name)}
        )
