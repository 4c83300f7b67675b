from odoo.tests import tagged

from odoo.addons.sales_nemo.tests.common import QualificationCase


@tagged("post_install", "-at_install")
class TestCheck(QualificationCase):
    def test_who_was_never_called_is_blocked(self):
        lead = self.create_qualified_lead()
        self.assertEqual(lead.qualification_state, "blocked")
        self.env["crm.phonecall"].with_user(self.rep).create(
            {"name": "Hello", "lead_id": lead.id, "state": "held"}
        )
        self.assertEqual(lead.qualification_state, "ready")
