"""The pool: who sees it, who may take from it, and that Odoo leaves it alone."""

from ast import literal_eval

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES
from .recycling_case import RecyclingCase


@tagged("post_install", "-at_install")
class TestPool(RecyclingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.colleague = new_test_user(cls.env, "colleague", groups=SALES)
        cls.stranger = new_test_user(cls.env, "stranger", groups=SALES)
        cls.team.member_ids |= cls.colleague
        cls.other_team.member_ids = cls.stranger

    def create_pooled(self, name="Pooled", reason=None, **values):
        """A lead of the pool that the rep had before."""
        values = {"team_id": self.team.id} | values
        deal = self.lose(self.create_opportunity(name, **values), reason or self.badly)
        return self.recycle(deal)

    # ------------------------------------------------------------
    # CLAIM
    # ------------------------------------------------------------

    def test_first_one_gets_it(self):
        lead = self.create_pooled()
        mine = lead.with_user(self.colleague)
        self.assertTrue(mine.can_claim)
        action = mine.action_claim()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", lead.id))
        self.assertEqual(lead.user_id, self.colleague)
        self.assertEqual(lead.team_id, self.team)
        self.assertFalse(lead.is_up_for_grabs)
        self.assertFalse(mine.can_claim)
        with self.assertRaisesRegex(UserError, "Somebody else was faster"):
            lead.with_user(self.stranger).action_claim()
        with self.assertRaisesRegex(UserError, "Pooled: colleague.* has it"):
            lead.with_user(self.rep_all).action_claim()
        self.assertEqual(lead.user_id, self.colleague)

    def test_who_had_it_before_gets_it_by_a_manager_only(self):
        lead = self.create_pooled()
        before = lead.with_user(self.rep)
        self.assertFalse(before.can_claim)
        with self.assertRaisesRegex(UserError, "Pooled: rep .*had it before"):
            before.action_claim()
        with self.assertRaisesRegex(UserError, "had it before"):
            before.user_id = self.rep
        with self.assertRaisesRegex(UserError, "had it before"):
            lead.with_user(self.rep_all).user_id = self.rep
        self.assertFalse(lead.user_id)
        lead.with_user(self.manager).user_id = self.rep
        self.assertEqual(lead.user_id, self.rep)

    def test_manager_changes_who_is_excluded(self):
        lead = self.create_pooled()
        with self.assertRaises(AccessError):
            lead.with_user(self.rep).excluded_user_ids = False
        lead.with_user(self.manager).excluded_user_ids = False
        self.assertTrue(lead.with_user(self.rep).can_claim)

    def test_excluded_manager_assigns_by_hand(self):
        deal = self.create_opportunity("Boss", user=self.manager, team_id=self.team.id)
        lead = self.recycle(self.lose(deal))
        with self.assertRaises(UserError):
            lead.with_user(self.manager).action_claim()
        lead.with_user(self.manager).user_id = self.manager
        self.assertEqual(lead.user_id, self.manager)

    def test_teams(self):
        ours, theirs = self.create_pooled("Ours"), self.create_pooled("T", self.far)
        anyones = self.create_pooled("Anyone's", user_id=False, team_id=False)
        self.assertFalse(anyones.team_id)
        self.assertEqual(theirs.team_id, self.other_team)
        leads = ours | theirs | anyones
        expected = {
            self.rep: anyones,
            self.colleague: ours | anyones,
            self.stranger: theirs | anyones,
            self.manager: leads,
        }
        pool = self.env["crm.lead"]
        for user, takes in expected.items():
            with self.subTest(user=user.login):
                seen = pool.with_user(user).search([("id", "in", leads.ids)])
                self.assertEqual(seen, leads, "nobody's leads are seen by all")
                self.assertEqual(seen.filtered("can_claim"), takes)
                domain = [("can_claim", "=", True), ("id", "in", leads.ids)]
                self.assertEqual(seen.search(domain), takes)
                domain[0] = ("can_claim", "=", False)
                self.assertEqual(seen.search(domain), leads - takes)
        with self.assertRaisesRegex(UserError, "people of the team Theirs"):
            theirs.with_user(self.colleague).action_claim()
        self.other_team.user_id = self.colleague
        theirs.with_user(self.colleague).action_claim()
        self.assertEqual(theirs.user_id, self.colleague)

    def test_all_that_is_wrong_is_said_at_once_and_none_is_taken(self):
        free, taken = self.create_pooled("Free"), self.create_pooled("Taken")
        theirs = self.create_pooled("Far", self.far)
        plain = self.create_lead("Plain", user=self.rep_all)
        taken.with_user(self.colleague).action_claim()
        leads = (free | taken | theirs | plain).with_user(self.rep_all)
        with self.assertRaises(UserError) as refusal:
            leads.action_claim()
        for text in ("Taken: colleague", "Far: it is for", "Plain: rep_all"):
            self.assertIn(text, str(refusal.exception))
        self.assertNotIn("Free", str(refusal.exception))
        self.assertFalse(free.user_id)
        action = free.with_user(self.rep_all).action_claim()
        self.assertEqual(free.user_id, self.rep_all)
        self.assertTrue(action)

    def test_what_is_not_in_the_pool_is_not_claimed(self):
        plain = self.create_lead("Plain", user=self.manager, user_id=False)
        with self.assertRaisesRegex(UserError, "Plain: it is not up for grabs"):
            plain.with_user(self.rep).action_claim()
        lead = self.create_pooled()
        lead.action_archive()
        self.assertFalse(lead.is_up_for_grabs)
        with self.assertRaises(UserError):
            lead.with_user(self.colleague).action_claim()
        gone = self.create_pooled("Gone").with_user(self.colleague)
        gone.sudo().unlink()
        with self.assertRaisesRegex(UserError, "Somebody else was faster"):
            gone.action_claim()

    def test_given_back_it_is_up_for_grabs_again(self):
        lead = self.create_pooled()
        lead.with_user(self.colleague).action_claim()
        lead.with_user(self.manager).user_id = False
        self.assertTrue(lead.is_up_for_grabs)

    def test_others_have_no_say(self):
        lead = self.create_pooled()
        with self.assertRaises(AccessError):
            lead.with_user(self.clerk).action_claim()
        self.assertFalse(lead.user_id)

    def test_rep_sees_why_it_was_lost_without_seeing_the_lost_record(self):
        lead = self.create_pooled().with_user(self.colleague)
        shown = lead.web_read(
            {
                "attempt": {},
                "recycled_reason_id": {"fields": {"display_name": {}}},
                "recycled_from_id": {"fields": {"display_name": {}}},
                "excluded_user_ids": {"fields": {"display_name": {}}},
                "recycled_lead_ids": {"fields": {"display_name": {}}},
            }
        )[0]
        self.assertEqual(shown["attempt"], 2)
        self.assertEqual(shown["recycled_reason_id"]["display_name"], "No click")
        form = Form(lead)
        self.assertEqual(form.attempt, 2)
        lost = lead.sudo().recycled_from_id.with_user(self.colleague)
        with self.assertRaises(AccessError):
            lost.read(["name"])

    def test_pool_view(self):
        lead = self.create_pooled()
        self.create_lead("Plain", user=self.manager, user_id=False)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.crm_lead_action_pool"
        )
        self.assertEqual(self.leads.search(literal_eval(action["domain"])), lead)

    def test_the_pool_tells_who_had_it_and_when_they_were_last_in_touch(self):
        lead = self.create_pooled()
        lost = lead.sudo().recycled_from_id
        lost.with_user(self.rep)._log_contact("We talked", "reached")
        self.assertTrue(lost.contact_date)
        theirs = lead.with_user(self.colleague)
        self.assertEqual(theirs.recycled_contact_date, lost.contact_date)
        self.assertEqual(theirs.excluded_user_ids, self.rep)
        for view in ("list", "kanban"):
            arch = self.env.ref(f"sales_nemo.crm_lead_view_{view}_pool").arch
            for name in (
                "qualification_grade",
                "recycled_contact_date",
                "excluded_user_ids",
            ):
                self.assertIn(f'name="{name}"', arch)

    # ------------------------------------------------------------
    # AUTOMATIC ASSIGNMENT
    # ------------------------------------------------------------

    def assign(self, teams):
        with mute_logger("odoo.addons.crm.models.crm_team"):
            return teams.sudo()._action_assign_leads(
                force_quota=True, creation_delta_days=0
            )

    def create_assigning_team(self):
        """A team that Odoo assigns leads to, whatever they are."""
        team = self.env["crm.team"].create({"name": "Robots", "use_leads": True})
        self.env["crm.team.member"].create(
            {
                "crm_team_id": team.id,
                "user_id": self.colleague.id,
                "assignment_max": 900,
            }
        )
        # other leads of the database are none of this test's
        team.assignment_domain = "[('name', '=like', 'Robot %')]"
        return team

    def create_unassigned(self, name, team=False, **values):
        return self.env["crm.lead"].create(
            {"name": name, "type": "lead", "user_id": False, "team_id": team} | values
        )

    def test_pool_is_not_assigned(self):
        team = self.create_assigning_team()
        reason = self.env["crm.lost.reason"].create(
            {"name": "Pool", "recycle_to": "pool", "recycle_team_id": team.id}
        )
        pooled = self.create_pooled("Robot pool", reason)
        self.assertEqual(pooled.team_id, team)
        plain = self.create_unassigned("Robot plain", team.id)
        self.assign(team)
        self.assertEqual(plain.user_id, self.colleague)
        self.assertFalse(pooled.user_id)
        self.assertTrue(pooled.is_up_for_grabs)
        self.assertTrue(pooled.with_user(self.colleague).can_claim)

    def test_pool_without_team_is_not_allocated(self):
        team = self.create_assigning_team()
        pooled = self.create_pooled("Robot pool", user_id=False, team_id=False)
        plain = self.create_unassigned("Robot plain")
        teams_data, _members = self.assign(team)
        self.assertEqual(plain.team_id, team)
        self.assertFalse(pooled.team_id)
        self.assertEqual(teams_data[team]["assigned"], {plain.id})

    def test_pool_is_not_merged_into_what_is_assigned(self):
        team = self.create_assigning_team()
        pooled = self.create_pooled(
            "Robot pool", user_id=False, team_id=False, partner_id=self.person.id
        )
        plain = self.create_unassigned("Robot plain", email_from=self.person.email)
        twin = self.create_unassigned("Robot twin", email_from=self.person.email)
        self.assign(team)
        self.assertTrue(pooled.exists())
        self.assertFalse(pooled.user_id)
        self.assertEqual(len((plain | twin).exists()), 1, "those two are merged")

    def test_who_is_excluded_gets_it_by_no_robot(self):
        """Also what a manager took out of the pool, and gave to nobody."""
        team = self.create_assigning_team()
        lead = self.create_unassigned("Robot excluded", team.id)
        lead.excluded_user_ids = self.colleague
        self.assertFalse(lead.is_up_for_grabs)
        self.assign(team)
        self.assertFalse(lead.user_id)

    def test_merged_with_a_lead_of_the_pool(self):
        pooled = self.create_pooled(partner_id=self.person.id)
        fresh = self.create_unassigned("Fresh", email_from=self.person.email)
        head = (pooled | fresh).merge_opportunity()
        self.assertTrue(head.is_up_for_grabs)
        self.assertEqual(head.excluded_user_ids, self.rep)
        self.assertEqual(head.attempt, 2)

    def test_converted_by_whom_claimed_it(self):
        lead = self.create_pooled(partner_id=self.person.id).with_user(self.colleague)
        lead.action_claim()
        self.add_facts(lead)
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "qualified")
