from odoo import _, api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

GROUPS = "customer_segmentation.group_user"


class ResPartner(models.Model):
    """A person can object: no profile, no segments, no messages; see DEFINITIONS, "Privacy".

    The run leaves these contacts out, so that the objection survives every recomputation.
    """

    _inherit = "res.partner"

    segmentation_objected = fields.Boolean(
        "Objects to Segmentation",
        tracking=True,
        groups=GROUPS,
        help="This person does not want to be classified: it has no profile and no segments, no "
        "playbook acts on it, and no message is sent by segment.",
    )
    segmentation_objected_date = fields.Date(
        "Objected On",
        compute="_compute_segmentation_objected_date",
        store=True,
        readonly=False,
        groups=GROUPS,
    )

    @api.depends("segmentation_objected")
    def _compute_segmentation_objected_date(self):
        for partner in self:
            if not partner.segmentation_objected:
                partner.segmentation_objected_date = False
            elif not partner.segmentation_objected_date:
                partner.segmentation_objected_date = self.env.company._segmentation_today()

    @api.constrains("segmentation_objected", "is_company")
    def _check_segmentation_objected(self):
        for partner in self.filtered("segmentation_objected"):
            if partner.is_company:
                raise ValidationError(
                    _(
                        "%(customer)s is a company: only a person can object to segmentation.",
                        customer=partner.display_name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        partners = super().create(vals_list)
        if any(vals.get("segmentation_objected") for vals in vals_list):
            partners._segmentation_object()
        return partners

    def write(self, vals):
        if "segmentation_objected" in vals and not vals["segmentation_objected"]:
            self._segmentation_check_may_end_objection()
        result = super().write(vals)
        if vals.get("segmentation_objected"):
            self._segmentation_object()
        return result

    def _segmentation_check_may_end_objection(self):
        """Whoever hears of an objection notes it; to end one is a manager's decision."""
        is_manager = self.env.su or self.env.user.has_group("customer_segmentation.group_manager")
        objecting = self.sudo().filtered("segmentation_objected")
        if objecting and not is_manager:
            raise AccessError(
                _(
                    "%(customer)s objected to segmentation: only a manager can undo this.",
                    customer=objecting[0].display_name,
                )
            )

    def _segmentation_triggers(self):
        return {*super()._segmentation_triggers(), "segmentation_objected"}

    def _segmentation_refusing_messages(self):
        return super()._segmentation_refusing_messages() | self._segmentation_objecting()

    def _segmentation_objecting(self):
        """Those of these contacts who object, and the addresses of such a person."""
        return self.sudo().filtered(
            lambda contact: contact.segmentation_objected
            or contact.commercial_partner_id.segmentation_objected
        ).sudo(self.env.su)

    def _segmentation_check_in_play(self):
        """Refuse to act on customers that have left: the archived, and persons who object.

        The screens show neither; a remote call, or a screen that was open before, may name them.

        :raise UserError: naming the first of them
        """
        for customer in self.sudo():
            if not customer.active:
                raise UserError(
                    _(
                        "%(customer)s is archived: unarchive the contact first.",
                        customer=customer.display_name,
                    )
                )
            if customer._segmentation_objecting():
                raise UserError(
                    _(
                        "%(customer)s objects to segmentation: neither the call list nor the "
                        "public pool deals with this person.",
                        customer=customer.display_name,
                    )
                )

    def _segmentation_object(self):
        """Leave these persons alone from now on, those of them who object.

        At once: a partial run takes no part in the pool, and none drops what waits on leaving a
        segment.
        """
        objecting = self.sudo().filtered("segmentation_objected")
        objecting._segmentation_withdraw()
        objecting._segmentation_forget()

    def _segmentation_forget(self):
        """Have persons leave the segments at once, and drop their profiles.

        The history tells that they left; it is erased with the contact.
        """
        profiles = (
            self.env["customer.segmentation.profile"]
            .sudo()
            .with_context(active_test=False)
            .search([("partner_id", "in", self.ids)])
        )
        if not profiles:
            return
        dimensions = (
            self.env["customer.segmentation.dimension"]
            .sudo()
            .with_context(active_test=False)
            .search([])
            .filtered("column_name")
        )
        today = {company: company._segmentation_today() for company in profiles.company_id}
        self.env["customer.segmentation.history"].sudo().create(
            [
                {
                    "partner_id": profile.partner_id.id,
                    "company_id": profile.company_id.id,
                    "dimension_id": dimension.id,
                    "from_segment_id": profile[dimension.column_name].id,
                    "date": today[profile.company_id],
                    "user_id": self.env.uid,
                    "reason": "left",
                }
                for profile in profiles
                for dimension in dimensions
                if profile[dimension.column_name]
            ]
        )
        profiles.unlink()
