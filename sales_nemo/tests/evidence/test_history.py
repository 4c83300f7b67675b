"""What Odoo knew before the addon came becomes evidence, for all records at once."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ...hooks import post_init_hook
from ...models.evidence.evidence_sql import CONTACT_COLUMNS
from ..common import QualificationCase

CUSTOMER = "ann@customer.example"
# With what calendars answer an invitation to "Demo".
CALENDAR_SUBJECTS = [
    "Accepted: Demo",
    "Declined: Demo @ Thu Oct 1, 2026 (Ann)",
    "Tentative: Demo",
    "Tentatively Accepted: Demo",
    "Canceled event: Demo",
    "New Time Proposed: Demo",
    "Zugesagt: Demo",
    "Abgelehnt: Demo",
    "Mit Vorbehalt: Demo",
    "Accepté : Demo",
    "Refusé\xa0: Demo",
    "Aceptada: Demo",
    "Rechazado: Demo",
    "Aceito: Demo",
    "Recusado: Demo",
    "Accettato: Demo",
    "Rifiutata: Demo",
    "Geaccepteerd: Demo",
    "Geweigerd: Demo",
    "Accepterad: Demo",
    "Accepterat: Demo",
    "Avböjt: Demo",
    "Preliminärt: Demo",
    "Accepteret: Demo",
    "Afvist: Demo",
    "Foreløbig: Demo",
    "Avslått: Demo",
    "Hyväksytty: Demo",
    "Zaakceptowano: Demo",
    "Odrzucono: Demo",
    "Přijato: Demo",
    "Elfogadva: Demo",
    "Acceptat: Demo",
    "Kabul Edildi: Demo",
    "Принято: Demo",
    "Відхилено: Demo",
    "Απορρίφθηκε: Demo",
    "已接受: Demo",
    "辞退: Demo",
    "거절됨: Demo",
]
NO_CALENDARS = [
    "Re: Accepted: Demo",
    "Invitation: Demo",
    "Accepted your offer",
    "Declined payments: please help",
    "Abgesagt wurde nichts",
]


@tagged("post_install", "-at_install")
class TestHistory(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["res.partner"].create(
            {"name": "Customer", "is_company": True}
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Ann", "email": CUSTOMER, "parent_id": cls.account.id}
        )
        cls.root = cls.env.ref("base.user_root")
        cls.history = {
            "nobody": cls.create_lead("nobody"),
            "we wrote": cls.write_to(cls.create_lead("we wrote", email_from=CUSTOMER)),
            "they wrote": cls.receive(cls.create_lead("t", email_from=CUSTOMER)),
            "both": cls.receive(
                cls.write_to(cls.create_lead("both", email_from=CUSTOMER))
            ),
            "automatic": cls.receive(
                cls.write_to(cls.create_lead("automatic", email_from=CUSTOMER)),
                subject="Automatic reply: Hello",
            ),
            "stranger": cls.receive(cls.create_lead("s", email_from="x@other.example")),
            "call": cls.create_lead("call"),
            "meeting": cls.create_lead("meeting", partner_id=cls.person.id),
        }
        cls.history["call"]._log_contact("We talked", "reached")
        cls.env["calendar.event"].create(
            {
                "name": "Visit",
                "start": "2026-01-02 10:00:00",
                "stop": "2026-01-02 11:00:00",
                "opportunity_id": cls.history["meeting"].id,
                "partner_ids": [(6, 0, cls.person.ids)],
            }
        )
        cls.leads = cls.env["crm.lead"].concat(*cls.history.values())
        cls.env.flush_all()

    @classmethod
    def write_to(cls, lead):
        lead.message_post(
            body="Hello", message_type="comment", subtype_xmlid="mail.mt_comment",
            partner_ids=cls.person.ids,
        )  # fmt: skip
        return lead

    @classmethod
    def receive(cls, lead, subject=None):
        """A mail from before the addon: its headers were not read."""
        lead.with_user(cls.root).message_post(
            body="Hello back", message_type="email", subtype_xmlid="mail.mt_comment",
            email_from=CUSTOMER, subject=subject,
        )  # fmt: skip
        return lead

    def forget(self):
        """Leave the leads as they are before the addon reads anything."""
        self.env.cr.execute(
            "UPDATE crm_lead SET contact_state = 'none', contact_date = NULL,"
            " contact_waiting_since = NULL, contact_message_id = NULL,"
            " contact_event_id = NULL, contact_inferred = FALSE"
        )
        self.env.invalidate_all()

    def stored(self):
        self.env.flush_all()
        self.env.invalidate_all()
        return self.leads.read(CONTACT_COLUMNS, load=None)

    def test_same_as_live(self):
        live = self.stored()
        self.forget()
        self.assertNotEqual(self.stored(), live)
        evidence = self.env["crm.contact.evidence"]
        self.assertGreater(evidence._read_history(), 0)
        self.assertEqual(self.stored(), live)
        self.assertEqual(evidence._read_history(), 0, "nothing is written twice")

    def test_states(self):
        self.forget()
        self.env["crm.contact.evidence"]._read_history()
        self.assertEqual(
            {name: lead.contact_state for name, lead in self.history.items()},
            {
                "nobody": "none",
                "we wrote": "outbound",
                "they wrote": "inbound",
                "both": "two_way",
                "automatic": "outbound",
                "stranger": "none",
                "call": "two_way",
                "meeting": "two_way",
            },
        )
        inferred = [n for n, lead in self.history.items() if lead.contact_inferred]
        self.assertEqual(inferred, ["they wrote", "both"])
        self.assertTrue(self.history["meeting"].contact_event_id)
        self.assertTrue(self.history["they wrote"].contact_waiting_since)

    def test_what_calendars_answered(self):
        """Nobody read the parts of old e-mails: only their subject tells."""
        leads = {
            subject: self.receive(
                self.create_lead("c", email_from=CUSTOMER), subject=subject
            )
            for subject in CALENDAR_SUBJECTS + NO_CALENDARS
        }
        self.forget()
        self.env["crm.contact.evidence"]._read_history()
        heard = [name for name, lead in leads.items() if lead.contact_state != "none"]
        self.assertEqual(heard, NO_CALENDARS)

    def test_a_renamed_answer_of_a_calendar_stays_one(self):
        lead = self.receive(
            self.create_lead("c", email_from=CUSTOMER), subject="Declined: Demo"
        )
        lead.message_ids.filtered("subject").subject = "c: Declined: Demo"
        self.assertEqual(lead.contact_state, "none")

    def test_closed_and_archived_records_too(self):
        self.history["both"].active = False
        self.forget()
        self.env["crm.contact.evidence"]._read_history()
        self.assertEqual(self.history["both"].contact_state, "two_way")

    def test_existing_opportunities_are_not_judged(self):
        old = self.history["both"]
        self.profile.enforcement = "off"
        old.type = "opportunity"
        self.profile.enforcement = "enforce"
        self.forget()
        # as it is when the addon is installed
        self.env.ref("sales_nemo.crm_qualification_profile_default").active = True
        post_init_hook(self.env)
        self.assertEqual(old.contact_state, "two_way")
        self.assertEqual(old.qualification_state, "none")
        self.assertFalse(old.sudo().qualification_decision_ids)

    def test_managers_read_it_again(self):
        profiles = self.env["crm.qualification.profile"]
        self.forget()
        for user in (self.rep, self.clerk):
            with self.assertRaises(AccessError):
                profiles.with_user(user).action_read_history()
        action = profiles.with_user(self.manager).action_read_history()
        self.assertEqual(action["tag"], "display_notification")
        self.assertEqual(self.history["both"].contact_state, "two_way")
        self.assertEqual(self.history["call"].qualification_grade, "d1")
