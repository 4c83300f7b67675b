from odoo import models


class CrmLead(models.Model):
    """Customers know the lead that they were last assigned to."""

    _inherit = "crm.lead"

    def _handle_partner_assignment(
        self, force_partner_id=False, create_missing=True, with_parent=None
    ):
        self.env["overriding.call"]._record("_handle_partner_assignment", self)
        res = super()._handle_partner_assignment(
            force_partner_id=force_partner_id,
            create_missing=create_missing,
            with_parent=with_parent,
        )
        for lead in self:
            lead.partner_id.ref = f"assigned to {lead.id}"
        return res
