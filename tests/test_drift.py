"""Drift: what is predicted against what is won; random order is no drift."""

import random

import pytest
from plain import intervals

HISTORIES = 3000
# So many deals that the chances themselves are certain.
CERTAIN = 10**9


def is_drifting(months, learnt):
    whole = [deal for month in months for deal in month]
    drifts = [intervals.get_drift(deals, learnt) for deals in (whole, *months)]
    return intervals.is_drifting(drifts)


def test_standard_errors():
    """100 deals at 20 %: 20 are expected, give or take 4."""
    deals = [(0.2, number < 32) for number in range(100)]
    assert intervals.get_drift(deals, CERTAIN) == pytest.approx(3.0)
    deals = [(0.2, number < 12) for number in range(100)]
    assert intervals.get_drift(deals, CERTAIN) == pytest.approx(-2.0)
    # learnt from as many, the chances are as uncertain; from one or none, far more
    assert intervals.get_drift(deals, 100) == pytest.approx(-(2**0.5))
    for learnt in (0, 1):
        assert intervals.get_drift(deals, learnt) == pytest.approx(-2 / 101**0.5)


@pytest.mark.parametrize(
    ("drifts", "is_more_than_chance"),
    [
        ([3.0], False),
        ([3.1], True),
        ([-3.1], True),
        ([0.0, None, 3.1], True),
        ([0.0, 3.1, None], True),
        # an odd month long ago
        ([0.0, 3.1, 0.2], False),
        ([None, None], False),
    ],
)
def test_three_standard_errors_may_be_chance(drifts, is_more_than_chance):
    assert intervals.is_drifting(drifts) == is_more_than_chance


def test_too_few_tell_nothing():
    assert intervals.get_drift([(0.5, True)] * 35, 100) is None
    assert intervals.get_drift([(0.5, True)] * 36, 100) is not None
    assert intervals.get_drift([], 100) is None
    assert intervals.get_drift([(0.02, True)] * 20, 100) is None
    assert not is_drifting([[(0.02, True)] * 20], 100)


@pytest.mark.parametrize("size", [5, 15, 60])
@pytest.mark.parametrize("most", [0.1, 0.9])
def test_random_order_is_no_drift(size, most):
    """Chances that are right: at most one history in a hundred warns."""
    rng = random.Random(f"{size} {most}")
    false = 0
    for _history in range(HISTORIES):
        months = []
        for _month in range(24):
            chances = [most * rng.random() for _deal in range(size)]
            months.append([(chance, rng.random() < chance) for chance in chances])
        false += is_drifting(months, CERTAIN)
    assert false <= 0.01 * HISTORIES


def test_chances_learnt_from_few_are_no_drift():
    """The base rate of 200 deals, seen in 2,000 others of the same kind."""
    rng, false = random.Random(4), 0
    for _history in range(1000):
        learnt = sum(rng.random() < 0.3 for _deal in range(200)) / 200
        months = [
            [(learnt, rng.random() < 0.3) for _deal in range(200)]
            for _month in range(10)
        ]
        false += is_drifting(months, 200)
    assert false <= 10


def test_what_drifts_is_found():
    """Half as many are won in the last month as before."""
    rng = random.Random(9)
    months = [
        [(0.4, rng.random() < rate) for _deal in range(200)]
        for rate in [0.4] * 11 + [0.2]
    ]
    assert is_drifting(months, 5000)
    assert not is_drifting(months[:-1], 5000)
