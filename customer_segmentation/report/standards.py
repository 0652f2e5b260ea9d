from odoo import api, models

from ..models.explanation.vocabulary import RecordVocabulary
from ..tools.colors import badge_style
from ..tools.rule_words import parse, rule_words


class CustomerSegmentationStandards(models.AbstractModel):
    """The classification standards on one page: what each dimension and segment means.

    Everybody reads the same texts; customers are counted by the rights of the reader.
    """

    _name = "report.customer_segmentation.report_standards"
    _description = "Classification Standards"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:param list[int] docids: dimensions; None = all active ones"""
        dimensions = self.env["customer.segmentation.dimension"]
        dimensions = dimensions.browse(docids) if docids else dimensions.search([])
        criteria = self.env["customer.segmentation.criteria"]._get(self.env.company)
        return {
            "company": self.env.company,
            "criteria": criteria,
            "date": criteria.company_id._segmentation_today(),
            "dimensions": [self._prepare_dimension(dimension) for dimension in dimensions],
            "badge_style": badge_style,
        }

    def _prepare_dimension(self, dimension):
        segments = dimension.with_context(active_test=True).segment_ids.sorted("sequence")
        return {
            "dimension": dimension,
            "segments": [(segment, self._say_rule(segment.sudo().domain)) for segment in segments],
            "grid": dimension.score_grid,
            "customer_count": sum(segments.mapped("customer_count")),
        }

    @api.model
    def _say_rule(self, rule):
        """A rule on profiles as the page tells it; the rule itself where it cannot be read."""
        segments = self.env["customer.segmentation.segment"].sudo()
        try:
            domain = segments._parse_rule(rule, self.env.company)
        except ValueError:
            return rule
        return rule_words(parse(domain), self._vocabulary())

    @api.model
    def _vocabulary(self):
        return RecordVocabulary(
            self.env["customer.segmentation.profile"],
            self.env["customer.segmentation.explanation"]._phrases(),
            self.env.company.currency_id,
        )
