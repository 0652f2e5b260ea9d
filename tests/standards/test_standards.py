"""The classification standards as a page: HTML, and PDF with wkhtmltopdf."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from common import SegmentationCase
from lxml import html

from odoo.exceptions import AccessError
from odoo.tests import HttpCase, new_test_user, tagged

REPORT = "customer_segmentation.report_standards"


class StandardsCase(SegmentationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context={**cls.env.context, "allowed_company_ids": cls.company.ids})
        cls.salesman, cls.clerk = (
            new_test_user(
                cls.env,
                login,
                groups,
                company_id=cls.company.id,
                company_ids=[(6, 0, cls.company.ids)],
            )
            for login, groups in (
                ("standards_salesman", "base.group_user,sales_team.group_sale_salesman"),
                ("standards_clerk", "base.group_user"),
            )
        )

    def page(self, user=None, docids=None, lang="en_US"):
        reports = self.env["ir.actions.report"].with_user(user or self.salesman)
        content, _type = reports.with_context(lang=lang)._render_qweb_html(REPORT, docids)
        return html.fromstring(content)

    def lines(self, page, dimension):
        """The rows of a dimension's table, as text."""
        [heading] = page.xpath(f"//h3[normalize-space()='{dimension}']")
        rows = heading.xpath("following::table[1]/tbody/tr")
        return [" ".join(row.text_content().split()) for row in rows]


@tagged("post_install", "-at_install")
class TestStandards(StandardsCase):
    def test_page_when_salesman_reads_then_every_dimension_and_segment_stands_in_order(self):
        page = self.page()
        dimensions = self.env["customer.segmentation.dimension"].search([])
        headings = [heading.text_content().strip() for heading in page.xpath("//h3")]
        self.assertEqual(headings[1:], dimensions.mapped("name"))
        for dimension in dimensions:
            names = [
                badge.text_content().strip()
                for badge in page.xpath(
                    f"//h3[normalize-space()='{dimension.name}']/following::table[1]"
                    "//span[contains(@class, 'o_segmentation_standards_badge')]"
                )
            ]
            self.assertEqual(names, dimension.segment_ids.sorted("sequence").mapped("name"))
        self.assertIn(self.company.name, page.text_content())

    def test_page_when_customers_are_others_then_salesman_counts_own_ones(self):
        mine, other = self.customers(2)
        mine.user_id = self.salesman
        other.user_id = self.env.ref("base.user_admin")
        for partner in (mine, other):
            self.orders(partner, 10, 40, 70)
        self.recompute()
        self.assertTrue(self.lines(self.page(), "Trend")[-2].startswith("New Sales"))
        self.assertTrue(self.lines(self.page(), "Trend")[-2].endswith(" 1"))
        self.assertTrue(self.lines(self.page(self.env.user), "Trend")[-2].endswith(" 2"))

    def test_page_when_text_has_markup_then_it_is_shown_as_text(self):
        segment = self.segment("value_a")
        segment.description = "<b>not bold</b> & 客户"
        line = self.lines(self.page(), "Value")[0]
        self.assertIn("<b>not bold</b> & 客户", line)

    def test_page_when_rules_have_scores_then_grid_and_bands_are_there(self):
        page = self.page()
        grid = page.xpath("//div[contains(@class, 'o_segmentation_grid')]")
        self.assertEqual(len(grid), 1)
        self.assertEqual(len(grid[0].xpath(".//td")), 25)
        bands = page.xpath("//td[starts-with(., 'Recency')]/following-sibling::td")
        self.assertEqual([cell.text_content().strip() for cell in bands][:4],
                         ["30", "90", "180", "365"])

    def test_page_when_rule_is_read_then_it_is_in_words(self):
        lines = self.lines(self.page(), "RFM")
        self.assertIn(
            "Rule: Recency Score = 5 and Frequency Score is one of 4, 5", lines[0]
        )
        self.assertIn("All others.", lines[-1])
        self.assertIn("Only when declared.", self.lines(self.page(), "Customer Type")[2])

    def test_page_when_rule_cannot_be_read_any_more_then_it_stands_as_it_is(self):
        self.env.cr.execute(
            "UPDATE customer_segmentation_segment SET domain = %s WHERE id = %s",
            ["[('gone', '=', 1)]", self.segment("value_a").id],
        )
        self.env.invalidate_all()
        self.assertIn("[('gone', '=', 1)]", self.lines(self.page(), "Value")[0])

    def test_page_when_dimensions_are_chosen_then_only_they_are_there(self):
        value = self.env.ref("customer_segmentation.dimension_value")
        page = self.page(docids=value.ids)
        self.assertEqual([h.text_content().strip() for h in page.xpath("//h3")][1:], ["Value"])

    def test_page_when_reader_has_no_sales_rights_then_refused(self):
        with self.assertRaises(AccessError):
            self.page(self.clerk)


@tagged("post_install", "-at_install")
class TestStandardsPdf(HttpCase, StandardsCase):
    def test_pdf_when_printed_then_chinese_stands_in_it(self):
        for program in ("wkhtmltopdf", "pdftotext"):
            self.assertTrue(shutil.which(program), f"{program} is not on PATH")
        self.segment("value_a").description = "带来七成销售额的客户"
        reports = self.env["ir.actions.report"].with_user(self.salesman)
        content, kind = reports.with_context(force_report_rendering=True)._render_qweb_pdf(REPORT)
        self.assertEqual(kind, "pdf")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, "standards.pdf")
            path.write_bytes(content)
            text = subprocess.run(
                ["pdftotext", str(path), "-"], check=True, capture_output=True, text=True
            ).stdout
        # letters of a web font are drawn, not written: only the system's font gives text
        self.assertIn("带来七成销售额的客户", "".join(text.split()))
