"""Every path into the pipeline, walked as a salesperson: refused, and let through."""

import contextlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

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
        lead.sudo().qualification_need_ids.unlink()
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
