import json
import logging
from collections import Counter, defaultdict
from itertools import compress

from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError
from odoo.fields import Domain
from odoo.tools import SQL

from ..base.batches import WITHOUT_JIT
from ..base.calls import on_one
from ..base.qualification_domain import check_domain, iter_conditions, parse_domain

_logger = logging.getLogger(__name__)

# Groups that every salesperson is in.
READING_GROUPS = ("base.group_user", "sales_team.group_sale_salesman")

# What is read of a team to know its territory, and to name it.
TERRITORY_FIELDS = ("name", "territory_domain")

# What is counted in a territory, with the filter that shows who was counted.
COVERAGE = {
    "territory_count": [],
    "territory_unworked_count": [("crm_in_progress", "=", False)],
    "territory_prospect_count": [("crm_lifecycle", "=", "prospect")],
    "territory_lead_count": [("crm_lifecycle", "=", "lead")],
    "territory_opportunity_count": [("crm_lifecycle", "=", "opportunity")],
    "territory_customer_count": [("crm_lifecycle", "=", "customer")],
    "territory_lost_count": [("crm_lifecycle", "=", "lost")],
}

# What the fields have in common that count who is in a territory.
COUNTED = {
    "compute": "_compute_coverage",
    "groups": "sales_team.group_sale_salesman",
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
    territory_problem = fields.Char(
        compute="_compute_territory_problem",
        help="Why the territory can't be used; until then nobody is in it.",
    )
    territory_count = fields.Integer(
        string="Territory Size",
        help="Contacts and accounts in the territory.",
        **COUNTED,
    )
    territory_unworked_count = fields.Integer(
        string="In the Sea",
        help="Without an open lead or opportunity.",
        **COUNTED,
    )
    territory_prospect_count = fields.Integer(
        string="Untouched",
        help="There never was a lead or opportunity.",
        **COUNTED,
    )
    territory_lead_count = fields.Integer(
        string="With a Lead",
        help="There is an open lead.",
        **COUNTED,
    )
    territory_opportunity_count = fields.Integer(
        string="In the Pipeline",
        help="There is an open opportunity.",
        **COUNTED,
    )
    territory_customer_count = fields.Integer(
        string="Won",
        help="Something was won.",
        **COUNTED,
    )
    territory_lost_count = fields.Integer(
        string="Lost",
        help="All that there was is lost.",
        **COUNTED,
    )
    territory_overlap_count = fields.Integer(
        string="Shared with Other Teams",
        help="In the territory of another team, too.",
        **COUNTED,
    )
    territory_graph = fields.Text(**COUNTED)

    @api.constrains("territory_domain")
    def _check_territory_domain(self):
        for team in self.filtered("territory_problem"):
            raise ValidationError(
                self.env._(
                    "The territory of “%(team)s” can't be used: %(problem)s",
                    team=team.name,
                    problem=team.territory_problem,
                )
            )

    @api.depends("territory_domain")
    def _compute_territory_problem(self):
        partners = self.env["res.partner"]
        for team in self:
            text = team.territory_domain
            try:
                # first: one that asks for territories would run for ever
                problem = self._get_territory_problem(parse_domain(text))
            except (TypeError, ValueError):
                problem = ""
            team.territory_problem = problem or check_domain(partners, text)

    @api.depends_context("uid", "allowed_company_ids")
    def _compute_coverage(self):
        # while a filter is edited its own widget counts; these wait until it is saved
        counts = self._origin._count_coverage()
        labels = {
            "territory_prospect_count": self.env._("Untouched"),
            "territory_lead_count": self.env._("Leads"),
            "territory_opportunity_count": self.env._("Pipeline"),
            "territory_customer_count": self.env._("Won"),
            "territory_lost_count": self.env._("Lost"),
        }
        for team in self:
            for name in (*COVERAGE, "territory_overlap_count"):
                team[name] = counts[team._origin.id][name]
            values = [
                {"label": label, "value": team[name], "type": "past"}
                for name, label in labels.items()
            ]
            title = self.env._("Contacts and accounts")
            team.territory_graph = json.dumps([{"key": title, "values": values}])

    # ------------------------------------------------------------
    # ORM
    # ------------------------------------------------------------

    def write(self, vals):
        res = super().write(vals)
        if not {"territory_domain", "active"}.isdisjoint(vals):
            names = [*COVERAGE, "territory_overlap_count", "territory_graph"]
            self.invalidate_model(names)
        return res

    # ------------------------------------------------------------
    # ACTIONS
    # ------------------------------------------------------------

    @on_one
    def action_open_territory(self):
        """Open who was counted; the context's ``territory_count`` names the count.

        :return: action on contacts and accounts: list, kanban, graph, form
        """
        name = self.env.context.get("territory_count", "territory_count")
        if name == "territory_overlap_count":
            others = self._get_teams_with_territory() - self
            domain = Domain.OR(team._get_filter() for team in others)
        else:
            # a client's context may hold anything
            name = name if name in list(COVERAGE) else "territory_count"
            domain = Domain(COVERAGE[name])
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.res_partner_action_explore"
        )
        # sudo: the label of a field is no secret
        label = self.sudo()._fields[name]._description_string(self.env)
        return action | {
            # not the menu's action: it has a name and a domain of its own
            "id": False,
            "path": False,
            "display_name": f"{self.name}: {label}",
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
        return self.search_fetch(
            ["|", ("user_id", "=", self.env.uid), ("member_ids", "in", self.env.uid)],
            TERRITORY_FIELDS,
        )

    @api.model
    def _get_territory_problem(self, domain):
        """Why a filter that can be read is no territory; empty when it is one.

        :param Domain domain: on ``res.partner``
        :rtype: str
        """
        conditions = iter_conditions(self.env["res.partner"], domain)
        chains = [chain for _path, chain, _condition in conditions]
        names = {field.name for chain in chains for field in chain}
        if names & {"territory_team_ids", "is_in_my_territory"}:
            return self.env._("it asks for territories itself.")
        hidden, computed = [], []
        for field in dict.fromkeys(field for chain in chains for field in chain):
            groups = (field.groups or READING_GROUPS[0]).split(",")
            if not set(groups) & set(READING_GROUPS):
                hidden.append(field._description_string(self.env))
            if not field._description_searchable:
                computed.append(field._description_string(self.env))
        if hidden:
            return self.env._("salespeople may not read %s.", ", ".join(hidden))
        if computed:
            return self.env._("nobody can search by %s.", ", ".join(computed))
        return ""

    @api.model
    def _get_teams_with_territory(self):
        """The teams that have a filter of their own."""
        teams = self.search_fetch([], TERRITORY_FIELDS)
        return teams.filtered(
            lambda team: (
                (team.territory_domain or "").replace(" ", "") not in ("", "[]")
            )
        )

    def _get_filter(self):
        """The filter of one team's territory; nobody where it can't be used any more.

        :rtype: Domain
        """
        self.ensure_one()
        partners, text = self.env["res.partner"], self.territory_domain
        try:
            domain = parse_domain(text)
            if problem := self._get_territory_problem(domain):
                raise ValueError(problem)
            profiles = self.env["crm.qualification.profile"]
            if profiles._get_filter_problem(partners._name, text):
                return Domain.FALSE
            # counts nothing: what it asks for may not be for this user
            partners._search(domain)
        except (TypeError, ValueError, AccessError) as error:
            _logger.warning("Team %s: unusable territory: %s", self.name, error)
            return Domain.FALSE
        if any(c.field_expr == "active" for c in domain.iter_conditions()):
            return domain
        return domain & Domain("active", "=", True)

    def _get_territories(self):
        """The contacts and accounts in the territory of any of these teams.

        :rtype: Domain
        """
        outside = self.env["res.partner"]._get_outside_domain()
        return outside & Domain.OR(team._get_filter() for team in self)

    def _get_conditions(self, query):
        """For each of these teams, that a contact of a query is in its territory.

        :param Query query: on contacts; may get joins
        :rtype: list[SQL]
        """
        partners = self.env["res.partner"]
        return [
            team._get_filter()
            .optimize_full(partners)
            ._to_sql(partners, query.table, query)
            for team in self
        ]

    def _get_covered(self, partner_ids):
        """Which of some contacts are in which of these teams' territories.

        :param list partner_ids: ids of ``res.partner``
        :return: ``{team id: [partner id, …]}``
        """
        covered = defaultdict(list)
        partners = self.env["res.partner"].with_context(active_test=False)
        outside = partners._get_outside_domain() & Domain("id", "in", partner_ids)
        query = partners._search(outside)
        conditions = self._get_conditions(query)
        if conditions and partner_ids:
            partner_id = SQL.identifier(query.table, "id")
            for found, *passed in self.env.execute_query(
                query.select(partner_id, *conditions)
            ):
                for team_id in compress(self.ids, passed):
                    covered[team_id].append(found)
        return covered

    def _count_coverage(self):
        """How many contacts and accounts are where, by team; in one query.

        :return: ``{team id: {name of the field: count}}``
        """
        counts = defaultdict(Counter)
        if not self:
            return counts
        # overlaps are with other teams that have a filter, shown or not
        others = self._get_teams_with_territory()
        teams = self | others
        partners = self.env["res.partner"].with_context(active_test=False)
        query = partners._search(partners._get_outside_domain())
        columns = [
            # most are at their default: NULL
            SQL(
                "CASE WHEN %s IS NULL THEN %s ELSE %s END",
                SQL.identifier(query.table, name),
                default,
                partners._field_to_sql(query.table, name, query),
            )
            for name, default in (
                ("crm_lifecycle", "prospect"),
                ("crm_in_progress", False),
            )
        ]
        columns += teams._get_conditions(query)
        groups = SQL(", ").join(SQL(str(n + 1)) for n in range(len(columns)))
        rows = self.env.execute_query(
            SQL(
                "%s; %s GROUP BY %s",
                WITHOUT_JIT,
                query.select(*columns, SQL("COUNT(*)")),
                groups,
            )
        )
        for lifecycle, in_progress, *passed, count in rows:
            inside = teams.browse(compress(teams.ids, passed))
            for team in inside:
                found = counts[team.id]
                found["territory_count"] += count
                found[f"territory_{lifecycle}_count"] += count
                found["territory_unworked_count"] += 0 if in_progress else count
                found["territory_overlap_count"] += (
                    count if (inside & others) - team else 0
                )
        return counts
