"""Merging: every fact follows the record that stays, and nothing slips by the gate."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import QualificationCase

# Of the decisions of merged opportunities the first of these counts.
OUTCOMES = ("passed", "settled", "overridden", "flagged", "advised", "none")


class MergeCase(QualificationCase):
    """Leads and opportunities in every state, and what is known about them."""

    @classmethod
    def create_opportunity(cls, outcome="passed", name=None, **values):
        """An opportunity whose decision had this outcome; "none": from before."""
        name = name or outcome
        if outcome in ("none", "flagged"):
            cls.profile.active = outcome != "none"
            opportunity = cls.create_lead(name, type="opportunity", **values)
            cls.profile.active = True
            return opportunity
        if outcome == "overridden":
            lead = cls.create_lead(name, user=cls.approver, **values)
            lead._decide_entry("wizard", override_reason="They pay")
            lead.convert_opportunity(lead.partner_id)
            lead.user_id = cls.rep
            return lead.with_user(cls.rep)
        if outcome == "advised":
            cls.profile.enforcement = "advise"
            lead = cls.create_lead(name, **values)
            lead.convert_opportunity(lead.partner_id)
            cls.profile.enforcement = "enforce"
            return lead
        if outcome == "settled":
            return cls.add_facts(cls.create_opportunity("flagged", name, **values))
        lead = cls.create_qualified_lead(name, **values)
        lead.convert_opportunity(lead.partner_id)
        return lead

    @classmethod
    def create_lost(cls, outcome="none", reason=None, **values):
        opportunity = cls.create_opportunity(outcome, "Lost", **values)
        opportunity.action_set_lost(lost_reason_id=reason and reason.id)
        return opportunity

    @classmethod
    def create_facts(cls, model, lead, *rows):
        return (
            cls.env[model]
            .with_user(cls.rep)
            .create([{"lead_id": lead.id} | row for row in rows])
        )

    @classmethod
    def say_on(cls, fact, day):
        """Have a need or commitment be known since a day."""
        fact.sudo().state_date = day
        return fact

    def merge(self, leads, user=None, **options):
        merged = leads.with_user(user or self.rep)._merge_opportunity(**options)
        self.assertFalse(
            self.env["crm.contact.evidence"]._get_stale(merged), "contact is right"
        )
        return merged

    def get_notes(self, lead, text):
        """Bodies of the notes on a lead in which a text stands."""
        bodies = lead.sudo().message_ids.mapped("body")
        return " ".join(body for body in bodies if text in body)

    def get_outcome(self, lead):
        return lead.sudo().qualification_decision_id.outcome or "none"


@tagged("post_install", "-at_install")
class TestMergeFacts(MergeCase):
    def test_needs_without_doubles(self):
        head, tail, third = (self.create_lead(name) for name in ("A", "B", "C"))
        self.create_facts(
            "crm.lead.need",
            head,
            {"name": "Speed", "detail": "Slow site"},
            {"name": "Price"},
        )
        confirmed = self.create_facts(
            "crm.lead.need",
            tail,
            {"name": " speed ", "state": "confirmed", "detail": "Users leave"},
            {"name": "Trust"},
        )
        self.create_facts(
            "crm.lead.need", third, {"name": "SPEED", "detail": "Slow site"}
        )
        merged = self.merge(head | tail | third)
        self.assertEqual(merged, head)
        self.assertEqual(
            sorted(merged.qualification_need_ids.mapped("name")),
            [" speed ", "Price", "Trust"],
        )
        speed = confirmed[0]
        self.assertEqual(speed.lead_id, merged)
        self.assertEqual(speed.state, "confirmed")
        self.assertEqual(speed.detail, "Users leave\n\nSlow site")
        self.assertEqual(
            self.get_notes(merged, "Speed").count("Suspected. Here it is: Confirmed"), 2
        )

    def test_identical_needs_make_no_noise(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        for lead in head | tail:
            self.create_facts("crm.lead.need", lead, {"name": "Speed"})
        merged = self.merge(head | tail)
        self.assertEqual(len(merged.qualification_need_ids), 1)
        self.assertFalse(self.get_notes(merged, "only one stays"))

    def test_needs_of_the_head_stay_alone_when_the_tail_has_none(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        needs = self.create_facts(
            "crm.lead.need", head, {"name": "Speed"}, {"name": "Speed"}
        )
        self.assertEqual(self.merge(head | tail).qualification_need_ids, needs)

    def test_newer_word_wins(self):
        for newer in ("confirmed", "not_for_us"):
            older = {"confirmed": "not_for_us", "not_for_us": "confirmed"}[newer]
            for first, second in ((newer, older), (older, newer)):
                head, tail = self.create_lead("A"), self.create_lead("B")
                for lead, state in ((head, first), (tail, second)):
                    need = self.create_facts(
                        "crm.lead.need", lead, {"name": "Speed", "state": state}
                    )
                    self.say_on(need, f"2026-0{1 + (state == newer)}-01")
                merged = self.merge(head | tail)
                self.assertEqual(merged.qualification_need_ids.state, newer)

    def test_moving_makes_no_word_newer(self):
        """A second merge still knows which word was the newer one."""
        old, middle, new = (self.create_lead(name) for name in ("A", "B", "C"))
        refused = self.create_facts(
            "crm.lead.need", middle, {"name": "Speed", "state": "not_for_us"}
        )
        self.say_on(refused, "2026-01-01")
        merged = self.merge(old | middle)
        self.assertEqual(str(refused.state_date), "2026-01-01 00:00:00")
        confirmed = self.create_facts(
            "crm.lead.need", new, {"name": "Speed", "state": "confirmed"}
        )
        self.say_on(confirmed, "2026-02-01")
        merged = self.merge(merged | new)
        self.assertEqual(merged.qualification_need_ids, confirmed)

    def test_state_date_follows_the_state(self):
        need = self.create_facts("crm.lead.need", self.create_lead(), {"name": "Speed"})
        self.assertTrue(need.state_date)
        self.say_on(need, "2026-01-01")
        need.detail = "Slow"
        self.assertEqual(str(need.state_date), "2026-01-01 00:00:00")
        need.state = "confirmed"
        self.assertGreater(need.state_date, fields.Datetime.to_datetime("2026-02-01"))

    def test_commitments_without_doubles(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        promise = {"name": "Demo", "date_deadline": "2027-01-01"}
        self.create_facts("crm.lead.commitment", head, promise)
        kept, *other = self.create_facts(
            "crm.lead.commitment",
            tail,
            promise | {"name": "demo  ", "state": "kept"},
            promise | {"date_deadline": "2027-02-01"},
            promise | {"kind": "trial"},
            {"name": "Demo"},
        )
        merged = self.merge(head | tail)
        self.assertEqual(
            set(merged.qualification_commitment_ids), {kept, *other}, "only one double"
        )
        self.assertIn("Open. Here it is: Kept", self.get_notes(merged, "Demo"))

    def test_newer_word_about_a_commitment_wins(self):
        for first, second in (("kept", "broken"), ("broken", "kept")):
            head, tail = self.create_lead("A"), self.create_lead("B")
            for lead, state, day in (
                (head, first, "2026-01-01"),
                (tail, second, "2026-02-01"),
            ):
                promise = {"name": "Demo", "state": state}
                fact = self.create_facts("crm.lead.commitment", lead, promise)
                self.say_on(fact, day)
            merged = self.merge(head | tail)
            self.assertEqual(merged.qualification_commitment_ids.state, second)

    def test_proof_is_kept(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        message = tail._log_contact("Slow, they say", "reached")
        confirmed = {"name": "Speed", "state": "confirmed"}
        need = self.create_facts("crm.lead.need", head, confirmed)
        proven = confirmed | {"state": "suspected", "message_id": message.id}
        self.create_facts("crm.lead.need", tail, proven)
        merged = self.merge(head | tail)
        self.assertEqual(merged.qualification_need_ids, need)
        self.assertEqual(need.message_id, message)
        self.assertEqual(message.res_id, merged.id)

    def test_answers_keep_what_was_noted(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        for lead, value, day in (
            (head, "yes", "2026-02-01"),
            (tail, "no", "2026-01-01"),
        ):
            self.env["crm.qualification.answer"].with_user(self.rep).create(
                {
                    "criterion_id": self.budget.id,
                    "lead_id": lead.id,
                    "value": value,
                    "date": day,
                    "note": f"Said {value}",
                }
            )
        merged = self.merge(head | tail)
        answer = merged.qualification_answer_ids
        self.assertEqual((answer.value, answer.note), ("yes", "Said yes"))
        self.assertIn("no (", answer.history)
        self.assertIn("Said no", self.get_notes(merged, "Budget?"))

    def test_roles_without_doubles(self):
        head, tail = self.create_lead("A"), self.create_lead("B")
        ann, ben = self.env["res.partner"].create([{"name": "Ann"}, {"name": "Ben"}])
        champion = {"partner_id": ann.id, "role": "champion"}
        self.create_facts("crm.lead.role", head, champion | {"note": "Loves it"})
        self.create_facts(
            "crm.lead.role",
            tail,
            champion | {"note": "Uses it"},
            champion | {"partner_id": ben.id},
        )
        merged = self.merge(head | tail)
        roles = merged.qualification_role_ids.sorted("id")
        self.assertEqual(roles.partner_id, ann | ben)
        self.assertEqual(roles[0].note, "Loves it; Uses it")

    def test_hidden_and_cancelled_meetings_follow(self):
        ann = self.env["res.partner"].create({"name": "Ann"})
        head, tail = self.create_lead("A"), self.create_lead("B", partner_id=ann.id)
        day = fields.Datetime.to_datetime("2026-01-05 09:00:00")
        values = {
            "name": "Talk",
            "start": day,
            "stop": fields.Datetime.add(day, hours=1),
            "user_id": self.manager.id,
            "partner_ids": [(6, 0, (ann | self.manager.partner_id).ids)],
        }
        linked = values | {"opportunity_id": tail.id}
        meetings = self.env["calendar.event"].create(
            [
                linked,
                linked | {"privacy": "private"},
                linked | {"active": False},
                values
                | {
                    "res_model_id": self.env["ir.model"]._get_id("crm.lead"),
                    "res_id": tail.id,
                },
            ]
        )
        merged = self.merge(head | tail)
        self.assertEqual(meetings[:3].opportunity_id, merged)
        self.assertEqual(meetings[3].res_id, merged.id)
        self.assertEqual(merged.contact_state, "two_way")

    def test_facts_are_merged_in_several_companies(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.rep.company_ids |= other
        head = self.create_lead("A")
        tail = self.create_lead("B", company_id=other.id, user_id=False, team_id=False)
        answer = self.env["crm.qualification.answer"].create(
            {"criterion_id": self.budget.id, "lead_id": tail.id, "value": "yes"}
        )
        special = self.profile.copy({"company_id": other.id, "sequence": 0})
        merged = self.merge(head | tail, self.env.user)
        self.assertEqual(merged.qualification_answer_ids, answer)
        self.assertEqual(
            merged.qualification_profile_id,
            special if merged.company_id == other else self.profile,
        )


@tagged("post_install", "-at_install")
class TestMergeDecision(MergeCase):
    def test_two_opportunities(self):
        """The better decision counts, whichever of the two stays."""
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        for first in OUTCOMES:
            for second in OUTCOMES:
                with self.subTest(head=first, tail=second):
                    head = self.create_opportunity(first, stage_id=stages[-1].id)
                    tail = self.create_opportunity(second, stage_id=stages[0].id)
                    expected = min(first, second, key=OUTCOMES.index)
                    decisions = (head | tail).sudo().qualification_decision_ids
                    merged = self.merge(head | tail)
                    self.assertEqual(merged, head)
                    self.assertEqual(self.get_outcome(merged), expected)
                    self.assertEqual(
                        bool(merged.qualification_deadline), expected == "flagged"
                    )
                    self.assertEqual(
                        merged.sudo().qualification_decision_ids, decisions
                    )
                    self.assertEqual(
                        bool(self.get_notes(merged, "This opportunity is")),
                        first != second and "none" not in (first, second),
                    )

    def test_deadline_is_not_put_off(self):
        head, tail = (self.create_opportunity("flagged", n) for n in ("A", "B"))
        tail.sudo().qualification_deadline = "2026-01-01"
        merged = self.merge(head | tail)
        self.assertEqual(str(merged.qualification_deadline), "2026-01-01")
        self.assertEqual(merged.qualification_state, "flagged")

    def test_facts_of_a_lead_settle_a_flag(self):
        flagged = self.create_opportunity("flagged")
        merged = self.merge(flagged | self.create_qualified_lead())
        self.assertEqual(merged, flagged)
        self.assertEqual(self.get_outcome(merged), "settled")
        self.assertFalse(merged.qualification_deadline)
        self.assertEqual(
            merged.sudo().qualification_decision_ids.sorted("id").mapped("outcome"),
            ["flagged", "settled"],
        )

    def test_answers_alone_settle_a_flag(self):
        self.profile.write(
            {
                "check_reachable": False,
                "contact_required": "none",
                "needs_required": 0,
                "commitments_required": 0,
            }
        )
        self.budget.is_required = True
        flagged, lead = self.create_opportunity("flagged"), self.create_lead()
        self.env["crm.qualification.answer"].create(
            {"criterion_id": self.budget.id, "lead_id": lead.id, "value": "yes"}
        )
        self.assertEqual(self.get_outcome(self.merge(flagged | lead)), "settled")

    def test_lead_into_a_running_opportunity(self):
        for outcome in ("passed", "settled", "overridden", "flagged", "none"):
            with self.subTest(outcome):
                opportunity = self.create_opportunity(outcome)
                state = opportunity.qualification_state
                merged = self.merge(opportunity | self.create_lead())
                self.assertEqual(merged, opportunity)
                self.assertEqual(self.get_outcome(merged), outcome)
                self.assertEqual(merged.qualification_state, state)

    def test_leads(self):
        first, second = self.create_lead("A"), self.create_qualified_lead("B")
        merged = self.merge(first | second)
        self.assertEqual((merged.type, self.get_outcome(merged)), ("lead", "none"))
        self.assertEqual(merged.qualification_state, "ready")

    def test_archived_leads(self):
        leads = self.create_lead("A") | self.create_qualified_lead("B")
        leads.action_archive()
        merged = self.merge(leads)
        self.assertFalse(merged.active)
        self.assertEqual((merged.type, merged.qualification_state), ("lead", "ready"))
        new = self.create_lead("C")
        merged = self.merge(merged | new)
        self.assertEqual((merged, merged.active), (new, True))
        self.assertEqual(merged.qualification_state, "ready")

    def test_lead_and_archived_opportunity(self):
        opportunity = self.create_opportunity("passed")
        opportunity.qualification_need_ids.unlink()
        opportunity.write({"probability": 30, "active": False})
        self.assertEqual(opportunity.won_status, "pending")
        with self.assertRaisesRegex(UserError, "Needs"):
            self.merge(opportunity | self.create_lead())

    def test_lead_and_won_opportunity(self):
        won = self.create_opportunity("passed")
        won.action_set_won()
        merged = self.merge(won | self.create_lead())
        self.assertEqual((merged, merged.won_status), (won, "won"))
        self.assertEqual(merged.qualification_state, "qualified")

    def test_lead_is_not_won_by_its_stage(self):
        """A team whose only stage is won makes no lead won."""
        team = self.env["crm.team"].create({"name": "Direct"})
        self.env["crm.stage"].search([]).team_ids = self.env["crm.team"].create(
            {"name": "All others"}
        )
        self.env["crm.stage"].create(
            {"name": "Sold", "is_won": True, "team_ids": [(6, 0, team.ids)]}
        )
        leads = self.create_lead("A") | self.create_lead("B")
        with self.assertRaisesRegex(UserError, "convert it"):
            self.merge(leads, team_id=team.id)
        self.assertEqual(leads.mapped("won_status"), ["pending"] * 2)

    def test_flag_is_not_cleaned_by_a_lost_opportunity(self):
        flagged, lost = self.create_opportunity("flagged"), self.create_lost("passed")
        lost.qualification_need_ids.unlink()
        merged = self.merge(flagged | lost)
        self.assertEqual(self.get_outcome(merged), "flagged")
        self.assertTrue(merged.qualification_deadline)

    def test_flagged_into_a_lost_one_from_before(self):
        """Where Odoo keeps the lost one, it takes the flag over and is judged again."""
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        lost = self.create_lost("none", stage_id=stages[-1].id)
        flagged = self.create_opportunity("flagged", stage_id=stages[0].id)
        merged = self.merge(lost | flagged)
        self.assertEqual((merged, merged.won_status), (lost, "lost"))
        merged.action_restore()
        self.assertEqual(merged.qualification_state, "flagged")
        self.assertTrue(merged.qualification_deadline)

    def test_profile_that_a_manager_chose(self):
        chosen = self.profile.copy({"sequence": 9})
        for number in range(2):
            leads = self.create_lead("A") | self.create_lead("B")
            leads[number].with_user(self.manager).qualification_profile_id = chosen
            merged = self.merge(leads)
            self.assertEqual(merged.qualification_profile_id, chosen)
            self.assertTrue(merged.qualification_profile_pinned)

    def test_profile_of_another_company_is_not_taken(self):
        other = self.env["res.company"].create({"name": "Other"})
        chosen = self.profile.copy({"sequence": 9, "company_id": other.id})
        head = self.create_lead("A", company_id=self.env.company.id)
        tail = self.create_lead("B")
        tail.sudo().qualification_profile_id = chosen
        self.assertEqual(self.merge(head | tail).qualification_profile_id, self.profile)


@tagged("post_install", "-at_install")
class TestMergeLost(MergeCase):
    def test_refused_with_reasons_and_nothing_is_merged(self):
        lost, lead = self.create_lost(), self.create_lead("Reborn")
        need = self.create_facts("crm.lead.need", lead, {"name": "Speed"})
        with self.assertRaisesRegex(UserError, "in touch"):
            self.merge(lost | lead)
        # there is code that swallows errors
        self.assertEqual(need.lead_id, lead)
        self.assertEqual((lead.type, lost.won_status), ("lead", "lost"))
        self.assertFalse(lost.message_ids & lead.message_ids)

    def test_passes_on_the_merged_facts(self):
        lost = self.create_lost()
        merged = self.merge(lost | self.create_qualified_lead())
        decision = merged.sudo().qualification_decision_id
        self.assertEqual((decision.outcome, decision.path), ("passed", "merge"))

    def test_advised(self):
        self.profile.enforcement = "advise"
        merged = self.merge(self.create_lost() | self.create_lead())
        decision = merged.sudo().qualification_decision_id
        self.assertEqual((decision.outcome, decision.path), ("advised", "merge"))

    def test_off(self):
        self.profile.enforcement = "off"
        merged = self.merge(self.create_lost() | self.create_lead())
        self.assertFalse(merged.sudo().qualification_decision_ids)

    def test_judged_as_of_today(self):
        """What was valid when it was lost may be out of date by now."""
        self.budget.write({"validity_days": 30, "is_required": True})
        lost, lead = self.create_lost(), self.create_qualified_lead()
        self.env["crm.qualification.answer"].create(
            {
                "criterion_id": self.budget.id,
                "lead_id": lost.id,
                "value": "yes",
                "date": "2026-01-01",
            }
        )
        lost.sudo().date_closed = "2026-01-02"
        with self.assertRaisesRegex(UserError, "Budget"):
            self.merge(lost | lead)
        self.assertEqual(lost.won_status, "lost")
        lost.qualification_answer_ids.date = fields.Datetime.now()
        self.assertEqual(self.get_outcome(self.merge(lost | lead)), "passed")

    def test_lost_lead_is_only_a_lead(self):
        lost, lead = self.create_lead("Lost"), self.create_lead("New")
        need = self.create_facts("crm.lead.need", lost, {"name": "Speed"})
        lost.action_set_lost()
        merged = self.merge(lost | lead)
        self.assertEqual((merged, merged.type), (lead, "lead"))
        self.assertEqual(merged.qualification_need_ids, need)

    def test_wizard_brings_it_back_judged(self):
        lost, lead = self.create_lost(), self.create_qualified_lead()
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        wizard.with_context(
            active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
        ).create(
            {
                "lead_id": lead.id,
                "name": "merge",
                "duplicated_lead_ids": [(6, 0, (lead | lost).ids)],
            }
        ).action_apply()
        self.assertFalse(lead.exists())
        self.assertEqual((lost.active, lost.won_status), (True, "pending"))
        self.assertEqual(lost.qualification_state, "qualified")


@tagged("post_install", "-at_install")
class TestMergePaths(MergeCase):
    def test_superuser_merges_many(self):
        leads = self.leads.union(*(self.create_lead(f"Lead {n}") for n in range(7)))
        for lead in leads:
            self.create_facts(
                "crm.lead.need", lead, {"name": "Speed"}, {"name": lead.name}
            )
        merged = self.env["crm.lead"].sudo().browse(leads.ids)
        merged = merged._merge_opportunity(auto_unlink=False, max_length=0)
        self.assertEqual(leads.exists(), leads)
        self.assertEqual(len(merged.qualification_need_ids), 8)
        self.assertFalse((leads - merged).qualification_need_ids)

    def test_tails_stay_alive_without_their_facts(self):
        head, tail = self.create_lead("A"), self.create_qualified_lead("B")
        self.assertEqual(tail.qualification_state, "ready")
        merged = self.leads.browse((head | tail).ids).merge_opportunity(
            auto_unlink=False
        )
        self.assertEqual(merged.qualification_state, "ready")
        self.assertEqual(
            (tail.qualification_state, tail.contact_state), ("blocked", "none")
        )

    def test_living_tail_keeps_its_flag(self):
        head, tail = self.create_opportunity(), self.create_opportunity("flagged")
        (head | tail).merge_opportunity(auto_unlink=False)
        self.assertEqual(tail.qualification_state, "flagged")
        self.assertTrue(tail.qualification_deadline)

    def test_one_decision_clears_one_flag(self):
        """Else whoever has one good deal would clear all flags with it."""
        good = self.create_opportunity("passed", "Good")
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        flagged = self.leads.browse()
        for name in "ABC":
            bad = self.create_opportunity("flagged", name, stage_id=stages[-1].id)
            deadline = bad.qualification_deadline
            merged = (good | bad).merge_opportunity(auto_unlink=False)
            self.assertEqual(merged, bad)
            flagged |= bad
            deals = good | flagged
            self.assertEqual(
                sorted(map(self.get_outcome, deals)),
                ["flagged"] * len(flagged) + ["passed"],
            )
            late = deals.filtered(lambda deal: self.get_outcome(deal) == "flagged")
            self.assertEqual(
                late.mapped("qualification_deadline"), [deadline] * len(late)
            )
            self.assertEqual(set(late.mapped("qualification_state")), {"flagged"})

    def test_one_decision_is_not_passed_on_by_a_third_one(self):
        good, bad = (self.create_opportunity(one) for one in ("passed", "flagged"))
        old = self.create_opportunity("none", probability=99)
        self.assertEqual((good | old).merge_opportunity(auto_unlink=False), old)
        self.assertEqual(self.get_outcome(good), "none")
        bad.probability = 99.5
        self.assertEqual((old | bad).merge_opportunity(auto_unlink=False), bad)
        self.assertEqual(
            [self.get_outcome(deal) for deal in (good, old, bad)],
            ["none", "flagged", "passed"],
        )

    def test_one_pin_is_not_passed_on(self):
        chosen = self.profile.copy({"sequence": 9})
        pinned = self.create_lead("Pinned")
        pinned.with_user(self.manager).qualification_profile_id = chosen
        others = self.create_lead("A", probability=99)
        others |= self.create_lead("B", probability=99)
        merged = self.leads.browse()
        for other in others:
            merged |= (other | pinned).merge_opportunity(auto_unlink=False)
        self.assertEqual(merged, others)
        leads = pinned | others
        self.assertEqual(leads.filtered("qualification_profile_pinned"), others[0])
        self.assertEqual(
            leads.mapped("qualification_profile_id"), self.profile | chosen
        )
        self.assertEqual(pinned.qualification_profile_id, self.profile)

    def test_assignment_merges_duplicates(self):
        team = self.env["crm.team"].create({"name": "Team"})
        leads = self.create_lead("A", user=self.env.user, email_from="a@b.example")
        leads |= self.create_lead("B", user=self.env.user, email_from="a@b.example")
        leads.write({"user_id": False, "team_id": False})
        for lead in leads:
            self.create_facts("crm.lead.need", lead.sudo(), {"name": "Speed"})
        result = team._allocate_leads_deduplicate(leads)
        merged = leads.browse(result["merged"])
        self.assertEqual(len(merged.qualification_need_ids), 1)
        self.assertEqual((merged.type, merged.team_id), ("lead", team))

    def test_portal_merges_nothing(self):
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        leads = self.create_lead("A") | self.create_lead("B")
        need = self.create_facts("crm.lead.need", leads[1], {"name": "Speed"})
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            leads.with_user(portal).merge_opportunity()
        self.assertEqual(need.lead_id, leads[1])

    def test_mass_wizard_merges_duplicates(self):
        leads = self.create_lead("A", email_from="a@b.example")
        leads |= self.create_qualified_lead("B", email_from="a@b.example")
        self.create_facts(
            "crm.lead.need", leads[0], {"name": "speed"}, {"name": "Price"}
        )
        wizard = self.env["crm.lead2opportunity.partner.mass"].with_user(self.rep)
        wizard.with_context(
            active_model="crm.lead", active_id=leads[0].id, active_ids=leads.ids
        ).create(
            {"lead_tomerge_ids": [(6, 0, leads.ids)], "deduplicate": True}
        ).action_mass_convert()
        merged = leads.exists()
        self.assertEqual(len(merged), 1)
        self.assertEqual(merged.type, "opportunity")
        self.assertEqual(
            set(merged.qualification_need_ids.mapped("name")), {"Speed", "Price"}
        )


@tagged("post_install", "-at_install")
class TestMergeScreen(MergeCase):
    def open(self, leads):
        screen = self.env["crm.merge.opportunity"].with_user(self.rep)
        return Form(screen.with_context(active_model="crm.lead", active_ids=leads.ids))

    def test_lost_records_are_not_preselected(self):
        lead, twin, lost = self.create_lead(), self.create_lead(), self.create_lost()
        with self.open(lead | twin | lost) as form:
            self.assertEqual(set(form.opportunity_ids.ids), set((lead | twin).ids))
            self.assertIn("Lost (no reason)", form.left_out)
            self.assertFalse(form.lost_warning)
            form.opportunity_ids.add(lost)
            self.assertFalse(form.left_out)
            self.assertIn("all others are lost with it: Lost", form.lost_warning)

    def test_advising_profile_leaves_odoos_choice(self):
        self.profile.enforcement = "advise"
        lead, lost = self.create_lead(), self.create_lost()
        with self.open(lead | lost) as form:
            self.assertEqual(set(form.opportunity_ids.ids), set((lead | lost).ids))
            self.assertFalse(form.left_out)

    def test_says_what_is_erased(self):
        reason = self.env["crm.lost.reason"].create({"name": "Too expensive"})
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        running = self.create_opportunity("passed", stage_id=stages[-1].id)
        lost = self.create_lost("passed", reason, stage_id=stages[0].id)
        with self.open(running | lost) as form:
            form.opportunity_ids.add(lost)
            self.assertIn("erases why they were lost: Lost (Too exp", form.lost_warning)
        screen = form.record
        action = screen.action_merge()
        self.assertEqual(action["res_id"], running.id)
        self.assertFalse(lost.exists())

    def test_refusal_keeps_the_selection(self):
        lead, lost = self.create_lead(), self.create_lost()
        with self.open(lead | lost) as form:
            form.opportunity_ids.add(lost)
        screen = form.record
        for _again in range(2):
            action = screen.action_merge()
            self.assertEqual(action["res_id"], screen.id)
            self.assertEqual(screen.opportunity_ids, lead | lost)
            self.assertIn("Nobody has been in touch", screen.merge_refusal)
        refusal = lost.sudo().qualification_decision_ids
        self.assertEqual((refusal.outcome, refusal.path), ("refused", "merge"), "once")
        self.add_facts(lead)
        action = screen.action_merge()
        self.assertFalse(screen.merge_refusal)
        self.assertEqual(action["res_id"], lost.id)

    def test_odoos_own_errors_stay_errors(self):
        with self.open(self.create_lead()) as form:
            pass
        with self.assertRaisesRegex(UserError, "at least two"):
            form.record.action_merge()


@tagged("post_install", "-at_install")
class TestMergeQueries(MergeCase):
    def count(self, needs, answers=0, newer=0):
        """Queries of a merge; ``newer``: which of the leads has the newer answers."""
        leads = self.create_lead("A") | self.create_lead("B")
        criteria = self.env["crm.qualification.criterion"].create(
            [
                {"name": f"Question {n}", "profile_id": self.profile.id}
                for n in range(answers)
            ]
        )
        for lead in leads:
            names = [f"Need {n}" for n in range(needs)]
            self.create_facts(
                "crm.lead.need",
                lead,
                *({"name": name, "detail": f"{name} {lead.name}"} for name in names),
            )
            self.create_facts(
                "crm.lead.commitment", lead, *({"name": name} for name in names)
            )
            self.create_facts(
                "crm.qualification.answer",
                lead,
                *({"criterion_id": one.id, "value": "yes"} for one in criteria),
            )
        now = fields.Datetime.now()
        leads.qualification_answer_ids.date = now - timedelta(days=1)
        leads[newer].qualification_answer_ids.date = now
        # what Odoo keeps between requests was cleared with the new criteria
        others = self.create_lead("C") | self.create_lead("D")
        others.with_user(self.rep).merge_opportunity()
        leads = leads.with_user(self.rep)
        return self.count_queries(leads.merge_opportunity)

    def test_queries_do_not_grow(self):
        self.count(1, 1)
        few, many = self.count(1), self.count(20)
        self.assertLessEqual(many, few)
        for newer in (0, 1):
            few, many = self.count(1, 1, newer), self.count(1, 20, newer)
            self.assertLessEqual(many, few)


@dataclass
class Expected:
    """What is known about one record, kept by rules of its own.

    Needs and commitments: ``{identity: [(is strong, since, state)]}`` of all that was
    ever said; answers: ``{criterion: {since: value}}``.
    """

    type: str
    outcomes: list = field(default_factory=list)
    needs: dict = field(default_factory=dict)
    details: dict = field(default_factory=dict)
    commitments: dict = field(default_factory=dict)
    answers: dict = field(default_factory=dict)
    roles: set = field(default_factory=set)
    calls: set = field(default_factory=set)
    decisions: set = field(default_factory=set)

    def take(self, other):
        self.type = max(self.type, other.type)  # opportunity comes after lead
        self.outcomes += other.outcomes
        for mine, theirs in (
            (self.needs, other.needs),
            (self.commitments, other.commitments),
        ):
            for identity, words in theirs.items():
                mine[identity] = mine.get(identity, []) + words
        for identity, details in other.details.items():
            self.details[identity] = self.details.get(identity, set()) | details
        for criterion, said in other.answers.items():
            self.answers[criterion] = self.answers.get(criterion, {}) | said
        self.roles |= other.roles
        self.calls |= other.calls
        self.decisions |= other.decisions


@tagged("post_install", "-at_install")
class TestMergeWalk(MergeCase):
    """Random records with random facts, merged until one is left."""

    seeds = range(2)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        names = [{"name": "Ann"}, {"name": "Ben"}]
        cls.people = cls.env["res.partner"].create(names)

    def test_walk(self):
        needs_required = self.profile.needs_required
        for seed in self.seeds:
            with self.subTest(seed=seed):
                self.random = random.Random(seed)
                self.clock = datetime(2026, 1, 1)
                self.profile.needs_required = needs_required
                known = {self.create_subject(n): None for n in range(7)}
                # nobody passes from here on: no flag is settled on the way
                self.profile.needs_required = 99
                known = {lead: self.tell(lead) for lead in known}
                while len(known) > 1:
                    count = self.random.randint(2, min(4, len(known)))
                    chosen = self.random.sample(list(known), count)
                    merged = self.merge(self.leads.union(*chosen))
                    self.assertIn(merged, chosen)
                    for lead in chosen:
                        if lead != merged:
                            self.assertFalse(lead.exists())
                            known[merged].take(known.pop(lead))
                    self.assert_known(merged, known[merged])

    def create_subject(self, number):
        outcome = self.random.choice(["lead", "lead", *OUTCOMES])
        if outcome == "lead":
            return self.create_lead(f"Lead {number}")
        return self.create_opportunity(outcome, f"Opportunity {number}")

    def tick(self):
        self.clock += timedelta(minutes=self.random.randint(1, 9999))
        return self.clock

    def tell(self, lead):
        """Random facts, on days in no order."""
        expected = Expected(
            lead.type,
            [self.get_outcome(lead)] if lead.type == "opportunity" else [],
            decisions=set(lead.sudo().qualification_decision_ids),
        )
        lead.qualification_need_ids.unlink()
        lead.qualification_commitment_ids.unlink()
        self.tell_needs(lead, expected)
        self.tell_commitments(lead, expected)
        for criterion, values in (
            (self.budget, ["yes", "no"]),
            (self.size, ["Large", "Small"]),
        ):
            if self.random.random() < 0.6:
                since, value = self.tick(), self.random.choice(values)
                self.create_facts(
                    "crm.qualification.answer",
                    lead,
                    {"criterion_id": criterion.id, "value": value, "date": since},
                )
                expected.answers[criterion] = {since: value}
        for person in self.people:
            role = self.random.choice(["champion", "user", None])
            if role:
                part = {"partner_id": person.id, "role": role}
                self.create_facts("crm.lead.role", lead, part)
                expected.roles.add((person, role))
        if self.random.random() < 0.5:
            expected.calls.add(lead._log_contact("We talked", "reached"))
        return expected

    def tell_needs(self, lead, expected):
        for name in self.random.sample(["Speed", "Price", "Trust"], 2):
            state = self.random.choice(["suspected", "confirmed", "not_for_us"])
            detail = self.random.choice([False, "Slow", f"Of {lead.name}"])
            shown = self.random.choice([name, name.lower(), f" {name} "])
            since = self.tick()
            row = {"name": shown, "state": state, "detail": detail}
            self.say_on(self.create_facts("crm.lead.need", lead, row), since)
            expected.needs[name] = [(state != "suspected", since, state)]
            expected.details[name] = {detail} - {False}

    def tell_commitments(self, lead, expected):
        for name in self.random.sample(["Demo", "Offer", "Test"], 2):
            state = self.random.choice(["open", "kept", "broken"])
            day = self.random.choice([None, fields.Date.to_date("2027-01-01")])
            since = self.tick()
            row = {"name": name, "state": state, "date_deadline": day}
            self.say_on(self.create_facts("crm.lead.commitment", lead, row), since)
            expected.commitments[name, day] = [(state != "open", since, state)]

    def assert_known(self, lead, expected):
        self.assertEqual(lead.type, expected.type)
        if expected.outcomes:
            best = min(expected.outcomes, key=OUTCOMES.index)
            self.assertEqual(self.get_outcome(lead), best)
            expected.outcomes = [best]
        needs = [
            (n.name.strip().capitalize(), n.state) for n in lead.qualification_need_ids
        ]
        self.assertEqual(
            sorted(needs),
            sorted((key, max(words)[2]) for key, words in expected.needs.items()),
        )
        for need in lead.qualification_need_ids:
            self.assertEqual(
                set(filter(None, (need.detail or "").split("\n\n"))),
                expected.details[need.name.strip().capitalize()],
            )
        commitments = {
            (c.name, c.date_deadline or None): c.state
            for c in lead.qualification_commitment_ids
        }
        self.assertEqual(
            commitments,
            {key: max(words)[2] for key, words in expected.commitments.items()},
        )
        self.assertEqual(len(commitments), len(lead.qualification_commitment_ids))
        answers = {a.criterion_id: a for a in lead.qualification_answer_ids}
        self.assertEqual(answers.keys(), expected.answers.keys())
        for criterion, said in expected.answers.items():
            answer = answers[criterion]
            self.assertEqual((answer.date, answer.value), max(said.items()))
            lines = (answer.history or "").splitlines()
            self.assertEqual(len(lines), len(said) - 1)
        roles = [(r.partner_id, r.role) for r in lead.qualification_role_ids]
        self.assertEqual(len(roles), len(expected.roles))
        self.assertEqual(set(roles), expected.roles)
        for call in expected.calls:
            self.assertEqual((call.res_id, call.contact_outcome), (lead.id, "reached"))
        self.assertEqual(
            set(lead.sudo().qualification_decision_ids), expected.decisions
        )


@tagged("post_install", "-at_install", "verify")
class TestMoreMergeWalks(TestMergeWalk):
    seeds = range(2, 8)
