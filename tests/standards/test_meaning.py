"""Own segments do what the shipped ones do, by what they mean; what a manager sets is kept."""

from datetime import date, datetime, time, timedelta
from unittest.mock import patch

from common import SALES_MANAGER, SALESMAN, TODAY, DocumentCase, migrate
from lxml import etree

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools.safe_eval import safe_eval

# Who brings 1000 or more is a pillar; the phases go by the days since the last order.
VALUE = [
    {"name": "Pillars", "meaning": "key", "domain": "[('net_sales', '>=', 1000)]"},
    {"name": "Others", "meaning": "small"},
]
LIFECYCLE = [
    {
        "name": "Returned", "meaning": "won_back",
        "domain": "[('order_count', '=', 3), ('recency_days', '<=', 5)]",
    },
    {"name": "Gone", "meaning": "lost", "domain": "[('recency_days', '>', 300)]"},
    {"name": "Asleep", "meaning": "dormant", "domain": "[('recency_days', '>', 200)]"},
    {"name": "Slipping", "meaning": "at_risk", "domain": "[('recency_days', '>', 100)]"},
    {"name": "Regular", "meaning": "active"},
]
MEANINGS = {
    "lifecycle_prospect": "prospect", "lifecycle_new": "new", "lifecycle_active": "active",
    "lifecycle_at_risk": "at_risk", "lifecycle_dormant": "dormant", "lifecycle_lost": "lost",
    "lifecycle_won_back": "won_back", "value_a": "key", "value_b": "important",
    "value_c": "small", "value_no_sales": "no_sales",
}


def days_ago(days):
    return TODAY - timedelta(days=days)


def commands(segments):
    return [
        Command.create({**segment, "sequence": 10 * place})
        for place, segment in enumerate(segments, start=1)
    ]


class MeaningCase(DocumentCase):
    """The clock stands on 30 June 2024; Alice's team is led by Lea.

    Days since the orders, 30 between them: Pillar 160 and 130 (600 each), Slipper 131 and 101,
    Goner 331 and 301 (100 each), Returner 190, 160 and 2.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Meaning"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids, "lang": "en_US"}
        )
        cls.criteria = cls.env["customer.segmentation.criteria"]._get(cls.company)
        cls.criteria.write({"tz": "UTC", "population": "documents"})
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: TODAY)
        )
        cls.segments = cls.env["customer.segmentation.segment"]
        cls.dimensions = cls.env["customer.segmentation.dimension"]
        cls.value = cls.env.ref("customer_segmentation.dimension_value")
        cls.lifecycle = cls.env.ref("customer_segmentation.dimension_lifecycle")
        cls.alice = cls.user("meaning_alice", SALESMAN)
        cls.lea = cls.user("meaning_lea", SALESMAN)
        cls.manager = cls.user("meaning_manager", SALES_MANAGER)
        cls.env["crm.team"].create(
            {
                "name": "Meaning Team", "user_id": cls.lea.id, "company_id": cls.company.id,
                "member_ids": [Command.link(cls.alice.id)],
            }
        )
        cls.pillar = cls.buyer("Pillar", 600, 160, 130)
        cls.slipper = cls.buyer("Slipper", 100, 131, 101)
        cls.goner = cls.buyer("Goner", 100, 331, 301)
        cls.returner = cls.buyer("Returner", 100, 190, 160, 2)

    @classmethod
    def buyer(cls, name, amount, *days):
        """A customer of Alice's since 2023, with orders inserted so that none is open."""
        partner = cls.customer(name, user_id=cls.alice.id, company_id=cls.company.id)
        partner.flush_recordset()
        cls.env.cr.execute(
            "UPDATE res_partner SET create_date = '2023-01-01' WHERE id = %s", [partner.id]
        )
        for number in days:
            cls.env.cr.execute(
                """
                INSERT INTO sale_order (name, company_id, partner_id, partner_invoice_id,
                                        partner_shipping_id, date_order, state, currency_id,
                                        currency_rate, amount_untaxed, amount_total)
                VALUES ('S', %s, %s, %s, %s, %s, 'sale', %s, 1, %s, %s)
                """,
                [cls.company.id, partner.id, partner.id, partner.id,
                 datetime.combine(days_ago(number), time(12)), cls.company.currency_id.id,
                 amount, amount],
            )
        return partner

    @classmethod
    def own(cls, name):
        return cls.segments.search([("name", "=", name)])

    def quotation_of(self, partner, user=None):
        return self.env["sale.order"].with_user(user or self.alice).new(
            {"partner_id": partner.id, "company_id": self.company.id}
        )

    def digest(self, name):
        """What the digest of the week that ends on TODAY counts."""
        self.env.flush_all()
        digest = self.env["digest.digest"].create(
            {"name": "Week", "company_id": self.company.id, f"kpi_segmentation_{name}": True}
        )
        digest = digest.with_user(self.manager).with_company(self.company).with_context(
            start_datetime=datetime.combine(days_ago(7), time(23)),
            end_datetime=datetime.combine(TODAY, time(23)),
        )
        return digest[f"kpi_segmentation_{name}_value"]


class EverythingWorks:
    """What the meanings switch on, asked of own segments while the shipped ones are archived."""

    def test_customers_when_classified_then_in_the_own_segments(self):
        self.recompute()
        profiles = self.profile(self.pillar), self.profile(self.slipper), self.profile(self.goner)
        self.assertEqual(
            [
                (profile._segment_telling("value").name, profile._segment_telling("lifecycle").name)
                for profile in profiles
            ],
            [("Pillars", "Slipping"), ("Others", "Slipping"), ("Others", "Gone")],
        )

    def test_low_answer_when_of_a_key_customer_then_the_leader_has_an_activity_too(self):
        self.recompute()
        activity_type = self.env.ref("customer_segmentation.mail_activity_low_answer")
        for partner, users in [
            (self.pillar, self.alice | self.lea), (self.slipper, self.alice)
        ]:
            self.env["customer.segmentation.feedback"].create(
                {"partner_id": partner.id, "channel": "phone", "product_rating": "1"}
            )
            activities = self.env["mail.activity"].search(
                [("res_model", "=", "res.partner"), ("res_id", "=", partner.id),
                 ("activity_type_id", "=", activity_type.id)]
            )
            self.assertEqual(activities.user_id, users)

    def test_digest_when_customers_moved_in_the_week_then_counted_by_meaning(self):
        """A week ago Slipper's order was 94 days old, Goner's 294; Returner had not come back."""
        self.recompute(as_of=days_ago(7))
        self.recompute()
        self.assertEqual([self.digest(name) for name in ("at_risk", "lost", "won_back")], [1, 1, 1])

    def test_banner_when_lost_or_at_risk_then_warned_and_own_segments_on_the_first_line(self):
        self.recompute()
        banner = self.quotation_of(self.goner).segmentation_banner
        self.assertEqual([line["name"] for line in banner["segments"][:2]], ["Others", "Gone"])
        self.assertEqual([line["first"] for line in banner["segments"][:2]], [True, True])
        self.assertEqual(len(banner["warnings"]), 1)
        self.assertIn("Gone: last order 301 days ago", banner["warnings"][0])
        banner = self.quotation_of(self.slipper).segmentation_banner
        self.assertIn("Slipping: last order 101 days ago", banner["warnings"][0])
        self.assertFalse(self.quotation_of(self.returner).segmentation_banner["warnings"])

    def test_pool_when_the_rule_is_of_an_own_class_then_its_customers_only(self):
        self.env["customer.segmentation.pool.rule"].create(
            {
                "name": "Pillars", "active": True, "company_id": self.company.id,
                "value_segment_id": self.own("Pillars").id, "condition": "sale", "sale_days": 90,
                "warning_days": 0, "from_date": date(2020, 1, 1),
            }
        )
        self.recompute()
        self.assertFalse(self.pillar.user_id)
        self.assertEqual(self.slipper.user_id, self.alice)

    def test_call_list_when_orders_are_due_then_all_but_who_is_lost(self):
        self.recompute()
        calls = self.env["customer.segmentation.call"].search(
            [("company_id", "=", self.company.id)]
        )
        self.assertEqual(calls.partner_id, self.pillar | self.slipper)
        self.assertEqual(set(calls.mapped("reason")), {"overdue"})

    def test_call_list_when_filtered_then_key_customers_and_those_at_risk(self):
        self.recompute()
        calls = self.env["customer.segmentation.call"].with_user(self.alice)
        arch = etree.fromstring(calls.get_view(view_type="search")["arch"])
        for name, customers in [
            ("core", self.pillar), ("at_risk", self.pillar | self.slipper)
        ]:
            [node] = arch.iterfind(f".//filter[@name='{name}']")
            found = calls.search(safe_eval(node.get("domain")))
            self.assertEqual(found.partner_id, customers)

    def test_read_through_when_on_contacts_and_orders_then_the_own_segments(self):
        self.recompute()
        pillar = self.pillar.with_user(self.alice)
        pillars, slipping = self.own("Pillars"), self.own("Slipping")
        self.assertEqual(pillar.segmentation_value_segment_id, pillars)
        self.assertEqual(pillar.segmentation_lifecycle_segment_id, slipping)
        self.assertEqual(
            pillar.search([("segmentation_lifecycle_segment_id", "=", slipping.id)]),
            self.pillar | self.slipper,
        )
        groups = pillar._read_group(
            [("company_id", "=", self.company.id), ("segmentation_profile_id", "!=", False)],
            ["segmentation_value_segment_id"],
            ["__count"],
        )
        self.assertEqual({segment.name: count for segment, count in groups},
                         {"Pillars": 1, "Others": 3})

    def test_order_when_confirmed_then_keeps_the_own_segments(self):
        self.recompute()
        order = self.quotation(self.pillar, company=self.company)
        order.action_confirm()
        self.assertEqual(order.segmentation_confirmed_value_segment_id.name, "Pillars")
        self.assertEqual(order.segmentation_confirmed_lifecycle_segment_id.name, "Slipping")
        explained = self.env["customer.segmentation.explanation"].with_user(self.alice).explain(
            "sale.order", order.id, "segmentation_confirmed_value_segment_id"
        )
        self.assertEqual(explained["segment"]["name"], "Pillars")
        self.assertEqual(explained["dimension"], self.own("Pillars").dimension_id.name)

    def test_satisfaction_when_analysed_then_by_the_own_segments(self):
        self.recompute()
        self.env["customer.segmentation.feedback"].create(
            {"partner_id": self.pillar.id, "channel": "phone", "nps": "9"}
        )
        self.env.flush_all()
        row = self.env["customer.segmentation.satisfaction"].search(
            [("partner_id", "=", self.pillar.id)]
        )
        self.assertEqual(row.value_segment_id.name, "Pillars")
        self.assertEqual(row.lifecycle_segment_id.name, "Slipping")

    def test_effect_when_without_a_segment_then_compared_within_own_value_and_lifecycle(self):
        """Reached is Slipper on TODAY, small and at risk; like it is Twin. Pillar is none of its
        value, Goner and Returner are none of its lifecycle."""
        twin = self.buyer("Twin", 100, 140)
        self.recompute(as_of=days_ago(1))
        book = self.env["customer.segmentation.playbook"].create(
            {
                "name": "Any", "cooldown_days": 0, "company_id": self.company.id,
                "condition": str(
                    [("partner_id", "=", self.slipper.id), ("recency_days", ">", 100)]
                ),
                "step_ids": [
                    Command.create(
                        {
                            "summary": "Ring",
                            "activity_type_id": self.env.ref("mail.mail_activity_data_call").id,
                        }
                    )
                ],
            }
        )
        book._switch_on(days_ago(1))
        self.recompute()
        self.env.flush_all()
        rows = self.env["customer.segmentation.playbook.effect"].search(
            [("playbook_id", "=", book.id)]
        )
        reached = rows.filtered(lambda row: row.group == "reached")
        self.assertEqual(reached.partner_id, self.slipper)
        self.assertEqual((rows - reached).partner_id, twin)
        self.assertEqual(rows.value_segment_id.mapped("name"), ["Others"])


@tagged("post_install", "-at_install")
class TestOwnDimensions(EverythingWorks, MeaningCase):
    """The shipped dimensions are archived; the own ones have names and codes of their own."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.value | cls.lifecycle).active = False
        cls.dimensions.create(
            [
                {"name": "Accounts", "segment_ids": commands(VALUE)},
                {"name": "Phase", "segment_ids": commands(LIFECYCLE)},
            ]
        )


@tagged("post_install", "-at_install")
class TestOwnSegments(EverythingWorks, MeaningCase):
    """The shipped dimensions stay, with other segments in them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        (cls.value | cls.lifecycle).segment_ids.active = False
        cls.value.segment_ids = commands(VALUE)
        cls.lifecycle.segment_ids = commands(LIFECYCLE)


@tagged("post_install", "-at_install")
class TestMeaning(MeaningCase):
    def accounts(self, **vals):
        """A dimension of the value beside the shipped one; its column goes with the test."""
        own = self.dimensions.create(
            {"name": "Accounts", "segment_ids": commands(VALUE), **vals}
        )
        self.addCleanup(own._drop_column)
        return own

    def test_shipped_when_installed_then_each_means_what_it_says(self):
        found = {name: self.segment(name).meaning for name in MEANINGS}
        self.assertEqual(found, MEANINGS)
        self.assertEqual(self.dimensions._telling("value"), self.value)
        self.assertEqual(self.dimensions._telling("lifecycle"), self.lifecycle)

    def test_migration_when_empty_then_filled_and_what_is_set_stays(self):
        shipped = self.segments.union(*map(self.segment, MEANINGS))
        own = self.segments.create(
            {"name": "Own", "dimension_id": self.value.id, "domain": "[('net_sales', '>', 9)]"}
        )
        headlines = self.dimensions.search([("is_headline", "=", True)])
        self.assertEqual(set(headlines.mapped("code")), {"rfm", "trend"})
        headlines.is_headline = False
        shipped.meaning = False
        self.segment("value_b").meaning = "key"
        self.env.flush_all()
        self.assertFalse(self.segments._with_meaning("lost"))
        migrate("1.3.0", "post-meaning", self.env.cr)
        self.env.invalidate_all()
        found = {name: self.segment(name).meaning for name in MEANINGS}
        self.assertEqual(found, {**MEANINGS, "value_b": "key"})
        self.assertFalse(own.meaning)
        self.assertEqual(self.segments._with_meaning("lost"), self.segment("lifecycle_lost"))
        self.assertEqual(self.dimensions.search([("is_headline", "=", True)]), headlines)

    def test_migration_when_the_version_knows_no_meanings_then_added_to_it(self):
        versions = self.env["customer.segmentation.version"]
        former = versions._take()
        snapshot = former.snapshot
        for values in snapshot["segments"].values():
            del values["meaning"]
        former.snapshot = snapshot
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertNotIn("meaning", str(former.snapshot))
        migrate("1.3.0", "post-meaning", self.env.cr)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(versions._take(), former)
        self.segment("lifecycle_lost").meaning = "dormant"
        self.assertEqual(versions._take().summary, "Lost, Meaning: Lost → Dormant")

    def test_in_use_when_archived_moved_or_changed_then_known_at_once(self):
        lost, dormant = self.segment("lifecycle_lost"), self.segment("lifecycle_dormant")
        self.assertEqual(self.segments._with_meaning("lost"), lost)
        dormant.meaning = "lost"
        self.assertEqual(self.segments._with_meaning("lost"), lost | dormant)
        lost.active = False
        self.assertEqual(self.segments._with_meaning("lost"), dormant)
        self.assertEqual(self.segments._ever_with_meaning("lost"), lost | dormant)
        self.lifecycle.active = False
        self.assertFalse(self.segments._with_meaning("lost"))
        self.assertFalse(self.dimensions._telling("lifecycle"))
        self.lifecycle.active = True
        self.assertEqual(self.dimensions._telling("lifecycle"), self.lifecycle)

    def test_in_use_when_several_may_apply_or_the_column_is_gone_then_not(self):
        need = self.segments.search([("dimension_id.code", "=", "need")], limit=1)
        need.meaning = "key"
        own = self.accounts()
        pillars = own.segment_ids[0]
        self.assertEqual(self.segments._with_meaning("key"), self.segment("value_a") | pillars)
        own.action_delete()
        self.assertEqual(self.segments._with_meaning("key"), self.segment("value_a"))

    def test_telling_when_several_dimensions_do_then_the_first_by_sequence(self):
        own = self.accounts(sequence=15)
        self.assertLess(own.sequence, self.value.sequence)
        self.assertEqual(self.dimensions._telling("value"), own)
        self.recompute()
        partner = self.pillar.with_user(self.alice)
        self.assertEqual(partner.segmentation_value_segment_id.name, "Pillars")
        own.sequence = self.value.sequence + 1
        partner.invalidate_recordset()
        self.assertEqual(self.dimensions._telling("value"), self.value)
        # Pillar brings 1200 of 1900: the first, before whom are 0 %
        self.assertEqual(partner.segmentation_value_segment_id, self.segment("value_a"))

    def test_key_when_any_dimension_says_so_then_it_is_one(self):
        """Shipped A are the customers before 70 % of the sales; own Pillars are beside them."""
        self.accounts()
        self.segment("value_a").meaning = "important"
        self.recompute()
        profiles = self.profiles.search(
            [("company_id", "=", self.company.id), *self.profiles._domain_with_meaning("key")]
        )
        self.assertEqual(profiles.partner_id, self.pillar)

    def test_digest_when_moved_between_two_of_the_same_meaning_then_nobody_entered(self):
        other = self.segments.create(
            {
                "name": "Given Up", "meaning": "lost", "dimension_id": self.lifecycle.id,
                "domain": "[('recency_days', '>', 900)]",
            }
        )
        rows = [
            (self.goner, self.segment("lifecycle_lost"), other),
            (self.slipper, self.segment("lifecycle_active"), other),
            (self.pillar, self.segments, other),
        ]
        self.env["customer.segmentation.history"].sudo().create(
            [
                {
                    "partner_id": partner.id, "company_id": self.company.id,
                    "dimension_id": self.lifecycle.id, "from_segment_id": former.id,
                    "to_segment_id": present.id, "date": TODAY, "reason": "rule",
                }
                for partner, former, present in rows
            ]
        )
        self.assertEqual(self.digest("lost"), 2)
        other.active = False  # what was, was
        self.assertEqual(self.digest("lost"), 2)

    def test_version_when_a_meaning_changes_then_kept_told_and_put_back(self):
        versions = self.env["customer.segmentation.version"]
        before = versions._take()
        self.segment("lifecycle_dormant").meaning = "lost"
        after = versions._take()
        self.assertEqual(after.summary, "Dormant, Meaning: Dormant → Lost")
        before.with_user(self.manager).action_restore()
        self.assertEqual(self.segment("lifecycle_dormant").meaning, "dormant")

    def test_pool_rule_when_its_dimension_tells_no_value_then_refused(self):
        rules = self.env["customer.segmentation.pool.rule"].with_user(self.manager)
        with self.assertRaisesRegex(ValidationError, "does not tell the value"):
            rules.create({"name": "Lost", "value_segment_id": self.segment("lifecycle_lost").id})
        choice = rules.fields_get(["value_segment_id"])["value_segment_id"]["domain"]
        self.assertEqual(self.segments.search(choice), self.value.segment_ids)
        self.segment("lifecycle_lost").meaning = "small"
        rules.create({"name": "Lost", "value_segment_id": self.segment("lifecycle_lost").id})
        self.value.active = False
        self.assertEqual(self.segments.search(choice), self.lifecycle.segment_ids)

    def test_meanings_when_known_then_asked_without_a_statement(self):
        self.recompute()
        profile = self.profile(self.goner)
        profile.read(["value_segment_id", "lifecycle_segment_id"])
        self.segments._meant()

        def ask():
            self.profiles._domain_with_meaning("key")
            self.profiles._has_meaning("profile", "lost")
            self.dimensions._column_telling("value")
            self.assertTrue(self.segments._with_meaning("at_risk"))

        self.assertEqual(self.statements(ask), 0)
