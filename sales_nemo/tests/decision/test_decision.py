"""The decision log: append-only, with the facts that the gate saw."""

import json

from odoo import Command
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger
from odoo.tools.misc import format_date

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestDecision(QualificationCase):
    def test_what_is_kept(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        lead.convert_opportunity(lead.partner_id)
        decision = lead.qualification_decision_id
        self.assertEqual(decision.lead_id, lead)
        self.assertEqual(decision.user_id, self.rep)
        self.assertEqual(decision.profile_id, self.profile)
        self.assertEqual((decision.outcome, decision.path), ("passed", "convert"))
        self.assertEqual(decision.score, 75)
        self.assertEqual(decision.grade, "a1")
        self.assertFalse(decision.is_pending)
        self.assertEqual(
            decision.facts["needs"],
            [{"name": "Speed", "state": "confirmed", "origin": "person"}],
        )
        self.assertEqual(decision.facts["contact"]["proof"], lead.contact_message_id.id)
        self.assertEqual(decision.facts["answers"][0]["value"], "yes")
        self.assertTrue(decision.verdict["passed"])

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.models.unlink")
    def test_append_only_for_everyone(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        decision = lead.sudo().qualification_decision_id
        admin = self.env.ref("base.user_admin")
        for user in (self.rep, self.rep_all, self.manager, self.approver, admin):
            log = decision.with_user(user)
            for walk in (
                lambda log=log: log.write({"outcome": "refused"}),
                lambda log=log: log.write({"is_pending": True}),
                lambda log=log: log.unlink(),
                lambda log=log: log.copy(),
                lambda log=log: log.create(
                    {"lead_id": lead.id, "path": "convert", "outcome": "passed"}
                ),
            ):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    walk()
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            decision.outcome = "refused"
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            decision.unlink()

    @mute_logger("odoo.models.unlink")
    def test_survives_the_user(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        decision = lead.sudo().qualification_decision_id
        self.assertEqual(decision.user_name, self.rep.name)
        self.assertEqual(decision._fields["user_id"].ondelete, "set null")

    def test_another_companys_answers_are_not_told(self):
        """They count, but everybody reads the log of a lead without a company."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        their_rep = self.rep.copy(
            {
                "login": "their_rep",
                "company_id": other.id,
                "company_ids": [Command.set(other.ids)],
            }
        )
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        asked = self.budget.copy(
            {"scope": "account", "answer_type": "text", "profile_id": self.profile.id}
        )
        self.env["crm.qualification.answer"].with_user(their_rep).create(
            {"partner_id": account.id, "criterion_id": asked.id, "value": "Secret"}
        )
        values = {"type": "lead", "team_id": False, "partner_id": account.id}
        open_lead, their_lead = self.env["crm.lead"].create(
            [
                values | {"name": name, "user_id": their_rep.id, "company_id": company}
                for name, company in (("Open", False), ("Theirs", other.id))
            ]
        )
        self.assertFalse(open_lead.company_id)
        for lead, told in ((open_lead, ""), (their_lead, "Secret")):
            with self.subTest(lead=lead.name):
                lead._log_refusals(lead._decide_entry("wizard"), "wizard")
                facts = lead.qualification_decision_ids.facts
                answers = {answer["key"]: answer for answer in facts["answers"]}
                self.assertEqual(answers[asked.id]["state"], "met")
                self.assertEqual(answers[asked.id]["value"], told)
        seen = open_lead.with_user(self.rep_all).qualification_decision_ids
        self.assertNotIn("Secret", json.dumps(seen.read(), default=str))

    def test_survives_the_lead(self):
        lead = self.create_qualified_lead("Gone")
        lead.convert_opportunity(lead.partner_id)
        decision = lead.sudo().qualification_decision_id
        lead.sudo().unlink()
        decision.invalidate_recordset()
        self.assertEqual(decision.lead_name, "Gone")
        self.assertFalse(decision.lead_id)

    def test_unchanged_refusals_are_logged_once(self):
        lead = self.create_lead()
        log = self.env["crm.qualification.decision"].search

        def refuse():
            lead._log_refusals(lead._decide_entry("wizard"), "wizard")
            return len(log([("lead_id", "=", lead.id)]))

        self.assertEqual([refuse(), refuse()], [1, 1])
        lead._log_contact("We talked", "reached")
        self.assertEqual([refuse(), refuse()], [2, 2])

    def test_unchanged_refusals_are_logged_once_in_whatever_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.budget.requirement = "met"
        self.budget.with_context(lang="fr_FR").name = "Un budget ?"
        lead = self.create_lead()
        for lang in ("en_US", "fr_FR"):
            reader = lead.with_context(lang=lang)
            reader._log_refusals(reader._decide_entry("wizard"), "wizard")
            refused = lead.sudo().qualification_decision_ids
            self.assertEqual(len(refused), 1)
        self.budget.requirement = "none"
        self.size.requirement = "met"
        lead._log_refusals(lead._decide_entry("wizard"), "wizard")
        lead.invalidate_recordset()
        self.assertEqual(len(lead.sudo().qualification_decision_ids), 2)

    def test_summary_names_all_reasons(self):
        lead = self.create_lead()
        lead._log_refusals(lead._decide_entry("wizard"), "wizard")
        summary = lead.sudo().qualification_decision_ids.summary
        self.assertEqual(len(summary.splitlines()), 4)

    def test_reasons_are_told_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        lead = self.create_lead()
        message = lead._log_contact("Nobody there", "no_answer")
        lead._log_refusals(lead._decide_entry("wizard"), "wizard")
        decision = lead.sudo().qualification_decision_ids
        days = set()
        for lang in ("en_US", "fr_FR"):
            reader = decision.with_context(lang=lang)
            day = format_date(reader.env, message.date)
            reasons = {check["key"]: check["reason"] for check in reader.checks}
            self.assertIn(day, reasons["contacted"])
            self.assertIn(day, reader.summary)
            days.add(day)
        self.assertEqual(len(days), 2)

    def test_reasons_of_earlier_versions_stay_as_they_were_told(self):
        lead = self.create_lead()
        lead._log_refusals(lead._decide_entry("wizard"), "wizard")
        decision = lead.sudo().qualification_decision_ids
        told = {
            "key": "contacted",
            "name": "Contacted",
            "state": "failed",
            "reason": "No reply yet: 100 % silence.",
        }
        self.env.cr.execute(
            "UPDATE crm_qualification_decision SET verdict = %s WHERE id = %s",
            [json.dumps({"passed": False, "checks": [told]}), decision.id],
        )
        decision.invalidate_recordset()
        self.assertEqual(decision.checks, [told])
        self.assertEqual(decision.summary, "Contacted: No reply yet: 100 % silence.")
