"""How far a share of few may be off: 95 % intervals. Pure Python."""

from math import hypot, sqrt

# Standard errors on each side of 95 %.
Z = 1.959964


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
