from odoo import fields, models

from ..base.identity import get_words


class CrmLeadNeed(models.Model):
    """What the customer of a lead wants solved."""

    _name = "crm.lead.need"
    _description = "Customer Need"
    _inherit = ["crm.lead.fact.mixin"]
    _weakest_state = "suspected"
    _order = "lead_id, sequence, id"

    _unjudged = frozenset({"detail", "sequence", "message_id", "event_id"})

    name = fields.Char(string="Need", required=True, help="What they want solved.")
    detail = fields.Text(help="How they described it, what it costs them today.")
    sequence = fields.Integer(default=10)
    state = fields.Selection(
        [
            ("suspected", "Suspected"),
            ("confirmed", "Confirmed"),
            ("not_for_us", "Not for us"),
        ],
        default="suspected",
        required=True,
        help="Suspected: we think so.\n"
        "Confirmed: the customer said so.\n"
        "Not for us: real, but nothing that we solve.",
    )

    def _get_identity(self):
        """What is equal of needs that are the same, typed twice."""
        self.ensure_one()
        return get_words(self.name).casefold()
