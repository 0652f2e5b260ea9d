from odoo import _, api, models
from odoo.tools.misc import format_date


class CustomerSegmentationPlaybookEffectReport(models.AbstractModel):
    """The effect of playbooks on paper: the numbers, and the words that they carry."""

    _name = "report.customer_segmentation.report_playbook_effect"
    _description = "Effect of Playbooks"

    @api.model
    def _get_report_values(self, docids, data=None):
        """:param list[int] docids: summaries, which hold playbook, company and days"""
        summaries = self.env["customer.segmentation.playbook.effect.summary"].browse(docids)
        company = summaries.company_id[:1] or self.env.company
        figures = summaries._figures()
        return {
            "company": company,
            "date": company._segmentation_today(),
            "summaries": summaries,
            "intros": {summary: self._introduce(summary) for summary in summaries},
            "tables": {
                summary: [
                    (about, effects[about], self._say_days(effects[about]))
                    for about in ("step", "loyalty")
                    if about in effects
                ]
                for summary, effects in figures.items()
            },
        }

    def _introduce(self, summary):
        """Whom the playbook is for, and which days are looked at."""
        playbook = summary.playbook_id
        sentences = []
        if playbook.segment_id:
            sentences.append(
                _(
                    "%(dimension)s: %(segment)s.",
                    dimension=playbook.dimension_id.name,
                    segment=playbook.segment_id.display_name,
                )
            )
        if playbook.condition_words:
            sentences.append(_("Only customers with: %(rule)s.", rule=playbook.condition_words))
        if summary.date_from:
            sentences.append(
                _("Campaigns from %(day)s on.", day=format_date(self.env, summary.date_from))
            )
        if summary.date_until:
            sentences.append(
                _("Campaigns until %(day)s.", day=format_date(self.env, summary.date_until))
            )
        sentences.append(
            _("Reactions are counted within %(days)s days.", days=summary.reaction_days)
        )
        return " ".join(sentences)

    def _say_days(self, effect):
        return _(
            "Days with campaigns: %(days)s, from %(first)s to %(last)s.",
            days=effect.days,
            first=format_date(self.env, effect.first),
            last=format_date(self.env, effect.last),
        )
