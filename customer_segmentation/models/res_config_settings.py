from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    segmentation_criteria_id = fields.Many2one(related="company_id.segmentation_criteria_id")
    segmentation_sales_source = fields.Selection(
        related="segmentation_criteria_id.sales_source", readonly=False
    )
    segmentation_window_months = fields.Integer(
        related="segmentation_criteria_id.window_months", readonly=False
    )
    segmentation_tz = fields.Selection(related="segmentation_criteria_id.tz", readonly=False)
    segmentation_population = fields.Selection(
        related="segmentation_criteria_id.population", readonly=False
    )
    segmentation_score_method = fields.Selection(
        related="segmentation_criteria_id.score_method", readonly=False
    )

    def action_segmentation_criteria(self):
        return self.env["customer.segmentation.criteria"]._action_open(self.company_id)
