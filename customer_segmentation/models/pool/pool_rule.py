from odoo import _, api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.tools.misc import format_date

from ...tools.meanings import MEANINGS

PERIODS = {  # condition -> the periods it looks at
    "contact": ("contact",),
    "sale": ("sale",),
    "any": ("contact", "sale"),
    "all": ("contact", "sale"),
}


class CustomerSegmentationPoolRule(models.Model):
    """When a customer nobody followed up goes to the public pool; see DEFINITIONS, "Public pool".

    A company has at most one rule in force per value segment, and one for all the others.
    """

    _name = "customer.segmentation.pool.rule"
    _description = "Public Pool Rule"
    _order = "company_id, value_segment_id, id"

    name = fields.Char(required=True, translate=True)
    active = fields.Boolean(
        "In Force",
        default=False,
        help="Off until you switch it on: try it with Dry Run before.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    value_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Value",
        domain=[
            ("dimension_id.active", "=", True),
            ("dimension_id.segment_ids.meaning", "in", list(MEANINGS["value"])),
        ],
        ondelete="restrict",
        help="Only customers of this value segment; empty: all that have no rule of their own.",
    )
    condition = fields.Selection(
        [
            ("contact", "Without contact"),
            ("sale", "Without sale"),
            ("any", "Without contact or without sale"),
            ("all", "Without contact and without sale"),
        ],
        "Released After",
        required=True,
        default="contact",
    )
    contact_days = fields.Integer(
        "Days Without Contact",
        default=90,
        help="A contact within so many days keeps the customer; the day after, it is released.",
    )
    sale_days = fields.Integer(
        "Days Without Sale",
        default=180,
        help="A sale within so many days keeps the customer; the day after, it is released.",
    )
    from_date = fields.Date(
        "Days Count From",
        help="Days without contact or sale before this one do not count: it is the day on which "
        "the rule is switched on, so that nobody loses a customer by a rule that was not in force. "
        "Set an earlier day to have the days before it count as well. Nor do the days count "
        "before the salesperson got the customer.",
    )
    warning_days = fields.Integer(
        "Warned Before (Days)",
        default=7,
        help="So many days before the release the salesperson gets an activity, and nobody is "
        "released who has not been warned so long before; 0: released without a warning.",
    )
    claim_limit = fields.Integer(
        "Claims per Day",
        default=3,
        help="How many customers of the pool a person can claim on one day; 0: no limit.",
    )
    cooldown_days = fields.Integer(
        "Cool-down (Days)",
        default=30,
        help="So many days from the release the former salesperson cannot claim the customer.",
    )
    words = fields.Text("In Words", compute="_compute_words")

    _sql_constraints = [
        (
            "periods_positive",
            "CHECK(contact_days > 0 AND sale_days > 0)",
            "The days without contact and without sale are 1 or more.",
        ),
        (
            "limits_positive",
            "CHECK(warning_days >= 0 AND claim_limit >= 0 AND cooldown_days >= 0)",
            "The days of the warning, the claims per day and the cool-down are 0 or more.",
        ),
    ]

    @api.depends(
        "value_segment_id", "condition", "contact_days", "sale_days", "warning_days",
        "claim_limit", "cooldown_days", "from_date",
    )
    def _compute_words(self):
        for rule in self:
            sentences = [rule._words_of_condition()]
            if rule.from_date:
                sentences.append(
                    _("The days before %(day)s do not count.",
                      day=format_date(self.env, rule.from_date))
                )
            if rule.warning_days:
                sentences.append(
                    _("The salesperson is warned %(days)s days before.", days=rule.warning_days)
                )
            sentences.append(
                _("A person can claim %(limit)s customers a day.", limit=rule.claim_limit)
                if rule.claim_limit
                else _("A person can claim any number of customers.")
            )
            if rule.cooldown_days:
                sentences.append(
                    _("The former salesperson has to wait %(days)s days.", days=rule.cooldown_days)
                )
            rule.words = " ".join(sentences)

    def _words_of_condition(self):
        """Whom the rule releases, as a sentence."""
        customers = (
            _("Customers of %(segment)s", segment=self.value_segment_id.display_name)
            if self.value_segment_id
            else _("All customers without a rule of their own")
        )
        contact, sale = self.contact_days, self.sale_days
        periods = {
            "contact": _("over %(contact)s days without contact", contact=contact),
            "sale": _("over %(sale)s days without a sale", sale=sale),
            "any": _(
                "over %(contact)s days without contact or over %(sale)s days without a sale",
                contact=contact,
                sale=sale,
            ),
            "all": _(
                "over %(contact)s days without contact and over %(sale)s days without a sale",
                contact=contact,
                sale=sale,
            ),
        }
        return _(
            "%(customers)s go to the pool after %(periods)s.",
            customers=customers,
            periods=periods.get(self.condition, ""),
        )

    @api.constrains("value_segment_id")
    def _check_value_segment(self):
        for rule in self.filtered("value_segment_id"):
            if not rule.value_segment_id.dimension_id._tells("value"):
                raise ValidationError(
                    _(
                        "%(rule)s: the dimension of the segment %(segment)s does not tell the "
                        "value of customers. Choose a segment of one that does, or none.",
                        rule=rule.name,
                        segment=rule.value_segment_id.name,
                    )
                )

    @api.constrains("active", "company_id", "value_segment_id")
    def _check_one_in_force(self):
        for rule in self.filtered("active"):
            other = self.search(
                [
                    ("id", "!=", rule.id),
                    ("company_id", "=", rule.company_id.id),
                    ("value_segment_id", "=", rule.value_segment_id.id),
                ],
                limit=1,
            )
            if other:
                raise ValidationError(
                    _(
                        "%(rule)s: the rule %(other)s is in force for the same customers. Switch "
                        "it off first, or change it.",
                        rule=rule.name,
                        other=other.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        rules = super().create(vals_list)
        rules._count_from_today()
        return rules

    def write(self, vals):
        self.env.registry.clear_cache()
        if vals.get("active") is False:
            vals = {"from_date": False, **vals}
        result = super().write(vals)
        if set(vals) & {"active", "from_date"}:
            self._count_from_today()
        return result

    def _count_from_today(self):
        """Have the days count from today where a rule is in force and no other day is given."""
        for rule in self.filtered(lambda rule: rule.active and not rule.from_date):
            criteria = self.env["customer.segmentation.criteria"].sudo()._get(rule.company_id)
            rule.from_date = criteria.company_id._segmentation_today()

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache()
    def _companies_with_pool(self):
        """Ids of the companies that have a rule in force: the others' screens show no pool."""
        return frozenset(self.sudo().search([("active", "=", True)]).company_id.ids)

    def action_dry_run(self):
        """Show whom these rules would warn and release today, and why others are kept."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        return self.env["customer.segmentation.pool.preview"]._open(self)
