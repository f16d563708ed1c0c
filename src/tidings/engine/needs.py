"""What a step may have to ask of history before it can answer, and the answers."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from msgspec import Struct

from tidings.journeys.keyed import reaches
from tidings.people.document import Time
from tidings.rules import Counter, Source


class Query(Struct, frozen=True):
    """The newest ``keep`` times, before this input, at which an event happened that the counter matches.

    ``per`` and ``own``: only events that reach a run of that key.
    ``after`` (exclusive) and ``until`` (exclusive) bound the event's time; ``received`` (exclusive) the time it was applied at.
    """

    counter: Counter
    key: bytes
    keep: int
    after: int | None = None
    until: int | None = None
    received: int | None = None
    per: str = ""
    own: str = ""

    def matches(self, source: Source, properties: Mapping[str, Any]) -> bool:
        """Whether an event of one of the counter's sources counts, by its properties."""
        return source.matches(properties) and reaches(self.per, self.own, properties)

    def reads(self, source: Source) -> bool:
        """Whether that depends on the properties at all."""
        return source.reads or bool(self.per)


def query_key(counter: Counter) -> bytes:
    """Give the key of the question that a clause asks of history."""
    return b"%b%d.%d" % (counter.key, counter.keep, counter.horizon or 0)


class Needs(Struct, frozen=True):
    """The step can't answer yet. ``events``: (time, record id) of events of this person whose properties are asked for."""

    queries: tuple[Query, ...] = ()
    events: tuple[Time, ...] = ()


class Facts(Struct, frozen=True):
    """Answers: times by query key, ascending; properties by event."""

    times: Mapping[bytes, Sequence[Time]] = {}
    events: Mapping[Time, Mapping[str, Any]] = {}

    def joined(self, other: "Facts") -> "Facts":
        """Add further answers."""
        return Facts({**self.times, **other.times}, {**self.events, **other.events})


NOTHING: Final = Facts()


class Asked(Exception):
    """Raised inside a step where an answer is missing; never leaves the engine."""

    def __init__(self, needs: Needs) -> None:
        super().__init__("history is asked first")
        self.needs = needs
