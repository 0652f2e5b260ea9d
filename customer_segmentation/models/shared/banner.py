from odoo import _, api, fields, models
from odoo.tools.misc import format_date, formatLang

GROUPS = "customer_segmentation.group_user"
FIRST = ("value", "lifecycle", "rfm", "trend")  # shown on the first line, in this order
WARNED = ("at_risk", "dormant", "lost")  # segments of the lifecycle that are a warning


class CustomerSegmentationBanner(models.AbstractModel):
    """What a salesperson should know of the customer while writing an order or an opportunity.

    Computed when a form is opened or its customer changes, so also before it is saved, with a
    number of statements that does not depend on what the customer has. Everything is read as the
    user, so what record rules hide stays hidden. The overdue balance alone needs rights on
    accounts, which salespeople have not: it is read with all rights, of the customers whose
    segments the user may see and no others. Odoo's own quotation tells any salesperson of the
    debts of a customer over its credit limit, with the same figures.
    """

    _name = "customer.segmentation.banner"
    _description = "Customer at a Glance"  # of models that read segments through the mixin

    segmentation_banner = fields.Json(
        "Customer at a Glance",
        compute="_compute_segmentation_banner",
        exportable=False,
        groups=GROUPS,
    )

    @api.depends("partner_id.commercial_partner_id", "company_id")
    @api.depends_context("company", "uid", "lang")
    def _compute_segmentation_banner(self):
        keys = {
            record: (
                record.partner_id.commercial_partner_id._origin,
                record._segmentation_company()._origin,
            )
            for record in self
        }
        banners = {}
        for company in self.env["res.company"].union(*(key[1] for key in keys.values())):
            customers = self.env["res.partner"].union(
                *(customer for customer, its_company in keys.values() if its_company == company)
            )
            for customer, banner in self._segmentation_banners(customers, company).items():
                banners[customer, company] = banner
        for record, key in keys.items():
            banner = banners.get(key)
            objection = banner is not None and record._segmentation_say_objection()
            if objection:
                banner = {**banner, "warnings": [objection, *banner["warnings"]]}
            record.segmentation_banner = banner

    def _segmentation_say_objection(self):
        """That the person of this record refuses to be classified, as a sentence."""
        person = (self.partner_id | self.partner_id.commercial_partner_id).filtered(
            "segmentation_objected"
        )
        if not person:
            return False
        return _(
            "%(person)s objects to being classified: no segments, and no messages by segment.",
            person=person[0].display_name,
        )

    @api.model
    def _segmentation_banners(self, customers, company):
        """Put together what is shown of these customers in a company.

        :return: {customer: dict for the web client, in the user's words}; none in a company the
            user does not work in
        """
        if not self.env.su and company not in self.env.user.company_ids:
            return {}
        profiles = self._segmentation_profiles(customers, company)
        may_see = self.env["customer.segmentation.profile"]._user_may_see
        visible = customers.filtered(
            lambda customer: profiles.get(customer) or may_see(customer)
        )
        overdue = self._segmentation_overdue(visible, company)
        complaints = self.env["customer.segmentation.feedback"]._open_complaints(visible, company)
        dimensions = self.env["customer.segmentation.dimension"].search([])
        banners = {}
        for customer in visible:
            profile = profiles.get(customer) or self.env["customer.segmentation.profile"]
            count = complaints.get((customer.id, company.id), 0)
            banners[customer] = {
                "partner_id": customer.id,
                "company_id": company.id,
                "profile_id": profile.id,
                "customer": customer.display_name,
                "segments": self._segmentation_badges(profile, dimensions),
                "needs": [
                    {"id": need.id, "name": need.display_name, "color": need.color}
                    for need in customer.segmentation_need_ids
                ],
                "satisfaction": self._segmentation_say_satisfaction(profile),
                "complaints": count and _("Open complaints: %(count)s", count=count),
                "overdue": overdue.get(customer),
                "advice": customer._segmentation_advice(company) if profile else [],
                "warnings": list(filter(None, [self._segmentation_say_risk(profile)])),
            }
        return banners

    @api.model
    def _segmentation_profiles(self, customers, company):
        """{customer: its profile}, of those the user may see."""
        profiles = self.env["customer.segmentation.profile"].search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        return {profile.partner_id: profile for profile in profiles}

    @api.model
    def _segmentation_badges(self, profile, dimensions):
        """The customer's segments, those of the first line first."""
        ordered = dimensions.sorted(
            lambda dimension: FIRST.index(dimension.code)
            if dimension.code in FIRST
            else len(FIRST)
        )
        return [
            {
                "field": dimension.column_name,
                "dimension": dimension.name,
                "first": dimension.code in FIRST,
                "name": segment.display_name,
                "color": segment.color,
            }
            for dimension in ordered
            if dimension.column_name and (segment := profile[dimension.column_name])
        ]

    @api.model
    def _segmentation_say_satisfaction(self, profile):
        """The score in words with its number of answers, and how bad it is."""
        count = profile.satisfaction_count
        if not count:
            return {"level": "none", "text": _("No answers yet")}
        score = profile.satisfaction_score
        level = "success" if score >= 70 else "warning" if score >= 50 else "danger"
        return {
            "level": level,
            "text": _(
                "Satisfaction %(score)s of 100 (answers: %(count)s)",
                score=round(score),
                count=count,
            ),
        }

    @api.model
    def _segmentation_say_risk(self, profile):
        """That the customer is at risk, dormant or lost, with its rhythm, as a sentence."""
        segment = profile.lifecycle_segment_id
        xmlids = [f"customer_segmentation.segment_lifecycle_{name}" for name in WARNED]
        if not segment or segment.id not in [self._segmentation_res_id(name) for name in xmlids]:
            return False
        if profile.last_order_date and profile.order_interval_days:
            return _(
                "%(segment)s: last order %(days)s days ago, usually every %(interval)s days.",
                segment=segment.display_name,
                days=profile.recency_days,
                interval=round(profile.order_interval_days),
            )
        return _("This customer is in the segment %(segment)s.", segment=segment.display_name)

    @api.model
    def _segmentation_res_id(self, xmlid):
        return self.env["ir.model.data"]._xmlid_to_res_id(xmlid)

    @api.model
    def _segmentation_overdue(self, customers, company):
        """What is due and not paid: the balance of Odoo's receivables past their due date.

        Refunds and payments not matched yet are taken off, as in Odoo's own follow-up. The one
        place where it is read with all rights: give it customers the user may see.

        :return: {customer: sentence}; nothing for who owes nothing
        """
        lines = self.env["account.move.line"].sudo()
        today = self.env["customer.segmentation.criteria"].sudo()._get(company)._today()
        domain = [
            ("partner_id", "in", customers.ids),
            ("account_id.account_type", "=", "asset_receivable"),
            ("parent_state", "=", "posted"),
            ("reconciled", "=", False),
            ("company_id", "child_of", company.sudo().root_id.id),
            ("date_maturity", "<", today),
        ]
        balances = lines._read_group(domain, ["partner_id"], ["amount_residual:sum"])
        since = {
            partner.id: day
            for partner, day in lines._read_group(
                [*domain, ("amount_residual", ">", 0)], ["partner_id"], ["date_maturity:min"]
            )
        }
        currency = company.currency_id
        return {
            customers.browse(partner.id): _(
                "%(amount)s overdue since %(day)s",
                amount=formatLang(self.env, balance, currency_obj=currency),
                day=format_date(self.env, since[partner.id]),
            )
            for partner, balance in balances
            if currency.compare_amounts(balance, 0) > 0
        }
