from odoo import fields, models


class SaleOrder(models.Model):
    _name = "sale.order"
    _inherit = ["sale.order", "customer.segmentation.feedback.mixin"]

    segmentation_request_ids = fields.One2many(
        "customer.segmentation.feedback.request",
        "order_id",
        "Questions by Mail",
        readonly=True,
        groups="customer_segmentation.group_user",
    )

    def _segmentation_feedback_defaults(self):
        self.ensure_one()
        return self.partner_id, self.company_id, {"order_id": self.id}

    def _segmentation_feedback_stop_url(self):
        """The link, for the mail, with which the customer says: do not ask me again."""
        self.ensure_one()
        asked = self.env["customer.segmentation.feedback.request"].sudo().search(
            [("order_id", "=", self.id)], limit=1
        )
        token = asked.access_token or "preview"
        return f"{self.get_base_url()}/segmentation/feedback/stop/{token}"
