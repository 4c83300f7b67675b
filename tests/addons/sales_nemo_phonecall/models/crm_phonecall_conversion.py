"""A path: another way by which leads become opportunities.

The gate decides before anything is done. Who passes carries a decision that opens one
conversion; what is still open afterwards is taken back. Who is refused stays a lead.
The refusal is logged, and told instead of raised: an error would undo the log, too.
"""

from odoo import fields, models


class CrmQualificationDecision(models.Model):
    _inherit = "crm.qualification.decision"

    path = fields.Selection(
        selection_add=[("phonecall", "Phone call")],
        ondelete={"phonecall": "set convert"},
    )


class CrmPhonecall(models.Model):
    _inherit = "crm.phonecall"

    def action_convert_lead(self):
        """They said yes on the phone: convert the leads that pass the gate.

        :return: None, or an action that says why others don't pass
        """
        leads = self.lead_id.filtered(lambda lead: lead.type == "lead")
        refused = leads._decide_entry("phonecall")
        leads._log_refusals(refused, "phonecall")
        for lead in leads - leads.browse().union(*refused):
            lead.convert_opportunity(lead.partner_id)
        leads._void_unused_decisions()
        if not refused:
            return None
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {"type": "warning", "message": leads._explain_refusal(refused)},
        }
