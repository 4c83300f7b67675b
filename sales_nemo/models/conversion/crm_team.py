from odoo import models

from .crm_lead_assignment import Assignment


class CrmTeam(models.Model):
    """Automatic assignment: the gate holds there."""

    _inherit = "crm.team"

    def _assign_and_convert_leads(self, force_quota=False):
        """Assign as Odoo does; leads that don't pass the gate stay leads.

        Odoo's loop has no ``try``: a refusal must not leave it as an exception.
        """
        leads = self.env["crm.lead"]
        if not leads._can_convert_in_batch():
            # Each lead goes through the other addon's code, when Odoo's loop says.
            # The mark turns "refuse by raising" into "leave it a lead"; it opens
            # nothing.
            assigning = self.with_context(qualification_refuse_quietly="assignment")
            return super(CrmTeam, assigning)._assign_and_convert_leads(force_quota)
        run = Assignment(self._get_lead_to_assign_domain())
        assigning = self.with_context(qualification_assignment=run)
        members_data = super(CrmTeam, assigning)._assign_and_convert_leads(force_quota)
        run.is_running = False
        leads._convert_assigned(run)
        return members_data


class CrmTeamMember(models.Model):
    """Who left keeps the membership."""

    _inherit = "crm.team.member"

    def _get_assignment_quota(self, force_quota=False):
        """Archived users get no leads."""
        if not self.user_id.active:
            return 0
        return super()._get_assignment_quota(force_quota=force_quota)
