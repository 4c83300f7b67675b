"""What is asked about a lead and what is known of it, as the gate reads it.

Pure Python, as the gate. What there are many of are named tuples: they are made three
times as fast.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import NamedTuple

# Results of an answer that leave its question open.
OPEN_ANSWERS = frozenset({"unknown", "expired"})
# Contact states, by how much they prove.
CONTACT_STATES = ("none", "outbound", "inbound", "two_way")


@dataclass(frozen=True)
class Criterion:
    """A question that the policy asks.

    :param key: identifies the criterion (its database id in Odoo)
    :param name: the question, as the rep reads it
    :param weight: share of the score, ≥ 0
    :param requirement: "none", "known" (answered, whatever the answer, and not expired)
        or "met", whatever the score
    :param sequence: order in which the questions are asked
    :param automatic: a filter answers it, nobody is asked
    :param account: asked once about the account, not about each lead
    :param stage: key of the stage from which on it is asked; None: at the conversion
    """

    key: int
    name: str
    weight: float = 1.0
    requirement: str = "none"
    sequence: int = 0
    automatic: bool = False
    account: bool = False
    stage: int | None = None


class Answer(NamedTuple):
    """What is known about one criterion.

    :param key: the criterion's key
    :param state: met / partly / not_met / disqualifying / unknown / expired
    :param points: share of the criterion's weight that it earns, 0.0 … 1.0
    :param value: what was answered, as text, for the record
    :param origin: who told it, for the record: "person", "import" or "agent"
    """

    key: int
    state: str = "unknown"
    points: float = 0.0
    value: str = ""
    origin: str = "person"


class Contact(NamedTuple):
    """Who has heard from whom.

    :param state: one of ``CONTACT_STATES``
    :param date: of the last contact that counts for the state (UTC), or None
    :param two_way_date: last time both sides were in touch (UTC), or None
    :param proof: key of the message that proves it, or None
    :param meeting: key of the held meeting that proves it, or None
    :param waiting_since: they wrote then (UTC) and wait for our answer, or None
    :param inferred: the proof may be an automatic reply: its headers are unknown
    :param heard_date: last time that they wrote or talked to us (UTC), or None
    :param attempts: how often we wrote or called since they last answered
    :param asked_date: when they wrote first (UTC), or None
    :param answered_date: our first answer, or attempt with others (UTC), or None
    :param origin: who logged the proof, "import" or "agent"; None: a person, or nobody
    """

    state: str = "none"
    date: datetime | None = None
    two_way_date: datetime | None = None
    proof: int | None = None
    meeting: int | None = None
    waiting_since: datetime | None = None
    inferred: bool = False
    heard_date: datetime | None = None
    attempts: int = 0
    asked_date: datetime | None = None
    answered_date: datetime | None = None
    origin: str | None = None


class Need(NamedTuple):
    """What the customer wants solved: suspected, confirmed or not_for_us."""

    name: str
    state: str = "suspected"
    origin: str = "person"


class Commitment(NamedTuple):
    """What the buyer promised: open, kept or broken; ``deadline`` may be None."""

    name: str
    state: str = "open"
    deadline: date | None = None
    origin: str = "person"


@dataclass(frozen=True)
class Facts:
    """All that is known about one lead on the day it is judged.

    :param today: the day, for ages and deadlines; of a closed record the day on which
        it was closed
    :param has_person: somebody to talk to is named
    :param has_address: there is an e-mail address or a phone number
    :param contact: who has heard from whom
    :param needs: the customer's needs, in any order
    :param commitments: the buyer's commitments, in any order
    :param answers: at most one per criterion, in any order
    :param extra: facts of other addons' checks, by name; ours are ``unattended``, the
        day of a held meeting to which nobody from outside was invited, and
        ``wrong_number``, ``{"number", "day"}`` of a call that showed it
    :param contact_day: the day of the last two-way contact, where ``today`` is one;
        None: the day in UTC
    """

    today: date
    has_person: bool = False
    has_address: bool = False
    contact: Contact = Contact()
    needs: tuple[Need, ...] = ()
    commitments: tuple[Commitment, ...] = ()
    answers: tuple[Answer, ...] = ()
    extra: Mapping[str, object] = field(default_factory=dict)
    contact_day: date | None = None

    @cached_property
    def answer_by_key(self) -> Mapping[int, Answer]:
        """The answers by the key of their criterion."""
        return {answer.key: answer for answer in self.answers}

    @cached_property
    def contact_age(self) -> int | None:
        """Days since the last two-way contact; None: there was none."""
        moment = self.contact.two_way_date
        day = self.contact_day or (moment and moment.date())
        # one in the future counts as today
        return max((self.today - day).days, 0) if day else None
