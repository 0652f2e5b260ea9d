from odoo import models


class AccountMove(models.Model):
    _name = "account.move"
    _inherit = ["account.move", "customer.segmentation.source"]

    def _segmentation_triggers(self):
        return {"state", "partner_id", "invoice_date", "invoice_line_ids", "line_ids"}

    def _segmentation_partners(self):
        return self.filtered(lambda move: move.is_sale_document()).sudo().partner_id
