"""The chance of winning: what is known, and what it was learnt to be worth → a number.

Pure Python, as the gate whose facts it reads. A known answer earns its points. One that
is not known yet counts as the average of those of whom it was known: of who is still
open, not to have been asked says nothing. Points become log-odds, these a chance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import NamedTuple

from .gate import OPEN_ANSWERS, Criterion, Facts

# Nobody is surer than that; a chance stays a number from which log-odds can be read.
MOST_LOG_ODDS = 20.0
# 97.5 % of a normal distribution lie below so many deviations.
Z = 1.959963984540054


class Worth(NamedTuple):
    """What the answers to one question earn.

    :param key: the criterion's key
    :param weight: points of an answer that earns all of the criterion's weight
    :param best: points of the best answer
    :param worst: points of the worst answer
    :param mean: average points of whom it was known
    """

    key: int
    weight: float
    best: float
    worst: float
    mean: float


class Reason(NamedTuple):
    """What one known answer does to the chance.

    :param key: the criterion's key
    :param points: what it earns
    :param mean: what it earns on average
    :param log_odds: what the points add to the log-odds of winning
    """

    key: int
    points: float
    mean: float
    log_odds: float


class Open(NamedTuple):
    """What the answer to an open question may make of the chance, percent."""

    key: int
    best: float
    worst: float


class Chance(NamedTuple):
    """A chance with its reasons.

    :param log_odds: of winning: ``base``, ``stage`` and those of all reasons together
    :param base: where nothing is known but that the open questions are open
    :param stage: what the stage adds
    :param reasons: of the known answers, in the order of the questions
    :param open: of the open questions, first the one whose answer moves it most
    """

    log_odds: float
    base: float
    stage: float
    reasons: tuple[Reason, ...]
    open: tuple[Open, ...]


@dataclass(frozen=True)
class Card:
    """What was learnt from closed records.

    :param worths: of the questions, in any order
    :param intercept: log-odds of winning without any points
    :param slope: log-odds of a point, ≥ 0
    :param stages: how much of the stage's log likelihood ratio counts, 0.0 … 1.0
    :param bins: of records that it was not learnt from, those with similar chances
        together: ``(predicted chance, records, of these won)``
    :param rules: the chance is the automatic probability
    """

    worths: tuple[Worth, ...] = ()
    intercept: float = 0.0
    slope: float = 0.0
    stages: float = 0.0
    bins: tuple[tuple[float, int, int], ...] = ()
    rules: bool = True

    def get_points(self, facts: Facts) -> dict[int, float]:
        """Points of the answers that are known, by key: whole numbers where learnt."""
        answers = facts.answer_by_key
        return {
            worth.key: round(worth.weight * answers[worth.key].points, 6)
            for worth in self.worths
            if worth.key in answers and answers[worth.key].state not in OPEN_ANSWERS
        }

    def get_log_odds(self, facts: Facts) -> float:
        """Log-odds of winning by the answers alone."""
        known = self.get_points(facts)
        points = sum(known.get(worth.key, worth.mean) for worth in self.worths)
        return self.intercept + self.slope * points

    def get_chance(self, facts: Facts) -> float:
        """Chance of winning by the answers alone, percent, never 0 nor 100."""
        return to_percent(self.get_log_odds(facts))

    def get_open(self, facts: Facts, stage: float = 0.0) -> tuple[Open, ...]:
        """What the answers to open questions may make of the chance, the one first
        that moves it most.

        :param stage: log-odds that the stage adds
        """
        known, now = self.get_points(facts), self.get_log_odds(facts) + stage
        found = [
            Open(
                worth.key,
                *(
                    to_percent(now + self.slope * (points - worth.mean))
                    for points in (worth.best, worth.worst)
                ),
            )
            for worth in self.worths
            if worth.key not in known
        ]
        return tuple(sorted(found, key=lambda one: one.worst - one.best))

    def explain(self, facts: Facts, stage: float = 0.0) -> Chance:
        """The chance with its reasons.

        :param stage: log-odds that the stage adds
        """
        known = self.get_points(facts)
        unknown = sum(w.mean for w in self.worths if w.key not in known)
        reasons = tuple(
            Reason(w.key, known[w.key], w.mean, self.slope * known[w.key])
            for w in self.worths
            if w.key in known
        )
        return Chance(
            log_odds=self.get_log_odds(facts) + stage,
            base=self.intercept + self.slope * unknown,
            stage=stage,
            reasons=reasons,
            open=self.get_open(facts, stage),
        )

    def find_similar(self, percent: float) -> tuple[int, int, float, float] | None:
        """What became of records with a similar chance; None: there are none.

        :param percent: the chance
        :return: ``(records, of these won, least, most)``: the bounds, percent, between
            which the share of the won is in 95 % of cases (Wilson's)
        """
        bins = [one for one in self.bins if one[1]]
        if not bins:
            return None
        _chance, n, won = min(bins, key=lambda one: abs(100 * one[0] - percent))
        share, part = won / n, Z * Z / n
        middle = (share + part / 2) / (1 + part)
        wide = Z * sqrt(share * (1 - share) / n + part / n / 4) / (1 + part)
        return n, won, 100 * max(middle - wide, 0.0), 100 * min(middle + wide, 1.0)


def read_card(
    scorecard: Mapping, criteria: Mapping[str, Criterion], rules: bool = True
) -> Card:
    """What was learnt, as the gate's facts know the questions.

    :param scorecard: as the profile keeps it
    :param criteria: of the profile, by their code
    :param rules: the chance is the automatic probability
    """
    worths = []
    for code, criterion in criteria.items():
        points = scorecard["points"].get(code, {})
        # whoever doesn't meet it earns nothing; of choices each is named
        earned = [*points.values(), *([0] if points.keys() <= {"met"} else [])]
        mean = scorecard["means"].get(code, 0.0)
        known = (criterion.key, criterion.weight, max(earned), min(earned), mean)
        worths.append(Worth(*known))
    return Card(
        worths=tuple(worths),
        intercept=scorecard["intercept"],
        slope=scorecard["slope"],
        stages=scorecard["stages"],
        bins=tuple(
            (one["predicted"], one["n"], one["won"])
            for one in scorecard["quality"]["new"]["bins"]
        ),
        rules=rules,
    )


def to_percent(log_odds: float) -> float:
    """The chance, percent, that log-odds mean."""
    return 100.0 / (1.0 + exp(-max(min(log_odds, MOST_LOG_ODDS), -MOST_LOG_ODDS)))


def to_log_odds(percent: float) -> float:
    """The log-odds that a chance, percent, means."""
    return log(percent / (100.0 - percent))


def get_stage_odds(
    counts: Mapping[int, tuple[float, float]], first: int, stage: int
) -> float:
    """How much more often those came into a stage who were won: log likelihood ratio.

    :param counts: how many of the won and of the lost came into each stage
    :param first: the stage that all were in
    :param stage: the stage
    :return: 0 where it isn't known
    """
    here, there = counts.get(stage, (0, 0)), counts.get(first, (0, 0))
    if min(*here, *there) <= 0:
        return 0.0
    return log(here[0] / there[0]) - log(here[1] / there[1])
