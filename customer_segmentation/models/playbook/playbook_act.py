import logging

from odoo import _, api, models

_logger = logging.getLogger(__name__)

# After so many errors of one step in a run the rest waits for the next one.
MAX_ERRORS = 10


class CustomerSegmentationPlaybook(models.Model):
    """What playbooks do: events whose turn it is are executed step by step, in bulk."""

    _inherit = "customer.segmentation.playbook"

    @api.model
    def _act_on(self, run, partner_ids):
        """Plan and do what this run's results ask for.

        :return: list of warnings for the account of the run
        Cost: no statement while no playbook is switched on; else a constant number and what the
        steps need, in bulk.
        """
        playbooks = self.browse(self._running_ids(run.company_id.id))
        if not playbooks:
            return []
        try:
            with self.env.cr.savepoint():
                return playbooks._apply(run)
        except Exception as error:
            if isinstance(error, run._retried_errors()):
                raise
            _logger.exception("The playbooks failed on segmentation run %s.", run.id)
            run.playbooks_failed = True
            return [_("The playbooks failed, the next run tries again: %(error)s", error=error)]

    def _apply(self, run, dry=False):
        """Plan and do what is due in these playbooks, as of the run's date.

        :param bool dry: everything is prepared, and no mail, activity or tag made

        One whose condition cannot be used any more does nothing, and is told.
        """
        broken = self._find_broken(run.company_id, run.as_of)
        working = self.filtered(lambda playbook: playbook not in broken)
        return [
            *(
                _(
                    "The condition of the playbook %(playbook)s cannot be used, it does nothing: "
                    "%(error)s",
                    playbook=playbook.name,
                    error=error,
                )
                for playbook, error in broken.items()
            ),
            *working._apply_working(run, dry),
        ]

    def _apply_working(self, run, dry):
        self._plan_moves(run)
        if run.scope == "full":
            self._plan_day(run)
            if "stay" in self.step_ids.mapped("moment"):
                self._drop_contacted(run)
            self._report_bounced(run)
        self._drop_outdated(run)
        self._name_responsibles(run)
        self.env.cr.execute(self._query_due(run))
        ids = [row[0] for row in self.env.cr.fetchall()]
        events = self.env["customer.segmentation.playbook.event"]
        events.invalidate_model()
        warnings = []
        for step, due in events.browse(ids).grouped("step_id").items():
            warnings += self._do_step(step, due, run, dry)
        run._unacted_runs().playbooks_failed = False
        return warnings

    def _do_step(self, step, events, run, dry):
        """Execute a step for its events; return a warning where some failed."""
        events = events.with_prefetch(events.ids)
        self._do_or_split(step, events, run, dry, errors := [])
        if not errors:
            return []
        return [
            _(
                "Playbook %(playbook)s, %(step)s: %(count)s failed: %(error)s",
                playbook=step.playbook_id.name,
                step=step.display_name,
                count=len(errors),
                error=errors[0],
            )
        ]

    def _do_or_split(self, step, events, run, dry, errors):
        """Execute in bulk; what fails is halved until the customers that fail stand alone.

        :param list errors: texts of the failures so far; at ``MAX_ERRORS`` the rest waits
        """
        if len(errors) >= MAX_ERRORS:
            return
        try:
            with self.env.cr.savepoint():
                step._execute(events, run, dry)
        except Exception as error:
            if isinstance(error, run._retried_errors()):
                raise
            if len(events) > 1:
                half = len(events) // 2
                self._do_or_split(step, events[:half], run, dry, errors)
                self._do_or_split(step, events[half:], run, dry, errors)
                return
            _logger.info("Playbook event %s failed: %s", events.id, error)
            errors.append(str(error))
            events._settle("failed", run.as_of, "error", str(error))

    def _report_bounced(self, run):
        """Show mails that could not be sent on the events that wrote them."""
        failed = self.env["customer.segmentation.playbook.event"].search(
            [
                ("company_id", "=", run.company_id.id),
                ("state", "=", "done"),
                ("mail_id.state", "=", "exception"),
            ]
        )
        for reason, events in failed.grouped(lambda event: event.mail_id.failure_reason).items():
            events._settle("failed", run.as_of, "error", reason)
