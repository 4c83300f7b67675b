"""What the columns mean to the gate: criteria, contacts and needs.

Only what was known *before* the sale closed is read as a criterion. ``README.md`` says
which columns are left out because they tell, or follow from, the outcome.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from .shape import Lead

PROFILE = {
    "name": "X Education",
    "sequence": 1,
    "lead_domain": "[('campaign_id.name', '=', 'X Education')]",
    "enforcement": "enforce",
    # The file names nobody and says nothing of what buyers promised.
    "check_reachable": False,
    "commitments_required": 0,
    "contact_required": "two_way",
    "needs_required": 1,
    "score_min": 50.0,
}
CAMPAIGN = "X Education"

# What a choice is worth that the file has and the lists below have not.
UNLISTED_POINTS = 50


@dataclass(frozen=True)
class Criterion:
    """A criterion made from the file.

    :param key: its name in external ids
    :param values: fields of ``crm.qualification.criterion``
    :param answer: the answer that a lead of the file gives, None when it is not known
    :param choices: points by choice; choices that only the file has are added to them
    """

    key: str
    values: dict
    answer: Callable[[Lead], object] | None = None
    choices: dict[str, int] = field(default_factory=dict)


CRITERIA = (
    Criterion(
        "occupation",
        {
            "name": "What is their occupation?",
            "guidance": "Who earns a salary can pay for a course and profits from it.",
            "answer_type": "choice",
            "weight": 3,
        },
        lambda lead: lead.occupation,
        {
            "Working Professional": 100,
            "Businessman": 100,
            "Unemployed": 60,
            "Housewife": 60,
            "Student": 40,
            "Other": 50,
        },
    ),
    Criterion(
        "specialization",
        {
            "name": "Which specialization do they want?",
            "guidance": "Without it there is no course to offer.",
            "answer_type": "text",
            "weight": 2,
            "requirement": "met",
        },
        lambda lead: lead.specialization,
    ),
    Criterion(
        "seconds_on_site",
        {
            "name": "How many seconds did they spend on the website?",
            "answer_type": "number",
            "number_rule": "at_least",
            "number_min": 300,
            "weight": 2,
        },
        lambda lead: lead.seconds_on_site,
    ),
    Criterion(
        "visits",
        {
            "name": "How often did they visit the website?",
            "guidance": "Once is chance; dozens of visits are robots or competitors.",
            "answer_type": "number",
            "number_rule": "between",
            "number_min": 2,
            "number_max": 30,
            "weight": 1,
        },
        lambda lead: lead.visits,
    ),
    Criterion(
        "source",
        {
            "name": "How did they find us?",
            "answer_type": "choice",
            "weight": 1,
        },
        lambda lead: lead.source,
        {
            "Reference": 100,
            "Google": 70,
            "Organic Search": 70,
            "Direct Traffic": 70,
            "Referral Sites": 60,
            "Olark Chat": 50,
        },
    ),
    Criterion(
        "city",
        {
            "name": "Where do they live?",
            "guidance": "Meetings are in Mumbai.",
            "answer_type": "choice",
            "weight": 1,
        },
        lambda lead: lead.city,
        {
            "Mumbai": 100,
            "Thane & Outskirts": 100,
            "Other Cities of Maharashtra": 70,
            "Other Metro Cities": 60,
            "Other Cities": 50,
            "Tier II Cities": 50,
        },
    ),
    Criterion(
        "country",
        {
            "name": "Do they live in India?",
            "answer_type": "automatic",
            "domain": "[('country_id.code', '=', 'IN')]",
            "weight": 1,
        },
    ),
    Criterion(
        "do_not_email",
        {
            "name": "Did they ask not to be e-mailed?",
            "answer_type": "yes_no",
            "expected": "no",
            "weight": 1,
        },
        lambda lead: _yes_no(lead.do_not_email),
    ),
    Criterion(
        "do_not_call",
        {
            "name": "Did they ask not to be called?",
            "guidance": "Courses are sold by telephone.",
            "answer_type": "yes_no",
            "expected": "no",
            "weight": 1,
            "is_disqualifying": True,
        },
        lambda lead: _yes_no(lead.do_not_call),
    ),
)


def _yes_no(value):
    return None if value is None else ("yes" if value else "no")


def answers(lead):
    """Answers that a lead of the file gives.

    :returns: list of (criterion's key, answer as text); what is not known has none
    """
    given = ((c.key, c.answer(lead)) for c in CRITERIA if c.answer)
    return [(key, str(value)) for key, value in given if value is not None]


def choices(criterion, leads):
    """Choices of a criterion with their points, those that only the file has last.

    :param leads: the leads of the file
    """
    found = {criterion.answer(lead) for lead in leads} - {None}
    known = {name.casefold() for name in criterion.choices}
    new = sorted(name for name in found if name.casefold() not in known)
    return criterion.choices | dict.fromkeys(new, UNLISTED_POINTS)


# ------------------------------------------------------------ contacts and needs

REACHED = "reached"
NO_ANSWER = "no_answer"
WROTE = "wrote"
WROTE_TO_US = "wrote_to_us"

# What the last activity proves. Not in here, so no contact: a visit of the website, a
# mail that bounced, "Converted to Lead". An SMS is a logged contact: no e-mail.
ACTIVITIES = {
    "Had a Phone Conversation": REACHED,
    "Approached upfront": REACHED,
    "Visited Booth in Tradeshow": REACHED,
    "Unreachable": NO_ANSWER,
    "Email Opened": WROTE,
    "Email Link Clicked": WROTE,
    "View in browser link Clicked": WROTE,
    "SMS Sent": NO_ANSWER,
    "Unsubscribed": WROTE,
    "Email Marked Spam": WROTE,
    "Email Received": WROTE_TO_US,
    "Olark Chat Conversation": WROTE_TO_US,
    "Form Submitted on Website": WROTE_TO_US,
    "Resubscribed to emails": WROTE_TO_US,
}

# What the rep's tag proves. The first group repeats what somebody told us. Not in here:
# tags that only tell how it ended, and numbers that reach nobody.
TAGS = {
    "Will revert after reading the email": REACHED,
    "Interested in other courses": REACHED,
    "Interested in full time MBA": REACHED,
    "Interested in Next batch": REACHED,
    "Already a student": REACHED,
    "Not doing further education": REACHED,
    "Graduation in progress": REACHED,
    "Diploma holder (Not Eligible)": REACHED,
    "University not recognized": REACHED,
    "Recognition issue (DEC approval)": REACHED,
    "Lateral student": REACHED,
    "Still Thinking": REACHED,
    "Shall take in the next coming month": REACHED,
    "In confusion whether part time or DLP": REACHED,
    "Want to take admission but has financial problems": REACHED,
    "in touch with EINS": REACHED,
    "Ringing": NO_ANSWER,
    "switched off": NO_ANSWER,
    "Busy": NO_ANSWER,
    "opp hangup": NO_ANSWER,
}


def contacts(lead):
    """Contacts that a lead's last activity and tag prove.

    :returns: list of (kind, the file's words); at most one of each column
    """
    activity, tag = _proof(ACTIVITIES, lead.last_activity), _proof(TAGS, lead.tag)
    return [proof for proof in (activity, tag) if proof]


def _proof(table, words):
    kinds = {name.casefold(): kind for name, kind in table.items()}
    kind = kinds.get((words or "").casefold())
    return (kind, words) if kind else None


def needs(lead):
    """Needs of a lead, which its own form stated: none or one."""
    return [lead.matters_most] if lead.matters_most else []
