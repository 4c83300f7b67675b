"""Mails through Odoo's own gateway, as they come from a mail server."""

import random
import string
from datetime import timedelta
from email.message import EmailMessage
from email.utils import make_msgid

from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged

from ..common import SALES, QualificationCase

CUSTOMER = "ann@customer.example"
US = "company.example"

# Headers that mail programs put on what nobody wrote by hand.
AUTOMATIC = [
    ("Auto-Submitted", "auto-replied"),
    ("Auto-Submitted", 'auto-generated; owner-email="ann@customer.example"'),
    ("Auto-Submitted", "AUTO-REPLIED"),
    ("X-Autoreply", "yes"),
    ("X-Autorespond", "Away"),
    ("X-Autoresponder", "anything"),
    ("Precedence", "auto_reply"),
    ("Precedence", "bulk"),
    ("Return-Path", "<>"),
]
# Headers that say nothing of the kind.
PERSONAL = [
    ("Auto-Submitted", "no"),
    ("Auto-Submitted", "No; because=typed"),
    ("Precedence", "first-class"),
    ("Return-Path", "<ann@customer.example>"),
    ("X-Auto-Response-Suppress", "OOF, AutoReply"),
]

# What mail programs and providers write when nobody changes it.
AUTOMATIC_SUBJECTS = [
    "Automatic reply: Hello",
    "Auto Reply: Hello",
    "Autoreply: Hello",
    "AUTOMATIC REPLY: HELLO",
    "Auto-Reply",
    "Out of Office: Hello",
    "Out of Office AutoReply: Hello",
    "[Out of office] - Hello",
    "I'm out of the office",
    "Automatische Antwort: Angebot",
    "Abwesenheitsnotiz: Angebot",
    "Réponse automatique : Offre",
    "RÉPONSE AUTOMATIQUE : OFFRE",
    "Absence du bureau : Offre",
    "Automatisch antwoord: Offerte",
    "Afwezigheidsbericht",
    "Respuesta automática: Oferta",
    "Resposta automática: Oferta",
    "Risposta automatica: Offerta",
    "Automatiskt svar: Offert",
    "Autosvar: Tilbud",
    "Automaattinen vastaus: Tarjous",
    "Odpowiedź automatyczna: Oferta",
    "Automatická odpověď: Nabídka",
    "Automatikus válasz: Ajánlat",
    "Otomatik Yanıt: Teklif",
    "Автоматический ответ: Предложение",
    "Αυτόματη απάντηση: Προσφορά",
    "自动回复: 报价",
    "自動応答: お見積り",
]
# What people write.
PERSONAL_SUBJECTS = [
    "Out of office chairs",
    "Out of office supplies: please quote",
    "Re: Automatic reply?",
    "Re: Automatic reply: Hello",
    "Automatic reply machines",
    "Automation: your offer",
    "Absence of feedback",
    "Vacation rentals: an offer",
    "Abwesend waren nur zwei",
    "Autos: ein Angebot",
    "Auto: Probefahrt",
    "",
]


class GatewayCase(QualificationCase):
    """A lead whose contact was sent a mail, and the gateway as the server runs it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.domain = cls.env["mail.alias.domain"].create(
            {"name": US, "catchall_alias": "catchall", "bounce_alias": "bounce"}
        )
        cls.env.company.alias_domain_id = cls.domain
        cls.account = cls.env["res.partner"].create(
            {"name": "Customer", "is_company": True}
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Ann", "email": CUSTOMER, "parent_id": cls.account.id}
        )
        cls.seller = new_test_user(
            cls.env, "seller", groups=SALES, email=f"seller@{US}"
        )
        # the gateway knows nothing of the shortcuts that tests take
        cls.gateway = cls.env(context={})["mail.thread"]
        cls.lead, cls.sent = cls.create_contacted_lead()

    @classmethod
    def create_contacted_lead(cls):
        """A lead and the message that we sent to its contact."""
        lead = cls.create_lead(user=cls.seller, partner_id=cls.person.id)
        return lead, lead.message_post(
            body="Hello",
            subject="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=cls.person.ids,
        )

    def mail(self, sender=CUSTOMER, to=f"catchall@{US}", headers=(), body="Hi there"):
        """A mail, ready to be changed; ``headers`` are added or replaced."""
        mail = EmailMessage()
        mail["From"] = sender
        mail["To"] = to
        mail["Subject"] = "Re: Hello"
        mail["Message-Id"] = make_msgid(domain="mail.example")
        mail.set_content(body)
        for name, value in headers:
            del mail[name]
            mail[name] = value
        return mail

    def reply(self, message=None, reference="In-Reply-To", **values):
        """A mail that answers one of ours."""
        mail = self.mail(**values)
        mail[reference] = (message or self.sent).message_id
        return mail

    def process(self, mail, model=None):
        """Take a mail in as the mail server's script does.

        :return: the ``mail.message``, empty when none was posted
        """
        raw = mail if isinstance(mail, str) else mail.as_string()
        self.gateway.message_process(model, raw)
        name = "Message-Id"
        message_id = (
            raw.split(f"{name}: ")[1].split()[0]
            if isinstance(mail, str)
            else mail[name].strip()
        )
        return self.env["mail.message"].search([("message_id", "=", message_id)])

    def assertContact(self, state, proof=None, lead=None):
        """What the database says, for everybody who reads it after this transaction."""
        lead = lead or self.lead
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT contact_state, contact_message_id, contact_date IS NOT NULL,"
            " contact_waiting_since IS NOT NULL, contact_inferred"
            " FROM crm_lead WHERE id = %s",
            [lead.id],
        )
        stored, message_id, has_date, waits, inferred = self.env.cr.fetchone()
        self.assertEqual(stored, state)
        self.assertEqual(has_date, state == "two_way")
        self.assertEqual(waits, state == "inbound")
        self.assertIs(inferred, False)
        if proof is not None:
            self.assertEqual(message_id, proof.id or None)


@tagged("post_install", "-at_install")
class TestGateway(GatewayCase):
    def test_plain_reply(self):
        self.assertContact("outbound", self.sent)
        reply = self.process(self.reply())
        self.assertEqual(reply.model, "crm.lead")
        self.assertEqual(reply.res_id, self.lead.id)
        self.assertIs(reply.is_auto_reply, False)
        self.assertContact("two_way", reply)

    def test_reply_that_only_names_the_thread(self):
        self.assertContact("outbound")
        reply = self.process(self.reply(reference="References"))
        self.assertContact("two_way", reply)

    def test_html_reply_with_attachment(self):
        mail = self.reply()
        mail.add_alternative("<p>Hi <b>there</b></p>", subtype="html")
        mail.add_attachment(b"%PDF", "application", "pdf", filename="offer.pdf")
        self.assertEqual(mail.get_content_type(), "multipart/mixed")
        reply = self.process(mail)
        self.assertIn("<b>there</b>", reply.body)
        self.assertEqual(reply.attachment_ids.name, "offer.pdf")
        self.assertContact("two_way", reply)

    def test_automatic_replies(self):
        for name, value in AUTOMATIC:
            with self.subTest(header=f"{name}: {value}"):
                lead, sent = self.create_contacted_lead()
                reply = self.process(self.reply(sent, headers=[(name, value)]))
                self.assertEqual(reply.res_id, lead.id)
                self.assertIs(reply.is_auto_reply, True)
                self.assertContact("outbound", sent, lead)

    def test_personal_replies_with_such_headers(self):
        for name, value in PERSONAL:
            with self.subTest(header=f"{name}: {value}"):
                lead, sent = self.create_contacted_lead()
                reply = self.process(self.reply(sent, headers=[(name, value)]))
                self.assertIs(reply.is_auto_reply, False)
                self.assertContact("two_way", reply, lead)

    def test_a_person_after_the_program(self):
        self.process(self.reply(headers=[("Auto-Submitted", "auto-replied")]))
        self.assertContact("outbound", self.sent)
        self.assertContact("two_way", self.process(self.reply()))

    def test_bounces_prove_nothing(self):
        """Whichever way Odoo recognises them: it takes them in, and posts nothing."""
        daemon = self.reply(sender="MAILER-DAEMON@customer.example")
        alias = self.reply(to=f"bounce@{US}")
        for mail in (daemon, alias):
            self.assertFalse(self.process(mail))
            self.assertContact("outbound", self.sent)

    def test_bounce_report_from_a_persons_address(self):
        raw = self.reply().as_string()
        head = raw.split("Content-Type:")[0].replace("Re: Hello", "Undeliverable")
        raw = (
            f"{head}Content-Type: multipart/report; report-type=delivery-status;"
            ' boundary="b"\n\n--b\nContent-Type: text/plain\n\nNo such mailbox\n'
            "--b\nContent-Type: message/delivery-status\n\n"
            "Reporting-MTA: dns; mail.example\n\n"
            f"Final-Recipient: rfc822; {CUSTOMER}\nAction: failed\nStatus: 5.1.1\n\n"
            "--b\nContent-Type: text/rfc822-headers\n\n"
            f"Message-Id: {self.sent.message_id}\n\n--b--\n"
        )
        self.assertFalse(self.process(raw))
        # what reached nobody is no contact
        self.assertContact("none")

    def test_colleague_of_the_account(self):
        """Known to Odoo, with an address that tells nothing."""
        self.env["res.partner"].create(
            {"name": "Bob", "email": "bob@gmail.com", "parent_id": self.account.id}
        )
        reply = self.process(self.reply(sender="Bob <bob@gmail.com>"))
        self.assertContact("two_way", reply)

    def test_colleague_who_is_nobody_yet(self):
        reply = self.process(self.reply(sender='"Carl C." <Carl@Customer.example>'))
        self.assertFalse(reply.author_id)
        self.assertContact("two_way", reply)

    def test_same_public_domain_is_somebody_else(self):
        self.person.email = "ann@gmail.com"
        self.assertEqual(self.lead.email_normalized, "ann@gmail.com")
        note = self.lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        reply = self.process(self.reply(note, sender="carl@gmail.com"))
        self.assertEqual(reply.res_id, self.lead.id)
        self.assertContact("outbound", self.sent)
        reply = self.process(self.reply(sender="Ann <ann@gmail.com>"))
        self.assertContact("two_way", reply)

    def test_strangers_and_followers(self):
        follower = self.env["res.partner"].create(
            {"name": "Vendor", "email": "vendor@elsewhere.example"}
        )
        for sender in (
            follower.email,
            "stranger@nowhere.example",
            # looks alike, is not the same
            "ann@notcustomer.example",
            "ann@customer.example.org",
            '"ann@customer.example" <eve@nowhere.example>',
        ):
            with self.subTest(sender=sender):
                lead, sent = self.create_contacted_lead()
                lead.message_subscribe(follower.ids)
                # not sent to the customer: no answer to it is theirs
                note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
                reply = self.process(self.reply(note, sender=sender))
                self.assertEqual(reply.res_id, lead.id)
                self.assertContact("outbound", sent, lead)

    def test_our_own_user_writes_to_the_customer(self):
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        ours = self.process(
            self.reply(
                note,
                sender=self.seller.email,
                to=f"{CUSTOMER}, catchall@{US}",
            )
        )
        self.assertEqual(ours.author_id, self.seller.partner_id)
        self.assertContact("outbound", ours, lead)
        theirs = self.process(self.reply(ours))
        self.assertContact("two_way", theirs, lead)

    def test_our_own_user_writes_to_us_only(self):
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        ours = self.process(self.reply(note, sender=self.seller.email))
        self.assertEqual(ours.res_id, lead.id)
        self.assertContact("none", lead=lead)

    def test_our_own_user_writes_to_an_address_that_looks_alike(self):
        self.person.email = "ann@gmail.com"
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        ours = self.process(
            self.reply(
                note,
                sender=self.seller.email,
                to=f"joann@gmail.com, catchall@{US}",
            )
        )
        self.assertEqual(ours.res_id, lead.id)
        self.assertContact("none", lead=lead)

    def test_our_own_user_answers_the_customer_by_mail(self):
        """From the notification's mail: Odoo passes the answer on to its author."""
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        theirs = self.process(self.reply(note))
        self.assertContact("inbound", theirs, lead)
        ours = self.process(self.reply(theirs, sender=self.seller.email))
        self.assertEqual(ours.partner_ids, self.person)
        self.assertContact("two_way", theirs, lead)

    def test_our_own_user_at_the_customers_domain_is_ours(self):
        """A consultant with a mailbox there: still one of us."""
        new_test_user(
            self.env, "consultant", groups=SALES, email="consultant@customer.example"
        )
        self.process(self.reply(sender="consultant@customer.example"))
        self.assertContact("outbound", self.sent)

    def test_headers_lie_about_the_future(self):
        reply = self.process(
            self.reply(headers=[("Date", "Tue, 01 Jan 2036 10:00:00 +0000")])
        )
        self.assertEqual(reply.date.year, 2036)
        self.assertContact("two_way", reply)
        self.assertLess(
            abs(self.lead.contact_date - Datetime.now()), timedelta(minutes=5)
        )
        self.assertEqual(self.lead._get_verdicts()[self.lead][1].grade[-1], "1")

    def test_headers_lie_about_the_past(self):
        """An old mail is old; that we wrote today makes the contact recent."""
        mail = self.reply(headers=[("Date", "Fri, 01 Jan 1999 10:00:00 +0100")])
        reply = self.process(mail)
        self.assertEqual(Datetime.to_string(reply.date), "1999-01-01 09:00:00")
        self.assertContact("two_way", reply)
        self.assertEqual(
            self.lead.contact_date, min(self.sent.date, self.sent.create_date)
        )
        other = self.create_lead(user=self.seller, partner_id=self.person.id)
        note = other.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        old = self.process(
            self.reply(note, headers=[("Date", "Fri, 01 Jan 1999 10:00:00 +0100")])
        )
        self.assertContact("inbound", old, other)
        self.assertEqual(other.contact_waiting_since, old.date)

    def test_rubbish_dates(self):
        for rubbish in ("yesterday, I think", "32 Foo 20x6", "0", "99999999999"):
            with self.subTest(date=rubbish):
                lead, sent = self.create_contacted_lead()
                raw = self.reply(sent).as_string()
                reply = self.process(f"Date: {rubbish}\n{raw}")
                self.assertContact("two_way", lead=lead)
                self.assertTrue(reply)
                self.assertLessEqual(lead.contact_date, Datetime.now())

    def test_the_same_mail_twice(self):
        mail = self.reply()
        reply = self.process(mail)
        self.process(mail)
        self.assertEqual(
            reply,
            self.env["mail.message"].search([("message_id", "=", mail["Message-Id"])]),
        )
        self.assertContact("two_way", reply)

    def test_reply_to_our_note_is_no_contact(self):
        """Odoo keeps an answer to an internal note as an internal note."""
        note = self.lead.message_post(body="Note", subtype_xmlid="mail.mt_note")
        reply = self.process(self.reply(note))
        self.assertTrue(reply.subtype_id.internal)
        self.assertContact("outbound", self.sent)

    def test_mail_on_the_contact_itself(self):
        """Sent from the contact's form, answered there: it counts on its leads."""
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        sent = self.person.with_user(self.seller).message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.person.ids,
        )
        self.assertContact("outbound", sent, lead)
        self.assertContact("two_way", self.process(self.reply(sent)), lead)


@tagged("post_install", "-at_install")
class TestNewLeadByMail(GatewayCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["crm.team"].create(
            {"name": "By mail", "use_leads": True, "alias_name": "sales-by-mail"}
        )
        cls.team.alias_defaults = {"type": "lead", "team_id": cls.team.id}

    def receive(self, **values):
        """A lead that somebody's mail created, and that mail."""
        values.setdefault("to", f"sales-by-mail@{US}")
        message = self.process(self.mail(**values))
        self.assertEqual(message.model, "crm.lead")
        return self.env["crm.lead"].browse(message.res_id), message

    def test_it_waits_until_we_answer(self):
        lead, message = self.receive(sender="Eve <eve@new.example>")
        self.assertEqual((lead.type, lead.email_from), ("lead", message.email_from))
        self.assertFalse(lead.partner_id)
        self.assertContact("inbound", message, lead)
        self.assertEqual(
            lead.contact_waiting_since, min(message.date, message.create_date)
        )
        again = self.process(self.reply(message, sender="eve@new.example"))
        self.assertContact("inbound", again, lead)
        self.assertEqual(
            lead.contact_waiting_since, min(message.date, message.create_date)
        )
        lead.user_id = self.seller
        eve = self.env["res.partner"].create({"name": "Eve", "email": lead.email_from})
        lead.with_user(self.seller).message_post(
            body="Good morning",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=eve.ids,
        )
        self.assertEqual(lead.partner_id, eve)
        self.assertContact("two_way", again, lead)

    def test_a_sender_longer_than_an_index_holds(self):
        name = "".join(random.Random(7).choices(string.ascii_lowercase, k=7000))
        lead, _message = self.receive(sender=f"{name}@new.example")
        self.assertEqual(lead.email_normalized, f"{name}@new.example")
        self.assertEqual(lead._find_duplicates(), lead)

    def test_answered_without_creating_a_contact(self):
        lead, message = self.receive(sender="Eve <eve@new.example>")
        lead.user_id = self.seller
        lead.with_user(self.seller).message_post(
            body="Good morning",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            outgoing_email_to="eve@new.example",
        )
        self.assertContact("two_way", message, lead)

    def test_a_program_wrote(self):
        lead, _message = self.receive(
            sender="robot@new.example", headers=[("Precedence", "bulk")]
        )
        self.assertContact("none", self.env["mail.message"], lead)

    def test_our_own_user_forwarded_it(self):
        """Nobody from outside has written: it is a note to ourselves."""
        lead, _message = self.receive(sender=self.seller.email)
        self.assertContact("none", lead=lead)

    def test_leads_that_wait_come_first(self):
        waiting, _message = self.receive(sender="eve@new.example")
        plain = self.create_lead(user=self.seller, team_id=self.team.id)
        answered, answer = self.create_contacted_lead()
        self.process(self.reply(answer))
        leads = waiting | plain | answered
        found = self.env["crm.lead"].search(
            [("id", "in", leads.ids)], order="contact_waiting_since, id desc"
        )
        self.assertEqual(found[0], waiting)


@tagged("post_install", "-at_install")
class TestHistoricalMails(GatewayCase):
    """Mails from before the addon: their headers are gone, subjects remain."""

    def receive(self, subject, is_auto_reply=None):
        """A lead and a mail on it as the gateway left it in those days."""
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        message = (
            self.env["mail.message"]
            .with_user(self.env.ref("base.user_root"))
            .create(
                {
                    "model": "crm.lead",
                    "res_id": lead.id,
                    "message_type": "email",
                    "subtype_id": self.env.ref("mail.mt_comment").id,
                    "author_id": self.person.id,
                    "email_from": CUSTOMER,
                    "subject": subject,
                    "body": "Hi",
                }
            )
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE mail_message SET is_auto_reply = %s WHERE id = %s",
            [is_auto_reply, message.id],
        )
        message.invalidate_recordset()
        lead._contact_changed()
        return lead, message

    def test_inferred(self):
        lead, message = self.receive("Hello")
        self.assertEqual(lead.contact_message_id, message)
        self.assertTrue(lead.contact_inferred)
        lead, message = self.receive("Hello", is_auto_reply=False)
        self.assertEqual(lead.contact_message_id, message)
        self.assertFalse(lead.contact_inferred)

    def test_inferred_until_a_mail_whose_headers_were_read(self):
        lead, message = self.receive("Hello")
        sent = lead.with_user(self.seller).message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.person.ids,
        )
        self.assertEqual(lead.contact_state, "two_way")
        self.assertTrue(lead.contact_inferred)
        reply = self.process(self.reply(sent))
        self.assertContact("two_way", reply, lead)

    def test_subjects_of_programs(self):
        for subject in AUTOMATIC_SUBJECTS:
            with self.subTest(subject=subject):
                lead, _message = self.receive(subject)
                self.assertEqual(lead.contact_state, "none")

    def test_subjects_of_people(self):
        for subject in PERSONAL_SUBJECTS:
            with self.subTest(subject=subject):
                lead, message = self.receive(subject)
                self.assertEqual(lead.contact_state, "inbound")
                self.assertEqual(lead.contact_message_id, message)

    def test_history_is_read_in_the_same_way(self):
        """The one UPDATE over all leads says what each lead says by itself."""
        pairs = [
            self.receive(subject)
            for subject in (AUTOMATIC_SUBJECTS[0], PERSONAL_SUBJECTS[0])
        ]
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET contact_state = 'none', contact_message_id = NULL,"
            " contact_waiting_since = NULL, contact_inferred = FALSE"
        )
        self.env.invalidate_all()
        self.env["crm.contact.evidence"]._read_history()
        automatic, personal = (lead for lead, _message in pairs)
        self.assertEqual(automatic.contact_state, "none")
        self.assertEqual(personal.contact_state, "inbound")
        self.assertTrue(personal.contact_inferred)
        self.assertContact("outbound", self.sent)

    def test_a_new_subject_makes_no_person_of_a_program(self):
        """Odoo's merge renames messages; a salesperson may, too."""
        lead, message = self.receive(AUTOMATIC_SUBJECTS[0])
        message.with_user(self.seller).subject = "Hello"
        self.assertEqual(lead.contact_state, "none")
        other = self.create_lead(user=self.seller, partner_id=self.person.id)
        lead, message = self.receive(AUTOMATIC_SUBJECTS[0])
        merged = (other | lead).with_user(self.rep_all).merge_opportunity()
        self.assertEqual(message.res_id, merged.id)
        self.assertNotEqual(message.subject, AUTOMATIC_SUBJECTS[0])
        self.assertEqual(merged.contact_state, "none")
