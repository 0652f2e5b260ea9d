from datetime import date

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError

from ...tools.domain import any_of

SEGMENT = "customer.segmentation.segment"
GROUPS = "customer_segmentation.group_user"
TURNOVER = {
    "segmentation_turnover", "segmentation_turnover_currency_id", "segmentation_turnover_year",
}
COMPARISONS = ("=", "!=", "<", "<=", ">", ">=")


def _declared(dimension, label):
    return fields.Many2one(
        SEGMENT,
        label,
        domain=f"[('dimension_id.code', '=', '{dimension}'), ('reached_by', '!=', 'rule')]",
        index="btree_not_null",
        ondelete="set null",
        tracking=True,
        groups=GROUPS,
        help="Chosen by people; as long as nothing is chosen, the rules of the segments suggest.",
    )


def _suggested(label):
    return fields.Many2one(
        SEGMENT,
        label,
        compute="_compute_segmentation_suggested",
        groups=GROUPS,
    )


class ResPartner(models.Model):
    """What people know of a customer and no document tells: type, size, needs."""

    _inherit = "res.partner"

    segmentation_type_declared_id = _declared("type", "Declared Customer Type")
    segmentation_size_declared_id = _declared("size", "Declared Company Size")
    segmentation_need_ids = fields.Many2many(
        SEGMENT,
        "customer_segmentation_partner_need_rel",
        "partner_id",
        "segment_id",
        "Needs",
        domain="[('dimension_id.code', '=', 'need')]",
        groups=GROUPS,
        help="What matters to this customer; several may apply.",
    )
    segmentation_type_suggested_id = _suggested("Suggested Customer Type")
    segmentation_size_suggested_id = _suggested("Suggested Company Size")

    segmentation_headcount = fields.Integer(
        "Headcount",
        index="btree_not_null",
        groups=GROUPS,
        help="People employed; 0 is unknown.",
    )
    segmentation_turnover = fields.Monetary(
        "Annual Turnover",
        currency_field="segmentation_turnover_currency_id",
        index="btree_not_null",
        group_operator=None,
        groups=GROUPS,
        help="Of the customer's own business in the year given; 0 is unknown.",
    )
    segmentation_turnover_currency_id = fields.Many2one(
        "res.currency", "Turnover Currency", groups=GROUPS
    )
    segmentation_turnover_year = fields.Integer(
        "Year of the Turnover", group_operator=None, groups=GROUPS
    )
    segmentation_turnover_converted = fields.Monetary(
        "Annual Turnover (Company Currency)",
        compute="_compute_segmentation_turnover_converted",
        search="_search_segmentation_turnover_converted",
        currency_field="segmentation_currency_id",
        groups=GROUPS,
        help="At the rate of the last day of the turnover's year, so that it stays as it is.",
    )

    segmentation_policy_id = fields.Many2one(
        "customer.segmentation.policy",
        "Policy",
        compute="_compute_segmentation_policy",
        groups=GROUPS,
    )
    segmentation_policy_text = fields.Text(
        "How We Treat Such Customers",
        compute="_compute_segmentation_policy",
        groups=GROUPS,
    )

    @api.depends(
        "segmentation_type_declared_id",
        "segmentation_size_declared_id",
        "segmentation_type_segment_id",
        "segmentation_size_segment_id",
    )
    @api.depends_context("company", "uid")
    def _compute_segmentation_suggested(self):
        for partner in self:
            for dimension in ("type", "size"):
                segment = partner[f"segmentation_{dimension}_segment_id"]
                suggested = (
                    segment.reached_by != "rule"
                    and not partner[f"segmentation_{dimension}_declared_id"].active
                )
                partner[f"segmentation_{dimension}_suggested_id"] = suggested and segment

    @api.depends(
        "segmentation_turnover", "segmentation_turnover_currency_id", "segmentation_turnover_year"
    )
    @api.depends_context("company")
    def _compute_segmentation_turnover_converted(self):
        for partner in self:
            rate = partner.segmentation_turnover and partner._turnover_rate(
                partner.segmentation_turnover_currency_id, partner.segmentation_turnover_year
            )
            partner.segmentation_turnover_converted = partner.segmentation_turnover * rate

    @api.depends("segmentation_type_segment_id", "segmentation_size_segment_id")
    @api.depends_context("company", "uid")
    def _compute_segmentation_policy(self):
        policies = self.env["customer.segmentation.policy"].search([])
        for partner in self:
            policy = policies._of(
                partner.segmentation_type_segment_id, partner.segmentation_size_segment_id
            )
            partner.segmentation_policy_id = policy
            partner.segmentation_policy_text = policy.text

    @api.model
    def _turnover_rate(self, currency, year):
        """From a currency to the company's, at the year's end; 0 where one of them is unknown."""
        if not currency or not year:
            return 0
        company = self.env.company
        return self.env["res.currency"]._get_conversion_rate(
            currency, company.currency_id, company, date(year, 12, 31)
        )

    @api.model
    def _search_segmentation_turnover_converted(self, operator, value):
        """Convert the limit, not the contacts: once per currency and year."""
        if operator not in COMPARISONS:
            raise UserError(_("Compare the annual turnover with =, ≠, <, ≤, > or ≥."))
        known = [("segmentation_turnover", ">", 0)]
        if not value:
            unknown = [
                "|",
                ("segmentation_turnover", "=", False),
                ("segmentation_turnover", "=", 0),
            ]
            return unknown if operator in ("=", "<=") else known
        return any_of(
            [
                [
                    *known,
                    ("segmentation_turnover_currency_id", "=", currency_id),
                    ("segmentation_turnover_year", "=", year),
                    ("segmentation_turnover", operator, value / rate),
                ]
                for currency_id, year, rate in self._turnover_rates()
            ]
        )

    @api.model
    def _turnover_rates(self):
        """[(currency id, year, rate)] of the turnovers known."""
        currencies = self.env["res.currency"]
        return [
            (currency_id, year, rate)
            for currency_id, year in self._turnover_years()
            if (rate := self._turnover_rate(currencies.browse(currency_id), year))
        ]

    @api.model
    @tools.ormcache()
    def _turnover_years(self):
        """[(currency id, year)] in which turnovers are given: asked of all contacts but once."""
        groups = self.sudo().with_context(active_test=False)._read_group(
            [("segmentation_turnover", ">", 0)],
            ["segmentation_turnover_currency_id", "segmentation_turnover_year"],
        )
        return [(currency.id, year) for currency, year in groups]

    @api.model_create_multi
    def create(self, vals_list):
        known = any(TURNOVER & vals.keys() for vals in vals_list) and self._turnover_years()
        partners = super().create(vals_list)
        if known is not False:
            partners._note_turnover_years(known)
        return partners

    def write(self, vals):
        known = bool(TURNOVER & vals.keys()) and self._turnover_years()
        result = super().write(vals)
        if known is not False:
            self._note_turnover_years(known)
        return result

    def _note_turnover_years(self, known):
        """Have all forget the years they know where these contacts bring another one.

        :param list known: what was known before the contacts were written
        """
        given = self.sudo().filtered("segmentation_turnover")
        if any(
            (contact.segmentation_turnover_currency_id.id, contact.segmentation_turnover_year)
            not in known
            for contact in given
        ):
            self.env.registry.clear_cache()

    @api.constrains(
        "segmentation_type_declared_id", "segmentation_size_declared_id", "segmentation_need_ids"
    )
    def _check_segmentation_declared(self):
        """Imports know no domain of a field: say which segment fits where."""
        for partner in self.sudo():
            for field, dimension in (
                ("segmentation_type_declared_id", "type"),
                ("segmentation_size_declared_id", "size"),
                ("segmentation_need_ids", "need"),
            ):
                for segment in partner[field]:
                    partner._check_declarable(segment, dimension, self._fields[field].string)

    def _check_declarable(self, segment, dimension, label):
        if segment.dimension_id.code != dimension or segment.reached_by == "rule":
            raise ValidationError(
                _(
                    "%(partner)s: %(segment)s (%(dimension)s) cannot be chosen as %(field)s.",
                    partner=self.display_name,
                    segment=segment.name,
                    dimension=segment.dimension_id.name,
                    field=label,
                )
            )

    @api.constrains(
        "segmentation_headcount",
        "segmentation_turnover",
        "segmentation_turnover_currency_id",
        "segmentation_turnover_year",
    )
    def _check_segmentation_size(self):
        for partner in self.sudo():
            if partner.segmentation_headcount < 0 or partner.segmentation_turnover < 0:
                raise ValidationError(
                    _("%(partner)s: headcount and turnover cannot be negative.",
                      partner=partner.display_name)
                )
            year = partner.segmentation_turnover_year
            if year and not 1900 <= year <= 2200:
                raise ValidationError(
                    _("%(partner)s: the year of the turnover has four digits, not %(year)s.",
                      partner=partner.display_name, year=year)
                )
            if partner.segmentation_turnover and not (
                year and partner.segmentation_turnover_currency_id
            ):
                raise ValidationError(
                    _("%(partner)s: the annual turnover needs its currency and its year.",
                      partner=partner.display_name)
                )

    @api.onchange("segmentation_turnover")
    def _onchange_segmentation_turnover(self):
        if self.segmentation_turnover and not self.segmentation_turnover_currency_id:
            self.segmentation_turnover_currency_id = self.env.company.currency_id
        if self.segmentation_turnover and not self.segmentation_turnover_year:
            self.segmentation_turnover_year = self.env.company._segmentation_today().year - 1

    @api.model
    def _segmentation_declared_fields(self):
        return [
            "segmentation_type_declared_id",
            "segmentation_size_declared_id",
            "segmentation_need_ids",
            "segmentation_headcount",
            "segmentation_turnover",
            "segmentation_turnover_currency_id",
            "segmentation_turnover_year",
        ]

    def _commercial_fields(self):
        """The contacts of a company follow it.

        Who may not see these fields did not change them, and has nothing of them to pass on; what
        a contact takes over from its new company Odoo copies as the system.
        """
        own = self._segmentation_declared_fields()
        may_see = self.env.su or self.env.user.has_group(GROUPS)
        return [*super()._commercial_fields(), *(own if may_see else [])]

    def _segmentation_triggers(self):
        return {*super()._segmentation_triggers(), *self._segmentation_declared_fields()}

    def action_segmentation_accept_type(self):
        self._segmentation_accept("type")

    def action_segmentation_accept_size(self):
        self._segmentation_accept("size")

    def _segmentation_accept(self, dimension):
        """Declare what the rules suggest, on the company of the contact."""
        self.env["customer.segmentation.profile"].check_access_rights("read")
        for partner in self.commercial_partner_id:
            suggested = partner[f"segmentation_{dimension}_suggested_id"]
            if suggested:
                partner[f"segmentation_{dimension}_declared_id"] = suggested
