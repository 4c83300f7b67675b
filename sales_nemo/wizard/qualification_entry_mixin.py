from dataclasses import replace

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import email_normalize

from ..facts import CONTACT_STATES, Commitment, Contact, Need
from ..models.base.calls import on_one
from ..models.base.identity import get_words, is_address, is_name, is_phone
from ..models.decision.reasons import explain, get_failed_codes
from ..models.evidence.mail_message import OUTCOMES

# Who they are and how to reach them, named as on the lead.
REACH = ("contact_name", "email_from", "phone")
# What is typed in the dialog and turned into facts of the lead.
ENTERED_FACTS = (
    *REACH,
    "contact_outcome",
    "contact_note",
    "need_name",
    "commitment_name",
    "commitment_date",
)


class QualificationEntryMixin(models.AbstractModel):
    """A dialog about one lead that shows the gate's checks and takes missing facts.

    It has a field ``lead_id``.
    """

    _name = "qualification.entry.mixin"
    _description = "Dialog That Takes What Is Missing"
    _inherit = ["qualification.door.mixin"]

    qualification_checks = fields.Json(
        compute="_compute_qualification",
        help="The gate's checks, with what is typed: key, name, state, reason.",
    )
    asked_for = fields.Char(
        compute="_compute_qualification",
        help="Codes of what fails without what is typed.",
    )
    qualification_enforcement = fields.Selection(
        [("enforce", "Enforce"), ("advise", "Advise"), ("off", "Off")],
        compute="_compute_qualification",
    )
    is_qualified = fields.Boolean(compute="_compute_qualification")
    is_approver = fields.Boolean(compute="_compute_is_approver")
    override_reason = fields.Char(
        help="Why a lead goes through that does not qualify, of an approver or for "
        "one; kept in the decision log and the chatter."
    )
    # Facts that can be entered right here
    contact_name = fields.Char(string="Person", help="Whom one can talk to.")
    email_from = fields.Char(string="E-mail", help="Where one reaches the person.")
    phone = fields.Char(help="Where one reaches the person.")
    contact_outcome = fields.Selection(
        OUTCOMES[:-1],
        string="Call or visit",
        help="How a call or visit went that is not in Odoo yet. It is noted on the"
        " lead.",
    )
    contact_note = fields.Char(help="What was said.")
    need_name = fields.Char(string="Need", help="What the customer wants solved.")
    need_state = fields.Selection(
        [("suspected", "Suspected"), ("confirmed", "Confirmed by the customer")],
        default="confirmed",
        help="Suspected: we think so. Confirmed: the customer said so.",
    )
    commitment_name = fields.Char(
        string="Commitment", help="What the buyer promised to do next."
    )
    commitment_kind = fields.Selection(
        lambda self: self.env["crm.lead.commitment"]._get_kinds(),
        default="meeting",
        help="What the buyer will do.",
    )
    commitment_date = fields.Date(string="By", help="Until when the buyer will do it.")

    @api.depends("lead_id", "need_state", *ENTERED_FACTS)
    def _compute_qualification(self):
        for dialog in self:
            lead = dialog.lead_id._origin._filtered_access("read")
            stage = dialog._get_stage()
            facts = lead._collect_facts(if_open=bool(stage))
            typed = {lead_id: dialog._add_typed(one) for lead_id, one in facts.items()}
            kept, verdict = (
                lead._get_verdicts_on(stage, either).get(lead, (None, None))[1]
                for either in (facts, typed)
            )
            checks = verdict.checks if verdict else ()
            dialog.qualification_checks = [explain(self.env, one) for one in checks]
            # sudo: as in _get_judging_profile
            policy = lead.sudo().qualification_profile_id._get_policy()
            dialog.qualification_enforcement = policy.enforcement
            dialog.is_qualified = not verdict or verdict.passed
            dialog.asked_for = kept and get_failed_codes(kept.failed)

    def _add_typed(self, facts):
        """The ``Facts`` of the lead as if what is typed were kept already."""
        proves = {"reached": 3, "no_answer": 1, "left_message": 1}
        state = CONTACT_STATES[proves.get(self.contact_outcome, 0)]
        said = Contact(state, fields.Datetime.now())
        need = Need(self.need_name, self.need_state or "suspected")
        promise = Commitment(self.commitment_name)
        email = email_normalize(self.email_from)
        return replace(
            facts,
            has_person=facts.has_person or is_name(self.contact_name),
            has_address=facts.has_address or is_address(email) or is_phone(self.phone),
            contact=max(
                (said, facts.contact),
                key=lambda contact: CONTACT_STATES.index(contact.state),
            ),
            needs=facts.needs + ((need,) if need.name else ()),
            commitments=facts.commitments + ((promise,) if promise.name else ()),
        )

    def _compute_is_approver(self):
        group = "sales_nemo.group_qualification_approver"
        self.is_approver = self.env.user.has_group(group)

    @api.onchange("commitment_name")
    def _onchange_commitment_name(self):
        said = self.commitment_name, self.commitment_kind, self.commitment_date
        promises = self.env["crm.lead.commitment"]
        self.commitment_kind, self.commitment_date = promises._propose(*said)

    def _get_stage(self):
        """The ``crm.stage`` that the lead is about to enter; none: the pipeline."""
        return self.env["crm.stage"]

    @on_one
    def action_ask_exception(self):
        """Keep what was entered, and ask an approver to let the lead through.

        :raise ValidationError: no reason is given
        :raise UserError: nothing is refused, or nobody could approve
        """
        self._record_facts()
        return self.lead_id._ask_exception(self._get_reason(), self._get_stage())

    def _get_reason(self):
        """Why the lead should go through.

        :raise ValidationError: no reason is given
        """
        reason = (self.override_reason or "").strip()
        if not get_words(reason):
            raise ValidationError(
                self.env._("Say why it should go through although it fails.")
            )
        return reason

    def _record_facts(self):
        """Turn what was typed into facts of the lead, once."""
        lead = self.lead_id
        if self.contact_outcome:
            log = self.env["crm.lead.log.contact"].new(
                {
                    "lead_id": lead.id,
                    "channel": "call",
                    "outcome": self.contact_outcome,
                    "note": self.contact_note,
                }
            )
            log._log()
        # afterwards: a wrong number is the one before
        if reach := {name: self[name] for name in REACH if self[name]}:
            lead.write(reach)
        if self.need_name:
            self.env["crm.lead.need"].create(
                {
                    "lead_id": lead.id,
                    "name": self.need_name,
                    "state": self.need_state or "suspected",
                }
            )
        if self.commitment_name:
            self.env["crm.lead.commitment"].create(
                {
                    "lead_id": lead.id,
                    "name": self.commitment_name,
                    "kind": self.commitment_kind or "meeting",
                    "date_deadline": self.commitment_date,
                }
            )
        recorded = [name for name in ENTERED_FACTS if self[name]]
        if recorded:
            self.write(dict.fromkeys(recorded, False))
