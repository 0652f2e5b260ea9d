"""A rule, customers and moves that the tests of the public pool share."""

from datetime import date, datetime, time
from unittest.mock import patch

from common import SALES_MANAGER, SALESMAN, TODAY, DocumentCase, days_ago

DAYS = 90  # without contact or sale


def noon(day):
    return datetime.combine(day, time(12))


class PoolCase(DocumentCase):
    """The clock stands on 30 June 2024; the rule is 90 days without contact, warned 7 before.

    Customers were made on 1 January 2023, long before anything happens.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Pool"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": cls.company.ids, "lang": "en_US"}
        )
        cls.criteria = cls.env["customer.segmentation.criteria"]._get(cls.company)
        cls.criteria.write({"tz": "UTC", "population": "all"})
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: cls.today)
        )
        cls.today = TODAY
        cls.alice = cls.user("pool_alice", SALESMAN, name="Alice")
        cls.bob = cls.user("pool_bob", SALESMAN, name="Bob")
        cls.manager = cls.user("pool_manager", SALES_MANAGER, name="Mary")
        cls.pool = cls.env["customer.segmentation.pool"]
        cls.moves = cls.env["customer.segmentation.pool.move"]
        cls.rules = cls.env["customer.segmentation.pool.rule"]

    @classmethod
    def rule(cls, **vals):
        return cls.rules.create(
            {
                "name": "Ninety Days",
                "active": True,
                "company_id": cls.company.id,
                "condition": "contact",
                "contact_days": DAYS,
                "sale_days": DAYS,
                "warning_days": 7,
                "from_date": date(2020, 1, 1),
                **vals,
            }
        )

    @classmethod
    def client(cls, name="Client", contact=None, user=None, **vals):
        """A customer of Alice's, last contacted so many days ago; None = never."""
        vals.setdefault("company_id", cls.company.id)
        partner = cls.customer(name, user_id=(user or cls.alice).id, **vals)
        cls.date_of(partner, noon(datetime(2023, 1, 1)))
        if contact is not None:
            cls.contact(partner, contact, user)
        return partner

    @classmethod
    def date_of(cls, record, moment, column="create_date"):
        record.flush_recordset()
        cls.env.cr.execute(
            f"UPDATE {record._table} SET {column} = %s WHERE id = %s", [moment, record.id]
        )
        record.invalidate_recordset()

    @classmethod
    def contact(cls, partner, days, user=None):
        """A message which a salesperson wrote to the customer so many days ago."""
        user = user or cls.alice
        writer = partner.with_user(user).with_context(allowed_company_ids=user.company_id.ids)
        message = writer.message_post(
            body="Spoke to them", message_type="comment", subtype_xmlid="mail.mt_comment"
        )
        cls.date_of(message.sudo(), noon(days_ago(days)), "date")

    def sale(self, partner, days, company=None):
        """A sale of so many days ago, fully invoiced."""
        order = self.order(partner, day=days_ago(days), company=company or self.company)
        order.flush_recordset()
        self.env.cr.execute(
            "UPDATE sale_order SET invoice_status = 'invoiced' WHERE id = %s", [order.id]
        )
        order.invalidate_recordset()
        return order

    def run_on(self, day=TODAY):
        """A full run as of a day, which the clock shows too."""
        type(self).today = day
        self.addCleanup(setattr, type(self), "today", TODAY)
        return self.recompute(as_of=day, company=self.company)

    def moves_of(self, partner, kind=None):
        moves = self.moves.search([("partner_id", "=", partner.id)], order="id")
        return moves.filtered(lambda move: not kind or move.kind == kind)

    def pooled(self, name="Pooled", rule=None, **vals):
        """A customer released today by a rule without warning."""
        rule = rule or self.rules.search([], limit=1) or self.rule(warning_days=0)
        partner = self.client(name, contact=200, **vals)
        self.run_on()
        self.assertFalse(partner.user_id)
        self.assertEqual(self.moves_of(partner).rule_id, rule)
        return partner

    def entry(self, partner, user=None):
        return self.moves.search(
            [("partner_id", "=", partner.id), ("in_pool", "=", True)]
        ).with_user(user or self.bob)

    def claim(self, partner, user=None):
        return self.entry(partner, user).action_claim()
