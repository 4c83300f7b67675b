from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..models.base.calls import on_one


class CrmLeadEnterStage(models.TransientModel):
    """Takes what a stage asks for, and moves the opportunity on.

    The web client offers it where a stage was refused.
    """

    _name = "crm.lead.enter.stage"
    _description = "Enter a Stage"
    _inherit = ["qualification.entry.mixin", "qualification.door.mixin"]

    _qualification_links = ("lead_id",)

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    stage_id = fields.Many2one("crm.stage", required=True, ondelete="cascade")

    @api.depends("stage_id")
    def _compute_qualification(self):
        return super()._compute_qualification()

    @on_one
    def action_enter(self):
        """Keep what was entered and move on, if what the stage asks for is there."""
        self._record_facts()
        lead = self.lead_id
        judged = lead._judge_stage(self.stage_id.id)
        if lead in judged and not judged[lead][1].passed and lead._is_enforced():
            lead._log_refusals(judged, "stage", stages={lead: self.stage_id.id})
            name = self.env._("Not ready yet")
            return self._get_records_action(name=name, target="new")
        lead.stage_id = self.stage_id
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    @on_one
    def action_override(self):
        """Move on although something is missing, as an approver who says why.

        :raise AccessError: the user is no approver
        :raise ValidationError: no reason is given
        """
        self._record_facts()
        if not (self.override_reason or "").strip():
            raise ValidationError(
                self.env._("Say why this opportunity should move on although it fails.")
            )
        self.lead_id._override_stage(self.stage_id, self.override_reason.strip())
        return {"type": "ir.actions.client", "tag": "soft_reload"}

    def _get_verdict(self, lead):
        found = lead._judge_stage(self.stage_id.id).get(lead)
        return found and found[1]
