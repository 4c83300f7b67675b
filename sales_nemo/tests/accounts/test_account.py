"""The pod: what all people of an account told us, as one sheet, fields and buttons."""

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError
from odoo.fields import Datetime
from odoo.tests import tagged
from odoo.tools import mute_logger

from .account_case import DAY, AccountCase


@tagged("post_install", "-at_install")
class TestSheet(AccountCase):
    def test_of_an_account_that_nobody_knows(self):
        sheet = self.get_sheet()
        self.assertEqual((sheet["id"], sheet["name"]), (self.account.id, "Acme"))
        self.assertIsNone(sheet["last_contact"])
        self.assertEqual([row["state"] for row in sheet["questions"]], ["unknown"] * 2)
        self.assertEqual([row["name"] for row in sheet["people"]], ["Ann", "Bob"])
        self.assertEqual(sheet["needs"], [])
        self.assertTrue(sheet["can_answer"])
        (fit,) = sheet["fit"]
        self.assertEqual(
            (fit["score"], fit["known"], fit["asked"], fit["is_ruled_out"]),
            (0, 0, 2, False),
        )

    def test_same_from_everybody_of_the_account(self):
        self.answer(self.sector, "yes")
        sheets = [self.get_sheet(p) for p in (self.account, self.ann, self.bob)]
        self.assertEqual(sheets[0], sheets[1])
        self.assertEqual(sheets[0], sheets[2])

    def test_private_person(self):
        """Who belongs to no company is an account of one."""
        sheet = self.get_sheet(self.stranger)
        self.assertEqual(sheet["name"], "Eve")
        self.assertEqual([row["name"] for row in sheet["people"]], ["Eve"])

    def test_answers_with_age_and_author(self):
        with freeze_time(self.now - 10 * DAY):
            answer = self.answer(self.sector, "yes", note="Their site says so")
        row = self.get_question(self.sector)
        self.assertEqual((row["value"], row["state"]), ("yes", "met"))
        self.assertEqual(row["answered_by"], self.rep.name)
        self.assertEqual(row["date"], Datetime.to_string(answer.date))
        self.assertEqual(answer.date.date(), (self.now - 10 * DAY).date())
        self.assertEqual(row["note"], "Their site says so")
        self.assertEqual(row["profile_id"], self.profile.id)

    def test_only_questions_about_accounts(self):
        asked = {row["id"] for row in self.get_sheet()["questions"]}
        self.assertEqual(asked, {self.sector.id, self.staff.id})

    def test_another_companys_questions(self):
        """Answers are the current company's: others' profiles would not read them."""
        company, rep = self.create_company()
        rep.company_ids |= self.env.company
        self.profile.copy({"name": "Theirs", "company_id": company.id})
        both = self.account.with_user(rep).with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        names = [fit["profile"] for fit in both.get_account_sheet()["fit"]]
        self.assertEqual(names, ["Strict"])

    def test_earlier_answers_are_kept(self):
        self.answer(self.sector, "no")
        account = self.account.with_user(self.rep)
        account.save_account_answer(self.sector.id, "yes")
        account.save_account_answer(self.sector.id, "yes")
        account.save_account_answer(self.sector.id, "")
        answer = self.account.qualification_answer_ids
        self.assertEqual(
            [line.split(" (")[0] for line in answer.history.splitlines()],
            ["yes", "no"],
        )

    def test_answer_by_default_is_the_accounts(self):
        answer = (
            self.env["crm.qualification.answer"]
            .with_user(self.rep)
            .with_context(default_partner_id=self.ann.id)
            .create({"criterion_id": self.sector.id, "value": "yes"})
        )
        self.assertEqual(answer.partner_id, self.account)
        lead = self.create_lead()
        own = answer.create({"criterion_id": self.budget.id, "lead_id": lead.id})
        self.assertFalse(own.partner_id, "of a lead it is no account's")

    def test_role_of_somebody_hidden(self):
        """Nobody learns a hidden contact's name by giving it a role."""
        self.env.ref("base.res_partner_rule").active = True
        company, _rep = self.create_company()
        hidden = self.env["res.partner"].create(
            {"name": "Hidden", "company_id": company.id}
        )
        lead = self.create_lead()
        role = {"lead_id": lead.id, "partner_id": hidden.id, "role": "user"}
        with self.assertRaises(AccessError) as refusal:
            self.env["crm.lead.role"].with_user(self.rep).create([role, role])
        self.assertNotIn("Hidden", str(refusal.exception))

    def test_expired(self):
        self.answer(self.staff, "50", date=self.now - 40 * DAY)
        sheet = self.get_sheet()
        self.assertEqual(self.get_question(self.staff, sheet)["state"], "expired")
        self.assertEqual(sheet["fit"][0]["score"], 0)
        self.assertEqual(sheet["fit"][0]["known"], 0)

    def test_automatic(self):
        ghent = self.add_criterion(
            "In Ghent?", answer_type="automatic", domain="[('city', '=', 'Ghent')]"
        )
        self.assertEqual(self.get_question(ghent)["state"], "unknown")
        self.account.city = "Antwerp"
        self.assertEqual(self.get_question(ghent)["state"], "not_met")
        self.account.city = "Ghent"
        self.assertEqual(self.get_question(ghent)["state"], "met")

    def test_refused_without_sales_rights(self):
        with self.assertRaises(AccessError):
            self.get_sheet(user=self.clerk)

    def test_read_only_users_of_other_companies_contacts(self):
        """A contact of a company that the user does not see."""
        company, _rep = self.create_company()
        self.account.company_id = company
        self.ann.company_id = company
        with self.assertRaises(AccessError):
            self.get_sheet()


@tagged("post_install", "-at_install")
class TestFit(AccountCase):
    def get_fit(self, partner=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (partner or self.ann).with_user(self.rep).crm_fit

    def test_nothing_known(self):
        self.assertFalse(self.get_fit())

    def test_share_of_the_points(self):
        self.answer(self.staff, "50")
        self.assertEqual(self.get_fit(), "25 % Strict")
        self.answer(self.sector, "yes")
        self.assertEqual(self.get_fit(), "100 % Strict")
        for partner in (self.account, self.bob):
            self.assertEqual(self.get_fit(partner), "100 % Strict")
        self.assertFalse(self.get_fit(self.stranger))

    def test_best_of_several_profiles(self):
        other = self.env["crm.qualification.profile"].create(
            {
                "name": "Small ones",
                "state": "published",
                "sequence": 2,
                "enforcement": "advise",
                "criterion_ids": [(0, 0, {"name": "Small?", "scope": "account"})],
            }
        )
        self.answer(self.staff, "50")
        self.answer(other.criterion_ids, "yes")
        sheet = self.get_sheet()
        self.assertEqual(
            [(fit["profile"], fit["score"]) for fit in sheet["fit"]],
            [("Strict", 25), ("Small ones", 100)],
        )
        self.assertEqual(self.get_fit(), "100 % Small ones")
        other.enforcement = "off"
        self.assertEqual(self.get_fit(), "25 % Strict")

    def test_profiles_that_ask_nothing_about_accounts(self):
        self.env["crm.qualification.profile"].create(
            {
                "name": "Leads only",
                "state": "published",
                "criterion_ids": [(0, 0, {"name": "Budget?"})],
            }
        )
        names = [fit["profile"] for fit in self.get_sheet()["fit"]]
        self.assertEqual(names, ["Strict"])

    def test_ruled_out(self):
        self.sector.is_disqualifying = True
        self.answer(self.sector, "no")
        (fit,) = self.get_sheet()["fit"]
        self.assertTrue(fit["is_ruled_out"])

    def test_another_companys_profile(self):
        company, rep = self.create_company()
        self.profile.company_id = self.env.company
        self.assertEqual(self.get_sheet(user=rep)["fit"], [])
        self.assertEqual(len(self.get_sheet()["fit"]), 1)
        self.assertNotEqual(company, self.env.company)


@tagged("post_install", "-at_install")
class TestPeople(AccountCase):
    def test_several_roles(self):
        first, second = (
            self.create_lead(name, partner_id=self.ann.id) for name in ("One", "Two")
        )
        self.env["crm.lead.role"].with_user(self.rep).create(
            [
                {"lead_id": lead.id, "partner_id": person.id, "role": role, "note": n}
                for lead, person, role, n in (
                    (first, self.ann, "budget", False),
                    (first, self.ann, "decision_maker", "Wants it cheap"),
                    (first, self.bob, "blocker", False),
                    (second, self.ann, "champion", False),
                )
            ]
        )
        people = {row["name"]: row for row in self.get_sheet()["people"]}
        self.assertEqual(
            [(r["lead"], r["label"], r["note"]) for r in people["Ann"]["roles"]],
            [
                ("Two", "Champion", ""),
                ("One", "Holds the budget", ""),
                ("One", "Decision maker", "Wants it cheap"),
            ],
        )
        self.assertEqual([r["role"] for r in people["Bob"]["roles"]], ["blocker"])
        self.assertEqual(people["Ann"]["function"], "CEO")

    @mute_logger("odoo.sql_db")
    def test_same_role_once(self):
        lead = self.create_lead(partner_id=self.ann.id)
        values = {"lead_id": lead.id, "partner_id": self.ann.id, "role": "champion"}
        roles = self.env["crm.lead.role"].with_user(self.rep)
        roles.create(values)
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            roles.create(values)

    def test_roles_of_a_colleagues_lead(self):
        """They follow the lead's own rules."""
        lead = self.create_lead(user=self.rep_all, partner_id=self.ann.id)
        self.env["crm.lead.role"].with_user(self.rep_all).create(
            {"lead_id": lead.id, "partner_id": self.ann.id, "role": "champion"}
        )
        ann = self.get_sheet()["people"][0]
        self.assertEqual((ann["name"], ann["roles"]), ("Ann", []))
        self.assertTrue(self.get_sheet(user=self.rep_all)["people"][0]["roles"])

    def test_heard(self):
        lead = self.create_lead(partner_id=self.ann.id)
        date = self.now.replace(microsecond=0) - DAY
        lead._log_contact("Talked", "reached", date=date)
        people = {row["name"]: row for row in self.get_sheet()["people"]}
        self.assertEqual(people["Ann"]["heard"], Datetime.to_string(date))
        self.assertFalse(people["Bob"]["heard"])

    def test_addresses_and_companies_are_no_people(self):
        self.env["res.partner"].create(
            [
                {"name": "Depot", "type": "delivery", "parent_id": self.account.id},
                {"name": "Branch", "is_company": True, "parent_id": self.account.id},
                {"name": "Gone", "parent_id": self.account.id, "active": False},
            ]
        )
        people = [row["name"] for row in self.get_sheet()["people"]]
        self.assertEqual(people, ["Ann", "Bob"])


@tagged("post_install", "-at_install")
class TestNeeds(AccountCase):
    def test_of_all_leads_closed_ones_too(self):
        plan = ((self.ann, "Speed"), (self.bob, "Price"), (self.stranger, "Hidden"))
        for person, name in plan:
            lead = self.create_lead(f"For {person.name}", partner_id=person.id)
            lead.qualification_need_ids = [(0, 0, {"name": name, "state": "confirmed"})]
            if person == self.bob:
                lead.action_set_lost()
        needs = {row["name"]: row["lead"] for row in self.get_sheet()["needs"]}
        self.assertEqual(needs, {"Speed": "For Ann", "Price": "For Bob"})

    def test_of_a_colleague(self):
        lead = self.create_lead(user=self.rep_all, partner_id=self.ann.id)
        lead.qualification_need_ids = [(0, 0, {"name": "Speed"})]
        self.assertEqual(self.get_sheet()["needs"], [])
        self.assertEqual(len(self.get_sheet(user=self.rep_all)["needs"]), 1)
