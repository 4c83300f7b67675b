from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_list

from ..base.calls import check_ids, on_one, on_some
from ..base.qualification_checks_mixin import KEPT
from .crm_lost_reason import RECYCLE_TO

# What of a lost record says what happens to it next.
PLAN_FIELDS = ("recycle_to", "recycle_date", "recycle_team_id")
# What changes a plan, or begins or ends it.
PLAN_TRIGGERS = {"active", "probability", "stage_id", "lost_reason_id", *PLAN_FIELDS}
# Records that a refusal names; there may be thousands.
NAMED = 10


class CrmLead(models.Model):
    """Losing: why, and what happens next.

    Whoever loses a record gives a reason where the settings ask for one: dialog, link
    in e-mails and RPC call ``action_set_lost``, and ``write`` refuses what would go
    round it, whatever it changes: it compares what lacks a reason before and after.
    What the decision log knows as an opportunity is one also as a lead again. No open
    opportunity is lost by merging it into a lost one that lacks a reason. Code that
    works in superuser mode has nobody to ask, a profile that only advises refuses
    nothing, and what is created lost, as by an import, is history. The reason proposes
    what happens next on every way, except for imports: they bring history, not
    decisions.

    A record that is no longer lost has no plan.
    """

    _inherit = "crm.lead"

    recycle_to = fields.Selection(
        RECYCLE_TO,
        string="What Happens Next",
        copy=False,
        groups="base.group_user",
        help="What becomes of a lost record. What comes back is a new lead; the lost "
        "record stays as it is.",
        old_rows="NULL",
    )
    recycle_date = fields.Date(
        string="Planned Return",
        copy=False,
        tracking=75,
        groups="base.group_user",
        help="The day on which a new lead continues what was lost.",
        old_rows="NULL",
    )
    recycle_team_id = fields.Many2one(
        "crm.team",
        string="Into the Pool of",
        check_company=True,
        copy=False,
        ondelete="set null",
        groups="base.group_user",
        help="Empty: the team that lost it.",
        old_rows="NULL",
    )
    recycle_outcome = fields.Selection(
        [
            ("returned", "Came back"),
            ("superseded", "Not needed any more"),
            ("failed", "Could not come back"),
        ],
        string="Return",
        help="What became of the planned return, once its day was there; empty before.",
        **KEPT,
    )
    lost_feedback = fields.Html(
        string="Closing Note",
        copy=False,
        groups="base.group_user",
        help="What went wrong, for the next attempt.",
        old_rows="NULL",
    )

    # A partial one: few records wait for their return.
    _recycle_date_idx = models.Index(
        "(recycle_date) WHERE recycle_date IS NOT NULL AND recycle_outcome IS NULL"
    )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_set_lost(self, **additional_values):
        """Mark as lost as Odoo does, with a reason where the settings ask for one.

        :param additional_values: values of the lost records, such as
            ``lost_reason_id``, ``lost_feedback``, ``recycle_to``, ``recycle_date``
        :raise UserError: a reason is missing, or unknown, or some are won; nothing is
            lost
        """
        check_ids(self)
        if won := self._filter_won():
            # Odoo refuses them, too, and names none
            raise ValidationError(won._explain_won())
        reason_id = additional_values.get("lost_reason_id")
        # Odoo would write what is no id as no reason
        reason = self.env["crm.lost.reason"].browse(
            type(reason_id) is int and reason_id
        )
        reason = reason.exists()
        if reason_id and not reason:
            raise UserError(
                self.env._("There is no lost reason %s: choose another one.", reason_id)
            )
        if not reason:
            self._filter_unexplained()._refuse_unexplained()
        # Odoo archives first: that alone loses what has no probability
        elif hopeless := self.filtered(lambda lead: not lead.probability):
            hopeless.write({"lost_reason_id": reason.id})
        plan = self._get_plan(reason, additional_values)
        # what came back has no other plan
        if returned := plan and self.filtered(
            lambda lead: lead.sudo().recycle_outcome == "returned"
        ):
            super(CrmLead, returned).action_set_lost(**additional_values)
            self -= returned
        return super().action_set_lost(**(plan | additional_values))

    @on_some
    def action_open_lost_dialog(self):
        """Open Odoo's dialog that asks why, and what happens next.

        :raise UserError: all of them are won
        """
        won = self._filter_won()
        if won == self:
            raise UserError(won._explain_won())
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.crm_lead_lost_action"
        )
        context = {"default_lead_ids": self.ids, "dialog_size": "medium"}
        return action | {"context": context}

    @on_one
    def action_next_step(self):
        """Also the dialog that loses; who is given up is lost as unreachable."""
        if self.qualification_step not in ("disqualified", "unreached"):
            return super().action_next_step()
        self.check_access("write")
        action = self.action_open_lost_dialog()
        if self.qualification_step == "unreached":
            reason = self.env.ref(
                "sales_nemo.lost_reason_unreachable", raise_if_not_found=False
            )
            if reason and reason.active:
                action["context"]["default_lost_reason_id"] = reason.id
        return action

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _merge_opportunity(
        self, user_id=False, team_id=False, auto_unlink=True, max_length=5
    ):
        """No open opportunity is lost in one that was lost without a reason.

        :raise UserError: names those that would be
        """
        head = self._sort_by_confidence_level(reverse=True)[:1]
        if head._filter_lost() and not self.lost_reason_id:
            running = self._filter_running()
            running = running.filtered(lambda lead: lead.type == "opportunity")
            running._filter_unexplained()._refuse_unexplained()
        return super()._merge_opportunity(user_id, team_id, auto_unlink, max_length)

    def _get_snapshot(self):
        """With the reasons for which they are lost, and whether those are missing."""
        snapshot = super()._get_snapshot()
        lost = self.filtered(lambda lead: snapshot[lead.id]["won_status"] == "lost")
        unexplained = lost and lost._filter_unexplained()
        for lead in self:
            snapshot[lead.id] |= {
                "lost_reason_id": lead.lost_reason_id,
                "is_unexplained": lead in unexplained,
            }
        return snapshot

    def _guard_lost(self, before, names):
        reasons = {
            lead_id: values["lost_reason_id"]
            for lead_id, values in before.items()
            if values["won_status"] == "lost"
        }
        opportunities = self.filtered(
            lambda lead: "type" in names and before[lead.id]["type"] == "opportunity"
        )
        lost = self._filter_lost()
        missing = lost and lost._filter_unexplained(opportunities).filtered(
            lambda lead: not before[lead.id]["is_unexplained"]
        )
        if missing:
            missing._refuse_unexplained(reasons)
        if not names.isdisjoint(PLAN_TRIGGERS):
            if restored := self.browse(reasons.keys() - set(lost.ids)):
                # code that works as superuser has nobody to ask
                if not self.env.su:
                    restored._refuse_restoring()
                restored._cancel_return()
            given = names & set(PLAN_FIELDS)
            if "recycle_to" not in given and not self.env.context.get("import_file"):
                new = lost.filtered(lambda x: reasons.get(x.id) != x.lost_reason_id)
                new._propose_return(given)
            if given:
                lost._complete_plan()
        return super()._guard_lost(before, names)

    @api.model
    def _get_types_with_reason(self):
        """The types that are not lost without a reason, by the settings.

        :rtype: set[str]
        """
        # sudo: the settings hold for everybody
        parameters = self.env["ir.config_parameter"].sudo()
        return {
            kind
            for kind, default in (("lead", "optional"), ("opportunity", "required"))
            if parameters.get_param(f"sales_nemo.lost_reason_{kind}", default)
            == "required"
        }

    def _explain_won(self):
        """Why these, which are won, can't be lost; empty where there are none."""
        if not self:
            return ""
        return self.env._(
            "What is won can't be lost: take it back to an open stage first: "
            "%(names)s.",
            names=self._format_names(),
        )

    def _explain_missing_reason(self):
        """Why these, which lack a reason, can't be lost; empty where there are none."""
        if not self:
            return ""
        return self.env._(
            "Choose a lost reason: nothing was marked as lost. It is missing for "
            "%(names)s.",
            names=self._format_names(),
        )

    def _refuse_unexplained(self, lost_before=()):
        """Nobody loses without a reason, nor takes the reason off what is lost.

        Neither by making one of it that needs a reason.

        :param lost_before: ids of those that were lost already
        :raise UserError: names these records, if there are any
        """
        stripped = self.filtered(lambda lead: lead.id in lost_before)
        if stripped:
            raise UserError(
                self.env._(
                    "What is lost keeps a lost reason: choose another one for "
                    "%(names)s.",
                    names=stripped._format_names(),
                )
            )
        if self:
            raise UserError(self._explain_missing_reason())

    def _filter_unexplained(self, opportunities=()):
        """Those that should have a lost reason once they are lost, and have none.

        :param opportunities: which of them were opportunities until now
        """
        # code that works as superuser has nobody to ask
        missing = self.filtered(
            lambda lead: not self.env.su and not lead.lost_reason_id
        )
        if not missing:
            return missing
        asked = self._get_types_with_reason()
        return missing.filtered(
            lambda lead: (
                # sudo: as in _get_judging_profile
                lead.sudo().qualification_profile_id._get_policy().enforcement
                != "advise"
                and (
                    lead.type in asked
                    or (
                        "opportunity" in asked
                        and (lead in opportunities or lead._was_opportunity())
                    )
                )
            )
        )

    def _was_opportunity(self):
        """True where the decision log knows this record as an opportunity.

        One that was there before the addon, and turned back, has left no trace.
        """
        self.ensure_one()
        # sudo: what is asked doesn't depend on who may read the log
        decisions = self.sudo().qualification_decision_ids
        return any(decision.outcome != "refused" for decision in decisions)

    def _format_names(self):
        """The names of these records, of the first ones where they are many."""
        names = self[:NAMED].mapped("display_name")
        if (more := len(self) - NAMED) > 0:
            names.append(self.env._("%s more", more))
        return format_list(self.env, names)

    def _get_plan(self, reason, given):
        """What of the plan can be written at once with the loss.

        What of a proposal can't, because the user may not set it or read the team, or
        companies differ in it, is written by ``_propose_return``.

        :param reason: ``crm.lost.reason`` for which these are lost
        :param given: names of the fields that are written anyway
        :rtype: dict
        """
        # a client's context may hold anything, and opens nothing
        plan = self.env.context.get("qualification_lost_plan")
        if isinstance(plan, dict):
            return plan
        if (
            not reason
            or reason.sudo().recycle_team_id
            or "recycle_to" in given
            or not self.env.user._is_internal()
            or self.env.context.get("import_file")
        ):
            return {}
        plan = reason._get_proposal(self.env["res.company"])
        return {name: plan[name] for name in plan if name not in given}

    def _propose_return(self, given=()):
        """Plan what the lost reasons of these records propose.

        :param given: names of ``PLAN_FIELDS`` that are left as they are
        """
        # sudo: the reason says so, whoever lost them
        waiting = self.sudo().filtered(lambda x: x.recycle_outcome != "returned")
        groups = waiting.grouped(lambda lead: (lead.lost_reason_id, lead.company_id))
        for (reason, company), leads in groups.items():
            if reason or leads.filtered("recycle_to"):
                proposal = reason._get_proposal(company)
                leads.write(
                    {name: proposal[name] for name in proposal if name not in given}
                )

    def _complete_plan(self):
        """Give plans the day that they miss; a changed plan is open again."""
        # sudo: the outcome is the return's to write
        closed = self.sudo().filtered(
            lambda lead: lead.recycle_outcome in ("superseded", "failed")
        )
        closed.recycle_outcome = False
        staying = self.filtered(
            lambda lead: (
                lead.recycle_to in (False, "never")
                and (lead.recycle_date or lead.recycle_team_id)
            )
        )
        if staying:
            staying.write({"recycle_date": False, "recycle_team_id": False})
        undated = self.filtered(
            lambda lead: (
                lead.recycle_to not in (False, "never") and not lead.recycle_date
            )
        )
        groups = undated.grouped(lambda x: (x.lost_reason_id, x._get_company()))
        for (reason, company), leads in groups.items():
            leads.write({"recycle_date": reason._get_return_date(company)})

    def _cancel_return(self):
        """What is no longer lost doesn't come back a second time."""
        names = [*PLAN_FIELDS, "recycle_outcome", "lost_feedback"]
        # sudo: the outcome is the return's to write
        planned = self.sudo().filtered(lambda lead: any(lead[name] for name in names))
        if planned:
            planned.write(dict.fromkeys(names, False))
