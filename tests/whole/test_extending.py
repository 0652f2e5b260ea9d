"""Another addon on each hook: the example in tests/addons, of which docs/extending.md tells."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from common import SALESMAN, TODAY, DocumentCase

from odoo import Command
from odoo.tests import tagged

pytestmark = pytest.mark.example
REPO = Path(__file__).resolve().parents[2]


@tagged("post_install", "-at_install")
class TestExtending(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.user("extending_alice", SALESMAN)
        cls.mill = cls.customer("Visited Mill", user_id=cls.alice.id)
        cls.env["customer.segmentation.playbook"].search([]).paused = True

    def visit(self, days_ago=10, partner=None, **vals):
        return self.env["example.visit"].create(
            {
                "partner_id": (partner or self.mill).id,
                "company_id": self.company.id,
                "date": TODAY - timedelta(days=days_ago),
                **vals,
            }
        )

    def visits(self, partner):
        return self.env["example.visit"].search([("partner_id", "=", partner.id)])

    def call(self):
        return self.env["customer.segmentation.call"].search([("partner_id", "=", self.mill.id)])

    # A source of facts, an answer, a contact

    def test_fact_when_sold_on_a_visit_then_measured_beside_the_orders(self):
        """One order of 100 and one visit of 250."""
        self.order(self.mill, amount=100)
        self.visit(is_made=True, amount=250)
        self.recompute()
        profile = self.profile(self.mill)
        self.assertEqual((profile.order_count, profile.net_sales), (2, 350))

    def test_measure_when_visited_then_counted_kept_and_said(self):
        """Two visits were made up to today, one of them of a person of the mill."""
        buyer = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.mill.id})
        self.recompute()  # the first classification writes no history
        self.visit(is_made=True)
        self.visit(is_made=True, partner=buyer)
        self.visit(days_ago=-5, is_made=True)
        rising = self.segment("trend_rising")
        rising.domain = "[('visit_count', '>', 1)]"
        self.order(self.mill, amount=100)
        self.recompute()
        profile = self.profile(self.mill)
        self.assertEqual(profile.visit_count, 2)
        self.assertEqual(profile.trend_segment_id, rising)
        [moved] = profile.history_ids.filtered(lambda row: row.to_segment_id == rising)
        self.assertEqual(moved.evidence["visit_count"], 2)
        explained = self.env["customer.segmentation.explanation"].explain(
            profile._name, profile.id, "trend_segment_id"
        )
        self.assertIn("visits: 2", explained["sentence"])

    def test_fact_when_visit_and_order_have_one_number_then_two_ids(self):
        visit = self.visit(is_made=True, amount=250)
        order = self.order(self.mill, amount=100)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE example_visit SET id = %s WHERE id = %s", [order.id, visit.id]
        )
        self.env.invalidate_all()
        facts = self.env["customer.segmentation.fact"].search(
            [("partner_id", "=", self.mill.id)]
        )
        self.assertEqual(
            {(fact.res_model, fact.res_id) for fact in facts},
            {("example.visit", order.id), ("sale.order", order.id)},
        )

    def test_source_when_visit_changes_then_its_customer_is_queued(self):
        visit = self.visit()
        self.empty_queue()
        visit.amount = 5
        self.assertEqual(self.queued(), {self.mill.id})

    def test_answer_when_given_on_a_visit_then_satisfaction(self):
        """2 of 5 stars is a score of 25; it is low, and so a reason to call."""
        self.visit(is_made=True, stars=2)
        self.recompute()
        profile = self.profile(self.mill)
        self.assertEqual((profile.satisfaction_count, profile.satisfaction_score), (1, 25))
        self.assertEqual(self.call().reason, "low_answer")

    def test_contact_when_visited_then_the_last_one(self):
        visit = self.visit(is_made=True)
        self.visit(days_ago=-2)  # still to be made
        self.recompute()
        profile = self.profile(self.mill)
        self.assertEqual(profile.last_contact_date, visit.date)
        found = self.profiles.search([("last_contact_date", "=", visit.date)])
        self.assertIn(profile, found)

    # A reason to call

    def test_reason_when_asked_for_then_on_the_list_in_its_own_words(self):
        self.visit(is_made=True, wants_call=True)
        self.recompute()
        call = self.call().with_user(self.alice)
        self.assertEqual(call.reason, "visit")
        self.assertEqual(call.reason_words, "Asked for a call on 06/20/2024")
        labels = dict(call._fields["reason"]._description_selection(self.env))
        self.assertEqual(
            list(labels), ["complaint", "low_answer", "visit", "overdue", "activity"]
        )
        self.assertEqual(labels["visit"], "Asked for a call")

    def test_reason_when_it_wakes_then_a_snoozed_customer_is_back(self):
        self.env["mail.activity"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("res.partner"),
                "res_id": self.mill.id,
                "user_id": self.alice.id,
                "date_deadline": TODAY,
            }
        )
        self.recompute()
        call = self.call()
        self.assertEqual(call.reason, "activity")
        call.sudo().write({"state": "snoozed", "snoozed_until": TODAY + timedelta(days=9)})
        self.visit(is_made=True, wants_call=True)
        self.recompute()
        self.assertEqual((call.state, call.reason), ("open", "visit"))

    # An actor

    def test_actor_when_run_then_acts_in_its_place(self):
        self.visit(days_ago=1)
        run = self.runs._recompute(self.company, as_of=TODAY)
        self.assertEqual((run.state, run.message), ("warning", "Visits nobody made: 1"))
        self.assertIn((35, "example.visit"), run._actors())

    # A kind of step

    def test_step_when_customer_enters_then_visit_is_planned(self):
        playbook = self.env["customer.segmentation.playbook"].create(
            {
                "name": "Visit the new ones",
                "segment_id": self.segment("lifecycle_new").id,
                "only_new_members": False,
                "step_ids": [Command.create({"kind": "visit", "moment": "enter"})],
            }
        )
        self.assertEqual(playbook.step_ids.display_name, "On entering: Visit")
        playbook._switch_on(TODAY)
        self.recompute()  # the first classification starts nothing
        self.order(self.mill, amount=100)
        self.recompute()
        self.assertEqual(
            [(visit.date, visit.is_made) for visit in self.visits(self.mill)], [(TODAY, False)]
        )

    # A merge, an objection

    def test_merge_when_both_are_visited_that_day_then_one_visit(self):
        double = self.customer("Mill Again")
        kept = self.visit(is_made=True)
        self.visit(is_made=True, partner=double)
        other = self.visit(days_ago=5, partner=double)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (self.mill | double).ids, self.mill
        )
        self.assertEqual(self.visits(self.mill), kept | other)

    def test_objection_when_made_then_the_planned_visit_is_taken_back(self):
        person = self.customer("Zhang", is_company=False)
        made = self.visit(is_made=True, partner=person)
        self.visit(days_ago=-3, partner=person)
        person.segmentation_objected = True
        self.assertEqual(self.visits(person), made)

    # The banner

    def test_banner_when_visit_is_planned_then_told_on_the_quotation(self):
        self.visit(days_ago=-3)
        quotation = self.quotation(self.mill)
        self.recompute(partner_ids=self.mill.ids)
        self.assertIn("Visit planned on 07/03/2024", quotation.segmentation_banner["advice"])

    # The page

    def test_page_when_read_then_its_code_is_that_of_the_example(self):
        example = "\n".join(
            file.read_text("utf-8") for file in sorted((REPO / "tests/addons").rglob("*.py"))
        )
        page = (REPO / "docs/extending.md").read_text("utf-8")
        blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
        self.assertGreater(len(blocks), 8)
        for block in blocks:
            self.assertIn(block, example)
