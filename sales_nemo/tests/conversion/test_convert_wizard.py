"""Odoo's convert dialogs with the gate in them."""

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestConvertWizard(QualificationCase):
    def open_dialog(self, lead, user=None, **values):
        return (
            self.env["crm.lead2opportunity.partner"]
            .with_user(user or self.rep)
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create(
                {"lead_id": lead.id, "name": "convert", "action": "create"} | values
            )
        )

    def test_refuses_by_opening_itself_again(self):
        lead = self.create_lead(partner_name="Acme")
        partners = self.env["res.partner"].search_count([])
        wizard = self.open_dialog(lead)
        self.assertFalse(wizard.is_qualified)
        failed = [
            c["key"] for c in wizard.qualification_checks if c["state"] == "failed"
        ]
        self.assertEqual(failed, ["reachable", "contacted", "needs_known", "committed"])
        action = wizard.action_apply()
        self.assertEqual(
            (action["res_model"], action["res_id"]), (wizard._name, wizard.id)
        )
        self.assertEqual(lead.type, "lead")
        self.assertEqual(self.env["res.partner"].search_count([]), partners)
        self.assertEqual(lead.sudo().qualification_decision_ids.outcome, "refused")

    def test_facts_entered_here_are_kept_when_it_refuses(self):
        lead = self.create_lead()
        wizard = self.open_dialog(
            lead,
            contact_outcome="reached",
            contact_note="Nice talk",
            need_name="Speed",
            need_state="confirmed",
            commitment_name="Demo",
            commitment_date="2030-01-01",
        )
        self.assertEqual(wizard.action_apply()["res_id"], wizard.id)
        self.assertEqual(lead.contact_state, "two_way")
        self.assertEqual(lead.qualification_need_ids.mapped("name"), ["Speed"])
        self.assertEqual(lead.qualification_commitment_ids.mapped("name"), ["Demo"])
        failed = [
            c["key"] for c in wizard.qualification_checks if c["state"] == "failed"
        ]
        self.assertEqual(failed, ["reachable"])
        wizard.action_apply()
        self.assertEqual(len(lead.qualification_need_ids), 1, "noted once")
        lead.write({"contact_name": "Ann", "phone": "02 555 12 34"})
        wizard.action_apply()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.partner_id.name, "Ann")

    def open_form(self, lead):
        context = {"active_model": "crm.lead", "active_id": lead.id}
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        return Form(dialogs.with_context(**context, active_ids=lead.ids))

    def get_failed(self, dialog):
        checks = dialog.qualification_checks
        return [check["key"] for check in checks if check["state"] == "failed"]

    def test_what_is_typed_is_judged_and_not_kept(self):
        lead = self.create_lead()
        form = self.open_form(lead)
        form.contact_name = "Ann"
        self.assertIn("reachable", self.get_failed(form), "no way to reach her")
        form.email_from = "nobody"
        self.assertIn("reachable", self.get_failed(form), "no address")
        form.email_from = "ann@fresh.example"
        self.assertEqual(
            self.get_failed(form), ["contacted", "needs_known", "committed"]
        )
        form.contact_outcome = "left_message"
        self.assertIn("contacted", self.get_failed(form))
        form.contact_outcome = "reached"
        form.need_name = "Speed"
        form.need_state = "suspected"
        self.assertEqual(self.get_failed(form), ["needs_known", "committed"])
        form.need_state = "confirmed"
        form.commitment_name = "Demo"
        self.assertTrue(form.is_qualified)
        self.assertIn("needs_known", form.asked_for, "still there to be changed")
        self.assertFalse(lead.contact_name or lead.qualification_need_ids)
        form.save().action_apply()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.email_from, "ann@fresh.example")
        self.assertEqual(lead.partner_id.name, "Ann")

    def test_only_what_fails_is_asked(self):
        lead = self.create_lead(contact_name="Ann")
        self.assertIn("no_address", self.open_form(lead).asked_for)
        lead.phone = "02 555 12 34"
        asked = self.open_form(lead).asked_for
        self.assertNotIn("reachable", asked)
        self.assertIn("contact_none", asked)
        self.assertFalse(self.open_form(self.create_qualified_lead()).asked_for)

    def test_who_is_entered_stays_when_it_refuses(self):
        lead = self.create_lead()
        dialog = self.open_dialog(lead, contact_name="Ann", phone="02 555 12 34")
        dialog.action_apply()
        self.assertEqual((lead.contact_name, lead.phone), ("Ann", "02 555 12 34"))
        self.assertEqual(lead.type, "lead")
        self.assertNotIn("reachable", dialog.asked_for)

    def test_a_number_entered_with_a_wrong_one_is_the_next(self):
        lead = self.create_lead(contact_name="Ann", phone="02 555 12 34")
        values = {"contact_outcome": "wrong_number", "phone": "02 555 99 99"}
        self.open_dialog(lead, **values).action_record_facts()
        self.assertEqual(lead.phone, "02 555 99 99")
        self.assertNotIn("reachable", self.open_dialog(lead).asked_for)

    def test_contact_without_a_note_says_what_it_was(self):
        lead = self.create_lead()
        self.open_dialog(lead, contact_outcome="reached").action_record_facts()
        proof = lead.contact_message_id
        self.assertEqual(html2plaintext(proof.body), "Phone call – Reached")
        self.assertFalse(proof._filter_empty(), "no removed message")

    def test_the_kind_of_a_promise(self):
        lead = self.create_lead()
        dialog = self.open_dialog(lead, commitment_name="Demo")
        self.assertEqual(dialog.commitment_kind, "meeting")
        dialog.action_record_facts()
        self.assertEqual(lead.qualification_commitment_ids.kind, "meeting")
        dialog.write({"commitment_name": "Sends figures", "commitment_kind": "data"})
        dialog.action_record_facts()
        promises = lead.qualification_commitment_ids
        self.assertEqual(set(promises.mapped("kind")), {"meeting", "data"})
        self.assertIn("commitment_kind", dialog.get_view()["arch"])

    def test_passing(self):
        lead = self.create_qualified_lead()
        wizard = self.open_dialog(lead)
        self.assertTrue(wizard.is_qualified)
        action = wizard.action_apply()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", lead.id))
        self.assertEqual(lead.qualification_decision_id.path, "wizard")
        self.assertEqual(len(lead.sudo().qualification_decision_ids), 1)

    def create_customer(self):
        company = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        return company, company.create(
            {"name": "Cleo", "email": "cleo@acme.example", "parent_id": company.id}
        )

    def test_proposes_the_accounts_open_opportunity(self):
        company, ceo = self.create_customer()
        deal = self.create_lead("Deal", type="opportunity", partner_id=ceo.id)
        named = self.create_lead(partner_name="acme", contact_name="Toto")
        mailed = self.create_lead(email_from="toto@acme.example")
        stranger = self.create_lead(email_from="toto@gmail.com")
        for lead, found in ((named, deal), (mailed, deal), (stranger, deal.browse())):
            dialog = self.open_dialog(lead)
            self.assertEqual(dialog.duplicated_lead_ids - lead, found, lead.email_from)

    def test_free_mail_is_no_account(self):
        _company, ceo = self.create_customer()
        ceo.email = "cleo@gmail.com"
        self.create_lead("Deal", type="opportunity", partner_id=ceo.id)
        lead = self.create_lead(email_from="toto@gmail.com", contact_name="Toto")
        self.assertFalse(self.open_dialog(lead).duplicated_lead_ids - lead)
        self.assertFalse(self.open_dialog(lead).commercial_partner_id)

    def test_new_person_under_the_existing_customer(self):
        company, _ceo = self.create_customer()
        by_name = self.create_qualified_lead(partner_name="ACME", contact_name="Toto")
        by_domain = self.create_qualified_lead(email_from="toto@acme.example")
        by_contact = self.create_qualified_lead(partner_id=company.id)
        for lead in (by_name, by_domain, by_contact):
            dialog = self.open_dialog(lead)
            self.assertEqual(dialog.commercial_partner_id, company)
            dialog.action_apply()
            self.assertEqual(lead.type, "opportunity")
            self.assertEqual(lead.partner_id.parent_id, company)
            self.assertEqual(lead.partner_id.name, "Ann")
        self.assertEqual(
            self.env["res.partner"].search_count([("name", "=ilike", "acme")]), 1
        )

    def test_open_lead_at_100_percent(self):
        lead = self.create_qualified_lead()
        lead.probability = 100
        action = lead.action_open_convert_dialog()
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        form = Form(dialogs.with_context(**action["context"]))
        self.assertEqual(form.lead_id, lead)
        form.save().action_apply()
        self.assertEqual(lead.type, "opportunity")

    def test_closed_lead_is_closed(self):
        self.profile.enforcement = "advise"
        lead = self.create_qualified_lead()
        lead.action_set_won()
        action = lead.action_open_convert_dialog()
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        with self.assertRaisesRegex(UserError, "Closed"):
            Form(dialogs.with_context(**action["context"]))

    def test_approver_overrides_with_a_reason(self):
        lead = self.create_lead()
        wizard = self.open_dialog(lead, self.approver)
        for nothing in (False, " \t\n"):
            wizard.override_reason = nothing
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                wizard.action_override()
        wizard.override_reason = "The CEO knows them"
        wizard.action_apply()
        self.assertEqual(lead.type, "lead", "a reason alone lets nobody through")
        wizard.action_override()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "overridden")
        decision = lead.sudo().qualification_decision_id
        self.assertEqual(
            (decision.outcome, decision.reason, decision.user_id),
            ("overridden", "The CEO knows them", self.approver),
        )
        self.assertTrue(
            lead.message_ids.filtered(lambda m: "The CEO knows them" in m.body)
        )

    def test_rep_does_not_override(self):
        lead = self.create_lead()
        wizard = self.open_dialog(lead, override_reason="Because")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            wizard.action_override()
        for forged in (True, 1, "override"):
            forging = wizard.with_context(qualification_override=forged)
            forging.action_apply()
            self.assertEqual(lead.type, "lead")

    def test_sales_managers_are_approvers(self):
        lead = self.create_lead()
        self.open_dialog(
            lead, self.manager, override_reason="Strategic"
        ).action_override()
        self.assertEqual(lead.qualification_state, "overridden")

    def test_odoos_own_errors_of_a_merge_stay_errors(self):
        lead = self.create_lead()
        wizard = self.open_dialog(
            lead, name="merge", duplicated_lead_ids=[Command.set(lead.ids)]
        )
        with self.assertRaisesRegex(UserError, "at least two"):
            wizard.action_apply()
        self.assertFalse(wizard.merge_refusal)

    def test_other_active_ids_are_judged_too(self):
        good, bad = self.create_qualified_lead(), self.create_lead()
        wizard = self.open_dialog(good).with_context(active_ids=bad.ids)
        wizard.action_apply()
        self.assertEqual((good | bad).mapped("type"), ["lead", "lead"])

    def test_passing_among_refused_keeps_no_open_decision(self):
        good, bad = self.create_qualified_lead(), self.create_lead()
        wizard = self.open_dialog(bad).with_context(active_ids=(good | bad).ids)
        wizard.action_apply()
        self.assertFalse(good.sudo().qualification_decision_ids.is_pending)
        self.assertFalse(good.qualification_decision_id)

    def test_a_colleagues_checks_are_not_shown(self):
        theirs = self.create_lead("Theirs", self.rep_all)
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        new = wizard.new({"lead_id": theirs.id, "action": "create"})
        self.assertFalse(new.qualification_checks)

    def test_form_shows_the_checks(self):
        lead = self.create_lead()
        context = {"active_model": "crm.lead", "active_id": lead.id}
        wizards = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        with Form(wizards.with_context(**context, active_ids=lead.ids)) as form:
            self.assertFalse(form.is_qualified)
            self.assertEqual(len(form.qualification_checks), 6)
