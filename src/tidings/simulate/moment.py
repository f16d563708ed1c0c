"""A person as they were at a moment of the past, worked out from their history: by it one explains what happened then.

Attributes, groups and consent are what the records up to then said, memberships what was recorded, counters what the events up to then
give under the definitions of that moment. Runs stand where their last move left them, on the version that publishes have carried them to
since, wait longer by the pauses that were taken out of their calendar (neither is written down for each of them), and watch their goal
where it did not hold as they came in.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.engine import NOTHING, Definitions, Needs, Query, Workspace, query_key, upgrade, waking
from tidings.engine.carrying import carried_on
from tidings.engine.door import is_before, read_held
from tidings.engine.observe import observe
from tidings.history import kinds
from tidings.journeys import pauses
from tidings.journeys.carrying import read_kept, read_moved, read_stays
from tidings.journeys.document import conditions
from tidings.kernel.effects import Moved
from tidings.people.document import Memory, Person, Run, Time, memory_of, remember
from tidings.simulate.course import Course
from tidings.simulate.past import Past
from tidings.simulate.row import Row, beginnings, moves

ENDS: Final = ("done", "held_out", "exited", "merged", "stopped")
PASSED: Final = ("passed", "skipped", "planned", "branched")


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
    moved = moves(rows)
    whole, course = _without_runs(definitions, person, rows, at)
    past = course.past
    by_hand = {name for name, segment in definitions.segments.items() if segment.rule is None}
    began = beginnings(rows, by_hand)
    runs = [_counted(definitions, run, past, began.get(run.id)) for run in _runs(definitions, moved)]
    whole.runs = [_aiming(definitions, run, person, rows, at) for run in runs]
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


def _without_runs(definitions: Definitions, person: Person, rows: Sequence[Row], at: int) -> tuple[Person, Course]:
    course = Course(definitions, person, rows, at)
    found, past = msgspec.structs.replace(course.person, built=-1, memory=_memory(moves(rows))), course.past
    facts = NOTHING
    while isinstance(result := upgrade(definitions, found, at, facts), Needs):
        facts = facts.joined(past.answer(result))
    result.person.segments = dict(course.person.segments)
    return result.person, course


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
    passed: dict[bytes, int] = {}
    for move in moved:
        if move.what == "returned" and move.run in over:
            found[move.run] = over.pop(move.run)
        if move.what in ("refused", *ENDS):
            if (run := found.pop(move.run, None)) is not None:
                over[move.run] = run
        elif move.what in ("queued", "entered"):
            live = definitions.journeys.get(move.journey)
            per = live.journey.run_per if live is not None and move.key else ""
            number = 0 if move.what == "queued" and read_held(move.why) else move.version
            found[move.run] = Run(
                move.run, move.journey, number, "", move.time, arrived=move.time, per=per, key=move.key
            )
        elif (run := found.get(move.run)) is not None and move.what != "converted":
            parked = move.why if move.what == "parked" else ""
            step, waits_on = read_moved(move.why) if move.what == "moved" else (move.step, False)
            stays = waits_on if move.what == "moved" else run.step == step
            arrived = run.arrived if stays and not (run.parked and not parked) else move.time
            keeps = move.what not in ("moved", *PASSED) and run.step == step
            kept = read_kept(move.why) if move.what == "carried" else run.kept if keeps else 0
            if move.what == "stays":
                passed[move.run] = read_stays(move.why)
            found[move.run] = msgspec.structs.replace(
                run, step=step, version=move.version, arrived=arrived, parked=parked, kept=kept
            )
    known = (run for run in found.values() if run.journey in definitions.journeys)
    return [_since(definitions, run, passed.get(run.id, 0)) for run in known]


def _since(definitions: Definitions, run: Run, passed: int) -> Run:
    """A run as publishes and pauses have left it since its last move."""
    version, kept = carried_on(definitions, run, passed)
    if is_before(run) and run.version:
        version = definitions.journeys[run.journey].number  # by which it would come in
    ended = pauses.read(definitions.body["journeys"][run.journey])
    later = sum(pause.end - pause.start for pause in ended if pause.held == "shift" and pause.end > run.arrived)
    return msgspec.structs.replace(run, version=version, kept=kept, arrived=run.arrived + later)


def _aiming(definitions: Definitions, run: Run, person: Person, rows: Sequence[Row], at: int) -> Run:
    """With its goal: when it was reached, else until when it is watched."""
    version = definitions.version(run)
    if version is None or version.goal is None or is_before(run):
        return run
    goal = version.goal
    own = [
        (n, move)
        for n, row in enumerate(rows)
        if row.kind == kinds.MOVED
        for move in moves([row])
        if move.run == run.id
    ]
    reached = [move.time for _, move in own if move.what == "converted"]
    if reached:
        return msgspec.structs.replace(run, converted=reached[-1])
    came, by = next(((n, move.version) for n, move in own if move.what == "entered"), (0, 0))
    live = definitions.journeys[run.journey]
    first = live if by == live.number else definitions.older(run.journey, by)
    if first is None or first.goal is None or first.goal.id != goal.id:
        return msgspec.structs.replace(run, goal=first.goal.id if first is not None and first.goal is not None else b"")
    whole, course = _without_runs(definitions, person, rows[:came], run.entered)
    facts = NOTHING
    began = msgspec.structs.replace(run, counters={}, arrived=run.entered)
    while isinstance(watched := observe(definitions, whole, began, run.entered, facts, version), Needs):
        facts = facts.joined(course.past.answer(watched))
    if not watched.person.runs:
        return run
    until = run.entered + goal.within
    return msgspec.structs.replace(run, goal=goal.id, goal_until=until if at < until else None)


def _counted(definitions: Definitions, run: Run, past: Past, began: Time | None) -> Run:
    """With what happened since entry, and the event that began it."""
    version = definitions.version(run) or definitions.journeys[run.journey]
    older = definitions.older(run.journey, run.kept) if run.kept else None
    counters = {}
    for counter in [*version.entry_counters.values(), *(older.entry_counters.values() if older is not None else ())]:
        query = Query(counter, query_key(counter), counter.keep, received=run.entered, per=run.per, own=run.key)
        counters[counter.key] = list(past.answer(Needs((query,))).times[query.key])
    began = None if version.journey.trigger.timed() else began
    return msgspec.structs.replace(run, counters=counters, event=began)
