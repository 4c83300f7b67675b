from odoo import api, fields, models
from odoo.fields import Domain

from ..base.res_config_settings import get_whole_number
from .crm_qualification_home import BLOCKED, BOARD, DEALS, LEADS, OPEN

# Days after which a lead that does not pass is stuck; a setting changes it.
STUCK_DAYS = 30


class CrmQualificationHome(models.AbstractModel):
    """What a manager's people should act on, a row for each of them."""

    _inherit = "crm.qualification.home"

    @api.model
    @api.readonly
    def get_home(self):
        """With ``people``: ``[{"id", "name", "numbers"}]``, who has most to do first.

        They are those of the teams that the user leads; of all teams for managers who
        lead none; nobody for others. What belongs to nobody is a row, too.
        """
        return super().get_home() | {"people": self._get_people()}

    @api.model
    def _get_people_numbers(self):
        """What is counted of each: ``{key: (label, Domain, action)}``."""
        env, work = self.env, self._get_work()
        days = get_whole_number(env, "stuck_days", STUCK_DAYS) or STUCK_DAYS
        since = fields.Date.subtract(fields.Date.context_today(self), days=days)
        stuck = BLOCKED & Domain("create_date", "<", fields.Date.to_string(since))
        asked = OPEN & Domain("qualification_exception_id", "!=", False)
        return {
            "waiting": (env._("Wait for our answer"), work["waiting"], BOARD),
            "silent": (env._("Never contacted"), work["silent"], LEADS),
            "ready": (env._("Ready"), work["ready"], LEADS),
            "stuck": (env._("Stuck for %s days", days), stuck, LEADS),
            "asked": (env._("Exceptions asked for"), asked, BOARD),
            "promised": (env._("Overdue commitments"), work["promised"], BOARD),
            "late": (env._("Flagged past their deadline"), work["late"], DEALS),
        }

    @api.model
    def _get_people(self):
        teams = self.env["crm.team"].search([("user_id", "=", self.env.uid)])
        if not teams and not self.env.user.has_group("sales_team.group_sale_manager"):
            return []
        theirs = Domain("team_id", "in", teams.ids) if teams else Domain.TRUE
        shown = self._get_people_numbers()
        leads = self.env["crm.lead"].with_context(active_test=False)
        query = leads._search(OPEN & theirs)
        domains = [domain for _label, domain, _action in shown.values()]
        query.groupby = owner = leads._field_to_sql(query.table, "user_id", query)
        rows = self.env.execute_query(
            query.select(owner, *self._get_counts_sql(leads, query, domains))
        )
        # sudo: whose leads the user may see is named, of whatever company they are
        users = self.env["res.users"].sudo().browse([row[0] for row in rows if row[0]])
        names = {user.id: user.name for user in users}
        rows = [(names.get(row[0], ""), *row) for row in rows if any(row[1:])]
        rows.sort(key=lambda row: (-sum(row[2:]), row[0]))
        return [
            {
                "id": user_id or 0,
                "name": name or self.env._("Nobody yet"),
                "numbers": [
                    self._number(
                        key,
                        label,
                        domain & theirs & Domain("user_id", "=", user_id or False),
                        action,
                        count=count,
                    )
                    for (key, (label, domain, action)), count in zip(
                        shown.items(), counts, strict=True
                    )
                ],
            }
            for name, user_id, *counts in rows
        ]
