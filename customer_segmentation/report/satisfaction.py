from odoo import fields, models
from odoo.tools import SQL

from ..models.feedback.answer import CustomerSegmentationAnswer, labels_of
from ..tools.meanings import MEANINGS

PROMOTER, PASSIVE = 9, 7  # from here on, of 0–10
CONTENT = 4  # from here on, of 1–5

# Dimensions to group by: those that are shipped, as the customer stands today; value and lifecycle
# by the dimensions that tell them.
DIMENSIONS = (
    "value", "lifecycle", "rfm", "frequency_amount", "trend", "stage", "type", "size",
)


def _segment(label):
    return fields.Many2one("customer.segmentation.segment", label, readonly=True)


class CustomerSegmentationSatisfaction(models.Model):
    """Each answer with what it adds to NPS and CSAT, and whose customer gave it.

    An NPS answer is worth 100, 0 or -100 and a five-point one 100 or 0; any other answer has no
    value there. So the mean of a group is its NPS or its CSAT, however it is grouped.
    """

    _name = "customer.segmentation.satisfaction"
    _description = "Satisfaction Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    # flushing a view flushes nothing: what the answers depend on stands here too
    _depends = {
        **CustomerSegmentationAnswer._depends,
        "customer.segmentation.profile": ["partner_id", "company_id"],
        "res.partner": ["commercial_partner_id", "user_id", "industry_id", "country_id"],
    }

    partner_id = fields.Many2one("res.partner", "Customer", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    date = fields.Date(readonly=True)
    topic = fields.Selection(labels_of("customer.segmentation.answer", "topic"), readonly=True)
    kind = fields.Selection(labels_of("customer.segmentation.answer", "kind"), readonly=True)
    channel = fields.Selection(
        labels_of("customer.segmentation.feedback", "channel"), readonly=True
    )
    user_id = fields.Many2one("res.users", "Salesperson", readonly=True)
    industry_id = fields.Many2one("res.partner.industry", readonly=True)
    country_id = fields.Many2one("res.country", readonly=True)
    value_segment_id = _segment("Value")
    lifecycle_segment_id = _segment("Lifecycle")
    rfm_segment_id = _segment("RFM")
    frequency_amount_segment_id = _segment("Frequency × Amount")
    trend_segment_id = _segment("Trend")
    stage_segment_id = _segment("Purchase Stage")
    type_segment_id = _segment("Customer Type")
    size_segment_id = _segment("Company Size")
    score = fields.Float(
        "Mean Score", readonly=True, group_operator="avg", digits=(16, 1), help="0–100"
    )
    answer_count = fields.Integer("Answers", readonly=True)
    nps = fields.Float(
        "NPS",
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="% of 9–10 less % of 0–6, of the NPS answers: -100 to 100.",
    )
    nps_count = fields.Integer("NPS Answers", readonly=True)
    csat = fields.Float(
        "CSAT (%)",
        readonly=True,
        group_operator="avg",
        digits=(16, 1),
        help="Share of 4–5 of the five-point answers, ratings included.",
    )
    csat_count = fields.Integer("CSAT Answers", readonly=True)

    @property
    def _table_query(self):
        answer = self.env["customer.segmentation.answer"]
        return SQL(
            """(
            SELECT answer.id,
                   answer.partner_id,
                   answer.company_id,
                   answer.date,
                   answer.topic,
                   answer.kind,
                   answer.channel,
                   contact.user_id,
                   contact.industry_id,
                   contact.country_id,
                   %(segments)s,
                   answer.score,
                   1 AS answer_count,
                   CASE WHEN answer.kind <> 'nps' THEN NULL
                        WHEN answer.value >= %(promoter)s THEN 100.0
                        WHEN answer.value >= %(passive)s THEN 0.0
                        ELSE -100.0 END AS nps,
                   (answer.kind = 'nps')::int AS nps_count,
                   CASE WHEN answer.kind = 'nps' THEN NULL
                        WHEN answer.value >= %(content)s THEN 100.0
                        ELSE 0.0 END AS csat,
                   (answer.kind <> 'nps')::int AS csat_count
              FROM %(answer)s answer
              JOIN res_partner contact ON contact.id = answer.partner_id
         LEFT JOIN customer_segmentation_profile profile
                ON profile.partner_id = answer.partner_id
               AND profile.company_id = answer.company_id
            )""",
            answer=answer._table_query,
            promoter=PROMOTER,
            passive=PASSIVE,
            content=CONTENT,
            segments=SQL(", ").join(self._segment_column(code) for code in DIMENSIONS),
        )

    def _segment_column(self, code):
        shipped = f"{code}_segment_id"
        told = code in MEANINGS and self.env[
            "customer.segmentation.dimension"
        ]._column_telling(code)
        return SQL(
            "%s AS %s", SQL.identifier("profile", told or shipped), SQL.identifier(shipped)
        )
