"""Who may do what: salesperson (own, all), manager, approver, nobody else."""

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import QualificationCase

CONFIGURATION = (
    "crm.qualification.profile",
    "crm.qualification.criterion",
    "crm.qualification.choice",
)
FACTS = ("crm.qualification.answer", "crm.lead.need", "crm.lead.commitment")


@tagged("post_install", "-at_install")
class TestAccess(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.mine = cls.create_qualified_lead("Mine")
        cls.theirs = cls.create_qualified_lead("Theirs", cls.rep_all)
        for lead in cls.mine | cls.theirs:
            lead.sudo().save_qualification_answer(cls.budget.id, "yes")
            lead.sudo().convert_opportunity(lead.partner_id)

    def get_facts(self, lead):
        return (
            lead.sudo().qualification_answer_ids,
            lead.sudo().qualification_need_ids,
            lead.sudo().qualification_commitment_ids,
        )

    def test_configuration_is_the_managers(self):
        for model in CONFIGURATION:
            for user in (self.rep, self.rep_all, self.approver):
                records = self.env[model].with_user(user)
                self.assertTrue(records.has_access("read"), model)
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(records.has_access(operation), model)
            self.assertTrue(
                self.env[model].with_user(self.manager).has_access("unlink")
            )

    def test_nobody_else(self):
        for model in (*CONFIGURATION, *FACTS, "crm.qualification.decision"):
            self.assertFalse(self.env[model].with_user(self.clerk).has_access("read"))

    def test_facts_follow_the_lead(self):
        for fact in self.get_facts(self.mine):
            for operation in ("read", "write", "unlink"):
                self.assertTrue(fact.with_user(self.rep).has_access(operation))
        for fact in self.get_facts(self.theirs):
            for operation in ("read", "write", "unlink"):
                self.assertFalse(fact.with_user(self.rep).has_access(operation))
                self.assertTrue(fact.with_user(self.rep_all).has_access(operation))
                self.assertTrue(fact.with_user(self.manager).has_access(operation))

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_no_facts_on_somebody_elses_lead(self):
        walks = (
            lambda: (
                self.env["crm.lead.need"]
                .with_user(self.rep)
                .create({"lead_id": self.theirs.id, "name": "x", "state": "confirmed"})
            ),
            lambda: (
                self.env["crm.lead.commitment"]
                .with_user(self.rep)
                .create({"lead_id": self.theirs.id, "name": "x"})
            ),
            lambda: self.mine.qualification_need_ids.with_user(self.rep).write(
                {"lead_id": self.theirs.id}
            ),
            lambda: self.theirs.with_user(self.rep).save_qualification_answer(
                self.size.id, "Large"
            ),
            lambda: self.theirs.with_user(self.rep).get_qualification_sheet(),
        )
        for walk in walks:
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                walk()

    def test_decisions_follow_the_lead(self):
        mine = self.mine.sudo().qualification_decision_ids
        theirs = self.theirs.sudo().qualification_decision_ids
        self.assertTrue(mine.with_user(self.rep).has_access("read"))
        self.assertFalse(theirs.with_user(self.rep).has_access("read"))
        self.assertTrue(theirs.with_user(self.rep_all).has_access("read"))

    def test_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        foreign = self.env["crm.lead"].create(
            {"name": "F", "company_id": other.id, "user_id": False, "team_id": False}
        )
        need = self.env["crm.lead.need"].create({"lead_id": foreign.id, "name": "x"})
        answer = self.env["crm.qualification.answer"].create(
            {"criterion_id": self.budget.id, "lead_id": foreign.id, "value": "yes"}
        )
        self.assertFalse(answer.company_id, "it is the lead's")
        profile = self.env["crm.qualification.profile"].create(
            {"name": "Theirs", "company_id": other.id, "state": "published"}
        )
        for record in (need, answer, profile):
            self.assertFalse(record.with_user(self.manager).has_access("read"))
        foreign.company_id = self.env.company
        for record in (need, answer):
            self.assertTrue(record.with_user(self.manager).has_access("read"))

    def test_companies_share_an_account_but_no_answers(self):
        other = self.env["res.company"].create({"name": "Other"})
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        criterion = self.budget.copy(
            {"scope": "account", "profile_id": self.profile.id}
        )
        answers = self.env["crm.qualification.answer"]
        values = {"criterion_id": criterion.id, "partner_id": account.id}
        ours = answers.create(values | {"value": "yes"})
        theirs = answers.create(values | {"value": "no", "company_id": other.id})
        readable = answers.with_user(self.manager).search(
            [("partner_id", "=", account.id)]
        )
        self.assertEqual(readable, ours)
        self.assertFalse(theirs.with_user(self.manager).has_access("read"))

    def test_people_outside_sales_are_not_hindered(self):
        """A colleague without CRM rights who writes to a lead's contact."""
        self.clerk.group_ids += self.env.ref("base.group_partner_manager")
        partner = self.env["res.partner"].create({"name": "Ann"})
        lead = self.create_lead(partner_id=partner.id)
        partner.with_user(self.clerk).message_post(
            body="Hello", message_type="comment", partner_ids=partner.ids,
            subtype_xmlid="mail.mt_comment",
        )  # fmt: skip
        self.assertEqual(lead.contact_state, "outbound")

    def test_what_follows_from_facts_is_read_only(self):
        def get_readonly(user):
            fields = self.env["crm.lead"].with_user(user).fields_get([], ["readonly"])
            return {name for name, known in fields.items() if known["readonly"]}

        verdict = {"qualification_score", "contact_state", "attempt"}
        self.assertLessEqual(verdict, get_readonly(self.manager))
        self.assertLessEqual(
            verdict | {"qualification_profile_id"}, get_readonly(self.rep)
        )
        self.assertNotIn("qualification_profile_id", get_readonly(self.manager))

    def test_who_sets_what_follows_from_facts_is_told_its_name(self):
        lead = self.mine.with_user(self.rep)
        for name, value, words in (
            ("qualification_score", 100, "follows from what is known"),
            ("qualification_profile_id", False, "Only sales managers"),
        ):
            for walk in (
                lambda name=name, value=value: lead.write({name: value}),
                lambda name=name, value=value: lead.create({"name": "x", name: value}),
                lambda name=name, value=value: lead.with_context(
                    **{f"default_{name}": value or self.profile.id}
                ).create({"name": "x"}),
            ):
                with (
                    self.subTest(name=name),
                    self.assertRaisesRegex(AccessError, f"{words}.*|{name}") as told,
                    self.env.cr.savepoint(),
                ):
                    walk()
                self.assertIn(name, str(told.exception))
