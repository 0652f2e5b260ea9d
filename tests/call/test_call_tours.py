"""The call list in a real browser, on a desktop and as wide as a phone."""

from datetime import datetime, time, timedelta

from odoo.tests import HttpCase, new_test_user, tagged


class CallTourCase(HttpCase):
    """Orders each 20 days, the last one 40 days ago: at stake is what they bought."""

    # With a comma, as Chromium reads it: Odoo 17's own default is taken for nothing.
    browser_size = "1366,768"

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.salesman = new_test_user(
            cls.env, "call_tour_salesman", "base.group_user,sales_team.group_sale_salesman"
        )
        if "odoobot_state" in cls.salesman._fields:
            cls.salesman.odoobot_state = "disabled"  # on a phone its chat covers the screen
        new_test_user(cls.env, "call_tour_manager", "base.group_user,sales_team.group_sale_manager")
        cls.today = cls.env.company._segmentation_today()
        product = cls.env["product.product"].create({"name": "Tour Drive"})
        for name, amount in (("One", 80), ("Two", 70), ("Three", 90)):
            partner = cls.env["res.partner"].create(
                {
                    "name": f"Call Tour {name}",
                    "is_company": True,
                    "user_id": cls.salesman.id,
                    "phone": "+49 30 1234",
                }
            )
            for days in (80, 60, 40):
                cls.order(partner, product, amount, cls.today - timedelta(days=days))
        cls.env["customer.segmentation.run"]._recompute(cls.env.company)
        cls.calls = cls.env["customer.segmentation.call"].search(
            [("partner_id.name", "like", "Call Tour")], order="stake"
        )

    @classmethod
    def order(cls, partner, product, amount, day):
        order = cls.env["sale.order"].create(
            {
                "partner_id": partner.id,
                "order_line": [
                    (0, 0, {"product_id": product.id, "product_uom_qty": 1, "price_unit": amount})
                ],
            }
        )
        order.action_confirm()
        order.date_order = datetime.combine(day, time(12))


@tagged("post_install", "-at_install")
class TestCallTours(CallTourCase):
    def test_salesman_handles_calls_on_a_desktop(self):
        self.start_tour(
            "/web", "customer_segmentation_call_list", login="call_tour_salesman", timeout=240
        )
        self.calls.invalidate_recordset()
        self.assertEqual(self.calls.mapped("state"), ["snoozed", "done", "done"])

    def test_manager_reads_who_handled_what(self):
        self.start_tour(
            "/web", "customer_segmentation_call_analysis", login="call_tour_manager", timeout=240
        )


@tagged("post_install", "-at_install")
class TestCallToursOnPhone(CallTourCase):
    browser_size = "390,844"
    touch_enabled = True

    def test_salesman_handles_calls_on_a_phone(self):
        self.salesman.action_id = self.env.ref(
            "customer_segmentation.customer_segmentation_call_action"
        ).id
        self.start_tour(
            "/web", "customer_segmentation_call_list_phone", login="call_tour_salesman", timeout=240
        )
        self.calls.invalidate_recordset()
        self.assertEqual(self.calls.mapped("state"), ["snoozed", "done", "not_interested"])
        done = self.calls[1]
        self.assertEqual((done.outcome, done.attempt_count), ("will_order", 1))
        self.assertEqual(done.closed_by_id, self.salesman)
        snoozed = self.calls[0]
        self.assertEqual(snoozed.snoozed_until, self.today + timedelta(days=7))
