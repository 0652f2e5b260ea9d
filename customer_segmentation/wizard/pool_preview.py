from odoo import _, api, fields, models


class CustomerSegmentationPoolPreview(models.TransientModel):
    """What rules of the pool would do today: the list a dry run shows. Nothing is done."""

    _name = "customer.segmentation.pool.preview"
    _inherit = "customer.segmentation.mixin"
    _description = "Public Pool Dry Run"
    _order = "outcome, release_date, id"
    _rec_name = "partner_id"

    rule_id = fields.Many2one(
        "customer.segmentation.pool.rule", readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", readonly=True, ondelete="cascade")
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="cascade")
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True, ondelete="cascade")
    outcome = fields.Selection(
        [
            ("1_release", "Released today"),
            ("2_warn", "Warned today"),
            ("3_waiting", "Warned already"),
            ("4_protected", "Protected"),
            ("5_kept", "Later: the days only begin to count"),
        ],
        "Today",
        readonly=True,
    )
    release_date = fields.Date("Release", readonly=True)
    reason = fields.Char(readonly=True)

    def _segmentation_company_field(self):
        return "company_id"

    @api.model
    def _open(self, rules):
        """Find out what ``rules`` would do today if they were in force, and open the list.

        Other rules in force stay in force beside them.
        """
        self.sudo().search([("create_uid", "=", self.env.uid)]).unlink()
        for company, own_rules in rules.grouped("company_id").items():
            self._fill(company, own_rules)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_pool_preview_action"
        )
        return dict(action, domain=[("create_uid", "=", self.env.uid)])

    @api.model
    def _fill(self, company, rules):
        pool = self.env["customer.segmentation.pool"].sudo().with_company(company)
        as_of = company._segmentation_today()
        in_force = rules.search([("company_id", "=", company.id)])
        outcomes = {name[2:]: name for name in dict(self._fields["outcome"].selection)}
        self.sudo().create(
            [
                {
                    "rule_id": row["rule_id"],
                    "company_id": company.id,
                    "partner_id": row["partner_id"],
                    "user_id": row["user_id"],
                    "outcome": outcomes[row["outcome"]],
                    "release_date": row["outcome"] != "protected" and row["release_date"],
                    "reason": self._say(pool, row, as_of),
                }
                for row in pool._candidates(company, as_of, in_force | rules, with_held=True)
                if row["rule_id"] in rules.ids
            ]
        )

    @api.model
    def _say(self, pool, row, as_of):
        silence = pool._say_silence(row, as_of)
        if row["outcome"] != "protected":
            return silence
        return _(
            "%(protection)s %(silence)s", protection=pool._say_protection(row), silence=silence
        )
