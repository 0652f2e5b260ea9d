from collections import namedtuple

from odoo import _, api, fields, models
from odoo.exceptions import ValidationError

MOMENTS = [
    ("enter", "On entering"),
    ("stay", "While in"),
    ("leave", "On leaving"),
    ("birthday", "On a birthday"),
]

#: What a kind of step needs and does; see ``_step_kinds``.
StepKind = namedtuple(
    "StepKind", "execute needed subject check is_activity", defaults=[(), None, None, False]
)


class CustomerSegmentationPlaybookStep(models.Model):
    """One thing a playbook does, and when."""

    _name = "customer.segmentation.playbook.step"
    _description = "Playbook Step"
    _order = "playbook_id, sequence, id"

    playbook_id = fields.Many2one(
        "customer.segmentation.playbook", required=True, index=True, ondelete="cascade"
    )
    sequence = fields.Integer(default=10, group_operator=None)
    active = fields.Boolean(default=True)
    moment = fields.Selection(MOMENTS, "When", required=True, default="enter")
    kind = fields.Selection(
        [
            ("activity", "Activity"),
            ("plan", "Activity plan"),
            ("message", "Message"),
            ("tag", "Tag"),
            ("priority", "Priority on new orders"),
            ("pricelist", "Pricelist proposal"),
        ],
        "What",
        required=True,
        default="activity",
    )
    cadence_days = fields.Integer(
        "Every (Days)",
        default=30,
        group_operator=None,
        help="While in: after so many days without contact, again and again.",
    )

    # Activities
    plan_id = fields.Many2one(
        "mail.activity.plan",
        domain="[('res_model', '=', 'res.partner')]",
        ondelete="restrict",
    )
    activity_type_id = fields.Many2one(
        "mail.activity.type",
        domain="[('res_model', 'in', (False, 'res.partner'))]",
        default=lambda self: self.env.ref("mail.mail_activity_data_call", False),
        ondelete="restrict",
    )
    summary = fields.Char(translate=True)
    note = fields.Html(translate=True)
    delay_days = fields.Integer(
        "Due After (Days)", group_operator=None, help="0: due on the same day."
    )
    responsible = fields.Selection(
        [
            ("salesperson", "Salesperson"),
            ("team_leader", "Team leader"),
            ("user", "Named user"),
        ],
        required=True,
        default="salesperson",
        help="Where there is no salesperson the team leader is asked, and the other way round; "
        "without both it is the fallback of the playbook.",
    )
    user_id = fields.Many2one(
        "res.users", "Named User", domain="[('share', '=', False)]", ondelete="restrict"
    )
    pricelist_id = fields.Many2one(
        "product.pricelist",
        ondelete="restrict",
        help="Proposed by an activity; a price is never changed by itself.",
    )

    # Others
    template_id = fields.Many2one(
        "mail.template",
        "Mail Template",
        domain="[('model', '=', 'res.partner')]",
        ondelete="restrict",
    )
    category_id = fields.Many2one("res.partner.category", "Tag", ondelete="restrict")
    remove_on_leave = fields.Boolean(
        "Take Off on Leaving",
        default=True,
        help="The tag is taken off again when the customer leaves the segment, unless it had the "
        "tag before.",
    )

    _sql_constraints = [
        ("delay_positive", "CHECK(delay_days >= 0)", "A step is due after 0 days or more."),
        (
            "cadence_positive",
            "CHECK(moment <> 'stay' OR kind = 'priority' OR cadence_days > 0)",
            "While in the segment, a step comes every 1 day or more.",
        ),
    ]

    @api.depends(
        "moment", "kind", "cadence_days", "summary", "plan_id.name", "template_id.name",
        "category_id.name", "pricelist_id.name", "activity_type_id.name",
    )
    @api.depends_context("lang")
    def _compute_display_name(self):
        moments = dict(self._fields["moment"]._description_selection(self.env))
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        standing = self._standing_kinds()
        for step in self:
            moment = moments.get(step.moment, "")
            if step.moment == "stay" and step.kind not in standing:
                moment = _("Every %(days)s days without contact", days=step.cadence_days)
            subject = step._subject()
            what = f"{kinds.get(step.kind)} “{subject}”" if subject else kinds.get(step.kind)
            step.display_name = _("%(moment)s: %(step)s", moment=moment, step=what)

    def _step_kinds(self):
        """{kind: StepKind}; the hook for more: another addon adds a kind with ``selection_add``
        and this one method.

        ``execute(events, run, dry)`` does the step for the customers of the events, in bulk, and
        settles the events; it raises what goes wrong. None: the step stands while the customer is
        in the segment, and nothing is ever due.
        ``needed`` are the names of the fields the kind cannot do without.
        ``subject()`` returns what the step is about, in the words of its own record.
        ``check()`` raises ValidationError where the fields do not go together.
        ``is_activity``: it is somebody's work, so it needs a responsible, and counts towards the
        activities of a day.
        """
        return {
            "activity": StepKind(
                self._execute_activity,
                needed=["activity_type_id"],
                subject=lambda: self.summary or self.activity_type_id.name,
                is_activity=True,
            ),
            "plan": StepKind(
                self._execute_plan,
                needed=["plan_id"],
                subject=lambda: self.plan_id.name,
                check=self._check_plan,
                is_activity=True,
            ),
            "message": StepKind(
                self._execute_message,
                needed=["template_id"],
                subject=lambda: self.template_id.name,
                check=self._check_template,
            ),
            "tag": StepKind(
                self._execute_tag,
                needed=["category_id"],
                subject=lambda: self.category_id.name,
                check=self._check_tag,
            ),
            "priority": StepKind(None, check=self._check_priority),
            "pricelist": StepKind(
                self._execute_pricelist,
                needed=["pricelist_id"],
                subject=lambda: self.pricelist_id.name,
                is_activity=True,
            ),
        }

    @api.model
    def _activity_kinds(self):
        """The kinds that are somebody's work."""
        return tuple(kind for kind, traits in self._step_kinds().items() if traits.is_activity)

    @api.model
    def _standing_kinds(self):
        """The kinds of which nothing is ever due."""
        return tuple(kind for kind, traits in self._step_kinds().items() if not traits.execute)

    def _subject(self):
        """What the step is about; empty where the kind says all."""
        kind = self.sudo()._step_kinds().get(self.kind)
        return kind and kind.subject and kind.subject()

    @api.model
    def _needed_fields(self):
        return {name for kind in self._step_kinds().values() for name in kind.needed}

    @api.constrains(
        lambda self: ("kind", "moment", "responsible", "user_id", *self._needed_fields())
    )
    def _check_complete(self):
        for step in self:
            kind = step._step_kinds()[step.kind]
            missing = [name for name in kind.needed if not step[name]]
            if kind.is_activity and step.responsible == "user" and not step.user_id:
                missing.append("user_id")
            if missing:
                label = step._fields[missing[0]]._description_string(self.env)
                raise ValidationError(
                    _(
                        "The step “%(step)s” of the playbook %(playbook)s lacks: %(field)s.",
                        step=step.display_name,
                        playbook=step.playbook_id.name,
                        field=label,
                    )
                )
            if kind.check:
                kind.check()

    def _check_priority(self):
        if self.moment != "stay":
            raise ValidationError(
                _("Priority on new orders holds while the customer is in the segment: choose "
                  "“While in”.")
            )

    def _check_tag(self):
        if self.moment == "stay":
            raise ValidationError(
                _("A tag is added on entering and taken off on leaving: choose “On entering”.")
            )

    def _check_plan(self):
        if self.plan_id.res_model != "res.partner":
            raise ValidationError(
                _("The activity plan %(plan)s is not for contacts.", plan=self.plan_id.name)
            )

    def _check_template(self):
        if self.template_id.model != "res.partner":
            raise ValidationError(
                _("The mail template %(template)s is not for contacts.",
                  template=self.template_id.name)
            )

    @api.constrains("moment", "playbook_id")
    def _check_segment(self):
        self.playbook_id._check_segment()

    @api.model_create_multi
    def create(self, vals_list):
        steps = super().create(vals_list)
        self.env.registry.clear_cache()
        return steps

    def write(self, vals):
        result = super().write(vals)
        if set(vals) & {"active", "kind", "playbook_id"}:
            self.env.registry.clear_cache()
        return result

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()
