from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list

# What undoes a transition; with what Odoo makes of it, where nothing is rolled back.
UNDONE = ("type", "stage_id", "active")
UNDONE_QUIETLY = (*UNDONE, "probability", "automated_probability", "date_closed")


class CrmLead(models.Model):
    """What moves a lead without a decision is found behind Odoo's own code.

    The door compares type and won status before and after; what changed is judged, and
    undone, flagged or let through.
    """

    _inherit = "crm.lead"

    qualification_direct_policy = fields.Char(
        compute="_compute_qualification_direct_policy",
        groups="base.group_user",
        help="What happens to it if it was never a lead and does not pass.",
    )

    @api.depends("qualification_profile_id", "user_id")
    def _compute_qualification_direct_policy(self):
        for lead in self:
            policy = lead._is_enforced() and lead._get_direct_policy()
            lead.qualification_direct_policy = policy

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def copy_data(self, default=None):
        """A copy is a new record: it was not converted on any day."""
        vals_list = super().copy_data(default=default)
        for vals in vals_list:
            vals.pop("date_conversion", None)
        return vals_list

    @api.model
    def message_new(self, msg_dict, custom_values=None):
        """A record of an e-mail, with the defaults of the alias that it came to.

        Managers write them for their teams; the gateway, which works as superuser,
        would set with them what only the gate's own code may set.
        """
        given = {
            name: value
            for name, value in (custom_values or {}).items()
            if name not in self._get_written_by("code")
        }
        return super().message_new(msg_dict, custom_values=given)

    def copy(self, default=None):
        """Copying doesn't put a deadline off: the copy of a flagged one has it."""
        copies = super().copy(default)
        # sudo: the deadline is the gate's to write
        for lead, copy in zip(self.sudo(), copies.sudo(), strict=True):
            if lead.qualification_deadline and copy.qualification_deadline:
                deadlines = lead.qualification_deadline, copy.qualification_deadline
                copy.qualification_deadline = min(deadlines)
        return copies

    # ------------------------------------------------------------
    # GUARD
    # ------------------------------------------------------------

    def _get_snapshot(self):
        """What tells a transition, and what undoes it.

        :return: ``{lead id: {"type", "won_status", "stage_id", "active",
            "partner_id", "user_id", "profile", …}}``; the profile of opportunities,
            else None
        """
        names = UNDONE_QUIETLY if self._get_quiet_path() else UNDONE
        return {
            lead.id: self._convert_to_write({name: lead[name] for name in names})
            | {
                "won_status": lead._peek_won_status(),
                "partner_id": lead.partner_id,
                "user_id": lead.user_id,
                # sudo: as in _get_judging_profile
                "profile": lead.sudo().qualification_profile_id
                if lead.type == "opportunity"
                else None,
            }
            for lead in self
        }

    def _guard_transitions(self, before):
        """Compare type and won status with what they were, and judge what changed.

        :param dict before: what ``_get_snapshot`` gave before the write
        """
        became = back = closed = won = restored = reopened = self.browse()
        # by what they were and are
        groups = self.grouped(
            lambda lead: (
                *(before[lead.id][name] for name in ("type", "won_status")),
                lead.type,
                lead._peek_won_status(),
            )
        )
        for (old_type, old_status, new_type, status), leads in groups.items():
            if (old_type, old_status) == (new_type, status):
                continue
            # it need not have been a lead: within an import it may have no type yet
            if new_type == "opportunity" != old_type:
                became += leads
            if new_type == "lead" != old_type:
                back += leads
            if old_status == "pending" != status:
                closed += leads
            if status == "won":
                won += leads
            if new_type == old_type == "opportunity" and old_status == "lost":
                restored += leads
            if new_type == "opportunity" and (old_status, status) == ("won", "pending"):
                reopened += leads
        if became:
            became._guard_conversion(before)
        if closed:
            # before their first review, which leaves closed ones out; sudo: as below
            closed.sudo().filtered(
                lambda lead: not lead.qualification_profile_id
            )._compute_again("qualification_profile_id")
        if back:
            # sudo: the decision is the gate's to write; a lead carries none
            back.sudo().write(
                {"qualification_decision_id": False, "qualification_deadline": False}
            )
            back._set_unjudged(False)
        # who was refused as an opportunity just now is open again
        if won and (won := won._filter_won()):
            won._guard_won(before)
        self._guard_stages(before, won)
        if restored:
            restored._guard_restored()
        if reopened:
            reopened._guard_reopened()
        # sudo: whoever changes them need not read what was asked for
        if asked := self.sudo().filtered("qualification_exception_id"):
            asked._end_needless_exceptions()

    def _undo_transitions(self, before):
        """Undo the transitions of these leads.

        Before anything is raised: there is code that swallows errors and goes on.

        :param dict before: what ``_get_snapshot`` gave before the write; who is
            not in it was created, and becomes an open lead
        """
        # sudo: the same write may have given the lead away
        for lead in self.sudo():
            if lead.id in before:
                values = before[lead.id]
                lead._write_past_door(
                    {name: values[name] for name in UNDONE_QUIETLY if name in values}
                )
            else:
                stage = lead._stage_find(domain=[("is_won", "=", False)])
                lead._write_past_door({"type": "lead", "stage_id": stage.id})
                lead._write_past_door({"probability": lead.automated_probability})

    def _guard_conversion(self, before):
        """Leads became opportunities: use their decisions, judge those without one."""
        opened = self.filtered(lambda lead: lead._get_pending_decision())
        # sudo: a decision opens one transition, the gate marks it as used
        opened.sudo().qualification_decision_id.write({"is_pending": False})
        unasked = self - opened
        if not unasked:
            return
        unasked._compute_again("qualification_profile_id")
        facts_by_lead = unasked._collect_facts()
        # what expired while it was lost lets nothing in
        facts_by_lead |= unasked._filter_lost()._collect_facts(if_open=True)
        verdicts = unasked._get_verdicts(facts_by_lead)
        entries, refused = unasked._split_by_verdict(verdicts)
        if refused:
            self._refuse(refused, before)
        self._decide(entries, "write")
        unasked._note_unmatched()

    def _note_unmatched(self):
        """Opportunities without a profile: the first that matches will judge them."""
        if self.env["crm.qualification.profile"]._get_match_rules():
            # sudo: as in _get_judging_profile
            self.filtered(
                lambda lead: (
                    lead.type == "opportunity"
                    and not lead.sudo().qualification_profile_id
                )
            )._set_unjudged(True)

    def _set_unjudged(self, value):
        """Note whether these are still to be judged by the first profile they meet."""
        # sudo: the note is the gate's to write
        self.sudo().filtered(lambda lead: lead.is_unjudged != value).is_unjudged = value

    def _guard_profile_change(self, before):
        """Opportunities that another profile judges from now on are flagged until they
        pass, unless an approver or that profile let them in.

        Else leads would go round a team's profile by way of another team.

        :param dict before: what ``_get_snapshot`` gave before the write
        """
        unjudged = moved = staged = self.browse()
        # sudo: the state doesn't depend on who may read it, or the log
        for lead in self.sudo().filtered(lambda lead: lead.type == "opportunity"):
            old = before.get(lead.id, {}).get("profile")
            is_moved = old is not None and old != lead.qualification_profile_id
            profile = (lead.is_unjudged or is_moved) and lead._get_judging_profile()
            if not profile:
                continue
            decision = lead.qualification_decision_id
            if is_moved:
                staged |= lead
            was_judged = decision or old and old._get_policy().enforcement != "off"
            if lead.is_unjudged or not was_judged:
                unjudged |= lead
            elif decision.profile_id != profile and decision.outcome in (
                "passed",
                "settled",
                "advised",
            ):
                moved |= lead
        # it may have come into its stage under a profile that asks for less there
        unready = staged._get_unready() if staged else {}
        if not (unjudged or moved or unready):
            return
        entries, failing = unjudged._split_by_verdict()
        # what passes here, too, keeps the decision that let it in
        _entries, unfit = moved._split_by_verdict()
        self._decide_or_flag(entries, failing | unfit | unready, "enter")

    @api.model
    def _judge_unjudged(self):
        """Judge what came under a profile on a way that does not tell us.

        A contact's country may have changed, for example.
        """
        self.with_context(active_test=False).search(
            [
                ("is_unjudged", "=", True),
                ("type", "=", "opportunity"),
                ("qualification_profile_id.enforcement", "!=", "off"),
            ]
        )._guard_profile_change({})

    def _guard_created(self):
        """New records: opportunities that were never leads, and leads born won."""
        if direct := self.filtered(lambda lead: lead.type == "opportunity"):
            direct._guard_direct()
        if won := self._filter_won():
            won._guard_won({})

    def _guard_direct(self):
        """Opportunities that were never leads: flagged, made leads, or refused.

        :raise UserError: names what is missing, where somebody reads it
        """
        entries, failing = self._split_by_verdict()
        to_lead, refused = self.browse(), {}
        for lead, both in list(failing.items()):
            policy = lead._get_direct_policy()
            if policy == "lead" and lead._peek_won_status() != "won":
                to_lead |= lead
                del failing[lead]
            elif policy == "refuse" and self.env.registry.ready:
                refused[lead] = both
        quiet_path = refused and self._get_quiet_path()
        if quiet_path:
            to_lead = to_lead.union(*refused)
            failing = {lead: failing[lead] for lead in failing if lead not in refused}
        self._decide_or_flag(entries, failing, "create")
        self._note_unmatched()
        if refused and not quiet_path:
            raise UserError(self._explain_refusal(refused))
        born_won = to_lead._filter_won()
        born_won._undo_transitions({})
        (to_lead - born_won).write({"type": "lead"})
        if quiet_path:
            self._log_and_note_refusals(refused, quiet_path)

    def _get_direct_policy(self):
        """What happens to this opportunity, never a lead, that does not pass.

        As its profile says; but nothing is made a lead where nobody would find it.
        """
        policy = self._get_judging_profile().direct_policy
        if policy == "lead" or (policy == "refuse" and self._get_quiet_path()):
            return policy if self._are_leads_shown(self.user_id) else "flag"
        return policy

    @api.model
    def _are_leads_shown(self, owner):
        """True where Odoo shows leads, to a group of its own.

        :param owner: ``res.users``, or nobody: to all salespeople
        """
        # sudo: whoever creates it, as by mail, may not read its owner; what a visitor
        # of the website owns is nobody's
        owner = owner.sudo()
        if owner and not owner.share:
            return owner.has_group("crm.group_use_lead")
        groups = self.env["res.groups"]._get_group_definitions()
        sales = groups.get_id("sales_team.group_sale_salesman")
        return groups.get_id("crm.group_use_lead") in groups.get_superset_ids([sales])

    def _is_won_refused(self):
        """True for a lead that its profile doesn't let be won without conversion."""
        self.ensure_one()
        return self.type == "lead" and self._is_enforced()

    def _guard_won(self, before):
        """Won records: leads are converted first, flagged opportunities are noted."""
        leads = self.filtered(lambda lead: lead._is_won_refused())
        if leads:
            leads._refuse_winning(before)
        # sudo: the state doesn't depend on who may read it, or the log
        flagged = self.sudo().filtered(lambda x: x.qualification_state == "flagged")
        entries = [
            (lead, lead.qualification_decision_id.outcome, *both)
            for lead, both in flagged._get_verdicts().items()
        ]
        self.env["crm.qualification.decision"]._log(entries, "won")

    def _refuse_winning(self, before):
        """Leads can't be won: take it back, and say so.

        :param dict before: what ``_get_snapshot`` gave before the write
        :raise UserError: where somebody reads it
        """
        quiet_path = self._get_quiet_path()
        if quiet_path:
            self._undo_transitions(before)
            verdicts = self._get_verdicts()
            failing = {x: both for x, both in verdicts.items() if not both[1].passed}
            told = failing.keys() - self._log_refusals(failing, quiet_path).keys()
            note = self.env._("Not won: convert it to an opportunity first.")
            # sudo: a portal user writes no notes
            new = self.filtered(lambda lead: lead not in told)
            new.sudo()._message_log_batch(dict.fromkeys(new.ids, note))
            return
        self.filtered(lambda lead: lead.id in before)._undo_transitions(before)
        raise UserError(
            self.env._(
                "A lead can't be won: convert it to an opportunity first.\n%s",
                format_list(self.env, self.mapped("name")),
            )
        )

    def _guard_restored(self):
        """Lost opportunities are back: those with a decision are judged again."""
        # sudo: the state doesn't depend on who may read the log
        decided = self.filtered(lambda lead: lead.sudo().qualification_decision_id)
        decided -= decided._make_born_won_leads()
        entries, failing = decided._split_by_verdict()
        entries = [entry for entry in entries if entry[1] == "advised"]
        self._decide_or_flag(entries, failing, "restore")

    def _guard_reopened(self):
        """Won opportunities are open again: the time of those that were flagged while
        they were closed begins now."""

        def is_flagged(lead):
            # sudo: the state doesn't depend on who may read the log
            return lead.sudo().qualification_decision_id.outcome == "flagged"

        waiting = self.filtered(
            # sudo: nor on who may read the deadline
            lambda lead: not lead.sudo().qualification_deadline and is_flagged(lead)
        )
        waiting._settle_flags()
        flagged = waiting.filtered(is_flagged)
        (flagged - flagged._make_born_won_leads())._set_flag_deadline()

    def _make_born_won_leads(self):
        """Make those leads that were born won, and so could not be made leads then.

        :return: those that are leads now
        """
        # sudo: the state doesn't depend on who may read it, or the log
        late = self.filtered(
            lambda lead: (
                not lead.sudo().qualification_deadline
                and lead.sudo().qualification_decision_id.path == "create"
                and lead.sudo().qualification_decision_id.outcome == "flagged"
                and lead._get_direct_policy() == "lead"
            )
        )
        if late:
            late.write({"type": "lead"})
        return late

    def _decide_or_flag(self, entries, failing, path):
        """Decide on opportunities that are here already: who fails is flagged.

        :param list entries: of those that don't fail, from ``_split_by_verdict``
        :param dict failing: ``{lead: (Facts, gate.Verdict)}``
        """
        flagged = [(lead, "flagged", *both) for lead, both in failing.items()]
        self._decide([*entries, *flagged], path)
        # losing and restoring doesn't put a deadline off
        fresh = [
            lead.id
            for lead in failing
            # sudo: whoever wrote them may not read it
            if not lead.sudo().qualification_deadline
            and lead._peek_won_status() == "pending"
        ]
        self.browse(fresh)._set_flag_deadline()

    def _set_flag_deadline(self):
        """Give flagged opportunities their deadline."""
        for lead in self.sudo():  # sudo: the deadline is the gate's to write
            days = lead._get_judging_profile().flag_days
            lead.qualification_deadline = fields.Date.add(lead._get_day(), days=days)

    @api.model
    def _settle_passing_flags(self):
        """Settle the flags whose facts came in on a way that does not tell us."""
        self.search(
            [
                ("qualification_deadline", "!=", False),
                ("qualification_state", "=", "qualified"),
            ]
        )._settle_flags()

    def _facts_changed(self):
        """The first pass of a flagged opportunity settles its flag."""
        # sudo: whoever brings a fact may not read what the gate keeps
        if flagged := self.sudo().filtered("qualification_deadline"):
            flagged._settle_flags()
        if asked := self.sudo().filtered("qualification_exception_id"):
            asked._end_needless_exceptions()
        return super()._facts_changed()

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
