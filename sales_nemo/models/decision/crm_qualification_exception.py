from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import clean_context

from ..base.calls import on_one
from ..base.identity import get_words
from .reasons import explain

STATES = [
    ("asked", "Asked"),
    ("granted", "Granted"),
    ("declined", "Declined"),
    ("withdrawn", "Withdrawn"),
    ("overtaken", "Overtaken"),
]


class CrmQualificationException(models.Model):
    """What a salesperson may not do, and asks an approver to let through.

    It ends once: granted or declined by an approver, withdrawn by who asked, or
    overtaken. Nobody has the right to create, change or delete one: these methods do,
    in superuser mode, after they have asked who calls them.
    """

    _name = "crm.qualification.exception"
    _description = "Qualification Exception"
    _inherit = ["qualification.kept.mixin"]
    _order = "date desc, id desc"

    lead_id = fields.Many2one(
        "crm.lead", index="btree_not_null", help="Whom it is asked for."
    )
    lead_name = fields.Char(help="Survives the lead's deletion.")
    email_normalized = fields.Char("E-mail", help="As the decisions have it.")
    company_id = fields.Many2one("res.company")
    goal = fields.Selection(
        [("conversion", "Become an opportunity"), ("stage", "Enter a stage")],
        "Asked For",
        required=True,
        help="What is to be allowed.",
    )
    stage_id = fields.Many2one("crm.stage", help="That it is to enter.")
    user_id = fields.Many2one("res.users", "Asked By", help="Who asks.")
    reason = fields.Char(help="Why it should go through all the same.")
    date = fields.Datetime(
        "Asked On",
        required=True,
        default=fields.Datetime.now,
        help="When it was asked for.",
    )
    state = fields.Selection(
        STATES,
        required=True,
        default="asked",
        help="Overtaken: it qualifies, went another way, was won, lost, merged or "
        "deleted before anybody answered.",
    )
    approver_id = fields.Many2one("res.users", help="Who is asked, or has answered.")
    answer = fields.Char(help="The approver's word.")
    date_end = fields.Datetime(
        "Ended On", help="When it was answered, withdrawn, or expired."
    )
    activity_id = fields.Many2one("mail.activity")
    decision_id = fields.Many2one(
        "crm.qualification.decision",
        index="btree_not_null",
        help="The refusal that it is about.",
    )
    checks = fields.Json(compute="_compute_checks")

    @api.depends("user_id", "reason", "stage_id")
    def _compute_display_name(self):
        text = self.env._("%(user)s asks for an exception: %(reason)s")
        entering = self.env._("%(user)s asks to let it into “%(stage)s”: %(reason)s")
        # sudo: who may read it may know who asked, and for which stage
        for one in self.sudo():
            words = {"user": one.user_id.name, "reason": one.reason}
            words["stage"] = one.stage_id.name
            one.display_name = (entering if one.stage_id else text) % words

    @api.depends("decision_id")
    @api.depends_context("uid", "lang", "tz")
    def _compute_checks(self):
        """The gate's checks now; of what was granted those that the approver saw."""
        for exception in self:
            seen = exception.decision_id._filtered_access("read")
            lead = exception.lead_id._filtered_access("read")
            exception.checks = seen.checks or [
                explain(self.env, check)
                for _facts, verdict in lead._get_verdicts_on(
                    exception.stage_id
                ).values()
                for check in verdict.checks
            ]

    @on_one
    def action_withdraw(self):
        """Ask for it no more; only who asked does that.

        :raise UserError: it has ended already
        """
        self.check_access("read")
        if self.user_id != self.env.user:
            raise AccessError(self.env._("Only who asked for it may withdraw it."))
        self._check_open()
        self._end("withdrawn")

    def _check_open(self):
        if self.state != "asked":
            raise UserError(
                self.env._("This exception has ended already: %s.", self._get_outcome())
            )

    def _get_outcome(self):
        """How it ended, and by whom."""
        state = self._fields["state"].convert_to_export(self.state, self)
        # sudo: who may read it may know who ended it
        return f"{state}, {self.sudo().write_uid.name}"

    def _answer(self, state, answer):
        """Grant or decline, as an approver who may change the lead.

        :param str state: "granted" or "declined"
        :param str answer: a word about it; who declines says why
        :raise AccessError: the user is no approver, or may not change the lead
        :raise UserError: it has ended already, and how
        """
        self = self.with_env(self.env(context=clean_context(self.env.context)))
        self.check_access("read")
        self.lead_id._check_approver()
        self.lead_id.check_access("write")
        self._check_open()
        answer = (answer or "").strip()
        if state == "declined" and not get_words(answer):
            raise ValidationError(self.env._("Say why: they should know what to do."))
        self._end(state, answer=answer, approver_id=self.env.uid)
        if state == "granted":
            self._carry_out()

    def _carry_out(self):
        """Do what was asked for, as the approver, who overrides the gate."""
        lead = self.lead_id
        reason = " – ".join(filter(None, (self.reason, self.answer)))
        if self.stage_id:
            decision = lead._override_stage(self.stage_id, reason)
        else:
            dialog = self.env["crm.lead2opportunity.partner"].with_context(
                active_model=lead._name, active_id=lead.id, active_ids=lead.ids
            )
            values = {"lead_id": lead.id, "name": "convert", "override_reason": reason}
            dialog.create(values).action_override()
            decision = lead.sudo().qualification_decision_id
        # sudo: nobody may write it
        self.sudo().decision_id = decision

    def _end(self, state, **values):
        """Note how these ended, tell who asked, and close the approver's activity."""
        # sudo: nobody may write it, nor need who ends it have planned the activity
        for exception in self.sudo():
            now = fields.Datetime.now()
            exception.write(values | {"state": state, "date_end": now})
            # who comes second waits here, and is called again
            exception.flush_recordset()
            lead, asker = exception.lead_id, exception.user_id
            lead.qualification_exception_id = False
            activity = exception.activity_id.filtered("active")
            if state in ("granted", "declined"):
                activity.action_feedback()
            else:
                activity.unlink()
            if lead:
                lead.message_post(
                    body=self.env._(
                        "Exception asked for by %(user)s: %(outcome)s. %(answer)s",
                        user=asker.name,
                        outcome=exception._get_outcome(),
                        answer=exception.answer or "",
                    ),
                    partner_ids=(asker - self.env.user).partner_id.ids,
                    subtype_xmlid="mail.mt_note",
                )
