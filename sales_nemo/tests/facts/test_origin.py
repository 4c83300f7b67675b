"""Every fact says who told it; what an agent told counts once a person confirms it."""

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from ..common import SALES, SALES_ALL, SALES_MANAGER, QualificationCase


class OriginCase(QualificationCase):
    """An agent works beside the people; the profile has its words confirmed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.agent = new_test_user(cls.env, "agent", groups=SALES_ALL)
        cls.agent.is_qualification_agent = True
        cls.ann = cls.env["res.partner"].create({"name": "Ann"})

    @classmethod
    def create_facts(cls, lead):
        """A role, an answer, a need and a commitment, by the lead's user."""
        env, of_lead = lead.env, {"lead_id": lead.id}
        return [
            env["crm.lead.role"].create(
                of_lead | {"partner_id": cls.ann.id, "role": "user"}
            ),
            env["crm.qualification.answer"].create(
                of_lead | {"criterion_id": cls.budget.id, "value": "yes"}
            ),
            env["crm.lead.need"].create(
                of_lead | {"name": "Speed", "state": "confirmed"}
            ),
            env["crm.lead.commitment"].create(of_lead | {"name": "Demo"}),
        ]

    def get_origins(self, facts):
        return {fact._name: fact.origin for fact in facts}

    def get_states(self, lead):
        """The state of each check."""
        [(_facts, verdict)] = lead._get_verdicts().values()
        return {check.key: check.state for check in verdict.checks}


@tagged("post_install", "-at_install")
class TestOrigin(OriginCase):
    def assertAll(self, facts, origin):
        self.assertEqual({fact.origin for fact in facts}, {origin})

    def test_a_person(self):
        self.assertAll(self.create_facts(self.create_lead()), "person")

    def test_an_agent(self):
        lead = self.create_lead(user=self.agent)
        facts = self.create_facts(lead)
        facts.append(lead._log_contact("We talked", "reached"))
        self.assertAll(facts, "agent")

    def test_an_agent_with_more_rights_for_a_moment(self):
        lead = self.create_lead(user=self.agent)
        self.assertAll(self.create_facts(lead.sudo()), "agent")

    def test_a_file(self):
        lead = self.create_lead()
        columns = ["lead_id/.id", "name", "state"]
        rows = [[str(lead.id), "Speed", "Confirmed"]]
        told = self.env["crm.lead.need"].with_user(self.rep).load(columns, rows)
        self.assertEqual(told["messages"], [])
        self.assertEqual(lead.qualification_need_ids.origin, "import")

    def test_a_file_of_leads(self):
        columns = ["name", "first_contact_text", "qualification_need_ids/name"]
        told = self.leads.load(columns, [["Filed", "We need chairs", "Chairs"]])
        self.assertEqual(told["messages"], [])
        lead = self.leads.browse(told["ids"])
        self.assertEqual(lead.qualification_need_ids.origin, "import")
        self.assertEqual(lead.contact_origin, "import")
        self.create_facts(lead)
        self.assertEqual(lead.qualification_commitment_ids.origin, "person")

    def test_an_agents_file(self):
        lead = self.create_lead()
        columns, rows = ["lead_id/.id", "name"], [[str(lead.id), "Speed"]]
        self.env["crm.lead.need"].with_user(self.agent).load(columns, rows)
        self.assertEqual(lead.qualification_need_ids.origin, "agent")

    def test_nobody_sets_it(self):
        for user in (self.agent, self.rep, self.manager):
            lead = self.create_lead(user=user)
            for fact in self.create_facts(lead):
                with self.subTest(user=user.login, fact=fact._name):
                    with self.assertRaises(AccessError):
                        fact.origin = "import"

    def test_no_key_of_the_context_sets_it(self):
        lead = self.create_lead(user=self.agent)
        for key in ("default_origin", "qualification_origin", "origin"):
            for value in ("person", "import", True, {}, "IMPORTED"):
                for user, origin in ((self.agent, "agent"), (self.rep_all, "person")):
                    context = {key: value, "import_file": True}
                    needs = self.env["crm.lead.need"].with_user(user)
                    try:
                        need = needs.with_context(**context).create(
                            {"lead_id": lead.id, "name": "Speed"}
                        )
                    except AccessError:
                        self.assertEqual(key, "default_origin")
                        continue
                    self.assertEqual(need.origin, origin, (key, value))

    def test_who_rewrites_it_tells_it(self):
        lead = self.create_lead(user=self.agent)
        _role, answer, need, promise = self.create_facts(lead)
        answer.with_user(self.manager).value = "no"
        need.with_user(self.manager).state = "suspected"
        promise.with_user(self.manager).name = "Visit"
        self.assertAll([answer, need, promise], "person")
        need.state = "confirmed"
        self.assertEqual(need.origin, "agent")

    def test_who_moves_or_sorts_it_does_not_confirm_it(self):
        need = self.create_facts(self.create_lead(user=self.agent))[2]
        need.with_user(self.manager).sequence = 3
        need.with_user(self.manager).lead_id = self.create_lead()
        self.assertEqual(need.origin, "agent")

    def test_an_agent_who_moves_it_tells_it(self):
        need = self.create_facts(self.create_lead())[2]
        need.with_user(self.agent).lead_id = self.create_lead(user=self.agent)
        self.assertEqual(need.origin, "agent")

    def test_merging_confirms_nothing(self):
        theirs = self.create_lead("Theirs", user=self.agent)
        self.create_facts(theirs)
        own = self.create_lead("Own", user=self.manager)
        merged = (own | theirs.with_user(self.manager))._merge_opportunity()
        self.assertAll(merged.qualification_need_ids, "agent")
        self.assertAll(merged.qualification_answer_ids, "agent")

    def test_merging_keeps_what_a_person_told(self):
        own, theirs = self.create_lead(), self.create_lead(user=self.agent)
        self.create_facts(own)
        self.create_facts(theirs)
        merged = (own | theirs).with_user(self.manager)._merge_opportunity()
        self.assertAll(merged.qualification_need_ids, "person")
        self.assertAll(merged.qualification_answer_ids, "person")

    def test_filters_and_groups(self):
        self.create_facts(self.create_lead(user=self.agent))
        needs = self.env["crm.lead.need"]
        found = needs.formatted_read_group([("origin", "=", "agent")], ["origin"])
        self.assertEqual([group["origin"] for group in found], ["agent"])

    def test_only_administrators_mark_agents(self):
        for user in (self.agent, self.manager):
            with self.assertRaises(AccessError):
                self.agent.with_user(user).is_qualification_agent = False
        settings = self.env["res.users.settings"]
        self.assertNotIn("is_qualification_agent", settings._fields)

    def test_no_administrator_unmarks_oneself(self):
        boss = new_test_user(self.env, "boss", groups=f"{SALES},base.group_system")
        boss.is_qualification_agent = True
        with self.assertRaisesRegex(AccessError, "Somebody else"):
            boss.with_user(boss).is_qualification_agent = False

    def test_a_form_says_who_is_an_agent(self):
        with Form(self.rep, "base.view_users_form") as form:
            form.is_qualification_agent = True
        self.assertTrue(self.rep.is_qualification_agent)


@tagged("post_install", "-at_install")
class TestConfirming(OriginCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.confirm_agents = True
        cls.lead = cls.create_qualified_lead(user=cls.agent)

    def read_check_data(self):
        self.env.flush_all()
        found = self.env["crm.qualification.check"]._compare()
        return {
            kind: known
            for kind, known in found.items()
            if kind != "crm.qualification.profile.version_id"
        }

    def assertBlocked(self, *failed):
        lead = self.lead.sudo()
        found = {k for k, state in self.get_states(lead).items() if state == "failed"}
        self.assertEqual(found, {*failed})
        self.assertEqual(lead.qualification_state, "blocked" if failed else "ready")
        self.assertEqual(self.read_check_data(), {})

    def test_without_the_policy_it_counts(self):
        self.profile.confirm_agents = False
        self.assertEqual(self.lead.qualification_state, "ready")

    def test_a_change_of_the_policy_is_seen_at_once(self):
        self.profile.confirm_agents = False
        self.assertBlocked()
        self.profile.confirm_agents = True
        self.assertBlocked("contacted", "needs_known", "committed")

    def test_nothing_counts_until_it_is_confirmed(self):
        self.assertBlocked("contacted", "needs_known", "committed")
        lead = self.lead.with_user(self.manager)
        need, promise = lead.qualification_need_ids, lead.qualification_commitment_ids
        lead.confirm_qualification_fact("crm.lead.need", need.id)
        self.assertBlocked("contacted", "committed")
        lead.confirm_qualification_fact("crm.lead.commitment", promise.id)
        self.assertBlocked("contacted")
        sheet = lead.confirm_qualification_fact()
        self.assertEqual(sheet["contact"]["state"], "two_way")
        self.assertBlocked()

    def test_no_agent_confirms(self):
        with self.assertRaisesRegex(AccessError, "A person has to"):
            self.lead.confirm_qualification_fact()
        need = self.lead.qualification_need_ids
        with self.assertRaisesRegex(AccessError, "A person has to"):
            self.lead.confirm_qualification_fact("crm.lead.need", need.id)

    def test_only_facts_of_this_lead_are_confirmed(self):
        other = self.create_lead(user=self.manager)
        for model, fact in (
            ("crm.lead.need", self.lead.qualification_need_ids.id),
            ("res.users", self.agent.id),
            ("mail.message", self.lead.contact_message_id.id),
            ("crm.lead.need", "1"),
        ):
            with self.assertRaisesRegex(UserError, "no fact about this lead"):
                other.confirm_qualification_fact(model, fact)

    def test_answers_are_unknown_until_then(self):
        self.lead.save_qualification_answer(self.budget.id, "yes")
        lead = self.lead.with_user(self.manager)
        sheet = lead.get_qualification_sheet()
        [row] = [row for row in sheet["questions"] if row["id"] == self.budget.id]
        told = row["origin"], row["state"], row["value"]
        self.assertEqual(told, ("agent", "unknown", "yes"))
        self.assertFalse(lead.qualification_score)
        lead.confirm_qualification_fact("crm.qualification.answer", row["answer_id"])
        self.assertEqual(lead.qualification_score, 75)
        self.assertEqual(lead.qualification_answer_ids.user_id, self.manager)
        self.assertEqual(self.read_check_data(), {})

    def test_an_answer_of_the_account(self):
        self.lead.partner_id = self.ann
        self.budget.scope = "account"
        self.lead.save_qualification_answer(self.budget.id, "yes")
        self.assertFalse(self.lead.qualification_score)
        answer = self.ann.qualification_answer_ids
        self.lead.with_user(self.manager).confirm_qualification_fact(
            "crm.qualification.answer", answer.id
        )
        self.assertEqual(self.lead.qualification_score, 75)

    def test_an_agents_answer_hides_no_answer_of_the_account(self):
        self.lead.partner_id = self.ann
        known = self.ann.with_user(self.manager)
        self.size.scope = "account"
        known.save_account_answer(self.size.id, "Competitor")
        self.assertEqual(self.lead.qualification_state, "disqualified")
        self.env["crm.qualification.answer"].with_user(self.agent).create(
            {
                "lead_id": self.lead.id,
                "criterion_id": self.size.id,
                "value": "Large",
                "date": fields.Datetime.add(fields.Datetime.now(), hours=1),
            }
        )
        self.assertEqual(self.lead.qualification_state, "disqualified")

    def test_agents_change_nothing_that_others_told(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.size.id, "Competitor")
        for fact, vals in (
            (lead.qualification_answer_ids, {"value": "Large"}),
            (lead.qualification_need_ids, {"state": "not_for_us"}),
            (lead.qualification_commitment_ids, {"state": "broken"}),
        ):
            theirs = fact.with_user(self.agent)
            with self.subTest(fact=fact._name):
                with self.assertRaisesRegex(AccessError, "Agents can't change"):
                    theirs.write(vals)
                with self.assertRaisesRegex(AccessError, "Agents can't change"):
                    theirs.action_withdraw("Wrong")
        self.profile.confirm_agents = False
        lead.qualification_need_ids.with_user(self.agent).state = "not_for_us"

    def test_a_contact_that_a_person_logged_besides(self):
        early = fields.Datetime.subtract(fields.Datetime.now(), hours=2)
        self.lead.with_user(self.manager)._log_contact("Hi", "reached", date=early)
        self.assertBlocked("needs_known", "committed")

    def test_a_held_meeting_that_an_agent_entered(self):
        now = fields.Datetime.now()
        self.lead.partner_id = self.ann
        lead = self.lead.with_user(self.manager)
        lead.confirm_qualification_fact()
        lead.contact_message_id.sudo().unlink()
        meeting = (
            self.env["calendar.event"]
            .with_user(self.agent)
            .create(
                {
                    "name": "Visit",
                    "start": fields.Datetime.subtract(now, hours=2),
                    "stop": fields.Datetime.subtract(now, hours=1),
                    "partner_ids": [Command.set(self.ann.ids)],
                    "opportunity_id": lead.id,
                }
            )
        )
        self.assertEqual(meeting.origin, "agent")
        self.assertEqual(lead.contact_origin, "agent")
        self.assertBlocked("contacted", "needs_known", "committed")
        lead.confirm_qualification_fact()
        self.assertBlocked("needs_known", "committed")

    def test_a_persons_meeting_to_which_an_agent_adds_the_customer(self):
        now = fields.Datetime.now()
        self.lead.contact_message_id.sudo().unlink()
        meeting = (
            self.env["calendar.event"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Visit",
                    "start": fields.Datetime.subtract(now, hours=2),
                    "stop": fields.Datetime.subtract(now, hours=1),
                    "opportunity_id": self.lead.id,
                }
            )
        )
        self.assertEqual(meeting.origin, "person")
        self.env["calendar.attendee"].with_user(self.agent).create(
            {"event_id": meeting.id, "partner_id": self.ann.id}
        )
        self.assertEqual(meeting.origin, "agent")
        self.assertBlocked("contacted", "needs_known", "committed")

    def test_a_call_that_an_agent_marks_as_done(self):
        lead = self.create_lead(user=self.agent)
        call = lead.activity_schedule("mail.mail_activity_data_call")
        self.finish_call(call.with_user(self.agent), "reached")
        self.assertEqual(lead.contact_state, "two_way")
        self.assertEqual(self.get_states(lead)["contacted"], "failed")

    def test_an_agent_who_approves_overrides_nothing(self):
        group = self.env.ref("sales_nemo.group_qualification_approver")
        group.sudo().user_ids |= self.agent
        with self.assertRaisesRegex(AccessError, "Only approvers"):
            self.lead._decide_entry("convert", override_reason="I say so")

    def test_an_agent_who_manages_makes_nothing_easier(self):
        self.agent.sudo().group_ids |= self.env.ref(SALES_MANAGER)
        lead, profile = self.lead, self.profile.with_user(self.agent)
        easy = self.profile.sudo().copy({"enforcement": "off", "state": "published"})
        draft = self.profile.sudo().copy()
        for walk in (
            lambda: lead.write({"qualification_profile_id": easy.id}),
            lambda: profile._set_enforcement("advise"),
            lambda: profile.action_archive(),
            lambda: profile.write({"sequence": 99}),
            lambda: draft.with_user(self.agent).publish(),
            lambda: self.budget.with_user(self.agent).unlink(),
        ):
            with self.assertRaises(AccessError):
                walk()
        self.assertEqual(lead.sudo().qualification_state, "blocked")
        # who is no agent may, and so may this one where nobody asks for a person's word
        self.profile.with_user(self.manager).write({"sequence": 2})
        (self.profile | easy).sudo().confirm_agents = False
        profile.write({"sequence": 1})

    def test_the_decision_keeps_it(self):
        lead = self.lead.with_user(self.manager)
        need = lead.qualification_need_ids
        lead.confirm_qualification_fact("crm.lead.need", need.id)
        with self.assertRaises(UserError):
            lead.convert_opportunity(lead.partner_id)
        self.profile.confirm_agents = False
        lead.convert_opportunity(lead.partner_id)
        kept = lead.sudo().qualification_decision_id.facts
        self.assertEqual(kept["needs"][0]["origin"], "person")
        self.assertEqual(kept["commitments"][0]["origin"], "agent")
        self.assertEqual(kept["contact"]["origin"], "agent")
