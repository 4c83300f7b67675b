"""A manager tries a profile on history, turns it on, and makes another one."""

from datetime import datetime, time

from odoo import fields
from odoo.tests import tagged

from ..decision.test_backtest import FAULTS, BacktestCase
from ..tour_case import TourCase


@tagged("post_install", "-at_install")
class TestPolicyTours(BacktestCase, TourCase):
    def test_policy(self):
        self.manager.password = "manager"
        self.env["res.config.settings"].create({"group_use_lead": True}).execute()
        self.create_lead("Tour lead")
        today = datetime.combine(fields.Date.today(), time())
        won = self.create_deals(3, won=True, closed=today)
        self.log(won[0])
        self.log(won[1], **FAULTS["needs_known"])
        lost = self.create_deals(2, won=False, closed=today)
        self.log(lost[0], **FAULTS["needs_known"])
        self.start_tour(
            "/odoo/action-crm.crm_lead_all_leads",
            "qualification_policy",
            login="manager",
        )
        self.assertEqual(self.profile.enforcement, "enforce")
        profile = self.env["crm.qualification.profile"].search([("name", "=", "Tour")])
        self.assertEqual(profile.criterion_ids.mapped("name"), ["Tour question?"])

    def test_the_file_of_a_profile_has_its_name(self):
        self.manager.password = "manager"
        self.profile.name = "Büro / 2027"
        self.authenticate("manager", "manager")
        answer = self.url_open(
            self.profile.with_user(self.manager).action_export()["url"]
        )
        name = answer.headers["Content-Disposition"]
        self.assertIn("filename*=UTF-8''B%C3%BCro%20", name)
        self.assertEqual(answer.json()["name"], self.profile.name)
