"""Every path into the pipeline, walked as a salesperson: refused, and let through."""

import contextlib
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from odoo.addons.crm.models.crm_lead import CrmLead as StockLead

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestGuardConversion(QualificationCase):
    def assertRefused(self, lead, walk):
        with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
            walk()
        for word in ("Reachable", "Contacted", "Needs known", "Committed"):
            self.assertIn(word, str(refusal.exception))
        self.assertEqual(lead.type, "lead")
        self.assertFalse(lead.qualification_decision_id)

    def test_write(self):
        lead = self.create_lead()
        self.assertRefused(lead, lambda: lead.write({"type": "opportunity"}))
        self.add_facts(lead)
        lead.write({"type": "opportunity"})
        self.assertEqual(lead.qualification_state, "qualified")
        self.assertEqual(lead.qualification_decision_id.sudo().path, "write")

    def test_attribute_and_form(self):
        lead = self.create_lead()

        def assign():
            lead.type = "opportunity"

        self.assertRefused(lead, assign)

        def web_save():
            lead.web_save({"type": "opportunity"}, specification={"type": {}})

        self.assertRefused(lead, web_save)

    def test_write_of_many_names_all_that_fail(self):
        good, bad, worse = (
            self.create_qualified_lead("Good"),
            self.create_lead("Bad"),
            self.create_lead("Worse"),
        )
        leads = good | bad | worse
        with self.assertRaises(UserError) as refusal, self.env.cr.savepoint():
            leads.write({"type": "opportunity"})
        self.assertNotIn("Good", str(refusal.exception))
        self.assertIn("Bad", str(refusal.exception))
        self.assertIn("Worse", str(refusal.exception))
        self.assertEqual(set(leads.mapped("type")), {"lead"})

    def test_convert_opportunity(self):
        lead = self.create_lead()
        self.assertRefused(lead, lambda: lead.convert_opportunity(lead.partner_id))
        self.add_facts(lead)
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(lead.type, "opportunity")
        self.assertTrue(lead.date_conversion)

    def test_no_context_key_opens_the_gate(self):
        for key in (
            "qualification_refuse_quietly",
            "qualification_assignment",
            "install_mode",
            "import_file",
            "tracking_disable",
            "mail_auto_subscribe_no_notify",
            "default_qualification_state",
        ):
            lead = self.create_lead()
            with self.subTest(key=key):
                marked = lead.with_context(**{key: "ready"})
                for walk in (
                    lambda marked=marked: marked.convert_opportunity(False),
                    lambda marked=marked: marked.write({"type": "opportunity"}),
                ):
                    with contextlib.suppress(UserError), self.env.cr.savepoint():
                        walk()
                    self.assertEqual(lead.type, "lead")

    def test_import(self):
        lead = self.create_lead()
        lead._export_rows([["id"]])
        xml_id = lead.sudo().get_external_id()[lead.id]
        result = self.leads.load(["id", "type"], [[xml_id, "Opportunity"]])
        self.assertIn("Contacted", result["messages"][0]["message"])
        self.assertEqual(lead.type, "lead")
        self.add_facts(lead)
        result = self.leads.load(["id", "type"], [[xml_id, "Opportunity"]])
        self.assertFalse(result["messages"])
        self.assertEqual(lead.type, "opportunity")

    @mute_logger("odoo.sql_db")
    def test_no_detour_by_way_of_no_type(self):
        """Rows of an import are one call: what is empty between them is not written."""
        lead, good = self.create_lead("Bad"), self.create_qualified_lead("Good")
        deal = self.create_lead("Deal", type="opportunity")
        good.write({"type": "opportunity"})
        opened = good.sudo().qualification_decision_id

        def load(lead, *types):
            rows = [[str(lead.id), kind] for kind in types]
            loaded = self.leads.load([".id", "type"], rows)
            return "\n".join(message["message"] for message in loaded["messages"])

        self.assertIn("Not qualified", load(lead, "", "Opportunity"))
        self.assertEqual(lead.type, "lead")
        self.assertIn("Not qualified", load(deal, "", "Opportunity"))
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertFalse(load(good, "", "Lead"))
        self.assertFalse(good.qualification_decision_id)
        self.assertFalse(load(good, "", "Opportunity"))
        self.assertEqual(good.qualification_state, "qualified")
        self.assertNotEqual(good.sudo().qualification_decision_id, opened)

    def test_decision_opens_once(self):
        lead = self.create_qualified_lead()
        lead.write({"type": "opportunity"})
        lead.write({"type": "lead"})
        self.assertFalse(lead.qualification_decision_id)
        lead.qualification_need_ids.unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            lead.write({"type": "opportunity"})

    def test_decision_of_a_skipped_conversion_opens_nothing(self):
        lead = self.create_qualified_lead()
        lead._decide_entry("convert")
        self.assertTrue(lead._get_pending_decision())
        lead._void_unused_decisions()
        lead.qualification_need_ids.unlink()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            lead.write({"type": "opportunity"})

    def test_profile_that_is_off_or_missing_judges_nothing(self):
        self.profile.enforcement = "off"
        lead = self.create_lead()
        lead.write({"type": "opportunity"})
        self.assertEqual(lead.qualification_state, "none")
        self.assertFalse(lead.sudo().qualification_decision_ids)

    def test_advise_lets_through_and_logs(self):
        self.profile.enforcement = "advise"
        lead = self.create_lead()
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(lead.type, "opportunity")
        decision = lead.qualification_decision_id
        self.assertEqual(decision.outcome, "advised")
        self.assertIn("Contacted", decision.summary)
        self.assertEqual(lead.qualification_state, "flagged")
        self.assertFalse(lead.qualification_deadline)

    def test_of_a_colleague(self):
        theirs = self.create_qualified_lead("Theirs", self.rep_all)
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            theirs.with_user(self.rep).convert_opportunity(False)
        self.assertFalse(theirs.sudo().qualification_decision_ids)

    def test_portal_user_gets_a_note_instead_of_an_error(self):
        partner = new_test_user(self.env, "portal", groups="base.group_portal")
        lead = self.create_lead(partner_id=partner.partner_id.id)
        # as website_crm_partner_assign does it
        lead.with_user(partner).sudo().convert_opportunity(lead.partner_id)
        self.assertEqual(lead.type, "lead")
        self.assertIn("Not converted", lead.message_ids[0].body)
        self.assertEqual(lead.sudo().qualification_decision_ids.path, "portal")
        self.add_facts(lead)
        lead.with_user(partner).sudo().convert_opportunity(lead.partner_id)
        self.assertEqual(lead.type, "opportunity")


@tagged("post_install", "-at_install")
class TestGuardAssignment(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["crm.team"].create(
            {
                "name": "Assigned",
                "use_leads": True,
                "crm_team_member_ids": [
                    (0, 0, {"user_id": cls.rep.id, "assignment_max": 300})
                ],
            }
        )

    def test_assigns_and_leaves_what_fails(self):
        values = {"user_id": False, "team_id": self.team.id, "date_open": False}
        bad = self.create_lead("Bad", user=self.env.user, **values)
        good = self.create_qualified_lead("Good", user=self.env.user, **values)
        self.team._assign_and_convert_leads(force_quota=True)
        self.assertEqual((bad.type, bad.user_id), ("lead", self.rep))
        self.assertEqual((good.type, good.user_id), ("opportunity", self.rep))
        self.assertTrue(
            bad.message_ids.filtered(lambda message: "Not converted" in message.body)
        )
        refusal = bad.sudo().qualification_decision_ids
        self.assertEqual((refusal.outcome, refusal.path), ("refused", "assignment"))


@tagged("post_install", "-at_install")
class TestGuardCreate(QualificationCase):
    def create_opportunity(self, **values):
        return self.leads.create({"name": "Direct", "type": "opportunity"} | values)

    def test_flag(self):
        opportunity = self.create_opportunity()
        self.assertEqual(opportunity.type, "opportunity")
        self.assertEqual(opportunity.qualification_state, "flagged")
        self.assertTrue(opportunity.qualification_deadline)
        self.assertEqual(opportunity.qualification_decision_id.outcome, "flagged")
        self.assertEqual(len(opportunity.activity_ids), 1)
        self.assertFalse(self.create_opportunity().activity_ids, "one a day and owner")

    def test_flag_in_batch_and_import_reminds_nobody(self):
        batch = self.leads.create(
            [{"name": str(n), "type": "opportunity"} for n in "12"]
        )
        self.assertEqual(set(batch.mapped("qualification_state")), {"flagged"})
        self.assertFalse(batch.activity_ids)
        result = self.leads.with_context(import_file=True).load(
            ["name", "type"], [["Imported", "Opportunity"]]
        )
        imported = self.leads.browse(result["ids"])
        self.assertEqual(imported.qualification_state, "flagged")
        self.assertFalse(imported.activity_ids)

    def test_make_it_a_lead(self):
        self.profile.direct_policy = "lead"
        self.assertEqual(self.create_opportunity().type, "lead")

    def test_make_it_a_lead_is_not_gone_round_by_winning(self):
        self.profile.direct_policy = "lead"
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        deal = self.create_opportunity(stage_id=won.id)
        self.assertEqual((deal.type, deal.won_status), ("opportunity", "won"))
        deal.action_set_won_status("pending")
        self.assertEqual((deal.type, deal.won_status), ("lead", "pending"))
        self.assertFalse(deal.qualification_deadline)

        deal = self.create_opportunity(stage_id=won.id)
        new = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        deal.write({"active": False, "probability": 0, "stage_id": new.id})
        deal.active = True
        self.assertEqual(deal.type, "lead", "by way of losing neither")

    def test_what_is_taken_back_quietly_leaves_nothing(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for values in (
            {"type": "opportunity"},
            {"type": "opportunity", "probability": 100},
            {"stage_id": won.id},
            {"type": "opportunity", "stage_id": won.id},
            {"type": "opportunity", "user_id": self.rep_all.id},
        ):
            with self.subTest(**values):
                lead = self.create_lead(probability=30)
                stage = lead.stage_id
                lead.with_context(cron_id=1).write(values)
                self.assertEqual(lead.sudo().type, "lead")
                self.assertEqual(lead.sudo().stage_id, stage)
                self.assertEqual(lead.sudo().probability, 30)
                self.assertFalse(lead.sudo().date_closed)
                self.assertEqual(lead.sudo().won_status, "pending")

    def test_what_an_addon_below_makes_of_a_write_meets_the_gate(self):
        stock = StockLead.write

        def write(leads, vals):
            more = {"type": "opportunity"} if "color" in vals else {}
            return stock(leads, vals | more)

        lead = self.create_lead()
        with patch.object(StockLead, "write", write), self.assertRaises(UserError):
            lead.write({"color": 3})
        self.assertEqual(lead.type, "lead")

    def test_what_repeats_itself_is_noted_once(self):
        lead = self.create_lead()
        with self.assertRaises(UserError):
            lead.convert_opportunity(False)
        noted = []
        for _day in range(2):
            lead.with_context(cron_id=1).write({"type": "opportunity"})
            bodies = lead.message_ids.mapped("body")
            noted.append(sum("Not converted" in body for body in bodies))
        self.assertEqual(noted, [1, 1])

    def test_a_lost_lead_that_is_won_quietly_stays_lost(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        lead = self.create_lead()
        lead.action_set_lost(recycle_to="same", recycle_date="2030-01-01")
        lead.with_context(cron_id=1).write({"stage_id": won.id})
        self.assertEqual((lead.won_status, lead.recycle_to), ("lost", "same"))
        self.assertFalse(lead.active)

    def test_refused_loudly_nothing_is_left_of_it_either(self):
        """Code that swallows the refusal goes on with the lead as it was."""
        lead = self.create_lead()
        with self.assertRaises(UserError):
            lead.write({"type": "opportunity", "user_id": self.rep_all.id})
        self.assertEqual(lead.sudo().type, "lead")

    def test_refuse(self):
        self.profile.direct_policy = "refuse"
        before = self.leads.search_count([])
        with self.assertRaises(UserError), self.env.cr.savepoint():
            self.create_opportunity()
        self.assertEqual(self.leads.search_count([]), before)

    def test_facts_in_the_same_create_let_it_through(self):
        self.profile.write({"direct_policy": "refuse", "contact_required": "none"})
        opportunity = self.create_opportunity(
            contact_name="Ann",
            email_from="ann@customer.example",
            qualification_need_ids=[(0, 0, {"name": "Speed", "state": "confirmed"})],
            qualification_commitment_ids=[(0, 0, {"name": "Demo"})],
        )
        self.assertEqual(opportunity.qualification_state, "qualified")
        self.assertEqual(opportunity.qualification_decision_id.outcome, "passed")

    def test_default_type_of_the_pipeline(self):
        quick = self.leads.with_context(default_type="opportunity").create(
            {"name": "Q"}
        )
        self.assertEqual(quick.qualification_state, "flagged")

    def test_mail_alias(self):
        opportunity = self.env["crm.lead"].message_new(
            {"subject": "Hello", "from": "ann@customer.example", "author_id": False},
            custom_values={"type": "opportunity"},
        )
        self.assertEqual(opportunity.qualification_state, "flagged")

    def test_copy_is_a_new_record(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        copy = lead.copy()
        self.assertEqual(copy.qualification_state, "flagged")
        self.assertNotEqual(
            copy.qualification_decision_id, lead.qualification_decision_id
        )
        self.assertFalse(copy.date_conversion)
        self.assertFalse(copy.qualification_need_ids)
        self.assertEqual(copy.contact_state, "none")
        self.assertEqual(lead.qualification_state, "qualified")

    def test_facts_settle_a_flag_once(self):
        opportunity = self.add_facts(self.create_opportunity())
        self.assertEqual(opportunity.qualification_state, "qualified")
        self.assertFalse(opportunity.qualification_deadline)
        self.assertEqual(opportunity.qualification_decision_id.outcome, "settled")
        opportunity.qualification_need_ids.unlink()
        self.assertEqual(opportunity.qualification_state, "qualified")
        outcomes = opportunity.sudo().qualification_decision_ids.mapped("outcome")
        self.assertEqual(sorted(outcomes), ["flagged", "settled"])

    def test_answer_of_the_account_settles_a_flag(self):
        account = self.env["res.partner"].create({"name": "Acme"})
        criterion = self.env["crm.qualification.criterion"].create(
            {
                "name": "Known?",
                "profile_id": self.profile.id,
                "scope": "account",
                "is_required": True,
            }
        )
        opportunity = self.add_facts(self.create_opportunity(partner_id=account.id))
        self.assertEqual(opportunity.qualification_state, "flagged")
        self.env["crm.qualification.answer"].with_user(self.rep).create(
            {"criterion_id": criterion.id, "partner_id": account.id, "value": "yes"}
        )
        self.assertEqual(opportunity.qualification_decision_id.outcome, "settled")

    def test_flag_that_passes_by_itself_is_settled_by_the_review(self):
        self.profile.write({"contact_required": "none", "needs_required": 0})
        self.profile.commitments_required = 0
        opportunity = self.create_opportunity()
        self.assertEqual(opportunity.qualification_state, "flagged")
        opportunity.write({"contact_name": "Ann", "email_from": "ann@customer.example"})
        self.env["crm.lead"]._settle_passing_flags()
        self.assertEqual(opportunity.qualification_decision_id.outcome, "settled")

    def test_overdue_flag_stays(self):
        opportunity = self.create_opportunity()
        opportunity.sudo().qualification_deadline = "2020-01-01"
        self.env["crm.lead"]._settle_passing_flags()
        self.assertEqual(opportunity.qualification_state, "flagged")
        overdue = [
            ("qualification_state", "=", "flagged"),
            ("qualification_deadline", "<", "today"),
        ]
        self.assertIn(opportunity, self.leads.search(overdue))


@tagged("post_install", "-at_install")
class TestGuardWon(QualificationCase):
    def test_lead_is_not_won(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        walks = {
            "action_set_won": lambda lead: lead.action_set_won(),
            "rainbowman": lambda lead: lead.action_set_won_rainbowman(),
            "stage": lambda lead: lead.write({"stage_id": won.id}),
            "probability": lambda lead: lead.write(
                {"stage_id": won.id, "probability": 100}
            ),
            "create": lambda lead: self.create_lead(stage_id=won.id, probability=100),
        }
        for name, walk in walks.items():
            lead = self.create_qualified_lead(name)
            with self.subTest(walk=name):
                with self.assertRaisesRegex(UserError, "convert it"):
                    with self.env.cr.savepoint():
                        walk(lead)
                self.assertEqual(lead.won_status, "pending")

    def test_declaring_a_stage_won_wins_no_lead(self):
        stage = self.env["crm.stage"].create({"name": "Nearly"})
        lead = self.create_lead(stage_id=stage.id)
        with self.assertRaises(UserError), self.env.cr.savepoint():
            stage.with_user(self.manager).is_won = True
        self.assertEqual(lead.won_status, "pending")

    def test_won_at_birth_is_logged(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for policy in ("flag", "lead"):
            self.profile.direct_policy = policy
            opportunity = self.leads.create(
                {"name": "Won", "type": "opportunity", "stage_id": won.id}
            )
            self.assertEqual(opportunity.won_status, "won")
            paths = opportunity.sudo().qualification_decision_ids.mapped("path")
            self.assertEqual(sorted(paths), ["create", "won"])

    def test_swallowed_refusals_leave_nothing_behind(self):
        lead = self.create_lead()
        lead.action_set_lost()
        before = lead._get_snapshot()
        for walk in (
            lambda: lead.write({"type": "opportunity"}),
            lambda: lead.action_set_won(),
        ):
            with contextlib.suppress(UserError):
                walk()
            self.env.flush_all()
            self.assertEqual(lead.type, "lead")
            self.assertNotEqual(lead.won_status, "won")
        self.assertEqual(before[lead.id]["type"], "lead")

    def test_won_opportunity_made_a_lead(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        lead.action_set_won()
        with self.assertRaises(UserError), self.env.cr.savepoint():
            lead.type = "lead"

    def test_advise_allows_it(self):
        self.profile.enforcement = "advise"
        lead = self.create_lead()
        lead.action_set_won()
        self.assertEqual(lead.won_status, "won")

    def test_qualified_opportunity_is_won(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        lead.action_set_won()
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(len(lead.sudo().qualification_decision_ids), 1)

    def test_winning_a_flagged_opportunity_is_logged(self):
        opportunity = self.leads.create({"name": "Direct", "type": "opportunity"})
        opportunity.action_set_won()
        self.assertEqual(opportunity.won_status, "won")
        paths = opportunity.sudo().qualification_decision_ids.mapped("path")
        self.assertEqual(sorted(paths), ["create", "won"])


@tagged("post_install", "-at_install")
class TestGuardRestored(QualificationCase):
    def test_decided_opportunity_is_judged_again(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        lead.action_set_lost()
        lead.action_restore()
        self.assertEqual(lead.qualification_state, "qualified")
        lead.action_set_lost()
        lead.qualification_need_ids.unlink()
        lead.action_restore()
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "flagged")
        self.assertEqual(lead.qualification_decision_id.path, "restore")

    def test_opportunity_from_before_the_addon_is_not_judged(self):
        self.profile.active = False
        old = self.leads.create({"name": "Old", "type": "opportunity"})
        self.profile.active = True
        old.action_set_lost()
        old.action_restore()
        self.assertEqual(old.qualification_state, "none")
        self.assertFalse(old.sudo().qualification_decision_ids)


@tagged("post_install", "-at_install")
class TestGuardMerge(QualificationCase):
    def test_into_a_running_opportunity(self):
        opportunity = self.create_qualified_lead("Running")
        opportunity.convert_opportunity(opportunity.partner_id)
        lead = self.create_lead("Tail")
        need = self.env["crm.lead.need"].create({"lead_id": lead.id, "name": "More"})
        merged = (opportunity | lead).merge_opportunity()
        self.assertEqual(merged, opportunity)
        self.assertIn(need, merged.qualification_need_ids)
        self.assertEqual(merged.qualification_state, "qualified")

    def test_facts_follow_and_the_newer_answer_wins(self):
        first, second = self.create_lead("First"), self.create_lead("Second")
        answers = self.env["crm.qualification.answer"]
        old, new = answers.create(
            [
                {
                    "criterion_id": self.budget.id,
                    "lead_id": first.id,
                    "value": "no",
                    "date": "2026-01-01",
                },
                {
                    "criterion_id": self.budget.id,
                    "lead_id": second.id,
                    "value": "yes",
                    "date": "2026-02-01",
                },
            ]
        )
        size = answers.create(
            {"criterion_id": self.size.id, "lead_id": second.id, "value": "Large"}
        )
        second._log_contact("We talked", "reached")
        merged = (first | second).merge_opportunity()
        self.assertEqual(merged.type, "lead")
        self.assertEqual(merged.qualification_answer_ids, new | size)
        self.assertFalse(old.exists())
        self.assertEqual(str(new.date), "2026-02-01 00:00:00", "not answered anew")
        self.assertEqual(merged.contact_state, "two_way")

    def test_lead_does_not_come_to_life_in_a_lost_opportunity(self):
        self.profile.active = False
        lost = self.leads.create({"name": "Lost", "type": "opportunity"})
        self.profile.active = True
        lost.action_set_lost()
        lead = self.create_lead("Reborn")
        with self.assertRaises(UserError), self.env.cr.savepoint():
            (lost | lead).merge_opportunity()
        self.add_facts(lead)
        merged = (lost | lead).merge_opportunity()
        self.assertEqual(merged.qualification_decision_id.sudo().path, "merge")

    def test_lost_records_are_not_preselected(self):
        lead = self.create_lead("New", email_from="ann@customer.example")
        lost = self.create_lead("Lost", email_from="ann@customer.example")
        lost.action_set_lost()
        twin = self.create_lead("Twin", email_from="ann@customer.example")
        wizard = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        with Form(
            wizard.with_context(active_model="crm.lead", active_id=lead.id)
        ) as form:
            chosen = self.leads.browse(form.duplicated_lead_ids.ids)
            self.assertEqual(chosen, lead | twin)
            self.assertFalse(form.lost_duplicate_warning)
            form.duplicated_lead_ids.add(lost)
            self.assertIn("Lost (no reason)", form.lost_duplicate_warning)

    def test_merge_wizard_refuses_by_opening_itself_again(self):
        self.profile.active = False
        lost = self.leads.create({"name": "Lost", "type": "opportunity"})
        self.profile.active = True
        lost.action_set_lost()
        lead = self.create_lead("Reborn")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.rep)
            .with_context(
                active_model="crm.lead", active_id=lead.id, active_ids=lead.ids
            )
            .create(
                {
                    "lead_id": lead.id,
                    "name": "merge",
                    "duplicated_lead_ids": [(6, 0, (lead | lost).ids)],
                    "need_name": "Speed",
                }
            )
        )
        action = wizard.action_apply()
        self.assertEqual(action["res_id"], wizard.id)
        self.assertIn("Contacted", wizard.merge_refusal)
        self.assertEqual(lead.qualification_need_ids.name, "Speed", "kept")
        self.assertEqual((lead.type, lost.won_status), ("lead", "lost"))

    def test_merge_wizard_asks_the_gate_about_the_merged_lead(self):
        first = self.create_lead("First", email_from="ann@customer.example")
        second = self.create_lead("Second", email_from="ann@customer.example")
        wizard = (
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.rep)
            .with_context(
                active_model="crm.lead", active_id=first.id, active_ids=first.ids
            )
            .create({"lead_id": first.id, "name": "merge"})
        )
        action = wizard.action_apply()
        merged = (first | second).exists()
        self.assertEqual(len(merged), 1)
        self.assertEqual(merged.type, "lead")
        self.assertEqual(action["res_id"], wizard.id)
        self.add_facts(merged)
        self.env["crm.lead2opportunity.partner"].with_user(self.rep).browse(
            wizard.id
        ).action_apply()
        self.assertEqual(merged.type, "opportunity")


@tagged("post_install", "-at_install")
class TestGuardFields(QualificationCase):
    """What the gate stores is not for clients to write."""

    def test_no_way_to_write_them(self):
        lead = self.create_lead()
        values = {
            "qualification_state": "ready",
            "qualification_score": 100,
            "contact_state": "two_way",
            "contact_date": "2026-01-01",
            "contact_message_id": False,
            "qualification_decision_id": False,
            "qualification_deadline": "2026-01-01",
            "qualification_profile_id": self.profile.id,
            "qualification_profile_pinned": True,
            "qualification_decision_ids": [],
        }
        for name, value in values.items():
            with self.subTest(field=name), mute_logger("odoo.orm.models"):
                for walk in (
                    lambda n=name, v=value: lead.write({n: v}),
                    lambda n=name, v=value: self.leads.create({"name": "x", n: v}),
                    lambda n=name, v=value: self.leads.with_context(
                        **{f"default_{n}": v}
                    ).create({"name": "x"}),
                    lambda n=name, v=value: lead.web_save({n: v}, specification={}),
                ):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        walk()
        with mute_logger("odoo.orm.models"):
            loaded = self.leads.load(["name", "qualification_state"], [["x", "Ready"]])
        self.assertFalse(loaded["ids"])

    def test_message_outcome(self):
        lead = self.create_lead()
        message = lead.message_post(body="Hello")
        with self.assertRaises(AccessError), mute_logger("odoo.orm.models"):
            message.contact_outcome = "reached"

    def test_managers_choose_the_profile_and_it_stays(self):
        lead = self.create_lead()
        easy = self.profile.copy({"name": "Easy", "sequence": 50})
        lead.with_user(self.manager).qualification_profile_id = easy
        lead.team_id = self.env["crm.team"].create({"name": "Another"})
        self.assertEqual(lead.qualification_profile_id, easy)
        lead.with_user(self.manager).qualification_profile_id = False
        self.assertEqual(lead.qualification_profile_id, self.profile)
