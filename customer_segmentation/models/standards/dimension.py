import re

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools.sql import create_index, make_index_name

from ...tools.meanings import MEANINGS

PROFILE = "customer.segmentation.profile"


class CustomerSegmentationDimension(models.Model):
    """One way of classifying all customers: an ordered list of segments.

    Each dimension has a column on the profile. Those of the shipped dimensions are fields of the
    addon; a dimension that a manager adds gets a manual field, as core's analytic plans do.
    """

    _name = "customer.segmentation.dimension"
    _inherit = ["customer.segmentation.versioned", "mail.thread", "mail.activity.mixin"]
    _description = "Segmentation Dimension"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    code = fields.Char(required=True, copy=False, default="")
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
    kind = fields.Selection(
        [
            ("rule", "By rule"),
            ("declared", "Declared on the contact; rules suggest"),
            ("multiple", "Declared on the contact; several may apply"),
        ],
        required=True,
        readonly=True,
        default="rule",
    )
    description = fields.Text(translate=True, help="What this dimension tells, in plain words.")
    is_headline = fields.Boolean(
        "On the First Line",
        help="Quotations and opportunities show it on the first line of what they tell of the "
        "customer, beside value and lifecycle; the others stand below.",
    )
    grace_days = fields.Integer(
        help="A customer moves down only when the rules have said so for this many days in a "
        "row; up at once. 0: down at once too."
    )
    segment_ids = fields.One2many("customer.segmentation.segment", "dimension_id")
    column_name = fields.Char(
        compute="_compute_column_name",
        help="The field of the profile which holds the segment; none where it was deleted.",
    )
    is_shipped = fields.Boolean(compute="_compute_column_name")
    customer_count = fields.Integer(compute="_compute_customer_count")

    _sql_constraints = [
        ("code_uniq", "UNIQUE(code)", "Each dimension needs a code of its own."),
        ("grace_days_positive", "CHECK(grace_days >= 0)", "Grace days are 0 or more."),
    ]

    @api.depends("code", "kind")
    def _compute_column_name(self):
        columns = self.env[PROFILE]._fields
        for dimension in self:
            shipped = f"{dimension.code}_segment_id"
            own = dimension._own_column_name()
            dimension.is_shipped = shipped in columns or dimension.kind == "multiple"
            dimension.column_name = (
                shipped if shipped in columns else own if own in columns else False
            )

    @api.depends_context("allowed_company_ids", "uid")
    def _compute_customer_count(self):
        for dimension in self:
            column = dimension._profile_field()
            dimension.customer_count = column and self.env[PROFILE].search_count(
                [(column, "!=", False), ("company_id", "in", self.env.companies.ids)]
            )

    @api.constrains("code")
    def _check_code(self):
        for dimension in self:
            if not re.fullmatch(r"[a-z][a-z0-9_]{0,30}", dimension.code):
                raise ValidationError(
                    _(
                        "The code %(code)s names a column: it begins with a letter and has small "
                        "letters, digits and underscores, 31 at most.",
                        code=dimension.code,
                    )
                )

    @api.constrains("kind", "code")
    def _check_kind(self):
        """What is declared needs a field of the contact, which only an addon brings."""
        for dimension in self.filtered(lambda d: d.kind != "rule"):
            if dimension._declared_field() not in self.env["res.partner"]._fields:
                raise ValidationError(
                    _(
                        "%(dimension)s cannot be declared: contacts have no field for it. Make it "
                        "a dimension by rule, and set segments by hand where the rule is wrong.",
                        dimension=dimension.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["code"] = vals.get("code") or self._new_code(vals.get("name"))
        dimensions = super().create(vals_list)
        dimensions._sync_column()
        return dimensions

    def write(self, vals):
        if "code" in vals and any(dimension.code != vals["code"] for dimension in self):
            raise UserError(_("The code of a dimension names its column: it stays as it is."))
        result = super().write(vals)
        if "name" in vals:
            self._sync_column()
        if "active" in vals:
            self.env["customer.segmentation.run"]._request_full_run()
        if set(vals) & {"active", "name", "sequence"}:
            # the screens of the profile list the active dimensions, meanings are in their order
            self.env.registry.clear_cache("default", "templates")
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for dimension in self:
            if dimension.is_shipped:
                raise UserError(
                    _("%(dimension)s comes with the application: archive it instead.",
                      dimension=dimension.name)
                )
            if self.env["customer.segmentation.history"].sudo().search_count(
                [("dimension_id", "=", dimension.id)], limit=1
            ):
                raise UserError(
                    _(
                        "Customers have a history in %(dimension)s: use its button Delete, which "
                        "keeps the history readable.",
                        dimension=dimension.name,
                    )
                )

    def unlink(self):
        self._drop_column()
        return super().unlink()

    # What a dimension tells, by the meanings of its segments

    @api.model
    def _telling(self, subject):
        """The dimension that tells the value or the lifecycle of customers; the first of several.

        From the cache.

        :param str subject: a key of MEANINGS
        :return: an active dimension, or none
        """
        first = self._first_meant(subject)
        return self.browse(first and first.dimension_id)

    @api.model
    def _column_telling(self, subject):
        """The profile's column of that dimension, or None; from the cache."""
        first = self._first_meant(subject)
        return first and first.column

    @api.model
    def _first_meant(self, subject):
        meant = self.env["customer.segmentation.segment"]._meant()
        return next((row for row in meant if row.meaning in MEANINGS[subject]), None)

    def _tells(self, subject):
        """Whether a segment of this dimension has a meaning of the subject."""
        self.ensure_one()
        return any(segment.meaning in MEANINGS[subject] for segment in self.segment_ids)

    # Fields named after the code

    def _declared_field(self):
        """The contact's field that holds what people declared; None where rules decide alone."""
        self.ensure_one()
        names = {
            "declared": f"segmentation_{self.code}_declared_id",
            "multiple": f"segmentation_{self.code}_ids",
        }
        return names.get(self.kind)

    def _profile_field(self):
        """The profile's field that tells the segment or segments; False where it was deleted."""
        self.ensure_one()
        return f"{self.code}_ids" if self.kind == "multiple" else self.column_name

    # The column of an own dimension

    @api.model
    def _new_code(self, name):
        """A code from the name, or a plain one where it has no letters we can use."""
        code = re.sub(r"[^a-z0-9]+", "_", (name or "").lower()).strip("_")[:24]
        code = code if code[:1].isalpha() else f"dimension_{code}".strip("_")
        taken = set(self.sudo().with_context(active_test=False).search([]).mapped("code"))
        number, free = 2, code
        while free in taken:
            free, number = f"{code}_{number}", number + 1
        return free

    def _own_column_name(self):
        """Odoo wants the prefix for fields made by people."""
        return f"x_{self.code}_segment_id"

    def _own_field(self):
        return self.env["ir.model.fields"].sudo().search(
            [("model", "=", PROFILE), ("name", "=", self._own_column_name())]
        )

    def _sync_column(self):
        """Create the column of own dimensions, and keep its label in step with the name."""
        for dimension in self:
            if dimension.is_shipped:
                continue
            field = dimension._own_field()
            if field:
                field.field_description = dimension.name
                continue
            column = dimension._own_column_name()
            self.env["ir.model.fields"].sudo().with_context(update_custom_fields=True).create(
                {
                    "name": column,
                    "field_description": dimension.name,
                    "state": "manual",
                    "model_id": self.env["ir.model"]._get_id(PROFILE),
                    "ttype": "many2one",
                    "relation": "customer.segmentation.segment",
                    "on_delete": "set null",
                    "readonly": True,
                    "group_expand": True,
                }
            )
            table = self.env[PROFILE]._table
            create_index(self.env.cr, make_index_name(table, column), table, [column])
        self.invalidate_recordset(["column_name", "is_shipped"])
        self._forget_columns()

    def _drop_column(self):
        for dimension in self:
            if not dimension.is_shipped:
                dimension._own_field().unlink()
        self.invalidate_recordset(["column_name", "is_shipped"])
        self._forget_columns()

    @api.model
    def _forget_columns(self):
        """The engine's list of columns, and the profile's screens, which name the dimensions."""
        self.env.registry.clear_cache("default", "templates")

    def action_delete(self):
        """Take an own dimension off all screens; what it was stays readable in the history."""
        self.check_access_rights("unlink")
        self.check_access_rule("unlink")
        self.ensure_one()
        if self.is_shipped:
            raise UserError(
                _("%(dimension)s comes with the application: archive it instead.",
                  dimension=self.name)
            )
        self.active = False
        self._drop_column()
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "view_mode": "list,form",
            "name": _("Dimensions"),
        }

    def action_open_profiles(self):
        """The customers, one kanban column per segment of this dimension."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_profile_action"
        )
        return dict(action, context={"group_by": [self._profile_field()]}, name=self.name)
