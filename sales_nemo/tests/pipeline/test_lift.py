"""What criteria were worth: each number counted again from what was generated."""

import math
import random
from collections import Counter
from datetime import datetime, timedelta
from statistics import NormalDist

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ...intervals import get_newcombe
from ..common import SALES, SALES_ALL, QualificationCase, new_test_user

STATES = ("met", "partly", "not_met", "unknown")
SAMPLE_MIN = 8
# Values that can be given to each criterion, with what they are worth.
VALUES = {
    "budget": {"yes": "met", "no": "not_met"},
    "size": {
        "Large": "met",
        "Medium": "partly",
        "Small": "not_met",
        "Competitor": "not_met",
    },
    "users": {"9.5": "not_met", "10": "met", "20": "met", "20.5": "not_met"},
    "start": {"2026-01-01": "met", "2025-12-31": "not_met"},
    "who": {"The owner": "met"},
    "staff": {"49": "not_met", "50": "met", "0": "not_met"},
}


def get_bounds(won, count):
    """Wilson's bounds: the shares from which the found one is just z errors away.

    They solve (p − share)² = z²·share·(1 − share)/n.
    """
    z, p = NormalDist().inv_cdf(0.975), won / count
    a, b, c = 1 + z * z / count, -(2 * p + z * z / count), p * p
    root = math.sqrt(b * b - 4 * a * c)
    return (-b - root) / (2 * a), (-b + root) / (2 * a)


@tagged("post_install", "-at_install")
class TestLift(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rng = random.Random(56)
        cls.env["ir.config_parameter"].set_param(
            "sales_nemo.lift_sample_min", str(SAMPLE_MIN)
        )
        cls.other_company = cls.env["res.company"].create({"name": "Other"})
        cls.profile.enforcement = "advise"
        cls.profile.criterion_ids = [(0, 0, values) for values in cls.get_questions()]
        names = ("budget", "size", "users", "start", "who", "staff", "phone", "city")
        cls.criteria = dict(zip(names, cls.profile.criterion_ids, strict=True))
        cls.accounts = cls.env["res.partner"].create(
            [
                {
                    "name": f"Account {index}",
                    "is_company": True,
                    "city": "Ghent" if index % 3 else "Lyon",
                }
                for index in range(12)
            ]
        )
        cls.people = cls.env["res.partner"].create(
            [{"name": "Ann", "parent_id": account.id} for account in cls.accounts]
        )
        cls.records = cls.create_closed(cls.rep, 90) | cls.create_closed(
            cls.rep_all, 90
        )
        cls.create_lead("Open", contact_name="Not counted")
        cls.given = {}
        cls.answer_leads()
        cls.answer_accounts()
        cls.env.flush_all()
        cls.env.invalidate_all()

    @classmethod
    def get_questions(cls):
        return [
            {
                "name": "Users?",
                "sequence": 13,
                "answer_type": "number",
                "number_rule": "between",
                "number_min": 10,
                "number_max": 20,
            },
            {
                "name": "Start?",
                "sequence": 14,
                "answer_type": "date",
                "date_min": "2026-01-01",
            },
            {"name": "Who?", "sequence": 15, "answer_type": "text"},
            {
                "name": "Staff?",
                "sequence": 16,
                "scope": "account",
                "answer_type": "number",
                "number_rule": "at_least",
                "number_min": 50,
                "validity_days": 30,
            },
            {
                "name": "Phone?",
                "sequence": 17,
                "answer_type": "automatic",
                "domain": "[('phone', '!=', False)]",
            },
            {
                "name": "City?",
                "sequence": 18,
                "scope": "account",
                "answer_type": "automatic",
                "domain": "[('city', '=', 'Ghent')]",
            },
        ]

    @classmethod
    def create_closed(cls, user, number):
        """Won opportunities, and lost leads and opportunities, by turns."""
        won_stage = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        values = []
        for index in range(number):
            is_won = cls.rng.random() < 0.4
            values.append(
                {
                    "name": f"Deal {user.login} {index}",
                    "type": "lead" if not is_won and index % 2 else "opportunity",
                    "user_id": user.id,
                    "phone": cls.rng.choice([False, "+32 2 555 12 34"]),
                    "partner_id": cls.rng.choice([False, *cls.people.ids]),
                    "company_id": cls.rng.choice([False, False, user.company_id.id]),
                    "team_id": False,
                }
                | ({"stage_id": won_stage.id} if is_won else {})
            )
        records = cls.env["crm.lead"].create(values)
        reason = cls.env["crm.lost.reason"].create({"name": "Price"})
        lost = records.filtered(lambda lead: not lead.stage_id.is_won)
        lost.action_set_lost(lost_reason_id=reason.id)
        return records

    @classmethod
    def get_day(cls):
        """A day on which somebody answered; most answers of them are expired now."""
        days = cls.rng.choice([1, 20, 40, 100, 400])
        return fields.Datetime.subtract(fields.Datetime.now(), days=days)

    @classmethod
    def answer_leads(cls):
        values = []
        for lead in cls.records:
            for name, worth in VALUES.items():
                if cls.rng.random() < 0.3:
                    continue
                # now and then nobody knows, which is an answer, too
                value = cls.rng.choice([*worth, *([""] if name == "staff" else [])])
                day = cls.get_day()
                cls.given[lead, name] = (worth.get(value, "unknown"), day)
                values.append(
                    {
                        "criterion_id": cls.criteria[name].id,
                        "lead_id": lead.id,
                        "value": value,
                        "date": day,
                    }
                )
        cls.env["crm.qualification.answer"].create(values)

    @classmethod
    def answer_accounts(cls):
        values = []
        companies = (cls.env.company, cls.other_company)
        for account in cls.accounts[:10]:
            for company in companies:
                value = cls.rng.choice([*VALUES["staff"], ""])
                day = cls.get_day()
                worth = VALUES["staff"].get(value, "unknown")
                cls.given[account, company] = (worth, day)
                values.append(
                    {
                        "criterion_id": cls.criteria["staff"].id,
                        "partner_id": account.id,
                        "company_id": company.id,
                        "value": value,
                        "date": day,
                    }
                )
        cls.env["crm.qualification.answer"].create(values)

    def get_state(self, lead, name):
        """What was known of a record, from what was generated."""
        account = lead.partner_id.parent_id
        if name == "phone":
            return "met" if lead.phone else "not_met"
        if name == "city":
            return (
                ("met" if account.city == "Ghent" else "not_met")
                if account
                else "unknown"
            )
        own = self.given.get((lead, name))
        company = lead.company_id or lead.user_id.company_id
        shared = self.given.get((account, company)) if name == "staff" else None
        best = own
        for other in [shared] if shared else []:
            keys = [(state != "unknown", day) for state, day in (other, best or other)]
            best = other if keys[0] >= keys[1] else best
        return best[0] if best else "unknown"

    def count(self, records):
        """Won and all records by criterion and state."""
        counts = Counter()
        for lead in records:
            for name in self.criteria:
                state = self.get_state(lead, name)
                counts[name, state, "all"] += 1
                counts[name, state, "won"] += lead.won_status == "won"
        return counts

    def get_rows(self, user):
        # a request has one user: the cache does not tell them apart
        self.env["crm.qualification.lift"].invalidate_model()
        rows = self.env["crm.qualification.lift"].with_user(user).search([])
        names = {criterion.id: name for name, criterion in self.criteria.items()}
        return {names[row.criterion_id.id]: row for row in rows}

    def check_rows(self, rows, records):
        counts = self.count(records)
        won = sum(lead.won_status == "won" for lead in records)
        self.assertEqual(set(rows), set(self.criteria))
        average = won / len(records)
        for name, row in rows.items():
            self.assertEqual((row.closed_count, row.won_count), (len(records), won))
            self.assertAlmostEqual(row.profile_rate, average)
            for state in STATES:
                both = counts[name, state, "won"], counts[name, state, "all"]
                found = row[f"{state}_won_count"], row[f"{state}_count"]
                self.assertEqual(found, both, (name, state))
                figures = [row[f"{state}_{word}"] for word in ("rate", "low", "high")]
                expected = [0, 0, 0]
                if both[1] >= SAMPLE_MIN:
                    expected = [both[0] / both[1], *get_bounds(*both)]
                for one, other in zip(figures, expected, strict=True):
                    self.assertAlmostEqual(one, other, places=9)
            known = [counts[name, state, "all"] for state in STATES[:3]]
            known_won = [counts[name, state, "won"] for state in STATES[:3]]
            self.assertEqual(
                (row.known_count, row.known_won_count), (sum(known), sum(known_won))
            )
            for word, one, other in (
                ("difference", "met", "not_met"),
                ("known_difference", "known", "unknown"),
            ):
                sides = [
                    row[f"{state}_{figure}"]
                    for state in (one, other)
                    for figure in ("won_count", "count")
                ]
                expected = [0, 0, 0]
                if min(sides[1], sides[3]) >= SAMPLE_MIN:
                    expected = [
                        sides[0] / sides[1] - sides[2] / sides[3],
                        *get_newcombe(*sides),
                    ]
                for bound, number in zip(("", "_low", "_high"), expected, strict=True):
                    self.assertAlmostEqual(row[f"{word}{bound}"], number, places=6)

    def test_all_figures(self):
        self.check_rows(self.get_rows(self.rep_all), self.records)

    def test_kept_and_broken_commitments(self):
        """One more row, where any was kept or broken; open ones tell nothing."""
        promises = self.env["crm.lead.commitment"]
        states = ("kept", "broken", "open", None)
        known = {}
        for number, lead in enumerate(self.records):
            known[lead] = state = states[number % 4]
            if state:
                promises.create({"lead_id": lead.id, "name": "Demo", "state": state})
            if state == "broken":
                promises.create({"lead_id": lead.id, "name": "Trial", "state": "kept"})
        lift = self.env["crm.qualification.lift"].with_user(self.rep_all)
        row = lift.search([("criterion_id", "=", False)])
        self.assertEqual(len(row), 1)
        self.assertIn("Commitments", row.name)
        for word, which in (
            ("met", ["kept"]),
            ("not_met", ["broken"]),
            ("unknown", ["open", None]),
        ):
            theirs = [lead for lead in self.records if known[lead] in which]
            won = sum(lead.won_status == "won" for lead in theirs)
            self.assertEqual(row[f"{word}_count"], len(theirs))
            self.assertEqual(row[f"{word}_won_count"], won)
            self.assertGreaterEqual(len(theirs), SAMPLE_MIN)
            for one, other in zip(
                (row[f"{word}_low"], row[f"{word}_high"]),
                get_bounds(won, len(theirs)),
                strict=True,
            ):
                self.assertAlmostEqual(one, other, places=9)

    def test_the_generated_data_has_it_all(self):
        counts = self.count(self.records)
        for name in ("staff", "size"):
            for state in STATES:
                if (name, state) != ("staff", "partly"):
                    self.assertTrue(counts[name, state, "all"], (name, state))
        ended = self.env["crm.qualification.answer"].search(
            [
                ("criterion_id", "=", self.criteria["staff"].id),
                ("expires_on", "<", "today"),
                ("lead_id", "!=", False),
            ]
        )
        self.assertTrue(ended)
        self.assertFalse(any(ended.mapped("is_expired")))

    def test_same_states_as_the_gate(self):
        facts = self.records._collect_facts()
        for lead in self.records:
            for answer in facts[lead.id].answers:
                name = next(n for n, c in self.criteria.items() if c.id == answer.key)
                state = answer.state.replace("disqualifying", "not_met")
                self.assertEqual(state, self.get_state(lead, name), (lead.name, name))

    def test_answers_that_would_have_expired_keep_their_result(self):
        self.profile.criterion_ids.filtered(
            lambda c: c.answer_type != "automatic"
        ).validity_days = 1
        self.env.flush_all()
        self.check_rows(self.get_rows(self.rep_all), self.records)

    def test_own_documents_only(self):
        mine = self.records.filtered(lambda lead: lead.user_id == self.rep)
        self.assertLess(len(mine), len(self.records))
        self.check_rows(self.get_rows(self.rep), mine)

    def test_companies(self):
        """Records of a company that isn't the user's are not counted."""
        foreign = new_test_user(
            self.env,
            "foreign",
            groups=SALES_ALL,
            company_id=self.other_company.id,
            company_ids=[(6, 0, self.other_company.ids)],
        )
        seen = self.records.filtered(lambda lead: not lead.company_id)
        self.check_rows(self.get_rows(foreign), seen)
        self.profile.company_id = self.env.company
        self.env.flush_all()
        self.assertFalse(self.get_rows(foreign))
        self.assertTrue(self.get_rows(self.rep_all))

    def test_asked_from_a_stage_on(self):
        """Only those count that came so far, and the row says so and opens them."""
        stages = self.env["crm.stage"].search([])
        records = self.records.filtered(lambda lead: not lead.stage_id.is_won)
        for index, lead in enumerate(records):
            lead.stage_id = stages[index % 3]
        self.criteria["staff"].stage_id = stages[1]
        self.criteria["phone"].stage_id = stages[1]
        self.env.flush_all()
        rows = self.get_rows(self.rep_all)
        far = self.records.filtered(lambda lead: lead.stage_id != stages[0])
        self.assertLess(len(far), len(self.records))
        counts = self.count(far)
        for name in ("staff", "phone"):
            row = rows.pop(name)
            self.assertEqual((row.closed_count, row.stage_id), (len(far), stages[1]))
            for state in STATES:
                both = row[f"{state}_won_count"], row[f"{state}_count"]
                expected = counts[name, state, "won"], counts[name, state, "all"]
                self.assertEqual(both, expected, (name, state))
            won = len(far.filtered(lambda lead: lead.won_status == "won"))
            self.assertAlmostEqual(row.profile_rate, won / len(far), places=9)
            opened = self.env["crm.lead"].with_context(active_test=False)
            found = opened.search(row.action_open_leads()["domain"])
            self.assertEqual(set(found), set(far))
        for row in rows.values():
            self.assertEqual((row.closed_count, row.stage_id.id), (180, False))

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_access(self):
        lift = self.env["crm.qualification.lift"]
        with self.assertRaises(AccessError):
            lift.with_user(self.clerk).search([])
        for user in (self.rep, self.rep_all, self.manager):
            rows = lift.with_user(user)
            self.assertTrue(rows.has_access("read"))
            for operation in ("create", "write", "unlink"):
                self.assertFalse(rows.has_access(operation))
        self.assertTrue(self.rep.has_group(SALES))

    def test_profiles_that_judge_nothing(self):
        self.profile.enforcement = "off"
        self.assertFalse(self.get_rows(self.rep_all))
        self.profile.enforcement = "enforce"
        self.assertTrue(self.get_rows(self.rep_all))
        self.profile.active = False
        self.assertFalse(self.get_rows(self.rep_all))

    def test_a_filter_that_cannot_be_searched(self):
        """Such a criterion is unknown; the others are counted all the same."""
        self.criteria["phone"].domain = "[('duplicate_lead_count', '>', 0)]"
        rows = self.get_rows(self.rep_all)
        self.assertEqual(rows["phone"].unknown_count, len(self.records))
        self.assertEqual(
            rows["city"].met_count,
            self.count(self.records)["city", "met", "all"],
        )

    def test_what_rounds_to_nothing_has_no_sign(self):
        counts = {"met_count": 9, "not_met_count": 9, "difference": -0.0004}
        row = self.env["crm.qualification.lift"].new(counts)
        text = row._describe_difference("difference")
        self.assertEqual(text, "0.0 points (0.0 to 0.0)")

    def test_words(self):
        self.env["ir.config_parameter"].set_param("sales_nemo.lift_sample_min", "1000")
        row = self.get_rows(self.rep_all)["budget"]
        self.assertEqual(row.met_text, f"too few ({row.met_count})")
        self.assertEqual(
            row.difference_text,
            f"too few ({row.met_count} and {row.not_met_count})",
        )
        self.assertEqual(row.partly_text, "–")
        self.assertEqual((row.difference, row.met_rate), (0, 0))
        self.env["ir.config_parameter"].set_param("sales_nemo.lift_sample_min", "1")
        self.env.invalidate_all()
        row = self.get_rows(self.rep_all)["budget"]
        self.assertEqual(
            row.met_text,
            f"{100 * row.met_rate:.1f} % ({100 * row.met_low:.1f}–"
            f"{100 * row.met_high:.1f}) of {row.met_count}",
        )
        for name in ("difference", "known_difference"):
            numbers = [100 * row[f"{name}{bound}"] for bound in ("", "_low", "_high")]
            self.assertEqual(
                row[f"{name}_text"], "{:.1f} points ({:.1f} to {:.1f})".format(*numbers)
            )

    def test_nonsense_in_the_setting(self):
        for value, least in (("", 30), ("many", 30), ("-3", 30), ("0", 1), ("12", 12)):
            self.env["ir.config_parameter"].set_param(
                "sales_nemo.lift_sample_min", value
            )
            lift = self.env["crm.qualification.lift"].with_user(self.rep)
            self.assertEqual(lift._get_sample_min(), least, value)

    def test_a_row_opens_what_it_counts(self):
        for user in (self.rep, self.rep_all):
            row = self.get_rows(user)["budget"]
            action = row.action_open_leads()
            opened = self.env["crm.lead"].with_user(user).with_context(
                **action["context"]
            )  # fmt: skip
            self.assertEqual(opened.search_count(action["domain"]), row.closed_count)

    def test_queries_do_not_grow(self):
        """The figures are computed once, whatever the list shows of them."""
        specification = {
            "profile_id": {"fields": {"display_name": {}}},
            "criterion_id": {"fields": {"display_name": {}}},
            "difference_text": {},
            "known_difference_text": {},
            "met_text": {},
        }
        lift = self.env["crm.qualification.lift"].with_user(self.rep_all)

        def read():
            return lift.web_search_read([], specification, limit=80)

        # what is kept between requests is not counted
        read()
        few = self.count_queries(read)
        self.profile.criterion_ids = [
            (0, 0, {"name": f"Question {index}?"}) for index in range(40)
        ]
        self.create_closed(self.rep_all, 40)
        self.assertEqual(read()["length"], 48)
        self.assertEqual(self.count_queries(read), few)


@tagged("post_install", "-at_install")
class TestWhatIsCounted(QualificationCase):
    """Which of the closed records and answers a row counts."""

    CLOSED = datetime(2026, 3, 10, 12)

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["ir.config_parameter"].set_param("sales_nemo.lift_sample_min", "1")
        cls.profile.enforcement = "advise"
        cls.teams = cls.env["crm.team"].create([{"name": "One"}, {"name": "Two"}])

    def close(self, number, is_won=True, day=CLOSED, **values):
        """Deals that were closed on a day, and their budget is not known."""
        deals = self.env["crm.lead"].create(
            [
                {"name": f"Deal {index}", "type": "opportunity", **values}
                for index in range(number)
            ]
        )
        if is_won:
            deals.action_set_won()
        else:
            deals.action_set_lost()
        deals.date_closed = day
        self.date_creation(deals, day - timedelta(days=30))
        return deals

    def date_creation(self, deals, day):
        self.env.flush_all()
        query = "UPDATE crm_lead SET create_date = %s WHERE id = ANY(%s)"
        self.env.cr.execute(query, [day, deals.ids])
        deals.invalidate_recordset()

    def answer(self, deals, value, date, criterion=None, **owner):
        self.env["crm.qualification.answer"].create(
            [
                {
                    "criterion_id": (criterion or self.budget).id,
                    "value": value,
                    "date": date,
                    **(owner or {"lead_id": deal.id}),
                }
                for deal in deals
            ]
        )

    def get_row(self, domain=(), criterion=None):
        self.env.flush_all()
        rows = self.env["crm.qualification.lift"]
        rows.invalidate_model()
        criterion = self.budget if criterion is None else criterion
        return rows.search([("criterion_id", "=", criterion.id), *domain])

    def count(self, row):
        states = ("met", "partly", "not_met", "unknown", "late")
        return {state: n for state in states if (n := row[f"{state}_count"])}

    def test_what_was_answered_after_the_closing(self):
        """It is hindsight, neither known nor unknown then; at the closing it counts."""
        early, at_once, late = (self.close(1) for _number in range(3))
        self.answer(early, "yes", self.CLOSED - timedelta(days=1))
        self.answer(at_once, "no", self.CLOSED + timedelta(minutes=1))
        self.answer(late, "yes", self.CLOSED + timedelta(days=1))
        self.close(1)
        row = self.get_row()
        self.assertEqual(
            self.count(row), {"met": 1, "not_met": 1, "late": 1, "unknown": 1}
        )
        self.assertEqual((row.closed_count, row.known_count), (4, 2))

    def test_what_is_known_of_imported_deals(self):
        """They were closed when they came in: whoever answered could only do it now."""
        old, new = self.close(1), self.close(1)
        self.date_creation(old, self.CLOSED + timedelta(days=10))
        # an import that says nothing of the closing closes them as it creates them
        self.date_creation(new, self.CLOSED - timedelta(minutes=1))
        self.answer(old, "yes", self.CLOSED + timedelta(days=11))
        self.answer(new, "no", self.CLOSED + timedelta(days=1))
        self.assertEqual(self.count(self.get_row()), {"met": 1, "not_met": 1})

    def test_what_the_account_answered_after_the_closing(self):
        """It serves the deals that were closed later; the lead's own counts before."""
        size = self.env["crm.qualification.criterion"].create(
            {"profile_id": self.profile.id, "name": "Staff?", "scope": "account"}
        )
        account = self.env["res.partner"].create({"name": "A", "is_company": True})
        theirs = {"partner_id": account.id}
        before, owned = (self.close(1, **theirs) for _number in range(2))
        self.close(1, day=self.CLOSED + timedelta(days=9), **theirs)
        self.answer(owned, "no", self.CLOSED - timedelta(days=1), size)
        self.answer(
            before,
            "yes",
            self.CLOSED + timedelta(days=5),
            size,
            partner_id=account.id,
            company_id=self.env.company.id,
        )
        row = self.get_row(criterion=size)
        self.assertEqual(self.count(row), {"late": 1, "not_met": 1, "met": 1})

    def test_commitments_that_were_kept_after_the_closing(self):
        early, late = self.close(1), self.close(1)
        promises = self.env["crm.lead.commitment"].create(
            [
                {"lead_id": deal.id, "name": "Demo", "state": "kept"}
                for deal in early | late
            ]
        )
        for promise, days in zip(promises, (-1, 1), strict=True):
            promise.sudo().state_date = self.CLOSED + timedelta(days=days)
        row = self.get_row(criterion=self.budget.browse())
        self.assertEqual(self.count(row), {"met": 1, "late": 1})

    def test_period_team_and_source(self):
        """Filters choose the records, whatever is read of a row, and what it opens."""
        source = self.env["utm.source"].create({"name": "Fair"})
        one, two = self.teams.ids
        self.answer(self.close(3, team_id=one), "yes", self.CLOSED)
        self.answer(self.close(2, is_won=False, team_id=one), "no", self.CLOSED)
        later = self.CLOSED + timedelta(days=40)
        self.answer(
            self.close(1, day=later, team_id=two, source_id=source.id), "yes", later
        )
        everything = self.get_row()
        self.assertEqual(self.count(everything), {"met": 4, "not_met": 2})
        april, first = "2026-04-01 00:00:00", {"met": 3, "not_met": 2}
        for domain, counts in (
            ([("team_id", "=", one)], first),
            ([("team_id", "in", [two])], {"met": 1}),
            ([("source_id.name", "=", "Fair")], {"met": 1}),
            ([("closed_date", ">=", april)], {"met": 1}),
            ([("closed_date", "<", april), ("team_id", "=", one)], first),
            (
                ["|", ("team_id", "=", one), ("team_id", "=", two)],
                {"met": 4, "not_met": 2},
            ),
        ):
            with self.subTest(domain=domain):
                row = self.get_row(domain)
                self.assertEqual(self.count(row), counts)
                self.assertEqual(row.closed_count, sum(counts.values()))
                spec = {"met_count": {}, "difference_text": {}, "criterion_id": {}}
                rows = self.env["crm.qualification.lift"]
                [read] = [
                    found
                    for found in rows.web_search_read(domain, spec)["records"]
                    if found["criterion_id"] == self.budget.id
                ]
                self.assertEqual(read["met_count"], counts["met"])
                for action in (
                    row.action_open_leads(),
                    everything.action_open_leads(domain),
                ):
                    opened = self.env["crm.lead"].with_context(**action["context"])
                    self.assertEqual(
                        opened.search_count(action["domain"]), row.closed_count
                    )
        self.assertEqual(self.count(everything), {"met": 4, "not_met": 2})

    def test_filters_that_choose_records_and_rows_at_once(self):
        domain = ["|", ("team_id", "=", 1), ("criterion_id", "=", self.budget.id)]
        with self.assertRaisesRegex(UserError, "any of"):
            self.env["crm.qualification.lift"].search(domain)

    def test_what_surely_went_with_winning_comes_first(self):
        """By the lower bound; what can't be told comes last."""
        for is_won, number in ((True, 30), (False, 40)):
            deals = self.close(number, is_won)
            self.answer(deals[: number - 5], "yes" if is_won else "no", self.CLOSED)
            self.answer(deals, "Large", self.CLOSED, self.size)
        rows = self.env["crm.qualification.lift"].search([])
        self.assertEqual(rows[0].criterion_id, self.budget)
        self.assertGreater(rows[0].difference_low, 0.8)
        self.assertEqual((rows[-1].difference, rows[-1].difference_low), (0, 0))
        above = rows.search([("difference_low", ">", 0)])
        self.assertEqual(above.criterion_id, self.budget)

    def test_archived_deals_are_in_all_reports_or_in_none(self):
        """Who puts closed deals away changes no figure; open ones nobody works on."""
        won, lost = self.close(1), self.close(1, is_won=False)
        pending = self.create_lead(type="opportunity")
        won.active = pending.active = False
        # Odoo says that what is archived was closed then
        won.date_closed = self.CLOSED
        self.env.flush_all()
        found = {}
        for name in ("funnel", "override"):
            report = self.env[f"crm.qualification.{name}"]
            rows = report.search([("lead_id", "in", (won | lost | pending).ids)])
            found[name] = rows.lead_id
        history = self.profile._backtest(self.CLOSED.date(), self.CLOSED.date())
        found["backtest"] = won.browse([deal[0] for deal in history["deals"]])
        for name, deals in found.items():
            self.assertEqual(deals, won | lost, name)
        row = self.get_row()
        self.assertEqual((row.closed_count, row.won_count), (2, 1))

    def test_what_was_lost_when_it_came_in(self):
        """Odoo notes no closing of it: everywhere it counts on the day it came in."""
        lost = {"type": "opportunity", "active": False, "probability": 0}
        deal = self.env["crm.lead"].create({"name": "Old", **lost})
        self.assertFalse(deal.date_closed)
        self.date_creation(deal, self.CLOSED)
        self.answer(deal, "no", self.CLOSED + timedelta(days=9))
        self.close(1, day=self.CLOSED + timedelta(days=40))
        day, one = self.CLOSED.date(), timedelta(days=1)
        around = [("closed_date", ">=", day), ("closed_date", "<", day + one)]
        row = self.get_row(around)
        self.assertEqual(self.count(row), {"not_met": 1})
        leads = deal.with_context(active_test=False)
        history = self.profile._backtest(day, day)
        for found in (
            leads.search(row.action_open_leads(around)["domain"]),
            self.env["crm.qualification.funnel"].search(around).lead_id,
            leads.search([("closing_date", "=", day)]),
            leads.browse(deal[0] for deal in history["deals"]),
        ):
            self.assertEqual(found, deal)
        self.assertFalse(self.get_row([("closed_date", "=", False)]).closed_count)
