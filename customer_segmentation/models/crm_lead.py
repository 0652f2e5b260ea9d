from odoo import models


class CrmLead(models.Model):
    _name = "crm.lead"
    _inherit = [
        "crm.lead",
        "customer.segmentation.source",
        "customer.segmentation.mixin",
        "customer.segmentation.banner",
    ]

    def _segmentation_triggers(self):
        return {
            "partner_id", "company_id", "team_id", "user_id", "active", "stage_id", "probability",
            "expected_revenue",
        }
