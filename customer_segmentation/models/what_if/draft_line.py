from odoo import api, fields, models


class CustomerSegmentationDraftLine(models.Model):
    _name = "customer.segmentation.draft.line"
    _inherit = "customer.segmentation.guarded"
    _description = "Segment of a Draft"
    _order = "dimension_id, sequence, id"

    draft_id = fields.Many2one(
        "customer.segmentation.draft", required=True, ondelete="cascade", index=True
    )
    segment_id = fields.Many2one(
        "customer.segmentation.segment", required=True, readonly=True, ondelete="cascade"
    )
    dimension_id = fields.Many2one(related="segment_id.dimension_id", store=True)
    currency_id = fields.Many2one(related="draft_id.currency_id")
    sequence = fields.Integer(group_operator=None)
    domain = fields.Char("Rule")
    active = fields.Boolean(default=True)
    is_changed = fields.Boolean(compute="_compute_is_changed")
    count_before = fields.Integer("Customers Now", readonly=True)
    count_after = fields.Integer("Customers Then", readonly=True)
    sales_before = fields.Monetary("Net Sales Now", readonly=True)
    sales_after = fields.Monetary("Net Sales Then", readonly=True)

    @api.depends("domain", "sequence", "segment_id.domain", "segment_id.sequence")
    def _compute_is_changed(self):
        for line in self:
            line.is_changed = bool(line._changes())

    def _changes(self):
        """Values of the segment that the draft would change."""
        self.ensure_one()
        return {
            name: self[name]
            for name in ("domain", "sequence")
            if (self[name] or False) != (self.segment_id[name] or False)
        }

    @api.constrains("domain")
    def _check_domain(self):
        for line in self:
            line.segment_id._check_rule(line.domain)

    def _apply(self):
        changes = self._changes()
        if changes:
            self.segment_id.write(changes)
