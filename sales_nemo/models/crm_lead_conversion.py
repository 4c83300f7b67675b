from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools.mail import email_normalize_all, parse_contact_from_email

from .overrides import is_stock

# Odoo merges no more at once; who needs more merges by hand.
MOST_MERGED = 5


class CrmLead(models.Model):
    """What Odoo does lead by lead when it converts many, done for many at once.

    The outcome is Odoo's. Where another addon changes one of the steps, its code is
    called for each lead, and these shortcuts stay out of the way.
    """

    _inherit = "crm.lead"

    def _can_convert_together(self):
        """False where another addon finds, creates or assigns customers its own way."""
        return is_stock(
            self,
            "_create_customer",
            "_find_matching_partner",
            "_handle_partner_assignment",
            "convert_opportunity",
        )

    # ------------------------------------------------------------
    # CUSTOMERS
    # ------------------------------------------------------------

    def _find_or_create_customers(self, match, with_parent=None):
        """Customers for leads without one, as Odoo takes them lead by lead.

        Missing are leads whose customer depends on what becomes of the others, or is
        one of several: Odoo's own code looks for it when it is their turn.

        :param bool match: take a contact with the lead's e-mail, if there is one
        :param with_parent: ``res.partner`` that new ones belong to, or None
        :return: ``{lead id: res.partner}``
        :rtype: dict
        """
        customers = self._find_customers() if match else dict.fromkeys(self.ids)
        new = self.filtered(lambda lead: customers.get(lead.id, False) is None)
        return customers | new._create_customers(with_parent)

    def _find_customers(self):
        """The contacts that have these leads' e-mail addresses, in a few queries.

        :return: ``{lead id: res.partner or None}``, None where one is to be created;
            leads that have to wait for their turn are missing
        :rtype: dict
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
        :rtype: dict
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

    # ------------------------------------------------------------
    # CONVERSION
    # ------------------------------------------------------------

    def _convert_together(self):
        """Odoo's ``convert_opportunity`` of each to its own customer.

        One write for all that are to get the same values.
        """
        ids_by_values = defaultdict(list)
        values_by_key = {}
        for lead in self:
            if not lead.active or lead._peek_won_status() == "won":
                continue
            values = lead._convert_opportunity_data(lead.partner_id)
            # an addon's values may be lists, which are no keys
            key = repr(sorted(values.items()))
            values_by_key[key] = values
            ids_by_values[key].append(lead.id)
        for key, ids in ids_by_values.items():
            self.browse(ids).write(values_by_key[key])

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
                len(set().union(*(ids_by_key[key] for key in keys_by_lead[lead]))) > 1
            )
        )

    def _merge_duplicates(self):
        """Merge each of these leads with its duplicates, as Odoo's mass conversion.

        :return: ``(heads, merged, skipped)``: the leads that stay of each group, in
            Odoo's order; ``{id of a lead that was merged: (name, lead that stays)}``,
            these included; ``{lead: why it was not merged}``
        :rtype: tuple
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
                with self.env.cr.savepoint():
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
