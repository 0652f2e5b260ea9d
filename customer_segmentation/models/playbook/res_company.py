from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    segmentation_playbook_limit = fields.Integer(
        "Playbook Activities per Day",
        default=10,
        help="At most so many activities of playbooks for a salesperson on one day; the others "
        "wait for the next days, the oldest and most valuable first. 0: no limit.",
    )
