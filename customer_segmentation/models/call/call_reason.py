from odoo import fields, models


class CustomerSegmentationCallReason(models.Model):
    """Why a call was put off, or why the customer is not interested: few words, to be counted."""

    _name = "customer.segmentation.call.reason"
    _description = "Call Reason"
    _order = "kind, sequence, name, id"

    name = fields.Char(required=True, translate=True)
    kind = fields.Selection(
        [("snoozed", "Snooze"), ("not_interested", "Not interested")],
        required=True,
        default="snoozed",
    )
    sequence = fields.Integer(default=100)
    active = fields.Boolean(default=True)
