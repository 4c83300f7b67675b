"""This profile on past deals: every number counted again, every list opened."""

import random
from collections import Counter
from dataclasses import replace
from datetime import date, datetime
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ... import gate
from ...backtest import read_snapshot
from ...facts import Facts
from ..common import SALES_MANAGER, QualificationCase, new_test_user

CALCULATION = (
    "odoo.addons.sales_nemo.models.decision.crm_qualification_profile_backtest"
)
RESULTS = ("passed", "blocked", "unknown")
CHECKS = (
    "reachable",
    "contacted",
    "needs_known",
    "committed",
    "criteria_met",
    "not_disqualified",
)
# Everything that the profile asks for.
GOOD = {
    "today": "2026-01-15",
    "has_person": True,
    "has_address": True,
    "contact": {
        "state": "two_way",
        "date": "2026-01-10 10:00:00",
        "two_way_date": "2026-01-10 10:00:00",
        "proof": 5,
    },
    "needs": [{"name": "Speed", "state": "confirmed"}],
    "commitments": [{"name": "Demo", "state": "open", "deadline": "2026-02-01"}],
    "extra": {},
}
# Ways in which a deal's facts may differ, with the check that then fails.
FAULTS = {
    "reachable": {"has_person": False},
    "contacted": {"contact": {"state": "outbound", "date": "2026-01-10 10:00:00"}},
    "needs_known": {"needs": [{"name": "Speed", "state": "suspected"}]},
    "committed": {"commitments": [{"name": "Demo", "state": "broken"}]},
}


class BacktestCase(QualificationCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.won_stage = cls.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        cls.reason = cls.env["crm.lost.reason"].create({"name": "Price"})
        cls.profile.enforcement = "advise"
        cls.budget.requirement = "met"

    @classmethod
    def create_deals(cls, number, won, closed="2026-03-10", **values):
        """Closed opportunities of which no decision was logged."""
        cls.profile.enforcement = "off"
        deals = cls.env["crm.lead"].create(
            [
                {
                    "name": f"Deal {index}",
                    "type": "opportunity",
                    "user_id": cls.rep.id,
                    **({"stage_id": cls.won_stage.id} if won else {}),
                    **values,
                }
                for index in range(number)
            ]
        )
        if not won:
            deals.action_set_lost(lost_reason_id=cls.reason.id)
        cls.date_deals(deals, closed, "2026-02-01 12:00:00")
        cls.profile.enforcement = "advise"
        return deals

    @classmethod
    def date_deals(cls, deals, closed, converted):
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_lead SET date_closed = %s, date_conversion = %s,"
            " create_date = '2020-01-01' WHERE id = ANY(%s)",
            (closed, converted, deals.ids),
        )
        deals.invalidate_recordset()

    @classmethod
    def get_answers(cls, budget="yes", size="Large"):
        """Answers as a snapshot keeps them."""
        worth = {"yes": 1.0, "no": 0.0, "Large": 1.0, "Medium": 0.5, "Small": 0.0}
        states = {1.0: "met", 0.5: "partly", 0.0: "not_met"}
        return [
            {
                "key": criterion.id,
                "state": states[worth[value]] if value else "unknown",
                "points": worth.get(value, 0.0),
                "value": value,
            }
            for criterion, value in ((cls.budget, budget), (cls.size, size))
        ]

    @classmethod
    def log(cls, deal, outcome="passed", path="convert", facts=None, **changes):
        """A decision in the log, with the facts that the gate is to have seen."""
        if facts is None:
            facts = GOOD | {"answers": cls.get_answers()} | changes
        return (
            cls.env["crm.qualification.decision"]
            .sudo()
            .create(
                {
                    "lead_id": deal.id,
                    "lead_name": deal.name,
                    "profile_id": cls.profile.id,
                    "date": "2026-02-01 12:00:00",
                    "path": path,
                    "outcome": outcome,
                    "facts": facts,
                }
            )
        )

    def try_on(self, user=None, date_from="2026-01-01", date_to="2026-12-31"):
        return (
            self.env["crm.qualification.backtest"]
            .with_user(user or self.manager)
            .create(
                {
                    "profile_id": self.profile.id,
                    "date_from": date_from,
                    "date_to": date_to,
                }
            )
        )

    def get_results(self, deal, user=None):
        """The results of one deal by check."""
        deals = self.try_on(user).history["deals"]
        return next(results for lead_id, _won, results in deals if lead_id == deal.id)

    def open_deals(self, trial, *cell):
        action = trial.action_open_deals(*cell)
        leads = self.env["crm.lead"].with_user(trial.env.user)
        return leads.with_context(**action["context"]).search(action["domain"])


@tagged("post_install", "-at_install")
class TestBacktest(BacktestCase):
    def test_a_number_that_is_none(self):
        """What a client makes up is told in one message."""
        self.create_deals(1, won=True)
        trial = self.try_on()
        for result, key in ((["passed"], None), ("won", None), (None, ["contacted"])):
            with self.assertRaisesRegex(UserError, "There is no such number"):
                trial.action_open_deals(True, result, key)

    def test_what_is_asked_from_a_stage_on_is_not_tried(self):
        """The conversion asked for nothing of it; the dialog says so."""
        self.profile.needs_stage_id = self.budget.stage_id = self.won_stage
        deal = self.create_deals(1, won=True)
        self.log(deal, answers=self.get_answers(None), needs=[])
        results = self.get_results(deal)
        self.assertNotIn("blocked", results.values())
        self.assertEqual(results["needs_known"], "not_applicable")
        self.assertTrue(self.try_on().is_by_stage)
        self.profile.needs_stage_id = self.budget.stage_id = False
        self.assertEqual(self.get_results(deal)["needs_known"], "blocked")
        self.assertFalse(self.try_on().is_by_stage)

    def test_generated_history(self):
        """Hundreds of deals: each number, by check and in all, and its list."""
        rng = random.Random(66)
        deals = self.create_deals(60, won=True) | self.create_deals(90, won=False)
        expected = Counter()
        lists = {}
        for deal in deals:
            failed = {key for key in FAULTS if rng.random() < 0.2}
            unknown = set()
            is_logged = rng.random() < 0.8
            if is_logged:
                budget = rng.choice(["yes", "yes", "no", ""])
                changes = {}
                for key in failed:
                    changes |= FAULTS[key]
                if budget != "yes":
                    failed.add("criteria_met")
                self.log(deal, answers=self.get_answers(budget), **changes)
            else:
                failed = {"contacted"}
                unknown = set(CHECKS) - failed
            outcome = "blocked" if failed else "passed"
            is_won = deal.won_status == "won"
            results = {
                key: "blocked"
                if key in failed
                else "unknown"
                if key in unknown
                else "passed"
                for key in CHECKS
            }
            for key, result in (results | {None: outcome}).items():
                expected[is_won, key, result] += 1
                lists.setdefault((is_won, key, result), set()).add(deal.id)
        trial = self.try_on()
        rows = {row["key"]: row for row in trial.result["checks"]}
        rows[None] = trial.result["totals"]
        self.assertEqual(set(rows), {*CHECKS, None})
        for is_won, name in ((True, "won"), (False, "lost")):
            for key, row in rows.items():
                for result in RESULTS:
                    cell = (is_won, key, result)
                    self.assertEqual(row[name][result], expected[cell], cell)
                    opened = self.open_deals(trial, is_won, result, key)
                    self.assertEqual(set(opened.ids), lists.get(cell, set()), cell)
            self.assertEqual(
                self.open_deals(trial, is_won),
                deals.filtered(lambda d, won=is_won: (d.won_status == "won") == won),
            )
        self.assertEqual(
            trial.summary,
            f"This profile would have blocked {expected[True, None, 'blocked']} of 60 "
            f"won and {expected[False, None, 'blocked']} of 90 lost deals.",
        )

    def test_snapshot_is_judged_by_the_profile_as_it_is_now(self):
        deal = self.create_deals(1, won=True)
        self.log(deal, answers=self.get_answers("yes", "Medium"))
        self.assertEqual(set(self.get_results(deal).values()), {"passed"})
        self.profile.needs_required = 2
        self.assertEqual(self.get_results(deal)["needs_known"], "blocked")
        self.profile.write({"needs_required": 0, "score_min": 90})
        results = self.get_results(deal)
        self.assertEqual(results["needs_known"], "not_applicable")
        self.assertEqual(results["criteria_met"], "blocked")
        # what was answered stays, what it is worth is today's rule
        self.size.choice_ids.filtered(lambda c: c.name == "Medium").points = 100
        self.assertEqual(self.get_results(deal)["criteria_met"], "passed")
        self.budget.expected = "no"
        self.assertEqual(self.get_results(deal)["criteria_met"], "blocked")
        self.budget.is_disqualifying = True
        self.assertEqual(self.get_results(deal)["not_disqualified"], "blocked")

    def test_in_every_enforcement(self):
        deal = self.create_deals(1, won=False)
        self.log(deal, **FAULTS["needs_known"])
        for enforcement in ("off", "advise", "enforce"):
            self.profile.enforcement = enforcement
            self.assertEqual(self.get_results(deal)["needs_known"], "blocked")

    def test_old_snapshots(self):
        """They call the proof ``message``, and may lack what came later."""
        deal = self.create_deals(1, won=True)
        contact = GOOD["contact"] | {"message": 5}
        del contact["proof"]
        facts = GOOD | {"answers": self.get_answers(), "contact": contact}
        del facts["commitments"]
        self.log(deal, facts=facts | {"weather": "fine"})
        results = self.get_results(deal)
        self.assertEqual(results["contacted"], "passed")
        self.assertEqual(results["committed"], "unknown")
        self.assertEqual(self.try_on().result["totals"]["won"]["unknown"], 1)

    def test_real_snapshots_are_read(self):
        """What the gate itself has logged comes back as the facts that it saw."""
        person = self.env["res.partner"].create({"name": "Ann"})
        lead = self.create_qualified_lead(partner_id=person.id)
        lead.save_qualification_answer(self.budget.id, "yes")
        facts = lead._collect_facts()[lead.id]
        lead.convert_opportunity(lead.partner_id)
        lead.action_set_won()
        profiles = self.env["crm.qualification.profile"]
        ((found, snapshot),) = profiles._get_snapshots(lead).items()
        past = read_snapshot(snapshot)
        self.assertEqual(found, lead)
        moments = ("date", "two_way_date", "heard_date")
        contact = facts.contact._replace(
            **{n: getattr(facts.contact, n).replace(microsecond=0) for n in moments},
        )
        self.assertEqual(past.facts, replace(facts, contact=contact))
        self.assertFalse(past.missing)
        self.assertIsInstance(past.facts, Facts)
        trial = self.env["crm.qualification.backtest"].with_user(self.manager)
        trial = trial.create({"profile_id": self.profile.id})
        self.assertEqual(trial.result["totals"]["won"]["passed"], 1)

    def test_criteria_that_were_added_since_are_unknown(self):
        deal = self.create_deals(1, won=True)
        self.log(deal)
        self.profile.criterion_ids = [(0, 0, {"name": "New?", "requirement": "met"})]
        results = self.get_results(deal)
        self.assertEqual(results["criteria_met"], "unknown")
        self.assertEqual(results["not_disqualified"], "passed")
        new = self.profile.criterion_ids[-1]
        new.is_disqualifying = True
        self.assertEqual(self.get_results(deal)["not_disqualified"], "unknown")
        # another answer fails anyway
        self.log(deal, answers=self.get_answers("no"))
        self.assertEqual(self.get_results(deal)["criteria_met"], "blocked")
        # and where it can't matter, it doesn't
        new.write({"requirement": "none", "is_disqualifying": False})
        self.log(deal)
        self.assertEqual(self.get_results(deal)["criteria_met"], "passed")

    def test_choices_that_are_gone_keep_what_they_were_worth(self):
        deal = self.create_deals(1, won=True)
        self.log(deal, answers=self.get_answers("yes", "Medium"))
        self.profile.score_min = 80
        self.assertEqual(self.get_results(deal)["criteria_met"], "passed")
        self.size.choice_ids.filtered(lambda c: c.name == "Medium").name = "Middling"
        self.assertEqual(self.get_results(deal)["criteria_met"], "passed")

    def test_the_decision_that_let_it_in_counts(self):
        deal = self.create_deals(1, won=False)
        self.log(deal, outcome="refused", **FAULTS["reachable"])
        self.log(deal, outcome="flagged", path="create", **FAULTS["needs_known"])
        self.log(deal, outcome="settled", path="facts")
        self.log(deal, outcome="flagged", path="won")
        self.log(deal, outcome="flagged", path="restore", **FAULTS["committed"])
        results = self.get_results(deal)
        blocked = [key for key, result in results.items() if result == "blocked"]
        self.assertEqual(blocked, ["needs_known"])

    def test_before_the_log_only_the_contact_is_known(self):
        """Messages and meetings before the day of the conversion, nothing younger."""
        talked, late, silent = deals = self.create_deals(3, won=True)
        self.date_deals(deals, "2026-03-10", "2026-02-01 12:00:00")
        talked._log_contact("We talked", "reached", date=datetime(2026, 1, 31, 23))
        late._log_contact("We talked", "reached", date=datetime(2026, 2, 1, 8))
        self.env.flush_all()
        found = {deal: self.get_results(deal)["contacted"] for deal in deals}
        self.assertEqual(found, {talked: "passed", late: "blocked", silent: "blocked"})
        results = self.get_results(talked)
        self.assertEqual(
            [key for key in CHECKS if results[key] == "unknown"],
            [key for key in CHECKS if key not in ("contacted", "not_disqualified")]
            + ["not_disqualified"],
        )
        trial = self.try_on()
        self.assertEqual(
            trial.summary,
            "This profile would have blocked 2 of 3 won and 0 of 0 lost deals; of 1 "
            "too little is known to tell.",
        )

    def test_of_imported_deals_the_answers_are_known(self):
        """They were closed before they came in; what is not answered is unknown."""
        told, untold = deals = self.create_deals(2, won=True)
        self.log(told, path="create", answers=[])
        self.env.cr.execute(
            "UPDATE crm_lead SET create_date = '2026-04-01' WHERE id = ANY(%s)",
            [deals.ids],
        )
        deals.invalidate_recordset()
        for criterion, value in ((self.budget, "no"), (self.size, "Competitor")):
            self.env["crm.qualification.answer"].create(
                {"criterion_id": criterion.id, "lead_id": told.id, "value": value}
            )
        found = self.get_results(told)
        self.assertEqual(found["criteria_met"], "blocked")
        self.assertEqual(found["not_disqualified"], "blocked")
        self.assertEqual(self.get_results(untold)["criteria_met"], "unknown")

    def test_deals_that_were_lost_when_they_came_in(self):
        """Odoo notes no closing day of them; it does of those that were won then."""
        lost = {"active": False, "probability": 0}
        values = [{"name": "Old", "type": "opportunity", **lost} for _deal in range(2)]
        deals = self.env["crm.lead"].create(values)
        self.assertEqual(deals.mapped("won_status"), ["lost"] * 2)
        self.assertFalse(any(deals.mapped("date_closed")))
        won = self.create_deals(1, won=True, closed=fields.Datetime.now())
        today = fields.Date.today()
        found = self.profile._backtest(today, today)
        ids = {lead_id: is_won for lead_id, is_won, _results in found["deals"]}
        self.assertEqual(ids, dict.fromkeys(deals.ids, False) | {won.id: True})
        # the newest ones count, whatever their day is called
        self.date_deals(won, "2026-03-10", "2026-02-01 12:00:00")
        newest = self.profile._backtest("2020-01-01", today, most=2)
        self.assertEqual({deal[0] for deal in newest["deals"]}, {*deals.ids})

    def test_past_contact_is_what_the_present_one_was(self):
        """On the day itself: the same SQL, up to a day."""
        deal = self.create_deals(1, won=True, email_from="ann@customer.example")
        deal._log_contact("No answer", "no_answer", date=datetime(2026, 1, 5, 9))
        evidence = self.env["crm.contact.evidence"]
        self.assertEqual(evidence._get_past_contact(deal), evidence._get_contact(deal))
        deal._log_contact("We talked", "reached", date=datetime(2026, 2, 5, 9))
        self.assertEqual(evidence._get_past_contact(deal)[deal.id].state, "outbound")
        self.assertEqual(evidence._get_contact(deal)[deal.id].state, "two_way")

    def test_which_deals(self):
        """Closed opportunities of the period that this profile would take."""
        inside = self.create_deals(2, won=True) | self.create_deals(1, won=False)
        first = self.create_deals(1, won=True, closed="2026-01-01 00:00:00")
        last = self.create_deals(1, won=True, closed="2026-12-31 23:59:59")
        self.create_deals(1, won=True, closed="2025-12-31 23:59:59")
        self.create_deals(1, won=True, closed="2027-01-01 00:00:00")
        self.create_deals(1, won=False, type="lead")
        self.create_lead(type="opportunity")
        found = {lead_id for lead_id, *_rest in self.try_on().history["deals"]}
        self.assertEqual(found, set((inside | first | last).ids))
        # a profile above it takes some of them
        other = self.profile.copy(
            {
                "state": "published",
                "sequence": 0,
                "lead_domain": "[('won_status', '=', 'lost')]",
            }
        )
        found = {lead_id for lead_id, *_rest in self.try_on().history["deals"]}
        lost = inside.filtered(lambda deal: deal.won_status == "lost")
        self.assertEqual(found, set((inside | first | last - lost).ids) - set(lost.ids))
        # and a manager gave one of them to it by hand
        first.with_user(self.manager).qualification_profile_id = other
        lost.with_user(self.manager).qualification_profile_id = self.profile
        found = {lead_id for lead_id, *_rest in self.try_on().history["deals"]}
        self.assertEqual(found, set((inside | last).ids))

    def test_profile_that_is_not_used_yet(self):
        """An archived one can be tried before it takes over."""
        deals = self.create_deals(2, won=True)
        self.profile.active = False
        found = {lead_id for lead_id, *_rest in self.try_on().history["deals"]}
        self.assertEqual(found, set(deals.ids))

    def test_long_histories_are_cut(self):
        old = self.create_deals(2, won=True, closed="2026-02-10")
        new = self.create_deals(3, won=False, closed="2026-03-10")
        with patch(f"{CALCULATION}.MOST_DEALS", 3):
            trial = self.try_on()
            self.assertTrue(trial.result["is_cut"])
            self.assertEqual(self.open_deals(trial, False), new)
            self.assertFalse(self.open_deals(trial, True))
        with patch(f"{CALCULATION}.MOST_DEALS", 5):
            trial = self.try_on()
            self.assertFalse(trial.result["is_cut"])
            self.assertEqual(self.open_deals(trial, True), old)

    def test_batches_change_nothing(self):
        deals = self.create_deals(7, won=True)
        for deal in deals[:4]:
            self.log(deal, **FAULTS["committed"])
        whole = self.try_on().history
        with patch(f"{CALCULATION}.BATCH", 2):
            self.assertEqual(self.try_on().history, whole)

    def test_periods(self):
        self.create_deals(1, won=True)
        trial = self.try_on(date_to="2026-02-01")
        self.assertEqual(
            trial.summary,
            "No opportunity of this profile was won or lost in this period.",
        )
        trial.date_to = "2026-12-31"
        self.assertEqual(trial.result["totals"]["won"]["blocked"], 1)
        with self.assertRaises(ValidationError):
            self.try_on(date_from="2026-12-31", date_to="2026-01-01")
        new = self.env["crm.qualification.backtest"].new(
            {"profile_id": self.profile.id, "date_from": False}
        )
        self.assertFalse(new.result["totals"]["won"]["blocked"])
        year = self.env["crm.qualification.backtest"].create(
            {"profile_id": self.profile.id}
        )
        today = fields.Date.today()
        self.assertEqual(year.date_to, today)
        self.assertEqual(year.date_from, fields.Date.subtract(today, years=1))

    def test_a_filter_that_cannot_be_searched(self):
        self.profile.lead_domain = "[('duplicate_lead_count', '>', 0)]"
        trial = self.try_on()
        with self.assertRaisesRegex(UserError, "Strict"):
            trial.read(["summary"])

    def test_checks_of_other_addons(self):
        """Of their facts nothing is known where none were kept."""

        def check_weather(facts, policy):
            fine = facts.extra.get("weather") == "fine"
            state = gate.PASSED if fine else gate.FAILED
            return gate.Check("weather", state, "The weather.")

        logged, unlogged = self.create_deals(2, won=True)
        self.log(logged, extra={"weather": "fine"})
        profiles = type(self.env["crm.qualification.profile"])
        self.patch(
            profiles, "_get_gate_checks", lambda self: (*gate.CHECKS, check_weather)
        )
        self.assertEqual(self.get_results(logged)["weather"], "passed")
        self.assertEqual(self.get_results(unlogged)["weather"], "unknown")
        names = [row["name"] for row in self.try_on().result["checks"]]
        self.assertEqual(names[-1], "weather")

    @mute_logger("odoo.addons.base.models.ir_model", "odoo.addons.base.models.ir_rule")
    def test_access(self):
        self.create_deals(1, won=True)
        for user in (self.rep, self.rep_all, self.approver, self.clerk):
            with self.assertRaises(AccessError):
                self.try_on(user)
            with self.assertRaises(AccessError):
                self.profile.with_user(user).action_try_on_history()
        trial = self.try_on()
        other = new_test_user(self.env, "other_manager", groups=SALES_MANAGER)
        with self.assertRaises(AccessError):
            trial.with_user(other).read(["summary"])

    def test_companies(self):
        company = self.env["res.company"].create({"name": "Other"})
        ours = self.create_deals(1, won=True, company_id=self.env.company.id)
        self.create_deals(1, won=True, company_id=company.id, user_id=False)
        self.assertEqual(self.open_deals(self.try_on(), True), ours)

    def test_enforce(self):
        action = self.profile.with_user(self.manager).action_try_on_history()
        trial = self.env[action["res_model"]].browse(action["res_id"])
        self.assertEqual(action["target"], "new")
        self.assertEqual(self.profile.enforcement, "advise")
        trial.with_user(self.manager).action_enforce()
        self.assertEqual(self.profile.enforcement, "enforce")

    def test_queries_do_not_grow(self):
        won = self.create_deals(2, won=True)
        self.log(won[0])

        def run():
            profile = self.profile.with_user(self.manager)
            return profile._backtest(date(2026, 1, 1), date(2026, 12, 31))

        # what is kept between requests is not counted
        self.count_queries(run)
        self.count_queries(run)
        few = self.count_queries(run)
        for deal in self.create_deals(50, won=False)[:25]:
            self.log(deal, **FAULTS["committed"])
        self.count_queries(run)
        self.assertEqual(self.count_queries(run), few)
        self.assertEqual(len(run()["deals"]), 52)
