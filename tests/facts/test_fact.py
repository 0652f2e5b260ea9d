"""Real documents, and the facts they give."""

from datetime import date, datetime

from common import SegmentationCase

from odoo import Command
from odoo.tests import new_test_user, tagged

DAY = date(2024, 2, 10)


class FactCase(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # invoices need a chart of accounts, which a new company has not
        cls.company = cls.env.ref("base.main_company")
        cls.criteria = cls.company.segmentation_criteria_id
        cls.criteria.write({"tz": "UTC", "sales_source": "order"})
        cls.tax = cls.env["account.tax"].create(
            {"name": "Tax 20 %", "amount": 20, "company_id": cls.company.id}
        )
        cls.product = cls.env["product.product"].create(
            {
                "name": "Pump",
                "type": "service",
                "invoice_policy": "order",
                "list_price": 100,
                "taxes_id": [Command.set(cls.tax.ids)],
            }
        )
        cls.partner = cls.customer("Buyer")

    def sale(self, partner=None, price=100, moment=datetime(2024, 2, 10, 12), confirm=True, line=(),
             **vals):
        order = self.env["sale.order"].create(
            {
                "partner_id": (partner or self.partner).id,
                "company_id": self.company.id,
                "date_order": moment,
                "order_line": [
                    Command.create(
                        {"product_id": self.product.id, "price_unit": price, **dict(line)}
                    )
                ],
                **vals,
            }
        )
        if confirm:
            order.action_confirm()  # dates it today
            order.date_order = moment
        self.env.flush_all()  # else the rate of the new date is still to be computed
        return order

    def bill(self, move_type="out_invoice", partner=None, price=100, post=True, **vals):
        move = self.env["account.move"].create(
            {
                "move_type": move_type,
                "partner_id": (partner or self.partner).id,
                "invoice_date": DAY,
                "invoice_line_ids": [
                    Command.create({"product_id": self.product.id, "price_unit": price})
                ],
                **vals,
            }
        )
        if post:
            move.action_post()
        return move

    def facts(self, partner=None, **conditions):
        self.env["customer.segmentation.fact"].invalidate_model()  # a view's values are cached too
        return self.env["customer.segmentation.fact"].search(
            [
                ("partner_id", "=", (partner or self.partner).id),
                *((name, "=", value) for name, value in conditions.items()),
            ]
        )

    def rows(self, partner=None):
        """(kind, day, amount) of the customer's facts, in a stable order."""
        return sorted((fact.kind, fact.date, fact.amount) for fact in self.facts(partner))


@tagged("post_install", "-at_install")
class TestFactAmounts(FactCase):
    def test_order_when_discounted_and_taxed_then_the_net_amount_counts(self):
        order = self.sale(line={"product_uom_qty": 2, "discount": 10})
        # 2 x 100 less 10 % = 180; with 20 % tax 216
        self.assertAlmostEqual(order.amount_total, 216)
        self.assertEqual(self.rows(), [("order", DAY, 180)])

    def test_invoice_when_taxed_then_the_untaxed_amount_counts(self):
        self.criteria.sales_source = "invoice"
        invoice = self.bill(price=50)
        self.assertAlmostEqual(invoice.amount_total, 60)
        self.assertEqual(self.rows(), [("order", DAY, 50)])

    def test_order_when_also_invoiced_then_only_the_source_of_the_company_counts(self):
        order = self.sale(price=300)
        invoice = order._create_invoices()
        invoice.invoice_date = date(2024, 2, 20)
        invoice.action_post()
        self.assertEqual(self.rows(), [("order", DAY, 300)])
        self.criteria.sales_source = "invoice"
        self.assertEqual(self.rows(), [("order", date(2024, 2, 20), 300)])

    def test_credit_note_when_posted_then_a_negative_refund_in_either_source(self):
        self.sale(price=300)
        self.bill("out_refund", price=40)
        self.assertEqual(self.rows(), [("order", DAY, 300), ("refund", DAY, -40)])
        self.criteria.sales_source = "invoice"
        self.assertEqual(self.rows(), [("refund", DAY, -40)])

    def test_order_when_its_total_is_negative_then_a_refund(self):
        self.sale(price=-70)
        self.assertEqual(self.rows(), [("refund", DAY, -70)])

    def test_order_when_its_total_is_negative_and_invoices_count_then_nothing(self):
        self.criteria.sales_source = "invoice"
        self.sale(price=-70)
        self.assertEqual(self.rows(), [])

    def test_order_when_free_of_charge_then_an_order_of_amount_0(self):
        self.sale(price=0)
        self.assertEqual(self.rows(), [("order", DAY, 0)])

    def test_order_when_a_line_is_changed_then_the_new_amount(self):
        order = self.sale(price=100)
        order.order_line.price_unit = 130
        self.assertEqual(self.rows(), [("order", DAY, 130)])


@tagged("post_install", "-at_install")
class TestFactCreditNotes(FactCase):
    """Where orders count, a credit note counts only for a sale that counted."""

    def reverse(self, invoice):
        credit_note = invoice._reverse_moves([{"invoice_date": DAY}])
        credit_note.action_post()
        return credit_note

    def invoiced(self, order):
        invoice = order._create_invoices()
        invoice.invoice_date = DAY
        invoice.action_post()
        return invoice

    def refunds(self, partner=None):
        return [row for row in self.rows(partner) if row[0] == "refund"]

    def test_credit_note_when_loose_and_no_order_then_none_and_net_sales_0(self):
        self.bill("out_refund", price=92_750)
        self.assertEqual(self.rows(), [])
        self.recompute(as_of=DAY)
        self.assert_measures(self.partner, net_sales=0.0, order_count=0)
        self.assertEqual(self.segment_of(self.partner, "lifecycle"), "prospect")

    def test_credit_note_when_loose_and_an_order_of_that_day_then_refund(self):
        self.sale(moment=datetime(2024, 2, 10, 12))
        self.bill("out_refund", price=40)
        self.assertEqual(self.refunds(), [("refund", DAY, -40)])

    def test_credit_note_when_loose_and_the_order_comes_later_then_none(self):
        self.sale(moment=datetime(2024, 2, 11, 12))
        self.bill("out_refund", price=40)
        self.assertEqual(self.refunds(), [])

    def test_credit_note_when_loose_and_the_order_is_of_another_contact_then_refund(self):
        contact = self.customer("Buyer's buyer", parent_id=self.partner.id, is_company=False)
        self.sale(partner=contact, moment=datetime(2024, 2, 1, 12))
        self.bill("out_refund", price=40)
        self.assertEqual(self.refunds(), [("refund", DAY, -40)])

    def test_credit_note_when_loose_and_only_a_quotation_then_none(self):
        self.sale(moment=datetime(2024, 2, 1, 12), confirm=False)
        self.bill("out_refund", price=40)
        self.assertEqual(self.refunds(), [])

    def test_credit_note_when_it_reverses_an_invoice_without_order_then_none(self):
        """Also of a customer who has ordered something else."""
        self.sale(price=300, moment=datetime(2024, 2, 1, 12))
        self.reverse(self.bill(price=50))
        self.assertEqual(self.refunds(), [])

    def test_credit_note_when_it_reverses_an_orders_invoice_then_refund(self):
        self.reverse(self.invoiced(self.sale(price=300)))
        self.assertEqual(self.rows(), [("order", DAY, 300), ("refund", DAY, -300)])

    def test_credit_note_when_its_lines_are_of_an_order_then_refund(self):
        """Its order is of another customer, say a reseller's."""
        order = self.sale(partner=self.customer("Reseller"))
        credit_note = self.bill("out_refund", price=20, post=False)
        credit_note.invoice_line_ids.sale_line_ids = order.order_line
        credit_note.action_post()
        self.assertEqual(self.rows(), [("refund", DAY, -20)])

    def test_credit_note_when_its_order_was_cancelled_then_none(self):
        """The sale does not count any more, nor does what took it back."""
        self.sale(price=10, moment=datetime(2024, 2, 1, 12))
        order = self.sale(price=300)
        self.reverse(self.invoiced(order))
        self.assertEqual(self.refunds(), [("refund", DAY, -300)])
        order._action_cancel()
        self.env.flush_all()
        self.assertEqual(self.refunds(), [])


@tagged("post_install", "-at_install")
class TestFactCurrency(FactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # 100 of the foreign currency are 200 of ours from January, 125 from March 2024.
        cls.foreign = cls.env["res.currency"].create({"name": "TST", "symbol": "t"})
        cls.january, cls.march = cls.env["res.currency.rate"].create(
            [
                {
                    "currency_id": cls.foreign.id,
                    "company_id": cls.company.id,
                    "name": day,
                    "rate": rate,
                }
                for day, rate in (("2024-01-01", 0.5), ("2024-03-01", 0.8))
            ]
        )
        cls.pricelist = cls.env["product.pricelist"].create(
            {"name": "Foreign", "currency_id": cls.foreign.id}
        )

    def foreign_sale(self, moment):
        return self.sale(moment=moment, pricelist_id=self.pricelist.id)

    def test_order_when_foreign_then_at_the_rate_of_its_date(self):
        self.foreign_sale(datetime(2024, 2, 10, 12))
        self.foreign_sale(datetime(2024, 3, 10, 12))
        self.assertEqual(self.rows(), [("order", DAY, 200), ("order", date(2024, 3, 10), 125)])

    def test_order_when_the_rate_changes_later_then_the_amount_stays(self):
        self.foreign_sale(datetime(2024, 2, 10, 12))
        self.january.rate = 0.4
        self.march.rate = 5
        self.assertEqual(self.rows(), [("order", DAY, 200)])

    def test_invoice_and_credit_note_when_foreign_then_at_the_rate_of_their_date(self):
        self.criteria.sales_source = "invoice"
        self.bill(currency_id=self.foreign.id)
        self.bill("out_refund", price=50, currency_id=self.foreign.id)
        self.march.rate = 5
        self.assertEqual(self.rows(), [("order", DAY, 200), ("refund", DAY, -100)])

    def test_quotation_when_foreign_then_in_our_currency(self):
        self.sale(pricelist_id=self.pricelist.id, confirm=False)
        self.assertEqual(self.rows(), [("quotation", DAY, 200)])


@tagged("post_install", "-at_install")
class TestFactCustomer(FactCase):
    def test_order_when_of_a_contact_then_of_its_company(self):
        contact = self.env["res.partner"].create({"name": "Person", "parent_id": self.partner.id})
        self.sale(contact)
        self.assertEqual(self.rows(), [("order", DAY, 100)])
        self.assertFalse(self.rows(contact))

    def test_order_when_of_a_contact_of_a_contact_then_of_the_company(self):
        contact = self.env["res.partner"].create({"name": "Person", "parent_id": self.partner.id})
        deeper = self.env["res.partner"].create({"name": "Desk", "parent_id": contact.id})
        self.sale(deeper)
        self.assertEqual(self.rows(), [("order", DAY, 100)])

    def test_order_when_the_child_is_a_company_then_its_own(self):
        subsidiary = self.customer("Subsidiary", parent_id=self.partner.id)
        self.sale(subsidiary)
        self.assertFalse(self.rows())
        self.assertEqual(self.rows(subsidiary), [("order", DAY, 100)])

    def test_order_when_its_contact_is_archived_then_it_counts(self):
        contact = self.env["res.partner"].create({"name": "Person", "parent_id": self.partner.id})
        self.sale(contact)
        contact.active = False
        self.assertEqual(self.rows(), [("order", DAY, 100)])

    def test_documents_when_the_contact_changes_company_then_they_follow_it(self):
        self.criteria.sales_source = "invoice"
        person = self.env["res.partner"].create({"name": "Person"})
        invoice = self.bill(partner=person)
        self.assertEqual(self.rows(person), [("order", DAY, 100)])
        person.parent_id = self.partner
        self.env.flush_all()
        # The copy on the invoice may stay; the live value of the contact counts.
        self.env.cr.execute(
            "UPDATE account_move SET commercial_partner_id = %s WHERE id = %s",
            [person.id, invoice.id],
        )
        self.assertFalse(self.rows(person))
        self.assertEqual(self.rows(), [("order", DAY, 100)])


@tagged("post_install", "-at_install")
class TestFactDay(FactCase):
    def test_order_when_late_in_shanghai_then_of_the_local_day(self):
        self.criteria.tz = "Asia/Shanghai"  # UTC+8
        self.sale(moment=datetime(2024, 2, 10, 15, 30), price=1)  # 23:30 on the 10th
        self.sale(moment=datetime(2024, 2, 10, 16, 0), price=2)  # midnight: the 11th begins
        self.assertEqual(self.rows(), [("order", DAY, 1), ("order", date(2024, 2, 11), 2)])

    def test_order_when_late_in_new_york_then_of_the_local_day(self):
        self.criteria.tz = "America/New_York"  # UTC-5 in February, UTC-4 in July
        self.sale(moment=datetime(2024, 2, 11, 4, 30), price=1)  # 23:30 on the 10th
        self.sale(moment=datetime(2024, 2, 11, 5, 0), price=2)  # midnight
        self.sale(moment=datetime(2024, 7, 11, 3, 30), price=3)  # 23:30 on the 10th of July
        self.sale(moment=datetime(2024, 7, 11, 4, 0), price=4)  # midnight
        self.assertEqual(
            self.rows(),
            [
                ("order", DAY, 1),
                ("order", date(2024, 2, 11), 2),
                ("order", date(2024, 7, 10), 3),
                ("order", date(2024, 7, 11), 4),
            ],
        )

    def test_lead_when_made_late_in_shanghai_then_of_the_local_day(self):
        self.criteria.tz = "Asia/Shanghai"
        lead = self.lead(self.partner)
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = '2024-02-10 16:30' WHERE id = %s", [lead.id]
        )
        self.assertEqual(self.facts().mapped("date"), [date(2024, 2, 11)])


@tagged("post_install", "-at_install")
class TestFactState(FactCase):
    def test_order_when_draft_sent_confirmed_cancelled_then_its_kind_follows(self):
        order = self.sale(confirm=False)
        self.assertEqual(self.facts().mapped("kind"), ["quotation"])
        order.state = "sent"
        self.assertEqual(self.facts().mapped("kind"), ["quotation"])
        order.action_confirm()
        self.assertEqual(self.facts().mapped("kind"), ["order"])
        order.with_context(disable_cancel_warning=True).action_cancel()
        self.assertFalse(self.facts())

    def test_quotation_when_invoices_count_then_still_open(self):
        self.criteria.sales_source = "invoice"
        order = self.sale(confirm=False)
        self.assertEqual(self.facts().mapped("kind"), ["quotation"])
        order.action_confirm()
        self.assertFalse(self.facts())

    def test_invoice_when_draft_or_cancelled_then_nothing(self):
        self.criteria.sales_source = "invoice"
        invoice = self.bill(post=False)
        self.assertFalse(self.facts())
        invoice.action_post()
        self.assertEqual(self.facts().mapped("kind"), ["order"])
        invoice.button_draft()
        self.assertFalse(self.facts())
        invoice.button_cancel()
        self.assertFalse(self.facts())

    def test_vendor_bill_when_posted_then_nothing(self):
        self.criteria.sales_source = "invoice"
        self.bill("in_invoice")
        self.bill("in_refund")
        self.assertFalse(self.facts())

    def test_lead_when_won_or_lost_then_no_longer_open(self):
        lead = self.lead(self.partner, probability=99.9)
        self.assertEqual(self.facts().mapped("kind"), ["opportunity"])
        self.assertAlmostEqual(self.facts().probability, 99.9)
        lead.action_set_won()
        self.assertFalse(self.facts())
        self.lead(self.partner).action_set_lost()
        self.assertFalse(self.facts())

    def test_lead_when_not_yet_an_opportunity_then_open_too(self):
        self.lead(self.partner, type="lead")
        self.assertEqual(self.facts().mapped("kind"), ["opportunity"])


@tagged("post_install", "-at_install")
class TestFactCompany(FactCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.new_company("Other Factory")

    def test_documents_when_of_another_company_then_of_that_one_only(self):
        self.order(self.partner, DAY, 10, company=self.other)
        self.order(self.partner, DAY, 20)
        self.refund(self.partner, DAY, 3, company=self.other)
        self.assertEqual(
            sorted((fact.company_id.id, fact.amount) for fact in self.facts()),
            sorted([(self.other.id, 10), (self.other.id, -3), (self.company.id, 20)]),
        )

    def test_source_and_day_when_companies_differ_then_each_by_its_own_criteria(self):
        self.other.segmentation_criteria_id.write(
            {"sales_source": "invoice", "tz": "Asia/Shanghai"}
        )
        moment = datetime(2024, 2, 10, 20)
        for company in (self.company, self.other):
            self.order(self.partner, DAY, 10, company=company, moment=moment)
            self.order(self.partner, DAY, 0, state="draft", company=company, moment=moment)
            self.invoice(self.partner, DAY, 20, company=company)
        self.assertEqual(
            sorted(
                (fact.company_id.id, fact.kind, fact.date, fact.amount) for fact in self.facts()
            ),
            sorted(
                [
                    (self.company.id, "order", DAY, 10),
                    (self.company.id, "quotation", DAY, 0),
                    (self.other.id, "order", DAY, 20),
                    (self.other.id, "quotation", date(2024, 2, 11), 0),
                ]
            ),
        )

    def lead_without_company(self, **vals):
        return self.lead(self.partner, **{"company_id": False, **vals})

    def assert_lead_belongs_to(self, company, lead):
        lead.flush_recordset()
        self.assertFalse(lead.company_id)
        self.assertEqual(self.facts(res_id=lead.id).company_id, company)

    def test_lead_when_it_names_no_company_then_its_team_salesperson_or_contact_does(self):
        team = self.env["crm.team"].create({"name": "Team", "company_id": self.other.id})
        user = new_test_user(
            self.env, "segmentation_lead", company_id=self.other.id,
            company_ids=[Command.set(self.other.ids)],
        )  # fmt: skip
        lead = self.lead_without_company()
        self.assert_lead_belongs_to(self.company, lead)  # nobody names one: the first company
        lead.write({"company_id": False, "user_id": user.id, "team_id": False})
        self.set_company(lead, None)
        self.assert_lead_belongs_to(self.other, lead)
        lead.write({"user_id": False, "team_id": team.id})
        self.set_company(lead, None)
        self.assert_lead_belongs_to(self.other, lead)
        lead.write({"team_id": False})
        self.set_company(lead, None)
        self.partner.company_id = self.other
        self.assert_lead_belongs_to(self.other, lead)

    def set_company(self, lead, company_id):
        """Past the ORM, which fills the company in where it can."""
        lead.flush_recordset()
        self.env.cr.execute(
            "UPDATE crm_lead SET company_id = %s WHERE id = %s", [company_id, lead.id]
        )
        lead.invalidate_recordset()

    def test_lead_when_of_one_company_then_not_of_the_others(self):
        self.lead(self.partner, company=self.other)
        self.assertEqual(self.facts().company_id, self.other)


@tagged("post_install", "-at_install")
class TestFactRows(FactCase):
    def test_ids_when_documents_of_all_sources_share_a_number_then_unique_and_stable(self):
        self.criteria.sales_source = "order"
        for _number in range(3):
            self.order(self.partner, DAY)
            self.refund(self.partner, DAY, 1)
            self.lead(self.partner)
        # the same number in every source
        self.env.cr.execute("SELECT max(id) + 1000 FROM account_move")
        [number] = self.env.cr.fetchone()
        for table in ("sale_order", "account_move", "crm_lead"):
            self.env.cr.execute(
                f"UPDATE {table} SET id = %s"
                f" WHERE id = (SELECT max(id) FROM {table} WHERE partner_id = %s)",
                [number, self.partner.id],
            )
        self.env.invalidate_all()
        rows = [(fact.id, fact.res_model, fact.res_id) for fact in self.facts()]
        self.assertEqual(len(rows), 9)
        self.assertEqual(len({row[0] for row in rows}), 9)
        self.assertEqual(sum(row[2] == number for row in rows), 3)
        self.order(self.partner, DAY)
        again = [(fact.id, fact.res_model, fact.res_id) for fact in self.facts()]
        self.assertLess(set(rows), set(again))

    def test_fact_when_opened_then_its_document(self):
        order = self.sale()
        action = self.facts().action_open_document()
        self.assertEqual((action["res_model"], action["res_id"]), ("sale.order", order.id))
        self.assertEqual(self.facts().reference, order.name)
