"""A line in the brief: what the next salesperson reads of a lead that came back.

Here is what it says, in ``data/crm_lead_brief_templates.xml`` how.
"""

from odoo import models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    def _prepare_brief_values(self, facts, owner):
        values = super()._prepare_brief_values(facts, owner)
        return values | {"calls": facts.extra["calls"]}
