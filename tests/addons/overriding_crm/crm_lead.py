from odoo import Command, models


class CrmLead(models.Model):
    """Each step of the conversion says that another addon had its hand in it.

    The test has one of these methods in place at a time, and takes off the others.
    """

    _inherit = "crm.lead"

    def _create_customer(self, with_parent=None):
        """Customers get a reference when they have been created."""
        self.env["overriding.call"]._record("_create_customer", self)
        customer = super()._create_customer(with_parent=with_parent)
        customer.ref = f"created for {self.id}"
        return customer

    def _prepare_customer_values(self, partner_name, is_company=False, parent_id=False):
        """Customers are created with a reference."""
        self.env["overriding.call"]._record("_prepare_customer_values", self)
        values = super()._prepare_customer_values(
            partner_name, is_company=is_company, parent_id=parent_id
        )
        return values | {"ref": f"prepared for {self.id}"}

    def _convert_opportunity_data(self, customer, team_id=False):
        """Opportunities get a tag, and a text of their own."""
        self.env["overriding.call"]._record("_convert_opportunity_data", self)
        values = super()._convert_opportunity_data(customer, team_id=team_id)
        tag = self.env["crm.tag"].search([], limit=1)
        values["tag_ids"] = [Command.link(tag.id)]
        if self.id % 2:
            values["referred"] = f"converted {self.id} for {customer.name}"
        return values

    def _handle_partner_assignment(
        self, force_partner_id=False, create_missing=True, with_parent=None
    ):
        """Customers know the lead that they were last assigned to."""
        self.env["overriding.call"]._record("_handle_partner_assignment", self)
        res = super()._handle_partner_assignment(
            force_partner_id=force_partner_id,
            create_missing=create_missing,
            with_parent=with_parent,
        )
        for lead in self:
            lead.partner_id.ref = f"assigned to {lead.id}"
        return res

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        """Opportunities say that they were converted."""
        self.env["overriding.call"]._record("convert_opportunity", self)
        res = super().convert_opportunity(partner, user_ids=user_ids, team_id=team_id)
        for lead in self:
            lead.referred = f"converted {lead.id}, {lead.type}"
        return res
