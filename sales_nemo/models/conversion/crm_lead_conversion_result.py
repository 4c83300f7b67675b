from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import str2bool

from ..base.actions import list_records
from ..base.calls import check_ids, on_one
from ..decision.reasons import get_check_name

# Opportunities that a summary links to.
LINKED = 30


class CrmLeadConversionJob(models.Model):
    """What came out of a mass conversion, and who is told."""

    _inherit = "crm.lead.conversion.job"

    refused_line_ids = fields.One2many(
        "crm.lead.conversion.line",
        "job_id",
        string="Still Leads",
        domain=[("outcome", "in", ("refused", "skipped"))],
        readonly=True,
        help="Those that did not become opportunities, and why.",
    )
    converted_count = fields.Integer(
        string="Converted", compute="_compute_counts", help="Became opportunities."
    )
    already_count = fields.Integer(
        string="Opportunities Already",
        compute="_compute_counts",
        help="Were opportunities before their turn came.",
    )
    merged_count = fields.Integer(
        string="Merged",
        compute="_compute_counts",
        help="Went into another lead or opportunity of the same customer.",
    )
    refused_count = fields.Integer(
        string="Refused",
        compute="_compute_counts",
        help="Not qualified: each says below what is missing.",
    )
    skipped_count = fields.Integer(
        string="Skipped",
        compute="_compute_counts",
        help="Changed, deleted or closed by others while this ran.",
    )
    reasons = fields.Json(
        compute="_compute_reasons",
        help="Checks that failed, the most frequent first: key, name, count.",
    )
    notified_line_count = fields.Integer(
        readonly=True, help="Results that the salespeople were told of."
    )

    @api.depends("line_ids.outcome")
    def _compute_counts(self):
        counts = {
            (job, outcome): count
            for job, outcome, count in self.env["crm.lead.conversion.line"]._read_group(
                [("job_id", "in", self.ids)], ["job_id", "outcome"], ["__count"]
            )
        }
        for job in self:
            for outcome in ("converted", "already", "merged", "refused", "skipped"):
                job[f"{outcome}_count"] = counts.get((job, outcome), 0)

    @api.depends("line_ids.checks")
    def _compute_reasons(self):
        lines = self.env["crm.lead.conversion.line"].search_fetch(
            [("job_id", "in", self.ids), ("outcome", "=", "refused")],
            ["job_id", "checks"],
        )
        lines_by_job = lines.grouped("job_id")
        for job in self:
            refused = lines_by_job.get(job, ())
            counts = Counter(key for line in refused for key in line.checks or ())
            job.reasons = [
                {"key": key, "name": get_check_name(self.env, key), "count": count}
                for key, count in counts.most_common()
            ]

    def action_open_leads(self, outcome="converted", check=None):
        """Open the leads that a mass conversion treated alike.

        :param str outcome: as in ``crm.lead.conversion.line.outcome``
        :param str check: key of a check: only those that failed it
        :raise UserError: there is no such outcome, or something is no id
        """
        check_ids(self)
        lines = self.env["crm.lead.conversion.line"]
        names = dict(lines._fields["outcome"]._description_selection(self.env))
        if not isinstance(outcome, str) or outcome not in names:
            raise UserError(self.env._("A conversion has no result “%s”.", outcome))
        lines = lines.search([("job_id", "in", self.ids), ("outcome", "=", outcome)])
        if check is not None:
            lines = lines.filtered(lambda line: check in (line.checks or ()))
        name = names[outcome] if check is None else get_check_name(self.env, check)
        return list_records(lines.lead_id, name)

    @on_one
    def action_download_refused(self):
        """Download those that are still leads, with their reasons, as CSV."""
        return {
            "type": "ir.actions.act_url",
            "url": f"/sales_nemo/conversion/{self.id}/refused.csv",
            "target": "download",
        }

    def _get_refused_table(self):
        """Who is still a lead and why, as a table.

        :return: ``(titles, rows)``
        """
        titles = [
            self.env._("ID"),
            self.env._("Lead"),
            self.env._("Contact"),
            self.env._("Company"),
            self.env._("Email"),
            self.env._("Phone"),
            self.env._("Salesperson"),
            self.env._("Result"),
            self.env._("Reasons"),
        ]
        outcomes = dict(
            self.line_ids._fields["outcome"]._description_selection(self.env)
        )
        rows = []
        for line in self.refused_line_ids:
            lead = line.lead_id._filtered_access("read")
            rows.append(
                [
                    line.selected_id,
                    line.lead_name,
                    lead.contact_name,
                    lead.partner_name,
                    lead.email_from,
                    lead.phone,
                    lead.user_id.name,
                    outcomes[line.outcome],
                    line.reasons,
                ]
            )
        return titles, rows

    def _is_notifying_each(self):
        """True when Odoo's notification of each new customer is wanted."""
        # sudo: a setting
        parameters = self.env["ir.config_parameter"].sudo()
        value = parameters.get_param("sales_nemo.notify_each_customer")
        return str2bool(value or "", default=False)

    def _send_summaries(self):
        """One message to each salesperson, instead of one for each new customer."""
        new = self.line_ids.sorted("id")[self.notified_line_count :]
        self.notified_line_count += len(new)
        lines_by_user = defaultdict(self.line_ids.browse)
        for line in new.filtered(lambda line: line.outcome == "converted"):
            for user in line.lead_id.user_id | line.customer_id.user_id:
                lines_by_user[user] |= line
        for user, lines in lines_by_user.items():
            if user != self.user_id and user.active:
                job = self.with_context(lang=user.lang)
                more = len(lines[LINKED:])
                job._send(
                    user,
                    job.env._("%s leads were converted for you", len(lines)),
                    "sales_nemo.conversion_summary",
                    begin=job.env._(
                        "%s converted leads to opportunities. These are yours:",
                        self.user_id.name,
                    ),
                    lines=lines[:LINKED],
                    more=more and job.env._("%s more in your pipeline", more),
                )

    def _send_result(self):
        """Tell the user who asked that the conversion is over."""
        job = self.with_context(lang=self.user_id.lang)
        subject = job.env._("Your mass conversion is over")
        job._send(self.user_id, subject, "sales_nemo.conversion_result")

    def _send(self, user, subject, template, **values):
        """Send a message about this conversion.

        :param user: ``res.users``
        :param str template: XML id of the body
        :param values: what the body shows
        """
        body = self.env["ir.qweb"]._render(
            template, {"job": self, **values}, minimal_qcontext=True
        )
        self.env["mail.thread"].message_notify(
            partner_ids=user.partner_id.ids,
            author_id=self.user_id.partner_id.id,
            subject=subject,
            body=body,
        )
