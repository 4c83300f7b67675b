from ast import literal_eval
from contextlib import closing
from unittest.mock import patch

from lxml import etree

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.service.model import call_kw
from odoo.tools import SQL

from ...models.decision import crm_qualification_profile_review as review
from ..common import QualificationCase


class TestCheck(QualificationCase):
    """What SQL left wrong is found, on open and on closed records."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.account = cls.env["res.partner"].create(
            {"name": "Acme", "is_company": True, "email": "us@acme.example"}
        )
        cls.open = cls.create_qualified_lead(partner_id=cls.account.id)
        cls.open.save_qualification_answer(cls.budget.id, "yes")
        cls.lost = cls.create_qualified_lead()
        cls.lost.sudo().action_set_lost()
        cls.deal = cls.create_qualified_lead()
        cls.deal.convert_opportunity(False)
        cls.deal.sudo().action_set_won()
        cls.env.flush_all()

    def find(self):
        return self.env["crm.qualification.check"]._compare()

    def set(self, records, name, value):
        query = "UPDATE %s SET %s = %s WHERE id = ANY(%s)"
        table, column = map(SQL.identifier, (records._table, name))
        self.env.cr.execute(SQL(query, table, column, value, records.ids))
        self.env.invalidate_all()

    def test_what_people_made_is_right(self):
        self.assertEqual(self.find(), {})

    def test_what_was_closed_before_there_was_a_profile_is_right(self):
        lost = self.env["crm.lead"].create({"name": "Old", "type": "lead"})
        lost.action_set_lost()
        for name, value in (
            ("qualification_profile_id", None),
            ("qualification_state", "none"),
            ("qualification_grade", "none"),
            ("qualification_question_id", None),
        ):
            self.set(lost, name, value)
        self.assertEqual(self.find(), {})

    def test_answers_of_closed_records_never_expire(self):
        self.budget.validity_days = 10
        self.profile._add_version()
        long_ago = Datetime.subtract(Datetime.now(), days=40)
        leads = self.lost | self.deal | self.create_qualified_lead()
        leads.sudo().with_context(active_test=False).qualification_answer_ids.unlink()
        answers = self.env["crm.qualification.answer"].create(
            [
                {
                    "criterion_id": self.budget.id,
                    "lead_id": lead.id,
                    "value": "yes",
                    "date": long_ago,
                }
                for lead in leads
            ]
        )
        self.assertEqual(set(answers.mapped("state")), {"met"})
        self.assertEqual(answers.mapped("is_expired"), [False, False, True])
        scores = leads.mapped("qualification_score")
        self.assertEqual(scores, [75, 75, 0])
        self.assertEqual(self.find(), {})
        self.deal.sudo().stage_id = leads[2].stage_id
        self.assertTrue(answers[1].is_expired)
        self.assertEqual(self.deal.qualification_score, 0)
        leads[2].sudo().action_set_lost()
        self.assertFalse(answers[2].is_expired)
        self.assertEqual(leads[2].qualification_score, 75)
        self.env.flush_all()
        self.assertEqual(self.find(), {})

    def test_each_kind_is_found(self):
        answer = self.open.qualification_answer_ids
        for records, name, value in (
            (self.open, "qualification_state", "blocked"),
            (self.lost, "qualification_score", 12),
            (self.open, "qualification_failed", "contacted"),
            (self.deal, "qualification_grade", "a1"),
            (self.lost, "contact_state", "none"),
            (self.open, "is_up_for_grabs", True),
            (self.open, "qualification_deadline", "2026-01-05"),
            (self.open, "is_unjudged", True),
            (answer, "points", 0.5),
            (answer, "is_expired", True),
            (answer, "expires_on", "2026-01-05"),
            (self.account, "crm_lifecycle", '{"1": "customer"}'),
        ):
            kind = f"{records._name}.{name}"
            with self.subTest(kind=kind), closing(self.env.cr.savepoint()):
                self.set(records, name, value)
                found = self.find()
                self.assertEqual([row[0] for row in found[kind]], records.ids)

    def test_a_reminder_of_what_is_closed_is_found(self):
        tomorrow = Datetime.add(Datetime.now(), days=2)
        values = {"name": "Demo", "lead_id": self.open.id, "date_deadline": tomorrow}
        promise = self.env["crm.lead.commitment"].create(values)
        self.assertTrue(promise.activity_id)
        self.assertEqual(self.find(), {})
        self.set(promise, "state", "kept")
        found = self.find()["crm.lead.commitment.activity_id"]
        self.assertEqual(found, [(promise.id,)])

    def test_nothing_is_changed_by_looking(self):
        self.set(self.open, "qualification_score", 12)
        self.find()
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.open.qualification_score, 12)

    def test_managers_see_what_differs(self):
        checks = self.env["crm.qualification.check"]
        with self.assertRaises(AccessError):
            checks.with_user(self.rep_all).action_check_data()
        checks = checks.with_user(self.manager)
        action = checks.action_check_data()
        self.assertFalse(checks.search(literal_eval(action["domain"])))
        self.set(self.open, "qualification_score", 12)
        action = checks.action_check_data()
        [check] = checks.search(literal_eval(action["domain"]))
        self.assertEqual((check.kind, check.count), ("crm.lead.qualification_state", 1))
        opened = check.action_open_records()
        leads = self.env[opened["res_model"]].search(opened["domain"])
        self.assertEqual((opened["name"], leads), ("Verdicts", self.open))

    def test_managers_find_them_among_the_actions_of_the_list(self):
        profiles = self.env["crm.qualification.profile"].with_user(self.manager)
        bound = self.env["ir.actions.actions"].with_user(self.manager)
        names = {
            row["name"]: row["id"]
            for row in bound.get_bindings(profiles._name)["action"]
        }
        for name, kind in (
            ("Check Data", "ir.actions.act_window"),
            ("Read History Again", "ir.actions.client"),
        ):
            action = self.env["ir.actions.server"].browse(names[name])
            chosen = {"active_model": profiles._name, "active_ids": self.profile.ids}
            told = action.with_user(self.manager).with_context(**chosen).run()
            self.assertEqual(told["type"], kind)

    def test_many_leads_are_judged_by_the_history_read_in_the_background(self):
        self.set(self.open, "qualification_state", "blocked")
        page = self.env["res.config.settings"].create({})
        with patch.object(review, "REVIEW_NOW", 1):
            page.action_read_history()
        with self.enter_registry_test_mode():
            cron = self.env.ref("sales_nemo.ir_cron_qualification_review")
            cron.method_direct_trigger()
        self.open.invalidate_recordset()
        self.assertEqual(self.open.qualification_state, "ready")

    def test_one_block_of_the_settings_has_all_of_ours(self):
        settings = self.env["res.config.settings"]
        self.manager.group_ids += self.env.ref("base.group_system")
        settings = settings.with_user(self.manager)
        tree = etree.fromstring(settings.get_view()["arch"])
        ours = tree.xpath("//setting[starts-with(@id, 'sales_nemo')]")
        [block] = {setting.getparent() for setting in ours}
        self.assertEqual(block.get("title"), "Qualification")
        buttons = block.xpath(".//button[@type='object']/@name")
        self.assertEqual(set(buttons), {"action_read_history", "action_check_data"})
        page = settings.create({})
        told = call_kw(settings, "action_read_history", [page.ids], {})
        self.assertEqual(told["params"]["type"], "success")
        opened = call_kw(settings, "action_check_data", [page.ids], {})
        self.assertEqual(opened["res_model"], "crm.qualification.check")
        with self.assertRaises(AccessError):
            settings.with_user(self.rep_all).action_read_history()
