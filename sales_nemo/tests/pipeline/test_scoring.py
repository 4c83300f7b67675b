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
