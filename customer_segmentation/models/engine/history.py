from dateutil.relativedelta import relativedelta

from odoo import api, fields, models


class UncheckedMany2one(fields.Many2one):
    """A reference whose target PostgreSQL does not look up for each row that is inserted.

    For rows that only the run writes, where the target is sure to be there and to stay.
    """

    def update_db_foreign_key(self, model, column):
        """Make no foreign key."""


class CustomerSegmentationHistory(models.Model):
    """One row for every change of segment; written by the run, never changed.

    The row names the contact, not the profile: it follows the contact through a merge and goes
    with it when the contact is erased.
    """

    _name = "customer.segmentation.history"
    _description = "Segment History"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # A company that is deleted takes its rows along (see its ``unlink``)
    company_id = UncheckedMany2one(
        "res.company", required=True, readonly=True, ondelete="cascade"
    )
    # Dimensions and segments refuse to be deleted while a row names them
    dimension_id = UncheckedMany2one(
        "customer.segmentation.dimension", required=True, readonly=True, ondelete="restrict"
    )
    from_segment_id = UncheckedMany2one(
        "customer.segmentation.segment", "From", readonly=True, ondelete="restrict"
    )
    to_segment_id = UncheckedMany2one(
        "customer.segmentation.segment", "To", readonly=True, ondelete="restrict"
    )
    date = fields.Date(required=True, readonly=True)
    # A run that is deleted takes itself out of its rows (see its ``unlink``)
    run_id = UncheckedMany2one(
        "customer.segmentation.run", readonly=True, index="btree_not_null", ondelete="set null"
    )
    user_id = fields.Many2one("res.users", "Changed By", readonly=True, ondelete="set null")
    reason = fields.Selection(
        [
            ("rule", "Rule"),
            ("arrived", "New customer"),
            ("left", "Archived or merged"),
            ("override", "Set by a person"),
            ("replay", "Replayed"),
            ("standards", "Standards changed"),
        ],
        required=True,
        readonly=True,
    )
    evidence = fields.Json(readonly=True, help="The values the rules looked at on that day.")
    evidence_text = fields.Char("Evidence in Words", compute="_compute_evidence_text")

    def init(self):
        # A replay looks for what it wrote of one day, each month anew.
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS customer_segmentation_history_replay_index
                ON customer_segmentation_history (company_id, date)
             WHERE reason = 'replay'
            """
        )

    @api.depends("evidence")
    @api.depends_context("lang")
    def _compute_evidence_text(self):
        """The evidence in words, named like the fields of the profile."""
        labels = self.env["customer.segmentation.profile"].fields_get()
        for row in self:
            row.evidence_text = "; ".join(
                f"{labels[name]['string']}: {value}"
                for name, value in (row.evidence or {}).items()
                if name in labels
            )

    @api.autovacuum
    def _gc_history(self):
        """Forget what is older than each company wants to keep."""
        for criteria in self.env["customer.segmentation.criteria"].sudo().search(
            [("history_months", ">", 0)]
        ):
            today = criteria.company_id._segmentation_today()
            oldest = today - relativedelta(months=criteria.history_months)
            self.sudo().search(
                [("company_id", "=", criteria.company_id.id), ("date", "<", oldest)]
            ).unlink()
