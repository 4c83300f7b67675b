from odoo import api, models

from odoo.addons.iap.tools.iap_tools import mail_prepare_for_domain_search


class ResPartner(models.Model):
    """Our own people and addresses: nobody's customer."""

    _inherit = "res.partner"

    def _filter_own(self):
        """Our internal users, archived ones too, and our companies."""
        # sudo: who is one of our own doesn't depend on who asks
        partners = self.sudo().with_context(active_test=False)
        companies = {pair[1] for pair in self.env["res.company"]._get_all_companies()}
        return self.filtered(
            lambda partner: (
                partner.id in companies
                or not all(partners.browse(partner.id).user_ids.mapped("share"))
            )
        )

    @api.model
    def _get_own_domains(self):
        """The domains of our mail: of aliases, and of companies unless a provider's.

        :rtype: set[str]
        """
        # sudo: which addresses are ours doesn't depend on who asks
        companies = self.env["res.company"].sudo().search([])
        domains = map(mail_prepare_for_domain_search, companies.mapped("email"))
        aliases = self.env["mail.alias.domain"].sudo().search([])
        return {d[1:] for d in domains if d and d[0] == "@"} | {*aliases.mapped("name")}

    @api.model
    def _find_own_emails(self, emails):
        """Which of some addresses are ours: of our mail's domains, or one of our own.

        :param emails: normalized addresses
        :rtype: set[str]
        """
        # sudo: as said
        people = self.sudo().search([("email_normalized", "in", [*emails])])
        own = set(people._filter_own().mapped("email_normalized"))
        domains = self._get_own_domains()
        return own | {one for one in emails if one.partition("@")[2] in domains}
