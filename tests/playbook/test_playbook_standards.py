"""A move of changed standards is nobody's entering: no playbook begins."""

from common import TODAY
from playbook_case import PlaybookCase, day

from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPlaybookOfChangedStandards(PlaybookCase):
    def changed_run(self, as_of):
        self.env["customer.segmentation.criteria"]._note_changed_standards()
        return self.recompute(as_of)

    def test_run_when_standards_moved_the_customer_then_no_step_now_or_later(self):
        self.recompute(TODAY)
        moved, later = self.sleeper(), self.sleeper(days=89)
        self.recompute(TODAY)
        playbook = self.playbook({})
        self.changed_run(day(1))
        self.assertEqual(self.segment_of(moved, "lifecycle"), "at_risk")
        self.assertFalse(self.of(playbook))
        self.recompute(day(2))
        self.assertEqual(self.of(playbook).partner_id, later)  # 91 days: by the rule

    def test_run_when_standards_make_a_condition_true_then_no_step_now_or_later(self):
        moved, later = self.sleeper(), self.sleeper(days=89)
        self.recompute(TODAY)
        playbook = self.playbook(
            {}, segment_id=False, condition="[('recency_days', '>', 90)]", only_new_members=True
        )
        self.changed_run(day(1))
        self.assertFalse(self.of(playbook))
        self.recompute(day(2))
        self.assertEqual(self.of(playbook).partner_id, later)
        self.assertNotIn(moved, self.of(playbook).partner_id)
