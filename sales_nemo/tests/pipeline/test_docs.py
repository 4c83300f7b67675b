"""The pages for people name menus that are there."""

import re
from pathlib import Path

from odoo.tests import TransactionCase
from odoo.tools import file_path

# "*CRM / Sales / Board*", over the end of a line, too.
WAY = re.compile(r"\*(CRM\s+/[^*]+)\*")


class TestDocs(TransactionCase):
    def test_ways_begin_with_a_menu(self):
        menus = self.env["ir.ui.menu"].search([("action", "!=", False)])
        known = {menu.complete_name for menu in menus}
        pages = Path(file_path("sales_nemo/readme")).glob("[A-Z]*.md")
        ways = [
            (page.name, [" ".join(step.split()) for step in way.split(" /")])
            for page in pages
            if page.name != "HISTORY.md"
            for way in WAY.findall(page.read_text())
        ]
        self.assertGreater(len(ways), 20)
        # what follows a menu is on its screen
        wrong = [
            (name, steps)
            for name, steps in ways
            if not any("/".join(steps[:end]) in known for end in range(len(steps) + 1))
        ]
        self.assertEqual(wrong, [])
