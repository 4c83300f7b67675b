"""The chance of winning without a database: points, odds, reasons, open questions."""

import importlib
import sys
from dataclasses import replace
from datetime import date
from math import exp
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

ADDON = Path(__file__).parents[1] / "sales_nemo"
package = sys.modules.setdefault("plain", ModuleType("plain"))
package.__path__ = [str(ADDON)]
gate = importlib.import_module("plain.gate")
chance = importlib.import_module("plain.chance")

TODAY = date(2026, 5, 20)
CRITERIA = {
    "budget": gate.Criterion(1, "Budget?", weight=6, sequence=1),
    "size": gate.Criterion(2, "Size?", weight=7, sequence=2),
    "start": gate.Criterion(3, "Start?", weight=3, sequence=3),
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
    "quality": {"new": {"bins": [{"n": 40, "won": 4, "predicted": 0.1}] * 10}},
}
CARD = chance.read_card(SCORECARD, CRITERIA)
whole = [("met", 1.0), ("not_met", 0.0), ("expired", 0.0), None]
states = st.sampled_from(whole)
sizes = st.sampled_from([*whole, ("partly", 5 / 7), ("partly", 4 / 7)])


def know(**answers):
    """Facts with answers: state and share of the points, by code."""
    return gate.Facts(
        today=TODAY,
        answers=tuple(
            gate.Answer(CRITERIA[code].key, *answer)
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


def test_the_score_gives_nothing_for_what_is_not_known():
    policy = gate.Policy(questions=tuple(CRITERIA.values()), card=CARD)
    assert gate.judge(know(), policy).score == 0
    assert gate.judge(know(), policy).chance == CARD.get_chance(know())


def test_a_chance_that_rules_nothing_is_not_told():
    card = replace(CARD, rules=False)
    policy = gate.Policy(questions=tuple(CRITERIA.values()), card=card)
    assert gate.judge(know(), policy).chance == 0
    assert gate.judge(know(), gate.Policy()).chance == 0


@given(states, sizes, states, st.floats(-5, 5))
def test_reasons_add_up(budget, size, start, stage):
    found = CARD.explain(know(budget=budget, size=size, start=start), stage)
    total = found.base + found.stage + sum(r.log_odds for r in found.reasons)
    assert abs(total - found.log_odds) < 1e-9
    assert all(reason.points == int(reason.points) for reason in found.reasons)
    asked = {reason.key for reason in found.reasons} | {one.key for one in found.open}
    assert asked == {1, 2, 3}
    assert len(found.reasons) + len(found.open) == 3


@given(states, sizes)
def test_open_questions_say_what_their_answer_makes(budget, size):
    known = {"budget": budget, "size": size}
    found = CARD.explain(know(**known))
    for one in found.open:
        [code] = [code for code, c in CRITERIA.items() if c.key == one.key]
        shares = {"size": (1.0, 4 / 7)}.get(code, (1.0, 0.0))
        for share, told in zip(shares, (one.best, one.worst), strict=True):
            after = know(**known | {code: ("partly", share)})
            assert told == pytest.approx(CARD.get_chance(after), abs=1e-4)
    moves = [one.best - one.worst for one in found.open]
    assert moves == sorted(moves, reverse=True)


def test_the_question_that_moves_it_most_is_asked():
    """Not that of the most points: its worst answer is worth much as well."""
    policy = gate.Policy(
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
    assert CARD.get_open(know())[0].key == 1
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
    policy = gate.Policy(
        questions=(CRITERIA["budget"],), bands=(("a", 60.0), ("b", 0.0))
    )
    facts = replace(know(budget=("partly", share)), contact_day=TODAY)
    assert gate.judge(facts, policy).grade == letter


def test_odds_of_a_stage():
    counts = {1: (20.1, 80.1), 2: (20.1, 20.1), 3: (0.0, 5.0)}
    assert chance.get_stage_odds(counts, 1, 1) == 0
    odds = chance.get_stage_odds(counts, 1, 2)
    assert exp(odds) == pytest.approx(80.1 / 20.1)
    # what nobody came into, or nobody counted, says nothing
    assert chance.get_stage_odds(counts, 1, 3) == 0
    assert chance.get_stage_odds(counts, 1, 4) == 0
    assert chance.get_stage_odds({}, 1, 2) == 0


@given(st.floats(-15, 15))
def test_chances_and_odds_are_the_same(odds):
    assert chance.to_log_odds(chance.to_percent(odds)) == pytest.approx(odds, abs=1e-6)


def test_nothing_is_impossible_nor_certain():
    for odds in (-1e6, 1e6):
        assert 0 < chance.to_percent(odds) < 100


def test_records_with_a_similar_chance():
    card = replace(CARD, bins=((0.1, 40, 4), (0.5, 40, 20), (0.9, 0, 0)))
    n, won, least, most = card.find_similar(47)
    assert (n, won) == (40, 20)
    assert least == pytest.approx(35.2, abs=0.1)
    assert most == pytest.approx(64.8, abs=0.1)
    assert card.find_similar(99)[:2] == (40, 20)
    assert replace(CARD, bins=()).find_similar(50) is None
