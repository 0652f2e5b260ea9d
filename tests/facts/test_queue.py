"""What queues a customer, what does not, and what becomes of the queue."""

from datetime import date, datetime
from unittest.mock import patch

from common import SALESMAN, DocumentCase

from odoo import Command
from odoo.sql_db import db_connect
from odoo.tests import tagged

LATER = datetime(2024, 3, 1, 12)


@tagged("post_install", "-at_install")
class TestTriggers(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = cls.user("segmentation_salesman", SALESMAN)
        cls.factory = cls.customer("Factory")
        cls.buyer = cls.customer("Buyer", parent_id=cls.factory.id, is_company=False)
        cls.other = cls.customer("Other")
        cls.draft = cls.quotation(cls.factory)
        cls.sale = cls.order(cls.factory)
        cls.opportunity = cls.env["crm.lead"].create(
            {"name": "Opportunity", "type": "opportunity", "partner_id": cls.factory.id}
        )
        cls.env.flush_all()

    def setUp(self):
        super().setUp()
        self.empty_queue()

    def assert_queued(self, *partners):
        """Exactly these customers, as the next run would take them."""
        self.env.flush_all()
        taken = self.env["customer.segmentation.queue"]._take()
        self.assertEqual(
            set(self.env["res.partner"].browse(taken).commercial_partner_id.mapped("name")),
            {partner.name for partner in partners},
        )

    # Orders

    def test_order_when_created_then_queued(self):
        self.quotation(self.other)
        self.assert_queued(self.other)

    def test_order_when_created_for_a_contact_then_its_company_is_queued(self):
        self.quotation(self.buyer)
        self.assert_queued(self.factory)

    def test_order_when_confirmed_then_queued(self):
        self.draft.action_confirm()
        self.assert_queued(self.factory)

    def test_order_when_cancelled_then_queued(self):
        self.sale._action_cancel()
        self.assert_queued(self.factory)

    def test_order_when_dated_anew_then_queued(self):
        self.sale.date_order = LATER
        self.assert_queued(self.factory)

    def test_order_when_given_to_another_customer_then_both_are_queued(self):
        self.draft.partner_id = self.other
        self.assert_queued(self.factory, self.other)

    def test_order_when_deleted_then_queued(self):
        self.draft.unlink()
        self.assert_queued(self.factory)

    def test_order_when_a_confirmed_line_changes_then_queued(self):
        for vals in ({"product_uom_qty": 3}, {"price_unit": 7}, {"discount": 10}):
            with self.subTest(vals=vals):
                self.sale.order_line.write(vals)
                self.assert_queued(self.factory)

    def test_order_when_a_line_is_added_to_a_confirmed_one_then_queued(self):
        self.sale.write(
            {"order_line": [Command.create({"product_id": self.product.id, "price_unit": 5})]}
        )
        self.assert_queued(self.factory)

    def test_order_when_a_draft_line_changes_then_not_queued(self):
        """A quotation counts, whatever it is worth."""
        self.draft.order_line.write({"product_uom_qty": 3, "price_unit": 7})
        self.assert_queued()

    def test_order_when_a_draft_line_changes_in_the_form_then_not_queued(self):
        """The form writes the lines through their order."""
        line = self.draft.order_line
        self.draft.write({"order_line": [Command.update(line.id, {"product_uom_qty": 4})]})
        self.draft.write(
            {"order_line": [Command.create({"product_id": self.product.id, "price_unit": 5})]}
        )
        self.draft.write({"order_line": [Command.delete(line.id)]})
        self.assert_queued()

    def test_order_when_what_does_not_count_changes_then_not_queued(self):
        self.sale.write({"client_order_ref": "PO 7", "note": "Thanks"})
        self.sale.order_line.name = "Bracket, black"
        self.assert_queued()

    # Invoices and credit notes

    def made_move(self, move_type, partner):
        accounts = self.env["account.account"].create(
            [
                {"name": name, "code": code, "account_type": kind, "reconcile": reconcile}
                for name, code, kind, reconcile in [
                    ("Segmentation sales", "SEG1", "income", False),
                    ("Segmentation receivable", "SEG2", "asset_receivable", True),
                ]
            ]
        )
        journal = self.env["account.journal"].create(
            {
                "name": "Segmentation sales",
                "code": "SEGM",
                "type": "sale",
                "default_account_id": accounts[0].id,
            }
        )
        partner.property_account_receivable_id = accounts[1]
        self.empty_queue()
        return self.env["account.move"].create(
            {
                "move_type": move_type,
                "journal_id": journal.id,
                "partner_id": partner.id,
                "invoice_date": date(2024, 6, 1),
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Bracket",
                            "quantity": 1,
                            "price_unit": 30,
                            "account_id": accounts[0].id,
                            "tax_ids": [Command.clear()],
                        }
                    )
                ],
            }
        )

    def test_refund_when_posted_and_reset_then_queued(self):
        move = self.made_move("out_refund", self.other)
        self.empty_queue()
        move.action_post()
        self.assert_queued(self.other)
        move.button_draft()
        self.assert_queued(self.other)

    def test_invoice_when_posted_then_queued(self):
        move = self.made_move("out_invoice", self.other)
        self.empty_queue()
        move.action_post()
        self.assert_queued(self.other)

    def test_move_when_no_sale_then_not_queued(self):
        self.empty_queue()
        journal = self.env["account.journal"].create(
            {"name": "Segmentation misc", "code": "SEGX", "type": "general"}
        )
        self.env["account.move"].create(
            {"move_type": "entry", "journal_id": journal.id, "partner_id": self.other.id}
        )
        self.assert_queued()

    # Leads

    def test_lead_when_created_then_queued(self):
        self.env["crm.lead"].create({"name": "Lead", "partner_id": self.other.id})
        self.assert_queued(self.other)

    def test_lead_when_without_contact_then_not_queued(self):
        self.env["crm.lead"].create({"name": "Lead", "contact_name": "Somebody"})
        self.assert_queued()

    def test_lead_when_won_then_queued(self):
        self.opportunity.action_set_won()
        self.assert_queued(self.factory)

    def test_lead_when_lost_and_restored_then_queued(self):
        for method in ("action_set_lost", "action_unarchive", "action_archive"):
            with self.subTest(method=method):
                getattr(self.opportunity, method)()
                self.assert_queued(self.factory)

    def test_lead_when_its_contact_changes_then_both_are_queued(self):
        self.opportunity.partner_id = self.other
        self.assert_queued(self.factory, self.other)

    def test_lead_when_renamed_then_not_queued(self):
        self.opportunity.write({"name": "Other name", "priority": "2"})
        self.assert_queued()

    # Contacts

    def test_contact_when_created_then_queued(self):
        fresh = self.customer("Fresh")
        self.assert_queued(fresh)

    def test_contact_when_moved_to_another_company_then_both_are_queued(self):
        self.buyer.parent_id = self.other
        self.assert_queued(self.factory, self.other)

    def test_contact_when_a_customer_becomes_a_contact_then_its_own_profile_goes(self):
        """What was a customer of its own is none now: its profile must leave the segments."""
        loner = self.customer("Loner", is_company=False)
        self.order(loner, amount=10)
        today = self.company._segmentation_today()
        self.recompute(as_of=today)
        self.assertTrue(self.profile(loner).active)
        self.empty_queue()
        loner.parent_id = self.other
        with patch.object(type(self.runs), "_can_be_partial", return_value=True):
            self.runs._cron_recompute_changed()
        self.assertFalse(self.profile(loner).active)
        self.assertEqual(self.profile(self.other).order_count, 1)

    def test_contact_when_a_contact_becomes_a_company_then_both_are_queued(self):
        self.buyer.is_company = True
        self.assert_queued(self.factory, self.buyer)

    def test_contact_when_archived_and_restored_then_queued(self):
        self.other.active = False
        self.assert_queued(self.other)
        self.other.active = True
        self.assert_queued(self.other)

    def test_contact_when_what_the_profile_copies_changes_then_queued(self):
        for vals in (
            {"user_id": self.salesman.id},
            {"industry_id": self.env["res.partner.industry"].create({"name": "Optics"}).id},
            {"country_id": self.env.ref("base.cn").id},
            {"state_id": self.env.ref("base.state_us_5").id},
        ):
            with self.subTest(vals=vals):
                self.other.write(vals)
                self.assert_queued(self.other)

    def test_contact_when_what_does_not_count_changes_then_not_queued(self):
        self.other.write({"phone": "12345", "email": "other@example.com", "comment": "Hello"})
        self.assert_queued()

    def test_contact_when_merged_then_the_one_that_stays_has_both_ones_orders(self):
        self.order(self.other, amount=70)
        today = self.company._segmentation_today()
        self.recompute(as_of=today)
        gone = self.profile(self.other)
        history = self.env["customer.segmentation.history"].create(
            {
                "partner_id": self.other.id,
                "company_id": self.company.id,
                "dimension_id": self.env.ref("customer_segmentation.dimension_value").id,
                "date": today,
                "reason": "rule",
            }
        )
        self.empty_queue()
        self.env["base.partner.merge.automatic.wizard"]._merge(
            (self.factory | self.other).ids, self.factory
        )
        self.env.invalidate_all()
        self.assertFalse(gone.exists())
        self.assertEqual(history.partner_id, self.factory)
        with patch.object(type(self.runs), "_can_be_partial", return_value=True):
            self.runs._cron_recompute_changed()
        self.assertEqual(self.profile(self.factory).order_count, 2)

    def test_contact_when_deleted_then_its_profile_and_history_go(self):
        self.recompute(as_of=self.company._segmentation_today())
        profile = self.profile(self.other)
        self.assertTrue(profile)
        self.empty_queue()
        self.other.unlink()
        self.assertFalse(profile.exists())
        self.assert_queued()
        self.runs._cron_recompute_changed()

    # What a sale may not be held up by

    def test_queue_when_used_by_a_salesman_then_no_more_than_an_insert(self):
        """One statement, which touches no other table: INSERT into the queue."""
        orders = self.draft.with_user(self.env.user)
        statements = []
        execute = type(self.cr).execute

        def record(cursor, query, *args, **kwargs):
            code = getattr(query, "code", query)
            if "customer_segmentation_" in str(code):
                statements.append(str(code).split()[0])
            return execute(cursor, query, *args, **kwargs)

        with patch.object(type(self.cr), "execute", record):
            orders.date_order = LATER
            self.env.flush_all()
        self.assertEqual(set(statements), {"INSERT"})

    def test_queue_when_looked_at_then_without_foreign_key(self):
        self.cr.execute(
            "SELECT conname FROM pg_constraint"
            " WHERE conrelid = 'customer_segmentation_queue'::regclass AND contype = 'f'"
        )
        self.assertEqual(self.cr.fetchall(), [])


@tagged("post_install", "-at_install")
class TestTaking(DocumentCase):
    """From the queue to the profile."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.today = cls.company._segmentation_today()
        cls.queue = cls.env["customer.segmentation.queue"]
        cls.factory = cls.customer("Factory")
        cls.order(cls.factory, cls.today, 100)
        for criteria in cls.env["customer.segmentation.criteria"].search([]):
            company = criteria.company_id
            cls.recompute(as_of=company._segmentation_today(), company=company)
        cls.empty_queue()

    def runs_since(self, last):
        return self.runs.search([("id", ">", last.id or 0), ("company_id", "=", self.company.id)])

    def test_cron_when_a_sale_was_made_then_the_profile_is_current(self):
        self.order(self.factory, self.today, 50)
        last = self.runs.search([], limit=1)
        self.runs._cron_recompute_changed()
        profile = self.profile(self.factory)
        self.assertEqual((profile.order_count, profile.net_sales), (2, 150))
        self.assertEqual(self.queued(), set())
        run = self.runs_since(last)
        self.assertEqual((run.scope, run.state, run.customers_read), ("partial", "done", 1))

    def test_cron_when_nothing_changed_then_no_run(self):
        last = self.runs.search([], limit=1)
        self.runs._cron_recompute_changed()
        self.assertFalse(self.runs_since(last))

    def test_cron_when_a_queued_contact_is_gone_then_the_others_are_done(self):
        gone = self.customer("Gone")
        self.queue._add([gone.id, self.factory.id, 2_000_000_000])
        gone.unlink()
        self.order(self.factory, self.today, 50)
        self.runs._cron_recompute_changed()
        self.assertEqual(self.profile(self.factory).order_count, 2)
        self.assertEqual(self.queued(), set())

    def test_take_when_more_than_the_limit_then_the_oldest_first_and_the_rest_later(self):
        partners = self.env["res.partner"].create(
            [{"name": f"Contact {number}"} for number in range(5)]
        )
        self.empty_queue()
        self.queue._add(partners.ids)
        self.assertEqual(self.queue._take(limit=3), partners[:3].ids)
        self.assertEqual(self.queue._take(limit=3), partners[3:].ids)
        self.assertEqual(self.queue._take(limit=3), [])

    def test_take_when_queued_often_then_once(self):
        for _repeat in range(3):
            self.queue._add(self.factory.ids)
        self.assertEqual(self.queue._take(), self.factory.ids)

    def test_add_when_nothing_then_nothing(self):
        self.queue._add([False, None])
        self.assertEqual(self.queued(), set())

    def test_cron_when_the_run_fails_then_recorded_and_made_good_at_night(self):
        self.order(self.factory, self.today, 50)
        last = self.runs.search([], limit=1)
        engine = type(self.env["customer.segmentation.engine"])
        with (
            patch.object(engine, "_compute", side_effect=ValueError("out of order")),
            self.assertLogs("odoo.addons.customer_segmentation", "ERROR"),
        ):
            self.runs._cron_recompute_changed()
        run = self.runs_since(last)
        self.assertEqual((run.state, run.message), ("failed", "out of order"))
        self.assertEqual(self.profile(self.factory).order_count, 1)
        self.criteria.last_run_date = False  # the next day
        self.runs._cron_recompute_all()
        self.assertEqual(self.profile(self.factory).order_count, 2)


@tagged("post_install", "-at_install")
class TestSkipLocked(DocumentCase):
    """Two transactions at the queue: real ones, so the rows are committed and removed again."""

    def setUp(self):
        super().setUp()
        self.one, self.two = (db_connect(self.cr.dbname).cursor() for _cursor in range(2))
        self.addCleanup(self.clean)
        for cursor in (self.one, self.two):
            cursor.execute("SET lock_timeout = '5s'")
            cursor.commit()
        self.partners = self.env.ref("base.main_partner") | self.env.ref("base.partner_root")
        self.one.execute("DELETE FROM customer_segmentation_queue")
        self.one.execute(
            "INSERT INTO customer_segmentation_queue (partner_ref) SELECT unnest(%s)",
            [self.partners.ids],
        )
        self.one.commit()

    def clean(self):
        for cursor in (self.one, self.two):
            cursor.rollback()
        self.one.execute("DELETE FROM customer_segmentation_queue")
        self.one.commit()
        self.one.close()
        self.two.close()

    def take(self, cursor, limit=5000):
        env = self.env(cr=cursor)
        return env["customer.segmentation.queue"]._take(limit)

    def test_take_when_another_takes_then_neither_waits_nor_takes_twice(self):
        first = self.take(self.one, limit=1)
        second = self.take(self.two)
        self.assertEqual(len(first), 1)
        self.assertEqual(len(second), 1)
        self.assertEqual({*first, *second}, set(self.partners.ids))

    def test_take_when_rolled_back_then_the_rows_are_still_there(self):
        self.take(self.one)
        self.one.rollback()
        self.assertEqual(set(self.take(self.two)), set(self.partners.ids))

    def test_add_when_a_run_holds_rows_then_the_sale_does_not_wait(self):
        self.take(self.one)
        self.two.execute(
            "INSERT INTO customer_segmentation_queue (partner_ref) VALUES (%s)",
            [self.partners[0].id],
        )
        self.assertEqual(self.two.rowcount, 1)
