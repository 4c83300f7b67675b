"""Two companies and an account with people, for the tests of their lifecycle."""

from datetime import timedelta

from odoo.fields import Datetime

from ..common import QualificationCase

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class LifecycleCase(QualificationCase):
    """Two accounts with people, two companies, and a profile that lets all through."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.enforcement = "off"
        cls.company = cls.env.company
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.account, cls.ann, cls.bob = cls.create_pod("Acme", "Ann", "Bob")
        cls.rival, cls.eve = cls.create_pod("Rival", "Eve")
        cls.now = Datetime.now()

    @classmethod
    def create_pod(cls, name, *people):
        """An account with its people."""
        partners = cls.env["res.partner"]
        account = partners.create({"name": name, "is_company": True})
        return account, *partners.create(
            [
                {
                    "name": person,
                    "parent_id": account.id,
                    "email": f"{person.lower()}@{name.lower()}.example",
                }
                for person in people
            ]
        )

    @classmethod
    def add_lead(cls, partner, kind="lead", company=None, **values):
        """A lead or opportunity of a company, or of none; nobody's."""
        return cls.env["crm.lead"].create(
            {
                "name": f"For {partner.name}",
                "type": kind,
                "partner_id": partner.id,
                "company_id": company.id if company else False,
                "user_id": False,
                "team_id": False,
            }
            | values
        )

    @classmethod
    def receive(cls, person, date):
        """A mail of theirs outside of any lead, as the mail gateway posts it."""
        root = cls.env.ref("base.user_root")
        return person.with_user(root).message_post(
            body="Hello",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from=person.email or "nobody@nowhere.example",
            author_id=person.id,
            date=date,
        )

    @classmethod
    def meet(cls, guests, ended, lead=None):
        """A meeting of an hour with the rep, of a lead or of none."""
        stop = cls.now.replace(microsecond=0) - ended
        return cls.env["calendar.event"].create(
            {
                "name": "Demo",
                "start": stop - HOUR,
                "stop": stop,
                "user_id": cls.rep.id,
                "partner_ids": (cls.rep.partner_id | guests).ids,
                "opportunity_id": lead.id if lead else False,
            }
        )

    def get_stored(self, partner, company=None):
        """What is stored for a company, as (lifecycle, in progress)."""
        self.env.flush_all()
        self.env.invalidate_all()
        partner = partner.with_company(company or self.company)
        return partner.crm_lifecycle or "prospect", partner.crm_in_progress

    def assertLifecycle(self, expected, *partners, company=None):
        in_progress = expected in ("lead", "opportunity")
        for partner in partners:
            with self.subTest(partner=partner.name):
                lifecycle, progress = self.get_stored(partner, company)
                self.assertEqual(lifecycle, expected)
                if expected != "customer":
                    self.assertEqual(progress, in_progress)
        self.assertNothingStale()

    def assertNothingStale(self):
        """The addon's own check finds nothing to repair."""
        self.env.flush_all()
        ours = (
            self.env["res.partner"]
            .with_context(active_test=False)
            .search([("id", ">=", self.account.id)])
        )
        stale = set(self.env["res.partner"]._get_all_stale_lifecycles())
        self.assertEqual(stale & set(ours.ids), set())
