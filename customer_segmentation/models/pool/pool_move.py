from datetime import timedelta

from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL
from odoo.tools.misc import format_date

MANAGER = "customer_segmentation.group_manager"
SALESMAN = "sales_team.group_sale_salesman"
ENTRIES = ("release", "give_back")  # the moves that put a customer into the pool


class CustomerSegmentationPoolMove(models.Model):
    """What happened to a customer around the public pool: who, when, why, whose it was.

    People may only read the table. The run warns and releases; claiming, giving back, assigning
    and undoing go through the methods below, which ask for the rights and then write with all.
    A move is open as long as it holds: the customer stands in the pool, has a warning, or is kept
    by whoever claimed it.
    """

    _name = "customer.segmentation.pool.move"
    _inherit = ["customer.segmentation.mixin", "customer.segmentation.partner.button"]
    _description = "Public Pool Move"
    _order = "date desc, id desc"
    _rec_name = "partner_id"

    partner_id = fields.Many2one(
        "res.partner", "Customer", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True, ondelete="cascade")
    kind = fields.Selection(
        [
            ("warning", "Warned"),
            ("release", "Released"),
            ("claim", "Claimed"),
            ("give_back", "Given back"),
            ("assign", "Assigned"),
            ("undo", "Undone"),
        ],
        "What",
        required=True,
        readonly=True,
    )
    date = fields.Date(required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users", "By", readonly=True, ondelete="set null", help="Empty: the nightly run."
    )
    former_user_id = fields.Many2one(
        "res.users", "Former Salesperson", readonly=True, index=True, ondelete="set null"
    )
    new_user_id = fields.Many2one(
        "res.users", "New Salesperson", readonly=True, ondelete="set null"
    )
    reason = fields.Char(readonly=True)
    rule_id = fields.Many2one(
        "customer.segmentation.pool.rule", readonly=True, ondelete="restrict"
    )
    release_date = fields.Date(readonly=True, help="The day for which a warning announced it.")
    is_open = fields.Boolean("Holds", readonly=True)
    closed_by_id = fields.Many2one(
        "customer.segmentation.pool.move", "Ended By", readonly=True, ondelete="set null"
    )
    activity_id = fields.Many2one("mail.activity", readonly=True, ondelete="set null")
    claim_number = fields.Integer(
        readonly=True, group_operator=None, help="The how-many-eth claim of the person that day."
    )
    days_in_pool = fields.Integer(compute="_compute_days_in_pool")
    in_pool = fields.Boolean(compute="_compute_in_pool", search="_search_in_pool")
    can_claim = fields.Boolean(compute="_compute_rights")
    can_give_back = fields.Boolean(compute="_compute_rights")
    can_undo = fields.Boolean(compute="_compute_rights")

    def init(self):
        # "While it holds" is a partial index, which no SQL constraint can express.
        self.env.cr.execute(
            """
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_pool_move_entry_uniq
                ON customer_segmentation_pool_move (partner_id)
             WHERE is_open AND kind IN ('release', 'give_back');
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_pool_move_warning_uniq
                ON customer_segmentation_pool_move (partner_id)
             WHERE is_open AND kind = 'warning';
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_pool_move_claim_uniq
                ON customer_segmentation_pool_move (partner_id)
             WHERE is_open AND kind = 'claim';
            CREATE UNIQUE INDEX IF NOT EXISTS customer_segmentation_pool_move_number_uniq
                ON customer_segmentation_pool_move (user_id, company_id, date, claim_number)
             WHERE kind = 'claim';
            """
        )

    def _segmentation_company_field(self):
        return "company_id"

    @api.depends("date", "is_open", "kind")
    def _compute_days_in_pool(self):
        today = {company: company._segmentation_today() for company in self.company_id}
        for move in self:
            held = move.is_open and move.kind in ENTRIES
            move.days_in_pool = held and (today[move.company_id] - move.date).days

    @api.depends("kind", "is_open", "partner_id.active")
    def _compute_in_pool(self):
        for move in self:
            move.in_pool = move.is_open and move.kind in ENTRIES and move.partner_id.active

    @api.model
    def _search_in_pool(self, operator, value):
        if operator not in ("=", "!=") or not isinstance(value, bool):
            raise UserError(_("Ask whether a customer is in the pool: yes or no."))
        domain = [
            "&", "&", ("is_open", "=", True), ("kind", "in", ENTRIES),
            ("partner_id.active", "=", True),
        ]
        return domain if (operator == "=") == value else ["!", *domain]

    @api.depends("kind", "is_open", "in_pool", "former_user_id", "new_user_id")
    @api.depends_context("uid")
    def _compute_rights(self):
        is_manager = self.env.user.has_group(MANAGER)
        is_salesman = self.env.user.has_group(SALESMAN)
        for move in self:
            entered = move.in_pool
            move.can_claim = entered and is_salesman
            move.can_undo = entered and is_manager and move.former_user_id.active
            move.can_give_back = (
                move.is_open
                and move.kind == "claim"
                and (is_manager or move.new_user_id == self.env.user)
            )

    # By the run

    @api.model
    def _warn(self, company, as_of, rows):
        """Give the salespeople an activity for each customer that will be released.

        :param rows: see ``customer.segmentation.pool._candidates``
        :return: the warnings
        """
        reasons = self._say_reasons(rows, as_of)
        activities = self._create_activities(company, rows, reasons)
        return self.create(
            [
                {
                    "partner_id": row["partner_id"],
                    "company_id": company.id,
                    "kind": "warning",
                    "date": as_of,
                    "former_user_id": row["user_id"],
                    "new_user_id": row["user_id"],
                    "reason": reason,
                    "rule_id": row["rule_id"],
                    "release_date": row["release_date"],
                    "is_open": True,
                    "activity_id": activities.get(row["partner_id"]),
                }
                for row, reason in zip(rows, reasons, strict=True)
            ]
        )

    # What is kept is written in the language of the salesperson it is about

    @api.model
    def _speaking(self, rows):
        """{id of a salesperson of these rows: this model in the salesperson's language}."""
        users = self.env["res.users"].browse({row["user_id"] for row in rows})
        return {user.id: self.with_context(lang=user.lang or self.env.lang) for user in users}

    @api.model
    def _say_reasons(self, rows, as_of):
        """Why each of these customers is warned of or released."""
        speaking = self._speaking(rows)
        return [
            speaking[row["user_id"]].env["customer.segmentation.pool"]._say_silence(row, as_of)
            for row in rows
        ]

    @api.model
    def _say_warning(self, day):
        return _("Goes to the public pool on %(day)s", day=format_date(self.env, day))

    @api.model
    def _say_release(self, move):
        return _(
            "Released to the public pool from %(user)s. %(reason)s",
            user=move.former_user_id.name,
            reason=move.reason,
        )

    @api.model
    def _create_activities(self, company, rows, reasons):
        """Create the activities in bulk and without mails; who does not work here gets none.

        :return: {customer's id: id of the activity}
        """
        activity_type = self.env.ref(
            "mail.mail_activity_data_call", raise_if_not_found=False
        ) or self.env.ref("mail.mail_activity_data_todo", raise_if_not_found=False)
        users = self.env["res.users"].browse({row["user_id"] for row in rows})
        working = set(users.filtered(lambda user: user._segmentation_works_in(company)).ids)
        model_id = self.env["ir.model"]._get_id("res.partner")
        partners = self.env["res.partner"].browse([row["partner_id"] for row in rows])
        # given, for Odoo would compute and write them one by one
        names = {partner.id: partner.display_name for partner in partners}
        speaking = self._speaking(rows)
        activities = (
            self.env["mail.activity"]
            .with_context(mail_activity_quick_update=True)
            .create(
                [
                    {
                        "res_model_id": model_id,
                        "res_id": row["partner_id"],
                        "res_name": names[row["partner_id"]],
                        "activity_type_id": activity_type and activity_type.id,
                        "user_id": row["user_id"],
                        "date_deadline": row["release_date"] - timedelta(days=1),
                        "summary": speaking[row["user_id"]]._say_warning(row["release_date"]),
                        "note": reason,
                    }
                    for row, reason in zip(rows, reasons, strict=True)
                    if row["user_id"] in working
                ]
            )
        )
        return dict(zip(activities.mapped("res_id"), activities.ids, strict=True))

    @api.model
    def _withdraw_warnings(self, company, rows):
        """End the warnings of a company whose reason is gone: all but those of ``rows``."""
        kept = [row["warning_id"] for row in rows if row["warning_id"]]
        self.search(
            [
                ("company_id", "=", company.id),
                ("kind", "=", "warning"),
                ("is_open", "=", True),
                ("id", "not in", kept),
            ]
        )._close()

    @api.model
    def _release(self, company, as_of, rows):
        """Take the customers from their salespeople, with a note on each contact.

        :param rows: see ``customer.segmentation.pool._candidates``
        :return: the moves into the pool
        """
        partners = self.env["res.partner"].browse([row["partner_id"] for row in rows])
        speaking = self._speaking(rows)
        moves = self.create(
            [
                {
                    "partner_id": row["partner_id"],
                    "company_id": company.id,
                    "kind": "release",
                    "date": as_of,
                    "former_user_id": row["user_id"],
                    "reason": reason,
                    "rule_id": row["rule_id"],
                    "is_open": True,
                }
                for row, reason in zip(rows, self._say_reasons(rows, as_of), strict=True)
            ]
        )
        self._open_moves(partners, ("warning", "claim"))._close(moves)
        self._hand_over(partners, self.env["res.users"], bulk=True)
        partners._message_log_batch(
            {
                move.partner_id.id: speaking[move.former_user_id.id]._say_release(move)
                for move in moves
            },
            author_id=self.env.ref("base.partner_root").id,
        )
        return moves

    # What a move does

    @api.model
    def _open_moves(self, partners, kinds):
        return self.search(
            [("partner_id", "in", partners.ids), ("kind", "in", kinds), ("is_open", "=", True)]
        )

    def _close(self, moves=None):
        """These moves hold no longer; what is left of their activities is withdrawn.

        :param moves: the moves that end them, at most one per customer; None = nothing does
        """
        self.activity_id.unlink()
        by_partner = {move.partner_id: move for move in moves or self.browse()}
        by_closing = {}
        for move in self:
            closing = by_partner.get(move.partner_id, self.browse())
            by_closing.setdefault(closing, []).append(move.id)
        if len(by_closing) <= 1:
            for closing, ids in by_closing.items():
                self.browse(ids).write({"is_open": False, "closed_by_id": closing.id})
            return
        self.write({"is_open": False})
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE customer_segmentation_pool_move move
                      SET closed_by_id = closing.id
                     FROM unnest(%s, %s) closing (partner_id, id)
                    WHERE move.id = ANY(%s) AND move.partner_id = closing.partner_id""",
                [partner.id for partner in by_partner],
                [move.id for move in by_partner.values()],
                self.ids,
            )
        )
        self.invalidate_recordset(["closed_by_id"])

    @api.model
    def _hand_over(self, partners, user, bulk=False):
        """Give customers, and those of their contacts that have the same salesperson, to a user.

        :param user: the new salesperson; empty = nobody
        :param bool bulk: without the tracking, which would write a message one by one
        """
        contacts = (
            self.env["res.partner"]
            .with_context(active_test=False, segmentation_pool=True)
            .search([("commercial_partner_id", "in", partners.ids)])
            .filtered(lambda contact: contact.user_id == contact.commercial_partner_id.user_id)
        )
        if bulk:
            contacts = contacts.with_context(mail_notrack=True)
        contacts.write({"user_id": user.id})

    def _move_on(self, kind, user, reason, **vals):
        """Record that the customers of these moves pass to ``user``, and hand them over.

        :return: the new moves
        """
        moves = self.create(
            [
                {
                    "partner_id": move.partner_id.id,
                    "company_id": move.company_id.id,
                    "kind": kind,
                    "date": move.company_id._segmentation_today(),
                    "user_id": self.env.uid,
                    "former_user_id": (move.partner_id.user_id or move.former_user_id).id,
                    "new_user_id": user.id,
                    "reason": reason,
                    "rule_id": move.rule_id.id,
                    **vals,
                }
                for move in self
            ]
        )
        self._close(moves)
        self._hand_over(self.partner_id, user)
        return moves

    def _say_entry(self):
        """Since when the customer stands in the pool, as a sentence."""
        self.ensure_one()
        return _(
            "In the public pool since %(day)s, before with %(user)s. %(reason)s",
            day=format_date(self.env, self.date),
            user=self.sudo().former_user_id.name or "–",
            reason=self.reason or "",
        )

    # What happens to the contact elsewhere

    @api.model
    def _note_reassigned(self, former):
        """Record that people changed the salesperson of customers on the contact itself.

        It takes customers out of the pool, ends warnings and claims, and gives the new
        salesperson the rule's time.

        :param former: {customer: its salesperson before}
        """
        partners = self.env["res.partner"].union(*former)
        opened = self._open_moves(partners, ("warning", "claim", *ENTRIES))
        in_use = self.env["customer.segmentation.pool.rule"]._companies_with_pool()
        known = {move.partner_id: move for move in opened}
        vals_list = []
        for partner, former_user in former.items():
            move = known.get(partner, self.browse())
            user = former_user or move.former_user_id
            company = move.company_id or partner.company_id or (partner.user_id or user).company_id
            if move or company.id in in_use:
                vals_list.append(
                    {
                        "partner_id": partner.id,
                        "company_id": company.id,
                        "kind": "assign",
                        "date": company._segmentation_today(),
                        "user_id": self.env.uid,
                        "former_user_id": user.id,
                        "new_user_id": partner.user_id.id,
                        "reason": _("Salesperson changed on the contact."),
                    }
                )
        opened._close(self.create(vals_list))

    @api.model
    def _end_duplicates(self, partner, merged_partners):
        """Of the moves that hold and that a merge brings together, let one of each sort stay.

        A contact with a salesperson is not in the pool.
        """
        merged = partner | merged_partners
        for kinds in (ENTRIES, ("warning",), ("claim",)):
            moves = self._open_moves(merged, kinds)
            staying = moves.filtered(lambda move: move.partner_id == partner) or moves[:1]
            if kinds == ENTRIES and partner.user_id:
                staying = moves.browse()
            (moves - staying)._close()
        self.flush_model()
