from odoo import fields
from odoo.tools.misc import format_date, format_datetime, formatLang

from ...tools.rule_words import Vocabulary

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
            return percent_words(self.env, value)
        return number_words(self.env, value, digits)

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


def number_words(env, value, digits=2):
    """A number with as many decimals as it needs."""
    value = round(value, digits)
    while digits and round(value, digits - 1) == value:
        digits -= 1
    return formatLang(env, value, digits=digits)


def percent_words(env, ratio):
    return "%s%%" % number_words(env, 100 * ratio, 1)
