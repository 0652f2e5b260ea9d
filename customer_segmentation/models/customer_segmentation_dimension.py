from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError


class CustomerSegmentationDimension(models.Model):
    _name = "customer.segmentation.dimension"
    _description = "Segmentation Dimension"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, readonly=True, copy=False)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    description = fields.Text(translate=True, help="What this dimension tells, in plain words.")
    segment_ids = fields.One2many("customer.segmentation.segment", "dimension_id")
    column_name = fields.Char(
        compute="_compute_column_name", help="The field of the profile which holds the segment."
    )
    customer_count = fields.Integer(compute="_compute_customer_count")

    _sql_constraints = [("code_uniq", "UNIQUE(code)", "Each dimension needs a code of its own.")]

    @api.depends("code")
    def _compute_column_name(self):
        for dimension in self:
            dimension.column_name = f"{dimension.code}_segment_id"

    @api.depends_context("allowed_company_ids")
    def _compute_customer_count(self):
        for dimension in self:
            dimension.customer_count = self.env["customer.segmentation.profile"].search_count(
                [
                    (dimension.column_name, "!=", False),
                    ("company_id", "in", self.env.companies.ids),
                ]
            )

    @api.constrains("code")
    def _check_code(self):
        columns = self.env["customer.segmentation.profile"]._fields
        for dimension in self:
            if dimension.column_name not in columns:
                raise ValidationError(
                    _("The profile has no column for the dimension code %(code)s.",
                      code=dimension.code)
                )

    def write(self, vals):
        if "code" in vals:
            raise UserError(_("The code of a dimension names its column: it stays as it is."))
        result = super().write(vals)
        if "active" in vals:
            self.env["customer.segmentation.run"]._request_full_run()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        raise UserError(_("Archive the dimension instead: its history stays readable."))

    def action_open_profiles(self):
        """The customers, one kanban column per segment of this dimension."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_profile_action"
        )
        return dict(action, context={"group_by": [self.column_name]}, name=self.name)
