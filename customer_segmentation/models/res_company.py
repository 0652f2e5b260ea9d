from datetime import datetime

import pytz

from odoo import api, fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    segmentation_criteria_id = fields.Many2one(
        "customer.segmentation.criteria", compute="_compute_segmentation_criteria_id"
    )

    def _compute_segmentation_criteria_id(self):
        for company in self:
            company.segmentation_criteria_id = self.env["customer.segmentation.criteria"]._get(
                company
            )

    def _segmentation_today(self):
        """The calendar day it is now in the company's time zone."""
        self.ensure_one()
        return datetime.now(pytz.timezone(self.sudo().segmentation_criteria_id.tz)).date()

    def unlink(self):
        """The history goes along; no foreign key sees to it."""
        company_ids = self.ids
        result = super().unlink()
        self.env.cr.execute(
            "DELETE FROM customer_segmentation_history WHERE company_id = ANY(%s)", [company_ids]
        )
        self.env["customer.segmentation.history"].invalidate_model()
        return result

    @api.model_create_multi
    def create(self, vals_list):
        companies = super().create(vals_list)
        self.env["customer.segmentation.criteria"]._create_missing()
        return companies
