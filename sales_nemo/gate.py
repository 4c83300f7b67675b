"""The gate: facts + policy → verdict.

Pure Python: no database, no Odoo, no clock. Whoever asks brings the facts and the
day on which they are judged; the same facts always get the same verdict, in
whatever order they come. Every path into the pipeline asks this module.

A check is a function ``(facts, policy) → Check``. Other addons add theirs to the
tuple that ``crm.qualification.profile._get_gate_checks`` returns, and their facts
to ``Facts.extra``.

What there are many of are named tuples: they are made three times as fast.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import NamedTuple

from .facts import OPEN_ANSWERS, Commitment, Criterion, Facts
from .policy import REQUIREMENTS, Policy

PASSED = "passed"
FAILED = "failed"
WARNING = "warning"
NOT_APPLICABLE = "not_applicable"

# The grade of a lead that no policy judges.
NO_GRADE = "none"


class Check(NamedTuple):
    """Result of one check.

    :param key: which check
    :param state: passed / failed / warning / not_applicable
    :param reason: code of the one-line reason, or codes with blanks between them
        (``reasons.py`` has the words)
    :param values: what the reason names: numbers, dates, names, and the keys of the
        criteria that have these names in the reader's language
    :param name: what another addon's check is called, a text or a lazy translation;
        of those here ``reasons.py`` has the words
    """

    key: str
    state: str
    reason: str = ""
    values: Mapping[str, object] = MappingProxyType({})
    name: object = ""


class Step(NamedTuple):
    """The one thing to do next.

    :param key: the reason that it removes, "question", "other" (what another addon's
        check asks for), "convert", "unreached" or "disqualified" (lose it); empty:
        nothing
    :param about: the need to confirm, or the commitment that is overdue
    :param question: key of the criterion to ask about, or None
    """

    key: str = ""
    about: str = ""
    question: int | None = None


class Verdict(NamedTuple):
    """What the gate says about one lead.

    :param checks: all checks, in the policy's order
    :param score: percent of the criteria's points, 0.0 … 100.0
    :param grade: letter by score, number by age of the last two-way contact
    :param chance: of winning, by the answers, percent; 0.0 where no scorecard gives the
        probability
    :param at: the stages that asked, see ``Policy``
    """

    checks: tuple[Check, ...]
    score: float
    grade: str
    chance: float
    at: tuple[int | None, ...] | None

    @property
    def passed(self) -> bool:
        """True when no check failed."""
        return all(check.state != FAILED for check in self.checks)

    @property
    def failed(self) -> tuple[Check, ...]:
        """The checks that stand in the way."""
        return tuple(check for check in self.checks if check.state == FAILED)

    @property
    def disqualified(self) -> bool:
        """True when an answer rules the lead out for good."""
        return any(check.key == "not_disqualified" for check in self.failed)


def check_reachable(facts: Facts, policy: Policy) -> Check:
    """A person and a way to reach them."""
    key = "reachable"
    if not policy.reachable:
        return Check(key, NOT_APPLICABLE)
    wrong = facts.extra.get("wrong_number", {})
    told = " wrong_number" if wrong else ""
    if facts.has_person and facts.has_address:
        return Check(key, PASSED, f"reachable{told}", wrong)
    if facts.has_person:
        return Check(key, FAILED, f"no_address{told}", wrong)
    if facts.has_address:
        return Check(key, FAILED, f"no_person{told}", wrong)
    return Check(key, FAILED, f"unreachable{told}", wrong)


def is_contact_enough(state: str, policy: Policy) -> bool:
    """Whether a contact state is as much as the policy asks for."""
    if policy.contact == "two_way":
        return state == "two_way"
    return policy.contact == "none" or state != "none"


def check_contacted(facts: Facts, policy: Policy) -> Check:
    """Somebody was in touch; by default in both directions."""
    key = "contacted"
    contact = facts.contact
    if policy.contact == "none":
        return Check(key, NOT_APPLICABLE)
    values = {"date": contact.date}
    if not is_contact_enough(contact.state, policy):
        if "unattended" in facts.extra:
            values["unattended"] = facts.extra["unattended"]
        return Check(key, FAILED, f"contact_{contact.state}", values)
    if facts.contact_age and facts.contact_age > policy.age_limits[2]:
        return Check(key, WARNING, "contact_old", values)
    return Check(key, PASSED, f"contacted_{contact.state}", values)


def check_needs(facts: Facts, policy: Policy) -> Check:
    """Enough needs were confirmed by the customer."""
    key = "needs_known"
    if not policy.needs:
        return Check(key, NOT_APPLICABLE)
    states = [need.state for need in facts.needs]
    values = {
        "count": states.count("confirmed"),
        "required": policy.needs,
        "suspected": states.count("suspected"),
    }
    if values["count"] >= policy.needs:
        return Check(key, PASSED, "needs", values)
    if values["suspected"]:
        return Check(key, FAILED, "needs_suspected", values)
    return Check(key, FAILED, "needs_missing", values)


def check_commitments(facts: Facts, policy: Policy) -> Check:
    """The buyer committed to a next step and has not broken the word."""
    key = "committed"
    if not policy.commitments:
        return Check(key, NOT_APPLICABLE)
    alive = [c for c in facts.commitments if c.state in ("open", "kept")]
    overdue = get_overdue(facts)
    values = {
        "count": len(alive),
        "required": policy.commitments,
        "overdue": len(overdue),
    }
    if len(alive) < policy.commitments:
        broken = len(alive) < len(facts.commitments)
        reason = "commitments_broken" if broken else "commitments_missing"
        return Check(key, FAILED, reason, values)
    if overdue:
        return Check(key, WARNING, "commitments_overdue", values)
    return Check(key, PASSED, "commitments", values)


def get_overdue(facts: Facts) -> list[Commitment]:
    """The commitments that are open past their day."""
    return [
        commitment
        for commitment in facts.commitments
        if commitment.state == "open"
        and commitment.deadline
        and commitment.deadline < facts.today
    ]


def check_criteria(facts: Facts, policy: Policy) -> Check:
    """What is required of the criteria is there, and enough of the points are.

    The reason is that of each requirement that is not, and of the score, with blanks
    between them.
    """
    key = "criteria_met"
    if not policy.criteria or not policy.questions:
        return Check(key, NOT_APPLICABLE)
    missing = {"met": [], "known": []}
    for criterion in policy.required:
        state = get_answer_state(facts, criterion)
        is_known = state not in OPEN_ANSWERS
        if not (is_known if criterion.requirement == "known" else state == "met"):
            missing[criterion.requirement].append(criterion)
    score = get_score(facts, policy)
    values = {
        "score": score,
        "required": policy.score_min,
        "keys": [c.key for c in missing["met"] + missing["known"]],
        "names": [c.name for c in missing["met"]],
        "unknown_names": [c.name for c in missing["known"]],
    }
    reasons = [REQUIREMENTS[kind] for kind in missing if missing[kind]]
    if score < policy.score_min:
        reasons.append("score_low")
    if reasons:
        return Check(key, FAILED, " ".join(reasons), values)
    return Check(key, PASSED, "criteria" if policy.required else "score", values)


def check_not_disqualified(facts: Facts, policy: Policy) -> Check:
    """No answer rules the lead out."""
    key = "not_disqualified"
    if not policy.questions:
        return Check(key, NOT_APPLICABLE)
    ruling = [
        criterion
        for criterion in policy.asked
        if get_answer_state(facts, criterion) == "disqualifying"
    ]
    if ruling:
        values = {"keys": [c.key for c in ruling], "names": [c.name for c in ruling]}
        return Check(key, FAILED, "disqualified", values)
    return Check(key, PASSED, "not_disqualified")


CHECKS: tuple[Callable[[Facts, Policy], Check], ...] = (
    check_reachable,
    check_contacted,
    check_needs,
    check_commitments,
    check_criteria,
    check_not_disqualified,
)

# The checks that give codes as reasons.
OUR_KEYS = frozenset(check(Facts(today=date.min), Policy()).key for check in CHECKS)
# What an opportunity is asked for on its way through the stages.
STAGE_CHECKS = CHECKS[2:]


def judge(
    facts: Facts,
    policy: Policy,
    checks: Iterable[Callable[[Facts, Policy], Check]] = CHECKS,
) -> Verdict:
    """Judge one lead.

    :param facts: what is known
    :param policy: what is asked
    :param checks: the checks to make, in the order in which they are shown
    """
    score, card = get_score(facts, policy), policy.card
    return Verdict(
        checks=tuple([check(facts, policy) for check in checks]),
        score=score,
        grade=get_grade(score, facts, policy),
        chance=card.get_chance(facts) if card and card.rules else 0.0,
        at=policy.at,
    )


def get_score(facts: Facts, policy: Policy) -> float:
    """Percent of the points that the answers earn: Σ weight·points / Σ weight · 100.

    Open and failing answers earn nothing but stay in the denominator. 0 when the
    policy asks nothing that carries weight and nothing can be earned.
    """
    if not policy.weight:
        return 0.0
    answers = facts.answer_by_key
    earned = sum(
        criterion.weight * answers[criterion.key].points
        for criterion in policy.asked
        if criterion.key in answers
    )
    return round(100.0 * earned / policy.weight, 2)


def get_grade(score: float, facts: Facts, policy: Policy) -> str:
    """``a1`` … ``d4``: letter by score, number by the age of the last two-way contact.

    :param score: percent, 0.0 … 100.0
    """
    letter = next(name for name, least in policy.bands if score >= least)
    return f"{letter}{get_grade_number(facts.contact_age, policy.age_limits)}"


def get_grade_number(contact_age: int | None, age_limits: tuple[int, int, int]) -> int:
    """1 … 4 by the age of the last two-way contact; 4 also when there was none.

    :param contact_age: days since that contact, or None
    :param age_limits: days up to which a contact is fresh, recent, old
    """
    if contact_age is None:
        return 4
    return 1 + sum(contact_age > limit for limit in age_limits)


def get_next_step(facts: Facts, policy: Policy, checks: Iterable[Check]) -> Step:
    """The first thing to do about checks that fail, or a commitment that is overdue.

    A customer who waits for our answer comes before all but what rules a lead out; then
    the checks come in their order.

    :param checks: of a verdict about these facts
    """
    to_do = {
        check.key: check
        for check in checks
        if check.state == FAILED or check.reason == "commitments_overdue"
    }
    if "not_disqualified" in to_do:
        return Step("disqualified")
    if facts.contact.state == "inbound" and policy.contact != "none":
        return Step("contact_inbound")
    for check in to_do.values():
        if check.key == "criteria_met":
            question = _get_deciding_question(facts, policy, check)
            return Step("question" if question else "score_low", question=question)
        if check.reason == "needs_suspected":
            names = [need.name for need in facts.needs if need.state == "suspected"]
            return Step(check.reason, about=min(names))
        if check.reason == "commitments_overdue":
            overdue = min(get_overdue(facts), key=lambda c: (c.deadline, c.name))
            return Step(check.reason, about=overdue.name)
        reason = check.reason.split()[0] if check.key in OUR_KEYS else "other"
        is_silent = 0 < policy.attempts_max <= facts.contact.attempts
        if reason == "contact_outbound" and is_silent:
            return Step("unreached")
        return Step(reason)
    return Step()


def get_step_in_pipeline(
    facts: Facts, policy: Policy, verdict: Verdict, is_flagged: bool
) -> Step:
    """What is to be done next about an opportunity.

    Who waits for our answer, or promised and is late, comes first, then what the next
    stage asks for, then what a flagged one lacks. What the conversion asked of others
    isn't asked again.

    :param verdict: about these facts
    :param is_flagged: it came into the pipeline without passing
    """
    urgent = [
        check
        for check in verdict.checks
        if check.state != FAILED or check.key == "not_disqualified"
    ]
    steps = [get_next_step(facts, policy, urgent)]
    if ahead := policy.ahead:
        checks = judge(facts, ahead, STAGE_CHECKS).checks
        steps.append(get_next_step(facts, ahead, checks))
    if is_flagged:
        steps.append(get_next_step(facts, policy, verdict.checks))
    return next((step for step in steps if step.key), Step())


def _get_deciding_question(facts: Facts, policy: Policy, check: Check) -> int | None:
    """Key of the criterion that decides: a required one that is open, else one that is
    not met; while only the score is too low the open one that earns most. Where the
    chance was learnt, among these the one whose answer moves it most."""
    missing = check.values["keys"]
    askable = [
        criterion
        for criterion in policy.by_help
        if get_answer_state(facts, criterion) in OPEN_ANSWERS
        and (criterion.key in missing or not missing)
    ]
    if policy.card:
        # the best answer earns the weight, but the worst one need not earn nothing
        ranks = {key: rank for rank, key in enumerate(policy.card.get_open(facts))}
        askable.sort(key=lambda c: ranks[c.key])
    return askable[0].key if askable else next(iter(missing), None)


def get_answer_state(facts: Facts, criterion: Criterion) -> str:
    """State of the answer to a criterion; "unknown" without one."""
    answer = facts.answer_by_key.get(criterion.key)
    return answer.state if answer else "unknown"
