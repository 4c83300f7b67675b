from odoo import SUPERUSER_ID, api, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ..decision.crm_qualification_profile_backtest import TRIED
from .crm_qualification_home import READY

# Names that are told of those who can do a step.
MOST_NAMES = 3


class CrmQualificationHome(models.AbstractModel):
    """Guided start: what managers do once, until it is done or put away.

    Each step notices by itself that it is done, whoever did it and wherever.
    """

    _inherit = "crm.qualification.home"

    @api.model
    @api.readonly
    def get_start(self):
        """The steps of the guided start.

        :return: ``[{"key", "done", "who"}]``; ``who``: names of those who can do it,
            where the user can't; empty for salespeople, when everything is done, and
            for who put it away
        """
        user = self.env.user
        # sudo: of the user's own
        is_hidden = user.sudo().res_users_settings_id.qualification_start_hidden
        if is_hidden or not user.has_group("sales_team.group_sale_manager"):
            return []
        who, system = "", self.env.ref("base.group_system")
        if system not in user.all_group_ids:
            # sudo: whom to ask is no secret among colleagues
            who = ", ".join(system.sudo().all_user_ids[:MOST_NAMES].mapped("name"))
        steps = [
            {"key": key, "done": done, "who": who * (key in ("leads", "approvers"))}
            for key, done in self._get_start_done().items()
        ]
        return [] if all(step["done"] for step in steps) else steps

    @api.model
    def _get_start_done(self):
        """The steps by their keys, and whether each is done.

        Without a past there is nothing to try a profile on.
        """
        env = self.env

        def has(model, *leaves):
            return bool(env[model].search_count(list(leaves), limit=1))

        # what came with the installation, nobody chose, whether it is enforced or not
        query = """
            SELECT FROM crm_qualification_version
             WHERE user_id <> %(system)s AND content - 'enforcement' NOT IN (
                SELECT content - 'enforcement'
                  FROM crm_qualification_version WHERE user_id = %(system)s
             )
        """
        chosen = env.execute_query(SQL(query, system=SUPERUSER_ID))
        approvers = env.ref("sales_nemo.group_qualification_approver")
        past = env["crm.lead"].with_context(active_test=False)
        passed = has("crm.qualification.decision", ("outcome", "=", "passed"))
        done = {
            "leads": past._are_leads_shown(env["res.users"]),
            "publish" if self._get_start_draft() else "profile": bool(chosen),
            # sudo: what happened is no secret
            "history": bool(env["ir.config_parameter"].sudo().get_param(TRIED)),
            "territory": has("crm.team", ("territory_domain", "not in", [False, "[]"])),
            # sudo: neither is who approves
            "approvers": bool(approvers.sudo().user_ids),
            "ready": passed or has("crm.lead", *READY),
        }
        if not past.search_count([("won_status", "!=", "pending")], limit=1):
            del done["history"]
        return done

    @api.model
    def _get_start_draft(self):
        """The newest draft of a profile, or none."""
        profiles = self.env["crm.qualification.profile"]
        return profiles.search([("state", "=", "draft")], order="id desc", limit=1)

    @api.model
    def open_start_step(self, key):
        """Do a step, or open where it is done.

        :param str key: leads, publish or history; pages of their own do the others
        :return: an action
        :rtype: dict
        :raise AccessError: the user may not do that
        :raise UserError: there is no such step
        """
        if key == "leads":
            # as Odoo's own page of settings does it
            settings = self.env["res.config.settings"]
            return settings.create({"group_use_lead": True}).execute()
        draft = self._get_start_draft()
        if key == "publish":
            return draft._get_records_action()
        if key == "history":
            tried = draft or draft.search([("state", "=", "published")], limit=1)
            return tried.action_try_on_history()
        raise UserError(self.env._("There is no such step: open one you see."))
