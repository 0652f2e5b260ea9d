from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.domain import FALSE_DOMAIN, TRUE_DOMAIN, flags_wanted, negation


class CustomerSegmentationProfile(models.Model):
    """What people set over the rules, seen from the customer."""

    _inherit = "customer.segmentation.profile"

    override_ids = fields.One2many(
        "customer.segmentation.override",
        compute="_compute_overrides",
        context={"active_test": False},
        string="Overrides",
        help="Those in force first, then the ended ones.",
    )
    is_overridden = fields.Boolean(
        "Overridden",
        compute="_compute_overrides",
        search="_search_is_overridden",
        help="A person has set a segment of this customer.",
    )
    rule_says_otherwise = fields.Boolean(
        compute="_compute_overrides",
        search="_search_rule_says_otherwise",
        help="A person has set a segment which is not the rule's.",
    )

    @api.depends_context("uid")
    def _compute_overrides(self):
        overrides = self.env["customer.segmentation.override"].with_context(active_test=False)
        by_key = overrides.search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        ).grouped(lambda override: (override.partner_id, override.company_id))
        for profile in self:
            found = by_key.get((profile.partner_id, profile.company_id), overrides)
            in_force = found.filtered("active")
            profile.override_ids = found
            profile.is_overridden = bool(in_force)
            profile.rule_says_otherwise = any(
                override.rule_segment_id != override.segment_id for override in in_force
            )

    def _search_is_overridden(self, operator, value):
        return self._search_overrides(operator, value, SQL("TRUE"))

    def _search_rule_says_otherwise(self, operator, value):
        return self._search_overrides(
            operator, value, SQL("item.rule_segment_id IS DISTINCT FROM item.segment_id")
        )

    @api.model
    def _search_overrides(self, operator, value, condition):
        """The customers with, or without, an override in force that meets ``condition``.

        In SQL, because a domain cannot compare two columns.
        """
        wanted = flags_wanted(operator, value)
        if len(wanted) != 1:
            return TRUE_DOMAIN if wanted else FALSE_DOMAIN
        self.env["customer.segmentation.override"].flush_model()
        query = self.sudo().with_context(active_test=False)._search([])
        query.add_where(
            SQL(
                """EXISTS (SELECT
                             FROM customer_segmentation_override item
                            WHERE item.active
                              AND item.partner_id = %(partner)s
                              AND item.company_id = %(company)s
                              AND %(condition)s)""",
                partner=SQL.identifier(self._table, "partner_id"),
                company=SQL.identifier(self._table, "company_id"),
                condition=condition,
            )
        )
        domain = [("id", "in", query)]
        return domain if True in wanted else negation(domain)

    @api.model
    def _read_group_expand_full(self, groups, domain, *args):
        """Show the empty segments of a dimension too: cards are dropped on them."""
        if groups._name != "customer.segmentation.segment":
            return super()._read_group_expand_full(groups, domain, *args)
        segments = groups.search([("dimension_id", "in", groups.dimension_id.ids)])
        return segments | groups  # customers may still stand in an archived one

    def action_set_segment(self):
        """Open the dialog that sets a segment of the selected customers."""
        return self._action_set_segment()

    def action_move_to_segment(self, column, segment_id):
        """Open the same dialog for a card dropped on another column of the kanban.

        :param str column: the field the kanban is grouped by
        """
        dimension = self.env["customer.segmentation.dimension"].search([]).filtered(
            lambda dimension: dimension.column_name == column
        )
        if not dimension:
            raise UserError(
                _("These columns are not the segments of a dimension: nothing can be set here.")
            )
        return self._action_set_segment(
            default_dimension_id=dimension.id, default_segment_id=segment_id
        )

    def _action_set_segment(self, **context):
        self.check_access_rights("read")
        self.check_access_rule("read")
        return {
            "type": "ir.actions.act_window",
            "name": _("Set Segment"),
            "res_model": "customer.segmentation.override.wizard",
            "view_mode": "form",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_profile_ids": [fields.Command.set(self.ids)], **context},
        }
