from odoo import models


class MergePartnerAutomatic(models.TransientModel):
    _inherit = "base.partner.merge.automatic.wizard"

    def _update_foreign_keys(self, src_partners, dst_partner):
        """Two overrides of one dimension, two periods off the pool and two calls cannot both
        stay in force for the merged contact.

        Without this Odoo would meet the unique index and delete the rows of the source, the ended
        ones too.
        """
        self.env["customer.segmentation.override"]._end_duplicates(dst_partner, src_partners)
        self.env["customer.segmentation.pool.move"].sudo()._end_duplicates(
            dst_partner, src_partners
        )
        self.env["customer.segmentation.call"]._keep_one(dst_partner, src_partners)
        return super()._update_foreign_keys(src_partners, dst_partner)
