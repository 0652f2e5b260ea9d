"""The tables of a run, as the statements name them."""

from odoo.tools import SQL

TABLE = "customer_segmentation_profile"

MEASURE = SQL.identifier("segmentation_measure")

RESULT = SQL.identifier("segmentation_result")

PROFILE = SQL.identifier(TABLE)

DEFAULT_INTERVAL_DAYS = 30  # the company's median interval while nobody has ordered twice
