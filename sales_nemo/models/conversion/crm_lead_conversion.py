from collections import defaultdict
from contextlib import contextmanager

from odoo import models, tools
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize_all, parse_contact_from_email

from ..base.stock_methods import is_stock

# Odoo merges no more at once; who needs more merges by hand.
MOST_MERGED = 5


@contextmanager
def undone_on_error(env):
    """A savepoint that leaves tracked changes to be told at the end.

    Odoo's own tells them at once: merging and converting a lead would be two messages
    in its chatter, where Odoo's conversion has one.
    """
    env.flush_all()
    try:
        with env.cr.savepoint(flush=False):
            yield
            env.flush_all()
    except Exception:
        env.transaction.clear()
        raise


class CrmLead(models.Model):
    """What Odoo does lead by lead when it converts many, done for many at once.

    The outcome is Odoo's. Where another addon changes one of the steps, its code is
    called for each lead, and these shortcuts stay out of the way.
    """

    _inherit = "crm.lead"

    # Odoo's own index finds parts of an address; of many whole ones each takes it long.
    # By hash: an address may be longer than what other indexes hold.
    _email_idx = models.Index(
        "USING hash (email_normalized) WHERE email_normalized IS NOT NULL"
    )

    @tools.ormcache()
    def _can_convert_in_batch(self):
        """False where another addon changes a step of the conversion of a lead."""
        return is_stock(
            self,
            "_compute_stage_id",
            "_compute_team_id",
            "_convert_opportunity_data",
            "_create_customer",
            "_find_matching_partner",
            "_handle_partner_assignment",
            "_handle_salesmen_assignment",
            "convert_opportunity",
        )

    # ------------------------------------------------------------
    # CUSTOMERS
    # ------------------------------------------------------------

    def _find_customers(self):
        """The contacts that have these leads' e-mail addresses, in a few queries.

        :return: ``{lead id: res.partner or None}``, None where one is to be created;
            leads that have to wait for their turn are missing
        """
        emails = [lead.email_normalized for lead in self if lead.email_normalized]
        partners = self.env["res.partner"].search([("email_normalized", "in", emails)])
        by_email = partners.grouped("email_normalized")
        # sudo: as Odoo does; whoever converts need not see the aliases
        aliases = self.env["mail.alias.domain"].sudo()._find_aliases(emails)
        customers, seen = {}, set()
        for lead in self:
            email = lead.email_normalized
            found = by_email.get(email, ()) if email not in aliases else ()
            if email and len(found) == 1:
                customers[lead.id] = found
            elif not lead.email_from or (email and not found and email not in seen):
                customers[lead.id] = None
            seen.add(email)
        return customers

    def _create_customers(self, with_parent=None):
        """Odoo's ``_create_customer`` of each, companies and people in a batch each.

        :param with_parent: ``res.partner`` that new ones belong to, or None
        :return: ``{lead id: res.partner}``
        """
        partners = self.env["res.partner"]
        if with_parent:
            customers = dict.fromkeys(self.ids, with_parent)
        else:
            employed = self.filtered("partner_name")
            companies = partners.create(
                [
                    lead._prepare_customer_values(lead.partner_name, is_company=True)
                    for lead in employed
                ]
            )
            customers = dict(zip(employed.ids, companies, strict=True))
        people = {}
        for lead in self:
            name = lead.contact_name or (
                lead.email_from and parse_contact_from_email(lead.email_from)[0]
            )
            company = customers.get(lead.id, partners)
            if name:
                people[lead.id] = lead._prepare_customer_values(
                    name, parent_id=company.id
                )
            elif not company:
                people[lead.id] = lead._prepare_customer_values(lead.name)
        created = partners.create(list(people.values()))
        return customers | dict(zip(people, created, strict=True))

    def _find_account(self):
        """The one company that this lead is of: its contact's, the one of its name, or
        the one whose people write from its mail domain; empty: none, or several.

        Of free mail providers the domain says nothing.
        """
        self.ensure_one()
        if self.partner_id:
            return self.partner_id.commercial_partner_id.filtered("is_company")
        partners = self.env["res.partner"]
        if self.partner_name:
            found = partners._search_companies_named(self.partner_name)
            if found:
                return found if len(found) == 1 else partners
        domain, email = self.email_domain_criterion or "", self.email_normalized
        if domain[:1] != "@":
            return partners
        people = partners._search_email_domain(domain[1:])
        found = people.commercial_partner_id.filtered("is_company")
        # of one of our own companies nobody is a customer
        if len(found) != 1 or email in self.env.company._filter_ours({email}):
            return partners
        return found

    # ------------------------------------------------------------
    # CONVERSION
    # ------------------------------------------------------------

    def _convert_in_batch(self, customers, created, assignment=None):
        """Assign customers and convert, in as few writes as can be.

        :param dict customers: ``{lead id: res.partner}``; missing: none is assigned
        :param created: leads whose customer is new
        :param dict assignment: values that assign a single lead to a salesperson, in
            the same write
        """
        # also where the lead has that customer already: as with Odoo, the write fills
        # the lead's empty fields from it
        values = {
            lead.id: {"partner_id": customers[lead.id].id}
            for lead in self
            if customers.get(lead.id)
        }
        # nobody was ever in touch with a new customer: contact is what it was
        contact = self.pool.field_computed[self._fields["contact_state"]]
        with self.env.protecting(contact, created):
            if assignment:
                values.setdefault(self.id, {}).update(
                    self._get_conversion_values(customers), **assignment
                )
                self._write_each(values)
                return
            self._write_each(values)
            # Odoo chooses the team and stage of a lead with the next one's customer
            last = max((n for n, x in enumerate(self._ids) if x in values), default=0)
            self[:last]._write_conversion_values(customers)
            self[:last].mapped("stage_id")
            self[last:]._write_conversion_values(customers)

    def _write_conversion_values(self, customers):
        self._write_each(
            {lead.id: lead._get_conversion_values(customers) for lead in self}
        )

    def _get_conversion_values(self, customers):
        """What makes this lead an opportunity; nothing where Odoo leaves it as it is.

        :param dict customers: as in ``_convert_in_batch``
        """
        if not self.active or self._peek_won_status() == "won":
            return {}
        return self._convert_opportunity_data(customers.get(self.id) or self.partner_id)

    def _is_staged_by_conversion(self, team_id):
        """True where Odoo chooses team or stage for the lead before it is assigned.

        :param int team_id: the team that it is assigned to
        """
        # sudo: as Odoo computes both
        lead = self.sudo()
        team, stage, user = lead.team_id, lead.stage_id, lead.user_id
        if not stage or (team and stage.team_ids and team not in stage.team_ids):
            return True
        if not user:
            return False
        chosen = team._get_default_team_id(
            user_id=user.id, domain=[("use_opportunities", "=", True)]
        )
        # the members last: they take longest to read
        return (
            chosen.id not in (team.id, team_id)
            and user not in team.member_ids | team.user_id
        )

    def _write_each(self, values_by_lead):
        """Write each lead's values, at once for all whose values are the same.

        :param dict values_by_lead: ``{lead id: values}``
        """
        for leads, values in self._group_by_values(values_by_lead):
            leads.write(values)

    def _group_by_values(self, values_by_lead):
        """Those of these leads that get the same values; not those that get none.

        :param dict values_by_lead: ``{lead id: values}``
        :return: ``[(crm.lead, values), …]``
        """
        ids_by_values = defaultdict(list)
        for lead_id, values in values_by_lead.items():
            if values:
                ids_by_values[repr(sorted(values.items()))].append(lead_id)
        return [
            # what Odoo looks up for one lead, it looks up for all of them
            (
                self.browse(ids).with_prefetch(self._prefetch_ids),
                values_by_lead[ids[0]],
            )
            for ids in ids_by_values.values()
        ]

    # ------------------------------------------------------------
    # DUPLICATES
    # ------------------------------------------------------------

    def _get_duplicate_keys(self):
        """By what Odoo finds duplicates of this lead: e-mail addresses, contact.

        :return: normalized addresses and id of the contact
        :rtype: set
        """
        email = self.partner_id.email or self.email_from
        return {*email_normalize_all(email), *self.partner_id.ids}

    def _find_duplicates(self):
        """Odoo's ``_get_lead_duplicates`` of this lead."""
        return self._get_lead_duplicates(
            partner=self.partner_id, email=self.partner_id.email or self.email_from
        )

    def _get_duplicated(self):
        """Those of these leads that have a duplicate, in one search for all of them."""
        if not is_stock(self, "_get_lead_duplicates"):
            return self.filtered(lambda lead: len(lead._find_duplicates()) > 1)
        keys_by_lead = {lead: lead._get_duplicate_keys() for lead in self}
        keys = set().union(*keys_by_lead.values())
        same = Domain("email_normalized", "in", [k for k in keys if isinstance(k, str)])
        same |= Domain("partner_id", "in", [k for k in keys if isinstance(k, int)])
        open_leads = Domain("won_status", "=", "pending") & Domain("active", "=", True)
        ids_by_key = defaultdict(set)
        for lead in self.search(same & open_leads):
            ids_by_key[lead.email_normalized].add(lead.id)
            ids_by_key[lead.partner_id.id].add(lead.id)
        return self.filtered(
            lambda lead: (
                len(
                    set().union(*(ids_by_key[key] for key in keys_by_lead[lead]))
                    - set(lead._get_ancestors().ids)
                )
                > 1
            )
        )

    def _get_ancestors(self):
        """Hook: the records that these leads continue; no doubles of them."""
        return self.browse()

    def _merge_duplicates(self):
        """Merge each of these leads with its duplicates, as Odoo's mass conversion.

        :return: ``(heads, merged, skipped)``: the leads that stay of each group, in
            Odoo's order; ``{id of a lead that was merged: (name, lead that stays)}``,
            these included; ``{lead: why it was not merged}``
        """
        # a set, as in Odoo: its order says who is assigned to whom
        head_ids, merged, skipped = set(), {}, {}
        duplicated = self._get_duplicated()
        for lead in self:
            if lead.id in merged or lead not in duplicated:
                continue
            group = lead._find_duplicates()
            if len(group) <= 1:
                continue
            if len(group) > MOST_MERGED and not self.env.su:
                skipped[lead] = self.env._(
                    "%(count)s records are duplicates of each other; %(most)s can be "
                    "merged at once. Merge some of them first.",
                    count=len(group),
                    most=MOST_MERGED,
                )
                continue
            known = set().union(*(one._get_duplicate_keys() for one in group))
            names = {one.id: one.name for one in group}
            try:
                with undone_on_error(self.env):
                    head = group.merge_opportunity()
            except UserError as refusal:
                skipped[lead] = str(refusal)
                continue
            merged |= {lead_id: (name, head) for lead_id, name in names.items()}
            head_ids.add(head.id)
            if not head._get_duplicate_keys() <= known:
                # its contact's address is another one than its own was
                duplicated = self.browse(
                    lead_id for lead_id in self.ids if lead_id not in merged
                )._get_duplicated()
        return self.browse(head_ids), merged, skipped
