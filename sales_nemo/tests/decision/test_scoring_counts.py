"""Predictive scoring counts what a record was closed with, and takes that back."""

from odoo.tests import tagged

from ..evidence.test_live_evidence import EvidenceCase

FIELDS = ("qualification_grade", "contact_state")


@tagged("post_install", "-at_install")
class TestScoring(EvidenceCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("crm.pls_fields", ",".join(FIELDS))
        cls.env["ir.config_parameter"].set_param("crm.pls_start_date", "2020-01-01")
        cls.profile.enforcement = "advise"
        cls.lead.sudo().type = "opportunity"
        # so that nothing of the frequencies is cut off at zero
        for won in (True, False):
            for told in (True, False):
                other = cls.create_lead("Other", type="opportunity").sudo()
                if told:
                    other._log_contact("We talked", "reached")
                other.action_set_won() if won else other.action_set_lost()
        cls.env.flush_all()
        cls.env["crm.lead"].sudo()._rebuild_pls_frequency_table()

    def get_table(self):
        self.env.flush_all()
        found = self.env["crm.lead.scoring.frequency"].sudo().search([])
        found = found.filtered(lambda f: f.variable in FIELDS)
        return {
            (f.variable, f.value): (round(f.won_count), round(f.lost_count))
            for f in found
            if round(f.won_count) or round(f.lost_count)
        }

    def close(self, status):
        lead = self.lead.sudo()
        lead.action_set_won() if status == "won" else lead.action_set_lost()

    def reopen(self):
        lead = self.lead.sudo()
        if lead.active:
            stages = self.env["crm.stage"]
            lead.stage_id = stages.search([("is_won", "=", False)], limit=1)
        else:
            lead.toggle_active()

    def test_mails_between_closing_and_restoring(self):
        before = self.get_table()
        self.assertTrue(before)
        for status in ("won", "lost"):
            self.close(status)
            grade = self.lead.qualification_grade
            self.assertNotEqual(self.get_table(), before)
            self.write_to(self.person)
            self.receive()
            self.lead._log_contact("We talked", "reached")
            self.assertContact("two_way")
            self.assertEqual(self.lead.qualification_grade, grade, "as it was closed")
            self.reopen()
            self.assertEqual(self.get_table(), before, status)
            self.assertNotEqual(self.lead.qualification_grade, grade, "open again")
            self.lead.message_ids.sudo().unlink()

    def test_from_lost_to_won(self):
        before = self.get_table()
        self.close("lost")
        self.lead._log_contact("We talked", "reached")
        self.close("won")
        self.lead.message_ids.sudo().unlink()
        self.reopen()
        self.assertEqual(self.get_table(), before)

    def test_a_table_that_was_rebuilt(self):
        before = self.get_table()
        self.close("lost")
        self.lead._log_contact("We talked", "reached")
        self.env.flush_all()
        self.env["crm.lead"].sudo()._rebuild_pls_frequency_table()
        self.reopen()
        self.assertEqual(self.get_table(), before)
