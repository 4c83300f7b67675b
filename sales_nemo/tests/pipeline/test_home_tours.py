"""The home page, driven in a real browser."""

from ast import literal_eval

from odoo.tests import tagged

from ..common import QualificationCase
from ..tour_case import TourCase


@tagged("post_install", "-at_install")
class TestHomeTours(QualificationCase, TourCase):
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
        self.create_qualified_lead("Asked", **mine)
        self.create_lead("Silent, too", partner_id=fish[0].id, **mine)
        waiting = self.create_lead("Waiting", **mine)
        ready = self.create_qualified_lead("Ready", **mine)
        ready.save_qualification_answer(self.budget.id, "yes")
        good = self.create_qualified_lead("Open", **mine)
        good |= self.create_qualified_lead("Won", **mine)
        good.convert_opportunity(False)
        good[1].action_set_won()
        self.budget.requirement = "met"
        self.env.flush_all()
        # as if they had written: the last word, nothing is read anew afterwards
        waiting.sudo().contact_state = "inbound"
        self.env.flush_all()
        self.start_tour("/odoo/crm", "qualification_home", login="rep")

    def test_first_lead(self):
        """Where the page sends one without leads, a lead of the page's is made."""
        page = self.env["crm.qualification.home"]
        self.assertTrue(page.get_home()["is_empty"])
        action = self.env["ir.actions.act_window"]._for_xml_id("crm.crm_lead_all_leads")
        context = literal_eval(action["context"].strip())
        self.leads.with_context(**context).create({"name": "First"})
        home = page.get_home()
        self.assertFalse(home["is_empty"])
        numbers = [number for step in home["steps"] for number in step["numbers"]]
        silent = [number["count"] for number in numbers if number["key"] == "silent"]
        self.assertEqual(silent, [1])


@tagged("post_install", "-at_install")
class TestStartTour(TourCase):
    def test_start(self):
        settings = self.env["res.config.settings"]
        settings.create({"group_use_lead": False}).execute()
        versions = self.env["crm.qualification.version"]
        known = versions.search([])
        self.start_tour("/odoo/qualification", "qualification_start", login="admin")
        [published] = versions.search([]) - known
        self.assertEqual(published.profile_id.name, "BANT")
        self.assertEqual(published.profile_id.state, "published")
        start = self.env["crm.qualification.home"].with_user(published.user_id)
        self.assertFalse(start.get_start())
