"""Signing in and out, and what is about whoever is signed in: their name, password, sessions and two-factor.

``GET /api/session`` tells a page what to show first; it answers strangers too. Failed sign-ins are counted (`api.tries`).
"""

import time
from typing import Any

from litestar import Request, delete, get, patch, post
from msgspec import Struct

from tidings.api.here import Asked, Me
from tidings.api.permit import ANYBODY, SIGNED_IN
from tidings.api.problem import Fault, Refusal
from tidings.api.tries import address_of, at_code, at_password, at_proof, at_setup, known_browser, remembered
from tidings.api.workspaces.routes import NAME, UNFIT
from tidings.database.access import create_workspace, list_workspaces
from tidings.database.pool import Connection, Pool
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.times import show_iso
from tidings.project import incidents
from tidings.project.looks import KINDS
from tidings.settings import Settings
from tidings.teams import audit, password, sessions, sign_on, store, twofactor
from tidings.teams.account import Account, Session, tidy
from tidings.teams.audit import Actor
from tidings.teams.key import WrongKey, installation_key, is_sealed, is_setup_code, seal, unseal


class Place(Struct):
    """A workspace one is a member of, and what one may there."""

    name: str
    role: str
    permissions: list[str]


class Beyond(Struct):
    """A workspace of theirs that this session does not reach. ``by``: what to sign in with."""

    name: str
    by: str


class Now(Struct):
    """Who is signed in. ``first_run``: nobody has an account yet. ``csrf``: to be sent as ``x-csrf`` with whatever changes something.
    ``has_password``: the account has one. ``vouched``: a provider said who they are."""

    first_run: bool
    development: bool
    email: str | None = None
    name: str | None = None
    two_factor: bool = False
    csrf: str | None = None
    workspaces: list[Place] = []
    beyond: list[Beyond] = []
    has_password: bool = True
    vouched: bool = False


class Login(Struct):
    """``code``: of the authenticator app, or a recovery code, where two-factor is on."""

    email: str
    password: str
    code: str = ""


class Setup(Struct):
    """The first account. ``code``: as the installation prints it where it is started. ``workspace``: what to call the first workspace."""

    name: str
    email: str
    password: str
    code: str = ""
    workspace: str = "production"


class Browser(Struct):
    """A session. ``current``: the one that asks."""

    id: str
    agent: str
    address: str
    since: str
    last_used: str
    current: bool


class Browsers(Struct):
    """All sessions, the last used first."""

    sessions: list[Browser]


class Change(Struct):
    """What to change of one's own; a new ``password`` needs the present one as ``proof``."""

    name: str | None = None
    password: str | None = None
    proof: str = ""


class Offer(Struct):
    """A secret for an authenticator app; nothing is on until it is confirmed. ``address``: the same as an ``otpauth:`` link."""

    secret: str
    address: str


class Confirm(Struct):
    """The offered secret, a code made from it, and the password."""

    secret: str
    code: str
    password: str


class Recovery(Struct):
    """Codes that each sign in once without the app. They are shown this once."""

    codes: list[str]


class Proof(Struct):
    """The password, for what somebody at an unlocked screen must not do."""

    password: str


@get("/session", guards=[ANYBODY])
async def read_session(asked: Asked, pool: Pool, settings: Settings) -> Now:
    """Say who is signed in."""
    async with pool.acquire() as connection:
        if asked.account is None or asked.session is None:
            return Now(first_run=not await store.any_account(connection), development=settings.development)
        return await _now(connection, asked.account, asked.session, settings)


@post("/session", guards=[ANYBODY], status_code=200)
async def sign_in(data: Login, asked: Asked, pool: Pool, settings: Settings, request: Request[Any, Any, Any]) -> Now:
    """Sign in; the session comes as a cookie. With two-factor on and no code, the answer is 401 with code ``two_factor``."""
    email, address = data.email.strip().lower(), address_of(request, settings)
    browser = known_browser(request, email, settings)
    counted, codes = at_password(email, address, browser), at_code(email, browser)
    await counted.begin(pool)
    async with pool.acquire() as connection:
        found = await store.account(connection, email=email)
    if not await password.is_right(found.password if found else None, data.password) or found is None:
        raise Refusal(401, "The email or the password is wrong.", code="wrong")
    if found.totp is not None and not data.code:
        await counted.give_back(pool)
        raise Refusal(401, "Enter the code of your authenticator app.", code="two_factor")
    if found.totp is not None:
        await codes.begin(pool)
    async with pool.acquire() as connection, connection.transaction():
        if found.totp is not None and not await _code_is_right(connection, found, data.code, settings):
            says = "This code is wrong, or was used already."
            raise Refusal(401, says, "A new one comes every 30 seconds.", code="wrong_code")
        await _is_let_in(connection, found)
        cookie, session = await sessions.open_session(
            connection, found.id, request.headers.get("user-agent", ""), address
        )
        await sessions.give_back_try(connection, counted.keys)
        await sessions.forget_failures(connection, [counted.keys[0], *codes.keys])
        actor = Actor(found.id, found.email)
        await audit.note_account(connection, found.id, actor, "signed in", "session", found.email)
        asked.cookie, asked.known = cookie, remembered(email, settings)
        return await _now(connection, found, session, settings)


@delete("/session", guards=[SIGNED_IN], status_code=204)
async def sign_out(me: Me, asked: Asked) -> None:
    """Sign out."""
    async with me.pool.acquire() as connection:
        await sessions.close_session(connection, me.account.id, me.session.id)
    asked.cookie = ""


@post("/setup", guards=[ANYBODY], status_code=201)
async def set_up(data: Setup, asked: Asked, pool: Pool, settings: Settings, request: Request[Any, Any, Any]) -> Now:
    """Make the first account, owner of every workspace there is; refused once anybody has one."""
    email, name, workspace = tidy(data.email), data.name.strip(), data.workspace.strip()
    counted = at_setup(address_of(request, settings))
    faults = _faults(email, name, data.password)
    if not NAME.fullmatch(workspace):
        faults.append(Fault(UNFIT, "workspace"))
    if faults:
        raise Refusal(400, faults[0].message, faults=faults)
    async with pool.acquire() as connection:
        if await store.any_account(connection):
            raise _is_set_up()
    await counted.begin(pool)
    if not is_setup_code(installation_key(settings), data.code):
        says = "This is not the code of this installation."
        hint = "It is printed where Tidings was started."
        raise Refusal(403, says, hint, faults=[Fault(f"{says} {hint}", "code")], code="wrong_code")
    await counted.give_back(pool)
    hashed = await password.hashed(data.password)
    async with pool.acquire() as connection, connection.transaction():
        await store.alone(connection)
        if await store.any_account(connection):
            raise _is_set_up()
        id = await store.add_account(connection, email, name, hashed)
        assert id is not None
        if not await list_workspaces(connection):
            await create_workspace(connection, workspace)
        for each in await list_workspaces(connection):
            await store.set_member(connection, each.id, id, "owner")
            await incidents.choose(connection, each.id, id, [kind.name for kind in KINDS if kind.grave])
            after = {"role": "owner"}
            await audit.note(connection, each.id, Actor(id, email), "set up", "member", email, after=after)
        cookie, session = await sessions.open_session(
            connection, id, request.headers.get("user-agent", ""), address_of(request, settings)
        )
        asked.cookie, asked.known = cookie, remembered(email, settings)
        account = Account(id, email, name, hashed, None, 0)
        return await _now(connection, account, session, settings)


@patch("/session", guards=[SIGNED_IN], status_code=204)
async def change_me(data: Change, me: Me) -> None:
    """Change one's name or password. A new password signs out every other browser."""
    if data.name is not None:
        name = data.name.strip()
        if not 1 <= len(name) <= 80:
            raise Refusal(400, "Write a name of up to 80 characters.", faults=[Fault("Write a name.", "name")])
        async with me.pool.acquire() as connection, connection.transaction():
            await store.rename(connection, me.account.id, name)
            before, after = {"name": me.account.name}, {"name": name}
            what = (connection, me.account.id, me.actor, "renamed", "account", me.account.email)
            await audit.note_account(*what, before=before, after=after)
    if data.password is not None:
        if fault := password.fault(data.password):
            raise Refusal(400, fault, faults=[Fault(fault, "password")])
        await _prove(me, data.proof)
        hashed = await password.hashed(data.password)
        async with me.pool.acquire() as connection, connection.transaction():
            await store.set_password(connection, me.account.id, hashed)
            await sessions.close_others(connection, me.account.id, me.session.id)
            await audit.note_account(
                connection, me.account.id, me.actor, "changed the password of", "account", me.account.email
            )


@get("/session/all", guards=[SIGNED_IN])
async def list_sessions(me: Me) -> Browsers:
    """List where one is signed in; whoever came through a provider sees what it vouched for."""
    async with me.pool.acquire() as connection:
        found = await sessions.listed(connection, me.account.id, me.session.vouched)
    return Browsers(
        [
            Browser(show_id(s.id), s.agent, s.address, show_iso(s.made_at), show_iso(s.seen_at), s.id == me.session.id)
            for s in found
        ]
    )


@delete("/session/all/{id:str}", guards=[SIGNED_IN], status_code=204)
async def revoke_session(id: str, me: Me) -> None:
    """Sign out another browser; ``others``: all of them."""
    async with me.pool.acquire() as connection, connection.transaction():
        if id == "others":
            await sessions.close_others(connection, me.account.id, me.session.id, me.session.vouched)
        elif not await sessions.close_session(connection, me.account.id, read_id(id) or b"", me.session.vouched):
            raise Refusal(404, "This browser is not signed in any more.")
        await audit.note_account(connection, me.account.id, me.actor, "signed out", "session", id)


@post("/session/two-factor/offer", guards=[SIGNED_IN], status_code=200)
async def offer_two_factor(me: Me) -> Offer:
    """Draw a secret to put into an authenticator app."""
    secret = twofactor.draw()
    return Offer(secret, twofactor.address(secret, me.account.email))


@post("/session/two-factor", guards=[SIGNED_IN], status_code=200)
async def turn_on_two_factor(data: Confirm, me: Me, settings: Settings) -> Recovery:
    """Switch two-factor on, once a code shows that the app has the secret."""
    await _prove(me, data.password)
    if len(data.secret) != 32 or not set(data.secret) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"):
        raise Refusal(400, "This is not the secret that was offered.")
    step = twofactor.step_of(data.secret, data.code, time.time(), 0)
    if step is None:
        raise Refusal(
            400, "This code is wrong.", "Check the clock of the phone.", faults=[Fault("Wrong code.", "code")]
        )
    codes = twofactor.draw_recovery()
    sealed = seal(installation_key(settings), data.secret, _about(me.account))
    async with me.pool.acquire() as connection, connection.transaction():
        await store.set_totp(connection, me.account.id, sealed, step, [twofactor.hash_recovery(code) for code in codes])
        what = "turned on two-factor for"
        await audit.note_account(connection, me.account.id, me.actor, what, "account", me.account.email)
    return Recovery(codes)


@post("/session/two-factor/off", guards=[SIGNED_IN], status_code=204)
async def turn_off_two_factor(data: Proof, me: Me) -> None:
    """Switch two-factor off."""
    await _prove(me, data.password)
    async with me.pool.acquire() as connection, connection.transaction():
        await store.set_totp(connection, me.account.id, None, 0, [])
        what = "turned off two-factor for"
        await audit.note_account(connection, me.account.id, me.actor, what, "account", me.account.email)


async def _now(connection: Connection, account: Account, session: Session, settings: Settings) -> Now:
    places = await store.workspaces(connection, account.id)
    own = await sign_on.of_workspaces(connection, [id for id, _, _ in places])
    reached = {id for id, _, member in places if sign_on.reaches(member, own.get(id), session.vouched)}
    return Now(
        False,
        settings.development,
        account.email,
        account.name,
        account.totp is not None,
        session.csrf,
        [Place(name, member.role, sorted(member.permissions)) for id, name, member in places if id in reached],
        [Beyond(name, sign_on.way_into(own.get(id))) for id, name, _ in places if id not in reached],
        bool(account.password),
        session.vouched is not None,
    )


async def _is_let_in(connection: Connection, account: Account) -> None:
    """Whether the password reaches any of the account's workspaces; raises `Refusal` where each asks for its provider."""
    if ways := await sign_on.kept_out(connection, account.id):
        raise Refusal(403, f"Your workspace asks you to sign in with {' or '.join(ways)}.", code="sign_on")


async def _code_is_right(connection: Connection, account: Account, code: str, settings: Settings) -> bool:
    if not code or account.totp is None:
        return False
    key = installation_key(settings)
    try:
        secret = unseal(key, account.totp, _about(account))
    except WrongKey as error:
        raise Refusal(503, "Two-factor can't be checked on this machine.", str(error), code="wrong_key") from error
    step = twofactor.step_of(secret, code, time.time(), account.totp_step)
    if step is None:
        return await store.use_recovery(connection, account.id, twofactor.hash_recovery(code))
    if not is_sealed(account.totp):  # it was stored by a version that did not seal
        await store.seal_totp(connection, account.id, account.totp, seal(key, secret, _about(account)))
    return await store.use_step(connection, account.id, step)


def _about(account: Account) -> str:
    return f"two-factor of {account.id}"


async def _prove(me: Me, proof: str) -> None:
    """Ask for the password again; so many may fail in one browser."""
    if not me.account.password:
        raise Refusal(409, "Your account has no password: you sign in through a provider.", code="no_password")
    counted = at_proof(me.session.id)
    await counted.begin(me.pool)
    if not await password.is_right(me.account.password, proof):
        raise Refusal(400, "Your present password is wrong.", faults=[Fault("Wrong password.", "proof")], code="wrong")
    await counted.give_back(me.pool)


def _faults(email: str, name: str, chosen: str) -> list[Fault]:
    found = []
    if not 1 <= len(name) <= 80:
        found.append(Fault("Write your name.", "name"))
    if not email:
        found.append(Fault("This is not an email address.", "email"))
    if fault := password.fault(chosen):
        found.append(Fault(fault, "password"))
    return found


def _is_set_up() -> Refusal:
    return Refusal(409, "This installation has an owner already.", "Sign in, or ask for an invitation.")
