from odoo import models


class CustomerSegmentationPartnerButton(models.AbstractModel):
    """A record about a customer, with the button that opens the contact."""

    _name = "customer.segmentation.partner.button"
    _description = "Button to the Contact"

    def _opened_partner(self):
        """The contact that the button opens."""
        return self.partner_id

    def action_open_partner(self):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self._opened_partner().id,
            "view_mode": "form",
        }
