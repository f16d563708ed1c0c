"""The pictures of a workspace: those in force, and beside them drafts, as every other document has one.

A picture that is uploaded is a draft: it has its address at once, previews show it, and it goes into force with the first message that
names it. One that is put in another's place is a draft too, until it is published by a plan that names the live journeys which show it.
"""

import time
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from tidings.content import pictures
from tidings.content import store as bytes_store
from tidings.content.pictures import Asset
from tidings.database.pool import Connection, Pool
from tidings.kernel.actor import Actor
from tidings.kernel.problems import Invalid, Problem
from tidings.project import renaming, store
from tidings.project.apply import Applied, put
from tidings.project.store import Draft, InForce
from tidings.project.uses import Piece, assets_of, users

KIND = "asset"


class Held(NamedTuple):
    """One picture. ``shown``: as it is in the workspace, draft or not; ``in_force``: as messages show it now, None: none does.
    ``used_by``: what names it, drafts too; kinds are those of documents, and `brand`."""

    name: str
    shown: Asset
    in_force: Asset | None
    draft: Draft | None
    used_by: list[Piece]


async def read(connection: Connection, workspace: int) -> tuple[InForce, list[Held]]:
    """Read what is in force, and every picture by name."""
    in_force = await store.newest(connection, workspace)
    return in_force, list(_held(in_force, await store.drafts(connection, workspace)))


async def one(connection: Connection, workspace: int, name: str) -> tuple[InForce, Held | None]:
    """Read one picture; None where there is none of that name."""
    in_force, held = await read(connection, workspace)
    return in_force, next((each for each in held if each.name == name), None)


async def unpublished(connection: Connection, in_force: InForce, name: str) -> Draft | None:
    """Give the draft of a picture that is not in force at all yet; None for every other name."""
    if not pictures.NAME.fullmatch(name) or name in in_force.body.get("assets", {}):
        return None
    return await store.draft(connection, in_force.workspace, KIND, name)


async def add(
    connection: Connection, workspace: int, file: str, asset: Asset, data: bytes, by: str
) -> tuple[str, bool]:
    """Keep a new picture under a name made of its file's; gives the name, and False where the very same was there already."""
    _, held = await read(connection, workspace)
    taken = {each.name: each.shown for each in held}
    name = wanted = pictures.name_for(file, asset)
    stem, _, ending = wanted.rpartition(".")
    number = 1
    while name in taken and taken[name] != asset:
        number += 1
        name = f"{stem[:58]}-{number}.{ending}"
    if name in taken:
        return name, False
    await _write(connection, workspace, name, asset, data, None, by)
    return name, True


async def replace(connection: Connection, workspace: int, held: Held, asset: Asset, data: bytes, by: str) -> None:
    """Put another picture in one's place. Raises Invalid where its name would be wrong for it."""
    if problems := pictures.check_name(held.name, asset):
        raise Invalid(problems)
    if asset == held.in_force:
        if held.draft is not None:
            await store.discard_draft(connection, workspace, KIND, held.name, held.draft.revision)
        return
    await _write(connection, workspace, held.name, asset, data, held.draft, by)


async def bring(connection: Connection, workspace: int, name: str, hash: str, by: str) -> None:
    """Make a draft of a picture whose bytes the workspace has: one that was shown before, or was deleted. Raises Invalid."""
    found = await bytes_store.pictures(connection, workspace, [hash])
    if hash not in found:
        raise Invalid([Problem("there is no such picture any more", "upload it again")])
    asset, data = pictures.read(found[hash])
    _, held = await one(connection, workspace, name)
    if held is not None:
        await replace(connection, workspace, held, asset, data, by)
        return
    if problems := pictures.check_name(name, asset):
        raise Invalid(problems)
    await _write(connection, workspace, name, asset, data, None, by)


async def discard(connection: Connection, workspace: int, held: Held) -> None:
    """Take the draft of a picture away."""
    if held.draft is not None:
        await store.discard_draft(connection, workspace, KIND, held.name, held.draft.revision)


async def rename(pool: Pool, workspace: int, held: Held, to: str, before: InForce, actor: Actor) -> Applied | None:
    """Call a picture otherwise, which nothing may use: what names it would not find it. None: it was a draft
    alone, nothing in force changed.

    Raises Invalid, Overtaken, and Unapproved where the workspace asks for approval.
    """
    unused(held)
    problems = pictures.check_name(to, held.shown)
    async with pool.acquire() as connection:
        _, other = await one(connection, workspace, to)
    if other is not None:
        problems.append(Problem(f"there is another picture `{to}`", "choose another name", ("to",)))
    if problems:
        raise Invalid(problems)
    if held.in_force is None:
        async with pool.acquire() as connection, connection.transaction():
            await renaming.carry(connection, workspace, held.name, to)
        return None
    assets = {name: document for name, document in before.body["assets"].items() if name != held.name}
    assets = dict(sorted({**assets, to: pictures.plain(held.in_force)}.items()))
    body = {**before.told, "assets": assets}
    return await put(pool, before, body, actor=actor, note=f"picture {held.name} called {to}")


async def erase(connection: Connection, workspace: int, held: Held) -> int:
    """Forget the bytes of a picture that was taken away, as it was shown and as it ever was under this name, but for what stands in the
    workspace under another name. Gives how many went."""
    rows = await connection.fetch(
        "SELECT DISTINCT body #>> ARRAY['assets', $2, 'hash'] FROM definitions WHERE workspace = $1",
        workspace,
        held.name,
    )
    _, others = await read(connection, workspace)
    kept = {asset.hash for each in others for asset in (each.shown, each.in_force) if asset is not None}
    return await bytes_store.erase(connection, workspace, {held.shown.hash, *(row[0] for row in rows if row[0])} - kept)


def unused(held: Held) -> None:
    """Pass where nothing uses a picture; raises Invalid with what does."""
    if held.used_by:
        named = ", ".join("the brand" if kind == "brand" else f"{kind} {name}" for kind, name in held.used_by)
        raise Invalid([Problem(f"`{held.name}` is used by: {named}", "take it out there first")])


def _held(in_force: InForce, drafts: list[Draft]) -> Iterator[Held]:
    there: Mapping[str, Any] = in_force.body.get("assets", {})
    own = {each.name: each for each in drafts if each.kind == KIND}
    names = sorted({*there, *own})
    uses = users(in_force.body)
    begun: dict[str, list[Piece]] = {}
    for each in drafts:
        text = each.body.get("text")
        for name in assets_of(text, names) if isinstance(text, str) else ():
            begun.setdefault(name, []).append((each.kind, each.name))
    for name in names:
        now = pictures.of(there[name]) if name in there else None
        draft = own.get(name)
        shown = pictures.of(draft.body) if draft is not None else now
        assert shown is not None
        used = list(dict.fromkeys([*uses.get((KIND, name), []), *begun.get(name, [])]))
        yield Held(name, shown, now, draft, used)


async def _write(
    connection: Connection, workspace: int, name: str, asset: Asset, data: bytes, draft: Draft | None, by: str
) -> None:
    now = time.time_ns() // 1000
    await bytes_store.keep(connection, workspace, asset, data, now)
    base = draft.base if draft is not None else (await store.newest(connection, workspace)).number
    revision = draft.revision + 1 if draft is not None else 1
    made = Draft(workspace, KIND, name, revision, base, pictures.plain(asset), by, now, by, now)
    if await store.write_draft(connection, made) is None:
        raise Invalid([Problem(f"somebody else has just uploaded `{name}`", "look at it first, then upload it again")])
