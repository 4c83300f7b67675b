from odoo import api, fields, models


class CrmLeadCommitment(models.Model):
    """What the *buyer* of a lead promised to do next, by when, and what became of it.

    Our own to-dos are activities; a commitment is the buyer's.
    """

    _name = "crm.lead.commitment"
    _description = "Buyer's Commitment"
    _inherit = ["qualification.proof.mixin"]
    _order = "lead_id, date_deadline, id"

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    name = fields.Char(
        string="Commitment", required=True, help="What the buyer will do."
    )
    kind = fields.Selection(
        [
            ("meeting", "Meeting"),
            ("data", "Sharing data"),
            ("decision_maker", "Involving the decision maker"),
            ("trial", "Trial"),
            ("decision", "Decision"),
            ("other", "Other"),
        ],
        default="meeting",
        required=True,
    )
    date_deadline = fields.Date(
        string="By", help="Until when the buyer wants to do it."
    )
    state = fields.Selection(
        [("open", "Open"), ("kept", "Kept"), ("broken", "Broken")],
        default="open",
        required=True,
    )

    @api.model_create_multi
    def create(self, vals_list):
        commitments = super().create(vals_list)
        commitments.lead_id._facts_changed()
        return commitments

    def write(self, vals):
        res = super().write(vals)
        self.lead_id._facts_changed()
        return res
