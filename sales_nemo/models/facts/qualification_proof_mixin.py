from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.calls import on_one

NO_PROOF = {"message_id": False, "event_id": False}
# Facts that may carry a proof.
PROVABLE = ("crm.qualification.answer", "crm.lead.need", "crm.lead.commitment")


class QualificationProofMixin(models.AbstractModel):
    """A fact with the message or meeting that proves it, one click away."""

    _name = "qualification.proof.mixin"
    _description = "Fact with a Proof"
    _inherit = ["qualification.withdraw.mixin"]

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

    @api.model_create_multi
    def create(self, vals_list):
        facts = super().create(vals_list)
        facts._check_proofs()
        return facts

    def write(self, vals):
        res = super().write(vals)
        if not vals.keys().isdisjoint({*NO_PROOF, "lead_id", "partner_id"}):
            self._check_proofs()
        return res

    @on_one
    def action_open_proof(self):
        """Open the message or meeting that proves this fact, if the user may see it."""
        self.check_access("read")
        return self.env["crm.contact.evidence"]._open(self.message_id, self.event_id)

    def _check_proofs(self):
        """Refuse what a client picks as proof and is none.

        :raise ValidationError: nobody of the lead or account said anything there
        """
        if not self.env.su and self._filter_unproven():
            raise ValidationError(
                self.env._(
                    "This proves nothing here. Choose a message, a logged contact or a "
                    "held meeting in which somebody of this lead or its account said "
                    "so: no note, no automatic reply, nothing of other customers."
                )
            )

    def _filter_unproven(self):
        """Those whose proof isn't what somebody of their lead or account said."""
        # sudo: what proves something doesn't depend on who may see it
        facts = self.sudo().filtered("has_proof")
        if not facts:
            return facts
        account_by_fact = {fact: fact._get_account() for fact in facts}
        accounts = self.env["res.partner"].union(*account_by_fact.values())
        words = self.env["crm.contact.evidence"]._get_words(facts.lead_id, accounts)
        return facts.filtered(
            lambda fact: any(
                proof
                and (fact.lead_id, proof) not in words
                and (account_by_fact[fact], proof) not in words
                for proof in (fact.message_id, fact.event_id)
            )
        )

    def _get_account(self):
        """The account whose people may have said so."""
        return self.lead_id.partner_id.commercial_partner_id


class MailMessage(models.Model):
    """A message that proves no contact any more proves no fact either."""

    _inherit = "mail.message"

    def _take_evidence(self):
        for name in PROVABLE:
            facts = self.env[name].with_context(active_test=False)
            facts.search([("message_id", "in", self.ids)]).message_id = False
        return super()._take_evidence()
