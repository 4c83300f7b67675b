"""The gate: facts + policy → verdict.

Pure Python: no database, no Odoo, no clock. Whoever asks brings the facts and the
day on which they are judged; the same facts always get the same verdict, in
whatever order they come. Every path into the pipeline asks this module.

A check is a function ``(facts, policy) → Check``. Other addons add theirs to the
tuple that ``crm.qualification.profile._get_gate_checks`` returns, and their facts
to ``Facts.extra``.

What there are many of are named tuples: they are made three times as fast.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from .chance import Card

PASSED = "passed"
FAILED = "failed"
WARNING = "warning"
NOT_APPLICABLE = "not_applicable"

# Results of an answer that leave its question open.
OPEN_ANSWERS = frozenset({"unknown", "expired"})
# What may be required of a criterion, and the reason of who has not got that far.
REQUIREMENTS = {"met": "criteria_missing", "known": "criteria_unknown"}
# Contact states, by how much they prove.
CONTACT_STATES = ("none", "outbound", "inbound", "two_way")
# The grade of a lead that no policy judges.
NO_GRADE = "none"
# Letter of the grade: the least score, in percent, that earns it, unless learnt.
GRADE_LETTERS = (("a", 75), ("b", 50), ("c", 25), ("d", 0))


@dataclass(frozen=True)
class Criterion:
    """A question that the policy asks.

    :param key: identifies the criterion (its database id in Odoo)
    :param name: the question, as the rep reads it
    :param weight: share of the score, ≥ 0
    :param requirement: "none", "known" (answered, whatever the answer, and not expired)
        or "met", whatever the score
    :param sequence: order in which the questions are asked
    :param automatic: a filter answers it, nobody is asked
    :param account: asked once about the account, not about each lead
    :param stage: key of the stage from which on it is asked; None: at the conversion
    """

    key: int
    name: str
    weight: float = 1.0
    requirement: str = "none"
    sequence: int = 0
    automatic: bool = False
    account: bool = False
    stage: int | None = None


class Answer(NamedTuple):
    """What is known about one criterion.

    :param key: the criterion's key
    :param state: met / partly / not_met / disqualifying / unknown / expired
    :param points: share of the criterion's weight that it earns, 0.0 … 1.0
    :param value: what was answered, as text, for the record
    :param origin: who told it, for the record: "person", "import" or "agent"
    """

    key: int
    state: str = "unknown"
    points: float = 0.0
    value: str = ""
    origin: str = "person"


class Contact(NamedTuple):
    """Who has heard from whom.

    :param state: one of ``CONTACT_STATES``
    :param date: of the last contact that counts for the state (UTC), or None
    :param two_way_date: last time both sides were in touch (UTC), or None
    :param proof: key of the message that proves it, or None
    :param meeting: key of the held meeting that proves it, or None
    :param waiting_since: they wrote then (UTC) and wait for our answer, or None
    :param inferred: the proof may be an automatic reply: its headers are unknown
    :param heard_date: last time that they wrote or talked to us (UTC), or None
    :param attempts: how often we wrote or called since they last answered
    :param asked_date: when they wrote first (UTC), or None
    :param answered_date: our first answer, or attempt with others (UTC), or None
    :param origin: who logged the proof, "import" or "agent"; None: a person, or nobody
    """

    state: str = "none"
    date: datetime | None = None
    two_way_date: datetime | None = None
    proof: int | None = None
    meeting: int | None = None
    waiting_since: datetime | None = None
    inferred: bool = False
    heard_date: datetime | None = None
    attempts: int = 0
    asked_date: datetime | None = None
    answered_date: datetime | None = None
    origin: str | None = None


class Need(NamedTuple):
    """What the customer wants solved: suspected, confirmed or not_for_us."""

    name: str
    state: str = "suspected"
    origin: str = "person"


class Commitment(NamedTuple):
    """What the buyer promised: open, kept or broken; ``deadline`` may be None."""

    name: str
    state: str = "open"
    deadline: date | None = None
    origin: str = "person"


@dataclass(frozen=True)
class Facts:
    """All that is known about one lead on the day it is judged.

    :param today: the day, for ages and deadlines; of a closed record the day on which
        it was closed
    :param has_person: somebody to talk to is named
    :param has_address: there is an e-mail address or a phone number
    :param contact: who has heard from whom
    :param needs: the customer's needs, in any order
    :param commitments: the buyer's commitments, in any order
    :param answers: at most one per criterion, in any order
    :param extra: facts of other addons' checks, by name; ours are ``unattended``, the
        day of a held meeting to which nobody from outside was invited, and
        ``wrong_number``, ``{"number", "day"}`` of a call that showed it
    :param contact_day: the day of the last two-way contact, where ``today`` is one;
        None: the day in UTC
    """

    today: date
    has_person: bool = False
    has_address: bool = False
    contact: Contact = Contact()
    needs: tuple[Need, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    answers: tuple[Answer, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    contact_day: date | None = None

    @cached_property
    def answer_by_key(self) -> Mapping[int, Answer]:
        """The answers by the key of their criterion."""
        return {answer.key: answer for answer in self.answers}

    @cached_property
    def contact_age(self) -> int | None:
        """Days since the last two-way contact; None: there was none."""
        moment = self.contact.two_way_date
        day = self.contact_day or (moment and moment.date())
        # one in the future counts as today
        return max((self.today - day).days, 0) if day else None


@dataclass(frozen=True)
class Policy:
    """What a profile asks for. A zero or False switches the check off.

    :param reachable: a person and a way to reach them
    :param contact: "none", "any" (somebody wrote or called) or "two_way"
    :param needs: least number of confirmed needs
    :param commitments: least number of open or kept commitments
    :param criteria: check the required criteria and the score
    :param score_min: least score, percent of the points
    :param questions: the criteria
    :param age_limits: days up to which a two-way contact is fresh, recent, old
    :param needs_stage: key of the stage from which on needs are asked for; None: at the
        conversion
    :param commitments_stage: the same for commitments
    :param enforcement: what a failing verdict does: "enforce" refuses, "advise" tells,
        "off" does not judge; the verdict is the same
    :param attempts_max: how often to write or call without an answer; 0: for ever
    :param ahead: what the next stage asks for that asks for something, or None
    :param bands: letters of the grade with the least score, in percent, that earns
        each, the best one first; the last one's is 0
    :param card: what was learnt of the chance of winning, or None
    :param confirm_agents: a person has to confirm what agents tell: whoever collects
        the facts leaves it open until then
    :param at: the stages that it is restricted to, of those that ask for something; the
        conversion is None among them. None: to none
    """

    reachable: bool = True
    contact: str = "two_way"
    needs: int = 1
    commitments: int = 1
    criteria: bool = True
    score_min: float = 0.0
    questions: tuple[Criterion, ...] = ()
    age_limits: tuple[int, int, int] = (14, 30, 90)
    needs_stage: int | None = None
    commitments_stage: int | None = None
    enforcement: str = "enforce"
    attempts_max: int = 0
    ahead: "Policy | None" = None
    bands: tuple[tuple[str, float], ...] = GRADE_LETTERS
    card: "Card | None" = None
    confirm_agents: bool = False
    at: tuple[int | None, ...] | None = None

    @cached_property
    def stages(self) -> frozenset[int]:
        """Keys of the stages from which on something is asked for."""
        asking = [criterion.stage for criterion in self.questions]
        asking += [self.needs and self.needs_stage]
        asking += [self.commitments and self.commitments_stage]
        return frozenset(stage for stage in asking if stage)

    def reached(
        self, stages: Collection[int], to_come: Collection[int] = ()
    ) -> "Policy":
        """What is asked of who has come as far as these stages.

        :param stages: keys of the stages up to the one where it stands; empty: what the
            conversion asks for
        :param to_come: keys of the stages after it, in their order
        """
        asking = next((stage for stage in to_come if stage in self.stages), None)
        ahead = self.entering([asking]) if asking else None
        return replace(self.asking({None, *stages}), ahead=ahead)

    def entering(self, stages: Collection[int]) -> "Policy":
        """What is asked on the way into these stages and was not before.

        :param stages: keys of the stages that are entered or skipped
        """
        return self.asking(stages)

    def asking(self, stages: Collection[int | None]) -> "Policy":
        """What is asked at some stages.

        :param stages: their keys; None among them: at the conversion, with the score
        """
        conversion = (None,) if None in stages else ()
        return replace(
            self,
            at=(*conversion, *sorted(self.stages.intersection(stages))),
            score_min=self.score_min if conversion else 0.0,
            questions=tuple(c for c in self.questions if c.stage in stages),
            needs=self.needs if self.needs_stage in stages else 0,
            commitments=self.commitments if self.commitments_stage in stages else 0,
        )

    @cached_property
    def asked(self) -> tuple[Criterion, ...]:
        """The questions in the order in which they are asked."""
        return tuple(sorted(self.questions, key=lambda c: (c.sequence, c.key)))

    @cached_property
    def required(self) -> tuple[Criterion, ...]:
        """Those that must be known or met, in the order in which they are asked."""
        return tuple(c for c in self.asked if c.requirement != "none")

    @cached_property
    def by_help(self) -> tuple[Criterion, ...]:
        """The questions that somebody can be asked, those first that earn most."""
        askable = [criterion for criterion in self.asked if not criterion.automatic]
        return tuple(sorted(askable, key=lambda c: -c.weight))

    @cached_property
    def weight(self) -> float:
        """The weight of all questions together."""
        return sum(criterion.weight for criterion in self.asked)


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
