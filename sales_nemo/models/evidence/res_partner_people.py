from odoo import models


class ResPartner(models.Model):
    """The people of an account: what is said to one counts for all of its leads."""

    _inherit = "res.partner"

    def _get_account_leads(self):
        """All leads and opportunities of these accounts, closed and archived ones too.

        In superuser mode: the state of a lead doesn't depend on who moves or meets
        people.
        """
        # sudo: as said
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        return leads.search([("partner_id.commercial_partner_id", "in", self.ids)])
