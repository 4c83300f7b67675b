from datetime import date

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL, groupby, plaintext2html

from ... import gate
from ...facts import Facts
from ..base.calls import on_one
from .crm_lead import JUDGED
from .reasons import (
    TOGETHER,
    UNNAMED,
    get_check_name,
    get_missing_name,
    get_missing_names,
)

# What is to be done next, in its order.
STEPS = [
    ("contact_inbound", "Answer them"),
    ("unreachable", "Add a person and a way to reach them"),
    ("no_person", "Add a person"),
    ("no_address", "Add an e-mail address or a phone number"),
    ("contact_none", "Write or call"),
    ("contact_outbound", "Try again"),
    ("unreached", "Give it up: nobody answers"),
    ("needs_suspected", "Confirm a need"),
    ("needs_missing", "Ask what they want solved"),
    ("commitments_missing", "Agree on the buyer's next step"),
    ("commitments_broken", "Agree on a new next step"),
    ("commitments_overdue", "Ask about an overdue promise"),
    ("question", "Ask a question"),
    ("score_low", "Find what earns more points"),
    ("other", "Do what else is asked for"),
    ("convert", "Convert"),
    ("disqualified", "Mark as lost"),
]
# Steps that are taken by writing or calling.
IN_TOUCH = ("contact_inbound", "contact_none", "contact_outbound")


class CrmLead(models.Model):
    """What is to be done next about a lead, what is missing, and how far it is."""

    _inherit = "crm.lead"

    qualification_step = fields.Selection(
        STEPS,
        string="Next Step",
        help="The one thing to do now: what stands in the way comes first, then to "
        "convert, or to lose what is ruled out.",
        **JUDGED,
    )
    qualification_step_about = fields.Char(
        help="The need or the commitment that the next step is about.", **JUDGED
    )
    qualification_question_id = fields.Many2one(
        "crm.qualification.criterion",
        string="Next Question",
        ondelete="set null",
        help="The criterion to ask about, where that is the next step.",
        **JUDGED,
    )
    qualification_failed = fields.Char(
        string="Failed Checks",
        help="What stands in the way of an open record: codes of the checks that it "
        "fails and of their reasons, with a blank between them.",
        **JUDGED,
    )
    qualification_missing = fields.Selection(
        lambda self: get_missing_names(self.env),
        string="Missing",
        store=False,
        search="_search_qualification_missing",
        groups="base.group_user",
        help="To search and to group by: what stands in the way of an open record. A "
        "search finds the key of any check, too.",
    )
    qualification_missing_count = fields.Integer(
        string="How Much Is Missing",
        aggregator=None,
        help="Checks that an open record fails.",
        **JUDGED | {"old_rows": "0"},
    )
    qualification_next_step = fields.Char(
        compute="_compute_qualification_next_step",
        # a lead shows what is asked, of whatever company its profile is
        compute_sudo=True,
        string="To Do Next",
        groups="base.group_user",
        help="The next step in words.",
    )
    qualification_progress = fields.Char(
        compute="_compute_qualification_progress",
        # it says in words what its readers may read; asked once a field, not once a row
        compute_sudo=True,
        groups="base.group_user",
        help="The state in words; of what is blocked, what is missing.",
    )
    qualification_path = fields.Json(
        compute="_compute_qualification_path",
        groups="base.group_user",
        help="What is asked, in its order, as shown: {key, name, state: passed or "
        "failed}.",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    def _get_next_steps(self, verdicts):
        """What is to be done next about each of these, were it open.

        :param dict verdicts: as ``_get_verdicts`` gives them
        :return: ``{lead id: gate.Step}``
        """
        steps = {}
        for _profile, policy, leads in self._group_by_policy():
            for lead in leads:
                if lead not in verdicts:
                    continue
                facts, verdict = verdicts[lead]
                if lead.type == "opportunity":
                    is_flagged = lead._get_qualification_state(verdict) == "flagged"
                    step = gate.get_step_in_pipeline(facts, policy, verdict, is_flagged)
                else:
                    step = gate.get_next_step(facts, policy, verdict.checks)
                    step = step if step.key else gate.Step("convert")
                steps[lead.id] = step
        return steps

    @api.depends(
        "attempt_count",
        "qualification_failed",
        "qualification_question_id",
        "qualification_step",
        "qualification_step_about",
    )
    @api.depends_context("lang")
    def _compute_qualification_next_step(self):
        names = self._get_labels("qualification_step")
        # translated once, not for each lead
        tried = self.env._("%(step)s (attempt %(number)s)")
        about = self.env._("%(step)s: %(about)s")
        for lead in self:
            text = names.get(lead.qualification_step, "")
            if lead.qualification_step == "other":
                [code, *_rest] = lead.qualification_failed.split()
                text = get_check_name(self.env, code)
            if lead.qualification_step == "contact_outbound":
                text = tried % {"step": text, "number": lead.attempt_count + 1}
            if lead.qualification_step_about:
                text = about % {"step": text, "about": lead.qualification_step_about}
            question = lead.qualification_question_id
            lead.qualification_next_step = question.name or text

    @api.model
    def _get_labels(self, name):
        """What the values of a selection field are called in the user's language."""
        return dict(self._fields[name]._description_selection(self.env))

    @api.depends(
        "qualification_failed", "qualification_missing_count", "qualification_state"
    )
    @api.depends_context("lang")
    def _compute_qualification_progress(self):
        labels = self._get_labels("qualification_state")
        # the same is missing of many
        for (state, failed, count), leads in self.grouped(
            lambda lead: (
                lead.qualification_state,
                lead.qualification_failed or "",
                lead.qualification_missing_count,
            )
        ).items():
            codes = [code for code in failed.split() if code not in UNNAMED]
            names = [
                " + ".join(get_missing_name(self.env, code) for code in things)
                for _check, things in groupby(codes, lambda x: TOGETHER.get(x, x))
            ]
            text = labels.get(state, "")
            if state == "blocked" and names:
                text = self.env._(
                    "%(count)s missing: %(names)s", count=count, names=", ".join(names)
                )
            leads.qualification_progress = text

    @api.depends("qualification_profile_id", "qualification_failed")
    @api.depends_context("lang")
    def _compute_qualification_path(self):
        nothing = Facts(today=date.min)
        self.qualification_path = []
        for profile, policy, leads in self._group_by_policy():
            checks = [check(nothing, policy) for check in profile._get_gate_checks()]
            asked = [c for c in checks if c.state != gate.NOT_APPLICABLE]
            for lead in leads.filtered(lambda x: x._peek_won_status() == "pending"):
                codes = (lead.qualification_failed or "").split()
                lead.qualification_path = [
                    {
                        "key": check.key,
                        "name": get_check_name(self.env, check.key),
                        "state": "failed" if check.key in codes else "passed",
                    }
                    for check in asked
                    if check.key != "not_disqualified" or check.key in codes
                ]

    def _search_qualification_missing(self, operator, value):
        if operator != "in":
            return NotImplemented
        codes = [code for code in value if isinstance(code, str)]
        found = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "string_to_array(COALESCE(%s, ''), ' ') && %s::text[]",
                model._field_to_sql(alias, "qualification_failed", query),
                codes,
            )
        )
        return found | Domain("qualification_failed", "in", {False} & {*value})

    def _read_group_groupby(self, alias, groupby_spec, query):
        """A record counts for each thing that is missing, as tags of one do."""
        if groupby_spec != "qualification_missing":
            return super()._read_group_groupby(alias, groupby_spec, query)
        codes = self._field_to_sql(alias, "qualification_failed", query)
        code = SQL.identifier(name := query.make_alias(alias, groupby_spec))
        table = SQL("unnest(string_to_array(%s, ' '))", codes)
        query.add_join("LEFT JOIN", name, table, SQL("%s <> ALL(%s)", code, UNNAMED))
        return code

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_next_step(self):
        """Open what the next step is taken with: the composer or a planned call, the
        dialog that converts; else the record.

        :return: an action
        """
        self.check_access("write")
        step = self.qualification_step
        if step in IN_TOUCH:
            return self.action_write_or_call()
        if step == "convert":
            return self.action_open_convert_dialog()
        return self.get_formview_action()

    @on_one
    def action_write_or_call(self):
        """Odoo's composer, or where there is no address a call to be planned."""
        if not (self.partner_id or self.email_normalized):
            return self._plan_call(self.env._("Get in touch"))
        # as Odoo's chatter does when its composer opens
        people = self.partner_id or self._partner_find_from_emails_single(
            [self.email_from]
        )
        compose = self.env["ir.actions.act_window"]._for_xml_id(
            "crm.action_lead_mail_compose"
        )
        return compose | {
            "context": {
                "default_composition_mode": "comment",
                "default_model": self._name,
                "default_res_ids": self.ids,
                "default_partner_ids": people.ids,
            }
        }

    @on_one
    def action_plan_question(self):
        """Open Odoo's activity dialog: a call in which the next question is asked.

        :raise UserError: there is nothing left to ask
        """
        question = self.qualification_question_id
        if not question:
            raise UserError(self.env._("All questions about this lead are answered."))
        return self._plan_call(question.name, question.guidance)

    def _plan_call(self, summary, note=None):
        """Odoo's activity dialog for a call."""
        call = self.env.ref("mail.mail_activity_data_call", raise_if_not_found=False)
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Plan an Activity"),
            "res_model": "mail.activity.schedule",
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "active_model": self._name,
                "active_id": self.id,
                "active_ids": self.ids,
                "default_activity_type_id": call.id if call else False,
                "default_summary": summary,
                "default_note": plaintext2html(note or ""),
            },
        }
