import json
from collections import Counter

from odoo import Command, api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import json_default

from ..models.base.calls import browse_ids, check_ids, find_existing, on_one
from ..models.base.qualification_domain import check_domain, parse_domain
from ..models.conversion.crm_lead_conversion_job import RUNNING
from ..models.decision.reasons import explain
from .crm_lead_to_opportunity import OVERRIDE

# What of the dialog is about its leads; all else is an option of the conversion.
ABOUT_LEADS = {
    "lead_id",
    "lead_tomerge_ids",
    "duplicated_lead_ids",
    "opportunity_ids",
    "job_id",
    "scope",
    "filter_domain",
    "deduplicate",
}
# Leads that the preview judges, and refused ones that it names.
JUDGED = 5000
NAMED = 40


class CrmLead2opportunityPartnerMass(models.TransientModel):
    """Odoo's mass conversion: those that pass go, the others stay leads.

    The dialog shows who would pass before anything happens, and hands the work to a
    ``crm.lead.conversion.job``, which keeps the result.
    """

    _inherit = "crm.lead2opportunity.partner.mass"

    _is_of_one = False

    job_id = fields.Many2one(
        "crm.lead.conversion.job",
        readonly=True,
        ondelete="cascade",
        help="The conversion that this dialog works for; it keeps the result.",
    )
    scope = fields.Selection(
        [("selected", "Selected leads"), ("filter", "All leads that match the filter")],
        string="Convert",
        default="selected",
        required=True,
    )
    filter_domain = fields.Char(
        default=lambda self: str(self.env.context.get("active_domain") or []),
        help="The list's filter when the dialog was opened.",
    )
    filter_count = fields.Integer(compute="_compute_counts")
    selected_count = fields.Integer(compute="_compute_counts")
    opportunity_ids = fields.Many2many(
        "crm.lead",
        "crm_lead2opportunity_mass_opportunity_rel",
        context={"active_test": False},
        compute="_compute_opportunity_ids",
        store=True,
        precompute=True,
        help="What was an opportunity already when the dialog was saved: what becomes "
        "one afterwards was converted by somebody else.",
    )

    passes_none = fields.Boolean(
        help="The preview found none that would be converted: it says why."
    )

    @api.depends("lead_tomerge_ids", "filter_domain")
    def _compute_counts(self):
        for wizard in self:
            wizard.selected_count = len(wizard.lead_tomerge_ids)
            try:
                domain = wizard._get_lead_domain(wizard.filter_domain or "[]")
            except UserError:
                # said when somebody wants to use it
                domain = Domain.FALSE
            wizard.filter_count = self.env["crm.lead"].search_count(domain)

    @api.depends("lead_tomerge_ids")
    def _compute_opportunity_ids(self):
        for wizard in self:
            wizard.opportunity_ids = wizard.lead_tomerge_ids.filtered(
                lambda lead: lead.type == "opportunity"
            )

    @api.depends("lead_tomerge_ids", "deduplicate")
    def _compute_duplicated_lead_ids(self):
        """Odoo's, in one search instead of one a lead, and only where it is shown."""
        for wizard in self:
            leads = (
                wizard.lead_tomerge_ids if wizard.deduplicate else self.env["crm.lead"]
            )
            wizard.duplicated_lead_ids = leads._origin._get_duplicated()

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @api.model
    @api.readonly
    def get_preview(self, lead_ids, domain=None):
        """Who would be converted now and who refused, before anything happens.

        :param list lead_ids: ids of the selected leads
        :param list domain: the list's filter, to judge all that match it instead
        :return: ``{"total", "judged", "passing", "refused", "reasons": [{"key",
            "name", "count"}, …], "examples": [{"id", "name", "checks", "reasons"},
            …]}``; the first leads are judged, 5,000 at most
        :rtype: dict
        :raise UserError: the filter can't be used, or something is no id
        """
        if domain is None:
            chosen = find_existing(browse_ids(self.env["crm.lead"], lead_ids))
            leads = chosen._filtered_access("read")
            leads = leads.filtered(lambda lead: lead.type == "lead" and lead.active)
            total, judged = len(leads), leads[:JUDGED]
        else:
            domain = self._get_lead_domain(domain)
            total = self.env["crm.lead"].search_count(domain)
            judged = self.env["crm.lead"].search(domain, limit=JUDGED)
        _entries, refused = judged._split_by_verdict()
        checks = {
            lead: [explain(self.env, check) for check in verdict.failed]
            for lead, (_facts, verdict) in refused.items()
        }
        counts = Counter(
            (check["key"], check["name"])
            for found in checks.values()
            for check in found
        )
        return {
            "total": total,
            "judged": len(judged),
            "passing": len(judged) - len(refused),
            "refused": len(refused),
            "reasons": [
                {"key": key, "name": name, "count": count}
                for (key, name), count in counts.most_common()
            ],
            "examples": [
                {
                    "id": lead.id,
                    "name": lead.name,
                    "checks": [check["name"] for check in found],
                    "reasons": [check["reason"] for check in found],
                }
                for lead, found in list(checks.items())[:NAMED]
            ],
        }

    @on_one
    def action_mass_convert(self):
        """Convert those that pass, as asked; the result says why others stay leads."""
        if self._is_left_to_odoo():
            return super().action_mass_convert()
        return self._start_job(self.deduplicate)

    @on_one
    def action_apply(self):
        """As ``action_mass_convert``, without looking for duplicates."""
        if self._is_left_to_odoo():
            return super().action_apply()
        return self._start_job(deduplicate=False)

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _is_left_to_odoo(self):
        """True for what Odoo does: its merging, and the leads of a running job."""
        self.ensure_one()
        job = self.job_id
        is_working = job.state in RUNNING and job.user_id == self.env.user
        return self.name == "merge" or is_working

    def _start_job(self, deduplicate):
        """Convert the leads, many of them in the background.

        :return: action that opens the result
        :rtype: dict
        """
        chosen = self._get_leads() or self.lead_tomerge_ids
        if self.scope == "filter":
            chosen = chosen.search(self._get_lead_domain(self.filter_domain or "[]"))
        # of what the user may not read nothing is told, and no row is locked
        leads = check_ids(chosen).exists()._filtered_access("read")
        if not leads:
            raise UserError(self.env._("There is nothing to convert: select leads."))
        job = self.env["crm.lead.conversion.job"]._create_job(self, leads, deduplicate)
        job._add_hidden_lines(chosen - leads)
        job._start(self.env)
        # whoever asks again, asks about opportunities
        self.opportunity_ids |= leads.exists().filtered(
            lambda lead: lead.type == "opportunity"
        )
        return job.action_open_result()

    def _convert_leads_of_job(self, job, leads):
        """Convert these leads for a job, through Odoo's dialog and all that extends it.

        :param job: ``crm.lead.conversion.job``
        :param leads: recordset of ``crm.lead``, in the order in which they are assigned
        """
        wizard = self.with_context(
            active_model="crm.lead",
            active_ids=leads.ids,
            active_id=leads[0].id,
            qualification_override=job.is_override and OVERRIDE,
        ).create(
            {
                **job.options,
                "job_id": job.id,
                "deduplicate": False,
                "lead_tomerge_ids": [Command.set(leads.ids)],
            }
        )
        wizard.action_mass_convert()

    def _get_options(self):
        """The dialog's options, for the leads whose turn comes later.

        :return: values by field name, as JSON has them
        :rtype: dict
        """
        values = {
            name: field.convert_to_write(self[name], self)
            for name, field in self._fields.items()
            if field.store and name not in {*models.MAGIC_COLUMNS, *ABOUT_LEADS}
        }
        return json.loads(json.dumps(values, default=json_default))

    def _get_lead_domain(self, domain):
        """The leads among the records that a list shows.

        :param domain: the list's filter, or its text
        :raise UserError: the filter can't be read
        """
        if problem := check_domain(self.env["crm.lead"], str(domain)):
            raise UserError(
                self.env._(
                    "The list's filter can't be used (%s). Select the leads instead.",
                    problem,
                )
            )
        return parse_domain(str(domain)) & Domain("type", "=", "lead")

    def _get_salespeople_in_turn(self, leads, user_ids):
        """Salespeople go on taking turns where the batch before stopped."""
        if not user_ids or not self.job_id:
            return user_ids
        job = self.job_id.sudo()  # sudo: only this code writes a conversion
        first = job.turn % len(user_ids)
        job.turn += len(self._get_unassigned(leads))
        return user_ids[first:] + user_ids[:first]

    def _get_given_customer(self, lead):
        each = self.action == "each_exist_or_create"
        return lead.partner_id if each else super()._get_given_customer(lead)

    def _is_creating_customers(self):
        return super()._is_creating_customers() or self.action == "each_exist_or_create"

    def _get_customer_context(self):
        """Salespeople get one summary, unless Odoo's notifications are wanted."""
        context = super()._get_customer_context()
        if self.job_id._is_notifying_each():
            return context
        return context | {"mail_auto_subscribe_no_notify": True}

    def _convert_handle_partner(self, lead, action, partner_id):
        # also where leads go one by one through another addon's code
        lead = lead.with_context(**self._get_customer_context())
        return super()._convert_handle_partner(lead, action, partner_id)

    def _get_gate_path(self):
        return "mass"

    def _record_facts(self):
        """Facts belong to one lead: there is nothing to record here."""

    def _apply(self):
        return self.action_mass_convert()

    def _get_default_leads(self):
        return self.lead_tomerge_ids

    def _is_refused(self):
        """Never as a whole: those that pass are converted."""
        return False

    def _record_refusals(self, refused):
        res = super()._record_refusals(refused)
        if self.job_id:
            self.job_id._add_refused_lines(refused)
        return res
