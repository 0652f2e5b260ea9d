from odoo import api, fields, models

from ..models.playbook.playbook_event import REASONS, STATES


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
