from odoo import models


class CrmTeam(models.Model):
    """Automatic assignment leaves the pool alone."""

    _inherit = "crm.team"

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
        teams_data = super(CrmTeam, allocating)._allocate_leads(creation_delta_days)
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
