"""What the tests share: a company, customers, documents and runs made by hand.

``SegmentationCase`` inserts documents in SQL, dated and priced as given: fast, and without Odoo's
own dating of a confirmed order. ``DocumentCase`` makes them as people do; ``test_fact.py`` proves
that these give the same facts.
"""

import importlib.util
import inspect
from datetime import date, datetime, time, timedelta
from itertools import count
from pathlib import Path
from unittest.mock import patch

from odoo import Command
from odoo.modules.module import get_module_path
from odoo.tests import TransactionCase, new_test_user

# The window is 1 July 2023 to 30 June 2024, the previous one 1 July 2022 to 30 June 2023.
AS_OF = date(2024, 6, 30)
TODAY = AS_OF  # where the clock stands on that day
PREFIX = "customer_segmentation.segment_"
SALESMAN = "sales_team.group_sale_salesman"
ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
SALES_MANAGER = "sales_team.group_sale_manager"
# Of Odoo's own, which asks for the rights; init is the registry's, and only makes an index sure.
ODOOS_OWN = ("create", "write", "unlink", "copy_data", "default_get", "init")


def days_ago(days, as_of=AS_OF):
    return as_of - timedelta(days=days)


def migrate(version, name, cr):
    """Run the addon's migration script ``name`` of ``version``; its file is no module's name."""
    folder = Path(get_module_path("customer_segmentation")) / "migrations" / version
    spec = importlib.util.spec_from_file_location("migration", folder / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.migrate(cr, version)


class SegmentationCase(TransactionCase):
    """A company of its own, whose customers are those with a document."""

    numbers = count(1)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls._company_of_test()
        cls.criteria = cls.company.segmentation_criteria_id
        cls.journal = cls.env["account.journal"].search([("type", "=", "sale")], limit=1)
        cls.runs = cls.env["customer.segmentation.run"]
        cls.profiles = cls.env["customer.segmentation.profile"].with_context(
            active_test=False, segmentation_as_of=AS_OF
        )
        cls.history = cls.env["customer.segmentation.history"]

    @classmethod
    def _company_of_test(cls):
        return cls.new_company("Segmentation Test")

    @classmethod
    def new_company(cls, name, tz="UTC", **vals):
        company = cls.env["res.company"].create({"name": name, **vals})
        cls.env.user.company_ids |= company
        company.segmentation_criteria_id.write(
            {"tz": tz, "population": "documents", "bands_looked_at": True}  # the default ones hold
        )
        return company

    @classmethod
    def customer(cls, name="Customer", **vals):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **vals})

    @classmethod
    def customers(cls, count):
        return cls.env["res.partner"].create(
            [{"name": f"Customer {number}", "is_company": True} for number in range(count)]
        )

    @classmethod
    def user(cls, login, groups, companies=None, **vals):
        companies = companies or cls.company
        with patch("odoo.addons.base.models.res_users.MIN_ROUNDS", 1):  # a second per password
            return new_test_user(
                cls.env,
                login,
                groups=groups,
                context={**cls.env.context, "no_reset_password": True},
                company_id=companies[0].id,
                company_ids=[Command.set(companies.ids)],
                **vals,
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
    def order(cls, partner, day=AS_OF, amount=100, **kwargs):
        return cls.insert_order(partner, day, amount, **kwargs)

    @classmethod
    def insert_order(cls, partner, day, amount=100, state="sale", company=None, moment=None):
        """A sale order of ``day`` at noon UTC, or at ``moment`` (UTC); its id."""
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
        run = cls.runs._recompute(
            company or cls.company, as_of=as_of, partner_ids=partner_ids
        )
        if run.state != state:
            raise AssertionError(f"the run is {run.state}: {run.message}")
        return run

    @classmethod
    def profile(cls, partner, company=None):
        return cls.profiles.with_context(active_test=False).search(
            [("partner_id", "=", partner.id), ("company_id", "=", (company or cls.company).id)]
        )

    @classmethod
    def segment_of(cls, partner, dimension, company=None):
        """Name of the customer's segment as in its external id; None without one."""
        segment = cls.profile(partner, company)[f"{dimension}_segment_id"]
        xmlid = segment.get_external_id().get(segment.id)
        return xmlid and xmlid.removeprefix(f"{PREFIX}{dimension}_")

    @classmethod
    def segment(cls, name):
        """The shipped segment ``<dimension>_<segment>``."""
        return cls.env.ref(PREFIX + name)

    @classmethod
    def queued(cls):
        """The contacts in the queue."""
        cls.env.flush_all()
        return set(cls.env["customer.segmentation.queue"].search([]).mapped("partner_ref"))

    @classmethod
    def empty_queue(cls):
        cls.env.flush_all()
        cls.env["customer.segmentation.queue"].search([]).unlink()

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

    def statements(self, function):
        """How many statements ``function`` executes, with cold caches."""
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        function()
        self.env.flush_all()
        return self.env.cr.sql_log_count - before


class DocumentCase(SegmentationCase):
    """The company of the database, all its contacts, and documents that Odoo makes itself."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["customer.segmentation.profile"]
        cls.product = cls.env["product.product"].create({"name": "Bracket"})

    @classmethod
    def _company_of_test(cls):
        company = cls.env.company
        company.segmentation_criteria_id.write(
            {
                "tz": "UTC",
                "population": "all",
                "sales_source": "order",
                "bands_looked_at": True,
            }
        )
        return company

    @classmethod
    def quotation(cls, partner, amount=100, company=None, env=None, **vals):
        company = company or cls.company
        orders = (env or cls.env)["sale.order"].with_company(company)
        return orders.create(
            {
                "partner_id": partner.id,
                "company_id": company.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "product_uom_qty": 1,
                            "price_unit": amount,
                        }
                    )
                ],
                **vals,
            }
        )

    @classmethod
    def order(cls, partner, day=TODAY, amount=100, company=None):
        """A confirmed order of noon on ``day``."""
        order = cls.quotation(partner, amount, company)
        order.action_confirm()
        order.date_order = datetime.combine(day, time(12))
        return order

    def activities(self, partner):
        return self.env["mail.activity"].search(
            [("res_model", "=", "res.partner"), ("res_id", "=", partner.id)]
        )

    # Whatever has no underscore can be called by anybody who is logged in

    @classmethod
    def public_methods(cls):
        """(model, method) of all methods of the addon that a remote call reaches."""
        for name, model in cls.env.registry.models.items():
            for base in model.__mro__:
                if base.__module__.startswith("odoo.addons.customer_segmentation"):
                    for method, function in vars(base).items():
                        public = inspect.isfunction(function) and not method.startswith("_")
                        if public and method not in ODOOS_OWN:
                            yield name, function

    @staticmethod
    def call_remotely(record, function):
        """Call a method as a remote call would, with a number for whatever it asks."""
        required = [
            parameter
            for parameter in list(inspect.signature(function).parameters.values())[1:]
            if parameter.default is parameter.empty and parameter.kind in (0, 1)
        ]
        return getattr(record, function.__name__)(*[1 for _ in required])
