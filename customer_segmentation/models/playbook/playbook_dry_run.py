from odoo import Command, _, models
from odoo.exceptions import UserError


class RolledBack(Exception):
    """Carries the result of a trial out of the savepoint that undoes it."""

    def __init__(self, result):
        super().__init__()
        self.result = result


class CustomerSegmentationPlaybook(models.Model):
    """What a playbook would do: a run with it switched on, of which nothing is kept."""

    _inherit = "customer.segmentation.playbook"

    def action_dry_run(self):
        """Show what this playbook would do today, switched on, for the current company."""
        self.ensure_one()
        self._check_may_configure()
        company = self.company_id or self.env.company
        dry_run = self._dry_run(company, company._segmentation_today())
        return {
            "type": "ir.actions.act_window",
            "name": _("Dry Run of %(playbook)s", playbook=self.name),
            "res_model": dry_run._name,
            "res_id": dry_run.id,
            "view_mode": "form",
            "target": "new",
        }

    def _dry_run(self, company, as_of):
        """Do a whole run with this playbook switched on, note its events and roll all back.

        :return: the dry run with its lines
        :raise UserError: if another run of the company is under way, or the trial run failed
        """
        self.env.flush_all()
        try:
            with self.env.cr.savepoint():
                raise RolledBack(self._try_out(company, as_of))
        except RolledBack as undone:
            result = undone.result
        finally:
            self.env.registry.clear_cache()  # it knows the playbook as switched on
        return self.env["customer.segmentation.playbook.dry.run"].sudo().create(
            {"playbook_id": self.id, "company_id": company.id, "as_of": as_of, **result}
        )

    def _try_out(self, company, as_of):
        """A whole run, for one playbook; mails and activities are only prepared."""
        runs = self.env["customer.segmentation.run"]._of_company(company)
        playbook = runs.env[self._name].browse(self.id)
        settled = playbook._settled_events(company, as_of)
        playbook._switch_on(as_of, company)
        warnings = []
        run = runs._recompute(
            company, as_of, trial=lambda run: warnings.extend(playbook._apply(run, dry=True))
        )
        if run.state == "failed":
            raise UserError(_("The run of the trial failed: %(error)s", error=run.message))
        events = playbook._settled_events(company, as_of) - settled
        names = ("partner_id", "contact_id", "step_id", "user_id", "state", "reason", "error")
        return {
            "message": "\n".join(warnings),
            "line_ids": [
                Command.create({name: vals[name] for name in names})
                for vals in events.read(names, load=None)
            ],
        }

    def _settled_events(self, company, as_of):
        """The events of this playbook that wait, or were settled on ``as_of``."""
        return self.env["customer.segmentation.playbook.event"].search(
            [
                ("playbook_id", "=", self.id),
                ("company_id", "=", company.id),
                "|", ("state", "=", "queued"), ("done_date", "=", as_of),
            ],
            order="state, date, id",
        )
