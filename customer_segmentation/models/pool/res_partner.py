from odoo import _, api, fields, models
from odoo.exceptions import UserError
from odoo.tools.misc import format_date

from .pool_move import ENTRIES

GROUPS = "customer_segmentation.group_user"
MANAGER = "customer_segmentation.group_manager"


class ResPartner(models.Model):
    """What the public pool says of a contact: when it goes there, why it stays, what was."""

    _inherit = "res.partner"

    segmentation_pool_locked = fields.Boolean(
        "Never to the Public Pool",
        copy=False,
        tracking=True,
        groups=MANAGER,
        help="The customer stays with its salesperson, whatever the rules of the pool say.",
    )
    segmentation_pool_is_shown = fields.Boolean(
        compute="_compute_segmentation_pool", groups=GROUPS
    )
    segmentation_pool_text = fields.Char(
        "Public Pool", compute="_compute_segmentation_pool", groups=GROUPS
    )
    segmentation_pool_date = fields.Date(
        "Goes to the Pool On", compute="_compute_segmentation_pool", groups=GROUPS
    )
    segmentation_pool_move_ids = fields.One2many(
        "customer.segmentation.pool.move",
        string="Pool History",
        compute="_compute_segmentation_pool",
        groups=GROUPS,
    )

    @api.depends("user_id", "segmentation_pool_locked")
    @api.depends_context("company", "uid")
    def _compute_segmentation_pool(self):
        """Two statements while the company has a rule in force, none before."""
        moves = self.env["customer.segmentation.pool.move"]
        company = self.env.company
        rules = self.env["customer.segmentation.pool.rule"]
        shown = company.id in rules._companies_with_pool()
        self.segmentation_pool_is_shown = shown
        self.segmentation_pool_text = False
        self.segmentation_pool_date = False
        self.segmentation_pool_move_ids = moves
        if not shown:
            return
        customers = self.commercial_partner_id._origin
        found = moves.search(
            [("partner_id", "in", customers.ids), ("company_id", "in", self.env.companies.ids)]
        ).grouped("partner_id")
        # read with all rights: only of the customers whose profile is the user's to see
        profiles = self.env["customer.segmentation.profile"]
        status = self._segmentation_pool_status(profiles._user_may_see(customers), company)
        for partner in self:
            customer = partner.commercial_partner_id._origin
            own = found.get(customer, moves)
            day, text = status.get(customer.id, (False, False))
            entry = own.filtered("in_pool")[:1]
            partner.segmentation_pool_move_ids = own
            partner.segmentation_pool_date = day
            partner.segmentation_pool_text = entry._say_entry() if entry else text

    @api.model
    def _segmentation_pool_status(self, customers, company):
        """When customers go to the pool by the rules of a company, as of today.

        :return: {customer's id: (date or False, sentence)}; nothing where no rule applies
        """
        pool = self.env["customer.segmentation.pool"].sudo()
        as_of = company._segmentation_today()
        rules = self.env["customer.segmentation.pool.rule"].sudo().search(
            [("company_id", "=", company.id)]
        )
        status = {}
        rows = pool._candidates(company, as_of, rules, customers.ids)
        self._segmentation_hide_documents(rows)
        for row in rows:
            if row["protected_by"]:
                status[row["partner_id"]] = (
                    False,
                    _("Stays. %(reason)s", reason=pool._say_protection(row)),
                )
                continue
            day = max(row["release_date"], as_of)
            status[row["partner_id"]] = (
                day,
                _(
                    "Goes to the public pool on %(day)s. %(reason)s",
                    day=format_date(self.env, day),
                    reason=pool._say_silence(row, as_of),
                ),
            )
        return status

    @api.model
    def _segmentation_hide_documents(self, rows):
        """Leave out the names of documents, maybe of another company, the user may not read.

        :param list rows: see ``customer.segmentation.pool._candidates``; changed in place
        """
        for model, kinds in (
            ("sale.order", ("order", "quotation")),
            ("crm.lead", ("opportunity",)),
        ):
            found = [row for row in rows if row["protected_by"] in kinds]
            documents = self.env[model]
            if found and self.env["ir.model.access"].check(model, "read", False):
                documents = documents.search(
                    [("id", "in", [row["document_id"] for row in found])]
                )
            for row in found:
                if row["document_id"] not in documents.ids:
                    row["document"] = "–"

    def write(self, vals):
        """A salesperson changed on the contact itself is a move of the pool too.

        Who is no manager cannot take a customer out of the pool so, past its limits.
        """
        if "user_id" not in vals or (self.env.su and self.env.context.get("segmentation_pool")):
            return super().write(vals)
        customers = self.sudo().filtered(lambda contact: contact.commercial_partner_id == contact)
        if vals["user_id"] and not self.env.su and not self.env.user.has_group(MANAGER):
            customers._segmentation_refuse_pooled()
        former = {customer: customer.user_id for customer in customers}
        result = super().write(vals)
        former = {
            customer: user for customer, user in former.items() if customer.user_id != user
        }
        if former:
            self.env["customer.segmentation.pool.move"].sudo()._note_reassigned(former)
        return result

    def _segmentation_merge(self, sources):
        """One warning, one claim and one entry of the pool hold for a customer."""
        self.env["customer.segmentation.pool.move"].sudo()._end_duplicates(self, sources)
        return super()._segmentation_merge(sources)

    def _segmentation_withdraw(self):
        """Who objects is not in the pool, nor on the way into it."""
        moves = self.env["customer.segmentation.pool.move"].sudo()
        moves._open_moves(self, ("warning", "claim", *ENTRIES))._close()
        return super()._segmentation_withdraw()

    def _segmentation_refuse_pooled(self):
        pooled = self.env["customer.segmentation.pool.move"].search(
            # also of an archived one, which is not shown in the pool: it can be unarchived
            [("partner_id", "in", self.ids), ("is_open", "=", True), ("kind", "in", ENTRIES)],
            limit=1,
        )
        if pooled:
            raise UserError(
                _(
                    "%(customer)s is in the public pool: claim it there, or ask a manager to "
                    "assign it.",
                    customer=pooled.partner_id.display_name,
                )
            )

    def action_segmentation_give_back(self):
        """Put the customer back into the pool; for who claimed it, and managers."""
        self.ensure_one()
        moves = self.env["customer.segmentation.pool.move"]
        moves.check_access_rights("read")
        return moves.search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("kind", "=", "claim"),
                ("is_open", "=", True),
            ]
        ).action_give_back()
