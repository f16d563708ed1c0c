"""One person, named by an identifier of any kind: in full, what happened, their messages, and why they are or are not in a journey."""

from typing import Annotated, Final

from litestar import get
from litestar.params import Parameter, QueryParameter
from msgspec import Struct

from tidings import history
from tidings.api import shown
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.person.search import Search
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.delivery import listing as deliveries
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
_ALIKE: Final = 200
"""Rows of one record that nothing tells apart, as those written before rows had a number: a page does not end within them."""
_LOOKED: Final = 1000
"""Rows that a search looks through for one page."""
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
    q: str = "",
    before: str = "",
    limit: Limit = 100,
    oldest: bool = False,
) -> History:
    """List what happened to a person and to whom they absorbed, the newest first, or with ``oldest`` the other way round; the query's
    ``kind`` chooses.

    ``q``: a part of what a row says, of where it came from, or of what its journey, segment or message is called. It is looked for in
    some hundreds of rows at a time, so a page may be short, or empty, and have a ``next``."""
    if of and of not in shown.KINDS:
        raise Refusal(400, f"`kind` is none of {', '.join(shown.KINDS)}")
    return await _timeline(here, kind, value, [shown.KINDS[of]] if of else None, before, limit, q, oldest)


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
        sent = await explain.messages(connection, here.workspace, who, id, moment)
    messages = [Story(each.public, each.template, story) for each, story in sent]
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


async def _timeline(
    here: Here,
    kind: str,
    value: str,
    kinds: list[int] | None,
    before: str,
    limit: int,
    q: str = "",
    oldest: bool = False,
) -> History:
    behind = _spot(before) if before else None
    most = max(limit, _LOOKED if q else 0) + _ALIKE
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        places = [(home_of(id), id) for id in await _ids(connection, who)]
        rows = await history.timeline(connection, places, behind=behind, kinds=kinds, oldest=oldest, limit=most)
        body = (await newest(connection, here.workspace.id)).body
    if more := len(rows) == most:
        rows = [each for each in rows if each[0] != rows[-1][0]] or rows
    also, search = Also(body), Search(q, body)
    listed: list[shown.Row] = []
    for n, (spot, entry) in enumerate(rows):
        if len(listed) >= limit and spot != rows[n - 1][0]:
            return History(listed, _cursor(rows[n - 1][0]))
        row = shown.row(entry, _cursor(spot), also)
        if search.finds(row):
            listed.append(row)
    return History(listed, _cursor(rows[-1][0]) if more else None)


def _cursor(spot: history.Spot) -> str:
    return f"{spot.time}.{spot.received}.{spot.place}.{spot.seq}.{spot.id.hex()}"


def _spot(text: str) -> history.Spot:
    *numbers, id = text.split(".")
    try:
        time, received, place, seq = map(int, numbers)
        spot = history.Spot(time, received, place, seq, bytes.fromhex(id))
    except ValueError:
        raise Refusal(400, "`before` is not the `next` of a page") from None
    if any(abs(number) >= 1 << 62 for number in spot[:4]):
        raise Refusal(400, "`before` is not the `next` of a page")
    return spot


async def _ids(connection: Connection, who: Person) -> list[bytes]:
    return [who.id, *(await links.absorbed(connection, [who.id])).get(who.id, [])]
