"""The home page: each number against one that is counted in plain Python."""

import itertools
import random
from ast import literal_eval
from collections import Counter, defaultdict
from datetime import date
from unittest.mock import patch

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ... import gate
from ...models.decision.reasons import CHECK_NAMES, MISSING
from ..common import SALES_MANAGER
from .home_case import NEEDS_REQUIRED, SCORE_MIN, HomeCase

POINTS = {"yes": 75, "Large": 25, "Medium": 12.5}


class Expected:
    """What the page should show to somebody, from the rows that the data came from.

    Asks nothing of the addon: the rules are said anew, in plain Python.
    """

    def __init__(self, case, user, companies):
        self.case, self.user, self.companies = case, user, companies
        self.sees_all = user.has_group("sales_team.group_sale_salesman_all_leads")
        self.rows = [row for row in case.rows if self.is_seen(row)]

    def is_seen(self, row):
        if row["company"] not in self.companies:
            return False
        return self.sees_all or not row["user"] or row["user"] == self.user

    @staticmethod
    def get_failures(row):
        """Why a row's facts don't pass."""
        if row["stray"]:
            return set()
        score = sum(POINTS.get(row[name], 0) for name in ("Budget?", "Size?"))
        alive = [state for state in row["commitments"] if state != "broken"]
        failures = {
            "reachable": not (row["person"] and row["address"]),
            f"contact_{row['contact']}": row["contact"] != "two_way",
            "needs_known": row["needs"].count("confirmed") < NEEDS_REQUIRED,
            "committed": not alive,
            "criteria_missing": row["Budget?"] != "yes",
            "criteria_unknown": row["Size?"] is None,
            "score": score < SCORE_MIN,
            "disqualified": row["Size?"] == "Competitor",
        }
        return {key for key, fails in failures.items() if fails}

    def get_state(self, row):
        failures = self.get_failures(row)
        if row["stray"]:
            return "none"
        if row["type"] == "opportunity":
            return "flagged" if failures else "qualified"
        if "disqualified" in failures:
            return "disqualified"
        return "blocked" if failures else "ready"

    def get_question(self, row):
        """The question to ask next: a required one, where nothing comes before it."""
        failures = self.get_failures(row)
        if not failures or failures - {"criteria_missing", "criteria_unknown", "score"}:
            return None
        # the first promise is overdue: that is asked about before
        if row["commitments"][:1] == ["open"]:
            return None
        unknown = [name for name in ("Budget?", "Size?") if row[name] is None]
        refused = ["Budget?"] if row["Budget?"] == "no" else []
        return next(iter(unknown + refused), None)

    def count(self, *tests):
        return sum(all(test(row) for test in tests) for row in self.rows)

    def get_counts(self):
        """``{(part, key): count}`` of all numbers about leads."""
        state = self.get_state

        def is_open(row):
            return row["end"] == ""

        def is_lead(row):
            return is_open(row) and row["type"] == "lead"

        def is_blocked(row):
            return is_lead(row) and state(row) in ("blocked", "disqualified")

        def is_late(row):
            return is_open(row) and state(row) == "flagged" and row["deadline"] < 0

        def is_mine(row):
            return row["user"] == self.user

        def came_in(row):
            return row["end"] != "archived" and row["created"] >= self.case.since

        def got_on(row):
            return row["type"] == "opportunity" or state(row) == "ready"

        def has(key, *values):
            return lambda row: row[key] in values

        counts = {
            ("steps", "unmatched"): self.count(is_lead, has("stray", True)),
            ("steps", "asked"): self.count(is_blocked, self.get_question),
            ("steps", "silent"): self.count(is_lead, has("contact", "none")),
            ("steps", "ready"): self.count(is_lead, lambda r: state(r) == "ready"),
            ("steps", "blocked"): self.count(is_blocked),
            ("steps", "open"): self.count(is_open, has("type", "opportunity")),
            ("steps", "won"): self.count(has("end", "won")),
            ("steps", "lost"): self.count(has("end", "lost")),
            ("steps", "returning"): self.count(has("plan", True)),
            ("steps", "pool"): self.count(
                is_lead, has("back", True), lambda row: not row["user"]
            ),
            ("stuck", "total"): self.count(is_blocked),
            ("funnel", "lead"): self.count(came_in),
            ("funnel", "contacted"): self.count(
                came_in, lambda row: row["contact"] == "two_way" or got_on(row)
            ),
            ("funnel", "qualified"): self.count(came_in, got_on),
            ("funnel", "opportunity"): self.count(came_in, has("type", "opportunity")),
            ("funnel", "unqualified"): self.count(
                came_in,
                has("type", "opportunity"),
                lambda row: state(row) != "qualified",
            ),
            ("funnel", "won"): self.count(came_in, has("end", "won")),
            ("funnel", "lost"): self.count(came_in, has("end", "lost")),
            ("today", "activities"): self.count(
                is_open, is_mine, has("activity", -1, 0)
            ),
            ("today", "waiting"): self.count(
                is_open, is_mine, has("contact", "inbound")
            ),
            ("today", "unanswered"): self.count(
                is_open, is_mine, lambda row: row["deadline"] < 0
            ),
            ("today", "ready"): self.count(
                is_lead, is_mine, lambda row: state(row) == "ready"
            ),
            ("today", "promised"): self.count(
                is_open, is_mine, lambda row: row["commitments"][:1] == ["open"]
            ),
            ("today", "flagged"): self.count(
                is_open, is_mine, lambda row: state(row) == "flagged"
            ),
            ("today", "late"): self.count(is_mine, is_late),
            ("today", "returned"): self.count(
                is_lead, is_mine, has("back", True), has("contact", "none")
            ),
        }
        if self.user.has_group(SALES_MANAGER):
            counts["today", "late_all"] = self.count(is_late)
        reasons = Counter()
        for row in filter(is_blocked, self.rows):
            reasons.update(self.get_failures(row))
            question = self.get_question(row)
            if question:
                criterion = self.case.profile.criterion_ids.filtered(
                    lambda c, name=question: c.name == name
                )
                reasons[f"question_{criterion.id}"] += 1
        return counts | {("stuck", key): count for key, count in reasons.items()}

    def get_lifecycle(self, partner):
        """Where a contact is for the first company that is selected."""
        rows = [
            row
            for row in self.case.rows
            if row["partner"] == partner and row["company"] == self.companies[0]
        ]
        if any(row["end"] == "won" for row in rows):
            return "customer"
        going = {row["type"] for row in rows if row["end"] == ""}
        for kind in ("opportunity", "lead"):
            if kind in going:
                return kind
        return "lost" if any(row["end"] == "lost" for row in rows) else "prospect"

    def get_territory_counts(self):
        """``{(part, key): count}`` of all numbers about contacts."""
        case = self.case
        own = case.teams.filtered(
            lambda team: self.user in (team.user_id, *team.member_ids)
        )
        counts = Counter()
        for partner in case.partners.filtered("active"):
            lifecycle = self.get_lifecycle(partner)
            is_going = any(
                row["partner"] == partner
                and row["company"] == self.companies[0]
                and row["end"] == ""
                for row in case.rows
            )
            for team in own or case.teams:
                if partner.city in team.name:
                    counts[team.name, "territory_count"] += 1
                    counts[team.name, f"territory_{lifecycle}_count"] += 1
            if any(partner.city in team.name for team in own) and not is_going:
                counts["steps", "sea"] += 1
                counts["steps", "untouched"] += lifecycle == "prospect"
        return counts


@tagged("post_install", "-at_install")
class TestHome(HomeCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        chance = random.Random(8)
        cls.create_sea(chance, 40)
        cls.rows = cls.create_rows(chance, 140)
        cls.env.flush_all()
        cls.env.invalidate_all()

    def test_every_number(self):
        highest = Counter()
        for user, companies in self.get_viewers():
            numbers = self.get_numbers(self.get_home(user, companies))
            expected = Expected(self, user, companies)
            counts = expected.get_counts() | expected.get_territory_counts()
            profiles = 1 + (self.company in companies)
            counts["steps", "profiles"] = profiles
            counts["steps", "criteria"] = profiles + 1
            if user == self.stranger:
                # of no team: the whole sea, with all that other tests left in it
                for key in (("steps", "sea"), ("steps", "untouched")):
                    counts[key] = numbers[key]["count"]
            found = {key: number["count"] for key, number in numbers.items()}
            with self.subTest(user=user.login, companies=companies.mapped("name")):
                for key in found.keys() | counts.keys():
                    self.assertEqual(found.get(key, 0), counts.get(key, 0), key)
            for (_part, key), count in found.items():
                highest[key] = max(highest[key], count)
        self.assertFalse([key for key, count in highest.items() if not count])

    def test_a_single_one_is_named_as_one(self):
        for user, companies in self.get_viewers():
            for number in self.get_numbers(self.get_home(user, companies)).values():
                if number["count"] == 1:
                    self.assertEqual(number["label"], number.get("one"))
                if number["key"] == "profiles":
                    words = "profile" if number["count"] == 1 else "profiles"
                    self.assertEqual(number["label"], words)

    def test_opens_what_it_counted(self):
        for user, companies in self.get_viewers():
            numbers = self.get_numbers(self.get_home(user, companies))
            for key, number in numbers.items():
                with self.subTest(user=user.login, key=key):
                    model = self.env[number["model"]].with_user(user)
                    opened = model.with_context(
                        **number["context"], allowed_company_ids=companies.ids
                    ).search_count(number["domain"])
                    self.assertEqual(number["count"], opened)
                    action = self.env["ir.actions.act_window"].with_user(user)
                    action = action._for_xml_id(number["action"])
                    self.assertEqual(action["res_model"], number["model"])

    def test_funnel(self):
        """Each rate is that of the counts; lost ones are a share of all."""
        funnel = self.get_home(self.manager, self.main)["funnel"]
        *steps, lost = funnel["steps"]
        for before, step in itertools.pairwise(steps):
            rate = 100 * step["count"] / before["count"]
            self.assertAlmostEqual(step["rate"], rate)
        self.assertAlmostEqual(lost["rate"], 100 * lost["count"] / steps[0]["count"])
        since = date.fromisoformat(funnel["since"])
        self.assertEqual(since, self.since)

    def test_reasons_by_frequency(self):
        reasons = self.get_home(self.manager, self.main)["stuck"]["reasons"]
        counts = [number["count"] for number in reasons]
        self.assertEqual(counts, sorted(counts, reverse=True))
        self.assertTrue(all(counts))

    def test_missing_is_what_the_gate_finds(self):
        """The search finds a check's failures as the gate does, one by one."""
        policies = (
            {},
            {"contact_required": "any", "needs_required": 0, "score_min": 0},
            {"contact_required": "none", "check_reachable": False},
            {"commitments_required": 2, "check_criteria": False},
            {"enforcement": "advise"},
            {"active": False},
            {"enforcement": "off"},
        )
        leads = self.leads.search([("won_status", "=", "pending")])
        for policy in policies:
            self.profile.write(policy)
            expected = defaultdict(set)
            for lead, (_facts, verdict) in leads._get_verdicts(
                leads._collect_facts(
                    {lead.id: lead._get_stored_contact() for lead in leads}
                )
            ).items():
                for check in verdict.failed:
                    expected[check.key].add(lead.id)
                    expected[check.reason].add(lead.id)
            for reasons in [key for key in expected if " " in key]:
                both = expected.pop(reasons)
                for reason in reasons.split():
                    expected[reason] |= both
            expected["score"] = expected.pop("score_low", set())
            for key in (*CHECK_NAMES, *MISSING):
                with self.subTest(policy=policy, key=key):
                    found = self.leads.search([("qualification_missing", "=", key)])
                    self.assertEqual(set(found.ids), expected[key])
                    others = [("qualification_missing", "!=", key)]
                    others = self.leads.search([("id", "in", leads.ids), *others])
                    self.assertEqual(leads - found, others)
        self.assertFalse(self.leads.search([("qualification_missing", "=", "luck")]))

    def test_grouped_by_what_is_missing(self):
        """A record stands in the group of each thing that it lacks."""
        groups = self.leads.formatted_read_group(
            [], ["qualification_missing"], ["__count"]
        )
        names = dict(
            self.leads.fields_get(["qualification_missing"])["qualification_missing"][
                "selection"
            ]
        )
        self.assertEqual(
            {group["qualification_missing"] for group in groups}, {*names, False}
        )
        for group in groups:
            found = self.leads.search_count(group["__extra_domain"])
            self.assertEqual(found, group["__count"], group["qualification_missing"])

    def test_another_addons_check_is_among_the_reasons(self):
        def check_luck(facts, policy):
            return gate.Check("luck", gate.FAILED, "13 is too many", name="Good luck")

        profiles = type(self.env["crm.qualification.profile"])
        checks = (*gate.CHECKS, check_luck)
        lead = self.create_lead()
        with patch.object(profiles, "_get_gate_checks", lambda self: checks):
            self.profile._review_leads()
            self.env.flush_all()
            [luck] = [
                number
                for number in self.get_home(self.rep, self.main)["stuck"]["reasons"]
                if number["key"] == "luck"
            ]
            [told] = lead.get_qualification_sheet()["checks"][-1:]
            with (
                self.assertRaisesRegex(UserError, "Good luck"),
                self.env.cr.savepoint(),
            ):
                lead.convert_opportunity(False)
            lead._log_and_note_refusals(lead._decide_entry("automatic"), "automatic")
            [logged] = lead.sudo().qualification_decision_ids
            field = lead.fields_get(["qualification_missing"])["qualification_missing"]
            names = {
                luck["label"],
                told["name"],
                dict(field["selection"])["luck"],
                logged.checks[-1]["name"],
            }
        self.assertEqual(names, {"Good luck"})
        found = self.leads.with_user(self.rep).search_count(luck["domain"])
        self.assertEqual(luck["count"], found)
        self.assertTrue(found)

    def test_optional_questions_block_nobody(self):
        def get_questions():
            reasons = self.get_home(self.manager, self.main)["stuck"]["reasons"]
            return {n["key"] for n in reasons if n["key"].startswith("question_")}

        self.create_asked_lead()
        asked = self.create_asked_lead()
        asked.save_qualification_answer(self.budget.id, "yes")
        questions = {f"question_{self.budget.id}", f"question_{self.size.id}"}
        self.assertEqual(get_questions(), questions)
        self.size.requirement = "none"
        self.profile.score_min = 0
        self.assertEqual(get_questions(), {f"question_{self.budget.id}"})
        self.profile.check_criteria = False
        self.assertFalse(get_questions())

    def test_filters(self):
        """What leads can be searched by has a filter."""
        view = self.env.ref("crm.view_crm_case_leads_filter")
        nodes = view._get_combined_arch().xpath(
            """//filter[contains(@domain, "'qualification_missing'")]"""
        )
        keys = {literal_eval(node.get("domain"))[0][2] for node in nodes}
        named = {key for key in MISSING if not key.startswith("contact_")}
        self.assertEqual(keys, named - {"disqualified"} | {"contacted"})

    def test_own_records_that_wait_for_us_come_first_among_what_is_next(self):
        rep = self.rep
        home = self.env["crm.qualification.home"].with_user(rep).get_home()
        shown = self.env["crm.lead"].browse([lead["id"] for lead in home["next"]])
        self.assertEqual(len(shown), 5)
        self.assertEqual(shown.user_id, rep)
        self.assertTrue(all(lead["qualification_next_step"] for lead in home["next"]))
        is_waiting = [bool(lead.contact_waiting_since) for lead in shown]
        self.assertEqual(is_waiting, sorted(is_waiting, reverse=True))

    def test_access(self):
        with self.assertRaises(AccessError):
            self.get_home(self.clerk, self.main)


@tagged("post_install", "-at_install")
class TestHomeQueries(HomeCase):
    def test_empty(self):
        for user, companies in self.get_viewers():
            home = self.get_home(user, companies)
            self.assertTrue(home["is_empty"])
            self.assertFalse(home["stuck"]["reasons"])
            self.assertEqual({n["rate"] for n in home["funnel"]["steps"]}, {None})
        self.create_lead()
        self.assertFalse(self.get_home(self.rep, self.main)["is_empty"])

    def test_queries(self):
        """At most eighteen, however much there is."""
        chance = random.Random(12)
        self.create_sea(chance, 3)
        self.create_rows(chance, 12)
        for company in self.main | self.company:
            self.create_asked_lead(
                user=self.env.user, company_id=company.id, user_id=False
            )
        few = self.count_home_queries()
        self.create_sea(chance, 30)
        self.create_rows(chance, 50)
        self.profile.criterion_ids = [(0, 0, {"name": f"{n}?"}) for n in range(30)]
        many = self.count_home_queries()
        self.assertEqual(few, many)
        self.assertLessEqual(max(many), 19)

    def count_home_queries(self):
        counts = []
        for user, companies in self.get_viewers():
            self.get_home(user, companies)
            counts.append(
                self.count_queries(
                    lambda user=user, companies=companies: self.get_home(
                        user, companies
                    )
                )
            )
        return counts
