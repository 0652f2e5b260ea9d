"""The tables of the demo data: every segment has a customer on any day, and all is told twice."""

from collections import defaultdict
from datetime import date, timedelta

import pytest
from reference import SEGMENTS, Answer, Fact, classify

from odoo.addons.customer_segmentation.demo import factory, orders, tables

pytestmark = pytest.mark.demo

COMPANY = 1


def facts_as_of(as_of):
    kinds = {"draft": "quotation", "sent": "quotation"}
    for order in orders.build():
        if order.state != "cancel":
            amount = orders.amount(order)
            kind = kinds.get(order.state) or ("refund" if amount < 0 else "order")
            yield Fact(order.customer, COMPANY, as_of - timedelta(days=order.age), kind, amount)
    for lead in tables.read("leads"):
        if lead.outcome == "open":
            day = as_of - timedelta(days=int(lead.create_date))
            revenue, probability = int(lead.expected_revenue), int(lead.probability)
            yield Fact(lead.partner_id, COMPANY, day, "opportunity", revenue, probability)


def answers_as_of(as_of):
    topics = [f"{topic}_rating" for topic in ("product", "service", "delivery", "price")]
    for said in tables.read("feedback"):
        day = as_of - timedelta(days=int(said.date))
        for value in (getattr(said, name) for name in (*topics, "csat")):
            if value:
                yield Answer(said.partner_id, COMPANY, day, "five", int(value))
        if said.nps:
            yield Answer(said.partner_id, COMPANY, day, "nps", int(said.nps))
    for said in tables.read("ratings"):
        day = as_of - timedelta(days=int(said.segmentation_rated_on))
        yield Answer(said.partner_id, COMPANY, day, "five", int(said.rating))


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
    known = {customer.key for customer in tables.read("customers")}
    active = sorted(known - factory.ARCHIVED)
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
    odd = {order.kind for order in orders.build() if orders.amount(order) <= 0}
    assert odd == {"return", "sample"}


def test_archived_customers_have_sales():
    assert {order.customer for order in orders.build()} >= factory.ARCHIVED


@pytest.mark.parametrize("name", ["customers", "feedback", "leads", "needs", "notes", "products"])
def test_every_text_of_a_table_when_read_in_chinese_is_chinese(name):
    english, chinese = tables.read(name), tables.read(name, chinese=True)
    texts = {"name", "contact_name", "contact_function", "remark", "description", "note"}
    columns = texts & vars(english[0]).keys()
    assert columns
    left = [
        getattr(row, column)
        for row in chinese
        for column in columns
        if getattr(row, column) and not any(sign >= "\u4e00" for sign in getattr(row, column))
    ]
    assert left == []


def test_every_place_of_a_customer_when_read_in_either_language_is_in_the_table():
    for chinese, name in ((False, "places"), (True, "places_zh")):
        places = {place.key for place in tables.read(name)}
        assert {row.place for row in tables.read("customers", chinese)} <= places
