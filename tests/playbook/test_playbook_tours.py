"""The screens of playbooks in a browser."""

from datetime import timedelta
from unittest.mock import patch

from common import SALES_MANAGER, TODAY, DocumentCase

from odoo.tests import HttpCase, tagged


@tagged("post_install", "-at_install")
class TestPlaybookTours(DocumentCase, HttpCase):
    browser_size = "1366,768"

    def test_playbook_when_tried_out_switched_on_and_paused_then_shown(self):
        self.startPatcher(
            patch.object(type(self.company), "_segmentation_today", lambda criteria: TODAY)
        )
        self.user("playbook_tour", SALES_MANAGER, password="playbook_tour")
        sleeper = self.customer("Tour Sleeper")
        self.order(sleeper, day=TODAY - timedelta(days=100))
        self.recompute()
        action = self.env.ref("customer_segmentation.customer_segmentation_playbook_action")
        self.start_tour(
            f"/web#action={action.id}", "customer_segmentation_playbook", login="playbook_tour",
            timeout=180,
        )
        playbook = self.env.ref("customer_segmentation.playbook_at_risk")
        self.assertTrue(playbook.paused)
        self.assertEqual(playbook.event_ids.partner_id, sleeper)
