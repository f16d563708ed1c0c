"""Single sign-on of a workspace: which provider it trusts, for whom, and how far that reaches.

A provider is trusted by whoever set it up, and by nobody else. An owner of one workspace names a provider that may be theirs alone, and it
says whatever they like; accounts, though, are the installation's. So a session that a provider vouched for reaches the workspaces that
named this very provider (issuer and client) for this domain, and no others; and whoever came into a workspace through its provider gets in
through it alone, because a password of an account that somebody else made is worth nothing there.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from tidings.database.pool import Connection
from tidings.kernel.ids import digest
from tidings.kernel.times import MINUTE, Instant
from tidings.teams.account import Member, Vouched
from tidings.teams.permissions import Role
from tidings.teams.store import secret_hash, workspaces

PATIENCE: Final = 10 * MINUTE
"""How long somebody may take at the provider."""
MOST_BEGUN: Final = 300
"""Sign-ins that one address may have begun and not finished within that time."""
_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_COLUMNS: Final = (
    "workspace, id, name, issuer, client, sealed, domains, joins, passwords, enabled, revision, changed_by, changed_at"
)


class SignOn(NamedTuple):
    """As a workspace set it up. ``name``: what people call the provider. ``client``: our id there; ``sealed``: its secret, "" for none.
    ``domains``: of the addresses it may vouch for. ``joins``: what somebody becomes who comes uninvited; None: nobody does.
    ``passwords``: whether members other than owners may sign in by password too."""

    workspace: int
    id: bytes
    name: str
    issuer: str
    client: str
    sealed: str
    domains: Sequence[str]
    joins: Role | None
    passwords: bool
    enabled: bool
    revision: int = 0
    changed_by: str = ""
    changed_at: Instant = 0

    def about(self) -> str:
        """Whose the sealed secret is."""
        return f"client secret of {self.client} at {self.issuer} for workspace {self.workspace}"


class Linked(NamedTuple):
    """A member, and since when the provider is known to mean them."""

    account: int
    email: str
    name: str
    since: Instant


class Begun(NamedTuple):
    """A sign-in that came back."""

    workspace: int
    next: str


def reaches(member: Member, own: SignOn | None, vouched: Vouched | None) -> bool:
    """Whether a session reaches a workspace in which the account is a member. ``own``: how that workspace signs people on."""
    if vouched is not None:
        if own is None or not own.enabled:
            return False
        return (own.issuer, own.client) == (vouched.issuer, vouched.client) and vouched.domain in own.domains
    if member.vouched:
        return False
    return own is None or not own.enabled or own.passwords or member.role == "owner"


def way_into(own: SignOn | None) -> str:
    """Say by what one signs in to reach a workspace."""
    return own.name if own is not None and own.enabled else "your password"


async def kept_out(connection: Connection, account: int) -> list[str]:
    """List by what one signs in to reach an account's workspaces, where a password reaches none of them; else nothing."""
    places = await workspaces(connection, account)
    own = await of_workspaces(connection, [id for id, _, _ in places])
    if any(reaches(member, own.get(id), None) for id, _, member in places):
        return []
    return sorted({way_into(own.get(id)) for id, _, _ in places})


def id_of(secret: bytes) -> bytes:
    """Give what stands in the address a provider sends people back to, before anything is set up. ``secret``: the workspace's."""
    return digest("sign on", key=secret)


async def of_workspace(connection: Connection, workspace: int) -> SignOn | None:
    """Read how a workspace signs people on."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM sign_on WHERE workspace = $1", workspace)
    return SignOn(*row) if row else None


async def of_workspaces(connection: Connection, workspaces: Sequence[int]) -> dict[int, SignOn]:
    """Read how several do."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM sign_on WHERE workspace = ANY ($1::smallint[])", list(workspaces)
    )
    return {row["workspace"]: SignOn(*row) for row in rows}


async def by_id(connection: Connection, id: bytes) -> SignOn | None:
    """Find one that is switched on by what stands in its address."""
    row = await connection.fetchrow(f"SELECT {_COLUMNS} FROM sign_on WHERE id = $1 AND enabled", id)
    return SignOn(*row) if row else None


async def for_domain(connection: Connection, domain: str) -> list[SignOn]:
    """List those that are switched on for addresses of a domain, each provider once, by the oldest workspace that has it."""
    rows = await connection.fetch(
        f"SELECT DISTINCT ON (issuer, client) {_COLUMNS} FROM sign_on WHERE enabled AND domains @> ARRAY[$1::text] "
        "ORDER BY issuer, client, workspace",
        domain,
    )
    return sorted((SignOn(*row) for row in rows), key=lambda each: each.name)


async def sharing(connection: Connection, one: SignOn, domain: str) -> list[SignOn]:
    """List the workspaces that trust the same provider for a domain, and hold that until the transaction ends."""
    rows = await connection.fetch(
        f"SELECT {_COLUMNS} FROM sign_on WHERE enabled AND issuer = $1 AND client = $2 AND domains @> ARRAY[$3::text] "
        "ORDER BY workspace FOR UPDATE",
        one.issuer,
        one.client,
        domain,
    )
    return [SignOn(*row) for row in rows]


async def keep(connection: Connection, new: SignOn) -> SignOn | None:
    """Write what is set up over the revision it is based on (0: nothing yet); None where somebody was faster."""
    row = await connection.fetchrow(
        f"INSERT INTO sign_on ({_COLUMNS}) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $12, {_NOW} "
        "WHERE $11 = 0 OR EXISTS (SELECT FROM sign_on WHERE workspace = $1) ON CONFLICT (workspace) DO UPDATE SET "
        "name = excluded.name, issuer = excluded.issuer, client = excluded.client, sealed = excluded.sealed, domains = excluded.domains, "
        "joins = excluded.joins, passwords = excluded.passwords, enabled = excluded.enabled, revision = sign_on.revision + 1, "
        "changed_by = excluded.changed_by, changed_at = excluded.changed_at WHERE sign_on.revision = $11 "
        f"RETURNING {_COLUMNS}",
        *new[:5],
        new.sealed,
        list(new.domains),
        *new[7:12],
    )
    return SignOn(*row) if row else None


async def remove(connection: Connection, workspace: int) -> None:
    """Forget how a workspace signs people on."""
    await connection.execute("DELETE FROM sign_on WHERE workspace = $1", workspace)


async def without_password(connection: Connection, workspace: int) -> list[str]:
    """List the addresses of members who get in through the provider alone."""
    rows = await connection.fetch(
        "SELECT a.email FROM team_members m JOIN accounts a ON a.id = m.account WHERE m.workspace = $1 AND m.vouched ORDER BY 1",
        workspace,
    )
    return [row[0] for row in rows]


# Links


async def account_of(connection: Connection, issuer: str, client: str, subject: str) -> int | None:
    """Find the account that a provider means by a subject."""
    found: int | None = await connection.fetchval(
        "SELECT account FROM sign_on_links WHERE issuer = $1 AND client = $2 AND subject = $3", issuer, client, subject
    )
    return found


async def link(connection: Connection, issuer: str, client: str, subject: str, account: int) -> bool:
    """Link an account to a subject; False where the account is linked to another one of this provider."""
    done: str = await connection.execute(
        f"INSERT INTO sign_on_links VALUES ($1, $2, $3, $4, {_NOW}) ON CONFLICT DO NOTHING",
        issuer,
        client,
        subject,
        account,
    )
    return done == "INSERT 0 1"


async def unlink(connection: Connection, one: SignOn, account: int) -> bool:
    """Take a link away, and sign out wherever the provider vouched for the account; says whether there was one."""
    done: str = await connection.execute(
        "DELETE FROM sign_on_links WHERE issuer = $1 AND client = $2 AND account = $3", one.issuer, one.client, account
    )
    await connection.execute(
        "DELETE FROM sessions WHERE issuer = $1 AND client = $2 AND account = $3", one.issuer, one.client, account
    )
    return done != "DELETE 0"


async def linked(connection: Connection, one: SignOn) -> list[Linked]:
    """List a workspace's members whom its provider is known to mean."""
    rows = await connection.fetch(
        "SELECT a.id, a.email, a.name, l.linked_at FROM sign_on_links l JOIN accounts a ON a.id = l.account "
        "JOIN team_members m ON m.account = a.id AND m.workspace = $3 WHERE l.issuer = $1 AND l.client = $2 ORDER BY a.email",
        one.issuer,
        one.client,
        one.workspace,
    )
    return [Linked(*row) for row in rows]


# What was begun


async def begin(connection: Connection, one: SignOn, state: str, browser: str, address: str, next: str) -> bool:
    """Write down that a browser was sent to the provider; False where its address has begun too many. What is over is forgotten."""
    await connection.execute(f"DELETE FROM sign_on_begun WHERE until < {_NOW}")
    done: str = await connection.execute(
        f"INSERT INTO sign_on_begun SELECT $1, $2, $3, $4, $5, {_NOW} + {PATIENCE} "
        f"WHERE (SELECT count(*) FROM sign_on_begun WHERE address = $4) < {MOST_BEGUN}",
        secret_hash(state),
        one.workspace,
        secret_hash(browser),
        address,
        next,
    )
    return done == "INSERT 0 1"


async def come_back(connection: Connection, one: SignOn, state: str, browser: str) -> Begun | None:
    """Use up what was begun, once; None where this browser began nothing of the kind, or too long ago."""
    row: Any = await connection.fetchrow(
        "DELETE FROM sign_on_begun WHERE state = $1 AND workspace = $2 AND browser = $3 "
        f"AND until > {_NOW} RETURNING workspace, next",
        secret_hash(state),
        one.workspace,
        secret_hash(browser),
    )
    return Begun(*row) if row else None
