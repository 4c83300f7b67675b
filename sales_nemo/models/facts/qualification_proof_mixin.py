from odoo import api, fields, models

from ..base.calls import on_one


class QualificationProofMixin(models.AbstractModel):
    """A fact with the message or meeting that proves it, one click away."""

    _name = "qualification.proof.mixin"
    _description = "Fact with a Proof"
    _inherit = ["qualification.door.mixin"]

    # else who enters a fact would read the subject of any mail, as its proof
    _qualification_links = ("message_id", "event_id")

    message_id = fields.Many2one(
        "mail.message",
        string="Proof",
        ondelete="set null",
        index="btree_not_null",
        help="The message in which the customer said so.",
    )
    event_id = fields.Many2one(
        "calendar.event",
        string="Proven in Meeting",
        ondelete="set null",
        index="btree_not_null",
        help="The meeting in which the customer said so.",
    )
    has_proof = fields.Boolean(compute="_compute_has_proof")

    @api.depends("message_id", "event_id")
    def _compute_has_proof(self):
        for fact in self:
            # sudo: that there is a proof is no secret, what it says may be one
            proof = fact.sudo()
            fact.has_proof = bool(proof.message_id or proof.event_id)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_proof(self):
        """Open the message or meeting that proves this fact, if the user may see it."""
        self.check_access("read")
        return self.env["crm.contact.evidence"]._open(self.message_id, self.event_id)
