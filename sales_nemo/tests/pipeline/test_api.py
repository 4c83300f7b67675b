"""Programs ask, tell and convert by plain dictionaries, and are refused by them."""

from odoo.exceptions import AccessError, MissingError, UserError
from odoo.tests import tagged

from ..facts.test_origin import OriginCase


@tagged("post_install", "-at_install")
class TestApi(OriginCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.lead = cls.create_lead(contact_name="Ann", phone="+32 2 555 12 34")

    def get_codes(self, answer):
        return {one["check"]: one["reason"] for one in answer["failed"]}

    def test_many_are_checked_at_once(self):
        good = self.create_qualified_lead()
        both = (self.lead | good).qualification_check()
        self.assertEqual([row["id"] for row in both], (self.lead | good).ids)
        self.assertEqual([row["passed"] for row in both], [False, True])
        self.assertEqual(
            self.get_codes(both[0]),
            {
                "contacted": "contact_none",
                "needs_known": "needs_missing",
                "committed": "commitments_missing",
            },
        )
        self.assertEqual(both[0]["next_step"]["step"], "contact_none")
        self.assertEqual(both[1]["next_step"]["step"], "convert")
        self.assertTrue(both[0]["failed"][0]["text"])

    def test_as_many_queries_for_many(self):
        leads = self.leads.create([{"name": str(n)} for n in range(30)])
        few = self.count_queries(lambda: leads[:2].qualification_check())
        many = self.count_queries(lambda: leads.qualification_check())
        self.assertLessEqual(many, few)

    def test_from_nothing_to_an_opportunity(self):
        lead = self.lead
        answer = lead.qualification_convert()
        self.assertFalse(answer["ok"])
        self.assertEqual(
            [*self.get_codes(answer)], ["contacted", "needs_known", "committed"]
        )
        self.assertEqual(lead.type, "lead")
        lead.qualification_log_contact({"outcome": "reached", "note": "Nice"})
        lead.qualification_add_need({"name": "Speed", "state": "confirmed"})
        answer = lead.qualification_add_commitment(
            {"name": "Demo", "date_deadline": "2099-01-01"}
        )
        self.assertTrue(answer["check"]["passed"])
        answer = lead.qualification_answer(
            {"criterion": self.budget.code, "value": True, "note": "By phone"}
        )
        self.assertEqual(answer["check"]["score"], 75)
        answer = lead.qualification_convert()
        self.assertTrue(answer["ok"], answer)
        self.assertEqual(lead.type, "opportunity")
        answer = lead.qualification_convert()
        self.assertEqual(self.get_codes(answer), {"lead": "no_lead"})

    def test_an_agents_facts_wait_for_a_person(self):
        self.profile.confirm_agents = True
        lead = self.lead.with_user(self.agent)
        lead.qualification_log_contact({"outcome": "reached"})
        lead.qualification_add_need({"name": "Speed", "state": "confirmed"})
        lead.qualification_add_commitment({"name": "Demo"})
        answer = lead.qualification_convert()
        self.assertEqual(
            self.get_codes(answer),
            {
                "contacted": "contact_none",
                "needs_known": "needs_suspected",
                "committed": "commitments_missing",
            },
        )

    def test_exceptions(self):
        answer = self.lead.qualification_ask_exception({"reason": "Big one"})
        self.assertTrue(answer["ok"])
        self.assertEqual(self.lead.qualification_exception_id.reason, "Big one")
        good = self.create_qualified_lead()
        answer = good.qualification_ask_exception({"reason": "Big one"})
        self.assertEqual(self.get_codes(answer), {"exception": "not_asked"})

    def test_one_message_names_all_that_is_wrong(self):
        text = {"name": "Why?", "answer_type": "text", "profile_id": self.profile.id}
        why = self.env["crm.qualification.criterion"].create(text)
        for call, values, *told in (
            ("add_need", {"state": "sure", "x": 1}, "“name”", "“state”", "“x”"),
            ("add_need", [], "“name”"),
            ("add_need", {"name": "  "}, "filled in"),
            ("add_need", {"name": "A", "lead_id": 1}, "“lead_id”"),
            ("add_need", {"name": "A", "origin": "person"}, "“origin”"),
            ("add_commitment", {"name": "A", "date_deadline": "May"}, "2026-05-01"),
            ("add_commitment", {"name": 3, "kind": "x"}, "“name”", "“kind”"),
            ("log_contact", {"outcome": "x", "date": "now"}, "“outcome”", "“date”"),
            ("log_contact", {}, "“outcome”"),
            ("answer", {"criterion": "x", "value": "yes"}, self.budget.code),
            ("answer", {"criterion": {}, "value": []}, "“criterion”", "“value”"),
            ("answer", {"criterion": self.size.code, "value": "Huge"}, "Large"),
            ("answer", {"criterion": why.code, "value": "A\0"}, "“value”"),
            ("answer", {"criterion": why.code, "value": "\ud800"}, "“value”"),
            ("ask_exception", {"reason": "", "stage_id": "1"}, "“reason”", "“stage"),
        ):
            with self.subTest(call=call, values=values):
                with self.assertRaises(UserError) as refused:
                    getattr(self.lead, f"qualification_{call}")(values)
                self.assertIs(type(refused.exception) in (AccessError,), False)
                for word in told:
                    self.assertIn(word, str(refused.exception))

    def test_access_stays_access(self):
        theirs = self.create_lead(user=self.rep_all).with_user(self.rep)
        for call in (
            lambda: theirs.qualification_check(),
            lambda: theirs.qualification_add_need({"name": "A"}),
            lambda: theirs.qualification_convert(),
            lambda: theirs.qualification_ask_exception({"reason": "A"}),
        ):
            with self.assertRaises(AccessError):
                call()
        gone = self.create_lead()
        gone.sudo().unlink()
        with self.assertRaises(MissingError):
            gone.qualification_check()

    def test_what_the_context_holds_is_not_told(self):
        lead = self.lead.with_context(
            default_state="confirmed", default_outcome="reached", lang="en_US"
        )
        lead.qualification_add_need({"name": "Speed"})
        self.assertEqual(lead.qualification_need_ids.state, "suspected")
