from odoo import _, api, fields, models
from odoo.tools import SQL

from ...tools import bands
from ...tools.colors import badge_style
from ...tools.measures import SCORES
from .limits import FREQUENCY_BANDS, RECENCY_BANDS

PROFILE_TABLE = "customer_segmentation_profile"
PROFILE = SQL.identifier(PROFILE_TABLE)
SCORE_RANGE = range(1, 6)
NEARLY_ALL = 80  # % of the customers: a segment that takes more parts nobody


def named_fields(domain):
    """The field paths which a domain names.

    >>> sorted(named_fields(["|", ("a", "=", 1), ("b.c", "any", [("d", "=", 2)])]))
    ['a', 'b.c']
    """
    return {leaf[0] for leaf in domain if isinstance(leaf, (list, tuple))}


class CustomerSegmentationDimension(models.Model):
    """Rule check: what is odd about the rules of a dimension. It is told, and never refused.

    Two looks, both through the SQL that the run itself evaluates, so that the check cannot
    disagree with it: at today's customers, and, where the rules name two scores and nothing
    else, at the twenty-five pairs of scores.
    """

    _inherit = "customer.segmentation.dimension"

    rule_warnings = fields.Text(
        compute="_compute_rule_warnings",
        groups="customer_segmentation.group_manager",
        help="What the rule check found on today's customers.",
    )
    score_grid = fields.Html(
        compute="_compute_score_grid",
        sanitize=False,
        help="The segment of each pair of scores, where the rules name two scores and no more.",
    )

    @api.depends("segment_ids", "kind")
    @api.depends_context("company", "lang")
    def _compute_rule_warnings(self):
        for dimension in self:
            dimension.rule_warnings = "\n".join(
                text for _segment, text in dimension._origin._check_rules()
            )

    @api.depends("segment_ids")
    @api.depends_context("company", "lang")
    def _compute_score_grid(self):
        for dimension in self:
            dimension.score_grid = dimension._origin._render_score_grid()

    def action_check_rules(self):
        """Tell what is odd, in all dimensions where none is selected."""
        self.check_access_rights("write")
        dimensions = self or self.search([])
        texts = []
        for dimension in dimensions:
            text = "\n".join(text for _segment, text in dimension._check_rules())
            if text and len(dimensions) > 1:
                text = _("%(dimension)s: %(text)s", dimension=dimension.name, text=text)
            texts += [text] if text else []
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if texts else "success",
                "title": _("Rule check"),
                "message": "\n".join(texts)
                or _("Every rule has customers, none hides another, nobody is left over."),
                "sticky": bool(texts),
                "next": {"type": "ir.actions.client", "tag": "soft_reload"},
            },
        }

    # Findings

    def _check_rules(self):
        """What is odd, on today's customers of the current company.

        :return: list of (segment or none, text); a segment that nobody was declared to be in is
            not odd, nor is a rule that waits for its first customer in an empty company
        Cost: two queries, and some more for a segment that takes nearly all.
        """
        if not self or not self._profile_field() or self.kind == "multiple":
            return []
        segments = self._checked_segments()
        if not segments:
            return [(segments, _("There is no segment: nobody is classified."))]
        try:
            counts = self._count_matches(segments)
            grid = self._score_grid(segments)
        except ValueError as error:
            return [(segments.browse(), str(error))]
        return [
            *self._check_fallback(segments, counts),
            *self._check_reached(segments, counts, grid),
            *self._check_parted(segments, counts),
            *self._check_grid(segments, grid),
        ]

    def _checked_segments(self):
        """The segments in their order, read as the run reads them."""
        return self.sudo().with_context(active_test=True).segment_ids.sorted("sequence")

    def _check_fallback(self, segments, counts):
        if segments.filtered("is_fallback"):
            return []
        left_over = counts.get((None, None), 0)
        if left_over:
            text = _(
                "No segment takes all others: %(count)s customers have no segment.",
                count=left_over,
            )
        else:
            text = _(
                "No segment takes all others: a customer that meets no rule will have no segment. "
                "Leave the rule of the last segment empty."
            )
        return [(segments.browse(), text)]

    def _check_reached(self, segments, counts, grid):
        """Segments whose rule nobody meets, or whose customers earlier ones take."""
        if not any(counts.values()):
            return []
        result = []
        in_grid = set(grid["cells"].values()) if grid else set()
        for segment in segments.filtered(
            lambda s: not s.is_fallback and s.reached_by != "declared"
        ):
            takers = {
                taker: count for (taker, matched), count in counts.items() if matched == segment
            }
            if grid and segment not in in_grid:
                text = _("No pair of scores leads to %(segment)s.", segment=segment.name)
            elif not takers:
                text = _("No customer meets the rule of %(segment)s.", segment=segment.name)
            elif segment not in takers:
                text = _(
                    "%(segment)s is hidden: all %(count)s customers that meet its rule are taken "
                    "by an earlier segment (%(takers)s).",
                    segment=segment.name,
                    count=sum(takers.values()),
                    takers=", ".join(f"{taker.name} {count}" for taker, count in takers.items()),
                )
            else:
                continue
            result.append((segment, text))
        return result

    def _check_parted(self, segments, counts):
        """A segment that takes nearly all customers, and what would part them.

        The one that takes all others is odd only where something would: who has never bought
        stands where nothing parts him.
        """
        takers = {taker: count for (taker, matched), count in counts.items() if matched is None}
        total, fallback = sum(takers.values()), segments.filtered("is_fallback")[:1]
        if self.kind == "declared" or total < bands.SCORES:
            return []
        result = []
        for taker, count in takers.items():
            segment = taker or fallback
            if not segment or count * 100 <= NEARLY_ALL * total:
                continue
            hint = self._what_would_part(segments, taker)
            if taker or hint:
                text = _(
                    "%(segment)s takes %(percent)s %% of the customers.",
                    segment=segment.name,
                    percent=count * 100 // total,
                )
                result.append((segment, f"{text} {hint}".strip()))
        return result

    def _what_would_part(self, segments, taker):
        """In words, limits that would part the customers of ``taker`` (none: of the fallback)."""
        named = self._named_measures(taker or segments) + self._named_measures(segments)
        if set(named) & set(SCORES):
            return self._better_bands()
        profile = self.env["customer.segmentation.profile"]
        for name in named:
            value = self._parting_value(segments, taker, name)
            if value:
                shown = f"{value:n}"
                return _(
                    "%(measure)s from %(value)s on would part them.",
                    measure=profile.fields_get([name], ["string"])[name]["string"],
                    value=shown,
                )
        return ""

    def _named_measures(self, segments):
        """Stored numbers of the profile which the rules name, in their order."""
        known = self.env["customer.segmentation.profile"]._fields
        names = [
            leaf[0]
            for segment in segments
            if not segment.is_fallback
            for leaf in segment._get_domain(self.env.company)
            if isinstance(leaf, (list, tuple))
        ]
        return [
            name
            for name in dict.fromkeys(names)
            if name in known
            and known[name].store
            and known[name].type in ("integer", "float", "monetary")
        ]

    def _parting_value(self, segments, taker, name):
        """A value of a measure that half of the segment's customers reach and others do not."""
        self.env.cr.execute(
            SQL(
                """
                SELECT COALESCE(min(value) FILTER (WHERE value >= middle AND value > lowest), 0)
                  FROM (SELECT %(value)s AS value, min(%(value)s) OVER () AS lowest,
                               (SELECT percentile_disc(0.5) WITHIN GROUP (ORDER BY %(value)s)
                                  FROM %(profile)s WHERE %(is_there)s) AS middle
                          FROM %(profile)s WHERE %(is_there)s) member
                """,
                value=SQL.identifier(PROFILE_TABLE, name),
                profile=PROFILE,
                is_there=SQL(
                    "%s = %s AND %s AND %s IS NOT DISTINCT FROM %s",
                    SQL.identifier(PROFILE_TABLE, "company_id"),
                    self.env.company.id,
                    SQL.identifier(PROFILE_TABLE, "active"),
                    self._query_first(self._compile_conditions(segments)),
                    taker.id if taker else None,
                ),
            )
        )
        return self.env.cr.fetchone()[0]

    def _better_bands(self):
        """In words, bands of recency and frequency that part the customers; "" where none do."""
        criteria = self.env["customer.segmentation.criteria"]._get(self.env.company)
        engine = self.env["customer.segmentation.engine"].sudo()
        found = engine._better_bands_of_profiles(criteria)
        texts = []
        if "recency_days_5" in found:
            limits = ", ".join(str(found[name]) for name in RECENCY_BANDS)
            texts.append(_("recency up to %(limits)s days", limits=limits))
        if "frequency_2" in found:
            limits = ", ".join(str(found[name]) for name in FREQUENCY_BANDS)
            texts.append(_("frequency from %(limits)s orders", limits=limits))
        if not texts:
            return ""
        return _("These bands in the criteria would part them: %(bands)s.", bands="; ".join(texts))

    def _check_grid(self, segments, grid):
        """Pairs of scores that no rule takes."""
        gaps = [pair for pair, segment in grid["cells"].items() if not segment] if grid else []
        if not gaps:
            return []
        fallback = segments.filtered("is_fallback")
        return [
            (
                segments.browse(),
                _(
                    "Gaps in the grid of scores: no rule takes %(pairs)s (%(rows)s, %(columns)s). "
                    "These customers go to %(segment)s.",
                    pairs=", ".join(f"{row}-{column}" for row, column in sorted(gaps)),
                    rows=grid["row_label"],
                    columns=grid["column_label"],
                    segment=fallback.name or _("no segment"),
                ),
            )
        ]

    # Evaluation, by the statements of the run

    def _compile_conditions(self, segments):
        """SQL of each rule, in order; the segment that takes all others has none.

        :raise ValueError: naming the segment whose rule cannot be used
        """
        criteria = self.env["customer.segmentation.criteria"]._get(self.env.company)
        engine = self.env["customer.segmentation.engine"].sudo()
        computation = engine._computation(criteria, criteria.company_id._segmentation_today())
        return {
            segment: computation.engine._compile_rule(computation, segment)
            for segment in segments
            if not segment.is_fallback
        }

    def _count_matches(self, segments):
        """How many customers meet each rule, and which segment takes them.

        :return: {(segment that takes them, segment whose rule they meet): customers}; None as
            the taker: they meet no rule; None as the rule: all customers, each once
        """
        self.env.flush_all()
        conditions = self._compile_conditions(segments)
        self.env.cr.execute(self._query_matches(conditions))
        by_id = {segment.id: segment for segment in segments}
        return {
            (by_id.get(taker), by_id.get(matched)): count
            for taker, matched, count in self.env.cr.fetchall()
        }

    def _query_matches(self, conditions):
        """The ORM would read all customers once per rule; this reads them once."""
        return SQL(
            """
            SELECT taker, matched, count(*)
              FROM (SELECT %(taker)s AS taker, unnest(%(matched)s) AS matched
                      FROM %(profile)s
                     WHERE %(company_column)s = %(company)s AND %(active)s) evaluated
             WHERE matched IS NOT NULL
          GROUP BY taker, matched
            """,
            taker=self._query_first(conditions),
            matched=SQL(
                "ARRAY[0%s]",  # 0: the customer itself, whatever it meets
                SQL().join(
                    SQL(", CASE WHEN %s THEN %s END", condition, segment.id)
                    for segment, condition in conditions.items()
                ),
            ),
            profile=PROFILE,
            company_column=SQL.identifier(PROFILE_TABLE, "company_id"),
            company=self.env.company.id,
            active=SQL.identifier(PROFILE_TABLE, "active"),
        )

    def _query_first(self, conditions):
        """The first segment whose rule matches, none if no rule does."""
        if not conditions:
            return SQL("NULL::int")
        return SQL(
            "CASE %s END",
            SQL(" ").join(
                SQL("WHEN %s THEN %s", condition, segment.id)
                for segment, condition in conditions.items()
            ),
        )

    # The grid of two scores

    def _grid_scores(self, segments):
        """The two scores the rules name, if they name nothing else; rows first."""
        rules = segments.filtered(lambda segment: not segment.is_fallback)
        names = set()
        for segment in rules:
            names |= named_fields(segment._get_domain(self.env.company))
        scores = [score for score in SCORES if score in names]
        return scores if len(scores) == 2 and names <= set(SCORES) else None

    def _score_grid(self, segments=None):
        """The segment of each of the 25 pairs of scores.

        :return: None where the rules name anything but two scores; else a dict of ``cells``
            ({(row score, column score): segment, empty where no rule matches}) and labels
        :raise ValueError: naming the segment whose rule cannot be used
        """
        segments = self._checked_segments() if segments is None else segments
        scores = self._grid_scores(segments)
        if not scores:
            return None
        conditions = self._compile_conditions(segments)
        self.env.cr.execute(self._query_grid(scores, conditions))
        labels = self.env["customer.segmentation.profile"].fields_get(scores, ["string"])
        return {
            "cells": {
                (row, column): segments.browse(segment_id or [])
                for row, column, segment_id in self.env.cr.fetchall()
            },
            "row_label": labels[scores[0]]["string"],
            "column_label": labels[scores[1]]["string"],
        }

    def _query_grid(self, scores, conditions):
        """Virtual customers with every pair of scores, under the name of the profile's table."""
        row, column = (SQL.identifier(score) for score in scores)
        return SQL(
            """
            WITH %(profile)s AS (
                SELECT row_score * 10 + column_score AS id, TRUE AS active,
                       row_score AS %(row)s, column_score AS %(column)s
                  FROM generate_series(1, 5) row_score, generate_series(1, 5) column_score
            )
            SELECT %(row)s, %(column)s, %(taker)s FROM %(profile)s
            """,
            profile=PROFILE,
            row=row,
            column=column,
            taker=self._query_first(conditions),
        )

    def _render_score_grid(self):
        """The grid painted in the segments' colours, as HTML; empty where there is none."""
        if not self or self.kind == "multiple":
            return False
        segments = self._checked_segments()
        try:
            grid = self._score_grid(segments)
        except ValueError:
            return False  # the warnings say why
        return grid and self.env["ir.qweb"]._render(
            "customer_segmentation.score_grid",
            {
                **grid,
                "rows": list(reversed(SCORE_RANGE)),
                "columns": list(SCORE_RANGE),
                "badge_style": badge_style,
                "fallback": segments.filtered("is_fallback"),
            },
        )


class CustomerSegmentationSegment(models.Model):
    _inherit = "customer.segmentation.segment"

    rule_warnings = fields.Text(
        compute="_compute_rule_warnings", groups="customer_segmentation.group_manager"
    )

    @api.depends("domain", "sequence", "active", "reached_by")
    @api.depends_context("company", "lang")
    def _compute_rule_warnings(self):
        for dimension, segments in self.grouped("dimension_id").items():
            findings = dimension._origin._check_rules()
            for segment in segments:
                segment.rule_warnings = "\n".join(
                    text for found, text in findings if found == segment._origin
                )
