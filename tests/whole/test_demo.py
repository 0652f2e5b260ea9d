"""A factory's data on a real database: every segment has a customer, and the engine is right.

Right is what tests/reference.py finds from the documents, read here by plain SQL and not through
the addon's fact model.
"""

from datetime import timedelta
from fractions import Fraction

import pytest
import pytz
from reference import SEGMENTS, Answer, Fact, classify

from odoo.tests import TransactionCase, tagged

pytestmark = pytest.mark.demo

DATES = ["first_order_date", "last_order_date", "won_back_date"]
NUMBERS = [
    "order_count",
    "order_day_count",
    "order_count_12m",
    "net_sales",
    "sales_12m",
    "net_sales_12m",
    "net_sales_prev_12m",
    "trend_ratio",
    "average_order",
    "refund_ratio",
    "order_interval_days",
    "open_quotation_count",
    "open_opportunity_count",
    "opportunity_probability",
    "recency_score",
    "frequency_score",
    "monetary_score",
    "satisfaction_score",
    "satisfaction_count",
]
HALF_A_CENT = 0.0050001  # the profile rounds, the reference does not


@tagged("post_install", "-at_install")
class TestDemo(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.ref("base.main_company")
        cls.criteria = cls.env["customer.segmentation.criteria"]._get(cls.company)
        cls.criteria.action_propose_monetary()  # the reference proposes its own bands too
        cls.env.ref("customer_segmentation.dimension_rfm").grace_days = 0  # and has no patience
        cls.profiles = cls.env["customer.segmentation.profile"].with_context(active_test=False)

    def recompute(self, as_of=None):
        run = self.env["customer.segmentation.run"]._recompute(self.company, as_of=as_of)
        self.assertIn(run.state, ("done", "warning"), run.message)
        self.as_of = run.as_of
        return run.as_of

    # The documents

    def day(self, moment):
        return pytz.utc.localize(moment).astimezone(pytz.timezone(self.criteria.tz)).date()

    def rows(self, query, *arguments):
        self.env.flush_all()
        self.env.cr.execute(query, arguments)
        return self.env.cr.fetchall()

    def facts(self):
        return [*self.order_facts(), *self.refund_facts(), *self.opportunity_facts()]

    def order_facts(self):
        query = """
            SELECT p.commercial_partner_id, o.date_order, o.state, o.amount_untaxed, o.currency_rate
              FROM sale_order o JOIN res_partner p ON p.id = o.partner_id
             WHERE o.company_id = %s AND o.state <> 'cancel'"""
        for partner_id, moment, state, amount, rate in self.rows(query, self.company.id):
            kind = "quotation" if state != "sale" else "refund" if amount < 0 else "order"
            in_company_currency = Fraction(amount) / Fraction(str(rate or 1))
            yield Fact(partner_id, self.company.id, self.day(moment), kind, in_company_currency)

    def refund_facts(self):
        query = """
            SELECT p.commercial_partner_id, m.invoice_date, m.amount_untaxed_signed,
                   m.reversed_entry_id, bool_or(o.state = 'sale')
              FROM account_move m
              JOIN res_partner p ON p.id = m.partner_id
         LEFT JOIN account_move_line l ON l.move_id = m.id OR l.move_id = m.reversed_entry_id
         LEFT JOIN sale_order_line_invoice_rel r ON r.invoice_line_id = l.id
         LEFT JOIN sale_order_line s ON s.id = r.order_line_id
         LEFT JOIN sale_order o ON o.id = s.order_id
             WHERE m.company_id = %s AND m.state = 'posted' AND m.move_type = 'out_refund'
          GROUP BY m.id, p.id"""
        for partner_id, day, amount, reversed_id, was_sold in self.rows(query, self.company.id):
            if was_sold or (was_sold is None and not reversed_id):
                kind = "refund" if was_sold else "credit note"
                yield Fact(partner_id, self.company.id, day, kind, amount)

    def opportunity_facts(self):
        query = """
            SELECT p.commercial_partner_id, l.create_date, l.expected_revenue, l.probability
              FROM crm_lead l
              JOIN res_partner p ON p.id = l.partner_id
         LEFT JOIN crm_team t ON t.id = l.team_id
         LEFT JOIN res_users u ON u.id = l.user_id
             WHERE COALESCE(l.company_id, t.company_id, u.company_id, p.company_id, %s) = %s
               AND l.active AND l.probability < 100"""
        arguments = [self.company.id, self.company.id]  # the main company is the first one
        for partner_id, moment, amount, probability in self.rows(query, *arguments):
            yield Fact(
                partner_id, self.company.id, self.day(moment), "opportunity", amount, probability
            )

    def answers(self):
        query = """
            SELECT p.commercial_partner_id, f.date, f.nps, f.csat, f.product_rating,
                   f.service_rating, f.delivery_rating, f.price_rating
              FROM customer_segmentation_feedback f JOIN res_partner p ON p.id = f.partner_id
             WHERE f.company_id = %s"""
        for partner_id, day, nps, *five in self.rows(query, self.company.id):
            for kind, values in (("nps", [nps]), ("five", five)):
                for value in values:
                    if value is not None:
                        yield Answer(partner_id, self.company.id, day, kind, int(value))
        query = """
            SELECT p.commercial_partner_id, r.segmentation_rated_on, r.rating
              FROM rating_rating r JOIN res_partner p ON p.id = r.partner_id
             WHERE r.consumed AND r.rating >= 1 AND r.segmentation_company_id = %s"""
        for partner_id, moment, value in self.rows(query, self.company.id):
            yield Answer(partner_id, self.company.id, self.day(moment), "five", int(value))

    def customers(self, facts):
        """Who is to have a profile: with a document, or a contact that may become a customer."""
        own = self.env["res.company"].search([]).partner_id
        with_document = {fact.partner_id for fact in facts if fact.kind != "credit note"}
        partners = self.env["res.partner"].search([("company_id", "in", [False, self.company.id])])
        return {
            partner.id
            for partner in partners
            if partner == partner.commercial_partner_id
            and (
                partner.id in with_document
                or (partner.partner_share and partner not in own and not self.is_vendor(partner))
            )
        }

    def is_vendor(self, partner):
        return partner.supplier_rank and not partner.customer_rank

    # The comparison

    def assert_agrees(self, as_of, **criteria):
        facts = [fact for fact in self.facts() if fact.date <= as_of]
        for name, band in (("recency_bands", "recency_days"), ("frequency_bands", "frequency")):
            criteria[name] = sorted(self.criteria[f"{band}_{number}"] for number in (2, 3, 4, 5))
        expected = classify(
            facts, self.company.id, as_of, criteria, self.customers(facts), [*self.answers()]
        )
        profiles = self.profiles.search(
            [("company_id", "=", self.company.id), ("active", "=", True)]
        )
        self.assertEqual(set(profiles.partner_id.ids), set(expected.customers))
        differences = [
            f"{profile.partner_id.name}: {name} is {found!r}, not {right!r}"
            for profile in profiles
            for name, found, right in self.compared(
                profile, expected.customers[profile.partner_id.id]
            )
            if found != right
        ]
        if differences:
            self.fail("\n".join(differences))

    def compared(self, profile, row):
        for name in DATES:
            yield name, profile[name] or None, row[name]
        for name in NUMBERS:
            found, right = profile[name], float(row[name] or 0)
            yield name, right if abs(found - right) <= HALF_A_CENT else found, right
        segments = dict(row["segments"])
        if self.override_of(profile, "lifecycle") and profile.is_dormant_or_lost:
            segments["trend"] = "none"  # by a person's word, which the reference does not know
        for dimension, right in segments.items():
            yield dimension, self.segment_name(profile, dimension), right

    def override_of(self, profile, dimension):
        """The override in force on the day the comparison is of."""
        return self.overrides().filtered(
            lambda item: item.partner_id == profile.partner_id
            and item.dimension_id.code == dimension
            and item.from_date <= self.as_of
            and (not item.until_date or self.as_of <= item.until_date)
        )

    def segment_name(self, profile, dimension):
        """The rule's answer: where people set another segment, it stands beside theirs."""
        override = self.override_of(profile, dimension)
        segment = override.rule_segment_id if override else profile[f"{dimension}_segment_id"]
        [xmlid] = segment.get_external_id().values()
        return xmlid.removeprefix(f"customer_segmentation.segment_{dimension}_")

    def overrides(self):
        return self.env["customer.segmentation.override"].search(
            [("company_id", "=", self.company.id)]
        )

    def test_overrides_disagree_with_what_the_rules_say(self):
        """The demo's overrides in force tell the truth about the rule, and they win."""
        self.recompute()
        overrides = self.overrides()
        self.assertGreaterEqual(len(overrides), 5)
        for override in overrides:
            with self.subTest(customer=override.partner_id.name):
                self.assertEqual(
                    override.rule_segment_id.name, override.overruled_segment_id.name
                )
                profile = self.profiles.search([("partner_id", "=", override.partner_id.id)])
                column = override.dimension_id.column_name
                self.assertEqual(profile[column], override.segment_id)
        ended = overrides.with_context(active_test=False).search([("active", "=", False)])
        self.assertGreaterEqual(len(ended), 5)
        self.assertTrue(all(ended.mapped("ended_date")))

    def test_every_segment_has_a_customer(self):
        self.recompute()
        empty = [
            f"{dimension}: {segment}"
            for dimension, segments in SEGMENTS.items()
            for segment in segments
            if not self.profiles.search_count(
                [
                    ("company_id", "=", self.company.id),
                    (
                        f"{dimension}_segment_id",
                        "=",
                        self.env.ref(f"customer_segmentation.segment_{dimension}_{segment}").id,
                    ),
                ]
            )
        ]
        self.assertFalse(empty)

    def test_engine_and_reference_agree_today(self):
        self.assert_agrees(self.recompute())

    def test_engine_and_reference_agree_on_days_past_and_coming(self):
        today = self.company._segmentation_today()
        for days in (-600, -370, -91, -30, 29, 100, 366):
            self.criteria.action_propose_monetary()
            with self.subTest(days=days):
                self.assert_agrees(self.recompute(today + timedelta(days=days)))

    def test_engine_and_reference_agree_on_a_leap_day(self):
        today = self.company._segmentation_today()
        year = next(year for year in range(today.year + 1, today.year + 9) if year % 4 == 0)
        self.assert_agrees(self.recompute(today.replace(year=year, month=2, day=29)))

    def test_engine_and_reference_agree_on_quantiles_and_a_window_of_24_months(self):
        self.criteria.write({"score_method": "quantiles", "window_months": 24})
        self.criteria.action_propose_monetary()
        self.assert_agrees(self.recompute(), score_method="quantiles", window_months=24)
        self.assertFalse(self.criteria.quantiles_refused)

    # What the demo is to show

    def test_archived_customers_have_no_segments(self):
        self.recompute()
        for name in ("ferrum", "bellweather"):
            partner = self.env.ref(f"customer_segmentation.demo_partner_{name}")
            self.assertFalse(partner.active)
            profiles = self.profiles.search([("partner_id", "=", partner.id)])
            self.assertFalse(profiles.filtered("active"))

    def test_orders_of_a_contact_belong_to_its_company(self):
        self.recompute()
        contact = self.env.ref("customer_segmentation.demo_contact_huarui")
        self.assertTrue(self.env["sale.order"].search([("partner_id", "=", contact.id)]))
        self.assertFalse(self.profiles.search([("partner_id", "=", contact.id)]))

    def test_a_subsidiary_is_a_customer_of_its_own(self):
        self.recompute()
        subsidiary = self.env.ref("customer_segmentation.demo_partner_huarui_vn")
        self.assertEqual(
            subsidiary.parent_id, self.env.ref("customer_segmentation.demo_partner_huarui")
        )
        profile = self.profiles.search(
            [("partner_id", "=", subsidiary.id), ("company_id", "=", self.company.id)]
        )
        self.assertEqual(profile.order_count, 4)  # 52, about 131, 210 and 289 days ago

    def messages_of(self, model):
        records = self.env["ir.model.data"].search(
            [("module", "=", "customer_segmentation"), ("model", "=", model)]
        )
        return self.env["mail.message"].search(
            [("model", "=", model), ("res_id", "in", records.mapped("res_id"))]
        )

    def test_installing_writes_no_message_on_documents(self):
        for model in ("sale.order", "crm.lead"):
            self.assertFalse(self.messages_of(model), model)

    def test_messages_of_customers_tell_what_salespeople_did_on_former_days(self):
        messages = self.messages_of("res.partner")
        self.assertTrue(messages)
        self.assertTrue(all(messages.mapped("mail_activity_type_id")))
        self.assertFalse(any(messages.author_id.user_ids.mapped("share")))
        self.assertLess(max(messages.mapped("date")).date(), self.company._segmentation_today())

    def test_salespeople_can_log_in(self):
        for login in ("sales", "manager"):
            user = self.env["res.users"].search([("login", "=", login)])
            self.assertTrue(user.with_user(user).has_group("sales_team.group_sale_salesman"))
        sees_all = "sales_team.group_sale_salesman_all_leads"
        self.assertFalse(self.env.ref("customer_segmentation.demo_user_sales").has_group(sees_all))
        self.assertTrue(self.env.ref("customer_segmentation.demo_user_manager").has_group(sees_all))

    def test_the_pool_looks_alive_and_stays_so_after_a_run(self):
        """Four in it, three warned, one claimed; nobody else moves, their orders being open."""
        moves = self.env["customer.segmentation.pool.move"]

        def names(*domain):
            ours = moves.search([("company_id", "=", self.company.id), *domain])
            xmlids = ours.partner_id.get_external_id().values()
            return {xmlid.removeprefix("customer_segmentation.demo_partner_") for xmlid in xmlids}

        self.recompute()
        pooled = {"tianma", "cedar", "portoverde", "fujimori"}
        self.assertEqual(names(("in_pool", "=", True)), pooled)
        self.assertEqual(
            names(("kind", "=", "warning"), ("is_open", "=", True)),
            {"bergkamp", "jinqiao", "greatbasin"},
        )
        self.assertEqual(names(("kind", "=", "claim"), ("is_open", "=", True)), {"rioclaro"})
        for name in pooled:
            self.assertFalse(self.env.ref(f"customer_segmentation.demo_partner_{name}").user_id)

    def test_history_when_installed_tells_of_every_reason(self):
        groups = self.env["customer.segmentation.history"]._read_group([], ["reason"], ["__count"])
        reasons = dict(groups)
        self.assertEqual(set(reasons), {"rule", "arrived", "left", "override", "replay"})
        self.assertGreaterEqual(reasons["rule"], 100)

    def test_calls_when_installed_were_closed_over_weeks_by_each_salesperson(self):
        calls = self.env["customer.segmentation.call"].search([])
        self.assertGreaterEqual(
            set(calls.mapped("state")), {"open", "snoozed", "done", "not_interested", "ordered"}
        )
        done = calls.filtered(lambda call: call.state == "done")
        weeks = {call.closed_date.isocalendar()[:2] for call in done}
        self.assertGreaterEqual(len(weeks), 8)
        self.assertGreaterEqual(len(set(done.mapped("outcome"))), 3)
        self.assertGreaterEqual(len(done.closed_by_id), 3)
        self.assertTrue(all(call.opened_date <= call.closed_date for call in done))

    def test_moves_when_installed_wait_for_their_grace_days(self):
        pending = self.env["customer.segmentation.pending"].search([])
        self.assertGreaterEqual(len(pending), 3)
        self.assertGreater(min(pending.mapped("due_date")), self.company._segmentation_today())

    def test_draft_when_installed_was_tried(self):
        draft = self.env.ref("customer_segmentation.demo_draft")
        self.assertTrue(draft.run_date)
        self.assertEqual(set(draft.move_ids.dimension_id.mapped("code")) & {"value", "lifecycle"},
                         {"value", "lifecycle"})

    def test_effect_of_the_trial_when_installed_has_enough_customers_on_both_sides(self):
        self.recompute()
        playbook = self.env.ref("customer_segmentation.demo_playbook_bonus")
        summary = self.env["customer.segmentation.playbook.effect.summary"].browse(
            playbook.action_effect()["res_id"]
        )
        self.assertGreaterEqual(summary.reached_count, 30)
        self.assertGreaterEqual(summary.compared_count, 30)
