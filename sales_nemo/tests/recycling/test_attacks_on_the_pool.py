"""Ways to take from the pool what one may not claim, each of them closed."""

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES
from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestAttacksOnThePool(RecyclingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = new_test_user(cls.env, "stranger", groups=SALES)

    def create_pooled(self, **values):
        values = {"team_id": self.team.id} | values
        return self.recycle(self.lose(self.create_opportunity(**values), self.badly))

    def test_who_had_it_takes_it_on_no_detour(self):
        def by_archiving(lead):
            lead.active = False
            lead.user_id = self.rep
            lead.active = True

        def by_losing(lead):
            lead.action_set_lost()
            lead.user_id = self.rep
            lead.action_unarchive()

        def by_a_colleague(lead):
            lead.with_user(self.rep_all).user_id = self.rep_all
            lead.with_user(self.rep_all).user_id = self.rep

        for walk in (by_archiving, by_losing, by_a_colleague):
            lead = self.create_pooled().with_user(self.rep)
            with (
                self.subTest(walk=walk.__name__),
                self.assertRaisesRegex(UserError, "had it before"),
                self.env.cr.savepoint(),
            ):
                walk(lead)
            self.assertFalse(lead.user_id)

    def test_who_may_not_claim_it_may_not_write_it(self):
        lead = self.create_pooled().with_user(self.stranger)
        with self.assertRaisesRegex(UserError, "people of the team Ours"):
            lead.user_id = self.stranger
        lead.with_user(self.rep_all).user_id = self.rep_all
        self.assertEqual(lead.sudo().user_id, self.rep_all)

    def test_archiving_opens_no_pool(self):
        own = self.env["crm.team"].create(
            {"name": "Own", "member_ids": [Command.link(self.stranger.id)]}
        )
        for values in ({"user_id": self.stranger.id}, {"team_id": own.id}):
            lead = self.create_pooled().with_user(self.stranger)
            lead.active = False
            with self.subTest(values), self.assertRaises(UserError):
                lead.write(values)
            lead.active = True
            self.assertTrue(lead.is_up_for_grabs)
            self.assertEqual(lead.team_id, self.team)
        lead.active = False
        lead.with_user(self.rep_all).user_id = self.rep_all
        self.assertEqual(lead.sudo().user_id, self.rep_all, "a member of the team")

    def test_merging_opens_no_pool(self):
        """What is merged away is never written: it is asked about before."""
        for user, refusal in (
            (self.rep, "had it before"),
            (self.stranger, "people of the team Ours"),
        ):
            own = self.create_opportunity("Own", user=user)
            lead = self.create_pooled().with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaisesRegex(UserError, refusal):
                    (own | lead).merge_opportunity()
                self.assertTrue(lead.is_up_for_grabs)
        lead = self.create_pooled().with_user(self.stranger)
        nobodys = self.create_opportunity("Free", self.manager, user_id=False)
        self.other_team.member_ids = self.stranger
        nobodys.sudo().team_id = self.other_team
        with self.assertRaisesRegex(UserError, "claim them first"):
            (nobodys.with_user(self.stranger) | lead).merge_opportunity()
        with self.assertRaisesRegex(UserError, "had it before"):
            (nobodys.with_user(self.rep) | lead.with_user(self.rep)).merge_opportunity(
                user_id=self.rep.id
            )
        mine = self.create_opportunity("Mine", user=self.rep_all)
        merged = (mine | lead.with_user(self.rep_all)).merge_opportunity()
        self.assertEqual((merged, lead.exists()), (mine, lead.browse()))
        self.assertEqual(merged.excluded_user_ids, self.rep)

    def test_who_may_not_claim_it_moves_it_to_no_other_team(self):
        lead = self.create_pooled()
        other = self.env["crm.team"].create(
            {"name": "Ours", "member_ids": [Command.link(self.stranger.id)]}
        )
        for team in (other, other.browse()):
            with (
                self.assertRaisesRegex(UserError, "claim them first"),
                self.env.cr.savepoint(),
            ):
                lead.with_user(self.rep_all).team_id = team
        lead.with_user(self.manager).team_id = other
        self.assertTrue(lead.is_up_for_grabs)

    def test_hidden_leads_are_not_named(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.create_pooled()
        hidden.write({"team_id": False, "company_id": company.id})
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            hidden.with_user(self.rep).user_id = self.rep

    def test_who_lost_it_is_not_forgotten(self):
        for owner in (self.env["res.users"], self.stranger):
            deal = self.create_opportunity(team_id=self.team.id)
            deal = self.lose(deal, self.badly)
            deal.with_user(self.rep).user_id = owner
            self.assertIn(self.rep, deal.excluded_user_ids)
            lead = self.recycle(deal)
            self.assertEqual(lead.excluded_user_ids, self.rep | owner)
            self.assertFalse(lead.with_user(self.rep).can_claim)

    def test_ids_that_are_none(self):
        lead = self.create_pooled().with_user(self.rep)
        for value in (str(self.rep.id), [self.rep.id]):
            lead.write({"user_id": value})
            self.assertFalse(lead.user_id)
        with self.assertRaisesRegex(UserError, "had it before"):
            lead.write({"user_id": self.rep})

    def test_managers_do_all_of_it(self):
        deal = self.lose(self.create_opportunity(team_id=self.team.id), self.badly)
        deal.with_user(self.manager).user_id = self.stranger
        lead = self.recycle(deal)
        self.assertEqual(lead.excluded_user_ids, self.stranger)
        lead.with_user(self.manager).write(
            {"user_id": self.stranger.id, "excluded_user_ids": [Command.clear()]}
        )
        self.assertEqual(lead.user_id, self.stranger)
