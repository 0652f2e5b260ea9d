"""The migration matrix between two days, and how long the history is kept."""

from datetime import date

from common import SegmentationCase

from odoo.exceptions import ValidationError
from odoo.tests import tagged


@tagged("post_install", "-at_install")
class TestMigration(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.dimension = cls.env.ref("customer_segmentation.dimension_lifecycle")
        cls.moving, cls.staying = cls.customers(2)
        # one order on 1 May 2024: new until 30 July (90 days), at risk from 31 July (91 days)
        # until 28 October (180 days), dormant from then on
        cls.order(cls.moving, date(2024, 5, 1))
        for day in (date(2024, 5, 1), date(2024, 6, 15), date(2024, 8, 1), date(2024, 9, 15),
                    date(2024, 11, 1)):
            cls.order(cls.staying, day)
        cls.recompute(date(2024, 6, 1))
        cls.recompute(date(2024, 8, 10))
        cls.recompute(date(2024, 11, 10))

    def _matrix(self, first, last):
        wizard = self.env["customer.segmentation.migration.wizard"].create(
            {"dimension_id": self.dimension.id, "from_date": first, "to_date": last}
        )
        self.env.invalidate_all()  # each request of the web client has a cache of its own
        rows = (
            self.env["customer.segmentation.migration"]
            .with_context(**wizard.action_open()["context"])
            .search([("company_id", "=", self.company.id)])
        )
        return {
            row.partner_id: (row.from_segment_id.name, row.to_segment_id.name) for row in rows
        }

    def test_matrix_when_days_lie_between_changes_then_tells_the_segments_of_those_days(self):
        # moving: New in June, At Risk on 10 August, Dormant on 10 November
        self.assertEqual(
            self._matrix(date(2024, 7, 1), date(2024, 9, 1))[self.moving], ("New", "At Risk")
        )
        self.assertEqual(
            self._matrix(date(2024, 7, 1), date(2024, 12, 1))[self.moving], ("New", "Dormant")
        )
        self.assertEqual(
            self._matrix(date(2024, 9, 1), date(2024, 11, 10))[self.moving],
            ("At Risk", "Dormant"),
        )

    def test_matrix_when_day_is_before_the_history_then_the_first_known_segment_counts(self):
        self.assertEqual(
            self._matrix(date(2020, 1, 1), date(2024, 6, 2))[self.moving], ("New", "New")
        )

    def test_matrix_when_customer_never_moved_then_it_stands_where_it_stands(self):
        profile = self.profile(self.staying)
        changes = self.history.search(
            [("partner_id", "=", self.staying.id), ("dimension_id", "=", self.dimension.id)]
        )
        # New until 30 July, then in its own rhythm: one change
        self.assertEqual(changes.mapped("to_segment_id.name"), ["Active"])
        self.assertEqual(
            self._matrix(date(2024, 9, 1), date(2024, 12, 1))[self.staying], ("Active", "Active")
        )
        self.assertEqual(profile.lifecycle_segment_id.name, "Active")

    def test_wizard_when_days_are_exchanged_then_refused(self):
        with self.assertRaisesRegex(ValidationError, "exchange"):
            self._matrix(date(2024, 9, 1), date(2024, 8, 1))

    def test_history_when_retention_is_set_then_older_changes_are_forgotten(self):
        self.env.cr.execute(
            "UPDATE customer_segmentation_history SET date = '2001-01-01' WHERE partner_id = %s",
            [self.staying.id],
        )
        self.env.invalidate_all()
        self.criteria.history_months = 0
        self.history._gc_history()
        self.assertTrue(self.history.search([("partner_id", "=", self.staying.id)]))
        self.criteria.history_months = 24
        self.history._gc_history()
        self.assertFalse(self.history.search([("partner_id", "=", self.staying.id)]))

    def test_evidence_when_shown_then_names_the_values(self):
        row = self.history.search(
            [("partner_id", "=", self.moving.id), ("dimension_id", "=", self.dimension.id)],
            limit=1,
        )
        self.assertEqual(row.to_segment_id.name, "Dormant")
        self.assertIn("Last Order: 2024-05-01", row.evidence_text)
