from odoo import api, fields, models


class ResUsersSettings(models.Model):
    """What a user put off, on all their devices."""

    _inherit = "res.users.settings"

    qualification_banner_from = fields.Date(
        help="Until then the banner about profiles that only advise is not shown."
    )
    qualification_start_hidden = fields.Boolean(
        help="The guided start on the home page of qualification was put away."
    )
    call_round = fields.Json(
        groups=fields.NO_ACCESS,
        help="What is worked through: {ids: of leads, position, lead: open, since}.",
    )
    call_date = fields.Datetime(
        groups=fields.NO_ACCESS, help="When that lead was opened."
    )

    @api.model
    def _get_fields_blacklist(self):
        return [*super()._get_fields_blacklist(), "call_round", "call_date"]
