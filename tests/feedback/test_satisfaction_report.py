"""NPS, CSAT and topics: right for any grouping, with the number of answers beside them."""

from datetime import datetime

from common import TODAY
from feedback_case import FeedbackCase

from odoo.exceptions import AccessError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestSatisfactionReport(FeedbackCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.report = cls.env["customer.segmentation.satisfaction"]
        cls.food, cls.sea = cls.env["res.partner.industry"].create(
            [{"name": "Food"}, {"name": "Sea"}]
        )
        cls.alices.industry_id, cls.bobs.industry_id = cls.food, cls.sea

    def groups(self, groupby, aggregates, domain=()):
        partners = self.alices | self.bobs | self.nobodys
        return self.report._read_group(
            [("partner_id", "in", partners.ids), *domain], groupby, aggregates
        )

    def test_nps_when_grouped_in_any_way_then_promoters_less_detractors(self):
        for partner, answers in ((self.alices, "0 6 7 8 9 10 10"), (self.bobs, "6 10 10")):
            for answer in answers.split():
                self.log(partner, nps=answer)
        self.log(self.alices, product_rating="5")  # no NPS answer: not in the denominator
        measures = ["nps:avg", "nps_count:sum", "__count"]
        # Alice's: 3 promoters, 2 detractors of 7; Bob's: 2 and 1 of 3; all: 5 - 3 of 10
        found = {
            industry: (round(nps, 4), answers, rows)
            for industry, nps, answers, rows in self.groups(["industry_id"], measures)
        }
        self.assertEqual(
            found, {self.food: (round(100 / 7, 4), 7, 8), self.sea: (round(100 / 3, 4), 3, 3)}
        )
        [(nps, answers, _rows)] = self.groups([], measures)
        self.assertEqual((round(nps, 4), answers), (20, 10))
        by_user = dict(self.groups(["user_id"], ["nps:avg"]))
        self.assertAlmostEqual(by_user[self.bob], 100 / 3)

    def test_nps_when_only_passives_or_no_answer_then_0_or_absent(self):
        self.log(self.alices, nps="7")
        self.log(self.alices, nps="8")
        self.log(self.bobs, csat="5")
        found = dict(self.groups(["partner_id"], ["nps:avg"]))
        self.assertEqual(found[self.alices], 0)
        self.assertIn(found[self.bobs], (None, False))

    def test_csat_when_grouped_then_share_of_4_and_5_of_five_point_answers(self):
        self.log(self.alices, product_rating="4", price_rating="3", csat="5", nps="0")
        order = self.order(self.alices)
        for rating in (3.9, 4):
            self.env["rating.rating"].create(
                {
                    "res_model_id": self.env["ir.model"]._get_id("sale.order"),
                    "res_id": order.id,
                    "partner_id": self.buyer.id,
                    "rating": rating,
                    "consumed": True,
                    "segmentation_rated_on": datetime(2024, 6, 30, 12),
                }
            )
        # 4, 5 and the rating of 4, of five five-point answers
        [(csat, answers)] = self.groups([], ["csat:avg", "csat_count:sum"])
        self.assertEqual((csat, answers), (60, 5))

    def test_topics_when_by_segment_then_mean_score_and_count(self):
        self.order(self.alices, amount=9000)
        self.order(self.bobs, amount=10)
        self.recompute()
        self.log(self.alices, delivery_rating="1", product_rating="5")
        self.log(self.alices, delivery_rating="2")
        self.log(self.bobs, delivery_rating="5")
        value_a = self.segment("value_a")
        found = {
            (segment, topic): (score, answers)
            for segment, topic, score, answers in self.groups(
                ["value_segment_id", "topic"], ["score:avg", "answer_count:sum"]
            )
        }
        other = self.profile(self.bobs).value_segment_id
        self.assertNotEqual(other, value_a)
        self.assertEqual(
            found,
            {
                (value_a, "delivery"): (12.5, 2),
                (value_a, "product"): (100, 1),
                (other, "delivery"): (100, 1),
            },
        )

    def test_period_when_by_month_then_of_that_month(self):
        self.log(self.alices, nps="10")
        self.log(self.alices, nps="0", date=TODAY.replace(month=5))
        found = [nps for _month, nps in self.groups(["date:month"], ["nps:avg"])]
        self.assertEqual(found, [-100, 100])

    def test_customer_when_without_a_profile_then_counted_too(self):
        self.log(self.nobodys, nps="9")
        self.assertFalse(self.profile(self.nobodys))
        [(segment, nps)] = self.groups(["value_segment_id"], ["nps:avg"])
        self.assertFalse(segment)
        self.assertEqual(nps, 100)

    def test_rights_when_each_role_then_own_customers_of_own_company(self):
        for partner in (self.alices, self.bobs, self.nobodys):
            self.log(partner, nps="9")
        ours = [("partner_id", "in", (self.alices | self.bobs | self.nobodys).ids)]
        seen = self.report.with_user(self.alice).search(ours)
        self.assertEqual(seen.sudo().partner_id, self.alices | self.nobodys)
        self.assertEqual(len(self.report.with_user(self.chief).search(ours)), 3)
        with self.assertRaises(AccessError):
            self.report.with_user(self.plain).search(ours)
