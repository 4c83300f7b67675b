"""How far a share of few may be off by chance: 95 % intervals, drift. Pure Python."""

from collections.abc import Sequence
from math import hypot, sqrt

# 97.5 % of a normal distribution lie below so many deviations.
Z = 1.959963984540054
# Sum of p(1 - p) from which on standard errors tell; and how many are no chance.
LEAST_SPREAD = 9
MOST_DRIFT = 3


def get_wilson(part: int, whole: int) -> tuple[float, float]:
    """Wilson's interval of a share; of none anything is possible.

    :param part: how many of them, 0 … whole
    :return: lower and upper bound, 0.0 … 1.0
    """
    if not whole:
        return 0.0, 1.0
    rate, spread = part / whole, Z * Z / whole
    middle = rate + spread / 2
    margin = Z * sqrt(rate * (1 - rate) / whole + spread / whole / 4)
    low, high = (middle - margin) / (1 + spread), (middle + margin) / (1 + spread)
    # the bound of all and of none is exact
    return (low if part else 0.0), (high if part < whole else 1.0)


def get_newcombe(
    part: int, whole: int, other_part: int, other_whole: int
) -> tuple[float, float]:
    """Newcombe's interval of a share minus another one, of other records.

    :return: lower and upper bound, -1.0 … 1.0
    """
    if not whole or not other_whole:
        return -1.0, 1.0
    rate, other_rate = part / whole, other_part / other_whole
    low, high = get_wilson(part, whole)
    other_low, other_high = get_wilson(other_part, other_whole)
    return (
        rate - other_rate - hypot(rate - low, other_high - other_rate),
        rate - other_rate + hypot(high - rate, other_rate - other_low),
    )


def get_drift(deals: Sequence[tuple[float, bool]], learnt: int) -> float | None:
    """By how many standard errors more were won than predicted; less than 0: fewer.

    :param deals: predicted chance of each, 0.0 … 1.0, and whether it was won
    :param learnt: how many deals the chances were learnt from: they may be off, too
    :return: None: too few to tell
    """
    spread = sum(chance * (1 - chance) for chance, _won in deals)
    if spread < LEAST_SPREAD:
        return None
    more = sum(won - chance for chance, won in deals)
    return more / sqrt(spread * (1 + len(deals) / max(learnt, 1)))


def is_drifting(drifts: Sequence[float | None]) -> bool:
    """Whether there is more than chance.

    :param drifts: of all, then of each month; only all and the last month that tells
        are asked: among many months one is odd without any reason
    """
    whole, *months = drifts
    told = [z for z in months if z is not None][-1:]
    return any(abs(z) > MOST_DRIFT for z in (whole, *told) if z is not None)
