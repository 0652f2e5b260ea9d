"""What the tests of facts, measures, scores, segments and history share.

Documents are inserted in SQL, dated and priced as given: fast, and without Odoo's own dating of a
confirmed order. ``test_fact.py`` makes real documents and proves that they give these facts.
"""

from datetime import date, datetime, time, timedelta
from itertools import count

from counting import CountingCase

# The window is 1 July 2023 to 30 June 2024, the previous one 1 July 2022 to 30 June 2023.
AS_OF = date(2024, 6, 30)
PREFIX = "customer_segmentation.segment_"


def days_ago(days, as_of=AS_OF):
    return as_of - timedelta(days=days)


class SegmentationCase(CountingCase):
    """A company of its own, whose customers are those with a document."""

    numbers = count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tracking_disable=True))
        cls.company = cls.new_company("Segmentation Test")
        cls.criteria = cls.company.segmentation_criteria_id
        cls.journal = cls.env["account.journal"].search([("type", "=", "sale")], limit=1)
        cls.profiles = cls.env["customer.segmentation.profile"].with_context(active_test=False)
        cls.history = cls.env["customer.segmentation.history"]

    @classmethod
    def new_company(cls, name, tz="UTC", **vals):
        company = cls.env["res.company"].create({"name": name, **vals})
        cls.env.user.company_ids |= company
        company.segmentation_criteria_id.write({"tz": tz, "population": "documents"})
        return company

    @classmethod
    def customer(cls, name="Customer", **vals):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **vals})

    @classmethod
    def customers(cls, count):
        return cls.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(count)]
        )

    # Documents

    @classmethod
    def insert(cls, table, vals):
        columns = ", ".join(vals)
        places = ", ".join(["%s"] * len(vals))
        cls.env.cr.execute(
            f"INSERT INTO {table} ({columns}) VALUES ({places}) RETURNING id", list(vals.values())
        )
        return cls.env.cr.fetchone()[0]

    @classmethod
    def order(cls, partner, day, amount=100, state="sale", company=None, moment=None):
        """A sale order of ``day`` at noon UTC, or at ``moment`` (UTC)."""
        company = company or cls.company
        return cls.insert(
            "sale_order",
            {
                "name": "S",
                "company_id": company.id,
                "partner_id": partner.id,
                "partner_invoice_id": partner.id,
                "partner_shipping_id": partner.id,
                "date_order": moment or datetime.combine(day, time(12)),
                "state": state,
                "currency_id": company.currency_id.id,
                "currency_rate": 1,
                "amount_untaxed": amount,
                "amount_total": amount,
            },
        )

    @classmethod
    def orders(cls, partner, *days, amount=100, as_of=AS_OF):
        """One order on each day, given as days before ``as_of``."""
        for days_before in days:
            cls.order(partner, days_ago(days_before, as_of), amount)

    @classmethod
    def move(cls, partner, day, amount, move_type, company=None, state="posted"):
        company = company or cls.company
        return cls.insert(
            "account_move",
            {
                "name": f"M/{next(cls.numbers)}",
                "company_id": company.id,
                "partner_id": partner.id,
                "date": day,
                "invoice_date": day,
                "state": state,
                "move_type": move_type,
                "auto_post": "no",
                "journal_id": cls.journal.id,
                "currency_id": company.currency_id.id,
                "amount_untaxed": abs(amount),
                "amount_untaxed_signed": amount,
            },
        )

    @classmethod
    def refund(cls, partner, day, amount, **kwargs):
        """A posted credit note of the positive ``amount``."""
        return cls.move(partner, day, -amount, "out_refund", **kwargs)

    @classmethod
    def invoice(cls, partner, day, amount, **kwargs):
        return cls.move(partner, day, amount, "out_invoice", **kwargs)

    @classmethod
    def lead(cls, partner, day=AS_OF, probability=30, company=None, **vals):
        """An opportunity created at noon of ``day``."""
        lead = cls.env["crm.lead"].create(
            {
                "name": "Opportunity",
                "type": "opportunity",
                "partner_id": partner.id,
                "company_id": (company or cls.company).id,
                "team_id": False,
                "user_id": False,
                **vals,
            }
        )
        lead.flush_recordset()
        cls.env.cr.execute(
            "UPDATE crm_lead SET probability = %s, create_date = %s WHERE id = %s",
            [probability, datetime.combine(day, time(12)), lead.id],
        )
        lead.invalidate_recordset()
        return lead

    # Runs and results

    @classmethod
    def recompute(cls, as_of=AS_OF, partner_ids=None, company=None, state="done"):
        run = cls.env["customer.segmentation.run"]._recompute(
            company or cls.company, as_of=as_of, partner_ids=partner_ids
        )
        if run.state != state:
            raise AssertionError(f"the run is {run.state}: {run.message}")
        return run

    @classmethod
    def profile(cls, partner, company=None):
        return cls.profiles.search(
            [("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)]
        ).with_context(segmentation_as_of=AS_OF)

    @classmethod
    def segment_of(cls, partner, dimension, company=None):
        """Name of the customer's segment as in its external id; None without one."""
        segment = cls.profile(partner, company)[f"{dimension}_segment_id"]
        xmlid = segment.get_external_id().get(segment.id)
        return xmlid and xmlid.removeprefix(f"{PREFIX}{dimension}_")

    @classmethod
    def segment(cls, name):
        return cls.env.ref(PREFIX + name)

    def assert_measures(self, partner, **expected):
        """Compare fields of the customer's profile, numbers to six decimals."""
        profile = self.profile(partner)
        self.assertEqual(len(profile), 1, "number of profiles")
        for name, value in expected.items():
            with self.subTest(measure=name):
                if isinstance(value, float):
                    self.assertAlmostEqual(profile[name], value, 6)
                else:
                    self.assertEqual(profile[name], value)

    def is_null(self, partner, column):
        """Whether the column is absent (NULL), which the ORM shows as 0."""
        self.env.cr.execute(
            "SELECT to_jsonb(p) -> %s FROM customer_segmentation_profile p"
            " WHERE partner_id = %s AND company_id = %s",
            [column, partner.id, self.company.id],
        )
        [value] = self.env.cr.fetchone()
        return value is None
