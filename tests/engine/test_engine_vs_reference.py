"""The engine against the reference on seeded random histories, the awkward ones included.

The documents are made here and given to both: to the engine as rows of Odoo's tables, to
``reference.py`` as facts. Nothing of the addon's fact model is used on the other side.
"""

from datetime import date, datetime, time, timedelta
from fractions import Fraction
from random import Random

from common import PREFIX, SegmentationCase
from psycopg2.extras import execute_values
from reference import Answer, Fact, classify

from odoo.tests import tagged

FIRST_DAY = date(2021, 1, 1)
LAST_DAY = date(2024, 12, 31)
DAYS = (LAST_DAY - FIRST_DAY).days
DATES = ("first_order_date", "last_order_date", "won_back_date")
NUMBERS = (
    "order_count", "order_day_count", "order_count_12m", "net_sales", "sales_12m", "net_sales_12m",
    "net_sales_prev_12m", "trend_ratio", "average_order", "refund_ratio", "order_interval_days",
    "open_quotation_count", "open_opportunity_count", "opportunity_probability", "recency_days",
    "overdue_ratio", "recency_score", "frequency_score", "monetary_score", "satisfaction_score",
    "satisfaction_count", "stake",
)  # fmt: skip


class Histories:
    """Random documents of one company: {kind: function making one customer's facts}."""

    def __init__(self, seed, company_id, scale):
        self.random = Random(seed)
        self.company_id = company_id
        self.scale = scale  # decimals of the company's currency
        self.kinds = [
            self.one_order, self.regular, self.regular, self.irregular, self.irregular,
            self.won_back, self.same_day, self.refund_only, self.fully_refunded, self.free_only,
            self.negative_order, self.daily, self.interested, self.tied, self.tied,
        ]  # fmt: skip

    def facts(self, partner_ids):
        for position, partner_id in enumerate(partner_ids):
            make = self.giant if position == 0 else self.kinds[position % len(self.kinds)]
            for day, kind, amount, *probability in make():
                yield Fact(partner_id, self.company_id, day, kind, amount, *probability)

    def day(self):
        return FIRST_DAY + timedelta(days=self.random.randint(0, DAYS))

    def amount(self):
        """Pareto, to the currency's decimals."""
        return Fraction(
            round(self.random.paretovariate(1.1) * 100 * 10**self.scale), 10**self.scale
        )

    def series(self, start, step, count):
        days = (start + timedelta(days=step * number) for number in range(count))
        return [(day, "order", self.amount()) for day in days if day <= LAST_DAY]

    # What customers said

    def answers(self, partner_ids):
        """Feedback and ratings of about half of the customers, some of them many."""
        for partner_id in partner_ids:
            for _number in range(self.random.choice((0, 0, 1, 1, 2, 5, 20))):
                source = self.random.choice(("five", "nps", "rating"))
                highest, lowest = (10, 0) if source == "nps" else (5, 1)
                yield source, Answer(
                    partner_id, self.company_id, self.day(), "nps" if source == "nps" else "five",
                    self.random.randint(lowest, highest),
                )

    # One customer each

    def giant(self):
        return [(self.day(), "order", Fraction(5_000_000)) for _number in range(30)]

    def one_order(self):
        return [(self.day(), "order", self.amount())]

    def regular(self):
        step = self.random.choice((7, 14, 30, 31, 61, 90))
        return self.series(self.day(), step, self.random.randint(2, 40))

    def daily(self):
        return self.series(self.day(), 1, self.random.randint(2, 9))

    def irregular(self):
        facts = [(self.day(), "order", self.amount()) for _n in range(self.random.randint(2, 30))]
        if self.random.random() < 0.3:
            facts.append((self.day(), "refund", -self.amount()))
        return facts

    def won_back(self):
        facts = self.series(self.day(), self.random.choice((1, 10, 30)), self.random.randint(1, 5))
        last = max(day for day, _kind, _amount in facts)
        back = last + timedelta(days=self.random.choice((29, 30, 120, 121, 200, 365, 366, 500)))
        return [*facts, *self.series(back, 20, self.random.randint(1, 3))]

    def same_day(self):
        days = [self.day() for _number in range(self.random.randint(1, 3))]
        return [(day, "order", self.amount()) for day in days for _number in range(3)]

    def refund_only(self):
        return [(self.day(), "refund", -self.amount())]

    def fully_refunded(self):
        day, amount = self.day(), self.amount()
        return [(day, "order", amount), (day, "refund", -amount)]

    def free_only(self):
        return [(self.day(), "order", Fraction(0)) for _number in range(self.random.randint(1, 2))]

    def negative_order(self):
        return [*self.irregular(), (self.day(), "negative order", -self.amount())]

    def tied(self):
        day = self.random.choice((date(2024, 1, 1), date(2024, 6, 1), date(2023, 7, 1)))
        return [(day, "order", Fraction(100))] * self.random.choice((1, 1, 1, 2))

    def interested(self):
        kinds = self.random.choice(
            (["quotation"], ["opportunity"], ["quotation", "opportunity", "opportunity"])
        )
        facts = []
        for kind in kinds:
            probability = self.random.choice((0, 30, 49.99, 50, 99)) if kind[0] == "o" else None
            facts.append((self.day(), kind, Fraction(100), probability))
        return facts


@tagged("post_install", "-at_install")
class TestEngineAgainstReference(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.yen_company = cls.new_company(
            "Second Factory",
            currency_id=cls.env["res.currency"]
            .create({"name": "TSJ", "symbol": "j", "rounding": 1})
            .id,
        )
        partners = cls.customers(340)
        # both companies sell to the same customers; some have no document at all, some left
        cls.archived = partners[::17]
        cls.facts, cls.answers = {}, {}
        for company, seed, scale in ((cls.company, 1, 2), (cls.yen_company, 2, 0)):
            some = partners.ids[:300] if company == cls.company else partners.ids[200:]
            facts = list(Histories(seed, company.id, scale).facts(some))
            cls.insert_documents(facts)
            answers = list(Histories(seed, company.id, scale).answers(some))
            cls.insert_answers(answers)
            cls.answers[company] = [answer for _source, answer in answers]
            kinds = {"negative order": "refund", "refund": "credit note"}
            cls.facts[company] = [
                fact._replace(kind=kinds.get(fact.kind, fact.kind)) for fact in facts
            ]
        cls.archived.active = False
        cls.env.invalidate_all()
        cls.xmlids = {
            segment.id: name.removeprefix(PREFIX)
            for segment, name in (
                (segment, segment.get_external_id()[segment.id])
                for segment in cls.env["customer.segmentation.segment"].search([])
            )
        }

    @classmethod
    def insert_documents(cls, facts):
        currency_ids = {
            company.id: company.currency_id.id for company in (cls.company, cls.yen_company)
        }
        noon = {fact.date: datetime.combine(fact.date, time(12)) for fact in facts}
        cls.insert_many(
            "sale_order",
            "name, company_id, partner_id, partner_invoice_id, partner_shipping_id, date_order,"
            " state, currency_id, currency_rate, amount_untaxed",
            [
                ("S", fact.company_id, *[fact.partner_id] * 3, noon[fact.date],
                 "draft" if fact.kind == "quotation" else "sale",
                 currency_ids[fact.company_id], 1, float(fact.amount))
                for fact in facts
                if fact.kind in ("order", "negative order", "quotation")
            ],
        )  # fmt: skip
        cls.insert_many(
            "account_move",
            "name, company_id, partner_id, date, invoice_date, state, move_type, auto_post,"
            " journal_id, currency_id, amount_untaxed_signed",
            [
                (f"M/{next(cls.numbers)}", fact.company_id, fact.partner_id, fact.date, fact.date,
                 "posted", "out_refund", "no", cls.journal.id,
                 currency_ids[fact.company_id], float(fact.amount))
                for fact in facts
                if fact.kind == "refund"
            ],
        )  # fmt: skip
        cls.insert_many(
            "crm_lead",
            "name, type, active, company_id, partner_id, create_date, probability",
            [
                ("O", "opportunity", True, fact.company_id, fact.partner_id, noon[fact.date],
                 fact.probability)
                for fact in facts
                if fact.kind == "opportunity"
            ],
        )  # fmt: skip

    @classmethod
    def insert_answers(cls, answers):
        """As rows of feedback (one topic or NPS) and of Odoo's ratings, at noon."""
        for column, source in (("delivery_rating", "five"), ("nps", "nps")):
            cls.insert_many(
                "customer_segmentation_feedback",
                f"partner_id, contact_id, company_id, date, channel, {column}",
                [
                    (answer.partner_id, answer.partner_id, answer.company_id, answer.date, "visit",
                     str(answer.value))
                    for kind, answer in answers
                    if kind == source
                ],
            )  # fmt: skip
        cls.insert_many(
            "rating_rating",
            "partner_id, res_id, segmentation_company_id, segmentation_rated_on, consumed, rating",
            [
                (answer.partner_id, answer.partner_id, answer.company_id,
                 datetime.combine(answer.date, time(12)), True, answer.value)
                for kind, answer in answers
                if kind == "rating"
            ],
        )  # fmt: skip

    @classmethod
    def insert_many(cls, table, columns, rows):
        execute_values(cls.env.cr._obj, f"INSERT INTO {table} ({columns}) VALUES %s", rows)

    # The comparison

    def assert_agrees(self, company, as_of, state="done", **criteria):
        company.segmentation_criteria_id.action_propose_monetary()
        self.recompute(as_of, company=company, state=state)
        facts = self.facts[company]
        customers = {
            fact.partner_id
            for fact in facts
            if fact.date <= as_of and fact.kind != "credit note"  # alone it is no document
        } - {*self.archived.ids}
        expected = classify(
            facts, company.id, as_of, criteria, customers, self.answers[company]
        )
        profiles = self.profiles.with_context(segmentation_as_of=as_of).search(
            [("company_id", "=", company.id), ("active", "=", True)]
        )
        self.assertEqual(set(profiles.partner_id.ids), set(expected.customers))
        differences = [
            f"{profile.partner_id.id} {name}: {found!r}, not {right!r}"
            for profile in profiles
            for name, found, right in self.compared(profile, expected)
            if found != right
        ]
        if differences:
            self.fail("\n".join([f"{len(differences)} differences", *differences[:30]]))
        return expected.customers

    def compared(self, profile, expected):
        row = expected.customers[profile.partner_id.id]
        for name in DATES:
            if (
                name == "won_back_date"
                and profile.company_id.segmentation_criteria_id.window_months < 12
            ):
                continue  # the engine looks a year back, the reference at the window; 90 days count
            yield name, profile[name] or None, row[name]
        for name in NUMBERS:
            found, right = profile[name], float(row[name] or 0)
            tolerance = self.tolerance(profile, name)
            yield name, right if abs(found - right) <= tolerance else found, right
        for dimension, right in row["segments"].items():
            if dimension == "frequency_amount" and self.is_at_the_limit(profile, expected):
                continue
            segment = profile[f"{dimension}_segment_id"]
            yield dimension, self.xmlids[segment.id], f"{dimension}_{right}"

    def is_at_the_limit(self, profile, expected):
        """Whether rounding decides: averages and their limit are amounts of the currency."""
        average = expected.customers[profile.partner_id.id]["average_order"]
        limit = expected.population["average_order_limit"]
        return average and abs(average - limit) < 2 * profile.currency_id.rounding

    def tolerance(self, profile, name):
        """The profile rounds these amounts to the currency, and shows an overdue ratio rounded."""
        if name in ("average_order", "stake"):
            return profile.currency_id.rounding / 2 + 1e-6
        return 0.005 + 1e-6 if name == "overdue_ratio" else 1e-6

    def test_bands_when_random_histories_then_equal_on_several_days(self):
        for as_of in (date(2024, 6, 30), date(2024, 2, 29), date(2022, 3, 31), date(2024, 12, 31)):
            with self.subTest(as_of=as_of):
                expected = self.assert_agrees(self.company, as_of)
                found = {row["segments"]["lifecycle"] for row in expected.values()}
                if as_of.year == 2024:  # else the histories have nothing to tell
                    self.assertEqual(len(found), 7)

    def test_bands_when_the_currency_has_no_decimals_then_equal(self):
        self.assert_agrees(self.yen_company, date(2024, 6, 30))

    def test_quantiles_when_random_histories_then_equal(self):
        # in the middle of 2021 the second company has fewer than 50 buyers: bands instead
        for company, as_of, state in (
            (self.company, date(2024, 6, 30), "done"),
            (self.company, date(2023, 2, 28), "done"),
            (self.yen_company, date(2024, 6, 30), "done"),
            (self.yen_company, date(2021, 6, 30), "warning"),
        ):
            company.segmentation_criteria_id.score_method = "quantiles"
            with self.subTest(company=company.name, as_of=as_of):
                self.assert_agrees(company, as_of, state, score_method="quantiles")

    def test_window_when_of_6_or_24_months_then_equal(self):
        for months in (6, 24):
            self.criteria.window_months = months
            with self.subTest(months=months):
                self.assert_agrees(self.company, date(2024, 6, 30), window_months=months)
