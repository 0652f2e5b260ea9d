from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = ["crm.lead", "customer.segmentation.feedback.mixin"]

    def _segmentation_feedback_defaults(self):
        self.ensure_one()
        return self.partner_id, self.company_id, {"lead_id": self.id}
