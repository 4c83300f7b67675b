from collections import defaultdict
from urllib.parse import urlencode

from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.calls import on_one

MAP_ADDRESS = "https://www.openstreetmap.org/search"


class ResPartner(models.Model):
    """Contacts and accounts as the territory of sales teams: who is out there."""

    _inherit = "res.partner"

    account_lifecycle = fields.Selection(
        related="commercial_partner_id.crm_lifecycle",
        string="Account",
        groups="sales_team.group_sale_salesman",
    )
    territory_team_ids = fields.Many2many(
        "crm.team",
        string="Territories",
        compute="_compute_territory_team_ids",
        search="_search_territory_team_ids",
        groups="sales_team.group_sale_salesman",
        help="The sales teams whose territory this contact is in.",
    )
    is_in_my_territory = fields.Boolean(
        compute="_compute_is_in_my_territory",
        search="_search_is_in_my_territory",
        groups="sales_team.group_sale_salesman",
        help="In the territory of one of my sales teams; for who is in no team, or in "
        "one without a filter, everywhere.",
    )
    is_unworked = fields.Boolean(
        compute="_compute_is_unworked",
        search="_search_is_unworked",
        groups="sales_team.group_sale_salesman",
        help="Outside of our own companies, without an open lead or opportunity.",
    )
    is_outside = fields.Boolean(
        compute="_compute_is_outside",
        search="_search_is_outside",
        groups="sales_team.group_sale_salesman",
        help="A person or an organization outside of our own companies.",
    )

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_territory_team_ids(self):
        teams = self.env["crm.team"]._get_teams_with_territory()
        found = defaultdict(teams.browse)
        for team_id, ids in teams._get_covered(self.ids).items():
            for partner_id in ids:
                found[partner_id] |= teams.browse(team_id)
        for partner in self:
            partner.territory_team_ids = found[partner.id]

    def _search_territory_team_ids(self, operator, value):
        if operator not in ("in", "any"):
            return NotImplemented
        teams = self.env["crm.team"]._get_teams_with_territory()
        if operator == "any":
            return teams.filtered_domain(Domain(value))._get_territories()
        found = teams.filtered(lambda team: team.id in value)._get_territories()
        # False stands for those in no territory
        return found | ~teams._get_territories() if False in value else found

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_is_in_my_territory(self):
        mine = self.search([("id", "in", self.ids), ("is_in_my_territory", "=", True)])
        for partner in self:
            partner.is_in_my_territory = partner in mine

    def _search_is_in_my_territory(self, operator, value):
        if operator != "in":
            return NotImplemented
        teams = self.env["crm.team"]._get_my_teams()
        domain = teams._get_territories() if teams else self._get_outside_domain()
        return domain if True in value else ~domain

    def _compute_is_unworked(self):
        for partner in self:
            partner.is_unworked = partner.is_outside and not partner.crm_in_progress

    def _search_is_unworked(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_outside_domain() & Domain.custom(
            # most have no column at all: looked at first, it saves half of the time
            to_sql=lambda model, alias, query: SQL(
                "(%s IS NULL OR NOT %s)",
                SQL.identifier(alias, "crm_in_progress"),
                model._field_to_sql(alias, "crm_in_progress", query),
            ),
            predicate=lambda partner: not partner.crm_in_progress,
        )
        return domain if True in value else ~domain

    def _compute_is_outside(self):
        outside = self.filtered_domain(self._get_outside_domain())
        for partner in self:
            partner.is_outside = partner in outside

    def _search_is_outside(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = self._get_outside_domain()
        return domain if True in value else ~domain

    @on_one
    def action_open_map(self):
        """Open the address on a map, in a tab of its own."""
        address = self._display_address(without_company=True)
        # parts that are empty leave commas and spaces behind
        lines = [line.strip(" ,") for line in address.split("\n")]
        query = urlencode({"query": ", ".join(line for line in lines if line)})
        return {
            "type": "ir.actions.act_url",
            "url": f"{MAP_ADDRESS}?{query}",
            "target": "new",
        }

    @api.model
    def _get_outside_domain(self):
        """Who can be in a territory: no colleagues, not our companies, no addresses."""
        companies = self.env["res.company"]._get_all_companies()
        return (
            Domain("partner_share", "=", True)
            & Domain("type", "=", "contact")
            & Domain("commercial_partner_id", "not in", [own for _id, own in companies])
        )
