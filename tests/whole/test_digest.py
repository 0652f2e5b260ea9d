"""What managers read of their customers in Odoo's digest mail."""

from datetime import date, datetime
from unittest.mock import patch

from common import ALL_DOCUMENTS, SALESMAN, DocumentCase

from odoo.exceptions import AccessError
from odoo.tests import tagged

NIGHT = datetime(2024, 6, 30, 23, 30)  # UTC; in Shanghai the 1st of July has begun
WEEK_BEFORE = datetime(2024, 6, 23, 23, 30)
TWO_WEEKS_BEFORE = datetime(2024, 6, 16, 23, 30)


@tagged("post_install", "-at_install")
class TestDigest(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.digest = cls.env["digest.digest"].create(
            {
                "name": "Your Week",
                "company_id": cls.company.id,
                "periodicity": "weekly",
                "kpi_segmentation_at_risk": True,
                "kpi_segmentation_lost": True,
                "kpi_segmentation_won_back": True,
                "kpi_segmentation_satisfaction": True,
            }
        )
        cls.reader = cls.user("digest_reader", ALL_DOCUMENTS)
        cls.mill, cls.pond = (cls.customer(name) for name in ("Mill", "Pond"))

    def moved(self, partner, segment, day):
        self.env["customer.segmentation.history"].sudo().create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "dimension_id": self.env.ref("customer_segmentation.dimension_lifecycle").id,
                "to_segment_id": self.segment(segment).id,
                "date": day,
                "reason": "rule",
            }
        )

    def answered(self, partner, day, stars):
        self.env["customer.segmentation.feedback"].create(
            {
                "partner_id": partner.id,
                "company_id": self.company.id,
                "date": day,
                "channel": "phone",
                "product_rating": stars,
            }
        )

    def value(self, name, start=WEEK_BEFORE, end=NIGHT, user=None):
        self.env.flush_all()
        digest = self.digest.with_context(start_datetime=start, end_datetime=end)
        digest = digest.with_user(user or self.reader).with_company(self.company)
        digest.invalidate_recordset()
        return digest[f"kpi_segmentation_{name}_value"]

    def test_moves_when_a_customer_moved_twice_then_one_customer(self):
        self.moved(self.mill, "lifecycle_at_risk", date(2024, 6, 25))
        self.moved(self.mill, "lifecycle_at_risk", date(2024, 6, 29))
        self.moved(self.pond, "lifecycle_at_risk", date(2024, 6, 26))
        self.moved(self.pond, "lifecycle_lost", date(2024, 6, 28))
        self.assertEqual(self.value("at_risk"), 2)
        self.assertEqual(self.value("lost"), 1)
        self.assertEqual(self.value("won_back"), 0)

    def test_mail_when_figures_differ_by_period_then_each_column_tells_its_own(self):
        """The day: one at risk. The week: two at risk, one lost; one was lost the week before."""
        self.moved(self.mill, "lifecycle_at_risk", date(2024, 6, 30))
        self.moved(self.pond, "lifecycle_at_risk", date(2024, 6, 25))
        self.moved(self.pond, "lifecycle_lost", date(2024, 6, 26))
        self.moved(self.mill, "lifecycle_lost", date(2024, 6, 20))
        self.assertEqual([column["value"] for column in self.columns("at_risk")][:2], [1, 2])
        self.assertEqual([column["value"] for column in self.columns("lost")][:2], [0, 1])

    def test_moves_when_on_the_border_then_in_one_of_two_weeks(self):
        """The run of this night belongs to this mail, that of a week ago to the last one."""
        self.moved(self.mill, "lifecycle_lost", date(2024, 6, 30))
        self.moved(self.pond, "lifecycle_lost", date(2024, 6, 23))
        self.assertEqual(self.value("lost"), 1)
        self.assertEqual(self.value("lost", TWO_WEEKS_BEFORE, WEEK_BEFORE), 1)

    def test_moves_when_the_company_is_in_shanghai_then_its_day_has_begun(self):
        self.criteria.tz = "Asia/Shanghai"
        self.moved(self.mill, "lifecycle_lost", date(2024, 7, 1))
        self.moved(self.pond, "lifecycle_lost", date(2024, 6, 24))
        self.assertEqual(self.value("lost"), 1)
        self.assertEqual(self.value("lost", TWO_WEEKS_BEFORE, WEEK_BEFORE), 1)

    def test_moves_when_in_another_company_then_not_counted(self):
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.moved(self.mill, "lifecycle_lost", date(2024, 6, 30))
        self.env["customer.segmentation.history"].search(
            [("partner_id", "=", self.mill.id)]
        ).sudo().company_id = other
        self.assertEqual(self.value("lost"), 0)

    def test_moves_when_the_reader_is_a_salesman_then_those_of_others_are_not_his(self):
        salesman = self.user("digest_salesman", SALESMAN)
        self.mill.user_id = self.reader
        self.pond.user_id = salesman
        for partner in self.mill + self.pond:
            self.moved(partner, "lifecycle_lost", date(2024, 6, 30))
        self.assertEqual(self.value("lost"), 2)
        self.assertEqual(self.value("lost", user=salesman), 1)

    def test_values_when_the_reader_has_no_right_then_refused_and_left_out_of_the_mail(self):
        outsider = self.user("digest_outsider", "base.group_user")
        for name in ("lost", "satisfaction"):
            with self.assertRaises(AccessError):
                self.value(name, user=outsider)
        self.assertEqual(self.digest._compute_kpis(self.company, outsider), [])

    def test_satisfaction_when_answered_then_the_mean_with_the_number_of_answers(self):
        """5, 4 and 2 stars are 100, 75 and 25: 66.7 on average; the week before 50."""
        for partner, stars in ((self.mill, "5"), (self.mill, "4"), (self.pond, "2")):
            self.answered(partner, date(2024, 6, 28), stars)
        self.answered(self.pond, date(2024, 6, 20), "3")
        self.assertAlmostEqual(self.value("satisfaction"), 200 / 3)
        week, before = self.columns("satisfaction")[1], 50
        self.assertEqual(week["value"], "67 (3)")
        self.assertAlmostEqual(week["margin"], 100 * (200 / 3 - before) / before, 2)

    def test_satisfaction_when_nobody_answered_then_none_and_not_0(self):
        self.assertEqual(
            [(column["value"], column["margin"]) for column in self.columns("satisfaction")],
            [("–", 0), ("–", 0), ("–", 0)],
        )

    def columns(self, name):
        """The three columns of the mail, as if it were sent at NIGHT."""
        self.env.flush_all()
        frames = [
            ("Day", ((datetime(2024, 6, 29, 23, 30), NIGHT), (datetime(2024, 6, 28), NIGHT))),
            ("Week", ((WEEK_BEFORE, NIGHT), (TWO_WEEKS_BEFORE, WEEK_BEFORE))),
            ("Month", ((datetime(2024, 6, 29, 23, 30), NIGHT), (WEEK_BEFORE, WEEK_BEFORE))),
        ]
        with patch.object(type(self.digest), "_compute_timeframes", lambda *args: frames):
            kpis = self.digest._compute_kpis(self.company, self.reader)
        [kpi] = [kpi for kpi in kpis if kpi["kpi_name"] == f"kpi_segmentation_{name}"]
        return [kpi["kpi_col1"], kpi["kpi_col2"], kpi["kpi_col3"]]

    def test_mail_when_sent_then_links_and_names_are_in_it(self):
        self.digest.user_ids = self.reader
        self.digest.action_send_manual()
        mail = self.env["mail.mail"].sudo().search([], order="id desc", limit=1)
        self.assertEqual(mail.email_to, self.reader.email_formatted)
        for text in ("Customers Lost", "Customers Won Back", "Customer Satisfaction"):
            self.assertIn(text, mail.body_html)

    def test_default_digest_when_installed_then_tells_of_the_customers(self):
        default = self.env.ref("digest.digest_digest_default")
        for name in ("at_risk", "lost", "won_back", "satisfaction"):
            self.assertTrue(default[f"kpi_segmentation_{name}"])
