"""A contact, and how its deals are lost and come back, for the tests of recycling."""

from datetime import datetime, timedelta
from unittest.mock import patch

from odoo import fields

from .test_losing import LosingCase


class RecyclingCase(LosingCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.all_leads = cls.env["crm.lead"].with_context(active_test=False)
        cls.account = cls.env["res.partner"].create(
            {"name": "Account", "is_company": True, "city": "Ghent"}
        )
        cls.person = cls.env["res.partner"].create(
            {
                "name": "Ann",
                "parent_id": cls.account.id,
                "email": "ann@account.example",
                "phone": "+32 2 555 12 34",
            }
        )

    @classmethod
    def lose(cls, leads, reason=None, days_ago=40, **plan):
        """Lose records so many days ago, with a plan whose day is there."""
        values = {"lost_reason_id": (reason or cls.badly).id, **plan}
        leads.action_set_lost(**values)
        past = datetime.now() - timedelta(days=days_ago)
        leads.sudo().write({"date_closed": past, "recycle_date": fields.Date.today()})
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = create_date - interval '90 days'"
            " WHERE id = ANY(%s)",
            [leads.ids],
        )
        leads.invalidate_recordset(["create_date"])
        return leads

    def run_cron(self):
        """Let the scheduled action run; what it commits stays in the test."""
        with patch.object(self.env.cr, "commit", self.env.flush_all):
            self.env["crm.lead"]._cron_recycle()

    def recycle(self, lost):
        """The lead that continues a lost record."""
        self.run_cron()
        return lost.sudo().recycled_lead_ids.with_env(self.env)
