"""What comes back at all, and once only, whatever happens to others."""

import random
from collections import Counter
from datetime import datetime, timedelta
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

    def create_old(self, **values):
        """An opportunity that was there long before the loss."""
        old = self.create_opportunity("Old", **values)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '200 days'"
            " WHERE id = %s",
            [old.id],
        )
        old.invalidate_recordset(["create_date"])
        return old

    def test_older_opportunity_is_still_open(self):
        old = self.create_old(partner_id=self.person.id)
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        self.assertSuperseded(deal, old)

    def test_older_opportunity_was_won_since(self):
        old = self.create_old(partner_id=self.person.id)
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        old.action_set_won()
        old.active = False
        self.assertSuperseded(deal, old)

    def test_what_was_won_before_the_loss_brings_it_back(self):
        old = self.create_old(partner_id=self.person.id)
        old.action_set_won()
        old.sudo().date_closed = datetime.now() - timedelta(days=60)
        self.assertTrue(
            self.recycle(self.lose(self.create_opportunity(partner_id=self.person.id)))
        )

    def test_what_was_won_since_an_imported_loss(self):
        """It was lost when it came in, whoever wrote to it since."""
        deal = self.lose(self.create_opportunity(partner_id=self.person.id))
        won = self.create_opportunity("Newer", partner_id=self.person.id)
        won.action_set_won()
        won.sudo().date_closed = datetime.now() - timedelta(days=30)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET date_closed = NULL,"
            " create_date = create_date - interval '90 days' WHERE id = %s",
            [deal.id],
        )
        deal.invalidate_recordset()
        self.assertSuperseded(deal, won)

    def test_same_phone(self):
        deal = self.create_opportunity(phone="+32 2 555 12 34", email_from="a@one.be")
        self.lose(deal)
        newer = self.create_lead("Newer", phone="+32/2.555.12.34")
        self.assertSuperseded(deal, newer)

    def test_what_fills_the_phone_is_nobodys(self):
        deal = self.lose(self.create_opportunity(phone="00000"))
        self.create_lead("Stranger", phone="00000")
        self.assertTrue(self.recycle(deal))

    def test_opportunity_of_a_colleague_by_mail_domain(self):
        deal = self.lose(self.create_opportunity(email_from="ann@acme.be"))
        self.create_lead("A colleague's lead", email_from="bob@acme.be")
        deals = self.create_opportunity("Other", email_from="bob@acme.be")
        self.assertSuperseded(deal, deals)
        free = self.lose(self.create_opportunity(email_from="ann@gmail.com"))
        self.create_opportunity("Stranger", email_from="bob@gmail.com")
        self.assertTrue(self.recycle(free))

    def test_strangers_who_share_an_address(self):
        """A coworking's, our own form's, a colleague's who forwards their mails."""
        self.env["mail.alias.domain"].create({"name": "ours.example"})
        self.env.company.partner_id.email = "hello@company.example"
        self.rep_all.partner_id.email = "rep@elsewhere.example"
        addresses = (
            "office@coworking.example",
            "noreply@ours.example",
            "form@ours.example",
            "web-leads@company.example",
            "rep@elsewhere.example",
        )
        for email in addresses:
            with self.subTest(email):
                deal = self.lose(self.create_opportunity(email_from=email))
                self.create_opportunity("Stranger", email_from=email)
                other = self.lose(self.create_opportunity(email_from=email))
                self.run_cron()
                outcomes = (deal | other).mapped("recycle_outcome")
                self.assertEqual(outcomes, ["returned", "returned"])

    def test_our_own_people_are_nobodys_identity(self):
        ours = self.rep_all.partner_id
        deal = self.lose(self.create_opportunity(partner_id=ours.id))
        self.create_opportunity("Stranger", partner_id=ours.id)
        self.assertTrue(self.recycle(deal))

    def test_what_came_back_is_merged_with_no_stranger(self):
        values = {"email_from": "office@coworking.example", "user": self.rep}
        new = self.recycle(self.lose(self.create_opportunity(**values), self.late))
        stranger = self.create_lead("Stranger", **values)
        same = self.create_lead("Same", phone="+32 2 555 12 34", **values)
        new.phone = "+32 2 555 12 34"
        for lead, doubles in ((new, new | same), (stranger, stranger | same)):
            found = lead._get_lead_duplicates(email=lead.email_from)
            self.assertEqual(found, doubles)

    def test_what_is_no_double_brings_it_back_all_the_same(self):
        colleague = self.person.create({"name": "Bob", "parent_id": self.account.id})
        company = self.env["res.company"].create({"name": "Other"})
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
        deal.sudo().action_restore()  # as other addons may
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
