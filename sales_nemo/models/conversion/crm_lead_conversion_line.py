from odoo import fields, models

from ..base.calls import on_one


class CrmLeadConversionLine(models.Model):
    """What became of one lead in a mass conversion. Written by the conversion only."""

    _name = "crm.lead.conversion.line"
    _description = "Result of a Mass Conversion"
    _inherit = ["qualification.kept.mixin"]
    _rec_name = "lead_name"

    job_id = fields.Many2one(
        "crm.lead.conversion.job",
        required=True,
        index=True,
        readonly=True,
        ondelete="cascade",
    )
    selected_id = fields.Integer(
        readonly=True, help="Id that the lead had when the conversion began."
    )
    lead_id = fields.Many2one(
        "crm.lead",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The lead or opportunity; of a merged one the record that stays.",
    )
    lead_name = fields.Char(
        string="Name", readonly=True, help="Survives the lead's deletion."
    )
    outcome = fields.Selection(
        [
            ("converted", "Converted"),
            ("already", "Opportunity already"),
            ("merged", "Merged"),
            ("refused", "Refused"),
            ("skipped", "Skipped"),
        ],
        required=True,
        readonly=True,
        help="Refused: the gate's checks fail.\nSkipped: it could not be converted, "
        "for the reason given.",
    )
    checks = fields.Json(readonly=True, help="Keys of the checks that failed.")
    reasons = fields.Text(readonly=True, help="Why it is still a lead, one a line.")
    customer_id = fields.Many2one(
        "res.partner",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="The customer whom the lead got by the conversion.",
    )

    # whatever happens, a conversion treats each lead once
    _unique_lead = models.UniqueIndex("(job_id, selected_id)")

    @on_one
    def action_open_lead(self):
        """Open the lead or opportunity."""
        return self.lead_id._get_records_action()
