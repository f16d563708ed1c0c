"""``events``: what is being accepted, as it comes, and the catalog of what was ever seen."""

import asyncio
from typing import Annotated, Any, Final

from cyclopts import Parameter

from tidings.cli import show, timeline
from tidings.cli.asking import AsJson, WorkspaceName
from tidings.cli.installation import Installation, installation, workspace_of
from tidings.database import embedded
from tidings.database.pool import connect
from tidings.kernel.records import (
    Absorb,
    Built,
    Control,
    Event,
    Group,
    GroupChanged,
    Identify,
    Receipt,
    Record,
    Touch,
    decode,
)
from tidings.kernel.times import show_iso
from tidings.log import Cursor, Reader, Row, listen
from tidings.log.recent import recent
from tidings.people import catalog

_INNER: Final = (Absorb, Built, Control, GroupChanged, Touch)
"""Records by which the program speaks to itself."""
_LOOK: Final = 2.0
"""Seconds after which it looks by itself: what a lost notice costs."""


async def tail(
    *,
    lines: Annotated[int, Parameter(help="How many of the newest to begin with.")] = 10,
    follow: Annotated[bool, Parameter(negative="", help="Go on with what comes, until Ctrl-C.")] = False,
    name: Annotated[str | None, Parameter(help="Only events of this name.")] = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Print what was accepted in the last minutes, the newest at the end. What happened before stands in `tidings person show`."""
    async with installation() as here:
        own = await here.workspace(workspace)
        async with here.pool.acquire() as connection:
            rows, cursors = await recent(connection, max(lines, 100))
        found = _chosen(rows, own.id, name)[-lines:] if lines > 0 else []
        if json and not follow:
            show.show_json(found)
        else:
            _print(found, json)
        if not found and not follow and not json:
            show.say("[dim]nothing was accepted in the last minutes[/]")
        if follow:
            await _follow(here, own.id, name, cursors, json)
    return show.DONE


async def show_all(
    name: Annotated[str | None, Parameter(help="Only this event, with its properties.")] = None,
    *,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """List every event and attribute seen, with types, how often, when first and last, and an example."""
    async with workspace_of(workspace) as (own, connection):
        seen = [each for each in await catalog.read(connection, own.id) if name in (None, each.name)]
    lines = [
        {
            "kind": each.kind,
            "name": each.name,
            "property": each.property,
            "types": each.types,
            "times": each.times,
            "first": show_iso(each.first),
            "last": show_iso(each.last),
            "example": each.example,
        }
        for each in seen
    ]
    if json:
        show.show_json(lines)
        return show.DONE
    rows = [
        (
            each.kind,
            each.name,
            each.property,
            ", ".join(each.types),
            each.times,
            timeline.clock(each.last),
            catalog.shortened(each.example),
        )
        for each in seen
    ]
    show.table(("kind", "name", "property", "types", "times", "last", "example"), rows, "nothing was seen yet")
    return show.DONE


async def _follow(here: Installation, workspace: int, name: str | None, cursors: dict[int, Cursor], json: bool) -> None:
    reader, news = Reader(), asyncio.Event()
    url = here.settings.database_url or embedded.address(here.settings.data)
    assert url is not None
    own = await connect(url, name="tidings events")
    try:
        await listen(own, news.set)
        while True:
            news.clear()
            batch = await reader.read(own, cursors)
            for row in batch.rows:
                cursors[row.partition] = Cursor(row.xid, row.seq)
            _print(_chosen(sorted(batch.rows, key=lambda row: row.stamp), workspace, name), json)
            if not batch.rows:
                try:
                    async with asyncio.timeout(_LOOK):
                        await news.wait()
                except TimeoutError:
                    continue
    finally:
        await own.close()


def _chosen(rows: list[Row], workspace: int, name: str | None) -> list[dict[str, Any]]:
    records = [decode(row.body) for row in rows]
    return [
        _data(record)
        for record in records
        if record.workspace == workspace
        and not isinstance(record.body, _INNER)
        and not record.hops
        and (name is None or (isinstance(record.body, Event) and record.body.name == name))
    ]


def _data(record: Record) -> dict[str, Any]:
    body = record.body
    kind, title, said = type(body).__name__.lower(), "", {}
    if isinstance(body, Event):
        kind, title, said = body.kind, body.name, body.properties
    elif isinstance(body, Identify):
        said = body.attributes
    elif isinstance(body, Group):
        title, said = f"{body.type} {body.key}", body.attributes
    elif isinstance(body, Receipt):
        title, said = body.metric, body.detail
    return {
        "time": show_iso(record.time),
        "received": show_iso(record.received),
        "kind": kind,
        "name": title,
        "who": dict(record.who),
        "data": timeline.plain(said),
    }


def _print(found: list[dict[str, Any]], json: bool) -> None:
    for data in found:
        if json:
            show.line_json(data)
        else:
            who = next(iter(data["who"].values()), "")
            show.plain(
                f"{data['received']}  {data['kind']:9} {data['name'] or '':24} {who:28} {timeline.brief(data['data'])}"
            )
