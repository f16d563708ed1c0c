"""The audit log: everything that was changed here, by whom, from what to what."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import Parameter
from litestar.response import Stream
from msgspec import Struct

from tidings.api import shown
from tidings.api.csv_lines import csv_lines
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.kernel.ids import read as read_id
from tidings.kernel.times import parse_iso, show_iso
from tidings.people import store
from tidings.project import store as definitions
from tidings.teams import audit

_PAGE: Final = 500
_COLUMNS: Final = ("at", "actor", "what", "kind", "name", "called", "before", "after")
_KINDS: Final = {"journey": "journeys", "segment": "segments"}
"""Those that have a name beside their id, and where a snapshot keeps them."""


class Entry(Struct):
    """``actor`` ``what`` the ``kind`` ``name``. ``before``, ``after``: null where there was, or is, nothing. ``called``: what a person is
    called now, or a journey or whatever else has a name beside its id; "" where it has none, or is forgotten."""

    id: int
    at: str
    actor: str
    what: str
    kind: str
    name: str
    before: Any
    after: Any
    called: str = ""


class Log(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it."""

    entries: list[Entry]
    next: int | None


class LogWords(Struct):
    """What the log can be narrowed to: who did something, what was done, to what kinds of things."""

    actors: list[str]
    whats: list[str]
    kinds: list[str]


@get("/audit", guards=[may("audit:read")])
async def list_audit(
    here: Here,
    q: str = "",
    kind: str = "",
    what: str = "",
    actor: str = "",
    since: str = "",
    until: str = "",
    limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
    before: Annotated[int, Parameter(ge=0)] = 0,
    oldest: bool = False,
) -> Log:
    """Read the audit log, the newest first, or with ``oldest`` the other way round.

    ``q``: a part of who or what; ``since`` and ``until`` (exclusive): times in ISO 8601."""
    wanted = _wanted(q, kind, what, actor, since, until)
    async with here.pool.acquire() as connection:
        body = (await definitions.newest(connection, here.workspace.id)).body
        wanted = wanted._replace(called=_called_like(body, q))
        rows = await audit.newest(
            connection, here.workspace.id, wanted, before=before or None, limit=limit, oldest=oldest
        )
        entries = await _entries(connection, here, body, rows)
    return Log(entries, rows[-1].id if len(rows) == limit else None)


@get("/audit/words", guards=[may("audit:read")])
async def audit_words(here: Here) -> LogWords:
    """List what the log can be narrowed to."""
    async with here.pool.acquire() as connection:
        return LogWords(*await audit.words(connection, here.workspace.id))


@get("/audit/export", guards=[may("audit:read")], media_type="text/csv")
async def export_audit(
    here: Here, q: str = "", kind: str = "", what: str = "", actor: str = "", since: str = "", until: str = ""
) -> Stream:
    """Stream what `list_audit` lists, all of it, as CSV; ``before`` and ``after`` are JSON."""
    wanted = _wanted(q, kind, what, actor, since, until)
    async with here.pool.acquire() as connection:
        body = (await definitions.newest(connection, here.workspace.id)).body
        wanted = wanted._replace(called=_called_like(body, q))
        await audit.note(connection, here.workspace.id, here.actor, "exported", "audit log", "")
    headers = {"content-disposition": 'attachment; filename="audit.csv"', "x-accel-buffering": "no"}
    return Stream(_csv(here, body, wanted), media_type="text/csv", headers=headers)


async def _entries(
    connection: Connection, here: Here, body: Mapping[str, Any], rows: Sequence[audit.Noted]
) -> list[Entry]:
    people = await _people(connection, here, [r.name for r in rows if r.kind == "person"])
    return [
        Entry(
            *(r.id, show_iso(r.at), r.actor, r.what, r.kind, r.name, r.before, r.after),
            people.get(r.name, "") if r.kind == "person" else _titled(body, r),
        )
        for r in rows
    ]


async def _people(connection: Connection, here: Here, names: list[str]) -> dict[str, str]:
    """Give what people are called whom the log names by their ids."""
    ids = {id: name for name in names if (id := read_id(name)) is not None}
    briefs = [
        (ids[id], shown.brief(each))
        for id, each in (await store.documents(connection, list(ids))).items()
        if each.workspace == here.workspace.id
    ]
    return {name: brief.name or brief.email or brief.id or "" for name, brief in briefs}


def _titled(body: Mapping[str, Any], entry: audit.Noted) -> str:
    """Give what goes today by the id that an entry names; where it is gone, or is a draft yet, what the entry itself calls it."""
    place = _KINDS.get(entry.kind.removeprefix("draft of "))
    if place is None:
        return ""
    named = (_name(each) for each in (body.get(place, {}).get(entry.name), entry.after, entry.before))
    return next((each for each in named if each), "")


def _called_like(body: Mapping[str, Any], q: str) -> list[str]:
    """List what has a text in its name, as `audit.Wanted` takes it."""
    return [
        f"{kind} {id}"
        for kind, place in _KINDS.items()
        for id, found in body.get(place, {}).items()
        if q and q.lower() in _name(found).lower()
    ]


def _name(found: Any) -> str:
    document = found.get("document", found) if isinstance(found, Mapping) else {}
    return str(document.get("name") or "") if isinstance(document, Mapping) else ""


async def _csv(here: Here, body: Mapping[str, Any], wanted: audit.Wanted) -> AsyncIterator[bytes]:
    yield csv_lines([_COLUMNS])
    before: int | None = None
    while True:
        async with here.pool.acquire() as connection:
            rows = await audit.newest(connection, here.workspace.id, wanted, before=before, limit=_PAGE)
            entries = await _entries(connection, here, body, rows)
        if rows:
            cells = [
                (
                    each.at,
                    each.actor,
                    each.what,
                    each.kind,
                    each.name,
                    each.called,
                    _cell(each.before),
                    _cell(each.after),
                )
                for each in entries
            ]
            yield csv_lines(cells)
            before = rows[-1].id
        if len(rows) < _PAGE:
            return


def _cell(value: Any) -> str:
    return "" if value is None else msgspec.json.encode(value).decode()


def _wanted(q: str, kind: str, what: str, actor: str, since: str, until: str) -> audit.Wanted:
    begin, end = (_time(name, text) for name, text in (("since", since), ("until", until)))
    return audit.Wanted(q, kind, what, actor, begin, end)


def _time(name: str, text: str) -> int | None:
    if not text:
        return None
    found = parse_iso(text)
    if found is None:
        raise Refusal(
            400, f"`{name}` is no time.", "Write it in ISO 8601, such as 2026-11-01T00:00:00Z.", code="no_time"
        )
    return found
