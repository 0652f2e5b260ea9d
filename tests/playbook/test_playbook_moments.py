"""Playbooks: each moment that starts one, by a clock that is given."""

from datetime import timedelta

from common import TODAY
from playbook_case import PlaybookCase, day

from odoo.exceptions import ValidationError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestPlaybookMoments(PlaybookCase):
    def test_leave_when_customer_orders_again_then_activity(self):
        sleeper = self.sleeper(days=95)
        self.recompute()
        self.playbook({"moment": "leave", "summary": "Thank"})
        self.order(sleeper, day=day(1))
        self.recompute(as_of=day(1))
        self.assertEqual(self.activities(sleeper).summary, "Thank")

    def test_stay_when_no_contact_for_n_days_then_activity_again_and_again(self):
        """Never contacted: due at once. Then every 30 days, counted from the last one."""
        sleeper = self.sleeper(days=95)
        self.recompute()
        playbook = self.playbook({"moment": "stay", "cadence_days": 30}, only_new_members=False)
        self.recompute(as_of=day(0))
        activity = self.activities(sleeper)
        self.assertEqual(len(activity), 1)
        activity.unlink()  # cancelled: no contact
        for number, expected in [(1, 0), (29, 0), (30, 1), (31, 1)]:
            self.recompute(as_of=day(number))
            self.assertEqual(len(self.activities(sleeper)), expected, number)
        self.assertEqual(self.of(playbook).mapped("date"), [day(0), day(30)])

    def test_stay_when_last_one_is_still_open_then_no_second(self):
        sleeper = self.sleeper(days=95)
        self.recompute()
        playbook = self.playbook({"moment": "stay", "cadence_days": 30}, only_new_members=False)
        self.recompute(as_of=day(0))
        self.recompute(as_of=day(60))
        self.assertEqual(len(self.activities(sleeper)), 1)
        self.assertEqual(len(self.of(playbook)), 1)

    def test_stay_when_contacted_then_counted_from_the_contact(self):
        """The salesperson wrote on day 10: due again on day 40, not on day 39."""
        sleeper = self.sleeper(days=95)
        self.recompute()
        self.playbook({"moment": "stay", "cadence_days": 30}, only_new_members=False)
        self.recompute(as_of=day(0))
        self.activities(sleeper).unlink()
        message = sleeper.message_post(
            body="We talked",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            author_id=self.alice.partner_id.id,
        )
        message.date = f"{day(10)} 12:00:00"
        self.env.flush_all()
        self.recompute(as_of=day(39))
        self.assertFalse(self.activities(sleeper))
        self.recompute(as_of=day(40))
        self.assertEqual(len(self.activities(sleeper)), 1)

    def test_stay_when_only_new_members_then_from_the_day_of_entering(self):
        """Entered on day 1: due on day 31. Who was there before never is."""
        old, new = self.sleeper("Old", days=120), self.sleeper("New", days=90)
        self.recompute()
        self.playbook({"moment": "stay", "cadence_days": 30})
        self.recompute(as_of=day(1))
        self.recompute(as_of=day(30))
        self.assertFalse(self.activities(new))
        self.recompute(as_of=day(31))
        self.assertEqual(len(self.activities(new)), 1)
        self.assertFalse(self.activities(old))

    def test_switch_on_when_all_members_then_those_of_now_are_enrolled(self):
        old = self.sleeper("Old", days=120)
        self.recompute()
        playbook = self.playbook(only_new_members=False)
        self.assertEqual(self.of(playbook).state, "queued")
        self.recompute()
        self.assertEqual(len(self.activities(old)), 1)

    def test_switch_on_when_only_new_members_then_nobody_of_now(self):
        old = self.sleeper("Old", days=120)
        self.recompute()
        playbook = self.playbook()
        self.recompute()
        self.assertFalse(self.activities(old))
        self.assertFalse(self.of(playbook))

    def test_first_fill_when_playbook_is_on_then_nothing(self):
        company = self.env["res.company"].create({"name": "Fresh"})
        self.env.user.company_ids |= company
        self.playbook({}, {"moment": "leave"})
        sleeper = self.customer("First", user_id=self.alice.id)
        self.order(sleeper, day=TODAY - timedelta(days=100), company=company)
        run = self.recompute(company=company)
        self.assertGreater(run.customers_read, 0)
        self.assertFalse(self.events.search([("company_id", "=", company.id)]))

    def test_replay_when_playbook_is_on_then_nothing(self):
        self.sleeper(days=400)
        self.recompute()
        playbook = self.playbook({}, {"moment": "leave"})
        run = self.runs._replay(self.company, 14)
        self.assertGreater(run.history_count, 0)
        self.recompute()
        self.assertFalse(self.of(playbook))

    def test_pause_when_customer_enters_then_nothing_also_later(self):
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook()
        playbook.with_user(self.manager).action_pause()
        self.recompute(as_of=day(1))
        playbook.with_user(self.manager).action_resume()
        self.recompute(as_of=day(2))
        self.assertFalse(self.activities(sleeper))
        self.assertFalse(self.of(playbook))

    def test_reentry_when_not_wanted_then_once_only(self):
        self.assert_second_time(1, [("done", False), ("skipped", "reentry")], reentry=False)

    def test_reentry_when_wanted_then_again(self):
        self.assert_second_time(2, [("done", False), ("done", False)])

    def test_cooldown_when_back_within_it_then_skipped(self):
        """At risk on day 1, bought on day 10, at risk again on day 101: 100 days after day 1."""
        self.assert_second_time(
            1, [("done", False), ("skipped", "cooldown")], cooldown_days=101
        )

    def test_cooldown_when_back_on_its_last_day_then_again(self):
        self.assert_second_time(2, [("done", False), ("done", False)], cooldown_days=100)

    def assert_second_time(self, activities, outcomes, **vals):
        """Enter on day 1, leave on day 10, enter again on day 101 (91 days after day 10)."""
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook(**vals)
        self.recompute(as_of=day(1))
        made = len(self.activities(sleeper))
        self.activities(sleeper).unlink()
        self.order(sleeper, day=day(10))
        self.recompute(as_of=day(10))
        self.recompute(as_of=day(100))
        self.recompute(as_of=day(101))
        self.assertEqual(self.profile(sleeper).lifecycle_segment_id, self.at_risk)
        self.assertEqual(made + len(self.activities(sleeper)), activities)
        self.assertEqual(
            [(event.state, event.reason) for event in self.of(playbook)], outcomes
        )
        self.assertEqual(self.of(playbook)[-1].date, day(101))

    def test_reentry_when_the_last_activity_is_open_then_no_second(self):
        sleeper = self.sleeper()
        self.recompute()
        playbook = self.playbook()
        self.recompute(as_of=day(1))
        self.order(sleeper, day=day(10))
        self.recompute(as_of=day(10))
        self.recompute(as_of=day(101))
        self.assertEqual(len(self.activities(sleeper)), 1)
        self.assertEqual(self.of(playbook).mapped("reason"), [False, "open"])

    def test_partial_run_when_customer_enters_then_activity_within_the_minute(self):
        """A customer of 95 days is moved by hand: the partial run that follows acts at once."""
        sleeper = self.sleeper(days=10)
        self.recompute()
        playbook = self.playbook()
        self.env["customer.segmentation.override"]._set(
            self.profile(sleeper),
            self.at_risk,
            self.env.ref("customer_segmentation.override_reason_knowledge"),
        )
        self.recompute(partner_ids=sleeper.ids)
        self.assertEqual(len(self.of(playbook)), 1)
        self.assertEqual(len(self.activities(sleeper)), 1)


@tagged("post_install", "-at_install")
class TestPlaybookBirthday(PlaybookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.sleeping = cls.sleeper()
        cls.recompute()

    def person(self, birth_date, **vals):
        return self.env["res.partner"].create(
            {
                "name": "Person",
                "parent_id": self.sleeping.id,
                "segmentation_birth_date": birth_date,
                "segmentation_consent_purpose": "Congratulations",
                "segmentation_consent_date": "2024-01-01",
                **vals,
            }
        )

    def test_birthday_when_it_is_the_day_then_once_a_year(self):
        person = self.person("1980-07-04")
        playbook = self.playbook({"moment": "birthday"}, segment_id=False)
        for number, expected in [(3, 0), (4, 1), (5, 1), (6, 1)]:
            self.recompute(as_of=day(number))
            self.assertEqual(len(self.activities(person)), expected, number)
        event = self.of(playbook)
        self.assertEqual((event.partner_id, event.contact_id), (self.sleeping, person))
        self.activities(person).unlink()
        self.recompute(as_of=day(4 + 365))  # 4 July 2025
        self.assertEqual(len(self.activities(person)), 1)

    def test_birthday_when_the_server_stood_still_then_made_up_for_three_days(self):
        person = self.person("1980-07-04")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute(as_of=day(8))
        self.assertFalse(self.activities(person))
        self.recompute(as_of=day(7))
        self.assertEqual(len(self.activities(person)), 1)

    def test_birthday_when_on_29_february_then_on_the_28th_of_other_years(self):
        person = self.person("1980-02-29")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute(as_of=day(242))  # 27 February 2025
        self.assertFalse(self.activities(person))
        self.recompute(as_of=day(243))
        self.assertEqual(len(self.activities(person)), 1)

    def test_birthday_when_switched_on_the_day_after_then_not(self):
        person = self.person("1980-06-29")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute()
        self.assertFalse(self.activities(person))

    def test_birthday_when_only_for_a_segment_then_its_customers_only(self):
        person = self.person("1980-07-01")
        other = self.sleeper("Awake", days=5)
        awake = self.person("1980-07-01", parent_id=other.id)
        self.playbook({"moment": "birthday"})
        self.recompute(as_of=day(1))  # Sleeper is at risk from this day on
        self.assertEqual(len(self.activities(person)), 1)
        self.assertFalse(self.activities(awake))

    def test_birth_date_when_without_consent_then_refused(self):
        with self.assertRaises(ValidationError):
            self.person("1980-07-04", segmentation_consent_date=False)
        with self.assertRaises(ValidationError):
            self.person("1980-07-04", segmentation_consent_purpose=False)

    def test_birthday_when_consent_is_of_a_later_day_then_not(self):
        person = self.person("1980-07-04", segmentation_consent_date="2024-07-05")
        self.playbook({"moment": "birthday"}, segment_id=False)
        self.recompute(as_of=day(4))
        self.assertFalse(self.activities(person))


@tagged("post_install", "-at_install")
class TestPlaybookCondition(PlaybookCase):
    """Customers with one order that is 30 days old or older; days are counted from TODAY."""

    ONE_TIME = "[('order_count', '=', 1), ('recency_days', '>=', 30)]"

    def one_time(self, *steps, **vals):
        return self.playbook(*steps, segment_id=False, condition=self.ONE_TIME, **vals)

    def dates(self, playbook, partner):
        return [(event.moment, event.date) for event in self.of(playbook, partner)]

    def test_run_when_the_condition_begins_to_hold_then_enters_once(self):
        """An order 28 days ago is 29 days old on day 1 and 30 days old on day 2."""
        partner = self.sleeper(days=28)
        twice = self.sleeper("Twice", days=28)
        self.order(twice, day=TODAY - timedelta(days=40))
        self.recompute()
        playbook = self.one_time()
        for number in range(5):
            self.recompute(as_of=day(number))
        self.assertEqual(self.dates(playbook, partner), [("enter", day(2))])
        self.assertFalse(self.of(playbook, twice))
        self.assertEqual(len(self.activities(partner)), 1)

    def test_run_when_it_held_before_then_no_new_member(self):
        partner = self.sleeper(days=30)
        self.recompute()
        playbook = self.one_time()
        self.recompute(as_of=day(1))
        self.assertFalse(self.of(playbook, partner))

    def test_run_when_for_all_members_then_those_of_today_enter(self):
        partner, young = self.sleeper(days=30), self.sleeper("Young", days=29)
        self.recompute()
        playbook = self.one_time(only_new_members=False)
        self.recompute(as_of=day(0))
        self.assertEqual(self.dates(playbook, partner), [("enter", day(0))])
        self.recompute(as_of=day(1))
        self.assertEqual(self.dates(playbook, young), [("enter", day(1))])
        self.assertEqual(self.dates(playbook, partner), [("enter", day(0))])

    def test_run_when_the_second_order_comes_then_leaves(self):
        partner = self.sleeper(days=29)
        self.recompute()
        playbook = self.one_time({}, {"moment": "leave", "summary": "Thank"})
        self.recompute(as_of=day(1))
        self.order(partner, day=day(3))
        self.recompute(as_of=day(3), partner_ids=partner.ids)  # within a minute
        self.assertEqual(
            self.dates(playbook, partner), [("enter", day(1)), ("leave", day(3))]
        )
        self.assertEqual(
            set(self.activities(partner).mapped("summary")), {"Ring", "Thank"}
        )

    def test_run_when_paused_meanwhile_then_what_was_missed_is_no_entry(self):
        partner = self.sleeper(days=29)
        self.recompute()
        playbook = self.one_time()
        playbook.action_pause()
        self.recompute(as_of=day(1))
        playbook._switch_on(day(1))
        self.recompute(as_of=day(2))
        self.assertFalse(self.of(playbook, partner))

    def test_run_when_with_a_segment_then_both_must_hold(self):
        """Both are at risk from day 1; only one has bought for more than 500."""
        self.sleeper("Small")
        large = self.sleeper("Large")
        self.order(large, amount=900, day=TODAY - timedelta(days=90))
        self.recompute()
        playbook = self.playbook(condition="[('net_sales', '>', 500)]")
        self.recompute(as_of=day(1))
        self.assertEqual(self.of(playbook).partner_id, large)
        self.assertEqual(playbook.member_count, 1)

    def test_stay_when_entered_by_condition_then_due_by_its_days(self):
        """Enters on day 1; never contacted: due 30 days after entering, on day 31."""
        partner = self.sleeper(days=29)
        self.recompute()
        playbook = self.one_time({"moment": "stay", "cadence_days": 30})
        for number in (1, 30, 31):
            self.recompute(as_of=day(number))
        self.assertEqual(self.dates(playbook, partner), [("stay", day(31))])

    def test_tag_when_it_leaves_then_taken(self):
        tag = self.env["res.partner.category"].create({"name": "Single"})
        partner = self.sleeper(days=29)
        self.recompute()
        self.one_time({"kind": "tag", "category_id": tag.id})
        self.recompute(as_of=day(1))
        self.assertIn(tag, partner.category_id)
        self.order(partner, day=day(2))
        self.recompute(as_of=day(2))
        self.assertNotIn(tag, partner.category_id)

    def test_advice_when_the_condition_holds_then_told(self):
        partner, other = self.sleeper(days=30), self.sleeper("Other", days=10)
        self.recompute()
        self.one_time(advice="Sell the second one.", on=False)
        self.assertIn("Sell the second one.", partner._segmentation_advice(self.company))
        self.assertNotIn("Sell the second one.", other._segmentation_advice(self.company))

    def test_priority_when_the_condition_holds_then_star(self):
        partner, other = self.sleeper(days=30), self.sleeper("Other", days=10)
        self.recompute()
        self.one_time({"moment": "stay", "kind": "priority"})
        self.assertEqual(self.quotation(partner).segmentation_priority, "1")
        self.assertNotEqual(self.quotation(other).segmentation_priority, "1")

    def test_condition_when_wrong_then_refused(self):
        for wrong in ("[('nothing', '=', 1)]", "1", "[('order_count', '='"):
            with self.subTest(wrong), self.assertRaisesRegex(ValidationError, "Test Playbook"):
                self.playbook(condition=wrong, on=False)
        with self.assertRaises(ValidationError):
            self.playbook(segment_id=False, condition="[]", on=False)

    def test_run_when_a_condition_is_broken_then_told_and_others_work(self):
        partner = self.sleeper()
        self.recompute()
        self.playbook()
        broken = self.one_time(name="Broken")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE customer_segmentation_playbook SET condition = %s WHERE id = %s",
            ["[('gone', '=', 1)]", broken.id],
        )
        broken.invalidate_recordset()
        run = self.runs._recompute(self.company, as_of=day(1))
        self.assertIn("Broken", run.message)
        self.assertIn("gone", run.message)
        self.assertEqual(len(self.activities(partner)), 1)
        self.assertEqual(broken.member_count, 0)

    def test_dry_run_when_all_members_then_said_and_nothing_noted(self):
        partner = self.sleeper(days=30)
        self.recompute()
        playbook = self.one_time(only_new_members=False, on=False)
        dry_run = playbook._dry_run(self.company, TODAY)
        self.assertEqual(dry_run.line_ids.partner_id, partner)
        self.assertIn("30", dry_run.condition_words)
        self.assertFalse(
            self.env["customer.segmentation.playbook.member"].search(
                [("playbook_id", "=", playbook.id)]
            )
        )

    def test_objection_when_noted_then_no_step_on_leaving(self):
        person = self.env["res.partner"].create({"name": "Person", "user_id": self.alice.id})
        self.order(person, day=TODAY - timedelta(days=29))
        self.recompute()
        self.one_time({"moment": "leave"})
        self.recompute(as_of=day(1))
        person.segmentation_objected = True
        self.recompute(as_of=day(2))
        self.assertFalse(self.activities(person))
