from odoo import api, fields, models


class CrmLeadNeed(models.Model):
    """What the customer of a lead wants solved."""

    _name = "crm.lead.need"
    _description = "Customer Need"
    _inherit = ["qualification.proof.mixin"]
    _order = "lead_id, sequence, id"

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    name = fields.Char(string="Need", required=True, help="What they want solved.")
    detail = fields.Text(help="How they described it, what it costs them today.")
    sequence = fields.Integer(default=10)
    state = fields.Selection(
        [
            ("suspected", "Suspected"),
            ("confirmed", "Confirmed by the customer"),
            ("not_for_us", "Not for us"),
        ],
        default="suspected",
        required=True,
        help="Suspected: we think so.\n"
        "Confirmed: the customer said so.\n"
        "Not for us: real, but nothing that we solve.",
    )
    state_date = fields.Datetime(
        string="Known Since", compute="_compute_state_date", store=True, precompute=True
    )

    @api.depends("state")
    def _compute_state_date(self):
        for need in self:
            need.state_date = need.write_date or fields.Datetime.now()

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        needs = super().create(vals_list)
        needs.lead_id._facts_changed()
        return needs

    def write(self, vals):
        res = super().write(vals)
        if not vals.keys() <= {"detail", "sequence", "message_id", "event_id"}:
            self.lead_id._facts_changed()
        return res

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_identity(self):
        """What is equal of needs that are the same, typed twice."""
        self.ensure_one()
        return " ".join(self.name.split()).casefold()

    def _get_precedence(self):
        """Of two words about the same need the one with the higher counts.

        A suspicion counts least; else the newer word does.
        """
        self.ensure_one()
        return self.state != "suspected", self.state_date
