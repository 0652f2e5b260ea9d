from odoo import fields, models
from odoo.tools import SQL

from ..shared.rows import row_id
from .rating_rating import LOWEST_RATING

ROWS = 16  # so many answers a document may hold


def labels_of(model, name):
    """The selection of another model's field, in the reader's language."""
    return lambda self: self.env[model]._fields[name]._description_selection(self.env)


class CustomerSegmentationAnswer(models.Model):
    """Every answer of a customer, whatever it was asked: one row per topic.

    Score: a five-point answer a is (a - 1) × 25, an NPS answer n is n × 10. 0 is an answer.
    """

    _name = "customer.segmentation.answer"
    _description = "Customer Answer"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(readonly=True, help="Calendar day in the company's time zone.")
    topic = fields.Selection(
        [
            ("product", "Product"),
            ("service", "Service"),
            ("delivery", "Delivery"),
            ("price", "Price and buying"),
            ("overall", "Overall"),
            ("recommend", "Would recommend"),
        ],
        readonly=True,
    )
    kind = fields.Selection(
        [("five", "Five points"), ("nps", "NPS"), ("rating", "Rating by the customer")],
        readonly=True,
    )
    value = fields.Float(
        "Answer", readonly=True, group_operator=None, digits=(16, 1),
        help="As it was given: 1–5, or 0–10.",
    )
    score = fields.Float(readonly=True, group_operator="avg", digits=(16, 1))
    channel = fields.Selection(
        labels_of("customer.segmentation.feedback", "channel"),
        readonly=True,
    )
    remark = fields.Text(readonly=True)
    res_model = fields.Char("Document Model", readonly=True)
    res_id = fields.Many2oneReference("Document", model_field="res_model", readonly=True)

    _depends = {
        "customer.segmentation.feedback": [
            "partner_id", "company_id", "date", "channel", "product_rating", "service_rating",
            "delivery_rating", "price_rating", "csat", "nps", "remark",
        ],
        "rating.rating": [
            "partner_id", "segmentation_company_id", "segmentation_rated_on", "consumed", "rating",
            "feedback",
        ],
        "res.partner": ["commercial_partner_id"],
        "customer.segmentation.criteria": ["company_id", "tz"],
    }

    @property
    def _table_query(self):
        return SQL("(%s)", SQL(" UNION ALL ").join(self._answer_queries()))

    def _answer_queries(self):
        """The sources of answers: a list of ``SQL``; the hook for other applications.

        Each selects the columns of the first one in their order: the id (by ``row_id``, which
        gives each document model its range), commercial partner, company, day in the company's
        time zone, topic, kind, the answer as it was given, its score of 0–100, channel, remark,
        model and id of the document. Satisfaction is reckoned from partner, company, day and
        score. The document's model inherits ``customer.segmentation.source``, so that its changes
        wake the run; ``_depends`` names what is read.
        """
        return [self._query_feedback(), self._query_ratings()]

    def _query_feedback(self):
        """What somebody of ours noted: a row per topic that was answered."""
        return SQL(
            """
            SELECT %(id)s AS id,
                   contact.commercial_partner_id AS partner_id,
                   feedback.company_id AS company_id,
                   feedback.date AS date,
                   answer.topic AS topic,
                   answer.kind AS kind,
                   answer.value::float8 AS value,
                   (CASE WHEN answer.kind = 'nps' THEN answer.value::int * 10
                         ELSE (answer.value::int - 1) * 25 END)::float8 AS score,
                   feedback.channel AS channel,
                   feedback.remark AS remark,
                   'customer.segmentation.feedback' AS res_model,
                   feedback.id AS res_id
              FROM customer_segmentation_feedback feedback
              JOIN res_partner contact ON contact.id = feedback.partner_id
        CROSS JOIN LATERAL (VALUES (0, 'product', 'five', feedback.product_rating),
                                   (1, 'service', 'five', feedback.service_rating),
                                   (2, 'delivery', 'five', feedback.delivery_rating),
                                   (3, 'price', 'five', feedback.price_rating),
                                   (4, 'overall', 'five', feedback.csat),
                                   (5, 'recommend', 'nps', feedback.nps)
                   ) answer (number, topic, kind, value)
             WHERE answer.value IS NOT NULL
            """,
            id=row_id(
                self.env,
                "customer.segmentation.feedback",
                SQL("feedback.id"),
                SQL("answer.number"),
                rows=ROWS,
            ),
        )

    def _query_ratings(self):
        """What customers answered to Odoo's own question, of any model; on its scale of 1–5.

        Where the day of the answer was not kept (it came before this addon), the last change
        stands for it.
        """
        return SQL(
            """
            SELECT %(id)s,
                   contact.commercial_partner_id,
                   criteria.company_id,
                   (COALESCE(rating.segmentation_rated_on, rating.write_date, rating.create_date)
                    AT TIME ZONE 'UTC' AT TIME ZONE criteria.tz)::date,
                   'overall',
                   'rating',
                   rating.rating::float8,
                   (rating.rating::float8 - 1) * 25,
                   'online',
                   rating.feedback,
                   'rating.rating',
                   rating.id
              FROM rating_rating rating
              JOIN res_partner contact ON contact.id = rating.partner_id
              JOIN customer_segmentation_criteria criteria
                ON criteria.company_id = rating.segmentation_company_id
             WHERE rating.consumed AND rating.rating >= %(lowest)s
            """,
            id=row_id(self.env, "rating.rating", SQL("rating.id"), rows=ROWS),
            lowest=LOWEST_RATING,
        )

    def action_open_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": self.res_model,
            "res_id": self.res_id,
            "view_mode": "form",
        }
