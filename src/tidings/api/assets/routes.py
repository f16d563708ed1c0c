"""Pictures: uploaded as drafts, put in each other's place, described, renamed, taken away and brought back."""

import asyncio
from typing import Annotated, Any, Final

from litestar import Request, delete, get, post, put
from litestar.params import Parameter
from msgspec import Struct

from tidings.api.edits import overtaken
from tidings.api.here import Here, actor_of, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.content import pictures
from tidings.content import store as kept
from tidings.kernel.times import show_iso
from tidings.project import library, pieces
from tidings.project.apply import Overtaken
from tidings.project.library import Held
from tidings.project.store import InForce
from tidings.settings import Settings
from tidings.teams import audit

_READ: Final = 16 << 20
"""Bytes of a body that are read, so that who sends too much gets to see the answer."""


class AssetUser(Struct):
    """Something that shows a picture. ``kind``: template, layout, snippet, or `brand` for the logo."""

    kind: str
    name: str


class AssetShown(Struct):
    """A picture. ``url``: its public address; ``path``: the same within this installation. ``type``: png, jpeg, gif or webp; ``size``: in
    bytes. ``says``: what it shows, offered as the alt text where it is put into a message. ``in_force``: False: no message has been
    published with it yet. ``draft``: who uploaded what is not published yet; null: nobody. ``liquid``: how messages name it."""

    name: str
    url: str
    path: str
    hash: str
    type: str
    width: int
    height: int
    size: int
    says: str
    in_force: bool
    draft: str | None
    changed: str | None
    used_by: list[AssetUser]
    liquid: str


class Assets(Struct):
    """All pictures by name. ``number``: of the definitions in force; ``held``: bytes of all that was ever uploaded, of ``most``."""

    assets: list[AssetShown]
    number: int
    held: int
    most: int


class AssetSays(Struct):
    """What a picture shows, in a few words; "": nothing that needs saying."""

    says: str


class AssetName(Struct):
    """What a picture is to be called, with its ending."""

    to: str


class AssetGone(Struct):
    """What it takes to bring a picture back. ``hash``: of what was shown last; ``number``: the definitions that still have it, null where
    no message was published with it."""

    name: str
    hash: str
    number: int | None


class AssetBack(Struct):
    """``hash``, ``number``: as `AssetGone` says."""

    hash: str
    number: int | None = None


@get("/assets", guards=[may("content:read")])
async def list_assets(here: Here, settings: Settings) -> Assets:
    """List pictures, with what uses them and what is not published yet."""
    async with here.pool.acquire() as connection:
        in_force, held = await library.read(connection, here.workspace.id)
        said = await kept.described(connection, here.workspace.id)
        size = await kept.held(connection, here.workspace.id)
    shown = [_shown(each, said.get(each.name, ""), settings) for each in held]
    return Assets(shown, in_force.number, size, kept.MOST)


@get("/assets/{name:str}", guards=[may("content:read")])
async def read_asset(name: str, here: Here, settings: Settings) -> AssetShown:
    """Show one picture."""
    return await _one(here, part(name), settings)


@post("/assets", guards=[may("content:edit")], request_max_body_size=_READ)
async def upload_asset(
    here: Here,
    settings: Settings,
    request: Request[Any, Any, Any],
    file: Annotated[str, Parameter(max_length=300, description="The file's name, of which the picture's is made.")],
) -> AssetShown:
    """Upload a picture: its bytes are the body. PNG, JPEG, GIF or WebP, at most 5 MB. What its file tells beside the picture (place,
    camera, author) is left out. Where the name is taken by another picture, it gets a number."""
    asset, data = await _read(request)
    async with here.pool.acquire() as connection, connection.transaction():
        name, fresh = await library.add(connection, here.workspace.id, file, asset, data, here.actor.name)
        if fresh:
            await audit.note(
                connection, here.workspace.id, here.actor, "uploaded", "asset", name, after=pictures.plain(asset)
            )
    return await _one(here, name, settings)


@put("/assets/{name:str}", guards=[may("content:edit")], request_max_body_size=_READ)
async def replace_asset(name: str, here: Here, settings: Settings, request: Request[Any, Any, Any]) -> AssetShown:
    """Put another picture of the same type in one's place: the body is its bytes. What is live shows the former one until
    this is published."""
    asset, data = await _read(request)
    async with here.pool.acquire() as connection, connection.transaction():
        _, held = await _held(connection, here, part(name))
        await library.replace(connection, here.workspace.id, held, asset, data, here.actor.name)
        before, after = pictures.plain(held.shown), pictures.plain(asset)
        await audit.note(
            connection, here.workspace.id, here.actor, "replaced", "asset", held.name, before=before, after=after
        )
    return await _one(here, held.name, settings)


@put("/assets/{name:str}/says", guards=[may("content:edit")])
async def describe_asset(name: str, data: AssetSays, here: Here) -> AssetSays:
    """Say what a picture shows, for who can't see it."""
    says = " ".join(data.says.split())
    if len(says) > 300:
        raise Refusal(400, "That is longer than 300 characters.", "Say it in one sentence.")
    async with here.pool.acquire() as connection, connection.transaction():
        _, held = await _held(connection, here, part(name))
        await kept.describe(connection, here.workspace.id, held.name, says)
        await audit.note(
            connection, here.workspace.id, here.actor, "described", "asset", held.name, after={"says": says}
        )
    return AssetSays(says)


@post("/assets/{name:str}/rename", guards=[may("content:edit")], status_code=200)
async def rename_asset(name: str, data: AssetName, here: Here, settings: Settings) -> AssetShown:
    """Call a picture otherwise, which nothing uses. One that is in force takes `journeys:publish`."""
    async with here.pool.acquire() as connection:
        in_force, held = await _held(connection, here, part(name))
    if held.in_force is not None:
        here.need("journeys:publish")
    try:
        await library.rename(here.pool, here.workspace.id, held, data.to, in_force, actor_of(here))
    except Overtaken as error:
        raise overtaken() from error
    async with here.pool.acquire() as connection:
        await audit.note(
            connection, here.workspace.id, here.actor, "renamed", "asset", data.to, before={"name": held.name}
        )
    return await _one(here, data.to, settings)


@delete("/assets/{name:str}", guards=[may("content:edit")], status_code=200)
async def delete_asset(name: str, here: Here, erase: bool = False) -> AssetGone:
    """Take a picture away that nothing uses; its address goes on answering, since mail that was sent shows it. One that is in force takes
    `journeys:publish`. ``erase``: for good, with its file: what was sent shows a gap then, and it can't be brought back; it takes
    `journeys:publish` too."""
    if erase:
        here.need("journeys:publish")
    async with here.pool.acquire() as connection:
        in_force, held = await _held(connection, here, part(name))
    library.unused(held)
    number = None
    if held.in_force is not None:
        here.need("journeys:publish")
        number = in_force.number
        try:
            await pieces.remove(
                here.pool, here.workspace.id, (library.KIND, held.name), over=number, actor=actor_of(here)
            )
        except Overtaken as error:
            raise overtaken() from error
    async with here.pool.acquire() as connection, connection.transaction():
        await library.discard(connection, here.workspace.id, held)
        if erase:
            await library.erase(connection, here.workspace.id, held)
        done = "erased" if erase else "deleted"
        await audit.note(
            connection, here.workspace.id, here.actor, done, "asset", held.name, before=pictures.plain(held.shown)
        )
    return AssetGone(held.name, held.shown.hash, number)


@post("/assets/{name:str}/restore", guards=[may("content:edit")], status_code=200)
async def restore_asset(name: str, data: AssetBack, here: Here, settings: Settings) -> AssetShown:
    """Bring a picture back that was deleted, or one that was shown before another was put in its place (as a draft)."""
    own = part(name)
    if len(data.hash) != 40 or not set(data.hash) <= set("0123456789abcdef"):
        raise Refusal(400, "`hash` is 40 hexadecimal digits.")
    async with here.pool.acquire() as connection:
        if await kept.lacking(connection, here.workspace.id, [data.hash]):
            raise Refusal(409, "There is no such picture any more.", "Upload it again.", code="erased")
    if data.number is not None:
        here.need("journeys:publish")
        piece = (library.KIND, own)
        await pieces.restore(here.pool, here.workspace.id, piece, number=data.number, actor=actor_of(here))
    async with here.pool.acquire() as connection, connection.transaction():
        await library.bring(connection, here.workspace.id, own, data.hash, here.actor.name)
        await audit.note(connection, here.workspace.id, here.actor, "restored", "asset", own, after={"hash": data.hash})
    return await _one(here, own, settings)


async def _read(request: Request[Any, Any, Any]) -> tuple[pictures.Asset, bytes]:
    data = await request.body()
    if len(data) > pictures.LARGEST:
        raise Refusal(
            413,
            f"The picture is larger than {pictures.LARGEST >> 20} MB.",
            "Save it smaller: a mail is some 600 pixels wide.",
        )
    return await asyncio.to_thread(pictures.read, data)


async def _held(connection: Any, here: Here, name: str) -> tuple[InForce, Held]:
    in_force, found = await library.one(connection, here.workspace.id, name)
    if found is None:
        raise Refusal(404, f"There is no picture `{name}`.", code="no_asset")
    return in_force, found


async def _one(here: Here, name: str, settings: Settings) -> AssetShown:
    async with here.pool.acquire() as connection:
        _, held = await _held(connection, here, name)
        said = await kept.described(connection, here.workspace.id)
    return _shown(held, said.get(name, ""), settings)


def _shown(held: Held, says: str, settings: Settings) -> AssetShown:
    asset, draft = held.shown, held.draft
    return AssetShown(
        held.name,
        pictures.address(settings.pictures, held.name, asset.hash),
        pictures.address("", held.name, asset.hash),
        asset.hash,
        asset.type,
        asset.width,
        asset.height,
        asset.size,
        says,
        held.in_force is not None,
        (draft.changed_by or "somebody") if draft is not None else None,
        show_iso(draft.changed_at) if draft is not None else None,
        [AssetUser(*each) for each in held.used_by],
        f"{{{{ assets['{held.name}'] }}}}",
    )
