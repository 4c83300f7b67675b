"""Values that only the gate's own code writes, sent by clients all the same."""

from ast import literal_eval

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestAttacksByValues(QualificationCase):
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

    def test_no_default_of_a_user_gets_into_what_is_kept(self):
        """What was asked for and published is written in superuser mode, too."""
        defaults = self.env["ir.default"]
        old = "2020-01-01 00:00:00"
        for user, model, name, value in (
            (self.rep, "crm.qualification.exception", "state", "granted"),
            (self.rep, "crm.qualification.exception", "answer", "Sure"),
            (self.rep, "crm.qualification.exception", "date", old),
            (self.manager, "crm.qualification.version", "date", old),
        ):
            defaults.with_user(user).set(model, name, value, user_id=True)
        lead = self.create_lead()
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.rep)
        dialog = dialogs.with_context(active_id=lead.id).create(
            {"lead_id": lead.id, "override_reason": "They sign"}
        )
        dialog.with_context(default_answer="Sure").action_ask_exception()
        asked = lead.sudo().qualification_exception_id
        self.assertEqual((asked.state, asked.answer), ("asked", False))
        self.assertEqual(asked.date.date(), fields.Date.today())
        profile = self.profile.with_user(self.manager)
        profile.with_context(default_date=old).action_advise()
        self.assertEqual(profile.version_id.date.date(), fields.Date.today())

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

    def test_no_context_chooses_the_profile(self):
        """What is kept in memory for everybody doesn't depend on who asked first."""
        self.env["crm.qualification.profile"].create(
            {
                "name": "Old",
                "state": "published",
                "sequence": -9,
                "enforcement": "off",
                "active": False,
            }
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
