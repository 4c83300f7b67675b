"""The screens, driven in a real browser."""

from unittest.mock import patch

from odoo.tests import HttpCase, tagged

from ..models import crm_lead_conversion_job
from .common import QualificationCase


@tagged("post_install", "-at_install")
class TestTours(QualificationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.rep.password = "rep"
        cls.manager.password = "manager"
        cls.call = cls.env.ref("mail.mail_activity_data_call")

    def test_from_lead_to_opportunity(self):
        self.budget.is_required = True
        lead = self.create_lead("Tour lead", contact_name="Ann", phone="02 555 12 34")
        url = f"/odoo/crm.lead/{lead.id}"
        self.start_tour(url, "qualification_from_lead_to_opportunity", login="rep")
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "qualified")
        self.assertEqual(lead.qualification_answer_ids.value, "yes")
        outcomes = lead.sudo().qualification_decision_ids.mapped("outcome")
        self.assertEqual(outcomes, ["passed", "refused"])

    def test_sheet(self):
        lead = self.create_lead("Tour lead", contact_name="Ann", phone="02 555 12 34")
        self.start_tour(f"/odoo/crm.lead/{lead.id}", "qualification_sheet", login="rep")
        self.assertEqual(lead.qualification_need_ids.state, "confirmed")
        self.assertEqual(lead.qualification_commitment_ids.name, "Demo")
        self.assertEqual(lead.contact_state, "two_way")
        self.assertEqual(lead.qualification_state, "ready")

    def test_done_call(self):
        lead = self.create_lead("Tour lead")
        lead.activity_schedule(activity_type_id=self.call.id, user_id=self.rep.id)
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "qualification_done_call", login="rep"
        )
        self.assertEqual(lead.contact_state, "two_way")

    def test_mass_conversion(self):
        self.create_qualified_lead("Tour good")
        self.create_lead("Tour bad")
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_mass_conversion",
            login="rep",
        )
        found = self.leads.search([("name", "=like", "Tour %")], order="name")
        self.assertEqual(found.mapped("type"), ["lead", "opportunity"])

    def test_mass_conversion_of_all_that_match(self):
        leads = self.create_qualified_lead("Tour one")
        leads |= self.create_qualified_lead("Tour two")
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_mass_conversion_of_filter",
            login="rep",
        )
        self.assertEqual(set(leads.mapped("type")), {"opportunity"})

    def test_mass_conversion_in_background(self):
        self.manager.group_ids |= self.env.ref("base.group_system")
        leads = self.create_qualified_lead("Tour one", self.manager)
        leads |= self.create_qualified_lead("Tour two", self.manager)
        with patch.object(crm_lead_conversion_job, "BACKGROUND_FROM", 2):
            self.start_tour(
                "/odoo/action-crm.crm_lead_all_leads",
                "qualification_mass_conversion_in_background",
                login="manager",
            )
        self.assertEqual(set(leads.mapped("type")), {"opportunity"})

    def test_banner(self):
        self.profile.enforcement = "advise"
        self.create_lead("Tour lead")
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_banner",
            login="manager",
        )
        self.assertEqual(self.profile.enforcement, "enforce")

    def test_configuration(self):
        self.start_tour("/odoo/crm", "qualification_configuration", login="manager")
        profile = self.env["crm.qualification.profile"].search([("name", "=", "Tour")])
        self.assertEqual(profile.criterion_ids.mapped("name"), ["Tour question?"])

    def create_waiting_lead(self):
        lead = self.create_lead("Tour waiting", email_from="ann@customer.example")
        lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Is anybody there?",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=lead.email_from,
        )
        return lead

    def test_next_question_in_list(self):
        self.budget.guidance = "Ask who signs"
        self.create_waiting_lead()
        lead = self.create_lead("Tour lead", priority="3")
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_next_question_in_list",
            login="rep",
        )
        self.assertEqual(lead.qualification_answer_ids.value, "yes")
        self.assertEqual(lead.activity_ids.summary, "Size?")

    def test_next_question_on_card(self):
        self.create_waiting_lead()
        lead = self.create_lead("Tour lead")
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_next_question_on_card",
            login="rep",
        )
        self.assertEqual(lead.qualification_answer_ids.value, "no")

    def test_proof(self):
        lead = self.create_lead("Tour lead")
        lead.save_qualification_answer(self.budget.id, "yes")
        lead._log_contact("We talked about speed", "reached")
        secret = self.env["calendar.event"].create(
            {
                "name": "Takeover",
                "start": "2026-01-02 10:00:00",
                "stop": "2026-01-02 11:00:00",
                "privacy": "private",
                "user_id": self.manager.id,
                "partner_ids": [(6, 0, self.manager.partner_id.ids)],
            }
        )
        needs = self.env["crm.lead.need"].create(
            [
                {"lead_id": lead.id, "name": "Speed"},
                {"lead_id": lead.id, "name": "Secret", "event_id": secret.id},
            ]
        )
        self.env["crm.lead.commitment"].create({"lead_id": lead.id, "name": "Demo"})
        self.start_tour(f"/odoo/crm.lead/{lead.id}", "qualification_proof", login="rep")
        self.assertEqual(needs[0].message_id, lead.contact_message_id)
        self.assertEqual(
            lead.qualification_answer_ids.message_id, lead.contact_message_id
        )
        self.assertEqual(
            lead.qualification_commitment_ids.message_id, lead.contact_message_id
        )

    def test_meeting(self):
        lead = self.create_lead("Tour lead")
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}", "qualification_meeting", login="rep"
        )

    def test_keeps_what_was_typed(self):
        lead = self.create_lead("Tour lead")
        self.start_tour(
            f"/odoo/crm.lead/{lead.id}",
            "qualification_keeps_what_was_typed",
            login="rep",
        )
        self.assertEqual((lead.name, lead.contact_name), ("Tour lead renamed", "Ann"))
        self.assertEqual(lead.qualification_score, 100)

    def test_whole_journey(self):
        """From a contact in the sea to a customer; its account shows each step."""
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
