"""Who reads and who writes the lifecycle."""

from unittest.mock import patch

from odoo.exceptions import AccessError
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..common import SALES, SALES_MANAGER
from .lifecycle_case import LifecycleCase

PARTNER_MANAGER = "base.group_partner_manager"
FIELDS = ["crm_lifecycle", "crm_in_progress", "crm_heard_date"]


@tagged("post_install", "-at_install")
class TestAccess(LifecycleCase):
    def test_who_manages_users_only_creates_one(self):
        groups = "base.group_system,base.group_erp_manager"
        admin = new_test_user(self.env, "system", groups=groups)
        self.assertFalse(admin.has_group("sales_team.group_sale_salesman"))
        users = self.env["res.users"].with_user(admin)
        user = users.create({"name": "New", "login": "new_user"})
        self.assertEqual(user.sudo().partner_id.crm_lifecycle, "prospect")

    def test_clients_write_none_of_it(self):
        user = new_test_user(
            self.env, "sales_contacts", groups=f"{SALES_MANAGER},{PARTNER_MANAGER}"
        )
        partners = self.env["res.partner"].with_user(user)
        ann = self.ann.with_user(user)
        ann.name = "Anne"
        for name, value in (
            ("crm_lifecycle", "customer"),
            ("crm_in_progress", True),
            ("crm_heard_date", "2026-01-01 00:00:00"),
        ):
            for walk in (
                lambda n=name, v=value: ann.write({n: v}),
                lambda n=name, v=value: partners.create({"name": "x", n: v}),
                lambda n=name, v=value: partners.with_context(
                    **{f"default_{n}": v}
                ).create({"name": "x"}),
                lambda n=name, v=value: ann.web_save({n: v}, specification={}),
            ):
                with self.subTest(field=name), mute_logger("odoo.orm.models"):
                    with self.assertRaises(AccessError), self.env.cr.savepoint():
                        walk()
        with mute_logger("odoo.orm.models"):
            loaded = partners.load(["name", "crm_lifecycle"], [["x", "Customer"]])
        self.assertFalse(loaded["ids"])
        self.assertLifecycle("prospect", self.ann)

    def test_members_are_no_way_around(self):
        """Nor through the account's list of people."""
        user = new_test_user(
            self.env, "sales_contacts", groups=f"{SALES},{PARTNER_MANAGER}"
        )
        account = self.account.with_user(user)
        change = (1, self.ann.id, {"crm_lifecycle": "customer"})
        # Odoo runs such commands as the user whose request it is
        request = patch.object(self.env.transaction, "default_env", account.env)
        for name in ("child_ids", "commercial_member_ids"):
            with self.subTest(field=name), request, mute_logger("odoo.orm.models"):
                with self.assertRaises(AccessError), self.env.cr.savepoint():
                    account.write({name: [change]})

    def test_without_sales_rights(self):
        """Partners are read, written, created and moved as without the addon."""
        self.add_lead(self.ann)
        self.clerk.group_ids += self.env.ref(PARTNER_MANAGER)
        self.env.flush_all()
        self.env.invalidate_all()
        ann = self.ann.with_user(self.clerk)
        known = ann.fields_get()
        self.assertFalse(set(FIELDS) & set(known))
        columns = [
            name
            for name, field in known.items()
            if field["store"] and not field["type"].endswith("2many")
        ]
        self.assertEqual(ann.read(columns)[0]["name"], "Ann")
        self.assertTrue(ann.search_read([("id", "=", ann.id)], columns))
        with self.assertRaises(AccessError):
            ann.read(["crm_lifecycle"])
        ann.parent_id = self.rival.id
        self.assertLifecycle("lead", self.rival)
        ann.is_company = True
        self.assertLifecycle("prospect", self.rival)
        new = ann.create({"name": "Zoe", "parent_id": self.account.id})
        self.assertLifecycle("prospect", new.sudo(), self.account)
        ann.copy()
        new.unlink()

    def test_form_without_sales_rights(self):
        self.clerk.group_ids += self.env.ref(PARTNER_MANAGER)
        with Form(self.env["res.partner"].with_user(self.clerk)) as form:
            form.name = "Zoe"
        self.assertLifecycle("prospect", form.record.sudo())

    def test_form_of_a_salesperson(self):
        self.rep.group_ids += self.env.ref(PARTNER_MANAGER)
        self.add_lead(self.ann, user_id=self.rep.id)
        with Form(self.ann.with_user(self.rep)) as form:
            form.function = "Head of IT"
        self.assertLifecycle("lead", self.ann, self.account)

    def test_colleagues_leads_count(self):
        """The lifecycle is the company's, not that of the leads that one may see."""
        self.add_lead(self.ann, "opportunity", user_id=self.rep_all.id)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.ann.with_user(self.rep).crm_lifecycle, "opportunity")

    def test_a_rep_changes_what_the_rep_does_not_see_all_of(self):
        mine = self.add_lead(self.ann, user_id=self.rep.id)
        self.add_lead(self.bob, "opportunity", user_id=self.rep_all.id)
        mine.with_user(self.rep).action_set_lost()
        self.assertLifecycle("opportunity", self.account, self.bob)
        self.assertLifecycle("lost", self.ann)
