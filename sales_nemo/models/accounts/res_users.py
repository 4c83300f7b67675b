from odoo import api, models

from .res_partner_lifecycle import LIFECYCLE_DEFAULTS


class ResUsers(models.Model):
    """Users are contacts, too."""

    _inherit = "res.users"

    @api.model
    def default_get(self, fields):
        """Leave the lifecycle to the contact, which computes it.

        Odoo would write its default, as the user who creates another one.
        """
        defaults = super().default_get(fields)
        return {
            x: value for x, value in defaults.items() if x not in LIFECYCLE_DEFAULTS
        }
