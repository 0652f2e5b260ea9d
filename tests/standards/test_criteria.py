"""What a company decides: limits that make sense, its own day, and the settings page."""

import json
from datetime import date, datetime
from unittest.mock import patch

from common import SALES_MANAGER, TODAY, DocumentCase
from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

# What is refused, with words of the message a person gets.
REFUSED = [
    ({"window_months": 0}, "1 to 120 months"),
    ({"window_months": 121}, "1 to 120 months"),
    ({"recency_days_5": 90}, "recency limits must rise"),
    ({"recency_days_2": 10}, "recency limits must rise"),
    ({"recency_days_5": -1}, "recency limits must rise"),
    ({"frequency_5": 6}, "frequency limits must fall"),
    ({"frequency_2": 0}, "frequency limits must fall"),
    ({"monetary_5": 1, "monetary_4": 2}, "monetary limits must fall"),
    ({"monetary_2": -1}, "monetary limits must fall"),
    ({"lost_overdue_ratio": 0}, "must be positive"),
    ({"lost_days": 0}, "must be positive"),
    ({"lost_min_days": -1}, "must be positive"),
]


@tagged("post_install", "-at_install")
class TestCriteria(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.criterias = cls.env["customer.segmentation.criteria"]
        cls.other = cls.env["res.company"].create({"name": "Other"})

    def test_limits_when_out_of_order_then_refused(self):
        for vals, _message in REFUSED:
            with self.subTest(vals=vals):
                with (
                    mute_logger("odoo.sql_db"),
                    self.assertRaises(IntegrityError),
                    self.cr.savepoint(),
                ):
                    self.criteria.write(vals)
                    self.criteria.flush_recordset()
                self.criteria.invalidate_recordset()

    def test_limits_when_in_order_then_written(self):
        self.criteria.write(
            {
                "window_months": 120,
                "recency_days_5": 0,
                "recency_days_4": 1,
                "frequency_5": 5,
                "frequency_4": 4,
                "monetary_5": 100,
                "monetary_4": 100,
                "lost_min_days": 0,
            }
        )
        self.criteria.flush_recordset()

    def test_criteria_when_a_second_for_the_company_then_refused(self):
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.cr.savepoint(),
        ):
            self.criterias.create({"company_id": self.company.id})

    def test_time_zone_when_the_database_does_not_know_it_then_refused(self):
        """The facts are dated by the database, which has a table of time zones of its own."""
        self.cr.execute(
            "UPDATE customer_segmentation_criteria SET tz = 'Mars/Olympus' WHERE id = %s",
            [self.criteria.id],
        )
        self.criteria.invalidate_recordset()
        with self.assertRaises(ValidationError) as refused:
            self.criteria._check_tz()
        self.assertIn("Mars/Olympus", str(refused.exception))

    def test_company_when_made_then_has_criteria_of_its_own(self):
        criteria = self.other.segmentation_criteria_id
        self.assertEqual(criteria.company_id, self.other)
        self.assertNotEqual(criteria, self.criteria)
        self.assertEqual((criteria.window_months, criteria.score_method), (12, "bands"))

    def test_company_when_its_contact_has_a_time_zone_then_its_day(self):
        """The company's contact is made beforehand, as the form of a company does not ask."""
        self.other.partner_id.tz = "Asia/Shanghai"
        self.other.segmentation_criteria_id.unlink()
        self.env.invalidate_all()
        self.assertEqual(self.criterias._get(self.other).tz, "Asia/Shanghai")

    def test_company_when_the_users_time_zone_is_unknown_then_made_all_the_same(self):
        """Of a host without the former names, say: Python has a table of its own."""
        self.env.user.tz = "US/Pacific"
        known = type(self.criterias)._is_known_tz
        with patch.object(
            type(self.criterias),
            "_is_known_tz",
            lambda self, tz: tz != "US/Pacific" and known(self, tz),
        ):
            company = self.env["res.company"].create({"name": "West"})
        self.assertEqual(company.segmentation_criteria_id.tz, "UTC")

    def test_criteria_when_missing_then_made_on_the_spot(self):
        self.criterias.search([]).unlink()
        self.env.invalidate_all()
        criteria = self.criterias._get(self.company)
        self.assertEqual(criteria.company_id, self.company)
        self.assertEqual(self.criterias._get(self.other).company_id, self.other)
        self.assertEqual(self.criterias._get(self.company), criteria)

    def test_criteria_when_the_company_is_deleted_then_gone(self):
        company = self.env["res.company"].create({"name": "Short-lived"})
        criteria = company.segmentation_criteria_id
        self.env.flush_all()
        self.cr.execute("DELETE FROM customer_segmentation_criteria WHERE id = %s", [criteria.id])
        self.env.invalidate_all()
        self.assertFalse(criteria.exists())

    def test_today_when_companies_are_far_apart_then_two_days(self):
        east, west = self.criteria, self.other.segmentation_criteria_id
        east.tz, west.tz = "Asia/Shanghai", "America/Los_Angeles"
        with freeze_time(datetime(2024, 6, 30, 17)):
            self.assertEqual(east.company_id._segmentation_today(), date(2024, 7, 1))
            self.assertEqual(west.company_id._segmentation_today(), date(2024, 6, 30))

    def test_run_when_companies_have_time_zones_then_each_its_own_day(self):
        """An order of 17:00 UTC is of the next day in Shanghai, and of the same in London."""
        factory = self.customer("Factory")
        for company, tz, day in [
            (self.company, "Asia/Shanghai", date(2024, 6, 30)),
            (self.other, "Europe/London", date(2024, 6, 29)),
        ]:
            order = self.order(factory, amount=10, company=company)
            order.date_order = datetime(2024, 6, 29, 17)
            company.segmentation_criteria_id.tz = tz
            self.recompute(as_of=TODAY, company=company)
            self.assertEqual(self.profile(factory, company).last_order_date, day)

    def test_propose_when_a_manager_asks_then_the_next_run_proposes(self):
        factory = self.customer("Factory")
        self.order(factory, amount=18342)
        self.criteria.write(
            {"monetary_5": 9, "monetary_4": 8, "monetary_3": 7, "monetary_2": 6,
             "frequency_limit": 5, "average_order_limit": 4}
        )
        self.recompute()
        self.assertEqual(self.criteria.monetary_5, 9)  # a person's limits stay
        manager = self.user("segmentation_manager", SALES_MANAGER)
        self.criteria.with_user(manager).action_propose_monetary()
        self.assertFalse(self.criteria.last_run_date)
        self.recompute()
        self.assertEqual(self.criteria.monetary_5, 18000)  # two digits of the only customer's
        self.assertEqual(self.criteria.average_order_limit, 18342)

    # The settings page

    def settings(self, user=None, **vals):
        settings = self.env["res.config.settings"].with_user(user or self.env.user)
        return settings.create({"company_id": self.company.id, **vals})

    def test_settings_when_opened_then_show_the_companys(self):
        self.criteria.window_months = 7
        settings = self.settings()
        self.assertEqual(settings.segmentation_window_months, 7)
        self.assertEqual(settings.segmentation_criteria_id, self.criteria)

    def test_settings_when_saved_then_written_to_this_company_only(self):
        self.settings(
            segmentation_sales_source="invoice",
            segmentation_window_months=6,
            segmentation_tz="Asia/Shanghai",
            segmentation_population="documents",
            segmentation_score_method="quantiles",
        ).execute()
        names = ["sales_source", "window_months", "tz", "population", "score_method"]
        self.assertEqual(
            [self.criteria[name] for name in names],
            ["invoice", 6, "Asia/Shanghai", "documents", "quantiles"],
        )
        self.assertEqual(self.other.segmentation_criteria_id.window_months, 12)

    def test_settings_when_saved_for_another_application_then_no_full_run(self):
        self.criteria.last_run_date = TODAY
        self.settings(
            segmentation_sales_source=self.criteria.sales_source,
            segmentation_window_months=self.criteria.window_months,
            segmentation_tz=self.criteria.tz,
            segmentation_population=self.criteria.population,
            segmentation_score_method=self.criteria.score_method,
        ).execute()
        self.assertEqual(self.criteria.last_run_date, TODAY)

    def test_settings_when_the_administrator_is_no_salesman_then_saved(self):
        """The page is one for all applications: ours must not keep others from it."""
        admin = self.user("segmentation_admin", "base.group_system")
        settings = self.settings(admin)
        settings.execute()
        self.assertEqual(settings.segmentation_window_months, 12)
        views = settings.get_views([(False, "form")])
        self.assertNotIn("segmentation_window_months", views["views"]["form"]["arch"])

    def test_settings_when_the_bands_are_opened_then_the_companys_criteria(self):
        action = self.settings().action_segmentation_criteria()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (self.criterias._name, self.criteria.id)
        )


@tagged("post_install", "-at_install")
class TestMessages(HttpCase):
    """What a person reads who saves nonsense; on 19.0 a constraint may be lost in silence."""

    def test_limits_when_refused_then_the_message_says_which(self):
        criteria = self.env["customer.segmentation.criteria"]._get(self.env.company)
        self.env.flush_all()
        self.authenticate("admin", "admin")
        for vals, message in REFUSED:
            with self.subTest(vals=vals):
                call = {
                    "model": criteria._name,
                    "method": "write",
                    "args": [criteria.ids, vals],
                    "kwargs": {},
                }
                with mute_logger("odoo.sql_db", "odoo.http"):
                    answer = self.url_open(
                        "/web/dataset/call_kw",
                        data=json.dumps({"params": call}),
                        headers={"Content-Type": "application/json"},
                    )
                self.assertIn(message, answer.json()["error"]["data"]["message"])
