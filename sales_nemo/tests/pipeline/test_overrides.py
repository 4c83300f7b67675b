"""Overrides: each number against plain Python on generated deals."""

import random
from collections import defaultdict
from datetime import timedelta

from odoo.tests import tagged

from ..common import QualificationCase
from .report_case import OVERRIDES, SEED, ReportCase, get_median, get_rate
from .test_lift import get_bounds

OUTCOMES = ("passed", "overridden", "flagged", "settled", "advised")
REASONS = ("Known customer", "The boss said so", "Trial is running", " ", None)
OVERRIDE_SPECS = [
    "opportunity_count:sum",
    "won_count:sum",
    "lost_count:sum",
    "pending_count:sum",
    "closed_count:sum",
    "won_rate:avg",
    "won_low:avg",
    "won_high:avg",
    "days_to_close:median",
]


def count_overrides(deals):
    """The figures of ``OVERRIDE_SPECS``, counted one by one."""
    statuses = [deal["won_status"] for deal in deals]
    won, lost = statuses.count("won"), statuses.count("lost")
    closed = [deal for deal in deals if deal["won_status"] != "pending"]
    return [
        len(deals),
        won,
        lost,
        statuses.count("pending"),
        won + lost,
        get_rate(won, won + lost),
        *(
            [100 * bound for bound in get_bounds(won, won + lost)]
            if closed
            else [False, False]
        ),
        get_median(closed, "decision_date", "date_closed"),
    ]


@tagged("post_install", "-at_install")
class TestOverrides(ReportCase):
    GROUPS = {
        "outcome": lambda deal: deal["outcome"],
        "approver_id": lambda deal: deal["approver_id"],
        "reason": lambda deal: (deal["reason"] or "").strip() or None,
        "commitment": lambda deal: deal["commitment"],
        "team_id": lambda deal: deal["team_id"],
        "user_id": lambda deal: deal["user_id"],
        "profile_id": lambda deal: deal["qualification_profile_id"],
    }

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        rng = random.Random(SEED + 1)
        decided = [d for d in cls.deals if rng.random() < 0.8]
        for deal in decided:
            deal["outcome"] = outcome = rng.choice(OUTCOMES)
            overridden = outcome == "overridden"
            user = rng.choice((cls.approver, cls.manager)) if overridden else cls.rep
            deal["approver_id"] = user.id if overridden else None
            deal["reason"] = rng.choice(REASONS) if overridden else None
            deal["decision_date"] = deal["create_date"] + timedelta(
                days=rng.uniform(0, 40)
            )
            deal["decider"] = user.id
        promised = []
        for number, deal in enumerate(cls.deals):
            deal["commitment"] = ("kept", "broken", "none")[number % 3]
            state = ("kept", "broken", "open")[number % 3]
            promised.append({"lead_id": deal["id"], "name": "Demo", "state": state})
            if state == "broken":
                promised.append(promised[-1] | {"state": "kept"})
        cls.env["crm.lead.commitment"].create(promised)
        decisions = (
            cls.env["crm.qualification.decision"]
            .sudo()
            .create(
                [
                    {
                        "lead_id": deal["id"],
                        "company_id": deal["company_id"],
                        "date": deal["decision_date"].replace(microsecond=0),
                        "user_id": deal["decider"],
                        "path": "convert",
                        "outcome": deal["outcome"],
                        "reason": deal["reason"],
                    }
                    for deal in decided
                ]
            )
        )
        for deal, decision in zip(decided, decisions, strict=True):
            deal["decision_date"] = decision.date
            cls.env.cr.execute(
                "UPDATE crm_lead SET qualification_decision_id = %s WHERE id = %s",
                (decision.id, deal["id"]),
            )
        cls.env.invalidate_all()
        cls.counted = [
            deal
            for deal in cls.counted
            if deal["type"] == "opportunity" and "outcome" in deal
        ]

    def test_total(self):
        report = self.get_report(OVERRIDES, self.both)
        [row] = report._read_group([], aggregates=OVERRIDE_SPECS)
        expected = count_overrides(self.counted)
        self.assertFigures(row, expected, "total")
        self.assertTrue(all(expected), "each figure is told by something")

    def test_groups(self):
        report = self.get_report(OVERRIDES, self.both)
        self.assertGroups(
            report, self.counted, OVERRIDE_SPECS, count_overrides, self.GROUPS
        )

    def test_by_approver_and_reason(self):
        report = self.get_report(OVERRIDES, self.both)
        by_key = defaultdict(list)
        for deal in self.counted:
            if deal["outcome"] == "overridden":
                by_key[deal["approver_id"], (deal["reason"] or "").strip()].append(deal)
        rows = report._read_group(
            [("outcome", "=", "overridden")], ["approver_id", "reason"], OVERRIDE_SPECS
        )
        self.assertEqual(len(rows), len(by_key))
        for approver, reason, *figures in rows:
            key = (approver.id, reason or "")
            self.assertFigures(figures, count_overrides(by_key[key]), key)

    def test_own_figures(self):
        for user in (self.rep, self.colleague, self.rep_all, self.manager, self.both):
            report = self.get_report(OVERRIDES, user)
            deals = self.get_visible(self.counted, user)
            self.assertTrue(0 < len(deals) <= len(self.counted))
            [row] = report._read_group([], aggregates=OVERRIDE_SPECS)
            self.assertFigures(row, count_overrides(deals), user.login)

    def test_decisions_of_another_company(self):
        """Who may not read a decision doesn't see its reason here, either."""
        [deal, *_others] = (d for d in self.counted if d["company_id"] == self.other.id)
        self.env["crm.lead"].browse(deal["id"]).company_id = self.env.company
        lead = self.env["crm.lead"].with_user(self.manager).browse(deal["id"])
        self.assertTrue(lead.has_access("read"))
        domain = [("lead_id", "=", deal["id"])]
        for user, seen in ((self.manager, 0), (self.both, 1)):
            report = self.get_report(OVERRIDES, user)
            self.assertEqual(report.search_count(domain), seen)
            if seen:
                decision = report.search(domain).decision_id
                self.assertTrue(decision.has_access("read"))


@tagged("post_install", "-at_install")
class TestOverridesLive(QualificationCase):
    """Which decision counts, when there were several."""

    def get_row(self, lead):
        self.env[OVERRIDES].invalidate_model()
        return self.env[OVERRIDES].search([("lead_id", "=", lead.id)])

    def override(self, lead, reason="Trust me"):
        lead = lead.with_user(self.approver)
        lead._decide_entry("wizard", override_reason=reason)
        lead.type = "opportunity"
        return self.get_row(lead)

    def test_overridden(self):
        lead = self.create_lead(user=self.approver)
        self.assertFalse(self.get_row(lead))
        row = self.override(lead)
        self.assertEqual(row.outcome, "overridden")
        self.assertEqual(row.approver_id, self.approver)
        self.assertEqual(row.reason, "Trust me")
        self.assertEqual((row.pending_count, row.won_count), (1, 0))

    def test_flagged_then_settled(self):
        opportunity = self.create_lead(type="opportunity")
        self.assertEqual(self.get_row(opportunity).outcome, "flagged")
        self.add_facts(opportunity)
        row = self.get_row(opportunity)
        self.assertEqual(row.outcome, "settled")
        self.assertFalse(row.approver_id)
        self.assertEqual(len(opportunity.sudo().qualification_decision_ids), 2)

    def test_won_while_flagged(self):
        opportunity = self.create_lead(type="opportunity")
        opportunity.action_set_won()
        row = self.get_row(opportunity)
        self.assertEqual((row.outcome, row.won_status), ("flagged", "won"))
        self.assertEqual(row.won_rate, 100)

    def test_lost_and_restored(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(lead.partner_id)
        self.assertEqual(self.get_row(lead).outcome, "passed")
        lead.action_set_lost()
        self.assertEqual(self.get_row(lead).lost_count, 1)
        lead.qualification_need_ids.state = "suspected"
        lead.action_unarchive()
        row = self.get_row(lead)
        self.assertEqual((row.outcome, row.won_status), ("flagged", "pending"))

    def test_converted_twice(self):
        lead = self.create_lead(user=self.approver)
        self.override(lead, "First try")
        lead.sudo().type = "lead"
        self.assertFalse(self.get_row(lead))
        row = self.override(lead, "Second try")
        self.assertEqual(row.reason, "Second try")
        self.assertEqual(len(lead.sudo().qualification_decision_ids), 2)


@tagged("post_install", "-at_install")
class TestHistory(QualificationCase):
    """Deals that were over before they came here, as an import brings them."""

    def create_deal(self, **values):
        return self.env["crm.lead"].create(
            {"name": "Deal", "type": "opportunity", "user_id": self.rep.id, **values}
        )

    def assertOutcome(self, deal, outcome):
        self.env.flush_all()
        report = self.env[OVERRIDES].with_user(self.manager)
        self.assertEqual(report.search([("lead_id", "=", deal.id)]).outcome, outcome)

    def test_what_comes_in_closed_is_not_flagged(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        for enforcement in ("enforce", "advise"):
            self.profile.enforcement = enforcement
            for closed in (
                {"active": False, "probability": 0},
                {"stage_id": won.id},
            ):
                with self.subTest(enforcement=enforcement, closed=closed):
                    self.assertOutcome(self.create_deal(**closed), "past")

    def test_what_is_closed_here_stays_flagged(self):
        deal = self.create_deal()
        deal.action_set_lost()
        self.assertOutcome(deal, "flagged")

    def test_what_is_opened_again_is_flagged(self):
        won = self.env["crm.stage"].search([("is_won", "=", True)], limit=1)
        deal = self.create_deal(stage_id=won.id)
        deal.stage_id = self.env["crm.stage"].search([("is_won", "=", False)], limit=1)
        self.assertOutcome(deal, "flagged")
