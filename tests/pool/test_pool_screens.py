"""The public pool on the screens."""

from datetime import timedelta

from common import ALL_DOCUMENTS, SALESMAN, TODAY
from pool_case import DAYS, PoolCase

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestPoolScreens(PoolCase):
    def text_of(self, partner, user=None):
        contact = partner.with_user(user or self.alice)
        contact.invalidate_recordset()
        return contact.segmentation_pool_text

    def test_contact_when_no_rule_is_in_force_then_nothing_is_shown(self):
        self.rule(active=False)
        partner = self.client(contact=100)
        self.run_on()
        contact = partner.with_user(self.alice)
        self.assertFalse(contact.segmentation_pool_is_shown)
        self.assertFalse(self.text_of(partner))

    def test_contact_when_a_rule_is_in_force_then_the_day_before_it_comes(self):
        self.rule()
        partner = self.client(contact=50)
        self.run_on()
        # last contact on 11 May; 91 days later is 10 August
        self.assertEqual(
            self.text_of(partner),
            "Goes to the public pool on 08/10/2024. Last contact on 05/11/2024, 50 days ago.",
        )
        self.assertFalse(self.text_of(partner, self.bob), "Alice's, as her profile is")
        partner.segmentation_pool_locked = True
        self.assertEqual(self.text_of(partner), "Stays. Locked by a manager.")

    def test_contact_when_protected_by_what_is_hidden_then_without_its_name(self):
        """A salesperson reads own and unassigned opportunities, and no company's but the own."""
        self.rule()
        partner = self.client("Shared", 100, company_id=False)
        lead = self.env["crm.lead"].create(
            {"name": "Big Deal", "type": "opportunity", "partner_id": partner.id,
             "company_id": self.company.id, "user_id": self.alice.id}
        )
        self.run_on()
        self.assertEqual(self.text_of(partner), "Stays. Open opportunity Big Deal.")
        lead.user_id = self.bob
        self.assertEqual(self.text_of(partner), "Stays. Open opportunity –.")
        other = self.env["res.company"].create({"name": "Beside"})
        self.quotation(partner, company=other)
        self.assertEqual(self.text_of(partner), "Stays. Open quotation –.")

    def test_contact_when_in_the_pool_then_since_when_and_whose(self):
        partner = self.pooled()
        self.assertEqual(
            self.text_of(partner, self.bob),
            "In the public pool since 06/30/2024, before with Alice. "
            "Last contact on 12/13/2023, 200 days ago.",
        )
        history = partner.with_user(self.bob).segmentation_pool_move_ids
        self.assertEqual(history.mapped("kind"), ["release"])
        self.claim(partner)
        self.env.invalidate_all()
        self.assertEqual(
            set(partner.with_user(self.bob).segmentation_pool_move_ids.mapped("kind")),
            {"release", "claim"},
        )
        partner.with_user(self.bob).action_segmentation_give_back()
        self.assertFalse(partner.user_id)

    def test_pool_when_listed_then_value_and_days_of_all_to_every_salesperson(self):
        partner = self.pooled()
        type(self).today = TODAY + timedelta(days=5)
        entry = self.entry(partner)
        self.assertEqual(entry.days_in_pool, 5)
        self.assertTrue(entry.can_claim)
        self.assertFalse(entry.can_undo)
        self.assertEqual(entry.segmentation_value_segment_id, self.segment("value_no_sales"))
        groups = self.moves.with_user(self.bob)._read_group(
            [("in_pool", "=", True)], ["segmentation_value_segment_id"], ["__count"]
        )
        self.assertEqual(groups, [(self.segment("value_no_sales"), 1)])

    def test_menu_when_no_rule_is_in_force_then_hidden(self):
        menu = self.env.ref("customer_segmentation.customer_segmentation_pool_menu")
        self.env["customer.segmentation.pool.rule"].search([]).active = False

        def hidden(user):
            return menu.id in self.env["ir.ui.menu"].with_user(user)._load_menus_blacklist()

        self.assertTrue(hidden(self.bob))
        rule = self.rule(active=False)
        self.assertTrue(hidden(self.bob))
        rule.active = True
        self.assertFalse(hidden(self.bob))
        rule.active = False
        self.assertTrue(hidden(self.bob))

    def test_dry_run_when_opened_then_nothing_is_done_and_all_outcomes_listed(self):
        warned = self.client("Warned Before", 90)
        active = self.rule()
        self.run_on()
        active.active = False
        rule = self.rule(active=False, contact_days=DAYS, name="Tried")
        late = self.client("Late", 100)
        soon = self.client("Soon", 84)
        fine = self.client("Fine", 10)
        self.recompute(as_of=TODAY, company=self.company)
        self.moves_of(warned).is_open = True
        action = rule.with_user(self.manager).action_dry_run()
        previews = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        found = {preview.partner_id: preview for preview in previews}
        self.assertNotIn(fine, found)
        self.assertEqual(found[late].outcome, "2_warn")
        self.assertEqual(found[late].release_date, TODAY + timedelta(days=7))
        self.assertEqual(found[soon].release_date, TODAY + timedelta(days=7))
        self.assertEqual(found[warned].outcome, "3_waiting")
        self.assertFalse(self.moves_of(late) | self.moves_of(soon))
        rule.warning_days = 0
        rule.with_user(self.manager).action_dry_run()
        previews = self.env[action["res_model"]].with_user(self.manager).search(action["domain"])
        outcomes = {p.partner_id: p.outcome for p in previews}
        self.assertEqual(outcomes, {late: "1_release"})
        self.assertEqual(late.user_id, self.alice)

    def test_dry_run_when_not_a_manager_then_refused(self):
        rule = self.rule()
        for user in (self.alice, self.user("pool_chief", ALL_DOCUMENTS)):
            with self.assertRaises(AccessError):
                rule.with_user(user).action_dry_run()


@tagged("post_install", "-at_install")
class TestPoolTour(HttpCase):
    # With a comma, as Chromium reads it: Odoo 17's own default is taken for nothing.
    browser_size = "1366,768"

    def test_salesperson_claims_a_customer_and_gives_it_back(self):
        alice, bob = (
            new_test_user(
                self.env, f"tour_pool_{name.lower()}", f"base.group_user,{SALESMAN}", name=name
            )
            for name in ("Alice", "Bob")
        )
        partner = self.env["res.partner"].create(
            {"name": "Tour Pool", "is_company": True, "user_id": alice.id}
        )
        partner.flush_recordset()
        self.env.cr.execute(
            "UPDATE res_partner SET create_date = '2023-01-01' WHERE id = %s", [partner.id]
        )
        self.env["customer.segmentation.pool.rule"].create(
            {"name": "Tour", "active": True, "warning_days": 0, "from_date": "2023-01-01"}
        )
        self.env["customer.segmentation.run"]._recompute(self.env.company)
        self.assertFalse(partner.user_id)
        self.start_tour("/web", "customer_segmentation_pool_claim", login=bob.login, timeout=240)
        moves = self.env["customer.segmentation.pool.move"].search(
            [("partner_id", "=", partner.id)], order="id"
        )
        self.assertEqual(moves.mapped("kind"), ["release", "claim", "give_back"])
        self.assertEqual(moves[1].new_user_id, bob)
        self.assertFalse(partner.user_id)
