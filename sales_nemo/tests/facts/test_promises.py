"""What a buyer promised reminds the lead's owner, once, and says what it is."""

from datetime import date, timedelta

from babel import Locale

from odoo.exceptions import AccessError
from odoo.fields import Date
from odoo.tests import Form, tagged

from ...promise import propose
from ..common import QualificationCase

MONDAY = date(2026, 11, 30)


@tagged("post_install", "-at_install")
class TestReminders(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.create_lead()
        cls.today = cls.lead._get_day()
        cls.soon = cls.today + timedelta(5)
        cls.later = cls.today + timedelta(9)
        cls.past = cls.today - timedelta(1)

    def promise(self, lead=None, user=None, **values):
        promises = self.env["crm.lead.commitment"].with_user(user or self.rep)
        values = {"name": "Floor plan", "date_deadline": self.soon} | values
        return promises.create({"lead_id": (lead or self.lead).id} | values)

    def get_reminders(self, lead=None):
        return (lead or self.lead).sudo().activity_ids

    def test_a_promise_reminds_the_owner_on_its_day(self):
        self.promise(user=self.rep_all)
        reminder = self.get_reminders()
        self.assertEqual(reminder.user_id, self.rep)
        self.assertEqual(reminder.date_deadline, self.soon)
        self.assertIn("Floor plan", reminder.summary)

    def test_it_is_never_made_twice(self):
        promise = self.promise()
        promise.name = "Floor plan, as a PDF"
        promise.date_deadline = self.soon
        promise.state = "open"
        self.assertEqual(len(self.get_reminders()), 1)
        self.get_reminders().with_user(self.rep).action_done()
        promise.write({"state": "open", "date_deadline": self.soon})
        self.assertFalse(self.get_reminders(), "it was done by hand")

    def test_one_that_was_put_off_and_done_is_not_made_again(self):
        promise = self.promise()
        reminder = self.get_reminders().with_user(self.rep)
        reminder.date_deadline = self.today
        reminder.action_done()
        self.lead.user_id = self.rep_all
        self.assertFalse(self.get_reminders())
        promise.sudo().date_deadline = self.later
        self.assertTrue(self.get_reminders(), "agreed anew")

    def test_a_cancelled_one_stays_away_as_long_as_the_owner_does(self):
        self.promise()
        self.get_reminders().with_user(self.rep).action_cancel()
        self.lead.write({"stage_id": self.env.ref("crm.stage_lead2").id})
        self.lead.probability = 40
        self.assertFalse(self.get_reminders())
        self.lead.user_id = self.rep_all
        self.assertEqual(self.get_reminders().user_id, self.rep_all)

    def test_none_for_past_days_and_none_without_a_day(self):
        self.promise(date_deadline=self.past)
        self.promise(date_deadline=False)
        self.assertFalse(self.get_reminders())
        self.promise(date_deadline=self.today)
        self.assertTrue(self.get_reminders())

    def test_none_on_closed_leads(self):
        won = self.create_qualified_lead()
        won.convert_opportunity(False)
        won.action_set_won()
        lost = self.create_lead()
        lost.action_set_lost()
        for lead in (won, lost):
            self.promise(lead)
            self.assertFalse(self.get_reminders(lead))

    def test_none_for_imports_and_batches(self):
        promises = self.env["crm.lead.commitment"].with_user(self.rep)
        columns = ["name", "lead_id/.id", "date_deadline"]
        row = ["Imported", str(self.lead.id), Date.to_string(self.soon)]
        for importing in (promises, promises.with_context(import_file=True)):
            self.assertTrue(importing.load(columns, [row])["ids"])
        leads = self.lead | self.create_lead()
        values = {"name": "Demo", "date_deadline": self.soon}
        promises.create([values | {"lead_id": lead.id} for lead in leads])
        self.assertFalse(leads.sudo().activity_ids)

    def test_none_where_it_is_switched_off(self):
        settings = self.env["res.config.settings"].create({})
        self.assertTrue(settings.remind_of_commitments, "on by default")
        settings.remind_of_commitments = False
        settings.execute()
        self.promise()
        self.assertFalse(self.get_reminders())

    def test_it_moves_with_the_day(self):
        promise = self.promise()
        promise.date_deadline = self.later
        self.assertEqual(self.get_reminders().date_deadline, self.later)
        promise.date_deadline = False
        self.assertFalse(self.get_reminders())
        promise.date_deadline = self.soon
        self.assertEqual(self.get_reminders().date_deadline, self.soon)

    def test_it_goes_to_the_new_owner(self):
        self.promise()
        self.lead.user_id = self.rep_all
        self.assertEqual(self.get_reminders().user_id, self.rep_all)

    def test_the_first_owner_is_reminded(self):
        lead = self.create_lead(user=self.rep_all, user_id=False)
        self.promise(lead, user=self.rep_all)
        self.assertFalse(self.get_reminders(lead))
        lead.user_id = self.rep_all
        self.assertEqual(self.get_reminders(lead).user_id, self.rep_all)
        lead.user_id = False
        self.assertFalse(self.get_reminders(lead))

    def test_it_closes_with_the_promise_by_whom_ever_without_a_word(self):
        """No message is posted, and the activity's rights are not asked for."""
        for state in ("kept", "broken", "withdrawn", "deleted"):
            with self.subTest(state):
                promise = self.promise()
                reminder = self.get_reminders()
                self.assertTrue(reminder)
                said = self.lead.sudo().message_ids
                theirs = promise.with_user(self.rep_all)
                if state == "withdrawn":
                    theirs.action_withdraw("Never said so")
                elif state == "deleted":
                    promise.unlink()
                else:
                    theirs.state = state
                self.assertFalse(reminder.exists())
                self.assertEqual(self.lead.sudo().message_ids, said)

    def test_it_closes_with_the_lead(self):
        won, lost = self.create_qualified_lead(), self.create_lead()
        won.convert_opportunity(False)
        for lead in (won, lost):
            self.promise(lead)
        won.action_set_won()
        lost.action_set_lost()
        self.assertFalse((won | lost).sudo().activity_ids)

    def test_it_follows_a_merge(self):
        other = self.create_lead("Other", user=self.rep_all)
        promise = self.promise(other, user=self.rep_all)
        (self.lead | other).sudo()._merge_opportunity(user_id=self.rep.id)
        kept = promise.sudo().lead_id
        self.assertEqual(len(self.get_reminders(kept)), 1)
        self.assertEqual(self.get_reminders(kept).user_id, kept.user_id)

    def test_of_two_that_are_one_after_a_merge_one_reminder_is_left(self):
        other = self.create_lead("Other")
        for lead in (self.lead, other):
            self.promise(lead)
        (self.lead | other)._merge_opportunity()
        left = (self.lead | other).exists()
        self.assertEqual(len(left.qualification_commitment_ids), 1)
        self.assertEqual(len(self.get_reminders(left)), 1)

    def test_many_change_owners_in_the_queries_of_a_few(self):
        """Odoo itself makes some for each lead."""

        def give(number, promised):
            leads = self.leads.create([{"name": "Lead"} for _ in range(number)])
            for lead in leads:
                self.promise(lead, date_deadline=promised and self.soon)
            leads = leads.sudo()
            return self.count_queries(lambda: leads.write({"user_id": self.rep_all.id}))

        give(2, True)
        few, many = (give(n, True) - give(n, False) for n in (3, 30))
        self.assertEqual(few, many)

    def test_clients_set_no_reminder(self):
        promise = self.promise()
        with self.assertRaises(AccessError):
            promise.activity_id = False


@tagged("post_install", "-at_install")
class TestProposals(QualificationCase):
    def test_words_tell_kind_and_day(self):
        english = Locale("en")
        for words, kind, day in (
            ("Send floor plan by Friday", "data", date(2026, 12, 4)),
            ("Meeting tomorrow", "meeting", date(2026, 12, 1)),
            ("call the day after tomorrow", "meeting", date(2026, 12, 2)),
            ("Introduce us to the CFO next week", "decision_maker", date(2026, 12, 11)),
            ("Decide by Monday", "decision", date(2026, 12, 7)),
            ("Trial next Friday", "trial", date(2026, 12, 11)),
            ("12 March", None, date(2027, 3, 12)),
            ("March 3rd, 2028", None, date(2028, 3, 3)),
            ("3rd of Dec", None, date(2026, 12, 3)),
            ("end of next month", None, date(2026, 12, 31)),
            ("31 February", None, None),
            ("They may buy 12 chairs", None, None),
            ("", None, None),
        ):
            with self.subTest(words):
                found = propose(words, MONDAY, english)
                self.assertEqual(found[1], day)
                if kind:
                    self.assertEqual(found[0], kind)

    def test_names_of_days_are_the_readers_own(self):
        for code, words, day in (
            ("de", "Plan bis Freitag", date(2026, 12, 4)),
            ("de", "am 3. März", date(2027, 3, 3)),
            ("fr", "le 3 mars", date(2027, 3, 3)),
            ("pt", "segunda-feira", date(2026, 12, 7)),
            ("ru", "до 3 марта", date(2027, 3, 3)),
            ("ar", "الجمعة", date(2026, 12, 4)),
            ("lo", "5 ພະຈິກ", date(2027, 11, 5)),
        ):
            with self.subTest(words):
                self.assertEqual(propose(words, MONDAY, Locale(code))[1], day)

    def test_the_form_proposes_and_takes_what_is_chosen(self):
        lead = self.create_lead()
        promises = self.env["crm.lead.commitment"].with_user(self.rep)
        with Form(promises.with_context(default_lead_id=lead.id)) as form:
            form.name = "Send floor plan tomorrow"
            self.assertEqual(form.kind, "data")
            self.assertTrue(form.date_deadline)
            form.kind = "other"
            form.date_deadline = "2031-01-02"
        promise = form.record
        self.assertEqual(promise.kind, "other")
        with Form(promise) as form:
            form.name = "Send floor plan next week"
        self.assertEqual(promise.date_deadline, date(2031, 1, 2), "agreed already")

    def test_the_convert_dialog_proposes_as_well(self):
        lead = self.create_lead()
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        dialog = Form(dialogs.with_context(active_id=lead.id, active_model="crm.lead"))
        dialog.commitment_name = "Send floor plan tomorrow"
        self.assertEqual(dialog.commitment_kind, "data")
        self.assertTrue(dialog.commitment_date)
