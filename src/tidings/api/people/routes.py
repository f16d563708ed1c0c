"""People: the list, found by any identifier, and one person in full."""

from typing import Annotated

from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from tidings.api import shown
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.people import store


class People(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it; null on the last."""

    people: list[shown.Listed]
    next: int | None


@get("/people", guards=[may("people:read")])
async def list_people(
    here: Here,
    q: str = "",
    limit: Annotated[int, Parameter(ge=1, le=1000)] = 50,
    before: Annotated[int, Parameter(ge=0, le=1 << 62)] = 0,
    attributes: Annotated[str, Parameter(max_length=2_000)] = "",
) -> People:
    """List people, the newest first, or with ``q`` those it may mean: any identifier exactly, or the beginning of an email.

    ``attributes``: names, with commas between, of what is shown beside.
    """
    names = [name for name in attributes.split(",") if name]
    async with here.pool.acquire() as connection:
        if q:
            found = await store.search(connection, here.workspace.id, q, limit=limit)
            listed = await store.documents(connection, [id for _, id in found])
            return People([shown.listed(listed[id], names) for _, id in found if id in listed], None)
        rows = await store.newest(connection, here.workspace.id, before=before or None, limit=limit)
    more = rows[-1][0] if len(rows) == limit else None
    return People([shown.listed(person, names) for _, person in rows], more)
