from odoo import fields, models


class CustomerSegmentationOverrideReason(models.Model):
    """Why people disagree with a rule: few words that many overrides share, to be counted."""

    _name = "customer.segmentation.override.reason"
    _description = "Override Reason"
    _order = "sequence, name, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
