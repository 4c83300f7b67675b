from odoo import models, tools

# What hands addresses down to people: Odoo writes those without a word to us.
FAMILY_FIELDS = frozenset({"parent_id", "type"})


class ResPartner(models.Model):
    """Contacts by whose values profiles are chosen: their opportunities follow."""

    _inherit = "res.partner"

    def write(self, vals):
        if self._get_profile_fields().isdisjoint(vals):
            return super().write(vals)
        # sudo: who moves a contact may not see the opportunities
        opportunities = self.env["crm.lead"].sudo().with_context(active_test=False)
        # with those of the whole family, as addresses are handed down
        opportunities = opportunities.search(
            [
                ("partner_id", "child_of", self.commercial_partner_id.ids),
                ("type", "=", "opportunity"),
            ]
        )
        judges = opportunities._get_judges()
        res = super().write(vals)
        opportunities._guard_entered(judges)
        return res

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
