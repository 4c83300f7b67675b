from odoo import api, fields, models


class CrmLeadCommitment(models.Model):
    """What the *buyer* of a lead promised to do next, by when, and what became of it.

    Our own to-dos are activities; a commitment is the buyer's.
    """

    _name = "crm.lead.commitment"
    _description = "Buyer's Commitment"
    _inherit = ["crm.lead.fact.mixin"]
    _weakest_state = "open"
    _order = "lead_id, date_deadline, id"

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

    @api.model
    def _get_kinds(self):
        """What buyers promise, as the values of a selection."""
        return self._fields["kind"]._description_selection(self.env)

    def _get_identity(self):
        """What is equal of commitments that are the same, typed twice."""
        self.ensure_one()
        return " ".join(self.name.split()).casefold(), self.kind, self.date_deadline
