"""The team: members, what they may, and invitations by link."""

from typing import Any

from litestar import Request, delete, get, patch, post
from msgspec import Struct

from tidings.api.here import Asked, Here
from tidings.api.limits import by_hand
from tidings.api.permit import ANYBODY, may
from tidings.api.problem import Fault, Refusal
from tidings.api.tries import address_of, at_password, known_browser
from tidings.channels.means import means_of
from tidings.database.access import list_workspaces
from tidings.database.pool import Connection, Pool
from tidings.delivery.trial import Handed, Unfit
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.times import show_iso
from tidings.project.telling import mail
from tidings.settings import Settings
from tidings.teams import audit, password, sign_on, store
from tidings.teams.account import Account, tidy
from tidings.teams.account import Member as Joined
from tidings.teams.audit import Actor
from tidings.teams.permissions import ALL, ROLES, Role, may_give


class Member(Struct):
    """``granted``, ``refused``: permissions beyond, and without, those of the role. ``vouched``: gets in through the workspace's single
    sign-on alone."""

    account: int
    email: str
    name: str
    role: Role
    granted: list[str]
    refused: list[str]
    since: str
    two_factor: bool
    vouched: bool


class Invited(Struct):
    """An invitation that was not taken yet."""

    id: str
    email: str
    role: Role
    made_by: str
    until: str


class Team(Struct):
    """``roles``: every role with its permissions."""

    members: list[Member]
    invitations: list[Invited]
    roles: dict[str, list[str]]


class Invite(Struct):
    """Whom to invite, as what."""

    email: str
    role: Role


class Link(Struct):
    """``url``: to be handed to the invited; shown this once, good for seven days. ``mailed``: whether it was mailed to them; ``says``: what
    became of that mail, in plain words."""

    id: str
    url: str
    mailed: bool
    says: str


class Change(Struct):
    """What a member is to be."""

    role: Role
    granted: list[str] = []
    refused: list[str] = []


class Invitation(Struct):
    """What an invitation says to whoever holds its link. ``known``: the email has an account, whose password it takes. ``by``: the
    provider of the workspace that would vouch for this address, "" where there is none; it takes the invitation too."""

    email: str
    role: Role
    workspace: str
    invited_by: str
    known: bool
    by: str = ""


class LinkHeld(Struct):
    """``secret``: from the link. It is sent in the body: addresses are written into logs."""

    secret: str


class Accept(Struct):
    """``secret``: from the link. ``name`` and a new ``password``, or for a known email the password it has."""

    secret: str
    password: str
    name: str = ""


@get("/team", guards=[may("team:read")])
async def read_team(here: Here) -> Team:
    """List members, open invitations, and what each role may."""
    async with here.pool.acquire() as connection:
        members = await store.members(connection, here.workspace.id)
        invitations = await store.invitations(connection, here.workspace.id)
    roles: dict[str, list[str]] = {role: sorted(permissions) for role, permissions in ROLES.items()}
    invited = [Invited(show_id(i.id), i.email, i.role, i.made_by, show_iso(i.until)) for i in invitations]
    return Team([_member(each) for each in members], invited, roles)


@post("/team/invitations", guards=[may("team:edit")], status_code=201)
async def invite(data: Invite, here: Here, settings: Settings) -> Link:
    """Invite somebody by a link, which is mailed to them where the workspace sends mail.

    A member who gets in through single sign-on alone gets a password by it, and stays what they are."""
    email = tidy(data.email)
    if not email:
        raise Refusal(400, "This is not an email address.", faults=[Fault("This is not an email address.", "email")])
    _may_give(here, data.role)
    by_hand(here.workspace.id)
    async with here.pool.acquire() as connection, connection.transaction():
        member = next((e for e in await store.members(connection, here.workspace.id) if e.email == email), None)
        if member is not None and not member.vouched:
            says = f"{email} is a member already."
            raise Refusal(409, says, faults=[Fault(says, "email")])
        secret, made = await store.invite(connection, here.workspace.id, email, data.role, here.actor.name)
        await audit.note(
            connection, here.workspace.id, here.actor, "invited", "member", email, after={"role": data.role}
        )
    url = f"{settings.url}/join#{secret}"
    handed = await _mail(here, settings, email, data.role, url)
    return Link(show_id(made.id), url, handed.taken, handed.says)


async def _mail(here: Here, settings: Settings, email: str, role: Role, url: str) -> Handed:
    """Mail an invitation, if the workspace can: its link works either way."""
    subject = f"{here.actor.name} invites you to {here.workspace.name}"
    text = (
        f"{here.actor.name} invites you to the workspace {here.workspace.name} of Tidings, as {role}.\n\n"
        f"To join, open this link within seven days; it works once:\n{url}\n\n"
        "If you do not expect this, do nothing."
    )
    try:
        return await mail(here.pool, here.workspace.id, means_of(settings), email, subject, text)
    except Unfit as error:
        return Handed(False, f"{error.says[:1].upper()}{error.says[1:].rstrip('.')}.")


@delete("/team/invitations/{id:str}", guards=[may("team:edit")], status_code=204)
async def withdraw(id: str, here: Here) -> None:
    """Take an invitation back."""
    async with here.pool.acquire() as connection, connection.transaction():
        found = await store.withdraw(connection, here.workspace.id, read_id(id) or b"")
        if found is None:
            raise Refusal(404, "There is no such invitation.")
        before = {"role": found.role}
        await audit.note(
            connection, here.workspace.id, here.actor, "withdrew", "invitation", found.email, before=before
        )


@patch("/team/members/{account:int}", guards=[may("team:edit")], status_code=204)
async def change_member(account: int, data: Change, here: Here) -> None:
    """Change what a member is and may."""
    unknown = sorted((set(data.granted) | set(data.refused)) - ALL)
    if unknown:
        raise Refusal(400, f"`{unknown[0]}` is no permission.")
    if data.role == "owner" and data.refused:
        raise Refusal(409, "An owner may everything.", "Make them an admin first, and take single permissions then.")
    async with here.pool.acquire() as connection, connection.transaction():
        before = await _held(connection, here, account)
        _may_give(here, data.role)
        if before.role == "owner" and data.role != "owner":
            await _keep_an_owner(connection, here, account)
        await store.set_member(connection, here.workspace.id, account, data.role, data.granted, data.refused)
        was = {"role": before.role, "granted": before.granted, "refused": before.refused}
        now = {"role": data.role, "granted": data.granted, "refused": data.refused}
        await audit.note(
            connection, here.workspace.id, here.actor, "changed", "member", before.email, before=was, after=now
        )


@delete("/team/members/{account:int}", guards=[may("team:edit")], status_code=204)
async def remove_member(account: int, here: Here) -> None:
    """Take somebody out of the workspace, at once."""
    async with here.pool.acquire() as connection, connection.transaction():
        before = await _held(connection, here, account)
        if before.role == "owner":
            await _keep_an_owner(connection, here, account)
        await store.remove_member(connection, here.workspace.id, account)
        was = {"role": before.role}
        await audit.note(connection, here.workspace.id, here.actor, "removed", "member", before.email, before=was)


@post("/invitation/look", guards=[ANYBODY], status_code=200)
async def read_invitation(data: LinkHeld, pool: Pool) -> Invitation:
    """Show an invitation to whoever has its link."""
    async with pool.acquire() as connection, connection.transaction():
        found = await store.invitation(connection, data.secret)
        if found is None:
            raise _void()
        account = await store.account(connection, email=found.email)
        own = await sign_on.of_workspace(connection, found.workspace)
        names = {each.id: each.name for each in await list_workspaces(connection)}
    serves = own is not None and own.enabled and found.email.rpartition("@")[2] in own.domains
    known, by = account is not None and bool(account.password), own.name if own is not None and serves else ""
    return Invitation(found.email, found.role, names[found.workspace], found.made_by, known, by)


@post("/invitation", guards=[ANYBODY], status_code=204)
async def accept_invitation(
    data: Accept, pool: Pool, settings: Settings, asked: Asked, request: Request[Any, Any, Any]
) -> None:
    """Take an invitation; a new account is made where the email has none. Then sign in."""
    async with pool.acquire() as connection, connection.transaction():
        found = await store.invitation(connection, data.secret)
        account = await store.account(connection, email=found.email) if found else None
        elsewhere = await store.workspaces(connection, account.id) if account and found else []
    if found is None:
        raise _void()
    hashed = ""
    if account is not None and not account.password:
        # an account that a provider made: it may choose its first password here, unless another workspace is reached by it
        if any(id != found.workspace for id, _, _ in elsewhere):
            raise Refusal(409, f"{found.email} has an account without a password.", "Sign in with your provider.")
        if fault := password.fault(data.password):
            raise Refusal(400, fault, faults=[Fault(fault, "password")])
        hashed = await password.hashed(data.password)
    elif account is None:
        name = data.name.strip()
        if not 1 <= len(name) <= 80:
            raise Refusal(400, "Write your name.", faults=[Fault("Write your name.", "name")])
        if fault := password.fault(data.password):
            raise Refusal(400, fault, faults=[Fault(fault, "password")])
        hashed = await password.hashed(data.password)
    elif not await _is_right(account, data.password, pool, request, settings):
        raise Refusal(400, "The password is wrong.", faults=[Fault("Wrong password.", "password")])
    async with pool.acquire() as connection, connection.transaction():
        if await store.withdraw(connection, found.workspace, found.id) is None:
            raise _void()
        id = account.id if account else await store.add_account(connection, found.email, data.name.strip(), hashed)
        if id is None:
            raise Refusal(409, "This email has an account by now.", "Open the link again.")
        if account is not None and hashed and not await store.replace_password(connection, id, "", hashed):
            raise _void()
        if await store.member(connection, found.workspace, id) is None:
            await store.set_member(connection, found.workspace, id, found.role)
        await store.let_in_by_password(connection, found.workspace, id)
        actor, after = Actor(id, found.email), {"role": found.role}
        await audit.note(connection, found.workspace, actor, "joined as", "member", found.email, after=after)


async def _is_right(
    account: Account, said: str, pool: Pool, request: Request[Any, Any, Any], settings: Settings
) -> bool:
    """Whether the password is the account's. Whoever has a link gets no more tries at it than at the sign-in page."""
    known = known_browser(request, account.email, settings)
    counted = at_password(account.email, address_of(request, settings), known)
    await counted.begin(pool)
    right = await password.is_right(account.password, said)
    if right:
        await counted.give_back(pool)
    return right


async def _held(connection: Connection, here: Here, account: int) -> Joined:
    found = await store.member(connection, here.workspace.id, account)
    if found is None:
        raise Refusal(404, "There is no such member.")
    _may_give(here, found.role)
    return found


async def _keep_an_owner(connection: Connection, here: Here, account: int) -> None:
    if not set(await store.owners(connection, here.workspace.id)) - {account}:
        hint = "Make somebody else an owner first, who signs in with a password."
        raise Refusal(409, "A workspace needs an owner, whatever becomes of single sign-on.", hint)


def _may_give(here: Here, role: Role) -> None:
    giver: Any = here.role
    if not may_give(giver, role):
        raise Refusal(403, "Only an owner can make or unmake owners.", code="not_permitted")


def _void() -> Refusal:
    return Refusal(404, "This invitation is used up, withdrawn or over.", "Ask for a new one.", code="no_invitation")


def _member(each: Joined) -> Member:
    return Member(
        each.account,
        each.email,
        each.name,
        each.role,
        each.granted,
        each.refused,
        show_iso(each.since),
        each.two_factor,
        each.vouched,
    )
