from collections import namedtuple

from odoo import _, api, fields, models
from odoo.tools import format_amount

from ..tools.proportions import difference

# With fewer customers on either side a difference is noise.
MIN_CUSTOMERS = 30

# One side of the comparison: customers, how many of them ordered, and the net sales per customer
# in the days before and after; how many days were campaigns, the first and the last one.
Group = namedtuple("Group", "count reactions before after days first last")
NOBODY = Group(0, 0, 0.0, 0.0, 0, None, None)


class CustomerSegmentationPlaybookEffectSummary(models.TransientModel):
    """What came after a playbook, in words that claim no more than the numbers carry.

    Each customer counts once, and only campaigns whose days of reaction have passed.
    """

    _name = "customer.segmentation.playbook.effect.summary"
    _inherit = "customer.segmentation.guarded"
    _description = "Effect of a Playbook"

    playbook_id = fields.Many2one(
        "customer.segmentation.playbook", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    date_from = fields.Date("Campaigns From", help="Empty: of the whole last year.")
    date_until = fields.Date("Campaigns Until")
    currency_id = fields.Many2one(related="company_id.currency_id")
    reaction_days = fields.Integer(related="playbook_id.reaction_days")
    reached_count = fields.Integer("Customers Reached", compute="_compute_numbers")
    reached_reactions = fields.Integer("Of Them Ordered", compute="_compute_numbers")
    reached_rate = fields.Float("Share That Ordered", compute="_compute_numbers")
    reached_before = fields.Monetary("Sales Before per Customer", compute="_compute_numbers")
    reached_sales = fields.Monetary("Sales per Customer", compute="_compute_numbers")
    compared_count = fields.Integer("Comparable, Not Reached", compute="_compute_numbers")
    compared_reactions = fields.Integer("Ordered All the Same", compute="_compute_numbers")
    compared_rate = fields.Float("Share Not Reached", compute="_compute_numbers")
    compared_before = fields.Monetary(
        "Sales Before per Customer Not Reached", compute="_compute_numbers"
    )
    compared_sales = fields.Monetary("Sales per Customer Not Reached", compute="_compute_numbers")
    words = fields.Text("In Words", compute="_compute_numbers")
    loyalty_words = fields.Text("Loyalty Measures", compute="_compute_numbers")

    @api.depends("playbook_id", "company_id", "date_from", "date_until")
    @api.depends_context("lang")
    def _compute_numbers(self):
        figures = self._figures()
        for summary in self:
            groups = figures[summary]
            for name in ("reached", "compared"):
                group = groups.get(("step", name), NOBODY)
                summary[f"{name}_count"] = group.count
                summary[f"{name}_reactions"] = group.reactions
                summary[f"{name}_rate"] = group.reactions / group.count if group.count else 0.0
                summary[f"{name}_before"] = group.before
                summary[f"{name}_sales"] = group.after
            summary.words = "\n".join(summary._sentences(groups, "step"))
            summary.loyalty_words = "\n".join(summary._loyalty_sentences(groups))

    def _figures(self):
        """The groups of all playbooks of the same company and days, with one query.

        :return: {summary: {(what is judged, "reached" or "compared"): Group}}; absent = nobody
        """
        figures = {summary: {} for summary in self}
        for summaries in self.grouped(
            lambda summary: (summary.company_id, summary.date_from, summary.date_until)
        ).values():
            by_playbook = {summary.playbook_id._origin.id: summary for summary in summaries}
            for playbook, about, group, *sums in summaries._effects()._read_group(
                summaries._domain(),
                ["playbook_id", "about", "group"],
                [
                    "customer_count:sum", "reaction_count:sum", "sales_before:sum",
                    "sales_after:sum", "date:count_distinct", "date:min", "date:max",
                ],
            ):
                count, reactions, before, after, *days = sums
                figures[by_playbook[playbook.id]][about, group] = Group(
                    count, reactions, before / count, after / count, *days
                )
        return figures

    def _effects(self):
        return self.env["customer.segmentation.playbook.effect"].with_context(**self._period())

    def _period(self):
        """The days of the campaigns, as the effect takes them from the context."""
        return {
            "segmentation_period": {
                "from": self[:1].date_from,
                "until": self[:1].date_until,
            }
        }

    def _domain(self):
        return [
            ("playbook_id", "in", self.playbook_id.ids),
            ("company_id", "in", self.company_id.ids),
            ("is_over", "=", True),
            ("counted_once", "=", True),
        ]

    def _loyalty_sentences(self, groups):
        """The same of the loyalty measures; nothing where the playbook has none."""
        proposed, taken = self._count_proposals()
        sentences = []
        if proposed:
            sentences.append(
                _(
                    "A pricelist was proposed to customers: %(proposed)s. Of them have it since: "
                    "%(taken)s.",
                    proposed=proposed,
                    taken=taken,
                )
            )
        if ("loyalty", "reached") in groups:
            sentences += self._sentences(groups, "loyalty")
        if taken and ("loyalty", "reached") in groups:
            sentences.append(
                _(
                    "Who takes up a pricelist may have meant to buy anyway: a comparison with "
                    "those who were not asked says little of the pricelist itself."
                )
            )
        return sentences

    def _count_proposals(self):
        """(customers a pricelist was proposed to in the period, those of them who have it since)"""
        domain = [
            ("playbook_id", "=", self.playbook_id.id),
            ("company_id", "=", self.company_id.id),
            ("step_id.kind", "=", "pricelist"),
            ("state", "=", "done"),
        ]
        if self.date_from:
            domain.append(("done_date", ">=", self.date_from))
        if self.date_until:
            domain.append(("done_date", "<=", self.date_until))
        events = self.env["customer.segmentation.playbook.event"]
        return tuple(
            events._read_group(wanted, [], ["partner_id:count_distinct"])[0][0]
            for wanted in (domain, [*domain, ("taken_date", "!=", False)])
        )

    def _sentences(self, groups, about):
        """The report: what was counted, whether it differs, and what it does not tell."""
        reached = groups.get((about, "reached"), NOBODY)
        compared = groups.get((about, "compared"), NOBODY)
        if not reached.count:
            return [
                _(
                    "Nobody was reached more than %(days)s days ago: there is nothing to tell yet.",
                    days=self.reaction_days,
                )
            ]
        figures = {
            "count": reached.count,
            "reactions": reached.reactions,
            "rate": self._percent(reached.reactions / reached.count),
            "days": self.reaction_days,
        }
        sentences = [
            _(
                "Customers reached: %(count)s. Of them ordered within %(days)s days after it: "
                "%(reactions)s (%(rate)s %%).",
                **figures,
            )
            if about == "step"
            else _(
                "Customers who got the pricelist or the tag: %(count)s. Of them ordered within "
                "%(days)s days after the day they got it: %(reactions)s (%(rate)s %%).",
                **figures,
            )
        ]
        if not compared.count:
            return [
                *sentences,
                _("There is no customer in the same segments who was not reached: whether they "
                  "would have ordered anyway cannot be told."),
            ]
        sentences.append(
            _(
                "Customers in the same segments, not reached: %(count)s. Of them ordered in the "
                "same time: %(reactions)s (%(rate)s %%).",
                count=compared.count,
                reactions=compared.reactions,
                rate=self._percent(compared.reactions / compared.count),
            )
        )
        return [
            *sentences, self._judgement(reached, compared), self._sales_sentence(reached, compared)
        ]

    def _judgement(self, reached, compared):
        """Whether the shares differ, by an interval; never that one made the other."""
        delta, lower, upper = difference(
            (reached.reactions, reached.count), (compared.reactions, compared.count)
        )
        figures = {
            "delta": self._points(delta), "lower": self._points(lower),
            "upper": self._points(upper),
        }
        if min(reached.count, compared.count) < MIN_CUSTOMERS:
            return _(
                "Difference: %(delta)s percentage points (95 %% interval %(lower)s to %(upper)s). "
                "With fewer than %(minimum)s customers on one side these numbers are too small to "
                "tell a difference from chance.",
                minimum=MIN_CUSTOMERS,
                **figures,
            )
        if lower <= 0 <= upper:
            return _(
                "Difference: %(delta)s percentage points (95 %% interval %(lower)s to %(upper)s). "
                "It may well be chance.",
                **figures,
            )
        return _(
            "Difference: %(delta)s percentage points (95 %% interval %(lower)s to %(upper)s), more "
            "than chance alone would explain. The groups are alike in their segments and may "
            "differ in other things, so this does not prove that the playbook is the reason.",
            **figures,
        )

    def _sales_sentence(self, reached, compared):
        def money(amount):
            return format_amount(self.env, amount, self.currency_id)

        return _(
            "Net sales for each customer in the %(days)s days before and after: %(reached_before)s "
            "and %(reached)s where reached, %(compared_before)s and %(compared)s for the others. "
            "A few large orders can make this difference.",
            days=self.reaction_days,
            reached_before=money(reached.before),
            reached=money(reached.after),
            compared_before=money(compared.before),
            compared=money(compared.after),
        )

    def _percent(self, share):
        return f"{100 * share:.1f}"

    def _points(self, share):
        return f"{100 * share:+.1f}"

    def action_open_rows(self):
        """The customers behind the numbers."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_playbook_effect_action"
        )
        return dict(action, domain=self._domain(), context=self._period(), target="current")

    def action_print(self):
        """The report as a PDF."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        report = self.env.ref("customer_segmentation.action_report_playbook_effect")
        return report.report_action(self, config=False)


class CustomerSegmentationPlaybookEffectWizard(models.TransientModel):
    """Choose the playbooks and the days of their campaigns, for the printed report."""

    _name = "customer.segmentation.playbook.effect.wizard"
    _description = "Print the Effect of Playbooks"

    playbook_ids = fields.Many2many(
        "customer.segmentation.playbook",
        "customer_segmentation_effect_wizard_playbook_rel",  # the automatic name is too long
        string="Playbooks",
        required=True,
        default=lambda self: self.env.context.get("active_ids"),
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    date_from = fields.Date("Campaigns From", help="Empty: of the whole last year.")
    date_until = fields.Date("Campaigns Until")

    def action_print(self):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        # filled by the application alone: playbook and company are given, the days are people's
        summaries = self.env["customer.segmentation.playbook.effect.summary"].sudo().create(
            [
                {
                    "playbook_id": playbook.id,
                    "company_id": self.company_id.id,
                    "date_from": self.date_from,
                    "date_until": self.date_until,
                }
                for playbook in self.playbook_ids
            ]
        )
        return summaries.sudo(self.env.su).action_print()


class CustomerSegmentationPlaybook(models.Model):
    _inherit = "customer.segmentation.playbook"

    def action_effect(self):
        """What came after this playbook, in the current company."""
        self.ensure_one()
        self._check_may_configure()
        summary = self.env["customer.segmentation.playbook.effect.summary"].sudo().create(
            {"playbook_id": self.id, "company_id": (self.company_id or self.env.company).id}
        )
        return {
            "type": "ir.actions.act_window",
            "name": _("Effect of %(playbook)s", playbook=self.name),
            "res_model": summary._name,
            "res_id": summary.id,
            "view_mode": "form",
            "target": "new",
        }
