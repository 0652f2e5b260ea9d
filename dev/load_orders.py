"""Load an order history (one line per invoice line) into an Odoo database.

``load(env, path)`` fills a fresh company with customers, products, confirmed
sale orders and posted credit notes, and compares the database with the file.
Columns: InvoiceNo, StockCode, Description, Quantity, InvoiceDate (local time),
UnitPrice (GBP), CustomerID, Country, in any order; UTF-8; .csv or .csv.gz.

How it keeps to minutes: the ORM needs an hour for 400,000 lines. So the ORM
makes *one* order and *one* credit note, confirmed and posted; their rows are
read back, the two are rolled back, and every document of the file becomes a
copy of these rows with its own ids, dates, partner and amounts. Columns that
another Odoo series or another addon adds thus get the value the ORM gives.

Money: the amount of a line is quantity × price rounded half up to the cent, as
Odoo and any printed invoice do, and a document is the sum of its lines. Prices
keep all their decimals (the precision "Product Price" is raised to what the
file needs); the currency keeps its two. The alternative, a currency with three
decimals, would show £ 15.300 on every screen for the sake of a few lines. What
rounding moves in total is printed.

Time: the company, its partner and its segmentation criteria get the time zone
TIME_ZONE, and InvoiceDate is read as local time there; PostgreSQL converts, as
it does when the addon turns the time back into a day. A credit note has no
time, only the day. Lines of one invoice may differ by minutes: the earliest
counts.
"""

import csv
import gzip
import io
import re
import zlib
from collections import defaultdict
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from odoo import SUPERUSER_ID
from odoo.tools import SQL

COLUMNS = (
    "InvoiceNo",
    "StockCode",
    "Description",
    "Quantity",
    "InvoiceDate",
    "UnitPrice",
    "CustomerID",
    "Country",
)
MAY_BE_EMPTY = {"Description", "Country"}
CURRENCY = "GBP"
TIME_ZONE = "Europe/London"
CENT = Decimal("0.01")
# Odoo keeps prices as double precision: more digits would not come back exact.
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
RECORDS_PER_CREATE = 1000
# Names of the file that are not the English names of res.country.
COUNTRY_CODES = {
    "EIRE": "IE",
    "RSA": "ZA",
    "USA": "US",
    "Czech Republic": "CZ",
    "Channel Islands": None,  # Jersey and Guernsey are two countries
    "European Community": None,
    "Unspecified": None,
    "": None,
}


class LoadError(Exception):
    """The history was not loaded; the message says why."""


class OrderFileError(LoadError):
    """The file cannot be loaded as it is; nothing was written.

    ``problems`` holds (row number or None, reason); the header is row 1.
    """

    def __init__(self, problems):
        self.problems = problems
        super().__init__("\n".join(_describe_problem(*problem) for problem in problems))


class NotEmptyError(LoadError):
    """The company has documents already."""


class OrderTotalsError(LoadError):
    """What was read back from the database is not what the file says."""


class Line(NamedTuple):
    row: int
    code: str
    name: str
    quantity: Decimal
    price: Decimal

    @property
    def amount(self):
        return (self.quantity * self.price).quantize(CENT, ROUND_HALF_UP)


class Document:
    """An invoice (an order) or a cancellation (a credit note) of the file."""

    def __init__(self, number, customer, row):
        self.number = number
        self.customer = customer
        self.row = row
        self.moment = None  # earliest InvoiceDate, naive local time
        self.lines = []

    @property
    def is_refund(self):
        return self.number[0] in "Cc"

    @property
    def total(self):
        """Signed: the total of a cancellation is negative."""
        return sum((line.amount for line in self.lines), Decimal(0))

    def add(self, moment, line):
        self.moment = min(self.moment or moment, moment)
        self.lines.append(line)


class OrderFile:
    """All that the loader takes from a file that has no malformed row."""

    def __init__(self, documents, countries, products):
        self.documents = documents  # in the order of their dates
        self.countries = countries  # {CustomerID: country name of the last row}
        self.products = products  # {StockCode: (first description, last price)}

    @property
    def lines(self):
        return [line for document in self.documents for line in document.lines]

    def price_digits(self):
        return max(-line.price.as_tuple().exponent for line in self.lines)


def load(env, path, progress=print):
    """Load the order history at ``path`` into ``env.company``.

    Nothing is committed here: the caller's transaction holds all or nothing.

    :param path: .csv or .csv.gz in the columns above
    :param progress: called with a line of text now and then
    :return: totals as read back from the database, see ``_totals_of_file``,
        and "first_day" and "last_day" of the documents
    :raise OrderFileError: malformed rows (all of them), before the first write
    :raise NotEmptyError: the company has orders or journal entries
    :raise OrderTotalsError: the database does not add up to the file
    """
    progress(f"Reading {Path(path).name}")
    order_file = read_orders(path)
    progress(
        f"  {len(order_file.lines):,} lines, {len(order_file.documents):,} documents, "
        f"{len(order_file.countries):,} customers, {len(order_file.products):,} products"
    )
    env = _loading_env(env)
    _check_fresh(env)
    _prepare_company(env)
    _prepare_precision(env, order_file)
    partners = _create_partners(env, order_file, progress)
    products = _create_products(env, order_file, progress)
    _copy_to_temporary_tables(env, order_file, partners, products)
    models = _make_model_rows(env, min(partners.values()), min(products.values()))
    progress("Writing confirmed orders")
    _insert_orders(env, models)
    progress("Writing posted credit notes")
    _insert_refunds(env, models)
    _refresh(env)
    progress("Comparing the database with the file")
    totals = _compare(env, order_file)
    for text in _summary(order_file, totals):
        progress(text)
    days = [document.moment.date() for document in order_file.documents]
    return {**totals, "first_day": min(days), "last_day": max(days)}


# -- reading -----------------------------------------------------------------


def read_orders(path):
    """Parse and check the file, see ``load``; needs no database.

    :return: OrderFile
    """
    reader = _Reader()
    try:
        with _open(path) as stream:
            reader.read(csv.reader(stream, strict=True))
    except (OSError, EOFError, zlib.error) as error:
        raise OrderFileError([(None, f"{path} cannot be read: {error}")]) from error
    return reader.finish()


def _open(path):
    """Text stream in which a byte that is not UTF-8 is a lone surrogate.

    A strict decoder would stop at the first such byte, without its row.
    """
    opener = gzip.open if str(path).endswith(".gz") else open
    return opener(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")


class _Reader:
    """Collects documents and problems row by row."""

    def __init__(self):
        self.problems = []
        self.positions = {}  # {column: index in a row}
        self.width = 0
        self.documents = {}
        self.countries = {}  # {customer: (moment, country)}
        self.products = {}
        self.broken = set()  # numbers of documents with a malformed row

    def read(self, rows):
        row_number = 0
        try:
            for row_number, row in enumerate(rows, start=1):
                if row_number == 1:
                    self._read_header(row)
                elif row:
                    self._read_row(row_number, row)
        except csv.Error as error:
            self._refuse(row_number + 1, f"not CSV: {error}")
        if not row_number:
            self._refuse(None, "the file is empty")

    def finish(self):
        if not self.documents and not self.problems:
            self._refuse(None, "the file has no rows below its header")
        for document in self.documents.values():
            if document.number not in self.broken:
                self._check_total(document)
        if self.problems:
            raise OrderFileError(sorted(self.problems, key=lambda problem: problem[0] or 0))
        documents = sorted(self.documents.values(), key=lambda document: document.moment)
        countries = {customer: country for customer, (_moment, country) in self.countries.items()}
        return OrderFile(documents, countries, self.products)

    def _refuse(self, row_number, reason):
        self.problems.append((row_number, reason))

    def _read_header(self, row):
        names = [name.strip() for name in row]
        for column in COLUMNS:
            if names.count(column) != 1:
                number = "missing" if column not in names else "there twice"
                self._refuse(1, f"column {column} is {number}")
        if self.problems:
            raise OrderFileError(self.problems)
        self.width = len(names)
        self.positions = {column: names.index(column) for column in COLUMNS}

    def _read_row(self, row_number, row):
        reasons = _check_text(row, self.width)
        if reasons:
            values = None
        else:
            values = {column: row[i].strip() for column, i in self.positions.items()}
            reasons = _check_values(values)
        for reason in reasons:
            self._refuse(row_number, reason)
        if not reasons:
            self._add_row(row_number, values)
        elif values:
            self.broken.add(values["InvoiceNo"])

    def _add_row(self, row_number, values):
        number, customer = values["InvoiceNo"], values["CustomerID"]
        document = self.documents.get(number)
        if document is None:
            document = self.documents[number] = Document(number, customer, row_number)
        elif document.customer != customer:
            self.broken.add(number)
            self._refuse(
                row_number,
                f"invoice {number} is of customer {document.customer} in row {document.row} "
                f"and of customer {customer} here",
            )
            return
        code, name = values["StockCode"], values["Description"]
        moment = _parse_moment(values["InvoiceDate"])
        quantity, price = Decimal(values["Quantity"]), Decimal(values["UnitPrice"])
        document.add(moment, Line(row_number, code, name or code, quantity, price))
        first_name = self.products.get(code, (name or code,))[0]
        self.products[code] = (first_name, price)
        known = self.countries.get(customer)
        if known is None or known[0] <= moment:
            self.countries[customer] = (moment, values["Country"])

    def _check_total(self, document):
        """An order of a negative amount or a credit note that asks for money."""
        total = document.total
        if document.is_refund and total > 0:
            self._refuse(document.row, f"cancellation {document.number} has the total {total}")
        elif not document.is_refund and total < 0:
            self._refuse(
                document.row,
                f"invoice {document.number} has the total {total}; the number of a cancellation begins with C",
            )


def _check_text(row, width):
    """Reasons why the fields of the row cannot be taken apart."""
    text = "".join(row)
    if "\0" in text:
        return ["holds a NUL character"]
    if not text.isascii() and re.search("[\ud800-\udfff]", text):
        return ["is not UTF-8"]
    if len(row) != width:
        return [f"has {len(row)} fields instead of {width}"]
    return []


def _check_values(values):
    """Reasons why the values of one row cannot be used; [] if they can."""
    reasons = [f"{column} is empty" for column, value in values.items() if not value and column not in MAY_BE_EMPTY]
    for column in ("Quantity", "UnitPrice"):
        if values[column] and not NUMBER.fullmatch(values[column]):
            reasons.append(f"{column} {values[column]!r} is not a number")
    if not reasons:
        reasons += _check_quantity(values["Quantity"])
    if values["InvoiceDate"]:
        reasons += _check_moment(values["InvoiceDate"])
    return reasons


@lru_cache(maxsize=10_000)
def _check_quantity(text):
    quantity = Decimal(text)
    if not quantity:
        return ["Quantity is 0"]
    if quantity != quantity.quantize(CENT):
        return [f"Quantity {text} has more than two decimals"]
    return []


@lru_cache(maxsize=100_000)
def _parse_moment(text):
    """Naive local time, or None."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=100_000)
def _check_moment(text):
    moment = _parse_moment(text)
    if moment is None:
        return [f"InvoiceDate {text!r} is not a date and time like 2011-12-09T12:50:00"]
    if moment.tzinfo:
        return [f"InvoiceDate {text!r} has a time zone; local time is expected"]
    if moment.year < 1900:
        return [f"InvoiceDate {text!r} is before 1900"]
    if moment > datetime.now() + timedelta(days=1):  # whatever the machine's time zone
        return [f"InvoiceDate {text!r} lies in the future"]
    return []


def _describe_problem(row_number, reason):
    return f"row {row_number}: {reason}" if row_number else reason


# -- company, customers, products ---------------------------------------------


def _loading_env(env):
    """The documents belong to the administrator, not to OdooBot, who is no salesman."""
    if env.uid == SUPERUSER_ID:
        env = env(user=env.ref("base.user_admin").id, su=True)
    quiet = {
        "allowed_company_ids": env.company.ids,
        "tracking_disable": True,
        "mail_create_nosubscribe": True,
        "mail_create_nolog": True,
        "lang": "en_US",
    }
    return env(context={**env.context, **quiet})


def _check_fresh(env):
    """A second history would mix with the first, and the totals with both."""
    for model in ("sale.order", "account.move"):
        if env[model].search_count([("company_id", "=", env.company.id)]):
            raise NotEmptyError(
                f"Company {env.company.id} has records of {model}: "
                "an order history is loaded into a company without documents."
            )


def _prepare_company(env):
    """Accounts, currency, country and time zone of the wholesaler of the file."""
    company = env.company
    if not company.chart_template:
        chart = env["account.chart.template"]
        chart.try_loading("generic_coa", company, install_demo=False)
    currency = env.ref(f"base.{CURRENCY}")
    currency.active = True
    company.write({"currency_id": currency.id, "country_id": env.ref("base.uk").id})
    # The prices of the file are all there is to pay.
    company.account_sale_tax_id = False
    company.partner_id.tz = TIME_ZONE
    if "customer.segmentation.criteria" in env:
        company.segmentation_criteria_id.tz = TIME_ZONE


def _prepare_precision(env, order_file):
    precision = env.ref("product.decimal_price")
    digits = order_file.price_digits()
    if precision.digits < digits:
        precision.digits = digits


def _create_partners(env, order_file, progress):
    """:return: {CustomerID: id}"""
    progress(f"Creating {len(order_file.countries):,} customers")
    country_ids = _find_countries(env, set(order_file.countries.values()), progress)
    vals_list = [
        {
            "name": f"Customer {customer}",
            "ref": customer,
            "is_company": True,
            "customer_rank": 1,
            "country_id": country_ids[country],
        }
        for customer, country in sorted(order_file.countries.items())
    ]
    partners = _create(env["res.partner"], vals_list)
    return {partner.ref: partner.id for partner in partners}


def _create_products(env, order_file, progress):
    """:return: {StockCode: id}"""
    progress(f"Creating {len(order_file.products):,} products")
    vals_list = [
        {
            "default_code": code,
            "name": name,
            "list_price": float(price),
            "taxes_id": [(5,)],
            "supplier_taxes_id": [(5,)],
        }
        for code, (name, price) in sorted(order_file.products.items())
    ]
    products = _create(env["product.product"], vals_list)
    return {product.default_code: product.id for product in products}


def _create(model, vals_list):
    records = model
    for start in range(0, len(vals_list), RECORDS_PER_CREATE):
        records += model.create(vals_list[start : start + RECORDS_PER_CREATE])
    return records


def _find_countries(env, names, progress):
    """:return: {name in the file: country id or False}"""
    by_name = {country.name.lower(): country.id for country in env["res.country"].search([])}
    by_code = {country.code: country.id for country in env["res.country"].search([])}
    found = {}
    for name in sorted(names):
        if name in COUNTRY_CODES:
            found[name] = by_code.get(COUNTRY_CODES[name], False)
        else:
            found[name] = by_name.get(name.lower(), False)
    unknown = [name for name, country_id in found.items() if name and not country_id]
    if unknown:
        progress(f"  not a country in Odoo, left empty: {', '.join(unknown)}")
    return found


# -- the bulk ------------------------------------------------------------------


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
        "COPY load_orders_line (row_number, position, product_id, name, quantity, price) FROM STDIN (FORMAT csv)",
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
            "order_line": [(0, 0, {"product_id": product_id, "product_uom_qty": 1, "price_unit": 1})],
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


# -- totals --------------------------------------------------------------------


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
            customer: (sales.get(customer), refunds.get(customer)) for customer in sales.keys() | refunds.keys()
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


def _compare(env, order_file):
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
        "none" if amount is None else f"{amount:,}" for amount in totals["by_customer"].get(customer, (None, None))
    )


def _summary(order_file, totals):
    yield (f"  equal: sales {totals['sales']:,}, refunds {totals['refunds']:,}, net {totals['net']:,} {CURRENCY}")
    yield (
        f"  equal: {totals['customers']:,} customers, {totals['customers_with_invoice']:,} with an "
        f"invoice, {totals['documents']:,} documents, {totals['lines']:,} lines"
    )
    rounded = [line for line in order_file.lines if line.amount != line.quantity * line.price]
    if rounded:
        moved = sum(line.amount - line.quantity * line.price for line in rounded)
        yield f"  {len(rounded):,} lines were rounded to the cent, together by {moved:+}"
