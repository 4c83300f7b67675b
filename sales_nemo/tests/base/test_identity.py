"""What says who somebody is, and what only fills a field."""

import importlib.util
from pathlib import Path

from odoo.tests import tagged

from ..common import QualificationCase

ADDON = Path(__file__).parents[2]
INVISIBLE = ("\u00a0", "\u200b\u200b", "\ufeff", "&nbsp;", "\u3164", " \t", "")
NO_NAMES = """
    N/A|n.a.|NA|n. a.|-|--|—|…|.|?|???|unknown|Unbekannt|(unknown)|[none]|null|None|NaN
    |N.N.|abc|test|x|xx|XXX|aaa|k.A.|inconnu|no name|Keine Angabe|not provided|#N/A
    |00000|123|4.91701E+11|info@acme.example|noreply@acme.example
"""
NAMES = """
    Li|Ng|Ó|O|李|김|Xu|Na|Nan|No|Ann|R2 D2|O'Neil|Björk|محمد|नमस्ते|Jennifer Null
    |Anna Unknown|Ann @ Acme|ann@acme.example
"""
NO_PHONES = """
    00000|000-000-0000|+49 00000|+1 555 555 5555|111111|12345|1234567890|123|+32 2 1
    |ext. 12345|Ext 123456|x12345|#12345|Durchwahl 12345|poste 4567
    |4.91701E+11|4,91701e+11|N/A|-|no number
"""
PHONES = """
    +49 30 1234567 ext. 12|+49 30 1234567 x12|054321 #12|030 1234567|0049 30 1234567
    |+32 2 555 12 34|+43 1 50000|020 7000 0000|089 22 22 22|+1 234 567 8901
    |+49 (0)30 / 12 34 56-7|Fax 030 1234567|٠٣٠١٢٣٤٥٦٧
"""
NO_ADDRESSES = """
    noreply@a.example|no-reply@a.example|no_reply@a.example|donotreply+1@a.example
    |noreply-crm@a.example|crm.noreply@a.example|mailer-daemon@a.example
    |bounces+x=y@a.example|ne-pas-repondre@a.example|nicht-antworten@a.example
    |no-responder@a.example|none@none.example|test@test.example|noemail@a.example
    |keine-email@a.example|ann@localhost|ann@acme.invalid|a@a.a|N/A|-
"""
SHARED = """
    info@a.example|info2@a.example|info.de@a.example|info+x@a.example|sales@a.example
    |sales-emea@a.example|emea.sales@a.example|customer-service@a.example
    |office@a.example|berlin-office@a.example|kontakt@a.example|ventes@a.example
    |büro@a.example|post@a.example|hr@a.example|hello@a.example
"""
PERSONAL = """
    ann@a.example|a@b.example|xy@a.example|na@a.example|ann+info@a.example
    |anna.post@a.example|joe.root@a.example|steve.jobs@a.example|j.null@a.example
    |casinoreply@a.example|informer@a.example|123456@qq.example
"""


def split(texts):
    return [text.strip() for text in texts.split("|")]


@tagged("post_install", "-at_install")
class TestIdentity(QualificationCase):
    def reach(self, **values):
        """What is missing to reach somebody, as the check says it."""
        values = {"contact_name": "Ann", "email_from": "ann@acme.example"} | values
        lead = self.create_lead(**values)
        _facts, verdict = lead._get_verdicts()[lead]
        [check] = [check for check in verdict.checks if check.key == "reachable"]
        return check.reason

    def assertReason(self, reason, **values):
        with self.subTest(**values):
            self.assertEqual(self.reach(**values), reason)

    def test_name(self):
        for text in (*INVISIBLE, *split(NO_NAMES)):
            self.assertReason("no_person", contact_name=text)
        for text in split(NAMES):
            self.assertReason("reachable", contact_name=text)

    def test_name_of_the_contact(self):
        person = self.env["res.partner"].create({"name": "Unknown"})
        values = {"contact_name": False, "email_from": False, "phone": "02 555 12 34"}
        lead = self.create_lead(partner_id=person.id, **values)
        lead.contact_name = False
        self.assertIn("no_person", lead.qualification_failed)
        person.name = "Ann"
        self.assertNotIn("no_person", lead.qualification_failed)

    def test_phone(self):
        for text in (*INVISIBLE, *split(NO_PHONES)):
            self.assertReason("no_address", email_from=False, phone=text)
        for text in split(PHONES):
            self.assertReason("reachable", email_from=False, phone=text)

    def test_address(self):
        for text in (*INVISIBLE, *split(NO_ADDRESSES)):
            self.assertReason("no_address", email_from=text)
        for text in split(SHARED) + split(PERSONAL):
            self.assertReason("reachable", email_from=text)
        self.assertReason("reachable", email_from="noreply@a.example", phone="02 55512")

    def test_neither(self):
        self.assertReason("unreachable", contact_name="-", email_from="noreply@a.com")

    def test_update_judges_what_is_there_anew(self):
        lead = self.create_qualified_lead(contact_name="Ann")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET contact_name = 'N/A' WHERE id = %s", [lead.id]
        )
        lead.invalidate_recordset()
        self.assertEqual(lead.qualification_state, "ready")
        path = ADDON / "migrations" / "19.0.1.6.8" / "post-reachable.py"
        spec = importlib.util.spec_from_file_location("migration", path)
        migration = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(migration)
        migration.migrate(self.env.cr, "19.0.1.6.7")
        lead.invalidate_recordset()
        self.assertEqual(lead.qualification_state, "blocked")
