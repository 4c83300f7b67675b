from uuid import uuid4

from odoo import api, fields, models, tools


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

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    @api.model
    def _is_policy(self, names):
        return not names.isdisjoint({"partner_id", "active"})

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

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
