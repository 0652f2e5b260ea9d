from odoo import fields, models


class CustomerSegmentationNeedRequest(models.Model):
    """What a customer asks for that we do not make: collected per industry and product."""

    _name = "customer.segmentation.need.request"
    _inherit = "customer.segmentation.feedback.outcome"
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
    industry_id = fields.Many2one(
        "res.partner.industry", related="partner_id.industry_id", store=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    yearly_amount = fields.Monetary(
        "Worth a Year", help="What the customer would buy of it in a year, by a guess."
    )
    date = fields.Date(
        required=True,
        default=lambda self: self.env.company._segmentation_today(),
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
