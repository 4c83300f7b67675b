from odoo import api, fields, models


class QualificationProofMixin(models.AbstractModel):
    """A fact with the message or meeting that proves it, one click away."""

    _name = "qualification.proof.mixin"
    _description = "Fact with a Proof"

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
    # ORM
    # ------------------------------------------------------------

    @api.model_create_multi
    def create(self, vals_list):
        facts = super().create(vals_list)
        facts._check_proof()
        return facts

    def write(self, vals):
        res = super().write(vals)
        if vals.get("message_id") or vals.get("event_id"):
            self._check_proof()
        return res

    def _check_proof(self):
        """Nobody proves anything by what they may not read.

        Else they would read its subject, as the name of the proof.
        """
        self.message_id.check_access("read")
        self.event_id.check_access("read")

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_proof(self):
        """Open the message or meeting that proves this fact, if the user may see it."""
        self.ensure_one()
        self.check_access("read")
        return self.env["crm.contact.evidence"]._open(self.message_id, self.event_id)
