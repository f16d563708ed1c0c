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
from tidings.people.document import Person
from tidings.processor.facts import Asked, answer
from tidings.project import store

_ROWS: Final = 500
_EVENTS: Final = 10


async def journey(connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str) -> Why:
    """Explain a person and a journey; ``ids``: under which their history stands. Raises Invalid for an unknown journey."""
    compiled = await _compiled(connection, workspace)
    _known("journey", name, compiled.journeys)
    moved = await _rows(connection, ids, MOVED, name)
    moves = [msgspec.convert(history.unpack(row.body), Moved) for row in moved]
    events: list[tuple[int, Mapping[str, Any]]] = []
    for kind, event in compiled.journeys[name].journey.trigger.events():
        rows = await _rows(connection, ids, EVENTS[kind], event)
        events += [(row.time, history.unpack(row.body)) for row in rows[-_EVENTS:]]
    events.sort(key=lambda event: event[0])
    now = await _now(connection)
    return await _told(connection, ids, lambda facts: why(compiled, who, name, now, moves, events, facts))


async def segment(connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], name: str) -> Why:
    """Explain a person and a segment, in the same way."""
    compiled = await _compiled(connection, workspace)
    _known("segment", name, compiled.segments)
    said = [(row.time, history.unpack(row.body)) for row in await _rows(connection, ids, MEMBERSHIP, name)]
    changes = [(time, bool(body["on"]), bool(body["quiet"])) for time, body in said]
    now = await _now(connection)
    return await _told(connection, ids, lambda facts: why_member(compiled, who, name, now, changes, facts))


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
    rows = await history.of_person(connection, places, kinds=[kind], limit=_ROWS)
    return [row for row in reversed(rows) if row.name == name]


async def _now(connection: Connection) -> int:
    now: int = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    return now


async def _told(connection: Connection, ids: Sequence[bytes], ask: Callable[[engine.Facts], Why | engine.Needs]) -> Why:
    facts = engine.NOTHING
    while isinstance(told := ask(facts), engine.Needs):
        (more,) = await answer(connection, [Asked(ids, told, ())])
        facts = facts.joined(more)
    return told
