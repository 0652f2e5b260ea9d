"""Measures of a customer: every number worked out by hand."""

from datetime import date, datetime, timedelta

from common import AS_OF, SegmentationCase, days_ago

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestWindow(SegmentationCase):
    """As of 30 June 2024 the window begins on 1 July 2023, the previous one on 1 July 2022."""

    def test_sales_when_on_the_borders_then_in_the_right_window(self):
        partner = self.customer()
        for day, amount in (
            (date(2022, 6, 30), 1),  # before both windows
            (date(2022, 7, 1), 20),  # first day of the previous one
            (date(2023, 6, 30), 300),  # its last: as_of - 12 months is out of the window
            (date(2023, 7, 1), 4_000),  # first day of the window
            (date(2024, 6, 30), 50_000),  # as_of is in
            (date(2024, 7, 1), 600_000),  # the future counts nowhere
        ):
            self.order(partner, day, amount)
        self.recompute()
        self.assert_measures(
            partner,
            order_count=5,
            order_count_12m=2,
            order_day_count=5,
            net_sales=54_321,
            sales_12m=54_000,
            net_sales_12m=54_000,
            net_sales_prev_12m=320,
            average_order=27_000,
            first_order_date=date(2022, 6, 30),
            last_order_date=AS_OF,
            recency_days=0,
        )

    def test_refunds_when_on_the_borders_then_in_the_right_window(self):
        partner = self.customer()
        self.order(partner, date(2022, 6, 1), 0)  # before all: a refund is of a sale
        self.order(partner, date(2023, 1, 1), 1_000)
        for day, amount in (
            (date(2022, 6, 30), 1),
            (date(2022, 7, 1), 2),
            (date(2023, 6, 30), 4),
            (date(2023, 7, 1), 8),
            (date(2024, 6, 30), 16),
            (date(2024, 7, 1), 32),
        ):
            self.refund(partner, day, amount)
        self.recompute()
        self.assert_measures(
            partner,
            net_sales=1_000 - 1 - 2 - 4 - 8 - 16,
            net_sales_prev_12m=1_000 - 2 - 4,
            net_sales_12m=-8 - 16,
            sales_12m=0,
        )

    def test_window_when_as_of_is_a_leap_day_then_it_begins_on_the_first_of_march(self):
        partner = self.customer()
        self.order(partner, date(2023, 2, 28), 1)  # 29 February less 12 months
        self.order(partner, date(2023, 3, 1), 20)
        self.recompute(date(2024, 2, 29))
        self.assert_measures(partner, net_sales_12m=20, net_sales_prev_12m=1)

    def test_window_when_it_has_6_months_then_both_have(self):
        self.criteria.window_months = 6  # from 31 December 2023, and from 1 July 2023
        partner = self.customer()
        for day, amount in (
            (date(2023, 6, 30), 1),
            (date(2023, 7, 1), 20),
            (date(2023, 12, 30), 300),
            (date(2023, 12, 31), 4_000),
            (AS_OF, 50_000),
        ):
            self.order(partner, day, amount)
        self.recompute()
        self.assert_measures(
            partner, net_sales_12m=54_000, net_sales_prev_12m=320, order_count_12m=2, order_count=5
        )

    def test_windows_when_companies_differ_then_each_has_its_own(self):
        other = self.new_company("Other Factory", tz="Asia/Shanghai")
        other.segmentation_criteria_id.window_months = 6
        partner = self.customer()
        for company in (self.company, other):
            # 30 June 2023, 20:00 UTC is 1 July in Shanghai
            self.order(
                partner, None, 10, company=company, moment=datetime(2023, 6, 30, 20)
            )
            self.order(partner, date(2024, 1, 1), 200, company=company)
            # 30 June 2024, 20:00 UTC is tomorrow in Shanghai
            self.order(
                partner, None, 3_000, company=company, moment=datetime(2024, 6, 30, 20)
            )
            self.recompute(company=company)
        ours, theirs = self.profile(partner), self.profile(partner, other)
        self.assertEqual(len(ours | theirs), 2)
        self.assertEqual((ours.net_sales_12m, ours.net_sales_prev_12m), (3_200, 10))
        self.assertEqual((theirs.net_sales_12m, theirs.net_sales_prev_12m), (200, 10))
        self.assertEqual((ours.order_count, theirs.order_count), (3, 2))
        self.assertEqual(theirs.first_order_date, date(2023, 7, 1))

    def test_today_when_the_company_is_far_east_then_its_own_day(self):
        # nobody's clock is read by a run that is given a day
        partner = self.customer()
        self.order(partner, days_ago(10))
        run = self.recompute()
        self.assertEqual(run.as_of, AS_OF)
        self.assert_measures(partner, recency_days=10, as_of=AS_OF)



@tagged("post_install", "-at_install")
class TestStake(SegmentationCase):
    """As of 30 June 2024 the window is of 366 days: it holds a 29 February."""

    def stake(self, partner, as_of=AS_OF):
        return self.profile(partner).with_context(segmentation_as_of=as_of).stake

    def test_stake_when_customer_all_the_window_then_of_its_days(self):
        """3,660 × 90 / 366 = 900; the year before does not count."""
        partner = self.customer()
        self.order(partner, date(2022, 1, 1), 5_000)
        self.order(partner, date(2024, 1, 1), 3_660)
        self.recompute()
        self.assertEqual(self.stake(partner), 900)

    def test_stake_when_customer_for_fewer_than_90_days_then_all_it_bought(self):
        partner = self.customer()
        self.order(partner, days_ago(9), 1_000)
        self.recompute()
        self.assertEqual(self.stake(partner), 1_000)

    def test_stake_when_customer_for_a_part_of_the_window_then_of_those_days(self):
        """From 119 days ago to today, both counted, are 120 days: 1,000 × 90 / 120 = 750.
        The day after, 1,000 × 90 / 121 = 743.80, and no row is written."""
        partner = self.customer()
        self.order(partner, days_ago(119), 1_000)
        self.recompute()
        self.assertEqual(self.stake(partner), 750)
        self.recompute(AS_OF + timedelta(days=1))
        self.assertEqual(self.profile(partner).as_of, AS_OF)
        self.assertAlmostEqual(self.stake(partner, AS_OF + timedelta(days=1)), 743.80, 6)

    def test_stake_when_no_sales_in_the_window_then_of_the_one_up_to_the_last_order(self):
        """The year up to 28 February 2022 is of 365 days and begins on 1 March 2021:
        (730 + 730) × 90 / 365 = 360; what came back later is taken off: (1,460 - 730): 180."""
        silent, returned = self.customer(), self.customer("Returned")
        for partner in (silent, returned):
            self.order(partner, date(2020, 1, 1), 10_000)
            self.order(partner, date(2021, 2, 28), 10_000)
            self.order(partner, date(2021, 3, 1), 730)
            self.order(partner, date(2022, 2, 28), 730)
        self.refund(returned, date(2024, 1, 1), 730)
        self.recompute()
        self.assertEqual(self.stake(silent), 360)
        self.assertEqual(self.stake(returned), 180)

    def test_stake_when_all_came_back_or_never_bought_then_none(self):
        returned = self.customer("Returned")
        self.order(returned, days_ago(9), 1_000)
        self.refund(returned, days_ago(5), 1_000)
        prospect = self.customer("Prospect")
        self.recompute()
        self.assertEqual(self.stake(returned), 0)
        self.assertEqual(self.stake(prospect), 0)

    def test_stake_when_searched_sorted_and_summed_then_by_the_same_formula(self):
        """750 (see above) and 1,000."""
        part, short = self.customer("Part"), self.customer("Short")
        self.order(part, days_ago(119), 1_000)
        self.order(short, days_ago(9), 1_000)
        self.recompute()
        profiles = self.profiles.with_context(segmentation_as_of=AS_OF)
        both = [("partner_id", "in", (part | short).ids)]
        self.assertEqual(profiles.search(both, order="stake").partner_id, part | short)
        self.assertEqual(profiles.search([*both, ("stake", ">", 750)]).partner_id, short)
        self.assertEqual(profiles.search([*both, ("stake", "<=", 750)]).partner_id, part)
        [[total]] = profiles._read_group(both, [], ["stake:sum"])
        self.assertEqual(total, 1_750)


@tagged("post_install", "-at_install")
class TestOrders(SegmentationCase):
    def test_orders_when_of_one_day_then_one_order_day(self):
        partner = self.customer()
        self.orders(partner, 10, 10, 10, 40)
        self.recompute()
        self.assert_measures(partner, order_count=4, order_count_12m=4, order_day_count=2)

    def test_order_when_of_amount_0_then_no_order_day(self):
        partner = self.customer()
        self.orders(partner, 100)
        self.orders(partner, 200, 10, amount=0)
        self.recompute()
        self.assert_measures(
            partner,
            order_count=3,
            order_day_count=1,
            first_order_date=days_ago(100),
            last_order_date=days_ago(100),
        )

    def test_order_when_a_free_one_shares_its_day_then_an_order_day(self):
        partner = self.customer()
        self.orders(partner, 10, amount=0)
        self.orders(partner, 10, amount=5)
        self.recompute()
        self.assert_measures(partner, order_count=2, order_day_count=1, average_order=5)

    def test_orders_when_all_free_then_they_still_have_dates(self):
        partner = self.customer()
        self.orders(partner, 20, 10, amount=0)
        self.recompute()
        self.assert_measures(
            partner,
            order_count=2,
            order_day_count=0,
            first_order_date=days_ago(20),
            last_order_date=days_ago(10),
            net_sales=0,
            average_order=0,
            order_interval_days=30.0,  # nobody has ordered twice: (0 + 2 x 30) / (0 + 2)
        )

    def test_order_when_negative_then_neither_frequency_nor_recency(self):
        partner = self.customer()
        self.orders(partner, 50)
        self.orders(partner, 5, amount=-30)
        self.recompute()
        self.assert_measures(
            partner,
            order_count=1,
            last_order_date=days_ago(50),
            net_sales=70,
            sales_12m=100,
            average_order=100,
            refund_ratio=0.3,
        )

    def test_average_when_refunded_then_of_the_sales_before(self):
        partner = self.customer()
        for days, amount in ((10, 100), (20, 50), (30, 50), (500, 9_000)):
            self.order(partner, days_ago(days), amount)
        self.refund(partner, days_ago(5), 30)
        self.recompute()
        # 200 / 3, to the cent; refunds 30 of 9,200
        self.assert_measures(
            partner,
            average_order=66.67,
            net_sales_12m=170,
            sales_12m=200,
            refund_ratio=30 / 9_200,
        )

    def test_customer_when_only_refunded_then_no_order_and_net_sales_0(self):
        partner = self.customer()
        self.lead(partner)
        self.refund(partner, days_ago(5), 30)
        self.recompute()
        self.assert_measures(
            partner, order_count=0, net_sales=0, net_sales_12m=0, last_order_date=False
        )
        for column in (
            "average_order", "refund_ratio", "order_interval_days", "due_date", "recency_score",
            "frequency_score", "monetary_score", "trend_ratio", "first_order_date",
        ):  # fmt: skip
            with self.subTest(column=column):
                self.assertTrue(self.is_null(partner, column))

    def test_customer_when_fully_refunded_then_net_sales_0_and_still_a_customer(self):
        partner = self.customer()
        self.orders(partner, 10, 20, amount=100)
        self.refund(partner, days_ago(5), 200)
        self.recompute()
        self.assert_measures(
            partner,
            order_count=2,
            net_sales=0,
            net_sales_12m=0,
            refund_ratio=1.0,
            last_order_date=days_ago(10),
        )
        self.assertEqual(self.segment_of(partner, "value"), "no_sales")
        self.assertEqual(self.segment_of(partner, "lifecycle"), "new")
        self.assertEqual(self.segment_of(partner, "stage"), "customer")

    def test_amounts_when_binary_fractions_fail_then_sums_are_exact(self):
        # 0.1 + 0.2 is not 0.3 in binary
        one, other = self.customer(), self.customer()
        for amount in (0.1, 0.2):
            self.order(one, days_ago(10), amount)
        self.order(other, days_ago(10), 0.3)
        self.recompute()
        self.env.cr.execute(
            "SELECT count(DISTINCT net_sales_12m) FROM customer_segmentation_profile"
            " WHERE company_id = %s",
            [self.company.id],
        )
        self.assertEqual(self.env.cr.fetchone(), (1,))

    def test_order_when_the_rate_is_known_then_in_our_currency(self):
        partner = self.customer()
        order_id = self.order(partner, days_ago(10), 90)
        self.env.cr.execute("UPDATE sale_order SET currency_rate = 0.9 WHERE id = %s", [order_id])
        self.recompute()
        self.assert_measures(partner, net_sales=100)

    def test_sales_when_invoices_count_then_orders_do_not(self):
        self.criteria.sales_source = "invoice"
        partner = self.customer()
        self.order(partner, days_ago(10), 100)
        self.invoice(partner, days_ago(8), 70)
        self.refund(partner, days_ago(6), 20)
        self.recompute()
        self.assert_measures(
            partner, order_count=1, net_sales=50, last_order_date=days_ago(8), sales_12m=70
        )


@tagged("post_install", "-at_install")
class TestTrendRatio(SegmentationCase):
    def test_trend_when_both_windows_have_sales_then_their_ratio(self):
        partner = self.customer()
        self.orders(partner, 800, 400, amount=200)
        self.orders(partner, 100, amount=150)
        self.recompute()
        self.assert_measures(partner, trend_ratio=-0.25)  # 150 / 200 - 1

    def test_trend_when_nothing_is_sold_any_more_then_minus_1(self):
        partner = self.customer()
        self.orders(partner, 800, 400)
        self.recompute()
        self.assert_measures(partner, trend_ratio=-1.0)

    def test_trend_when_more_is_refunded_than_sold_then_below_minus_1(self):
        partner = self.customer()
        self.orders(partner, 800, 400, amount=200)
        self.refund(partner, days_ago(10), 50)
        self.recompute()
        self.assert_measures(partner, trend_ratio=-1.25)  # -50 / 200 - 1

    def test_trend_when_the_first_order_is_later_than_the_first_day_then_absent(self):
        # the previous window begins on 1 July 2022, 730 days ago
        late, in_time, free = self.customer(), self.customer(), self.customer()
        self.orders(late, 729, 100)
        self.orders(in_time, 730, 100, amount=100)
        self.orders(free, 800, amount=0)  # the first order day is that of the first amount
        self.orders(free, 729, 100)
        self.recompute()
        self.assert_measures(in_time, has_trend=True, trend_ratio=0.0)
        for partner in (late, free):
            self.assert_measures(partner, has_trend=False, net_sales_prev_12m=100)
            self.assertTrue(self.is_null(partner, "trend_ratio"))

    def test_trend_when_the_earlier_year_is_0_or_less_then_absent(self):
        new, refunded = self.customer(), self.customer()
        self.orders(new, 100)
        self.orders(refunded, 100)
        self.order(refunded, days_ago(400), -50)
        self.recompute()
        self.assertTrue(self.is_null(new, "trend_ratio"))
        self.assertTrue(self.is_null(refunded, "trend_ratio"))


@tagged("post_install", "-at_install")
class TestInterval(SegmentationCase):
    """order_interval_days = (t + 2 m0) / (x + 2)."""

    def test_interval_when_customers_differ_then_drawn_towards_the_median(self):
        two, three, slow, one = (self.customer(name) for name in ("two", "three", "slow", "one"))
        self.orders(two, 20, 10)  # t 10, x 1: 10 days
        self.orders(three, 50, 30, 10, 10)  # t 40, x 2: 20 days; the basket of one day is one
        self.orders(slow, 100, 60, 10)  # t 90, x 2: 45 days
        self.orders(one, 15)
        self.recompute()
        # median of 10, 20, 45: 20
        self.assert_measures(two, order_interval_days=50 / 3)  # (10 + 40) / 3
        self.assert_measures(three, order_interval_days=20.0)  # (40 + 40) / 4
        self.assert_measures(slow, order_interval_days=32.5)  # (90 + 40) / 4
        self.assert_measures(one, order_interval_days=20.0)  # (0 + 40) / 2
        self.assertEqual(self.criteria.cut_points["median_interval_days"], 20)

    def test_median_when_between_two_customers_then_in_whole_days(self):
        self.orders(self.customer(), 20, 10)  # 10 days
        self.orders(self.customer(), 35, 10)  # 25 days: 17.5, half to even
        one = self.customer()
        self.orders(one, 10)
        self.recompute()
        self.assert_measures(one, order_interval_days=18.0)

    def test_median_when_nobody_ordered_twice_then_30_days(self):
        partner = self.customer()
        self.orders(partner, 10, 10)
        self.recompute()
        self.assert_measures(partner, order_interval_days=30.0, due_date=days_ago(-20))

    def test_median_when_a_customer_is_archived_or_elsewhere_then_without_it(self):
        gone, here = self.customer(active=False), self.customer()
        self.orders(gone, 20, 10)  # 10 days
        self.orders(here, 50, 10)  # 40 days
        other = self.new_company("Other Factory")
        self.order(here, days_ago(9), company=other)
        self.order(here, days_ago(8), company=other)
        self.recompute()
        self.assert_measures(here, order_interval_days=40.0)  # (40 + 80) / 3

    def test_expected_date_when_due_then_never_before_tomorrow(self):
        late, due, soon = self.customer(), self.customer(), self.customer()
        for partner, last in ((late, 31), (due, 30), (soon, 12)):
            self.orders(partner, last + 60, last + 30, last)  # every 30 days, and m0 too
        self.recompute()
        tomorrow = AS_OF + timedelta(days=1)
        self.assert_measures(
            late, due_date=days_ago(1), expected_order_date=tomorrow, days_overdue=1,
            overdue_ratio=1.03,
        )  # fmt: skip
        self.assert_measures(
            due, due_date=AS_OF, expected_order_date=tomorrow, days_overdue=0, overdue_ratio=1.0
        )
        self.assert_measures(
            soon, due_date=days_ago(-18), expected_order_date=days_ago(-18), days_overdue=0,
            overdue_ratio=0.4,
        )  # fmt: skip

    def test_search_when_overdue_is_exactly_the_limit_then_not_over_it(self):
        at, over = self.customers(2)
        self.orders(at, 315, 215, 115)  # usual interval 100 days; 1.15 x 100 is below 115
        self.orders(over, 316, 216, 116)  # in binary fractions
        self.recompute()
        domain = [("company_id", "=", self.company.id), ("overdue_ratio", ">", 1.15)]
        profiles = self.profiles.with_context(segmentation_as_of=AS_OF)
        self.assertEqual(profiles.search(domain).partner_id, over)

    def test_search_when_by_clock_then_as_shown(self):
        partners = self.customers(4)
        for partner, last in zip(partners[:3], (30, 60, 61), strict=True):
            self.orders(partner, last + 60, last + 30, last)  # usual interval 30 days
        self.order(partners[3], days_ago(1), -5)  # has no order and answers to none of these
        self.recompute()
        domain = [("company_id", "=", self.company.id)]
        profiles = self.profiles.with_context(segmentation_as_of=AS_OF)
        for condition, expected in (
            (("overdue_ratio", ">", 2), partners[2]),
            (("overdue_ratio", ">=", 2), partners[1:3]),
            (("overdue_ratio", "<", 2), partners[0]),
            (("overdue_ratio", "<=", 2), partners[:2]),
            (("recency_days", "=", 60), partners[1]),
            (("recency_days", "<=", 60), partners[:2]),
            (("recency_days", ">", 60), partners[2]),
            (("recency_days", "in", [30, 61]), partners[0] | partners[2]),
            (("customer_age_days", "<", 120), partners[0]),
            (("days_overdue", ">", 30), partners[2]),
            (("days_overdue", "<=", 0), partners[0]),
        ):
            with self.subTest(condition=condition):
                found = profiles.search([*domain, condition])
                self.assertEqual(found.partner_id, expected)


@tagged("post_install", "-at_install")
class TestWonBack(SegmentationCase):
    """An order day after a silence over the lost limit: 4 intervals, or 365 days."""

    def steady_customers(self, days, count=5):
        """Customers who pin the company's median interval to ``days``."""
        for partner in self.customers(count):
            self.orders(partner, 2 * days + 1, days + 1, 1)

    def won_back(self, *days):
        """The days since the win back of a customer with these order days; None without."""
        partner = self.customer()
        self.orders(partner, *days)
        self.recompute()
        day = self.profile(partner).won_back_date
        return (AS_OF - day).days if day else None

    def test_silence_when_before_it_were_2_order_days_then_over_365_days(self):
        self.steady_customers(30)
        self.assertEqual(self.won_back(600, 500, 500 - 366), 134)
        self.assertIsNone(self.won_back(600, 500, 500 - 365))

    def test_silence_when_before_it_was_1_order_day_then_over_365_days(self):
        self.assertEqual(self.won_back(466, 100), 100)
        self.assertIsNone(self.won_back(465, 100))

    def test_silence_when_before_it_were_3_order_days_then_over_4_intervals(self):
        self.steady_customers(30)
        # 60 days in 2 gaps: (60 + 60) / 4 = 30 days; lost over 120
        self.assertEqual(self.won_back(271, 241, 211, 90), 90)
        self.assertIsNone(self.won_back(270, 240, 210, 90))

    def test_silence_when_the_days_before_it_are_baskets_then_they_are_one(self):
        self.steady_customers(30)
        # two order days only: 365 days, not 4 intervals
        self.assertIsNone(self.won_back(271, 271, 241, 90))

    def test_silence_when_the_rhythm_is_daily_then_not_before_90_days(self):
        self.steady_customers(1)
        # (2 + 2) / 4 = 1 day; 4 of them are not yet a loss
        self.assertEqual(self.won_back(102, 101, 100, 10), 10)
        self.assertIsNone(self.won_back(101, 100, 99, 10))

    def test_silence_when_the_rhythm_is_slow_then_always_after_730_days(self):
        self.steady_customers(30)
        # 800 days in 2 gaps: (800 + 60) / 4 = 215 days; lost over 860, or over 730
        self.assertEqual(self.won_back(1541, 1141, 741, 10), 10)
        self.assertIsNone(self.won_back(1540, 1140, 740, 10))

    def test_silence_when_there_is_no_most_then_by_the_rhythm_alone(self):
        self.criteria.lost_max_days = 0
        self.steady_customers(30)
        self.assertIsNone(self.won_back(1541, 1141, 741, 10))
        self.assertEqual(self.won_back(1671, 1271, 871, 10), 10)  # 861 days

    def test_silence_when_an_order_of_amount_0_lies_in_it_then_it_goes_on(self):
        partner = self.customer()
        self.orders(partner, 500, 50)
        self.orders(partner, 300, amount=0)
        self.recompute()
        self.assert_measures(partner, won_back_date=days_ago(50))

    def test_win_back_when_orders_follow_then_its_day_stays(self):
        self.assertEqual(self.won_back(600, 100, 60, 20), 100)

    def test_win_back_when_there_are_two_then_the_last(self):
        self.steady_customers(30)
        # 3 order days every 30 days: over 120; the first silence has 140 days
        # then (200 + 60) / (3 + 2) = 52 days: over 208; the second has 210
        self.assertEqual(self.won_back(410, 380, 350, 210, 0), 0)

    def test_silence_when_exactly_the_limit_then_not_over_it(self):
        self.steady_customers(100)
        self.criteria.lost_overdue_ratio = 1.15
        # (200 + 200) / 4 = 100 days; 1.15 x 100 is below 115 in binary fractions
        self.assertEqual(self.won_back(326, 226, 126, 10), 10)
        self.assertIsNone(self.won_back(325, 225, 125, 10))

    def test_win_back_when_before_the_window_then_forgotten(self):
        self.assertIsNone(self.won_back(1200, 366, 300))

    def test_win_back_when_the_window_is_short_then_still_within_90_days(self):
        # DEFINITIONS: "won back (within the last 90 days an order day followed a silence over
        # the lost limit)", however many months the window has
        self.criteria.window_months = 1
        partner = self.customer()
        self.orders(partner, 600, 80)
        self.recompute()
        self.assertEqual(self.segment_of(partner, "lifecycle"), "won_back")

    def test_first_order_when_nothing_was_before_it_then_no_win_back(self):
        self.assertIsNone(self.won_back(10))


@tagged("post_install", "-at_install")
class TestPopulation(SegmentationCase):
    def test_contact_when_it_never_bought_then_a_prospect(self):
        self.criteria.population = "all"
        partner = self.customer()
        self.recompute()
        self.assert_measures(partner, order_count=0, net_sales=0, last_order_date=False)
        self.assertEqual(self.segment_of(partner, "lifecycle"), "prospect")
        self.assertEqual(self.segment_of(partner, "rfm"), "prospects")
        self.assertEqual(self.segment_of(partner, "rfm8"), "never_bought")
        self.assertEqual(self.segment_of(partner, "value"), "no_sales")
        self.assertEqual(self.segment_of(partner, "frequency_amount"), "no_orders")
        self.assertEqual(self.segment_of(partner, "trend"), "none")
        self.assertEqual(self.segment_of(partner, "stage"), "potential")
        self.assertEqual(self.segment_of(partner, "satisfaction"), "unknown")

    def test_contacts_when_all_count_then_no_vendor_no_staff_no_child_and_not_ourselves(self):
        self.criteria.population = "all"
        other = self.new_company("Other Factory")
        customer = self.customer()
        vendor = self.customer(supplier_rank=1)
        both = self.customer(supplier_rank=1, customer_rank=1)
        theirs = self.customer(company_id=other.id)
        child = self.env["res.partner"].create({"name": "Person", "parent_id": customer.id})
        bought_from_us_too = self.customer(supplier_rank=1)
        self.orders(bought_from_us_too, 10)
        self.recompute()
        found = self.profiles.search([("company_id", "=", self.company.id)]).partner_id
        self.assertLessEqual(customer | both | bought_from_us_too, found)
        self.assertFalse(
            found & (vendor | theirs | child | self.company.partner_id | self.env.user.partner_id)
        )

    def test_contacts_when_documents_are_wanted_then_any_kind_will_do(self):
        partners = self.customers(5)
        self.orders(partners[0], 10)
        self.order(partners[1], days_ago(10), -5)
        self.order(partners[2], days_ago(10), state="sent")
        self.lead(partners[3])
        self.recompute()
        found = self.profiles.search([("company_id", "=", self.company.id)]).partner_id
        self.assertEqual(found, partners[:4])

    def test_open_documents_when_several_then_counted_and_the_best_probability(self):
        partner = self.customer()
        self.order(partner, days_ago(3), state="draft")
        self.order(partner, days_ago(2), state="sent")
        self.order(partner, days_ago(2), state="cancel")
        for probability in (10, 45, 30):
            self.lead(partner, probability=probability)
        self.lead(partner, day=days_ago(-1), probability=90)  # tomorrow's
        self.recompute()
        self.assert_measures(
            partner,
            open_quotation_count=2,
            open_opportunity_count=3,
            opportunity_probability=45.0,
            order_count=0,
            net_sales=0,
        )

    def test_profile_when_the_contact_has_them_then_industry_country_state_salesperson(self):
        state = self.env.ref("base.state_us_5")
        industry = self.env["res.partner.industry"].create({"name": "Test Industry"})
        partner = self.customer(
            industry_id=industry.id, country_id=state.country_id.id, state_id=state.id,
            user_id=self.env.user.id,
        )  # fmt: skip
        self.orders(partner, 10)
        self.recompute()
        self.assert_measures(
            partner, industry_id=industry, country_id=state.country_id, state_id=state,
            user_id=self.env.user,
        )  # fmt: skip
