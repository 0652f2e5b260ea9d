from psycopg2 import DatabaseError

from odoo import _, api, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from odoo.tools.misc import format_date

from ...tools.measures import MEASURES
from ...tools.rule_words import Negation, deciding, holds, refusing, rule_words, signed_leaves
from .foresight import CLOCK_FIELDS, WINDOW_FIELDS

SHOWN_HISTORY = 5
SHOWN_REFUSALS = 3  # conditions shown for a segment that takes all the others
# what an order changes
OF_AN_ORDER = CLOCK_FIELDS | WINDOW_FIELDS | {*MEASURES}


class CustomerSegmentationExplanation(models.AbstractModel):
    """Why a customer stands in a segment, in words: what one click on a badge shows.

    Everything of the customer is read as the user: whose customer it is not gets the same plain
    refusal, whether there is such a customer or not.
    """

    _name = "customer.segmentation.explanation"
    _description = "Segment Explanation"

    # What is asked for

    @api.model
    def explain(self, res_model, res_id, field_name=None, dimension_id=None):
        """Explain the segment shown by a record's field, or of one dimension.

        :param str res_model: profile, contact, order, opportunity, membership or history row
        :param str field_name: the field the badge shows
        :param int dimension_id: instead of the field
        :return: dict for the web client, all texts in the user's language: customer, dimension,
            segment {name, color, description}, sentence, rule, conditions [{text, value, met}],
            notes [{kind, text}], history [{date, text}], profile_id
        :raise AccessError: if the user may not see the record or its customer
        Cost: at most 20 statements, whatever the number of rules.
        """
        record = self._readable(res_model, res_id)
        profile, dimension = self._subject(record, field_name, dimension_id)
        if not profile or not dimension.column_name:
            raise self._refusal()
        return self._explanation(profile, dimension, self._notes_of(record, field_name, dimension))

    @api.model
    def _refusal(self):
        return AccessError(_("You may not see the segments of this customer."))

    @api.model
    def _readable(self, res_model, res_id):
        """The record, if the user may read it; a search tells nothing of what is hidden."""
        explained = {
            "customer.segmentation.profile",
            "customer.segmentation.membership",
            "customer.segmentation.history",
        }
        known = res_model in explained or (
            isinstance(res_model, str)
            and res_model in self.env
            and hasattr(self.env[res_model], "_segmentation_column")
            and not self.env[res_model]._abstract
        )
        if not known or not isinstance(res_id, int):
            raise self._refusal()
        records = self.env[res_model].with_context(active_test=False)
        names = self._read_at_once(records) if res_model in explained else []
        record = records.search_fetch([("id", "=", res_id)], names, limit=1)
        if not record:
            raise self._refusal()
        return record

    @api.model
    def _read_at_once(self, records):
        """Names of the columns, so that the record costs one statement."""
        return [
            name
            for name, field in records._fields.items()
            if field.store and field.column_type and not field.groups
        ]

    @api.model
    def _subject(self, record, field_name, dimension_id):
        """(profile, dimension) the record's field speaks of."""
        dimensions = self.env["customer.segmentation.dimension"].with_context(active_test=False)
        dimensions = dimensions.search_fetch([], ["name", "code", "active"])
        if record._name == "customer.segmentation.profile":
            profile, column = record, field_name
        elif record._name == "customer.segmentation.membership":
            profile, dimension_id = record.profile_id, record.dimension_id.id
        elif record._name == "customer.segmentation.history":
            profile, dimension_id = self._profile_of(record), record.dimension_id.id
        else:
            profile = record.segmentation_profile_id
            if "segmentation_confirmed_" in (field_name or "") and record[field_name]:
                dimension_id = record[field_name].dimension_id.id  # what told it on that day
            column = (field_name or "").replace("segmentation_confirmed_", "segmentation_", 1)
            column = record._segmentation_column(column)
        if dimension_id:
            return profile, dimensions.filtered(lambda dimension: dimension.id == dimension_id)
        return profile, dimensions.filtered(lambda dimension: dimension.column_name == column)[:1]

    @api.model
    def _profile_of(self, history):
        return self.env["customer.segmentation.profile"].with_context(active_test=False).search(
            [
                ("partner_id", "=", history.partner_id.id),
                ("company_id", "=", history.company_id.id),
            ],
            limit=1,
        )

    @api.model
    def _notes_of(self, record, field_name, dimension):
        """What the badge that was clicked shows, where it does not show the present segment."""
        if record._name == "customer.segmentation.history":
            return [self._note("then", self._move_words(record))]
        if "segmentation_confirmed_" in (field_name or "") and record[field_name]:
            return [
                self._note(
                    "then",
                    _(
                        "When the order was confirmed it was %(segment)s.",
                        segment=record[field_name].display_name,
                    ),
                )
            ]
        return []

    @api.model
    def _note(self, kind, text):
        return {"kind": kind, "text": text}

    # The explanation

    @api.model
    def _explanation(self, profile, dimension, notes):
        segment = profile[dimension.column_name]
        history = self._history(profile, dimension)
        result = {
            "profile_id": profile.id,
            "customer": profile.partner_id.display_name,
            "dimension": dimension.name,
            "segment": {
                "name": segment.display_name or _("No segment"),
                "color": segment.color,
                "description": segment.description or "",
            },
            "since": self._since_words(segment, history),
            "sentence": "",
            "rule": "",
            "conditions": [],
            "notes": notes
            + self._decision_notes(profile, dimension)
            + self._before_notes(segment, history),
            "history": [
                {"date": self._long_date(row.date), "text": self._move_words(row, False)}
                for row in history
            ],
        }
        try:
            with self.env.cr.savepoint(flush=False), mute_logger("odoo.sql_db"):
                foresight = self._look(profile, dimension)
        except (ValueError, UserError, DatabaseError) as error:
            result["notes"].append(
                self._note(
                    "warning",
                    _(
                        "The rules of this dimension cannot be read, its segments stay: %(error)s",
                        error=str(error).strip(),
                    ),
                )
            )
            return result
        result.update(self._why(profile, dimension, segment, foresight))
        result["notes"] += self._change_notes(profile, segment, foresight)
        return result

    @api.model
    def _look(self, profile, dimension):
        amount = self._usual_amount(profile) if profile.active else None
        return {
            **self.env["customer.segmentation.foresight"]._look(profile, dimension, amount),
            "amount": amount,
        }

    @api.model
    def _usual_amount(self, profile):
        """Average order of the window, else of all time, else the company's limit of a high one."""
        if profile.average_order:
            return profile.average_order
        if profile.order_count and profile.net_sales > 0:
            return profile.currency_id.round(profile.net_sales / profile.order_count)
        limit = profile._criteria(profile.company_id).average_order_limit
        return self.env["customer.segmentation.engine"]._two_digits(limit) if limit else None

    # Why

    @api.model
    def _why(self, profile, dimension, segment, foresight):
        """The rule that holds, what decided it, and the values it looked at."""
        vocabulary = self._vocabulary(profile)
        rules, truth = foresight["rules"], foresight["truth"]
        tree = next((tree for rule_segment, tree in rules if rule_segment == segment), None)
        if tree is None:
            return self._why_fallback(profile, dimension, segment, foresight, vocabulary)
        if holds(tree, truth):
            decided = deciding(tree, truth)
        else:  # the values have changed since the last run
            decided = tree
        conditions = [
            self._condition(profile, vocabulary, leaf, positive, foresight)
            for leaf, positive in signed_leaves(decided)
        ]
        paths = [leaf.path for leaf, _positive in signed_leaves(decided)]
        words = rule_words(decided, vocabulary)
        whole = rule_words(tree, vocabulary)
        return {
            "sentence": self._sentence(
                profile,
                segment,
                paths,
                foresight,
                _("rule of %(dimension)s: %(rule)s", dimension=dimension.name, rule=words),
            ),
            "rule": whole,
            "conditions": conditions,
        }

    @api.model
    def _why_fallback(self, profile, dimension, segment, foresight, vocabulary):
        """No rule fits: the conditions that failed, of the nearest rules first."""
        conditions, paths = [], []
        for _segment, tree in reversed(foresight["rules"]):
            if holds(tree, foresight["truth"]):
                continue
            failed = refusing(tree, foresight["truth"])
            for leaf, positive in signed_leaves(failed):
                if leaf.path not in paths and len(paths) < SHOWN_REFUSALS:
                    paths.append(leaf.path)
                    conditions.append(
                        self._condition(profile, vocabulary, leaf, positive, foresight)
                    )
        return {
            "sentence": segment
            and self._sentence(
                profile,
                segment,
                paths,
                foresight,
                _("no rule of %(dimension)s fits, and it takes all the others",
                  dimension=dimension.name),
            ),
            "rule": "",
            "conditions": conditions,
        }

    @api.model
    def _sentence(self, profile, segment, paths, foresight, rule):
        values = self._values_words(profile, paths, foresight)
        if not values:
            return _("%(segment)s: %(rule)s.", segment=segment.display_name, rule=rule)
        return _(
            "%(segment)s: %(values)s; %(rule)s.",
            segment=segment.display_name,
            values=values,
            rule=rule,
        )

    @api.model
    def _condition(self, profile, vocabulary, leaf, positive, foresight):
        """One condition, the customer's value beside it, and whether it is met."""
        met = foresight["truth"](leaf, positive)
        return {
            "text": rule_words(leaf if positive else Negation(leaf), vocabulary),
            "value": self._value_words(profile, vocabulary, leaf.path, foresight["row"]),
            "met": met,
        }

    # Before and after

    @api.model
    def _history(self, profile, dimension):
        return self.env["customer.segmentation.history"].search_fetch(
            [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "=", profile.company_id.id),
                ("dimension_id", "=", dimension.id),
            ],
            ["date", "from_segment_id", "to_segment_id"],
            limit=SHOWN_HISTORY,
        )

    @api.model
    def _long_date(self, day):
        return format_date(self.env, day, date_format="long")

    @api.model
    def _since_words(self, segment, history):
        """Since when: the day of the last change, if the history knows it."""
        if not history or history[0].to_segment_id != segment:
            return ""
        return _("since %s", self._long_date(history[0].date))

    @api.model
    def _before_notes(self, segment, history):
        """What it was before this segment, and since when."""
        if not history or history[0].to_segment_id != segment:
            return []
        before = history[0].from_segment_id
        if not before:
            return []
        if len(history) > 1 and history[1].to_segment_id == before:
            text = _(
                "Before, since %(date)s, it was %(segment)s.",
                segment=before.display_name,
                date=self._long_date(history[1].date),
            )
        else:
            text = _("Before it was %(segment)s.", segment=before.display_name)
        return [self._note("before", text)]

    @api.model
    def _decision_notes(self, profile, dimension):
        """Who set the segment against the rule and why, or which move waits for its day."""
        override = self.env["customer.segmentation.override"].search(
            [
                ("partner_id", "=", profile.partner_id.id),
                ("company_id", "=", profile.company_id.id),
                ("dimension_id", "=", dimension.id),
            ],
            limit=1,
        )
        if override:
            values = {
                "user": override.user_id.name,
                "date": self._long_date(override.from_date),
                "reason": override.reason_id.display_name,
                "segment": override.rule_segment_id.display_name,
            }
            text = _(
                "Set by %(user)s on %(date)s: %(reason)s. The rule says %(segment)s.", **values
            )
            return [self._note("person", text)]
        pending = dimension.grace_days and profile.pending_ids.filtered(
            lambda move: move.dimension_id == dimension
        )
        if pending:
            text = _(
                "It becomes %(segment)s on %(date)s, unless the rule changes its mind until then.",
                segment=pending.segment_id.display_name,
                date=self._long_date(pending.due_date),
            )
            return [self._note("later", text)]
        return []

    @api.model
    def _move_words(self, row, with_date=True):
        """A row of the history in a sentence."""
        values = {
            "date": self._long_date(row.date),
            "before": row.from_segment_id.display_name or "–",
            "after": row.to_segment_id.display_name or "–",
        }
        if with_date:
            return _("On %(date)s it moved from %(before)s to %(after)s.", **values)
        return "%(before)s → %(after)s" % values

    @api.model
    def _change_notes(self, profile, segment, foresight):
        """What would change the segment: the next run, time without an order, an order."""
        notes = []
        if not profile.active:
            return [
                self._note("warning", _("The customer is archived and has left the segments."))
            ]
        now = foresight["segment"]
        if now != segment:
            notes.append(
                self._note(
                    "warning",
                    _("By today's values the rules say %(segment)s.", segment=now.display_name),
                )
            )
        if foresight["looks_at"] & (CLOCK_FIELDS | WINDOW_FIELDS) or foresight["later"]:
            notes += self._later_notes(now, foresight)
        if foresight["looks_at"] & OF_AN_ORDER:
            notes += self._order_notes(profile, now, foresight)
        return notes

    @api.model
    def _later_notes(self, now, foresight):
        if not foresight["can_foresee"]:
            return []
        if not foresight["later"]:
            text = _("Without an order it stays %(segment)s.", segment=now.display_name)
            return [self._note("later", text)]
        day, segment = foresight["later"]
        text = _(
            "Without an order it becomes %(segment)s on %(date)s.",
            segment=segment.display_name or _("No segment"),
            date=self._long_date(day),
        )
        return [self._note("later", text)]

    @api.model
    def _order_notes(self, profile, now, foresight):
        if foresight["after_order"] is None:
            return []
        values = {
            "amount": self._amount(profile, foresight["amount"]),
            "segment": foresight["after_order"].display_name or _("No segment"),
        }
        if foresight["after_order"] == now:
            text = _("An order of %(amount)s today leaves it %(segment)s.", **values)
        else:
            text = _("An order of %(amount)s today makes it %(segment)s.", **values)
        return [self._note("order", text)]
