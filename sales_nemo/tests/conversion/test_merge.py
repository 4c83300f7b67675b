"""Merging: nothing slips by the gate, on whatever way."""

from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, MissingError, RedirectWarning, UserError
from odoo.tests import Form, new_test_user, tagged

from .merge_case import OUTCOMES, MergeCase


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
        self.budget.requirement = "met"
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
        lost.sudo().qualification_need_ids.unlink()
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
        self.budget.write({"validity_days": 30, "requirement": "met"})
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
class TestMergedAway(MergeCase):
    """What is written to a record that was merged away a moment ago."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.head, tail, last = (cls.create_lead(name) for name in ("Top", "B", "C"))
        middle = (tail | last).merge_opportunity()
        cls.gone = (tail | last) - middle
        cls.kept = (middle | cls.head).merge_opportunity()
        cls.person = cls.env["res.partner"].create({"name": "Ann"})

    def assertTold(self, work):
        self.assertFalse(self.gone.exists())
        with self.assertRaisesRegex(RedirectWarning, "merged into “") as told:
            work()
        _text, action, _button = told.exception.args[:3]
        self.assertEqual(action["res_id"], self.kept.id)

    def test_facts(self):
        owner = {"lead_id": self.gone.id}
        for model, values in (
            ("crm.lead.need", {"name": "Speed"}),
            ("crm.lead.commitment", {"name": "Demo"}),
            ("crm.lead.role", {"partner_id": self.person.id, "role": "user"}),
            ("crm.qualification.answer", {"criterion_id": self.budget.id}),
            ("crm.lead.log.contact", {"note": "Hello"}),
        ):
            facts = self.env[model].with_user(self.rep)
            self.assertTold(lambda f=facts, v=values: f.create(owner | v))

    def test_sheet(self):
        budget = self.budget.id
        self.assertTold(self.gone.get_qualification_sheet)
        self.assertTold(lambda: self.gone.save_qualification_answer(budget, "yes"))

    def test_form(self):
        role = {"partner_id": self.person.id, "role": "user"}
        values = {"qualification_role_ids": [Command.create(role)]}
        self.assertTold(lambda: self.gone.write(values))

    def test_what_was_deleted_is_only_missing(self):
        lead = self.create_lead()
        lead.sudo().unlink()
        with self.assertRaises(MissingError):
            lead.get_qualification_sheet()


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

    def test_won_records_are_named(self):
        lead, twin = self.create_lead(), self.create_lead()
        sold = self.create_opportunity("passed", "Sold")
        sold.action_set_won()
        with self.open(lead | twin | sold) as form:
            self.assertEqual(form.left_out, "Won records are not merged: Sold.")

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
