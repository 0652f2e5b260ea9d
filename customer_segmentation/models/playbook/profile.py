from odoo import api, fields, models


class CustomerSegmentationProfile(models.Model):
    _inherit = "customer.segmentation.profile"

    playbook_event_ids = fields.One2many(
        "customer.segmentation.playbook.event", compute="_compute_playbook_event_ids"
    )

    @api.depends_context("uid")
    def _compute_playbook_event_ids(self):
        """What playbooks did for the customer in the company of the profile."""
        events = self.env["customer.segmentation.playbook.event"].search(
            [
                ("partner_id", "in", self.partner_id.ids),
                ("company_id", "in", self.company_id.ids),
            ]
        )
        by_profile = events.grouped(lambda event: (event.partner_id, event.company_id))
        for profile in self:
            key = (profile.partner_id, profile.company_id)
            profile.playbook_event_ids = by_profile.get(key, events.browse())
