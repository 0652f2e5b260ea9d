from odoo import _, api, fields, models, tools
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from ...tools.domain import FALSE_LEAF


class CustomerSegmentationPlaybook(models.Model):
    """What to do for the customers of a segment; it runs by itself while it is switched on.

    Shipped and new playbooks are paused: nobody gets a thousand activities over night without
    having asked for them. What a playbook does is planned and done after each run, as events.
    """

    _name = "customer.segmentation.playbook"
    _inherit = "customer.segmentation.guarded"
    _description = "Playbook"
    _order = "sequence, id"

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10, group_operator=None)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", ondelete="cascade", help="Empty: in every company, for its customers."
    )
    segment_id = fields.Many2one(
        "customer.segmentation.segment",
        index=True,
        ondelete="cascade",
        domain="[('dimension_kind', '!=', 'multiple')]",
        help="Whose customers the playbook is for. Steps on birthdays, and playbooks with a "
        "condition of their own, can do without.",
    )
    dimension_id = fields.Many2one(
        related="segment_id.dimension_id", string="Dimension", store=True
    )
    segment_color = fields.Integer(related="segment_id.color", group_operator=None)
    condition = fields.Char(
        help="Only customers that also meet this. They enter when they first meet it, and leave "
        "when they no longer do: the run looks after them as it does after segments.",
    )
    advice = fields.Text(
        translate=True,
        help="What to do with these customers, in plain words: salespeople read it on the "
        "customer and on the quotation, also while the playbook is paused.",
    )
    step_ids = fields.One2many("customer.segmentation.playbook.step", "playbook_id", copy=True)
    event_ids = fields.One2many("customer.segmentation.playbook.event", "playbook_id")

    condition_words = fields.Char("Condition in Words", compute="_compute_condition_words")

    # When it acts
    paused = fields.Boolean(
        default=True, readonly=True, copy=False, help="While paused it does nothing by itself."
    )
    on_since_date = fields.Date("On Since", readonly=True, copy=False)
    since_history_id = fields.Integer(
        required=True, default=0, readonly=True, copy=False, group_operator=None,
        help="The last change of segment before it was switched on; only later ones count.",
    )
    only_new_members = fields.Boolean(
        default=True,
        help="Only customers that enter the segment after the playbook was switched on. "
        "Otherwise those who are in it on that day are treated as if they had just entered.",
    )
    reentry = fields.Boolean(
        "Again on Re-entry",
        default=True,
        help="Whether a customer that left the segment and comes back goes through it again.",
    )
    cooldown_days = fields.Integer(
        "Cool-down (Days)",
        default=30,
        help="A step is not repeated for a customer that comes back within these days. Tags are "
        "given and taken all the same.",
    )
    user_id = fields.Many2one(
        "res.users",
        "Fallback Responsible",
        domain="[('share', '=', False)]",
        ondelete="set null",
        help="Gets the activities of customers that have neither a salesperson nor a team "
        "leader. Where nobody is named, the salesperson who switches the playbook on; else the "
        "responsible of the criteria, or the first segmentation manager.",
    )

    reaction_days = fields.Integer(
        "Reaction Within (Days)",
        default=30,
        required=True,
        help="A sale within so many days after a step counts as a reaction in the effect report.",
    )

    member_count = fields.Integer("Customers Now", compute="_compute_member_count")
    queued_count = fields.Integer("Waiting", compute="_compute_event_counts")
    done_count = fields.Integer("Done", compute="_compute_event_counts")
    failed_count = fields.Integer("Failed", compute="_compute_event_counts")

    _sql_constraints = [
        ("cooldown_positive", "CHECK(cooldown_days >= 0)", "Cool-down days are 0 or more."),
        (
            "reaction_days_positive",
            "CHECK(reaction_days > 0)",
            "Reactions are counted within 1 day or more.",
        ),
    ]

    @api.depends("segment_id", "condition")
    @api.depends_context("company", "uid")
    def _compute_member_count(self):
        for playbook in self:
            playbook.member_count = (
                playbook._count_members()
                if playbook._has_condition()
                else playbook.segment_id.customer_count
            )

    def _count_members(self):
        """How many customers the user may see are in it in the current company, by a query."""
        try:
            return self.env["customer.segmentation.profile"].search_count(
                [("company_id", "=", self.env.company.id), *self._member_domain()]
            )
        except (ValueError, UserError):
            return 0  # a broken condition is told by the run

    @api.depends_context("company", "uid")
    def _compute_event_counts(self):
        counts = {
            (playbook, state): count
            for playbook, state, count in self.env["customer.segmentation.playbook.event"]
            ._read_group(
                [("playbook_id", "in", self.ids), ("company_id", "in", self.env.companies.ids)],
                ["playbook_id", "state"],
                ["__count"],
            )
        }
        for playbook in self:
            playbook.queued_count = counts.get((playbook, "queued"), 0)
            playbook.done_count = counts.get((playbook, "done"), 0)
            playbook.failed_count = counts.get((playbook, "failed"), 0)

    @api.constrains("condition")
    def _check_condition(self):
        for playbook in self.filtered(lambda playbook: playbook._has_condition()):
            try:
                self.env["customer.segmentation.segment"]._try_rule(playbook.condition)
            except Exception as error:
                raise ValidationError(
                    _(
                        "The condition of the playbook %(playbook)s cannot be used: %(error)s\n"
                        "Condition: %(condition)s\nOpen it in the editor and correct or remove "
                        "what is wrong.",
                        playbook=playbook.name,
                        error=error,
                        condition=playbook.condition,
                    )
                ) from error

    @api.constrains("segment_id", "step_ids", "paused", "condition")
    def _check_segment(self):
        for playbook in self:
            if playbook.segment_id.dimension_kind == "multiple":
                raise ValidationError(
                    _(
                        "%(segment)s is one of several that may apply to a customer at once: "
                        "nobody enters or leaves it by a run. Choose a segment of another "
                        "dimension.",
                        segment=playbook.segment_id.name,
                    )
                )
            if not playbook._has_members() and set(playbook.step_ids.mapped("moment")) - {
                "birthday"
            }:
                raise ValidationError(
                    _(
                        "The playbook %(playbook)s has steps on entering, while in or on leaving: "
                        "choose the segment, or give it a condition.",
                        playbook=playbook.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        playbooks = super().create(vals_list)
        self.env.registry.clear_cache()
        return playbooks

    def write(self, vals):
        result = super().write(vals)
        if set(vals) & {"active", "paused", "company_id", "segment_id", "step_ids"}:
            self.env.registry.clear_cache()
        if set(vals) & {"company_id", "segment_id", "condition"}:
            # who meets the new terms today did not enter today
            self.filtered(lambda playbook: not playbook.paused)._note_members()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache("company_id")
    def _running_ids(self, company_id):
        """Ids of the playbooks that are switched on in the company; asked for by every run."""
        return self.sudo().search(
            [("paused", "=", False), ("company_id", "in", (False, company_id))]
        ).ids

    # Buttons

    def action_resume(self):
        """Switch on: what happens from now on counts, and maybe who is in the segment now."""
        self._check_may_configure()
        self.sudo()._switch_on(self.env.company._segmentation_today())
        return True

    def action_pause(self):
        """Do nothing any more; what waits stays until the playbook is switched on again."""
        self._check_may_configure()
        self.sudo().write({"paused": True})
        return True

    def _check_may_configure(self):
        self.check_access_rights("write")
        self.check_access_rule("write")

    def _companies(self):
        """The companies it acts in."""
        self.ensure_one()
        return self.company_id or self.env["res.company"].sudo().search([])

    def _switch_on(self, as_of, companies=None):
        """Switch on as of a day; the next run does what is due.

        :param date as_of: the day from which on birthdays and contacts count
        :param companies: whose members are enrolled; None = those it acts in
        """
        off = self.filtered("paused")
        self.env.cr.execute("SELECT COALESCE(max(id), 0) FROM customer_segmentation_history")
        [last_id] = self.env.cr.fetchone()
        off.write({"paused": False, "on_since_date": as_of, "since_history_id": last_id})
        off.filtered(lambda playbook: not playbook.user_id).user_id = self._who_switches_on()
        off._note_members(as_of)
        for playbook in off.filtered(lambda playbook: not playbook.only_new_members):
            for company in companies or playbook._companies():
                playbook._enrol_members(company, as_of)

    @api.model
    def _who_switches_on(self):
        """The salesperson who switches on; nobody where a program or the system does."""
        user = self.env.user
        sells = user.has_group("sales_team.group_sale_salesman")
        works = user._segmentation_works_in(self.env.company)
        return user if sells and works else user.browse()

    def action_open_members(self):
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        if not self._has_condition():
            return self.segment_id.action_open_profiles()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_profile_action"
        )
        return dict(action, name=self.name, domain=self._member_domain(), context={})

    def action_open_events(self):
        """Everything this playbook did and did not, with the reasons."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "customer_segmentation.customer_segmentation_playbook_event_action"
        )
        return dict(action, domain=[("playbook_id", "=", self.id)], context={})

    # Members

    def _has_condition(self):
        self.ensure_one()
        return bool(self.condition) and self.condition.strip() != "[]"

    def _has_members(self):
        """Whether somebody can be in it at all: it has a segment or a condition."""
        return bool(self.segment_id) or self._has_condition()

    def _member_domain(self, company=None, as_of=None):
        """Who is in it, as a domain on the profile; its dates are reckoned from ``as_of``.

        :raise ValueError: if the condition is no list of conditions
        """
        domain = []
        if self.segment_id:
            column = self.dimension_id.column_name  # none: the dimension was deleted
            domain.append((column, "=", self.segment_id.id) if column else FALSE_LEAF)
        if self._has_condition():
            # its author's rights were asked for when it was saved
            domain += self.env["customer.segmentation.segment"].sudo()._parse_rule(
                self.condition, company or self.env.company, as_of
            )
        return domain

    @api.depends("condition")
    @api.depends_context("lang", "company")
    def _compute_condition_words(self):
        standards = self.env["report.customer_segmentation.report_standards"]
        for playbook in self:
            playbook.condition_words = playbook._has_condition() and standards._say_rule(
                playbook.sudo().condition
            )

    def _find_broken(self, company, as_of):
        """Those whose condition cannot be used any more, e.g. for a field that is gone.

        :return: {playbook: what is wrong}
        """
        broken = {}
        for playbook in self.filtered(lambda playbook: playbook._has_condition()):
            try:
                playbook._query_condition(company, as_of)
            except (ValueError, ValidationError, UserError) as error:
                broken[playbook] = str(error)
        return broken

    def _query_condition(self, company, as_of):
        """The ids of the profiles that meet the condition, as a subquery."""
        profiles = (
            self.env["customer.segmentation.profile"]
            .sudo()
            .with_context(segmentation_as_of=as_of, allowed_company_ids=company.ids)
        )
        return profiles._search(
            [
                ("company_id", "=", company.id),
                ("active", "=", True),
                *self._member_domain(company, as_of),
            ]
        ).subselect()

    @api.model
    def _query_members(self, playbook_ids, company, as_of):
        """Who is in playbooks: playbook_id, partner_id, net_sales_12m.

        SQL, because the segment stands in another column for each dimension. A condition is
        compiled by the ORM, which reads the profile as this run has written it.
        """
        playbooks = self.sudo().browse(playbook_ids)
        conditioned = playbooks.filtered(lambda playbook: playbook._has_condition())
        plain = playbooks - conditioned
        columns = sorted(set(plain.dimension_id.mapped("column_name")) - {False})
        of_segments = SQL(
            """
            SELECT playbook.id AS playbook_id, profile.partner_id, profile.net_sales_12m
              FROM customer_segmentation_profile profile
        CROSS JOIN LATERAL (VALUES %(segments)s) member (segment_id)
              JOIN customer_segmentation_playbook playbook
                ON playbook.segment_id = member.segment_id
             WHERE profile.company_id = %(company)s
               AND profile.active
               AND playbook.id = ANY(%(playbooks)s)
            """,
            segments=SQL(", ").join(
                SQL("(%s)", SQL.identifier("profile", column)) for column in columns
            )
            if columns
            else SQL("(NULL::int)"),
            company=company.id,
            playbooks=plain.ids,
        )
        return SQL(" UNION ALL ").join(
            [
                of_segments,
                *(
                    SQL(
                        """
                        SELECT %s::int, profile.partner_id, profile.net_sales_12m
                          FROM customer_segmentation_profile profile
                         WHERE profile.id IN %s
                        """,
                        playbook.id,
                        playbook._query_condition(company, as_of),
                    )
                    for playbook in conditioned
                ),
            ]
        )

    # Priority on new orders

    @api.model
    @tools.ormcache()
    def _prioritizing_ids(self):
        steps = self.env["customer.segmentation.playbook.step"].sudo()
        found = steps.search([("kind", "=", "priority"), ("playbook_id.paused", "=", False)])
        return found.playbook_id.filtered("active").ids

    @api.model
    def _prioritizing(self):
        """The playbooks that give priority to new orders now."""
        return self.sudo().browse(self._prioritizing_ids())

    def _members_among(self, partners, company=None):
        """Which of the commercial partners are in the playbooks, as of today.

        :param company: only in this one
        :return: set of (partner id, company id); nobody is in one whose condition is broken
        """
        found = set()
        profiles = self.env["customer.segmentation.profile"].sudo()
        for playbook in self.sudo().filtered(lambda playbook: playbook._has_members()):
            domain = [("partner_id", "in", partners.ids)]
            if company or playbook.company_id:
                domain.append(("company_id", "in", (company or playbook.company_id).ids))
            try:
                members = profiles.search_fetch(
                    [*domain, *playbook._member_domain()], ["partner_id", "company_id"]
                )
            except (ValueError, UserError):
                continue  # a broken condition is told by the run, and stops no order
            found |= {(member.partner_id.id, member.company_id.id) for member in members}
        return found
