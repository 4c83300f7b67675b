"""Filters of territories, profiles and criteria: refused in words, or harmless."""

import importlib.util
from datetime import date

from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tests import Form, tagged
from odoo.tools import file_path, mute_logger

from ..accounts.test_territory import TerritoryCase
from ..common import QualificationCase

PROFILE_LOGGER = "odoo.addons.sales_nemo.models.policy.crm_qualification_profile"
MIGRATION = "sales_nemo/migrations/19.0.1.6.7/pre-filters.py"

# What leads and contacts have both, with words of what is said of it.
BROKEN = {
    # of another type than the column
    "[('id', '=', ['x'])]": '"x"',
    "[('id', 'not in', ['x'])]": '"x"',
    "[('id', 'in', [(1, 2)])]": "record",
    "[('id', '=', True)]": "boolean",
    "[('id', '<', 'x')]": '"x"',
    "[('color', 'in', ['x'])]": "'x'",
    "[('color', '=', 1e400)]": "infinity",
    "[('name', '>', 5)]": "int",
    "[('name', '=', {'a': 1})]": "dict",
    "[('create_date', '>', 5)]": "5",
    "[('create_date', '>', 'yesterday')]": "yesterday",
    "[('create_date', '>', '2026-13-45')]": "month",
    "[('create_date.year_number', '=', 'x')]": '"x"',
    "[('user_id', '>', 'x')]": "Inequality",
    "[('user_id', 'child_of', 1.5)]": "float",
    "[('user_id', 'any', 5)]": "5",
    "[('user_id.partner_id.id', '<', 'x')]": '"x"',
    "[('message_ids', 'any', [('id', '=', ['x'])])]": '"x"',
    "[('id', 'any', [('id', '=', ['x'])])]": '"x"',
    # texts that can't be sent to the database, or end where they may not
    "[('name', '=', 'a\\x00b')]": "NUL",
    "[('name', 'ilike', 'a\\x00b')]": "NUL",
    "[('name', '=', '\\ud800')]": "surrogates",
    "[('name', '=like', '%\\\\')]": "escape",
    "[('user_id.name', 'not =ilike', '%\\\\')]": "escape",
    "[('user_id.image_1920', '=', 'x')]": "set or not set",
    # no domains
    "[('no_such_field', '=', 1)]": "no_such_field",
    "[('name', 'resembles', 'x')]": "resembles",
    "[('name', 'any!', [])]": "any!",
    "['|', ('name', '=', 'x')]": "malformed",
    "{'name': 'x'}": "name",
    "[('name', '=', 'x'": "never closed",
    "[" * 1000: "parentheses",
    "-" * 100000 + "1": ".",
    # what is computed
    "[('user_id', '=', uid)]": "“uid” would have to be computed",
    "[('create_date', '>', context_today())]": "“today -7d”",
    "[('name', '=', name)]": "“name”",
    "[('id', 'in', list(range(10**8)))]": "computed",
    "[('id', '=', 9**9**9)]": "computed",
    "[('id', 'in', [n for n in range(9)])]": "computed",
    "[('id', '=', __import__('os').getpid())]": "computed",
}
FINE = (
    "[('create_date', '>=', 'today -7d')]",
    "[('create_date', '>=', '=1d'), ('create_date', '<', 'now +1H')]",
    "[('id', '<', 99999999999999999999)]",
    "[('id', 'not in', [99999999999999999999])]",
    "[('name', '!=', None), ('id', '!=', -1)]",
    "[('name', 'not in', {'a', 'b'})]",
    "[('name', 'not like', 'ends in \\\\')]",
    "[('name', 'not =like', 'ends in \\\\\\\\')]",
    "[('user_id.image_1920', '!=', False)]",
    "['!', ('user_id', 'any', [('login', '=', 'nobody')])]",
    "['!', ('user_id.partner_id', 'any', [('city', '=', 'Atlantis')])]",
    "['!', ('user_id', 'child_of', 'nobody at all')]",
    " [(1, '=', 1)]\n",
)


class Filters:
    """Stored filters that nobody checked, as an import or another addon leaves them."""

    def store(self, record, field, text):
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE {record._table} SET {field} = %s WHERE id = %s", (text, record.id)
        )
        self.env.invalidate_all()
        self.registry.clear_cache()

    def assertUnusable(self):
        return self.assertLogs("odoo.addons.sales_nemo", "WARNING")


@tagged("post_install", "-at_install")
class TestFilters(Filters, QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.team = cls.env["crm.team"].create({"name": "North"})
        cls.automatic = cls.create_automatic("Called Ghent?", "[('city','=','Ghent')]")
        partner = cls.env["res.partner"].create({"name": "Ann", "user_id": cls.rep.id})
        cls.lead = cls.create_qualified_lead(city="Ghent", partner_id=partner.id)
        cls.filters = [
            (cls.team, "territory_domain"),
            (cls.profile, "lead_domain"),
            (cls.automatic, "domain"),
        ]

    @classmethod
    def create_automatic(cls, name, domain, **values):
        return cls.env["crm.qualification.criterion"].create(
            {
                "name": name,
                "profile_id": cls.profile.id,
                "answer_type": "automatic",
                "domain": domain,
            }
            | values
        )

    def assertRefused(self, record, field, text, words):
        with self.subTest(record=record._name, text=text[:60]):
            with self.assertRaises(ValidationError) as caught:
                record[field] = text
            message = str(caught.exception)
            self.assertIn(f"“{record.name}” can't be used: ", message)
            problem = message.partition("can't be used: ")[2]
            self.assertIn(words if words != "." else "", problem)
            self.assertTrue(problem)
            self.assertNotIn("\n", problem)
            self.assertNotIn("object at 0x", problem)

    def test_broken_filters_are_refused(self):
        for text, words in BROKEN.items():
            for record, field in self.filters:
                self.assertRefused(record, field, text, words)

    def test_broken_filter_of_a_question_about_accounts(self):
        account = self.create_automatic("Account?", "[]", scope="account")
        self.assertRefused(account, "domain", "[('id', '=', ['x'])]", '"x"')

    def test_filters_are_refused_for_new_records(self):
        profiles = self.env["crm.qualification.profile"]
        with self.assertRaisesRegex(ValidationError, "“New” can't be used: .*infinity"):
            profiles.create({"name": "New", "lead_domain": "[('color', '=', 1e400)]"})

    def test_territory_by_what_can_not_be_searched(self):
        for text in (
            "[('company_type', '=', 'person')]",
            "[('parent_id', 'any', [('company_type', '=', 'person')])]",
        ):
            self.assertRefused(self.team, "territory_domain", text, "Company Type")

    def test_territory_of_territories_through_ids(self):
        text = "[('id', 'any', [('is_in_my_territory', '=', True)])]"
        words = "asks for territories itself"
        self.assertRefused(self.team, "territory_domain", text, words)

    def test_good_filters_select_by_what_they_say(self):
        self.rep.partner_id.city = "Ghent"
        for text in FINE:
            with self.subTest(text):
                for record, field in self.filters:
                    record[field] = text
                self.assertFalse(self.team.territory_problem)
                self.assertEqual(self.lead.qualification_profile_id, self.profile)
                self.assertEqual(self.get_state(self.automatic), "met")
                self.assertTrue(self.team.with_user(self.rep).territory_count)

    def test_refused_filter_leaves_what_was_written_before(self):
        self.team.name = "South"
        with self.assertRaises(ValidationError), self.env.cr.savepoint():
            self.team.territory_domain = "[('id', '=', ['x'])]"
        self.assertEqual(self.team.name, "South")
        self.assertEqual(self.team.territory_domain, "[]")

    # ------------------------------------------------------------
    # STORED ONES THAT ARE BROKEN
    # ------------------------------------------------------------

    def get_state(self, criterion):
        [answer] = criterion._get_automatic_answers(self.lead).values()
        return answer.state

    def test_broken_criterion_is_unknown_and_the_others_are_judged(self):
        other = self.create_automatic("Other?", "[('id', '!=', 0)]")
        for text in (
            "[('id', 'not in', ['x'])]",
            "[('name', '!=', 'a\\x00')]",
            "[('x_gone', '!=', 1)]",
            "[('user_id', '!=', uid)]",
            "[('name', '>', 5)]",
            "[('user_id', 'any', 5)]",
        ):
            with self.subTest(text), self.assertUnusable():
                self.store(other, "domain", text)
                self.lead._review_qualification()
                self.assertEqual(self.get_state(other), "unknown")
                self.assertEqual(self.get_state(self.automatic), "met")
                self.assertEqual(self.lead.qualification_state, "ready")

    def test_broken_profile_takes_no_lead_and_the_next_one_does(self):
        first = self.profile.copy(
            {"state": "published", "sequence": 0, "name": "First"}
        )
        for text in (
            "[('id', 'not in', ['x'])]",
            "[('name', '!=', 'a\\x00')]",
            "[('x_gone', '!=', 1)]",
            "[('user_id', '!=', uid)]",
            "[('name', '<', 5)]",
            "[('user_id', 'any', 5)]",
        ):
            with self.subTest(text), self.assertUnusable():
                self.store(first, "lead_domain", text)
                lead = self.create_lead("New")
                self.assertEqual(lead.qualification_profile_id, self.profile)

    def test_broken_filters_stop_no_report(self):
        deals = self.create_qualified_lead("Won", city="Ghent")
        deals |= self.create_qualified_lead("Lost", city="Antwerp")
        for deal in deals:
            deal.convert_opportunity(deal.partner_id)
        deals[0].action_set_won()
        deals[1].action_set_lost()
        broken = self.create_automatic("Broken?", "[]")
        first = self.profile.copy(
            {"state": "published", "sequence": 0, "name": "First"}
        )
        self.env.flush_all()
        with self.assertUnusable():
            self.store(broken, "domain", "[('id', 'not in', ['x'])]")
            self.store(first, "lead_domain", "[('id', 'not in', ['x'])]")
            rows = self.env["crm.qualification.lift"].search([])
            rows = {row.criterion_id: row for row in rows}
            self.assertEqual(rows[broken].unknown_count, 2)
            self.assertFalse(rows[self.automatic].unknown_count)
            found = self.profile._get_past_deals(date(2000, 1, 1), date(2100, 1, 1))
            self.assertEqual(found, deals)

    def test_said_once(self):
        other = self.create_automatic("Other?", "[]")
        self.store(other, "domain", "[('id', '=', ['x'])]")
        with self.assertUnusable() as logs:
            for _time in range(3):
                self.env.invalidate_all()
                self.get_state(other)
        self.assertEqual(len(logs.output), 1)
        self.assertIn("['x']", logs.output[0])

    def test_reading_stored_filters_again_costs_nothing(self):
        domain = self.env["crm.qualification.profile"]._read_filter
        text = "[('user_id', 'child_of', 'Ann'), ('id', '!=', 7)]"
        domain("crm.lead", text)
        self.assertEqual(self.count_queries(lambda: domain("crm.lead", text)), 0)

    def test_looking_for_what_is_wrong_loses_nothing(self):
        """Changes that wait to be written survive a filter that fails."""
        other = self.create_automatic("Other?", "[]")
        self.store(other, "domain", "[('id', '=', ['x'])]")
        self.lead.name = "Renamed"
        self.assertIn('"x"', other.domain_problem)
        self.env.flush_all()
        self.env.invalidate_all()
        self.assertEqual(self.lead.name, "Renamed")

    def test_form_says_what_is_wrong(self):
        problems = ("territory_problem", "lead_domain_problem", "domain_problem")
        for (record, field), problem in zip(self.filters, problems, strict=True):
            with self.subTest(problem), mute_logger(PROFILE_LOGGER):
                self.assertFalse(Form(record)[problem])
                self.store(record, field, "[('id', '=', ['x'])]")
                self.assertIn('"x"', Form(record)[problem])
                self.store(record, field, "[]")

    @mute_logger(PROFILE_LOGGER)
    def test_registry_loads_with_broken_filters(self):
        for text in ("[('user_id', 'any', 5)]", "[('id', '=', ['x'])]", "[" * 500):
            with self.subTest(text[:40]):
                self.store(self.profile, "lead_domain", text)
                matching = self.profile._get_lead_field_paths()[0]
                self.assertNotIn("city", matching)

    def test_leads_follow_what_is_asked_inside(self):
        self.profile.lead_domain = (
            "[('partner_id', 'any', [('city', '=', 'Ghent')]),"
            " ('user_id.partner_id', 'any', [('country_id.code', '!=', 'XX')])]"
        )
        matching = self.profile._get_lead_field_paths()[0]
        self.assertIn("partner_id.city", matching)
        self.assertIn("user_id.partner_id.country_id.code", matching)


@tagged("post_install", "-at_install")
class TestBrokenTerritories(Filters, TerritoryCase):
    def test_pages_of_the_others(self):
        person = self.create_partner("Ann", "Brin")
        self.north.user_id = self.south.member_ids = self.rep
        teams = self.teams.with_user(self.rep)
        for text in (
            "[('id', 'not in', ['x'])]",
            "[('color', '!=', 1e400)]",
            "[('name', '!=', 'a\\x00')]",
            "[('name', 'not =like', '%\\\\')]",
            "[('company_type', '!=', 'x')]",
            "[('parent_id', 'any', 5)]",
            "[('user_id', '!=', uid)]",
            "[('is_in_my_territory', '=', True)]",
        ):
            with self.subTest(text), self.assertUnusable():
                self.store(self.north, "territory_domain", text)
                self.assertEqual(teams.mapped("territory_count")[:2], [0, 1])
                self.assertFalse(self.opened(self.north, "territory_count"))
                self.assertEqual(person.territory_team_ids, self.south)
                self.assertEqual(self.get_mine(), person)
                home = self.env["crm.qualification.home"].with_user(self.rep).get_home()
                counts = {
                    row["name"]: row["numbers"][0]["count"] for row in home["territory"]
                }
                self.assertEqual((counts["North"], counts["South"]), (0, 1))
                self.assertTrue(self.north.territory_problem)


@tagged("post_install", "-at_install")
class TestStoredFilters(Filters, QualificationCase):
    """What an update makes of filters that computed something."""

    def migrate(self):
        path = file_path(MIGRATION)
        spec = importlib.util.spec_from_file_location("pre_filters", path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        module.migrate(self.env.cr, "19.0.1.6.6")
        self.env.invalidate_all()
        self.registry.clear_cache()

    def assertRewritten(self, expression, words):
        text = f"[('create_date', '>=', {expression}), ('name', '!=', None)]"
        self.store(self.profile, "lead_domain", text)
        self.migrate()
        written = Domain("create_date", ">=", words) & Domain("name", "!=", False)
        domain = self.profile._read_filter("crm.lead", self.profile.lead_domain)
        self.assertEqual(list(domain), list(written))
        self.assertFalse(self.profile.lead_domain_problem)

    def test_dates_become_words(self):
        for expression, words in {
            "context_today()": "today",
            "context_today().strftime('%Y-%m-%d')": "today",
            "context_today() - datetime.timedelta(days=7)": "today -7d",
            "context_today() - datetime.timedelta(7)": "today -7d",
            "context_today() - relativedelta(months=1, days=2)": "today -1m -2d",
            "(context_today() + datetime.timedelta(days=-2)).strftime('%Y-%m-%d')": (
                "today -2d"
            ),
            "context_today().strftime('%Y-%m-01')": "today =1d",
            "context_today().strftime('%Y-01-01')": "today =1m =1d",
            "datetime.datetime.now() - datetime.timedelta(weeks=1)": "now -1w",
            "datetime.datetime.now().date()": "today",
            "(context_today() - datetime.timedelta(hours=3))"
            ".strftime('%Y-%m-%d %H:%M:%S')": "now -3H",
        }.items():
            with self.subTest(expression):
                self.assertRewritten(expression, words)

    def test_all_kinds_of_filters(self):
        criterion = self.env["crm.qualification.criterion"].create(
            {
                "name": "Young?",
                "profile_id": self.profile.id,
                "answer_type": "automatic",
            }
        )
        team = self.env["crm.team"].create({"name": "North"})
        for record, field in ((criterion, "domain"), (team, "territory_domain")):
            self.store(record, field, "[('create_date', '<', context_today())]")
        self.migrate()
        written = "[('create_date', '<', 'today')]"
        self.assertEqual((criterion.domain, team.territory_domain), (written, written))

    def test_plain_filters_stay_as_they_are_written(self):
        for text in ('["&", ["city","=","Ghent"] , ["id",">",-1]]', "[]", None, ""):
            self.store(self.profile, "lead_domain", text)
            self.migrate()
            self.assertEqual(self.profile.lead_domain or "", text or "")

    def test_others_are_noted_and_stay(self):
        for text in (
            "[('user_id', '=', uid)]",
            "[('create_date', '<', context_today().replace(day=1))]",
            "[('create_date', '<', context_today().strftime('%d'))]",
            "[('create_date', '<', context_today() - datetime.timedelta(days=1.5))]",
            "[('create_date', '<', 9**9**9)]",
            "[('name', '=', ",
            "[" * 1000,
        ):
            with self.subTest(text[:60]):
                self.store(self.profile, "lead_domain", text)
                with self.assertLogs("pre_filters", "WARNING") as logs:
                    self.migrate()
                self.assertIn(text, logs.output[0])
                self.assertEqual(self.profile.lead_domain, text)
                self.assertTrue(self.profile.lead_domain_problem)
