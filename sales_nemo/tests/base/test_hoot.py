"""What each widget does: tests of static/tests, in a browser, without a server."""

import re
from pathlib import Path

from odoo.tests import HttpCase, TransactionCase, no_retry, tagged
from odoo.tools import file_path

from odoo.addons.web.tests.test_js import unit_test_error_checker

from ..tour_case import PATIENCE

# Milliseconds of one test: only what hangs takes as long.
PATIENCE_TEST = 60_000
# What the browser draws by our own code, by the view that asks for it.
DRAWN = {
    "crm.crm_lead_view_form": {
        "contact_badge",
        "qualification_call",
        "qualification_next_step",
        "qualification_path",
        "qualification_sheet",
    },
    "crm.crm_case_tree_view_leads": {
        "contact_badge",
        "qualification_lead_list",
        "qualification_next_step",
    },
    "crm.view_crm_lead_kanban": {
        "contact_badge",
        "qualification_crm_kanban",
        "qualification_next_step",
    },
    "crm.crm_case_kanban_view_leads": {
        "contact_badge",
        "qualification_crm_kanban",
        "qualification_next_step",
    },
    "crm.crm_case_tree_view_oppor": {"contact_badge"},
    "sales_nemo.crm_lead_view_kanban_board": {"pipeline_board"},
    "crm.view_crm_lead2opportunity_partner": {
        "qualification_checks",
        "qualification_entry",
        "qualification_fold",
        "qualification_missing",
        "qualification_open_questions",
        "qualification_pills",
    },
    "crm.view_crm_lead2opportunity_partner_mass": {"conversion_preview"},
    "crm.merge_opportunity_form": {"qualification_checks"},
    "sales_nemo.crm_lead_conversion_job_view_form": {
        "conversion_progress",
        "conversion_reasons",
    },
    "sales_nemo.crm_qualification_backtest_view_form": {
        "qualification_backtest",
        "qualification_what_if",
    },
    "sales_nemo.crm_qualification_profile_view_form_quality": {"scorecard_quality"},
    "sales_nemo.crm_qualification_lift_view_list": {"qualification_lift_list"},
    "base.view_partner_form": {"account_sheet"},
    "sales_nemo.res_partner_view_list_explore": {"opted_out"},
    "sales_nemo.res_partner_view_kanban_explore": {"opted_out"},
}


@tagged("post_install", "-at_install")
class TestHoot(HttpCase):
    @no_retry
    def test_widgets(self):
        written = sum(
            len(re.findall(r"^test\b", file.read_text(), re.MULTILINE))
            for file in Path(file_path("sales_nemo/static/tests")).glob("*.test.js")
        )
        page = f"/web/tests?headless&loglevel=2&preset=desktop&timeout={PATIENCE_TEST}"
        with self.assertLogs(self._logger.getChild("browser"), "INFO") as logs:
            try:
                self.browser_js(
                    f'{page}&filter="@sales_nemo/"',
                    "",
                    login="admin",
                    timeout=PATIENCE,
                    success_signal="[HOOT] Test suite succeeded",
                    error_checker=unit_test_error_checker,
                )
            except AssertionError as failure:
                self.fail("\n".join([*logs.output, str(failure)]))
        # each one that is written was run: none would be a success, too
        self.assertIn(f"[HOOT] Passed {written} tests", "\n".join(logs.output))


@tagged("post_install", "-at_install")
class TestDrawn(TransactionCase):
    def test_views_ask_for_what_is_tested(self):
        for xmlid, expected in DRAWN.items():
            arch = self.env.ref(xmlid)._get_combined_arch()
            nodes = arch.xpath("//*[@widget or @js_class] | //widget")
            found = {
                node.get("widget") or node.get("js_class") or node.get("name")
                for node in nodes
            }
            with self.subTest(view=xmlid):
                self.assertLessEqual(expected, found)
