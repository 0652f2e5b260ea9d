from collections import namedtuple
from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..profile.profile_contact import DOCUMENTS

LIVE = ("open", "snoozed")
TAKEN_BACK = ("snoozed", "done", "not_interested")

#: Why a customer is on the list; see ``_reasons``.
Reason = namedtuple("Reason", "number code label query words wakes", defaults=[None, False])


class CustomerSegmentationCall(models.Model):
    """A customer to act on: one row from the day it comes onto the call list until it leaves.

    The run opens and closes the rows, in SQL (see ``call_list.py``); people
    may only read the table, and handle a row by its buttons, which ask for the rights and write
    with all. A customer has one live row (open or snoozed) in a company.

    What the money at stake is reckoned from stands in the row and is kept as it was when the row
    is closed.
    """

    _name = "customer.segmentation.call"
    _inherit = [
        "customer.segmentation.mixin",
        "customer.segmentation.partner.button",
        "customer.segmentation.stake",
    ]
    _description = "Call"
    _order = "stake desc, id"
    _rec_name = "partner_id"
    _rec_names_search = ["partner_id"]

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    user_id = fields.Many2one(
        "res.users",
        "Salesperson",
        readonly=True,
        index=True,
        ondelete="set null",
        help="The customer's salesperson while the call is open; kept when it is closed.",
    )
    opened_date = fields.Date("On the List Since", required=True, readonly=True)
    reason = fields.Selection(
        "_selection_reason",
        required=True,
        readonly=True,
        index=True,
        help="The first that holds, in this order.",
    )
    state = fields.Selection(
        [
            ("open", "To do"),
            ("snoozed", "Snoozed"),
            ("done", "Done"),
            ("not_interested", "Not interested"),
            ("ordered", "Ordered"),
            ("obsolete", "No longer due"),
        ],
        required=True,
        readonly=True,
        index=True,
        default="open",
    )

    # What the stake is reckoned from: the profile's values, kept when the row is closed
    last_order_date = fields.Date("Ordered Last", readonly=True)
    due_date = fields.Date("Order Due", readonly=True)
    order_interval_days = fields.Float("Usual Interval (Days)", readonly=True, group_operator="avg")
    order_day_count = fields.Integer("Order Days", readonly=True, group_operator="avg")
    usual_order = fields.Monetary(
        readonly=True,
        group_operator="avg",
        help="The average order of the window, else net sales by orders of all time.",
    )
    days_since_order = fields.Integer(
        "Days Since Last Order", compute="_compute_days_since_order"
    )

    # What was done
    snoozed_until = fields.Date(readonly=True, help="The day it comes back.")
    answer_id = fields.Many2one(
        "customer.segmentation.call.reason", "Because", readonly=True, ondelete="restrict"
    )
    outcome = fields.Selection(
        [
            ("will_order", "Will order"),
            ("quotation", "Wants a quotation"),
            ("no_need", "Needs nothing now"),
            ("complained", "Complained"),
            ("other", "Other"),
        ],
        readonly=True,
    )
    note = fields.Text(readonly=True)
    attempt_count = fields.Integer("Attempts", readonly=True, help="How often Call was pressed.")
    attempt_date = fields.Date("Last Attempt", readonly=True)
    closed_date = fields.Date("Closed", readonly=True, index=True)
    closed_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="set null",
        help="Empty where it closed by itself.",
    )
    quiet_until = fields.Date(
        "Off the List Until",
        readonly=True,
        help="The first day the customer may come back for what was known when it was closed.",
    )

    def init(self):
        # "While it is live" is a partial index, which no SQL constraint can express.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_call_live_uniq
                ON customer_segmentation_call (partner_id, company_id)
             WHERE state IN ('open', 'snoozed')
            """
        )

    def _segmentation_partner_path(self):
        return "partner_id"

    def _segmentation_company_field(self):
        return "company_id"

    # Reasons

    @api.model
    def _reasons(self):
        """Why a customer is to be called: a list of ``Reason``, in any order; the hook for more.

        ``number`` is its place: of the reasons that hold, the smallest number is the call's.
        ``code`` is stored, ``label`` is in the user's language.
        ``query(company, as_of, partner_ids)`` returns ``SQL`` that selects the commercial partner,
        the day since which the reason holds, and whose matter it is where the customer has no
        salesperson (NULL: anybody's); ``partner_ids`` are commercial partners, None = all. A
        customer that was handled stays off the list for reasons that held already on that day.
        ``words(calls)`` returns {call: what to know of it, in words}; of a call it does not name,
        and without it, the label is said.
        ``wakes``: when it arises, a snoozed customer is back at once.
        """
        return []

    @api.model
    def _sorted_reasons(self):
        return sorted(self._reasons(), key=lambda reason: reason.number)

    @api.model
    def _selection_reason(self):
        return [(reason.code, reason.label) for reason in self._sorted_reasons()]

    # The stake

    @api.model
    def _as_of(self, company):
        """The day the list is of: that of the run under way, else of the last full run."""
        return (
            self.env.context.get("segmentation_as_of")
            or company.sudo().segmentation_criteria_id.last_run_date
            or company._segmentation_today()
        )

    def _days(self):
        """{call: the day it is looked at}: the day it was closed, else the list's."""
        as_of = {company: self._as_of(company) for company in self.company_id}
        return {call: call.closed_date or as_of.get(call.company_id) for call in self}

    @api.depends("last_order_date", "closed_date")
    @api.depends_context("segmentation_as_of")
    def _compute_days_since_order(self):
        for call, day in self._days().items():
            last = call.last_order_date
            call.days_since_order = max((day - last).days, 0) if last else 0

    @api.depends("closed_date")
    def _compute_stake(self):
        return super()._compute_stake()

    def _stake_day_to_sql(self, alias):
        return SQL(
            "COALESCE(%s, %s)", SQL.identifier(alias, "closed_date"), self._as_of_to_sql(alias)
        )

    @api.model
    def _as_of_to_sql(self, alias):
        return self._by_company(alias, lambda company: SQL("%s::date", self._as_of(company)))

    # Handling

    def _check_may_handle(self):
        """Whoever sees the call may handle it: the customer's salesperson, all of an unassigned
        customer, and those with all documents.

        :raise UserError: if a call is closed already
        """
        self.check_access_rights("read")
        self.check_access_rule("read")
        closed = self.filtered(lambda call: call.state not in LIVE)
        if closed:
            call = closed[0]
            states = dict(self._fields["state"]._description_selection(self.env))
            raise UserError(
                _(
                    "The call of %(customer)s is closed already (%(state)s, %(who)s).",
                    customer=call.partner_id.display_name,
                    state=states[call.state],
                    who=call.closed_by_id.sudo().name or _("by itself"),
                )
            )

    def _close(self, state, quiet_days_field, **vals):
        """Close calls for so many days as the company's criteria say."""
        self._check_may_handle()
        for company, calls in self.grouped("company_id").items():
            today = company._segmentation_today()
            quiet_days = company.sudo().segmentation_criteria_id[quiet_days_field]
            calls.sudo().write(
                {
                    "state": state,
                    "snoozed_until": False,
                    "closed_date": today,
                    "closed_by_id": self.env.user.id,
                    "quiet_until": today + timedelta(days=quiet_days),
                    **vals,
                }
            )

    def _done(self, outcome=False, note=False):
        """Close the calls as done, and the phone calls planned for these customers with them."""
        self._close("done", "call_done_days", outcome=outcome, note=note, answer_id=False)
        self._complete_planned_calls(note)
        outcomes = dict(self._fields["outcome"]._description_selection(self.env))
        self._log(_("Call list: done"), outcomes.get(outcome), note)

    def _not_interested(self, answer, note=False):
        """Keep the customers off the list for the days of the company's criteria."""
        self._close(
            "not_interested", "call_not_interested_days", answer_id=answer.id, note=note,
            outcome=False,
        )
        self._log(_("Call list: not interested"), answer.name, note)

    def _snooze(self, until, answer=None, note=False):
        """Take the calls off the list until a day.

        :raise UserError: if the day is not to come
        """
        self._check_may_handle()
        if any(until <= company._segmentation_today() for company in self.company_id):
            raise UserError(_("Choose a day to come: the call returns on it."))
        self.sudo().write(
            {
                "state": "snoozed",
                "snoozed_until": until,
                "answer_id": answer and answer.id,
                "note": note,
            }
        )

    def _put_off(self, until):
        """Snooze the open calls until an activity's day, if that is to come."""
        for company, calls in self.grouped("company_id").items():
            if until > company._segmentation_today():
                calls.filtered(lambda call: call.state in LIVE)._snooze(until)

    def _reopen(self):
        """Take back what a person did with the calls.

        :raise UserError: if a call closed by itself, or the customer is on the list again
        """
        self.check_access_rights("read")
        self.check_access_rule("read")
        if any(call.state not in TAKEN_BACK for call in self):
            raise UserError(_("Only what a person took off the list can be put back."))
        self.partner_id._segmentation_check_in_play()
        live = self.sudo().search(
            [("partner_id", "in", self.partner_id.ids), ("state", "in", LIVE)]
        )
        again = live.filtered(
            lambda call: call not in self
            and (call.partner_id, call.company_id)
            in {(closed.partner_id, closed.company_id) for closed in self}
        )
        if again:
            raise UserError(
                _("%(customer)s is on the list again already.",
                  customer=again[0].partner_id.display_name)
            )
        self.sudo().write(
            {
                "state": "open",
                "snoozed_until": False,
                "answer_id": False,
                "outcome": False,
                "closed_date": False,
                "closed_by_id": False,
                "quiet_until": False,
            }
        )

    @api.model
    def _queue_planned(self, activities):
        """Have the run look at the customers that are on the list for these activities.

        Cost: a query for each kind of document, and one for the calls.
        """
        customers = self.env["res.partner"].sudo()
        for model, some in activities.sudo().grouped("res_model").items():
            if model in DOCUMENTS:
                documents = self.env[model].sudo().browse(some.mapped("res_id")).exists()
                customers |= documents._segmentation_partners().commercial_partner_id
        waiting = customers and self.sudo().search(
            [
                ("partner_id", "in", customers.ids),
                ("reason", "=", "activity"),
                ("state", "in", LIVE),
            ]
        )
        if waiting:
            self.env["customer.segmentation.queue"]._add(waiting.partner_id.ids)

    def _complete_planned_calls(self, note):
        """Mark the user's own phone calls as done that were planned for today or before.

        Any other activity is still to be done.
        """
        for company, calls in self.grouped("company_id").items():
            planned = self.env["mail.activity"].search(
                [
                    ("res_model", "=", "res.partner"),
                    ("res_id", "in", calls.partner_id.ids),
                    ("user_id", "=", self.env.uid),
                    ("date_deadline", "<=", company._segmentation_today()),
                    ("activity_type_id.category", "=", "phonecall"),
                ]
            )
            if planned:
                planned.action_feedback(feedback=note or False)

    def _log(self, title, *remarks):
        """Leave a note in the customer's chatter; the rights on the call are checked already."""
        body = ". ".join([title, *(remark for remark in remarks if remark)])
        self.partner_id._message_log_batch({partner.id: body for partner in self.partner_id})
