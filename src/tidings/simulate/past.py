"""What one person lived through, in memory: by it the questions that steps ask of history are answered."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tidings.engine import Facts, Needs, Query
from tidings.history import unpack
from tidings.people.document import BRIEF, Time
from tidings.rules import Derived


class Lived(NamedTuple):
    """An event. ``time``: when it happened; ``received``: when it was applied; ``joined``: since when it is this person's, where it was
    somebody else's before; microseconds."""

    time: int
    id: bytes
    received: int
    properties: Mapping[str, Any]
    joined: int = 0


class Past:
    """Events in the order they were applied, by kind and name."""

    def __init__(self) -> None:
        self._by_name: dict[tuple[str, str], list[Lived]] = {}

    def add(self, kind: str, name: str, lived: Lived) -> None:
        """Keep one more."""
        found = self._by_name.get((kind, name))
        if found is None:
            self._by_name[kind, name] = [lived]
        else:
            found.append(lived)

    def of(self, kind: str, name: str) -> Sequence[Lived]:
        """Give the events of a name."""
        return self._by_name.get((kind, name), ())

    def join(self, other: "Past") -> None:
        """Take over what somebody absorbed lived through."""
        for key, lived in other._by_name.items():
            own = self._by_name.setdefault(key, [])
            own += lived
            own.sort(key=lambda each: each.received)

    def answer(self, needs: Needs) -> Facts:
        """Answer what a step asks; an event that is not known has no properties."""
        return Facts(
            {query.key: self._times(query) for query in needs.queries},
            {wanted: self._properties(wanted) for wanted in needs.events},
        )

    def going_by(self, event: tuple[str, str], derived: Derived) -> list[Lived]:
        """Give the events that go by a name, derived or not, in the order they were applied."""
        sources = derived.sources(event)
        if sources is None:
            return list(self.of(*event))
        found = [
            each for source in sources for each in self.of(source.kind, source.event) if source.matches(each.properties)
        ]
        return sorted(found, key=lambda each: each.received)

    def named(self, event: Time) -> tuple[str, Lived] | None:
        """Give an event's name and what is known of it."""
        for (_, name), lived in self._by_name.items():
            for each in lived:
                if (each.time, each.id) == event:
                    return name, each
        return None

    def _times(self, query: Query) -> Sequence[Time]:
        return sorted(
            (each.time, each.id[:BRIEF])
            for source in query.counter.sources
            for each in self._by_name.get((source.kind, source.event), ())
            if (query.after is None or each.time > query.after)
            and (query.until is None or each.time < query.until)
            and (query.received is None or each.received > query.received)
            and query.matches(source, each.properties)
        )[-query.keep :]

    def _properties(self, event: Time) -> Mapping[str, Any]:
        found = self.named(event)
        return found[1].properties if found is not None else {}


class Closed(Mapping[str, Any]):
    """What an event says, unpacked when it is asked for: of ten thousand events, hardly any is."""

    __slots__ = ("_body", "_said")

    def __init__(self, body: bytes) -> None:
        self._body: bytes = body
        self._said: dict[str, Any] | None = None

    @property
    def _open(self) -> dict[str, Any]:
        if self._said is None:
            self._said = unpack(self._body)
        return self._said

    def get(self, name: str, default: Any = None) -> Any:
        return self._open.get(name, default)

    def __getitem__(self, name: str) -> Any:
        return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)
