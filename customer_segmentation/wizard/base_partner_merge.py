from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """What can stand only once for a customer is settled before the rows are joined."""
        dst_partner._segmentation_merge(src_partners)
        return super()._update_foreign_keys(src_partners, dst_partner)
