"""What users read in views, in Chinese."""

import re

from lxml import etree

from odoo.tests import TransactionCase, tagged

SAME_IN_CHINESE = {"RFM", "NPS", "CSAT"}
READ = ("string", "placeholder", "title")


@tagged("post_install", "-at_install")
class TestTerms(TransactionCase):
    def test_views_when_read_in_chinese_then_no_english_attribute(self):
        """Labels, placeholders and titles, as Odoo has loaded them."""
        self.env["res.lang"]._activate_lang("zh_CN")
        data = self.env["ir.model.data"].search(
            [("module", "=", "customer_segmentation"), ("model", "=", "ir.ui.view")]
        )
        english = set()
        for view in self.env["ir.ui.view"].with_context(lang="zh_CN").browse(data.mapped("res_id")):
            for node in etree.fromstring(view.arch_db).iter(etree.Element):
                english.update(
                    (view.name, node.get(name))
                    for name in READ
                    if re.search(r"[A-Za-z]{3}", node.get(name, ""))
                    and not re.search(r"[\u4e00-\u9fff]", node.get(name))
                    and node.get(name) not in SAME_IN_CHINESE
                    and node.tag != "app"
                )
        self.assertFalse(english)
