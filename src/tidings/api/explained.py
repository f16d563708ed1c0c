"""Why a person is, was or is not in a journey: what the engine says, with the facts it asks read from history."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec

from tidings import engine, history
from tidings.api.manage import Refusal
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.engine.why import Why, why
from tidings.history.kinds import EVENTS, MOVED
from tidings.kernel.effects import Moved
from tidings.kernel.ids import home_of
from tidings.kernel.problems import did_you_mean
from tidings.people.document import Person
from tidings.processor.facts import Asked, answer
from tidings.project import store as definitions

_MOVES: Final = 500
_EVENTS: Final = 10


async def explained(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], journey: str
) -> Why:
    """Explain; ``ids``: under which their history stands. Raises `Refusal` for an unknown journey."""
    in_force = await definitions.newest(connection, workspace.id)
    known = in_force.body.get("journeys", {})
    if journey not in known:
        raise Refusal(404, f"there is no journey `{journey}`", did_you_mean(journey, list(known)))
    own = engine.Workspace(workspace.id, workspace.secret)
    compiled = engine.Definitions(own, in_force.number, in_force.body)
    places = [(home_of(id), id) for id in ids]
    moved = await history.of_person(connection, places, kinds=[MOVED], limit=_MOVES)
    moves = [msgspec.convert(history.unpack(row.body), Moved) for row in reversed(moved) if row.name == journey]
    events: list[tuple[int, Mapping[str, Any]]] = []
    for kind, event in compiled.journeys[journey].journey.trigger.events():
        rows = await history.of_person(connection, places, kinds=[EVENTS[kind]], limit=_MOVES)
        events += [(row.time, history.unpack(row.body)) for row in rows if row.name == event][:_EVENTS]
    events.sort(key=lambda event: event[0])
    now: int = await connection.fetchval("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint")
    facts = engine.NOTHING
    while isinstance(told := why(compiled, who, journey, now, moves, events, facts), engine.Needs):
        (more,) = await answer(connection, [Asked(ids, told, ())])
        facts = facts.joined(more)
    return told
