import json
import logging
from collections import Counter, defaultdict

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from .qualification_domain import check_domain, parse_domain

_logger = logging.getLogger(__name__)

# What is counted in a territory, with the filter that shows who was counted.
COVERAGE = {
    "territory_count": [],
    "territory_sea_count": [("crm_in_progress", "=", False)],
    "territory_prospect_count": [("crm_lifecycle", "=", "prospect")],
    "territory_lead_count": [("crm_lifecycle", "=", "lead")],
    "territory_opportunity_count": [("crm_lifecycle", "=", "opportunity")],
    "territory_customer_count": [("crm_lifecycle", "=", "customer")],
    "territory_lost_count": [("crm_lifecycle", "=", "lost")],
}


class CrmTeam(models.Model):
    """The territory of a sales team, and how much of it is covered.

    A territory is a filter on contacts and accounts. Without one a team sells
    everywhere. Territories may overlap: it is shown, not forbidden.
    """

    _inherit = "crm.team"

    territory_domain = fields.Char(
        string="Territory",
        default="[]",
        help="The contacts and accounts that this team sells to; without a filter: "
        "all of them. Colleagues and our own companies are never among them.",
    )
    territory_count = fields.Integer(
        string="Territory Size",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="Contacts and accounts in the territory.",
    )
    territory_sea_count = fields.Integer(
        string="In the Sea",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="Without an open lead or opportunity.",
    )
    territory_prospect_count = fields.Integer(
        string="Untouched",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="There never was a lead or opportunity.",
    )
    territory_lead_count = fields.Integer(
        string="Led",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="There is an open lead.",
    )
    territory_opportunity_count = fields.Integer(
        string="In the Pipeline",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="There is an open opportunity.",
    )
    territory_customer_count = fields.Integer(
        string="Won",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="Something was won.",
    )
    territory_lost_count = fields.Integer(
        string="Lost",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="All that there was is lost.",
    )
    territory_overlap_count = fields.Integer(
        string="Shared with Other Teams",
        compute="_compute_coverage",
        groups="sales_team.group_sale_salesman",
        help="In the territory of another team, too.",
    )
    territory_graph = fields.Text(
        compute="_compute_coverage", groups="sales_team.group_sale_salesman"
    )

    @api.constrains("territory_domain")
    def _check_territory_domain(self):
        for team in self:
            if problem := check_domain(self.env["res.partner"], team.territory_domain):
                raise ValidationError(
                    self.env._(
                        "The territory of “%(team)s” can't be used: %(problem)s",
                        team=team.name,
                        problem=problem,
                    )
                )

    @api.depends("territory_domain")
    @api.depends_context("uid", "allowed_company_ids")
    def _compute_coverage(self):
        saved = self.filtered(lambda team: isinstance(team.id, int))
        counts = saved._count_coverage()
        labels = {
            "territory_prospect_count": self.env._("Untouched"),
            "territory_lead_count": self.env._("Leads"),
            "territory_opportunity_count": self.env._("Pipeline"),
            "territory_customer_count": self.env._("Won"),
            "territory_lost_count": self.env._("Lost"),
        }
        for team in self:
            for name in (*COVERAGE, "territory_overlap_count"):
                team[name] = counts[team.id][name]
            values = [
                {"label": label, "value": team[name], "type": "past"}
                for name, label in labels.items()
            ]
            title = self.env._("Contacts and accounts")
            team.territory_graph = json.dumps([{"key": title, "values": values}])

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    def action_open_territory(self):
        """Open who was counted; the context's ``territory_count`` names the count.

        :return: action on contacts and accounts: list, kanban, graph, form
        """
        self.ensure_one()
        name = self.env.context.get("territory_count", "territory_count")
        if name == "territory_overlap_count":
            domain = self._get_shared_domain()
        else:
            domain = Domain(COVERAGE[name])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.res_partner_action_explore"
        )
        # sudo: the label of a field is no secret
        label = self.sudo()._fields[name]._description_string(self.env)
        return action | {
            "name": f"{self.name}: {label}",
            "domain": self._get_territories() & domain,
            "context": {"default_team_id": self.id},
        }

    # ------------------------------------------------------------
    # BUSINESS
    # ------------------------------------------------------------

    @api.model
    def _get_my_teams(self):
        """The sales teams that the user leads or is a member of."""
        return self.search(
            ["|", ("user_id", "=", self.env.uid), ("member_ids", "in", self.env.uid)]
        )

    def _has_territory(self):
        """True for a team with a filter of its own."""
        return (self.territory_domain or "[]").strip() != "[]"

    def _get_filter(self):
        """The filter of one team's territory.

        :rtype: Domain
        """
        self.ensure_one()
        try:
            return parse_domain(self.env, self.territory_domain)
        except ValueError:
            _logger.warning("Team %s: its territory can't be read", self.name)
            return Domain.FALSE

    def _get_territories(self):
        """The contacts and accounts in the territory of any of these teams.

        :rtype: Domain
        """
        outside = self.env["res.partner"]._get_outside_domain()
        return outside & Domain.OR(team._get_filter() for team in self)

    def _get_shared_domain(self):
        """Those in the territory of any other team that has a filter.

        :rtype: Domain
        """
        others = self.search([]).filtered(lambda team: team._has_territory()) - self
        return Domain.OR(team._get_filter() for team in others)

    def _get_coverage_sql(self, domain):
        """One row for each of these teams and contact in its territory.

        Columns: team_id, partner_id, lifecycle, in_progress.

        :param Domain domain: further condition on the contacts
        """
        partners = self.env["res.partner"]
        parts = []
        for team in self:
            # builds SQL, runs none
            query = partners._search(team._get_territories() & domain)
            parts.append(
                query.select(
                    SQL("%s AS team_id", team.id),
                    SQL("%s AS partner_id", SQL.identifier(query.table, "id")),
                    *(
                        SQL(
                            "%s AS %s",
                            partners._field_to_sql(query.table, name, query),
                            SQL.identifier(name),
                        )
                        for name in ("crm_lifecycle", "crm_in_progress")
                    ),
                )
            )
        return SQL(" UNION ALL ").join(parts)

    def _get_covered(self, partner_ids):
        """Which of some contacts are in which of these teams' territories.

        :param list partner_ids: ids of ``res.partner``
        :return: ``{team id: [partner id, …]}``
        :rtype: dict
        """
        covered = defaultdict(list)
        if self:
            domain = Domain("id", "in", partner_ids)
            self.env.cr.execute(
                SQL(
                    "SELECT team_id, partner_id FROM (%s) covered",
                    self._get_coverage_sql(domain),
                )
            )
            for team_id, partner_id in self.env.cr.fetchall():
                covered[team_id].append(partner_id)
        return covered

    def _count_coverage(self):
        """How many contacts and accounts are where, by team; in one query.

        :return: ``{team id: {name of the field: count}}``
        :rtype: dict
        """
        counts = defaultdict(Counter)
        if not self:
            return counts
        # overlaps are with other teams that have a filter, shown or not
        teams = self | self.search([]).filtered(lambda team: team._has_territory())
        own = [team.id for team in teams if team._has_territory()]
        self.env.cr.execute(
            SQL(
                """
                SELECT team_id, crm_lifecycle, crm_in_progress, COUNT(*),
                       COUNT(*) FILTER (WHERE others > 0)
                  FROM (
                    SELECT *, COUNT(*) FILTER (WHERE team_id = ANY(%(own)s))
                                  OVER (PARTITION BY partner_id)
                              - (team_id = ANY(%(own)s))::int AS others
                      FROM (%(covered)s) covered
                  ) shared
              GROUP BY team_id, crm_lifecycle, crm_in_progress
                """,
                own=own,
                covered=teams._get_coverage_sql(Domain.TRUE),
            )
        )
        for team_id, lifecycle, in_progress, count, shared in self.env.cr.fetchall():
            found = counts[team_id]
            found["territory_count"] += count
            found[f"territory_{lifecycle}_count"] += count
            found["territory_sea_count"] += 0 if in_progress else count
            found["territory_overlap_count"] += shared
        return counts
