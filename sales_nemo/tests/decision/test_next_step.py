"""The one thing to do next: which it is, what a click on it opens, and the order."""

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestNextStep(QualificationCase):
    def assert_step(self, lead, key, text):
        self.assertEqual(lead.qualification_step, key)
        self.assertEqual(lead.qualification_next_step, text)

    def test_from_a_fresh_lead_to_an_opportunity(self):
        self.budget.requirement = "met"
        lead = self.create_lead()
        self.assert_step(lead, "unreachable", "Add a person and a way to reach them")
        lead.contact_name = "Ann"
        self.assert_step(lead, "no_address", "Add an e-mail address or a phone number")
        lead.email_from = "ann@customer.example"
        self.assert_step(lead, "contact_none", "Write or call")
        lead._log_contact("Nobody there", "no_answer")
        self.assert_step(lead, "contact_outbound", "Try again (attempt 2)")
        lead._log_contact("We talked", "reached")
        self.assert_step(lead, "needs_missing", "Ask what they want solved")
        need = self.env["crm.lead.need"].create({"lead_id": lead.id, "name": "Sped"})
        self.assert_step(lead, "needs_suspected", "Confirm a need: Sped")
        need.name = "Speed"
        self.assert_step(lead, "needs_suspected", "Confirm a need: Speed")
        need.state = "confirmed"
        text = "Agree on the buyer's next step"
        self.assert_step(lead, "commitments_missing", text)
        demo = {"lead_id": lead.id, "name": "Demo"}
        self.env["crm.lead.commitment"].create(demo)
        self.assert_step(lead, "question", "Budget?")
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assert_step(lead, "convert", "Convert")
        lead.convert_opportunity(lead.partner_id)
        self.assert_step(lead, False, "")

    def test_who_waits_for_an_answer_comes_before_what_is_missing(self):
        lead = self.create_lead(email_from="ann@customer.example")
        self.assertEqual(lead.qualification_step, "no_person")
        lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Hello?",
            message_type="email",
            email_from="ann@customer.example",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(lead.qualification_step, "contact_inbound")
        lead._log_contact("We talked", "reached")
        self.assertEqual(lead.qualification_step, "no_person")

    def test_who_never_answers_is_given_up(self):
        self.profile.attempts_max = 2
        lead = self.create_lead(contact_name="Ann", phone="+32 2 555 12 34")
        lead._log_contact("Nobody there", "no_answer")
        self.assertEqual(lead.qualification_step, "contact_outbound")
        lead._log_contact("Nobody there", "no_answer")
        self.assert_step(lead, "unreached", "Give it up: nobody answers")
        action = lead.action_next_step()
        dialog = self.env[action["res_model"]].with_context(**action["context"])
        self.assertEqual(dialog.create({}).lost_reason_id.name, "Unreachable")
        lead._log_contact("We talked", "reached")
        self.assertEqual(lead.qualification_step, "needs_missing")

    def test_optional_questions_are_no_step(self):
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_step, "convert")
        self.assertFalse(lead.qualification_question_id)

    def test_of_too_few_points_the_question_that_earns_most(self):
        self.profile.score_min = 70
        lead = self.create_qualified_lead()
        self.assert_step(lead, "question", "Budget?")
        lead.save_qualification_answer(self.budget.id, "no")
        self.assert_step(lead, "question", "Size?")
        lead.save_qualification_answer(self.size.id, "Large")
        self.assert_step(lead, "score_low", "Find what earns more points")

    def test_ruled_out_is_lost(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.size.id, "Competitor")
        self.assert_step(lead, "disqualified", "Mark as lost")
        action = lead.action_next_step()
        self.assertEqual(action["res_model"], "crm.lead.lost")
        lead.action_set_lost()
        self.assert_step(lead, False, "")

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
        self.profile.score_min = 20
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_question_id, self.budget)

    def test_a_flagged_opportunity_lacks_what_it_lacks(self):
        deal = self.leads.create({"name": "Direct", "type": "opportunity"})
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertEqual(deal.qualification_step, "unreachable")

    def test_an_opportunity_is_asked_for_what_the_next_stage_asks(self):
        stage = self.env.ref("crm.stage_lead3")
        self.budget.write({"requirement": "met", "stage_id": stage.id})
        deal = self.create_qualified_lead()
        self.assert_step(deal, "convert", "Convert")
        deal.convert_opportunity(deal.partner_id)
        self.assert_step(deal, "question", "Budget?")
        deal.save_qualification_answer(self.budget.id, "yes")
        self.assert_step(deal, False, "")

    def test_a_click_writes_to_the_lead(self):
        lead = self.create_lead(contact_name="Ann", email_from="ann@customer.example")
        action = lead.action_next_step()
        composers = self.env[action["res_model"]].with_user(self.rep)
        with Form(composers.with_context(**action["context"])) as form:
            form.body = "Hello Ann"
            composer = form.save()
        composer.action_send_mail()
        self.assertEqual(lead.contact_state, "outbound")
        self.assertEqual(lead.message_ids[:1].partner_ids.email, "ann@customer.example")

    def test_a_click_plans_a_call_where_there_is_no_address(self):
        lead = self.create_lead(contact_name="Ann", phone="+32 2 555 12 34")
        action = lead.action_next_step()
        self.assertEqual(action["res_model"], "mail.activity.schedule")

    def test_a_click_plans_a_call_where_the_address_is_none(self):
        lead = self.create_lead(contact_name="Ann", email_from="at her desk")
        action = lead.action_write_or_call()
        self.assertEqual(action["res_model"], "mail.activity.schedule")

    def test_a_click_converts(self):
        action = self.create_qualified_lead().action_next_step()
        self.assertEqual(action["res_model"], "crm.lead2opportunity.partner")

    def test_a_question_becomes_an_activity(self):
        self.budget.write(
            {"guidance": "Ask who signs.\nAnd when.", "requirement": "met"}
        )
        lead = self.create_qualified_lead()
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
        with self.assertRaisesRegex(UserError, "answered"):
            lead.action_plan_question()

    def test_what_is_missing_in_two_words(self):
        lead = self.create_lead()
        self.assertEqual(
            lead.qualification_progress,
            "4 missing: Person or address, First contact, Need, Commitment",
        )
        self.add_facts(lead)
        self.assertEqual(lead.qualification_progress, "Ready")
        lead.qualification_need_ids.state = "suspected"
        self.assertEqual(lead.qualification_progress, "1 missing: Need")
        self.assertEqual(lead.qualification_missing_count, 1)

    def test_what_one_check_misses_is_one_thing(self):
        self.budget.requirement = "known"
        self.profile.score_min = 10
        lead = self.create_qualified_lead()
        text = "1 missing: Required answers + Points"
        self.assertEqual(lead.qualification_progress, text)
        self.assertEqual(lead.qualification_missing_count, 1)

    def test_what_is_nearly_there_is_found(self):
        lead = self.create_qualified_lead()
        lead.qualification_need_ids.state = "suspected"
        self.create_lead()
        near = [("qualification_missing_count", "=", 1), ("id", ">=", lead.id)]
        self.assertEqual(self.leads.search(near), lead)

    def test_the_path_says_what_is_passed(self):
        lead = self.create_qualified_lead()
        lead.qualification_need_ids.state = "suspected"
        self.assertEqual(
            [(item["key"], item["state"]) for item in lead.qualification_path],
            [
                ("reachable", "passed"),
                ("contacted", "passed"),
                ("needs_known", "failed"),
                ("committed", "passed"),
                ("criteria_met", "passed"),
            ],
        )
        lead.save_qualification_answer(self.size.id, "Competitor")
        self.assertEqual(lead.qualification_path[-1]["key"], "not_disqualified")
        self.assertIn("not_disqualified", [x["key"] for x in lead.qualification_path])

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
