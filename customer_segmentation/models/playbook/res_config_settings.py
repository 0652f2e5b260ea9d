from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    segmentation_playbook_limit = fields.Integer(
        related="company_id.segmentation_playbook_limit", readonly=False
    )
