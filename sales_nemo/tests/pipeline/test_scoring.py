"""Predictive lead scoring learns from grade and contact status."""

from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestScoring(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        parameters = cls.env["ir.config_parameter"]
        parameters.set_param("crm.pls_fields", "qualification_grade,contact_state")
        parameters.set_param("crm.pls_start_date", "2000-01-01")
        cls.team = cls.env["crm.team"].create({"name": "Scored"})
        cls.profile.write({"enforcement": "advise", "team_ids": cls.team.ids})

    def opportunities(self, number, reached=False, team=None):
        found = self.env["crm.lead"].create(
            [
                {
                    "name": "Deal",
                    "type": "opportunity",
                    "team_id": (team or self.team).id,
                }
                for _number in range(number)
            ]
        )
        for lead in found if reached else ():
            lead._log_contact("We talked", "reached")
        self.env.flush_all()
        return found

    def frequencies(self, variable, team=None):
        rows = self.env["crm.lead.scoring.frequency"].search(
            [("variable", "=", variable), ("team_id", "=", (team or self.team).id)]
        )
        return {
            row.value: (int(row.won_count), int(row.lost_count))
            for row in rows
            if int(row.won_count) or int(row.lost_count)
        }

    def test_offered_in_the_settings(self):
        offered = self.env["crm.lead.scoring.frequency.field"].search([])
        self.assertLessEqual(
            {"qualification_grade", "contact_state"},
            set(offered.mapped("field_id.name")),
        )
        settings = self.env["res.config.settings"].create({})
        self.assertEqual(
            set(settings.predictive_lead_scoring_fields.mapped("field_id.name")),
            {"qualification_grade", "contact_state"},
        )

    def open_dialog(self, ticked):
        self.env["ir.config_parameter"].set_param("crm.pls_fields", ticked)
        return self.env["crm.lead.pls.update"].create({})

    def test_grade_alone_is_offered(self):
        for ticked, offered in (
            ("", {"qualification_grade"}),
            ("source_id", {"source_id", "qualification_grade"}),
            ("contact_state", {"contact_state"}),
        ):
            dialog = self.open_dialog(ticked)
            names = set(dialog.pls_fields.mapped("field_id.name"))
            self.assertEqual(names, offered, ticked)
            self.assertFalse(dialog.counts_contact_twice)

    def test_contact_that_counts_twice_is_told(self):
        dialog = self.open_dialog("qualification_grade")
        settings = self.env["res.config.settings"]
        self.assertFalse(settings.create({}).scoring_counts_contact_twice)
        dialog.pls_fields = self.env["crm.lead.scoring.frequency.field"].search([])
        self.assertTrue(dialog.counts_contact_twice)
        dialog.action_update_crm_lead_probabilities()
        self.assertTrue(settings.create({}).scoring_counts_contact_twice)

    def test_what_grade_brings(self):
        """Pairs of a won and a lost one in which the better letter was won."""
        self.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        self.assertIn("too few", self.open_dialog("").grade_worth)
        for number, (letter, is_won) in enumerate(
            [("a", True)] * 20 + [("c", True)] * 20 + [("b", False)] * 30
        ):
            deal = self.opportunities(1)
            deal.action_set_won() if is_won else deal.action_set_lost()
            deal.sudo().qualification_grade = f"{letter}{number % 4 + 1}"
        worth = self.open_dialog("").grade_worth
        self.assertIn("in 50 % of the cases", worth)
        self.assertIn("40 won and 30 lost", worth)
        deals = self.env["crm.lead"].search([("qualification_grade", "=like", "c%")])
        deals.sudo().qualification_grade = "b1"
        self.assertIn("in 75 % of the cases", self.open_dialog("").grade_worth)

    def test_every_value_counts_none_included(self):
        self.opportunities(2, reached=True).action_set_won()
        self.opportunities(1, reached=True).action_set_lost()
        self.opportunities(3).action_set_lost()
        other = self.env["crm.team"].create({"name": "No profile"})
        self.opportunities(2, team=other).action_set_lost()
        expected = {
            "contact_state": {"two_way": (2, 1), "none": (0, 3)},
            "qualification_grade": {"d1": (2, 1), "d4": (0, 3)},
        }
        for variable, counts in expected.items():
            self.assertEqual(self.frequencies(variable), counts)
        self.assertEqual(
            self.frequencies("qualification_grade", other), {"none": (0, 2)}
        )
        # counted at closing, and the same when Odoo counts all anew
        self.env["crm.lead"]._rebuild_pls_frequency_table()
        for variable, counts in expected.items():
            self.assertEqual(self.frequencies(variable), counts)
        self.assertEqual(
            self.frequencies("qualification_grade", other), {"none": (0, 2)}
        )

    def test_probability_follows_the_contact(self):
        self.opportunities(8, reached=True).action_set_won()
        self.opportunities(8).action_set_lost()
        self.registry._setup_models__(self.env.cr, ["crm.lead"])
        self.addCleanup(self.registry._setup_models__, self.env.cr, ["crm.lead"])
        deal = self.opportunities(1)
        cold = deal.automated_probability
        deal._log_contact("We talked", "reached")
        self.assertGreater(deal.automated_probability, cold)
