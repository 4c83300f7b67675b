from contextlib import contextmanager

from odoo import models, tools


class ResPartner(models.Model):
    """Contacts by whose values profiles are chosen: their opportunities follow."""

    _inherit = "res.partner"

    def write(self, vals):
        if self._get_profile_fields().isdisjoint(vals):
            return super().write(vals)
        with self._judging_opportunities_again():
            return super().write(vals)

    def _update_address(self, vals):
        # Odoo hands addresses down and up past ``write``
        if self._get_profile_fields().isdisjoint(vals):
            return super()._update_address(vals)
        with self._judging_opportunities_again():
            return super()._update_address(vals)

    @contextmanager
    def _judging_opportunities_again(self):
        """Opportunities that another profile judges afterwards are judged again.

        Those of the whole account, as a profile may look at its account's values.
        """
        # sudo: who changes a contact may not see the opportunities
        opportunities = self.env["crm.lead"].sudo().with_context(active_test=False)
        opportunities = opportunities.search(
            [
                ("partner_id", "child_of", self.commercial_partner_id.ids),
                ("type", "=", "opportunity"),
            ]
        )
        before = opportunities._get_snapshot()
        yield
        opportunities._guard_profile_change(before)

    @tools.ormcache()
    def _get_profile_fields(self):
        """The fields of contacts that change which profile their leads have.

        As Odoo's registry knows them from the filters of the profiles.

        :return: names; empty where no profile looks at contacts
        :rtype: frozenset[str]
        """
        registry = self.env.registry
        chosen = self.env["crm.lead"]._fields["qualification_profile_id"]
        return frozenset(
            name
            for name, field in self._fields.items()
            if chosen in registry.get_dependent_fields(field)
        )
