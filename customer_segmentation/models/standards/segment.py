from collections import namedtuple

from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools.safe_eval import datetime as safe_datetime
from odoo.tools.safe_eval import dateutil as safe_dateutil
from odoo.tools.safe_eval import safe_eval

from ...tools.domain import any_of, constant
from ...tools.meanings import MEANINGS

#: A segment in use that means something, with the profile's column of its dimension.
Meant = namedtuple("Meant", "meaning segment_id dimension_id column")


class CustomerSegmentationSegment(models.Model):
    _name = "customer.segmentation.segment"
    _inherit = "customer.segmentation.versioned"
    _description = "Customer Segment"
    _order = "dimension_id, sequence, id"

    dimension_id = fields.Many2one(
        "customer.segmentation.dimension", required=True, ondelete="cascade", index=True
    )
    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(
        default=10, group_operator=None, help="The first segment whose rule matches wins."
    )
    rank = fields.Integer(
        group_operator=None,
        help="1 is the best of the dimension. A move to a higher number is a move down, which "
        "waits for the grace days of the dimension; 0: neither up nor down.",
    )
    active = fields.Boolean(default=True)
    color = fields.Integer(group_operator=None)
    meaning = fields.Selection(
        [item for meanings in MEANINGS.values() for item in meanings.items()],
        help="What these customers are to the application, whatever the segment is called.\n"
        "Key customer: the manager hears of a low answer too.\n"
        "At risk, dormant, lost: quotations and opportunities warn of it.\n"
        "Lost: no call because an order is due.\n"
        "At risk, lost, won back: the digest counts who comes here.\n"
        "Prospect to won back: the dimension tells the lifecycle. Key to no sales: it tells the "
        "value, and rules of the public pool can be for its segments. Orders keep both when they "
        "are confirmed, and the playbooks' effect compares by them. Of several dimensions that "
        "tell the same, the first one counts.",
    )
    domain = fields.Char(
        "Rule",
        help="Which customers belong here. The segment without a rule takes all the others.",
    )
    dimension_kind = fields.Selection(related="dimension_id.kind")
    reached_by = fields.Selection(
        [
            ("both", "Declaration, or the rule as long as nothing is declared"),
            ("declared", "Declaration only"),
            ("rule", "The rule only"),
        ],
        required=True,
        default="both",
        help="How customers of a declared dimension come to this segment.",
    )
    parent_id = fields.Many2one(
        "customer.segmentation.segment",
        "Part Of",
        ondelete="restrict",
        domain="[('dimension_id', '=', dimension_id), ('id', '!=', id)]",
        help="The broader segment this one belongs to, e.g. Company for Retailer.",
    )
    description = fields.Text(
        translate=True, help="Who these customers are and what to do, in plain words."
    )
    is_fallback = fields.Boolean(
        "Takes All Others", compute="_compute_is_fallback", store=True
    )
    customer_count = fields.Integer("Customers", compute="_compute_customers")
    net_sales_12m = fields.Monetary("Net Sales (Window)", compute="_compute_customers")
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")

    @api.depends("domain", "reached_by", "dimension_id.kind")
    def _compute_is_fallback(self):
        for segment in self:
            kind = segment.dimension_id.kind
            segment.is_fallback = (
                (segment.domain or "[]").strip() == "[]"
                and kind != "multiple"
                and not (kind == "declared" and segment.reached_by == "declared")
            )

    @api.depends_context("company")
    def _compute_currency_id(self):
        self.currency_id = self.env.company.currency_id

    @api.depends_context("company", "uid")
    def _compute_customers(self):
        """Count the customers the user may see, with one query per dimension."""
        self.customer_count = 0
        self.net_sales_12m = 0
        for dimension, segments in self.grouped("dimension_id").items():
            field = dimension and dimension._profile_field()
            if not field:
                continue
            groups = self.env["customer.segmentation.profile"]._read_group(
                [("company_id", "=", self.env.company.id), (field, "in", segments.ids)],
                [field],
                ["__count", "net_sales_12m:sum"],
            )
            for segment, count, net_sales in groups:
                segment.customer_count = count
                segment.net_sales_12m = net_sales

    # The name comes from the cache: a list of contacts with ten segment columns asks for no query.
    @api.depends_context("lang")
    def _compute_display_name(self):
        names = self._cached_names(self.env.lang or "en_US")
        for segment in self:
            segment.display_name = names.get(segment._origin.id) or segment.name

    @api.model
    @tools.ormcache("lang")
    def _cached_names(self, lang):
        segments = self.sudo().with_context(lang=lang, active_test=False).search([])
        return {segment.id: segment.name for segment in segments}

    @api.model
    @tools.ormcache("code")
    def _declarable_ids(self, code):
        """The segments of a declared dimension; an archived one is no declaration any more."""
        segments = self.sudo().with_context(active_test=True)
        return segments.search([("dimension_id.code", "=", code)]).ids

    # What features ask for, in whatever dimension it is

    @api.model
    @tools.ormcache()
    def _meant(self):
        """The segments in use that mean something, in the order of their dimensions.

        In use is what the run fills: active, in an active dimension that has a column.

        :return: tuple of Meant
        """
        segments = self.sudo().with_context(active_test=False).search(
            [("meaning", "!=", False), ("active", "=", True), ("dimension_id.active", "=", True)],
            order="dimension_id, sequence, id",
        )
        return tuple(
            Meant(segment.meaning, segment.id, segment.dimension_id.id, column)
            for segment in segments
            if (column := segment.dimension_id.column_name)
        )

    @api.model
    def _with_meaning(self, *meanings):
        """The segments in use that mean one of these; from the cache."""
        return self.browse(
            meant.segment_id for meant in self._meant() if meant.meaning in meanings
        )

    @api.model
    def _ever_with_meaning(self, *meanings):
        """Those that mean one of these, the archived ones too: the history names them."""
        return self.sudo().with_context(active_test=False).search([("meaning", "in", meanings)])

    @api.model
    def _columns_with_meaning(self, *meanings):
        """{the profile's column: ids of its segments that mean one of these}; from the cache."""
        columns = {}
        for meant in self._meant():
            if meant.meaning in meanings:
                columns.setdefault(meant.column, []).append(meant.segment_id)
        return columns

    @api.model
    def get_colors(self):
        """Colour numbers of all segments, for the badges of the web client: {segment id: color}."""
        segments = self.with_context(active_test=False).search_read([], ["color"])
        return {segment["id"]: segment["color"] for segment in segments}

    @api.constrains("parent_id", "dimension_id")
    def _check_parent(self):
        if not self._check_recursion():
            raise ValidationError(_("A segment cannot be part of itself."))
        for segment in self.filtered("parent_id"):
            if segment.parent_id.dimension_id != segment.dimension_id:
                raise ValidationError(
                    _(
                        "%(segment)s and %(parent)s, which it is part of, are segments of two "
                        "dimensions.",
                        segment=segment.name,
                        parent=segment.parent_id.name,
                    )
                )

    @api.constrains("domain", "active", "dimension_id", "reached_by")
    def _check_one_fallback(self):
        for dimension in self.dimension_id:
            fallbacks = dimension.segment_ids.filtered("is_fallback")
            if len(fallbacks) > 1:
                raise ValidationError(
                    _(
                        "In the dimension %(dimension)s only one segment can be without a rule "
                        "(it takes all the others); these have none: %(segments)s.",
                        dimension=dimension.name,
                        segments=", ".join(fallbacks.mapped("name")),
                    )
                )

    @api.constrains("domain")
    def _check_domain(self):
        for segment in self.filtered(lambda s: not s.is_fallback):
            segment._check_rule(segment.domain)

    def _check_rule(self, rule):
        """Refuse a rule for this segment that does not parse or search.

        :raise ValidationError: naming the segment, the rule and what is wrong with it
        """
        self.ensure_one()
        try:
            self._try_rule(rule)
        except Exception as error:
            raise ValidationError(
                _(
                    "The rule of the segment %(segment)s cannot be used: %(error)s\n"
                    "Rule: %(rule)s\nOpen it in the rule editor and correct or remove the "
                    "condition that is wrong.",
                    segment=self.name,
                    error=error,
                    rule=rule,
                )
            ) from error

    @api.model
    def _try_rule(self, rule):
        """Parse and search a rule on the profile.

        :raise Exception: whatever is wrong with it
        """
        with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
            # with the author's own rights, although constraints may run with all
            domain = self.sudo(False)._parse_rule(rule, self.env.company)
            self.env["customer.segmentation.profile"].sudo().search(domain, limit=1)

    def _get_domain(self, company, as_of=None):
        """The rule as a domain on the profile, its dates reckoned from ``as_of``.

        In a declared dimension it says too what a declaration does to it.

        :raise ValueError: if the text is no list of conditions
        """
        self.ensure_one()
        return self._with_declaration(self._parse_rule(self.domain, company, as_of))

    @api.model
    def _parse_rule(self, rule, company, as_of=None):
        domain = constant(rule or "[]")
        if domain is None:
            as_of = as_of or company._segmentation_today()
            domain = safe_eval(
                rule,
                {
                    "context_today": lambda: as_of,
                    "datetime": safe_datetime,
                    "relativedelta": safe_dateutil.relativedelta.relativedelta,
                },
            )
        if not isinstance(domain, list):
            raise ValueError(_("it is not a list of conditions"))
        # Unknown fields are only logged by some searches; here they must be an error.
        self.env["customer.segmentation.profile"]._check_rule(domain)
        return domain

    def _with_declaration(self, domain):
        """Who is declared to belong here; where nothing is declared, who meets ``domain``."""
        if self.dimension_id.kind != "declared":
            return domain
        field = self.dimension_id._declared_field()
        declared = [(f"partner_id.{field}", "=", self._origin.id)]
        if self.reached_by == "declared":
            return declared
        suggested = [(f"{self.dimension_id.code}_is_declared", "=", False), *domain]
        return suggested if self.reached_by == "rule" else any_of([declared, suggested])

    @api.model_create_multi
    def create(self, vals_list):
        segments = super().create(vals_list)
        self.env.registry.clear_cache()
        self.env["customer.segmentation.run"]._request_full_run()
        return segments

    def write(self, vals):
        result = super().write(vals)
        if set(vals) & {"name", "active", "meaning", "sequence", "dimension_id"}:
            self.env.registry.clear_cache()
        if set(vals) & {"domain", "sequence", "active", "dimension_id", "reached_by"}:
            self.env["customer.segmentation.run"]._request_full_run()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for segment in self:
            used = self.env["customer.segmentation.history"].sudo().search_count(
                ["|", ("from_segment_id", "=", segment.id), ("to_segment_id", "=", segment.id)],
                limit=1,
            ) or segment._is_in_use()
            if used:
                raise UserError(
                    _(
                        "Customers are or were in the segment %(segment)s: archive it instead, "
                        "and its history stays readable.",
                        segment=segment.name,
                    )
                )

    def _is_in_use(self):
        """Whether a customer stands here, or a contact is declared to."""
        dimension = self.dimension_id
        used_by = [
            ("customer.segmentation.profile", dimension._profile_field()),
            ("res.partner", dimension._declared_field()),
        ]
        return any(
            self.env[model]
            .sudo()
            .with_context(active_test=False)
            .search_count([(field, "in", self.ids)], limit=1)
            for model, field in used_by
            if field
        )

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    def action_open_profiles(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_profile_action"
        )
        return dict(
            action,
            name=self.name,
            domain=[(self.dimension_id._profile_field(), "=", self.id)],
            context={},
        )
