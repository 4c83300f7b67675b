from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain

from ..models.base.calls import on_one
from ..models.base.identity import is_name
from ..models.base.stock_methods import is_stock

# In the context of who pressed the button: an object, which no client can send.
OVERRIDE = object()


class CrmLead2opportunityPartner(models.TransientModel):
    """Odoo's convert dialog, with the gate in it.

    It shows all checks, takes the facts that are missing, and refuses by opening
    itself again with the reasons: nothing that was typed is lost.
    """

    _name = "crm.lead2opportunity.partner"
    _inherit = ["crm.lead2opportunity.partner", "qualification.entry.mixin"]

    # It is about one lead, whose customer can be proposed.
    _is_of_one = True

    qualification_grade = fields.Selection(related="lead_id.qualification_grade")
    qualification_score = fields.Float(related="lead_id.qualification_score")
    contact_date = fields.Datetime(related="lead_id.contact_date")
    exception_id = fields.Many2one(related="lead_id.qualification_exception_id")
    merge_refusal = fields.Text(
        readonly=True, help="Why the merged record may not become an opportunity."
    )
    lost_duplicate_warning = fields.Text(compute="_compute_lost_duplicate_warning")

    @api.depends("lead_id", "partner_id", "commercial_partner_id")
    def _compute_duplicated_lead_ids(self):
        """Lost records are not proposed where the gate is closed.

        Merging would erase why they were lost, and bring the lead into the pipeline.
        """
        res = super()._compute_duplicated_lead_ids()
        for wizard in self:
            wizard.duplicated_lead_ids |= wizard._find_account_opportunity()
            if not wizard.duplicated_lead_ids - wizard.lead_id:
                continue
            earlier = wizard.lead_id._origin._get_ancestors()
            wizard.duplicated_lead_ids -= wizard.duplicated_lead_ids.filtered(
                lambda lead, earlier=earlier: lead._origin in earlier
            )
            if wizard.lead_id._is_enforced():
                wizard.duplicated_lead_ids -= wizard.duplicated_lead_ids._filter_lost()
        return res

    @api.depends("lead_id")
    def _compute_commercial_partner_id(self):
        """The customer that is there already, for a new person of theirs."""
        res = super()._compute_commercial_partner_id()
        for wizard in self:
            if not (wizard.partner_id or wizard.commercial_partner_id):
                wizard.commercial_partner_id = wizard._find_account()
        return res

    @api.depends("duplicated_lead_ids")
    def _compute_lost_duplicate_warning(self):
        for wizard in self:
            lost = wizard.duplicated_lead_ids._filter_lost()
            wizard.lost_duplicate_warning = bool(lost) and self.env._(
                "Merging brings lost records back to life and erases why they were "
                "lost: %s.",
                lost._describe_lost(),
            )

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model
    def default_get(self, fields):
        """Open for any open lead: Odoo takes one at 100 % for a closed one."""
        context = self.env.context
        lead_id = context.get("default_lead_id") or context.get("active_id")
        lead = self.env["crm.lead"].browse(lead_id)
        if (
            "lead_id" not in fields
            or lead.probability != 100
            or lead._peek_won_status() == "won"
        ):
            return super().default_get(fields)
        others = [name for name in fields if name != "lead_id"]
        return super().default_get(others) | {"lead_id": lead.id}

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_apply(self):
        """Convert or merge as Odoo does, if the gate lets the lead through."""
        context = self.env.context
        if context.get("active_model", "crm.lead") != "crm.lead" or not context.get(
            "active_ids"
        ):
            self = self.with_context(active_ids=self._get_default_leads().ids)
        self._record_facts()
        if self._is_refused():
            return self._reopen()
        if self.name != "merge":
            return super().action_apply()
        self.merge_refusal = False
        try:
            # what was entered stays when the merge is refused and undone
            with self.env.cr.savepoint():
                by_hand = self.with_context(qualification_by_hand=True)
                action = super(CrmLead2opportunityPartner, by_hand).action_apply()
        except UserError as error:
            refused = getattr(error, "refused", None)
            if not refused:
                raise
            self.merge_refusal = str(error)
            self.env["crm.lead"]._log_refusals(refused, "merge")
            return self._reopen()
        if self.lead_id.type == "lead":
            # merged, but the facts of all of them together don't pass either
            self.name = "convert"
            return self._reopen()
        return action

    @on_one
    def action_override(self):
        """Convert although the gate refuses, as an approver who says why.

        :raise AccessError: the user is no approver, or the dialog is somebody else's
        :raise ValidationError: no reason is given
        """
        self.env["crm.lead"]._check_approver()
        if self.create_uid != self.env.user:
            raise AccessError(
                self.env._("Somebody else has opened this dialog: open one of yours.")
            )
        self._get_reason()
        return self.with_context(qualification_override=OVERRIDE)._apply()

    @on_one
    def action_record_facts(self):
        """Keep what was entered and show the checks again."""
        self._record_facts()
        return self._reopen()

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_leads(self):
        return self.env["crm.lead"].browse(self.env.context.get("active_ids", []))

    def _apply(self):
        """What this dialog's own button does."""
        return self.action_apply()

    def _get_default_leads(self):
        """The leads to convert where the context names none."""
        return self.lead_id

    def _is_refused(self):
        """True when the dialog shall open itself again instead of converting."""
        leads = self._get_leads()
        if self.name != "convert" or self._filter_passing(leads) == leads:
            return False
        leads._void_unused_decisions()
        return True

    def _get_gate_path(self):
        """How leads of this dialog come to the gate, for the decision log."""
        return "merge" if self.name == "merge" else "wizard"

    def _filter_passing(self, leads):
        """The leads that may be converted; refusals of the others are logged.

        Judged before any partner is created.

        :param leads: recordset of ``crm.lead``
        """
        reason = self._get_reason() if self._is_overriding() else None
        refused = leads._decide_entry(self._get_gate_path(), override_reason=reason)
        self._record_refusals(refused)
        return leads.filtered(lambda lead: lead not in refused)

    def _is_overriding(self):
        """True while ``action_override`` works."""
        return self.env.context.get("qualification_override") is OVERRIDE

    def _record_refusals(self, refused):
        """Log who was refused and why.

        :param dict refused: ``{lead: (Facts, gate.Verdict)}``
        """
        if refused:
            self.env["crm.lead"]._log_refusals(refused, self._get_gate_path())

    def _convert_and_allocate(self, leads, user_ids, team_id=False):
        """Odoo's conversion of those that pass; the others stay leads, untouched."""
        passing = self._filter_passing(leads)
        user_ids = self._get_salespeople_in_turn(passing, user_ids)
        if not self._can_convert_in_batch(passing):
            return super()._convert_and_allocate(passing, user_ids, team_id=team_id)
        customers, new = self._get_customers(passing)
        unassigned = self._get_unassigned(passing)
        if (
            len(unassigned) == len(passing) == 1
            and user_ids
            and team_id
            and not passing._is_staged_by_conversion(team_id)
        ):
            assignment = {"user_id": user_ids[0], "team_id": team_id}
            passing._convert_in_batch(customers, new, assignment)
            return None
        passing._convert_in_batch(customers, new)
        if user_ids:
            unassigned._handle_salesmen_assignment(user_ids, team_id=team_id)
        return None

    def _can_convert_in_batch(self, leads):
        """False where another addon changes how one lead is converted."""
        ours = is_stock(self, "_convert_and_allocate", "_convert_handle_partner")
        return ours and leads._can_convert_in_batch()

    def _get_customers(self, leads):
        """Whom Odoo's ``_convert_handle_partner`` assigns; new ones are made together.

        :param leads: recordset of ``crm.lead``
        :return: ``({lead id: res.partner}, leads whose customer is new)``
        """
        leads = leads.filtered("active")
        customers = {lead.id: self._get_given_customer(lead) for lead in leads}
        without = leads.filtered(lambda lead: not customers[lead.id])
        if not self._is_creating_customers():
            return customers, without.browse()
        dialog = self.with_context(**self._get_customer_context())
        without = without.with_env(dialog.env)
        found = dict.fromkeys(without.ids)
        if self.action != "create":
            found = without._find_customers()
        new = without.filtered(lambda lead: found.get(lead.id, False) is None)
        customers |= found | new._create_customers(self.commercial_partner_id)
        for lead in without:
            if lead.id not in found:
                # now it can be told, and Odoo does
                dialog._convert_handle_partner(lead, self.action, False)
                customers[lead.id] = lead.partner_id
        return customers, new

    def _get_given_customer(self, lead):
        """Whom a lead has, or gets because the dialog says so."""
        if (
            self.action == "create"
            and self.commercial_partner_id == lead.partner_id
            and is_name(lead.contact_name)
        ):
            # a new person under the customer that it has
            return self.partner_id
        return self.partner_id or lead.partner_id

    def _find_account_opportunity(self):
        """The open opportunity of the lead's account; of several nobody knows which."""
        leads = self.env["crm.lead"]
        account = self.partner_id.commercial_partner_id or self.commercial_partner_id
        if not account:
            return leads
        found = leads.search(
            Domain("partner_id.commercial_partner_id", "=", account.id)
            & Domain("type", "=", "opportunity")
            & Domain("won_status", "=", "pending"),
            limit=2,
        )
        return found if len(found) == 1 else leads

    def _find_account(self):
        """The customer that is there already; of many leads there is no common one."""
        lead = self.lead_id._origin
        is_known = self._is_of_one and lead
        return lead._find_account() if is_known else self.env["res.partner"]

    def _is_creating_customers(self):
        """True when each lead without a customer may get one of its own."""
        return self.action == "create"

    def _get_customer_context(self):
        """In which context customers are created: Odoo's, with the salesperson."""
        return {"default_user_id": self.user_id.id}

    def _get_unassigned(self, leads):
        """Those of these leads that are assigned to the dialog's salespeople."""
        return (
            leads if self.force_assignment else leads.filtered(lambda x: not x.user_id)
        )

    def _get_salespeople_in_turn(self, _leads, user_ids):
        """The salespeople, in the order in which they take these leads.

        :param list user_ids: ids, as the dialog names them
        """
        return user_ids

    def _reopen(self):
        """This dialog again, with the reasons and all that was typed."""
        self.ensure_one()
        about = self.with_context(
            qualification_override=False,
            active_model="crm.lead",
            active_id=self.lead_id.id,
            active_ids=self.lead_id.ids,
        )
        name = self.env._("Convert to opportunity")
        return about._get_records_action(name=name, target="new")
