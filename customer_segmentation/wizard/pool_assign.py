from odoo import api, fields, models


class CustomerSegmentationPoolAssign(models.TransientModel):
    """Give customers of the public pool to a salesperson (for managers)."""

    _name = "customer.segmentation.pool.assign"
    _description = "Assign Customers of the Pool"

    move_ids = fields.Many2many(
        "customer.segmentation.pool.move",
        "customer_segmentation_pool_assign_rel",
        "wizard_id",
        "move_id",
        default=lambda self: self._default_move_ids(),
    )
    customers = fields.Char(compute="_compute_customers")
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        required=True,
        domain="[('share', '=', False)]",
        ondelete="cascade",
    )

    @api.model
    def _default_move_ids(self):
        """The customers selected where the dialog was opened."""
        if self.env.context.get("active_model") != "customer.segmentation.pool.move":
            return False
        return [fields.Command.set(self.env.context.get("active_ids", []))]

    @api.depends("move_ids")
    def _compute_customers(self):
        for wizard in self:
            wizard.customers = wizard.move_ids._names()

    def action_assign(self):
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.ensure_one()
        return self.move_ids._assign(self.user_id)
