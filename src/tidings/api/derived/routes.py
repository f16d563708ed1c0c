"""Derived events: listed, tried on history while they are written, published and deleted. Their drafts are written like any other."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from contextlib import aclosing
from typing import Annotated, Any, Final, TypeAlias

import msgspec
from litestar import delete, get, post
from litestar.response import Stream
from msgspec import Meta, Struct

from tidings import events
from tidings.api.edits import overtaken
from tidings.api.here import Here, part
from tidings.api.matching.routes import turns
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.api.putting import put_one
from tidings.api.shown import Listed, listed
from tidings.kernel.times import DAY, show_iso
from tidings.people import catalog
from tidings.project import one_event, store
from tidings.project.occurrences import Occurred, occurrences
from tidings.project.plan import words

_Known: TypeAlias = Mapping[tuple[str, str, str], catalog.Words]
_EVERY: Final = 0.2
"""Seconds between two lines of a stream."""


class EventUse(Struct):
    """``kind``: event (a derived one), segment or journey, or ``draft of`` one of them."""

    kind: str
    name: str


class DerivedEvent(Struct):
    """``event``: its id; ``name``: what rules say, and ``formerly``: names that go on meaning it. ``rule``: canonical. ``over``: the
    definitions this is of."""

    event: str
    name: str
    formerly: list[str]
    note: str
    rule: str
    used_by: list[EventUse]
    over: int


class DerivedEvents(Struct):
    """All of them, by id."""

    events: list[DerivedEvent]


class EventWord(Struct):
    """A piece of a rule. ``sign``: " " where it stays, "-" where it goes, "+" where it is new."""

    sign: str
    text: str


class EventPlan(Struct):
    """``over`` and ``revision``: to be named when it is published. ``rule``: the change in words. ``carries``: whether what counts it is
    worked out anew. ``journeys``: live ones that take it. ``approval``: it will wait for somebody else."""

    over: int
    revision: int
    first: bool
    rule: list[EventWord]
    renamed: bool
    carries: bool
    used_by: list[EventUse]
    journeys: list[str]
    approval: bool


class EventPublishing(Struct):
    """As in the plan that was looked at; ``note``: what it is for."""

    over: int
    revision: int
    note: str = ""


class EventPublished(Struct):
    """``waiting``: the number under which it waits for approval; null where it is in force."""

    number: int
    waiting: int | None


class EventTried(Struct):
    """A rule as it is being written. ``event``: the id of the derived event it is of. ``days``: how far to look back."""

    rule: str
    event: str = ""
    days: Annotated[int, Meta(ge=1, le=365)] = 30
    whole: bool = True


class Occurrence(Struct):
    """Something that matched. ``kind`` and ``name``: what was really sent."""

    at: str
    person: Listed
    kind: str
    name: str
    properties: dict[str, Any]


class Occurrences(Struct):
    """A line. It happened ``times`` to ``people`` of ``looked`` people, ``of`` all; to between ``low`` and ``high`` of all, 19 times out
    of 20, and exactly that where they are equal. ``examples``: the newest. ``done``: the last line."""

    looked: int
    of: int
    people: int
    low: int
    high: int
    times: int
    examples: list[Occurrence]
    done: bool


@get("/derived-events", guards=[may("data:read")])
async def list_derived_events(here: Here) -> DerivedEvents:
    """List the derived events in force, with what uses each."""
    async with here.pool.acquire() as connection:
        found = await store.newest(connection, here.workspace.id)
        drafts = await store.drafts(connection, here.workspace.id)
    return DerivedEvents([_event(found, drafts, id) for id in sorted(found.body.get("events", {}))])


@get("/derived-events/{name:str}", guards=[may("data:read")])
async def read_derived_event(name: str, here: Here) -> DerivedEvent:
    """Read one that is in force."""
    async with here.pool.acquire() as connection:
        found = await store.newest(connection, here.workspace.id)
        drafts = await store.drafts(connection, here.workspace.id)
    if part(name) not in found.body.get("events", {}):
        raise _none(part(name))
    return _event(found, drafts, part(name))


@post("/derived-events/matching", guards=[may("people:read")], status_code=200, media_type="application/x-ndjson")
async def match_derived_event(data: EventTried, here: Here) -> Stream:
    """Stream lines of JSON (`Occurrences`): how often what a rule calls one event happened in the last days, to whom, with examples."""
    async with here.pool.acquire() as connection:
        known = await store.derived_documents(connection, here.workspace.id)
        described = await catalog.words(connection, here.workspace.id)
    own = data.event or "being-written"
    name = "\0"  # no rule says it, so it can be no other's name
    made = {"event": own, "name": name, "formerly": [], "rule": data.rule}
    others = {id: document for id, document in known.items() if id != own}
    if own in known:
        made["formerly"] = list(events.read(known[own]).names)
    sources = events.derived({**others, own: made}).sources(("track", name)) or ()
    now = time.time_ns() // 1000
    found = occurrences(
        here.pool, here.workspace.id, sources, now - data.days * DAY, now, whole=data.whole, turns=turns()
    )
    return Stream(_lines(found, described), media_type="application/x-ndjson", headers={"x-accel-buffering": "no"})


@get("/derived-events/{name:str}/plan", guards=[may("data:read")])
async def plan_derived_event(name: str, here: Here) -> EventPlan:
    """Say what publishing a derived event's draft would change, and who would take it."""
    found = await _publishing(here, part(name))
    old, new = (found.old or {}).get("rule") or "", (found.new or {}).get("rule") or ""
    return EventPlan(
        found.before.number,
        found.drafts[0].revision,
        found.old is None,
        [EventWord(sign, text) for sign, text in words(old, new)],
        found.old is not None and found.old.get("name") != (found.new or {}).get("name"),
        old != new,
        [EventUse(*use) for use in found.uses],
        sorted(set(found.takes)),
        bool(found.before.body.get("settings", {}).get("approval")),
    )


@post("/derived-events/{name:str}/publish", guards=[may("journeys:publish")], status_code=200)
async def publish_derived_event(name: str, data: EventPublishing, here: Here) -> EventPublished:
    """Put a derived event's draft in force as it was looked at; where approval is asked for, it waits for that."""
    found = await _publishing(here, part(name))
    if (found.before.number, found.drafts[0].revision) != (data.over, data.revision):
        raise overtaken()
    note = data.note.strip()
    return EventPublished(*await put_one(here, "derived event", part(name), found, "published", note))


@delete("/derived-events/{name:str}", guards=[may("journeys:publish")], status_code=200)
async def delete_derived_event(name: str, over: int, here: Here) -> EventPublished:
    """Take a derived event that nothing uses out of force, and its draft away. ``over``: the definitions it was looked at in."""
    async with here.pool.acquire() as connection:
        found = await one_event.removing(connection, here.workspace.id, part(name))
    if found is None:
        raise _none(part(name))
    if found.before.number != over:
        raise overtaken()
    note = f"Derived event {part(name)} deleted"
    return EventPublished(*await put_one(here, "derived event", part(name), found, "deleted", note))


async def _publishing(here: Here, name: str) -> one_event.Change:
    async with here.pool.acquire() as connection:
        found = await one_event.publishing(connection, here.workspace.id, here.workspace.name, name)
    if found is None:
        raise Refusal(404, f"There is no draft of the derived event `{name}`.", code="no_draft")
    return found


def _none(name: str) -> Refusal:
    return Refusal(404, f"There is no derived event `{name}`.", code="no_derived_event")


def _event(found: store.InForce, drafts: list[store.Draft], id: str) -> DerivedEvent:
    own = events.read(found.body["events"][id])
    used = [EventUse(*use) for use in one_event.uses(found, drafts, id)]
    rule = found.body["events"][id]["rule"]
    return DerivedEvent(id, own.name, list(own.formerly), own.note, rule, used, found.number)


async def _lines(found: AsyncGenerator[Occurred], known: _Known) -> AsyncIterator[bytes]:
    last: Occurred | None = None
    spoke = 0.0
    async with aclosing(found):
        async for last in found:
            now = asyncio.get_running_loop().time()
            if last.people.sampled or now - spoke > _EVERY:
                yield _line(last, False, known)
                spoke = now
            await asyncio.sleep(0)
    if last is not None:
        yield _line(last, True, known)


def _line(each: Occurred, done: bool, known: _Known) -> bytes:
    who = each.people
    examples = [
        Occurrence(
            show_iso(own.time),
            listed(own.person, []),
            own.kind,
            own.name,
            msgspec.to_builtins(catalog.veiled(own.properties, own.kind, own.name, known), enc_hook=str),
        )
        for own in each.examples
    ]
    line = Occurrences(who.looked, who.of, who.holding, who.low, who.high, each.times, examples, done)
    return msgspec.json.encode(line) + b"\n"
