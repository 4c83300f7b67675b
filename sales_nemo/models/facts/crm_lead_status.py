from odoo import models
from odoo.tools import SQL

# Whose days count for ``crm_lead l``; see ``_get_company``.
LEAD_COMPANY = SQL(
    "COALESCE(l.company_id, (SELECT company_id FROM res_users WHERE id = l.user_id))"
)


class CrmLead(models.Model):
    """Is it running, won or lost: whether time has stopped for it."""

    _inherit = "crm.lead"

    def _peek_won_status(self):
        """``won_status`` without making Odoo score leads one by one.

        Only archived leads and those in a won stage are anything but pending.
        """
        if self.active and not self.stage_id.is_won:
            return "pending"
        return self.won_status

    def _get_company(self):
        """Whose days count: the lead's company, else its owner's, else the current."""
        # sudo: the owner may be a colleague of another company
        owner = self.sudo().user_id
        return self.company_id or owner.company_id or self.env.company

    def _get_day(self, moment=None):
        """The company's day of a moment; see there."""
        return self._get_company()._get_day(moment)

    def _filter_running(self):
        """Opportunities that are in the pipeline, or were won."""
        return self.filtered(lambda o: o.active and o._peek_won_status() != "lost")

    def _filter_won(self):
        return self.filtered(lambda lead: lead._peek_won_status() == "won")

    def _filter_lost(self):
        return self.filtered(lambda lead: lead._peek_won_status() == "lost")

    def _describe_lost(self):
        """Names of lost records with why they were lost, as one text."""
        return ", ".join(
            f"{lead.name} ({lead.lost_reason_id.name or self.env._('no reason')})"
            for lead in self
        )
