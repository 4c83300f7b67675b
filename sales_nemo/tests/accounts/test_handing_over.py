"""Leads that meet an account hand over what they know about it."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..common import SALES_ALL
from .partner_merge_case import NEW, OLD, MergeCase


@tagged("post_install", "-at_install")
class TestHandingOver(MergeCase):
    def convert(self, lead, **values):
        """By Odoo's dialog, as the lead's salesperson."""
        lead = lead.with_user(self.rep)
        with self.assertNoLogs("odoo", level="WARNING"):
            self.env["crm.lead2opportunity.partner"].with_user(self.rep).with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            ).create({"lead_id": lead.id, "name": "convert"} | values).action_apply()
        self.assertEqual(lead.type, "opportunity")
        self.assertRight()

    def add_unknown(self, **values):
        """A lead of nobody known yet."""
        return self.add_lead(
            contact_name="Zoe", partner_name="Zoe Inc", email_from="zoe@zoe.example"
        )

    def test_lead_keeps_its_own(self):
        lead = self.add_unknown()
        lead.with_user(self.rep).save_qualification_answer(self.sector.id, "yes")
        self.assertEqual(lead.qualification_answer_ids.value, "yes")
        self.assertFalse(lead.qualification_answer_ids.partner_id)

    def test_created_contact(self):
        lead = self.add_unknown()
        answer = self.answer(lead, "yes")
        own = self.answer(lead, "yes", criterion=self.budget)
        date, score = answer.date, lead.qualification_score
        self.convert(lead, action="create")
        account = lead.partner_id.commercial_partner_id
        self.assertTrue(account)
        self.assertEqual(lead.qualification_answer_ids, own)
        kept = self.assertAnswer(account, "yes")
        self.assertEqual((kept, kept.date), (answer, date))
        self.assertEqual(lead.qualification_score, score)

    def test_existing_account_with_an_older_answer(self):
        self.answer(self.account, "no", OLD)
        lead = self.add_unknown()
        self.answer(lead, "yes", NEW)
        self.convert(lead, action="exist", partner_id=self.ann.id)
        self.assertEqual(lead.partner_id, self.ann)
        self.assertFalse(lead.qualification_answer_ids)
        self.assertAnswer(self.account, "yes", "no (rep")

    def test_existing_account_with_a_newer_answer(self):
        self.answer(self.account, "no", NEW)
        lead = self.add_unknown()
        self.answer(lead, "yes", OLD)
        self.convert(lead, action="exist", partner_id=self.ann.id)
        self.assertFalse(lead.qualification_answer_ids)
        self.assertAnswer(self.account, "no", "yes (rep")

    def test_refused_lead_hands_over_nothing(self):
        lead = self.add_unknown()
        answer = self.answer(lead, "yes")
        self.profile.write({"enforcement": "enforce", "needs_required": 1})
        lead.partner_id = self.ann
        with self.assertRaises(UserError):
            lead.with_user(self.rep).type = "opportunity"
        self.assertEqual(lead.type, "lead", "taken back")
        self.assertEqual(lead.qualification_answer_ids, answer)

    def test_answers_of_a_company_that_the_user_is_not_of(self):
        """Nobody writes into another company's answers by way of a lead."""
        lead = self.add_unknown()
        self.answer(lead, "yes", NEW)
        other_rep = new_test_user(
            self.env,
            "foreign",
            groups=SALES_ALL,
            company_id=self.other.id,
            company_ids=self.other.ids,
        )
        theirs = self.answer(self.account, "no", OLD, company=self.other)
        self.profile.enforcement = "off"
        lead.write({"type": "opportunity", "user_id": other_rep.id, "team_id": False})
        lead.company_id = False
        lead.with_user(self.rep_all).partner_id = self.ann
        self.assertEqual(lead.user_id, other_rep)
        self.assertEqual((theirs.value, theirs.history), ("no", False))
        lead.with_user(other_rep).partner_id = self.bob
        self.assertEqual(lead.qualification_answer_ids.ids, [])

    def test_another_companys_answer_is_left_alone(self):
        """Of two companies' answers about one account each keeps its own."""
        for company in (self.company, self.other):
            with self.subTest(lead_of=company.name):
                account, person = self.create_pod(f"For {company.name}", "Kim")
                foreign = self.company + self.other - company
                theirs = self.answer(account, "no", OLD, company=foreign)
                lead = self.add_lead(company=company)
                self.answer(lead, "yes", NEW)
                lead.write({"partner_id": person.id, "type": "opportunity"})
                self.assertRight()
                self.assertTrue(theirs.exists())
                self.assertAnswer(account, "no", company=foreign)
                self.assertAnswer(account, "yes", company=company)

    def test_both_companies_have_answered(self):
        self.answer(self.account, "no", OLD)
        self.answer(self.account, "no", OLD, company=self.other)
        lead = self.add_lead(company=self.company)
        self.answer(lead, "yes", NEW)
        lead.write({"partner_id": self.ann.id, "type": "opportunity"})
        self.assertRight()
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertAnswer(self.account, "no", company=self.other)

    def test_contact_of_an_opportunity_comes_later(self):
        lead = self.add_unknown()
        self.answer(lead, "yes")
        lead.type = "opportunity"
        self.assertTrue(lead.qualification_answer_ids)
        lead.partner_id = self.ann
        self.assertFalse(lead.qualification_answer_ids)
        self.assertAnswer(self.account, "yes")
        self.assertRight()

    def test_by_assignment_to_many(self):
        """Several leads of one account at once; the newest answer stays."""
        leads = self.add_lead() | self.add_lead()
        for lead, value, age in zip(leads, ("yes", "no"), (OLD, NEW), strict=True):
            self.answer(lead, value, age)
        leads.write({"partner_id": self.ann.id, "type": "opportunity"})
        self.assertAnswer(self.account, "no", "yes (rep")
        self.assertRight()

    def test_noted_in_the_chatter(self):
        lead = self.add_unknown()
        self.answer(lead, "yes")
        lead.write({"partner_id": self.ann.id, "type": "opportunity"})
        bodies = " ".join(lead.message_ids.mapped("body"))
        self.assertIn("Our sector?", bodies)
        self.assertIn("Acme", bodies)

    def test_merged_leads_keep_older_answers(self):
        first, second = self.add_lead(), self.add_lead()
        self.answer(first, "no", OLD)
        self.answer(second, "yes", NEW)
        self.answer(first, "yes", OLD, criterion=self.budget)
        self.answer(second, "no", NEW, criterion=self.budget)
        (first | second).merge_opportunity()
        left = (first | second).exists()
        answers = left.qualification_answer_ids
        self.assertEqual(
            {a.criterion_id: a.value for a in answers},
            {self.sector: "yes", self.budget: "no"},
        )
        for answer, older in zip(
            answers.sorted("value"), ("yes (rep", "no (rep"), strict=True
        ):
            self.assertIn(older, answer.history)

    def test_lead_merged_into_an_opportunity(self):
        """The opportunity's account gets what the lead knew."""
        lead = self.add_lead(email_from="ann@acme.example")
        running = self.add_lead(self.ann, "opportunity")
        self.answer(self.account, "no", OLD)
        self.answer(lead, "yes", NEW)
        (lead | running).merge_opportunity()
        left = (lead | running).exists()
        self.assertEqual((left, left.type), (running, "opportunity"))
        self.assertFalse(left.qualification_answer_ids)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertRight()

    def test_clients_write_no_history(self):
        answer = self.answer(self.account, "yes")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            answer.sudo(False).with_user(self.rep).write({"history": "Forged"})
