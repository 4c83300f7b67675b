from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools.mail import is_html_empty

from ..models.base.calls import notify, on_one
from ..models.recycling.crm_lead_losing import PLAN_FIELDS
from ..models.recycling.crm_lost_reason import RECYCLE_TO


class CrmLeadLost(models.TransientModel):
    """Odoo's lost dialog, with what happens next."""

    _name = "crm.lead.lost"
    _inherit = ["crm.lead.lost", "qualification.door.mixin"]

    _qualification_links = ("recycle_team_id",)

    left_out = fields.Text(
        compute="_compute_left_out",
        help="The chosen records that stay as they are: won ones, and those that are "
        "lost already, with their reasons.",
    )
    is_reason_required = fields.Boolean(compute="_compute_is_reason_required")
    recycle_to = fields.Selection(
        RECYCLE_TO,
        string="What Happens Next",
        compute="_compute_plan",
        store=True,
        readonly=False,
        help="What comes back is a new lead; what is lost stays as it is.",
    )
    recycle_date = fields.Date(
        string="Back on",
        compute="_compute_recycle_date",
        store=True,
        readonly=False,
        help="The lead comes back on this day as a new attempt. Empty: it does not.",
    )
    recycle_team_id = fields.Many2one(
        "crm.team",
        string="Into the Pool of",
        compute="_compute_plan",
        store=True,
        readonly=False,
        help="Empty: the team that lost it.",
    )

    @api.depends("lead_ids")
    def _compute_is_reason_required(self):
        for wizard in self:
            leads = wizard._get_losable()
            wizard.is_reason_required = bool(leads._filter_unexplained())

    @api.depends("lead_ids")
    def _compute_left_out(self):
        for wizard in self:
            leads = wizard.lead_ids._origin
            texts = [leads._filter_won()._explain_won()]
            if lost := leads._filter_lost():
                texts.append(
                    self.env._(
                        "Lost already, their lost reasons stay: %s.",
                        lost._format_names(),
                    )
                )
            wizard.left_out = "\n".join(filter(None, texts))

    @api.depends("lost_reason_id", "lead_ids")
    def _compute_plan(self):
        for wizard in self:
            companies = wizard.lead_ids.company_id
            # one team can't be that of several companies
            company = companies if len(companies) == 1 else companies.browse()
            proposal = wizard.lost_reason_id._get_proposal(company)
            wizard.recycle_to = proposal["recycle_to"]
            wizard.recycle_team_id = proposal["recycle_team_id"]

    @api.depends("lost_reason_id", "recycle_to")
    def _compute_recycle_date(self):
        for wizard in self:
            if wizard.recycle_to in (False, "never"):
                wizard.recycle_date = False
            else:
                wizard.recycle_date = wizard.lost_reason_id._get_return_date(
                    wizard.lead_ids[:1]._get_company()
                )

    @on_one
    def action_lost_reason_apply(self):
        """Mark as lost as Odoo does, and plan what happens next.

        What is won or lost already stays as it is.

        :return: None, or a notification that says how many were lost and what wasn't
        :raise UserError: names all that is missing, or what can't be lost where that
            is all; nothing is lost
        """
        left_out = self.left_out
        leads = self._get_losable() if left_out else self.lead_ids._origin
        if left_out and not leads:
            raise UserError(left_out)
        self._check_plan(leads)
        planned = self.with_context(qualification_lost_plan=self._prepare_plan_values())
        if not left_out:
            return super(CrmLeadLost, planned).action_lost_reason_apply()
        # last: Odoo proposes another plan for other records
        planned.lead_ids = leads
        super(CrmLeadLost, planned).action_lost_reason_apply()
        count = self.env._("Marked as lost: %s.", len(leads))
        return notify(f"{count}\n{left_out}")

    def _get_losable(self):
        """The chosen records that are neither won nor lost."""
        leads = self.lead_ids._origin
        return leads - leads._filter_won() - leads._filter_lost()

    def _check_plan(self, leads):
        """Say at once all that the dialog misses to mark these leads as lost."""
        refusals = []
        if not self.lost_reason_id:
            refusals.append(leads._filter_unexplained()._explain_missing_reason())
        is_returning = self.recycle_to not in (False, "never")
        if is_returning and (
            not self.recycle_date or self.recycle_date <= leads[:1]._get_day()
        ):
            refusals.append(
                self.env._("Choose a day after today on which it comes back.")
            )
        refusals = [refusal for refusal in refusals if refusal]
        if refusals:
            raise UserError("\n".join(refusals))

    def _prepare_plan_values(self):
        """What is known about the lost records now, besides the reason."""
        values = self._convert_to_write({name: self[name] for name in PLAN_FIELDS})
        if values["recycle_to"] != "pool":
            values["recycle_team_id"] = False
        if not is_html_empty(self.lost_feedback):
            values["lost_feedback"] = self.lost_feedback
        return values
