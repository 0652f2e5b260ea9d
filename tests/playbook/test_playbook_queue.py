"""Playbooks: how much is done in a day, and what would be done."""

from datetime import timedelta
from unittest.mock import patch

from common import TODAY
from playbook_case import PlaybookCase, day

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestPlaybookQueue(PlaybookCase):
    def many(self, *amounts):
        """Sleepers of Alice whose only order had these amounts."""
        partners = self.customer("").browse()
        for amount in amounts:
            partner = self.customer(f"Worth {amount}", user_id=self.alice.id)
            self.order(partner, amount=amount, day=TODAY - timedelta(days=90))
            partners |= partner
        return partners

    def reached(self, partners):
        """Names of those with an activity."""
        return sorted(partner.name for partner in partners if self.activities(partner))

    def test_limit_when_more_enter_then_the_most_valuable_first_and_the_rest_later(self):
        """Two a day: 500 and 400 on day 1, 300 and 200 on day 2, 100 on day 3."""
        partners = self.many(100, 300, 500, 200, 400)
        self.recompute()
        playbook = self.playbook()
        self.company.segmentation_playbook_limit = 2
        self.recompute(as_of=day(1))
        self.assertEqual(self.reached(partners), ["Worth 400", "Worth 500"])
        self.recompute(as_of=day(1))  # no two more on the same day
        self.assertEqual(len(self.reached(partners)), 2)
        self.assertEqual(playbook.queued_count, 3)
        self.recompute(as_of=day(2))
        self.assertEqual(
            self.reached(partners), ["Worth 200", "Worth 300", "Worth 400", "Worth 500"]
        )
        self.recompute(as_of=day(3))
        self.assertEqual(len(self.reached(partners)), 5)
        self.assertEqual(set(self.of(playbook).mapped("state")), {"done"})

    def test_limit_when_older_ones_wait_then_before_more_valuable_ones(self):
        old = self.many(100, 200)
        new = self.customer("Rich and later", user_id=self.alice.id)
        self.order(new, amount=9000, day=TODAY - timedelta(days=89))
        self.recompute()
        self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        self.recompute(as_of=day(2))
        self.assertEqual(self.reached(old | new), ["Worth 100", "Worth 200"])
        self.recompute(as_of=day(3))
        self.assertEqual(len(self.reached(old | new)), 3)

    def test_limit_when_two_salespeople_then_each_has_their_own(self):
        partners = self.many(100, 200)
        partners[0].user_id = self.lea
        self.recompute()
        self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        self.assertEqual(len(self.reached(partners)), 2)

    def test_queue_when_the_customer_left_meanwhile_then_dropped_with_the_reason(self):
        partners = self.many(100, 200)
        poor = partners[0]
        self.recompute()
        playbook = self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        self.order(poor, day=day(1))
        self.recompute(as_of=day(2))
        event = self.of(playbook, poor)
        self.assertEqual((event.state, event.reason), ("skipped", "left"))
        self.assertFalse(self.activities(poor))

    def test_queue_when_paused_then_kept_and_done_later(self):
        partners = self.many(100, 200)
        self.recompute()
        playbook = self.playbook()
        self.company.segmentation_playbook_limit = 1
        self.recompute(as_of=day(1))
        playbook.action_pause()
        self.recompute(as_of=day(2))
        self.assertEqual(len(self.reached(partners)), 1)
        playbook.action_resume()
        self.recompute(as_of=day(3))
        self.assertEqual(len(self.reached(partners)), 2)

    def test_run_when_playbooks_fail_as_a_whole_then_the_next_run_makes_up_for_it(self):
        partners = self.many(100)
        self.recompute()
        self.playbook()
        with patch.object(
            type(self.playbooks), "_drop_outdated", side_effect=ValueError("broken")
        ), mute_logger("odoo.addons.customer_segmentation.models.playbook.playbook_act"):
            run = self.runs._recompute(self.company, as_of=day(1))
        self.assertEqual(run.state, "warning")
        self.assertIn("broken", run.message)
        self.assertGreater(run.history_count, 0)  # the run itself stands
        self.assertFalse(self.reached(partners))
        self.recompute(as_of=day(1))
        self.assertEqual(len(self.reached(partners)), 1)
        self.assertFalse(run.playbooks_failed)

    def test_run_when_four_times_the_customers_then_as_many_statements(self):
        """20 customers and 80, entering at once; under Odoo's batch of 100 rows for an insert."""
        counts = []
        tag = self.env["res.partner.category"].create({"name": "Slept"})
        template = self.env["mail.template"].create(
            {
                "name": "Hello",
                "model_id": self.env["ir.model"]._get_id("res.partner"),
                "subject": "Hello",
                "body_html": "<p>Hello</p>",
            }
        )
        self.playbook(
            {},
            {"kind": "tag", "category_id": tag.id},
            {"kind": "message", "template_id": template.id},
            {"moment": "stay"},
        )
        for number, size in enumerate((20, 20, 80)):
            start = TODAY + timedelta(days=1000 * number)
            partners = self.env["res.partner"].create(
                [
                    {
                        "name": f"Many {number}, {index}",
                        "is_company": True,
                        "user_id": self.alice.id,
                        "email": f"many{index}@example.com",
                    }
                    for index in range(size)
                ]
            )
            for partner in partners:
                self.order(partner, day=start - timedelta(days=90))
            self.recompute(as_of=start)
            counts.append(
                self.statements(lambda day=start: self.recompute(as_of=day + timedelta(days=1)))
            )
            self.assertEqual(len(self.reached(partners)), size)
        self.assertEqual(counts[2], counts[1])

    def test_run_when_no_playbook_is_on_then_no_statement(self):
        self.many(100)
        run = self.recompute()
        self.playbooks._act_on(run, None)
        with self.assertQueryCount(0):
            self.playbooks._act_on(run, None)

    def test_partial_run_when_nothing_is_due_then_few_statements(self):
        partners = self.many(100)
        self.recompute()
        playbook = self.playbook({}, {"moment": "stay"})
        run = self.recompute(partner_ids=partners.ids)
        self.assertEqual(run.scope, "partial")
        self.assertLessEqual(self.statements(lambda: playbook._act_on(run, partners.ids)), 16)


@tagged("post_install", "-at_install")
class TestPlaybookDryRun(PlaybookCase):
    TABLES = (
        "mail_activity", "mail_mail", "mail_message", "res_partner_res_partner_category_rel",
        "customer_segmentation_playbook_event", "customer_segmentation_history",
        "customer_segmentation_run", "mail_followers",
    )

    def counts(self):
        self.env.flush_all()
        counts = {}
        for table in self.TABLES:
            self.env.cr.execute(f"SELECT count(*) FROM {table}")
            counts[table] = self.env.cr.fetchone()[0]
        return counts

    def dry_run(self, playbook, user=None):
        action = playbook.with_user(user or self.manager).action_dry_run()
        return self.env[action["res_model"]].browse(action["res_id"])

    def test_dry_run_when_paused_then_lists_whom_and_leaves_nothing(self):
        tag = self.env["res.partner.category"].create({"name": "Slept"})
        entering = self.sleeper("Entering", days=90)
        self.recompute(as_of=day(-1))
        inside = self.sleeper("Inside", days=95)
        playbook = self.playbook(
            {}, {"kind": "tag", "category_id": tag.id}, on=False, only_new_members=False
        )
        self.recompute(as_of=day(-1))
        before = self.counts()
        values = playbook.read()
        dry_run = self.dry_run(playbook)
        self.assertEqual(self.counts(), before)
        playbook.invalidate_recordset()
        self.assertEqual(playbook.read(), values)
        self.assertFalse(self.activities(inside))
        self.assertFalse(inside.category_id)
        # today is TODAY: Entering has been silent for 90 days only
        self.assertEqual(
            {(line.partner_id, line.step_id.kind, line.state) for line in dry_run.line_ids},
            {(inside, "activity", "done"), (inside, "tag", "done")},
        )
        self.assertEqual(dry_run.done_count, 2)
        self.assertEqual(self.profile(entering).lifecycle_segment_id.name, "New")
        self.recompute()
        self.assertFalse(self.of(playbook))

    def test_dry_run_when_on_then_those_of_tonight(self):
        """The run of the day before is the last one: who enters today is listed."""
        entering = self.sleeper("Entering", days=91)
        self.recompute(as_of=day(-1))
        playbook = self.playbook()
        dry_run = self.dry_run(playbook)
        self.assertEqual(dry_run.line_ids.partner_id, entering)
        self.assertFalse(self.activities(entering))
        self.recompute()
        self.assertEqual(len(self.activities(entering)), 1)

    def test_dry_run_when_beyond_the_limit_then_the_rest_would_wait(self):
        for number in range(3):
            self.sleeper(f"Inside {number}", days=95)
        self.recompute()
        self.company.segmentation_playbook_limit = 1
        playbook = self.playbook(on=False, only_new_members=False)
        dry_run = self.dry_run(playbook)
        self.assertEqual((dry_run.done_count, dry_run.queued_count), (1, 2))

    def test_dry_run_when_not_a_manager_then_refused(self):
        playbook = self.playbook()
        with self.assertRaises(AccessError):
            self.dry_run(playbook, self.alice)
