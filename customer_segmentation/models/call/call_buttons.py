from odoo import _, models


class CustomerSegmentationCall(models.Model):
    """The buttons of the call list; each asks for the rights to the call first."""

    _inherit = "customer.segmentation.call"

    def action_called(self):
        """Note that the number was dialled, and ask how it went."""
        self.ensure_one()
        self._check_may_handle()
        self.sudo().write(
            {
                "attempt_count": self.attempt_count + 1,
                "attempt_date": self.company_id._segmentation_today(),
            }
        )
        return self._open_wizard("result", self.partner_id.display_name)

    def action_done(self):
        """One tap: it was done."""
        self._done()

    def action_snooze(self):
        self._check_may_handle()
        return self._open_wizard(
            "snoozed", _("Snooze: %(customers)s", customers=self._say_customers())
        )

    def action_not_interested(self):
        self._check_may_handle()
        return self._open_wizard(
            "not_interested", _("Not interested: %(customers)s", customers=self._say_customers())
        )

    def _say_customers(self):
        """Whom a dialog is about: the customer, or how many."""
        if len(self) == 1:
            return self.partner_id.display_name
        return _("%(count)s customers", count=len(self))

    def _open_wizard(self, kind, title):
        view = f"customer_segmentation.customer_segmentation_call_wizard_view_form_{kind}"
        return {
            "type": "ir.actions.act_window",
            "name": title,
            "res_model": "customer.segmentation.call.wizard",
            "views": [(self.env.ref(view).id, "form")],
            "target": "new",
            "context": {"default_call_ids": self.ids, "default_kind": kind},
        }

    def action_reopen(self):
        """Put calls back on the list that a person took off it."""
        self._reopen()

    def action_schedule(self):
        """Plan an activity of the customers; the calls return on its day."""
        self._check_may_handle()
        return {
            "type": "ir.actions.act_window",
            "name": _("Schedule Activity"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": "res.partner",
                "active_ids": self.partner_id.ids,
                "active_id": self.partner_id[:1].id,
                "segmentation_call_ids": self.ids,
            },
        }

    def action_open_quotations(self):
        """Open the customer's quotation, or the list of several."""
        self.ensure_one()
        self._check_visible()
        quotations = self.env["sale.order"].search(self._open_quotations_domain())
        action = {
            "type": "ir.actions.act_window",
            "name": _("Open Quotations"),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("id", "in", quotations.ids)],
        }
        if len(quotations) == 1:
            action.update(view_mode="form", res_id=quotations.id)
        return action

    def _check_visible(self):
        self.check_access_rights("read")
        self.check_access_rule("read")
