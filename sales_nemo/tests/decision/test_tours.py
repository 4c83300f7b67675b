"""The screens, driven in a real browser."""

from unittest.mock import patch

from odoo.tests import tagged

from ...models.conversion import crm_lead_conversion_job
from ..common import QualificationCase
from ..tour_case import TourCase


@tagged("post_install", "-at_install")
class TestTours(QualificationCase, TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.rep.password = "rep"
        cls.manager.password = "manager"

    def test_from_lead_to_opportunity(self):
        self.budget.requirement = "met"
        lead = self.create_lead("Tour lead", contact_name="Ann", phone="02 555 12 34")
        action = "sales_nemo.crm_lead_convert_client_action"
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}/action-{action}",
            "qualification_from_lead_to_opportunity",
            login="rep",
        )
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "qualified")
        self.assertEqual(lead.qualification_answer_ids.value, "yes")
        outcomes = lead.sudo().qualification_decision_ids.mapped("outcome")
        self.assertEqual(outcomes, ["passed", "refused"])

    def test_sheet(self):
        lead = self.create_lead("Tour lead", contact_name="Ann", phone="02 555 12 34")
        self.start_tour(f"/odoo/crm.lead/{lead.id}", "qualification_sheet", login="rep")
        self.assertEqual(lead.qualification_need_ids.state, "confirmed")
        self.assertEqual(
            lead.qualification_need_ids.message_id, lead.contact_message_id
        )
        self.assertEqual(lead.qualification_commitment_ids.name, "Demo")
        self.assertEqual(lead.contact_state, "two_way")
        self.assertEqual(lead.qualification_state, "ready")

    def test_mass_conversion(self):
        self.manager.group_ids |= self.env.ref("base.group_system")
        leads = self.create_qualified_lead("Tour one", self.manager)
        leads |= self.create_qualified_lead("Tour two", self.manager)
        bad = self.create_lead("Tour bad", self.manager)
        with patch.object(crm_lead_conversion_job, "BACKGROUND_FROM", 2):
            self.start_tour(
                "/odoo/action-crm.crm_lead_all_leads",
                "qualification_mass_conversion",
                login="manager",
            )
        self.assertEqual(set(leads.mapped("type")), {"opportunity"})
        self.assertEqual(bad.type, "lead")

    def test_whole_journey(self):
        """From a contact in the sea to a customer; its account shows each step."""
        self.budget.guidance = "Ask who signs"
        self.profile.criterion_ids = [
            (
                0,
                0,
                {
                    "name": "Industry?",
                    "scope": "account",
                    "answer_type": "choice",
                    "choice_ids": [(0, 0, {"name": "Health", "points": 100})],
                },
            )
        ]
        account = self.env["res.partner"].create(
            {"name": "Journey", "is_company": True, "city": "Ghent"}
        )
        ann = account.create(
            {"name": "Ann", "parent_id": account.id, "email": "ann@journey.example"}
        )
        team = self.env["crm.team"].create(
            {
                "name": "Explorers",
                "user_id": self.env.ref("base.user_admin").id,
                "use_leads": True,
                "territory_domain": '[("commercial_partner_id.city", "=", "Ghent")]',
            }
        )
        self.env["crm.team"].search([("id", "!=", team.id)]).write(
            {"user_id": False, "territory_domain": '[("id", "=", 0)]'}
        )
        self.start_tour("/odoo/sea", "qualification_whole_journey", login="admin")
        self.assertEqual(ann.crm_lifecycle, "customer")
        self.assertEqual(account.crm_lifecycle, "customer")
        self.assertEqual(account.qualification_answer_ids.value, "Health")
        lead = ann.crm_lead_ids
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(lead.qualification_decision_ids.outcome, "passed")
        self.assertEqual(lead.contact_message_id.author_id, ann)
