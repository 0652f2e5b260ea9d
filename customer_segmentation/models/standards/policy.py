from collections import defaultdict

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...tools.domain import any_of


class CustomerSegmentationPolicy(models.Model):
    """How the company treats customers of a type and a size: the text of a cell of the matrix."""

    _name = "customer.segmentation.policy"
    _inherit = "customer.segmentation.guarded"
    _description = "Policy by Customer Type and Company Size"
    _order = "type_sequence, size_sequence, id"

    type_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Customer Type",
        required=True,
        ondelete="cascade",
        index=True,
        domain="[('dimension_id.code', '=', 'type')]",
    )
    size_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Company Size",
        ondelete="cascade",
        domain="[('dimension_id.code', '=', 'size')]",
        help="Empty: every size that has no policy of its own.",
    )
    type_sequence = fields.Integer(
        related="type_segment_id.sequence", string="Order of Types", store=True,
        group_operator=None,
    )
    size_sequence = fields.Integer(
        related="size_segment_id.sequence", string="Order of Sizes", store=True,
        group_operator=None,
    )
    text = fields.Text("Policy", required=True, translate=True)
    customer_count = fields.Integer("Customers", compute="_compute_customer_count")

    @api.depends("type_segment_id", "size_segment_id")
    def _compute_display_name(self):
        for policy in self:
            size = policy.size_segment_id.display_name or _("every size")
            policy.display_name = f"{policy.type_segment_id.display_name}, {size}"

    @api.depends_context("company", "uid")
    def _compute_customer_count(self):
        cells = self._cells()
        for policy in self:
            policy.customer_count = sum(count for *_cell, count in cells[policy._origin])

    @api.model
    def _cells(self):
        """Which cells of the matrix each policy answers for, and their customers.

        :return: {policy: [(type segment, size segment, number of customers)]}
        """
        policies = self.search([])
        cells = defaultdict(list)
        for customer_type, size, count in self.env["customer.segmentation.profile"]._read_group(
            [("company_id", "=", self.env.company.id)],
            ["type_segment_id", "size_segment_id"],
            ["__count"],
        ):
            cells[policies._of(customer_type, size)].append((customer_type, size, count))
        return cells

    @api.constrains("type_segment_id", "size_segment_id")
    def _check_cell(self):
        for policy in self:
            if policy.type_segment_id.dimension_id.code != "type" or (
                policy.size_segment_id.dimension_id.code not in ("size", False)
            ):
                raise ValidationError(
                    _("A policy is for a customer type and a company size: choose segments of "
                      "these two dimensions.")
                )
            if self.search_count(
                [
                    ("type_segment_id", "=", policy.type_segment_id.id),
                    ("size_segment_id", "=", policy.size_segment_id.id),
                ],
                limit=2,
            ) > 1:
                raise ValidationError(
                    _("There is a policy for %(cell)s already.", cell=policy.display_name)
                )

    def _of(self, customer_type, size):
        """The policy of a cell; without one, that of every size, then of the broader type."""
        by_cell = {(policy.type_segment_id, policy.size_segment_id): policy for policy in self}
        while customer_type:
            for cell in ((customer_type, size), (customer_type, size.browse())):
                if cell in by_cell:
                    return by_cell[cell]
            customer_type = customer_type.parent_id
        return self.browse()

    def action_open_profiles(self):
        """The customers of the cell."""
        self.check_access_rights("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_profile_action"
        )
        domain = any_of(
            [("type_segment_id", "=", customer_type.id), ("size_segment_id", "=", size.id)]
            for customer_type, size, _count in self._cells()[self]
        )
        return dict(action, name=self.display_name, domain=domain, context={})
