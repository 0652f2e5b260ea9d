"""At stake is what the customer usually buys in a quarter: closed calls get what it was then."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Fill what the stake is reckoned from: of closed calls here, of the others by the next run.

    From the documents as they are now, up to the day a call was closed. An order later than the
    one the call names is what closed it: it does not count.
    """
    env = api.Environment(cr, SUPERUSER_ID, {})
    facts = env["customer.segmentation.fact"]._table_query
    cr.execute(
        SQL(
            """
            UPDATE customer_segmentation_call call
               SET first_order_date = bought.first_day,
                   order_day_count = bought.days,
                   usual_sales = CASE WHEN bought.net > 0 THEN bought.net
                                      ELSE GREATEST(bought.net_to_last, 0) END,
                   usual_sales_until = CASE WHEN bought.net <= 0 THEN call.last_order_date END
              FROM (
                   SELECT closed.id,
                          COALESCE(min(fact.date) FILTER (WHERE fact.amount > 0), min(fact.date))
                              AS first_day,
                          count(DISTINCT fact.date) FILTER (WHERE fact.amount > 0) AS days,
                          round(COALESCE(sum(fact.amount) FILTER (
                              WHERE fact.date > closed.closed_date - span.months), 0)::numeric,
                              span.decimals) AS net,
                          round(COALESCE(sum(fact.amount) FILTER (
                              WHERE fact.date > closed.last_order_date - span.months), 0)::numeric,
                              span.decimals) AS net_to_last
                     FROM customer_segmentation_call closed
                     JOIN (VALUES %s) span (company_id, months, decimals)
                       ON span.company_id = closed.company_id
                     JOIN %s fact
                       ON fact.partner_id = closed.partner_id
                      AND fact.company_id = closed.company_id
                      AND (fact.kind = 'order' AND fact.date <= closed.last_order_date
                           OR fact.kind = 'refund' AND fact.date <= closed.closed_date)
                    WHERE closed.state NOT IN ('open', 'snoozed')
                      AND closed.last_order_date IS NOT NULL
                 GROUP BY closed.id, span.months, span.decimals
                   ) bought
             WHERE call.id = bought.id
            """,
            SQL(", ").join(
                SQL(
                    "(%s, make_interval(months => %s), %s)",
                    criteria.company_id.id,
                    criteria.window_months,
                    criteria.currency_id.decimal_places,
                )
                for criteria in env["customer.segmentation.criteria"].search([])
            ),
            facts,
        )
    )
    _logger.info("customer segmentation: at stake reckoned afresh for %s closed calls", cr.rowcount)
    env["customer.segmentation.run"]._request_full_run()
