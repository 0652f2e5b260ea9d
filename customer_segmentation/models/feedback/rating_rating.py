from odoo import _, api, fields, models

from .low_answer import LowAnswer
from .scales import LOW_SCORE, five_point_score

# Odoo's scale begins here: a rating below, consumed or not, is "no rating yet".
LOWEST_RATING = 1


class RatingRating(models.Model):
    """A customer's answer to Odoo's own question, on any model: it counts as feedback.

    Odoo keeps no company with a rating and, until 19.0, no day of the answer: ``create_date`` is
    when the customer was asked, ``write_date`` moves with the name of what was rated.
    """

    _name = "rating.rating"
    _inherit = [
        "rating.rating",
        "customer.segmentation.guarded",
        "customer.segmentation.source",
    ]

    segmentation_company_id = fields.Many2one(
        "res.company",
        "Company (Segmentation)",
        compute="_compute_segmentation_company_id",
        store=True,
        ondelete="cascade",
        groups="customer_segmentation.group_user",
    )
    segmentation_rated_on = fields.Datetime("Answered On", readonly=True, copy=False)

    def init(self):
        # Odoo has no index to find a customer's ratings by.
        self.env.cr.execute(
            """
            CREATE INDEX IF NOT EXISTS customer_segmentation_rating_partner_index
                ON rating_rating (partner_id) WHERE consumed
            """
        )

    @api.depends("res_model", "res_id", "parent_res_model", "parent_res_id", "partner_id",
                 "rated_partner_id")
    def _compute_segmentation_company_id(self):
        """The company of what was rated, else of what it belongs to, of the customer, of the
        person rated, and in the end the first one: so a rating counts once and is never lost.
        """
        rated = self._segmentation_companies("res_model", "res_id")
        parents = self._segmentation_companies("parent_res_model", "parent_res_id")
        first = self.env["res.company"].sudo().search([], limit=1, order="id")
        for rating in self:
            users = rating.rated_partner_id.sudo().with_context(active_test=False).user_ids
            rating.segmentation_company_id = (
                rated[rating]
                or parents[rating]
                or rating.partner_id.company_id
                or users[:1].company_id
                or first
            )

    def _segmentation_companies(self, model_field, id_field):
        """{rating: company of the record these two fields point to, or none}."""
        companies = dict.fromkeys(self, self.env["res.company"])
        for model, ratings in self.grouped(model_field).items():
            field = model and model in self.env and self.env[model]._fields.get("company_id")
            if not field or getattr(field, "comodel_name", None) != "res.company":
                continue
            records = self.env[model].sudo().browse(ratings.mapped(id_field)).exists()
            by_id = {record.id: record.company_id for record in records}
            for rating in ratings:
                companies[rating] = by_id.get(rating[id_field], companies[rating])
        return companies

    def _segmentation_triggers(self):
        return {"rating", "consumed", "partner_id", "res_model_id", "res_id"}

    def _segmentation_partners(self):
        """Only an answer counts: that somebody was asked says nothing."""
        return self.sudo().filtered("consumed").partner_id

    @api.model_create_multi
    def create(self, vals_list):
        ratings = super().create(vals_list)
        ratings.sudo().filtered(
            lambda rating: rating.consumed and not rating.segmentation_rated_on
        )._segmentation_date()
        ratings._segmentation_take_answers()
        return ratings

    def write(self, vals):
        result = super().write(vals)
        if "segmentation_rated_on" not in vals and (
            vals.get("consumed") or ("rating" in vals and "consumed" not in vals)
        ):
            self._segmentation_date()
        if {"rating", "consumed", "partner_id"} & {*vals}:
            self._segmentation_take_answers()
        return result

    def _segmentation_date(self):
        """Note that these answers were given now."""
        self.sudo().write({"segmentation_rated_on": fields.Datetime.now()})

    def _segmentation_take_answers(self):
        """What is done at once with an answer."""
        answered = self.sudo().filtered("consumed")
        self.env["customer.segmentation.feedback.request"]._answered(answered)
        answered._segmentation_follow_up_low()

    def _segmentation_follow_up_low(self):
        """Have somebody ask the customer what went wrong."""
        low = self.sudo().filtered(
            lambda rating: rating.consumed
            and rating.partner_id
            and rating.rating >= LOWEST_RATING
            and five_point_score(rating.rating) < LOW_SCORE
        )
        self.env["customer.segmentation.low.answer"]._follow_up(
            [
                LowAnswer(
                    rating.partner_id.commercial_partner_id,
                    rating.segmentation_company_id,
                    rating.rated_partner_id.user_ids[:1],
                    rating._segmentation_day(),
                    rating._segmentation_low_words,
                    rating.feedback,
                )
                for rating in low
            ]
        )

    def _segmentation_day(self):
        """The company's calendar day of the answer."""
        tz = self.segmentation_company_id.segmentation_criteria_id.tz
        moment = self.segmentation_rated_on or self.write_date
        return fields.Datetime.context_timestamp(self.with_context(tz=tz), moment).date()

    def _segmentation_low_words(self, lang):
        """The rating in words: "S00042: 1 of 5"."""
        return self.with_context(lang=lang)._segmentation_rating_words()

    def _segmentation_rating_words(self):
        return _(
            "%(document)s: %(rating)g of 5", document=self.res_name or "", rating=self.rating
        )
