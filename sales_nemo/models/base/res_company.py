from uuid import uuid4

from odoo import api, fields, models, tools
from odoo.tools import SQL

from odoo.addons.iap.tools import iap_tools


class ResCompany(models.Model):
    """All companies are known without a query; a new one reads the lifecycles."""

    _name = "res.company"
    _inherit = ["res.company", "qualification.policy.mixin"]

    policy_stamp = fields.Char(
        "Qualification Policy Stamp",
        readonly=True,
        copy=False,
        exportable=False,
        default=lambda self: str(uuid4()),
        help="Another one with every change of what decides about leads, in all "
        "companies: what is kept under the old one is not looked at any more.",
    )
    remind_of_commitments = fields.Boolean(
        default=True,
        help="Remind owners of leads, by an activity, of what buyers promised.",
    )

    @api.model
    def _is_policy(self, names):
        return not names.isdisjoint({"partner_id", "active"})

    @api.model
    @tools.ormcache("self._get_policy_stamp()")
    def _get_all_companies(self):
        """All companies of the database, archived ones too, with their own contacts.

        :return: ``((company id, partner id), …)``
        :rtype: tuple
        """
        # sudo: which companies are ours doesn't depend on who asks
        companies = self.sudo().with_context(active_test=False).search([])
        return tuple((company.id, company.partner_id.id) for company in companies)

    @api.model
    def _filter_ours(self, keys):
        """Those of some keys by which we know nobody again, as they are our own.

        Of internal users, our companies and their contacts, aliases, or an address at
        one of our domains: many write through the form on our website.

        :param set keys: as ``identity.get_identity_keys`` gives them
        :rtype: set
        """
        get_domain = iap_tools.mail_prepare_for_domain_search
        texts = [key for key in keys if isinstance(key, str)]
        # sudo: what is ours doesn't depend on who asks
        env = self.sudo().env
        own = env["res.partner"].browse(one for _id, one in self._get_all_companies())
        users = env["res.partner"].search([("user_ids.share", "=", False)])
        people = own | own.child_ids | users
        aliases = env["mail.alias.domain"]
        # of a free mail provider it is the whole address
        domains = {get_domain(one.email_normalized) for one in own}
        domains |= {f"@{name}" for name in aliases.search([]).mapped("name")}
        return {
            *people.ids,
            *people.mapped("email_normalized"),
            *people.mapped("phone_sanitized"),
            *aliases._find_aliases(texts),
            *(text for text in texts if get_domain(text) in domains),
        }

    @api.model
    def _is_alone(self):
        """True where the database has one company, archived ones counted."""
        return len(self._get_all_companies()) == 1

    @api.model
    @tools.ormcache("self._get_policy_stamp()")
    def _get_only_id(self):
        """Id of the only company that is not archived; None where there are more."""
        # sudo: whether there are others is all that is read
        companies = self.sudo().with_context(active_test=True).search([], limit=2)
        return companies.id if len(companies) == 1 else None

    def _get_zone(self):
        """Name of the time zone in which this company's days begin and end."""
        # sudo: a company's working hours are no secret
        company = self.sudo()
        zone = company.resource_calendar_id.tz
        # Odoo's calendars are in UTC where nobody chose a zone
        return zone if zone and zone != "UTC" else company.partner_id.tz or "UTC"

    def _get_day(self, moment=None):
        """This company's day of a moment: deadlines and returns are days of it.

        :param datetime moment: in UTC; None: now
        :rtype: date
        """
        company = self.with_context(tz=self._get_zone())
        try:
            return fields.Date.context_today(company, moment)
        except OverflowError:
            # clients store the first and the last day, which no other zone has
            return moment.date()

    @api.model
    def _get_day_sql(self, owner, moment=None):
        """A company's day of a moment, as SQL.

        :param SQL owner: id of the company; where it is NULL, the current one counts
        :param SQL moment: in UTC; None: now
        :rtype: SQL
        """
        tell = type(self)._get_zone if moment else type(self)._get_day
        companies = self.browse([key for key, _partner in self._get_all_companies()])
        here = tell(self.env.company)
        others = companies - self.env.company
        others = [(c.id, told) for c in others if (told := tell(c)) != here]
        cases = [SQL("WHEN %s THEN %s", *other) for other in others]
        told = SQL("%s", here)
        if cases:
            told = SQL("(CASE %s %s ELSE %s END)", owner, SQL(" ").join(cases), here)
        if moment:
            return SQL("(%s AT TIME ZONE 'UTC' AT TIME ZONE %s)::date", moment, told)
        return SQL("%s::date", told)
