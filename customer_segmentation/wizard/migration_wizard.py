from dateutil.relativedelta import relativedelta

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError


class CustomerSegmentationMigrationWizard(models.TransientModel):
    """Ask for the two days and the dimension of a migration matrix."""

    _name = "customer.segmentation.migration.wizard"
    _description = "Migration Matrix"

    dimension_id = fields.Many2one(
        "customer.segmentation.dimension",
        required=True,
        default=lambda self: self.env["customer.segmentation.dimension"].search([], limit=1),
    )
    from_date = fields.Date(
        required=True,
        default=lambda self: self.env.company._segmentation_today() - relativedelta(months=12),
    )
    to_date = fields.Date(
        required=True, default=lambda self: self.env.company._segmentation_today()
    )

    @api.constrains("from_date", "to_date")
    def _check_dates(self):
        for wizard in self:
            if wizard.from_date >= wizard.to_date:
                raise ValidationError(
                    _("The first day must come before the second: exchange them.")
                )

    def action_open(self):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_migration_action"
        )
        return dict(
            action,
            name=_(
                "%(dimension)s: %(from)s to %(to)s",
                **{
                    "dimension": self.dimension_id.name,
                    "from": fields.Date.to_string(self.from_date),
                    "to": fields.Date.to_string(self.to_date),
                },
            ),
            context={
                "segmentation_period": {
                    "dimension_id": self.dimension_id.id,
                    "from": fields.Date.to_string(self.from_date),
                    "until": fields.Date.to_string(self.to_date),
                }
            },
        )
