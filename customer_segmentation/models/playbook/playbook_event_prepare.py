from odoo import models
from odoo.tools import SQL


class CustomerSegmentationPlaybookEvent(models.Model):
    _inherit = "customer.segmentation.playbook.event"

    def _prepare_activities(self, common):
        """Values of one activity for each event.

        :param dict common: what the activities of all customers share
        """
        model_id = self.env["ir.model"]._get_id("res.partner")
        return [
            {
                **common,
                "res_model_id": model_id,
                "res_id": event._subject().id,
                # computed all the same, but then written with one statement for each activity
                "res_name": event._subject().display_name,
                "date_done": False,
                "automated": True,
                "segmentation_event_id": event.id,
            }
            for event in self
        ]

    def _subject(self):
        return self.contact_id or self.partner_id

    def _pricelist(self, company):
        """The pricelist that the contact has in a company."""
        return self._subject().with_company(company).property_product_pricelist

    def _subjects(self):
        return self.env["res.partner"].union(*(event._subject() for event in self))

    def _keep_mails(self, mails, recipient_ids):
        """Write on each event its mail and whom it went to, in one statement."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                """
                UPDATE customer_segmentation_playbook_event event
                   SET mail_id = sent.mail_id, recipient_id = sent.recipient_id
                  FROM unnest(%s::int[], %s::int[], %s::int[])
                       sent (event_id, mail_id, recipient_id)
                 WHERE event.id = sent.event_id
                """,
                self.ids,
                mails.ids,
                recipient_ids,
            )
        )
        self.invalidate_recordset(["mail_id", "recipient_id"])

    def _find_recipients(self):
        """Whom to write to: the person, else the customer, else its first contact with an address.

        :return: {event: contact, or the reason (str) why nobody may be written to}
        Cost: three queries, whatever the number of events.
        """
        subjects = {event: event._subject() for event in self}
        contacts = {}
        without = self.partner_id.filtered(lambda partner: not partner.email_normalized)
        for contact in self.env["res.partner"].search(
            [("parent_id", "in", without.ids), ("email_normalized", "!=", False)], order="id"
        ):
            contacts.setdefault(contact.commercial_partner_id, contact)
        found = {
            event: subject
            if subject.email_normalized or event.moment == "birthday"
            else contacts.get(subject, subject)
            for event, subject in subjects.items()
        }
        partners = self.env["res.partner"].union(*found.values())
        blocked = set(
            self.env["mail.blacklist"]
            .search([("email", "in", partners.mapped("email_normalized"))])
            .mapped("email")
        )
        refusing = partners._segmentation_refusing_messages()

        def judge(contact):
            if not contact.email_normalized:
                return "no_email"
            if contact.email_normalized in blocked:
                return "blacklisted"
            return "objects" if contact in refusing else contact

        return {event: judge(contact) for event, contact in found.items()}
