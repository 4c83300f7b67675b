"""Deadlines and returns are days of the company; what a person reads is in theirs."""

import importlib.util
from datetime import date, datetime

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import file_path

from ... import backtest
from .recycling_case import RecyclingCase

# 17:30 in Los Angeles, and 13:30 of the next day in Auckland.
AFTERNOON = "2026-11-01 00:30:00"
TODAY, TOMORROW = date(2026, 10, 31), date(2026, 11, 1)
# 01:30 of the next day in Los Angeles.
NIGHT = "2026-11-01 08:30:00"


@tagged("post_install", "-at_install")
class TestDays(RecyclingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company = cls.env.company
        cls.company.resource_calendar_id.tz = "America/Los_Angeles"
        cls.rep.tz = "Pacific/Auckland"

    def get_reason(self, lead, key):
        """What a salesperson reads about a check."""
        self.env.invalidate_all()
        lead = lead.with_user(self.rep).with_context(tz=self.rep.tz)
        checks = lead.get_qualification_sheet()["checks"]
        return next(check["reason"] for check in checks if check["key"] == key)

    def test_a_zone_of_the_company(self):
        with freeze_time(AFTERNOON):
            self.assertEqual(self.company._get_day(), TODAY)
            self.company.resource_calendar_id.tz = "UTC"
            self.assertEqual(self.company._get_day(), TOMORROW)
            # Odoo's calendars are in UTC where nobody chose
            self.company.partner_id.tz = "America/New_York"
            self.assertEqual(self.company._get_day(), TODAY)

    def test_a_promise_due_today_is_not_past_its_date(self):
        lead = self.create_qualified_lead()
        lead.qualification_commitment_ids.date_deadline = TODAY
        with freeze_time(AFTERNOON):
            self.assertNotIn("past their date", self.get_reason(lead, "committed"))
        with freeze_time(NIGHT):
            self.assertIn("past their date", self.get_reason(lead, "committed"))

    def test_what_returns_tomorrow_is_not_back_this_afternoon(self):
        deal = self.lose(self.create_opportunity(), self.late)
        deal.sudo().recycle_date = TOMORROW
        with freeze_time(AFTERNOON):
            self.assertFalse(self.recycle(deal))
        with freeze_time(NIGHT):
            new = self.recycle(deal)
        self.assertEqual(new.activity_ids.date_deadline, TOMORROW)

    def test_each_lead_returns_on_the_day_of_its_company(self):
        home, away = self.create_opportunity(), self.create_opportunity()
        (home | away).user_id = False
        other = self.env["res.company"].create({"name": "Down under"})
        other.resource_calendar_id.tz = "Pacific/Auckland"
        away.sudo().write({"company_id": other.id, "team_id": False})
        self.lose((home | away).sudo(), self.late)
        (home | away).sudo().recycle_date = TOMORROW
        with freeze_time(AFTERNOON):
            self.run_cron()
        returned = (home | away).sudo().filtered("recycled_lead_ids")
        self.assertEqual(returned, away.sudo())

    def test_what_is_lost_returns_days_after_the_companys_today(self):
        deal = self.create_opportunity()
        with freeze_time(AFTERNOON):
            deal.action_set_lost(lost_reason_id=self.far.id)
            self.assertEqual(deal.recycle_date, date(2026, 11, 7))
            lead = self.create_opportunity()
            wizard = Form(
                self.env["crm.lead.lost"]
                .with_user(self.rep)
                .with_context(default_lead_ids=lead.ids)
            )
            wizard.lost_reason_id = self.far
            self.assertEqual(wizard.recycle_date, date(2026, 11, 7))
            wizard.recycle_date = TODAY
            with self.assertRaisesRegex(UserError, "after today"):
                wizard.save().action_lost_reason_apply()

    def test_a_flag_is_due_days_after_the_companys_today(self):
        self.profile.flag_days = 7
        with freeze_time(AFTERNOON):
            deal = self.create_lead(type="opportunity")
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertEqual(deal.sudo().qualification_deadline, date(2026, 11, 7))

    def test_an_answer_counts_until_the_companys_day_is_over(self):
        self.size.validity_days = 10
        lead = self.create_lead()
        lead.save_qualification_answer(self.size.id, "Large")
        answer = lead.sudo().qualification_answer_ids
        answer.date = datetime(2026, 10, 21, 12)
        self.assertEqual(answer.expires_on, TODAY)
        for moment, is_over in ((AFTERNOON, False), (NIGHT, True)):
            with freeze_time(moment):
                self.env.add_to_compute(answer._fields["is_expired"], answer)
                self.assertEqual(answer.is_expired, is_over)

    def test_the_scheduled_action_goes_by_the_companys_day_too(self):
        self.size.validity_days = 10
        lead = self.create_lead()
        with freeze_time("2026-10-21 12:00:00"):
            lead.save_qualification_answer(self.size.id, "Large")
            self.env.flush_all()
        answer = lead.sudo().qualification_answer_ids
        with freeze_time(AFTERNOON):
            self.assertFalse(self.env["crm.lead"]._find_expired())
        with freeze_time(NIGHT):
            [(over, _lead_id)] = self.env["crm.lead"]._find_expired()
        self.assertEqual(over, answer.id)

    # The zone, when both sides talked, when that is 14 days ago, and when 15: UTC would
    # say one day less, and one more.
    AGES = (
        ("America/Los_Angeles", "10-18 02:00", "11-01 00:30", "11-01 20:00"),
        ("Pacific/Auckland", "10-18 12:00", "11-02 00:00", "11-02 12:00"),
    )

    def test_a_contact_grows_old_by_the_companys_days(self):
        for zone, talked, last, after in self.AGES:
            self.company.resource_calendar_id.tz = zone
            lead = self.create_lead()
            with freeze_time("2026-10-20 00:00:00"):
                lead._log_contact("Talked", "reached", date=f"2026-{talked}:00")
                self.env.flush_all()
            for moment, grade in ((last, "d1"), (after, "d2")):
                with self.subTest(zone=zone, moment=moment):
                    with freeze_time(f"2026-{moment}:00"):
                        for again in (
                            lead._set_grade_number,
                            lead._review_qualification,
                            self.env["crm.lead"]._age_grades,
                        ):
                            self.env.flush_all()
                            self.env.cr.execute(
                                "UPDATE crm_lead SET qualification_grade = 'd3'"
                            )
                            self.env.invalidate_all()
                            again()
                            self.assertEqual(lead.qualification_grade, grade)
                        check = self.env["crm.qualification.check"]
                        self.assertEqual(check._compare(), {})

    def test_each_contact_grows_old_by_the_days_of_its_company(self):
        (_zone, talked, last, _after), (zone, *_rest) = self.AGES
        other = self.env["res.company"].create({"name": "Down under"})
        other.resource_calendar_id.tz = zone
        home, away = self.create_lead(), self.create_lead()
        (home | away).sudo().user_id = False
        away.sudo().write({"company_id": other.id, "team_id": False})
        with freeze_time("2026-10-20 00:00:00"):
            for lead in (home | away).sudo():
                lead._log_contact("Talked", "reached", date=f"2026-{talked}:00")
            self.env.flush_all()
        with freeze_time(f"2026-{last}:00"):
            self.env["crm.lead"]._age_grades()
            grades = (home | away).sudo().mapped("qualification_grade")
            self.assertEqual(grades, ["d1", "d1"])
            self.assertEqual(self.env["crm.qualification.check"]._compare(), {})
        with freeze_time("2026-11-01 10:30:00"):
            self.env["crm.lead"]._age_grades()
            grades = (home | away).sudo().mapped("qualification_grade")
            self.assertEqual(grades, ["d2", "d1"])
            self.assertEqual(self.env["crm.qualification.check"]._compare(), {})

    def test_an_old_contact_is_warned_of_by_the_companys_days(self):
        self.profile.write({"age_fresh": 5, "age_recent": 10, "age_old": 14})
        for zone, talked, last, after in self.AGES:
            self.company.resource_calendar_id.tz = zone
            lead = self.create_lead()
            lead._log_contact("Talked", "reached", date=f"2026-{talked}:00")
            for moment, is_old in ((last, False), (after, True)):
                with self.subTest(zone=zone, moment=moment):
                    with freeze_time(f"2026-{moment}:00"):
                        checks = lead._get_verdicts()[lead][1].checks
                    reasons = [check.reason for check in checks]
                    self.assertEqual("contact_old" in reasons, is_old)

    def test_a_decision_keeps_the_day_of_the_contact(self):
        (_zone, talked, _last, after), _other = self.AGES
        lead = self.create_lead()
        lead._log_contact("Talked", "reached", date=f"2026-{talked}:00")
        with freeze_time(f"2026-{after}:00"):
            lead._log_refusals(lead._decide_entry("wizard"), "wizard")
            facts = lead._collect_facts()[lead.id]
        kept = lead.sudo().qualification_decision_ids.facts
        self.assertEqual(kept["contact_day"], "2026-10-17")
        self.assertEqual(backtest.read_snapshot(kept).facts.contact_age, 15)
        self.assertEqual(facts.contact_age, 15)
        del kept["contact_day"]
        self.assertEqual(backtest.read_snapshot(kept).facts.contact_age, 14, "as then")

    def test_an_answers_last_day_is_the_companys(self):
        self.size.validity_days = 10
        self.profile._add_version()
        lead = self.create_lead()
        for zone, answered, last in (
            ("America/Los_Angeles", "10-22 02:00", TODAY),
            ("Pacific/Auckland", "10-21 12:00", TOMORROW),
        ):
            self.company.resource_calendar_id.tz = zone
            lead.save_qualification_answer(self.size.id, "Large")
            answer = lead.sudo().qualification_answer_ids
            answer.date = f"2026-{answered}:00"
            self.assertEqual(answer.expires_on, last)
        self.company.resource_calendar_id.tz = "UTC"
        self.assertEqual(answer.expires_on, TODAY, "another zone has other days")
        self.assertEqual(self.env["crm.qualification.check"]._compare(), {})

    def test_an_update_moves_last_days_into_the_companys_zone(self):
        self.size.validity_days = 10
        leads = self.create_lead() | self.create_lead()
        with freeze_time("2026-10-22 02:00:00"):
            for lead in leads:
                lead.save_qualification_answer(self.size.id, "Large")
            self.env.flush_all()
        answers = leads.sudo().qualification_answer_ids
        answers[1].date = "2026-10-21 12:00:00"
        self.env.flush_all()
        # as it was in UTC
        self.env.cr.execute(
            "UPDATE crm_qualification_answer SET expires_on = '2026-11-01'"
            " WHERE id = %s",
            [answers[0].id],
        )
        self.env.invalidate_all()
        path = file_path("sales_nemo/migrations/19.0.1.6.8/post-validity.py")
        spec = importlib.util.spec_from_file_location("post_validity", path)
        script = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(script)
        with freeze_time(NIGHT):
            script.migrate(self.env.cr, "19.0.1.6.7")
            self.env.invalidate_all()
            self.assertEqual(answers.mapped("expires_on"), [TODAY, TODAY])
            self.assertTrue(answers[0].is_expired)

    def test_a_moment_is_told_in_the_readers_zone_and_noted_in_the_companys(self):
        lead = self.create_lead()
        with freeze_time(AFTERNOON):
            lead._log_contact("No luck", "no_answer", date=datetime(2026, 11, 1, 0, 10))
            self.assertIn("11/01/2026", self.get_reason(lead, "contacted"))
            self.rep.tz = "America/New_York"
            self.assertIn("10/31/2026", self.get_reason(lead, "contacted"))
            self.rep.tz = "Pacific/Auckland"
            lead._log_refusals(lead._decide_entry("wizard"), "wizard")
            verdict = lead._get_verdicts()[lead][1]
        self.assertIn("10/31/2026", lead._get_refused_note(verdict))
        decision = lead.sudo().qualification_decision_ids.with_user(self.rep)
        decision = decision.with_context(tz=self.rep.tz)
        self.assertIn("11/01/2026", decision.summary)

    def test_the_brief_tells_days_of_the_company(self):
        deal = self.create_opportunity()
        deal._log_contact("Talked", "reached", date=datetime(2026, 10, 30, 0, 10))
        self.lose(deal, self.late)
        deal.sudo().date_closed = datetime(2026, 10, 31, 0, 20)
        deal.sudo().recycle_date = TODAY
        with freeze_time(NIGHT):
            new = self.recycle(deal).with_env(self.env(su=True))
        brief = new.message_ids[0].body
        self.assertIn("10/30/2026", brief)
        self.assertIn("10/29/2026", brief)
