from odoo import fields, models


class CustomerSegmentationSegment(models.Model):
    _inherit = "customer.segmentation.segment"

    playbook_ids = fields.One2many("customer.segmentation.playbook", "segment_id", "Playbooks")
