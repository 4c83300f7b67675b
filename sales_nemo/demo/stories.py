"""Leads of the demo data that have a story, and a name to find them by."""

from datetime import timedelta

from odoo import Command, fields


class Tale:
    """One lead, told in the order in which it happened."""

    def __init__(self, year, rep, name, created, person=None, **values):
        self.year, self.at = year, created
        self.rep = year.env.ref(rep)
        values = {"type": "lead", "user_id": self.rep.id, "priority": "2"} | values
        if person:
            values["partner_id"] = person.id
        leads = year.env["crm.lead"].with_user(self.rep)
        self.lead = leads.create({"name": name} | values)

    def on(self, days, *others):
        """Wait until so many days ago; other leads wait with it."""
        leads = [self.lead, *others]
        self.year.wait({lead.sudo(): self.at - days for lead in leads})
        self.at = days
        return self

    def call(self, text, outcome="reached"):
        """The salesperson calls."""
        call = self.year.env.ref("mail.mail_activity_data_call")
        self.lead._log_contact(text, outcome, call)
        return self

    def mail(self, text):
        """The customer writes, by the mail gateway."""
        person = self.lead.partner_id
        self.year.env["mail.message"].create(
            {
                "model": "crm.lead",
                "res_id": self.lead.id,
                "author_id": person.id,
                "email_from": person.email_formatted or self.lead.email_from,
                "message_type": "email",
                "subtype_id": self.year.env.ref("mail.mt_comment").id,
                "subject": self.lead.name,
                "body": text,
                "is_auto_reply": False,
            }
        )
        return self

    def know(self, **answers):
        """The salesperson answers criteria, by their code."""
        for code, value in answers.items():
            criterion = self.year.criteria[code]
            self.lead.save_qualification_answer(criterion.id, value)
        # an account's answers wait for no lead: they are dated at once
        account = self.lead.partner_id.commercial_partner_id
        new = account.qualification_answer_ids.filtered(
            lambda answer: answer.criterion_id.code in answers
        )
        new.date = fields.Datetime.now() - timedelta(days=self.at)
        return self

    def need(self, name, state="confirmed", detail=False):
        """What they want solved."""
        values = {"name": name, "state": state, "detail": detail}
        self.lead.write({"qualification_need_ids": [Command.create(values)]})
        return self

    def promise(self, name, kind, days, state="open"):
        """What the buyer promises, to be done in so many days."""
        day = fields.Date.add(self.year.today, days=days)
        values = {"name": name, "kind": kind, "date_deadline": day, "state": state}
        self.lead.write({"qualification_commitment_ids": [Command.create(values)]})
        return self

    def become(self, name, state):
        """A promise is kept, or broken."""
        promises = self.lead.qualification_commitment_ids
        promises.filtered(lambda promise: promise.name == name).state = state
        return self

    def convert(self, stage=1):
        """It becomes an opportunity, if the gate lets it, and comes into a stage."""
        self.year.convert(self.lead, self.rep)
        if self.lead.type == "opportunity" and stage > 1:
            self.lead.stage_id = self.year.env.ref(f"crm.stage_lead{stage}")
        return self

    def lose(self, reason, note=""):
        """It is lost, and comes back as the reason proposes."""
        reason = self.year.env.ref(f"sales_nemo.{reason}")
        self.lead.action_set_lost(lost_reason_id=reason.id, lost_feedback=note)
        return self

    def come_back(self):
        """The day of its return is there: another lead continues it.

        :return: the tale of that one
        """
        self.year.env["crm.lead"]._recycle_due()
        tale = object.__new__(Tale)
        tale.year, tale.rep, tale.at = self.year, self.rep, self.at
        tale.lead = self.lead.sudo().recycled_lead_ids.with_user(self.rep)
        return tale


MITCHELL, MARC = "base.user_admin", "base.user_demo"
LAURA, DANIEL = "sales_nemo.user_laura", "sales_nemo.user_daniel"


def tell(year):
    """Tell all of them."""
    tell_account(year)
    tell_comeback(year)
    tell_qualifying(year)
    tell_ready(year)
    tell_misfits(year)
    tell_waiting(year)
    tell_promises(year)
    tell_exceptions(year)
    tell_returned(year)


def person(year, company, name, function, city="Brussels"):
    """A person of a company that is not known yet."""
    domain = "".join(c for c in company.lower() if c.isalpha()) + ".example"
    partners = year.env["res.partner"]
    country = year.env.ref("base.be").id
    place = {"city": city, "country_id": country}
    account = partners.create({"name": company, "is_company": True} | place)
    first = name.lower().split()[0]
    return partners.create(
        {
            "name": name,
            "parent_id": account.id,
            "function": function,
            "email": f"{first}@{domain}",
            "phone": year.get_phone(),
        }
    )


def tell_account(year):
    """Four people of one company, which buys for the second time."""
    nadia, judith, peter, tom = (
        year.env.ref(f"sales_nemo.demo_partner_{name}")
        for name in ("nadia", "judith", "peter", "tom")
    )
    tell_reception(year, nadia)
    tale = tell_move(year, nadia)
    roles = (
        (judith, "decision_maker", "Wants to move once, and not to hear of it again"),
        (peter, "budget", "Asks for leasing over four years"),
        (nadia, "champion", "Has lived through our reception project"),
        (tom, "blocker", "Would rather keep the old desks and spend it on screens"),
    )
    tale.lead.write(
        {
            "qualification_role_ids": [
                Command.create({"partner_id": who.id, "role": role, "note": note})
                for who, role, note in roles
            ]
        }
    )
    tale.on(0)
    start = fields.Datetime.now().replace(hour=9, minute=0, second=0, microsecond=0)
    start += timedelta(days=3)
    year.env["calendar.event"].with_user(tale.rep).create(
        {
            "name": "Ashcombe & Hale: samples for the board",
            "start": start,
            "stop": start + timedelta(hours=1),
            "opportunity_id": tale.lead.id,
            "partner_ids": [Command.set([judith.id, nadia.id, tale.rep.partner_id.id])],
        }
    )
    other = Tale(year, MARC, "Ashcombe & Hale: chairs for the Leeds office", 1, tom)
    other.mail("<p>Nadia says you might have sixteen chairs for Leeds. Prices?</p>")
    other.on(0)


def tell_reception(year, nadia):
    """What the company bought first."""
    won = Tale(
        year, MITCHELL, "Ashcombe & Hale: reception and waiting room", 320, nadia
    )
    won.lead.expected_revenue = 9200
    won.on(318).call("The old counter is falling apart. Opening is on the first.")
    won.know(budget="Approved", decider="yes", why="It looks dated", size="6")
    won.know(today="Own desks, twelve years old", fit="yes", showroom="yes", start="1")
    won.need("A reception that visitors like, in four weeks")
    won.promise("Sends measures of the entrance", "data", 5)
    won.on(311).become("Sends measures of the entrance", "kept").convert(2)
    won.on(289)
    won.lead.action_set_won()
    won.on(0)


def tell_move(year, nadia):
    """What it is going to buy; until two days ago."""
    tale = Tale(year, MITCHELL, "Ashcombe & Hale: move to the Old Mill", 52, nadia)
    tale.lead.expected_revenue = 61500
    tale.on(51).mail(
        "<p>We leave Station Road in spring, the lease is signed. Sixty people come"
        " along, and nobody wants to see the old desks again. Can we talk?</p>"
    )
    tale.on(50).call(
        "Sixty workplaces on two floors. Nadia collects what each team needs."
    )
    tale.know(
        budget="Planned", why="They move, the date is fixed", size="60", start="4"
    )
    tale.need(
        "Sixty workplaces on the day of the move",
        detail="“On Friday we pack, on Monday the phones ring.”",
    )
    tale.need("Rooms for calls: the mill is one large hall")
    tale.need(
        "Cables out of sight, the floor is under monument protection", "suspected"
    )
    tale.promise("Sends the architect's floor plan", "data", 7)
    tale.on(44).become("Sends the architect's floor plan", "kept")
    tale.promise("Brings Judith to the showroom", "decision_maker", 10)
    tale.on(36).call("Judith and Nadia were here and tried the chairs for an hour.")
    tale.become("Brings Judith to the showroom", "kept")
    tale.know(showroom="yes", decider="yes", rivals="Two or three")
    tale.on(35).convert(2)
    tale.promise("Peter calls about the leasing", "other", 6)
    tale.on(25).become("Peter calls about the leasing", "broken")
    tale.on(16).call("Peter has the leasing offer now. Two competitors are left.")
    tale.know(budget="Approved")
    tale.on(8).mail("<p>Judith puts it on the agenda of the next board.</p>")
    tale.on(7).call(
        "The board decides; Judith wants two references from listed houses."
    )
    tale.on(2).lead.stage_id = year.env.ref("crm.stage_lead3")
    tale.promise("Tells us what the board decided", "decision", 6)
    return tale


def tell_comeback(year):
    """Lost, come back after a quarter, and won."""
    ida = person(year, "Osterby Foods", "Ida Lund", "Head of Operations", "Antwerp")
    tale = Tale(year, MARC, "Osterby Foods: canteen and 40 workplaces", 236, ida)
    tale.lead.expected_revenue = 34800
    tale.on(234).call("They plan a canteen beside the packing hall, and new desks.")
    tale.know(budget="Planned", decider="yes", why="They hire", size="40", start="4")
    tale.know(fit="yes", today="Mixed, bought one by one")
    tale.need("A canteen for two shifts, forty seats each")
    tale.promise("Asks the board for the budget", "decision", 20)
    tale.on(220).convert(2)
    tale.on(196).become("Asks the board for the budget", "broken")
    tale.lose(
        "lost_reason_bad_timing", "<p>The harvest was poor: nothing this year.</p>"
    )
    tale.on(106)
    back = tale.come_back()
    back.on(103, tale.lead)
    back.lead.activity_ids.action_feedback()
    back.call("The new hall is decided, and with it the canteen.")
    back.know(budget="Approved", why="They move, the date is fixed", start="2")
    back.know(decider="yes", showroom="yes", size="40", rivals="Nobody else")
    back.lead.qualification_need_ids.state = "confirmed"
    back.promise("Sends the plan of the hall", "data", 8)
    back.on(96, tale.lead).become("Sends the plan of the hall", "kept").convert(3)
    back.on(61, tale.lead)
    back.lead.action_set_won()
    back.on(0, tale.lead)


def tell_qualifying(year):
    """On the way: one is half known, one is refused."""
    lena = person(year, "Castor Instruments", "Lena Hofmann", "Facility Manager")
    tale = Tale(
        year, MITCHELL, "Castor Instruments: 35 workplaces in the new wing", 118, lena
    )
    tale.lead.expected_revenue = 29700
    tale.on(116).call("The wing is being built, furniture comes last.")
    tale.know(start="5", size="35", today="Own desks, ten years old", fit="yes")
    tale.on(20).mail("<p>The builders keep to their plan: we can move in March.</p>")
    tale.on(19).call(
        "She wants height-adjustable desks, her director looks at the price."
    )
    tale.know(budget="Planned", why="They hire", rivals="Two or three")
    tale.need(
        "Thirty-five desks that every shift can adjust",
        detail="“Two people share each desk, and one of them is me.”",
    )
    tale.need("Storage that can be locked, for measuring devices", "suspected")
    tale.promise("Comes to the showroom with her director", "decision_maker", 22)
    tale.on(5).mail("<p>The day that you proposed suits both of us.</p>")
    tale.on(4).call("Both come, at ten.")
    tale.on(0)
    luc = person(year, "Tilleul Publishing", "Luc Perrin", "Managing Partner")
    tale = Tale(year, MITCHELL, "Tilleul Publishing: two meeting rooms", 9, luc)
    tale.lead.expected_revenue = 11400
    tale.on(7).call(
        "Would like to see prices. Did not say what is wrong with the rooms."
    )
    tale.know(decider="yes", size="14", rivals="Two or three", labels="yes")
    tale.need("Rooms in which authors like to sit", "suspected")
    tale.on(0)


def tell_ready(year):
    """All is known that it takes."""
    for rep, company, name, told in (
        (
            MITCHELL,
            "Korsgaard Energy",
            "Mette Dahl",
            "48 workplaces for the control centre",
        ),
        (MARC, "Parchment & Sons", "Owen Price", "24 desks for the new lawyers"),
    ):
        tale = Tale(
            year,
            rep,
            f"{company}: {told}",
            17,
            person(year, company, name, "Head of Purchasing"),
        )
        tale.lead.expected_revenue = 38400
        tale.on(14).call("They start in eight weeks, and have the money.")
        tale.know(
            budget="Approved",
            decider="yes",
            why="They hire",
            start="2",
            size=told[:2],
            showroom="yes",
            fit="yes",
        )
        tale.need("Everybody has a desk on the first day")
        tale.on(3).promise("Signs the plan of the rooms", "decision", 6).on(0)


def tell_misfits(year):
    """No customer at all, and a need that is not for us."""
    tale = Tale(
        year,
        MARC,
        "Campus Makers Club: benches for the workshop",
        6,
        person(year, "Campus Makers Club", "Finn Adler", "Student"),
    )
    tale.on(5).call("Students, they look for a sponsor.").know(fit="no").on(0)
    tale = Tale(
        year,
        LAURA,
        "Veranda Living: garden furniture",
        8,
        person(year, "Veranda Living", "Rosa Klein", "Owner"),
    )
    tale.on(6).call("She resells garden furniture and looks for a maker.")
    tale.need("Benches that stand in the rain", "not_for_us").on(0)


def tell_waiting(year):
    """Nobody answered them yet, or they don't answer."""
    tale = Tale(
        year,
        MARC,
        "Veldkamp Clinics: chairs for three practices",
        1,
        person(year, "Veldkamp Clinics", "Jan Veldkamp", "Director"),
    )
    tale.mail(
        "<p>Our waiting rooms need 54 chairs that one can wash. By when could they be"
        " here?</p>"
    ).on(0)
    Tale(
        year,
        MITCHELL,
        "Linnet Travel: two phone booths",
        0,
        contact_name="Sara Lindqvist",
        partner_name="Linnet Travel",
        email_from="sara@linnettravel.example",
        first_contact_text="We sit in one room with eleven people and telephone all"
        " day. Do you have booths that we could try?",
    )
    tale = Tale(
        year,
        LAURA,
        "Aurelio Wines: tasting room",
        23,
        person(year, "Aurelio Wines", "Marco Aurelio", "Owner"),
    )
    for days in (22, 17, 9, 3):
        tale.on(days).call("Rang twice, nobody there.", "no_answer")
    tale.on(0)
    for name, contact in (
        ("Sandoval Ceramics: office above the workshop", "Pia Sandoval"),
        ("Thornbury Maps: 16 workplaces", "Giles Thornbury"),
    ):
        company = name.partition(":")[0]
        values = {"contact_name": contact, "partner_name": company}
        domain = "".join(c for c in company.lower() if c.isalpha())
        Tale(year, DANIEL, name, 2, email_from=f"hello@{domain}.example", **values).on(
            0
        )


def tell_promises(year):
    """Promises that are overdue."""
    for rep, company, name, promised, days in (
        (MITCHELL, "Pemberton Surveys", "Amy Pemberton", "Sends the list of teams", 5),
        (MARC, "Delacroix Optics", "Jean Delacroix", "Tries two chairs for a week", 3),
    ):
        who = person(year, company, name, "Managing Director")
        tale = Tale(year, rep, f"{company}: open space for 30", 31, who)
        tale.lead.expected_revenue = 25500
        tale.on(29).call("Grows from twenty to thirty people by summer.")
        tale.know(
            budget="Planned",
            decider="yes",
            why="They hire",
            size="30",
            start="5",
            fit="yes",
        )
        tale.need("An open space in which one can think")
        tale.on(20).promise(promised, "data", 20 - days).convert(2).on(0)


def tell_exceptions(year):
    """One is asked for; two came into the pipeline without having been leads."""
    who = person(year, "Morrow & Finch", "Greta Finch", "Office Manager")
    tale = Tale(year, MARC, "Morrow & Finch: 80 chairs", 12, who)
    tale.lead.expected_revenue = 20800
    tale.on(9).call("Eighty chairs before the fair, the order comes from headquarters.")
    tale.know(decider="no", why="It looks dated", size="80", start="1", fit="yes")
    tale.need("Eighty chairs before the fair")
    tale.on(1).convert()
    tale.year.ask(
        tale.lead,
        tale.rep,
        "Headquarters order on Monday; Greta may not name the budget.",
    )
    tale.on(0)
    for rep, name, company, days in (
        (MARC, "Solveig Design: furniture for the studio", "Solveig Design", 3),
        (LAURA, "Hartung Logistics: dispatch office", "Hartung Logistics", 12),
    ):
        who = person(year, company, "Ole Brandt", "Owner")
        Tale(year, rep, name, days, who, type="opportunity", expected_revenue=14500).on(
            0
        )


def tell_returned(year):
    """What came back: to its salesperson, and into the pool."""
    lost = year.env["crm.lead"]
    for rep, name, contact in (
        (MITCHELL, "Ridley Accounting: 18 desks", "Dora Ridley"),
        (MARC, "Stellan Timber: office at the sawmill", "Stellan Berg"),
    ):
        who = person(year, name.partition(":")[0], contact, "Partner")
        tale = Tale(year, rep, name, 130, who)
        tale.on(126).call("Wants desks, but not in the busy season.")
        tale.know(budget="Planned", size="18", fit="yes")
        tale.need("Eighteen desks without closing the office")
        tale.on(90).lose("lost_reason_bad_timing", "<p>Call after the season.</p>")
        lost |= tale.on(0).lead.sudo()
    for rep, name, contact in (
        (DANIEL, "Fontana Tiles: show office", "Livia Fontana"),
        (LAURA, "Merle Audio: studio desks", "Kim Vale"),
        (MARC, "Quillfeather Press: 12 workplaces", "Roy Quill"),
    ):
        who = person(year, name.partition(":")[0], contact, "Office Manager")
        tale = Tale(year, rep, name, 64, who)
        tale.on(58).call("No answer, left a message.", "left_message")
        tale.on(30).lose("lost_reason_unreachable").on(0)
        lost |= tale.lead.sudo()
    year.env["crm.lead"]._recycle_due()
    year.wait(dict.fromkeys(lost.recycled_lead_ids, 1))
