from odoo import Command, models


class CrmLead(models.Model):
    """Opportunities get a tag, and a text of their own."""

    _inherit = "crm.lead"

    def _convert_opportunity_data(self, customer, team_id=False):
        self.env["overriding.call"]._record("_convert_opportunity_data", self)
        values = super()._convert_opportunity_data(customer, team_id=team_id)
        tag = self.env["crm.tag"].search([], limit=1)
        values["tag_ids"] = [Command.link(tag.id)]
        if self.id % 2:
            values["referred"] = f"converted {self.id} for {customer.name}"
        return values
