from datetime import timedelta
from functools import cache

from odoo import api, fields, models
from odoo.fields import Domain

from ..base.qualification_checks_mixin import KEPT
from .crm_qualification_home import OPEN

UNANSWERED = OPEN & Domain(
    [("contact_answered_date", "=", False), ("answer_due", "!=", False)]
)
# An answer is due soon when so much time is left.
SOON = timedelta(hours=2)
# Leads of which leaders are told between two commits.
BATCH = 100
STATUSES = [
    ("on_time", "Answer on time"),
    ("due_soon", "Answer due soon"),
    ("late", "Answer late"),
]
DUE_COLUMNS = ("answer_since", "answer_due", "answer_escalation")
DUE = KEPT | {"compute": "_compute_answer_due", "store": True}


class CrmLead(models.Model):
    """Until when who wrote is to be answered, and a new lead to be called.

    The team's targets say it when the time begins to run: they write first, or the lead
    comes to a team. It is kept then. Who is called in vain and writes waits anew.
    """

    _inherit = "crm.lead"

    answer_since = fields.Datetime(help="They wrote, or it came to the team.", **DUE)
    answer_due = fields.Datetime(
        help="Until then who wrote is answered, or a new lead tried to be called.",
        **DUE,
    )
    answer_escalation = fields.Datetime(
        help="The team's leader will be told then; empty once that is done.", **DUE
    )
    answer_status = fields.Selection(
        STATUSES,
        compute="_compute_answer_status",
        compute_sudo=True,
        search="_search_answer_status",
        groups="base.group_user",
        help="Whether we answered in the team's time, or how long that still lasts.",
    )

    @api.depends("contact_asked_date", "contact_answered_date", "team_id")
    def _compute_answer_due(self):
        now = fields.Datetime.now()
        # leads that come in together are due together
        plan = cache(type(self.env["crm.team"])._plan_answer)
        for lead in self:
            if not isinstance(lead.id, int):
                lead.update({name: lead._origin[name] for name in DUE_COLUMNS})
                continue
            team, asked = lead.team_id, lead.contact_asked_date
            hours = lead.type == "lead" and team.attempt_hours
            hours = (asked and team.answer_hours) or hours
            if lead.contact_answered_date or not (asked or hours):
                continue
            # what is kept is read last: new leads have nothing to be read
            due, company = lead.answer_due, lead._get_company()
            if due and (not asked or lead.answer_since == asked):
                continue
            lead.answer_since = hours and (asked or now)
            lead.answer_due = plan(team, company, hours, lead.answer_since)
            # the leader is told once, however often they wait
            if lead.answer_escalation or not due:
                limit = team.answer_escalation_hours
                lead.answer_escalation = plan(team, company, limit, lead.answer_due)

    def _get_answer_domains(self):
        now = fields.Datetime.now()
        late = Domain("answer_due", "<", now)
        soon = Domain("answer_due", "<", now + SOON)
        domains = {"on_time": ~soon, "due_soon": soon & ~late, "late": late}
        domains = {status: UNANSWERED & domain for status, domain in domains.items()}
        return domains | {False: ~UNANSWERED}

    @api.depends("active", "answer_due", "contact_answered_date", "won_status")
    def _compute_answer_status(self):
        self.answer_status = False
        # of many leads nobody waits for an answer
        due = self.filtered("answer_due")
        for status, domain in self._get_answer_domains().items():
            due.filtered_domain(domain).answer_status = status

    def _search_answer_status(self, operator, value):
        if operator != "in":
            return NotImplemented
        domains = self._get_answer_domains()
        return Domain.OR(domains[status] for status in value if status in domains)

    @api.model
    def _cron_escalate_answers(self):
        """Scheduled every hour: tell teams' leaders whom nobody answers, once each."""
        over = Domain("answer_escalation", "<=", fields.Datetime.now())
        over &= UNANSWERED & Domain("team_id.user_id.active", "=", True)
        leads = self.search(over, limit=BATCH)
        for leader, theirs in leads.grouped(lambda lead: lead.team_id.user_id).items():
            # nobody is sent to what they may not see, as of another company
            seeing = theirs.with_user(leader).with_context(
                allowed_company_ids=leader.company_ids.ids
            )
            theirs &= seeing._filtered_access("read")
            theirs = theirs.with_context(lang=leader.lang, tz=leader.tz)
            theirs.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=theirs.env._("Nobody has answered in time"),
                user_id=leader.id,
            )
        leads.answer_escalation = False
        self.env["ir.cron"]._commit_progress(len(leads), remaining=len(leads) // BATCH)
