"""Past facts judged again, without a database: what is certain is never wrong."""

import inspect
import json
from dataclasses import replace
from datetime import date, datetime

from hypothesis import given
from hypothesis import strategies as st
from plain import backtest, gate
from plain.facts import (
    CONTACT_STATES,
    Answer,
    Commitment,
    Contact,
    Criterion,
    Facts,
    Need,
)
from plain.policy import Policy

TODAY = date(2026, 5, 20)
KEYS = (1, 2, 3)
POINTS = {"met": 1.0, "partly": 0.5}

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 5, 20)).map(
    lambda moment: moment.replace(microsecond=0)
)
answers = st.builds(
    lambda states: tuple(
        Answer(key, state, POINTS.get(state, 0.0)) for key, state in states.items()
    ),
    st.fixed_dictionaries(
        {
            key: st.sampled_from(
                ["met", "partly", "not_met", "disqualifying", "unknown", "expired"]
            )
            for key in KEYS
        }
    ),
)
facts_strategy = st.builds(
    Facts,
    today=st.just(TODAY),
    has_person=st.booleans(),
    has_address=st.booleans(),
    contact=st.builds(
        Contact,
        st.sampled_from(CONTACT_STATES),
        date=st.none() | moments,
        two_way_date=st.none() | moments,
    ),
    needs=st.lists(
        st.builds(
            Need,
            st.just("Speed"),
            st.sampled_from(["suspected", "confirmed", "not_for_us"]),
        ),
        max_size=3,
    ).map(tuple),
    commitments=st.lists(
        st.builds(
            Commitment,
            st.just("Demo"),
            st.sampled_from(["open", "kept", "broken"]),
            st.none() | st.just(TODAY),
        ),
        max_size=3,
    ).map(tuple),
    answers=answers,
)
policies = st.builds(
    Policy,
    reachable=st.booleans(),
    contact=st.sampled_from(["none", "any", "two_way"]),
    needs=st.integers(0, 2),
    commitments=st.integers(0, 2),
    criteria=st.booleans(),
    score_min=st.sampled_from([0.0, 50.0, 100.0]),
    questions=st.lists(st.sampled_from(KEYS), unique=True).flatmap(
        lambda keys: st.tuples(
            *(
                st.builds(
                    Criterion,
                    st.just(key),
                    st.just(f"Question {key}?"),
                    weight=st.sampled_from([0.0, 1.0, 3.0]),
                    requirement=st.sampled_from(["none", "known", "met"]),
                )
                for key in keys
            )
        )
    ),
)


def get_results(facts, policy):
    """What the gate itself says, in the words of the backtest."""
    words = {"failed": "blocked", "warning": "passed"}
    checks = gate.judge(facts, policy).checks
    return {check.key: words.get(check.state, check.state) for check in checks}


def to_json(facts):
    """Facts as the decision log keeps them."""
    return json.loads(
        json.dumps(
            {
                "today": facts.today,
                "has_person": facts.has_person,
                "has_address": facts.has_address,
                "contact": facts.contact._asdict(),
                "needs": [need._asdict() for need in facts.needs],
                "commitments": [one._asdict() for one in facts.commitments],
                "answers": [answer._asdict() for answer in facts.answers],
                "extra": facts.extra,
            },
            default=lambda value: (
                value.isoformat(" ")
                if isinstance(value, datetime)
                else value.isoformat()
            ),
        )
    )


def test_no_odoo_is_imported():
    lines = inspect.getsource(backtest).splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports and not [line for line in imports if "odoo" in line]


@given(facts_strategy)
def test_snapshots_come_back_as_they_were(facts):
    past = backtest.read_snapshot(to_json(facts))
    assert past == backtest.Past(facts)


@given(facts_strategy, policies)
def test_whole_facts_get_the_gates_verdict(facts, policy):
    past = backtest.read_snapshot(to_json(facts))
    results = backtest.judge_past(past, policy)
    assert results == get_results(facts, policy)
    verdict = gate.judge(facts, policy)
    assert backtest.get_outcome(results) == ("passed" if verdict.passed else "blocked")


@given(
    facts_strategy,
    policies,
    st.sets(st.sampled_from(sorted(backtest.PARTS - {"answers", "extra"}))),
    st.sets(st.sampled_from(KEYS)),
)
def test_what_is_certain_holds_whatever_was_lost(facts, policy, lost, unasked):
    """However facts are lost, no check says what the whole facts would deny."""
    snapshot = to_json(facts)
    for name in lost:
        del snapshot[name]
    snapshot["answers"] = [a for a in snapshot["answers"] if a["key"] not in unasked]
    past = backtest.read_snapshot(snapshot)
    assert past.missing == lost
    found = backtest.judge_past(past, policy, disqualifiers=frozenset(KEYS))
    for key, result in get_results(facts, policy).items():
        assert found[key] in (result, "unknown"), key
    if not lost and not unasked:
        assert "unknown" not in found.values()


@given(policies, facts_strategy)
def test_of_deals_from_before_the_log_the_contact_is_certain(policy, facts):
    snapshot = to_json(facts)
    past = backtest.read_snapshot({key: snapshot[key] for key in ("today", "contact")})
    assert past.missing == backtest.PARTS - {"contact"}
    found = backtest.judge_past(past, policy, disqualifiers=frozenset(KEYS))
    expected = get_results(facts, policy)
    assert found["contacted"] == expected["contacted"]
    if policy.questions:
        assert found["not_disqualified"] == "unknown"
    if policy.needs:
        assert found["needs_known"] == "unknown"


def test_one_blocked_check_blocks_and_one_unknown_check_leaves_it_open():
    assert backtest.get_outcome({"a": "unknown", "b": "blocked"}) == "blocked"
    assert backtest.get_outcome({"a": "unknown", "b": "passed"}) == "unknown"
    assert backtest.get_outcome({"a": "not_applicable", "b": "passed"}) == "passed"
    assert backtest.get_outcome({}) == "passed"


def test_only_one_check_blocks_alone():
    assert backtest.get_alone({"a": "passed", "b": "blocked"}) == "b"
    assert backtest.get_alone({"a": "blocked", "b": "unknown"}) == "a"
    assert backtest.get_alone({"a": "blocked", "b": "blocked"}) is None
    assert backtest.get_alone({"a": "passed", "b": "unknown"}) is None
    assert backtest.get_alone({}) is None


def test_a_question_of_today_may_have_earned_its_weight_but_no_more():
    questions = (Criterion(1, "Budget?"), Criterion(2, "Start?"))
    past = backtest.Past(Facts(TODAY, answers=(Answer(1, "not_met"),)))
    for least, result in ((0, "passed"), (50, "unknown"), (51, "blocked")):
        policy = Policy(score_min=least, questions=questions)
        assert backtest.judge_past(past, policy)["criteria_met"] == result


def test_of_another_addons_facts_nobody_knows_the_best():
    def check_credit(facts, policy):
        if not policy.reachable:
            return gate.Check("credit", "not_applicable")
        state = "passed" if facts.extra.get("credit") else "failed"
        return gate.Check("credit", state, "Ask accounting for the credit limit.")

    def get_credit(missing, policy, **extra):
        past = backtest.Past(Facts(TODAY, extra=extra), frozenset(missing))
        return backtest.judge_past(past, policy, (check_credit,))["credit"]

    policy, free = Policy(), Policy(reachable=False)
    assert get_credit({"extra", "needs"}, policy) == "unknown"
    assert get_credit({"extra", "needs"}, free) == "not_applicable"
    # these were kept, whatever else was not
    assert get_credit({"needs"}, policy) == "blocked"
    assert get_credit({"needs"}, policy, credit=1) == "passed"


def test_what_a_log_does_not_say_is_not_made_up():
    snapshot = {"today": "2026-05-20", "contact": {"state": "outbound"}}
    snapshot |= {"answers": [{"key": 1, "state": "met"}]}
    facts = backtest.read_snapshot(snapshot).facts
    assert (facts.has_person, facts.has_address) == (False, False)
    assert (facts.contact.attempts, facts.contact.inferred) == (0, False)
    assert facts.answer_by_key[1].points == 0


def test_snapshots_of_old_logs():
    """They call the proof ``message``; what nobody knows any more is left out."""
    facts = Facts(TODAY, contact=Contact("inbound", proof=7))
    snapshot = to_json(facts) | {"weather": "fine"}
    snapshot["contact"]["message"] = snapshot["contact"].pop("proof")
    snapshot["contact"]["mood"] = "good"
    assert backtest.read_snapshot(snapshot).facts == facts
    del snapshot["needs"], snapshot["contact"]
    past = backtest.read_snapshot(snapshot)
    assert past.missing == {"needs", "contact"}
    assert past.facts == replace(facts, contact=Contact())
