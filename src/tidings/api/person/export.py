"""One person's timeline as CSV: all of it, by the timeline's filters."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, Final

import msgspec
from litestar import get
from litestar.params import QueryParameter
from litestar.response import Stream

from tidings.api import shown
from tidings.api.csv_lines import csv_lines
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.person.found import find
from tidings.api.person.search import Search
from tidings.api.person.timeline import kinds_of, timeline
from tidings.people import catalog
from tidings.project.store import newest
from tidings.teams import audit

_COLUMNS: Final = ("time", "received", "kind", "name", "called", "details", "context")
_PAGE: Final = 500
Words = dict[tuple[str, str, str], catalog.Words]


@get("/people/{kind:str}/{value:str}/history/export", guards=[may("people:read")], media_type="text/csv")
async def export_history(
    kind: str,
    value: str,
    here: Here,
    of: Annotated[str, QueryParameter(name="kind")] = "",
    q: str = "",
    oldest: bool = False,
) -> Stream:
    """Stream what happened to a person as CSV, narrowed and ordered as the list of it is. ``called``: what its journey, segment or message
    is called; ``details`` and ``context`` are JSON. In place of a value that is marked sensitive stands that word; what a message's
    context says of the person (`traits`) is left out."""
    kinds = kinds_of(of)
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        words = await catalog.words(connection, here.workspace.id)
        body = (await newest(connection, here.workspace.id)).body
        name = shown.brief(who)
        await audit.note(
            connection, here.workspace.id, here.actor, "exported", "person", name.email or name.id or name.person
        )

    async def lines() -> AsyncIterator[bytes]:
        search = Search(q, body)
        yield csv_lines([_COLUMNS])
        before: str | None = ""
        while before is not None:
            async with here.pool.acquire() as connection:
                page = await timeline(connection, body, who, kinds, before, _PAGE, q, oldest)
            yield csv_lines([_cells(each, search, words) for each in page.history])
            before = page.next

    headers = {"content-disposition": 'attachment; filename="history.csv"', "x-accel-buffering": "no"}
    return Stream(lines(), media_type="text/csv", headers=headers)


def _cells(row: shown.Row, search: Search, words: Words) -> list[str]:
    said = row.data
    if isinstance(said, dict):
        named = ("person", "") if row.kind == "attributes" else (row.kind, row.name)
        said = catalog.veiled(said, *named, words)
    context = dict(row.context or {})
    if isinstance(own := context.get("context"), dict):
        context["context"] = {name: value for name, value in own.items() if name != "traits"}
    called = next(filter(None, reversed(search.called(row))), "")
    return [row.time, row.received, row.kind, row.name, called, _json(said), _json(context)]


def _json(said: Any) -> str:
    return msgspec.json.encode(said, enc_hook=str).decode() if said else ""
