"""The chance of winning: what is known, and what it was learnt to be worth → a number.

Pure Python, as the gate whose facts it reads. A known answer earns its points. One that
is not known yet counts as the average of those of whom it was known: of who is still
open, not to have been asked says nothing. Points become log-odds, these a chance.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from math import exp, log
from typing import NamedTuple

from .facts import OPEN_ANSWERS, Criterion, Facts

# Nobody is surer than that: from a chance its log-odds can be read.
MOST_LOG_ODDS = 20.0


class Worth(NamedTuple):
    """Points of a question: of its weight, its best and worst answer, on average."""

    weight: float
    best: float
    worst: float
    mean: float


@dataclass(frozen=True)
class Card:
    """What was learnt from closed records.

    :param worths: what the answers to each question earn, by the criterion's key
    :param intercept: log-odds of winning without any points
    :param slope: log-odds of a point, ≥ 0
    :param stages: how much of the stage's log likelihood ratio counts, 0.0 … 1.0
    :param rules: the chance is the automatic probability
    """

    worths: Mapping[int, Worth]
    intercept: float
    slope: float
    stages: float
    rules: bool

    def get_points(self, facts: Facts) -> dict[int, float]:
        """Points of the answers that are known, by key: whole numbers where learnt."""
        return {
            answer.key: round(self.worths[answer.key].weight * answer.points, 6)
            for answer in facts.answers
            if answer.key in self.worths and answer.state not in OPEN_ANSWERS
        }

    def get_log_odds(self, facts: Facts) -> float:
        """Log-odds of winning, without the stage: intercept + slope · points."""
        known = self.get_points(facts)
        points = sum(known.get(key, worth.mean) for key, worth in self.worths.items())
        return self.intercept + self.slope * points

    def get_chance(self, facts: Facts) -> float:
        """Chance of winning, without the stage: percent, never 0 nor 100."""
        return to_percent(self.get_log_odds(facts))

    def get_open(self, facts: Facts, stage: float = 0.0) -> dict[int, tuple]:
        """Chances, percent, that the best and the worst answer to each open question
        would make, by its key; first of the question that moves it most.

        :param stage: log-odds that the stage adds
        """
        known, now = self.get_points(facts), self.get_log_odds(facts) + stage
        found = {
            key: tuple(
                to_percent(now + self.slope * (points - worth.mean))
                for points in (worth.best, worth.worst)
            )
            for key, worth in self.worths.items()
            if key not in known
        }
        return dict(sorted(found.items(), key=lambda one: one[1][1] - one[1][0]))


def read_card(scorecard: Mapping, criteria: Mapping[str, Criterion], rules: bool):
    """What was learnt, as the gate's facts know the questions: a ``Card``.

    :param scorecard: as the profile keeps it
    :param criteria: of the profile, by their code
    """
    worths = {}
    for code, criterion in criteria.items():
        points = scorecard["points"].get(code, {})
        # whoever doesn't meet it earns nothing; of choices each is named
        earned = [*points.values(), *([0] if points.keys() <= {"met"} else [])]
        mean = scorecard["means"].get(code, 0.0)
        worths[criterion.key] = Worth(criterion.weight, max(earned), min(earned), mean)
    numbers = (scorecard[name] for name in ("intercept", "slope", "stages"))
    return Card(worths, *numbers, rules)


def to_chance(log_odds: float) -> float:
    """The chance that log-odds mean, never quite 0.0 nor 1.0."""
    return 1.0 / (1.0 + exp(-max(min(log_odds, MOST_LOG_ODDS), -MOST_LOG_ODDS)))


def to_percent(log_odds: float) -> float:
    """The chance, percent, that log-odds mean."""
    return 100.0 * to_chance(log_odds)


def to_log_odds(percent: float) -> float:
    """The log-odds that a chance, percent, means."""
    return log(percent / (100.0 - percent))
