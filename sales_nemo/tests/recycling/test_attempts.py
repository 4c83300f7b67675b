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
