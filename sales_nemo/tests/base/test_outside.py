"""People outside, to whom other apps give leads: they read nothing of ours, and what
they write is judged all the same."""

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from ..common import QualificationCase

# What a portal user needs to work on leads, as far as Odoo's own code is concerned.
MODELS = (
    "crm.lead",
    "crm.lead.scoring.frequency",
    "crm.lost.reason",
    "crm.stage",
    "crm.tag",
    "crm.team",
)


@tagged("post_install", "-at_install")
class TestOutside(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        group = cls.env.ref("base.group_portal")
        for model in MODELS:
            cls.env["ir.model.access"].create(
                {
                    "name": model,
                    "model_id": cls.env["ir.model"]._get_id(model),
                    "group_id": group.id,
                    "perm_read": True,
                    "perm_write": True,
                    "perm_create": True,
                }
            )
        cls.outsider = new_test_user(cls.env, "outsider", groups="base.group_portal")
        cls.lead = cls.create_lead(user=cls.rep, contact_name="Ann")
        cls.opportunity = cls.create_lead("Direct", type="opportunity")
        cls.env.flush_all()

    def get_fields(self, model):
        """The fields that this addon adds to a model."""
        return [
            field
            for field in self.env[model]._fields.values()
            if field._modules[:1] == ("sales_nemo",)
        ]

    def get_stage(self, is_won):
        return self.env["crm.stage"].search([("is_won", "=", is_won)], limit=1)

    def by_outsider(self, records):
        """Records as the portal user has them, with nothing in memory."""
        self.env.flush_all()
        self.env.invalidate_all()
        return records.with_user(self.outsider)

    # ------------------------------------------------------------
    # READ
    # ------------------------------------------------------------

    def test_every_field_names_its_groups(self):
        for model in ("crm.lead", "res.partner"):
            ours = self.get_fields(model)
            self.assertGreater(len(ours), 15)
            self.assertFalse([field.name for field in ours if not field.groups])

    @mute_logger("odoo.models", "odoo.addons.base.models.ir_model")
    def test_no_field_is_read(self):
        for record in (self.lead, self.outsider.partner_id):
            theirs = self.by_outsider(record)
            told = theirs.fields_get()
            for field in self.get_fields(record._name):
                self.assertNotIn(field.name, told)
                with self.assertRaises(AccessError):
                    theirs.read([field.name])
                with self.assertRaises(AccessError):
                    self.assertIsNone(theirs[field.name])

    def test_nothing_is_searched_by(self):
        leads = self.by_outsider(self.lead)
        with self.assertRaises(AccessError):
            leads.search([("qualification_grade", "!=", False)])
        with self.assertRaises(AccessError):
            leads.search([], order="contact_waiting_since")
        with self.assertRaises(AccessError):
            leads.formatted_read_group([], ["contact_state"], ["__count"])

    def test_nothing_is_written(self):
        for values in ({"lost_feedback": "Bad"}, {"recycle_to": "never"}):
            with self.assertRaises(AccessError):
                self.by_outsider(self.lead).write(values)

    # ------------------------------------------------------------
    # WRITE
    # ------------------------------------------------------------

    def test_a_lead_stays_a_lead(self):
        self.by_outsider(self.lead).write({"type": "opportunity"})
        self.assertEqual(self.lead.type, "lead")
        self.assertIn("Not converted", self.lead.message_ids[0].body)

    def test_converting(self):
        self.add_facts(self.lead)
        self.by_outsider(self.lead).convert_opportunity(False)
        self.assertEqual(self.lead.qualification_state, "qualified")

    def test_an_opportunity_is_flagged(self):
        values = {"name": "Theirs", "type": "opportunity", "user_id": self.rep.id}
        lead = self.by_outsider(self.env["crm.lead"]).create(values)
        lead = lead.with_user(self.rep)
        self.assertEqual(lead.qualification_state, "flagged")
        self.assertTrue(lead.qualification_deadline)

    def test_an_opportunity_is_written(self):
        self.by_outsider(self.opportunity).write({"phone": "+32 2 555 12 34"})
        self.assertEqual(self.opportunity.phone, "+32 2 555 12 34")

    def test_a_lead_changes_its_team(self):
        team = self.env["crm.team"].create({"name": "Other"})
        self.by_outsider(self.lead).write({"team_id": team.id})
        self.assertEqual(self.lead.sudo().team_id, team)

    def test_no_pool_is_emptied(self):
        team = self.env["crm.team"].create({"name": "Other"})
        pooled = self.lead.sudo()
        pooled.write({"is_pooled": True, "user_id": False})
        with self.assertRaisesRegex(UserError, "up for grabs"):
            self.by_outsider(self.lead).write({"team_id": team.id})

    def test_winning_and_opening_again(self):
        deadline = self.opportunity.qualification_deadline
        self.by_outsider(self.opportunity).write({"stage_id": self.get_stage(True).id})
        log = self.opportunity.sudo().qualification_decision_ids
        self.assertIn("won", log.mapped("path"))
        self.by_outsider(self.opportunity).write({"stage_id": self.get_stage(False).id})
        self.assertEqual(self.opportunity.qualification_deadline, deadline)

    def test_losing_and_restoring(self):
        reason = self.env["crm.lost.reason"].create(
            {"name": "Later", "recycle_to": "same", "recycle_days": 30}
        )
        self.by_outsider(self.opportunity).action_set_lost(lost_reason_id=reason.id)
        self.assertTrue(self.opportunity.recycle_date)
        self.by_outsider(self.opportunity).action_unarchive()
        self.assertFalse(self.opportunity.recycle_date)
        self.assertEqual(self.opportunity.qualification_state, "flagged")
