"""Ways around the gate that somebody tried, each of them closed."""

import contextlib
import json
from ast import literal_eval

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES, QualificationCase
from ..recycling.test_recycling import RecyclingCase


@tagged("post_install", "-at_install")
class TestAttacksOnVerdicts(QualificationCase):
    def test_nobody_writes_the_won_status(self):
        """Odoo computes and stores it, and lets a client write what is stored."""
        lead = self.create_lead()
        for status in ("won", "lost"):
            values = {"won_status": status}
            for walk in (
                lambda values=values: lead.write(values),
                lambda values=values: lead.web_save(values, {}),
                lambda values=values: self.leads.create({"name": "New"} | values),
            ):
                with (
                    self.assertRaises(AccessError),
                    mute_logger("odoo.orm.models"),
                    self.env.cr.savepoint(),
                ):
                    walk()
        self.assertEqual(lead.won_status, "pending")

    def test_no_default_of_a_user_is_a_proof(self):
        """Everybody may set defaults for themselves; they hold in superuser mode."""
        defaults = self.env["ir.default"].with_user(self.rep)
        easy = self.profile.copy({"name": "Easy", "sequence": 50})
        meeting = self.env.ref("mail.mail_activity_data_meeting")
        for model, name, value in (
            ("mail.message", "contact_outcome", "reached"),
            ("mail.message", "mail_activity_type_id", meeting.id),
            ("mail.message", "message_type", "email"),
            ("crm.lead", "is_pooled", True),
            ("crm.lead", "attempt", 7),
            ("crm.lead", "qualification_profile_id", easy.id),
            ("crm.qualification.answer", "history", "They said yes"),
            ("res.partner", "crm_lifecycle", "customer"),
        ):
            defaults.set(model, name, value, user_id=True)
        defaults.set("crm.lead", "priority", "2", user_id=True)
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.env.cr.savepoint(),
        ):
            defaults.set("mail.message", "contact_outcome", "reached")
        # Odoo notes in superuser mode that it was created
        lead = self.leads.with_context(tracking_disable=False).create(
            {"name": "Lead", "type": "lead"}
        )
        lead.message_post(body="Hello", message_type="comment")
        todo = self.env.ref("mail.mail_activity_data_todo")
        lead.activity_schedule(activity_type_id=todo.id).action_feedback("Done")
        self.assertFalse(lead.sudo().message_ids.mail_activity_type_id - todo)
        self.assertEqual(lead.contact_state, "none")
        self.assertFalse(lead.is_pooled)
        self.assertEqual(lead.attempt, 1, "the field's own default stays")
        self.assertEqual(lead.qualification_profile_id, self.profile)
        self.assertEqual(lead.priority, "2", "other defaults are the user's")
        answer = self.env["crm.qualification.answer"].with_user(self.rep)
        answer = answer.create({"lead_id": lead.id, "criterion_id": self.budget.id})
        self.assertFalse(answer.history)
        partner = lead._create_customer()
        self.assertEqual(partner.sudo().crm_lifecycle, "prospect")

    def test_no_default_of_an_alias_is_a_verdict(self):
        """Managers write a team's alias; its defaults hold in superuser mode."""
        team = self.env["crm.team"].create({"name": "Team"})
        decided = self.create_qualified_lead()
        decided.write({"type": "opportunity"})
        values = {
            "type": "opportunity",
            "team_id": team.id,
            "qualification_profile_pinned": True,
            "qualification_state": "qualified",
            "qualification_decision_id": decided.sudo().qualification_decision_id.id,
            "contact_state": "two_way",
            "contacted_date": "2026-01-01",
            "attempt": 7,
            "priority": "2",
        }
        team.with_user(self.manager).alias_defaults = str(values)
        deal = self.env["crm.lead"].message_new(
            {"subject": "Hello", "from": "ann@customer.example", "author_id": False},
            custom_values=literal_eval(team.alias_defaults),
        )
        self.assertEqual(deal.qualification_profile_id, self.profile)
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertTrue(deal.qualification_deadline)
        self.assertEqual(deal.qualification_decision_id.lead_id, deal)
        self.assertEqual(deal.contact_state, "none")
        self.assertFalse(deal.contacted_date)
        self.assertEqual(deal.attempt, 1)
        self.assertEqual(deal.priority, "2", "others are the manager's")

    def test_losing_and_restoring_puts_no_deadline_off(self):
        deal = self.create_lead(type="opportunity")
        self.assertTrue(deal.qualification_deadline)
        deal.sudo().qualification_deadline = "2026-01-01"
        deal.action_set_lost()
        deal.action_unarchive()
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertEqual(str(deal.qualification_deadline), "2026-01-01")
        self.add_facts(deal)
        self.assertFalse(deal.qualification_deadline, "settled")
        deal.qualification_need_ids.unlink()
        deal.action_set_lost()
        deal.action_unarchive()
        self.assertGreater(str(deal.qualification_deadline), "2026-01-01")

    def test_a_team_without_a_profile_is_no_way_round(self):
        """What a profile judges from now on is flagged until it passes."""
        strict, free = self.env["crm.team"].create(
            [{"name": "Strict", "use_leads": True}, {"name": "Free", "use_leads": True}]
        )
        self.profile.team_ids = strict
        converted = self.create_lead("Converted there", team_id=strict.id)
        converted.write({"team_id": free.id, "type": "opportunity"})
        created = self.leads.create(
            {"name": "Created there", "type": "opportunity", "team_id": free.id}
        )
        good = self.create_qualified_lead("Good", team_id=free.id)
        good.write({"type": "opportunity"})
        deals = converted | created | good
        self.assertEqual(set(deals.mapped("qualification_state")), {"none"})
        deals.write({"team_id": strict.id})
        self.assertEqual(
            deals.mapped("qualification_state"), ["flagged", "flagged", "qualified"]
        )
        self.assertEqual(
            deals.sudo().qualification_decision_id.mapped("path"), ["enter"] * 3
        )
        self.assertTrue(converted.qualification_deadline)
        self.assertFalse(good.qualification_deadline)

    def test_no_detour_by_closing_leads_round_a_profile(self):
        """Closed where no profile judges, moved, and reopened."""
        strict, free = self.env["crm.team"].create(
            [{"name": "Strict", "use_leads": True}, {"name": "Free", "use_leads": True}]
        )
        self.profile.team_ids = strict
        walks = {
            "lost": (
                lambda deal: deal.action_set_lost(
                    lost_reason_id=self.env.ref("crm.lost_reason_1").id
                ),
                lambda deal: deal.action_unarchive(),
            ),
            "won": (
                lambda deal: deal.action_set_won(),
                lambda deal: deal.write({"stage_id": self.stage.id}),
            ),
        }
        self.stage = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        for name, (close, reopen) in walks.items():
            deal = self.create_lead(name, team_id=strict.id)
            deal.write({"team_id": free.id, "type": "opportunity"})
            self.assertTrue(deal.is_unjudged)
            close(deal)
            deal.write({"team_id": strict.id})
            self.assertEqual(deal.qualification_state, "flagged", name)
            self.assertFalse(deal.qualification_deadline, "time stopped")
            reopen(deal)
            self.assertEqual(deal.won_status, "pending")
            self.assertEqual(deal.qualification_state, "flagged", name)
            self.assertTrue(deal.qualification_deadline, name)

    def test_who_is_won_at_birth_and_reopened_has_a_deadline(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        values = {"type": "opportunity", "stage_id": won.id}
        deal = self.create_lead(**values)
        self.assertFalse(deal.qualification_deadline)
        deal.action_set_won_status("pending")
        self.assertEqual(deal.won_status, "pending")
        self.assertEqual(deal.qualification_state, "flagged")
        self.assertTrue(deal.qualification_deadline)
        deal.action_set_won_status("won")
        before = deal.qualification_deadline
        with freeze_time(fields.Date.add(before, days=-1)):
            deal.action_set_won_status("pending")
        self.assertEqual(deal.qualification_deadline, before, "no later one")

    def test_a_contact_that_moves_is_no_way_round(self):
        """The profile comes back without a write on the lead."""
        here, there = self.env.ref("base.be"), self.env.ref("base.fr")
        self.profile.lead_domain = "[('partner_id.country_id.code', '=', 'BE')]"
        account = self.env["res.partner"].create(
            {"name": "Account", "is_company": True, "country_id": here.id}
        )
        person = self.env["res.partner"].create(
            {"name": "Ann", "parent_id": account.id, "country_id": here.id}
        )
        apart = self.env["res.partner"].create({"name": "Bob", "country_id": here.id})
        for mover, moved in ((apart, apart), (person, person), (account, person)):
            deal = self.create_lead(partner_id=moved.id)
            self.assertEqual(deal.qualification_profile_id, self.profile)
            mover.with_user(self.manager).country_id = there
            deal.write({"type": "opportunity"})
            self.assertEqual(deal.qualification_state, "none")
            # Odoo hands an account's address down to its people
            mover.with_user(self.manager).country_id = here
            self.assertEqual(deal.qualification_profile_id, self.profile)
            self.assertEqual(deal.qualification_state, "flagged")
            self.assertTrue(deal.qualification_deadline)

    def test_a_first_contact_and_a_merge_are_no_way_round(self):
        """Odoo changes contacts without a word to who writes them."""
        here = self.env.ref("base.be")
        tag = self.env["res.partner.category"].create({"name": "Buyers"})
        easy = self.profile.copy(
            {"sequence": 50, "enforcement": "advise", "criterion_ids": False}
        )
        self.profile.lead_domain = (
            "['|', ('partner_id.country_id.code', '=', 'BE'),"
            " ('partner_id.category_id.name', '=', 'Buyers')]"
        )
        partners = self.env["res.partner"].with_user(self.manager)
        ways = {
            "An import": lambda account: partners.load(
                ["name", "type", "parent_id/.id", "country_id/.id"],
                [["Ann", "delivery", str(account.id), str(here.id)]],
            ),
            "A contact": lambda account: partners.create(
                {"name": "Ann", "parent_id": account.id, "country_id": here.id}
            ),
            "A merge": lambda account: (
                self.env["base.partner.merge.automatic.wizard"]
                .create({})
                ._merge([account.id, buyer.id], dst_partner=buyer, extra_checks=False)
            ),
        }
        for name, walk in ways.items():
            with self.subTest(name):
                account, buyer = self.env["res.partner"].create(
                    [
                        {"name": "Account", "is_company": True},
                        {"name": "B", "is_company": True, "category_id": tag.ids},
                    ]
                )
                deal = self.create_lead(name, partner_id=account.id)
                self.assertEqual(deal.qualification_profile_id, easy)
                deal.write({"type": "opportunity"})
                self.assertFalse(deal.qualification_deadline)
                walk(account)
                self.assertEqual(deal.qualification_profile_id, self.profile)
                self.assertEqual(deal.qualification_state, "flagged")
                self.assertTrue(deal.qualification_deadline)

    def test_a_country_that_changes_is_no_way_round(self):
        """Nobody tells us: the daily job finds them, or the next write."""
        country = self.env["res.country"].create({"name": "Atlantis", "code": "X0"})
        self.profile.lead_domain = "[('partner_id.country_id.code', '=', 'X0')]"
        person = self.env["res.partner"].create(
            {"name": "Ann", "country_id": country.id}
        )
        deals = self.leads.browse()
        for name in ("Written", "Left alone"):
            deal = self.create_lead(name, partner_id=person.id)
            self.assertEqual(deal.qualification_profile_id, self.profile)
            country.code = "X1"
            deal.write({"type": "opportunity"})
            country.code = "X0"
            deals |= deal
        self.assertEqual(deals.qualification_profile_id, self.profile)
        deals[0].write({"description": "Still here"})
        self.assertEqual(deals.mapped("qualification_state"), ["flagged", "none"])
        self.leads.sudo()._judge_entered()
        self.assertEqual(set(deals.mapped("qualification_state")), {"flagged"})
        self.assertTrue(all(deals.mapped("qualification_deadline")))

    def test_a_contact_that_moves_to_an_easier_profile_is_no_way_round(self):
        here, there = self.env.ref("base.be"), self.env.ref("base.fr")
        self.profile.copy(
            {
                "name": "Only advises",
                "sequence": 50,
                "enforcement": "advise",
                "criterion_ids": False,
            }
        )
        self.profile.lead_domain = "[('partner_id.country_id.code', '=', 'BE')]"
        person = self.env["res.partner"].create({"name": "Ann", "country_id": here.id})
        poor = self.create_lead("Poor", partner_id=person.id)
        good = self.create_qualified_lead("Good", partner_id=person.id)
        person.with_user(self.manager).country_id = there
        (poor | good).write({"type": "opportunity"})
        person.with_user(self.manager).country_id = here
        self.assertEqual(poor.qualification_profile_id, self.profile)
        self.assertEqual(poor.qualification_state, "flagged")
        self.assertTrue(poor.qualification_deadline)
        self.assertEqual(good.qualification_state, "qualified")
        self.assertFalse(good.qualification_deadline)

    def test_an_easier_team_is_no_way_round(self):
        strict, free = self.env["crm.team"].create(
            [{"name": "Strict", "use_leads": True}, {"name": "Free", "use_leads": True}]
        )
        easy = self.profile.copy(
            {
                "name": "Easy",
                "team_ids": [(6, 0, free.ids)],
                "contact_required": "none",
                "needs_required": 0,
                "commitments_required": 0,
                "check_reachable": False,
                "criterion_ids": False,
            }
        )
        self.profile.team_ids = strict
        poor = self.create_lead("Poor", team_id=strict.id)
        good = self.create_qualified_lead("Good", team_id=strict.id)
        deals = poor | good
        deals.write({"team_id": free.id, "type": "opportunity"})
        decisions = deals.sudo().qualification_decision_id
        self.assertEqual(decisions.profile_id, easy)
        self.assertEqual(set(deals.mapped("qualification_state")), {"qualified"})
        deals.write({"team_id": strict.id})
        self.assertEqual(deals.mapped("qualification_state"), ["flagged", "qualified"])
        self.assertTrue(poor.qualification_deadline)
        self.assertEqual(good.sudo().qualification_decision_id, decisions[1], "kept")
        # back and forth settles nothing
        poor.write({"team_id": free.id})
        poor.write({"team_id": strict.id})
        self.assertEqual(poor.qualification_state, "flagged")
        self.assertTrue(poor.qualification_deadline)

    def test_an_import_of_two_rows_is_no_way_round(self):
        """Out of the profile's company with one row, back with the next one."""
        other = self.env["res.company"].create({"name": "Elsewhere"})
        self.rep.company_ids |= other
        self.profile.company_id = self.env.company
        both = self.leads.with_context(
            allowed_company_ids=[self.env.company.id, other.id]
        )
        lead = self.create_lead()
        loaded = both.load(
            [".id", "company_id/.id", "type"],
            [
                [str(lead.id), str(company.id), "Opportunity"]
                for company in (other, self.env.company)
            ],
        )
        self.assertFalse(loaded["messages"])
        self.assertEqual(lead.qualification_state, "flagged")
        self.assertTrue(lead.qualification_deadline)

    def test_no_context_chooses_the_profile(self):
        """What is kept in memory for everybody doesn't depend on who asked first."""
        self.env["crm.qualification.profile"].create(
            {"name": "Old", "sequence": -9, "enforcement": "off", "active": False}
        )
        self.env["ir.default"].with_user(self.rep).set(
            "crm.lead", "priority", "1", user_id=True
        )
        lead = self.create_lead()
        with self.assertRaises(UserError):
            lead.with_context(active_test=False).write({"type": "opportunity"})
        self.profile.lead_domain = "[('country_id.name', '=', 'Belgium')]"
        self.env["res.lang"]._activate_lang("fr_FR")
        belgium = self.env.ref("base.be")
        belgium.with_context(lang="fr_FR").name = "Belgique"
        lead.country_id = belgium
        self.assertEqual(lead.qualification_profile_id, self.profile)
        with self.assertRaises(UserError):
            lead.with_context(lang="fr_FR").write({"type": "opportunity"})

    def test_a_profile_of_an_archived_team_judges_nobody_else(self):
        team = self.env["crm.team"].create({"name": "Gone"})
        strange = self.profile.copy({"name": "Strange", "sequence": -9})
        strange.team_ids = team
        team.active = False
        self.env.registry.clear_cache()
        lead = self.create_lead()
        self.assertEqual(lead.qualification_profile_id, self.profile)

    def test_what_was_there_before_is_not_flagged_later(self):
        self.profile.enforcement = "off"
        deal = self.leads.create({"name": "Old deal", "type": "opportunity"})
        self.profile.enforcement = "enforce"
        deal.write({"name": "Still there", "user_id": self.rep_all.id})
        self.assertEqual(deal.qualification_state, "none")
        self.assertFalse(deal.sudo().qualification_decision_ids)

    def test_losing_first_makes_no_old_answer_valid(self):
        """Answers of closed records never expire: a conversion asks as of today."""
        self.budget.write({"is_required": True, "validity_days": 30})
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        old = fields.Datetime.subtract(fields.Datetime.now(), days=40)
        lead.qualification_answer_ids.sudo().write({"date": old})
        self.assertEqual(lead.qualification_state, "blocked")
        with freeze_time(fields.Datetime.subtract(fields.Datetime.now(), days=20)):
            lead.action_set_lost()
        with self.assertRaisesRegex(UserError, "Budget"), self.env.cr.savepoint():
            lead.write({"type": "opportunity"})
        self.assertEqual((lead.type, lead.won_status), ("lead", "lost"))

    def test_a_filter_computes_nothing(self):
        wizard = self.env["crm.lead2opportunity.partner.mass"].with_user(self.rep)
        wizard = wizard.with_context(active_ids=self.create_lead().ids).create(
            {
                "scope": "filter",
                "filter_domain": "[('id', 'in', [n for n in range(10 ** 9)])]",
            }
        )
        with self.assertRaisesRegex(UserError, "Select the leads instead"):
            wizard.action_mass_convert()


@tagged("post_install", "-at_install")
class TestAttacksOnFacts(QualificationCase):
    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_calls_are_not_moved_to_hidden_leads(self):
        mine, theirs = self.create_lead(), self.create_lead(user=self.rep_all)
        call = mine.activity_schedule("mail.mail_activity_data_call")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call.write({"res_id": theirs.id})
        call.action_call_reached()
        self.assertEqual(mine.contact_state, "two_way")
        self.assertEqual(theirs.contact_state, "none")

    def create_namesakes(self):
        """A colleague's lead, and a contact with the same id that the rep sees."""
        leads = self.env["crm.lead"].with_user(self.rep_all)
        people = self.env["res.partner"]
        lead, person = leads.create({"name": "Theirs"}), people.create({"name": "Ann"})
        gap = person.id - lead.id
        leads = lead | leads.create([{"name": "Theirs"}] * max(gap, 0))
        people = person | people.create([{"name": "Ann"}] * max(-gap, 0))
        lead, person = leads[-1], people[-1]
        self.assertEqual(lead.id, person.id)
        return lead, person.with_user(self.rep)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_a_call_is_not_renamed_to_one_with_a_hidden_lead(self):
        """Odoo stores the model's name, and lets a client write what is stored."""
        theirs, person = self.create_namesakes()
        call = person.activity_schedule("mail.mail_activity_data_call")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            call.write({"res_model": "crm.lead"})
        call.invalidate_recordset()
        call.action_call_reached()
        self.assertEqual(theirs.contact_state, "none")

    def test_no_context_and_no_command_is_a_proof(self):
        """What Odoo notes in superuser mode, and what a message is made of later."""
        lead = self.create_lead()
        meeting = self.env.ref("mail.mail_activity_data_meeting").id
        todo = "mail.mail_activity_data_todo"
        forged = {"contact_outcome": "reached", "mail_activity_type_id": meeting}
        for name, value in forged.items():
            own = lead.with_context(
                **{f"default_{name}": value}, tracking_disable=False
            )
            own.message_post(body="Hello", message_type="comment")
            own.write({"name": name, "priority": "2"})
            own.activity_schedule(todo).with_env(own.env).action_feedback("Done")
            own.message_subscribe(self.rep.partner_id.ids)
            note = {"model": "crm.lead", "body": "Hello", name: value}
            with contextlib.suppress(AccessError), self.env.cr.savepoint():
                lead.write({"message_ids": [Command.create(note)]})
        later = fields.Datetime.add(fields.Datetime.now(), days=1)
        scheduled = self.env["mail.scheduled.message"].with_user(self.rep)
        scheduled.create(
            {
                "model": "crm.lead",
                "res_id": lead.id,
                "author_id": self.rep.partner_id.id,
                "body": "Hello",
                "scheduled_date": later,
                "notification_parameters": json.dumps(forged),
                "send_context": {f"default_{name}": forged[name] for name in forged},
            }
        ).post_message()
        self.assertGreater(len(lead.message_ids), 5)
        self.assertEqual(lead.contact_state, "none")

    def test_facts_are_not_moved_to_hidden_leads(self):
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        person = self.env["res.partner"].create({"name": "Ann"})
        for model, values in (
            ("crm.lead.need", {"name": "Speed", "state": "confirmed"}),
            ("crm.lead.commitment", {"name": "Demo"}),
            ("crm.lead.role", {"role": "user", "partner_id": person.id}),
            (
                "crm.qualification.answer",
                {"criterion_id": self.budget.id, "value": "yes"},
            ),
        ):
            fact = self.env[model].with_user(self.rep)
            fact = fact.create(values | {"lead_id": own.id})
            with (
                self.subTest(model=model),
                self.assertRaises(AccessError),
                mute_logger("odoo.addons.base.models.ir_rule"),
                self.env.cr.savepoint(),
            ):
                fact.lead_id = hidden.id
            other = self.create_lead("Own, too")
            fact.lead_id = other
            self.assertEqual(fact.lead_id, other)

    def test_nobody_answers_for_another_company(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        asked = self.budget.copy({"scope": "account", "profile_id": self.profile.id})
        answer = (
            self.env["crm.qualification.answer"]
            .with_user(self.rep)
            .create(
                {"partner_id": account.id, "criterion_id": asked.id, "value": "yes"}
            )
        )
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
            self.env.cr.savepoint(),
        ):
            answer.company_id = company
        self.assertEqual(answer.company_id, self.env.company)

    def test_hidden_messages_prove_nothing(self):
        """The name of the proof would tell what the message was about."""
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        secret = hidden.message_post(body="Secret", subject="Secret")
        proof = {"message_id": secret.id}
        facts = {
            "crm.lead.need": {"name": "Speed"},
            "crm.lead.commitment": {"name": "Demo"},
            "crm.qualification.answer": {"criterion_id": self.budget.id},
        }
        for model, values in facts.items():
            theirs = self.env[model].with_user(self.rep)
            fact = theirs.create(values | {"lead_id": own.id})
            other = values | {"lead_id": self.create_lead().id}
            for walk in (
                lambda fact=fact: fact.write(proof),
                lambda theirs=theirs, other=other: theirs.create(other | proof),
            ):
                with (
                    self.subTest(model=model),
                    self.assertRaises(AccessError),
                    self.env.cr.savepoint(),
                ):
                    walk()
            fact.message_id = own.message_post(body="Mine")
            self.assertTrue(fact.has_proof)

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_meetings_are_not_hung_on_hidden_leads(self):
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        guest = self.env["res.partner"].create({"name": "Guest"})
        model = self.env.ref("crm.model_crm_lead")
        document = {"res_model_id": model.id, "res_id": hidden.id}
        calendar = self.env["calendar.event"].with_user(self.rep)
        values = {
            "name": "Meeting",
            "start": "2026-01-01 10:00:00",
            "stop": "2026-01-01 11:00:00",
            "partner_ids": [Command.set((guest | self.rep.partner_id).ids)],
        }
        meeting = calendar.create(values)
        # Odoo checks the lead only where it makes an activity of its own
        planned = own.activity_schedule("mail.mail_activity_data_todo")
        linked = values | {"activity_ids": [Command.link(planned.id)]}
        walks = {
            "link": lambda: meeting.write({"opportunity_id": hidden.id}),
            "document": lambda: meeting.write(dict(document)),
            "name of the model": lambda: (
                meeting.write({"res_id": hidden.id}),
                meeting.write({"res_model": "crm.lead"}),
            ),
            "new one": lambda: calendar.create(linked | {"opportunity_id": hidden.id}),
            "new document": lambda: calendar.create(linked | document),
        }
        for walk, work in walks.items():
            with (
                self.subTest(walk=walk),
                self.assertRaises(AccessError),
                self.env.cr.savepoint(),
            ):
                work()
            self.env.invalidate_all()
            self.assertEqual(hidden.contact_state, "none")
        meeting.write({"opportunity_id": own.id})
        self.assertEqual(own.contact_state, "two_way")

    @mute_logger("odoo.addons.base.models.ir_rule")
    def test_meetings_with_hidden_leads_stay_as_they_are(self):
        """Who attends moves them, and links them to what they see."""
        own, hidden = self.create_lead(), self.create_lead("Hidden", self.rep_all)
        guest = self.env["res.partner"].create({"name": "Guest"})
        people = guest | self.rep.partner_id | self.rep_all.partner_id
        model = self.env.ref("crm.model_crm_lead")
        theirs, other = (
            self.env["calendar.event"]
            .with_user(self.rep_all)
            .create(
                [
                    {
                        "name": "Meeting",
                        "start": "2026-01-01 10:00:00",
                        "stop": "2026-01-01 11:00:00",
                        "partner_ids": [Command.set(people.ids)],
                    }
                    | link
                    for link in (
                        {"res_model_id": model.id, "res_id": hidden.id},
                        {"opportunity_id": False},
                    )
                ]
            )
            .with_user(self.rep)
        )
        theirs.write({"stop": "2026-01-01 12:00:00", "opportunity_id": own.id})
        self.assertEqual(own.contact_state, "two_way")
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            (theirs | other).write({"opportunity_id": hidden.id})

    def test_a_meeting_with_who_is_gone_proves_nothing(self):
        lead = self.create_lead()
        guest = self.env["res.partner"].create({"name": "Nobody"})
        self.env["calendar.event"].with_user(self.rep).create(
            {
                "name": "Meeting",
                "opportunity_id": lead.id,
                "start": "2026-01-01 10:00:00",
                "stop": "2026-01-01 11:00:00",
                "partner_ids": [Command.set((guest | self.rep.partner_id).ids)],
            }
        )
        self.assertEqual(lead.contact_state, "two_way")
        guest.unlink()
        self.assertEqual(lead.contact_state, "none")

    def test_an_address_that_is_nobodys_any_more_proves_nothing(self):
        """What is stored of a contact follows the addresses of the account."""
        account = self.env["res.partner"].create({"name": "Acme", "is_company": True})
        person, stranger = self.env["res.partner"].create(
            [
                {"name": "Ann", "email": "ann@acme.example", "parent_id": account.id},
                {"name": "Bob", "parent_id": account.id},
            ]
        )
        lead = self.create_lead(partner_id=person.id)
        lead.message_post(
            body="Hello",
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
            partner_ids=person.ids,
        )
        lead.with_user(self.env.ref("base.user_root")).message_post(
            body="Our offer",
            message_type="email",
            subtype_xmlid="mail.mt_comment",
            email_from="vendor@gmail.com",
            author_id=False,
        )
        self.assertEqual(lead.contact_state, "outbound")
        stranger.email = "Vendor@gmail.com"
        self.assertEqual(lead.contact_state, "two_way")
        stranger.email = "bob@acme.example"
        self.assertEqual(lead.contact_state, "outbound")

    def test_a_rewritten_message_proves_nothing_for_an_instant(self):
        """A flag that is settled stays settled."""
        self.profile.contact_required = "any"
        deal = self.create_lead(
            "Deal", type="opportunity", contact_name="Ann", email_from="a@b.example"
        )
        for model, values in (
            ("crm.lead.need", {"state": "confirmed"}),
            ("crm.lead.commitment", {}),
        ):
            facts = self.env[model].with_user(self.rep)
            facts.create({"lead_id": deal.id, "name": "Demo"} | values)
        self.assertEqual(deal.qualification_state, "flagged")
        robot = self.env.ref("base.user_root")
        note = deal.with_user(robot).message_post(body="Created")
        note.with_user(self.rep).write(
            {
                "message_type": "email",
                "author_id": False,
                "email_from": deal.email_from,
                "subtype_id": self.env.ref("mail.mt_comment").id,
            }
        )
        self.assertEqual(note.contact_outcome, "no_proof")
        self.assertEqual(deal.contact_state, "none")
        self.assertEqual(deal.sudo().qualification_decision_id.outcome, "flagged")
        self.assertTrue(deal.qualification_deadline)
        self.assertFalse(deal.contacted_date)


@tagged("post_install", "-at_install")
class TestAttacksOnLosing(RecyclingCase):
    def test_what_is_no_reason_is_none(self):
        deal, lead = self.create_opportunity(), self.create_lead()
        gone = self.spam.copy()
        gone.unlink()
        for reason in ("x", str(self.spam.id), [self.spam.id], True, gone.id, -1, {}):
            for record in deal, lead:
                with self.subTest(reason=reason, type=record.type):
                    if record == lead and not reason:
                        continue
                    with self.assertRaisesRegex(UserError, "lost reason"):
                        record.action_set_lost(lost_reason_id=reason)
                    self.assertEqual(record.won_status, "pending")

    def test_a_reason_stays(self):
        deal = self.lose(self.create_opportunity(), self.spam)
        mine = deal.with_user(self.rep)
        with self.assertRaisesRegex(UserError, "keeps a lost reason.*Deal"):
            mine.write({"lost_reason_id": False})
        mine.lost_reason_id = self.late
        mine.action_unarchive()
        self.assertEqual((deal.won_status, deal.lost_reason_id.id), ("pending", False))
        lead = self.lose(self.create_lead(), self.spam).with_user(self.rep)
        lead.lost_reason_id = False
        self.assertFalse(lead.lost_reason_id, "a lead needs none")

    def test_no_detour_by_way_of_a_lead(self):
        """Leads need no reason; what was an opportunity does."""
        together = {"type": "lead", "active": False, "probability": 0}
        walks = {
            "at once": lambda deal: deal.write(together),
            "before": lambda deal: (
                deal.write({"type": "lead"}),
                deal.action_set_lost(),
            ),
        }
        for name, walk in walks.items():
            deal = self.create_opportunity()
            with (
                self.subTest(name),
                self.assertRaisesRegex(UserError, "nothing was marked as lost.*Deal"),
                self.env.cr.savepoint(),
            ):
                walk(deal)
            self.assertEqual((deal.type, deal.won_status), ("opportunity", "pending"))
        # from before the addon: its own type in the write is all that is known
        self.profile.enforcement = "off"
        deal = self.leads.create({"name": "Old", "type": "opportunity"})
        self.profile.enforcement = "enforce"
        self.assertFalse(deal.sudo().qualification_decision_ids)
        with self.assertRaises(UserError):
            deal.write(together)

    def test_a_lost_lead_becomes_no_opportunity_without_a_reason(self):
        lead = self.create_qualified_lead()
        lead.action_set_lost()
        with self.assertRaisesRegex(UserError, "keeps a lost reason.*Good lead"):
            lead.write({"type": "opportunity"})
        lead.write({"type": "opportunity", "lost_reason_id": self.spam.id})
        self.assertEqual((lead.type, lead.won_status), ("opportunity", "lost"))

    def test_no_detour_by_way_of_an_advised_team(self):
        self.profile.team_ids = self.team
        self.profile.copy({"enforcement": "advise", "team_ids": self.other_team.ids})
        deal = self.create_opportunity(team_id=self.other_team.id)
        deal.action_set_lost()
        self.assertEqual(deal.won_status, "lost")
        deal.name = "Renamed"
        with self.assertRaisesRegex(UserError, "keeps a lost reason.*Renamed"):
            deal.team_id = self.team
        deal.write({"team_id": self.team.id, "lost_reason_id": self.spam.id})
        self.assertEqual(deal.team_id, self.team)

    def test_no_detour_by_way_of_a_merge(self):
        """An open deal is not lost by merging it into one that was created lost."""
        stages = self.env["crm.stage"].search([("is_won", "=", False)])
        born = self.leads.create(
            {
                "name": "Born",
                "type": "opportunity",
                "active": False,
                "probability": 0,
                "stage_id": stages[-1].id,
            }
        )
        self.assertEqual(born.won_status, "lost")
        deal = self.create_opportunity(stage_id=stages[0].id)
        with self.assertRaisesRegex(UserError, "nothing was marked as lost.*Deal"):
            (born | deal).merge_opportunity()
        self.assertEqual(deal.won_status, "pending")
        born.lost_reason_id = self.spam
        self.assertEqual((born | deal).merge_opportunity(), born)
        self.assertEqual((born.won_status, born.lost_reason_id), ("lost", self.spam))


@tagged("post_install", "-at_install")
class TestAttacksOnThePool(RecyclingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stranger = new_test_user(cls.env, "stranger", groups=SALES)

    def create_pooled(self, **values):
        values = {"team_id": self.team.id} | values
        return self.recycle(self.lose(self.create_opportunity(**values), self.badly))

    def test_who_had_it_takes_it_on_no_detour(self):
        def by_archiving(lead):
            lead.active = False
            lead.user_id = self.rep
            lead.active = True

        def by_losing(lead):
            lead.action_set_lost()
            lead.user_id = self.rep
            lead.action_unarchive()

        def by_a_colleague(lead):
            lead.with_user(self.rep_all).user_id = self.rep_all
            lead.with_user(self.rep_all).user_id = self.rep

        for walk in (by_archiving, by_losing, by_a_colleague):
            lead = self.create_pooled().with_user(self.rep)
            with (
                self.subTest(walk=walk.__name__),
                self.assertRaisesRegex(UserError, "had it before"),
                self.env.cr.savepoint(),
            ):
                walk(lead)
            self.assertFalse(lead.user_id)

    def test_who_may_not_claim_it_may_not_write_it(self):
        lead = self.create_pooled().with_user(self.stranger)
        with self.assertRaisesRegex(UserError, "people of the team Ours"):
            lead.user_id = self.stranger
        lead.with_user(self.rep_all).user_id = self.rep_all
        self.assertEqual(lead.sudo().user_id, self.rep_all)

    def test_archiving_opens_no_pool(self):
        own = self.env["crm.team"].create(
            {"name": "Own", "member_ids": [Command.link(self.stranger.id)]}
        )
        for values in ({"user_id": self.stranger.id}, {"team_id": own.id}):
            lead = self.create_pooled().with_user(self.stranger)
            lead.active = False
            with self.subTest(values), self.assertRaises(UserError):
                lead.write(values)
            lead.active = True
            self.assertTrue(lead.is_up_for_grabs)
            self.assertEqual(lead.team_id, self.team)
        lead.active = False
        lead.with_user(self.rep_all).user_id = self.rep_all
        self.assertEqual(lead.sudo().user_id, self.rep_all, "a member of the team")

    def test_merging_opens_no_pool(self):
        """What is merged away is never written: it is asked about before."""
        for user, refusal in (
            (self.rep, "had it before"),
            (self.stranger, "people of the team Ours"),
        ):
            own = self.create_opportunity("Own", user=user)
            lead = self.create_pooled().with_user(user)
            with self.subTest(user=user.login):
                with self.assertRaisesRegex(UserError, refusal):
                    (own | lead).merge_opportunity()
                self.assertTrue(lead.is_up_for_grabs)
        lead = self.create_pooled().with_user(self.stranger)
        nobodys = self.create_opportunity("Free", self.manager, user_id=False)
        self.other_team.member_ids = self.stranger
        nobodys.sudo().team_id = self.other_team
        with self.assertRaisesRegex(UserError, "claim them first"):
            (nobodys.with_user(self.stranger) | lead).merge_opportunity()
        with self.assertRaisesRegex(UserError, "had it before"):
            (nobodys.with_user(self.rep) | lead.with_user(self.rep)).merge_opportunity(
                user_id=self.rep.id
            )
        mine = self.create_opportunity("Mine", user=self.rep_all)
        merged = (mine | lead.with_user(self.rep_all)).merge_opportunity()
        self.assertEqual((merged, lead.exists()), (mine, lead.browse()))
        self.assertEqual(merged.excluded_user_ids, self.rep)

    def test_who_may_not_claim_it_moves_it_to_no_other_team(self):
        lead = self.create_pooled()
        other = self.env["crm.team"].create(
            {"name": "Ours", "member_ids": [Command.link(self.stranger.id)]}
        )
        for team in (other, other.browse()):
            with (
                self.assertRaisesRegex(UserError, "claim them first"),
                self.env.cr.savepoint(),
            ):
                lead.with_user(self.rep_all).team_id = team
        lead.with_user(self.manager).team_id = other
        self.assertTrue(lead.is_up_for_grabs)

    def test_hidden_leads_are_not_named(self):
        company = self.env["res.company"].create({"name": "Elsewhere"})
        hidden = self.create_pooled()
        hidden.write({"team_id": False, "company_id": company.id})
        with (
            self.assertRaises(AccessError),
            mute_logger("odoo.addons.base.models.ir_rule"),
        ):
            hidden.with_user(self.rep).user_id = self.rep

    def test_who_lost_it_is_not_forgotten(self):
        for owner in (self.env["res.users"], self.stranger):
            deal = self.create_opportunity(team_id=self.team.id)
            deal = self.lose(deal, self.badly)
            deal.with_user(self.rep).user_id = owner
            self.assertIn(self.rep, deal.excluded_user_ids)
            lead = self.recycle(deal)
            self.assertEqual(lead.excluded_user_ids, self.rep | owner)
            self.assertFalse(lead.with_user(self.rep).can_claim)

    def test_ids_that_are_none(self):
        lead = self.create_pooled().with_user(self.rep)
        for value in (str(self.rep.id), [self.rep.id]):
            lead.write({"user_id": value})
            self.assertFalse(lead.user_id)
        with self.assertRaisesRegex(UserError, "had it before"):
            lead.write({"user_id": self.rep})

    def test_managers_do_all_of_it(self):
        deal = self.lose(self.create_opportunity(team_id=self.team.id), self.badly)
        deal.with_user(self.manager).user_id = self.stranger
        lead = self.recycle(deal)
        self.assertEqual(lead.excluded_user_ids, self.stranger)
        lead.with_user(self.manager).write(
            {"user_id": self.stranger.id, "excluded_user_ids": [Command.clear()]}
        )
        self.assertEqual(lead.user_id, self.stranger)


@tagged("post_install", "-at_install")
class TestOddInput(RecyclingCase):
    def test_ids_that_are_none(self):
        lead = self.create_lead(partner_id=self.person.id)
        account = self.account.with_user(self.rep)
        for odd in (None, False, True, "x", -1, 2**70, [1], {}, {"a": 1}, 3.7):
            for walk in (
                lambda odd=odd: lead.save_qualification_answer(odd, "yes"),
                lambda odd=odd: account.save_account_answer(odd, "yes"),
                lambda odd=odd: lead.prove_by_contact("crm.lead.need", odd),
                lambda odd=odd: lead.prove_by_contact(odd, 1),
            ):
                with self.subTest(odd=odd), self.assertRaises(UserError):
                    walk()

    def test_domains_that_are_none(self):
        wizard = self.env["crm.lead2opportunity.partner.mass"].with_user(self.rep)
        funnel = self.env["crm.qualification.funnel"].with_user(self.rep)
        for odd in (5, "x", [5], [["nothing", "=", 1]], [["name", "?", 1]], ["&"]):
            for walk in (
                lambda odd=odd: wizard.get_preview([], domain=odd),
                lambda odd=odd: funnel.get_funnel(odd),
            ):
                with (
                    self.subTest(odd=odd),
                    self.assertRaisesRegex(UserError, "filter can't be used"),
                ):
                    walk()

    def test_keys_that_are_none(self):
        """What names a number in a client's call may be anything."""
        job = self.env["crm.lead.conversion.job"].with_user(self.rep)
        account = self.account.with_user(self.rep)
        team = self.team.with_user(self.rep)
        for odd in ([], [1], {}, {"a": 1}, 5, None, "x"):
            with self.subTest(odd=odd):
                self.assertFalse(job.action_open_leads("refused", odd)["domain"][0][2])
                leads = account.with_context(crm_kind=odd).action_open_crm_leads()
                self.assertIn("Leads", leads["name"])
                territory = team.with_context(territory_count=odd)
                action = territory.action_open_territory()
                self.assertIn("Territory Size", action["name"])

    def test_attempts_of_hidden_records_are_not_told(self):
        deal = self.lose(self.create_opportunity(user=self.rep_all))
        self.recycle(deal)
        for user in self.rep, self.clerk:
            with self.assertRaises(AccessError):
                deal.with_user(user).action_open_attempts()

    def test_numbers_that_break_others(self):
        """A manager is told at once; nobody who works with it later."""
        answer = self.env["crm.qualification.answer"].with_user(self.rep)
        answer.create(
            {
                "lead_id": self.create_lead().id,
                "criterion_id": self.budget.id,
                "value": "yes",
            }
        )
        self.size.weight = 9
        for record, name, number in (
            (self.budget, "weight", -1),
            (self.budget, "weight", float("nan")),
            (self.budget, "weight", float("inf")),
            (self.budget, "weight", 1e308),
            (self.budget, "validity_days", 10**9),
            (self.profile, "flag_days", 10**9),
        ):
            with (
                self.subTest(name=name),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.with_user(self.manager).write({name: number})
        for days in (0, 36_501, 10**9):
            with self.assertRaises(ValidationError), self.env.cr.savepoint():
                self.late.with_user(self.manager).recycle_days = days

    def test_blanks_are_told_as_missing(self):
        lead = self.create_lead()
        answers = self.env["crm.qualification.answer"].with_user(self.rep)
        with mute_logger("odoo.sql_db"):
            result = answers.load(["lead_id/.id", "value"], [[str(lead.id), "yes"]])
        [message] = result["messages"]
        self.assertIn("required", message["message"])
        answer = answers.create({"lead_id": lead.id, "criterion_id": self.budget.id})
        choice = self.env["crm.qualification.choice"].create(
            {"name": "Big", "criterion_id": self.budget.id}
        )
        contact = self.env["crm.lead.log.contact"].create(
            {"lead_id": lead.id, "outcome": "reached"}
        )
        for record, name in (
            (answer, "criterion_id"), (choice, "name"), (contact, "date"),
        ):  # fmt: skip
            with (
                self.subTest(name=name),
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                record.write({name: False})
                record.flush_recordset()

    def test_a_number_is_told_as_it_is(self):
        self.budget.write({"answer_type": "number", "number_rule": "at_least"})
        self.budget.number_min = 2_000_000
        lead = self.create_lead().with_user(self.rep)
        for value, told in (
            ("1999999", "1999999"), ("12345.67", "12345.67"), ("20", "20"),
            ("1200", "1200"), ("0", "0"), ("-12.5", "-12.5"), ("0.0625", "0.0625"),
        ):  # fmt: skip
            lead.save_qualification_answer(self.budget.id, value)
            [answer] = lead.qualification_answer_ids
            self.assertEqual((answer.value, answer.state), (told, "not_met"))
        self.assertIn("1999999", answer.history)

    def test_defaults_of_who_answers_get_into_no_answer(self):
        lead = self.create_lead().with_user(self.rep)
        odd = {"default_user_id": self.rep_all.id, "default_state": "met"}
        lead.with_context(**odd).save_qualification_answer(self.budget.id, "no")
        [answer] = lead.qualification_answer_ids
        self.assertEqual((answer.user_id, answer.state), (self.rep, "not_met"))

    def test_blanks_are_no_facts(self):
        """As imports bring them: the web client trims what it sends."""
        blanks = {"contact_name": " \t", "partner_name": "Acme"}
        lead = self.create_lead(**blanks).with_user(self.rep)
        self.assertFalse(lead._collect_facts()[lead.id].has_person)
        self.assertIn(lead, lead.search([("qualification_missing", "=", "reachable")]))
        self.budget.answer_type = "text"
        answer = {"lead_id": lead.id, "criterion_id": self.budget.id}
        answer = self.env["crm.qualification.answer"].create(
            answer | {"value_text": " \n"}
        )
        self.assertEqual((answer.state, answer.value), ("unknown", False))
        for model, label in (
            ("crm.lead.need", "Need"),
            ("crm.lead.commitment", "Commitment"),
        ):
            facts = self.env[model].with_user(self.rep)
            fact = facts.create({"lead_id": lead.id, "name": "Fewer forms"})
            with self.assertRaisesRegex(ValidationError, f"“{label}” can't be blank"):
                facts.create({"lead_id": lead.id, "name": " \t"})
            with self.assertRaisesRegex(ValidationError, f"“{label}” can't be blank"):
                fact.name = " "

    def test_no_need_is_newer_than_it_is(self):
        need = self.env["crm.lead.need"].with_user(self.rep)
        vals = {"lead_id": self.create_lead().id, "name": "Fewer forms"}
        with self.assertRaisesRegex(AccessError, "state_date"):
            need.create(vals | {"state_date": "9999-01-01 00:00:00"})
        need = need.create(vals)
        with self.assertRaisesRegex(AccessError, "state_date"):
            need.state_date = "9999-01-01 00:00:00"
