"""Intervals of shares, and of differences between them, as the books have them."""

import importlib.util
from pathlib import Path

import pytest

PATH = Path(__file__).parents[1] / "sales_nemo" / "intervals.py"
spec = importlib.util.spec_from_file_location("intervals", PATH)
intervals = importlib.util.module_from_spec(spec)
spec.loader.exec_module(intervals)


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
