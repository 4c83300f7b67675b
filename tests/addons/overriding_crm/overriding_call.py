from odoo import fields, models


class OverridingCall(models.Model):
    """One call of an overridden method: what it was called on."""

    _name = "overriding.call"
    _description = "Call of an overridden method"

    method = fields.Char()
    # no reference: leads that are merged are deleted
    leads = fields.Json()

    def _record(self, method, leads):
        """Remember a call."""
        # sudo: nobody but the test reads them
        self.sudo().create({"method": method, "leads": leads.ids})
