from odoo import api, fields, models


class SaleOrder(models.Model):
    _inherit = "sale.order"

    segmentation_priority = fields.Selection(
        [("0", "Normal"), ("1", "High")],
        "Priority",
        tracking=True,
        groups="base.group_user",
        help="Orders of key customers get a star by themselves where a playbook says so.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        self._segmentation_give_priority(vals_list)
        return super().create(vals_list)

    @api.model
    def _segmentation_give_priority(self, vals_list):
        """Give the star to new orders of customers whose playbook says so.

        One query for all of them; none where no playbook gives priority.
        """
        playbooks = self.env["customer.segmentation.playbook"]._prioritizing()
        open_list = [
            vals
            for vals in vals_list
            if vals.get("partner_id") and vals.get("segmentation_priority") != "1"
        ]
        if not playbooks or not open_list:
            return
        partners = self.env["res.partner"].sudo().browse(
            [vals["partner_id"] for vals in open_list]
        )
        preferred = playbooks._members_among(partners.commercial_partner_id)
        for vals, partner in zip(open_list, partners, strict=True):
            company_id = vals.get("company_id") or self.env.company.id
            if (partner.commercial_partner_id.id, company_id) in preferred:
                vals["segmentation_priority"] = "1"
