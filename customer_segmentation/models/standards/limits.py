from dateutil.relativedelta import relativedelta

from odoo import fields, models

# Below this number of scored customers a quintile is noise (Klaviyo refuses RFM under 500).
MIN_CUSTOMERS_FOR_QUANTILES = 50

# Limits of the scores, in rising order.
RECENCY_BANDS = ("recency_days_5", "recency_days_4", "recency_days_3", "recency_days_2")
FREQUENCY_BANDS = ("frequency_2", "frequency_3", "frequency_4", "frequency_5")


class CustomerSegmentationLimits(models.AbstractModel):
    """Window, score bands and limits: what the criteria hold, and a draft tries.

    Whoever has these fields has ``company_id`` and ``currency_id`` as well.
    """

    _name = "customer.segmentation.limits"
    _description = "Segmentation Limits"

    company_id = fields.Many2one("res.company", required=True, ondelete="cascade", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
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
        [
            ("bands", "Bands: the limits of the criteria"),
            ("quantiles", "Quantiles: fifths of the customers"),
        ],
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
        "Lost: never before (days)", default=90, help="A shorter silence is never a loss."
    )
    lost_max_days = fields.Integer(
        "Lost: always after (days)",
        default=730,
        help="A longer silence is a loss, whatever the rhythm; 0: the rhythm alone decides.",
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

    _sql_constraints = [
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
            "CHECK(lost_overdue_ratio > 0 AND lost_min_days >= 0 AND lost_max_days >= 0"
            " AND lost_days > 0)",
            "The limits of a lost customer must be positive.",
        ),
    ]

    def _limit_names(self):
        """Names of the fields of this model that a manager sets."""
        limits = self.env["customer.segmentation.limits"]
        return [
            name
            for name, field in limits._fields.items()
            if field.store and not field.readonly and name not in models.MAGIC_COLUMNS
        ]

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

    def _keep_found(self, vals):
        """Keep what a computation found or proposes."""
        self.write(vals)

    def _monetary_is_proposed(self):
        self.ensure_one()
        return self.monetary_5 > 0

    def _bands_are_looked_at(self):
        """Whether recency and frequency bands are settled; whoever tries limits has chosen them."""
        return True

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
