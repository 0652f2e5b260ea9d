from odoo import _, api, models

from ..explanation.vocabulary import number_words


class CustomerSegmentationExplanation(models.AbstractModel):
    """The words of the satisfaction."""

    _inherit = "customer.segmentation.explanation"

    @api.model
    def _say_satisfaction_count(self, profile):
        if not profile.satisfaction_count:
            return _("no answers in the last 12 months")
        return _(
            "satisfaction %(score)s of 100 (answers: %(count)s)",
            score=number_words(self.env, profile.satisfaction_score, 1),
            count=profile.satisfaction_count,
        )

    _say_satisfaction_score = _say_satisfaction_count
