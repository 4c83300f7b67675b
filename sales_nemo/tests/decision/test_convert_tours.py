"""What it costs to make an opportunity of a lead: clicks and keys, counted."""

from odoo.tests import tagged

from ..common import QualificationCase
from ..tour_case import TourCase

LEADS = "/odoo/action-crm.crm_lead_all_leads"
REACH = {"contact_name": "Ann", "phone": "02 555 12 34"}


@tagged("post_install", "-at_install")
class TestConvertTours(QualificationCase, TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.rep.password = "rep"

    def convert(self, lead, tour, url=LEADS):
        self.start_tour(url, f"qualification_convert_{tour}", login="rep")
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "qualified")

    def create_known_lead(self):
        lead = self.create_lead("Tour lead", **REACH)
        lead._log_contact("We talked", "reached")
        return lead

    def test_fresh_lead(self):
        lead = self.create_lead("Tour lead")
        self.convert(lead, "fresh")
        self.assertEqual(lead.partner_id.name, "Ann")
        self.assertEqual(lead.qualification_need_ids.name, "Speed")

    def test_fresh_lead_by_keyboard(self):
        self.convert(self.create_lead("Tour lead"), "by_keyboard")

    def test_known_lead(self):
        self.convert(self.create_known_lead(), "known")

    def test_known_lead_in_list(self):
        self.convert(self.create_known_lead(), "known_in_list")

    def test_known_lead_on_card(self):
        lead = self.create_known_lead()
        self.convert(lead, "known_on_card", f"{LEADS}?view_type=kanban")

    def test_ready_lead_in_list(self):
        self.convert(self.create_qualified_lead("Tour lead"), "ready_in_list")

    def test_ready_lead_on_card(self):
        lead = self.create_qualified_lead("Tour lead")
        self.convert(lead, "ready_on_card", f"{LEADS}?view_type=kanban")

    def test_nothing_typed_is_lost(self):
        lead = self.create_lead("Tour lead")
        url = f"/odoo/crm.lead/{lead.id}"
        self.start_tour(url, "qualification_convert_keeps", login="rep")
        self.assertEqual(lead.type, "lead")
        self.assertEqual(lead.qualification_need_ids.name, "Speed")
        self.assertFalse(lead.phone, "discarded on purpose")
        outcomes = lead.sudo().qualification_decision_ids.mapped("outcome")
        self.assertEqual(outcomes, ["refused"], "pressing again asks nobody")
