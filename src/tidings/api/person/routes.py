"""One person, named by an identifier of any kind: in full, what happened, their messages, and why they are or are not in a journey."""

from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter, QueryParameter
from msgspec import Struct

from tidings import history
from tidings.api import shown
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.delivery import store as deliveries
from tidings.delivery.why import why
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import home_of, partition_of
from tidings.kernel.problems import Invalid
from tidings.kernel.times import parse_iso, show_iso
from tidings.people import links, lookup
from tidings.people.control import is_control, share_of
from tidings.people.document import Person
from tidings.processor import groups
from tidings.project import explain
from tidings.project.also import Also
from tidings.project.store import newest

KINDS: Final = ("id", "email", "anonymous_id", "cio_id")
_TOGETHER: Final = 200
"""Rows that one record may cause: a page ends between two records."""
Limit = Annotated[int, Parameter(ge=1, le=1000)]


class History(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    history: list[shown.Row]
    next: str | None


class Messages(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    deliveries: list[shown.Message]
    next: int | None


class Story(Struct):
    """A message of a journey, and in sentences what became of it."""

    id: str
    template: str
    story: list[str]


class Move(Struct):
    """What happened to a run: ``what``, such as `entered`, `waiting` or `exited`; ``step``: at which, by its id. ``version``: by which, 0
    where that says nothing."""

    at: str
    what: str
    step: str
    version: int
    why: str


class Why(Struct):
    """``answer``: one sentence; ``reasons``: what it rests on; ``path``: what the record says happened, oldest first, a line each, and
    ``moves`` the same in its parts; ``false``: of the reasons those clauses that should hold and do not, each with when it last did. Steps
    stand between backticks, by their ids."""

    answer: str
    reasons: list[str]
    path: list[str]
    deliveries: list[Story]
    false: list[shown.Clause]
    moves: list[Move]


@get("/people/{kind:str}/{value:str}", guards=[may("people:read")])
async def read_person(kind: str, value: str, here: Here) -> shown.Whole:
    """Read the person an identifier names; its kind may be ``any``."""
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        settings = (await newest(connection, here.workspace.id)).body.get("settings", {})
        found = shown.person(who, is_control(who, share_of(settings)))
        # a member keeps of a group only what rules name; here all of it is shown
        keys = [_group_key(here.workspace.id, each) for each in found.groups]
        whole = await groups.load(connection, keys)
    for each, key in zip(found.groups, keys, strict=True):
        each.attributes = whole[key].attributes if key in whole else each.attributes
    return found


@get("/people/{kind:str}/{value:str}/history", guards=[may("people:read")])
async def person_history(
    kind: str,
    value: str,
    here: Here,
    of: Annotated[str, QueryParameter(name="kind")] = "",
    before: str = "",
    limit: Limit = 100,
) -> History:
    """List what happened to a person and to whom they absorbed, the newest first; the query's ``kind`` chooses."""
    if of and of not in shown.KINDS:
        raise Refusal(400, f"`kind` is none of {', '.join(shown.KINDS)}")
    return await _timeline(here, kind, value, [shown.KINDS[of]] if of else None, before, limit)


@get("/people/{kind:str}/{value:str}/events", guards=[may("people:read")])
async def person_events(kind: str, value: str, here: Here, before: str = "", limit: Limit = 100) -> History:
    """List only events, of messages too."""
    return await _timeline(here, kind, value, list(EVENTS.values()), before, limit)


@get("/people/{kind:str}/{value:str}/deliveries", guards=[may("people:read")])
async def person_deliveries(
    kind: str, value: str, here: Here, before: Annotated[int, Parameter(ge=0, le=1 << 62)] = 0, limit: Limit = 50
) -> Messages:
    """List a person's messages, the newest first."""
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        found = await deliveries.of_person(connection, who.partition, who.id, before=before or None, limit=limit)
    return Messages([shown.message(each) for each in found], found[-1].due if len(found) == limit else None)


@get("/people/{kind:str}/{value:str}/why/{journey:str}", guards=[may("people:read")])
async def person_why(kind: str, value: str, journey: str, here: Here, at: str = "") -> Why:
    """Say why a person is, was or is not in a journey; ``at``: as of a moment of the past, ISO 8601 (left out: now)."""
    id, moment = part(journey), moment_of(at)
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        try:
            told = await explain.journey(connection, here.workspace, who, await _ids(connection, who), id, moment)
        except Invalid as error:
            raise Refusal(404, error.problems[0].message, error.problems[0].hint) from None
        sent = await deliveries.of_person(connection, who.partition, who.id)
    messages = [
        Story(each.public, each.template, why(each, moment))
        for each in sent
        if each.journey == id and (moment is None or each.due <= moment)
    ]
    moves = [Move(show_iso(each.time), each.what, each.step, each.version, each.why) for each in told.moves]
    return Why(told.answer, told.reasons, told.path, messages, list(map(shown.clause, told.false)), moves)


def moment_of(at: str) -> int | None:
    """Read a moment of the past; "" is now. Raises `Refusal`."""
    moment = parse_iso(at) if at else None
    if at and moment is None:
        raise Refusal(400, f"`at` is no time: {at!r}", "write for example 2026-03-02T09:00:00Z")
    return moment


async def find(connection: Connection, here: Here, kind: str, value: str) -> Person:
    """Find the person a path names: its parts as the route got them. Raises `Refusal`."""
    if kind not in (*KINDS, "any"):
        raise Refusal(400, f"`{part(kind)}` is no kind of identifier", f"use one of {', '.join(KINDS)}, or `any`")
    for each in KINDS if kind == "any" else (kind,):
        found = await lookup.find(connection, here.workspace.id, each, part(value))
        who = await lookup.fetch(connection, *found) if found else None
        if who is not None:
            return who
    raise Refusal(404, "Nobody is known by this.", "Whoever was forgotten or suppressed is here no more.")


def _group_key(workspace: int, each: shown.Group) -> groups.Key:
    return partition_of(workspace, "group:" + each.type, each.key), workspace, each.type, each.key


async def _timeline(here: Here, kind: str, value: str, kinds: list[int] | None, before: str, limit: int) -> History:
    begin = _cursor(before)
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        places = [(home_of(id), id) for id in await _ids(connection, who)]
        rows = await history.of_person(connection, places, before=begin, kinds=kinds, limit=limit + _TOGETHER)
        also = Also((await newest(connection, here.workspace.id)).body)
    end = limit
    while end < len(rows) and (rows[end].time, rows[end].id) == (rows[end - 1].time, rows[end - 1].id):
        end += 1
    listed = [shown.row(entry, also) for entry in rows[:end]]
    return History(listed, listed[-1].cursor if end < len(rows) else None)


def _cursor(text: str) -> tuple[int, bytes] | None:
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


async def _ids(connection: Connection, who: Person) -> list[bytes]:
    return [who.id, *(await links.absorbed(connection, [who.id])).get(who.id, [])]
