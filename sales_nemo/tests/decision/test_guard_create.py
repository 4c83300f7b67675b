"""Opportunities that were never leads, as the profile's policy has them."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from odoo.addons.crm.models.crm_lead import CrmLead as StockLead

from ... import gate
from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestGuardCreate(QualificationCase):
    def create_opportunity(self, **values):
        return self.leads.create({"name": "Direct", "type": "opportunity"} | values)

    def test_flag(self):
        opportunity = self.create_opportunity()
        self.assertEqual(opportunity.type, "opportunity")
        self.assertEqual(opportunity.qualification_state, "flagged")
        self.assertTrue(opportunity.qualification_deadline)
        self.assertEqual(opportunity.qualification_decision_id.outcome, "flagged")
        self.assertFalse(opportunity.activity_ids, "it is a list and a number")

    def test_flag_in_batch_and_import(self):
        batch = self.leads.create(
            [{"name": str(n), "type": "opportunity"} for n in "12"]
        )
        self.assertEqual(set(batch.mapped("qualification_state")), {"flagged"})
        result = self.leads.with_context(import_file=True).load(
            ["name", "type"], [["Imported", "Opportunity"]]
        )
        imported = self.leads.browse(result["ids"])
        self.assertEqual(imported.qualification_state, "flagged")

    def test_make_it_a_lead(self):
        self.profile.direct_policy = "lead"
        self.assertEqual(self.create_opportunity().type, "lead")

    def test_where_leads_are_off_nothing_is_made_one(self):
        """No menu would show it."""
        self.env["res.config.settings"].create({"group_use_lead": False}).execute()
        robot = self.leads.with_context(cron_id=1)
        for policy, leads in (("lead", self.leads), ("refuse", robot)):
            with self.subTest(policy):
                self.profile.direct_policy = policy
                deal = leads.create({"name": "Deal", "type": "opportunity"})
                self.assertEqual(deal.type, "opportunity")
                self.assertEqual(deal.qualification_state, "flagged")
                self.assertTrue(deal.qualification_deadline)
                self.assertEqual(deal.sudo().qualification_decision_id.path, "create")
        with self.assertRaises(UserError):
            self.create_opportunity()

    def test_make_it_a_lead_is_not_gone_round_by_winning(self):
        self.profile.direct_policy = "lead"
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        deal = self.create_opportunity(stage_id=won.id)
        self.assertEqual((deal.type, deal.won_status), ("opportunity", "won"))
        deal.action_set_won_status("pending")
        self.assertEqual((deal.type, deal.won_status), ("lead", "pending"))
        self.assertFalse(deal.qualification_deadline)

        deal = self.create_opportunity(stage_id=won.id)
        new = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        deal.write({"active": False, "probability": 0, "stage_id": new.id})
        deal.active = True
        self.assertEqual(deal.type, "lead", "by way of losing neither")

    def test_what_is_taken_back_quietly_leaves_nothing(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for values in (
            {"type": "opportunity"},
            {"type": "opportunity", "probability": 100},
            {"stage_id": won.id},
            {"type": "opportunity", "stage_id": won.id},
            {"type": "opportunity", "user_id": self.rep_all.id},
        ):
            with self.subTest(**values):
                lead = self.create_lead(probability=30)
                stage = lead.stage_id
                lead.with_context(cron_id=1).write(values)
                self.assertEqual(lead.sudo().type, "lead")
                self.assertEqual(lead.sudo().stage_id, stage)
                self.assertEqual(lead.sudo().probability, 30)
                self.assertFalse(lead.sudo().date_closed)
                self.assertEqual(lead.sudo().won_status, "pending")

    def test_what_an_addon_below_makes_of_a_write_meets_the_gate(self):
        stock = StockLead.write

        def write(leads, vals):
            more = {"type": "opportunity"} if "color" in vals else {}
            return stock(leads, vals | more)

        lead = self.create_lead()
        with patch.object(StockLead, "write", write), self.assertRaises(UserError):
            lead.write({"color": 3})
        self.assertEqual(lead.type, "lead")

    def test_who_is_refused_is_not_written(self):
        lead = self.create_lead()
        with self.watch_writes() as seen:
            with self.assertRaises(UserError):
                lead.convert_opportunity(False)
            dialog = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
            dialog = dialog.with_context(active_model="crm.lead", active_id=lead.id)
            dialog.create({"name": "convert"}).action_apply()
        self.assertFalse(seen)

    def test_a_passing_change_of_type_is_judged_once(self):
        judged = []
        judge = gate.judge

        def count(facts, *policy):
            judged.append(facts)
            return judge(facts, *policy)

        lead = self.create_qualified_lead()
        self.env.flush_all()
        with patch.object(gate, "judge", count):
            lead.write({"type": "opportunity"})
            self.env.flush_all()
        self.assertEqual(len(judged), 1)
        self.assertEqual(lead.qualification_state, "qualified")
        self.assertFalse(self.env["crm.qualification.check"]._compare())

    def test_what_repeats_itself_is_noted_once(self):
        lead = self.create_lead()
        with self.assertRaises(UserError):
            lead.convert_opportunity(False)
        noted = []
        for _day in range(2):
            lead.with_context(cron_id=1).write({"type": "opportunity"})
            bodies = lead.message_ids.mapped("body")
            noted.append(sum("Not converted" in body for body in bodies))
        self.assertEqual(noted, [1, 1])

    def test_a_lost_lead_that_is_won_quietly_stays_lost(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        lead = self.create_lead()
        lead.action_set_lost(recycle_to="same", recycle_date="2030-01-01")
        lead.with_context(cron_id=1).write({"stage_id": won.id})
        self.assertEqual((lead.won_status, lead.recycle_to), ("lost", "same"))
        self.assertFalse(lead.active)

    def test_refused_loudly_nothing_is_left_of_it_either(self):
        """Code that swallows the refusal goes on with the lead as it was."""
        lead = self.create_lead()
        with self.assertRaises(UserError):
            lead.write({"type": "opportunity", "user_id": self.rep_all.id})
        self.assertEqual(lead.sudo().type, "lead")

    def test_refuse(self):
        self.profile.direct_policy = "refuse"
        before = self.leads.search_count([])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.create_opportunity()
        self.assertEqual(self.leads.search_count([]), before)

    def test_facts_in_the_same_create_let_it_through(self):
        self.profile.write({"direct_policy": "refuse", "contact_required": "none"})
        opportunity = self.create_opportunity(
            contact_name="Ann",
            email_from="ann@customer.example",
            qualification_need_ids=[(0, 0, {"name": "Speed", "state": "confirmed"})],
            qualification_commitment_ids=[(0, 0, {"name": "Demo"})],
        )
        self.assertEqual(opportunity.qualification_state, "qualified")
        self.assertEqual(opportunity.qualification_decision_id.outcome, "passed")

    def test_default_type_of_the_pipeline(self):
        quick = self.leads.with_context(default_type="opportunity").create(
            {"name": "Q"}
        )
        self.assertEqual(quick.qualification_state, "flagged")

    def test_mail_alias(self):
        opportunity = self.env["crm.lead"].message_new(
            {"subject": "Hello", "from": "ann@customer.example", "author_id": False},
            custom_values={"type": "opportunity"},
        )
        self.assertEqual(opportunity.qualification_state, "flagged")

    def test_copy_is_a_new_record(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        copy = lead.copy()
        self.assertEqual(copy.qualification_state, "flagged")
        self.assertNotEqual(
            copy.qualification_decision_id, lead.qualification_decision_id
        )
        self.assertFalse(copy.date_conversion)
        self.assertFalse(copy.qualification_need_ids)
        self.assertEqual(copy.contact_state, "none")
        self.assertEqual(lead.qualification_state, "qualified")

    def test_copying_does_not_put_a_deadline_off(self):
        deal = self.create_lead("Deal", type="opportunity", user=self.rep)
        soon = fields.Date.add(deal.qualification_deadline, days=-3)
        deal.sudo().qualification_deadline = soon
        copy = deal.copy()
        deal.active = False
        self.assertEqual(copy.qualification_state, "flagged")
        self.assertEqual(copy.qualification_deadline, soon)

    def test_copying_makes_no_deadline_later_than_the_profile_s(self):
        deal = self.create_lead("Deal", type="opportunity", user=self.rep)
        usual = deal.qualification_deadline
        deal.sudo().qualification_deadline = fields.Date.add(usual, days=90)
        self.assertEqual(deal.copy().qualification_deadline, usual)

    def test_facts_settle_a_flag_once(self):
        opportunity = self.add_facts(self.create_opportunity())
        self.assertEqual(opportunity.qualification_state, "qualified")
        self.assertFalse(opportunity.qualification_deadline)
        self.assertEqual(opportunity.qualification_decision_id.outcome, "settled")
        opportunity.qualification_need_ids.unlink()
        self.assertEqual(opportunity.qualification_state, "qualified")
        outcomes = opportunity.sudo().qualification_decision_ids.mapped("outcome")
        self.assertEqual(sorted(outcomes), ["flagged", "settled"])

    def test_answer_of_the_account_settles_a_flag(self):
        account = self.env["res.partner"].create({"name": "Acme"})
        criterion = self.env["crm.qualification.criterion"].create(
            {
                "name": "Known?",
                "profile_id": self.profile.id,
                "scope": "account",
                "requirement": "met",
            }
        )
        opportunity = self.add_facts(self.create_opportunity(partner_id=account.id))
        self.assertEqual(opportunity.qualification_state, "flagged")
        self.env["crm.qualification.answer"].with_user(self.rep).create(
            {"criterion_id": criterion.id, "partner_id": account.id, "value": "yes"}
        )
        self.assertEqual(opportunity.qualification_decision_id.outcome, "settled")

    def test_flag_that_passes_by_itself_is_settled_by_the_review(self):
        self.profile.write({"contact_required": "none", "needs_required": 0})
        self.profile.commitments_required = 0
        opportunity = self.create_opportunity()
        self.assertEqual(opportunity.qualification_state, "flagged")
        opportunity.write({"contact_name": "Ann", "email_from": "ann@customer.example"})
        self.env["crm.lead"]._settle_passing_flags()
        self.assertEqual(opportunity.qualification_decision_id.outcome, "settled")

    def test_overdue_flag_stays(self):
        opportunity = self.create_opportunity()
        opportunity.sudo().qualification_deadline = "2020-01-01"
        self.env["crm.lead"]._settle_passing_flags()
        self.assertEqual(opportunity.qualification_state, "flagged")
        overdue = [
            ("qualification_state", "=", "flagged"),
            ("qualification_deadline", "<", "today"),
        ]
        self.assertIn(opportunity, self.leads.search(overdue))
