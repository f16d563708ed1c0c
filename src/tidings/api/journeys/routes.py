"""Journeys: the list, one with its numbers step by step, and who waits at a step."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.params import Parameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.here import Here, actor_of, part
from tidings.api.moments import moment
from tidings.api.permit import may
from tidings.api.problem import Refusal, no_journey
from tidings.database.pool import Connection, one_moment
from tidings.history.numbers import totals
from tidings.journeys.goal import show_amount
from tidings.journeys.schema import forms
from tidings.kernel.times import show_iso
from tidings.people import standing, store
from tidings.project import numbers, status
from tidings.project import store as definitions
from tidings.project.shadow import shadow


class JourneyBrief(Struct):
    """A journey in a list. ``inside``: runs that are in it now; ``entered``: runs that ever were, of all versions.
    ``status``: `draft` where nothing of it is in force yet. ``draft``: somebody has begun to change it. ``shadow``: it does everything but
    send. ``changed``: when its newest version was published, or its draft was written last."""

    journey: str
    name: str
    version: int
    status: str
    inside: int
    entered: int
    draft: bool = False
    shadow: bool = False
    changed: str | None = None


class Journeys(Struct):
    """Every journey of the workspace, what was changed last first."""

    journeys: list[JourneyBrief]


class StepCounts(Struct):
    """How many runs came to a step (``came``), are at it now (``waiting``), went past it (``passed``) or ended at it (``left``, by why in
    ``left_by``: held_out, exited, stopped, merged, done), and how many of its messages were sent, delivered, opened and clicked, are
    credited with a goal (``converted``), were not sent (``dropped``: held or taken back), failed, or came back (``bounced``).
    ``came``: null for some hours only. ``kind`` is "" for a step that only older versions have."""

    step: str
    kind: str
    waiting: int
    passed: int
    left: int
    sent: int
    opened: int
    clicked: int
    converted: int = 0
    came: int | None = None
    delivered: int = 0
    left_by: dict[str, int] = {}
    dropped: int = 0
    failed: int = 0
    bounced: int = 0


class HourCount(Struct):
    """What was counted in an hour (``hour``: when it began; older than 90 days: in a day). ``step`` "": of the journey itself. ``what``: a
    move (entered, passed, exited, …), an outcome of messages (sent, opened, …), or `converted`."""

    hour: str
    version: int
    step: str
    what: str
    count: int


class Compared(Struct):
    """Those who get marketing beside the control group: runs that began, and those that reached the goal. ``lift``: by how much more of
    the treated did (0.5: half as many again), null where it can't be told; ``sure``: chance alone makes such a difference once in 20."""

    treated: int
    treated_converted: int
    control: int
    control_converted: int
    lift: float | None
    sure: bool


class HeldOut(Compared):
    """Those whom a split held out (``control``) beside those whom it let go on (``treated``), each run once, counted when it is drawn."""

    step: str = ""


class JourneyPage(Struct):
    """A journey as it is in force. ``document``: as it stands in its file. ``steps``: in the order they are written. Where only a draft is
    there, the ``version`` is 0, the ``status`` is `draft`, and the document is the draft's.
    ``compared``: null where nobody of the control group came. ``held_out``: the same of each split that held some out and let others go
    on, where the journey has a goal. ``value``: what reaching the goal was worth, by currency, as text.
    ``queued``: who stands
    before its door now. ``parked``: who stands still at a fault, counted to 10,001 at most. ``unknown``: of the goal, what history does
    not tell of runs that began before it was so, in sentences. ``shadow``: it does everything but send. ``hours``: where they were asked
    for. ``older``: steps that only former versions have and where somebody came, as they were."""

    journey: str
    name: str
    version: int
    status: str
    document: dict[str, Any]
    inside: int
    entered: int
    done: int
    converted: int
    refused: int
    steps: list[StepCounts]
    compared: Compared | None = None
    value: dict[str, str] = {}
    queued: int = 0
    counting: bool = False
    parked: int = 0
    unknown: list[str] = []
    shadow: bool = False
    hours: list[HourCount] = []
    older: list[dict[str, Any]] = []
    held_out: list[HeldOut] = []


class AtStep(Struct):
    """Somebody at a step: on which version, and since when."""

    person: str
    name: str | None
    email: str | None
    id: str | None
    version: int
    since: str | None


class PeopleAtStep(Struct):
    """A page. ``next``: to be passed as ``after`` for the page after it; null on the last."""

    people: list[AtStep]
    next: str | None


class Moving(Struct):
    """What becomes of messages held in a pause: sent (at a ``rate`` such as ``100 per minute``), skipped, or shifted."""

    held: str = "send"
    rate: str = ""


class Shadowing(Struct):
    """``on``: it does everything but send from now on; else it sends what becomes due from now on."""

    on: bool


class Moved(Struct):
    """``status``: how the journey stands now; ``changed``: whether it stood otherwise before."""

    journey: str
    status: str
    changed: bool
    number: int


@get("/journeys", guards=[may("journeys:read")])
async def list_journeys(here: Here) -> Journeys:
    """List journeys with status, version and how many are in them."""
    async with one_moment(here.pool) as connection:
        entries = (await definitions.newest(connection, here.workspace.id)).body.get("journeys", {})
        inside = await standing.inside(connection, here.workspace.id)
        entered = await totals(connection, here.workspace.id, ["entered"])
        drafts = await definitions.drafts(connection, here.workspace.id)
        published = await _published(connection, here.workspace.id, entries)
    begun = {each.name: each for each in drafts if each.kind == "journey"}
    changed = {id: max(published.get(id, 0), begun[id].changed_at if id in begun else 0) for id in {*entries, *begun}}
    listed = [
        JourneyBrief(
            id,
            entry["document"].get("name", id),
            entry["version"],
            entry["status"],
            inside.get(id, 0),
            entered.get(id, {}).get("entered", 0),
            id in begun,
            bool(entry.get("shadow")),
        )
        for id, entry in entries.items()
    ]
    listed += [
        JourneyBrief(id, _called(each, id), 0, "draft", 0, 0, True) for id, each in begun.items() if id not in entries
    ]
    for each in listed:
        each.changed = show_iso(changed[each.journey]) if changed[each.journey] else None
    return Journeys(sorted(listed, key=lambda each: (-changed[each.journey], each.name.casefold(), each.journey)))


async def _published(connection: Connection, workspace: int, entries: Mapping[str, Any]) -> dict[str, int]:
    """When the newest version of each journey came into force."""
    numbers = {id: max(made) for id, entry in entries.items() if (made := (entry.get("published") or {}).values())}
    heads = await definitions.heads(connection, workspace, sorted({*numbers.values()}))
    return {id: heads[number].made_at for id, number in numbers.items() if number in heads}


@get("/journeys/{journey:str}", guards=[may("journeys:read")])
async def read_journey(
    journey: str, here: Here, version: int = 0, since: str = "", until: str = "", hourly: bool = False
) -> JourneyPage:
    """Read a journey and its numbers. ``version``: only those of a version. ``since``, ``until``: of hours that begin between these
    times; who is inside is inside now all the same. ``hourly``: also hour by hour."""
    id = part(journey)
    times = moment(since, "since"), moment(until, "until")
    async with one_moment(here.pool) as connection:
        in_force = await definitions.newest(connection, here.workspace.id)
        entry = in_force.body.get("journeys", {}).get(id)
        if entry is None:
            draft = await definitions.draft(connection, here.workspace.id, "journey", id)
            if draft is None:
                raise no_journey(id)
            return JourneyPage(id, _called(draft, id), 0, "draft", dict(draft.body), 0, 0, 0, 0, 0, [])
        counted = await numbers.of_journey(
            connection,
            here.workspace.id,
            id,
            version=version or None,
            since=times[0],
            until=times[1],
            hourly=hourly,
        )
        still = await standing.still(connection, here.workspace.id, [id], 10_001)
    return JourneyPage(
        id,
        entry["document"].get("name", id),
        entry["version"],
        entry["status"],
        entry["document"],
        counted.inside,
        counted.entered,
        counted.done,
        counted.converted,
        counted.refused,
        [_counts(each, times == (None, None)) for each in counted.steps],
        Compared(*_compared(counted.compared)) if counted.compared is not None else None,
        {currency: show_amount(value, currency) for currency, value in sorted(counted.value.items())},
        counted.queued,
        counted.counting and entry["version"] > 1,  # a first version has nobody from before its goal
        still[id],
        counted.unknown,
        bool(entry.get("shadow")),
        [HourCount(show_iso(each.hour), each.version, each.step, each.what, each.count) for each in counted.hourly],
        _older(entry, {each.step for each in counted.steps if not each.kind}),
        [HeldOut(*_compared(sides), step) for step, sides in counted.held.items()],
    )


def _older(entry: Mapping[str, Any], ids: set[str]) -> list[dict[str, Any]]:
    """Steps as the newest of the versions had them that have them."""
    found: dict[str, dict[str, Any]] = {}
    for version in sorted(entry.get("history", {}), key=int, reverse=True):
        if ids <= set(found):
            break
        for step in _steps(entry["history"][version]["steps"]):
            if step["id"] in ids:
                found.setdefault(step["id"], step)
    return list(found.values())


def _steps(steps: Any) -> Iterator[dict[str, Any]]:
    """Each step of a document, also those within ways."""
    if isinstance(steps, list):
        for each in steps:
            yield from _steps(each)
    elif isinstance(steps, dict):
        if "id" in steps:
            yield steps
        for value in steps.values():
            yield from _steps(value)


@get("/journeys/{journey:str}/steps/{step:str}/people", guards=[may("people:read")])
async def people_at_step(
    journey: str,
    step: str,
    here: Here,
    after: str = "",
    limit: Annotated[int, Parameter(ge=1, le=200)] = 50,
) -> PeopleAtStep:
    """List who is at a step now, in no order that means anything."""
    try:
        begin = standing.cursor(after) if after else None
    except ValueError as error:
        raise Refusal(400, f"`after`: {error}") from error
    async with here.pool.acquire() as connection:
        rows = await standing.at(connection, here.workspace.id, part(journey), part(step), after=begin, limit=limit)
        who = await store.documents(connection, [stand.person for _, stand in rows])
    listed = []
    for _, stand in rows:
        if person := who.get(stand.person):
            brief = shown.brief(person)
            listed.append(
                AtStep(
                    brief.person,
                    brief.name,
                    brief.email,
                    brief.id,
                    stand.version,
                    show_iso(stand.since) if stand.since else None,
                )
            )
    return PeopleAtStep(listed, rows[-1][0] if len(rows) == limit else None)


@post("/journeys/{journey:str}/shadow", guards=[may("journeys:publish")], status_code=200)
async def shadow_journey(journey: str, data: Shadowing, here: Here) -> Moved:
    """Let a journey do everything but send, or let it send what becomes due from now on."""
    id = part(journey)
    done, now = await shadow(here.pool, here.workspace.id, id, data.on, actor_of(here))
    return Moved(id, now, done.changed, done.number)


@post("/journeys/{journey:str}/{command:str}", guards=[may("journeys:publish")], status_code=200)
async def move_journey(journey: str, command: str, here: Here, data: Moving | None = None) -> Moved:
    """Pause, resume, close or stop a journey; ``resume`` reads ``held`` (send, skip, shift) and ``rate``."""
    id = part(journey)
    if command not in status.MOVES:
        raise Refusal(404, f"there is no command `{part(command)}`", f"there are: {', '.join(status.MOVES)}")
    how = data or Moving()
    done = await status.move(here.pool, here.workspace.id, id, command, how.held, how.rate, actor_of(here))
    return Moved(id, status.MOVES[command][1], done.changed, done.number)


@get("/forms", guards=[may("journeys:read")])
async def read_forms(here: Here) -> dict[str, Any]:
    """Give what each kind of step and trigger asks for, field by field: `journey`, `common`, `steps`, `triggers`."""
    found: dict[str, Any] = msgspec.to_builtins(forms(), enc_hook=_sort)
    return found


def _sort(value: Any) -> dict[str, str]:
    """Say which sort of value may stand in a field, where the form says so by a Python type."""
    return {"sort": {list: "list", int: "number", float: "number"}[value]}


def _counts(each: numbers.StepNumbers, whole: bool) -> StepCounts:
    of = each.counts.get
    return StepCounts(
        each.step,
        each.kind,
        each.waiting,
        each.passed,
        each.left,
        of("sent", 0),
        of("opened", 0),
        of("clicked", 0),
        of("converted", 0),
        each.came if whole else None,
        of("delivered", 0),
        each.left_by,
        of("dropped", 0),
        of("failed", 0),
        of("bounced", 0),
    )


def _compared(sides: numbers.Sides) -> tuple[int, int, int, int, float | None, bool]:
    treated, control = sides.treated, sides.control
    return treated.entered, treated.converted, control.entered, control.converted, sides.lift, sides.is_sure


def _called(draft: definitions.Draft, id: str) -> str:
    name = draft.body.get("name")
    return name if isinstance(name, str) and name else id
