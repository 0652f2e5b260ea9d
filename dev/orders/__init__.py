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

from pathlib import Path

from .compare import compare, summary
from .errors import LoadError, NotEmptyError, OrderFileError, OrderTotalsError
from .prepare import prepare
from .read import COLUMNS, read_orders
from .write import write_documents


def load(env, path, progress=print):
    """Load the order history at ``path`` into ``env.company``.

    Nothing is committed here: the caller's transaction holds all or nothing.

    :param path: .csv or .csv.gz in the columns above
    :param progress: called with a line of text now and then
    :return: totals as read back from the database, see ``compare``,
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
    env, partners, products = prepare(env, order_file, progress)
    write_documents(env, order_file, partners, products, progress)
    progress("Comparing the database with the file")
    totals = compare(env, order_file)
    for text in summary(order_file, totals):
        progress(text)
    days = [document.moment.date() for document in order_file.documents]
    return {**totals, "first_day": min(days), "last_day": max(days)}
