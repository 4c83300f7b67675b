"""What an e-mail says about its sender: a person or a program, one of us or not."""

import importlib.util
from email.message import EmailMessage

from markupsafe import Markup, escape

from odoo.tests import tagged
from odoo.tools import file_path

from ...models.evidence.incoming_mail import (
    OLD_AUTO_REPLY_HINTS,
    OLD_AUTO_REPLY_SUBJECTS,
)
from . import test_gateway
from .test_gateway import CUSTOMER, US, GatewayCase
from .test_history import CALENDAR_SUBJECTS, NO_CALENDARS

CALENDAR = "BEGIN:VCALENDAR\r\n{}BEGIN:VEVENT\r\nUID:1\r\nEND:VEVENT\r\nEND:VCALENDAR"

# Headers of what nobody wrote to us personally.
BULK = [
    ("List-Unsubscribe", "<https://new.example/u>"),
    ("List-Id", "News <news.new.example>"),
    ("Precedence", "list"),
    ("Precedence", "Junk"),
    ("X-Auto-Response-Suppress", "All"),
    ("Feedback-ID", "1:2:mailer"),
    ("X-Zendesk-Priority-Mail", "1"),
    ("X-OTRS-Loop", "yes"),
    ("X-JIRA-FingerPrint", "abc"),
    ("X-RT-Loop-Prevention", "rt.new.example"),
    ("X-Freshdesk-Ticket-Id", "5"),
    ("X-Mailer", "Zammad Mail Service"),
    ("X-Loop", "support@new.example"),
]
SUBJECTS = [
    "On holiday until 5 December",
    "I'm on annual leave",
    "I am on vacation, back Monday",
    "Ann Smith is out of the office",
    "Out of office until Monday",
    "Holiday until 5.12.",
    "Urlaub",
    "Urlaub bis 5.12.",
    "Bin im Urlaub",
    "Ich bin im Urlaub bis 3. Mai",
    "En vacances jusqu'au 5 mai",
    "De vacaciones",
    "Estoy de vacaciones hasta el 5 de mayo",
    "Em férias até 5 de maio",
    "In ferie dal 3 al 5",
    "Op vakantie tot 5 mei",
    "På semester till 5 maj",
    "Ann Smith has left the company",
    "Ann Smith no longer works here",
    "Ann ist nicht mehr im Unternehmen",
    "Ann Smith ne travaille plus chez nous",
    "Ann Smith ya no trabaja aquí",
    "[Ticket #123] received",
    "[Request received] Hello",
    "[#4711] Request received: Hello",
    "Your request (#12) has been received",
    "We have received your request",
    "Ihre Anfrage ist eingegangen",
    "Ihre Anfrage (#12) ist bei uns eingegangen",
    "Eingangsbestätigung",
    "Accusé de réception",
    "Votre demande a bien été enregistrée",
    "Please confirm your e-mail to ann@new.example",
    "Verify that you are human",
    "Sender verification required",
    "Read: Hello",
    "Gelesen: Hello",
    "Lu : Hello",
]
PERSONAL_SUBJECTS = [
    "Out of office chairs",
    "Out of office furniture: please quote",
    "Holiday homes: an offer",
    "Holiday parks look for a CRM",
    "Vacation rentals: an offer",
    "Urlaubsreisen: Anfrage",
    "Vacances scolaires : devis",
    "Semesterbeginn",
    "On leave management software",
    "Ticket system wanted",
    "Ticket machine received damaged goods?",
    "Request for a quote",
    "Your request for payment",
    "Anfrage",
    "E-mail verification tool wanted",
    "Our supplier no longer works with us",
    "Please confirm your order",
    "Ready: go",
    "Luggage tags",
    "We received your offer and like it",
    "Verify our numbers, please",
    "Re: Ann Smith has left the company",
]


class MailedLeadCase(GatewayCase):
    """Leads that e-mails to an alias create."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["crm.team"].create(
            {"name": "By mail", "use_leads": True, "alias_name": "sales-by-mail"}
        )
        cls.team.alias_defaults = {"type": "lead", "team_id": cls.team.id}
        cls.count = 0

    def receive(self, mail=None, **values):
        """The lead that an e-mail created, and its message."""
        type(self).count += 1
        values.setdefault("sender", f"Eve <eve@new{self.count}.example>")
        values.setdefault("to", f"sales-by-mail@{US}")
        message = self.process(mail or self.mail(**values))
        self.assertEqual(message.model, "crm.lead")
        return self.env["crm.lead"].browse(message.res_id), message

    def assertAutomatic(self, **values):
        lead, message = self.receive(**values)
        self.assertTrue(message.is_auto_reply)
        self.assertContact("none", lead=lead)

    def assertPersonal(self, **values):
        lead, message = self.receive(**values)
        self.assertFalse(message.is_auto_reply)
        self.assertContact("inbound", message, lead)

    def add_calendar(self, mail, method, parameter=True, line=True):
        """Make of an e-mail what calendars send."""
        part = EmailMessage()
        head = f"METHOD:{method}\r\n" if line else ""
        part.set_content(CALENDAR.format(head), subtype="calendar")
        if parameter:
            part.set_param("method", method)
        mail.make_mixed()
        mail.attach(part)
        return mail


@tagged("post_install", "-at_install")
class TestPrograms(MailedLeadCase):
    def test_newsletters_and_ticket_systems(self):
        for header in BULK:
            with self.subTest(header=header):
                self.assertAutomatic(headers=[header])

    def test_their_headers_say_nothing_in_an_answer_to_us(self):
        for header in BULK:
            if header[1] == "Junk":  # old vacation programs answer so
                continue
            with self.subTest(header=header):
                lead, sent = self.create_contacted_lead()
                reply = self.process(self.reply(sent, headers=[header]))
                self.assertContact("two_way", reply, lead)

    def test_a_list_of_our_own_says_nothing(self):
        for headers in (
            [("List-Id", f"Info <info.{US}>"), ("Precedence", "list")],
            [("List-Id", f"info.{US}"), ("Precedence", "bulk")],
            [
                ("Mailing-list", f"list info@{US}; contact info+owners@{US}"),
                ("List-Unsubscribe", "<mailto:x+unsubscribe@googlegroups.com>"),
            ],
            [
                ("List-Post", f"<https://groups.example/x>, <mailto:info@{US}>"),
                ("X-Auto-Response-Suppress", "OOF"),
            ],
        ):
            with self.subTest(headers=headers):
                self.assertPersonal(headers=headers)
        self.assertAutomatic(
            headers=[("List-Id", f"<info.{US}>"), ("Auto-Submitted", "auto-replied")]
        )
        self.assertAutomatic(headers=[("List-Id", f"<info.not{US}>")])

    def test_a_list_at_the_domain_of_our_company(self):
        self.env.company.email = "info@our-company.example"
        self.assertPersonal(headers=[("List-Id", "<info.our-company.example>")])
        self.env.company.email = "our-company@gmail.com"
        self.assertAutomatic(headers=[("List-Id", "<news.gmail.com>")])

    def test_calendars_answer(self):
        for parameter, line in ((True, True), (True, False), (False, True)):
            with self.subTest(parameter=parameter, line=line):
                lead, sent = self.create_contacted_lead()
                mail = self.add_calendar(self.reply(sent), "REPLY", parameter, line)
                reply = self.process(mail)
                self.assertTrue(reply.is_auto_reply)
                self.assertContact("outbound", sent, lead)
        mail = self.mail(to=f"sales-by-mail@{US}")
        mail.set_content(CALENDAR.format("METHOD:CANCEL\r\n"), subtype="calendar")
        lead, message = self.receive(mail)
        self.assertContact("none", lead=lead)

    def test_who_sends_an_invitation_wrote_it(self):
        lead, sent = self.create_contacted_lead()
        reply = self.process(self.add_calendar(self.reply(sent), "REQUEST"))
        self.assertContact("two_way", reply, lead)

    def test_subjects_of_programs(self):
        for subject in SUBJECTS:
            with self.subTest(subject=subject):
                self.assertAutomatic(headers=[("Subject", subject)])

    def test_the_database_reads_subjects_alike(self):
        automatic = SUBJECTS + test_gateway.AUTOMATIC_SUBJECTS + CALENDAR_SUBJECTS
        personal = PERSONAL_SUBJECTS + test_gateway.PERSONAL_SUBJECTS + NO_CALENDARS
        self.env.cr.execute(
            "SELECT subject FROM unnest(%s) subject"
            " WHERE subject ~* ANY(%s) AND subject ~* ANY(%s)",
            [automatic + personal, OLD_AUTO_REPLY_HINTS, OLD_AUTO_REPLY_SUBJECTS],
        )
        self.assertEqual([row[0] for row in self.env.cr.fetchall()], automatic)

    def test_subjects_of_people(self):
        for subject in PERSONAL_SUBJECTS:
            with self.subTest(subject=subject):
                self.assertPersonal(headers=[("Subject", subject)])

    def test_a_persons_subject_like_a_calendars(self):
        self.assertPersonal(headers=[("Subject", CALENDAR_SUBJECTS[0])])

    def test_an_answer_to_our_own_subject_is_a_persons(self):
        for prefix in ("Re: ", ""):
            lead, sent = self.create_contacted_lead()
            sent.subject = "Urlaub bis 5.12."
            headers = [("Subject", f"{prefix}{sent.subject}")]
            reply = self.process(self.reply(sent, headers=headers))
            self.assertContact("two_way", reply, lead)


@tagged("post_install", "-at_install")
class TestSenders(MailedLeadCase):
    def test_the_name_of_who_wrote(self):
        for sender, name in (
            ("Eve Adams <eve@new.example>", "Eve Adams"),
            ('"Adams, Eve" <eve@new.example>', "Adams, Eve"),
            ("=?utf-8?q?Zo=C3=AB?= <zoe@new.example>", "Zoë"),
            ("eve@new.example", False),
            ('"eve@new.example" <eve@new.example>', False),
            ("Info <info@new.example>", False),
            ("Sales Team <sales@new.example>", False),
            ("New Things GmbH <office@new.example>", False),
            ("N/A <eve@new.example>", False),
        ):
            with self.subTest(sender=sender):
                lead, _message = self.receive(sender=sender)
                self.assertEqual(lead.contact_name, name)

    def test_a_contact_that_we_know_keeps_its_name(self):
        lead, _message = self.receive(sender=f"Annie <{self.person.email}>")
        self.assertEqual((lead.partner_id, lead.contact_name), (self.person, "Ann"))

    def test_the_mailbox_of_a_company_that_we_know(self):
        self.account.email = "office@customer.example"
        lead, _message = self.receive(sender="Bob <office@customer.example>")
        self.assertEqual((lead.partner_id, lead.contact_name), (self.account, "Bob"))

    def test_web_forms(self):
        """Who is to be answered wrote, not the website."""
        for sender in (
            f"Website <noreply@{US}>",
            f"form@{US}",
            f"Seller <{self.seller.email}>",
            "no-reply@forms.example",
            "WordPress <wordpress@hosting.example>",
        ):
            with self.subTest(sender=sender):
                lead, message = self.receive(
                    sender=sender, headers=[("Reply-To", "Eve Adams <eve@new.example>")]
                )
                self.assertEqual(lead.contact_name, "Eve Adams")
                self.assertEqual(lead.email_normalized, "eve@new.example")
                self.assertFalse(lead.partner_id)
                self.assertFalse(message.author_id)
                self.assertContact("inbound", message, lead)

    def test_web_forms_of_somebody_we_know(self):
        lead, message = self.receive(
            sender=f"noreply@{US}",
            headers=[("Reply-To", self.person.email), ("Precedence", "bulk")],
        )
        self.assertEqual((lead.partner_id, message.author_id), (self.person,) * 2)
        self.assertContact("inbound", message, lead)

    def test_people_who_are_answered_elsewhere_wrote_themselves(self):
        for sender, reply_to in (
            ("Eve <eve@new.example>", "office@new.example"),
            ("Eve <eve@new.example>", f"catchall@{US}"),
            ("Eve <office@new.example>", "Office <sales@new.example>"),
        ):
            with self.subTest(reply_to=reply_to):
                lead, message = self.receive(
                    sender=sender, headers=[("Reply-To", reply_to)]
                )
                self.assertIn(lead.email_normalized, sender)
                self.assertContact("inbound", message, lead)

    def test_an_answer_that_a_group_of_ours_passes_on(self):
        reply = self.process(
            self.reply(
                sender=f"'Ann' via Info <info@{US}>",
                headers=[("Reply-To", f"Ann <{self.person.email}>")],
            )
        )
        self.assertEqual(reply.author_id, self.person)
        self.assertContact("two_way", reply)

    def test_a_group_of_ours_that_is_answered_itself(self):
        lead, _message = self.receive(
            sender=f"'Eve Adams' via Info <info@{US}>",
            headers=[
                ("Reply-To", f"info@{US}"),
                ("X-Original-From", "Eve Adams <eve@new.example>"),
                ("List-Id", f"<info.{US}>"),
            ],
        )
        self.assertEqual(lead.email_normalized, "eve@new.example")
        self.assertContact("inbound", lead=lead)

    def test_our_own_people_in_a_thread_speak_for_themselves(self):
        reply = self.process(
            self.reply(
                sender=self.seller.email, headers=[("Reply-To", "seller@home.example")]
            )
        )
        self.assertEqual(reply.author_id, self.seller.partner_id)
        self.assertContact("outbound", self.sent)

    def test_history(self):
        """Old leads take the names of who wrote, if they have none."""
        leads = [
            self.receive(sender=sender)[0]
            for sender in (
                "Eve Adams <eve@new.example>",
                "Bob <bob@new.example>",
                "robot@new.example",
                f"Seller <{self.seller.email}>",
            )
        ]
        for lead in leads:
            lead.contact_name = False
        leads[1].contact_name = "Robert"
        self.env["crm.lead"]._read_senders()
        self.assertEqual(
            [lead.contact_name for lead in leads],
            ["Eve Adams", "Robert", False, False],
        )


# Headers above what is forwarded, as mail programs write them.
FORWARDED = [
    "---------- Forwarded message ---------\nFrom: Eve Adams <eve@new.example>\n"
    "Date: Mon, 5 Jan 2026 at 10:00\nSubject: Boats\nTo: <seller@company.example>",
    "-------- Forwarded Message --------\nSubject: Boats\nDate: Mon, 5 Jan 2026\n"
    "From: Eve Adams <eve@new.example>\nTo: seller@company.example",
    "Begin forwarded message:\n\n> From: Eve Adams <eve@new.example>\n"
    "> Subject: Boats\n> Date: 5 January 2026\n> To: seller@company.example",
    "-----Original Message-----\nFrom: Eve Adams [mailto:eve@new.example]\n"
    "Sent: Monday\nTo: Seller\nSubject: Boats",
    "*From:* Eve Adams <eve@new.example>\n*Sent:* Monday\n*To:* S\n*Subject:* Boats",
    "Von: Eve Adams <eve@new.example>\nGesendet: Montag\nAn: Seller\nBetreff: Boote",
    "De : Eve Adams <eve@new.example>\nEnvoyé : lundi\nÀ : Seller\nObjet : Bateaux",
    "De: Eve Adams <eve@new.example>\nEnviado: lunes\nPara: Seller\nAsunto: Barcos",
    "Da: Eve Adams <eve@new.example>\nInviato: lunedì\nA: Seller\nOggetto: Barche",
    "Van: Eve Adams <eve@new.example>\nVerzonden: maandag\nAan: S\nOnderwerp: Boten",
    "Från: Eve Adams <eve@new.example>\nSkickat: måndag\nTill: S\nÄmne: Båtar",
    "Od: Eve Adams <eve@new.example>\nWysłano: x\nDo: S\nTemat: Łodzie",
    # a colleague had it first
    "From: Boss <boss@company.example>\nSubject: Fwd: Boats\nTo: Seller\n\nYours\n\n"
    "From: Eve Adams <eve@new.example>\nSubject: Boats\nTo: Boss",
    # the form of a website
    "From: Site <noreply@company.example>\nSubject: Form\nTo: Seller\n"
    "Reply-To: Eve Adams <eve@new.example>",
]


@tagged("post_install", "-at_install")
class TestOurOwn(MailedLeadCase):
    """One of us writes to the alias: nobody's customer."""

    def write_as_seller(self, **values):
        return self.receive(sender=f"Seller <{self.seller.email}>", **values)

    def assertForwarded(self, lead, message):
        self.assertEqual(lead.email_normalized, "eve@new.example")
        self.assertEqual(lead.contact_name, "Eve Adams")
        self.assertFalse(lead.partner_id)
        self.assertEqual(message.author_id, self.seller.partner_id)
        self.assertEqual(message.contact_outcome, "told")
        self.assertContact("inbound", message, lead)
        self.assertIn("Eve Adams", "".join(lead.message_ids.mapped("preview")))

    def test_forwarded(self):
        for quoted in FORWARDED:
            for is_html in (False, True):
                with self.subTest(quoted=quoted, html=is_html):
                    body = f"FYI\n\n{quoted}\n\nHello, do you sell boats?"
                    mail = self.mail(
                        sender=f"Seller <{self.seller.email}>",
                        to=f"sales-by-mail@{US}",
                        body=body,
                    )
                    if is_html:
                        lines = escape(body).replace("\n", Markup("</div><div>"))
                        mail.set_content(f"<div>{lines}</div>", subtype="html")
                    # as many mails are a loop to Odoo
                    self.seller.partner_id.email = f"seller{self.count}@{US}"
                    mail.replace_header("From", self.seller.email)
                    self.assertForwarded(*self.receive(mail))

    def test_forwarded_as_attachment(self):
        original = self.mail(sender="Eve Adams <eve@new.example>")
        mail = self.mail(
            sender=f"Seller <{self.seller.email}>", to=f"sales-by-mail@{US}"
        )
        mail.add_attachment(original)
        self.assertForwarded(*self.receive(mail))

    def test_forwarded_from_somebody_we_know(self):
        body = f"From: Ann <{CUSTOMER}>\nSubject: Boats\n\nHello"
        lead, message = self.write_as_seller(body=body)
        self.assertEqual(lead.partner_id, self.person)
        self.assertContact("inbound", message, lead)

    def test_the_alias_in_copy_of_what_we_write_to_a_customer(self):
        alias = f"sales-by-mail@{US}"
        for headers, to in (
            ([("Cc", alias)], "Eve Adams <eve@new.example>"),
            ([("Delivered-To", alias)], f"boss@{US}, Eve Adams <eve@new.example>"),
            ([("Cc", "Eve Adams <eve@new.example>")], alias),
        ):
            with self.subTest(headers=headers):
                lead, message = self.write_as_seller(to=to, headers=headers)
                self.assertEqual(lead.email_normalized, "eve@new.example")
                self.assertEqual(lead.contact_name, "Eve Adams")
                self.assertFalse(lead.partner_id)
                self.assertContact("outbound", lead=lead)
                self.assertEqual(message.author_id, self.seller.partner_id)
                self.assertFalse(message.contact_outcome)

    def test_a_note_to_ourselves_has_no_customer(self):
        lead, message = self.write_as_seller(
            body="Call the harbour.\nFrom: tomorrow on"
        )
        self.assertFalse(lead.partner_id or lead.email_from or lead.contact_name)
        self.assertEqual(message.author_id, self.seller.partner_id)
        self.assertContact("none", lead=lead)

    def test_our_company_is_no_customer(self):
        self.env.company.email = f"office@{US}"
        lead, _message = self.receive(sender=f"Office <office@{US}>")
        self.assertFalse(lead.partner_id or lead.email_from)
        self.assertContact("none", lead=lead)

    def test_what_a_program_forwards_is_told_by_nobody(self):
        body = "From: Eve <eve@new.example>\nSubject: Boats\n\nHello"
        lead, message = self.write_as_seller(
            body=body, headers=[("Auto-Submitted", "auto-generated")]
        )
        self.assertEqual(lead.email_normalized, "eve@new.example")
        self.assertFalse(message.contact_outcome)
        self.assertContact("none", lead=lead)


@tagged("post_install", "-at_install")
class TestAddresses(GatewayCase):
    """A person is more than one address."""

    def assertTheirs(self, own, sender, is_theirs=True):
        lead = self.create_lead(user=self.seller, email_from=own)
        note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        reply = self.process(self.reply(note, sender=sender))
        self.assertEqual(reply.res_id, lead.id)
        self.assertContact("inbound" if is_theirs else "none", lead=lead)

    def test_several_addresses_in_the_field_of_the_lead(self):
        for own in (
            "a@one.example; b@gmail.com",
            "a@one.example, b@gmail.com",
            "a@one.example b@gmail.com",
            "A <a@one.example>, B <B@gmail.com>",
            '"A, B" <a@one.example>;"B" <b+shop@gmail.com>',
        ):
            for sender in ("a@one.example", "b@gmail.com", "B <b+home@gmail.com>"):
                with self.subTest(own=own, sender=sender):
                    self.assertTheirs(own, sender)

    def test_an_address_in_a_name_is_none(self):
        own = '"x@gmail.com" <a@one.example>'
        self.assertTheirs(own, "x@gmail.com", is_theirs=False)

    def test_sub_addresses(self):
        self.assertTheirs("ann@gmail.com", "ann+shop@gmail.com")
        self.assertTheirs("ann+shop@gmail.com", "ann@gmail.com")
        self.assertTheirs("ann@gmail.com", "ann+bob@yahoo.com", is_theirs=False)
        self.assertTheirs("+49@gmail.com", "+32@gmail.com", is_theirs=False)

    def test_the_field_changes(self):
        lead = self.create_lead(user=self.seller, email_from="a@one.example")
        note = lead.message_post(body="Note", subtype_xmlid="mail.mt_comment")
        self.process(self.reply(note, sender="b@gmail.com"))
        self.assertContact("none", lead=lead)
        lead.email_from = "a@one.example; b@gmail.com"
        self.assertContact("inbound", lead=lead)

    def test_several_addresses_of_somebody_of_the_account(self):
        self.env["res.partner"].create(
            {
                "name": "Bob",
                "email": "bob@one.example; bob@gmail.com",
                "parent_id": self.account.id,
            }
        )
        self.assertContact("two_way", self.process(self.reply(sender="bob@gmail.com")))

    def test_what_we_write_to_the_second_address(self):
        lead = self.create_lead(
            user=self.seller, email_from="a@one.example; b@gmail.com"
        )
        lead.with_user(self.seller).message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            outgoing_email_to="b@gmail.com",
        )
        self.assertContact("outbound", lead=lead)

    def test_an_answer_from_an_address_that_we_do_not_know(self):
        known = self.env["res.partner"].create(
            {"name": "Ann, private", "email": "ann@home.example"}
        )
        for sender in ("ann@gmail.com", "assistant@service.example", known.email):
            with self.subTest(sender=sender):
                lead, sent = self.create_contacted_lead()
                reply = self.process(self.reply(sent, sender=sender))
                self.assertEqual(reply.contact_outcome, "answer")
                self.assertContact("two_way", reply, lead)

    def test_an_answer_to_their_answer(self):
        theirs = self.process(self.reply())
        mail = self.reply(theirs, sender="boss@gmail.com")
        mail["References"] = f"{self.sent.message_id} {theirs.message_id}"
        self.assertEqual(self.process(mail).contact_outcome, "answer")

    def test_an_answer_on_the_contact_itself(self):
        lead = self.create_lead(user=self.seller, partner_id=self.person.id)
        sent = self.person.with_user(self.seller).message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.person.ids,
        )
        reply = self.process(self.reply(sent, sender="ann@gmail.com"))
        self.assertContact("two_way", reply, lead)

    def test_answers_that_are_not_theirs(self):
        vendor = self.env["res.partner"].create(
            {"name": "Vendor", "email": "vendor@elsewhere.example"}
        )
        for sender, headers in (
            (self.seller.email, []),
            (f"nobody@{US}", []),
            (vendor.email, []),
            ("ann@gmail.com", [("Auto-Submitted", "auto-replied")]),
            ("ann@gmail.com", [("Subject", "Out of office")]),
        ):
            with self.subTest(sender=sender, headers=headers):
                lead, sent = self.create_contacted_lead()
                lead.message_subscribe(vendor.ids)
                self.process(self.reply(sent, sender=sender, headers=headers))
                self.assertContact("outbound", sent, lead)

    def test_who_rewrites_the_sender_of_an_answer_takes_it_away(self):
        reply = self.process(self.reply(sender="ann@gmail.com"))
        self.assertContact("two_way", reply)
        reply.with_user(self.rep_all).email_from = "eve@gmail.com"
        self.assertContact("outbound", self.sent)


@tagged("post_install", "-at_install")
class TestMigration(GatewayCase):
    def test_what_only_the_subject_told_is_marked(self):
        reply = self.process(self.reply(headers=[("Subject", "Automatic reply: x")]))
        human = self.process(self.reply(headers=[("Subject", "Hello")]))
        self.env.cr.execute(
            "UPDATE mail_message SET is_auto_reply = FALSE WHERE id = %s", [reply.id]
        )
        path = "sales_nemo/migrations/19.0.1.6.8/post-mails.py"
        spec = importlib.util.spec_from_file_location("post_mails", file_path(path))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.6.7")
        (reply | human).invalidate_recordset()
        self.assertEqual((reply | human).mapped("is_auto_reply"), [True, False])
        self.assertContact("two_way", human)
