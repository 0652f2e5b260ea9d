from odoo import api, fields, models


class CustomerSegmentationRun(models.Model):
    _inherit = "customer.segmentation.run"

    playbooks_failed = fields.Boolean(
        readonly=True, index=True,
        help="The playbooks did not see the changes of this run: the next one shows them again.",
    )

    @api.model
    def _actors(self):
        running = self.env["customer.segmentation.playbook"]._running_ids(self.company_id.id)
        return [*super()._actors(), *([(20, "customer.segmentation.playbook")] if running else [])]

    def _unacted_runs(self):
        """Former runs of the company whose changes the playbooks have not seen."""
        return self.search(
            [("playbooks_failed", "=", True), ("company_id", "=", self.company_id.id)]
        )
