"""A fact: the calls that were held with a lead.

Facts are read for all leads at once, whoever asks. The gate's verdict is stored: the
fields whose change makes it another one are named, too.
"""

from dataclasses import replace

from odoo import fields, models


class CrmLead(models.Model):
    _inherit = "crm.lead"

    phonecall_ids = fields.One2many(
        "crm.phonecall", "lead_id", "Phone Calls", groups="base.group_user"
    )

    def _get_qualification_depends(self):
        return [*super()._get_qualification_depends(), "phonecall_ids.state"]

    def _collect_facts(self, *args, **kwargs):
        facts_by_lead = super()._collect_facts(*args, **kwargs)
        # sudo: what is known doesn't depend on who asks
        held = (
            self.env["crm.phonecall"]
            .sudo()
            ._read_group(
                [("lead_id", "in", self.ids), ("state", "=", "held")],
                ["lead_id"],
                ["__count"],
            )
        )
        counts = {lead.id: count for lead, count in held}
        return {
            lead_id: replace(
                facts, extra={**facts.extra, "calls": counts.get(lead_id, 0)}
            )
            for lead_id, facts in facts_by_lead.items()
        }

    def _merge_dependences(self, opportunities):
        """Calls follow the record that stays, as all facts do."""
        # sudo: who may merge the leads may merge their calls
        opportunities.sudo().phonecall_ids.lead_id = self
        return super()._merge_dependences(opportunities)
