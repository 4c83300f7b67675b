from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ..base.identity import get_words
from .qualification_proof_mixin import NO_PROOF


class CrmLeadFactMixin(models.AbstractModel):
    """A fact that somebody enters about a lead: it has a state, known since a date."""

    _name = "crm.lead.fact.mixin"
    _description = "Fact about a Lead"
    _inherit = ["qualification.proof.mixin"]

    _qualification_links = ("message_id", "event_id", "lead_id")
    # Of two words about the same fact the one in this state counts least.
    _weakest_state = None
    # Fields that tell what the customer said.
    _told = frozenset({"name", "detail", "date_deadline"})
    _said = frozenset({"name", "detail", "kind", "date_deadline", "state"})
    # Fields that no check reads.
    _unjudged = frozenset({"message_id", "event_id"})

    lead_id = fields.Many2one("crm.lead", required=True, index=True, ondelete="cascade")
    # else a need could be newer than any other for ever
    state_date = fields.Datetime(
        string="Known Since",
        compute="_compute_state_date",
        store=True,
        precompute=True,
        help="When its state was entered: of two that are merged the newer one counts.",
        written_by="code",
    )

    @api.depends("state")
    def _compute_state_date(self):
        for fact in self:
            fact.state_date = fact.write_date or fields.Datetime.now()

    @api.constrains("name")
    def _check_name(self):
        if not all(get_words(fact.name) for fact in self):
            raise ValidationError(
                self.env._(
                    "“%s” can't be blank: write down what the customer said.",
                    self._fields["name"]._description_string(self.env),
                )
            )

    @api.model_create_multi
    def create(self, vals_list):
        facts = super().create(vals_list)
        facts.lead_id._facts_changed()
        return facts

    def write(self, vals):
        if not self.env.su:
            # what proved the old words doesn't prove the new ones
            retold = self.filtered("has_proof")
            retold = retold.filtered(lambda fact: fact._changes(vals, self._told))
            if retold:
                retold.write(NO_PROOF)
        res = super().write(vals)
        if not vals.keys() <= self._unjudged:
            self.lead_id._facts_changed()
        return res

    def _get_precedence(self):
        """Of two words about a fact the one with the higher counts: the newer, but
        what an agent tells after all others."""
        self.ensure_one()
        is_heard = self.origin != "agent"
        return self.state != self._weakest_state, is_heard, self.state_date
