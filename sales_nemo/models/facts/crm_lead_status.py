from odoo import models


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

    def _get_closing_day(self):
        """The day on which time stopped for this record; None while it is open."""
        if not self.date_closed or self._peek_won_status() == "pending":
            return None
        return self.date_closed.date()

    def _filter_running(self):
        """Opportunities that are in the pipeline, or were won."""
        return self.filtered(lambda o: o.active and o._peek_won_status() != "lost")

    def _filter_lost(self):
        return self.filtered(lambda lead: lead._peek_won_status() == "lost")

    def _describe_lost(self):
        """Names of lost records with why they were lost, as one text."""
        return ", ".join(
            f"{lead.name} ({lead.lost_reason_id.name or self.env._('no reason')})"
            for lead in self
        )
