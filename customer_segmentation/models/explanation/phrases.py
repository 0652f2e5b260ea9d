from odoo import _, api, models
from odoo.exceptions import AccessError
from odoo.tools.misc import formatLang

from ...tools.rule_words import PHRASES
from .explanation import SHOWN_HISTORY
from .vocabulary import RecordVocabulary, number_words, percent_words

SAID_FIRST = ("overdue_ratio", "recency_days", "last_order_date")


class CustomerSegmentationExplanation(models.AbstractModel):
    """The customer's values, as people say them."""

    _inherit = "customer.segmentation.explanation"

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
    def _say_overdue_ratio(self, profile):
        if not profile.last_order_date:
            return _("no order yet")
        return _(
            "last order %(ago)s, %(ratio)s × the usual %(days)s days",
            ago=self._days_ago(profile.recency_days),
            ratio=number_words(self.env, profile.overdue_ratio, 1),
            days=number_words(self.env, profile.order_interval_days, 0),
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
        if not profile.has_trend:
            return self._say_has_trend(profile)
        percent = percent_words(self.env, abs(profile.trend_ratio))
        if profile.trend_ratio < 0:
            return _("sales %s lower than in the window before", percent)
        return _("sales %s higher than in the window before", percent)

    @api.model
    def _say_has_trend(self, profile):
        if profile.has_trend:
            return _("two full windows to compare")
        return _("nothing comparable a year before")

    @api.model
    def _say_accumulated_share(self, profile):
        if profile.net_sales_12m <= 0:
            return _("no net sales in the window")
        return _(
            "net sales of %(months)s months: %(amount)s, larger customers bring %(share)s",
            months=self._months(profile),
            amount=self._amount(profile, profile.net_sales_12m),
            share=percent_words(self.env, profile.accumulated_share / 100),
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
