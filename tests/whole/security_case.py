"""Users, customers and companies that the tests of rights share."""

from common import ALL_DOCUMENTS, SALES_MANAGER, SALESMAN, TODAY, DocumentCase

CUSTOMER_MODELS = [
    "customer.segmentation.profile",
    "customer.segmentation.membership",
    "customer.segmentation.fact",
    "customer.segmentation.history",
]
RUN_BY_MACHINE = [*CUSTOMER_MODELS, "customer.segmentation.run", "customer.segmentation.queue"]


class SecurityCase(DocumentCase):
    """Alice and Bob sell on their own account; the company beside has a customer in common.

    Net sales of the window, in company A and in company B:
    Alice's 7000 -, Bob's 2000 -, nobody's 1000 -, shared (nobody's) 500 90000, B's own - 300.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_company = cls.env["res.company"].create({"name": "Beside"})
        both = cls.company | cls.other_company
        cls.alice = cls.user("segmentation_alice", SALESMAN)
        cls.bob = cls.user("segmentation_bob", SALESMAN)
        cls.chief = cls.user("segmentation_chief", ALL_DOCUMENTS)
        cls.manager = cls.user("segmentation_manager", SALES_MANAGER)
        cls.officer = cls.user(
            "segmentation_officer", "base.group_user,customer_segmentation.group_user"
        )
        cls.traveller = cls.user("segmentation_traveller", SALES_MANAGER, both)
        cls.neighbour = cls.user("segmentation_neighbour", SALES_MANAGER, cls.other_company)
        cls.plain = cls.user("segmentation_plain", "base.group_user")
        cls.portal = cls.user("segmentation_portal", "base.group_portal")
        cls.admin = cls.user("segmentation_admin", "base.group_system,base.group_erp_manager")

        cls.alices = cls.customer("Alice's", user_id=cls.alice.id)
        cls.bobs = cls.customer("Bob's", user_id=cls.bob.id)
        cls.nobodys = cls.customer("Nobody's")
        cls.shared = cls.customer("Shared")
        cls.bees = cls.customer("Bee's", company_id=cls.other_company.id)
        cls.customers = cls.alices | cls.bobs | cls.nobodys | cls.shared | cls.bees
        cls.portal.partner_id.parent_id = cls.alices
        for partner, amount in [
            (cls.alices, 7000),
            (cls.bobs, 2000),
            (cls.nobodys, 1000),
            (cls.shared, 500),
        ]:
            cls.order(partner, amount=amount)
        cls.order(cls.shared, amount=90000, company=cls.other_company)
        cls.order(cls.bees, amount=300, company=cls.other_company)
        cls.recompute()
        cls.recompute(company=cls.other_company)
        cls.env["customer.segmentation.history"].create(
            [
                {
                    "partner_id": partner.id,
                    "company_id": company.id,
                    "dimension_id": cls.env.ref("customer_segmentation.dimension_value").id,
                    "to_segment_id": cls.segment("value_a").id,
                    "date": TODAY,
                    "reason": "rule",
                }
                for partner, company in [
                    (cls.alices, cls.company),
                    (cls.bobs, cls.company),
                    (cls.nobodys, cls.company),
                    (cls.shared, cls.company),
                    (cls.shared, cls.other_company),
                    (cls.bees, cls.other_company),
                ]
            ]
        )
        cls.env.flush_all()

    def assert_same(self, found, expected):
        self.assertEqual(set(found.mapped("name")), set(expected.mapped("name")))

    def contacts(self, user):
        """The test's customers, as ``user`` would find them."""
        return self.env["res.partner"].with_user(user).browse(self.customers.ids)

    def among_customers(self):
        return [("id", "in", self.customers.ids)]
