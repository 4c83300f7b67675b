"""Contacts, accounts and leads that come together keep all that is known of them."""

from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Datetime
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES, SALES_ALL, SALES_MANAGER, QualificationCase

DAY = timedelta(days=1)
OLD, NEW = 20 * DAY, 5 * DAY


class MergeCase(QualificationCase):
    """Two accounts with people, two companies, and two questions about accounts."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.enforcement = "advise"
        cls.sector, cls.staff = cls.env["crm.qualification.criterion"].create(
            [
                {
                    "name": "Our sector?",
                    "profile_id": cls.profile.id,
                    "scope": "account",
                    "is_required": True,
                },
                {
                    "name": "Staff?",
                    "profile_id": cls.profile.id,
                    "scope": "account",
                    "answer_type": "number",
                },
            ]
        )
        cls.now = Datetime.now()
        cls.company = cls.env.company
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.rep_other = new_test_user(
            cls.env,
            "rep_other",
            groups=SALES,
            company_id=cls.other.id,
            company_ids=cls.other.ids,
        )
        cls.account, cls.ann, cls.bob = cls.create_pod("Acme", "Ann", "Bob")
        cls.rival, cls.eve = cls.create_pod("Rival", "Eve")

    @classmethod
    def create_pod(cls, name, *people):
        partners = cls.env["res.partner"]
        account = partners.create({"name": name, "is_company": True})
        return account, *partners.create(
            [{"name": person, "parent_id": account.id} for person in people]
        )

    @classmethod
    def create_person(cls, name="Zoe"):
        return cls.env["res.partner"].create({"name": name})

    @classmethod
    def answer(cls, owner, value, age=NEW, criterion=None, company=None):
        """What the rep found out some days ago about an account or for a lead."""
        field = "lead_id" if owner._name == "crm.lead" else "partner_id"
        values = {"company_id": (company or cls.company).id}
        return (
            cls.env["crm.qualification.answer"]
            .with_user(cls.rep)
            .sudo()
            .create(
                {
                    "criterion_id": (criterion or cls.sector).id,
                    field: owner.id,
                    "value": value,
                    "date": cls.now - age,
                }
                | (values if field == "partner_id" else {})
            )
        )

    @classmethod
    def add_lead(cls, partner=None, kind="lead", company=None, **values):
        """A lead of a company and its salesperson, or of no company."""
        rep = cls.rep_other if company == cls.other else cls.rep
        return cls.env["crm.lead"].create(
            {
                "name": f"For {partner.name if partner else 'somebody'}",
                "type": kind,
                "partner_id": partner.id if partner else False,
                "company_id": company.id if company else False,
                "user_id": rep.id,
                "team_id": False,
            }
            | values
        )

    def merge(self, sources, target):
        """As the dialog does; nothing may go wrong on the way, unseen either."""
        merging = "odoo.addons.base.wizard.base_partner_merge"
        with self.assertNoLogs("odoo", level="WARNING"), mute_logger(merging):
            self.env["base.partner.merge.automatic.wizard"].create(
                {
                    "partner_ids": [(6, 0, (sources | target).ids)],
                    "dst_partner_id": target.id,
                }
            ).action_merge()
        self.assertFalse(sources.exists())
        self.assertRight()

    def assertRight(self):
        """All that is stored is what it would be if it were computed now."""
        self.env.flush_all()
        self.env.invalidate_all()
        partners = self.env["res.partner"].with_context(active_test=False)
        ours = partners.search([("id", ">=", self.account.id)])
        stale = set(self.env["res.partner"]._get_all_stale_lifecycles())
        self.assertEqual(stale & set(ours.ids), set())
        for partner in ours:
            account = partner
            while account.parent_id and not account.is_company:
                account = account.parent_id
            self.assertEqual(partner.commercial_partner_id, account, partner.name)
        answers = self.env["crm.qualification.answer"].search(
            [("partner_id", "in", ours.ids)]
        )
        for answer in answers:
            self.assertEqual(answer.partner_id, answer.partner_id.commercial_partner_id)
        places = [(a.partner_id, a.criterion_id, a.company_id) for a in answers]
        self.assertEqual(len(places), len(set(places)), "one answer to each question")
        leads = self.env["crm.lead"].with_context(active_test=False)
        leads = leads.search([("partner_id", "in", ours.ids)])
        names = ("qualification_state", "qualification_score", "qualification_grade")
        stored = [[lead[name] for name in names] for lead in leads]
        leads._review_qualification()
        self.env.flush_all()
        self.assertEqual([[lead[name] for name in names] for lead in leads], stored)
        if leads:
            stale = self.env["crm.contact.evidence"]._get_stale(leads)
            self.assertEqual(stale, [])

    def assertAnswer(self, account, value, history=False, company=None, criterion=None):
        """The one answer of an account, and what was answered before."""
        answer = account.qualification_answer_ids.filtered(
            lambda a: (
                a.company_id == (company or self.company)
                and a.criterion_id == (criterion or self.sector)
            )
        )
        self.assertEqual(len(answer), 1)
        self.assertEqual(answer.value, value)
        self.assertEqual(answer.user_id, self.rep, "who answered stays")
        if history:
            self.assertIn(history, answer.history)
        else:
            self.assertFalse(answer.history)
        return answer

    def get_lifecycle(self, partner, company=None):
        partner = partner.with_company(company or self.company)
        return partner.crm_lifecycle or "prospect"


@tagged("post_install", "-at_install")
class TestMergedAnswers(MergeCase):
    def test_only_the_source_has_one(self):
        answer = self.answer(self.rival, "yes")
        date = answer.date
        self.merge(self.rival, self.account)
        kept = self.assertAnswer(self.account, "yes")
        self.assertEqual((kept, kept.date), (answer, date))

    def test_newer_in_the_source(self):
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.merge(self.rival, self.account)
        kept = self.assertAnswer(self.account, "yes", "no (rep")
        self.assertEqual(kept.date, self.now - NEW)
        self.assertIn(f"{self.now - OLD:%Y-%m-%d}", kept.history)

    def test_newer_in_the_target(self):
        self.answer(self.account, "no", NEW)
        self.answer(self.rival, "yes", OLD)
        self.merge(self.rival, self.account)
        kept = self.assertAnswer(self.account, "no", "yes (rep")
        self.assertEqual(kept.date, self.now - NEW)

    def test_known_before_unknown(self):
        self.answer(self.account, "yes", OLD)
        self.answer(self.rival, "", NEW)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes")

    def test_known_in_the_source_before_unknown(self):
        self.answer(self.account, "", NEW)
        self.answer(self.rival, "yes", OLD)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes")

    def test_different_questions(self):
        self.answer(self.account, "yes")
        self.answer(self.rival, "50", criterion=self.staff)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes")
        self.assertAnswer(self.account, "50", criterion=self.staff)

    def test_each_company_has_its_own(self):
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.answer(self.account, "no", NEW, company=self.other)
        self.answer(self.rival, "yes", OLD, company=self.other)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertAnswer(self.account, "no", "yes (rep", company=self.other)

    def test_one_company_knows_something(self):
        self.answer(self.account, "no", NEW)
        self.answer(self.rival, "yes", OLD, company=self.other)
        self.merge(self.rival, self.account)
        self.assertAnswer(self.account, "no")
        self.assertAnswer(self.account, "yes", company=self.other)

    def test_three_at_once(self):
        third, _kim = self.create_pod("Third", "Kim")
        self.answer(self.account, "no", 10 * DAY)
        self.answer(self.rival, "yes", NEW)
        self.answer(third, "no", OLD)
        self.merge(self.rival | third, self.account)
        kept = self.assertAnswer(self.account, "yes", "no (rep")
        self.assertEqual(len(kept.history.splitlines()), 2)

    def test_history_adds_up(self):
        third, _kim = self.create_pod("Third", "Kim")
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.answer(third, "no", DAY)
        self.merge(self.rival, self.account)
        self.merge(self.account, third)
        kept = self.assertAnswer(third, "no", "yes (rep")
        self.assertEqual(len(kept.history.splitlines()), 2)

    def test_leads_are_judged_anew(self):
        lead, other = self.add_lead(self.ann), self.add_lead(self.eve)
        self.answer(self.rival, "yes")
        self.env.flush_all()
        before = lead.qualification_score, other.qualification_score
        self.assertLess(*before)
        self.merge(self.rival, self.account)
        self.assertEqual(lead.qualification_score, before[1])
        self.assertEqual(other.qualification_score, before[1])
        self.assertEqual(other.partner_id, self.eve)
        self.assertEqual(self.eve.commercial_partner_id, self.account)

    def test_as_a_manager(self):
        """Who merges need not see the other company's answers."""
        user = new_test_user(
            self.env, "merger", groups=f"{SALES_MANAGER},base.group_partner_manager"
        )
        self.answer(self.account, "no", OLD, company=self.other)
        self.answer(self.rival, "yes", NEW, company=self.other)
        self.add_lead(self.eve, company=self.other)
        self.env.flush_all()
        with mute_logger("odoo.addons.base.wizard.base_partner_merge"):
            self.env["base.partner.merge.automatic.wizard"].with_user(user).create(
                {
                    "partner_ids": [(6, 0, (self.rival | self.account).ids)],
                    "dst_partner_id": self.account.id,
                }
            ).action_merge()
        self.assertFalse(self.rival.exists())
        self.assertRight()
        self.assertAnswer(self.account, "yes", "no (rep", company=self.other)
        self.assertEqual(self.get_lifecycle(self.account, self.other), "lead")
        self.assertEqual(self.get_lifecycle(self.account), "prospect")


@tagged("post_install", "-at_install")
class TestMergedRoles(MergeCase):
    def add_role(self, lead, person, role, note=False):
        return self.env["crm.lead.role"].create(
            {
                "lead_id": lead.id,
                "partner_id": person.id,
                "role": role,
                "note": note,
            }
        )

    def test_without_doubles(self):
        lead, other = self.add_lead(self.ann), self.add_lead(self.bob)
        self.add_role(lead, self.ann, "champion", "Likes us")
        self.add_role(lead, self.bob, "champion", "Hates the old one")
        self.add_role(lead, self.bob, "blocker")
        self.add_role(other, self.bob, "champion")
        self.merge(self.bob, self.ann)
        roles = self.ann.qualification_role_ids
        self.assertEqual(
            sorted((role.lead_id.id, role.role) for role in roles),
            [(lead.id, "blocker"), (lead.id, "champion"), (other.id, "champion")],
        )
        notes = roles.filtered(lambda r: r.lead_id == lead and r.role == "champion")
        self.assertEqual(notes.note, "Likes us; Hates the old one")

    def test_two_sources_with_the_same_role(self):
        lead = self.add_lead(self.ann)
        self.add_role(lead, self.bob, "user", "Daily")
        self.add_role(lead, self.eve, "user", "Weekly")
        self.eve.parent_id = False
        self.merge(self.bob | self.eve, self.ann)
        role = self.ann.qualification_role_ids
        self.assertEqual((role.role, role.lead_id), ("user", lead))
        self.assertEqual(set(role.note.split("; ")), {"Daily", "Weekly"})

    def test_merged_leads(self):
        first, second = self.add_lead(self.ann), self.add_lead(self.ann)
        for lead in (first, second):
            self.add_role(lead, self.ann, "champion", lead.name)
            self.add_role(lead, self.bob, "budget")
        (first | second).merge_opportunity()
        left = (first | second).exists()
        self.assertEqual(
            sorted(left.qualification_role_ids.mapped("role")), ["budget", "champion"]
        )
        self.assertRight()


@tagged("post_install", "-at_install")
class TestMergedLifecycles(MergeCase):
    def test_person_into_person_of_another_account(self):
        """The account that loses a person loses what the person brought."""
        self.add_lead(self.ann, "opportunity")
        self.add_lead(self.bob, company=self.other)
        self.env.flush_all()
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")
        self.merge(self.ann, self.eve)
        self.assertEqual(self.eve.commercial_partner_id, self.rival)
        self.assertEqual(self.get_lifecycle(self.account), "prospect")
        self.assertEqual(self.get_lifecycle(self.account, self.other), "lead")
        for partner in (self.eve, self.rival):
            self.assertEqual(self.get_lifecycle(partner), "opportunity")
            self.assertEqual(self.get_lifecycle(partner, self.other), "opportunity")

    def test_account_into_account_with_people(self):
        self.add_lead(self.eve).action_set_lost()
        self.add_lead(self.rival, "opportunity").action_set_won()
        self.add_lead(self.bob)
        self.merge(self.rival, self.account)
        self.assertEqual(self.eve.parent_id, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "customer")
        self.assertTrue(self.account.crm_in_progress)
        self.assertEqual(self.get_lifecycle(self.eve), "lost")
        self.assertEqual(self.get_lifecycle(self.bob), "lead")

    def test_company_dependent_values_are_not_mixed(self):
        """Odoo fills the target's values with those of the source, by company."""
        self.add_lead(self.ann, "opportunity", self.company)
        self.add_lead(self.eve, "lead", self.other)
        self.env.flush_all()
        self.merge(self.rival, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")
        self.assertEqual(self.get_lifecycle(self.account, self.other), "lead")

    def test_person_into_an_account(self):
        self.add_lead(self.eve, "opportunity")
        self.answer(self.rival, "yes")
        self.merge(self.eve, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")
        self.assertEqual(self.get_lifecycle(self.rival), "prospect")
        self.assertAnswer(self.rival, "yes")
        self.assertFalse(self.account.qualification_answer_ids)

    def test_account_into_a_person_of_another(self):
        """A private person's own answers go to the account of the one that stays."""
        zoe = self.create_person()
        self.answer(zoe, "yes", NEW)
        self.answer(self.account, "no", OLD)
        self.add_lead(zoe, "opportunity")
        self.merge(zoe, self.ann)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertEqual(self.get_lifecycle(self.ann), "opportunity")
        self.assertEqual(self.get_lifecycle(self.account), "opportunity")

    def test_company_into_a_person(self):
        """Odoo makes the one that stays a company; it has the answers then."""
        zoe = self.create_person()
        self.answer(zoe, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        self.add_lead(self.eve)
        self.merge(self.rival, zoe)
        self.assertTrue(zoe.is_company)
        self.assertAnswer(zoe, "yes", "no (rep")
        self.assertEqual(self.get_lifecycle(zoe), "lead")
        self.assertEqual(self.eve.commercial_partner_id, zoe)

    def test_person_of_an_account_into_a_private_person(self):
        """Odoo gives the one that stays the other's account."""
        zoe = self.create_person()
        self.answer(zoe, "yes", NEW)
        self.answer(self.rival, "no", OLD)
        self.add_lead(zoe)
        self.merge(self.eve, zoe)
        self.assertEqual(zoe.commercial_partner_id, self.rival)
        self.assertAnswer(self.rival, "yes", "no (rep")
        self.assertEqual(self.get_lifecycle(self.rival), "lead")

    def test_archived_ones(self):
        self.eve.active = False
        self.add_lead(self.eve, "opportunity").action_set_won()
        self.merge(self.rival, self.account)
        self.assertEqual(self.eve.parent_id, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "customer")

    def test_contact_with_the_person_that_went(self):
        """A meeting with her was contact with her old account's leads, too."""
        lead = self.add_lead(self.bob)
        stop = self.now.replace(microsecond=0) - DAY
        self.env["calendar.event"].create(
            {
                "name": "Demo",
                "start": stop - timedelta(hours=1),
                "stop": stop,
                "user_id": self.rep.id,
                "partner_ids": (self.rep.partner_id | self.ann).ids,
            }
        )
        self.env.flush_all()
        self.assertEqual(lead.contact_state, "two_way")
        self.merge(self.ann, self.eve)
        self.assertEqual(self.eve.crm_heard_date, stop)
        self.assertEqual(lead.contact_state, "none")
        self.assertFalse(self.account.crm_heard_date)

    def test_more_than_one_user_is_refused(self):
        """What Odoo refuses changes nothing."""
        self.answer(self.account, "no", OLD)
        self.answer(self.rival, "yes", NEW)
        wizard = self.env["base.partner.merge.automatic.wizard"]
        pair = self.rep.partner_id | self.rep_all.partner_id
        with self.assertRaisesRegex(UserError, "more than one user"):
            with self.env.cr.savepoint():
                wizard._merge(pair.ids, pair[0])
        self.assertTrue(pair.exists())
        self.assertRight()


@tagged("post_install", "-at_install")
class TestSplit(MergeCase):
    def test_person_with_answers_joins_a_company(self):
        zoe = self.create_person()
        self.answer(zoe, "yes", NEW)
        self.answer(zoe, "50", criterion=self.staff)
        self.answer(self.account, "no", OLD)
        lead = self.add_lead(zoe)
        zoe.parent_id = self.account
        self.assertRight()
        self.assertFalse(zoe.qualification_answer_ids)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertAnswer(self.account, "50", criterion=self.staff)
        self.assertGreater(lead.qualification_score, 0)

    def test_archived_person_with_answers_joins_a_company(self):
        zoe = self.create_person()
        zoe.active = False
        self.answer(zoe, "yes")
        zoe.parent_id = self.account
        self.assertRight()
        self.assertAnswer(self.account, "yes")

    def test_person_leaves(self):
        """What is known of the account stays with the account."""
        self.answer(self.account, "yes")
        lead = self.add_lead(self.ann)
        self.env.flush_all()
        self.assertGreater(lead.qualification_score, 0)
        self.ann.parent_id = False
        self.assertRight()
        self.assertAnswer(self.account, "yes")
        self.assertFalse(self.ann.qualification_answer_ids)
        self.assertEqual(lead.qualification_score, 0)

    def test_company_turned_into_a_person_of_another(self):
        self.rival.parent_id = self.account
        self.answer(self.rival, "yes", OLD)
        self.answer(self.account, "no", NEW)
        self.add_lead(self.eve)
        self.rival.is_company = False
        self.assertRight()
        self.assertAnswer(self.account, "no", "yes (rep")
        self.assertEqual(self.eve.commercial_partner_id, self.account)
        self.assertEqual(self.get_lifecycle(self.account), "lead")

    def test_company_turned_into_a_private_person(self):
        self.answer(self.rival, "yes")
        self.rival.is_company = False
        self.assertRight()
        self.assertAnswer(self.rival, "yes")

    def test_account_archived(self):
        self.answer(self.account, "yes")
        lead = self.add_lead(self.ann)
        self.account.active = False
        self.assertRight()
        self.assertAnswer(self.account, "yes")
        self.assertGreater(lead.qualification_score, 0)

    def test_shared_account(self):
        """Each company's answer serves its own leads only."""
        self.answer(self.account, "yes")
        self.answer(self.account, "no", company=self.other)
        mine = self.add_lead(self.ann, company=self.company)
        theirs = self.add_lead(self.ann, company=self.other)
        self.assertRight()
        self.assertGreater(mine.qualification_score, 0)
        self.assertEqual(theirs.qualification_score, 0)


@tagged("post_install", "-at_install")
class TestHandingOver(MergeCase):
    def convert(self, lead, **values):
        """By Odoo's dialog, as the lead's salesperson."""
        lead = lead.with_user(self.rep)
        with self.assertNoLogs("odoo", level="WARNING"):
            self.env["crm.lead2opportunity.partner"].with_user(self.rep).with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            ).create({"lead_id": lead.id, "name": "convert"} | values).action_apply()
        self.assertEqual(lead.type, "opportunity")
        self.assertRight()

    def add_unknown(self, **values):
        """A lead of nobody known yet."""
        return self.add_lead(
            contact_name="Zoe", partner_name="Zoe Inc", email_from="zoe@zoe.example"
        )

    def test_lead_keeps_its_own(self):
        lead = self.add_unknown()
        lead.with_user(self.rep).save_qualification_answer(self.sector.id, "yes")
        self.assertEqual(lead.qualification_answer_ids.value, "yes")
        self.assertFalse(lead.qualification_answer_ids.partner_id)

    def test_created_contact(self):
        lead = self.add_unknown()
        answer = self.answer(lead, "yes")
        own = self.answer(lead, "yes", criterion=self.budget)
        date, score = answer.date, lead.qualification_score
        self.convert(lead, action="create")
        account = lead.partner_id.commercial_partner_id
        self.assertTrue(account)
        self.assertEqual(lead.qualification_answer_ids, own)
        kept = self.assertAnswer(account, "yes")
        self.assertEqual((kept, kept.date), (answer, date))
        self.assertEqual(lead.qualification_score, score)

    def test_existing_account_with_an_older_answer(self):
        self.answer(self.account, "no", OLD)
        lead = self.add_unknown()
        self.answer(lead, "yes", NEW)
        self.convert(lead, action="exist", partner_id=self.ann.id)
        self.assertEqual(lead.partner_id, self.ann)
        self.assertFalse(lead.qualification_answer_ids)
        self.assertAnswer(self.account, "yes", "no (rep")

    def test_existing_account_with_a_newer_answer(self):
        self.answer(self.account, "no", NEW)
        lead = self.add_unknown()
        self.answer(lead, "yes", OLD)
        self.convert(lead, action="exist", partner_id=self.ann.id)
        self.assertFalse(lead.qualification_answer_ids)
        self.assertAnswer(self.account, "no", "yes (rep")

    def test_refused_lead_hands_over_nothing(self):
        lead = self.add_unknown()
        answer = self.answer(lead, "yes")
        self.profile.write({"enforcement": "enforce", "needs_required": 1})
        lead.partner_id = self.ann
        with self.assertRaises(UserError):
            lead.with_user(self.rep).type = "opportunity"
        self.assertEqual(lead.type, "lead", "taken back")
        self.assertEqual(lead.qualification_answer_ids, answer)

    def test_answers_of_a_company_that_the_user_is_not_of(self):
        """Nobody writes into another company's answers by way of a lead."""
        lead = self.add_unknown()
        self.answer(lead, "yes", NEW)
        other_rep = new_test_user(
            self.env,
            "foreign",
            groups=SALES_ALL,
            company_id=self.other.id,
            company_ids=self.other.ids,
        )
        theirs = self.answer(self.account, "no", OLD, company=self.other)
        self.profile.enforcement = "off"
        lead.write({"type": "opportunity", "user_id": other_rep.id, "team_id": False})
        lead.company_id = False
        lead.with_user(self.rep_all).partner_id = self.ann
        self.assertEqual(lead.user_id, other_rep)
        self.assertEqual((theirs.value, theirs.history), ("no", False))
        lead.with_user(other_rep).partner_id = self.bob
        self.assertEqual(lead.qualification_answer_ids.ids, [])

    def test_another_companys_answer_is_left_alone(self):
        """Of two companies' answers about one account each keeps its own."""
        for company in (self.company, self.other):
            with self.subTest(lead_of=company.name):
                account, person = self.create_pod(f"For {company.name}", "Kim")
                foreign = self.company + self.other - company
                theirs = self.answer(account, "no", OLD, company=foreign)
                lead = self.add_lead(company=company)
                self.answer(lead, "yes", NEW)
                lead.write({"partner_id": person.id, "type": "opportunity"})
                self.assertRight()
                self.assertTrue(theirs.exists())
                self.assertAnswer(account, "no", company=foreign)
                self.assertAnswer(account, "yes", company=company)

    def test_both_companies_have_answered(self):
        self.answer(self.account, "no", OLD)
        self.answer(self.account, "no", OLD, company=self.other)
        lead = self.add_lead(company=self.company)
        self.answer(lead, "yes", NEW)
        lead.write({"partner_id": self.ann.id, "type": "opportunity"})
        self.assertRight()
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertAnswer(self.account, "no", company=self.other)

    def test_contact_of_an_opportunity_comes_later(self):
        lead = self.add_unknown()
        self.answer(lead, "yes")
        lead.type = "opportunity"
        self.assertTrue(lead.qualification_answer_ids)
        lead.partner_id = self.ann
        self.assertFalse(lead.qualification_answer_ids)
        self.assertAnswer(self.account, "yes")
        self.assertRight()

    def test_by_assignment_to_many(self):
        """Several leads of one account at once; the newest answer stays."""
        leads = self.add_lead() | self.add_lead()
        for lead, value, age in zip(leads, ("yes", "no"), (OLD, NEW), strict=True):
            self.answer(lead, value, age)
        leads.write({"partner_id": self.ann.id, "type": "opportunity"})
        self.assertAnswer(self.account, "no", "yes (rep")
        self.assertRight()

    def test_noted_in_the_chatter(self):
        lead = self.add_unknown()
        self.answer(lead, "yes")
        lead.write({"partner_id": self.ann.id, "type": "opportunity"})
        bodies = " ".join(lead.message_ids.mapped("body"))
        self.assertIn("Our sector?", bodies)
        self.assertIn("Acme", bodies)

    def test_merged_leads_keep_older_answers(self):
        first, second = self.add_lead(), self.add_lead()
        self.answer(first, "no", OLD)
        self.answer(second, "yes", NEW)
        self.answer(first, "yes", OLD, criterion=self.budget)
        self.answer(second, "no", NEW, criterion=self.budget)
        (first | second).merge_opportunity()
        left = (first | second).exists()
        answers = left.qualification_answer_ids
        self.assertEqual(
            {a.criterion_id: a.value for a in answers},
            {self.sector: "yes", self.budget: "no"},
        )
        for answer, older in zip(
            answers.sorted("value"), ("yes (rep", "no (rep"), strict=True
        ):
            self.assertIn(older, answer.history)

    def test_lead_merged_into_an_opportunity(self):
        """The opportunity's account gets what the lead knew."""
        lead = self.add_lead(email_from="ann@acme.example")
        running = self.add_lead(self.ann, "opportunity")
        self.answer(self.account, "no", OLD)
        self.answer(lead, "yes", NEW)
        (lead | running).merge_opportunity()
        left = (lead | running).exists()
        self.assertEqual((left, left.type), (running, "opportunity"))
        self.assertFalse(left.qualification_answer_ids)
        self.assertAnswer(self.account, "yes", "no (rep")
        self.assertRight()

    def test_clients_write_no_history(self):
        answer = self.answer(self.account, "yes")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            answer.sudo(False).with_user(self.rep).write({"history": "Forged"})
