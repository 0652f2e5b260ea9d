"""Answers of all sources, and the satisfaction that a run reckons from them."""

from datetime import date, datetime
from unittest.mock import patch

from common import AS_OF, SegmentationCase, days_ago

from odoo.tests import new_test_user, tagged


class AnswerCase(SegmentationCase):
    """The clock stands on 30 June 2024, the last day answers count that came after 30 June 2023."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: AS_OF)
        )
        cls.criteria.population = "all"
        cls.answers = cls.env["customer.segmentation.answer"]
        cls.feedback = cls.env["customer.segmentation.feedback"]
        cls.factory = cls.customer("Answer Factory", company_id=cls.company.id)
        cls.rated = cls.env["sale.order"].browse(cls.order(cls.factory, days_ago(400)))

    @classmethod
    def log(cls, partner, days_before=0, **vals):
        return cls.feedback.create(
            {
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "date": days_ago(days_before),
                "channel": "phone",
                **vals,
            }
        )

    @classmethod
    def rate(cls, record, value, partner=None, consumed=True, moment=None, **vals):
        """A rating of a record, answered at ``moment`` (UTC), by default at noon of the day."""
        return cls.env["rating.rating"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "partner_id": (partner or cls.factory).id,
                "rating": value,
                "consumed": consumed,
                "segmentation_rated_on": moment or datetime(2024, 6, 30, 12),
                **vals,
            }
        )

    def answers_of(self, partner, *names):
        rows = self.answers.search([("partner_id", "=", partner.id)], order="id")
        return sorted(tuple(row[name] for name in names) for row in rows)


@tagged("post_install", "-at_install")
class TestAnswer(AnswerCase):
    def test_feedback_when_topics_are_answered_then_a_row_each(self):
        self.log(self.factory, 3, product_rating="5", price_rating="1", csat="3", nps="0")
        self.log(self.factory, remark="No star at all")
        self.assertEqual(
            self.answers_of(self.factory, "topic", "kind", "value", "score", "date"),
            [
                ("overall", "five", 3, 50, days_ago(3)),
                ("price", "five", 1, 0, days_ago(3)),
                ("product", "five", 5, 100, days_ago(3)),
                ("recommend", "nps", 0, 0, days_ago(3)),
            ],
        )

    def test_ids_when_rows_are_read_one_by_one_then_themselves(self):
        self.log(self.factory, product_rating="5", nps="7")
        self.rate(self.rated, 4)
        rows = self.answers.search([("partner_id", "=", self.factory.id)])
        self.assertEqual(len(set(rows.ids)), 3)
        for row in rows:
            self.answers.invalidate_model()
            self.assertEqual(self.answers.search([("id", "=", row.id)]).score, row.score)

    def test_rating_when_consumed_from_1_to_5_then_an_answer(self):
        for value in (0, 0.5, 1, 2.5, 5):
            self.rate(self.rated, value)
        self.rate(self.rated, 3, consumed=False)
        # 0 and 0.5 are "no rating yet" on Odoo's scale
        self.assertEqual(
            self.answers_of(self.factory, "kind", "value", "score", "channel"),
            [
                ("rating", 1, 0, "online"),
                ("rating", 2.5, 37.5, "online"),
                ("rating", 5, 100, "online"),
            ],
        )

    def test_rating_when_given_by_a_contact_then_its_company(self):
        buyer = self.env["res.partner"].create({"name": "Buyer", "parent_id": self.factory.id})
        self.rate(self.rated, 4, buyer)
        self.assertEqual(self.answers_of(self.factory, "score"), [(75,)])
        other = self.customer("Answer Other")
        buyer.parent_id = other
        self.assertEqual(self.answers_of(self.factory, "score"), [])
        self.assertEqual(self.answers_of(other, "score"), [(75,)])

    def test_rating_when_of_any_model_then_an_answer(self):
        lead = self.lead(self.factory)
        for record in (self.rated, lead, self.factory):
            self.rate(record, 2)
        self.assertEqual(len(self.answers_of(self.factory, "score")), 3)

    def test_rating_when_answered_then_dated_by_the_answer_in_the_companys_time_zone(self):
        self.criteria.tz = "Asia/Shanghai"
        # asked long ago; 17:00 UTC is 1:00 of the next day in Shanghai
        rating = self.rate(self.rated, 0, consumed=False, moment=False)
        with patch("odoo.fields.Datetime.now", return_value=datetime(2024, 6, 29, 17)):
            rating.write({"rating": 4, "consumed": True})
        self.assertEqual(self.answers_of(self.factory, "date"), [(date(2024, 6, 30),)])
        rating.res_name = "Renamed since"
        self.assertEqual(rating.segmentation_rated_on, datetime(2024, 6, 29, 17))

    def test_rating_when_from_before_the_addon_then_dated_by_its_last_change(self):
        rating = self.rate(self.rated, 4)
        rating.flush_recordset()
        self.env.cr.execute(
            "UPDATE rating_rating SET segmentation_rated_on = NULL, write_date = %s WHERE id = %s",
            [datetime(2024, 5, 1, 8), rating.id],
        )
        self.answers.invalidate_model()
        self.assertEqual(self.answers_of(self.factory, "date"), [(date(2024, 5, 1),)])

    # The company of a rating

    def test_company_when_the_record_has_one_then_that(self):
        beside = self.new_company("Answer Beside")
        order = self.env["sale.order"].browse(self.order(self.factory, AS_OF, company=beside))
        shared = self.customer("Answer Shared")
        theirs = self.customer("Answer Theirs", company_id=beside.id)
        operator = new_test_user(
            self.env, "answer_operator", company_id=beside.id, company_ids=[(6, 0, beside.ids)]
        ).partner_id
        first = self.env["res.company"].search([], limit=1, order="id")
        for record, vals, company in (
            (order, {}, beside),  # its own
            (shared, {"parent_res_model_id": self.env["ir.model"]._get_id("sale.order"),
                      "parent_res_id": order.id}, beside),  # that of what it belongs to
            (shared, {"partner": theirs}, beside),  # the customer's
            (shared, {"partner": shared, "rated_partner_id": operator.id}, beside),
            (shared, {"partner": shared}, first),  # none is known
        ):
            with self.subTest(record=record, vals=vals):
                rating = self.rate(record, 4, **vals)
                if "parent_res_id" in vals:  # create finds the parent by itself, or none
                    rating.write({name: vals[name] for name in vals if name != "partner"})
                self.assertEqual(rating.segmentation_company_id, company)

    def test_company_when_the_record_is_gone_then_no_error(self):
        rating = self.env["rating.rating"].create(
            {
                "res_model_id": self.env["ir.model"]._get_id("sale.order"),
                "res_id": 2_000_000_000,
                "partner_id": self.factory.id,
                "rating": 1,
                "consumed": True,
            }
        )
        self.assertEqual(rating.segmentation_company_id, self.company)  # the customer's

    # The queue

    def taken(self):
        """The contacts in the queue, which is empty then."""
        found = self.queued()
        self.empty_queue()
        return found

    def test_queue_when_asked_then_not_and_when_answered_then_the_customer(self):
        self.taken()
        rating = self.rate(self.rated, 0, consumed=False)
        self.assertEqual(self.taken(), set())
        rating.write({"rating": 5, "consumed": True})
        self.assertEqual(self.taken(), {self.factory.id})
        rating.feedback = "Words only"
        self.assertEqual(self.taken(), set())
        rating.rating = 3
        self.assertEqual(self.taken(), {self.factory.id})
        rating.unlink()
        self.assertEqual(self.taken(), {self.factory.id})


@tagged("post_install", "-at_install")
class TestSatisfaction(AnswerCase):
    def assert_satisfaction(self, partner, score, count, segment):
        profile = self.profile(partner)
        self.assertEqual(profile.satisfaction_count, count)
        self.assertAlmostEqual(profile.satisfaction_score, score, 2)
        self.assertEqual(self.segment_of(partner, "satisfaction"), segment)

    def test_score_when_no_answer_then_absent(self):
        self.recompute()
        self.assertTrue(self.is_null(self.factory, "satisfaction_score"))
        self.assert_satisfaction(self.factory, 0, 0, "unknown")

    def test_score_when_the_worst_answer_then_0_and_not_absent(self):
        self.log(self.factory, nps="0")
        self.recompute()
        self.assertFalse(self.is_null(self.factory, "satisfaction_score"))
        self.assert_satisfaction(self.factory, 0, 1, "dissatisfied")

    def test_score_when_answers_are_180_days_apart_then_half_the_weight(self):
        # 100 with weight 1, 25 with weight 1/2, 0 with weight 1/4: 112.5 / 1.75 = 64.2857
        self.log(self.factory, 0, product_rating="5")
        self.log(self.factory, 180, product_rating="2")
        self.rate(self.rated, 1, moment=datetime(2023, 7, 6, 12))  # 360 days before
        self.recompute()
        self.assert_satisfaction(self.factory, 64.29, 3, "neutral")

    def test_score_when_age_is_no_multiple_then_in_between(self):
        # weights 1 and 0.5 ** (90 / 180) = 0.7071: (50 + 100 × 0.7071) / 1.7071 = 70.7107
        self.log(self.factory, 20, product_rating="3")
        self.log(self.factory, 110, product_rating="5")
        self.recompute()
        self.assert_satisfaction(self.factory, 70.71, 2, "satisfied")

    def test_score_when_rounded_up_to_a_limit_then_the_segment_goes_by_what_is_shown(self):
        # exactly 90: nine answers of 100 and one of 0
        for _number in range(9):
            self.log(self.factory, 5, nps="10")
        self.log(self.factory, 5, nps="0")
        self.recompute()
        self.assert_satisfaction(self.factory, 90, 10, "delighted")
        self.log(self.factory, 5, nps="8")  # 980 / 11 = 89.09
        self.recompute()
        self.assert_satisfaction(self.factory, 89.09, 11, "satisfied")

    def test_window_when_answers_are_at_its_borders_then_12_months_up_to_the_day(self):
        self.log(self.factory, date=date(2023, 6, 30), product_rating="1")  # just outside
        self.log(self.factory, date=date(2023, 7, 1), product_rating="5")
        self.log(self.factory, date=AS_OF, product_rating="5")
        self.recompute()
        self.assert_satisfaction(self.factory, 100, 2, "delighted")
        # the day before: that of today is still to come, the one outside is back
        self.recompute(as_of=days_ago(1))
        # 100, and 0 with weight 0.5 ** (1 / 180) = 0.99616: 100 / 1.99616
        self.assert_satisfaction(self.factory, 50.10, 2, "neutral")

    def test_window_when_sales_look_at_another_then_answers_still_at_12_months(self):
        self.criteria.window_months = 3
        self.log(self.factory, 200, product_rating="4")
        self.recompute()
        self.assert_satisfaction(self.factory, 75, 1, "satisfied")

    def test_company_when_two_then_each_has_its_own(self):
        beside = self.new_company("Answer Beside")
        shared = self.customer("Answer Shared")
        self.log(shared, product_rating="5")
        self.log(shared, company_id=beside.id, product_rating="1")
        for company in (self.company, beside):
            self.order(shared, AS_OF, company=company)
            self.recompute(company=company)
        self.assertEqual(self.profile(shared).satisfaction_score, 100)
        self.assertEqual(self.profile(shared, beside).satisfaction_score, 0)
        self.assertEqual(self.profile(shared, beside).satisfaction_count, 1)

    def test_partial_run_when_answered_then_as_a_full_run(self):
        others = self.customers(3)
        self.order(others[0], AS_OF)  # else there are no bands yet, and every run is a full one
        self.recompute()
        self.log(self.factory, product_rating="2")
        self.rate(self.rated, 3)
        run = self.recompute(partner_ids=self.factory.ids)
        self.assertEqual((run.scope, run.rows_changed), ("partial", 1))
        # 25 and 50
        self.assert_satisfaction(self.factory, 37.5, 2, "dissatisfied")
        self.assertEqual(self.recompute().rows_changed, 0)
        self.assertFalse(any(self.profile(other).satisfaction_count for other in others))

    def test_cron_when_a_rating_is_consumed_then_the_profile_follows(self):
        self.recompute()
        self.rate(self.rated, 1)
        self.env["customer.segmentation.run"]._cron_recompute_changed()
        self.assert_satisfaction(self.factory, 0, 1, "dissatisfied")

    def test_night_when_no_new_answer_then_no_row_is_written(self):
        """The weights are relative to the newest answer: all ages grow alike."""
        self.log(self.factory, 7, product_rating="4", nps="9")
        self.log(self.factory, 93, delivery_rating="2")
        self.recompute()
        score = self.profile(self.factory).satisfaction_score
        for days in (1, 30, 200):
            with self.subTest(days=days):
                self.assertEqual(self.recompute(as_of=days_ago(-days)).rows_changed, 0)
        # after 273 days the oldest leaves: 75 and 90 of one day are left
        run = self.recompute(as_of=days_ago(-273))
        self.assertEqual(run.rows_changed, 1)
        self.assertNotEqual(self.profile(self.factory).satisfaction_score, score)
        self.assert_satisfaction(self.factory, 82.5, 2, "satisfied")
        self.recompute(as_of=days_ago(-360))
        self.assert_satisfaction(self.factory, 0, 0, "unknown")
        self.assertTrue(self.is_null(self.factory, "satisfaction_score"))

    def test_history_when_satisfaction_falls_then_its_evidence(self):
        self.log(self.factory, 40, product_rating="5")
        self.recompute()
        self.log(self.factory, 0, product_rating="1", service_rating="1")
        self.recompute()
        row = self.history.search(
            [
                ("partner_id", "=", self.factory.id),
                (
                    "dimension_id",
                    "=",
                    self.env.ref("customer_segmentation.dimension_satisfaction").id,
                ),
            ]
        )
        self.assertEqual(row.to_segment_id, self.segment("satisfaction_dissatisfied"))
        # 100 with weight 0.5 ** (40 / 180) = 0.8572, twice 0: 85.72 / 2.8572 = 30.00
        self.assertEqual(row.evidence["satisfaction_score"], 30.0)
        self.assertEqual(row.evidence["satisfaction_count"], 3)

    def test_grouping_when_some_have_no_answer_then_mean_of_those_who_have(self):
        silent = self.customer("Answer Silent", company_id=self.company.id)
        self.log(self.factory, product_rating="4")
        self.recompute()
        [(score, count)] = self.profiles._read_group(
            [("partner_id", "in", (self.factory | silent).ids)],
            [],
            ["satisfaction_score:avg", "satisfaction_count:sum"],
        )
        self.assertEqual((score, count), (75, 1))

    def test_why_when_asked_then_score_with_its_answers_and_nothing_of_an_order(self):
        self.log(self.factory, product_rating="4", nps="9")
        self.recompute()
        explain = self.env["customer.segmentation.explanation"].with_context(
            allowed_company_ids=self.company.ids
        ).explain
        profile = self.profile(self.factory)
        found = explain(profile._name, profile.id, "satisfaction_segment_id")
        # 75 and 90
        self.assertIn("satisfaction 82.5 of 100 (answers: 2)", found["sentence"])
        self.assertEqual(found["segment"]["name"], "Satisfied")
        self.assertFalse([note for note in found["notes"] if "order" in note["text"]])
        silent = self.customer("Answer Silent", company_id=self.company.id)
        self.recompute()
        profile = self.profile(silent)
        found = explain(profile._name, profile.id, "satisfaction_segment_id")
        self.assertIn("no answers in the last 12 months", found["sentence"])

    # Cost

    def test_run_when_answers_are_many_then_as_many_statements_as_without(self):
        partners = self.customers(30)
        for partner in partners:
            self.order(partner, AS_OF)
        self.recompute()
        without = self.statements(self.recompute)
        for partner in partners:
            self.log(partner, product_rating="4", nps="3")
        self.recompute()
        self.assertEqual(self.statements(self.recompute), without)

    def test_topics_when_read_in_chinese_then_in_chinese(self):
        for model in ("customer.segmentation.answer", "customer.segmentation.satisfaction"):
            fields = self.env[model].with_context(lang="zh_CN").fields_get(["topic", "channel"])
            self.assertEqual(dict(fields["topic"]["selection"])["delivery"], "交付")
            self.assertEqual(dict(fields["channel"]["selection"])["visit"], "拜访")
