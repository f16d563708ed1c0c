"""A person as they were at a moment of the past, worked out from their history: by it one explains what happened then.

Attributes, groups and consent are what the records up to then said, memberships what was recorded, counters what the events up to then
give under the definitions of that moment. Runs stand where their last move left them.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.engine import NOTHING, Definitions, Needs, Query, Workspace, query_key, step, upgrade
from tidings.engine.asking import AHEAD
from tidings.history import kinds, unpack
from tidings.journeys.document import conditions
from tidings.journeys.keyed import reaches
from tidings.kernel.effects import Moved
from tidings.kernel.records import SYSTEM, Befell, Enter, Member, Record
from tidings.people.document import Person, Run
from tidings.simulate.past import Lived, Past
from tidings.simulate.row import KIND_OF, Row, body_of, moves

ALWAYS: Final = (kinds.ATTRIBUTES, kinds.GROUP, kinds.CONSENT, kinds.DEVICE)
"""Kinds of rows that may say anything."""
ENDS: Final = ("done", "exited", "merged", "stopped")


class Then(NamedTuple):
    """``past`` answers what rules ask of history, as of then."""

    definitions: Definitions
    person: Person
    past: Past


def then(
    workspace: Workspace, number: int, body: Mapping[str, Any], person: Person, rows: Sequence[Row], at: int
) -> Then:
    """Work out who ``person`` was at ``at``. ``body``: of the definitions in force then, what matters; ``rows``: theirs and of whom they
    had absorbed by then, applied up to ``at``, in order, at least those that `wanted` names."""
    definitions = Definitions(workspace, number, body)
    found, past = _lived(workspace, number, body, person, rows)
    facts = NOTHING
    found.built = -1
    found.place = max(1, found.place)
    while isinstance(result := upgrade(definitions, found, at, facts), Needs):
        facts = facts.joined(past.answer(result))
    whole = result.person
    whole.segments = _memberships(rows)
    whole.runs = [_counted(definitions, run, past) for run in _runs(definitions, moves(rows))]
    whole.built = number
    return Then(definitions, whole, past)


def wanted(definitions: Definitions) -> list[tuple[int, str]]:
    """Give the (kind, name) of the rows that `then` reads beside those of `ALWAYS`."""
    events = {*definitions.counters_by_event, *definitions.starts_by_event}
    found = {(kinds.MEMBERSHIP, name) for name in definitions.segments}
    for name, version in definitions.journeys.items():
        found |= {(kinds.MOVED, name), (kinds.ENTER, name)}
        found |= {(kinds.BEFELL, event) for event in version.journey.trigger.befalling()}
        for condition in conditions(version.journey):
            events |= condition.events
    return sorted(found | {(kinds.EVENTS[kind], name) for kind, name in definitions.derived.raw(events)})


def _lived(
    workspace: Workspace, number: int, body: Mapping[str, Any], person: Person, rows: Sequence[Row]
) -> tuple[Person, Past]:
    """Let what is no event be applied, while there are no journeys; events are only kept, and opened where somebody looks."""
    definitions = Definitions(workspace, number, {**body, "journeys": {}})
    found = Person(
        person.id, person.workspace, person.partition, person.created, person.first, list(person.identifiers)
    )
    past = Past()
    for row in rows:
        if (kind := KIND_OF.get(row.kind)) is not None:
            time = min(row.time, row.received + AHEAD)
            past.add(kind, row.name, Lived(time, row.id, row.received, _Closed(row.body)))
            continue
        said = body_of(row)
        if isinstance(said, Enter):
            past.add("enter", said.journey, Lived(row.time, row.id, row.received, said.data))
        elif isinstance(said, Befell):
            past.add("befell", said.type, Lived(row.time, row.id, row.received, said.data))
        elif said is not None and not isinstance(said, Member):
            record = Record(row.id, person.workspace, 1, SYSTEM, (), row.time, row.received, said)
            facts = NOTHING
            while isinstance(result := step(definitions, found, record, row.received, facts), Needs):
                facts = facts.joined(past.answer(result))
            found = result.person
    return found, past


class _Closed(Mapping[str, Any]):
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

    def __getitem__(self, name: str) -> Any:
        return self._open[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._open)

    def __len__(self) -> int:
        return len(self._open)


def _memberships(rows: Sequence[Row]) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in rows:
        if row.kind == kinds.MEMBERSHIP:
            if unpack(row.body)["on"]:
                found[row.name] = row.time
            else:
                found.pop(row.name, None)
    return found


def _runs(definitions: Definitions, moved: Sequence[Moved]) -> list[Run]:
    """The runs that stood somewhere, each at the step its last move names."""
    found: dict[bytes, Run] = {}
    over: dict[bytes, Run] = {}
    for move in moved:
        if move.what == "returned" and move.run in over:
            found[move.run] = over.pop(move.run)
        if move.what in ("refused", *ENDS):
            if (run := found.pop(move.run, None)) is not None:
                over[move.run] = run
        elif move.what == "entered":
            live = definitions.journeys.get(move.journey)
            per = live.journey.run_per if live is not None and move.key else ""
            found[move.run] = Run(move.run, move.journey, move.version, "", move.time, per=per, key=move.key)
        elif (run := found.get(move.run)) is not None and move.what != "converted":
            parked = move.why if move.what == "parked" else ""
            arrived = run.arrived if run.step == move.step else move.time
            found[move.run] = msgspec.structs.replace(
                run, step=move.step, version=move.version, arrived=arrived, parked=parked
            )
    return [run for run in found.values() if run.journey in definitions.journeys]


def _counted(definitions: Definitions, run: Run, past: Past) -> Run:
    """With what happened since entry, the event that began it, and when the clock alone would have moved it on."""
    version = definitions.version(run) or definitions.journeys[run.journey]
    node = version.route.nodes.get(run.step)
    lasts = node.step.kind.lasts() if node is not None and not run.parked else 0
    counters = {}
    for counter in version.entry_counters.values():
        query = Query(counter, query_key(counter), counter.keep, received=run.entered, per=run.per, own=run.key)
        counters[counter.key] = list(past.answer(Needs((query,))).times[query.key])
    began = [
        (each.time, each.id)
        for event in (
            *version.journey.trigger.events(),
            ("enter", run.journey),
            ("befell", version.journey.trigger.group()),
        )
        for each in past.going_by(event, definitions.derived)
        if each.received == run.entered and reaches(run.per, run.key, each.properties)
    ]
    return msgspec.structs.replace(
        run, counters=counters, event=began[-1] if began else None, wake=run.arrived + lasts if lasts else None
    )
