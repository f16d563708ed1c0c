"""What a rule is asked about: one person as they are, and how to learn what they did."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from tidings.rules.counters import Counter


class Membership(Protocol):
    """A group that the person is in, with the attributes known of it and of the relation; ``since`` when, in microseconds."""

    @property
    def type(self) -> str: ...
    @property
    def key(self) -> str: ...
    @property
    def since(self) -> int: ...
    @property
    def attributes(self) -> Mapping[str, Any]: ...
    @property
    def relation(self) -> Mapping[str, Any]: ...


class View:
    """``segments``: name -> when entered. ``event``, ``journey``: what ``event.x`` and ``journey.x`` read, None where there is none.

    ``times`` gives the times (time, record id) of a counter, ascending: at least its newest ``keep`` of those that count.
    """

    __slots__ = ("attributes", "event", "groups", "journey", "segments", "times")

    def __init__(
        self,
        attributes: Mapping[str, Any],
        segments: Mapping[str, int],
        groups: Sequence[Membership],
        event: Mapping[str, Any] | None,
        journey: Mapping[str, Any] | None,
        times: Callable[[Counter], Sequence[tuple[int, bytes]]],
    ) -> None:
        self.attributes = attributes
        self.segments = segments
        self.groups = groups
        self.event = event
        self.journey = journey
        self.times = times
