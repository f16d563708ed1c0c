"""Taking data home: what people did as CSV, a portion of people at a time, however many there are."""

import time
from collections.abc import AsyncIterator, Mapping
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import Parameter
from litestar.response import Stream

from tidings import history
from tidings.api import shown
from tidings.api.csv_lines import csv_lines
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.database.pool import Connection
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import PARTITIONS, home_of
from tidings.kernel.times import DAY, show_iso
from tidings.people import catalog, links, lookup
from tidings.people.document import Person
from tidings.project import store as definitions
from tidings.project.mentions import mentions
from tidings.teams import audit

_KINDS: Final = {number: kind for kind, number in EVENTS.items() if kind != "message"}
_PEOPLE: Final = 200
"""People whose events are read together."""
_ROWS: Final = 2_000
_COLUMNS: Final = ("time", "received", "kind", "event", "person", "id", "email", "properties", "context")
_ABOUT: Final = ("description", "hidden", "sensitive", "used_by")
Hidden = Mapping[tuple[str, str], frozenset[str]]
"""Properties that are marked sensitive, by kind and name of their event."""


@get("/exports/events", guards=[may("people:read")], media_type="text/csv")
async def export_events(
    here: Here, days: Annotated[int, Parameter(ge=1, le=3650)] = 30, event: Annotated[str, Parameter()] = ""
) -> Stream:
    """Stream what people did in the last days as CSV, person by person, each in the order of time. ``event``: only those of this name.
    Properties are JSON; those marked sensitive are left out. So is what a message's context says of the person (`traits`)."""
    here.need("data:read")
    now = time.time_ns() // 1000
    async with here.pool.acquire() as connection:
        said = {"days": days, **({"event": event} if event else {})}
        await audit.note(connection, here.workspace.id, here.actor, "exported", "events", event, after=said)
        words = await catalog.words(connection, here.workspace.id)
    hidden: dict[tuple[str, str], frozenset[str]] = {}
    for (kind, name, property), own in words.items():
        if property and own.sensitive:
            hidden[kind, name] = hidden.get((kind, name), frozenset()) | {property}
    headers = {"content-disposition": 'attachment; filename="events.csv"', "x-accel-buffering": "no"}
    lines = _lines(here, now - days * DAY, now, event, hidden)
    return Stream(lines, media_type="text/csv", headers=headers)


@get("/exports/catalog", guards=[may("data:read")], media_type="text/csv")
async def export_catalog(here: Here) -> Stream:
    """Stream the catalog as CSV: every event, property and attribute seen, with what the team wrote about it and what uses it."""
    async with here.pool.acquire() as connection:
        found = await catalog.read(connection, here.workspace.id)
        words = await catalog.words(connection, here.workspace.id)
        used = mentions((await definitions.newest(connection, here.workspace.id)).body)
        await audit.note(connection, here.workspace.id, here.actor, "exported", "catalog", "")
    rows = [[*("kind", "event", "property", "types", "times", "first", "last", "example"), *_ABOUT]]
    for seen in found:
        key = (seen.kind, seen.name, seen.property)
        own = words.get(key, catalog.NO_WORDS)
        uses = ", ".join(f"{kind} {name}" for kind, name in used.get(key, ()))
        times = [
            str(seen.times),
            show_iso(seen.first),
            show_iso(seen.last),
            "" if own.sensitive else catalog.shortened(seen.example),
        ]
        about = [own.description, "yes" if own.hidden else "", "yes" if own.sensitive else ""]
        rows.append([*key, " or ".join(seen.types), *times, *about, uses])
    headers = {"content-disposition": 'attachment; filename="catalog.csv"'}
    return Stream([csv_lines(rows)], media_type="text/csv", headers=headers)


async def _lines(here: Here, after: int, until: int, event: str, hidden: Hidden) -> AsyncIterator[bytes]:
    yield csv_lines([_COLUMNS])
    for partition in range(PARTITIONS):
        last = b""
        while True:
            async with here.pool.acquire() as connection:
                people = await lookup.portion(connection, here.workspace.id, partition, last, _PEOPLE)
            async for lines in _portion(here, people, after, until, event, hidden):
                yield lines
            if len(people) < _PEOPLE:
                break
            last = people[-1].id


async def _portion(
    here: Here, people: list[Person], after: int, until: int, event: str, hidden: Hidden
) -> AsyncIterator[bytes]:
    place: tuple[int, int, bytes] | None = None
    whose: list[tuple[int, history.Who]] | None = None
    while people:
        async with here.pool.acquire() as connection:
            whose = whose if whose is not None else await _whose(connection, people)
            kinds = list(_KINDS)
            found = await history.between(
                connection, whose, after, until, kinds=kinds, name=event, behind=place, limit=_ROWS, beside=True
            )
        if found:
            yield csv_lines([_cells(people[number], row, hidden) for number, row in found])
            number, row = found[-1]
            place = (number, row.time, row.id)
        if len(found) < _ROWS:
            return


async def _whose(connection: Connection, people: list[Person]) -> list[tuple[int, history.Who]]:
    """Everybody's rows, and those of whom they absorbed, by their place in the list."""
    behind = await links.absorbed(connection, [each.id for each in people])
    return [(n, (home_of(id), id)) for n, each in enumerate(people) for id in (each.id, *behind.get(each.id, ()))]


def _cells(who: Person, row: history.Entry, hidden: Hidden) -> list[str]:
    kind, brief = _KINDS[row.kind], shown.brief(who)
    kept = hidden.get((kind, row.name), frozenset())
    said: dict[str, Any] = {name: value for name, value in history.unpack(row.body).items() if name not in kept}
    properties = msgspec.json.encode(said, enc_hook=str).decode() if said else ""
    who_is = (brief.person, brief.id or "", brief.email or "")
    return [show_iso(row.time), show_iso(row.received), kind, row.name, *who_is, properties, _context(row)]


def _context(row: history.Entry) -> str:
    """What the event's message said of where it came from; of whom, their attributes say."""
    said = history.unpack(row.context).get("context") if row.context else None
    own = {name: value for name, value in said.items() if name != "traits"} if isinstance(said, dict) else None
    return msgspec.json.encode(own, enc_hook=str).decode() if own else ""
