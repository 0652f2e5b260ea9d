

from odoo import _, api, fields, models
from odoo.addons.base.models.res_partner import _tz_get
from odoo.exceptions import ValidationError

REPLAY_TODO = "customer_segmentation.mail_activity_replay"
INVOICES_TODO = "customer_segmentation.mail_activity_invoices"


class CustomerSegmentationCriteria(models.Model):
    """What a company counts, with which limits, and the cut points found with them.

    One record per company, apart from ``res.company``: the run writes its cut points here
    without ever touching the company's row.
    """

    _name = "customer.segmentation.criteria"
    _inherit = [
        "customer.segmentation.limits",
        "customer.segmentation.versioned",
        "mail.thread",
        "mail.activity.mixin",
    ]
    _description = "Customer Segmentation Criteria"
    _rec_name = "company_id"

    sales_source = fields.Selection(
        [("order", "Confirmed sales orders"), ("invoice", "Posted invoices")],
        required=True,
        default="order",
        help="What counts as a sale. Never both: an order and its invoice are one sale. "
        "Posted credit notes are refunds; where orders count, those of sales with an order.",
    )
    tz = fields.Selection(
        _tz_get,
        "Time Zone",
        required=True,
        default=lambda self: self.env.user.tz or "UTC",
        help="A day begins at midnight of this time zone.",
    )
    history_months = fields.Integer(
        "Keep History (months)",
        help="Changes of segment older than this are forgotten every night; 0: kept for good.",
    )
    responsible_id = fields.Many2one(
        "res.users",
        domain="[('share', '=', False), ('company_ids', 'in', company_id)]",
        ondelete="set null",
        help="Gets a to-do when a rule breaks; empty: the first segmentation manager.",
    )
    last_run_date = fields.Date("Last Full Run", readonly=True)
    broken_rules = fields.Json(
        readonly=True, help="What the last run found wrong, by the id of the dimension."
    )
    standards_changed = fields.Boolean(
        readonly=True,
        copy=False,
        help="A new version of the application reckons otherwise: the next full run tells its "
        "moves as those of changed standards.",
    )
    bands_looked_at = fields.Boolean(
        readonly=True,
        copy=False,
        help="The first run saw whether the bands of recency and frequency part the customers; "
        "from then on they stay until a person changes them.",
    )
    replay_offer = fields.Selection(
        [("open", "Offered"), ("closed", "Answered")], readonly=True, copy=False
    )
    invoice_offer = fields.Selection(
        [("open", "Offered"), ("closed", "Answered")], readonly=True, copy=False
    )

    _sql_constraints = [
        ("company_uniq", "UNIQUE(company_id)", "A company has one set of criteria."),
        (
            "history_months_positive",
            "CHECK(history_months >= 0)",
            "The months of history are 0 or more.",
        ),
    ]

    @api.constrains("tz")
    def _check_tz(self):
        """The database has a time zone table of its own, and the facts are dated by it."""
        for criteria in self:
            if not self._is_known_tz(criteria.tz):
                raise ValidationError(
                    _("The database does not know the time zone %(tz)s: choose a city near you.",
                      tz=criteria.tz)
                )

    @api.model
    def _is_known_tz(self, tz):
        self.env.cr.execute("SELECT 1 FROM pg_timezone_names WHERE name = %s", [tz])
        return bool(self.env.cr.rowcount)

    def write(self, vals):
        """Ask for a full run where a person changed something.

        Odoo's settings page writes the fields of all applications at each save.
        """
        if not self._is_standard(vals):
            return super().write(vals)
        before = self.read(list(vals), load=None)
        result = super().write(vals)
        if self.read(list(vals), load=None) != before:
            self.env["customer.segmentation.run"]._request_full_run(self.company_id)
        if vals.get("sales_source") == "invoice":
            self.sudo()._close_invoice_offer(_("Invoices count now."))
        return result

    def _bands_are_looked_at(self):
        self.ensure_one()
        return self.bands_looked_at

    def _keep_found(self, vals):
        """What a run found is no reason for another run."""
        return super().write(vals)

    @api.model
    def _create_missing(self):
        """Give every company its criteria (on installation, and to each new company).

        A time zone which only Python knows must not keep a company from being made.
        """
        own = self.env.user.tz
        default = own if own and self._is_known_tz(own) else "UTC"
        have = self.sudo().search([]).company_id
        companies = self.env["res.company"].sudo().search([]) - have
        return self.sudo().create(
            [
                {
                    "company_id": company.id,
                    "tz": tz
                    if (tz := company.partner_id.tz) and self._is_known_tz(tz)
                    else default,
                }
                for company in companies
            ]
        )

    @api.model
    def _get(self, company):
        """The criteria of one company; made on the spot where they are missing."""
        criteria = self.sudo().search([("company_id", "=", company.id)], limit=1)
        return criteria or self._create_missing().filtered(lambda c: c.company_id == company)

    def _standard_fields(self):
        """Without who is told: no result depends on it."""
        return super()._standard_fields() - {"responsible_id"}

    @api.model
    def _note_changed_standards(self):
        """Have the next full run of each company that is classified mark its moves.

        For the upgrade to a version that reckons otherwise: nobody has done anything.
        """
        classified = self.env["customer.segmentation.profile"].sudo().with_context(
            active_test=False
        )._read_group([], ["company_id"])
        companies = self.env["res.company"].union(*(company for [company] in classified))
        self.sudo().search([("company_id", "in", companies.ids)]).standards_changed = True
        self.env["customer.segmentation.run"]._request_full_run(companies)

    # Who is told

    def _get_responsible(self):
        """The user who is told: the one chosen, else the first manager of the company."""
        self.ensure_one()
        users = self.responsible_id or self.env["res.users"].sudo().search(
            [("share", "=", False), ("company_ids", "in", self.company_id.ids)], order="id"
        )
        return next(
            (
                user
                for user in users
                if user._segmentation_works_in(self.company_id)
                and user.has_group("customer_segmentation.group_manager")
            ),
            self.env["res.users"],
        )

    def action_dismiss_replay(self):
        """Answer the offer of a replay with no."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.sudo()._close_replay_offer(_("No replay wanted."))

    def _close_replay_offer(self, feedback):
        """Take the offer off the screens, and its to-do too."""
        criteria = self.filtered(lambda item: item.replay_offer != "closed")
        criteria.write({"replay_offer": "closed"})
        criteria.activity_feedback([REPLAY_TODO], feedback=feedback)

    def action_count_invoices(self):
        """Answer the offer to count invoices with yes: the next full run does."""
        self.write({"sales_source": "invoice"})

    def action_dismiss_invoices(self):
        """Answer it with no."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        self.sudo()._close_invoice_offer(_("Orders stay what counts."))

    def _close_invoice_offer(self, feedback):
        """Take the offer off the screens, and its to-do too."""
        criteria = self.filtered(lambda item: item.invoice_offer != "closed")
        criteria.write({"invoice_offer": "closed"})
        criteria.activity_feedback([INVOICES_TODO], feedback=feedback)

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
