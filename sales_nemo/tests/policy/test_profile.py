"""Profiles: which one a lead takes, what can be wrong, and what a change does."""

from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.decision import crm_qualification_profile_review as review
from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestProfile(QualificationCase):
    def create_profile(self, **values):
        return self.env["crm.qualification.profile"].create(
            {"name": "P", "state": "published"} | values
        )

    def test_first_match_wins(self):
        team = self.env["crm.team"].create({"name": "Belgium"})
        by_team = self.create_profile(sequence=0, team_ids=[(6, 0, team.ids)])
        by_city = self.create_profile(
            sequence=0, lead_domain="[('city', '=', 'Ghent')]"
        )
        lead = self.create_lead()
        self.assertEqual(lead.qualification_profile_id, self.profile)
        lead.city = "Ghent"
        self.assertEqual(lead.qualification_profile_id, by_city)
        lead.team_id = team
        self.assertEqual(lead.qualification_profile_id, by_team)
        by_team.active = False
        self.assertEqual(lead.qualification_profile_id, by_city)
        lead.city = False
        self.assertEqual(lead.qualification_profile_id, self.profile)

    def test_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        theirs = self.create_profile(sequence=0, company_id=other.id)
        lead = self.create_lead(user=self.env.user, company_id=self.env.company.id)
        self.assertEqual(lead.qualification_profile_id, self.profile)
        foreign = self.env["crm.lead"].create(
            {"name": "F", "company_id": other.id, "user_id": False, "team_id": False}
        )
        self.assertEqual(foreign.qualification_profile_id, theirs)

    def test_no_profile_no_gate(self):
        self.profile.active = False
        lead = self.create_lead()
        self.assertFalse(lead.qualification_profile_id)
        self.assertEqual(lead.qualification_state, "none")
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(lead.type, "opportunity")

    def test_matched_again_at_the_decision(self):
        lead = self.create_lead()
        easy = self.create_profile(sequence=0, enforcement="off")
        # as it was before the easier profile came
        self.env.cr.execute(
            "UPDATE crm_lead SET qualification_profile_id = %s WHERE id = %s",
            [self.profile.id, lead.id],
        )
        lead.invalidate_recordset()
        lead.write({"type": "opportunity"})
        self.assertEqual(lead.qualification_profile_id, easy)

    def test_domain(self):
        for domain in ("[('nothing', '=', 1)]", "[('name', '=', ", "1 +", "[(1, 2)]"):
            with self.subTest(domain=domain), self.env.cr.savepoint():
                with self.assertRaisesRegex(ValidationError, "can't be used"):
                    self.create_profile(lead_domain=domain)

    @mute_logger("odoo.sql_db")
    def test_numbers(self):
        for values in (
            {"score_min": 101},
            {"score_min": -1},
            {"needs_required": -1},
            {"commitments_required": -1},
            {"age_fresh": 50, "age_recent": 30},
        ):
            with self.subTest(**values), self.env.cr.savepoint():
                with self.assertRaises(IntegrityError):
                    self.create_profile(**values)

    def test_teams_of_another_company(self):
        other = self.env["res.company"].create({"name": "Other"})
        team = self.env["crm.team"].create({"name": "T", "company_id": other.id})
        with self.assertRaisesRegex(ValidationError, "another company"):
            self.create_profile(
                company_id=self.env.company.id, team_ids=[(6, 0, team.ids)]
            )

    def test_policy_change_reaches_open_leads(self):
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_state, "ready")
        self.profile.needs_required = 2
        self.assertEqual(lead.qualification_state, "blocked")
        self.profile.needs_required = 1
        self.budget.requirement = "met"
        self.assertEqual(lead.qualification_state, "blocked")
        self.budget.unlink()
        self.assertEqual(lead.qualification_state, "ready")
        self.profile.enforcement = "off"
        self.assertEqual(lead.qualification_state, "none")

    def test_policy_change_of_many_leads_is_left_to_the_cron(self):
        leads = self.create_qualified_lead() | self.create_qualified_lead()
        leads.flush_recordset()
        with patch.object(review, "REVIEW_NOW", 1):
            self.profile.needs_required = 2
        leads.invalidate_recordset()
        self.assertEqual(leads.mapped("qualification_state"), ["ready", "ready"])
        self.assertTrue(self.profile.review_pending)
        with self.enter_registry_test_mode():
            with patch.object(review, "REVIEW_BATCH", 1):
                self.env.ref(
                    "sales_nemo.ir_cron_qualification_review"
                ).method_direct_trigger()
        leads.invalidate_recordset()
        self.assertEqual(leads.mapped("qualification_state"), ["blocked", "blocked"])
        self.assertFalse(self.profile.review_pending)

    def test_what_was_taken_out_is_not_asked_whoever_asks_first(self):
        self.budget.active = False
        self.size.choice_ids[:1].active = False
        self.env.flush_all()
        self.env.invalidate_all()
        # reviews and Check Data read archived records, too
        first = self.profile.with_context(active_test=False)
        keys = [question.key for question in first._get_policy().questions]
        self.assertEqual(keys, self.size.ids)
        asked = self.size.with_context(active_test=False)._get_question()
        self.assertEqual(asked["choices"], ["Medium", "Small", "Competitor"])

    def test_deleted_profile(self):
        easy = self.create_profile(sequence=0, enforcement="off")
        lead = self.create_lead()
        self.assertEqual(lead.qualification_profile_id, easy)
        easy.unlink()
        self.assertEqual(lead.qualification_profile_id, self.profile)
        self.assertEqual(lead.qualification_state, "blocked")

    def test_copy_takes_the_criteria_along(self):
        copy = self.profile.copy()
        self.assertEqual(
            copy.criterion_ids.mapped("name"), self.profile.criterion_ids.mapped("name")
        )
        self.assertEqual(len(copy.criterion_ids.choice_ids), 4)
