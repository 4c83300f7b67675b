from odoo import models

from .crm_lead_assignment import Assignment


class CrmTeam(models.Model):
    """Automatic assignment: the gate holds there, and the pool is left alone."""

    _inherit = "crm.team"

    def _assign_and_convert_leads(self, force_quota=False):
        """Assign as Odoo does; leads that don't pass the gate stay leads.

        Odoo's loop has no ``try``: a refusal must not leave it as an exception.
        """
        leads = self.env["crm.lead"]
        if not leads._can_convert_together():
            # Each lead goes through the other addon's code, when Odoo's loop says.
            # The mark turns "refuse by raising" into "leave it a lead"; it opens
            # nothing.
            assigning = self.with_context(qualification_refuse_quietly="assignment")
            return super(CrmTeam, assigning)._assign_and_convert_leads(
                force_quota=force_quota
            )
        run = Assignment(self._get_lead_to_assign_domain())
        assigning = self.with_context(qualification_assignment=run)
        members_data = super(CrmTeam, assigning)._assign_and_convert_leads(
            force_quota=force_quota
        )
        run.is_running = False
        leads._convert_chosen(run)
        return members_data

    def _get_lead_to_assign_domain(self):
        """What came back for whoever takes it is not given to anybody."""
        return [
            *super()._get_lead_to_assign_domain(),
            ("is_up_for_grabs", "=", False),
            ("excluded_user_ids", "=", False),
        ]

    def _allocate_leads(self, creation_delta_days=7):
        """Allocate as Odoo does; what was left in the pool is not counted."""
        # The mark leaves leads out of the doubles that are merged; it opens nothing.
        allocating = self.with_context(qualification_allocating=True)
        teams_data = super(CrmTeam, allocating)._allocate_leads(
            creation_delta_days=creation_delta_days
        )
        leads = self.env["crm.lead"]
        for data in teams_data.values():
            assigned = leads.browse(data["assigned"]).exists()
            data["assigned"] = set(assigned._filter_assignable().ids)
        return teams_data

    def _allocate_leads_deduplicate(self, leads, duplicates_cache=None):
        """Leave leads of the pool where they are.

        They are told as assigned: Odoo would try them for ever otherwise.
        """
        assignable = leads._filter_assignable()
        result = super()._allocate_leads_deduplicate(assignable, duplicates_cache)
        result["assigned"] |= set((leads - assignable).ids)
        return result
