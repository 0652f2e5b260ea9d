"""When somebody last was in touch with a customer, and when somebody will be."""

from datetime import date, datetime

from common import SALESMAN, DocumentCase

from odoo.exceptions import UserError
from odoo.tests import tagged


class ContactCase(DocumentCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.alice = cls.user("contact_alice", SALESMAN)
        cls.mill = cls.customer("Contact Mill", user_id=cls.alice.id)
        cls.forge = cls.customer("Contact Forge", user_id=cls.alice.id)
        cls.buyer = cls.env["res.partner"].create({"name": "Buyer", "parent_id": cls.mill.id})
        cls.recompute()

    @classmethod
    def message(cls, record, moment, author=None, subtype="mail.mt_comment", **vals):
        """A message of an employee to the outside, unless told otherwise."""
        return cls.env["mail.message"].create(
            {
                "model": record._name,
                "res_id": record.id,
                "date": moment,
                "author_id": (author or cls.alice.partner_id).id,
                "message_type": "comment",
                "subtype_id": cls.env.ref(subtype).id,
                "body": "Hello",
                **vals,
            }
        )

    @classmethod
    def activity(cls, record, deadline, user=None, kind="mail.mail_activity_data_call", **vals):
        return cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": cls.env.ref(kind).id,
                "date_deadline": deadline,
                "user_id": (user or cls.alice).id,
                **vals,
            }
        )

    def last_contact(self, partner, company=None):
        self.profiles.invalidate_model()
        return self.profile(partner, company).last_contact_date

    def found(self, *leaf):
        profiles = self.profiles.search([("company_id", "=", self.company.id), leaf])
        return profiles.partner_id & (self.mill | self.forge)


@tagged("post_install", "-at_install")
class TestLastContact(ContactCase):
    def test_last_contact_when_nobody_wrote_then_absent(self):
        self.assertFalse(self.last_contact(self.mill))

    def test_last_contact_when_employee_wrote_to_a_person_then_the_company_was_contacted(self):
        self.message(self.mill, datetime(2024, 5, 1, 9))
        self.message(self.buyer, datetime(2024, 5, 20, 9))
        self.assertEqual(self.last_contact(self.mill), date(2024, 5, 20))
        self.assertFalse(self.last_contact(self.forge))

    def test_last_contact_when_note_customer_or_robot_then_does_not_count(self):
        self.message(self.mill, datetime(2024, 5, 1, 9))
        self.message(self.mill, datetime(2024, 6, 1, 9), subtype="mail.mt_note")
        self.message(self.mill, datetime(2024, 6, 2, 9), author=self.buyer)
        self.message(self.mill, datetime(2024, 6, 3, 9), author=self.env.ref("base.partner_root"))
        self.assertEqual(self.last_contact(self.mill), date(2024, 5, 1))

    def test_last_contact_when_activity_is_done_then_counts(self):
        self.activity(self.mill, date(2024, 6, 30)).with_user(self.alice).action_feedback("Reached")
        self.assertEqual(self.last_contact(self.mill), self.env.cr.now().date())

    def test_last_contact_when_feedback_was_given_in_person_then_counts(self):
        for day, channel in [(1, "phone"), (5, "visit"), (9, "review"), (12, "third_party")]:
            self.env["customer.segmentation.feedback"].create(
                {"partner_id": self.mill.id, "channel": channel, "date": date(2024, 5, day)}
            )
        self.assertEqual(self.last_contact(self.mill), date(2024, 5, 5))

    def test_last_contact_when_on_a_quotation_then_in_its_company_only(self):
        other = self.env["res.company"].create({"name": "Contact Beside"})
        self.recompute(company=other)
        quotation = self.quotation(self.mill)
        self.message(quotation, datetime(2024, 4, 1, 9))
        self.assertEqual(self.last_contact(self.mill), date(2024, 4, 1))
        self.assertFalse(self.last_contact(self.mill, other))

    def test_last_contact_when_on_an_opportunity_then_counts(self):
        lead = self.env["crm.lead"].create(
            {"name": "Presses", "type": "opportunity", "partner_id": self.mill.id}
        )
        self.message(lead, datetime(2024, 4, 1, 9))
        self.assertEqual(self.last_contact(self.mill), date(2024, 4, 1))

    def test_last_contact_when_late_in_the_evening_then_day_of_the_companys_time_zone(self):
        """23:30 in UTC is 7:30 of the next day in Shanghai."""
        self.message(self.mill, datetime(2024, 5, 1, 23, 30))
        self.criteria.tz = "Asia/Shanghai"
        self.assertEqual(self.last_contact(self.mill), date(2024, 5, 2))

    def test_search_when_compared_then_customers_without_contact_answer_to_is_not_set(self):
        self.message(self.mill, datetime(2024, 5, 1, 9))
        day = date(2024, 5, 1)
        both = self.mill | self.forge
        for operator, value, expected in [
            ("=", day, self.mill),
            ("!=", day, self.forge),
            ("<=", day, self.mill),
            ("<", day, self.forge.browse()),
            (">=", day, self.mill),
            (">", day, self.forge.browse()),
            ("=", False, self.forge),
            ("!=", False, self.mill),
            ("in", [day], self.mill),
            ("not in", [day], self.forge),
            ("in", [day, False], both),
        ]:
            with self.subTest(operator=operator, value=value):
                self.assertEqual(self.found("last_contact_date", operator, value), expected)

    def test_search_when_operator_makes_no_sense_then_says_so(self):
        with self.assertRaisesRegex(UserError, "Compare a day"):
            self.found("last_contact_date", "ilike", "2024")

    def test_read_when_ten_times_the_customers_then_as_many_statements(self):
        partners = self.env["res.partner"].create([{"name": f"P{i}"} for i in range(30)])
        self.recompute()
        profiles = self.profiles.search([("partner_id", "in", partners.ids)]).with_user(self.alice)

        def reading(records):
            return self.statements(
                lambda: records.read(["last_contact_date", "next_activity_date"])
            )

        reading(profiles[:1])
        self.assertEqual(reading(profiles), reading(profiles[:3]))


@tagged("post_install", "-at_install")
class TestNextActivity(ContactCase):
    def test_next_activity_when_several_then_the_first(self):
        self.activity(self.mill, date(2024, 7, 9))
        self.activity(self.buyer, date(2024, 7, 3))
        self.activity(self.quotation(self.mill), date(2024, 7, 5))
        self.assertEqual(self.profile(self.mill).next_activity_date, date(2024, 7, 3))
        self.assertFalse(self.profile(self.forge).next_activity_date)
        self.assertEqual(self.found("next_activity_date", "<=", date(2024, 7, 3)), self.mill)
        self.assertEqual(self.found("next_activity_date", "=", False), self.forge)

    def test_next_activity_when_done_then_not_planned_any_more(self):
        activity = self.activity(self.mill, date(2024, 7, 9))
        activity.with_user(self.alice).action_feedback("Reached")
        self.profiles.invalidate_model()
        self.assertFalse(self.profile(self.mill).next_activity_date)
