"""The chance of winning without a database: points, odds, reasons, open questions."""

from dataclasses import replace
from datetime import date
from math import exp

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from plain import chance, gate
from plain.facts import Answer, Criterion, Facts
from plain.policy import Policy

TODAY = date(2026, 5, 20)
CRITERIA = {
    "budget": Criterion(1, "Budget?", weight=6, sequence=1),
    "size": Criterion(2, "Size?", weight=7, sequence=2),
    "start": Criterion(3, "Start?", weight=3, sequence=3),
}
SCORECARD = {
    "points": {
        "budget": {"met": 6},
        "size": {"large": 7, "medium": 5, "small": 4},
        "start": {"met": 3},
    },
    "means": {"budget": 2.5, "size": 5.5, "start": 1.0},
    "intercept": -3.0,
    "slope": 0.25,
    "stages": 0.5,
}
CARD = chance.read_card(SCORECARD, CRITERIA, rules=True)
whole = [("met", 1.0), ("not_met", 0.0), ("expired", 0.0), None]
states = st.sampled_from(whole)
sizes = st.sampled_from([*whole, ("partly", 5 / 7), ("partly", 4 / 7)])


def know(**answers):
    """Facts with answers: state and share of the points, by code."""
    return Facts(
        today=TODAY,
        answers=tuple(
            Answer(CRITERIA[code].key, *answer)
            for code, answer in answers.items()
            if answer
        ),
    )


def test_points_become_a_chance():
    facts = know(budget=("met", 1.0), size=("partly", 5 / 7), start=("not_met", 0.0))
    assert CARD.get_points(facts) == {1: 6, 2: 5, 3: 0}
    assert CARD.get_chance(facts) == pytest.approx(100 / (1 + exp(3 - 0.25 * 11)))


def test_what_is_not_known_counts_as_its_average():
    nothing = know()
    assert CARD.get_log_odds(nothing) == pytest.approx(-3 + 0.25 * 9)
    expired = know(budget=("expired", 0.0))
    assert CARD.get_log_odds(expired) == CARD.get_log_odds(nothing)
    refused = know(budget=("not_met", 0.0))
    assert CARD.get_log_odds(refused) < CARD.get_log_odds(nothing)


def test_a_question_that_nobody_was_asked_yet_changes_nothing():
    later = CRITERIA | {"later": Criterion(4, "Trial?", weight=5)}
    card = chance.read_card(SCORECARD, later, rules=True)
    assert card.get_log_odds(know()) == CARD.get_log_odds(know())
    met = replace(know(), answers=(Answer(4, "not_met"),))
    assert card.get_log_odds(met) == CARD.get_log_odds(know())


def test_the_score_gives_nothing_for_what_is_not_known():
    policy = Policy(questions=tuple(CRITERIA.values()), card=CARD)
    assert gate.judge(know(), policy).score == 0
    assert gate.judge(know(), policy).chance == CARD.get_chance(know())


def test_a_chance_that_rules_nothing_is_not_told():
    card = replace(CARD, rules=False)
    policy = Policy(questions=tuple(CRITERIA.values()), card=card)
    assert gate.judge(know(), policy).chance == 0
    assert gate.judge(know(), Policy()).chance == 0


@given(states, sizes, states)
def test_points_add_up(budget, size, start):
    facts = know(budget=budget, size=size, start=start)
    points = CARD.get_points(facts)
    assert all(earned == int(earned) for earned in points.values())
    unknown = [w.mean for key, w in CARD.worths.items() if key not in points]
    parts = [CARD.slope * one for one in [*points.values(), *unknown]]
    assert abs(CARD.intercept + sum(parts) - CARD.get_log_odds(facts)) < 1e-9


@given(states, sizes)
def test_open_questions_say_what_their_answer_makes(budget, size):
    known = {"budget": budget, "size": size}
    found = CARD.get_open(know(**known))
    assert {*found} == {1, 2, 3} - {*CARD.get_points(know(**known))}
    for code, criterion in CRITERIA.items():
        shares = {"size": (1.0, 4 / 7)}.get(code, (1.0, 0.0))
        for share, told in zip(shares, found.get(criterion.key, ()), strict=False):
            after = know(**known | {code: ("partly", share)})
            assert told == pytest.approx(CARD.get_chance(after), abs=1e-4)
    moves = [best - worst for best, worst in found.values()]
    assert moves == sorted(moves, reverse=True)


def test_in_a_later_stage_the_same_answer_makes_a_higher_chance():
    odds = CARD.get_log_odds(know(budget=("met", 1.0)))
    for stage in (-1.0, 0.0, 1.0):
        best, _worst = CARD.get_open(know(), stage)[1]
        assert best == pytest.approx(chance.to_percent(odds + stage))


def test_the_question_that_moves_it_most_is_asked():
    """Not that of the most points: its worst answer is worth much as well."""
    policy = Policy(
        reachable=False,
        contact="none",
        needs=0,
        commitments=0,
        score_min=50,
        questions=tuple(CRITERIA.values()),
    )
    checks = gate.judge(know(), policy).checks
    assert gate.get_next_step(know(), policy, checks).question == 2
    learnt = replace(policy, card=CARD)
    assert gate.get_next_step(know(), learnt, checks).question == 1
    assert [*CARD.get_open(know())][0] == 1
    # what is required comes first all the same
    start = replace(CRITERIA["start"], requirement="known")
    questions = (CRITERIA["budget"], CRITERIA["size"], start)
    required = replace(learnt, questions=questions)
    checks = gate.judge(know(), required).checks
    assert gate.get_next_step(know(), required, checks).question == 3


@pytest.mark.parametrize(
    "share, letter", [(1.0, "a1"), (0.6, "a1"), (0.59, "b1"), (0.0, "b1")]
)
def test_letters_by_learnt_bands(share, letter):
    policy = Policy(questions=(CRITERIA["budget"],), bands=(("a", 60.0), ("b", 0.0)))
    facts = replace(know(budget=("partly", share)), contact_day=TODAY)
    assert gate.judge(facts, policy).grade == letter


@given(st.floats(-20, 20))
@example(-20)
@example(20)
def test_chances_and_odds_are_the_same(odds):
    assert chance.to_log_odds(chance.to_percent(odds)) == pytest.approx(odds, abs=1e-6)


def test_nothing_is_impossible_nor_certain():
    for most in (-20, 20):
        assert 0 < chance.to_percent(most) == chance.to_percent(1e5 * most) < 100
