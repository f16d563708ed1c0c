"""The tables of teams. Times are the database's own, in microseconds."""

import os
from collections.abc import Sequence
from hashlib import blake2b
from secrets import token_urlsafe
from typing import Final

from tidings.database.pool import Connection
from tidings.teams.account import (
    INVITED,
    Account,
    Invitation,
    Member,
)
from tidings.teams.permissions import Role

_NOW: Final = "(extract(epoch FROM clock_timestamp()) * 1000000)::bigint"
_ACCOUNT: Final = "id, email, name, password, totp, totp_step"
_MEMBER: Final = "a.id, a.email, a.name, m.role, m.granted, m.refused, m.since, a.totp IS NOT NULL, m.vouched"
_INVITATION: Final = "id, workspace, email, role, made_by, made_at, until"


def secret_hash(secret: str) -> bytes:
    """Give what a cookie's or a link's secret is found by: it has 256 random bits, so a fast hash is enough."""
    return blake2b(secret.encode("utf-8", "surrogatepass"), digest_size=32).digest()


# Accounts


async def any_account(connection: Connection) -> bool:
    """Whether anybody has an account."""
    found: bool = await connection.fetchval("SELECT EXISTS (SELECT FROM accounts)")
    return found


async def alone(connection: Connection) -> None:
    """Let nobody else set the installation up until the transaction ends."""
    await connection.execute("LOCK TABLE accounts IN SHARE ROW EXCLUSIVE MODE")


async def add_account(connection: Connection, email: str, name: str, password: str) -> int | None:
    """Make an account (``password``: hashed); gives its id, None where the email has one."""
    made: int | None = await connection.fetchval(
        f"INSERT INTO accounts (email, name, password, made_at) VALUES ($1, $2, $3, {_NOW}) ON CONFLICT DO NOTHING RETURNING id",
        email,
        name,
        password,
    )
    return made


async def account(connection: Connection, *, email: str = "", id: int = 0) -> Account | None:
    """Read an account by its email or id."""
    row = await connection.fetchrow(f"SELECT {_ACCOUNT} FROM accounts WHERE email = $1 OR id = $2", email, id)
    return Account(*row) if row else None


async def rename(connection: Connection, id: int, name: str) -> None:
    """Change an account's name."""
    await connection.execute("UPDATE accounts SET name = $2 WHERE id = $1", id, name)


async def set_password(connection: Connection, id: int, password: str) -> None:
    """Change an account's password (hashed)."""
    await connection.execute("UPDATE accounts SET password = $2 WHERE id = $1", id, password)


async def replace_password(connection: Connection, id: int, former: str, password: str) -> bool:
    """Give an account another password (both hashed; ``former`` "": it had none); False where it has yet another by now."""
    done: str = await connection.execute(
        "UPDATE accounts SET password = $3 WHERE id = $1 AND password = $2", id, former, password
    )
    return done == "UPDATE 1"


async def set_totp(connection: Connection, id: int, secret: str | None, step: int, recovery: Sequence[bytes]) -> None:
    """Switch two-factor on, or off with None."""
    await connection.execute(
        "UPDATE accounts SET totp = $2, totp_step = $3, recovery = $4 WHERE id = $1", id, secret, step, list(recovery)
    )


async def seal_totp(connection: Connection, id: int, plain: str, sealed: str) -> None:
    """Put the sealed form of an account's two-factor secret in the place of the plain one."""
    await connection.execute("UPDATE accounts SET totp = $3 WHERE id = $1 AND totp = $2", id, plain, sealed)


async def use_step(connection: Connection, id: int, step: int) -> bool:
    """Use the code of a step up; False where it, or a later one, has been used."""
    done: str = await connection.execute(
        "UPDATE accounts SET totp_step = $2 WHERE id = $1 AND totp_step < $2", id, step
    )
    return done == "UPDATE 1"


async def use_recovery(connection: Connection, id: int, code: bytes) -> bool:
    """Use a recovery code up; False where it is none."""
    done: str = await connection.execute(
        "UPDATE accounts SET recovery = array_remove(recovery, $2) WHERE id = $1 AND $2 = ANY (recovery)", id, code
    )
    return done == "UPDATE 1"


# Members


async def workspaces(connection: Connection, account: int) -> list[tuple[int, str, Member]]:
    """List the workspaces an account is a member of: id, name, what they are there."""
    rows = await connection.fetch(
        f"SELECT w.id, w.name, {_MEMBER} FROM team_members m JOIN workspaces w ON w.id = m.workspace JOIN accounts a ON a.id = m.account "
        "WHERE m.account = $1 ORDER BY w.name",
        account,
    )
    return [(row[0], row[1], Member(*row[2:])) for row in rows]


async def members(connection: Connection, workspace: int) -> list[Member]:
    """List a workspace's members by name."""
    rows = await connection.fetch(
        f"SELECT {_MEMBER} FROM team_members m JOIN accounts a ON a.id = m.account WHERE m.workspace = $1 ORDER BY lower(a.name), a.id",
        workspace,
    )
    return [Member(*row) for row in rows]


async def member(connection: Connection, workspace: int, account: int) -> Member | None:
    """Read what an account is in a workspace, and hold it there until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_MEMBER} FROM team_members m JOIN accounts a ON a.id = m.account "
        "WHERE m.workspace = $1 AND m.account = $2 FOR UPDATE OF m",
        workspace,
        account,
    )
    return Member(*row) if row else None


async def set_member(
    connection: Connection,
    workspace: int,
    account: int,
    role: Role,
    granted: Sequence[str] = (),
    refused: Sequence[str] = (),
    *,
    vouched: bool = False,
) -> None:
    """Make an account a member, or change what it is. ``vouched``: it comes through the workspace's provider; of a member, nothing new."""
    await connection.execute("DELETE FROM team_removed WHERE workspace = $1 AND account = $2", workspace, account)
    await connection.execute(
        f"INSERT INTO team_members (workspace, account, role, granted, refused, since, vouched) VALUES ($1, $2, $3, $4, $5, {_NOW}, $6) "
        "ON CONFLICT (workspace, account) DO UPDATE SET role = excluded.role, granted = excluded.granted, refused = excluded.refused",
        workspace,
        account,
        role,
        list(granted),
        list(refused),
        vouched,
    )


async def let_in_by_password(connection: Connection, workspace: int, account: int) -> None:
    """Let a member who came through the provider in by password too."""
    await connection.execute(
        "UPDATE team_members SET vouched = false WHERE workspace = $1 AND account = $2", workspace, account
    )


async def remove_member(connection: Connection, workspace: int, account: int) -> None:
    """Take an account out of a workspace; its provider does not bring it back."""
    await connection.execute("DELETE FROM team_members WHERE workspace = $1 AND account = $2", workspace, account)
    await connection.execute("INSERT INTO team_removed VALUES ($1, $2) ON CONFLICT DO NOTHING", workspace, account)


async def was_removed(connection: Connection, workspace: int, account: int) -> bool:
    """Whether an account was taken out of a workspace, and did not come back since."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM team_removed WHERE workspace = $1 AND account = $2)", workspace, account
    )
    return found


async def any_key_that_may(connection: Connection, workspace: int, permission: str) -> bool:
    """Whether a workspace has a key with a permission."""
    found: bool = await connection.fetchval(
        "SELECT EXISTS (SELECT FROM sources WHERE workspace = $1 AND $2 = ANY (scopes))", workspace, permission
    )
    return found


async def owners(connection: Connection, workspace: int) -> list[int]:
    """List the owners of a workspace who get in by password, whatever becomes of a provider; and hold them there until the
    transaction ends."""
    rows = await connection.fetch(
        "SELECT m.account FROM team_members m JOIN accounts a ON a.id = m.account WHERE m.workspace = $1 AND m.role = 'owner' "
        "AND NOT m.vouched AND a.password <> '' ORDER BY m.account FOR UPDATE OF m",
        workspace,
    )
    return [row[0] for row in rows]


# Invitations


async def invite(connection: Connection, workspace: int, email: str, role: Role, by: str) -> tuple[str, Invitation]:
    """Invite somebody, in place of an earlier invitation: gives the link's secret, which is kept nowhere."""
    await connection.execute("DELETE FROM invitations WHERE workspace = $1 AND email = $2", workspace, email)
    secret = token_urlsafe(32)
    row = await connection.fetchrow(
        f"INSERT INTO invitations (id, hash, workspace, email, role, made_by, made_at, until) "
        f"VALUES ($1, $2, $3, $4, $5, $6, {_NOW}, {_NOW} + {INVITED}) RETURNING {_INVITATION}",
        os.urandom(16),
        secret_hash(secret),
        workspace,
        email,
        role,
        by,
    )
    return secret, Invitation(*row)


async def invitations(connection: Connection, workspace: int) -> list[Invitation]:
    """List invitations that can still be taken."""
    rows = await connection.fetch(
        f"SELECT {_INVITATION} FROM invitations WHERE workspace = $1 AND until > {_NOW} ORDER BY made_at DESC",
        workspace,
    )
    return [Invitation(*row) for row in rows]


async def invitation_of(connection: Connection, workspace: int, email: str) -> Invitation | None:
    """Find the open invitation of an address, and hold it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_INVITATION} FROM invitations WHERE workspace = $1 AND email = $2 AND until > {_NOW} FOR UPDATE",
        workspace,
        email,
    )
    return Invitation(*row) if row else None


async def invitation(connection: Connection, secret: str) -> Invitation | None:
    """Find the invitation of a link, and hold it until the transaction ends."""
    row = await connection.fetchrow(
        f"SELECT {_INVITATION} FROM invitations WHERE hash = $1 AND until > {_NOW} FOR UPDATE", secret_hash(secret)
    )
    return Invitation(*row) if row else None


async def withdraw(connection: Connection, workspace: int, id: bytes) -> Invitation | None:
    """Take an invitation back, or use it up; gives it."""
    row = await connection.fetchrow(
        f"DELETE FROM invitations WHERE workspace = $1 AND id = $2 RETURNING {_INVITATION}", workspace, id
    )
    return Invitation(*row) if row else None
