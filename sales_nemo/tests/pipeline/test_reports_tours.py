"""The reports, driven in a real browser."""

from odoo.tests import tagged

from ..common import QualificationCase
from ..tour_case import TourCase


@tagged("post_install", "-at_install")
class TestReportsTours(QualificationCase, TourCase):
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

    def test_overrides_and_lift(self):
        self.env["ir.config_parameter"].set_param("sales_nemo.lift_sample_min", "2")
        passed = self.create_qualified_lead("Tour passed")
        passed.save_qualification_answer(self.budget.id, "yes")
        passed.convert_opportunity(passed.partner_id)
        passed.action_set_won()
        overridden = self.create_lead("Tour overridden", user=self.approver)
        overridden._decide_entry("wizard", override_reason="Trust me")
        overridden.type = "opportunity"
        overridden.action_set_lost()
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_overrides",
            login="manager",
        )
