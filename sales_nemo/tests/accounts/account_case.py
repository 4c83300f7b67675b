"""An account with two people, for the tests of what is known of it."""

from datetime import timedelta

from odoo.fields import Datetime
from odoo.tests import new_test_user

from ..common import SALES_ALL, QualificationCase

DAY = timedelta(days=1)


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
