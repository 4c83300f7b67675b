"""A check: nobody becomes an opportunity whom we never talked to on the phone.

A check is a function of plain facts, so that the backtest asks it about past ones, too:
those that were kept before this addon came don't have what it looks for.
"""

from odoo import models
from odoo.tools.translate import LazyTranslate

from odoo.addons.sales_nemo.gate import FAILED, NOT_APPLICABLE, PASSED, Check

_lt = LazyTranslate(__name__)


def check_called(facts, policy):
    """They were talked to on the phone at least once."""
    name = _lt("Called")
    calls = facts.extra.get("calls")
    if calls is None:
        return Check("called", NOT_APPLICABLE, name=name)
    if calls:
        return Check("called", PASSED, f"Calls that were held: {calls}.", name=name)
    reason = "Call them: nobody has talked to them yet."
    return Check("called", FAILED, reason, name=name)


class CrmQualificationProfile(models.Model):
    _inherit = "crm.qualification.profile"

    def _get_gate_checks(self):
        return (*super()._get_gate_checks(), check_called)
