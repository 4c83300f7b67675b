"""Filters by hierarchy: found as Odoo finds them, without queries of their own."""

from odoo.fields import Domain
from odoo.tests import tagged

from ...models.base.qualification_domain import (
    inline_hierarchies,
    optimize_for_counting,
)
from ..accounts.test_territory import COUNTS
from ..common import QualificationCase
from ..pipeline.test_home import HomeCase


class Hierarchies:
    """Tags and accounts in three levels."""

    @classmethod
    def create_tree(cls, name):
        """A tag and an account of three levels each, whose people have the tags.

        :return: tags and partners, the topmost first
        """
        categories = cls.env["res.partner.category"]
        partners = cls.env["res.partner"]
        tags, chain = categories, partners
        for level in range(3):
            tags |= categories.create(
                {"name": f"{name} tag {level}", "parent_id": tags[-1:].id}
            )
            chain |= partners.create(
                {
                    "name": f"{name} {level}",
                    "is_company": level < 2,
                    "parent_id": chain[-1:].id,
                    "category_id": [(6, 0, tags[-1:].ids)],
                }
            )
        return tags, chain


@tagged("post_install", "-at_install")
class TestHierarchies(Hierarchies, QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.tags, cls.chain = cls.create_tree("Whale")
        cls.other_tags, cls.others = cls.create_tree("Shark")
        cls.tags[1].active = False
        cls.others[1].active = False
        cls.branch = cls.env["res.company"].create(
            {"name": "Branch", "parent_id": cls.env.company.id}
        )
        cls.rep_all.company_ids |= cls.branch
        cls.others[2].company_id = cls.branch
        cls.chain[2].user_id = cls.rep

    def get_domains(self):
        top, middle, low = self.tags.ids
        first, second, third = self.chain.ids
        gone = max(self.env["res.partner"].search([]).ids) + 1000
        return (
            [("category_id", "child_of", top)],
            [("category_id", "child_of", [middle, self.other_tags[2].id])],
            [("category_id", "parent_of", low)],
            [("category_id", "child_of", "Shark tag 1")],
            [("category_id", "ilike", "Whale tag 0")],
            [("category_id", "not ilike", "Whale tag 2")],
            [("category_id", "=ilike", "shark%")],
            [("category_id.display_name", "not ilike", "Whale tag 0")],
            [("category_id", "=", "Whale tag 2")],
            ["!", ("category_id", "child_of", top)],
            [("category_id.parent_id", "child_of", middle)],
            [("id", "child_of", first)],
            [("id", "child_of", ["Whale 1", self.others[0].id])],
            [("id", "parent_of", third)],
            [("id", "child_of", gone)],
            ["!", ("id", "parent_of", third)],
            [("parent_id", "child_of", second)],
            [("parent_id", "parent_of", third)],
            [("parent_id.parent_id", "child_of", first)],
            [("parent_id", "any", [("category_id", "child_of", middle)])],
            [("parent_id", "not any", [("id", "child_of", second)])],
            [("commercial_partner_id", "child_of", first)],
            [("commercial_partner_id", "child_of", "Whale 1")],
            [("company_id", "child_of", self.env.company.id)],
            [("company_id", "parent_of", self.branch.id)],
            [("company_id", "child_of", "Branch")],
            [("user_id.company_ids", "child_of", self.env.company.id)],
            [("child_ids", "child_of", third)],
            [("id", "child_of", [])],
            [("category_id", "child_of", False)],
            [("parent_id", "child_of", [False])],
            ["|", ("id", "child_of", second), ("category_id", "child_of", low)],
        )

    def test_finds_what_odoo_finds(self):
        found_something = 0
        for user in (self.rep_all, self.env.user):
            companies = (self.env.company | self.branch).ids
            partners = self.env["res.partner"].with_user(user)
            partners = partners.with_context(allowed_company_ids=companies)
            for context in ({}, {"active_test": False}):
                partners = partners.with_context(**context)
                for domain in map(Domain, self.get_domains()):
                    with self.subTest(user=user.login, context=context, domain=domain):
                        expected = partners.search(domain)
                        for prepare in (inline_hierarchies, optimize_for_counting):
                            found = partners.search(prepare(partners, domain))
                            self.assertEqual(found, expected)
                        found_something += bool(
                            expected & partners.browse((self.chain | self.others).ids)
                        )
        self.assertGreater(found_something, 80)

    def test_one_query(self):
        """However many hierarchies there are, those of rare kinds aside."""
        partners = self.env["res.partner"]
        usual = [
            domain
            for domain in map(Domain, self.get_domains())
            if not any(
                text in str(domain) for text in ("child_ids", "[False]", "display_name")
            )
        ]
        everything = Domain.OR(usual)
        partners.search(everything)

        def find():
            query = partners._search(inline_hierarchies(partners, everything))
            self.assertTrue(query.get_result_ids())

        self.assertEqual(self.count_queries(find), 1)

    def test_unknown_field(self):
        with self.assertRaises(ValueError):
            inline_hierarchies(
                self.env["res.partner"], Domain("no_such_field", "child_of", 1)
            )


@tagged("post_install", "-at_install")
class TestHomeHierarchies(Hierarchies, HomeCase):
    """The home page of who has teams whose territories are hierarchies."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        trees = [cls.create_tree(f"Tree {number}") for number in range(5)]
        cls.domains = [
            [("category_id", "child_of", trees[0][0][0].id)],
            [("parent_id", "child_of", trees[1][1][0].id)],
            [("commercial_partner_id", "child_of", trees[2][1][1].id)],
            [("category_id", "parent_of", trees[3][0][2].id)],
            [
                "|",
                ("id", "child_of", "Tree 4 0"),
                ("id", "parent_of", trees[0][1][2].id),
            ],
            [("category_id", "ilike", "Tree 2 tag 1")],
        ]
        cls.tags = trees[0][0]
        cls.counts = [2, 3, 2, 3, 6, 2]

    def create_teams(self, domains):
        self.env["crm.team"].search([]).active = False
        return self.env["crm.team"].create(
            [
                {
                    "name": f"Team {number}",
                    "user_id": self.manager.id,
                    "company_id": False,
                    "territory_domain": str(domain),
                }
                for number, domain in enumerate(domains)
            ]
        )

    def count_home_queries(self):
        self.get_home(self.manager, self.main)
        return self.count_queries(lambda: self.get_home(self.manager, self.main))

    def test_queries(self):
        """At most twelve, and no more for many teams than for one."""
        self.create_lead(user=self.manager)
        for domain in self.domains:
            self.create_teams([domain])
            with self.subTest(domain=domain):
                one = self.count_home_queries()
                self.assertLessEqual(one, 12)
        self.create_teams(self.domains)
        self.assertEqual(self.count_home_queries(), one)

    def test_queries_of_cards(self):
        teams = self.create_teams(self.domains).with_user(self.manager)
        teams.read(COUNTS)
        one = self.count_queries(lambda: teams[:1].read(COUNTS))
        many = self.count_queries(lambda: teams.read(COUNTS))
        self.assertEqual(one, many)

    def test_opens_what_it_counted(self):
        """A number opens its records by the filter that the team was given."""
        self.create_teams(self.domains)
        # archived tags are found on request only: where they count, they are opened
        self.tags[1].active = False
        numbers = self.get_numbers(self.get_home(self.manager, self.main))
        partners = self.env["res.partner"].with_user(self.manager)
        for key, number in numbers.items():
            if number["model"] != "res.partner":
                continue
            with self.subTest(key=key):
                opened = partners.with_context(
                    **number["context"], allowed_company_ids=self.main.ids
                ).search_count(number["domain"])
                self.assertEqual(number["count"], opened)
        for team, (domain, count) in enumerate(
            zip(self.domains, self.counts, strict=True)
        ):
            number = numbers[f"Team {team}", "territory_count"]
            self.assertEqual(number["count"], count)
            for condition in domain:
                self.assertIn(condition, number["domain"])
