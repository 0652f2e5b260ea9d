"""The main screens in a real browser: each kanban, each form with a chatter, the badges."""

from datetime import datetime, time, timedelta

from odoo.tests import HttpCase, new_test_user, tagged


class TourCase(HttpCase):
    # With a comma, as Chromium reads it: Odoo 17's own default is taken for nothing.
    browser_size = "1366,768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = new_test_user(
            cls.env, "tour_salesman", "base.group_user,sales_team.group_sale_salesman"
        )
        new_test_user(cls.env, "tour_manager", "base.group_user,sales_team.group_sale_manager")
        product = cls.env["product.product"].create({"name": "Tour Drive", "list_price": 100})
        partner = cls.env["res.partner"].create(
            {"name": "Tour Motors", "is_company": True, "user_id": cls.salesman.id}
        )
        today = cls.env.company._segmentation_today()
        # Four order days 40 days apart, the last one 10 days ago: active, in its usual rhythm.
        for days_ago in (130, 90, 50, 10):
            order = cls.env["sale.order"].create(
                {
                    "partner_id": partner.id,
                    "order_line": [
                        (0, 0, {"product_id": product.id, "product_uom_qty": 1, "price_unit": 100})
                    ],
                }
            )
            order.action_confirm()
            order.date_order = noon_days_before(today, days_ago)
        cls.env["customer.segmentation.run"]._recompute(cls.env.company)


@tagged("post_install", "-at_install")
class TestTours(TourCase):
    def test_salesman_opens_customers_then_sees_segments_everywhere(self):
        self.start_tour(
            "/web", "customer_segmentation_salesman", login="tour_salesman", timeout=240
        )

    def test_manager_tries_a_limit_then_applies_it(self):
        self.start_tour("/web", "customer_segmentation_what_if", login="tour_manager", timeout=240)

    def test_manager_replays_the_past_then_sees_the_moves(self):
        self.start_tour("/web", "customer_segmentation_replay", login="tour_manager", timeout=240)

    def test_manager_recomputes_then_reads_segments_and_criteria(self):
        self.start_tour("/web", "customer_segmentation_manager", login="tour_manager", timeout=240)


@tagged("post_install", "-at_install")
class TestOwnDimensionTour(TourCase):
    @classmethod
    def setUpClass(cls):
        # done last, when the transaction is taken back: the web request, in a thread of its own,
        # has put a field into the registry whose column is gone by then
        cls.addClassCleanup(cls._forget_own_fields)
        super().setUpClass()

    @classmethod
    def _forget_own_fields(cls):
        cls.registry.registry_invalidated = True
        cls.registry.reset_changes()

    def test_manager_makes_dimension_then_sees_customers_in_it(self):
        self.start_tour(
            "/web", "customer_segmentation_own_dimension", login="tour_manager", timeout=240
        )


def noon_days_before(day, days_ago):
    """Noon UTC of the day so many days before ``day``."""
    return datetime.combine(day - timedelta(days=days_ago), time(12))
