"""The documents: copies of one order and one credit note that the ORM made, in SQL."""

import csv
import io
from contextlib import contextmanager

from odoo.tools import SQL

from .prepare import TIME_ZONE


def write_documents(env, order_file, partners, products, progress):
    """Write confirmed orders and posted credit notes.

    :param partners: {CustomerID: id}, products {StockCode: id}
    """
    _copy_to_temporary_tables(env, order_file, partners, products)
    models = _make_model_rows(env, min(partners.values()), min(products.values()))
    progress("Writing confirmed orders")
    _insert_orders(env, models)
    progress("Writing posted credit notes")
    _insert_refunds(env, models)
    _refresh(env)


def _copy_to_temporary_tables(env, order_file, partners, products):
    """One row per document and per line; ids of the target tables are drawn here.

    The amounts are computed a second time, by PostgreSQL: what is compared in
    the end does not come from one and the same calculation.
    """
    env.flush_all()
    env.cr.execute(_query_create_temporary_tables())
    documents = list(enumerate(order_file.documents))
    _copy(
        env,
        "COPY load_orders_document (position, number, is_refund, partner_id, partner_name, moment)"
        " FROM STDIN (FORMAT csv)",
        (
            (
                position,
                document.number,
                document.is_refund,
                partners[document.customer],
                f"Customer {document.customer}",
                document.moment.isoformat(),
            )
            for position, document in documents
        ),
    )
    _copy(
        env,
        "COPY load_orders_line (row_number, position, product_id, name, quantity, price)"
        " FROM STDIN (FORMAT csv)",
        (
            (line.row, position, products[line.code], line.name, line.quantity, line.price)
            for position, document in documents
            for line in document.lines
        ),
    )
    env.cr.execute(_query_complete_temporary_tables())


def _copy(env, statement, rows):
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    stream.seek(0)
    env.cr.copy_expert(statement, stream)


def _query_create_temporary_tables():
    return SQL(
        """
        DROP TABLE IF EXISTS load_orders_document, load_orders_line;
        CREATE TEMP TABLE load_orders_document (
            position integer PRIMARY KEY, number text, is_refund boolean,
            partner_id integer, partner_name text, moment timestamp,
            target_id integer, total numeric
        ) ON COMMIT DROP;
        CREATE TEMP TABLE load_orders_line (
            row_number integer PRIMARY KEY, position integer, product_id integer,
            name text, quantity numeric, price numeric, amount numeric
        ) ON COMMIT DROP
        """
    )


def _query_complete_temporary_tables():
    """Amounts (a credit note's are positive, its sign is in its type) and ids."""
    return SQL(
        """
        UPDATE load_orders_line line
           SET quantity = document.sign * quantity,
               amount = round(document.sign * quantity * price, 2)
          FROM (SELECT position, CASE WHEN is_refund THEN -1 ELSE 1 END AS sign
                  FROM load_orders_document) document
         WHERE document.position = line.position;
        UPDATE load_orders_document document
           SET total = lines.total
          FROM (SELECT position, sum(amount) AS total FROM load_orders_line GROUP BY position) lines
         WHERE lines.position = document.position;
        UPDATE load_orders_document document
           SET target_id = numbered.target_id
          FROM (SELECT position,
                       nextval(CASE WHEN is_refund THEN 'account_move_id_seq'
                                    ELSE 'sale_order_id_seq' END) AS target_id
                  FROM (SELECT * FROM load_orders_document ORDER BY position) ordered) numbered
         WHERE numbered.position = document.position;
        ANALYZE load_orders_document, load_orders_line
        """
    )


def _make_model_rows(env, partner_id, product_id):
    """Rows of one confirmed order and one posted credit note, made by the ORM.

    :return: {"order", "order_line", "refund", "refund_line", "refund_total": JSON text,
        "refund_prefix": what its number begins with, "refund_year": the year in there}
    """
    with _rolled_back(env):
        order = _make_order(env, partner_id, product_id)
        refund = _make_refund(env, partner_id, product_id)
        env.flush_all()
        receivable = refund.line_ids.filtered(lambda line: line.display_type == "payment_term")
        return {
            "order": _read_row(order),
            "order_line": _read_row(order.order_line),
            "refund": _read_row(refund),
            "refund_line": _read_row(refund.invoice_line_ids),
            "refund_total": _read_row(receivable),
            "refund_prefix": refund.sequence_prefix,
            "refund_year": refund.date.year,
        }


@contextmanager
def _rolled_back(env):
    """What the block writes is gone afterwards; what it read stays with the caller."""

    class Done(Exception):
        pass

    try:
        with env.cr.savepoint():
            yield
            raise Done
    except Done:
        pass


def _make_order(env, partner_id, product_id):
    # No pricelist: one of another currency would decide the order's currency.
    # No fiscal position: it would be the one of the model's country for all.
    order = env["sale.order"].create(
        {
            "partner_id": partner_id,
            "pricelist_id": False,
            "fiscal_position_id": False,
            "payment_term_id": False,
            "order_line": [
                (0, 0, {"product_id": product_id, "product_uom_qty": 1, "price_unit": 1})
            ],
        }
    )
    order.action_confirm()
    return order


def _make_refund(env, partner_id, product_id):
    line = {"product_id": product_id, "quantity": 1, "price_unit": 1, "tax_ids": [(5,)]}
    refund = env["account.move"].create(
        {
            "move_type": "out_refund",
            "partner_id": partner_id,
            "invoice_date": "2011-01-01",
            "fiscal_position_id": False,
            "invoice_payment_term_id": False,
            "invoice_line_ids": [(0, 0, line)],
        }
    )
    refund.action_post()
    return refund


def _read_row(record):
    record.ensure_one()
    record.env.cr.execute(
        SQL(
            "SELECT to_jsonb(t)::text FROM %s t WHERE id = %s",
            SQL.identifier(record._table),
            record.id,
        )
    )
    return record.env.cr.fetchone()[0]


def _query_insert(table, model_row, source):
    """Copies of a model row, each overlaid with one row of ``source``.

    A column of ``source`` that the table does not have is left out, so that
    one source serves all series.
    Why not the ORM: 400,000 lines would take it an hour.
    """
    return SQL(
        """
        INSERT INTO %(table)s
        SELECT filled.*
          FROM (%(source)s) source,
               jsonb_populate_record(NULL::%(table)s, %(model)s::jsonb || to_jsonb(source)) filled
        """,
        table=SQL.identifier(table),
        source=source,
        model=model_row,
    )


def _insert_orders(env, models):
    env.cr.execute(_query_insert("sale_order", models["order"], _query_orders()))
    env.cr.execute(_query_insert("sale_order_line", models["order_line"], _query_order_lines()))


def _query_orders():
    return SQL(
        """
        SELECT target_id AS id, number AS name,
               moment AT TIME ZONE %s AT TIME ZONE 'UTC' AS date_order,
               partner_id, partner_id AS partner_invoice_id, partner_id AS partner_shipping_id,
               total AS amount_untaxed, total AS amount_total,
               total AS amount_to_invoice, total AS amount_unpaid,
               NULL AS access_token
          FROM load_orders_document
         WHERE NOT is_refund
         ORDER BY position
        """,
        TIME_ZONE,
    )


def _query_order_lines():
    return SQL(
        """
        SELECT nextval('sale_order_line_id_seq') AS id, ordered.*
          FROM (
            SELECT document.target_id AS order_id, document.partner_id AS order_partner_id,
                   line.product_id, line.name,
                   line.quantity AS product_uom_qty, line.quantity AS qty_to_invoice,
                   line.price AS price_unit, line.price AS technical_price_unit,
                   round(line.amount / line.quantity, 2) AS price_reduce_taxexcl,
                   round(line.amount / line.quantity, 2) AS price_reduce_taxinc,
                   line.amount AS price_subtotal, line.amount AS price_total,
                   line.amount AS untaxed_amount_to_invoice, line.amount AS amount_to_invoice
              FROM load_orders_line line
              JOIN load_orders_document document USING (position)
             WHERE NOT document.is_refund
             ORDER BY line.position, line.row_number
          ) ordered
        """
    )


def _insert_refunds(env, models):
    numbered = _query_numbered_refunds(models)
    for table, row, source in (
        ("account_move", models["refund"], _query_refunds(numbered)),
        ("account_move_line", models["refund_line"], _query_refund_lines(numbered)),
        ("account_move_line", models["refund_total"], _query_refund_totals(numbered)),
    ):
        env.cr.execute(_query_insert(table, row, source))


def _query_numbered_refunds(models):
    """The numbers the journal would give: one count per year, in order of dates."""
    return SQL(
        """
        SELECT *, prefix || lpad(counter::text, 5, '0') AS move_name
          FROM (
            SELECT *, moment::date AS day,
                   replace(%(prefix)s, %(year)s, to_char(moment, 'YYYY')) AS prefix,
                   row_number() OVER (PARTITION BY extract(year FROM moment) ORDER BY position)
                       AS counter
              FROM load_orders_document
             WHERE is_refund
          ) refund
        """,
        prefix=models["refund_prefix"],
        year=str(models["refund_year"]),
    )


def _query_refunds(numbered):
    return SQL(
        """
        SELECT target_id AS id, move_name AS name, prefix AS sequence_prefix,
               counter AS sequence_number, number AS ref,
               partner_id, partner_id AS commercial_partner_id,
               partner_id AS partner_shipping_id, partner_name AS invoice_partner_display_name,
               day AS invoice_date, day AS date, day AS invoice_date_due,
               total AS amount_untaxed, total AS amount_total, total AS amount_residual,
               -total AS amount_untaxed_signed, -total AS amount_total_signed,
               -total AS amount_untaxed_in_currency_signed,
               -total AS amount_total_in_currency_signed, -total AS amount_residual_signed,
               CASE WHEN total = 0 THEN 'paid' ELSE 'not_paid' END AS payment_state,
               NULL AS access_token
          FROM (%s) refund
         ORDER BY position
        """,
        numbered,
    )


def _query_refund_lines(numbered):
    """One journal item per line of the file, on the income account."""
    return SQL(
        """
        SELECT nextval('account_move_line_id_seq') AS id, ordered.*
          FROM (
            SELECT refund.target_id AS move_id, refund.move_name, refund.number AS ref,
                   refund.day AS date, refund.day AS invoice_date, refund.partner_id,
                   line.product_id, line.name, line.quantity, line.price AS price_unit,
                   line.amount AS price_subtotal, line.amount AS price_total,
                   greatest(line.amount, 0) AS debit, greatest(-line.amount, 0) AS credit,
                   line.amount AS balance, line.amount AS amount_currency
              FROM load_orders_line line
              JOIN (%s) refund USING (position)
             ORDER BY line.position, line.row_number
          ) ordered
        """,
        numbered,
    )


def _query_refund_totals(numbered):
    """One journal item per credit note, on the receivable account: what is owed."""
    return SQL(
        """
        SELECT nextval('account_move_line_id_seq') AS id, refund.target_id AS move_id,
               move_name, number AS ref, day AS date, day AS invoice_date,
               day AS date_maturity, partner_id,
               0 AS debit, total AS credit, -total AS balance, -total AS amount_currency,
               -total AS amount_residual, -total AS amount_residual_currency,
               total = 0 AS reconciled
          FROM (%s) refund
         ORDER BY position
        """,
        numbered,
    )


def _refresh(env):
    """Caches know nothing of what SQL wrote; nor does the planner."""
    env.invalidate_all()
    env.cr.execute(SQL("ANALYZE sale_order, sale_order_line, account_move, account_move_line"))
