"""Lifecycle and trend are reckoned otherwise: shipped rules and limits get the new text."""

import json
import logging

from odoo import SUPERUSER_ID, api

_logger = logging.getLogger(__name__)


def _by_rhythm(ratio, days):
    """A rule of the lifecycle as it was shipped before."""
    return (
        f"['|', '&', '&', ('order_day_count', '>=', 3), ('overdue_ratio', '>', {ratio}), "
        f"('recency_days', '>=', 30), '&', ('order_day_count', '<', 3), "
        f"('recency_days', '>', {days})]"
    )


def _by_rhythm_within(ratio, days, least, most):
    """The same with a least and a most silence of its own."""
    return (
        "['|', '&', ('order_day_count', '>=', 3), '|', '&', "
        f"('overdue_ratio', '>', {ratio}), ('recency_days', '>=', {least}), "
        f"('recency_days', '>', {most}), '&', ('order_day_count', '<', 3), "
        f"('recency_days', '>', {days})]"
    )


_TREND = "('is_dormant_or_lost', '=', False), ('has_trend', '=', True)"

# Name: (rule before, rule now)
RULES = {
    "segment_lifecycle_lost": (_by_rhythm(4, 365), _by_rhythm_within(4, 365, 90, 730)),
    "segment_lifecycle_dormant": (_by_rhythm(3, 180), _by_rhythm_within(3, 180, 60, 545)),
    "segment_lifecycle_at_risk": (_by_rhythm(2, 90), _by_rhythm_within(2, 90, 30, 365)),
    "segment_trend_rising": (
        "[('net_sales_prev_12m', '>', 0), ('trend_ratio', '>=', 0.2)]",
        f"[{_TREND}, ('trend_ratio', '>=', 0.2)]",
    ),
    "segment_trend_falling": (
        "[('net_sales_prev_12m', '>', 0), ('trend_ratio', '<=', -0.2)]",
        f"[{_TREND}, ('trend_ratio', '<=', -0.2)]",
    ),
    "segment_trend_stable": ("[('net_sales_prev_12m', '>', 0)]", f"[{_TREND}]"),
    "segment_trend_new": (
        "[('net_sales_12m', '>', 0)]",
        "[('is_dormant_or_lost', '=', False), ('net_sales_12m', '>', 0)]",
    ),
}
# Name: (English text before, Chinese text before, English text now). The Chinese text now is
# loaded with the other terms.
DESCRIPTIONS = {
    "segment_lifecycle_lost": (
        "Silent for more than four of its usual intervals, or a year.",
        "未下单时间超过通常下单间隔的四倍，或超过一年。",
        "Silent for more than four of its usual intervals (after 90 days at the earliest, 730 at "
        "the latest), or a year.",
    ),
    "segment_lifecycle_dormant": (
        "Silent for more than three of its usual intervals, or half a year.",
        "未下单时间超过通常下单间隔的三倍，或超过半年。",
        "Silent for more than three of its usual intervals (after 60 days at the earliest, 545 "
        "at the latest), or half a year.",
    ),
    "segment_lifecycle_at_risk": (
        "Silent for more than twice its usual interval, or 90 days.",
        "未下单时间超过通常下单间隔的两倍，或超过 90 天。",
        "Silent for more than twice its usual interval (after 30 days at the earliest, 365 at "
        "the latest), or 90 days.",
    ),
    "segment_trend_new": (
        "Sales in the window, none in the one before.",
        "统计期内有销售，上一统计期没有。",
        "Sales in the window, nothing comparable a year before.",
    ),
    "segment_trend_none": (
        "No sales in either window.",
        "两个统计期内均无销售。",
        "No sales to compare, or dormant or lost by the lifecycle.",
    ),
}
# Limits of a lost customer as they were shipped before: overdue ratio, least days, fixed days
LIMITS = (4.0, 30, 365)


def migrate(cr, version):
    """Correct what nobody has changed; the next full run tells its moves as those of it.

    In SQL: it is no change of the standards by people, and no version of them is to be taken.
    """
    env = api.Environment(cr, SUPERUSER_ID, {"lang": "en_US"})
    changed = {name for name, texts in RULES.items() if _correct_rule(cr, name, *texts)}
    for name, texts in DESCRIPTIONS.items():
        # the description tells the rule: a rule of their own keeps its text
        if name in changed or name not in RULES:
            _correct_description(cr, name, *texts)
    kept = sorted(set(RULES) - changed)
    if kept:
        _logger.info("Rules that were changed or deleted stay as they are: %s", ", ".join(kept))
    _correct_limits(cr, "segment_lifecycle_lost" in changed)
    env.registry.clear_cache()
    env.invalidate_all()
    env["customer.segmentation.criteria"]._note_changed_standards()


def _correct_rule(cr, name, before, now):
    """Give a shipped segment its new rule where it has the former one; whether it had."""
    cr.execute(
        """
        UPDATE customer_segmentation_segment segment
           SET domain = %s
          FROM ir_model_data data
         WHERE data.module = 'customer_segmentation'
           AND data.name = %s
           AND data.model = 'customer.segmentation.segment'
           AND segment.id = data.res_id
           AND segment.domain = %s
        """,
        [now, name, before],
    )
    if cr.rowcount:
        _logger.info("Rule of %s: %s, before: %s", name, now, before)
    return bool(cr.rowcount)


def _correct_description(cr, name, before, chinese, now):
    """The same with its description; a text in other languages goes with the English one."""
    cr.execute(
        """
        UPDATE customer_segmentation_segment segment
           SET description = %s::jsonb
          FROM ir_model_data data
         WHERE data.module = 'customer_segmentation'
           AND data.name = %s
           AND data.model = 'customer.segmentation.segment'
           AND segment.id = data.res_id
           AND segment.description ->> 'en_US' = %s
           AND COALESCE(segment.description ->> 'zh_CN', %s) IN (%s, %s)
        """,
        [json.dumps({"en_US": now}), name, before, chinese, before, chinese],
    )


def _correct_limits(cr, is_rule_changed):
    """Won back goes by the limits of the rule: both are corrected, or none of them.

    Where they stay, no silence is a loss by its length alone: there was no such limit.
    """
    cr.execute(
        """
        UPDATE customer_segmentation_criteria
           SET lost_min_days = CASE WHEN %(is_rule_changed)s AND lost_overdue_ratio = %(ratio)s
                                     AND lost_min_days = %(least)s AND lost_days = %(fixed)s
                                    THEN 90 ELSE lost_min_days END,
               lost_max_days = CASE WHEN %(is_rule_changed)s AND lost_overdue_ratio = %(ratio)s
                                     AND lost_min_days = %(least)s AND lost_days = %(fixed)s
                                    THEN 730 ELSE 0 END
     RETURNING company_id, lost_min_days, lost_max_days
        """,
        {
            "is_rule_changed": is_rule_changed,
            **dict(zip(("ratio", "least", "fixed"), LIMITS, strict=True)),
        },
    )
    for company_id, least, most in cr.fetchall():
        _logger.info(
            "Company %s: lost not before %s days, always after %s (0: never)",
            company_id,
            least,
            most,
        )
