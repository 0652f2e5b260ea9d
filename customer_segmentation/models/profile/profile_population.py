from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...tools.domain import FALSE_DOMAIN, TRUE_DOMAIN, any_of, flags_wanted, negation
from .profile_clock import MIRRORED


class CustomerSegmentationProfile(models.Model):
    """What depends on everybody else: shares and medians, by the cut points that the run keeps."""

    _inherit = "customer.segmentation.profile"

    def _compute_accumulated_share(self):
        """One query per company: the sums of the larger customers, ties left out."""
        self.accumulated_share = 0.0
        engine = self.env["customer.segmentation.engine"]
        for company, profiles in self.grouped("company_id").items():
            if not company:
                continue
            self.env.cr.execute(
                SQL(
                    """
                    SELECT profile.id, (100 * curve.before / curve.total)::float8
                      FROM customer_segmentation_profile profile
                      JOIN (%(curve)s) curve ON curve.value = profile.net_sales_12m
                     WHERE profile.company_id = %(company)s AND profile.id IN %(ids)s
                    """,
                    company=company.id,
                    curve=engine._query_curve(self._table, company),
                    ids=tuple(profiles.ids) or (None,),
                )
            )
            shares = dict(self.env.cr.fetchall())
            for profile in profiles:
                profile.accumulated_share = shares.get(profile.id, 100.0)

    @api.depends("last_order_date", "order_count_12m", "net_sales_12m", "average_order")
    def _compute_population(self):
        for profile in self:
            criteria = self._criteria(profile.company_id)
            cuts = criteria.cut_points or {}
            median_date = fields.Date.to_date(cuts.get("recency_median_date"))
            profile.recency_above_median = bool(
                median_date
                and profile.last_order_date
                and profile.last_order_date >= median_date
            )
            profile.frequency_above_median = profile.order_count_12m > cuts.get(
                "frequency_median", 0
            )
            profile.monetary_above_median = profile.net_sales_12m > cuts.get("monetary_median", 0)
            profile.frequency_above_limit = profile.order_count_12m > criteria.frequency_limit
            profile.average_order_above_limit = profile.average_order > criteria.average_order_limit

    @api.model
    def _population_condition(self, make_domain):
        """Put a condition that depends on a company's cut points together for all companies.

        :param make_domain: function of (criteria, cut points) -> domain
        """
        return any_of(
            [
                [
                    ("company_id", "=", company.id),
                    *make_domain(criteria, self._cut_points(criteria)),
                ]
                for company in self.env.companies
                for criteria in [self._criteria(company)]
            ]
        )

    @api.model
    def _cut_points(self, criteria):
        """The cut points a search uses: the run's own, else those of the last full run."""
        cut_points = self.env.context.get("segmentation_cut_points")
        return (criteria.cut_points or {}) if cut_points is None else cut_points

    @api.model
    def _search_flag(self, operator, value, make_domain):
        """Search a flag whose true side is ``make_domain``; the other side is the complement."""
        wanted = flags_wanted(operator, value)
        if len(wanted) != 1:
            return TRUE_DOMAIN if wanted else FALSE_DOMAIN
        domain = self._population_condition(make_domain)
        return domain if True in wanted else negation(domain)

    def _search_recency_above_median(self, operator, value):
        return self._search_flag(
            operator,
            value,
            lambda criteria, cuts: [("last_order_date", ">=", cuts["recency_median_date"])]
            if cuts.get("recency_median_date")
            else FALSE_DOMAIN,
        )

    def _search_frequency_above_median(self, operator, value):
        return self._search_flag(
            operator,
            value,
            lambda criteria, cuts: [("order_count_12m", ">", cuts.get("frequency_median", 0))],
        )

    def _search_monetary_above_median(self, operator, value):
        return self._search_flag(
            operator,
            value,
            lambda criteria, cuts: [("net_sales_12m", ">", cuts.get("monetary_median", 0))],
        )

    def _search_frequency_above_limit(self, operator, value):
        return self._search_flag(
            operator,
            value,
            lambda criteria, cuts: [("order_count_12m", ">", criteria.frequency_limit)],
        )

    def _search_average_order_above_limit(self, operator, value):
        return self._search_flag(
            operator,
            value,
            lambda criteria, cuts: [("average_order", ">", criteria.average_order_limit)],
        )

    @api.model
    def _search_accumulated_share(self, operator, value):
        """Customers by the share accumulated before them, through the amount at that share.

        Among customers with positive net sales only: the others have no place on the curve.
        """
        if operator not in MIRRORED:
            raise UserError(_("Compare the accumulated share with <, ≤, > or ≥."))
        upper = operator in ("<", "<=")
        key_operator = operator if upper else {">": "<=", ">=": "<"}[operator]

        def make_domain(criteria, cuts):
            amount = self._share_cut_point(criteria, cuts, key_operator, value)
            if amount is None:
                return FALSE_DOMAIN if upper else [("net_sales_12m", ">", 0)]
            if upper:
                return [("net_sales_12m", ">=", amount)]
            return [("net_sales_12m", ">", 0), ("net_sales_12m", "<", amount)]

        return self._population_condition(make_domain)

    @api.model
    def _share_cut_point(self, criteria, cuts, operator, share):
        """The net sales from which a customer stands before ``share`` % of the curve.

        Kept from the last full run for the shares the rules name; any other is looked up.
        """
        kept = cuts.get("accumulated_share", {})
        key = f"{operator}{float(share)}"
        if key not in kept:
            kept = self.env["customer.segmentation.engine"]._share_cut_points(
                self._table, criteria.company_id, [(operator, float(share))]
            )
        return kept[key]
