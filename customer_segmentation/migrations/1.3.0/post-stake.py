"""At stake is what the customer usually buys in a quarter: fill what it is reckoned from."""

import logging

from odoo import SUPERUSER_ID, api
from odoo.tools import SQL

_logger = logging.getLogger(__name__)


def migrate(cr, version):
    """Give profiles, and calls, the columns that their next run would; in SQL, they are many."""
    env = api.Environment(cr, SUPERUSER_ID, {})
    criteria = env["customer.segmentation.criteria"].search([])
    if not criteria:
        return
    facts = env["customer.segmentation.fact"]._table_query
    spans = SQL(
        "(VALUES %s) span (company_id, months, decimals)",
        SQL(", ").join(
            SQL(
                "(%s, make_interval(months => %s), %s)",
                item.company_id.id,
                item.window_months,
                item.currency_id.decimal_places,
            )
            for item in criteria
        ),
    )
    cr.execute(
        """UPDATE customer_segmentation_profile
              SET usual_sales = GREATEST(net_sales_12m, 0),
                  usual_sales_until = CASE WHEN net_sales_12m <= 0 THEN last_order_date END"""
    )
    cr.execute(_query_silent(facts, spans))
    cr.execute(_query_live())
    cr.execute(_query_closed(facts, spans))
    _logger.info("customer segmentation: at stake reckoned afresh, of %s closed calls", cr.rowcount)


def _query_silent(facts, spans):
    """Customers without net sales in the window: those of the one up to the last order."""
    return SQL(
        """
        UPDATE customer_segmentation_profile profile
           SET usual_sales = bought.net
          FROM (
               SELECT silent.id, round(GREATEST(sum(fact.amount), 0)::numeric, span.decimals) AS net
                 FROM customer_segmentation_profile silent
                 JOIN %s ON span.company_id = silent.company_id
                 JOIN customer_segmentation_criteria criteria
                   ON criteria.company_id = silent.company_id
                 JOIN %s fact
                   ON fact.partner_id = silent.partner_id
                  AND fact.company_id = silent.company_id
                  AND fact.kind IN ('order', 'refund')
                  AND fact.date > silent.last_order_date - span.months
                  AND fact.date <= COALESCE(criteria.last_run_date, silent.as_of)
                WHERE silent.net_sales_12m <= 0
             GROUP BY silent.id, span.decimals
               ) bought
         WHERE profile.id = bought.id
        """,
        spans,
        facts,
    )


def _query_live():
    return SQL(
        """
        UPDATE customer_segmentation_call call
           SET first_order_date = profile.first_order_date,
               order_day_count = profile.order_day_count,
               usual_sales = profile.usual_sales,
               usual_sales_until = profile.usual_sales_until
          FROM customer_segmentation_profile profile
         WHERE profile.partner_id = call.partner_id AND profile.company_id = call.company_id
           AND call.state IN ('open', 'snoozed')
        """
    )


def _query_closed(facts, spans):
    """From the documents as they are now, up to the day a call was closed.

    An order later than the one the call names is what closed it: it does not count.
    """
    return SQL(
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
                 JOIN %s ON span.company_id = closed.company_id
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
        spans,
        facts,
    )
