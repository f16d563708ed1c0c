"""Sender addresses: a link is mailed to one, and whoever opens it shows that mail to it is read."""

import time
from typing import Final

import msgspec
from litestar import post
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.limits import by_hand
from tidings.api.permit import ANYBODY, may
from tidings.api.problem import Fault, Refusal
from tidings.channels import configure
from tidings.channels.means import means_of_workspace
from tidings.database.pool import Connection, Pool
from tidings.delivery.trial import Handed, send
from tidings.kernel.problems import Invalid
from tidings.kernel.times import DAY, show_iso
from tidings.project import store
from tidings.settings import Settings
from tidings.teams import audit
from tidings.teams.account import tidy
from tidings.teams.audit import Actor
from tidings.teams.key import WrongKey, installation_key, seal, unseal

_GOOD_FOR: Final = 2 * DAY
_ABOUT: Final = "sender to confirm"


class ToConfirm(Struct):
    """The address to confirm; it must be one of the workspace's senders."""

    email: str


class MailedLink(Struct):
    """What stands in the mailed link."""

    token: str


class Confirmed(Struct):
    """The address that is confirmed now."""

    email: str


class _Claim(Struct, array_like=True):
    workspace: int
    email: str
    until: int


@post("/senders/confirm", guards=[may("settings:edit")], status_code=200)
async def ask_to_confirm(data: ToConfirm, here: Here, settings: Settings) -> Handed:
    """Mail a link to a sender's address."""
    email = tidy(data.email)
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        means = await means_of_workspace(connection, here.workspace.id, settings)
    own = in_force.body.get("settings") or {}
    name = next((name for name, each in (own.get("senders") or {}).items() if tidy(each["email"]) == email), None)
    if name is None:
        says = "This is no sender of the workspace."
        raise Refusal(404, says, "Add it first.", faults=[Fault(says, "email")])
    try:
        configured = configure({"email": own["channels"]["email"]})["email"]
    except (KeyError, Invalid):
        raise Refusal(409, "Email has no provider yet.", "Choose one first.", code="no_provider") from None
    claim = _Claim(here.workspace.id, email, time.time_ns() // 1000 + _GOOD_FOR)
    token = seal(installation_key(settings), msgspec.json.encode(claim).decode(), _ABOUT).removeprefix("v1:")
    link = f"{settings.url}/confirm#{token}"
    text = (
        f"{here.actor.name} wants to send mail from this address in the workspace {here.workspace.name}.\n\n"
        f"If that is right, open this link within two days:\n{link}\n\nIf it is not, do nothing."
    )
    by_hand(here.workspace.id)
    subject = f"Confirm {email}"
    handed = await send(
        here.pool, here.workspace.id, configured, own, means, to=email, sender=name, subject=subject, text=text
    )
    if handed.taken:
        await here.pool.execute(
            "INSERT INTO mailed_links (workspace, email, at) VALUES ($1, $2, $3) "
            "ON CONFLICT (workspace, email) DO UPDATE SET at = excluded.at",
            here.workspace.id,
            email,
            claim.until - _GOOD_FOR,
        )
    return handed


async def mailed(connection: Connection, workspace: int) -> dict[str, str]:
    """Give the addresses that were mailed a link which is not over, and when."""
    since = time.time_ns() // 1000 - _GOOD_FOR
    rows = await connection.fetch(
        "SELECT email, at FROM mailed_links WHERE workspace = $1 AND at > $2 ORDER BY 1", workspace, since
    )
    return {row["email"]: show_iso(row["at"]) for row in rows}


@post("/senders/confirmation", guards=[ANYBODY], status_code=200)
async def confirm_sender(data: MailedLink, pool: Pool, settings: Settings) -> Confirmed:
    """Confirm an address by what stands in the link mailed to it."""
    try:
        claim = msgspec.json.decode(unseal(installation_key(settings), f"v1:{data.token}", _ABOUT), type=_Claim)
    except (WrongKey, msgspec.DecodeError):
        raise _void() from None
    if claim.until < time.time_ns() // 1000:
        raise _void()
    async with pool.acquire() as connection, connection.transaction():
        done = await connection.execute(
            "INSERT INTO confirmed_senders (workspace, email, at) SELECT id, $2, "
            "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint FROM workspaces WHERE id = $1 ON CONFLICT DO NOTHING",
            claim.workspace,
            claim.email,
        )
        if done == "INSERT 0 1":
            await audit.note(connection, claim.workspace, Actor(None, claim.email), "confirmed", "sender", claim.email)
    return Confirmed(claim.email)


def _void() -> Refusal:
    return Refusal(404, "This link is not complete, or it is over.", "Ask for a new one.", code="no_link")
