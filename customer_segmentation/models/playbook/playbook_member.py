from odoo import fields, models


class CustomerSegmentationPlaybookMember(models.Model):
    """Who met the condition of a playbook when a run last looked.

    The history tells who entered a segment, and nothing of conditions: the run compares who
    meets them today with these rows. Only kept for playbooks with a condition, while they are on.
    """

    _name = "customer.segmentation.playbook.member"
    _description = "Playbook Member"

    playbook_id = fields.Many2one(
        "customer.segmentation.playbook", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    date = fields.Date(
        "Entered On", readonly=True, help="Empty: it met the condition before it was looked at."
    )

    _sql_constraints = [
        (
            "member_once",
            "UNIQUE(playbook_id, company_id, partner_id)",
            "A customer is noted once for each playbook.",
        ),
    ]
