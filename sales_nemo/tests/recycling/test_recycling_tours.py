"""Losing and claiming, driven in a real browser."""

from odoo.tests import new_test_user, tagged

from ..common import SALES_ALL
from ..tour_case import TourCase
from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestRecyclingTours(RecyclingCase, TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.rep.password = "rep"
        cls.claimer = new_test_user(
            cls.env, "claimer", groups=SALES_ALL, name="Claimer", password="claimer"
        )
        cls.team.member_ids |= cls.claimer

    def test_lose(self):
        deal = self.create_opportunity("Tour deal", team_id=self.team.id)
        action = "sales_nemo.crm_lead_lost_client_action"
        self.start_tour(
            f"/odoo/crm.lead/{deal.id}/action-{action}", "recycling_lose", login="rep"
        )
        self.assertEqual((deal.won_status, deal.lost_reason_id), ("lost", self.late))
        self.assertEqual(deal.recycle_to, "pool")
        self.assertEqual(deal.recycle_team_id, self.other_team)
        self.assertEqual(deal.recycle_date, self.day(30))
        self.assertIn("They moved", deal.lost_feedback)

    def test_lose_many(self):
        self.env["crm.lead"].search([]).action_archive()
        leads = self.create_lead("Tour one") | self.create_lead("Tour two")
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads", "recycling_lose_many", login="rep"
        )
        self.assertEqual(set(leads.mapped("won_status")), {"lost"})
        self.assertEqual(leads.mapped("recycle_date"), [self.day(30)] * 2)

    def create_pooled(self, name):
        deal = self.create_opportunity(name, team_id=self.team.id)
        return self.recycle(self.lose(deal))

    def test_claim(self):
        late = self.create_pooled("Tour late")
        lead = self.create_pooled("Tour pool")
        self.start_tour("/odoo/up-for-grabs", "recycling_claim", login="claimer")
        self.assertEqual(lead.user_id, self.claimer)
        self.assertNotEqual(late.user_id, self.claimer)
        self.assertTrue(late.user_id)
