"""The database and the file, added up by each of them."""

from collections import defaultdict
from decimal import Decimal

from odoo.tools import SQL

from .errors import OrderTotalsError
from .prepare import CURRENCY


def _totals_of_file(order_file):
    """:return: totals of the file, in the words of ``_totals_of_database``."""
    sales, refunds = defaultdict(Decimal), defaultdict(Decimal)
    for document in order_file.documents:
        amounts = refunds if document.is_refund else sales
        amounts[document.customer] += abs(document.total)
    return _totals(sales, refunds, len(order_file.documents), len(order_file.lines))


def _totals(sales, refunds, document_count, line_count):
    """:param sales: {CustomerID: Decimal}, refunds the same, positive"""
    return {
        "sales": sum(sales.values(), Decimal(0)),
        "refunds": sum(refunds.values(), Decimal(0)),
        "net": sum(sales.values(), Decimal(0)) - sum(refunds.values(), Decimal(0)),
        "customers": len(sales.keys() | refunds.keys()),
        "customers_with_invoice": len(sales),
        "documents": document_count,
        "lines": line_count,
        "by_customer": {
            customer: (sales.get(customer), refunds.get(customer))
            for customer in sales.keys() | refunds.keys()
        },
    }


def _totals_of_database(env):
    """Read back by SQL from the documents of the company, through the partner's ref."""
    orders = _fetch(env, _query_order_totals(env.company.id))
    moves = _fetch(env, _query_refund_company_totals(env.company.id))
    sales = {customer: Decimal(amount) for customer, amount, *_counts in orders}
    refunds = {customer: -Decimal(amount) for customer, amount, *_counts in moves}
    return _totals(
        sales,
        refunds,
        sum(row[2] for row in orders + moves),
        sum(row[3] for row in orders + moves),
    )


def _fetch(env, query):
    env.cr.execute(query)
    return env.cr.fetchall()


def _query_order_totals(company_id):
    """(CustomerID, amount as text, orders, lines); Odoo would turn numeric into float."""
    return SQL(
        """
        SELECT partner.ref, sum(amount_untaxed)::text, count(*), sum(lines.line_count)::integer
          FROM sale_order document
          JOIN res_partner partner ON partner.id = document.partner_id
          JOIN (SELECT order_id, count(*) AS line_count FROM sale_order_line GROUP BY order_id)
               lines ON lines.order_id = document.id
         WHERE document.company_id = %s AND document.state = 'sale'
         GROUP BY partner.ref
        """,
        company_id,
    )


def _query_refund_company_totals(company_id):
    """(CustomerID, signed amount as text, credit notes, lines)"""
    return SQL(
        """
        SELECT partner.ref, sum(amount_untaxed_signed)::text, count(*),
               sum(lines.line_count)::integer
          FROM account_move document
          JOIN res_partner partner ON partner.id = document.commercial_partner_id
          JOIN (SELECT move_id, count(*) AS line_count FROM account_move_line
                 WHERE display_type = 'product' GROUP BY move_id)
               lines ON lines.move_id = document.id
         WHERE document.company_id = %s AND document.state = 'posted'
           AND document.move_type = 'out_refund'
         GROUP BY partner.ref
        """,
        company_id,
    )


def _query_uneven(company_id):
    """(table, documents) whose lines do not add up to them; balances must be 0."""
    return SQL(
        """
        SELECT 'sale_order', count(*)
          FROM (SELECT document.id FROM sale_order document
                  JOIN sale_order_line line ON line.order_id = document.id
                 WHERE document.company_id = %(company_id)s
                 GROUP BY document.id
                HAVING sum(line.price_subtotal) <> document.amount_untaxed) uneven
        UNION ALL
        SELECT 'account_move', count(*)
          FROM (SELECT document.id FROM account_move document
                  JOIN account_move_line line ON line.move_id = document.id
                 WHERE document.company_id = %(company_id)s
                 GROUP BY document.id
                HAVING sum(line.balance) <> 0
                    OR sum(line.price_subtotal) FILTER (WHERE line.display_type = 'product')
                       <> document.amount_untaxed) uneven
        """,
        company_id=company_id,
    )


def compare(env, order_file):
    """:raise OrderTotalsError: naming each figure that differs"""
    expected, found = _totals_of_file(order_file), _totals_of_database(env)
    differences = [
        f"{name}: {expected[name]:,} in the file, {found[name]:,} in the database"
        for name in expected
        if name != "by_customer" and expected[name] != found[name]
    ]
    differences += [
        f"customer {customer}: sales and refunds {_amounts(expected, customer)} in the file, "
        f"{_amounts(found, customer)} in the database"
        for customer in sorted(expected["by_customer"].keys() | found["by_customer"].keys())
        if expected["by_customer"].get(customer) != found["by_customer"].get(customer)
    ]
    differences += [
        f"{table}: {count:,} documents do not add up to their lines"
        for table, count in _fetch(env, _query_uneven(env.company.id))
        if count
    ]
    if differences:
        raise OrderTotalsError("\n".join(differences))
    return found


def _amounts(totals, customer):
    return " and ".join(
        "none" if amount is None else f"{amount:,}"
        for amount in totals["by_customer"].get(customer, (None, None))
    )


def summary(order_file, totals):
    yield (
        f"  equal: sales {totals['sales']:,}, refunds {totals['refunds']:,}, "
        f"net {totals['net']:,} {CURRENCY}"
    )
    yield (
        f"  equal: {totals['customers']:,} customers, {totals['customers_with_invoice']:,} with an "
        f"invoice, {totals['documents']:,} documents, {totals['lines']:,} lines"
    )
    rounded = [line for line in order_file.lines if line.amount != line.quantity * line.price]
    if rounded:
        moved = sum(line.amount - line.quantity * line.price for line in rounded)
        yield f"  {len(rounded):,} lines were rounded to the cent, together by {moved:+}"
