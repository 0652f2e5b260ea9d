from datetime import datetime, time, timedelta

import pytz

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

from ...tools.domain import any_of

LOOK_BACK_DAYS = 14  # an order that was due longer ago is not asked about any more
BATCH = 500  # questions in one run of the scheduled action


class CustomerSegmentationFeedbackRule(models.Model):
    """Whom to ask by mail after an order, when, and how often. The first that fits decides."""

    _name = "customer.segmentation.feedback.rule"
    _description = "Asking for Feedback"
    _order = "company_id, sequence, id"
    _rec_name = "template_id"

    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", default=lambda self: self.env.company
    )
    sequence = fields.Integer(default=10, group_operator=None)
    active = fields.Boolean(default=True)
    segment_ids = fields.Many2many(
        "customer.segmentation.segment",
        "customer_segmentation_feedback_rule_segment_rel",
        "rule_id",
        "segment_id",
        "Customers of",
        help="Any of these segments; empty: all customers.",
    )
    after_days = fields.Integer(
        "Days after the Order",
        default=7,
        group_operator=None,
        help="From the delivery date of the order; without one, from its confirmation.",
    )
    every_days = fields.Integer(
        "At Most Every (Days)",
        default=90,
        group_operator=None,
        help="No customer is asked again before so many days have passed.",
    )
    valid_days = fields.Integer(
        "Answer Within (Days)", default=60, group_operator=None, help="Then the links expire."
    )
    template_id = fields.Many2one(
        "mail.template",
        "Mail",
        required=True,
        ondelete="restrict",
        domain=[("model", "=", "sale.order")],
        default=lambda self: self.env.ref(
            "customer_segmentation.mail_template_feedback", raise_if_not_found=False
        ),
    )

    _sql_constraints = [
        (
            "days_positive",
            "CHECK(after_days >= 0 AND every_days >= 1 AND valid_days >= 1)",
            "Days after the order are 0 or more, the other numbers of days 1 or more.",
        ),
    ]

    @api.constrains("template_id")
    def _check_template(self):
        for rule in self:
            if rule.template_id.model != "sale.order":
                raise ValidationError(
                    _("%(template)s is no mail about an order: choose another one.",
                      template=rule.template_id.name)
                )

    # Who is due

    def _orders_due(self, as_of):
        """The orders whose customers this rule may ask on ``as_of``, the newest first."""
        self.ensure_one()
        last = as_of - timedelta(days=self.after_days)
        start, end = self._moments(last - timedelta(days=LOOK_BACK_DAYS - 1), last)
        return self.env["sale.order"].sudo().search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "sale"),
                ("amount_untaxed", ">", 0),
                ("segmentation_request_ids", "=", False),
                *self._dated_between(start, end),
            ],
            order="date_order desc, id desc",
        )

    @api.model
    def _date_fields(self):
        """Fields of the order that tell when it was delivered, the surest first; the hook for
        applications that know better."""
        return ["commitment_date", "date_order"]

    @api.model
    def _dated_between(self, start, end):
        names = self._date_fields()
        return any_of(
            [
                *((earlier, "=", False) for earlier in names[:number]),
                (name, ">=", start),
                (name, "<", end),
            ]
            for number, name in enumerate(names)
        )

    def _moments(self, first, last):
        """UTC moments at which the days from ``first`` to ``last`` begin and end here."""
        zone = pytz.timezone(self.company_id.segmentation_criteria_id.tz)
        return [
            zone.localize(datetime.combine(day, time())).astimezone(pytz.utc).replace(tzinfo=None)
            for day in (first, last + timedelta(days=1))
        ]

    def _matching(self, partners):
        """Those of these customers who stand in a segment of the rule."""
        self.ensure_one()
        segments = self.segment_ids
        if not segments:
            return partners
        stands = any_of(
            [(dimension._profile_field(), "in", some.ids)]
            for dimension, some in segments.grouped("dimension_id").items()
            if dimension._profile_field()
        )
        profiles = self.env["customer.segmentation.profile"].sudo().search(
            [("company_id", "=", self.company_id.id), ("partner_id", "in", partners.ids), *stands]
        )
        return profiles.partner_id

    # Asking

    @api.model
    def _cron_ask(self):
        """Ask the customers of every company whose orders are due today."""
        for company in self.sudo().search([]).company_id:
            today = company._segmentation_today()
            self._ask(company, today)

    @api.model
    def _ask(self, company, as_of, limit=BATCH):
        """Ask the customers of a company; a failure is kept on its request and stops no other.

        :param int limit: of questions; the rest follows when the scheduled action runs again
        :return: the requests made, sent or not
        """
        rules = self.sudo().search([("company_id", "=", company.id)])
        requests = self.env["customer.segmentation.feedback.request"].sudo()
        for rule, orders in rules._orders_to_ask(as_of):
            room = limit - len(requests)
            requests |= requests._make(rule, orders[:room], as_of)
            if len(orders) > room:
                self.env.ref(
                    "customer_segmentation.customer_segmentation_feedback_cron_ask"
                ).sudo()._trigger()
                break
        requests._send()
        return requests

    def _orders_to_ask(self, as_of):
        """[(rule, orders)]: one order a customer, of customers not asked for long enough."""
        decided = self.env["res.partner"]
        found = []
        for rule in self:
            newest = {}
            for order in rule._orders_due(as_of):
                newest.setdefault(order.partner_id.commercial_partner_id, order)
            partners = self.env["res.partner"].browse([partner.id for partner in newest])
            partners = rule._matching(partners - decided)
            decided |= partners
            recent = self.env["customer.segmentation.feedback.request"].sudo()._asked_since(
                partners, rule.company_id, as_of - timedelta(days=rule.every_days)
            )
            orders = self.env["sale.order"].browse(
                [newest[partner].id for partner in partners - recent]
            )
            found.append((rule, orders.sudo()))
        return found
