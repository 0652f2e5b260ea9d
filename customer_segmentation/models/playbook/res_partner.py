from odoo import Command, _, api, fields, models
from odoo.exceptions import ValidationError

# The contact's pricelist: the field people write, and where later series keep it.
PRICELISTS = {"property_product_pricelist", "specific_property_product_pricelist"}


class ResPartner(models.Model):
    _inherit = "res.partner"

    segmentation_birth_date = fields.Date(
        "Birth Date",
        index="btree_not_null",
        groups="customer_segmentation.group_user",
        help="Of a person, with its consent; used for birthday playbooks only.",
    )
    segmentation_consent_purpose = fields.Char(
        "Consent To",
        groups="customer_segmentation.group_user",
        help="What the person has agreed to, e.g. congratulations on the birthday.",
    )
    segmentation_consent_date = fields.Date(
        "Consent Given On", groups="customer_segmentation.group_user"
    )
    segmentation_event_ids = fields.One2many(
        "customer.segmentation.playbook.event",
        string="Playbook Events",
        compute="_compute_segmentation_event_ids",
        groups="customer_segmentation.group_user",
    )

    @api.depends_context("company", "uid")
    def _compute_segmentation_event_ids(self):
        """What playbooks did for the customer this contact belongs to, and for itself."""
        events = self.env["customer.segmentation.playbook.event"].search(
            [
                ("partner_id", "in", self.commercial_partner_id.ids),
                ("company_id", "=", self.env.company.id),
            ]
        )
        by_customer = events.grouped("partner_id")
        for partner in self:
            partner.segmentation_event_ids = by_customer.get(
                partner.commercial_partner_id, events.browse()
            )

    def write(self, vals):
        """A contact that gets the pricelist which a playbook proposed has taken it up."""
        result = super().write(vals)
        if PRICELISTS & set(vals):
            self._segmentation_note_pricelist()
        return result

    def _segmentation_note_pricelist(self):
        """Note on the proposals of these contacts that they have the pricelist since today."""
        proposals = self.env["customer.segmentation.playbook.event"].sudo().search(
            [
                ("step_id.kind", "=", "pricelist"),
                ("state", "=", "done"),
                ("taken_date", "=", False),
                "|", ("contact_id", "in", self.ids), ("partner_id", "in", self.ids),
            ]
        )
        taken = proposals.filtered(
            lambda event: event._pricelist(event.company_id) == event.step_id.pricelist_id
        )
        for company, events in taken.grouped("company_id").items():
            events.write({"taken_date": company._segmentation_today()})

    @api.constrains(
        "segmentation_birth_date", "segmentation_consent_purpose", "segmentation_consent_date"
    )
    def _check_segmentation_consent(self):
        """Personal data are kept only with a recorded consent."""
        for partner in self.filtered("segmentation_birth_date"):
            if not (
                partner.segmentation_consent_purpose and partner.segmentation_consent_date
            ):
                raise ValidationError(
                    _(
                        "The birth date of %(contact)s needs a recorded consent: say what the "
                        "person agreed to, and when. Without it, leave the birth date empty.",
                        contact=partner.display_name,
                    )
                )

    def _segmentation_withdraw(self):
        """For who objects, playbooks do nothing any more, and take back what is still open."""
        waiting = self.env["customer.segmentation.playbook.event"].sudo().search(
            [
                ("state", "=", "queued"),
                "|", ("contact_id", "in", self.ids), ("partner_id", "in", self.ids),
            ]
        )
        waiting._skip_objecting()
        self._segmentation_undo_playbooks()
        return super()._segmentation_withdraw()

    def _segmentation_undo_playbooks(self):
        """Withdraw the open activities of playbooks, and the tags meant for members only."""
        events = self.env["customer.segmentation.playbook.event"].sudo().search(
            [
                ("state", "=", "done"),
                "|", ("contact_id", "in", self.ids), ("partner_id", "in", self.ids),
            ]
        )
        events.activity_ids.filtered("active").unlink()
        given = events.filtered(
            lambda event: event.step_id.kind == "tag"
            and event.step_id.remove_on_leave
            and event.moment == event.step_id.moment
        )
        for step, tagged in given.grouped("step_id").items():
            tagged._subjects().write({"category_id": [Command.unlink(step.category_id.id)]})

    def _segmentation_refusing_messages(self):
        """Those of these contacts who do not want to be written to; the hook for objections."""
        return self.browse()

    def _segmentation_advice(self, company):
        """What the playbooks advise for this customer, in words.

        :return: list of str, one for each playbook of the segments the user sees it in, in the
            order of the playbooks; also of paused ones, for words do nothing by themselves
        Cost: one query more for each playbook with a condition.
        """
        self.ensure_one()
        profile = self.env["customer.segmentation.profile"].search(
            [
                ("partner_id", "=", self.commercial_partner_id.id),
                ("company_id", "=", company.id),
            ]
        )
        playbooks = self.env["customer.segmentation.playbook"].search(
            [
                "|",
                ("segment_id", "in", profile.membership_ids.segment_id.ids),
                "&", ("segment_id", "=", False), ("condition", "not in", (False, "[]")),
                ("company_id", "in", (False, company.id)),
                ("advice", "!=", False),
            ]
        )
        return playbooks.filtered(
            lambda playbook: not playbook._has_condition()
            or playbook._members_among(profile.partner_id, company)
        ).mapped("advice")
