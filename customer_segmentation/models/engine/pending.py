from odoo import api, fields, models


class CustomerSegmentationPending(models.Model):
    """A move down that waits for its grace days; written by the run, seen by everybody.

    A customer moves up at once, and down only when the rule has said so for ``grace_days`` in a
    row: DEFINITIONS, "Changes without flapping".
    """

    _name = "customer.segmentation.pending"
    _description = "Pending Segment Move"
    _order = "due_date, id"
    _rec_name = "segment_id"

    profile_id = fields.Many2one(
        "customer.segmentation.profile",
        required=True,
        readonly=True,
        ondelete="cascade",
        index=True,
    )
    partner_id = fields.Many2one(related="profile_id.partner_id")
    company_id = fields.Many2one(related="profile_id.company_id")
    dimension_id = fields.Many2one(
        "customer.segmentation.dimension", required=True, readonly=True, ondelete="cascade"
    )
    segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Becomes",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    since = fields.Date(required=True, readonly=True, help="First day the rule said so.")
    due_date = fields.Date("On", required=True, readonly=True, help="The day it moves.")
    days_left = fields.Integer(compute="_compute_days_left")

    _sql_constraints = [
        (
            "profile_dimension_uniq",
            "UNIQUE(profile_id, dimension_id)",
            "A customer has one pending move in a dimension.",
        )
    ]

    @api.depends("due_date")
    def _compute_days_left(self):
        for pending in self:
            criteria = self.env["customer.segmentation.criteria"]._get(
                pending.sudo().profile_id.company_id
            )
            pending.days_left = (pending.due_date - criteria.company_id._segmentation_today()).days
