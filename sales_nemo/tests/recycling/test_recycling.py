"""Back to the sea: what was lost comes back as a new lead, and stays lost itself."""

from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..common import SALES
from .recycling_case import RecyclingCase


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
    # WHERE LEADS ARE OFF
    # ------------------------------------------------------------

    def switch_leads_off(self):
        self.env["res.config.settings"].create({"group_use_lead": False}).execute()

    def assertFlagged(self, new):
        """An open opportunity in the first stage, in the log and with a deadline."""
        self.assertEqual((new.type, new.won_status), ("opportunity", "pending"))
        self.assertEqual(new.stage_id, new._stage_find(domain=[("fold", "=", False)]))
        self.assertEqual((new.attempt, new.recycle_outcome), (2, False))
        self.assertEqual(new.qualification_state, "flagged")
        decision = new.sudo().qualification_decision_ids
        self.assertEqual((decision.outcome, decision.path), ("flagged", "create"))
        self.assertEqual(new.qualification_deadline, self.day(self.profile.flag_days))
        self.assertIn("Attempt 2", "".join(new.message_ids.mapped("body")))

    def test_without_leads_an_opportunity_comes_back(self):
        self.switch_leads_off()
        for policy in ("flag", "lead", "refuse"):
            self.profile.direct_policy = policy
            for plan in ("late", "badly"):
                with self.subTest(policy=policy, plan=plan):
                    deal = self.create_opportunity(f"{policy} {plan}")
                    new = self.recycle(self.lose(deal, getattr(self, plan)))
                    self.assertFlagged(new)
                    self.assertEqual(new.recycled_from_id, deal)
                    self.assertEqual(new.is_up_for_grabs, plan == "badly")

    def test_without_leads_scheduled_jobs_refuse_no_return(self):
        """They refuse what they create quietly: it would be a lead that nobody sees."""
        self.switch_leads_off()
        self.profile.direct_policy = "refuse"
        deal = self.lose(self.create_opportunity(), self.late)
        with patch.object(self.env.cr, "commit", self.env.flush_all):
            self.env["crm.lead"].with_context(cron_id=1)._cron_recycle()
        self.assertFlagged(deal.recycled_lead_ids)

    def test_without_leads_what_passes_needs_no_flag(self):
        self.switch_leads_off()
        deal = self.lose(self.create_opportunity(), self.late)
        self.profile.enforcement = "off"
        new = self.recycle(deal)
        self.assertEqual(new.type, "opportunity")
        self.assertFalse(new.qualification_deadline)

    def test_who_sees_leads_gets_one_back(self):
        self.switch_leads_off()
        self.rep.group_ids += self.env.ref("crm.group_use_lead")
        mine = self.create_opportunity("Mine")
        theirs = self.create_opportunity("Theirs", user=self.rep_all)
        self.lose(mine, self.late)
        self.lose(theirs, self.late)
        self.assertEqual(self.recycle(mine).type, "lead")
        self.assertEqual(theirs.sudo().recycled_lead_ids.type, "opportunity")

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
