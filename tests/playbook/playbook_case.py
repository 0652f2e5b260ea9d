"""A team, a segment and playbooks that the tests of playbooks share."""

from datetime import timedelta
from unittest.mock import patch

from common import SALES_MANAGER, SALESMAN, TODAY, DocumentCase

from odoo import Command


def day(number):
    """``number`` days after TODAY."""
    return TODAY + timedelta(days=number)


class PlaybookCase(DocumentCase):
    """Alice sells; her team's leader is Lea. The clock starts on 30 June 2024.

    A customer whose only order is 90 days old is active; a day later it is at risk: the limit
    for those with fewer than three order days is 90 days.
    """

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.startClassPatcher(
            patch.object(type(cls.company), "_segmentation_today", lambda criteria: TODAY)
        )
        cls.company.segmentation_playbook_limit = 0
        cls.playbooks = cls.env["customer.segmentation.playbook"]
        cls.playbooks.search([]).write({"active": False, "paused": True})
        cls.events = cls.env["customer.segmentation.playbook.event"]
        cls.lea = cls.user("playbook_lea", SALESMAN)
        cls.alice = cls.user("playbook_alice", SALESMAN)
        cls.manager = cls.user("playbook_manager", SALES_MANAGER)
        cls.team = cls.env["crm.team"].create(
            {"name": "Playbook Team", "user_id": cls.lea.id, "member_ids": [(4, cls.alice.id)]}
        )
        cls.call = cls.env.ref("mail.mail_activity_data_call")
        cls.at_risk = cls.segment("lifecycle_at_risk")

    @classmethod
    def sleeper(cls, name="Sleeper", days=90, **vals):
        """A customer of Alice that is at risk from the day after ``days`` days of silence."""
        partner = cls.customer(name, **{"user_id": cls.alice.id, **vals})
        cls.order(partner, day=TODAY - timedelta(days=days))
        return partner

    @classmethod
    def playbook(cls, *steps, on=True, **vals):
        playbook = cls.playbooks.create(
            {
                "name": "Test Playbook",
                "segment_id": cls.at_risk.id,
                "cooldown_days": 0,
                "step_ids": [
                    Command.create({"summary": "Ring", "activity_type_id": cls.call.id, **step})
                    for step in steps or [{}]
                ],
                **vals,
            }
        )
        if on:
            playbook._switch_on(TODAY)
        return playbook

    @classmethod
    def pricelist(cls, name="Come Back"):
        """A pricelist beside the one that everybody has; pricelists are in use."""
        cls.env.ref("base.group_user").implied_ids |= cls.env.ref("product.group_product_pricelist")
        pricelists = cls.env["product.pricelist"]
        if not pricelists.search_count([]):
            pricelists.create({"name": "Everybody's", "sequence": 1})
        return pricelists.create({"name": name, "sequence": 50})

    def of(self, playbook, partner=None):
        """The playbook's events, oldest first."""
        domain = [("playbook_id", "=", playbook.id)]
        if partner:
            domain.append(("partner_id", "=", partner.id))
        self.events.invalidate_model()
        return self.events.search(domain, order="id")
