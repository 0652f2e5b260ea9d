"""The factory's orders, from how each customer buys and a fixed seed: the same ones everywhere.

Days count back from the day of installation and keep away from the limits of the segments (30,
90, 180 and 365 days, where the windows of calendar months begin and end), so that every segment
has a customer on any day.
"""

import math
import random
from collections import namedtuple

from .tables import read

SEED = 20240517

# Ages in days at which a window of 12 or 24 calendar months may begin, with a margin.
WINDOW_BORDERS = ((360, 371), (725, 737))
# What a product cost, by the age of the order.
PRICE_STEPS = ((730, 0.92), (365, 0.96), (0, 1.0))
LARGE_ORDER = 20000
LARGE_ORDER_DISCOUNT = 5  # per cent
# A contact of the company places about every third order.
CONTACT_EVERY = 3

#: ``lines`` are (product, quantity, price); ``kind`` is "order", or that of a document
Order = namedtuple("Order", "key customer by_contact age state lines discount kind")


def build():
    """All orders, confirmed or not, oldest first.

    :return list[Order]: ages in days, amounts in whole money except for discounts
    """
    return _Factory().orders()


def amount(order):
    """Untaxed, to the cent."""
    gross = sum(quantity * price for _product, quantity, price in order.lines)
    return round(gross * (100 - order.discount)) / 100


class _Factory:
    def __init__(self):
        self.random = random.Random(SEED)
        self.prices = {product.key: int(product.list_price) for product in read("products")}

    def orders(self):
        orders = [
            order
            for customer in read("customers")
            for phase in customer.orders.split(";")
            if phase
            for order in self._phase(customer, *map(int, phase.split()))
        ]
        orders += [self._document(orders, document) for document in read("documents")]
        orders.sort(key=lambda order: -order.age)
        return [order._replace(key=f"demo_order_{i:04}") for i, order in enumerate(orders, 1)]

    def _phase(self, customer, oldest, newest, step, worth):
        """One phase of a customer: from oldest to newest about every ``step`` days."""
        ages = sorted(self._ages(oldest, newest, step), reverse=True)
        for position, age in enumerate(ages):
            scale = 0.75 + 0.5 * self.random.random() if len(ages) > 1 else 1
            by_contact = bool(customer.contact_name) and position % CONTACT_EVERY == 1
            yield self._order(customer.key, age, worth * scale)._replace(by_contact=by_contact)

    def _ages(self, oldest, newest, step):
        """Days ago from the newest back, about a step apart; the newest is exact."""
        ages, age = {newest}, newest
        while age + step <= oldest:
            age += step
            ages.add(_off_border(age + round((self.random.random() - 0.5) * 0.3 * step)))
        return ages

    def _order(self, customer, age, worth, state="sale", kind="order"):
        """An order of up to three products that is worth about ``worth``."""
        affordable = [
            key for key, price in self.prices.items() if worth / 40 <= price <= worth * 0.8
        ]
        products = self._draw(affordable, 1 + math.floor(3 * self.random.random()))
        factor = next(factor for since, factor in PRICE_STEPS if age >= since)
        lines = []
        for product in products:
            price = max(1, round(self.prices[product] * factor))
            lines.append((product, max(1, round(worth / len(products) / price)), price))
        discount = LARGE_ORDER_DISCOUNT if worth >= LARGE_ORDER else 0
        return Order("", customer, False, age, state, lines, discount, kind)

    def _draw(self, products, count):
        """So many of the products, in the order of the table."""
        left = list(products)
        drawn = {
            left.pop(math.floor(self.random.random() * len(left)))
            for _number in range(min(count, len(left)))
        }
        return [product for product in products if product in drawn]

    def _document(self, orders, row):
        """A quotation, a cancelled order, goods given free or sent back."""
        customer, age, worth = row.customer, int(row.age), int(row.amount)
        if row.kind == "sample":
            return Order("", customer, False, age, "sale", [("cable_set", 1, 0)], 0, row.kind)
        if row.kind == "return" and not worth:  # all of the last order
            order = min((o for o in orders if o.customer == customer), key=lambda o: o.age)
        else:
            order = self._order(customer, age, worth, row.state, row.kind)
        if row.kind == "return":
            lines = [(product, -quantity, price) for product, quantity, price in order.lines]
            return Order("", customer, False, age, "sale", lines, 0, row.kind)
        return order


def _off_border(age):
    for low, high in WINDOW_BORDERS:
        if low <= age <= high:
            return low - 1 if age < (low + high) / 2 else high + 1
    return age
