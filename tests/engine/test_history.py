"""History: what is written when, and runs that change only what changed."""

from random import Random
from unittest.mock import patch

from common import AS_OF, SegmentationCase, days_ago

from odoo import Command
from odoo.tests import tagged
from odoo.tools import mute_logger

RUN = "odoo.addons.customer_segmentation.models.engine.run"
DIMENSIONS = {
    "rfm", "rfm8", "value", "frequency_amount", "lifecycle", "trend", "stage", "satisfaction",
    "type", "size",
}  # fmt: skip
# as_of is the day of the last change; the others are Odoo's own
UNCOMPARED = {"id", "as_of", "create_uid", "create_date", "write_uid", "write_date"}


class HistoryCase(SegmentationCase):
    def rows(self, partner, dimension=None):
        rows = self.history.search([("partner_id", "=", partner.id)], order="id")
        return rows.filtered(lambda row: dimension in (None, row.dimension_id.code))

    def state(self, partners=None):
        """{partner id: every column} of the company's profiles."""
        self.env.cr.execute(
            "SELECT to_jsonb(p) FROM customer_segmentation_profile p WHERE company_id = %s",
            [self.company.id],
        )
        return {
            row["partner_id"]: {key: row[key] for key in row if key not in UNCOMPARED}
            for [row] in self.env.cr.fetchall()
            if partners is None or row["partner_id"] in partners.ids
        }

    def changed_customers(self):
        """What the queue holds, as the scheduled action takes it."""
        self.env.flush_all()
        return self.env["customer.segmentation.queue"]._take()


@tagged("post_install", "-at_install")
class TestHistory(HistoryCase):
    def test_rows_when_the_company_is_deleted_then_they_go_along(self):
        partner = self.customer("Leaver", company_id=False)
        company = self.env["res.company"].create({"name": "Short-Lived"})
        segment = self.segment("value_a")
        self.history.create(
            {"partner_id": partner.id, "company_id": company.id, "date": AS_OF, "reason": "rule",
             "dimension_id": segment.dimension_id.id, "to_segment_id": segment.id}
        )
        company.unlink()
        self.assertFalse(self.history.search([("partner_id", "=", partner.id)]))

    def test_first_fill_when_everybody_is_new_then_no_history(self):
        partner = self.customer()
        self.orders(partner, 10)
        run = self.recompute()
        self.assertEqual((run.customers_read, run.rows_changed, run.history_count), (1, 1, 0))
        self.assertFalse(self.rows(partner))

    def test_change_when_a_segment_differs_then_one_row_with_its_reasons(self):
        partner, other = self.customers(2)
        self.orders(partner, 120, 90, 60)
        self.orders(other, 5)
        self.recompute()
        # the day after it is over 2 x 30 days; rfm: recency 60 -> 61 changes nothing
        tomorrow = days_ago(-1)
        run = self.recompute(tomorrow)
        row = self.rows(partner)
        self.assertEqual(len(row), 1)
        self.assertEqual(row.dimension_id.code, "lifecycle")
        self.assertEqual(row.from_segment_id, self.segment("lifecycle_active"))
        self.assertEqual(row.to_segment_id, self.segment("lifecycle_at_risk"))
        self.assertEqual((row.date, row.run_id, row.reason), (tomorrow, run, "rule"))
        self.assertEqual(row.company_id, self.company)
        self.assertEqual(row.evidence["last_order_date"], str(days_ago(60)))
        self.assertEqual(row.evidence["order_interval_days"], 30.0)
        self.assertEqual(row.evidence["order_count"], 3)
        self.assertFalse(self.rows(other))
        self.assertEqual(run.history_count, 1)
        self.assertEqual(self.profile(partner).as_of, tomorrow)
        self.assertEqual(self.profile(other).as_of, AS_OF)

    def test_run_when_twice_the_same_day_then_nothing_is_written(self):
        self.criteria.population = "all"
        self.orders(self.customer(), 120, 90, 60)
        self.order(self.customer(), AS_OF, 33.33)
        self.lead(self.customer(), probability=33.3)
        self.customer()
        self.recompute()
        self.env.cr.execute("SELECT id, xmin::text FROM customer_segmentation_profile ORDER BY id")
        before = self.env.cr.fetchall()
        again = self.recompute()
        self.env.cr.execute("SELECT id, xmin::text FROM customer_segmentation_profile ORDER BY id")
        self.assertEqual(self.env.cr.fetchall(), before)
        self.assertEqual((again.rows_changed, again.history_count), (0, 0))
        partial = self.recompute(partner_ids=self.profiles.search([]).partner_id.ids)
        self.assertEqual(partial.scope, "partial")
        self.assertEqual((partial.rows_changed, partial.history_count), (0, 0))

    def test_customer_when_new_after_the_first_run_then_arrived_in_every_dimension(self):
        self.orders(self.customer(), 10)
        self.recompute()
        partner = self.customer()
        self.orders(partner, 5)
        self.recompute()
        rows = self.rows(partner)
        self.assertEqual(set(rows.dimension_id.mapped("code")), DIMENSIONS)
        self.assertEqual(len(rows), len(DIMENSIONS))
        self.assertEqual(set(rows.mapped("reason")), {"arrived"})
        self.assertFalse(rows.from_segment_id)

    def test_customer_when_archived_then_left_and_when_unarchived_then_back(self):
        partner = self.customer()
        self.orders(partner, 10)
        self.recompute()
        segment = self.profile(partner).lifecycle_segment_id
        partner.active = False
        self.recompute()
        rows = self.rows(partner)
        self.assertEqual(set(rows.dimension_id.mapped("code")), DIMENSIONS)
        self.assertEqual(set(rows.mapped("reason")), {"left"})
        self.assertEqual(self.rows(partner, "lifecycle").from_segment_id, segment)
        self.assertFalse(rows.to_segment_id)
        self.assertFalse(self.profile(partner).active)
        self.assertFalse(self.segment_of(partner, "lifecycle"))
        self.assertEqual(self.recompute().rows_changed, 0)  # it leaves once
        partner.active = True
        self.orders(partner, 3)
        self.recompute()
        self.assert_measures(partner, active=True, order_count=2)
        back = self.rows(partner) - rows
        self.assertEqual(len(back), len(DIMENSIONS))
        self.assertEqual(set(back.mapped("reason")), {"arrived"})
        self.assertEqual(self.segment_of(partner, "lifecycle"), "new")

    def test_contact_when_archived_then_its_company_stays(self):
        partner = self.customer()
        contact = self.env["res.partner"].create({"name": "Person", "parent_id": partner.id})
        self.orders(contact, 10)
        contact.active = False
        self.recompute()
        self.assert_measures(partner, order_count=1)
        self.assertFalse(self.profile(contact))

    def test_population_when_narrowed_then_prospects_leave(self):
        self.criteria.population = "all"
        partner = self.customer()
        self.recompute()
        self.assertTrue(self.profile(partner).active)
        self.criteria.population = "documents"
        self.recompute()
        self.assertFalse(self.profile(partner).active)
        self.assertEqual(set(self.rows(partner).mapped("reason")), {"left"})

    def test_customer_when_deleted_then_erased(self):
        self.criteria.population = "all"
        partner = self.customer()
        self.recompute()
        self.lead(partner, probability=20).active = True
        self.recompute()
        self.assertTrue(self.rows(partner))
        partner_id = partner.id
        partner.unlink()
        for table in ("customer_segmentation_profile", "customer_segmentation_history"):
            self.env.cr.execute(f"SELECT 1 FROM {table} WHERE partner_id = %s", [partner_id])
            self.assertFalse(self.env.cr.rowcount, table)
        self.assertNotIn(partner_id, self.changed_customers())
        self.recompute()

    def test_companies_when_one_changes_then_the_history_is_its_own(self):
        other = self.new_company("Other Factory")
        partner = self.customer()
        for company in (self.company, other):
            self.order(partner, days_ago(10), company=company)
            self.recompute(company=company)
        self.order(partner, days_ago(400), 1_000, company=other)
        self.recompute()
        self.assertFalse(self.rows(partner))
        self.recompute(company=other)
        self.assertEqual(self.rows(partner).company_id, other)


@tagged("post_install", "-at_install")
class TestPartners(HistoryCase):
    """Contacts that are merged, or belong to another customer from now on."""

    def merge(self, target, *sources):
        partners = self.env["res.partner"].union(target, *sources)
        wizard = self.env["base.partner.merge.automatic.wizard"].create(
            {"dst_partner_id": target.id, "partner_ids": [Command.set(partners.ids)]}
        )
        with mute_logger("odoo.sql_db", "odoo.addons.base.wizard.base_partner_merge"):
            wizard.action_merge()
        self.env.invalidate_all()

    def two_customers(self):
        kept, gone = self.customers(2)
        self.orders(kept, 120, 90, 60)
        self.orders(gone, 300, 5)
        self.recompute()
        self.orders(gone, 800, amount=100)  # two full windows: there is a trend
        self.orders(gone, 400, amount=900)  # falling
        self.recompute()
        self.assertTrue(self.rows(gone))
        return kept, gone

    def assert_merged(self, kept):
        self.assert_measures(
            kept,
            order_count=7,
            order_day_count=7,
            net_sales=1_500,
            first_order_date=days_ago(800),
            last_order_date=days_ago(5),
        )
        self.assertEqual(self.segment_of(kept, "trend"), "falling")

    def test_merge_when_both_are_customers_then_history_and_numbers_are_joined(self):
        kept, gone = self.two_customers()
        rows = self.rows(kept) | self.rows(gone)
        self.merge(kept, gone)
        self.assertEqual(rows.exists(), rows)
        self.assertEqual(rows.partner_id, kept)
        self.recompute()
        self.assert_merged(kept)
        self.assertEqual(
            self.profiles.search_count([("company_id", "=", self.company.id)]), 1
        )

    def test_merge_when_only_the_changed_are_recomputed_then_the_numbers_are_joined(self):
        kept, gone = self.two_customers()
        self.changed_customers()
        self.merge(kept, gone)
        changed = self.changed_customers()
        self.assertIn(kept.id, changed)
        self.recompute(partner_ids=changed)
        self.assert_merged(kept)

    def test_merge_when_the_kept_one_had_no_profile_then_it_has_one(self):
        kept, gone = self.customers(2)
        self.orders(gone, 10)
        self.recompute()
        self.merge(kept, gone)
        self.recompute()
        self.assert_measures(kept, order_count=1, active=True)

    def test_contact_when_it_becomes_a_child_then_its_sales_move_and_it_leaves(self):
        company, person = self.customer(), self.env["res.partner"].create({"name": "Person"})
        self.orders(company, 20)
        self.orders(person, 10)
        self.recompute()
        self.changed_customers()
        person.parent_id = company
        for partner_ids in (self.changed_customers(), None):
            self.recompute(partner_ids=partner_ids)
            with self.subTest(partial=partner_ids is not None):
                self.assert_measures(company, order_count=2, net_sales=200)
                self.assertFalse(self.profile(person).active)
                self.assertEqual(set(self.rows(person).mapped("reason")), {"left"})

    def test_contact_when_it_leaves_its_company_then_its_sales_go_with_it(self):
        company = self.customer()
        person = self.env["res.partner"].create({"name": "Person", "parent_id": company.id})
        self.orders(company, 20)
        self.orders(person, 10)
        self.recompute()
        self.assert_measures(company, order_count=2)
        self.changed_customers()
        person.is_company = True
        for partner_ids in (self.changed_customers(), None):
            self.recompute(partner_ids=partner_ids)
            with self.subTest(partial=partner_ids is not None):
                self.assert_measures(company, order_count=1)
                self.assert_measures(person, order_count=1)

    def test_contact_when_its_company_changes_then_both_companies_follow(self):
        one, two = self.customers(2)
        person = self.env["res.partner"].create({"name": "Person", "parent_id": one.id})
        self.orders(person, 10, 20)
        self.orders(one, 30)
        self.orders(two, 30)
        self.recompute()
        self.assert_measures(one, order_count=3)
        self.changed_customers()
        person.parent_id = two
        self.recompute(partner_ids=self.changed_customers())
        self.assert_measures(one, order_count=1)
        self.assert_measures(two, order_count=3)

    def test_company_when_it_joins_a_group_as_a_contact_then_its_contacts_follow(self):
        group, company = self.customers(2)
        person = self.env["res.partner"].create({"name": "Person", "parent_id": company.id})
        self.orders(person, 10)
        self.orders(group, 20)
        self.recompute()
        self.changed_customers()
        company.write({"parent_id": group.id, "is_company": False})
        self.assertEqual(person.commercial_partner_id, group)
        self.recompute(partner_ids=self.changed_customers())
        self.assert_measures(group, order_count=2)
        self.assertFalse(self.profile(company).active)


@tagged("post_install", "-at_install")
class TestIncremental(HistoryCase):
    """A partial run and a full run say the same of the customers that changed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.random = Random(7)
        cls.partners = cls.customers(120)
        for partner in cls.partners:
            for _number in range(cls.random.choice((0, 1, 1, 2, 3, 5, 9))):
                cls.act(partner)

    @classmethod
    def act(cls, partner):
        """Something happens to a customer."""
        day = days_ago(cls.random.randint(0, 900))
        amount = round(cls.random.paretovariate(1.2) * 100, 2)
        kind = cls.random.random()
        if kind < 0.75:
            cls.order(partner, day, amount)
        elif kind < 0.85:
            cls.refund(partner, day, amount)
        elif kind < 0.9:
            cls.order(partner, day, amount, state="draft")
        elif kind < 0.95:
            cls.order(partner, day, 0)
        else:
            cls.order(partner, day, -amount)

    def test_partial_when_profiles_are_made_anew_then_equal_to_the_full_run(self):
        for method in ("bands", "quantiles"):
            with self.subTest(method=method):
                self.criteria.score_method = method
                self.recompute()
                full = self.state()
                some = self.partners[::3]
                self.env.flush_all()
                self.env.cr.execute(
                    "DELETE FROM customer_segmentation_profile"
                    " WHERE company_id = %s AND partner_id = ANY(%s)",
                    [self.company.id, some.ids],
                )
                self.env.invalidate_all()
                run = self.recompute(partner_ids=some.ids)
                self.assertEqual(run.scope, "partial")
                self.assertEqual(self.state(), full)

    def test_partial_when_customers_changed_then_equal_but_for_the_population(self):
        """After changes the population's cut points move with the full run; with those of the
        full run a second partial run gives the same rows."""
        self.recompute()
        for _round in range(3):
            some = self.random.sample(self.partners, 25)
            for partner in some:
                self.act(partner)
            ids = [partner.id for partner in some]
            self.recompute(partner_ids=ids)
            partial = self.state()
            self.recompute()
            full = self.state()
            for partner_id, row in full.items():
                own = {key: value for key, value in row.items() if not self.is_relative(key)}
                self.assertEqual({key: partial[partner_id][key] for key in own}, own)
            self.env.cr.execute(
                "UPDATE customer_segmentation_profile"
                " SET order_count = -1, net_sales_12m = -1, rfm_segment_id = NULL,"
                " value_segment_id = NULL, lifecycle_segment_id = NULL, recency_score = NULL"
                " WHERE company_id = %s AND partner_id = ANY(%s)",
                [self.company.id, ids],
            )
            self.env.invalidate_all()
            self.recompute(partner_ids=ids)
            self.assertEqual(self.state(), full)

    @staticmethod
    def is_relative(column):
        """Whether the value depends on everybody else (the median interval, the medians, …)."""
        return column.endswith("_segment_id") or column in {
            "order_interval_days", "due_date", "won_back_date", "monetary_score"
        }  # fmt: skip

    def test_partial_when_the_day_is_another_then_a_full_run(self):
        self.recompute()
        run = self.recompute(days_ago(-1), partner_ids=self.partners[:1].ids)
        self.assertEqual(run.scope, "full")

    def test_partial_when_nobody_is_named_then_nothing_is_read(self):
        self.recompute()
        run = self.recompute(partner_ids=[])
        self.assertEqual((run.customers_read, run.rows_changed), (0, 0))
        self.assertTrue(all(row["active"] for row in self.state().values()))

    def test_run_when_killed_half_way_then_the_next_is_right(self):
        self.recompute()
        for partner in self.partners[:40]:
            self.act(partner)
        before = self.state()
        criteria = self.criteria.read()
        history = self.history.search_count([])

        def killed(*args):
            raise RuntimeError("killed")

        engine = self.registry["customer.segmentation.engine"]
        for method in ("_query_history", "_query_update", "_query_insert"):
            with (
                self.subTest(method=method),
                patch.object(engine, method, killed),
                mute_logger(RUN),
            ):
                run = self.recompute(state="failed")
                self.assertIn("killed", run.message)
                self.assertEqual(self.state(), before)
                self.assertEqual(self.history.search_count([]), history)
                self.assertEqual(self.criteria.read(), criteria)
        self.recompute()
        after = self.state()
        self.env.cr.execute(
            "DELETE FROM customer_segmentation_profile WHERE company_id = %s", [self.company.id]
        )
        self.env.invalidate_all()
        self.recompute()  # from nothing
        self.assertEqual(self.state(), after)

    def test_run_when_rolled_back_then_the_next_is_right(self):
        self.recompute()
        before = self.state()
        self.act(self.partners[0])
        savepoint = self.env.cr.savepoint()
        self.recompute()
        savepoint.rollback()
        savepoint.close(rollback=False)
        self.env.invalidate_all()
        self.assertEqual(self.state(), before)
        self.recompute()
        self.assertEqual(self.recompute().rows_changed, 0)

    def test_scores_when_the_population_grows_then_bands_stay(self):
        self.recompute()
        bands = [self.criteria[f"monetary_{score}"] for score in (2, 3, 4, 5)]
        self.orders(self.customer(), 5, amount=10**7)
        self.recompute()
        self.assertEqual([self.criteria[f"monetary_{score}"] for score in (2, 3, 4, 5)], bands)
