from contextlib import contextmanager

from odoo import api, models, tools

# What hands addresses down to people: Odoo writes those without a word to us.
FAMILY_FIELDS = frozenset({"parent_id", "type"})


class ResPartner(models.Model):
    """Contacts by whose values profiles are chosen: their opportunities follow."""

    _inherit = "res.partner"

    @api.model_create_multi
    def create(self, vals_list):
        if not self._get_profile_fields():
            return super().create(vals_list)
        # an account without an address gets the one of its first contact
        default = self.default_get(["parent_id"]).get("parent_id")
        parents = {vals.get("parent_id", default) for vals in vals_list}
        with self.browse(filter(None, parents))._judging_opportunities_again():
            return super().create(vals_list)

    def write(self, vals):
        if self._get_profile_fields().isdisjoint(vals):
            return super().write(vals)
        with self._judging_opportunities_again():
            return super().write(vals)

    @contextmanager
    def _judging_opportunities_again(self):
        """Opportunities that another profile judges afterwards are judged again.

        Those of the whole account, as addresses are handed down and up.
        """
        # sudo: who changes a contact may not see the opportunities
        opportunities = self.env["crm.lead"].sudo().with_context(active_test=False)
        opportunities = opportunities.search(
            [
                ("partner_id", "child_of", self.commercial_partner_id.ids),
                ("type", "=", "opportunity"),
            ]
        )
        judges = opportunities._get_judges()
        yield
        opportunities._guard_entered(judges)

    @tools.ormcache()
    def _get_profile_fields(self):
        """The fields of contacts that change which profile their leads have.

        As Odoo's registry knows them from the filters of the profiles.

        :return: names; empty where no profile looks at contacts
        :rtype: frozenset[str]
        """
        registry = self.env.registry
        chosen = self.env["crm.lead"]._fields["qualification_profile_id"]
        names = {
            name
            for name, field in self._fields.items()
            if chosen in registry.get_dependent_fields(field)
        }
        return frozenset(names | FAMILY_FIELDS) if names else frozenset()
