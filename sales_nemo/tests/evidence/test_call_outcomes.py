"""What calls come to: asked wherever one is marked as done, and what follows."""

from datetime import date

from lxml import etree
from psycopg2.errors import CheckViolation

from odoo.exceptions import UserError
from odoo.tests import Form, tagged
from odoo.tools import html2plaintext, mute_logger
from odoo.tools.safe_eval import safe_eval

from ..common import QualificationCase

NUMBER, OTHER = "+32 2 555 12 34", "+32 2 555 99 99"
DAY = date(2026, 12, 4)


@tagged("post_install", "-at_install")
class TestCallOutcomes(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.create_lead(contact_name="Ann", phone=NUMBER)

    def plan(self, record=None, user=None, **values):
        """A call that is to be made, as its user sees it."""
        user = user or self.rep
        record = record or self.lead
        call = record.activity_schedule(
            "mail.mail_activity_data_call", user_id=user.id, **values
        )
        return call.with_user(user)

    def call(self, outcome, record=None, **values):
        self.finish_call(self.plan(record), outcome, **values)

    def get_reachable(self, lead=None):
        """The state of the check, and what it says."""
        lead = lead or self.lead
        lead.invalidate_recordset()
        checks = lead.get_qualification_sheet()["checks"]
        [check] = [one for one in checks if one["key"] == "reachable"]
        return check["state"], check["reason"]

    # ------------------------------------------------------------
    # Where it is asked
    # ------------------------------------------------------------

    def test_a_call_that_is_done_asks_what_it_came_to(self):
        call = self.plan()
        action = call.action_done()
        self.assertTrue(call.active)
        form = Form(call.env[action["res_model"]].with_context(**action["context"]))
        self.assertFalse(form.outcome, "nothing is claimed unasked")
        form.outcome = "reached"
        form.note = "She likes it"
        form.save().action_log()
        self.assertFalse(call.active)
        self.assertEqual(self.lead.contact_state, "two_way")

    def test_who_may_not_see_the_record_says_it_as_well(self):
        theirs = self.create_lead(user=self.rep_all)
        call = self.plan(theirs.sudo())
        self.finish_call(call, "call_back", call_back_date=DAY)
        self.assertEqual(theirs.sudo().activity_ids.date_deadline, DAY)

    def test_who_is_not_in_sales_says_what_their_call_came_to(self):
        person = self.env["res.partner"].create({"name": "Ann", "phone": NUMBER})
        self.finish_call(self.plan(person, user=self.clerk), "wrong_number")
        self.assertEqual(person.wrong_phone["number"], person.phone_sanitized)

    def test_the_form_of_a_hidden_record_asks_too(self):
        view = self.env.ref("mail.mail_activity_view_form_without_record_access")
        form = self.env["mail.activity"].get_view(view.id)["arch"]
        values = {"active": True, "res_model": "crm.lead"}
        for category in ("phonecall", "default"):
            shown = {
                button.get("name")
                for button in etree.fromstring(form).iter("button")
                if not safe_eval(
                    button.get("invisible") or "False",
                    values | {"activity_category": category},
                )
            }
            with self.subTest(category=category):
                is_call = category == "phonecall"
                self.assertEqual("action_done" in shown, is_call)
                self.assertEqual("action_done_redirect_to_other" in shown, not is_call)

    def test_a_done_activity_says_so_as_ever(self):
        to_do = self.lead.activity_schedule("mail.mail_activity_data_todo")
        to_do.action_done()
        self.assertFalse(to_do.active)
        with self.assertRaises(UserError):
            self.finish_call(to_do, "reached")

    def test_a_contact_is_of_a_lead_or_a_call(self):
        dialogs = self.env["crm.lead.log.contact"].with_user(self.rep)
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            dialogs.create({"outcome": "reached"})

    # ------------------------------------------------------------
    # What it says
    # ------------------------------------------------------------

    def test_the_chatter_says_what_a_call_came_to(self):
        for outcome, words in (
            ("reached", "Reached"),
            ("no_answer", "No answer"),
            ("left_message", "Left a message"),
            ("wrong_number", "Wrong number"),
            ("call_back", "Call back on 12/04/2026"),
        ):
            with self.subTest(outcome=outcome):
                self.call(outcome, note="Such is life", call_back_date=DAY)
                message = self.lead.message_ids.filtered("contact_outcome")[:1]
                self.assertEqual(message.contact_outcome, outcome)
                text = html2plaintext(message.body)
                self.assertIn(words, text)
                self.assertIn("Such is life", text)

    def test_all_outcomes_can_be_logged(self):
        field = self.env["crm.lead.log.contact"]._fields["outcome"]
        for outcome in field.get_values(self.env):
            with self.subTest(outcome=outcome):
                lead = self.create_lead(phone=NUMBER)
                dialog = self.env["crm.lead.log.contact"].with_user(self.rep)
                dialog.create({"lead_id": lead.id, "outcome": outcome}).action_log()
                logged = lead.message_ids.filtered("contact_outcome")
                self.assertEqual(logged.contact_outcome, outcome)

    # ------------------------------------------------------------
    # What it proves
    # ------------------------------------------------------------

    def test_what_each_outcome_proves(self):
        for outcome, state in (
            ("reached", "two_way"),
            ("no_answer", "outbound"),
            ("left_message", "outbound"),
            ("wrong_number", "none"),
            ("call_back", "outbound"),
        ):
            with self.subTest(outcome=outcome):
                lead = self.create_lead(phone=NUMBER)
                self.call(outcome, lead, call_back_date=DAY)
                self.assertEqual(lead.contact_state, state)

    def test_a_message_that_was_left_answers_them(self):
        for outcome, state in (("no_answer", "inbound"), ("left_message", "two_way")):
            lead = self.create_lead(first_contact_text="Chairs?")
            self.call(outcome, lead)
            self.assertEqual(lead.contact_state, state)

    # ------------------------------------------------------------
    # Attempts
    # ------------------------------------------------------------

    def test_attempts_are_counted_until_they_answer(self):
        self.assertEqual(self.lead.attempt_count, 0)
        self.call("no_answer")
        self.call("left_message")
        self.lead._log_contact("Rang", "no_answer")
        self.assertEqual(self.lead.attempt_count, 3)
        self.lead._log_contact("They wrote", "told")
        self.assertEqual(self.lead.attempt_count, 0)
        self.call("no_answer")
        self.assertEqual(self.lead.attempt_count, 1)
        self.call("reached")
        self.assertEqual(self.lead.attempt_count, 0)

    def test_who_asks_to_be_called_back_has_answered(self):
        self.call("no_answer")
        self.call("call_back", call_back_date=DAY)
        self.assertEqual(self.lead.attempt_count, 0)
        self.call("no_answer")
        self.assertEqual(self.lead.attempt_count, 1)

    def test_a_wrong_number_is_no_attempt_to_reach_them(self):
        self.call("no_answer")
        self.call("wrong_number")
        self.assertEqual(self.lead.attempt_count, 1)

    def test_an_email_is_an_attempt(self):
        self.lead.email_from = "ann@customer.example"
        self.lead.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            outgoing_email_to=self.lead.email_from,
        )
        self.assertEqual(self.lead.attempt_count, 1)

    def test_a_deleted_attempt_does_not_count(self):
        self.lead._log_contact("Rang", "no_answer").sudo().unlink()
        self.assertEqual(self.lead.attempt_count, 0)

    def test_nobody_sets_the_attempts(self):
        with self.assertRaises(UserError):
            self.lead.attempt_count = 7

    # ------------------------------------------------------------
    # Call back
    # ------------------------------------------------------------

    def test_call_back_plans_the_next_call(self):
        self.call("call_back", call_back_date=DAY)
        planned = self.lead.activity_ids
        self.assertEqual(planned.date_deadline, DAY)
        self.assertEqual(planned.user_id, self.rep)
        self.assertEqual(planned.activity_category, "phonecall")

    def test_the_next_call_is_about_the_same(self):
        call = self.plan(summary="Ask about the budget")
        self.finish_call(call, "call_back", call_back_date=DAY)
        self.assertEqual(self.lead.activity_ids.summary, "Ask about the budget")

    def test_call_back_needs_a_day(self):
        call = self.plan()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(CheckViolation),
            self.env.cr.savepoint(),
        ):
            self.finish_call(call, "call_back", call_back_date=False)
        self.assertTrue(call.active)

    # ------------------------------------------------------------
    # Wrong number
    # ------------------------------------------------------------

    def test_nobody_is_reached_by_a_wrong_number(self):
        self.assertEqual(self.get_reachable()[0], "passed")
        self.call("wrong_number")
        state, reason = self.get_reachable()
        self.assertEqual(state, "failed")
        self.assertIn(NUMBER, reason)
        self.assertIn("wrong number", reason)
        self.assertIn("reachable", self.lead.qualification_failed.split())

    def test_the_check_says_when_the_number_was_found_wrong(self):
        dialog = self.env["crm.lead.log.contact"].with_user(self.rep)
        values = {"outcome": "wrong_number", "date": "2026-01-02 10:00:00"}
        dialog.create({"lead_id": self.lead.id} | values).action_log()
        self.assertIn("01/02/2026", self.get_reachable()[1])

    def test_another_number_is_not_wrong(self):
        self.call("wrong_number")
        self.lead.phone = "02/555.12.34"
        self.lead.country_id = self.env.ref("base.be")
        self.assertEqual(self.get_reachable()[0], "failed", "written in another way")
        self.lead.phone = OTHER
        self.assertEqual(self.get_reachable()[0], "passed")

    def test_an_email_address_is_enough(self):
        self.lead.email_from = "ann@customer.example"
        self.call("wrong_number")
        state, reason = self.get_reachable()
        self.assertEqual(state, "passed")
        self.assertIn(NUMBER, reason, "told all the same")

    def test_who_is_reached_has_no_wrong_number(self):
        self.call("wrong_number")
        self.call("reached")
        self.assertEqual(self.get_reachable()[0], "passed")

    def test_a_visit_says_nothing_about_the_number(self):
        self.call("wrong_number")
        dialog = self.env["crm.lead.log.contact"].with_user(self.rep)
        values = {"outcome": "reached", "channel": "meeting"}
        dialog.create({"lead_id": self.lead.id} | values).action_log()
        self.assertEqual(self.get_reachable()[0], "failed")

    def test_the_contacts_number_is_wrong_on_all_of_its_leads(self):
        person = self.env["res.partner"].create({"name": "Ann", "phone": NUMBER})
        first, second = (self.create_lead(partner_id=person.id) for _n in range(2))
        self.call("wrong_number", first)
        self.assertEqual(self.get_reachable(second)[0], "failed")
        self.assertIn("reachable", second.qualification_failed.split())
        self.call("reached", person)
        for lead in first | second:
            self.assertEqual(self.get_reachable(lead)[0], "passed")

    def test_a_number_that_cannot_be_read(self):
        lead = self.create_lead(contact_name="Ann", phone="call 555-12345")
        self.call("wrong_number", lead)
        self.assertEqual(self.get_reachable(lead)[0], "failed")
        lead.phone = "call 555-12346"
        self.assertEqual(self.get_reachable(lead)[0], "passed")

    def test_merged_leads_know_that_the_number_is_wrong(self):
        other = self.create_lead(contact_name="Ann", phone=NUMBER)
        self.call("wrong_number", other)
        merged = (self.lead | other).with_user(self.rep_all).merge_opportunity()
        self.assertEqual(self.get_reachable(merged)[0], "failed")
