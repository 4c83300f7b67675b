"""Territories that are hierarchies of tags and accounts."""

from odoo.tests import tagged

from ..accounts.test_territory import COUNTS
from ..pipeline.home_case import HomeCase


@tagged("post_install", "-at_install")
class TestHomeHierarchies(HomeCase):
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
        cls.accounts = cls.env["res.partner"].union(
            *(chain[1] for _tags, chain in trees)
        )
        cls.counts = [2, 3, 2, 3, 6, 2]

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

    def create_teams(self):
        self.env["crm.team"].search([]).active = False
        return self.env["crm.team"].create(
            [
                {
                    "name": f"Team {number}",
                    "user_id": self.manager.id,
                    "company_id": False,
                    "territory_domain": str(domain),
                }
                for number, domain in enumerate(self.domains)
            ]
        )

    def assertNoMoreForMore(self, work):
        """Of an account with many people below it ``work`` asks no more than of few."""

        def count():
            # the first fills what is read once a process
            return min(self.count_queries(work) for _time in range(3))

        self.create_teams()
        few = count()
        self.env["res.partner"].create(
            [
                {
                    "name": f"Person {number}",
                    "parent_id": account.id,
                    "category_id": [(6, 0, self.tags.ids)],
                }
                for account in self.accounts
                for number in range(20)
            ]
        )
        self.assertEqual(count(), few)

    def test_queries(self):
        self.create_lead(user=self.manager)
        self.assertNoMoreForMore(lambda: self.get_home(self.manager, self.main))

    def test_queries_of_cards(self):
        teams = self.env["crm.team"].with_user(self.manager)
        self.assertNoMoreForMore(lambda: teams.search([]).read(COUNTS))

    def test_opens_what_it_counted(self):
        """A number opens its records by the filter that the team was given."""
        self.create_teams()
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
