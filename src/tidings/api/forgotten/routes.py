"""A forgotten password: a link is asked for, looked at, and used.

Whoever asks learns nothing: the answer is given before anybody looks whether the address has an account.
"""

import shlex
import time
from typing import Any

import structlog
from litestar import Request, Response, post
from litestar.background_tasks import BackgroundTask
from msgspec import Struct

from tidings.api.permit import ANYBODY
from tidings.api.problem import Fault, Refusal
from tidings.api.tries import address_of, at_link, at_password, known_browser
from tidings.channels.means import means_of
from tidings.database.pool import Pool
from tidings.delivery.trial import Handed, Unfit
from tidings.project.store import mailing
from tidings.project.telling import mail
from tidings.settings import Settings
from tidings.teams import audit, password, reset, sessions, sign_on, store
from tidings.teams.account import Account, tidy
from tidings.teams.audit import Actor
from tidings.teams.key import installation_key

logger = structlog.get_logger(__name__)


class Forgotten(Struct):
    """Whose password."""

    email: str


class Said(Struct):
    """The same for every address. ``mails``: whether anything of this installation sends mail. ``command``: by which whoever runs it makes
    a link where none comes by mail."""

    mails: bool
    command: str


class SecretHeld(Struct):
    """``secret``: from the link. It is sent in the body: addresses are written into logs."""

    secret: str


class Whose(Struct):
    """Whose password the link sets."""

    email: str


class Chosen(Struct):
    """``secret``: from the link. ``password``: the new one."""

    secret: str
    password: str


@post("/password/forgotten", guards=[ANYBODY], status_code=200)
async def ask_for_link(
    data: Forgotten, pool: Pool, settings: Settings, request: Request[Any, Any, Any]
) -> Response[Said]:
    """Ask for a link by which to choose a new password: it is mailed to the address if it has an account here.

    The answer is the same if it has none. An account is mailed no link where somebody else could read it who may less than the account:
    whoever runs the installation makes one then."""
    email = tidy(data.email)
    if not email:
        raise Refusal(400, "This is not an email address.", faults=[Fault("This is not an email address.", "email")])
    counted = at_link(email, address_of(request, settings), known_browser(request, email, settings))
    await counted.begin(pool, "Too many links were asked for.")
    async with pool.acquire() as connection:
        mails = bool(await mailing(connection))
    said = Said(mails, f"tidings account reset {shlex.quote(email)}")
    return Response(said, background=BackgroundTask(_mail, pool, settings, email))


@post("/password/look", guards=[ANYBODY], status_code=200)
async def read_link(data: SecretHeld, pool: Pool, settings: Settings) -> Whose:
    """Say whose password a link sets, to whoever has it."""
    return Whose((await _account(pool, settings, data.secret)).email)


@post("/password", guards=[ANYBODY], status_code=204)
async def reset_password(data: Chosen, pool: Pool, settings: Settings, request: Request[Any, Any, Any]) -> None:
    """Choose a new password by a link, which is used up; every browser of the account is signed out.

    Signing in asks for two-factor as before."""
    account = await _account(pool, settings, data.secret)
    if fault := password.fault(data.password):
        raise Refusal(400, fault, faults=[Fault(fault, "password")])
    hashed = await password.hashed(data.password)
    known = known_browser(request, account.email, settings)
    failed = at_password(account.email, address_of(request, settings), known).keys[0]
    async with pool.acquire() as connection, connection.transaction():
        if not await store.replace_password(connection, account.id, account.password, hashed):
            raise _void()
        await sessions.close_all(connection, account.id)
        await sessions.forget_failures(connection, [failed])
        actor = Actor(account.id, account.email)
        await audit.note_account(connection, account.id, actor, "reset the password of", "account", account.email)


async def _account(pool: Pool, settings: Settings, secret: str) -> Account:
    async with pool.acquire() as connection:
        found = await reset.account_of(connection, installation_key(settings), secret, time.time_ns() // 1000)
    if found is None:
        raise _void()
    return found


async def _mail(pool: Pool, settings: Settings, email: str) -> None:
    """Mail the link, if the address has an account that a password lets in, and a workspace may carry it."""
    async with pool.acquire() as connection:
        account = await store.account(connection, email=email)
        if account is None or not account.password or await sign_on.kept_out(connection, account.id):
            return
        workspace = await reset.carrier(connection, account.id, await mailing(connection))
    if workspace is None:
        logger.info("a password link was asked for that no workspace may mail", account=account.id)
        return
    secret = reset.secret_of(installation_key(settings), account, time.time_ns() // 1000 + reset.GOOD)
    text = (
        f"Somebody asked for a new password for {email} at {settings.url}.\n\n"
        f"To choose one, open this link within an hour; it works once:\n{settings.url}/password#{secret}\n\n"
        "If it was not you, do nothing: your password stays as it is."
    )
    try:
        handed = await mail(pool, workspace, means_of(settings), email, "Choose a new password for Tidings", text)
    except Unfit as error:
        handed = Handed(False, error.says)
    if not handed.taken:
        logger.warning("a password link could not be mailed", account=account.id, reason=handed.says)
        return
    async with pool.acquire() as connection, connection.transaction():
        actor = Actor(None, "somebody who is not signed in")
        await audit.note_account(connection, account.id, actor, "mailed a password link to", "account", email)


def _void() -> Refusal:
    return Refusal(404, "This link is used up or over.", "Ask for a new one.", code="no_link")
