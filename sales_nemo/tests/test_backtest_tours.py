"""A profile tried on history, in a real browser."""

from datetime import datetime, time

from odoo import fields
from odoo.tests import HttpCase, tagged

from .test_backtest import FAULTS, BacktestCase


@tagged("post_install", "-at_install")
class TestBacktestTours(BacktestCase, HttpCase):
    def test_try_then_enforce(self):
        self.manager.password = "manager"
        self.env["res.config.settings"].create({"group_use_lead": True}).execute()
        today = datetime.combine(fields.Date.today(), time())
        won = self.create_deals(3, won=True, closed=today)
        self.log(won[0])
        self.log(won[1], **FAULTS["needs_known"])
        lost = self.create_deals(2, won=False, closed=today)
        self.log(lost[0], **FAULTS["needs_known"])
        self.start_tour(
            f"/odoo/crm.qualification.profile/{self.profile.id}",
            "qualification_backtest",
            login="manager",
        )
        self.assertEqual(self.profile.enforcement, "enforce")
