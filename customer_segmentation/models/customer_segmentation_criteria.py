from datetime import datetime

import pytz
from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from odoo.addons.base.models.res_partner import _tz_get

# Below this number of scored customers a quintile is noise (Klaviyo refuses RFM under 500).
MIN_CUSTOMERS_FOR_QUANTILES = 50


class CustomerSegmentationCriteria(models.Model):
    """What a company decided about its classification, and the cut points found with it.

    One record per company, apart from ``res.company``: the run writes its cut points here
    without ever touching the company's row.
    """

    _name = "customer.segmentation.criteria"
    _description = "Customer Segmentation Criteria"
    _rec_name = "company_id"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")

    sales_source = fields.Selection(
        [("order", "Confirmed sales orders"), ("invoice", "Posted invoices")],
        required=True,
        default="order",
        help="What counts as a sale. Never both: an order and its invoice are one sale. "
        "Posted credit notes are refunds in either case.",
    )
    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="A day begins at midnight of this time zone.",
    )
    window_months = fields.Integer(
        "Window (months)",
        required=True,
        default=12,
        help="Scores, value and trend look at the sales of this many months; "
        "the previous window is as long.",
    )
    population = fields.Selection(
        [
            ("all", "Customers and prospects"),
            ("documents", "Contacts with a document"),
        ],
        required=True,
        default="all",
        help="Customers and prospects: every contact that is neither a mere vendor nor your own "
        "staff. With a document: only those with a sale, refund, quotation or opportunity.",
    )

    score_method = fields.Selection(
        [("bands", "Bands: the limits below"), ("quantiles", "Quantiles: fifths of the customers")],
        required=True,
        default="bands",
    )
    recency_days_5 = fields.Integer("Recency 5: days, at most", default=30)
    recency_days_4 = fields.Integer("Recency 4: days, at most", default=90)
    recency_days_3 = fields.Integer("Recency 3: days, at most", default=180)
    recency_days_2 = fields.Integer("Recency 2: days, at most", default=365)
    frequency_5 = fields.Integer("Frequency 5: orders, at least", default=12)
    frequency_4 = fields.Integer("Frequency 4: orders, at least", default=6)
    frequency_3 = fields.Integer("Frequency 3: orders, at least", default=3)
    frequency_2 = fields.Integer("Frequency 2: orders, at least", default=2)
    monetary_5 = fields.Monetary("Monetary 5: net sales, at least")
    monetary_4 = fields.Monetary("Monetary 4: net sales, at least")
    monetary_3 = fields.Monetary("Monetary 3: net sales, at least")
    monetary_2 = fields.Monetary("Monetary 2: net sales, at least")
    frequency_limit = fields.Float(
        "High frequency: orders, more than", help="Limit of the dimension Frequency × amount."
    )
    average_order_limit = fields.Monetary(
        "High value: average order, more than", help="Limit of the dimension Frequency × amount."
    )

    lost_overdue_ratio = fields.Float(
        "Lost: overdue ratio over",
        default=4.0,
        help="A customer with three or more order days whose silence was longer than this many "
        "of its usual intervals, and who then ordered, was won back. Keep it equal to the rule "
        "of the segment Lost.",
    )
    lost_min_days = fields.Integer(
        "Lost: never before (days)", default=30, help="A shorter silence is never a loss."
    )
    lost_days = fields.Integer(
        "Lost: fixed days over",
        default=365,
        help="The same for customers with fewer than three order days.",
    )

    cut_points = fields.Json(
        readonly=True,
        help="Population values found by the last full run, used until the next one.",
    )
    quantiles_refused = fields.Boolean(
        readonly=True, help="Too few customers for quantiles: the last run scored by bands."
    )
    last_run_date = fields.Date("Last Full Run", readonly=True)

    _sql_constraints = [
        ("company_uniq", "UNIQUE(company_id)", "A company has one set of criteria."),
        (
            "window_positive",
            "CHECK(window_months BETWEEN 1 AND 120)",
            "The window must be from 1 to 120 months.",
        ),
        (
            "recency_order",
            "CHECK(0 <= recency_days_5 AND recency_days_5 < recency_days_4"
            " AND recency_days_4 < recency_days_3 AND recency_days_3 < recency_days_2)",
            "The recency limits must rise from score 5 (fewest days) to score 2.",
        ),
        (
            "frequency_order",
            "CHECK(frequency_5 > frequency_4 AND frequency_4 > frequency_3"
            " AND frequency_3 > frequency_2 AND frequency_2 > 0)",
            "The frequency limits must fall from score 5 (most orders) to score 2.",
        ),
        (
            "monetary_order",
            "CHECK(monetary_5 >= monetary_4 AND monetary_4 >= monetary_3"
            " AND monetary_3 >= monetary_2 AND monetary_2 >= 0)",
            "The monetary limits must fall from score 5 (most sales) to score 2.",
        ),
        (
            "lost_limits",
            "CHECK(lost_overdue_ratio > 0 AND lost_min_days >= 0 AND lost_days > 0)",
            "The limits of a lost customer must be positive.",
        ),
    ]

    @api.constrains("tz")
    def _check_tz(self):
        """The database has a time zone table of its own, and the facts are dated by it."""
        for criteria in self:
            self.env.cr.execute(
                "SELECT 1 FROM pg_timezone_names WHERE name = %s", [criteria.tz]
            )
            if not self.env.cr.fetchone():
                raise ValidationError(
                    _("The database does not know the time zone %(tz)s: choose a city near you.",
                      tz=criteria.tz)
                )

    def write(self, vals):
        result = super().write(vals)
        if not self.env.context.get("segmentation_run") and set(vals) - {"cut_points"}:
            self.env["customer.segmentation.run"]._request_full_run(self.company_id)
        return result

    @api.model
    def _create_missing(self):
        """Give every company its criteria (on installation, and to each new company)."""
        have = self.sudo().search([]).company_id
        companies = self.env["res.company"].sudo().search([]) - have
        return self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "tz": company.partner_id.tz or self.env.user.tz or "UTC",
                }
                for company in companies
            ]
        )

    @api.model
    def _get(self, company):
        """The criteria of one company; made on the spot where they are missing."""
        criteria = self.sudo().search([("company_id", "=", company.id)], limit=1)
        return criteria or self._create_missing().filtered(lambda c: c.company_id == company)

    def _today(self):
        """The calendar day it is now in the company's time zone."""
        self.ensure_one()
        return datetime.now(pytz.timezone(self.tz)).date()

    def _window(self, as_of):
        """The two window borders, both exclusive.

        :return: (start of the window, start of the previous one): a document belongs to the
            window when start < date <= as_of
        """
        self.ensure_one()
        return (
            as_of - relativedelta(months=self.window_months),
            as_of - relativedelta(months=2 * self.window_months),
        )

    def _monetary_is_proposed(self):
        self.ensure_one()
        return self.monetary_5 > 0

    def _limits_are_proposed(self):
        self.ensure_one()
        return self.frequency_limit > 0 or self.average_order_limit > 0

    def _uses_quantiles(self, cut_points):
        """Whether scores come from quantiles: chosen, and enough customers for them."""
        self.ensure_one()
        return (
            self.score_method == "quantiles"
            and cut_points.get("scored_customers", 0) >= MIN_CUSTOMERS_FOR_QUANTILES
        )

    def action_propose_monetary(self):
        """Forget the monetary bands and limits: the next full run proposes them afresh."""
        self.write(
            {
                "monetary_5": 0,
                "monetary_4": 0,
                "monetary_3": 0,
                "monetary_2": 0,
                "frequency_limit": 0,
                "average_order_limit": 0,
            }
        )

    @api.model
    def _action_open(self, company):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self._get(company).id,
            "view_mode": "form",
            "name": _("Criteria"),
        }
