"""Contact is read from messages: who has heard from whom, and what proves it."""

from datetime import timedelta
from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.base.models.ir_mail_server import MailDeliveryException

from ..common import QualificationCase

CUSTOMER = "ann@customer.example"


@tagged("post_install", "-at_install")
class TestContact(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["res.partner"].create(
            {"name": "Customer", "is_company": True}
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Ann", "email": CUSTOMER, "parent_id": cls.account.id}
        )
        cls.lead = cls.create_lead(partner_id=cls.person.id)
        cls.call = cls.env.ref("mail.mail_activity_data_call")

    def write_to(self, partners, user=None, lead=None):
        return (
            (lead or self.lead)
            .with_user(user or self.rep)
            .message_post(
                body="Hello",
                message_type="comment",
                subtype_xmlid="mail.mt_comment",
                partner_ids=partners.ids,
            )
        )

    def receive(self, email_from=CUSTOMER, author=None, lead=None, **values):
        """A message as the mail gateway posts it."""
        return (
            (lead or self.lead)
            .with_user(self.env.ref("base.user_root"))
            .message_post(
                body="Hello back",
                message_type="email",
                subtype_xmlid="mail.mt_comment",
                email_from=email_from,
                author_id=author.id if author else False,
                **values,
            )
        )

    def assertContact(self, state, proof=None, lead=None):
        lead = lead or self.lead
        self.assertEqual(lead.contact_state, state)
        if proof is not None:
            self.assertEqual(lead.contact_message_id, proof)
        self.assertEqual(bool(lead.contact_date), state == "two_way")

    def test_nobody(self):
        self.assertContact("none")
        self.assertFalse(self.lead.contact_message_id)

    def test_we_wrote(self):
        self.assertContact("outbound", self.write_to(self.person))

    def test_they_wrote(self):
        self.assertContact("inbound", self.receive(author=self.person))

    def test_both_ways(self):
        self.write_to(self.person)
        reply = self.receive(author=self.person)
        self.assertContact("two_way", reply)
        self.assertLess(abs(self.lead.contact_date - reply.date), timedelta(minutes=1))

    def test_colleague_of_the_account(self):
        bob = self.env["res.partner"].create(
            {"name": "Bob", "email": "bob@gmail.com", "parent_id": self.account.id}
        )
        self.receive("bob@gmail.com", bob)
        self.assertContact("inbound")

    def test_same_company_domain(self):
        self.receive('"Bob" <bob@customer.example>')
        self.assertContact("inbound")

    def test_public_domain_is_no_company(self):
        lead = self.create_lead(email_from="ann@gmail.com")
        self.receive("stranger@gmail.com", lead=lead)
        self.assertContact("none", lead=lead)
        self.receive("Ann <ANN@gmail.com>", lead=lead)
        self.assertContact("inbound", lead=lead)

    def test_what_is_no_contact(self):
        self.receive("stranger@elsewhere.example")
        self.lead.with_user(self.rep).message_post(
            body="Note", subtype_xmlid="mail.mt_note", partner_ids=self.person.ids
        )
        self.write_to(self.manager.partner_id)
        self.lead.message_subscribe(self.person.ids)
        self.write_to(self.env["res.partner"])
        self.lead.message_post(body="System", message_type="notification")
        self.lead.with_user(self.rep).message_post(
            body="I am Ann", message_type="comment", author_id=self.person.id,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.lead.with_user(self.rep).message_post(
            body="I am Ann", message_type="email", email_from=CUSTOMER,
            author_id=self.person.id, subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.env["mail.message"].with_user(self.rep).create(
            {
                "model": "crm.lead",
                "res_id": self.lead.id,
                "message_type": "email",
                "author_id": self.person.id,
                "email_from": CUSTOMER,
                "body": "I am Ann",
                "subtype_id": self.env.ref("mail.mt_comment").id,
            }
        )
        self.assertContact("none")

    def test_our_own_user_by_mail_is_outbound(self):
        self.receive(self.rep.email, self.rep.partner_id, partner_ids=self.person.ids)
        self.assertContact("outbound")

    def test_nobody_forges_the_gateway(self):
        """Odoo lets every user feed mails to the gateway, which acts as superuser."""
        mail = (
            "From: Ann <ann@customer.example>\nTo: us@company.example\n"
            "Subject: Hello\nMessage-Id: <{}@customer.example>\n\nHello"
        )
        threads = self.env["mail.thread"]
        for number, user in enumerate((self.rep, self.clerk)):
            threads.with_user(user).message_process(
                "crm.lead", mail.format(number), thread_id=self.lead.id
            )
            self.assertContact("none")
        threads.with_user(self.clerk).message_process(
            "res.partner",
            mail.format("x"),
            custom_values={
                "opportunity_ids": [(1, self.lead.id, {"type": "opportunity"})]
            },
        )
        self.assertEqual(self.lead.type, "lead")
        odd = {
            "default_type": "opportunity",
            "default_qualification_profile_pinned": True,
            "default_qualification_profile_id": False,
            "default_qualification_decision_ids": [
                (0, 0, {"path": "wizard", "outcome": "overridden", "reason": "So"})
            ],
        }
        new = (
            threads.with_user(self.rep)
            .with_context(**odd)
            .message_process("crm.lead", mail.format("z"))
        )
        new = self.env["crm.lead"].browse(new)
        self.assertFalse(new.qualification_profile_pinned)
        self.assertEqual(new.qualification_profile_id, self.profile)
        self.assertFalse(
            new.qualification_decision_ids.filtered(lambda d: d.outcome == "overridden")
        )
        threads.message_process("crm.lead", mail.format("y"), thread_id=self.lead.id)
        self.assertContact("inbound")

    def test_rewritten_sender_proves_nothing(self):
        message = self.receive("vendor@elsewhere.example")
        message.with_user(self.rep).write(
            {"author_id": self.person.id, "email_from": CUSTOMER}
        )
        self.assertContact("none")

    def test_portal_author(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        portal.partner_id.parent_id = self.account
        self.lead.message_subscribe(portal.partner_id.ids)
        self.lead.with_user(portal).sudo().message_post(
            body="Hi", message_type="comment", subtype_xmlid="mail.mt_comment",
            author_id=portal.partner_id.id,
        )  # fmt: skip
        self.assertContact("inbound")

    def test_messages_of_the_contact_count(self):
        self.person.with_user(self.env.ref("base.user_root")).message_post(
            body="Hello", message_type="email", subtype_xmlid="mail.mt_comment",
            email_from=CUSTOMER, author_id=self.person.id,
        )  # fmt: skip
        self.assertContact("inbound")
        other = self.create_lead(partner_id=self.person.id)
        self.assertContact("inbound", lead=other)
        other.partner_id = self.account
        self.assertContact("none", lead=other)

    def test_headers_lie(self):
        message = self.receive(author=self.person)
        message.date = "2036-01-01"
        self.write_to(self.person)
        self.assertContact("two_way")
        self.assertLess(self.lead.contact_date, Datetime.now() + timedelta(days=1))

    def test_chasing_does_not_make_a_contact_younger(self):
        theirs = self.receive(author=self.person)
        ours, chase = self.write_to(self.person), self.write_to(self.person)
        theirs.date, ours.date = "2026-01-01 10:00:00", "2026-01-02 10:00:00"
        chase.date = "2026-01-20 10:00:00"
        self.assertContact("two_way", theirs)
        self.assertEqual(str(self.lead.contact_date), "2026-01-02 10:00:00")
        self.assertFalse(self.lead.contact_waiting_since)

    def test_who_writes_again_makes_the_contact_younger(self):
        theirs, ours = self.receive(author=self.person), self.write_to(self.person)
        again, more = self.receive(author=self.person), self.receive(author=self.person)
        theirs.date, ours.date = "2026-01-01 10:00:00", "2026-01-02 10:00:00"
        again.date, more.date = "2026-01-03 10:00:00", "2026-01-04 10:00:00"
        self.assertContact("two_way", more)
        self.assertEqual(str(self.lead.contact_date), "2026-01-04 10:00:00")
        self.assertFalse(self.lead.contact_waiting_since)

    def test_writing_after_a_talk_makes_the_contact_younger(self):
        talk = self.lead._log_contact("We talked", "reached")
        talk.date = "2026-01-01 10:00:00"
        theirs = self.receive(author=self.person)
        self.assertContact("two_way", theirs)
        self.assertGreater(self.lead.contact_date, talk.date)

    def test_unanswered_calls_answer_nobody(self):
        theirs = self.receive(author=self.person)
        self.lead._log_contact("Nobody there", "no_answer")
        self.lead.activity_schedule(activity_type_id=self.call.id).action_feedback()
        self.assertContact("inbound", theirs)
        self.assertTrue(self.lead.contact_waiting_since)

    def test_writing_to_somebody_else_answers_nobody(self):
        theirs = self.receive(author=self.person)
        supplier = self.env["res.partner"].create(
            {"name": "Supplier", "email": "sam@supplier.example"}
        )
        self.write_to(supplier)
        self.assertContact("inbound", theirs)
        self.write_to(self.env["res.partner"].create(
            {"name": "Bob", "parent_id": self.account.id}
        ))  # fmt: skip
        self.assertContact("two_way", theirs)

    def test_what_odoo_sends_by_itself_answers_nobody(self):
        theirs = self.receive(author=self.person)
        template = self.env["mail.template"].create(
            {
                "name": "Thank you",
                "model_id": self.env["ir.model"]._get_id("crm.lead"),
                "subject": "We got your message",
                "body_html": "<p>Thank you</p>",
                "email_to": CUSTOMER,
            }
        )
        root = self.env(user=self.env.ref("base.user_root"))
        template.with_env(root).send_mail(self.lead.id)
        self.assertContact("inbound", theirs)
        template.with_user(self.manager).send_mail(self.lead.id)
        self.assertContact("inbound", theirs)
        for method in ("email", "comment", "note"):
            action = self.env["ir.actions.server"].create(
                {
                    "name": "Send Email",
                    "model_id": template.model_id.id,
                    "state": "mail_post",
                    "template_id": template.id,
                    "mail_post_method": method,
                }
            )
            context = {"active_model": "crm.lead", "active_ids": self.lead.ids}
            action.with_user(self.manager).sudo().with_context(**context).run()
            self.assertContact("inbound", theirs)
        self.lead.with_user(self.rep).message_mail_with_source(template)
        self.assertContact("inbound", theirs)

    def get_notifications(self, message):
        return message.sudo().notification_ids.filtered("res_partner_id.partner_share")

    def test_what_reaches_nobody_outside_is_no_contact(self):
        for status in ("exception", "bounce", "canceled"):
            with self.subTest(status=status):
                lead = self.create_lead(partner_id=self.person.id)
                sent = self.write_to(self.person, lead=lead)
                self.assertContact("outbound", sent, lead)
                told = self.get_notifications(sent)
                told.write({"notification_status": status})
                self.assertContact("none", lead=lead)
                told.write({"notification_status": "sent"})
                self.assertContact("outbound", sent, lead)

    def test_one_of_two_that_gets_through_is_contact(self):
        other = self.env["res.partner"].create(
            {"name": "Bob", "email": "bob@customer.example"}
        )
        sent = self.write_to(self.person | other)
        told = self.get_notifications(sent)
        told[0].notification_status = "bounce"
        self.assertContact("outbound", sent)
        told.write({"notification_status": "bounce"})
        self.assertContact("none")

    def test_a_server_that_refuses_mail(self):
        with (
            patch.object(
                type(self.env["ir.mail_server"]), "_disable_send", lambda *_args: False
            ),
            patch.object(
                type(self.env["ir.mail_server"]),
                "send_email",
                side_effect=MailDeliveryException("No"),
            ),
            patch.object(
                type(self.env["ir.mail_server"]), "_connect__", lambda *_a, **_k: None
            ),
            mute_logger("odoo.addons.mail.models.mail_mail"),
        ):
            sent = self.write_to(self.person)
            sent.sudo().mail_ids.send()
        self.assertEqual(self.get_notifications(sent).notification_status, "exception")
        self.assertContact("none")

    def test_colleagues_whose_address_is_known_later(self):
        lead = self.create_lead(email_from="carl@gmail.com")
        message = self.receive("carl@gmail.com", lead=lead)
        self.assertContact("inbound", message, lead)
        lead.write({"partner_id": self.person.id, "email_from": CUSTOMER})
        self.assertContact("none", lead=lead)
        self.env["res.partner"].create(
            {"name": "Carl", "email": "carl@gmail.com", "parent_id": self.account.id}
        )
        lead._contact_changed()
        self.assertContact("inbound", message, lead)

    def test_nobody_declares_activities_in_other_names(self):
        meeting = self.env.ref("mail.mail_activity_data_meeting")
        kind = {"mail_activity_type_id": meeting.id}
        note = self.lead.with_user(self.manager).message_post(body="Note")
        note.with_user(self.rep).write(kind)
        self.assertContact("none")
        lead = self.lead.with_user(self.rep)
        lead.message_post(body="We met", author_id=self.person.id, **kind)
        lead.with_context(default_mail_activity_type_id=meeting.id).message_post(
            body=""
        )
        messages = self.env["mail.message"].with_user(self.rep)
        for context in ({}, {"default_mail_activity_type_id": meeting.id}):
            messages.with_context(**context).create(
                {
                    "model": "crm.lead",
                    "res_id": self.lead.id,
                    "author_id": self.manager.partner_id.id,
                    "body": "We met",
                }
                | ({} if context else kind)
            )
        self.assertContact("none")

    def test_deleted_and_moved_messages(self):
        message = self.receive(author=self.person)
        self.assertContact("inbound")
        other = self.create_lead(partner_id=self.account.id)
        message.res_id = other.id
        self.assertContact("none")
        self.assertContact("inbound", lead=other)
        message.unlink()
        self.assertContact("none", lead=other)

    def test_calls_among_many_stay_open_and_are_named(self):
        calls = self.lead.activity_schedule(
            activity_type_id=self.call.id, summary="Call Ann", user_id=self.rep.id
        ) | self.person.activity_schedule(activity_type_id=self.call.id)
        rest = self.lead.activity_schedule("mail.mail_activity_data_todo")
        rest |= self.env.user.partner_id.activity_schedule(
            "mail.mail_activity_data_todo"
        )
        message = (calls | rest).with_user(self.rep).action_done()["params"]["message"]
        self.assertEqual((calls | rest).filtered("active"), calls)
        self.assertIn(f"Call Ann ({self.lead.name})", message)
        self.assertIn(self.person.name, message)
        self.assertContact("none")

    def test_many_without_calls_are_done(self):
        activities = self.lead.activity_schedule("mail.mail_activity_data_todo")
        activities |= self.lead.activity_schedule("mail.mail_activity_data_todo")
        self.assertNotIsInstance(activities.action_done(), dict)
        self.assertFalse(any(activities.mapped("active")))

    def test_done_to_do_is_no_contact(self):
        self.lead.activity_schedule("mail.mail_activity_data_todo").action_feedback()
        self.assertContact("none")

    def test_log_a_contact(self):
        action = self.lead.action_log_contact()
        wizards = self.env[action["res_model"]].with_user(self.rep)
        wizard = wizards.with_context(**action["context"]).create(
            {"channel": "meeting", "outcome": "no_answer", "note": "Door was closed"}
        )
        wizard.action_log()
        self.assertContact("outbound")
        wizard.write({"outcome": "reached", "date": "2026-01-02 10:00:00"})
        wizard.action_log()
        self.assertContact("two_way")
        self.assertEqual(str(self.lead.contact_date), "2026-01-02 10:00:00")
        with self.assertRaisesRegex(ValidationError, "in the future"):
            wizard.date = "2099-01-01"

    def create_people(self):
        """Bob of the same account, and Eve of another one: both without an address."""
        partners = self.env["res.partner"]
        return partners.create(
            [{"name": "Bob", "parent_id": self.account.id}, {"name": "Eve"}]
        )

    def test_talk_stays_within_the_account(self):
        bob, eve = self.create_people()
        message = self.lead._log_contact("We talked", "reached")
        self.lead.partner_id = bob
        self.assertContact("two_way", message)
        self.lead.partner_id = eve
        self.assertContact("none")
        self.lead.partner_id = self.person
        self.assertContact("two_way", message)

    def test_done_calls_are_with_whom_was_the_contact(self):
        _bob, eve = self.create_people()
        call = self.lead.activity_schedule(
            activity_type_id=self.call.id, user_id=self.rep.id
        )
        self.finish_call(call.with_user(self.rep), "reached")
        self.assertContact("two_way")
        self.lead.partner_id = eve
        self.assertContact("none")
        later = self.lead._log_contact("Eve, too", "reached")
        self.assertContact("two_way", later)

    def test_address_of_the_contact_before_is_not_the_next_ones(self):
        for person in self.create_people():
            lead = self.create_lead(partner_id=self.person.id)
            self.person.phone = lead.phone = "+32 2 555 12 34"
            self.receive(lead=lead)
            lead.partner_id = person
            self.assertFalse(lead.email_from or lead.phone)
            reachable = lead.qualification_failed.split()
            self.assertIn("reachable", reachable)
            self.assertEqual(self.person.email, CUSTOMER)

    def test_address_that_is_given_with_the_contact_stays(self):
        bob, _eve = self.create_people()
        self.lead.write({"partner_id": bob.id, "email_from": CUSTOMER})
        self.assertEqual(self.lead.email_from, CUSTOMER)

    def test_address_of_the_contact_before_proves_nothing(self):
        _bob, eve = self.create_people()
        self.receive()
        self.assertContact("inbound")
        self.lead.partner_id = eve
        self.assertContact("none")

    def test_proof_opens_for_who_may_read_it(self):
        with self.assertRaisesRegex(UserError, "no message"):
            self.lead.action_open_contact_proof()
        message = self.receive(author=self.person)
        action = self.lead.action_open_contact_proof()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("mail.message", message.id)
        )

    def test_messages_of_other_models_are_left_alone(self):
        messages = self.lead.team_id.message_ids
        self.assertFalse(any(messages._get_parties()))

    def test_leads_of_other_programs_say_what_the_customer_wrote(self):
        leads = self.env["crm.lead"].with_user(self.rep)
        text = "We need <50> chairs"
        told, dated, silent = leads.create(
            [
                {"name": "Told", "first_contact_text": text},
                {
                    "name": "Dated",
                    "first_contact_text": text,
                    "first_contact_date": "2026-03-02 09:30:00",
                    "partner_id": self.person.id,
                },
                {"name": "Silent", "first_contact_text": ""},
            ]
        )
        for lead in (told, dated):
            message = lead.contact_message_id
            self.assertContact("inbound", message, lead)
            self.assertEqual(message.author_id, self.rep.partner_id)
            self.assertIn("We need &lt;50&gt; chairs", message.body)
            lead.invalidate_recordset()
            self.assertFalse(lead.first_contact_text)
        self.assertEqual(str(dated.contact_waiting_since), "2026-03-02 09:30:00")
        self.assertContact("none", lead=silent)
        self.write_to(self.person, lead=dated)
        self.assertContact("two_way", lead=dated)

    def test_what_they_wrote_first_in_a_file(self):
        result = (
            self.env["crm.lead"]
            .with_user(self.rep)
            .load(
                ["name", "first_contact_text", "first_contact_date"],
                [["Ad", "Call me", "2026-03-02 09:30:00"]],
            )
        )
        self.assertFalse(result["messages"])
        lead = self.env["crm.lead"].browse(result["ids"])
        self.assertContact("inbound", lead=lead)
        self.assertEqual(str(lead.contact_waiting_since), "2026-03-02 09:30:00")
