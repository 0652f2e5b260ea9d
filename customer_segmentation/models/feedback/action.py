from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError, ValidationError

USUAL_DAYS = 14  # until the deadline, as proposed
OPEN_STATES = ("open", "doing")


class CustomerSegmentationAction(models.Model):
    """What is done about something a customer said: who, until when, with what result."""

    _name = "customer.segmentation.action"
    _inherit = ["customer.segmentation.feedback.outcome", "mail.thread"]
    _description = "Improvement Action"
    _order = "is_closed, deadline, id desc"

    name = fields.Char("What Will Be Done", required=True, tracking=True)
    remark = fields.Text("What the Customer Said", related="feedback_id.remark")
    user_id = fields.Many2one(
        "res.users",
        "Owner",
        required=True,
        index=True,
        default=lambda self: self.env.user,
        tracking=True,
        domain=lambda self: [
            ("groups_id", "in", self.env.ref("customer_segmentation.group_user").ids)
        ],
    )
    start_date = fields.Date(
        "Since",
        required=True,
        readonly=True,
        copy=False,
        default=lambda self: self.env.company._segmentation_today(),
    )
    deadline = fields.Date(
        required=True,
        tracking=True,
        default=lambda self: self.env.company._segmentation_today() + timedelta(days=USUAL_DAYS),
    )
    state = fields.Selection(
        [("open", "To do"), ("doing", "In progress"), ("done", "Done"), ("cancelled", "Cancelled")],
        "Status",
        required=True,
        default="open",
        copy=False,
        index=True,
        tracking=True,
        group_expand="_group_expand_states",
    )
    is_closed = fields.Boolean(compute="_compute_closed", store=True)
    result = fields.Text(help="What came of it, for the customer and for us.")
    closed_date = fields.Date("Closed", compute="_compute_closed", store=True)
    open_days = fields.Integer(
        "Days Open", compute="_compute_days", help="From the first day until it was closed."
    )
    overdue_days = fields.Integer(
        "Days Overdue", compute="_compute_days", search="_search_overdue_days"
    )

    _sql_constraints = [
        (
            "deadline_after_start",
            "CHECK(deadline >= start_date)",
            "The deadline cannot come before the first day.",
        ),
    ]

    @api.model
    def _group_expand_states(self, states, domain, order=None):
        """All columns of the kanban, also those without an action."""
        return [state for state, _label in self._fields["state"].selection]

    @api.depends("state")
    def _compute_closed(self):
        """Closed on the day the state says so first; other states of the closed keep the day."""
        for action in self:
            action.is_closed = action.state not in OPEN_STATES
            if not action.is_closed:
                action.closed_date = False
            elif not action.closed_date:
                action.closed_date = action.company_id._segmentation_today()

    @api.depends("start_date", "deadline", "closed_date", "company_id")
    def _compute_days(self):
        companies = self.company_id | self.env.company
        today = {company: company._segmentation_today() for company in companies}
        for action in self:
            end = action.closed_date or today[action.company_id or self.env.company]
            action.open_days = (end - action.start_date).days if action.start_date else 0
            action.overdue_days = (
                max((end - action.deadline).days, 0) if action.deadline else 0
            )

    @api.constrains("user_id")
    def _check_user(self):
        """Odoo tells a new owner by mail, and portal users are customers."""
        for action in self:
            if action.user_id.share:
                raise ValidationError(
                    _(
                        "%(user)s is a portal user: choose a colleague as the owner.",
                        user=action.user_id.name,
                    )
                )

    @api.model
    def _search_overdue_days(self, operator, value):
        """Overdue or not: by the deadline of what is open."""
        if (operator, value) not in ((">", 0), ("=", 0)):
            raise UserError(_("Search for actions that are overdue (> 0) or not (= 0)."))
        today = self.env.company._segmentation_today()
        overdue = [("is_closed", "=", False), ("deadline", "<", today)]
        return overdue if operator == ">" else ["!", "&", *overdue]

    def action_start(self):
        self.check_access_rights("write")
        self.write({"state": "doing"})

    def action_done(self):
        """Close with a result.

        :raise UserError: if there is none: an action without a result teaches nothing
        """
        self.check_access_rights("write")
        for action in self:
            if not (action.result or "").strip():
                raise UserError(
                    _("Write down the result of %(action)s first.", action=action.name)
                )
        self.write({"state": "done"})

    def action_cancel(self):
        self.check_access_rights("write")
        self.write({"state": "cancelled"})

    def action_reopen(self):
        self.check_access_rights("write")
        self.write({"state": "open"})
