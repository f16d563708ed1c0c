"""A journey lived by somebody who does not exist, moment by moment, for whoever wants to be there while it goes on.

It is the same world as any rehearsal's: one person, one engine, a virtual clock. Only the telling differs. Before the clock moves on, it
says so (`Pause`), and whoever drives it decides how long that takes; each thing that happens is told with the person as they were then.

The person is let in at once, whatever starts the journey: the trigger is not asked, everything else is. Of other journeys there are those
that this one starts, and no more: what it sets or tracks may begin nothing else.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from tidings import journeys
from tidings.delivery.compose import Trigger
from tidings.engine import Workspace
from tidings.journeys.document import names
from tidings.kernel.effects import Moved
from tidings.kernel.records import Enter, Group, Identifier
from tidings.people.document import Person
from tidings.simulate.actor import Actor
from tidings.simulate.given import Given, happen
from tidings.simulate.outside import Stubs
from tidings.simulate.post import Letter
from tidings.simulate.trace import words
from tidings.simulate.walk import LASTS
from tidings.simulate.world import Line, World

LINES: Final = 1000
"""Things told, at most."""


@dataclass(frozen=True)
class Pause:
    """The clock is about to move on (microseconds)."""

    now: int
    until: int


@dataclass(frozen=True)
class Told:
    """Something happened. ``person``: as they were; ``trigger``: what a message of theirs reads as `event`."""

    line: Line
    person: Person
    trigger: Trigger | None


@dataclass(frozen=True)
class Ended:
    """Nothing more comes. ``inside``: (journey, step) where they stand for good; ``more``: it was cut off."""

    inside: list[tuple[str, str]]
    more: bool


@dataclass(frozen=True)
class Cast:
    """Who lives it. ``data``: what the journey reads as `event`; ``groups``: type -> attributes of one they belong to."""

    attributes: Mapping[str, Any]
    identifiers: tuple[Identifier, ...]
    data: Mapping[str, Any]
    groups: Mapping[str, Mapping[str, Any]]


def lived(
    body: Mapping[str, Any],
    journey: str,
    workspace: Workspace,
    cast: Cast,
    given: Sequence[Given],
    start: int,
    stubs: Stubs,
) -> Iterator[Pause | Told | Ended]:
    """Live it. ``body``: of a snapshot; ``given``: what else happens to them, in order of time."""
    world = _Room(opened(body, journey), workspace, stubs=stubs)
    actor = world.let_in(cast.attributes, start, cast.identifiers)
    for type, attributes in cast.groups.items():
        world.give(actor, Group(type, "example", dict(attributes)), start)
    world.give(actor, Enter(journey, dict(cast.data)), start)
    waiting, now, last = list(given), start, max([start, *(each.at for each in given)])
    yield from world.news(actor, journey)
    while len(world.lines) < LINES and (waiting or _is_open(actor)):
        comes = [each for each in (actor.next, waiting[0].at if waiting else None) if each is not None]
        if not comes or min(comes) > last + LASTS:
            break
        if min(comes) > now:
            yield Pause(now, min(comes))
            now = min(comes)
        if waiting and waiting[0].at <= now:
            happen(waiting.pop(0), world, actor)
        else:
            world.rest(now)
        yield from world.news(actor, journey)
    inside = [(run.journey, run.step) for run in actor.person.runs if run.ended is None]
    yield Ended(inside, len(world.lines) >= LINES)


def _is_open(actor: Actor) -> bool:
    """Whether anything can come of time: a run goes on, or a message waits."""
    return any(run.ended is None for run in actor.person.runs) or (
        actor.post is not None and actor.post.next is not None
    )


def opened(body: Mapping[str, Any], journey: str) -> dict[str, Any]:
    """Give a snapshot's body in which one journey can be entered by being called, and only those are beside it that it starts."""
    known = body["journeys"]
    document = {**known[journey]["document"], "trigger": {"api": True}}
    kept = {journey: _alone(known[journey], document)}
    waiting = [document]
    while waiting:
        for kind, name in sorted(names(journeys.read(waiting.pop()))):
            if kind == "journey" and name in known and name not in kept:
                kept[name] = _alone(known[name], known[name]["document"])
                waiting.append(known[name]["document"])
    return {**body, "journeys": kept}


def _alone(entry: Mapping[str, Any], document: Mapping[str, Any]) -> dict[str, Any]:
    """A journey's entry with one version, live, and without a ramp."""
    version = entry.get("version", 1)
    return {"version": version, "status": "live", "document": document, "history": {str(version): document}}


class _Room(World):
    """A world that remembers each message with the person it was for."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self._then: dict[int, Person] = {}
        self._told = 0

    def told(self, person: Person, letter: Letter) -> None:
        """Write down what became of a message."""
        self._then[len(self.lines)] = person
        super().told(person, letter)

    def news(self, actor: Actor, journey: str) -> Iterator[Told]:
        """Tell what happened since it was asked last."""
        while self._told < len(self.lines):
            number, self._told = self._told, self._told + 1
            line = self.lines[number]
            if (
                line.person == actor.person.id and words(line.cause) and not isinstance(line.cause, Enter)
            ):  # the run tells of it
                yield Told(_said(line, journey), self._then.get(number, actor.person), _trigger(actor, line))


def _said(line: Line, journey: str) -> Line:
    """Nobody called the API: whoever tests it let them in."""
    if isinstance(line.cause, Moved) and (line.cause.what, line.cause.journey) == ("entered", journey):
        return msgspec.structs.replace(line, cause=msgspec.structs.replace(line.cause, why="by the test"))
    return line


def _trigger(actor: Actor, line: Line) -> Trigger | None:
    if not isinstance(line.cause, Letter) or line.cause.planned.event is None:
        return None
    found = actor.past.named(line.cause.planned.event)
    return Trigger(found[0], found[1].properties, found[1].time) if found is not None else None
