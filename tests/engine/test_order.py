"""The order keeps the segments its customer had when it was confirmed."""

from common import SALESMAN, DocumentCase

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestConfirmation(DocumentCase):
    """Big brings 7000 (A), small 1000 of 8000 (87.5 % before it: B)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Confirmation"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.salesman = cls.user("segmentation_salesman", SALESMAN)
        cls.big = cls.customer("Big")
        cls.small = cls.customer("Small")
        cls.buyer = cls.customer("Buyer", parent_id=cls.small.id, is_company=False)
        cls.order(cls.big, amount=7000)
        cls.order(cls.small, amount=1000)
        cls.recompute()
        cls.stranger = cls.customer("Stranger")
        cls.a, cls.b = cls.segment("value_a"), cls.segment("value_b")

    def kept(self, order):
        return (
            order.segmentation_confirmed_value_segment_id,
            order.segmentation_confirmed_lifecycle_segment_id,
        )

    def now(self, partner):
        profile = self.profile(partner)
        return profile.value_segment_id, profile.lifecycle_segment_id

    def test_order_when_a_quotation_then_nothing_is_kept(self):
        self.assertFalse(any(self.kept(self.quotation(self.big))))

    def test_order_when_confirmed_by_a_salesman_then_the_segments_of_now(self):
        order = self.quotation(self.big, env=self.env(user=self.salesman))
        order.action_confirm()
        self.assertEqual(self.kept(order), self.now(self.big))
        self.assertEqual(order.segmentation_confirmed_value_segment_id, self.a)

    def test_order_when_by_a_contact_then_its_companys_segments(self):
        order = self.quotation(self.buyer)
        order.action_confirm()
        self.assertEqual(order.segmentation_confirmed_value_segment_id, self.b)

    def test_order_when_the_segment_changes_later_then_kept(self):
        order = self.quotation(self.small, 50000)
        order.action_confirm()
        self.recompute(as_of=self.company._segmentation_today())
        self.assertEqual(self.profile(self.small).value_segment_id, self.a)
        self.assertEqual(order.segmentation_confirmed_value_segment_id, self.b)

    def test_order_when_the_customer_has_no_profile_then_empty(self):
        order = self.quotation(self.stranger)
        order.action_confirm()
        self.assertEqual(order.state, "sale")
        self.assertFalse(any(self.kept(order)))

    def test_order_when_several_are_confirmed_at_once_then_each_its_customers(self):
        orders = self.env["sale.order"].union(
            *(self.quotation(p) for p in (self.big, self.small, self.stranger, self.buyer))
        )
        orders.action_confirm()
        self.assertEqual(
            orders.mapped(lambda order: order.segmentation_confirmed_value_segment_id.id),
            [self.a.id, self.b.id, False, self.b.id],
        )

    def test_order_when_copied_then_nothing_is_kept(self):
        order = self.quotation(self.big)
        order.action_confirm()
        self.assertFalse(any(self.kept(order.copy())))

    def test_order_when_confirmed_again_for_a_customer_without_profile_then_emptied(self):
        order = self.quotation(self.big)
        order.action_confirm()
        order._action_cancel()
        order.action_draft()
        order.partner_id = self.stranger
        order.action_confirm()
        self.assertFalse(any(self.kept(order)))

    def test_order_when_of_another_company_then_that_companys_segments(self):
        """Big is nobody in the other company."""
        other = self.env["res.company"].create({"name": "Other"})
        order = self.quotation(self.big, company=other)
        order.action_confirm()
        self.assertFalse(any(self.kept(order)))

    def test_order_when_grouped_by_confirmed_value_then_sums(self):
        for partner, amount in [(self.big, 30), (self.small, 20), (self.big, 10)]:
            self.quotation(partner, amount, user_id=self.salesman.id).action_confirm()
        groups = self.env["sale.order"].with_user(self.salesman)._read_group(
            [
                ("company_id", "=", self.company.id),
                ("segmentation_confirmed_value_segment_id", "!=", False),
            ],
            ["segmentation_confirmed_value_segment_id"],
            ["amount_untaxed:sum"],
        )
        self.assertEqual(dict(groups), {self.a: 40, self.b: 20})

    def test_orders_when_many_are_confirmed_then_few_statements(self):
        """One search and one write per pair of segments, however many orders."""
        orders = self.env["sale.order"].union(*(self.quotation(self.big) for _n in range(10)))
        self.env.flush_all()
        orders[:1]._segmentation_keep_segments()
        self.env.flush_all()
        self.env.invalidate_all()
        with self.assertQueryCount(8):
            orders._segmentation_keep_segments()
            self.env.flush_all()
