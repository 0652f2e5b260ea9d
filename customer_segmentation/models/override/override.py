from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

MANAGER = "customer_segmentation.group_manager"


class CustomerSegmentationOverride(models.Model):
    """A segment set by a person for one customer and dimension; it wins over the rule.

    People may only read the table: setting and ending go through ``_set`` and ``action_end``,
    which ask for the rights and write with all. The run alone keeps the rule's own answer
    current. One override is in force per customer and dimension; the ended ones stay for the
    statistics.
    """

    _name = "customer.segmentation.override"
    _description = "Segment Override"
    _order = "active desc, from_date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    dimension_id = fields.Many2one(
        "customer.segmentation.dimension", required=True, readonly=True, ondelete="cascade"
    )
    segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Set Segment",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    rule_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Rule Says",
        readonly=True,
        ondelete="set null",
        help="What the rule would say by the last run; when the override ended, at its end.",
    )
    overruled_segment_id = fields.Many2one(
        "customer.segmentation.segment",
        "Rule Said",
        readonly=True,
        ondelete="set null",
        help="What the rule said when the override was set: the answer the person disagreed with.",
    )
    reason_id = fields.Many2one(
        "customer.segmentation.override.reason", required=True, readonly=True, ondelete="restrict"
    )
    note = fields.Text(readonly=True)
    user_id = fields.Many2one("res.users", "Set By", readonly=True, ondelete="set null")
    from_date = fields.Date("Since", required=True, readonly=True)
    until_date = fields.Date("Until", readonly=True, help="The last day; empty = until ended.")
    active = fields.Boolean("In Force", default=True, readonly=True)
    ended_date = fields.Date("Ended", readonly=True)
    ended_by_id = fields.Many2one(
        "res.users",
        readonly=True,
        ondelete="set null",
        help="Who ended it or set another segment; empty where it ended by itself.",
    )
    can_end = fields.Boolean(compute="_compute_can_end")

    def init(self):
        # "While in force" is a partial index, which no SQL constraint can express.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_override_in_force_uniq
                ON customer_segmentation_override (partner_id, company_id, dimension_id)
             WHERE active
            """
        )

    @api.depends("active", "user_id")
    @api.depends_context("uid")
    def _compute_can_end(self):
        is_manager = self.env.user.has_group(MANAGER)
        for override in self:
            override.can_end = override.active and (
                is_manager or override.user_id == self.env.user
            )

    @api.constrains("dimension_id", "segment_id")
    def _check_segment(self):
        for override in self:
            segment, dimension = override.segment_id, override.dimension_id
            if segment.dimension_id != dimension:
                raise ValidationError(
                    _(
                        "%(segment)s is a segment of %(other)s: choose one of %(dimension)s.",
                        segment=segment.name,
                        other=segment.dimension_id.name,
                        dimension=dimension.name,
                    )
                )
            if not dimension.active:
                raise ValidationError(
                    _(
                        "The dimension %(dimension)s is archived: customers have no segment in it. "
                        "Choose another one.",
                        dimension=dimension.name,
                    )
                )
            if not segment.active:
                raise ValidationError(
                    _(
                        "The segment %(segment)s of %(dimension)s is archived: choose another one.",
                        segment=segment.name,
                        dimension=dimension.name,
                    )
                )

    @api.constrains("from_date", "until_date")
    def _check_until_date(self):
        for override in self:
            if override.until_date and override.until_date < override.from_date:
                raise ValidationError(
                    _(
                        "The override cannot end on %(until)s, which is over: choose today or a "
                        "later day, or leave the day empty.",
                        until=fields.Date.to_string(override.until_date),
                    )
                )

    # Setting and ending

    @api.model
    def _set(self, profiles, segment, reason, note=False, until_date=False):
        """Set the segment of customers in its dimension; their former overrides of it end.

        The customers are not recomputed: see ``_recompute_customers``.

        :param profiles: customers the user must be allowed to see
        :param date until_date: the last day it holds; False = until ended
        :return: the new overrides, with the user's rights
        :raise UserError: if a customer has no segments to override
        """
        self._check_profiles(profiles)
        former = self._in_force(profiles, segment.dimension_id)
        rule_segments = {
            (override.partner_id, override.company_id): override.rule_segment_id
            for override in former
        }
        former._end(self.env.user)
        today = {company: company._segmentation_today() for company in profiles.company_id}
        vals_list = []
        column = segment.dimension_id.column_name
        for profile in profiles.sudo():
            key = (profile.partner_id, profile.company_id)
            # beside a former override the column does not tell the rule's answer
            rule_segment = rule_segments[key] if key in rule_segments else profile[column]
            vals_list.append(
                {
                    "partner_id": profile.partner_id.id,
                    "company_id": profile.company_id.id,
                    "dimension_id": segment.dimension_id.id,
                    "segment_id": segment.id,
                    "rule_segment_id": rule_segment.id,
                    "overruled_segment_id": rule_segment.id,
                    "reason_id": reason.id,
                    "note": note,
                    "user_id": self.env.user.id,
                    "from_date": today[profile.company_id],
                    "until_date": until_date,
                }
            )
        return self.sudo().create(vals_list).sudo(self.env.su)

    @api.model
    def _check_profiles(self, profiles):
        """Refuse customers the user may not see, and those that have left the segments."""
        if not profiles:
            raise UserError(_("Select the customers whose segment you want to set."))
        profiles.check_access_rights("read")
        profiles.check_access_rule("read")
        left = profiles.filtered(lambda profile: not profile.active)
        if left:
            raise UserError(
                _(
                    "These customers have left the segments, because they were archived or "
                    "merged: %(customers)s. Unarchive them first.",
                    customers=", ".join(left.partner_id.mapped("display_name")),
                )
            )

    @api.model
    def _in_force(self, profiles, dimension):
        """The overrides in force of these customers in a dimension, with all rights."""
        overrides = self.sudo().search(
            [
                ("partner_id", "in", profiles.partner_id.ids),
                ("company_id", "in", profiles.company_id.ids),
                ("dimension_id", "=", dimension.id),
            ]
        )
        keys = {(profile.partner_id, profile.company_id) for profile in profiles}
        return overrides.filtered(
            lambda override: (override.partner_id, override.company_id) in keys
        )

    def _end(self, user=None, day=None):
        """End overrides in force.

        :param user: who ends them; None = they end by themselves
        :param date day: the first day they do not hold; None = today
        """
        for company, overrides in self.grouped("company_id").items():
            overrides.write(
                {
                    "active": False,
                    "ended_date": day or company._segmentation_today(),
                    "ended_by_id": user and user.id,
                }
            )
        # the index of those in force must see it before the next one is inserted
        self.flush_recordset()

    @api.model
    def _end_expired(self, company, as_of):
        """End what is over on ``as_of``, and what points to an archived segment; for the run.

        :return: the ended overrides
        """
        overrides = self.sudo().search(
            [
                ("company_id", "=", company.id),
                "|",
                "|",
                ("until_date", "<", as_of),
                ("segment_id.active", "=", False),
                ("dimension_id.active", "=", False),
            ]
        )
        overrides._end(day=as_of)
        return overrides

    @api.model
    def _end_duplicates(self, partner, merged_partners):
        """Of the overrides in force that a merge brings together, let one stay.

        It is the one of the contact that stays, else the newest.
        """
        in_force = self.sudo().search([("partner_id", "in", (partner | merged_partners).ids)])
        for overrides in in_force.grouped(
            lambda item: (item.company_id, item.dimension_id)
        ).values():
            staying = max(overrides, key=lambda item: (item.partner_id == partner, item.id))
            (overrides - staying)._end(self.env.user)

    def action_end(self):
        """Have the rule decide again (button for whoever set it, and for managers)."""
        self.check_access_rights("read")
        self.check_access_rule("read")
        if any(not override.active for override in self):
            raise UserError(_("This override has ended already."))
        if any(not override.can_end for override in self):
            raise AccessError(
                _("Only who set an override can end it, or a segmentation manager.")
            )
        self.sudo()._end(self.env.user)
        return self._notify(_("The rule decides again."), self._recompute_customers())

    # Showing the result

    def _recompute_customers(self):
        """Recompute the customers at once; where a run is under way, queue them.

        :return: what the user has to know beside the success; empty = all is shown
        """
        runs, notices = self.env["customer.segmentation.run"], []
        for company, overrides in self.grouped("company_id").items():
            partner_ids = overrides.partner_id.ids
            if not runs._lock(company):
                self.env["customer.segmentation.queue"]._add(partner_ids)
                notices.append(
                    _("Customers are being recomputed right now: it will show within a minute.")
                )
                continue
            run = runs._recompute(company, partner_ids=partner_ids)
            if run.state == "failed":
                notices.append(
                    _("The customers could not be recomputed: %(error)s", error=run.message)
                )
        return " ".join(notices)

    @api.model
    def _notify(self, message, notice=""):
        """Tell the user, close the dialog if there is one, and have the view reload."""
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "warning" if notice else "success",
                "title": _("Segmentation"),
                "message": f"{message} {notice}".strip(),
                "next": {
                    "type": "ir.actions.act_window_close",
                    "infos": {"segment_was_set": True},
                },
            },
        }
