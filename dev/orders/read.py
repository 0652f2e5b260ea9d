"""The file: parsed and checked, every malformed row told; needs no database."""

import csv
import gzip
import re
import zlib
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from .errors import OrderFileError

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
CENT = Decimal("0.01")
# Odoo keeps prices as double precision: more digits would not come back exact.
NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")


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
                f"invoice {document.number} has the total {total}; "
                "the number of a cancellation begins with C",
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
    reasons = [
        f"{column} is empty"
        for column, value in values.items()
        if not value and column not in MAY_BE_EMPTY
    ]
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
