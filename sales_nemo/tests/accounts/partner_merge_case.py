"""Two accounts with people, for the tests of what comes together."""

from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import new_test_user
from odoo.tools import mute_logger

from ..common import SALES, QualificationCase

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
                    "requirement": "met",
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
