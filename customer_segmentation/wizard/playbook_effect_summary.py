from collections import defaultdict, namedtuple

from odoo import _, api, fields, models
from odoo.tools import format_amount

from ..tools.proportions import Sums, weigh_means, weigh_shares

# With fewer customers on either side a difference is noise.
MIN_CUSTOMERS = 30

# Customers, how many of them ordered (None where that is no count but a weighted share), their
# share, and the net sales per customer in the days before and after.
Group = namedtuple("Group", "count reactions rate before after")
NOBODY = Group(0, 0, 0.0, 0.0, 0.0)

# One group in one cell, summed up; the sum of the squares of sales after, and the campaign's day.
Side = namedtuple("Side", "count reactions before after squares date")

# All that is told of what was judged: everybody reached; those of them in a cell with somebody
# comparable, and the comparable, both weighted by them; shares and sales after as Comparison,
# None where nobody is comparable; how many days were campaigns, the first and the last one.
Effect = namedtuple("Effect", "reached matched compared shares sales days first last")


class CustomerSegmentationPlaybookEffectSummary(models.TransientModel):
    """What came after a playbook, in words that claim no more than the numbers carry.

    Each customer counts once, and only campaigns whose days of reaction have passed. Shares and
    sales of the comparable are weighted: in each cell (day, value, segment) as many as reached.
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
    left_out_count = fields.Integer(
        "Without Anyone Comparable",
        compute="_compute_numbers",
        help="Reached on a day on which nobody else stood in the same segments: not compared.",
    )
    matched_count = fields.Integer("Customers Compared", compute="_compute_numbers")
    matched_rate = fields.Float("Share of Those Compared", compute="_compute_numbers")
    matched_before = fields.Monetary(
        "Sales Before per Customer Compared", compute="_compute_numbers"
    )
    matched_sales = fields.Monetary("Sales per Customer Compared", compute="_compute_numbers")
    compared_count = fields.Integer("Comparable, Not Reached", compute="_compute_numbers")
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
            effect = figures[summary].get("step")
            for name in ("reached", "matched", "compared"):
                group = getattr(effect, name, NOBODY)
                summary[f"{name}_count"] = group.count
                summary[f"{name}_rate"] = group.rate
                summary[f"{name}_before"] = group.before
                summary[f"{name}_sales"] = group.after
            summary.reached_reactions = effect.reached.reactions if effect else 0
            summary.left_out_count = summary.reached_count - summary.matched_count
            summary.words = "\n".join(summary._sentences(effect, "step"))
            summary.loyalty_words = "\n".join(summary._loyalty_sentences(figures[summary]))

    def _figures(self):
        """The effects of all playbooks of the same company and days, with one query.

        :return: {summary: {what is judged ("step", "loyalty"): Effect}}; absent = nobody reached
        """
        figures = {summary: {} for summary in self}
        for summaries in self.grouped(
            lambda summary: (summary.company_id, summary.date_from, summary.date_until)
        ).values():
            by_playbook = {summary.playbook_id._origin.id: summary for summary in summaries}
            cells = defaultdict(lambda: defaultdict(dict))
            for playbook, about, cell, group, *sums in summaries._effects()._read_group(
                summaries._domain(),
                ["playbook_id", "about", "cell", "group"],
                [
                    "customer_count:sum", "reaction_count:sum", "sales_before:sum",
                    "sales_after:sum", "sales_square:sum", "date:min",
                ],
            ):
                cells[playbook.id, about][cell][group] = Side(*sums)
            for (playbook_id, about), found in cells.items():
                figures[by_playbook[playbook_id]][about] = self._weigh(list(found.values()))
        return figures

    def _weigh(self, cells):
        """:param list cells: {"reached": Side, "compared": Side}; none without reached"""
        dates = {cell["reached"].date for cell in cells}
        matched = [(cell["reached"], cell["compared"]) for cell in cells if "compared" in cell]
        reached = self._total([cell["reached"] for cell in cells])
        days = (len(dates), min(dates), max(dates))
        if not matched:
            return Effect(reached, NOBODY, NOBODY, None, None, *days)
        shares = weigh_shares(
            [tuple((side.reactions, side.count) for side in sides) for sides in matched]
        )
        sales = weigh_means(
            [
                tuple(Sums(side.count, side.after, side.squares) for side in sides)
                for sides in matched
            ]
        )
        ours = self._total([one for one, _other in matched])
        before = sum(one.count * other.before / other.count for one, other in matched) / ours.count
        count = sum(other.count for _one, other in matched)
        compared = Group(count, None, shares.second, before, sales.second)
        return Effect(reached, ours, compared, shares, sales, *days)

    def _total(self, sides):
        """All of a group as one Group, unweighted: those reached are what the others go by."""
        count, reactions, before, after = (
            sum(getattr(side, name) for side in sides)
            for name in ("count", "reactions", "before", "after")
        )
        return Group(count, reactions, reactions / count, before / count, after / count)

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

    def _loyalty_sentences(self, effects):
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
        if "loyalty" in effects:
            sentences += self._sentences(effects["loyalty"], "loyalty")
        if taken and "loyalty" in effects:
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

    def _sentences(self, effect, about):
        """The report: what was counted, whether it differs, and what it does not tell."""
        if not effect:
            return [
                _(
                    "Nobody was reached more than %(days)s days ago: there is nothing to tell yet.",
                    days=self.reaction_days,
                )
            ]
        sentences = [self._say_reached(effect.reached, about)]
        if not effect.shares:
            return [
                *sentences,
                _("There is no customer in the same segments who was not reached: whether they "
                  "would have ordered anyway cannot be told."),
            ]
        if effect.matched.count < effect.reached.count:
            sentences.append(
                _(
                    "On their day nobody else stood in the same segments: %(left_out)s of them, "
                    "who are left out of the comparison. Of the other %(count)s ordered: "
                    "%(reactions)s (%(rate)s %%).",
                    left_out=effect.reached.count - effect.matched.count,
                    count=effect.matched.count,
                    reactions=effect.matched.reactions,
                    rate=self._percent(effect.matched.rate),
                )
            )
        return [
            *sentences,
            _(
                "Customers in the same segments on the same day, not reached: %(count)s. Weighted "
                "as those reached are spread over days and segments, %(rate)s %% of them ordered "
                "in the same time.",
                count=effect.compared.count,
                rate=self._percent(effect.compared.rate),
            ),
            self._judgement(effect),
            self._sales_sentence(effect),
            self._sales_judgement(effect),
        ]

    def _say_reached(self, reached, about):
        figures = {
            "count": reached.count,
            "reactions": reached.reactions,
            "rate": self._percent(reached.rate),
            "days": self.reaction_days,
        }
        if about == "step":
            return _(
                "Customers reached: %(count)s. Of them ordered within %(days)s days after it: "
                "%(reactions)s (%(rate)s %%).",
                **figures,
            )
        return _(
            "Customers who got the pricelist or the tag: %(count)s. Of them ordered within "
            "%(days)s days after the day they got it: %(reactions)s (%(rate)s %%).",
            **figures,
        )

    def _is_small(self, effect):
        return min(effect.matched.count, effect.compared.count) < MIN_CUSTOMERS

    def _judgement(self, effect):
        """Whether the shares differ, by an interval; never that one made the other."""
        shares = effect.shares
        figures = {
            "delta": self._points(shares.delta),
            "lower": self._points(shares.lower),
            "upper": self._points(shares.upper),
        }
        if self._is_small(effect):
            return _(
                "Difference: %(delta)s percentage points (95 %% interval %(lower)s to %(upper)s). "
                "With fewer than %(minimum)s customers on one side these numbers are too small to "
                "tell a difference from chance.",
                minimum=MIN_CUSTOMERS,
                **figures,
            )
        if shares.lower <= 0 <= shares.upper:
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

    def _sales_sentence(self, effect):
        matched, compared = effect.matched, effect.compared
        return _(
            "Net sales for each customer in the %(days)s days before and after: %(reached_before)s "
            "and %(reached)s where reached, %(compared_before)s and %(compared)s for the others, "
            "weighted alike.",
            days=self.reaction_days,
            reached_before=self._money(matched.before),
            reached=self._money(matched.after),
            compared_before=self._money(compared.before),
            compared=self._money(compared.after),
        )

    def _sales_judgement(self, effect):
        """The same of the sales after it; of few customers nothing."""
        sales = effect.sales
        figures = {
            "delta": self._money(sales.delta),
            "lower": self._money(sales.lower),
            "upper": self._money(sales.upper),
        }
        if self._is_small(effect):
            return _("A few large orders can make this difference.")
        if sales.lower <= 0 <= sales.upper:
            return _(
                "Difference of the sales after it: %(delta)s for each customer (95 %% interval "
                "%(lower)s to %(upper)s). It may well be chance: a few large orders can make it.",
                **figures,
            )
        return _(
            "Difference of the sales after it: %(delta)s for each customer (95 %% interval "
            "%(lower)s to %(upper)s), more than chance alone would explain. That does not prove "
            "that the playbook is the reason.",
            **figures,
        )

    def _money(self, amount):
        return format_amount(self.env, amount, self.currency_id)

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
