"""The pod: what all people of an account told us, as one sheet, fields and buttons."""

from datetime import timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged

from ..common import SALES, SALES_ALL, QualificationCase

DAY = timedelta(days=1)
KINDS = {
    "lead": "crm_lead_count",
    "opportunity": "crm_opportunity_count",
    "won": "crm_won_count",
    "lost": "crm_lost_count",
}


class AccountCase(QualificationCase):
    """An account with two people, and a profile that asks two things about it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.enforcement = "advise"
        partners = cls.env["res.partner"]
        cls.account = partners.create({"name": "Acme", "is_company": True})
        cls.ann, cls.bob = partners.create(
            [
                {
                    "name": "Ann",
                    "function": "CEO",
                    "email": "ann@acme.example",
                    "parent_id": cls.account.id,
                },
                {"name": "Bob", "parent_id": cls.account.id},
            ]
        )
        cls.stranger = partners.create({"name": "Eve", "email": "eve@else.example"})
        cls.sector = cls.add_criterion("Our sector?", weight=3)
        cls.staff = cls.add_criterion(
            "Staff?",
            weight=1,
            answer_type="number",
            number_rule="at_least",
            number_min=10,
            validity_days=30,
        )
        cls.now = Datetime.now()

    @classmethod
    def add_criterion(cls, name, **values):
        return cls.env["crm.qualification.criterion"].create(
            {"name": name, "profile_id": cls.profile.id, "scope": "account"} | values
        )

    @classmethod
    def answer(cls, criterion, value, user=None, account=None, **values):
        return (
            cls.env["crm.qualification.answer"]
            .with_user(user or cls.rep)
            .create(
                {
                    "criterion_id": criterion.id,
                    "partner_id": (account or cls.account).id,
                    "value": value,
                }
                | values
            )
        )

    @classmethod
    def create_company(cls, name="Other"):
        """Another company, with a salesperson of its own."""
        company = cls.env["res.company"].create({"name": name})
        rep = new_test_user(
            cls.env,
            f"rep_{name.lower()}",
            groups=SALES_ALL,
            company_id=company.id,
            company_ids=company.ids,
        )
        return company, rep

    def get_sheet(self, partner=None, user=None):
        """As a salesperson sees it, with nothing in memory."""
        self.env.flush_all()
        self.env.invalidate_all()
        return (partner or self.ann).with_user(user or self.rep).get_account_sheet()

    def get_question(self, criterion, sheet=None):
        sheet = sheet or self.get_sheet()
        rows = [row for row in sheet["questions"] if row["id"] == criterion.id]
        self.assertEqual(len(rows), 1)
        return rows[0]


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
            {"name": "Leads only", "criterion_ids": [(0, 0, {"name": "Budget?"})]}
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
class TestCounts(AccountCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        leads = cls.env["crm.lead"]
        cls.pods = cls.account | cls.ann | cls.bob | cls.stranger
        plan = [
            (cls.ann, "lead", None, cls.rep),
            (cls.ann, "lead", "lost", cls.rep),
            (cls.ann, "opportunity", "lost", cls.rep),
            (cls.ann, "lead", "archived", cls.rep),
            (cls.bob, "opportunity", None, cls.rep),
            (cls.bob, "opportunity", "won", cls.rep),
            (cls.bob, "opportunity", "won and archived", cls.rep),
            (cls.bob, "lead", None, cls.rep_all),
            (cls.account, "opportunity", None, cls.rep_all),
            (cls.stranger, "lead", None, cls.rep),
            (cls.bob, "lead", None, leads.env["res.users"]),
        ]
        for partner, kind, end, user in plan:
            lead = leads.create(
                {
                    "name": f"{partner.name} {kind} {end}",
                    "type": kind,
                    "partner_id": partner.id,
                    "user_id": user.id,
                    "probability": 20,
                }
            )
            if end == "lost":
                lead.action_set_lost()
            elif end == "archived":
                lead.active = False
            elif end:
                lead.action_set_won()
                lead.active = "archived" not in end
        cls.env.flush_all()

    def test_counts_are_what_the_buttons_open(self):
        for user in (self.rep, self.rep_all, self.manager):
            self.env.invalidate_all()
            for partner in self.pods.with_user(user):
                for kind, field in KINDS.items():
                    with self.subTest(user=user.login, who=partner.name, kind=kind):
                        action = partner.with_context(
                            crm_kind=kind
                        ).action_open_crm_leads()
                        opened = (
                            self.env["crm.lead"]
                            .with_user(user)
                            .with_context(**action["context"])
                            .search_count(action["domain"])
                        )
                        self.assertEqual(partner[field], opened)

    def test_numbers(self):
        account = self.account.with_user(self.manager)
        self.assertEqual([account[name] for name in KINDS.values()], [3, 2, 2, 2])
        bob = self.bob.with_user(self.manager)
        self.assertEqual([bob[name] for name in KINDS.values()], [2, 1, 2, 0])
        mine = self.account.with_user(self.rep)
        self.assertEqual([mine[name] for name in KINDS.values()], [2, 1, 2, 2])

    def test_one_by_one_as_together(self):
        """The count does not depend on what else is shown in the list."""
        together = {
            (partner.id, name): partner[name]
            for partner in self.pods.with_user(self.rep)
            for name in KINDS.values()
        }
        for partner in self.pods:
            for name in KINDS.values():
                self.env.invalidate_all()
                alone = partner.with_user(self.rep)[name]
                self.assertEqual(alone, together[partner.id, name])

    def test_companies(self):
        company, rep = self.create_company()
        self.env["crm.lead"].create(
            {
                "name": "Theirs",
                "type": "lead",
                "partner_id": self.ann.id,
                "company_id": company.id,
                "user_id": rep.id,
                "team_id": False,
            }
        )
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.ann.with_user(self.manager).crm_lead_count
        self.assertEqual(before, 1)
        both = self.ann.with_context(
            allowed_company_ids=[self.env.company.id, company.id]
        )
        self.assertEqual(both.crm_lead_count, 2)

    def test_new_from_the_button(self):
        """What is created from a list that a button opened stays in that list."""
        for kind in ("lead", "opportunity"):
            ann = self.ann.with_user(self.rep).with_context(crm_kind=kind)
            action = ann.action_open_crm_leads()
            lead = self.leads.with_context(**action["context"]).create({"name": "New"})
            self.assertIn(
                lead,
                self.leads.with_context(**action["context"]).search(action["domain"]),
            )

    def test_views_exist(self):
        for kind in KINDS:
            action = self.ann.with_context(crm_kind=kind).action_open_crm_leads()
            self.assertEqual([mode for _id, mode in action["views"]][0], "list")
            self.env["crm.lead"].with_user(self.rep).get_views(action["views"])


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

    def test_same_role_once(self):
        lead = self.create_lead(partner_id=self.ann.id)
        values = {"lead_id": lead.id, "partner_id": self.ann.id, "role": "champion"}
        roles = self.env["crm.lead.role"].with_user(self.rep)
        roles.create(values)
        with self.assertRaisesRegex(ValidationError, "Ann – Champion"):
            with self.env.cr.savepoint():
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


@tagged("post_install", "-at_install")
class TestLastContact(AccountCase):
    def receive(self, person, date):
        root = self.env.ref("base.user_root")
        return person.with_user(root).message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=person.email,
            author_id=person.id,
            date=date,
        )

    def test_by_whom(self):
        lead = self.create_lead(partner_id=self.bob.id)
        lead._log_contact("Talked", "reached", date=self.now - 3 * DAY)
        row = self.get_sheet()["last_contact"]
        self.assertEqual((row["by"], row["direction"]), (self.rep.name, "reached"))
        self.receive(self.ann, self.now - 2 * DAY)
        row = self.get_sheet()["last_contact"]
        self.assertEqual((row["by"], row["direction"]), ("Ann", "inbound"))
        lead.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=self.bob.ids,
        )
        row = self.get_sheet()["last_contact"]
        self.assertEqual((row["by"], row["direction"]), (self.rep.name, "outbound"))

    def test_meeting(self):
        stop = self.now.replace(microsecond=0) - DAY
        investor = self.env["res.partner"].create({"name": "Investor"})
        self.env["calendar.event"].with_user(self.rep).create(
            {
                "name": "Secret",
                "privacy": "private",
                "start": stop - timedelta(hours=1),
                "stop": stop,
                "partner_ids": (self.rep.partner_id | self.ann | investor).ids,
            }
        )
        row = self.get_sheet(user=self.rep_all)["last_contact"]
        self.assertTrue(row["is_meeting"])
        self.assertEqual(row["date"], Datetime.to_string(stop))
        self.assertEqual(row["by"], self.rep.name, "Odoo shows no more than that")
        self.assertNotIn("Secret", str(row))
        row = self.get_sheet()["last_contact"]
        self.assertIn("Ann", row["by"])
        self.assertNotIn("Investor", row["by"], "of another account")
        with self.assertRaises(UserError):
            self.ann.with_user(self.rep_all).action_open_last_contact()
        action = self.ann.with_user(self.rep).action_open_last_contact()
        self.assertEqual(action["res_model"], "calendar.event")

    def test_none_to_open(self):
        with self.assertRaises(UserError):
            self.ann.with_user(self.rep).action_open_last_contact()

    def test_open(self):
        message = self.receive(self.ann, self.now - 2 * DAY)
        action = self.bob.with_user(self.rep).action_open_last_contact()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("mail.message", message.id)
        )

    def test_another_companys_contact(self):
        """What another company talked about on its own leads is not shown."""
        company, rep = self.create_company()
        lead = self.env["crm.lead"].create(
            {
                "name": "Theirs",
                "type": "lead",
                "partner_id": self.ann.id,
                "company_id": company.id,
                "user_id": rep.id,
                "team_id": False,
            }
        )
        lead._log_contact("Talked", "reached")
        self.assertIsNone(self.get_sheet()["last_contact"])
        self.assertTrue(self.get_sheet(user=rep)["last_contact"])


@tagged("post_install", "-at_install")
class TestAnswering(AccountCase):
    def save(self, criterion, value, note=None, partner=None, user=None):
        partner = (partner or self.ann).with_user(user or self.rep)
        return partner.save_account_answer(criterion.id, value, note)

    def test_plain_salesperson(self):
        self.assertTrue(self.rep.has_group(SALES))
        self.assertFalse(self.rep.has_group(SALES_ALL))
        sheet = self.save(self.sector, "yes", "Said so")
        row = self.get_question(self.sector, sheet)
        self.assertEqual((row["value"], row["note"]), ("yes", "Said so"))
        answer = self.account.qualification_answer_ids
        self.assertEqual(
            (answer.partner_id, answer.company_id, answer.user_id),
            (self.account, self.env.company, self.rep),
        )
        sheet = self.save(self.sector, "no", partner=self.bob)
        row = self.get_question(self.sector, sheet)
        self.assertEqual((row["value"], row["note"]), ("no", "Said so"))
        self.assertEqual(self.account.qualification_answer_ids, answer)
        self.save(self.sector, "")
        self.assertEqual(answer.state, "unknown")

    def test_wrong_value(self):
        with self.assertRaisesRegex(ValidationError, "a number"):
            with self.env.cr.savepoint():
                self.save(self.staff, "many")

    def test_question_about_leads(self):
        with self.assertRaisesRegex(ValidationError, "answer it on the lead"):
            with self.env.cr.savepoint():
                self.save(self.budget, "yes")

    def test_not_without_sales_rights(self):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            self.save(self.sector, "yes", user=self.clerk)

    def test_serves_every_lead_of_the_pod(self):
        leads = self.create_lead(partner_id=self.ann.id)
        leads |= self.create_lead(user=self.rep_all, partner_id=self.bob.id)
        elsewhere = self.create_lead(partner_id=self.stranger.id)
        self.save(self.sector, "yes")
        self.env.flush_all()
        scores = [lead.sudo().qualification_score for lead in leads | elsewhere]
        # sector weighs 3 of 3 + 1 (budget 3, size 1, staff 1)
        self.assertEqual(scores, [37.5, 37.5, 0])
        late = self.create_lead(partner_id=self.bob.id)
        self.assertEqual(late.qualification_score, 37.5)

    def test_another_companys_answers(self):
        """Each company has its own, and sees none of the other's."""
        company, rep = self.create_company()
        self.save(self.sector, "yes", "Ours")
        row = self.get_question(self.sector, self.get_sheet(user=rep))
        self.assertEqual(
            (row["value"], row["state"], row["note"], row["answered_by"]),
            ("", "unknown", "", ""),
        )
        self.save(self.sector, "no", "Theirs", user=rep)
        answers = self.account.qualification_answer_ids
        self.assertEqual(answers.company_id, self.env.company | company)
        row = self.get_question(self.sector)
        self.assertEqual((row["value"], row["note"]), ("yes", "Ours"))
        row = self.get_question(self.sector, self.get_sheet(user=rep))
        self.assertEqual((row["value"], row["note"]), ("no", "Theirs"))
        self.assertEqual(self.ann.with_user(rep).crm_fit, "0 % Strict")
        self.assertEqual(self.ann.with_user(self.rep).crm_fit, "75 % Strict")


@tagged("post_install", "-at_install")
class TestWarnings(AccountCase):
    def lose(self, person, reason=None, user=None, **values):
        lead = self.create_lead(user=user, partner_id=person.id, **values)
        lead.sudo().action_set_lost(lost_reason_id=reason.id if reason else False)
        return lead

    def get(self, name, partner=None, user=None):
        self.env.flush_all()
        self.env.invalidate_all()
        return (partner or self.ann).with_user(user or self.rep)[name]

    def test_refusals(self):
        price, timing = self.env["crm.lost.reason"].create(
            [{"name": "Too dear"}, {"name": "Not now"}]
        )
        self.assertFalse(self.get("crm_refusals"))
        self.lose(self.ann, timing)
        self.assertEqual(self.get("crm_refusals"), "Not now")
        self.lose(self.ann, price)
        self.lose(self.bob, price, user=self.rep_all)
        self.assertEqual(self.get("crm_refusals", self.bob), "Too dear")
        self.assertEqual(
            self.get("crm_refusals", self.account), "Too dear (2), Not now"
        )
        lead = self.lose(self.bob)
        self.assertEqual(
            self.get("crm_refusals", self.bob), "Too dear, no reason given"
        )
        lead.action_restore()
        self.assertEqual(self.get("crm_refusals", self.bob), "Too dear")
        self.assertFalse(self.get("crm_refusals", self.stranger))

    def test_refusals_of_another_company(self):
        company, rep = self.create_company()
        lead = self.lose(self.ann)
        lead.sudo().write({"user_id": False, "team_id": False})
        lead.sudo().company_id = company
        self.assertFalse(self.get("crm_refusals"))
        self.assertEqual(self.get("crm_refusals", user=rep), "no reason given")
        lead.sudo().company_id = False
        self.assertEqual(self.get("crm_refusals"), "no reason given")

    def test_opted_out(self):
        self.assertFalse(self.get("crm_opted_out"))
        self.env["mail.blacklist"].create({"email": "ann@acme.example"})
        self.assertTrue(self.get("crm_opted_out"))
        self.assertFalse(self.get("crm_opted_out", self.bob))
        self.assertFalse(self.get("crm_opted_out", self.account))
        self.bob.phone = "+32475123456"
        self.env["phone.blacklist"].create({"number": "+32475123456"})
        self.assertTrue(self.get("crm_opted_out", self.bob))

    def test_taken_off_a_mailing_list(self):
        if "mailing.subscription" not in self.env:
            self.assertEqual(
                self.env["res.partner"]._get_unsubscribed(["ann@acme.example"]), set()
            )
            return
        mailing_list = self.env["mailing.list"].create({"name": "News"})
        contact = self.env["mailing.contact"].create(
            {"name": "Ann", "email": "Ann@Acme.example"}
        )
        subscription = self.env["mailing.subscription"].create(
            {"contact_id": contact.id, "list_id": mailing_list.id}
        )
        self.assertFalse(self.get("crm_opted_out"))
        subscription.opt_out = True
        self.assertTrue(self.get("crm_opted_out"))
        self.assertFalse(self.get("crm_opted_out", self.stranger))


@tagged("post_install", "-at_install")
class TestAccountQueries(AccountCase):
    """Neither the sheet nor the list of contacts slows down with their number."""

    MANY = 80

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        partners = cls.env["res.partner"]
        accounts = partners.create(
            [{"name": f"Account {n}", "is_company": True} for n in range(cls.MANY)]
        )
        cls.many = partners.create(
            [
                {
                    "name": f"Person {n}",
                    "parent_id": account.id,
                    "email": f"person{n}@account{n}.example",
                    "phone": f"+32 475 12 34 {n:02}",
                }
                for n, account in enumerate(accounts)
            ]
        )
        for account in accounts:
            cls.answer(cls.sector, "yes", account=account)
        reason = cls.env["crm.lost.reason"].create({"name": "Too dear"})
        leads = cls.env["crm.lead"].create(
            [
                {"name": p.name, "type": "lead", "partner_id": p.id, "user_id": False}
                for p in cls.many
            ]
        )
        leads.action_set_lost(lost_reason_id=reason.id)
        cls.env.flush_all()

    def test_fields_of_a_list(self):
        for name in ("crm_fit", "crm_refusals", "crm_opted_out", *KINDS.values()):
            with self.subTest(field=name):
                many = self.many.with_user(self.rep)
                one, eighty = (
                    lambda r=records, n=name: r.mapped(n)
                    for records in (many[:1].with_prefetch(), many)
                )
                self.count_queries(one)  # fills what is read once a process
                self.assertEqual(self.count_queries(eighty), self.count_queries(one))
        self.assertEqual(set(many.mapped("crm_fit")), {"75 % Strict"})
        self.assertEqual(set(many.mapped("crm_refusals")), {"Too dear"})

    def test_sheet(self):
        """As many people, leads, roles and needs as there may be."""
        account = self.account.with_user(self.rep)

        def add(count):
            people = self.env["res.partner"].create(
                [{"name": f"P{n}", "parent_id": self.account.id} for n in range(count)]
            )
            leads = self.env["crm.lead"].create(
                [
                    {
                        "name": person.name,
                        "type": "lead",
                        "partner_id": person.id,
                        "user_id": self.rep.id,
                        "qualification_need_ids": [(0, 0, {"name": "Speed"})],
                        "qualification_role_ids": [
                            (0, 0, {"partner_id": person.id, "role": "champion"})
                        ],
                    }
                    for person in people
                ]
            )
            for lead in leads:
                lead._log_contact("Talked", "reached")

        add(1)
        self.answer(self.sector, "yes")
        self.get_sheet(account)
        few = self.count_queries(account.get_account_sheet)
        add(self.MANY)
        many = self.count_queries(account.get_account_sheet)
        self.assertEqual(many, few)
        sheet = account.get_account_sheet()
        known = self.env["res.partner"].search_count(
            [("parent_id", "=", self.account.id), ("is_company", "=", False)]
        )
        self.assertEqual(sheet["people_count"], known)
        self.assertGreater(known, self.MANY)
        self.assertEqual(len(sheet["people"]), self.MANY, "the first ones")
        self.assertTrue(all(person["roles"] for person in sheet["people"]))
        self.assertEqual(len(sheet["needs"]), self.MANY)
