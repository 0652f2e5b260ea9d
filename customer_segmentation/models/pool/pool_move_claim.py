from datetime import timedelta

from psycopg2 import errors

from odoo import _, api, models, tools
from odoo.exceptions import AccessError, UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

from .pool_move import ENTRIES, MANAGER, SALESMAN


class CustomerSegmentationPoolMove(models.Model):
    """Who takes a customer out of the pool, puts it back or undoes a move."""

    _inherit = "customer.segmentation.pool.move"

    def _lock_open(self):
        """Lock these moves, and refuse those that hold no longer, telling who has the customer.

        Where somebody else is at it in this moment PostgreSQL refuses the lock: Odoo then runs
        the request again, which sees who was faster.

        :raise UserError: naming the first customer that has left
        """
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM customer_segmentation_pool_move WHERE id = ANY(%s)"
                " ORDER BY id FOR UPDATE NOWAIT",
                self.ids,
            )
        )
        self.invalidate_recordset()
        for move in self:
            if not move.is_open:
                raise UserError(move._say_gone())

    def _say_gone(self):
        self.ensure_one()
        customer, owner = self.partner_id.display_name, self.partner_id.user_id
        if owner == self.env.user:
            return _("%(customer)s is yours already.", customer=customer)
        if owner:
            return _(
                "%(user)s has %(customer)s since %(day)s: it is not in the pool any more.",
                user=owner.name,
                customer=customer,
                day=format_date(
                    self.env, self.closed_by_id.date or self.company_id._segmentation_today()
                ),
            )
        return _("%(customer)s is not in the pool any more.", customer=customer)

    # By people

    def action_claim(self):
        """Make the user the salesperson of a customer in the pool (button for salespeople).

        :raise UserError: if somebody else has it, or the user has to wait
        """
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        if not self.env.user.has_group(SALESMAN):
            raise AccessError(_("Only a salesperson can claim a customer."))
        if self.kind not in ENTRIES:
            raise UserError(_("Claim a customer in the list of the public pool."))
        # The one place where a salesperson's claim is written with all rights.
        entry = self.sudo()
        entry._lock_open()
        entry.partner_id._segmentation_check_in_play()
        entry._check_works_for(self.env.user)
        entry._check_cooldown(self.env.user)
        number = entry._next_claim_number(self.env.user)
        try:
            with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                entry._move_on(
                    "claim",
                    self.env.user,
                    _("Claimed from the public pool."),
                    is_open=True,
                    claim_number=number,
                )
        except errors.UniqueViolation as error:
            raise UserError(
                _("Another claim of yours is being written: try again in a moment.")
            ) from error
        return self._notify(
            _("%(customer)s is yours now.", customer=entry.partner_id.display_name)
        )

    def _check_cooldown(self, user):
        """Refuse whom the customer was taken from, as long as the rule says.

        :raise UserError: with the first day on which the user can claim
        """
        today = self.company_id._segmentation_today()
        lost = self.search(
            [
                ("partner_id", "=", self.partner_id.id),
                ("kind", "in", ENTRIES),
                ("former_user_id", "=", user.id),
            ]
        )
        days = [move.date + timedelta(days=move.rule_id.cooldown_days) for move in lost]
        if days and max(days) > today:
            raise UserError(
                _(
                    "%(customer)s was yours until it went to the pool: others can claim it now, "
                    "you can from %(day)s on.",
                    customer=self.partner_id.display_name,
                    day=format_date(self.env, max(days)),
                )
            )

    def _next_claim_number(self, user):
        """The number of the user's next claim of the day in the company.

        :raise UserError: when the day's claims are used up
        """
        today = self.company_id._segmentation_today()
        numbers = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "claim"),
                ("user_id", "=", user.id),
                ("date", "=", today),
            ]
        ).mapped("claim_number")
        limit = self.rule_id.claim_limit
        if limit and len(numbers) >= limit:
            raise UserError(
                _(
                    "You have claimed %(count)s customers today, and the limit is %(limit)s a "
                    "day: more from tomorrow on.",
                    count=len(numbers),
                    limit=limit,
                )
            )
        return max(numbers, default=0) + 1

    def action_give_back(self):
        """Put a claimed customer back into the pool (button for who claimed it, and managers)."""
        moves = self._checked(
            lambda move: move.can_give_back,
            _("Only who claimed a customer can give it back, or a segmentation manager."),
        )
        moves._move_on(
            "give_back", self.env["res.users"], _("Given back to the public pool."), is_open=True
        )
        return self._notify(_("Back in the public pool: %(customers)s.", customers=moves._names()))

    def action_undo(self):
        """Give released customers back to their former salespeople (button for managers)."""
        moves = self._checked(
            lambda move: move.can_undo,
            _(
                "Only a segmentation manager can undo a release, and only as long as the former "
                "salesperson works here."
            ),
        )
        for user, taken in moves.grouped("former_user_id").items():
            taken._check_works_for(user)
            taken._move_on("undo", user, _("Release undone."))
        return self._notify(
            _("Back with their former salespeople: %(customers)s.", customers=moves._names())
        )

    def _assign(self, user):
        """Give customers of the pool to a salesperson; for managers, from the dialog."""
        is_manager = self.env.user.has_group(MANAGER)
        moves = self._checked(
            lambda move: is_manager, _("Only a segmentation manager can assign customers.")
        )
        moves._check_works_for(user)
        moves._move_on("assign", user, _("Assigned by a manager."))
        return self._notify(
            _(
                "%(user)s is the salesperson now: %(customers)s.",
                customers=moves._names(),
                user=user.name,
            )
        )

    def _checked(self, is_allowed, refusal):
        """These moves, locked and with all rights, after asking whether the user may.

        :param is_allowed: function of a move
        :raise UserError: if one does not hold any more
        """
        self.check_access_rights("read")
        self.check_access_rule("read")
        if not self:
            raise UserError(_("Select the customers first."))
        moves = self.sudo()
        moves._lock_open()
        moves.partner_id._segmentation_check_in_play()
        if not all(is_allowed(move) for move in self):
            raise AccessError(refusal)
        return moves

    def _check_works_for(self, user):
        """Refuse a salesperson who cannot see these customers.

        :raise UserError: naming the company in which the user does not work
        """
        for company in self.company_id | self.partner_id.company_id:
            if not user._segmentation_works_in(company):
                raise UserError(
                    _(
                        "%(user)s does not work in %(company)s: choose somebody else.",
                        user=user.name,
                        company=company.name,
                    )
                )

    def _names(self):
        return ", ".join(self.partner_id[:3].mapped("display_name")) + (
            " …" if len(self.partner_id) > 3 else ""
        )

    @api.model
    def _notify(self, message):
        """Tell the user, and have the view reload."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "title": _("Public Pool"),
                "message": message,
                "next": {"type": "ir.actions.act_window_close"},
            },
        }
