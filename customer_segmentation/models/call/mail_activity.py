from odoo import api, models


class MailActivity(models.Model):
    """What is planned and done about a customer on the call list."""

    _inherit = "mail.activity"

    @api.model_create_multi
    def create(self, vals_list):
        """A call that is planned for a day to come returns to the call list on that day."""
        activities = super().create(vals_list)
        call_ids = self.env.context.get("segmentation_call_ids")
        if call_ids and activities:
            calls = self.env["customer.segmentation.call"].browse(call_ids)
            calls._put_off(min(activities.mapped("date_deadline")))
        return activities

    def write(self, vals):
        """What is put off or handed on is no reason to call now; later series of Odoo archive
        what is done.
        """
        if {"date_deadline", "user_id"} & {*vals} or not vals.get("active", True):
            self.env["customer.segmentation.call"]._queue_planned(self)
        return super().write(vals)

    def unlink(self):
        """An activity that is done is no reason to call any more."""
        self.env["customer.segmentation.call"]._queue_planned(self)
        return super().unlink()
