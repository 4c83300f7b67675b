"""What a user may not read is linked by none of ours: Odoo would tell its name."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestLinksToHidden(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.hidden = cls.create_lead("Secret", cls.manager, user_id=cls.manager.id)
        cls.lead = cls.create_lead("Own")
        other = cls.env["res.company"].create({"name": "Other"})
        cls.foreign = {
            "partner": cls.env["res.partner"].create(
                {"name": "Secret", "company_id": other.id}
            ),
            "team": cls.env["crm.team"].create(
                {"name": "Secret", "company_id": other.id}
            ),
            "profile": cls.env["crm.qualification.profile"].create(
                {
                    "name": "Secret",
                    "state": "published",
                    "company_id": other.id,
                    "criterion_ids": [(0, 0, {"name": "Secret?"})],
                }
            ),
        }

    def assertHidden(self, work):
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            work()
            self.env.flush_all()

    def test_log_a_contact(self):
        logs = self.env["crm.lead.log.contact"].with_user(self.rep)
        self.assertHidden(lambda: logs.create({"lead_id": self.hidden.id}))
        log = logs.create({"lead_id": self.lead.id})
        self.assertHidden(lambda: log.write({"lead_id": self.hidden.id}))

    def test_roles(self):
        roles = self.env["crm.lead.role"].with_user(self.rep)
        values = {"lead_id": self.lead.id, "role": "champion"}
        secret = {"partner_id": self.foreign["partner"].id}
        self.assertHidden(lambda: roles.create(values | secret))
        role = roles.create(values | {"partner_id": self.rep.partner_id.id})
        self.assertHidden(lambda: role.write(secret))

    def test_answers(self):
        criterion = self.foreign["profile"].criterion_ids
        answers = self.env["crm.qualification.answer"].with_user(self.rep)
        values = {"criterion_id": criterion.id, "lead_id": self.lead.id}
        self.assertHidden(lambda: answers.create(values))

    def test_ids_as_texts(self):
        """Odoo's cache ignores them, PostgreSQL reads them."""
        roles = self.env["crm.lead.role"].with_user(self.rep)
        values = {"lead_id": self.lead.id, "role": "champion"}
        for text in (str(self.foreign["partner"].id), f" {self.rep.partner_id.id} "):
            with self.assertRaisesRegex(UserError, "give its id"):
                roles.create(values | {"partner_id": text})

    def test_defaults_of_ones_own(self):
        secret = self.foreign["partner"]
        self.env["ir.default"].with_user(self.rep).set(
            "crm.lead.role", "partner_id", secret.id, user_id=True
        )
        roles = self.env["crm.lead.role"].with_user(self.rep)
        self.assertNotIn("partner_id", roles.default_get(["partner_id"]))

    def test_teams_of_returns(self):
        team = {"recycle_team_id": self.foreign["team"].id}
        self.assertHidden(lambda: self.lead.write(team))
        lost = self.env["crm.lead.lost"].with_user(self.rep)
        self.assertHidden(lambda: lost.create(team))

    def test_defaults_of_the_context(self):
        logs = self.env["crm.lead.log.contact"].with_user(self.rep)
        logs = logs.with_context(default_lead_id=self.hidden.id)
        self.assertHidden(lambda: logs.create({}))

    def test_profiles_of_other_companies(self):
        lead = self.lead.with_user(self.manager)
        profile = self.foreign["profile"]
        self.assertHidden(lambda: lead.write({"qualification_profile_id": profile.id}))

    def test_mass_conversion_skips_them_without_a_name(self):
        leads = self.create_qualified_lead("Good") | self.hidden.with_user(self.rep)
        dialogs = self.env["crm.lead2opportunity.partner.mass"].with_user(self.rep)
        dialog = dialogs.with_context(
            active_model="crm.lead", active_ids=leads[0].ids
        ).create({"deduplicate": False})
        action = dialog.with_context(active_ids=leads.ids).action_mass_convert()
        job = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(leads[0].type, "opportunity")
        self.assertNotIn(self.hidden, job.sudo().line_ids.lead_id)
        self.assertNotIn("Secret", str(job.sudo().line_ids.mapped("lead_name")))
        self.assertEqual((job.total_count, job.skipped_count), (1, 1))
