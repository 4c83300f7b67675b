from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.misc import clean_context

from odoo.addons.iap.tools import iap_tools

from ..models.base.batches import lock_rows
from ..models.base.calls import on_one
from ..models.base.identity import get_identity_keys, is_address, is_name, is_phone

# More at once would keep a web worker busy for longer than servers let it.
MOST = 2000


class CrmLeadFromPartner(models.TransientModel):
    """Leads for many contacts at once: one an account, or one a person.

    Never a double of what is running in the company. A person who has an open lead or
    opportunity, as its contact, by an own e-mail address or by the phone number, gets
    none, nor where somebody with the company's mail domain has an opportunity; an
    account neither, if any of its people has one, or somebody with its mail domain.
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
        help="Who gets a lead: each company, or each of its people.",
    )
    team_id = fields.Many2one(
        "crm.team",
        string="Sales Team",
        default=lambda self: self.env["crm.team"]._get_default_team_id(self.env.uid),
        help="Whose leads they become. Its territory may assign them further.",
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
        "res.partner",
        string="Get a Lead",
        compute="_compute_targets",
        help="For whom a lead is made.",
    )
    running_ids = fields.Many2many(
        "res.partner",
        string="In Progress Already",
        compute="_compute_targets",
        help="They have an open lead or opportunity and get no second one.",
    )
    opted_out_ids = fields.Many2many(
        "res.partner",
        compute="_compute_targets",
        help="They do not want to hear from us: no lead is made.",
    )
    target_count = fields.Integer(compute="_compute_targets")
    nameless_count = fields.Integer(compute="_compute_targets")
    running_count = fields.Integer(compute="_compute_targets")
    opted_out_count = fields.Integer(compute="_compute_targets")

    @api.depends("partner_ids", "per", "team_id", "is_leaving_out")
    def _compute_targets(self):
        for wizard in self:
            wanted = wizard._get_wanted()
            running = wizard._get_running(wanted)
            free = wizard._get_people(wanted - running)
            opted_out = free.filtered("crm_opted_out")
            wizard.running_ids = running
            wizard.opted_out_ids = opted_out
            wizard.target_ids = free - opted_out if wizard.is_leaving_out else free
            wizard.target_count = len(wizard.target_ids)
            wizard.nameless_count = len(wizard.target_ids.filtered("is_company"))
            wizard.running_count = len(running)
            wizard.opted_out_count = len(opted_out)

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_create_leads(self):
        """Create the leads, and open them.

        :raise UserError: there is nobody to create a lead for, or there are too many
        """
        # two people who select the same contacts take turns
        lock_rows(self.partner_ids.commercial_partner_id, is_waiting=True)
        # the second one sees the leads of the first
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
        reached before the others; for persons of an account that was selected itself,
        all of them.
        """
        selected = self.partner_ids._origin.filtered("is_outside")
        if self.per == "account":
            by_account = selected.sorted(
                lambda p: (p.is_company, not self._is_reachable(p))
            ).grouped("commercial_partner_id")
            return selected.browse([people[0].id for people in by_account.values()])
        accounts = selected.filtered("is_company")
        people = self._search_people(accounts)
        lonely = accounts - people.commercial_partner_id
        return (selected - accounts) | people | lonely

    def _get_people(self, wanted):
        """One of its people in a company's place, one that can be reached first."""
        people = self._search_people(wanted.filtered("is_company"))
        people = people.sorted(lambda p: not self._is_reachable(p))
        by_account = people.grouped("commercial_partner_id")
        return wanted.browse([by_account.get(p, p)[0].id for p in wanted])

    def _search_people(self, accounts):
        return accounts.search(
            [
                ("commercial_partner_id", "in", accounts.ids),
                ("is_company", "=", False),
                ("is_outside", "=", True),
            ]
        )

    def _is_reachable(self, partner):
        return is_name(partner.name) and (
            is_address(partner.email_normalized) or is_phone(partner.phone)
        )

    def _get_running(self, wanted):
        """Those that the company is working on already.

        :param wanted: what ``_get_wanted`` gave
        """
        is_account = self.per == "account"
        members = wanted.commercial_partner_id.commercial_member_ids
        keys = {
            partner: self._get_keys(
                partner.commercial_partner_id.commercial_member_ids
                if is_account
                else partner
            )
            for partner in wanted
        }
        known = set().union(*keys.values())
        known -= self.env["res.company"]._filter_ours(known)
        taken = set()
        for lead in self._search_running(members, known):
            taken |= lead._get_own_keys()
            # for one person a colleague's lead is another one, not so an opportunity
            if is_account or lead.type == "opportunity":
                taken.add(lead.email_domain_criterion)
        busy = wanted.browse()
        for partner in wanted:
            if keys[partner] & known & taken:
                busy |= partner
            # of those that share an address, the first one's lead will be running
            taken.update(
                key for key in keys[partner] if is_account or str(key)[:1] != "@"
            )
        return busy

    def _get_keys(self, people):
        """By what leads of these contacts are known, and of their company by its mail
        domain."""
        keys = set()
        for person in people:
            email = person.email_normalized
            keys |= get_identity_keys(person.id, email, person.phone_sanitized)
            if email and (self.per == "account" or email in keys):
                keys.add(iap_tools.mail_prepare_for_domain_search(email))
        return keys

    def _search_running(self, people, keys):
        # sudo: in whose company a lead will be is no secret to who hands it out
        companies = self.team_id.company_id or (
            self.env.company | self.user_ids.sudo().company_id
        )
        texts = [key for key in keys if isinstance(key, str)]
        # sudo: what a colleague is working on is no lead for anybody else
        leads = self.env["crm.lead"].sudo()
        return leads.search(
            Domain("won_status", "=", "pending")
            & Domain("company_id", "in", [*companies.ids, False])
            & (
                Domain("partner_id", "in", people.ids)
                | Domain("phone_sanitized", "in", texts)
                | Domain("email_domain_criterion", "in", texts)
            )
        )

    def _prepare_lead_values(self, partner, number):
        """Values of the lead of one contact.

        :param int number: its place in the row, for taking turns
        """
        users = self.user_ids.filtered("active")
        return {
            "name": partner.display_name,
            "type": "lead",
            "partner_id": partner.id,
            "team_id": self.team_id.id,
            "user_id": users[number % len(users)].id if users else False,
        }
