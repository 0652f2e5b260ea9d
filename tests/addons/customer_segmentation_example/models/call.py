from odoo import _, api, models
from odoo.addons.customer_segmentation.models.call.call import Reason
from odoo.tools import SQL
from odoo.tools.misc import format_date


class CustomerSegmentationCall(models.Model):
    _inherit = "customer.segmentation.call"

    @api.model
    def _reasons(self):
        # after complaints and low answers (10, 20), before orders that are due (30)
        label = _("Asked for a call")
        return [
            *super()._reasons(),
            Reason(25, "visit", label, self._query_asked, self._asked_words, wakes=True),
        ]

    def _query_asked(self, company, as_of, partner_ids):
        among = self.env["customer.segmentation.profile"]._among
        return SQL(
            """
            SELECT contact.commercial_partner_id, visit.date, NULL::int
              FROM example_visit visit
              JOIN res_partner contact ON contact.id = visit.partner_id
             WHERE visit.wants_call AND visit.company_id = %s AND visit.date <= %s AND %s
            """,
            company.id,
            as_of,
            among("contact", "commercial_partner_id", partner_ids),
        )

    @api.model
    def _asked_words(self, calls):
        """{call: when the customer asked for it}."""
        visits = self.env["example.visit"].search(
            [("partner_id", "in", calls.partner_id.ids), ("wants_call", "=", True)], order="date"
        )
        days = {visit.partner_id: format_date(self.env, visit.date) for visit in visits}
        return {
            call: _("Asked for a call on %(day)s", day=days[call.partner_id])
            for call in calls
            if call.partner_id in days
        }
