"""Rehearsals: a draft against real history, or with people made up; asked for here, done by a process of its own, and kept."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, Response, delete, get, post
from litestar.params import Parameter
from litestar.response import ServerSentEvent, Stream
from msgspec import Struct, field

from tidings import journeys
from tidings.api import live, shown
from tidings.api.csv_lines import csv_lines
from tidings.api.editing.routes import ChangeInWords
from tidings.api.framed import frame
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.api.rehearsals.on_me import TestBeginning, TestWanted, beginning, tested
from tidings.api.rehearsals.sides import SideMeant, sides_of
from tidings.api.rehearsals.walk import Walk, WalkWanted, walked
from tidings.delivery.links import harmless
from tidings.journeys.difference import difference
from tidings.kernel.ids import read as read_id
from tidings.kernel.times import parse_iso
from tidings.people import store
from tidings.settings import Settings
from tidings.simulate import background, kept, typed
from tidings.simulate.background import MOST, Busy, Job
from tidings.simulate.backtest import HEAD, Asked, rows
from tidings.simulate.measure import Calibration, Comparison, Sample
from tidings.simulate.outside import Stubs
from tidings.teams import audit

DAYS = 400
PEOPLE = 20_000


class Wanted(Struct):
    """What to rehearse. ``side`` is held against ``against``; null: against nothing. ``sample``: people looked at of a backtest, at most
    (0: everybody); ``people``: to be made up for a simulation; ``seed``: by which they are drawn. ``answers`` and ``failures``: what steps
    that ask the outside world are answered, by step, where history does not tell. ``until``: when the days of a backtest end, ISO 8601
    (left out: now)."""

    kind: Literal["backtest", "simulation"]
    journey: str
    side: SideMeant = field(default_factory=SideMeant)
    against: SideMeant | None = None
    days: Annotated[int, msgspec.Meta(ge=1, le=DAYS)] = 30
    sample: Annotated[int, msgspec.Meta(ge=0)] = 0
    people: Annotated[int, msgspec.Meta(ge=1, le=PEOPLE)] = 1000
    seed: int = 1
    answers: dict[str, Any] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    until: str = ""


class Rehearsal(Struct):
    """``done`` of ``parts`` are played (slices of the people, or people made up). ``reason``: why it failed. ``sides``: what each is
    called. ``sample`` 0: everybody."""

    id: str
    kind: str
    journey: str
    made: str
    made_by: str
    state: Literal["waiting", "running", "done", "cancelled", "failed"]
    done: int
    parts: int
    reason: str
    sides: list[str]
    days: int
    sample: int


class RehearsalList(Struct):
    """The newest first. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    rehearsals: list[Rehearsal]
    next: str | None


class SideCount(Struct):
    """What one side came to. ``people`` entered, ``entries`` in all; ``refused``: reason to entries; ``steps``: step to move to times;
    ``standing``: step to runs there in the end; ``ended``: how to runs; ``messages``: step to fate to messages; ``reasons``: fate to
    reason to messages; ``held``: reason to messages that policy ever held back; ``goals``: runs that reached it; ``goal_after``: step to
    runs that reached it after that step's message, a coincidence and no effect; ``days``: date to entries and messages sent;
    ``rendered``: messages made in full, and ``failures`` of these. ``median``: seconds a run took."""

    people: int
    entries: int
    refused: dict[str, int]
    steps: dict[str, dict[str, int]]
    standing: dict[str, int]
    ended: dict[str, int]
    messages: dict[str, dict[str, int]]
    reasons: dict[str, dict[str, int]]
    held: dict[str, int]
    goals: int
    goal_after: dict[str, int]
    days: dict[str, list[int]]
    rendered: int
    failures: dict[str, int]
    median: int | None = None
    label: str = ""


class RehearsalResult(Struct):
    """``window``: from and to. ``agreement``: of the version in force, played, with what it really did, 0 to 1; null where it was not
    played. ``share``: of the people looked at. ``assumed``: in words. ``comparison``: of the first side with the second. ``live``: since
    when the version in force is, "" where none is."""

    window: list[str]
    agreement: float | None
    share: float
    assumed: list[str]
    people: int
    inputs: int
    sides: list[SideCount]
    calibration: Calibration
    comparison: Comparison
    live: str = ""


class RehearsalPage(Struct):
    """A rehearsal with its result, when it is done. ``documents``: the journey of each side, as it was played. ``changes``: what the first
    of two has otherwise than the second. ``called``: the people that its examples name, by their ids, for who may see people."""

    rehearsal: Rehearsal
    documents: list[dict[str, Any]]
    result: RehearsalResult | None
    called: dict[str, str] = {}
    changes: list[ChangeInWords] = []


class Messages(Struct):
    """Some messages of a side as they would have read."""

    messages: list[Sample]


@post("/rehearsals", guards=[may("journeys:edit")], status_code=201)
async def rehearse(data: Wanted, here: Here) -> Rehearsal:
    """Ask for a rehearsal; it begins as soon as none other runs."""
    chosen = await sides_of(here, data.journey, data.side, data.against)
    stubs = typed.check(Stubs(data.answers, data.failures), data.journey, [body for _, body, _ in chosen])
    until = parse_iso(data.until) if data.until else 0
    if until is None:
        raise Refusal(
            400, f"`until` is no time: {data.until!r}.", "Write for example 2026-03-31T00:00:00Z, or leave it out."
        )
    asked = Asked(data.journey, chosen, data.days, data.sample, data.seed, here.actor.name, stubs, until)
    job = Job(data.kind, asked, data.people if data.kind == "simulation" else 0)
    async with here.pool.acquire() as connection, connection.transaction():
        try:
            id = await background.ask(connection, here.workspace.id, job)
        except Busy:
            raise Refusal(
                429, f"{MOST} rehearsals wait here already.", "Let one end, or cancel one.", code="busy"
            ) from None
        what = (connection, here.workspace.id, here.actor, "asked for", data.kind, data.journey)
        await audit.note(*what, after={"id": id, "days": data.days})
        made = await kept.read(connection, here.workspace.id, id)
    assert made is not None
    return _brief(made)


@get("/rehearsals", guards=[may("journeys:read")])
async def list_rehearsals(
    here: Here, journey: str = "", before: str = "", limit: Annotated[int, Parameter(ge=1, le=200)] = 50
) -> RehearsalList:
    """List rehearsals, of one journey or all."""
    after = read_id(before) if before else None
    if before and after is None:
        raise Refusal(400, "`before` is not the `next` of a page")
    async with here.pool.acquire() as connection:
        found = await kept.newest(connection, here.workspace.id, limit, journey, after)
    return RehearsalList([_brief(each) for each in found], found[-1].id if len(found) == limit else None)


@get("/rehearsals/{id:str}", guards=[may("journeys:read")])
async def read_rehearsal(id: str, here: Here) -> RehearsalPage:
    """Read one with its result."""
    found = await _read(here, id)
    result = None if found.result is None else _result(found.result)
    called = await _called(here, result) if result is not None and "people:read" in here.permissions else {}
    documents = found.asked.get("documents", [])
    return RehearsalPage(_brief(found), documents, result, called, _changes(documents))


def _changes(documents: list[dict[str, Any]]) -> list[ChangeInWords]:
    if len(documents) < 2:
        return []
    here, there = map(journeys.read, documents)
    return [ChangeInWords(each.what, each.step, each.text) for each in difference(there, here)]


async def _called(here: Here, result: RehearsalResult) -> dict[str, str]:
    """What the people of the examples are called, who are there still."""
    named = [person for people in result.comparison.examples.values() for person in people]
    named += [each.partition(":")[0] for each in result.calibration.examples]
    async with here.pool.acquire() as connection:
        people = await store.documents(connection, [id for each in named if (id := read_id(each)) is not None])
    return {one.person: one.name or one.email or one.id or "" for one in map(shown.brief, people.values())}


@get("/rehearsals/{id:str}/progress", guards=[may("journeys:read")], media_type="text/event-stream")
async def follow_rehearsal(id: str, here: Here, request: Request[Any, Any, Any]) -> ServerSentEvent:
    """Stream how far it is: each time something changed, the rehearsal as the list has it."""
    await _read(here, id)

    async def look(last: str) -> list[tuple[str, Any]]:
        now = _brief(await _read(here, id))
        mark = f"{now.state}-{now.done}"
        return [(mark, msgspec.to_builtins(now))] if mark != last else []

    return live.stream(look, request.headers.get("last-event-id", ""))


@post("/rehearsals/{id:str}/cancel", guards=[may("journeys:edit")], status_code=200)
async def cancel_rehearsal(id: str, here: Here) -> Rehearsal:
    """Let one that waits or runs stop. What is finished already stays as it is."""
    found = await _read(here, id)
    async with here.pool.acquire() as connection, connection.transaction():
        if await kept.cancel(connection, here.workspace.id, _key(id)):
            what = (connection, here.workspace.id, here.actor, "cancelled", found.kind, found.journey)
            await audit.note(*what, after={"id": id})
    return _brief(await _read(here, id))


@delete("/rehearsals/{id:str}", guards=[may("journeys:edit")], status_code=204)
async def remove_rehearsal(id: str, here: Here) -> None:
    """Forget one, and what it kept of people."""
    found = await _read(here, id)
    async with here.pool.acquire() as connection, connection.transaction():
        await kept.remove(connection, here.workspace.id, _key(id))
        what = (connection, here.workspace.id, here.actor, "removed", found.kind, found.journey)
        await audit.note(*what, before={"id": id})


@get("/rehearsals/{id:str}/messages", guards=[may("people:read")])
async def rehearsed_messages(id: str, here: Here, side: Annotated[int, Parameter(ge=0, le=1)] = 0) -> Messages:
    """Show a sample of the messages of a side, as they would have read."""
    await _read(here, id)
    async with here.pool.acquire() as connection:
        return Messages(await kept.samples(connection, _key(id), side))


@get("/rehearsals/{id:str}/message", guards=[may("people:read")], media_type="text/html")
async def rehearsed_message(
    id: str,
    here: Here,
    settings: Settings,
    side: Annotated[int, Parameter(ge=0, le=1)] = 0,
    number: Annotated[int, Parameter(ge=0)] = 0,
) -> Response[bytes]:
    """Show one message of the sample, by its place in it, as a page that may do nothing."""
    await _read(here, id)
    async with here.pool.acquire() as connection:
        found = (await kept.samples(connection, _key(id), side))[number : number + 1]
    if not found or not found[0].html:
        raise Refusal(404, "There is no such message.")
    return frame(harmless(found[0].html, here.workspace.secret, is_html=True), False, settings)


@get("/rehearsals/{id:str}/people.csv", guards=[may("people:read")], media_type="text/csv")
async def rehearsed_people(id: str, here: Here) -> Response[Any]:
    """Export what would have happened to each person, a line each, as CSV."""
    found = await _read(here, id)
    if found.result is None or found.kind != "backtest":
        raise Refusal(409, "There is nothing to export: only a backtest that is done tells of people.")
    labels = found.result["labels"]
    async with here.pool.acquire() as connection:
        what = (connection, here.workspace.id, here.actor, "exported", found.kind, found.journey)
        await audit.note(*what, after={"id": id})

    async def lines() -> AsyncIterator[bytes]:
        yield csv_lines([HEAD])
        async for person, called, lives in kept.people(here.pool, _key(id)):
            yield csv_lines(rows(labels, person, called, lives))

    name = f'attachment; filename="{found.journey}-{id[:8]}.csv"'
    return Stream(lines(), media_type="text/csv", headers={"content-disposition": name})


@post("/journeys/{journey:str}/walk", guards=[may("journeys:read")], status_code=200)
async def walk_journey(journey: str, data: WalkWanted, here: Here) -> Walk:
    """Let one person go through a journey, given or invented, with chosen events at chosen times. Nothing is written or sent."""
    return await walked(here, part(journey), data)


@post("/journeys/{journey:str}/test/beginning", guards=[may("journeys:edit")], status_code=200)
async def begin_test(journey: str, data: SideMeant, here: Here) -> TestBeginning:
    """Tell to whom a test would send its mail, and with which examples it would begin."""
    return await beginning(here, part(journey), data)


@post("/journeys/{journey:str}/test", guards=[may("journeys:edit")], status_code=200, media_type="application/x-ndjson")
async def test_journey(journey: str, data: TestWanted, here: Here, settings: Settings) -> Stream:
    """Let somebody who does not exist live a journey with short waits, and send its mail to whoever asks and nobody else. The answer is a
    stream of `TestNews`, a line each, while it goes on; closing it ends the test. Nothing of it is counted."""
    news = await tested(here, part(journey), data, settings)
    return Stream(news, media_type="application/x-ndjson", headers={"x-accel-buffering": "no"})


async def _read(here: Here, id: str) -> kept.Backtest:
    async with here.pool.acquire() as connection:
        found = await kept.read(connection, here.workspace.id, id)
    if found is None:
        raise Refusal(404, "There is no such rehearsal.", "The list shows those there are.", code="no_rehearsal")
    return found


def _key(id: str) -> bytes:
    found = read_id(id)
    assert found is not None
    return found


def _brief(each: kept.Backtest) -> Rehearsal:
    asked = each.asked
    made = (each.id, each.kind, each.journey, each.made_at, each.made_by)
    state: Any = each.state
    return Rehearsal(
        *made, state, each.done, each.parts, each.reason, asked["sides"], asked["days"], asked.get("sample", 0)
    )


def _result(result: dict[str, Any]) -> RehearsalResult:
    count = result["count"]
    sides = [msgspec.convert(side, SideCount) for side in count["sides"]]
    for side, label, middle in zip(sides, result["labels"], result["medians"], strict=True):
        side.label, side.median = label, middle
    return RehearsalResult(
        list(result["window"]),
        result["agreement"],
        result["share"],
        result["assumed"],
        count["people"],
        count["inputs"],
        sides,
        msgspec.convert(count["calibration"], Calibration),
        msgspec.convert(count["comparison"], Comparison),
        result["live"],
    )
