"""Until when who wrote is to be answered, and a new lead to be called."""

from datetime import datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import QualificationCase

FRIDAY = datetime(2026, 3, 6, 15, 0)
MONDAY = datetime(2026, 3, 9, 10, 0)
LATER = datetime(2026, 3, 16, 9, 0)


@tagged("post_install", "-at_install")
class TestAnswerTime(QualificationCase):
    """A team that works from nine to five answers in 4 hours, tries in 8."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.calendar = cls.env["resource.calendar"].create(
            {
                "name": "Nine to five",
                "tz": "UTC",
                "attendance_ids": [
                    Command.clear(),
                    *(
                        Command.create(
                            {
                                "name": "Work",
                                "dayofweek": str(day),
                                "day_period": "full_day",
                                "hour_from": 9,
                                "hour_to": 17,
                            }
                        )
                        for day in range(5)
                    ),
                ],
            }
        )
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Quick",
                "user_id": cls.manager.id,
                "answer_hours": 4,
                "attempt_hours": 8,
                "answer_escalation_hours": 8,
                "answer_calendar_id": cls.calendar.id,
            }
        )

    def come_in(self, moment=FRIDAY, **values):
        """A new lead of the team."""
        with freeze_time(moment):
            lead = self.create_lead(**{"team_id": self.team.id} | values)
            self.env.flush_all()
        return lead

    def write_in(self, moment=FRIDAY, **values):
        """A new lead whose people wrote."""
        return self.come_in(moment, first_contact_text="Call us", **values)

    def log(self, lead, outcome, moment):
        with freeze_time(moment):
            lead._log_contact("Hello", outcome)

    def escalate(self, moment):
        job = self.env.ref("sales_nemo.ir_cron_answers")
        with freeze_time(moment), self.enter_registry_test_mode():
            job.method_direct_trigger()

    def test_who_wrote_is_due_in_working_hours(self):
        self.assertEqual(self.write_in().answer_due, datetime(2026, 3, 9, 11, 0))

    def test_a_new_lead_is_due_in_working_hours(self):
        self.assertEqual(self.come_in().answer_due, datetime(2026, 3, 9, 15, 0))

    def test_a_public_holiday_is_no_working_day(self):
        self.env["resource.calendar.leaves"].create(
            {
                "name": "Holiday",
                "calendar_id": self.calendar.id,
                "date_from": datetime(2026, 3, 9, 0, 0),
                "date_to": datetime(2026, 3, 9, 23, 59),
            }
        )
        self.assertEqual(self.write_in().answer_due, datetime(2026, 3, 10, 11, 0))

    def test_flexible_hours_are_round_the_clock(self):
        self.calendar.flexible_hours = True
        self.assertEqual(self.write_in().answer_due, datetime(2026, 3, 6, 19, 0))

    def test_no_hours_are_round_the_clock(self):
        self.team.answer_calendar_id = False
        self.env.company.resource_calendar_id = False
        self.assertEqual(self.write_in().answer_due, datetime(2026, 3, 6, 19, 0))

    def test_hours_are_those_of_the_company(self):
        self.team.answer_calendar_id = False
        self.env.company.resource_calendar_id = self.calendar
        self.assertEqual(self.write_in().answer_due, datetime(2026, 3, 9, 11, 0))

    def test_targets_that_no_calendar_reaches_are_refused(self):
        for hours in (-1, 1e12, float("nan")):
            with self.subTest(hours), mute_logger("odoo.sql_db"):
                with self.assertRaises(IntegrityError), self.cr.savepoint():
                    self.team.attempt_hours = hours
                    self.env.flush_all()

    def test_without_targets_nothing_is_due(self):
        self.team.write({"answer_hours": 0, "attempt_hours": 0})
        self.assertFalse(self.come_in().answer_due)
        self.assertFalse(self.write_in().answer_due)

    def test_of_a_lead_that_wrote_the_first_attempt_may_be_all_that_is_asked(self):
        self.team.answer_hours = 0
        self.assertEqual(self.write_in().answer_due, datetime(2026, 3, 9, 15, 0))

    def test_an_opportunity_of_our_own_is_no_new_lead(self):
        self.assertFalse(self.come_in(type="opportunity").answer_due)

    def test_a_call_in_vain_is_a_first_attempt(self):
        lead = self.come_in()
        self.log(lead, "no_answer", MONDAY)
        self.assertEqual(lead.contact_answered_date, MONDAY)
        with freeze_time(LATER):
            self.assertFalse(lead.answer_status)

    def test_a_call_in_vain_answers_nobody_who_wrote(self):
        lead = self.write_in()
        self.log(lead, "no_answer", MONDAY)
        with freeze_time(LATER):
            self.assertEqual(lead.answer_status, "late")

    def test_the_first_answer_stays(self):
        lead = self.write_in()
        self.log(lead, "reached", MONDAY)
        self.log(lead, "told", LATER)
        self.log(lead, "reached", LATER)
        self.assertEqual(lead.contact_asked_date, FRIDAY)
        self.assertEqual(lead.contact_answered_date, MONDAY)

    def test_who_was_called_in_vain_and_writes_waits_anew(self):
        lead = self.come_in()
        self.log(lead, "no_answer", FRIDAY)
        self.log(lead, "told", LATER)
        self.assertFalse(lead.contact_answered_date)
        self.assertEqual(lead.answer_due, datetime(2026, 3, 16, 13, 0))

    def test_who_writes_twice_waits_since_the_first_time(self):
        lead = self.write_in()
        self.log(lead, "told", LATER)
        self.assertEqual(lead.answer_due, datetime(2026, 3, 9, 11, 0))

    def test_other_targets_change_nothing_that_was_due(self):
        leads = self.write_in() | self.come_in()
        dues = leads.mapped("answer_due")
        self.team.write({"answer_hours": 1, "attempt_hours": 1})
        leads.team_id = self.team.copy({"name": "Quicker"})
        self.log(leads[0], "told", MONDAY)
        self.assertEqual(leads.mapped("answer_due"), dues)

    def test_a_lead_is_due_from_when_it_comes_to_the_team(self):
        lead = self.come_in(team_id=self.env["crm.team"].create({"name": "Slow"}).id)
        self.assertFalse(lead.answer_due)
        with freeze_time(MONDAY):
            lead.team_id = self.team
            self.env.flush_all()
        self.assertEqual(lead.answer_due, datetime(2026, 3, 10, 10, 0))

    def test_a_search_finds_what_is_shown(self):
        leads = self.write_in() | self.come_in()
        for moment, statuses in (
            (FRIDAY, ["on_time", "on_time"]),
            (datetime(2026, 3, 9, 9, 30), ["due_soon", "on_time"]),
            (datetime(2026, 3, 9, 14, 0), ["late", "due_soon"]),
            (LATER, ["late", "late"]),
        ):
            with freeze_time(moment):
                leads.invalidate_recordset(["answer_status"])
                self.assertEqual(leads.mapped("answer_status"), statuses)
                for status in ("on_time", "due_soon", "late", False):
                    found = leads.search(
                        [("answer_status", "=", status), ("id", "in", leads.ids)]
                    )
                    shown = leads.filtered(lambda o, s=status: o.answer_status == s)
                    self.assertEqual(found, shown.sorted("id", reverse=True))

    def test_nobody_answers_what_is_lost(self):
        lead = self.write_in()
        lead.action_set_lost()
        with freeze_time(LATER):
            self.assertFalse(lead.answer_status)

    def test_only_code_says_when_it_was_due(self):
        with self.assertRaises(AccessError):
            self.write_in().answer_due = LATER

    def test_the_leader_is_told_once(self):
        lead = self.write_in()
        self.escalate(datetime(2026, 3, 10, 10, 0))
        self.assertFalse(lead.activity_ids, "it has been due for 7 hours")
        self.escalate(datetime(2026, 3, 10, 12, 0))
        self.assertEqual(lead.activity_ids.user_id, self.manager)
        lead.sudo().activity_ids.action_feedback()
        self.escalate(LATER)
        self.assertFalse(lead.activity_ids)

    def test_a_leader_is_not_sent_to_what_they_may_not_see(self):
        self.team.user_id = self.rep_all
        self.rep_all.group_ids = self.env.ref("sales_team.group_sale_salesman")
        hidden, own = self.write_in(), self.write_in(user=self.rep_all)
        self.escalate(LATER)
        self.assertFalse(hidden.activity_ids)
        self.assertEqual(own.sudo().activity_ids.user_id, self.rep_all)

    def test_the_leader_is_not_told_of_what_was_answered(self):
        lead = self.write_in()
        self.log(lead, "reached", LATER)
        self.escalate(LATER)
        self.assertFalse(lead.activity_ids)

    def test_the_home_page_counts_what_is_late(self):
        self.write_in(user_id=self.rep.id)
        home = self.env["crm.qualification.home"].with_user(self.rep)
        for moment, count in ((FRIDAY, 0), (LATER, 1)):
            with freeze_time(moment):
                numbers = {one["key"]: one for one in home.get_home()["today"]}
            self.assertEqual(numbers["unanswered"]["count"], count)
