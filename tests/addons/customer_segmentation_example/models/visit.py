from odoo import _, api, fields, models


class ExampleVisit(models.Model):
    """A visit of a customer: what was sold and said there, or that it is still planned."""

    _name = "example.visit"
    _inherit = "customer.segmentation.source"
    _description = "Visit"

    partner_id = fields.Many2one("res.partner", "Customer", required=True, ondelete="cascade")
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, ondelete="cascade"
    )
    date = fields.Date(required=True)
    is_made = fields.Boolean()
    amount = fields.Float("Sold", help="Untaxed, in the company's currency.")
    stars = fields.Integer(help="1 to 5; 0: no answer.")
    wants_call = fields.Boolean("Asks for a Call")

    _sql_constraints = [
        ("day_uniq", "UNIQUE(partner_id, company_id, date)", "A customer is visited once a day."),
    ]

    def _segmentation_triggers(self):
        return {"partner_id", "company_id", "date", "is_made", "amount", "stars", "wants_call"}

    @api.model
    def _act_on(self, run, partner_ids):
        """Warn of visits that nobody made."""
        missed = self.search_count(
            [
                ("company_id", "=", run.company_id.id),
                ("is_made", "=", False),
                ("date", "<", run.as_of),
            ]
        )
        return [_("Visits nobody made: %(count)s", count=missed)] if missed else []
