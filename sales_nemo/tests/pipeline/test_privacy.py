import base64
import json

from odoo.exceptions import AccessError
from odoo.tests import new_test_user
from odoo.tools import SQL

from ...backtest import judge_past, read_snapshot
from ..common import QualificationCase

# In everything that somebody wrote about Zelda, and nowhere else.
SECRET = "Zyxwv"
# Odoo's own columns that are written for qualification.
OURS_IN_ODOO = {
    *("mail.message.subject", "mail.message.body"),
    *("mail.activity.summary", "mail.activity.note"),
    *("ir.attachment.name", "ir.attachment.description"),
}
# Texts that say nothing about a contact.
IMPERSONAL = {
    # who works here, and what an error said
    "crm.qualification.decision.user_name",
    "crm.lead.conversion.job.error",
    # ids and codes
    "crm.lead.closing_values",
    "crm.qualification.check.error",
    "crm.qualification.check.model",
    "crm.qualification.check.record_ids",
    "crm.lead.merged_lead_ids",
    "crm.lead.qualification_failed",
    "crm.lead.conversion.job.lead_ids",
    "crm.lead.conversion.job.opportunity_ids",
    "crm.lead.conversion.job.options",
    "crm.lead.conversion.job.user_context",
    "crm.lead.conversion.line.checks",
    # follows from needs and promises
    "crm.lead.qualification_step_about",
}


class TestPrivacy(QualificationCase):
    """What is kept of a contact is shown, exported and erased."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = new_test_user(cls.env, "settings", groups="base.group_system")
        cls.zelda = cls.env["res.partner"].create(
            {"name": "Zelda", "email": "zelda@customer.example"}
        )
        cls.text = cls.env["crm.qualification.criterion"].create(
            {"name": "Why?", "answer_type": "text", "profile_id": cls.profile.id}
        )
        cls.profile._add_version()
        cls.lead = cls.create_lead(f"{SECRET} asks", partner_id=cls.zelda.id)
        cls.by_mail = cls.create_lead(f"{SECRET} again", email_from=cls.zelda.email)
        cls.others = cls.create_qualified_lead("Chairs", email_from="b@other.example")
        for lead in cls.lead | cls.by_mail:
            cls.tell(lead)
        cls.ask(cls.by_mail)
        cls.lead.sudo().action_set_lost(lost_feedback=f"<p>{SECRET} left</p>")

    @classmethod
    def ask(cls, lead):
        """Be refused, ask for an exception, and be granted it."""
        dialogs = cls.env["crm.lead2opportunity.partner"].with_user(cls.rep)
        dialogs = dialogs.with_context(active_model="crm.lead", active_id=lead.id)
        reason = {"name": "convert", "override_reason": f"{SECRET} pays"}
        dialogs.create(reason | {"lead_id": lead.id}).action_ask_exception()
        exception = lead.qualification_exception_id
        answers = cls.env["crm.qualification.exception.answer"].with_user(cls.approver)
        values = {"exception_id": exception.id, "state": "granted"}
        answers.create(values | {"answer": f"{SECRET}, then"}).action_answer()

    @classmethod
    def tell(cls, lead):
        """Write down all that can be."""
        lead.phone = "+32 2 555 12 34"
        lead._log_contact(f"{SECRET} told us", "reached")
        lead.sudo()._note_number("wrong_number", lead.create_date)
        need, promise, role = (
            cls.env[f"crm.lead.{kind}"].with_user(cls.rep)
            for kind in ("need", "commitment", "role")
        )
        said = {"lead_id": lead.id, "name": f"{SECRET} wants it"}
        need.create(said | {"detail": SECRET, "state": "suspected"})
        promise.create(said | {"date_deadline": "2100-01-01"})
        role.create(
            {"lead_id": lead.id, "partner_id": cls.zelda.id, "role": "blocker"}
            | {"note": SECRET}
        )
        lead.save_qualification_answer(cls.text.id, f"{SECRET} said no")
        lead.save_qualification_answer(cls.text.id, f"{SECRET} said yes")
        lead.save_qualification_answer(cls.budget.id, "yes")
        lead.qualification_answer_ids[:1].note = SECRET

    def open(self, partner=None, user=None):
        dialogs = self.env["crm.qualification.privacy"].with_user(user or self.admin)
        return dialogs.create({"partner_id": (partner or self.zelda).id})

    def get_texts(self):
        """Stored texts of ours, and of Odoo's that we write: ``{column: model}``."""
        return {
            f"{name}.{field.name}": self.env[name]
            for name, model in self.env.registry.items()
            if model._auto and not model._abstract and not model._transient
            for field in model._fields.values()
            if field.store and field.type in ("char", "text", "html", "json")
            if name in self.get_models()
            and "sales_nemo" in field._modules
            or f"{name}.{field.name}" in OURS_IN_ODOO
        }

    def get_models(self):
        """Models that tell of contacts: no policy, no settings."""
        return {
            name
            for name, model in self.env.registry.items()
            if not name.startswith(("crm.team", "crm.lost", "res.comp", "res.users"))
            and not hasattr(model, "_renew_policy_stamp")
            and name not in ("crm.qualification.version", "ir.cron")
        }

    def find_secrets(self):
        """Columns in which the secret word stands."""
        self.env.flush_all()
        query = "SELECT 1 FROM %s WHERE %s::text ILIKE %s LIMIT 1"
        found = set()
        for path, model in self.get_texts().items():
            column = SQL.identifier(path.rpartition(".")[2])
            table = SQL.identifier(model._table)
            if self.env.execute_query(SQL(query, table, column, f"%{SECRET}%")):
                found.add(path)
        return found

    def get_decisions(self):
        decisions = self.env["crm.qualification.decision"]
        return decisions.search([("lead_id", "=", self.by_mail.id)])

    def test_everything_that_is_kept_is_erased(self):
        before = self.find_secrets()
        self.assertGreater(len(before), 12, before)
        self.open().action_erase()
        self.assertEqual(self.find_secrets(), set())
        roles = self.env["crm.lead.role"].with_context(active_test=False)
        self.assertFalse(roles.search([("partner_id", "=", self.zelda.id)]))
        self.assertFalse(
            self.get_decisions()
            .filtered("email_normalized")
            .filtered(lambda decision: "zelda" in decision.email_normalized)
        )

    def test_each_text_of_ours_is_erased_or_says_nothing_about_a_contact(self):
        """Whoever adds one decides what becomes of it."""
        erased = {
            f"{records._name}.{name}"
            for records, names in self.open()._find_personal()
            for name in names or records._fields
        }
        left = self.get_texts().keys() - erased - IMPERSONAL
        self.assertEqual(left, set())

    def test_what_is_counted_stays(self):
        decisions = self.get_decisions()
        policy = self.profile._get_policy()

        def count():
            return [
                *((d.outcome, d.score, d.grade, d.date) for d in decisions),
                *(judge_past(read_snapshot(d.facts), policy) for d in decisions),
                *(sorted(a["key"] for a in d.facts["answers"]) for d in decisions),
                *([c["state"] for c in d.checks] for d in decisions),
                *self.lead.qualification_answer_ids.mapped("state"),
                *self.lead.qualification_need_ids.mapped("state"),
                (self.by_mail.qualification_state, self.by_mail.qualification_score),
                (self.by_mail.contact_state, self.by_mail.qualification_step),
            ]

        before = count()
        self.open().action_erase()
        self.env.invalidate_all()
        self.assertEqual(count(), before)
        self.assertFalse(self.env["crm.qualification.check"]._compare())

    def test_the_notes_of_colleagues_stay_where_they_are_told_to(self):
        note = self.lead.message_post(body="He likes tea", subtype_xmlid="mail.mt_note")
        dialog = self.open()
        dialog.is_with_notes = False
        dialog.action_erase()
        self.assertIn("He likes tea", note.body)
        self.open().action_erase()
        self.assertNotIn("He likes tea", note.body)

    def test_files_of_notes_lose_their_names(self):
        values = {"name": f"{SECRET}.txt", "raw": b"Tea", "description": SECRET}
        files = self.env["ir.attachment"].with_user(self.rep)
        file, sent = files.create([values, {"name": "a", "raw": b"Tea"}])
        note = {"body": "Tea", "subtype_xmlid": "mail.mt_note"}
        self.lead.message_post(attachment_ids=file.ids, **note)
        self.lead.message_post(attachment_ids=sent.ids, subtype_xmlid="mail.mt_comment")
        dialog = self.open()
        dialog.is_with_notes = False
        dialog.action_erase()
        self.assertEqual(file.name, f"{SECRET}.txt")
        self.open().action_erase()
        self.assertEqual(self.find_secrets(), set())
        self.assertEqual((file.raw, sent.name), (b"Tea", "a"))

    def test_what_is_noted_in_other_words_goes(self):
        """Why it was lost, the subject of a note, a call with the contact alone."""
        env = self.env(user=self.rep, context={})
        lead = self.create_lead(partner_id=self.zelda.id).with_env(env)
        self.env.cr.flush()
        why = {"lead_ids": lead.ids, "lost_feedback": f"<p>{SECRET} left</p>"}
        env["crm.lead.lost"].create(why).action_lost_reason_apply()
        lead.message_post(subject=SECRET, body="Tea", subtype_xmlid="mail.mt_note")
        call = self.zelda.with_env(env).activity_schedule(
            "mail.mail_activity_data_call", user_id=self.rep.id
        )
        self.finish_call(call, "reached", note=f"{SECRET} told us")
        self.env.cr.flush()
        told = [*lead.message_ids, *self.zelda.message_ids]
        self.assertEqual(sum(SECRET in message.body for message in told), 2)
        self.open().action_erase()
        self.assertEqual(self.find_secrets(), set())

    def test_others_lose_nothing(self):
        self.open().action_erase()
        self.assertEqual(self.others.qualification_need_ids.name, "Speed")
        self.assertIn("We talked", str(self.others.message_ids.mapped("body")))

    def test_an_address_of_many_tells_nobody_apart(self):
        office = {"email_from": "office@shared.example"}
        ann, bob = self.env["res.partner"].create(
            [{"name": name, "email": office["email_from"]} for name in ("Ann", "Bob")]
        )
        lead = self.create_qualified_lead("Bob's", partner_id=bob.id)
        self.open(ann).action_erase()
        self.assertEqual(lead.qualification_need_ids.name, "Speed")
        self.open(bob).action_erase()
        self.assertNotEqual(lead.qualification_need_ids.name, "Speed")

    def test_what_outlived_its_lead_is_found_by_the_address(self):
        decisions = self.get_decisions()
        self.by_mail.sudo().unlink()
        self.assertIn(SECRET, str(decisions.mapped("lead_name")))
        self.open().action_erase()
        self.assertEqual(self.find_secrets(), set())

    def test_the_log_stays_append_only(self):
        self.open().action_erase()
        for user in (self.admin, self.manager, self.env.user):
            decision = self.get_decisions()[:1].with_user(user)
            with self.assertRaises(AccessError):
                decision.write({"facts": {}})
            with self.assertRaises(AccessError):
                decision.unlink()

    def test_the_export_holds_all_of_it(self):
        dialog = self.open()
        self.assertIn("crm.qualification.privacy", dialog.action_export()["url"])
        found = json.loads(base64.b64decode(dialog.data_file))
        secret = {
            f"{model}.{name}"
            for model, rows in found.items()
            for row in rows
            for name, value in row.items()
            if SECRET in str(value)
        }
        self.assertLessEqual(self.find_secrets() - IMPERSONAL, secret)
        self.assertNotIn(self.others.id, [row["id"] for row in found["crm.lead"]])

    def test_the_dialog_says_how_much_there_is(self):
        self.assertIn("Lead: 2", self.open().summary)
        nobody = self.env["res.partner"].create({"name": "Nobody"})
        self.assertEqual(self.open(nobody).summary, "Contact: 1")

    def test_only_administrators_may(self):
        for user in (self.manager, self.rep, self.clerk):
            with self.assertRaises(AccessError):
                self.open(user=user)
        dialog = self.open()
        other = new_test_user(self.env, "second", groups="base.group_system")
        with self.assertRaises(AccessError):
            dialog.with_user(other).action_erase()
