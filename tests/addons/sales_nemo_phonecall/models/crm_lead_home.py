"""A number on the home page: the calls that the user has planned.

A number is a domain: the page shows how many records it finds, and opens them by it.
"""

from odoo import api, models
from odoo.fields import Domain


class CrmLead(models.Model):
    _inherit = "crm.lead"

    @api.model
    def _get_home_today(self):
        planned = Domain("state", "=", "planned") & Domain("user_id", "=", self.env.uid)
        number = self._home_number(
            "phonecalls",
            self.env._("calls that I planned"),
            planned,
            "sales_nemo_phonecall.crm_phonecall_action",
            model="crm.phonecall",
            one=self.env._("call that I planned"),
        )
        return [*super()._get_home_today(), number]
