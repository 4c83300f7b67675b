"""The gate without a database: its checks one by one, and what must always hold."""

import inspect
from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from plain import gate
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
NOW = datetime(2026, 5, 20, 12)
POLICY = Policy(
    score_min=50,
    questions=(
        Criterion(1, "Budget?", weight=3, requirement="met", sequence=1),
        Criterion(2, "Decision maker?", weight=1, sequence=2),
        Criterion(3, "Start?", weight=2, sequence=3),
    ),
)
GOOD = Facts(
    today=TODAY,
    has_person=True,
    has_address=True,
    contact=Contact("two_way", NOW, NOW, 7),
    needs=(Need("Faster", "confirmed"),),
    commitments=(Commitment("Demo", "open", TODAY),),
    answers=(Answer(1, "met", 1.0), Answer(3, "partly", 0.5)),
)


def get_check(key, facts=GOOD, policy=POLICY):
    verdict = gate.judge(facts, policy)
    return next(check for check in verdict.checks if check.key == key)


def test_no_odoo_is_imported():
    lines = inspect.getsource(gate).splitlines()
    imports = [line for line in lines if line.startswith(("import ", "from "))]
    assert imports and not [line for line in imports if "odoo" in line]


def test_good_facts_pass():
    verdict = gate.judge(GOOD, POLICY)
    assert verdict.passed and not verdict.failed
    assert [check.key for check in verdict.checks] == [
        "reachable",
        "contacted",
        "needs_known",
        "committed",
        "criteria_met",
        "not_disqualified",
    ]
    assert {check.state for check in verdict.checks} == {"passed"}


def test_nothing_known_names_everything_at_once():
    verdict = gate.judge(Facts(today=TODAY), POLICY)
    assert [check.key for check in verdict.failed] == [
        "reachable",
        "contacted",
        "needs_known",
        "committed",
        "criteria_met",
    ]


def test_everything_switched_off_asks_nothing():
    policy = Policy(
        reachable=False, contact="none", needs=0, commitments=0, criteria=False
    )
    verdict = gate.judge(Facts(today=TODAY), policy)
    assert verdict.passed
    assert {check.state for check in verdict.checks} == {"not_applicable"}


@pytest.mark.parametrize(
    ("person", "address", "reason"),
    [
        (True, True, "reachable"),
        (True, False, "no_address"),
        (False, True, "no_person"),
        (False, False, "unreachable"),
    ],
)
def test_reachable(person, address, reason):
    check = get_check(
        "reachable", replace(GOOD, has_person=person, has_address=address)
    )
    assert check.reason == reason
    assert check.state == ("passed" if person and address else "failed")
    wrong = {"number": "+32 2 555 12 34", "day": TODAY}
    told = replace(
        GOOD, has_person=person, has_address=address, extra={"wrong_number": wrong}
    )
    known = get_check("reachable", told)
    assert known.reason == f"{reason} wrong_number"
    assert (known.state, known.values) == (check.state, wrong)


@pytest.mark.parametrize(
    ("required", "contact", "state"),
    [
        ("two_way", "none", "failed"),
        ("two_way", "outbound", "failed"),
        ("two_way", "inbound", "failed"),
        ("two_way", "two_way", "passed"),
        ("any", "none", "failed"),
        ("any", "outbound", "passed"),
        ("any", "inbound", "passed"),
        ("any", "two_way", "passed"),
        ("none", "none", "not_applicable"),
    ],
)
def test_contacted(required, contact, state):
    facts = replace(GOOD, contact=Contact(contact, NOW, None, 7))
    check = get_check("contacted", facts, replace(POLICY, contact=required))
    assert check.state == state


@pytest.mark.parametrize(
    ("days", "state"),
    [(-1, "passed"), (0, "passed"), (31, "passed"), (90, "passed"), (91, "warning")],
)
def test_contact_beyond_the_last_limit_warns(days, state):
    then = NOW - timedelta(days=days)
    facts = replace(GOOD, contact=Contact("two_way", then, then, 7))
    assert get_check("contacted", facts).state == state
    assert gate.judge(facts, POLICY).passed


def test_contact_of_tomorrow_is_as_fresh_as_that_of_today():
    """Here it is still today; where the customer sits it isn't."""
    strict = replace(POLICY, age_limits=(0, 0, 0))
    for moment in (NOW, NOW + timedelta(days=1)):
        facts = replace(GOOD, contact=Contact("two_way", moment, moment, 7))
        assert facts.contact_age == 0
        assert get_check("contacted", facts, strict).state == "passed"
        assert gate.judge(facts, strict).grade == "b1"


def test_needs():
    suspected = replace(GOOD, needs=(Need("Faster", "suspected"),))
    assert get_check("needs_known", suspected).reason == "needs_suspected"
    assert get_check("needs_known", replace(GOOD, needs=())).reason == "needs_missing"
    not_ours = replace(GOOD, needs=(Need("Cheaper", "not_for_us"),))
    assert get_check("needs_known", not_ours).state == "failed"
    assert get_check("needs_known", GOOD, replace(POLICY, needs=2)).state == "failed"


def test_commitments():
    broken = replace(GOOD, commitments=(Commitment("Demo", "broken"),))
    assert get_check("committed", broken).reason == "commitments_broken"
    kept = replace(GOOD, commitments=(Commitment("Demo", "kept"),))
    assert get_check("committed", kept).state == "passed"
    yesterday = TODAY - timedelta(days=1)
    late = replace(GOOD, commitments=(Commitment("Demo", "open", yesterday),))
    assert get_check("committed", late).state == "warning"


def test_criteria():
    no_budget = replace(GOOD, answers=(Answer(2, "met", 1), Answer(3, "met", 1)))
    check = get_check("criteria_met", no_budget)
    assert (check.reason, check.values["names"]) == ("criteria_missing", ["Budget?"])
    partly = replace(GOOD, answers=(Answer(1, "partly", 0.9),))
    reasons = get_check("criteria_met", partly).reason
    assert reasons == "criteria_missing score_low"
    low = get_check("criteria_met", GOOD, replace(POLICY, score_min=67))
    assert (low.reason, low.values["score"]) == ("score_low", 66.67)
    assert get_check("criteria_met", GOOD).reason == "criteria"
    optional = tuple(replace(one, requirement="none") for one in POLICY.questions)
    free = replace(POLICY, questions=optional, score_min=0)
    assert get_check("criteria_met", GOOD, free).reason == "score"


@pytest.mark.parametrize(
    ("state", "known", "met"),
    [
        ("met", True, True),
        ("partly", True, False),
        ("not_met", True, False),
        ("disqualifying", True, False),
        ("unknown", False, False),
        ("expired", False, False),
    ],
)
def test_what_is_required(state, known, met):
    """Any answer is known until it expires; another check rules out."""
    facts = replace(GOOD, answers=(Answer(1, state),))
    for requirement, is_there in (("none", True), ("known", known), ("met", met)):
        budget = replace(POLICY.questions[0], requirement=requirement)
        policy = replace(POLICY, questions=(budget,), score_min=0)
        check = get_check("criteria_met", facts, policy)
        assert check.state == ("passed" if is_there else "failed")
        verdict = gate.judge(facts, policy)
        assert verdict.disqualified == (state == "disqualifying")


def test_known_and_met_are_told_apart():
    questions = (
        POLICY.questions[0],
        replace(POLICY.questions[1], requirement="known"),
    )
    policy = replace(POLICY, questions=questions, score_min=0)
    check = get_check("criteria_met", replace(GOOD, answers=()), policy)
    assert check.reason == "criteria_missing criteria_unknown"
    assert check.values["names"] == ["Budget?"]
    assert check.values["unknown_names"] == ["Decision maker?"]
    budget = replace(GOOD, answers=(Answer(1, "met", 1.0),))
    assert get_check("criteria_met", budget, policy).reason == "criteria_unknown"
    assert get_step(budget, policy) == gate.Step("question", question=2)


def test_disqualifying_answer_rules_out():
    facts = replace(GOOD, answers=(*GOOD.answers, Answer(2, "disqualifying")))
    verdict = gate.judge(facts, POLICY)
    assert verdict.disqualified and not verdict.passed
    assert get_check("not_disqualified", facts).values["names"] == ["Decision maker?"]


@pytest.mark.parametrize(
    ("days", "number"),
    [(0, 1), (14, 1), (15, 2), (30, 2), (31, 3), (90, 3), (91, 4)],
)
def test_grade_by_age(days, number):
    then = NOW - timedelta(days=days)
    facts = replace(GOOD, contact=Contact("two_way", then, then, 7))
    assert gate.judge(facts, POLICY).grade == f"b{number}"


@pytest.mark.parametrize(
    ("score", "letter"),
    [
        *((100, "a"), (75, "a"), (74.99, "b"), (50, "b")),
        *((49.99, "c"), (25, "c"), (24.99, "d"), (0, "d")),
    ],
)
def test_grade_by_score(score, letter):
    assert gate.get_grade(score, Facts(today=TODAY), POLICY) == f"{letter}4"


def test_where_nothing_carries_weight_nothing_is_earned():
    weightless = tuple(replace(one, weight=0) for one in POLICY.questions)
    for questions in ((), weightless):
        verdict = gate.judge(GOOD, replace(POLICY, questions=questions))
        assert (verdict.score, verdict.grade) == (0, "d1")


def test_questions_that_say_no_more_are_alike():
    """They weigh 1 each, are asked in the order of their keys, and none is required."""
    told = Criterion(2, "Size?", weight=1, sequence=0)
    policy = Policy(questions=(Criterion(3, "Start?"), told, Criterion(1, "Budget?")))
    assert [criterion.key for criterion in policy.asked] == [1, 2, 3]
    facts = replace(GOOD, answers=(Answer(3, "met", 1.0),))
    assert gate.judge(facts, policy).score == 33.33
    unanswered = get_check("criteria_met", replace(GOOD, answers=()), policy)
    assert (unanswered.state, unanswered.values["required"]) == ("passed", 0)


def test_who_has_no_policy_doubts_nobody():
    """What an agent told of a lead without a profile counts as told."""
    assert not Policy(enforcement="off").confirm_agents


def get_step(facts, policy=POLICY):
    return gate.get_next_step(facts, policy, gate.judge(facts, policy).checks)


def test_the_question_that_decides_is_required_or_earns_most():
    low = replace(POLICY, needs=0, commitments=0, score_min=80)
    assert get_step(replace(GOOD, answers=()), low).question == 1
    refused = replace(GOOD, answers=(Answer(1, "not_met"),))
    assert get_step(refused, low).question == 1
    expired = replace(GOOD, answers=(Answer(1, "expired"), Answer(3, "met")))
    assert get_step(expired, low).question == 1
    free = tuple(replace(one, requirement="none") for one in low.questions)
    known = replace(GOOD, answers=(Answer(1, "not_met", 0.0),))
    assert get_step(known, replace(low, questions=free)).question == 3
    asked = tuple(Answer(one.key, "not_met") for one in free)
    nothing_left = replace(GOOD, answers=asked)
    assert get_step(nothing_left, replace(low, questions=free)).key == "score_low"
    assert not get_step(GOOD, replace(POLICY, questions=())).key


@pytest.mark.parametrize(
    ("change", "step"),
    [
        ({"contact": Contact("inbound", NOW)}, ("contact_inbound", "")),
        ({"has_person": False, "has_address": False}, ("unreachable", "")),
        ({"has_person": False}, ("no_person", "")),
        ({"has_address": False}, ("no_address", "")),
        ({"contact": Contact()}, ("contact_none", "")),
        ({"contact": Contact("outbound", NOW)}, ("contact_outbound", "")),
        (
            {"needs": (Need("Speed"), Need("Order"))},
            ("needs_suspected", "Order"),
        ),
        ({"needs": ()}, ("needs_missing", "")),
        ({"commitments": ()}, ("commitments_missing", "")),
        (
            {"commitments": (Commitment("Call", "open", date(2026, 1, 1)),)},
            ("commitments_overdue", "Call"),
        ),
        (
            {"commitments": (Commitment("Call", "broken"),)},
            ("commitments_broken", ""),
        ),
        ({"answers": (Answer(2, "disqualifying"),)}, ("disqualified", "")),
    ],
)
def test_what_is_missing_is_the_next_step(change, step):
    assert get_step(replace(GOOD, **change))[:2] == step


def test_the_next_step_is_the_first_thing_that_is_missing():
    empty = Facts(today=TODAY)
    assert get_step(empty).key == "unreachable"
    waiting = replace(empty, contact=Contact("inbound", NOW))
    assert get_step(waiting).key == "contact_inbound"
    assert get_step(waiting, replace(POLICY, contact="none")).key == "unreachable"
    ruled_out = replace(waiting, answers=(Answer(2, "disqualifying"),))
    assert get_step(ruled_out).key == "disqualified"


@pytest.mark.parametrize(
    ("most", "attempts", "step"),
    [
        (3, 2, "contact_outbound"),
        (3, 3, "unreached"),
        (3, 4, "unreached"),
        (1, 1, "unreached"),
        (0, 99, "contact_outbound"),
    ],
)
def test_who_does_not_answer_is_tried_so_often(most, attempts, step):
    facts = replace(GOOD, contact=Contact("outbound", NOW, attempts=attempts))
    assert get_step(facts, replace(POLICY, attempts_max=most)).key == step


def test_unless_told_otherwise_they_are_tried_for_ever():
    tried = replace(GOOD, contact=Contact("outbound", NOW, attempts=99))
    assert get_step(tried).key == "contact_outbound"
    # nobody counted
    facts = replace(GOOD, contact=Contact("outbound", NOW))
    assert get_step(facts, replace(POLICY, attempts_max=1)).key == "contact_outbound"


def test_a_wrong_number_is_told_beside_the_step():
    wrong = {"wrong_number": {"number": "+32 2 555 12 34", "day": TODAY}}
    facts = replace(GOOD, has_address=False, extra=wrong)
    assert get_step(facts).key == "no_address"


STAGED = replace(
    POLICY,
    questions=(POLICY.questions[0], replace(POLICY.questions[1], stage=5)),
    needs_stage=3,
    commitments_stage=5,
)


@pytest.mark.parametrize(
    ("policy", "failed", "at"),
    [
        (STAGED.reached([]), {"criteria_met": "criteria_missing score_low"}, (None,)),
        (
            STAGED.reached([2, 3]),
            {
                "needs_known": "needs_missing",
                "criteria_met": "criteria_missing score_low",
            },
            (None, 3),
        ),
        (STAGED.entering([3]), {"needs_known": "needs_missing"}, (3,)),
        (STAGED.entering([4, 5]), {"committed": "commitments_missing"}, (5,)),
        (STAGED.entering([6]), {}, ()),
    ],
)
def test_each_stage_asks_for_its_own(policy, failed, at):
    """Nothing is known; what a stage does not ask for, it does not mention."""
    person = {"has_person": True, "has_address": True, "contact": GOOD.contact}
    verdict = gate.judge(Facts(today=TODAY, **person), policy)
    assert {check.key: check.reason for check in verdict.failed} == failed
    assert verdict.at == at
    asked = {check.key for check in verdict.checks if check.state != "not_applicable"}
    about = {3: {"needs_known"}, 5: {"committed", "criteria_met", "not_disqualified"}}
    about[None] = {"criteria_met", "not_disqualified"}
    always = {"reachable", "contacted"}
    assert asked == always.union(*(about[stage] for stage in at))


def test_the_score_is_asked_for_at_the_conversion_only():
    check = get_check("criteria_met", replace(GOOD, answers=()), STAGED.entering([5]))
    assert (check.state, check.values["required"]) == ("passed", 0)


def test_what_is_switched_off_no_stage_asks_for():
    policy = replace(POLICY, needs_stage=3, commitments_stage=7)
    assert policy.reached([], [3, 7]).ahead.at == (3,)
    assert policy.reached([3], [7]).ahead.at == (7,)
    assert replace(policy, needs=0).reached([], [3, 7]).ahead.at == (7,)
    assert replace(policy, commitments=0).reached([3], [7]).ahead is None


def test_in_the_pipeline_the_next_stage_asks():
    policy = replace(POLICY, needs_stage=3).reached([1, 2], [3, 4])
    facts = replace(GOOD, needs=(), answers=())

    def get_step(facts, is_flagged=False):
        verdict = gate.judge(facts, policy)
        return gate.get_step_in_pipeline(facts, policy, verdict, is_flagged)

    assert get_step(facts).key == "needs_missing"
    known = replace(facts, needs=GOOD.needs)
    # what it came in with is not asked again, but of who came in without
    assert get_step(known) == gate.Step()
    assert get_step(known, is_flagged=True) == gate.Step("question", question=1)
    assert get_step(replace(known, contact=Contact())) == gate.Step()
    # what can't wait comes before what the stage asks for
    waiting = replace(facts, contact=Contact("inbound", NOW))
    assert get_step(waiting).key == "contact_inbound"
    late = Commitment("Demo", "open", TODAY - timedelta(days=1))
    assert get_step(replace(facts, commitments=(late,))).about == "Demo"
    ruled_out = replace(facts, answers=(Answer(2, "disqualifying"),))
    assert get_step(ruled_out).key == "disqualified"


def test_another_addons_check_joins_in():
    def check_credit(facts, policy):
        state = gate.PASSED if facts.extra.get("credit") else gate.FAILED
        return gate.Check("credit", state, "Ask accounting for the credit limit.")

    checks = (*gate.CHECKS, check_credit)
    assert [c.key for c in gate.judge(GOOD, POLICY, checks).failed] == ["credit"]
    assert gate.judge(replace(GOOD, extra={"credit": 1}), POLICY, checks).passed


# What must hold whatever the facts and the policy are.

questions = st.lists(
    st.builds(
        Criterion,
        key=st.integers(1, 8),
        name=st.sampled_from(["Budget?", "Start?", "Size?"]),
        weight=st.sampled_from([0.0, 0.1, 1.0, 2.5, 7.0]),
        requirement=st.sampled_from(["none", "known", "met"]),
        sequence=st.integers(0, 3),
    ),
    unique_by=lambda criterion: criterion.key,
    max_size=8,
).map(tuple)
policies = st.builds(
    Policy,
    reachable=st.booleans(),
    contact=st.sampled_from(["none", "any", "two_way"]),
    needs=st.integers(0, 3),
    commitments=st.integers(0, 3),
    criteria=st.booleans(),
    score_min=st.floats(0, 100),
    questions=questions,
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1))
contacts = st.sampled_from(CONTACT_STATES).flatmap(
    lambda state: moments.map(
        lambda when: Contact(
            state,
            when if state != "none" else None,
            when if state == "two_way" else None,
            1,
        )
    )
)
SHARES = {"met": 1.0, "partly": 0.4}
answers = st.lists(
    st.builds(
        lambda key, state: Answer(key, state, SHARES.get(state, 0.0)),
        key=st.integers(1, 8),
        state=st.sampled_from(
            ["met", "partly", "not_met", "disqualifying", "unknown", "expired"]
        ),
    ),
    unique_by=lambda answer: answer.key,
    max_size=8,
).map(tuple)
facts_strategy = st.builds(
    Facts,
    today=st.just(TODAY),
    has_person=st.booleans(),
    has_address=st.booleans(),
    contact=contacts,
    needs=st.lists(
        st.builds(
            Need,
            name=st.just("Need"),
            state=st.sampled_from(["suspected", "confirmed", "not_for_us"]),
        ),
        max_size=4,
    ).map(tuple),
    commitments=st.lists(
        st.builds(
            Commitment,
            name=st.just("Promise"),
            state=st.sampled_from(["open", "kept", "broken"]),
            deadline=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
        ),
        max_size=4,
    ).map(tuple),
    answers=answers,
)


def with_met_answer(facts, key):
    others = tuple(answer for answer in facts.answers if answer.key != key)
    return replace(facts, answers=(*others, Answer(key, "met", 1.0)))


@given(facts_strategy, policies, st.integers(1, 8))
def test_a_positive_fact_never_turns_a_pass_into_a_fail(facts, policy, key):
    improved = [
        replace(facts, has_person=True),
        replace(facts, has_address=True),
        replace(facts, contact=Contact("two_way", NOW, NOW, 2)),
        replace(facts, needs=(*facts.needs, Need("New", "confirmed"))),
        replace(facts, commitments=(*facts.commitments, Commitment("New", "kept"))),
        with_met_answer(facts, key),
    ]
    before = gate.judge(facts, policy)
    for better in improved:
        after = gate.judge(better, policy)
        failed_before = {check.key for check in before.failed}
        assert {check.key for check in after.failed} <= failed_before
        assert after.score >= before.score


@given(facts_strategy, policies, st.randoms(use_true_random=False))
def test_the_order_of_facts_never_matters(facts, policy, random):
    def shuffled(items):
        items = list(items)
        random.shuffle(items)
        return tuple(items)

    other = replace(
        facts,
        needs=shuffled(facts.needs),
        commitments=shuffled(facts.commitments),
        answers=shuffled(facts.answers),
    )
    same_policy = replace(policy, questions=shuffled(policy.questions))
    assert gate.judge(other, same_policy) == gate.judge(facts, policy)


@given(facts_strategy, policies)
def test_verdicts_are_sane(facts, policy):
    verdict = gate.judge(facts, policy)
    assert 0 <= verdict.score <= 100
    assert verdict.passed == (not verdict.failed)
    assert verdict.grade[0] in "abcd" and verdict.grade[1] in "1234"
    keys = {criterion.key for criterion in policy.questions}
    step = gate.get_next_step(facts, policy, verdict.checks)
    assert step.key or verdict.passed
    assert step.question is None or step.question in keys
    for check in verdict.checks:
        assert check.state in ("passed", "failed", "warning", "not_applicable")
        assert check.reason or check.state == "not_applicable"
