"""The lift of criteria, in a real browser."""

from odoo.tests import HttpCase, tagged

from .test_backtest import BacktestCase


@tagged("post_install", "-at_install")
class TestLiftTours(BacktestCase, HttpCase):
    def test_chart_and_list(self):
        self.rep.password = "rep"
        self.env["ir.config_parameter"].set_param("sales_nemo.lift_sample_min", "2")
        won = self.create_deals(3, won=True)
        lost = self.create_deals(2, won=False)
        for deal in won | lost[0]:
            deal.with_user(self.rep).save_qualification_answer(self.budget.id, "yes")
        lost[1].with_user(self.rep).save_qualification_answer(self.budget.id, "no")
        self.start_tour("/odoo/crm", "qualification_lift", login="rep")
