from odoo import api, models
from odoo.exceptions import UserError


class CrmStage(models.Model):
    """What a policy that rules names is not deleted: that would change the policy."""

    _inherit = "crm.stage"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asking(self):
        # sudo: of all companies
        profiles = self.env["crm.qualification.profile"].sudo()
        asking = profiles.search(
            [
                ("state", "=", "published"),
                "|",
                ("criterion_ids.stage_id", "in", self.ids),
                "|",
                ("needs_stage_id", "in", self.ids),
                ("commitments_stage_id", "in", self.ids),
            ]
        )
        if asking:
            raise UserError(
                self.env._(
                    "These profiles ask for something from this stage on: %s. Change "
                    "and publish them first.",
                    ", ".join(asking.mapped("name")),
                )
            )
