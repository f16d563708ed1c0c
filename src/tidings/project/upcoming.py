"""What will be sent, day by day: the timers there are, and what lies behind them on the way. It says what it does not know.

What is counted is bounded: the earliest timers, by indexes, grouped by the database; the way behind them is looked along once for each
group (step, version, day), not for each person.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from msgspec import Struct

from tidings import journeys
from tidings.database.pool import Connection
from tidings.delivery import listing as deliveries
from tidings.history import curves
from tidings.journeys import clock
from tidings.journeys import ramp as ramps
from tidings.journeys.ahead import Lately, Message, ahead
from tidings.journeys.answer import ABOUT, AT_MOST, EARLIER, TIMED
from tidings.journeys.document import Journey
from tidings.journeys.route import Route
from tidings.kernel.share import show_share
from tidings.kernel.times import DAY, to_datetime
from tidings.people import standing
from tidings.people.standing import Timers
from tidings.project import store
from tidings.project.let_in import LetIn, let_in
from tidings.project.went import Place, lately

MOST: Final = 1_000_000
"""Timers that are counted, the earliest."""
LONGEST: Final = 62
_AGAIN: Final = 400
"""Occurrences of a schedule that are worked out."""
Grade = Literal["timed", "about", "at most"]
_GRADES: Final[Mapping[int, Grade]] = {TIMED: "timed", ABOUT: "about", AT_MOST: "at most"}


class Ahead(Struct):
    """A message of a step, on one day. ``people``: how many. ``grade``: `timed`: each of them has a timer, and nothing is asked on the way;
    `about`: their number or the hour is estimated; `at most`: only of whom something holds that nobody can know yet. ``low``, ``high``:
    between which the number lies: 19 times out of 20 where only some were asked, and of those who wait for something already as many at
    least as run out of time of all who come there; else the number itself. ``why``: what leads there, with steps by their ids between
    backticks."""

    journey: str
    step: str
    template: str
    people: int
    low: int
    high: int
    grade: Grade
    why: list[str]


class Day(Struct):
    """``day``: of the reader's calendar, ISO 8601. ``sure``: people who have a timer for a message; ``more``: what comes to it at most, or
    about. ``known``: false where more timers stand than are counted, so that there may be more."""

    day: str
    sure: int
    more: int
    known: bool
    messages: list[Ahead]


class Unknown(Struct):
    """What can't be told of a journey: ``says`` in words, as `Ahead.why`. ``people``: whom it concerns, where it can be counted."""

    journey: str
    says: str
    people: int | None = None


class Upcoming(Struct):
    """``zone``: whose days. ``names``: of the journeys by id. ``unknown``: what this does not know."""

    zone: str
    days: list[Day]
    names: dict[str, str]
    unknown: list[Unknown]


async def upcoming(
    connection: Connection, workspace: int, zone: str, since: date, days: int, *, most: int = MOST
) -> Upcoming:
    """Look ahead from a day on (days that are over have nothing), so many days of the zone's calendar."""
    now = time.time_ns() // 1000
    today = clock.day_of(now, zone)
    since = today if since == date.min else since
    first, last = max(since, today), since + timedelta(days=min(days, LONGEST))
    edges = [clock.at(first + timedelta(days=n), 0, zone) for n in range(max(0, (last - first).days) + 1)]
    in_force = await store.newest(connection, workspace)
    look = _Look(in_force.body, edges, zone)
    if len(edges) > 1:
        runs = await standing.timers(connection, workspace, edges, most)
        dates = await standing.dates(connection, workspace, edges, most)
        look.lately = await lately(connection, workspace, look.places(runs), look.route, now)
        derived = await store.derived(connection, workspace)
        look.let_in = await let_in(connection, workspace, dates, look.live(), derived, edges[-1], most)
        for group in runs:
            look.run(group)
        for group in dates:
            look.dated(group)
        for sums in (runs, dates):
            if sum(each.people for each in sums) >= most:
                look.known = min(look.known, max(each.day for each in sums))
        for journey, step, template, day, count in await deliveries.held(connection, workspace, edges, most):
            look.held(journey, step, template, day, count)
        look.again(dates, now)
        await _flows(connection, workspace, look, now, most)
    await _unknown(connection, workspace, look, now, most)
    return look.told(first)


_ALL: Final = LetIn(1, 1, 1)


class _Look:
    """What was found so far. ``edges``: where days begin, and where the last ends; ``known``: the first day of which not all is counted."""

    def __init__(self, body: Mapping[str, Any], edges: Sequence[int], zone: str) -> None:
        self.body, self.edges, self.zone = body, edges, zone
        self.home = str((body.get("settings") or {}).get("timezone") or "UTC")
        self.unknown: list[Unknown] = []
        self.known = len(edges)
        self.lately: Mapping[Place, Lately] = {}
        self.let_in: Mapping[str, LetIn] = {}
        self._found: dict[tuple[int, str, str, str, int], tuple[float, float, float, dict[str, None]]] = {}
        self._early: dict[tuple[str, str], float] = defaultdict(float)
        self._waiting: dict[tuple[str, str], int] = defaultdict(int)
        self._read: dict[tuple[str, int], tuple[Journey, Route] | None] = {}

    def entry(self, journey: str) -> Mapping[str, Any] | None:
        """A journey that sends: not paused, stopped or in shadow."""
        found: Mapping[str, Any] | None = self.body.get("journeys", {}).get(journey)
        sends = found is not None and found["status"] in ("live", "closed") and not found.get("shadow")
        return found if sends else None

    def journey(self, id: str, version: int = 0) -> tuple[Journey, Route] | None:
        """A journey as it is, or as a former version was; None where it is gone."""
        if (id, version) not in self._read:
            entry = self.body["journeys"][id]
            document = entry["document"] if version in (0, entry["version"]) else entry["history"].get(str(version))
            made = journeys.read(document) if document is not None else None
            self._read[id, version] = (made, journeys.route(made)) if made is not None else None
        return self._read[id, version]

    def live(self) -> dict[str, Journey]:
        """Those that let people in, as they are."""
        live = (
            id for id, entry in self.body.get("journeys", {}).items() if self.entry(id) and entry["status"] == "live"
        )
        return {id: found[0] for id in live if (found := self.journey(id)) is not None}

    def route(self, place: Place) -> Route | None:
        """The way through a journey, as one of its versions has it."""
        found = self.journey(*place)
        return found[1] if found is not None else None

    def places(self, runs: Iterable[Timers]) -> set[Place]:
        """The versions that people are on, and those that others may come in by."""
        live = {(id, entry["version"]) for id, entry in self.body.get("journeys", {}).items() if self.entry(id)}
        return live | {(each.journey, each.version) for each in runs if self.entry(each.journey)}

    def clock_of(self, name: str) -> str:
        """Whose clock is meant; that of each person is not looked at, the workspace's stands for it."""
        return self.home if name in ("person", "workspace") else name

    def run(self, group: Timers) -> None:
        """Runs wait at a step until their timer goes off."""
        if self.entry(group.journey) is None or (found := self.journey(group.journey, group.version)) is None:
            return
        node = found[1].nodes.get(group.step)
        if node is None:
            return
        lately = self.lately.get((group.journey, group.version), Lately())
        ways = ahead(found[1], group.step, group.at, self.edges[-1], self.clock_of, waiting=True, lately=lately)
        why = f"wait at `{group.step}`" + " for its hours" * (node.step.kind.key == "send")
        if not node.step.kind.lasting():
            self.add(group.journey, group.day, group.at, group.people, ways, why)
            return
        # who has waited for a while without it is likelier to run out of time than who comes there
        told = lately.ways.get(group.step)
        least = 1 - told.get(EARLIER, 0.0) if told is not None else 1.0
        self._waiting[group.journey, group.step] += group.people
        self.add(group.journey, group.day, group.at, group.people, ways, why, LetIn(1, least, 1))

    def dated(self, group: Timers) -> None:
        """A date of theirs, or a schedule, starts a journey for people."""
        self._starts(group.journey, group.day, group.at, group.people, TIMED)

    def again(self, dates: Sequence[Timers], now: int) -> None:
        """A schedule comes again, for about as many as have it before them."""
        people: dict[str, int] = defaultdict(int)
        latest: dict[str, int] = {}
        for group in dates:
            people[group.journey] += group.people
            latest[group.journey] = max(latest.get(group.journey, 0), group.at)
        for id, count in people.items():
            found = self.journey(id) if self.entry(id) is not None else None
            if found is None or not found[0].trigger.recurs() or found[0].reenter is None:
                continue
            trigger, at = found[0].trigger, max(latest[id], now)
            for _ in range(_AGAIN):
                past = (
                    at + DAY // 2 if trigger.dates() else at
                )  # on each person's own clock it comes half a day sooner or later
                following = trigger.next({}, self.clock_of, past)
                if following is None or following >= self.edges[-1]:
                    break
                at = following
                self._starts(id, -1, at, count, ABOUT)

    def _starts(self, id: str, day: int, at: int, count: float, grade: int, why: str = "") -> None:
        entry = self.entry(id)
        if entry is None or entry["status"] != "live" or (found := self.journey(id)) is None:
            return
        journey, route = found
        asked, let = journey.audience is not None or bool(journey.trigger.rules()), self.let_in.get(id)
        known = not journey.limits.has_door and (not asked or let is not None)
        ramp = ramps.read(entry)
        share = ramps.share(ramp, at) if ramp is not None else 1.0
        grade = max(grade, ABOUT if asked or share < 1 else TIMED, TIMED if known else AT_MOST)
        lately = self.lately.get((id, entry["version"]), Lately())
        ways = ahead(route, route.first, at, self.edges[-1], self.clock_of, grade=grade, lately=lately)
        why = why or f"come in by {journey.trigger.says()}"
        if known and let is not None:
            why += f", {show_share(round(let.part, 3))} of them as things stand today" * (let.part < 1)
            self.add(id, day, at, count * share, ways, why, let)
        else:
            self.add(id, day, at, count * share, ways, why)

    def flow(self, id: str, count: float, each: float, now: int, why: str) -> None:
        """So many people come in by and by, ``each`` microseconds after the one before."""
        for day in range(len(self.edges) - 1):
            begin, end = max(now, self.edges[day]), self.edges[day + 1]
            part = min(count, (end - begin) // each) if each else count
            if begin < end and part >= 1:
                self._starts(id, day, begin, part, AT_MOST, why)
                count -= part

    def held(self, id: str, step: str, template: str, day: int, count: int) -> None:
        """Messages are planned, and wait for their next attempt."""
        if not id or self.entry(id) is not None:
            self._count((day, id, step, template, TIMED), count, "have it planned, and held until then")

    def add(
        self, id: str, day: int, at: int, count: float, ways: Iterable[Message], why: str, let: LetIn = _ALL
    ) -> None:
        """Keep what lies ahead of so many people, whose timers go off ``at`` on that ``day``; ``let``: which part of them is meant."""
        for message in ways:
            if not message.template:
                self._early[id, message.step] += count * let.part * message.share
                continue
            on = day if message.at == at and day >= 0 else self._day(message.at)
            if 0 <= on < len(self.edges) - 1:
                later = "" if message.at == at else ", and go on from there"
                key = (on, id, message.step, message.template, message.grade)
                self._count(key, count * message.share, why + later, let)

    def _count(self, key: tuple[int, str, str, str, int], count: float, why: str, let: LetIn = _ALL) -> None:
        part, low, high, whys = self._found.get(key, (0.0, 0.0, 0.0, {}))
        self._found[key] = (
            part + count * let.part,
            low + count * let.low,
            high + count * let.high,
            {**whys, why: None},
        )

    def _day(self, at: int) -> int:
        return next((n for n in range(len(self.edges) - 1) if at < self.edges[n + 1]), -1)

    def told(self, first: date) -> Upcoming:
        """Give all of it."""
        days = [
            Day((first + timedelta(days=n)).isoformat(), 0, 0, n < self.known, []) for n in range(len(self.edges) - 1)
        ]
        names = {}
        for (day, id, step, template, grade), (count, least, most, whys) in sorted(self._found.items()):
            people, low, high = round(count), round(least), round(most)
            if not people:
                continue
            days[day].messages.append(Ahead(id, step, template, people, low, high, _GRADES[grade], list(whys)[:5]))
            if grade == TIMED:
                days[day].sure += people
            else:
                days[day].more += people
        for id, entry in self.body.get("journeys", {}).items():
            names[id] = entry["document"].get("name") or id
        for (id, step), count in self._early.items():
            if people := round(count):
                says = f"will come to `{step}` and go on before their time is up, if they do as others lately: what they get is not counted"
                self.unknown.append(Unknown(id, says, people))
        for (id, step), people in self._waiting.items():
            says = f"wait at `{step}` and may go on before their time is up: what they would get then is not counted"
            self.unknown.append(Unknown(id, says, people))
        return Upcoming(self.zone, days, names, self.unknown)


async def _unknown(connection: Connection, workspace: int, look: _Look, now: int, most: int) -> None:
    """Say what can't be foreseen: waits for what people do, journeys that something starts, those that send nothing now."""
    waits: list[tuple[str, str]] = []
    lately = await _lately(connection, workspace, look.body, now)
    for id, entry in sorted(look.body.get("journeys", {}).items()):
        if entry["status"] == "paused":
            look.unknown.append(Unknown(id, "is paused: nothing is sent until somebody resumes it"))
        elif entry.get("shadow") and entry["status"] != "stopped":
            look.unknown.append(Unknown(id, "is in shadow: it sends nothing"))
        if look.entry(id) is None or (found := look.journey(id)) is None:
            continue
        journey, route = found
        for step, node in route.nodes.items():
            if node.step.kind.lasting() and node.step.kind.ahead(now, look.clock_of) is None:
                waits.append((id, step))
        if entry["status"] != "live":
            continue
        ramp = ramps.read(entry)
        if ramp is not None and ramps.share(ramp, now) < 1:
            on = ramps.goes_on(ramp, now)
            when = f"{to_datetime(on).astimezone(ZoneInfo(look.zone)):%Y-%m-%d %H:%M}" if on else ""
            then = f", and more from {when} on" if on else " until somebody goes on"
            look.unknown.append(Unknown(id, f"lets in {show_share(ramps.share(ramp, now))} of people{then}"))
        if not journey.trigger.timed():
            says = f"starts by {journey.trigger.says()}, {lately[id]}: what those will get is not counted"
            look.unknown.append(Unknown(id, says))
    counted = await standing.at_steps(connection, workspace, waits, most) if waits else {}
    for (id, step), people in counted.items():
        if people:
            look.unknown.append(Unknown(id, f"wait at `{step}` for something to happen", people))


async def _flows(connection: Connection, workspace: int, look: _Look, now: int, most: int) -> None:
    """Whoever comes in by and by: before a door that lets in so many, or taken in because they matched already."""
    for id, count in await connection.fetch(_BEFORE, workspace, most):
        found = look.journey(id) if look.entry(id) is not None else None
        rate = found[0].limits.rate if found is not None else None
        if found is not None and rate is None:
            says = f"wait at the door: {found[0].limits.door()}, so when they come in is not known"
            look.unknown.append(Unknown(id, says, count))
        elif rate is not None:
            look.flow(id, count, rate.within / rate.times, now, "wait at the door, and come in by and by")
    for row in await connection.fetch(_TAKING, workspace):
        id, rate, each, handed, segment = row["journey"], row["rate"], row["each"], row["handed"], ""
        if look.entry(id) is None or (found := look.journey(id)) is None:
            continue
        for segment, _ in found[0].trigger.segments()[:1]:
            left = await connection.fetchval(_MEMBERS, workspace, segment, most) - handed
            look.flow(id, max(0, left), each, now, "match already, and are taken in by and by")
        if not segment:
            pace = "as fast as it can" if rate == "all" else rate
            says = f"takes in those who match already, {pace}; {handed:,} so far, how many come is not counted"
            look.unknown.append(Unknown(id, says))


async def _lately(connection: Connection, workspace: int, body: Mapping[str, Any], now: int) -> dict[str, str]:
    """How many come into each journey, in words: a day, on average over the last seven whole days or since it went live; or so far, in
    its first day."""
    entries = body.get("journeys", {})
    first = {id: min(numbers) for id, entry in entries.items() if (numbers := (entry.get("published") or {}).values())}
    heads = await store.heads(connection, workspace, sorted({*first.values()}))
    began = {id: heads[number].made_at for id, number in first.items() if number in heads}
    came: dict[str, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for point in await curves.daily(connection, workspace, now // DAY - 7, ("entered",)):
        if not point.step:
            came[point.journey][point.day] += point.times
    return {id: _pace(came[id], began.get(id, 0), now) for id in entries}


def _pace(came: Mapping[int, int], began: int, now: int) -> str:
    if now - began < DAY:
        count = sum(came.values())
        return f"{count:,} so far, in its first day" if count else "nobody so far, in its first day"
    if now - began < 8 * DAY:
        usual = sum(came.values()) / ((now - began) / DAY)
    else:
        usual = sum(times for day, times in came.items() if day < now // DAY) / 7
    return f"about {usual:,.0f} a day lately" if usual >= 1 else "hardly anybody lately"


_TAKING: Final = "SELECT journey, rate, each, handed FROM intakes WHERE workspace = $1 AND ended IS NULL"
_MEMBERS: Final = """
SELECT count(*) FROM (SELECT FROM memberships WHERE partition = ANY(ARRAY(SELECT generate_series(0, 63)::smallint))
AND workspace = $1 AND segment = $2 LIMIT $3) AS m
"""
_BEFORE: Final = """
SELECT journey, count(*) FROM (SELECT journey FROM standing WHERE workspace = $1 AND step = '' LIMIT $2) AS s GROUP BY journey ORDER BY 1
"""
