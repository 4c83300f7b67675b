"""What came out of the measures: paired ratios, goals, and the table.

Each turn measures both sides, one right after the other, so that both meet the same
machine. What counts is the ratio within such a pair: a machine that slows down slows
both, and nothing follows from seconds.
"""

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from math import comb

STOCK, OURS = SIDES = ("stock", "ours")
CONFIDENCE = 0.95
HEADER = (
    "| Measure | compared with | ours | ratio | interval | goal | met "
    "| queries, compared | queries, ours |\n"
    "|---|---:|---:|---:|---:|---:|---|---:|---:|"
)


@dataclass(frozen=True)
class Goal:
    """Limits of one measure; without a value, there is no such limit.

    :param ratio: the most time, as a multiple of what it is compared with
    :param more_queries: the most SQL queries more than that needs
    :param is_flat: a tenth of the records must need as many SQL queries as all of them
    """

    ratio: float | None = None
    more_queries: int | None = None
    is_flat: bool = False

    def __str__(self):
        limits = {
            f"≤ {self.ratio or 0:.2f}": self.ratio,
            f"≤ {self.more_queries} more queries": self.more_queries,
            "queries flat": self.is_flat,
        }
        return ", ".join(text for text, is_limit in limits.items() if is_limit)

    def get_misses(self, result):
        """Which limits a result breaks; times only if the whole interval lies above.

        It is judged as it is printed.

        :param result: the :class:`Result` of the measure
        :returns: a text for each of them
        """
        misses = []
        if self.ratio and round(result.interval[0], 2) > self.ratio:
            misses.append(f"{result.interval_text}, goal ≤ {self.ratio:.2f}")
        if self.more_queries and result.more_queries > self.more_queries:
            misses.append(
                f"{result.more_queries:g} more queries, goal ≤ {self.more_queries}"
            )
        if self.is_flat and result.queries > result.queries_of_few:
            misses.append(
                f"{result.queries:g} queries, {result.queries_of_few:g} for a tenth"
            )
        return misses


@dataclass(frozen=True)
class Measure:
    """A measure; ``label`` is its line in the table, with ``items`` it took.

    :param function: what is measured in a worker, see ``measures.py``
    :param sides: (OURS,) for what there is nothing to compare with
    :param by_sql: a statement that finds out the same on the addon's database; it is
        compared with that, in place of Odoo alone
    :param user: login of who does it
    :param turns: the most turns in a round, each with a pair of results
    :param unit: of the results; other than seconds it is shown as it is
    """

    label: str
    function: Callable | None = None
    sides: tuple = SIDES
    goal: Goal | None = None
    by_sql: str | None = None
    user: str | None = None
    turns: int = 1
    unit: str = "s"


def get_coverage(number, rank):
    """How sure it is that the median lies between two of some ordered values.

    :param number: how many values there are
    :param rank: the bounds are the values of this rank from below and from above
    """
    return 1 - 2 * sum(comb(number, k) for k in range(rank)) / 2**number


def get_interval(ratios):
    """An interval of the median of the ratios, by order statistics.

    The median is above each of n values with probability 1/2, so that the number of
    values below it is binomial, whatever their distribution (that is the sign test).
    The k-th value from below and the k-th from above enclose it with probability
    1 - 2 · Σ_{i<k} C(n, i) / 2ⁿ. The largest k is taken that leaves at least 95 %;
    fewer than six values leave less even with the lowest and the highest of them.

    Source: W. R. Thompson, On Confidence Ranges for the Median and Other Expectation
    Distributions for Populations of Unknown Distribution Form, The Annals of
    Mathematical Statistics 7 (1936), 122-128.

    :returns: ``(lower bound, upper bound, coverage)``
    """
    ordered, rank = sorted(ratios), 1
    while get_coverage(len(ordered), rank + 1) >= CONFIDENCE:
        rank += 1
    coverage = get_coverage(len(ordered), rank)
    return ordered[rank - 1], ordered[-rank], coverage


class Result:
    """What a measure gave.

    :param measure: the :class:`Measure`
    :param turns: ``[{side: {"value", "queries", "queries_of_few", "items"}}, …]``, time
        and queries of one operation; queries are None where nobody counts them
    """

    def __init__(self, measure, turns):
        self.measure = measure
        self.goal = measure.goal
        self.turns = turns
        self.label = measure.label.format(items=turns[0][OURS]["items"])

    @property
    def ratios(self):
        """That of each pair, ours to what it is compared with; empty without one."""
        if STOCK not in self.turns[0]:
            return []
        return [turn[OURS]["value"] / turn[STOCK]["value"] for turn in self.turns]

    @property
    def ratio(self):
        """The median of the pairs' ratios; None where there is nothing to compare."""
        return statistics.median(self.ratios) if self.ratios else None

    @property
    def interval(self):
        """That of the ratio, as :func:`get_interval` gives it."""
        return get_interval(self.ratios)

    @property
    def interval_text(self):
        """The interval as people read it, with its coverage where that is less."""
        low, high, coverage = self.interval
        sure = f" ({coverage:.0%})" if coverage < CONFIDENCE else ""
        return f"{low:.2f}–{high:.2f}{sure}"

    @property
    def queries(self):
        """SQL queries of one operation with the addon."""
        return self._get_queries(OURS)

    @property
    def queries_of_few(self):
        """SQL queries of the same for a tenth of the records, where that is counted."""
        return self.turns[0][OURS]["queries_of_few"]

    @property
    def more_queries(self):
        """SQL queries of one operation more than what it is compared with needs."""
        return self.queries - self._get_queries(STOCK)

    @property
    def misses(self):
        """Texts of the limits that were missed."""
        return self.goal.get_misses(self) if self.goal else []

    @property
    def met(self):
        """Whether the goal is met: yes, no, open (it lies in the interval) or empty."""
        if not self.goal:
            return ""
        if self.misses:
            return "no"
        is_open = self.goal.ratio and round(self.interval[1], 2) > self.goal.ratio
        return "open" if is_open else "yes"

    def get_figures(self):
        """All figures, as plain values."""
        figures = {"label": self.label, "met": self.met, "turns": self.turns}
        if self.ratios:
            figures |= {"ratio": self.ratio, "interval": self.interval}
        return figures

    def _get_queries(self, side):
        counted = [turn[side]["queries"] for turn in self.turns]
        return None if None in counted else statistics.median(counted)

    def _tell(self, side):
        """Median of one operation with the lowest and the highest turn."""
        values = [turn[side]["value"] for turn in self.turns]
        unit, factor = self.measure.unit, 1
        if unit == "s" and statistics.median(values) < 1:
            unit, factor = "ms", 1000
        median, lowest, highest = (
            f"{value:.3g}" if value < 1000 else f"{value:.0f}"
            for value in [f(values) * factor for f in (statistics.median, min, max)]
        )
        return f"{median} {unit} ({lowest}–{highest})"

    def __str__(self):
        has_both = bool(self.ratios)
        cells = [
            self.label,
            self._tell(STOCK) if has_both else "",
            self._tell(OURS),
            f"{self.ratio:.2f}" if has_both else "",
            self.interval_text if has_both else "",
            str(self.goal or ""),
            self.met,
        ]
        for side in SIDES:
            counted = self._get_queries(side) if has_both or side == OURS else None
            cells.append("" if counted is None else f"{counted:g}")
        return f"| {' | '.join(cells)} |"


def get_table(results):
    """The results, as Markdown."""
    return "\n".join([HEADER, *map(str, results)])


def get_missed(results):
    """The goals that were missed.

    :returns: a text for each measure that missed one
    """
    return [
        f"{result.label} ({'; '.join(result.misses)})"
        for result in results
        if result.misses
    ]


def conclude(results, judges):
    """What a run says in the end.

    :param judges: False for one that only reports
    :returns: the last line, and the exit code
    """
    missed = get_missed(results)
    text = f"Goals missed: {', '.join(missed)}" if missed else "No goal is missed."
    if judges:
        return text, int(bool(missed))
    return f"This run reports and judges nothing; ARGS=--full judges. {text}", 0
