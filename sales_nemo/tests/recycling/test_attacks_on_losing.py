"""Ways to lose without a reason, each of them closed."""

from odoo.exceptions import UserError
from odoo.tests import tagged

from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestAttacksOnLosing(RecyclingCase):
    def test_what_is_no_reason_is_none(self):
        deal, lead = self.create_opportunity(), self.create_lead()
        gone = self.spam.copy()
        gone.unlink()
        for reason in ("x", str(self.spam.id), [self.spam.id], True, gone.id, -1, {}):
            for record in deal, lead:
                with self.subTest(reason=reason, type=record.type):
                    if record == lead and not reason:
                        continue
                    with self.assertRaisesRegex(UserError, "lost reason"):
                        record.action_set_lost(lost_reason_id=reason)
                    self.assertEqual(record.won_status, "pending")

    def test_a_reason_stays(self):
        deal = self.lose(self.create_opportunity(), self.spam)
        mine = deal.with_user(self.rep)
        with self.assertRaisesRegex(UserError, "keeps a lost reason.*Deal"):
            mine.write({"lost_reason_id": False})
        mine.lost_reason_id = self.late
        mine.action_unarchive()
        self.assertEqual((deal.won_status, deal.lost_reason_id.id), ("pending", False))
        lead = self.lose(self.create_lead(), self.spam).with_user(self.rep)
        lead.lost_reason_id = False
        self.assertFalse(lead.lost_reason_id, "a lead needs none")

    def test_no_detour_by_way_of_a_lead(self):
        """Leads need no reason; what was an opportunity does."""
        together = {"type": "lead", "active": False, "probability": 0}
        walks = {
            "at once": lambda deal: deal.write(together),
            "before": lambda deal: (
                deal.write({"type": "lead"}),
                deal.action_set_lost(),
            ),
        }
        for name, walk in walks.items():
            deal = self.create_opportunity()
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "nothing was marked as lost.*Deal"),
                self.env.cr.savepoint(),
            ):
                walk(deal)
            self.assertEqual((deal.type, deal.won_status), ("opportunity", "pending"))
        # from before the addon: its own type in the write is all that is known
        self.profile.enforcement = "off"
        deal = self.leads.create({"name": "Old", "type": "opportunity"})
        self.profile.enforcement = "enforce"
        self.assertFalse(deal.sudo().qualification_decision_ids)
        with self.assertRaises(UserError):
            deal.write(together)

    def test_a_lost_lead_becomes_no_opportunity_without_a_reason(self):
        lead = self.create_qualified_lead()
        lead.action_set_lost()
        with self.assertRaisesRegex(UserError, "keeps a lost reason.*Good lead"):
            lead.write({"type": "opportunity"})
        lead.write({"type": "opportunity", "lost_reason_id": self.spam.id})
        self.assertEqual((lead.type, lead.won_status), ("opportunity", "lost"))

    def test_no_detour_by_way_of_an_advised_team(self):
        self.profile.team_ids = self.team
        self.profile.copy(
            {
                "state": "published",
                "enforcement": "advise",
                "team_ids": self.other_team.ids,
            }
        )
        deal = self.create_opportunity(team_id=self.other_team.id)
        deal.action_set_lost()
        self.assertEqual(deal.won_status, "lost")
        deal.name = "Renamed"
        with self.assertRaisesRegex(UserError, "keeps a lost reason.*Renamed"):
            deal.team_id = self.team
        deal.write({"team_id": self.team.id, "lost_reason_id": self.spam.id})
        self.assertEqual(deal.team_id, self.team)

    def test_no_detour_by_way_of_a_merge(self):
        """An open deal is not lost by merging it into one that was created lost."""
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        born = self.leads.create(
            {
                "name": "Born",
                "type": "opportunity",
                "active": False,
                "probability": 0,
                "stage_id": stages[-1].id,
            }
        )
        self.assertEqual(born.won_status, "lost")
        deal = self.create_opportunity(stage_id=stages[0].id)
        with self.assertRaisesRegex(UserError, "nothing was marked as lost.*Deal"):
            (born | deal).merge_opportunity()
        self.assertEqual(deal.won_status, "pending")
        born.lost_reason_id = self.spam
        self.assertEqual((born | deal).merge_opportunity(), born)
        self.assertEqual((born.won_status, born.lost_reason_id), ("lost", self.spam))
