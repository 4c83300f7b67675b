"""The generated database: the same content at every run."""

import random

LOGIN = "bench"
# The salespeople of the leads that are converted in mass by LOGIN.
COLLEAGUES = ("bench_colleague_1", "bench_colleague_2")
# Marks of leads, in ``referred``. About the first two everything is known that the gate
# asks for, but nobody is their customer yet.
READY = "ready"
MASS = "mass"
# A contact of an account whose every question is answered; with it ten answers.
KNOWN = "known"
READY_LEADS, MASS_LEADS = 100, 200
# One of so many leads is a known one.
KNOWN_SHARE = 4
ANSWERS = 10
# Leads come in multiples of this, or fewer: the others are copies of so many.
MADE_BY_ODOO = 20_000
# Room for all kinds of leads, and for opportunities.
LEAST_SIZE = 600
BATCH = 2000
SEED = 19

INDUSTRIES = ("Retail", "Health", "Energy", "Public sector", "Other")
CRITERIA = (
    {"name": "Is there a budget?", "answer_type": "yes_no", "is_required": True},
    {"name": "Who decides?", "answer_type": "text", "is_required": True},
    {
        "name": "Which industry?",
        "answer_type": "choice",
        "scope": "account",
        "choice_ids": [
            (0, 0, {"name": name, "points": 100 - 20 * index})
            for index, name in enumerate(INDUSTRIES)
        ],
    },
    {
        "name": "How many people work there?",
        "answer_type": "number",
        "scope": "account",
        "number_rule": "at_least",
        "number_min": 10,
    },
    {
        "name": "How much do they spend a year?",
        "answer_type": "number",
        "number_rule": "between",
        "number_min": 1000,
        "number_max": 100000,
    },
    {"name": "When do they want to start?", "answer_type": "date"},
    {"name": "When does their contract end?", "answer_type": "date"},
    {"name": "Who will use it?", "answer_type": "text"},
    {
        "name": "How many will use it?",
        "answer_type": "number",
        "number_rule": "at_least",
        "number_min": 10,
    },
    {
        "name": "Do they use a competitor's product?",
        "answer_type": "yes_no",
        "expected": "no",
    },
    {
        "name": "Is there a phone number?",
        "answer_type": "automatic",
        "domain": "[('phone', '!=', False)]",
    },
)
GOOD_VALUES = {
    "yes_no": ("yes",),
    "text": ("The owner",),
    "choice": INDUSTRIES,
    "number": ("20", "5000", "90000"),
    "date": ("2030-01-01",),
}


def _batches(records, size=BATCH):
    """Pieces of a list or recordset."""
    return (records[start : start + size] for start in range(0, len(records), size))


# ------------------------------------------------------------ what stock Odoo has


def generate(root, size):
    """Users, accounts, leads, opportunities and their messages.

    :param root: environment of the superuser, on a database with CRM alone
    :param size: number of leads and opportunities, at least :data:`LEAST_SIZE`; a fifth
        are opportunities, and there is an account for every fifth
    """
    rng = random.Random(SEED)
    env = root(
        context={
            "tracking_disable": True,
            "mail_create_nosubscribe": True,
            "mail_create_nolog": True,
        }
    )
    _switch_leads_on(env)
    user = make_user(env)
    colleagues = [make_user(env, login) for login in COLLEAGUES]
    people = _make_accounts(env, size // 5)
    values = [_lead_values(index, size, people, rng) for index in range(size)]
    stages = env["crm.stage"].search([("is_won", "=", False)]).ids
    team = env.ref("sales_team.team_sales_department").id
    for batch in _batches(values):
        for index, lead in enumerate(batch):
            is_mass = lead.get("referred") == MASS
            owner = colleagues[index % len(colleagues)] if is_mass else user
            lead |= {
                "user_id": owner.id,
                "team_id": team,
                "stage_id": rng.choice(stages),
            }
        env["crm.lead"].create(batch)
        env.flush_all()
        env.invalidate_all()
    _make_messages(env, user, rng)


def _switch_leads_on(env):
    env["res.config.settings"].create({"group_use_lead": True}).execute()


def make_user(env, login=LOGIN):
    """A salesperson, by default the one who works in the measures."""
    group = env.ref("sales_team.group_sale_salesman_all_leads")
    return env["res.users"].create(
        {
            "name": login.replace("_", " ").capitalize(),
            "login": login,
            "email": f"{login}@company.example.com",
            "group_ids": [(4, group.id)],
        }
    )


def _make_accounts(env, number):
    """Companies with a person each.

    :returns: the people
    """
    country = env.ref("base.be").id
    companies = env["res.partner"].create(
        [
            {"name": f"Company {index}", "is_company": True, "country_id": country}
            for index in range(number)
        ]
    )
    return env["res.partner"].create(
        [
            {
                "name": f"Contact {index}",
                "parent_id": company.id,
                "email": f"contact{index}@company{index}.example.com",
                "phone": f"+32 2 444 {index:04}",
            }
            for index, company in enumerate(companies)
        ]
    )


def _lead_values(index, size, people, rng):
    """Values of one lead: the first ones are marked, the last fifth opportunities."""
    mark = _get_mark(index, size)
    values = {
        "name": f"Lead {index}",
        "type": "opportunity" if index >= size - size // 5 else "lead",
        "expected_revenue": rng.randrange(1000, 50000),
        "referred": mark,
    }
    if mark == KNOWN:
        return {**values, "partner_id": rng.choice(_get_answering(people).ids)}
    if not mark and rng.random() < 0.5:
        return {**values, "partner_id": rng.choice(people.ids)}
    return {
        **values,
        "contact_name": f"Person {index}",
        "partner_name": f"Prospect {index}",
        "email_from": f"person{index}@prospect{index}.example.com",
        "phone": f"+32 2 333 {index:04}",
    }


def _get_mark(index, size):
    """What a lead is for; False for most of them."""
    index -= READY_LEADS
    if index < 0:
        return READY
    index -= MASS_LEADS
    if index < 0:
        return MASS
    return KNOWN if index < size // KNOWN_SHARE else False


def _get_answering(accounts):
    """Accounts about which everything is known, or their people: every other one."""
    return accounts[::2]


def _make_messages(env, user, rng):
    """E-mails: we wrote to six leads in ten, two thirds of those answered."""
    leads = env["crm.lead"].search([], order="id")
    for batch in _batches(leads):
        messages = []
        for lead in batch:
            ready = lead.referred in (READY, MASS)
            if ready or rng.random() < 0.6:
                messages.append(_message(lead, "email_outgoing", user))
                if ready or rng.random() < 0.66:
                    messages.append(_message(lead, "email", user))
        env["mail.message"].create(messages)
        env.flush_all()
        env.invalidate_all()


def _message(lead, message_type, user):
    """A message to a lead, or from it as the mail gateway posts it."""
    ours = message_type == "email_outgoing"
    return {
        "model": "crm.lead",
        "res_id": lead.id,
        "message_type": message_type,
        "body": "Hello",
        "author_id": user.partner_id.id if ours else lead.partner_id.id,
        "email_from": user.email if ours else lead.email_from,
        "subtype_id": lead.env.ref("mail.mt_comment").id,
    }


# ------------------------------------------------------------ what the addon adds


def add_facts(root):
    """A profile that enforces, and facts about a half of the leads.

    :param root: environment of the superuser, on a copy with the addon
    """
    rng = random.Random(SEED)
    env = root(context={"tracking_disable": True})
    profile = add_profile(env)
    answer_for_accounts(env, profile, rng)
    leads = env["crm.lead"].search([("type", "=", "lead")], order="id")
    for batch in _batches(leads):
        _add_facts(env, profile, batch, rng)
        env.flush_all()
        env.invalidate_all()
    for batch in _batches(env["crm.lead"].search([])):
        batch._review_qualification()
        env.flush_all()
        env.invalidate_all()
    ready = env["crm.lead"].search([("referred", "in", (READY, MASS))])
    if set(ready.mapped("qualification_state")) != {"ready"}:
        raise AssertionError("leads with all facts are not ready")


def add_profile(env):
    """A profile that enforces."""
    return env["crm.qualification.profile"].create(
        {
            "name": "Bench",
            "sequence": -1,
            "enforcement": "enforce",
            "criterion_ids": [(0, 0, values) for values in CRITERIA],
        }
    )


def _add_facts(env, profile, leads, rng):
    answers, needs, commitments = [], [], []
    asked = profile.criterion_ids.filtered(lambda c: c.scope == "lead")
    asked = asked.filtered(lambda c: c.answer_type != "automatic")
    for lead in leads:
        if not lead.referred and rng.random() < 0.5:
            continue
        answers += [
            {
                "criterion_id": criterion.id,
                "lead_id": lead.id,
                "value": rng.choice(GOOD_VALUES[criterion.answer_type]),
            }
            for criterion in asked
            if lead.referred or rng.random() < 0.7
        ]
        needs.append({"lead_id": lead.id, "name": "Less waste", "state": "confirmed"})
        commitments.append({"lead_id": lead.id, "name": "Sends the figures"})
    env["crm.qualification.answer"].create(answers)
    env["crm.lead.need"].create(needs)
    env["crm.lead.commitment"].create(commitments)


def answer_for_accounts(env, profile, rng):
    """Answers of the criteria that are asked once per account, for a half of them."""
    accounts = env["res.partner"].search([("name", "like", "Company ")], order="id")
    criteria = profile.criterion_ids.filtered(lambda c: c.scope == "account")
    env["crm.qualification.answer"].create(
        [
            {
                "criterion_id": criterion.id,
                "partner_id": account.id,
                "value": rng.choice(GOOD_VALUES[criterion.answer_type]),
            }
            for account in _get_answering(accounts)
            for criterion in criteria
        ]
    )
