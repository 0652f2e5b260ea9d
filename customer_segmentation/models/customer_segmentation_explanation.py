from psycopg2 import DatabaseError

from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import mute_logger
from odoo.tools.misc import format_date, format_datetime, formatLang

from ..tools.rule_words import (
    PHRASES,
    Negation,
    Vocabulary,
    deciding,
    holds,
    refusing,
    rule_words,
    signed_leaves,
)
from .customer_segmentation_foresight import CLOCK_FIELDS, WINDOW_FIELDS
from .customer_segmentation_profile import MEASURES, SATISFACTION

SHOWN_REFUSALS = 3  # conditions shown for a segment that takes all the others
SHOWN_HISTORY = 5
# what an order changes
OF_AN_ORDER = CLOCK_FIELDS | WINDOW_FIELDS | ({*MEASURES} - {*SATISFACTION})
SAID_FIRST = ("overdue_ratio", "recency_days", "last_order_date")
RATIOS = ("trend_ratio", "refund_ratio")  # stored as 0.2, said as 20 %


class RecordVocabulary(Vocabulary):
    """The words of a model's fields in the user's language.

    Names of records are read as the user: what the user may not see is said as a number.
    """

    def __init__(self, model, phrases, currency=None):
        self.model = model
        self.env = model.env
        self.phrases = phrases
        self.currency = currency

    def fields_of(self, path):
        """The fields along the path, as far as it leads to one."""
        model, found = self.model, []
        for name in path.split("."):
            field = model is not None and model._fields.get(name)
            if not field:
                break
            found.append(field)
            model = self.env[field.comodel_name] if field.relational else None
        return found

    def field(self, path):
        along = self.fields_of(path)
        return along[-1] if along else None

    def label(self, path):
        labels = [
            field.get_description(self.env, ["string"])["string"]
            for field in self.fields_of(path)
        ]
        return " › ".join(labels + path.split(".")[len(labels) :])

    def is_boolean(self, path):
        field = self.field(path)
        return bool(field and field.type == "boolean")

    def within(self, path):
        field = self.field(path)
        if not field or not field.relational:
            return self
        return RecordVocabulary(self.env[field.comodel_name], self.phrases, self.currency)

    def phrase(self, key):
        return self.phrases[key]

    def value(self, path, value):
        field = self.field(path)
        say = field and getattr(self, f"_say_{field.type}", None)
        if say:
            return say(field, value)
        return super().value(path, value)

    def _say_number(self, field, value, digits=2):
        if isinstance(value, str):
            return super().value(field.name, value)
        if field.name in RATIOS:
            return _percent(self.env, value)
        return _number(self.env, value, digits)

    _say_integer = _say_float = _say_number

    def _say_monetary(self, field, value):
        if isinstance(value, str):
            return super().value(field.name, value)
        return formatLang(self.env, value, currency_obj=self.currency)

    def _say_date(self, field, value):
        try:
            day = fields.Date.to_date(value)
        except (TypeError, ValueError):  # "today -7d"
            return str(value)
        return format_date(self.env, day, date_format="long")

    def _say_datetime(self, field, value):
        try:
            moment = fields.Datetime.to_datetime(value)
        except (TypeError, ValueError):
            return str(value)
        return format_datetime(self.env, moment)

    def _say_selection(self, field, value):
        labels = dict(field.get_description(self.env, ["selection"])["selection"])
        return labels.get(value) or super().value(field.name, value)

    def _say_record(self, field, value):
        if not isinstance(value, int):
            return super().value(field.name, value)
        record = self.env[field.comodel_name].browse(value)
        try:
            return record.display_name or f"#{value}"
        except Exception:  # pylint: disable=broad-except  # hidden, or gone
            return f"#{value}"

    _say_many2one = _say_one2many = _say_many2many = _say_record


def _number(env, value, digits=2):
    """A number with as many decimals as it needs."""
    value = round(value, digits)
    while digits and round(value, digits - 1) == value:
        digits -= 1
    return formatLang(env, value, digits=digits)


def _percent(env, ratio):
    return "%s%%" % _number(env, 100 * ratio, 1)


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

    @api.model
    def _value_words(self, profile, vocabulary, path, row):
        """The customer's value at the end of the path, read as the user."""
        along = vocabulary.fields_of(path)
        path = ".".join(field.name for field in along)
        try:
            values = profile.mapped(path)
            if along and along[-1].relational:
                values = [value.display_name for value in values[:SHOWN_HISTORY]]
                return self._list(values) or "–"
        except AccessError:
            return _("hidden")
        values = [
            vocabulary.value(path, value)
            for value in values
            if value is not False and value is not None
        ]
        if vocabulary.is_boolean(path):
            return _("yes") if values else _("no")
        if path in row and row[path] is None or self._is_absent(profile, path):
            return "–"
        return self._list(values) or "–"

    @api.model
    def _is_absent(self, profile, name):
        """Whether a number shown as 0 has nothing to be reckoned from."""
        dates = {
            "recency_days": "last_order_date",
            "customer_age_days": "first_order_date",
            "won_back_days": "won_back_date",
            "days_overdue": "due_date",
            "overdue_ratio": "last_order_date",
        }
        return name in dates and not profile[dates[name]]

    # Values in a sentence

    @api.model
    def _list(self, words):
        words = list(words)
        sentence = words[0] if words else ""
        for word in words[1:]:
            sentence = _("%(left)s, %(right)s", left=sentence, right=word)
        return sentence

    @api.model
    def _values_words(self, profile, paths, foresight):
        """What the rule looked at, as people say it: "last order 74 days ago, 2.4 × …"."""
        phrases = []
        for path in sorted(paths, key=lambda path: path not in SAID_FIRST):
            say = getattr(self, f"_say_{path}", None) if "." not in path else None
            phrase = say(profile) if say else self._say_other(profile, path, foresight["row"])
            if phrase:
                phrases.append(phrase)
        return self._list(
            phrase
            for number, phrase in enumerate(phrases)
            # "last order 74 days ago" says nothing beside "last order 74 days ago, 2.4 × …"
            if phrase not in phrases[:number]
            and not any(other != phrase and other.startswith(phrase) for other in phrases)
        )

    @api.model
    def _say_other(self, profile, path, row):
        vocabulary = self._vocabulary(profile)
        return _(
            "%(field)s: %(value)s",
            field=vocabulary.label(path),
            value=self._value_words(profile, vocabulary, path, row),
        )

    @api.model
    def _days_ago(self, days):
        if days == 0:
            return _("today")
        return _("yesterday") if days == 1 else _("%s days ago", days)

    @api.model
    def _amount(self, profile, amount):
        return formatLang(self.env, amount, currency_obj=profile.currency_id)

    @api.model
    def _months(self, profile):
        return profile._criteria(profile.company_id).window_months

    @api.model
    def _say_recency_days(self, profile):
        if not profile.last_order_date:
            return _("no order yet")
        return _("last order %s", self._days_ago(profile.recency_days))

    _say_last_order_date = _say_recency_days

    @api.model
    def _say_satisfaction_count(self, profile):
        if not profile.satisfaction_count:
            return _("no answers in the last 12 months")
        return _(
            "satisfaction %(score)s of 100 (answers: %(count)s)",
            score=_number(self.env, profile.satisfaction_score, 1),
            count=profile.satisfaction_count,
        )

    _say_satisfaction_score = _say_satisfaction_count

    @api.model
    def _say_overdue_ratio(self, profile):
        if not profile.last_order_date:
            return _("no order yet")
        return _(
            "last order %(ago)s, %(ratio)s × the usual %(days)s days",
            ago=self._days_ago(profile.recency_days),
            ratio=_number(self.env, profile.overdue_ratio, 1),
            days=_number(self.env, profile.order_interval_days, 0),
        )

    @api.model
    def _say_customer_age_days(self, profile):
        if not profile.first_order_date:
            return _("no order yet")
        return _("first order %s", self._days_ago(profile.customer_age_days))

    @api.model
    def _say_won_back_days(self, profile):
        if not profile.won_back_date:
            return _("never won back")
        return _("won back %s", self._days_ago(profile.won_back_days))

    @api.model
    def _say_order_count(self, profile):
        if not profile.order_count:
            return _("no order yet")
        return _("orders: %s", profile.order_count)

    @api.model
    def _say_order_day_count(self, profile):
        return _("days with an order: %s", profile.order_day_count)

    @api.model
    def _say_order_count_12m(self, profile):
        return _(
            "orders of %(months)s months: %(count)s",
            months=self._months(profile),
            count=profile.order_count_12m,
        )

    @api.model
    def _say_net_sales_12m(self, profile):
        return _(
            "net sales of %(months)s months: %(amount)s",
            months=self._months(profile),
            amount=self._amount(profile, profile.net_sales_12m),
        )

    @api.model
    def _say_net_sales_prev_12m(self, profile):
        return _(
            "the %(months)s months before: %(amount)s",
            months=self._months(profile),
            amount=self._amount(profile, profile.net_sales_prev_12m),
        )

    @api.model
    def _say_trend_ratio(self, profile):
        if profile.net_sales_prev_12m <= 0:
            return _("no sales in the window before")
        percent = _percent(self.env, abs(profile.trend_ratio))
        if profile.trend_ratio < 0:
            return _("sales %s lower than in the window before", percent)
        return _("sales %s higher than in the window before", percent)

    @api.model
    def _say_accumulated_share(self, profile):
        if profile.net_sales_12m <= 0:
            return _("no net sales in the window")
        return _(
            "net sales of %(months)s months: %(amount)s, larger customers bring %(share)s",
            months=self._months(profile),
            amount=self._amount(profile, profile.net_sales_12m),
            share=_percent(self.env, profile.accumulated_share / 100),
        )

    @api.model
    def _say_recency_score(self, profile):
        return _("recency %s of 5", profile.recency_score or "–")

    @api.model
    def _say_frequency_score(self, profile):
        return _("frequency %s of 5", profile.frequency_score or "–")

    @api.model
    def _say_monetary_score(self, profile):
        return _("monetary value %s of 5", profile.monetary_score or "–")

    @api.model
    def _say_recency_above_median(self, profile):
        if profile.recency_above_median:
            return _("ordered more lately than half of the customers")
        return _("ordered less lately than half of the customers")

    @api.model
    def _say_frequency_above_median(self, profile):
        if profile.frequency_above_median:
            return _("orders more often than half of the customers")
        return _("orders no more often than half of the customers")

    @api.model
    def _say_monetary_above_median(self, profile):
        if profile.monetary_above_median:
            return _("buys for more than half of the customers")
        return _("buys for no more than half of the customers")

    @api.model
    def _say_frequency_above_limit(self, profile):
        return self._say_order_count_12m(profile)

    @api.model
    def _say_average_order_above_limit(self, profile):
        return _("average order: %s", self._amount(profile, profile.average_order))

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

    # Words

    @api.model
    def _vocabulary(self, profile):
        return RecordVocabulary(
            self.env["customer.segmentation.profile"], self._phrases(), profile.currency_id
        )

    @api.model
    def _phrases(self):
        """``rule_words.PHRASES`` in the user's language; signs are the same in all of them."""
        return {
            **PHRASES,
            "and": _("%(left)s and %(right)s"),
            "or": _("%(left)s or %(right)s"),
            "not": _("not (%(rule)s)"),
            "group": _("(%(rule)s)"),
            "always": _("always"),
            "never": _("never"),
            "no": _("not %(field)s"),
            "set": _("%(field)s is set"),
            "not set": _("%(field)s is not set"),
            "in": _("%(field)s is one of %(value)s"),
            "not in": _("%(field)s is none of %(value)s"),
            "like": _("%(field)s contains %(value)s (same case)"),
            "not like": _("%(field)s does not contain %(value)s (same case)"),
            "ilike": _("%(field)s contains %(value)s"),
            "not ilike": _("%(field)s does not contain %(value)s"),
            "=like": _("%(field)s matches the pattern %(value)s (same case)"),
            "not =like": _("%(field)s does not match the pattern %(value)s (same case)"),
            "=ilike": _("%(field)s matches the pattern %(value)s"),
            "not =ilike": _("%(field)s does not match the pattern %(value)s"),
            "starts": _("%(field)s starts with %(value)s"),
            "child_of": _("%(field)s belongs to %(value)s"),
            "parent_of": _("%(field)s has %(value)s below it"),
            "any": _("%(field)s exists with (%(rule)s)"),
            "not any": _("%(field)s does not exist with (%(rule)s)"),
            "nothing": _("nothing"),
            "list": _("%(left)s, %(right)s"),
        }
