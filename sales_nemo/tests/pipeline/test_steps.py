"""When a lead was first in touch and first qualified: set once, and kept."""

import importlib.util
from datetime import datetime, timedelta

from odoo import fields
from odoo.exceptions import AccessError
from odoo.tests import Form, tagged
from odoo.tools import file_path

from ...models.pipeline.crm_lead_steps import STEP_COLUMNS
from ..common import QualificationCase

MIGRATION = "sales_nemo/migrations/19.0.1.6.6/post-steps.py"
LONG_AGO = datetime(2026, 1, 5, 12, 0)


@tagged("post_install", "-at_install")
class TestSteps(QualificationCase):
    def set_dates(self, lead, **dates):
        """Put dates in the past, as if they had been set then."""
        self.env.flush_all()
        for name, date in dates.items():
            self.env.cr.execute(
                f"UPDATE crm_lead SET {name} = %s WHERE id = %s", (date, lead.id)
            )
        self.env.invalidate_all()

    def get_dates(self, lead):
        self.env.flush_all()
        self.env.invalidate_all()
        return tuple(lead[name] for name in STEP_COLUMNS)

    def test_nothing_is_known_of_a_new_lead(self):
        self.assertEqual(self.get_dates(self.create_lead()), (False, False))

    def test_contacted(self):
        lead = self.create_lead()
        said = fields.Datetime.now() - timedelta(days=3)
        lead._log_contact("Nobody there", "no_answer")
        self.assertEqual(self.get_dates(lead), (False, False))
        lead._log_contact("We talked", "reached", date=said)
        self.assertEqual(self.get_dates(lead), (said, False))
        lead._log_contact("We talked again", "reached")
        self.assertGreater(lead.contact_date, said)
        self.assertEqual(self.get_dates(lead), (said, False))

    def test_contact_that_is_taken_back(self):
        lead = self.create_lead()
        message = lead._log_contact("We talked", "reached")
        dates = self.get_dates(lead)
        self.assertTrue(dates[0])
        message.sudo().unlink()
        self.assertEqual(lead.contact_state, "none")
        self.assertEqual(self.get_dates(lead), dates)

    def test_qualified_as_a_lead(self):
        lead = self.create_qualified_lead()
        lead.save_qualification_answer(self.budget.id, "yes")
        self.assertEqual(lead.qualification_state, "ready")
        self.assertEqual(self.get_dates(lead)[1], self.env.cr.now())

    def test_kept_through_conversion_loss_and_return(self):
        lead = self.create_qualified_lead()
        self.env.flush_all()
        self.set_dates(
            lead, contacted_date=LONG_AGO, qualified_date=LONG_AGO + timedelta(days=2)
        )
        dates = self.get_dates(lead)
        lead.qualification_need_ids.state = "suspected"
        self.assertEqual(lead.qualification_state, "blocked")
        self.assertEqual(self.get_dates(lead), dates, "no longer qualified")
        lead.qualification_need_ids.state = "confirmed"
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(self.get_dates(lead), dates, "converted")
        lead.action_set_lost()
        self.assertEqual(self.get_dates(lead), dates, "lost")
        lead.action_unarchive()
        self.assertEqual(self.get_dates(lead), dates, "restored")
        lead.action_set_won()
        self.assertEqual(self.get_dates(lead), dates, "won")
        lead.sudo().write({"type": "lead", "stage_id": self.get_first_stage().id})
        self.assertEqual(self.get_dates(lead), dates, "a lead again")

    def get_first_stage(self):
        return self.env["crm.stage"].search([("is_won", "=", False)], limit=1)

    def test_overridden_is_not_qualified(self):
        lead = self.create_lead(user=self.approver)
        refused = lead._decide_entry("wizard", override_reason="Trust me")
        self.assertFalse(refused)
        lead.type = "opportunity"
        self.assertEqual(lead.qualification_state, "overridden")
        self.assertFalse(self.get_dates(lead)[1])

    def test_flagged_is_qualified_when_it_is_settled(self):
        opportunity = self.create_lead(type="opportunity")
        self.assertEqual(opportunity.qualification_state, "flagged")
        self.assertFalse(self.get_dates(opportunity)[1])
        self.add_facts(opportunity)
        decision = opportunity.sudo().qualification_decision_id
        self.assertEqual(decision.outcome, "settled")
        self.assertEqual(self.get_dates(opportunity)[1], self.env.cr.now())

    def test_copy_starts_anew(self):
        lead = self.create_qualified_lead()
        self.assertTrue(all(self.get_dates(lead)))
        self.assertEqual(self.get_dates(lead.copy()), (False, False))

    def test_form_shows_what_is_stored(self):
        lead = self.create_qualified_lead()
        dates = self.get_dates(lead)
        with Form(lead) as form:
            form.phone = "+32 2 555 00 00"
        self.assertEqual(self.get_dates(lead), dates)

    def test_written_by_code_only(self):
        lead = self.create_lead()
        for user in (self.rep, self.rep_all, self.approver, self.manager):
            for name in STEP_COLUMNS:
                values = {name: "2026-01-01"}
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    lead.with_user(user).write(values)
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    self.create_lead(user=user, **values)
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    lead.with_user(user).web_save(values, {})
        self.assertEqual(self.get_dates(lead), (False, False))

    # ------------------------------------------------------------
    # MERGES
    # ------------------------------------------------------------

    def merge(self, first, second):
        both = first | second
        # sudo: this is not about who may merge
        merged = both.sudo()._merge_opportunity(auto_unlink=False)
        return merged, both - merged

    def test_of_merged_ones_the_earliest(self):
        early, late = self.create_qualified_lead(), self.create_qualified_lead()
        later = LONG_AGO + timedelta(days=9)
        self.set_dates(early, contacted_date=LONG_AGO, qualified_date=later)
        self.set_dates(late, contacted_date=later, qualified_date=LONG_AGO)
        merged, _gone = self.merge(early, late)
        self.assertEqual(self.get_dates(merged), (LONG_AGO, LONG_AGO))

    def test_merging_with_one_that_knows_nothing(self):
        known, unknown = self.create_qualified_lead(), self.create_lead()
        self.set_dates(known, contacted_date=LONG_AGO, qualified_date=LONG_AGO)
        merged, _gone = self.merge(unknown, known)
        self.assertEqual(self.get_dates(merged), (LONG_AGO, LONG_AGO))

    # ------------------------------------------------------------
    # HISTORY
    # ------------------------------------------------------------

    def migrate(self):
        """Read the dates, as an update from before there were such dates does."""
        spec = importlib.util.spec_from_file_location("steps", file_path(MIGRATION))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.6.5")

    def test_read_from_what_is_stored(self):
        """An existing database, as each of its leads was left."""
        never = self.create_lead()
        talked = self.create_lead()
        talked._log_contact("We talked", "reached")
        converted = self.create_qualified_lead()
        converted.convert_opportunity(converted.partner_id)
        ready = self.create_qualified_lead()
        overridden = self.create_lead(user=self.approver)
        overridden._decide_entry("wizard", override_reason="Trust me")
        overridden.type = "opportunity"
        old = self.create_qualified_lead()
        self.set_dates(old, contacted_date=LONG_AGO, qualified_date=LONG_AGO)
        for lead in (never, talked, converted, ready, overridden):
            self.set_dates(lead, contacted_date=None, qualified_date=None)
        self.env.cr.execute(
            "UPDATE crm_qualification_decision SET date = %s WHERE lead_id = %s",
            (LONG_AGO, converted.id),
        )
        self.migrate()
        self.assertGreaterEqual(self.env.cr.rowcount, 3)
        now = self.env.cr.now()
        self.assertEqual(self.get_dates(never), (False, False))
        self.assertEqual(self.get_dates(talked), (talked.contact_date, False))
        self.assertEqual(self.get_dates(converted), (converted.contact_date, LONG_AGO))
        self.assertEqual(self.get_dates(ready), (ready.contact_date, now))
        self.assertEqual(self.get_dates(overridden), (False, False))
        self.assertEqual(self.get_dates(old), (LONG_AGO, LONG_AGO))
        self.migrate()
        self.assertEqual(self.env.cr.rowcount, 0, "nothing is written twice")

    def test_read_with_the_history_of_contacts(self):
        lead = self.create_lead()
        lead._log_contact("We talked", "reached")
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET contact_state = 'none', contact_date = NULL,"
            " contacted_date = NULL WHERE id = %s",
            (lead.id,),
        )
        self.env.invalidate_all()
        self.env["crm.contact.evidence"]._read_history()
        self.assertEqual(self.get_dates(lead), (lead.contact_date, False))
        self.assertTrue(lead.contact_date)

    # ------------------------------------------------------------
    # QUERIES
    # ------------------------------------------------------------

    def test_queries_do_not_grow(self):
        leads = self.env["crm.lead"].create(
            [{"name": f"Lead {n}", "type": "lead"} for n in range(50)]
        )
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_lead SET contact_state = 'two_way', contact_date = %s,"
            " qualification_state = 'ready' WHERE id = ANY(%s)",
            (LONG_AGO, leads.ids),
        )

        def work(some):
            for name in STEP_COLUMNS:
                some._compute_again(name)

        one = self.count_queries(lambda: work(leads[0]))
        many = self.count_queries(lambda: work(leads[1:]))
        self.assertEqual(many, one)
        self.assertEqual(set(leads.mapped("contacted_date")), {LONG_AGO})
        self.assertEqual(set(leads.mapped("qualified_date")), {self.env.cr.now()})
