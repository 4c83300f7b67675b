from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL
from odoo.tools.misc import clean_context

from odoo.addons.iap.tools import iap_tools

# More at once would keep a web worker busy for longer than servers let it.
MOST = 2000


class CrmLeadFromPartner(models.TransientModel):
    """Leads for many contacts at once: one an account, or one a person.

    Never a double of what is running in the company. A person who has an open lead or
    opportunity, as its contact or by the e-mail address, gets none; an account neither,
    if any of its people has one, or somebody with its own mail domain.
    """

    _name = "crm.lead.from.partner"
    _description = "Create Leads"
    _inherit = ["qualification.door.mixin"]

    _qualification_links = ("team_id",)

    partner_ids = fields.Many2many(
        "res.partner",
        string="Contacts",
        required=True,
        readonly=True,
        default=lambda self: self._get_default_partners(),
    )
    per = fields.Selection(
        [("account", "One lead for each account"), ("person", "One for each person")],
        string="Create",
        default="account",
        required=True,
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        default=lambda self: self.env["crm.team"]._get_default_team_id(self.env.uid),
    )
    user_ids = fields.Many2many(
        "res.users",
        string="Salespeople",
        domain="[('share', '=', False)]",
        default=lambda self: self.env.user,
        help="They take turns. Without any, the leads wait to be assigned.",
    )
    is_leaving_out = fields.Boolean(
        string="Leave out who opted out",
        help="Who is blacklisted, or was taken off a mailing list, gets no lead.",
    )
    target_ids = fields.Many2many(
        "res.partner", string="Get a Lead", compute="_compute_targets"
    )
    running_ids = fields.Many2many(
        "res.partner", string="In Progress Already", compute="_compute_targets"
    )
    opted_out_ids = fields.Many2many("res.partner", compute="_compute_targets")
    target_count = fields.Integer(compute="_compute_targets")
    running_count = fields.Integer(compute="_compute_targets")
    opted_out_count = fields.Integer(compute="_compute_targets")

    @api.depends("partner_ids", "per", "team_id", "is_leaving_out")
    def _compute_targets(self):
        for wizard in self:
            wanted = wizard._get_wanted()
            running = wizard._get_running(wanted)
            free = wanted - running
            opted_out = free.filtered("crm_opted_out")
            wizard.running_ids = running
            wizard.opted_out_ids = opted_out
            wizard.target_ids = free - opted_out if wizard.is_leaving_out else free
            wizard.target_count = len(wizard.target_ids)
            wizard.running_count = len(running)
            wizard.opted_out_count = len(opted_out)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_create_leads(self):
        """Create the leads, and open them.

        :raise UserError: there is nobody to create a lead for, or there are too many
        """
        self.ensure_one()
        self._lock_accounts()
        # somebody else may have been faster
        self.env.invalidate_all()
        targets = self.target_ids._origin
        if not targets:
            raise UserError(
                self.env._(
                    "None of these contacts gets a lead: all of them are being worked "
                    "on already, or opted out."
                )
            )
        if len(targets) > MOST:
            raise UserError(
                self.env._(
                    "These are %(count)s leads: create at most %(most)s at once.",
                    count=len(targets),
                    most=MOST,
                )
            )
        leads = self.env["crm.lead"]
        leads.check_access("create")
        # sudo: salespeople who see their own leads only may hand out others
        # cleaned: nobody's default_… keys get into a lead by it
        cleaned = clean_context(self.env.context)
        leads = leads.with_env(self.env(su=True, context=cleaned)).create(
            [
                self._prepare_lead_values(partner, number)
                for number, partner in enumerate(targets)
            ]
        )
        action = self.env["ir.actions.act_window"]._for_xml_id("crm.crm_lead_all_leads")
        return action | {
            "name": self.env._("New Leads"),
            "domain": [("id", "in", leads.ids)],
            "context": {"default_type": "lead"},
        }

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _get_default_partners(self):
        """The contacts that were selected."""
        if self.env.context.get("active_model") != "res.partner":
            return False
        return self.env["res.partner"].browse(self.env.context.get("active_ids", []))

    def _get_wanted(self):
        """Whom leads were asked for: a contact for each account, or each person.

        For an account it is the first of its people that was selected, one that can be
        written to before the others; for persons of an account that was selected
        itself, all of them.
        """
        selected = self.partner_ids._origin.filtered("is_outside")
        if self.per == "account":
            by_account = selected.sorted(
                lambda p: (p.is_company, not p.email_normalized)
            ).grouped("commercial_partner_id")
            return selected.browse([people[0].id for people in by_account.values()])
        accounts = selected.filtered("is_company")
        people = selected.search(
            [
                ("commercial_partner_id", "in", accounts.ids),
                ("is_company", "=", False),
                ("type", "=", "contact"),
            ]
        )
        lonely = accounts - people.commercial_partner_id
        return (selected - accounts) | people | lonely

    def _get_running(self, wanted):
        """Those that the company is working on already.

        :param wanted: what ``_get_wanted`` gave
        """
        # sudo: in whose company a lead will be is no secret to who hands it out
        companies = self.team_id.company_id or (
            self.env.company | self.user_ids.sudo().company_id
        )
        accounts = wanted.commercial_partner_id
        people = accounts.with_context(active_test=False).commercial_member_ids
        is_account = self.per == "account"
        domains = {
            partner: mail_domain
            for partner in (people if is_account else ())
            if partner.email_normalized
            and (
                mail_domain := iap_tools.mail_prepare_for_domain_search(
                    partner.email_normalized
                )
            )
        }
        emails = (people if is_account else wanted).mapped("email_normalized")
        # sudo: what a colleague is working on is no lead for anybody else
        running = (
            self.env["crm.lead"]
            .sudo()
            .search(
                Domain("won_status", "=", "pending")
                & Domain("company_id", "in", [*companies.ids, False])
                & (
                    Domain("partner_id", "in", (people if is_account else wanted).ids)
                    | Domain("email_normalized", "in", [e for e in emails if e])
                    | Domain("email_domain_criterion", "in", list(domains.values()))
                )
            )
        )
        busy_emails = set(running.mapped("email_normalized")) - {False}
        busy_domains = set(running.mapped("email_domain_criterion")) - {False}
        busy = running.partner_id | people.filtered(
            lambda p: (
                p.email_normalized in busy_emails or domains.get(p) in busy_domains
            )
        )
        if is_account:
            busy_accounts = busy.commercial_partner_id
            busy = wanted.filtered(lambda p: p.commercial_partner_id in busy_accounts)
        busy &= wanted
        # of those that share an address, the first one's lead will be running
        taken = set()
        for partner in wanted - busy:
            account = partner.commercial_partner_id
            members = account.with_context(active_test=False).commercial_member_ids
            own = members if is_account else partner
            keys = {*own.mapped("email_normalized"), *map(domains.get, own)}
            keys -= {False, None}
            if keys & taken:
                busy |= partner
            taken |= keys
        return wanted & busy

    def _lock_accounts(self):
        """Two people who select the same contacts take turns; the second sees the
        first one's leads."""
        accounts = self.partner_ids.commercial_partner_id
        self.env.cr.execute(
            SQL(
                "SELECT id FROM res_partner WHERE id = ANY(%s) ORDER BY id"
                " FOR NO KEY UPDATE",
                accounts.ids,
            ),
            # who comes too late is tried again by Odoo: no error
            log_exceptions=False,
        )

    def _prepare_lead_values(self, partner, number):
        """Values of the lead of one contact.

        :param int number: its place in the row, for taking turns
        """
        users = self.user_ids
        return {
            "name": partner.display_name,
            "type": "lead",
            "partner_id": partner.id,
            "team_id": self.team_id.id,
            "user_id": users[number % len(users)].id if users else False,
        }
