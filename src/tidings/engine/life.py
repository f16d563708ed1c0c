"""A person in the hands of one step: timers, inputs, and the consequences of each in their fixed order.

Order within a happening: counters, then segments in dependency order, then exits and goals, then waiting runs by entry time, then new
entries by journey id. What runs cause (attributes set, events tracked) are happenings of their own, put at the end of the line; the run
that caused one goes on after it, so the step behind a `set` sees everything the `set` led to.
"""

from collections import deque
from collections.abc import Sequence
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from tidings.engine import again, calls, door, goals, said
from tidings.engine.asking import AHEAD, Asking, counted, within
from tidings.engine.carrying import carry, remade
from tidings.engine.definitions import Definitions, Mover, Version
from tidings.engine.entry import comes, due, enter, redate, spread
from tidings.engine.happening import BY, DEEPEST, Happening, Touched
from tidings.engine.needs import Facts, Query
from tidings.engine.passage import Passage
from tidings.journeys import pauses
from tidings.journeys.condition import Condition
from tidings.journeys.keyed import reaches
from tidings.kernel import ids
from tidings.kernel.effects import RUN_ENDED, Cancelled, Membership, Moved, Rejected
from tidings.kernel.records import (
    Admit,
    Answered,
    Befell,
    Body,
    Consent,
    Device,
    Enter,
    Event,
    Group,
    GroupChanged,
    Identify,
    Member,
    Postponed,
    Record,
    Retry,
    SendAgain,
    TakeIn,
    Touch,
    Ungroup,
)
from tidings.people.document import (
    WATCHING,
    Person,
    Run,
    Time,
    copy,
    memory_of,
    read_times,
    write_times,
)
from tidings.rules.counters import join

BRIEFLY: Final = 200
"""Characters of a fault that the document keeps; history has the rest."""
BRIEF: Final = 8
"""Bytes of a record's id that a counter keeps, to know the record again."""


class Life(Asking):
    """Works on a copy; `person` and `effects` are the outcome."""

    def __init__(self, definitions: Definitions, person: Person, facts: Facts) -> None:
        super().__init__(definitions, copy(person), facts)
        if person.runs:
            self.person.runs = [msgspec.structs.replace(run) for run in person.runs]
        self.cause = b""
        self.line: deque[Happening | tuple[bytes, int, tuple[str, ...]]] = deque()
        self.answer: Answered | None = None
        self.retried: set[bytes] = set()
        self.ordinal = 0
        self.applied: Body | None = None

    # What comes in

    def catch_up(self, now: int) -> None:
        """Bring the document up to the definitions in force."""
        person, definitions = self.person, self.definitions
        if person.built >= definitions.number:
            return
        if person.place == 0:
            person.built = definitions.number
            return
        self.now = now
        self._wait_on(person.lived)
        new, changed = definitions.newer(max(person.built, -1))
        self.cause = ids.digest("upgrade", person.id, definitions.number)
        came, left = carry(self)
        again = person.runs if person.built < 0 else [*came, *remade(definitions, person, person.built)]
        entry = self._entry_counters_missing(again)
        answers = self.facts.times
        if entry or any(key not in answers for _, key in new):
            self.demand([self.query(counter) for counter, _ in new] + [query for _, query in entry])
        kept = {key: times for key, times in person.counters.items() if key in definitions.counters}
        for counter, answer in new:
            times = answers[answer]
            if times:
                kept[counter.key] = write_times(times[-counter.keep :])
            else:
                kept.pop(counter.key, None)
        person.counters = kept
        self._times.clear()
        for run, query in entry:
            run.counters = {**run.counters, query.counter.key: list(self.facts.times[query.key])[-query.counter.keep :]}
        self._owned.add("counters")
        for name in [name for name in person.segments if name not in definitions.segments]:
            self.own("segments").pop(name)
            self.effects.append(Membership(name, False, now, True))
        for name in [name for name in person.timers if name not in definitions.segments]:
            self.own("timers").pop(name)
        person.built = definitions.number
        for run, why in left:
            self.end(run, "exited", why)
        self.settle(Happening(touched=changed, quiet=True, starts=False))
        redate(self, {*person.dates, *definitions.dated})
        for run in list(person.runs):
            if self._alive(run) and run.ended is None:
                self._evaluate(run, None)
        self.drain()

    def _entry_counters_missing(self, came: Sequence[Run]) -> list[tuple[Run, Query]]:
        missing = []
        for run in came:
            version, older = (
                self.definitions.version(run),
                self.definitions.older(run.journey, run.kept) if run.kept else None,
            )
            counters = [
                each for known in (version, older) if known is not None for each in known.entry_counters.values()
            ]
            for counter in join(counters).values():
                if len(run.counters.get(counter.key, ())) < counter.keep:
                    key = ids.digest(run.id, counter.key)
                    query = Query(counter, key, counter.keep, received=run.entered, per=run.per, own=run.key)
                    missing.append((run, query))
        return missing

    def _wait_on(self, built: int) -> None:
        """Let runs wait longer by the pauses that were taken out of their calendar since ``built``."""
        for run in self.person.runs:
            entry = self.definitions.body.get("journeys", {}).get(run.journey, {})
            if run.ended is None and "pauses" in entry:
                run.arrived += pauses.shifted(pauses.read(entry), built)

    def until(self, now: int) -> None:
        """Fire every timer due at or before ``now``, each at its own due time."""
        while (due := self.person.wake_at) is not None and due <= now:
            self.now = due
            self.cause = b""
            self.settle(Happening(due=True, time=due))
            self.drain()
            if (again := self.person.wake_at) is not None and again <= due:
                raise AssertionError(f"a timer did not move on from {due}")

    def take(self, record: Record, now: int) -> None:
        """Apply one record."""
        person = self.person
        self.now, self.cause = now, record.id
        happening = Happening(
            time=record.time if record.time <= now + AHEAD else now,
            id=record.id,
            born=person.place == 0,
            starts=record.starts,
            depth=record.depth,
            said=said.when(record.received),
        )
        person.place += 1
        body = record.body
        if record.ordered and isinstance(body, Identify | Consent):
            happening.said = said.when(happening.time)
            body = self.applied = said.in_order(self, body, record.id, happening.time)
        self._apply(body, record, happening)
        self.settle(happening)
        self.drain()

    def join(self, ended: Sequence[Run], manual: Sequence[str], cause: Record, now: int) -> None:
        """Ask everything anew after a merge."""
        self.now, self.cause = now, cause.id
        self.person.place += 1
        kept = self.definitions.counters
        self.person.counters = {
            key: write_times(read_times(times)[-kept[key].keep :])
            for key, times in self.person.counters.items()
            if key in kept
        }
        for run in ended:
            self.effects.append(
                Moved(
                    run.id,
                    run.journey,
                    run.version,
                    run.step,
                    "merged",
                    now,
                    "an earlier run of the same person goes on",
                    key=run.key,
                )
            )
            self.effects.append(Cancelled(run.id, f"{RUN_ENDED}merged", now))
        self.settle(
            Happening(
                time=now,
                id=cause.id,
                touched=tuple(self.definitions.segments),
                members=tuple((name, True) for name in manual),
                starts=cause.starts,
                depth=cause.depth,
            )
        )
        redate(self, {*self.person.dates, *self.definitions.dated})
        for run in list(self.person.runs):
            if self._alive(run) and run.ended is None:
                self._evaluate(run, None)
        self.drain()

    def _apply(self, body: Body, record: Record, happening: Happening) -> None:
        person = self.person
        named: dict[str, Any] = {}
        known = person.identifiers
        for own in record.who:
            kind, value = own
            if kind not in ("id", "email") or (known_by := person.attributes.get(kind)) == value:
                continue
            if own in known and (kind, known_by) not in known:
                named[kind] = value
        if isinstance(body, Event):
            happening.event = (body.kind, body.name)
            happening.properties = body.properties
            group = body.context.get("groupId") if body.context else None
            happening.group = group if isinstance(group, str) else ""
            if body.kind != "message":
                person.last_seen = max(person.last_seen, self.now)
        elif isinstance(body, Identify):
            named = {**{k: v for k, v in body.attributes.items() if k not in ("id", "email")}, **named}
            if "email" in body.attributes and ("email", body.attributes["email"]) in person.identifiers:
                named["email"] = body.attributes["email"]
            elif not body.attributes.get("email", True) and all(kind != "email" for kind, _ in person.identifiers):
                named["email"] = None
            person.last_seen = max(person.last_seen, self.now)
        elif isinstance(body, Consent):
            named.update(self.agree(body, happening.said))
        elif isinstance(body, Device):
            said.hold(self, body, happening.time)
        elif isinstance(body, Group | GroupChanged | Ungroup):
            happening.groups = said.join(self, body)
        elif isinstance(body, Member):
            segment = self.definitions.segments.get(body.segment)
            if segment is None or segment.rule is not None:
                self.effects.append(Rejected(f'there is no segment "{body.segment}" kept by hand'))
            else:
                happening.members = ((body.segment, body.on),)
        elif isinstance(body, Answered):
            happening.answer = self.answer = body
            if not calls.find(self.definitions, person, body):
                self.effects.append(Rejected("the run went on without this answer"))
        elif isinstance(body, Postponed):
            calls.postpone(self, body, happening)
        elif isinstance(body, Admit):
            door.admit(self, body, happening)
        elif isinstance(body, Retry):
            if not calls.retry(self, body, happening):
                self.effects.append(Rejected(f"no run of {body.journey} was stopped by a fault"))
        elif isinstance(body, SendAgain):
            again.plan(self, body)
        elif isinstance(body, Enter):
            happening.called, happening.properties = body.journey, body.data
            self.current = ((happening.time, happening.id), body.data)
        elif isinstance(body, TakeIn):
            happening.taken = body
        elif isinstance(body, Befell):
            if any((own.type, own.key) == (body.type, body.key) and own.since <= body.at for own in person.groups):
                happening.befell, happening.properties = body, body.data
                happening.depth, happening.way = body.depth, tuple(body.way)
                self.current = ((happening.time, happening.id), happening.properties)
        elif not isinstance(body, Touch):
            raise TypeError(f"{type(body).__name__} is not for one person")
        happening.values = named

    def agree(self, body: Consent, at: int = 0) -> dict[str, Any]:
        """Write down what the person agreed to (``at``: said then, unix seconds; 0: now); answers the attributes that say so."""
        return said.agree(self, body, at or said.when(self.now))

    # What follows

    def drain(self) -> None:
        """Work through the line of consequences."""
        while self.line:
            item = self.line.popleft()
            if isinstance(item, Happening):
                self.settle(item)
                continue
            run_id, depth, way = item
            run = next((run for run in self.person.runs if run.id == run_id and run.ended is None), None)
            if run is not None:
                self._move(run, depth, way)

    def settle(self, happening: Happening) -> None:
        """Apply a happening's consequences, all but those it puts in the line."""
        if happening.values:
            happening.before = self.person.attributes
            at = happening.said or said.when(self.now)
            happening.attributes = said.set_attributes(self, happening.values, at)
        touched = self._count(happening)
        self._flip(happening, touched)
        runs = self.person.runs
        if runs:
            for run in sorted(runs, key=lambda run: run.entered):
                if self._alive(run):
                    self._settle_run(run, happening, touched)
            for run in sorted(self.person.runs, key=lambda run: run.entered):
                if run.ended is None and self._waits(run, happening, touched):
                    self._move(run, happening.depth, happening.way)
        dated = self._dated(happening, touched)
        if happening.starts and not happening.quiet:
            enter(self, happening, touched, dated)
        if self.definitions.spreading:
            spread(self, happening)

    def _dated(self, happening: Happening, touched: Touched) -> list[str]:
        """Give the journeys that time starts now, and work out anew the moments that have come or may have moved."""
        person, definitions = self.person, self.definitions
        if not (person.dates or definitions.dated or definitions.dates_by):
            return []
        found = due(person, self.now) if happening.due and person.dates else []
        moved = {id for id in definitions.dated if happening.born}
        if definitions.dates_by:
            changed: list[Mover] = [*touched.counters, *happening.attributes, *happening.groups]
            changed += [("segment", name) for name in touched.segments]
            changed += [("group", type) for type in happening.groups]
            moved.update(id for touch in changed for id in definitions.dates_by.get(touch, ()))
        if happening.due:
            found += [id for id in sorted(moved) if id not in found and comes(self, id)]
        if found or moved:
            redate(self, sorted({*found, *moved}))
        return found

    def _count(self, happening: Happening) -> Touched:
        touched = Touched(set(), frozenset(happening.attributes), frozenset(happening.groups), {})
        event = happening.event
        if event is None:
            return touched
        time = (happening.time, happening.id[:BRIEF])
        self.current = ((happening.time, happening.id), happening.properties)
        happening.names = self.definitions.derived.names(event, happening.properties)
        for name in happening.names:
            self._count_as(name, happening, time, touched)
        return touched

    def _count_as(self, event: tuple[str, str], happening: Happening, time: Time, touched: Touched) -> None:
        definitions, properties = self.definitions, happening.properties
        self.local.append((event, properties, time))
        for counter in definitions.counters_by_event.get(event, ()):
            if counter.matches(properties) and within(counter, time[0]):
                key = counter.key
                touched.counters.add(key)
                if (kept := definitions.counters.get(key)) is not None:
                    times = self._times[key] = counted(self.kept(key), time, kept.keep)
                    self.own("counters")[key] = write_times(times)
        for run in self.person.runs:
            version = definitions.version(run)
            since_entry = version.since_entry.get(event, []) if version is not None else []
            if run.kept and (older := definitions.older(run.journey, run.kept)) is not None:
                since_entry = list(join([*since_entry, *older.since_entry.get(event, [])]).values())
            for counter in since_entry:
                if counter.matches(properties) and reaches(run.per, run.key, properties):
                    touched.counters.add(counter.key)
                    times = counted(run.counters.get(counter.key, ()), time, counter.keep)
                    run.counters = {**run.counters, counter.key: times}

    def _flip(self, happening: Happening, touched: Touched) -> None:
        definitions, person = self.definitions, self.person
        places: set[int] = set()
        for key in touched.counters:
            places.update(definitions.segments_by_counter.get(key, ()))
        for root in happening.attributes:
            places.update(definitions.segments_by_attribute.get(root, ()))
        for type in happening.groups:
            places.update(definitions.segments_by_group.get(type, ()))
            places.update(definitions.segments_by_attribute.get(type, ()))
        if happening.touched:
            places.update(definitions.position[name] for name in happening.touched)
        if happening.born:
            places.update(definitions.position[name] for name in definitions.blank)
        if happening.due:
            places.update(definitions.position[name] for name, at in person.timers.items() if at <= self.now)
        for name, on in happening.members:
            if on != (name in person.segments):
                self._switch(name, on, happening, touched)
                places.update(definitions.segments_by_segment.get(name, ()))
        line, last = sorted(places), -1  # sorted, so a heap from the start
        while line:
            place = heappop(line)
            if place == last:
                continue
            last, segment = place, definitions.order[place]
            name, compiled = segment.id, segment.compiled
            if compiled is None:
                continue
            holds, at = compiled.answers(self.view, self.now)
            if at != person.timers.get(name):
                timers = self.own("timers")
                if at is None:
                    del timers[name]
                else:
                    timers[name] = at
            if holds != (name in person.segments):
                self._switch(name, holds, happening, touched)
                for other in definitions.segments_by_segment.get(name, ()):
                    heappush(line, other)

    def _switch(self, name: str, on: bool, happening: Happening, touched: Touched) -> None:
        members = self.own("segments")
        if on:
            members[name] = self.now
        else:
            del members[name]
        touched.segments[name] = on
        self.effects.append(Membership(name, on, self.now, happening.quiet))

    # Runs

    def _alive(self, run: Run) -> bool:
        """Whether the run goes on; it ends where its journey is stopped or gone."""
        version = self.definitions.version(run)
        if version is None or (version.status == "stopped" and run.ended is None):
            if run.ended is None:
                self.end(run, "stopped", "the journey was stopped" if version else "the journey was removed")
            self._drop(run)
            return False
        return True

    def _settle_run(self, run: Run, happening: Happening, touched: Touched) -> None:
        version = self.definitions.version(run)
        assert version is not None
        due = run.wake is not None and run.wake <= self.now
        if run.goal_until is not None:
            goals.settle(
                self,
                run,
                version,
                happening,
                version.goal is not None and (due or _reached(version.goal.rule, touched)),
            )
        if run.ended is not None:
            if run.goal_until is None:
                self._drop(run)
            else:
                run.wake = self.run_wake(run, version, None)
            return
        if run.version > version.number:
            run.wake = None  # it is asked when its version is in force here
            return
        exit = version.journey.exit
        if exit is not None and (due or _reached(exit, touched)) and self.ask(exit, run):
            self.end(run, "exited", exit.text)
        elif due or run.kept or _reached_any(version, touched):
            self._evaluate_wake(run, version)

    def _evaluate(self, run: Run, happening: Happening | None) -> None:
        """Ask a run everything afresh, after its journey's definition changed."""
        version = self.definitions.version(run)
        assert version is not None
        if run.parked or run.version > version.number:
            return
        exit = version.journey.exit
        if exit is not None and self.ask(exit, run):
            self.end(run, "exited", exit.text)
        elif door.is_before(run):
            door.wait(self, run, version)
        elif run.step not in version.route.nodes:
            self.end(run, "stopped", f"step {run.step} is gone")
        elif run.wake is None or run.wake > self.now:  # else its timer fires first, as of its own time
            self._move(run, 0, ())

    def _waits(self, run: Run, happening: Happening, touched: Touched) -> bool:
        """Whether the run stands at a step that this may move."""
        if any(item[0] == run.id for item in self.line if isinstance(item, tuple)):
            return False
        if run.parked or door.is_before(run):
            return False
        if happening.due and run.wake is not None and run.wake <= self.now:
            return True
        if happening.answer is not None and calls.awaits(self.definitions, run, happening.answer):
            return True
        version = self.definitions.version(run)
        if version is None or version.number < run.version:
            return False
        step = self.definitions.terms(run, version)
        if step is None:
            return False
        reads = step.kind.reads()
        if reads and not (reads.isdisjoint(touched.attributes) and reads.isdisjoint(touched.groups)):
            return True
        return any(_reached(condition, touched) for condition in step.kind.lasting())

    def _move(self, run: Run, depth: int, way: tuple[str, ...]) -> None:
        """Let the run go as far as it can now."""
        version = self.definitions.version(run)
        assert version is not None
        passage = Passage(self, run, version, depth, way)
        until = passage.advance()
        if run.ended is None and not run.parked:
            run.wake = self.run_wake(run, version, until)

    def _evaluate_wake(self, run: Run, version: Version) -> None:
        """Set the wake again where what it was computed from may have moved."""
        node = version.route.nodes.get(run.step)
        if door.is_before(run):
            door.wait(self, run, version)
            return
        if node is None or run.parked or any(item[0] == run.id for item in self.line if isinstance(item, tuple)):
            return
        if run.wake is not None and run.wake <= self.now:
            return  # the run moves in a moment, which sets it
        times = [run.wake, self.run_wake(run, version, None)]
        run.wake = min((time for time in times if time is not None), default=None)

    def run_wake(self, run: Run, version: Version, until: int | None) -> int | None:
        """When a run is to be looked at again: at ``until``, or when time alone could change its exit or goal."""
        times = [until]
        exit, goal = version.journey.exit, version.goal
        if exit is not None and run.ended is None:
            times.append(self.change(exit, run))
        if goal is not None and run.goal_until is not None and run.converted is None:
            times += [run.goal_until if run.ended is not None else None, self.change(goal.rule, run)]
        return min((time for time in times if time is not None and time > self.now), default=None)

    def begin(self, run: Run, happening: Happening) -> None:
        """Let a run that has just come in move when its turn comes."""
        self.line.append((run.id, happening.depth + 1, (*happening.way, run.journey)))

    def end(self, run: Run, what: str, why: str) -> None:
        """End a run; one before the door was never in. What it has planned and nobody claimed is not sent, unless it simply reached its
        end."""
        if door.is_before(run):
            door.leave(self, run, why)
            return
        self.effects.append(Moved(run.id, run.journey, run.version, run.step, what, self.now, why, key=run.key))
        if what not in ("done", "held_out"):
            self.effects.append(Cancelled(run.id, f"{RUN_ENDED}{why}", self.now))
        run.ended, run.wake = self.now, None
        known = memory_of(run.journey, run.key)
        entries, entered, _ = self.person.memory.get(known, (1, run.entered, 0))
        self.person.memory = {**self.person.memory, known: (entries, entered, self.now)}
        version = self.definitions.version(run)
        if run.goal_until is None or run.converted is not None or version is None:
            self._drop(run)
        else:
            run.wake = self.run_wake(run, version, None)
            watching = [other for other in self.person.runs if other.ended is not None]
            if len(watching) > WATCHING:
                self._drop(watching[0])

    def _drop(self, run: Run) -> None:
        self.person.runs = [other for other in self.person.runs if other is not run]

    def park(self, run: Run, why: str, detail: str = "") -> None:
        """Stop a run where it stands, until somebody looks. ``detail``: more of it, which history keeps."""
        run.parked, run.wake = why[:BRIEFLY], None
        told = f"{why}\n{detail}" if detail else why
        self.effects.append(Moved(run.id, run.journey, run.version, run.step, "parked", self.now, told, key=run.key))

    def cause_happening(self, happening: Happening, run: Run) -> bool:
        """Put what a run caused in the line, and the run behind it; False (the run is parked) where the chain has no end."""
        loop = list(dict.fromkeys(happening.way[-10:])) if happening.depth > DEEPEST else self._round(happening)
        if loop:
            self.park(run, f"an endless loop: {' → '.join([*loop, loop[0]])}")
            return False
        self.line.append(happening)
        self.line.append((run.id, happening.depth, happening.way))
        return True

    def _round(self, happening: Happening) -> list[str]:
        """Give the way by which an event that a step lets happen came of the same step, by a group; [] where it did not. It ends at
        the first round: each would let in everybody for each of the one before."""
        way = happening.way
        by = max((n for n, place in enumerate(way) if place.startswith(BY)), default=0)
        return list(way[way.index(way[-1]) : -1]) if happening.event is not None and way[-1] in way[:by] else []

    def again(self, run: Run, happening: Happening) -> None:
        """Put a run in the line behind what is already there."""
        self.line.append((run.id, happening.depth, happening.way))


def _reached(condition: Condition, touched: Touched) -> bool:
    compiled = condition.compiled
    return bool(
        any(counter.key in touched.counters for counter in compiled.counters)
        or not compiled.attributes.isdisjoint(touched.attributes)
        or not compiled.segments.isdisjoint(touched.segments)
        or not compiled.groups.isdisjoint(touched.groups)
        or (compiled.uses_journey and "journey" in touched.attributes)
    )


def _reached_any(version: Version, touched: Touched) -> bool:
    return any(_reached(condition, touched) for condition in version.lasting())
