from collections import defaultdict

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import format_list
from odoo.tools.sql import column_exists

from .. import gate
from .reasons import explain

# A phone number has at least this many digits.
PHONE_DIGITS = 5

# Columns that exist before the ORM would compute them for every old lead.
COLUMN_DEFAULTS = {
    "qualification_profile_id": "int4",
    "qualification_profile_pinned": "bool",
    "qualification_state": "varchar DEFAULT 'none'",
    "qualification_score": "float8 DEFAULT 0",
    "contact_state": "varchar DEFAULT 'none'",
    "contact_date": "timestamp",
    "contact_message_id": "int4",
    "qualification_decision_id": "int4",
    "qualification_deadline": "date",
}


class CrmLead(models.Model):
    """Leads collect facts, ask the gate, and keep its verdict and their decision.

    ``_collect_facts`` reads what is known, ``_get_verdicts`` asks the gate,
    ``_open_gate`` decides. ``create`` and ``write`` compare type and won status before
    and after Odoo's own code, so that every path into the pipeline meets the gate.
    """

    _name = "crm.lead"
    _inherit = ["crm.lead", "qualification.protected.mixin"]

    _qualification_protected = frozenset(
        {
            "qualification_profile_pinned",
            "qualification_state",
            "qualification_score",
            "contact_state",
            "contact_date",
            "contact_message_id",
            "qualification_decision_id",
            "qualification_decision_ids",
            "qualification_deadline",
        }
    )

    # Facts
    qualification_answer_ids = fields.One2many(
        "crm.qualification.answer", "lead_id", string="Answers"
    )
    qualification_need_ids = fields.One2many("crm.lead.need", "lead_id", string="Needs")
    qualification_commitment_ids = fields.One2many(
        "crm.lead.commitment", "lead_id", string="Commitments"
    )
    contact_state = fields.Selection(
        [
            ("none", "Never contacted"),
            ("outbound", "No reply yet"),
            ("inbound", "Waits for our answer"),
            ("two_way", "In touch"),
        ],
        string="Contact Status",
        compute="_compute_qualification",
        store=True,
        copy=False,
        help="Read from messages and logged calls: who has heard from whom.",
    )
    contact_date = fields.Datetime(
        string="Last Contact",
        compute="_compute_qualification",
        store=True,
        copy=False,
        help="Last time that both sides were in touch.",
    )
    contact_message_id = fields.Many2one(
        "mail.message",
        string="Proof of Contact",
        compute="_compute_qualification",
        store=True,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
    )
    # Verdict
    qualification_profile_id = fields.Many2one(
        "crm.qualification.profile",
        compute="_compute_qualification_profile_id",
        store=True,
        readonly=False,
        copy=False,
        index="btree_not_null",
        ondelete="set null",
        help="The first profile that matches this lead says what is asked. Only sales "
        "managers choose another one.",
    )
    qualification_profile_pinned = fields.Boolean(
        copy=False, help="A manager chose the profile; matching leaves it alone."
    )
    qualification_state = fields.Selection(
        [
            ("none", "Not judged"),
            ("blocked", "Blocked"),
            ("ready", "Ready"),
            ("qualified", "Qualified"),
            ("overridden", "Overridden"),
            ("flagged", "Flagged"),
            ("disqualified", "Disqualified"),
        ],
        string="Qualification",
        compute="_compute_qualification",
        store=True,
        copy=False,
        help="Leads: blocked until all checks pass, then ready; disqualified when an "
        "answer rules them out.\nOpportunities: qualified, overridden by an approver, "
        "or flagged because they never passed.",
    )
    qualification_score = fields.Float(
        string="Score",
        compute="_compute_qualification",
        store=True,
        copy=False,
        aggregator="avg",
        help="Percent of the criteria's points that the answers earn.",
    )
    # Decision
    qualification_decision_id = fields.Many2one(
        "crm.qualification.decision",
        string="Decision",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        help="How this opportunity came into the pipeline.",
    )
    qualification_decision_ids = fields.One2many(
        "crm.qualification.decision", "lead_id", string="Decisions", readonly=True
    )
    qualification_deadline = fields.Date(
        copy=False, readonly=True, help="Until when a flagged opportunity should pass."
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends(
        lambda self: [
            "company_id",
            "team_id",
            "qualification_profile_pinned",
            *sorted(self.env["crm.qualification.profile"]._get_lead_field_paths()[0]),
        ]
    )
    def _compute_qualification_profile_id(self):
        free = self.filtered(lambda lead: not lead.qualification_profile_pinned)
        matched = self.env["crm.qualification.profile"]._match(free)
        for lead in free:
            lead.qualification_profile_id = matched[lead.id]

    @api.depends(lambda self: self._get_qualification_depends())
    def _compute_qualification(self):
        unsaved = self.filtered(lambda lead: not isinstance(lead.id, int))
        for lead in unsaved:
            saved = lead._origin
            lead.contact_state = saved.contact_state or "none"
            lead.contact_date = saved.contact_date
            lead.contact_message_id = saved.contact_message_id
            lead.qualification_state = saved.qualification_state or "none"
            lead.qualification_score = saved.qualification_score
        leads = self - unsaved
        facts_by_lead = leads._collect_facts()
        for lead in leads:
            facts = facts_by_lead[lead.id]
            lead.contact_state = facts.contact.state
            lead.contact_date = facts.contact.two_way_date or False
            lead.contact_message_id = facts.contact.proof or False
            verdict = lead._judge(facts)
            lead.qualification_score = verdict.score if verdict else 0.0
            lead.qualification_state = lead._get_qualification_state(verdict)

    def _get_qualification_depends(self):
        """Fields whose change makes a lead be judged anew; messages tell it themselves.

        Extension point: append the fields that further facts are read from.
        """
        return [
            "type",
            "active",
            "won_status",
            "partner_id.is_company",
            "contact_name",
            "email_normalized",
            "email_domain_criterion",
            "phone",
            "company_id",
            "qualification_profile_id",
            "qualification_decision_id",
            "qualification_need_ids.state",
            "qualification_commitment_ids.state",
            "qualification_commitment_ids.date_deadline",
            "qualification_answer_ids.state",
            "qualification_answer_ids.points",
            "partner_id.commercial_partner_id.qualification_answer_ids.state",
            "partner_id.commercial_partner_id.qualification_answer_ids.points",
            "partner_id.commercial_partner_id.qualification_answer_ids.company_id",
            *sorted(self.env["crm.qualification.profile"]._get_lead_field_paths()[1]),
        ]

    def _get_qualification_state(self, verdict):
        """The state that a verdict means for this lead or opportunity.

        :param verdict: ``gate.Verdict``, or None where no profile judges
        """
        self.ensure_one()
        if self.type == "opportunity":
            # sudo: the state doesn't depend on who may read the log
            outcome = self.sudo().qualification_decision_id.outcome
            if outcome in ("flagged", "advised"):
                return "qualified" if verdict and verdict.passed else "flagged"
            if outcome == "overridden":
                return "overridden"
            return "qualified" if outcome else "none"
        if not verdict:
            return "none"
        if verdict.disqualified:
            return "disqualified"
        return "ready" if verdict.passed else "blocked"

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def _auto_init(self):
        """Add the stored columns at once, so that old leads aren't computed here."""
        for name, definition in COLUMN_DEFAULTS.items():
            if not column_exists(self.env.cr, self._table, name):
                self.env.cr.execute(
                    f'ALTER TABLE "{self._table}" ADD COLUMN "{name}" {definition}'
                )
        return super()._auto_init()

    @api.model_create_multi
    def create(self, vals_list):
        leads = super().create(vals_list)
        chosen = [
            lead.id
            for lead, vals in zip(leads, vals_list, strict=True)
            if vals.get("qualification_profile_id")
        ]
        leads.browse(chosen)._pin_profile()
        leads._guard_created()
        return leads

    def write(self, vals):
        before = self._get_transition_values()
        res = super().write(vals)
        if "qualification_profile_id" in vals:
            self._pin_profile()
        self._guard_transitions(before)
        return res

    def copy_data(self, default=None):
        """A copy is a new record: it was not converted on any day."""
        vals_list = super().copy_data(default=default)
        for vals in vals_list:
            vals.pop("date_conversion", None)
        return vals_list

    def _has_field_access(self, field, operation):
        """Profiles are chosen by managers: a rep could choose an easier one."""
        return super()._has_field_access(field, operation) and (
            operation == "read"
            or field.name != "qualification_profile_id"
            or self.env.su
            or self.env.user.has_group("sales_team.group_sale_manager")
        )

    def _pin_profile(self):
        """Keep the profile that a manager chose; an empty one is matched again."""
        for lead in self.sudo():  # sudo: only this code pins
            lead.qualification_profile_pinned = bool(lead.qualification_profile_id)

    # ------------------------------------------------------------
    # FACTS
    # ------------------------------------------------------------

    def _collect_facts(self):
        """All facts about these leads, in a constant number of queries.

        Extension point: other addons put theirs into ``extra``.

        :return: ``{lead id: gate.Facts}``
        :rtype: dict
        """
        # sudo: what is known doesn't depend on who asks; needed for stored states, too
        leads = self.sudo()
        contacts = self.env["mail.message"]._get_contact(leads)
        answers = leads._collect_answers()
        today = fields.Date.today()
        return {
            lead.id: gate.Facts(
                today=today,
                has_person=bool(
                    lead.contact_name
                    or (lead.partner_id and not lead.partner_id.is_company)
                ),
                has_address=bool(lead.email_normalized or lead._has_phone()),
                contact=contacts[lead.id],
                needs=tuple(
                    gate.Need(need.name, need.state)
                    for need in lead.qualification_need_ids
                ),
                commitments=tuple(
                    gate.Commitment(
                        promise.name, promise.state, promise.date_deadline or None
                    )
                    for promise in lead.qualification_commitment_ids
                ),
                answers=tuple(answers[lead.id]),
            )
            for lead in leads
        }

    def _has_phone(self):
        return sum(sign.isdigit() for sign in self.phone or "") >= PHONE_DIGITS

    def _collect_answers(self):
        """The answers that count for each lead, one per criterion of its profile.

        :return: ``{lead id: [gate.Answer, …]}``
        :rtype: dict
        """
        collected = defaultdict(list)
        met_by_criterion = self._evaluate_automatic()
        known_by_lead = self._get_answers_by_criterion()
        for lead in self:
            known = known_by_lead[lead.id]
            for criterion in lead.qualification_profile_id.criterion_ids:
                if criterion.answer_type == "automatic":
                    answer = lead._get_automatic_answer(
                        criterion, met_by_criterion[criterion]
                    )
                else:
                    answer = lead._get_given_answer(criterion, known.get(criterion))
                collected[lead.id].append(answer)
        return collected

    def _get_answers_by_criterion(self):
        """Each lead's own answers and its account's; the newer one wins.

        :return: ``{lead id: {criterion: answer}}``
        :rtype: dict
        """
        accounts = self.partner_id.commercial_partner_id
        answers = self.qualification_answer_ids | accounts.qualification_answer_ids
        by_owner = answers.grouped(lambda answer: answer.lead_id or answer.partner_id)
        known = {}
        for lead in self:
            account = lead.partner_id.commercial_partner_id
            candidates = [
                *by_owner.get(lead, ()),
                *(a for a in by_owner.get(account, ()) if lead._shares_company(a)),
            ]
            candidates.sort(key=lambda answer: (answer._is_answered(), answer.date))
            known[lead.id] = {answer.criterion_id: answer for answer in candidates}
        return known

    def _shares_company(self, answer):
        """False for an account's answer that another company gave."""
        companies = answer.company_id | self.company_id
        return len(companies) < 2

    def _get_given_answer(self, criterion, answer):
        if not answer:
            return gate.Answer(criterion.id)
        state, points = answer.state, answer.points
        expired = answer.expires_on and answer.expires_on < fields.Date.today()
        if state != "unknown" and expired and self.won_status == "pending":
            state, points = "expired", 0.0
        elif state == "expired":
            # answers of closed records never expire
            state, points = criterion._grade_answer(answer)
        return gate.Answer(criterion.id, state, points, answer.value or "")

    def _get_automatic_answer(self, criterion, met):
        account = criterion.scope == "account"
        record = self.partner_id.commercial_partner_id if account else self
        if not record:
            return gate.Answer(criterion.id)
        if record in met:
            return gate.Answer(criterion.id, "met", 1.0)
        return gate.Answer(criterion.id, criterion._get_failing_state())

    def _evaluate_automatic(self):
        """Leads or accounts that meet each automatic criterion now.

        :return: ``{criterion: recordset}``
        """
        met = {}
        for profile, leads in self.grouped("qualification_profile_id").items():
            for criterion in profile.criterion_ids:
                if criterion.answer_type == "automatic":
                    account = criterion.scope == "account"
                    met[criterion] = criterion._get_automatic(
                        leads.partner_id.commercial_partner_id if account else leads
                    )
        return met

    def _contact_changed(self):
        """Messages came, went or moved: look for contact anew, in this transaction."""
        leads = self.exists()
        for field in self.pool.field_computed[self._fields["contact_state"]]:
            self.env.add_to_compute(field, leads)
        leads._facts_changed()

    def _facts_changed(self):
        """Facts came in: the first pass of a flagged opportunity settles its flag."""
        if flagged := self.filtered(lambda lead: lead.qualification_deadline):
            flagged._settle_flags()

    def _log_contact(self, body, outcome, activity_type=None, date=None):
        """Log a contact that Odoo can't see by itself, as proof.

        :param str body: what was said
        :param str outcome: "reached" or "no_answer"
        :param activity_type: ``mail.activity.type`` of a call or meeting, or None
        :param datetime date: when it was (UTC), or None for now
        :return: the ``mail.message``
        """
        self.ensure_one()
        message = self.message_post(
            body=body,
            subtype_xmlid="mail.mt_activities",
            mail_activity_type_id=activity_type.id if activity_type else False,
            **({"date": date} if date else {}),
        )
        # sudo: the outcome is evidence, clients can't write it on any message
        message.sudo().contact_outcome = outcome
        return message

    # ------------------------------------------------------------
    # VERDICT
    # ------------------------------------------------------------

    def _get_judging_profile(self):
        """The profile that judges this lead; empty where none does."""
        # sudo: a rep is judged by profiles of companies that aren't selected now, too
        profile = self.sudo().qualification_profile_id
        return profile.filtered(lambda p: p.enforcement != "off")

    def _judge(self, facts):
        """The gate's verdict on this lead, or None where no profile judges it.

        :param facts: ``gate.Facts``
        """
        profile = self._get_judging_profile()
        if not profile:
            return None
        return gate.judge(facts, profile._get_policy(), profile._get_gate_checks())

    def _get_verdicts(self):
        """The gate's verdicts, from the facts as they are now.

        :return: ``{lead: (gate.Facts, gate.Verdict)}``; leads that no profile judges
            are not in it
        :rtype: dict
        """
        facts_by_lead = self._collect_facts()
        judged = ((lead, lead._judge(facts_by_lead[lead.id])) for lead in self)
        return {
            lead: (facts_by_lead[lead.id], verdict)
            for lead, verdict in judged
            if verdict
        }

    def _review_qualification(self):
        """Match and judge these leads anew, when their stored values are next needed."""
        for name in ("qualification_profile_id", "qualification_state"):
            self.env.add_to_compute(self._fields[name], self)

    # ------------------------------------------------------------
    # DECISION
    # ------------------------------------------------------------

    def _open_gate(self, path, override_reason=None):
        """Judge leads that are about to become opportunities and decide.

        Those that may go carry a pending decision afterwards, which opens their
        transition once. Nothing else is changed.

        :param str path: how they came, as in ``crm.qualification.decision.path``
        :param str override_reason: of an approver who lets failing leads through
        :return: ``{lead: (gate.Facts, gate.Verdict)}`` of those that are refused
        :rtype: dict
        :raise AccessError: the user may not change the leads, or wants to override
            and is no approver
        """
        self.check_access("write")
        if override_reason:
            self._check_approver()
        waiting = self.filtered(
            lambda lead: (
                lead.type == "lead"
                and lead.active
                and lead.won_status != "won"
                and not lead._get_pending_decision()
            )
        )
        waiting._match_profile_again()
        entries, refused = [], {}
        for lead, (facts, verdict) in waiting._get_verdicts().items():
            if verdict.passed:
                outcome = "passed"
            elif lead._get_judging_profile().enforcement == "advise":
                outcome = "advised"
            elif override_reason:
                outcome = "overridden"
            else:
                refused[lead] = (facts, verdict)
                continue
            entries.append((lead, outcome, facts, verdict))
        self._decide(entries, path, override_reason, pending=True)
        return refused

    def _check_approver(self):
        if not self.env.user.has_group("sales_nemo.group_qualification_approver"):
            raise AccessError(
                self.env._(
                    "Only approvers may let a lead through that does not qualify. Ask "
                    "one of them, or add what is missing."
                )
            )

    def _match_profile_again(self):
        """A decision is taken under the profile that matches now, not long ago."""
        profile_field = self._fields["qualification_profile_id"]
        self.env.add_to_compute(profile_field, self)

    def _decide(self, entries, path, reason=None, pending=False):
        """Append decisions to the log and link each to its lead.

        :param list entries: ``(lead, outcome, facts, verdict)``
        :param bool pending: they open a transition that is still to be made
        """
        if not entries:
            return
        decisions = self.env["crm.qualification.decision"]._log(
            entries, path, reason=reason, pending=pending
        )
        for (lead, outcome, *_rest), decision in zip(entries, decisions, strict=True):
            # sudo: the decision is the gate's to write
            lead.sudo().qualification_decision_id = decision
            if outcome == "overridden":
                lead._message_log(
                    body=self.env._(
                        "%(user)s let this lead through although it does not qualify: "
                        "%(reason)s",
                        user=self.env.user.name,
                        reason=reason,
                    )
                )

    def _get_pending_decision(self):
        """The decision that opens this lead's transition now; empty if there is none."""
        self.ensure_one()
        # sudo: reps without access to the log are let through by it all the same
        decision = self.sudo().qualification_decision_id
        return decision.filtered(lambda d: d.is_pending and d.lead_id.id == self.id)

    def _log_refusals(self, refused, path):
        """Log refusals, each once as long as its verdict stays the same.

        :param dict refused: what ``_open_gate`` returned
        """
        log = self.env["crm.qualification.decision"]
        leads = self.browse([lead.id for lead in refused])
        last = log._get_last_refusals(leads)
        log._log(
            [
                (lead, "refused", facts, verdict)
                for lead, (facts, verdict) in refused.items()
                if last.get(lead.id) != log._get_signature(verdict)
            ],
            path,
        )

    def _explain_refusal(self, refused):
        """All reasons of all refused leads, as one text.

        :param dict refused: what ``_open_gate`` returned
        :rtype: str
        """
        blocks = []
        for lead, (_facts, verdict) in refused.items():
            reasons = [explain(self.env, check) for check in verdict.failed]
            lines = [f"  • {reason['name']}: {reason['reason']}" for reason in reasons]
            blocks.append("\n".join([lead.name or "", *lines]))
        intro = self.env._("Not qualified to be an opportunity yet:")
        return "\n\n".join([intro, *blocks])

    def _get_refused_note(self, verdict):
        """The reasons of one refusal in one line, for the chatter."""
        reasons = [explain(self.env, check)["reason"] for check in verdict.failed]
        return self.env._("Not converted: %s", " ".join(reasons))

    # ------------------------------------------------------------
    # GUARD
    # ------------------------------------------------------------

    def _get_transition_values(self):
        """What tells a transition, and what undoes it.

        :return: ``{lead id: {"type", "won_status", "stage_id", "probability"}}``
        """
        return {
            lead.id: {
                "type": lead.type,
                "won_status": lead.won_status,
                "stage_id": lead.stage_id.id,
                "probability": lead.probability,
            }
            for lead in self
        }

    def _guard_transitions(self, before):
        """Compare type and won status with what they were, and judge what changed.

        :param dict before: what ``_get_transition_values`` gave before the write
        """
        became, back, won, restored = [], [], [], []
        for lead in self:
            old_type, old_status = before[lead.id]["type"], before[lead.id]["won_status"]
            if (old_type, old_status) == (lead.type, lead.won_status):
                continue
            if lead.type == "opportunity" and old_type == "lead":
                became.append(lead.id)
            if lead.type == "lead" and old_type == "opportunity":
                back.append(lead.id)
            if lead.won_status == "won":
                won.append(lead.id)
            if lead.type == old_type == "opportunity" and old_status == "lost":
                restored.append(lead.id)
        if became:
            self.browse(became)._guard_conversion(before)
        if back:
            # sudo: the decision is the gate's to write; a lead carries none
            self.browse(back).sudo().write(
                {"qualification_decision_id": False, "qualification_deadline": False}
            )
        if won:
            self.browse(won)._guard_won(before)
        if restored:
            self.browse(restored)._guard_restored()

    def _refuse_transitions(self, before, message):
        """Undo the transitions of these leads and say why.

        Undone first: there is code that swallows errors and goes on.

        :param dict before: what ``_get_transition_values`` gave before the write
        :raise UserError: always
        """
        for lead in self.filtered(lambda lead: lead.id in before):
            values = dict(before[lead.id])
            values.pop("won_status")
            lead.write(values)
        raise UserError(message)

    def _guard_conversion(self, before):
        """Leads became opportunities: use their decisions, judge those without one."""
        opened = self.filtered(lambda lead: lead._get_pending_decision())
        # sudo: a decision opens one transition, the gate marks it as used
        opened.sudo().qualification_decision_id.write({"is_pending": False})
        unasked = self - opened
        unasked._match_profile_again()
        entries, refused = [], {}
        for lead, (facts, verdict) in unasked._get_verdicts().items():
            if verdict.passed:
                entries.append((lead, "passed", facts, verdict))
            elif lead._get_judging_profile().enforcement == "advise":
                entries.append((lead, "advised", facts, verdict))
            else:
                refused[lead] = (facts, verdict)
        if refused:
            self._refuse_transitions(before, self._explain_refusal(refused))
        self._decide(entries, "write")

    def _guard_created(self):
        """New records: opportunities that were never leads, and leads born won."""
        self.filtered(lambda lead: lead.won_status == "won")._guard_won({})
        entries, to_lead, refused = [], self.browse(), {}
        opportunities = self.filtered(lambda lead: lead.type == "opportunity")
        for lead, (facts, verdict) in opportunities._get_verdicts().items():
            profile = lead._get_judging_profile()
            policy = profile.direct_policy
            if verdict.passed:
                entries.append((lead, "passed", facts, verdict))
            elif profile.enforcement == "advise":
                entries.append((lead, "advised", facts, verdict))
            elif policy == "lead":
                to_lead |= lead
            else:
                entries.append((lead, "flagged", facts, verdict))
                if policy == "refuse" and self.env.registry.ready:
                    refused[lead] = (facts, verdict)
        self._decide(entries, "create")
        if refused:
            raise UserError(self._explain_refusal(refused))
        to_lead.write({"type": "lead"})
        flagged = [lead.id for lead, outcome, *_rest in entries if outcome == "flagged"]
        self.browse(flagged)._set_flag_deadline()

    def _is_won_refused(self):
        """True for a lead that its profile doesn't let be won without conversion."""
        self.ensure_one()
        return (
            self.type == "lead"
            and self._get_judging_profile().enforcement == "enforce"
        )

    def _guard_won(self, before):
        """Won records: leads are converted first, flagged opportunities are noted."""
        leads = self.filtered(lambda lead: lead._is_won_refused())
        if leads:
            self._refuse_transitions(
                before,
                self.env._(
                    "A lead can't be won: convert it to an opportunity first.\n%s",
                    format_list(self.env, leads.mapped("name")),
                ),
            )
        flagged = self.filtered(lambda lead: lead.qualification_state == "flagged")
        if flagged:
            self.env["crm.qualification.decision"]._log(
                [(lead, "flagged", *both) for lead, both in flagged._get_verdicts().items()],
                "won",
            )

    def _guard_restored(self):
        """Lost opportunities are back: those with a decision are judged again."""
        # sudo: the state doesn't depend on who may read the log
        decided = self.filtered(lambda lead: lead.sudo().qualification_decision_id)
        entries = []
        for lead, (facts, verdict) in decided._get_verdicts().items():
            if not verdict.passed:
                advise = lead._get_judging_profile().enforcement == "advise"
                outcome = "advised" if advise else "flagged"
                entries.append((lead, outcome, facts, verdict))
        self._decide(entries, "restore")
        flagged = [lead.id for lead, outcome, *_rest in entries if outcome == "flagged"]
        self.browse(flagged)._set_flag_deadline()

    def _set_flag_deadline(self):
        """Give flagged opportunities their deadline, and remind a single one's owner."""
        today = fields.Date.today()
        for lead in self.sudo():  # sudo: the deadline is the gate's to write
            days = lead._get_judging_profile().flag_days
            lead.qualification_deadline = fields.Date.add(today, days=days)
        if len(self) == 1 and not self.env.context.get("import_file"):
            self._remind_owner()

    def _remind_owner(self):
        """One activity a day and owner, however many opportunities are flagged."""
        self.ensure_one()
        owner = self.user_id
        # sudo: the owner's other opportunities may be hidden from the user
        others = self.sudo().search(
            [
                ("id", "!=", self.id),
                ("user_id", "=", owner.id),
                ("qualification_deadline", "!=", False),
                ("create_date", ">=", fields.Date.today()),
            ],
            limit=1,
        )
        if owner and not others:
            self.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=self.qualification_deadline,
                summary=self.env._("Qualify this opportunity"),
                user_id=owner.id,
            )

    @api.model
    def _settle_passing_flags(self):
        """Settle the flags whose facts came in on a way that does not tell us."""
        self.search(
            [
                ("qualification_deadline", "!=", False),
                ("qualification_state", "=", "qualified"),
            ]
        )._settle_flags()

    def _settle_flags(self):
        """The first pass after a flag settles it, once."""
        # sudo: facts of a colleague's opportunity may come in by mail
        flagged = self.sudo().filtered(
            lambda lead: lead.qualification_decision_id.outcome == "flagged"
        )
        passing = [
            (lead, "settled", facts, verdict)
            for lead, (facts, verdict) in flagged._get_verdicts().items()
            if verdict.passed
        ]
        flagged._decide(passing, "facts")
        for lead, *_rest in passing:
            lead.qualification_deadline = False

    # ------------------------------------------------------------
    # CONVERT AND MERGE
    # ------------------------------------------------------------

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        """Convert the leads that pass the gate.

        :raise UserError: names all leads that don't pass with all reasons, except where
            an exception must not leave Odoo's own loop (assignment) or reach a portal
            user: there the lead stays a lead with a note that says why
        """
        quiet_path = self._get_quiet_path()
        refused = self._open_gate(quiet_path or "convert")
        if not refused:
            res = super().convert_opportunity(
                partner, user_ids=user_ids, team_id=team_id
            )
            self._close_gate()
            return res
        if not quiet_path:
            raise UserError(self._explain_refusal(refused))
        self._log_refusals(refused, quiet_path)
        for lead, (_facts, verdict) in refused.items():
            # sudo: a portal user writes no notes
            lead.sudo()._message_log(body=lead._get_refused_note(verdict))
        staying = self.browse([lead.id for lead in refused])
        going = self - staying
        res = super(CrmLead, going).convert_opportunity(
            partner, user_ids=user_ids, team_id=team_id
        )
        going._close_gate()
        if user_ids or team_id:
            staying._handle_salesmen_assignment(user_ids=user_ids, team_id=team_id)
        return res

    def _close_gate(self):
        """Decisions that were not used for a conversion open nothing later."""
        unused = self.filtered(lambda lead: lead._get_pending_decision())
        # sudo: the decision is the gate's to write
        unused.sudo().qualification_decision_id.write({"is_pending": False})
        unused.sudo().write({"qualification_decision_id": False})

    def _get_quiet_path(self):
        """Path on which a refusal is a note instead of an exception; empty: none.

        The mark in the context opens nothing, whoever sends it.
        """
        if self.env.user.share:
            return "portal"
        return "assignment" if self.env.context.get("qualification_refuse_quietly") else ""

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        """Merge as Odoo does; facts follow the record that stays.

        Merging into a running opportunity is allowed. A lead that would come back to
        life inside a lost opportunity is judged like any other, on the merged facts.
        """
        leads = self.filtered(lambda lead: lead.type == "lead")
        opportunities = self - leads
        running = opportunities.filtered(lambda o: o.active and o.won_status != "lost")
        merged = super()._merge_opportunity(
            user_id=user_id,
            team_id=team_id,
            auto_unlink=auto_unlink,
            max_length=max_length,
        )
        if leads and opportunities and not running:
            merged._guard_merged()
        return merged

    def _guard_merged(self):
        """A lead was merged into a lost opportunity: it comes back only if it passes."""
        entries, refused = [], {}
        for lead, (facts, verdict) in self._get_verdicts().items():
            if verdict.passed:
                entries.append((lead, "passed", facts, verdict))
            elif lead._get_judging_profile().enforcement == "advise":
                entries.append((lead, "advised", facts, verdict))
            else:
                refused[lead] = (facts, verdict)
        if refused:
            raise UserError(self._explain_refusal(refused))
        self._decide(entries, "merge")

    def _merge_dependences(self, opportunities):
        """Answers, needs, commitments and decisions follow the record that stays."""
        res = super()._merge_dependences(opportunities)
        # sudo: who may merge the leads may merge their facts; the log is the gate's
        tail, head = opportunities.sudo(), self.sudo()
        known = {answer.criterion_id: answer for answer in head.qualification_answer_ids}
        for answer in tail.qualification_answer_ids.sorted("date"):
            own = known.get(answer.criterion_id)
            if own and own.date >= answer.date:
                continue
            if own:
                own.unlink()
            answer.lead_id = head
            known[answer.criterion_id] = answer
        tail.qualification_need_ids.write({"lead_id": head.id})
        tail.qualification_commitment_ids.write({"lead_id": head.id})
        tail.qualification_decision_ids.write({"lead_id": head.id})
        return res

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_log_contact(self):
        """Open the dialog that logs a call, meeting or message held elsewhere."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.crm_lead_log_contact_action"
        )
        return action | {"context": {"default_lead_id": self.id}}

    def action_open_convert_dialog(self):
        """Open Odoo's convert dialog, which shows the gate's reasons."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.action_crm_lead2opportunity_partner"
        )
        context = {
            "active_model": self._name,
            "active_id": self.id,
            "active_ids": self.ids,
        }
        return action | {"context": context}

    def action_open_contact_proof(self):
        """Open the message that proves the contact, if the user may read it."""
        self.ensure_one()
        return self._open_proof(self.contact_message_id)

    def _open_proof(self, message):
        """Action that shows a message that proves a fact.

        :param message: ``mail.message``
        :raise UserError: there is none, or the user may not read it
        """
        # sudo: whether it exists is no secret, its content is checked below
        if not message.sudo().exists():
            raise UserError(self.env._("There is no message that proves this."))
        if not message.has_access("read"):
            raise UserError(
                self.env._("This was proven by a message that you may not read.")
            )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Proof"),
            "res_model": "mail.message",
            "res_id": message.id,
            "views": [
                (self.env.ref("sales_nemo.mail_message_view_form_proof").id, "form")
            ],
            "target": "new",
        }

    # ------------------------------------------------------------
    # SHEET
    # ------------------------------------------------------------

    @api.readonly
    def get_qualification_sheet(self):
        """All that the Qualification tab shows, loaded when it is opened.

        :return: ``{"profile", "enforcement", "state", "score", "grade", "checks",
            "questions", "needs", "commitments", "contact", "decisions",
            "next_question"}``; questions come required and open first
        :rtype: dict
        """
        self.ensure_one()
        self.check_access("read")
        facts = self._collect_facts()[self.id]
        verdict = self._judge(facts)
        profile = self._get_judging_profile()
        return {
            "profile": profile.name or "",
            "enforcement": profile.enforcement or "",
            "state": self.qualification_state,
            "type": self.type,
            "score": verdict.score if verdict else 0.0,
            "grade": verdict.grade.upper() if verdict else "",
            "next_question": verdict.next_question if verdict else None,
            "checks": [explain(self.env, c) for c in verdict.checks] if verdict else [],
            "questions": self._get_question_rows(facts),
            "needs": self.qualification_need_ids.read(["name", "detail", "state"]),
            "commitments": self.qualification_commitment_ids.read(
                ["name", "kind", "date_deadline", "state"]
            ),
            "contact": {
                "state": facts.contact.state,
                "date": fields.Datetime.to_string(facts.contact.date),
                "proof": facts.contact.proof,
            },
            "decisions": self.qualification_decision_ids.read(
                ["date", "user_id", "path", "outcome", "reason", "summary"]
            ),
            "can_write": self.has_access("write"),
        }

    def _get_question_rows(self, facts):
        """The profile's criteria with what is known, for the Qualification tab.

        :param facts: ``gate.Facts`` of this lead
        :rtype: list[dict]
        """
        # sudo: as in _collect_facts
        known = self.sudo()._get_answers_by_criterion()[self.id]
        given = {answer.key: answer for answer in facts.answers}
        rows = []
        for criterion in self._get_judging_profile().criterion_ids:
            fact = given[criterion.id]
            answer = known.get(criterion)
            rows.append(
                {
                    "id": criterion.id,
                    "name": criterion.name,
                    "guidance": criterion.guidance or "",
                    "required": criterion.is_required,
                    "type": criterion.answer_type,
                    "scope": criterion.scope,
                    "choices": criterion.choice_ids.mapped("name"),
                    "value": answer.value or "" if answer else "",
                    "state": fact.state,
                    "is_open": fact.state in gate.OPEN_ANSWERS,
                    "answered_by": answer.user_id.name or "" if answer else "",
                    "date": fields.Datetime.to_string(answer.date) if answer else "",
                    "note": answer.note or "" if answer else "",
                }
            )
        return sorted(rows, key=lambda row: (not row["is_open"], not row["required"]))

    def save_qualification_answer(self, criterion_id, value, note=None):
        """Answer a criterion of this lead, or of its account where it is asked there.

        :param int criterion_id: id of a ``crm.qualification.criterion``
        :param str value: "yes", a choice's name, "12.5", "2026-05-01"; empty: unknown
        :param str note: how it was found out; None keeps the present one
        :return: the sheet, as ``get_qualification_sheet``
        :raise ValidationError: names the values that are allowed
        """
        self.ensure_one()
        self.check_access("write")
        criterion = self.env["crm.qualification.criterion"].browse(criterion_id)
        account = self.partner_id.commercial_partner_id
        vals = {"value": value or ""} | ({} if note is None else {"note": note})
        if criterion.scope == "account" and account:
            owner = {"partner_id": account.id, "company_id": self._get_company().id}
        else:
            owner = {"lead_id": self.id}
        domain = [("criterion_id", "=", criterion.id)]
        domain += [(name, "=", value) for name, value in owner.items()]
        answer = self.env["crm.qualification.answer"].search(domain, limit=1)
        if answer:
            answer.write(vals)
        else:
            answer.create({"criterion_id": criterion.id} | owner | vals)
        return self.get_qualification_sheet()

    def _get_company(self):
        return self.company_id or self.env.company
