"""A second, slow implementation of what journeys mean: it keeps the whole past and works everything out again at every tick.

It has no counters, no timers and no index. Rules come as Python functions over the past, beside the text that the real engine
is given, so neither the rule language nor the engine is used here.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

TICK = 60_000_000
"""All times of a generated story are whole minutes, so looking once a minute is exact."""


DAY = 24 * 60 * TICK


def when(text: str) -> int:
    """The instant of an attribute such as ``2023-11-14T22:40:00Z``."""
    return round(datetime.fromisoformat(text).timestamp()) * 1_000_000


@dataclass
class Past:
    """Everything that happened to one person."""

    attributes: dict[str, Any] = field(default_factory=dict)
    said: dict[str, int] = field(default_factory=dict)
    events: list[tuple[int, str, dict[str, Any], int]] = field(default_factory=list)
    members: set[str] = field(default_factory=set)


class Since(int):
    """The order of the event that a run began with; ``key``: what counts since then carries this `k`, or none at all."""

    key: Any = None


Rule = Callable[[Past, int, int], bool]
"""(past, now, order of the entering event) -> does it hold."""


@dataclass
class Step:
    kind: str
    id: str
    value: Any = None
    rule: Rule | None = None
    only_if: Rule | None = None
    arms: list[tuple[Rule | None, list["Step"]]] = field(default_factory=list)


@dataclass
class Journey:
    id: str
    event: str | None
    where: Callable[[dict[str, Any]], bool] | None
    change: tuple[str, bool] | None
    steps: list[Step]
    audience: Rule | None
    exit: Rule | None
    goal: tuple[Rule, int] | None
    reenter: int | None
    watched: tuple[str, list[Any] | None, list[Any] | None] | None = None
    """An attribute with the values it changes from and to (None: any)."""
    date: int | None = None
    """How far off the attribute `due` it starts."""
    schedule: frozenset[int] = frozenset()
    """Times of the day at which it starts."""
    who: Rule | None = None
    """Whom they concern."""
    per: bool = False
    """One run for each value of the property `k`."""
    worth: bool = False
    """Whether the goal is an event, worth its `n`."""

    def __post_init__(self) -> None:
        self.rests: dict[str, list[Step]] = {}
        self.place(self.steps, [])

    def place(self, steps: list[Step], after: list[Step]) -> None:
        """Write down what is left to do from each step on."""
        for index, step in enumerate(steps):
            self.rests[step.id] = [*steps[index:], *after]
            for _, inner in step.arms:
                self.place(inner, [*steps[index + 1 :], *after])


@dataclass
class Run:
    journey: Journey
    entered: int
    order: int
    rest: list[Step]
    arrived: int
    waiting: bool = False
    ended: bool = False
    goal_until: int | None = None
    moving: bool = True
    jumps: dict[str, int] = field(default_factory=dict)

    @property
    def key(self) -> Any:
        return getattr(self.order, "key", None)


class World:
    """One person, the slow way. ``log`` lists (what, about what, when) for comparison."""

    names: Callable[[str, dict[str, Any]], tuple[str, ...]] = staticmethod(lambda name, properties: (name,))
    """What an event goes by."""
    quiet: tuple[int, int] | None = None
    """Minutes of the day, from when until when nothing is sent; past midnight where the second is smaller."""

    def __init__(self, segments: list[tuple[str, Rule]], journeys: list[Journey]) -> None:
        self.segments, self.journeys = segments, sorted(journeys, key=lambda journey: journey.id)
        self.past = Past()
        self.runs: list[Run] = []
        self.entries: dict[tuple[str, Any], int] = {}
        self.ends: dict[tuple[str, Any], int] = {}
        self.log: list[tuple[str, str, int]] = []
        self.line: list[Callable[[], None]] = []
        self.order = 0
        self.born = False

    def tick(self, now: int) -> None:
        if self.born:
            self.happen(now, None, {}, None, {}, ticking=True)
            self.drain()

    def event(self, now: int, name: str, properties: dict[str, Any], time: int) -> None:
        self.born = True
        self.happen(now, name, properties, time, {})
        self.drain()

    def identify(self, now: int, attributes: dict[str, Any], said: int | None = None) -> None:
        """``said``: when, where that was told: what was said later stays."""
        self.born = True
        if said is not None:
            attributes = {key: value for key, value in attributes.items() if self.past.said.get(key, said) <= said}
        self.happen(now, None, {}, said, attributes)
        self.drain()

    def drain(self) -> None:
        while self.line:
            self.line.pop(0)()

    def happen(
        self,
        now: int,
        name: str | None,
        properties: dict[str, Any],
        time: int | None,
        attributes: dict[str, Any],
        member: tuple[str, bool] | None = None,
        entry: str | None = None,
        ticking: bool = False,
    ) -> None:
        before = dict(self.past.attributes)
        for key, value in attributes.items():
            self.past.said[key] = now if time is None else time
            if value is None:
                self.past.attributes.pop(key, None)
            else:
                self.past.attributes[key] = value
        self.order += 1
        names = self.names(name, properties) if name is not None else ()
        for each in names:
            assert time is not None
            self.past.events.append((self.order, each, properties, time))
        flips = {}
        if member is not None and member[1] != (member[0] in self.past.members):
            (self.past.members.add if member[1] else self.past.members.remove)(member[0])
            flips[member[0]] = member[1]
            self.log.append(("entered" if member[1] else "left", member[0], now))
        for segment, rule in self.segments:
            holds = rule(self.past, now, 0)
            if holds != (segment in self.past.members):
                (self.past.members.add if holds else self.past.members.remove)(segment)
                flips[segment] = holds
                self.log.append(("entered" if holds else "left", segment, now))
        for run in list(self.runs):
            if run.goal_until is not None:
                assert run.journey.goal is not None
                if now >= run.goal_until:
                    run.goal_until = None
                elif run.journey.goal[0](self.past, now, run.order):
                    worth = f" for {properties['n']}" if run.journey.worth else ""
                    self.log.append((f"converted{worth}", run.journey.id, now))
                    run.goal_until = None
            if not run.ended and run.journey.exit and run.journey.exit(self.past, now, run.order):
                self.end(run, "exited", now)
        for run in list(self.runs):
            if not run.ended and not run.moving:
                self.go(run, now)
        for journey in self.journeys:
            by_event = journey.event in names and (journey.where is None or journey.where(properties))
            by_change = journey.change is not None and flips.get(journey.change[0]) == journey.change[1]
            by_attribute = False
            if journey.watched is not None:
                watched, was, becomes = journey.watched
                old, new = before.get(watched), self.past.attributes.get(watched)
                by_attribute = old != new and (was is None or old in was) and (becomes is None or new in becomes)
            by_date = (
                ticking and journey.date is not None and "due" in before and when(before["due"]) + journey.date == now
            )
            by_time = (
                ticking
                and now % DAY in journey.schedule
                and (journey.reenter is not None or (journey.id, None) not in self.entries)
                and (journey.who is None or journey.who(self.past, now, self.order))
            )
            if by_time or by_event or by_change or by_attribute or by_date or entry == journey.id:
                self.enter(journey, now, properties)

    def enter(self, journey: Journey, now: int, properties: dict[str, Any]) -> None:
        order = Since(self.order)
        order.key = properties.get("k") if journey.per else None
        own = journey.id, order.key
        count = self.entries.get(own, 0)
        refused = (
            (journey.per and order.key is None)
            or any(run.journey is journey and run.key == order.key and not run.ended for run in self.runs)
            or (count > 0 and journey.reenter is None)
            or (count > 0 and journey.reenter is not None and now < self.ends[own] + journey.reenter)
            or (journey.audience is not None and not journey.audience(self.past, now, order))
            or (journey.exit is not None and journey.exit(self.past, now, order))
        )
        if refused:
            self.log.append(("refused", journey.id, now))
            return
        run = Run(journey, now, order, list(journey.steps), now)
        if journey.goal is not None and not journey.goal[0](self.past, now, order):
            run.goal_until = now + journey.goal[1]
        self.entries[own] = count + 1
        self.runs.append(run)
        self.log.append(("came", journey.id, now))
        self.line.append(lambda: self.go(run, now))

    def end(self, run: Run, what: str, now: int) -> None:
        run.ended = True
        self.ends[run.journey.id, run.key] = now
        self.log.append((what, run.journey.id, now))

    def go(self, run: Run, now: int) -> None:
        if run.ended:
            return
        run.moving = False
        while run.rest:
            step = run.rest[0]
            if not run.waiting and step.only_if and not step.only_if(self.past, now, run.order):
                self.leave(run, [], now)
                continue
            if step.kind == "wait" and now < run.arrived + step.value:
                run.waiting = True
                return
            if step.kind == "wait_until":
                assert step.rule is not None
                late = step.value is not None and now >= run.arrived + step.value
                if not late and not step.rule(self.past, now, run.order):
                    run.waiting = True
                    return
            if step.kind == "send" and self.is_quiet(now // TICK % (DAY // TICK)):
                run.waiting = True
                return
            inner: list[Step] = []
            if step.kind == "decide":
                late = step.value is not None and now >= run.arrived + step.value
                held = [arm for arm in step.arms if arm[0] is not None and arm[0](self.past, now, run.order)]
                up = [arm for arm in step.arms if arm[0] is None and late]
                if not held and not up:
                    run.waiting = True
                    return
                inner = (held + up)[0][1]
            if step.kind == "clock" and not (now > run.arrived and now % DAY == step.value):
                run.waiting = True
                return
            if step.kind == "date":
                offset, passed, missing = step.value
                due = self.past.attributes.get("due")
                target = None if due is None else when(due) + offset
                if (target is None and missing == "wait") or (target is not None and now < target):
                    run.waiting = True
                    return
                if (target is None and missing == "exit") or (
                    target is not None and target < run.arrived and passed == "exit"
                ):
                    self.end(run, "done", now)
                    return
            if step.kind == "go_to":
                target_id, at_most = step.value
                if run.jumps.get(step.id, 0) < at_most:
                    run.jumps[step.id] = run.jumps.get(step.id, 0) + 1
                    run.rest = list(run.journey.rests[target_id])
                    run.arrived, run.waiting = now, False
                    continue
            if step.kind == "exit":
                self.end(run, "done", now)
                return
            if step.kind == "send":
                self.log.append(("sent", step.value, now))
            if step.kind == "branch":
                inner = next(
                    (steps for rule, steps in step.arms if rule is None or rule(self.past, now, run.order)), []
                )
            self.leave(run, inner, now)
            if step.kind in ("set", "track", "start", "work", "member"):
                values = step.value
                if step.kind == "work":
                    name, work = step.value
                    found = work(self.past.attributes)
                    values = {} if found is None else {name: found}
                    if not values:
                        continue
                if step.kind == "member" and step.value[1] == (step.value[0] in self.past.members):
                    continue
                run.moving = True
                if step.kind in ("set", "work"):
                    self.line.append(lambda values=values: self.happen(now, None, {}, None, values))  # type: ignore[misc]
                elif step.kind == "start":
                    self.line.append(lambda step=step: self.happen(now, None, {}, None, {}, entry=step.value))  # type: ignore[misc]
                elif step.kind == "member":
                    self.line.append(lambda step=step: self.happen(now, None, {}, None, {}, member=step.value))  # type: ignore[misc]
                else:
                    self.line.append(lambda step=step: self.happen(now, step.value, {"n": 1}, now, {}))  # type: ignore[misc]
                if run.rest:
                    self.line.append(lambda: self.go(run, now))
                    return
        self.end(run, "done", now)

    def is_quiet(self, minute: int) -> bool:
        if self.quiet is None:
            return False
        start, end = self.quiet
        return start <= minute < end if start < end else minute >= start or minute < end

    def leave(self, run: Run, inner: list[Step], now: int) -> None:
        run.rest = [*inner, *run.rest[1:]]
        run.arrived, run.waiting = now, False
