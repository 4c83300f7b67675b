"""What users see of all that this addon adds."""

from datetime import datetime
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.sales_nemo.tests.common import QualificationCase

from ..hooks import post_init_hook, uninstall_hook

DAY = datetime(2020, 5, 1, 10)


class PhonecallCase(QualificationCase):
    @classmethod
    def call(cls, lead, state="held", **values):
        """A call of the lead's own salesperson."""
        values = {"name": "Hello", "lead_id": lead.id, "state": state} | values
        return cls.env["crm.phonecall"].with_user(cls.rep).create(values)

    def get_check(self, lead):
        """The check as the Qualification tab shows it."""
        checks = lead.get_qualification_sheet()["checks"]
        return next(check for check in checks if check["key"] == "called")


@tagged("post_install", "-at_install")
class TestEvidence(PhonecallCase):
    def test_what_calls_prove(self):
        for state, direction, contact in (
            ("planned", "out", "none"),
            ("missed", "out", "outbound"),
            ("missed", "in", "inbound"),
            ("held", "out", "two_way"),
            ("held", "in", "two_way"),
        ):
            with self.subTest(state=state, direction=direction):
                lead = self.create_lead()
                call = self.call(lead, state, direction=direction, date=DAY)
                self.assertEqual(lead.contact_state, contact)
                if contact == "two_way":
                    self.assertEqual(lead.contact_date, DAY)
                call.unlink()
                self.assertEqual(lead.contact_state, "none")

    def test_a_call_that_changes(self):
        lead, other = self.create_lead(), self.create_lead()
        call = self.call(lead, "planned")
        call.state = "held"
        self.assertEqual(lead.contact_state, "two_way")
        call.lead_id = other
        states = (lead | other).mapped("contact_state")
        self.assertEqual(states, ["none", "two_way"])

    def test_history_tells_the_same(self):
        leads = self.create_lead() | self.create_lead()
        self.call(leads[0])
        evidence = self.env["crm.contact.evidence"]
        self.assertFalse(evidence._get_stale(leads))
        self.env.cr.execute("UPDATE crm_lead SET contact_state = 'none'")
        self.env.invalidate_all()
        self.assertEqual(evidence._get_stale(leads), leads[0].ids)
        evidence._read_history()
        self.assertEqual(leads.mapped("contact_state"), ["two_way", "none"])

    def test_the_account_was_called(self):
        person = self.env["res.partner"].create({"name": "Ann"})
        self.call(self.create_lead(partner_id=person.id), date=DAY)
        last = person.with_user(self.rep).get_account_sheet()["last_contact"]
        self.assertEqual(last["direction"], "reached")
        self.assertEqual(last["date"], fields.Datetime.to_string(DAY))

    def test_nobody_calls_for_a_lead_that_they_do_not_see(self):
        lead = self.create_lead(user=self.rep_all)
        with self.assertRaises(AccessError), mute_logger("odoo.addons.base.models"):
            self.call(lead)


@tagged("post_install", "-at_install")
class TestFact(PhonecallCase):
    def test_calls_are_counted(self):
        lead = self.create_qualified_lead()
        check = self.get_check(lead)
        self.assertEqual(check["state"], "failed")
        self.assertEqual(check["reason"], "Call them: nobody has talked to them yet.")
        calls = self.call(lead) | self.call(lead)
        self.assertEqual(self.get_check(lead)["reason"], "Calls that were held: 2.")
        calls.state = "missed"
        self.assertEqual(lead.qualification_state, "blocked")

    def test_the_badge_follows_where_the_contact_stays_the_same(self):
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_state, "blocked")
        before = lead.contact_date
        self.call(lead, date=DAY)
        self.assertEqual(lead.qualification_state, "ready")
        self.assertEqual(lead.contact_date, before)

    def test_calls_are_merged(self):
        leads = self.create_lead("First") | self.create_lead("Second")
        self.call(leads[0])
        self.call(leads[1])
        merged = leads.merge_opportunity()
        self.assertEqual(self.get_check(merged)["reason"], "Calls that were held: 2.")

    def test_facts_from_before_the_addon_say_nothing(self):
        lead = self.create_qualified_lead()
        facts = lead._collect_facts()[lead.id]
        facts.extra.clear()
        [(_facts, verdict)] = lead._get_verdicts({lead.id: facts}).values()
        self.assertTrue(verdict.passed)
        self.assertEqual(verdict.checks[-1].state, "not_applicable")


@tagged("post_install", "-at_install")
class TestPath(PhonecallCase):
    def test_who_passes_is_converted(self):
        lead = self.create_qualified_lead()
        self.assertFalse(self.call(lead).action_convert_lead())
        self.assertEqual(lead.type, "opportunity")
        self.assertEqual(lead.qualification_state, "qualified")
        decision = lead.sudo().qualification_decision_id
        self.assertEqual((decision.path, decision.outcome), ("phonecall", "passed"))
        self.assertEqual(decision.facts["extra"], {"calls": 1})

    def test_who_does_not_pass_stays_a_lead(self):
        lead = self.create_lead()
        action = self.call(lead).action_convert_lead()
        self.assertEqual(action["tag"], "display_notification")
        self.assertIn("Add a person", action["params"]["message"])
        self.assertEqual(lead.type, "lead")
        [refusal] = lead.sudo().qualification_decision_ids
        self.assertEqual((refusal.path, refusal.outcome), ("phonecall", "refused"))

    def test_one_that_is_refused_stops_no_other(self):
        good, bad = self.create_qualified_lead(), self.create_lead()
        calls = self.call(good) | self.call(bad)
        self.assertTrue(calls.action_convert_lead())
        self.assertEqual((good.type, bad.type), ("opportunity", "lead"))
        self.assertFalse((good | bad).filtered(lambda x: x._get_pending_decision()))


@tagged("post_install", "-at_install")
class TestBrief(PhonecallCase):
    def test_calls_are_told(self):
        deal = self.create_lead(type="opportunity")
        self.call(deal)
        reason = self.env["crm.lost.reason"].create({"name": "Not now"})
        deal.action_set_lost(lost_reason_id=reason.id, recycle_to="same")
        deal.sudo().recycle_date = fields.Date.today()
        with patch.object(self.env.cr, "commit", self.env.flush_all):
            self.env["crm.lead"]._cron_recycle()
        brief = deal.sudo().recycled_lead_ids.message_ids[0].body
        self.assertIn("Calls that were held: 1", brief)


@tagged("post_install", "-at_install")
class TestHome(PhonecallCase):
    def test_own_planned_calls(self):
        lead = self.create_lead()
        planned = self.call(lead, "planned")
        self.call(lead, "held")
        self.call(lead, "planned", user_id=self.rep_all.id)
        home = self.env["crm.qualification.home"].with_user(self.rep).get_home()
        [number] = [n for n in home["today"] if n["key"] == "phonecalls"]
        self.assertEqual((number["count"], number["label"]), (1, "call that I planned"))
        opened = self.env[number["model"]].search(number["domain"])
        self.assertEqual(opened, planned)
        self.assertEqual(self.env.ref(number["action"]).res_model, "crm.phonecall")


@tagged("post_install", "-at_install")
class TestHooks(PhonecallCase):
    def test_leads_are_judged_anew(self):
        self.assertFalse(self.profile.review_pending)
        post_init_hook(self.env)
        self.assertTrue(self.profile.review_pending)

    def test_what_calls_proved_goes_with_them(self):
        lead = self.create_lead()
        self.call(lead)
        uninstall_hook(self.env)
        self.assertEqual(lead.contact_state, "none")
        self.assertTrue(self.profile.review_pending)
