"""A person as they were at a moment of the past, worked out from their history: by it one explains what happened then.

Attributes, groups and consent are what the records up to then said, memberships what was recorded, counters what the events up to then
give under the definitions of that moment. Runs stand where their last move left them.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.engine import NOTHING, Definitions, Needs, Query, Workspace, query_key, upgrade, waking
from tidings.history import kinds
from tidings.journeys.carrying import read_moved
from tidings.journeys.document import conditions
from tidings.kernel.effects import Moved
from tidings.people.document import Memory, Person, Run, Time, memory_of, remember
from tidings.simulate.course import Course
from tidings.simulate.past import Past
from tidings.simulate.row import Row, beginnings, moves

ENDS: Final = ("done", "exited", "merged", "stopped")


class Then(NamedTuple):
    """``course``: how they came to be that; its past answers what rules ask of history, as of then."""

    definitions: Definitions
    person: Person
    course: Course


def then(
    workspace: Workspace, number: int, body: Mapping[str, Any], person: Person, rows: Sequence[Row], at: int
) -> Then:
    """Work out who ``person`` was at ``at``. ``body``: of the definitions in force then, what matters; ``rows``: theirs and of whom they
    had absorbed by then, applied up to ``at``, in order, at least those that `wanted` names."""
    definitions = Definitions(workspace, number, body)
    course = Course(definitions, person, rows, at)
    moved = moves(rows)
    found, past = msgspec.structs.replace(course.person, built=-1, memory=_memory(moved)), course.past
    facts = NOTHING
    while isinstance(result := upgrade(definitions, found, at, facts), Needs):
        facts = facts.joined(past.answer(result))
    whole = result.person
    whole.segments = dict(course.person.segments)
    by_hand = {name for name, segment in definitions.segments.items() if segment.rule is None}
    began = beginnings(rows, by_hand)
    whole.runs = [_counted(definitions, run, past, began.get(run.id)) for run in _runs(definitions, moved)]
    whole.built = number
    facts = NOTHING
    while isinstance(woken := waking(definitions, whole, at, facts), Needs):
        facts = facts.joined(past.answer(woken))
    return Then(definitions, woken.person, course)


def wanted(definitions: Definitions) -> list[tuple[int, str]]:
    """Give the (kind, name) of the rows that `then` reads beside those of `course.ALWAYS`."""
    events = {*definitions.counters_by_event, *definitions.starts_by_event}
    found = {(kinds.MEMBERSHIP, name) for name in definitions.segments}
    for name, version in definitions.journeys.items():
        found |= {(kinds.MOVED, name), (kinds.ENTER, name)}
        found |= {(kinds.BEFELL, event) for event in version.journey.trigger.befalling()}
        for condition in conditions(version.journey):
            events |= condition.events
    return sorted(found | {(kinds.EVENTS[kind], name) for kind, name in definitions.derived.raw(events)})


def _memory(moved: Sequence[Moved]) -> Memory:
    """How often they came in, and when they came and left last."""
    memory: Memory = {}
    for move in moved:
        known = memory_of(move.journey, move.key)
        entries, entered, _ = memory.get(known, (0, 0, 0))
        if move.what == "entered":
            memory[known] = (entries + 1, move.time, 0)
            memory = remember(memory, [move.journey]) if move.key else memory
        elif move.what in ENDS and entries:
            memory[known] = (entries, entered, move.time)
    return memory


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
        elif move.what in ("queued", "entered"):
            live = definitions.journeys.get(move.journey)
            per = live.journey.run_per if live is not None and move.key else ""
            found[move.run] = Run(
                move.run, move.journey, move.version, "", move.time, arrived=move.time, per=per, key=move.key
            )
        elif (run := found.get(move.run)) is not None and move.what != "converted":
            parked = move.why if move.what == "parked" else ""
            step, waits_on = read_moved(move.why) if move.what == "moved" else (move.step, False)
            arrived = run.arrived if run.step == step or waits_on else move.time
            found[move.run] = msgspec.structs.replace(
                run, step=step, version=move.version, arrived=arrived, parked=parked
            )
    return [run for run in found.values() if run.journey in definitions.journeys]


def _counted(definitions: Definitions, run: Run, past: Past, began: Time | None) -> Run:
    """With what happened since entry, and the event that began it."""
    version = definitions.version(run) or definitions.journeys[run.journey]
    counters = {}
    for counter in version.entry_counters.values():
        query = Query(counter, query_key(counter), counter.keep, received=run.entered, per=run.per, own=run.key)
        counters[counter.key] = list(past.answer(Needs((query,))).times[query.key])
    began = None if version.journey.trigger.timed() else began
    return msgspec.structs.replace(run, counters=counters, event=began)
