"""Guided start: each step notices by itself that it is done."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestStart(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.switch_leads(False)
        leads = cls.env["crm.lead"].with_context(active_test=False)
        leads.search([]).unlink()
        cls.env["crm.team"].search([]).territory_domain = "[]"
        cls.approvers = cls.env.ref("sales_nemo.group_qualification_approver")
        cls.approvers.user_ids = False
        # as after the installation: nobody published anything
        cls.env.cr.execute("UPDATE crm_qualification_version SET user_id = 1")
        cls.profiles = cls.env["crm.qualification.profile"].with_user(cls.manager)
        cls.profiles.search([("state", "=", "draft")]).unlink()
        cls.home = cls.env["crm.qualification.home"].with_user(cls.manager)
        cls.admin = cls.home.with_user(cls.env.ref("base.user_admin"))

    @classmethod
    def switch_leads(cls, on):
        cls.env["res.config.settings"].create({"group_use_lead": on}).execute()

    def get_start(self, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        steps = self.home.with_user(user or self.manager).get_start()
        return {step["key"]: step["done"] for step in steps}

    def test_at_first_nothing_is_done(self):
        self.assertEqual(
            self.get_start(),
            dict.fromkeys(
                ["leads", "profile", "territory", "approvers", "ready"], False
            ),
        )

    def test_each_step_notices_that_it_is_done(self):
        deal = self.create_lead()
        deal.sudo().action_set_lost()
        self.switch_leads(True)
        self.assertTrue(self.get_start()["leads"])
        self.assertFalse(self.get_start()["history"])
        self.profiles.browse(self.profile.id).action_try_on_history()
        self.assertTrue(self.get_start()["history"])
        self.env["crm.team"].create(
            {"name": "Divers", "territory_domain": "[('city', '=', 'Coral')]"}
        )
        self.assertTrue(self.get_start()["territory"])
        self.approvers.user_ids = self.rep
        self.assertTrue(self.get_start()["approvers"])
        framework = self.profiles.search([("state", "=", "framework")], limit=1)
        self.assertFalse(self.get_start()["profile"])
        draft = self.profiles.browse(framework.action_use()["res_id"])
        self.assertFalse(self.get_start()["publish"])
        self.assertEqual(self.home.open_start_step("publish")["res_id"], draft.id)
        draft.publish()
        self.assertTrue(self.get_start()["profile"])
        self.create_qualified_lead().save_qualification_answer(self.budget.id, "yes")
        self.assertFalse(self.get_start(), "all is done")

    def test_changing_enforcement_chooses_no_framework(self):
        profile = self.profiles.browse(self.profile.id)
        profile.action_advise()
        profile.action_enforce()
        self.assertFalse(self.get_start()["profile"])
        draft = self.profiles.browse(profile.action_change()["res_id"])
        draft.needs_required = 2
        draft.publish()
        self.assertTrue(self.get_start()["profile"])
        profile.action_advise()
        self.assertTrue(self.get_start()["profile"])

    def test_does_what_a_click_does(self):
        self.create_lead().sudo().action_set_lost()
        action = self.admin.open_start_step("history")
        self.assertEqual(action["res_model"], "crm.qualification.backtest")
        self.admin.open_start_step("leads")
        self.assertTrue(self.get_start()["leads"])
        with self.assertRaises(UserError):
            self.admin.open_start_step("nonsense")

    def test_who_may_not_is_told_who_may(self):
        who = {step["key"]: step["who"] for step in self.home.get_start()}
        self.assertIn(self.env.ref("base.user_admin").name, who["leads"])
        self.assertEqual(who["profile"], "")
        self.assertEqual({step["who"] for step in self.admin.get_start()}, {""})
        with self.assertRaises(AccessError):
            self.home.open_start_step("leads")

    def test_for_managers_until_they_put_it_away(self):
        self.assertFalse(self.get_start(self.rep))
        settings = self.home.env["res.users.settings"]
        settings = settings._find_or_create_for_user(self.manager)
        settings = settings.with_user(self.manager)
        settings.set_res_users_settings({"qualification_start_hidden": True})
        self.assertFalse(self.get_start())
        self.assertTrue(self.get_start(self.env.ref("base.user_admin")))
