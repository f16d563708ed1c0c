"""The audit log: everything that was changed here, by whom, from what to what."""

from typing import Annotated, Any

from litestar import get
from litestar.params import Parameter
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.permit import may
from tidings.kernel.times import show_iso
from tidings.teams import audit


class Entry(Struct):
    """``actor`` ``what`` the ``kind`` ``name``. ``before``, ``after``: null where there was, or is, nothing."""

    id: int
    at: str
    actor: str
    what: str
    kind: str
    name: str
    before: Any
    after: Any


class Log(Struct):
    """A page. ``next``: to be passed as ``before`` for the page after it."""

    entries: list[Entry]
    next: int | None


@get("/audit", guards=[may("audit:read")])
async def list_audit(
    here: Here,
    q: str = "",
    kind: str = "",
    limit: Annotated[int, Parameter(ge=1, le=500)] = 50,
    before: Annotated[int, Parameter(ge=0)] = 0,
) -> Log:
    """Read the audit log, the newest first."""
    async with here.pool.acquire() as connection:
        rows = await audit.newest(connection, here.workspace.id, before=before or None, limit=limit, kind=kind, q=q)
    entries = [Entry(r.id, show_iso(r.at), r.actor, r.what, r.kind, r.name, r.before, r.after) for r in rows]
    return Log(entries, rows[-1].id if len(rows) == limit else None)
