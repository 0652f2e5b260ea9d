from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.safe_eval import safe_eval


class CustomerSegmentationDraft(models.Model):
    """Other rules, limits and bands, tried on today's customers before they count.

    A draft has the fields of the criteria's limits and a copy of every segment; the engine takes
    it in the place of both. Nothing but the draft's own moves is written until it is applied.
    """

    _name = "customer.segmentation.draft"
    _inherit = ["customer.segmentation.limits", "customer.segmentation.guarded"]
    _description = "What-If Draft"
    _order = "id desc"

    name = fields.Char(required=True, default=lambda self: _("What if…"))
    company_id = fields.Many2one(readonly=False, default=lambda self: self.env.company)
    state = fields.Selection(
        [("draft", "Draft"), ("applied", "Applied"), ("discarded", "Discarded")],
        "Status",
        default="draft",
        required=True,
        readonly=True,
    )
    version_id = fields.Many2one(
        "customer.segmentation.version", "Based On", readonly=True, ondelete="set null"
    )
    scope = fields.Char(
        "Trial Scope", help="Try it on these customers only; empty: on all of them."
    )
    line_ids = fields.One2many("customer.segmentation.draft.line", "draft_id", copy=False)
    move_ids = fields.One2many("customer.segmentation.draft.move", "draft_id", copy=False)
    move_count = fields.Integer("Moves", compute="_compute_move_count")
    run_date = fields.Datetime("Tried On", readonly=True, copy=False)
    message = fields.Text(readonly=True, copy=False)
    cut_points = fields.Json(copy=False)

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            company = self.env["res.company"].browse(vals.get("company_id") or self.env.company.id)
            criteria = self.env["customer.segmentation.criteria"]._get(company)
            for name in self._limit_names():
                vals.setdefault(name, criteria[name])
        drafts = super().create(vals_list)
        version = self.env["customer.segmentation.version"]._take()
        for company, own in drafts.sudo().grouped("company_id").items():
            criteria = self.env["customer.segmentation.criteria"]._get(company)
            own.write({"cut_points": criteria.cut_points, "version_id": version.id})
        segments = self.env["customer.segmentation.segment"].search([])
        # as the system: a draft has one line per segment, no more and no less
        self.env["customer.segmentation.draft.line"].sudo().create(
            [
                {
                    "draft_id": draft.id,
                    "segment_id": segment.id,
                    "sequence": segment.sequence,
                    "domain": segment.domain,
                }
                for draft in drafts
                for segment in segments
            ]
        )
        return drafts

    @api.depends("move_ids")
    def _compute_move_count(self):
        counts = dict(
            self.env["customer.segmentation.draft.move"]._read_group(
                [("draft_id", "in", self.ids)], ["draft_id"], ["__count"]
            )
        )
        for draft in self:
            draft.move_count = counts.get(draft, 0)

    def _check_is_draft(self):
        """Refuse who may not change drafts, and drafts that are closed."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        for draft in self:
            if draft.state != "draft":
                raise UserError(
                    _(
                        "%(draft)s has been applied or discarded: make a new draft.",
                        draft=draft.name,
                    )
                )

    def _scope_partner_ids(self):
        """Partners of the trial scope; None = all customers."""
        self.ensure_one()
        if (self.scope or "[]").strip() == "[]":
            return None
        profiles = self.env["customer.segmentation.profile"].search(
            [("company_id", "=", self.company_id.id), *safe_eval(self.scope)]
        )
        return profiles.partner_id.ids

    def action_run(self):
        """Try the draft: count, list and sum who would move, and touch nothing else."""
        self._check_is_draft()
        for draft in self:
            warnings = (
                self.env["customer.segmentation.engine"]
                .sudo()
                .with_company(draft.company_id)
                ._compute_draft(draft.sudo(), draft._scope_partner_ids())
            )
            draft.sudo().write(
                {"run_date": fields.Datetime.now(), "message": "\n".join(warnings) or False}
            )
        return True

    def action_apply(self):
        """Make the draft the standards, unless somebody changed them meanwhile."""
        self._check_is_draft()
        self.ensure_one()
        current = self.env["customer.segmentation.version"]._take()
        if self.version_id != current:
            raise UserError(
                _(
                    "The standards were changed since this draft was made (%(user)s, %(date)s: "
                    "%(summary)s). Nothing was applied: make a new draft, or go back to the "
                    "former version first.",
                    user=current.user_id.name,
                    date=fields.Datetime.to_string(current.create_date),
                    summary=current.summary,
                )
            )
        for line in self.line_ids:
            line._apply()
        criteria = self.env["customer.segmentation.criteria"]._get(self.company_id)
        criteria = criteria.with_env(self.env)
        changed = {
            name: self[name] for name in self._limit_names() if criteria[name] != self[name]
        }
        if changed:
            criteria.write(changed)
        self.sudo().state = "applied"
        self.env["customer.segmentation.run"]._recompute(self.company_id)
        return True

    def action_discard(self):
        self._check_is_draft()
        self.move_ids.sudo().unlink()
        self.sudo().state = "discarded"
        return True

    def action_open_moves(self):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_draft_move_action"
        )
        return dict(action, domain=[("draft_id", "=", self.id)])
