"""What a measure has to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Goal:
    """Limits of one measure; without a value, there is no such limit.

    :param ratio: the most time, as a multiple of what Odoo alone takes
    :param more_queries: the most SQL queries more than Odoo alone needs
    :param rate: the least records a second
    :param is_flat: a tenth of the records must need as many SQL queries as all of them
    """

    ratio: float | None = None
    more_queries: int | None = None
    rate: int | None = None
    is_flat: bool = False

    def __str__(self):
        limits = {
            f"≤ {self.ratio or 0:.2f}": self.ratio,
            f"≤ {self.more_queries} more queries": self.more_queries,
            f"≥ {self.rate or 0:,}/s": self.rate,
            "queries flat": self.is_flat,
        }
        return ", ".join(text for text, is_limit in limits.items() if is_limit)

    def get_misses(self, result):
        """Which limits a result breaks. It is judged as it is printed.

        :param result: the :class:`Result` of the measure
        :returns: a text for each of them
        """
        misses = []
        if self.ratio and round(result.ratio, 2) > self.ratio:
            misses.append(f"{result.ratio:.2f}, goal ≤ {self.ratio:.2f}")
        if self.more_queries and result.more_queries > self.more_queries:
            misses.append(
                f"{result.more_queries:g} more queries, goal ≤ {self.more_queries}"
            )
        if self.rate and round(result.rate) < self.rate:
            misses.append(f"{result.rate:,.0f}/s, goal ≥ {self.rate:,}/s")
        if self.is_flat and result.queries > result.queries_of_few:
            misses.append(
                f"{result.queries:g} queries, {result.queries_of_few:g} for a tenth"
            )
        return misses
