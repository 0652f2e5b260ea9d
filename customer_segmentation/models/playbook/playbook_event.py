from odoo import api, fields, models

from .playbook_step import MOMENTS

STATES = [
    ("queued", "Waiting"),
    ("done", "Done"),
    ("skipped", "Not needed"),
    ("failed", "Failed"),
]
REASONS = [
    ("cooldown", "Cool-down: this step was done not long ago"),
    ("reentry", "Has been through this playbook before"),
    ("open", "The last activity of this step is still open"),
    ("left", "Has left the segment meanwhile"),
    ("returned", "Has come back to the segment meanwhile"),
    ("contacted", "Somebody was in contact meanwhile"),
    ("has_tag", "Has the tag already"),
    ("has_pricelist", "Has the pricelist already"),
    ("no_tag", "Does not have the tag of this playbook"),
    ("no_email", "No e-mail address"),
    ("blacklisted", "The e-mail address is on the blacklist"),
    ("objects", "Does not want to be written to"),
    ("no_responsible", "No salesperson, no team leader, no fallback, no manager"),
    ("error", "Error"),
]


class CustomerSegmentationPlaybookEvent(models.Model):
    """One step of a playbook for one customer: waiting, done, or not done and why.

    People may only read the table: the run writes it, and *Try Again* asks for the rights.
    """

    _name = "customer.segmentation.playbook.event"
    _inherit = "customer.segmentation.partner.button"
    _description = "Playbook Event"
    _order = "date desc, id desc"
    _rec_name = "step_id"

    playbook_id = fields.Many2one(
        "customer.segmentation.playbook", required=True, readonly=True, index=True,
        ondelete="cascade",
    )
    step_id = fields.Many2one(
        "customer.segmentation.playbook.step", required=True, readonly=True, ondelete="cascade"
    )
    kind = fields.Selection(related="step_id.kind", string="What")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        "res.partner",
        readonly=True,
        index="btree_not_null",
        ondelete="cascade",
        help="The person it is about: whose birthday it is.",
    )
    recipient_id = fields.Many2one(
        "res.partner", "Written To", readonly=True, index="btree_not_null", ondelete="set null"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    date = fields.Date(required=True, readonly=True, help="The day of the cause.")
    moment = fields.Selection(MOMENTS, "When", required=True, readonly=True)
    state = fields.Selection(
        STATES, "Status", required=True, readonly=True, default="queued"
    )
    done_date = fields.Date("Settled On", readonly=True)
    taken_date = fields.Date(
        "Pricelist Taken Up On",
        readonly=True,
        help="The first day on which the contact had the pricelist that was proposed to it.",
    )
    reason = fields.Selection(REASONS, readonly=True)
    error = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", "Responsible", readonly=True, ondelete="set null")
    run_id = fields.Many2one(
        "customer.segmentation.run", readonly=True, index="btree_not_null", ondelete="set null"
    )
    activity_ids = fields.One2many(
        "mail.activity", "segmentation_event_id", context={"active_test": False}
    )
    activity_id = fields.Many2one(
        "mail.activity", "Current Activity", compute="_compute_activity_id"
    )
    mail_id = fields.Many2one(
        "mail.mail", readonly=True, index="btree_not_null", ondelete="set null"
    )

    def init(self):
        # An expression in a unique index and a partial index: no SQL constraint can say them.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_playbook_event_cause_uniq
                ON customer_segmentation_playbook_event
                   (step_id, partner_id, company_id, moment, date, COALESCE(contact_id, 0));
            CREATE INDEX IF NOT EXISTS customer_segmentation_playbook_event_queue_idx
                ON customer_segmentation_playbook_event (company_id) WHERE state = 'queued';
            CREATE INDEX IF NOT EXISTS customer_segmentation_playbook_event_settled_idx
                ON customer_segmentation_playbook_event (company_id, done_date, user_id)
            """
        )

    @api.depends("activity_ids")
    def _compute_activity_id(self):
        for event in self:
            event.activity_id = event.activity_ids.filtered("active")[:1] or event.activity_ids[:1]

    @api.depends("step_id", "partner_id")
    def _compute_display_name(self):
        for event in self:
            event.display_name = f"{event.partner_id.display_name}, {event.step_id.display_name}"

    def action_retry(self):
        """Let the next run try failed events again, but those of persons who object by now."""
        self.playbook_id._check_may_configure()
        self.check_access_rights("read")
        self.check_access_rule("read")
        failed = self.sudo().filtered(lambda event: event.state == "failed")
        refused = failed.filtered(lambda event: event._subject()._segmentation_objecting())
        refused._skip_objecting()
        (failed - refused).write(
            {"state": "queued", "reason": False, "error": False, "done_date": False}
        )

    def _skip_objecting(self):
        """Nothing is done for persons who object to it."""
        for company, events in self.grouped("company_id").items():
            events._settle("skipped", company._segmentation_today(), "objects")

    def _opened_partner(self):
        """The contact, where activities and messages stand."""
        return self._subject()

    # Outcomes, written by the run

    def _settle(self, state, as_of, reason=False, error=False, **vals):
        """Write what became of the events, in one write."""
        if self:
            self.write(
                {"state": state, "reason": reason, "error": error, "done_date": as_of, **vals}
            )
