"""A proof is what somebody of the lead or its account said, as it was said."""

from datetime import timedelta

from odoo import Command
from odoo.exceptions import ValidationError
from odoo.fields import Datetime
from odoo.tests import tagged

from ..evidence.test_live_evidence import CUSTOMER, EvidenceCase


@tagged("post_install", "-at_install")
class TestProofOfPeople(EvidenceCase):
    def create_need(self, lead=None, **values):
        return (
            self.env["crm.lead.need"]
            .with_user(self.rep)
            .create({"lead_id": (lead or self.lead).id, "name": "Chairs"} | values)
        )

    def assertNoProof(self, **proof):
        with self.assertRaisesRegex(ValidationError, "proves nothing here"):
            self.create_need(**proof)
        need = self.create_need()
        with self.assertRaisesRegex(ValidationError, "proves nothing here"):
            need.write(proof)

    def plan(self, days, *guests):
        start = Datetime.now() + timedelta(days=days)
        return (
            self.env["calendar.event"]
            .with_user(self.rep)
            .create(
                {
                    "name": "Visit",
                    "start": start,
                    "stop": start + timedelta(hours=1),
                    "opportunity_id": self.lead.id,
                    "partner_ids": [
                        Command.set([self.rep.partner_id.id, *(g.id for g in guests)])
                    ],
                }
            )
        )

    def test_what_its_people_said(self):
        self.assertTrue(self.create_need(message_id=self.receive().id).has_proof)
        call = self.lead._log_contact("They need chairs", "reached")
        self.assertTrue(self.create_need(message_id=call.id).has_proof)
        meeting = self.plan(-2, self.person)
        self.assertTrue(self.create_need(event_id=meeting.id).has_proof)

    def test_what_was_said_elsewhere_in_the_account(self):
        other = self.create_lead(partner_id=self.person.id)
        message = self.receive(other)
        self.assertTrue(self.create_need(message_id=message.id).has_proof)
        message = self.receive(self.person)
        self.assertTrue(self.create_need(message_id=message.id).has_proof)

    def test_notes_prove_nothing(self):
        note = self.lead.message_post(body="He wants chairs")
        self.assertNoProof(message_id=note.id)

    def test_what_we_wrote_proves_nothing(self):
        self.assertNoProof(message_id=self.write_to(self.person).id)

    def test_automatic_replies_prove_nothing(self):
        message = self.receive()
        message.is_auto_reply = True
        self.assertNoProof(message_id=message.id)

    def test_other_customers_prove_nothing(self):
        eve = self.env["res.partner"].create(
            {"name": "Eve", "email": "eve@elsewhere.example"}
        )
        other = self.create_lead(partner_id=eve.id)
        call = other._log_contact("Eve needs desks", "reached")
        self.assertNoProof(message_id=call.id)
        need = self.create_need(other, message_id=call.id)
        with self.assertRaisesRegex(ValidationError, "proves nothing here"):
            need.lead_id = self.lead

    def test_meetings_to_come_prove_nothing(self):
        self.assertNoProof(event_id=self.plan(20000, self.person).id)

    def test_meetings_among_ourselves_prove_nothing(self):
        self.assertNoProof(event_id=self.plan(-2).id)

    def test_rewritten_mails_prove_nothing(self):
        for values in ({"body": "We want a factory"}, {"subject": "Factory"}):
            message = self.receive()
            need = self.create_need(message_id=message.id)
            self.assertContact("inbound", message)
            message.with_user(self.rep).write(values)
            self.assertContact("none")
            self.assertFalse(need.has_proof)

    def test_rewritten_calls_of_colleagues_prove_nothing(self):
        call = self.lead.with_user(self.manager)._log_contact("Chairs", "reached")
        call.with_user(self.rep).body = "A factory"
        self.assertContact("none")

    def test_writing_the_same_again_takes_nothing_away(self):
        message = self.receive()
        message.with_user(self.rep).write(
            {
                "body": message.body,
                "email_from": message.email_from,
                "author_id": message.author_id.id,
                "subject": message.subject,
            }
        )
        self.assertContact("inbound", message)

    def test_a_typo_of_ones_own(self):
        sent = self.write_to(self.person)
        sent.with_user(self.rep).body = "Hello, Ann"
        self.assertContact("outbound", sent)

    def test_retold_facts_lose_their_proof(self):
        message = self.receive()
        for values in ({"name": "A factory"}, {"detail": "Of glass"}):
            need = self.create_need(message_id=message.id)
            need.write({"name": "Chairs", "state": "confirmed"})
            self.assertTrue(need.has_proof, "the same words")
            need.write(values)
            self.assertFalse(need.has_proof)
        promise = (
            self.env["crm.lead.commitment"]
            .with_user(self.rep)
            .create({"lead_id": self.lead.id, "name": "Demo", "message_id": message.id})
        )
        promise.date_deadline = "2030-01-01"
        self.assertFalse(promise.has_proof)

    def test_who_rewrites_a_note_signs(self):
        self.lead.with_user(self.manager).save_qualification_answer(
            self.budget.id, "yes", "She said so"
        )
        answer = self.lead.qualification_answer_ids
        answer.sudo()._write_unsigned({"date": "2026-01-01 10:00:00"})
        answer.with_user(self.rep).note = "She said so"
        self.assertEqual(answer.user_id, self.manager, "the same note")
        answer.with_user(self.rep).note = "He said so"
        self.assertEqual(answer.user_id, self.rep)
        self.assertGreater(answer.date, Datetime.to_datetime("2026-01-02 00:00:00"))

    def test_merged_strangers_prove_nothing(self):
        other = self.create_lead("Other", email_from="nobody@x.example")
        form = other.sudo().message_post(
            body="Desks",
            author_id=False,
            email_from="nobody@x.example",
            contact_outcome="form",
        )
        self.assertContact("inbound", form, other)
        need = self.create_need(other, message_id=form.id)
        self.lead.priority = "3"
        merged = (self.lead | other).with_user(self.rep).merge_opportunity()
        self.assertEqual(merged.partner_id, self.person)
        self.assertContact("none", lead=merged)
        self.assertEqual(merged.qualification_need_ids, need)
        self.assertFalse(need.has_proof)

    def test_what_nobody_posted_proves_nothing(self):
        for kind in ("email_outgoing", "email", "comment", "sms"):
            if kind not in dict(
                self.lead.message_ids._fields["message_type"].selection
            ):
                continue
            for author in (self.rep, self.manager):
                values = {
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "message_type": kind,
                    "author_id": author.partner_id.id,
                    "partner_ids": [Command.link(self.person.id)],
                    "outgoing_email_to": CUSTOMER,
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "body": "Hello",
                    # else Odoo itself asks the lead for it
                    "reply_to": "sales@company.example",
                }
                self.env["mail.message"].with_user(self.rep).create(values)
                self.assertContact("none")
        sent = self.write_to(self.person)
        self.assertContact("outbound", sent)

    def test_recipients_named_later_were_sent_nothing(self):
        note = self.lead.with_user(self.rep).message_post(
            body="Hello", subtype_xmlid="mail.mt_comment"
        )
        note.write({"message_type": "comment"})
        note.partner_ids = self.person
        self.assertContact("none")
