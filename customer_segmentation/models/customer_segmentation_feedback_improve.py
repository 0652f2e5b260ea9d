from odoo import api, fields, models


class CustomerSegmentationFeedback(models.Model):
    """What becomes of feedback: actions to improve, and needs we do not meet yet."""

    _inherit = "customer.segmentation.feedback"

    action_ids = fields.One2many(
        "customer.segmentation.action", "feedback_id", "Improvement Actions"
    )
    action_count = fields.Integer(
        "Number of Actions", compute="_compute_action_count"
    )
    need_request_ids = fields.One2many(
        "customer.segmentation.need.request", "feedback_id", "Special Needs"
    )

    @api.depends("action_ids")
    def _compute_action_count(self):
        for feedback in self:
            feedback.action_count = len(feedback.action_ids)

    def action_improve(self):
        """Open the dialog that makes an action of this feedback."""
        return self._action_follow("customer_segmentation_action_action_new")

    def action_need(self):
        """Open the dialog that notes a special need told with this feedback."""
        return self._action_follow("customer_segmentation_need_request_action_new")

    def _action_follow(self, name):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(f"customer_segmentation.{name}")
        context = {
            "default_feedback_id": self.id,
            "default_partner_id": self.partner_id.id,
            "default_company_id": self.company_id.id,
        }
        return dict(action, context=context)
