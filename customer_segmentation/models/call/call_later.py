from odoo import api, fields, models
from odoo.tools import SQL

from ...tools.domain import FALSE_DOMAIN, TRUE_DOMAIN, flags_wanted


class CustomerSegmentationCall(models.Model):
    """No list is longer than what a person can call in a day: the others stand under "later".

    Computed when shown, for it depends on the other calls and on what was done today.
    """

    _inherit = "customer.segmentation.call"

    is_later = fields.Boolean(
        "Later",
        compute="_compute_is_later",
        search="_search_is_later",
        help="To do, but beyond the calls a day that the criteria allow: with less at stake than "
        "those for today.",
    )

    @api.depends("state", "stake", "user_id", "closed_date", "closed_by_id")
    @api.depends_context("segmentation_as_of", "uid")
    def _compute_is_later(self):
        self.env["customer.segmentation.call"].flush_model()
        self.env.cr.execute(self._query_later())
        later = {call_id for (call_id,) in self.env.cr.fetchall()}
        for call in self:
            call.is_later = call.id in later

    @api.model
    def _search_is_later(self, operator, value):
        wanted = flags_wanted(operator, value)
        if len(wanted) != 1:
            return TRUE_DOMAIN if wanted else FALSE_DOMAIN
        self.env["customer.segmentation.call"].flush_model()
        query = self.sudo()._search([])
        query.add_where(
            SQL(
                "%s %s (%s)",
                SQL.identifier(self._table, "id"),
                SQL("IN") if True in wanted else SQL("NOT IN"),
                self._query_later(),
            )
        )
        return [("id", "in", query)]

    @api.model
    def _query_later(self):
        """Select the ids of the open calls beyond the day's limit.

        Counted by salesperson; calls of nobody are on the list of whoever looks. What the
        salesperson has finished today counts as well: the list becomes shorter, not filled up.
        """
        companies = self.env.companies
        return SQL(
            """
            SELECT id
              FROM (
                   SELECT call.id, call.state, %(limit)s AS day_limit,
                          row_number() OVER (
                              PARTITION BY call.company_id,
                                           COALESCE(call.closed_by_id, call.user_id, %(uid)s)
                              ORDER BY call.state = 'open', %(stake)s DESC, call.id
                          ) AS place
                     FROM customer_segmentation_call call
                    WHERE call.company_id = ANY(%(companies)s)
                      AND (call.state = 'open'
                           OR call.state IN ('done', 'not_interested')
                              AND call.closed_date = %(today)s)
                   ) ranked
             WHERE state = 'open' AND place > day_limit
            """,
            companies=companies.ids,
            uid=self.env.uid,
            stake=self._stake_to_sql("call"),
            limit=self._by_company(
                "call",
                lambda company: SQL("%s", company.sudo().segmentation_criteria_id.call_limit),
            ),
            today=self._by_company(
                "call", lambda company: SQL("%s::date", company._segmentation_today())
            ),
        )
