"""The stored state follows the facts, whatever way they change."""

from odoo.tests import Form, tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestLeadState(QualificationCase):
    def test_from_blocked_to_ready_and_back(self):
        lead = self.create_lead()
        self.assertEqual(lead.qualification_state, "blocked")
        self.add_facts(lead)
        self.assertEqual(lead.qualification_state, "ready")
        for fact, values in (
            (lead.qualification_need_ids, {"state": "suspected"}),
            (lead.qualification_commitment_ids, {"state": "broken"}),
        ):
            before = fact.state
            fact.write(values)
            self.assertEqual(lead.qualification_state, "blocked")
            fact.state = before
            self.assertEqual(lead.qualification_state, "ready")
        lead.phone = False
        self.assertEqual(lead.qualification_state, "blocked")
        lead.email_from = "ann@customer.example"
        self.assertEqual(lead.qualification_state, "ready")
        lead.contact_name = False
        self.assertEqual(lead.qualification_state, "blocked")
        lead.partner_id = self.env["res.partner"].create({"name": "Ann"})
        self.assertEqual(lead.qualification_state, "ready")

    def test_disqualified(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.size.id, "Competitor")
        self.assertEqual(lead.qualification_state, "disqualified")

    def test_score(self):
        lead = self.create_lead()
        lead.save_qualification_answer(self.size.id, "Medium")
        self.assertEqual(lead.qualification_score, 12.5)
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assertEqual(lead.qualification_score, 87.5)
        self.profile.score_min = 90
        verdict = lead._get_verdicts()[lead][1]
        self.assertIn("score_low", [check.reason for check in verdict.failed])

    def get_missing(self, lead):
        groups = self.leads.with_context(active_test=False)._read_group(
            [("id", "=", lead.id)], ["qualification_missing"]
        )
        return {code for [code] in groups}

    def test_what_is_missing_follows(self):
        lead = self.create_lead(contact_name="Ann", email_from="ann@customer.example")
        lacking = {"needs_known", "committed"}
        self.assertEqual(self.get_missing(lead), {"contact_none", *lacking})
        lead._log_contact("Nobody there", "no_answer")
        self.assertEqual(self.get_missing(lead), {"contact_outbound", *lacking})
        lead._log_contact("We talked", "reached")
        self.assertEqual(self.get_missing(lead), lacking)
        lead.action_set_lost()
        self.assertEqual(self.get_missing(lead), {False})
        lead = self.create_lead(contact_name="Ann", email_from="ann@customer.example")
        lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Hello",
            message_type="email",
            email_from="ann@customer.example",
            subtype_xmlid="mail.mt_comment",
        )
        self.assertEqual(self.get_missing(lead), {"contact_inbound", *lacking})
        self.assertEqual(self.get_missing(self.create_qualified_lead()), {False})

    def test_form_of_a_new_lead(self):
        with Form(self.leads.with_context(default_type="lead")) as form:
            form.name = "From the form"
            form.contact_name = "Ann"
            form.email_from = "ann@customer.example"
            self.assertEqual(form.qualification_state, "none")
        self.assertEqual(form.record.qualification_state, "blocked")

    def test_facts_removed_after_the_conversion_do_not_demote(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        lead.qualification_need_ids.unlink()
        self.assertEqual(
            (lead.type, lead.qualification_state), ("opportunity", "qualified")
        )
        sheet = lead.get_qualification_sheet()
        failed = [c["key"] for c in sheet["checks"] if c["state"] == "failed"]
        self.assertEqual(failed, ["needs_known"])

    def test_sheet(self):
        self.budget.guidance = "Ask who signs."
        self.size.requirement = "met"
        lead = self.create_lead()
        sheet = lead.get_qualification_sheet()
        self.assertEqual(
            [question["name"] for question in sheet["questions"]], ["Size?", "Budget?"]
        )
        self.assertEqual(sheet["grade"], "D4")
        sheet = lead.save_qualification_answer(self.size.id, "Large", note="He said so")
        self.assertEqual(
            [(q["name"], q["value"], q["note"]) for q in sheet["questions"]],
            [("Budget?", "", ""), ("Size?", "Large", "He said so")],
        )
        self.assertEqual(sheet["questions"][1]["answered_by"], self.rep.name)

    def test_sheet_begins_with_the_question_that_decides(self):
        self.profile.score_min = 70
        self.size.weight = 10
        sheet = self.create_qualified_lead().get_qualification_sheet()
        self.assertEqual(
            [row["name"] for row in sheet["questions"]], ["Size?", "Budget?"]
        )

    def test_texts_are_in_the_readers_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        lead = self.create_lead().with_context(lang="fr_FR")
        self.assertTrue(
            all(c["reason"] for c in lead.get_qualification_sheet()["checks"])
        )

    def test_numbers_are_the_readers(self):
        self.env["res.lang"]._activate_lang("de_DE")
        self.profile.score_min = 62.5
        lead = self.create_qualified_lead().with_context(lang="de_DE")
        sheet = lead.get_qualification_sheet()
        reasons = " ".join(check["reason"] for check in sheet["checks"])
        self.assertIn("62,5 %", reasons)

    def test_search_filters(self):
        ready, blocked = self.create_qualified_lead(), self.create_lead()
        flagged = self.leads.create({"name": "Direct", "type": "opportunity"})
        search = self.leads.search
        for state, lead in (
            ("ready", ready),
            ("blocked", blocked),
            ("flagged", flagged),
        ):
            found = search([("qualification_state", "=", state)])
            self.assertIn(lead, found)
            self.assertFalse((ready | blocked | flagged) - lead & found)
        self.assertIn(blocked, search([("contact_state", "=", "none")]))

    def test_closed_before_the_first_review(self):
        """As on the day of the installation: the reports by profile know it, too."""
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for close in (
            lambda lead: lead.action_set_lost(),
            lambda lead: lead.write({"stage_id": won.id}),
        ):
            lead = self.create_lead(type="opportunity")
            self.env.flush_all()
            self.env.cr.execute(
                "UPDATE crm_lead SET qualification_profile_id = NULL WHERE id = %s",
                [lead.id],
            )
            lead.invalidate_recordset()
            close(lead)
            self.assertEqual(lead.qualification_profile_id, self.profile)
            self.env.flush_all()
            row = self.env["crm.qualification.funnel"].browse(lead.id)
            self.assertEqual(row.profile_id, self.profile)
