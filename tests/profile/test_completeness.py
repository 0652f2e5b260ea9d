"""Completeness: weight of the contact's filled fields by the weight of all, and what is missing.

The weights of the tests: phone 20, industry 10, headcount 6, contacts 4. Together 40.
"""

from common import SALES_MANAGER, SALESMAN, DocumentCase
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

WEIGHTS = {"phone": 20, "industry_id": 10, "segmentation_headcount": 6, "child_ids": 4}


@tagged("post_install", "-at_install")
class TestCompleteness(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.weights = cls.env["customer.segmentation.completeness"]
        cls.weights.search([]).unlink()
        cls.weights.create(
            [{"field_name": name, "weight": weight} for name, weight in WEIGHTS.items()]
        )
        industry = cls.env["res.partner.industry"].create({"name": "Pumps"})
        cls.bare, cls.half, cls.full = cls.env["res.partner"].create(
            [
                {"name": "Bare", "is_company": True, "segmentation_headcount": 0, "phone": ""},
                # 20 + 4 of 40
                {"name": "Half", "is_company": True, "phone": "1",
                 "child_ids": [Command.create({"name": "Buyer"})]},
                {"name": "Full", "is_company": True, "phone": "1", "industry_id": industry.id,
                 "segmentation_headcount": 9, "child_ids": [Command.create({"name": "Buyer"})]},
            ]
        )
        cls.runs._recompute(cls.company)
        cls.ours = cls.profiles.search(
            [("partner_id", "in", (cls.bare | cls.half | cls.full).ids)]
        )

    def ours_of(self, partner):
        return self.ours.filtered(lambda profile: profile.partner_id == partner)

    def found(self, operator, value):
        domain = [("id", "in", self.ours.ids), ("completeness", operator, value)]
        return self.profiles.search(domain).partner_id

    def test_score_when_some_are_filled_then_their_share_of_the_weight(self):
        scores = [
            self.ours_of(partner).completeness for partner in (self.bare, self.half, self.full)
        ]
        self.assertEqual(scores, [0, 60, 100])

    def test_missing_when_shown_then_the_heaviest_first_with_what_it_adds(self):
        labels = {
            name: values["string"]
            for name, values in self.env["res.partner"].fields_get([*WEIGHTS], ["string"]).items()
        }
        # 10 and 6 of 40
        self.assertEqual(
            self.ours_of(self.half).missing_words,
            f"{labels['industry_id']} (+25), {labels['segmentation_headcount']} (+15)",
        )
        self.assertFalse(self.ours_of(self.full).missing_words)

    def test_score_when_what_is_missing_is_filled_then_it_is_what_was_promised(self):
        self.half.segmentation_headcount = 5
        self.env.invalidate_all()
        self.assertEqual(self.ours_of(self.half).completeness, 75)

    def test_score_when_weights_change_then_at_once(self):
        self.weights.search([("field_name", "=", "child_ids")]).weight = 0
        self.env.invalidate_all()
        # 20 of 36, rounded to one decimal
        self.assertEqual(self.ours_of(self.half).completeness, 55.6)
        self.weights.search([]).unlink()
        self.env.invalidate_all()
        self.assertEqual(self.ours_of(self.full).completeness, 0)
        self.assertFalse(self.ours_of(self.bare).missing_words)
        self.assertFalse(self.found(">=", 0))

    def test_search_when_compared_then_by_the_score(self):
        self.assertEqual(self.found("<", 60), self.bare)
        self.assertEqual(self.found("<=", 60), self.bare | self.half)
        self.assertEqual(self.found("=", 60), self.half)
        self.assertEqual(self.found("!=", 60), self.bare | self.full)
        self.assertEqual(self.found("in", [0, 100]), self.bare | self.full)
        with self.assertRaises(UserError):
            self.found("like", "6")

    def test_list_when_sorted_or_averaged_then_by_the_score(self):
        domain = [("id", "in", self.ours.ids)]
        ordered = self.profiles.search(domain, order="completeness desc").partner_id
        self.assertEqual(ordered.ids, [self.full.id, self.half.id, self.bare.id])
        [[mean]] = self.profiles._read_group(domain, [], ["completeness:avg"])
        self.assertAlmostEqual(float(mean), 160 / 3, 1)

    def test_rule_when_it_names_the_score_then_full_and_partial_runs_use_it(self):
        dimension = self.env["customer.segmentation.dimension"].create({"name": "Data"})
        good, poor = self.env["customer.segmentation.segment"].create(
            [
                {"dimension_id": dimension.id, "name": "Good", "sequence": 1,
                 "domain": "[('completeness', '>=', 60)]"},
                {"dimension_id": dimension.id, "name": "Poor", "sequence": 2},
            ]
        )
        self.assertEqual(self.runs._recompute(self.company).state, "done")
        column = dimension.column_name
        self.assertEqual(self.ours_of(self.half)[column], good)
        self.assertEqual(self.ours_of(self.bare)[column], poor)
        self.bare.write({"phone": "2", "segmentation_headcount": 3})  # 26 of 40
        run = self.runs._recompute(self.company, partner_ids=self.bare.ids)
        self.assertEqual(run.scope, "partial")
        self.assertEqual(self.ours_of(self.bare)[column], good)

    def test_field_when_nobody_fills_it_in_then_refused(self):
        for name in ("create_date", "commercial_partner_id", "no_such_field", "signup_token"):
            # 17.0 asks the selection itself
            with self.assertRaisesRegex(Exception, name) as caught, self.env.cr.savepoint():
                self.weights.create({"field_name": name})
            self.assertIsInstance(caught.exception, (ValueError, ValidationError))
        names = [name for name, _label in self.weights._selection_field_name()]
        self.assertIn("email", names)
        self.assertNotIn("write_date", names)

    @mute_logger("odoo.sql_db")
    def test_weight_when_out_of_range_or_twice_then_refused(self):
        for vals in (
            {"field_name": "email", "weight": 21},
            {"field_name": "email", "weight": -1},
            {"field_name": "phone", "weight": 5},
        ):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.weights.create(vals)

    def test_weights_when_of_a_salesman_then_read_only(self):
        salesman = self.user("complete_salesman", SALESMAN)
        manager = self.user("complete_manager", SALES_MANAGER)
        weight = self.weights.search([], limit=1)
        weight.with_user(manager).weight = 3
        self.assertEqual(weight.with_user(salesman).weight, 3)
        with self.assertRaises(AccessError):
            weight.with_user(salesman).weight = 4

    def test_contact_when_shown_then_that_of_its_customer(self):
        salesman = self.user("complete_seller", SALESMAN)
        buyer = self.half.child_ids.with_user(salesman)
        self.assertEqual(buyer.segmentation_completeness, 60)
        self.assertIn("(+25)", buyer.segmentation_missing_words)

    def test_statements_when_many_are_shown_then_one(self):
        ours = self.ours
        self.env.invalidate_all()
        one = self.statements(lambda: ours[:1].mapped("completeness"))
        self.env.invalidate_all()
        self.assertEqual(self.statements(lambda: ours.mapped("completeness")), one)
