"""Sources: the keys by which records come in, and app keys with what they may."""

from collections.abc import Collection
from typing import Any, Literal

from litestar import Request, delete, get, patch, post
from litestar.response import ServerSentEvent
from msgspec import Struct

from tidings.api import live
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.database.access import create_source, draw_credential, hash_key, read_signing
from tidings.database.pool import Connection
from tidings.kernel.times import show_iso
from tidings.people import catalog
from tidings.settings import Settings
from tidings.teams import audit, sources
from tidings.teams.key import WrongKey, installation_key, seal, unseal
from tidings.teams.permissions import ALL, KEYS


class Source(Struct):
    """``hint``: the key's last characters. ``scopes``: what an app key may; null: what app keys may unless told otherwise. ``disabled``:
    what comes with it is refused. ``shown``: its key can be read again."""

    id: int
    name: str
    kind: str
    public: bool
    hint: str
    scopes: list[str] | None
    made_by: str
    made: str
    last_used: str | None
    disabled: bool = False
    shown: bool = False


class Sources(Struct):
    """All sources, the newest first."""

    sources: list[Source]


class Wanted(Struct):
    """A new source."""

    name: str
    kind: Literal["write_key", "track", "app"]
    public: bool = False
    scopes: list[str] | None = None


class Made(Struct):
    """``key``: shown this once. ``signing_secret``: of a public key, by which a server signs user ids; null for any other."""

    name: str
    key: str
    signing_secret: str | None = None


class SourceChange(Struct):
    """What to change of a source."""

    name: str | None = None
    disabled: bool | None = None


class Arrival(Struct):
    """An event that was seen for the first time, or again."""

    kind: str
    name: str
    count: int
    last: str


@get("/sources", guards=[may("keys:read")])
async def list_sources(here: Here) -> Sources:
    """List sources; no key is ever shown again."""
    async with here.pool.acquire() as connection:
        return Sources([_source(row) for row in await sources.listed(connection, here.workspace.id)])


@post("/sources", guards=[may("keys:edit")], status_code=201)
async def make_source(data: Wanted, here: Here, settings: Settings) -> Made:
    """Make a source, and show its key once."""
    name = data.name.strip()
    unknown = sorted(set(data.scopes or ()) - ALL)
    if not 1 <= len(name) <= 60:
        raise Refusal(400, "Write a name of up to 60 characters.", faults=[Fault("Write a name.", "name")])
    if unknown or (data.scopes is not None and data.kind != "app"):
        raise Refusal(400, f"`{unknown[0]}` is no permission." if unknown else "Only app keys have scopes.")
    if data.public and data.kind != "write_key":
        raise Refusal(400, "Only a write key can be public.", faults=[Fault("It can't be public.", "public")])
    _no_more_than_own(here, data.kind, data.scopes)
    async with here.pool.acquire() as connection, connection.transaction():
        try:
            async with connection.transaction():
                key = await create_source(connection, here.workspace.id, name, data.kind, public=data.public)
        except ValueError:
            raise _taken(name) from None
        sealed = _sealed(settings, here, data.kind, key)
        await sources.describe_source(connection, here.workspace.id, name, here.actor.name, data.scopes, sealed)
        after = {"kind": data.kind, "public": data.public, "scopes": data.scopes}
        await audit.note(connection, here.workspace.id, here.actor, "made", "source", name, after=after)
        return await _made(connection, here, name, key)


@delete("/sources/{id:int}", guards=[may("keys:edit")], status_code=204)
async def revoke_source(id: int, here: Here) -> None:
    """Take a key's right away, at once."""
    async with here.pool.acquire() as connection, connection.transaction():
        rows = [await _row(connection, here, id)]
        await sources.remove_source(connection, here.workspace.id, id)
        before = {"kind": rows[0]["kind"], "public": rows[0]["public"], "scopes": rows[0]["scopes"]}
        await audit.note(connection, here.workspace.id, here.actor, "revoked", "source", rows[0]["name"], before=before)


@patch("/sources/{id:int}", guards=[may("keys:edit")], status_code=204)
async def change_source(id: int, data: SourceChange, here: Here) -> None:
    """Rename a source, switch it off (what comes with its key is refused, at once) or on again."""
    async with here.pool.acquire() as connection, connection.transaction():
        row = await _row(connection, here, id)
        name = row["name"] if data.name is None else data.name.strip()
        disabled = row["disabled"] if data.disabled is None else data.disabled
        if not 1 <= len(name) <= 60:
            raise Refusal(400, "Write a name of up to 60 characters.", faults=[Fault("Write a name.", "name")])
        if not await sources.change_source(connection, here.workspace.id, id, name, disabled):
            raise _taken(name)
        before, after = ({"name": row["name"], "disabled": row["disabled"]}, {"name": name, "disabled": disabled})
        await audit.note(
            connection, here.workspace.id, here.actor, "changed", "source", row["name"], before=before, after=after
        )


@post("/sources/{id:int}/rotate", guards=[may("keys:edit")], status_code=200)
async def rotate_source(id: int, here: Here, settings: Settings) -> Made:
    """Give a source a new key; the one before is void at once."""
    async with here.pool.acquire() as connection, connection.transaction():
        row = await _row(connection, here, id)
        _no_more_than_own(here, row["kind"], row["scopes"])
        key = draw_credential(row["kind"])
        sealed = _sealed(settings, here, row["kind"], key)
        await sources.rotate_source(connection, here.workspace.id, id, hash_key(key), key[-4:], sealed, here.actor.name)
        await audit.note(connection, here.workspace.id, here.actor, "gave a new key to", "source", row["name"])
        return await _made(connection, here, row["name"], key)


@get("/sources/{id:int}/key", guards=[may("keys:edit")])
async def read_key(id: int, here: Here, settings: Settings) -> Made:
    """Show the key of a source that sends. An app key, and one that was made at the command line, is never shown again."""
    async with here.pool.acquire() as connection:
        row = await _row(connection, here, id)
        if row["sealed"] is None:
            raise Refusal(409, "This key can't be shown again.", "Give the source a new one.", code="not_kept")
        try:
            key = unseal(installation_key(settings), row["sealed"], _about(here))
        except WrongKey as error:
            raise Refusal(503, "This key can't be shown on this machine.", str(error), code="wrong_key") from error
        return await _made(connection, here, row["name"], key)


@get("/sources/arrivals", guards=[may("data:read")], media_type="text/event-stream")
async def arrivals(here: Here, request: Request[Any, Any, Any]) -> ServerSentEvent:
    """Tell, as it happens, which events products sent: an event stream of arrivals."""

    async def look(since: str) -> list[tuple[str, Any]]:
        async with here.pool.acquire() as connection:
            seen = await catalog.read(connection, here.workspace.id, "events")
        after = int(since) if since.isdecimal() else 0
        found = sorted((each for each in seen if each.last > after), key=lambda each: each.last)
        return [(str(each.last), Arrival(each.kind, each.name, each.times, show_iso(each.last))) for each in found]

    return live.stream(look, request.headers.get("last-event-id", ""))


def _taken(name: str) -> Refusal:
    says = f"A source or an API key is called `{name}` already."
    return Refusal(409, says, "They share their names: choose another.", faults=[Fault(says, "name")])


def _no_more_than_own(here: Here, kind: str, scopes: Collection[str] | None) -> None:
    """See that whoever gets to hold an app key may do all that it may; without scopes it may what every app key may."""
    if kind == "app":
        beyond = sorted((KEYS if scopes is None else frozenset(scopes)) - here.permissions)
        if beyond:
            says = f"A key with `{beyond[0]}` may do what you may not."
            raise Refusal(403, says, "Give the key scopes that you have yourself.", code="not_permitted")


async def _row(connection: Connection, here: Here, id: int) -> Any:
    for row in await sources.listed(connection, here.workspace.id):
        if row["id"] == id:
            return row
    raise Refusal(404, "There is no such key.")


async def _made(connection: Connection, here: Here, name: str, key: str) -> Made:
    return Made(name, key, await read_signing(connection, here.workspace.id, name) or None)


def _sealed(settings: Settings, here: Here, kind: str, key: str) -> str | None:
    """Keys that send stand in configuration anyway, and are looked up again; what an app key opens is worth more."""
    return None if kind == "app" else seal(installation_key(settings), key, _about(here))


def _about(here: Here) -> str:
    return f"source of workspace {here.workspace.id}"


def _source(row: Any) -> Source:
    used = row["used_at"]
    return Source(
        row["id"],
        row["name"],
        row["kind"],
        row["public"],
        row["hint"],
        row["scopes"],
        row["made_by"],
        show_iso(row["made_at"]),
        show_iso(used) if used else None,
        row["disabled"],
        row["sealed"] is not None,
    )
