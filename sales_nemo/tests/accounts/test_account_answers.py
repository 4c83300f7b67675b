"""Answers about an account, entered on its sheet."""

from odoo.exceptions import AccessError, ValidationError
from odoo.tests import tagged

from ..common import SALES, SALES_ALL
from .account_case import AccountCase


@tagged("post_install", "-at_install")
class TestAnswering(AccountCase):
    def save(self, criterion, value, note=None, partner=None, user=None):
        partner = (partner or self.ann).with_user(user or self.rep)
        return partner.save_account_answer(criterion.id, value, note)

    def test_plain_salesperson(self):
        self.assertTrue(self.rep.has_group(SALES))
        self.assertFalse(self.rep.has_group(SALES_ALL))
        sheet = self.save(self.sector, "yes", "Said so")
        row = self.get_question(self.sector, sheet)
        self.assertEqual((row["value"], row["note"]), ("yes", "Said so"))
        answer = self.account.qualification_answer_ids
        self.assertEqual(
            (answer.partner_id, answer.company_id, answer.user_id),
            (self.account, self.env.company, self.rep),
        )
        sheet = self.save(self.sector, "no", partner=self.bob)
        row = self.get_question(self.sector, sheet)
        self.assertEqual((row["value"], row["note"]), ("no", "Said so"))
        self.assertEqual(self.account.qualification_answer_ids, answer)
        self.save(self.sector, "")
        self.assertEqual(answer.state, "unknown")

    def test_wrong_value(self):
        with self.assertRaisesRegex(ValidationError, "a number"):
            with self.env.cr.savepoint():
                self.save(self.staff, "many")

    def test_question_about_leads(self):
        with self.assertRaisesRegex(ValidationError, "answer it on the lead"):
            with self.env.cr.savepoint():
                self.save(self.budget, "yes")

    def test_not_without_sales_rights(self):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.save(self.sector, "yes", user=self.clerk)

    def test_serves_every_lead_of_the_pod(self):
        leads = self.create_lead(partner_id=self.ann.id)
        leads |= self.create_lead(user=self.rep_all, partner_id=self.bob.id)
        elsewhere = self.create_lead(partner_id=self.stranger.id)
        self.save(self.sector, "yes")
        self.env.flush_all()
        scores = [lead.sudo().qualification_score for lead in leads | elsewhere]
        # sector weighs 3 of 3 + 1 (budget 3, size 1, staff 1)
        self.assertEqual(scores, [37.5, 37.5, 0])
        late = self.create_lead(partner_id=self.bob.id)
        self.assertEqual(late.qualification_score, 37.5)

    def test_another_companys_answers(self):
        """Each company has its own, and sees none of the other's."""
        company, rep = self.create_company()
        self.save(self.sector, "yes", "Ours")
        row = self.get_question(self.sector, self.get_sheet(user=rep))
        self.assertEqual(
            (row["value"], row["state"], row["note"], row["answered_by"]),
            ("", "unknown", "", ""),
        )
        self.save(self.sector, "no", "Theirs", user=rep)
        answers = self.account.qualification_answer_ids
        self.assertEqual(answers.company_id, self.env.company | company)
        row = self.get_question(self.sector)
        self.assertEqual((row["value"], row["note"]), ("yes", "Ours"))
        row = self.get_question(self.sector, self.get_sheet(user=rep))
        self.assertEqual((row["value"], row["note"]), ("no", "Theirs"))
        self.assertEqual(self.ann.with_user(rep).crm_fit, "0 % Strict")
        self.assertEqual(self.ann.with_user(self.rep).crm_fit, "75 % Strict")
