from odoo import fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import format_list, plaintext2html

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

    def _ask_exception(self, reason, goal="conversion"):
        """Ask an approver to let this lead through, once as long as it is open.

        :param str reason: why
        :param str goal: what is asked for, see ``crm.qualification.exception``
        :return: action that shows what is asked for
        :raise UserError: no reason is given, nothing refused, or nobody could approve
        """
        self.check_access("write")
        if not self.qualification_exception_id:
            self._create_exception((reason or "").strip(), goal)
        return self.qualification_exception_id._get_records_action(
            name=self.env._("Exception"), target="new"
        )

    def _create_exception(self, reason, goal):
        if not reason:
            raise ValidationError(
                self.env._("Say why this lead should go through all the same.")
            )
        self._match_profile_again()
        if not self._filter_refused():
            raise UserError(self.env._("No exception is needed: nothing is refused."))
        approver = self._find_exception_approver()
        # sudo: nobody may write what was asked for, nor the gate's link to it
        lead = self.sudo()
        lead.qualification_exception_id = lead.qualification_exception_id.create(
            {
                "lead_id": self.id,
                "lead_name": self.name,
                "company_id": self.company_id.id,
                "goal": goal,
                "user_id": self.env.uid,
                "reason": reason,
                "approver_id": approver.id,
            }
        )
        # of two who ask at once the second one is called again, and sees the first's
        lead.flush_recordset()
        lead.qualification_exception_id.activity_id = self.activity_schedule(
            "mail.mail_activity_data_todo",
            summary=self.env._("Grant or decline an exception"),
            note=plaintext2html(reason),
            user_id=approver.id,
        )

    def _filter_refused(self):
        """The leads that the gate would not let through now."""
        leads = self.filtered(lambda lead: lead.type == "lead" and lead.active)
        _entries, refused = leads._split_by_verdict()
        return leads.filtered(lambda lead: lead in refused)

    def _find_exception_approver(self):
        """The first who may decide and change this lead, its team's leader before all.

        :raise UserError: there is nobody; it says who could appoint one
        """
        # sudo: colleagues, whoever asks
        users = self.env["res.users"].sudo()
        domain = [("active", "=", True), ("share", "=", False)]
        domain.append(("company_ids", "in", self._get_company().ids))

        def find(group):
            ids = self.env.ref(group).ids
            return users.search([*domain, ("all_group_ids", "in", ids)], order="id")

        approvers = find("sales_nemo.group_qualification_approver")
        for user in (self.sudo().team_id.user_id & approvers) | approvers:
            theirs = {"allowed_company_ids": user.company_ids.ids}
            lead = self.with_user(user).with_context(**theirs)
            if lead.has_access("read") and lead.has_access("write"):
                return user
        names = find("base.group_erp_manager")[:NAMED].mapped("name")
        raise UserError(
            self.env._(
                "No approver may see this lead. Somebody has to become a Qualification "
                "Approver first; who can make them one: %s.",
                format_list(self.env, names),
            )
        )

    def _end_needless_exceptions(self):
        """What qualifies by now, or is no open lead any more, needs no exception."""
        fit = self - self._filter_refused()
        fit.qualification_exception_id._end("overtaken")

    def _merge_dependences(self, opportunities):
        """What was asked for of merged leads follows, and is over."""
        # sudo: who may merge the leads may merge what was asked for
        tail = opportunities.sudo()
        tail.qualification_exception_id._end("overtaken")
        asked = tail.qualification_exception_id.search([("lead_id", "in", tail.ids)])
        asked.lead_id = self
        return super()._merge_dependences(opportunities)
