from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tools import SQL, mute_logger

from ...models.pipeline import crm_qualification_check
from ...models.pipeline.crm_qualification_check import KINDS
from ..common import QualificationCase

LOGGER = "odoo.addons.sales_nemo.models.pipeline.crm_qualification_check"
# What was said, and what follows from it.
TABLES = (
    "crm_lead",
    "crm_lead_commitment",
    "crm_lead_need",
    "crm_lead_role",
    "crm_qualification_answer",
    "crm_qualification_decision",
    "crm_qualification_profile",
    "mail_activity",
    "mail_message",
    "res_partner",
)
# What people say of each.
FACTS = {
    "crm_lead_commitment": "name, state, date_deadline, create_uid",
    "crm_lead_need": "name, state, create_uid",
    "crm_qualification_answer": "criterion_id, choice_id, value_yes_no, date, user_id",
    "crm_qualification_decision": "lead_id, outcome, date, user_id",
    "mail_message": "body, author_id, date",
}


class TestRepair(QualificationCase):
    """What SQL left wrong is put right on demand, and nothing else is touched."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["res.partner"].create(
            {"name": "Acme", "is_company": True, "email": "us@acme.example"}
        )
        cls.open = cls.create_qualified_lead(partner_id=cls.account.id)
        cls.lost, cls.deal = cls.create_qualified_lead(), cls.create_qualified_lead()
        for lead in (cls.open, cls.lost, cls.deal):
            lead.save_qualification_answer(cls.budget.id, "yes")
        cls.lost.sudo().action_set_lost()
        cls.deal.convert_opportunity(False)
        cls.deal.sudo().action_set_won()
        cls.pooled = cls.env["crm.lead"].create(
            {"name": "Back", "type": "lead", "user_id": False, "is_pooled": True}
        )
        cls.env.flush_all()
        cls.checks = cls.env["crm.qualification.check"].with_user(cls.manager)

    def set(self, records, name, value):
        self.env.flush_all()
        query = "UPDATE %s SET %s = %s WHERE id = ANY(%s)"
        table, column = map(SQL.identifier, (records._table, name))
        self.env.cr.execute(SQL(query, table, column, value, records.ids))
        self.env.invalidate_all()

    def find(self):
        """What a check finds: ``{kind: how many}``."""
        self.checks.action_check_data()
        found = self.checks.search([("count", ">", 0)])
        return {KINDS[check.kind]: check.count for check in found}

    def get_check(self, name):
        return self.checks.search([]).filtered(lambda check: KINDS[check.kind] == name)

    def repair(self):
        self.checks.search([("count", ">", 0)]).action_repair()

    def read_rows(self):
        """All rows, with where they lie: that changes with each write."""
        self.env.flush_all()
        read = "SELECT ctid::text, t::text FROM %s t ORDER BY id"
        return {
            table: self.env.execute_query(SQL(read, SQL.identifier(table)))
            for table in TABLES
        }

    def read_facts(self):
        self.env.flush_all()
        facts = {}
        for table, columns in FACTS.items():
            self.env.cr.execute(f"SELECT {columns} FROM {table} ORDER BY id")
            facts[table] = self.env.cr.fetchall()
        return facts

    def assertRepairs(self, kind, records, **wrong):
        """SQL's values are found as this kind, repaired, and then found no more."""
        right = records.read([*wrong], load=None)
        facts = self.read_facts()
        for name, value in wrong.items():
            self.set(records, name, value)
        self.assertNotEqual(records.read([*wrong], load=None), right)
        self.assertIn(kind, self.find())
        self.repair()
        self.env.invalidate_all()
        self.assertEqual(records.read([*wrong], load=None), right)
        self.assertEqual(self.read_facts(), facts)
        self.assertEqual(self.find(), {})

    def test_verdicts_of_closed_records(self):
        closed = (self.lost | self.deal).sudo()
        self.assertRepairs(
            "Verdicts",
            closed,
            qualification_state="blocked",
            qualification_score=12,
            qualification_grade="d4",
        )

    def test_what_was_closed_before_todays_policy_keeps_its_verdict(self):
        self.set(self.lost | self.deal, "date_closed", "2026-01-01 12:00:00")
        before = self.lost.qualification_score, self.deal.qualification_score
        profile = self.profile.with_user(self.manager)
        draft = profile.browse(profile.action_change()["res_id"])
        draft.criterion_ids[0].weight += 3
        draft.publish()
        self.env.flush_all()
        self.assertEqual(self.find(), {})
        after = self.lost.qualification_score, self.deal.qualification_score
        self.assertEqual(after, before)

    def test_states_of_answers(self):
        closed = (self.lost | self.deal).with_context(active_test=False).sudo()
        answers = (closed | self.open).qualification_answer_ids
        self.assertEqual(len(answers), 3)
        self.assertRepairs("States of Answers", answers, state="not_met", points=0)
        self.assertRepairs("Expired Answers", answers, is_expired=True)

    def test_verdicts_that_followed_wrong_answers(self):
        leads = (self.open | self.deal).sudo()
        answers = leads.qualification_answer_ids
        scores = leads.mapped("qualification_score")
        self.set(answers, "points", 0)
        leads._review_qualification()
        self.assertNotEqual(leads.mapped("qualification_score"), scores)
        self.assertEqual(self.find(), {"States of Answers": 2, "Verdicts": 2})
        self.repair()
        self.assertEqual(leads.mapped("qualification_score"), scores)
        self.assertEqual(self.find(), {})

    def test_the_pool(self):
        self.assertTrue(self.pooled.is_up_for_grabs)
        self.assertRepairs("Up for Grabs", self.pooled, is_up_for_grabs=False)
        self.assertRepairs("Up for Grabs", self.lost.sudo(), is_up_for_grabs=True)

    def test_contact(self):
        leads = (self.open | self.lost | self.deal).sudo()
        self.assertRepairs(
            "Contact Status", leads, contact_state="none", contact_date="2020-01-01"
        )

    def test_lifecycles(self):
        self.set(self.account, "crm_lifecycle", '{"1": "customer"}')
        self.assertEqual(self.find(), {"Lifecycles": 1})
        self.repair()
        self.assertEqual(self.account.crm_lifecycle, "lead")
        self.assertEqual(self.find(), {})

    def test_what_only_others_may_carry(self):
        for kind, name, value in (
            ("Deadlines", "qualification_deadline", "2026-01-05"),
            ("Still to Be Judged", "is_unjudged", True),
        ):
            with self.subTest(kind=kind):
                self.assertRepairs(kind, self.open.sudo(), **{name: value})

    def test_a_reminder_of_what_is_closed_goes(self):
        day = Datetime.add(Datetime.now(), days=2)
        values = {"name": "Demo", "lead_id": self.open.id, "date_deadline": day}
        promise = self.env["crm.lead.commitment"].create(values)
        activity = promise.activity_id
        self.set(promise, "state", "kept")
        self.assertEqual(self.find(), {"Reminders of Commitments": 1})
        self.repair()
        self.assertFalse(activity.exists())
        self.assertEqual(promise.state, "kept")
        self.assertEqual(self.find(), {})

    def test_an_exception_that_is_over_is_shown_no_more(self):
        exceptions = self.env["crm.qualification.exception"]
        asked = exceptions.create(
            {"lead_id": self.open.id, "goal": "conversion", "state": "declined"}
        )
        self.set(self.open, "qualification_exception_id", asked.id)
        self.assertEqual(self.find(), {"Exceptions Asked For": 1})
        self.repair()
        self.assertFalse(self.open.qualification_exception_id)
        self.assertEqual(asked.state, "declined")
        self.assertEqual(self.find(), {})

    def test_what_is_right_is_not_touched(self):
        self.set(self.open, "qualification_score", 12)
        self.find()
        # meanwhile somebody else put it right
        self.set(self.open, "qualification_score", 75)
        rows = self.read_rows()
        self.repair()
        self.assertEqual(self.read_rows(), rows)
        self.assertEqual(self.find(), {})
        self.assertEqual(self.read_rows(), rows)

    def test_one_kind_alone(self):
        self.set(self.pooled, "is_up_for_grabs", False)
        self.set(self.deal, "qualification_score", 12)
        answers = self.open.qualification_answer_ids
        self.set(answers, "expires_on", "2026-01-05")
        self.assertEqual(
            self.find(), {"Validity of Answers": 1, "Verdicts": 1, "Up for Grabs": 1}
        )
        self.get_check("Verdicts").action_repair()
        self.assertEqual(self.deal.qualification_score, 75)
        self.assertFalse(self.pooled.is_up_for_grabs)
        self.assertTrue(answers.expires_on)
        self.assertTrue(self.get_check("Validity of Answers").count)
        self.assertTrue(self.get_check("Up for Grabs").count)

    def test_what_only_people_know_is_said(self):
        self.set(self.budget, "guidance", '{"en_US": "Ask for it"}')
        self.assertEqual(self.find(), {"Published Profiles": 1})
        check = self.get_check("Published Profiles")
        self.assertEqual(check.state, "left")
        self.repair()
        self.assertEqual((check.state, check.count), ("left", 1))
        self.assertEqual(self.budget.guidance, "Ask for it")

    def test_only_administrators_repair(self):
        self.set(self.open, "qualification_score", 12)
        self.find()
        check = self.checks.search([("count", ">", 0)])
        for user in (self.rep_all, self.approver):
            with self.assertRaises(AccessError):
                check.with_user(user).action_repair()
        with self.assertRaises(AccessError):
            check.write({"count": 0})
        self.assertEqual(self.open.qualification_score, 12)

    def test_many_in_the_background_batch_by_batch(self):
        answers = (self.open | self.deal).qualification_answer_ids
        leads = (self.open | self.lost | self.deal).sudo()
        self.set(answers, "points", 0.5)
        self.set(leads, "qualification_score", 12)
        job = self.env.ref("sales_nemo.ir_cron_check")
        with patch.object(crm_qualification_check, "BATCH", 2):
            self.assertEqual(self.find(), {"States of Answers": 2, "Verdicts": 3})
            self.repair()
            self.assertEqual(set(leads.mapped("qualification_score")), {12})
            triggers = self.env["ir.cron.trigger"]
            self.assertTrue(triggers.search([("cron_id", "=", job.id)]))
            with self.enter_registry_test_mode():
                job.method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(set(leads.mapped("qualification_score")), {75})
        self.assertEqual(set(answers.mapped("points")), {1})
        self.assertEqual(self.find(), {})

    def test_one_that_cannot_be_computed_stops_no_other(self):
        kept = self.lost.sudo().closing_values
        self.set(self.lost, "closing_values", '"broken"')
        self.set(self.open | self.deal, "qualification_score", 12)
        with self.assertLogs(LOGGER, "ERROR") as log:
            self.assertEqual(self.find(), {"Verdicts": 3})
        [said] = log.output
        self.assertIn(f"qualification_state of {self.lost.id} can't", said)
        check = self.get_check("Verdicts")
        self.assertEqual(check.state, "failing")
        with self.assertLogs(LOGGER, "ERROR") as log:
            check.action_repair()
        self.assertEqual(len(log.output), 1)
        self.assertEqual((check.state, check.record_ids), ("failing", self.lost.ids))
        self.assertEqual(
            (self.open | self.deal).mapped("qualification_score"), [75, 75]
        )
        # somebody mends what it follows from
        self.lost.sudo().closing_values = kept
        check.action_repair()
        self.assertEqual(self.find(), {})

    def test_two_who_begin_at_once_do_not_check_twice(self):
        self.checks._begin()
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.cr.savepoint(),
        ):
            # what the other one has begun is not seen yet
            kind, model = "crm.lead.contact_state", "crm.lead"
            self.checks.sudo().create({"kind": kind, "model": model})

    def test_a_stopped_check_goes_on_where_it_was(self):
        self.set(self.open | self.deal, "qualification_score", 12)
        with patch.object(crm_qualification_check, "BATCH", 1):
            checks = self.env["crm.qualification.check"]
            checks._begin()
            for _batch in range(5):
                checks._go_on("checking")
            with self.enter_registry_test_mode():
                self.env.ref("sales_nemo.ir_cron_check").method_direct_trigger()
        self.env.invalidate_all()
        found = self.checks.search([("count", ">", 0)])
        self.assertEqual(found, self.get_check("Verdicts"))
        self.assertEqual(found.record_ids, (self.open | self.deal).ids)
        self.assertEqual(set(self.checks.search([]).mapped("state")), {"found"})


class TestNightly(QualificationCase):
    """Each night all is checked; managers hear of it only if something is off."""

    def check_at_night(self):
        with self.enter_registry_test_mode():
            self.env.ref("sales_nemo.ir_cron_check").method_direct_trigger()
        self.env.invalidate_all()

    def get_number(self, user):
        home = self.env["crm.qualification.home"].with_user(user).get_home()
        return [number for number in home["today"] if number["key"] == "check"]

    def test_managers_find_what_is_off_on_their_home(self):
        lead = self.create_qualified_lead()
        self.env.flush_all()
        query = "UPDATE crm_lead SET qualification_score = 12 WHERE id = %s"
        self.env.cr.execute(query, lead.ids)
        self.env.invalidate_all()
        self.check_at_night()
        [number] = self.get_number(self.manager)
        self.assertEqual(number["count"], 1)
        self.assertEqual(number["label"], "to repair in stored data")
        opened = self.env[number["model"]].with_user(self.manager)
        check = opened.search(number["domain"])
        self.assertEqual(KINDS[check.kind], "Verdicts")
        self.assertFalse(self.get_number(self.rep_all))
        self.assertEqual(lead.qualification_score, 12)
        check.action_repair()
        self.assertFalse(self.get_number(self.manager))

    def test_one_that_cannot_be_computed_is_told_once_and_counted(self):
        first, last = self.create_qualified_lead(), self.create_qualified_lead()
        (first | last).sudo().action_set_lost()
        self.env.flush_all()
        query = "UPDATE crm_lead SET closing_values = '1' WHERE id = ANY(%s)"
        self.env.cr.execute(query, [(first | last).ids])
        self.env.invalidate_all()
        with self.assertLogs(LOGGER, "ERROR") as log:
            self.check_at_night()
        self.assertEqual(len(log.output), 1)
        [number] = self.get_number(self.manager)
        check = self.env[number["model"]].search(number["domain"])
        self.assertEqual((check.state, check.count), ("failing", 2))
        self.assertFalse(
            self.env["crm.qualification.check"].search([("state", "=", "checking")])
        )

    def test_silent_while_all_is_right(self):
        self.create_qualified_lead()
        messages = self.env["mail.message"].search_count([])
        self.check_at_night()
        self.assertTrue(self.env["crm.qualification.check"].search_count([]))
        self.assertFalse(self.get_number(self.manager))
        self.assertEqual(self.env["mail.message"].search_count([]), messages)
