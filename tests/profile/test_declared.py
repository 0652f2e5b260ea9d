"""Customer type, company size and needs: declared by people, suggested by rules."""

from contextlib import contextmanager
from datetime import date

from common import AS_OF, SegmentationCase

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, new_test_user, tagged


class DeclaredCase(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.criteria.population = "all"
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.partners = cls.env["res.partner"].with_company(cls.company)

    @classmethod
    def customer(cls, name="Customer", **vals):
        partner = super().customer(name, company_id=cls.company.id, **vals)
        return cls.partners.browse(partner.id)

    @contextmanager
    def refused(self, message, error=ValidationError):
        """The block raises the error, and leaves nothing behind."""
        with self.assertRaisesRegex(error, message), self.env.cr.savepoint():
            yield
            self.env.flush_all()

    def classified(self, *partners):
        """Names of type and size of each customer, after a run."""
        self.recompute()
        return [
            (self.segment_of(partner, "type"), self.segment_of(partner, "size"))
            for partner in partners
        ]


@tagged("post_install", "-at_install")
class TestSuggested(DeclaredCase):
    def test_type_when_nothing_is_declared_then_told_from_the_contact(self):
        person = self.customer("Person", is_company=False)
        company = self.customer("Company")
        office = self.customer(
            "Office", industry_id=self.env.ref("customer_segmentation.industry_government").id
        )
        self.assertEqual(
            [kind for kind, _size in self.classified(person, company, office)],
            ["individual", "company", "government"],
        )

    def test_size_when_headcount_is_known_then_bands_are_closed_below(self):
        # 1-49 small, 50-249 medium, 250-4,999 large, from 5,000 on multinational
        expected = {
            0: "unknown",
            1: "small",
            49: "small",
            50: "medium",
            249: "medium",
            250: "large",
            4999: "large",
            5000: "multinational",
        }
        partners = {
            count: self.customer(f"{count} people", segmentation_headcount=count)
            for count in expected
        }
        sizes = self.classified(*partners.values())
        self.assertEqual(
            {n: size for n, (_type, size) in zip(partners, sizes, strict=True)}, expected
        )

    def test_size_when_turnover_is_in_another_currency_then_rate_of_its_year_end_counts(self):
        """Half a foreign unit to one of ours until 2022, a quarter from 2023 on."""
        foreign = self.env["res.currency"].create({"name": "XSG", "symbol": "x"})
        self.env["res.currency.rate"].create(
            [
                {"name": day, "rate": rate, "currency_id": foreign.id,
                 "company_id": self.company.id}
                for day, rate in (("2020-01-01", 0.5), ("2023-06-01", 0.25), ("2024-02-01", 100))
            ]
        )
        turnover = {"segmentation_turnover_currency_id": foreign.id, "segmentation_turnover": 20e6}
        before = self.customer("2022", segmentation_turnover_year=2022, **turnover)
        after = self.customer("2023", segmentation_turnover_year=2023, **turnover)
        # 20 M / 0.5 = 40 M: medium (10 to 50); 20 M / 0.25 = 80 M: large
        self.assertEqual(before.segmentation_turnover_converted, 40e6)
        self.assertEqual(after.segmentation_turnover_converted, 80e6)
        sizes = [size for _type, size in self.classified(before, after)]
        self.assertEqual(sizes, ["medium", "large"])

    def test_turnover_when_of_another_year_then_every_process_is_told(self):
        registry = self.env.registry
        registry.clear_cache()
        registry.cache_invalidated.clear()
        currency = self.company.currency_id
        turnover = {"segmentation_turnover": 5, "segmentation_turnover_currency_id": currency.id}
        self.customer("Known", segmentation_turnover_year=2017, **turnover)
        self.assertTrue(registry.cache_invalidated)
        registry.cache_invalidated.clear()
        self.customer("Like it", segmentation_turnover_year=2017, **turnover)
        self.assertFalse(registry.cache_invalidated)

    def test_turnover_when_searched_then_unknown_ones_are_told_apart(self):
        currency = self.company.currency_id
        known = self.customer(
            "Known",
            segmentation_turnover=5e6,
            segmentation_turnover_currency_id=currency.id,
            segmentation_turnover_year=2023,
        )
        unknown = self.customer("Unknown")
        both = [("id", "in", (known | unknown).ids)]
        field = "segmentation_turnover_converted"
        for operator, value, found in (
            (">=", 5e6, known),
            (">", 5e6, known.browse()),
            ("<", 6e6, known),
            ("=", False, unknown),
            ("!=", 0, known),
        ):
            with self.subTest(operator=operator, value=value):
                self.assertEqual(self.partners.search([*both, (field, operator, value)]), found)
        with self.assertRaisesRegex(UserError, "turnover"):
            self.partners.search([(field, "ilike", 5)])


@tagged("post_install", "-at_install")
class TestDeclared(DeclaredCase):
    def test_declare_when_rule_says_otherwise_then_declaration_wins(self):
        partner = self.customer(
            "Retailer",
            segmentation_headcount=10,
            segmentation_type_declared_id=self.segment("type_retailer").id,
            segmentation_size_declared_id=self.segment("size_large").id,
        )
        # the fallback can be declared too: a person that trades as a company
        trader = self.customer(
            "Trader",
            is_company=False,
            segmentation_type_declared_id=self.segment("type_company").id,
        )
        self.assertEqual(
            self.classified(partner, trader), [("retailer", "large"), ("company", "unknown")]
        )

    def test_declare_when_segment_is_archived_then_rule_suggests_again(self):
        partner = self.customer(
            "Agent", segmentation_type_declared_id=self.segment("type_distributor").id
        )
        self.assertEqual(self.classified(partner), [("distributor", "unknown")])
        self.segment("type_distributor").active = False
        self.assertEqual(self.classified(partner), [("company", "unknown")])
        self.assertEqual(partner.segmentation_type_suggested_id, self.segment("type_company"))

    def test_suggested_when_accepted_then_declared_and_suggested_no_more(self):
        partner = self.customer("Maker", segmentation_headcount=300)
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": partner.id})
        self.recompute()
        self.assertEqual(partner.segmentation_size_suggested_id, self.segment("size_large"))
        self.assertFalse(partner.segmentation_size_declared_id)
        contact.with_company(self.company).action_segmentation_accept_size()
        self.assertEqual(partner.segmentation_size_declared_id, self.segment("size_large"))
        self.assertFalse(partner.segmentation_size_suggested_id)
        # what is declared does not follow the headcount any more
        partner.segmentation_headcount = 10
        self.assertEqual(self.classified(partner), [("company", "large")])

    def test_suggested_when_nothing_is_known_then_unknown_is_no_suggestion(self):
        partner = self.customer("Nobody Knows")
        self.assertEqual(self.classified(partner), [("company", "unknown")])
        self.assertFalse(partner.segmentation_size_suggested_id)
        partner.action_segmentation_accept_size()
        self.assertFalse(partner.segmentation_size_declared_id)

    def test_declare_when_customer_has_contacts_then_they_follow_their_company(self):
        partner = self.customer("Group")
        contact = self.env["res.partner"].create({"name": "Buyer", "parent_id": partner.id})
        needs = self.segment("need_technical") | self.segment("need_customised")
        partner.write(
            {
                "segmentation_type_declared_id": self.segment("type_oem").id,
                "segmentation_need_ids": [(6, 0, needs.ids)],
            }
        )
        self.assertEqual(contact.segmentation_type_declared_id, self.segment("type_oem"))
        self.assertEqual(contact.segmentation_need_ids, needs)
        later = self.env["res.partner"].create({"name": "Engineer", "parent_id": partner.id})
        self.assertEqual(later.segmentation_need_ids, needs)

    def test_contact_when_user_has_no_sales_rights_then_declarations_are_copied_all_the_same(self):
        partner = self.customer(
            "Supplier too",
            segmentation_type_declared_id=self.segment("type_oem").id,
            segmentation_need_ids=[(6, 0, self.segment("need_technical").ids)],
            segmentation_headcount=7,
        )
        clerk = new_test_user(
            self.env,
            "declared_clerk",
            "base.group_user,base.group_partner_manager",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        contact = self.env["res.partner"].with_user(clerk).create(
            {"name": "Accountant", "parent_id": partner.id}
        )
        self.assertEqual(contact.sudo().segmentation_need_ids, self.segment("need_technical"))
        self.assertEqual(contact.sudo().segmentation_headcount, 7)
        form = Form(contact)
        form.name = "Chief Accountant"
        form.save()
        self.assertEqual(contact.name, "Chief Accountant")

    def test_declare_when_saved_then_customer_is_queued(self):
        partner = self.customer("Queued")
        queue = self.env["customer.segmentation.queue"]
        queue.search([]).unlink()
        partner.segmentation_headcount = 5
        self.assertEqual(queue.search([]).mapped("partner_ref"), partner.ids)

    def test_needs_when_several_apply_then_search_and_group_find_each(self):
        fast, technical = self.segment("need_fast_delivery"), self.segment("need_technical")
        both = self.customer("Both", segmentation_need_ids=[(6, 0, (fast | technical).ids)])
        one = self.customer("One", segmentation_need_ids=[(6, 0, fast.ids)])
        none = self.customer("None")
        self.recompute()
        mine = [("partner_id", "in", (both | one | none).ids)]
        profiles = self.env["customer.segmentation.profile"]
        self.assertEqual(
            profiles.search([*mine, ("need_ids", "in", technical.ids)]).partner_id, both
        )
        groups = profiles._read_group(mine, ["need_ids"], ["__count"])
        self.assertEqual({s.name: n for s, n in groups}, {
            "Fast Delivery": 2, "Technical Demands": 1, False: 1,
        })
        self.assertEqual((fast.with_company(self.company)).customer_count, 2)
        found = profiles.search(
            fast.action_open_profiles()["domain"] + [("company_id", "=", self.company.id)]
        )
        self.assertEqual(found.partner_id, both | one)

    def test_declare_when_input_is_wrong_then_message_says_what(self):
        partner = self.customer("Wrong")
        for vals, message in (
            ({"segmentation_headcount": -1}, "cannot be negative"),
            ({"segmentation_turnover": 5}, "currency and its year"),
            ({"segmentation_turnover_year": 23}, "four digits"),
            ({"segmentation_type_declared_id": self.segment("value_a").id}, "A .*Customer Type"),
            ({"segmentation_size_declared_id": self.segment("size_unknown").id}, "Unknown"),
            ({"segmentation_need_ids": [(4, self.segment("type_oem").id)]}, "OEM"),
        ):
            with self.subTest(vals=vals), self.refused(message):
                partner.write(vals)

    def test_form_when_turnover_is_entered_then_currency_and_last_year_are_proposed(self):
        salesman = new_test_user(
            self.env,
            "declared_salesman",
            "base.group_user,base.group_partner_manager,sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        with Form(self.env["res.partner"].with_user(salesman)) as form:
            form.name = "New Factory"
            form.segmentation_turnover = 3e6
        partner = form.record
        self.assertEqual(partner.segmentation_turnover_currency_id, self.company.currency_id)
        self.assertEqual(partner.segmentation_turnover_year, date.today().year - 1)


@tagged("post_install", "-at_install")
class TestDeclaredDimension(DeclaredCase):
    def test_kind_when_contacts_have_no_field_then_refused(self):
        with self.refused("no field"):
            self.env["customer.segmentation.dimension"].create(
                {"name": "Own", "code": "own", "kind": "declared"}
            )

    def test_segment_when_declared_only_then_it_is_not_the_one_that_takes_all_others(self):
        dimension = self.env.ref("customer_segmentation.dimension_type")
        Segment = self.env["customer.segmentation.segment"]
        vals = {"dimension_id": dimension.id, "name": "Association"}
        with self.refused("only one segment"):
            Segment.create(vals)
        segment = Segment.create({**vals, "reached_by": "declared"})
        self.assertFalse(segment.is_fallback)
        partner = self.customer("Club", segmentation_type_declared_id=segment.id)
        self.recompute()
        self.assertEqual(self.profile(partner).type_segment_id, segment)
        with self.refused("archive", UserError):
            segment.unlink()

    def test_parent_when_of_another_dimension_or_itself_then_refused(self):
        retailer = self.segment("type_retailer")
        with self.refused("two dimensions"):
            retailer.parent_id = self.segment("value_a")
        with self.refused("(?i)recursi|itself"):
            self.segment("type_company").parent_id = retailer

    def test_type_when_company_is_searched_with_its_parts_then_retailers_are_found(self):
        partner = self.customer(
            "Shop", segmentation_type_declared_id=self.segment("type_retailer").id
        )
        self.recompute()
        found = self.partners.search(
            [
                ("id", "=", partner.id),
                ("segmentation_type_segment_id", "child_of", self.segment("type_company").id),
            ]
        )
        self.assertEqual(found, partner)


@tagged("post_install", "-at_install")
class TestPolicy(DeclaredCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.policies = cls.env["customer.segmentation.policy"].with_company(cls.company)
        cls.policies.search([]).unlink()
        vals = [("company", "large"), ("company", None), ("retailer", None), ("individual", None)]
        cls.large, cls.company_any, cls.retailer_any, cls.person = cls.policies.create(
            [
                {
                    "type_segment_id": cls.segment(f"type_{customer_type}").id,
                    "size_segment_id": size and cls.segment(f"size_{size}").id,
                    "text": f"{customer_type} {size}",
                }
                for customer_type, size in vals
            ]
        )

    def declared(self, customer_type, size=None):
        return self.customer(
            f"{customer_type} {size}",
            segmentation_type_declared_id=self.segment(f"type_{customer_type}").id,
            segmentation_size_declared_id=size and self.segment(f"size_{size}").id,
        )

    def test_policy_when_cell_has_none_then_that_of_every_size_then_of_the_broader_type(self):
        cases = {
            self.declared("company", "large"): self.large,
            self.declared("company", "small"): self.company_any,
            self.declared("retailer", "large"): self.retailer_any,
            self.declared("oem", "large"): self.large,
            self.declared("oem"): self.company_any,
            self.declared("government"): self.policies,
        }
        self.recompute()
        for partner, policy in cases.items():
            with self.subTest(partner=partner.name):
                self.assertEqual(partner.segmentation_policy_id, policy)
        self.assertEqual(self.large.customer_count, 2)
        action = self.large.action_open_profiles()
        found = self.env["customer.segmentation.profile"].search(
            [*action["domain"], ("company_id", "=", self.company.id)]
        )
        self.assertEqual(set(found.partner_id.mapped("name")), {"company large", "oem large"})
        # a policy without a customer opens an empty list, not all customers
        action = self.person.action_open_profiles()
        self.assertFalse(self.env["customer.segmentation.profile"].search(action["domain"]))

    def test_policy_when_cell_has_one_already_then_refused(self):
        with self.refused("already"):
            self.company_any.copy()
        with self.refused("two dimensions"):
            self.policies.create(
                {"type_segment_id": self.segment("value_a").id, "text": "wrong"}
            )

    def test_policy_when_salesman_reads_then_text_is_seen_and_not_changed(self):
        partner = self.declared("company", "large")
        self.recompute()
        salesman = new_test_user(
            self.env,
            "policy_salesman",
            "base.group_user,sales_team.group_sale_salesman",
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )
        self.assertEqual(partner.with_user(salesman).segmentation_policy_text, "company large")
        with self.assertRaises(AccessError):
            self.large.with_user(salesman).text = "mine"

    def test_matrix_when_grouped_by_type_and_size_then_cells_have_their_customers(self):
        self.declared("company", "large")
        self.declared("retailer", "small")
        self.recompute()
        groups = self.env["customer.segmentation.profile"]._read_group(
            [("company_id", "=", self.company.id), ("as_of", "=", AS_OF)],
            ["type_segment_id", "size_segment_id"],
            ["__count"],
        )
        self.assertEqual(
            {(t.name, s.name): count for t, s, count in groups if s.name != "Unknown"},
            {("Company", "Large"): 1, ("Retailer", "Small"): 1},
        )


@tagged("post_install", "-at_install")
class TestDeclaredElsewhere(DeclaredCase):
    def test_draft_when_tried_then_declarations_count_in_it_as_in_the_run(self):
        partner = self.customer(
            "Retailer",
            segmentation_headcount=10,
            segmentation_type_declared_id=self.segment("type_retailer").id,
        )
        self.recompute()
        draft = self.env["customer.segmentation.draft"].create(
            {"name": "Draft", "company_id": self.company.id}
        )
        small = draft.line_ids.filtered(lambda line: line.segment_id == self.segment("size_small"))
        small.domain = "[('partner_id.segmentation_headcount', '>=', 20)]"
        self.env["customer.segmentation.engine"].sudo().with_company(self.company)._compute_draft(
            draft
        )
        moves = self.env["customer.segmentation.draft.move"].search(
            [("draft_id", "=", draft.id), ("partner_id", "=", partner.id)]
        )
        self.assertEqual(
            [(move.from_segment_id, move.to_segment_id) for move in moves],
            [(self.segment("size_small"), self.segment("size_unknown"))],
        )

    def test_explain_when_declared_then_the_declaration_is_named(self):
        partner = self.customer(
            "Retailer", segmentation_type_declared_id=self.segment("type_retailer").id
        )
        self.recompute()
        profile = self.profile(partner)
        told = self.env["customer.segmentation.explanation"].explain(
            profile._name, profile.id, "type_segment_id"
        )
        self.assertEqual(told["segment"]["name"], "Retailer")
        self.assertIn("Declared Customer Type", str(told))
