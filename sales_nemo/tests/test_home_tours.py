"""The home page, driven in a real browser."""

from odoo.tests import HttpCase, tagged

from .common import QualificationCase


@tagged("post_install", "-at_install")
class TestHomeTours(QualificationCase, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["res.config.settings"].create({"group_use_lead": True}).execute()
        cls.env["crm.lead"].search([("active", "in", [True, False])]).unlink()
        cls.env["crm.team"].search([]).active = False
        cls.rep.password = "rep"

    def test_home(self):
        fish = self.env["res.partner"].create(
            [{"name": f"Fish {number}", "city": "Coral"} for number in range(3)]
        )
        self.env["crm.team"].create(
            {
                "name": "Divers",
                "user_id": self.rep.id,
                "territory_domain": '[("city", "=", "Coral")]',
            }
        )
        mine = {"user_id": self.rep.id}
        self.create_lead("Silent", **mine)
        self.create_lead("Silent, too", partner_id=fish[0].id, **mine)
        waiting = self.create_lead("Waiting", **mine)
        self.create_qualified_lead("Ready", **mine)
        good = self.create_qualified_lead("Open", **mine)
        good |= self.create_qualified_lead("Won", **mine)
        good.convert_opportunity(False)
        good[1].action_set_won()
        self.env.flush_all()
        # as if they had written: the last word, nothing is read anew afterwards
        waiting.sudo().contact_state = "inbound"
        self.env.flush_all()
        self.start_tour("/odoo/crm", "qualification_home", login="rep")

    def test_empty(self):
        self.start_tour("/odoo/qualification", "qualification_home_empty", login="rep")
        self.assertEqual(self.leads.search([]).name, "Tour lead")
