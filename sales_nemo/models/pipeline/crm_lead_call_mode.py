from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain

from ..base.calls import on_some
from .crm_qualification_home import OPEN

# Records that are worked through at most, and how long nobody else gets an open one.
MOST_LEADS = 200
OPENED = timedelta(minutes=15)


class CrmLead(models.Model):
    """Call mode: leads of a list are worked through one by one.

    Where somebody is stands in their settings; nothing is written on a lead.
    """

    _inherit = "crm.lead"

    @on_some
    def action_work_through(self):
        """Work through these records in their order; the same ones go on as they were.

        :return: an action
        :raise UserError: none of them is open
        """
        settings = self.env["res.users.settings"]._find_or_create_for_user(
            self.env.user
        )
        since = fields.Datetime.to_string(self.env.cr.now())
        ids = self._filter_workable(since).ids[:MOST_LEADS]
        if not ids:
            raise UserError(self.env._("None of these is open: nothing is left to do."))
        known = settings.call_round or {}
        if known.get("ids") != ids or known["position"] == len(ids):
            settings.call_round = {"ids": ids, "position": 0, "since": since}
        return self.env["ir.actions.client"]._for_xml_id("sales_nemo.call_mode_action")

    @api.model
    def get_call_round(self, step=0):
        """Where the user is. What was closed or converted meanwhile is passed over, and
        what somebody else opened lately.

        :param int step: 1 to go on, -1 to go back
        :return: ``{"ids", "position", "lead", "since"}``; at the end lead is False
        :rtype: dict
        """
        self.check_access("read")
        settings = self.env["res.users.settings"]._find_or_create_for_user(
            self.env.user
        )
        now = fields.Datetime.now()
        known = settings.call_round or {"ids": [], "position": 0, "since": str(now)}
        ids, place = known["ids"], known["position"]
        # sudo: what colleagues have open
        lately = Domain("call_date", ">", now - OPENED)
        others = settings.sudo().search(lately & Domain("user_id", "!=", self.env.uid))
        free = set(self.browse(ids)._filter_workable(known["since"]).ids)
        free.difference_update(other.call_round["lead"] for other in others)
        back = range(place - 1, -1, -1) if step == -1 else ()
        # with nothing before it, it stays where it is
        places = (*back, *range(place + (step == 1), len(ids)))
        place = next((n for n in places if ids[n] in free), len(ids))
        known |= {"position": place, "lead": place < len(ids) and ids[place]}
        settings.write({"call_round": known, "call_date": now})
        return known

    def _filter_workable(self, since):
        """Those that are open and the user's to write, and not converted since."""
        before = Domain("date_conversion", "=", False)
        before |= Domain("type", "=", "lead") | Domain("date_conversion", "<", since)
        found = self.search(OPEN & before & Domain("id", "in", self.ids))
        return self & found._filtered_access("write")
