from odoo import Command, api, fields, models
from odoo.exceptions import AccessError, UserError

from ..base.calls import on_one
from ..facts.qualification_proof_mixin import PROVABLE
from .reasons import explain

# What is shown of an answer, and what tells who may read it.
SHOWN_FIELDS = (
    "company_id",
    "criterion_id",
    "date",
    "event_id",
    "lead_id",
    "message_id",
    "note",
    "origin",
    "partner_id",
    "user_id",
)


class CrmLead(models.Model):
    """What a salesperson sees and does about a lead's qualification."""

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_convert_dialog(self):
        """Open Odoo's convert dialog, which shows the gate's reasons."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.action_crm_lead2opportunity_partner"
        )
        context = {
            "active_model": self._name,
            "active_id": self.id,
            "active_ids": self.ids,
        }
        return action | {"context": context}

    # ------------------------------------------------------------
    # SHEET
    # ------------------------------------------------------------

    @api.readonly
    @on_one
    def get_qualification_sheet(self):
        """All that the Qualification tab shows, loaded when it is opened.

        :return: ``{"id", "profile", "enforcement", "score", "grade", "next_question",
            "checks", "questions", "needs", "commitments", "contact", "decisions",
            "can_write", "can_confirm"}``; the question of the next step comes first,
            then what is open, then the rest, what is required before what is optional
        :rtype: dict
        """
        # sudo: as in _collect_facts; what is shown, not all that a record has
        self.sudo()._fetch_for_facts()
        self.check_access("read")
        known = self.sudo()._get_answers_by_criterion()
        facts_by_lead = self._collect_facts(known=known)
        facts = facts_by_lead[self.id]
        verdicts = self._get_verdicts(facts_by_lead)
        _facts, verdict = verdicts.get(self, (facts, None))
        # an answer that was just given: judged once for the sheet and for the lists,
        # unless messages and meetings tell more than is stored of the contact
        judged = self.sudo() & self.env.records_to_compute(
            self._fields["qualification_state"]
        )
        if facts.contact == self.sudo()._get_stored_contact():
            judged._store_verdicts(verdicts)
        profile = self._get_judging_profile()
        profile.fetch(["name"])
        policy = profile._get_policy()
        mine = [("lead_id", "=", self.id)]
        return {
            "id": self.id,
            "profile": profile.name or "",
            "enforcement": policy.enforcement if profile else "",
            "score": verdict.score if verdict else 0.0,
            "grade": verdict.grade.upper() if verdict else "",
            "next_question": self.qualification_question_id.id,
            "checks": [explain(self.env, c) for c in verdict.checks] if verdict else [],
            "questions": sorted(
                self._get_question_rows(policy.questions, facts, known[self.id]),
                key=lambda row: (
                    row["id"] != self.qualification_question_id.id,
                    not row["is_open"],
                    not row["required"],
                ),
            ),
            "needs": self.env["crm.lead.need"].search_read(
                mine, ["name", "state", "has_proof", "origin"]
            ),
            "commitments": self.env["crm.lead.commitment"].search_read(
                mine, ["name", "date_deadline", "state", "has_proof", "origin"]
            ),
            "contact": self._get_contact_row(facts),
            "decisions": self.env["crm.qualification.decision"].search_read(
                mine, ["date", "user_name", "outcome", "reason", "summary"]
            ),
            "can_write": self.has_access("write"),
            "can_confirm": policy.confirm_agents
            and not self.env.user.is_qualification_agent
            and self.has_access("write"),
        }

    def _get_contact_row(self, facts):
        """Who has heard from whom, for the Qualification tab."""
        contact, origin = facts.contact, self.contact_origin or ""
        return {
            "state": contact.state,
            "date": fields.Datetime.to_string(contact.date),
            "has_proof": bool(contact.proof or contact.meeting or origin),
            "origin": origin,
            "logged": self.contact_state,
            "is_meeting": bool(contact.meeting),
            "is_inferred": contact.inferred,
            "is_unattended": "unattended" in facts.extra,
            "person": self.partner_id.name or "",
        }

    def _get_question_rows(self, questions, facts, known):
        """The profile's criteria with what is known, for the Qualification tab.

        :param questions: ``(Criterion, …)`` of the profile
        :param facts: ``Facts`` of this lead
        :param dict known: its answers, ``{criterion id: KnownAnswer}``
        :rtype: list[dict]
        """
        answers = self.env["crm.qualification.answer"].browse(
            [answer.id for answer in known.values()]
        )
        answers.sudo().fetch(SHOWN_FIELDS)  # sudo: to ask who may read them
        # sudo: who may read an answer may know who gave it
        readable = answers._filtered_access("read").sudo()
        readable.user_id.fetch(["partner_id"])
        readable.user_id.partner_id.fetch(["name"])
        shown = {answer.criterion_id.id: answer for answer in readable}
        criteria = self.env["crm.qualification.criterion"]
        # sudo: of whatever team the stages are
        stages = self.env["crm.stage"].sudo()
        rows = []
        for question in questions:
            # another company's answer counts, but what it says stays there
            answer = shown.get(question.key, answers.browse())
            rows.append(
                criteria.browse(question.key)._get_row(
                    facts.answer_by_key[question.key].state,
                    answer,
                    answers._get_known_value(known[question.key]) if answer else "",
                    self._get_customers().commercial_partner_id
                    if question.account
                    else self,
                )
                | {"stage": stages.browse(question.stage).name or ""}
            )
        return rows

    @on_one
    def prove_by_contact(self, model, fact_id):
        """Note the last contact with this lead as the proof of a fact about it.

        :param str model: of an answer, a need or a commitment
        :param int fact_id: its id
        :return: the sheet, as ``get_qualification_sheet``
        :raise UserError: they have not said anything yet, or that is no fact of this
            lead that takes a proof
        """
        self.check_access("write")
        fact = self._find_fact(model, fact_id)
        contact = self._collect_facts()[self.id].contact
        if contact.state not in ("inbound", "two_way"):
            raise UserError(
                self.env._("They have not been in touch yet: there is no proof.")
            )
        # sudo: what proves the contact may be hidden from who notes that it does
        fact.sudo().write({"message_id": contact.proof, "event_id": contact.meeting})
        return self.get_qualification_sheet()

    @on_one
    def confirm_qualification_fact(self, model=None, fact_id=None):
        """Take what an agent told about this lead as one's own word.

        :param str model: of an answer, a need or a commitment; None: what proves the
            contact
        :param int fact_id: its id
        :return: the sheet, as ``get_qualification_sheet``
        :raise AccessError: the user is an agent
        :raise UserError: that is no fact of this lead
        """
        self.check_access("write")
        if self.env.user.is_qualification_agent:
            raise AccessError(self.env._("A person has to confirm what agents tell."))
        # sudo: nobody chooses who told it
        lead = self.sudo()
        proof = lead.contact_message_id or lead.contact_event_id
        fact = self._find_fact(model, fact_id) if model else proof
        fact.sudo().origin = "person"
        return self.get_qualification_sheet()

    def _find_fact(self, model, fact_id):
        """An answer, a need or a commitment of this lead that the user may change.

        :raise UserError: there is none
        """
        is_fact = model in PROVABLE and type(fact_id) is int
        fact = self.env[model].browse(fact_id).exists() if is_fact else None
        if not fact or self not in (fact.lead_id or fact._get_leads()):
            raise UserError(self.env._("This is no fact about this lead."))
        fact.check_access("write")
        return fact

    @on_one
    def add_person_to_meeting(self):
        """The lead's contact took part in its last meeting that names no guest.

        :return: the sheet, as ``get_qualification_sheet``
        :raise UserError: there is no such meeting, or the lead has no contact
        """
        self.check_access("write")
        meeting = self._get_unattended_meetings().get(self.id)
        if not (meeting and self.partner_id):
            raise UserError(
                self.env._("There is no held meeting without a guest, or no contact.")
            )
        # nobody is invited to what is over
        past = meeting.with_env(self.env(context={"skip_attendee_notification": True}))
        past.write({"partner_ids": [Command.link(self.partner_id.id)]})
        return self.get_qualification_sheet()

    @on_one
    def save_qualification_answer(self, criterion_id, value, note=None):
        """Answer a criterion of this lead, or of its account where it is asked there.

        :param int criterion_id: id of a ``crm.qualification.criterion``
        :param str value: "yes", a choice's name, "12.5", "2026-05-01"; empty: unknown
        :param str note: how it was found out; None keeps the present one
        :return: the sheet, as ``get_qualification_sheet``
        :raise UserError: there is no such criterion
        :raise ValidationError: names the values that are allowed
        """
        self.check_access("write")
        criteria = self.env["crm.qualification.criterion"]
        criterion = criteria._find_criterion(criterion_id)
        answers = self.env["crm.qualification.answer"]
        account = self._get_customers().commercial_partner_id
        if criterion.scope == "account" and account:
            company = self._get_answering_company() or self.env.company
            owner = answers._get_account_owner(account, company)
        else:
            owner = {"lead_id": self.id, "partner_id": False}
        answers._save(criterion, owner, value, note)
        return self.get_qualification_sheet()
