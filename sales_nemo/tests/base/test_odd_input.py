"""Input that is none: ids, domains, keys, numbers and blanks."""

import importlib.util

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import file_path, mute_logger

from ..recycling.recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestOddInput(RecyclingCase):
    def test_ids_that_are_none(self):
        lead = self.create_lead(partner_id=self.person.id)
        account = self.account.with_user(self.rep)
        for odd in (None, False, True, "x", -1, 2**70, [1], {}, {"a": 1}, 3.7):
            for walk in (
                lambda odd=odd: lead.save_qualification_answer(odd, "yes"),
                lambda odd=odd: account.save_account_answer(odd, "yes"),
                lambda odd=odd: lead.prove_by_contact("crm.lead.need", odd),
                lambda odd=odd: lead.prove_by_contact(odd, 1),
            ):
                with self.subTest(odd=odd), self.assertRaises(UserError):
                    walk()

    def test_domains_that_are_none(self):
        wizard = self.env["crm.lead2opportunity.partner.mass"].with_user(self.rep)
        funnel = self.env["crm.qualification.funnel"].with_user(self.rep)
        for odd in (5, "x", [5], [["nothing", "=", 1]], [["name", "?", 1]], ["&"]):
            for walk in (
                lambda odd=odd: wizard.get_preview([], domain=odd),
                lambda odd=odd: funnel.get_funnel(odd),
            ):
                with (
                    self.subTest(odd=odd),
                    self.assertRaisesRegex(UserError, "filter can't be used"),
                ):
                    walk()

    def test_keys_that_are_none(self):
        """What names a number in a client's call may be anything."""
        job = self.env["crm.lead.conversion.job"].with_user(self.rep)
        account = self.account.with_user(self.rep)
        team = self.team.with_user(self.rep)
        for odd in ([], [1], {}, {"a": 1}, 5, None, "x"):
            with self.subTest(odd=odd):
                self.assertFalse(job.action_open_leads("refused", odd)["domain"][0][2])
                leads = account.with_context(crm_kind=odd).action_open_crm_leads()
                self.assertIn("Leads", leads["name"])
                territory = team.with_context(territory_count=odd)
                action = territory.action_open_territory()
                self.assertIn("Territory Size", action["name"])

    def test_a_plan_in_the_context_that_is_none(self):
        """Losing plans what the reason proposes, whatever a client sends along."""
        for odd in ("x", 5, [1], True):
            with self.subTest(odd=odd):
                deal = self.create_opportunity().with_context(
                    lost_plan=odd, qualification_lost_plan=odd
                )
                deal.action_set_lost(lost_reason_id=self.late.id)
                self.assertEqual(deal.recycle_date, self.day(30))

    def test_attempts_of_hidden_records_are_not_told(self):
        deal = self.lose(self.create_opportunity(user=self.rep_all))
        self.recycle(deal)
        for user in self.rep, self.clerk:
            with self.assertRaises(AccessError):
                deal.with_user(user).action_open_attempts()

    def test_numbers_that_break_others(self):
        """A manager is told at once; nobody who works with it later."""
        answer = self.env["crm.qualification.answer"].with_user(self.rep)
        answer.create(
            {
                "lead_id": self.create_lead().id,
                "criterion_id": self.budget.id,
                "value": "yes",
            }
        )
        self.size.weight = 9
        action = self.profile.with_user(self.manager).action_change()
        draft = self.profile.browse(action["res_id"])
        budget = draft.criterion_ids[0]
        for record, name, number in (
            (budget, "weight", -1),
            (budget, "weight", float("nan")),
            (budget, "weight", float("inf")),
            (budget, "weight", 1e308),
            (budget, "validity_days", 10**9),
            (draft, "flag_days", 10**9),
        ):
            with (
                self.subTest(name=name),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.with_user(self.manager).write({name: number})
        for days in (0, 36_501, 10**9):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.late.with_user(self.manager).recycle_days = days

    def test_blanks_are_told_as_missing(self):
        lead = self.create_lead()
        answers = self.env["crm.qualification.answer"].with_user(self.rep)
        with mute_logger("odoo.sql_db"):
            result = answers.load(["lead_id/.id", "value"], [[str(lead.id), "yes"]])
        [message] = result["messages"]
        self.assertIn("required", message["message"])
        answer = answers.create({"lead_id": lead.id, "criterion_id": self.budget.id})
        choice = self.env["crm.qualification.choice"].create(
            {"name": "Big", "criterion_id": self.budget.id}
        )
        contact = self.env["crm.lead.log.contact"].create(
            {"lead_id": lead.id, "outcome": "reached"}
        )
        for record, name in (
            (answer, "criterion_id"), (choice, "name"), (contact, "date"),
        ):  # fmt: skip
            with (
                self.subTest(name=name),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.write({name: False})
                record.flush_recordset()

    def test_a_number_is_told_as_it_is(self):
        self.budget.write({"answer_type": "number", "number_rule": "at_least"})
        self.budget.number_min = 2_000_000
        lead = self.create_lead().with_user(self.rep)
        for value, told in (
            ("1999999", "1999999"), ("12345.67", "12345.67"), ("20", "20"),
            ("1200", "1200"), ("0", "0"), ("-12.5", "-12.5"), ("0.0625", "0.0625"),
        ):  # fmt: skip
            lead.save_qualification_answer(self.budget.id, value)
            [answer] = lead.qualification_answer_ids
            self.assertEqual((answer.value, answer.state), (told, "not_met"))
        self.assertIn("1999999", answer.history)

    def test_defaults_of_who_answers_get_into_no_answer(self):
        lead = self.create_lead().with_user(self.rep)
        odd = {"default_user_id": self.rep_all.id, "default_state": "met"}
        lead.with_context(**odd).save_qualification_answer(self.budget.id, "no")
        [answer] = lead.qualification_answer_ids
        self.assertEqual((answer.user_id, answer.state), (self.rep, "not_met"))

    def test_blanks_are_no_facts(self):
        """As imports bring them: the web client trims what it sends."""
        blanks = {"contact_name": " \t", "partner_name": "Acme"}
        lead = self.create_lead(**blanks).with_user(self.rep)
        self.assertFalse(lead._collect_facts()[lead.id].has_person)
        self.assertIn(lead, lead.search([("qualification_missing", "=", "reachable")]))
        self.budget.answer_type = "text"
        answer = {"lead_id": lead.id, "criterion_id": self.budget.id}
        answer = self.env["crm.qualification.answer"].create(
            answer | {"value_text": " \n"}
        )
        self.assertEqual((answer.state, answer.value), ("unknown", False))
        for model, label in (
            ("crm.lead.need", "Need"),
            ("crm.lead.commitment", "Commitment"),
        ):
            facts = self.env[model].with_user(self.rep)
            fact = facts.create({"lead_id": lead.id, "name": "Fewer forms"})
            with self.assertRaisesRegex(ValidationError, f"“{label}” can't be blank"):
                facts.create({"lead_id": lead.id, "name": " \t"})
            with self.assertRaisesRegex(ValidationError, f"“{label}” can't be blank"):
                fact.name = " "

    def test_what_cannot_be_seen_is_no_fact(self):
        """Zero-width signs, entities and tags, as they are pasted or come by API."""
        approved = self.create_lead(user=self.approver)
        dialog = self.env["crm.lead2opportunity.partner"].with_user(self.approver)
        lead = self.create_lead()
        need = self.env["crm.lead.need"].with_user(self.rep)
        known = need.create({"lead_id": lead.id, "name": "Speed"})
        self.budget.answer_type = "text"
        for odd in (
            "\u200b",
            "\ufeff \u00ad",
            "&nbsp;",
            "<p><br/></p>",
            "\u3164\u2800",
        ):
            with self.subTest(odd=odd):
                with self.assertRaisesRegex(ValidationError, "can't be blank"):
                    need.create({"lead_id": lead.id, "name": odd})
                with self.assertRaisesRegex(UserError, "“name” has to be filled in"):
                    lead.qualification_add_commitment({"name": odd})
                lead.save_qualification_answer(self.budget.id, odd)
                self.assertEqual(lead.qualification_answer_ids.state, "unknown")
                self.assertEqual(known.action_withdraw(odd)["target"], "new")
                values = {"lead_id": approved.id, "name": "convert"}
                opened = dialog.create(values | {"override_reason": odd})
                with self.assertRaisesRegex(ValidationError, "Say why"):
                    opened.action_override()
        lead.save_qualification_answer(self.budget.id, "> 5 <6 & more")
        self.assertEqual(lead.qualification_answer_ids.state, "met")

    def test_signs_that_cannot_be_stored_are_named(self):
        """Half an emoji, as a browser cuts it; nothing that was typed is lost."""
        lead = self.create_qualified_lead()
        fact = {"lead_id": lead.id, "name": "Speed"}
        need = self.env["crm.lead.need"].with_user(self.rep).create(fact)
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        convert = {"lead_id": lead.id, "name": "convert"}
        logs = self.env["crm.lead.log.contact"].with_user(self.rep)
        criterion = self.budget.copy({"profile_id": self.profile.copy().id})
        for odd in ("Fine \ud83d", "a\0b"):
            both = {"name": odd, "detail": odd}
            for walk, label in (
                (lambda o=both: need.create(fact | o), "Detail, Need"),
                (lambda o=odd: need.action_withdraw(o), "Why"),
                (lambda o=odd: lead.write({"name": o}), "Opportunity"),
                (lambda o=odd: dialogs.create(convert | {"need_name": o}), "Need"),
                (lambda o=odd: logs.create({"lead_id": lead.id, "note": o}), "Note"),
                (
                    lambda o=odd: criterion.with_user(self.manager).write({"name": o}),
                    "Question",
                ),
            ):
                with self.subTest(odd=odd, label=label):
                    with self.assertRaisesRegex(UserError, f"Enter anew: {label}"):
                        walk()
            told = need.load(["lead_id/.id", "name"], [[str(lead.id), odd]])
            self.assertIn("Enter anew: Need", told["messages"][0]["message"])
        self.assertTrue(need.active)

    def test_what_was_stored_before_is_judged_anew(self):
        self.budget.answer_type = "text"
        lead, twice = self.create_qualified_lead(), self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        again = {"lead_id": twice.id, "name": "Speed", "state": "confirmed"}
        self.env["crm.lead.need"].with_user(self.rep).create(again)
        self.env.flush_all()
        cr = self.env.cr
        cr.execute("UPDATE crm_qualification_answer SET value_text = '\u200b'")
        cr.execute("UPDATE crm_lead SET qualification_missing_count = 7")
        self.env.invalidate_all()
        path = "sales_nemo/migrations/19.0.1.10.0/post-words.py"
        spec = importlib.util.spec_from_file_location("post_words", file_path(path))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(cr, "19.0.1.9.0")
        self.env.invalidate_all()
        self.assertEqual(lead.qualification_answer_ids.state, "unknown")
        self.assertEqual(lead.qualification_score, 0)
        self.assertEqual(twice.qualification_missing_count, 0)

    def test_what_is_told_twice_is_one(self):
        self.profile.sudo().write({"needs_required": 2, "commitments_required": 2})
        self.profile.sudo()._add_version()
        lead = self.create_qualified_lead()
        again = {"lead_id": lead.id, "name": " speed\u200b"}
        needs = self.env["crm.lead.need"].with_user(self.rep)
        promises = self.env["crm.lead.commitment"].with_user(self.rep)
        same = needs.create(again | {"state": "confirmed"})
        promises.create({"lead_id": lead.id, "name": "DEMO"})
        failed = [check["check"] for check in lead.qualification_check()[0]["failed"]]
        self.assertEqual(failed, ["needs_known", "committed"])
        same.name = "Fewer forms"
        promises.create(
            {"lead_id": lead.id, "name": "Demo", "date_deadline": "2100-01-01"}
        )
        self.assertEqual(lead.qualification_state, "ready")

    def test_no_need_is_newer_than_it_is(self):
        need = self.env["crm.lead.need"].with_user(self.rep)
        vals = {"lead_id": self.create_lead().id, "name": "Fewer forms"}
        with self.assertRaisesRegex(AccessError, "state_date"):
            need.create(vals | {"state_date": "9999-01-01 00:00:00"})
        need = need.create(vals)
        with self.assertRaisesRegex(AccessError, "state_date"):
            need.state_date = "9999-01-01 00:00:00"
