from odoo import models


class CrmLead(models.Model):
    """Customers are created with a reference."""

    _inherit = "crm.lead"

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        self.env["overriding.call"]._record("_prepare_customer_values", self)
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        return values | {"ref": f"prepared for {self.id}"}
