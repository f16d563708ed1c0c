"""What came in: the catalog of events and attributes, and the records that were accepted and could not be applied."""

import time
from typing import Annotated, Final

from litestar import get, post, put
from litestar.params import Parameter
from litestar.response import ServerSentEvent
from msgspec import Meta, Struct

from tidings.api import live, shown
from tidings.api.data.exports import export_catalog, export_events
from tidings.api.data.incoming import Incoming, Watch
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.database.access import list_sources
from tidings.kernel.times import DAY, show_iso
from tidings.people import catalog, rejected
from tidings.project import store as definitions
from tidings.project.also import Also
from tidings.project.mentions import mentions
from tidings.teams import audit

__all__ = ["export_catalog", "export_events"]

_MOST: Final = 1000
_PAGES: Final = 10
_DAYS: Final = 30
_WORDY: Final = 500


class Rejections(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    rejected: list[shown.Rejected]
    next: int | None


class Again(Struct):
    """Numbers of the rejected list."""

    ids: list[int]


class Replayed(Struct):
    """How many records were put into the log once more. ``next``: where more may wait, to be passed as ``before``; null at the end."""

    replayed: int
    next: int | None = None


class AgainAll(Struct):
    """Of the rejected list, all that were not replayed yet: with this ``reason``, of this ``source``, with ``q`` in them; "" and 0 leave
    one out. ``before``: the ``next`` of a call before."""

    reason: str = ""
    source: int = 0
    q: str = ""
    before: Annotated[int, Meta(ge=0, le=1 << 62)] = 0


class Reason(Struct):
    """Why records were rejected, how many of those were not replayed yet, and when the last came."""

    reason: str
    waiting: int
    last: str


class Reasons(Struct):
    """All reasons of what waits, the most frequent first."""

    reasons: list[Reason]


class UsedBy(Struct):
    """``kind``: journey, segment or template."""

    kind: str
    name: str


class About(Struct):
    """What a team writes about an event (``property`` "") or an attribute. ``hidden``: left out where names are offered; ``sensitive``: no
    example of it is kept or shown."""

    kind: str
    name: str = ""
    property: str = ""
    description: str = ""
    hidden: bool = False
    sensitive: bool = False


class Line(Struct):
    """An event (``property`` "") or an attribute. ``kind``: track, page, screen, message, person, or a group's type. ``times``: how often
    it was seen; ``example``: a value, shortened; ``days``: of an event, how often it was seen on each of the last 30 days (UTC), the
    present one last; ``used_by``: who names it. The rest: see `About`."""

    kind: str
    name: str
    property: str
    types: list[str]
    times: int
    first: str
    last: str
    example: str
    description: str
    hidden: bool
    sensitive: bool
    days: list[int]
    used_by: list[UsedBy]


class Catalog(Struct):
    """Events and attributes seen, by kind and name."""

    catalog: list[Line]


@get("/catalog", guards=[may("data:read")])
async def read_catalog(here: Here, what: catalog.What = "", kind: str = "", name: str = "") -> Catalog:
    """List every event and attribute seen.

    ``what``: only the events without their properties, or only the attributes of people and groups. ``kind`` and ``name``: only that event
    with its properties."""
    async with here.pool.acquire() as connection:
        today = time.time_ns() // 1000 // DAY
        found = await catalog.read(connection, here.workspace.id, what, (kind, name) if kind else None)
        words = await catalog.words(connection, here.workspace.id)
        days = await catalog.days(connection, here.workspace.id, today - _DAYS + 1)
        used = mentions((await definitions.newest(connection, here.workspace.id)).body)
    lines = []
    for seen in found:
        key = (seen.kind, seen.name, seen.property)
        own = words.get(key, catalog.NO_WORDS)
        counted = {} if seen.property else days.get(key[:2], {})
        line = Line(
            *seen[:5],
            show_iso(seen.first),
            show_iso(seen.last),
            "" if own.sensitive else catalog.shortened(seen.example),
            *own,
            [counted.get(day, 0) for day in range(today - _DAYS + 1, today + 1)] if counted else [],
            [UsedBy(*use) for use in used.get(key, ())],
        )
        lines.append(line)
    return Catalog(lines)


@put("/catalog/about", guards=[may("data:edit")], status_code=204)
async def describe(data: About, here: Here) -> None:
    """Write down what an event or attribute is, hide it, or mark it as sensitive."""
    if len(data.description) > _WORDY:
        raise Refusal(400, f"Write at most {_WORDY} characters.", faults=[Fault("Too long.", "description")])
    key = (data.kind, data.name, data.property)
    async with here.pool.acquire() as connection, connection.transaction():
        before = (await catalog.words(connection, here.workspace.id)).get(key, catalog.NO_WORDS)
        after = catalog.Words(data.description.strip(), data.hidden, data.sensitive)
        await catalog.write_words(connection, here.workspace.id, key, after)
        called = " ".join(filter(None, (data.name or data.kind, data.property)))
        what = (connection, here.workspace.id, here.actor, "described", "data", called)
        await audit.note(*what, before=before._asdict(), after=after._asdict())


@get("/events/live", guards=[may("data:read")], media_type="text/event-stream")
async def live_events(here: Here, q: str = "") -> ServerSentEvent:
    """Tell what comes in, as it comes in: an event stream of `Incoming`. ``q``: a part of an event's name, or of who did it."""
    async with here.pool.acquire() as connection:
        sources = {source.id: source.name for source in await list_sources(connection, here.workspace.id)}
        also = Also((await definitions.newest(connection, here.workspace.id)).body)
        watch = Watch(here.workspace.id, sources, await catalog.words(connection, here.workspace.id), also)

    async def look(_: str) -> list[tuple[str, Incoming]]:
        async with here.pool.acquire() as connection:
            return [(each.id, each) for each in await watch.look(connection, q)]

    return live.stream(look)


@get("/rejected", guards=[may("data:read")])
async def list_rejected(
    here: Here,
    before: Annotated[int, Parameter(ge=0, le=1 << 62)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=_MOST)] = 50,
    reason: str = "",
    source: Annotated[int, Parameter(ge=0, le=1 << 30)] = 0,
    waiting: bool = False,
    q: Annotated[str, Parameter(description="Some of the reason, or of any text in the record.")] = "",
    oldest: bool = False,
) -> Rejections:
    """List records that were accepted and could not be applied, the newest first, or with ``oldest`` the other way round.

    ``waiting``: only those that were not replayed. With ``reason``, ``source`` or ``q`` a page may be empty and still have a next."""
    async with here.pool.acquire() as connection:
        wanted = rejected.Wanted(reason, source, waiting, q.strip())
        page = await rejected.page(
            connection, here.workspace.id, wanted, before=before or None, limit=limit, oldest=oldest
        )
        sources = {source.id: source.name for source in await list_sources(connection, here.workspace.id)}
    return Rejections([shown.refused(each, sources) for each in page.found], page.next)


@get("/rejected/reasons", guards=[may("data:read")])
async def rejected_reasons(here: Here) -> Reasons:
    """List why records wait on the rejected list."""
    async with here.pool.acquire() as connection:
        found = await rejected.reasons(connection, here.workspace.id)
    return Reasons([Reason(reason, count, show_iso(last)) for reason, count, last in found])


@post("/rejected/replay-all", guards=[may("data:edit")], status_code=200)
async def replay_all(data: AgainAll, here: Here) -> Replayed:
    """Put all records that wait into the log once more, or those that fit; at most 10,000 in one call.

    What still can't be applied is listed anew: whoever goes on with ``next`` does not meet it again."""
    count, before, now = 0, data.before or None, time.time_ns() // 1000
    async with here.pool.acquire() as connection:
        wanted = rejected.Wanted(data.reason, data.source, True, data.q.strip())
        while count < _PAGES * _MOST:
            page = await rejected.page(connection, here.workspace.id, wanted, before=before, limit=_MOST)
            if page.found:
                found = [each.id for each in page.found]
                count += await rejected.replay(connection, here.workspace.id, found, now, waiting=True)
            before = page.next
            if before is None:
                break
        await audit.note(connection, here.workspace.id, here.actor, "replayed", "rejected records", str(count))
    return Replayed(count, before)


@post("/rejected/replay", guards=[may("data:edit")], status_code=200)
async def replay_rejected(data: Again, here: Here) -> Replayed:
    """Put records of the list into the log once more."""
    if not 1 <= len(data.ids) <= _MOST or not all(0 < id < 1 << 62 for id in data.ids):
        raise Refusal(400, f"`ids` is not a list of 1 to {_MOST} numbers of the rejected list")
    async with here.pool.acquire() as connection:
        count = await rejected.replay(connection, here.workspace.id, data.ids, time.time_ns() // 1000)
        await audit.note(connection, here.workspace.id, here.actor, "replayed", "rejected records", str(count))
    return Replayed(count)
