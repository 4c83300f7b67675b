"""What closed records teach, where the figures can be had by hand."""

from math import log

import pytest
from plain import scorecard
from plain.chance import to_chance

COLOURS = tuple("abcdefghijkl")


def make_history(odds, number=20):
    """As many records of each answer as told, won as often as its log-odds say, with
    each of twelve colours that say nothing."""
    return {
        (answer, colour): (number, round(number * to_chance(one)))
        for answer, one in odds.items()
        for colour in COLOURS
    }


def ask(shares, **options):
    """A question that all weight is on, and one about colours."""
    colours = dict.fromkeys(COLOURS, 0.0)
    return [
        scorecard.Question("size", 100, shares, **options),
        scorecard.Question("colour", 0, colours),
    ]


# ------------------------------------------------------------ lines


@pytest.mark.parametrize("line", [(-1.0, 0.5), (0.3, 2.0), (2.0, 0.1), (-3.0, 1.0)])
@pytest.mark.parametrize("unit", [1.0, 0.003])
def test_a_line_is_found_again(line, unit):
    start, slope = line
    triples = [
        (unit * x, count, count * to_chance(start + slope * x))
        for x, count in ((-2, 900), (-1, 100), (0, 500), (2, 2000), (3, 40))
    ]
    found = scorecard.calibrate(triples)
    assert found == pytest.approx((start, slope / unit), rel=1e-3, abs=1e-3)


def test_numbers_that_are_alike_count_together():
    apart = [(0.0, 30, 5), (1.0, 30, 10), (1.0, 10, 9), (0.0, 7, 0)]
    together = [(0.0, 37, 5), (1.0, 40, 19)]
    assert scorecard.calibrate(apart) == scorecard.calibrate(together)


def test_without_a_difference_all_have_the_same_chance():
    flat = (pytest.approx(log(40.5 / 60.5)), 0.0)
    assert scorecard.calibrate([(0.7, 100, 40)]) == flat
    # a line never falls
    assert scorecard.calibrate([(0.0, 50, 30), (1.0, 50, 10)]) == flat
    assert scorecard.calibrate([(0.0, 50, 20), (1.0, 50, 20)])[1] == 0


def test_what_tells_won_from_lost_is_trusted_within_reason():
    for lost, won in ((0.0, 1.0), (-5.0, 20.0)):
        start, slope = scorecard.calibrate([(lost, 50, 0), (won, 50, 50)])
        assert 5 < start + slope * won < 10
        assert -10 < start + slope * lost < -5


# ------------------------------------------------------------ quality


def test_quality():
    found = scorecard.measure([(0.5, 10, 5), (0.9, 20, 19), (0.2, 4, 1), (0.2, 6, 0)])
    assert found["auc"] == pytest.approx(0.9)
    assert found["brier"] == pytest.approx(0.1125)
    loss = log(0.2) + 9 * log(0.8) + 10 * log(0.5) + 19 * log(0.9) + log(0.1)
    assert found["log_loss"] == pytest.approx(-loss / 40)
    assert {n: one for n, one in enumerate(found["bins"]) if one["n"]} == {
        1: {"n": 10, "won": 1, "predicted": pytest.approx(0.2)},
        3: {"n": 10, "won": 5, "predicted": pytest.approx(0.5)},
        7: {"n": 20, "won": 19, "predicted": pytest.approx(0.9)},
    }


def test_bins_hold_as_many_each():
    triples = [(number / 100, 1, number % 2) for number in range(1, 41)]
    bins = scorecard.measure(triples[::-1])["bins"]
    assert [(one["n"], one["won"]) for one in bins] == [(4, 2)] * 10
    assert bins[0]["predicted"] == pytest.approx(0.025)
    assert bins[9]["predicted"] == pytest.approx(0.385)


def test_the_same_for_all_is_what_the_others_are_compared_with():
    history = make_history({"large": 1.5, "small": -1.5})
    found = scorecard.learn(ask({"large": 0.0, "small": 1.0}), history)
    won = found["won"] / found["deals"]
    base, new = found["quality"]["base"], found["quality"]["new"]
    assert base["brier"] == pytest.approx(won * (1 - won))
    assert base["log_loss"] == pytest.approx(-won * log(won) - (1 - won) * log(1 - won))
    # weights that are the wrong way round say nothing: the gain is that over the base
    assert found["gain"] == pytest.approx(base["log_loss"] - new["log_loss"], abs=0.02)
    assert found["result"] == "learnt"


# ------------------------------------------------------------ enough, and too few


@pytest.mark.parametrize(
    ("won", "lost", "is_enough"),
    [
        *((30, 70, True), (70, 30, True), (50, 50, True), (30, 200, True)),
        *((29, 200, False), (200, 29, False), (50, 49, False), (0, 0, False)),
    ],
)
def test_a_hundred_records_with_thirty_of_each_are_enough(won, lost, is_enough):
    history = {("large", "a"): (won, won), ("small", "b"): (lost, 0)}
    found = scorecard.learn(ask({"large": 1.0, "small": 0.0}), history)
    assert (found["result"] != "too_few") == is_enough
    assert (found["deals"], found["won"]) == (won + lost, won)


# ------------------------------------------------------------ points


SIZES = {"large": 1.0, "medium": 0.5, "small": 0.0}


@pytest.mark.parametrize("options", [{}, {"is_fixed": True}, {"is_ordered": True}])
@pytest.mark.parametrize("shares", [SIZES, dict(reversed(SIZES.items()))])
def test_what_nobody_knew_keeps_its_weight(shares, options):
    """The budget is worth its half of the points, so the size is worth its half."""
    questions = [
        scorecard.Question("budget", 50, {"met": 1.0}),
        scorecard.Question("size", 50, shares, **options),
        *ask({})[1:],
    ]
    history = {
        (budget, None, colour): counts
        for (budget, colour), counts in make_history(
            {"met": 1.4, "not_met": -1}
        ).items()
    }
    points = scorecard.learn(questions, history)["points"]
    assert points["budget"] == {"met": 10}
    assert points["size"]["large"] == pytest.approx(10, abs=1)
    assert points["size"]["medium"] == pytest.approx(points["size"]["large"] / 2, abs=1)
    assert points["size"]["small"] == 0


@pytest.mark.parametrize("options", [{}, {"is_ordered": True}])
def test_points_say_how_often_records_were_won(options):
    odds = {"large": 1.1, "medium": 0.0, "small": -1.1}
    found = scorecard.learn(ask(SIZES, **options), make_history(odds, 400))
    points = found["points"]["size"]
    assert points["large"] == 10
    assert points["medium"] == 5
    for answer, one in odds.items():
        told = found["intercept"] + found["slope"] * points[answer]
        assert told == pytest.approx(one, abs=0.1)


# ------------------------------------------------------------ letters


def get_letters(found, shares):
    """The letter of each answer."""
    total = sum(max(earned.values()) for earned in found["points"].values())
    return "".join(
        next(
            letter
            for letter, least in found["bands"]
            if 100 * found["points"]["size"][answer] / total >= least
        )
        for answer in shares
    )


@pytest.mark.parametrize(
    ("odds", "letters"),
    [
        ((2.2, 0.7, -0.7, -2.2), "abcd"),
        ((1.4, 1.4, -1.4, -1.4), "aabb"),
        ((2.0, -2.0, -2.0, -2.0), "abbb"),
        ((2.0, 2.0, 2.0, -2.0), "aaab"),
        ((2.0, 2.0, 1.0, -2.0), "aabc"),
    ],
)
def test_letters_are_as_many_as_differ(odds, letters):
    shares = {"huge": 1, "large": 0.7, "medium": 0.3, "small": 0}
    history = make_history(dict(zip(shares, odds, strict=True)), 40)
    found = scorecard.learn(ask(shares), history)
    assert get_letters(found, shares) == letters
    # and each of them is earned by somebody
    assert [letter for letter, _least in found["bands"]] == sorted(set(letters))


# ------------------------------------------------------------ what is kept


QUALITY = {
    "auc": 0.7,
    "brier": 0.2,
    "log_loss": 0.6,
    "bins": [{"n": 10, "won": 4, "predicted": 0.4}],
}
BETTER_THAN_ALL = {"n": 10, "won": 11, "predicted": 0.4}
KEPT = {
    "points": {"budget": {"met": 10}, "size": {"large": 5, "small": 0}},
    "means": {"budget": 1.5, "size": 0.5},
    "intercept": -1.0,
    "slope": 0.5,
    "stages": 1.0,
    "bands": [["a", 60], ["b", 0]],
    "learnt": {"date": "2026-11-30", "deals": 200, "won": 80},
    "quality": {
        **dict.fromkeys(("shown", "new", "hand", "base"), QUALITY),
        "odoo": None,
    },
    "gain": 0.1,
    "gain_error": 0.02,
}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"points": {}, "means": {}},
        {"slope": 0, "stages": 0},
        {"bands": [["a", 70], ["b", 40.5], ["c", 0]]},
        {"quality": KEPT["quality"] | {"odoo": QUALITY, "hand": None}},
    ],
)
def test_what_was_learnt_is_kept(change):
    assert scorecard.is_scorecard(KEPT | change)


@pytest.mark.parametrize(
    "change",
    [
        {"points": {"budget": {"met": 11}}},
        {"points": {"budget": {"met": -1}}},
        {"points": {"budget": 10}},
        {"means": {"budget": 1e15}},
        {"means": {"budget": True}},
        {"intercept": "1"},
        {"slope": -0.1},
        {"stages": -0.1},
        {"stages": 1.1},
        {"gain": float("nan")},
        {"bands": [["a", 0]]},
        {"bands": [["b", 60], ["a", 0]]},
        {"bands": [["a", 60], ["b", 60], ["c", 0]]},
        {"bands": [["a", 60], ["b", 10]]},
        {"learnt": {"date": 20261130, "deals": 200, "won": 80}},
        {"learnt": {"date": "2026-11-30", "deals": None, "won": 80}},
        {"quality": KEPT["quality"] | {"new": None}},
        {"quality": {"new": QUALITY}},
        {"quality": KEPT["quality"] | {"hand": QUALITY | {"auc": "high"}}},
        {"quality": KEPT["quality"] | {"hand": QUALITY | {"bins": [{"n": 1}]}}},
        {"quality": KEPT["quality"] | {"shown": QUALITY | {"bins": [BETTER_THAN_ALL]}}},
    ],
)
def test_what_nobody_learnt_is_not(change):
    assert not scorecard.is_scorecard(KEPT | change)


@pytest.mark.parametrize("value", [None, 5, [], {}, "points"])
def test_what_is_no_scorecard_at_all_is_not_kept(value):
    assert not scorecard.is_scorecard(value)
