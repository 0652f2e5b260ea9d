from odoo import _, models


class CustomerSegmentationBanner(models.AbstractModel):
    """An objection, where somebody writes an order or an opportunity."""

    _inherit = "customer.segmentation.banner"

    def _segmentation_record_warnings(self):
        """That the person of this record refuses to be classified."""
        warnings = super()._segmentation_record_warnings()
        person = (self.partner_id | self.partner_id.commercial_partner_id).filtered(
            "segmentation_objected"
        )
        if person:
            warnings.append(
                _(
                    "%(person)s objects to being classified: no segments, and no messages by "
                    "segment.",
                    person=person[0].display_name,
                )
            )
        return warnings
