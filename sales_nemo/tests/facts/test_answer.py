"""Answers: one text field reads and writes every type; wrong ones are explained."""

from datetime import timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Command, Datetime
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES_ALL, QualificationCase


@tagged("post_install", "-at_install")
class TestAnswer(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.create_lead()
        cls.answers = cls.env["crm.qualification.answer"].with_user(cls.rep)
        cls.account = cls.env["res.partner"].create(
            {"name": "Acme", "is_company": True}
        )
        cls.person = cls.env["res.partner"].create(
            {"name": "Ann", "parent_id": cls.account.id}
        )

    def add_criterion(self, **values):
        return self.env["crm.qualification.criterion"].create(
            {"name": "Question?", "profile_id": self.profile.id} | values
        )

    def answer(self, criterion, value, **values):
        return self.answers.create(
            {"criterion_id": criterion.id, "lead_id": self.lead.id, "value": value}
            | values
        )

    def test_only_an_answer_of_the_same_moment_is_refused_quietly(self):
        answers = self.env["crm.qualification.answer"]
        nobody = {"lead_id": False, "partner_id": False}
        with self.assertLogs("odoo.sql_db", "ERROR"):
            with self.assertRaises(IntegrityError):
                answers._save(self.budget, nobody, "yes")

    def test_every_type_reads_and_writes_text(self):
        number = self.add_criterion(
            answer_type="number", number_rule="between", number_min=1, number_max=20
        )
        date = self.add_criterion(answer_type="date", date_max="2026-12-31")
        text = self.add_criterion(answer_type="text")
        for criterion, given, read, state in (
            (self.budget, "Yes", "yes", "met"),
            (self.budget, "no", "no", "not_met"),
            (self.size, "large", "Large", "met"),
            (self.size, "Medium", "Medium", "partly"),
            (self.size, "Small", "Small", "not_met"),
            (self.size, "Competitor", "Competitor", "disqualifying"),
            (number, "12.5", "12.5", "met"),
            (number, "0", "0", "not_met"),
            (number, "21", "21", "not_met"),
            (date, "2026-05-01", "2026-05-01", "met"),
            (date, "2027-05-01", "2027-05-01", "not_met"),
            (text, " A spreadsheet ", "A spreadsheet", "met"),
        ):
            with self.subTest(question=criterion.answer_type, value=given):
                answer = self.answer(criterion, given)
                answer.invalidate_recordset()
                self.assertEqual((answer.value, answer.state), (read, state))
                answer.value = ""
                self.assertFalse(answer.value)
                self.assertEqual(answer.state, "unknown")
                answer.unlink()

    def test_wrong_value_names_the_allowed_ones(self):
        for criterion, value, words in (
            (self.budget, "perhaps", "yes, no"),
            (self.size, "Huge", "Large, Medium, Small, Competitor"),
            (self.add_criterion(answer_type="number"), "many", "a number such as 12.5"),
            (self.add_criterion(answer_type="number"), "nan", "a number"),
            (self.add_criterion(answer_type="number"), "inf", "a number"),
            (self.add_criterion(answer_type="date"), "soon", "2026-05-01"),
            (self.add_criterion(answer_type="automatic"), "yes", "automatically"),
        ):
            with self.subTest(value=value):
                with self.assertRaisesRegex(ValidationError, words):
                    with self.env.cr.savepoint():
                        self.answer(criterion, value)

    def test_what_may_mean_several_values_is_refused_with_what_to_write(self):
        number = self.add_criterion(answer_type="number")
        date = self.add_criterion(answer_type="date")
        for criterion, value, words in (
            (number, "1.250", "Write 1250 or 1.25."),
            (number, "1,250", "Write 1250 or 1.25."),
            (number, "-1.125", "Write -1125 or -1.1250."),
            (number, "1.250,5", "Write 1250.5."),
            (number, "1,250.5", "Write 1250.5."),
            (number, "1250,5", "Write 1250.5."),
            (number, "1.250.000", "Write 1250000."),
            (number, "1'250", "Write 1250."),
            (number, "1_250", "a number such as 12.5"),
            (date, "01/02/2026", "Write 2026-01-02 or 2026-02-01."),
            (date, "31.12.2026", "Write 2026-12-31."),
            (date, "2026-05-01 and later", "a date such as 2026-05-01."),
        ):
            with self.subTest(value=value):
                with self.assertRaises(ValidationError) as caught:
                    self.answer(criterion, value)
                self.assertIn(words, str(caught.exception))

    def test_what_to_write_is_what_is_told_and_read(self):
        number = self.add_criterion(answer_type="number")
        for given, read, told in (
            ("1250", 1250, "1250"),
            ("1 250", 1250, "1250"),
            ("1.25", 1.25, "1.25"),
            ("1.1250", 1.125, "1.1250"),
            # a number is no text: its point is one
            (1.125, 1.125, "1.1250"),
            (0.125, 0.125, "0.125"),
            (1250, 1250, "1250"),
            (-0.5, -0.5, "-0.5"),
        ):
            with self.subTest(value=given):
                answer = self.answer(number, given)
                self.assertEqual((answer.value_number, answer.value), (read, told))
                answer.value = answer.value
                self.assertEqual(answer.value_number, read)
                answer.unlink()

    def test_hint_of_a_german_is_a_date_that_is_accepted(self):
        self.env["res.lang"]._activate_lang("de_DE")
        date = self.add_criterion(answer_type="date").with_context(lang="de_DE")
        with self.assertRaises(ValidationError) as caught:
            date._parse_value("bald")
        self.assertNotIn("01.05.2026", str(caught.exception))

    def test_files_have_typed_columns(self):
        number = self.add_criterion(answer_type="number")
        date = self.add_criterion(answer_type="date")
        importing = (
            self.env["base_import.import"]
            .with_user(self.rep)
            .create(
                {
                    "res_model": "crm.qualification.answer",
                    "file_type": "text/csv",
                    "file": "\n".join(
                        [
                            "lead;question;number;date",
                            f'{self.lead.id};{number.id};"1.250,5";',
                            f"{self.lead.id};{date.id};;31.12.2026",
                            f"{self.create_lead().id};{number.id};0;",
                        ]
                    ).encode(),
                }
            )
        )
        columns = ["lead_id/.id", "criterion_id/.id", "value_number", "value_date"]
        options = {
            "quoting": '"',
            "separator": ";",
            "has_headers": True,
            "float_thousand_separator": ".",
            "float_decimal_separator": ",",
            "date_format": "%d.%m.%Y",
        }
        found = importing.execute_import(columns, columns, options)
        self.assertFalse(found["messages"])
        answers = self.answers.browse(found["ids"])
        self.assertEqual(answers.mapped("value"), ["1250.5", "2026-12-31", "0"])

    def test_a_value_that_cannot_be_read_does_not_cost_the_lead(self):
        """Where the import may leave it empty: the words are in the note."""
        rows = [
            ["Imported", "Atlantis", "size.large", "Large"],
            ["", "", "size.large", "Gigantic"],
        ]
        self.env["ir.model.data"].create(
            {
                "module": "size",
                "name": "large",
                "model": self.size._name,
                "res_id": self.size.id,
            }
        )
        answers = "qualification_answer_ids"
        columns = [
            "name",
            "country_id",
            f"{answers}/criterion_id/id",
            f"{answers}/value",
        ]
        leads = self.env["crm.lead"].with_context(import_file=True)
        rows[1][2] = "sales_nemo.other"
        other = self.size.copy({"name": "Other?"})
        self.env["ir.model.data"].create(
            {
                "module": "sales_nemo",
                "name": "other",
                "model": other._name,
                "res_id": other.id,
            }
        )
        self.assertFalse(leads.load(columns, rows)["ids"])
        for empty in ([], ["country_id"]):
            found = leads.with_context(import_set_empty_fields=empty)
            self.assertFalse(found.load(columns, rows)["ids"], empty)
        leads = leads.with_context(
            import_set_empty_fields=["country_id", f"{answers}/value"]
        )
        found = leads.load(columns, rows)
        self.assertFalse(found["messages"])
        lead = self.env["crm.lead"].browse(found["ids"])
        self.assertEqual((lead.name, lead.country_id.id), ("Imported", False))
        read, unread = lead.qualification_answer_ids.sorted("id")
        self.assertEqual((read.value, unread.state), ("Large", "unknown"))
        self.assertIn("Gigantic", unread.note)

    def test_problems(self):
        yes = {"criterion_id": self.budget.id, "value_yes_no": "yes"}
        large = self.size.choice_ids[0].id
        other = self.size.copy({"name": "Other?"}).choice_ids[0].id
        lead = {"lead_id": self.lead.id}
        for values, words in (
            (lead | {"criterion_id": self.budget.id, "choice_id": large}, "another"),
            (lead | {"criterion_id": self.size.id, "choice_id": other}, "another"),
            (lead | yes | {"value_number": 3}, "another type"),
            (lead | yes | {"date": "2099-01-01"}, "in the future"),
            (yes | {"partner_id": self.account.id}, "answer it on the lead"),
        ):
            with self.subTest(words=words):
                with self.assertRaisesRegex(ValidationError, words):
                    with self.env.cr.savepoint():
                        self.answers.create(values)

    @mute_logger("odoo.sql_db")
    def test_lead_or_account(self):
        for values in ({}, {"lead_id": self.lead.id, "partner_id": self.account.id}):
            criterion = self.add_criterion(scope="account")
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.answers.create({"criterion_id": criterion.id} | values)

    def test_accounts_answer_belongs_to_a_company(self):
        criterion = self.add_criterion(scope="account")
        values = {"criterion_id": criterion.id, "partner_id": self.account.id}
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            with self.env.cr.savepoint():
                self.answers.create(values | {"company_id": False})

    @mute_logger("odoo.sql_db")
    def test_one_answer_per_lead(self):
        self.answer(self.budget, "yes")
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.answer(self.budget, "no")

    @mute_logger("odoo.sql_db")
    def test_one_answer_per_account_and_company(self):
        criterion = self.add_criterion(scope="account")
        values = {"criterion_id": criterion.id, "partner_id": self.account.id}
        first = self.answers.create(values | {"value": "yes"})
        self.assertEqual(first.company_id, self.env.company)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self.answers.create(values | {"value": "no"})
        other = self.env["res.company"].create({"name": "Other"})
        self.answers.sudo().create(values | {"value": "no", "company_id": other.id})

    def test_account_answer_serves_all_leads_of_the_pod(self):
        criterion = self.add_criterion(scope="account", requirement="met")
        leads = self.create_qualified_lead() | self.create_qualified_lead()
        leads[0].partner_id = self.person
        leads[1].partner_id = self.account
        self.assertEqual(leads.mapped("qualification_state"), ["blocked", "blocked"])
        leads[0].save_qualification_answer(criterion.id, "yes")
        answer = self.account.qualification_answer_ids
        self.assertEqual(answer.partner_id, self.account)
        self.assertEqual(leads.mapped("qualification_state"), ["ready", "ready"])
        answer.unlink()
        self.assertEqual(leads.mapped("qualification_state"), ["blocked", "blocked"])

    def test_another_companys_answer_does_not_serve(self):
        criterion = self.add_criterion(scope="account", requirement="met")
        other = self.env["res.company"].create({"name": "Other"})
        lead = self.create_qualified_lead(partner_id=self.person.id)
        lead.sudo().company_id = self.env.company
        self.env["crm.qualification.answer"].create(
            {
                "criterion_id": criterion.id,
                "partner_id": self.account.id,
                "company_id": other.id,
                "value": "yes",
            }
        )
        self.assertEqual(lead.qualification_state, "blocked")

    def test_shared_lead_goes_by_its_owners_company(self):
        criterion = self.add_criterion(scope="account", requirement="met")
        other = self.env["res.company"].create({"name": "Other"})
        lead = self.create_qualified_lead(partner_id=self.person.id)
        lead.sudo().write({"team_id": False, "company_id": False})
        values = {"criterion_id": criterion.id, "partner_id": self.account.id}
        answers = self.env["crm.qualification.answer"]
        secret = answers.create(
            values | {"company_id": other.id, "value": "yes", "note": "Secret"}
        )
        self.assertEqual(lead.qualification_state, "blocked")
        answers.create(values | {"company_id": self.env.company.id, "value": "yes"})
        self.assertEqual(lead.qualification_state, "ready")
        lead.sudo().write({"user_id": False, "company_id": False})
        self.assertEqual(lead.qualification_state, "blocked", "nobody's yet")
        stranger = new_test_user(
            self.env, "stranger", SALES_ALL, company_id=other.id, company_ids=other.ids
        )
        lead.sudo().write({"user_id": self.rep.id, "team_id": False})
        lead.sudo().company_id = False
        rows = lead.with_user(stranger).get_qualification_sheet()["questions"]
        row = next(row for row in rows if row["id"] == criterion.id)
        self.assertEqual((row["state"], row["value"], row["note"]), ("met", "", ""))
        self.assertTrue(secret.exists())

    def test_account_question_of_a_lead_without_partner(self):
        criterion = self.add_criterion(scope="account", requirement="met")
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(criterion.id, "yes")
        self.assertEqual(lead.qualification_answer_ids.criterion_id, criterion)
        self.assertEqual(lead.qualification_state, "ready")

    def test_of_the_same_second_the_accounts_answer_counts(self):
        criterion = self.add_criterion(scope="account", requirement="met")
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        lead = self.create_qualified_lead(partner_id=account.id)
        for second, state in (("00", "met"), ("01", "not_met")):
            owners = ({"partner_id": account.id}, {"lead_id": lead.id})
            dates = ("2026-01-01 00:00:00", f"2026-01-01 00:00:{second}")
            answers = self.env["crm.qualification.answer"].create(
                [
                    {"criterion_id": criterion.id, "value": value, "date": date} | owner
                    for value, date, owner in zip(
                        ("yes", "no"), dates, owners, strict=True
                    )
                ]
            )
            with self.subTest(second=second):
                facts = lead._collect_facts()[lead.id]
                self.assertEqual(facts.answer_by_key[criterion.id].state, state)
            answers.unlink()

    def test_answers_expire_and_those_of_closed_records_do_not(self):
        self.budget.write({"requirement": "met", "validity_days": 30})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        later = Datetime.now() + timedelta(days=31)
        with freeze_time(later):
            verdict = lead._get_verdicts()[lead][1]
            self.assertEqual([check.key for check in verdict.failed], ["criteria_met"])
            lead.action_set_lost()
            self.assertTrue(lead._get_verdicts()[lead][1].passed)

    def test_whose_last_day_is_counted_again_was_not_changed(self):
        self.budget.validity_days = 30
        answer = self.answer(self.budget, "yes").sudo()
        self.env.flush_all()
        self.env.invalidate_all()
        writer = answer.write_uid
        self.env.invalidate_all()
        # as the owner of the lead changes, or its company's time zone
        as_clerk = answer.with_user(self.clerk).sudo()
        self.env.add_to_compute(answer._fields["expires_on"], as_clerk)
        as_clerk.flush_model()
        self.env.invalidate_all()
        self.assertEqual(answer.write_uid, writer)

    def test_who_and_when(self):
        answer = self.answer(self.budget, "no", date="2026-01-01")
        self.assertEqual(answer.user_id, self.rep)
        answer.with_user(self.rep_all).value = "yes"
        self.assertEqual(answer.user_id, self.rep_all)
        self.assertEqual(answer.date.date(), Datetime.now().date())

    def test_verdict_fields_are_not_for_clients(self):
        answer = self.answer(self.budget, "no")
        for name, value in (
            ("state", "met"),
            ("points", 1),
            ("user_id", self.manager.id),
            ("expires_on", "2099-01-01"),
        ):
            with self.subTest(field=name), mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError):
                    answer.write({name: value})

    def test_import_with_leads(self):
        result = self.leads.load(
            [
                "name",
                "type",
                "qualification_answer_ids/criterion_id",
                "qualification_answer_ids/value",
            ],
            [
                ["Imported", "Lead", "Budget?", "yes"],
                ["", "", "Size?", "Medium"],
            ],
        )
        self.assertFalse(result["messages"])
        lead = self.leads.browse(result["ids"])
        self.assertEqual(
            lead.qualification_answer_ids.mapped("value"), ["yes", "Medium"]
        )
        self.assertEqual(lead.qualification_score, 87.5)

    def test_x2many_commands_on_the_lead(self):
        self.lead.write(
            {
                "qualification_answer_ids": [
                    Command.create({"criterion_id": self.budget.id, "value": "yes"})
                ]
            }
        )
        self.assertEqual(self.lead.qualification_score, 75)
