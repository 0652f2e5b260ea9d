"""Own dimensions: a column, the screens and the history, made by a manager without code."""

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import TransactionCase, new_test_user, tagged


@tagged("post_install", "-at_install")
class TestOwnDimension(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = new_test_user(
            cls.env, "dimension_manager", "base.group_user,sales_team.group_sale_manager"
        )
        cls.salesman = new_test_user(
            cls.env, "dimension_salesman", "base.group_user,sales_team.group_sale_salesman"
        )
        cls.chinese, cls.other = cls.env["res.partner"].create(
            [
                {"name": "Own Dimension China", "country_id": cls.env.ref("base.cn").id},
                {"name": "Own Dimension Peru", "country_id": cls.env.ref("base.pe").id},
            ]
        )
        cls.company = cls.env.company
        cls.runs = cls.env["customer.segmentation.run"]
        cls.runs._recompute(cls.company)

    def _make(self, name="Region Team"):
        return (
            self.env["customer.segmentation.dimension"]
            .with_user(self.manager)
            .create(
                {
                    "name": name,
                    "segment_ids": [
                        (0, 0, {"name": "Home", "domain": "[('country_id.code', '=', 'CN')]"}),
                        (0, 0, {"name": "Abroad"}),
                    ],
                }
            )
        )

    def _profile(self, partner):
        return self.env["customer.segmentation.profile"].search(
            [("partner_id", "=", partner.id), ("company_id", "=", self.company.id)]
        )

    def test_create_when_manager_adds_dimension_then_customers_are_in_its_column(self):
        dimension = self._make()
        self.assertEqual(dimension.column_name, "x_region_team_segment_id")
        self.runs._recompute(self.company)
        self.assertEqual(self._profile(self.chinese)[dimension.column_name].name, "Home")
        self.assertEqual(self._profile(self.other)[dimension.column_name].name, "Abroad")
        groups = self.env["customer.segmentation.profile"].with_user(self.manager)._read_group(
            [("partner_id", "in", (self.chinese | self.other).ids)],
            [dimension.column_name],
            ["__count"],
        )
        self.assertEqual({s.name: n for s, n in groups}, {"Home": 1, "Abroad": 1})

    def test_create_when_dimension_is_new_then_screens_and_contact_show_it(self):
        dimension = self._make()
        self.runs._recompute(self.company)
        profiles = self.env["customer.segmentation.profile"].with_user(self.manager)
        search = profiles.get_view(view_type="search")["arch"]
        # in the search panel, and as a filter that groups
        self.assertIn(f'<field name="{dimension.column_name}"', search)
        self.assertIn("group_region_team", search)
        membership = self._profile(self.chinese).membership_ids
        self.assertIn(dimension, membership.dimension_id)

    def test_archive_when_dimension_is_archived_then_screens_leave_it_out_and_it_returns(self):
        profiles = self.env["customer.segmentation.profile"]
        trend = self.env.ref("customer_segmentation.dimension_trend")
        self.assertIn('name="trend_segment_id"', profiles.get_view(view_type="search")["arch"])
        trend.active = False
        self.assertNotIn('name="trend_segment_id"', profiles.get_view(view_type="search")["arch"])
        trend.active = True
        self.assertIn('name="trend_segment_id"', profiles.get_view(view_type="search")["arch"])

    def test_rename_when_name_changes_then_label_follows_and_code_stays(self):
        dimension = self._make()
        dimension.name = "Sales Territory"
        label = self.env["customer.segmentation.profile"].fields_get([dimension.column_name])
        self.assertEqual(label[dimension.column_name]["string"], "Sales Territory")
        self.assertEqual(dimension.code, "region_team")

    def test_delete_when_dimension_has_history_then_column_goes_and_history_stays(self):
        dimension = self._make()
        self.runs._recompute(self.company)
        self.other.country_id = self.env.ref("base.cn")
        self.runs._recompute(self.company)
        rows = self.env["customer.segmentation.history"].search(
            [("partner_id", "=", self.other.id), ("dimension_id", "=", dimension.id)]
        )
        # the dimension's first classification is its starting point; then Abroad became Home
        self.assertEqual(rows.mapped("from_segment_id.name"), ["Abroad"])
        self.assertEqual(rows.mapped("to_segment_id.name"), ["Home"])
        with self.assertRaisesRegex(UserError, "history"):
            dimension.unlink()
        column = dimension.column_name
        dimension.action_delete()
        self.assertNotIn(column, self.env["customer.segmentation.profile"]._fields)
        self.assertEqual(rows.mapped("to_segment_id.name"), ["Home"])
        self.assertEqual(rows.dimension_id.display_name, "Region Team")
        self.assertEqual(self.runs._recompute(self.company).state, "done")

    def test_create_when_code_is_taken_then_a_free_one_is_used(self):
        self.assertEqual(self._make().code, "region_team")
        self.assertEqual(self._make().code, "region_team_2")
        # no latin letter in the name
        self.assertEqual(self._make("信用等级").code, "dimension")

    def test_create_when_code_cannot_name_a_column_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "small letters"):
            self.env["customer.segmentation.dimension"].create({"name": "X", "code": "Bad code"})

    def test_delete_when_dimension_is_shipped_then_refused(self):
        dimension = self.env.ref("customer_segmentation.dimension_value")
        with self.assertRaisesRegex(UserError, "archive"):
            dimension.with_user(self.manager).action_delete()
        with self.assertRaisesRegex(UserError, "archive"):
            dimension.with_user(self.manager).unlink()

    def test_create_when_salesman_tries_then_refused(self):
        with self.assertRaises(AccessError):
            self.env["customer.segmentation.dimension"].with_user(self.salesman).create(
                {"name": "Mine"}
            )
