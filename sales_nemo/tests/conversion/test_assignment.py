"""What Odoo's automatic assignment converts one by one is converted together."""

from unittest.mock import patch

from odoo.tests import new_test_user, tagged

from ...models.conversion import crm_lead_assignment
from ...models.conversion.crm_lead_assignment import Assignment
from ..common import SALES, QualificationCase


@tagged("post_install", "-at_install")
class TestAssignment(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.other_rep = new_test_user(cls.env, "other rep", groups=SALES)
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Assigned",
                "use_leads": True,
                "crm_team_member_ids": [
                    (0, 0, {"user_id": user.id, "assignment_max": 300})
                    for user in (cls.rep, cls.other_rep)
                ],
            }
        )

    def create_unassigned(self, passing=True, **values):
        values = {
            "user_id": False,
            "team_id": self.team.id,
            "date_open": False,
        } | values
        create = self.create_qualified_lead if passing else self.create_lead
        return create(user=self.env.user, **values)

    def assign(self):
        return self.team._assign_and_convert_leads(force_quota=True)

    def create_some(self):
        """Leads of all kinds, in the order in which Odoo assigns them."""
        leads = self.env["crm.lead"]
        customer = self.env["res.partner"].create({"name": "Customer"})
        for n, values in enumerate(
            (
                {},
                {"passing": False},
                {"partner_id": customer.id},
                {"stage_id": False},
                {"passing": False, "stage_id": False},
                {},
            )
        ):
            leads |= self.create_unassigned(name=f"Lead {n}", **values)
        for n, lead in enumerate(leads):
            lead.probability = 90 - n
        return leads

    def describe(self, leads):
        """What became of leads."""
        self.env.flush_all()
        self.env.cr.flush()
        self.env.invalidate_all()
        return [
            {
                "type": lead.type,
                "user": lead.user_id,
                "team": lead.team_id,
                "stage": lead.stage_id,
                "customer": lead.partner_id.name,
                "was converted": bool(lead.date_conversion),
                "was opened": bool(lead.date_open),
                "state": lead.qualification_state,
                "followers": lead.message_partner_ids,
                "messages": sorted(lead.message_ids.mapped("body")),
                "decisions": [
                    (d.outcome, d.path, d.is_pending, d.verdict)
                    for d in lead.qualification_decision_ids
                ],
            }
            for lead in leads.sudo()
        ]

    def test_same_outcome_as_one_by_one(self):
        self.env = self.env(context={**self.env.context, "tracking_disable": False})
        self.team = self.team.with_env(self.env)
        found = []
        for together in (True, False):
            leads = self.create_some()
            lead_class = self.env.registry["crm.lead"]
            with patch.object(lead_class, "_can_convert_in_batch") as asked:
                asked.return_value = together
                members = self.assign()
            found.append(self.describe(leads))
            assigned = {m.user_id: len(data["assigned"]) for m, data in members.items()}
            self.assertEqual(assigned, {self.rep: 3, self.other_rep: 3})
        self.assertEqual(*found)
        became = [lead["type"] for lead in found[0]]
        self.assertEqual(became.count("lead"), 2)
        self.assertEqual({len(lead["decisions"]) for lead in found[0]}, {1})

    def test_who_left_gets_nothing(self):
        """Odoo archives no membership with the user."""
        domain = "[('color', '=', 5)]"
        members = self.team.crm_team_member_ids
        gone = members.filtered(lambda member: member.user_id == self.other_rep)
        gone.assignment_domain_preferred = domain
        lead_class = self.env.registry["crm.lead"]
        self.other_rep.active = False
        self.assertTrue(gone.active)
        for together in (True, False):
            with self.subTest(together=together):
                leads = self.create_unassigned() | self.create_unassigned(color=5)
                with patch.object(lead_class, "_can_convert_in_batch") as asked:
                    asked.return_value = together
                    self.assign()
                self.assertEqual(leads.user_id, self.rep)
                self.assertEqual(set(leads.mapped("type")), {"opportunity"})
        self.rep.active = False
        leads = self.create_unassigned() | self.create_unassigned(color=5)
        self.assign()
        self.assertFalse(leads.user_id)
        self.assertEqual(set(leads.mapped("type")), {"lead"})

    def test_whom_two_prefer(self):
        """Odoo gives such leads to one after the other: the last one keeps them."""
        members = self.team.crm_team_member_ids
        members.assignment_domain_preferred = "[('color', '=', 5)]"
        lead_class = self.env.registry["crm.lead"]
        found = []
        for batch, together in ((100, True), (2, True), (100, False)):
            leads = self.env["crm.lead"]
            for n in range(3):
                leads |= self.create_unassigned(color=5, probability=90 - n)
            with (
                patch.object(crm_lead_assignment, "BATCH", batch),
                patch.object(lead_class, "_can_convert_in_batch") as asked,
            ):
                asked.return_value = together
                self.assign()
            self.assertEqual(set(leads.mapped("type")), {"opportunity"})
            self.assertEqual({len(x.qualification_decision_ids) for x in leads}, {1})
            found.append([(lead.user_id, lead.message_partner_ids) for lead in leads])
        self.assertEqual(found[0], found[2])
        self.assertEqual(found[1], found[2])

    def test_of_many_a_few_wait_at_a_time(self):
        leads = self.create_some()
        lead_class = self.env.registry["crm.lead"]
        judged = []
        open_gate = lead_class._decide_entry

        def note(self, *args, **kwargs):
            judged.append(len(self))
            return open_gate(self, *args, **kwargs)

        with (
            patch.object(crm_lead_assignment, "BATCH", 4),
            patch.object(lead_class, "_decide_entry", note),
        ):
            self.assign()
        # of each four those that get a stage are judged apart
        self.assertEqual(sorted(judged), [1, 1, 1, 3])
        self.assertEqual(leads.user_id, self.rep | self.other_rep)

    def test_what_a_conversion_changes_counts_for_the_next(self):
        """The account gets to know what the first was told: now the second passes."""
        budget = self.env["crm.qualification.criterion"].create(
            {
                "name": "Account's budget?",
                "profile_id": self.profile.id,
                "scope": "account",
                "requirement": "met",
            }
        )
        account = self.env["res.partner"].create({"name": "A", "is_company": True})
        first = self.create_unassigned(partner_id=account.id)
        second = self.create_unassigned(partner_id=account.id, stage_id=False)
        first.probability, second.probability = 90, 10
        self.env["crm.qualification.answer"].create(
            {"criterion_id": budget.id, "lead_id": first.id, "value": "yes"}
        )
        self.assertFalse(second._split_by_verdict()[0])
        self.assign()
        self.assertEqual((first.type, second.type), ("opportunity", "opportunity"))

    def test_who_takes_one_that_waits_keeps_it(self):
        taken, deleted, free = (self.create_unassigned() for _ in range(3))
        run = Assignment(self.team._get_lead_to_assign_domain())
        for lead in taken | deleted | free:
            chosen = lead.with_context(qualification_assignment=run)
            chosen.convert_opportunity(lead.partner_id, user_ids=self.rep.ids)
        self.assertEqual(free.type, "lead")
        taken.user_id = self.other_rep
        deleted.sudo().unlink()
        self.env["crm.lead"]._convert_assigned(run)
        self.assertEqual((taken.type, taken.user_id), ("lead", self.other_rep))
        self.assertEqual((free.type, free.user_id), ("opportunity", self.rep))

    def test_after_the_loop_nothing_waits(self):
        bad = self.create_unassigned(passing=False)
        [lead] = [lead for data in self.assign().values() for lead in data["assigned"]]
        self.assertEqual((lead, lead.type), (bad, "lead"))
        self.add_facts(lead)
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(bad.type, "opportunity")

    def test_no_client_makes_a_conversion_wait(self):
        lead = self.create_qualified_lead()
        sent = {"qualification_assignment": {"chosen": [], "is_running": True}}
        lead.with_context(**sent).convert_opportunity(False)
        self.assertEqual(lead.type, "opportunity")
