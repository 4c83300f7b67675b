from odoo import models


class CrmTeam(models.Model):
    _inherit = "crm.team"

    def _assign_and_convert_leads(self, force_quota=False):
        """Assign as Odoo does; leads that don't pass the gate stay leads.

        Odoo's loop has no ``try``: a refusal must not leave it as an exception.
        """
        # The mark turns "refuse by raising" into "leave it a lead"; it opens nothing.
        assigning = self.with_context(qualification_refuse_quietly="assignment")
        return super(CrmTeam, assigning)._assign_and_convert_leads(
            force_quota=force_quota
        )
