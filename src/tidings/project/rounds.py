"""Journeys that start themselves at once, by themselves or through each other: the engine parks whoever goes round so, and that is seen
live only.

A person is in a journey once at a time. So what its last step causes brings them in again; what a step before that does, only through
another journey, which goes on when this one is over. An event that a step tracks happens each time. What a step sets changes somebody each
time only where it never gives the same twice (`{add: 1}`), or where another step of the round sets it back: so the two are tried in turn on
somebody of whom nothing else is known. What a segment counts of events only grows at one moment, so no round comes of it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, NamedTuple

from tidings import journeys, rules
from tidings.journeys import Journey, Route
from tidings.journeys.document import Readable
from tidings.journeys.route import Node
from tidings.journeys.steps import start, track
from tidings.journeys.value import Value
from tidings.kernel.problems import Problem
from tidings.segments import Segment

_WAITS: Final = "time"
"""The group of steps that wait: whoever comes by one does not go round at once."""
_WRITES: Final = "data"
"""The group of steps that change the person."""
_SEGMENT: Final = "segment "
"""Before the name of a segment, where it stands among those of attributes."""
_TURNS: Final = 2
"""How often a change must be seen to come again."""


class Cause(NamedTuple):
    """A step that lets whoever comes to it enter a journey, without having waited. ``last``: their run is over behind it."""

    step: str
    journey: str
    last: bool


def warnings(
    found: Mapping[str, Readable], derived: rules.Derived = rules.NO_DERIVED, ordered: Sequence[Segment] = ()
) -> Iterator[tuple[str, Problem]]:
    """(journey, warning) for each step that starts a round in which nobody waits. ``ordered``: segments, each after those it names."""
    always = {id: each for id, each in found.items() if each.sound and each.journey.reenter == 0}
    causes = _Causes({id: each.journey for id, each in always.items()}, derived, ordered).found
    for id, own in causes.items():
        paths = {step.id: path for path, step in always[id].placed.items() if step is not None}
        for cause in own:
            if cause.journey == id and cause.last:
                message = f"this starts `{id}` again at once, without end"
            elif cause.journey != id and id in _led(cause.journey, causes):
                message = f"this starts `{cause.journey}`, which leads back to `{id}` at once, without end"
            else:
                continue
            hint = "put a `wait` on the way, or let `reenter` be `after 1 day`: whoever goes round so is stopped by a fault"
            yield id, Problem(message, hint, paths[cause.step], warning=True)


def _led(start: str, causes: Mapping[str, Iterable[Cause]]) -> set[str]:
    """The journeys that a journey leads to, through others."""
    found, waiting = set[str](), [start]
    while waiting:
        for cause in causes[waiting.pop()]:
            if cause.journey not in found:
                found.add(cause.journey)
                waiting.append(cause.journey)
    return found


class _Causes:
    """What the steps of these journeys start of them: ``found``, by journey."""

    def __init__(self, known: Mapping[str, Journey], derived: rules.Derived, ordered: Sequence[Segment]) -> None:
        self._journeys, self._derived, self._ordered = known, derived, ordered
        self._quick = {id: list(_quick(journeys.route(journey))) for id, journey in known.items()}
        self._watching = [id for id, each in known.items() if each.trigger.segments() or each.trigger.attributes()]
        self._touches = {
            id: {node.step.id: (node.step.kind, _touched(node.step.kind)) for node in quick if _writes(node.step.kind)}
            for id, quick in self._quick.items()
        }
        self._watched = self._read_by_watching()
        self.found: dict[str, list[Cause]] = {}
        company = {id: frozenset(known) for id in known}
        while True:
            self.found = {id: list(dict.fromkeys(self._of(id, company[id]))) for id in known}
            led = {id: _led(id, self.found) for id in known}
            smaller = {id: frozenset({id, *(other for other in led[id] if id in led[other])}) for id in known}
            if smaller == company:
                return
            company = smaller

    def _of(self, id: str, company: frozenset[str]) -> Iterator[Cause]:
        """``company``: the journeys that a round may lead through, whose steps may set back what a step sets."""
        for node in self._quick[id]:
            kind, last = node.step.kind, not node.next
            for other, journey in self._journeys.items():
                if self._starts(kind, other, journey):
                    yield Cause(node.step.id, other, last)
            if not _writes(kind) or (touched := self._touches[id][node.step.id][1]).isdisjoint(self._watched):
                continue
            writers = (writer for one in sorted(company) for writer in self._touches[one].values())
            others = [each for each, theirs in writers if not touched.isdisjoint(theirs)]
            for other in self._changes(kind, others):
                yield Cause(node.step.id, other, last)

    def _read_by_watching(self) -> set[str]:
        """What decides whether somebody comes into a journey that watches for changes."""
        triggers = [self._journeys[id].trigger for id in self._watching]
        found = {name for trigger in triggers for name in trigger.attributes()}
        found.update(_SEGMENT + name for trigger in triggers for name, _ in trigger.segments())
        for segment in reversed(self._ordered):
            if _SEGMENT + segment.id in found and segment.compiled is not None:
                found.update(segment.compiled.attributes, (_SEGMENT + name for name in segment.compiled.segments))
        return found

    def _starts(self, kind: Any, id: str, journey: Journey) -> bool:
        if isinstance(kind, start.Kind):
            return kind.journey == id
        if not isinstance(kind, track.Kind):
            return False
        named, trigger = ("track", kind.event), journey.trigger
        if kind.properties.scripts and named in trigger.events():
            return True
        names = self._derived.names(named, kind.properties.plain)
        return any(name in trigger.events() for name in names) and bool(trigger.starts(kind.properties.plain))

    def _changes(self, kind: Any, others: Sequence[Any]) -> Iterator[str]:
        """The journeys that somebody comes into whenever this step and one of the others have their turns."""
        for other in others:
            somebody, started = _Somebody(), set(self._watching)
            somebody.take(kind)
            for _ in range(_TURNS):
                somebody.take(other)
                before = replace(somebody)
                somebody.take(kind)
                started &= set(self._started(before, somebody))
            yield from sorted(started)

    def _started(self, before: "_Somebody", after: "_Somebody") -> Iterator[str]:
        if before == after:
            return
        were, are = before.within(self._ordered), after.within(self._ordered)
        for id in self._watching:
            trigger = self._journeys[id].trigger
            entered = any((name in were) != on == (name in are) for name, on in trigger.segments())
            if entered or trigger.changed(before.attributes, after.attributes):
                yield id


@dataclass
class _Somebody:
    """Somebody in the hands of the steps that change them; it is what such a step sees as `Here`. ``members``: of which segments kept by
    hand. ``touched``: what steps read or wrote of them."""

    attributes: Mapping[str, Any] = field(default_factory=lambda: {"email": "somebody@example.com"})
    members: frozenset[str] = frozenset()
    touched: set[str] = field(default_factory=set, compare=False)

    def take(self, kind: Any) -> None:
        """Let a step do to them what it does."""
        kind.run(self)

    def within(self, ordered: Sequence[Segment]) -> dict[str, int]:
        """The segments they are in."""
        found = dict.fromkeys(self.members, 0)
        view = rules.View(self.attributes, found, (), None, None, lambda counter: ())
        for segment in ordered:
            if segment.compiled is not None and segment.compiled.holds(view, 0):
                found[segment.id] = 0
        return found

    def read(self, path: tuple[str, ...]) -> Any:
        self.touched.add(path[0])
        return self.attributes.get(path[0])

    def work_out(self, value: Value) -> Any:
        paths = [path.split(".") for script in value.scripts.values() for path in script.variables]
        unknown = {path[1]: 1 for path in paths if path[0] == "customer" and len(path) > 1}
        self.touched.update(unknown)
        return value.work_out({"customer": {**unknown, **self.attributes}}, 0)

    def set(self, attributes: Mapping[str, Any]) -> None:
        self.touched.update(attributes)
        changed = {**self.attributes, **attributes}
        self.attributes = {name: value for name, value in changed.items() if value is not None}

    def member(self, segment: str, on: bool) -> None:
        self.touched.add(_SEGMENT + segment)
        self.members = self.members | {segment} if on else self.members - {segment}

    def agree(self, topic: str, on: bool) -> None:
        if not topic:
            self.set({"unsubscribed": not on})

    def track(self, event: str, properties: Mapping[str, Any]) -> None:
        """Which journeys it starts is asked of the event."""


def _writes(kind: Any) -> bool:
    return bool(kind.form.group == _WRITES)


def _touched(kind: Any) -> frozenset[str]:
    """What a step reads or writes of somebody: attributes, and segments kept by hand."""
    somebody = _Somebody()
    somebody.take(kind)
    return frozenset(somebody.touched)


def _quick(route: Route) -> Iterator[Node]:
    """The steps of a journey that are come to, and left for its end, without waiting: whoever is still in it does not come in again."""
    for id in _at_once(route, route.first):
        node = route.nodes.get(id)
        if node is not None and "" in _at_once(route, node.next):
            yield node


def _at_once(route: Route, first: str) -> set[str]:
    """The steps that a run may come to from one without waiting; "" is the end."""
    found, waiting = set[str](), [first]
    while waiting:
        id = waiting.pop()
        if id in found:
            continue
        found.add(id)
        if id in route.nodes:
            waiting += _behind(route.nodes[id])
    return found


def _behind(node: Node) -> Iterator[str]:
    kind = node.step.kind
    if kind.form.group == _WAITS and node.step.only_if is None:
        return
    yield from node.into
    yield from kind.leads()
    if kind.passes() or node.step.only_if is not None:
        yield node.next
    elif not node.into and not kind.leads():
        yield ""
