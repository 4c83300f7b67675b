from odoo import models
from odoo.exceptions import AccessError, UserError
from odoo.http import request

from ..base.website_form import is_website_form
from ..evidence.mail_message import AUTOMATIC_MARKS
from .reasons import explain


class CrmLead(models.Model):
    """The gate in front of the pipeline: every path that a lead can take meets it.

    What opens it is a decision that its own code writes, for this lead and this
    transition; no context key does. Who comes without one meets ``crm_lead_guard.py``.
    """

    _inherit = "crm.lead"

    # ------------------------------------------------------------
    # DECISION
    # ------------------------------------------------------------

    def _decide_entry(self, path, override_reason=None):
        """Judge leads that are about to become opportunities and decide.

        Those that may go carry a pending decision afterwards, which opens their
        transition once. Nothing else is changed.

        :param str path: how they came, as in ``crm.qualification.decision.path``
        :param str override_reason: of an approver who lets failing leads through
        :return: ``{lead: (Facts, gate.Verdict)}`` of those that are refused
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
        # under the profile that matches now, not long ago
        waiting._compute_again("qualification_profile_id")
        entries, refused = waiting._split_by_verdict()
        if override_reason:
            entries += [(lead, "overridden", *both) for lead, both in refused.items()]
            refused = {}
        self._decide(entries, path, override_reason, pending=True)
        return refused

    def _split_by_verdict(self, verdicts=None):
        """Who may pass.

        :param dict verdicts: as ``_get_verdicts`` gives them; None: as they are now
        :return: ``(entries, refused)``: the entries of those that pass, or that a
            profile lets through because it only advises, as ``_decide`` takes them;
            and ``{lead: (Facts, gate.Verdict)}`` of the others
        """
        entries, refused = [], {}
        if verdicts is None:
            verdicts = self._get_verdicts()
        for lead, (facts, verdict) in verdicts.items():
            if verdict.passed:
                entries.append((lead, "passed", facts, verdict))
            elif not lead._is_enforced():
                entries.append((lead, "advised", facts, verdict))
            else:
                refused[lead] = (facts, verdict)
        return entries, refused

    def _check_approver(self):
        user = self.env.user
        may = user.has_group("sales_nemo.group_qualification_approver")
        # where a person confirms what an agent tells, none lets it through either
        if not may or (user.is_qualification_agent and self._filter_doubting()):
            raise AccessError(
                self.env._(
                    "Only approvers may let a lead through that does not qualify. Ask "
                    "one of them, or add what is missing."
                )
            )

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
        # sudo: the decision is the gate's to write
        leads = self.sudo().browse([lead.id for lead, *_rest in entries])
        field = self._fields["qualification_decision_id"]
        leads._set_unjudged(False)
        # a link each, but what depends on them is told once
        with self.env.protecting([field], leads):
            for lead, decision in zip(leads, decisions, strict=True):
                lead.qualification_decision_id = decision
        leads.modified([field.name])
        if not pending:
            judged = leads.filtered(lambda lead: lead._peek_won_status() == "pending")
            judged._store_verdicts({lead: both for lead, _outcome, *both in entries})
        for lead, outcome, *_rest in entries:
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
        """The decision that opens this lead's transition now, or an empty one."""
        self.ensure_one()
        # sudo: reps without access to the log are let through by it all the same
        decision = self.sudo().qualification_decision_id
        return decision.filtered(lambda d: d.is_pending and d.lead_id.id == self.id)

    def _log_refusals(self, refused, path, stages=None):
        """Log refusals, each once as long as its verdict stays the same.

        What is told in a note is logged once, whatever a person was told before.

        :param dict refused: what ``_decide_entry`` returned
        :param dict stages: as ``_refuse`` takes them
        :return: those of them that were not logged already
        :rtype: dict
        """
        log = self.env["crm.qualification.decision"]
        leads = self.browse([lead.id for lead in refused])
        last = log._get_last_refusals(leads)
        quiet = self._get_quiet_path()
        new = {}
        for lead, (facts, verdict) in refused.items():
            signature, told_on = last.get(lead.id, (None, None))
            is_same = signature == log._get_signature(verdict)
            if not is_same or (quiet and path != told_on):
                new[lead] = facts, verdict
        entries = [(lead, "refused", *both) for lead, both in new.items()]
        log._log(entries, path, stages=stages)
        return new

    def _log_and_note_refusals(self, refused, path, stages=None):
        """Log refusals that raise nothing; a note on each lead says why.

        A rule that tries the same again adds no second note.

        :param dict refused: what ``_decide_entry`` returned
        :param dict stages: as ``_refuse`` takes them
        """
        new = self._log_refusals(refused, path, stages)
        # sudo: a portal user writes no notes
        self.browse([lead.id for lead in new]).sudo()._message_log_batch(
            {
                lead.id: lead._get_refused_note(verdict, stages)
                for lead, (_facts, verdict) in new.items()
            }
        )

    def _explain_refusal(self, refused, stages=None):
        """All reasons of all refused leads, as one text.

        :param dict refused: what ``_decide_entry`` returned
        :param dict stages: as ``_refuse`` takes them
        :rtype: str
        """
        head = self.env._("“%(lead)s” is not ready for “%(stage)s” yet:")
        intro = self.env._("Not qualified to be an opportunity yet:")
        blocks = [] if stages else [intro]
        for lead, (_facts, verdict) in refused.items():
            # sudo: of whatever team the stage is
            words = stages and {
                "lead": lead.name or "",
                "stage": stages[lead].sudo().name,
            }
            reasons = [explain(self.env, check) for check in verdict.failed]
            lines = [f"  • {reason['name']}: {reason['reason']}" for reason in reasons]
            blocks.append(
                "\n".join([head % words if stages else lead.name or "", *lines])
            )
        return "\n\n".join(blocks)

    def _get_refused_note(self, verdict, stages=None):
        """The reasons of one refusal, for the chatter."""
        # many read it: days are the company's
        lead = self.with_context(tz=self._get_company()._get_zone())
        if stages:
            return lead._explain_refusal({lead: (None, verdict)}, stages)
        reasons = [explain(lead.env, check)["reason"] for check in verdict.failed]
        return self.env._("Not converted: %s", " ".join(reasons))

    def _refuse(self, refused, before, stages=None):
        """Take the transitions of these back, and say why.

        :param dict refused: what ``_decide_entry`` returned
        :param dict before: what ``_get_snapshot`` gave before the write
        :param dict stages: the ``crm.stage`` that each may not enter; None: they may
            not enter the pipeline
        :raise UserError: where somebody reads it
        """
        quiet_path = self._get_quiet_path()
        staying = self.browse([lead.id for lead in refused])
        (staying if quiet_path else self)._undo_transitions(before)
        if quiet_path:
            self._log_and_note_refusals(refused, quiet_path, stages)
        else:
            raise self._get_refusal(self._explain_refusal(refused, stages), stages)

    def _get_refusal(self, text, stages):
        """The error that tells a refusal.

        :param dict stages: as ``_refuse`` takes them
        """
        return UserError(text)

    # ------------------------------------------------------------
    # CONVERT
    # ------------------------------------------------------------

    def convert_opportunity(self, partner, user_ids=False, team_id=False):
        """Convert the leads that pass the gate.

        :raise UserError: names all leads that don't pass with all reasons, except
            where an exception must not leave Odoo's own loop (assignment) or reach a
            portal user: there the lead stays a lead with a note that says why
        """
        quiet_path = self._get_quiet_path()
        refused = self._decide_entry(quiet_path or "convert")
        if refused:
            if not quiet_path:
                raise UserError(self._explain_refusal(refused))
            self._log_and_note_refusals(refused, quiet_path)
        staying = self.filtered(lambda lead: lead in refused)
        going = self - staying
        res = super(CrmLead, going).convert_opportunity(partner, user_ids, team_id)
        going._void_unused_decisions()
        if staying and (user_ids or team_id):
            staying._handle_salesmen_assignment(user_ids=user_ids, team_id=team_id)
        return res

    def _void_unused_decisions(self):
        """Decisions that were not used for a conversion open nothing later."""
        # sudo: the decision is the gate's to write
        if unused := self.sudo().filtered(lambda lead: lead._get_pending_decision()):
            unused.qualification_decision_id.is_pending = False
            unused.qualification_decision_id = False

    def _get_quiet_path(self):
        """Path on which a refusal is a note instead of an exception; empty: none.

        That is, where nobody who could mend it reads it, and an exception would cost a
        customer's words or stop others: outsiders, the website's form, rules that act
        by themselves, scheduled jobs, the mail gateway. A click on a server action is
        somebody's.

        The marks in the context open nothing, whoever sends them.
        """
        if self.env.user.share or (request and is_website_form(self)):
            return "portal"
        if self.env.context.get("qualification_refuse_quietly"):
            return "assignment"
        # while a rule waits for what a person does, its mark is empty
        marked = any(map(self.env.context.get, AUTOMATIC_MARKS))
        return "automatic" if marked else ""
