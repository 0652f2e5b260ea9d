
from lxml.builder import E

from odoo import _, api, fields, models
from odoo.exceptions import AccessError
from odoo.tools import SQL

from ...tools.domain import FALSE_DOMAIN, TRUE_DOMAIN, flags_wanted


def _segment(label):
    return fields.Many2one(
        "customer.segmentation.segment",
        label,
        readonly=True,
        index=True,
        ondelete="restrict",
        group_expand="_read_group_expand_full",
    )


class CustomerSegmentationProfile(models.Model):
    """All that is known of one customer in one company; see DEFINITIONS, "Measures".

    The run alone writes here, in SQL. Dates and cut points are stored; what depends on today
    alone (days since, overdue ratio) or on everybody else (accumulated share, above the median)
    is computed when shown and translated to the stored values when searched, so that a night
    without sales rewrites no row.
    """

    _name = "customer.segmentation.profile"
    _inherit = ["customer.segmentation.partner.button", "customer.segmentation.stake"]
    _description = "Customer Profile"
    _order = "net_sales_12m desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]

    # found by the index of the unique constraint, which begins with it
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True, ondelete="cascade"
    )
    active = fields.Boolean(
        default=True, readonly=True, help="Archived customers leave the segments."
    )
    as_of = fields.Date(
        "Changed On", readonly=True, help="As-of date of the last run that changed a value here."
    )

    # Copies of the contact, for search panel, pivot and grouping
    user_id = fields.Many2one(
        "res.users", "Salesperson", readonly=True, index=True, ondelete="set null"
    )
    industry_id = fields.Many2one(
        "res.partner.industry", readonly=True, ondelete="set null"
    )
    country_id = fields.Many2one("res.country", readonly=True, ondelete="set null")
    state_id = fields.Many2one(
        "res.country.state", readonly=True, ondelete="set null"
    )

    # Measures
    last_order_date = fields.Date("Last Order", readonly=True, index=True)
    won_back_date = fields.Date(
        "Won Back",
        readonly=True,
        help="The last order of the window that followed a silence over the limit of a lost "
        "customer.",
    )
    due_date = fields.Date(
        "Next Order Due",
        readonly=True,
        index=True,
        help="The last order day plus the usual interval.",
    )
    order_count = fields.Integer("Orders (All Time)", readonly=True)
    order_day_count = fields.Integer(
        "Order Days",
        readonly=True,
        help="Days with an order; several orders of one day are one, an order of amount 0 is "
        "none.",
    )
    order_count_12m = fields.Integer("Orders (Window)", readonly=True)
    net_sales = fields.Monetary(
        "Net Sales (All Time)", readonly=True, help="All sales less all refunds."
    )
    sales_12m = fields.Monetary("Sales (Window)", readonly=True, help="Before refunds.")
    net_sales_12m = fields.Monetary("Net Sales (Window)", readonly=True)
    net_sales_prev_12m = fields.Monetary("Net Sales (Previous Window)", readonly=True)
    has_trend = fields.Boolean(
        "Has a Trend",
        readonly=True,
        help="There are two full windows to compare: the first order is no later than the first "
        "day of the previous window, in which there were net sales.",
    )
    trend_ratio = fields.Float(
        "Sales Trend",
        readonly=True,
        group_operator="avg",
        help="Net sales of the window against the previous window; absent where there is nothing "
        "comparable a year before.",
    )
    average_order = fields.Monetary(
        readonly=True,
        group_operator="avg",
        help="Sales of the window by its orders with an amount.",
    )
    refund_ratio = fields.Float(
        readonly=True, group_operator="avg", help="All refunds by all sales."
    )
    order_interval_days = fields.Float(
        "Usual Interval (Days)",
        readonly=True,
        group_operator="avg",
        help="Days between two order days, drawn towards the company's median where the "
        "customer has few.",
    )
    open_quotation_count = fields.Integer("Open Quotations", readonly=True)
    open_opportunity_count = fields.Integer("Open Opportunities", readonly=True)
    opportunity_probability = fields.Float(
        "Best Probability (%)",
        readonly=True,
        group_operator="max",
        help="Highest probability of the open opportunities.",
    )
    recency_score = fields.Integer(readonly=True, group_operator="avg")
    frequency_score = fields.Integer(readonly=True, group_operator="avg")
    monetary_score = fields.Integer(readonly=True, group_operator="avg")

    # Segments: one column per dimension, named after its code
    rfm_segment_id = _segment("RFM")
    rfm8_segment_id = _segment("RFM Eight")
    value_segment_id = _segment("Value")
    frequency_amount_segment_id = _segment("Frequency × Amount")
    lifecycle_segment_id = _segment("Lifecycle")
    trend_segment_id = _segment("Trend")
    stage_segment_id = _segment("Purchase Stage")
    satisfaction_segment_id = _segment("Satisfaction")
    type_segment_id = _segment("Customer Type")
    size_segment_id = _segment("Company Size")

    type_is_declared = fields.Boolean(
        "Customer Type Declared",
        compute="_compute_is_declared",
        search=lambda self, operator, value: self._search_is_declared("type", operator, value),
    )
    size_is_declared = fields.Boolean(
        "Company Size Declared",
        compute="_compute_is_declared",
        search=lambda self, operator, value: self._search_is_declared("size", operator, value),
    )

    # Several may apply: no column, but what people declared on the contact
    need_ids = fields.Many2many(related="partner_id.segmentation_need_ids", string="Needs")

    # Depends on today
    recency_days = fields.Integer(
        "Days Since Last Order", compute="_compute_clock", search="_search_recency_days"
    )
    customer_age_days = fields.Integer(
        "Days Since First Order", compute="_compute_clock", search="_search_customer_age_days"
    )
    won_back_days = fields.Integer(
        "Days Since Won Back", compute="_compute_clock", search="_search_won_back_days"
    )
    overdue_ratio = fields.Float(
        compute="_compute_clock",
        search="_search_overdue_ratio",
        digits=(16, 2),
        help="Days since the last order by the usual interval: 1 is due, 2 late, 3 rhythm lost.",
    )
    expected_order_date = fields.Date(
        "Next Order Expected",
        compute="_compute_clock",
        help="The due date, never before tomorrow.",
    )
    days_overdue = fields.Integer(
        compute="_compute_clock",
        search="_search_days_overdue",
        help="Days since the next order was due.",
    )

    # Depends on everybody else
    accumulated_share = fields.Float(
        "Accumulated Share Before (%)",
        compute="_compute_accumulated_share",
        search="_search_accumulated_share",
        digits=(16, 1),
        help="Share of the company's sales brought by all customers that bring more than this one.",
    )
    recency_above_median = fields.Boolean(
        compute="_compute_population", search="_search_recency_above_median"
    )
    frequency_above_median = fields.Boolean(
        compute="_compute_population", search="_search_frequency_above_median"
    )
    monetary_above_median = fields.Boolean(
        compute="_compute_population", search="_search_monetary_above_median"
    )
    frequency_above_limit = fields.Boolean(
        compute="_compute_population", search="_search_frequency_above_limit"
    )
    average_order_above_limit = fields.Boolean(
        compute="_compute_population", search="_search_average_order_above_limit"
    )

    membership_ids = fields.One2many(
        "customer.segmentation.membership", "profile_id", "Segments", readonly=True
    )
    history_ids = fields.One2many(
        "customer.segmentation.history", compute="_compute_history_ids"
    )
    pending_ids = fields.One2many(
        "customer.segmentation.pending", "profile_id", "Pending Moves", readonly=True
    )
    fact_count = fields.Integer("Documents", compute="_compute_fact_count")

    _sql_constraints = [
        (
            "partner_company_uniq",
            "UNIQUE(partner_id, company_id)",
            "A customer has one profile in a company.",
        )
    ]

    # Screens

    @api.model
    def _get_view(self, view_id=None, view_type="form", **options):
        """Put the own dimensions beside the shipped ones, and leave the archived ones out."""
        arch, view = super()._get_view(view_id, view_type, **options)
        dimensions = self.env["customer.segmentation.dimension"].sudo().with_context(
            active_test=False
        )
        beside = [
            *arch.iterfind(".//field[@name='satisfaction_segment_id']"),
            *arch.iterfind(".//filter[@name='group_satisfaction']"),
        ]
        for dimension in dimensions.search([], order="sequence desc, id desc"):
            column = dimension.column_name
            if dimension.active and column and not dimension.is_shipped:
                for node in beside:
                    node.addnext(self._node_of_dimension(node, dimension))
            elif not dimension.active and dimension.is_shipped:
                for node in arch.xpath(
                    "//field[@name=$column] | //filter[@context=$context]",
                    column=column,
                    context=str({"group_by": column}),
                ):
                    node.getparent().remove(node)
        return arch, view

    def _node_of_dimension(self, node, dimension):
        """The node of a shipped dimension, turned into one of an own dimension."""
        column = dimension.column_name
        if node.tag == "field":
            return E.field(**{**node.attrib, "name": column})
        return E.filter(
            name=f"group_{dimension.code}",
            string=dimension.name,
            context=str({"group_by": column}),
        )

    @api.model
    def _criteria(self, company):
        """The company's criteria; a run asks for them with every rule, so from the cache."""
        return company.sudo().segmentation_criteria_id

    def _compute_history_ids(self):
        history = self.env["customer.segmentation.history"].search(
            [("partner_id", "in", self.partner_id.ids), ("company_id", "in", self.company_id.ids)]
        )
        by_key = history.grouped(lambda row: (row.partner_id, row.company_id))
        for profile in self:
            profile.history_ids = by_key.get((profile.partner_id, profile.company_id), history[:0])

    def _compute_fact_count(self):
        counts = {
            (partner.id, company.id): count
            for partner, company, count in self.env["customer.segmentation.fact"]._read_group(
                [("partner_id", "in", self.partner_id.ids)],
                ["partner_id", "company_id"],
                ["__count"],
            )
        }
        for profile in self:
            profile.fact_count = counts.get((profile.partner_id.id, profile.company_id.id), 0)

    @api.depends(
        "partner_id.segmentation_type_declared_id", "partner_id.segmentation_size_declared_id"
    )
    def _compute_is_declared(self):
        """A segment that was archived since is no declaration any more."""
        for profile in self:
            partner = profile.partner_id.sudo()
            profile.type_is_declared = partner.segmentation_type_declared_id.active
            profile.size_is_declared = partner.segmentation_size_declared_id.active

    @api.model
    def _search_is_declared(self, code, operator, value):
        """By the contacts with a declaration: the index of the field has no others."""
        wanted = flags_wanted(operator, value)
        if len(wanted) != 1:
            return TRUE_DOMAIN if wanted else FALSE_DOMAIN
        declared = [
            (
                f"segmentation_{code}_declared_id",
                "in",
                self.env["customer.segmentation.segment"]._declarable_ids(code),
            )
        ]
        return [("partner_id", "any" if True in wanted else "not any", declared)]

    # Grouped values

    def _field_to_sql(self, alias, fname, query=None, *args, **kwargs):
        """17.0 does not group by a field read through; the needs stand in the contact's table."""
        if fname != "need_ids" or query is None:
            return super()._field_to_sql(alias, fname, query, *args, **kwargs)
        needs = self.env["res.partner"]._fields["segmentation_need_ids"]
        need_alias = query.make_alias(alias, fname)
        query.add_join(
            "LEFT JOIN",
            need_alias,
            needs.relation,
            SQL(
                "%s = %s",
                SQL.identifier(alias, "partner_id"),
                SQL.identifier(need_alias, needs.column1),
            ),
        )
        return SQL.identifier(need_alias, needs.column2)

    # Rights and rules

    @api.model
    def _user_sees_all(self):
        """Whether no record rule hides a profile of the current company from the user."""
        if self.env.su:
            return True
        return self._user_reads() and all(
            leaf in ("&", "|") or leaf[0] == 1 or self._is_own_company(leaf)
            for leaf in self._user_rules()
        )

    def _is_own_company(self, leaf):
        """Whether a condition of a record rule is of the companies, and true of the current one."""
        company = self.sudo().new({"company_id": self.env.company.id})
        return leaf[0] == "company_id" and bool(company.filtered_domain([leaf]))

    @api.model
    def _user_may_see(self, customers):
        """Those whose profile is, or would be where they have none, the user's to see."""
        if self._user_sees_all():
            return customers
        if not self._user_reads():
            return customers.browse()
        company = self.env.company
        profiles = self.sudo().with_context(active_test=False).search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        copies = ("user_id", "industry_id", "country_id", "state_id")
        for customer in customers.sudo() - profiles.partner_id:
            profiles |= profiles.new(
                {
                    "partner_id": customer.id,
                    "company_id": company.id,
                    **{name: customer[name].id for name in copies},
                }
            )
        seen = profiles.filtered_domain(self._user_rules()).partner_id
        return customers.filtered(lambda customer: customer.id in seen.ids)

    def _user_reads(self):
        return self.env["ir.model.access"].check(self._name, "read", False)

    def _user_rules(self):
        """The record rules of the user on profiles, as a domain."""
        return list(self.env["ir.rule"]._compute_domain(self._name, "read") or [])

    @api.model
    def _check_rule(self, domain, model=None):
        """Refuse a rule on what does not exist, or what the user may not see.

        The run reads with all rights: a rule must not tell its author more than a search would.

        :raise ValueError: naming the first such field
        """
        model = self if model is None else model
        for leaf in domain:
            if isinstance(leaf, (list, tuple)) and isinstance(leaf[0], str):
                comodel = self._check_rule_path(leaf[0], model)
                if leaf[1] in ("any", "not any"):
                    self._check_rule(leaf[2], comodel)

    @api.model
    def _check_rule_path(self, path, model):
        """Return the model at the end of a field path; None for a plain value."""
        access = self.env["ir.model.access"]
        for name in path.split("."):
            field = model is not None and model._fields.get(name)
            if not field:
                raise ValueError(
                    _("the field %(field)s of %(path)s does not exist", field=name, path=path)
                )
            if not self.env.su and not (
                access.check(model._name, "read", False) and model.fields_get([name])
            ):
                raise ValueError(
                    _("you may not see the field %(field)s of %(path)s", field=name, path=path)
                )
            if field.type in ("date", "datetime", "properties"):
                return None
            model = self.env[field.comodel_name] if field.relational else None
        return model

    def action_recompute(self):
        """Recompute the current companies now, whatever is selected (button for managers)."""
        if not self.env.user.has_group("customer_segmentation.group_manager"):
            raise AccessError(_("Only a segmentation manager can recompute all customers."))
        runs = self.env["customer.segmentation.run"].browse()
        for company in self.env.companies:
            runs |= self.env["customer.segmentation.run"]._recompute(company)
        failed = runs.filtered(lambda run: run.state != "done")
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if failed else "success",
                "title": _("Segmentation"),
                "message": failed.mapped("message")[0]
                if failed
                else _(
                    "%(read)s customers read, %(changed)s changed.",
                    read=sum(runs.mapped("customers_read")),
                    changed=sum(runs.mapped("rows_changed")),
                ),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    def action_open_facts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_fact_action"
        )
        return dict(
            action,
            domain=[
                ("partner_id", "=", self.partner_id.id),
                ("company_id", "=", self.company_id.id),
            ],
            context={},
        )
