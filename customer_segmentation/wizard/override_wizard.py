from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

SHOWN_NAMES = 3


class CustomerSegmentationOverrideWizard(models.TransientModel):
    """Set a segment of one or many customers, with a reason."""

    _name = "customer.segmentation.override.wizard"
    _description = "Set Segment"

    profile_ids = fields.Many2many(
        "customer.segmentation.profile",
        "customer_segmentation_override_wizard_rel",
        "wizard_id",
        "profile_id",
        default=lambda self: self._default_profile_ids(),
    )
    customers = fields.Char(compute="_compute_customers")
    dimension_id = fields.Many2one(
        "customer.segmentation.dimension", required=True, ondelete="cascade"
    )
    current_segment_id = fields.Many2one(
        "customer.segmentation.segment", "Now", compute="_compute_current"
    )
    replaced_count = fields.Integer(compute="_compute_current")
    segment_id = fields.Many2one(
        "customer.segmentation.segment",
        required=True,
        domain="[('dimension_id', '=', dimension_id)]",
        ondelete="cascade",
    )
    reason_id = fields.Many2one(
        "customer.segmentation.override.reason", required=True, ondelete="cascade"
    )
    note = fields.Text()
    until_date = fields.Date("Until", help="The last day it holds; empty = until somebody ends it.")

    @api.model
    def _default_profile_ids(self):
        """The records selected where the dialog was opened from the Action menu."""
        if self.env.context.get("active_model") != "customer.segmentation.profile":
            return False
        return [fields.Command.set(self.env.context.get("active_ids", []))]

    @api.depends("profile_ids")
    def _compute_customers(self):
        for wizard in self:
            names = wizard.profile_ids[:SHOWN_NAMES].partner_id.mapped("display_name")
            more = len(wizard.profile_ids) - SHOWN_NAMES
            if more > 0:
                wizard.customers = _(
                    "%(customers)s and %(count)s more", customers=", ".join(names), count=more
                )
            else:
                wizard.customers = ", ".join(names)

    @api.depends("profile_ids", "dimension_id")
    def _compute_current(self):
        for wizard in self:
            profiles = wizard.profile_ids._origin
            column = wizard.dimension_id.column_name
            segments = profiles.mapped(column) if column else self.env[
                "customer.segmentation.segment"
            ]
            wizard.current_segment_id = segments if len(segments) == 1 else False
            wizard.replaced_count = wizard.dimension_id and len(
                self.env["customer.segmentation.override"]._in_force(
                    profiles, wizard.dimension_id
                )
            )

    @api.onchange("dimension_id")
    def _onchange_dimension_id(self):
        if self.segment_id.dimension_id != self.dimension_id:
            self.segment_id = False

    def action_set(self):
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.ensure_one()
        if not self.profile_ids:
            raise UserError(
                _("Nothing to set: no customer with a profile is selected, or you may not see it.")
            )
        if self.segment_id.dimension_id != self.dimension_id:
            raise ValidationError(
                _(
                    "%(segment)s is a segment of %(other)s: choose one of %(dimension)s.",
                    segment=self.segment_id.name,
                    other=self.segment_id.dimension_id.name,
                    dimension=self.dimension_id.name,
                )
            )
        overrides = self.env["customer.segmentation.override"]._set(
            self.profile_ids, self.segment_id, self.reason_id, self.note, self.until_date
        )
        message = _(
            "%(dimension)s of %(customers)s: %(segment)s.",
            dimension=self.dimension_id.name,
            customers=self.customers,
            segment=self.segment_id.name,
        )
        return overrides._notify(message, overrides._recompute_customers())
