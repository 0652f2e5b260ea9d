from odoo import _, api, fields, models
from odoo.tools.misc import format_date, formatLang

GROUPS = "customer_segmentation.group_user"
WARNED = ("at_risk", "dormant", "lost")  # meanings of segments that are a warning


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
            if banner and (warnings := record._segmentation_record_warnings()):
                banner = {**banner, "warnings": [*warnings, *banner["warnings"]]}
            record.segmentation_banner = banner

    def _segmentation_record_warnings(self):
        """Sentences about the person of this very record, shown first; the hook for features."""
        return []

    @api.model
    def _segmentation_banners(self, customers, company):
        """Put together what is shown of these customers in a company.

        :return: {customer: dict for the web client, in the user's words}; none in a company the
            user does not work in
        """
        if not self.env.su and company not in self.env.user.company_ids:
            return {}
        profiles = self._segmentation_profiles(customers, company)
        may_see = self.env["customer.segmentation.profile"]._user_may_see(customers)
        visible = customers.filtered(lambda customer: customer in may_see or customer in profiles)
        overdue = self._segmentation_overdue(visible, company)
        none = self.env["customer.segmentation.profile"]
        shown = {customer: profiles.get(customer, none) for customer in visible}
        notes = self._segmentation_banner_notes(shown, company)
        dimensions = self.env["customer.segmentation.dimension"].search([])
        banners = {}
        for customer, profile in shown.items():
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
                "overdue": overdue.get(customer),
                **notes[customer],
            }
        return banners

    @api.model
    def _segmentation_banner_notes(self, profiles, company):
        """What is said of customers beside their segments; the hook for features.

        A feature calls ``super()`` and adds its words to the notes of each customer, in the
        user's language and as far as the user may see them.

        :param dict profiles: {customer: its profile, empty where it has none}
        :return: {customer: {"complaints": words on a red badge or False,
            "advice": list of what to do, "warnings": list of sentences}}
        """
        return {
            customer: {
                "complaints": False,
                "advice": [],
                "warnings": list(filter(None, [self._segmentation_say_risk(profile)])),
            }
            for customer, profile in profiles.items()
        }

    @api.model
    def _segmentation_profiles(self, customers, company):
        """{customer: its profile}, of those the user may see."""
        profiles = self.env["customer.segmentation.profile"].search(
            [("partner_id", "in", customers.ids), ("company_id", "=", company.id)]
        )
        return {profile.partner_id: profile for profile in profiles}

    @api.model
    def _segmentation_badges(self, profile, dimensions):
        """The customer's segments: value, lifecycle and what else is on the first line first."""
        first = (
            dimensions._telling("value")
            | dimensions._telling("lifecycle")
            | dimensions.filtered("is_headline")
        )
        return [
            {
                "field": dimension.column_name,
                "dimension": dimension.name,
                "first": dimension in first,
                "name": segment.display_name,
                "color": segment.color,
            }
            for dimension in first | dimensions
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
        segment = profile and profile._segments_with_meaning(*WARNED)[:1]
        if not segment:
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
    def _segmentation_overdue(self, customers, company):
        """What is due and not paid: the balance of Odoo's receivables past their due date.

        Refunds and payments not matched yet are taken off, as in Odoo's own follow-up. The one
        place where it is read with all rights: give it customers the user may see.

        :return: {customer: sentence}; nothing for who owes nothing
        """
        lines = self.env["account.move.line"].sudo()
        today = company._segmentation_today()
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
