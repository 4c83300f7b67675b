"""The board and the lists of won and lost, driven in a real browser."""

from odoo.tests import tagged

from ..common import QualificationCase
from ..tour_case import TourCase


@tagged("post_install", "-at_install")
class TestPipelineTours(QualificationCase, TourCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.env["crm.lead"].search([]).unlink()
        cls.rep.password = "rep"
        cls.env["crm.lost.reason"].create({"name": "Tour reason"})

    def test_pipeline(self):
        deal = self.create_qualified_lead("Tour deal", user_id=self.rep.id)
        deal.convert_opportunity(False)
        lead = self.create_lead("Tour lead", user_id=self.rep.id)
        # nobody's: the rep's own first one is celebrated
        won = self.create_qualified_lead("Tour won", user_id=False)
        won.convert_opportunity(False)
        won.action_set_won()
        lost = self.create_lead("Tour lost", user_id=self.rep.id)
        lost.action_set_lost()
        self.start_tour("/odoo/crm-board", "pipeline", login="rep")
        self.assertEqual((deal.type, deal.won_status), ("opportunity", "pending"))
        self.assertEqual((lead.type, lead.won_status), ("lead", "pending"))
        self.assertFalse(lead.lost_reason_id)
        outcomes = lead.sudo().qualification_decision_ids.mapped("outcome")
        self.assertNotIn("passed", outcomes)
        self.assertEqual(lost.won_status, "pending")

    def test_quick_create(self):
        """What is refused says so at once; what became a lead is told with a link."""
        self.create_qualified_lead("Tour deal").convert_opportunity(False)
        for policy, tour in (("refuse", "refused"), ("lead", "lead")):
            self.profile.direct_policy = policy
            with self.subTest(policy=policy):
                self.start_tour(
                    "/odoo/action-crm.crm_lead_action_pipeline",
                    f"quick_create_{tour}",
                    login="rep",
                )
                lead = self.leads.search([("name", "=", "Tour quick")])
                self.assertEqual(lead.type, "lead")
                lead.sudo().unlink()


@tagged("post_install", "-at_install")
class TestCallModeTour(QualificationCase, TourCase):
    browser_size = "390x844"
    touch_enabled = True

    def test_call_mode(self):
        """From the home page of a phone, one after the other."""
        self.env["crm.lead"].search([]).unlink()
        self.rep.password = "rep"
        ready = self.create_qualified_lead("First", user_id=self.rep.id)
        ready |= self.create_qualified_lead("Second", user_id=self.rep.id)
        self.env.flush_all()
        self.start_tour("/odoo/qualification", "call_mode", login="rep")
        # the last one is shown first, as in lists
        second, first = ready
        self.assertIn("Phone call – No answer", first.message_ids.mapped("preview"))
        self.assertIn("Phone call – Reached", second.message_ids[0].preview)
        self.assertIn("Likes it", second.message_ids[0].preview)
        self.assertEqual(second.qualification_answer_ids.state, "met")
        self.assertFalse(first.qualification_answer_ids)
