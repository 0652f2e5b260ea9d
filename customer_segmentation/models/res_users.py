from odoo import models


class ResUsers(models.Model):
    _inherit = "res.users"

    def _segmentation_works_in(self, company):
        """Whether tasks of a company can be given to the user: not to portal users, to who has
        left or to the robot, whom Odoo keeps archived.
        """
        user = self.sudo()
        return bool(user and user.active and not user.share and company in user.company_ids)
