"""Decisions of the log, judged again, and handed to an auditor."""

import json
from datetime import timedelta

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import HttpCase, tagged
from odoo.tools import SQL, mute_logger

from ..common import QualificationCase
from .test_stages import StageCase


class ReplayCase(QualificationCase):
    def judge(self, decisions):
        self.env.flush_all()
        self.env.invalidate_all()
        return decisions.sudo(False).with_user(self.manager).judge_again()

    def assert_same(self, decisions):
        self.assertTrue(decisions)
        for found in self.judge(decisions):
            self.assertFalse(found["differences"] or found["problem"], found)

    def spoil(self, decision, name, value):
        query = "UPDATE crm_qualification_decision SET %s = %s WHERE id = %s"
        self.env.cr.execute(SQL(query, SQL.identifier(name), value, decision.id))

    def convert(self, **values):
        lead = self.create_qualified_lead(**values)
        lead.save_qualification_answer(self.budget.id, "yes")
        lead.save_qualification_answer(self.size.id, "Medium")
        lead.convert_opportunity(False)
        return lead.sudo().qualification_decision_id


@tagged("post_install", "-at_install")
class TestReplay(ReplayCase):
    def test_whoever_came_to_the_gate_comes_out_the_same(self):
        self.convert()
        refused = self.create_lead()
        refused._log_refusals(refused._decide_entry("link"), "link")
        meagre = self.create_qualified_lead()
        self.env["crm.lead.need"].search(
            [("lead_id", "=", meagre.id)]
        ).state = "suspected"
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.approver)
        dialogs.with_context(active_model="crm.lead", active_id=meagre.id).create(
            {"lead_id": meagre.id, "name": "convert", "override_reason": "Big"}
        ).action_override()
        direct = self.create_lead(type="opportunity")
        self.add_facts(direct)
        late = self.create_lead(type="opportunity")
        late.sudo().action_set_won()
        decisions = self.env["crm.qualification.decision"].search(
            [("profile_id", "=", self.profile.id)]
        )
        outcomes = {"passed", "refused", "overridden", "flagged", "settled"}
        self.assertEqual(set(decisions.mapped("outcome")), outcomes)
        self.assert_same(decisions)

    def test_the_version_judges_not_what_rules_now(self):
        decision = self.convert()
        [content] = decision.version_id.mapped("content")
        content["needs_required"] = 3
        content["criteria"] = content["criteria"][:1]
        content["criteria"][0]["requirement"] = "met"
        content["criteria"][0]["expected"] = "no"
        self.profile.sudo()._publish_content(content)
        self.assertNotEqual(self.profile.version_id, decision.version_id)
        self.assert_same(decision)

    def test_what_was_changed_by_hand_is_named(self):
        decision = self.convert()
        self.spoil(decision, "score", 12)
        [found] = self.judge(decision)
        self.assertEqual(found["differences"], ["Score: 12 → 87.5"])
        self.spoil(decision, "outcome", "refused")
        self.assertIn(
            "Let through by the facts: No → Yes", self.judge(decision)[0]["differences"]
        )

    def test_facts_that_were_changed_by_hand_are_named(self):
        decision = self.convert()
        facts = dict(decision.facts, needs=[])
        self.spoil(decision, "facts", json.dumps(facts))
        differences = self.judge(decision)[0]["differences"]
        self.assertIn("Passed: Yes → No", differences)
        [need] = [line for line in differences if line.startswith("Needs known: ")]
        self.assertIn("Needs confirmed by the customer: 1.", need)
        self.assertIn("0 of 1", need)

    def test_what_was_not_kept_is_said_and_is_no_difference(self):
        for name, value, words in (
            ("version_id", None, "version that judged"),
            ("facts", None, "facts"),
            ("facts", json.dumps({"today": "2026-01-05"}), "facts"),
        ):
            decision = self.convert()
            with self.subTest(name=name, value=value):
                self.spoil(decision, name, value)
                [found] = self.judge(decision)
                self.assertFalse(found["differences"])
                self.assertIn(words, found["problem"])

    @mute_logger("odoo.models.unlink")
    def test_whose_questions_are_gone_is_said(self):
        decision = self.convert()
        self.size.sudo().unlink()
        self.profile._add_version()
        self.assertIn("questions", self.judge(decision)[0]["problem"])

    def test_what_other_addons_said_is_taken_as_it_is(self):
        decision = self.convert()
        check = {"key": "called", "state": "failed", "reason": "Call.", "values": {}}
        checks = [*decision.verdict["checks"], check]
        kept = {"passed": False, "checks": checks}
        self.spoil(decision, "verdict", json.dumps(kept))
        self.spoil(decision, "outcome", "refused")
        self.assert_same(decision)

    def test_the_button_tells_it(self):
        decision = self.convert().with_user(self.rep)
        told = decision.action_judge_again()["params"]
        self.assertEqual(told["type"], "success")
        self.spoil(decision, "grade", "d4")
        self.env.invalidate_all()
        told = decision.action_judge_again()["params"]
        self.assertEqual(told["type"], "danger")
        self.assertIn("Grade: d4 → a1", told["message"])
        self.assertTrue(told["sticky"])

    def test_only_what_one_may_read(self):
        decision = self.convert(user=self.rep_all).with_user(self.rep)
        for walk in (decision.judge_again, decision.action_export_json):
            with self.subTest(walk=walk.__name__), self.assertRaises(AccessError):
                walk()
        with self.assertRaises(UserError):
            decision.browse().judge_again()

    def test_old_facts_by_the_day_then(self):
        """Ages are those of the day of the decision."""
        decision = self.convert()
        before = str(Datetime.now() - timedelta(days=400))
        facts = dict(decision.facts, today=before[:10], contact_day=before[:10])
        contact = dict(facts["contact"], two_way_date=before[:19])
        self.spoil(decision, "facts", json.dumps(facts | {"contact": contact}))
        self.assertFalse(self.judge(decision)[0]["differences"])

    def test_the_queries_dont_grow(self):
        decisions = self.convert() | self.convert()
        self.judge(decisions)
        few = self.count_queries(decisions.judge_again)
        for _number in range(5):
            decisions |= self.convert()
        self.assertLessEqual(self.count_queries(decisions.judge_again), few)


@tagged("post_install", "-at_install")
class TestStagesReplay(ReplayCase, StageCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile._add_version()

    def test_what_stages_asked_is_kept(self):
        deal = self.create_deal(self.qualified)
        entry = deal.sudo().qualification_decision_id
        self.assertEqual(entry.verdict["at"], [None])
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.stage_id = self.proposition
        entered = self.get_last(deal)
        self.assertEqual(entered.verdict["at"], [self.proposition.id])
        self.assert_same(entry | entered)

    def test_also_when_the_order_has_changed_since(self):
        deal = self.create_deal(self.qualified)
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.stage_id = self.proposition
        self.won.sudo().sequence = -1
        self.assert_same(deal.sudo().qualification_decision_ids)

    def test_before_it_was_kept_it_is_said(self):
        deal = self.create_deal(self.qualified)
        entry = deal.sudo().qualification_decision_id
        kept = {k: v for k, v in entry.verdict.items() if k != "at"}
        self.spoil(entry, "verdict", json.dumps(kept))
        self.assertIn("stages", self.judge(entry)[0]["problem"])


@tagged("post_install", "-at_install")
class TestAudit(ReplayCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager.group_ids = [
            Command.link(cls.env.ref("base.group_allow_export").id)
        ]
        cls.manager.password = "manager"

    def test_a_file_has_decisions_facts_and_versions(self):
        first, second = self.convert(), self.convert()
        self.env.flush_all()
        decisions = (first | second).with_user(self.manager)
        self.authenticate("manager", "manager")
        answer = self.url_open(decisions.action_export_json()["url"])
        kept = answer.json()
        ids = [row["id"] for row in kept["decisions"]]
        self.assertEqual(ids, decisions.ids)
        [row, _other] = kept["decisions"]
        self.assertEqual(row["facts"], first.facts)
        self.assertEqual(row["verdict"], first.verdict)
        self.assertEqual(row["lead_id"], first.lead_id.id)
        [version] = kept["versions"]
        self.assertEqual(version["id"], row["version_id"])
        self.assertEqual(version["content"], first.version_id.content)

    def test_who_may_not_export_gets_no_file(self):
        self.manager.group_ids = [
            Command.unlink(self.env.ref("base.group_allow_export").id)
        ]
        with self.assertRaises(AccessError):
            self.convert().with_user(self.manager).action_export_json()

    def test_the_file_is_its_owners(self):
        decision = self.convert().with_user(self.manager)
        url = decision.action_export_json()["url"]
        file = self.env["crm.qualification.decision.file"].search([])
        self.assertIn(str(file.id), url)
        for user in (self.rep, self.approver):
            with self.assertRaises(AccessError):
                file.with_user(user).content  # noqa: B018

    def test_each_column_is_one_of_odoos_own_export(self):
        decision = self.convert().with_user(self.manager)
        known = decision.fields_get(attributes=["exportable"])
        names = [name for name in decision._fields if name in known]
        self.assertTrue(all(known[name]["exportable"] for name in names))
        columns = ["id", "facts", "verdict", "outcome", "score", "version_id/content"]
        [row] = decision.export_data(columns)["datas"]
        shown = dict(zip(columns, row, strict=True))
        self.assertEqual(json.loads(shown["facts"]), decision.facts)
        self.assertEqual(json.loads(shown["verdict"]), decision.verdict)
        content = decision.version_id.content
        self.assertEqual(json.loads(shown["version_id/content"]), content)
