"""What was found out is withdrawn; only what one entered oneself today is deleted."""

from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestWithdraw(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.create_qualified_lead()
        cls.ann = cls.env["res.partner"].create({"name": "Ann"})

    def create_facts(self, user):
        """A role, an answer, a need and a commitment, as a user enters them."""
        env = self.env(user=user)
        lead = {"lead_id": self.lead.id}
        role = {"partner_id": self.ann.id, "role": "user"}
        answer = {"criterion_id": self.budget.id, "value": "yes"}
        return [
            env["crm.lead.role"].create(lead | role),
            env["crm.qualification.answer"].create(lead | answer),
            env["crm.lead.need"].create(lead | {"name": "Chairs"}),
            env["crm.lead.commitment"].create(lead | {"name": "Visit"}),
        ]

    def assertKept(self, facts, user):
        for fact in facts:
            with self.subTest(fact=fact._name):
                with self.assertRaisesRegex(UserError, "Withdraw it instead"):
                    fact.with_user(user).unlink()

    def test_ones_own_of_today(self):
        for fact in self.create_facts(self.rep):
            self.assertTrue(fact.is_deletable)
            fact.unlink()
            self.assertFalse(fact.exists())

    def test_a_colleagues(self):
        facts = self.create_facts(self.rep_all)
        self.assertKept(facts, self.rep)
        self.assertKept(facts, self.manager)

    def test_ones_own_of_long_ago(self):
        with freeze_time("2026-01-01"):
            facts = self.create_facts(self.rep)
            self.env.flush_all()
        self.env.cr.execute("UPDATE crm_lead_need SET create_date = '2026-01-01'")
        self.env.invalidate_all()
        self.assertKept(facts[2:3], self.rep)

    def test_on_a_closed_lead(self):
        facts = self.create_facts(self.rep)
        self.lead.sudo().action_set_lost()
        self.assertKept(facts, self.rep)

    def test_what_a_colleague_has_changed(self):
        _role, answer, need, _promise = self.create_facts(self.rep)
        answer.with_user(self.rep_all).value = "no"
        need.with_user(self.rep_all).state = "confirmed"
        self.assertKept((answer, need), self.rep)
        answer.value = "yes"
        self.assertKept(answer, self.rep)

    def test_an_accounts_answer(self):
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        asked = self.budget.copy({"scope": "account", "profile_id": self.profile.id})
        account.with_user(self.rep_all).save_account_answer(asked.id, "yes")
        answer = account.qualification_answer_ids
        self.assertKept(answer, self.rep)
        answer.with_user(self.rep).action_withdraw("Of somebody else")
        self.assertFalse(account.qualification_answer_ids)
        account.with_user(self.rep).save_account_answer(asked.id, "no")
        self.assertEqual(account.qualification_answer_ids.value, "no")

    def test_who_withdrew_it_when_and_why(self):
        for fact in self.create_facts(self.rep_all):
            author = fact._get_author()
            action = fact.with_user(self.rep).action_withdraw()
            self.assertTrue(fact.active, "asks why")
            self.assertEqual(
                (action["res_model"], action["target"]), (fact._name, "new")
            )
            fact.with_user(self.rep).withdrawn_reason = "A mistake"
            fact.with_user(self.rep).action_withdraw()
            self.assertFalse(fact.active)
            self.assertEqual(fact.withdrawn_by_id, self.rep)
            self.assertEqual(fact.withdrawn_reason, "A mistake")
            self.assertTrue(fact.withdrawn_date)
            if "user_id" in fact:
                self.assertEqual(fact.user_id, author, "still theirs")

    def test_counts_nowhere(self):
        self.assertEqual(self.lead.qualification_state, "ready")
        for name in ("qualification_need_ids", "qualification_commitment_ids"):
            fact = self.lead[name]
            fact.action_withdraw("A mistake")
            self.assertEqual(self.lead.qualification_state, "blocked")
            shown = self.lead.with_context(active_test=False)
            self.assertFalse(shown[name])
            fact.sudo().active = True
            self.assertEqual(self.lead.qualification_state, "ready")
        self.lead.save_qualification_answer(self.budget.id, "yes")
        score = self.lead.qualification_score
        self.lead.qualification_answer_ids.action_withdraw("A mistake")
        self.assertLess(self.lead.qualification_score, score)
        self.lead.save_qualification_answer(self.budget.id, "yes")
        self.assertEqual(self.lead.qualification_score, score)

    def test_nobody_archives_or_changes_it(self):
        for fact in self.create_facts(self.rep):
            with self.assertRaises(AccessError):
                fact.active = False
            with self.assertRaises(AccessError):
                fact.withdrawn_by_id = self.rep_all
            fact.action_withdraw("A mistake")
            with self.assertRaisesRegex(UserError, "withdrawn"):
                fact.withdrawn_reason = "Another one"

    def test_seen_through_a_filter(self):
        for fact in self.create_facts(self.rep):
            fact.action_withdraw("A mistake")
            arch = fact.get_view(view_type="search")["arch"]
            self.assertIn('name="withdrawn"', arch)
            self.assertFalse(fact.search([("id", "=", fact.id)]))
            found = [("id", "=", fact.id), ("active", "=", False)]
            self.assertEqual(fact.search(found), fact)

    def test_follows_merged_leads(self):
        facts = self.create_facts(self.rep)
        other = self.create_lead("Other", priority="3")
        for fact in facts:
            fact.action_withdraw("A mistake")
        merged = (self.lead | other).with_user(self.rep).merge_opportunity()
        for fact in facts:
            self.assertEqual((fact.lead_id, fact.active), (merged, False))

    def test_deleted_with_its_lead(self):
        facts = self.create_facts(self.rep_all)
        self.lead.sudo().unlink()
        for fact in facts:
            self.assertFalse(fact.exists())

    def test_roles_of_the_form(self):
        role, *_others = self.create_facts(self.rep_all)
        with self.assertRaisesRegex(UserError, "Withdraw it instead"):
            self.lead.qualification_role_ids = [Command.delete(role.id)]
