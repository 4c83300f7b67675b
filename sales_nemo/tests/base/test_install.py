"""How the addon starts: gently on live data, with the gate closed on an empty one."""

from unittest.mock import patch

from odoo.tests import tagged
from odoo.tools import convert_file

from ...hooks import post_init_hook, uninstall_hook
from ..common import QualificationCase


@tagged("post_install", "-at_install")
class TestInstall(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.standard = cls.env.ref("sales_nemo.crm_qualification_profile_default")
        cls.standard.write({"active": True, "enforcement": "enforce"})
        cls.users = cls.env.ref("base.group_user")
        cls.use_leads = cls.env.ref("crm.group_use_lead")
        parameters = cls.env["ir.config_parameter"]
        parameters.search([("key", "=like", "sales_nemo.lost_reason%")]).unlink()

    def switch_leads_off(self):
        self.env["res.config.settings"].create({"group_use_lead": False}).execute()
        self.assertNotIn(self.use_leads, self.users.implied_ids)

    def test_empty_database(self):
        self.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        self.switch_leads_off()
        post_init_hook(self.env)
        self.assertEqual(self.standard.enforcement, "enforce")
        self.assertIn(self.use_leads, self.users.implied_ids)
        teams = self.env["crm.team"].search([("use_opportunities", "=", True)])
        self.assertTrue(teams)
        self.assertTrue(all(teams.mapped("use_leads")), "as the settings page does it")
        asked = self.env["crm.lead"]._get_types_with_reason()
        self.assertEqual(asked, {"opportunity"})

    def test_live_database(self):
        self.create_lead()
        self.switch_leads_off()
        post_init_hook(self.env)
        self.assertEqual(self.standard.enforcement, "advise")
        self.assertNotIn(self.use_leads, self.users.implied_ids)
        asked = self.env["crm.lead"]._get_types_with_reason()
        self.assertFalse(asked, "nobody has to say more than before")

    def create_demo_lead(self, module="crm"):
        self.env.ref("base.module_crm").demo = True
        lead = self.create_lead()
        self.env["ir.model.data"].create(
            {
                "module": module,
                "name": "a_demo_lead",
                "model": "crm.lead",
                "res_id": lead.id,
            }
        )

    def test_demo_database(self):
        self.create_demo_lead()
        self.switch_leads_off()
        post_init_hook(self.env)
        self.assertEqual(self.standard.enforcement, "enforce")
        self.assertIn(self.use_leads, self.users.implied_ids)

    def test_leads_imported_under_names_of_their_own_are_no_demo(self):
        self.create_demo_lead("legacy")
        self.switch_leads_off()
        post_init_hook(self.env)
        self.assertEqual(self.standard.enforcement, "advise")

    def test_demo_data_beside_own_leads(self):
        self.create_demo_lead()
        self.create_lead()
        self.switch_leads_off()
        post_init_hook(self.env)
        self.assertEqual(self.standard.enforcement, "advise")
        self.assertNotIn(self.use_leads, self.users.implied_ids)

    def read_schema(self):
        """Indexes and constraints of the leads, by name."""
        self.env.cr.execute(
            """
            SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'crm_lead'
             UNION ALL
            SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
             WHERE conrelid = 'crm_lead'::regclass
            """
        )
        return dict(self.env.cr.fetchall())

    def test_indexes_and_foreign_keys_are_back_in_the_end(self):
        self.create_lead()
        evidence = self.registry["crm.contact.evidence"]
        original = evidence._read_history
        during = {}

        def _read_history(model):
            during.update(self.read_schema())
            return original(model)

        before = self.read_schema()
        with patch.object(evidence, "_read_history", _read_history):
            post_init_hook(self.env)
        self.assertEqual(self.read_schema(), before)
        self.assertEqual(
            before.keys() - during.keys(),
            {
                "crm_lead_email_idx",
                "crm_lead_waiting_order_idx",
                "crm_lead__contact_message_id_index",
                "crm_lead__contact_event_id_index",
                "crm_lead_contact_message_id_fkey",
                "crm_lead_contact_event_id_fkey",
            },
        )

    def test_shipped_profile(self):
        self.assertTrue(self.standard.check_reachable)
        self.assertEqual(self.standard.contact_required, "two_way")
        self.assertEqual(self.standard.needs_required, 1)
        self.assertEqual(self.standard.commitments_required, 1)
        self.assertTrue(self.standard.criterion_ids)


@tagged("post_install", "-at_install")
class TestLostReasons(QualificationCase):
    """What usually returns, where Odoo's own reasons are as Odoo made them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        reasons = cls.env["crm.lost.reason"].with_context(active_test=False)
        cls.dear, *others = (cls.env.ref(f"crm.lost_reason_{n}") for n in (1, 2, 3))
        cls.ours = reasons.browse(
            cls.env.ref(f"sales_nemo.lost_reason_{name}").id
            for name in (
                "no_budget",
                "bad_timing",
                "no_decision",
                "unreachable",
                "competitor",
                "not_a_fit",
                "spam",
            )
        )
        stock = cls.dear.union(*others)
        (reasons.search([]) - stock - cls.ours).unlink()
        cls.dear.write({"recycle_to": "never", "recycle_days": 90})

    def load(self):
        """What an installation, or the upgrade to 19.0.1.8.0, loads."""
        data = "data/crm_lost_reason_data.xml"
        convert_file(self.env, "sales_nemo", data, {}, mode="init", noupdate=True)

    def test_stock_reasons_propose_a_return(self):
        self.load()
        reasons = self.dear | self.ours
        self.assertTrue(all(reasons.mapped("active")))
        self.assertEqual(
            [(reason.recycle_to, reason.recycle_days) for reason in reasons],
            [
                ("same", 180),
                ("same", 180),
                ("same", 90),
                ("other", 60),
                ("pool", 30),
                ("same", 365),
                ("never", 90),
                ("never", 90),
            ],
        )

    def test_a_list_of_ones_own_stays_as_it_is(self):
        for touched in (
            {"name": "Price"},
            {"recycle_to": "pool"},
            {"recycle_to": "same", "recycle_days": 7},
        ):
            with self.subTest(touched=touched):
                self.dear.write(
                    {"name": "Too expensive", "recycle_to": "never", "recycle_days": 90}
                    | touched
                )
                before = self.dear.read(["name", "recycle_to", "recycle_days"])
                self.load()
                after = self.dear.read(["name", "recycle_to", "recycle_days"])
                self.assertEqual(after, before)
                self.assertFalse(any(self.ours.mapped("active")))

    def test_where_somebody_added_a_reason_ours_are_archived(self):
        self.dear.create({"name": "Wrong colour"})
        self.load()
        self.assertFalse(any(self.ours.mapped("active")))

    def test_a_deleted_stock_reason_is_not_missed(self):
        self.dear.unlink()
        self.load()
        self.assertTrue(all(self.ours.mapped("active")))

    def test_what_was_lost_keeps_its_reason_when_the_addon_goes(self):
        used, unused = self.ours[:2]
        self.create_lead().action_set_lost(lost_reason_id=used.id)
        uninstall_hook(self.env)
        known = self.env["ir.model.data"].search([("model", "=", used._name)])
        removed = known.filtered(lambda one: one.module == "sales_nemo").mapped(
            "res_id"
        )
        self.assertNotIn(used.id, removed)
        self.assertIn(unused.id, removed, "Odoo deletes it")


@tagged("post_install", "-at_install")
class TestStartPage(QualificationCase):
    """CRM opens on the home page where a setting says so."""

    def open_crm(self):
        """The action that the web client opens for CRM."""
        root = self.env.ref("crm.crm_menu_root")
        menus = self.env["ir.ui.menu"].with_user(self.rep).load_web_menus(False)
        return menus[root.id]["actionID"]

    def save(self, **values):
        self.env["res.config.settings"].create(values).execute()

    def test_the_setting_is_reversible(self):
        home = self.env.ref("sales_nemo.qualification_home_action")
        pipeline = self.open_crm()
        self.assertNotEqual(pipeline, home.id)
        self.save(group_qualification_start=True)
        self.assertEqual(self.open_crm(), home.id)
        self.save()
        self.assertEqual(self.open_crm(), home.id, "other settings leave it")
        self.save(group_qualification_start=False)
        self.assertEqual(self.open_crm(), pipeline)
