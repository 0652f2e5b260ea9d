from odoo import _, api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

NUMBERS = ("integer", "float", "monetary")
TYPES = ("char", "text", "html", "date", "selection", "many2one", *NUMBERS)
# Of the lists those people keep; the others are kept by Odoo
LISTS = ("child_ids", "category_id", "bank_ids", "segmentation_need_ids")
HIGHEST_WEIGHT = 20
OUR_USERS = "customer_segmentation.group_user"


class CustomerSegmentationCompleteness(models.Model):
    """How much it counts that a field of the contact is filled.

    Completeness = Σ weight of the filled fields / Σ weight × 100. One list for all companies, as
    contacts are shared by them.
    """

    _name = "customer.segmentation.completeness"
    _description = "Completeness Weight"
    _order = "weight desc, id"
    _rec_name = "field_name"

    field_name = fields.Selection("_selection_field_name", "Field of the Contact", required=True)
    weight = fields.Integer(required=True, default=10, help="0–20. 0 leaves the field out.")

    _sql_constraints = [
        ("field_name_uniq", "UNIQUE(field_name)", "Each field has one weight."),
        (
            "weight_in_range",
            f"CHECK(weight BETWEEN 0 AND {HIGHEST_WEIGHT})",
            "A weight is a number from 0 to 20.",
        ),
    ]

    @api.model
    def _selection_field_name(self):
        """The contact's stored fields people fill in, and whose state all our users may know."""
        partners = self.env["res.partner"].sudo()
        labels = partners.fields_get(attributes=["string"])
        names = [name for name, field in partners._fields.items() if self._may_weigh(field)]
        return sorted(((name, labels[name]["string"]) for name in names), key=lambda item: item[1])

    @api.model
    def _may_weigh(self, field):
        return bool(
            (field.type in TYPES or field.name in LISTS)
            and field.store
            and not field.readonly
            and field.groups in (None, OUR_USERS)
            and field.name not in models.MAGIC_COLUMNS
        )

    @api.constrains("field_name")
    def _check_field_name(self):
        """Not every series of Odoo asks a selection for its values when a program writes."""
        for item in self:
            field = self.env["res.partner"]._fields.get(item.field_name)
            if not field or not self._may_weigh(field):
                raise ValidationError(
                    _("Contacts have no field %(name)s that people fill in.", name=item.field_name)
                )

    @api.model
    def _weighed(self):
        """[(field of the contact, weight)], the heaviest first, without those that are gone."""
        partner_fields = self.env["res.partner"]._fields
        return [
            (partner_fields[item.field_name], item.weight)
            for item in self.sudo().search([("weight", ">", 0)])
            if item.field_name in partner_fields
        ]

    @api.model
    def _completeness_to_sql(self, alias):
        """The completeness of the contact that ``alias``.partner_id names; NULL without weights."""
        weighed = self._weighed()
        if not weighed:
            return SQL("NULL::numeric")
        return SQL(
            """(SELECT round(100.0 * (%(filled)s) / %(total)s, 1)
                  FROM res_partner WHERE res_partner.id = %(partner)s)""",
            filled=SQL(" + ").join(
                SQL("CASE WHEN %s THEN %s ELSE 0 END", self._filled_to_sql(field), weight)
                for field, weight in weighed
            ),
            total=sum(weight for _field, weight in weighed),
            partner=SQL.identifier(alias, "partner_id"),
        )

    @api.model
    def _filled_to_sql(self, field):
        """The condition on res_partner that the field is filled, as the ORM has it."""
        domain = [(field.name, "!=", False)]
        if field.type in NUMBERS:
            domain.append((field.name, "!=", 0))
        elif field.type in ("char", "text"):
            domain.append((field.name, "!=", ""))
        query = self.env["res.partner"].sudo().with_context(active_test=False)._search(domain)
        if query.from_clause.code == '"res_partner"':
            return query.where_clause
        return SQL("res_partner.id IN %s", query.subselect())  # it joins other tables
