"""Intervals of shares, and of differences between them, as the books have them."""

import random

import pytest
from plain import intervals


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [
        # Newcombe 1998, "Two-sided confidence intervals for the single proportion"
        (81, 263, (0.2553, 0.3662)),
        (15, 148, (0.0624, 0.1605)),
        (0, 20, (0.0, 0.1611)),
        (1, 29, (0.0061, 0.1718)),
        (1, 1, (0.2065, 1.0)),
        (0, 0, (0.0, 1.0)),
    ],
)
def test_share(part, whole, expected):
    assert intervals.get_wilson(part, whole) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize("whole", [1, 3, 7, 10, 11, 20, 49, 263])
def test_of_none_and_of_all_the_bound_is_exact(whole):
    assert intervals.get_wilson(0, whole)[0] == 0
    assert intervals.get_wilson(whole, whole)[1] == 1


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        # Newcombe 1998, "Interval estimation for the difference", method 10
        ((56, 70, 48, 80), (0.0524, 0.3339)),
        ((9, 10, 3, 10), (0.1705, 0.8090)),
        ((10, 10, 0, 20), (0.6791, 1.0)),
        ((0, 0, 3, 10), (-1.0, 1.0)),
    ],
)
def test_difference(counts, expected):
    assert intervals.get_newcombe(*counts) == pytest.approx(expected, abs=5e-5)


@pytest.mark.parametrize(
    ("counts", "shares"),
    [
        ((30, 300), (0.3, 0.3)),
        ((60, 60), (0.5, 0.5)),
        ((60, 400), (0.15, 0.15)),
        ((150, 90), (0.6, 0.6)),
        ((60, 60), (0.41, 0.14)),
        ((90, 400), (0.25, 0.4)),
    ],
)
def test_true_differences_are_inside_as_often_as_promised(counts, shares):
    """Of 4,000 samples 93 to 97 % cover the truth; of equal shares 3 to 7 % don't."""
    rng, samples = random.Random(27), 4000
    covered = coloured = 0
    for _sample in range(samples):
        drawn = []
        for count, share in zip(counts, shares, strict=True):
            drawn += sum(rng.random() < share for _record in range(count)), count
        low, high = intervals.get_newcombe(*drawn)
        covered += low <= shares[0] - shares[1] <= high
        coloured += low > 0 or high < 0
    assert 0.93 <= covered / samples <= 0.97
    if shares[0] == shares[1]:
        assert 0.03 <= coloured / samples <= 0.07
