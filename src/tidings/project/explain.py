"""Why a person is, was or is not in a journey or a segment: what the engine says, with all it asks read from history."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tidings import engine, history
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.engine.why import Why, why, why_member
from tidings.history.kinds import EVENTS, MEMBERSHIP, MOVED
from tidings.kernel.effects import Moved
from tidings.kernel.ids import home_of
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import show_iso
from tidings.people import links
from tidings.people.document import Person
from tidings.processor.facts import Asked, answer
from tidings.project import store
from tidings.simulate.moment import ALWAYS, Then, then, wanted
from tidings.simulate.row import Row
from tidings.simulate.row import moves as moves_of
from tidings.simulate.side import narrowed

_ROWS: Final = 500
_EVENTS: Final = 10


async def journey(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int | None = None
) -> Why:
    """Explain a person and a journey; ``ids``: under which their history stands; ``at``: a moment of the past, None for now.

    Raises Invalid for an unknown journey, or a moment at which nothing is known of the person.
    """
    if at is not None:
        return await _journey_then(connection, workspace, who, ids, name, at)
    compiled = await _compiled(connection, workspace)
    _known("journey", name, compiled.journeys)
    moved = await _rows(connection, ids, MOVED, name)
    moves = [msgspec.convert(history.unpack(row.body), Moved) for row in moved]
    events: list[tuple[int, Mapping[str, Any]]] = []
    for event in compiled.journeys[name].journey.trigger.events():
        events += await _going_by(connection, ids, event, compiled)
    events.sort(key=lambda event: event[0])
    now = await _now(connection)
    return await _told(connection, ids, lambda facts: why(compiled, who, name, now, moves, events, facts))


async def segment(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int | None = None
) -> Why:
    """Explain a person and a segment, in the same way."""
    if at is not None:
        found, rows = await _then(connection, workspace, who, ids, at, "segment", name)
        own = [(row.time, history.unpack(row.body)) for row in rows if row.kind == MEMBERSHIP and row.name == name]
        past = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in own]
        return _told_then(found, lambda facts: why_member(found.definitions, found.person, name, at, past, facts))
    compiled = await _compiled(connection, workspace)
    _known("segment", name, compiled.segments)
    said = [(row.time, history.unpack(row.body)) for row in await _rows(connection, ids, MEMBERSHIP, name)]
    changes = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in said]
    now = await _now(connection)
    return await _told(connection, ids, lambda facts: why_member(compiled, who, name, now, changes, facts))


async def _journey_then(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str, at: int
) -> Why:
    found, rows = await _then(connection, workspace, who, ids, at, "journey", name)
    moved = [move for move in moves_of(rows) if move.journey == name]
    events = [
        (lived.time, lived.properties)
        for event in found.definitions.journeys[name].journey.trigger.events()
        for lived in found.past.going_by(event, found.definitions.derived)[-_EVENTS:]
    ]
    events.sort(key=lambda event: event[0])
    return _told_then(found, lambda facts: why(found.definitions, found.person, name, at, moved, events, facts))


async def _then(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], at: int, kind: str, name: str
) -> tuple[Then, list[Row]]:
    """The person as they were, as far as one journey or segment reads it; of whom they absorbed, only those who were absorbed by then."""
    own = [who.id]
    for id in ids:
        link = await links.link_of(connection, id) if id != who.id else None
        if link is not None and link.at <= at:
            own.append(id)
    places = [(home_of(id), id) for id in own]
    if not await history.is_known(connection, places, at):
        raise Invalid(
            [Problem("nothing was known of the person then", f"they are known since {show_iso(who.created)}")]
        )
    in_force = await store.at_moment(connection, workspace.id, at)
    known = in_force.body.get(f"{kind}s", {})
    _known(kind, name, known)
    body = narrowed(
        in_force.body, {name: known[name]} if kind == "journey" else {}, [name] if kind == "segment" else []
    )
    key = engine.Workspace(workspace.id, workspace.secret)
    named = wanted(engine.Definitions(key, in_force.number, body))
    entries = await history.applied(connection, places, at, ALWAYS, named)
    rows = [Row(entry.person, entry.kind, *entry[3:]) for entry in entries]
    return then(key, in_force.number, body, who, rows, at), rows


def _told_then(found: Then, ask: Callable[[engine.Facts], Why | engine.Needs]) -> Why:
    facts = engine.NOTHING
    while isinstance(told := ask(facts), engine.Needs):
        facts = facts.joined(found.past.answer(told))
    return told


async def _compiled(connection: Connection, workspace: Workspace) -> engine.Definitions:
    in_force = await store.newest(connection, workspace.id)
    return engine.Definitions(engine.Workspace(workspace.id, workspace.secret), in_force.number, in_force.body)


def _known(kind: str, name: str, known: Iterable[str]) -> None:
    names = sorted(known)
    if name not in names:
        hint = did_you_mean(name, names) or f"there are: {', '.join(names) or 'none'}"
        raise Invalid([Problem(f"there is no {kind} `{name}`", hint)])


async def _rows(connection: Connection, ids: Sequence[bytes], kind: int, name: str) -> list[history.Entry]:
    """The newest rows of the kind and name, the oldest first."""
    places = [(home_of(id), id) for id in ids]
    return (await history.of_person(connection, places, kinds=[kind], name=name, limit=_ROWS))[::-1]


async def _going_by(
    connection: Connection, ids: Sequence[bytes], event: tuple[str, str], compiled: engine.Definitions
) -> list[tuple[int, Mapping[str, Any]]]:
    """The newest events that go by a name, derived or not."""
    found: list[tuple[int, Mapping[str, Any]]] = []
    sources = compiled.derived.sources(event)
    for kind, name in sorted(compiled.derived.raw([event])):
        matches = [each.matches for each in sources or () if (each.kind, each.event) == (kind, name)]
        for row in await _rows(connection, ids, EVENTS[kind], name):
            said = history.unpack(row.body)
            if all(holds(said) for holds in matches):
                found.append((row.time, said))
    return sorted(found, key=lambda each: each[0])[-_EVENTS:]


async def _now(connection: Connection) -> int:
    now: int = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    return now


async def _told(connection: Connection, ids: Sequence[bytes], ask: Callable[[engine.Facts], Why | engine.Needs]) -> Why:
    facts = engine.NOTHING
    while isinstance(told := ask(facts), engine.Needs):
        (more,) = await answer(connection, [Asked(ids, told, ())])
        facts = facts.joined(more)
    return told
