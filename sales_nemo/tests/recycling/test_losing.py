"""Losing: why, what happens next, and who is asked."""

from datetime import date, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, tagged

from ..common import QualificationCase


class LosingCase(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].search(
            [("key", "=like", "sales_nemo.lost_reason%")]
        ).unlink()
        cls.team, cls.other_team = cls.env["crm.team"].create(
            [{"name": "Ours", "use_leads": True}, {"name": "Theirs", "use_leads": True}]
        )
        cls.team.member_ids = cls.rep | cls.rep_all
        reasons = cls.env["crm.lost.reason"]
        cls.spam = reasons.create({"name": "Spam"})
        cls.late = reasons.create(
            {"name": "Not now", "recycle_to": "same", "recycle_days": 30}
        )
        cls.badly = reasons.create(
            {"name": "No click", "recycle_to": "other", "recycle_days": 10}
        )
        cls.far = reasons.create(
            {
                "name": "Too far",
                "recycle_to": "pool",
                "recycle_days": 7,
                "recycle_team_id": cls.other_team.id,
            }
        )

    @classmethod
    def create_opportunity(cls, name="Deal", user=None, **values):
        """An opportunity of the rep's, whatever is known about it."""
        user = user or cls.rep
        cls.profile.enforcement = "advise"
        lead = cls.create_lead(name, user, type="opportunity", **values)
        cls.profile.enforcement = "enforce"
        return lead

    def day(self, days):
        return fields.Date.add(fields.Date.today(), days=days)


@tagged("post_install", "-at_install")
class TestLosing(LosingCase):
    # ------------------------------------------------------------
    # REASON
    # ------------------------------------------------------------

    def test_opportunities_ask_for_a_reason_and_leads_do_not(self):
        lead, deal = self.create_lead(), self.create_opportunity()
        lead.action_set_lost()
        self.assertEqual(lead.won_status, "lost")
        with self.assertRaisesRegex(UserError, "nothing was marked as lost.*Deal"):
            deal.action_set_lost()
        self.assertTrue(deal.active)
        self.assertEqual(deal.won_status, "pending")
        deal.action_set_lost(lost_reason_id=self.spam.id)
        self.assertEqual((deal.won_status, deal.lost_reason_id), ("lost", self.spam))

    def test_settings(self):
        settings = self.env["res.config.settings"]
        shown = settings.create({})
        self.assertEqual(shown.lost_reason_lead, "optional")
        self.assertEqual(shown.lost_reason_opportunity, "required")
        settings.create(
            {"lost_reason_lead": "required", "lost_reason_opportunity": "optional"}
        ).execute()
        lead, deal = self.create_lead(), self.create_opportunity()
        deal.action_set_lost()
        self.assertEqual(deal.won_status, "lost")
        with self.assertRaises(UserError):
            lead.action_set_lost()
        settings.create({"lost_reason_lead": "optional"}).execute()
        lead.action_set_lost()
        self.assertEqual(lead.won_status, "lost")

    def test_who_advises_refuses_nothing(self):
        deal = self.create_opportunity()
        self.profile.enforcement = "advise"
        self.assertFalse(self.open_dialog(deal).is_reason_required)
        deal.action_set_lost()
        self.assertEqual(deal.won_status, "lost")

    def test_many_are_lost_together_or_not_at_all(self):
        leads = self.create_lead("Lead") | self.create_opportunity("Deal 1")
        for number in range(2, 14):
            leads |= self.create_opportunity(f"Deal {number}")
        with self.assertRaises(UserError) as refusal:
            leads.action_set_lost()
        told = str(refusal.exception)
        self.assertIn("Deal 10", told)
        self.assertNotIn("Deal 11", told, "ten are named")
        self.assertIn("3 more", told)
        self.assertNotIn("Lead", told.replace("Deal", ""))
        self.assertEqual(set(leads.mapped("won_status")), {"pending"})

    def test_reason_that_is_there_already_counts(self):
        deal = self.create_opportunity(lost_reason_id=self.spam.id)
        deal.action_set_lost()
        self.assertEqual(deal.won_status, "lost")

    def test_code_is_not_asked(self):
        deal = self.create_opportunity()
        deal.sudo().action_set_lost()
        self.assertEqual(deal.won_status, "lost")
        archived = self.create_opportunity()
        archived.action_archive()
        self.assertEqual(archived.won_status, "pending", "archived is not lost")
        written = self.create_opportunity()
        written.sudo().write({"active": False, "probability": 0})
        self.assertEqual(written.won_status, "lost")
        self.assertFalse(written.recycle_to)

    def test_no_write_goes_round_the_reason(self):
        """What is archived and has no probability is lost, in whatever order."""
        walks = {
            "at once": [{"active": False, "probability": 0}],
            "archived first": [{"active": False}, {"probability": 0}],
            "without hope first": [{"probability": 0}, {"active": False}],
        }
        for name, steps in walks.items():
            deal = self.create_opportunity()
            explained = self.create_opportunity(lost_reason_id=self.spam.id)
            with self.assertRaises(UserError) as refusal:
                for values in steps:
                    deal.write(values)
            self.assertIn("nothing was marked as lost", str(refusal.exception))
            self.assertEqual(deal.won_status, "pending", name)
            for values in steps:
                explained.write(values)
            self.assertEqual(explained.won_status, "lost", name)

    def test_no_context_opens_it(self):
        deal = self.create_opportunity()
        for key in ("import_file", "install_mode", "tracking_disable", "su"):
            with self.subTest(key=key), self.assertRaises(UserError):
                deal.with_context(**{key: True}).action_set_lost()

    # ------------------------------------------------------------
    # DIALOG
    # ------------------------------------------------------------

    def open_dialog(self, leads):
        return Form(
            self.env["crm.lead.lost"]
            .with_user(leads.env.user)
            .with_context(default_lead_ids=leads.ids)
        )

    def test_dialog_proposes_what_the_reason_says(self):
        deal = self.create_opportunity(team_id=self.team.id)
        dialog = self.open_dialog(deal)
        self.assertTrue(dialog.is_reason_required)
        self.assertEqual(dialog.recycle_to, "never")
        dialog.lost_reason_id = self.late
        self.assertEqual(dialog.recycle_to, "same")
        self.assertEqual(dialog.recycle_date, self.day(30))
        dialog.lost_reason_id = self.far
        self.assertEqual(dialog.recycle_to, "pool")
        self.assertEqual(dialog.recycle_date, self.day(7))
        self.assertEqual(dialog.recycle_team_id, self.other_team)
        dialog.recycle_to = "other"
        self.assertEqual(dialog.recycle_date, self.day(7))
        dialog.recycle_date = self.day(200)
        dialog.lost_feedback = "<p>They <b>moved</b></p>"
        dialog.save().action_lost_reason_apply()
        self.assertEqual(deal.won_status, "lost")
        self.assertEqual(deal.lost_reason_id, self.far)
        self.assertEqual(deal.recycle_to, "other")
        self.assertEqual(deal.recycle_date, self.day(200))
        self.assertFalse(deal.recycle_team_id, "only a pool is a team's")
        self.assertIn("<b>moved</b>", deal.lost_feedback)
        self.assertFalse(deal.recycle_outcome)

    def test_dialog_without_a_plan_takes_the_reasons(self):
        """As other programs use it, and other addons."""
        deal = self.create_opportunity()
        wizard = self.env["crm.lead.lost"].with_user(self.rep)
        values = {"lead_ids": deal.ids, "lost_reason_id": self.far.id}
        wizard.create(values).action_lost_reason_apply()
        self.assertEqual(deal.recycle_to, "pool")
        self.assertEqual(deal.recycle_date, self.day(7))
        self.assertEqual(deal.recycle_team_id, self.other_team)
        lead = self.create_lead()
        wizard.create({"lead_ids": lead.ids}).action_lost_reason_apply()
        self.assertEqual((lead.won_status, lead.recycle_to), ("lost", "never"))

    def test_dialog_names_all_that_is_missing(self):
        deal = self.create_opportunity()
        wizard = self.env["crm.lead.lost"].with_user(self.rep)
        dialog = wizard.create({"lead_ids": deal.ids, "recycle_to": "same"})
        dialog.recycle_date = date(2020, 1, 1)
        with self.assertRaises(UserError) as refusal:
            dialog.action_lost_reason_apply()
        self.assertIn("Choose a lost reason", str(refusal.exception))
        self.assertIn("Choose a day after today", str(refusal.exception))
        self.assertEqual(deal.won_status, "pending")
        self.assertEqual(dialog.recycle_date, date(2020, 1, 1), "it stays as typed")

    def test_dialog_for_many(self):
        leads = self.create_lead("One") | self.create_opportunity("Two")
        dialog = self.open_dialog(leads)
        self.assertTrue(dialog.is_reason_required)
        dialog.lost_reason_id = self.late
        dialog.save().action_lost_reason_apply()
        self.assertEqual(set(leads.mapped("won_status")), {"lost"})
        self.assertEqual(leads.lost_reason_id, self.late)
        self.assertEqual(set(leads.mapped("recycle_date")), {self.day(30)})
        self.assertFalse(self.open_dialog(self.create_lead()).is_reason_required)

    def test_dialog_leaves_won_and_lost_ones_and_names_them(self):
        deal, lead = self.create_opportunity("Deal"), self.create_lead("Open")
        won, lost = self.create_opportunity("Won"), self.create_opportunity("Gone")
        won.action_set_won()
        lost.action_set_lost(lost_reason_id=self.spam.id)
        dialog = self.open_dialog(deal | lead | won | lost)
        self.assertRegex(dialog.left_out, "(?s)What is won.* Won.*already.* Gone")
        dialog.lost_reason_id = self.late
        told = dialog.save().action_lost_reason_apply()["params"]["message"]
        self.assertRegex(told, "(?s)lost: 2.*What is won.* Won.*already.* Gone")
        self.assertEqual((deal | lead).mapped("won_status"), ["lost", "lost"])
        self.assertEqual((deal | lead).lost_reason_id, self.late)
        self.assertEqual(won.won_status, "won")
        self.assertEqual((lost.lost_reason_id, lost.recycle_to), (self.spam, "never"))

    def test_dialog_refuses_where_nothing_can_be_lost(self):
        won = self.create_opportunity("Sold")
        won.action_set_won()
        dialog = self.open_dialog(won)
        self.assertFalse(dialog.is_reason_required)
        with self.assertRaisesRegex(UserError, "What is won .*Sold"):
            dialog.save().action_lost_reason_apply()

    def test_call_names_the_won_ones(self):
        deal, won = self.create_opportunity("Deal"), self.create_opportunity("Sold")
        won.action_set_won()
        with self.assertRaisesRegex(UserError, "What is won .*: Sold"):
            (deal | won).action_set_lost(lost_reason_id=self.spam.id)
        self.assertEqual(deal.won_status, "pending")

    def test_dialog_of_two_companies_proposes_no_team_of_either(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.rep.company_ids |= company
        self.other_team.company_id = company
        here = self.create_lead("Here", company_id=self.env.company.id)
        there = self.create_lead("There", company_id=company.id)
        dialog = self.open_dialog(here | there)
        dialog.lost_reason_id = self.far
        self.assertFalse(dialog.recycle_team_id)
        dialog = self.open_dialog(there)
        dialog.lost_reason_id = self.far
        self.assertEqual(dialog.recycle_team_id, self.other_team)
        dialog = self.open_dialog(here)
        dialog.lost_reason_id = self.far
        dialog.recycle_team_id = self.other_team
        with self.assertRaisesRegex(UserError, "(?s)compan.*Theirs|Theirs.*compan"):
            dialog.save().action_lost_reason_apply()

    # ------------------------------------------------------------
    # PLAN
    # ------------------------------------------------------------

    def test_every_way_to_lose_plans_what_the_reason_proposes(self):
        called, given, written, later = (
            self.create_opportunity(name) for name in ("a", "b", "c", "d")
        )
        called.action_set_lost(lost_reason_id=self.far.id)
        given.action_set_lost(lost_reason_id=self.far.id, recycle_to="same")
        written.write(
            {"active": False, "probability": 0, "lost_reason_id": self.far.id}
        )
        later.sudo().write({"active": False, "probability": 0})
        later.lost_reason_id = self.far
        for lead in (called, written, later):
            self.assertEqual(lead.recycle_to, "pool")
            self.assertEqual(lead.recycle_date, self.day(7))
            self.assertEqual(lead.recycle_team_id, self.other_team)
        self.assertEqual(given.recycle_to, "same")
        self.assertEqual(given.recycle_date, self.day(7), "by the reason")
        later.lost_reason_id = self.spam
        self.assertEqual(later.recycle_to, "never")
        self.assertFalse(later.recycle_date)

    def test_losing_one_is_what_odoo_writes(self):
        """Archive it, say why; what happens next goes along."""
        deal, other = (self.create_opportunity(probability=30) for _n in range(2))
        with self.watch_writes() as seen:
            deal.action_set_lost(lost_reason_id=self.late.id)
        self.assertEqual([ids for ids, _names in seen], [deal.ids] * 2)
        self.assertEqual(deal.recycle_date, self.day(30))
        dialog = self.env["crm.lead.lost"].with_user(self.rep)
        dialog = dialog.create(
            {
                "lead_ids": other.ids,
                "lost_reason_id": self.late.id,
                "recycle_to": "other",
                "recycle_date": self.day(3),
            }
        )
        with self.watch_writes() as seen:
            dialog.action_lost_reason_apply()
        self.assertEqual([ids for ids, _names in seen], [other.ids] * 2)
        self.assertEqual((other.recycle_to, other.recycle_date), ("other", self.day(3)))

    def test_no_automated_probability_hides_the_loss(self):
        """A record with probability 0 is lost as soon as it is archived."""
        deal = self.create_opportunity(probability=0)
        deal.action_set_lost(lost_reason_id=self.late.id)
        self.assertEqual(deal.recycle_date, self.day(30))

    def test_imports_bring_history_and_plan_nothing(self):
        deals = self.create_opportunity("One") | self.create_opportunity("Two")
        deals = deals.sudo().with_context(import_file=True)
        deals.write({"active": False, "probability": 0, "lost_reason_id": self.far.id})
        self.assertFalse(any(deals.mapped("recycle_to")))
        deals[0].write({"recycle_to": "same"})
        self.assertEqual(deals[0].recycle_date, self.day(7))
        self.assertFalse(deals[1].recycle_date)
        born = self.env["crm.lead"].create(
            {
                "name": "Born lost",
                "active": False,
                "probability": 0,
                "lost_reason_id": self.far.id,
            }
        )
        self.assertEqual(born.won_status, "lost")
        self.assertFalse(born.recycle_to)

    def test_restoring_cancels_the_return(self):
        walks = {
            "action_restore": lambda deal: deal.action_restore(),
            "action_unarchive": lambda deal: deal.action_unarchive(),
            "write": lambda deal: deal.write({"active": True}),
            "won": lambda deal: deal.action_set_won(),
        }
        for name, walk in walks.items():
            with self.subTest(name):
                deal = self.create_opportunity()
                deal.action_set_lost(
                    lost_reason_id=self.far.id, lost_feedback="<p>Later</p>"
                )
                self.assertTrue(deal.recycle_date)
                walk(deal)
                self.assertTrue(deal.active)
                for field in (
                    "recycle_to",
                    "recycle_date",
                    "recycle_team_id",
                    "recycle_outcome",
                    "lost_feedback",
                ):
                    self.assertFalse(deal[field], field)

    def test_duplicate_has_no_plan(self):
        deal = self.create_opportunity()
        deal.action_set_lost(lost_reason_id=self.far.id)
        twin = deal.copy()
        self.assertFalse(twin.recycle_to)
        self.assertFalse(twin.recycle_date)
        self.assertEqual(twin.attempt, 1)

    def test_merged_lost_records_keep_the_soonest_plan(self):
        kept = self.create_opportunity("Kept", probability=50)
        soon, late = self.create_opportunity("Soon"), self.create_opportunity("Late")
        deals = kept | soon | late
        deals.action_set_lost(lost_reason_id=self.spam.id)
        soon.write({"recycle_to": "other", "recycle_date": self.day(5)})
        late.write({"recycle_to": "same", "recycle_date": self.day(9)})
        head = deals.sudo().merge_opportunity()
        self.assertEqual(head.won_status, "lost")
        self.assertEqual(head.recycle_date, self.day(5))
        self.assertEqual(head.recycle_to, "other")

    def test_merging_into_an_open_record_drops_the_plan(self):
        opened, lost = self.create_opportunity("Open"), self.create_opportunity("Lost")
        lost.action_set_lost(lost_reason_id=self.late.id)
        head = (opened | lost).sudo().merge_opportunity()
        self.assertEqual(head, opened)
        self.assertFalse(head.recycle_to)

    # ------------------------------------------------------------
    # REASONS
    # ------------------------------------------------------------

    def test_reason_that_brings_back_says_when(self):
        with self.assertRaisesRegex(ValidationError, "Not now"):
            self.late.recycle_days = 0
        self.spam.recycle_days = 0
        with self.assertRaises(ValidationError):
            self.spam.recycle_to = "same"

    def test_managers_only_change_reasons(self):
        self.late.with_user(self.manager).recycle_days = 60
        with self.assertRaises(AccessError):
            self.late.with_user(self.rep).recycle_days = 20

    def test_clients_cannot_write_what_only_the_return_knows(self):
        deal = self.create_opportunity()
        deal.action_set_lost(lost_reason_id=self.late.id)
        for values in (
            {"recycle_outcome": "returned"},
            {"attempt": 5},
            {"is_pooled": True},
            {"is_up_for_grabs": True},
            {"recycled_from_id": deal.id},
            {"excluded_user_ids": [(6, 0, self.manager.ids)]},
        ):
            with self.subTest(values), self.assertRaises(AccessError):
                deal.write(values)
            with self.subTest(values), self.assertRaises(AccessError):
                self.leads.create({"name": "New"} | values)
        deal.recycle_date = self.day(31)
        self.assertEqual(deal.recycle_date, self.day(31), "the plan is theirs")

    def test_query_count(self):
        def lose(deals):
            return lambda: deals.action_set_lost(lost_reason_id=self.late.id)

        deals = self.leads.browse()
        for number in range(61):
            deals |= self.create_opportunity(f"Deal {number}")
        deals[:10].action_set_lost(lost_reason_id=self.late.id)
        few = self.count_queries(lose(deals[10:11]))
        many = self.count_queries(lose(deals[11:61]))
        self.assertLessEqual(many, few + 2, "the batches of Odoo's own UPDATE")


@tagged("post_install", "-at_install")
class TestLostLink(LosingCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rep.password = "rep"

    def follow(self, lead):
        route = "/lead/case_mark_lost"
        self.authenticate("rep", "rep")
        params = {"res_id": str(lead.id)}
        token = self.env["mail.thread"]._encode_link(route, params)
        return self.url_open(
            f"{route}?res_id={lead.id}&token={token}", allow_redirects=False
        )

    def test_link_asks_for_the_reason(self):
        deal = self.create_opportunity()
        answer = self.follow(deal)
        self.assertIn("crm_lead_lost_client_action", answer.headers["Location"])
        self.assertEqual(deal.won_status, "pending")

    def test_link_loses_at_once_where_no_reason_is_asked(self):
        lead = self.create_lead()
        answer = self.follow(lead)
        self.assertNotIn("client_action", answer.headers["Location"])
        self.assertEqual(lead.won_status, "lost")

    def test_link_of_a_lost_record_opens_it(self):
        deal = self.create_opportunity()
        deal.action_set_lost(lost_reason_id=self.late.id)
        answer = self.follow(deal)
        self.assertNotIn("client_action", answer.headers["Location"])
        self.assertEqual(deal.recycle_date, fields.Date.today() + timedelta(days=30))
