"""The past told from the documents: what runs on those days would have said."""

import random
from datetime import date, timedelta
from itertools import pairwise

from common import AS_OF, SegmentationCase

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import new_test_user, tagged

MONTH_ENDS = [date(2024, 3, 31), date(2024, 4, 30), date(2024, 5, 31)]


@tagged("post_install", "-at_install")
class TestReplay(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
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

    def test_replay_when_salesman_tries_then_refused(self):
        salesman = new_test_user(self.env, "replay_salesman", "sales_team.group_sale_salesman")
        with self.assertRaises(AccessError):
            self.env["customer.segmentation.replay.wizard"].with_user(salesman).create({})

    def test_wizard_when_months_are_out_of_range_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "1 to 120"):
            self.env["customer.segmentation.replay.wizard"].create({"months": 0})
