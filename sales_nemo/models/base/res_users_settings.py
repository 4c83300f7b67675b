from odoo import fields, models


class ResUsersSettings(models.Model):
    """What a user put off, on all their devices."""

    _inherit = "res.users.settings"

    qualification_banner_from = fields.Date(
        help="Until then the banner about profiles that only advise is not shown."
    )
    qualification_start_hidden = fields.Boolean(
        help="The guided start on the home page of qualification was put away."
    )
