from odoo import _, api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.tools.misc import format_date

from .low_answer import LowAnswer
from .scales import ANSWERS, FIVE_POINTS, LOW_SCORE, STARS, five_point_score


class CustomerSegmentationFeedback(models.Model):
    """What a customer said, as somebody of ours noted it: up to four topics, NPS, CSAT, a remark.

    The customer is the live commercial partner of who said it, so that feedback follows a contact
    that moves to another company, and a merge.
    """

    _name = "customer.segmentation.feedback"
    _inherit = ["customer.segmentation.guarded", "customer.segmentation.source"]
    _description = "Customer Feedback"
    _order = "date desc, id desc"
    _check_company_auto = True

    partner_id = fields.Many2one(
        "res.partner",
        "Customer",
        compute="_compute_partner_id",
        store=True,
        readonly=False,
        precompute=True,
        required=True,
        index=True,
        ondelete="cascade",
    )
    contact_id = fields.Many2one(
        "res.partner",
        "Said By",
        index=True,
        ondelete="cascade",
        domain="[('commercial_partner_id', '=', partner_id)]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, ondelete="cascade", default=lambda self: self.env.company
    )
    date = fields.Date(
        required=True, index=True, default=lambda self: self.env.company._segmentation_today()
    )
    channel = fields.Selection(
        [
            ("visit", "Visit"),
            ("phone", "Phone"),
            ("online", "Online"),
            ("survey", "Survey"),
            ("complaint", "Complaint"),
            ("review", "Review"),
            ("third_party", "Third party"),
        ],
        required=True,
        default=lambda self: self._default_channel(),
    )
    product_rating = fields.Selection(STARS, "Product")
    service_rating = fields.Selection(STARS, "Service")
    delivery_rating = fields.Selection(STARS, "Delivery")
    price_rating = fields.Selection(STARS, "Price and Buying")
    csat = fields.Selection(
        STARS, "Overall (CSAT)", help="How satisfied the customer is, all in all."
    )
    nps = fields.Selection(
        [(str(number), str(number)) for number in range(11)],
        "Would Recommend (NPS)",
        help="Would the customer recommend us? 0: not at all, 10: certainly.",
    )
    remark = fields.Text()
    user_id = fields.Many2one(
        "res.users",
        "Logged By",
        default=lambda self: self.env.user,
        index=True,
        ondelete="set null",
    )
    order_id = fields.Many2one(
        "sale.order", index="btree_not_null", ondelete="set null", check_company=True
    )
    lead_id = fields.Many2one(
        "crm.lead", "Opportunity", index="btree_not_null", ondelete="set null"
    )
    answer_count = fields.Integer(
        "Answers", compute="_compute_score", store=True, help="0: a remark only, without a score."
    )
    score = fields.Float(
        compute="_compute_score",
        store=True,
        digits=(16, 1),
        group_operator=None,
        help="0–100: the mean of the answers given here.",
    )
    lowest_score = fields.Float(
        compute="_compute_score", store=True, digits=(16, 1), group_operator=None
    )
    resolved_date = fields.Date("Resolved", readonly=True, copy=False)
    is_open_complaint = fields.Boolean(
        "Open Complaint", compute="_compute_is_open_complaint", store=True, index=True
    )

    # What becomes of it: actions to improve, and needs we do not meet yet
    action_ids = fields.One2many(
        "customer.segmentation.action", "feedback_id", "Improvement Actions"
    )
    action_count = fields.Integer(
        "Number of Actions", compute="_compute_action_count"
    )
    need_request_ids = fields.One2many(
        "customer.segmentation.need.request", "feedback_id", "Special Needs"
    )

    # Defaults

    @api.model
    def _default_channel(self):
        """The channel this user took last: who visits customers all day need not say so."""
        last = self.sudo().search(
            [("user_id", "=", self.env.uid), ("channel", "!=", "complaint")],
            limit=1,
            order="id desc",
        )
        return last.channel or "visit"

    # Computed

    @api.depends("contact_id.commercial_partner_id")
    def _compute_partner_id(self):
        for feedback in self:
            if feedback.contact_id:
                feedback.partner_id = feedback.contact_id.commercial_partner_id

    @api.depends(*ANSWERS)
    def _compute_score(self):
        for feedback in self:
            scores = feedback._scores().values()
            feedback.answer_count = len(scores)
            feedback.score = sum(scores) / len(scores) if scores else 0
            feedback.lowest_score = min(scores, default=0)

    @api.depends("channel", "resolved_date")
    def _compute_is_open_complaint(self):
        for feedback in self:
            feedback.is_open_complaint = (
                feedback.channel == "complaint" and not feedback.resolved_date
            )

    @api.depends("action_ids")
    def _compute_action_count(self):
        for feedback in self:
            feedback.action_count = len(feedback.action_ids)

    @api.depends("partner_id", "date")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for feedback in self:
            day = format_date(self.env, feedback.date)
            feedback.display_name = f"{feedback.partner_id.display_name}, {day}"

    def _scores(self):
        """{field: score of 0–100} of the answers given."""
        self.ensure_one()
        scores = {
            name: five_point_score(self[name]) for name in FIVE_POINTS if int(self[name] or 0)
        }
        if self.nps:
            scores["nps"] = int(self.nps) * 10.0
        return scores

    @api.model
    def _open_complaints(self, partners, companies):
        """{(partner id, company id): number of open complaints the user sees}."""
        groups = self._read_group(
            [
                ("partner_id", "in", partners.ids),
                ("company_id", "in", companies.ids),
                ("is_open_complaint", "=", True),
            ],
            ["partner_id", "company_id"],
            ["__count"],
        )
        return {(partner.id, company.id): count for partner, company, count in groups}

    # Checks

    @api.constrains("date", "company_id")
    def _check_date(self):
        for feedback in self:
            if feedback.date > feedback.company_id._segmentation_today():
                raise ValidationError(
                    _(
                        "Feedback of %(date)s is of a day to come: choose the day it was given.",
                        date=fields.Date.to_string(feedback.date),
                    )
                )

    @api.constrains("contact_id", "partner_id", "company_id")
    def _check_partner_company(self):
        for feedback in self:
            partner = feedback.partner_id
            if partner.company_id and partner.company_id != feedback.company_id:
                raise ValidationError(
                    _(
                        "%(customer)s is a customer of %(company)s: log the feedback there.",
                        customer=partner.display_name,
                        company=partner.company_id.name,
                    )
                )

    # Writing

    @api.model
    def _with_contact(self, vals):
        """The values with who said it: the customer's contact, or else the customer.

        :raise ValidationError: if the contact belongs to another customer
        """
        vals = {
            name: False if name in FIVE_POINTS and value == "0" else value
            for name, value in vals.items()
        }
        if not vals.get("partner_id"):
            return vals
        partners = self.env["res.partner"].sudo()
        partner = partners.browse(vals["partner_id"])
        contact = partners.browse(vals.get("contact_id") or partner.id)
        if contact.commercial_partner_id != partner.commercial_partner_id:
            raise ValidationError(
                _(
                    "%(contact)s does not belong to %(customer)s: choose one of its contacts.",
                    contact=contact.display_name,
                    customer=partner.display_name,
                )
            )
        vals.update(contact_id=contact.id, partner_id=contact.commercial_partner_id.id)
        return vals

    @api.model_create_multi
    def create(self, vals_list):
        feedback = super().create([self._with_contact(vals) for vals in vals_list])
        feedback._check_documents()
        feedback._follow_up_low_answers()
        return feedback

    def write(self, vals):
        result = super().write(self._with_contact(vals))
        if {"partner_id", "contact_id", "company_id", "user_id"} & {*vals}:
            # Odoo asks before only: nobody moves feedback to whose feedback one may not log
            self.check_access_rule("write")
        if {"order_id", "lead_id"} & {*vals}:
            self._check_documents()
        if {*ANSWERS, "partner_id", "contact_id"} & {*vals}:
            self._follow_up_low_answers()
        return result

    def _check_documents(self):
        """Refuse documents the user may not read: their names would be told."""
        for documents in (self.order_id, self.lead_id):
            if documents and not self.env.su:
                documents.check_access_rights("read")
                documents.check_access_rule("read")

    def _follow_up_low_answers(self):
        """Have somebody ask what went wrong."""
        low = self.sudo().filtered(
            lambda feedback: feedback.answer_count and feedback.lowest_score < LOW_SCORE
        )
        self.env["customer.segmentation.low.answer"]._follow_up(
            [
                LowAnswer(
                    feedback.partner_id,
                    feedback.company_id,
                    feedback.user_id,
                    feedback.date,
                    feedback._low_answer_words,
                    feedback.remark,
                )
                for feedback in low
            ]
        )

    def _low_answer_words(self, lang):
        """The low answers of this feedback: "Delivery 1 of 5, NPS 3 of 10"."""
        feedback = self.with_context(lang=lang)
        labels = feedback.fields_get(ANSWERS, ["string"])
        return ", ".join(
            feedback._answer_words(labels[name]["string"], self[name], 10 if name == "nps" else 5)
            for name, score in self._scores().items()
            if score < LOW_SCORE
        )

    def _answer_words(self, label, answer, highest):
        return _(
            "%(topic)s %(answer)s of %(highest)s", topic=label, answer=answer, highest=highest
        )

    @api.onchange("partner_id")
    def _onchange_partner_id(self):
        if self.contact_id.commercial_partner_id != self.partner_id:
            self.contact_id = False

    def _segmentation_triggers(self):
        return {"partner_id", "contact_id", "company_id", "date", *ANSWERS}

    # Buttons

    @api.model
    def _action_log(self, partner, company=None, **defaults):
        """Open the dialog that logs feedback of a customer.

        :raise AccessError: if the user may not log feedback, or not of this customer
        """
        self.check_access_rights("create")
        customer = partner.commercial_partner_id
        if not self.env["customer.segmentation.profile"]._user_may_see(customer):
            raise AccessError(
                _(
                    "%(customer)s is a customer of %(salesperson)s, who can log its feedback.",
                    customer=customer.display_name,
                    salesperson=customer.sudo().user_id.name,
                )
            )
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_feedback_action_log"
        )
        context = {
            "default_partner_id": customer.id,
            "default_contact_id": partner.id,
            "default_company_id": (company or customer.company_id or self.env.company).id,
            **{f"default_{name}": value for name, value in defaults.items()},
        }
        return dict(action, context=context)

    def action_improve(self):
        """Open the dialog that makes an action of this feedback."""
        return self._action_follow("customer_segmentation_action_action_new")

    def action_need(self):
        """Open the dialog that notes a special need told with this feedback."""
        return self._action_follow("customer_segmentation_need_request_action_new")

    def _action_follow(self, name):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"customer_segmentation.{name}")
        context = {
            "default_feedback_id": self.id,
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
        }
        return dict(action, context=context)

    def action_resolve(self):
        """Note that what the customers complained of is settled (whoever sees the customer)."""
        self._check_may_settle()
        for company, feedback in self.grouped("company_id").items():
            feedback.sudo().write({"resolved_date": company._segmentation_today()})

    def action_reopen(self):
        self._check_may_settle()
        self.sudo().write({"resolved_date": False})

    def _check_may_settle(self):
        self.browse().check_access_rights("write")
        self.check_access_rights("read")
        self.check_access_rule("read")
