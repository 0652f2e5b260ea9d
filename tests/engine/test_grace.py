"""No flapping: down only after the grace days, up at once."""

from datetime import timedelta

from common import AS_OF, SegmentationCase

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestGrace(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partner = cls.customer()
        # one order 89 days ago: new (first order within 90 days); from day 91 on at risk
        cls.orders(cls.partner, 89)
        cls.dimension = cls.env.ref("customer_segmentation.dimension_lifecycle")
        cls.dimension.grace_days = 10
        cls.recompute()

    def _segment(self):
        self.env.invalidate_all()
        return self.profile(self.partner).lifecycle_segment_id.name

    def _pending(self):
        return self.profile(self.partner).pending_ids

    def test_move_down_when_grace_days_run_then_it_waits_and_is_seen(self):
        self.assertEqual(self._segment(), "New")
        self.recompute(AS_OF + timedelta(days=2))  # day 91: the rule says At Risk
        self.assertEqual(self._segment(), "New")
        pending = self._pending()
        self.assertEqual(pending.segment_id.name, "At Risk")
        self.assertEqual(pending.since, AS_OF + timedelta(days=2))
        self.assertEqual(pending.due_date, AS_OF + timedelta(days=12))
        self.recompute(AS_OF + timedelta(days=11))
        self.assertEqual(self._segment(), "New")
        self.recompute(AS_OF + timedelta(days=12))
        self.assertEqual(self._segment(), "At Risk")
        self.assertFalse(self._pending())

    def test_move_down_when_run_twice_a_day_then_nothing_is_written_again(self):
        self.recompute(AS_OF + timedelta(days=2))
        run = self.recompute(AS_OF + timedelta(days=2))
        self.assertEqual((run.rows_changed, run.history_count), (0, 0))
        self.assertEqual(self._pending().since, AS_OF + timedelta(days=2))

    def test_move_down_when_the_rule_changes_its_mind_then_the_count_starts_again(self):
        self.recompute(AS_OF + timedelta(days=2))
        self.order(self.partner, AS_OF + timedelta(days=3))
        self.recompute(AS_OF + timedelta(days=3))
        self.assertFalse(self._pending())

    def test_move_up_when_grace_days_are_set_then_at_once(self):
        self.dimension.grace_days = 0
        self.recompute(AS_OF + timedelta(days=2))
        self.assertEqual(self._segment(), "At Risk")
        self.dimension.grace_days = 10
        self.order(self.partner, AS_OF + timedelta(days=3))
        self.recompute(AS_OF + timedelta(days=3))
        self.assertEqual(self._segment(), "Active")

    def test_move_down_when_the_customer_is_archived_then_it_waits_no_longer(self):
        self.recompute(AS_OF + timedelta(days=2))
        self.assertTrue(self._pending())
        self.partner.active = False
        self.recompute(AS_OF + timedelta(days=3))
        self.assertFalse(self._pending())

    def test_move_down_when_grace_is_taken_back_then_pending_moves_happen(self):
        self.recompute(AS_OF + timedelta(days=2))
        self.dimension.grace_days = 0
        self.recompute(AS_OF + timedelta(days=2))
        self.assertEqual(self._segment(), "At Risk")
        self.assertFalse(self._pending())


@tagged("post_install", "-at_install")
class TestGraceAfterOverride(SegmentationCase):
    """Where an override ends, the rules decide at once: their answer has waited long enough."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # one order 89 days ago: new; from day 91 on at risk, which is down
        cls.ended, cls.waiting = cls.customers(2)
        for partner in (cls.ended, cls.waiting):
            cls.orders(partner, 89)
        cls.dimension = cls.env.ref("customer_segmentation.dimension_lifecycle")
        cls.dimension.grace_days = 10
        cls.recompute()
        cls.reason = cls.env["customer.segmentation.override.reason"].search([], limit=1)

    def override(self, partner, until_days):
        """The customer is set to Active until so many days after AS_OF."""
        self.env["customer.segmentation.override"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "dimension_id": self.dimension.id,
                "segment_id": self.segment("lifecycle_active").id,
                "reason_id": self.reason.id,
                "from_date": AS_OF,
                "until_date": AS_OF + timedelta(days=until_days),
            }
        )

    def assert_stands(self, partner, name, is_pending):
        self.env.invalidate_all()
        self.assertEqual(self.segment_of(partner, "lifecycle"), name)
        self.assertEqual(bool(self.profile(partner).pending_ids), is_pending)

    def test_override_when_it_ends_then_the_move_down_does_not_wait(self):
        self.override(self.ended, 4)
        self.recompute(AS_OF + timedelta(days=4))
        self.assert_stands(self.ended, "active", is_pending=False)
        self.assert_stands(self.waiting, "new", is_pending=True)
        # the first day after the last one: the rule says At Risk since two days
        self.recompute(AS_OF + timedelta(days=5))
        self.assert_stands(self.ended, "at_risk", is_pending=False)
        self.assert_stands(self.waiting, "new", is_pending=True)
        self.recompute(AS_OF + timedelta(days=6))
        self.assert_stands(self.ended, "at_risk", is_pending=False)

    def test_override_when_in_force_then_no_pending_move_counts_beside_it(self):
        self.override(self.ended, 30)
        self.recompute(AS_OF + timedelta(days=2))
        self.recompute(AS_OF + timedelta(days=13))
        self.assert_stands(self.ended, "active", is_pending=False)
        self.assert_stands(self.waiting, "at_risk", is_pending=False)

    def test_override_when_it_ended_earlier_then_a_later_move_down_waits_again(self):
        self.override(self.ended, 0)
        self.recompute(AS_OF + timedelta(days=1))  # day 90: the rule still says New
        self.assert_stands(self.ended, "new", is_pending=False)
        self.recompute(AS_OF + timedelta(days=2))
        self.assert_stands(self.ended, "new", is_pending=True)
