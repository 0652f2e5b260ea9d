"""The measures and scores of the core, by their columns of the profile."""

# What an order of the customer may change; features and other addons add measures of their own.
MEASURES = (
    "active",
    "user_id",
    "industry_id",
    "country_id",
    "state_id",
    "first_order_date",
    "last_order_date",
    "won_back_date",
    "due_date",
    "order_count",
    "order_day_count",
    "order_count_12m",
    "net_sales",
    "sales_12m",
    "net_sales_12m",
    "net_sales_prev_12m",
    "has_trend",
    "trend_ratio",
    "average_order",
    "refund_ratio",
    "order_interval_days",
    "open_quotation_count",
    "open_opportunity_count",
    "opportunity_probability",
)

SCORES = ("recency_score", "frequency_score", "monetary_score")
