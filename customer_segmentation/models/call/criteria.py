from odoo import fields, models


class CustomerSegmentationCriteria(models.Model):
    _inherit = "customer.segmentation.criteria"

    call_done_days = fields.Integer(
        "Done: off the list for (days)",
        required=True,
        default=14,
        help="A customer whose call is done comes back after so many days without an order, if "
        "it is still due. An order brings it back only when it is due again.",
    )
    call_not_interested_days = fields.Integer(
        "Not interested: off the list for (days)",
        required=True,
        default=90,
        help="Unless the customer orders again and is due again, complains, or somebody plans an "
        "activity.",
    )

    _sql_constraints = [
        (
            "call_days_positive",
            "CHECK(call_done_days > 0 AND call_not_interested_days > 0)",
            "A customer stays off the call list for one day at least.",
        ),
    ]
