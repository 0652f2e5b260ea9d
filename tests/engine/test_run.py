"""What a run records, who may start one, and when the scheduled actions do."""

from datetime import date, datetime, timedelta
from unittest.mock import patch

from common import SALES_MANAGER, TODAY, DocumentCase
from freezegun import freeze_time
from psycopg2.errors import SerializationFailure

from odoo.exceptions import UserError
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

TOMORROW = TODAY + timedelta(days=1)
LOGGER = "odoo.addons.customer_segmentation.models.engine.run"


class RunCase(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.all_criteria = cls.env["customer.segmentation.criteria"].search([])
        cls.engine = type(cls.env["customer.segmentation.engine"])

    @classmethod
    def set_last_run(cls, day, criteria=None):
        criteria = cls.all_criteria if criteria is None else criteria
        criteria.write({"last_run_date": day})

    def runs_of(self, function, *args, **kwargs):
        last = self.runs.search([], limit=1)
        function(*args, **kwargs)
        return self.runs.search([("id", ">", last.id or 0)], order="id")


@tagged("post_install", "-at_install")
class TestRun(RunCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.user("segmentation_manager", SALES_MANAGER)
        cls.factory = cls.customer("Factory")
        cls.order(cls.factory, amount=100)

    # The record

    def test_run_when_full_then_recorded(self):
        run = self.recompute()
        self.assertEqual((run.company_id, run.as_of, run.scope), (self.company, TODAY, "full"))
        self.assertEqual(run.state, "done")
        customers = self.profiles.search_count([("company_id", "=", self.company.id)])
        self.assertEqual(run.customers_read, customers)
        self.assertGreater(run.rows_changed, 0)
        self.assertGreater(run.seconds, 0)
        self.assertFalse(run.message)
        self.assertEqual(self.criteria.last_run_date, TODAY)

    def test_run_when_repeated_then_changes_nothing(self):
        self.recompute()
        run = self.recompute()
        self.assertEqual((run.rows_changed, run.history_count), (0, 0))

    def test_run_when_a_customer_changed_then_counts_it(self):
        self.recompute()
        self.order(self.factory, amount=900)
        run = self.recompute(partner_ids=self.factory.ids)
        self.assertEqual((run.scope, run.customers_read, run.rows_changed), ("partial", 1, 1))
        moves = self.env["customer.segmentation.history"].search([("run_id", "=", run.id)])
        self.assertEqual(run.history_count, len(moves))

    def test_run_when_partial_on_another_day_then_full(self):
        """A partial run stands on the cut points of a full run of the same day."""
        self.recompute()
        run = self.recompute(as_of=TOMORROW, partner_ids=self.factory.ids)
        self.assertEqual(run.scope, "full")
        self.assertEqual(self.criteria.last_run_date, TOMORROW)

    def test_run_when_nobody_has_bought_then_partial_until_the_first_sale(self):
        """The first sale is what bands are proposed from, and takes the whole population."""
        company = self.env["res.company"].create({"name": "Fresh"})
        company.segmentation_criteria_id.tz = "UTC"
        prospect, buyer = self.customer("Prospect"), self.customer("Buyer")
        self.recompute(company=company)
        self.quotation(prospect, 300, company)
        self.assertEqual(
            self.recompute(partner_ids=(prospect | buyer).ids, company=company).scope, "partial"
        )
        self.order(buyer, amount=0, company=company)
        self.order(buyer, TODAY.replace(year=TODAY.year - 2), 400, company=company)
        self.assertEqual(
            self.recompute(partner_ids=(prospect | buyer).ids, company=company).scope, "partial"
        )
        self.order(buyer, amount=400, company=company)
        self.assertEqual(self.recompute(partner_ids=prospect.ids, company=company).scope, "partial")
        self.assertEqual(self.recompute(partner_ids=buyer.ids, company=company).scope, "full")
        self.assertEqual(company.segmentation_criteria_id.monetary_5, 400)
        self.assertEqual(self.profile(buyer, company).net_sales_12m, 400)
        self.assertEqual(self.recompute(partner_ids=buyer.ids, company=company).scope, "partial")

    def test_run_when_company_is_new_then_makes_its_criteria(self):
        company = self.env["res.company"].create({"name": "New"})
        company.segmentation_criteria_id.unlink()
        self.env.invalidate_all()
        run = self.recompute(company=company)
        self.assertEqual(run.company_id, company)

    def test_run_when_it_fails_then_recorded_and_nothing_is_written(self):
        self.recompute()
        self.order(self.factory, amount=900)
        with (
            patch.object(self.engine, "_query_update", side_effect=ValueError("out of order")),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            run = self.runs._recompute(self.company, as_of=TOMORROW)
        self.assertEqual((run.state, run.message), ("failed", "out of order"))
        self.assertEqual((run.customers_read, run.rows_changed), (0, 0))
        self.env.invalidate_all()
        self.assertEqual(self.profile(self.factory).order_count, 1)
        self.assertEqual(self.criteria.last_run_date, TODAY)

    def test_run_when_it_collides_then_odoo_may_try_again(self):
        """Not recorded as a failure: the whole transaction is run again."""
        with (
            patch.object(self.engine, "_compute", side_effect=SerializationFailure()),
            self.assertRaises(SerializationFailure),
        ):
            self.runs._recompute(self.company, as_of=TODAY)

    def test_run_when_a_rule_is_broken_then_a_warning_names_it(self):
        segment = self.segment("value_b")
        self.recompute()
        before = self.profile(self.factory).value_segment_id
        self.env.flush_all()
        self.cr.execute(  # a field that an upgrade took away
            "UPDATE customer_segmentation_segment SET domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", segment.id],
        )
        segment.invalidate_recordset()
        with mute_logger("odoo.addons.customer_segmentation.models.engine.engine"):
            run = self.runs._recompute(self.company, as_of=TODAY)
        self.assertEqual(run.state, "warning")
        self.assertIn("gone", run.message)
        self.assertIn(segment.name, run.message)
        self.assertEqual(self.profile(self.factory).value_segment_id, before)

    # What follows a run

    def acting(self, **acts):
        """Have models act on runs: {model name with _ for the dots: function of run and ids}.

        Their numbers are in this order, they are told the other way round.
        """
        names = {name.replace("_", "."): act for name, act in acts.items()}
        actors = [*enumerate(names)][::-1]
        self.startPatcher(patch.object(type(self.runs), "_actors", lambda runs: actors))
        for name, act in names.items():
            self.startPatcher(
                patch.object(
                    type(self.env[name]),
                    "_act_on",
                    lambda taker, run, partner_ids, act=act: act(run, partner_ids),
                    create=True,
                )
            )

    def test_act_when_full_or_partial_then_told_which_customers(self):
        told = []
        self.acting(
            customer_segmentation_queue=lambda run, partner_ids: told.append(
                (run.scope, partner_ids, run.env.company)
            )
        )
        self.recompute()
        self.recompute(partner_ids=self.factory.ids)
        self.runs._replay(self.company, 1)
        self.assertEqual(
            told, [("full", None, self.company), ("partial", self.factory.ids, self.company)]
        )

    def test_act_when_several_then_in_the_order_of_their_numbers(self):
        told = []
        self.acting(
            customer_segmentation_queue=lambda *_run: told.append("first"),
            customer_segmentation_override=lambda *_run: told.append("second"),
        )
        self.recompute()
        self.assertEqual(told, ["first", "second"])

    def test_act_when_run_failed_then_not_called(self):
        told = []
        self.acting(customer_segmentation_queue=told.append)
        with (
            patch.object(self.engine, "_compute", side_effect=ValueError("out of order")),
            mute_logger(LOGGER),
        ):
            self.runs._recompute(self.company, as_of=TODAY)
        self.assertEqual(told, [])

    def test_act_when_one_fails_then_told_and_nothing_else_is_lost(self):
        """The first writes and fails: its writing is taken back, and the second still acts."""

        def fail(run, partner_ids):
            self.factory.name = "Written by the first"
            raise ValueError("out of order")

        def warn(run, partner_ids):
            self.factory.ref = "Written by the second"
            return ["Look at this."]

        self.acting(customer_segmentation_queue=fail, customer_segmentation_override=warn)
        with self.assertLogs(LOGGER, "ERROR"):
            run = self.runs._recompute(self.company, as_of=TODAY)
        self.assertEqual(run.state, "warning")
        self.assertIn("out of order", run.message)
        self.assertIn("Look at this.", run.message)
        self.assertGreater(run.rows_changed, 0)
        self.assertEqual(self.criteria.last_run_date, TODAY)
        self.env.invalidate_all()
        self.assertEqual(
            (self.factory.name, self.factory.ref), ("Factory", "Written by the second")
        )

    def test_act_when_it_collides_then_odoo_may_try_again(self):
        def collide(run, partner_ids):
            raise SerializationFailure()

        self.acting(customer_segmentation_queue=collide)
        with self.assertRaises(SerializationFailure):
            self.runs._recompute(self.company, as_of=TODAY)

    def test_runs_when_old_then_those_of_single_minutes_are_forgotten(self):
        runs = self.runs.create(
            [
                {"company_id": self.company.id, "as_of": TODAY, "scope": scope, "state": state}
                for scope, state in [
                    ("partial", "done"), ("partial", "failed"), ("full", "done"),
                    ("partial", "done"),
                ]
            ]
        )
        self.env.flush_all()
        self.cr.execute(
            "UPDATE customer_segmentation_run SET create_date = now() - interval '31 days'"
            " WHERE id IN %s", [tuple(runs[:3].ids)]
        )
        moves = self.env["customer.segmentation.history"].create(
            [
                {"partner_id": self.factory.id, "company_id": self.company.id, "run_id": run.id,
                 "dimension_id": self.segment("value_a").dimension_id.id, "date": TODAY,
                 "to_segment_id": self.segment("value_a").id, "reason": "rule"}
                for run in (runs[0], runs[3])
            ]
        )
        self.runs._gc_runs()
        self.env.invalidate_all()
        self.assertEqual(runs.exists(), runs[1:])
        # the history outlives its run
        self.assertEqual([move.run_id for move in moves], [self.runs, runs[3]])

    # The button

    def test_button_when_manager_then_recomputed_and_told(self):
        action = self.profiles.with_user(self.manager).action_recompute()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(action["params"]["type"], "success")
        run = self.runs.search([], limit=1)
        self.assertIn(str(run.customers_read), action["params"]["message"])
        self.assertEqual(run.as_of, self.company._segmentation_today())
        self.assertEqual(self.profile(self.factory).order_count, 1)

    def test_button_when_the_run_fails_then_the_reason_is_told(self):
        with (
            patch.object(self.engine, "_compute", side_effect=ValueError("out of order")),
            self.assertLogs(LOGGER, "ERROR"),
        ):
            action = self.profiles.with_user(self.manager).action_recompute()
        self.assertEqual(action["params"]["type"], "warning")
        self.assertIn("out of order", action["params"]["message"])

    # What asks for a full run

    def assert_full_run_asked(self, asked=True):
        cron = self.env.ref("customer_segmentation.customer_segmentation_run_cron_all")
        triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])
        self.assertEqual(self.criteria.last_run_date, False if asked else TODAY)
        self.assertEqual(triggers > self.triggers, asked)

    def all_done(self):
        self.set_last_run(TODAY)
        cron = self.env.ref("customer_segmentation.customer_segmentation_run_cron_all")
        self.triggers = self.env["ir.cron.trigger"].search_count([("cron_id", "=", cron.id)])

    def test_criteria_when_changed_by_a_manager_then_a_full_run_is_asked(self):
        self.all_done()
        self.criteria.with_user(self.manager).window_months = 6
        self.assert_full_run_asked()

    def test_criteria_when_changed_then_other_companies_are_left_alone(self):
        other = self.env["res.company"].create({"name": "Other"}).segmentation_criteria_id
        self.set_last_run(TODAY, other)
        self.all_done()
        self.criteria.window_months = 6
        self.assertEqual(other.last_run_date, TODAY)

    def test_criteria_when_saved_without_a_change_then_no_run_is_asked(self):
        """Odoo's settings page writes every field of every application at each save."""
        self.all_done()
        self.criteria.write(
            {"window_months": self.criteria.window_months, "tz": self.criteria.tz,
             "sales_source": "order", "frequency_5": 12, "lost_overdue_ratio": 4.0}
        )
        self.assert_full_run_asked(False)

    def test_segment_when_its_rule_changes_then_a_full_run_is_asked(self):
        segment = self.segment("value_a").with_user(self.manager)
        for vals in ({"domain": "[('accumulated_share', '<', 60)]"}, {"sequence": 99},
                     {"active": False}, {"active": True}):
            with self.subTest(vals=vals):
                self.all_done()
                segment.write(vals)
                self.assert_full_run_asked()

    def test_segment_when_made_then_a_full_run_is_asked(self):
        self.all_done()
        self.env["customer.segmentation.segment"].with_user(self.manager).create(
            {
                "name": "Large",
                "dimension_id": self.segment("value_a").dimension_id.id,
                "domain": "[('net_sales_12m', '>', 5)]",
            }
        )
        self.assert_full_run_asked()

    def test_segment_when_only_its_looks_change_then_no_run_is_asked(self):
        self.all_done()
        self.segment("value_a").write({"name": "Best", "color": 3, "description": "The best."})
        self.assert_full_run_asked(False)

    def test_dimension_when_archived_then_a_full_run_is_asked(self):
        self.all_done()
        self.segment("value_a").dimension_id.with_user(self.manager).active = False
        self.assert_full_run_asked()

    # The scheduled action

    def test_night_when_one_companys_day_changed_then_that_one_only(self):
        """At noon UTC of 30 June it is 1 July on Kiritimati, and 30 June in Honolulu."""
        east, west = (
            self.env["res.company"].create({"name": name}).segmentation_criteria_id
            for name in ("East", "West")
        )
        self.all_criteria.tz = "UTC"
        east.tz = "Pacific/Kiritimati"
        west.tz = "Pacific/Honolulu"
        self.set_last_run(TODAY, self.all_criteria | east | west)
        with freeze_time(datetime(2024, 6, 30, 12)):
            runs = self.runs_of(self.runs._cron_recompute_all)
            self.assertEqual(
                [(run.company_id, run.as_of, run.scope) for run in runs],
                [(east.company_id, date(2024, 7, 1), "full")],
            )
            self.assertFalse(self.runs_of(self.runs._cron_recompute_all))
        with freeze_time(datetime(2024, 7, 1, 9, 59)):
            runs = self.runs_of(self.runs._cron_recompute_all)
            self.assertEqual(runs.company_id, self.all_criteria.company_id)
        with freeze_time(datetime(2024, 7, 1, 10)):
            runs = self.runs_of(self.runs._cron_recompute_all)
            self.assertEqual(runs.company_id, east.company_id | west.company_id)

    def test_night_when_the_criteria_changed_then_at_once(self):
        with freeze_time(datetime(2024, 6, 30, 12)):
            self.runs._cron_recompute_all()
            self.criteria.window_months = 6
            runs = self.runs_of(self.runs._cron_recompute_all)
            self.assertEqual((runs.company_id, runs.as_of), (self.company, TODAY))

    def test_night_when_a_run_fails_then_the_other_companies_are_done(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.set_last_run(False)
        compute = self.engine._compute

        def fail_here(engine, run, *args, **kwargs):
            if run.company_id == self.company:
                raise ValueError("out of order")
            return compute(engine, run, *args, **kwargs)

        with patch.object(self.engine, "_compute", fail_here), mute_logger(LOGGER):
            runs = self.runs_of(self.runs._cron_recompute_all)
        states = {run.company_id: run.state for run in runs}
        self.assertEqual(states[self.company], "failed")
        self.assertEqual(states[other], "done")
        self.assertFalse(self.criteria.last_run_date)
        again = self.runs_of(self.runs._cron_recompute_all)
        self.assertEqual((again.company_id, again.state), (self.company, "done"))


@tagged("post_install", "-at_install")
class TestTwoAtOnce(RunCase):
    """Another transaction holds the company, or changes it meanwhile. No run before in this one:
    a lock lasts until the end of its transaction."""

    def setUp(self):
        super().setUp()
        self.elsewhere = db_connect(self.cr.dbname).cursor()
        self.addCleanup(self.elsewhere.close)
        self.addCleanup(self.elsewhere.rollback)

    def hold(self, company):
        runs = self.env(cr=self.elsewhere)["customer.segmentation.run"]
        self.assertTrue(runs._lock(company))

    def test_run_when_another_is_under_way_then_told_so(self):
        manager = self.user("segmentation_manager", SALES_MANAGER)
        self.hold(self.company)
        with self.assertRaises(UserError) as refused:
            self.profiles.with_user(manager).action_recompute()
        self.assertIn(self.company.name, str(refused.exception))
        self.assertIn("try again", str(refused.exception))
        self.elsewhere.rollback()
        action = self.profiles.with_user(manager).action_recompute()
        self.assertEqual(action["params"]["type"], "success")

    def test_night_when_one_company_is_under_way_then_the_others_are_done(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.set_last_run(False)
        self.hold(self.company)
        runs = self.runs_of(self.runs._cron_recompute_all)
        self.assertIn(other, runs.company_id)
        self.assertNotIn(self.company, runs.company_id)

    def test_queue_when_a_run_is_under_way_then_kept(self):
        self.empty_queue()
        factory = self.customer("Factory")
        self.order(factory, self.company._segmentation_today(), 100)
        self.hold(self.company)
        self.runs._cron_recompute_changed()
        self.assertEqual(self.queued(), {factory.id})
        self.assertFalse(self.profile(factory))
        self.elsewhere.rollback()
        self.runs._cron_recompute_changed()
        self.assertEqual(self.queued(), set())
        self.assertEqual(self.profile(factory).order_count, 1)


@tagged("post_install", "-at_install")
class TestChangedMeanwhile(TransactionCase):
    """Two real transactions; the test's own must not have touched the criteria."""

    def cursor(self):
        cursor = db_connect(self.cr.dbname).cursor()
        self.addCleanup(cursor.close)
        cursor.execute("SET lock_timeout = '5s'")
        return cursor

    def test_run_when_a_rule_changes_meanwhile_then_it_does_not_pass_for_current(self):
        """A run that began before the change must not end as the day's run: it collides."""
        run, manager = self.cursor(), self.cursor()
        env = self.env(cr=run)
        criteria = env["customer.segmentation.criteria"]._get(env.company)  # the run begins
        self.addCleanup(manager.commit)
        self.addCleanup(manager.execute, "DELETE FROM ir_cron_trigger")
        self.addCleanup(run.rollback)
        self.env(cr=manager)["customer.segmentation.run"]._request_full_run()
        manager.commit()
        with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
            criteria.last_run_date = TODAY
            criteria.flush_recordset()
