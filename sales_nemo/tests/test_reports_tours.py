"""The reports, driven in a real browser."""

from odoo.tests import HttpCase, tagged

from .common import QualificationCase


@tagged("post_install", "-at_install")
class TestReportsTours(QualificationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        cls.rep.password = "rep"
        cls.manager.password = "manager"

    def test_funnel(self):
        self.create_lead("Tour lead")
        self.create_lead("Tour contacted")._log_contact("We talked", "reached")
        self.create_qualified_lead("Tour qualified")
        self.create_qualified_lead("Somebody else's", user=self.rep_all)
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads", "qualification_funnel", login="rep"
        )

    def test_overrides(self):
        passed = self.create_qualified_lead("Tour passed")
        passed.convert_opportunity(passed.partner_id)
        passed.action_set_won()
        overridden = self.create_lead("Tour overridden", user=self.approver)
        overridden._open_gate("wizard", override_reason="Trust me")
        overridden.type = "opportunity"
        overridden.action_set_lost()
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_overrides",
            login="manager",
        )
