from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.domain import negation
from .profile_contact import COMPARISONS


class CustomerSegmentationProfile(models.Model):
    """How complete the contact is, and what would add most.

    It depends on the contact alone, which people edit all day: reckoned when shown, searched,
    sorted and averaged, by one formula in SQL, and stored nowhere.
    """

    _inherit = "customer.segmentation.profile"

    completeness = fields.Float(
        compute="_compute_completeness",
        search="_search_completeness",
        digits=(16, 1),
        group_operator="avg",
        help="0–100: weight of the contact's filled fields by the weight of all. The weights are "
        "under Configuration → Completeness.",
    )
    missing_words = fields.Char(
        "Still Missing",
        compute="_compute_missing_words",
        help="Each empty field with what it would add, the most first.",
    )

    def _compute_completeness(self):
        """One statement for all profiles."""
        self.env["res.partner"].flush_model()
        self.env.cr.execute(
            SQL(
                "SELECT id, %s FROM %s WHERE id = ANY(%s)",
                self.env["customer.segmentation.completeness"]._completeness_to_sql(self._table),
                SQL.identifier(self._table),
                self._origin.ids,
            )
        )
        found = dict(self.env.cr.fetchall())
        for profile in self:
            profile.completeness = found.get(profile._origin.id) or 0.0

    @api.depends_context("lang")
    def _compute_missing_words(self):
        weighed = self.env["customer.segmentation.completeness"]._weighed()
        labels = self.env["res.partner"].sudo().fields_get(
            [field.name for field, _weight in weighed], ["string"]
        )
        total = sum(weight for _field, weight in weighed)
        for profile in self:
            partner = profile.partner_id.sudo()
            profile.missing_words = ", ".join(
                _(
                    "%(field)s (+%(points)s)",
                    field=labels[field.name]["string"],
                    points=round(100 * weight / total),
                )
                for field, weight in weighed
                if not partner[field.name]
            )

    @api.model
    def _search_completeness(self, operator, value):
        if operator in ("!=", "not in"):
            return negation(self._search_completeness("=" if operator == "!=" else "in", value))
        values = list(value) if operator == "in" else [value]
        if operator not in (*COMPARISONS, "in") or not all(
            isinstance(item, (int, float)) for item in values
        ):
            raise UserError(_("Compare the completeness with a number by =, ≠, <, ≤, > or ≥."))
        self.env["res.partner"].flush_model()
        query = self.sudo().with_context(active_test=False)._search([])
        formula = self.env["customer.segmentation.completeness"]._completeness_to_sql(self._table)
        query.add_where(
            SQL("%s = ANY(%s::numeric[])", formula, values)
            if operator == "in"
            else SQL("%s %s %s", formula, COMPARISONS[operator], value)
        )
        return [("id", "in", query)]

    def _field_to_sql(self, alias, fname, query=None, *args, **kwargs):
        if fname == "completeness":
            return self.env["customer.segmentation.completeness"]._completeness_to_sql(alias)
        return super()._field_to_sql(alias, fname, query, *args, **kwargs)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name == "completeness":
            return SQL("%s %s %s", self._field_to_sql(alias, field_name), direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
