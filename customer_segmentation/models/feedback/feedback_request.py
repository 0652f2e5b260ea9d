import logging
import uuid
from datetime import timedelta

from odoo import _, api, fields, models

_logger = logging.getLogger(__name__)

FAILED_DELIVERY = ("exception", "bounce")


class CustomerSegmentationFeedbackRequest(models.Model):
    """One question by mail after an order: to whom, when, and what became of it."""

    _name = "customer.segmentation.feedback.request"
    _inherit = "customer.segmentation.guarded"
    _description = "Question by Mail"
    _order = "date desc, id desc"
    _rec_name = "order_id"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    contact_id = fields.Many2one(
        "res.partner", "Asked", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    rule_id = fields.Many2one(
        "customer.segmentation.feedback.rule", readonly=True, ondelete="set null"
    )
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(required=True, readonly=True, index=True)
    expire_date = fields.Date("Answer Until", required=True, readonly=True)
    state = fields.Selection(
        [
            ("queued", "To send"),
            ("sent", "Sent"),
            ("answered", "Answered"),
            ("skipped", "Not asked"),
            ("failed", "Failed"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="queued",
        index=True,
    )
    reason = fields.Selection(
        [
            ("no_email", "No e-mail address"),
            ("opt_out", "Does not want to be asked"),
            ("blacklist", "The address is blacklisted"),
            ("objects", "Does not want to be written to"),
            ("archived", "The contact is archived"),
        ],
        "Why Not",
        readonly=True,
    )
    error = fields.Char(readonly=True)
    rating_id = fields.Many2one(
        "rating.rating", readonly=True, index="btree_not_null", ondelete="set null"
    )
    rating = fields.Float("Answer", related="rating_id.rating", digits=(16, 1))
    message_id = fields.Many2one(
        "mail.message", readonly=True, index="btree_not_null", ondelete="set null"
    )
    delivery_error = fields.Char("What Went Wrong", compute="_compute_delivery_error")
    access_token = fields.Char(
        required=True,
        readonly=True,
        copy=False,
        index=True,
        default=lambda self: uuid.uuid4().hex,
        groups="base.group_system",
    )

    def _compute_delivery_error(self):
        """Why it was not sent, or what the mail server said after it was handed over."""
        for request in self:
            failure = request.sudo().message_id.notification_ids.filtered(
                lambda notification: notification.notification_status in FAILED_DELIVERY
            )[:1]
            words = self._failure_words(failure) if failure else False
            request.delivery_error = request.error or words

    def _failure_words(self, notification):
        kinds = dict(notification.fields_get(["failure_type"])["failure_type"]["selection"])
        return (
            notification.failure_reason
            or kinds.get(notification.failure_type)
            or _("The mail could not be delivered.")
        )

    # Making

    @api.model
    def _asked_since(self, partners, company, day):
        """Those of these customers who were asked after ``day``."""
        return self.search(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "=", company.id),
                ("state", "in", ("queued", "sent", "answered")),
                ("date", ">", day),
            ]
        ).partner_id

    @api.model
    def _make(self, rule, orders, as_of):
        """One request for each order; whoever may not be asked is told apart."""
        requests = self.create(
            [
                {
                    "partner_id": order.partner_id.commercial_partner_id.id,
                    "contact_id": order.partner_id.id,
                    "company_id": rule.company_id.id,
                    "rule_id": rule.id,
                    "order_id": order.id,
                    "date": as_of,
                    "expire_date": as_of + timedelta(days=rule.valid_days),
                }
                for order in orders
            ]
        )
        for reason, unwilling in requests._unwilling().items():
            unwilling.write({"state": "skipped", "reason": reason})
        return requests

    def _unwilling(self):
        """{reason: requests} of contacts that cannot or do not want to be asked."""
        contacts = self.contact_id
        refusals = {
            "archived": contacts.filtered(lambda contact: not contact.active),
            "no_email": contacts.filtered(lambda contact: not contact.email_normalized),
            "opt_out": self.env["customer.segmentation.feedback.opt.out"]._among(contacts),
            "blacklist": contacts.filtered("is_blacklisted"),
            "objects": contacts._segmentation_refusing_messages(),
        }
        left, found = self, {}
        for reason, refusing in refusals.items():
            unwilling = left.filtered(lambda request, some=refusing: request.contact_id in some)
            if unwilling:
                found[reason] = unwilling
                left -= unwilling
        return found

    # Sending

    def _send(self):
        """Hand the mails of the queued requests over to Odoo's queue, each on its own."""
        for request in self.filtered(lambda request: request.state == "queued"):
            try:
                with self.env.cr.savepoint():
                    request._send_one()
            except Exception as error:  # pylint: disable=broad-except
                _logger.warning("Feedback request %s could not be sent: %s", request.id, error)
                request.write({"state": "failed", "error": str(error) or type(error).__name__})

    def _send_one(self):
        order = self.order_id
        order.rating_send_request(self._template(), force_send=False)
        self.write(
            {
                "state": "sent",
                "error": False,
                "rating_id": self._open_rating().id,
                "message_id": self._last_message().id,
            }
        )

    def _template(self):
        return self.rule_id.template_id or self.env.ref(
            "customer_segmentation.mail_template_feedback"
        )

    def _last_message(self):
        return self.env["mail.message"].sudo().search(
            [("model", "=", "sale.order"), ("res_id", "=", self.order_id.id)],
            order="id desc",
            limit=1,
        )

    def _open_rating(self):
        """The rating whose token stands in the mail."""
        return self.env["rating.rating"].sudo().search(
            [
                ("res_model", "=", "sale.order"),
                ("res_id", "=", self.order_id.id),
                ("partner_id", "=", self.contact_id.id),
                ("consumed", "=", False),
            ],
            limit=1,
        )

    def action_send_again(self):
        """Try once more what failed (button for managers)."""
        self.check_access_rights("write")
        self.check_access_rule("write")
        failed = self.sudo().filtered(
            lambda request: request.state == "failed" or request.delivery_error
        )
        failed.write({"state": "queued", "error": False})
        for reason, unwilling in failed._unwilling().items():
            unwilling.write({"state": "skipped", "reason": reason})
        failed._send()

    # Answering

    @api.model
    def _answered(self, ratings):
        """Note that these ratings answer their requests."""
        if ratings:
            self.sudo().search(
                [("rating_id", "in", ratings.ids), ("state", "=", "sent")]
            ).write({"state": "answered"})

    @api.model
    def _is_expired(self, rating):
        """Whether a rating answers a question of ours whose time is over."""
        asked = self.search([("rating_id", "=", rating.id)], limit=1)
        return bool(asked) and asked.expire_date < asked.company_id._segmentation_today()

    # Not being asked any more

    @api.model
    def _by_token(self, token):
        return self.search([("access_token", "=", token)], limit=1) if token else self

    def _is_stopped(self):
        return bool(self.env["customer.segmentation.feedback.opt.out"]._among(self.contact_id))

    def _stop_asking(self):
        """Mark who was asked, and the address, as not to be asked again."""
        self.contact_id.write({"segmentation_feedback_opt_out": True})
