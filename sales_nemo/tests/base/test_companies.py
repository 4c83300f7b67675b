from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import new_test_user

from ..common import SALES_ALL, SALES_MANAGER, QualificationCase


class TestCompanies(QualificationCase):
    """What is done in one company doesn't decide in another one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.other_rep, cls.other_manager, cls.both = (
            new_test_user(
                cls.env,
                login,
                groups=groups,
                company_id=cls.other.id,
                company_ids=[Command.set(companies.ids)],
            )
            for login, groups, companies in (
                ("other_rep", SALES_ALL, cls.other),
                ("other_manager", SALES_MANAGER, cls.other),
                ("both", SALES_MANAGER, cls.other | cls.env.company),
            )
        )
        partners = cls.env["res.partner"]
        cls.account = partners.create({"name": "Acme", "is_company": True})
        cls.ann = partners.create({"name": "Ann", "email": "ann@acme.example"})
        cls.ann.parent_id = cls.account
        cls.question = cls.env["crm.qualification.criterion"].create(
            {"profile_id": cls.profile.id, "name": "Staff?", "scope": "account"}
        )

    def create_other_lead(self):
        return self.leads.with_user(self.other_rep).create(
            {
                "name": "Theirs",
                "type": "lead",
                "company_id": self.other.id,
                "user_id": self.other_rep.id,
                "partner_id": self.ann.id,
            }
        )

    def answer(self, partner, value, company):
        return self.env["crm.qualification.answer"].create(
            {
                "criterion_id": self.question.id,
                "partner_id": partner.id,
                "company_id": company.id,
                "value": value,
            }
        )

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    def test_moving_a_contact_there_and_back_costs_other_companies_nothing(self):
        bob = self.env["res.partner"].create({"name": "Bob"})
        self.answer(bob, "no", self.other)
        self.answer(self.account, "yes", self.other)
        mover = bob.with_user(self.rep_all)
        self.rep_all.group_ids |= self.env.ref("base.group_partner_manager")
        mover.parent_id = self.account.id
        mover.parent_id = False
        answers = (bob | self.account).qualification_answer_ids
        self.assertEqual(
            {answer.partner_id: answer.value for answer in answers},
            {bob: "no", self.account: "yes"},
        )

    def test_answers_of_ones_own_company_follow_the_contact(self):
        bob = self.env["res.partner"].create({"name": "Bob"})
        answer = self.answer(bob, "no", self.env.company)
        self.rep_all.group_ids |= self.env.ref("base.group_partner_manager")
        bob.with_user(self.rep_all).parent_id = self.account.id
        self.assertEqual(answer.partner_id, self.account)

    # ------------------------------------------------------------
    # CONTACT
    # ------------------------------------------------------------

    def enter_meeting(self, user):
        self.env["calendar.event"].with_user(user).create(
            {
                "name": "Coffee",
                "start": "2026-01-05 10:00:00",
                "stop": "2026-01-05 11:00:00",
                "partner_ids": [Command.set((self.ann | user.partner_id).ids)],
            }
        )

    def test_a_meeting_of_another_company_proves_no_contact(self):
        lead = self.create_other_lead()
        self.enter_meeting(self.rep)
        self.assertEqual(lead.contact_state, "none")

    def test_a_meeting_of_the_leads_own_company_does(self):
        lead = self.create_other_lead()
        self.enter_meeting(self.both)
        self.assertEqual(lead.contact_state, "two_way")

    def test_a_call_logged_in_another_company_proves_no_contact(self):
        lead = self.create_other_lead()
        call = self.env.ref("mail.mail_activity_data_call")
        activity = self.ann.with_user(self.rep).activity_schedule(
            activity_type_id=call.id, user_id=self.rep.id
        )
        activity.with_user(self.rep).action_feedback("We talked")
        self.assertEqual(lead.contact_state, "none")

    def test_a_lead_that_changes_its_company_is_looked_at_again(self):
        lead = self.create_other_lead()
        self.enter_meeting(self.rep)
        lead.sudo().write({"user_id": False, "company_id": self.env.company.id})
        self.assertEqual(lead.contact_state, "two_way")

    # ------------------------------------------------------------
    # PROFILES
    # ------------------------------------------------------------

    def test_a_shared_profile_is_not_changed_by_one_company(self):
        choice = self.size.choice_ids[0]
        for record, values in (
            (self.profile, {"enforcement": "off"}),
            (self.profile, {"company_id": self.other.id}),
            (self.profile, {"criterion_ids": [Command.clear()]}),
            (self.budget, {"weight": 0}),
            (choice, {"points": 0}),
        ):
            with self.subTest(record=record, values=values):
                with self.assertRaisesRegex(AccessError, "leads of all companies"):
                    record.with_user(self.other_manager).write(values)

    def test_nor_deleted_or_made(self):
        profiles = self.env["crm.qualification.profile"].with_user(self.other_manager)
        for work in (
            self.profile.with_user(self.other_manager).unlink,
            lambda: profiles.create({"name": "Everybody's"}),
            lambda: self.budget.with_user(self.other_manager).copy(),
        ):
            with self.subTest(work=work), self.assertRaises(AccessError):
                work()

    def test_ones_own_profile_does_not_become_everybodys(self):
        profiles = self.env["crm.qualification.profile"].with_user(self.other_manager)
        own = profiles.create({"name": "Ours", "company_id": self.other.id})
        own.enforcement = "advise"
        with self.assertRaises(AccessError):
            own.company_id = False

    def test_who_works_for_all_companies_changes_a_shared_profile(self):
        everything = self.env["res.company"].with_context(active_test=False).search([])
        self.both.company_ids = everything
        self.profile.with_user(self.both).action_advise()
        self.assertEqual(self.profile.enforcement, "advise")

    def test_the_settings_administrator_changes_a_shared_profile(self):
        self.other_manager.group_ids |= self.env.ref("base.group_system")
        self.profile.with_user(self.other_manager).action_advise()
        self.assertEqual(self.profile.enforcement, "advise")

    # ------------------------------------------------------------
    # MASS CONVERSIONS
    # ------------------------------------------------------------

    def test_results_of_several_companies_are_for_who_works_for_all_of_them(self):
        jobs = self.env["crm.lead.conversion.job"]
        companies = self.other | self.env.company
        job = jobs.create(
            {
                "user_id": self.rep_all.id,
                "company_ids": [Command.set(companies.ids)],
                "line_ids": [
                    Command.create({"lead_name": "Secret", "outcome": "skipped"})
                ],
            }
        )
        for user, selected, is_seen in (
            (self.other_manager, self.other, False),
            (self.both, self.other, False),
            (self.both, companies, True),
            (self.rep_all, self.env.company, True),
        ):
            own = self.env(user=user, context={"allowed_company_ids": selected.ids})
            with self.subTest(user=user.login, selected=selected.mapped("name")):
                self.assertEqual(bool(own[job._name].search([])), is_seen)
                lines = own[job.line_ids._name].search([])
                self.assertEqual(bool(lines), is_seen)
