from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_list, plaintext2html
from odoo.tools.misc import clean_context

APPROVERS = "sales_nemo.group_qualification_approver"
# How many administrators are named where nobody can approve.
NAMED = 3


class CrmLead(models.Model):
    """Asking for an exception, and what ends one before anybody answered."""

    _inherit = "crm.lead"

    qualification_exception_id = fields.Many2one(
        "crm.qualification.exception",
        string="Exception",
        copy=False,
        index="btree_not_null",
        groups="base.group_user",
        help="What an approver is asked to let through now.",
        written_by="code",
        old_rows="NULL",
    )

    def unlink(self):
        # sudo: whoever deletes a lead need not read what was asked for
        asked = self.sudo().qualification_exception_id
        res = super().unlink()
        asked._end("overtaken")
        return res

    def _ask_exception(self, reason, stage):
        """Ask an approver to let this one through, once as long as it is open.

        :param str reason: why
        :param stage: ``crm.stage`` that it is to enter; none: the pipeline
        :return: action that shows what is asked for
        :raise UserError: nothing is refused, or nobody could approve
        """
        self.check_access("write")
        if not self.qualification_exception_id:
            if not stage:
                self._compute_again("qualification_profile_id")
            if not self._filter_refused(stage):
                text = self.env._("No exception is needed: nothing is refused.")
                raise UserError(text)
            approver = self._find_exception_approver()
            if not approver:
                # sudo: colleagues, whoever asks
                users = self.env.ref("base.group_erp_manager").sudo().all_user_ids
                raise UserError(
                    self.env._(
                        "No approver may see this lead. Somebody has to become a "
                        "Qualification Approver first; who can make them one: %s.",
                        format_list(
                            self.env, users.filtered("active")[:NAMED].mapped("name")
                        ),
                    )
                )
            # sudo: nobody may write what was asked for, nor the gate's link to it
            # cleaned: no default_… gets into it
            context = clean_context(self.env.context)
            lead = self.with_env(self.env(su=True, context=context))
            lead.qualification_exception_id = lead.qualification_exception_id.create(
                {
                    "lead_id": self.id,
                    "lead_name": self.name,
                    "email_normalized": lead.email_normalized,
                    "company_id": self.company_id.id,
                    "goal": "stage" if stage else "conversion",
                    "stage_id": stage.id,
                    "user_id": self.env.uid,
                    "reason": reason,
                }
            )
            # of two who ask at once the second one is called again, and sees the
            # first's
            lead.flush_recordset()
            self._plan_answer(approver)
        return self.qualification_exception_id._get_records_action(
            name=self.env._("Exception"), target="new"
        )

    def _plan_answer(self, approver):
        """Have an approver, and nobody else any more, be reminded to answer."""
        # sudo: nobody may write it, nor need who asks now have planned the activity
        exception = self.sudo().qualification_exception_id
        exception.activity_id.unlink()
        exception.approver_id = approver
        exception.activity_id = self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Grant or decline an exception"),
            note=plaintext2html(exception.reason),
            user_id=approver.id,
        )

    def _filter_refused(self, stage):
        """Those that the gate would not let into a stage now; none: into the pipeline.

        :param stage: ``crm.stage``, or none
        """
        kind = "opportunity" if stage else "lead"
        leads = self.filtered(
            lambda lead: (
                lead.type == kind
                and lead.active
                and lead._peek_won_status() == "pending"
            )
        )
        _entries, refused = leads._split_by_verdict(leads._get_verdicts_on(stage))
        return leads.filtered(lambda lead: lead in refused)

    def _filter_approvable(self, user):
        """Those on which a user may decide, which these may change."""
        # sudo: a colleague, whoever asks
        companies = user.sudo().company_ids
        if not (user.sudo().active and user.has_group(APPROVERS)):
            return self.browse()
        leads = self.filtered(lambda lead: lead._get_company() in companies)
        theirs = leads.with_user(user).with_context(allowed_company_ids=companies.ids)
        return theirs._filtered_access("read")._filtered_access("write")

    def _find_exception_approver(self):
        """The first who may decide on this lead, its team's leader before all."""
        # sudo: colleagues, whoever asks
        users = self.env.ref(APPROVERS).sudo().all_user_ids.sorted("id")
        users = (self.sudo().team_id.user_id & users) | users
        return next(filter(self._filter_approvable, users), users.browse())

    def _end_needless_exceptions(self):
        """What qualifies by now, or was closed, needs no exception."""
        asked = self.grouped(lambda lead: lead.qualification_exception_id.stage_id)
        for stage, leads in asked.items():
            fit = leads - leads._filter_refused(stage)
            fit.qualification_exception_id._end("overtaken")

    @api.model
    def _review_exceptions(self):
        """End what needs none any more; the next one is asked where an approver lost
        the right to decide.
        """
        asked = self.search([("qualification_exception_id", "!=", False)])
        asked._end_needless_exceptions()
        asked = asked.filtered("qualification_exception_id")
        by_approver = asked.grouped(lambda x: x.qualification_exception_id.approver_id)
        for user, leads in by_approver.items():
            for lead in leads - leads._filter_approvable(user):
                if approver := lead._find_exception_approver():
                    lead._plan_answer(approver)

    def _merge_dependences(self, opportunities):
        """What was asked for of merged leads follows, and is over."""
        # sudo: who may merge the leads may merge what was asked for
        tail = opportunities.sudo()
        tail.qualification_exception_id._end("overtaken")
        asked = tail.qualification_exception_id.search([("lead_id", "in", tail.ids)])
        asked.lead_id = self
        return super()._merge_dependences(opportunities)
