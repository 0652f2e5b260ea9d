from odoo import api, models


class CustomerSegmentationVersioned(models.AbstractModel):
    """A part of the standards: each change is kept as a version."""

    _name = "customer.segmentation.versioned"
    _inherit = "customer.segmentation.guarded"
    _description = "Part of the Standards"

    @api.model_create_multi
    def create(self, vals_list):
        self.env["customer.segmentation.version"]._take_first()
        records = super().create(vals_list)
        self.env["customer.segmentation.version"]._take_later()
        return records

    def write(self, vals):
        if not self._is_standard(vals):
            return super().write(vals)
        self.env["customer.segmentation.version"]._take_first()
        result = super().write(vals)
        self.env["customer.segmentation.version"]._take_later()
        return result

    def _is_standard(self, vals):
        """Whether the values are part of the standards, and not the account of a run."""
        return bool(self._standard_fields() & set(vals))

    def _standard_fields(self):
        """Names of the fields that are part of the standards: those that people set."""
        return {name for name, field in self._fields.items() if not field.readonly}

    def unlink(self):
        self.env["customer.segmentation.version"]._take_first()
        self.env["customer.segmentation.version"]._take_later()
        return super().unlink()
