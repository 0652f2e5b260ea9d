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
        return bool(set(vals) - {"cut_points", "quantiles_refused", "last_run_date"})

    def unlink(self):
        self.env["customer.segmentation.version"]._take_first()
        self.env["customer.segmentation.version"]._take_later()
        return super().unlink()
