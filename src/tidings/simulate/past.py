"""What one person lived through, in memory: by it the questions that steps ask of history are answered."""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from tidings.engine import Facts, Needs, Query
from tidings.engine.asking import AHEAD
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
        self._by_id: dict[Time, tuple[str, Lived]] | None = None
        """Made when the first is asked for: of most people none ever is."""

    def add(self, kind: str, name: str, lived: Lived) -> None:
        """Keep one more."""
        found = self._by_name.get((kind, name))
        if found is None:
            self._by_name[kind, name] = [lived]
        else:
            found.append(lived)
        if self._by_id is not None:
            self._by_id.setdefault((lived.time, lived.id), (name, lived))

    def of(self, kind: str, name: str) -> Sequence[Lived]:
        """Give the events of a name."""
        return self._by_name.get((kind, name), ())

    def join(self, other: "Past") -> None:
        """Take over what somebody absorbed lived through."""
        for key, lived in other._by_name.items():
            own = self._by_name.setdefault(key, [])
            own += lived
            own.sort(key=_received)
        self._by_id = None

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
        if self._by_id is None:
            self._by_id = {}
            for (_, name), lived in self._by_name.items():
                for each in lived:
                    self._by_id.setdefault((each.time, each.id), (name, each))
        return self._by_id.get(event)

    def _times(self, query: Query) -> Sequence[Time]:
        return sorted(
            (each.time, each.id[:BRIEF])
            for source in query.counter.sources
            for each in self._since(source.kind, source.event, query)
            if (query.after is None or each.time > query.after)
            and (query.until is None or each.time < query.until)
            and query.matches(source, each.properties)
        )[-query.keep :]

    def _since(self, kind: str, name: str, query: Query) -> Sequence[Lived]:
        """Those of a name that may be meant: what happened after a moment was applied after it, but for clocks that are ahead."""
        found = self._by_name.get((kind, name), ())
        floors = [query.received] if query.received is not None else []
        floors += [query.after - AHEAD] if query.after is not None else []
        return found[bisect_right(found, max(floors), key=_received) :] if floors else found

    def _properties(self, event: Time) -> Mapping[str, Any]:
        found = self.named(event)
        return found[1].properties if found is not None else {}


def _received(lived: Lived) -> int:
    return lived.received


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
