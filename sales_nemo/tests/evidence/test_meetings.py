"""Held meetings are contact: from their end, with whom, and who may see them."""

import json
from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Datetime
from odoo.tests import Form, tagged

from ..common import QualificationCase

HOUR = timedelta(hours=1)
SECRET = "Merger with Acme"


class MeetingCase(QualificationCase):
    """A lead with a contact of an account, and meetings around the present hour."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        cls.account = partners.create({"name": "Customer", "is_company": True})
        cls.person, cls.colleague = partners.create(
            [
                {
                    "name": "Ann",
                    "email": "ann@customer.example",
                    "parent_id": cls.account.id,
                },
                {"name": "Bob", "parent_id": cls.account.id},
            ]
        )
        cls.stranger = partners.create(
            {"name": "Eve", "email": "eve@elsewhere.example"}
        )
        cls.lead = cls.create_lead(partner_id=cls.person.id)
        cls.now = Datetime.now()
        cls.job = cls.env.ref("sales_nemo.ir_cron_ended_meetings")

    @classmethod
    def meet(cls, guests, ended=HOUR, lead=None, user=None, **values):
        """A meeting of an hour that the rep plans, from the lead's Meeting button.

        :param guests: ``res.partner`` besides the one who plans
        :param timedelta ended: how long ago it ended; negative: still to come
        :param lead: the lead that it is linked to; None for ``cls.lead``, False for
            none
        """
        user = user or cls.rep
        lead = cls.lead if lead is None else lead
        context = lead.action_schedule_meeting()["context"] if lead else {}
        calendar = cls.env["calendar.event"].with_user(user)
        stop = cls.now - ended
        meeting = calendar.with_context(**context).create(
            {
                "name": "Demo",
                "start": stop - HOUR,
                "stop": stop,
                "partner_ids": (user.partner_id | guests).ids,
            }
            | values
        )
        # the button's context is the client's, not the tests'
        return calendar.browse(meeting.id)

    def answer(self, meeting, partners, state):
        """These attendees answer the invitation."""
        meeting.attendee_ids.filtered(lambda a: a.partner_id in partners).state = state

    def run_job(self):
        """As Odoo's scheduler does, with its own cursor and commits."""
        with self.enter_registry_test_mode():
            self.assertIs(self.job.method_direct_trigger(), True)

    def get_live_state(self, lead=None):
        """What the gate sees."""
        lead = lead or self.lead
        facts, _verdict = lead._get_verdicts()[lead]
        return facts.contact.state

    def assertContact(self, state, meeting=None, lead=None):
        lead = lead or self.lead
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(lead.contact_state, state)
        self.assertEqual(self.get_live_state(lead), state)
        self.assertEqual(bool(lead.contact_date), state == "two_way")
        if meeting is not None:
            self.assertEqual(lead.contact_event_id, meeting)
            self.assertEqual(lead.contact_date, meeting.stop)
            self.assertFalse(lead.contact_message_id)


@tagged("post_install", "-at_install")
class TestMeetings(MeetingCase):
    # ------------------------------------------------------------
    # FROM ITS END
    # ------------------------------------------------------------

    def test_held(self):
        self.assertContact("none")
        self.assertContact("two_way", self.meet(self.person))

    def test_an_answer_stores_what_the_stored_contact_says(self):
        """The sheet knows of a meeting that has just ended; lists wait for its job."""
        self.meet(self.person, ended=-HOUR)
        with freeze_time(self.now + 3 * HOUR):
            sheet = self.lead.save_qualification_answer(self.budget.id, "yes")
            self.assertEqual(sheet["contact"]["state"], "two_way")
            self.assertEqual(self.lead.qualification_score, sheet["score"])
            self.assertIn("contact_none", self.lead.qualification_failed)

    def test_planned_from_the_lead_it_stays_linked(self):
        """By the web client, with the button's context."""
        action = self.lead.action_schedule_meeting()
        self.assertEqual(action["res_model"], "calendar.event")
        calendar = self.env["calendar.event"].with_user(self.rep)
        form = Form(calendar.with_context(**action["context"]))
        form.start = self.now - 2 * HOUR
        form.stop = self.now - HOUR
        meeting = form.save()
        self.assertEqual(meeting.opportunity_id, self.lead)
        self.assertEqual(
            (meeting.res_model, meeting.res_id), ("crm.lead", self.lead.id)
        )
        self.assertEqual(meeting.partner_ids, self.person | self.rep.partner_id)
        self.assertContact("two_way", meeting)

    def plan(self, lead):
        """What the web client's form of a new meeting shows, by the lead's button."""
        context = lead.action_schedule_meeting()["context"]
        calendar = self.env["calendar.event"].with_user(self.rep)
        view = "calendar.view_calendar_event_form_quick_create"
        return Form(calendar.with_context(**context), view)

    def test_who_is_no_contact_yet_is_invited_and_seen_before(self):
        lead = self.create_lead(email_from="Eva <eva@new.example>", phone="02 555 1")
        form = self.plan(lead)
        guest = form.partner_ids[:] - self.rep.partner_id
        self.assertEqual((guest.name, guest.email), ("Eva", "eva@new.example"))
        form.start = self.now - 2 * HOUR
        form.stop = self.now - HOUR
        meeting = form.save()
        self.assertIn("eva@new.example", meeting.attendee_ids.mapped("email"))
        self.assertContact("two_way", meeting, lead)
        again = self.plan(lead).partner_ids[:]
        self.assertEqual(again, guest | self.rep.partner_id, "made once")
        self.assertFalse(lead.partner_id, "whose lead it is, the conversion asks")

    def test_who_is_known_by_the_address_is_invited(self):
        lead = self.create_lead(email_from=self.stranger.email)
        invited = self.plan(lead).partner_ids[:]
        self.assertEqual(invited, self.stranger | self.rep.partner_id)

    def test_an_address_that_nobody_reads_is_not_invited(self):
        for email in ("noreply@new.example", "eva", False):
            with self.subTest(email=email):
                lead = self.create_lead(email_from=email)
                self.assertEqual(self.plan(lead).partner_ids[:], self.rep.partner_id)

    def test_the_contact_of_a_lead_is_invited_not_its_former_address(self):
        invited = self.plan(self.lead).partner_ids[:]
        self.assertEqual(invited, self.person | self.rep.partner_id)

    def test_the_button_of_a_hidden_lead_invites_nobody(self):
        lead = self.create_lead(user=self.manager, email_from="eva@new.example")
        calendar = self.env["calendar.event"].with_user(self.rep)
        context = {"default_opportunity_id": lead.id}
        found = calendar.with_context(**context).default_get(["partner_ids"])
        self.assertNotIn("eva", str(found))
        known = self.env["res.partner"].search([("email", "=", "eva@new.example")])
        self.assertFalse(known)

    def test_the_form_says_from_when_on_it_counts(self):
        for name in (
            "view_calendar_event_form",
            "view_calendar_event_form_quick_create",
        ):
            arch = self.env.ref(f"calendar.{name}")._get_combined_arch()
            [note] = arch.xpath("//div[contains(@class, 'o_meeting_counts')]")
            self.assertIn("from its end", note.text)

    def test_planned_from_an_opportunity(self):
        opportunity = self.leads.create(
            {"name": "Deal", "type": "opportunity", "partner_id": self.person.id}
        )
        action = opportunity.action_schedule_meeting()
        self.assertEqual(action["context"]["default_opportunity_id"], opportunity.id)
        self.assertContact(
            "two_way", self.meet(self.person, lead=opportunity), opportunity
        )

    def test_future_ones_count_from_their_end(self):
        """The gate sees it at once; lists and reports, when the job has run."""
        meeting = self.meet(self.person, ended=-2 * HOUR)
        self.assertContact("none")
        with freeze_time(meeting.stop - timedelta(seconds=1)):
            self.assertEqual(self.get_live_state(), "none")
            self.run_job()
            self.assertContact("none")
        with freeze_time(meeting.stop):
            self.assertEqual(self.get_live_state(), "two_way")
            self.assertEqual(self.lead.contact_state, "none")
            self.run_job()
            self.assertContact("two_way", meeting)

    def test_the_job_wakes_at_the_end(self):
        triggers = self.env["ir.cron.trigger"]
        mine = [("cron_id", "=", self.job.id)]
        triggers.search(mine).unlink()
        meeting = self.meet(self.person, ended=-2 * HOUR)
        self.assertEqual(triggers.search(mine).mapped("call_at"), [meeting.stop])
        triggers.search(mine).unlink()
        meeting.write({"start": meeting.start + HOUR, "stop": meeting.stop + HOUR})
        self.assertIn(meeting.stop, triggers.search(mine).mapped("call_at"))
        triggers.search(mine).unlink()
        self.meet(self.person)
        self.meet(self.env["res.partner"], ended=-2 * HOUR, lead=False)
        self.assertFalse(triggers.search(mine))

    def test_the_job_finds_each_end_once_and_after_a_pause(self):
        """It looks back past its last run, so that no meeting falls between two."""
        self.run_job()
        meetings = [self.meet(self.person, ended=-n * HOUR) for n in (2, 50)]
        for meeting in meetings:
            with freeze_time(meeting.stop + HOUR):
                self.run_job()
                self.assertContact("two_way", meeting)

    def test_all_day(self):
        day = self.now.date()
        meeting = self.meet(
            self.person,
            allday=True,
            start_date=day - timedelta(days=2),
            stop_date=day - timedelta(days=2),
        )
        self.assertContact("two_way", meeting)
        meeting.write({"start_date": day, "stop_date": day + timedelta(days=1)})
        self.assertContact("none")

    def test_each_of_a_series_counts_when_it_is_held(self):
        meeting = self.meet(
            self.person,
            ended=49 * HOUR,
            recurrency=True,
            rrule_type="daily",
            interval=1,
            end_type="count",
            count=5,
        )
        series = meeting.recurrence_id.calendar_event_ids.sorted("start")
        self.assertEqual(len(series), 5)
        self.assertContact("two_way", series[2])

    # ------------------------------------------------------------
    # WHAT TAKES IT AWAY
    # ------------------------------------------------------------

    def test_rescheduled_into_the_future(self):
        meeting = self.meet(self.person)
        self.assertContact("two_way", meeting)
        meeting.write({"start": self.now + HOUR, "stop": self.now + 2 * HOUR})
        self.assertContact("none")
        self.assertFalse(self.lead.contact_event_id)
        meeting.write({"start": self.now - 3 * HOUR, "stop": self.now - 2 * HOUR})
        self.assertContact("two_way", meeting)

    def test_cancelled(self):
        meeting = self.meet(self.person)
        meeting.action_archive()
        self.assertContact("none")
        meeting.action_unarchive()
        self.assertContact("two_way", meeting)

    def test_deleted(self):
        first, last = self.meet(self.person, ended=3 * HOUR), self.meet(self.person)
        self.assertContact("two_way", last)
        last.unlink()
        self.assertContact("two_way", first)
        first.unlink()
        self.assertContact("none")

    def test_declined_by_all_guests(self):
        meeting = self.meet(self.person | self.colleague)
        self.answer(meeting, self.person, "declined")
        self.assertContact("two_way", meeting)
        self.answer(meeting, self.colleague, "declined")
        self.assertContact("none")
        self.answer(meeting, self.colleague, "tentative")
        self.assertContact("two_way", meeting)

    def test_declined_by_all_of_us(self):
        ours = self.rep.partner_id | self.manager.partner_id
        meeting = self.meet(self.person | self.manager.partner_id)
        self.answer(meeting, self.rep.partner_id, "declined")
        self.assertContact("two_way", meeting)
        self.answer(meeting, ours, "declined")
        self.assertContact("none")

    def test_guests_who_are_taken_off_the_list(self):
        meeting = self.meet(self.person)
        meeting.partner_ids -= self.person
        self.assertContact("none")
        meeting.partner_ids += self.colleague
        self.assertContact("two_way", meeting)

    # ------------------------------------------------------------
    # WITH WHOM
    # ------------------------------------------------------------

    def test_among_ourselves(self):
        self.meet(self.manager.partner_id)
        self.assertContact("none")

    def test_colleague_of_the_account(self):
        self.assertContact("two_way", self.meet(self.colleague))

    def test_same_mail_domain(self):
        freelance = self.env["res.partner"].create(
            {"name": "Carl", "email": "Carl <CARL@customer.example>"}
        )
        self.assertContact("two_way", self.meet(freelance))

    def test_stranger(self):
        self.meet(self.stranger)
        self.assertContact("none")

    def test_lead_that_is_nobodys_yet(self):
        """Whoever came from outside was there for this lead."""
        lead = self.create_lead()
        self.meet(self.manager.partner_id, lead=lead)
        self.assertContact("none", lead=lead)
        self.assertContact("two_way", self.meet(self.stranger, lead=lead), lead)

    def test_meeting_that_no_lead_is_linked_to(self):
        others = self.create_lead(partner_id=self.stranger.id)
        meeting = self.meet(self.person, lead=False)
        self.assertFalse(meeting.opportunity_id)
        self.assertContact("two_way", meeting)
        self.assertContact("none", lead=others)

    def test_meeting_planned_from_the_contact(self):
        meeting = self.meet(
            self.person,
            lead=False,
            res_model_id=self.env["ir.model"]._get_id("res.partner"),
            res_id=self.person.id,
        )
        self.assertContact("two_way", meeting)

    def test_meeting_of_another_lead(self):
        """Of the same account, about something else."""
        other = self.create_lead(partner_id=self.person.id)
        meeting = self.meet(self.person, lead=other)
        self.assertContact("two_way", meeting, other)
        self.assertContact("none")

    def test_meeting_that_is_linked_to_another_lead_later(self):
        """In the meeting's form, that has one field for it."""
        other = self.create_lead(partner_id=self.person.id)
        meeting = self.meet(self.person, lead=other)
        meeting.opportunity_id = self.lead
        self.assertContact("two_way", meeting)
        self.assertContact("none", lead=other)

    def test_merge_moves_meetings(self):
        other = self.create_lead(partner_id=self.person.id)
        meetings = self.meet(self.person, lead=other) | self.meet(
            self.person, ended=5 * HOUR
        )
        merged = (self.lead | other).with_user(self.rep).merge_opportunity()
        self.assertEqual(meetings.opportunity_id, merged)
        self.assertContact("two_way", meetings[0], merged)

    # ------------------------------------------------------------
    # WHO MAY SEE IT
    # ------------------------------------------------------------

    def meet_in_private(self):
        """A private meeting of a colleague's with our lead's contact."""
        return self.meet(self.person, user=self.rep_all, privacy="private", name=SECRET)

    def test_private_meetings_count(self):
        self.assertContact("two_way", self.meet_in_private())

    def test_private_meetings_open_for_who_was_there(self):
        meeting = self.meet_in_private()
        lead = self.lead.with_user(self.rep_all)
        action = lead.action_open_contact_proof()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("calendar.event", meeting.id)
        )
        shown = self.env[action["res_model"]].with_user(self.rep_all)
        self.assertEqual(shown.browse(action["res_id"]).name, SECRET)

    def test_private_meetings_say_so_to_others(self):
        self.meet_in_private()
        for user in (self.rep, self.manager):
            with self.assertRaisesRegex(UserError, "private meeting") as refused:
                self.lead.with_user(user).action_open_contact_proof()
            self.assertNotIn(SECRET, str(refused.exception))

    def get_readings(self, lead):
        """Functions that read the proof of a lead, as clients do."""
        field = {"contact_event_id": {"fields": {"display_name": {}, "name": {}}}}
        me = [("id", "=", lead.id)]
        group = "contact_event_id"
        return [
            lead.get_qualification_sheet,
            lambda: lead.read([group]),
            lambda: lead.web_read(field),
            lambda: lead.web_search_read(me, field),
            lambda: lead.export_data([group, f"{group}/name"]),
            lambda: lead.formatted_read_group(me, [group], ["__count"]),
            lambda: lead.contact_event_id.name,
        ]

    def test_private_meetings_leak_no_title(self):
        self.meet_in_private()
        exporters = self.env.ref("base.group_allow_export")
        for user in (self.rep, self.manager):
            user.group_ids += exporters
            lead = self.lead.with_user(user)
            for number, read in enumerate(self.get_readings(lead)):
                self.env.flush_all()
                self.env.invalidate_all()
                with self.subTest(way=number, user=user.login):
                    self.assertNotIn(SECRET, json.dumps(read(), default=str))
            sheet = lead.get_qualification_sheet()["contact"]
            self.assertTrue(sheet["has_proof"] and sheet["is_meeting"])
        self.env.invalidate_all()
        self.assertEqual(
            self.lead.with_user(self.rep_all).contact_event_id.name, SECRET
        )

    def test_private_meetings_stay_out_of_the_decision_log(self):
        self.meet_in_private()
        self.add_facts(self.lead)
        self.lead.message_ids.sudo().unlink()
        self.assertContact("two_way")
        self.lead.convert_opportunity(self.person)
        decision = self.lead.sudo().qualification_decision_id
        self.assertEqual(decision.outcome, "passed")
        self.assertNotIn(SECRET, json.dumps(decision.read(), default=str))

    def test_meetings_of_a_calendar_that_is_private_by_default(self):
        self.rep_all.with_user(self.rep_all).calendar_default_privacy = "private"
        self.meet(self.person, user=self.rep_all, name=SECRET)
        self.assertContact("two_way")
        with self.assertRaisesRegex(UserError, "private meeting"):
            self.lead.action_open_contact_proof()
        self.assertNotIn(SECRET, json.dumps(self.lead.read(["contact_event_id"])))

    # ------------------------------------------------------------
    # ACTIVITIES
    # ------------------------------------------------------------

    def create_flagged_opportunity(self):
        """An opportunity whose one missing fact is contact."""
        opportunity = self.leads.create(
            {
                "name": "Deal",
                "type": "opportunity",
                "partner_id": self.person.id,
                "qualification_need_ids": [
                    (0, 0, {"name": "Speed", "state": "confirmed"})
                ],
                "qualification_commitment_ids": [(0, 0, {"name": "Demo"})],
            }
        )
        self.assertEqual(opportunity.qualification_state, "flagged")
        return opportunity

    def test_done_activity_without_a_meeting_in_the_calendar(self):
        opportunity = self.create_flagged_opportunity()
        activity = opportunity.activity_schedule(
            "mail.mail_activity_data_meeting", user_id=self.rep.id
        )
        self.assertFalse(activity.calendar_event_id)
        activity.with_user(self.rep).action_feedback(feedback="Went well")
        self.assertContact("two_way", lead=opportunity)
        proof = opportunity.contact_message_id
        self.assertEqual(
            proof.mail_activity_type_id,
            self.env.ref("mail.mail_activity_data_meeting"),
        )
        self.assertEqual(opportunity.qualification_state, "qualified")
        self.assertFalse(opportunity.qualification_deadline)

    def test_done_activity_leaves_the_proof_to_the_meeting(self):
        meeting = self.meet(self.person)
        self.assertEqual(meeting.activity_ids.res_id, self.lead.id)
        meeting.activity_ids.with_user(self.rep).action_feedback(feedback="Went well")
        self.assertContact("two_way", meeting)
        meeting.unlink()
        self.assertContact("none")

    def test_activity_done_before_the_meeting(self):
        """Marked as done too early: the calendar knows that it is still to come."""
        opportunity = self.create_flagged_opportunity()
        meeting = self.meet(self.person, ended=-2 * HOUR, lead=opportunity)
        activity = meeting.activity_ids
        self.assertEqual(activity.res_id, opportunity.id)
        activity.with_user(self.rep).action_feedback(feedback="Went well")
        self.assertContact("none", lead=opportunity)
        self.assertEqual(opportunity.qualification_state, "flagged")
        self.assertTrue(opportunity.qualification_deadline)
        outcomes = opportunity.sudo().qualification_decision_ids.mapped("outcome")
        self.assertEqual(outcomes, ["flagged"])
        with freeze_time(meeting.stop + HOUR):
            self.run_job()
            self.assertContact("two_way", meeting, opportunity)
            self.assertEqual(opportunity.qualification_state, "qualified")

    def get_told(self):
        """What the check of contact says, and whether the sheet asks who was there."""
        sheet = self.lead.with_user(self.rep).get_qualification_sheet()
        [check] = [one for one in sheet["checks"] if one["key"] == "contacted"]
        return check["reason"], sheet["contact"]["is_unattended"]

    def test_nobody_from_outside_was_invited(self):
        meeting = self.meet(self.manager.partner_id)
        reason, asks = self.get_told()
        self.assertIn("nobody from outside was invited: who took part?", reason)
        self.assertTrue(asks)
        mails = self.env["mail.mail"].sudo().search_count([])
        sheet = self.lead.with_user(self.rep).add_person_to_meeting()
        self.assertEqual(sheet["contact"]["state"], "two_way")
        self.assertContact("two_way", meeting)
        self.assertEqual(self.env["mail.mail"].sudo().search_count([]), mails)
        self.assertFalse(self.get_told()[1])
        with self.assertRaises(UserError):
            self.lead.with_user(self.rep).add_person_to_meeting()

    def test_nobody_is_asked_about_other_meetings(self):
        for guests, ended in (
            (self.manager.partner_id, -HOUR),
            (self.stranger, HOUR),
        ):
            with self.subTest(ended=ended):
                self.meet(guests, ended=ended)
                reason, asks = self.get_told()
                self.assertNotIn("who took part", reason)
                self.assertFalse(asks)

    def test_activity_done_before_a_meeting_that_names_no_guest(self):
        """Too early: who was there is still to be said when it is over."""
        meeting = self.meet(self.env["res.partner"], ended=-2 * HOUR)
        meeting.activity_ids.with_user(self.rep).action_feedback(feedback="Met Ann")
        self.assertContact("none")
        with freeze_time(meeting.stop + HOUR):
            self.assertTrue(self.get_told()[1])
            self.lead.with_user(self.rep).add_person_to_meeting()
            self.assertContact("two_way", meeting)

    def test_activity_done_after_all_guests_declined(self):
        meeting = self.meet(self.person)
        self.answer(meeting, self.person, "declined")
        meeting.activity_ids.with_user(self.rep).action_feedback()
        self.assertContact("none")

    def test_activity_done_of_a_meeting_that_names_no_guest(self):
        """The rep kept the hour free and met somebody there: the activity says so."""
        meeting = self.meet(self.env["res.partner"])
        meeting.activity_ids.with_user(self.rep).action_feedback(feedback="Met Ann")
        self.assertContact("two_way")
        self.assertFalse(self.lead.contact_event_id)
