"""Territories of teams: who is in them, and how much of them is covered."""

import json
from ast import literal_eval
from urllib.parse import parse_qs, urlsplit

from lxml import etree

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger
from odoo.tools.json import json_default

from ...models.accounts import crm_team_territory
from ...models.accounts.crm_team_territory import COVERAGE
from ..common import QualificationCase

COUNTS = (*COVERAGE, "territory_overlap_count")


class TerritoryCase(QualificationCase):
    """Three teams whose territories overlap, one team without a filter."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.partners = cls.env["res.partner"]
        # memberships of other teams would make them the users' teams, too
        cls.env["crm.team"].search([]).write({"user_id": False, "member_ids": [(5,)]})
        cls.north = cls.create_team("North", "[('city', 'in', ['Alba', 'Brin'])]")
        cls.south = cls.create_team("South", "[('city', 'in', ['Brin', 'Coll'])]")
        cls.big = cls.create_team(
            "Big",
            "[('is_company', '=', True), ('city', 'in', ['Alba', 'Brin', 'Coll'])]",
        )
        cls.anywhere = cls.create_team("Anywhere", "[]")
        cls.teams = cls.north | cls.south | cls.big | cls.anywhere

    @classmethod
    def create_team(cls, name, domain, **values):
        return cls.env["crm.team"].create(
            {"name": name, "territory_domain": domain} | values
        )

    @classmethod
    def create_partner(cls, name, city="Alba", **values):
        return cls.partners.create({"name": name, "city": city} | values)

    @classmethod
    def create_account(cls, name, city="Alba", **values):
        """An account with one person, both in the city."""
        account = cls.create_partner(name, city, is_company=True)
        return account, cls.create_partner(
            f"{name}'s Ann", city, parent_id=account.id, **values
        )

    @classmethod
    def create_opportunity(cls, partner, **values):
        return cls.create_lead(
            "Deal", type="opportunity", partner_id=partner.id, **values
        )

    @classmethod
    def create_in_every_lifecycle(cls, city):
        """An account with a person for each, in the city.

        :return: ``{lifecycle: account}``
        """
        accounts = {}
        for lifecycle in ("prospect", "lead", "opportunity", "customer", "lost"):
            accounts[lifecycle], person = cls.create_account(lifecycle, city)
            if lifecycle == "lead":
                cls.create_lead(partner_id=person.id)
            elif lifecycle != "prospect":
                deal = cls.create_opportunity(person)
                if lifecycle == "customer":
                    deal.action_set_won()
                elif lifecycle == "lost":
                    deal.action_set_lost()
        cls.env.flush_all()
        return accounts

    def opened(self, team, name, user=None):
        """The contacts that the number on the team's card opens in the web client."""
        team = team.with_user(user or self.rep).with_context(territory_count=name)
        action = json.loads(
            json.dumps(team.action_open_territory(), default=json_default)
        )
        return (
            self.partners.with_user(user or self.rep)
            .with_context(**action["context"])
            .search(action["domain"])
        )

    def get_mine(self, user=None):
        """Who is in the user's territory, of those in the three cities."""
        return (
            self.partners.with_user(user or self.rep)
            .search(
                [
                    ("is_in_my_territory", "=", True),
                    ("city", "in", ["Alba", "Brin", "Coll"]),
                ]
            )
            .sudo()
        )


@tagged("post_install", "-at_install")
class TestTerritory(TerritoryCase):
    # ------------------------------------------------------------
    # DOMAINS
    # ------------------------------------------------------------

    def test_bad_domain_is_refused(self):
        for domain in (
            "[('no_such_field', '=', 1)]",
            "[('city', '=', 'Alba'",
            "[('city', 'resembles', 'Alba')]",
            "[('city', '=', city_of_mine)]",
            "{'city': 'Alba'}",
        ):
            with self.subTest(domain), self.assertRaises(ValidationError) as caught:
                self.north.territory_domain = domain
            message = str(caught.exception)
            self.assertIn("The territory of “North” can't be used", message)

    def test_relative_dates(self):
        self.north.territory_domain = (
            "[('city', '=', 'Alba'), ('create_date', '>=', 'today -1d')]"
        )
        self.create_partner("New")
        self.assertEqual(self.north.with_user(self.rep).territory_count, 1)

    def make_unreadable(self, domain):
        """What an uninstalled addon or a removed field leaves behind."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE crm_team SET territory_domain = %s WHERE id = %s",
            (domain, self.north.id),
        )
        self.env.invalidate_all()

    def assertOthersAreCounted(self):
        teams = self.teams.with_user(self.rep)
        self.assertEqual(teams.mapped("territory_count")[:2], [0, 1])
        self.assertFalse(self.opened(self.north, "territory_count"))
        self.assertEqual(self.person.territory_team_ids, self.south)

    def test_domain_that_can_not_be_parsed_any_more(self):
        self.person = self.create_partner("Ann", "Brin")
        self.make_unreadable("[('city', '=', gone)]")
        with self.assertLogs("odoo.addons.sales_nemo", "WARNING"):
            self.assertOthersAreCounted()

    def test_domain_on_a_field_that_was_removed(self):
        self.person = self.create_partner("Ann", "Brin")
        self.make_unreadable("[('x_gone', '=', 1)]")
        with self.assertLogs("odoo.addons.sales_nemo", "WARNING"):
            self.assertOthersAreCounted()

    def test_territory_of_territories_is_refused(self):
        """A filter that asks for territories would never come to an end."""
        for domain in (
            "[('is_in_my_territory', '=', True)]",
            f"[('territory_team_ids', 'in', [{self.north.id}])]",
            "[('parent_id.is_in_my_territory', '=', True)]",
        ):
            with (
                self.subTest(domain),
                mute_logger(crm_team_territory.__name__),
                self.assertRaises(ValidationError),
            ):
                self.north.territory_domain = domain

    # ------------------------------------------------------------
    # WHO IS IN IT
    # ------------------------------------------------------------

    def test_colleagues_own_companies_and_addresses_are_outside(self):
        account, person = self.create_account("Acme")
        address = self.create_partner("Dock", parent_id=account.id, type="delivery")
        portal = new_test_user(self.env, "portal", groups="base.group_portal")
        portal.partner_id.city = "Alba"
        self.rep.partner_id.city = "Alba"
        self.env.company.partner_id.city = "Alba"
        other = self.env["res.company"].create({"name": "Other"})
        other.partner_id.city = "Alba"
        ours = self.create_partner("Desk", parent_id=other.partner_id.id)
        found = self.opened(self.north, "territory_count").sudo()
        self.assertEqual(found, account | person | portal.partner_id)
        everybody = found | address | ours | other.partner_id | self.rep.partner_id
        self.assertEqual(everybody.filtered("is_outside"), found)
        domain = Domain("id", "in", everybody.ids)
        partners = self.partners.with_user(self.rep)
        for outside, expected in ((True, found), (False, everybody - found)):
            search = partners.search(domain & Domain("is_outside", "=", outside))
            self.assertEqual(search.sudo(), expected)

    def test_archived_contacts_are_not_counted(self):
        self.create_partner("Ann").active = False
        self.assertFalse(self.north.with_user(self.rep).territory_count)
        self.assertFalse(self.opened(self.north, "territory_count"))

    # ------------------------------------------------------------
    # MY TEAMS
    # ------------------------------------------------------------

    def test_territories_of_several_contacts(self):
        """Each shows its own, not those of the contact beside it."""
        both, one = self.create_partner("Both"), self.create_partner("One")
        one.comment = "one"
        self.north.territory_domain = [("id", "in", (both | one).ids)]
        self.south.territory_domain = [("id", "in", both.ids)]
        (both | one).mapped("territory_team_ids")
        self.assertEqual(one.territory_team_ids, self.north)
        self.assertEqual(both.territory_team_ids, self.north | self.south)

    def test_filter_on_what_salespeople_may_not_read_is_refused(self):
        with self.assertRaisesRegex(ValidationError, "salespeople may not read"):
            self.north.territory_domain = '[("signup_type", "=", "reset")]'

    def test_card_is_shown_with_a_filter_that_was_hidden_later(self):
        self.env.cr.execute(
            "UPDATE crm_team SET territory_domain = %s WHERE id = %s",
            ["[('signup_type', '=', False)]", self.north.id],
        )
        self.env.invalidate_all()
        with self.assertLogs("odoo.addons.sales_nemo", level="WARNING"):
            self.north.with_user(self.rep).read(COUNTS)

    def test_counts_stay_while_a_filter_is_edited(self):
        self.create_partner("N")
        with Form(self.north.with_user(self.manager)) as form:
            before = form.territory_count
            form.territory_domain = '[("city", "=", "Nowhere")]'
            self.assertEqual(form.territory_count, before)
        self.assertEqual(self.north.territory_count, 0)

    def test_my_territory(self):
        north, south = self.create_partner("N"), self.create_partner("S", "Coll")
        self.assertEqual(self.get_mine(), north | south, "no team: everywhere")
        self.north.member_ids = self.rep
        self.assertEqual(self.get_mine(), north)
        self.south.user_id = self.rep
        self.assertEqual(self.get_mine(), north | south, "leader")
        self.south.user_id = False
        self.anywhere.user_id = self.rep
        self.assertEqual(self.get_mine(), north | south, "a team without a filter")
        self.assertEqual(self.get_mine(self.manager), north | south)

    def test_my_territory_of_records(self):
        north, south = self.create_partner("N"), self.create_partner("S", "Coll")
        self.north.member_ids = self.rep
        both = (north | south).with_user(self.rep)
        self.assertEqual(both.mapped("is_in_my_territory"), [True, False])
        self.assertFalse(self.partners.with_user(self.rep).new().is_in_my_territory)
        domain = [("is_in_my_territory", "=", False), ("id", "in", both.ids)]
        self.assertEqual(both.search(domain).sudo(), south)

    def test_archived_team_is_not_mine(self):
        north = self.create_partner("N")
        self.south.user_id = self.rep
        self.assertFalse(self.get_mine())
        self.south.active = False
        self.assertEqual(self.get_mine(), north)

    # ------------------------------------------------------------
    # TERRITORIES OF A CONTACT
    # ------------------------------------------------------------

    def test_territories_of_contacts(self):
        account, person = self.create_account("Acme", "Brin")
        nowhere = self.create_partner("N", "Nowhere")
        three = (account | person | nowhere).with_user(self.rep)
        self.assertEqual(account.territory_team_ids, self.north | self.south | self.big)
        self.assertEqual(person.territory_team_ids, self.north | self.south)
        self.assertFalse(nowhere.territory_team_ids)
        for value, operator, expected in (
            (self.big.ids, "in", account),
            ((self.big | self.south).ids, "in", account | person),
            (self.big.ids, "not in", person | nowhere),
            (self.big.id, "=", account),
            ([("name", "=", "Big")], "any", account),
            ([("name", "=", "Big")], "not any", person | nowhere),
            ("Big", "ilike", account),
        ):
            with self.subTest(operator=operator, value=value):
                domain = Domain("territory_team_ids", operator, value)
                found = three.search(domain & Domain("id", "in", three.ids))
                self.assertEqual(found.sudo(), expected)

    def test_contacts_in_no_territory(self):
        account, person = self.create_account("Acme", "Brin")
        nowhere = self.create_partner("N", "Nowhere")
        three = account | person | nowhere
        for operator, expected in (("=", nowhere), ("!=", account | person)):
            domain = Domain("territory_team_ids", operator, False)
            found = self.partners.search(domain & Domain("id", "in", three.ids))
            self.assertEqual(found, expected)

    def test_team_without_a_filter_is_nobodys_territory(self):
        person = self.create_partner("Ann", "Brin")
        for empty in ("[]", " [ ] ", "", False):
            with self.subTest(empty):
                self.anywhere.territory_domain = empty
                self.env.invalidate_all()
                self.assertEqual(person.territory_team_ids, self.north | self.south)
                self.assertEqual(self.north.with_user(self.rep).territory_count, 1)
                self.assertEqual(
                    self.north.with_user(self.rep).territory_overlap_count, 1
                )

    # ------------------------------------------------------------
    # COVERAGE
    # ------------------------------------------------------------

    def test_every_number_opens_what_it_counted(self):
        for city in ("Alba", "Brin", "Coll", "Nowhere"):
            self.create_in_every_lifecycle(city)
        for user in (self.rep, self.rep_all, self.manager):
            for team in self.teams.with_user(user):
                for name in COUNTS:
                    with self.subTest(user=user.login, team=team.name, number=name):
                        found = self.opened(team, name, user)
                        self.assertEqual(team[name], len(found))

    def test_coverage(self):
        accounts = self.create_in_every_lifecycle("Alba")
        self.create_in_every_lifecycle("Brin")
        north, big = (self.north | self.big).with_user(self.rep)
        for team, number in ((north, 4), (big, 2)):
            with self.subTest(team.name):
                for name in COUNTS[2:-1]:
                    self.assertEqual(team[name], number, name)
                self.assertEqual(team.territory_count, 5 * number)
                # neither leads nor opportunities are open
                self.assertEqual(team.territory_unworked_count, 3 * number)
        # with South all of Brin, with Big the accounts of Alba
        self.assertEqual(north.territory_overlap_count, 10 + 5)
        self.assertEqual(big.territory_overlap_count, 10)
        lost = self.opened(self.big, "territory_lost_count").sudo()
        self.assertIn(accounts["lost"], lost)
        self.assertEqual(set(lost.mapped("crm_lifecycle")), {"lost"})

    def test_customer_with_something_open_is_not_in_the_sea(self):
        account = self.create_in_every_lifecycle("Alba")["customer"]
        north = self.north.with_user(self.rep)
        self.assertIn(account, self.opened(north, "territory_unworked_count").sudo())
        before = north.territory_unworked_count, north.territory_customer_count
        person = account.child_ids
        self.create_lead(partner_id=person.id)
        self.env.invalidate_all()
        after = north.territory_unworked_count, north.territory_customer_count
        self.assertEqual(after, (before[0] - 2, before[1]))
        self.assertNotIn(account, self.opened(north, "territory_unworked_count").sudo())

    def test_leads_of_colleagues_count(self):
        """A salesperson doesn't see the lead, but that there is one."""
        person = self.create_partner("Ann")
        self.create_lead(user=self.rep_all, partner_id=person.id)
        self.env.invalidate_all()
        north = self.north.with_user(self.rep)
        self.assertEqual(
            (north.territory_unworked_count, north.territory_lead_count), (0, 1)
        )
        self.assertEqual(self.opened(north, "territory_lead_count").sudo(), person)

    def test_graph(self):
        self.create_in_every_lifecycle("Alba")
        [graph] = json.loads(self.north.with_user(self.rep).territory_graph)
        self.assertEqual([bar["value"] for bar in graph["values"]], [2] * 5)
        self.assertEqual(
            [bar["label"] for bar in graph["values"]],
            ["Untouched", "Leads", "Pipeline", "Won", "Lost"],
        )
        self.assertTrue(graph["key"])

    def test_new_team(self):
        team = self.env["crm.team"].with_user(self.manager).new({"name": "New"})
        self.assertEqual([team[name] for name in COUNTS], [0] * len(COUNTS))
        self.assertTrue(json.loads(team.territory_graph))

    def test_archived_team_is_no_overlap(self):
        self.create_partner("Ann", "Brin")
        self.south.active = False
        for teams in (self.north, self.north | self.south):
            self.env.invalidate_all()
            north = teams.with_user(self.rep)[0]
            teams.with_user(self.rep).mapped("territory_overlap_count")
            self.assertEqual(north.territory_overlap_count, 0)
        self.assertFalse(self.opened(self.north, "territory_overlap_count"))

    def test_clerk_sees_no_coverage(self):
        team = self.north.with_user(self.clerk)
        self.assertNotIn("territory_count", team.fields_get())
        self.assertNotIn(
            "crm_lifecycle", self.partners.with_user(self.clerk).fields_get()
        )

    # ------------------------------------------------------------
    # COMPANIES
    # ------------------------------------------------------------

    def create_company(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.rep.company_ids |= company
        return company

    def test_another_companys_lead_leaves_the_contact_in_my_sea(self):
        company = self.create_company()
        person = self.create_partner("Ann")
        self.env["crm.lead"].create(
            {
                "name": "Theirs",
                "type": "lead",
                "partner_id": person.id,
                "company_id": company.id,
                "user_id": False,
                "team_id": False,
            }
        )
        self.env.flush_all()
        for ids, sea in (
            (self.env.company.ids, 1),
            ((self.env.company | company).ids, 1),
            (company.ids, 0),
            ((company | self.env.company).ids, 0),
        ):
            with self.subTest(ids):
                team = self.north.with_user(self.rep)
                team = team.with_context(allowed_company_ids=ids)
                self.assertEqual(team.territory_unworked_count, sea)
                self.assertEqual(team.territory_lead_count, 1 - sea)
                self.assertEqual(len(self.opened(team, "territory_unworked_count")), 1)
                action = team.with_context(
                    territory_count="territory_unworked_count"
                ).action_open_territory()
                partners = self.partners.with_env(team.env)
                self.assertEqual(partners.search_count(action["domain"]), sea)

    def test_team_of_another_company(self):
        company = self.create_company()
        self.south.write({"company_id": company.id, "user_id": self.rep.id})
        here, there = self.create_partner("H"), self.create_partner("T", "Coll")
        shared = self.create_partner("S", "Brin")
        self.env.flush_all()
        mine = self.rep.with_user(self.rep).with_context(
            allowed_company_ids=self.env.company.ids
        )
        domain = [
            ("is_in_my_territory", "=", True),
            ("id", "in", (here | there | shared).ids),
        ]
        partners = self.partners.with_env(mine.env)
        self.assertEqual(partners.search_count(domain), 3, "no team here: everywhere")
        self.assertEqual(
            self.north.with_env(mine.env).territory_overlap_count,
            0,
            "with a team of a company that isn't active now",
        )
        both = mine.with_context(
            allowed_company_ids=(self.env.company | company).ids
        ).env
        found = self.partners.with_env(both).search(domain)
        self.assertEqual(found.sudo(), there | shared)
        self.assertEqual(self.north.with_env(both).territory_overlap_count, 1)

    def test_contact_of_another_company_is_not_counted(self):
        company = self.env["res.company"].create({"name": "Other"})
        self.create_partner("Theirs", company_id=company.id)
        self.create_partner("Ours")
        self.assertEqual(self.north.with_user(self.rep).territory_count, 1)

    # ------------------------------------------------------------
    # COST
    # ------------------------------------------------------------

    def test_queries_do_not_grow_with_teams(self):
        self.create_in_every_lifecycle("Brin")
        teams = self.env["crm.team"].concat(
            *(
                self.create_team(f"Team {n}", f"[('city', 'in', ['Brin', 'C{n}'])]")
                for n in range(10)
            )
        )
        teams = teams.with_user(self.rep)
        teams.read(COUNTS)
        one = self.count_queries(lambda: teams[:1].read(COUNTS))
        ten = self.count_queries(lambda: teams.read(COUNTS))
        self.assertEqual(ten, one)
        self.assertEqual(teams.mapped("territory_count"), [10] * 10)

    def test_queries_do_not_grow_with_contacts(self):
        people = self.partners.create(
            [{"name": f"Person {n}", "city": "Brin"} for n in range(80)]
        ).with_user(self.rep)
        names = ["is_in_my_territory", "is_outside", "territory_team_ids"]
        people.read(names)
        one = self.count_queries(lambda: people[:1].read(names))
        eighty = self.count_queries(lambda: people.read(names))
        self.assertEqual(eighty, one)

    # ------------------------------------------------------------
    # MAP AND ACTIONS
    # ------------------------------------------------------------

    def test_map(self):
        person = self.create_partner(
            "Ann & Co",
            "São Paulo",
            street="Rua 1",
            zip="01310",
            country_id=self.env.ref("base.br").id,
        )
        action = person.with_user(self.rep).action_open_map()
        self.assertEqual(
            (action["type"], action["target"]), ("ir.actions.act_url", "new")
        )
        url = urlsplit(action["url"])
        self.assertEqual(url.scheme, "https")
        [query] = parse_qs(url.query)["query"]
        for word in ("Rua 1", "São Paulo", "01310", "Brazil"):
            self.assertIn(word, query)
        self.assertNotIn("\n", query)

    def test_map_of_an_address_with_gaps(self):
        person = self.create_partner("Ann", "Ghent")
        query = parse_qs(urlsplit(person.action_open_map()["url"]).query)["query"]
        self.assertEqual(query, ["Ghent"])

    def test_explore_action(self):
        """The list shows the sea, and starts with my territory."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "sales_nemo.res_partner_action_explore"
        )
        modes = [mode for _view, mode in action["views"]]
        self.assertEqual(modes, ["list", "kanban", "graph", "form"])
        accounts = self.create_in_every_lifecycle("Alba")
        self.north.member_ids = self.rep
        found = self.partners.with_user(self.rep).search(
            Domain(literal_eval(action["domain"]))
            & Domain("is_in_my_territory", "=", True)
        )
        expected = self.partners.union(
            *(accounts[name] for name in ("prospect", "customer", "lost"))
        )
        self.assertEqual(found.sudo(), expected | expected.child_ids)
        everybody = self.partners.with_user(self.rep).search([])
        sea = Domain("is_unworked", "=", True)
        self.assertEqual(everybody.filtered("is_unworked"), everybody.search(sea))
        self.assertEqual(everybody.filtered_domain(sea), everybody.search(sea))
        self.assertEqual(everybody.search(~sea), everybody - everybody.search(sea))
        views = self.partners.with_user(self.rep).get_views(action["views"])["views"]
        self.assertIn("Create Leads", views["list"]["arch"])

    def test_who_was_never_sold_to_comes_before_customers(self):
        accounts = self.create_in_every_lifecycle("Alba")
        view = self.env.ref("sales_nemo.res_partner_view_list_explore")
        order = etree.fromstring(view.arch).get("default_order")
        unworked = accounts["customer"] | accounts["lost"] | accounts["prospect"]
        found = self.partners.with_user(self.rep).search(
            [("id", "in", unworked.ids)], order=order
        )
        self.assertEqual(
            found.mapped("account_lifecycle"), ["prospect", "lost", "customer"]
        )
