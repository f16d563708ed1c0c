"""A person in the hands of one step: timers, inputs, and the consequences of each in their fixed order.

Order within a happening: counters, then segments in dependency order, then exits and goals, then waiting runs by entry time, then new
entries by journey id. What runs cause (attributes set, events tracked) are happenings of their own, put at the end of the line; the run
that caused one goes on after it, so the step behind a `set` sees everything the `set` led to.
"""

from collections.abc import Sequence
from typing import Any

from tidings.engine import again, calls, door, said
from tidings.engine.asking import AHEAD
from tidings.engine.carrying import carry, remade
from tidings.engine.definitions import Definitions, Mover
from tidings.engine.entry import comes, due, enter, redate, spread
from tidings.engine.happening import Happening, Touched
from tidings.engine.needs import Facts, Query
from tidings.engine.running import Running
from tidings.journeys import pauses
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
    Person,
    Run,
    read_times,
    write_times,
)
from tidings.rules.counters import join


class Life(Running):
    """Works on a copy; `person` and `effects` are the outcome."""

    def __init__(self, definitions: Definitions, person: Person, facts: Facts) -> None:
        super().__init__(definitions, person, facts)
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
        touched = self.count(happening)
        self.flip(happening, touched)
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
