"""Back to the sea: what was lost comes back as a new lead, and stays lost itself."""

import random
from collections import Counter
from datetime import datetime, timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ...models.recycling import crm_lead_recycling
from ..common import SALES
from .test_losing import LosingCase


class RecyclingCase(LosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.all_leads = cls.env["crm.lead"].with_context(active_test=False)
        cls.account = cls.env["res.partner"].create(
            {"name": "Account", "is_company": True, "city": "Ghent"}
        )
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Ann",
                "parent_id": cls.account.id,
                "email": "ann@account.example",
                "phone": "+32 2 555 12 34",
            }
        )

    @classmethod
    def lose(cls, leads, reason=None, days_ago=40, **plan):
        """Lose records so many days ago, with a plan whose day is there."""
        values = {"lost_reason_id": (reason or cls.badly).id, **plan}
        leads.action_set_lost(**values)
        past = datetime.now() - timedelta(days=days_ago)
        leads.sudo().write({"date_closed": past, "recycle_date": fields.Date.today()})
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '90 days'"
            " WHERE id = ANY(%s)",
            [leads.ids],
        )
        leads.invalidate_recordset(["create_date"])
        return leads

    def run_cron(self):
        """Let the scheduled action run; what it commits stays in the test."""
        with patch.object(self.env.cr, "commit", self.env.flush_all):
            self.env["crm.lead"]._cron_recycle()

    def recycle(self, lost):
        """The lead that continues a lost record."""
        self.run_cron()
        return lost.sudo().recycled_lead_ids.with_env(self.env)


@tagged("post_install", "-at_install")
class TestRecycling(RecyclingCase):
    def test_new_lead_continues_what_was_lost(self):
        utm = {
            "source_id": self.env["utm.source"].create({"name": "Fair"}).id,
            "medium_id": self.env["utm.medium"].create({"name": "Booth"}).id,
            "campaign_id": self.env["utm.campaign"].create({"name": "Spring"}).id,
        }
        tag = self.env["crm.tag"].create({"name": "Shoes"})
        deal = self.create_opportunity(
            partner_id=self.person.id,
            team_id=self.team.id,
            expected_revenue=500,
            tag_ids=tag.ids,
            **utm,
        )
        self.lose(deal, self.late)
        new = self.recycle(deal)
        self.assertEqual(len(new), 1)
        self.assertEqual(new.recycled_from_id, deal)
        self.assertEqual(deal.recycled_lead_ids, new)
        self.assertEqual(deal.recycle_outcome, "returned")
        self.assertEqual((new.type, new.attempt, new.active), ("lead", 2, True))
        self.assertEqual(new.user_id, self.rep)
        self.assertEqual((new.team_id, new.company_id), (self.team, deal.company_id))
        self.assertEqual((new.name, new.partner_id), ("Deal", self.person))
        self.assertEqual(new.email_from, "ann@account.example")
        self.assertEqual((new.contact_name, new.partner_name), ("Ann", "Account"))
        self.assertEqual(new.expected_revenue, 500)
        self.assertEqual(new.tag_ids, tag)
        self.assertEqual({name: new[name].id for name in utm}, utm)
        self.assertFalse(new.is_up_for_grabs)
        self.assertFalse(new.excluded_user_ids)
        self.assertEqual(new.activity_ids.user_id, self.rep)
        self.assertEqual(new.activity_ids.date_deadline, fields.Date.today())
        self.assertEqual(new.won_status, "pending")
        self.assertFalse(new.lost_reason_id)

    def test_lost_record_stays_as_it_is(self):
        deal = self.create_opportunity(partner_id=self.person.id)
        self.lose(deal, self.late)
        ours = {"recycle_outcome", "recycled_lead_ids", "write_date", "write_uid"}
        ours |= {name for name in deal._fields if name.startswith(("message_", "acti"))}
        ours |= {"duplicate_lead_ids", "duplicate_lead_count", "website_message_ids"}
        names = [
            name
            for name, field in deal._fields.items()
            if field.store and name not in ours
        ]
        before = deal.sudo().read(names)
        self.recycle(deal)
        deal.invalidate_recordset()
        self.assertEqual(deal.sudo().read(names), before)
        self.assertFalse(deal.active)
        self.assertEqual(deal.lost_reason_id, self.late)
        self.assertIn("Came back as", deal.sudo().message_ids[0].body)

    def get_frequencies(self):
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT variable, value, team_id, won_count, lost_count"
            " FROM crm_lead_scoring_frequency ORDER BY 1, 2, 3"
        )
        return self.env.cr.fetchall()

    def test_scoring_counts_the_loss_once(self):
        parameters = self.env["ir.config_parameter"]
        parameters.set_param("crm.pls_start_date", "2000-01-01")
        parameters.set_param("crm.pls_fields", "source_id,email_state,tag_ids")
        deals = self.leads.browse()
        for number in range(4):
            deals |= self.create_opportunity(
                f"Deal {number}",
                partner_id=self.person.id if number == 3 else False,
                team_id=self.team.id,
            )
        deals[0].action_set_won()
        self.lose(deals[1:])
        self.env["crm.lead"]._rebuild_pls_frequency_table()
        before = self.get_frequencies()
        self.assertTrue(before)
        new = self.recycle(deals[3])
        self.assertTrue(new.is_up_for_grabs)
        self.assertEqual(self.get_frequencies(), before, "after the return")
        new.with_user(self.rep_all).action_claim()
        self.add_facts(new.with_user(self.rep_all))
        new.with_user(self.rep_all).convert_opportunity(new.partner_id)
        self.assertEqual(new.type, "opportunity")
        self.assertEqual(self.get_frequencies(), before, "after the conversion")
        self.env["crm.lead"]._rebuild_pls_frequency_table()
        self.assertEqual(self.get_frequencies(), before, "and counted anew")
        new.action_set_won()
        self.assertNotEqual(self.get_frequencies(), before, "its own win counts")

    def test_facts(self):
        """Needs come back as suspected; answers and commitments stay."""
        about_account = self.env["crm.qualification.criterion"].create(
            {"name": "Listed?", "profile_id": self.profile.id, "scope": "account"}
        )
        deal = self.create_opportunity(partner_id=self.person.id)
        self.add_facts(deal)
        deal.qualification_need_ids.detail = "At night"
        needs = self.env["crm.lead.need"].with_user(self.rep)
        needs.create({"lead_id": deal.id, "name": "Colour", "state": "not_for_us"})
        role = {"partner_id": self.person.id, "role": "champion", "note": "Saves time"}
        deal.qualification_role_ids = [(0, 0, role)]
        deal.save_qualification_answer(self.budget.id, "yes")
        deal.save_qualification_answer(about_account.id, "yes")
        self.lose(deal, self.late)
        new = self.recycle(deal)
        found = [(n.name, n.detail, n.state) for n in new.qualification_need_ids]
        self.assertEqual(found, [("Speed", "At night", "suspected")])
        self.assertFalse(new.qualification_commitment_ids)
        self.assertEqual(new.qualification_role_ids.role, "champion")
        self.assertEqual(new.qualification_role_ids.note, "Saves time")
        self.assertFalse(new.qualification_answer_ids)
        known = {a.key: a.state for a in new._collect_facts()[new.id].answers}
        self.assertEqual(known[about_account.id], "met", "it is the account's")
        self.assertEqual(known[self.budget.id], "unknown")
        self.assertEqual(deal.qualification_answer_ids.value, "yes")
        self.assertEqual(len(deal.qualification_commitment_ids), 1)

    # ------------------------------------------------------------
    # FOR WHOM
    # ------------------------------------------------------------

    def test_for_somebody_else(self):
        deal = self.lose(self.create_opportunity(team_id=self.team.id))
        new = self.recycle(deal)
        self.assertFalse(new.user_id)
        self.assertTrue(new.is_up_for_grabs)
        self.assertEqual(new.team_id, self.team)
        self.assertEqual(new.excluded_user_ids, self.rep)
        self.assertFalse(new.activity_ids)

    def test_into_a_pool(self):
        deal = self.create_opportunity(team_id=self.team.id)
        new = self.recycle(self.lose(deal, self.far))
        self.assertEqual(new.team_id, self.other_team)
        self.assertTrue(new.is_up_for_grabs)
        self.assertEqual(new.excluded_user_ids, self.rep)
        deal = self.create_opportunity("Own", team_id=self.team.id)
        new = self.recycle(self.lose(deal, self.far, recycle_team_id=False))
        self.assertEqual(new.team_id, self.team, "the team that lost it")
        deal = self.create_opportunity("Gone", team_id=self.team.id)
        self.lose(deal, self.far)
        self.other_team.active = False
        self.assertEqual(self.recycle(deal).team_id, self.team)

    def test_salesperson_who_left(self):
        gone = new_test_user(self.env, "gone", groups=SALES)
        mover = new_test_user(self.env, "mover", groups=SALES)
        waiter = new_test_user(self.env, "waiter", groups=SALES)
        other = self.env["res.company"].create({"name": "Other"})
        deals = self.env["crm.lead"]
        for user in (gone, mover, waiter):
            deals |= self.create_opportunity(user.name, user=user).sudo()
        self.lose(deals, self.late)
        gone.active = False
        mover.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        waiter.group_ids = self.env.ref("base.group_user")
        self.run_cron()
        for deal in deals:
            new = deal.recycled_lead_ids
            self.assertTrue(new.is_up_for_grabs, deal.name)
            self.assertFalse(new.excluded_user_ids)
            self.assertIn("who is not there any more", new.message_ids[0].body)

    def test_third_attempt_excludes_all_who_had_it(self):
        second = self.recycle(self.lose(self.create_opportunity()))
        second = second.with_user(self.rep_all)
        second.action_claim()
        self.assertFalse(second.is_up_for_grabs)
        third = self.recycle(self.lose(second))
        self.assertEqual(third.attempt, 3)
        self.assertEqual(third.excluded_user_ids, self.rep | self.rep_all)

    def test_two_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            "stranger",
            groups=SALES,
            company_id=company.id,
            company_ids=company.ids,
        )
        here = self.lose(self.create_opportunity("Here", team_id=self.team.id))
        there = self.create_opportunity("There", user=stranger, team_id=False)
        self.assertEqual(there.company_id, company)
        self.lose(there, self.late)
        self.run_cron()
        self.assertEqual(here.recycled_lead_ids.company_id, here.company_id)
        new = there.recycled_lead_ids
        self.assertEqual((new.company_id, new.user_id), (company, stranger))
        pool = self.env["crm.lead"].with_user(stranger)
        self.assertFalse(pool.search([("is_up_for_grabs", "=", True)]))
        with self.assertRaisesRegex(UserError, "somebody else|Somebody else"):
            here.recycled_lead_ids.with_user(stranger).action_claim()
        with self.assertRaises(AccessError):
            here.recycled_lead_ids.with_user(stranger).read(["name"])

    # ------------------------------------------------------------
    # CONTACT
    # ------------------------------------------------------------

    def test_contact_says_what_it_is_called_by_now(self):
        deal = self.create_opportunity(partner_id=self.person.id)
        self.lose(deal, self.late)
        self.person.write({"name": "Ann Smith", "phone": False, "email": "a@b.example"})
        new = self.recycle(deal)
        self.assertEqual(new.contact_name, "Ann Smith")
        self.assertEqual(new.email_from, "a@b.example")
        self.assertFalse(new.phone, "it was taken off the contact")
        self.assertFalse(self.person.phone)

    def test_without_contact_the_lead_says_it(self):
        lead = self.create_lead(
            contact_name="Ben",
            partner_name="Corp",
            email_from="ben@corp.example",
            phone="+32 2 555 99 88",
            city="Liège",
            country_id=self.env.ref("base.be").id,
        )
        new = self.recycle(self.lose(lead, self.late))
        names = ("contact_name", "partner_name", "email_from", "phone", "city")
        self.assertEqual([new[x] for x in names], [lead[x] for x in names])
        self.assertEqual(new.country_id, lead.country_id)
        self.assertFalse(new.partner_id)

    # ------------------------------------------------------------
    # BRIEF
    # ------------------------------------------------------------

    def test_brief(self):
        deal = self.create_opportunity(partner_id=self.person.id)
        self.add_facts(deal)
        needs = self.env["crm.lead.need"].with_user(self.rep)
        needs.create({"lead_id": deal.id, "name": "Safety <script>"})
        deal.save_qualification_answer(self.size.id, "Competitor")
        deal.save_qualification_answer(self.budget.id, "no")
        self.lose(deal, lost_feedback="<p>Too <b>slow</b><script>x()</script></p>")
        body = self.recycle(deal).message_ids[0].body
        for text in (
            "Attempt 2",
            "Deal",
            f'data-oe-id="{deal.id}"',
            "by rep",
            "No click",
            "Too <b>slow</b>",
            "Size?",
            "Competitor",
            "Budget?",
            "Speed",
            "Safety &lt;script&gt;",
            "Last contact",
        ):
            self.assertIn(text, body)
        self.assertNotIn("<script", body)

    def test_brief_of_what_nobody_knows(self):
        body = self.recycle(self.lose(self.create_lead())).message_ids[0].body
        self.assertIn("Nobody was ever in touch", body)
        self.assertNotIn("What spoke against us", body)

    def test_opted_out_contacts_come_back_and_say_so(self):
        self.env["mail.blacklist"]._add("ann@account.example")
        self.person.active = False
        deal = self.create_opportunity(partner_id=self.person.id)
        body = self.recycle(self.lose(deal)).message_ids[0].body
        self.assertIn("Opted out", body)
        self.assertIn("archived", body)

    def test_brief_in_the_language_of_who_gets_it(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.late.with_context(lang="fr_FR").name = "Pas maintenant"
        self.badly.with_context(lang="fr_FR").name = "Sans atome crochu"
        self.rep.lang = "fr_FR"
        mine = self.lose(self.create_opportunity("Mine"), self.late)
        pool = self.lose(self.create_opportunity("Pool"))
        self.run_cron()
        self.assertIn("Pas maintenant", mine.recycled_lead_ids.message_ids[0].body)
        self.assertIn("No click", pool.recycled_lead_ids.message_ids[0].body)
        self.env.company.partner_id.lang = "fr_FR"
        pool = self.recycle(self.lose(self.create_opportunity("More")))
        self.assertIn("Sans atome crochu", pool.message_ids[0].body)

    # ------------------------------------------------------------
    # NOT NEEDED
    # ------------------------------------------------------------

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

    # ------------------------------------------------------------
    # ANCESTORS
    # ------------------------------------------------------------

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
