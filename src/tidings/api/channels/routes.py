"""Channels, the providers that can carry them with what each asks for, secrets that are given here, and a test."""

from typing import Any

import msgspec
from litestar import delete, get, post, put
from msgspec import Struct

from tidings.api.here import Here, part
from tidings.api.limits import by_hand
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.api.settings.routes import check_names
from tidings.channels import configure, registry, secrets
from tidings.channels.means import means_for, means_of
from tidings.channels.provider import Provider
from tidings.delivery.trial import Handed, send
from tidings.kernel.problems import Invalid
from tidings.kernel.times import show_iso
from tidings.project import store
from tidings.settings import Settings
from tidings.teams import audit
from tidings.teams.key import installation_key


class Asks(Struct):
    """A provider. ``schema``: the JSON Schema of its settings; fields that end with ``_env`` name a secret."""

    name: str
    title: str
    schema: dict[str, Any]


class ChannelAsks(Struct):
    """``address``: what a person needs to be reached."""

    name: str
    title: str
    address: str
    providers: list[Asks]


class Secret(Struct):
    """A stored secret; its value is never shown. ``hint``: its last characters."""

    name: str
    hint: str
    made_by: str
    made: str


class Channels(Struct):
    """Every channel there is, and the workspace's stored secrets."""

    channels: list[ChannelAsks]
    secrets: list[Secret]


class SecretValue(Struct):
    """A secret's value."""

    value: str


class ChannelTest(Struct):
    """A test. ``settings``: those to try, null: those in force. ``to``: an address on the channel. ``sender``: of mail, one of the
    workspace's senders by name; "": the workspace's own."""

    to: str
    settings: dict[str, Any] | None = None
    sender: str = ""


@get("/channels", guards=[may("settings:read")])
async def list_channels(here: Here) -> Channels:
    """List channels with their providers, and the secrets that were given here."""
    async with here.pool.acquire() as connection:
        kept = await secrets.kept(connection, here.workspace.id)
    return Channels(
        [
            ChannelAsks(each.name, each.title, each.address, [_asks(provider) for provider in each.providers.values()])
            for each in registry().values()
        ],
        [Secret(each.name, each.hint, each.made_by, show_iso(each.made_at)) for each in kept],
    )


@put("/secrets/{name:str}", guards=[may("settings:edit")], status_code=204)
async def keep_secret(name: str, data: SecretValue, here: Here, settings: Settings) -> None:
    """Store a secret, in place of an earlier one; it can't be read again, only used."""
    if not secrets.NAME.fullmatch(name):
        raise Refusal(400, "A secret's name is capital letters, digits and _.", "For example EMAIL_SMTP_PASSWORD.")
    if not 1 <= len(data.value) <= secrets.LARGEST:
        raise Refusal(400, "Write the secret.", faults=[Fault("Write the secret.", "value")])
    async with here.pool.acquire() as connection, connection.transaction():
        key = installation_key(settings)
        await secrets.keep(connection, here.workspace.id, name, data.value, key, here.actor.name)
        await audit.note(connection, here.workspace.id, here.actor, "set", "secret", name)


@delete("/secrets/{name:str}", guards=[may("settings:edit")], status_code=204)
async def remove_secret(name: str, here: Here) -> None:
    """Forget a secret."""
    async with here.pool.acquire() as connection, connection.transaction():
        if not await secrets.remove(connection, here.workspace.id, part(name)):
            raise Refusal(404, "There is no such secret.")
        await audit.note(connection, here.workspace.id, here.actor, "removed", "secret", part(name))


@post("/channels/{channel:str}/test", guards=[may("settings:edit")], status_code=200)
async def test_channel(channel: str, data: ChannelTest, here: Here, settings: Settings) -> Handed:
    """Send a test, and say what became of it in plain words."""
    known = registry().get(part(channel))
    if known is None:
        raise Refusal(404, "There is no such channel.")
    by_hand(here.workspace.id)
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        owner = await secrets.owner(connection, here.workspace.id)
    own = in_force.body.get("settings") or {}
    table = data.settings if data.settings is not None else (own.get("channels") or {}).get(known.name)
    if table is None:
        raise Refusal(409, f"{known.title} has no provider yet.", "Choose one first.")
    check_names({known.name: table}, own.get("channels"), owner, settings.workspace_secrets)
    try:
        configured = configure({known.name: table})[known.name]
    except Invalid as invalid:
        faults = [Fault(each.message, ".".join(map(str, each.path)), each.hint) for each in invalid.problems]
        raise Refusal(400, invalid.problems[0].message, invalid.problems[0].hint, faults=faults) from None
    means = means_for(means_of(settings), owner)
    return await send(here.pool, here.workspace.id, configured, own, means, to=data.to, sender=data.sender)


def _asks(provider: Provider[Any]) -> Asks:
    schema = provider.schema()
    inner = schema.get("$defs", {}).get(schema.get("$ref", "").rpartition("/")[2], schema)
    return Asks(provider.name, provider.title, msgspec.json.decode(msgspec.json.encode(inner)))
