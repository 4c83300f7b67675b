"""The links in notification e-mails, followed in a browser session."""

from odoo.tests import HttpCase, tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestLinks(QualificationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep.password = "rep"

    def follow(self, route, lead):
        self.authenticate("rep", "rep")
        params = {"res_id": str(lead.id)}
        token = self.env["mail.thread"]._encode_link(route, params)
        return self.url_open(
            f"{route}?res_id={lead.id}&token={token}", allow_redirects=False
        )

    def test_convert(self):
        lead = self.create_lead()
        answer = self.follow("/lead/convert", lead)
        self.assertIn("crm_lead_convert_client_action", answer.headers["Location"])
        self.assertEqual(lead.type, "lead")
        refusal = lead.sudo().qualification_decision_ids
        self.assertEqual((refusal.outcome, refusal.path), ("refused", "link"))
        self.add_facts(lead)
        answer = self.follow("/lead/convert", lead)
        self.assertNotIn("client_action", answer.headers["Location"])
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.sudo().qualification_decision_id.path, "link")

    def test_won(self):
        lead = self.create_lead()
        answer = self.follow("/lead/case_mark_won", lead)
        self.assertIn("crm_lead_convert_client_action", answer.headers["Location"])
        self.assertEqual(lead.won_status, "pending")

    def test_wrong_token(self):
        lead = self.create_qualified_lead()
        self.authenticate("rep", "rep")
        with self.assertLogs("odoo.addons.mail.controllers.mail", "WARNING"):
            self.url_open(f"/lead/convert?res_id={lead.id}&token=wrong")
        self.assertEqual(lead.type, "lead")
