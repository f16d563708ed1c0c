"""The routes of ``/api/``: people and what happened to them, deliveries, the rejected list, the catalog, moves of journeys."""

import time
from typing import Any, Final

from tidings import history
from tidings.api import entries, shown
from tidings.api.explained import explained
from tidings.api.manage import Call, Refusal, Routes
from tidings.database.access import list_sources
from tidings.database.pool import Connection
from tidings.delivery import store as deliveries
from tidings.delivery.clock import wall_clock
from tidings.delivery.compose import Unready, reading
from tidings.delivery.why import why as why_delivery
from tidings.delivery.workspaces import Workspaces
from tidings.history.kinds import EVENTS
from tidings.kernel.actor import Actor
from tidings.kernel.ids import home_of
from tidings.kernel.times import show_iso
from tidings.people import catalog, rejected, store
from tidings.people.control import is_control, share_of
from tidings.people.document import Person
from tidings.project import status
from tidings.project.store import newest

routes: Final = Routes()
_KINDS: Final = ("id", "email", "anonymous_id", "cio_id")
_PAGE: Final = 100
_MOST: Final = 1000
_TOGETHER: Final = 200
"""Rows that one record may cause: a page ends between two records."""


@routes("GET", "people/*/*", "people:read")
async def person(call: Call) -> Any:
    """Show the person an identifier names; its kind may be ``any``."""
    async with call.pool.acquire() as connection:
        who = await _person(call, connection)
        settings = (await newest(connection, call.workspace.id)).body.get("settings", {})
        return shown.person(who, is_control(who, share_of(settings)))


@routes("GET", "people/*/*/history", "people:read")
async def person_history(call: Call) -> Any:
    """Show what happened to a person and to whom they absorbed, the newest first; ``kind`` chooses."""
    kind = call.query.get("kind")
    if kind is not None and kind not in shown.KINDS:
        raise Refusal(400, f"`kind` is none of {', '.join(shown.KINDS)}")
    return await _timeline(call, [shown.KINDS[kind]] if kind else None)


@routes("GET", "people/*/*/events", "people:read")
async def person_events(call: Call) -> Any:
    """Show only events, of messages too."""
    return await _timeline(call, list(EVENTS.values()))


@routes("GET", "people/*/*/deliveries", "people:read")
async def person_deliveries(call: Call) -> Any:
    """Show a person's messages, the newest first."""
    limit, before = call.number("limit", 50, _MOST), call.number("before", 0, 1 << 62)
    async with call.pool.acquire() as connection:
        who = await _person(call, connection)
        found = await deliveries.of_person(connection, who.partition, who.id, before=before or None, limit=limit)
    more = found[-1].due if len(found) == limit else None
    return {"deliveries": [shown.delivery(each) for each in found], "next": more}


@routes("GET", "people/*/*/why/*", "people:read")
async def person_why(call: Call) -> Any:
    """Say why a person is, was or is not in a journey."""
    journey = call.arguments[2]
    async with call.pool.acquire() as connection:
        who = await _person(call, connection)
        told = await explained(connection, call.workspace, who, await _ids(connection, who), journey)
        sent = await deliveries.of_person(connection, who.partition, who.id)
    messages = [
        {"id": d.public, "template": d.template, "story": why_delivery(d)} for d in sent if d.journey == journey
    ]
    return {"answer": told.answer, "reasons": told.reasons, "path": told.path, "deliveries": messages}


@routes("GET", "deliveries/*", "deliveries:read")
async def delivery(call: Call) -> Any:
    """Show a delivery, with its story."""
    async with call.pool.acquire() as connection:
        found = await deliveries.fetch(connection, call.arguments[0])
    if found is None or found.workspace != call.workspace.id:
        raise Refusal(404, "there is no such delivery")
    return {**shown.delivery(found), "story": why_delivery(found)}


@routes("GET", "deliveries/*/content", "deliveries:read")
async def content(call: Call) -> Any:
    """Show what a delivery says, made again for the person as they are now."""
    async with call.pool.acquire() as connection:
        found = await deliveries.fetch(connection, call.arguments[0])
        if found is None or found.workspace != call.workspace.id:
            raise Refusal(404, "there is no such delivery")
        try:
            made = await reading(connection, Workspaces(), found, wall_clock())
        except Unready as error:
            raise Refusal(409, str(error)) from error
    if made is None:
        raise Refusal(404, "the person is gone")
    return {"subject": made.subject, "title": made.title, "text": made.text, "html": made.html}


@routes("GET", "journeys/*/shadow", "journeys:read")
async def in_shadow(call: Call) -> Any:
    """List the newest messages that a journey in shadow would have sent."""
    async with call.pool.acquire() as connection:
        found = await deliveries.in_shadow(connection, call.workspace.id, call.arguments[0])
    return {"deliveries": [shown.delivery(each) for each in found]}


@routes("GET", "rejected", "data:read")
async def rejected_list(call: Call) -> Any:
    """List records that were accepted and could not be applied, the newest first."""
    limit, before = call.number("limit", 50, _MOST), call.number("before", 0, 1 << 62)
    async with call.pool.acquire() as connection:
        found = await rejected.newest(connection, call.workspace.id, before=before or None, limit=limit)
        sources = {source.id: source.name for source in await list_sources(connection, call.workspace.id)}
    more = found[-1].id if len(found) == limit else None
    return {"rejected": [shown.refused(each, sources) for each in found], "next": more}


@routes("POST", "rejected/replay", "data:edit")
async def replay(call: Call) -> Any:
    """Put records of the list into the log once more: ``{"ids": [...]}``."""
    ids = call.body.get("ids")
    if (
        not isinstance(ids, list)
        or not 1 <= len(ids) <= _MOST
        or not all(type(id) is int and 0 < id < 1 << 62 for id in ids)
    ):
        raise Refusal(400, f"`ids` is not a list of 1 to {_MOST} numbers of the rejected list")
    async with call.pool.acquire() as connection:
        return {"replayed": await rejected.replay(connection, call.workspace.id, ids, time.time_ns() // 1000)}


@routes("GET", "catalog", "data:read")
async def catalog_list(call: Call) -> Any:
    """List every event and attribute seen."""
    async with call.pool.acquire() as connection:
        found = await catalog.read(connection, call.workspace.id)
    return {
        "catalog": [{**seen._asdict(), "first": show_iso(seen.first), "last": show_iso(seen.last)} for seen in found]
    }


routes("POST", "journeys/*/enter", "people:edit")(entries.enter)


@routes("POST", "journeys/*/*", "journeys:publish")
async def move(call: Call) -> Any:
    """Pause, resume, close or stop a journey; ``resume`` reads ``held`` (send, skip, shift) and ``rate``."""
    journey, command = call.arguments
    if command not in status.MOVES:
        raise Refusal(404, f"there is no command `{command}`", f"there are: {', '.join(status.MOVES)}")
    held, rate = call.body.get("held", "send"), call.body.get("rate", "")
    if not isinstance(held, str) or not isinstance(rate, str):
        raise Refusal(400, "`held` and `rate` are texts", 'for example {"held": "send", "rate": "100 per minute"}')
    done = await status.move(call.pool, call.workspace.id, journey, command, held, rate, Actor(call.actor))
    return {"journey": journey, "status": status.MOVES[command][1], "changed": done.changed, "number": done.number}


async def _timeline(call: Call, kinds: list[int] | None) -> Any:
    limit = call.number("limit", _PAGE, _MOST)
    async with call.pool.acquire() as connection:
        who = await _person(call, connection)
        places = [(home_of(id), id) for id in await _ids(connection, who)]
        rows = await history.of_person(connection, places, before=_cursor(call), kinds=kinds, limit=limit + _TOGETHER)
    end = limit
    while end < len(rows) and (rows[end].time, rows[end].id) == (rows[end - 1].time, rows[end - 1].id):
        end += 1
    listed = [shown.row(entry) for entry in rows[:end]]
    return {"history": listed, "next": listed[-1]["cursor"] if end < len(rows) else None}


def _cursor(call: Call) -> tuple[int, bytes] | None:
    text = call.query.get("before")
    if not text:
        return None
    at, mark, id = text.rpartition("-")
    try:
        found = (int(at), bytes.fromhex(id))
    except ValueError:
        found = (1 << 63, b"")
    if not mark or abs(found[0]) >= 1 << 62:
        raise Refusal(400, "`before` is not the `next` of a page")
    return found


async def _person(call: Call, connection: Connection) -> Person:
    kind, value = call.arguments[0], call.arguments[1]
    if kind not in (*_KINDS, "any"):
        raise Refusal(400, f"`{kind}` is no kind of identifier", f"use one of {', '.join(_KINDS)}, or `any`")
    for each in _KINDS if kind == "any" else (kind,):
        found = await store.find(connection, call.workspace.id, each, value)
        who = await store.fetch(connection, *found) if found else None
        if who is not None:
            return who
    raise Refusal(404, "nobody is known by this identifier")


async def _ids(connection: Connection, who: Person) -> list[bytes]:
    return [who.id, *(await store.absorbed(connection, [who.id])).get(who.id, [])]
