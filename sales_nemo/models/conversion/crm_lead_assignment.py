from collections import defaultdict

from odoo import api, models
from odoo.fields import Domain

from ..base.calls import check_ids

# Leads that are converted at once: Odoo's loop commits after as many.
BATCH = 100


class Assignment:
    """A run of Odoo's automatic assignment: who gets which lead.

    It is in the context of the run. It is an object: no client can send one.

    :ivar list domain: which leads may be assigned
    :ivar list chosen: ``(crm.lead, ids of salespeople)`` still to be converted
    :ivar dict given: ``{lead id: ids of salespeople}`` of those that were
    :ivar bool is_running: False once Odoo's loop is over
    """

    def __init__(self, domain):
        self.domain = domain
        self.chosen = []
        self.given = {}
        self.is_running = True


class CrmLead(models.Model):
    """What Odoo's automatic assignment converts one by one, converted together.

    Its loop says who gets which lead, and asks nothing about those that it converted.
    So they wait until there are a hundred, or it is over. Then their facts are read,
    and their decisions written, in one go, right before one write converts them.
    """

    _inherit = "crm.lead"

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        """Inside of Odoo's loop, note who gets these: they are converted soon."""
        check_ids(self)
        run = self.env.context.get("qualification_assignment")
        if not (isinstance(run, Assignment) and run.is_running):
            return super().convert_opportunity(partner, user_ids, team_id)
        # whom two salespeople prefer, Odoo gives to one after the other
        if any(self == lead for lead, _user_ids in run.chosen):
            self._convert_assigned(run)
        run.chosen.append((self, user_ids))
        if len(run.chosen) == BATCH:
            self._convert_assigned(run)
        return True

    @api.model
    def _convert_assigned(self, run):
        """Convert the leads that pass the gate, and assign all that are still free.

        :param Assignment run: what it has chosen so far
        """
        chosen, run.chosen = run.chosen, []
        if not chosen:
            return
        # what other code converts on the way doesn't wait
        first = chosen[0][0].with_context(qualification_assignment=None)
        leads = first.union(*(lead for lead, _user_ids in chosen))
        # Odoo's loop commits: others may have taken or deleted one since it was chosen
        free = leads & leads.search(Domain("id", "in", leads.ids) & Domain(run.domain))
        free._convert_passing()
        again = (leads - free).exists()
        leads = free | again.filtered(
            lambda lead: lead.user_id.id in run.given.get(lead.id, ())
        )
        ids_by_users = defaultdict(list)
        for lead, user_ids in chosen:
            ids_by_users[tuple(user_ids)] += lead.ids
            run.given[lead.id] = user_ids
        for user_ids, ids in ids_by_users.items():
            theirs = (leads & leads.browse(ids)).with_prefetch(leads._ids)
            theirs._handle_salesmen_assignment(user_ids=user_ids)

    def _convert_passing(self):
        """Convert those that pass the gate, at once all that get the same values.

        Each is judged right before it is converted: what the conversion of others has
        changed counts.
        """
        values_by_lead = {lead.id: lead._get_conversion_values({}) for lead in self}
        for leads, values in self._group_by_values(values_by_lead):
            refused = leads._decide_entry("assignment")
            if refused:
                leads._log_and_note_refusals(refused, "assignment")
            leads.browse(lead.id for lead in leads if lead not in refused).write(values)
            leads._void_unused_decisions()
