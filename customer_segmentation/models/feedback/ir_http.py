from odoo import models


class IrHttp(models.AbstractModel):
    _inherit = "ir.http"

    def session_info(self):
        """Tell the web client whether the user may log feedback, so that it need not ask."""
        info = super().session_info()
        user = self.env.user
        info["segmentation_logs_feedback"] = user._is_internal() and user.has_group(
            "customer_segmentation.group_user"
        )
        return info
