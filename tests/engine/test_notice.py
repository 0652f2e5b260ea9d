"""What the manager is told: a rule that broke, and that the past can be replayed."""

from unittest.mock import patch

from common import AS_OF, SegmentationCase, days_ago

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import SQL, mute_logger

ENGINE = "odoo.addons.customer_segmentation.models.engine.engine"
MANAGER = "sales_team.group_sale_manager"


class NoticeCase(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls.user("notice_manager", MANAGER)
        cls.value = cls.segment("value_b").dimension_id
        cls.broken_type = cls.env.ref("customer_segmentation.mail_activity_broken_rule")
        cls.replay_type = cls.env.ref("customer_segmentation.mail_activity_replay")
        cls.factory = cls.customer("Factory")
        cls.orders(cls.factory, 10, 100, 400)

    @classmethod
    def break_rule(cls, name="value_b", rule="[('gone', '=', 1)]"):
        """As an upgrade does that takes a field away."""
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE customer_segmentation_segment SET domain = %s WHERE id = %s",
            [rule, cls.segment(name).id],
        )
        cls.segment(name).invalidate_recordset()

    def run_with_warning(self, **kwargs):
        with mute_logger(ENGINE):
            return self.recompute(state="warning", **kwargs)

    def open_todos(self, record, todo_type):
        return self.env["mail.activity"].search(
            [
                ("res_model", "=", record._name),
                ("res_id", "=", record.id),
                ("activity_type_id", "=", todo_type.id),
            ]
        )

    def todos(self, dimension=None):
        return self.open_todos(dimension or self.value, self.broken_type)


@tagged("post_install", "-at_install")
class TestBrokenRule(NoticeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.recompute()
        cls.rule = cls.segment("value_b").domain

    def test_run_when_no_rule_is_broken_then_no_todo(self):
        self.recompute()
        self.assertFalse(self.todos())

    def test_run_when_a_rule_breaks_then_one_todo_names_rule_and_error(self):
        self.break_rule()
        self.run_with_warning()
        todo = self.todos()
        self.assertEqual(len(todo), 1)
        self.assertEqual((todo.user_id, todo.date_deadline), (self.manager, AS_OF))
        self.assertIn(self.value.name, todo.summary)
        self.assertIn(self.segment("value_b").name, todo.note)
        self.assertIn("gone", todo.note)

    def test_run_when_the_rule_stays_broken_then_no_second_todo(self):
        self.break_rule()
        self.run_with_warning()
        todo = self.todos()
        self.run_with_warning(as_of=days_ago(-1))
        self.run_with_warning(as_of=days_ago(-1), partner_ids=self.factory.ids)
        self.assertEqual(self.todos(), todo)

    def test_run_when_the_error_is_another_then_the_todo_tells_it(self):
        self.break_rule()
        self.run_with_warning()
        todo = self.todos()
        self.break_rule(rule="[('lost_too', '=', 1)]")
        self.run_with_warning()
        self.assertEqual(self.todos(), todo)
        self.assertIn("lost_too", todo.note)
        self.assertNotIn("gone", todo.note)

    def test_run_when_two_dimensions_break_then_a_todo_each(self):
        self.break_rule()
        self.break_rule("trend_rising")
        self.run_with_warning()
        trend = self.segment("trend_rising").dimension_id
        self.assertEqual((len(self.todos()), len(self.todos(trend))), (1, 1))

    def test_run_when_the_rule_works_again_then_the_todo_is_done(self):
        self.break_rule()
        self.run_with_warning()
        self.segment("value_b").with_user(self.manager).domain = self.rule
        self.recompute(partner_ids=self.factory.ids)
        self.recompute()
        self.assertFalse(self.todos())
        self.assertIn("work again", self.value.message_ids[0].body)

    def test_run_when_it_breaks_again_then_a_new_todo(self):
        for _time in range(2):
            self.break_rule()
            self.run_with_warning()
            self.assertEqual(len(self.todos()), 1)
            self.break_rule(rule=self.rule)
            self.recompute()
            self.assertFalse(self.todos())

    def test_run_when_only_a_partial_one_then_nothing_passes_for_mended(self):
        """A partial run has not seen all customers."""
        self.break_rule()
        self.run_with_warning()
        self.break_rule(rule=self.rule)
        run = self.recompute(partner_ids=self.factory.ids)
        self.assertEqual(run.scope, "partial")
        self.assertEqual(len(self.todos()), 1)

    def test_run_when_broken_in_another_company_too_then_one_todo_until_both_work(self):
        other = self.new_company("Other")
        self.break_rule()
        self.run_with_warning()
        todo = self.todos()
        self.run_with_warning(company=other)
        self.assertEqual(self.todos(), todo)
        self.break_rule(rule=self.rule)
        self.recompute()
        self.assertEqual(self.todos(), todo)
        self.recompute(company=other)
        self.assertFalse(self.todos())

    def test_run_when_a_responsible_is_chosen_then_that_user_is_told(self):
        chosen = self.user("notice_chosen", MANAGER)
        self.criteria.responsible_id = chosen
        self.assertEqual(self.criteria.last_run_date, AS_OF)  # no reason to compute again
        self.break_rule()
        self.run_with_warning()
        self.assertEqual(self.todos().user_id, chosen)

    def test_run_when_nobody_manages_the_company_then_the_run_tells_it(self):
        self.manager.active = False
        self.break_rule()
        run = self.run_with_warning()
        self.assertFalse(self.todos())
        self.assertIn("gone", run.message)

    def test_run_when_a_rule_fails_in_the_database_then_the_todo_names_the_dimension(self):
        """A rule that parses, and that the database refuses: 1 / 0 customers."""
        engine = type(self.env["customer.segmentation.engine"])
        compile_segments = engine._compile_segments

        def divide_by_zero(model, computation, segments):
            case = compile_segments(model, computation, segments)
            if segments.dimension_id != self.value:
                return case
            return SQL("CASE WHEN 1 / (order_count - order_count) = 1 THEN %s END", case)

        with patch.object(engine, "_compile_segments", divide_by_zero):
            self.run_with_warning()
        self.assertIn(self.value.name, self.todos().note)
        self.assertIn("division by zero", self.todos().note)


@tagged("post_install", "-at_install")
class TestReplayOffer(NoticeCase):
    def offers(self):
        return self.open_todos(self.criteria, self.replay_type)

    def test_first_run_when_there_is_a_past_then_a_replay_is_offered_once(self):
        self.recompute()
        offer = self.offers()
        self.assertEqual((len(offer), offer.user_id), (1, self.manager))
        self.assertEqual(self.criteria.replay_offer, "open")
        self.recompute(days_ago(-1))
        self.assertEqual(self.offers(), offer)

    def test_first_run_when_nobody_ordered_before_this_month_then_no_offer(self):
        company = self.new_company("Young")
        self.order(self.factory, days_ago(3), company=company)
        self.recompute(company=company)
        self.assertFalse(company.segmentation_criteria_id.replay_offer)
        later = days_ago(-3)  # 3 July: that order was in a past month
        self.recompute(company=company, as_of=later)
        self.assertEqual(company.segmentation_criteria_id.replay_offer, "open")

    def test_offer_when_dismissed_then_gone_for_good(self):
        self.recompute()
        self.criteria.with_user(self.manager).action_dismiss_replay()
        self.assertFalse(self.offers())
        self.recompute()
        self.assertEqual((self.criteria.replay_offer, self.offers().ids), ("closed", []))

    def test_offer_when_a_salesman_dismisses_it_then_refused(self):
        salesman = self.user("notice_salesman", "sales_team.group_sale_salesman")
        self.recompute()
        with self.assertRaises(AccessError):
            self.criteria.with_user(salesman).action_dismiss_replay()
        self.assertEqual(len(self.offers()), 1)

    def test_offer_when_the_replay_is_asked_for_then_done(self):
        self.recompute()
        self.env["customer.segmentation.run"]._request_replay(self.company, 3)
        self.assertFalse(self.offers())
        self.assertEqual(self.criteria.replay_offer, "closed")

    def test_run_when_replayed_already_then_no_offer(self):
        """As in a database in which the past was replayed before there were offers."""
        self.recompute()
        self.env["customer.segmentation.run"]._replay(self.company, 3)
        self.criteria.replay_offer = False
        self.recompute()
        self.assertEqual((self.criteria.replay_offer, self.offers().ids), ("closed", []))


@tagged("post_install", "-at_install")
class TestInvoiceOffer(NoticeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.invoices_type = cls.env.ref("customer_segmentation.mail_activity_invoices")

    def offers(self):
        return self.open_todos(self.criteria, self.invoices_type)

    def bill(self, count):
        for _number in range(count):
            self.invoice(self.factory, days_ago(5), 100)

    def test_first_run_when_more_invoices_without_order_than_orders_then_offered_once(self):
        self.bill(4)  # and three orders
        self.recompute()
        offer = self.offers()
        self.assertEqual((len(offer), offer.user_id), (1, self.manager))
        self.assertIn("4 posted invoices", offer.note)
        self.assertIn("3 orders", offer.note)
        self.recompute(days_ago(-1))
        self.assertEqual(self.offers(), offer)

    def test_first_run_when_as_many_orders_then_never_offered(self):
        self.bill(3)
        self.recompute()
        self.bill(10)
        self.recompute(days_ago(-1))
        self.assertEqual((self.criteria.invoice_offer, self.offers().ids), ("closed", []))

    def test_first_run_when_invoices_count_already_then_no_offer(self):
        self.criteria.sales_source = "invoice"
        self.bill(4)
        self.recompute()
        self.assertFalse(self.offers())

    def test_first_run_when_there_is_no_sale_yet_then_a_later_one_looks(self):
        company = self.new_company("Young")
        self.recompute(company=company)
        self.assertFalse(company.segmentation_criteria_id.invoice_offer)
        self.invoice(self.factory, days_ago(5), 100, company=company)
        self.recompute(company=company)
        self.assertEqual(company.segmentation_criteria_id.invoice_offer, "open")

    def test_offer_when_accepted_then_invoices_count_and_the_todo_is_done(self):
        self.bill(4)
        self.recompute()
        self.criteria.with_user(self.manager).action_count_invoices()
        self.assertEqual(self.criteria.sales_source, "invoice")
        self.assertEqual((self.criteria.invoice_offer, self.offers().ids), ("closed", []))
        self.recompute()
        self.assert_measures(self.factory, net_sales=400.0, order_count=4)

    def test_offer_when_dismissed_then_gone_for_good(self):
        self.bill(4)
        self.recompute()
        self.criteria.with_user(self.manager).action_dismiss_invoices()
        self.recompute()
        self.assertEqual((self.criteria.sales_source, self.offers().ids), ("order", []))

    def test_offer_when_a_salesman_answers_it_then_refused(self):
        salesman = self.user("offer_salesman", "sales_team.group_sale_salesman")
        self.bill(4)
        self.recompute()
        for answer in ("action_count_invoices", "action_dismiss_invoices"):
            with self.assertRaises(AccessError):
                getattr(self.criteria.with_user(salesman), answer)()
        self.assertEqual(len(self.offers()), 1)
