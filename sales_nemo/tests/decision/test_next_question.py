"""The one question to ask next, answered where it is shown; and the order of leads."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestNextQuestion(QualificationCase):
    def test_what_helps_most_comes_first(self):
        lead = self.create_lead()
        self.assertEqual(lead.qualification_question_id, self.budget)
        self.size.requirement = "met"
        self.assertEqual(lead.qualification_question_id, self.size)
        lead.save_qualification_answer(self.size.id, "Small")
        self.assertEqual(lead.qualification_question_id, self.budget)
        lead.save_qualification_answer(self.budget.id, "no")
        self.assertFalse(lead.qualification_question_id)

    def test_nothing_to_ask_when_ruled_out(self):
        lead = self.create_lead()
        lead.save_qualification_answer(self.size.id, "Competitor")
        self.assertFalse(lead.qualification_question_id)

    def test_filters_are_not_asked(self):
        self.env["crm.qualification.criterion"].create(
            {
                "name": "Known town?",
                "profile_id": self.profile.id,
                "scope": "account",
                "answer_type": "automatic",
                "domain": "[('city', '!=', False)]",
                "weight": 10,
            }
        )
        self.assertEqual(self.create_lead().qualification_question_id, self.budget)

    def test_with_guidance_and_ways_to_answer(self):
        self.budget.guidance = "Ask who signs."
        lead = self.create_lead()
        sheet = lead.get_qualification_sheet()
        self.assertTrue(sheet["can_write"])
        self.assertEqual(sheet["next_question"], self.budget.id)
        rows = {row["id"]: row for row in sheet["questions"]}
        self.assertEqual(rows[self.budget.id]["guidance"], "Ask who signs.")
        self.profile.criterion_ids.unlink()
        self.assertIsNone(lead.get_qualification_sheet()["next_question"])

    def test_becomes_an_activity(self):
        self.budget.guidance = "Ask who signs.\nAnd when."
        lead = self.create_lead()
        action = lead.action_plan_question()
        wizards = self.env[action["res_model"]].with_user(self.rep)
        with Form(wizards.with_context(**action["context"])) as form:
            wizard = form.save()
        wizard.action_schedule_activities()
        activity = lead.activity_ids
        self.assertEqual(activity.summary, "Budget?")
        self.assertIn("Ask who signs.", activity.note)
        self.assertEqual(activity.activity_type_id.category, "phonecall")
        self.assertEqual(activity.user_id, self.rep)
        lead.save_qualification_answer(self.budget.id, "yes")
        lead.save_qualification_answer(self.size.id, "Large")
        with self.assertRaisesRegex(UserError, "answered"):
            lead.action_plan_question()

    def test_waiting_leads_come_first(self):
        def write_in(lead):
            lead.with_user(self.env.ref("base.user_root")).message_post(
                body="Hello?", message_type="email", email_from="ann@customer.example",
                subtype_xmlid="mail.mt_comment",
            )  # fmt: skip

        starred = self.create_lead("Starred", priority="3")
        late, early = (
            self.create_lead(name, email_from="ann@customer.example")
            for name in ("Late", "Early")
        )
        early.email_from = "ann@customer.example"
        write_in(early)
        write_in(late)
        early.message_ids.filtered(
            lambda m: m.message_type == "email"
        ).date = "2026-01-01 10:00:00"
        view = self.leads.get_view(
            self.env.ref("crm.crm_case_tree_view_leads").id, "list"
        )
        self.assertIn("contact_waiting_since, priority desc, id desc", view["arch"])
        found = self.leads.search(
            [("id", "in", (starred | late | early).ids)],
            order="contact_waiting_since, priority desc, id desc",
        )
        self.assertEqual(found.mapped("name"), ["Early", "Late", "Starred"])
        self.assertEqual(str(early.contact_waiting_since), "2026-01-01 10:00:00")
        early._log_contact("We talked", "reached")
        self.assertFalse(early.contact_waiting_since)
