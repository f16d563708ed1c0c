"""What came in: the catalog of events and attributes, and the records that were accepted and could not be applied."""

import time
from typing import Annotated, Final

from litestar import get, post
from litestar.params import Parameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.access import list_sources
from tidings.kernel.times import show_iso
from tidings.people import catalog, rejected

_MOST: Final = 1000


class Rejections(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    rejected: list[shown.Rejected]
    next: int | None


class Again(Struct):
    """Numbers of the rejected list."""

    ids: list[int]


class Replayed(Struct):
    """How many records were put into the log once more."""

    replayed: int


class Line(Struct):
    """An event (``property`` "") or an attribute. ``kind``: track, page, screen, message, person, or a group's type. ``count``: how often
    it was seen; ``example``: a value, shortened."""

    kind: str
    name: str
    property: str
    types: list[str]
    times: int
    first: str
    last: str
    example: str


class Catalog(Struct):
    """Every event and attribute seen, by kind and name."""

    catalog: list[Line]


@get("/catalog", guards=[may("data:read")])
async def read_catalog(here: Here) -> Catalog:
    """List every event and attribute seen."""
    async with here.pool.acquire() as connection:
        found = await catalog.read(connection, here.workspace.id)
    return Catalog([Line(*seen[:5], show_iso(seen.first), show_iso(seen.last), seen.example) for seen in found])


@get("/rejected", guards=[may("data:read")])
async def list_rejected(
    here: Here,
    before: Annotated[int, Parameter(ge=0, le=1 << 62)] = 0,
    limit: Annotated[int, Parameter(ge=1, le=_MOST)] = 50,
) -> Rejections:
    """List records that were accepted and could not be applied, the newest first."""
    async with here.pool.acquire() as connection:
        found = await rejected.newest(connection, here.workspace.id, before=before or None, limit=limit)
        sources = {source.id: source.name for source in await list_sources(connection, here.workspace.id)}
    return Rejections([shown.refused(each, sources) for each in found], found[-1].id if len(found) == limit else None)


@post("/rejected/replay", guards=[may("data:edit")], status_code=200)
async def replay_rejected(data: Again, here: Here) -> Replayed:
    """Put records of the list into the log once more."""
    if not 1 <= len(data.ids) <= _MOST or not all(0 < id < 1 << 62 for id in data.ids):
        raise Refusal(400, f"`ids` is not a list of 1 to {_MOST} numbers of the rejected list")
    async with here.pool.acquire() as connection:
        count = await rejected.replay(connection, here.workspace.id, data.ids, time.time_ns() // 1000)
    return Replayed(count)
