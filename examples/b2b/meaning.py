"""What the files mean to the gate: a profile whose criteria are about the account."""

CAMPAIGN = "Hardware deals"
PROFILE = {
    "name": "Hardware",
    "sequence": 1,
    "lead_domain": f"[('campaign_id.name', '=', '{CAMPAIGN}')]",
    # The files know accounts; of people, talks, needs and promises they say nothing.
    "enforcement": "advise",
    "check_reachable": False,
    "contact_required": "none",
    "needs_required": 0,
    "commitments_required": 0,
    "score_min": 50.0,
}
# Who needs hardware by trade, who may, and of the others it is anybody's guess.
SECTORS = {
    "technology": 100,
    "software": 100,
    "telecommunications": 100,
    "medical": 50,
    "finance": 50,
    "services": 50,
}
OTHER_SECTORS = 0

SECTOR = {
    "name": "What does the company do?",
    "answer_type": "choice",
    "weight": 2,
}
EMPLOYEES = {
    "name": "How many people work there?",
    "answer_type": "number",
    "number_rule": "at_least",
    "number_min": 1000,
    "weight": 1,
}
REVENUE = {
    "name": "Revenue in a year, in millions of dollars?",
    "answer_type": "number",
    "number_rule": "at_least",
    "number_min": 1000,
    "weight": 1,
}
COUNTRY = {
    "name": "Is it in the United States?",
    "answer_type": "automatic",
    "domain": "[('country_id.code', '=', 'US')]",
    "weight": 1,
}
PARENT = {
    "name": "Does it belong to a larger group?",
    "guidance": "Subsidiaries buy what their group has agreed on.",
    "answer_type": "yes_no",
    "expected": "no",
    "weight": 1,
}
# By their names in external ids, in the order in which they are asked.
CRITERIA = {
    "sector": SECTOR,
    "employees": EMPLOYEES,
    "revenue": REVENUE,
    "country": COUNTRY,
    "parent": PARENT,
}


def get_answers(account):
    """What an account of the files answers, as text.

    :returns: ``{criterion's key: value}``; what is not known has none
    """
    given = {
        "sector": account.sector,
        "employees": account.employees,
        "revenue": account.revenue,
        "parent": "yes" if account.parent else "no",
    }
    return {key: str(value) for key, value in given.items() if value not in (None, "")}


def get_choices(accounts):
    """Points by sector, those that only the files have last.

    :param accounts: all accounts
    """
    other = sorted({account.sector for account in accounts} - SECTORS.keys() - {""})
    return SECTORS | dict.fromkeys(other, OTHER_SECTORS)
