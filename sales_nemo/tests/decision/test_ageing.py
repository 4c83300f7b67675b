"""What time does to facts, without anybody touching them."""

from datetime import datetime, timedelta

from freezegun import freeze_time

from odoo.fields import Date, Datetime
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestAgeing(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.write({"age_fresh": 10, "age_recent": 20, "age_old": 30})

    def age(self, days=0):
        """Run the job as it will run in some days."""
        job = self.env.ref("sales_nemo.ir_cron_qualification_age")
        # all that is pending is of today
        self.env.flush_all()
        with (
            freeze_time(datetime.now() + timedelta(days=days)),
            self.enter_registry_test_mode(),
        ):
            job.method_direct_trigger()

    def contacted(self, days_ago, **values):
        lead = self.create_lead(**values)
        day = Datetime.subtract(Datetime.now(), days=days_ago)
        lead._log_contact("We talked", "reached", date=day)
        return lead

    def test_grade_has_two_axes(self):
        lead = self.create_lead()
        self.assertEqual(lead.qualification_grade, "d4")
        lead._log_contact("We talked", "reached")
        self.assertEqual(lead.qualification_grade, "d1")
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assertEqual(lead.qualification_grade, "a1")
        lead.save_qualification_answer(self.budget.id, "no")
        lead.save_qualification_answer(self.size.id, "Large")
        self.assertEqual(lead.qualification_grade, "c1")

    def test_no_profile_no_grade(self):
        self.profile.enforcement = "off"
        self.assertEqual(self.create_lead().qualification_grade, "none")
        self.profile.active = False
        self.assertEqual(self.create_lead().qualification_grade, "none")

    def test_contacts_age_by_the_profiles_limits(self):
        grades = {
            days: self.contacted(days).qualification_grade
            for days in (0, 10, 11, 20, 21, 30, 31)
        }
        self.assertEqual(
            grades,
            {0: "d1", 10: "d1", 11: "d2", 20: "d2", 21: "d3", 30: "d3", 31: "d4"},
        )

    def test_job_moves_what_crosses_a_limit(self):
        leads = self.contacted(0) | self.contacted(5) | self.contacted(15)
        leads.flush_recordset()
        self.age(6)
        self.assertEqual(leads.mapped("qualification_grade"), ["d1", "d2", "d3"])
        self.age(11)
        self.assertEqual(leads.mapped("qualification_grade"), ["d2", "d2", "d3"])
        self.age(40)
        self.assertEqual(leads.mapped("qualification_grade"), ["d4", "d4", "d4"])

    def test_job_says_what_the_gate_says(self):
        leads = self.leads.concat(*(self.contacted(day) for day in range(0, 40, 3)))
        leads.flush_recordset()
        self.age(7)
        by_job = leads.mapped("qualification_grade")
        with freeze_time(datetime.now() + timedelta(days=7)):
            leads._review_qualification()
            self.assertEqual(leads.mapped("qualification_grade"), by_job)

    def test_job_touches_only_what_crosses_a_limit(self):
        leads = self.contacted(0) | self.contacted(9)
        leads.flush_recordset()
        query = "SELECT id, xmin FROM crm_lead WHERE id = ANY(%s)"
        self.env.cr.execute(query, [leads.ids])
        before = dict(self.env.cr.fetchall())
        self.age(3)
        self.env.cr.execute(query, [leads.ids])
        after = dict(self.env.cr.fetchall())
        self.assertEqual(leads.mapped("qualification_grade"), ["d1", "d2"])
        self.assertEqual(before[leads[0].id], after[leads[0].id])
        self.assertNotEqual(before[leads[1].id], after[leads[1].id])

    def test_time_stops_for_closed_records(self):
        won, lost = self.create_qualified_lead(), self.create_qualified_lead()
        self.size.validity_days = 5
        (won | lost).mapped(
            lambda lead: lead.save_qualification_answer(self.size.id, "Large")
        )
        (won | lost).convert_opportunity(self.env["res.partner"])
        won.action_set_won()
        lost.action_set_lost()
        before = (won | lost).mapped("qualification_grade")
        self.assertEqual(before, ["c1", "c1"])
        self.age(100)
        self.assertEqual((won | lost).mapped("qualification_grade"), before)
        self.assertFalse(won.qualification_answer_ids.is_expired)
        with freeze_time(datetime.now() + timedelta(days=100)):
            (won | lost)._review_qualification()
            self.assertEqual((won | lost).mapped("qualification_grade"), before)

    def test_time_stops_for_what_was_lost_when_it_came_in(self):
        values = {"type": "opportunity", "active": False, "probability": 0}
        lost = self.create_lead("Imported", **values)
        self.assertFalse(lost.date_closed)
        self.add_facts(lost)
        before = lost._get_verdicts()[lost][1].grade
        with freeze_time(datetime.now() + timedelta(days=100)):
            self.assertEqual(lost._get_verdicts()[lost][1].grade, before)

    def test_answers_expire(self):
        self.budget.write({"validity_days": 10, "requirement": "met"})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        answer = lead.qualification_answer_ids
        self.assertEqual(answer.expires_on, Date.add(Date.today(), days=10))
        self.age(10)
        self.assertEqual((answer.state, lead.qualification_state), ("met", "ready"))
        self.age(11)
        self.assertEqual((answer.state, answer.is_expired), ("met", True))
        self.assertEqual(lead.qualification_state, "blocked")
        self.assertEqual(lead.qualification_score, 0)
        self.assertEqual(lead.qualification_grade, "d2")
        self.assertEqual(lead.qualification_question_id, self.budget)
        self.assertEqual(lead.qualification_step, "question")
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assertEqual((answer.state, lead.qualification_state), ("met", "ready"))
        self.assertFalse(answer.is_expired)

    def test_what_is_known_expires(self):
        self.budget.write({"validity_days": 10, "requirement": "known"})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "no")
        self.age(10)
        self.assertEqual(lead.qualification_state, "ready")
        self.age(11)
        self.assertEqual(lead.qualification_state, "blocked")
        self.assertIn("criteria_unknown", lead.qualification_failed)

    def test_a_promise_becomes_overdue(self):
        lead = self.create_qualified_lead()
        demo = lead.qualification_commitment_ids
        demo.date_deadline = Date.add(Date.today(), days=3)
        self.age(3)
        self.assertEqual(lead.qualification_step, "convert")
        self.age(4)
        self.assertEqual(lead.qualification_step, "commitments_overdue")
        self.assertIn("Demo", lead.qualification_next_step)
        demo.state = "kept"
        self.assertEqual(lead.qualification_step, "convert")

    def test_a_promise_that_nobody_asks_for_is_not_judged_every_day(self):
        self.profile.commitments_required = 0
        lead = self.create_qualified_lead()
        lead.qualification_commitment_ids.date_deadline = Date.add(
            Date.today(), days=-9
        )
        self.assertNotIn(lead.id, self.env["crm.lead"]._find_late())

    def test_gate_does_not_wait_for_the_job(self):
        self.budget.write({"validity_days": 10, "requirement": "met"})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        with freeze_time(datetime.now() + timedelta(days=11)):
            verdict = lead._get_verdicts()[lead][1]
        self.assertEqual(lead.qualification_state, "ready")
        self.assertEqual([check.key for check in verdict.failed], ["criteria_met"])

    def test_disqualifying_answer_expires(self):
        self.size.validity_days = 10
        lead = self.create_lead()
        lead.save_qualification_answer(self.size.id, "Competitor")
        self.assertEqual(lead.qualification_state, "disqualified")
        self.age(11)
        self.assertEqual(lead.qualification_state, "blocked")

    def test_accounts_answer_expires_for_all_its_leads(self):
        self.size.write({"scope": "account", "validity_days": 10})
        account = self.env["res.partner"].create(
            {"name": "Customer", "is_company": True}
        )
        first = self.create_lead(partner_id=account.id)
        second = self.create_lead(partner_id=account.id)
        first.save_qualification_answer(self.size.id, "Large")
        self.assertEqual(second.qualification_score, 25)
        self.age(11)
        self.assertEqual((first | second).mapped("qualification_score"), [0, 0])

    def test_time_does_not_sign_answers(self):
        self.budget.validity_days = 10
        lead = self.create_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        answer = lead.qualification_answer_ids
        before = answer.user_id, answer.date
        self.age(11)
        self.assertEqual((answer.user_id, answer.date), before)

    def test_lead_scoring_follows(self):
        """Other addons' fields that depend on a grade are told of it."""
        self.env["ir.config_parameter"].set_param(
            "crm.pls_fields", "qualification_grade"
        )
        lead = self.contacted(9)
        lead.flush_recordset()
        field = self.env["crm.lead"]._fields["automated_probability"]
        self.registry._setup_models__(self.env.cr, ["crm.lead"])
        self.addCleanup(self.registry._setup_models__, self.env.cr, ["crm.lead"])
        lead.modified(["qualification_grade"])
        self.assertIn(lead.id, self.env.transaction.tocompute.get(field, ()))
