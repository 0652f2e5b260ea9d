"""Recency, frequency and monetary scores: by bands and by quantiles."""

from common import AS_OF, SegmentationCase, days_ago

from odoo.tests import tagged


class ScoreCase(SegmentationCase):
    def scores(self, partners, name):
        return [self.profile(partner)[f"{name}_score"] for partner in partners]


@tagged("post_install", "-at_install")
class TestBands(ScoreCase):
    def test_recency_when_at_the_edges_then_closed_above(self):
        days = (0, 30, 31, 90, 91, 180, 181, 365, 366, 3_000)
        partners = self.customers(len(days))
        for partner, count in zip(partners, days, strict=True):
            self.orders(partner, count)
        self.recompute()
        self.assertEqual(self.scores(partners, "recency"), [5, 5, 4, 4, 3, 3, 2, 2, 1, 1])

    def test_frequency_when_at_the_edges_then_closed_below(self):
        counts = (1, 2, 3, 5, 6, 11, 12, 40)
        partners = self.customers(len(counts))
        for partner, count in zip(partners, counts, strict=True):
            self.orders(partner, *range(count))
        self.recompute()
        self.assertEqual(self.scores(partners, "frequency"), [1, 2, 3, 3, 4, 4, 5, 5])

    def test_frequency_when_the_orders_are_old_then_1(self):
        partner = self.customer()
        self.orders(partner, *range(366, 380))
        self.recompute()
        self.assertEqual(self.scores(partner, "frequency"), [1])

    def test_monetary_when_at_the_edges_then_closed_below(self):
        self.criteria.write(
            {"monetary_2": 100, "monetary_3": 200, "monetary_4": 300, "monetary_5": 400}
        )
        amounts = (99.99, 100, 199.99, 200, 299.99, 300, 399.99, 400)
        partners = self.customers(len(amounts))
        for partner, amount in zip(partners, amounts, strict=True):
            self.orders(partner, 10, amount=amount)
        self.recompute()
        self.assertEqual(self.scores(partners, "monetary"), [1, 2, 2, 3, 3, 4, 4, 5])

    def test_monetary_when_net_sales_are_not_positive_then_1(self):
        self.criteria.write(
            {"monetary_2": 0, "monetary_3": 0, "monetary_4": 0, "monetary_5": 400}
        )
        refunded, negative = self.customers(2)
        for partner, amount in ((refunded, 100), (negative, 150)):
            self.orders(partner, 10)
            self.refund(partner, days_ago(5), amount)
        self.recompute()
        self.assertEqual(self.scores(refunded | negative, "monetary"), [1, 1])

    def test_scores_when_never_bought_then_absent(self):
        partner = self.customer()
        self.lead(partner)
        self.recompute()
        for name in ("recency", "frequency", "monetary"):
            self.assertTrue(self.is_null(partner, f"{name}_score"))

    def test_scores_when_the_day_moves_on_then_recency_falls(self):
        partner = self.customer()
        self.orders(partner, 30)
        self.recompute()
        self.assertEqual(self.scores(partner, "recency"), [5])
        self.recompute(days_ago(-1))
        self.assertEqual(self.scores(partner, "recency"), [4])


@tagged("post_install", "-at_install")
class TestProposedBands(ScoreCase):
    DEFAULT = ([30, 90, 180, 365], [2, 3, 6, 12])

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.criteria.bands_looked_at = False

    def bands(self):
        """Limits of recency (days) and frequency (orders), rising."""
        return tuple(
            sorted(self.criteria[f"{name}_{number}"] for number in (2, 3, 4, 5))
            for name in ("recency_days", "frequency")
        )

    def sell(self, *sales):
        """A customer for each (days since its last order, orders on as many days in a row)."""
        partners = self.customers(len(sales))
        for partner, (days, count) in zip(partners, sales, strict=True):
            self.orders(partner, *range(days, days + count))
        return partners

    def frequent(self):
        # fifths of the orders: the 2nd, 4th, 6th and 8th customer's, 13, 15, 18 and 24
        orders = (12, 13, 14, 15, 16, 18, 20, 24, 30, 40)
        days = (5, 20, 40, 60, 100, 120, 200, 220, 240, 260)
        return self.sell(*zip(days, orders, strict=True))

    def test_first_run_when_all_buy_often_then_the_fifths_of_the_orders(self):
        partners = self.frequent()
        self.recompute()
        self.assertEqual(self.bands(), ([30, 90, 180, 365], [13, 15, 18, 24]))
        self.assertEqual(
            self.scores(partners, "frequency"), [1, 2, 2, 3, 3, 4, 4, 5, 5, 5]
        )

    def test_first_run_when_all_bought_lately_then_the_fifths_of_the_days(self):
        partners = self.sell(*[(days, 1) for days in (1, 1, 1, 2, 3, 5, 5, 8, 9, 10)])
        self.recompute()
        # 1, 2, 5, 8: the 2nd, 4th, 6th and 8th; all have one order, which nothing parts
        self.assertEqual(self.bands(), ([1, 2, 5, 8], [2, 3, 6, 12]))
        self.assertEqual(self.scores(partners, "recency"), [5, 5, 5, 4, 3, 3, 3, 2, 1, 1])

    def test_first_run_when_fifths_are_equal_then_strictly_rising(self):
        self.sell(*[(100, orders) for orders in (12, 12, 12, 12, 12, 20, 20, 20, 30, 30)])
        self.recompute()
        # 12, 12, 20, 20
        self.assertEqual(self.bands()[1], [12, 13, 20, 21])

    def test_first_run_when_the_default_parts_the_customers_then_it_stays(self):
        self.sell((5, 1), (20, 2), (60, 3), (100, 6), (200, 12))
        self.recompute()
        self.assertEqual(self.bands(), self.DEFAULT)
        self.assertTrue(self.criteria.bands_looked_at)

    def test_first_run_when_most_have_one_order_then_no_band_parts_them(self):
        self.sell(*[(100, orders) for orders in (1, 1, 1, 1, 1, 1, 2, 3, 4, 5)])
        self.recompute()
        self.assertEqual(self.bands(), self.DEFAULT)

    def test_first_run_when_exactly_half_share_a_score_then_the_default_stays(self):
        self.sell(*[(100, orders) for orders in (12, 13, 14, 1, 2, 3)])
        self.recompute()
        self.assertEqual(self.bands()[1], [2, 3, 6, 12])

    def test_first_run_when_fewer_customers_than_scores_then_a_later_one_looks(self):
        self.sell((1, 12), (2, 13), (3, 14), (4, 15))
        self.recompute()
        self.assertEqual((self.bands(), self.criteria.bands_looked_at), (self.DEFAULT, False))
        self.sell((5, 16))
        self.recompute()
        self.assertEqual(self.bands(), ([1, 2, 3, 4], [12, 13, 14, 15]))

    def test_later_run_when_customers_change_then_the_bands_stay(self):
        self.frequent()
        self.recompute()
        self.sell(*[(1, 100 + number) for number in range(20)])
        self.recompute()
        self.assertEqual(self.bands(), ([30, 90, 180, 365], [13, 15, 18, 24]))

    def test_first_run_when_a_person_set_the_bands_then_they_stay(self):
        self.criteria.frequency_5 = 11
        self.frequent()
        self.recompute()
        self.assertEqual(self.bands()[1], [2, 3, 6, 11])

    def test_run_when_looked_at_before_then_the_bands_stay(self):
        """As after an upgrade, or when a person took the default ones back."""
        self.criteria.bands_looked_at = True
        self.frequent()
        self.recompute()
        self.assertEqual(self.bands(), self.DEFAULT)

    def test_draft_when_tried_then_its_bands_stay(self):
        self.frequent()
        self.recompute()
        draft = self.env["customer.segmentation.draft"].create(
            {"company_id": self.company.id, "frequency_2": 2, "frequency_3": 3,
             "frequency_4": 6, "frequency_5": 12}
        )
        draft.action_run()
        self.assertEqual([draft[f"frequency_{number}"] for number in (2, 3, 4, 5)], [2, 3, 6, 12])


@tagged("post_install", "-at_install")
class TestMonetaryProposal(ScoreCase):
    def points(self):
        return [self.criteria[f"monetary_{score}"] for score in (2, 3, 4, 5)]

    def sell(self, *amounts):
        for partner, amount in zip(self.customers(len(amounts)), amounts, strict=True):
            self.orders(partner, 10, amount=amount)

    def test_proposal_when_first_run_then_the_fifths_rounded_to_two_digits(self):
        # The 20, 40, 60, 80 % points of five are the first four.
        self.sell(1_249, 12_500, 98_765, 1_234_567, 9_999_999)
        self.recompute()
        self.assertEqual(self.points(), [1_200, 13_000, 99_000, 1_200_000])

    def test_proposal_when_amounts_are_small_then_half_is_rounded_up(self):
        self.sell(0.99, 1.15, 9.95, 10.5, 100)
        self.recompute()
        self.assertEqual(self.points(), [0.99, 1.2, 10, 11])

    def test_proposal_when_net_sales_are_not_positive_then_without_these(self):
        self.sell(100, 200, 300, 400, 500, 0)
        refunded = self.customer()
        self.refund(refunded, days_ago(3), 10_000)
        self.recompute()
        self.assertEqual(self.points(), [100, 200, 300, 400])

    def test_proposal_when_made_once_then_it_stays(self):
        self.sell(100, 200, 300, 400, 500)
        self.recompute()
        self.sell(10_000, 20_000, 30_000, 40_000, 50_000)
        self.recompute()
        self.assertEqual(self.points(), [100, 200, 300, 400])

    def test_proposal_when_a_person_set_the_bands_then_none(self):
        bands = {"monetary_2": 1, "monetary_3": 2, "monetary_4": 3, "monetary_5": 4}
        self.criteria.write(bands)
        self.sell(100, 200, 300, 400, 500)
        self.recompute()
        self.assertEqual(self.points(), [1, 2, 3, 4])

    def test_proposal_when_nobody_has_bought_then_later(self):
        self.recompute()
        self.assertEqual(self.points(), [0, 0, 0, 0])
        self.sell(100)
        self.recompute()
        self.assertEqual(self.points(), [100, 100, 100, 100])

    def test_proposal_when_asked_for_again_then_made_afresh(self):
        self.sell(100, 200, 300, 400, 500)
        self.recompute()
        self.sell(*[1_000] * 20)
        self.criteria.action_propose_monetary()
        self.recompute()
        # 20 % of 25 customers is the 5th: 500
        self.assertEqual(self.points(), [500, 1_000, 1_000, 1_000])

    def test_limits_when_first_run_then_medians_of_customers_with_an_order(self):
        for orders, amount in ((1, 100), (2, 30), (5, 20)):
            self.orders(self.customer(), *range(orders), amount=amount)
        self.orders(self.customer(), 400, amount=9_999)  # not in the window
        self.recompute()
        self.assertEqual(
            (self.criteria.frequency_limit, self.criteria.average_order_limit), (2, 30)
        )
        self.orders(self.customer(), *range(50), amount=1_000)
        self.recompute()
        self.assertEqual(
            (self.criteria.frequency_limit, self.criteria.average_order_limit), (2, 30)
        )


@tagged("post_install", "-at_install")
class TestQuantiles(ScoreCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.criteria.score_method = "quantiles"

    def buyers(self, count, amount=lambda number: 100, days=lambda number: 10, orders=lambda n: 1):
        """``count`` customers; amount, days ago and number of orders by their number from 1."""
        partners = self.customers(count)
        for number, partner in enumerate(partners, 1):
            for _order in range(orders(number)):
                self.order(partner, days_ago(days(number)), amount(number))
        return partners

    def test_quantiles_when_50_differ_then_ten_in_each(self):
        # 20 % of 50 is the 10th, which belongs to the score below
        partners = self.buyers(50, amount=lambda number: number * 100, days=lambda number: number)
        self.recompute()
        self.assertEqual(
            self.scores(partners, "monetary"), [1] * 10 + [2] * 10 + [3] * 10 + [4] * 10 + [5] * 10
        )
        # the fewest days are best; days rise with the number
        self.assertEqual(
            self.scores(partners, "recency"), [5] * 10 + [4] * 10 + [3] * 10 + [2] * 10 + [1] * 10
        )
        self.assertEqual(self.scores(partners, "frequency"), [1] * 50)
        self.assertFalse(self.criteria.quantiles_refused)

    def test_quantiles_when_49_then_bands_and_the_run_says_so(self):
        partners = self.buyers(49, days=lambda number: number)
        run = self.recompute(state="warning")
        self.assertIn("quantiles", run.message)
        self.assertTrue(self.criteria.quantiles_refused)
        # bands: up to 30 days 5, then 4
        self.assertEqual(self.scores(partners, "recency"), [5] * 30 + [4] * 19)
        self.orders(self.customer(), 5)
        self.recompute()
        self.assertFalse(self.criteria.quantiles_refused)

    def test_quantiles_when_all_are_equal_then_all_score_the_same(self):
        partners = self.buyers(60)
        self.recompute()
        for name in ("recency", "frequency", "monetary"):
            self.assertEqual(len(set(self.scores(partners, name))), 1)

    def test_quantiles_when_half_are_tied_then_a_bin_may_be_empty(self):
        # 30 of 60 have one order; then 2 (15 customers), 3 (10), 9 (5).
        # Points: 12th 1, 24th 1, 36th 2, 48th 3: 1 order 1, 2 orders above two points 3,
        # 3 orders above three 4, 9 orders above all 5; nobody has 2.
        counts = [1] * 30 + [2] * 15 + [3] * 10 + [9] * 5
        partners = self.buyers(60, orders=lambda number: counts[number - 1])
        self.recompute()
        self.assertEqual(
            self.scores(partners, "frequency"), [1] * 30 + [3] * 15 + [4] * 10 + [5] * 5
        )

    def test_quantiles_when_one_is_a_giant_then_monotonic(self):
        # 59 equal ones and a giant: all points are 100
        partners = self.buyers(60, amount=lambda number: 10**9 if number == 60 else 100)
        self.recompute()
        self.assertEqual(self.scores(partners, "monetary"), [1] * 59 + [5])

    def test_quantiles_when_random_then_equal_values_score_equal_and_more_never_less(self):
        partners = self.buyers(
            70,
            amount=lambda number: number * number % 37 + 1,
            days=lambda number: number * 7 % 90,
            orders=lambda number: number % 5 + 1,
        )
        self.recompute()
        for name, measure, sign in (
            ("recency", "recency_days", -1),
            ("frequency", "order_count_12m", 1),
            ("monetary", "net_sales_12m", 1),
        ):
            pairs = sorted(
                (sign * profile[measure], profile[f"{name}_score"])
                for profile in map(self.profile, partners)
            )
            scores = [score for _value, score in pairs]
            self.assertEqual(scores, sorted(scores))
            self.assertEqual(len({value for value, _score in pairs}), len(set(pairs)))
            self.assertEqual({min(scores), max(scores)}, {1, 5})

    def test_quantiles_when_bought_before_the_window_only_then_all_1(self):
        self.buyers(50, days=lambda number: number)
        partner = self.customer()
        self.orders(partner, 500, amount=10**6)
        self.recompute()
        for name in ("recency", "frequency", "monetary"):
            self.assertEqual(self.scores(partner, name), [1])
        self.assertEqual(self.criteria.cut_points["scored_customers"], 50)

    def test_quantiles_when_only_some_changed_then_by_the_kept_points(self):
        partners = self.buyers(50, amount=lambda number: number * 100)
        self.recompute()
        self.assertEqual(self.scores(partners[0], "monetary"), [1])
        self.order(partners[0], AS_OF, 4_500)  # 4,600 now: above the 4,000 of the last full run
        self.recompute(partner_ids=partners[0].ids)
        self.assertEqual(self.scores(partners[0], "monetary"), [5])
        self.assertEqual(self.scores(partners[40], "monetary"), [5])
