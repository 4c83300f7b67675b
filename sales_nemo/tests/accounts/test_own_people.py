"""Our own people and companies are nobody's customers."""

from odoo.tests import new_test_user, tagged

from ..common import SALES, QualificationCase


@tagged("post_install", "-at_install")
class TestOwnPeople(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(
            cls.env, "colleague", groups=SALES, email="colleague@us.example"
        ).partner_id
        cls.colleague.phone = "+32 2 555 12 34"
        cls.company = cls.env.company.partner_id
        cls.question = cls.env["crm.qualification.criterion"].create(
            {"name": "May buy?", "profile_id": cls.profile.id, "scope": "account"}
        )

    def is_reachable(self, lead):
        facts = lead._collect_facts()[lead.id]
        return facts.has_person, facts.has_address

    def test_they_are_no_way_to_reach_a_customer(self):
        for partner in (self.colleague, self.company):
            lead = self.create_lead(partner_id=partner.id)
            self.assertEqual(self.is_reachable(lead), (False, False))
            lead.contact_name = "Ann"
            self.assertEqual(self.is_reachable(lead), (True, False))

    def test_customers_are(self):
        partner = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@customer.example"}
        )
        lead = self.create_lead(partner_id=partner.id)
        self.assertEqual(self.is_reachable(lead), (True, True))

    def test_they_answer_for_no_account(self):
        one, other = (
            self.create_lead(partner_id=self.colleague.id) for _time in range(2)
        )
        one.save_qualification_answer(self.question.id, "no")
        answer = self.env["crm.qualification.answer"].search(
            [("criterion_id", "=", self.question.id)]
        )
        self.assertEqual(answer.lead_id, one)
        known = (one | other)._get_answers_by_criterion()
        self.assertIn(self.question.id, known[one.id])
        self.assertNotIn(self.question.id, known[other.id])
        self.profile.enforcement = "off"
        one.type = "opportunity"
        self.assertEqual(answer.lead_id, one)

    def test_what_was_said_for_our_company_is_nobodys(self):
        self.env["crm.qualification.answer"].create(
            {
                "criterion_id": self.question.id,
                "partner_id": self.company.id,
                "value": "no",
            }
        )
        child = self.env["res.partner"].create(
            {"name": "Desk", "parent_id": self.company.id}
        )
        lead = self.create_lead(partner_id=child.id)
        self.assertFalse(lead._get_answers_by_criterion()[lead.id])

    def test_they_have_no_lifecycle(self):
        for partner in (self.colleague, self.company):
            self.create_lead(partner_id=partner.id)
            self.env.flush_all()
            self.assertEqual(partner.sudo().crm_lifecycle or "prospect", "prospect")
            self.assertFalse(partner.sudo().crm_in_progress)

    def test_who_becomes_one_of_us_loses_it(self):
        partner = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@customer.example"}
        )
        self.create_lead(partner_id=partner.id)
        self.assertEqual(partner.sudo().crm_lifecycle, "lead")
        new_test_user(self.env, "ann", groups=SALES, partner_id=partner.id)
        self.assertEqual(partner.sudo().crm_lifecycle, "prospect")
