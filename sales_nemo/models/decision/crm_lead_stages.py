from odoo import api, models

from ... import gate
from ...exceptions import StageRefused


class CrmStage(models.Model):
    """The order of the stages says from where on something is asked for."""

    _inherit = "crm.stage"

    def write(self, vals):
        res = super().write(vals)
        if not vals.keys().isdisjoint({"sequence", "name"}):
            profiles = self.env["crm.qualification.profile"]
            if profiles._asks_by_stage():
                # nobody is judged by it, but what is missing is shown
                profiles._review_leads()
        return res

    def unlink(self):
        # sudo: nobody may enter it any more, whoever asked for it
        exceptions = self.env["crm.qualification.exception"].sudo()
        domain = [("stage_id", "in", self.ids), ("state", "=", "asked")]
        exceptions.search(domain)._end("overtaken")
        return super().unlink()


class CrmLead(models.Model):
    """What a stage asks for is there when an opportunity comes into it, or is won.

    Going back is free, and what stands in a stage stays there. The order of the stages
    is Odoo's, read whenever it is asked for.
    """

    _inherit = "crm.lead"

    @api.model
    def _get_stage_ids(self):
        """All stages in Odoo's order, the same for everybody.

        :rtype: tuple[int]
        """
        # sudo: the order doesn't depend on who may read which, nor on their language
        return self.env["crm.stage"].sudo().with_context(lang=None).search([])._ids

    def _group_by_policy(self):
        """These leads by what is asked of them where they stand.

        :return: ``[(profile, Policy, leads)]``, without those that nobody judges
        """
        found, order = [], None
        # sudo: as in _get_judging_profile, once for all
        for profile, leads in self.sudo().grouped("qualification_profile_id").items():
            policy = profile._get_policy()
            if policy.enforcement == "off":
                continue
            if not policy.stages:
                found.append((profile, policy, leads))
                continue
            order = order or self._get_stage_ids()
            for stage, some in leads.grouped("stage_id").items():
                place = order.index(stage.id) + 1 if stage else 0
                reached = policy.reached(order[:place], order[place:])
                found.append((profile, reached, some))
        return found

    @api.model
    def _get_entered_stages(self, order, old_id, new_id):
        """The stages on the way from one to another.

        :param tuple order: what ``_get_stage_ids`` gave
        :param old_id: of the stage where it was, or False
        :param new_id: of the stage where it is, or False
        :return: ids in their order, those that are skipped and the last one, too; none
            on the way back, but where it is won the last one
        :rtype: tuple[int]
        """
        order = (False, *order)
        old, new = order.index(old_id), order.index(new_id)
        if old >= new:
            is_won = self.env["crm.stage"].browse(new_id).is_won
            old = new - 1 if is_won else new
        return order[old + 1 : new + 1]

    def _judge_stage(self, new_id, old_id=None, facts=None):
        """Judge these opportunities by what is asked on their way into a stage.

        :param new_id: of the stage
        :param dict old_id: of the stage where each was, by its id; None: where it is
        :param dict facts: as ``_collect_facts`` gives them; None: as they are now
        :return: ``{lead: (Facts, gate.Verdict)}`` of those of whom something is
            asked
        :rtype: dict
        """
        policies, order = {}, None
        for lead in self:
            policy = lead._get_judging_profile()._get_policy()
            if policy.stages:
                order = order or self._get_stage_ids()
                old = old_id[lead.id] if old_id else lead.stage_id.id
                stages = self._get_entered_stages(order, old, new_id)
                if policy.stages.intersection(stages):
                    policies[lead] = policy.entering(stages)
        # those that come back from the lost at once are judged as they are now
        leads = self.browse([lead.id for lead in policies])
        facts = facts or leads._collect_facts(if_open=True)
        return {
            x: (facts[x.id], gate.judge(facts[x.id], policy, gate.STAGE_CHECKS))
            for x, policy in policies.items()
        }

    def _get_verdicts_on(self, stage, facts=None):
        """What is asked of these on the way into a stage; none: into the pipeline.

        :param stage: ``crm.stage``, or none
        :param dict facts: as ``_collect_facts`` gives them; None: as they are now
        :return: as ``_get_verdicts``
        """
        if stage:
            return self._judge_stage(stage.id, facts=facts)
        return self._get_verdicts(facts)

    def _guard_stages(self, before, won):
        """Opportunities came into a stage, or were won where they stand: judge them.

        :param dict before: what ``_get_snapshot`` gave before the write
        :param won: those of these that are won now
        :raise UserError: names what is missing, where somebody reads it
        """
        moved = self.filtered(
            lambda lead: (
                lead.type == "opportunity"
                # who overrode the conversion overrode all that it asked for
                and (
                    before[lead.id]["type"] == "opportunity"
                    # sudo: the state doesn't depend on who may read the log
                    or lead.sudo().qualification_decision_id.outcome != "overridden"
                )
                and (
                    lead.stage_id.id != before[lead.id]["stage_id"]
                    or (lead in won and before[lead.id]["won_status"] != "won")
                )
            )
        )
        if not moved:
            return
        verdicts, old = {}, {lead.id: before[lead.id]["stage_id"] for lead in moved}
        for stage, leads in moved.grouped("stage_id").items():
            verdicts |= leads._judge_stage(stage.id, old)
        log = self.env["crm.qualification.decision"]
        failing = [lead.id for lead, both in verdicts.items() if not both[1].passed]
        domain = [("lead_id", "in", failing), ("path", "=", "stage")]
        # sudo: reps without access to the log are let through by it all the same
        opened = log.sudo().search([*domain, ("is_pending", "=", True)])
        opened = opened.filtered(lambda d: d.stage_id == d.lead_id.stage_id)
        # an approver's decision lets it in once
        opened.is_pending = False
        for lead in opened.lead_id:
            del verdicts[lead]
        entries, refused = self._split_by_verdict(verdicts)
        stages = {lead: lead.stage_id for lead in verdicts}
        if refused:
            self._refuse(refused, before, {lead: stages[lead] for lead in refused})
        log._log(entries, "stage", stages=stages)
        # sudo: whoever moves them need not read what was asked for
        asked = moved.filtered(lambda lead: lead not in refused).sudo()
        asked.qualification_exception_id.filtered("stage_id")._end("overtaken")

    def _get_unready(self):
        """Those of these that lack what the stages up to theirs ask for.

        :return: ``{lead: (Facts, gate.Verdict)}``
        """
        unready = {}
        for stage, leads in self.grouped("stage_id").items():
            judged = leads._judge_stage(stage.id, dict.fromkeys(leads._ids, False))
            unready |= {x: both for x, both in judged.items() if not both[1].passed}
        return unready

    def _get_refusal(self, text, stages):
        """One person's one card opens the dialog that takes what is missing."""
        if len(stages or ()) != 1:
            return super()._get_refusal(text, stages)
        ((lead, stage),) = stages.items()
        # sudo: reps may not read actions
        action = self.env.ref("sales_nemo.crm_lead_enter_stage_action").sudo()
        return StageRefused(
            text,
            action.id,
            self.env._("Enter what is missing"),
            {"default_lead_id": lead.id, "default_stage_id": stage.id},
        )

    def _override_stage(self, stage, reason):
        """Let this opportunity into a stage although it is not ready.

        :param stage: ``crm.stage``
        :param str reason: of the approver
        :return: the decision, in superuser mode
        :raise AccessError: the user is no approver, or may not change it
        """
        self.ensure_one()
        self._check_approver()
        self.check_access("write")
        entries = [
            (x, "overridden", *both)
            for x, both in self._judge_stage(stage.id).items()
            if x.type == "opportunity" and not both[1].passed
        ]
        decision = self.env["crm.qualification.decision"]._log(
            entries, "stage", reason=reason, pending=True, stages={self: stage}
        )
        self.stage_id = stage
        # what was not used opens nothing later
        decision.is_pending = False
        return decision
