"""The funnel: each number against plain Python on generated deals."""

from collections import defaultdict
from statistics import median

from odoo.exceptions import AccessError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..common import QualificationCase
from .report_case import DEALS, FUNNEL, OVERRIDES, ReportCase, get_median, get_rate

# What is read of the funnel, as the views ask for it.
STEPS = ("lead", "contacted", "qualified", "opportunity", "won", "lost")
PARTS = ("passed", "unqualified", "unjudged")
COUNTS = STEPS + PARTS
RATES = ("contacted", "qualified", "opportunity", "won", "lost")
DAYS = ("contact", "qualify", "convert", "win", "lose")
FUNNEL_SPECS = [
    *(f"{name}_count:sum" for name in COUNTS),
    *(f"{name}_rate:avg" for name in RATES),
    *(f"days_to_{name}:median" for name in DAYS),
]


def count_funnel(deals):
    """The figures of ``FUNNEL_SPECS``, counted one by one."""
    counts = dict.fromkeys(COUNTS, 0)
    for deal in deals:
        won = deal["won_status"] == "won"
        opportunity = deal["type"] == "opportunity" or won
        qualified = deal["qualified_date"] is not None or opportunity
        contacted = deal["contacted_date"] is not None or qualified
        counts["lead"] += 1
        counts["contacted"] += contacted
        counts["qualified"] += qualified
        counts["opportunity"] += opportunity
        counts["passed"] += deal["qualified_date"] is not None
        counts["unqualified"] += opportunity and deal["qualified_date"] is None
        # no decision is made of generated deals
        counts["unjudged"] += opportunity and deal["qualified_date"] is None
        counts["won"] += won
        counts["lost"] += deal["won_status"] == "lost"
    dated = [
        deal
        | {
            "became": (deal["date_conversion"] or deal["create_date"])
            if deal["type"] == "opportunity"
            else None,
            "won": deal["date_closed"] if deal["won_status"] == "won" else None,
            "lost": deal["date_closed"] if deal["won_status"] == "lost" else None,
        }
        for deal in deals
    ]
    return [
        *counts.values(),
        get_rate(counts["contacted"], counts["lead"]),
        get_rate(counts["qualified"], counts["contacted"]),
        get_rate(counts["opportunity"], counts["qualified"]),
        get_rate(counts["won"], counts["opportunity"]),
        get_rate(counts["lost"], counts["lead"]),
        get_median(dated, "create_date", "contacted_date"),
        get_median(dated, "contacted_date", "qualified_date"),
        get_median(dated, "qualified_date", "became"),
        get_median(dated, "became", "won"),
        get_median(dated, "became", "lost"),
    ]


@tagged("post_install", "-at_install")
class TestFunnel(ReportCase):
    GROUPS = {
        "team_id": lambda deal: deal["team_id"],
        "user_id": lambda deal: deal["user_id"],
        "source_id": lambda deal: deal["source_id"],
        "profile_id": lambda deal: deal["qualification_profile_id"],
        "company_id": lambda deal: deal["company_id"],
        "type": lambda deal: deal["type"],
        "won_status": lambda deal: deal["won_status"],
        "created_date:month": lambda deal: f"{deal['create_date']:%Y-%m}-01 00:00:00",
    }

    def test_total(self):
        self.assertLess(len(self.counted), DEALS)
        report = self.get_report(FUNNEL, self.both)
        [row] = report._read_group([], aggregates=FUNNEL_SPECS)
        expected = count_funnel(self.counted)
        self.assertFigures(row, expected, "total")
        self.assertTrue(all(expected), "each figure is told by something")

    def test_groups(self):
        report = self.get_report(FUNNEL, self.both)
        self.assertGroups(report, self.counted, FUNNEL_SPECS, count_funnel, self.GROUPS)

    def test_no_step_has_more_than_the_one_before(self):
        report = self.get_report(FUNNEL, self.both)
        steps = ["lead", "contacted", "qualified", "opportunity", "won"]
        specs = [f"{step}_count:sum" for step in steps]
        for *_group, first, second, third, fourth, fifth in report._read_group(
            [], ["team_id", "source_id", "user_id"], specs
        ):
            self.assertTrue(first >= second >= third >= fourth >= fifth)

    def test_furthest_step_and_origin(self):
        report = self.get_report(FUNNEL, self.both)
        rows = {row.id: row for row in report.search([])}
        self.assertEqual(set(rows), {deal["id"] for deal in self.counted})
        for deal in self.counted:
            row = rows[deal["id"]]
            counts = count_funnel([deal])[: len(COUNTS)]
            reached = dict(zip(COUNTS, counts, strict=True))
            steps = [step for step in STEPS[:-1] if reached[step]]
            self.assertEqual(row.step, steps[-1])
            direct = deal["type"] == "opportunity" and not deal["date_conversion"]
            self.assertEqual(row.origin, "direct" if direct else "lead")
            self.assertEqual(row.lead_id.id, deal["id"])

    def test_pivot_totals_and_subtotals(self):
        """One query for cells, rows, columns and the total: no mean of means."""
        report = self.get_report(FUNNEL, self.both)
        sets = [[], ["team_id"], ["source_id"], ["team_id", "source_id"]]
        found = report.formatted_read_grouping_sets([], sets, FUNNEL_SPECS)
        for spec, rows in zip(sets, found, strict=True):
            by_key = defaultdict(list)
            for deal in self.counted:
                by_key[tuple(deal[name] for name in spec)].append(deal)
            self.assertEqual(len(rows), len(by_key))
            for row in rows:
                key = tuple(row[name][0] if row[name] else None for name in spec)
                figures = [row[name] for name in FUNNEL_SPECS]
                self.assertFigures(figures, count_funnel(by_key[key]), (spec, key))

    def test_rates_are_what_the_rows_say(self):
        """The rate of a group is the average of its rows that have one."""
        for model in (FUNNEL, OVERRIDES):
            report = self.get_report(model, self.both)
            rates = {name: report._rates[name] for name in report._rates}
            self.assertTrue(rates)
            rows = report.search([])
            for name, (part, whole) in rates.items():
                for row in rows:
                    rate = 100 * row[part] if row[whole] else 0
                    self.assertEqual(row[name], rate)
                    self.assertLessEqual(row[part], row[whole])

    def test_steps_in_their_order(self):
        report = self.get_report(FUNNEL, self.both)
        steps = ["lead", "contacted", "qualified", "opportunity", "won"]
        teams = self.teams.ids
        found = [group["step"] for group in report.formatted_read_group([], ["step"])]
        self.assertEqual(found, steps)
        found = report.formatted_read_group([], ["step"], order="step desc")
        self.assertEqual([group["step"] for group in found], steps[::-1])
        sets = [["team_id", "step"], ["step"]]
        by_both, by_step = report._read_grouping_sets([], sets)
        self.assertEqual([step for (step,) in by_step], steps)
        self.assertEqual(
            [(team.id, step) for team, step in by_both],
            [(team, step) for team in sorted(teams) for step in steps],
        )

    def test_list_groups_sorted_by_a_median(self):
        report = self.get_report(FUNNEL, self.both)
        spec = "days_to_contact:median"
        found = report.web_read_group([], ["team_id"], [spec], order=f"{spec} desc")
        days = [group[spec] for group in found["groups"]]
        self.assertEqual(days, sorted(days, reverse=True))
        self.assertEqual(len(days), len(self.teams))

    def test_groups_by_their_median(self):
        report = self.get_report(FUNNEL, self.both)
        by_team = defaultdict(list)
        for deal in self.counted:
            by_team[deal["team_id"]].append(deal)
        days = {
            team: get_median(deals, "create_date", "contacted_date")
            for team, deals in by_team.items()
        }
        limit = median(days.values())
        rows = report._read_group(
            [], ["team_id"], having=[("days_to_contact:median", ">", limit)]
        )
        found = {team.id for (team,) in rows}
        self.assertEqual(found, {team for team, d in days.items() if d > limit})

    def test_views_know_the_aggregator(self):
        fields = self.env[FUNNEL].fields_get(
            ["days_to_win", "won_rate"], ["aggregator"]
        )
        self.assertEqual(fields["days_to_win"]["aggregator"], "median")
        self.assertEqual(fields["won_rate"]["aggregator"], "avg")
        with self.assertRaises(ValueError):
            self.env[FUNNEL]._read_group([], aggregates=["nothing:median"])

    # ------------------------------------------------------------
    # FOR THE HOME PAGE
    # ------------------------------------------------------------

    def assertFunnel(self, report, deals, domain=()):
        funnel = report.get_funnel(list(domain))
        figures = count_funnel(deals)
        counts = dict(zip(COUNTS, figures, strict=False))
        rates = dict(zip(RATES, figures[len(COUNTS) :], strict=False))
        days = figures[-len(DAYS) :]
        steps = [*funnel["steps"], funnel["lost"]]
        self.assertEqual(
            [step["key"] for step in steps],
            ["lead", "contacted", "qualified", "opportunity", "won", "lost"],
        )
        for step, expected in zip(steps, [False, *days], strict=True):
            key = step["key"]
            self.assertEqual(step["count"], counts[key], key)
            rate = rates.get(key, False)
            found = [False if step[x] is None else step[x] for x in ("rate", "days")]
            self.assertFigures(found, [rate, expected], key)
            # what is opened is what was counted
            self.assertEqual(report.search_count(step["domain"]), step["count"])
        self.assertEqual([part["key"] for part in funnel["parts"]], [*PARTS])
        for part in funnel["parts"]:
            self.assertEqual(part["count"], counts[part["key"]], part["key"])
            self.assertEqual(report.search_count(part["domain"]), part["count"])

    def test_get_funnel(self):
        report = self.get_report(FUNNEL, self.both)
        self.assertFunnel(report, self.counted)
        team = self.teams[0]
        deals = [deal for deal in self.counted if deal["team_id"] == team.id]
        self.assertFunnel(report, deals, [("team_id", "=", team.id)])

    def test_get_funnel_of_nothing(self):
        report = self.get_report(FUNNEL, self.both)
        self.assertFunnel(report, [], [("lead_id.name", "=", "Nobody")])

    def test_get_funnel_takes_one_query(self):
        report = self.get_report(FUNNEL, self.rep)
        report.get_funnel()
        self.assertEqual(self.count_queries(report.get_funnel), 1)

    # ------------------------------------------------------------
    # ACCESS
    # ------------------------------------------------------------

    def test_own_figures(self):
        for user in (self.rep, self.colleague, self.rep_all, self.manager, self.both):
            report = self.get_report(FUNNEL, user)
            deals = self.get_visible(self.counted, user)
            self.assertTrue(0 < len(deals) <= len(self.counted))
            self.assertFunnel(report, deals)
            leads = self.env["crm.lead"].with_user(user)
            leads = leads.with_context(active_test=False)
            leads = leads.with_context(allowed_company_ids=user.company_ids.ids)
            seen = leads.search([("id", "in", [d["id"] for d in self.counted])])
            self.assertEqual(set(report.search([]).ids), set(seen.ids))

    def test_of_the_companies_that_are_switched_on(self):
        for company in (self.env.company, self.other):
            report = self.env[FUNNEL].with_user(self.both)
            report = report.with_context(allowed_company_ids=company.ids)
            deals = [d for d in self.counted if d["company_id"] in (None, company.id)]
            self.assertFunnel(report, deals)

    @mute_logger("odoo.addons.base.models.ir_model")
    def test_nobody_writes_and_nobody_else_reads(self):
        for model in (FUNNEL, OVERRIDES):
            for user in (self.rep, self.rep_all, self.approver, self.manager):
                rows = self.env[model].with_user(user)
                self.assertTrue(rows.has_access("read"))
                for operation in ("write", "create", "unlink"):
                    self.assertFalse(rows.has_access(operation))
            self.assertFalse(self.env[model].with_user(self.clerk).has_access("read"))
        with self.assertRaises(AccessError):
            self.env[FUNNEL].with_user(self.clerk).get_funnel()


@tagged("post_install", "-at_install")
class TestFunnelLive(QualificationCase):
    """What the report says of leads that people work on."""

    def get_row(self, lead):
        self.env[FUNNEL].invalidate_model()
        return self.env[FUNNEL].search([("lead_id", "=", lead.id)])

    def assertAt(self, lead, step, won_status):
        row = self.get_row(lead)
        self.assertEqual((row.step, row.won_status), (step, won_status))

    def test_one_lead_on_its_way(self):
        lead = self.create_lead()
        self.assertAt(lead, "lead", "pending")
        lead._log_contact("We talked", "reached")
        self.assertAt(lead, "contacted", "pending")
        self.add_facts(lead)
        self.assertAt(lead, "qualified", "pending")
        lead.convert_opportunity(lead.partner_id)
        self.assertAt(lead, "opportunity", "pending")
        lead.action_set_lost()
        self.assertAt(lead, "opportunity", "lost")
        lead.action_unarchive()
        lead.action_set_won()
        self.assertAt(lead, "won", "won")
        row = self.get_row(lead)
        self.assertEqual(row.origin, "lead")
        self.assertEqual(row.days_to_convert, 0)
        self.assertFalse(row.unqualified_count)

    def test_without_qualification(self):
        flagged = self.create_lead(type="opportunity")
        row = self.get_row(flagged)
        self.assertEqual((row.step, row.origin), ("opportunity", "direct"))
        self.assertEqual((row.passed_count, row.unqualified_count), (0, 1))
        self.assertEqual(row.unjudged_count, 0, "it was judged, and flagged")
        self.assertEqual(row.qualified_count, 1, "it is further on")
        self.profile.enforcement = "off"
        row = self.get_row(self.create_lead("Unasked", type="opportunity"))
        self.assertEqual((row.unqualified_count, row.unjudged_count), (1, 1))
        self.assertEqual(row.opportunity_date, flagged.create_date)

    def test_archived_leads_count_when_they_are_lost(self):
        lead = self.create_lead()
        lead.with_context(active_test=False).write({"active": False, "probability": 20})
        self.assertEqual(lead.won_status, "pending")
        self.assertFalse(self.get_row(lead))
        lead.action_set_lost()
        self.assertEqual(self.get_row(lead).lost_count, 1)

    def test_a_row_opens_its_lead(self):
        lead = self.create_lead()
        action = self.get_row(lead).with_user(self.rep).action_open_lead()
        self.assertEqual((action["res_model"], action["res_id"]), ("crm.lead", lead.id))

    def test_stages(self):
        """Who came to a stage ready, who did not, and what became of them."""
        stages = [self.env.ref(f"crm.stage_lead{number}") for number in range(1, 5)]
        self.budget.write({"requirement": "met", "stage_id": stages[2].id})
        self.size.write({"requirement": "met", "stage_id": stages[3].id})
        deals = [self.create_qualified_lead(f"Deal {number}") for number in range(4)]
        for deal in deals:
            deal.convert_opportunity(deal.partner_id)
            deal.stage_id = stages[0]
        ready, refused, won, _new = deals
        refused.with_context(cron_id=1).stage_id = stages[2]
        for deal in (ready, won):
            deal.save_qualification_answer(self.budget.id, "yes")
            deal.stage_id = stages[2]
        won.with_context(cron_id=1).stage_id = stages[3]
        won.save_qualification_answer(self.size.id, "Large")
        won.stage_id = stages[3]
        self.env.flush_all()
        funnel = self.env[FUNNEL].with_user(self.rep)
        self.env[FUNNEL].invalidate_model()

        def group(name):
            mine = [("lead_id", "in", [deal.id for deal in deals])]
            rows = funnel._read_group(
                mine, [name], ["lead_count:sum", "won_count:sum", "won_rate:avg"]
            )
            return {stage: figures for stage, *figures in rows}

        none = self.env["crm.stage"]
        self.assertEqual(
            group("ready_stage_ids"),
            {stages[2]: [2, 1, 50], stages[3]: [1, 1, 100], none: [2, 0, 0]},
        )
        self.assertEqual(
            group("unready_stage_ids"),
            {stages[2]: [1, 0, 0], stages[3]: [1, 1, 100], none: [2, 0, 0]},
        )
        found = funnel.search([("unready_stage_ids", "!=", False)])
        self.assertEqual(found.lead_id, refused | won)
        self.assertEqual(self.get_row(won).ready_stage_ids, stages[2] | stages[3])
