"""Merging as a path into the pipeline, by the dialog and without it."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestGuardMerge(QualificationCase):
    def test_into_a_running_opportunity(self):
        opportunity = self.create_qualified_lead("Running")
        opportunity.convert_opportunity(opportunity.partner_id)
        lead = self.create_lead("Tail")
        need = self.env["crm.lead.need"].create({"lead_id": lead.id, "name": "More"})
        merged = (opportunity | lead).merge_opportunity()
        self.assertEqual(merged, opportunity)
        self.assertIn(need, merged.qualification_need_ids)
        self.assertEqual(merged.qualification_state, "qualified")

    def test_facts_follow_and_the_newer_answer_wins(self):
        first, second = self.create_lead("First"), self.create_lead("Second")
        answers = self.env["crm.qualification.answer"]
        old, new = answers.create(
            [
                {
                    "criterion_id": self.budget.id,
                    "lead_id": first.id,
                    "value": "no",
                    "date": "2026-01-01",
                },
                {
                    "criterion_id": self.budget.id,
                    "lead_id": second.id,
                    "value": "yes",
                    "date": "2026-02-01",
                },
            ]
        )
        size = answers.create(
            {"criterion_id": self.size.id, "lead_id": second.id, "value": "Large"}
        )
        second._log_contact("We talked", "reached")
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged.type, "lead")
        self.assertEqual(merged.qualification_answer_ids, new | size)
        self.assertFalse(old.exists())
        self.assertEqual(str(new.date), "2026-02-01 00:00:00", "not answered anew")
        self.assertEqual(merged.contact_state, "two_way")

    def test_lead_does_not_come_to_life_in_a_lost_opportunity(self):
        self.profile.active = False
        lost = self.leads.create({"name": "Lost", "type": "opportunity"})
        self.profile.active = True
        lost.action_set_lost()
        lead = self.create_lead("Reborn")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            (lost | lead).merge_opportunity()
        self.add_facts(lead)
        merged = (lost | lead).merge_opportunity()
        self.assertEqual(merged.qualification_decision_id.sudo().path, "merge")

    def test_lost_records_are_not_preselected(self):
        lead = self.create_lead("New", email_from="ann@customer.example")
        lost = self.create_lead("Lost", email_from="ann@customer.example")
        lost.action_set_lost()
        twin = self.create_lead("Twin", email_from="ann@customer.example")
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        with Form(
            wizard.with_context(active_model="crm.lead", active_id=lead.id)
        ) as form:
            chosen = self.leads.browse(form.duplicated_lead_ids.ids)
            self.assertEqual(chosen, lead | twin)
            self.assertFalse(form.lost_duplicate_warning)
            form.duplicated_lead_ids.add(lost)
            self.assertIn("Lost (no reason)", form.lost_duplicate_warning)

    def test_merge_wizard_refuses_by_opening_itself_again(self):
        self.profile.active = False
        lost = self.leads.create({"name": "Lost", "type": "opportunity"})
        self.profile.active = True
        lost.action_set_lost()
        lead = self.create_lead("Reborn")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.rep)
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create(
                {
                    "lead_id": lead.id,
                    "name": "merge",
                    "duplicated_lead_ids": [(6, 0, (lead | lost).ids)],
                    "need_name": "Speed",
                }
            )
        )
        action = wizard.action_apply()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertIn("Contacted", wizard.merge_refusal)
        self.assertEqual(lead.qualification_need_ids.name, "Speed", "kept")
        self.assertEqual((lead.type, lost.won_status), ("lead", "lost"))

    def test_merge_wizard_asks_the_gate_about_the_merged_lead(self):
        first = self.create_lead("First", email_from="ann@customer.example")
        second = self.create_lead("Second", email_from="ann@customer.example")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.rep)
            .with_context(
                active_model="crm.lead", active_id=first.id, active_ids=first.ids
            )
            .create({"lead_id": first.id, "name": "merge"})
        )
        action = wizard.action_apply()
        merged = (first | second).exists()
        self.assertEqual(len(merged), 1)
        self.assertEqual(merged.type, "lead")
        self.assertEqual(action["res_id"], wizard.id)
        self.add_facts(merged)
        self.env["crm.lead2opportunity.partner"].with_user(self.rep).browse(
            wizard.id
        ).action_apply()
        self.assertEqual(merged.type, "opportunity")
