"""Generated deals, for the tests of the reports."""

import random
from collections import defaultdict
from datetime import datetime, timedelta
from statistics import median

from odoo.tests import new_test_user
from odoo.tools import SQL

from ..common import SALES, SALES_MANAGER, QualificationCase

SEED = 19
DEALS = 400
START = datetime(2025, 1, 1, 9, 0)
FUNNEL = "crm.qualification.funnel"
OVERRIDES = "crm.qualification.override"


def get_rate(part, whole):
    return 100 * part / whole if whole else False


def get_median(deals, since, until):
    """Median days between two dates of deals that have both, in this order."""
    days = []
    for deal in deals:
        first, second = deal[since], deal[until]
        if first and second and first <= second:
            days.append((second - first).total_seconds() / 86400)
    return median(days) if days else False


class ReportCase(QualificationCase):
    """Deals of two companies, three teams and four salespeople, at random."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env = cls.env(context=dict(cls.env.context, tz="UTC"))
        cls.env["crm.lead"].with_context(active_test=False).search([]).unlink()
        cls.other = cls.env["res.company"].create({"name": "Other"})
        cls.colleague = new_test_user(cls.env, "colleague", groups=SALES)
        cls.both = new_test_user(
            cls.env,
            "both",
            groups=SALES_MANAGER,
            company_ids=[(6, 0, (cls.env.company | cls.other).ids)],
        )
        cls.teams = cls.env["crm.team"].create(
            [{"name": f"Team {n}", "company_id": False} for n in range(3)]
        )
        cls.sources = cls.env["utm.source"].create(
            [{"name": f"Source {n}"} for n in range(3)]
        )
        cls.profiles = cls.profile | cls.env["crm.qualification.profile"].create(
            {"name": "Lenient", "sequence": 2, "state": "published"}
        )
        cls.profiles.enforcement = "off"
        rng = random.Random(SEED)
        cls.deals = [cls.make_deal(rng) for _number in range(DEALS)]
        leads = cls.env["crm.lead"].create(
            [{"name": f"Deal {number}"} for number in range(DEALS)]
        )
        cls.env.flush_all()
        for lead, deal in zip(leads, cls.deals, strict=True):
            deal["id"] = lead.id
            cls.store(deal)
        cls.env.invalidate_all()
        # nobody works on what is archived and not closed
        cls.counted = [
            deal
            for deal in cls.deals
            if deal["active"] or deal["won_status"] != "pending"
        ]

    @classmethod
    def make_deal(cls, rng):
        """What the database holds of a lead or opportunity that is made up."""

        def some_days_after(date, share, most):
            if rng.random() > share:
                return None
            return date + timedelta(days=rng.uniform(-1, most))

        created = START + timedelta(days=rng.randrange(300), hours=rng.randrange(9))
        contacted = some_days_after(created, 0.7, 10)
        qualified = some_days_after(contacted or created, 0.5, 20)
        deal_type = rng.choice(("lead", "opportunity"))
        converted = None
        if deal_type == "opportunity":
            converted = some_days_after(qualified or created, 0.7, 5)
        status = rng.choice(("won", "lost", "pending", "pending"))
        closed = None
        if status != "pending":
            closed = created + timedelta(days=rng.uniform(20, 90))
        return {
            "type": deal_type,
            "won_status": status,
            "active": status != "lost" and rng.random() < 0.9,
            "user_id": rng.choice((cls.rep, cls.colleague, cls.rep_all, cls.both)).id
            if rng.random() < 0.9
            else None,
            "team_id": rng.choice(cls.teams).id,
            "source_id": rng.choice((*cls.sources.ids, None)),
            "company_id": rng.choice((cls.env.company.id, cls.other.id, None)),
            "qualification_profile_id": rng.choice((*cls.profiles.ids, None)),
            "create_date": created,
            "contacted_date": contacted,
            "qualified_date": qualified,
            "date_conversion": converted,
            "date_closed": closed,
        }

    @classmethod
    def store(cls, deal):
        """Write it past the ORM, as it is."""
        columns = [name for name in deal if name != "id"]
        cls.env.cr.execute(
            SQL(
                "UPDATE crm_lead SET (%s) = ROW(%s) WHERE id = %s",
                SQL(", ").join(map(SQL.identifier, columns)),
                SQL(", ").join(SQL("%s", deal[name]) for name in columns),
                deal["id"],
            )
        )

    def get_visible(self, deals, user):
        """The deals whose leads Odoo shows to a user, by plain rules."""
        companies = {None, *user.company_ids.ids}
        sees_all = user.has_group("sales_team.group_sale_salesman_all_leads")
        return [
            deal
            for deal in deals
            if deal["company_id"] in companies
            and (sees_all or deal["user_id"] in (None, user.id))
        ]

    def get_report(self, model, user):
        """The report as a user with all companies switched on sees it."""
        return (
            self.env[model]
            .with_user(user)
            .with_context(allowed_company_ids=user.company_ids.ids)
        )

    def assertFigures(self, found, expected, what):
        """Counts are the same, rates and days as good as the same."""
        self.assertEqual(len(found), len(expected))
        for number, (one, other) in enumerate(zip(found, expected, strict=True)):
            if one is False or other is False:
                self.assertIs(one, other, (what, number))
            else:
                self.assertAlmostEqual(one, other, 6, (what, number))

    def assertGroups(self, report, deals, specs, count, groups):
        """Every way to group gives what plain Python counts.

        :param groups: ``{specification: function of a deal}``
        """
        for spec, get_key in groups.items():
            by_key = defaultdict(list)
            for deal in deals:
                by_key[get_key(deal)].append(deal)
            self.assertGreater(len(by_key), 1, spec)
            rows = report.formatted_read_group([], [spec], specs)
            self.assertEqual(len(rows), len(by_key), spec)
            for row in rows:
                key = row[spec]
                key = key[0] if isinstance(key, (tuple, list)) else key or None
                found = [row[name] for name in specs]
                self.assertFigures(found, count(by_key[key]), (spec, key))
