from odoo import api, fields, models


class CustomerSegmentationNeedRequest(models.Model):
    """What a customer asks for that we do not make: collected per industry and product."""

    _name = "customer.segmentation.need.request"
    _description = "Special Need"
    _order = "date desc, id desc"

    name = fields.Char("What Is Asked For", required=True)
    categ_id = fields.Many2one(
        "product.category",
        "Product Category",
        index="btree_not_null",
        ondelete="set null",
        help="Where it would belong among our products.",
    )
    description = fields.Text()
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, index=True, ondelete="cascade"
    )
    industry_id = fields.Many2one(
        "res.partner.industry", related="partner_id.industry_id", store=True
    )
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    yearly_amount = fields.Monetary(
        "Worth a Year", help="What the customer would buy of it in a year, by a guess."
    )
    feedback_id = fields.Many2one(
        "customer.segmentation.feedback", index="btree_not_null", ondelete="set null"
    )
    date = fields.Date(
        required=True,
        default=lambda self: self.env["customer.segmentation.feedback"]._today(self.env.company),
    )
    user_id = fields.Many2one(
        "res.users", "Heard By", default=lambda self: self.env.user, index=True,
        ondelete="set null",
    )
    state = fields.Selection(
        [
            ("new", "Collected"),
            ("considered", "Considered"),
            ("made", "We make it now"),
            ("declined", "Not for us"),
        ],
        "Status",
        required=True,
        default="new",
    )

    @api.onchange("feedback_id")
    def _onchange_feedback_id(self):
        if self.feedback_id:
            self.partner_id = self.feedback_id.partner_id
            self.company_id = self.feedback_id.company_id

    @api.model_create_multi
    def create(self, vals_list):
        self.env["customer.segmentation.feedback"]._check_may_cite(vals_list)
        return super().create([self._of_customer(vals) for vals in vals_list])

    def write(self, vals):
        self.env["customer.segmentation.feedback"]._check_may_cite([vals])
        return super().write(self._of_customer(vals))

    @api.model
    def _of_customer(self, vals):
        """The values with the customer in the place of its contact."""
        if not vals.get("partner_id"):
            return vals
        partner = self.env["res.partner"].sudo().browse(vals["partner_id"])
        return {**vals, "partner_id": partner.commercial_partner_id.id}
