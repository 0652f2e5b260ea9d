"""The day on which a new version reckons otherwise: its moves are told, and nothing is done."""

from datetime import date
from unittest.mock import patch

from common import AS_OF, SegmentationCase, days_ago, migrate

from odoo.tests import tagged
from odoo.tools import mute_logger

MANAGER = "sales_team.group_sale_manager"


class ChangedCase(SegmentationCase):
    """A customer with one order 91 days ago: new or active until yesterday, at risk today."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sleeper = cls.customer("Sleeper")
        cls.orders(cls.sleeper, 91)
        cls.recompute(days_ago(1))

    def changed_run(self, **kwargs):
        self.env["customer.segmentation.criteria"]._note_changed_standards()
        return self.recompute(**kwargs)

    def reasons(self, run):
        return set(self.history.search([("run_id", "=", run.id)]).mapped("reason"))


@tagged("post_install", "-at_install")
class TestChangedStandards(ChangedCase):
    def test_run_when_standards_have_changed_then_its_moves_say_so_once(self):
        run = self.changed_run()
        self.assertEqual(self.segment_of(self.sleeper, "lifecycle"), "at_risk")
        self.assertEqual((self.reasons(run), run.standards_changed), ({"standards"}, True))
        self.assertFalse(self.criteria.standards_changed)
        run = self.recompute(days_ago(-90))  # 181 days: dormant
        self.assertEqual((self.reasons(run), run.standards_changed), ({"rule"}, False))

    def test_run_when_a_customer_is_new_then_it_has_arrived(self):
        self.orders(self.customer("Newcomer"), 5)
        self.assertEqual(self.reasons(self.changed_run()), {"standards", "arrived"})

    def test_run_when_it_fails_then_the_next_one_marks_the_moves(self):
        engine = type(self.env["customer.segmentation.engine"])
        self.env["customer.segmentation.criteria"]._note_changed_standards()
        with (
            patch.object(engine, "_write_result", side_effect=ValueError("broken")),
            mute_logger("odoo.addons.customer_segmentation.models.engine.run"),
        ):
            self.recompute(state="failed")
        self.assertTrue(self.criteria.standards_changed)
        self.assertEqual(self.reasons(self.recompute()), {"standards"})

    def test_run_when_asked_for_a_few_then_all_are_recomputed_first(self):
        self.recompute()
        self.env["customer.segmentation.criteria"]._note_changed_standards()
        run = self.recompute(partner_ids=self.sleeper.ids)
        self.assertEqual((run.scope, run.standards_changed), ("full", True))

    def test_run_when_there_are_grace_days_then_changed_standards_do_not_wait(self):
        lifecycle = self.segment("lifecycle_lost").dimension_id
        lifecycle.grace_days = 30
        self.recompute()
        self.assertEqual(self.segment_of(self.sleeper, "lifecycle"), "new")
        self.changed_run()
        self.assertEqual(self.segment_of(self.sleeper, "lifecycle"), "at_risk")
        pending = self.env["customer.segmentation.pending"].search(
            [("profile_id.partner_id", "=", self.sleeper.id)]
        )
        self.assertFalse(pending)

    def test_company_when_never_classified_then_its_first_run_is_an_ordinary_one(self):
        other = self.new_company("Other")
        self.env["customer.segmentation.criteria"]._note_changed_standards()
        self.assertFalse(other.segmentation_criteria_id.standards_changed)

    def test_replay_when_standards_have_changed_then_offered_again_once(self):
        manager = self.user("changed_manager", MANAGER)
        self.criteria.replay_offer = "closed"
        for _time in range(2):
            self.changed_run()
            todo = self.env["mail.activity"].search(
                [("res_model", "=", self.criteria._name), ("res_id", "=", self.criteria.id)]
            )
            self.assertEqual((len(todo), todo.user_id), (1, manager))
            self.assertIn("reckons lifecycle and trend otherwise", todo.note)
            self.assertEqual(self.criteria.replay_offer, "open")

    def test_pool_when_standards_have_changed_then_it_rests_for_that_run(self):
        def acts(run):
            return "customer.segmentation.pool" in {name for _number, name in run._actors()}

        self.assertFalse(acts(self.changed_run()))
        self.assertTrue(acts(self.recompute()))

    def test_matrix_when_standards_moved_then_nobody_has_moved(self):
        self.changed_run()
        period = {
            "dimension_id": self.segment("lifecycle_lost").dimension_id.id,
            "from": str(days_ago(1)),
            "until": str(AS_OF),
        }
        row = self.env["customer.segmentation.migration"].with_context(
            segmentation_period=period
        ).search([("partner_id", "=", self.sleeper.id)])
        self.assertEqual((row.from_segment_id.name, row.moved), ("At Risk", False))

    def test_matrix_when_moved_before_and_after_then_told_by_the_new_standards(self):
        # new on 1 May, at risk by changed standards, dormant by the rule 181 days after the order
        self.changed_run()
        self.recompute(days_ago(-90))
        period = {
            "dimension_id": self.segment("lifecycle_lost").dimension_id.id,
            "from": str(days_ago(1)),
            "until": str(days_ago(-90)),
        }
        row = self.env["customer.segmentation.migration"].with_context(
            segmentation_period=period
        ).search([("partner_id", "=", self.sleeper.id)])
        self.assertEqual(
            (row.from_segment_id.name, row.to_segment_id.name), ("At Risk", "Dormant")
        )

    def test_digest_when_standards_made_lost_then_not_counted(self):
        self.orders(self.customer("Loser"), 366)
        self.recompute(days_ago(1))
        self.changed_run()
        digest = self.env["digest.digest"].create(
            {"name": "Changed", "company_id": self.company.id}
        ).with_company(self.company)
        digest = digest.with_context(
            start_datetime=date(2024, 6, 28), end_datetime=date(2024, 7, 1)
        )
        self.assertEqual(digest.kpi_segmentation_lost_value, 0)


@tagged("post_install", "-at_install")
class TestMigratedStandards(ChangedCase):
    """The script of 1.3.0 on segments and limits as 1.2.0 shipped them."""

    LOST = (
        "['|', '&', '&', ('order_day_count', '>=', 3), ('overdue_ratio', '>', 4), "
        "('recency_days', '>=', 30), '&', ('order_day_count', '<', 3), ('recency_days', '>', 365)]"
    )
    STABLE = "[('net_sales_prev_12m', '>', 0)]"

    def as_before(self, **rules):
        self.env.flush_all()
        for name, rule in rules.items():
            self.env.cr.execute(
                "UPDATE customer_segmentation_segment SET domain = %s WHERE id = %s",
                [rule, self.segment(name).id],
            )
        self.env.cr.execute(
            """UPDATE customer_segmentation_criteria
                  SET lost_min_days = 30, lost_max_days = 730, lost_days = 365"""
        )
        self.env.invalidate_all()

    def migrate(self):
        self.env.flush_all()
        with mute_logger("migration"):
            migrate("1.3.0", "post-standards", self.env.cr)
        self.env.invalidate_all()

    def test_upgrade_when_as_shipped_then_rules_and_limits_are_those_shipped_now(self):
        now = self.segment("lifecycle_lost").domain, self.segment("trend_stable").domain
        self.as_before(lifecycle_lost=self.LOST, trend_stable=self.STABLE)
        self.migrate()
        self.assertEqual(
            (self.segment("lifecycle_lost").domain, self.segment("trend_stable").domain), now
        )
        self.assertEqual((self.criteria.lost_min_days, self.criteria.lost_max_days), (90, 730))
        self.assertEqual(
            (self.criteria.standards_changed, self.criteria.last_run_date), (True, False)
        )

    def test_upgrade_when_a_manager_changed_the_rule_then_it_and_the_limits_stay(self):
        own = self.LOST.replace("4", "5")
        self.as_before(lifecycle_lost=own)
        self.migrate()
        self.assertEqual(self.segment("lifecycle_lost").domain, own)
        self.assertEqual((self.criteria.lost_min_days, self.criteria.lost_max_days), (30, 0))

    def test_upgrade_when_a_manager_changed_the_limits_then_they_stay(self):
        self.as_before(lifecycle_lost=self.LOST)
        self.criteria.lost_days = 400
        self.migrate()
        self.assertNotEqual(self.segment("lifecycle_lost").domain, self.LOST)
        self.assertEqual(
            (self.criteria.lost_min_days, self.criteria.lost_max_days, self.criteria.lost_days),
            (30, 0, 400),
        )

    def test_upgrade_when_done_then_no_version_of_the_standards_is_taken(self):
        self.as_before(lifecycle_lost=self.LOST)
        versions = self.env["customer.segmentation.version"]
        before = versions.search_count([])
        self.migrate()
        self.assertFalse(self.env.cr.precommit.data.get("customer_segmentation_version"))
        self.assertEqual(versions.search_count([]), before)
