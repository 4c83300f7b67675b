"""Attempts that continue each other are no duplicates."""

from odoo.tests import Form, tagged

from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestAttempts(RecyclingCase):
    def create_chain(self):
        """Three attempts with one contact, the last one open."""
        first = self.create_opportunity(partner_id=self.person.id)
        second = self.recycle(self.lose(first, self.late)).with_user(self.rep)
        third = self.recycle(self.lose(second, self.late)).with_user(self.rep)
        self.assertEqual(third.attempt, 3)
        return first, second, third

    def test_ancestors_are_no_duplicates(self):
        first, second, third = self.create_chain()
        double = self.create_lead("Double", partner_id=self.person.id)
        self.assertEqual(third._get_ancestors(), first | second)
        found = third._get_lead_duplicates(
            partner=self.person, email=self.person.email, include_lost=True
        )
        self.assertEqual(found, third | double)
        self.assertEqual(third.duplicate_lead_ids, third | double)
        self.assertEqual(third.duplicate_lead_count, 1)

    # ------------------------------------------------------------
    # SIMILAR LEADS
    # ------------------------------------------------------------

    def enter(self, view="crm.crm_lead_view_form", **values):
        """The form of a new lead, as somebody fills it in."""
        form = Form(self.leads.with_context(default_type="lead"), view)
        for name, value in values.items():
            form[name] = value
        return form

    def test_similar_leads_are_named_while_one_is_entered(self):
        """By the address or its domain, and by the number, however it is typed."""
        known = self.create_lead(
            "Known", email_from="ann@account.example", phone="+32 2 555 12 34"
        )
        for value in (
            {"email_from": "Bob <bob@account.example>"},
            {"phone": "+3225551234"},
        ):
            with self.subTest(value=value):
                form = self.enter(**value)
                self.assertIn("Known", str(form.similar_leads))
                self.assertIn(f"/{known.id}", str(form.similar_leads), "a link")
        self.assertFalse(self.enter(email_from="eve@elsewhere.example").similar_leads)

    def test_similar_leads_are_named_in_the_pipelines_form_too(self):
        self.create_lead("Known", partner_id=self.account.id)
        view = "crm.quick_create_opportunity_form"
        form = self.enter(view, partner_id=self.person)
        self.assertIn("Known", str(form.similar_leads), "of the same account")

    def test_similar_leads_that_are_hidden_are_not_named(self):
        self.create_lead("Theirs", user=self.manager, email_from="ann@account.example")
        form = self.enter(email_from="ann@account.example")
        self.assertFalse(form.similar_leads)
        self.assertEqual(form.duplicate_lead_count, 1, "Odoo's button counts them")

    def test_a_saved_lead_has_odoos_button(self):
        self.create_lead("Known", email_from="ann@account.example")
        lead = self.create_lead(email_from="ann@account.example")
        self.assertFalse(lead.similar_leads)
        self.assertEqual(lead.duplicate_lead_count, 1)

    def test_convert_dialog_proposes_no_ancestor(self):
        _first, _second, third = self.create_chain()
        for enforcement in ("advise", "enforce"):
            self.profile.enforcement = enforcement
            dialog = Form(
                self.env["crm.lead2opportunity.partner"]
                .with_user(self.rep)
                .with_context(active_id=third.id, active_ids=third.ids)
            )
            self.assertEqual(dialog.duplicated_lead_ids.ids, third.ids)
            self.assertEqual(dialog.name, "convert")

    def test_mass_conversion_merges_no_restored_ancestor(self):
        first, second, third = self.create_chain()
        second.sudo().action_restore()
        self.assertFalse((third | first)._get_duplicated() & third)
        self.assertEqual(third._find_duplicates(), third)
        self.assertFalse(third._merge_duplicates()[1])

    def test_merge_screen_preselects_no_ancestor(self):
        first, second, third = self.create_chain()
        double = self.create_lead("Double", partner_id=self.person.id)
        chosen = first | second | third | double
        for enforcement in ("advise", "enforce"):
            self.profile.enforcement = enforcement
            screen = (
                self.env["crm.merge.opportunity"]
                .with_user(self.rep)
                .with_context(active_ids=chosen.ids)
                .create({})
            )
            self.assertEqual(screen.opportunity_ids, third | double)
            self.assertIn("Not now", screen.left_out)

    def test_links_follow_a_merge(self):
        first, second, third = self.create_chain()
        double = self.create_opportunity("Double", partner_id=self.person.id)
        head = (third | double).sudo().merge_opportunity()
        self.assertEqual(head, double)
        self.assertEqual((head.attempt, head.recycled_from_id), (3, second))
        self.assertEqual(first.recycled_lead_ids, second)

    def test_merge_into_an_ancestor_keeps_the_chain(self):
        first, second, third = self.create_chain()
        self.profile.enforcement = "advise"
        head = (second | first).sudo().merge_opportunity()
        self.assertEqual(head.recycled_lead_ids, third)
        self.assertFalse(head.recycled_from_id)

    def test_attempts_are_opened_together(self):
        first, second, third = self.create_chain()
        for lead in (first, second, third):
            action = lead.action_open_attempts()
            found = self.all_leads.search(action["domain"])
            self.assertEqual(found, first | second | third)
