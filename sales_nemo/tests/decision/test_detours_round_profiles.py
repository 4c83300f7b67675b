"""Ways round the profile that judges, each of them closed."""

from freezegun import freeze_time

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestDetoursRoundProfiles(QualificationCase):
    def test_losing_and_restoring_puts_no_deadline_off(self):
        deal = self.create_lead(type="opportunity")
        self.assertTrue(deal.qualification_deadline)
        deal.sudo().qualification_deadline = "2026-01-01"
        deal.action_set_lost()
        deal.action_unarchive()
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertEqual(str(deal.qualification_deadline), "2026-01-01")
        self.add_facts(deal)
        self.assertFalse(deal.qualification_deadline, "settled")
        deal.qualification_need_ids.unlink()
        deal.action_set_lost()
        deal.action_unarchive()
        self.assertGreater(str(deal.qualification_deadline), "2026-01-01")

    def test_a_team_without_a_profile_is_no_way_round(self):
        """What a profile judges from now on is flagged until it passes."""
        strict, free = self.env["crm.team"].create(
            [{"name": "Strict", "use_leads": True}, {"name": "Free", "use_leads": True}]
        )
        self.profile.team_ids = strict
        converted = self.create_lead("Converted there", team_id=strict.id)
        converted.write({"team_id": free.id, "type": "opportunity"})
        created = self.leads.create(
            {"name": "Created there", "type": "opportunity", "team_id": free.id}
        )
        good = self.create_qualified_lead("Good", team_id=free.id)
        good.write({"type": "opportunity"})
        deals = converted | created | good
        self.assertEqual(set(deals.mapped("qualification_state")), {"none"})
        deals.write({"team_id": strict.id})
        self.assertEqual(
            deals.mapped("qualification_state"), ["flagged", "flagged", "qualified"]
        )
        self.assertEqual(
            deals.sudo().qualification_decision_id.mapped("path"), ["enter"] * 3
        )
        self.assertTrue(converted.qualification_deadline)
        self.assertFalse(good.qualification_deadline)

    def test_no_detour_by_closing_leads_round_a_profile(self):
        """Closed where no profile judges, moved, and reopened."""
        strict, free = self.env["crm.team"].create(
            [{"name": "Strict", "use_leads": True}, {"name": "Free", "use_leads": True}]
        )
        self.profile.team_ids = strict
        walks = {
            "lost": (
                lambda deal: deal.action_set_lost(
                    lost_reason_id=self.env.ref("crm.lost_reason_1").id
                ),
                lambda deal: deal.action_unarchive(),
            ),
            "won": (
                lambda deal: deal.action_set_won(),
                lambda deal: deal.write({"stage_id": self.stage.id}),
            ),
        }
        self.stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        for name, (close, reopen) in walks.items():
            deal = self.create_lead(name, team_id=strict.id)
            deal.write({"team_id": free.id, "type": "opportunity"})
            self.assertTrue(deal.is_unjudged)
            close(deal)
            deal.write({"team_id": strict.id})
            self.assertEqual(deal.qualification_state, "flagged", name)
            self.assertFalse(deal.qualification_deadline, "time stopped")
            reopen(deal)
            self.assertEqual(deal.won_status, "pending")
            self.assertEqual(deal.qualification_state, "flagged", name)
            self.assertTrue(deal.qualification_deadline, name)

    def test_who_is_won_at_birth_and_reopened_has_a_deadline(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        values = {"type": "opportunity", "stage_id": won.id}
        deal = self.create_lead(**values)
        self.assertFalse(deal.qualification_deadline)
        deal.action_set_won_status("pending")
        self.assertEqual(deal.won_status, "pending")
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertTrue(deal.qualification_deadline)
        deal.action_set_won_status("won")
        before = deal.qualification_deadline
        with freeze_time(fields.Date.add(before, days=-1)):
            deal.action_set_won_status("pending")
        self.assertEqual(deal.qualification_deadline, before, "no later one")

    def test_a_contact_that_moves_is_no_way_round(self):
        """The profile comes back without a write on the lead."""
        here, there = self.env.ref("base.be"), self.env.ref("base.fr")
        self.profile.lead_domain = "[('partner_id.country_id.code', '=', 'BE')]"
        account = self.env["res.partner"].create(
            {"name": "Account", "is_company": True, "country_id": here.id}
        )
        person = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": account.id, "country_id": here.id}
        )
        apart = self.env["res.partner"].create({"name": "Bob", "country_id": here.id})
        for mover, moved in ((apart, apart), (person, person), (account, person)):
            deal = self.create_lead(partner_id=moved.id)
            self.assertEqual(deal.qualification_profile_id, self.profile)
            mover.with_user(self.manager).country_id = there
            deal.write({"type": "opportunity"})
            self.assertEqual(deal.qualification_state, "none")
            # Odoo hands an account's address down to its people
            mover.with_user(self.manager).country_id = here
            self.assertEqual(deal.qualification_profile_id, self.profile)
            self.assertEqual(deal.qualification_state, "flagged")
            self.assertTrue(deal.qualification_deadline)

    def test_a_first_contact_and_a_merge_are_no_way_round(self):
        """Odoo changes contacts without a word to who writes them."""
        here = self.env.ref("base.be")
        tag = self.env["res.partner.category"].create({"name": "Buyers"})
        easy = self.profile.copy(
            {
                "state": "published",
                "sequence": 50,
                "enforcement": "advise",
                "criterion_ids": False,
            }
        )
        self.profile.lead_domain = (
            "['|', ('partner_id.country_id.code', '=', 'BE'),"
            " ('partner_id.category_id.name', '=', 'Buyers')]"
        )
        partners = self.env["res.partner"].with_user(self.manager)
        ways = {
            "An import": lambda account: partners.load(
                ["name", "type", "parent_id/.id", "country_id/.id"],
                [["Ann", "delivery", str(account.id), str(here.id)]],
            ),
            "A contact": lambda account: partners.create(
                {"name": "Ann", "parent_id": account.id, "country_id": here.id}
            ),
            "A merge": lambda account: (
                self.env["base.partner.merge.automatic.wizard"]
                .create({})
                ._merge([account.id, buyer.id], dst_partner=buyer, extra_checks=False)
            ),
        }
        for name, walk in ways.items():
            with self.subTest(name):
                account, buyer = self.env["res.partner"].create(
                    [
                        {"name": "Account", "is_company": True},
                        {"name": "B", "is_company": True, "category_id": tag.ids},
                    ]
                )
                deal = self.create_lead(name, partner_id=account.id)
                self.assertEqual(deal.qualification_profile_id, easy)
                deal.write({"type": "opportunity"})
                self.assertFalse(deal.qualification_deadline)
                walk(account)
                self.assertEqual(deal.qualification_profile_id, self.profile)
                self.assertEqual(deal.qualification_state, "flagged")
                self.assertTrue(deal.qualification_deadline)

    def test_a_country_that_changes_is_no_way_round(self):
        """Nobody tells us: the daily job finds them, or the next write."""
        country = self.env["res.country"].create({"name": "Atlantis", "code": "X0"})
        self.profile.lead_domain = "[('partner_id.country_id.code', '=', 'X0')]"
        person = self.env["res.partner"].create(
            {"name": "Ann", "country_id": country.id}
        )
        deals = self.leads.browse()
        for name in ("Written", "Left alone"):
            deal = self.create_lead(name, partner_id=person.id)
            self.assertEqual(deal.qualification_profile_id, self.profile)
            country.code = "X1"
            deal.write({"type": "opportunity"})
            country.code = "X0"
            deals |= deal
        self.assertEqual(deals.qualification_profile_id, self.profile)
        deals[0].write({"description": "Still here"})
        self.assertEqual(deals.mapped("qualification_state"), ["flagged", "none"])
        self.leads.sudo()._judge_unjudged()
        self.assertEqual(set(deals.mapped("qualification_state")), {"flagged"})
        self.assertTrue(all(deals.mapped("qualification_deadline")))

    def test_a_contact_that_moves_to_an_easier_profile_is_no_way_round(self):
        here, there = self.env.ref("base.be"), self.env.ref("base.fr")
        self.profile.copy(
            {
                "state": "published",
                "name": "Only advises",
                "sequence": 50,
                "enforcement": "advise",
                "criterion_ids": False,
            }
        )
        self.profile.lead_domain = "[('partner_id.country_id.code', '=', 'BE')]"
        person = self.env["res.partner"].create({"name": "Ann", "country_id": here.id})
        poor = self.create_lead("Poor", partner_id=person.id)
        good = self.create_qualified_lead("Good", partner_id=person.id)
        person.with_user(self.manager).country_id = there
        (poor | good).write({"type": "opportunity"})
        person.with_user(self.manager).country_id = here
        self.assertEqual(poor.qualification_profile_id, self.profile)
        self.assertEqual(poor.qualification_state, "flagged")
        self.assertTrue(poor.qualification_deadline)
        self.assertEqual(good.qualification_state, "qualified")
        self.assertFalse(good.qualification_deadline)

    def test_an_easier_team_is_no_way_round(self):
        strict, free = self.env["crm.team"].create(
            [{"name": "Strict", "use_leads": True}, {"name": "Free", "use_leads": True}]
        )
        easy = self.profile.copy(
            {
                "state": "published",
                "name": "Easy",
                "team_ids": [(6, 0, free.ids)],
                "contact_required": "none",
                "needs_required": 0,
                "commitments_required": 0,
                "check_reachable": False,
                "criterion_ids": False,
            }
        )
        self.profile.team_ids = strict
        poor = self.create_lead("Poor", team_id=strict.id)
        good = self.create_qualified_lead("Good", team_id=strict.id)
        deals = poor | good
        deals.write({"team_id": free.id, "type": "opportunity"})
        decisions = deals.sudo().qualification_decision_id
        self.assertEqual(decisions.profile_id, easy)
        self.assertEqual(set(deals.mapped("qualification_state")), {"qualified"})
        deals.write({"team_id": strict.id})
        self.assertEqual(deals.mapped("qualification_state"), ["flagged", "qualified"])
        self.assertTrue(poor.qualification_deadline)
        self.assertEqual(good.sudo().qualification_decision_id, decisions[1], "kept")
        # back and forth settles nothing
        poor.write({"team_id": free.id})
        poor.write({"team_id": strict.id})
        self.assertEqual(poor.qualification_state, "flagged")
        self.assertTrue(poor.qualification_deadline)

    def test_an_import_of_two_rows_is_no_way_round(self):
        """Out of the profile's company with one row, back with the next one."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.rep.company_ids |= other
        self.profile.company_id = self.env.company
        both = self.leads.with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        lead = self.create_lead()
        loaded = both.load(
            [".id", "company_id/.id", "type"],
            [
                [str(lead.id), str(company.id), "Opportunity"]
                for company in (other, self.env.company)
            ],
        )
        self.assertFalse(loaded["messages"])
        self.assertEqual(lead.qualification_state, "flagged")
        self.assertTrue(lead.qualification_deadline)

    def test_a_profile_of_an_archived_team_judges_nobody_else(self):
        team = self.env["crm.team"].create({"name": "Gone"})
        strange = self.profile.copy(
            {"state": "published", "name": "Strange", "sequence": -9}
        )
        strange.team_ids = team
        team.active = False
        self.env.registry.clear_cache()
        lead = self.create_lead()
        self.assertEqual(lead.qualification_profile_id, self.profile)

    def test_what_was_there_before_is_not_flagged_later(self):
        self.profile.enforcement = "off"
        deal = self.leads.create({"name": "Old deal", "type": "opportunity"})
        self.profile.enforcement = "enforce"
        deal.write({"name": "Still there", "user_id": self.rep_all.id})
        self.assertEqual(deal.qualification_state, "none")
        self.assertFalse(deal.sudo().qualification_decision_ids)

    def test_losing_first_makes_no_old_answer_valid(self):
        """Answers of closed records never expire: a conversion asks as of today."""
        self.budget.write({"requirement": "met", "validity_days": 30})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        old = fields.Datetime.subtract(fields.Datetime.now(), days=40)
        lead.qualification_answer_ids.sudo().write({"date": old})
        self.assertEqual(lead.qualification_state, "blocked")
        with freeze_time(fields.Datetime.subtract(fields.Datetime.now(), days=20)):
            lead.action_set_lost()
        with self.assertRaisesRegex(UserError, "Budget"), self.env.cr.savepoint():
            lead.write({"type": "opportunity"})
        self.assertEqual((lead.type, lead.won_status), ("lead", "lost"))
