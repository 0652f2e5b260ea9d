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

    call_overdue_ratio = fields.Float(
        "Overdue: overdue ratio over",
        required=True,
        default=1.5,
        help="Customers with three or more order days come onto the call list when they have been "
        "silent for longer than this many of their usual intervals.",
    )
    call_overdue_days = fields.Integer(
        "Overdue: fixed days over",
        required=True,
        default=90,
        help="The same for customers with fewer than three order days.",
    )
    call_lost_days = fields.Integer(
        "Lost key customers: on the list for (days)",
        required=True,
        default=90,
        help="Who was a key or important customer and is lost stays on the list for so many days. "
        "0: never comes onto it.",
    )
    call_quotation_days = fields.Integer(
        "Quotations: days before they expire",
        required=True,
        default=7,
        help="Customers with an open quotation that expires within so many days are on the list.",
    )
    call_limit = fields.Integer(
        "Calls a day",
        required=True,
        default=20,
        help="So many calls a salesperson has to do today, those with most at stake; the others "
        "stand under Later.",
    )

    _sql_constraints = [
        (
            "call_days_positive",
            "CHECK(call_done_days > 0 AND call_not_interested_days > 0)",
            "A customer stays off the call list for one day at least.",
        ),
        (
            "call_overdue_positive",
            "CHECK(call_overdue_ratio > 0 AND call_overdue_days > 0)",
            "The limits of an overdue customer must be positive.",
        ),
        (
            "call_limit_positive",
            "CHECK(call_limit > 0 AND call_lost_days >= 0 AND call_quotation_days >= 0)",
            "One call a day at least, and no negative days.",
        ),
    ]
