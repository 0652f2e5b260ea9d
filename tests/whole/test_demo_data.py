"""The demo data itself: it is what its generator writes, and on any day it shows every segment."""

from collections import defaultdict
from datetime import date, timedelta

import demo_data
import pytest
from reference import SEGMENTS, Answer, Fact, classify

COMPANY = 1


def facts_as_of(as_of):
    kinds = {"draft": "quotation", "sent": "quotation"}
    for order in demo_data.build():
        if order.state != "cancel":
            amount = demo_data.amount(order)
            kind = kinds.get(order.state) or ("refund" if amount < 0 else "order")
            yield Fact(order.customer, COMPANY, as_of - timedelta(days=order.age), kind, amount)
    for lead in demo_data.LEADS:
        if lead.stage in (1, 2, 3):
            day = as_of - timedelta(days=lead.age)
            yield Fact(lead.customer, COMPANY, day, "opportunity", lead.revenue, lead.probability)


def answers_as_of(as_of):
    for said in demo_data.FEEDBACK:
        day = as_of - timedelta(days=said.age)
        for value in (said.product, said.service, said.delivery, said.price, said.csat):
            if value != "":
                yield Answer(said.customer, COMPANY, day, "five", value)
        if said.nps != "":
            yield Answer(said.customer, COMPANY, day, "nps", said.nps)
    for said in demo_data.RATINGS:
        yield Answer(
            said.customer, COMPANY, as_of - timedelta(days=said.age), "five", said.rating
        )


def test_committed_files_are_what_the_generator_writes():
    for name, content in demo_data.files().items():
        assert (demo_data.FOLDER / name).read_text(encoding="utf-8") == content, name


@pytest.mark.parametrize(
    "as_of",
    [
        # The windows have 365 or 366 days and begin on another day of the month at month ends.
        *(date(2024, 2, day) for day in (27, 28, 29)),
        *(date(2025, 3, day) for day in (1, 30, 31)),
        *(date(2026, month, 15) for month in range(1, 13)),
        *(date(year, 12, 31) for year in (2027, 2028)),
    ],
    ids=str,
)
def test_every_segment_has_a_customer_on_any_day(as_of):
    active = [
        customer.key for customer in demo_data.CUSTOMERS if customer.key not in demo_data.ARCHIVED
    ]
    result = classify(
        facts_as_of(as_of), COMPANY, as_of, customers=active, answers=answers_as_of(as_of)
    )
    reached = defaultdict(set)
    for row in result.customers.values():
        for dimension, segment in row["segments"].items():
            reached[dimension].add(segment)
    missing = {
        dimension: set(segments) - reached[dimension]
        for dimension, segments in SEGMENTS.items()
        if set(segments) - reached[dimension]
    }
    assert not missing


def test_amounts_of_orders_are_positive_except_returns_and_samples():
    odd = [order for order in demo_data.build() if demo_data.amount(order) <= 0 and not order.note]
    assert odd == []


def test_archived_customers_have_sales():
    customers = {order.customer for order in demo_data.build()}
    assert customers >= demo_data.ARCHIVED
