"""Folders, tags, the archive and favourites of journeys, segments, content and derived events."""

import time
from typing import Any, Final, Literal, cast

from litestar import get, put
from msgspec import Struct

from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.kernel.times import show_iso
from tidings.project import labels, store
from tidings.teams import audit

Kind = Literal["journey", "segment", "template", "layout", "snippet", "asset", "event"]
_READS: Final = {"journey": "journeys:read", "segment": "segments:read", "event": "data:read"}
_EDITS: Final = {"journey": "journeys:edit", "segment": "segments:edit", "event": "segments:edit"}
_ANY: Final = ("journeys:edit", "segments:edit", "content:edit")
"""What is asked of everybody: one of what the kinds take."""


class Label(Struct):
    """``archived``: since when; null where it stands in the lists. ``favourite``: of whoever asks."""

    kind: Kind
    name: str
    folder: str
    tags: list[str]
    archived: str | None
    archived_by: str
    favourite: bool


class Labels(Struct):
    """Of all that has any; what is not here has no folder, no tags, and is nobody's favourite."""

    labels: list[Label]


class Labelled(Struct):
    """``folder`` "": in none."""

    folder: str = ""
    tags: list[str] = []


class Switched(Struct):
    """Whether it is so from now on."""

    on: bool


@get("/labels", guards=[may("journeys:read")])
async def list_labels(here: Here) -> Labels:
    """List folders, tags, what is archived, and the favourites of whoever asks."""
    async with here.pool.acquire() as connection:
        found = await labels.read(connection, here.workspace.id, here.account.id if here.account else None)
        body = (await store.newest(connection, here.workspace.id)).body
    return Labels(
        [
            Label(
                cast(Kind, each.kind),
                each.name,
                each.folder,
                list(each.tags),
                show_iso(each.archived_at) if _is_away(each, body) and each.archived_at else None,
                each.archived_by,
                each.favourite,
            )
            for each in found
            if _READS.get(each.kind, "content:read") in here.permissions
        ]
    )


@put("/labels/{kind:str}/{name:str}", guards=[may(*_ANY)])
async def write_label(kind: Kind, name: str, data: Labelled, here: Here) -> Labelled:
    """Put a journey, segment, derived event or piece of content into a folder, and give it tags."""
    own = _permitted(here, kind, name)
    async with here.pool.acquire() as connection, connection.transaction():
        await _there(connection, here, kind, own)
        folder, tags = await labels.keep(connection, here.workspace.id, kind, own, data.folder, data.tags)
        what = (connection, here.workspace.id, here.actor, "labelled", kind, own)
        await audit.note(*what, after={"folder": folder, "tags": list(tags)})
    return Labelled(folder, list(tags))


@put("/labels/{kind:str}/{name:str}/archived", guards=[may(*_ANY)])
async def archive(kind: Kind, name: str, data: Switched, here: Here) -> Switched:
    """Put a journey that is closed, or a segment, derived event or content that nothing uses, into the archive; or take it out again."""
    own = _permitted(here, kind, name)
    async with here.pool.acquire() as connection, connection.transaction():
        await _there(connection, here, kind, own)
        if data.on:
            away = await labels.archived(connection, here.workspace.id)
            body = (await store.newest(connection, here.workspace.id)).body
            if using := labels.in_use(body, kind, own, away):
                if kind == "journey":
                    raise Refusal(
                        409,
                        f"`{labels.title(body, kind, own)}` is not closed.",
                        "Close it first; who is inside finishes.",
                        code="open",
                    )
                says = f"`{labels.title(body, kind, own)}` is used by {', '.join(using)}."
                raise Refusal(409, says, "Take it out there first.", code="in_use")
        at = time.time_ns() // 1000 if data.on else None
        await labels.archive(connection, here.workspace.id, kind, own, at, here.actor.name)
        said = "archived" if data.on else "restored"
        await audit.note(connection, here.workspace.id, here.actor, said, kind, own)
    return data


@put("/favourites/{kind:str}/{name:str}", guards=[may("journeys:read")])
async def favour(kind: Kind, name: str, data: Switched, here: Here) -> Switched:
    """Make something a favourite of whoever asks, or no more. Nobody else sees it."""
    if here.account is None:
        raise Refusal(403, "Favourites are of whoever is signed in; a key has none.", code="not_signed_in")
    async with here.pool.acquire() as connection, connection.transaction():
        if data.on:
            await _there(connection, here, kind, part(name))
        await labels.favour(connection, here.workspace.id, here.account.id, kind, part(name), data.on)
    return data


def _is_away(label: labels.Label, body: Any) -> bool:
    """A journey that was published again since is in the archive no more."""
    entry = body.get("journeys", {}).get(label.name) if label.kind == "journey" else None
    return entry is None or entry["status"] not in labels.OPEN


def _permitted(here: Here, kind: str, name: str) -> str:
    here.need(_EDITS.get(kind, "content:edit"))
    return part(name)


async def _there(connection: Connection, here: Here, kind: str, name: str) -> None:
    in_force = await store.newest(connection, here.workspace.id)
    if name in in_force.body.get(f"{kind}s", {}):
        return
    if await store.draft(connection, here.workspace.id, kind, name) is None:
        raise Refusal(404, f"There is no {kind} `{name}`.", code="not_found")
