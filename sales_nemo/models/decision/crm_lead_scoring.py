from odoo import models
from odoo.tools import SQL

# What changes by itself: a closed record's stay what they were when it was counted.
COUNTED = ("qualification_grade", "contact_state")
# What says how a closed record ended.
OUTCOMES = ("stage_id", "probability")


class CrmLead(models.Model):
    """Odoo's predictive scoring: what was counted is what is taken back."""

    _inherit = "crm.lead"

    def _handle_won_lost(self, old_status_by_lead, new_status_by_lead):
        old, new = old_status_by_lead, new_status_by_lead
        # sudo: these values are ours to write
        leads = self.sudo().filtered(lambda lead: old.get(lead.id) != new.get(lead.id))
        closed = leads.filtered(lambda lead: lead.won_status != "pending")
        field = self._fields["closing_values"]
        # past our own write: nothing is changed that it would look at
        with self.env.protecting([field], leads):
            for lead in closed:
                # from lost to won it is counted again as it was
                if not lead.closing_values:
                    lead.closing_values = {name: lead[name] for name in COUNTED}
            res = super()._handle_won_lost(old, new)
            for lead in leads - closed:
                if lead.id in old:
                    lead.closing_values = False
        return res

    def _pls_get_lead_pls_values(self, domain=None):
        values_by_lead = super()._pls_get_lead_pls_values(domain)
        names = set(COUNTED).intersection(self._pls_get_safe_fields())
        if not (domain and names):
            return values_by_lead
        query = SQL(
            "SELECT id, closing_values FROM crm_lead"
            " WHERE closing_values IS NOT NULL AND id = ANY(%s)",
            list(values_by_lead),
        )
        for lead_id, counted in self.env.execute_query(query):
            known = values_by_lead[lead_id]
            known["values"] = [
                (name, counted.get(name, value) if name in names else value)
                for name, value in known["values"]
            ]
        return values_by_lead

    def _get_scored_values(self):
        """What predictive scoring knows of each, the team with it; not the stage: that
        of a closed one is how it ended.

        :return: of ``(lead id, ((field, value), …))``
        """
        found = self._pls_get_lead_pls_values([("id", "in", self.ids)])
        for lead_id, known in found.items():
            values = [*known["values"], ("team_id", known["team_id"])]
            yield lead_id, tuple((n, str(v)) for n, v in values if n not in OUTCOMES)
