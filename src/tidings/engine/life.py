"""A person in the hands of one step: timers, inputs, and the consequences of each in their fixed order.

Order within a happening: counters, then segments in dependency order, then exits and goals, then waiting runs by entry time, then new
entries by journey id. What runs cause (attributes set, events tracked) are happenings of their own, put at the end of the line; the run
that caused one goes on after it, so the step behind a `set` sees everything the `set` led to.
"""

from bisect import insort
from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heappop, heappush
from typing import Any, Final

import msgspec

from tidings import rules
from tidings.engine import again, calls, door, goals
from tidings.engine.carrying import carry, remade
from tidings.engine.definitions import Definitions, Mover, Version
from tidings.engine.entry import comes, due, enter, redate, spread
from tidings.engine.happening import DEEPEST, Happening, Touched
from tidings.engine.needs import Asked, Facts, Needs, Query, query_key
from tidings.engine.passage import Passage
from tidings.journeys import pauses
from tidings.journeys.condition import Condition
from tidings.journeys.keyed import reaches
from tidings.kernel import ids
from tidings.kernel.effects import Cancelled, Effect, Membership, Moved, Rejected
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
from tidings.kernel.times import MINUTE
from tidings.people.document import (
    DEVICES,
    GROUPS,
    WATCHING,
    Agreement,
    Handset,
    InGroup,
    Person,
    Run,
    Time,
    copy,
    memory_of,
    read_times,
    write_times,
)
from tidings.rules.counters import join

AHEAD: Final = 5 * MINUTE
"""A time further ahead of its receipt than this becomes the time of receipt."""
ATTRIBUTES: Final = 32 * 1024
"""Bytes all attributes of a person may take."""
BRIEFLY: Final = 200
"""Characters of a fault that the document keeps; history has the rest."""
BRIEF: Final = 8
"""Bytes of a record's id that a counter keeps, to know the record again."""


class Life:
    """Works on a copy; `person` and `effects` are the outcome."""

    def __init__(self, definitions: Definitions, person: Person, facts: Facts) -> None:
        self.definitions, self.facts = definitions, facts
        self.person = person = copy(person)
        if person.runs:
            person.runs = [msgspec.structs.replace(run) for run in person.runs]
        self.effects: list[Effect] = []
        self.now = 0
        self.cause = b""
        self.line: deque[Happening | tuple[bytes, int, tuple[str, ...]]] = deque()
        self.local: list[tuple[tuple[str, str], Mapping[str, Any], Time]] = []
        self.answer: Answered | None = None
        self.current: tuple[Time, Mapping[str, Any]] | None = None
        self.ordinal = 0
        self._owned: set[str] = set()
        self._times: dict[bytes, Sequence[Time]] = {}
        self.view = rules.View(
            attributes=person.attributes,
            segments=person.segments,
            groups=person.groups,
            event=None,
            journey=None,
            times=self.times,
        )

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
        built = person.built
        self._wait_on(built)
        new, changed = definitions.newer(built)
        self.cause = ids.digest("upgrade", person.id, definitions.number)
        came, left = carry(self)
        entry = self._entry_counters_missing([*came, *remade(definitions, person, built)])
        answers = self.facts.times
        if entry or any(key not in answers for _, key in new):
            self._demand([self._query(counter) for counter, _ in new] + [query for _, query in entry])
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
            self._own("segments").pop(name)
            self.effects.append(Membership(name, False, now, True))
        for name in [name for name in person.timers if name not in definitions.segments]:
            self._own("timers").pop(name)
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
        )
        person.place += 1
        self._apply(record.body, record, happening)
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
            self.effects.append(Cancelled(run.id, "the run ended: merged", now))
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
            if kind not in ("id", "email") or (said := person.attributes.get(kind)) == value:
                continue
            if own in known and (kind, said) not in known:
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
            named.update(self.agree(body))
        elif isinstance(body, Device):
            self._hold(body, happening.time)
        elif isinstance(body, Group | GroupChanged | Ungroup):
            happening.groups = self._join(body)
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
                self.current = ((happening.time, happening.id), happening.properties)
        elif not isinstance(body, Touch):
            raise TypeError(f"{type(body).__name__} is not for one person")
        happening.values = named

    def _set(self, values: Mapping[str, Any]) -> tuple[str, ...]:
        """Merge values into the attributes (None removes); answers the roots that changed."""
        person = self.person
        old = person.attributes
        changed = [
            name
            for name, value in values.items()
            if (
                name in old
                if value is None
                else name not in old or type(old[name]) is not type(value) or old[name] != value
            )
        ]
        if not changed:
            return ()
        attributes = dict(old)
        for name in changed:
            if values[name] is None:
                del attributes[name]
            else:
                attributes[name] = values[name]
        if _size(attributes) > ATTRIBUTES and _size(attributes) > _size(old):
            self.effects.append(Rejected(f"the person's attributes would take more than {ATTRIBUTES // 1024} kB"))
            return ()
        person.attributes = attributes
        self.view.attributes = attributes
        return tuple(changed)

    def agree(self, body: Consent) -> dict[str, Any]:
        """Write down what the person agreed to; answers the attributes that say so."""
        consent = self.person.consent
        self.person.consent = Agreement(
            consent.unsubscribed if body.unsubscribed is None else body.unsubscribed,
            {**consent.topics, **body.topics},
            {**consent.channels, **body.channels},
            self.now,
        )
        if body.unsubscribed is None:
            return {}
        if body.unsubscribed and not consent.unsubscribed:
            self.effects.append(Cancelled(None, f"unsubscribed ({body.how})", self.now))
        return {"unsubscribed": body.unsubscribed}

    def _hold(self, body: Device, time: int) -> None:
        others = [device for device in self.person.devices if device.token != body.token]
        if not body.gone:
            before = next((device for device in self.person.devices if device.token == body.token), None)
            attributes = {**(before.attributes if before else {}), **body.attributes}
            others.append(Handset(body.token, body.platform or (before.platform if before else ""), time, attributes))
            others = sorted(others, key=lambda device: (device.last_used, device.token))[-DEVICES:]
        self.person.devices = others

    def _join(self, body: Group | GroupChanged | Ungroup) -> tuple[str, ...]:
        person = self.person
        before = next((group for group in person.groups if (group.type, group.key) == (body.type, body.key)), None)
        others = [group for group in person.groups if group is not before]
        if isinstance(body, Ungroup) or (isinstance(body, GroupChanged) and body.gone):
            if before is None:
                return ()
        elif isinstance(body, GroupChanged):
            if before is None or before.version >= body.version:
                return ()
            told = msgspec.structs.replace(before, version=body.version, attributes=body.attributes)
            others = [told if group is before else group for group in person.groups]  # news change no order
        else:
            if not body.member:
                return ()
            if before is None and len(others) >= GROUPS:
                self.effects.append(Rejected(f"a person can be in {GROUPS} groups at most"))
                return ()
            named = self.definitions.group_attributes.get(body.type, frozenset())
            known = before or InGroup(body.type, body.key, self.now)
            attributes = {**known.attributes, **{k: v for k, v in body.attributes.items() if k in named}}
            relation = known.relation if body.relation is None else {**known.relation, **body.relation}
            others.append(msgspec.structs.replace(known, attributes=attributes, relation=relation))
        person.groups = others
        self.view.groups = others
        return (body.type,)

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
            happening.attributes = self._set(happening.values)
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
            if counter.matches(properties) and _within(counter, time[0]):
                key = counter.key
                touched.counters.add(key)
                if (kept := definitions.counters.get(key)) is not None:
                    times = self._times[key] = _counted(self._kept(key), time, kept.keep)
                    self._own("counters")[key] = write_times(times)
        for run in self.person.runs:
            version = definitions.version(run)
            since_entry = version.since_entry.get(event, []) if version is not None else []
            if run.kept and (older := definitions.older(run.journey, run.kept)) is not None:
                since_entry = list(join([*since_entry, *older.since_entry.get(event, [])]).values())
            for counter in since_entry:
                if counter.matches(properties) and reaches(run.per, run.key, properties):
                    touched.counters.add(counter.key)
                    times = _counted(run.counters.get(counter.key, ()), time, counter.keep)
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
                timers = self._own("timers")
                if at is None:
                    del timers[name]
                else:
                    timers[name] = at
            if holds != (name in person.segments):
                self._switch(name, holds, happening, touched)
                for other in definitions.segments_by_segment.get(name, ()):
                    heappush(line, other)

    def _switch(self, name: str, on: bool, happening: Happening, touched: Touched) -> None:
        members = self._own("segments")
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
                run.wake = self._run_wake(run, version, None)
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
        elif run.step in version.route.nodes:
            self._move(run, 0, ())
        else:
            self.end(run, "stopped", f"step {run.step} is gone")

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
            run.wake = self._run_wake(run, version, until)

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
        times = [run.wake, self._run_wake(run, version, None)]
        run.wake = min((time for time in times if time is not None), default=None)

    def _run_wake(self, run: Run, version: Version, until: int | None) -> int | None:
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
        if what != "done":
            self.effects.append(Cancelled(run.id, f"the run ended: {why}", self.now))
        run.ended, run.wake = self.now, None
        known = memory_of(run.journey, run.key)
        entries, entered, _ = self.person.memory.get(known, (1, run.entered, 0))
        self.person.memory = {**self.person.memory, known: (entries, entered, self.now)}
        version = self.definitions.version(run)
        if run.goal_until is None or run.converted is not None or version is None:
            self._drop(run)
        else:
            run.wake = self._run_wake(run, version, None)
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
        if happening.depth > DEEPEST:
            loop = list(dict.fromkeys(happening.way[-10:]))
            self.park(run, f"an endless loop: {' → '.join([*loop, loop[0]])}")
            return False
        self.line.append(happening)
        self.line.append((run.id, happening.depth, happening.way))
        return True

    def again(self, run: Run, happening: Happening) -> None:
        """Put a run in the line behind what is already there."""
        self.line.append((run.id, happening.depth, happening.way))

    # Asking rules

    def ask(self, condition: Condition, run: Run | None, moment: bool = False) -> bool:
        """Whether a rule holds for the person, as seen from a run."""
        compiled = condition.compiled
        view = self._view(compiled, run)
        self._demand_all(compiled, run)
        return compiled.holds(view, self.now)

    def ask_in(self, condition: Condition, groups: Sequence[InGroup]) -> bool:
        """Whether a rule holds of the person as if they were in these groups alone."""
        self._demand_all(condition.compiled, None)
        person = self.person
        view = rules.View(person.attributes, person.segments, groups, None, None, self.times)
        return condition.compiled.holds(view, self.now)

    def change(self, condition: Condition, run: Run | None) -> int | None:
        """When time alone could change a rule's answer."""
        compiled = condition.compiled
        self._demand_all(compiled, run)
        return compiled.changes_at(self._view(compiled, run), self.now)

    def seen_from(self, condition: Condition, run: Run) -> rules.View:
        """Give what a rule reads of the person, as seen from a run."""
        return self._view(condition.compiled, run)

    def _view(self, compiled: rules.Compiled, run: Run | None) -> rules.View:
        if run is None:
            return self.view

        def times(counter: rules.Counter) -> Sequence[Time]:
            return run.counters.get(counter.key, ()) if counter.entry else self.times(counter)

        return rules.View(
            attributes=self.person.attributes,
            segments=self.person.segments,
            groups=self.person.groups,
            event=self.event(run) if compiled.uses_event else None,
            journey=run.values,
            times=times,
        )

    def event(self, run: Run) -> Mapping[str, Any]:
        """Give the properties of the event that started a run."""
        if run.event is None:
            return {}
        if self.current is not None and self.current[0] == run.event:
            return self.current[1]
        if run.event not in self.facts.events:
            raise Asked(Needs((), (run.event,)))
        return self.facts.events[run.event]

    def times(self, counter: rules.Counter) -> Sequence[Time]:
        """Give a counter's times: from the document where it is kept there, else as history answered."""
        if self.definitions.keeps(counter):
            return self._kept(counter.key)
        query = self._query(counter)
        self._demand([query])
        times = list(self.facts.times[query.key])
        for event, properties, time in self.local:
            if event == (counter.kind, counter.event) and counter.matches(properties) and _within(counter, time[0]):
                times = _counted(times, time, counter.keep)
        return times

    def _kept(self, key: bytes) -> Sequence[Time]:
        """Give a counter's times in the document; read once a step."""
        found = self._times.get(key)
        if found is None:
            kept = self.person.counters.get(key)
            found = self._times[key] = () if kept is None else read_times(kept)
        return found

    def _query(self, counter: rules.Counter) -> Query:
        after = counter.after if counter.horizon is None else self.now - counter.horizon - AHEAD
        return Query(counter, query_key(counter), counter.keep, after, counter.until)

    def _demand_all(self, compiled: rules.Compiled, run: Run | None) -> None:
        """Ask history for everything a rule will want, in one go."""
        lacking = [
            self._query(counter)
            for counter in compiled.counters
            if not counter.entry and not self.definitions.keeps(counter)
        ]
        if lacking:
            self._demand(lacking)

    def _demand(self, queries: Sequence[Query]) -> None:
        missing = tuple(query for query in queries if query.key not in self.facts.times)
        if missing:
            raise Asked(Needs(missing))

    def _own(self, field: str) -> dict[Any, Any]:
        """Give a dictionary of the document that this step may write to."""
        if field not in self._owned:
            self._owned.add(field)
            setattr(self.person, field, dict(getattr(self.person, field)))
            if field == "segments":
                self.view.segments = self.person.segments
        found: dict[Any, Any] = getattr(self.person, field)
        return found


def _size(attributes: Mapping[str, Any]) -> int:
    return len(msgspec.msgpack.encode(attributes))


def _within(counter: rules.Counter, time: int) -> bool:
    return (counter.after is None or time > counter.after) and (counter.until is None or time < counter.until)


def _counted(times: Sequence[Time], time: Time, keep: int) -> list[Time]:
    found = list(times)
    if not found or found[-1] < time:
        found.append(time)  # what happens is the newest, as a rule
    elif time in found:
        return found
    else:
        insort(found, time)
    return found[-keep:]


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
