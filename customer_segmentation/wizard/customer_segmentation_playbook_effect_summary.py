from odoo import _, api, fields, models
from odoo.tools import format_amount

from ..tools.proportions import difference

# With fewer customers on either side a difference is noise.
MIN_CUSTOMERS = 30


class CustomerSegmentationPlaybookEffectSummary(models.TransientModel):
    """What came after a playbook, in words that claim no more than the numbers carry.

    Each customer counts once, and only campaigns whose days of reaction have passed.
    """

    _name = "customer.segmentation.playbook.effect.summary"
    _description = "Effect of a Playbook"

    playbook_id = fields.Many2one(
        "customer.segmentation.playbook", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    currency_id = fields.Many2one(related="company_id.currency_id")
    reaction_days = fields.Integer(related="playbook_id.reaction_days")
    reached_count = fields.Integer("Customers Reached", compute="_compute_numbers")
    reached_reactions = fields.Integer("Of Them Ordered", compute="_compute_numbers")
    reached_rate = fields.Float("Share That Ordered", compute="_compute_numbers")
    reached_sales = fields.Monetary("Sales per Customer", compute="_compute_numbers")
    compared_count = fields.Integer("Comparable, Not Reached", compute="_compute_numbers")
    compared_reactions = fields.Integer("Ordered All the Same", compute="_compute_numbers")
    compared_rate = fields.Float("Share Not Reached", compute="_compute_numbers")
    compared_sales = fields.Monetary("Sales per Customer Not Reached", compute="_compute_numbers")
    words = fields.Text("In Words", compute="_compute_words")

    @api.depends("playbook_id", "company_id")
    def _compute_numbers(self):
        for summary in self:
            groups = {
                group: (count, reactions, sales)
                for group, count, reactions, sales in self.env[
                    "customer.segmentation.playbook.effect"
                ]._read_group(
                    summary._domain(),
                    ["group"],
                    ["customer_count:sum", "reaction_count:sum", "sales_after:sum"],
                )
            }
            for group in ("reached", "compared"):
                count, reactions, sales = groups.get(group, (0, 0, 0.0))
                summary[f"{group}_count"] = count
                summary[f"{group}_reactions"] = reactions
                summary[f"{group}_rate"] = reactions / count if count else 0.0
                summary[f"{group}_sales"] = sales / count if count else 0.0

    def _domain(self):
        return [
            ("playbook_id", "=", self.playbook_id.id),
            ("company_id", "=", self.company_id.id),
            ("is_over", "=", True),
            ("counted_once", "=", True),
        ]

    @api.depends("reached_count", "compared_count")
    def _compute_words(self):
        for summary in self:
            summary.words = "\n".join(summary._sentences())

    def _sentences(self):
        """The report: what was counted, whether it differs, and what it does not tell."""
        if not self.reached_count:
            return [
                _(
                    "Nobody was reached more than %(days)s days ago: there is nothing to tell yet.",
                    days=self.reaction_days,
                )
            ]
        sentences = [
            _(
                "Customers reached: %(count)s. Of them ordered within %(days)s days after it: "
                "%(reactions)s (%(rate)s %%).",
                count=self.reached_count,
                reactions=self.reached_reactions,
                rate=self._percent(self.reached_rate),
                days=self.reaction_days,
            )
        ]
        if not self.compared_count:
            return [
                *sentences,
                _("There is no customer in the same segments who was not reached: whether they "
                  "would have ordered anyway cannot be told."),
            ]
        sentences.append(
            _(
                "Customers in the same segments, not reached: %(count)s. Of them ordered in the "
                "same time: %(reactions)s (%(rate)s %%).",
                count=self.compared_count,
                reactions=self.compared_reactions,
                rate=self._percent(self.compared_rate),
            )
        )
        return [*sentences, self._judgement(), self._sales_sentence()]

    def _judgement(self):
        """Whether the shares differ, by an interval; never that one made the other."""
        delta, lower, upper = difference(
            (self.reached_reactions, self.reached_count),
            (self.compared_reactions, self.compared_count),
        )
        figures = {
            "delta": self._points(delta), "lower": self._points(lower),
            "upper": self._points(upper),
        }
        if min(self.reached_count, self.compared_count) < MIN_CUSTOMERS:
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

    def _sales_sentence(self):
        return _(
            "Net sales in that time: %(reached)s for each customer reached, %(compared)s for each "
            "of the others. A few large orders can make this difference.",
            reached=format_amount(self.env, self.reached_sales, self.currency_id),
            compared=format_amount(self.env, self.compared_sales, self.currency_id),
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
        return dict(action, domain=self._domain(), context={}, target="current")


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
