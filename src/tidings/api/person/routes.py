"""One person, named by an identifier of any kind: in full, what happened, their messages, and why they are or are not in a journey."""

from typing import Annotated

from litestar import get
from litestar.params import Parameter, QueryParameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.person.export import export_history
from tidings.api.person.found import find, ids
from tidings.api.person.timeline import History, kinds_of, timeline
from tidings.api.problem import Refusal
from tidings.delivery import listing as deliveries
from tidings.history.kinds import EVENTS
from tidings.kernel.ids import partition_of
from tidings.kernel.problems import Invalid
from tidings.kernel.times import parse_iso, show_iso
from tidings.people.control import is_control, share_of
from tidings.processor import groups
from tidings.project import explain
from tidings.project.store import newest

__all__ = ["export_history"]
Limit = Annotated[int, Parameter(ge=1, le=1000)]


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
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        body = (await newest(connection, here.workspace.id)).body
        return await timeline(connection, body, who, kinds_of(of), before, limit, q, oldest)


@get("/people/{kind:str}/{value:str}/events", guards=[may("people:read")])
async def person_events(kind: str, value: str, here: Here, before: str = "", limit: Limit = 100) -> History:
    """List only events, of messages too."""
    async with here.pool.acquire() as connection:
        who = await find(connection, here, kind, value)
        body = (await newest(connection, here.workspace.id)).body
        return await timeline(connection, body, who, list(EVENTS.values()), before, limit)


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
            told = await explain.journey(connection, here.workspace, who, await ids(connection, who), id, moment)
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


def _group_key(workspace: int, each: shown.Group) -> groups.Key:
    return partition_of(workspace, "group:" + each.type, each.key), workspace, each.type, each.key
