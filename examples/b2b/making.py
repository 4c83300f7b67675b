"""Brings accounts, salespeople and deals into Odoo."""

from collections import defaultdict
from datetime import datetime, time

from . import meaning

BATCH = 1000
# Stages of the files that are not the end, by their place in Odoo's pipeline.
OPEN_STAGES = {"Prospecting": 0, "Engaging": 1}
# Nobody is told of records that are years old.
QUIET = {
    "tracking_disable": True,
    "mail_create_nolog": True,
    "mail_create_nosubscribe": True,
    "no_reset_password": True,
}


def make_profile(env, accounts):
    """The campaign of the deals and the profile that judges them.

    :returns: campaign and profile
    """
    campaign = env["utm.campaign"].create({"title": meaning.CAMPAIGN})
    choices = meaning.get_choices(accounts)
    profile = env["crm.qualification.profile"].create(
        meaning.PROFILE
        | {
            "criterion_ids": [
                (0, 0, {"scope": "account", "sequence": sequence, **values})
                for sequence, values in enumerate(meaning.CRITERIA.values())
            ]
        }
    )
    sector = profile.criterion_ids[list(meaning.CRITERIA).index("sector")]
    sector.choice_ids = [
        (0, 0, {"name": name, "points": points, "sequence": index})
        for index, (name, points) in enumerate(choices.items())
    ]
    profile.publish()
    return campaign, profile


def make_accounts(env, profile, accounts, known_on):
    """Companies, those that they belong to, and what is known about them.

    :param known_on: since which day, as what came after a closing is not counted

    :returns: ``{name: res.partner}``
    """
    countries = env["res.country"].search(
        [("name", "in", [account.country for account in accounts])]
    )
    ids = {country.name: country.id for country in countries}
    partners = env["res.partner"].create(
        [
            {
                "name": account.name,
                "is_company": True,
                "country_id": ids.get(account.country),
            }
            for account in accounts
        ]
    )
    made = dict(zip([account.name for account in accounts], partners, strict=True))
    for account in accounts:
        if account.parent in made:
            # of another type than "contact": Odoo gives those their parent's address
            made[account.name].write(
                {"type": "other", "parent_id": made[account.parent].id}
            )
    criteria = dict(zip(meaning.CRITERIA, profile.criterion_ids, strict=True))
    env["crm.qualification.answer"].create(
        [
            {
                "criterion_id": criteria[key].id,
                "partner_id": made[account.name].id,
                "value": value,
                "date": _to_time(known_on),
            }
            for account in accounts
            for key, value in meaning.get_answers(account).items()
        ]
    )
    return made


def make_teams(env, agents):
    """A team for each office, with its salespeople.

    :returns: ``{agent's name: (res.users, crm.team)}``
    """
    group = env.ref("sales_team.group_sale_salesman")
    # sudo: the example sets up its database, whoever it runs as
    users = (
        env["res.users"]
        .sudo()
        .create(
            [
                {
                    "name": agent.name,
                    "login": agent.name.lower().replace(" ", "."),
                    "group_ids": [(4, group.id)],
                }
                for agent in agents
            ]
        )
    )
    by_office = defaultdict(list)
    for agent, user in zip(agents, users, strict=True):
        by_office[agent.office].append((agent, user))
    users = users.sudo(False)
    made = {}
    for office, members in by_office.items():
        team = env["crm.team"].create(
            {"name": office, "member_ids": [(6, 0, [user.id for _a, user in members])]}
        )
        made |= {agent.name: (user, team) for agent, user in members}
    return made


def make_deals(env, deals, campaign, accounts, people):
    """Opportunities, open, won and lost, each on its days.

    :param accounts: ``{name: res.partner}``
    :param people: ``{agent's name: (res.users, crm.team)}``
    :returns: ``crm.lead``, in the order of the deals
    """
    stages = env["crm.stage"].search([])
    won_stage = stages.filtered("is_won")[:1]
    reason = env["crm.lost.reason"].create({"name": "No deal"})
    records = env["crm.lead"]
    for start in range(0, len(deals), BATCH):
        batch = deals[start : start + BATCH]
        made = env["crm.lead"].create(
            [
                _get_values(deal, campaign, accounts, people)
                | {
                    "stage_id": won_stage.id
                    if deal.stage == "Won"
                    else stages[OPEN_STAGES.get(deal.stage, 0)].id
                }
                for deal in batch
            ]
        )
        lost = [
            record.id
            for record, deal in zip(made, batch, strict=True)
            if deal.stage == "Lost"
        ]
        made.browse(lost).action_set_lost(lost_reason_id=reason.id)
        _set_days(env, made, batch)
        records |= made
        env.flush_all()
        env.invalidate_all()
    return records


def _get_values(deal, campaign, accounts, people):
    user, team = people[deal.agent]
    return {
        "name": f"{deal.product} {deal.key}",
        "type": "opportunity",
        "partner_id": accounts[deal.account].id if deal.account else False,
        "user_id": user.id,
        "team_id": team.id,
        "campaign_id": campaign.id,
        "expected_revenue": deal.value,
    }


def _set_days(env, records, deals):
    """Odoo dates records by itself: on the day of the import, not on their own."""
    env.flush_all()
    days = [
        (
            record.id,
            *(_to_time(day) for day in (deal.engaged or deal.closed, deal.closed)),
        )
        for record, deal in zip(records, deals, strict=True)
    ]
    ids, created, closed = (list(column) for column in zip(*days, strict=True))
    env.cr.execute(
        """
        UPDATE crm_lead SET create_date = COALESCE(day.created, create_date),
                            date_closed = day.closed
          FROM unnest(%s, %s::timestamp[], %s::timestamp[]) day(id, created, closed)
         WHERE day.id = crm_lead.id
        """,
        (ids, created, closed),
    )
    records.invalidate_recordset(["create_date", "date_closed"])
    records.modified(["create_date", "date_closed"])


def _to_time(day):
    return day and datetime.combine(day, time(12))
