from odoo import fields, models


class CustomerSegmentationDraftMove(models.Model):
    """A customer that would change its segment; written by the engine."""

    _name = "customer.segmentation.draft.move"
    _description = "Move of a Draft"
    _order = "net_sales_12m desc, id"
    _rec_name = "partner_id"
    _log_access = False

    draft_id = fields.Many2one(
        "customer.segmentation.draft", required=True, ondelete="cascade", index=True
    )
    partner_id = fields.Many2one("res.partner", "Customer", readonly=True, ondelete="cascade")
    user_id = fields.Many2one(related="partner_id.user_id")
    currency_id = fields.Many2one(related="draft_id.currency_id")
    dimension_id = fields.Many2one(
        "customer.segmentation.dimension", readonly=True, ondelete="cascade"
    )
    from_segment_id = fields.Many2one(
        "customer.segmentation.segment", "From", readonly=True, ondelete="cascade"
    )
    to_segment_id = fields.Many2one(
        "customer.segmentation.segment", "To", readonly=True, ondelete="cascade"
    )
    net_sales_12m = fields.Monetary("Net Sales (Window)", readonly=True)
