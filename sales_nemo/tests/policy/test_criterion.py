"""Everything that can be wrong with a criterion is said in plain words."""

import json

from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestCriterion(QualificationCase):
    def create_criterion(self, **values):
        return self.env["crm.qualification.criterion"].create(
            {"name": "Question?", "profile_id": self.profile.id} | values
        )

    def assertInvalid(self, words, **values):
        with self.assertRaisesRegex(ValidationError, words), self.env.cr.savepoint():
            self.create_criterion(**values)

    def test_bounds(self):
        self.assertInvalid(
            "lower bound is above",
            answer_type="number",
            number_rule="between",
            number_min=5,
            number_max=4,
        )
        self.assertInvalid(
            "lower bound is above",
            answer_type="date",
            date_min="2026-02-01",
            date_max="2026-01-01",
        )

    @mute_logger("odoo.sql_db")
    def test_negative_numbers(self):
        for values in ({"weight": -1}, {"validity_days": -1}):
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.create_criterion(**values)

    def test_domain(self):
        for domain, words in (
            ("[('no_such_field', '=', 1)]", "no_such_field"),
            ("[('name', '=', ", "can't be used"),
            ("[('name', 'is like', 'x')]", "can't be used"),
            ("nonsense", "can't be used"),
        ):
            with self.subTest(domain=domain):
                self.assertInvalid(words, answer_type="automatic", domain=domain)
        account_field = "[('category_id', '!=', False)]"
        self.assertInvalid("category_id", answer_type="automatic", domain=account_field)
        self.create_criterion(
            answer_type="automatic", scope="account", domain=account_field
        )

    def test_required_choice_needs_a_way_to_pass(self):
        self.assertInvalid(
            "no choice can meet it", answer_type="choice", requirement="met"
        )
        self.assertInvalid(
            "no choice can meet it",
            answer_type="choice",
            requirement="met",
            choice_ids=[(0, 0, {"name": "Half", "points": 50})],
        )
        criterion = self.create_criterion(
            answer_type="choice",
            requirement="met",
            choice_ids=[(0, 0, {"name": "All", "points": 100})],
        )
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            criterion.choice_ids.points = 50
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            criterion.choice_ids.is_disqualifying = True

    def test_choices_differ(self):
        self.assertInvalid(
            "must differ",
            answer_type="choice",
            choice_ids=[(0, 0, {"name": "Same"}), (0, 0, {"name": "same"})],
        )

    def test_answered_questions_keep_their_type(self):
        lead = self.create_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        with self.assertRaisesRegex(ValidationError, "answered already"):
            self.budget.answer_type = "number"

    def test_given_choices_are_not_deleted(self):
        lead = self.create_lead()
        lead.save_qualification_answer(self.size.id, "Large")
        large = self.size.choice_ids.filtered(lambda choice: choice.name == "Large")
        with self.assertRaisesRegex(ValidationError, "Large"), self.env.cr.savepoint():
            large.unlink()

    def test_known_is_any_answer(self):
        self.budget.requirement = "known"
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_state, "blocked")
        [told] = [
            check["reason"]
            for check in lead.get_qualification_sheet()["checks"]
            if check["state"] == "failed"
        ]
        self.assertEqual(told, "Must be known: Budget?")
        for value in ("yes", "no"):
            lead.save_qualification_answer(self.budget.id, value)
            self.assertEqual(lead.qualification_state, "ready")

    def test_a_known_answer_may_rule_out(self):
        self.budget.write({"requirement": "known", "is_disqualifying": True})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "no")
        self.assertEqual(lead.qualification_state, "disqualified")

    def test_all_that_is_required_is_told(self):
        self.budget.requirement = "met"
        self.size.requirement = "known"
        self.profile.score_min = 10
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "no")
        with self.assertRaisesRegex(
            UserError,
            r"Must be met: Budget\? Must be known: Size\? "
            r"The score is 0 %, at least 10 % are needed\.",
        ):
            lead.convert_opportunity(False)
        question = lead.get_qualification_sheet()["questions"][0]
        self.assertEqual(
            (question["name"], question["requirement"]), ("Size?", "known")
        )

    def test_refusals_of_before_are_read_as_they_were(self):
        self.budget.requirement = "met"
        lead = self.create_lead()
        lead._log_refusals(lead._decide_entry("wizard"), "wizard")
        refused = lead.sudo().qualification_decision_ids
        check = {
            "key": "criteria_met",
            "state": "failed",
            "reason": "criteria_and_score",
        }
        values = {"score": 0.0, "required": 10.0, "names": ["Budget?"], "keys": [1]}
        self.env.cr.execute(
            "UPDATE crm_qualification_decision SET verdict = %s WHERE id = %s",
            [json.dumps({"checks": [check | {"values": values}]}), refused.id],
        )
        refused.invalidate_recordset()
        words = "Must be met: Budget? The score is 0 %, at least 10 % are needed."
        self.assertEqual(refused.summary, f"Criteria met: {words}")

    def test_import(self):
        """A file's column takes the value or what it is called."""
        criteria = self.env["crm.qualification.criterion"]
        loaded = criteria.load(
            ["name", "profile_id/.id", "requirement"],
            [[f"{word}?", str(self.profile.id), word] for word in ("met", "Known")],
        )
        self.assertFalse(loaded["messages"])
        found = criteria.browse(loaded["ids"]).mapped("requirement")
        self.assertEqual(found, ["met", "known"])

    def test_automatic_criterion_follows_its_fields(self):
        criterion = self.create_criterion(
            answer_type="automatic",
            requirement="met",
            domain=(
                "[('partner_id.country_id.code', '=', 'BE'), ('city', '=', 'Ghent')]"
            ),
        )
        partner = self.env["res.partner"].create(
            {"name": "Ann", "country_id": self.env.ref("base.be").id}
        )
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_state, "blocked")
        lead.write({"partner_id": partner.id, "city": "Ghent"})
        self.assertEqual(lead.qualification_state, "ready")
        partner.country_id = self.env.ref("base.fr")
        self.assertEqual(lead.qualification_state, "blocked")
        partner.country_id = self.env.ref("base.be")
        self.assertEqual(lead.qualification_state, "ready")
        criterion.domain = "[('priority', '=', '3')]"
        self.assertEqual(lead.qualification_state, "blocked")
        lead.priority = "3"
        self.assertEqual(lead.qualification_state, "ready")

    def get_row(self, lead, criterion):
        rows = lead.get_qualification_sheet()["questions"]
        return next(row for row in rows if row["id"] == criterion.id)

    def test_empty_is_not_no(self):
        """Who has no country is not ruled out for living elsewhere."""
        criterion = self.create_criterion(
            answer_type="automatic",
            domain="[('country_id.code', '=', 'BE')]",
            is_disqualifying=True,
            weight=1,
        )
        lead = self.create_qualified_lead()
        row = self.get_row(lead, criterion)
        self.assertEqual(
            (row["state"], row["unknown"]), ("unknown", "Country is empty")
        )
        self.assertEqual(lead.qualification_state, "ready")
        lead.country_id = self.env.ref("base.be")
        row = self.get_row(lead, criterion)
        self.assertEqual((row["state"], row["unknown"]), ("met", ""))
        # of five points one
        self.assertEqual(lead.qualification_score, 20)
        lead.country_id = self.env.ref("base.fr")
        self.assertEqual(self.get_row(lead, criterion)["state"], "disqualifying")
        self.assertEqual(lead.qualification_state, "disqualified")

    def test_a_filter_may_be_required_to_know(self):
        criterion = self.create_criterion(
            answer_type="automatic",
            domain="[('country_id.code', '=', 'BE')]",
            requirement="known",
        )
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_state, "blocked")
        # it says which one, though nobody is asked what a filter answers
        self.assertEqual(lead.qualification_next_step, criterion.name)
        lead.country_id = self.env.ref("base.fr")
        self.assertEqual(lead.qualification_state, "ready")

    def test_asking_for_emptiness_is_answered(self):
        criterion = self.create_criterion(
            answer_type="automatic", domain="[('city', '!=', False)]"
        )
        lead = self.create_lead()
        self.assertEqual(self.get_row(lead, criterion)["state"], "not_met")
        lead.city = "Ghent"
        self.assertEqual(self.get_row(lead, criterion)["state"], "met")

    def test_numbers(self):
        """Odoo keeps 0 of no number, too; where nobody types it, it is one."""
        typed = self.create_criterion(
            answer_type="automatic", domain="[('expected_revenue', '<', 1000)]"
        )
        counted = self.create_criterion(
            answer_type="automatic", domain="[('duplicate_lead_count', '<', 10)]"
        )
        lead = self.create_lead()
        row = self.get_row(lead, typed)
        self.assertEqual(row["unknown"], "Expected Revenue is empty")
        self.assertEqual(self.get_row(lead, counted)["state"], "met")
        lead.expected_revenue = 500
        self.assertEqual(self.get_row(lead, typed)["state"], "met")
        lead.expected_revenue = 5000
        self.assertEqual(self.get_row(lead, typed)["state"], "not_met")

    def test_accounts_fields_may_be_empty(self):
        criterion = self.create_criterion(
            answer_type="automatic",
            scope="account",
            domain="[('category_id.name', '=', 'Old'), ('city', '=', 'Ghent')]",
        )
        lead = self.create_lead()
        self.assertEqual(self.get_row(lead, criterion)["state"], "unknown")
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        lead.partner_id = account
        for city, tags, state, unknown in (
            (False, [], "unknown", "Tags is empty"),
            ("Ghent", [], "unknown", "Tags is empty"),
            # one "no" is enough for "and"
            ("Antwerp", [], "not_met", ""),
            (False, ["New"], "not_met", ""),
            (False, ["Old"], "unknown", "City is empty"),
            ("Ghent", ["Old", "New"], "met", ""),
        ):
            commands = [Command.clear()] + [Command.create({"name": n}) for n in tags]
            account.write({"city": city, "category_id": commands})
            for row in (
                self.get_row(lead, criterion),
                account.with_user(self.rep).get_account_sheet()["questions"][0],
            ):
                self.assertEqual((row["state"], row["unknown"]), (state, unknown))

    def test_names_are_at_hand(self):
        criteria = self.profile.criterion_ids.with_user(self.rep)
        self.assertEqual(
            criteria.mapped("display_name"), criteria.sudo().mapped("name")
        )
        self.env.flush_all()
        self.env.invalidate_all()
        # the user's company, which tells whether anything has changed
        with self.assertQueryCount(1):
            criteria.mapped("display_name")
            criteria.mapped("display_name")

    def test_a_new_name_is_shown_at_once(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        french = self.budget.with_context(lang="fr_FR")
        for name, own, theirs in (
            ("Money?", "Money?", "Money?"),
            ({"fr_FR": "De l'argent ?"}, "Money?", "De l'argent ?"),
        ):
            if isinstance(name, dict):
                self.budget.update_field_translations("name", name)
            else:
                self.budget.name = name
            self.assertEqual(self.budget.display_name, own)
            self.assertEqual(french.display_name, theirs)
        created = self.create_criterion(name="Later?")
        self.assertEqual(created.display_name, "Later?")
        self.assertEqual(self.budget.new({"name": "New?"}).display_name, "New?")
