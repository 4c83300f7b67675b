"""Past facts, judged by a policy of today; what is not known stays unknown.

Pure Python, as the gate whose verdicts it asks for. The decision log keeps the facts
that the gate saw; of what was decided before there was a log, hardly anything is known.
Where facts are missing the gate is asked twice, with the best that they may have been
and with the worst: a check whose result does not depend on them is certain all the
same, any other is unknown.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from .facts import Answer, Commitment, Contact, Facts, Need
from .gate import CHECKS, FAILED, NOT_APPLICABLE, Check, judge
from .policy import Policy

PASSED = "passed"
BLOCKED = "blocked"
UNKNOWN = "unknown"

# Parts of the facts that a snapshot may lack, by the field that holds them.
PARTS = frozenset(
    {
        "has_person",
        "has_address",
        "contact",
        "needs",
        "commitments",
        "answers",
        "extra",
    }
)


@dataclass(frozen=True)
class Past:
    """What is known of one record on the day of its decision.

    :param facts: the facts, those that are unknown left out
    :param missing: the parts of the facts that are unknown, some of ``PARTS``
    """

    facts: Facts
    missing: frozenset[str] = frozenset()


def read_snapshot(snapshot: Mapping) -> Past:
    """The facts as the decision log keeps them, as JSON.

    Parts that the snapshot has not are unknown; what this version has no name for is
    left out. Early snapshots call the proof of contact ``message``.
    """
    values = {name: value for name, value in snapshot.items() if name in PARTS}
    contact = dict(values.get("contact") or {})
    if "message" in contact:
        contact.setdefault("proof", contact["message"])
    known = {
        "contact": lambda _value: _read(Contact, contact),
        "needs": lambda value: tuple(_read(Need, need) for need in value),
        "commitments": lambda value: tuple(_read(Commitment, c) for c in value),
        "answers": lambda value: tuple(_read(Answer, answer) for answer in value),
    }
    contact_day = snapshot.get("contact_day")
    facts = Facts(
        today=date.fromisoformat(snapshot["today"]),
        contact_day=contact_day and date.fromisoformat(contact_day),
        **{
            name: known[name](value) if name in known else value
            for name, value in values.items()
        },
    )
    return Past(facts, PARTS - values.keys())


def judge_past(
    past: Past,
    policy: Policy,
    checks: Iterable[Callable[[Facts, Policy], Check]] = CHECKS,
    disqualifiers: frozenset[int] = frozenset(),
) -> dict[str, str]:
    """What the policy would have said.

    :param past: what is known
    :param policy: what is asked now; criteria that the snapshot does not have are
        unknown
    :param checks: the checks to make, in their order
    :param disqualifiers: keys of the criteria that an answer may fail for good
    :return: ``{check's key: PASSED, BLOCKED, UNKNOWN or NOT_APPLICABLE}``
    """
    checks = tuple(checks)
    unasked = [c.key for c in policy.asked if c.key not in past.facts.answer_by_key]
    if not past.missing and not unasked:
        return {
            check.key: _get_result(check)
            for check in judge(past.facts, policy, checks).checks
        }
    best = judge(_suppose_best(past, policy, unasked), policy, checks)
    # an open answer may be the worst, as may be one that rules out
    ruling = tuple(Answer(k, "disqualifying") for k in unasked if k in disqualifiers)
    ruled_out = replace(past.facts, answers=past.facts.answers + ruling)
    open_, ruled_out = (judge(f, policy, checks) for f in (past.facts, ruled_out))
    cases = best.checks, open_.checks, ruled_out.checks
    results = {}
    for check, good, *bad in zip(checks, *cases, strict=True):
        result = _get_result(good)
        is_certain = {result} == {_get_result(one) for one in bad}
        if check not in CHECKS and "extra" in past.missing:
            # of another addon's facts nobody here knows the best or the worst
            is_certain = result == NOT_APPLICABLE
        results[good.key] = result if is_certain else UNKNOWN
    return results


def get_outcome(results: Mapping[str, str]) -> str:
    """BLOCKED by any check, else UNKNOWN by any, else PASSED."""
    states = set(results.values())
    return next((state for state in (BLOCKED, UNKNOWN) if state in states), PASSED)


def get_alone(results: Mapping[str, str]) -> str | None:
    """Key of the only check that blocks; None where none does, or several do."""
    blocking = [key for key, result in results.items() if result == BLOCKED]
    return blocking[0] if len(blocking) == 1 else None


def _suppose_best(past, policy, unasked):
    best = {
        "has_person": True,
        "has_address": True,
        "contact": Contact("two_way"),
        "needs": (Need("", "confirmed"),) * policy.needs,
        "commitments": (Commitment(""),) * policy.commitments,
    }
    met = tuple(Answer(key, "met", 1.0) for key in unasked)
    return replace(
        past.facts,
        answers=past.facts.answers + met,
        **{name: value for name, value in best.items() if name in past.missing},
    )


def _get_result(check):
    if check.state == NOT_APPLICABLE:
        return NOT_APPLICABLE
    return BLOCKED if check.state == FAILED else PASSED


def _read(kind, values):
    """A fact from its JSON; text is a date where the fact has one."""
    known = {name: values[name] for name in kind._fields if name in values}
    for name, value in known.items():
        if not isinstance(value, str):
            continue
        if name.endswith(("date", "since")):
            known[name] = datetime.fromisoformat(value)
        elif name == "deadline":
            known[name] = date.fromisoformat(value)
    return kind(**known)
