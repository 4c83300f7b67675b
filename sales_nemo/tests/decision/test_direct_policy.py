"""“Make it a lead” is for databases that show leads."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestDirectPolicy(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profiles = cls.env["crm.qualification.profile"].with_user(cls.manager)
        cls.ruling = cls.profiles.browse(cls.profile.id)
        cls.switch_leads(False)

    @classmethod
    def switch_leads(cls, on):
        cls.env["res.config.settings"].create({"group_use_lead": on}).execute()
        cls.env.invalidate_all()

    def change(self, policy):
        draft = self.profiles.browse(self.ruling.action_change()["res_id"])
        draft.direct_policy = policy
        return draft

    def test_publishing_says_so(self):
        draft = self.change("lead")
        for publish in (draft.action_publish, draft.publish):
            with (
                self.assertRaisesRegex(UserError, "Leads are switched off"),
                self.env.cr.savepoint(),
            ):
                publish()
        self.assertEqual(self.ruling.direct_policy, "flag")
        draft.direct_policy = "refuse"
        draft.publish()
        self.assertEqual(self.ruling.direct_policy, "refuse")

    def test_published_where_leads_are_on(self):
        self.switch_leads(True)
        self.change("lead").publish()
        self.assertEqual(self.ruling.direct_policy, "lead")

    def test_a_new_profile_may_not_choose_it_either(self):
        draft = self.profiles.create({"name": "New", "direct_policy": "lead"})
        with self.assertRaisesRegex(UserError, "Leads are switched off"):
            draft.publish()

    def test_no_way_back_to_a_version_that_chose_it(self):
        self.switch_leads(True)
        self.change("lead").publish()
        chosen = self.ruling.version_id
        self.change("flag").publish()
        self.switch_leads(False)
        with self.assertRaisesRegex(UserError, "Leads are switched off"):
            chosen.action_revert()

    def test_who_chose_it_before_goes_on(self):
        self.switch_leads(True)
        self.change("lead").publish()
        self.switch_leads(False)
        self.ruling.action_advise()
        self.assertEqual(self.ruling.enforcement, "advise")

    def test_the_form_says_why_and_keeps_what_was_chosen(self):
        draft = self.change("refuse")
        with (
            self.assertLogs("odoo.tests.form.onchange", "WARNING") as told,
            Form(draft) as form,
        ):
            self.assertIn("Leads are switched off", form.direct_policy_problem)
            form.direct_policy = "lead"
            self.assertEqual(form.direct_policy, "refuse")
        self.assertIn("Leads are switched off", told.output[0])
        self.switch_leads(True)
        with Form(draft) as form:
            self.assertFalse(form.direct_policy_problem)
            form.direct_policy = "lead"
        self.assertEqual(draft.direct_policy, "lead")

    def test_the_quick_create_card_knows_what_will_happen(self):
        """By the profile that would judge it, as it is filled in."""
        team = self.env["crm.team"].create({"name": "Free"})
        team.member_ids = self.rep
        self.profile.team_ids = self.env["crm.team"].search([("id", "!=", team.id)])
        self.profile.direct_policy = "refuse"
        view = "crm.quick_create_opportunity_form"
        leads = self.leads.with_context(default_type="opportunity")
        home = self.profile.team_ids[0].id
        for values, expected in (
            ({"default_team_id": home}, "refuse"),
            ({"default_team_id": team.id}, False),
        ):
            with self.subTest(values=values):
                form = Form(leads.with_context(**values), view)
                self.assertEqual(form.qualification_direct_policy, expected)
        self.profile.enforcement = "advise"
        form = Form(leads.with_context(default_team_id=home), view)
        self.assertFalse(form.qualification_direct_policy)
