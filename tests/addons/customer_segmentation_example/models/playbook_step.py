from odoo import fields, models
from odoo.addons.customer_segmentation.models.playbook.playbook_step import StepKind


class CustomerSegmentationPlaybookStep(models.Model):
    _inherit = "customer.segmentation.playbook.step"

    kind = fields.Selection(
        selection_add=[("visit", "Visit")], ondelete={"visit": "cascade"}
    )

    def _step_kinds(self):
        return {**super()._step_kinds(), "visit": StepKind(self._execute_visit)}

    def _execute_visit(self, events, run, dry):
        """Plan a visit of each customer."""
        if not dry:
            self.env["example.visit"].create(
                [
                    {
                        "partner_id": event.partner_id.id,
                        "company_id": event.company_id.id,
                        "date": run.as_of,
                    }
                    for event in events
                ]
            )
        events._settle("done", run.as_of)
