"""What comes back at all, and once only, whatever happens to others."""

import random
from collections import Counter
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...models.recycling import crm_lead_recycling
from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestReturns(RecyclingCase):
    def assertSuperseded(self, lost, by):
        self.run_cron()
        self.assertFalse(lost.recycled_lead_ids)
        self.assertEqual(lost.recycle_outcome, "superseded")
        self.assertIn(f'data-oe-id="{by.id}"', lost.sudo().message_ids[0].body)
        self.assertEqual(lost.won_status, "lost")

    def test_contact_is_being_worked_on_already(self):
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        lead = self.create_lead("Again", email_from="Ann <ann@account.example>")
        self.assertSuperseded(deal, lead)

    def test_account_has_a_newer_opportunity(self):
        colleague = self.person.create(
            {"name": "Bob", "parent_id": self.account.id, "email": "b@account.example"}
        )
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        newer = self.create_opportunity("Newer", partner_id=colleague.id)
        newer.action_set_won()
        self.assertSuperseded(deal, newer)

    def test_lead_was_converted_since(self):
        lead = self.create_lead("Old", partner_id=self.person.id)
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '90 days'"
            " WHERE id = %s",
            [lead.id],
        )
        lead.invalidate_recordset(["create_date"])
        self.add_facts(lead)
        lead.convert_opportunity(lead.partner_id)
        self.assertSuperseded(deal, lead)

    def test_what_is_no_double_brings_it_back_all_the_same(self):
        colleague = self.person.create({"name": "Bob", "parent_id": self.account.id})
        company = self.env["res.company"].create({"name": "Other"})
        parallel = self.create_opportunity("Parallel", partner_id=self.person.id)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '90 days'"
            " WHERE id = %s",
            [parallel.id],
        )
        parallel.invalidate_recordset(["create_date"])
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        self.create_lead("Colleague", partner_id=colleague.id)
        self.env["crm.lead"].create(
            {
                "name": "Elsewhere",
                "partner_id": self.person.id,
                "company_id": company.id,
                "user_id": False,
                "team_id": False,
            }
        )
        lost = self.create_lead("Lost again", partner_id=self.person.id)
        lost.action_set_lost()
        self.assertTrue(self.recycle(deal))

    def test_of_two_lost_records_of_a_contact_the_last_comes_back(self):
        first = self.create_opportunity("First", partner_id=self.person.id)
        last = self.create_lead("Last", email_from="ann@account.example")
        other = self.create_lead("Other", email_from="bob@account.example")
        self.lose(first, days_ago=50)
        self.lose(last, days_ago=45)
        self.lose(other)
        self.run_cron()
        self.assertEqual(last.recycle_outcome, "returned")
        self.assertEqual(other.recycle_outcome, "returned")
        self.assertEqual(first.recycle_outcome, "superseded")
        note = first.sudo().message_ids[0].body
        self.assertIn("comes back instead", note)
        self.assertIn(f'data-oe-id="{last.id}"', note)
        self.assertNotIn(last.name, note, "who reads it may not see the other one")

    # ------------------------------------------------------------
    # ONCE
    # ------------------------------------------------------------

    def test_only_on_its_day_and_only_once(self):
        deal = self.create_opportunity()
        deal.action_set_lost(lost_reason_id=self.late.id)
        self.run_cron()
        self.assertFalse(deal.recycled_lead_ids)
        self.assertFalse(deal.recycle_outcome)
        deal.recycle_date = fields.Date.today()
        new = self.recycle(deal)
        self.assertTrue(new)
        deal.recycle_date = fields.Date.subtract(fields.Date.today(), days=3)
        self.assertEqual(self.recycle(deal), new)
        self.assertEqual(deal.recycle_outcome, "returned")

    def test_restored_and_lost_again_is_continued_by_what_came_back(self):
        deal = self.lose(self.create_opportunity(), self.late)
        new = self.recycle(deal)
        deal.action_restore()
        self.assertFalse(deal.recycle_outcome)
        self.lose(deal, self.late)
        self.assertEqual(self.recycle(deal), new)
        self.assertEqual(deal.recycle_outcome, "superseded")

    def test_database_keeps_the_promise(self):
        deal = self.lose(self.create_opportunity(), self.late)
        self.recycle(deal)
        values = {"name": "Twin", "recycled_from_id": deal.id}
        with (
            self.assertRaises(IntegrityError),
            mute_logger("odoo.sql_db"),
            self.env.cr.savepoint(),
        ):
            self.env["crm.lead"].create(values)
            self.env.flush_all()

    def test_many_in_batches(self):
        rng = random.Random(7)
        plans = [rng.choice(["never", "same", "other", "pool"]) for _n in range(37)]
        days = [rng.choice([-9, 0, 1]) for _n in plans]
        deals = self.leads.browse()
        for number, plan in enumerate(plans):
            deal = self.create_opportunity(f"Deal {number}")
            deals |= self.lose(deal, self.spam, recycle_to=plan)
            if plan != "never":
                deal.recycle_date = self.day(days[number])
        expected = Counter(
            plan
            for plan, day in zip(plans, days, strict=True)
            if plan != "never" and day <= 0
        )
        with patch.object(crm_lead_recycling, "RETURN_BATCH", 5):
            self.run_cron()
        found = Counter(
            lead.recycled_from_id.recycle_to
            for lead in self.all_leads.search([("recycled_from_id", "in", deals.ids)])
        )
        self.assertEqual(found, expected)
        self.assertTrue(all(expected.values()))

    def test_one_that_cannot_come_back_stops_no_other(self):
        company = self.env["res.company"].create({"name": "Other"})
        deals = self.leads.browse()
        for number in range(3):
            deals |= self.create_opportunity(
                f"Deal {number}", partner_id=self.person.id if number == 1 else False
            )
        self.lose(deals, self.late)
        # the contact belongs to another company by now
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = %s WHERE id = %s",
            [company.id, self.person.id],
        )
        self.person.invalidate_recordset()
        self.run_cron()
        outcomes = deals.mapped("recycle_outcome")
        self.assertEqual(outcomes, ["returned", "failed", "returned"])
        note = deals[1].sudo().message_ids[0].body
        self.assertIn("Could not come back", note)
        self.assertIn("Ann", note)
        self.env.cr.execute(
            "UPDATE res_partner SET company_id = NULL WHERE id = %s", self.person.ids
        )
        self.person.invalidate_recordset()
        deals[1].recycle_date = fields.Date.today()
        self.assertFalse(deals[1].recycle_outcome, "another day, another try")
        self.assertTrue(self.recycle(deals[1]))

    def test_error_of_another_addon_is_logged_and_stops_no_other(self):
        deals = self.create_opportunity("Good") | self.create_opportunity("Bad")
        self.lose(deals, self.late)
        prepare = type(deals)._prepare_attempt_values

        def fail(lead, owner):
            values = prepare(lead, owner)
            if lead.name == "Bad":
                raise ValueError("nothing that we know")
            return values

        with (
            patch.object(type(deals), "_prepare_attempt_values", fail),
            self.assertLogs(crm_lead_recycling.__name__, "ERROR") as logs,
        ):
            self.run_cron()
        self.assertEqual(len(logs.output), 1)
        self.assertEqual(deals.mapped("recycle_outcome"), ["returned", "failed"])

    def test_query_count(self):
        deals = self.leads.browse()
        for number in range(61):
            deals |= self.create_opportunity(f"Deal {number}")
        self.lose(deals)
        deals.sudo().recycle_outcome = "failed"

        def count(chosen):
            chosen.sudo().recycle_outcome = False
            work = self.env["crm.lead"]._recycle_due
            return self.count_queries(work)

        # what Odoo does once goes first
        count(deals[:1])
        one, many = count(deals[1:11]), count(deals[11:61])
        # what is left is Odoo's own, one for each new lead
        self.assertLess((many - one) / 40, 2)
