"""Every fact shows its proof to who may see it, and says so to who may not."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestProof(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.create_lead()
        cls.message = cls.lead._log_contact("They need speed", "reached")
        cls.need = cls.env["crm.lead.need"].create(
            {"lead_id": cls.lead.id, "name": "Speed"}
        )
        cls.commitment = cls.env["crm.lead.commitment"].create(
            {"lead_id": cls.lead.id, "name": "Demo"}
        )
        cls.lead.save_qualification_answer(cls.budget.id, "yes")
        cls.answer = cls.lead.qualification_answer_ids
        cls.facts = (cls.need, cls.commitment, cls.answer)

    def test_last_contact_becomes_the_proof(self):
        for fact in self.facts:
            self.assertFalse(fact.has_proof)
            with self.assertRaisesRegex(UserError, "no message or meeting"):
                fact.with_user(self.rep).action_open_proof()
            sheet = self.lead.prove_by_contact(fact._name, fact.id)
            self.assertTrue(fact.has_proof)
            action = fact.with_user(self.rep).action_open_proof()
            self.assertEqual(
                (action["res_model"], action["res_id"]),
                ("mail.message", self.message.id),
            )
        rows = sheet["needs"] + sheet["commitments"]
        rows += [row for row in sheet["questions"] if row["id"] == self.budget.id]
        self.assertEqual([row["has_proof"] for row in rows], [True] * 3)

    def test_meeting_becomes_the_proof(self):
        guest = self.env["res.partner"].create(
            {"name": "Ann", "email": "ann@customer.example"}
        )
        lead = self.create_lead(partner_id=guest.id)
        meeting = self.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": "2026-01-02 10:00:00",
                "stop": "2026-01-02 11:00:00",
                "opportunity_id": lead.id,
                "user_id": self.rep.id,
                "partner_ids": [(6, 0, (guest | self.rep.partner_id).ids)],
            }
        )
        need = self.need.create({"lead_id": lead.id, "name": "Speed"})
        lead.prove_by_contact(need._name, need.id)
        self.assertEqual(need.event_id, meeting)
        action = need.with_user(self.rep).action_open_proof()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("calendar.event", meeting.id)
        )
        meeting.unlink()
        self.assertFalse(need.has_proof)

    def test_no_proof_without_contact(self):
        lead = self.create_lead()
        need = self.need.create({"lead_id": lead.id, "name": "Speed"})
        with self.assertRaisesRegex(UserError, "in touch"):
            lead.prove_by_contact(need._name, need.id)
        lead._log_contact("Nobody there", "no_answer")
        with self.assertRaisesRegex(UserError, "in touch"):
            lead.prove_by_contact(need._name, need.id)

    def test_only_its_own_facts_take_a_proof(self):
        other = self.create_lead()
        other._log_contact("We talked", "reached")
        for model, fact_id in (
            ("res.users", self.rep.id),
            *((fact._name, fact.id) for fact in self.facts),
        ):
            with self.assertRaisesRegex(UserError, "no fact about this lead"):
                other.prove_by_contact(model, fact_id)

    def test_readers_without_access_are_told(self):
        hidden = self.create_lead(user=self.manager, user_id=self.manager.id)
        self.need.message_id = hidden._log_contact("Secret", "reached")
        need = self.need.with_user(self.rep)
        self.assertTrue(need.has_proof)
        with self.assertRaisesRegex(UserError, "may not read"):
            need.action_open_proof()
        self.assertTrue(self.need.with_user(self.manager).action_open_proof())

    def test_facts_themselves_are_checked(self):
        for fact in self.facts:
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                fact.with_user(self.clerk).action_open_proof()

    def test_new_value_needs_a_new_proof(self):
        self.lead.prove_by_contact(self.answer._name, self.answer.id)
        self.answer.note = "He said so"
        self.assertTrue(self.answer.has_proof)
        self.lead.save_qualification_answer(self.budget.id, "no")
        self.assertFalse(self.answer.has_proof)
