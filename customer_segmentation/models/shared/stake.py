from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

STAKE_DAYS = 90  # a quarter
COMPARISONS = {
    "=": SQL("="), "!=": SQL("<>"),
    "<": SQL("<"), "<=": SQL("<="), ">": SQL(">"), ">=": SQL(">="),
}


class CustomerSegmentationStake(models.AbstractModel):
    """What the customer usually buys in 90 days; see DEFINITIONS, "At stake".

    Stored is what it is reckoned from. The amount itself changes with the days that the customer
    has been one: it is computed when shown, and searched, sorted and summed by the same formula,
    so that a night without sales writes no row.
    """

    _name = "customer.segmentation.stake"
    _description = "Money at Stake"

    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    first_order_date = fields.Date("First Order", readonly=True)
    usual_sales = fields.Monetary(
        readonly=True,
        help="Net sales of the window; of a customer without any, those of the window that ends "
        "with its last order.",
    )
    usual_sales_until = fields.Date(
        readonly=True, help="The last day of that window; empty: the day it is looked at."
    )
    stake = fields.Monetary(
        "At Stake",
        compute="_compute_stake",
        search="_search_stake",
        group_operator="sum",
        help="What the customer usually buys in a quarter: net sales of the window × 90 / days of "
        "the window it has been a customer (90 at least). A customer without net sales in the "
        "window: the same of the window that ends with its last order.",
    )

    def _stake_day_to_sql(self, alias):
        """The day at which the records are looked at."""
        return self._by_company(
            alias,
            lambda company: SQL(
                "%s::date",
                self.env.context.get("segmentation_as_of") or company._segmentation_today(),
            ),
        )

    @api.model
    def _stake_to_sql(self, alias):
        """The definition; 0 where nothing was ever bought."""
        until = SQL(
            "COALESCE(%s, %s)",
            SQL.identifier(alias, "usual_sales_until"),
            self._stake_day_to_sql(alias),
        )
        months = self._by_company(
            alias, lambda company: SQL("%s", company.sudo().segmentation_criteria_id.window_months)
        )
        return SQL(
            """COALESCE(round(GREATEST(%(sales)s, 0) * %(quarter)s / GREATEST(%(quarter)s, LEAST(
                   %(until)s - %(first)s + 1,
                   %(until)s - (%(until)s - make_interval(months => %(months)s))::date
               )), %(decimals)s), 0)""",
            sales=SQL.identifier(alias, "usual_sales"),
            first=SQL.identifier(alias, "first_order_date"),
            quarter=STAKE_DAYS,
            until=until,
            months=months,
            decimals=self._by_company(
                alias, lambda company: SQL("%s", company.sudo().currency_id.decimal_places)
            ),
        )

    @api.model
    def _by_company(self, alias, value):
        """A value that differs by company; of those out of sight, the current one's."""
        return SQL(
            "CASE %s %s ELSE %s END",
            SQL.identifier(alias, "company_id"),
            SQL(" ").join(
                SQL("WHEN %s THEN %s", company.id, value(company))
                for company in self.env.companies
            ),
            value(self.env.company),
        )

    @api.depends("usual_sales", "usual_sales_until", "first_order_date")
    @api.depends_context("segmentation_as_of")
    def _compute_stake(self):
        """One statement for all records, with the formula of the lists."""
        stakes = {}
        ids = [record.id for record in self._origin if record.id]
        if ids:
            self._origin.flush_recordset()
            companies = self._origin.company_id
            formula = self.sudo().with_context(allowed_company_ids=companies.ids)
            self.env.cr.execute(
                SQL(
                    "SELECT id, %s FROM %s stake WHERE id = ANY(%s)",
                    formula._stake_to_sql("stake"),
                    SQL.identifier(self._table),
                    ids,
                )
            )
            stakes = dict(self.env.cr.fetchall())
        for record in self:
            record.stake = stakes.get(record._origin.id, 0.0)

    @api.model
    def _search_stake(self, operator, value):
        if operator not in COMPARISONS:
            raise UserError(_("Compare the money at stake with =, <, ≤, > or ≥."))
        query = self.sudo().with_context(active_test=False)._search([])
        query.add_where(
            SQL(
                "%s %s %s", self._stake_to_sql(self._table), COMPARISONS[operator], value or 0
            )
        )
        return [("id", "in", query)]

    def _field_to_sql(self, alias, fname, query=None, *args, **kwargs):
        if fname == "stake":
            return self._stake_to_sql(alias)
        return super()._field_to_sql(alias, fname, query, *args, **kwargs)

    def _order_field_to_sql(self, alias, field_name, direction, nulls, query):
        if field_name == "stake":
            return SQL("%s %s %s", self._stake_to_sql(alias), direction, nulls)
        return super()._order_field_to_sql(alias, field_name, direction, nulls, query)
