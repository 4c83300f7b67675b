"""Leads with random facts, for the tests of the home page."""

from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields
from odoo.tests import new_test_user

from ...facts import CONTACT_STATES
from ..common import SALES_MANAGER, QualificationCase

CITIES = ("Coral", "Reef", "Abyss")
NEEDS_REQUIRED = 2
SCORE_MIN = 60


class HomeCase(QualificationCase):
    """Two companies, three roles, and leads with random facts of a fixed seed."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.env["crm.lead"].search([("active", "in", [True, False])]).unlink()
        cls.env["crm.team"].search([]).active = False
        cls.today = fields.Date.today()
        cls.since = cls.today - relativedelta(years=1)
        cls.company = cls.env["res.company"].create({"name": "Other sea"})
        cls.main = cls.env.company
        cls.manager.company_ids |= cls.company
        cls.stranger = new_test_user(
            cls.env,
            "stranger",
            groups=SALES_MANAGER,
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )
        cls.profile.write(
            {
                "needs_required": NEEDS_REQUIRED,
                "score_min": SCORE_MIN,
                "lead_domain": '[("name", "not like", "Stray")]',
            }
        )
        cls.env["crm.qualification.profile"].create(
            {
                "name": "Theirs",
                "state": "published",
                "sequence": 99,
                "company_id": cls.company.id,
                "lead_domain": '[("name", "=", "nobody")]',
                "criterion_ids": [(0, 0, {"name": "Theirs?"})],
            }
        )
        cls.budget.requirement = "met"
        cls.size.requirement = "known"
        cls.leads = cls.env["crm.lead"]

    @classmethod
    def create_asked_lead(cls, **values):
        """A lead of which only the answers are missing."""
        lead = cls.create_qualified_lead(**values)
        cls.env["crm.lead.need"].create(
            {"lead_id": lead.id, "name": "Order", "state": "confirmed"}
        )
        return lead

    @classmethod
    def create_sea(cls, chance, count):
        """Contacts, by city, and the teams to which the cities belong."""
        cls.partners = cls.env["res.partner"].create(
            [
                {
                    "name": f"Fish {number}",
                    "city": chance.choice(CITIES),
                    "email": chance.choice([False, f"fish{number}@sea.example"]),
                    "active": chance.random() < 0.9,
                }
                for number in range(count)
            ]
        )
        territories = {"Coral": cls.manager, "Reef": cls.manager, "Abyss": cls.rep_all}
        cls.teams = cls.env["crm.team"].create(
            [
                {
                    "name": f"Team {city}",
                    "user_id": user.id,
                    "company_id": False,
                    "territory_domain": f'[("city", "=", "{city}")]',
                }
                for city, user in territories.items()
            ]
        )
        cls.teams[0].member_ids = cls.rep

    @classmethod
    def create_rows(cls, chance, count):
        """Leads and opportunities with random facts.

        :return: ``[{what is known of it}]``, with its ``id``
        """
        rows = [cls.create_row(chance, number) for number in range(count)]
        # after all that happens to them: it is read anew when something happens
        for row in rows:
            date = row["contact"] != "none" and fields.Datetime.now()
            lead = cls.leads.browse(row["id"])
            due = fields.Datetime.now() + timedelta(days=row["deadline"], hours=1)
            lead.write(
                {
                    "contact_state": row["contact"],
                    "contact_date": date,
                    "answer_due": due,
                }
            )
            if lead.qualification_deadline:
                late = timedelta(days=row["deadline"])
                lead.qualification_deadline = cls.today + late
        return rows

    @classmethod
    def create_row(cls, chance, number):
        company = chance.choice([cls.main, cls.main, cls.company])
        nobody = cls.env["res.users"]
        owners = [cls.rep, cls.rep_all, cls.manager, nobody]
        if company == cls.company:
            owners = [cls.stranger, nobody]
        partner = chance.choice([*cls.partners, *[cls.partners.browse()] * 20])
        kind = chance.choice(["lead", "lead", "opportunity"])
        ends = ["", "", "", "lost", "archived"]
        ends += ["won"] * 2 if kind == "opportunity" else []
        row = {
            "company": company,
            "user": chance.choice(owners),
            "partner": partner,
            "type": kind,
            "end": chance.choice(ends),
            "stray": chance.random() < 0.1,
            "person": bool(partner) or chance.random() < 0.9,
            "address": bool(partner.email) or (not partner and chance.random() < 0.9),
            "contact": chance.choice([*CONTACT_STATES, "two_way", "two_way"]),
            "needs": chance.choices(["suspected", "confirmed", "confirmed"], k=3),
            "commitments": chance.choices(
                ["open", "kept", "broken"], k=chance.randrange(3)
            ),
            "Budget?": chance.choice([None, "yes", "yes", "yes", "no"]),
            "Size?": chance.choice(
                [None, "Large", "Medium", "Medium", "Small", "Competitor"]
            ),
            "created": cls.today - timedelta(days=chance.randrange(600)),
            "activity": chance.choice([None, None, -1, 0, 3]),
            "deadline": chance.choice([-2, 0, 2]),
            "back": kind == "lead" and chance.random() < 0.4,
        }
        row["plan"] = row["end"] == "lost" and chance.random() < 0.5
        stray = "Stray" if row["stray"] else "Lead"
        lead = cls.leads.create(
            {
                "name": f"{stray} {number}",
                "type": kind,
                "partner_id": partner.id,
                "company_id": company.id,
                "user_id": row["user"].id,
                "team_id": False,
                "probability": 20,
                "qualification_need_ids": [
                    (0, 0, {"name": f"Need {n}", "state": state})
                    for n, state in enumerate(row["needs"])
                ],
                "qualification_commitment_ids": [
                    (
                        0,
                        0,
                        {
                            "name": f"Promise {n}",
                            "state": state,
                            "date_deadline": not n and cls.today - timedelta(1),
                        },
                    )
                    for n, state in enumerate(row["commitments"])
                ],
            }
            | ({} if partner else cls.get_reach(row))
        )
        for criterion in cls.budget | cls.size:
            if row[criterion.name]:
                lead.save_qualification_answer(criterion.id, row[criterion.name])
        if row["end"] == "won":
            lead.action_set_won()
        if row["end"] == "lost":
            plan = {"recycle_to": "never"}
            if row["plan"]:
                plan = {"recycle_to": "same", "recycle_date": cls.today}
            lead.action_set_lost(**plan)
        if row["back"]:
            lead.is_pooled = True
            lead.recycled_from_id = cls.leads.create(
                {
                    "name": "Stray before",
                    "company_id": company.id,
                    "active": False,
                    "probability": 20,
                }
            )
        if row["end"] == "archived":
            lead.active = False
        if row["activity"] is not None and row["user"]:
            lead.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=cls.today + timedelta(days=row["activity"]),
                user_id=row["user"].id,
            )
        cls.env.flush_all()
        cls.env.cr.execute(
            "UPDATE crm_lead SET create_date = %s WHERE id = %s",
            [row["created"], lead.id],
        )
        lead.invalidate_recordset(["create_date"])
        return row | {"id": lead.id}

    @classmethod
    def get_reach(cls, row):
        return {
            "contact_name": "Ann" if row["person"] else False,
            "phone": "+32 2 555 12 34" if row["address"] else "123",
        }

    def get_home(self, user, companies):
        return (
            self.env["crm.qualification.home"]
            .with_user(user)
            .with_context(allowed_company_ids=companies.ids, tz="UTC")
            .get_home()
        )

    def get_numbers(self, home):
        """All numbers of a page.

        :return: ``{(part, key): number}``
        """
        numbers = {
            ("steps", number["key"]): number
            for step in home["steps"]
            for number in step["numbers"]
        }
        for part in ("funnel", "stuck"):
            rows = home[part].get("steps") or home[part].get("reasons")
            numbers |= {(part, number["key"]): number for number in rows}
        numbers["stuck", "total"] = home["stuck"]["total"]
        numbers["funnel", "unqualified"] = home["funnel"]["parts"][1]
        numbers |= {("today", number["key"]): number for number in home["today"]}
        numbers |= {
            (team["name"], number["key"]): number
            for team in home["territory"]
            for number in team["numbers"]
        }
        return numbers

    def get_viewers(self):
        """Who looks, and with which companies selected, the first one used."""
        return [
            (self.rep, self.main),
            (self.rep_all, self.main),
            (self.manager, self.main),
            (self.manager, self.main | self.company),
            (self.stranger, self.company),
        ]
