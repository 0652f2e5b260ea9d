from odoo import api, fields, models
from odoo.tools import SQL

# Ids of the view: the profile's times this, plus the dimension's.
ID_STRIDE = 1000


class CustomerSegmentationMembership(models.Model):
    """Which customer stands in which segment of which dimension: the profile's columns as rows."""

    _name = "customer.segmentation.membership"
    _description = "Segment Membership"
    _auto = False
    _order = "dimension_id, profile_id"
    _rec_name = "segment_id"

    # Every column of the profile is written by the run, in SQL: nothing there waits for a flush.
    _depends = {
        "customer.segmentation.profile": [
            "partner_id", "company_id", "active", "user_id", "industry_id", "country_id",
            "net_sales_12m",
        ],
    }

    profile_id = fields.Many2one("customer.segmentation.profile", readonly=True)
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    dimension_id = fields.Many2one("customer.segmentation.dimension", readonly=True)
    segment_id = fields.Many2one("customer.segmentation.segment", readonly=True)
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    net_sales_12m = fields.Monetary("Net Sales (Window)", readonly=True)
    since = fields.Date(
        compute="_compute_since",
        help="Day of the last change; without one, the day of the first classification.",
    )

    def _dimensions(self):
        dimensions = self.env["customer.segmentation.dimension"].sudo().search([])
        return dimensions.filtered("column_name")

    @property
    def _table_query(self):
        """One row per profile and active dimension, without a join or a sort."""
        dimensions = self._dimensions()
        rows = SQL(", ").join(
            SQL("(%s, profile.%s)", dimension.id, SQL.identifier(dimension.column_name))
            for dimension in dimensions
        )
        return SQL(
            """(
            SELECT profile.id::bigint * %(stride)s + membership.dimension_id AS id,
                   profile.id AS profile_id,
                   profile.partner_id,
                   profile.company_id,
                   profile.user_id,
                   profile.industry_id,
                   profile.country_id,
                   profile.net_sales_12m,
                   membership.dimension_id,
                   membership.segment_id
              FROM customer_segmentation_profile profile
        CROSS JOIN LATERAL (VALUES %(rows)s) membership (dimension_id, segment_id)
             WHERE profile.active AND membership.segment_id IS NOT NULL
            )""",
            stride=ID_STRIDE,
            rows=rows if dimensions else SQL("(NULL::int, NULL::int)"),
        )

    @api.depends("profile_id", "dimension_id")
    def _compute_since(self):
        dates = {
            (partner.id, company.id, dimension.id): date
            for partner, company, dimension, date in self.env[
                "customer.segmentation.history"
            ]._read_group(
                [("partner_id", "in", self.partner_id.ids)],
                ["partner_id", "company_id", "dimension_id"],
                ["date:max"],
            )
        }
        for membership in self:
            key = (
                membership.partner_id.id,
                membership.company_id.id,
                membership.dimension_id.id,
            )
            membership.since = dates.get(key) or membership.profile_id.create_date
