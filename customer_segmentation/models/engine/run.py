import logging
from datetime import timedelta
from time import monotonic

from psycopg2 import errors

from odoo import _, api, fields, models
from odoo.exceptions import UserError

_logger = logging.getLogger(__name__)

# First key of the advisory locks; the second is the company.
LOCK_KEY = 1_935_896_933  # "segm"


class CustomerSegmentationRun(models.Model):
    """One recomputation of one company. It conducts the layers and keeps the account."""

    _name = "customer.segmentation.run"
    _description = "Segmentation Run"
    _order = "id desc"

    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    as_of = fields.Date(required=True, readonly=True)
    scope = fields.Selection(
        [
            ("full", "All customers"),
            ("partial", "Changed customers"),
            ("replay", "Replay of past months"),
        ],
        required=True, readonly=True
    )
    state = fields.Selection(
        [
            ("waiting", "Waiting"),
            ("running", "Under way"),
            ("done", "Done"),
            ("warning", "Done with warnings"),
            ("failed", "Failed"),
        ],
        "Status",
        required=True,
        readonly=True,
        default="done",
    )
    customers_read = fields.Integer(readonly=True)
    rows_changed = fields.Integer("Customers Changed", readonly=True)
    history_count = fields.Integer("Segment Changes", readonly=True)
    seconds = fields.Float(readonly=True, digits=(16, 3))
    message = fields.Text(readonly=True)
    standards_changed = fields.Boolean(
        readonly=True,
        help="The first run after an upgrade that reckons otherwise: nothing is done about its "
        "moves.",
    )
    broken_rules = fields.Json(
        readonly=True, help="What is wrong, by the id of the dimension that keeps its segments."
    )

    @api.depends("company_id", "as_of")
    def _compute_display_name(self):
        for run in self:
            run.display_name = f"{run.company_id.name}, {run.as_of}"

    @api.model
    def _recompute(self, company, as_of=None, partner_ids=None, trial=None):
        """Recompute the customers of a company; the one entry for cron, button and tests.

        :param date as_of: calendar day in the company's time zone; None = today
        :param list[int] partner_ids: commercial partners; None = all (a full run)
        :param trial: function of the run, called in the place of the actors by who undoes it all
        :return: the run; its state is "failed" when nothing was written
        :raise UserError: if another run of the company is under way
        """
        runs = self._of_company(company)
        criteria = runs.env.company.segmentation_criteria_id
        as_of = as_of or criteria.company_id._segmentation_today()
        if partner_ids is not None and not runs._can_be_partial(
            criteria, as_of, partner_ids
        ):
            partner_ids = None
        run = runs._begin(company, as_of, "full" if partner_ids is None else "partial")
        engine = runs.env["customer.segmentation.engine"]
        run._conduct(lambda: engine._compute(run, criteria, partner_ids))
        if run.scope == "full" and run.state != "failed":
            run._keep_day(criteria)
        if run.state != "failed":
            if trial:
                trial(run)
            else:
                run._act(partner_ids)
        # what was read before the statements wrote; the configuration served until here
        self.env.invalidate_all()
        return run

    def _keep_day(self, criteria):
        """Note that all customers stand where the rules of this day put them."""
        if criteria.last_run_date != self.as_of:
            criteria.write({"last_run_date": self.as_of})
        if criteria.standards_changed:
            criteria.write({"standards_changed": False})

    def _of_company(self, company):
        """This model with all rights, in the company and, for a cron, in its language."""
        lang = self.env.lang
        if not lang:  # of all the contact's columns only this one is read
            lang = company.partner_id.with_context(prefetch_fields=False).lang or "en_US"
        return self.sudo().with_company(company).with_context(lang=lang)

    def _begin(self, company, as_of, scope):
        """Take the company's lock and open the account of the run."""
        if not self._lock(company):
            raise UserError(
                _("The customers of %(company)s are being recomputed: try again in a minute.",
                  company=company.name)
            )
        vals = {"company_id": company.id, "as_of": as_of, "scope": scope}
        if scope == "full":
            criteria = self.env["customer.segmentation.criteria"]._get(company)
            vals["standards_changed"] = criteria.standards_changed
        return self.create(vals)

    def _conduct(self, compute):
        """Call ``compute`` and keep its account; a failure is recorded and writes nothing.

        :param compute: function without arguments that returns values of the run and, maybe,
            a list of ``warnings``
        """
        self.ensure_one()
        started = monotonic()
        try:
            with self.env.cr.savepoint():
                result = compute()
        except Exception as error:
            if isinstance(error, self._retried_errors()):
                raise
            _logger.exception("Segmentation run %s failed.", self.id)
            self.write({"state": "failed", "message": str(error)})
            return
        warnings = result.pop("warnings", [])
        self.write(
            {
                "seconds": self.seconds + monotonic() - started,
                "state": "warning" if warnings else "done",
                "message": "\n".join(warnings) or False,
                **result,
            }
        )
        _logger.info(
            "Segmentation run %s (%s) of company %s as of %s: %s read, %s changed, "
            "%s segment changes, %.3f s",
            self.id, self.scope, self.company_id.id, self.as_of, self.customers_read,
            self.rows_changed, self.history_count, self.seconds,
        )

    # L4: what is done about the results

    def _actors(self):
        """Who acts on the results of this run, and in which order; the hook for L4.

        Each model has a method ``_act_on(run, partner_ids)`` that returns a list of warnings
        (str). It is called after each full or partial run that did not fail, with all rights, in
        the run's company and language, with the commercial partners the run looked at (None: all
        of the company). It must act set-wise: no statement per customer.

        :return: list of (number, name of the model); the smallest number acts first, so that
            another addon chooses its place between the 10 of the notices, the 20 of the
            playbooks, the 30 of the public pool and the 40 of the call list
        """
        # what a partial run could tell is seldom: it costs no statement where there is nothing
        has_news = self.scope == "full" or self.broken_rules
        return [(10, "customer.segmentation.notice")] if has_news else []

    def _act(self, partner_ids):
        """Call the takers of the results; what fails in one is told, and stops nothing else."""
        self.ensure_one()
        warnings = [
            warning
            for _number, name in sorted(self._actors())
            for warning in self._act_with(name, partner_ids)
        ]
        if warnings:
            message = "\n".join([self.message, *warnings] if self.message else warnings)
            self.write({"state": "warning", "message": message})

    def _act_with(self, model_name, partner_ids):
        """Have one taker act; return its warnings."""
        try:
            with self.env.cr.savepoint():
                return self.env[model_name]._act_on(self, partner_ids) or []
        except Exception as error:
            if isinstance(error, self._retried_errors()):
                raise
            _logger.exception("Segmentation run %s: %s failed.", self.id, model_name)
            return [
                _("%(action)s failed: %(error)s",
                  action=self.env["ir.model"]._get(model_name).name, error=error)
            ]

    @api.model
    def _retried_errors(self):
        """Errors which Odoo answers by running the whole transaction again."""
        return (errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable)

    @api.model
    def _lock(self, company):
        """Take the company's lock until the end of the transaction; False if it is taken."""
        self.env.cr.execute("SELECT pg_try_advisory_xact_lock(%s, %s)", [LOCK_KEY, company.id])
        return self.env.cr.fetchone()[0]

    @api.model
    def _can_be_partial(self, criteria, as_of, partner_ids):
        """A partial run stands on a full one of the same day: on its cut points and its clock.

        Bands that are still to be proposed need the whole population, as soon as a customer has
        sales from which to propose them.
        """
        if criteria.last_run_date != as_of:
            return False
        return criteria._monetary_is_proposed() or not self.env[
            "customer.segmentation.engine"
        ]._has_sales(criteria, as_of, partner_ids)

    # Scheduled actions

    @api.model
    def _cron_recompute_all(self):
        """Full run of every company whose day has changed, or whose criteria have."""
        for criteria in self.env["customer.segmentation.criteria"].sudo().search([]):
            if criteria.last_run_date != criteria.company_id._segmentation_today():
                self._recompute_or_wait(criteria.company_id)

    @api.model
    def _cron_recompute_changed(self):
        """Partial run of the customers in the queue."""
        criteria = self.env["customer.segmentation.criteria"].sudo().search([])
        if not all(self._lock(company) for company in criteria.company_id):
            return  # a run is under way; the queue keeps until the next minute
        partner_ids = self.env["customer.segmentation.queue"]._take()
        if partner_ids:
            for company in criteria.company_id:
                self._recompute(company, partner_ids=partner_ids)

    @api.model
    def _recompute_or_wait(self, company):
        if self._lock(company):
            return self._recompute(company)
        _logger.info("Segmentation of company %s is under way elsewhere.", company.id)
        return self.browse()

    @api.model
    def _request_full_run(self, companies=None):
        """Have the scheduled action recompute everything soon: the criteria have changed.

        The row is written even when no day stands in it: so a run that began before the change
        collides with it, and cannot end as the run of the day.
        """
        criteria = self.env["customer.segmentation.criteria"].sudo().search(
            [("company_id", "in", companies.ids)] if companies else []
        )
        criteria.flush_recordset(["last_run_date"])
        self.env.cr.execute(
            "UPDATE customer_segmentation_criteria SET last_run_date = NULL WHERE id = ANY(%s)",
            [criteria.ids],
        )
        criteria.invalidate_recordset(["last_run_date"])
        cron = self.env.ref(
            "customer_segmentation.customer_segmentation_run_cron_all", raise_if_not_found=False
        )
        if cron:
            cron.sudo()._trigger()

    @api.autovacuum
    def _gc_runs(self):
        """Forget partial runs after a month; the history names the run where it mattered."""
        month_ago = fields.Datetime.now() - timedelta(days=30)
        self.sudo().search(
            [
                ("scope", "=", "partial"),
                ("state", "!=", "failed"),
                ("create_date", "<", month_ago),
            ]
        ).unlink()

    def unlink(self):
        """The history outlives its runs; no foreign key takes them out of its rows."""
        self.env.cr.execute(
            "UPDATE customer_segmentation_history SET run_id = NULL WHERE run_id = ANY(%s)",
            [self.ids],
        )
        self.env["customer.segmentation.history"].invalidate_model(["run_id"])
        return super().unlink()
