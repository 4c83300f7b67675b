from odoo import api, models
from odoo.exceptions import UserError
from odoo.fields import Domain


class CrmQualificationProfile(models.Model):
    """What a policy that rules names is not deleted: that would change the policy."""

    _inherit = "crm.qualification.profile"

    @api.model
    def _refuse_to_delete(self, named, paths, text):
        """Refuse it where a published profile names one of some records.

        :param named: the records
        :param list paths: of a profile's fields that name them
        :param str text: says so, with a place for the profiles
        """
        names = Domain.OR(Domain(path, "in", named.ids) for path in paths)
        # sudo: of all companies
        found = self.sudo().search(Domain("state", "=", "published") & names)
        if found:
            raise UserError(text % ", ".join(found.mapped("name")))


class CrmStage(models.Model):
    _inherit = "crm.stage"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_asking(self):
        text = self.env._(
            "These profiles ask for something from this stage on: %s. Change and "
            "publish them first."
        )
        paths = ["criterion_ids.stage_id", "needs_stage_id", "commitments_stage_id"]
        self.env["crm.qualification.profile"]._refuse_to_delete(self, paths, text)


class CrmTeam(models.Model):
    _inherit = "crm.team"

    @api.ondelete(at_uninstall=False)
    def _unlink_except_judged(self):
        text = self.env._(
            "These profiles are for this team: %s. Archive it, or change and publish "
            "them first."
        )
        self.env["crm.qualification.profile"]._refuse_to_delete(
            self, ["team_ids"], text
        )
