"""Customers and calls that the tests of the call list share.

The clock stands on Sunday, 30 June 2024. The company's median interval is kept at what a test's
full run finds; the usual interval of a customer is (t + 2·m0) / (x + 2), with x = order days − 1.
"""

from unittest.mock import patch

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase, days_ago

NBSP = "\N{NO-BREAK SPACE}"


class CallCase(DocumentCase):
    """Two customers of the rhythm of 20 days, one of Alice's and one of Bob's.

    Mill (Alice's): orders of 100 each 80, 60 and 40 days ago. t = 40 days, x = 2.
    Forge (Bob's): orders of 250 each 90, 70 and 50 days ago. t = 40 days, x = 2.
    Median of t/x: 20 days, so both have (40 + 2·20) / (2 + 2) = 20 days as their usual interval.
    Mill is overdue by 40 / 20 = 2, Forge by 50 / 20 = 2.5. A customer for 81 days, Mill has at
    stake what it bought, 3 × 100 = 300; Forge for 91 days: 3 × 250 × 90 / 91 = 741.76.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env["res.company"].create({"name": "Call Company"})
        cls.env.user.company_ids |= cls.company
        cls.env = cls.env(
            context={**cls.env.context, "allowed_company_ids": [cls.company.id]}
        )
        cls.criteria = cls.company.segmentation_criteria_id.with_env(cls.env)
        cls.criteria.write({"tz": "UTC", "population": "documents"})
        cls.runs = cls.runs.with_env(cls.env)
        cls.profiles = cls.profiles.with_env(cls.env)
        cls.calls = cls.env["customer.segmentation.call"]
        cls.product = cls.product.with_env(cls.env)
        cls.today = TODAY
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda self: cls.today)
        )
        cls.alice = cls.user("call_alice", SALESMAN)
        cls.bob = cls.user("call_bob", SALESMAN)
        cls.chief = cls.user("call_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("call_manager", SALES_MANAGER)
        cls.mill = cls.rhythmic("Call Mill", cls.alice, 100, 80, 60, 40)
        cls.forge = cls.rhythmic("Call Forge", cls.bob, 250, 90, 70, 50)

    @classmethod
    def rhythmic(cls, name, user, amount, *days, company=None, **vals):
        partner = cls.customer(name, user_id=user.id if user else False, **vals)
        for days_before in days:
            cls.fast_order(partner, amount, days_ago(days_before), company=company)
        return partner

    @classmethod
    def fast_order(cls, partner, amount, day, **kwargs):
        """An order in SQL: without Odoo's own work on a confirmation."""
        return cls.env["sale.order"].browse(cls.insert_order(partner, day, amount, **kwargs))

    @classmethod
    def activity(cls, record, deadline, user=None, **vals):
        return cls.env["mail.activity"].create(
            {
                "res_model_id": cls.env["ir.model"]._get_id(record._name),
                "res_id": record.id,
                "activity_type_id": cls.env.ref("mail.mail_activity_data_call").id,
                "date_deadline": deadline,
                "user_id": (user or cls.alice).id,
                **vals,
            }
        )

    def go_to(self, day):
        """It is ``day`` now; the night's run has been."""
        type(self).today = day
        self.addCleanup(setattr, type(self), "today", TODAY)
        return self.recompute(as_of=day)

    def calls_of(self, *partners, **domain):
        """All calls of the customers, the oldest first."""
        self.calls.invalidate_model()
        ids = [partner.id for partner in partners]
        return self.calls.search([("partner_id", "in", ids)], order="id")

    def states(self, partner):
        return self.calls_of(partner).mapped("state")

    def answer(self, name):
        return self.env.ref(f"customer_segmentation.call_reason_{name}")

    def written(self):
        """Rows of the table written by this transaction so far."""
        self.env.flush_all()
        self.env.cr.execute(
            """SELECT n_tup_ins + n_tup_upd + n_tup_del
                 FROM pg_stat_xact_user_tables WHERE relname = 'customer_segmentation_call'"""
        )
        return self.env.cr.fetchone()[0]
