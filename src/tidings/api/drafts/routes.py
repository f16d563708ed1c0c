"""Drafts: documents as somebody left them, faults and all, beside what is in force."""

from typing import Any, Final, Literal

from litestar import Request, Response, delete, get, put
from msgspec import Struct

from tidings.api.edits import etag, overtaken, revision_meant
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.kernel.times import show_iso
from tidings.project import drafts, store
from tidings.project.drafts import Stale
from tidings.teams import audit

Kind = Literal["journey", "event", "segment", "template", "layout", "snippet"]
_READS: Final = {"journey": "journeys:read", "segment": "segments:read", "event": "data:read"}
_EDITS: Final = {"journey": "journeys:edit", "segment": "segments:edit", "event": "segments:edit"}
_ANY: Final = ("journeys:edit", "segments:edit", "content:edit")
"""What is asked of everybody: one of what the kinds take."""


class Draft(Struct):
    """``body``: the plain document of a journey or segment, else ``{text, format}``. ``base``: the definitions it was begun from."""

    kind: str
    name: str
    revision: int
    base: int
    body: dict[str, Any]
    made_by: str
    made: str
    changed_by: str
    changed: str


class Drafts(Struct):
    """All drafts of the workspace, by kind and name."""

    drafts: list[Draft]


class Written(Struct):
    """What a draft is to be."""

    body: dict[str, Any]


@get("/drafts", guards=[may("journeys:read")])
async def list_drafts(here: Here, kind: Kind | None = None, name: str = "") -> Drafts:
    """List drafts, of the kinds that the caller may read; of one ``kind``, or called by one ``name``, where that is said."""
    async with here.pool.acquire() as connection:
        found = await store.drafts(connection, here.workspace.id, kind or "", name)
    return Drafts([_draft(each) for each in found if _READS.get(each.kind, "content:read") in here.permissions])


@get("/drafts/{kind:str}/{name:str}", guards=[may("journeys:read")])
async def read_draft(kind: Kind, name: str, here: Here) -> Response[Draft]:
    """Read a draft; its revision is the ETag. It takes what reading the kind takes: `content:read` for a template."""
    here.need(_READS.get(kind, "content:read"))
    async with here.pool.acquire() as connection:
        found = await store.draft(connection, here.workspace.id, kind, part(name))
    if found is None:
        raise Refusal(404, f"There is no draft of {kind} `{part(name)}`.", code="no_draft")
    return Response(_draft(found), headers=etag(found.revision))


@put("/drafts/{kind:str}/{name:str}", guards=[may(*_ANY)])
async def write_draft(
    kind: Kind, name: str, data: Written, here: Here, request: Request[Any, Any, Any]
) -> Response[Draft]:
    """Write a draft over the revision named in If-Match; the first one with ``If-None-Match: *``. It takes what editing the kind takes:
    `journeys:edit` for a journey, `segments:edit` for a segment or derived event, else `content:edit`."""
    here.need(_EDITS.get(kind, "content:edit"))
    revision, by = revision_meant(request), here.actor.name
    async with here.pool.acquire() as connection, connection.transaction():
        try:
            written = await drafts.write(
                connection, here.workspace.id, kind, part(name), data.body, seen=revision, by=by
            )
        except Stale as stale:
            raise overtaken(stale.found.changed_by if stale.found else "") from stale
        if revision == 0:
            await audit.note(connection, here.workspace.id, here.actor, "began", f"draft of {kind}", part(name))
    return Response(_draft(written), headers=etag(written.revision))


@delete("/drafts/{kind:str}/{name:str}", guards=[may(*_ANY)], status_code=204)
async def discard_draft(kind: Kind, name: str, here: Here, request: Request[Any, Any, Any]) -> None:
    """Discard the draft of the revision named in If-Match. It takes what editing the kind takes, as for writing it."""
    here.need(_EDITS.get(kind, "content:edit"))
    async with here.pool.acquire() as connection, connection.transaction():
        before = await store.draft(connection, here.workspace.id, kind, part(name))
        if before is None:
            raise Refusal(404, f"There is no draft of {kind} `{part(name)}`.", code="no_draft")
        try:
            await drafts.discard(connection, here.workspace.id, kind, part(name), seen=revision_meant(request))
        except Stale as stale:
            raise overtaken(before.changed_by) from stale
        what = (connection, here.workspace.id, here.actor, "discarded", f"draft of {kind}", part(name))
        await audit.note(*what, before=before.body)


def _draft(each: store.Draft) -> Draft:
    return Draft(
        each.kind,
        each.name,
        each.revision,
        each.base,
        dict(each.body),
        each.made_by,
        show_iso(each.made_at),
        each.changed_by,
        show_iso(each.changed_at),
    )
