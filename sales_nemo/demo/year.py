"""A year of a small company that furnishes offices, told for the demo data.

Whatever happens goes the way that it goes on any day: leads are created, answered for,
converted, refused, won and lost by their salespeople, and the gate decides. It happens
now, and then waits: all that is about a lead becomes some days older, until the next
thing happens to it. The same company has the same year wherever it is installed.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from math import exp
from random import Random

from odoo import fields
from odoo.tools import SQL

from . import stories, words

# Models of what is about a lead, and their column that says which one.
ABOUT = {
    "crm.lead": "id",
    "crm.lead.need": "lead_id",
    "crm.lead.commitment": "lead_id",
    "crm.lead.role": "lead_id",
    "crm.qualification.answer": "lead_id",
    "crm.qualification.decision": "lead_id",
    "crm.qualification.exception": "lead_id",
    "mail.activity": "res_id",
    "mail.message": "res_id",
    "calendar.event": "opportunity_id",
}
# Column that says of which model the record is that ``res_id`` names.
MODEL_COLUMNS = {"mail.activity": "res_model", "mail.message": "model"}
# What holds days as words: table, its column of leads, those of the words, which rows.
TOLD = (
    ("crm_qualification_decision", "lead_id", ("facts", "verdict"), "TRUE"),
    ("mail_message", "res_id", ("body",), "model = 'crm.lead' AND body ~ '\\d/\\d{4}'"),
)
# As Odoo's code writes days, and as the demo users read them.
DAYS = {
    "%Y-%m-%d": re.compile(r"\b\d{4}-\d\d-\d\d\b"),
    "%m/%d/%Y": re.compile(r"\b\d\d/\d\d/\d{4}\b"),
}
SEED = 23
REPS = (
    "base.user_admin",
    "base.user_demo",
    "sales_nemo.user_laura",
    "sales_nemo.user_daniel",
)
# Days ago: the first lead came in, and what history told was published.
OLDEST, LEARNT = 365, 60
# Leads of the year, besides those that have a story of their own.
LEADS = 280
STEPS = ("met", "known", "decided", "moved", "closed")
# Nobody is written to because of what is made up.
QUIET = {
    "tracking_disable": True,
    "mail_auto_subscribe_no_notify": True,
    "mail_activity_quick_update": True,
    "mail_create_nosubscribe": True,
    "no_mail_to_attendees": True,
    "dont_notify": True,
}


@dataclass(eq=False)
class Deal:
    """What becomes of one lead: the days are days ago; None: that never happens."""

    name: str
    size: int
    rep: object
    partner: object
    created: int
    met: int | None = None
    known: int | None = None
    decided: int | None = None
    moved: int | None = None
    closed: int | None = None
    answers: dict = field(default_factory=dict)
    is_good: bool = False
    is_direct: bool = False
    is_asked: bool = False
    has_need: bool = True
    has_promise: bool = True
    lead: object = None
    # As far as its story was told.
    at: int = 0


def make_older(text, days):
    """A text with all of its days earlier.

    :param int days: by how many
    """
    for form, found in DAYS.items():
        text = found.sub(
            lambda day, form=form: (
                datetime.strptime(day[0], form) - timedelta(days=days)
            ).strftime(form),
            text,
        )
    return text


def tell(env):
    """Tell the whole year, in a database that has just been installed."""
    Year(env).tell()


class Year:
    """The company, its people, and the clock of each lead."""

    def __init__(self, env):
        self.env = env(context=dict(env.context, **QUIET))
        self.random = Random(SEED)
        self.today = fields.Date.today()
        self.profile = self.env.ref("sales_nemo.demo_profile")
        self.criteria = {c.code: c for c in self.profile.criterion_ids}
        self.reps = [self.env.ref(name) for name in REPS]
        self.admin = self.env.ref("base.user_admin")
        houses = [f"{h} {t}" for h in words.HOUSES for t in words.TRADES]
        self.numbers = count(1001)
        self.houses = self.random.sample(houses, len(houses))

    def tell(self):
        mails = self.env["mail.mail"].search([])
        people = self.create_people(LEADS)
        deals = [self.plan(person) for person in people]
        self.create_leads(deals)
        self.run(deals, OLDEST + 10, LEARNT)
        self.learn()
        self.run(deals, LEARNT, 1)
        self.advance(deals, {deal: 0 for deal in deals})
        self.create_people(25)
        stories.tell(self)
        self.judge_all()
        (self.env["mail.mail"].search([]) - mails).unlink()

    # ------------------------------------------------------------
    # THE CLOCK
    # ------------------------------------------------------------

    def wait(self, days_by_lead):
        """All that is about these leads becomes some days older."""
        self.env.flush_all()
        days_by_lead = {k.id: days for k, days in days_by_lead.items() if days > 0}
        if not days_by_lead:
            return
        past = SQL(
            "unnest(%s, %s) AS past(lead, days)",
            list(days_by_lead),
            list(days_by_lead.values()),
        )
        for name, link in ABOUT.items():
            model = self.env[name]
            dates = [
                SQL(
                    "%(c)s = t.%(c)s - past.days * INTERVAL '1 day'",
                    c=SQL.identifier(f.name),
                )
                for f in model._fields.values()
                if f.store and f.type in ("date", "datetime")
            ]
            whose = SQL("t.%s = past.lead", SQL.identifier(link))
            if column := MODEL_COLUMNS.get(name):
                whose = SQL("%s AND t.%s = 'crm.lead'", whose, SQL.identifier(column))
            self.env.cr.execute(
                SQL(
                    "UPDATE %s t SET %s FROM %s WHERE %s",
                    SQL.identifier(model._table),
                    SQL(", ").join(dates),
                    past,
                    whose,
                )
            )
        self.redate_words(days_by_lead)
        self.env.invalidate_all()

    def redate_words(self, days_by_lead):
        """What was written down is older, too: days in the log and in briefs."""
        for name, link, columns, where in TOLD:
            table, columns = SQL.identifier(name), [*map(SQL.identifier, columns)]
            found = self.env.execute_query(
                SQL(
                    "SELECT id, %(link)s, %(texts)s FROM %(table)s"
                    " WHERE %(link)s = ANY(%(leads)s) AND %(where)s",
                    link=SQL.identifier(link),
                    texts=SQL(", ").join(SQL("%s::text", one) for one in columns),
                    table=table,
                    leads=list(days_by_lead),
                    where=SQL(where),
                )
            )
            for row_id, lead, *texts in found:
                older = SQL(", ").join(
                    SQL("%s = %s", column, make_older(text, days_by_lead[lead]))
                    for column, text in zip(columns, texts, strict=True)
                )
                update = SQL("UPDATE %s SET %s WHERE id = %s", table, older, row_id)
                self.env.cr.execute(update)

    def advance(self, deals, days):
        """Wait with each of these deals until so many days ago.

        :param dict days: by deal
        """
        self.wait({deal.lead: deal.at - days[deal] for deal in deals})
        for deal in deals:
            deal.at = days[deal]

    def judge_all(self):
        """Compute anew what is stored of all leads: time went by without telling it."""
        check = self.env["crm.qualification.check"]
        for name in ("crm.qualification.answer", "crm.lead"):
            known = self.env[name].with_context(active_test=False).search([])
            check._compute_anew(known)
        self.env["res.partner"]._read_all_lifecycles()
        self.env.flush_all()

    # ------------------------------------------------------------
    # WHAT IS GOING TO HAPPEN
    # ------------------------------------------------------------

    def create_people(self, number):
        """People of companies in our countries, each of another company."""
        partners, names = self.env["res.partner"], []
        for _n in range(number):
            city, country = self.random.choice(words.CITIES)
            house = self.houses.pop()
            domain = "".join(c for c in house.lower() if c.isalpha()) + ".example"
            names.append((house, domain, city, self.env.ref(country).id))
        companies = partners.create(
            [
                {
                    "name": house,
                    "is_company": True,
                    "email": f"office@{domain}",
                    "city": city,
                    "country_id": country,
                }
                for house, domain, city, country in names
            ]
        )
        people = []
        for company, (_house, domain, *_rest) in zip(companies, names, strict=True):
            first = self.random.choice(words.FIRST)
            last = self.random.choice(words.LAST)
            people.append(
                {
                    "name": f"{first} {last}",
                    "parent_id": company.id,
                    "email": f"{first}.{last}@{domain}".lower(),
                    "phone": self.get_phone(),
                    "function": self.random.choice(words.FUNCTIONS),
                }
            )
        return partners.create(people)

    def plan(self, person):
        """What becomes of the lead of a person."""
        draw, size = self.random, self.random.choice((10, 15, 20, 25, 30, 40, 60, 80))
        name = f"{person.parent_id.name}: {draw.choice(words.WANTED).format(n=size)}"
        deal = Deal(name, size, draw.choice(self.reps), person, draw.randint(3, OLDEST))
        is_reached, is_going_on = draw.random() < 0.86, draw.random() < 0.84
        deal.is_direct, deal.is_asked = draw.random() < 0.05, draw.random() < 0.5
        deal.has_need, deal.has_promise = draw.random() < 0.92, draw.random() < 0.88
        day, odds, known = deal.created, -1.1, 0.9 if is_going_on else 0.5
        for code, choices in words.ANSWERS.items():
            values, weights, worth = zip(*choices, strict=True)
            [place] = draw.choices(range(len(values)), weights)
            if draw.random() < known:
                deal.answers[code] = values[place]
                odds += 1.4 * worth[place]
        deal.answers |= {"size": str(size), "today": draw.choice(words.TODAY)}
        deal.answers |= {"fit": "yes"} if draw.random() < 0.97 else {"fit": "no"}
        deal.is_good = draw.random() < 1 / (1 + exp(-odds))
        for step, most in zip(STEPS, (6, 10, 12, 15, 35), strict=True):
            day -= draw.randint(1, most)
            is_skipped = step != "closed" and (
                not is_reached or (not is_going_on and step in ("decided", "moved"))
            )
            if day < 1:
                break
            if not is_skipped:
                setattr(deal, step, self.get_workday(day))
        deal.created = self.get_workday(deal.created)
        return deal

    def get_phone(self):
        """A number that nobody else has."""
        return f"+32 2 555 {next(self.numbers)}"

    def get_workday(self, days):
        """Days ago: nobody works at the weekend."""
        late = (self.today - timedelta(days=days)).weekday() - 4
        return days + max(late, 0)

    # ------------------------------------------------------------
    # WHAT HAPPENS
    # ------------------------------------------------------------

    def run(self, deals, since, until):
        """Let happen what happens to deals between two days, given in days ago."""
        for step in STEPS:
            days = {deal: getattr(deal, step) for deal in deals}
            going = [d for d in deals if days[d] and until <= days[d] < since]
            self.advance(going, days)
            getattr(self, f"do_{step}")(going)

    def by(self, deals, get_key=lambda deal: ()):
        """Deals by salesperson, and by something else: ``[(user, key, leads)]``."""
        groups = {}
        for deal in deals:
            groups.setdefault((deal.rep, get_key(deal)), []).append(deal.lead.id)
        leads = self.env["crm.lead"]
        return [
            (*both, leads.with_user(both[0]).browse(x)) for both, x in groups.items()
        ]

    def create_leads(self, deals):
        for rep in self.reps:
            own = [deal for deal in deals if deal.rep == rep]
            leads = (
                self.env["crm.lead"]
                .with_user(rep)
                .create(
                    [
                        {
                            "name": deal.name,
                            "type": "opportunity" if deal.is_direct else "lead",
                            "partner_id": deal.partner.id,
                            "user_id": rep.id,
                            "expected_revenue": 850 * deal.size,
                            "priority": self.random.choice("0011223"),
                        }
                        for deal in own
                    ]
                )
            )
            for deal, lead in zip(own, leads, strict=True):
                deal.lead, deal.at = lead.sudo(), deal.created

    def do_met(self, deals):
        """Both sides talked on the phone."""
        call = self.env.ref("mail.mail_activity_data_call")
        self.env["mail.message"].create(
            [
                {
                    "model": "crm.lead",
                    "res_id": deal.lead.id,
                    "author_id": deal.rep.partner_id.id,
                    "message_type": "notification",
                    "subtype_id": self.env.ref("mail.mt_activities").id,
                    "mail_activity_type_id": call.id,
                    "contact_outcome": "reached",
                    "body": self.random.choice(words.TALKED),
                }
                for deal in deals
            ]
        )

    def do_known(self, deals):
        """The salesperson knows more: answers, a need, and what the buyer promises."""
        answers, needs, promises = {}, {}, {}
        for deal in deals:
            rep, lead_id = deal.rep, deal.lead.id
            for code, value in deal.answers.items():
                criterion = self.criteria[code]
                owner = {"lead_id": lead_id}
                if criterion.scope == "account":
                    then = fields.Datetime.now() - timedelta(days=deal.at)
                    owner = {"partner_id": deal.partner.parent_id.id, "date": then}
                row = {"criterion_id": criterion.id, "value": value}
                answers.setdefault(rep, []).append(row | owner)
            need = {"lead_id": lead_id, "name": self.random.choice(words.NEEDS)}
            need["state"] = "confirmed" if deal.has_need else "suspected"
            needs.setdefault(rep, []).append(need)
            name, kind = self.random.choice(words.PROMISES)
            day = fields.Date.add(self.today, days=self.random.randint(5, 12))
            promise = {"lead_id": lead_id, "name": name, "kind": kind}
            if deal.has_promise:
                promises.setdefault(rep, []).append(promise | {"date_deadline": day})
        for name, rows in (
            ("crm.qualification.answer", answers),
            ("crm.lead.need", needs),
            ("crm.lead.commitment", promises),
        ):
            for rep, values in rows.items():
                self.env[name].with_user(rep).create(values)

    def do_decided(self, deals):
        """They want it in the pipeline; who is refused may ask for an exception."""
        for deal in deals:
            if deal.lead.type == "lead":
                self.convert(deal.lead, deal.rep)
        for deal in deals:
            if deal.lead.type == "lead" and deal.is_asked:
                reason = self.random.choice(words.EXCEPTIONS)
                self.ask(deal.lead, deal.rep, reason)

    def convert(self, lead, rep):
        """Convert a lead in Odoo's dialog; the gate may refuse."""
        self.open_dialog(lead, rep).action_apply()

    def ask(self, lead, rep, reason):
        """Ask for an exception; the manager grants it to whom she trusts."""
        dialog = self.open_dialog(lead, rep)
        dialog.override_reason = reason
        dialog.action_ask_exception()
        return lead.qualification_exception_id

    def open_dialog(self, lead, rep):
        dialogs = self.env["crm.lead2opportunity.partner"].with_user(rep)
        context = {"active_model": "crm.lead", "active_id": lead.id}
        dialogs = dialogs.with_context(**context, active_ids=lead.ids)
        return dialogs.create(
            {"lead_id": lead.id, "name": "convert", "action": "exist"}
        )

    def do_moved(self, deals):
        """Exceptions are answered, promises kept or not, and opportunities move on."""
        for deal in deals:
            asked = deal.lead.qualification_exception_id
            if asked and self.random.random() < 0.6:
                asked.with_user(self.admin)._answer(
                    "granted", "Once, and ask him soon."
                )
            elif asked:
                reason = "Find out first who decides, then come back."
                asked.with_user(self.admin)._answer("declined", reason)
        stages = [self.env.ref(f"crm.stage_lead{n}") for n in (2, 2, 3)]
        going = [deal for deal in deals if deal.lead.type == "opportunity"]
        chosen = {deal: self.random.choice(stages) for deal in going}
        for _rep, stage, leads in self.by(going, chosen.get):
            leads.stage_id = stage
        kept = {d: self.random.random() < (0.9 if d.is_good else 0.5) for d in deals}
        for _rep, is_kept, leads in self.by(deals, kept.get):
            promises = leads.qualification_commitment_ids
            promises.state = "kept" if is_kept else "broken"

    def do_closed(self, deals):
        """Won, or lost for a reason; what is no opportunity is never won."""
        won = [
            deal
            for deal in deals
            if deal.is_good
            and deal.lead.type == "opportunity"
            # whom no check held back but an approver's word is won less often
            and (
                deal.lead.qualification_state == "qualified"
                or self.random.random() < 0.4
            )
        ]
        for _rep, _key, leads in self.by(won):
            leads.action_set_won()
        lost = [deal for deal in deals if deal not in won]
        for _rep, (reason, days), leads in self.by(lost, self.get_loss):
            plan = {} if days else {"recycle_to": "never"}
            leads.action_set_lost(lost_reason_id=reason.id, **plan)

    def get_loss(self, deal):
        """Why a deal was lost, and in how many days it comes back; 0: never."""
        name = self.random.choice(words.LOST)
        if deal.met is None:
            name = "lost_reason_unreachable"
        elif deal.answers.get("fit") == "no":
            name = "lost_reason_not_a_fit"
        reason = self.env.ref(f"sales_nemo.{name}")
        is_coming = reason.recycle_to != "never" and deal.at < reason.recycle_days - 4
        return reason, reason.recycle_days if is_coming else 0

    def learn(self):
        """The manager has weights proposed from what was closed, and publishes them."""
        profile = self.profile.with_user(self.admin)
        profile.action_propose_weights()
        profile.draft_ids.publish("What our first 200 deals tell")
        self.env.flush_all()
        versions = profile.version_ids.sorted("number")
        for version, days in zip(versions, (OLDEST, LEARNT), strict=True):
            age = f"{days} days"
            self.env.cr.execute(
                "UPDATE crm_qualification_version SET date = date - %s::interval"
                " WHERE id = %s",
                [age, version.id],
            )
        day = str(self.today - timedelta(days=LEARNT))
        for table, column, path, ids in (
            ("crm_qualification_profile", "scorecard", ["learnt", "date"], profile.ids),
            (
                "crm_qualification_version",
                "content",
                ["scorecard", "learnt", "date"],
                profile.version_id.ids,
            ),
        ):
            self.env.cr.execute(
                SQL(
                    "UPDATE %(table)s SET %(column)s ="
                    " jsonb_set(%(column)s, %(path)s, to_jsonb(%(day)s::text))"
                    " WHERE id = ANY(%(ids)s)",
                    table=SQL.identifier(table),
                    column=SQL.identifier(column),
                    path=path,
                    day=day,
                    ids=ids,
                )
            )
        self.env.invalidate_all()
        self.env.registry.clear_cache()
