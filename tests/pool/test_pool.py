"""The public pool: who is warned, released, protected; who may claim; what can be undone."""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase, days_ago
from psycopg2.errors import CheckViolation, LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.service.model import retrying
from odoo.sql_db import db_connect
from odoo.tests import HttpCase, TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger

DAYS = 90  # without contact or sale


def noon(day):
    return datetime.combine(day, time(12))


class PoolCase(DocumentCase):
    """The clock stands on 30 June 2024; the rule is 90 days without contact, warned 7 before.

    Customers were made on 1 January 2023, long before anything happens.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Pool"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids, "lang": "en_US"}
        )
        cls.criteria = cls.env["customer.segmentation.criteria"]._get(cls.company)
        cls.criteria.write({"tz": "UTC", "population": "all"})
        cls.startClassPatcher(
            patch.object(type(cls.criteria), "_today", lambda criteria: cls.today)
        )
        cls.today = TODAY
        cls.alice = cls.user("pool_alice", SALESMAN, name="Alice")
        cls.bob = cls.user("pool_bob", SALESMAN, name="Bob")
        cls.manager = cls.user("pool_manager", SALES_MANAGER, name="Mary")
        cls.pool = cls.env["customer.segmentation.pool"]
        cls.moves = cls.env["customer.segmentation.pool.move"]
        cls.rules = cls.env["customer.segmentation.pool.rule"]

    @classmethod
    def rule(cls, **vals):
        return cls.rules.create(
            {
                "name": "Ninety Days",
                "active": True,
                "company_id": cls.company.id,
                "condition": "contact",
                "contact_days": DAYS,
                "sale_days": DAYS,
                "warning_days": 7,
                "from_date": date(2020, 1, 1),
                **vals,
            }
        )

    @classmethod
    def client(cls, name="Client", contact=None, user=None, **vals):
        """A customer of Alice's, last contacted so many days ago; None = never."""
        vals.setdefault("company_id", cls.company.id)
        partner = cls.customer(name, user_id=(user or cls.alice).id, **vals)
        cls.date_of(partner, noon(datetime(2023, 1, 1)))
        if contact is not None:
            cls.contact(partner, contact, user)
        return partner

    @classmethod
    def date_of(cls, record, moment, column="create_date"):
        record.flush_recordset()
        cls.env.cr.execute(
            f"UPDATE {record._table} SET {column} = %s WHERE id = %s", [moment, record.id]
        )
        record.invalidate_recordset()

    @classmethod
    def contact(cls, partner, days, user=None):
        """A message which a salesperson wrote to the customer so many days ago."""
        user = user or cls.alice
        writer = partner.with_user(user).with_context(allowed_company_ids=user.company_id.ids)
        message = writer.message_post(
            body="Spoke to them", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        cls.date_of(message.sudo(), noon(days_ago(days)), "date")

    def sale(self, partner, days, company=None):
        """A sale of so many days ago, fully invoiced."""
        order = self.order(partner, day=days_ago(days), company=company or self.company)
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET invoice_status = 'invoiced' WHERE id = %s", [order.id]
        )
        order.invalidate_recordset()
        return order

    def run_on(self, day=TODAY):
        """A full run as of a day, which the clock shows too."""
        type(self).today = day
        self.addCleanup(setattr, type(self), "today", TODAY)
        return self.recompute(as_of=day, company=self.company)

    def moves_of(self, partner, kind=None):
        moves = self.moves.search([("partner_id", "=", partner.id)], order="id")
        return moves.filtered(lambda move: not kind or move.kind == kind)

    def activities_of(self, partner):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
        )

    def pooled(self, name="Pooled", rule=None, **vals):
        """A customer released today by a rule without warning."""
        rule = rule or self.rules.search([], limit=1) or self.rule(warning_days=0)
        partner = self.client(name, contact=200, **vals)
        self.run_on()
        self.assertFalse(partner.user_id)
        self.assertEqual(self.moves_of(partner).rule_id, rule)
        return partner

    def entry(self, partner, user=None):
        return self.moves.search(
            [("partner_id", "=", partner.id), ("in_pool", "=", True)]
        ).with_user(user or self.bob)

    def claim(self, partner, user=None):
        return self.entry(partner, user).action_claim()


@tagged("post_install", "-at_install")
class TestPoolRule(PoolCase):
    def test_rule_when_made_then_off_until_switched_on(self):
        rule = self.rules.create({"name": "Try", "company_id": self.company.id})
        self.assertFalse(rule.active)
        partner = self.client(contact=500)
        self.run_on()
        self.assertEqual(partner.user_id, self.alice)
        self.assertFalse(self.moves_of(partner))

    def test_rules_when_shipped_then_none(self):
        shipped = self.env["ir.model.data"].search(
            [("module", "=", "customer_segmentation"), ("model", "=", self.rules._name)]
        )
        self.assertFalse(shipped)

    def test_rule_when_same_customers_twice_then_refused(self):
        value = self.segment("value_a")
        self.rule()
        self.rule(value_segment_id=value.id)
        off = self.rule(name="Off", active=False)
        for vals in ({}, {"value_segment_id": value.id}):
            with self.subTest(**vals), self.assertRaisesRegex(ValidationError, "in force for the"):
                self.rule(name="Second", **vals)
        with self.assertRaises(ValidationError):
            off.active = True

    def test_rule_when_numbers_make_no_sense_then_refused(self):
        for field, value in [
            ("contact_days", 0), ("sale_days", 0), ("warning_days", -1), ("claim_limit", -1),
            ("cooldown_days", -1),
        ]:
            with (
                self.subTest(field=field),
                mute_logger("odoo.sql_db"),
                self.assertRaises(CheckViolation),
            ):
                self.rule(**{field: value})

    def test_rule_when_segment_is_of_another_dimension_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "no value segment"):
            self.rule(value_segment_id=self.segment("trend_rising").id)

    def test_words_when_read_then_all_limits_in_plain_language(self):
        rule = self.rule(condition="all", sale_days=180)
        self.assertEqual(
            rule.words,
            "All customers without a rule of their own go to the pool after over 90 days without "
            "contact and over 180 days without a sale. The days before 01/01/2020 do not count. "
            "The salesperson is warned 7 days before. "
            "A person can claim 3 customers a day. The former salesperson has to wait 30 days.",
        )


@tagged("post_install", "-at_install")
class TestPoolRelease(PoolCase):
    # Thresholds: a contact within 90 days keeps the customer, 91 days ago does not

    def test_release_when_contact_is_89_90_91_days_ago_then_the_last_only(self):
        self.rule(warning_days=0)
        partners = {days: self.client(f"Contact {days}", days) for days in (89, 90, 91)}
        self.run_on()
        released = [days for days, partner in partners.items() if not partner.user_id]
        self.assertEqual(released, [91])
        move = self.moves_of(partners[91])
        self.assertEqual(move.kind, "release")
        self.assertEqual(move.date, TODAY)
        self.assertEqual(move.former_user_id, self.alice)
        self.assertFalse(move.user_id)
        # 91 days before 30 June: 30 days of June, 31 of May, 30 of April = 31 March
        self.assertEqual(move.reason, "Last contact on 03/31/2024, 91 days ago.")

    def test_release_when_sale_is_89_90_91_days_ago_then_the_last_only(self):
        self.rule(warning_days=0, condition="sale")
        partners = {}
        for days in (89, 90, 91):
            partners[days] = self.client(f"Sale {days}")
            self.sale(partners[days], days)
        self.run_on()
        released = [days for days, partner in partners.items() if not partner.user_id]
        self.assertEqual(released, [91])
        self.assertEqual(
            self.moves_of(partners[91]).reason, "Last sale on 03/31/2024, 91 days ago."
        )

    def test_release_when_any_or_all_periods_then_by_the_first_or_the_last(self):
        """Contact and sale so many days ago; over 90 days is too long."""
        for condition, expected in [("any", ["old", "quiet", "unsold"]), ("all", ["old"])]:
            with self.subTest(condition=condition):
                rule = self.rule(warning_days=0, condition=condition)
                cases = {
                    "fresh": self.client("Fresh", 10),
                    "quiet": self.client("Quiet", 100),
                    "unsold": self.client("Unsold", 10),
                    "old": self.client("Old", 100),
                }
                for name, days in [("fresh", 10), ("quiet", 10), ("unsold", 100), ("old", 100)]:
                    self.sale(cases[name], days)
                self.run_on()
                released = sorted(name for name, p in cases.items() if not p.user_id)
                self.assertEqual(released, expected)
                rule.active = False

    def test_release_when_never_contacted_then_from_the_day_it_was_made(self):
        self.rule(warning_days=0)
        young, old = self.client("Young"), self.client("Old")
        self.date_of(young, noon(days_ago(90)))
        self.date_of(old, noon(days_ago(91)))
        self.run_on()
        self.assertEqual(young.user_id, self.alice)
        self.assertFalse(old.user_id)
        self.assertEqual(
            self.moves_of(old).reason,
            "No contact since 03/31/2024, 91 days ago.",
        )

    def test_release_when_salesperson_is_new_then_the_time_starts_anew(self):
        self.rule(warning_days=0)
        partner = self.client(contact=300)
        partner.with_user(self.manager).user_id = self.bob  # today, on the contact itself
        move = self.moves_of(partner)
        self.assertEqual((move.kind, move.former_user_id, move.new_user_id),
                         ("assign", self.alice, self.bob))
        self.assertEqual(move.user_id, self.manager)
        self.run_on(TODAY + timedelta(days=90))
        self.assertEqual(partner.user_id, self.bob)
        self.run_on(TODAY + timedelta(days=91))
        self.assertFalse(partner.user_id)

    def test_release_when_salesperson_was_new_before_the_pool_then_by_odoos_tracking(self):
        """Bob got it from Alice 30 days ago, before there was a rule: 61 days are left."""
        partner = self.client(contact=300)
        self.env.cr.precommit.run()  # Odoo writes its tracking when the transaction ends
        kept = partner.with_context(tracking_disable=False).with_user(self.manager)
        kept.user_id = self.bob
        self.env.cr.precommit.run()
        self.env.flush_all()
        partner.invalidate_recordset()
        message = partner.message_ids[0]
        self.assertIn("user_id", message.sudo().tracking_value_ids.field_id.mapped("name"))
        self.date_of(message.sudo(), noon(days_ago(30)), "date")
        self.assertFalse(self.moves_of(partner))
        self.rule(warning_days=0)
        self.run_on(TODAY + timedelta(days=60))
        self.assertEqual(partner.user_id, self.bob)
        self.run_on(TODAY + timedelta(days=61))
        self.assertFalse(partner.user_id)

    # From when the days count

    def test_rule_when_switched_on_then_the_days_count_from_today(self):
        rule = self.rule(active=False, from_date=False)
        self.assertFalse(rule.from_date)
        rule.active = True
        self.assertEqual(rule.from_date, TODAY)
        rule.active = False
        self.assertFalse(rule.from_date)
        rule.from_date = days_ago(10)  # a manager's decision, before switching on
        rule.active = True
        self.assertEqual(rule.from_date, days_ago(10))
        rule.from_date = False
        self.assertEqual(rule.from_date, TODAY)

    def test_release_when_rule_is_new_then_nobody_before_its_days(self):
        """300 days without contact; 90 days count from today on: out on day 91, warned on 84."""
        self.rule(from_date=False)
        partner = self.client(contact=300)
        for number, kinds in [(83, []), (84, ["warning"]), (90, ["warning"])]:
            self.run_on(TODAY + timedelta(days=number))
            self.assertEqual(self.moves_of(partner).mapped("kind"), kinds, number)
        self.run_on(TODAY + timedelta(days=91))
        self.assertFalse(partner.user_id)

    def test_dry_run_when_rule_is_off_then_says_when_they_would_go(self):
        rule = self.rule(active=False, from_date=False, warning_days=0)
        partner, fresh = self.client(contact=300), self.client("Fresh", contact=5)
        self.recompute(as_of=TODAY, company=self.company)
        self.env["customer.segmentation.pool.preview"]._open(rule)
        lines = self.env["customer.segmentation.pool.preview"].search(
            [("partner_id", "in", (partner | fresh).ids)]
        )
        self.assertEqual(lines.partner_id, partner)
        self.assertEqual(lines.outcome, "5_kept")
        self.assertEqual(lines.release_date, TODAY + timedelta(days=91))
        self.assertIn("The days count from 06/30/2024 on.", lines.reason)

    def test_release_when_value_has_its_own_rule_then_that_one(self):
        """One customer brings all the sales: A; the others sold nothing in the window."""
        self.rule(warning_days=0, contact_days=30)
        own = self.rule(warning_days=0, value_segment_id=self.segment("value_a").id)
        best, other = self.client("Best", 60), self.client("Other", 60)
        self.sale(best, 60)
        self.run_on()
        self.assertEqual(self.segment("value_a"), self.profile(best).value_segment_id)
        self.assertEqual(best.user_id, self.alice)
        self.assertFalse(other.user_id)
        own.contact_days = 59
        self.run_on()
        self.assertFalse(best.user_id)
        self.assertEqual(self.moves_of(best).rule_id, own)

    def test_release_when_contacts_have_the_same_salesperson_then_they_too(self):
        self.rule(warning_days=0)
        partner = self.client(contact=100)
        buyer = self.customer("Buyer", is_company=False, parent_id=partner.id, user_id=self.alice.id)
        bobs = self.customer("Bob's", is_company=False, parent_id=partner.id, user_id=self.bob.id)
        self.run_on()
        self.assertFalse((partner | buyer).user_id)
        self.assertEqual(bobs.user_id, self.bob)
        self.claim(partner)
        self.assertEqual((partner | buyer | bobs).user_id, self.bob)

    def test_release_when_done_then_the_contacts_chatter_tells_why(self):
        self.rule(warning_days=0)
        partner = self.client(contact=91)
        self.run_on()
        message = partner.message_ids[0]
        self.assertIn("Released to the public pool from Alice.", message.body)
        self.assertIn("Last contact on 03/31/2024, 91 days ago.", message.body)
        self.assertEqual(message.author_id, self.env.ref("base.partner_root"))

    # Protection

    def test_release_when_protected_then_kept_and_the_dry_run_says_why(self):
        rule = self.rule(warning_days=0)
        locked = self.client("Locked", 100, segmentation_pool_locked=True)
        ordered = self.client("Ordered", 100)
        order = self.order(ordered, day=days_ago(100), company=self.company)
        quoted = self.client("Quoted", 100)
        quotation = self.quotation(quoted, company=self.company)
        interested = self.client("Interested", 100)
        lead = self.env["crm.lead"].create(
            {"name": "Big Deal", "type": "opportunity", "partner_id": interested.id,
             "company_id": self.company.id, "user_id": False}
        )
        child = self.customer("Child", is_company=False, parent_id=self.client("Parent", 100).id)
        for_child = self.quotation(child, company=self.company)
        free = self.client("Free", 100)
        protected = {
            locked: "Locked by a manager.",
            ordered: f"Open order {order.name}.",
            quoted: f"Open quotation {quotation.name}.",
            interested: "Open opportunity Big Deal.",
            child.parent_id: f"Open quotation {for_child.name}.",
        }
        self.run_on()
        for partner in protected:
            self.assertEqual(partner.user_id, self.alice, partner.name)
        self.assertFalse(free.user_id)
        action = rule.with_user(self.manager).action_dry_run()
        previews = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        self.assertEqual(previews.partner_id, self.env["res.partner"].union(*protected))
        self.assertEqual(set(previews.mapped("outcome")), {"4_protected"})
        for preview in previews:
            self.assertTrue(
                preview.reason.startswith(protected[preview.partner_id]), preview.reason
            )
        # nothing protects any more
        locked.segmentation_pool_locked = False
        quotation.action_cancel()
        for_child.action_cancel()
        lead.active = False
        self.env.cr.execute(
            "UPDATE sale_order SET invoice_status = 'invoiced' WHERE id = %s", [order.id]
        )
        order.invalidate_recordset()
        self.run_on()
        for partner in protected:
            self.assertFalse(partner.user_id, partner.name)

    def test_release_when_order_is_partly_invoiced_then_protected(self):
        self.rule(warning_days=0, condition="sale")
        partner = self.client("Partly")
        order = self.sale(partner, 200)
        order.order_line.write({"product_uom_qty": 2})
        self.assertEqual(order.invoice_status, "to invoice")
        self.run_on()
        self.assertEqual(partner.user_id, self.alice)

    # Warnings

    def test_warn_when_the_day_comes_then_activity_seven_days_before(self):
        """Contact 84, 83 days ago: released over 90 days is on day 91, warned on day 84."""
        self.rule()
        due, early = self.client("Due", 84), self.client("Early", 83)
        self.run_on()
        self.assertFalse(self.moves_of(early))
        warning = self.moves_of(due)
        self.assertEqual((warning.kind, warning.date), ("warning", TODAY))
        release = TODAY + timedelta(days=7)
        self.assertEqual(warning.release_date, release)
        activity = self.activities_of(due)
        self.assertEqual(activity, warning.activity_id)
        self.assertEqual(activity.user_id, self.alice)
        self.assertEqual(activity.date_deadline, TODAY + timedelta(days=6))
        self.assertEqual(activity.summary, "Goes to the public pool on 07/07/2024")
        for days in range(1, 7):
            self.run_on(TODAY + timedelta(days=days))
            self.assertEqual(due.user_id, self.alice)
        self.run_on(release)
        self.assertFalse(due.user_id)
        self.assertFalse(self.activities_of(due))
        warned, released = self.moves_of(due)
        self.assertEqual(released.date, release)
        self.assertFalse(warned.is_open)
        self.assertEqual(warned.closed_by_id, released)

    def test_warn_and_release_when_salesperson_reads_chinese_then_all_that_is_kept_is_chinese(self):
        """The nightly run speaks English; Alice does not. Contact 84 days before 2024-06-30."""
        self.env["res.lang"]._activate_lang("zh_CN")
        self.alice.lang = "zh_CN"
        self.rule()
        partner = self.client("Due", 84)
        self.run_on()
        self.assertIn("进入公海", self.activities_of(partner).summary)
        self.assertRegex(self.moves_of(partner).reason, "^最近联系于 .*，84 天前。$")
        self.run_on(TODAY + timedelta(days=7))
        self.assertIn("最近联系于", self.moves_of(partner, "release").reason)
        self.assertIn("最近联系于", partner.message_ids[0].body)
        self.assertIn("公海", partner.message_ids[0].body)

    def test_warn_when_a_rule_is_new_then_nobody_is_released_unwarned(self):
        """Silent for 500 days, and the rule starts today: seven days from now."""
        self.rule()
        partner = self.client(contact=500)
        self.run_on()
        self.assertEqual(self.moves_of(partner).kind, "warning")
        self.run_on(TODAY + timedelta(days=6))
        self.assertEqual(partner.user_id, self.alice)
        self.run_on(TODAY + timedelta(days=7))
        self.assertFalse(partner.user_id)

    def test_warn_when_contacted_in_time_then_withdrawn_and_warned_anew_later(self):
        self.rule()
        partner = self.client(contact=84)
        self.run_on()
        self.contact(partner, -1)  # tomorrow
        self.run_on(TODAY + timedelta(days=2))
        self.assertFalse(self.moves_of(partner).is_open)
        self.assertFalse(self.activities_of(partner))
        self.run_on(TODAY + timedelta(days=1 + 84))
        first, second = self.moves_of(partner)
        self.assertTrue(second.is_open)
        self.assertEqual(second.kind, "warning")

    def test_warn_when_protected_meanwhile_then_withdrawn(self):
        self.rule()
        partner = self.client(contact=84)
        self.run_on()
        self.quotation(partner, company=self.company)
        self.run_on(TODAY + timedelta(days=7))
        self.assertEqual(partner.user_id, self.alice)
        self.assertFalse(self.moves_of(partner).is_open)

    def test_warn_when_the_rule_is_switched_off_then_withdrawn(self):
        rule = self.rule()
        partner = self.client(contact=84)
        self.run_on()
        rule.active = False
        self.run_on(TODAY + timedelta(days=7))
        self.assertEqual(partner.user_id, self.alice)
        self.assertFalse(self.moves_of(partner).is_open)
        self.assertFalse(self.activities_of(partner))

    def test_warn_when_the_salesperson_has_left_then_recorded_without_activity(self):
        self.rule()
        partner = self.client(contact=84)
        self.alice.active = False
        self.run_on()
        self.assertEqual(self.moves_of(partner).kind, "warning")
        self.assertFalse(self.activities_of(partner))

    # Idempotence and scale

    def test_run_when_twice_then_no_second_warning_or_move(self):
        self.rule()
        warned = self.client("Warned", 84)
        self.run_on()
        self.run_on()
        self.assertEqual(len(self.moves_of(warned)), 1)
        self.assertEqual(len(self.activities_of(warned)), 1)
        for _time in range(2):
            self.run_on(TODAY + timedelta(days=7))
        self.assertEqual(self.moves_of(warned).mapped("kind"), ["warning", "release"])

    def test_run_when_partial_then_nothing_is_released(self):
        self.sale(self.client("Buyer", 1), 1)  # bands are proposed
        self.run_on()
        self.rule(warning_days=0)
        partner = self.client(contact=200)
        run = self.runs._recompute(self.company, as_of=TODAY, partner_ids=partner.ids)
        self.assertEqual(run.scope, "partial")
        self.assertEqual(partner.user_id, self.alice)

    def test_apply_when_many_then_as_many_statements_as_for_few(self):
        counts = []
        self.rule(warning_days=7)
        for count in (1, 10, 100):  # the first fills caches
            partners = self.customers(count)
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            _released, warned = self.pool._apply(self.company, TODAY)
            self.env.flush_all()
            middle = self.env.cr.sql_log_count
            self.assertEqual(warned.partner_id, partners)
            self.env.invalidate_all()
            released, _warned = self.pool._apply(self.company, TODAY + timedelta(days=7))
            self.env.flush_all()
            self.assertEqual(released.partner_id, partners)
            self.assertFalse(partners.user_id)
            counts.append((middle - before, self.env.cr.sql_log_count - middle))
        self.assertEqual(counts[1], counts[2])

    def customers(self, count):
        """Customers of Alice's, never contacted, warned and released by ``_apply`` alone."""
        partners = self.env["res.partner"].create(
            [
                {"name": f"Client {number}", "is_company": True, "user_id": self.alice.id,
                 "company_id": self.company.id}
                for number in range(count)
            ]
        )
        partners.flush_recordset()
        with patch.object(type(self.runs), "_actors", lambda runs: []):
            self.recompute(as_of=TODAY, company=self.company)
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2023-01-01' WHERE id = ANY(%s)", [partners.ids]
        )
        return partners

    # Companies

    def test_release_when_contact_is_shared_then_by_the_salespersons_company(self):
        """Both companies have a rule and sales; Alice works for the one, Zoe for the other."""
        other = self.env["res.company"].create({"name": "Other Pool"})
        self.env["customer.segmentation.criteria"]._get(other).write(
            {"tz": "UTC", "population": "all"}
        )
        zoe = self.user("pool_zoe", SALESMAN, other)
        self.rule(warning_days=0)
        alices = self.client("Shared", 100, company_id=False)
        zoes = self.client("Shared Too", 100, user=zoe, company_id=False)
        self.run_on()
        self.assertFalse(alices.user_id)
        self.assertEqual(zoes.user_id, zoe)
        self.recompute(as_of=TODAY, company=other)
        self.assertEqual(zoes.user_id, zoe)  # no rule of its own there
        self.rule(warning_days=0, company_id=other.id)
        self.recompute(as_of=TODAY, company=other)
        self.assertFalse(zoes.user_id)
        self.assertEqual(self.moves.search([("partner_id", "=", zoes.id)]).company_id, other)

    def test_release_when_sold_or_quoted_in_another_company_then_kept(self):
        other = self.env["res.company"].create({"name": "Other Pool"})
        self.env["customer.segmentation.criteria"]._get(other).write({"tz": "UTC"})
        self.rule(warning_days=0, condition="sale")
        sold = self.client("Sold Elsewhere", company_id=False)
        quoted = self.client("Quoted Elsewhere", company_id=False)
        self.sale(sold, 10, company=other)
        self.quotation(quoted, company=other)
        self.recompute(as_of=TODAY, company=other)
        self.run_on()
        self.assertEqual(sold.user_id, self.alice)
        self.assertEqual(quoted.user_id, self.alice)


@tagged("post_install", "-at_install")
class TestPoolClaim(PoolCase):
    def test_claim_when_in_the_pool_then_theirs_and_recorded(self):
        partner = self.pooled()
        action = self.claim(partner)
        self.assertEqual(action["params"]["message"], "Pooled is yours now.")
        self.assertEqual(partner.user_id, self.bob)
        release, claim = self.moves_of(partner)
        self.assertFalse(release.is_open)
        self.assertEqual(release.closed_by_id, claim)
        self.assertEqual(
            (claim.kind, claim.user_id, claim.former_user_id, claim.new_user_id, claim.rule_id),
            ("claim", self.bob, self.alice, self.bob, release.rule_id),
        )
        self.assertEqual(claim.reason, "Claimed from the public pool.")

    def test_claim_when_a_salesman_then_without_rights_on_the_contact(self):
        """The right to write contacts comes from no group of a salesman's in this test."""
        partner = self.pooled()
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.partner"), ("perm_write", "=", True)]
        ).perm_write = False
        with self.assertRaises(AccessError):
            partner.with_user(self.bob).name = "Other"
        self.claim(partner)
        self.assertEqual(partner.user_id, self.bob)

    def test_claim_when_somebody_was_faster_then_told_who_has_it(self):
        partner = self.pooled()
        carol = self.user("pool_carol", SALESMAN, name="Carol")
        late = self.entry(partner, carol)
        self.claim(partner)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Bob has Pooled since 06/30/2024"):
            late.action_claim()
        self.assertEqual(partner.user_id, self.bob)

    def test_claim_when_claimed_twice_by_the_same_then_told(self):
        partner = self.pooled()
        entry = self.entry(partner)
        entry.action_claim()
        with self.assertRaisesRegex(UserError, "Pooled is yours already"):
            entry.action_claim()
        self.assertEqual(len(self.moves_of(partner, "claim")), 1)

    def test_claim_when_limit_is_reached_then_refused_until_tomorrow(self):
        rule = self.rule(warning_days=0, claim_limit=2)
        partners = [self.pooled(f"Pooled {number}", rule) for number in range(3)]
        for partner in partners[:2]:
            self.claim(partner)
        with self.assertRaisesRegex(UserError, "claimed 2 customers today, and the limit is 2"):
            self.claim(partners[2])
        self.assertFalse(partners[2].user_id)
        carol = self.user("pool_carol", SALESMAN)
        self.claim(self.pooled("Pooled 4", rule), carol)  # each has a limit of one's own
        type(self).today = TODAY + timedelta(days=1)
        self.claim(partners[2])
        self.assertEqual(partners[2].user_id, self.bob)

    def test_claim_when_limit_is_zero_then_any_number(self):
        rule = self.rule(warning_days=0, claim_limit=0)
        for number in range(5):
            self.claim(self.pooled(f"Pooled {number}", rule))
        self.assertEqual(self.moves.search_count([("user_id", "=", self.bob.id)]), 5)

    def test_claim_when_given_back_then_it_counts_for_the_day(self):
        rule = self.rule(warning_days=0, claim_limit=1, cooldown_days=0)
        partner = self.pooled("Pooled", rule)
        self.claim(partner)
        self.moves_of(partner, "claim").with_user(self.bob).action_give_back()
        with self.assertRaisesRegex(UserError, "the limit is 1"):
            self.claim(partner)

    def test_claim_when_former_owner_in_the_cooldown_then_refused(self):
        """Released on 30 June with 30 days: refused until 29 July, allowed from 30 July on."""
        partner = self.pooled()
        for day, allowed in [(0, False), (29, False), (30, True)]:
            type(self).today = TODAY + timedelta(days=day)
            with self.subTest(day=day):
                if allowed:
                    self.claim(partner, self.alice)
                    self.assertEqual(partner.user_id, self.alice)
                else:
                    with self.assertRaisesRegex(UserError, "you can from 07/30/2024 on"):
                        self.claim(partner, self.alice)

    def test_claim_when_given_back_then_cooldown_for_both(self):
        partner = self.pooled()
        self.claim(partner)
        self.moves_of(partner, "claim").with_user(self.bob).action_give_back()
        for user in (self.alice, self.bob):
            with self.assertRaisesRegex(UserError, "you can from"):
                self.claim(partner, user)
        carol = self.user("pool_carol", SALESMAN)
        self.claim(partner, carol)
        self.assertEqual(partner.user_id, carol)

    def test_claim_when_new_owner_then_the_rules_time_starts_anew(self):
        partner = self.pooled()
        self.claim(partner)
        self.run_on(TODAY + timedelta(days=90))
        self.assertEqual(partner.user_id, self.bob)
        self.run_on(TODAY + timedelta(days=91))
        self.assertFalse(partner.user_id)
        self.assertEqual(
            self.moves_of(partner).mapped("kind"), ["release", "claim", "release"]
        )
        self.assertEqual(self.entry(partner).former_user_id, self.bob)

    def test_claim_when_no_salesperson_then_refused(self):
        partner = self.pooled()
        officer = self.user("pool_officer", "base.group_user,customer_segmentation.group_user")
        plain = self.user("pool_plain", "base.group_user")
        portal = self.user("pool_portal", "base.group_portal")
        for user in (officer, plain, portal):
            entry = self.moves_of(partner).with_user(user)
            for method in ("action_claim", "action_give_back", "action_undo"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(entry, method)()
        self.assertFalse(partner.user_id)

    def test_claim_when_of_another_company_then_refused(self):
        partner = self.pooled()
        other = self.env["res.company"].create({"name": "Beside"})
        stranger = self.user("pool_stranger", SALESMAN, other)
        with self.assertRaises(AccessError):
            self.moves_of(partner).with_user(stranger).action_claim()

    def test_claim_when_not_of_the_pool_then_refused(self):
        """A customer that is merely unassigned is in no pool."""
        partner = self.client("Nobody's", 100)
        partner.user_id = False
        self.run_on()
        self.assertFalse(self.entry(partner))
        pooled = self.pooled()
        self.claim(pooled)
        with self.assertRaisesRegex(UserError, "in the list of the public pool"):
            self.moves_of(pooled, "claim").with_user(self.bob).action_claim()

    def test_write_when_anybody_then_refused(self):
        move = self.moves_of(self.pooled())
        for user in (self.alice, self.bob, self.manager):
            with self.assertRaises(AccessError):
                move.with_user(user).write({"is_open": False})
            with self.assertRaises(AccessError):
                move.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.moves.with_user(user).create(
                    {"partner_id": move.partner_id.id, "company_id": self.company.id,
                     "kind": "claim", "date": TODAY}
                )
        for user in (self.alice, self.bob):
            with self.assertRaises(AccessError):
                self.rules.with_user(user).search([]).write({"claim_limit": 0})
            with self.assertRaises(AccessError):
                move.partner_id.with_user(user).segmentation_pool_locked = True

    # Giving back, assigning, undoing

    def test_give_back_when_by_who_claimed_or_a_manager_then_in_the_pool_again(self):
        for user in (self.bob, self.manager):
            partner = self.pooled(f"For {user.name}")
            self.claim(partner)
            claim = self.moves_of(partner, "claim")
            with self.assertRaises(AccessError):
                claim.with_user(self.alice).action_give_back()
            claim.with_user(user).action_give_back()
            self.assertFalse(partner.user_id)
            entry = self.entry(partner)
            self.assertEqual((entry.kind, entry.former_user_id), ("give_back", self.bob))
            self.assertFalse(claim.is_open)

    def test_undo_when_nobody_claimed_then_back_with_the_former(self):
        partner = self.pooled()
        entry = self.entry(partner)
        for user in (self.alice, self.bob):
            with self.assertRaises(AccessError):
                entry.with_user(user).action_undo()
        entry.with_user(self.manager).action_undo()
        self.assertEqual(partner.user_id, self.alice)
        self.assertFalse(self.entry(partner))
        undo = self.moves_of(partner, "undo")
        self.assertEqual((undo.user_id, undo.new_user_id), (self.manager, self.alice))
        self.run_on()  # the time starts anew
        self.assertEqual(partner.user_id, self.alice)

    def test_undo_when_claimed_meanwhile_then_refused_and_told(self):
        partner = self.pooled()
        entry = self.entry(partner, self.manager)
        self.claim(partner)
        with self.assertRaisesRegex(UserError, "Bob has Pooled"):
            entry.action_undo()
        self.assertEqual(partner.user_id, self.bob)

    def test_undo_when_several_then_each_to_its_former(self):
        rule = self.rule(warning_days=0)
        alices = self.client("Alice's", 100)
        bobs = self.client("Bob's", 100, user=self.bob)
        self.run_on()
        entries = self.entry(alices, self.manager) | self.entry(bobs, self.manager)
        self.assertEqual(entries.rule_id, rule)
        entries.action_undo()
        self.assertEqual((alices.user_id, bobs.user_id), (self.alice, self.bob))

    def test_assign_when_by_a_manager_then_the_salesperson(self):
        partner = self.pooled()
        wizards = self.env["customer.segmentation.pool.assign"]
        context = {"active_model": self.moves._name, "active_ids": self.entry(partner).ids}
        wizard = wizards.with_user(self.manager).with_context(**context).create(
            {"user_id": self.alice.id}  # even the former: managers decide
        )
        self.assertEqual(wizard.customers, "Pooled")
        with self.assertRaises(AccessError):
            wizards.with_user(self.bob).create({"user_id": self.bob.id})
        wizard.action_assign()
        self.assertEqual(partner.user_id, self.alice)
        self.assertEqual(self.moves_of(partner, "assign").user_id, self.manager)

    def test_assign_when_of_another_company_then_refused(self):
        partner = self.pooled()
        other = self.env["res.company"].create({"name": "Beside"})
        stranger = self.user("pool_stranger", SALESMAN, other, name="Stranger")
        wizard = self.env["customer.segmentation.pool.assign"].with_user(self.manager).create(
            {"user_id": stranger.id, "move_ids": [Command.set(self.entry(partner).ids)]}
        )
        with self.assertRaisesRegex(UserError, "Stranger does not work in Pool"):
            wizard.action_assign()

    def test_contact_when_given_a_salesperson_then_out_of_the_pool(self):
        partner = self.pooled()
        entry = self.entry(partner)
        partner.with_user(self.manager).user_id = self.bob
        self.assertFalse(entry.is_open)
        self.assertFalse(self.entry(partner))
        assigned = self.moves_of(partner, "assign")
        self.assertEqual((assigned.former_user_id, assigned.new_user_id), (self.alice, self.bob))
        with self.assertRaisesRegex(UserError, "Bob has Pooled|yours already"):
            entry.action_claim()

    def test_contact_when_a_salesperson_enters_oneself_then_refused(self):
        """It would pass by the limit and the cool-down; the context is no way round either."""
        partner = self.pooled()
        for user in (self.alice, self.bob):
            contact = partner.with_user(user)
            for context in ({}, {"segmentation_pool": True}):
                with self.subTest(user=user.name, **context), self.assertRaisesRegex(
                    UserError, "Pooled is in the public pool: claim it there"
                ):
                    contact.with_context(**context).write({"user_id": user.id})
            contact.write({"phone": "1"})
        self.assertTrue(self.entry(partner).is_open)
        partner.active = False  # out of sight, not out of the pool's hands
        with self.assertRaisesRegex(UserError, "Pooled is in the public pool"):
            partner.with_user(self.alice).write({"user_id": self.alice.id})
        partner.active = True
        self.assertFalse(partner.user_id)

    # Merged, archived, erased

    def test_merge_when_one_has_a_salesperson_then_out_of_the_pool(self):
        partner = self.pooled()
        owned = self.client("Owned", 1)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (partner | owned).ids, owned
        )
        moves = self.moves_of(owned)
        self.assertEqual(moves.kind, "release")
        self.assertFalse(moves.is_open)

    def test_merge_when_both_are_in_the_pool_then_once(self):
        first, second = self.pooled("First"), self.pooled("Second")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (first | second).ids, second
        )
        self.assertEqual(len(self.moves_of(second)), 2)
        self.assertEqual(len(self.entry(second)), 1)

    def test_contact_when_archived_then_not_in_the_pool(self):
        partner = self.pooled()
        partner.active = False
        self.assertFalse(self.entry(partner))

    def test_moves_when_the_customer_is_archived_meanwhile_then_refused_in_words(self):
        """A list that was open before, or a remote call, still names the move."""
        partner, claimed = self.pooled(), self.pooled("Claimed")
        entry = self.moves_of(partner)
        self.claim(claimed)
        claim = self.moves_of(claimed, "claim")
        (partner | claimed).active = False
        for user in (self.bob, self.manager):
            with self.assertRaisesRegex(UserError, "Pooled is archived"):
                entry.with_user(user).action_claim()
            with self.assertRaisesRegex(UserError, "Claimed is archived"):
                claim.with_user(user).action_give_back()
            self.assertFalse(entry.with_user(user).can_claim)
        with self.assertRaisesRegex(UserError, "Pooled is archived"):
            entry.with_user(self.manager).action_undo()
        with self.assertRaisesRegex(UserError, "Pooled is archived"):
            entry.with_user(self.manager)._assign(self.bob)
        self.assertFalse(partner.user_id)
        self.assertTrue(entry.is_open)
        (partner | claimed).active = True
        self.env.invalidate_all()
        self.claim(partner)
        self.assertEqual(partner.user_id, self.bob)

    def test_claim_when_the_person_objects_then_refused_in_words(self):
        partner = self.pooled(is_company=False)
        entry = self.entry(partner, self.bob)
        # as an import by SQL would: the move is not closed
        self.env.cr.execute(
            "UPDATE res_partner SET segmentation_objected = TRUE WHERE id = %s", [partner.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Pooled objects to segmentation"):
            entry.action_claim()
        self.assertFalse(partner.user_id)

    def test_claim_when_the_contact_went_to_another_company_then_refused_in_words(self):
        partner = self.pooled()
        entry = self.entry(partner, self.bob)
        other = self.env["res.company"].create({"name": "Pool Beside"})
        partner.company_id = other
        with self.assertRaisesRegex(UserError, "Bob does not work in Pool Beside"):
            entry.action_claim()
        with self.assertRaisesRegex(UserError, "Alice does not work in Pool Beside"):
            entry.with_user(self.manager).action_undo()
        self.assertFalse(partner.user_id)

    def test_assign_when_the_user_is_archived_then_refused_in_words(self):
        partner = self.pooled()
        self.bob.active = False
        with self.assertRaisesRegex(UserError, "Bob does not work in Pool"):
            self.entry(partner, self.manager)._assign(self.bob)
        self.assertFalse(partner.user_id)

    def test_contact_when_erased_then_its_moves_too(self):
        partner = self.pooled()
        move = self.moves_of(partner)
        partner.unlink()
        self.assertFalse(move.exists())


@tagged("post_install", "-at_install")
class TestPoolScreens(PoolCase):
    def text_of(self, partner, user=None):
        contact = partner.with_user(user or self.alice)
        contact.invalidate_recordset()
        return contact.segmentation_pool_text

    def test_contact_when_no_rule_is_in_force_then_nothing_is_shown(self):
        self.rule(active=False)
        partner = self.client(contact=100)
        self.run_on()
        contact = partner.with_user(self.alice)
        self.assertFalse(contact.segmentation_pool_is_shown)
        self.assertFalse(self.text_of(partner))

    def test_contact_when_a_rule_is_in_force_then_the_day_before_it_comes(self):
        self.rule()
        partner = self.client(contact=50)
        self.run_on()
        # last contact on 11 May; 91 days later is 10 August
        self.assertEqual(
            self.text_of(partner),
            "Goes to the public pool on 08/10/2024. Last contact on 05/11/2024, 50 days ago.",
        )
        self.assertFalse(self.text_of(partner, self.bob), "Alice's, as her profile is")
        partner.segmentation_pool_locked = True
        self.assertEqual(self.text_of(partner), "Stays. Locked by a manager.")

    def test_contact_when_protected_by_what_is_hidden_then_without_its_name(self):
        """A salesperson reads own and unassigned opportunities, and no company's but the own."""
        self.rule()
        partner = self.client("Shared", 100, company_id=False)
        lead = self.env["crm.lead"].create(
            {"name": "Big Deal", "type": "opportunity", "partner_id": partner.id,
             "company_id": self.company.id, "user_id": self.alice.id}
        )
        self.run_on()
        self.assertEqual(self.text_of(partner), "Stays. Open opportunity Big Deal.")
        lead.user_id = self.bob
        self.assertEqual(self.text_of(partner), "Stays. Open opportunity –.")
        other = self.env["res.company"].create({"name": "Beside"})
        self.quotation(partner, company=other)
        self.assertEqual(self.text_of(partner), "Stays. Open quotation –.")

    def test_contact_when_in_the_pool_then_since_when_and_whose(self):
        partner = self.pooled()
        self.assertEqual(
            self.text_of(partner, self.bob),
            "In the public pool since 06/30/2024, before with Alice. "
            "Last contact on 12/13/2023, 200 days ago.",
        )
        history = partner.with_user(self.bob).segmentation_pool_move_ids
        self.assertEqual(history.mapped("kind"), ["release"])
        self.claim(partner)
        self.env.invalidate_all()
        self.assertEqual(
            set(partner.with_user(self.bob).segmentation_pool_move_ids.mapped("kind")),
            {"release", "claim"},
        )
        partner.with_user(self.bob).action_segmentation_give_back()
        self.assertFalse(partner.user_id)

    def test_pool_when_listed_then_value_and_days_of_all_to_every_salesperson(self):
        partner = self.pooled()
        type(self).today = TODAY + timedelta(days=5)
        entry = self.entry(partner)
        self.assertEqual(entry.days_in_pool, 5)
        self.assertTrue(entry.can_claim)
        self.assertFalse(entry.can_undo)
        self.assertEqual(entry.segmentation_value_segment_id, self.segment("value_no_sales"))
        groups = self.moves.with_user(self.bob)._read_group(
            [("in_pool", "=", True)], ["segmentation_value_segment_id"], ["__count"]
        )
        self.assertEqual(groups, [(self.segment("value_no_sales"), 1)])

    def test_menu_when_no_rule_is_in_force_then_hidden(self):
        menu = self.env.ref("customer_segmentation.customer_segmentation_pool_menu")
        self.env["customer.segmentation.pool.rule"].search([]).active = False

        def hidden(user):
            return menu.id in self.env["ir.ui.menu"].with_user(user)._load_menus_blacklist()

        self.assertTrue(hidden(self.bob))
        rule = self.rule(active=False)
        self.assertTrue(hidden(self.bob))
        rule.active = True
        self.assertFalse(hidden(self.bob))
        rule.active = False
        self.assertTrue(hidden(self.bob))

    def test_dry_run_when_opened_then_nothing_is_done_and_all_outcomes_listed(self):
        warned = self.client("Warned Before", 90)
        active = self.rule()
        self.run_on()
        active.active = False
        rule = self.rule(active=False, contact_days=DAYS, name="Tried")
        late = self.client("Late", 100)
        soon = self.client("Soon", 84)
        fine = self.client("Fine", 10)
        self.recompute(as_of=TODAY, company=self.company)
        self.moves_of(warned).is_open = True
        action = rule.with_user(self.manager).action_dry_run()
        previews = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        found = {preview.partner_id: preview for preview in previews}
        self.assertNotIn(fine, found)
        self.assertEqual(found[late].outcome, "2_warn")
        self.assertEqual(found[late].release_date, TODAY + timedelta(days=7))
        self.assertEqual(found[soon].release_date, TODAY + timedelta(days=7))
        self.assertEqual(found[warned].outcome, "3_waiting")
        self.assertFalse(self.moves_of(late) | self.moves_of(soon))
        rule.warning_days = 0
        rule.with_user(self.manager).action_dry_run()
        previews = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        outcomes = {p.partner_id: p.outcome for p in previews}
        self.assertEqual(outcomes, {late: "1_release"})
        self.assertEqual(late.user_id, self.alice)

    def test_dry_run_when_not_a_manager_then_refused(self):
        rule = self.rule()
        for user in (self.alice, self.user("pool_chief", ALL_DOCUMENTS)):
            with self.assertRaises(AccessError):
                rule.with_user(user).action_dry_run()


@tagged("post_install", "-at_install")
class TestPoolRace(TransactionCase):
    """Two real transactions claim the same customer: it is committed before, and removed after."""

    def setUp(self):
        super().setUp()
        self.one, self.two, admin = (db_connect(self.cr.dbname).cursor() for _cursor in range(3))
        for cursor in (self.one, self.two, admin):
            self.addCleanup(cursor.close)
        self.admin = self.env(cr=admin, user=SUPERUSER_ID)
        self.addCleanup(self.clean)
        company = self.admin.company
        self.users = self.admin["res.users"].union(
            *(
                new_test_user(
                    self.admin, f"race_{name.lower()}", SALESMAN, name=name,
                    context={"no_reset_password": True},
                )
                for name in ("Bob", "Carol")
            )
        )
        self.partner = self.admin["res.partner"].create({"name": "Raced", "is_company": True})
        self.rule = self.admin["customer.segmentation.pool.rule"].create(
            {"name": "Race", "company_id": company.id}
        )
        self.entry = self.admin["customer.segmentation.pool.move"].create(
            {
                "partner_id": self.partner.id,
                "company_id": company.id,
                "kind": "release",
                "date": TODAY,
                "rule_id": self.rule.id,
                "is_open": True,
            }
        )
        admin.commit()

    def clean(self):
        for cursor in (self.one, self.two, self.admin.cr):
            cursor.rollback()
        self.admin.invalidate_all()
        partners = self.users.partner_id | self.partner
        self.admin["customer.segmentation.pool.move"].search(
            [("partner_id", "=", self.partner.id)]
        ).unlink()
        self.rule.unlink()
        self.users.unlink()
        partners.unlink()
        self.admin["customer.segmentation.queue"].search([]).unlink()
        self.admin.cr.commit()

    def claim(self, cursor, name):
        user = self.users.filtered(lambda user: user.name == name)
        env = self.env(cr=cursor, user=user.id)
        return lambda: env["customer.segmentation.pool.move"].browse(self.entry.id).action_claim()

    def owner(self):
        self.admin.cr.rollback()
        self.admin.invalidate_all()
        return self.partner.user_id.name

    def test_claim_when_another_claims_in_this_moment_then_exactly_one_gets_it(self):
        self.claim(self.one, "Bob")()
        with self.assertRaises(LockNotAvailable), mute_logger("odoo.sql_db"):
            self.claim(self.two, "Carol")()
        self.two.rollback()
        self.one.commit()
        with self.assertRaisesRegex(UserError, "Bob has Raced"):
            self.claim(self.two, "Carol")()
        self.assertEqual(self.owner(), "Bob")
        claims = self.admin["customer.segmentation.pool.move"].search(
            [("partner_id", "=", self.partner.id), ("kind", "=", "claim")]
        )
        self.assertEqual(claims.new_user_id.name, "Bob")

    def test_claim_when_odoo_tries_again_then_told_who_has_it(self):
        """As in a request: it fails at the lock, waits a while, and is run again."""
        self.claim(self.one, "Bob")()
        with (
            patch("odoo.service.model.time.sleep", lambda seconds: self.one.commit()),
            mute_logger("odoo.sql_db", "odoo.service.model"),
            self.assertRaisesRegex(UserError, "Bob has Raced"),
        ):
            retrying(self.claim(self.two, "Carol"), self.env(cr=self.two, user=self.users[1].id))
        self.assertEqual(self.owner(), "Bob")

    def test_claim_when_the_list_was_read_before_then_still_only_one(self):
        """Carol's transaction began before Bob's was committed: it does not see his claim."""
        self.two.execute("SELECT is_open FROM customer_segmentation_pool_move")
        self.claim(self.one, "Bob")()
        self.one.commit()
        with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
            self.claim(self.two, "Carol")()
        self.two.rollback()
        with self.assertRaisesRegex(UserError, "Bob has Raced"):
            self.claim(self.two, "Carol")()
        self.assertEqual(self.owner(), "Bob")

    def test_claim_when_the_first_is_taken_back_then_the_second_gets_it(self):
        self.claim(self.one, "Bob")()
        self.one.rollback()
        self.claim(self.two, "Carol")()
        self.two.commit()
        self.assertEqual(self.owner(), "Carol")


@tagged("post_install", "-at_install")
class TestPoolTour(HttpCase):
    # With a comma, as Chromium reads it: Odoo 17's own default is taken for nothing.
    browser_size = "1366,768"

    def test_salesperson_claims_a_customer_and_gives_it_back(self):
        alice, bob = (
            new_test_user(
                self.env, f"tour_pool_{name.lower()}", f"base.group_user,{SALESMAN}", name=name
            )
            for name in ("Alice", "Bob")
        )
        partner = self.env["res.partner"].create(
            {"name": "Tour Pool", "is_company": True, "user_id": alice.id}
        )
        partner.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2023-01-01' WHERE id = %s", [partner.id]
        )
        self.env["customer.segmentation.pool.rule"].create(
            {"name": "Tour", "active": True, "warning_days": 0, "from_date": "2023-01-01"}
        )
        self.env["customer.segmentation.run"]._recompute(self.env.company)
        self.assertFalse(partner.user_id)
        self.start_tour("/web", "customer_segmentation_pool_claim", login=bob.login, timeout=240)
        moves = self.env["customer.segmentation.pool.move"].search(
            [("partner_id", "=", partner.id)], order="id"
        )
        self.assertEqual(moves.mapped("kind"), ["release", "claim", "give_back"])
        self.assertEqual(moves[1].new_user_id, bob)
        self.assertFalse(partner.user_id)
