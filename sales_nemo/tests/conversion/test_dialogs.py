"""Dialogs belong to who opened them: nobody else reads or changes one."""

from odoo.exceptions import AccessError
from odoo.tests import tagged

from ..common import QualificationCase

ADDON = "odoo.addons.sales_nemo"


@tagged("post_install", "-at_install")
class TestDialogs(QualificationCase):
    def get_dialogs(self):
        """Names of the transient models that the addon defines or extends."""
        return sorted(
            name
            for name, model in self.env.registry.items()
            if model._transient
            and any(base.__module__.startswith(ADDON) for base in model.mro())
        )

    def test_each_dialog_is_its_creators(self):
        """Of whatever user: a rule of its own, for reading, too, and for everybody."""
        names = self.get_dialogs()
        self.assertIn("crm.lead2opportunity.partner", names)
        self.assertIn("crm.lead.log.contact", names)
        rules = self.env["ir.rule"].search([("model_id.model", "in", names)])
        owned = rules.filtered(
            lambda rule: (
                rule.domain_force == "[('create_uid', '=', user.id)]"
                and not rule.groups
                and rule.perm_read
                and rule.perm_write
                and rule.perm_unlink
            )
        )
        self.assertEqual(sorted(owned.model_id.mapped("model")), names)

    def test_nobody_changes_what_an_approver_has_open(self):
        lead = self.create_lead()
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.approver)
        dialog = dialogs.with_context(active_id=lead.id, active_ids=lead.ids).create(
            {"lead_id": lead.id, "name": "convert", "action": "create"}
        )
        theirs = dialog.with_user(self.rep)
        for work in (
            lambda: theirs.write({"override_reason": "Mine"}),
            lambda: theirs.write({"need_name": "Mine"}),
            lambda: theirs.read(["name"]),
            lambda: theirs.unlink(),
            lambda: theirs.action_apply(),
        ):
            with self.assertRaises(AccessError), self.env.cr.savepoint():
                work()
        self.assertFalse(theirs.search([("id", "=", dialog.id)]))

    def test_a_manager_overrides_in_no_other_managers_dialog(self):
        lead = self.create_lead()
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(self.manager)
        dialog = dialogs.with_context(active_id=lead.id, active_ids=lead.ids).create(
            {"lead_id": lead.id, "name": "convert", "override_reason": "Mine"}
        )
        # superuser mode sees past record rules
        with self.assertRaises(AccessError), self.env.cr.savepoint():
            dialog.with_user(self.approver).sudo().action_override()
        self.assertEqual(lead.type, "lead")
