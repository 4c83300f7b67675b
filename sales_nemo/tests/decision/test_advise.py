"""The managers' banner: what a profile that only advises would have refused."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields
from odoo.tests import tagged

from .test_backtest import CALCULATION, FAULTS, BacktestCase


@tagged("post_install", "-at_install")
class TestAdvise(BacktestCase):
    def get_summary(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        profiles = self.env["crm.qualification.profile"].with_user(user or self.manager)
        return [row for row in profiles.get_advise_summary() if row["id"] == self.own]

    def setUp(self):
        super().setUp()
        self.own = self.profile.id
        yesterday = fields.Date.today() - timedelta(days=1)
        self.recent = {"closed": fields.Date.to_string(yesterday)}

    def test_says_what_the_past_says(self):
        won = self.create_deals(3, won=True, **self.recent)
        lost = self.create_deals(3, won=False, **self.recent)
        for deal in won:
            self.log(deal)
        self.log(lost[0])
        for deal in lost[1:]:
            self.log(deal, **FAULTS["needs_known"])
        [row] = self.get_summary()
        self.assertEqual(
            row["past"],
            "This profile would have blocked 0 of 3 won and 2 of 3 lost deals. "
            "Looked at: deals closed in the last 12 months.",
        )

    def test_looks_at_the_newest_and_says_so(self):
        for deal in self.create_deals(3, won=True, **self.recent):
            self.log(deal)
        with patch(f"{CALCULATION}.MOST_IN_BANNER", 2):
            [row] = self.get_summary()
        self.assertEqual(
            row["past"],
            "This profile would have blocked 0 of 2 won and 0 of 0 lost deals. "
            "Looked at: the newest 2 deals closed in the last 12 months.",
        )

    def test_without_a_past_open_leads_count(self):
        self.create_deals(2, won=True, closed="2019-01-01")
        self.create_lead()
        self.create_qualified_lead().save_qualification_answer(self.budget.id, "yes")
        self.create_lead().action_set_lost(lost_reason_id=self.reason.id)
        [row] = self.get_summary()
        self.assertEqual((row["past"], row["blocked"]), ("", 1))

    def test_only_advising_profiles_and_only_for_managers(self):
        self.assertTrue(self.get_summary())
        self.assertFalse(self.get_summary(self.rep))
        self.profile.with_user(self.manager).action_enforce()
        self.assertFalse(self.get_summary())

    def test_put_off_for_a_week_by_each_manager(self):
        today = fields.Date.today()
        settings = self.env["res.users.settings"]._find_or_create_for_user(self.manager)
        until = {"qualification_banner_from": today + timedelta(days=7)}
        settings.with_user(self.manager).set_res_users_settings(until)
        self.assertFalse(self.get_summary())
        self.assertTrue(self.get_summary(self.env.user))
        module = "odoo.fields.Date.today"
        with patch(module, return_value=today + timedelta(days=6)):
            self.assertFalse(self.get_summary())
        with patch(module, return_value=today + timedelta(days=7)):
            self.assertTrue(self.get_summary())

    def test_a_filter_that_cannot_be_searched_hides_only_the_past(self):
        for deal in self.create_deals(2, won=True, **self.recent):
            self.log(deal)
        self.profile.lead_domain = "[('duplicate_lead_count', '>', 0)]"
        [row] = self.get_summary()
        self.assertEqual(row["past"], "")

    def test_what_is_closed_keeps_its_verdict(self):
        lost = self.create_qualified_lead()
        lost.save_qualification_answer(self.size.id, "Large")
        lost.sudo().action_set_lost()
        self.env.flush_all()
        verdict = lost.qualification_state, lost.qualification_score
        self.assertEqual(verdict, ("blocked", 25))
        self.profile.with_user(self.manager).action_advise()
        self.env.flush_all()
        lost.invalidate_recordset()
        self.assertEqual((lost.qualification_state, lost.qualification_score), verdict)
