"""What came out of the measures: medians, goals, and the table."""

import statistics
from dataclasses import dataclass

from .measures import MEASURES, OURS, STOCK

HEADER = (
    "| Measure | stock | ours | ratio | goal | met | queries, stock | queries, ours |\n"
    "|---|---:|---:|---:|---:|---|---:|---:|"
)
# What is added up of the parts of a turn.
SUMMED = ("seconds", "queries", "items")


@dataclass(frozen=True)
class Result:
    """A measure with its medians; ``sides`` is what :func:`summarize` tells of it."""

    name: str
    sides: dict

    @property
    def label(self):
        """Its line in the table."""
        return MEASURES[self.name].label.format(items=self._ours["items"])

    @property
    def goal(self):
        """Its :class:`Goal`, None without one."""
        return MEASURES[self.name].goal

    @property
    def ratio(self):
        """Time with the addon, as a multiple of Odoo's; None where Odoo can't do it."""
        stock = self.sides.get(STOCK)
        return self._ours["seconds"] / stock["seconds"] if stock else None

    @property
    def rate(self):
        """Records a second with the addon."""
        return self._ours["items"] / self._ours["seconds"]

    @property
    def queries(self):
        """SQL queries of one operation with the addon."""
        return self._ours["queries"]

    @property
    def queries_of_few(self):
        """SQL queries of the same for a tenth of the records, where that is counted."""
        return self._ours["queries_of_few"]

    @property
    def more_queries(self):
        """SQL queries of one operation more than Odoo alone needs."""
        return self.queries - self.sides[STOCK]["queries"]

    @property
    def misses(self):
        """Texts of the limits that were missed."""
        return self.goal.get_misses(self) if self.goal else []

    @property
    def is_met(self):
        """Whether the goal is met; None without one."""
        return not self.misses if self.goal else None

    @property
    def text(self):
        """The figure that the goal is about, as people read it."""
        if self.goal and self.goal.rate:
            return f"{self.rate:,.0f}/s"
        return "" if self.ratio is None else f"{self.ratio:.2f}"

    @property
    def _ours(self):
        return self.sides[OURS]

    def __str__(self):
        both = [self.sides.get(STOCK), self._ours]
        cells = [
            self.label,
            *(_duration(side) if side else "" for side in both),
            self.text,
            str(self.goal or ""),
            tell_met(self.is_met),
            *(f"{side['queries']:g}" if side else "" for side in both),
        ]
        return f"| {' | '.join(cells)} |"


def add_up(parts):
    """The parts of one turn together.

    :param parts: ``[result of a part, …]``, as a worker gives them
    :returns: the turn's result; what a tenth of them takes is the first part's
    """
    summed = {name: sum(part[name] for part in parts) for name in SUMMED}
    return parts[0] | summed


def summarize(rounds):
    """Medians over the rounds, and over their turns.

    :param rounds: ``{(measure, side): [result of a turn, …]}``
    :returns: ``{measure: {side: {"seconds", "lowest", "highest", "queries",
        "queries_of_few", "items"}}}``, times and queries of one operation
    """
    summary = {}
    for (name, side), found in rounds.items():
        seconds = [result["seconds"] for result in found]
        summary.setdefault(name, {})[side] = {
            "seconds": statistics.median(seconds),
            "lowest": min(seconds),
            "highest": max(seconds),
            "queries": statistics.median(result["queries"] for result in found),
            "queries_of_few": found[0]["queries_of_few"],
            "items": found[0]["items"],
        }
    return summary


def get_results(summary):
    """A :class:`Result` of each measure of a summary."""
    return [Result(name, sides) for name, sides in summary.items()]


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


def tell_met(is_met):
    """Whether a goal is met, in the table's words; empty when there is none."""
    return {True: "yes", False: "no", None: ""}[is_met]


def _duration(side):
    """Median of one operation with the lowest and highest round."""
    factor, unit = (1, "s") if side["seconds"] >= 1 else (1000, "ms")
    median, lowest, highest = (
        f"{value:.3g}" if value < 1000 else f"{value:.0f}"
        for value in (side[key] * factor for key in ("seconds", "lowest", "highest"))
    )
    return f"{median} {unit} ({lowest}–{highest})"
