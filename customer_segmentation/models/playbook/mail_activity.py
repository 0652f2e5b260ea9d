from odoo import fields, models


class MailActivity(models.Model):
    _name = "mail.activity"
    _inherit = ["mail.activity", "customer.segmentation.guarded"]

    segmentation_event_id = fields.Many2one(
        "customer.segmentation.playbook.event",
        "Playbook Event",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        groups="customer_segmentation.group_user",
    )
