"""What proves nothing, and facts of records that one doesn't see."""

import contextlib
import json

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestAttacksOnFacts(QualificationCase):
    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_calls_are_not_moved_to_hidden_leads(self):
        mine, theirs = self.create_lead(), self.create_lead(user=self.rep_all)
        call = mine.activity_schedule("mail.mail_activity_data_call")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call.write({"res_id": theirs.id})
        self.finish_call(call, "reached")
        self.assertEqual(mine.contact_state, "two_way")
        self.assertEqual(theirs.contact_state, "none")

    def create_namesakes(self):
        """A colleague's lead, and a contact with the same id that the rep sees."""
        leads = self.env["crm.lead"].with_user(self.rep_all)
        people = self.env["res.partner"]
        lead, person = leads.create({"name": "Theirs"}), people.create({"name": "Ann"})
        gap = person.id - lead.id
        leads = lead | leads.create([{"name": "Theirs"}] * max(gap, 0))
        people = person | people.create([{"name": "Ann"}] * max(-gap, 0))
        lead, person = leads[-1], people[-1]
        self.assertEqual(lead.id, person.id)
        return lead, person.with_user(self.rep)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_call_is_not_renamed_to_one_with_a_hidden_lead(self):
        """Odoo stores the model's name, and lets a client write what is stored."""
        theirs, person = self.create_namesakes()
        call = person.activity_schedule("mail.mail_activity_data_call")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call.write({"res_model": "crm.lead"})
        call.invalidate_recordset()
        self.finish_call(call, "reached")
        self.assertEqual(theirs.contact_state, "none")

    def test_no_context_and_no_command_is_a_proof(self):
        """What Odoo notes in superuser mode, and what a message is made of later."""
        lead = self.create_lead()
        meeting = self.env.ref("mail.mail_activity_data_meeting").id
        todo = "mail.mail_activity_data_todo"
        forged = {"contact_outcome": "reached", "mail_activity_type_id": meeting}
        for name, value in forged.items():
            own = lead.with_context(
                **{f"default_{name}": value}, tracking_disable=False
            )
            own.message_post(body="Hello", message_type="comment")
            own.write({"name": name, "priority": "2"})
            own.activity_schedule(todo).with_env(own.env).action_feedback("Done")
            own.message_subscribe(self.rep.partner_id.ids)
            note = {"model": "crm.lead", "body": "Hello", name: value}
            with contextlib.suppress(AccessError), self.env.cr.savepoint():
                lead.write({"message_ids": [Command.create(note)]})
        later = fields.Datetime.add(fields.Datetime.now(), days=1)
        scheduled = self.env["mail.scheduled.message"].with_user(self.rep)
        scheduled.create(
            {
                "model": "crm.lead",
                "res_id": lead.id,
                "author_id": self.rep.partner_id.id,
                "body": "Hello",
                "scheduled_date": later,
                "notification_parameters": json.dumps(forged),
                "send_context": {f"default_{name}": forged[name] for name in forged},
            }
        ).post_message()
        self.assertGreater(len(lead.message_ids), 5)
        self.assertEqual(lead.contact_state, "none")

    def test_facts_are_not_moved_to_hidden_leads(self):
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        person = self.env["res.partner"].create({"name": "Ann"})
        for model, values in (
            ("crm.lead.need", {"name": "Speed", "state": "confirmed"}),
            ("crm.lead.commitment", {"name": "Demo"}),
            ("crm.lead.role", {"role": "user", "partner_id": person.id}),
            (
                "crm.qualification.answer",
                {"criterion_id": self.budget.id, "value": "yes"},
            ),
        ):
            fact = self.env[model].with_user(self.rep)
            fact = fact.create(values | {"lead_id": own.id})
            with (
                self.subTest(model=model),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
                self.env.cr.savepoint(),
            ):
                fact.lead_id = hidden.id
            other = self.create_lead("Own, too")
            fact.lead_id = other
            self.assertEqual(fact.lead_id, other)

    def test_nobody_answers_for_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        asked = self.budget.copy({"scope": "account", "profile_id": self.profile.id})
        answer = (
            self.env["crm.qualification.answer"]
            .with_user(self.rep)
            .create(
                {"partner_id": account.id, "criterion_id": asked.id, "value": "yes"}
            )
        )
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.env.cr.savepoint(),
        ):
            answer.company_id = company
        self.assertEqual(answer.company_id, self.env.company)

    def test_hidden_messages_prove_nothing(self):
        """The name of the proof would tell what the message was about."""
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        secret = hidden.message_post(body="Secret", subject="Secret")
        proof = {"message_id": secret.id}
        facts = {
            "crm.lead.need": {"name": "Speed"},
            "crm.lead.commitment": {"name": "Demo"},
            "crm.qualification.answer": {"criterion_id": self.budget.id},
        }
        for model, values in facts.items():
            theirs = self.env[model].with_user(self.rep)
            fact = theirs.create(values | {"lead_id": own.id})
            other = values | {"lead_id": self.create_lead().id}
            for walk in (
                lambda fact=fact: fact.write(proof),
                lambda theirs=theirs, other=other: theirs.create(other | proof),
            ):
                with (
                    self.subTest(model=model),
                    self.assertRaises(AccessError),
                    self.env.cr.savepoint(),
                ):
                    walk()
            fact.message_id = own._log_contact("Mine", "reached")
            self.assertTrue(fact.has_proof)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_meetings_are_not_hung_on_hidden_leads(self):
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        guest = self.env["res.partner"].create({"name": "Guest"})
        model = self.env.ref("crm.model_crm_lead")
        document = {"res_model_id": model.id, "res_id": hidden.id}
        calendar = self.env["calendar.event"].with_user(self.rep)
        values = {
            "name": "Meeting",
            "start": "2026-01-01 10:00:00",
            "stop": "2026-01-01 11:00:00",
            "partner_ids": [Command.set((guest | self.rep.partner_id).ids)],
        }
        meeting = calendar.create(values)
        # Odoo checks the lead only where it makes an activity of its own
        planned = own.activity_schedule("mail.mail_activity_data_todo")
        linked = values | {"activity_ids": [Command.link(planned.id)]}
        walks = {
            "link": lambda: meeting.write({"opportunity_id": hidden.id}),
            "document": lambda: meeting.write(dict(document)),
            "name of the model": lambda: (
                meeting.write({"res_id": hidden.id}),
                meeting.write({"res_model": "crm.lead"}),
            ),
            "new one": lambda: calendar.create(linked | {"opportunity_id": hidden.id}),
            "new document": lambda: calendar.create(linked | document),
        }
        for walk, work in walks.items():
            with (
                self.subTest(walk=walk),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                work()
            self.env.invalidate_all()
            self.assertEqual(hidden.contact_state, "none")
        meeting.write({"opportunity_id": own.id})
        self.assertEqual(own.contact_state, "two_way")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_meetings_with_hidden_leads_stay_as_they_are(self):
        """Who attends moves them, and links them to what they see."""
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        guest = self.env["res.partner"].create({"name": "Guest"})
        people = guest | self.rep.partner_id | self.rep_all.partner_id
        model = self.env.ref("crm.model_crm_lead")
        theirs, other = (
            self.env["calendar.event"]
            .with_user(self.rep_all)
            .create(
                [
                    {
                        "name": "Meeting",
                        "start": "2026-01-01 10:00:00",
                        "stop": "2026-01-01 11:00:00",
                        "partner_ids": [Command.set(people.ids)],
                    }
                    | link
                    for link in (
                        {"res_model_id": model.id, "res_id": hidden.id},
                        {"opportunity_id": False},
                    )
                ]
            )
            .with_user(self.rep)
        )
        theirs.write({"stop": "2026-01-01 12:00:00", "opportunity_id": own.id})
        self.assertEqual(own.contact_state, "two_way")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            (theirs | other).write({"opportunity_id": hidden.id})

    def test_a_meeting_with_who_is_gone_proves_nothing(self):
        lead = self.create_lead()
        guest = self.env["res.partner"].create({"name": "Nobody"})
        self.env["calendar.event"].with_user(self.rep).create(
            {
                "name": "Meeting",
                "opportunity_id": lead.id,
                "start": "2026-01-01 10:00:00",
                "stop": "2026-01-01 11:00:00",
                "partner_ids": [Command.set((guest | self.rep.partner_id).ids)],
            }
        )
        self.assertEqual(lead.contact_state, "two_way")
        guest.unlink()
        self.assertEqual(lead.contact_state, "none")

    def test_an_address_that_is_nobodys_any_more_proves_nothing(self):
        """What is stored of a contact follows the addresses of the account."""
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        person, stranger = self.env["res.partner"].create(
            [
                {"name": "Ann", "email": "ann@acme.example", "parent_id": account.id},
                {"name": "Bob", "parent_id": account.id},
            ]
        )
        lead = self.create_lead(partner_id=person.id)
        lead.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=person.ids,
        )
        lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Our offer",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from="vendor@gmail.com",
            author_id=False,
        )
        self.assertEqual(lead.contact_state, "outbound")
        stranger.email = "Vendor@gmail.com"
        self.assertEqual(lead.contact_state, "two_way")
        stranger.email = "bob@acme.example"
        self.assertEqual(lead.contact_state, "outbound")

    def test_a_rewritten_message_proves_nothing_for_an_instant(self):
        """A flag that is settled stays settled."""
        self.profile.contact_required = "any"
        deal = self.create_lead(
            "Deal", type="opportunity", contact_name="Ann", email_from="a@b.example"
        )
        for model, values in (
            ("crm.lead.need", {"state": "confirmed"}),
            ("crm.lead.commitment", {}),
        ):
            facts = self.env[model].with_user(self.rep)
            facts.create({"lead_id": deal.id, "name": "Demo"} | values)
        self.assertEqual(deal.qualification_state, "flagged")
        robot = self.env.ref("base.user_root")
        note = deal.with_user(robot).message_post(body="Created")
        note.with_user(self.rep).write(
            {
                "message_type": "email",
                "author_id": False,
                "email_from": deal.email_from,
                "subtype_id": self.env.ref("mail.mt_comment").id,
            }
        )
        self.assertEqual(note.contact_outcome, "no_proof")
        self.assertEqual(deal.contact_state, "none")
        self.assertEqual(deal.sudo().qualification_decision_id.outcome, "flagged")
        self.assertTrue(deal.qualification_deadline)
        self.assertFalse(deal.contacted_date)
