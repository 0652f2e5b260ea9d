"""Segments set by people: who may, what it does to the rule's answer, when it ends."""

from datetime import timedelta
from unittest.mock import patch

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, new_test_user, tagged
from odoo.tools import mute_logger


class OverrideCase(DocumentCase):
    """The clock stands on 30 June 2024.

    Each customer ordered once, 100 days ago: over 90 and not over 180 days, so at risk.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: TODAY)
        )
        cls.alice = cls.user("override_alice", SALESMAN)
        cls.bob = cls.user("override_bob", SALESMAN)
        cls.chief = cls.user("override_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("override_manager", SALES_MANAGER)
        cls.alices = cls.customer("Override Alice's", user_id=cls.alice.id)
        cls.bobs = cls.customer("Override Bob's", user_id=cls.bob.id)
        for partner in (cls.alices, cls.bobs):
            cls.order(partner, day=TODAY - timedelta(days=100))
        cls.recompute()
        cls.overrides = cls.env["customer.segmentation.override"]
        cls.lifecycle = cls.env.ref("customer_segmentation.dimension_lifecycle")
        cls.at_risk = cls.segment("lifecycle_at_risk")
        cls.active = cls.segment("lifecycle_active")
        cls.lost = cls.segment("lifecycle_lost")
        cls.reason = cls.env.ref("customer_segmentation.override_reason_knowledge")

    def wizard(self, user, partners, segment=None, dimension=None, **vals):
        """The dialog as opened from the list with the customers selected."""
        segment = segment or self.active
        profiles = self.profiles.search(
            [("partner_id", "in", partners.ids), ("company_id", "=", self.company.id)]
        )
        return (
            self.env["customer.segmentation.override.wizard"]
            .with_user(user)
            .with_context(active_model=profiles._name, active_ids=profiles.ids)
            .create(
                {
                    "dimension_id": (dimension or segment.dimension_id).id,
                    "segment_id": segment.id,
                    "reason_id": self.reason.id,
                    **vals,
                }
            )
        )

    def set_segment(self, user, partners, segment=None, **vals):
        """Set the segment and return the overrides in force, as the user sees them."""
        self.wizard(user, partners, segment, **vals).action_set()
        return self.overrides.with_user(user).search([("partner_id", "in", partners.ids)])

    def lifecycle_of(self, partner):
        self.profiles.invalidate_model()
        return self.profile(partner).lifecycle_segment_id

    def all_overrides(self, partner):
        return self.overrides.with_context(active_test=False).search(
            [("partner_id", "=", partner.id)], order="id"
        )


@tagged("post_install", "-at_install")
class TestOverride(OverrideCase):
    def test_ended_when_run_again_then_day_and_person_stay(self):
        """One ended by itself, one by a person; a third in force has the run look at them."""
        expired = self.set_segment(self.alice, self.alices, until_date=TODAY)
        ended = self.set_segment(self.bob, self.bobs, until_date=TODAY + timedelta(days=3))
        ended.action_end()
        third = self.customer("Third")
        self.recompute()
        self.set_segment(self.manager, third)
        kept = []
        for days in (1, 9):
            self.recompute(TODAY + timedelta(days=days))
            overrides = (expired | ended).sudo()
            overrides.invalidate_recordset()
            kept.append([(row.ended_date, row.ended_by_id) for row in overrides])
        self.assertEqual(kept[0], kept[1])
        self.assertEqual(ended.sudo().ended_by_id, self.bob)

    def test_set_when_salesman_disagrees_then_segment_shows_and_rule_stays_visible(self):
        override = self.set_segment(self.alice, self.alices, note="On holiday until August")
        self.assertEqual(self.lifecycle_of(self.alices), self.active)
        self.assertEqual(override.segment_id, self.active)
        self.assertEqual(override.rule_segment_id, self.at_risk)
        self.assertEqual(override.overruled_segment_id, self.at_risk)
        self.assertEqual(override.user_id, self.alice)
        self.assertEqual(override.from_date, TODAY)
        self.assertEqual(override.note, "On holiday until August")
        self.assertEqual(self.lifecycle_of(self.bobs), self.at_risk)

    def test_set_when_segment_changes_then_history_names_the_person(self):
        self.set_segment(self.alice, self.alices)
        row = self.env["customer.segmentation.history"].search(
            [("partner_id", "=", self.alices.id), ("dimension_id", "=", self.lifecycle.id)],
            limit=1,
        )
        self.assertEqual(row.from_segment_id, self.at_risk)
        self.assertEqual(row.to_segment_id, self.active)
        self.assertEqual(row.reason, "override")
        self.assertEqual(row.user_id, self.alice)

    def test_recompute_when_rule_changes_its_mind_then_override_wins_and_answer_is_kept(self):
        override = self.set_segment(self.alice, self.alices, self.lost)
        self.order(self.alices, day=TODAY)
        # ordered twice, today the last time: the first order is over 90 days ago, so active
        self.recompute()
        override.invalidate_recordset()
        self.assertEqual(override.rule_segment_id, self.active)
        self.assertEqual(override.overruled_segment_id, self.at_risk)
        self.assertEqual(self.lifecycle_of(self.alices), self.lost)

    def test_set_when_set_before_then_former_ends_and_is_kept(self):
        first = self.set_segment(self.alice, self.alices)
        second = self.set_segment(self.manager, self.alices, self.lost)
        self.assertEqual(self.all_overrides(self.alices).ids, [first.id, second.id])
        first = self.overrides.browse(first.id)
        self.assertFalse(first.active)
        self.assertEqual(first.ended_by_id, self.manager)
        self.assertEqual(first.ended_date, TODAY)
        self.assertTrue(second.active)
        # what the rule said, not what Alice had set
        self.assertEqual(second.overruled_segment_id, self.at_risk)
        self.assertEqual(self.lifecycle_of(self.alices), self.lost)

    def test_set_when_other_dimension_then_both_are_in_force(self):
        self.set_segment(self.alice, self.alices)
        overrides = self.set_segment(self.alice, self.alices, self.segment("value_c"))
        self.assertEqual(
            set(overrides.mapped("dimension_id.code")), {"lifecycle", "value"}
        )

    def test_set_when_many_are_selected_then_each_gets_one(self):
        overrides = self.set_segment(self.manager, self.alices | self.bobs)
        self.assertEqual(overrides.partner_id, self.alices | self.bobs)
        self.assertEqual(self.lifecycle_of(self.bobs), self.active)

    def test_set_when_ten_times_the_customers_then_as_many_queries(self):
        customers = self.env["res.partner"].create(
            [{"name": f"Override {number}", "is_company": True} for number in range(66)]
        )
        self.recompute()
        counts = []
        for partners in (customers[:6], customers[6:]):
            profiles = self.profiles.search([("partner_id", "in", partners.ids)])
            self.overrides._set(profiles, self.active, self.reason)  # fills the caches
            counts.append(
                self.statements(
                    lambda some=profiles: self.overrides._set(some, self.lost, self.reason)
                )
            )
        self.assertEqual(counts[0], counts[1])

    # Ending

    def test_end_when_owner_presses_end_then_rule_decides_again(self):
        override = self.set_segment(self.alice, self.alices)
        override.action_end()
        self.assertEqual(self.lifecycle_of(self.alices), self.at_risk)
        self.assertFalse(override.active)
        self.assertEqual(override.ended_by_id, self.alice)
        with self.assertRaisesRegex(UserError, "ended already"):
            override.action_end()

    def test_end_when_somebody_else_then_only_a_manager_can(self):
        override = self.set_segment(self.alice, self.alices)
        self.assertFalse(override.with_user(self.chief).can_end)
        with self.assertRaisesRegex(AccessError, "Only who set"):
            override.with_user(self.chief).action_end()
        self.assertTrue(override.with_user(self.manager).can_end)
        override.with_user(self.manager).action_end()
        self.assertEqual(override.sudo().ended_by_id, self.manager)

    def test_end_when_customer_is_hidden_then_refused(self):
        override = self.set_segment(self.alice, self.alices)
        with self.assertRaises(AccessError):
            self.overrides.with_user(self.bob).browse(override.id).action_end()

    def test_end_expired_when_until_date_is_over_then_inactive_from_the_next_day(self):
        override = self.set_segment(self.alice, self.alices, until_date=TODAY)
        self.assertFalse(self.overrides._end_expired(self.company, TODAY))
        tomorrow = TODAY + timedelta(days=1)
        self.assertEqual(self.overrides._end_expired(self.company, tomorrow), override.sudo())
        self.assertFalse(override.active)
        self.assertEqual(override.ended_date, tomorrow)
        self.assertFalse(override.ended_by_id)

    def test_recompute_when_until_date_is_over_then_rule_decides_again(self):
        override = self.set_segment(
            self.alice, self.alices, until_date=TODAY + timedelta(days=7)
        )
        self.recompute(as_of=TODAY + timedelta(days=7))
        self.assertEqual(self.lifecycle_of(self.alices), self.active)
        self.recompute(as_of=TODAY + timedelta(days=8))
        # 108 days since the only order
        self.assertEqual(self.lifecycle_of(self.alices), self.at_risk)
        override.invalidate_recordset()
        self.assertFalse(override.active)

    def test_end_expired_when_segment_is_archived_then_ended(self):
        override = self.set_segment(self.alice, self.alices)
        self.active.active = False
        self.assertEqual(self.overrides._end_expired(self.company, TODAY), override.sudo())

    # Rights

    def test_set_when_customer_is_somebody_elses_then_refused(self):
        profiles = self.profile(self.bobs).with_user(self.alice)
        with self.assertRaises(AccessError):
            self.overrides.with_user(self.alice)._set(profiles, self.active, self.reason)
        with self.assertRaises(UserError):
            self.wizard(self.alice, self.bobs).action_set()
        self.assertFalse(self.all_overrides(self.bobs))

    def test_open_dialog_when_customer_is_hidden_then_refused(self):
        profile = self.profile(self.bobs).with_user(self.alice)
        with self.assertRaises(AccessError):
            profile.action_set_segment()
        with self.assertRaises(AccessError):
            profile.action_move_to_segment("lifecycle_segment_id", self.active.id)

    def test_methods_when_without_the_group_then_refused(self):
        plain = self.user("override_plain", "base.group_user")
        profile = self.profile(self.bobs)
        override = self.set_segment(self.manager, self.bobs)
        wizard = self.wizard(self.manager, self.bobs)
        for record, method in [
            (profile, "action_set_segment"),
            (override, "action_end"),
            (override.browse(), "action_end"),
            (wizard, "action_set"),
            (wizard.browse(), "action_set"),
            (self.bobs, "action_segmentation_set_segment"),
        ]:
            self.env.invalidate_all()
            with self.subTest(model=record._name, method=method), self.assertRaises(AccessError):
                getattr(record.with_user(plain), method)()

    def test_write_when_anybody_then_refused(self):
        override = self.set_segment(self.alice, self.alices)
        for user in (self.alice, self.manager):
            with self.assertRaises(AccessError):
                override.with_user(user).write({"rule_segment_id": self.lost.id})
            with self.assertRaises(AccessError):
                override.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.profile(self.alices).with_user(user).write(
                    {"lifecycle_segment_id": self.lost.id}
                )
            with self.assertRaises(AccessError):
                self.overrides.with_user(user).create(
                    {
                        "partner_id": self.alices.id,
                        "company_id": self.company.id,
                        "dimension_id": self.env.ref("customer_segmentation.dimension_trend").id,
                        "segment_id": self.segment("trend_rising").id,
                        "reason_id": self.reason.id,
                        "from_date": TODAY,
                    }
                )

    def test_search_when_salesman_then_own_customers_of_own_company(self):
        self.set_segment(self.manager, self.alices | self.bobs)
        seen = self.overrides.with_user(self.alice).search([])
        self.assertEqual(seen.partner_id, self.alices)
        beside = self.env["res.company"].create({"name": "Override Beside"})
        neighbour = self.user("override_neighbour", SALES_MANAGER, beside)
        self.assertFalse(self.overrides.with_user(neighbour).search([]))

    def test_reason_when_user_adds_one_then_only_managers_change_it(self):
        reasons = self.env["customer.segmentation.override.reason"].with_user(self.alice)
        reason = reasons.browse(reasons.name_create("Family business")[0])
        self.assertEqual(reason.name, "Family business")
        with self.assertRaises(AccessError):
            reason.name = "Other"
        reason.with_user(self.manager).name = "Family firm"

    # Bad input

    def test_set_when_segment_is_archived_then_refused(self):
        wizard = self.wizard(self.alice, self.alices)
        self.active.active = False
        with self.assertRaisesRegex(ValidationError, "segment Active of Lifecycle is archived"):
            wizard.action_set()

    def test_set_when_dimension_is_archived_then_refused(self):
        wizard = self.wizard(self.alice, self.alices)
        self.lifecycle.active = False
        with self.assertRaisesRegex(ValidationError, "dimension Lifecycle is archived"):
            wizard.action_set()

    def test_set_when_segment_is_of_another_dimension_then_refused(self):
        trend = self.env.ref("customer_segmentation.dimension_trend")
        with self.assertRaisesRegex(ValidationError, "choose one of Trend"):
            self.wizard(self.alice, self.alices, self.active, trend).action_set()

    def test_set_when_until_date_is_over_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "2024-06-29, which is over"):
            self.set_segment(self.alice, self.alices, until_date=TODAY - timedelta(days=1))

    def test_set_when_nothing_is_selected_then_refused(self):
        with self.assertRaisesRegex(UserError, "Nothing to set"):
            self.wizard(self.alice, self.env["res.partner"]).action_set()

    def test_set_when_partner_has_no_profile_then_refused(self):
        late = self.customer("Override Late")
        with self.assertRaisesRegex(UserError, "Override Late has no customer profile"):
            late.with_user(self.alice).action_segmentation_set_segment()

    def test_set_when_customer_has_left_then_refused(self):
        self.alices.active = False
        self.recompute()
        profile = self.profile(self.alices).with_user(self.manager)
        self.assertFalse(profile.active)
        with self.assertRaisesRegex(UserError, "left the segments.*Override Alice's"):
            self.overrides.with_user(self.manager)._set(profile, self.active, self.reason)

    def test_insert_when_one_is_in_force_then_database_refuses_a_second(self):
        override = self.set_segment(self.alice, self.alices)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            override.sudo().copy()

    def test_merge_when_both_are_overridden_then_one_stays_and_none_is_lost(self):
        self.set_segment(self.alice, self.alices, self.lost).action_end()
        kept = self.set_segment(self.bob, self.bobs)
        ended = self.set_segment(self.alice, self.alices, self.lost)
        moved = self.set_segment(self.alice, self.alices, self.segment("value_a"))
        moved = moved.filtered(lambda override: override.dimension_id.code == "value")
        merge = self.env["base.partner.merge.automatic.wizard"].create({})
        merge._merge((self.alices | self.bobs).ids, self.bobs)
        overrides = self.all_overrides(self.bobs)
        self.assertEqual(len(overrides), 4)
        self.assertEqual(
            set(overrides.filtered("active").ids), {kept.id, moved.id}
        )
        self.assertFalse(self.overrides.browse(ended.id).active)

    # While a run is under way

    def test_set_when_lock_is_taken_then_queued_and_user_is_told(self):
        wizard = self.wizard(self.alice, self.alices)
        self.empty_queue()
        with patch.object(type(self.runs), "_lock", lambda runs, company: False):
            action = wizard.action_set()
        self.assertEqual(self.queued(), {self.alices.id})
        self.assertIn("within a minute", action["params"]["message"])
        self.assertEqual(action["params"]["type"], "warning")
        self.assertEqual(self.lifecycle_of(self.alices), self.at_risk)
        self.assertTrue(self.all_overrides(self.alices).active)

    # Screens

    def test_search_when_overridden_then_filters_agree_with_the_fields(self):
        self.set_segment(self.alice, self.alices)
        self.set_segment(self.bob, self.bobs, self.at_risk)  # agrees with the rule
        free = self.customer("Override Free")
        self.recompute()
        mine = [("partner_id", "in", (self.alices | self.bobs | free).ids)]
        for name, expected in [
            ("is_overridden", self.alices | self.bobs),
            ("rule_says_otherwise", self.alices),
        ]:
            with self.subTest(field=name):
                profiles = self.profiles.with_user(self.manager)
                found = profiles.search([*mine, (name, "=", True)])
                self.assertEqual(found.partner_id, expected)
                self.assertEqual(profiles.search(mine).filtered(name), found)
                self.assertEqual(
                    profiles.search([*mine, (name, "=", False)]),
                    profiles.search(mine) - found,
                )
                self.assertEqual(profiles.search([*mine, (name, "!=", False)]), found)

    def test_profile_when_overridden_twice_then_lists_the_one_in_force_first(self):
        first = self.set_segment(self.alice, self.alices)
        second = self.set_segment(self.alice, self.alices, self.lost)
        self.profiles.invalidate_model()
        profile = self.profile(self.alices).with_user(self.alice)
        self.assertEqual(profile.override_ids.ids, [second.id, first.id])
        partner = self.alices.with_user(self.alice)
        self.assertEqual(partner.segmentation_override_ids, profile.override_ids)

    def test_read_group_when_overrides_end_then_they_still_count(self):
        self.set_segment(self.alice, self.alices)
        self.set_segment(self.alice, self.alices, self.lost).action_end()
        self.set_segment(self.bob, self.bobs)
        groups = self.overrides.with_context(active_test=False)._read_group(
            [("partner_id", "in", (self.alices | self.bobs).ids)],
            ["user_id", "dimension_id", "overruled_segment_id", "segment_id", "reason_id"],
            ["__count"],
        )
        common = (self.lifecycle, self.at_risk)
        self.assertEqual(
            set(groups),
            {
                (self.alice, *common, self.active, self.reason, 1),
                (self.alice, *common, self.lost, self.reason, 1),
                (self.bob, *common, self.active, self.reason, 1),
            },
        )

    def test_wizard_when_dimension_changes_then_segment_is_chosen_anew(self):
        action = self.profile(self.alices).with_user(self.alice).action_set_segment()
        wizards = self.env[action["res_model"]].with_user(self.alice)
        with Form(wizards.with_context(**action["context"])) as form:
            self.assertEqual(form.customers, "Override Alice's")
            form.dimension_id = self.lifecycle
            self.assertEqual(form.current_segment_id, self.at_risk)
            form.segment_id = self.active
            form.dimension_id = self.env.ref("customer_segmentation.dimension_value")
            self.assertFalse(form.segment_id)
            form.segment_id = self.segment("value_a")
            form.reason_id = self.reason
        form.record.action_set()
        self.assertEqual(self.all_overrides(self.alices).segment_id, self.segment("value_a"))

    def test_move_when_card_is_dropped_then_dialog_is_filled_in(self):
        profile = self.profile(self.alices).with_user(self.alice)
        action = profile.action_move_to_segment("lifecycle_segment_id", self.active.id)
        wizard = (
            self.env[action["res_model"]]
            .with_user(self.alice)
            .with_context(**action["context"])
            .new({})
        )
        self.assertEqual(wizard.profile_ids._origin, profile)
        self.assertEqual(wizard.dimension_id._origin, self.lifecycle)
        self.assertEqual(wizard.segment_id._origin, self.active)
        with self.assertRaisesRegex(UserError, "not the segments of a dimension"):
            profile.action_move_to_segment("industry_id", 1)


@tagged("post_install", "-at_install")
class TestOverrideTour(HttpCase):
    # With a comma, as Chromium reads it: Odoo 17's own default is taken for nothing.
    browser_size = "1366,768"

    def test_drag_when_reason_is_given_then_customer_moves_until_it_is_ended(self):
        user = new_test_user(
            self.env, "tour_override", "base.group_user,sales_team.group_sale_salesman"
        )
        self.env["res.partner"].create(
            {"name": "Tour Override", "is_company": True, "user_id": user.id}
        )
        self.env["customer.segmentation.run"]._recompute(self.env.company)
        self.start_tour("/web", "customer_segmentation_override", login=user.login, timeout=240)
        override = self.env["customer.segmentation.override"].search(
            [("user_id", "=", user.id), ("active", "=", False)]
        )
        self.assertEqual(override.segment_id.name, "Active")
        self.assertEqual(override.overruled_segment_id.name, "Prospect")
        self.assertEqual(override.reason_id.name, "Strategic customer")
        self.assertEqual(override.ended_by_id, user)
