"""A number on the home page: the calls that the user has planned.

A number is a domain: the page shows how many records it finds, and opens them by it.
"""

from odoo import api, models
from odoo.fields import Domain


class CrmQualificationHome(models.AbstractModel):
    _inherit = "crm.qualification.home"

    @api.model
    def _get_today_numbers(self):
        planned = Domain("state", "=", "planned") & Domain("user_id", "=", self.env.uid)
        number = self._number(
            "phonecalls",
            self.env._("calls that I planned"),
            planned,
            "sales_nemo_phonecall.crm_phonecall_action",
            model="crm.phonecall",
            one=self.env._("call that I planned"),
        )
        return [*super()._get_today_numbers(), number]
