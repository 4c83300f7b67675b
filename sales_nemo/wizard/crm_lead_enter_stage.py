from odoo import api, fields, models

from ..models.base.calls import on_one

RELOAD = {"type": "ir.actions.client", "tag": "soft_reload"}


class CrmLeadEnterStage(models.TransientModel):
    """Takes what a stage asks for, and moves the opportunity on.

    The web client offers it where a stage was refused.
    """

    _name = "crm.lead.enter.stage"
    _description = "Enter a Stage"
    _inherit = ["qualification.entry.mixin"]

    _qualification_links = ("lead_id",)

    lead_id = fields.Many2one("crm.lead", required=True, ondelete="cascade")
    stage_id = fields.Many2one(
        "crm.stage",
        required=True,
        ondelete="cascade",
        help="Where the opportunity is to go.",
    )
    exception_id = fields.Many2one(related="lead_id.qualification_exception_id")

    @api.depends("stage_id")
    def _compute_qualification(self):
        return super()._compute_qualification()

    def _get_stage(self):
        return self.stage_id

    @on_one
    def action_enter(self):
        """Keep what was entered and move on, if what the stage asks for is there."""
        self._record_facts()
        lead, stage = self.lead_id, self.stage_id
        if lead._filter_refused(stage):
            refused = lead._get_verdicts_on(stage)
            lead._log_refusals(refused, "stage", stages={lead: stage})
            name = self.env._("Not ready yet")
            return self._get_records_action(name=name, target="new")
        lead.stage_id = stage
        return RELOAD

    @on_one
    def action_override(self):
        """Move on although something is missing, as an approver who says why.

        :raise AccessError: the user is no approver
        :raise ValidationError: no reason is given
        """
        self._record_facts()
        self.lead_id._override_stage(self.stage_id, self._get_reason())
        return RELOAD
