from odoo import models


class CrmLead(models.Model):
    """Opportunities say that they were converted."""

    _inherit = "crm.lead"

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        self.env["overriding.call"]._record("convert_opportunity", self)
        res = super().convert_opportunity(partner, user_ids=user_ids, team_id=team_id)
        for lead in self:
            lead.referred = f"converted {lead.id}, {lead.type}"
        return res
