from odoo import fields, models
from odoo.tools import SQL


class CustomerSegmentationCallReport(models.Model):
    """What was on the call list, who handled it, and how long it stood there: for managers."""

    _name = "customer.segmentation.call.report"
    _description = "Call List Analysis"
    _auto = False
    _order = "opened_date desc, id desc"
    _rec_name = "partner_id"

    _depends = {
        "customer.segmentation.call": [
            "partner_id", "company_id", "user_id", "opened_date", "reason", "state", "outcome",
            "answer_id", "closed_date", "closed_by_id", "last_order_date", "order_interval_days",
            "attempt_count", "first_order_date", "usual_sales", "usual_sales_until",
        ],
        "res.users": ["sale_team_id"],
    }

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    currency_id = fields.Many2one(related="company_id.currency_id")
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    team_id = fields.Many2one("crm.team", "Sales Team", readonly=True)
    opened_date = fields.Date("On the List Since", readonly=True)
    closed_date = fields.Date("Closed", readonly=True)
    closed_by_id = fields.Many2one("res.users", readonly=True)
    reason = fields.Selection(
        selection=lambda self: self._selection_of("reason"), readonly=True
    )
    state = fields.Selection(selection=lambda self: self._selection_of("state"), readonly=True)
    outcome = fields.Selection(
        selection=lambda self: self._selection_of("outcome"), readonly=True
    )
    answer_id = fields.Many2one("customer.segmentation.call.reason", "Because", readonly=True)
    attempt_count = fields.Integer("Attempts", readonly=True)
    stake = fields.Monetary(
        "At Stake", readonly=True, help="As of the day it was closed, else of the last full run."
    )
    handled_ratio = fields.Float(
        "Share Handled (%)",
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="Done, snoozed, not interested, or ordered after an attempt; of all that were on "
        "the list.",
    )
    ordered_ratio = fields.Float(
        "Share Ordered (%)", readonly=True, group_operator="avg", digits=(16, 1)
    )
    days_open = fields.Float(
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="From the day it came onto the list to the day it was closed, else to the last "
        "full run.",
    )

    def _selection_of(self, name):
        return self.env["customer.segmentation.call"]._fields[name]._description_selection(self.env)

    @property
    def _table_query(self):
        calls = self.env["customer.segmentation.call"]
        return SQL(
            """(
            SELECT call.id,
                   call.partner_id,
                   call.company_id,
                   call.user_id,
                   salesperson.sale_team_id AS team_id,
                   call.opened_date,
                   call.closed_date,
                   call.closed_by_id,
                   call.reason,
                   call.state,
                   call.outcome,
                   call.answer_id,
                   call.attempt_count,
                   %(stake)s AS stake,
                   CASE WHEN call.state IN ('done', 'snoozed', 'not_interested')
                             OR call.state = 'ordered' AND call.attempt_count > 0
                        THEN 100.0 ELSE 0.0 END AS handled_ratio,
                   CASE WHEN call.state = 'ordered' THEN 100.0 ELSE 0.0 END AS ordered_ratio,
                   (COALESCE(call.closed_date, %(as_of)s) - call.opened_date)::float8 AS days_open
              FROM customer_segmentation_call call
         LEFT JOIN res_users salesperson ON salesperson.id = call.user_id
            )""",
            stake=calls._stake_to_sql("call"),
            as_of=calls._as_of_to_sql("call"),
        )
