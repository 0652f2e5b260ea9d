"""What several test files need: customers, documents, users and runs made by hand."""

import importlib.util
import inspect
from datetime import date, datetime, time
from pathlib import Path
from unittest.mock import patch

from counting import CountingCase

from odoo import Command
from odoo.modules.module import get_module_path
from odoo.tests import new_test_user

TODAY = date(2024, 6, 30)
SALESMAN = "sales_team.group_sale_salesman"
ALL_DOCUMENTS = "sales_team.group_sale_salesman_all_leads"
SALES_MANAGER = "sales_team.group_sale_manager"
# Of Odoo's own, which asks for the rights; init is the registry's, and only makes an index sure.
ODOOS_OWN = ("create", "write", "unlink", "copy_data", "default_get", "init")


def migrate(version, name, cr):
    """Run the addon's migration script ``name`` of ``version``; its file is no module's name."""
    folder = Path(get_module_path("customer_segmentation")) / "migrations" / version
    spec = importlib.util.spec_from_file_location("migration", folder / f"{name}.py")
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    script.migrate(cr, version)


class SegmentationCase(CountingCase):
    """A company with criteria of its own; amounts and days are given by the tests."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "tracking_disable": True})
        cls.company = cls.env.company
        cls.runs = cls.env["customer.segmentation.run"]
        cls.profiles = cls.env["customer.segmentation.profile"]
        cls.criteria = cls.env["customer.segmentation.criteria"]._get(cls.company)
        cls.criteria.write({"tz": "UTC", "population": "all", "sales_source": "order"})
        cls.product = cls.env["product.product"].create({"name": "Bracket"})

    @classmethod
    def segment(cls, name):
        """The shipped segment ``<dimension>_<segment>``."""
        return cls.env.ref(f"customer_segmentation.segment_{name}")

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

    @classmethod
    def customer(cls, name, **vals):
        return cls.env["res.partner"].create({"name": name, "is_company": True, **vals})

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
    def order(cls, partner, amount=100, day=TODAY, company=None):
        """A confirmed order of noon on ``day``."""
        order = cls.quotation(partner, amount, company)
        order.action_confirm()
        order.date_order = datetime.combine(day, time(12))
        return order

    @classmethod
    def recompute(cls, company=None, as_of=TODAY, partners=None):
        run = cls.runs._recompute(
            company or cls.company,
            as_of=as_of,
            partner_ids=partners.ids if partners is not None else None,
        )
        assert run.state == "done", run.message
        return run

    @classmethod
    def profile(cls, partner, company=None):
        return cls.profiles.with_context(active_test=False).search(
            [
                ("partner_id", "=", partner.id),
                ("company_id", "=", (company or cls.company).id),
            ]
        )

    @classmethod
    def queued(cls):
        """The contacts in the queue."""
        cls.env.flush_all()
        return set(cls.env["customer.segmentation.queue"].search([]).mapped("partner_ref"))

    @classmethod
    def empty_queue(cls):
        cls.env.flush_all()
        cls.env["customer.segmentation.queue"].search([]).unlink()

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
