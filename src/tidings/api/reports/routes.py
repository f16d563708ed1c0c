"""Reports: an overview, one journey over time and by version, templates and topics."""

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import Annotated, Any, Final, TypeAlias

from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from tidings import events, journeys
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.content.template import read as read_template
from tidings.database.pool import one_moment
from tidings.history import conversions, curves
from tidings.history.behind import OUTCOMES
from tidings.history.curves import Point
from tidings.journeys.document import templates as templates_of
from tidings.journeys.goal import show_amount
from tidings.kernel.problems import Invalid
from tidings.kernel.times import DAY
from tidings.project import numbers, store

_RUNS: Final = ("entered", "done")
_MESSAGES: Final = tuple(what for what in OUTCOMES if what != "fetched")
_UNSEEN: Final = ("sms", "webhook")
"""Channels of which nobody can see whether a message was opened."""
_SHOWN: Final = ("entered", "done", "sent", "opened", "clicked", "converted")
Place: TypeAlias = tuple[str, int, str]
"""(journey, version, step)."""
Days = Annotated[int, Parameter(ge=1, le=400)]


class Curve(Struct):
    """``values``: one for each day of the report."""

    name: str
    values: list[int]


class Counted(Struct):
    """How many messages were sent and what became of them; each message counts once for each. ``readable``: of those sent, whose opening
    can be seen at all (emails and pushes). ``dropped``: not sent, held back by policy or taken back before they went out."""

    sent: int = 0
    delivered: int = 0
    opened: int = 0
    clicked: int = 0
    bounced: int = 0
    complained: int = 0
    unsubscribed: int = 0
    failed: int = 0
    readable: int = 0
    dropped: int = 0


class JourneyLine(Struct):
    """A journey in the days of the report. ``goal``: whether it has one."""

    journey: str
    name: str
    status: str
    entered: int
    done: int
    converted: int
    messages: Counted
    goal: bool


class TemplateLine(Struct):
    """A template in the days of the report."""

    template: str
    channel: str
    topic: str
    messages: Counted


class TopicLine(Struct):
    """All templates of a topic; "" is those of none."""

    topic: str
    name: str
    messages: Counted


class Overview(Struct):
    """``days``: as `2026-05-05`, UTC, the present one last. ``total``: of all journeys; ``before``: of as many days before."""

    days: list[str]
    curves: list[Curve]
    total: Counted
    before: Counted
    entered: int
    converted: int
    journeys: list[JourneyLine]
    templates: list[TemplateLine]
    topics: list[TopicLine]


class VersionLine(Struct):
    """One version of a journey in the days of the report."""

    version: int
    entered: int
    done: int
    converted: int
    messages: Counted


class FunnelStep(Struct):
    """A step of the live version, or one that only older ones have (``kind`` ""): what happened there in the days of the report.
    ``waiting``: who is there now. ``readable``: of those sent, whose opening can be seen at all. ``dropped``: as of `Counted`."""

    step: str
    kind: str
    passed: int
    left: int
    waiting: int
    sent: int
    opened: int
    clicked: int
    converted: int
    readable: int
    dropped: int = 0
    failed: int = 0


class JourneyReport(Struct):
    """A journey in the days of the report. ``value``: what goals were worth, by currency, as text. ``goal``: whether it has one."""

    journey: str
    name: str
    status: str
    version: int
    goal: bool
    days: list[str]
    curves: list[Curve]
    entered: int
    done: int
    converted: int
    value: dict[str, str]
    inside: int
    versions: list[VersionLine]
    steps: list[FunnelStep]


@get("/reports", guards=[may("reports:read")])
async def overview(here: Here, days: Days = 30) -> Overview:
    """Sum up what all journeys did in the last days, each day of UTC: where most came in first, and what was sent most."""
    today = time.time_ns() // 1000 // DAY
    since = today - days + 1
    async with one_moment(here.pool) as connection:
        body = (await store.newest(connection, here.workspace.id)).body
        points = await curves.daily(connection, here.workspace.id, since - days, (*_RUNS, *_MESSAGES))
        reached = await curves.goals(connection, here.workspace.id, since, _goals(body, body.get("journeys", {})))
    sends = _sends(body)
    unseen = _unseen(body, sends)
    now = [point for point in points if point.day >= since]
    by_template = _by_template(sends, now, unseen)
    topics: dict[str, Counter[str]] = defaultdict(Counter)
    lines = []
    of_journey: dict[str, list[Point]] = defaultdict(list)
    for point in now:
        of_journey[point.journey].append(point)
    goals = Counter[str]()
    for point in reached:
        goals[point.journey] += point.times
    for template, counts in sorted(by_template.items(), key=lambda each: -each[1]["sent"]):
        channel, topic = _said(body, template)
        topics[topic].update(counts)
        lines.append(TemplateLine(template, channel, topic, _counted(counts)))
    names = (body.get("settings") or {}).get("topics") or {}
    return Overview(
        [_show(day) for day in range(since, today + 1)],
        _curves([*now, *reached], since, today),
        _counted(_sum(now, unseen)),
        _counted(_sum((point for point in points if point.day < since), unseen)),
        _sum(now)["entered"],
        sum(point.times for point in reached),
        [
            JourneyLine(
                id,
                entry["document"].get("name") or id,
                entry["status"],
                own["entered"],
                own["done"],
                goals[id],
                _counted(own),
                bool(entry["document"].get("goal")),
            )
            for own, id, entry in sorted(
                ((_sum(of_journey[id], unseen), id, entry) for id, entry in body.get("journeys", {}).items()),
                key=lambda each: (-each[0]["entered"], (each[2]["document"].get("name") or each[1]).casefold()),
            )
        ],
        lines,
        [
            TopicLine(topic, names.get(topic, {}).get("name") or topic, _counted(counts))
            for topic, counts in sorted(topics.items(), key=lambda each: -each[1]["sent"])
        ],
    )


@get("/reports/journeys/{journey:str}", guards=[may("reports:read")])
async def journey_report(journey: str, here: Here, days: Days = 30) -> JourneyReport:
    """Show a journey over the last days: its funnel, its curves, and each of its versions."""
    id = part(journey)
    today = time.time_ns() // 1000 // DAY
    since = today - days + 1
    async with one_moment(here.pool) as connection:
        body = (await store.newest(connection, here.workspace.id)).body
        entry = body.get("journeys", {}).get(id)
        if entry is None:
            raise Refusal(404, f"There is no journey `{id}`.", code="no_journey")
        points = await curves.daily(connection, here.workspace.id, since, (*_RUNS, *_MESSAGES), journey=id)
        wanted = _goals(body, [id])
        reached = await curves.goals(connection, here.workspace.id, since, wanted, journey=id)
        found = await numbers.of_journey(connection, here.workspace.id, id, since=since * DAY)
        goals = [
            each
            for goal in wanted
            for each in await conversions.read(connection, here.workspace.id, id, goal, since=since * DAY)
        ]
    unseen = _unseen(body, _sends({"journeys": {id: entry}}))
    value: Counter[str] = Counter()
    for each in goals:
        if not each.step:
            value[each.currency] += each.value
    versions = sorted({point.version for point in (*points, *reached)}, reverse=True)
    return JourneyReport(
        id,
        entry["document"].get("name") or id,
        entry["status"],
        entry["version"],
        journeys.read(entry["document"]).goal is not None,
        [_show(day) for day in range(since, today + 1)],
        _curves([*points, *reached], since, today),
        _sum(points)["entered"],
        _sum(points)["done"],
        sum(point.times for point in reached),
        {currency: show_amount(amount, currency) for currency, amount in sorted(value.items()) if amount},
        found.inside,
        [
            VersionLine(
                version,
                own["entered"],
                own["done"],
                sum(point.times for point in reached if point.version == version),
                _counted(own),
            )
            for version in versions
            for own in [_sum((point for point in points if point.version == version), unseen)]
        ],
        [_step(each, [point for point in points if point.step == each.step], unseen) for each in found.steps],
    )


def _goals(body: Mapping[str, Any], journeys_of: Iterable[str]) -> list[bytes]:
    """Give the goals that journeys have now: what was counted of one that was edited is counted again under the new one."""
    derived = events.in_force(body)
    found = []
    for id in journeys_of:
        with suppress(Invalid):
            goal = journeys.read(body["journeys"][id]["document"], derived).goal
            found += [goal.id] if goal is not None else []
    return found


def _step(each: numbers.StepNumbers, points: Iterable[Point], unseen: Collection[Place]) -> FunnelStep:
    """Lay out a step. What its versions sent on channels of which nobody sees openings is not among what could be opened."""
    of = each.counts.get
    sent, opened, clicked, converted = (of(what, 0) for what in ("sent", "opened", "clicked", "converted"))
    readable = sent - _sum(points, unseen)["unseen"]
    return FunnelStep(
        *(each.step, each.kind, each.passed, each.left, each.waiting, sent, opened, clicked, converted, readable),
        *(of("dropped", 0), of("failed", 0)),
    )


def _sends(body: Mapping[str, Any]) -> dict[Place, str]:
    """Give the template that each step of each version sends."""
    found: dict[Place, str] = {}
    for id, entry in body.get("journeys", {}).items():
        documents = {**{int(n): document for n, document in entry.get("history", {}).items()}}
        documents[entry["version"]] = entry["document"]
        for version, document in documents.items():
            try:
                found |= {(id, version, step): template for step, template in templates_of(journeys.read(document))}
            except Invalid:
                continue
    return found


def _unseen(body: Mapping[str, Any], sends: Mapping[Place, str]) -> set[Place]:
    """Give the steps of whose messages nobody can see whether they were opened."""
    channels = {template: _said(body, template)[0] for template in set(sends.values())}
    return {place for place, template in sends.items() if channels[template] in _UNSEEN}


def _by_template(
    sends: Mapping[Place, str], points: Iterable[Point], unseen: Collection[Place]
) -> dict[str, Counter[str]]:
    """Add up by template: a step's messages are of the template that its own version names."""
    found: dict[str, list[Point]] = defaultdict(list)
    for point in points:
        template = sends.get(_place(point))
        if template is not None and point.what in _MESSAGES:
            found[template].append(point)
    return {template: _sum(own, unseen) for template, own in found.items()}


def _place(point: Point) -> Place:
    return point.journey, point.version, point.step


def _said(body: Mapping[str, Any], template: str) -> tuple[str, str]:
    """(channel, topic) of a template."""
    entry = body.get("templates", {}).get(template)
    if entry is None:
        return "", ""
    try:
        read = read_template(template, entry["text"], entry.get("format") or "")
    except Invalid:
        return "", ""
    return read.channel, read.topic or ""


def _curves(points: Sequence[Point], since: int, today: int) -> list[Curve]:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for point in points:
        counts[point.what][point.day] += point.times
    return [Curve(what, [counts[what][day] for day in range(since, today + 1)]) for what in _SHOWN]


def _sum(points: Iterable[Point], unseen: Collection[Place] = ()) -> Counter[str]:
    """Add up by what happened; `unseen` are those sent whose opening nobody can see."""
    found: Counter[str] = Counter()
    for point in points:
        found[point.what] += point.times
        if point.what == "sent" and _place(point) in unseen:
            found["unseen"] += point.times
    return found


def _counted(counts: Mapping[str, int]) -> Counted:
    readable = counts.get("sent", 0) - counts.get("unseen", 0)
    return Counted(**{what: counts.get(what, 0) for what in _MESSAGES}, readable=readable)


def _show(day: int) -> str:
    return datetime.fromtimestamp(day * 86400, UTC).date().isoformat()
