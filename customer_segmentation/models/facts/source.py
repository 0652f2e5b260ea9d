from odoo import api, models


class CustomerSegmentationSource(models.AbstractModel):
    """A document whose changes change what is known of a customer.

    It only queues the customer: no measure is computed in the transaction of the sale.
    What bypasses the ORM is caught by the nightly run.
    """

    _name = "customer.segmentation.source"
    _description = "Source of Customer Facts"

    def _segmentation_triggers(self):
        """Names of the fields whose change queues the customer."""
        return set()

    def _segmentation_partners(self):
        """The contacts these records say something about."""
        return self.sudo().partner_id

    def _segmentation_queue(self):
        self.env["customer.segmentation.queue"]._add(self._segmentation_partners().ids)

    @api.model_create_multi
    def create(self, vals_list):
        records = super().create(vals_list)
        records._segmentation_queue()
        return records

    def write(self, vals):
        if not self._segmentation_triggers() & set(vals):
            return super().write(vals)
        before = self._segmentation_partners()
        result = super().write(vals)
        self.env["customer.segmentation.queue"]._add(
            (before | self._segmentation_partners()).ids
        )
        return result

    def unlink(self):
        self._segmentation_queue()
        return super().unlink()
