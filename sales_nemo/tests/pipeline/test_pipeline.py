"""The pipeline views: who is on them, and what a dropped card does."""

import random
from ast import literal_eval
from datetime import date, datetime, timedelta

from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tests import Form, new_test_user, tagged

from ..common import SALES_MANAGER, QualificationCase

ACTIONS = {
    name: f"sales_nemo.crm_lead_action_{name}" for name in ("board", "won", "lost")
}


class PipelineCase(QualificationCase):
    """Many leads and opportunities at all ends that there are, of a fixed seed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.profile.enforcement = "off"
        cls.env["crm.lead"].search([]).unlink()
        cls.company = cls.env["res.company"].create({"name": "Other sea"})
        cls.manager.company_ids |= cls.company
        cls.stranger = new_test_user(
            cls.env,
            "stranger",
            groups=SALES_MANAGER,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.reasons = cls.env["crm.lost.reason"].create(
            [{"name": "Too dear"}, {"name": "Too slow"}]
        )
        cls.leads = cls.env["crm.lead"]
        cls.rows = cls.create_pipeline(random.Random(6))

    @classmethod
    def create_pipeline(cls, chance):
        """Leads at random ends.

        :return: ``[(lead, {"type", "end", "user", "company", "revenue"})]``
        """
        rows = []
        for number in range(60):
            company = chance.choice([cls.env.company, cls.env.company, cls.company])
            user = chance.choice([cls.rep, cls.rep_all, cls.env["res.users"]])
            if company == cls.company:
                user = chance.choice([cls.stranger, cls.env["res.users"]])
            row = {
                "type": chance.choice(["lead", "opportunity"]),
                "end": chance.choice(["", "won", "lost", "archived", "won archived"]),
                "user": user,
                "company": company,
                "revenue": chance.randrange(100, 900),
            }
            lead = cls.leads.create(
                {
                    "name": f"Lead {number}",
                    "type": row["type"],
                    "user_id": user.id,
                    "company_id": company.id,
                    "team_id": False,
                    "expected_revenue": row["revenue"],
                    "probability": 20,
                    "date_deadline": date(2026, 1, 1) + timedelta(days=number),
                }
            )
            if "won" in row["end"]:
                lead.action_set_won()
            if row["end"] == "lost":
                lead.action_set_lost(lost_reason_id=chance.choice(cls.reasons).id)
            if "archived" in row["end"]:
                lead.active = False
            rows.append((lead, row))
        cls.env.flush_all()
        return rows

    def get_expected(self, user, companies, keep):
        """Ids of the leads that a user should see, computed without the ORM's rules."""
        own_only = not user.has_group("sales_team.group_sale_salesman_all_leads")
        return {
            lead.id
            for lead, row in self.rows
            if row["company"] in companies
            and (not own_only or row["user"] in (user, self.env["res.users"]))
            and keep(row)
        }

    def open(self, name, user, companies=None):
        """Leads as a user, in the action's context, and the action's domain."""
        action = self.env["ir.actions.act_window"]._for_xml_id(ACTIONS[name])
        context = literal_eval(action["context"])
        companies = companies or user.company_id
        leads = self.leads.with_user(user).with_context(
            **context, allowed_company_ids=companies.ids
        )
        return leads, Domain(literal_eval(action["domain"]))

    def get_viewers(self):
        """Who looks, and with which companies selected."""
        main = self.env.company
        return [
            (self.rep, main),
            (self.rep_all, main),
            (self.manager, main),
            (self.manager, main | self.company),
            (self.stranger, self.company),
        ]


@tagged("post_install", "-at_install")
class TestPipeline(PipelineCase):
    def test_who_is_shown(self):
        kept = {
            "won": lambda row: "won" in row["end"],
            "lost": lambda row: row["end"] == "lost",
            "board": lambda row: row["end"] != "archived",
        }
        for user, companies in self.get_viewers():
            for name, keep in kept.items():
                with self.subTest(user=user.login, companies=companies, view=name):
                    leads, domain = self.open(name, user, companies)
                    expected = self.get_expected(user, companies, keep)
                    self.assertTrue(expected)
                    self.assertEqual(set(leads.search(domain).ids), expected)

    def test_columns_and_sums(self):
        """Each column has its records and their revenue, as the kanban view asks."""
        leads, domain = self.open("board", self.manager)
        found = leads.with_context(read_group_expand=True).web_read_group(
            domain, ["won_status"], ["expected_revenue:sum"]
        )["groups"]
        names = [group["won_status"] for group in found]
        self.assertEqual(names, ["pending", "won", "lost"])
        for group in found:
            status = group["won_status"]
            ids = self.get_expected(
                self.manager,
                self.env.company,
                lambda row, status=status: (
                    (row["end"] or "pending").split()[0] == status
                ),
            )
            revenue = sum(row["revenue"] for lead, row in self.rows if lead.id in ids)
            self.assertEqual(group["__count"], len(ids))
            self.assertEqual(group["expected_revenue:sum"], revenue)

    def test_empty_columns(self):
        leads, domain = self.open("board", self.manager)
        found = leads.with_context(read_group_expand=True).web_read_group(
            domain & Domain("id", "=", 0), ["won_status"], ["__count"]
        )["groups"]
        self.assertEqual([group["__count"] for group in found], [0, 0, 0])

    def test_views_and_filters(self):
        """Each view opens for a salesperson, each filter and grouping can be used."""
        for name, xmlid in ACTIONS.items():
            action = self.env["ir.actions.act_window"]._for_xml_id(xmlid)
            leads, domain = self.open(name, self.rep)
            views = [*action["views"], (action["search_view_id"][0], "search")]
            views = leads.get_views(views)["views"]
            self.assertEqual(
                list(views),
                ["kanban", "list", "graph", "pivot", "calendar", "form", "search"],
            )
        search = self.env.ref("sales_nemo.crm_lead_view_search_pipeline")
        filters = search._get_combined_arch().xpath("//filter[@name]")
        groupings = set()
        for node in filters:
            if node.get("domain"):
                wanted = Domain(
                    literal_eval(node.get("domain").replace("uid", str(self.rep.id)))
                )
                leads.search_count(domain & wanted)
            if "group_by" in node.get("context", ""):
                groupings.add(literal_eval(node.get("context"))["group_by"])
        for field in groupings - {"lead_properties"}:
            is_date = leads._fields[field.split(":")[0]].type in ("date", "datetime")
            spec = f"{field}:month" if is_date and ":" not in field else field
            leads.formatted_read_group(domain, [spec], ["__count"])
        self.assertLessEqual(
            {
                "won_status",
                "lost_reason_id",
                "team_id",
                "user_id",
                "source_id",
                "qualification_profile_id",
                "qualification_grade",
                "qualification_outcome",
                "attempt",
                "recycle_date",
            },
            groupings,
        )

    def test_outcome(self):
        """Grouped and filtered by how they came into the pipeline, by who may not."""
        self.profile.write({"enforcement": "enforce", "sequence": 0})
        passed = self.create_qualified_lead("Passed")
        passed.convert_opportunity(False)
        flagged = self.create_lead("Flagged", type="opportunity")
        overridden = self.create_lead("Overridden")
        self.assertFalse(
            overridden.with_user(self.approver)._decide_entry(
                "wizard", "He is a friend"
            )
        )
        overridden.with_user(self.approver).convert_opportunity(False)
        mine = passed | flagged | overridden
        mine.flush_recordset()
        leads = self.leads.with_user(self.rep)
        found = leads._read_group(
            [("id", "in", mine.ids)], ["qualification_outcome"], ["id:recordset"]
        )
        self.assertEqual(
            dict(found),
            {"passed": passed, "flagged": flagged, "overridden": overridden},
        )
        for outcome, lead in found:
            domain = [("qualification_outcome", "=", outcome), ("id", "in", mine.ids)]
            self.assertEqual(leads.search(domain), lead)

    def test_closing_date(self):
        """The calendar finds each record on the day that it shows, and no other."""
        closed = [lead for lead, row in self.rows if row["end"] in ("won", "lost")]
        for number, lead in enumerate(closed):
            lead.date_closed = datetime(2026, 3, 1, 23, 30) + timedelta(days=number)
        self.env.flush_all()
        leads = self.leads.with_user(self.manager).with_context(
            active_test=False, tz="Europe/Brussels"
        )
        shown = leads.search([])
        self.assertIn(date(2026, 3, 2), shown.mapped("closing_date"))
        first, last = date(2026, 1, 20), date(2026, 3, 10)
        self.assertEqual(
            leads.search([("closing_date", ">=", first), ("closing_date", "<=", last)]),
            shown.filtered(lambda lead: first <= lead.closing_date <= last),
        )
        day = date(2026, 3, 5)
        self.assertEqual(
            leads.search([("closing_date", "=", day)]),
            shown.filtered(lambda lead: lead.closing_date == day),
        )
        undated = shown.filtered(lambda lead: lead.won_status == "pending")[:1]
        undated.date_deadline = False
        self.assertEqual(leads.search([("closing_date", "=", False)]), undated)

    def test_closing_days_that_no_other_zone_has(self):
        """A client stored the first or the last day that there is: the list opens."""
        lead = next(lead for lead, row in self.rows if row["end"] == "won")
        for zone, moment in (
            ("America/Los_Angeles", datetime(1, 1, 1)),
            ("Pacific/Auckland", datetime(9999, 12, 31, 23)),
        ):
            lead.date_closed = moment
            shown = lead.with_context(tz=zone)
            self.assertEqual(shown.closing_date, moment.date())


@tagged("post_install", "-at_install")
class TestDroppedCard(QualificationCase):
    def drop(self, lead, status, user=None):
        return lead.with_user(user or self.rep).action_set_won_status(status)

    def test_won(self):
        lead = self.create_qualified_lead()
        lead.convert_opportunity(False)
        lead.user_id = self.rep
        result = self.drop(lead, "won")
        self.assertEqual(lead.won_status, "won")
        self.assertEqual(result["effect"]["type"], "rainbow_man")

    def test_lead_is_not_won(self):
        lead = self.create_lead()
        result = self.drop(lead, "won")
        self.assertEqual((lead.type, lead.won_status), ("lead", "pending"))
        self.assertIn("convert it", result["params"]["message"])
        dialog = result["params"]["next"]
        self.assertEqual(dialog["res_model"], "crm.lead2opportunity.partner")
        wizard = Form(
            self.env["crm.lead2opportunity.partner"]
            .with_user(self.rep)
            .with_context(**dialog["context"])
        )
        failed = [
            c["key"] for c in wizard.qualification_checks if c["state"] == "failed"
        ]
        self.assertIn("contacted", failed)

    def test_lead_that_may_be_won(self):
        self.profile.enforcement = "advise"
        lead = self.create_lead()
        self.drop(lead, "won")
        self.assertEqual((lead.type, lead.won_status), ("lead", "won"))

    def test_lost_lead_is_not_won(self):
        lead = self.create_lead()
        lead.action_set_lost()
        with self.assertRaisesRegex(UserError, "restore it"):
            self.drop(lead, "won")
        self.assertEqual(lead.won_status, "lost")

    def test_lost_asks(self):
        lead = self.create_lead()
        action = self.drop(lead, "lost")
        self.assertEqual(lead.won_status, "pending")
        self.assertEqual(action["res_model"], "crm.lead.lost")
        wizard = self.env["crm.lead.lost"].with_user(self.rep)
        form = Form(wizard.with_context(**action["context"]))
        form.lost_reason_id = self.env["crm.lost.reason"].create({"name": "Too dear"})
        form.save().action_lost_reason_apply()
        self.assertEqual(lead.won_status, "lost")

    def test_won_is_not_lost_and_nothing_is_asked(self):
        deal = self.create_lead("Sold", type="opportunity")
        deal.action_set_won()
        with self.assertRaisesRegex(UserError, "back to an open stage first: Sold"):
            self.drop(deal, "lost")

    def test_back_from_lost(self):
        reason = self.env["crm.lost.reason"].create({"name": "Too dear"})
        lead = self.create_lead()
        lead.action_set_lost(lost_reason_id=reason.id)
        self.assertIs(self.drop(lead, "pending"), True)
        self.assertEqual((lead.won_status, lead.active), ("pending", True))

    def test_back_from_won(self):
        """To the last open stage before the one in which it was won."""
        self.env["crm.stage"].search([]).sequence = 99
        first, last, won, _later = self.env["crm.stage"].create(
            [
                {"name": "First", "sequence": 1},
                {"name": "Last", "sequence": 2},
                {"name": "Done", "sequence": 3, "is_won": True},
                {"name": "Later", "sequence": 4},
            ]
        )
        self.profile.enforcement = "off"
        lead = self.create_lead(type="opportunity", stage_id=first.id)
        self.drop(lead, "won")
        self.assertEqual(lead.stage_id, won)
        self.drop(lead, "pending")
        self.assertEqual((lead.stage_id, lead.won_status), (last, "pending"))
        self.assertFalse(lead.date_closed)

    def test_no_way_back_from_won(self):
        self.profile.enforcement = "off"
        lead = self.create_lead(type="opportunity")
        self.drop(lead, "won")
        self.env["crm.stage"].search([]).is_won = True
        with self.assertRaisesRegex(UserError, "no open stage"):
            self.drop(lead, "pending")

    def test_same_column(self):
        lead = self.create_lead()
        self.assertIs(self.drop(lead, "pending"), True)

    def test_wrong_column(self):
        with self.assertRaisesRegex(UserError, "pending, won, lost"):
            self.drop(self.create_lead(), "sold")

    def test_access(self):
        lead = self.create_lead(user_id=self.rep_all.id, user=self.rep_all)
        for status in ("won", "lost", "pending"):
            with self.assertRaises(AccessError):
                self.drop(lead, status)
        with self.assertRaises(AccessError):
            self.drop(lead, "lost", self.clerk)
