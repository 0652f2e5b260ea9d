from odoo import _, api, fields, models
from odoo.exceptions import UserError


class ResPartner(models.Model):
    _name = "res.partner"
    _inherit = ["res.partner", "customer.segmentation.source", "customer.segmentation.mixin"]

    # For the searches of the mixin only: asked whether it is set, a one-to-many field answers
    # without regard to record rules.
    segmentation_profile_ids = fields.One2many(
        "customer.segmentation.profile",
        "partner_id",
        "Customer Profiles",
        readonly=True,
        groups=fields.NO_ACCESS,
    )

    segmentation_membership_ids = fields.One2many(
        "customer.segmentation.membership",
        string="Segments",
        compute="_compute_segmentation_lists",
        groups="customer_segmentation.group_user",
    )
    segmentation_history_ids = fields.One2many(
        "customer.segmentation.history",
        string="Segment History",
        compute="_compute_segmentation_lists",
        groups="customer_segmentation.group_user",
    )

    segmentation_completeness = fields.Float(
        "Completeness",
        related="segmentation_profile_id.completeness",
        groups="customer_segmentation.group_user",
    )
    segmentation_missing_words = fields.Char(
        "Still Missing",
        related="segmentation_profile_id.missing_words",
        groups="customer_segmentation.group_user",
    )

    @api.depends_context("company", "uid")
    def _compute_segmentation_lists(self):
        for partner in self:
            profile = partner.segmentation_profile_id
            partner.segmentation_membership_ids = profile.membership_ids
            partner.segmentation_history_ids = profile.history_ids

    def _segmentation_merge(self, sources):
        """Settle what this contact and ``sources`` have twice, before a merge joins them.

        The hook for features: what can stand only once for a customer is ended on all but one.
        Without it Odoo would meet the unique index and delete the rows of the sources, the ended
        ones too.

        :param sources: the contacts that will be gone
        """

    def _segmentation_withdraw(self):
        """Take persons who object out of all that is under way for them; the hook for features.

        Each does its own part and then calls ``super()``: what acts last is taken back first.
        What is only read, profile and history, is not the hook's matter.
        """

    def _segmentation_triggers(self):
        return {
            "parent_id", "is_company", "active", "company_id", "user_id", "industry_id",
            "country_id", "state_id", "customer_rank", "supplier_rank",
        }

    def _segmentation_partners(self):
        """The contacts and the companies they belong to."""
        partners = self.sudo()
        return partners | partners.commercial_partner_id

    def _segmentation_partner_path(self):
        return "commercial_partner_id"

    def action_segmentation_profile(self):
        """Open the profile of the customer this contact belongs to."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "customer.segmentation.profile",
            "res_id": self.segmentation_profile_id.id,
            "view_mode": "form",
        }

    def action_segmentation_set_segment(self):
        """Open the dialog that sets a segment of the customer this contact belongs to."""
        self.ensure_one()
        if not self.segmentation_profile_id:
            raise UserError(
                _(
                    "%(customer)s has no customer profile in %(company)s, so there is no segment "
                    "to set: it gets one with its first document, or with the next run.",
                    customer=self.display_name,
                    company=self.env.company.name,
                )
            )
        return self.segmentation_profile_id.action_set_segment()
