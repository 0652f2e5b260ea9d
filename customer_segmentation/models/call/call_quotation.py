from datetime import timedelta

from odoo import _, api, models
from odoo.tools import SQL
from odoo.tools.misc import format_date

from .call import Reason


class CustomerSegmentationCall(models.Model):
    """An open quotation that is about to expire is a reason to call."""

    _inherit = "customer.segmentation.call"

    @api.model
    def _reasons(self):
        return [
            *super()._reasons(),
            Reason(
                27, "quotation", _("Quotation expires"), self._query_expiring_quotations,
                self._quotation_words,
            ),
        ]

    def _query_expiring_quotations(self, company, as_of, partner_ids):
        """Since the first of the days before it expires, or since it was made."""
        criteria = company.sudo().segmentation_criteria_id
        return SQL(
            """
            SELECT contact.commercial_partner_id,
                   GREATEST(quotation.validity_date - %(days)s,
                            (quotation.date_order AT TIME ZONE 'UTC' AT TIME ZONE %(tz)s)::date),
                   quotation.user_id
              FROM sale_order quotation
              JOIN res_partner contact ON contact.id = quotation.partner_id
             WHERE quotation.company_id = %(company)s
               AND quotation.state IN ('draft', 'sent')
               AND quotation.validity_date BETWEEN %(as_of)s AND %(until)s
               AND %(ours)s
            """,
            company=company.id,
            days=criteria.call_quotation_days,
            tz=criteria.tz,
            as_of=as_of,
            until=as_of + timedelta(days=criteria.call_quotation_days),
            ours=self.env["customer.segmentation.profile"]._among(
                "contact", "commercial_partner_id", partner_ids
            ),
        )

    @api.model
    def _quotation_words(self, calls):
        """{call: its quotation that expires first, in words}; of what the user may see."""
        if not self.env["ir.model.access"].check("sale.order", "read", False):
            return {}
        days = {company: self._as_of(company) for company in calls.company_id}
        quotations = self.env["sale.order"].search(
            [*calls._open_quotations_domain(), ("validity_date", ">=", min(days.values()))],
            order="validity_date desc, id desc",
        )
        first = {
            (order.partner_id.commercial_partner_id, order.company_id): order
            for order in quotations
            if order.validity_date >= days[order.company_id]
        }
        return {
            call: _(
                "Quotation %(quotation)s expires on %(date)s",
                quotation=order.name,
                date=format_date(self.env, order.validity_date),
            )
            for call in calls
            if (order := first.get((call.partner_id, call.company_id)))
        }
