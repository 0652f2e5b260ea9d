"""The past told from the documents: what runs on those days would have said."""

import random
from datetime import date, timedelta
from itertools import pairwise
from unittest.mock import patch

from common import AS_OF, SegmentationCase

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

REPLAY = "odoo.addons.customer_segmentation.models.replay.run"
WIZARD = "odoo.addons.customer_segmentation.wizard.replay_wizard"
MONTH_ENDS = [date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)]


@tagged("post_install", "-at_install")
class TestReplay(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.runs = cls.env["customer.segmentation.run"]
        # bands that are set stay: a run of any day scores by the same ones
        cls.criteria.write(
            {
                "monetary_5": 5000,
                "monetary_4": 2000,
                "monetary_3": 900,
                "monetary_2": 300,
                "frequency_limit": 2,
                "average_order_limit": 250,
            }
        )
        cls.dimensions = (
            cls.env["customer.segmentation.dimension"].search([]).filtered("column_name")
        )
        random_days = random.Random(20240630)
        for partner in cls.customers(12):
            for _order in range(random_days.randint(1, 9)):
                day = AS_OF - timedelta(days=random_days.randint(0, 800))
                cls.order(partner, day, random_days.choice([50, 250, 700, 2600]))
            if random_days.random() < 0.3:
                cls.refund(partner, AS_OF - timedelta(days=random_days.randint(0, 300)), 40)

    def _segments(self):
        """{(partner id, dimension id): segment id} of the company's profiles now."""
        profiles = self.env["customer.segmentation.profile"].search(
            [("company_id", "=", self.company.id)]
        )
        return {
            (profile.partner_id.id, dimension.id): profile[dimension.column_name].id
            for profile in profiles
            for dimension in self.dimensions
        }

    def _replayed(self):
        rows = self.history.search(
            [("company_id", "=", self.company.id), ("reason", "=", "replay")]
        )
        return {
            (row.partner_id.id, row.dimension_id.id, row.date): (
                row.from_segment_id.id,
                row.to_segment_id.id,
            )
            for row in rows
        }

    def _moves_day_by_day(self):
        """Run every single day, as if the addon had been there, and compare month's ends."""
        seen = {}
        with self.env.cr.savepoint() as savepoint:
            day = MONTH_ENDS[0]
            while day <= AS_OF:
                self.recompute(day)
                if day in (*MONTH_ENDS, AS_OF):
                    seen[day] = self._segments()
                day += timedelta(days=1)
            savepoint.rollback()
        self.env.invalidate_all()
        moves = {}
        days = [*MONTH_ENDS, AS_OF]
        for former, day in pairwise(days):
            for key, segment_id in seen[day].items():
                if seen[former].get(key, False) != segment_id:
                    moves[(*key, day)] = (seen[former].get(key, False), segment_id)
        return moves

    def test_replay_when_run_later_then_equals_runs_of_every_day(self):
        expected = self._moves_day_by_day()
        self.assertGreater(len(expected), 20)  # the histories are random: they do move
        self.recompute(AS_OF)
        run = self.env["customer.segmentation.run"]._replay(self.company, 3)
        self.assertEqual(run.state, "done", run.message)
        self.assertEqual(sorted(self._replayed().items()), sorted(expected.items()))

    def test_replay_when_done_twice_then_changes_nothing(self):
        self.recompute(AS_OF)
        replay = self.env["customer.segmentation.run"]._replay
        first = replay(self.company, 3)
        rows = self.history.search([("reason", "=", "replay")])
        self.assertEqual(first.history_count, len(rows))
        self.assertEqual(replay(self.company, 3).history_count, 0)
        self.assertEqual(self.history.search([("reason", "=", "replay")]), rows)

    def test_replay_when_run_then_profiles_and_criteria_stay(self):
        self.recompute(AS_OF)
        before, cut_points = self._segments(), self.criteria.cut_points
        self.env["customer.segmentation.run"]._replay(self.company, 3)
        self.env.invalidate_all()
        self.assertEqual(self._segments(), before)
        self.assertEqual(self.criteria.cut_points, cut_points)
        self.assertEqual(self.criteria.last_run_date, AS_OF)

    def test_replay_when_customers_moved_since_then_ends_at_the_first_run(self):
        self.recompute(AS_OF)
        baseline = self._segments()
        self.recompute(AS_OF + timedelta(days=200))
        self.env["customer.segmentation.run"]._replay(self.company, 3)
        state = {}
        rows = self.history.search(
            [("company_id", "=", self.company.id), ("reason", "=", "replay")], order="date, id"
        )
        for row in rows:
            state[(row.partner_id.id, row.dimension_id.id)] = row.to_segment_id.id
        self.assertTrue(state)
        self.assertEqual(state, {key: baseline[key] for key in state})

    # In the background

    def _request(self, months=3):
        return self.runs._request_replay(self.company, months)

    def _cron(self, seconds=60):
        with patch.object(type(self.runs), "_commit_month", lambda run: None), patch(
            f"{REPLAY}.CRON_SECONDS", seconds
        ):
            self.runs._cron_replay()

    def _triggers(self):
        return self.env["ir.cron.trigger"].search_count(
            [
                (
                    "cron_id",
                    "=",
                    self.env.ref("customer_segmentation.customer_segmentation_run_cron_replay").id,
                )
            ]
        )

    def test_request_when_made_then_waits_and_is_triggered(self):
        self.recompute(AS_OF)
        before = self._triggers()
        run = self._request()
        self.assertEqual((run.state, run.months, run.months_done), ("waiting", 3, 0))
        self.assertEqual(self._triggers(), before + 1)
        self.assertFalse(self._replayed())
        self.assertEqual(self._request(5), run)  # one at a time is enough

    def test_cron_when_requested_then_same_history_as_at_once(self):
        self.recompute(AS_OF)
        with self.env.cr.savepoint() as savepoint:
            at_once = self.runs._replay(self.company, 3)
            expected, figures = self._replayed(), (at_once.rows_changed, at_once.history_count)
            savepoint.rollback()
        self.env.invalidate_all()
        run = self._request()
        self._cron()
        self.assertEqual((run.state, run.months_done, run.progress), ("done", 3, 100))
        self.assertEqual(self._replayed(), expected)
        self.assertEqual((run.rows_changed, run.history_count), figures)

    def test_cron_when_time_is_over_then_comes_again(self):
        self.recompute(AS_OF)
        run = self._request()
        before = self._triggers()
        self._cron(seconds=-1)
        self.assertEqual((run.state, self._triggers()), ("waiting", before + 1))
        self._cron()
        self.assertEqual(run.state, "done")

    def test_replay_when_killed_half_way_then_goes_on_to_the_same_history(self):
        self.recompute(AS_OF)
        with self.env.cr.savepoint() as savepoint:
            self.runs._replay(self.company, 3)
            expected = self._replayed()
            savepoint.rollback()
        self.env.invalidate_all()
        run = self._request()
        run._replay_month()
        run._replay_month()
        self.assertEqual((run.state, run.months_done, run.progress), ("running", 2, 50))
        # Another session goes on: what it has at hand is another replay's.
        self.env.cr.execute("COMMENT ON TABLE segmentation_former IS 'somebody else''s'")
        self.env.cr.execute("UPDATE segmentation_former SET value_segment_id = NULL")
        self._cron()
        self.assertEqual(run.state, "done")
        self.assertEqual(self._replayed(), expected)

    def test_replay_when_the_standards_change_meanwhile_then_begins_anew(self):
        self.recompute(AS_OF)
        run = self._request()
        run._replay_month()
        run._replay_month()
        # in the past months nobody was A any more
        self.segment("value_a").domain = "[('net_sales_12m', '>', 10000000)]"
        self._cron()
        self.assertEqual(run.state, "done")
        in_change, done = self._replayed(), self.runs._replay(self.company, 3)
        self.assertEqual((done.history_count, self._replayed()), (0, in_change))

    def test_replay_when_with_fewer_months_then_takes_the_others_back(self):
        self.recompute(AS_OF)
        self.runs._replay(self.company, 3)
        longer = self._replayed()
        self.runs._replay(self.company, 2)
        days = {day for _partner, _dimension, day in self._replayed()}
        self.assertEqual(days, {MONTH_ENDS[2], AS_OF})
        self.assertEqual(
            self._replayed(), {key: move for key, move in longer.items() if key[2] in days}
        )

    def test_replay_when_it_fails_then_told_and_can_be_started_again(self):
        self.recompute(AS_OF)
        run = self._request()
        run._replay_month()
        with (
            patch.object(
                type(self.env["customer.segmentation.engine"]),
                "_write_moves",
                side_effect=ValueError("out of order"),
            ),
            mute_logger("odoo.addons.customer_segmentation.models.engine.run"),
        ):
            self._cron()
        self.assertEqual((run.state, run.message), ("failed", "out of order"))
        again = self._request()
        self.assertNotEqual(again, run)
        self._cron()
        self.assertEqual(again.state, "done")

    def test_replay_when_stopped_by_a_manager_then_stays_stopped(self):
        manager = new_test_user(self.env, "replay_manager", "sales_team.group_sale_manager",
                                company_id=self.company.id, company_ids=self.company.ids)
        self.recompute(AS_OF)
        run = self._request()
        run.with_user(manager).action_stop()
        self._cron()
        self.assertEqual((run.state, run.months_done), ("failed", 0))
        self.assertIn(manager.name, run.message)

    def test_wizard_when_manager_replays_then_shows_the_run(self):
        self.recompute(AS_OF)
        manager = new_test_user(self.env, "replay_manager", "sales_team.group_sale_manager",
                                company_id=self.company.id, company_ids=self.company.ids)
        wizard = self.env["customer.segmentation.replay.wizard"].with_user(manager)
        with patch(f"{WIZARD}.SECONDS_AT_ONCE", 600):
            action = wizard.create({"months": 3}).action_replay()
        run = self.runs.with_user(manager).browse(action["res_id"])
        self.assertEqual((run.scope, run.state, run.months), ("replay", "done", 3))
        self.assertEqual(run.history_count, len(self._replayed()))
        rows = self.history.with_user(manager).search(run.action_open_moves()["domain"])
        self.assertEqual(len(rows), run.history_count)

    def test_wizard_when_the_company_is_not_the_managers_then_refused(self):
        manager = new_test_user(self.env, "replay_manager", "sales_team.group_sale_manager")
        wizard = self.env["customer.segmentation.replay.wizard"].with_user(manager)
        with self.assertRaises(AccessError):
            wizard.sudo().create({"company_id": self.company.id}).with_user(manager).action_replay()
        self.assertFalse(self.runs.search([("scope", "=", "replay")]))

    def test_replay_when_salesman_tries_then_refused(self):
        salesman = new_test_user(self.env, "replay_salesman", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["customer.segmentation.replay.wizard"].with_user(salesman).create({})

    def test_wizard_when_months_are_out_of_range_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "1 to 120"):
            self.env["customer.segmentation.replay.wizard"].create({"months": 0})
