from odoo import models
from odoo.addons.customer_segmentation.models.engine.measure import Measure
from odoo.tools import SQL


class CustomerSegmentationEngine(models.AbstractModel):
    _inherit = "customer.segmentation.engine"

    def _measures(self, computation):
        count = SQL("COALESCE(visited.visits, 0)::int")
        return {**super()._measures(computation), "visit_count": Measure(count, evidence=True)}

    def _measure_joins(self, computation):
        visits = SQL(
            """
            LEFT JOIN (SELECT contact.commercial_partner_id AS partner_id, count(*) AS visits
                         FROM example_visit visit
                         JOIN res_partner contact ON contact.id = visit.partner_id
                        WHERE visit.is_made AND visit.company_id = %s AND visit.date <= %s AND %s
                     GROUP BY contact.commercial_partner_id) visited
                   ON visited.partner_id = customer.contact_id
            """,
            computation.company.id,
            computation.as_of,
            computation.of("contact", "commercial_partner_id"),
        )
        return [*super()._measure_joins(computation), visits]
