"""What a profile asks for, at the conversion and from a stage on, in plain words.

Pure Python, as the gate that holds the facts against it.
"""

from collections.abc import Collection
from dataclasses import dataclass, replace
from functools import cached_property

from .chance import Card
from .facts import Criterion

# What may be required of a criterion, and the reason of who has not got that far.
REQUIREMENTS = {"met": "criteria_missing", "known": "criteria_unknown"}
# Letter of the grade: the least score, in percent, that earns it, unless learnt.
GRADE_LETTERS = (("a", 75), ("b", 50), ("c", 25), ("d", 0))


@dataclass(frozen=True)
class Policy:
    """What a profile asks for. A zero or False switches the check off.

    :param reachable: a person and a way to reach them
    :param contact: "none", "any" (somebody wrote or called) or "two_way"
    :param needs: least number of confirmed needs
    :param commitments: least number of open or kept commitments
    :param criteria: check the required criteria and the score
    :param score_min: least score, percent of the points
    :param questions: the criteria
    :param age_limits: days up to which a two-way contact is fresh, recent, old
    :param needs_stage: key of the stage from which on needs are asked for; None: at the
        conversion
    :param commitments_stage: the same for commitments
    :param enforcement: what a failing verdict does: "enforce" refuses, "advise" tells,
        "off" does not judge; the verdict is the same
    :param attempts_max: how often to write or call without an answer; 0: for ever
    :param ahead: what the next stage asks for that asks for something, or None
    :param bands: letters of the grade with the least score, in percent, that earns
        each, the best one first; the last one's is 0
    :param card: what was learnt of the chance of winning, or None
    :param confirm_agents: a person has to confirm what agents tell: whoever collects
        the facts leaves it open until then
    :param at: the stages that it is restricted to, of those that ask for something; the
        conversion is None among them. None: to none
    """

    reachable: bool = True
    contact: str = "two_way"
    needs: int = 1
    commitments: int = 1
    criteria: bool = True
    score_min: float = 0.0
    questions: tuple[Criterion, ...] = ()
    age_limits: tuple[int, int, int] = (14, 30, 90)
    needs_stage: int | None = None
    commitments_stage: int | None = None
    enforcement: str = "enforce"
    attempts_max: int = 0
    ahead: "Policy | None" = None
    bands: tuple[tuple[str, float], ...] = GRADE_LETTERS
    card: Card | None = None
    confirm_agents: bool = False
    at: tuple[int | None, ...] | None = None

    @cached_property
    def stages(self) -> frozenset[int]:
        """Keys of the stages from which on something is asked for."""
        asking = [criterion.stage for criterion in self.questions]
        asking += [self.needs and self.needs_stage]
        asking += [self.commitments and self.commitments_stage]
        return frozenset(stage for stage in asking if stage)

    def reached(
        self, stages: Collection[int], to_come: Collection[int] = ()
    ) -> "Policy":
        """What is asked of who has come as far as these stages.

        :param stages: keys of the stages up to the one where it stands; empty: what the
            conversion asks for
        :param to_come: keys of the stages after it, in their order
        """
        asking = next((stage for stage in to_come if stage in self.stages), None)
        ahead = self.entering([asking]) if asking else None
        return replace(self.asking({None, *stages}), ahead=ahead)

    def entering(self, stages: Collection[int]) -> "Policy":
        """What is asked on the way into these stages and was not before.

        :param stages: keys of the stages that are entered or skipped
        """
        return self.asking(stages)

    def asking(self, stages: Collection[int | None]) -> "Policy":
        """What is asked at some stages.

        :param stages: their keys; None among them: at the conversion, with the score
        """
        conversion = (None,) if None in stages else ()
        return replace(
            self,
            at=(*conversion, *sorted(self.stages.intersection(stages))),
            score_min=self.score_min if conversion else 0.0,
            questions=tuple(c for c in self.questions if c.stage in stages),
            needs=self.needs if self.needs_stage in stages else 0,
            commitments=self.commitments if self.commitments_stage in stages else 0,
        )

    @cached_property
    def asked(self) -> tuple[Criterion, ...]:
        """The questions in the order in which they are asked."""
        return tuple(sorted(self.questions, key=lambda c: (c.sequence, c.key)))

    @cached_property
    def required(self) -> tuple[Criterion, ...]:
        """Those that must be known or met, in the order in which they are asked."""
        return tuple(c for c in self.asked if c.requirement != "none")

    @cached_property
    def by_help(self) -> tuple[Criterion, ...]:
        """The questions that somebody can be asked, those first that earn most."""
        askable = [criterion for criterion in self.asked if not criterion.automatic]
        return tuple(sorted(askable, key=lambda c: -c.weight))

    @cached_property
    def weight(self) -> float:
        """The weight of all questions together."""
        return sum(criterion.weight for criterion in self.asked)
