from odoo import api, fields, models, tools
from odoo.tools.misc import clean_context

from ..base.calls import on_one
from .policy_content import describe_changes, get_all_values


class CrmQualificationVersion(models.Model):
    """A policy as it was published: numbered, never changed, one click away.

    Only publishing writes one, in superuser mode; nobody has the right to create,
    change or delete one.
    """

    _name = "crm.qualification.version"
    _description = "Published Version of a Profile"
    _inherit = ["qualification.kept.mixin"]
    _order = "profile_id, number desc"

    profile_id = fields.Many2one(
        "crm.qualification.profile",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
        help="Whose policy this was.",
    )
    number = fields.Integer(
        "Version Number",
        readonly=True,
        aggregator=None,
        help="Counts what was published.",
    )
    date = fields.Datetime(
        string="Published On",
        readonly=True,
        default=fields.Datetime.now,
        help="From this moment on it was in force.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Published By",
        readonly=True,
        ondelete="set null",
        help="Who published it.",
    )
    note = fields.Char(readonly=True, help="Why it was published.")
    content = fields.Json(
        readonly=True, help="The whole policy, as policy_content.py writes it down."
    )
    changes = fields.Text(
        compute="_compute_changes", help="What is different from the version before."
    )
    is_ruling = fields.Boolean(
        string="Rules Now",
        compute="_compute_is_ruling",
        help="The profile judges by this version.",
    )

    _unique_number = models.Constraint(
        "UNIQUE (profile_id, number)", "Each version of a profile has its own number."
    )

    @api.depends("number")
    @api.depends_context("lang")
    def _compute_display_name(self):
        for version in self:
            version.display_name = self.env._("Version %s", version.number)

    @api.depends("profile_id.version_id")
    def _compute_is_ruling(self):
        for version in self:
            version.is_ruling = version == version.profile_id.version_id

    @api.depends("content")
    @api.depends_context("lang")
    def _compute_changes(self):
        profiles = self.env["crm.qualification.profile"]
        known = self.profile_id.version_ids
        before = {(one.profile_id, one.number): one.content for one in known}
        for version in self:
            old = before.get((version.profile_id, version.number - 1))
            lines = old and describe_changes(profiles, old, version.content)
            version.changes = "\n".join(lines or ())

    @on_one
    def action_revert(self):
        """Have the profile be again what this version says, as a new version.

        :raise AccessError: the user may not change the profile
        :raise UserError: the version names what is gone
        """
        self.profile_id._publish_content(
            self.content, self.env._("As version %s was", self.number)
        )
        return self.profile_id._get_records_action()

    @tools.ormcache("self.profile_id._get_policy_stamp()", "self.id", "self.env.lang")
    def _get_policy(self):
        """This version as the gate reads it: as a draft of its profile, in memory only.

        :return: ``Policy``, or None where it, or questions of it, are gone
        """
        if not self:
            return None
        # sudo: as in the profile's; cleaned: what is left out has nobody's default
        env = self.env(su=True, context=clean_context(self.env.context))
        profile = self.profile_id.with_env(env)
        values = get_all_values(profile.browse(), self.content)
        policy = profile.new(values | {"draft_of_id": profile.id})._get_policy()
        return policy if all(type(c.key) is int for c in policy.questions) else None
