from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL, format_list

from ...facts import OPEN_ANSWERS
from ..base.calls import on_one

# The people and needs of an account that are shown at once.
MOST_ROWS = 80

# What the buttons of a contact count and open: leads, opportunities, won, lost.
OPEN = Domain("won_status", "=", "pending") & Domain("active", "=", True)
LEAD_KINDS = {
    "lead": Domain("type", "=", "lead") & OPEN,
    "opportunity": Domain("type", "=", "opportunity") & OPEN,
    "won": Domain("won_status", "=", "won"),
    "lost": Domain("won_status", "=", "lost"),
}
# With the views of these actions.
LEAD_ACTIONS = {
    "lead": "crm.crm_lead_all_leads",
    "opportunity": "crm.crm_lead_opportunities",
    "won": "sales_nemo.crm_lead_action_won",
    "lost": "sales_nemo.crm_lead_action_lost",
}


class ResPartner(models.Model):
    """The pod: what all people of an account told us, seen from any of them."""

    _inherit = "res.partner"

    # By what a person, and an account, are found again.
    _email_idx = models.Index(
        "USING hash (email_normalized) WHERE email_normalized IS NOT NULL"
    )
    _email_domain_idx = models.Index(
        "(split_part(email_normalized, '@', 2)) WHERE email_normalized IS NOT NULL"
    )
    _company_name_idx = models.Index("(lower(name)) WHERE is_company IS TRUE")

    crm_lead_count = fields.Integer(
        string="Open Leads",
        compute="_compute_crm_counts",
        groups="sales_team.group_sale_salesman",
        help="Open leads of the account.",
    )
    crm_opportunity_count = fields.Integer(
        string="Open Opportunities",
        compute="_compute_crm_counts",
        groups="sales_team.group_sale_salesman",
        help="Open opportunities of the account.",
    )
    crm_won_count = fields.Integer(
        string="Won",
        compute="_compute_crm_counts",
        groups="sales_team.group_sale_salesman",
        help="Opportunities of the account that were won.",
    )
    crm_lost_count = fields.Integer(
        string="Lost",
        compute="_compute_crm_counts",
        groups="sales_team.group_sale_salesman",
        help="Lost leads and opportunities of the account.",
    )
    crm_fit = fields.Char(
        string="Fit",
        compute="_compute_crm_fit",
        groups="sales_team.group_sale_salesman",
        help="The profile that the account fits best, by what is known about it: "
        "percent of the points of the criteria that are asked about accounts.",
    )
    crm_refusals = fields.Char(
        string="Previous Refusals",
        compute="_compute_crm_refusals",
        groups="sales_team.group_sale_salesman",
        help="Why what there was with this contact, or with anybody of this account, "
        "was lost; by colleagues, too.",
    )
    crm_opted_out = fields.Boolean(
        string="Opted Out",
        compute="_compute_crm_opted_out",
        groups="sales_team.group_sale_salesman",
        help="The e-mail address or the phone number is blacklisted, or was taken off "
        "a mailing list.",
    )

    # ------------------------------------------------------------
    # COMPUTES
    # ------------------------------------------------------------

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_crm_counts(self):
        counts = Counter()
        leads = self.env["crm.lead"].with_context(active_test=False)
        for person, kind, status, active, count in leads._read_group(
            self._get_account_domain(),
            ["partner_id", "type", "won_status", "active"],
            ["__count"],
        ):
            key = kind if status == "pending" and active else status
            # sudo: who may see a lead may know whose it is
            for partner in person.sudo() | person.sudo().commercial_partner_id:
                counts[partner.id, key] += count
        for partner in self:
            for kind in LEAD_KINDS:
                partner[f"crm_{kind}_count"] = counts[partner.id, kind]

    @api.depends_context("company")
    def _compute_crm_fit(self):
        accounts = self.commercial_partner_id
        fit = self.env["crm.qualification.profile"]._get_fit(accounts)
        best = {}
        for account, found in fit.items():
            known = [
                (score, profile)
                for profile, facts, score in found
                if any(a.state not in OPEN_ANSWERS for a in facts.answers)
            ]
            if known:
                score, profile = max(known, key=lambda one: one[0])
                best[account] = f"{score:.0f} % {profile.name}"
        for partner in self:
            partner.crm_fit = best.get(partner.commercial_partner_id, False)

    @api.depends_context("company")
    def _compute_crm_refusals(self):
        reasons = defaultdict(Counter)
        # sudo: a rep should know why somebody refused a colleague of the same company
        leads = self.env["crm.lead"].sudo().with_context(active_test=False)
        domain = Domain("won_status", "=", "lost") & Domain(
            "company_id", "in", [self.env.company.id, False]
        )
        # who is in the sea was never lost
        known = self.filtered(lambda partner: partner.crm_lifecycle != "prospect")
        for person, reason, count in leads._read_group(
            known._get_account_domain() & domain,
            ["partner_id", "lost_reason_id"],
            ["__count"],
        ):
            name = reason.name or self.env._("no reason given")
            for partner in person | person.commercial_partner_id:
                reasons[partner.id][name] += count
        for partner in self:
            partner.crm_refusals = ", ".join(
                name if count == 1 else f"{name} ({count})"
                for name, count in reasons[partner.id].most_common()
            )

    def _compute_crm_opted_out(self):
        # sudo: that somebody opted out is for everybody who may write to them
        partners = self.sudo()
        emails = self._get_unsubscribed(partners.mapped("email_normalized"))
        for partner in partners:
            partner.crm_opted_out = (
                partner.is_blacklisted
                or partner.phone_sanitized_blacklisted
                or partner.email_normalized in emails
            )

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_crm_leads(self):
        """Open what the button counted; the context's ``crm_kind`` says which.

        :return: action on the leads or opportunities of this contact or account
        """
        kind = self.env.context.get("crm_kind")
        # a client's context may hold anything
        kind = kind if kind in list(LEAD_KINDS) else "lead"
        names = {
            "lead": self.env._("Leads"),
            "opportunity": self.env._("Opportunities"),
            "won": self.env._("Won"),
            "lost": self.env._("Lost"),
        }
        name = self.env._(
            "%(kind)s of %(contact)s", kind=names[kind], contact=self.display_name
        )
        if kind in ("won", "lost"):
            context = {"closed_status": kind}
        else:
            context = {"default_partner_id": self.id, "default_type": kind}
        actions = self.env["ir.actions.act_window"]
        action = actions._for_xml_id(LEAD_ACTIONS[kind])
        return action | {
            # not the menu's action: it has a name and a domain of its own
            "id": False,
            "path": False,
            "display_name": name,
            "name": name,
            "domain": self._get_account_domain() & LEAD_KINDS[kind],
            # a contact has few
            "views": sorted(action["views"], key=lambda view: view[1] != "list"),
            "context": {"active_test": False} | context,
        }

    @on_one
    def action_open_last_contact(self):
        """Open the message or meeting of the last contact with the account.

        :raise UserError: there is none, or the user may not see it
        """
        self.check_access("read")
        evidence = self.env["crm.contact.evidence"]
        account = self.commercial_partner_id
        last = evidence._get_last(account, self.env.companies) or {}
        return evidence._open(
            self.env["mail.message"].browse(last.get("message_id")),
            self.env["calendar.event"].browse(last.get("event_id")),
        )

    # ------------------------------------------------------------
    # SHEET
    # ------------------------------------------------------------

    @api.readonly
    @on_one
    def get_account_sheet(self):
        """All that the Account tab of a contact shows, loaded when it is opened.

        :return: ``{"id", "name", "last_contact", "fit", "questions",
            "people", "people_count", "needs", "can_answer"}`` of the contact's account;
            of many people and needs the first ones
        :rtype: dict
        """
        self.check_access("read")
        account = self.commercial_partner_id
        fit = self.env["crm.qualification.profile"]._get_fit(account)[account]
        answers = self.env["crm.qualification.answer"]
        return {
            "id": account.id,
            "name": account.display_name,
            "last_contact": account._get_last_contact_row(),
            "fit": [
                {
                    "id": profile.id,
                    "profile": profile.name,
                    "score": score,
                    "known": sum(a.state not in OPEN_ANSWERS for a in facts.answers),
                    "asked": len(facts.answers),
                    "is_ruled_out": any(
                        a.state == "disqualifying" for a in facts.answers
                    ),
                }
                for profile, facts, score in fit
            ],
            "questions": account._get_account_question_rows(fit),
            "people": account._get_people_rows(),
            "people_count": self.search_count(account._get_people_domain()),
            "needs": account._get_need_rows(),
            "can_answer": answers.has_access("create"),
        }

    @on_one
    def save_account_answer(self, criterion_id, value, note=None):
        """Answer a criterion that is asked about accounts, for the user's company.

        :param int criterion_id: id of a ``crm.qualification.criterion``
        :param str value: as in ``crm.lead.save_qualification_answer``
        :param str note: how it was found out; None keeps the present one
        :return: the sheet, as ``get_account_sheet``
        :raise UserError: there is no such criterion
        :raise ValidationError: names the values that are allowed
        """
        self.check_access("read")
        account = self.commercial_partner_id
        answers = self.env["crm.qualification.answer"]
        criteria = self.env["crm.qualification.criterion"]
        criterion = criteria._find_criterion(criterion_id)
        owner = answers._get_account_owner(account, self.env.company)
        answers._save(criterion, owner, value, note)
        return self.get_account_sheet()

    def _get_last_contact_row(self):
        """The last contact with anybody of this account, and by whom; or None."""
        last = self.env["crm.contact.evidence"]._get_last(self, self.env.companies)
        if not last:
            return None
        # sudo: who was in touch is no secret, what was said may be one
        message = self.env["mail.message"].sudo().browse(last["message_id"])
        meeting = self.env["calendar.event"].sudo().browse(last["event_id"])
        evidence = self.env["crm.contact.evidence"]
        is_shown = meeting and evidence._may_see(meeting.sudo(False))
        guests = meeting.partner_ids.filtered(
            lambda guest: is_shown and guest.commercial_partner_id == self
        )
        people = [
            message.author_id.name or message.email_from or meeting.user_id.name,
            *guests.mapped("name"),
        ]
        return {
            "date": fields.Datetime.to_string(last["date"]),
            "direction": last["direction"],
            "by": format_list(self.env, [name for name in people if name]),
            "is_meeting": bool(meeting),
        }

    def _get_account_question_rows(self, fit):
        """The questions that profiles ask about this account, with what is known.

        :param list fit: of this account, as ``_get_fit`` gives it
        :rtype: list[dict]
        """
        # sudo: as in _get_fit
        answers = self.sudo().qualification_answer_ids.filtered(
            lambda answer: answer.company_id == self.env.company
        )
        known = answers.grouped("criterion_id")
        rows = []
        for profile, facts, _score in fit:
            criteria = {c.id: c for c in profile.criterion_ids}
            for fact in facts.answers:
                answer = known.get(criteria[fact.key], answers.browse())
                row = criteria[fact.key]._get_row(
                    fact.state, answer, answer.value or "", self
                )
                rows.append(row | {"profile_id": profile.id})
        return rows

    def _get_people_rows(self):
        """The people of this account, with their roles in decisions."""
        domain = self._get_people_domain()
        roles = self.env["crm.lead.role"].search(
            [("partner_id", "any", domain)], limit=MOST_ROWS
        )
        # who plays a part comes first
        people = roles.partner_id | self.env["res.partner"].search(
            domain, limit=MOST_ROWS
        )
        labels = dict(roles._fields["role"]._description_selection(self.env))
        by_person = roles.grouped("partner_id")
        return [
            {
                "id": person.id,
                "name": person.name or person.display_name,
                "function": person.function or "",
                "heard": fields.Datetime.to_string(person.crm_heard_date),
                "roles": [
                    {
                        "id": role.id,
                        "role": role.role,
                        "label": labels[role.role],
                        "lead": role.lead_id.name,
                        "note": role.note or "",
                    }
                    for role in by_person.get(person, ())
                ],
            }
            for person in people[:MOST_ROWS]
        ]

    def _get_people_domain(self):
        """The people of this account, without its addresses."""
        return Domain(
            [
                ("commercial_partner_id", "=", self.id),
                ("is_company", "=", False),
                ("type", "=", "contact"),
            ]
        )

    def _get_need_rows(self):
        """The needs heard in all leads and opportunities of this account."""
        needs = self.env["crm.lead.need"].search(
            [("lead_id.partner_id.commercial_partner_id", "=", self.id)],
            order="state, id desc",
            limit=MOST_ROWS,
        )
        return [
            {
                "id": need.id,
                "name": need.name,
                "state": need.state,
                "lead": need.lead_id.name,
                "lead_id": need.lead_id.id,
                "has_proof": need.has_proof,
            }
            for need in needs
        ]

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    def _get_account_domain(self):
        """Leads and opportunities of these contacts; an account's are its people's."""
        accounts = self.filtered(lambda p: p == p.commercial_partner_id)
        # one condition on contacts: both sides of the "or" have an index there
        return Domain(
            "partner_id",
            "any",
            Domain("id", "in", self.ids)
            | Domain("commercial_partner_id", "in", accounts.ids),
        )

    @api.model
    def _search_companies_named(self, name):
        """Companies of that name, in whatever case; two at most."""
        is_named = Domain.custom(
            to_sql=lambda model, alias, query: SQL(
                "lower(%s) = lower(%s)",
                model._field_to_sql(alias, "name", query),
                name.strip(),
            )
        )
        return self.search(is_named & Domain("is_company", "=", True), limit=2)

    @api.model
    def _search_email_domain(self, email_domain):
        """People and companies who write from that mail domain."""
        return self.search(
            Domain.custom(
                to_sql=lambda model, alias, query: SQL(
                    "split_part(%s, '@', 2) = %s",
                    model._field_to_sql(alias, "email_normalized", query),
                    email_domain,
                )
            )
        )

    @api.model
    def _get_unsubscribed(self, emails):
        """Addresses that were taken off a mailing list, where there are such lists.

        :param list emails: normalized addresses
        :rtype: set[str]
        """
        if "mailing.subscription" not in self.env:
            return set()
        # sudo: salespeople may not read mailing lists
        subscriptions = self.env["mailing.subscription"].sudo()
        return set(
            subscriptions.search(
                [
                    ("opt_out", "=", True),
                    ("contact_id.email_normalized", "in", [e for e in emails if e]),
                ]
            ).contact_id.mapped("email_normalized")
        )
