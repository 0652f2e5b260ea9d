"""Who may call what of the standards: every public method, with the lowest rights and without.

What is refused must be refused before anything is touched, for records and for none.
"""

from datetime import timedelta

from common import SALES_MANAGER, SALESMAN, TODAY, DocumentCase

from odoo.exceptions import AccessError
from odoo.tests import tagged

NO_MANAGER = ("salesman", "officer", "plain", "portal")
NO_GROUP = ("plain", "portal")


class RightsCase(DocumentCase):
    """A draft with moves, a version, an override, a policy, a pending move and the wizards.

    The salesman has one customer of two; the neighbour manages another company.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        beside = cls.env["res.company"].create({"name": "Rights Beside"})
        cls.users = {
            "salesman": cls.user("rights_salesman", SALESMAN),
            "officer": cls.user(
                "rights_officer", "base.group_user,customer_segmentation.group_user"
            ),
            "plain": cls.user("rights_plain", "base.group_user"),
            "portal": cls.user("rights_portal", "base.group_portal"),
            "manager": cls.user("rights_manager", SALES_MANAGER),
            "neighbour": cls.user("rights_neighbour", SALES_MANAGER, beside),
        }
        cls.own = cls.customer("Own", user_id=cls.users["salesman"].id)
        cls.others = cls.customer("Other's", user_id=cls.users["manager"].id)
        for partner, amount in ((cls.own, 7000), (cls.others, 900)):
            cls.order(partner, amount=amount)
        cls.recompute()
        cls.lifecycle = cls.env.ref("customer_segmentation.dimension_lifecycle")
        cls.a = cls.segment("value_a")
        cls.draft = cls.env["customer.segmentation.draft"].create({"name": "Rights"})
        line = cls.draft.line_ids.filtered(lambda item: item.segment_id == cls.a)
        line.domain = "[('net_sales_12m', '>', 100000)]"
        cls.line = line
        cls.draft.action_run()
        cls.version = cls.env["customer.segmentation.version"]._current()
        cls.override = cls.env["customer.segmentation.override"].create(
            [{
                "partner_id": partner.id,
                "company_id": cls.company.id,
                "dimension_id": cls.lifecycle.id,
                "segment_id": cls.segment("lifecycle_active").id,
                "reason_id": cls.env["customer.segmentation.override.reason"].search([])[0].id,
                "user_id": cls.users["manager"].id,
                "from_date": TODAY,
            }
            for partner in (cls.own, cls.others)]
        )
        cls.pending = cls.env["customer.segmentation.pending"].create(
            [{
                "profile_id": cls.profile(partner).id,
                "dimension_id": cls.lifecycle.id,
                "segment_id": cls.segment("lifecycle_lost").id,
                "since": TODAY,
                "due_date": TODAY + timedelta(days=9),
            }
            for partner in (cls.own, cls.others)]
        )
        cls.policy = cls.env["customer.segmentation.policy"].search([], limit=1)
        cls.replay = cls.env["customer.segmentation.replay.wizard"].create({"months": 2})
        cls.migration = cls.env["customer.segmentation.migration.wizard"].create(
            {"dimension_id": cls.lifecycle.id}
        )
        cls.replay_run = cls.runs._request_replay(cls.company, 2)
        cls.env.flush_all()

    def call(self, record, user, method, *arguments):
        self.env.invalidate_all()
        return getattr(record.with_user(self.users[user]), method)(*arguments)

    def refused(self, record, users, method, *arguments):
        for user in users:
            for called in (record, record.browse()):
                with (
                    self.subTest(user=user, method=method, empty=not called),
                    self.assertRaises(AccessError),
                ):
                    self.call(called, user, method, *arguments)


@tagged("post_install", "-at_install")
class TestMethodRights(RightsCase):
    def test_draft_when_not_a_manager_then_every_method_is_refused(self):
        for method in ("action_run", "action_apply", "action_discard", "action_open_moves"):
            self.refused(self.draft, NO_MANAGER, method)
        self.assertEqual(self.draft.state, "draft")
        self.assertTrue(self.draft.move_ids)
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")

    def test_draft_when_manager_of_another_company_then_refused(self):
        for method in ("action_run", "action_apply", "action_discard", "action_open_moves"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.call(self.draft, "neighbour", method)
        self.assertEqual(self.draft.state, "draft")
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")

    def test_draft_when_not_a_manager_then_neither_seen_nor_made(self):
        for user in NO_MANAGER:
            for record in (self.draft, self.line, self.draft.move_ids[0]):
                with self.subTest(user=user, model=record._name):
                    with self.assertRaises(AccessError):
                        self.call(record, user, "read", ["display_name"])
                    with self.assertRaises(AccessError):
                        self.call(record, user, "write", {"draft_id": self.draft.id})
            with self.assertRaises(AccessError):
                self.call(self.draft, user, "create", {"name": "Mine"})

    def test_line_and_move_when_manager_of_another_company_then_hidden(self):
        for record in (self.draft, self.line, self.draft.move_ids):
            with self.subTest(model=record._name):
                found = record.with_user(self.users["neighbour"]).search(
                    [("id", "in", record.ids)]
                )
                self.assertFalse(found)

    def test_version_when_not_a_manager_then_refused(self):
        self.a.domain = "[('accumulated_share', '<', 80)]"
        self.refused(self.version, NO_MANAGER, "action_restore")
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 80)]")
        for user in NO_MANAGER:
            with self.assertRaises(AccessError):
                self.call(self.version, user, "read", ["snapshot"])

    def test_replay_when_not_a_manager_then_refused(self):
        self.refused(self.replay, NO_MANAGER, "action_replay")
        self.refused(self.replay_run, NO_MANAGER, "action_stop")
        self.refused(self.replay_run, NO_MANAGER, "action_open_moves")
        self.assertEqual(self.replay_run.state, "waiting")

    def test_replay_run_when_manager_of_another_company_then_refused(self):
        for method in ("action_stop", "action_open_moves"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                self.call(self.replay_run, "neighbour", method)
        self.assertEqual(self.replay_run.state, "waiting")

    def test_rule_check_when_not_a_manager_then_refused(self):
        self.refused(self.lifecycle, NO_MANAGER, "action_check_rules")

    def test_dimension_when_not_a_manager_then_not_deleted(self):
        self.refused(self.lifecycle, NO_MANAGER, "action_delete")
        self.assertTrue(self.lifecycle.active)

    def test_offer_when_not_a_manager_then_not_dismissed(self):
        self.refused(self.criteria, NO_MANAGER, "action_dismiss_replay")

    def test_migration_when_without_the_group_then_refused(self):
        self.refused(self.migration, NO_GROUP, "action_open")

    def test_migration_when_salesman_then_own_customers_only(self):
        wizard = self.migration.with_user(self.users["salesman"]).create(
            {"dimension_id": self.lifecycle.id}
        )
        action = wizard.action_open()
        rows = self.env[action["res_model"]].with_user(self.users["salesman"])
        found = rows.with_context(**action["context"]).search([])
        self.assertIn(self.own, found.partner_id)
        self.assertNotIn(self.others, found.sudo().partner_id)

    def test_policy_when_without_the_group_then_refused(self):
        self.refused(self.policy, NO_GROUP, "action_open_profiles")

    def test_policy_when_salesman_then_read_and_not_changed(self):
        action = self.call(self.policy, "salesman", "action_open_profiles")
        self.assertEqual(action["res_model"], "customer.segmentation.profile")
        for method, arguments in (("write", [{"text": "Mine."}]), ("unlink", [])):
            with self.assertRaises(AccessError):
                self.call(self.policy, "salesman", method, *arguments)
        with self.assertRaises(AccessError):
            self.call(self.policy, "salesman", "copy")

    def test_explanation_when_without_the_group_then_refused(self):
        explanation = self.env["customer.segmentation.explanation"]
        row = ("customer.segmentation.profile", self.profile(self.own).id, "value_segment_id")
        self.refused(explanation, NO_GROUP, "explain", *row)

    def test_explanation_when_salesman_then_own_customers_only(self):
        explanation = self.env["customer.segmentation.explanation"]
        own, others = (self.profile(partner).id for partner in (self.own, self.others))
        row = ("customer.segmentation.profile", own, "value_segment_id")
        self.assertEqual(self.call(explanation, "salesman", "explain", *row)["profile_id"], own)
        for user in ("salesman", "officer", "neighbour"):
            with self.subTest(user=user), self.assertRaises(AccessError):
                self.call(
                    explanation, user, "explain", "customer.segmentation.profile", others,
                    "value_segment_id",
                )

    def test_override_when_without_the_group_then_refused(self):
        self.refused(self.override, NO_GROUP, "action_end")
        self.assertTrue(all(self.override.mapped("active")))

    def test_override_when_a_managers_then_salesman_cannot_end_it(self):
        """Not even that of an own customer: who set it ends it, or a manager."""
        for override in self.override:
            with self.assertRaises(AccessError):
                self.call(override, "salesman", "action_end")
        self.assertTrue(all(self.override.mapped("active")))

    def test_override_when_manager_of_another_company_then_refused(self):
        with self.assertRaises(AccessError):
            self.call(self.override, "neighbour", "action_end")
        self.assertTrue(all(self.override.mapped("active")))

    def test_search_when_salesman_then_rows_of_own_customers(self):
        for record in (self.override, self.pending):
            with self.subTest(model=record._name):
                found = record.with_user(self.users["salesman"]).search(
                    [("id", "in", record.ids)]
                )
                self.assertEqual(found.sudo(), record[0])
                neighbour = record.with_user(self.users["neighbour"])
                self.assertFalse(neighbour.search([("id", "in", record.ids)]))

    def test_manager_when_calling_then_all_is_allowed(self):
        """The refusals above are no accident of the records."""
        self.call(self.draft, "manager", "action_run")
        self.assertEqual(
            self.call(self.draft, "manager", "action_open_moves")["domain"],
            [("draft_id", "=", self.draft.id)],
        )
        self.call(self.draft, "manager", "action_apply")
        self.assertEqual(self.a.domain, "[('net_sales_12m', '>', 100000)]")
        self.call(self.version, "manager", "action_restore")
        self.assertEqual(self.a.domain, "[('accumulated_share', '<', 70)]")
        self.call(self.lifecycle, "manager", "action_check_rules")
        self.call(self.override[0], "manager", "action_end")
        self.assertFalse(self.override[0].active)
        self.call(self.replay_run, "manager", "action_stop")
        self.assertEqual(self.replay_run.state, "failed")
