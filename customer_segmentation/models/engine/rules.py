from datetime import date
from types import NoneType

from psycopg2 import Error as DatabaseError

from odoo import _, api, models, tools
from odoo.tools import SQL

from ...tools.domain import FALSE_LEAF, TRUE_LEAF, all_of
from ...tools.measures import SCORES
from .broken_dimension import BrokenDimension
from .tables import MEASURE, PROFILE, RESULT, TABLE

# What a run reads of the configuration, in one statement each
DIMENSION_FIELDS = ("name", "code", "kind", "grace_days", "sequence", "active")


SEGMENT_FIELDS = (
    "name", "dimension_id", "domain", "is_fallback", "reached_by", "sequence", "active"
)


class CustomerSegmentationEngine(models.AbstractModel):
    """L2: the segments' rules compiled to SQL, and evaluated on the new measures."""

    _inherit = "customer.segmentation.engine"

    # L2 segments

    def _make_result(self, computation):
        """Create the table of results and return the warnings.

        A broken rule costs its dimension the recomputation, and no other: the dimension keeps
        the segments it has. Dimensions with rules over others follow in a second pass, and see
        what has become of these.
        """
        scores = self._query_scores(computation)
        layers, warnings = self._dimension_layers(computation)
        cases = self._compile_dimensions(computation, layers[:1], warnings)
        try:
            with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                self._execute(self._query_result(computation, scores, cases))
        except DatabaseError:
            for dimension in layers[0].filtered(lambda item: item.column_name in cases):
                column = dimension.column_name
                error = self._database_error(computation, scores, column, cases[column])
                if error:
                    warnings.append(self._broken(dimension, error))
                    cases[column] = SQL.identifier(column)
            self._execute(self._query_result(computation, scores, cases))
        for number, dimensions in enumerate(layers):
            if number:
                self._evaluate_layer(computation, dimensions, warnings)
            computation.settle(dimensions)
        return warnings

    def _evaluate_layer(self, computation, dimensions, warnings):
        """Evaluate the rules of ``dimensions`` on the result as it stands."""
        cases = self._compile_dimensions(computation, [dimensions], warnings)
        for dimension in dimensions.filtered(lambda item: item.column_name in cases):
            column = dimension.column_name
            try:
                with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                    self._execute(self._query_layer(computation, column, cases[column]))
            except DatabaseError as error:
                warnings.append(self._broken(dimension, str(error).strip()))

    @api.model
    def _broken(self, dimension, error):
        warning = BrokenDimension(
            _(
                "The dimension %(dimension)s keeps its former segments: %(error)s",
                dimension=dimension.name,
                error=error,
            )
        )
        warning.dimension_id = dimension.id
        return warning

    def _database_error(self, computation, scores, column, case):
        """What the database says of one dimension's rules, or None."""
        try:
            with self.env.cr.savepoint(), tools.mute_logger("odoo.sql_db"):
                for limit in (0, None):
                    self._execute(
                        self._query_evaluated(computation, scores, {column: case}, limit)
                    )
        except DatabaseError as error:
            return str(error).strip()
        return None

    def _dimension_layers(self, computation):
        """The dimensions in the order of their evaluation: ([dimensions, …], warnings).

        A dimension whose rules name another one waits for it.
        """
        dimensions = self.env["customer.segmentation.dimension"].sudo()
        left = dimensions.with_context(active_test=True).search_fetch([], DIMENSION_FIELDS)
        left = left.filtered("column_name")
        named = {
            dimension: self._dimensions_named(computation, dimension, left) for dimension in left
        }
        layers, warnings = [], []
        while left:
            layer = left.filtered(lambda dimension, left=left: not named[dimension] & left)
            if not layer:
                layer = left
                warnings.append(
                    _(
                        "The rules of %(dimensions)s name each other: they go by the former "
                        "segments.",
                        dimensions=", ".join(left.mapped("name")),
                    )
                )
            layers.append(layer)
            left -= layer
        return layers, warnings

    def _dimensions_named(self, computation, dimension, others):
        """Those of ``others`` that a rule of ``dimension`` names, be it through the contact."""
        names = set()
        for segment in computation.segments_of(dimension):
            names |= self._names_in_rule(segment.domain)
        names |= self.env["customer.segmentation.profile"]._columns_behind(names)
        return (others - dimension).filtered(lambda other: other.column_name in names)

    @tools.ormcache("rule")
    def _names_in_rule(self, rule):
        """The names of fields in a rule, each part of a path; they are the same every day."""
        try:
            domain = self.env["customer.segmentation.segment"]._parse_rule(rule, self.env.company)
        except Exception:  # pylint: disable=broad-except
            return frozenset()  # reported when the rules are compiled
        return frozenset(
            name.removeprefix("segmentation_")
            for leaf in domain
            if isinstance(leaf, (list, tuple)) and isinstance(leaf[0], str)
            for name in leaf[0].split(".")
        )

    def _compile_dimensions(self, computation, layers, warnings):
        """SQL of the segment of each dimension of ``layers``: {column: CASE …}."""
        dimensions = [dimension for layer in layers for dimension in layer]
        # a search method may ask the database, and fail there: then each has its own savepoint
        try:
            told = []
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                cases = self._compile_cases(computation, dimensions, told, self._compile_segments)
        except DatabaseError:
            told = []
            cases = self._compile_cases(
                computation, dimensions, told, self._compile_segments_safely
            )
        warnings.extend(told)
        return cases

    def _compile_cases(self, computation, dimensions, warnings, compile_segments):
        cases = {}
        for dimension in dimensions:
            segments = computation.segments_of(dimension)
            if segments and not any(segment.is_fallback for segment in segments):
                warnings.append(
                    _(
                        "The dimension %(dimension)s has no segment without a rule: customers "
                        "that meet no rule have no segment in it.",
                        dimension=dimension.name,
                    )
                )
            try:
                cases[dimension.column_name] = compile_segments(computation, segments)
            except DatabaseError:
                raise
            except Exception as error:  # pylint: disable=broad-except
                warnings.append(self._broken(dimension, error))
        return cases

    def _compile_segments_safely(self, computation, segments):
        try:
            with self.env.cr.savepoint(flush=False), tools.mute_logger("odoo.sql_db"):
                return self._compile_segments(computation, segments)
        except DatabaseError as error:
            raise ValueError(str(error).strip()) from error

    def _read_segments(self):
        """{dimension: its segments in the order of their rules}, in one statement."""
        segments = self.env["customer.segmentation.segment"].sudo()
        return (
            segments.with_context(active_test=True)
            .search_fetch([], SEGMENT_FIELDS, order="sequence, id")
            .grouped("dimension_id")
        )

    def _compile_segments(self, computation, segments):
        """The first segment whose rule matches; the one without a rule takes the others."""
        whens, fallback = [], SQL("NULL::int")
        for segment in segments:
            segment_id = segment._origin.id
            if segment.is_fallback:
                fallback = SQL("%s", segment_id)
            else:
                condition = self._compile_rule(computation, segment)
                whens.append(SQL("WHEN %s THEN %s", condition, segment_id))
        if not whens:
            return fallback
        return SQL("CASE %s ELSE %s END", SQL(" ").join(whens), fallback)

    def _compile_rule(self, computation, segment):
        """The condition of a segment on the row of the profile's table.

        :raise ValueError: naming the segment, when its rule cannot be used
        """
        try:
            domain = segment._get_domain(computation.company, computation.as_of)
            resolved = self._resolved(domain)
            domain = self._narrowed(computation, resolved)
            condition = self._is_plain(resolved) and self._compile_plain(domain)
            return condition or self._compile_domain(domain)
        except DatabaseError:
            raise
        except Exception as error:
            raise ValueError(
                _("rule of %(segment)s: %(error)s", segment=segment.name, error=error)
            ) from error

    def _compile_domain(self, domain):
        """The condition of a domain on the row of the profile's table."""
        query = self.env["customer.segmentation.profile"].sudo()._search(domain)
        if query.from_clause.code == PROFILE.code:
            return SQL("(%s)", query.where_clause) if query.where_clause.code else SQL("TRUE")
        # it joins other tables: ask for the ids
        return SQL("%s IN %s", SQL.identifier(TABLE, "id"), query.subselect())

    def _resolved(self, domain):
        """The domain, with the measures that are not stored written as stored ones.

        "At most 90 days ago" becomes a date, "above the median" an amount: what is left depends
        on nothing else, and is compiled once. Negations stay with the ORM, which turns their
        operators before it asks.
        """
        profiles = self.env["customer.segmentation.profile"]
        if "!" in domain:
            return domain
        resolved = []
        for leaf in domain:
            found = isinstance(leaf, (list, tuple)) and self._searched(profiles, leaf)
            resolved += all_of(found) if found and self._is_plain(found) else [leaf]
        return resolved

    def _searched(self, records, leaf):
        """The domain that stands for a condition on a field that is not stored, or None."""
        name, operator, value = leaf
        path, _dot, rest = str(name).partition(".")
        if rest and path == "partner_id":
            found = self._searched(self.env["res.partner"], (rest, operator, value))
            return found and [("partner_id", "any", list(found))]
        field = records._fields.get(name)
        if field and not field.store and field.search:
            return field.determine_domain(records, operator, value)
        return None

    def _is_plain(self, domain):
        """Whether the rule compares stored values, of profile or contact, with constants."""
        return bool(domain) and all(
            self._is_plain_leaf("customer.segmentation.profile", leaf)
            for leaf in domain
            if leaf not in ("&", "|", "!")
        )

    def _is_plain_leaf(self, model, leaf):
        name, operator, value = leaf
        if name == "partner_id" and operator in ("any", "not any"):
            return all(
                self._is_plain_leaf("res.partner", inner)
                for inner in value
                if inner not in ("&", "|", "!")
            )
        if str(name).startswith("partner_id."):
            return self._is_plain_leaf(
                "res.partner", (name.removeprefix("partner_id."), operator, value)
            )
        field = self.env[model]._fields.get(name)
        if not field:
            return tuple(leaf) in (TRUE_LEAF, FALSE_LEAF)
        values = value if isinstance(value, (list, tuple)) else [value]
        if field.type == "many2one":
            return operator in ("=", "in") and all(isinstance(item, int) for item in values)
        return (
            field.store
            and field.column_type
            and not field.company_dependent
            and not getattr(field, "translate", False)  # it depends on the reader's language
            and all(isinstance(item, (str, int, float, date, NoneType)) for item in values)
        )

    @tools.ormcache("repr(domain)")
    def _compile_plain(self, domain):
        """The condition of such a rule; it depends on nothing else, so it is compiled once.

        None where it joins other tables.
        """
        profiles = self.env["customer.segmentation.profile"].sudo().with_context(active_test=False)
        query = profiles._search(domain)
        if query.from_clause.code != PROFILE.code:
            return None
        condition = SQL("(%s)", query.where_clause)
        return SQL(condition.code, *condition.params)  # flat: it is put together once

    def _narrowed(self, computation, domain):
        """The domain, with its paths through the contact narrowed to those of a partial run.

        A subquery knows nothing of the rows it is asked for: it would read all contacts.
        """
        if computation.partner_ids is None:
            return domain
        ours = ("id", "in", SQL("(SELECT partner_id FROM %s)", MEASURE))

        def narrowed(leaf):
            name = str(leaf[0]) if isinstance(leaf, (list, tuple)) else ""
            if name.startswith("partner_id."):
                return ("partner_id", "any", [ours, (name.removeprefix("partner_id."), *leaf[1:])])
            if name == "partner_id" and leaf[1] == "any":
                return ("partner_id", "any", [ours, *leaf[2]])
            return leaf

        return [narrowed(leaf) for leaf in domain]

    def _query_evaluated(self, computation, scores, cases, limit=None):
        """Select measures, scores and the segments of ``cases``.

        Named like the profile's table, the common table expression stands in for it wherever a
        rule reads it, in subqueries too.
        """
        return SQL(
            """
            WITH %(profile)s AS NOT MATERIALIZED (
                SELECT measure.*, %(scores)s FROM %(measure)s measure
            )
            SELECT %(columns)s, %(cases)s FROM %(profile)s %(limit)s
            """,
            profile=PROFILE,
            scores=scores,
            measure=MEASURE,
            columns=SQL(", ").join(
                SQL.identifier(TABLE, column)
                for column in ("id", "partner_id", "company_id", *computation.measures, *SCORES)
            ),
            cases=SQL(", ").join(
                SQL("%s AS %s", case, SQL.identifier(column)) for column, case in cases.items()
            ),
            limit=SQL("LIMIT %s", limit) if limit is not None else SQL(),
        )

    def _query_result(self, computation, scores, cases):
        """Create the result: archived and broken dimensions keep the segment they have."""
        all_cases = {
            column: cases.get(column, SQL.identifier(TABLE, column))
            for column in self._segment_columns().values()
        }
        return SQL(
            "CREATE TEMP TABLE %s ON COMMIT DROP AS %s",
            RESULT,
            self._query_evaluated(computation, scores, all_cases),
        )

    def _query_layer(self, computation, column, case):
        """Write the segments of one dimension into the result, by the others that stand there."""
        segments = [*self._segment_columns().values()]
        others = [name for name in self._other_columns(computation) if name not in segments]
        return SQL(
            """
            UPDATE %(result)s result
               SET %(column)s = evaluated.segment_id
              FROM (
                   WITH %(profile)s AS NOT MATERIALIZED (
                       SELECT %(measured)s, %(found)s
                         FROM %(measure)s measure
                         JOIN %(result)s result ON result.id = measure.id
                   )
                   SELECT id, %(case)s AS segment_id FROM %(profile)s
                   ) evaluated
             WHERE result.id = evaluated.id
               AND result.%(column)s IS DISTINCT FROM evaluated.segment_id
            """,
            result=RESULT,
            measure=MEASURE,
            profile=PROFILE,
            column=SQL.identifier(column),
            case=case,
            measured=self._columns_of(
                "measure", ["id", "partner_id", "company_id", *computation.measures, *others]
            ),
            found=self._columns_of("result", [*SCORES, *segments]),
        )
