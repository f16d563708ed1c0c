"""People: the list, sorted and found, and the attributes that it can be sorted by beside the columns it always has."""

from typing import Annotated, Final, NamedTuple

from litestar import delete, get, post
from litestar.params import Parameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.people import indexed, listing
from tidings.teams import audit

_ATTRIBUTE: Final = "attribute:"


class People(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    people: list[shown.Listed]
    next: str | None


class Index(Struct):
    """An attribute that is indexed. ``state``: marked (work on it has not begun), building (``done`` of ``total`` people are read),
    ready or dropping."""

    name: str
    state: str
    done: int
    total: int


class Indexes(Struct):
    """By name. ``most``: how many a workspace may have."""

    indexes: list[Index]
    most: int


class Attribute(Struct):
    """An attribute of people, by its name."""

    name: str


@get("/people", guards=[may("people:read")])
async def list_people(
    here: Here,
    q: str = "",
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 50,
    before: Annotated[str, Parameter(max_length=1_000)] = "",
    attributes: Annotated[str, Parameter(max_length=2_000)] = "",
    sort: Annotated[str, Parameter(max_length=500)] = "-created",
    segment: Annotated[str, Parameter(max_length=500)] = "",
    attribute: Annotated[str, Parameter(max_length=500)] = "",
    value: Annotated[str, Parameter(max_length=500)] = "",
) -> People:
    """List people, the newest first; or with ``q`` those it may mean: any identifier exactly, or the beginning of an id, an email or a
    name.

    ``sort``: created, last_seen, name, email, id, or ``attribute:NAME`` for an indexed attribute; with ``-`` before it, from the end.
    Who lacks it comes last. ``segment``: only its members. ``attribute`` and ``value``: only those whose indexed attribute is so:
    ``pro``, ``pro*`` (begins so) or ``10..20``, upper and lower case alike. ``attributes``: names, with commas between, of what is shown
    beside. With ``q`` there is one page, in the order of what was meant.
    """
    names = [name for name in attributes.split(",") if name]
    async with here.pool.acquire() as connection:
        narrowed = listing.Narrowed(segment)
        if attribute:
            number = await _ready(connection, here.workspace.id, attribute)
            narrowed = listing.Narrowed(segment, number, *indexed.span(value))
        if q:
            found = await listing.search(connection, here.workspace.id, q, narrowed=narrowed, limit=limit)
            return People([shown.listed(person, names) for person in found], None)
        order = await _order(connection, here.workspace.id, sort)
        try:
            after = listing.cursor(before, order.column) if before else None
        except ValueError as error:
            raise Refusal(400, f"`before`: {error}", "Pass `next` of the page before, and the same `sort`.") from error
        people, more = await listing.page(
            connection,
            here.workspace.id,
            order.column,
            attribute=order.attribute,
            descending=order.descending,
            narrowed=narrowed,
            after=after,
            limit=limit,
        )
    return People([shown.listed(person, names) for person in people], str(more) if more else None)


@get("/people/indexes", guards=[may("people:read")])
async def list_indexes(here: Here) -> Indexes:
    """List the attributes that people are sorted and searched by, and how far the work on each has come."""
    async with here.pool.acquire() as connection:
        return await _indexes(connection, here.workspace.id)


@post("/people/indexes", guards=[may("data:edit")], status_code=202)
async def add_index(data: Attribute, here: Here) -> Indexes:
    """Let an attribute be indexed: everybody is read once, in the background."""
    if not data.name.strip() or len(data.name) > 500:
        raise Refusal(400, "`name` is not the name of an attribute.", "Write it as the catalog shows it.")
    async with here.pool.acquire() as connection, connection.transaction():
        if not await indexed.mark(connection, here.workspace.id, data.name):
            says = f"This workspace has {indexed.MOST} indexed attributes, and that is as many as it may have."
            raise Refusal(409, says, "Let another one go first: each makes every change of a person dearer.")
        await audit.note(connection, here.workspace.id, here.actor, "indexed", "attribute", data.name)
        return await _indexes(connection, here.workspace.id)


@delete("/people/indexes", guards=[may("data:edit")], status_code=202)
async def drop_index(here: Here, name: Annotated[str, Parameter(max_length=500)]) -> Indexes:
    """Let an attribute be indexed no more."""
    async with here.pool.acquire() as connection, connection.transaction():
        if not await indexed.drop(connection, here.workspace.id, name):
            raise Refusal(404, f"`{name}` is not indexed.")
        await audit.note(connection, here.workspace.id, here.actor, "dropped the index of", "attribute", name)
        return await _indexes(connection, here.workspace.id)


async def _indexes(connection: Connection, workspace: int) -> Indexes:
    return Indexes([Index(*each) for each in await indexed.listed(connection, workspace)], indexed.MOST)


class _Order(NamedTuple):
    """``column`` of `listing.ORDERS`, or "" for the ``attribute``'s."""

    column: str
    attribute: int
    descending: bool


async def _order(connection: Connection, workspace: int, sort: str) -> _Order:
    named = sort.removeprefix("-")
    if named.startswith(_ATTRIBUTE):
        number = await _ready(connection, workspace, named.removeprefix(_ATTRIBUTE))
        return _Order("", number, sort != named)
    if named not in listing.ORDERS:
        known = ", ".join(listing.ORDERS)
        raise Refusal(400, f"People are not sorted by `{named}`.", f"They are by {known}, or by {_ATTRIBUTE}NAME.")
    return _Order(named, 0, sort != named)


async def _ready(connection: Connection, workspace: int, name: str) -> int:
    number = await indexed.ready(connection, workspace, name)
    if number is None:
        being = next((each for each in await indexed.listed(connection, workspace) if each.name == name), None)
        if being is not None and being.state in ("marked", "building"):
            raise Refusal(409, f"`{name}` is still being indexed: {being.done:,} of {being.total:,} people are read.")
        raise Refusal(400, f"`{name}` is not indexed.", "Mark it as indexed in the catalog, or ask by a rule.")
    return number
