"""The public pool: who may claim, who is first, and what can be undone."""

from datetime import timedelta
from unittest.mock import patch

from common import SALESMAN, TODAY
from pool_case import PoolCase
from psycopg2.errors import LockNotAvailable, SerializationFailure

from odoo import SUPERUSER_ID, Command
from odoo.exceptions import AccessError, UserError
from odoo.service.model import retrying
from odoo.sql_db import db_connect
from odoo.tests import TransactionCase, new_test_user, tagged
from odoo.tools import mute_logger


@tagged("post_install", "-at_install")
class TestPoolClaim(PoolCase):
    def test_claim_when_in_the_pool_then_theirs_and_recorded(self):
        partner = self.pooled()
        action = self.claim(partner)
        self.assertEqual(action["params"]["message"], "Pooled is yours now.")
        self.assertEqual(partner.user_id, self.bob)
        release, claim = self.moves_of(partner)
        self.assertFalse(release.is_open)
        self.assertEqual(release.closed_by_id, claim)
        self.assertEqual(
            (claim.kind, claim.user_id, claim.former_user_id, claim.new_user_id, claim.rule_id),
            ("claim", self.bob, self.alice, self.bob, release.rule_id),
        )
        self.assertEqual(claim.reason, "Claimed from the public pool.")

    def test_claim_when_a_salesman_then_without_rights_on_the_contact(self):
        """The right to write contacts comes from no group of a salesman's in this test."""
        partner = self.pooled()
        self.env["ir.model.access"].search(
            [("model_id.model", "=", "res.partner"), ("perm_write", "=", True)]
        ).perm_write = False
        with self.assertRaises(AccessError):
            partner.with_user(self.bob).name = "Other"
        self.claim(partner)
        self.assertEqual(partner.user_id, self.bob)

    def test_claim_when_somebody_was_faster_then_told_who_has_it(self):
        partner = self.pooled()
        carol = self.user("pool_carol", SALESMAN, name="Carol")
        late = self.entry(partner, carol)
        self.claim(partner)
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Bob has Pooled since 06/30/2024"):
            late.action_claim()
        self.assertEqual(partner.user_id, self.bob)

    def test_claim_when_claimed_twice_by_the_same_then_told(self):
        partner = self.pooled()
        entry = self.entry(partner)
        entry.action_claim()
        with self.assertRaisesRegex(UserError, "Pooled is yours already"):
            entry.action_claim()
        self.assertEqual(len(self.moves_of(partner, "claim")), 1)

    def test_claim_when_limit_is_reached_then_refused_until_tomorrow(self):
        rule = self.rule(warning_days=0, claim_limit=2)
        partners = [self.pooled(f"Pooled {number}", rule) for number in range(3)]
        for partner in partners[:2]:
            self.claim(partner)
        with self.assertRaisesRegex(UserError, "claimed 2 customers today, and the limit is 2"):
            self.claim(partners[2])
        self.assertFalse(partners[2].user_id)
        carol = self.user("pool_carol", SALESMAN)
        self.claim(self.pooled("Pooled 4", rule), carol)  # each has a limit of one's own
        type(self).today = TODAY + timedelta(days=1)
        self.claim(partners[2])
        self.assertEqual(partners[2].user_id, self.bob)

    def test_claim_when_limit_is_zero_then_any_number(self):
        rule = self.rule(warning_days=0, claim_limit=0)
        for number in range(5):
            self.claim(self.pooled(f"Pooled {number}", rule))
        self.assertEqual(self.moves.search_count([("user_id", "=", self.bob.id)]), 5)

    def test_claim_when_given_back_then_it_counts_for_the_day(self):
        rule = self.rule(warning_days=0, claim_limit=1, cooldown_days=0)
        partner = self.pooled("Pooled", rule)
        self.claim(partner)
        self.moves_of(partner, "claim").with_user(self.bob).action_give_back()
        with self.assertRaisesRegex(UserError, "the limit is 1"):
            self.claim(partner)

    def test_claim_when_former_owner_in_the_cooldown_then_refused(self):
        """Released on 30 June with 30 days: refused until 29 July, allowed from 30 July on."""
        partner = self.pooled()
        for day, allowed in [(0, False), (29, False), (30, True)]:
            type(self).today = TODAY + timedelta(days=day)
            with self.subTest(day=day):
                if allowed:
                    self.claim(partner, self.alice)
                    self.assertEqual(partner.user_id, self.alice)
                else:
                    with self.assertRaisesRegex(UserError, "you can from 07/30/2024 on"):
                        self.claim(partner, self.alice)

    def test_claim_when_given_back_then_cooldown_for_both(self):
        partner = self.pooled()
        self.claim(partner)
        self.moves_of(partner, "claim").with_user(self.bob).action_give_back()
        for user in (self.alice, self.bob):
            with self.assertRaisesRegex(UserError, "you can from"):
                self.claim(partner, user)
        carol = self.user("pool_carol", SALESMAN)
        self.claim(partner, carol)
        self.assertEqual(partner.user_id, carol)

    def test_claim_when_new_owner_then_the_rules_time_starts_anew(self):
        partner = self.pooled()
        self.claim(partner)
        self.run_on(TODAY + timedelta(days=90))
        self.assertEqual(partner.user_id, self.bob)
        self.run_on(TODAY + timedelta(days=91))
        self.assertFalse(partner.user_id)
        self.assertEqual(
            self.moves_of(partner).mapped("kind"), ["release", "claim", "release"]
        )
        self.assertEqual(self.entry(partner).former_user_id, self.bob)

    def test_claim_when_no_salesperson_then_refused(self):
        partner = self.pooled()
        officer = self.user("pool_officer", "base.group_user,customer_segmentation.group_user")
        plain = self.user("pool_plain", "base.group_user")
        portal = self.user("pool_portal", "base.group_portal")
        for user in (officer, plain, portal):
            entry = self.moves_of(partner).with_user(user)
            for method in ("action_claim", "action_give_back", "action_undo"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(entry, method)()
        self.assertFalse(partner.user_id)

    def test_claim_when_of_another_company_then_refused(self):
        partner = self.pooled()
        other = self.env["res.company"].create({"name": "Beside"})
        stranger = self.user("pool_stranger", SALESMAN, other)
        with self.assertRaises(AccessError):
            self.moves_of(partner).with_user(stranger).action_claim()

    def test_claim_when_not_of_the_pool_then_refused(self):
        """A customer that is merely unassigned is in no pool."""
        partner = self.client("Nobody's", 100)
        partner.user_id = False
        self.run_on()
        self.assertFalse(self.entry(partner))
        pooled = self.pooled()
        self.claim(pooled)
        with self.assertRaisesRegex(UserError, "in the list of the public pool"):
            self.moves_of(pooled, "claim").with_user(self.bob).action_claim()

    def test_write_when_anybody_then_refused(self):
        move = self.moves_of(self.pooled())
        for user in (self.alice, self.bob, self.manager):
            with self.assertRaises(AccessError):
                move.with_user(user).write({"is_open": False})
            with self.assertRaises(AccessError):
                move.with_user(user).unlink()
            with self.assertRaises(AccessError):
                self.moves.with_user(user).create(
                    {"partner_id": move.partner_id.id, "company_id": self.company.id,
                     "kind": "claim", "date": TODAY}
                )
        for user in (self.alice, self.bob):
            with self.assertRaises(AccessError):
                self.rules.with_user(user).search([]).write({"claim_limit": 0})
            with self.assertRaises(AccessError):
                move.partner_id.with_user(user).segmentation_pool_locked = True

    # Giving back, assigning, undoing

    def test_give_back_when_by_who_claimed_or_a_manager_then_in_the_pool_again(self):
        for user in (self.bob, self.manager):
            partner = self.pooled(f"For {user.name}")
            self.claim(partner)
            claim = self.moves_of(partner, "claim")
            with self.assertRaises(AccessError):
                claim.with_user(self.alice).action_give_back()
            claim.with_user(user).action_give_back()
            self.assertFalse(partner.user_id)
            entry = self.entry(partner)
            self.assertEqual((entry.kind, entry.former_user_id), ("give_back", self.bob))
            self.assertFalse(claim.is_open)

    def test_undo_when_nobody_claimed_then_back_with_the_former(self):
        partner = self.pooled()
        entry = self.entry(partner)
        for user in (self.alice, self.bob):
            with self.assertRaises(AccessError):
                entry.with_user(user).action_undo()
        entry.with_user(self.manager).action_undo()
        self.assertEqual(partner.user_id, self.alice)
        self.assertFalse(self.entry(partner))
        undo = self.moves_of(partner, "undo")
        self.assertEqual((undo.user_id, undo.new_user_id), (self.manager, self.alice))
        self.run_on()  # the time starts anew
        self.assertEqual(partner.user_id, self.alice)

    def test_undo_when_claimed_meanwhile_then_refused_and_told(self):
        partner = self.pooled()
        entry = self.entry(partner, self.manager)
        self.claim(partner)
        with self.assertRaisesRegex(UserError, "Bob has Pooled"):
            entry.action_undo()
        self.assertEqual(partner.user_id, self.bob)

    def test_undo_when_several_then_each_to_its_former(self):
        rule = self.rule(warning_days=0)
        alices = self.client("Alice's", 100)
        bobs = self.client("Bob's", 100, user=self.bob)
        self.run_on()
        entries = self.entry(alices, self.manager) | self.entry(bobs, self.manager)
        self.assertEqual(entries.rule_id, rule)
        entries.action_undo()
        self.assertEqual((alices.user_id, bobs.user_id), (self.alice, self.bob))

    def test_assign_when_by_a_manager_then_the_salesperson(self):
        partner = self.pooled()
        wizards = self.env["customer.segmentation.pool.assign"]
        context = {"active_model": self.moves._name, "active_ids": self.entry(partner).ids}
        wizard = wizards.with_user(self.manager).with_context(**context).create(
            {"user_id": self.alice.id}  # even the former: managers decide
        )
        self.assertEqual(wizard.customers, "Pooled")
        with self.assertRaises(AccessError):
            wizards.with_user(self.bob).create({"user_id": self.bob.id})
        wizard.action_assign()
        self.assertEqual(partner.user_id, self.alice)
        self.assertEqual(self.moves_of(partner, "assign").user_id, self.manager)

    def test_assign_when_of_another_company_then_refused(self):
        partner = self.pooled()
        other = self.env["res.company"].create({"name": "Beside"})
        stranger = self.user("pool_stranger", SALESMAN, other, name="Stranger")
        wizard = self.env["customer.segmentation.pool.assign"].with_user(self.manager).create(
            {"user_id": stranger.id, "move_ids": [Command.set(self.entry(partner).ids)]}
        )
        with self.assertRaisesRegex(UserError, "Stranger does not work in Pool"):
            wizard.action_assign()

    def test_contact_when_given_a_salesperson_then_out_of_the_pool(self):
        partner = self.pooled()
        entry = self.entry(partner)
        partner.with_user(self.manager).user_id = self.bob
        self.assertFalse(entry.is_open)
        self.assertFalse(self.entry(partner))
        assigned = self.moves_of(partner, "assign")
        self.assertEqual((assigned.former_user_id, assigned.new_user_id), (self.alice, self.bob))
        with self.assertRaisesRegex(UserError, "Bob has Pooled|yours already"):
            entry.action_claim()

    def test_contact_when_a_salesperson_enters_oneself_then_refused(self):
        """It would pass by the limit and the cool-down; the context is no way round either."""
        partner = self.pooled()
        for user in (self.alice, self.bob):
            contact = partner.with_user(user)
            for context in ({}, {"segmentation_pool": True}):
                with self.subTest(user=user.name, **context), self.assertRaisesRegex(
                    UserError, "Pooled is in the public pool: claim it there"
                ):
                    contact.with_context(**context).write({"user_id": user.id})
            contact.write({"phone": "1"})
        self.assertTrue(self.entry(partner).is_open)
        partner.active = False  # out of sight, not out of the pool's hands
        with self.assertRaisesRegex(UserError, "Pooled is in the public pool"):
            partner.with_user(self.alice).write({"user_id": self.alice.id})
        partner.active = True
        self.assertFalse(partner.user_id)

    # Merged, archived, erased

    def test_merge_when_one_has_a_salesperson_then_out_of_the_pool(self):
        partner = self.pooled()
        owned = self.client("Owned", 1)
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (partner | owned).ids, owned
        )
        moves = self.moves_of(owned)
        self.assertEqual(moves.kind, "release")
        self.assertFalse(moves.is_open)

    def test_merge_when_both_are_in_the_pool_then_once(self):
        first, second = self.pooled("First"), self.pooled("Second")
        self.env["base.partner.merge.automatic.wizard"].create({})._merge(
            (first | second).ids, second
        )
        self.assertEqual(len(self.moves_of(second)), 2)
        self.assertEqual(len(self.entry(second)), 1)

    def test_contact_when_archived_then_not_in_the_pool(self):
        partner = self.pooled()
        partner.active = False
        self.assertFalse(self.entry(partner))

    def test_moves_when_the_customer_is_archived_meanwhile_then_refused_in_words(self):
        """A list that was open before, or a remote call, still names the move."""
        partner, claimed = self.pooled(), self.pooled("Claimed")
        entry = self.moves_of(partner)
        self.claim(claimed)
        claim = self.moves_of(claimed, "claim")
        (partner | claimed).active = False
        for user in (self.bob, self.manager):
            with self.assertRaisesRegex(UserError, "Pooled is archived"):
                entry.with_user(user).action_claim()
            with self.assertRaisesRegex(UserError, "Claimed is archived"):
                claim.with_user(user).action_give_back()
            self.assertFalse(entry.with_user(user).can_claim)
        with self.assertRaisesRegex(UserError, "Pooled is archived"):
            entry.with_user(self.manager).action_undo()
        with self.assertRaisesRegex(UserError, "Pooled is archived"):
            entry.with_user(self.manager)._assign(self.bob)
        self.assertFalse(partner.user_id)
        self.assertTrue(entry.is_open)
        (partner | claimed).active = True
        self.env.invalidate_all()
        self.claim(partner)
        self.assertEqual(partner.user_id, self.bob)

    def test_claim_when_the_person_objects_then_refused_in_words(self):
        partner = self.pooled(is_company=False)
        entry = self.entry(partner, self.bob)
        # as an import by SQL would: the move is not closed
        self.env.cr.execute(
            "UPDATE res_partner SET segmentation_objected = TRUE WHERE id = %s", [partner.id]
        )
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "Pooled objects to segmentation"):
            entry.action_claim()
        self.assertFalse(partner.user_id)

    def test_claim_when_the_contact_went_to_another_company_then_refused_in_words(self):
        partner = self.pooled()
        entry = self.entry(partner, self.bob)
        other = self.env["res.company"].create({"name": "Pool Beside"})
        partner.company_id = other
        with self.assertRaisesRegex(UserError, "Bob does not work in Pool Beside"):
            entry.action_claim()
        with self.assertRaisesRegex(UserError, "Alice does not work in Pool Beside"):
            entry.with_user(self.manager).action_undo()
        self.assertFalse(partner.user_id)

    def test_assign_when_the_user_is_archived_then_refused_in_words(self):
        partner = self.pooled()
        self.bob.active = False
        with self.assertRaisesRegex(UserError, "Bob does not work in Pool"):
            self.entry(partner, self.manager)._assign(self.bob)
        self.assertFalse(partner.user_id)

    def test_contact_when_erased_then_its_moves_too(self):
        partner = self.pooled()
        move = self.moves_of(partner)
        partner.unlink()
        self.assertFalse(move.exists())


@tagged("post_install", "-at_install")
class TestPoolRace(TransactionCase):
    """Two real transactions claim the same customer: it is committed before, and removed after."""

    def setUp(self):
        super().setUp()
        self.one, self.two, admin = (db_connect(self.cr.dbname).cursor() for _cursor in range(3))
        for cursor in (self.one, self.two, admin):
            self.addCleanup(cursor.close)
        self.admin = self.env(cr=admin, user=SUPERUSER_ID)
        self.addCleanup(self.clean)
        company = self.admin.company
        self.users = self.admin["res.users"].union(
            *(
                new_test_user(
                    self.admin, f"race_{name.lower()}", SALESMAN, name=name,
                    context={"no_reset_password": True},
                )
                for name in ("Bob", "Carol")
            )
        )
        self.partner = self.admin["res.partner"].create({"name": "Raced", "is_company": True})
        self.rule = self.admin["customer.segmentation.pool.rule"].create(
            {"name": "Race", "company_id": company.id}
        )
        self.entry = self.admin["customer.segmentation.pool.move"].create(
            {
                "partner_id": self.partner.id,
                "company_id": company.id,
                "kind": "release",
                "date": TODAY,
                "rule_id": self.rule.id,
                "is_open": True,
            }
        )
        admin.commit()

    def clean(self):
        for cursor in (self.one, self.two, self.admin.cr):
            cursor.rollback()
        self.admin.invalidate_all()
        partners = self.users.partner_id | self.partner
        self.admin["customer.segmentation.pool.move"].search(
            [("partner_id", "=", self.partner.id)]
        ).unlink()
        self.rule.unlink()
        self.users.unlink()
        partners.unlink()
        self.admin["customer.segmentation.queue"].search([]).unlink()
        self.admin.cr.commit()

    def claim(self, cursor, name):
        user = self.users.filtered(lambda user: user.name == name)
        env = self.env(cr=cursor, user=user.id)
        return lambda: env["customer.segmentation.pool.move"].browse(self.entry.id).action_claim()

    def owner(self):
        self.admin.cr.rollback()
        self.admin.invalidate_all()
        return self.partner.user_id.name

    def test_claim_when_another_claims_in_this_moment_then_exactly_one_gets_it(self):
        self.claim(self.one, "Bob")()
        with self.assertRaises(LockNotAvailable), mute_logger("odoo.sql_db"):
            self.claim(self.two, "Carol")()
        self.two.rollback()
        self.one.commit()
        with self.assertRaisesRegex(UserError, "Bob has Raced"):
            self.claim(self.two, "Carol")()
        self.assertEqual(self.owner(), "Bob")
        claims = self.admin["customer.segmentation.pool.move"].search(
            [("partner_id", "=", self.partner.id), ("kind", "=", "claim")]
        )
        self.assertEqual(claims.new_user_id.name, "Bob")

    def test_claim_when_odoo_tries_again_then_told_who_has_it(self):
        """As in a request: it fails at the lock, waits a while, and is run again."""
        self.claim(self.one, "Bob")()
        with (
            patch("odoo.service.model.time.sleep", lambda seconds: self.one.commit()),
            mute_logger("odoo.sql_db", "odoo.service.model"),
            self.assertRaisesRegex(UserError, "Bob has Raced"),
        ):
            retrying(self.claim(self.two, "Carol"), self.env(cr=self.two, user=self.users[1].id))
        self.assertEqual(self.owner(), "Bob")

    def test_claim_when_the_list_was_read_before_then_still_only_one(self):
        """Carol's transaction began before Bob's was committed: it does not see his claim."""
        self.two.execute("SELECT is_open FROM customer_segmentation_pool_move")
        self.claim(self.one, "Bob")()
        self.one.commit()
        with self.assertRaises(SerializationFailure), mute_logger("odoo.sql_db"):
            self.claim(self.two, "Carol")()
        self.two.rollback()
        with self.assertRaisesRegex(UserError, "Bob has Raced"):
            self.claim(self.two, "Carol")()
        self.assertEqual(self.owner(), "Bob")

    def test_claim_when_the_first_is_taken_back_then_the_second_gets_it(self):
        self.claim(self.one, "Bob")()
        self.one.rollback()
        self.claim(self.two, "Carol")()
        self.two.commit()
        self.assertEqual(self.owner(), "Carol")
