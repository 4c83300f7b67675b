"""What was answered twice before there were unique indexes becomes one on updating."""

import importlib.util

from odoo.tests import tagged
from odoo.tools import SQL, file_path

from .account_case import AccountCase

MIGRATION = "sales_nemo/migrations/19.0.1.6.8/post-doubles.py"


@tagged("post_install", "-at_install")
class TestDoubles(AccountCase):
    def migrate(self):
        self.env.flush_all()
        spec = importlib.util.spec_from_file_location("doubles", file_path(MIGRATION))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.6.7")
        self.env.invalidate_all()

    def drop(self, name):
        self.env.cr.execute(SQL("DROP INDEX %s", SQL.identifier(name)))

    def test_answers(self):
        self.drop("crm_qualification_answer_unique_account_criterion")
        answers = self.env["crm.qualification.answer"].with_user(self.rep)
        values = {"partner_id": self.account.id, "criterion_id": self.sector.id}
        for value, day in (("no", 2), ("yes", 3), ("no", 1)):
            date = f"2026-01-0{day} 10:00:00"
            answers.create(values | {"value": value, "date": date})
        self.migrate()
        answer = self.account.qualification_answer_ids
        self.assertEqual((len(answer), answer.value), (1, "yes"))
        self.assertEqual(answer.history.count("no ("), 2)

    def test_roles(self):
        self.drop("crm_lead_role_unique_role")
        lead = self.create_lead(partner_id=self.ann.id)
        roles = self.env["crm.lead.role"].with_user(self.rep)
        values = {"lead_id": lead.id, "partner_id": self.ann.id, "role": "champion"}
        roles.create([values | {"note": note} for note in ("Likes us", "Decides")])
        self.migrate()
        role = lead.qualification_role_ids
        self.assertEqual(len(role), 1)
        self.assertEqual(set(role.note.split("; ")), {"Likes us", "Decides"})
