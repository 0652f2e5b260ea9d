"""The public pool: who is warned, released and protected."""

from datetime import timedelta
from unittest.mock import patch

from common import SALESMAN, TODAY, days_ago
from pool_case import PoolCase, noon
from psycopg2.errors import CheckViolation

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger


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
        with self.assertRaisesRegex(ValidationError, "does not tell the value"):
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
        buyer = self.customer(
            "Buyer", is_company=False, parent_id=partner.id, user_id=self.alice.id
        )
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
        activity = self.activities(due)
        self.assertEqual(activity, warning.activity_id)
        self.assertEqual(activity.user_id, self.alice)
        self.assertEqual(activity.date_deadline, TODAY + timedelta(days=6))
        self.assertEqual(activity.summary, "Goes to the public pool on 07/07/2024")
        for days in range(1, 7):
            self.run_on(TODAY + timedelta(days=days))
            self.assertEqual(due.user_id, self.alice)
        self.run_on(release)
        self.assertFalse(due.user_id)
        self.assertFalse(self.activities(due))
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
        self.assertIn("进入公海", self.activities(partner).summary)
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
        self.assertFalse(self.activities(partner))
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
        self.assertFalse(self.activities(partner))

    def test_warn_when_the_salesperson_has_left_then_recorded_without_activity(self):
        self.rule()
        partner = self.client(contact=84)
        self.alice.active = False
        self.run_on()
        self.assertEqual(self.moves_of(partner).kind, "warning")
        self.assertFalse(self.activities(partner))

    # Idempotence and scale

    def test_run_when_twice_then_no_second_warning_or_move(self):
        self.rule()
        warned = self.client("Warned", 84)
        self.run_on()
        self.run_on()
        self.assertEqual(len(self.moves_of(warned)), 1)
        self.assertEqual(len(self.activities(warned)), 1)
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
            partners = self.due_customers(count)
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

    def due_customers(self, count):
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
