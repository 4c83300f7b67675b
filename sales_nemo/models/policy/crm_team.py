from odoo import api, models
from odoo.exceptions import UserError


class CrmTeam(models.Model):
    """A profile is not for everybody because its last team was deleted."""

    _inherit = "crm.team"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_judged(self):
        # sudo: of all companies
        profiles = self.env["crm.qualification.profile"].sudo()
        judging = profiles.search(
            [("state", "=", "published"), ("team_ids", "in", self.ids)]
        )
        if judging:
            raise UserError(
                self.env._(
                    "These profiles are for this team: %s. Archive it, or change and "
                    "publish them first.",
                    ", ".join(judging.mapped("name")),
                )
            )
