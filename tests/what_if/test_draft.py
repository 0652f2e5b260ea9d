"""What-if: other rules and limits tried on today's customers; and versions of the standards."""

from common import SegmentationCase

from odoo.exceptions import UserError, ValidationError
from odoo.tests import new_test_user, tagged


@tagged("post_install", "-at_install")
class TestDraft(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env,
            "draft_manager",
            "base.group_user,sales_team.group_sale_manager",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        # Net sales of the window 600, 300, 80, 20 of 1000: before them 0, 60, 90, 98 %.
        # A below 70: the first two; B below 90: nobody; C the others.
        cls.big, cls.good, cls.small, cls.tiny = cls.customers(4)
        amounts = {cls.big: 600, cls.good: 300, cls.small: 80, cls.tiny: 20}
        for partner, amount in amounts.items():
            cls.order(partner, cls.company._segmentation_today(), amount)
        cls.a, cls.b, cls.c = (
            cls.env.ref(f"customer_segmentation.segment_value_{name}") for name in "abc"
        )
        cls.recompute(cls.company._segmentation_today())
        cls.versions = cls.env["customer.segmentation.version"]
        cls.versions._take()

    def _draft(self, **vals):
        drafts = self.env["customer.segmentation.draft"].with_user(self.manager)
        return drafts.with_company(self.company).create({"name": "Stricter A", **vals})

    def _line(self, draft, segment):
        return draft.line_ids.filtered(lambda line: line.segment_id == segment)

    def test_try_when_rule_is_stricter_then_moves_are_counted_and_nothing_is_touched(self):
        draft = self._draft()
        self._line(draft, self.a).domain = "[('accumulated_share', '<', 50)]"
        draft.action_run()
        # 60 % stand before the second: it leaves A for B
        self.assertEqual(self._line(draft, self.a).mapped("count_before"), [2])
        self.assertEqual(self._line(draft, self.a).mapped("count_after"), [1])
        self.assertEqual(self._line(draft, self.b).mapped("count_after"), [1])
        self.assertEqual(self._line(draft, self.b).sales_after, 300)
        move = draft.move_ids
        self.assertEqual(move.partner_id, self.good)
        self.assertEqual((move.from_segment_id, move.to_segment_id), (self.a, self.b))
        self.assertEqual(move.net_sales_12m, 300)
        self.assertEqual(self.profile(self.good).value_segment_id, self.a)
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")

    def test_try_when_limits_change_then_scores_follow_and_criteria_stay(self):
        draft = self._draft()
        self.assertEqual(self.criteria.frequency_2, 2)
        # one order today scores frequency 1: New Customers. With "2 from one order on" it is a
        # Potential Loyalist.
        draft.write({"frequency_2": 1})
        draft.action_run()
        rfm = self.env.ref("customer_segmentation.dimension_rfm")
        moves = draft.move_ids.filtered(lambda move: move.dimension_id == rfm)
        self.assertEqual(
            {(move.from_segment_id.name, move.to_segment_id.name) for move in moves},
            {("New Customers", "Potential Loyalists")},
        )
        self.assertEqual(len(moves), 4)
        self.assertEqual(self.criteria.frequency_2, 2)

    def test_try_when_scope_is_set_then_only_its_customers_are_tried(self):
        draft = self._draft(scope=f"[('partner_id', '=', {self.big.id})]")
        self._line(draft, self.a).domain = "[('net_sales_12m', '>', 10000)]"
        draft.action_run()
        value = self.env.ref("customer_segmentation.dimension_value")
        moves = draft.move_ids.filtered(lambda move: move.dimension_id == value)
        self.assertEqual(moves.partner_id, self.big)

    def test_apply_when_nobody_changed_the_rules_then_customers_follow(self):
        draft = self._draft()
        self._line(draft, self.a).domain = "[('accumulated_share', '<', 50)]"
        draft.action_run()
        draft.action_apply()
        self.assertEqual(draft.state, "applied")
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 50)]")
        self.env.invalidate_all()
        self.assertEqual(self.profile(self.good).value_segment_id, self.b)

    def test_apply_when_somebody_changed_the_rules_then_refused_and_nothing_is_lost(self):
        draft = self._draft()
        self._line(draft, self.a).domain = "[('accumulated_share', '<', 50)]"
        draft.action_run()
        self.b.domain = "[('accumulated_share', '<', 95)]"
        with self.assertRaisesRegex(UserError, "changed since this draft"):
            draft.action_apply()
        self.assertEqual(draft.state, "draft")
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")
        self.assertEqual(self.b.domain, "[('accumulated_share', '<', 95)]")

    def test_write_when_rule_of_draft_is_broken_then_refused_with_its_name(self):
        draft = self._draft()
        with self.assertRaisesRegex(ValidationError, "segment A cannot be used"):
            self._line(draft, self.a).domain = "[('no_such_field', '=', 1)]"

    def test_discard_when_done_then_moves_go_and_it_is_closed(self):
        draft = self._draft()
        self._line(draft, self.a).domain = "[('accumulated_share', '<', 50)]"
        draft.action_run()
        draft.action_discard()
        self.assertFalse(draft.move_ids)
        with self.assertRaisesRegex(UserError, "applied or discarded"):
            draft.action_run()

    # Versions

    def test_version_when_rule_changes_then_who_and_what_is_kept_and_can_be_put_back(self):
        first = self.versions._current()
        self.a.with_user(self.manager).domain = "[('accumulated_share', '<', 80)]"
        self.criteria.with_user(self.manager).frequency_5 = 20
        self.env.cr.precommit.run()
        second = self.versions._current()
        self.assertEqual(second.user_id, self.manager)
        self.assertIn("70", second.summary)
        self.assertIn("80", second.summary)
        self.assertIn("12 → 20", second.summary)
        first.with_user(self.manager).action_restore()
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")
        self.assertEqual(self.criteria.frequency_5, 12)
        self.env.cr.precommit.run()
        self.assertEqual(self.versions._current().snapshot, first.snapshot)
        self.assertNotEqual(self.versions._current(), first)

    def test_version_when_a_parent_changes_then_named_and_put_back(self):
        one, other, child = self.env["customer.segmentation.segment"].create(
            [
                {
                    "dimension_id": self.a.dimension_id.id,
                    "name": name,
                    "domain": "[('net_sales_12m', '>', 500)]",
                }
                for name in ("One", "Other", "Child")
            ]
        )
        child.parent_id = one
        self.env.cr.precommit.run()
        first = self.versions._current()
        child.with_user(self.manager).parent_id = other
        self.env.cr.precommit.run()
        self.assertIn("One → ", self.versions._current().summary)
        self.assertIn("→ " + other.display_name, self.versions._current().summary)
        first.with_user(self.manager).action_restore()
        self.assertEqual(child.parent_id, one)
        child.parent_id = False
        self.env.cr.precommit.run()
        one.unlink()
        first.with_user(self.manager).action_restore()  # what is gone for good is left out
        self.assertFalse(child.parent_id)

    def test_version_when_of_an_older_release_then_unknown_fields_are_no_change(self):
        first = self.versions._current()
        snapshot = first.snapshot
        for values in snapshot["segments"].values():
            del values["parent_id"]
        first.snapshot = snapshot
        self.env.flush_all()
        self.a.domain = "[('accumulated_share', '<', 80)]"
        self.env.cr.precommit.run()
        self.assertEqual(len(self.versions._current().summary.splitlines()), 1)
        first.with_user(self.manager).action_restore()
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")

    def test_version_when_run_keeps_its_cut_points_then_none_is_taken(self):
        current = self.versions._current()
        self.order(self.tiny, self.company._segmentation_today(), 700)
        self.recompute(self.company._segmentation_today())
        self.env.cr.precommit.run()
        self.assertEqual(self.versions._current(), current)

    def test_version_when_segment_was_added_since_then_going_back_archives_it(self):
        first = self.versions._current()
        added = self.env["customer.segmentation.segment"].create(
            {
                "dimension_id": self.a.dimension_id.id,
                "name": "AA",
                "sequence": 1,
                "domain": "[('net_sales_12m', '>', 500)]",
            }
        )
        self.env.cr.precommit.run()
        first.with_user(self.manager).action_restore()
        self.assertFalse(added.active)
