from markupsafe import Markup

from odoo import _, api, models
from odoo.tools import SQL

from ..standards.criteria import INVOICES_TODO, REPLAY_TODO
from .tables import PROFILE

BROKEN_TODO = "customer_segmentation.mail_activity_broken_rule"


class CustomerSegmentationNotice(models.AbstractModel):
    """Tell the manager what a run found out: to-dos beside the run's own message."""

    _name = "customer.segmentation.notice"
    _description = "Notices to the Segmentation Manager"

    @api.model
    def _act_on(self, run, partner_ids):
        criteria = self.env["customer.segmentation.criteria"]._get(run.company_id)
        self._tell_broken(run, criteria)
        self._offer_replay(run, criteria)
        self._offer_invoices(run, criteria)

    # Broken rules

    @api.model
    def _tell_broken(self, run, criteria):
        """One to-do per broken dimension, done by itself when its rules work again.

        Only a full run tells that: a partial one has not seen all customers.
        """
        known, found = criteria.broken_rules or {}, run.broken_rules or {}
        if run.scope == "partial":
            found = {**known, **found}
        if found == known:
            return
        criteria.broken_rules = found
        dimensions = self.env["customer.segmentation.dimension"].with_context(active_test=False)
        for key in found:
            if found[key] != known.get(key):
                self._tell_dimension(
                    run, criteria, dimensions.browse(int(key)), found[key], is_new=key not in known
                )
        mended = dimensions.browse(int(key) for key in known if key not in found).exists()
        still_broken = self._broken_elsewhere(criteria)
        mended.filtered(lambda dimension: dimension.id not in still_broken).activity_feedback(
            [BROKEN_TODO], feedback=_("The rules work again.")
        )

    @api.model
    def _tell_dimension(self, run, criteria, dimension, error, is_new):
        """A to-do on the dimension, where none is open; an open one gets the new text."""
        note = Markup("<p>%s</p><p>%s</p>") % (
            error,
            _("Correct the rule. This to-do is done by itself when the rule works again."),
        )
        is_open = self.env["mail.activity"].search(
            [
                ("res_model", "=", dimension._name),
                ("res_id", "=", dimension.id),
                ("activity_type_id", "=", self.env.ref(BROKEN_TODO).id),
            ]
        )
        user = criteria._get_responsible()
        if is_open:
            is_open.note = note
        elif is_new and user:
            dimension.activity_schedule(
                BROKEN_TODO,
                run.as_of,
                summary=_("%(dimension)s: a rule is broken", dimension=dimension.name),
                note=note,
                user_id=user.id,
            )

    @api.model
    def _broken_elsewhere(self, criteria):
        """Ids of the dimensions that are broken in another company."""
        others = criteria.search([("id", "!=", criteria.id)])
        return {int(key) for other in others for key in other.broken_rules or {}}

    # The past

    @api.model
    def _offer_replay(self, run, criteria):
        """Offer once to have the past replayed, where there is a past; and when it reads
        otherwise than it was told."""
        answered = criteria.replay_offer == "open" or (
            criteria.replay_offer and not run.standards_changed
        )
        if run.scope != "full" or answered or not self._has_past(run):
            return
        if not run.standards_changed and self._is_replayed(run.company_id):
            criteria.replay_offer = "closed"
            return
        criteria.replay_offer = "open"
        user = criteria._get_responsible()
        if user:
            criteria.activity_schedule(
                REPLAY_TODO,
                run.as_of,
                note=Markup("<p>%s</p>") % self._replay_words(run),
                user_id=user.id,
            )

    @api.model
    def _replay_words(self, run):
        if run.standards_changed:
            return _(
                "This version reckons lifecycle and trend otherwise. Customers that moved for it "
                "stand in the history with the reason Standards changed. To have the past months "
                "told by the new standards too, press Replay the Past in the criteria."
            )
        return _(
            "The customers are classified. The dates of your documents tell how they moved "
            "in the past years too: press Replay the Past in the criteria."
        )

    @api.model
    def _has_past(self, run):
        """Whether a customer ordered before this month."""
        self.env.cr.execute(
            SQL(
                """SELECT EXISTS (SELECT 1 FROM %s
                                   WHERE company_id = %s AND first_order_date < %s)""",
                PROFILE,
                run.company_id.id,
                run.as_of.replace(day=1),
            )
        )
        return self.env.cr.fetchone()[0]

    @api.model
    def _is_replayed(self, company):
        return bool(
            self.env["customer.segmentation.run"].search_count(
                [("company_id", "=", company.id), ("scope", "=", "replay")], limit=1
            )
        )

    # What counts as a sale

    @api.model
    def _offer_invoices(self, run, criteria):
        """Offer once to count invoices, where most of the sales have no order."""
        if run.scope != "full" or criteria.invoice_offer:
            return
        invoices, orders = self._count_sales(run.company_id)
        if not invoices and not orders:
            return  # nothing is there to judge by yet
        if criteria.sales_source == "invoice" or invoices <= orders:
            criteria.invoice_offer = "closed"
            return
        criteria.invoice_offer = "open"
        user = criteria._get_responsible()
        if user:
            criteria.activity_schedule(
                INVOICES_TODO,
                run.as_of,
                note=Markup("<p>%s</p>")
                % _(
                    "%(invoices)s posted invoices have no sales order, and %(orders)s orders are "
                    "confirmed. Customers are classified by orders, so most of your sales do not "
                    "count: press Count Invoices in the criteria.",
                    invoices=invoices,
                    orders=orders,
                ),
                user_id=user.id,
            )

    @api.model
    def _count_sales(self, company):
        """How many posted invoices have no order, and how many orders are confirmed."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """
                SELECT (SELECT count(*)
                          FROM account_move move
                         WHERE move.company_id = %(company)s
                           AND move.state = 'posted' AND move.move_type = 'out_invoice'
                           AND NOT EXISTS (SELECT 1
                                             FROM account_move_line line
                                             JOIN sale_order_line_invoice_rel ordered
                                               ON ordered.invoice_line_id = line.id
                                            WHERE line.move_id = move.id)),
                       (SELECT count(*)
                          FROM sale_order so
                         WHERE so.company_id = %(company)s AND so.state = 'sale')
                """,
                company=company.id,
            )
        )
        return self.env.cr.fetchone()
