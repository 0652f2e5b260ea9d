"""The loader of order histories, on a file small enough to add up by hand.

data/orders.csv, amounts rounded half up per line:

    1001   A100  3 × 2.50 + 10 × 0.125 + 3 × 0.335 = 7.50 + 1.25 + 1.01 =  9.76
    1002   B200  4 × 2.40 + 1 × 0.00                                    =  9.60
    1003   A100  2 × 0.00                                               =  0.00
    1004   B200  100 × 0.12 − 1 × 2.00                                  = 10.00
    C1005  A100  1 × 2.50 + 1 × 0.00                                    =  2.50
    C1006  B200  2 × 2.40 + 1 × 0.335 = 4.80 + 0.34                     =  5.14
    C1007  C300  1 × 5.00                                               =  5.00
    C1008  A100  1 × 0.00                                               =  0.00

    sales 29.36, refunds 12.64, net 16.72; 3 customers, 2 with an invoice
"""

import csv
import gzip
import io
import json
import tempfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from orders import (
    COLUMNS,
    NotEmptyError,
    OrderFileError,
    OrderTotalsError,
    compare,
    load,
    read_orders,
)

from odoo.tests import Form, TransactionCase, tagged
from odoo.tools import SQL

ORDERS = Path(__file__).parents[1] / "data" / "orders.csv"
HEADER = ",".join(COLUMNS)
GOOD_ROW = "1,P1,Hinge,2,2021-05-03T09:00:00,1.50,A1,Germany"
# Columns in which two records of equal content may differ.
OWN_COLUMNS = {
    *("id", "order_id", "move_id", "create_uid", "create_date", "write_uid", "write_date"),
    *("name", "move_name", "sequence_number", "access_token"),
}
LINE_OWN_COLUMNS = OWN_COLUMNS - {"name"}


class LoadOrdersCase(TransactionCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Fastener Wholesale"})
        cls.env = cls.env(context={"allowed_company_ids": cls.company.ids})
        cls.env.user.company_ids |= cls.company

    def _load(self, path):
        return load(self.env, path, progress=lambda text: None)

    def _count(self):
        """Records a load creates, of whatever company."""
        models = ("res.partner", "product.product", "sale.order", "account.move")
        return [
            self.env[model].with_context(active_test=False).search_count([]) for model in models
        ]


@tagged("post_install", "-at_install")
class TestLoadOrders(LoadOrdersCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.progress = []
        cls.totals = load(cls.env, ORDERS, progress=cls.progress.append)
        cls.orders = cls.env["sale.order"].search([("company_id", "=", cls.company.id)])
        cls.refunds = cls.env["account.move"].search([("company_id", "=", cls.company.id)])

    def _order(self, number):
        order = self.orders.filtered(lambda order: order.name == number)
        self.assertEqual(len(order), 1, number)
        return order

    def _refund(self, number):
        refund = self.refunds.filtered(lambda refund: refund.ref == number)
        self.assertEqual(len(refund), 1, number)
        return refund

    def test_load_when_file_is_sound_then_totals_are_those_worked_out_by_hand(self):
        self.assertEqual(self.totals["sales"], Decimal("29.36"))
        self.assertEqual(self.totals["refunds"], Decimal("12.64"))
        self.assertEqual(self.totals["net"], Decimal("16.72"))
        self.assertEqual(self.totals["customers"], 3)
        self.assertEqual(self.totals["customers_with_invoice"], 2)
        self.assertEqual(self.totals["documents"], 8)
        self.assertEqual(self.totals["lines"], 14)
        self.assertEqual(self.totals["first_day"], date(2021, 1, 15))
        self.assertEqual(self.totals["last_day"], date(2022, 1, 3))
        self.assertEqual(
            self.totals["by_customer"],
            {
                "A100": (Decimal("9.76"), Decimal("2.50")),
                "B200": (Decimal("19.60"), Decimal("5.14")),
                "C300": (None, Decimal("5.00")),
            },
        )

    def test_load_when_lines_were_rounded_then_progress_says_by_how_much(self):
        # 1.005 → 1.01 and −0.335 → −0.34: +0.005 − 0.005
        self.assertIn("  2 lines were rounded to the cent, together by +0.000", self.progress)

    def test_load_when_done_then_each_order_has_amount_state_and_customer(self):
        found = {order.name: (order.amount_untaxed, order.partner_id.ref) for order in self.orders}
        self.assertEqual(
            found,
            {
                "1001": (9.76, "A100"),
                "1002": (9.60, "B200"),
                "1003": (0, "A100"),
                "1004": (10, "B200"),
            },
        )
        self.assertEqual(set(self.orders.mapped("state")), {"sale"})
        self.assertEqual(self.orders.currency_id.name, "GBP")
        self.assertEqual(set(self.orders.order_line.mapped("price_tax")), {0})

    def test_load_when_done_then_each_refund_has_amount_state_and_day(self):
        found = {
            refund.ref: (refund.amount_untaxed_signed, refund.invoice_date, refund.payment_state)
            for refund in self.refunds
        }
        self.assertEqual(
            found,
            {
                "C1005": (-2.50, date(2021, 2, 1), "not_paid"),
                "C1006": (-5.14, date(2022, 1, 3), "not_paid"),
                "C1007": (-5.00, date(2021, 7, 1), "not_paid"),
                "C1008": (0, date(2021, 4, 1), "paid"),
            },
        )
        self.assertEqual(set(self.refunds.mapped("state")), {"posted"})
        self.assertEqual(set(self.refunds.mapped("move_type")), {"out_refund"})
        self.assertEqual(self.refunds.mapped("date"), self.refunds.mapped("invoice_date"))

    def test_load_when_summer_time_holds_then_the_order_is_an_hour_earlier_in_utc(self):
        self.assertEqual(self._order("1001").date_order, datetime(2021, 1, 15, 10, 0))
        # The earlier of its two lines, 23:30 British Summer Time.
        self.assertEqual(self._order("1002").date_order, datetime(2021, 6, 30, 22, 30))
        # 1 July in London, still 30 June in UTC.
        self.assertEqual(self._order("1004").date_order, datetime(2021, 6, 30, 23, 10))

    def test_load_when_done_then_customers_are_companies_with_their_last_country(self):
        partners = self.orders.partner_id | self.refunds.partner_id
        self.assertEqual(
            {partner.ref: (partner.name, partner.country_id.code) for partner in partners},
            {
                "A100": ("Customer A100", "AT"),  # Germany before
                "B200": ("Customer B200", "IE"),
                "C300": ("Customer C300", False),
            },
        )
        self.assertEqual(partners.mapped("is_company"), [True] * 3)
        self.assertEqual(partners.mapped("customer_rank"), [1] * 3)

    def test_load_when_done_then_lines_keep_order_name_quantity_and_price(self):
        lines = self._order("1001").order_line
        self.assertEqual(
            [(line.product_id.default_code, line.name, line.product_uom_qty) for line in lines],
            [
                ("P1", "Hinge 40 mm", 3),
                ("P2", "Screw M4, zinc plated", 10),
                ("P3", "Washer «flat» 垫圈", 3),
            ],
        )
        self.assertEqual(lines.mapped("price_unit"), [2.5, 0.125, 0.335])
        self.assertEqual(self._order("1003").order_line.name, "P4")

    def test_load_when_done_then_the_company_is_the_wholesaler_of_the_file(self):
        self.assertEqual(self.company.currency_id.name, "GBP")
        self.assertEqual(self.company.country_id.code, "GB")
        self.assertEqual(self.company.partner_id.tz, "Europe/London")

    def test_load_when_the_orm_makes_the_same_orders_then_all_columns_are_equal(self):
        for order in self.orders:
            loaded = self._rows(order) + self._rows(order.order_line)
            twin = self._twin_order(order)
            made = self._rows(twin) + self._rows(twin.order_line)
            self.assertEqual(loaded, made, order.name)

    def test_load_when_the_orm_makes_the_same_refunds_then_all_columns_are_equal(self):
        for refund in self.refunds:
            loaded = self._rows(refund) + self._rows(refund.line_ids)
            twin = self._twin_refund(refund)
            made = self._rows(twin) + self._rows(twin.line_ids)
            self.assertEqual(loaded, made, refund.ref)

    def _twin_order(self, order):
        lines = [
            {
                "product_id": line.product_id.id,
                "name": line.name,
                "product_uom_qty": line.product_uom_qty,
                "price_unit": line.price_unit,
            }
            for line in order.order_line
        ]
        twin = order.create(
            {
                "partner_id": order.partner_id.id,
                "user_id": order.user_id.id,
                "pricelist_id": False,
                "fiscal_position_id": False,
                "order_line": [(0, 0, line) for line in lines],
            }
        )
        twin.action_confirm()
        twin.date_order = order.date_order
        return twin

    def _twin_refund(self, refund):
        lines = [
            {
                "product_id": line.product_id.id,
                "name": line.name,
                "quantity": line.quantity,
                "price_unit": line.price_unit,
                "tax_ids": [(5,)],
            }
            for line in refund.invoice_line_ids
        ]
        twin = refund.create(
            {
                "move_type": "out_refund",
                "partner_id": refund.partner_id.id,
                "invoice_user_id": refund.invoice_user_id.id,
                "fiscal_position_id": False,
                "invoice_date": refund.invoice_date,
                "invoice_date_due": refund.invoice_date_due,
                "ref": refund.ref,
                "invoice_line_ids": [(0, 0, line) for line in lines],
            }
        )
        twin.action_post()
        return twin

    def _rows(self, records):
        """All columns of the records as the database holds them, without their own ones."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT to_jsonb(t)::text FROM %s t WHERE id = ANY(%s) ORDER BY id",
                SQL.identifier(records._table),
                records.ids,
            )
        )
        own = LINE_OWN_COLUMNS if records._table.endswith("_line") else OWN_COLUMNS
        rows = [json.loads(text) for (text,) in self.env.cr.fetchall()]
        return [{column: row[column] for column in sorted(row.keys() - own)} for row in rows]

    def test_recompute_when_odoo_does_it_then_order_amounts_stay(self):
        before = [(order.amount_untaxed, order.amount_total) for order in self.orders]
        lines_before = self.orders.order_line.mapped("price_subtotal")
        self.orders.order_line._compute_amount()
        self.orders._compute_amounts()
        self.env.flush_all()
        self.env.invalidate_all()
        after = [(order.amount_untaxed, order.amount_total) for order in self.orders]
        self.assertEqual(after, before)
        self.assertEqual(self.orders.order_line.mapped("price_subtotal"), lines_before)

    def test_recompute_when_odoo_does_it_then_refund_amounts_and_states_stay(self):
        fields = ("amount_untaxed", "amount_residual", "amount_total_signed", "payment_state")
        before = self.refunds.read(fields)
        self.refunds.line_ids._compute_totals()
        self.refunds.line_ids._compute_amount_residual()
        self.refunds._compute_amount()
        self.refunds._compute_payment_state()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.refunds.read(fields), before)

    def test_sale_report_when_loaded_then_it_sums_to_the_file(self):
        domain = [("company_id", "=", self.company.id)]
        [(total, count)] = self.env["sale.report"]._read_group(
            domain, [], ["price_subtotal:sum", "__count"]
        )
        self.assertEqual((round(total, 2), count), (29.36, 8))

    def test_next_documents_when_created_by_hand_then_their_numbers_are_free(self):
        order = self._twin_order(self._order("1001"))
        self.assertNotIn(order.name, self.orders.mapped("name"))
        self.assertGreater(order.id, max(self.orders.ids))
        self.assertEqual(
            sorted(self.refunds.mapped("name")),
            ["RINV/2021/00001", "RINV/2021/00002", "RINV/2021/00003", "RINV/2022/00001"],
        )
        self.assertEqual(self._twin_refund(self._refund("C1005")).name, "RINV/2021/00004")
        self.assertEqual(self._twin_refund(self._refund("C1006")).name, "RINV/2022/00002")

    def test_form_when_a_loaded_order_is_edited_then_it_saves(self):
        with Form(self._order("1002")) as form:
            form.client_order_ref = "by phone"
        self.assertEqual(self._order("1002").amount_untaxed, 9.60)

    def test_compare_when_an_amount_was_changed_then_customer_and_totals_are_named(self):
        self.env.cr.execute(
            SQL(
                "UPDATE sale_order SET amount_untaxed = amount_untaxed + 0.01 WHERE id = %s",
                self._order("1004").id,
            )
        )
        with self.assertRaises(OrderTotalsError) as caught:
            compare(self.env, read_orders(ORDERS))
        message = str(caught.exception)
        self.assertIn("sales: 29.36 in the file, 29.37 in the database", message)
        self.assertIn(
            "customer B200: sales and refunds 19.60 and 5.14 in the file, "
            "19.61 and 5.14 in the database",
            message,
        )
        self.assertIn("sale_order: 1 documents do not add up to their lines", message)

    def test_compare_when_a_document_is_missing_then_it_is_an_error(self):
        self._order("1003")._action_cancel()  # of the amount 0: no sum tells
        self.env.flush_all()
        with self.assertRaisesRegex(OrderTotalsError, "documents: 8 in the file, 7 in the data"):
            compare(self.env, read_orders(ORDERS))

    def test_load_when_the_company_has_documents_then_it_is_refused(self):
        before = self._count()
        with self.assertRaisesRegex(NotEmptyError, "has records of sale.order"):
            self._load(ORDERS)
        self.assertEqual(self._count(), before)


@tagged("post_install", "-at_install")
class TestReadOrders(LoadOrdersCase):
    """Files in other forms, and malformed ones."""

    def setUp(self):
        super().setUp()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def _write(self, *rows, header=HEADER):
        return self._write_bytes("\n".join((header, *rows)).encode())

    def _write_bytes(self, content, name="orders.csv"):
        path = self.folder / name
        path.write_bytes(content)
        return path

    def _assert_refused(self, path, *problems):
        """The load lists exactly these problems and creates nothing."""
        before = self._count()
        with self.assertRaises(OrderFileError) as caught:
            self._load(path)
        self.assertEqual(caught.exception.problems, list(problems))
        self.assertEqual(self._count(), before)
        return str(caught.exception)

    def test_load_when_columns_are_shuffled_gzipped_and_marked_then_totals_are_equal(self):
        columns = ["Remark", *reversed(COLUMNS)]
        stream = io.StringIO()
        writer = csv.DictWriter(stream, columns)
        writer.writeheader()
        writer.writerows(csv.DictReader(ORDERS.open(encoding="utf-8", newline="")))
        content = gzip.compress(stream.getvalue().encode("utf-8-sig"))
        path = self._write_bytes(content, "orders.csv.gz")
        totals = self._load(path)
        self.assertEqual((totals["sales"], totals["refunds"]), (Decimal("29.36"), Decimal("12.64")))

    def test_load_when_many_rows_are_malformed_then_all_are_listed_with_row_and_reason(self):
        path = self._write(
            GOOD_ROW,
            "2,P1,Hinge,two,2021-05-03T09:00:00,1.50,A1,Germany",
            "3,P1,Hinge,2,3 May 2021,1.50,A1,Germany",
            '4,P1,Hinge,2,2021-05-03T09:00:00,"1,50",A1,Germany',
            "5,P1,Hinge,2,2021-05-03T09:00:00,1.50,,Germany",
            "6,P1,Hinge,2,2021-05-03T09:00:00,1.50",
            "1,P1,Hinge,2,2021-05-03T09:00:00,1.50,B2,Germany",
            "7,P1,Hinge,0,2021-05-03T09:00:00,1.50,A1,Germany",
            ",,Hinge,1e3,2021-02-30T09:00:00,NaN, ,Germany",
            "8,P1,Hinge,2,2021-05-03T09:00:00+02:00,1.50,A1,Germany",
            "9,P1,Hinge,2,2999-05-03T09:00:00,1.50,A1,Germany",
            "10,P1,Hinge,0.125,2021-05-03T09:00:00,1.50,A1,Germany",
        )
        no_moment = "is not a date and time like 2011-12-09T12:50:00"
        message = self._assert_refused(
            path,
            (3, "Quantity 'two' is not a number"),
            (4, f"InvoiceDate '3 May 2021' {no_moment}"),
            (5, "UnitPrice '1,50' is not a number"),
            (6, "CustomerID is empty"),
            (7, "has 6 fields instead of 8"),
            (8, "invoice 1 is of customer A1 in row 2 and of customer B2 here"),
            (9, "Quantity is 0"),
            (10, "InvoiceNo is empty"),
            (10, "StockCode is empty"),
            (10, "CustomerID is empty"),
            (10, "Quantity '1e3' is not a number"),
            (10, "UnitPrice 'NaN' is not a number"),
            (10, f"InvoiceDate '2021-02-30T09:00:00' {no_moment}"),
            (11, "InvoiceDate '2021-05-03T09:00:00+02:00' has a time zone; local time is expected"),
            (12, "InvoiceDate '2999-05-03T09:00:00' lies in the future"),
            (13, "Quantity 0.125 has more than two decimals"),
        )
        self.assertIn("\nrow 6: CustomerID is empty\n", message)

    def test_load_when_columns_are_missing_or_double_then_each_is_named(self):
        header = HEADER.replace("Quantity", "Qty").replace("Country", "StockCode")
        path = self._write(GOOD_ROW, header=header)
        self._assert_refused(
            path,
            (1, "column StockCode is there twice"),
            (1, "column Quantity is missing"),
            (1, "column Country is missing"),
        )

    def test_load_when_totals_have_the_wrong_sign_then_the_document_is_named(self):
        path = self._write(
            "1,P1,Hinge,-2,2021-05-03T09:00:00,1.50,A1,Germany",
            "C2,P1,Hinge,2,2021-05-03T09:00:00,1.50,A1,Germany",
        )
        self._assert_refused(
            path,
            (2, "invoice 1 has the total -3.00; the number of a cancellation begins with C"),
            (3, "cancellation C2 has the total 3.00"),
        )

    def test_load_when_bytes_are_not_utf8_then_the_row_is_named(self):
        rows = (HEADER, GOOD_ROW, GOOD_ROW.replace("Hinge", "Türangel"), GOOD_ROW + "\0")
        path = self._write_bytes("\n".join(rows).encode("latin-1"))
        self._assert_refused(path, (3, "is not UTF-8"), (4, "holds a NUL character"))

    def test_load_when_the_file_is_empty_or_has_no_rows_then_it_is_refused(self):
        self._assert_refused(self._write_bytes(b""), (None, "the file is empty"))
        self._assert_refused(self._write(), (None, "the file has no rows below its header"))

    def test_load_when_a_quote_is_not_closed_then_the_row_is_named(self):
        path = self._write(GOOD_ROW, GOOD_ROW.replace("Hinge", '"Hinge'))
        self._assert_refused(path, (3, "not CSV: unexpected end of data"))

    def test_load_when_the_file_cannot_be_read_then_it_says_so(self):
        whole = gzip.compress(f"{HEADER}\n{GOOD_ROW}\n".encode())
        paths = (
            self._write_bytes(b"no gzip", "plain.csv.gz"),
            self._write_bytes(whole[:-9], "cut.csv.gz"),
            self.folder / "missing.csv",
        )
        for path in paths:
            reason = f"{path.name} cannot be read: "
            with self.subTest(path.name), self.assertRaisesRegex(OrderFileError, reason):
                self._load(path)
