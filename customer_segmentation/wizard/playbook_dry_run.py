from odoo import Command, _, api, fields, models
from odoo.exceptions import UserError

from ..models.playbook.playbook_event import REASONS, STATES


class RolledBack(Exception):
    """Carries the result of a trial out of the savepoint that undoes it."""

    def __init__(self, result):
        super().__init__()
        self.result = result


class CustomerSegmentationPlaybookDryRun(models.TransientModel):
    """What a playbook would do today, and for whom; nothing of it is kept."""

    _name = "customer.segmentation.playbook.dry.run"
    _description = "Dry Run of a Playbook"

    playbook_id = fields.Many2one(
        "customer.segmentation.playbook", required=True, readonly=True, ondelete="cascade"
    )
    only_new_members = fields.Boolean(related="playbook_id.only_new_members")
    condition_words = fields.Char(related="playbook_id.condition_words")
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    as_of = fields.Date(required=True, readonly=True)
    message = fields.Text(readonly=True)
    line_ids = fields.One2many(
        "customer.segmentation.playbook.dry.run.line", "dry_run_id", readonly=True
    )
    done_count = fields.Integer("Would Be Done Today", compute="_compute_counts")
    queued_count = fields.Integer("Would Wait", compute="_compute_counts")
    other_count = fields.Integer("Would Not Be Done", compute="_compute_counts")

    @api.depends("line_ids.state")
    def _compute_counts(self):
        for dry_run in self:
            states = dry_run.line_ids.mapped("state")
            dry_run.done_count = states.count("done")
            dry_run.queued_count = states.count("queued")
            dry_run.other_count = len(states) - dry_run.done_count - dry_run.queued_count


class CustomerSegmentationPlaybookDryRunLine(models.TransientModel):
    _name = "customer.segmentation.playbook.dry.run.line"
    _description = "Line of a Dry Run"
    _order = "id"

    dry_run_id = fields.Many2one(
        "customer.segmentation.playbook.dry.run", required=True, index=True, ondelete="cascade"
    )
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="cascade")
    contact_id = fields.Many2one("res.partner", readonly=True, ondelete="cascade")
    step_id = fields.Many2one(
        "customer.segmentation.playbook.step", readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one("res.users", "Responsible", readonly=True, ondelete="cascade")
    state = fields.Selection(STATES, "Status", readonly=True)
    reason = fields.Selection(REASONS, readonly=True)
    error = fields.Text(readonly=True)


class CustomerSegmentationPlaybook(models.Model):
    _inherit = "customer.segmentation.playbook"

    def action_dry_run(self):
        """Show what this playbook would do today, switched on, for the current company."""
        self.ensure_one()
        self._check_may_configure()
        company = self.company_id or self.env.company
        dry_run = self._dry_run(company, self._today())
        return {
            "type": "ir.actions.act_window",
            "name": _("Dry Run of %(playbook)s", playbook=self.name),
            "res_model": dry_run._name,
            "res_id": dry_run.id,
            "view_mode": "form",
            "target": "new",
        }

    def _dry_run(self, company, as_of):
        """Do a whole run with this playbook switched on, note its events and roll all back.

        :return: the dry run with its lines
        :raise UserError: if another run of the company is under way, or the trial run failed
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                raise RolledBack(self._try_out(company, as_of))
        except RolledBack as undone:
            result = undone.result
        return self.env["customer.segmentation.playbook.dry.run"].sudo().create(
            {"playbook_id": self.id, "company_id": company.id, "as_of": as_of, **result}
        )

    def _try_out(self, company, as_of):
        """The computation of a run, for one playbook; mails and activities are only prepared."""
        runs = self.env["customer.segmentation.run"]._of_company(company)
        runs = runs.with_context(segmentation_dry_run=True)
        playbook = runs.env[self._name].browse(self.id)
        settled = playbook._settled_events(company, as_of)
        playbook._pretend_on(company, as_of)
        run = runs._begin(company, as_of, "full")
        criteria = runs.env["customer.segmentation.criteria"]._get(company)
        engine = runs.env["customer.segmentation.engine"]
        run._conduct(lambda: engine._compute(run, criteria, None))
        self.env.invalidate_all()
        if run.state == "failed":
            raise UserError(_("The run of the trial failed: %(error)s", error=run.message))
        warnings = playbook._apply(run)
        events = playbook._settled_events(company, as_of) - settled
        names = ("partner_id", "contact_id", "step_id", "user_id", "state", "reason", "error")
        return {
            "message": "\n".join(warnings),
            "line_ids": [
                Command.create({name: vals[name] for name in names})
                for vals in events.read(names, load=None)
            ],
        }

    def _settled_events(self, company, as_of):
        """The events of this playbook that wait, or were settled on ``as_of``."""
        return self.env["customer.segmentation.playbook.event"].search(
            [
                ("playbook_id", "=", self.id),
                ("company_id", "=", company.id),
                "|", ("state", "=", "queued"), ("done_date", "=", as_of),
            ],
            order="state, date, id",
        )

    def _pretend_on(self, company, as_of):
        """Switch on inside the trial, past the cache of the playbooks that are on."""
        if not self.paused:
            return
        self.env.cr.execute(
            """
            UPDATE customer_segmentation_playbook
               SET paused = FALSE, on_since_date = %s, user_id = COALESCE(user_id, %s),
                   since_history_id =
                       (SELECT COALESCE(max(id), 0) FROM customer_segmentation_history)
             WHERE id = %s
            """,
            [as_of, self._who_switches_on().id or None, self.id],
        )
        self.invalidate_recordset()
        self._note_members(as_of)
        if not self.only_new_members:
            self._enrol_members(company, as_of)
