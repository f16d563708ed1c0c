"""Generated workspaces and lives: each rule comes as text for the engine and as a function for the naive world."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st

from tests.laws import naive
from tests.laws.naive import DAY, TICK, Past, Rule

_DAYS = (time.time_ns() // 1000 - 1_700_000_000_000_000) // DAY - 1
START = 1_700_000_000_000_000 // TICK * TICK + _DAYS * DAY
"""When stories begin: always at one time of the day, and not long ago, since a worker lives what is due up to now."""
WORK: list[tuple[Any, Callable[[dict[str, Any]], Any]]] = [
    ({"add": 1}, lambda attributes: attributes.get("x", 0) + 1),
    ("{{ customer.y | plus: 1 }}", lambda attributes: attributes["y"] + 1 if "y" in attributes else None),
    ("{{ customer.x }}", lambda attributes: attributes.get("x")),
]
"""What `set` is told, and what comes of it; None: nothing can."""
EVENTS = ("Alpha", "Beta", "Gamma")
ATTRIBUTES = ("x", "y")


def iso(instant: int) -> str:
    return datetime.fromtimestamp(instant // 1_000_000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class Said:
    """A rule, both ways."""

    text: str
    rule: Rule


def _count(event: str, low: int | None, past: Past, now: int, minutes: int | None, after: int | None) -> int:
    key = getattr(after, "key", None)
    return sum(
        1
        for order, name, properties, time in past.events
        if name == event
        and (low is None or properties["n"] >= low)
        and (minutes is None or time > now - minutes * TICK)
        and (after is None or (order > after and (key is None or properties.get("k") in (None, key))))
    )


@st.composite
def did(draw: st.DrawFn, entry: bool) -> Said:
    event = draw(st.sampled_from(EVENTS))
    compare = draw(st.sampled_from(["at least", "at most", "exactly", "", "not"]))
    times = draw(st.integers(1, 3))
    low = draw(st.none() | st.integers(0, 2))
    window = draw(st.sampled_from(["ever", "within", "entry"] if entry else ["ever", "within"]))
    minutes = draw(st.integers(1, 6)) if window == "within" else None
    text = f'did "{event}"' if compare != "not" else f'did not "{event}"'
    if compare in ("at least", "at most", "exactly"):
        text += f" {compare} {times} times"
    if minutes:
        text += f" within {minutes} minutes"
    if window == "entry":
        text += " since entry"
    if low is not None:
        text += f" where n >= {low}"

    def rule(past: Past, now: int, order: int) -> bool:
        count = _count(event, low, past, now, minutes, order if window == "entry" else None)
        return {
            "at least": count >= times,
            "at most": count <= times,
            "exactly": count == times,
            "": count >= 1,
            "not": count == 0,
        }[compare]

    return Said(text, rule)


def happened(event: str, low: int) -> Said:
    return Said("", lambda past, now, order: _count(event, low, past, now, None, order) > 0)


@st.composite
def attribute(draw: st.DrawFn) -> Said:
    name, value = draw(st.sampled_from(ATTRIBUTES)), draw(st.integers(0, 2))
    form = draw(st.sampled_from(["=", "!=", ">", "is missing", "is present"]))
    text = f"{name} {form}" if form.startswith("is") else f"{name} {form} {value}"

    def rule(past: Past, now: int, order: int) -> bool:
        own = past.attributes.get(name)
        return {
            "=": own is not None and own == value,
            "!=": own is None or own != value,
            ">": own is not None and own > value,
            "is missing": own is None,
            "is present": own is not None,
        }[form]

    return Said(text, rule)


def member(name: str) -> Said:
    return Said(f'in segment "{name}"', lambda past, now, order: name in past.members)


@st.composite
def said(draw: st.DrawFn, segments: tuple[str, ...] = (), entry: bool = False) -> Said:
    """A rule of up to three clauses."""
    choices: list[st.SearchStrategy[Said]] = [did(entry), attribute()]
    if segments:
        choices.append(st.sampled_from(segments).map(member))
    first = draw(st.one_of(choices))
    form = draw(st.sampled_from(["plain", "plain", "not", "and", "or"]))
    if form == "plain":
        return first
    if form == "not":
        return Said(f"not ({first.text})", lambda past, now, order: not first.rule(past, now, order))
    second = draw(st.one_of(choices))
    if form == "and":
        return Said(
            f"({first.text}) and ({second.text})",
            lambda past, now, order: first.rule(past, now, order) and second.rule(past, now, order),
        )
    return Said(
        f"({first.text}) or ({second.text})",
        lambda past, now, order: first.rule(past, now, order) or second.rule(past, now, order),
    )


@dataclass
class Workspace:
    body: dict[str, Any]
    segments: list[tuple[str, Rule]]
    journeys: list[naive.Journey]
    quiet: tuple[int, int] | None = None
    names: Callable[[str, dict[str, Any]], tuple[str, ...]] | None = None
    """What an event goes by, where some are derived."""

    def world(self) -> naive.World:
        world = naive.World(self.segments, self.journeys)
        world.quiet = self.quiet
        if self.names is not None:
            world.names = self.names
        return world


VALUES = st.none() | st.lists(st.integers(0, 2) | st.none(), min_size=1, max_size=2, unique=True)
"""What an attribute changes from or to; None: any."""
KINDS = (
    "send",
    "wait",
    "wait_until",
    "set",
    "track",
    "exit",
    "send",
    "wait",
    "clock",
    "date",
    "go_to",
    "start",
    "work",
    "member",
)


@st.composite
def steps(
    draw: st.DrawFn,
    segments: tuple[str, ...],
    prefix: str,
    deep: int = 1,
    ids: tuple[str, ...] = (),
    kinds: tuple[str, ...] = KINDS,
    least: int = 1,
) -> tuple[list[Any], list[naive.Step]]:
    """``ids``: steps outside this list that a jump may name. ``least``: steps at least."""
    documents, ways = [], []
    count = draw(st.integers(least, 3 + least))
    ids = (*ids, *(f"{prefix}{index}" for index in range(count)))
    for index in range(count):
        id = f"{prefix}{index}"
        kind = draw(st.sampled_from([*kinds, *["branch", "decide"] * deep]))
        document: dict[str, Any] = {"id": id}
        step = naive.Step(kind, id)
        if draw(st.integers(0, 4)) == 0:
            only = draw(said(segments, entry=True))
            document["only_if"], step.only_if = only.text, only.rule
        if kind == "send":
            document["send"] = step.value = id
        elif kind == "wait":
            minutes = draw(st.integers(1, 5))
            document["wait"], step.value = f"{minutes} minutes", minutes * TICK
        elif kind == "wait_until":
            rule = draw(said(segments, entry=True))
            document["wait_until"], step.rule = rule.text, rule.rule
            if draw(st.booleans()):
                minutes = draw(st.integers(1, 5))
                document["at_most"], step.value = f"{minutes} minutes", minutes * TICK
        elif kind == "set":
            step.value = {draw(st.sampled_from(ATTRIBUTES)): draw(st.integers(0, 2) | st.none())}
            document["set"] = step.value
        elif kind == "track":
            step.value = draw(st.sampled_from(EVENTS[1:]))
            document |= {"track": step.value, "properties": {"n": 1}}
        elif kind == "exit":
            document["exit"] = True
        elif kind == "clock":
            minute = draw(st.integers(-3, 20))
            step.value = (START + minute * TICK) % naive.DAY
            document["wait_for_time"] = {"at": iso(START + minute * TICK)[11:16]}
        elif kind == "date":
            offset = draw(st.integers(-3, 3))
            passed, missing = draw(st.sampled_from(["go on", "exit"])), draw(st.sampled_from(["go on", "wait", "exit"]))
            step.value = offset * TICK, passed, missing
            document["wait_for_time"] = {"attribute": "due", "passed": passed, "missing": missing}
            if offset:
                side = "after" if offset > 0 else "before"
                document["wait_for_time"]["offset"] = f"{abs(offset)} minutes {side}"
        elif kind == "go_to":
            step.value = draw(st.sampled_from(ids)), draw(st.integers(1, 3))
            document |= {"go_to": step.value[0], "at_most": f"{step.value[1]} times"}
        elif kind == "start":
            document["start"] = step.value = draw(st.sampled_from(["j0", "j1"]))
        elif kind == "work":
            change, work = draw(st.sampled_from(WORK))
            document["set"], step.value = {"x": change}, ("x", work)
        elif kind == "member":
            on = draw(st.booleans())
            document["add_to" if on else "remove_from"] = "hand"
            step.value = ("hand", on)
        elif kind == "decide":
            decided: list[Any] = []
            for arm in range(draw(st.integers(1, 2))):
                when = draw(said(segments, entry=True))
                inner, ways_in = draw(steps(segments, f"{id}-{arm}-", 0, ids))
                decided.append({"when": when.text, "steps": inner})
                step.arms.append((when.rule, ways_in))
            if draw(st.booleans()):
                minutes = draw(st.integers(1, 5))
                inner, ways_in = draw(steps(segments, f"{id}-o-", 0, ids))
                decided.append({"at_most": f"{minutes} minutes", "steps": inner})
                step.value = minutes * TICK
                step.arms.append((None, ways_in))
            document["wait_until"] = decided
        else:
            arms: list[Any] = []
            for arm in range(draw(st.integers(1, 2))):
                when = draw(said(segments, entry=True))
                inner, ways_in = draw(steps(segments, f"{id}-{arm}-", 0, ids))
                arms.append({"when": when.text, "steps": inner})
                step.arms.append((when.rule, ways_in))
            if draw(st.booleans()):
                inner, ways_in = draw(steps(segments, f"{id}-o-", 0, ids))
                arms.append({"otherwise": inner})
                step.arms.append((None, ways_in))
            document["branch"] = arms
        documents.append(document)
        ways.append(step)
    return documents, ways


ABREAST = ("wait_until", "wait_until", "wait", "send", "exit")
"""Kinds of steps by which runs of different keys part."""
WAYS = ("send", "clock", "date", "go_to", "go_to", "start", "work", "member", "wait")


@st.composite
def workspaces(draw: st.DrawFn, eager: bool = False, keyed: bool = False, timed: bool = False) -> Workspace:
    """One to three segments, one or two journeys. ``eager``: whoever does Alpha comes in, and to steps of the rarer kinds.
    ``keyed``: whoever does Alpha comes in once for each key. ``timed``: a schedule brings in whoever a rule holds for."""
    documents: dict[str, Any] = {}
    segments: list[tuple[str, Rule]] = []
    for index in range(draw(st.integers(1, 3))):
        rule = draw(said(tuple(name for name, _ in segments)))
        name = f"s{index}"
        documents[name] = {"segment": name, "rule": rule.text}
        segments.append((name, rule.rule))
    documents["hand"] = {"segment": "hand", "manual": True}
    names = (*(name for name, _ in segments), "hand")
    journeys, bodies = [], {}
    for index in range(draw(st.integers(1, 2))):
        id = f"j{index}"
        document: dict[str, Any] = {"journey": id}
        event = where = change = watched = date = None
        worth = False
        schedule: frozenset[int] = frozenset()
        who = None
        if timed or (not eager and not keyed and draw(st.integers(0, 3)) == 0):
            minutes = draw(st.sets(st.integers(1, 20 if timed else 40), min_size=4 if timed else 1, max_size=9))
            schedule = frozenset((START + minute * TICK) % naive.DAY for minute in minutes)
            hour = iso(START)[11:13]
            assert all(iso(START + minute * TICK)[11:13] == hour for minute in minutes)
            faces = ",".join(iso(START + minute * TICK)[14:16] for minute in sorted(minutes))
            document["trigger"] = {"schedule": f"FREQ=DAILY;BYHOUR={int(hour)};BYMINUTE={faces}"}
            if timed or draw(st.booleans()):
                who = draw(said(names))
                document["trigger"]["who"] = who.text
        elif not eager and not keyed and draw(st.integers(0, 3)) == 0:
            name = draw(st.sampled_from(ATTRIBUTES))
            was, becomes = draw(VALUES), draw(VALUES)
            watched = (name, was, becomes)
            document["trigger"] = {"attribute": name}
            document["trigger"] |= {} if was is None else {"from": was}
            document["trigger"] |= {} if becomes is None else {"to": becomes}
        elif not eager and not keyed and draw(st.integers(0, 3)) == 0:
            minutes = draw(st.integers(-3, 3))
            date = minutes * TICK
            side = "after" if minutes > 0 else "before"
            document["trigger"] = {"date": "due"}
            document["trigger"] |= {"offset": f"{abs(minutes)} minutes {side}"} if minutes else {}
        elif eager or keyed or draw(st.booleans()):
            event = EVENTS[index] if eager or keyed else draw(st.sampled_from(EVENTS))
            document["trigger"] = {"event": event}
            if not eager and not keyed and draw(st.booleans()):
                document["trigger"]["where"] = "n >= 1"
                where = lambda properties: properties["n"] >= 1  # noqa: E731
        else:
            change = (draw(st.sampled_from(names)), draw(st.booleans()))
            document["trigger"] = {"segment": f"{'entered' if change[1] else 'left'} {change[0]}"}
        per = keyed or (event is not None and draw(st.integers(0, 2)) == 0)
        document |= {"run_per": "event.k"} if per else {}
        audience = exit = goal = None
        if not eager and not keyed and draw(st.integers(0, 2)) == 0:
            audience = draw(said(names))
            document["audience"] = audience.text
        if not eager and draw(st.integers(0, 2)) == 0:
            exit = draw(said(names, entry=True))
            document["exit"] = exit.text
        if draw(st.integers(0, 2)) == 0:
            goal = draw(said(names, entry=True))
            document["goal"] = {"rule": goal.text, "within": "7 minutes"}
            if draw(st.booleans()):
                worth, (name, low) = True, (draw(st.sampled_from(EVENTS)), draw(st.integers(0, 2)))
                goal = happened(name, low)
                document["goal"] = {"event": name, "where": f"n >= {low}", "within": "7 minutes"}
                document["goal"] |= {"value": "n", "currency": "EUR"}
        reenter = draw(st.sampled_from([None, 0, 3 * TICK]))
        document["reenter"] = {None: "never", 0: "always", 3 * TICK: "after 3 minutes"}[reenter]
        kinds, least = (WAYS, 3) if eager else (ABREAST, 2) if keyed else (KINDS, 1)
        inner, ways = draw(steps(names, f"{id}-", kinds=kinds, least=least))
        document["steps"] = inner
        bodies[id] = {"version": 1, "status": "live", "document": document}
        journeys.append(
            naive.Journey(
                id,
                event,
                where,
                change,
                ways,
                audience.rule if audience else None,
                exit.rule if exit else None,
                (goal.rule, 7 * TICK) if goal else None,
                reenter,
                watched,
                date,
                schedule,
                who.rule if who else None,
                per,
                worth,
            )
        )
    quiet, settings = None, {}
    if draw(st.integers(0, 3)) == 0:
        begins, ends = (
            (START // TICK + draw(st.integers(0, 20))) % (naive.DAY // TICK),
            (START // TICK + draw(st.integers(21, 45))) % (naive.DAY // TICK),
        )
        quiet = begins, ends
        between = [f"{minute // 60:02d}:{minute % 60:02d}" for minute in quiet]
        settings = {"quiet": {draw(st.sampled_from(["marketing", "email"])): {"between": between}}}
    return Workspace(
        {"settings": settings, "segments": documents, "journeys": bodies, "templates": _Templates()},
        segments,
        journeys,
        quiet,
    )


class _Templates(dict[str, Any]):
    """Every name is a template."""

    def get(self, name: str, default: Any = None) -> Any:
        return {"version": 1, "format": "html", "text": "---\nchannel: email\nsubject: Hello\n---\nHello"}


@dataclass
class Input:
    minute: int
    event: str | None
    properties: dict[str, Any]
    late: int
    attributes: dict[str, Any]
    ordered: bool = False
    """It says when its attributes were said: ``late`` minutes ago."""


@st.composite
def lives(draw: st.DrawFn, first: str = "", keyed: bool = False) -> list[Input]:
    """What happens to one person over half an hour. ``first``: an event it begins with; ``keyed``: once with each key."""
    found, minute = [Input(0, first, {"n": 1}, 0, {})] if first else [], 0
    if keyed:
        found = [Input(0, first, {"n": 1, "k": key}, 0, {}) for key in (1, "two")]
    for _ in range(draw(st.integers(1, 12))):
        minute += draw(st.integers(0, 4))
        if draw(st.integers(0, 2)):
            late = draw(st.sampled_from([0, 0, 0, 1, 3]))
            key = draw(st.sampled_from([{}, {"k": 1}, {"k": "two"}]))
            found.append(Input(minute, draw(st.sampled_from(EVENTS)), {"n": draw(st.integers(0, 3)), **key}, late, {}))
        else:
            name = draw(st.sampled_from((*ATTRIBUTES, "due")))
            value: Any = draw(st.integers(0, 2) | st.none())
            if name == "due" and value is not None:
                value = iso(START + (minute + draw(st.integers(-4, 8))) * TICK)
            late = draw(st.sampled_from([None, None, 0, 2, 6]))
            found.append(Input(minute, None, {}, late or 0, {name: value}, late is not None))
    return found
