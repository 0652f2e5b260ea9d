import logging
from types import MappingProxyType

from odoo import _, api, models, tools
from odoo.tools import SQL

from ...tools.measures import SCORES
from .broken_dimension import BrokenDimension
from .computation import Computation, RunComputation
from .tables import MEASURE, PROFILE, RESULT

_logger = logging.getLogger(__name__)


class CustomerSegmentationEngine(models.AbstractModel):
    """The SQL of a run: L0 facts -> L1 measures -> L2 segments -> L3 history.

    Everything (nightly) and only what changed (within a minute) go through the same statements,
    with another set of partners. The rows stay in PostgreSQL: the number of statements and the
    memory do not depend on the number of customers.

    1. ``segmentation_measure``: the facts aggregated to one row per customer.
    2. The cut points of the population, by a full run only; a partial run uses the kept ones.
    3. ``segmentation_result``: measures, scores and segments. The rules are Odoo domains on the
       profile; they are evaluated on the *new* values, because in this statement a common table
       expression takes the name of the profile's table.
    4. What differs is written to the history and to the profile.

    The ORM will not do: it would read and write customer by customer.
    """

    _name = "customer.segmentation.engine"
    _description = "Segmentation Engine"

    @api.model
    def _compute(self, run, criteria, partner_ids=None):
        """Recompute the customers of ``run``'s company as of its date.

        :param list[int] partner_ids: commercial partners; None = all
        :return: dict of ``customers_read``, ``rows_changed``, ``history_count``,
            ``broken_rules`` ({id of a dimension, as JSON has it: what is wrong}) and ``warnings``
            (list of str: what the manager should know)
        """
        first_fill = partner_ids is None and not self._has_profiles(run.company_id)
        computation = RunComputation(self, criteria, run.as_of, partner_ids)
        warnings = self._make_tables(computation)
        if criteria.quantiles_refused:
            warnings.append(
                _("Fewer customers than quantiles need: the scores come from the bands.")
            )
        for warning in warnings:
            _logger.warning("Segmentation of company %s: %s", run.company_id.id, warning)
        return {
            **self._write_result(run, computation, first_fill),
            "broken_rules": {
                str(warning.dimension_id): str(warning)
                for warning in warnings
                if isinstance(warning, BrokenDimension)
            },
            "warnings": warnings,
        }

    def _write_result(self, run, computation, first_fill):
        """Bring history and profile in line with the result; return what was written."""
        columns, partner_ids = self._segment_columns(), computation.partner_ids
        self._execute(SQL("SELECT count(*), count(*) FILTER (WHERE id < 0) FROM %s", RESULT))
        read, new = self.env.cr.fetchone()
        may_have_left = partner_ids is None or read < len(set(partner_ids))
        history_count = 0
        if not first_fill:
            known = self._known_columns(run.company_id, columns)
            if known:
                history_count = self._execute(self._query_history(run, computation, known))
            if may_have_left:
                history_count += self._execute(
                    self._query_history_of_left(run, columns, partner_ids)
                )
        changed = self._execute(self._query_update(run, computation, columns))
        if may_have_left:
            changed += self._execute(self._query_empty_left(run, columns, partner_ids))
        if new:
            changed += self._execute(self._query_insert(run, computation, columns))
        self._execute(SQL("DROP TABLE %s, %s", MEASURE, RESULT))
        return {"customers_read": read, "rows_changed": changed, "history_count": history_count}

    @api.model
    def _computation(self, criteria, as_of, partner_ids=None):
        """A computation that is asked and not written, by the cut points kept."""
        return Computation(self, criteria, as_of, partner_ids)

    def _make_tables(self, computation):
        """Create the tables of measures and results; what is made of them is another matter.

        :return: list of warnings
        """
        self.env.flush_all()
        self._execute(
            SQL(
                "%s; DROP TABLE IF EXISTS pg_temp.%s, pg_temp.%s",
                self._query_settings(computation.partner_ids),
                MEASURE,
                RESULT,
            )
        )
        self._execute(
            SQL(
                "CREATE TEMP TABLE %s ON COMMIT DROP AS %s",
                MEASURE,
                self._query_measures(computation),
            )
        )
        if computation.partner_ids is None:
            computation.take(self._refresh_cut_points(computation))
        return computation.engine._make_result(computation)

    def _execute(self, query):
        """Execute and return the number of rows."""
        self.env.cr.execute(query)
        return self.env.cr.rowcount

    def _query_settings(self, partner_ids):
        """Settings of this transaction.

        The statements are too short for compiling them. A few customers are found through
        indexes, whatever the number of the others; as the planner has it by default, that would
        cost more than reading all contacts, or starting parallel workers.
        """
        if partner_ids is None:
            planner = SQL(
                """SET LOCAL random_page_cost TO DEFAULT;
                   SET LOCAL max_parallel_workers_per_gather TO DEFAULT"""
            )
        else:
            planner = SQL(
                "SET LOCAL random_page_cost = 1; SET LOCAL max_parallel_workers_per_gather = 0"
            )
        return SQL("SET LOCAL jit = off; SET LOCAL work_mem = '64MB'; %s", planner)

    def _has_profiles(self, company):
        self._execute(SQL("SELECT 1 FROM %s WHERE company_id = %s LIMIT 1", PROFILE, company.id))
        return bool(self.env.cr.rowcount)

    def _partner_condition(self, alias, column, partner_ids):
        if partner_ids is None:
            return SQL("TRUE")
        return SQL("%s = ANY(%s)", SQL.identifier(alias, column), list(partner_ids))

    def _other_columns(self, computation):
        """Stored columns of the profile that are no measure: what a rule may name besides."""
        own = {"id", "partner_id", "company_id", *computation.measures, *SCORES}
        return [
            name
            for name, field in self.env["customer.segmentation.profile"]._fields.items()
            if field.store and field.column_type and name not in own
        ]

    @tools.ormcache()
    def _segment_columns(self):
        """{dimension id: column} of all dimensions, the archived ones included."""
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        return MappingProxyType(
            {
                dimension.id: dimension.column_name
                for dimension in dimensions.with_context(active_test=False).search([])
                if dimension.column_name
            }
        )

    def _changes(self, former, present, columns):
        """Rows (dimension, segment in ``former``, segment in ``present``) for a VALUES list."""
        return SQL(", ").join(
            SQL(
                "(%s, %s, %s)",
                dimension_id,
                SQL.identifier(former, column),
                SQL.identifier(present, column),
            )
            for dimension_id, column in columns.items()
        )

    def _columns_of(self, alias, columns):
        return SQL(", ").join(SQL.identifier(alias, column) for column in columns)
